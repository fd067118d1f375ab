/* A file that streams through threads in windows: each is filled, in their order; its pieces are worked on, in any order;
 * then it is digested with all those before, and ended, in order again. No thread waits for another while there is
 * anything to do. */
#ifndef RQ_SNAPSHOT_STREAM_H
#define RQ_SNAPSHOT_STREAM_H

#include "evalcore/base/progress.h"
#include "evalcore/snapshot/manifest.h"

struct rq_piece {
	size_t start; /* in its window */
	struct rq_manifest_chunk chunk;
};

struct rq_window {
	unsigned char *data; /* room for what rq_stream() was told */
	size_t size;         /* bytes of the file that are in its pieces */
	size_t rest;         /* bytes behind them, which the next window begins with */
	struct rq_piece *pieces; /* malloc'ed */
	size_t count, capacity;
	size_t first;        /* number of its first piece in the file */
	uint64_t offset;     /* of its first byte in the file */
	bool last;
};

struct rq_stream_job {
	void *context;
	/* Sets size, rest, pieces and last; `before` is NULL at the beginning. */
	enum rq_status (*fill)(void *context, struct rq_window *window, const struct rq_window *before, struct rq_error *err);
	enum rq_status (*work)(void *context, const struct rq_window *window, struct rq_piece *piece, struct rq_error *err);
	enum rq_status (*end)(void *context, const struct rq_window *window, struct rq_error *err);
};

/* A piece behind those that there are. */
RQ_MUST_USE enum rq_status rq_window_add(struct rq_window *window, const struct rq_manifest_chunk *chunk, struct rq_error *err);

/* `sha256` is that of the whole file. Windows have `room` bytes each, and there are RQ_STREAM_WINDOWS. */
enum { RQ_STREAM_WINDOWS = 4 };
RQ_MUST_USE enum rq_status rq_stream(char sha256[RQ_SHA256_HEX], const struct rq_stream_job *job, size_t room, struct rq_progress *progress,
                                     struct rq_error *err);

#endif
