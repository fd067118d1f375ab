/* Bad input: one sentence that says what, where and what to do, the right exit code, and nothing left behind. */
#include "cli.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "evalcore/index/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOCUMENTS = 40, TOPICS = 20, DIMENSION = 8, SETS_MAX = 6 };

#define DATASET "\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}"
#define REST "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.1\"]"
#define HASH "\"embedders\": {\"hash\": {\"kind\": \"hash\", \"dim\": 256}}"
#define VECTORS "\"embedders\": {\"mine\": {\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}}"

static void set_up(const char *embedders)
{
	struct rq_buf json = {0};

	cli_collection(DOCUMENTS, TOPICS);
	rq_buf_printf(&json, "{" DATASET ", %s, \"baseline\": {}, \"candidate\": {}, " REST "}", embedders);
	cli_write_bytes("gate.json", json.data, json.size);
	rq_buf_release(&json);
}

static struct cli run_with(const char *const sets[SETS_MAX])
{
	const char *a[2 * SETS_MAX] = {0};

	for (size_t i = 0; i < SETS_MAX && sets[i] != NULL; i++) {
		a[2 * i] = "--set";
		a[2 * i + 1] = sets[i];
	}
	return cli("run", "gate.json", a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], NULL);
}

/* Runs gate.json with up to SETS_MAX overrides; expects the exit code, the sentence, and the files that were there before and no others. */
#define REFUSED(exit_code, sentence, ...) expect_refused((const char *const[SETS_MAX]){__VA_ARGS__}, (exit_code), (sentence))
static void expect_refused(const char *const sets[SETS_MAX], int exit_code, const char *sentence)
{
	char *before = cli_files();
	struct cli result = run_with(sets);

	cli_expect_refusal(&result, exit_code, sentence);
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	ck_assert(!cli_exists("out"));
	free(before);
	free(after);
}

