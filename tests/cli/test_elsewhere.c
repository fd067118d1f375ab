/* A side that is searched elsewhere beside one that is searched here, as a user runs them: an exact search by a command (awk over a file of vectors)
 * against ours, and times of searches and embeddings gated apart. */
#include "cli.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 100, TOPICS = 20, DIMENSION = 6 };

/* The question's vector stands between its brackets; the best of all inner products come first. */
#define SEARCH \
	"while IFS= read -r line; do printf '%s\\n' \"$line\" | awk -v skip=\"$1\" '\n" \
	"BEGIN { while ((getline row < \"c.csv\") > 0) { split(row, part, \"\\\"\"); id = part[1]; sub(/,$/, \"\", id); gsub(/[][]/, \"\", part[2]); of[id] = part[2] } }\n" \
	"{ topic = $0; sub(/.*\"topic\":\"/, \"\", topic); sub(/\".*/, \"\", topic)\n" \
	"  vector = $0; sub(/.*\"vector\":\\[/, \"\", vector); sub(/\\].*/, \"\", vector); n = split(vector, v, \",\")\n" \
	"  k = $0; sub(/.*\"k\":/, \"\", k); k = k + 0\n" \
	"  for (id in of) { split(of[id], w, \",\"); score[id] = 0; for (i = 1; i <= n; i++) score[id] += v[i] * w[i] }\n" \
	"  for (rank = 0; rank < k + skip; rank++) { best = \"\"; for (id in score) if (best == \"\" || score[id] > score[best]) best = id\n" \
	"    if (rank >= skip) hits = hits (rank > skip ? \",\" : \"\") sprintf(\"{\\\"id\\\":\\\"%s\\\",\\\"score\\\":%.17g}\", best, score[best])\n" \
	"    delete score[best] }\n" \
	"  printf \"{\\\"topic\\\":\\\"%s\\\",\\\"hits\\\":[%s],\\\"scan\\\":\\\"flat\\\"}\\n\", topic, hits }'; done\n"

static void write_vectors(const char *name, const char *prefix, size_t count, uint64_t seed)
{
	struct rq_buf out = {0};
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < count; i++) {
		rq_buf_printf(&out, "%s%zu,\"[", prefix, i);
		for (size_t j = 0; j < DIMENSION; j++)
			rq_buf_printf(&out, "%s%.4f", j == 0 ? "" : ",", rq_random_normal(&random));
		rq_buf_puts(&out, "]\"\n");
	}
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

static rq_json *run_with(const char *skip, const char *metrics, const char *samples, const char *gates, int exit_code)
{
	struct rq_buf config = {0};

	rq_buf_printf(&config,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	              "\"embedders\": {\"v\": {\"kind\": \"vectors\", \"corpus\": \"c.csv\", \"topics\": \"t.csv\"}}, "
	              "\"baseline\": {\"index\": {\"kind\": \"exact\", \"similarity\": \"ip\"}}, "
	              "\"candidate\": {\"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"search.sh\", \"%s\"]}}, "
	              "\"metrics\": %s, \"latency\": {\"samples\": %s}, \"gates\": %s}",
	              skip, metrics, samples, gates);
	cli_collection(DOCUMENTS, TOPICS);
	write_vectors("c.csv", "d", DOCUMENTS, 1);
	write_vectors("t.csv", "t", TOPICS, 2);
	cli_write("search.sh", SEARCH);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
	struct cli result = cli("run", "gate.json", NULL);
	ck_assert_msg(result.exit_code == exit_code, "%s%s", result.out, result.err);
	cli_free(&result);
	return cli_report("out/report.json", true);
}

static const rq_json *metric_of(const rq_json *report, const char *name)
{
	const rq_json *metric = rq_json_first(rq_json_get(report, "metrics"));

	while (metric != NULL && strcmp(rq_json_string(rq_json_get(metric, "metric")), name) != 0)
		metric = rq_json_next(metric);
	ck_assert_msg(metric != NULL, "no metric \"%s\"", name);
	return metric;
}

