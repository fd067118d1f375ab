/* A baseline's folder, there and back; what is wrong with it is told with its place; the folder of all. */
#include "fixture.h"

#include "evalcore/base/file.h"

#include <fcntl.h>
#include <time.h>

static struct rq_baseline read_back;
static struct rq_error err;

static void set_up(void)
{
	err = (struct rq_error){0};
	fixture_start();
}

static void tear_down(void)
{
	rq_baseline_release(&read_back);
	fixture_end();
}

START_TEST(what_was_approved_is_read)
{
	ck_assert_msg(rq_baseline_read(&read_back, fixture_baselines, "one", &err) == RQ_OK, "%s", err.text);
	const struct rq_baseline *one = &read_back;
	ck_assert_str_eq(one->name, "one");
	ck_assert_str_eq(one->by, "ann");
	ck_assert_ptr_null(one->why);
	ck_assert_str_eq(one->when, "2026-11-21T03:00:00Z");
	ck_assert_str_eq(one->approved, "candidate");
	ck_assert_str_eq(one->verdict, "pass");
	ck_assert_uint_eq(one->gate_count, 2);
	ck_assert_str_eq(one->gates[0].text, "drop(RR@10) <= 0.03");
	const struct rq_gate_result *passed = &one->gates[0], *failed = &one->gates[1];
	ck_assert(passed->level == RQ_LEVEL_ERROR && passed->outcome == RQ_PASS && !passed->absent && passed->waived == RQ_NOT_WAIVED);
	ck_assert(failed->level == RQ_LEVEL_WARN && failed->outcome == RQ_FAIL && failed->absent && failed->waived == RQ_WAIVED);
	ck_assert_str_eq(failed->waiver.reason, "by \"Monday\"");
	ck_assert_str_eq(failed->waiver.by, "bob");
	ck_assert_str_eq(failed->waiver.until, "2026-12-31");
	ck_assert(!one->forced && one->cutoff == 10 && one->metrics_version == RQ_METRICS_VERSION);
	/* a candidate's own corpus and index, and the vectors that it shares */
	ck_assert_str_eq(rq_baseline_digest(one, "corpus"), OTHER);
	ck_assert_str_eq(rq_baseline_digest(one, "index"), OTHER);
	ck_assert_str_eq(rq_baseline_digest(one, "vectors"), CORPUS);
	ck_assert_ptr_null(rq_baseline_digest(one, "topics"));
	ck_assert(one->count_count == 4 && one->counts[0].value == 10);
	ck_assert(one->side.dimension == 4 && !one->side.is_exact);
	ck_assert_str_eq(one->side.variant, "v");
	ck_assert_uint_eq(one->metric_count, 2); /* no times */
	const struct rq_baseline_metric *rr = rq_baseline_metric(one, "RR@10"), *recall = rq_baseline_metric(one, "ann_recall@10");
	ck_assert(rr->is_judged && !recall->is_judged);
	ck_assert(rr->value == .625 && rr->samples == 4 && recall->value == 2.5 / 3 && recall->samples == 3);
	ck_assert_mem_eq(rr->per_topic, fixture_rr, sizeof fixture_rr);
	ck_assert(isnan(recall->per_topic[2]) && recall->per_topic[3] == .5);
	ck_assert_uint_eq(rq_baseline_topic(one, "q4"), 3);
	ck_assert_uint_eq(rq_baseline_topic(one, "q5"), SIZE_MAX);
	ck_assert_str_eq(one->slices[0], "billing");
	ck_assert_ptr_null(one->slices[1]);
}
END_TEST

/* "q3" found nothing, so no line tells of it; the scores do. */
START_TEST(rankings_come_back_with_those_that_are_empty)
{
	ck_assert(rq_baseline_read(&read_back, fixture_baselines, "one", &err) == RQ_OK);
	ck_assert_msg(rq_baseline_read_rankings(&read_back, &err) == RQ_OK, "%s", err.text);
	const struct rq_run *run = read_back.side.ranked;
	ck_assert_uint_eq(run->count, 5);
	for (size_t i = 0; i < run->count; i++) {
		ck_assert_str_eq(run->rankings[i].topic, fixture_rankings[i].topic);
		ck_assert_uint_eq(run->rankings[i].count, fixture_rankings[i].count);
		for (size_t j = 0; j < run->rankings[i].count; j++) {
			ck_assert_str_eq(run->rankings[i].documents[j].document, fixture_rankings[i].documents[j].document);
			ck_assert(run->rankings[i].documents[j].score == fixture_rankings[i].documents[j].score);
		}
	}
	ck_assert_uint_eq(read_back.side.exact->count, 4); /* of the scored topics */
	ck_assert_uint_eq(rq_run_find(read_back.side.exact, "q1")->count, 2);
}
END_TEST

