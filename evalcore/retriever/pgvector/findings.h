/* Sentences on what the searches of a run really did. Pure: facts in, words out. */
#ifndef RQ_RETRIEVER_PGVECTOR_FINDINGS_H
#define RQ_RETRIEVER_PGVECTOR_FINDINGS_H

#include "evalcore/retriever/pgvector/statement.h"

/* As the server has them while it searches: "" where it knows no such parameter. */
struct rq_pg_parameters {
	char ef_search[16], probes[16], hnsw_iterative[RQ_PG_NAME], ivfflat_iterative[RQ_PG_NAME];
};

struct rq_pg_searched {
	struct rq_explain explain;
	struct rq_pg_indexes indexes; /* of the table that the plan reads */
	struct rq_pg_parameters parameters;
	size_t k;               /* the deepest search */
	size_t searches, short_topics, least; /* all; with fewer rows than asked for and than there are; the fewest rows */
	size_t reversed; /* of a template, whose last row scored higher than its first */
	size_t documents;          /* of the corpus; 0: the table's rows are not counted */
	uint64_t vectors, without; /* rows with a vector, and where those are fewer than the documents, rows without */
	size_t no_distance, repeated, beyond; /* rows left out: NaN or NULL, a document again, more than k */
};

/* "hnsw index scan on items_embedding_idx, hnsw.ef_search 100" */
void rq_pg_scan_words(struct rq_buf *out, const struct rq_pg_searched *searched);
/* Did an index serve every part of the search? */
bool rq_pg_index_served(const struct rq_pg_searched *searched);
/* Why not, as far as the catalogue tells. */
void rq_pg_why_no_index(struct rq_buf *out, const struct rq_pg_searched *searched, const struct rq_pgvector_options *options,
                        const struct rq_pg_column *column, enum rq_distance distance);
/* Everything else that is not what one would want, a sentence each. */
RQ_MUST_USE enum rq_status rq_pg_warn(const struct rq_pg_searched *searched, const struct rq_pgvector_options *options,
                                      enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                                      struct rq_error *err);

#endif
