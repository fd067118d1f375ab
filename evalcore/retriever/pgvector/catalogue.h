/* What the database's catalogue says: versions, the table's columns, its vector indexes. */
#ifndef RQ_RETRIEVER_PGVECTOR_CATALOGUE_H
#define RQ_RETRIEVER_PGVECTOR_CATALOGUE_H

#include "evalcore/retriever/pgvector/connection.h"
#include "evalcore/retriever/pgvector/explain.h"

struct rq_pg_server {
	char version[RQ_PG_NAME], extension[RQ_PG_NAME]; /* "15.6", "0.8.0" */
	char schema[RQ_PG_NAME];                         /* that holds pgvector's types and operators */
};

struct rq_pg_column {
	char type[RQ_PG_NAME]; /* "vector", "halfvec", "sparsevec" */
	size_t dimension;      /* 0: not declared */
};

struct rq_pg_index {
	char name[RQ_PG_NAME], method[RQ_PG_NAME], operators[RQ_PG_NAME]; /* "items_embedding_idx", "hnsw", "vector_l2_ops" */
	char column[256];  /* or expression */
	char lists[16];    /* ivfflat: "100"; "" where it has none */
	bool valid, partial;
};

struct rq_pg_indexes {
	struct rq_pg_index *items;
	size_t count;
};

void rq_pg_indexes_release(struct rq_pg_indexes *indexes);

/* `schema.table` or `"Odd.name"."table"` as quoted identifiers: exact names, unlike SQL's. False: not well-formed, or of more parts. */
bool rq_pg_quote_path(struct rq_buf *out, const char *path);
void rq_pg_quote_name(struct rq_buf *out, const char *name);

/* E_CONFIG where the database lacks the extension. */
RQ_MUST_USE enum rq_status rq_pg_server_read(struct rq_pg_server *server, struct rq_pg *pg, struct rq_error *err);
/* E_CONFIG naming what is there, where the table or a column is missing or the column is no vector. */
RQ_MUST_USE enum rq_status rq_pg_column_read(struct rq_pg_column *column, struct rq_pg *pg, const char *table, const char *id, const char *vector,
                                             struct rq_error *err);
/* Those of access methods that PostgreSQL itself has not, by name. */
RQ_MUST_USE enum rq_status rq_pg_indexes_read(struct rq_pg_indexes *indexes, struct rq_pg *pg, const char *schema, const char *relation,
                                              struct rq_error *err);
/* Its main fork on disk, as pg_relation_size tells it. */
RQ_MUST_USE enum rq_status rq_pg_relation_size(double *bytes, struct rq_pg *pg, const char *schema, const char *relation, struct rq_error *err);
/* E_CONFIG where the server knows no parameter of that name. */
RQ_MUST_USE enum rq_status rq_pg_parameter_check(struct rq_pg *pg, const char *option, const char *name, struct rq_error *err);

#endif
