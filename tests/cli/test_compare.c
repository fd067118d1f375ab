/* `rqgate compare` of indexes, vectors and snapshots: what it says of them, word for word. */
#include "cli.h"

#include "evalcore/base/random.h"
#include "evalcore/index/index.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Documents on a circle: numbers that every machine multiplies alike. B lacks d1, has d9 and turns d2; d8 is d7 under another name. */
static void make_files(void)
{
	cli_write("a.csv", "id,embedding\nd1,\"[1,0]\"\nd2,\"[0.8,0.6]\"\nd3,\"[0.6,0.8]\"\nd4,\"[0,1]\"\nd5,\"[-0.6,0.8]\"\nd6,\"[-1,0]\"\nd7,\"[0,-1]\"\n");
	cli_write("b.csv", "id,embedding\nd2,\"[-0.8,0.6]\"\nd3,\"[0.6,0.8]\"\nd4,\"[0,1]\"\nd5,\"[-0.6,0.80001]\"\nd6,\"[-1,0]\"\nd8,\"[0,-1]\"\nd9,\"[0.8,-0.6]\"\n");
	cli_write("t.csv", "id,embedding\nq1,\"[1,0]\"\nq2,\"[0.8,0.6]\"\nq3,\"[0,1]\"\nq4,\"[-0.8,0.6]\"\n");
	cli_write("qrels.txt", "q1 0 d1 1\nq2 0 d2 2\nq2 0 d3 0\nq3 0 d4 1\nq4 0 d2 1\n");
	cli_write("corpus.jsonl", "{\"_id\": \"d1\", \"text\": \"the first one\"}\n{\"_id\": \"d2\", \"text\": \"how to turn a page\"}\n");
	cli_write("corpus-b.jsonl", "{\"_id\": \"d1\", \"text\": \"the first one\"}\n{\"_id\": \"d2\", \"text\": \"how to turn a page\"}\n"
	                            "{\"_id\": \"d3\", \"text\": \"new words, old vector\"}\n");
	cli_write("corpus-a.jsonl", "{\"_id\": \"d2\", \"text\": \"how to turn a page\"}\n{\"_id\": \"d3\", \"text\": \"old words\"}\n");
}

