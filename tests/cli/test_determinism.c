/* The same inputs give the same report, but for "run": whatever the threads, the cache, the folder it is called from, or the BLAS kernel. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}, \"metrics\": [\"RR@10\", \"nDCG@10\", \"R@100\", \"AP\"]"
#define LSA \
	"{" DATASET ", \"embedders\": {\"old\": {\"kind\": \"lsa\", \"dim\": 64}, \"new\": {\"kind\": \"lsa\", \"dim\": 32}}, " \
	"\"baseline\": {\"embedder\": \"old\", \"index\": {\"factory\": \"HNSW16,Flat\"}}, \"candidate\": {\"embedder\": \"new\", \"index\": " \
	"{\"factory\": \"IVF8,Flat\"}}, " \
	"\"gates\": [\"drop(RR@10) <= 0.03\", \"ann_recall@10 >= 0.9\"]}"
#define HASH \
	"{" DATASET ", \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {}, \"candidate\": {\"index\": {\"factory\": \"HNSW16,Flat\", " \
	            "\"search\": \"efSearch=128\"}}, " \
	"\"gates\": [\"drop(RR@10) <= 0.03\"]}"

static rq_json *report_of(struct cli result)
{
	ck_assert_msg(result.exit_code <= 1, "exit code %d\n%s", result.exit_code, result.err);
	cli_free(&result);
	return cli_report("out/report.json", false);
}

static void expect_same_page(const char *a, const struct rq_buf *b)
{
	struct rq_buf page = cli_read(a);

	ck_assert_str_eq(page.data, b->data);
	rq_buf_release(&page);
}

START_TEST(threads)
{
	cli_example();
	cli_write("gate.json", LSA);
	rq_json *one = report_of(cli("run", "gate.json", "--no-cache", "--threads", "1", NULL));
	struct rq_buf page = cli_read("out/report.md"), ranking = cli_read("out/report.d/candidate.ann.run.zst");
	rq_json *two = report_of(cli("run", "gate.json", "--no-cache", "--threads", "2", NULL));
	struct rq_buf again = cli_read("out/report.d/candidate.ann.run.zst");

	cli_expect_same(one, two);
	expect_same_page("out/report.md", &page);
	ck_assert_uint_eq(ranking.size, again.size);
	ck_assert_mem_eq(ranking.data, again.data, ranking.size);
	cli_expect_same(report_of(cli("run", "gate.json", "--no-cache", "--threads=3", NULL)),
	                report_of(cli_in(".", "OMP_NUM_THREADS=1", "run", "gate.json", "--no-cache", NULL)));
	rq_buf_release(&page);
	rq_buf_release(&ranking);
	rq_buf_release(&again);
}
END_TEST

/* A blank line in the config moves its gates, and finds nothing else. */
START_TEST(lines)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf moved = {0};

	cli_example();
	cli_write("gate.json", HASH);
	rq_json *one = report_of(cli("run", "gate.json", "--no-cache", NULL));
	rq_buf_printf(&moved, "{\n\n\n%s", HASH + 1);
	cli_write("gate.json", moved.data);
	rq_json *two = report_of(cli("run", "gate.json", "--no-cache", NULL)), *run = cli_report("out/report.json", true);
	const rq_json *gate_lines = rq_json_get(rq_json_get(run, "run"), "gate_lines");
	ck_assert(gate_lines != NULL && rq_json_size(gate_lines) == 1 && rq_json_number(rq_json_first(gate_lines)) == 4);
	rq_json_free(run);
	cli_expect_same(one, two);
}
END_TEST

