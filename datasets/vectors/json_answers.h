/* What the answers of services tell beside the vectors, for json_records.c: the places of rows in their list, and requests that have failed. */
#ifndef RQ_DATASETS_VECTORS_JSON_ANSWERS_H
#define RQ_DATASETS_VECTORS_JSON_ANSWERS_H

#include "datasets/text.h"

/* Where a row was read. */
struct rq_json_row {
	size_t line;
	double index; /* its place in its list, counted from 0; NaN: none was told */
};

/* Moves `count` rows of d numbers, which were one list, to the places that they tell, where one does. E_DATA where those are not each place once. */
RQ_MUST_USE enum rq_status rq_json_rows_place(float *values, struct rq_json_row *rows, size_t count, size_t d, const char *path,
                                              struct rq_error *err);

/* Requests whose answers say that they have failed. They are counted until all of the file was seen, so that one message tells how many there are. */
struct rq_json_failed {
	size_t count;
	size_t line;   /* this and the rest of the first */
	double status; /* 0: none was told */
	struct rq_excerpt id;
};

void rq_json_failed_add(struct rq_json_failed *failed, size_t line, double status, struct rq_span id);
/* `answered`: how many others have not failed. */
enum rq_status rq_json_failed_tell(const struct rq_json_failed *failed, size_t answered, const char *path, struct rq_error *err);

#endif
