/* Reading: filters, jobs. */
#include "fixture.h"

static struct rq_store store;
static struct rq_error err;

/* `input`: one more, of the digest "aaaa"; NULL: none. */
static void add(const char *command, const char *suite, double value, int64_t started, const char *input)
{
	struct rq_batch batch = fixture_batch(value, started, NULL);

	if (input != NULL)
		FIXTURE_OK(rq_batch_add_input(&batch, input, "aaaa", &err));
	batch.command = command;
	batch.suite = suite;
	fixture_append(&store, &batch, NULL);
}

static void set_up(void)
{
	err = (struct rq_error){0};
	fixture_start();
	fixture_open(&store);
	add("run", "help", .75, FIXTURE_NOON - 20 * FIXTURE_DAY, RQ_INPUT_MADE_REFERENCE);
	add("run", "help", .25, FIXTURE_NOON - 10 * FIXTURE_DAY, NULL);
	add("drift", "help", .75, FIXTURE_NOON - 9 * FIXTURE_DAY, RQ_INPUT_REFERENCE);
	add("run", NULL, .25, FIXTURE_NOON - 8 * FIXTURE_DAY, "corpus.of.index");
	add("eval", NULL, .75, FIXTURE_NOON, NULL);
}

static void tear_down(void)
{
	rq_store_close(&store);
	fixture_end();
}

static const struct {
	struct rq_history_filter filter;
	size_t count;
	int64_t ids[5];
} cases[] = {
	{{0}, 5, {1, 2, 3, 4, 5}},
	{{.command = "run"}, 3, {1, 2, 4}},
	{{.suite = "help"}, 3, {1, 2, 3}},
	{{.suite = "help", .command = "run", .limit = 1}, 1, {2}},
	{{.verdict = "fail"}, 2, {2, 4}},
	{{.verdict = "none"}, 0, {0}},
	{{.batch_id = 3}, 1, {3}},
	{{.limit = 2}, 2, {4, 5}},
	{{.since_us = FIXTURE_NOON - 9 * FIXTURE_DAY + 1500000}, 3, {3, 4, 5}},
	{{.until_us = FIXTURE_NOON - 9 * FIXTURE_DAY + 1500000}, 2, {1, 2}},
	{{.figure = "drift.mmd"}, 5, {1, 2, 3, 4, 5}},
	{{.figure = "latency.p99", .limit = 1}, 1, {5}},
	{{.figure = "nDCG@10"}, 0, {0}},
	{{.reference = "aaaa"}, 2, {1, 3}},
	{{.reference = "aaaa", .command = "run"}, 1, {1}},
	{{.reference = "aaaa", .limit = 1}, 1, {3}},
	{{.reference = "00ff"}, 0, {0}}, /* a corpus of that digest is no reference */
};

START_TEST(filters)
{
	struct rq_history history = {0};

	FIXTURE_OK(rq_history_read(&history, &store, &cases[_i].filter, &err));
	ck_assert_uint_eq(history.count, cases[_i].count);
	for (size_t i = 0; i < history.count; i++)
		ck_assert_int_eq(history.batches[i].id, cases[_i].ids[i]);
	rq_history_release(&history);
}
END_TEST

static void expect_job(const struct rq_past_job *job, const char *command, const char *suite, int64_t ran, int64_t passed, const char *verdict)
{
	ck_assert_str_eq(job->command, command);
	ck_assert_str_eq(job->suite, suite);
	ck_assert_str_eq(job->verdict, verdict);
	ck_assert_int_eq(job->ran_us, FIXTURE_NOON + ran * FIXTURE_DAY + 1500000);
	ck_assert_int_eq(job->passed_us, passed == 0 ? 0 : FIXTURE_NOON + passed * FIXTURE_DAY + 1500000);
}

START_TEST(jobs_ran_and_passed)
{
	struct rq_past_jobs jobs = {0};

	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, NULL, NULL, NULL, NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 3);
	expect_job(&jobs.jobs[0], "drift", "help", -9, -9, "pass");
	expect_job(&jobs.jobs[1], "run", "", -8, 0, "fail");
	expect_job(&jobs.jobs[2], "run", "help", -10, -20, "fail");
	rq_past_jobs_release(&jobs);
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", "help", NULL, NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 1);
	rq_past_jobs_release(&jobs);
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "eval", NULL, NULL, NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 1);
	rq_past_jobs_release(&jobs);
}
END_TEST

