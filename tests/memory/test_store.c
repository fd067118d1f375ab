/* Opening: new files, those of every earlier schema, what is refused, and who waits for whom. */
#include "fixture.h"

#include "evalcore/base/file.h"
#include "evalcore/memory/schema.h"

#include <math.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rq_store store;
static struct rq_error err;

static void set_up(void)
{
	err = (struct rq_error){0};
	fixture_start();
}

static void tear_down(void)
{
	rq_store_close(&store);
	fixture_end();
}

/* SQL on the file, by a connection of its own. */
static void change(const char *name, const char *sql)
{
	sqlite3 *db;

	ck_assert_int_eq(sqlite3_open(fixture_path(name), &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s", sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void expect_refusal(const char *name, bool create, enum rq_status status, const char *sentence)
{
	char expected[1024];

	snprintf(expected, sizeof expected, sentence, fixture_path(name), fixture_path(name));
	ck_assert_int_eq(rq_store_open(&store, fixture_path(name), create, &err), status);
	ck_assert_str_eq(err.text, expected);
	rq_store_close(&store);
}

START_TEST(days_and_weeks)
{
	ck_assert_str_eq(rq_day_of(FIXTURE_NOON).text, "2026-11-21");
	ck_assert_str_eq(rq_week_of(FIXTURE_NOON).text, "2026-W47");
	ck_assert_str_eq(rq_moment_of(FIXTURE_NOON + 7).text, "2026-11-21T12:00:00.000007Z");
	ck_assert_str_eq(rq_moment_of(-1).text, "1969-12-31T23:59:59.999999Z");
	ck_assert_str_eq(rq_day_of(-1).text, "1969-12-31");
	/* ISO 8601: the week of the first Thursday is the first; the 1st of January 2027 is a Friday */
	ck_assert_str_eq(rq_week_of(1798761600000000).text, "2026-W53");
	ck_assert_str_eq(rq_week_of(1798761600000000 + 3 * FIXTURE_DAY).text, "2027-W01");
}
END_TEST

START_TEST(a_new_one_is_made_with_its_folders)
{
	FIXTURE_OK(rq_store_open(&store, fixture_path("a/b/h.db"), true, &err));
	FIXTURE_OK(rq_store_check(&store, &err));
	struct rq_history history = fixture_history(&store);
	ck_assert_uint_eq(history.count, 0);
	rq_history_release(&history);
	ck_assert(!rq_file_exists(fixture_path("a/b/h.db.v1.backup")));
}
END_TEST

START_TEST(what_is_refused)
{
	expect_refusal("h.db", false, RQ_E_IO, "\"%s\": cannot open: no such file; \"rqgate run CONFIG --store %s\" makes it");
	ck_assert(!rq_file_exists(fixture_path("h.db")));
	change("other.db", "CREATE TABLE mine (a)");
	expect_refusal("other.db", true, RQ_E_DATA, "\"%s\": is a database of something else; name another file as the store");
	change("versioned.db", "PRAGMA user_version = 1");
	expect_refusal("versioned.db", true, RQ_E_DATA, "\"%s\": is a database of something else; name another file as the store");
	FIXTURE_OK(rq_file_write(fixture_path("text.db"),
	                         "a letter of more than a hundred bytes, so that SQLite reads it as a header of its own, which it is not at all",
	                         110, &err));
	expect_refusal("text.db", true, RQ_E_DATA, "\"%s\": is no whole store (file is not a database); restore it from a backup, or name a new file");
	fixture_open(&store);
	rq_store_close(&store);
	change("h.db", "PRAGMA user_version = 99");
	expect_refusal("h.db", true, RQ_E_DATA,
	               "\"%s\": was written by a newer rqgate (schema 99, this one knows 3); use that version, or name another file");
	expect_refusal(".", true, RQ_E_IO, "\"%s\": cannot open: Is a directory");
}
END_TEST

START_TEST(damage_is_found)
{
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);

	fixture_open(&store);
	fixture_append(&store, &batch, NULL);
	FIXTURE_OK(rq_store_check(&store, &err));
	rq_store_close(&store);
	change("h.db", "PRAGMA foreign_keys = OFF; DELETE FROM batch");
	fixture_open(&store);
	ck_assert_int_eq(rq_store_check(&store, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "is damaged: a row belongs to no batch"));
}
END_TEST

/* ---- old files ---- */

/* What every kept file holds: a pass of the week before, with a failure, and a failed gate. */
static void write_kept(struct rq_store *to)
{
	struct rq_batch first = fixture_batch(.75, FIXTURE_NOON - 7 * FIXTURE_DAY, "d1"), second = fixture_batch(.25, FIXTURE_NOON, "d1");

	fixture_append(to, &first, NULL);
	fixture_append(to, &second, NULL);
}

static void expect_kept(struct rq_store *from)
{
	struct rq_history history = fixture_history(from);
	struct rq_past_failures failures = {0};
	const struct rq_failure_filter all = {.resolved = true};

	ck_assert_uint_eq(history.count, 2);
	const struct rq_past_batch *first = &history.batches[0], *second = &history.batches[1];
	ck_assert(first->id == 1 && second->id == 2 && second->started_us == FIXTURE_NOON);
	ck_assert_str_eq(first->verdict, "pass");
	ck_assert_str_eq(second->verdict, "fail");
	ck_assert(first->figure_count == 5 && second->figure_count == 5 && second->input_count == 2);
	ck_assert(first->figures[0].value == .625 && second->figures[1].value == .25 && isinf(second->figures[2].upper));
	FIXTURE_OK(rq_past_failures_read(&failures, from, &all, &err));
	ck_assert(failures.count == 2 && failures.items[0].resolved_us == 0);
	ck_assert_str_eq(failures.items[1].failure.input, "a text,\nwhole");
	rq_past_failures_release(&failures);
	rq_history_release(&history);
}

static void copy(const char *to, const char *from)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};

	ck_assert_msg(rq_file_read(&bytes, from, &err) == RQ_OK, "%s; RQ_UPDATE=1 makes that of the latest schema", err.text);
	FIXTURE_OK(rq_file_write(to, bytes.data, bytes.size, &err));
}

