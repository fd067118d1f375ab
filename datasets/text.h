/* Text files: read whole, decompressed, checked; lines, columns and places within them. Every reader of this room but .npy and .fvecs starts here. */
#ifndef RQ_DATASETS_TEXT_H
#define RQ_DATASETS_TEXT_H

#include "datasets/problems.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct rq_unpack;

/* The text of one file, uncompressed where that was gzip or zstd, past its byte-order mark; valid UTF-8 without NUL. No line is over 16 MiB unless the text
 * begins with a brace: all of a run may be one JSON object. A NUL stands at data[size]. */
struct rq_text {
	const char *path; /* as messages name it; borrowed */
	const char *data;
	size_t size;
	struct rq_buf owned;
	char sha256[RQ_SHA256_HEX]; /* of the file's bytes as they are */
	bool marked, packed;        /* it began with a byte-order mark; it was compressed */
	struct rq_problems *problems; /* where its readers put what is wrong, to go on with the next record; NULL: they fail at the first */
};

/* "-" is standard input. */
RQ_MUST_USE enum rq_status rq_text_read(struct rq_text *text, const char *path, struct rq_error *err);
/* The same of what is open already, at its first byte. Who opened it has the hash: text->sha256 stays empty. */
RQ_MUST_USE enum rq_status rq_text_read_open(struct rq_text *text, struct rq_unpack *unpack, struct rq_error *err);
/* The same for bytes in memory, which are copied; messages call them `path`. */
RQ_MUST_USE enum rq_status rq_text_from(struct rq_text *text, const char *path, const void *data, size_t size, struct rq_error *err);
/* The same, collecting: a line that is no UTF-8 text is told and made blank, a file that cannot be uncompressed is told and then empty. */
RQ_MUST_USE enum rq_status rq_text_read_on(struct rq_text *text, const char *path, struct rq_problems *problems, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_text_from_on(struct rq_text *text, const char *path, const void *data, size_t size, struct rq_problems *problems,
                                           struct rq_error *err);
void rq_text_release(struct rq_text *text);

/* For readers, around a record: rq_problem_take with the text's collection. */
RQ_MUST_USE enum rq_status rq_text_take(const struct rq_text *text, enum rq_problem_kind kind, enum rq_status status, struct rq_error *err);

/* A piece of a text. */
struct rq_span {
	const char *at;
	size_t length;
};

/* Walks the lines that hold more than white space. Zero-initialise but for `next`. */
struct rq_line {
	const char *next;    /* where the following line starts */
	struct rq_span span; /* this line without its LF or CRLF */
	size_t number;       /* counted from 1, blank lines too */
};

struct rq_line rq_text_lines(const struct rq_text *text);
bool rq_line_next(struct rq_line *line, const struct rq_text *text);
/* E_DATA where a line is longer than a record may be. */
RQ_MUST_USE enum rq_status rq_line_check(const char *path, size_t number, size_t length, struct rq_error *err);
size_t rq_text_filled_lines(const struct rq_text *text);
/* Line number of filled line `index`, counted from 0: where a reader has one item a line, the line of item `index`. */
size_t rq_text_line_number(const struct rq_text *text, size_t index);

/* Splits a line at runs of white space, or at every tab. Returns the number of columns, of which it stores and looks for at most `maximum`. */
size_t rq_columns_space(struct rq_span *columns, size_t maximum, struct rq_span line);
size_t rq_columns_tab(struct rq_span *columns, size_t maximum, struct rq_span line);

/* What is wrong with these bytes as text ("a NUL byte", "invalid UTF-8") and where; NULL: nothing. */
const char *rq_text_fault(size_t *at, const char *data, size_t size);

/* Line and column (bytes), counted from 1, of a place in the text: for messages. */
struct rq_place {
	size_t line, column;
};

struct rq_place rq_text_place(const struct rq_text *text, const char *at);

/* What a message shows of the user's data: cut to a readable length, control characters as '?'. */
struct rq_excerpt {
	char text[80];
};

struct rq_excerpt rq_excerpt(struct rq_span span);

/* What is wrong with an id ("is empty", "contains white space", "contains a control character"), or NULL. */
const char *rq_id_fault(struct rq_span id);

#endif
