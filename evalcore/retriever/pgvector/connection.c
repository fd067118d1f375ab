#include "evalcore/retriever/pgvector/connection.h"

#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LOOK_OUT_MS = 100, GRACE_MS = 1000, FIRST_PAUSE_MS = 50, LONGEST_PAUSE_MS = 1000, CANCEL_STEP_MS = 5 };

void rq_pg_reply_clear(struct rq_pg_reply *reply)
{
	PQclear(reply->result);
	*reply = (struct rq_pg_reply){0};
}

void rq_pg_close(struct rq_pg *pg)
{
	PQfinish(pg->link);
	pg->link = NULL;
}

/* libpq and the server write several lines, indented; a reason is one clause. */
static void one_clause(char *out, size_t size, const char *text)
{
	RQ_CLEANUP(rq_free_pointer) char *whole = strdup(text);
	size_t n = 0;

	if (whole != NULL)
		rq_secret_hide(whole); /* before it is cut */
	for (text = whole == NULL ? "" : whole; *text != '\0' && n + 1 < size; text++)
		if (*text != '\n' && *text != '\t')
			out[n++] = *text;
		else if (*text == '\n' && n + 2 < size && n > 0)
			out[n++] = ';', out[n++] = ' ';
	while (n > 0 && strchr(" .;?", out[n - 1]) != NULL)
		n--;
	out[n] = '\0';
}

static uint64_t after(double seconds)
{
	return rq_clock_ns() + (uint64_t)(seconds * 1e9);
}

/* *late where nothing has come until then. */
static enum rq_status wait_for(bool *late, const struct rq_pg *pg, bool to_write, uint64_t until, struct rq_error *err)
{
	*late = false;
	for (;;) {
		RQ_TRY(rq_cancel_check(err));
		uint64_t now = rq_clock_ns();
		if (now >= until) {
			*late = true;
			return RQ_OK;
		}
		uint64_t left = (until - now) / 1000000 + 1;
		struct pollfd place = {.fd = PQsocket(pg->link), .events = (short)(to_write ? POLLIN | POLLOUT : POLLIN)};
		if (poll(&place, 1, left < LOOK_OUT_MS ? (int)left : LOOK_OUT_MS) > 0)
			return RQ_OK;
	}
}

/* ---- connecting ---- */

static enum rq_status keep_passwords(const struct rq_pg *pg, struct rq_error *err)
{
	PQconninfoOption *parts = PQconninfoParse(pg->dsn, NULL);
	enum rq_status status = RQ_OK;

	if (parts == NULL) /* libpq's reason would quote a part of it */
		return rq_fail(err, RQ_E_CONFIG,
		               "%s.dsn_env: the value of \"%s\" is no connection string; expected \"postgresql://USER:PASSWORD@HOST:PORT/DATABASE\" or "
		               "\"host=HOST port=PORT dbname=DATABASE user=USER password=PASSWORD\"",
		               pg->place, pg->variable);
	for (const PQconninfoOption *part = parts; part->keyword != NULL && status == RQ_OK; part++)
		if ((strcmp(part->keyword, "password") == 0 || strcmp(part->keyword, "sslpassword") == 0) && part->val != NULL)
			status = rq_secret_keep(part->val, err);
	PQconninfoFree(parts);
	return status;
}

static PGconn *start(const struct rq_pg *pg)
{
	const char *const keys[] = {"dbname", "fallback_application_name", "client_encoding", NULL};
	const char *const values[] = {pg->dsn, "rqgate", "UTF8", NULL};

	return PQconnectStartParams(keys, values, 1);
}

/* One try; reason is "" where it worked. */
static enum rq_status try_to_connect(struct rq_pg *pg, char *reason, size_t size, uint64_t until, struct rq_error *err)
{
	PostgresPollingStatusType phase = PGRES_POLLING_WRITING;
	enum rq_status status = RQ_OK;
	bool late = false;

	reason[0] = '\0';
	pg->link = start(pg);
	if (pg->link == NULL)
		return rq_fail_memory(err);
	if (PQstatus(pg->link) == CONNECTION_BAD)
		phase = PGRES_POLLING_FAILED;
	while (status == RQ_OK && !late && phase != PGRES_POLLING_OK && phase != PGRES_POLLING_FAILED) {
		status = wait_for(&late, pg, phase == PGRES_POLLING_WRITING, until, err);
		if (status == RQ_OK && !late)
			phase = PQconnectPoll(pg->link);
	}
	if (status == RQ_OK && phase == PGRES_POLLING_OK && PQpass(pg->link) != NULL)
		status = rq_secret_keep(PQpass(pg->link), err); /* it may come from a file of passwords */
	if (status == RQ_OK && late)
		snprintf(reason, size, "nothing came from host \"%s\", port %s, within %g s", PQhost(pg->link), PQport(pg->link), pg->connect_timeout);
	else if (status == RQ_OK && phase == PGRES_POLLING_FAILED)
		one_clause(reason, size, PQerrorMessage(pg->link));
	if (status != RQ_OK || reason[0] != '\0')
		rq_pg_close(pg);
	return status;
}