START_TEST(files_of_every_schema_are_opened)
{
	int version = _i;
	char kept[64], backup[64];

	snprintf(kept, sizeof kept, "tests/memory/old/%d.db", version);
	snprintf(backup, sizeof backup, "h.db.v%d.backup", version);
	if (version == rq_store_schema_version && getenv("RQ_UPDATE") != NULL && !rq_file_exists(kept)) {
		fixture_open(&store);
		write_kept(&store);
		rq_store_close(&store);
		copy(kept, fixture_path("h.db"));
	}
	copy(fixture_path("h.db"), kept);
	for (int again = 0; again < 2; again++) {
		fixture_open(&store);
		FIXTURE_OK(rq_store_check(&store, &err));
		expect_kept(&store);
		rq_store_close(&store);
	}
	ck_assert(rq_file_exists(fixture_path(backup)) == (version < rq_store_schema_version));
	/* it goes on from there */
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON + 7 * FIXTURE_DAY, NULL);
	fixture_open(&store);
	ck_assert_int_eq(fixture_append(&store, &batch, NULL), 3);
	rq_store_close(&store);
	if (version == rq_store_schema_version)
		return;
	/* the backup is the file as it was */
	rename(fixture_path(backup), fixture_path("h.db"));
	fixture_open(&store);
	expect_kept(&store);
}
END_TEST

START_TEST(every_schema_has_a_step)
{
	int steps = 0;

	while (rq_schema_steps[steps] != NULL)
		steps++;
	ck_assert_int_eq(steps, rq_store_schema_version);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_the_file_as_it_was)
{
	copy(fixture_path("h.db"), "tests/memory/old/1.db");
	change("h.db", "ALTER TABLE failure ADD COLUMN resolved_us INTEGER"); /* in the way of step 2, which has changed something before */
	ck_assert_int_eq(rq_store_open(&store, fixture_path("h.db"), true, &err), RQ_E_INTERNAL);
	ck_assert_ptr_nonnull(strstr(err.text, "duplicate column name"));
	rq_store_close(&store);
	change("h.db", "ALTER TABLE failure DROP COLUMN resolved_us");
	fixture_open(&store);
	expect_kept(&store);
}
END_TEST