START_TEST(two_files_of_vectors)
{
	make_files();
	cli_expect_said("help-compare", CLI_EXPECT(0, "help", "compare"));
	cli_expect_said("compare-vectors", CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--corpus", "corpus.jsonl"));
	cli_expect_said("compare-searched", CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--qrels", "qrels.txt", "-m", "RR@10", "--list", "3"));
	cli_expect_said("compare-texts", CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--corpus-a", "corpus-a.jsonl", "--corpus-b", "corpus-b.jsonl", "--list", "0"));
	cli_expect_said("compare-json", CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--json"));
	cli_expect_said("compare-same", CLI_EXPECT(0, "compare", "a.csv", "a.csv", "--topic-vectors", "t.csv"));
	struct cli result = CLI_EXPECT(0, "compare", "a.csv", "a.csv", "--corpus-a", "corpus-a.jsonl", "--corpus-b", "corpus-b.jsonl");
	ck_assert_ptr_nonnull(strstr(result.out, "\nfrom A to B 0 documents went, 0 came, 0 moved, 1 changed text\n"));
	cli_free(&result);
}
END_TEST

/* With judgments, texts, and what is absent. Indexes, snapshots, runs and reports are parsed so elsewhere here. */
START_TEST(json_as_the_schema_says)
{
	make_files();
	struct cli result = CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--qrels", "qrels.txt", "--corpus-a", "corpus-a.jsonl", "--corpus-b",
	                               "corpus-b.jsonl", "--json");
	rq_json *root = cli_parse_described(result.out, "compare");
	const rq_json *texts = rq_json_get(rq_json_get(root, "documents"), "texts");
	ck_assert_str_eq(rq_json_string(rq_json_first(rq_json_get(rq_json_get(texts, "changed"), "ids"))), "d3");
	const rq_json *moved = rq_json_first(rq_json_get(rq_json_get(rq_json_get(root, "documents"), "vectors"), "moved_most"));
	ck_assert_str_eq(rq_json_string(rq_json_get(moved, "text")), "how to turn a page");
	rq_json_free(root);
	cli_free(&result);
}
END_TEST

/* ---- indexes of FAISS's ---- */

enum { DOCUMENTS = 400, DIMENSIONS = 16, WENT = 10, CAME = 5, TURNED = 20 };

/* Documents first .. last of one series, the first `turned` of those that are left turned. */
static void make_vectors(struct rq_vectors *vectors, size_t first, size_t last, size_t turned)
{
	struct rq_random random;
	struct rq_error err;

	ck_assert_int_eq(rq_vectors_init(vectors, last - first, DIMENSIONS, &err), RQ_OK);
	for (size_t i = first; i < last; i++) {
		float *vector = vectors->data + (i - first) * DIMENSIONS;
		rq_random_stream(&random, 5, i);
		for (size_t j = 0; j < DIMENSIONS; j++)
			vector[j] = (float)rq_random_normal(&random);
		for (size_t j = 0; i - first < turned && j < DIMENSIONS; j++)
			vector[j] += (float)rq_random_normal(&random);
	}
}

/* As their model made them: of lengths that differ twentyfold. */
static void write_raw(const char *name, size_t first, size_t last, size_t turned)
{
	struct rq_vectors vectors;
	struct rq_buf text = {0};

	make_vectors(&vectors, first, last, turned);
	rq_buf_puts(&text, "id,embedding\n");
	for (size_t i = 0; i < vectors.n; i++) {
		double scale = (double)(1 + i * 7 % 20);
		rq_buf_printf(&text, "d%zu,\"[", first + i);
		for (size_t j = 0; j < DIMENSIONS; j++)
			rq_buf_printf(&text, "%s%.9g", j == 0 ? "" : ",", scale * vectors.data[i * DIMENSIONS + j]);
		rq_buf_puts(&text, "]\"\n");
	}
	cli_write(name, text.data);
	rq_buf_release(&text);
	rq_vectors_release(&vectors);
}

/* Built of them at length 1. */
static void make_index(const char *name, const char *ids, size_t first, size_t last, size_t turned, const char *factory)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = factory, .seed = 1, .similarity = 1};
	struct rq_vectors vectors;
	struct rq_index *index;
	struct rq_error err;
	struct rq_buf names = {0};
	char *path = cli_path(name);
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	make_vectors(&vectors, first, last, turned);
	rq_vectors_normalise(&vectors);
	for (size_t i = first; i < last; i++)
		rq_buf_printf(&names, "d%zu\n", i);
	ck_assert_msg(faiss->build(&index, &config, RQ_INNER_PRODUCT, &vectors, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(faiss->save(index, file, &err), RQ_OK);
	ck_assert_int_eq(fclose(file), 0);
	cli_write(ids, names.data);
	rq_buf_release(&names);
	faiss->close(index);
	rq_vectors_release(&vectors);
	free(path);
}

static double number(const rq_json *root, const char *const *path)
{
	for (; *path != NULL; path++)
		ck_assert_msg((root = rq_json_get(root, *path)) != NULL, "%s", *path);
	return rq_json_number(root);
}
#define NUMBER(root, ...) number((root), (const char *const[]){__VA_ARGS__, NULL})

static void write_topics(void)
{
	struct rq_buf ids = {0};

	cli_npy("t.npy", 30, DIMENSIONS, 9);
	for (int i = 0; i < 30; i++)
		rq_buf_printf(&ids, "t%d\n", i);
	cli_write("t.ids", ids.data);
	rq_buf_release(&ids);
}

#define TOPICS "--topic-vectors", "t.npy", "--topic-ids", "t.ids"

/* A flat index of so many rows, as FAISS writes it: faiss/impl/index_write.cpp. */
static void write_flat(const char *name, size_t rows)
{
	const int32_t dimension = DIMENSIONS, metric = 0;
	const int64_t head[] = {(int64_t)rows, 1 << 20, 1 << 20}, numbers = (int64_t)(rows * DIMENSIONS);
	const float row[DIMENSIONS] = {1};
	struct rq_buf bytes = {0};

	rq_buf_add(&bytes, "IxFI", 4);
	rq_buf_add(&bytes, &dimension, sizeof dimension);
	rq_buf_add(&bytes, head, sizeof head);
	rq_buf_add(&bytes, "\1", 1); /* it is trained */
	rq_buf_add(&bytes, &metric, sizeof metric);
	rq_buf_add(&bytes, &numbers, sizeof numbers);
	for (size_t i = 0; i < rows; i++)
		rq_buf_add(&bytes, row, sizeof row);
	cli_write_bytes(name, bytes.data, bytes.size);
	rq_buf_release(&bytes);
}

/* What holds nothing hides nothing, and that it answers as another one that holds nothing is said. */
START_TEST(indexes_that_are_empty)
{
	write_topics();
	write_flat("none.faiss", 0);
	write_flat("one.faiss", 1);
	struct cli result = CLI_EXPECT(0, "compare", "none.faiss", "none.faiss", TOPICS);
	ck_assert_ptr_nonnull(strstr(result.out, "warning: for 30 topics neither finds anything, which counts as the same\n"));
	ck_assert_ptr_nonnull(strstr(result.out, "\nA and B hold no documents; 0 of 30 topics find others\n"));
	cli_free(&result);
	result = CLI_EXPECT(0, "compare", "none.faiss", "one.faiss", TOPICS, "--json");
	rq_json *root = cli_parse_described(result.out, "compare");
	ck_assert_double_eq(NUMBER(root, "documents", "added", "count"), 1);
	ck_assert_double_eq(NUMBER(root, "documents", "vectors", "moved"), 0);
	ck_assert_double_eq(NUMBER(root, "answers", "nothing_found"), 0);
	const rq_json *exact = rq_json_get(rq_json_get(root, "answers"), "exact");
	ck_assert_str_eq(rq_json_string(exact), "not split: A holds no documents");
	rq_json_free(root);
	cli_free(&result);
	result = CLI_EXPECT(0, "compare", "one.faiss", "none.faiss");
	ck_assert_ptr_nonnull(strstr(result.out, "\nfrom A to B 1 document went, 0 came, 0 moved\n"));
	cli_free(&result);
}
END_TEST

/* Graphs and lists differ from machine to machine; what they hold does not. */
START_TEST(two_indexes)
{
	static const char *const factories[] = {"HNSW8,Flat", "IVF8,Flat", "Flat", "HNSW8_SQ8"};
	static const char *const threads[] = {"1", "2"};
	bool exact_vectors = _i < 3;
	struct cli results[2];

	make_index("a.faiss", "a.ids", 0, DOCUMENTS, 0, factories[_i]);
	make_index("b.faiss", "b.ids", WENT, DOCUMENTS + CAME, TURNED, factories[_i]);
	write_topics();
	for (int i = 0; i < 2; i++)
		results[i] = CLI_EXPECT(0, "compare", "a.faiss", "b.faiss", "--ids-a", "a.ids", "--ids-b", "b.ids", TOPICS,
		                        "--json", "--threads", threads[i]);
	ck_assert_str_eq(results[0].out, results[1].out);
	rq_json *root = cli_parse_described(results[0].out, "compare");
	ck_assert_double_eq(NUMBER(root, "documents", "in_both"), DOCUMENTS - WENT);
	ck_assert_double_eq(NUMBER(root, "documents", "removed", "count"), WENT);
	ck_assert_double_eq(NUMBER(root, "documents", "added", "count"), CAME);
	if (exact_vectors) {
		ck_assert_double_eq(NUMBER(root, "documents", "vectors", "moved"), TURNED);
		ck_assert_double_eq(NUMBER(root, "documents", "vectors", "same"), DOCUMENTS - WENT - TURNED);
	}
	const rq_json *side = rq_json_first(rq_json_get(root, "sides"));
	ck_assert_str_eq(rq_json_string(rq_json_get(side, "vectors")), exact_vectors ? "as stored" : "codes");
	const char *part = _i == 1 ? "lists" : _i == 2 ? NULL : "graph";
	ck_assert(part == NULL || rq_json_get(rq_json_get(side, "index"), part) != NULL);
	/* Each list that differs says why. */
	const rq_json *changed = rq_json_get(rq_json_get(root, "answers"), "changed");
	double told = 0;
	for (const rq_json *why = rq_json_first(rq_json_get(changed, "by")); why != NULL; why = rq_json_next(why))
		told += rq_json_number(why);
	ck_assert_double_gt(told, 3);
	ck_assert_double_eq(told, NUMBER(changed, "topics"));
	ck_assert_double_eq(NUMBER(changed, "by", "not_known"), 0);
	rq_json_free(root);
	cli_free(&results[0]);
	cli_free(&results[1]);
}
END_TEST

/* An index for cosines beside the vectors as they came, of any length: no document has moved, and what the index misses is not laid on the vectors. */
START_TEST(vectors_that_are_not_of_length_1)
{
	static const char *const factories[] = {"HNSW8_SQ8", "Flat"};

	make_index("a.faiss", "a.ids", 0, DOCUMENTS, 0, factories[_i]);
	write_raw("a.csv", 0, DOCUMENTS, 0);
	write_topics();
	struct cli result = CLI_EXPECT(0, "compare", "a.csv", "a.faiss", "--ids-b", "a.ids", "--vectors-b", "a.csv", TOPICS, "--json");
	rq_json *root = cli_parse_described(result.out, "compare");
	ck_assert_double_eq(NUMBER(root, "documents", "vectors", "moved"), 0);
	const rq_json *by = rq_json_get(rq_json_get(rq_json_get(root, "answers"), "changed"), "by");
	ck_assert_double_eq(NUMBER(by, "index"), NUMBER(root, "answers", "changed", "topics"));
	rq_json_free(root);
	cli_free(&result);
	if (_i == 0)
		return;
	write_raw("other.csv", 0, DOCUMENTS, TURNED);
	result = cli("compare", "a.csv", "a.faiss", "--ids-b", "a.ids", "--vectors-b", "other.csv", NULL);
	cli_expect_refusal(&result, 65, "\"other.csv\": its first rows are not those of the index \"a.faiss\", scaled or not; name the vectors that this one was built of");
}
END_TEST

/* Topics, judgments and metrics of a config. */
START_TEST(topics_of_a_config)
{
	struct rq_buf ids = {0};

	cli_collection(DOCUMENTS, 20);
	cli_npy("t.npy", 20, DIMENSIONS, 9);
	cli_npy("c.npy", DOCUMENTS, DIMENSIONS, 3);
	for (int i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&ids, "d%d\n", i);
	cli_write("c.ids", ids.data);
	rq_buf_clear(&ids);
	for (int i = 0; i < 20; i++)
		rq_buf_printf(&ids, "t%d\n", i);
	cli_write("t.ids", ids.data);
	rq_buf_release(&ids);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"metrics\": [\"RR@10\", \"ann_recall@10\"], "
	                       "\"embedders\": {\"v\": {\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"corpus_ids\": \"c.ids\", \"topics\": \"t.npy\", \"topic_ids\": \"t.ids\"}}, "
	                       "\"baseline\": {\"embedder\": \"v\"}, \"candidate\": {}, \"gates\": [\"RR@10 >= 0\"]}");
	make_index("a.faiss", "a.ids", 0, DOCUMENTS, 0, "Flat");
	make_index("b.faiss", "b.ids", WENT, DOCUMENTS + CAME, TURNED, "Flat");
	struct cli result = CLI_EXPECT(0, "compare", "a.faiss", "b.faiss", "--ids-a", "a.ids", "--ids-b", "b.ids", "--config", "gate.json", "--json");
	rq_json *root = cli_parse_described(result.out, "compare");
	const rq_json *metrics = rq_json_get(rq_json_get(root, "answers"), "metrics");
	ck_assert_uint_eq(rq_json_size(metrics), 1);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_first(metrics), "metric")), "RR@10");
	ck_assert_double_eq(NUMBER(root, "answers", "topics_compared"), 20);
	rq_json_free(root);
	cli_free(&result);
}
END_TEST

