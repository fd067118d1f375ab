/* rqgate vectors, and files of vectors as a config names them: what is said of them, what they become, what a search finds in them. */
#include "cli.h"

#include "datasets/vector_file.h"
#include "evalcore/base/file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void expect_output(const char *golden, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	cli_expect_golden(golden, result.out);
	cli_free(&result);
}

static void expect_said(const char *text, struct cli result)
{
	ck_assert_str_eq(result.err, "");
	ck_assert_str_eq(result.out, text);
	cli_free(&result);
}

static struct rq_vector_file vectors_in(const char *name)
{
	struct rq_vector_file file;
	struct rq_error err = {0};
	char *path = cli_path(name);

	ck_assert_msg(rq_vector_file_read(&file, path, &err) == RQ_OK, "%s", err.text);
	free(path);
	return file;
}

/* Rows a and b, twice b, and one of zeros. */
static void write_small(void)
{
	cli_write("small.csv", "id,embedding\na,\"[3,4,0]\"\nb,\"[0.5,-0.25,1]\"\nb2,\"[0.5,-0.25,1]\"\nnone,\"[0,0,0]\"\n");
}

START_TEST(help_of_each_action)
{
	expect_output("help-vectors", CLI_EXPECT(0, "vectors", "--help"));
	expect_output("help-vectors-info", CLI_EXPECT(0, "help", "vectors", "info"));
	expect_output("help-vectors-head", CLI_EXPECT(0, "help", "vectors", "head"));
	expect_output("help-vectors-convert", CLI_EXPECT(0, "help", "vectors", "convert"));
	expect_output("vectors-formats", CLI_EXPECT(0, "vectors", "info", "--formats"));
}
END_TEST

START_TEST(what_a_file_holds)
{
	write_small();
	expect_output("vectors-info", CLI_EXPECT(0, "vectors", "info", "small.csv"));
	expect_output("vectors-info-json", CLI_EXPECT(0, "vectors", "info", "small.csv", "small.csv", "--json"));
	expect_said("a  3 4 0\nb  0.5 -0.25 1\n", CLI_EXPECT(0, "vectors", "head", "small.csv", "-n", "2"));
	expect_said("{\"id\":\"a\",\"embedding\":[3,4,0]}\n", CLI_EXPECT(0, "vectors", "head", "small.csv", "-n", "1", "--json"));
	cli_npy("wide.npy", 2, 10, 1);
	struct cli wide = CLI_EXPECT(0, "vectors", "head", "wide.npy");
	ck_assert_ptr_nonnull(strstr(wide.out, " ... (2 more)\n1  "));
	cli_free(&wide);
}
END_TEST

/* NaN and infinity are counted where a file is described, and refused where it is converted. */
START_TEST(numbers_that_are_not_finite)
{
	const int32_t d = 2;
	const float rows[] = {1, NAN, -INFINITY, 1};
	struct rq_buf bytes = {0};

	for (size_t i = 0; i < 2; i++) {
		rq_buf_add(&bytes, &d, sizeof d);
		rq_buf_add(&bytes, rows + 2 * i, 2 * sizeof *rows);
	}
	cli_write_bytes("x.fvecs", bytes.data, bytes.size);
	rq_buf_release(&bytes);
	struct cli info = CLI_EXPECT(0, "vectors", "info", "x.fvecs", "--json");
	rq_json *root = cli_parse(info.out, "info");
	const rq_json *file = rq_json_first(rq_json_get(root, "files"));
	ck_assert_double_eq(rq_json_number(rq_json_get(file, "not_finite_rows")), 2);
	ck_assert_int_eq(rq_json_type(rq_json_get(rq_json_get(file, "norms"), "mean")), RQ_JSON_NULL);
	rq_json_free(root);
	cli_free(&info);
	expect_said("0  1 NaN\n1  -Inf 1\n", CLI_EXPECT(0, "vectors", "head", "x.fvecs"));
	struct cli refused = cli("vectors", "convert", "x.fvecs", "y.npy", NULL);
	cli_expect_refusal(&refused, 65, "x.fvecs: row 0, column 1 (counted from 0) is NaN; expected finite numbers: mend or leave out that record");
	ck_assert(!cli_exists("y.npy"));
}
END_TEST

