/* Loading judgments and runs in a format that is named, leniently, with a rule for what stands twice; and what was met on the way. */
#ifndef RQ_DATASETS_LOAD_H
#define RQ_DATASETS_LOAD_H

#include "datasets/datasets.h"

/* Of a document twice in a topic: refused, or the first in the file or the best value is kept, and the others counted. */
enum rq_dedupe { RQ_DEDUPE_REFUSE, RQ_DEDUPE_FIRST, RQ_DEDUPE_BEST };

/* Names of CSV columns, to be met as they are spelt; NULL: the usual names, in any case, which messages list. */
struct rq_columns {
	const char *topic, *document, *value;
};

struct rq_load_options {
	const char *format; /* one of the names below; NULL: by content */
	struct rq_columns columns;
	bool lenient;          /* a number is its leading digits, or 0, as trec_eval reads it, and counted; but JSON that is none, or a rank */
	enum rq_dedupe dedupe; /* of a document twice in a topic: of two grades or scores the best is the highest; a JSON object with a topic twice is refused in any case */
};

/* What `format` can be, NULL-terminated. */
extern const char *const rq_qrels_format_names[], *const rq_run_format_names[];

struct rq_load_facts {
	size_t bad_numbers; /* read leniently */
	size_t duplicates;  /* dropped */
};

/* As rq_qrels_load and rq_run_load. facts may be NULL. E_USAGE where the format is none of those. */
RQ_MUST_USE enum rq_status rq_qrels_load_as(struct rq_qrels *qrels, struct rq_load_facts *facts, const char *path, const struct rq_load_options *options,
                                            struct rq_error *err);
RQ_MUST_USE enum rq_status rq_run_load_as(struct rq_run *run, struct rq_load_facts *facts, const char *path, const struct rq_load_options *options,
                                          struct rq_error *err);

#endif