#define GOES_ON(...) expect_pass((const char *const[SETS_MAX]){__VA_ARGS__})
static rq_json *expect_pass(const char *const sets[SETS_MAX])
{
	struct cli result = run_with(sets);

	ck_assert_msg(result.exit_code == 0, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	cli_free(&result);
	return cli_report("out/report.json", true);
}

static bool remarked(const rq_json *report, const char *text)
{
	struct rq_buf printed = {0};

	ck_assert_int_eq(rq_json_print(&printed, report, false, NULL), RQ_OK);
	bool found = strstr(printed.data, text) != NULL;
	rq_buf_release(&printed);
	return found;
}

static double counted(const rq_json *report, const char *name)
{
	const rq_json *diagnostics = rq_json_get(report, "diagnostics"), *counts = rq_json_get(diagnostics, "counts");

	ck_assert_ptr_nonnull(counts);
	return rq_json_number(rq_json_get(counts, name));
}

/* ---- corpus, topics, qrels ---- */

static void corpus(const char *lines)
{
	cli_write("corpus.jsonl", lines);
}

START_TEST(a_corpus_that_is_wrong)
{
	set_up(HASH);
	corpus("");
	REFUSED(65, "corpus.jsonl: no documents; expected one JSON object a line, like {\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}");
	corpus("\n \n");
	REFUSED(65, "corpus.jsonl: no documents; expected one JSON object a line, like {\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}");
	corpus("{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"\", \"text\": \"y\"}\n");
	REFUSED(65, "corpus.jsonl:2: \"_id\" \"\" is empty; expected an id without white space or control characters, as TREC files need it");
	corpus("{\"_id\": \"a\", \"text\": \"x\"}\n{\"text\": \"y\"}\n");
	REFUSED(65, "corpus.jsonl:2: no \"_id\"; expected a string or an integer below 2^53");
	corpus("{\"_id\": \"a\", \"text\": \"x\"}\n\n{\"_id\": \"b\", \"text\": \"y\"}\n{\"_id\": \"a\", \"text\": \"z\"}\n");
	REFUSED(65, "corpus.jsonl:4: duplicate id \"a\", first on line 1; every document needs an id of its own");
	corpus("{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"b\", \"text\": \"caf\xe9\"}\n");
	REFUSED(65, "corpus.jsonl:2: invalid UTF-8 at byte 51 of the file, counted from 0; expected UTF-8 text");
	corpus("{\"_id\": \"a\", \"text\": \"x\"}\n{\"_id\": \"b\", \"text\": \"y\"\n");
	REFUSED(65, "corpus.jsonl:2: not valid JSON at column 24");
	corpus("{\"_id\": \"a\", \"text\": 5}\n");
	REFUSED(65, "corpus.jsonl:1: \"text\" is 5; expected a string");
	corpus("{\"_id\": \"a\", \"body\": \"x\"}\n");
	REFUSED(65, "corpus.jsonl: no document has any of the fields \"title\", \"text\"; name the members that hold the text as \"fields\"");
}
END_TEST

START_TEST(documents_that_are_empty_are_kept_and_counted)
{
	set_up(HASH);
	struct rq_buf text = cli_read("corpus.jsonl");
	rq_buf_puts(&text, "{\"_id\": \"e1\", \"title\": \"\", \"text\": \"\"}\n{\"_id\": \"e2\"}\n");
	cli_write_bytes("corpus.jsonl", text.data, text.size);
	rq_buf_release(&text);
	rq_json *report = GOES_ON(NULL);
	ck_assert_double_eq(counted(report, "documents"), DOCUMENTS + 2);
	ck_assert_double_eq(counted(report, "documents_empty"), 2);
	ck_assert(remarked(report, "2 of 42 documents are empty in every field; they are kept"));
	rq_json_free(report);
	rq_json_free(GOES_ON("baseline.index.factory=HNSW8,Flat")); /* a zero vector is a node like any other */
}
END_TEST

START_TEST(topics_and_judgments_that_are_wrong)
{
	set_up(HASH);
	struct rq_buf queries = cli_read("queries.jsonl"), qrels = cli_read("qrels.tsv");

	cli_write("queries.jsonl", "");
	REFUSED(65, "queries.jsonl: no topics; expected one JSON object a line, like {\"_id\": \"q1\", \"text\": \"...\"}, or two columns, id TAB text");
	cli_write("queries.jsonl", "{\"_id\": \"t0\", \"text\": \"x\"}\n{\"_id\": \"t0\", \"text\": \"y\"}\n");
	REFUSED(65, "queries.jsonl:2: duplicate id \"t0\", first on line 1; every topic needs an id of its own");
	cli_write("queries.jsonl", "{\"_id\": \"q1\", \"text\": \"x\"}\n");
	REFUSED(65, "\"qrels.tsv\": judges no topic of \"queries.jsonl\" that is answerable; nothing can be scored");
	cli_write_bytes("queries.jsonl", queries.data, queries.size);
	cli_write("qrels.tsv", "");
	REFUSED(65, "qrels.tsv: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv");
	cli_write("qrels.tsv", "t0 0 d0 high\n");
	REFUSED(65, "qrels.tsv:1:9: the grade is \"high\"; expected an integer, like 1");
	cli_write("qrels.tsv", "t0 0 d0\nt0 0 d1 1\n");
	REFUSED(65, "qrels.tsv:1:8: 3 columns; expected 4: topic, iteration, document, grade (or 3 below the BEIR header query-id TAB corpus-id TAB "
	            "score)");
	rq_buf_release(&queries);
	rq_buf_release(&qrels);
}
END_TEST

START_TEST(judgments_of_what_is_not_there)
{
	set_up(HASH);
	struct rq_buf qrels = cli_read("qrels.tsv");

	rq_buf_puts(&qrels, "t3\tnobody\t1\nnowhere\td1\t2\nnowhere\td2\t2\n");
	cli_write_bytes("qrels.tsv", qrels.data, qrels.size);
	REFUSED(65, "\"qrels.tsv\": 1 topic and 1 document are judged but not in the topics and corpus files (line 43: topic \"nowhere\", line 42: "
	            "topic \"t3\" document \"nobody\"); mend the files, or set dataset.unknown_judgments to \"warn\"");
	rq_json *report = GOES_ON("dataset.unknown_judgments=warn");
	ck_assert_double_eq(counted(report, "judged_topics_unknown"), 1);
	ck_assert_double_eq(counted(report, "judged_documents_unknown"), 1);
	ck_assert(remarked(report, "1 topic and 1 document are judged but not in the topics and corpus files"));
	rq_json_free(report);
	rq_buf_release(&qrels);
}
END_TEST

/* ---- vectors ---- */

static void npy(const char *name, size_t rows, size_t columns, float *values)
{
	struct rq_buf out = {0};
	char dict[118];

	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	rq_buf_add(&out, values, rows * columns * sizeof *values);
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

static void fill(float *values, size_t count, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < count; i++)
		values[i] = (float)rq_random_normal(&random);
}

static float documents[DOCUMENTS * 2 * DIMENSION], topics[TOPICS * 2 * DIMENSION];

static void set_up_vectors(void)
{
	set_up(VECTORS);
	fill(documents, DOCUMENTS * DIMENSION, 1);
	fill(topics, TOPICS * DIMENSION, 2);
	npy("c.npy", DOCUMENTS, DIMENSION, documents);
	npy("t.npy", TOPICS, DIMENSION, topics);
}

#define ANY_GATE "gates=[\"RR@10 >= 0\"]"

START_TEST(vector_files_that_are_wrong)
{
	set_up_vectors();
	struct rq_buf whole = cli_read("c.npy");

	cli_write_bytes("c.npy", whole.data, whole.size - 1);
	REFUSED(65,
	        "baseline: c.npy: cut short: expected 1280 bytes after the header for shape (40, 8) of \"<f4\", found 1279; copy or write the "
	        "file again",
	        ANY_GATE);
	cli_write_bytes("c.npy", whole.data, 128 + 4 * DIMENSION);
	REFUSED(65,
	        "baseline: c.npy: cut short: expected 1280 bytes after the header for shape (40, 8) of \"<f4\", found 32; copy or write the file "
	        "again",
	        ANY_GATE);
	cli_write_bytes("c.npy", whole.data, 5);
	REFUSED(65, "baseline: c.npy: no .npy header in 5 bytes; expected a file that numpy.save wrote", ANY_GATE);
	cli_write("c.npy", "");
	REFUSED(65, "baseline: c.npy: empty file; expected vectors", ANY_GATE);
	npy("c.npy", DOCUMENTS - 1, DIMENSION, documents);
	REFUSED(65,
	        "baseline: c.npy: 39 vectors for 40 documents of the corpus; without \"corpus_ids\" row i is the i-th document, so the counts "
	        "must be equal: name an ids file, or embed them all",
	        ANY_GATE);
	npy("c.npy", DOCUMENTS, DIMENSION - 1, documents);
	REFUSED(65, "baseline: embedders.mine: the corpus has 7 dimensions and the topics have 8; both must come from one model", ANY_GATE);
	documents[3 * DIMENSION + 2] = NAN;
	npy("c.npy", DOCUMENTS, DIMENSION, documents);
	REFUSED(65, "baseline: c.npy: row 3, column 2 (counted from 0) is NaN; expected finite numbers: mend or leave out that record", ANY_GATE);
	documents[3 * DIMENSION + 2] = -INFINITY;
	npy("c.npy", DOCUMENTS, DIMENSION, documents);
	REFUSED(65, "baseline: c.npy: row 3, column 2 (counted from 0) is infinite; expected finite numbers: mend or leave out that record", ANY_GATE);
	memset(documents + 3 * DIMENSION, 0, DIMENSION * sizeof *documents);
	npy("c.npy", DOCUMENTS, DIMENSION, documents);
	REFUSED(65,
	        "baseline: c.npy: row 3 (counted from 0), document \"d3\", is all zeros and has no direction; embed it anew, or set "
	        "\"zero_rows\" to \"keep\"",
	        ANY_GATE);
	rq_json_free(GOES_ON(ANY_GATE, "embedders.mine.zero_rows=keep"));
	rq_buf_release(&whole);
}
END_TEST

START_TEST(id_files_that_are_wrong)
{
	struct rq_buf ids = {0};

	set_up_vectors();
	for (int i = 0; i < DOCUMENTS - 1; i++)
		rq_buf_printf(&ids, "d%d\n", i);
	cli_write_bytes("c.ids", ids.data, ids.size);
	REFUSED(65, "baseline: c.ids: 39 ids for 40 vectors in c.npy; every row needs exactly one id, in the order of the rows", ANY_GATE,
	        "embedders.mine.corpus_ids=c.ids");
	rq_buf_puts(&ids, "d5\n");
	cli_write_bytes("c.ids", ids.data, ids.size);
	REFUSED(65, "baseline: c.ids:40: duplicate id \"d5\", first on line 6; every row needs an id of its own", ANY_GATE,
	        "embedders.mine.corpus_ids=c.ids");
	ids.size -= 3;
	rq_buf_puts(&ids, "other\n");
	cli_write_bytes("c.ids", ids.data, ids.size);
	REFUSED(65,
	        "baseline: c.ids: no vector for 1 of 40 documents of the corpus: \"d39\"; embed the missing ones, or see that the ids are spelt "
	        "alike",
	        ANY_GATE, "embedders.mine.corpus_ids=c.ids");
	cli_write("c.ids", "");
	REFUSED(65, "baseline: c.ids: no ids; expected one id a line", ANY_GATE, "embedders.mine.corpus_ids=c.ids");
	rq_buf_release(&ids);
}
END_TEST

/* ---- index files ---- */

/* A real index file over random rows. */
static void index_file(const char *name, size_t rows, size_t d, enum rq_similarity similarity)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	struct rq_index_config config = {.kind = "faiss", .factory = "HNSW8,Flat", .seed = 1, .threads = 1, .similarity = similarity == RQ_L2 ? 2 : 1};
	struct rq_vectors vectors;
	struct rq_index *index;
	struct rq_error err = {0};
	char *path = cli_path(name);
	FILE *file = fopen(path, "w");

	ck_assert_int_eq(rq_vectors_init(&vectors, rows, d, &err), RQ_OK);
	fill(vectors.data, rows * d, 3);
	ck_assert_msg(faiss->build(&index, &config, similarity, &vectors, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(faiss->save(index, file, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(fclose(file), 0);
	faiss->close(index);
	rq_vectors_release(&vectors);
	free(path);
}

#define OPEN "candidate.index={\"file\": \"x.faiss\"}"

START_TEST(index_files_that_do_not_fit)
{
	set_up_vectors();
	index_file("x.faiss", DOCUMENTS, DIMENSION + 1, RQ_INNER_PRODUCT);
	REFUSED(65,
	        "candidate.index: index file \"x.faiss\": it holds vectors of 9 dimensions, and the embedder's have 8; embed with the model that "
	        "it was built with, or build it anew",
	        ANY_GATE, OPEN);
	index_file("x.faiss", DOCUMENTS, DIMENSION, RQ_L2);
	REFUSED(65,
	        "candidate.index: index file \"x.faiss\": it ranks by L2 distance, and the config asks for the inner product (\"cosine\" or "
	        "\"ip\"); set similarity to what the file was built for, or build it anew",
	        ANY_GATE, OPEN);
	index_file("x.faiss", DOCUMENTS + 2, DIMENSION, RQ_INNER_PRODUCT);
	REFUSED(65, "candidate.index: \"x.faiss\": holds 42 vectors, but the corpus has 40; name the index's id map with \"ids\"", ANY_GATE, OPEN);
	cli_write("x.ids", "d0\nd1\nd2\n");
	REFUSED(65, "candidate.index: \"x.faiss\": holds 42 vectors, but x.ids has 3; row i of the index must be line i of the ids file", ANY_GATE,
	        "candidate.index={\"file\": \"x.faiss\", \"ids\": \"x.ids\"}");
	cli_write("x.ids", "d0\nd1\nd0\n");
	REFUSED(65, "x.ids:3: duplicate id \"d0\", first on line 1; every row needs an id of its own", ANY_GATE,
	        "candidate.index={\"file\": \"x.faiss\", \"ids\": \"x.ids\"}");
	index_file("x.faiss", DOCUMENTS, DIMENSION, RQ_INNER_PRODUCT);
	REFUSED(64, "candidate.index: search \"nprobe=4\": an index of FAISS's type IndexHNSWFlat has no parameter \"nprobe\"", ANY_GATE,
	        "candidate.index={\"file\": \"x.faiss\", \"search\": \"nprobe=4\"}");
	rq_json *report = GOES_ON(ANY_GATE, OPEN); /* it fits; what it holds is not what the vectors say */
	ck_assert_double_lt(cli_metric(report, "ann_recall@10", "candidate"), .9);
	ck_assert(remarked(report, "so it seems to hold others than the embedder's"));
	rq_json_free(report);
}
END_TEST

/* What claims more than the file has, or what FAISS finds. */
static void expect_unreadable(const char *bytes, size_t size)
{
	const char *start = "rqgate: candidate.index: index file \"x.faiss\": ";

	cli_write_bytes("x.faiss", bytes, size);
	/* what FAISS took before it found the damage is lost: the error ends the process */
	struct cli result = cli_in(".", "ASAN_OPTIONS=detect_leaks=0", "run", "gate.json", "--set", ANY_GATE, "--set", OPEN, NULL);
	ck_assert_msg(result.exit_code == 65, "%zu bytes: exit code %d\n%s", size, result.exit_code, result.err);
	ck_assert_msg(strncmp(result.err, start, strlen(start)) == 0, "%s", result.err);
	const char *reason = result.err + strlen(start);
	bool claims = strncmp(reason, "cut short or corrupt: ", 22) == 0;
	ck_assert_msg(claims || (strncmp(reason, "FAISS cannot read it: ", 22) == 0 && strstr(reason, "; it is cut off, corrupt, or no index of FAISS ")),
	              "%s", result.err);
	ck_assert(!cli_exists("out"));
	cli_free(&result);
}

START_TEST(index_files_that_are_damaged)
{
	set_up_vectors();
	index_file("x.faiss", DOCUMENTS, DIMENSION, RQ_INNER_PRODUCT);
	struct rq_buf whole = cli_read("x.faiss");

	expect_unreadable("no index at all, but text that someone has put there", 52);
	for (size_t size = 0; size < whole.size; size += whole.size / 10)
		expect_unreadable(whole.data, size);
	expect_unreadable(whole.data, whole.size - 1);
	rq_buf_release(&whole);
}
END_TEST

/* ---- depth ---- */

START_TEST(cutoffs_that_are_too_deep)
{
	set_up(HASH);
	REFUSED(64, "gate.json: cutoff: 41 is larger than the corpus (40 documents); expected at most that", "cutoff=41");
	REFUSED(64, "gate.json: metrics or gates: \"R@100\" looks deeper than the corpus (40 documents); expected a cutoff of at most that",
	        "metrics=[\"R@100\"]");
	REFUSED(64, "gate.json: cutoff: 20 is less deep than the metric \"R@30\" looks; expected at least 30", "cutoff=20",
	        "metrics=[\"RR@10\", \"R@30\"]");
	REFUSED(64, "gate.json: cutoff: 5 is less deep than the metric \"RR@10\" looks; expected at least 10", "cutoff=5");
	REFUSED(64, "gate.json: gates[0]: cutoff: 20 is less deep than the metric \"R@40\" looks; expected at least 40", "cutoff=20",
	        "metrics=[\"RR@10\"]", "gates=[\"R@40 >= 0.5\"]");
}
END_TEST

/* ---- the config ---- */

START_TEST(configs_that_are_wrong)
{
	set_up(HASH);
	REFUSED(64, "gate.json: metrcs: unknown key; did you mean \"metrics\"?", "metrcs=[]");
	REFUSED(64, "gate.json: dataset.feilds: unknown key; did you mean \"fields\"?", "dataset.feilds=[]");
	REFUSED(64, "gate.json: candidate.index.serach: unknown key; did you mean \"search\"?", "candidate.index.serach=efSearch=5");
	REFUSED(64, "gate.json: embedders.hash.dims: unknown key; did you mean \"dim\"?", "embedders.hash.dims=5");
	REFUSED(64, "gate.json: latency.samples: \"many\" is not allowed; expected a whole number from 0 to 10000000", "latency.samples=many");
	REFUSED(64, "gate.json: candidate.index: \"exact\" is not allowed; expected an object", "candidate.index=exact");
	REFUSED(64, "gate.json: reports.pdf: unknown report; there is: json, md, html, failures, junit, github, gitlab, sarif, csv, prometheus, otlp_metrics, "
	            "otlp_traces, alertmanager, signoff", "reports={\"pdf\": \"x.pdf\"}");
	REFUSED(64, "gate.json: reports.jsno: unknown report; did you mean \"json\"?", "reports={\"jsno\": \"x.json\"}");
	REFUSED(64, "gate.json: reports.json: expected the path of the file to write", "reports={\"json\": 5}");
	REFUSED(64, "gate.json: reports.rankings: \"no\" is not allowed; expected true or false", "reports={\"json\": \"x.json\", \"rankings\": \"no\"}");
	REFUSED(64, "gate.json: reports.rankings: they lie beside the report \"json\", which is not written; name its file, or leave this out",
	        "reports={\"md\": \"x.md\", \"rankings\": true}");
	REFUSED(64, "gate.json: reports.ranking: unknown report; did you mean \"rankings\"?", "reports={\"ranking\": false}");
	REFUSED(64, "gate.json: reports: expected an object such as {\"json\": \"out/report.json\"}", "reports=[]");
	REFUSED(64, "gate.json: suite: {\"name\":\"x\"} is not allowed; expected a string that is not empty", "suite.name=x");
	REFUSED(64, "--set \"suite\": expected KEY.KEY=VALUE, for example candidate.index.search=efSearch=32", "suite");
	REFUSED(64, "gate.json: profile: \"nightly\" is not allowed; expected one of \"pr\", \"release\"", "profile=nightly");
}
END_TEST

START_TEST(gates_that_are_wrong)
{
	set_up(HASH);
	REFUSED(64, "gate.json: gates: empty; a run without gates cannot fail", "gates=[]");
	REFUSED(64, "gate.json: gates: 5 is not allowed; expected an array of gates", "gates=5");
	REFUSED(64, "gate.json: gates[1]: \"RR@10 > 0.5\": column 7: expected >= or <=", "gates=[\"RR@10 >= 0.1\", \"RR@10 > 0.5\"]");
	REFUSED(64, "gate.json: gates[0]: \"RR@10 >= high\": column 10: \"high\" is not a number; expected one such as 0.8", "gates=[\"RR@10 >= high\"]");
	REFUSED(64, "gate.json: gates[0]: 1.5 lies outside the range of \"RR@10\", which is 0 to 1; expected a bound such as 0.8",
	        "gates=[\"RR@10 >= 1.5\"]");
	REFUSED(64, "gate.json: gates[0]: \"drop(RR@10) >= 0.1\": column 13: expected <=: a drop is bounded from above",
	        "gates=[\"drop(RR@10) >= 0.1\"]");
	REFUSED(64, "gate.json: gates[0]: a margin of 0 is not between 0 and 1; expected an absolute margin such as 0.03",
	        "gates=[\"drop(RR@10) <= 0\"]");
	REFUSED(64, "gate.json: gates[0]: \"nDGC@10 >= 0.5\": metric \"nDGC@10\": column 1: unknown metric; did you mean \"nDCG\"?",
	        "gates=[\"nDGC@10 >= 0.5\"]");
	REFUSED(64, "gate.json: gates[0]: \"latency.p99 <= 50\": column 16: \"50\" has no unit; expected a duration such as 50ms",
	        "gates=[\"latency.p99 <= 50\"]");
	REFUSED(64, "gate.json: gates[0]: \"RR@10[slice=x >= 0.5\": column 6: \"[\" is not closed; expected [slice=NAME]",
	        "gates=[\"RR@10[slice=x >= 0.5\"]");
	REFUSED(64, "gate.json: gates[0].metrc: unknown key; did you mean \"metric\"?",
	        "gates=[{\"kind\": \"max_drop\", \"metrc\": \"RR@10\", \"margin\": 0.1}]");
	REFUSED(64, "gate.json: gates[0].kind: \"maxdrop\" is no kind of gate; did you mean \"max_drop\"?",
	        "gates=[{\"kind\": \"maxdrop\", \"metric\": \"RR@10\"}]");
	REFUSED(64, "gate.json: gates[0].value: missing; expected the bound: a number, or for measured times a duration such as \"50ms\"",
	        "gates=[{\"kind\": \"min\", \"metric\": \"RR@10\"}]");
	REFUSED(64, "gate.json: gates[0].value: \"0.5\" is not allowed; expected a number such as 0.8",
	        "gates=[{\"kind\": \"min\", \"metric\": \"RR@10\", \"value\": \"0.5\"}]");
}
END_TEST

START_TEST(what_is_no_config)
{
	set_up(HASH);
	cli_write("gate.json", "");
	REFUSED(64, "gate.json: empty; expected a JSON value");
	cli_write("gate.json", "[]");
	REFUSED(64, "gate.json: the config: [] is not allowed; expected an object");
	cli_write("gate.json", "dataset: corpus.jsonl\n");
	REFUSED(64, "gate.json: not valid JSON at column 1");
	cli_write("gate.json", "{\n  \"dataset\": {},\n  \"gates\": [,]\n}\n");
	REFUSED(64, "gate.json: not valid JSON at line 3, column 13");
	cli_write("gate.json", "{\"suite\": \"a\", \"suite\": \"b\"}");
	REFUSED(64, "gate.json: the key \"suite\" stands twice in one object; keep one");
}
END_TEST

/* ---- files that are not there, or not files ---- */

START_TEST(files_that_are_missing)
{
	set_up_vectors();
	struct cli result = cli("run", "nothing.json", NULL);
	cli_expect_refusal(&result, 74, "\"nothing.json\": cannot open: No such file or directory");
	REFUSED(74, "\"nothing\": cannot open: No such file or directory", "dataset.corpus=nothing");
	REFUSED(74, "\"nothing\": cannot open: No such file or directory", "dataset.topics=nothing");
	REFUSED(74, "\"nothing\": cannot open: No such file or directory", "dataset.qrels=nothing");
	REFUSED(74, "\"nowhere/corpus.jsonl\": cannot open: No such file or directory", "dataset={\"path\": \"nowhere\"}");
	REFUSED(74, "baseline: \"nothing.npy\": cannot open: No such file or directory", "embedders.mine.corpus=nothing.npy");
	REFUSED(74, "baseline: \"nothing\": cannot open: No such file or directory", "embedders.mine.corpus_ids=nothing");
	REFUSED(74, "\"nothing\": cannot open: No such file or directory", "candidate.index={\"file\": \"nothing\"}");
	REFUSED(74, "\"nothing.run\": cannot open: No such file or directory", "candidate={\"run\": \"nothing.run\"}");
	REFUSED(74, "\"nothing.run\": cannot open: No such file or directory", "exact.truth=nothing.run", "candidate.index={\"factory\": \"Flat\"}");
}
END_TEST

START_TEST(folders_where_files_are_expected)
{
	set_up_vectors();
	cli_make_folder("folder");
	struct cli result = cli("run", "folder", NULL);
	cli_expect_refusal(&result, 74, "\"folder\": is a folder, expected a file");
	REFUSED(74, "\"folder\": is a folder, expected a file", "dataset.corpus=folder");
	REFUSED(74, "\"folder\": is a folder, expected a file", "dataset.topics=folder");
	REFUSED(74, "\"folder\": is a folder, expected a file", "dataset.qrels=folder");
	REFUSED(74, "baseline: \"folder\": not a regular file; vectors are read from files, not from pipes or folders", "embedders.mine.topics=folder");
	REFUSED(74, "\"folder\": is a folder, expected a file", "candidate.index={\"file\": \"folder\"}");
	REFUSED(74, "\"folder\": is a folder, expected a file", "candidate={\"run\": \"folder\"}");
	REFUSED(64, "gate.json: reports.json: \"folder\" is a folder; expected the name of a file to write", "reports={\"json\": \"folder\"}");
}
END_TEST

/* A plan finds it as well, for nothing is embedded before. */
START_TEST(texts_that_are_not_what_was_asked_for)
{
#define SAYS "the texts are not what \"quality\" asks for, so nothing was embedded (mend the files, or change the limits): " \
	"\"title\": 40 of 40 are empty (\"d0\" for one), and \"empty\" allows 5 %"

	set_up(HASH);
	REFUSED(65, SAYS, "quality={}");
	struct cli plan = cli("run", "gate.json", "--plan", "--set", "quality={}", NULL);
	cli_expect_refusal(&plan, 65, SAYS);
	rq_json_free(GOES_ON("quality.fields.title.empty=1"));
#undef SAYS
}
END_TEST

START_TEST(reports_that_cannot_be_written)
{
	set_up(HASH);
	cli_write("file", "in the way");
	REFUSED(74, "gate.json: reports.json: \"file\": is not a folder", "reports={\"json\": \"file/report.json\"}");
	REFUSED(74, "gate.json: reports.json: \"file\": is not a folder", "reports={\"md\": \"new/report.md\", \"json\": \"file/report.json\"}");
	ck_assert(!cli_exists("new"));
	cli_write("report.d", "in the way");
	REFUSED(74, "the rankings beside the report \"json\": \"report.d\": is not a folder", "reports={\"json\": \"report.json\"}");
	cli_write("out", "in the way");
	char *before = cli_files();
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 74, "gate.json: reports.json: \"out\": is not a folder");
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

START_TEST(reports_over_what_the_run_reads)
{
	set_up(HASH);
	REFUSED(64, "gate.json: reports.json: \"gate.json\" is a file that this run reads; give the report another name",
	        "reports={\"json\": \"gate.json\"}");
	REFUSED(64, "gate.json: reports.md: \"corpus.jsonl\" is a file that this run reads; give the report another name",
	        "reports={\"md\": \"corpus.jsonl\"}");
	REFUSED(64, "gate.json: reports.md: \"./qrels.tsv\" is a file that this run reads; give the report another name",
	        "reports={\"md\": \"./qrels.tsv\"}");
	REFUSED(64, "gate.json: reports.json: \"out/x\" is the report \"md\" already; give each its own file",
	        "reports={\"md\": \"out/x\", \"json\": \"out/x\"}");
}
END_TEST

START_TEST(a_cache_that_cannot_be_written_is_a_warning)
{
	set_up(HASH);
	cli_write("file", "in the way");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--cache", "file");
	ck_assert_str_eq(result.err, "rqgate: warning: the cache could not be written, so the next run is no faster: \"file\": is not a "
	                             "folder\n");
	cli_free(&result);
	result =
		CLI_EXPECT(1, "run", "gate.json", "--cache", "file/cache", "--set", "gates=[\"RR@10 >= 1\", \"drop(RR@10) <= 0.5\", \"Judged@10 >= 0.99\"]");
	ck_assert_str_eq(
		result.err,
		"rqgate: warning: the cache could not be written, so the next run is no faster: \"file/cache\": cannot create the folder: Not a directory\n");
	cli_free(&result);
}
END_TEST

Suite *bad_input_suite(void)
{
	Suite *suite = suite_create("bad_input");
	TCase *tests = cli_case("bad_input");

	tcase_add_test(tests, a_corpus_that_is_wrong);
	tcase_add_test(tests, documents_that_are_empty_are_kept_and_counted);
	tcase_add_test(tests, topics_and_judgments_that_are_wrong);
	tcase_add_test(tests, judgments_of_what_is_not_there);
	tcase_add_test(tests, vector_files_that_are_wrong);
	tcase_add_test(tests, id_files_that_are_wrong);
	tcase_add_test(tests, index_files_that_do_not_fit);
	tcase_add_test(tests, index_files_that_are_damaged);
	tcase_add_test(tests, cutoffs_that_are_too_deep);
	tcase_add_test(tests, configs_that_are_wrong);
	tcase_add_test(tests, gates_that_are_wrong);
	tcase_add_test(tests, what_is_no_config);
	tcase_add_test(tests, files_that_are_missing);
	tcase_add_test(tests, folders_where_files_are_expected);
	tcase_add_test(tests, texts_that_are_not_what_was_asked_for);
	tcase_add_test(tests, reports_that_cannot_be_written);
	tcase_add_test(tests, reports_over_what_the_run_reads);
	tcase_add_test(tests, a_cache_that_cannot_be_written_is_a_warning);
	suite_add_tcase(suite, tests);
	return suite;
}