/* Two models' vectors of the same texts: ids and answers are compared, and no list that differs is laid on a move. */
START_TEST(other_dimensions)
{
	make_files();
	cli_write("wide.csv", "id,embedding\nd1,\"[1,0,0]\"\nd2,\"[0,0.8,0.6]\"\nd3,\"[0.6,0.8,0]\"\nd9,\"[0,0,1]\"\n");
	cli_write("u.csv", "id,embedding\nq1,\"[1,0,0]\"\nq2,\"[0.8,0.6,0]\"\nq3,\"[0,1,0]\"\nq4,\"[0,0,1]\"\n");
	cli_expect_said("compare-dimensions", CLI_EXPECT(0, "compare", "a.csv", "wide.csv", "--topic-vectors", "t.csv", "--topic-vectors-b", "u.csv", "--qrels", "qrels.txt"));
	struct cli result = cli("compare", "a.csv", "wide.csv", "--topic-vectors", "t.csv", NULL);
	cli_expect_refusal(&result, 65, "\"wide.csv\": holds vectors of 3 dimensions, and the topics' have 2; embed these with the model that made it, and name them with "
	                                "--topic-vectors-b");
}
END_TEST

/* ---- files ---- */

/* A page that a document's name cannot break out of, and the JSON that stdout would have had. */
START_TEST(reports_in_files)
{
	make_files();
	cli_write("a.csv", "id,embedding\n<b>&1,\"[1,0]\"\nd2,\"[0,1]\"\n");
	struct cli result = CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--qrels", "qrels.txt", "--report", "html=out/c.html", "--report=json=c.json");
	cli_free(&result);
	struct rq_buf page = cli_read("out/c.html"), json = cli_read("c.json");
	ck_assert_ptr_nonnull(strstr(page.data, "&lt;b&gt;&amp;1"));
	ck_assert_ptr_null(strstr(page.data, "<b>&1"));
	ck_assert_ptr_nonnull(strstr(page.data, "aria-labelledby"));
	ck_assert_ptr_nonnull(strstr(page.data, "</html>"));
	ck_assert_ptr_null(strstr(page.data, "http://"));
	result = CLI_EXPECT(0, "compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--qrels", "qrels.txt", "--json");
	ck_assert_str_eq(result.out, json.data);
	cli_free(&result);
	rq_buf_release(&page);
	rq_buf_release(&json);

	result = cli("compare", "a.csv", "b.csv", "--report", "md=c.md", NULL);
	cli_expect_refusal(&result, 64, "--report: \"md=c.md\" is not allowed; expected json=PATH or html=PATH");
	cli_write("file", "");
	result = cli("compare", "none.csv", "b.csv", "--report", "html=file/c.html", NULL); /* told before anything is read */
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_ptr_nonnull(strstr(result.err, "\"file"));
	cli_free(&result);
}
END_TEST

