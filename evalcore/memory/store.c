/* Opens the file, waits for other jobs, brings it up to date. */
#include "evalcore/memory/store.h"

#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/memory/schema.h"
#include "evalcore/memory/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { APPLICATION = 0x72716761, /* "rqga", in the file's header */ PAUSE_US = 20000 };

const int rq_store_schema_version = 3;

/* ---- days ---- */

static void parts_of(struct tm *parts, int64_t us)
{
	time_t seconds = (time_t)(us / 1000000 - (us % 1000000 < 0));

	gmtime_r(&seconds, parts);
}

struct rq_day rq_day_of(int64_t us)
{
	struct rq_day day = {{0}};
	struct tm parts;

	parts_of(&parts, us);
	strftime(day.text, sizeof day.text, "%Y-%m-%d", &parts);
	return day;
}

struct rq_day rq_week_of(int64_t us)
{
	struct rq_day week = {{0}};
	struct tm parts;

	parts_of(&parts, us);
	strftime(week.text, sizeof week.text, "%G-W%V", &parts);
	return week;
}

struct rq_moment rq_moment_of(int64_t us)
{
	struct rq_moment moment = {{0}};
	struct tm parts;
	int64_t rest = us % 1000000;

	parts_of(&parts, us);
	size_t length = strftime(moment.text, sizeof moment.text, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(moment.text + length, sizeof moment.text - length, ".%06dZ", (int)(rest < 0 ? rest + 1000000 : rest));
	return moment;
}

/* ---- opening ---- */

/* Another job writes: wait, unless somebody wants to end this one. */
static int wait_for_others(void *context, int tries)
{
	struct rq_store *store = context;
	uint64_t now = rq_clock_ns();

	if (tries == 0)
		store->waited_ns = now;
	if (rq_cancel_requested() || (double)(now - store->waited_ns) * 1e-9 >= store->wait)
		return 0;
	usleep(PAUSE_US);
	return 1;
}

static enum rq_status open_file(struct rq_store *store, bool create, struct rq_error *err)
{
	int code = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0) | SQLITE_OPEN_NOMUTEX, NULL);

	if (code != SQLITE_OK)
		return rq_sql_fail(store, err);
	sqlite3_extended_result_codes(store->db, 0);
	sqlite3_busy_handler(store->db, wait_for_others, store);
	return RQ_OK;
}

/* Which schema it has; 0: it is empty. Refuses what is no store, or a newer program's. One statement, so one moment: another job may be making it. */
static enum rq_status look(int *version, struct rq_store *store, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	bool there;

	RQ_TRY(rq_sql_prepare(&sql, store, "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version",
	                      err));
	RQ_TRY(rq_sql_next(&there, &sql, err));
	int64_t application = rq_sql_column_integer(&sql, 0), schema = rq_sql_column_integer(&sql, 1), tables = rq_sql_column_integer(&sql, 2);
	if (application != APPLICATION && (application != 0 || schema != 0 || tables > 0))
		return rq_fail(err, RQ_E_DATA, "\"%s\": is a database of something else; name another file as the store", store->path);
	if (schema > rq_store_schema_version)
		return rq_fail(err, RQ_E_DATA,
		               "\"%s\": was written by a newer rqgate (schema %lld, this one knows %d); use that version, or name another file",
		               store->path, (long long)schema, rq_store_schema_version);
	*version = (int)schema;
	return RQ_OK;
}

/* ---- migration ---- */

static enum rq_status sync_path(const char *path, int flags, struct rq_error *err)
{
	int fd = open(path, flags | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;
	int reason = errno;

	if (fd >= 0)
		close(fd);
	return synced ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(reason));
}

static enum rq_status copy_into(const struct rq_store *store, const char *path, struct rq_error *err)
{
	struct rq_store reader = {.path = store->path, .wait = store->wait};
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	enum rq_status status = open_file(&reader, false, err);

	if (status == RQ_OK)
		status = rq_sql_prepare(&sql, &reader, "VACUUM INTO ?", err);
	if (status == RQ_OK) {
		rq_sql_text(&sql, path);
		status = rq_sql_do(&sql, err);
	}
	rq_sql_release(&sql);
	sqlite3_close(reader.db);
	return status;
}

/* Read by a second connection while this one keeps writers out: exactly what is about to be changed. */
static enum rq_status back_up(const struct rq_store *store, int version, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	char *backup = rq_arena_printf(&arena, "%s.v%d.backup", store->path, version);
	char *temporary = rq_arena_printf(&arena, "%s.v%d.backup.%ld", store->path, version, (long)getpid());
	char *folder = rq_path_folder(&arena, store->path);

	if (backup == NULL || temporary == NULL || folder == NULL)
		return rq_fail_memory(err);
	unlink(temporary); /* of a killed process that had this number */
	enum rq_status status = copy_into(store, temporary, err);
	if (status == RQ_OK)
		status = sync_path(temporary, O_RDONLY, err);
	if (status == RQ_OK && rename(temporary, backup) != 0)
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", backup, strerror(errno));
	if (status != RQ_OK) {
		unlink(temporary);
		return status;
	}
	return sync_path(folder, O_RDONLY | O_DIRECTORY, err);
}

/* Within its transaction: another job may have taken the step meanwhile. A new file takes all of them at once. */
static enum rq_status take_step(struct rq_store *store, int from, struct rq_error *err)
{
	int version, to = from == 0 ? rq_store_schema_version : from + 1;
	char marks[96];

	RQ_TRY(look(&version, store, err));
	if (version != from)
		return RQ_OK;
	if (from > 0)
		RQ_TRY(back_up(store, from, err));
	for (int step = from; step < to; step++)
		RQ_TRY(rq_sql_run(store, rq_schema_steps[step], err));
	snprintf(marks, sizeof marks, "PRAGMA application_id = %d; PRAGMA user_version = %d", APPLICATION, to);
	return rq_sql_run(store, marks, err);
}