START_TEST(conversions_tell_what_they_lose)
{
	write_small();
	expect_said("wrote a.npy: 4 vectors of 3 dimensions, npy f4 from csv text\n",
	            CLI_EXPECT(0, "vectors", "convert", "small.csv", "a.npy", "--ids", "a.ids"));
	struct rq_buf ids = cli_read("a.ids");
	ck_assert_str_eq(ids.data, "a\nb\nb2\nnone\n");
	rq_buf_release(&ids);
	expect_said("wrote half.f16bin: 4 vectors of 2 dimensions, f16bin f2 from npy f4\n"
	            "lossy: kept the first 2 of 3 dimensions\n"
	            "rows of zeros, which have no direction and stay zero: 1\n"
	            "lossy: rounded to f2: 6 of 8 numbers, by up to 0.0002, which turns rows by up to 0.011 degrees\n",
	            CLI_EXPECT(0, "vectors", "convert", "a.npy", "half.f16bin", "--dims", "2", "--normalise"));
	struct rq_vector_file half = vectors_in("half.f16bin");
	ck_assert_float_eq_tol(half.vectors.data[0], 0.6f, 0.0003f);
	ck_assert_float_eq_tol(half.vectors.data[3], -0.4472136f, 0.0003f);
	rq_vector_file_release(&half);
	expect_said("wrote b.i8bin: 4 vectors of 3 dimensions, i8bin i1 from npy f4\n"
	            "lossy: i1 is the number times 31.75: lengths are others, all by that factor\n"
	            "lossy: rounded to i1: 7 of 12 numbers, by up to 0.0079, which turns rows by up to 0.072 degrees\n",
	            CLI_EXPECT(0, "vectors", "convert", "a.npy", "b.i8bin"));
	struct rq_vector_file bytes = vectors_in("b.i8bin");
	const float expected[] = {95, 127, 0, 16, -8, 32};
	ck_assert_mem_eq(bytes.vectors.data, expected, sizeof expected);
	rq_vector_file_release(&bytes);
	/* Whole numbers are kept as they are, whatever the type; the type of IN is that of OUT. */
	expect_said("wrote c.npy.zst: 4 vectors of 3 dimensions, npy i1 from i8bin i1\n", CLI_EXPECT(0, "vectors", "convert", "b.i8bin", "c.npy.zst"));
	expect_said("wrote d.npy: 4 vectors of 3 dimensions, npy i4 from npy i1\n",
	            CLI_EXPECT(0, "vectors", "convert", "c.npy.zst", "d.npy", "--type", "i4"));
	struct rq_vector_file whole = vectors_in("d.npy");
	ck_assert_mem_eq(whole.vectors.data, expected, sizeof expected);
	rq_vector_file_release(&whole);
	expect_said("wrote g.npy: 4 vectors of 3 dimensions, npy f8 from npy f4\n",
	            CLI_EXPECT(0, "vectors", "convert", "a.npy", "g.npy", "--type", "f8"));
	expect_said("wrote h.npy: 4 vectors of 3 dimensions, npy f4 from npy f8\nlossy: f8 is read as float32, which holds 7 digits\n",
	            CLI_EXPECT(0, "vectors", "convert", "g.npy", "h.npy"));
	expect_said("wrote e.csv: 4 vectors of 3 dimensions, csv text from npy f4\n",
	            CLI_EXPECT(0, "vectors", "convert", "a.npy", "e.csv", "--ids", "a.ids"));
	struct rq_buf before = cli_read("small.csv"), after = cli_read("e.csv");
	ck_assert_str_eq(before.data, after.data);
	rq_buf_release(&before);
	rq_buf_release(&after);
}
END_TEST