/* Nothing that is read is written over: neither what the command line names nor what a config or a report does. */
START_TEST(a_report_takes_no_input_s_place)
{
	static const char *const inputs[] = {"a.csv", "./b.csv", "t.csv", "qrels.txt", "corpus.jsonl"};
	char report[64], message[256];

	make_files();
	char *before = cli_files();
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		snprintf(report, sizeof report, "json=%s", inputs[i]);
		snprintf(message, sizeof message, "--report: \"%s\" is what this command reads; give the output another name", inputs[i]);
		struct cli result = cli("compare", "a.csv", "b.csv", "--topic-vectors", "t.csv", "--qrels", "qrels.txt", "--corpus", "corpus.jsonl", "--report", report, NULL);
		cli_expect_refusal(&result, 64, message);
	}
	struct cli result = cli("compare", "a.csv", "b.csv", "--report", "json=c.out", "--report", "html=./c.out", NULL);
	cli_expect_refusal(&result, 64, "--report: \"./c.out\" is named for both formats; give each its own file");
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

/* ---- snapshots ---- */

/* Its seal; free it. */
static char *keep(const char *index, const char *vectors, const char *ids, const char *search, const char *similarity, const char *when)
{
	const char *kind = strstr(index, ".faiss") == NULL ? "exact" : "faiss";
	struct cli result = cli_in(".", when, "snapshot", "create", "--index", index, "--vectors", vectors, "--ids", ids, "--similarity", similarity, "--kind", kind, "--store", "kept", "--json",
	                           search == NULL ? NULL : "--search", search, NULL);

	ck_assert_msg(result.exit_code == 0, "%s", result.err);
	rq_json *root = cli_parse(result.out, "create");
	char *seal = strdup(rq_json_string(rq_json_get(root, "snapshot")));
	rq_json_free(root);
	cli_free(&result);
	return seal;
}

