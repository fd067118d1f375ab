/* What EXPLAIN (FORMAT JSON, VERBOSE) says of a nearest-neighbour query: through which index, or past all of them. Pure: text in, facts out. */
#ifndef RQ_RETRIEVER_PGVECTOR_EXPLAIN_H
#define RQ_RETRIEVER_PGVECTOR_EXPLAIN_H

#include "evalcore/base/status.h"

#include <stddef.h>

enum { RQ_PG_NAME = 64 }; /* bytes of a name with its NUL, as PostgreSQL cuts them */

struct rq_explain_scan {
	char schema[RQ_PG_NAME], relation[RQ_PG_NAME], index[RQ_PG_NAME]; /* of the first one found; "" where there is none */
	double rows;  /* that the planner expects of the largest one */
	size_t count; /* partitions have one each */
};

struct rq_explain {
	struct rq_explain_scan ordered;    /* an index that gives the nearest first */
	struct rq_explain_scan sequential; /* every row of a table is read and sorted, with no index below that sort */
	struct rq_explain_scan filtered;   /* an index picks rows by a condition, all of which are sorted */
	char top[RQ_PG_NAME];              /* the plan's first node: "Limit" */
};

/* E_DATA where it is no plan. */
RQ_MUST_USE enum rq_status rq_explain_read(struct rq_explain *explain, const char *json, size_t length, struct rq_error *err);

#endif
