/* The evidence in report.json and in eval's formats, against the statistics called here with the scores that the same report lists. */
#include "cli.h"

#include "metrics/stats/resample.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOPICS_MAXIMUM = 400, METRICS_MAXIMUM = 4, SEED = 1 };

#define CONFIG(gates) \
	"{\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, " \
	"\"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 192}}, " \
	"\"baseline\": {\"embedder\": \"hash\", \"index\": {\"factory\": \"HNSW16,Flat\"}}, \"candidate\": {\"embedder\": \"small\"}, " \
	"\"exact\": {\"topics\": 60}, \"metrics\": [\"RR@10\", \"ann_recall@10\", \"nDCG@10\"], \"gates\": [" gates "]}"

static double scores[METRICS_MAXIMUM][RQ_SIDES][TOPICS_MAXIMUM];

/* Of a metric, those topics that both sides have. */
static size_t read_scores(double sides[RQ_SIDES][TOPICS_MAXIMUM], const rq_json *report, const char *metric)
{
	size_t n = 0;

	for (const rq_json *topic = rq_json_first(rq_json_get(report, "topics")); topic != NULL; topic = rq_json_next(topic)) {
		const rq_json *pair = rq_json_first(rq_json_get(rq_json_get(topic, "scores"), metric));
		double b = rq_json_number(pair), c = rq_json_number(rq_json_next(pair));
		if (isnan(b) || isnan(c))
			continue;
		ck_assert_uint_lt(n, TOPICS_MAXIMUM);
		sides[RQ_BASELINE][n] = b;
		sides[RQ_CANDIDATE][n++] = c;
	}
	return n;
}

/* Each metric by itself, though the program takes those of the same topics together. */
static size_t expect_resampled(const rq_json *report, const char *metric)
{
	double d[TOPICS_MAXIMUM];
	struct rq_resampled expected;
	struct rq_error err = {0};
	size_t n = read_scores(scores[0], report, metric);

	for (size_t i = 0; i < n; i++)
		d[i] = scores[0][RQ_CANDIDATE][i] - scores[0][RQ_BASELINE][i];
	ck_assert_msg(rq_resample(&expected, d, n, 1, SEED, &err) == RQ_OK, "%s", err.text);
	ck_assert_double_eq(cli_metric(report, metric, "sign_flip_p"), expected.p);
	ck_assert_double_eq(cli_metric(report, metric, "bca_lower"), expected.lower);
	ck_assert_double_eq(cli_metric(report, metric, "bca_upper"), expected.upper);
	return n;
}

static rq_json *run(const char *config)
{
	cli_write("gate.json", config);
	struct cli result = cli("run", "gate.json", NULL);
	ck_assert_msg(result.exit_code <= 1, "exit code %d\n%s", result.exit_code, result.err);
	cli_free(&result);
	return cli_report("out/report.json", true);
}

START_TEST(every_compared_metric_has_it)
{
	cli_example();
	rq_json *report = run(CONFIG("\"drop(RR@10) <= 0.1\", \"drop(RR@10) <= 0.04\", "
	                             "{\"kind\": \"max_drop\", \"metric\": \"nDCG@10\", \"margin\": 0.03, \"level\": \"warn\"}, "
	                             "{\"kind\": \"max_drop\", \"metric\": \"RR@10\", \"margin\": 0.03, \"waiver\": {\"reason\": \"r\", "
	                             "\"by\": \"b\", \"until\": \"2999-12-31\"}}"));

	ck_assert_uint_eq(expect_resampled(report, "RR@10"), 328);
	ck_assert_uint_eq(expect_resampled(report, "nDCG@10"), 328);
	ck_assert_uint_lt(expect_resampled(report, "ann_recall@10"), 61);
	ck_assert_double_lt(cli_metric(report, "nDCG@10", "sign_flip_p"), .5);
	ck_assert_double_gt(rq_json_number(rq_json_get(rq_json_get(rq_json_get(report, "run"), "stage_seconds"), "evidence")), 0);
	/* The strictest of two gates; one that only warns, or is waived, is none. */
	size_t n = read_scores(scores[0], report, "RR@10");
	struct rq_power power = rq_power(scores[0][RQ_BASELINE], scores[0][RQ_CANDIDATE], n, .04, SEED);
	ck_assert_double_eq(cli_metric(report, "RR@10", "mde_margin"), .04);
	ck_assert_double_eq(cli_metric(report, "RR@10", "mde"), power.detectable);
	ck_assert_double_eq(cli_metric(report, "RR@10", "topics_to_pass"), (double)power.topics_to_pass);
	ck_assert(isnan(cli_metric(report, "nDCG@10", "mde_margin")) && isnan(cli_metric(report, "nDCG@10", "mde")));
	ck_assert(isnan(cli_metric(report, "ann_recall@10", "mde")));
	rq_json_free(report);
}
END_TEST