/* By name, and by the folder that one was restored to: what their files say. */
START_TEST(two_snapshots)
{
	make_index("a.faiss", "a.ids", 0, DOCUMENTS, 0, "Flat");
	make_index("b.faiss", "b.ids", WENT, DOCUMENTS + CAME, TURNED, "Flat");
	char *monday = keep("a.faiss", "a.faiss", "a.ids", NULL, "ip", "SOURCE_DATE_EPOCH=1793610000");
	free(keep("b.faiss", "b.faiss", "b.ids", NULL, "ip", "SOURCE_DATE_EPOCH=1793696400"));
	char *before = cli_files();
	struct cli named = CLI_EXPECT(0, "compare", "previous", "current", "--store", "kept", "--json");
	char *after = cli_files();
	ck_assert_str_eq(before, after); /* the scratch folders are gone */
	struct cli then = CLI_EXPECT(0, "compare", "--as-of", "2026-11-02", "current", "--store", "kept", "--json");
	struct cli restored = CLI_EXPECT(0, "snapshot", "restore", "previous", "--store", "kept", "--to", "back"); /* which is the current one from then on */
	struct cli folder = CLI_EXPECT(0, "compare", "back/current", "previous", "--store", "kept", "--json");
	rq_json *roots[] = {cli_parse_described(named.out, "compare"), cli_parse_described(folder.out, "compare"), cli_parse_described(then.out, "compare")};
	ck_assert_int_eq(strncmp(rq_json_string(rq_json_get(rq_json_first(rq_json_get(roots[2], "sides")), "name")), monday, 12), 0);
	for (int i = 0; i < 3; i++) {
		const rq_json *side = rq_json_first(rq_json_get(roots[i], "sides"));
		ck_assert_str_eq(rq_json_string(rq_json_get(side, "is")), "snapshot");
		ck_assert_str_eq(rq_json_string(rq_json_get(side, "created")), "2026-11-02T09:00:00Z");
		ck_assert_str_eq(rq_json_string(rq_json_get(side, "snapshot")), monday);
		ck_assert_double_eq(NUMBER(roots[i], "documents", "removed", "count"), WENT);
		ck_assert_double_eq(NUMBER(roots[i], "documents", "added", "count"), CAME);
		ck_assert_double_eq(NUMBER(roots[i], "documents", "vectors", "moved"), TURNED);
		rq_json_free(roots[i]);
	}
	cli_free(&named);
	cli_free(&restored);
	cli_free(&folder);
	cli_free(&then);
	char place[128], message[256];
	snprintf(place, sizeof place, "kept/snapshots/%s", monday);
	snprintf(message, sizeof message,
	         "\"%s\": has a manifest and not its files; name a snapshot in a store by its seal, %.12s, with --store",
	         place, monday);
	struct cli inside = cli("compare", place, "current", "--store", "kept", NULL);
	cli_expect_refusal(&inside, 64, message);
	inside = cli("compare", "current", "b.faiss", "--store", "kept", NULL); /* by the user's name, not by the scratch folder's */
	cli_expect_refusal(&inside, 64,
	                   "\"b.faiss\": its rows have no ids, and those of \"current\" do; name them with --ids-b");
	free(monday);
	free(before);
	free(after);
	struct cli result = cli("compare", "previous", "current", "--store", "kept", "--report", "json=kept/switches", NULL);
	cli_expect_refusal(&result, 64, "--report: \"kept/switches\" is what this command reads; give the output another name");
	result = cli("compare", "--as-of", "2d", "previous", "current", "--store", "kept", NULL);
	cli_expect_refusal(&result, 64, "2 arguments where \"rqgate compare --as-of TIME B\" is expected; \"rqgate help compare\" explains");
	result = cli("compare", "current", "--store", "kept", NULL);
	cli_expect_refusal(&result, 64, "1 argument where \"rqgate compare A B\" is expected; \"rqgate help compare\" explains");
	result = cli("compare", "previous", "a.faiss", "--store", "nowhere", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
}
END_TEST

/* Each is searched as it is served, unless --search says how both are; of vectors beside codes the directions count. */
START_TEST(snapshots_say_how_they_are_searched)
{
	make_index("a.faiss", "a.ids", 0, DOCUMENTS, 0, "IVF16,SQ8");
	write_raw("a.csv", 0, DOCUMENTS, 0);
	write_topics();
	char *wide = keep("a.faiss", "a.csv", "a.ids", "nprobe=16", "cosine", "SOURCE_DATE_EPOCH=1793610000");
	char *narrow = keep("a.faiss", "a.csv", "a.ids", "nprobe=1", "cosine", "SOURCE_DATE_EPOCH=1793696400");
	struct cli result = CLI_EXPECT(0, "compare", wide, narrow, "--store", "kept", TOPICS, "--json");
	rq_json *root = cli_parse_described(result.out, "compare");
	const rq_json *a = rq_json_first(rq_json_get(root, "sides")), *b = rq_json_next(a);
	ck_assert_str_eq(rq_json_string(rq_json_get(a, "search")), "nprobe=16");
	ck_assert_double_eq(NUMBER(a, "index", "lists", "nprobe"), 16);
	ck_assert_double_eq(NUMBER(b, "index", "lists", "nprobe"), 1);
	ck_assert_double_lt(NUMBER(root, "answers", "same"), 30);
	ck_assert_double_eq(NUMBER(root, "answers", "changed", "by", "index"), NUMBER(root, "answers", "changed", "topics"));
	rq_json_free(root);
	cli_free(&result);
	result = CLI_EXPECT(0, "compare", wide, narrow, "--store", "kept", TOPICS, "--json", "--search", "nprobe=4");
	root = cli_parse_described(result.out, "compare");
	ck_assert_double_eq(NUMBER(root, "answers", "same"), 30);
	rq_json_free(root);
	cli_free(&result);

	free(keep("a.csv", "a.csv", "a.ids", NULL, "l2", "SOURCE_DATE_EPOCH=1793782800")); /* exact: searched by distance */
	result = CLI_EXPECT(0, "compare", "current", "a.csv", "--store", "kept", "--json");
	root = cli_parse_described(result.out, "compare");
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_first(rq_json_get(root, "sides")), "similarity")), "l2");
	rq_json_free(root);
	cli_free(&result);
	free(wide);
	free(narrow);
}
END_TEST