static enum rq_status migrate(struct rq_store *store, struct rq_error *err)
{
	int version;

	RQ_TRY(look(&version, store, err));
	while (version < rq_store_schema_version) {
		RQ_TRY(rq_sql_run(store, "BEGIN IMMEDIATE", err));
		enum rq_status status = take_step(store, version, err);
		if (status == RQ_OK)
			status = rq_sql_run(store, "COMMIT", err);
		if (status != RQ_OK) {
			sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
			return status;
		}
		RQ_TRY(look(&version, store, err));
	}
	return RQ_OK;
}

/* SQLite asks nobody to wait where two make the same new file a log at once. */
static enum rq_status keep_a_log(struct rq_store *store, struct rq_error *err)
{
	for (int tries = 0;; tries++) {
		int code = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if (code == SQLITE_OK)
			return RQ_OK;
		if (code != SQLITE_BUSY || !wait_for_others(store, tries))
			return rq_sql_fail(store, err);
	}
}

/* What is committed stays, also where the power fails: FULL syncs the log at every commit. */
static enum rq_status set_up(struct rq_store *store, struct rq_error *err)
{
	int version;

	RQ_TRY(look(&version, store, err));
	RQ_TRY(rq_sql_run(store, "PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF", err));
	RQ_TRY(keep_a_log(store, err));
	return migrate(store, err);
}

/* ---- where nothing can be written ---- */

/* As a URI, in which some letters of a path mean something else. */
static const char *uri_of(struct rq_arena *arena, const char *path, const char *how)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf uri = {0};

	rq_buf_puts(&uri, "file:");
	for (const char *at = path; *at != '\0'; at++)
		rq_buf_printf(&uri, strchr("%?#", *at) != NULL ? "%%%02X" : "%c", (unsigned char)*at);
	rq_buf_printf(&uri, "?%s", how);
	return uri.failed ? NULL : rq_arena_strdup(arena, uri.data);
}

/* What somebody has put there to be read. A log beside it has what is not in the file itself yet, and is read together with its index alone; without a
 * log nothing is at work on the file, and it is read as it is. */
static enum rq_status open_to_read(struct rq_store *store, struct rq_arena *arena, struct rq_error *err)
{
	const char *log = rq_arena_printf(arena, "%s-wal", store->path), *shared = rq_arena_printf(arena, "%s-shm", store->path);
	struct stat info;
	int version;

	if (log == NULL || shared == NULL)
		return rq_fail_memory(err);
	bool has_log = stat(log, &info) == 0 && info.st_size > 0;
	if (has_log && !rq_file_exists(shared))
		return rq_fail(err, RQ_E_IO,
		               "\"%s\": a job that was killed has left a log beside it, and its folder cannot be written; copy both into another folder",
		               store->path);
	const char *uri = uri_of(arena, store->path, has_log ? "mode=ro" : "immutable=1");
	if (uri == NULL)
		return rq_fail_memory(err);
	sqlite3_close(store->db);
	store->db = NULL;
	if (sqlite3_open_v2(uri, &store->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		return rq_sql_fail(store, err);
	sqlite3_busy_handler(store->db, wait_for_others, store);
	RQ_TRY(rq_sql_run(store, "PRAGMA trusted_schema = OFF", err));
	RQ_TRY(look(&version, store, err));
	if (version == rq_store_schema_version)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO,
	               "\"%s\": was written by an older rqgate, and its folder cannot be written, where it would be brought up to date; copy it into "
	               "another folder",
	               store->path);
}

static bool cannot_write(const char *folder)
{
	return faccessat(AT_FDCWD, folder, W_OK, AT_EACCESS) != 0;
}

enum rq_status rq_store_open(struct rq_store *store, const char *path, bool create, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_error why = {0};
	char *folder = rq_path_folder(&arena, path);

	if (store->wait <= 0)
		store->wait = RQ_STORE_WAIT;
	store->path = strdup(path);
	if (folder == NULL || store->path == NULL)
		return rq_fail_memory(err);
	if (!create && !rq_file_exists(path))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: no such file; \"rqgate run CONFIG --store %s\" makes it", path, path);
	if (create)
		RQ_TRY(rq_make_folders(folder, err));
	enum rq_status status = open_file(store, create, &why);
	if (status == RQ_OK)
		status = set_up(store, &why);
	if (status == RQ_E_IO && !create && cannot_write(folder))
		return open_to_read(store, &arena, err);
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", why.text);
}

void rq_store_close(struct rq_store *store)
{
	sqlite3_close(store->db);
	free(store->path);
	*store = (struct rq_store){0};
}

enum rq_status rq_store_check(struct rq_store *store, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_sql_release) struct rq_sql pages = {0}, references = {0};
	bool there, failed = false;

	RQ_TRY(rq_sql_prepare(&pages, store, "PRAGMA integrity_check(1)", err));
	RQ_TRY(rq_sql_next(&there, &pages, err));
	const char *found = there ? rq_sql_column(&pages, 0, &arena, &failed) : "it says nothing";
	if (failed)
		return rq_fail_memory(err);
	if (found == NULL || strcmp(found, "ok") != 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": is damaged: %s", store->path, found == NULL ? "no answer" : found);
	RQ_TRY(rq_sql_prepare(&references, store, "PRAGMA foreign_key_check", err));
	RQ_TRY(rq_sql_next(&there, &references, err));
	return there ? rq_fail(err, RQ_E_DATA, "\"%s\": is damaged: a row belongs to no batch", store->path) : RQ_OK;
}