static enum rq_status no_connection(const struct rq_pg *pg, const char *reason, struct rq_error *err)
{
	return rq_fail(err, RQ_E_UNAVAILABLE, "%s: no connection to the database of \"%s\": %s; try psql \"$%s\"", pg->place, pg->variable, reason,
	               pg->variable);
}

enum rq_status rq_pg_open(struct rq_pg *pg, struct rq_error *err)
{
	char option[256], reason[600];

	snprintf(option, sizeof option, "%s.dsn_env", pg->place);
	RQ_TRY(rq_secret_read(&pg->dsn, pg->variable, option, err));
	RQ_TRY(keep_passwords(pg, err));
	RQ_TRY(try_to_connect(pg, reason, sizeof reason, after(pg->connect_timeout), err));
	return reason[0] == '\0' ? RQ_OK : no_connection(pg, reason, err);
}

static void pause_ms(unsigned milliseconds)
{
	struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};

	nanosleep(&time, NULL); /* shorter where a signal comes: the caller looks out for it */
}

enum rq_status rq_pg_reopen(struct rq_pg *pg, struct rq_error *err)
{
	uint64_t until = after(pg->connect_timeout);
	char reason[600];

	for (unsigned pause = FIRST_PAUSE_MS;; pause = pause * 2 < LONGEST_PAUSE_MS ? pause * 2 : LONGEST_PAUSE_MS) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(try_to_connect(pg, reason, sizeof reason, until, err));
		if (reason[0] == '\0')
			return RQ_OK;
		if (rq_clock_ns() + (uint64_t)pause * 1000000 >= until)
			return no_connection(pg, reason, err);
		pause_ms(pause);
	}
}

/* ---- statements ---- */

/* libpq asks for a cancellation on a connection of its own, and waits without end for a server that hangs: so that is another thread's, which may be
 * left behind. */
struct cancelling {
	PGcancel *cancel;
	atomic_bool done, left; /* left: by one of the two that hold it */
};

static void leave(struct cancelling *c)
{
	if (!atomic_exchange(&c->left, true))
		return;
	PQfreeCancel(c->cancel);
	free(c);
}

static void *run_cancel(void *context)
{
	struct cancelling *c = context;
	char ignored[256];

	(void)PQcancel(c->cancel, ignored, sizeof ignored);
	atomic_store(&c->done, true);
	leave(c);
	return NULL;
}

/* Tells the server to stop, and closes: what still comes on this connection would answer another question. */
static void stop(struct rq_pg *pg)
{
	struct cancelling *c = calloc(1, sizeof *c);
	pthread_t thread;

	if (c != NULL && (c->cancel = PQgetCancel(pg->link)) != NULL && pthread_create(&thread, NULL, run_cancel, c) == 0) {
		pthread_detach(thread);
		for (unsigned waited = 0; waited < GRACE_MS && !atomic_load(&c->done); waited += CANCEL_STEP_MS)
			pause_ms(CANCEL_STEP_MS);
		leave(c);
	} else if (c != NULL) {
		PQfreeCancel(c->cancel);
		free(c);
	}
	rq_pg_close(pg);
}

static void lose(struct rq_pg_reply *reply, struct rq_pg *pg)
{
	reply->outcome = RQ_PG_LOST;
	if (reply->reason[0] == '\0')
		one_clause(reply->reason, sizeof reply->reason, PQerrorMessage(pg->link));
	if (reply->reason[0] == '\0')
		snprintf(reply->reason, sizeof reply->reason, "the connection was closed");
	rq_pg_close(pg);
}

static void read_refusal(struct rq_pg_reply *reply, const PGresult *result)
{
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY), *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	RQ_CLEANUP(rq_buf_release) struct rq_buf whole = {0};

	rq_buf_printf(&whole, "%s%s%s%s", message != NULL ? message : PQresultErrorMessage(result), hint == NULL ? "" : " (", hint == NULL ? "" : hint,
	              hint == NULL ? "" : ")");
	one_clause(reply->reason, sizeof reply->reason, whole.data == NULL ? "" : whole.data);
	snprintf(reply->sqlstate, sizeof reply->sqlstate, "%s", code == NULL ? "" : code);
	reply->outcome = RQ_PG_REFUSED;
}