/* One large number leaves the others less than half a step; f2 ends at 2^-25. */
START_TEST(rows_that_become_zero_are_counted)
{
	cli_write("x.csv", "embedding\n\"[127,0]\"\n\"[0.4,-0.3]\"\n\"[0,0]\"\n\"[0.2,0.6]\"\n\"[1e-20,0.1]\"\n");
	expect_said("wrote x.i8bin: 5 vectors of 2 dimensions, i8bin i1 from csv text\n"
	            "lossy: rounded to i1: 6 of 10 numbers, by up to 0.4, which turns rows by up to 18 degrees\n"
	            "lossy: 2 rows are zero for it and have no direction any more: nobody can find them\n",
	            CLI_EXPECT(0, "vectors", "convert", "x.csv", "x.i8bin"));
	cli_write("y.csv", "embedding\n\"[1e-20,0]\"\n\"[0,1]\"\n");
	expect_said("wrote y.npy: 2 vectors of 2 dimensions, npy f2 from csv text\n"
	            "lossy: rounded to f2: 1 of 4 numbers, by up to 1e-20, which turns rows by up to 0 degrees\n"
	            "lossy: 1 row is zero for it and has no direction any more: nobody can find it\n",
	            CLI_EXPECT(0, "vectors", "convert", "y.csv", "y.npy", "--type", "f2"));
}
END_TEST

START_TEST(what_was_read_is_told_before_what_cannot_be)
{
	write_small();
	struct cli result = cli("vectors", "info", "small.csv", "none.npy", "small.csv", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_int_eq(strncmp(result.out, "small.csv\n  format      csv, text\n", 33), 0);
	ck_assert_str_eq(result.err, "rqgate: \"none.npy\": cannot open: No such file or directory\n");
	cli_free(&result);
	result = cli("vectors", "info", "small.csv", "none.npy", "--json", NULL);
	ck_assert_int_eq(result.exit_code, 74);
	rq_json *root = cli_parse(result.out, "info");
	ck_assert_uint_eq(rq_json_size(rq_json_get(root, "files")), 1);
	rq_json_free(root);
	cli_free(&result);
	result = cli("vectors", "info", "none.npy", "small.csv", "--json", NULL);
	cli_expect_refusal(&result, 74, "\"none.npy\": cannot open: No such file or directory");
	cli_write("texts.json", "{\"what is it\": [1, 0], \"d1\": [0, 1]}");
	static const char *const lines[] = {"x.jsonl", "x.ndjson", "x.jsonl.gz", "x.ndjson.zst"};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		char sentence[200];
		result = cli("vectors", "convert", "texts.json", lines[i], NULL);
		snprintf(sentence, sizeof sentence, "\"%s\": the rows have texts for ids, like \"what is it\", which become members of one object; "
		         "name a .json file",
		         lines[i]);
		cli_expect_refusal(&result, 64, sentence);
	}
}
END_TEST

START_TEST(lines_of_json_there_and_back)
{
	static const char *const names[] = {"x.jsonl", "x.ndjson", "x.jsonl.gz", "x.ndjson.zst"};

	write_small();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct cli there = CLI_EXPECT(0, "vectors", "convert", "small.csv", names[i]);
		struct cli back = CLI_EXPECT(0, "vectors", "convert", names[i], "back.csv");
		struct rq_buf before = cli_read("small.csv"), after = cli_read("back.csv");
		ck_assert_str_eq(before.data, after.data);
		rq_buf_release(&before);
		rq_buf_release(&after);
		cli_free(&there);
		cli_free(&back);
	}
}
END_TEST

/* The factor may be more than a float32 holds. */
START_TEST(tiny_numbers_are_scaled)
{
	cli_write("x.csv", "embedding\n\"[1e-38,0]\"\n\"[0,-1e-38]\"\n");
	expect_said("wrote x.i8bin: 2 vectors of 2 dimensions, i8bin i1 from csv text\n"
	            "lossy: i1 is the number times 1.27000008e+40: lengths are others, all by that factor\n",
	            CLI_EXPECT(0, "vectors", "convert", "x.csv", "x.i8bin"));
}
END_TEST

/* Records of a run have no vectors to be read, whatever OUT is called. */
START_TEST(a_run_becomes_no_vectors)
{
	cli_write("run.jsonl", "{\"topic\": \"q1\", \"hits\": [{\"id\": \"d1\", \"score\": 1}]}\n");
	struct cli result = cli("dataset", "convert", "run.jsonl", "x.npy", NULL);
	cli_expect_refusal(&result, 65, "\"run.jsonl\": holds a run (jsonl-run) and cannot become vectors; possible are csv-run, json-run, jsonl-run, "
	                                "trec-run, msmarco-run");
}
END_TEST