START_TEST(a_share_of_the_mean_is_a_margin_and_a_gate_on_a_slice_is_none)
{
	cli_example();
	rq_json *report = run(CONFIG("\"drop(RR@10) <= 10%\", \"drop(nDCG@10[slice=billing]) <= 0.2\", \"nDCG@10 >= 0.1\""));

	ck_assert_double_eq_tol(cli_metric(report, "RR@10", "mde_margin"), .1 * cli_metric(report, "RR@10", "baseline"), 1e-15);
	ck_assert(isnan(cli_metric(report, "nDCG@10", "mde_margin")));
	rq_json_free(report);
}
END_TEST

enum { CLUSTERED = 120, CLUSTERS = 48 };

/* One topic in five is alone in its cluster, the others share a dozen of different sizes. */
static size_t cluster_of(size_t topic)
{
	return topic % 5 == 4 ? CLUSTERS / 2 + topic / 5 : topic * topic % 23;
}

static void write_clusters(void)
{
	struct rq_buf text = {0};

	cli_collection(CLUSTERED, CLUSTERED);
	struct rq_buf topics = cli_read("queries.jsonl");
	char *line = topics.data;
	for (size_t i = 0; i < CLUSTERED; i++) {
		char *end = strchr(line, '\n');
		rq_buf_printf(&text, "{\"cluster\": \"c%zu\", %.*s\n", cluster_of(i), (int)(end - line - 1), line + 1);
		line = end + 1;
	}
	cli_write_bytes("queries.jsonl", text.data, text.size);
	rq_buf_release(&text);
	rq_buf_release(&topics);
}

/* Clusters in the order in which the report's topics come to them: their sums and sizes. Returns how many. */
static size_t sum_clusters(double *sums, double *sizes, const rq_json *report, const char *metric)
{
	size_t place[CLUSTERS], units = 0;

	memset(place, 0xff, sizeof place);
	for (const rq_json *topic = rq_json_first(rq_json_get(report, "topics")); topic != NULL; topic = rq_json_next(topic)) {
		const rq_json *pair = rq_json_first(rq_json_get(rq_json_get(topic, "scores"), metric));
		size_t cluster = cluster_of(strtoul(rq_json_string(rq_json_get(topic, "id")) + 1, NULL, 10));
		if (place[cluster] == SIZE_MAX) {
			sums[units] = sizes[units] = 0;
			place[cluster] = units++;
		}
		sums[place[cluster]] += rq_json_number(rq_json_next(pair)) - rq_json_number(pair);
		sizes[place[cluster]]++;
	}
	return units;
}