/* A pass of a trial, of a look back, of another config is no pass of the job. */
START_TEST(trials_do_not_count)
{
	static const char *const trials[] = {"[\"gate.json\", \"--set=cutoff=5\"]", "[\"gate.json\", \"--as-of=2026-11-01\"]",
	                                     "[\"gate.json\", \"--reference=new\"]", "[\"gate.json\", \"--update\"]"};
	struct rq_past_jobs jobs = {0};

	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
		struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);
		batch.arguments = trials[i];
		fixture_append(&store, &batch, NULL);
	}
	struct rq_batch profile = fixture_batch(.75, FIXTURE_NOON - 2 * FIXTURE_DAY, NULL), other = fixture_batch(.75, FIXTURE_NOON, NULL);
	profile.suite = other.suite = "";
	profile.arguments = "[\"gate.json\", \"--set=profile=release\"]";
	other.config = "/work/other.json";
	fixture_append(&store, &profile, NULL);
	fixture_append(&store, &other, NULL);
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", NULL, NULL, NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 3);
	ck_assert_str_eq(jobs.jobs[0].config, "/work/gate.json");
	ck_assert_int_lt(jobs.jobs[0].passed_us, FIXTURE_NOON - FIXTURE_DAY);
	ck_assert_int_gt(jobs.jobs[0].passed_us, FIXTURE_NOON - 3 * FIXTURE_DAY);
	ck_assert_str_eq(jobs.jobs[1].config, "/work/other.json");
	ck_assert_int_gt(jobs.jobs[1].passed_us, FIXTURE_NOON);
	expect_job(&jobs.jobs[2], "run", "help", 0, -20, "pass");
	rq_past_jobs_release(&jobs);
}
END_TEST

/* Two configs of one suite: neither covers for the other, wherever they are checked out. */
START_TEST(a_config_is_a_job_of_its_suite)
{
	struct rq_batch moved = fixture_batch(.75, FIXTURE_NOON - 2 * FIXTURE_DAY, NULL);
	struct rq_batch other = fixture_batch(.75, FIXTURE_NOON - FIXTURE_DAY, NULL);
	struct rq_past_jobs jobs = {0};

	moved.config = "/elsewhere/gate.json";
	other.config = "/work/other.json";
	fixture_append(&store, &moved, NULL);
	fixture_append(&store, &other, NULL);
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", "help", NULL, NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 2);
	ck_assert_str_eq(jobs.jobs[0].config, "gate.json");
	expect_job(&jobs.jobs[0], "run", "help", -2, -2, "pass");
	ck_assert_str_eq(jobs.jobs[1].config, "other.json");
	expect_job(&jobs.jobs[1], "run", "help", -1, -1, "pass");
	rq_past_jobs_release(&jobs);
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", NULL, "there/other.json", NULL, INT64_MAX, &err));
	ck_assert_uint_eq(jobs.count, 1);
	ck_assert_str_eq(jobs.jobs[0].config, "other.json");
	rq_past_jobs_release(&jobs);
}
END_TEST

/* A job that is always called with the same changes: asked for with them, its passes count, and those of no other. */
START_TEST(a_job_may_have_changes_of_its_own)
{
	static const struct {
		const char *changes;
		int64_t passed; /* days from noon; 1: there is no such job */
	} asked[] = {
		{"[\"--set=cutoff=5\", \"--reference=new\"]", -3},
		{"[\"--reference=new\", \"--set=profile=pr\", \"--set=cutoff=5\"]", -3},
		{"[\"--set=cutoff=5\"]", -2},
		{"[\"--reference=new\"]", 1},
	};
	static const char *const called[] = {"[\"gate.json\", \"--set=cutoff=5\", \"--set=profile=release\", \"--reference=new\"]",
	                                     "[\"gate.json\", \"--set=cutoff=5\"]", "[\"gate.json\", \"--set=cutoff=5\", \"--update\"]"};
	struct rq_past_jobs jobs = {0};

	for (int i = 0; i < 3; i++) {
		struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON - (3 - i) * FIXTURE_DAY, NULL);
		batch.arguments = called[i];
		fixture_append(&store, &batch, NULL);
	}
	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", "help", NULL, asked[i].changes, INT64_MAX, &err));
		ck_assert_uint_eq(jobs.count, asked[i].passed <= 0);
		if (jobs.count > 0)
			expect_job(&jobs.jobs[0], "run", "help", asked[i].passed, asked[i].passed, "pass");
		rq_past_jobs_release(&jobs);
	}
	FIXTURE_OK(rq_past_jobs_read(&jobs, &store, "run", "help", NULL, NULL, INT64_MAX, &err));
	expect_job(&jobs.jobs[0], "run", "help", -1, -20, "pass");
	rq_past_jobs_release(&jobs);
}
END_TEST

Suite *history_suite(void)
{
	Suite *suite = suite_create("history");
	TCase *tests = tcase_create("history");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, filters, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tests, jobs_ran_and_passed);
	tcase_add_test(tests, trials_do_not_count);
	tcase_add_test(tests, a_config_is_a_job_of_its_suite);
	tcase_add_test(tests, a_job_may_have_changes_of_its_own);
	suite_add_tcase(suite, tests);
	return suite;
}