/* "-" is no file of that name; what was lost stands beside the numbers. */
START_TEST(conversions_to_standard_output)
{
	cli_write("x.csv", "embedding\n\"[1,0.5]\"\n");
	struct cli result = CLI_EXPECT(0, "vectors", "convert", "x.csv", "-", "--to", "json", "--dims", "1");
	ck_assert_str_eq(result.out, "{\"embedding\": [1]}\n");
	ck_assert_str_eq(result.err, "wrote standard output: 1 vectors of 1 dimensions, json text from csv text\nlossy: kept the first 1 of 2 dimensions\n");
	ck_assert(!cli_exists("-"));
	cli_free(&result);
	result = cli("vectors", "convert", "-", "x.npy", NULL);
	cli_expect_refusal(&result, 64, "\"-\": vectors are told by looking at a file; standard input takes \"rqgate dataset convert\" with --from");
}
END_TEST

START_TEST(conversions_that_are_refused)
{
	static const struct {
		const char *arguments[5], *sentence;
		int exit_code;
	} cases[] = {
		{{"a.npy", "x.npy", "--type", "f3"}, "--type: npy holds no numbers of type \"f3\"; it holds f4, f2, f8, i1, u1, i4", 64},
		{{"a.npy", "x.fvecs", "--type", "f2"}, "--type: fvecs holds no numbers of type \"f2\"; it holds f4", 64},
		{{"a.npy", "x.npy", "--dims", "4"}, "--dims: 4 are more than the 3 that the vectors have", 64},
		{{"a.npy", "x.u8bin"}, "a.npy: the number in row 1, column 0 (counted from 0) is 0.5, which u1 does not hold; choose another type", 65},
		{{"small.csv", "x.npy"}, "--ids: missing; npy holds no ids, so name the file to write them to", 64},
		{{"a.npy", "x.npy", "--ids", "a.ids"}, "--ids: has no use between npy and npy, which both leave the ids to their file; leave it out", 64},
		{{"small.csv", "x.npy", "--ids", "small.csv"}, "--ids: \"small.csv\" is the file of the vectors; name one of its own for the ids", 64},
		{{"small.csv", "a.npy", "--ids", "./a.npy"}, "--ids: \"./a.npy\" is the file of the vectors; name one of its own for the ids", 64},
		{{"small.csv", "x.npy", "--ids", "./x.npy"}, "--ids: \"./x.npy\" is the file of the vectors; name one of its own for the ids", 64},
		{{"plain.ids", "x.csv", "--ids", "plain.ids"}, "--ids: \"plain.ids\" is the file of the vectors; name one of its own for the ids", 64},
		{{"absent.npy", "x.npy"}, "\"absent.npy\": cannot open: No such file or directory", 74},
	};

	write_small();
	cli_write("plain.ids", "a\nb\nc\nd\n");
	struct cli made = CLI_EXPECT(0, "vectors", "convert", "small.csv", "a.npy", "--ids", "a.ids");
	cli_free(&made);
	char *before = cli_files();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli("vectors", "convert", a[0], a[1], a[2], a[3], a[4], NULL);
		cli_expect_refusal(&result, cases[i].exit_code, cases[i].sentence);
	}
	struct cli none = cli("vectors", "info", NULL), unknown = cli("vectors", "convert", "a.npy", "x.y", NULL),
			   foreign = cli("vectors", "convert", "a.npy", "x.npz", NULL);
	cli_expect_refusal(&none, 64, "expected the files to describe: rqgate vectors info FILE...");
	ck_assert_int_eq(unknown.exit_code, 64);
	ck_assert_ptr_nonnull(
		strstr(unknown.err, "rqgate: \"x.y\": its name tells no format that vectors are written in; name one with --to: npy, safetensors, "));
	ck_assert_int_eq(foreign.exit_code, 64);
	ck_assert_ptr_nonnull(
		strstr(foreign.err, "rqgate: \"x.npz\": its name tells no format that vectors are written in; name one with --to: npy, safetensors, "));
	cli_free(&unknown);
	cli_free(&foreign);
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

/* ---- as an index ---- */