START_TEST(a_side_that_failed_is_refused)
{
	struct rq_failure failed[] = {{.side = "baseline", .what = "document", .id = "d3", .reason = "too long"},
	                              {.side = "candidate", .what = "topic", .id = "q2", .reason = "the service answers 400"},
	                              {.side = "candidate", .what = "document", .id = "d2", .reason = "too long"}};
	struct rq_comparison comparison = fixture_comparison();

	comparison.failures = (struct rq_failures){.items = failed, .count = 3};
	ck_assert_int_eq(rq_baseline_of(&read_back, &comparison, RQ_CANDIDATE, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text,
	                 "2 of the candidate's documents and topics failed (topic \"q2\" for one: the service answers 400), so as a baseline it would "
	                 "hide drops; mend that, run again, and approve that report");
	failed[1].side = failed[2].side = "baseline";
	rq_baseline_release(&read_back);
	ck_assert_int_eq(rq_baseline_of(&read_back, &comparison, RQ_CANDIDATE, &err), RQ_OK);
	rq_baseline_release(&read_back);
	ck_assert_int_eq(rq_baseline_of(&read_back, &comparison, RQ_BASELINE, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text,
	                 "no metric has scores of the baseline's topics, so nothing could be compared with them; ask for one in \"metrics\"");
}
END_TEST

START_TEST(names)
{
	static const char *const good[] = {"a", "release-2026.11_b", "_x", "0"};
	static const char *const bad[] = {"", ".a", "-a", "a/b", "..", "a b", "\xc3\xa4", "a\n"};
	char longest[102];

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_int_eq(rq_baseline_check_name(good[i], &err), RQ_OK);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(rq_baseline_check_name(bad[i], &err), RQ_E_USAGE);
	memset(longest, 'a', sizeof longest);
	longest[101] = '\0';
	ck_assert_int_eq(rq_baseline_check_name(longest, &err), RQ_E_USAGE);
	longest[100] = '\0';
	ck_assert_int_eq(rq_baseline_check_name(longest, &err), RQ_OK);
	ck_assert_int_eq(fixture_approve("one", &err), RQ_E_USAGE); /* used already */
	ck_assert_ptr_nonnull(strstr(err.text, "is there already, and a baseline is never written over"));
}
END_TEST

START_TEST(the_folder_of_all)
{
	struct rq_arena arena = {0};
	struct rq_strings names_found;
	const char *pinned;
	bool was_pinned;
	char path[128];

	ck_assert(fixture_approve("alpha", &err) == RQ_OK && fixture_approve("two", &err) == RQ_OK);
	snprintf(path, sizeof path, "%s/empty", fixture_baselines); /* no baseline.json */
	ck_assert_int_eq(rq_make_folders(path, &err), RQ_OK);
	snprintf(path, sizeof path, "%s/README.md", fixture_baselines);
	ck_assert_int_eq(rq_file_write(path, "x", 1, &err), RQ_OK);
	ck_assert_msg(rq_baseline_list(&names_found, fixture_baselines, &arena, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(names_found.count, 3);
	ck_assert_str_eq(names_found.items[0], "alpha");
	ck_assert_str_eq(names_found.items[1], "one");
	ck_assert_str_eq(names_found.items[2], "two");
	snprintf(path, sizeof path, "%s/none", fixture_folder);
	ck_assert(rq_baseline_list(&names_found, path, &arena, &err) == RQ_OK && names_found.count == 0);
	ck_assert(rq_baseline_pinned(&pinned, fixture_baselines, &arena, &err) == RQ_OK && pinned == NULL);
	ck_assert_int_eq(rq_baseline_pin(fixture_baselines, "two", &err), RQ_OK);
	ck_assert(rq_baseline_pinned(&pinned, fixture_baselines, &arena, &err) == RQ_OK);
	ck_assert_str_eq(pinned, "two");
	ck_assert_int_eq(rq_baseline_pin(fixture_baselines, "nine", &err), RQ_E_USAGE);
	ck_assert(rq_baseline_unpin(&was_pinned, fixture_baselines, &err) == RQ_OK && was_pinned);
	ck_assert(rq_baseline_unpin(&was_pinned, fixture_baselines, &err) == RQ_OK && !was_pinned);
	rq_arena_release(&arena);
}
END_TEST

/* A killed approval leaves a folder that is as whole as its baseline.json: nobody sees it, and once it is old it goes. */
static void leave(const char *name, time_t age)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct timespec then = {.tv_sec = time(NULL) - age}, times[2] = {then, then};
	char from[128];

	ck_assert_int_eq(fixture_approve("dead", &err), RQ_OK);
	snprintf(from, sizeof from, "%s/dead", fixture_baselines);
	const char *to = rq_path_join(&arena, fixture_baselines, name);
	ck_assert(rename(from, to) == 0 && utimensat(AT_FDCWD, to, times, 0) == 0);
}

static bool is_there(const char *name)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	return rq_file_exists(rq_path_join(&arena, fixture_baselines, name));
}

START_TEST(what_killed_approvals_leave)
{
	struct rq_arena arena = {0};
	struct rq_strings names_found;

	leave(".one.rqgate-Ab12cD", 7200);
	leave(".two.rqgate-Ab12cD", 60);
	leave("one.backup", 7200); /* a name like any other */
	leave(".mine", 7200);
	leave(".notes.backup", 7200);
	ck_assert_msg(rq_baseline_list(&names_found, fixture_baselines, &arena, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(names_found.count, 2);
	ck_assert_str_eq(names_found.items[1], "one.backup");
	ck_assert_int_eq(fixture_approve("three", &err), RQ_OK);
	ck_assert(!is_there(".one.rqgate-Ab12cD") && is_there(".two.rqgate-Ab12cD") && is_there("one.backup") && is_there(".mine") && is_there(".notes.backup") && is_there("three"));
	rq_arena_release(&arena);
}
END_TEST

/* ---- what was changed ---- */

/* The text of baseline.json with the first occurrence of `old` replaced, written in its place. */
static void edit(const char *old, const char *new)
{
	struct rq_buf text = {0}, edited = {0};
	char path[128];

	snprintf(path, sizeof path, "%s/one/baseline.json", fixture_baselines);
	ck_assert_int_eq(rq_file_read(&text, path, &err), RQ_OK);
	const char *at = strstr(text.data, old);
	ck_assert_msg(at != NULL, "%s", old);
	rq_buf_add(&edited, text.data, (size_t)(at - text.data));
	rq_buf_puts(&edited, new);
	rq_buf_puts(&edited, at + strlen(old));
	ck_assert_int_eq(rq_file_write(path, edited.data, edited.size, &err), RQ_OK);
	rq_buf_release(&text);
	rq_buf_release(&edited);
}

static const struct {
	const char *old, *new;
} changes[] = {
	{"\"by\": \"ann\"", "\"by\": \"eve\""},
	{"\"is_exact\": false", "\"is_exact\": true"},
	{"\"dimension\": 4", "\"dimension\": 5"},
	{"\"forced\": false", "\"forced\": true"},
	{"\"until\": \"2026", "\"until\": \"2036"},
	{"\"corpus\": \"b", "\"corpus\": \"c"},
	{"\"ann_recall@10\":0.5", "\"ann_recall@10\":0.25"},
	{"\"samples\": 3", "\"samples\": 2"},
	{"\"slice\":\"billing\"", "\"slice\":\"sales\""},
	{"\"cutoff\": 10", "\"cutoff\": 100"},
	{"\"metrics_version\": 1", "\"metrics_version\": 0"},
};

START_TEST(what_was_changed_by_hand_is_found)
{
	char expected[256];

	edit(changes[_i].old, changes[_i].new);
	ck_assert_int_eq(rq_baseline_read(&read_back, fixture_baselines, "one", &err), RQ_E_DATA);
	snprintf(expected, sizeof expected,
	         "%s/one/baseline.json: was changed since it was approved (what it says has another sha256 than it tells); restore it, or approve anew",
	         fixture_baselines);
	ck_assert_str_eq(err.text, expected);
	rq_baseline_release(&read_back);
	edit(changes[_i].new, changes[_i].old);
	ck_assert_msg(rq_baseline_read(&read_back, fixture_baselines, "one", &err) == RQ_OK, "%s", err.text);
}
END_TEST

/* Tools for versions may change how lines end. */
START_TEST(blanks_are_no_change)
{
	edit("{\n", "{\r\n\t");
	edit("\n  ],\n  \"sha256\": ", "\r\n],\r\n\"sha256\":");
	ck_assert_msg(rq_baseline_read(&read_back, fixture_baselines, "one", &err) == RQ_OK, "%s", err.text);
}
END_TEST

START_TEST(nothing_is_approved_that_cannot_be_read)
{
	fixture_topics[0].slice = "\xff";
	ck_assert_int_eq(fixture_approve("two", &err), RQ_E_DATA);
	fixture_topics[0].slice = "billing";
	ck_assert_ptr_nonnull(strstr(err.text, "UTF-8"));
	fixture_metrics[0].value[RQ_CANDIDATE] = .75;
	ck_assert_int_eq(fixture_approve("two", &err), RQ_E_DATA);
	fixture_metrics[0].value[RQ_CANDIDATE] = .625;
	ck_assert_ptr_nonnull(strstr(err.text, "RR@10 is 0.75, and its topics give 0.625"));
	ck_assert_int_eq(rq_baseline_read(&read_back, fixture_baselines, "two", &err), RQ_E_USAGE);
}
END_TEST

/* ---- what is wrong ---- */

static const struct {
	const char *old, *new, *fault;
} faults[] = {
	{"\"schema_version\": 1", "\"schema_version\": 2", "schema_version: 2 is not allowed; expected 1"},
	{"\"name\": \"one\"", "\"name\": \"eno\"", "name: \"eno\" is not allowed; expected the name of its folder, for a copy of an approval is none"},
	{"\"when\"", "\"wenn\"", "when: missing; expected a string"},
	{"\"metrics_version\": 1", "\"metrics_version\": true", "metrics_version: true is not allowed; expected a number"},
	{"\"forced\": false", "\"forced\": 0", "report.forced: 0 is not allowed; expected true or false"},
	{"\"side\": {", "\"sides\": {", "side: missing; expected an object"},
	{"\"index\": \"faiss HNSW\"", "\"index\": null", "side.index: null is not allowed; expected a string"},
	{"\"digests\": {", "\"digests\": [], \"x\": {", "digests: [] is not allowed; expected an object"},
	{"      \"sha256\": \"", "      \"sha256\": \"0", "rankings.ranked.sha256: "},
	{"\"metric\": \"RR@10\"", "\"metric\": 1", "metrics[0].metric: 1 is not allowed; expected a string"},
	{"\"cutoff\": 10", "\"cutoff\": 1e300", "cutoff: 1e+300 is not allowed; expected a whole number from 0"},
	{"\"dimension\": 4", "\"dimension\": 4.5", "side.dimension: 4.5 is not allowed; expected a whole number from 0"},
	{"\"samples\": 4", "\"samples\": -4", "metrics[0].samples: -4 is not allowed; expected a whole number from 0"},
	{"\"id\":\"q2\"", "\"id\":\"q1\"", "topics[1].id: \"q1\" is not allowed; expected topics in the order of their ids, each once"},
	{"\"metrics\": [", "\"metrics\": [], \"x\": [", "metrics: [] is not allowed; expected at least one"},
	{"\"index\": \"b", "\"\\u001b[2J\": \"b", "digests.\x1b[2J: \"" OTHER "\" is not allowed; expected no digest but of what a side is made of"},
	{"\"qrels\": \"a", "\"qrels\": \"A", "digests.qrels: \"A"},
	{"\"level\": \"warn\"", "\"level\": \"off\"", "report.gates[1].level: \"off\" is not allowed; expected \"error\" or \"warn\""},
	{"\"until\": ", "\"till\": ", "report.gates[1].waiver.until: missing; expected a string"},
	{"],\n  \"sha256\": \"", "],\n  \"sha256\": \"0", "sha256: \"0"},
	{"\"RR@10\":0.5", "\"RR\":0.5", "topics[1].scores.RR@10: missing; expected a number, or null"},
	{"\"RR@10\":0.5", "\"RR@10\":\"0.5\"", "topics[1].scores.RR@10: \"0.5\" is not allowed; expected a number, or null"},
};

START_TEST(what_is_wrong_is_told_with_its_place)
{
	char expected[512];

	edit(faults[_i].old, faults[_i].new);
	ck_assert_int_eq(rq_baseline_read(&read_back, fixture_baselines, "one", &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s/one/baseline.json: %s", fixture_baselines, faults[_i].fault);
	ck_assert_msg(strncmp(err.text, expected, strlen(expected)) == 0, "%s", err.text);
}
END_TEST

START_TEST(a_merge_that_was_left_as_it_was)
{
	char expected[256];

	edit("\n    {\"id\":\"q2\"", "\n<<<<<<< HEAD\n    {\"id\":\"q2\"");
	ck_assert_int_eq(rq_baseline_read(&read_back, fixture_baselines, "one", &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "%s/one/baseline.json:", fixture_baselines);
	ck_assert_msg(strncmp(err.text, expected, strlen(expected)) == 0, "%s", err.text);
}
END_TEST

Suite *baseline_files_suite(void)
{
	Suite *suite = suite_create("baseline_files");
	TCase *tests = tcase_create("baseline_files");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_approved_is_read);
	tcase_add_test(tests, rankings_come_back_with_those_that_are_empty);
	tcase_add_test(tests, a_side_that_failed_is_refused);
	tcase_add_test(tests, names);
	tcase_add_test(tests, the_folder_of_all);
	tcase_add_test(tests, what_killed_approvals_leave);
	tcase_add_loop_test(tests, what_was_changed_by_hand_is_found, 0, (int)(sizeof changes / sizeof *changes));
	tcase_add_test(tests, blanks_are_no_change);
	tcase_add_test(tests, nothing_is_approved_that_cannot_be_read);
	tcase_add_test(tests, a_merge_that_was_left_as_it_was);
	tcase_add_loop_test(tests, what_is_wrong_is_told_with_its_place, 0, (int)(sizeof faults / sizeof *faults));
	suite_add_tcase(suite, tests);
	return suite;
}
