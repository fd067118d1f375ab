/* One answer of a command that embeds: {"id": 17, "vector": [0.1, -0.2]}, or {"id": 17, "error": "too long"}. */
#ifndef RQ_EMBED_EXEC_VECTOR_H
#define RQ_EMBED_EXEC_VECTOR_H

#include "evalcore/base/dialogue.h"

enum { RQ_EXEC_DIMENSION_MOST = 65536 };

struct rq_exec_vector {
	uint64_t id;
	float *vector;      /* of `dimension` finite numbers; NULL: an error instead */
	size_t dimension;
	const char *error;  /* borrowed from root; NULL: none */
	const char *model;  /* too; NULL: not told */
	uint64_t tokens;    /* 0: not told */
	bool truncated;     /* the text was cut */
	rq_json *root;
};

/* `command` names it in messages. E_DATA. Release it in either case. */
RQ_MUST_USE enum rq_status rq_exec_vector_read(struct rq_exec_vector *answer, const struct rq_line *line, const char *command, struct rq_error *err);
void rq_exec_vector_release(struct rq_exec_vector *answer);

#endif
