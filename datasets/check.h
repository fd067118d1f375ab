/* Looks a data set over: everything that a run would refuse, and what somebody should have meant. The readers are those of a run. */
#ifndef RQ_DATASETS_CHECK_H
#define RQ_DATASETS_CHECK_H

#include "datasets/problems.h"
#include "datasets/text.h"

struct rq_dataset_files {
	const char *corpus, *topics, *qrels; /* NULL: none */
	const char *const *fields;           /* of a document */
	size_t field_count;
	bool parents;                        /* judgments name the parents of chunks */
};

/* Fills problems, whose limit is set. E_IO where a file cannot be read, E_NOMEM; what is wrong with the data is no failure. */
RQ_MUST_USE enum rq_status rq_dataset_check(struct rq_problems *problems, const struct rq_dataset_files *files, struct rq_error *err);

/* The same for texts made with rq_text_read_on or rq_text_from_on; one with a NULL path is not there. */
struct rq_dataset_texts {
	struct rq_text corpus, topics, qrels;
};

RQ_MUST_USE enum rq_status rq_dataset_check_texts(struct rq_problems *problems, const struct rq_dataset_texts *texts, const char *const *fields,
                                                  size_t field_count, bool parents, struct rq_error *err);

#endif