START_TEST(an_exact_search_by_a_command_ranks_as_ours)
{
	rq_json *report = run_with("0", "[\"RR@10\", \"nDCG@10\"]", "0", "[\"drop(nDCG@10) <= 0.5\", \"ann_recall@10 >= 1\"]", 0);

	ck_assert(rq_json_true(rq_json_get(metric_of(report, "nDCG@10"), "identical"))); /* the same documents in the same places */
	ck_assert_double_eq(cli_metric(report, "ann_recall@10", "candidate"), 1);
	rq_json_free(report);
	report = run_with("1", "[\"RR@10\", \"nDCG@10\"]", "0", "[\"ann_recall@10 >= 0.95\"]", 1); /* without the nearest of all */
	ck_assert(!rq_json_true(rq_json_get(metric_of(report, "nDCG@10"), "identical")));
	ck_assert_double_eq_tol(cli_metric(report, "ann_recall@10", "candidate"), .9, 1e-12);
	rq_json_free(report);
}
END_TEST

/* A command that embeds and one that searches; each takes its time while there is a file that says so. */
static const char EMBED[] = "while IFS= read -r line; do id=${line#*:}; id=${id%%,*}; if [ -e slow-embed ]; then sleep .35; fi\n"
							"echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,2]}\"; done\n";
static const char FIND[] = "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; if [ -e slow-search ]; then sleep .35; fi\n"
						   "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"d0\\\",\\\"score\\\":1}]}\"; done\n";

static void expect_gates(const char *slow, int exit_code, const char *search, const char *embed)
{
	if (slow != NULL)
		cli_write(slow, "");
	struct cli result = cli("run", "gate.json", NULL);
	ck_assert_msg(result.exit_code == exit_code, "%s: exit code %d\n%s%s", slow == NULL ? "none" : slow, result.exit_code, result.out, result.err);
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *first = rq_json_first(rq_json_get(rq_json_get(report, "run"), "gates"));
	ck_assert_str_eq(rq_json_string(rq_json_get(first, "metric")), "latency.p50");
	ck_assert_str_eq(rq_json_string(rq_json_get(first, "verdict")), search);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_next(first), "metric")), "embed.p50");
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_next(first), "verdict")), embed);
	rq_json_free(report);
	if (slow != NULL)
		cli_remove(slow);
}

START_TEST(searches_and_embeddings_are_gated_apart)
{
	cli_collection(20, 6);
	cli_write("embed.sh", EMBED);
	cli_write("find.sh", FIND);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
						   "\"embedders\": {\"here\": {\"kind\": \"hash\"}, \"theirs\": {\"kind\": \"exec\", \"command\": [\"sh\", \"embed.sh\"], \"model\": \"two numbers\"}}, "
						   "\"baseline\": {\"embedder\": \"here\"}, \"exact\": {\"budget\": \"0s\"}, "
						   "\"candidate\": {\"embedder\": \"theirs\", \"index\": {\"kind\": \"exec\", \"command\": [\"sh\", \"find.sh\"]}}, "
						   "\"metrics\": [\"RR@2\"], \"latency\": {\"samples\": 5, \"embed_samples\": 5}, \"gates\": ["
						   "{\"kind\": \"max\", \"metric\": \"latency.p50\", \"value\": \"300ms\", \"level\": \"error\"}, "
						   "{\"kind\": \"max\", \"metric\": \"embed.p50\", \"value\": \"300ms\", \"level\": \"error\"}]}");
	expect_gates(NULL, 0, "pass", "pass");
	expect_gates("slow-embed", 1, "pass", "fail"); /* all texts are cached by now, so the single ones alone are slow */
	expect_gates("slow-search", 1, "fail", "pass");
}
END_TEST

Suite *elsewhere_suite(void);
Suite *elsewhere_suite(void)
{
	Suite *suite = suite_create("elsewhere");
	TCase *tests = cli_case("elsewhere");

	tcase_add_test(tests, an_exact_search_by_a_command_ranks_as_ours);
	tcase_add_test(tests, searches_and_embeddings_are_gated_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
