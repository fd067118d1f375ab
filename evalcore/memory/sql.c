/* Statements, and what SQLite's refusals mean. */
#include "evalcore/memory/sql.h"

#include "evalcore/base/system.h"

#include <math.h>
#include <string.h>

/* What the system said, where it was the system. */
static const char *cause(sqlite3 *db)
{
	int of_system = sqlite3_system_errno(db);

	return of_system != 0 ? strerror(of_system) : sqlite3_errmsg(db);
}

/* `why`: what SQLite says of the code, of a database or of anything. */
static enum rq_status fail(const struct rq_store *store, int code, const char *why, struct rq_error *err)
{
	switch (code) {
	case SQLITE_NOMEM:
		return rq_fail_memory(err);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		RQ_TRY(rq_cancel_check(err));
		return rq_fail(err, RQ_E_LOCKED, "\"%s\": another job has been writing to it for %.3g s; try again", store->path, store->wait);
	case SQLITE_FULL:
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: the disk is full; what was in it is untouched", store->path);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return rq_fail(err, RQ_E_DATA, "\"%s\": is no whole store (%s); restore it from a backup, or name a new file", store->path,
		               why);
	case SQLITE_CANTOPEN:
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", store->path, cause(store->db));
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_IOERR:
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", store->path, cause(store->db));
	default:
		return rq_fail(err, RQ_E_INTERNAL, "\"%s\": %s", store->path, why);
	}
}

enum rq_status rq_sql_fail(const struct rq_store *store, struct rq_error *err)
{
	if (store->db == NULL)
		return rq_fail_memory(err);
	return fail(store, sqlite3_errcode(store->db), sqlite3_errmsg(store->db), err);
}

enum rq_status rq_sql_flush(struct rq_store *store, struct rq_error *err)
{
	int code = sqlite3_db_cacheflush(store->db); /* which tells nobody else */

	return code == SQLITE_OK ? RQ_OK : fail(store, code & 0xff, sqlite3_errstr(code), err);
}

enum rq_status rq_sql_run(struct rq_store *store, const char *sql, struct rq_error *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? RQ_OK : rq_sql_fail(store, err);
}

enum rq_status rq_sql_prepare(struct rq_sql *sql, struct rq_store *store, const char *text, struct rq_error *err)
{
	*sql = (struct rq_sql){.store = store};
	return sqlite3_prepare_v2(store->db, text, -1, &sql->statement, NULL) == SQLITE_OK ? RQ_OK : rq_sql_fail(store, err);
}

void rq_sql_release(struct rq_sql *sql)
{
	sqlite3_finalize(sql->statement);
	*sql = (struct rq_sql){0};
}

static void note(struct rq_sql *sql, int code)
{
	if (sql->code == SQLITE_OK)
		sql->code = code;
}

void rq_sql_text(struct rq_sql *sql, const char *text)
{
	note(sql, text == NULL ? sqlite3_bind_null(sql->statement, ++sql->bound) : sqlite3_bind_text(sql->statement, ++sql->bound, text, -1,
	                                                                                             SQLITE_STATIC));
}

void rq_sql_integer(struct rq_sql *sql, int64_t value)
{
	note(sql, sqlite3_bind_int64(sql->statement, ++sql->bound, value));
}

void rq_sql_number(struct rq_sql *sql, double value)
{
	note(sql, sqlite3_bind_double(sql->statement, ++sql->bound, value)); /* SQLite keeps NaN as NULL */
}

enum rq_status rq_sql_next(bool *there, struct rq_sql *sql, struct rq_error *err)
{
	if (sql->code != SQLITE_OK)
		return rq_sql_fail(sql->store, err);
	int code = sqlite3_step(sql->statement);
	*there = code == SQLITE_ROW;
	return code == SQLITE_ROW || code == SQLITE_DONE ? RQ_OK : rq_sql_fail(sql->store, err);
}

enum rq_status rq_sql_do(struct rq_sql *sql, struct rq_error *err)
{
	bool there;
	enum rq_status status = rq_sql_next(&there, sql, err);

	sqlite3_reset(sql->statement);
	sql->bound = 0;
	return status;
}

const char *rq_sql_column(const struct rq_sql *sql, int column, struct rq_arena *arena, bool *failed)
{
	if (sqlite3_column_type(sql->statement, column) == SQLITE_NULL)
		return NULL;
	const char *text = (const char *)sqlite3_column_text(sql->statement, column);
	const char *kept = text == NULL ? NULL : rq_arena_strdup(arena, text);
	*failed |= kept == NULL;
	return kept;
}

int64_t rq_sql_column_integer(const struct rq_sql *sql, int column)
{
	return sqlite3_column_int64(sql->statement, column);
}

double rq_sql_column_number(const struct rq_sql *sql, int column)
{
	return sqlite3_column_type(sql->statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double(sql->statement, column);
}
