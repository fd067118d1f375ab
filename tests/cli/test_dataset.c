/* rqgate dataset: what each action says and leaves behind. */
#include "cli.h"

#include "evalcore/base/file.h"
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLED "sampled corpus: absolute values are optimistic"

static void expect_output(const char *golden, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	cli_expect_golden(golden, result.out);
	cli_free(&result);
}

START_TEST(help_of_each_action)
{
	expect_output("help-dataset", CLI_EXPECT(0, "dataset", "--help"));
	expect_output("help-dataset-info", CLI_EXPECT(0, "help", "dataset", "info"));
	expect_output("help-dataset-check", CLI_EXPECT(0, "dataset", "check", "--help"));
	expect_output("help-dataset-sample", CLI_EXPECT(0, "help", "dataset", "sample"));
	expect_output("help-dataset-convert", CLI_EXPECT(0, "help", "dataset", "convert"));
	expect_output("dataset-formats", CLI_EXPECT(0, "dataset", "convert", "--list"));
}
END_TEST

START_TEST(wrong_usage)
{
	static const struct {
		const char *arguments[6], *sentence;
		int exit_code;
	} cases[] = {
		{{"dataset"}, "\"rqgate dataset\" needs an action; \"rqgate help dataset\" lists them", 64},
		{{"dataset", "inof"}, "\"rqgate dataset\" has no action \"inof\"; did you mean \"info\"?", 64},
		{{"dataset", "info", "nowhere"}, "\"nowhere\": is not there; expected a BEIR folder or a config, or --corpus, --topics and --qrels", 74},
		{{"dataset", "check", "empty.json"},
	     "empty.json: no \"dataset\"; expected a BEIR folder or a config with one (for data files there are --corpus, --topics and --qrels)", 64},
		{{"dataset", "check", "wrong.json"}, "wrong.json: dataset.corps: unknown key; did you mean \"corpus\"?", 64},
		{{"dataset", "check", "--limit", "0"}, "--limit: \"0\" is not allowed; expected a whole number from 1 to 4096", 64},
		{{"dataset", "sample", "."}, "--out: missing; expected the folder that the sample goes to", 64},
		{{"dataset", "sample", "--out", "o", "--distractors", "-1"}, "--distractors: \"-1\" is not allowed; expected a whole number from 0 to 9007199254740991", 64},
		{{"dataset", "sample", "--out", "qrels"}, "\"qrels\": is there already and is not empty; choose another folder", 64},
		{{"dataset", "sample", "--corpus=corpus.jsonl", "--out", "o"},
	     "a sample needs a corpus, topics and judgments; name them with --corpus, --topics and --qrels, or a BEIR folder", 64},
		{{"dataset", "convert", "corpus.jsonl"}, "expected the file to read and the file to write: rqgate dataset convert IN OUT", 64},
		{{"dataset", "convert", "absent.run", "x.jsonl"}, "\"absent.run\": cannot open: No such file or directory", 74},
	};

	cli_example();
	cli_write("empty.json", "{}");
	cli_write("wrong.json", "{\"dataset\": {\"corps\": \"x\"}}");
	char *before = cli_files();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli(a[0], a[1], a[2], a[3], a[4], a[5], NULL);
		cli_expect_refusal(&result, cases[i].exit_code, cases[i].sentence);
	}
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(info_is_the_same_by_folder_config_and_files)
{
	cli_example();
	expect_output("dataset-info", CLI_EXPECT(0, "dataset", "info"));
	expect_output("dataset-info",
	              CLI_EXPECT(0, "dataset", "info", "--corpus", "corpus.jsonl", "--topics", "queries.jsonl", "--qrels", "qrels/test.tsv"));
	struct cli folder = CLI_EXPECT(0, "dataset", "info", ".", "--json"), config = CLI_EXPECT(0, "dataset", "info", "gate.json", "--json");
	ck_assert_str_eq(folder.out, config.out);
	cli_expect_golden("dataset-info-json", folder.out);
	cli_free(&folder);
	cli_free(&config);
	expect_output("dataset-info-qrels", CLI_EXPECT(0, "dataset", "info", "--qrels", "qrels/test.tsv"));
}
END_TEST

static void write_bad_collection(void)
{
	cli_make_folder("qrels");
	cli_write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"one\"}\n"
	                          "{\"_id\": \"d 2\", \"text\": \"two\"}\n"
	                          "{\"_id\": \"d3\", \"text\": \"one\"}\n"
	                          "{\"_id\": \"d1\", \"text\": \"four\"}\n"
	                          "not JSON\n"
	                          "{\"_id\": \"d5\", \"text\": \"\"}\n");
	cli_write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"first words\"}\n{\"_id\": \"q2\", \"text\": \"second words\"}\n");
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td9\t1\nq7\td3\t1\nq1\td1\t1\nq1\td3\tx\n");
}

