/* Appending: what is the same batch, that all of it arrives, and what it resolves. */
#include "fixture.h"

#include <math.h>

static struct rq_store store;
static struct rq_error err;

static void set_up(void)
{
	err = (struct rq_error){0};
	fixture_start();
	fixture_open(&store);
}

static void tear_down(void)
{
	rq_store_close(&store);
	fixture_end();
}

static int64_t append(double value, int64_t started, const char *failing, bool *repeated)
{
	struct rq_batch batch = fixture_batch(value, started, failing);

	return fixture_append(&store, &batch, repeated);
}

START_TEST(all_of_it_is_read_back)
{
	append(.25, FIXTURE_NOON, "d17", NULL);
	struct rq_history history = fixture_history(&store);
	ck_assert_uint_eq(history.count, 1);
	const struct rq_past_batch *batch = &history.batches[0];
	ck_assert(batch->id == 1 && batch->started_us == FIXTURE_NOON && batch->finished_us == FIXTURE_NOON + 1500000 &&
	          batch->last_us == batch->finished_us);
	ck_assert(batch->repeats == 0 && batch->schema_version == rq_store_schema_version && batch->exit_code == 1);
	ck_assert_str_eq(batch->week, "2026-W47");
	ck_assert_str_eq(batch->ingest_date, "2026-11-21");
	ck_assert_str_eq(batch->verdict, "fail");
	ck_assert_str_eq(batch->arguments, "[\"gate.json\"]");
	ck_assert_uint_eq(batch->input_count, 2);
	ck_assert_str_eq(batch->inputs[1].name, "baseline.vectors");
	ck_assert_str_eq(batch->inputs[1].text, "1234");
	ck_assert_uint_eq(batch->figure_count, 5);
	const struct rq_figure *figures = batch->figures;
	ck_assert(figures[0].kind == RQ_FIGURE_METRIC && figures[0].value == .625 && figures[0].lower == .5 && figures[0].upper == .75 &&
	          figures[0].count == 40);
	ck_assert_str_eq(figures[0].slice, "");
	ck_assert_str_eq(figures[1].slice, "billing");
	ck_assert(figures[1].value == .25 && isnan(figures[1].lower) && isnan(figures[1].upper));
	ck_assert(figures[2].kind == RQ_FIGURE_LATENCY && figures[2].count == 1000 && figures[2].failed == 2 && isinf(figures[2].upper));
	ck_assert(figures[3].kind == RQ_FIGURE_DRIFT && figures[3].bound == .05);
	ck_assert_str_eq(figures[3].reason, "far below");
	ck_assert(figures[4].kind == RQ_FIGURE_VERDICT && figures[4].blocks && !figures[4].waived && figures[4].bound == .5);
	ck_assert_str_eq(figures[4].name, "RR@10 >= 0.5");
	ck_assert_str_eq(figures[4].outcome, "fail");
	ck_assert_str_eq(figures[4].reason, "as \"measured\"");
	ck_assert(batch->failures == 1 && batch->failures_open == 1);
	rq_history_release(&history);
}
END_TEST

START_TEST(the_same_of_the_same_week_is_there_once)
{
	bool repeated;
	int64_t first = append(.75, FIXTURE_NOON, NULL, &repeated);

	ck_assert(!repeated);
	ck_assert_int_eq(append(.75, FIXTURE_NOON + FIXTURE_DAY, NULL, &repeated), first); /* Sunday */
	ck_assert(repeated);
	ck_assert_int_eq(append(.75 + 1e-9, FIXTURE_NOON, NULL, &repeated), first); /* the same to six digits; earlier than the last */
	ck_assert(repeated);
	struct rq_history history = fixture_history(&store);
	ck_assert_uint_eq(history.count, 1);
	ck_assert_int_eq(history.batches[0].repeats, 2);
	ck_assert_int_eq(history.batches[0].last_us, FIXTURE_NOON + FIXTURE_DAY + 1500000);
	ck_assert_uint_eq(history.batches[0].figure_count, 5);
	ck_assert_uint_eq(history.batches[0].input_count, 2);
	rq_history_release(&history);
	ck_assert_int_ne(append(.75, FIXTURE_NOON + 2 * FIXTURE_DAY, NULL, &repeated), first); /* Monday */
	ck_assert(!repeated);
}
END_TEST

/* What makes a batch another one, and what does not. */
static void change(struct rq_batch *batch, int how)
{
	switch (how) {
	case 0:
		batch->figures[2].value *= 2; /* a latency */
		break;
	case 1:
		batch->figures[4].is_measured = true;
		break;
	case 2:
		batch->inputs[1].text = "other vectors";
		break;
	case 3:
		batch->sentence = "said otherwise";
		break;
	case 4:
		batch->inputs[0].text = "another corpus";
		break;
	case 5:
		batch->figures[3].value = .02;
		break;
	case 6:
		batch->figures[4].outcome = "fail";
		break;
	case 7:
		batch->suite = NULL;
		break;
	case 8:
		batch->arguments = "[\"gate.json\", \"--set=cutoff=5\"]";
		break;
	case 9:
		batch->command = "drift";
		break;
	case 10:
		batch->figures[4].outcome = "fail";
		batch->figures[4].is_measured = true;
		break;
	default:
		batch->verdict = RQ_NO_VERDICT;
	}
}

enum { FIRST_THAT_MATTERS = 4, CHANGES = 12 };

START_TEST(what_makes_it_another_one)
{
	bool repeated;
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);

	if (_i == 1)
		batch.figures[4].is_measured = true;
	fixture_append(&store, &batch, NULL);
	batch = fixture_batch(.75, FIXTURE_NOON, NULL);
	change(&batch, _i);
	if (_i == 1)
		batch.figures[4].value = .9; /* of a gate on a measured time its outcome counts */
	fixture_append(&store, &batch, &repeated);
	ck_assert(repeated == (_i < FIRST_THAT_MATTERS));
}
END_TEST

