/* Names that are odd: they work, and a message that shows one stays one line. */
#include "cli.h"

#include "tests/faults/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(odd_names_of_everything)
{
	place_collection();
	struct rq_buf corpus = cli_read("corpus.jsonl"), vectors = cli_read("c.npy"), index = cli_read("x.faiss");
	cli_write_bytes("a b\n\"c\" \xc3\xa9.jsonl", corpus.data, corpus.size);
	cli_write_bytes("-v\t.npy", vectors.data, vectors.size);
	cli_write_bytes("--x\n.faiss", index.data, index.size);
	cli_write("-gate\xff.json", "{\"dataset\": {\"path\": \".\", \"corpus\": \"a b\\n\\\"c\\\" \xc3\xa9.jsonl\"}, \"embedders\": {\"mine\": {\"kind\": \"vectors\", \"corpus\": "
	                            "\"-v\\t.npy\", \"topics\": \"t.npy\"}}, \"baseline\": {}, \"candidate\": {\"index\": {\"file\": \"--x\\n.faiss\"}}, \"latency\": {\"samples\": "
	                            "0}, \"gates\": [\"RR@10 >= 0\"], \"reports\": {\"json\": \"-out\\n 1/-r \\\".json\"}}");
	struct cli result = CLI_EXPECT(0, "run", "--cache", "-c\xfe \n", "--", "-gate\xff.json");
	ck_assert_ptr_nonnull(strstr(result.out, "faiss --x\\n.faiss\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "\nreports: -out\\n 1/-r \".json\n"));
	cli_free(&result);
	rq_json *report = cli_report("-out\n 1/-r \".json", true);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(report, "run"), "config")), "-gate\\xff.json");
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_get(report, "run"), "cache")), "-c\\xfe \\n");
	rq_json_free(report);
	ck_assert(cli_exists("-out\n 1/-r \".d/baseline.ann.run.zst") && cli_exists("-c\xfe \n/neighbours"));
	rq_buf_release(&corpus);
	rq_buf_release(&vectors);
	rq_buf_release(&index);
}
END_TEST

START_TEST(one_error_is_one_line)
{
	place_collection();
	struct cli result = cli("run", "a\nb\r\x1b[31m\xff\xc2\x9b.json", NULL);
	cli_expect_refusal(&result, 74, "\"a\\nb\\r\\x1b[31m\\xff\\xc2\\x9b.json\": cannot open: No such file or directory");
	result = cli("run", "gate.json", "--set", "dataset.corpus=no\nsuch\nfile", NULL);
	cli_expect_refusal(&result, 74, "\"no\\nsuch\\nfile\": cannot open: No such file or directory");
	result = cli("run", "--", "-x", NULL);
	cli_expect_refusal(&result, 74, "\"-x\": cannot open: No such file or directory");
	result = cli("run", "-x", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
	result = cli("run", "", NULL);
	cli_expect_refusal(&result, 74, "\"\": cannot open: No such file or directory");
}
END_TEST

/* The end of the sentence, which says what is wrong, is not lost. */
START_TEST(long_names)
{
	struct rq_buf path = {0}, set = {0};

	place_collection();
	for (int i = 0; i < 3000; i++)
		rq_buf_puts(&path, "y/");
	struct cli result = cli("run", path.data, NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "/y/\": cannot open: File name too long\n"));
	cli_free(&result);
	rq_buf_printf(&set, "reports={\"json\": \"%s\"}", path.data);
	result = cli("run", "gate.json", "--set", set.data, NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "cannot create the folder: File name too long\n"));
	cli_free(&result);
	rq_buf_release(&path);
	rq_buf_release(&set);
}
END_TEST

START_TEST(configs_that_are_nested)
{
	struct rq_buf text = {0};

	for (int i = 0; i < 100; i++)
		rq_buf_puts(&text, "{\"a\": ");
	rq_buf_puts(&text, "1");
	for (int i = 0; i < 100; i++)
		rq_buf_puts(&text, "}");
	cli_write_bytes("deep.json", text.data, text.size);
	struct cli result = cli("run", "deep.json", NULL);
	cli_expect_refusal(&result, 64, "deep.json: nesting deeper than 64 levels at column 385");
	rq_buf_clear(&text);
	for (int i = 0; i < 100000; i++)
		rq_buf_puts(&text, "[\n");
	cli_write_bytes("deep.json", text.data, text.size);
	result = cli("run", "deep.json", NULL);
	cli_expect_refusal(&result, 64, "deep.json: nesting deeper than 64 levels at line 65, column 1");
	rq_buf_release(&text);
}
END_TEST

START_TEST(links_that_lead_nowhere)
{
	place_collection();
	char *loop = cli_path("loop");
	ck_assert_int_eq(symlink("loop", loop), 0);
	free(loop);
	struct cli result = cli("run", "loop", NULL);
	cli_expect_refusal(&result, 74, "\"loop\": cannot open: Too many levels of symbolic links");
	result = cli("run", "gate.json", "--set", "dataset.corpus=loop", NULL);
	cli_expect_refusal(&result, 74, "\"loop\": cannot open: Too many levels of symbolic links");
	result = cli("run", "vectors.json", "--set", "embedders.mine.corpus=loop", NULL);
	cli_expect_refusal(&result, 74, "baseline: \"loop\": cannot open: Too many levels of symbolic links");
	result = cli("run", "gate.json", "--set", "reports={\"json\": \"loop/report.json\"}", NULL);
	cli_expect_refusal(&result, 74, "gate.json: reports.json: \"loop\": is not a folder");
	result = CLI_EXPECT(0, "run", "gate.json", "--cache", "loop");
	ck_assert_ptr_nonnull(strstr(result.err, "\"loop\": is not a folder\n"));
	cli_free(&result);
}
END_TEST

Suite *names_suite(void)
{
	Suite *suite = suite_create("names");
	TCase *tests = cli_case("names");

	tcase_add_test(tests, odd_names_of_everything);
	tcase_add_test(tests, one_error_is_one_line);
	tcase_add_test(tests, long_names);
	tcase_add_test(tests, configs_that_are_nested);
	tcase_add_test(tests, links_that_lead_nowhere);
	suite_add_tcase(suite, tests);
	return suite;
}