START_TEST(check_lists_all_and_exits_one)
{
	write_bad_collection();
	expect_output("dataset-check", CLI_EXPECT(1, "dataset", "check"));
	expect_output("dataset-check-json", CLI_EXPECT(1, "dataset", "check", ".", "--json"));
	expect_output("dataset-check-limit", CLI_EXPECT(1, "dataset", "check", ".", "--limit", "1", "--corpus", "qrels/test.tsv"));
}
END_TEST

START_TEST(check_exits_zero_on_warnings)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "dataset", "check", "gate.json");
	ck_assert_str_eq(result.out, "nothing is wrong\n");
	cli_free(&result);
	cli_write("t.tsv", "1\ta\n");
	result = CLI_EXPECT(0, "dataset", "check", "--topics", "t.tsv");
	ck_assert_ptr_nonnull(strstr(result.out, "0 errors, 1 warning: rqgate run takes this data set\n"));
	cli_free(&result);
}
END_TEST

static void sample_example(const char *seed)
{
	struct cli result = CLI_EXPECT(0, "dataset", "sample", ".", "--out", "small", "--distractors", "20", "--seed", seed);

	ck_assert_ptr_nonnull(strstr(result.out, SAMPLED "\n"));
	cli_free(&result);
}

/* Lines of the sample are lines of the source, in its order; every judged document is among them. */
START_TEST(a_sample_keeps_lines_and_judged_documents)
{
	cli_example();
	sample_example("1");
	struct rq_buf source = cli_read("corpus.jsonl"), sample = cli_read("small/corpus.jsonl"), qrels = cli_read("qrels/test.tsv"),
				  same = cli_read("small/qrels/test.tsv");
	struct rq_buf topics = cli_read("queries.jsonl"), same_topics = cli_read("small/queries.jsonl");
	const char *from = source.data;
	size_t lines = 0;

	for (char *line = sample.data; *line != '\0'; lines++) {
		char *end = strchr(line, '\n'), kept = end[1];
		end[1] = '\0';
		const char *found = strstr(from, line);
		ck_assert_msg(found != NULL && (found == source.data || found[-1] == '\n'), "not a line of the source, or out of order: %s", line);
		from = found + 1;
		end[1] = kept;
		line = end + 1;
	}
	ck_assert_uint_gt(lines, 20);
	ck_assert_str_eq(qrels.data, same.data);
	ck_assert_str_eq(topics.data, same_topics.data);
	struct cli result = CLI_EXPECT(0, "dataset", "check", "small"), info = CLI_EXPECT(0, "dataset", "info", "small", "--json");
	ck_assert_ptr_nonnull(strstr(info.out, "\"unknown_documents\": 0"));
	ck_assert_ptr_nonnull(strstr(info.out, "\"sample\": \"" SAMPLED));
	cli_free(&result);
	cli_free(&info);
	rq_buf_release(&source);
	rq_buf_release(&sample);
	rq_buf_release(&qrels);
	rq_buf_release(&same);
	rq_buf_release(&topics);
	rq_buf_release(&same_topics);
}
END_TEST

START_TEST(a_name_of_two_lines_is_shown_on_one)
{
	cli_collection(200, 5);
	struct cli result = CLI_EXPECT(0, "dataset", "sample", "--corpus=corpus.jsonl", "--topics=queries.jsonl", "--qrels=qrels.tsv", "--out", "a\nb");
	ck_assert_ptr_eq(strstr(result.out, "wrote a\\nb: "), result.out);
	cli_free(&result);
	result = CLI_EXPECT(0, "dataset", "info", "a\nb");
	ck_assert_ptr_nonnull(strstr(result.out, "  a\\nb/corpus.jsonl\n"));
	cli_free(&result);
}
END_TEST

START_TEST(a_sample_is_the_same_every_time)
{
	cli_collection(200, 5);
	for (int i = 0; i < 2; i++)
		for (int seed = 1; seed <= 2; seed++) {
			char out[8] = {(char)('a' + i), (char)('0' + seed), '\0'}, number[2] = {(char)('0' + seed), '\0'};
			struct cli result = CLI_EXPECT(0, "dataset", "sample", "--corpus=corpus.jsonl", "--topics=queries.jsonl", "--qrels=qrels.tsv", "--out",
			                               out, "--distractors", "9", "--seed", number);
			cli_free(&result);
		}
	struct rq_buf a1 = cli_read("a1/corpus.jsonl"), b1 = cli_read("b1/corpus.jsonl"), a2 = cli_read("a2/corpus.jsonl"),
				  mark = cli_read("a1/sample.json"), same_mark = cli_read("b1/sample.json");
	ck_assert_str_eq(a1.data, b1.data);
	ck_assert_str_ne(a1.data, a2.data);
	ck_assert_str_eq(mark.data, same_mark.data);
	rq_buf_release(&a1);
	rq_buf_release(&b1);
	rq_buf_release(&a2);
	rq_buf_release(&mark);
	rq_buf_release(&same_mark);
}
END_TEST

