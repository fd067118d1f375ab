/* EXPLAIN (FORMAT JSON, VERBOSE) of PostgreSQL. Scans that are counted are there, and names end. */
#include "evalcore/retriever/pgvector/explain.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct rq_explain_scan *scan)
{
	if (memchr(scan->schema, '\0', RQ_PG_NAME) == NULL || memchr(scan->relation, '\0', RQ_PG_NAME) == NULL ||
	    memchr(scan->index, '\0', RQ_PG_NAME) == NULL)
		abort();
	if (!(scan->rows >= 0 && scan->rows < 1e16) || (scan->count == 0 && (scan->rows > 0 || scan->index[0] != '\0')))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_explain explain;
	struct rq_error err = {0};

	if (rq_explain_read(&explain, (const char *)data, size, &err) != RQ_OK)
		return 0;
	check(&explain.ordered);
	check(&explain.sequential);
	check(&explain.filtered);
	if (memchr(explain.top, '\0', RQ_PG_NAME) == NULL || explain.ordered.count + explain.sequential.count + explain.filtered.count > size)
		abort();
	return 0;
}