static void refused(struct cli result, int exit_code, const char *sentence)
{
	cli_expect_refusal(&result, exit_code, sentence);
}

START_TEST(what_is_refused)
{
	make_files();
	cli_write("a.run", "q1 Q0 d1 1 9 a\n");
	cli_write("short.ids", "d1\nd2\n");
	make_index("a.faiss", "a.ids", 0, 3, 0, "Flat");
	refused(cli("compare", "a.csv", "a.run", NULL), 64, "\"a.csv\" is a file of vectors and \"a.run\" is a run file; expected two of one kind");
	cli_write("empty", "");
	refused(cli("compare", "a.run", "empty", NULL), 65, "\"empty\": is empty; expected an index file, vectors, a run file, a report or a snapshot");
	refused(cli("compare", ".", ".", NULL), 64,
	        "\".\": is a folder that no snapshot was restored to; --store names the folder that snapshots are kept in");
	refused(cli("compare", "qrels.txt", "a.run", NULL), 65, "\"qrels.txt\": holds judgments; expected an index file, vectors, a run file, a report or a snapshot");
	refused(cli("compare", "none.faiss", "a.run", NULL), 74, "\"none.faiss\": cannot open: No such file or directory");
	refused(cli("compare", "a.run", "/dev/null", NULL), 65, "\"/dev/null\": is a pipe or a device, and it is read more than once; write it to a file first");
	refused(cli("compare", "a.faiss", "a.csv", NULL), 64, "\"a.faiss\": its rows have no ids, and those of \"a.csv\" do; name them with --ids-a");
	refused(cli("compare", "a.faiss", "a.csv", "--ids-a", "short.ids", NULL), 65,
	        "\"a.faiss\": holds 3 rows, and short.ids has 2 ids; row i must be line i of --ids-a");
	refused(cli("compare", "a.csv", "b.csv", "--qrels", "qrels.txt", NULL), 64,
	        "--qrels: topics without vectors cannot be searched for; name --topic-vectors, or --config");
	refused(cli("compare", "a.csv", "b.csv", "--topics", "none.jsonl", NULL), 64,
	        "--topics: topics without vectors cannot be searched for; name --topic-vectors, or --config");
	refused(cli("compare", "a.csv", "b.csv", "--search", "efSearch=3", NULL), 64,
	        "--search: files of vectors are searched exactly; leave it out");
	refused(cli("compare", "a.run", "a.run", "--ids-b", "a.ids", NULL), 64, "--ids-b: it belongs to an index; leave it out");
	refused(cli("compare", "a.csv", "b.csv", "--corpus-a", "corpus.jsonl", NULL), 64, "--corpus-a and --corpus-b belong together; name both, or --corpus");
}
END_TEST

Suite *compare_suite(void)
{
	Suite *suite = suite_create("compare");
	TCase *tcase = cli_case("compare");

	tcase_add_test(tcase, two_files_of_vectors);
	tcase_add_test(tcase, json_as_the_schema_says);
	tcase_add_test(tcase, indexes_that_are_empty);
	tcase_add_loop_test(tcase, two_indexes, 0, 4);
	tcase_add_loop_test(tcase, vectors_that_are_not_of_length_1, 0, 2);
	tcase_add_test(tcase, topics_of_a_config);
	tcase_add_test(tcase, other_dimensions);
	tcase_add_test(tcase, reports_in_files);
	tcase_add_test(tcase, a_report_takes_no_input_s_place);
	tcase_add_test(tcase, two_snapshots);
	tcase_add_test(tcase, snapshots_say_how_they_are_searched);
	tcase_add_test(tcase, what_is_refused);
	suite_add_tcase(suite, tcase);
	return suite;
}
