/* SQLite as this room uses it: a statement that is prepared, bound in the order of its question marks, stepped and read, each failure one sentence.
 * Nobody outside this folder includes it. */
#ifndef RQ_MEMORY_SQL_H
#define RQ_MEMORY_SQL_H

#include "evalcore/memory/store.h"

#include <sqlite3.h>

/* What SQLite has just refused, in words: E_LOCKED, E_IO, E_DATA, E_NOMEM, E_INTERRUPTED. */
enum rq_status rq_sql_fail(const struct rq_store *store, struct rq_error *err);
/* Statements without a value. */
RQ_MUST_USE enum rq_status rq_sql_run(struct rq_store *store, const char *sql, struct rq_error *err);
/* Writes what a transaction has so far to the disk, where nobody sees it before it is committed: a full one shows now. */
RQ_MUST_USE enum rq_status rq_sql_flush(struct rq_store *store, struct rq_error *err);

/* Zero-initialise, prepare; release in any case. */
struct rq_sql {
	struct rq_store *store;
	sqlite3_stmt *statement;
	int bound; /* how many question marks have their value */
	int code;  /* of the first that could not be bound */
};

RQ_MUST_USE enum rq_status rq_sql_prepare(struct rq_sql *sql, struct rq_store *store, const char *text, struct rq_error *err);
void rq_sql_release(struct rq_sql *sql);

/* The next question mark. Text is borrowed until the statement has run. */
void rq_sql_text(struct rq_sql *sql, const char *text); /* NULL writes NULL */
void rq_sql_integer(struct rq_sql *sql, int64_t value);
void rq_sql_number(struct rq_sql *sql, double value); /* NaN writes NULL */

/* A row of the answer; *there false: there are no more. */
RQ_MUST_USE enum rq_status rq_sql_next(bool *there, struct rq_sql *sql, struct rq_error *err);
/* A statement without an answer, ready to be bound again. */
RQ_MUST_USE enum rq_status rq_sql_do(struct rq_sql *sql, struct rq_error *err);

/* Columns of the row, counted from 0. */
const char *rq_sql_column(const struct rq_sql *sql, int column, struct rq_arena *arena, bool *failed); /* NULL where it is NULL */
int64_t rq_sql_column_integer(const struct rq_sql *sql, int column);
double rq_sql_column_number(const struct rq_sql *sql, int column); /* NaN where it is NULL */

#endif
