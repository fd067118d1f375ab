/* Gates on what the pipeline measures only where they ask for it, or that hangs on the order in which it was measured: size, staleness, diversity;
 * latency. */
#include "fixture.h"

#define NEAR(value, expected) ck_assert_double_eq_tol(value, expected, 1e-9)

static struct fixture *fixture;

static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
	fixture_start(fixture, 10);
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

static const struct rq_gate_result *judge(const char *config)
{
	return fixture_judge(fixture, config, RQ_PROFILE_RELEASE);
}

static void check_absent(const struct rq_gate_result *result, const char *reason)
{
	ck_assert(result->absent && result->outcome == RQ_FAIL && isnan(result->value));
	ck_assert_str_eq(result->reason, reason);
}

struct mistake {
	const char *config, *message;
};

static void check_mistakes(const struct mistake *mistakes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rq_error err = {0};
		ck_assert_msg(fixture_parse(fixture, mistakes[i].config, &err) == RQ_E_CONFIG, "%s", mistakes[i].config);
		ck_assert_str_eq(err.text, mistakes[i].message);
	}
}

static struct rq_side_size sizes[RQ_SIDES];

static void take_sizes(void)
{
	sizes[RQ_BASELINE] = (struct rq_side_size){.value = {200e6, 250e6, 10}};
	sizes[RQ_CANDIDATE] = (struct rq_side_size){.value = {240e6, 200.4e6, 12}};
	fixture->comparison.sizes = sizes;
}

START_TEST(size_of_an_index)
{
	take_sizes();
	const struct rq_gate_result *result =
		judge("['size(index) <= 240MB', 'size(index) <= 239.99MB', 'size(memory) <= 200MB', {'kind': 'size', 'of': 'build', 'max': '11s'}]");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 240e6);
	ck_assert_str_eq(result[0].metric, "index size");
	ck_assert_str_eq(result[0].shown[RQ_BASELINE], "200 MB");
	ck_assert_str_eq(result[0].shown[RQ_CANDIDATE], "240 MB");
	ck_assert_str_eq(result[0].reason, "is 240 MB, limit 240MB");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks && !result[1].is_time);
	ck_assert_str_eq(result[1].text, "size(index) <= 239.99MB");
	ck_assert_str_eq(result[1].reason, "is 240 MB, over the limit 239.99MB");
	ck_assert_str_eq(result[2].reason, "is 200.4 MB by estimate, over the limit 200MB"); /* as many digits as show it */
	ck_assert_str_eq(result[2].metric, "index memory");
	/* measured: it only warns, and stands under "run" */
	ck_assert_str_eq(result[3].text, "size(build) <= 11s");
	ck_assert_str_eq(result[3].reason, "is 12.0 s, over the limit 11s");
	ck_assert(result[3].outcome == RQ_FAIL && !result[3].blocks && result[3].is_time && result[3].level == RQ_LEVEL_WARN);
	ck_assert_int_eq(fixture->verdict.exit_code, 1);
}
END_TEST

START_TEST(size_against_the_baseline)
{
	take_sizes();
	const struct rq_gate_result *result =
		judge("['size_ratio(index) <= 1.2', {'kind': 'size', 'of': 'index', 'ratio': 1.19}, 'size_ratio(memory) <= 0.9']");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 1.2);
	ck_assert_str_eq(result[0].reason, "is 1.2000 times the baseline's (240 MB after 200 MB), limit 1.2");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_str_eq(result[1].text, "size_ratio(index) <= 1.19");
	ck_assert_str_eq(result[1].reason, "is 1.2000 times the baseline's (240 MB after 200 MB), over the limit 1.19");
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	ck_assert(rq_gate_compares(fixture->gates.gates[0]));
	judge("['size(index) <= 1GB']");
	ck_assert(!rq_gate_compares(fixture->gates.gates[0]));
}
END_TEST