/* The mean over topics is a ratio of sums over clusters: what each adds to it is drawn, and its sum is flipped. */
START_TEST(clusters_are_flipped_and_drawn_whole)
{
	double sums[CLUSTERS], sizes[CLUSTERS], flipped[CLUSTERS], drawn[CLUSTERS], none[CLUSTERS] = {0}, mean = 0;
	struct rq_resampled flips, draws;
	struct rq_error err = {0};

	write_clusters();
	rq_json *report = run("{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"latency\": "
	                      "{\"samples\": 0}, \"embedders\": {\"hash\": {\"kind\": \"hash\"}, \"small\": {\"kind\": \"hash\", \"dim\": 24}}, \"baseline\": "
	                      "{\"embedder\": \"hash\"}, \"candidate\": {\"embedder\": \"small\"}, \"metrics\": [\"nDCG@10\"], \"gates\": [\"drop(nDCG@10) <= "
	                      "0.2\"]}");
	size_t units = sum_clusters(sums, sizes, report, "nDCG@10");
	for (size_t i = 0; i < units; i++)
		mean += sums[i] / CLUSTERED;
	for (size_t i = 0; i < units; i++) {
		flipped[i] = sums[i] * (double)units / CLUSTERED;
		drawn[i] = mean + (sums[i] - sizes[i] * mean) * (double)units / CLUSTERED;
	}
	ck_assert(rq_resample(&flips, flipped, units, 1, SEED, &err) == RQ_OK && rq_resample(&draws, drawn, units, 1, SEED, &err) == RQ_OK);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "delta"), mean, 1e-12);
	ck_assert_double_eq(cli_metric(report, "nDCG@10", "sign_flip_p"), flips.p);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "bca_lower"), draws.lower, 1e-12);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "bca_upper"), draws.upper, 1e-12);
	ck_assert_double_lt(draws.lower, mean);
	ck_assert_double_gt(draws.upper, mean);
	struct rq_power power = rq_power(none, drawn, units, .2, SEED);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "mde"), power.detectable, 2e-4);
	ck_assert_double_eq_tol(cli_metric(report, "nDCG@10", "topics_to_pass"), ceil((double)(power.topics_to_pass * CLUSTERED) / (double)units), 1);
	rq_json_free(report);
}
END_TEST

/* As the report lists topics and slices. */
static struct rq_paired slice_by_hand(const rq_json *report, const char *metric, const char *slice)
{
	size_t n = 0;

	for (const rq_json *topic = rq_json_first(rq_json_get(report, "topics")); topic != NULL; topic = rq_json_next(topic)) {
		const rq_json *pair = rq_json_first(rq_json_get(rq_json_get(topic, "scores"), metric));
		const char *own = rq_json_string(rq_json_get(topic, "slice"));
		if (own == NULL || strcmp(own, slice) != 0)
			continue;
		scores[1][RQ_BASELINE][n] = rq_json_number(pair);
		scores[1][RQ_CANDIDATE][n++] = rq_json_number(rq_json_next(pair));
	}
	return rq_paired_compare(scores[1][RQ_BASELINE], scores[1][RQ_CANDIDATE], n);
}

START_TEST(slices_are_compared)
{
	cli_example();
	rq_json *report = run(CONFIG("\"drop(RR@10) <= 0.1\""));
	const rq_json *metric = rq_json_first(rq_json_get(report, "metrics"));
	size_t topics = 0, told = 0;

	ck_assert_str_eq(rq_json_string(rq_json_get(metric, "metric")), "RR@10");
	for (const rq_json *slice = rq_json_first(rq_json_get(metric, "slices")); slice != NULL; slice = rq_json_next(slice)) {
		struct rq_paired expected = slice_by_hand(report, "RR@10", rq_json_string(rq_json_get(slice, "slice")));
		ck_assert_double_eq(rq_json_number(rq_json_get(slice, "n")), (double)expected.n);
		ck_assert_double_eq(rq_json_number(rq_json_get(slice, "delta")), expected.delta);
		ck_assert_double_eq(rq_json_number(rq_json_get(slice, "upper")), expected.upper);
		ck_assert_double_eq(rq_json_number(rq_json_get(slice, "p_worse")), expected.p_worse);
		ck_assert_int_eq(isnan(rq_json_number(rq_json_get(slice, "q"))), expected.n < 30);
		topics += expected.n;
		told += !isnan(rq_json_number(rq_json_get(slice, "q")));
	}
	ck_assert_uint_eq(topics, 328);
	ck_assert_uint_eq(told, 6);
	rq_json_free(report);
}
END_TEST