/* All results of what was sent: the last one is kept, or why there is none. */
static enum rq_status collect(struct rq_pg_reply *reply, struct rq_pg *pg, uint64_t until, struct rq_error *err)
{
	PGresult *result;
	bool late = false;

	for (;;) {
		int unsent = PQflush(pg->link);
		if (unsent < 0)
			break;
		if (unsent == 0 && !PQisBusy(pg->link)) {
			if ((result = PQgetResult(pg->link)) == NULL)
				break;
			ExecStatusType kind = PQresultStatus(result);
			if (kind != PGRES_TUPLES_OK && kind != PGRES_COMMAND_OK)
				read_refusal(reply, result);
			PQclear(reply->result);
			reply->result = result;
			continue;
		}
		RQ_TRY(wait_for(&late, pg, unsent > 0, until, err));
		if (late) {
			reply->outcome = RQ_PG_LATE;
			snprintf(reply->reason, sizeof reply->reason, "no answer within %g s", pg->timeout);
			return RQ_OK;
		}
		if (PQconsumeInput(pg->link) == 0)
			break;
	}
	return RQ_OK;
}

/* After PQsend...(), whose word `sent` is. */
static enum rq_status finish(struct rq_pg_reply *reply, struct rq_pg *pg, int sent, uint64_t start_ns, struct rq_error *err)
{
	/* the server has its own time-out, which says more: this is for one that no longer answers */
	enum rq_status status = sent != 0 ? collect(reply, pg, start_ns + (uint64_t)(pg->timeout * 1e9) + (uint64_t)GRACE_MS * 1000000, err) : RQ_OK;

	reply->seconds = (double)(rq_clock_ns() - start_ns) * 1e-9;
	if (status != RQ_OK || reply->outcome == RQ_PG_LATE)
		stop(pg);
	else if (PQstatus(pg->link) == CONNECTION_BAD || strncmp(reply->sqlstate, "57P", 3) == 0 ||
	         (reply->outcome == RQ_PG_DONE && reply->result == NULL))
		lose(reply, pg);
	if (reply->outcome != RQ_PG_DONE || status != RQ_OK) {
		PQclear(reply->result);
		reply->result = NULL;
	}
	return status;
}

/* Non-blocking, so that a long statement to a server that reads nothing ends too. */
static bool closed(struct rq_pg_reply *reply, const struct rq_pg *pg)
{
	rq_pg_reply_clear(reply);
	if (pg->link != NULL && PQsetnonblocking(pg->link, 1) == 0)
		return false;
	*reply = (struct rq_pg_reply){.outcome = RQ_PG_LOST, .reason = "the connection was closed"};
	return true;
}

enum rq_status rq_pg_query(struct rq_pg_reply *reply, struct rq_pg *pg, const char *sql, const char *const *parameters, int count,
                           struct rq_error *err)
{
	if (closed(reply, pg))
		return RQ_OK;
	uint64_t start_ns = rq_clock_ns();
	int sent = count == 0 ? PQsendQuery(pg->link, sql) : PQsendQueryParams(pg->link, sql, count, NULL, parameters, NULL, NULL, 0);
	return finish(reply, pg, sent, start_ns, err);
}

enum rq_status rq_pg_prepare(struct rq_pg_reply *reply, struct rq_pg *pg, const char *sql, struct rq_error *err)
{
	if (closed(reply, pg))
		return RQ_OK;
	uint64_t start_ns = rq_clock_ns();
	return finish(reply, pg, PQsendPrepare(pg->link, "", sql, 0, NULL), start_ns, err);
}

enum rq_status rq_pg_describe(struct rq_pg_reply *reply, struct rq_pg *pg, struct rq_error *err)
{
	if (closed(reply, pg))
		return RQ_OK;
	uint64_t start_ns = rq_clock_ns();
	return finish(reply, pg, PQsendDescribePrepared(pg->link, ""), start_ns, err);
}

enum rq_status rq_pg_execute(struct rq_pg_reply *reply, struct rq_pg *pg, const char *const *parameters, int count, struct rq_error *err)
{
	if (closed(reply, pg))
		return RQ_OK;
	uint64_t start_ns = rq_clock_ns();
	return finish(reply, pg, PQsendQueryPrepared(pg->link, "", count, parameters, NULL, NULL, 0), start_ns, err);
}

enum rq_status rq_pg_ask(struct rq_pg_reply *reply, struct rq_pg *pg, const char *what, const char *sql, const char *const *parameters, int count,
                         struct rq_error *err)
{
	RQ_TRY(rq_pg_query(reply, pg, sql, parameters, count, err));
	if (reply->outcome != RQ_PG_DONE)
		return rq_fail(err, RQ_E_UNAVAILABLE, "%s: cannot %s in the database of \"%s\": %s", pg->place, what, pg->variable, reply->reason);
	return RQ_OK;
}