/* A gate on the sample, with a report of every writer there is. */
static void write_gate(void)
{
	struct rq_buf config = {0};

	rq_buf_puts(&config, "{\"schema_version\": 1, \"dataset\": {\"path\": \"small\"}, \"embedders\": {\"h\": {\"kind\": \"hash\", \"dim\": 64}}, "
	                     "\"latency\": {\"samples\": 0}, "
	                     "\"baseline\": {\"index\": {\"kind\": \"exact\"}}, \"candidate\": {}, \"gates\": [\"RR@10 >= 0\"], \"reports\": {");
	for (size_t i = 0; rq_writers[i] != NULL; i++)
		rq_buf_printf(&config, "%s\"%s\": \"out/%s\"", i == 0 ? "" : ", ", rq_writers[i]->name, rq_writers[i]->name);
	rq_buf_puts(&config, "}}");
	cli_write("sampled.json", config.data);
	rq_buf_release(&config);
}

/* Formats of findings and figures have no place for what holds of a whole run. */
static bool carries_remarks(const struct rq_writer *writer)
{
	static const char *const without[] = {"failures", "github", "gitlab", "csv", "prometheus", "otlp_metrics", "otlp_traces", "alertmanager"};

	for (size_t i = 0; i < sizeof without / sizeof *without; i++)
		if (strcmp(writer->name, without[i]) == 0)
			return false;
	return true;
}

static void expect_on_every_report(bool says)
{
	struct cli table = CLI_EXPECT(0, "run", "sampled.json", "--no-cache"), json = CLI_EXPECT(0, "run", "sampled.json", "--json", "--no-cache");

	ck_assert_msg((strstr(table.out, SAMPLED) != NULL) == says, "%s", table.out);
	ck_assert_msg((strstr(json.out, SAMPLED) != NULL) == says, "%s", json.out);
	cli_free(&table);
	cli_free(&json);
	for (size_t i = 0; rq_writers[i] != NULL; i++) {
		char name[64];
		if (!carries_remarks(rq_writers[i]))
			continue;
		snprintf(name, sizeof name, "out/%s", rq_writers[i]->name);
		struct rq_buf report = cli_read(name);
		ck_assert_msg((strstr(report.data, SAMPLED) != NULL) == says, "%s: %s", name, report.data);
		rq_buf_release(&report);
	}
}

START_TEST(every_report_on_a_sample_says_so)
{
	cli_example();
	sample_example("1");
	write_gate();
	expect_on_every_report(true);
	rq_json *report = cli_report("out/json", false);
	const rq_json *counts = rq_json_get(rq_json_get(report, "diagnostics"), "counts");
	ck_assert_double_eq(rq_json_number(rq_json_get(counts, "documents_before_sampling")), 220);
	rq_json_free(report);

	/* changed by hand afterwards: still a sample */
	struct rq_buf corpus = cli_read("small/corpus.jsonl");
	rq_buf_puts(&corpus, "{\"_id\": \"more\", \"text\": \"one more\"}\n");
	cli_write_bytes("small/corpus.jsonl", corpus.data, corpus.size);
	expect_on_every_report(true);
	struct cli table = CLI_EXPECT(0, "run", "sampled.json", "--no-cache");
	ck_assert_ptr_nonnull(strstr(table.out, "the corpus was changed"));
	cli_free(&table);

	/* without its mark it is a corpus like any other */
	char *mark = cli_path("small/sample.json");
	ck_assert_int_eq(remove(mark), 0);
	expect_on_every_report(false);
	free(mark);
	rq_buf_release(&corpus);
}
END_TEST

