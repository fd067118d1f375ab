/* A connection to PostgreSQL of which no call waits without end: each has a time-out and looks out for Ctrl-C. The only room that includes libpq. */
#ifndef RQ_RETRIEVER_PGVECTOR_CONNECTION_H
#define RQ_RETRIEVER_PGVECTOR_CONNECTION_H

#include "evalcore/base/memory.h"
#include "evalcore/retriever/pgvector/pq.h"

#include <stddef.h>

struct rq_pg {
	PGconn *link;         /* NULL: closed */
	const char *place;     /* "baseline.index", for messages */
	const char *variable; /* of the environment, which holds the connection string */
	const char *dsn;      /* its value: never shown */
	double connect_timeout, timeout; /* seconds */
};

enum rq_pg_outcome {
	RQ_PG_DONE,
	RQ_PG_REFUSED, /* the server says why not; the connection is as good as before */
	RQ_PG_LATE,    /* past the time-out: cancelled, the connection closed */
	RQ_PG_LOST,    /* the connection broke and is closed */
};

/* What came of a statement. Clear it before the next. */
struct rq_pg_reply {
	enum rq_pg_outcome outcome;
	PGresult *result;   /* DONE: the rows, in text */
	char reason[600];   /* otherwise: one clause */
	char sqlstate[6];   /* REFUSED: the server's code, "42P01" */
	double seconds;     /* from sending to the last row */
};

void rq_pg_reply_clear(struct rq_pg_reply *reply);

/* After rq_pq_ready(). Reads the variable, and hides its value and the password in it from then on; connects. E_CONFIG, E_UNAVAILABLE with how to check. */
RQ_MUST_USE enum rq_status rq_pg_open(struct rq_pg *pg, struct rq_error *err);
/* Once more after it was lost, until connect_timeout is over: a server that restarts takes a moment. */
RQ_MUST_USE enum rq_status rq_pg_reopen(struct rq_pg *pg, struct rq_error *err);
void rq_pg_close(struct rq_pg *pg);

/* Each sends one thing and waits for all of the answer. An error is only what is no answer at all: E_INTERRUPTED, E_NOMEM. Several statements in one
 * text only without parameters; the last one's rows are kept. */
RQ_MUST_USE enum rq_status rq_pg_query(struct rq_pg_reply *reply, struct rq_pg *pg, const char *sql, const char *const *parameters, int count,
                                       struct rq_error *err);
/* The one unnamed statement, which lives until the next rq_pg_query() or rq_pg_prepare(): poolers between us and the server know no others. */
RQ_MUST_USE enum rq_status rq_pg_prepare(struct rq_pg_reply *reply, struct rq_pg *pg, const char *sql, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_pg_describe(struct rq_pg_reply *reply, struct rq_pg *pg, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_pg_execute(struct rq_pg_reply *reply, struct rq_pg *pg, const char *const *parameters, int count, struct rq_error *err);

/* A question that has an answer, or the run ends: E_UNAVAILABLE with the reason. `what` completes "cannot". */
RQ_MUST_USE enum rq_status rq_pg_ask(struct rq_pg_reply *reply, struct rq_pg *pg, const char *what, const char *sql, const char *const *parameters,
                                     int count, struct rq_error *err);

#endif