static double statistic(const char *csv, const char *name)
{
	char key[64];

	snprintf(key, sizeof key, ",RR,%s,", name);
	const char *at = strstr(csv, key);
	ck_assert_msg(at != NULL, "no \"%s\" in\n%s", name, csv);
	at += strlen(key);
	return at[0] == '\n' ? (double)NAN : strtod(at, NULL);
}

START_TEST(eval_has_it_of_further_runs)
{
	struct rq_buf text[3] = {{0}, {0}, {0}};
	double old[100], new[100], d[100];
	struct rq_resampled expected;
	struct rq_error err = {0};

	for (int i = 0; i < 100; i++) {
		int a = 1 + i * 7 % 5, b = 1 + i * 11 % 6;
		rq_buf_printf(&text[0], "t%03d 0 d0 1\n", i);
		for (int rank = 1; rank <= 6; rank++) {
			rq_buf_printf(&text[1], "t%03d Q0 %s%d %d %d old\n", i, rank == a ? "d" : "x", rank == a ? 0 : rank, rank, 10 - rank);
			rq_buf_printf(&text[2], "t%03d Q0 %s%d %d %d new\n", i, rank == b ? "d" : "x", rank == b ? 0 : rank, rank, 10 - rank);
		}
		old[i] = 1.0 / a;
		new[i] = 1.0 / b;
		d[i] = new[i] - old[i];
	}
	ck_assert_msg(rq_resample(&expected, d, 100, 1, SEED, &err) == RQ_OK, "%s", err.text);
	struct rq_power power = rq_power(old, new, 100, .2, SEED);
	cli_write_bytes("qrels.txt", text[0].data, text[0].size);
	cli_write_bytes("old.run", text[1].data, text[1].size);
	cli_write_bytes("new.run", text[2].data, text[2].size);
	struct cli result = cli("eval", "qrels.txt", "old.run", "new.run", "-m", "RR", "--format", "csv", "--assert", "drop(RR) <= 0.2", NULL);
	ck_assert_double_eq_tol(statistic(result.out, "sign_flip_p"), expected.p, 1e-9);
	ck_assert_double_eq_tol(statistic(result.out, "bca_lower"), expected.lower, 1e-9);
	ck_assert_double_eq_tol(statistic(result.out, "bca_upper"), expected.upper, 1e-9);
	ck_assert_double_eq_tol(statistic(result.out, "mde"), power.detectable, 1e-9);
	ck_assert_double_eq(statistic(result.out, "topics_to_pass"), (double)power.topics_to_pass);
	cli_free(&result);
	result = cli("eval", "qrels.txt", "old.run", "new.run", "-m", "RR", "--format", "csv", NULL);
	ck_assert(isnan(statistic(result.out, "mde")) && isnan(statistic(result.out, "topics_to_pass")));
	cli_free(&result);
	for (int i = 0; i < 3; i++)
		rq_buf_release(&text[i]);
}
END_TEST

Suite *evidence_suite(void)
{
	Suite *suite = suite_create("evidence");
	TCase *tests = cli_case("evidence");

	tcase_add_test(tests, every_compared_metric_has_it);
	tcase_add_test(tests, a_share_of_the_mean_is_a_margin_and_a_gate_on_a_slice_is_none);
	tcase_add_test(tests, clusters_are_flipped_and_drawn_whole);
	tcase_add_test(tests, slices_are_compared);
	tcase_add_test(tests, eval_has_it_of_further_runs);
	suite_add_tcase(suite, tests);
	return suite;
}