/* 220 documents, then fewer, then the judged ones: of 220 to the end. */
START_TEST(a_sample_of_a_sample_counts_the_first_corpus)
{
	cli_example();
	sample_example("1");
	struct cli result = CLI_EXPECT(0, "dataset", "sample", "small", "--out", "smaller", "--distractors", "0");
	ck_assert_ptr_nonnull(strstr(result.out, " of 220 documents, "));
	ck_assert_ptr_nonnull(strstr(result.out, ", 0 from runs, 0 distractors\n" SAMPLED "\n"));
	cli_free(&result);
	result = CLI_EXPECT(0, "dataset", "info", "smaller");
	ck_assert_ptr_nonnull(strstr(result.out, " of 220 documents were kept: "));
	cli_free(&result);
	cli_write("smaller/sample.json", "{");
	result = cli("dataset", "sample", "smaller", "--out", "last", NULL);
	cli_expect_refusal(
		&result, 65,
		"\"smaller/corpus.jsonl\": the sample.json beside it cannot be read; sample the corpus that it came from, or remove sample.json if this "
		"one is whole");

	struct rq_buf corpus = cli_read("small/corpus.jsonl");
	rq_buf_puts(&corpus, "{\"_id\": \"more\", \"text\": \"one more\"}\n");
	cli_write_bytes("small/corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	result = cli("dataset", "sample", "small", "--out", "last", NULL);
	cli_expect_refusal(
		&result, 65,
		"\"small/corpus.jsonl\": was changed since it was sampled; sample the corpus that it came from, or remove sample.json if this one is whole");
	ck_assert(!cli_exists("last"));
	cli_remove("small/sample.json");
	result = CLI_EXPECT(0, "dataset", "sample", "small", "--out", "last");
	cli_free(&result);
}
END_TEST

START_TEST(vectors_are_cut_with_their_corpus)
{
	cli_make_folder("qrels");
	cli_write("corpus.jsonl", "{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"b\", \"text\": \"y\"}\n{\"_id\": \"c\", \"text\": \"z\"}\n");
	cli_write("queries.jsonl", "{\"_id\": \"q\", \"text\": \"words\"}\n");
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq\tc\t1\nq\ta\t1\n");
	cli_write("v.csv", "c,\"[5,6]\"\nb,\"[3,4]\"\na,\"[1,2]\"\n");
	struct cli result = CLI_EXPECT(0, "dataset", "sample", ".", "--out", "s", "--distractors", "0", "--vectors", "v.csv");
	cli_free(&result);
	result = CLI_EXPECT(0, "dataset", "convert", "s/vectors.npy", "-", "--to", "csv", "--ids", "s/vectors.ids");
	ck_assert_str_eq(result.out, "id,embedding\na,\"[1,2]\"\nc,\"[5,6]\"\n");
	cli_free(&result);
	cli_write("v.csv", "c,\"[5,6]\"\nb,\"[3,4]\"\nd,\"[1,2]\"\n");
	result = cli("dataset", "sample", ".", "--out", "s2", "--distractors", "0", "--vectors", "v.csv", NULL);
	cli_expect_refusal(&result, 65, "\"v.csv\": no vector of document \"a\"; expected one for each document");
	ck_assert(!cli_exists("s2"));
}
END_TEST

START_TEST(convert_says_what_it_did)
{
	cli_write("a.run", "q1 Q0 d1 1 0.5 x\nq1 Q0 d2 2 0.25 x\n");
	struct cli result = CLI_EXPECT(0, "dataset", "convert", "a.run", "b.jsonl");
	ck_assert_str_eq(result.out, "wrote b.jsonl: jsonl-run from trec-run\n");
	cli_free(&result);
	result = CLI_EXPECT(0, "dataset", "convert", "b.jsonl", "-", "--to", "trec-run");
	ck_assert_str_eq(result.out, "q1 Q0 d1 1 0.5 rqgate\nq1 Q0 d2 2 0.25 rqgate\n");
	cli_free(&result);
}
END_TEST

START_TEST(a_real_run_samples_its_collection)
{
	char *cacm = cli_shared("cacm"), *run;

	if (cacm == NULL)
		return;
	ck_assert_int_ge(asprintf(&run, "%s/anserini-cacm-bm25.run.txt", cacm), 0);
	struct cli result = CLI_EXPECT(0, "dataset", "sample", cacm, "--out", "small", "--distractors", "50", "--run", run);
	ck_assert_str_eq(result.out, "wrote small: 1184 of 3204 documents, 555 judged, 579 from runs, 50 distractors\n" SAMPLED "\n");
	cli_free(&result);
	free(cacm);
	free(run);
}
END_TEST

Suite *dataset_suite(void)
{
	Suite *suite = suite_create("dataset");
	TCase *tests = cli_case("dataset");

	tcase_add_test(tests, help_of_each_action);
	tcase_add_test(tests, wrong_usage);
	tcase_add_test(tests, info_is_the_same_by_folder_config_and_files);
	tcase_add_test(tests, check_lists_all_and_exits_one);
	tcase_add_test(tests, check_exits_zero_on_warnings);
	tcase_add_test(tests, a_sample_keeps_lines_and_judged_documents);
	tcase_add_test(tests, a_name_of_two_lines_is_shown_on_one);
	tcase_add_test(tests, a_sample_is_the_same_every_time);
	tcase_add_test(tests, every_report_on_a_sample_says_so);
	tcase_add_test(tests, a_sample_of_a_sample_counts_the_first_corpus);
	tcase_add_test(tests, vectors_are_cut_with_their_corpus);
	tcase_add_test(tests, convert_says_what_it_did);
	tcase_add_test(tests, a_real_run_samples_its_collection);
	suite_add_tcase(suite, tests);
	return suite;
}
