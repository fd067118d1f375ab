/* CSV records one after the other. Quotes are libcsv's business; it is fed line by line, so that messages can name the line. */
#ifndef RQ_DATASETS_CSV_H
#define RQ_DATASETS_CSV_H

#include "datasets/text.h"

struct rq_csv {
	const struct rq_text *text;
	const char *expected; /* what a message says of a broken quote */
	enum rq_status (*on_record)(struct rq_csv *csv, struct rq_error *err);
	void *context;
	size_t fields; /* of this record */
	size_t line;   /* where it starts */
	size_t records; /* before this one */
	/* internal */
	struct rq_buf record;
	size_t *ends; /* ends[f]: where field f ends in `record` */
	size_t ends_capacity;
	size_t physical;       /* the line that libcsv is being fed */
	enum rq_status status; /* callbacks cannot stop libcsv: after a failure they do nothing */
	struct rq_error *err;
};

/* Set the first four members; nothing is left to release. Fails where on_record does. */
RQ_MUST_USE enum rq_status rq_csv_walk(struct rq_csv *csv, struct rq_error *err);
/* Of the record that on_record is called for. */
struct rq_span rq_csv_field(const struct rq_csv *csv, size_t index);
/* Without blanks and line ends around it. */
struct rq_span rq_csv_trim(struct rq_span span);

#endif
