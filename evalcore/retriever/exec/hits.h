/* One answer of a command that searches: {"topic": "12", "hits": [{"id": "d7", "score": 0.83}], "latency_ms": 1.7, "scan": "hnsw"}, or with an
 * "error" instead of hits. */
#ifndef RQ_RETRIEVER_EXEC_HITS_H
#define RQ_RETRIEVER_EXEC_HITS_H

#include "evalcore/base/dialogue.h"
#include "evalcore/model/run.h"

struct rq_exec_hits {
	const char *topic;  /* strings are borrowed from root */
	struct rq_scored_document *documents; /* as they came */
	size_t count;
	bool reordered;     /* they came in an order that their scores contradict */
	double seconds;     /* that the search took; negative: not told */
	const char *scan;   /* NULL: not told */
	const char *error;  /* NULL: none, else no hits */
	rq_json *root;
};

/* At most `most` hits. `command` names it in messages. E_DATA. Release it in either case. */
RQ_MUST_USE enum rq_status rq_exec_hits_read(struct rq_exec_hits *answer, const struct rq_line *line, size_t most, const char *command,
                                             struct rq_error *err);
void rq_exec_hits_release(struct rq_exec_hits *answer);

#endif