static int64_t open_failures(void)
{
	struct rq_past_failures failures = {0};
	const struct rq_failure_filter filter = {0};

	FIXTURE_OK(rq_past_failures_read(&failures, &store, &filter, &err));
	int64_t count = (int64_t)failures.count;
	rq_past_failures_release(&failures);
	return count;
}

/* d1 fails, is mended, fails again in the same week: one batch, and a failure that is open. */
START_TEST(a_failure_that_comes_back_is_open)
{
	bool repeated;

	append(.75, FIXTURE_NOON, "d1", NULL);
	append(.75, FIXTURE_NOON, NULL, NULL);
	ck_assert_int_eq(open_failures(), 0);
	append(.75, FIXTURE_NOON + 5000000, "d1", &repeated);
	ck_assert(repeated);
	ck_assert_int_eq(open_failures(), 1);
}
END_TEST

/* The same document with another text is kept, too: who looks for what failed finds it. */
START_TEST(another_text_that_failed_is_another_batch)
{
	bool repeated;

	append(.75, FIXTURE_NOON, "d1", NULL);
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, "d1");
	batch.failures[0].input = "another text";
	fixture_append(&store, &batch, &repeated);
	ck_assert(!repeated);
	ck_assert_int_eq(open_failures(), 2);
	append(.75, FIXTURE_NOON, "d1", &repeated);
	ck_assert(repeated);
}
END_TEST

START_TEST(two_reasons_to_stop_are_two_batches)
{
	static const char *const reasons[] = {"the service is down", "the disk is full", "the service is down"};
	int64_t ids[3];

	for (size_t i = 0; i < 3; i++) {
		struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, NULL);
		batch.verdict = RQ_NO_VERDICT;
		batch.exit_code = 69;
		batch.complete = false;
		batch.sentence = reasons[i];
		ids[i] = fixture_append(&store, &batch, NULL);
	}
	ck_assert_int_ne(ids[0], ids[1]);
	ck_assert_int_eq(ids[0], ids[2]);
}
END_TEST

START_TEST(a_failure_is_over_once_its_job_ends_without_it)
{
	bool repeated;
	int64_t whole = append(.75, FIXTURE_NOON, NULL, NULL);

	append(.75, FIXTURE_NOON, "d1", NULL);
	append(.75, FIXTURE_NOON, "d2", NULL); /* without d1 */
	ck_assert_int_eq(open_failures(), 1);
	struct rq_batch other = fixture_batch(.75, FIXTURE_NOON, NULL);
	other.arguments = "[\"gate.json\", \"--set=cutoff=5\"]";
	fixture_append(&store, &other, NULL);
	ck_assert_int_eq(open_failures(), 1);
	struct rq_batch cut = fixture_batch(.6, FIXTURE_NOON, NULL);
	cut.complete = false;
	fixture_append(&store, &cut, NULL);
	ck_assert_int_eq(open_failures(), 1);
	ck_assert_int_eq(append(.75, FIXTURE_NOON + 5000000, NULL, &repeated), whole); /* a repeat of the first resolves too */
	ck_assert(repeated);
	ck_assert_int_eq(open_failures(), 0);

	struct rq_past_failures failures = {0};
	const struct rq_failure_filter second = {.id = 2};
	FIXTURE_OK(rq_past_failures_read(&failures, &store, &second, &err));
	ck_assert_uint_eq(failures.count, 1);
	const struct rq_past_failure *past = &failures.items[0];
	ck_assert(past->resolved_batch_id == whole && past->resolved_us == FIXTURE_NOON + 6500000 && past->failed_us == FIXTURE_NOON + 1500000);
	ck_assert_str_eq(past->failure.name, "d2");
	ck_assert_str_eq(past->failure.input, "a text,\nwhole");
	ck_assert(past->failure.attempts == 3 && past->failure.seconds == 1.5);
	ck_assert_str_eq(past->folder, "/work");
	rq_past_failures_release(&failures);
}
END_TEST

START_TEST(a_batch_that_cannot_be_whole_leaves_nothing)
{
	struct rq_batch batch = fixture_batch(.75, FIXTURE_NOON, "d1");
	int64_t id = 0;
	bool repeated;

	batch.figures[1].side = "baseline"; /* the same figure twice */
	batch.figures[1].slice = "";
	ck_assert_int_eq(rq_store_append(&id, &repeated, &store, &batch, &err), RQ_E_INTERNAL);
	rq_batch_release(&batch);
	struct rq_history history = fixture_history(&store);
	ck_assert_uint_eq(history.count, 0);
	rq_history_release(&history);
	ck_assert_int_eq(open_failures(), 0);
	ck_assert_int_eq(append(.75, FIXTURE_NOON, NULL, NULL), 1);
	FIXTURE_OK(rq_store_check(&store, &err));
}
END_TEST

Suite *batch_suite(void)
{
	Suite *suite = suite_create("batch");
	TCase *tests = tcase_create("batch");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, all_of_it_is_read_back);
	tcase_add_test(tests, the_same_of_the_same_week_is_there_once);
	tcase_add_loop_test(tests, what_makes_it_another_one, 0, CHANGES);
	tcase_add_test(tests, a_failure_that_comes_back_is_open);
	tcase_add_test(tests, another_text_that_failed_is_another_batch);
	tcase_add_test(tests, two_reasons_to_stop_are_two_batches);
	tcase_add_test(tests, a_failure_is_over_once_its_job_ends_without_it);
	tcase_add_test(tests, a_batch_that_cannot_be_whole_leaves_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