static void set_up_files(const char *index)
{
	struct rq_buf config = {0};

	cli_collection(60, 30);
	cli_npy("documents.npy", 60, 16, 1);
	cli_npy("topics.npy", 30, 16, 2);
	rq_buf_printf(&config,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	              "\"embedders\": {\"files\": {\"kind\": \"vectors\", \"corpus\": \"documents.npy\", \"topics\": \"topics.npy\"}}, "
	              "\"baseline\": {\"embedder\": \"files\", \"index\": {\"kind\": \"exact\"}}, \"candidate\": {\"index\": {\"kind\": \"exact\", %s}}, "
	              "\"metrics\": [\"RR@10\"], \"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0\", \"ann_recall@10 >= 0\"], "
	              "\"reports\": {\"json\": \"report.json\"}}",
	              index);
	cli_write_bytes("gate.json", config.data, config.size);
	rq_buf_release(&config);
}

static rq_json *run_gate(void)
{
	struct cli result = CLI_EXPECT(0, "run", "gate.json");

	cli_free(&result);
	return cli_report("report.json", false);
}

/* The corpus's vectors in another order with the ids beside them, or in the file, are the same index; in the order of the corpus they need none. */
START_TEST(an_exact_search_over_a_file)
{
	static const char *const indexes[] = {"\"file\": \"documents.npy\"", "\"file\": \"turned.npy\", \"ids\": \"turned.ids\"",
	                                      "\"file\": \"turned.csv\""};

	for (size_t i = 0; i < 3; i++) {
		set_up_files(indexes[i]);
		struct rq_vector_file file = vectors_in("documents.npy");
		struct rq_buf csv = {0};
		rq_buf_puts(&csv, "id,embedding\n");
		for (size_t row = 60; row-- > 0;) {
			rq_buf_printf(&csv, "d%zu,\"[", row);
			for (size_t j = 0; j < 16; j++)
				rq_buf_printf(&csv, "%s%.9g", j == 0 ? "" : ",", (double)file.vectors.data[row * 16 + j]);
			rq_buf_puts(&csv, "]\"\n");
		}
		cli_write_bytes("turned.csv", csv.data, csv.size);
		rq_buf_release(&csv);
		struct cli made = CLI_EXPECT(0, "vectors", "convert", "turned.csv", "turned.npy", "--ids", "turned.ids");
		cli_free(&made);
		rq_json *report = run_gate();
		ck_assert_double_eq(cli_metric(report, "RR@10", "baseline"), cli_metric(report, "RR@10", "candidate"));
		ck_assert_double_eq(cli_metric(report, "ann_recall@10", "candidate"), 1);
		rq_json_free(report);
		rq_vector_file_release(&file);
	}
}
END_TEST

/* What a file of quantised vectors loses is measured against the embedder's own: it is no exact search of those. */
START_TEST(a_file_of_other_vectors)
{
	set_up_files("\"file\": \"coarse.npy\"");
	struct rq_vector_file file = vectors_in("documents.npy");
	struct rq_buf coarse = {0};
	rq_buf_puts(&coarse, "id,embedding\n");
	for (size_t row = 0; row < 60; row++) {
		rq_buf_printf(&coarse, "d%zu,\"[", row);
		for (size_t j = 0; j < 16; j++)
			rq_buf_printf(&coarse, "%s%g", j == 0 ? "" : ",", round((double)file.vectors.data[row * 16 + j] * 2));
		rq_buf_puts(&coarse, "]\"\n");
	}
	cli_write_bytes("coarse.csv", coarse.data, coarse.size);
	struct cli made = CLI_EXPECT(0, "vectors", "convert", "coarse.csv", "coarse.npy", "--ids", "coarse.ids");
	cli_free(&made);
	rq_json *report = run_gate();
	double recall = cli_metric(report, "ann_recall@10", "candidate");
	ck_assert_msg(recall > 0.4 && recall < 0.95, "%g", recall);
	rq_json_free(report);
	rq_buf_release(&coarse);
	rq_vector_file_release(&file);
}
END_TEST

