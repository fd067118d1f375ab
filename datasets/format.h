/* Formats by name: what a file looks like, how it is read, how it is written. What two formats of one kind hold is the same, so that one can be
 * converted to the other. A format is one row of formats.def and one const struct rq_format. */
#ifndef RQ_DATASETS_FORMAT_H
#define RQ_DATASETS_FORMAT_H

#include "datasets/datasets.h"
#include "datasets/text.h"

enum rq_data_kind { RQ_DATA_RUN, RQ_DATA_QRELS, RQ_DATA_TOPICS };

const char *rq_data_kind_name(enum rq_data_kind kind); /* "a run", "judgments" ... */

/* What a file holds; the members of its kind are filled. */
struct rq_data {
	struct rq_run run;
	struct rq_qrels qrels;
	struct rq_topics topics;
};

void rq_data_release(struct rq_data *data);

/* A file as far as it is looked at to tell its format. */
struct rq_glimpse {
	const char *path;        /* its name without ".gz" or ".zst" counts: rq_glimpse_ends */
	const char *data;        /* uncompressed bytes */
	size_t size;
	struct rq_span line;     /* the first that holds more than white space; empty in what is no text */
	bool folder;             /* it is one, and holds no bytes */
};

bool rq_glimpse_ends(const struct rq_glimpse *glimpse, const char *ending);

struct rq_format {
	const char *name; /* "trec-run" */
	enum rq_data_kind kind;
	const char *const *endings; /* of file names, ".run"; NULL-terminated; without ".gz" or ".zst" */
	const char *help;
	bool (*looks_like)(const struct rq_glimpse *glimpse);
	enum rq_status (*read)(struct rq_data *data, const char *path, struct rq_error *err);
	/* Appends. E_DATA where the format cannot hold what there is. */
	enum rq_status (*write)(struct rq_buf *out, const struct rq_data *data, struct rq_error *err);
};

extern const struct rq_format *const rq_formats[]; /* rows of formats.def, NULL-terminated */
const struct rq_format *rq_format_find(const char *name);

/* The format of the file by its content and name, or NULL. */
RQ_MUST_USE enum rq_status rq_format_guess(const struct rq_format **format, const char *path, struct rq_error *err);
/* The format of that kind which the name of a file to be written calls for, or NULL. */
const struct rq_format *rq_format_for(const char *path, enum rq_data_kind kind);

#endif
