/* The options of the retriever, and the statements they make. Pure text. */
#ifndef RQ_RETRIEVER_PGVECTOR_STATEMENT_H
#define RQ_RETRIEVER_PGVECTOR_STATEMENT_H

#include "evalcore/retriever/pgvector/catalogue.h"
#include "evalcore/retriever/retriever.h"

#include <stdint.h>

enum { RQ_PG_SCORE_DISTANCE, RQ_PG_SCORE_SCORE }; /* of `score` */
enum { RQ_PG_EXPECT_ANY, RQ_PG_EXPECT_INDEX };    /* of `expect` */

struct rq_pgvector_options {
	const char *dsn_env;
	const char *table, *id, *vector, *where; /* or */
	const char *sql;
	int score, expect;
	int64_t ef_search, probes; /* 0: the server's */
	const char *iterative_scan;
	const rq_json *settings;
	double timeout, connect_timeout;
};

extern const struct rq_option rq_pgvector_option_table[];

/* Options together. E_CONFIG naming the option. */
RQ_MUST_USE enum rq_status rq_pgvector_check(const void *options, struct rq_error *err);
void rq_pgvector_describe(struct rq_buf *out, const void *options);

/* SELECT of the nearest k: the template as it stands, with $2 for k, or the table's with $1 alone. */
void rq_pgvector_select(struct rq_buf *sql, const struct rq_pgvector_options *options, const struct rq_pg_server *server,
                        const struct rq_pg_column *column, enum rq_distance distance, size_t k);
/* The vector as a text of that type, with the fewest digits that read back equal. */
void rq_pgvector_text(struct rq_buf *out, const float *vector, size_t dimension, bool sparse);
/* Higher is better, of the statement's second column. */
double rq_pgvector_score(const struct rq_pgvector_options *options, enum rq_distance distance, double value);
/* The operator class that an index needs to serve the distance: "vector_cosine_ops". */
void rq_pgvector_operators(char out[RQ_PG_NAME], const char *type, enum rq_distance distance);

#endif