START_TEST(cache)
{
	cli_example();
	cli_write("gate.json", LSA);
	rq_json *without = report_of(cli("run", "gate.json", "--no-cache", NULL));
	struct rq_buf page = cli_read("out/report.md");
	ck_assert(!cli_exists(".rqgate"));
	rq_json *first = report_of(cli("run", "gate.json", NULL)), *second = report_of(cli("run", "gate.json", NULL));
	rq_json *run = cli_report("out/report.json", true);

	ck_assert_str_eq(cli_cache_use(run, "baseline.embed"), "0 texts embedded, 568 known");
	ck_assert_str_eq(cli_cache_use(run, "candidate.embed"), "0 texts embedded, 568 known");
	ck_assert_str_eq(cli_cache_use(run, "candidate.index"), "not opened yet; answers cached");
	ck_assert_str_eq(cli_cache_use(run, "candidate.exact"), "cached");
	expect_same_page("out/report.md", &page);
	cli_expect_same(rq_json_copy(without), first);
	cli_expect_same(without, second);
	cli_make_folder("elsewhere");
	cli_expect_same(report_of(cli("run", "gate.json", "--cache", "elsewhere", NULL)), report_of(cli("run", "gate.json", "--cache=elsewhere", NULL)));
	rq_json_free(run);
	rq_buf_release(&page);
}
END_TEST

START_TEST(a_changed_efsearch)
{
	cli_example();
	cli_write("gate.json", LSA);
	rq_json_free(report_of(cli("run", "gate.json", NULL)));
	rq_json_free(report_of(cli("run", "gate.json", "--set", "baseline.index.search=efSearch=32", NULL)));
	rq_json *run = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(run, "baseline.embed"), "0 texts embedded, 568 known");
	ck_assert_str_eq(cli_cache_use(run, "baseline.index"), "cached; answers searched");
	ck_assert_str_eq(cli_cache_use(run, "candidate.index"), "not opened yet; answers cached");
	rq_json_free(run);
}
END_TEST

/* A config that names files of every kind: none of them may show up by a path that depends on the caller. */
START_TEST(the_folder_it_is_called_from)
{
	cli_example();
	cli_make_folder("below/it");
	cli_write(
		"gate.json",
		"{" DATASET
		", \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {}, \"candidate\": {}, \"cutoff\": 100, \"gates\": [\"RR@10 >= 0.1\"]}");
	rq_json_free(report_of(cli("run", "gate.json", NULL)));
	struct rq_buf run = cli_read("out/report.d/baseline.ann.run.zst");
	cli_write_bytes("truth.run", run.data, run.size);
	rq_buf_release(&run);
	cli_write("gate.json", "{" DATASET ", \"embedders\": {\"hash\": {\"kind\": \"hash\"}}, \"baseline\": {\"run\": \"truth.run\"}, "
	                       "\"candidate\": {\"embedder\": \"hash\", \"index\": {\"factory\": \"HNSW16,Flat\"}}, \"cutoff\": 100, "
	                       "\"exact\": {\"truth\": \"truth.run\"}, \"gates\": [\"RR@10 >= 0.1\", \"ann_recall@10 >= 0.1\"]}");
	rq_json *here = report_of(cli("run", "gate.json", NULL)), *below = report_of(cli_in("below/it", NULL, "run", "../../gate.json", NULL));
	char *path = cli_path("gate.json"), *files = cli_files();
	rq_json *absolute = report_of(cli_in("below/it", NULL, "run", path, NULL));

	cli_expect_same(rq_json_copy(here), below);
	cli_expect_same(here, absolute);
	ck_assert_ptr_null(strstr(files, "below/")); /* reports and cache stand beside the config */
	free(path);
	free(files);
}
END_TEST

START_TEST(the_blas_kernel)
{
	cli_example();
	cli_write("gate.json", HASH);
	rq_json *chosen = report_of(cli("run", "gate.json", "--no-cache", NULL)),
			*plain = report_of(cli_in(".", "OPENBLAS_CORETYPE=Prescott", "run", "gate.json", "--no-cache", NULL));

	cli_expect_same(chosen, plain);
}
END_TEST

Suite *determinism_suite(void)
{
	Suite *suite = suite_create("determinism");
	TCase *tests = cli_case("determinism");

	tcase_add_test(tests, threads);
	tcase_add_test(tests, lines);
	tcase_add_test(tests, cache);
	tcase_add_test(tests, a_changed_efsearch);
	tcase_add_test(tests, the_folder_it_is_called_from);
	tcase_add_test(tests, the_blas_kernel);
	suite_add_tcase(suite, tests);
	return suite;
}