/* ---- several at once ---- */

/* A process that holds the store's lock until the pipe is closed, or for so long. */
static pid_t hold(int *release, unsigned milliseconds)
{
	int ready[2], go[2];
	char byte = 0;

	ck_assert(pipe(ready) == 0 && pipe(go) == 0);
	pid_t pid = fork();
	if (pid == 0) {
		sqlite3 *db;
		close(go[1]);
		if (sqlite3_open(fixture_path("h.db"), &db) != SQLITE_OK || sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
		    write(ready[1], &byte, 1) != 1)
			_exit(1);
		if (milliseconds > 0)
			usleep(milliseconds * 1000);
		else
			(void)!read(go[0], &byte, 1);
		sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
		_exit(0);
	}
	close(ready[1]);
	close(go[0]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	*release = go[1];
	return pid;
}

static void end_hold(pid_t pid, int release)
{
	int status;

	close(release);
	ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

START_TEST(a_lock_is_waited_for)
{
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);
	int release;

	fixture_open(&store);
	pid_t pid = hold(&release, 300);
	fixture_append(&store, &batch, NULL); /* RQ_STORE_WAIT is longer */
	end_hold(pid, release);
}
END_TEST

START_TEST(a_lock_that_stays_is_told)
{
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);
	int64_t id;
	bool repeated;
	int release;
	char expected[256];

	fixture_open(&store);
	store.wait = .1;
	pid_t pid = hold(&release, 0);
	ck_assert_int_eq(rq_store_append(&id, &repeated, &store, &batch, &err), RQ_E_LOCKED);
	snprintf(expected, sizeof expected, "\"%s\": another job has been writing to it for 0.1 s; try again", fixture_path("h.db"));
	ck_assert_str_eq(err.text, expected);
	struct rq_history history = fixture_history(&store); /* reading goes on */
	ck_assert_uint_eq(history.count, 0);
	rq_history_release(&history);
	end_hold(pid, release);
	fixture_append(&store, &batch, NULL);
}
END_TEST

enum { WRITERS = 6, BATCHES = 10 };

START_TEST(many_write_one_after_the_other)
{
	int whole = 0;

	for (int writer = 0; writer < WRITERS; writer++)
		if (fork() == 0) {
			struct rq_store own;
			fixture_open(&own); /* one of them makes it, all at once */
			for (int i = 0; i < BATCHES; i++) {
				struct rq_batch batch = fixture_batch(.5 + writer * .01, FIXTURE_NOON + i * 7 * FIXTURE_DAY, "d1");
				fixture_append(&own, &batch, NULL);
			}
			rq_store_close(&own);
			_exit(0);
		}
	for (int status; wait(&status) > 0;)
		whole += WIFEXITED(status) && WEXITSTATUS(status) == 0;
	ck_assert_int_eq(whole, WRITERS);
	fixture_open(&store);
	FIXTURE_OK(rq_store_check(&store, &err));
	struct rq_history history = fixture_history(&store);
	ck_assert_uint_eq(history.count, WRITERS * BATCHES);
	for (size_t i = 0; i < history.count; i++)
		ck_assert(history.batches[i].figure_count == 5 && history.batches[i].failures == 1);
	rq_history_release(&history);
}
END_TEST

Suite *store_suite(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, days_and_weeks);
	tcase_add_test(tests, a_new_one_is_made_with_its_folders);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, damage_is_found);
	tcase_add_loop_test(tests, files_of_every_schema_are_opened, 1, rq_store_schema_version + 1);
	tcase_add_test(tests, every_schema_has_a_step);
	tcase_add_test(tests, a_migration_that_fails_leaves_the_file_as_it_was);
	tcase_add_test(tests, a_lock_is_waited_for);
	tcase_add_test(tests, a_lock_that_stays_is_told);
	tcase_add_test(tests, many_write_one_after_the_other);
	suite_add_tcase(suite, tests);
	return suite;
}