START_TEST(size_that_is_not_there)
{
	check_absent(judge("['size(index) <= 240MB']"), "was not measured in this run");
	take_sizes();
	sizes[RQ_BASELINE].absent[RQ_SIZE_INDEX] = "not measured: the side is a run file";
	sizes[RQ_BASELINE].value[RQ_SIZE_INDEX] = NAN;
	ck_assert_int_eq(judge("['size(index) <= 240MB']")->outcome, RQ_PASS); /* the candidate's is there */
	check_absent(judge("['size_ratio(index) <= 1.2']"), "has no value for the baseline (not measured: the side is a run file)");
	ck_assert_str_eq(fixture->verdict.gates->shown[RQ_BASELINE], "-");
	sizes[RQ_CANDIDATE].value[RQ_SIZE_MEMORY] = NAN;
	check_absent(judge("['size(memory) <= 240MB']"), "has a value for the candidate that is not a number");
	sizes[RQ_BASELINE].value[RQ_SIZE_BUILD] = 0;
	check_absent(judge("['size_ratio(build) <= 1.2']"), "has a value of 0 for the baseline, of which nothing is a multiple");
}
END_TEST

START_TEST(size_mistakes)
{
	static const struct mistake mistakes[] = {
		{"['size(disk) <= 3MB']", "gates[0]: \"size(disk) <= 3MB\": column 6: \"disk\" is no size of an index; expected index, memory or build"},
		{"['size(index) <= 3']", "gates[0]: \"size(index) <= 3\": column 16: \"3\" is not allowed; expected one such as 200MB, or 5m for build (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; for build ns, us, ms, s, m, h, d)"},
		{"['size(build) <= 3MB']",
	     "gates[0]: \"size(build) <= 3MB\": column 16: \"3MB\" is not allowed; expected one such as 200MB, or 5m for build (B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; for build ns, us, ms, s, m, h, d)"},
		{"['size(index) >= 3MB']", "gates[0]: \"size(index) >= 3MB\": column 13: expected <=: a size is bounded from above"},
		{"['size(index) <= 0B']", "gates[0]: nothing is within 0; expected a limit such as 200MB, or 5m for build"},
		{"['size_ratio(index) <= -1']", "gates[0]: nothing is within -1; expected a limit such as 1.2"},
		{"[{'kind': 'size', 'of': 'index'}]", "gates[0]: expected one of \"max\" and \"ratio\""},
		{"[{'kind': 'size', 'of': 'index', 'max': '3MB', 'ratio': 2}]", "gates[0]: expected one of \"max\" and \"ratio\""},
		{"[{'kind': 'size', 'of': 'index', 'max': 3}]", "gates[0].max: expected a string such as \"200MB\", a size"},
		{"[{'kind': 'size', 'of': 'build', 'max': '3MB'}]", "gates[0].max: expected a string such as \"5m\", a duration"},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

/* 20 rounds of 50 times a side between 10 and 11 ms, those of the candidate `factor` times as long; the first `failed` of it failed. */
static void take_times(double factor, size_t rounds, size_t failed)
{
	enum { ROUND = 50, ROUNDS = 20 };
	static double times[RQ_SIDES][ROUND * ROUNDS];
	static size_t ends[ROUNDS];
	struct rq_metric_result *metric = fixture_time(fixture, "latency.p99", .01, .01, .011, ROUND * rounds);

	for (size_t i = 0; i < ROUND * rounds; i++) {
		double time = .01 + 1e-6 * (double)(i * 7919 % 1000);
		times[RQ_BASELINE][i] = time;
		times[RQ_CANDIDATE][i] = i < failed ? INFINITY : factor * (.01 + 1e-6 * (double)(i * 104729 % 1000));
	}
	for (size_t i = 0; i < rounds; i++)
		ends[i] = ROUND * (i + 1);
	for (int side = 0; side < RQ_SIDES; side++)
		fixture->comparison.searched[side] = (struct rq_timed){.seconds = times[side], .count = ROUND * rounds, .ends = ends, .rounds = rounds};
	metric->value[RQ_CANDIDATE] = factor * .01;
	metric->failed[RQ_CANDIDATE] = failed;
}

START_TEST(latency_against_the_baseline)
{
	take_times(1.1, 20, 0);
	const struct rq_gate_result *result =
		judge("['ratio(latency.p99) <= 1.2', {'kind': 'latency', 'ratio': 1.05, 'level': 'error'}, {'kind': 'latency', 'ratio': 1.1}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert(result[0].is_time && result[0].level == RQ_LEVEL_WARN);
	ck_assert_double_eq_tol(result[0].value, 1.1, .01);
	ck_assert(result[0].lower <= result[0].value && result[0].value <= result[0].upper && result[0].lower < result[0].upper);
	ck_assert_ptr_nonnull(strstr(result[0].reason, " times the baseline's (11.0 ms after 10.0 ms), at most 1.1"));
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks);
	ck_assert_str_eq(result[1].text, "ratio(latency.p99) <= 1.05"); /* unless another metric is named */
	ck_assert_ptr_nonnull(strstr(result[1].reason, "(11.0 ms after 10.0 ms), at least 1.0"));
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE); /* the limit is the true ratio */
	ck_assert_ptr_nonnull(strstr(result[2].reason, "from the limit 1.1; more than 1000 times a side would"));
	ck_assert(rq_gate_compares(fixture->gates.gates[0]));

	fixture_start(fixture, 10);
	take_times(1.1, 5, 0);
	result = judge("['ratio(latency.p99) <= 1.2']");
	ck_assert_int_eq(result->outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(result->reason, "a ratio needs at least 8 rounds of both sides in turn and has 5; raise latency.budget or latency.samples");
	fixture_start(fixture, 10);
	take_times(1.1, 20, 0);
	fixture->metrics[0].samples[RQ_BASELINE] = 298;
	ck_assert_str_eq(judge("['ratio(latency.p99) <= 1.2']")->reason, "a ratio of it needs at least 299 times a side and has 298");
}
END_TEST

START_TEST(latency_that_is_not_there)
{
	check_absent(judge("['ratio(latency.p99) <= 1.2']"), "was not measured in this run");
	take_times(1, 20, 11); /* one of a hundred may fail without being the 99th */
	const struct rq_gate_result *result = judge("['ratio(latency.p99) <= 1.2']");
	ck_assert_int_eq(result->outcome, RQ_FAIL);
	ck_assert_str_eq(result->reason, "is no time: 11 of 1000 timed ones of the candidate failed");
	fixture->comparison.searched[RQ_BASELINE] = fixture->comparison.searched[RQ_CANDIDATE];
	check_absent(judge("['ratio(latency.p99) <= 1.2']"), "is no time for the baseline, so many timed ones failed");
	fixture->comparison.searched[RQ_BASELINE].count = 0;
	check_absent(judge("['ratio(latency.p99) <= 1.2']"),
	             "of the baseline was not measured in this run, and times of another one are those of another machine");
	fixture->metrics[0].absent[RQ_BASELINE] = "not measured: the side is a run file";
	check_absent(judge("['ratio(latency.p99) <= 1.2']"), "has no value for the baseline (not measured: the side is a run file)");
	ck_assert_int_eq(judge("[{'kind': 'latency', 'budget': '20ms'}]")->outcome, RQ_PASS); /* which looks at the candidate alone */
}
END_TEST

START_TEST(latency_within_a_budget)
{
	fixture_time(fixture, "latency.p99", .010, .009, .012, 1000);
	const struct rq_gate_result *result = judge("[{'kind': 'latency', 'budget': '12ms'}, {'kind': 'latency', 'metric': 'latency.p99', 'budget': "
	                                            "'8ms'}, {'kind': 'latency', 'budget': '11ms'}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_str_eq(result[0].text, "latency.p99 <= 12ms");
	ck_assert_str_eq(result[0].reason, "is 10.0 ms, at most 12.0 ms (95 %), limit 12ms");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert_int_eq(result[2].outcome, RQ_INCONCLUSIVE);
}
END_TEST

START_TEST(latency_mistakes)
{
	static const struct mistake mistakes[] = {
		{"['ratio(RR@10) <= 1.2']", "gates[0]: \"RR@10\" is no time; expected one such as latency.p99 or embed.p50"},
		{"['ratio(latency.rate) <= 1.2']", "gates[0]: \"latency.rate\" is no time; expected one such as latency.p99 or embed.p50"},
		{"['ratio(latency.p99) >= 1.2']", "gates[0]: \"ratio(latency.p99) >= 1.2\": column 20: expected <=: a ratio of times is bounded from above"},
		{"['ratio(latency.p99) <= 50ms']", "gates[0]: \"ratio(latency.p99) <= 50ms\": column 23: \"50ms\" is not a number; expected one such as 1.2"},
		{"['ratio(latency.p99[slice=x]) <= 2']",
	     "gates[0]: \"ratio(latency.p99[slice=x]) <= 2\": column 18: expected \")\": \"ratio\" takes no slice"},
		{"['ratio(latency.p99) <= 0']", "gates[0]: nothing is within 0; expected a budget such as \"50ms\", or a ratio such as 1.2"},
		{"[{'kind': 'latency'}]", "gates[0]: expected one of \"budget\" and \"ratio\""},
		{"[{'kind': 'latency', 'budget': '5ms', 'ratio': 2}]", "gates[0]: expected one of \"budget\" and \"ratio\""},
		{"[{'kind': 'latency', 'budget': 5}]", "gates[0].budget: expected a duration with its unit, like \"50ms\""},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

static struct rq_rollback rollback;

START_TEST(a_way_back)
{
	check_absent(judge("['rollback(30d) <= 300s']"), "was not looked at in this run");
	rollback = (struct rq_rollback){.absent = "cannot be told: the config names no folder of \"snapshots\""};
	fixture->comparison.rollback = &rollback;
	check_absent(judge("['rollback(30d) <= 300s']"), rollback.absent);
	rollback = (struct rq_rollback){0};
	const struct rq_gate_result *result = judge("['rollback(30d) <= 300s']");
	ck_assert(result->outcome == RQ_FAIL && result->blocks && result->is_time);
	ck_assert_str_eq(result->reason, "is not possible: there is no snapshot of another index before the current one");
	rollback = (struct rq_rollback){.previous = "1f2e3d4c5b6a", .bytes = 1e9, .next_bytes = 1e9};
	ck_assert_str_eq(judge("['rollback(30d) <= 300s']")->reason, "to 1f2e3d4c5b6a was never tried; \"rqgate snapshot drill previous\" does");
	rollback.lost = "kept/packs: chunk 1f2e is missing";
	ck_assert_str_eq(judge("['rollback(30d) <= 300s']")->reason, "to 1f2e3d4c5b6a is not possible: kept/packs: chunk 1f2e is missing");
	rollback.lost = NULL;
	rollback.elsewhere = "\"kept\" keeps another index than the baseline's, \"a.faiss\"";
	result = judge("['rollback(30d) <= 300s']");
	ck_assert(result->outcome == RQ_FAIL);
	ck_assert_str_eq(result->reason, "is not possible: \"kept\" keeps another index than the baseline's, \"a.faiss\"");
	ck_assert_str_eq(result->next_step, "keep the index that serves now and each later one, \"rqgate snapshot create\"");
	rollback.elsewhere = NULL;
	rollback.drilled = true;
	rollback.why = "x.faiss: is missing";
	result = judge("[{'kind': 'rollback'}]");
	ck_assert(result->outcome == RQ_FAIL);
	ck_assert_str_eq(result->text, "rollback(30d) <= 300s");
	ck_assert_str_eq(result->reason, "to 1f2e3d4c5b6a failed in its last drill: x.faiss: is missing");
	rollback.passed = true;
	rollback.age = 31 * 86400.;
	rollback.seconds = 40;
	result = judge("['rollback(30d) <= 300s', 'rollback(31d) <= 40s', {'kind': 'rollback', 'max_age': '60d', 'max_time': '39s'}]");
	ck_assert_str_eq(result[0].reason, "to 1f2e3d4c5b6a was last tried 31d ago, over the limit 30d");
	ck_assert(result[0].outcome == RQ_FAIL && result[1].outcome == RQ_PASS && result[2].outcome == RQ_FAIL);
	ck_assert_str_eq(result[1].reason, "to 1f2e3d4c5b6a took 40.0 s in its last drill, limit 40s");
	ck_assert_str_eq(result[2].reason, "to 1f2e3d4c5b6a took 40.0 s in its last drill, over the limit 39s");
	rollback.to = "/srv/search";
	ck_assert_str_eq(judge("['rollback(31d) <= 40s']")->reason, "to 1f2e3d4c5b6a took 40.0 s in its last drill, into \"/srv/search\", limit 40s");
	rollback.in_memory = true;
	ck_assert_str_eq(
		judge("['rollback(31d) <= 40s']")->reason,
		"to 1f2e3d4c5b6a took 40.0 s in its last drill, into \"/srv/search\", in memory and on no disk, limit 40s");
	rollback.to = NULL;
	ck_assert_str_eq(judge("['rollback(31d) <= 39s']")->reason,
	                 "to 1f2e3d4c5b6a took 40.0 s in its last drill, in memory and on no disk, over the limit 39s");
	rollback.in_memory = false;
	rollback.unseen = "the baseline is no index file, so whether it was kept is not known";
	ck_assert_str_eq(judge("['rollback(31d) <= 40s']")->reason,
	                 "to 1f2e3d4c5b6a took 40.0 s in its last drill, limit 40s; the baseline is no index file, so whether it "
	                 "was kept is not known");
	rollback.unseen = NULL;
	rollback.age = -120;
	result = judge("['rollback(30d) <= 300s']");
	ck_assert(result->outcome == RQ_FAIL);
	ck_assert_str_eq(result->reason, "to 1f2e3d4c5b6a cannot be told: its last drill is dated 120s ahead; set the clock, and make another drill");
	rollback.age = 31 * 86400.;
	for (int i = 0; i < 3; i++) {
		rollback.seconds = (const double[]){0, -40, NAN}[i];
		result = judge("['rollback(31d) <= 300s']");
		ck_assert(result->outcome == RQ_FAIL);
		ck_assert_str_eq(result->reason, "to 1f2e3d4c5b6a cannot be told: its last drill took no time; make another one");
	}
	rollback.seconds = 40;
	rollback.next_bytes = 1e10;
	result = judge("['rollback(60d) <= 400s', 'rollback(60d) <= 300s']");
	ck_assert(result[0].outcome == RQ_PASS && result[1].outcome == RQ_FAIL);
	NEAR(result[1].value, 400);
	ck_assert_str_eq(result[1].reason, "to 1f2e3d4c5b6a took 40.0 s for 1.0 GB in its last drill; to the current one, 10 GB, 400 s by projection, over "
	                                   "the limit 300s");
}
END_TEST

START_TEST(mistakes_of_a_way_back)
{
	static const struct mistake mistakes[] = {
		{"['rollback(soon) <= 300s']", "gates[0]: \"rollback(soon) <= 300s\": column 10: \"soon\" is no duration; expected how old the last drill may be, such as 30d"},
		{"['rollback(30d) <= 0s']", "gates[0]: a drill takes time, and was made some time ago; expected durations above 0"},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

static struct rq_side_staleness staleness[RQ_SIDES];

static void take_staleness(void)
{
	staleness[RQ_BASELINE] = (struct rq_side_staleness){.documents = 200, .entries = 200, .compared = 200};
	staleness[RQ_CANDIDATE] = (struct rq_side_staleness){
		.value = {4, 5, 6, 8 * 86400.}, .example = {"d17", "gone", "d3", NULL}, .documents = 200, .entries = 201, .compared = 196};
	fixture->comparison.staleness = staleness;
}

START_TEST(staleness_of_an_index)
{
	take_staleness();
	const struct rq_gate_result *result =
		judge("['stale(missing) <= 4', 'stale(missing) <= 1.9%', {'kind': 'staleness', 'extra': '2.5%'}, {'kind': 'staleness', 'changed': 0},"
	          " {'kind': 'staleness', 'max_age': '7d'}, 'stale(age) <= 8d']");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, 4);
	ck_assert_str_eq(result[0].metric, "missing texts");
	ck_assert_str_eq(result[0].reason, "are 4 of 200, limit 4 (\"d17\" for one)");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks && !result[1].is_time);
	NEAR(result[1].value, .02);
	ck_assert_str_eq(result[1].reason, "are 4 of 200, over the limit 1.9% (\"d17\" for one)");
	ck_assert_int_eq(result[2].outcome, RQ_PASS); /* 5 of 201 entries */
	ck_assert_str_eq(result[2].text, "stale(extra) <= 2.5%");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	ck_assert_str_eq(result[3].reason, "are 6 of 196, over the limit 0 (\"d3\" for one)");
	ck_assert_str_eq(result[3].shown[RQ_BASELINE], "0");
	ck_assert_str_eq(result[3].shown[RQ_CANDIDATE], "6");
	ck_assert(result[4].outcome == RQ_FAIL && result[4].is_time && !result[4].blocks); /* it is another tomorrow */
	ck_assert_str_eq(result[4].reason, "is 8.0000 days, over the limit 7d");
	ck_assert_int_eq(result[5].outcome, RQ_PASS);
	staleness[RQ_CANDIDATE].age_from = "\"built\"";
	ck_assert_str_eq(judge("['stale(age) <= 7d']")->reason, "is 8.0000 days, over the limit 7d, by \"built\"");
	staleness[RQ_CANDIDATE].compared = 3; /* of which 6 would be too many, of 200 they were few */
	ck_assert_int_eq(judge("['stale(changed) <= 5%']")->outcome, RQ_FAIL);
}
END_TEST

START_TEST(staleness_that_is_not_known)
{
	check_absent(judge("['stale(missing) <= 4']"), "were not looked for in this run");
	check_absent(judge("['stale(age) <= 4d']"), "was not measured in this run");
	take_staleness();
	staleness[RQ_CANDIDATE].value[RQ_STALE_CHANGED] = NAN;
	staleness[RQ_CANDIDATE].absent[RQ_STALE_CHANGED] = "not measured: the index does not tell its vectors";
	check_absent(judge("['stale(changed) <= 4']"), "have no value for the candidate (not measured: the index does not tell its vectors)");
	staleness[RQ_CANDIDATE].value[RQ_STALE_AGE] = NAN;
	check_absent(judge("['stale(age) <= 4d']"), "has no value for the candidate (not a number)");
	staleness[RQ_CANDIDATE].value[RQ_STALE_MISSING] = 0;
	staleness[RQ_CANDIDATE].example[RQ_STALE_MISSING] = NULL;
	ck_assert_str_eq(judge("['stale(missing) <= 0']")->reason, "are 0 of 200, limit 0");
}
END_TEST

START_TEST(staleness_mistakes)
{
	static const struct mistake mistakes[] = {
		{"['stale(rotten) <= 3']",
	     "gates[0]: \"stale(rotten) <= 3\": column 7: \"rotten\" says nothing of an index; expected missing, extra, changed or age"},
		{"['stale(missing) <= 0.5']",
	     "gates[0]: \"stale(missing) <= 0.5\": column 19: \"0.5\" is not allowed; expected one such as 10 or 1%, or 7d for age (for age ns, us, ms, s, m, h, d)"},
		{"['stale(age) <= 7']", "gates[0]: \"stale(age) <= 7\": column 15: \"7\" is not allowed; expected one such as 10 or 1%, or 7d for age (for age ns, us, ms, s, m, h, d)"},
		{"['stale(extra) >= 7']", "gates[0]: \"stale(extra) >= 7\": column 14: expected <=: staleness is bounded from above"},
		{"['stale(extra) <= 101%']", "gates[0]: 101% is no share from 0% to 100%"},
		{"[{'kind': 'staleness'}]", "gates[0]: expected one of \"missing\", \"extra\", \"changed\" and \"max_age\"; each is a gate of its own"},
		{"[{'kind': 'staleness', 'missing': 1, 'extra': 1}]",
	     "gates[0]: expected one of \"missing\", \"extra\", \"changed\" and \"max_age\"; each is a gate of its own"},
		{"[{'kind': 'staleness', 'missing': 0.5}]", "gates[0].missing: 0.5 is not allowed; expected how many, such as 10, or a share such as \"1%\""},
		{"[{'kind': 'staleness', 'extra': 1e999}]", "gates[0].extra: inf is not allowed; expected how many, such as 10, or a share such as \"1%\""},
		{"[{'kind': 'staleness', 'missing': '5'}]",
	     "gates[0].missing: \"5\" is not allowed; expected how many, such as 10, or a share such as \"1%\""},
		{"[{'kind': 'staleness', 'max_age': 5}]", "gates[0].max_age: 5 is not allowed; expected a duration such as \"7d\""},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

static struct rq_warm warm;

static void take_warm(void)
{
	warm = (struct rq_warm){.side = "candidate", .stable = true, .round_count = 5, .ready_seconds = 2, .samples = 600, .p99 = .003, .p99_upper = .004};
	fixture->comparison.warm = &warm;
}

START_TEST(warming_up)
{
	take_warm();
	const struct rq_gate_result *result = judge("['warmup(ready) <= 2s', 'warmup(ready) <= 1999ms', {'kind': 'warmup', 'p99': '4ms'}, 'warmup(p99) <= 3.5ms',"
	                                            " {'kind': 'warmup', 'p99': '2.9ms', 'level': 'warn'}]");

	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	ck_assert_str_eq(result[0].metric, "time to ready");
	ck_assert_str_eq(result[0].reason, "is 2.00 s after 5 rounds, limit 2s");
	ck_assert_str_eq(result[0].shown[RQ_CANDIDATE], "2.00 s");
	ck_assert(result[1].outcome == RQ_FAIL && result[1].blocks && result[1].is_time && result[1].level == RQ_LEVEL_ERROR);
	ck_assert_str_eq(result[1].reason, "is 2.00 s after 5 rounds, over the limit 1.999s");
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	ck_assert_str_eq(result[2].text, "warmup(p99) <= 4ms");
	ck_assert_str_eq(result[2].reason, "is 3.00 ms (95 % bound 4.00 ms) of 600 searches, limit 4ms");
	ck_assert_int_eq(result[3].outcome, RQ_INCONCLUSIVE); /* the value is within, its bound is not */
	ck_assert(result[4].outcome == RQ_FAIL && !result[4].blocks);
	ck_assert_str_eq(result[4].reason, "is 3.00 ms (95 % bound 4.00 ms) of 600 searches, over the limit 2.9ms");
	ck_assert_int_eq(fixture->verdict.exit_code, 1);
	warm.in_memory = .004;
	ck_assert_str_eq(judge("['warmup(ready) <= 2s']")->reason, "is 2.00 s after 5 rounds, limit 2s; it was not cold: 1 % of its file were in memory");
	warm.in_memory = NAN;
	ck_assert_str_eq(judge("['warmup(ready) <= 2s']")->reason, "is 2.00 s after 5 rounds, limit 2s; whether it was cold is not known");
}
END_TEST

/* What was not measured, or did not become stable, never passes. */
START_TEST(warming_up_that_came_to_no_end)
{
	check_absent(judge("['warmup(ready) <= 2h']"), "was not measured in this run");
	check_absent(judge("['warmup(p99) <= 2h']"), "was not measured in this run");
	take_warm();
	warm.stable = false;
	warm.ready_seconds = warm.p99 = warm.p99_upper = NAN;
	const struct rq_gate_result *result = judge("['warmup(ready) <= 2h', 'warmup(p99) <= 2h']");
	for (int i = 0; i < 2; i++) {
		ck_assert(result[i].outcome == RQ_FAIL && result[i].blocks);
		ck_assert_str_eq(result[i].reason, "is unknown: 5 rounds did not become stable");
	}
	warm.stable = true;
	warm.p99 = .003;
	warm.p99_upper = INFINITY; /* too few to know */
	ck_assert_int_eq(judge("['warmup(p99) <= 2h']")->outcome, RQ_INCONCLUSIVE);
	warm.absent = "not measured: the side is a run file";
	check_absent(judge("['warmup(ready) <= 2h']"), "has no value for the candidate (not measured: the side is a run file)");
}
END_TEST

START_TEST(warming_up_mistakes)
{
	static const struct mistake mistakes[] = {
		{"['warmup(hot) <= 3s']", "gates[0]: \"warmup(hot) <= 3s\": column 8: \"hot\" says nothing of warming up; expected ready or p99"},
		{"['warmup(ready) <= 3']", "gates[0]: \"warmup(ready) <= 3\": column 18: \"3\" is not allowed; expected one such as 30s (ns, us, ms, s, m, h, d)"},
		{"['warmup(ready) >= 3s']", "gates[0]: \"warmup(ready) >= 3s\": column 15: expected <=: warming up is bounded from above"},
		{"['warmup(p99) <= 0s']", "gates[0]: nothing is ready in no time; expected a duration such as \"30s\""},
		{"[{'kind': 'warmup'}]", "gates[0]: expected one of \"ready\" and \"p99\"; each is a gate of its own"},
		{"[{'kind': 'warmup', 'ready': 5}]", "gates[0].ready: 5 is not allowed; expected a duration such as \"30s\""},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

START_TEST(diversity_of_lists)
{
	struct rq_metric_result *unique = fixture_metric(fixture, "Unique@10", 10, 0, 0, 0, 0),
							*sources = fixture_metric(fixture, "Sources@5", 10, 0, 0, 0, 0),
							*distance = fixture_metric(fixture, "ILD@10", 10, 0, 0, 0, 0);
	for (size_t i = 0; i < 10; i++) {
		fixture->values[0][RQ_CANDIDATE][i] = .9;
		fixture->values[1][RQ_CANDIDATE][i] = .5;
		fixture->values[2][RQ_BASELINE][i] = .3;
		fixture->values[2][RQ_CANDIDATE][i] = .2;
	}
	fixture_compute(fixture, unique);
	fixture_compute(fixture, sources);
	fixture_compute(fixture, distance);
	const struct rq_gate_result *result = judge(
		"[{'kind': 'diversity', 'duplicates': '11%'}, {'kind': 'diversity', 'duplicates': 0.05}, {'kind': 'diversity', 'sources': 0.5, 'cutoff': 5},"
		" {'kind': 'diversity', 'sources': '51%', 'cutoff': 5}, {'kind': 'diversity', 'similarity': 0.61}, {'kind': 'diversity', 'similarity': "
	    "0.59}]");
	ck_assert_int_eq(result[0].outcome, RQ_PASS);
	NEAR(result[0].value, .1);
	ck_assert_str_eq(result[0].metric, "Unique@10");
	ck_assert_str_eq(result[0].text, "duplicates@10 <= 0.11");
	ck_assert_str_eq(result[0].reason, "tells a share of near-duplicates of 0.1000 in the first 10, after 0.0000 in the baseline, limit 0.11");
	ck_assert_int_eq(result[1].outcome, RQ_FAIL);
	ck_assert(result[1].blocks);
	ck_assert_str_eq(result[1].reason,
	                 "tells a share of near-duplicates of 0.1000 in the first 10, after 0.0000 in the baseline, over the limit 0.05");
	ck_assert_int_eq(result[2].outcome, RQ_PASS);
	ck_assert_str_eq(result[2].text, "sources@5 >= 0.5");
	ck_assert_str_eq(result[2].reason, "tells a share of distinct sources of 0.5000 in the first 5, after 1.0000 in the baseline, floor 0.5");
	ck_assert_int_eq(result[3].outcome, RQ_FAIL);
	ck_assert_int_eq(result[4].outcome, RQ_PASS); /* a cosine of 1 - 2 x .2 */
	NEAR(result[4].value, .6);
	ck_assert_int_eq(result[5].outcome, RQ_FAIL);
	ck_assert_str_eq(result[5].reason, "tells a mean cosine of 0.6000 in the first 10, after 0.4000 in the baseline, over the limit 0.59");

	check_absent(judge("[{'kind': 'diversity', 'duplicates': 0.1, 'cutoff': 20}]"), "was not measured in this run");
	fixture->values[0][RQ_CANDIDATE][3] = NAN;
	check_absent(judge("[{'kind': 'diversity', 'duplicates': 0.1}]"), "has values for the candidate that are not numbers");
	unique->absent[RQ_CANDIDATE] = "not measured: there is no corpus";
	check_absent(judge("[{'kind': 'diversity', 'duplicates': 0.1}]"), "has no value for the candidate (not measured: there is no corpus)");
}
END_TEST

START_TEST(diversity_mistakes)
{
	static const struct mistake mistakes[] = {
		{"[{'kind': 'diversity'}]", "gates[0]: expected one of \"duplicates\", \"sources\" and \"similarity\"; each is a gate of its own"},
		{"[{'kind': 'diversity', 'duplicates': 0, 'similarity': 1}]",
	     "gates[0]: expected one of \"duplicates\", \"sources\" and \"similarity\"; each is a gate of its own"},
		{"[{'kind': 'diversity', 'duplicates': 2}]",
	     "gates[0].duplicates: 2 is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
		{"[{'kind': 'diversity', 'duplicates': 0, 'cutoff': 1}]", "gates[0].cutoff: 1 is not allowed; expected a whole number from 2 to 1000000"},
	};

	check_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}
END_TEST

Suite *gate_measured_suite(void)
{
	Suite *suite = suite_create("gate_measured");
	TCase *tests = tcase_create("measured");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, size_of_an_index);
	tcase_add_test(tests, size_against_the_baseline);
	tcase_add_test(tests, size_that_is_not_there);
	tcase_add_test(tests, size_mistakes);
	tcase_add_test(tests, latency_against_the_baseline);
	tcase_add_test(tests, latency_that_is_not_there);
	tcase_add_test(tests, latency_within_a_budget);
	tcase_add_test(tests, latency_mistakes);
	tcase_add_test(tests, staleness_of_an_index);
	tcase_add_test(tests, staleness_that_is_not_known);
	tcase_add_test(tests, staleness_mistakes);
	tcase_add_test(tests, warming_up);
	tcase_add_test(tests, warming_up_that_came_to_no_end);
	tcase_add_test(tests, warming_up_mistakes);
	tcase_add_test(tests, a_way_back);
	tcase_add_test(tests, mistakes_of_a_way_back);
	tcase_add_test(tests, diversity_of_lists);
	tcase_add_test(tests, diversity_mistakes);
	suite_add_tcase(suite, tests);
	return suite;
}
