/* Strict JSON read front to back, of any size, through a window: no tree, and no text in memory. The caller asks for what it expects next; what
 * stands there instead is told with its line and column. */
#ifndef RQ_DATASETS_JSON_STREAM_H
#define RQ_DATASETS_JSON_STREAM_H

#include "datasets/text.h"
#include "datasets/unpack.h"

#include <stdint.h>

struct rq_json_stream {
	struct rq_unpack *unpack; /* borrowed */
	const char *at, *end;     /* the part of the window that was not read yet; a NUL stands at the end */
	size_t line;              /* of `at`, counted from 1 */
	struct rq_buf string;     /* the last that was read */
	/* internal */
	char *window;
	size_t capacity;
	bool ended;                  /* nothing follows what is in the window */
	uint64_t before, line_start; /* bytes of the text before the window, and before the line */
};

/* `unpack` is at its first byte. Release it in either case. */
RQ_MUST_USE enum rq_status rq_json_stream_open(struct rq_json_stream *stream, struct rq_unpack *unpack, struct rq_error *err);
void rq_json_stream_release(struct rq_json_stream *stream);

/* The byte that the next token begins with, '\0' at the end of the text. */
RQ_MUST_USE enum rq_status rq_json_stream_peek(char *next, struct rq_json_stream *stream, struct rq_error *err);
/* Whether the next token is this one, which is then past. */
RQ_MUST_USE enum rq_status rq_json_stream_take(bool *taken, struct rq_json_stream *stream, char token, struct rq_error *err);
/* Takes it, or fails. `expected` as a message says it. */
RQ_MUST_USE enum rq_status rq_json_stream_need(struct rq_json_stream *stream, char token, const char *expected, struct rq_error *err);
/* Of an array or object, after a member: whether a comma and so another member follows, or its `close`. */
RQ_MUST_USE enum rq_status rq_json_stream_more(bool *more, struct rq_json_stream *stream, char close, struct rq_error *err);

/* A string, unescaped, in stream->string until the next one. */
RQ_MUST_USE enum rq_status rq_json_stream_string(struct rq_json_stream *stream, const char *expected, struct rq_error *err);
/* A number, correctly rounded; *spelt, which may be NULL, is its text until the next call. */
RQ_MUST_USE enum rq_status rq_json_stream_number(double *value, struct rq_span *spelt, struct rq_json_stream *stream, const char *expected,
                                                 struct rq_error *err);
/* Any value, checked as all others are. */
RQ_MUST_USE enum rq_status rq_json_stream_skip(struct rq_json_stream *stream, struct rq_error *err);

/* "FILE:LINE:COLUMN: found X; expected Y", of what comes next. */
enum rq_status rq_json_stream_fail(struct rq_json_stream *stream, const char *expected, struct rq_error *err);
size_t rq_json_stream_column(const struct rq_json_stream *stream); /* of `at`, in bytes counted from 1 */

#endif