/* Arrays of one archive, as numpy.savez writes them: documents (5 x 3) and topics (2 x 3) of the embedder, and the same documents as an index. */
START_TEST(arrays_of_one_file)
{
	struct rq_buf archive = {0};
	struct rq_error err = {0};

	cli_collection(5, 2);
	ck_assert_int_eq(rq_file_read(&archive, "tests/datasets/vectors/several.npz", &err), RQ_OK);
	cli_write_bytes("several.npz", archive.data, archive.size);
	rq_buf_release(&archive);
	cli_write("gate.json",
	          "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, "
	          "\"embedders\": {\"files\": {\"kind\": \"vectors\", \"corpus\": \"several.npz:documents\", \"topics\": \"several.npz:topics\"}}, "
	          "\"baseline\": {\"embedder\": \"files\", \"index\": {\"kind\": \"exact\"}}, "
	          "\"candidate\": {\"index\": {\"kind\": \"exact\", \"file\": \"several.npz:documents\"}}, \"metrics\": [\"RR@2\"], "
	          "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@2 >= 0\", \"ann_recall@2 >= 1\"], \"reports\": {\"json\": \"report.json\"}}");
	rq_json *report = run_gate();
	ck_assert_double_eq(cli_metric(report, "RR@2", "candidate"), cli_metric(report, "RR@2", "baseline"));
	ck_assert_double_eq(cli_metric(report, "ann_recall@2", "candidate"), 1);
	rq_json_free(report);
}
END_TEST

static void refused_index(const char *index, int exit_code, const char *sentence)
{
	set_up_files(index);
	cli_npy("wide.npy", 60, 17, 1);
	cli_npy("few.npy", 59, 16, 1);
	write_small();
	cli_write("ids", "d1\n");
	cli_write("texts.json", "{\"what is it\": [1, 0], \"d1\": [0, 1]}");
	cli_write("zero.csv", "id,embedding\nd3,\"[1,1]\"\nd7,\"[0,0]\"\n");
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, exit_code, sentence);
}

START_TEST(files_that_are_no_index_of_the_corpus)
{
	refused_index("\"file\": \"wide.npy\"", 65,
	              "candidate.index: \"wide.npy\": holds vectors of 17 dimensions, and the embedder's have 16; embed with the model that made them");
	refused_index("\"file\": \"few.npy\"", 65,
	              "candidate.index: \"few.npy\": holds 59 vectors, but the corpus has 60; name the index's id map with \"ids\"");
	refused_index("\"file\": \"small.csv\", \"ids\": \"ids\"", 64,
	              "candidate.index: \"ids\": not wanted beside small.csv, which carries an id in every row; remove the key");
	refused_index("\"file\": \"texts.json\"", 65,
	              "candidate.index: texts.json: its rows have texts for ids, like \"what is it\", which no document has; name a file of ids in the "
	              "order of the rows: \"ids\"");
	refused_index("\"file\": \"zero.csv\"", 65,
	              "candidate.index: zero.csv: row 1 (counted from 0), document \"d7\", is all zeros and has no direction; embed it anew, or leave it "
	              "out");
	refused_index("\"file\": \"absent.npy\"", 74, "\"absent.npy\": cannot open: No such file or directory");
}
END_TEST

Suite *vectors_suite(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tests = cli_case("vectors");

	tcase_add_test(tests, help_of_each_action);
	tcase_add_test(tests, what_a_file_holds);
	tcase_add_test(tests, numbers_that_are_not_finite);
	tcase_add_test(tests, conversions_tell_what_they_lose);
	tcase_add_test(tests, rows_that_become_zero_are_counted);
	tcase_add_test(tests, what_was_read_is_told_before_what_cannot_be);
	tcase_add_test(tests, tiny_numbers_are_scaled);
	tcase_add_test(tests, a_run_becomes_no_vectors);
	tcase_add_test(tests, lines_of_json_there_and_back);
	tcase_add_test(tests, conversions_to_standard_output);
	tcase_add_test(tests, conversions_that_are_refused);
	tcase_add_test(tests, an_exact_search_over_a_file);
	tcase_add_test(tests, a_file_of_other_vectors);
	tcase_add_test(tests, arrays_of_one_file);
	tcase_add_test(tests, files_that_are_no_index_of_the_corpus);
	suite_add_tcase(suite, tests);
	return suite;
}
