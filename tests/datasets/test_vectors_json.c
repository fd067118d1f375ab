/* Vectors as JSON: the shapes that are read alike, and random records and the real files against a tree that cJSON makes of them. */
#include "datasets/unpack.h"
#include "datasets/vector_file.h"
#include "datasets/vectors_convert.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two rows, 1 -2.5 300 and 0 0.5 7, with these ids; "": none. */
static void alike(const char *text, const char *member, const char *first, const char *second)
{
	static const float expected[] = {1, -2.5f, 300, 0, 0.5f, 7};
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};

	ck_assert_msg(read_vectors(&vectors, &ids, text, strlen(text), member, &err) == RQ_OK, "%s\n%s", text, err.text);
	ck_assert_uint_eq(vectors.n, 2);
	ck_assert_uint_eq(vectors.d, 3);
	ck_assert_uint_eq((uintptr_t)vectors.data % 64, 0);
	ck_assert_mem_eq(vectors.data, expected, sizeof expected);
	ck_assert_uint_eq(ids.count, *first == '\0' ? 0 : 2);
	if (*first != '\0') {
		ck_assert_str_eq(ids.names[0], first);
		ck_assert_str_eq(ids.names[1], second);
	}
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
}

START_TEST(records_that_read_alike)
{
	alike("{\"id\": \"a\", \"embedding\": [1, -2.5, 3e2]}\n{\"id\": \"b\", \"embedding\": [0, 0.5, 7]}\n", NULL, "a", "b");
	alike("\xEF\xBB\xBF{\"id\":\"a\",\"embedding\":[1.0,-2.50,3E+2]}\r\n\r\n{\"id\":\"b\",\"embedding\":[0e0,5e-1,7]}", NULL, "a", "b");
	alike("{\"docid\": \"a\", \"contents\": \"x [1] \\\" \\u00e4\", \"vector\": [1, -2.5, 300]}\n{\"docid\": \"b\", \"contents\": null, \"vector\": "
	      "[0, 0.5, 7]}\n",
	      NULL, "a", "b");
	alike("{\"qid\":19335,\"vector\":[1,-2.5,300]}\n{\"qid\":\"7\",\"vector\":[0,0.5,7]}\n", NULL, "19335", "7");
	alike("{\"id\":\"a\",\"values\":[1,-2.5,300],\"metadata\":{\"tags\":[1,2],\"embedding\":[9]}}\n{\"id\":\"b\",\"values\":[0,0.5,7],\"sparse_"
	      "values\":{\"values\":[3]}}\n",
	      NULL, "a", "b"); /* Pinecone */
	alike("{\"vectors\": [{\"id\":\"a\",\"values\":[1,-2.5,300]}, {\"id\":\"b\",\"values\":[0,0.5,7]}], \"namespace\": \"n\"}", NULL, "a", "b");
	alike("{\"class\":\"A\",\"properties\":{\"n\":[1,2,3]},\"vector\":[1,-2.5,300],\"id\":\"a\"}\n{\"class\":\"A\",\"vector\":[0,0.5,7],\"id\":"
	      "\"b\"}\n",
	      NULL, "a", "b"); /* Weaviate */
	alike("{\"class\":\"A\",\"vectors\":{\"default\":[1,-2.5,300]},\"id\":\"a\"}\n{\"class\":\"A\",\"vectors\":{\"default\":[0,0.5,7]},\"id\":"
	      "\"b\"}\n",
	      NULL, "a", "b");
	alike("{\"id\":1,\"vector\":{\"text\":[1,-2.5,300]},\"payload\":{}}\n{\"id\":-2,\"vector\":{\"text\":[0,0.5,7]}}\n", NULL, "1",
	      "-2"); /* Qdrant */
	alike("{\"_index\":\"i\",\"_id\":\"a\",\"_source\":{\"id\":9,\"my_vector\":[1,-2.5,300],\"text\":\"x\"}}\n{\"_id\":\"b\",\"_source\":{\"my_"
	      "vector\":[0,0.5,7]}}\n",
	      NULL, "a", "b"); /* a dump of Elasticsearch */
	alike("[\n {\"id\": \"a\", \"embedding\": [1, -2.5, 300]},\n {\"id\": \"b\", \"embedding\": [0, 0.5, 7]}\n]\n", NULL, "a", "b");
	alike("[{\"embedding\": [1, -2.5, 300]}, {\"embedding\": [0, 0.5, 7]}]", NULL, "", "");
	alike("[[1, -2.5, 300], [0, 0.5, 7]]\n", NULL, "", ""); /* text-embeddings-inference */
	alike("[1, -2.5, 300]\n[0, 0.5, 7]\n", NULL, "", "");
	alike("{\"embedding\": [1, -2.5, 300]}\n{\"embedding\": [0, 0.5, 7]}\n", NULL, "", "");
	alike("{\"model\": \"m\", \"embeddings\": [[1, -2.5, 300], [0, 0.5, 7]]}", NULL, "", ""); /* Ollama */
}
END_TEST

START_TEST(bulk_pairs)
{
	alike("{\"index\": {\"_index\": \"i\", \"_id\": \"a\"}}\n{\"v\": [1, -2.5, 300], \"text\": \"t\"}\n{\"create\": {\"_id\": 7}}\n{\"v\": [0, 0.5, "
	      "7], \"id\": \"z\"}\n",
	      NULL, "a", "7");
	alike("{\"index\": {}}\n{\"id\": \"a\", \"v\": [1, -2.5, 300]}\n{\"index\": {}}\n{\"id\": \"b\", \"v\": [0, 0.5, 7]}\n", NULL, "a", "b");
	alike("{\"update\": {\"_id\": \"a\"}}\n{\"doc\": {\"v\": [1, -2.5, 300]}}\n{\"update\": {\"_id\": \"b\"}}\n{\"doc\": {\"v\": [0, 0.5, 7]}, "
	      "\"doc_as_upsert\": true}\n",
	      NULL, "a", "b");
}
END_TEST

START_TEST(answers_of_services)
{
	alike("{\"object\": \"list\", \"data\": [{\"object\": \"embedding\", \"index\": 0, \"embedding\": [1, -2.5, 300]}, {\"object\": \"embedding\", "
	      "\"index\": 1, "
	      "\"embedding\": [0, 0.5, 7]}], \"model\": \"m\", \"usage\": {\"prompt_tokens\": 8}}",
	      NULL, "", "");
	alike("{\"id\": \"batch_1\", \"custom_id\": \"a\", \"response\": {\"status_code\": 200, \"request_id\": \"r\", \"body\": {\"object\": \"list\", "
	      "\"data\": [{\"index\": 0, "
	      "\"embedding\": [1, -2.5, 300]}], \"usage\": {}}}, \"error\": null}\n{\"id\": \"batch_2\", \"response\": {\"status_code\": 200, \"body\": "
	      "{\"id\": \"y\", \"data\": "
	      "[{\"embedding\": [0, 0.5, 7]}]}}, \"custom_id\": \"b\"}\n",
	      NULL, "a", "b");
}
END_TEST

/* Services say which text a vector is of, and may answer in another order. Where records have ids, those say it. */
START_TEST(answers_in_another_order)
{
	static const float expected[] = {1, 2, 3, 4, 5, 6};
	const char *lists = "{\"data\": [{\"index\": 2, \"embedding\": [3]}, {\"index\": 0, \"embedding\": [1]}, {\"index\": 1, \"embedding\": [2]}]}\n"
						"{\"data\": [{\"embedding\": [5], \"index\": 1}, {\"embedding\": [6], \"index\": 2}, {\"embedding\": [4], \"index\": 0}]}\n";
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};

	alike("{\"data\": [{\"index\": 1, \"embedding\": [0, 0.5, 7]}, {\"index\": 0, \"embedding\": [1, -2.5, 300]}]}", NULL, "", "");
	alike("[{\"embedding\": [0, 0.5, 7], \"index\": 1}, {\"embedding\": [1, -2.5, 300], \"index\": 0}]", NULL, "", "");
	alike("{\"data\": [{\"index\": 8, \"id\": \"a\", \"embedding\": [1, -2.5, 300]}, "
	      "{\"index\": 3, \"id\": \"b\", \"embedding\": [0, 0.5, 7]}]}",
	      NULL, "a", "b");
	alike("{\"index\": 7, \"embedding\": [1, -2.5, 300]}\n{\"index\": 5, \"embedding\": [0, 0.5, 7]}\n", NULL, "", ""); /* no list */
	ck_assert_msg(read_vectors(&vectors, &ids, lists, strlen(lists), NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, 6);
	ck_assert_mem_eq(vectors.data, expected, sizeof expected);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
}
END_TEST

START_TEST(texts_are_keys)
{
	alike("{\"a\": [1, -2.5, 300], \"b\": [0, 0.5, 7]}", NULL, "a", "b");
	alike("{\"101 D\\u00e1lmatas\": [1, -2.5, 300],\n \"embedding\": [0, 0.5, 7]\n}\n", NULL, "101 D\xC3\xA1lmatas", "embedding");
	alike("{\"a\": [1, -2.5, 300]}\n{\"b\": [0, 0.5, 7]}\n", NULL, "a", "b");
}
END_TEST

START_TEST(the_vector_is_named)
{
	static const char text[] =
		"{\"id\": \"a\", \"title\": [1, 2], \"body\": [1, -2.5, 300]}\n{\"id\": \"b\", \"body\": [0, 0.5, 7], \"embedding\": [4]}\n";

	alike(text, "body", "a", "b");
	alike("{\"a\": [0, 0], \"body\": [1, -2.5, 300]}\n{\"body\": [0, 0.5, 7]}\n", "body", "", "");
	alike("{\"id\": \"a\", \"tags\": [1, 2], \"emb\": [1, -2.5, 300]}\n{\"id\": \"b\", \"emb\": [0, 0.5, 7], \"big\": [1e300], \"mixed\": [1, \"x\", "
	      "[2]], \"none\": []}\n",
	      NULL, "a", "b");
	alike(
		"{\"id\": \"a\", \"data\": [{\"page\": 1}, {\"page\": 2}], \"emb\": [1, -2.5, 300]}\n{\"id\": \"b\", \"emb\": [0, 0.5, 7], \"data\": [{}]}\n",
		NULL, "a", "b");
}
END_TEST

static void put_number(struct rq_buf *out, struct rq_random *random)
{
	static const char *const numbers[] = {"0",
	                                      "-0",
	                                      "0.0",
	                                      "1",
	                                      "-17",
	                                      "0.5",
	                                      "-1.25e3",
	                                      "1E-5",
	                                      "2e+2",
	                                      "0e0",
	                                      "123456789.125",
	                                      "9007199254740993",
	                                      "5e-324",
	                                      "1e-45",
	                                      "3.4e38",
	                                      "0.00000000000000000000012345678901234567890",
	                                      "123456789012345678901234567890",
	                                      "1234567812345678",
	                                      "0.1234567812345678123",
	                                      "-0.0001e-0"};
	size_t which = rq_random_below(random, 4 * sizeof numbers / sizeof *numbers);

	if (which < sizeof numbers / sizeof *numbers)
		rq_buf_puts(out, numbers[which]);
	else
		rq_buf_printf(out, "%.*g", (int)rq_random_below(random, 19), rq_random_normal(random));
}

/* A string, spelt as JSON may spell it. */
static void put_string(struct rq_buf *out, struct rq_random *random, size_t most)
{
	static const char *const letters[] = {
		"a", "\\u0062", "\\\"", "\\\\",        "\\/", "\xC3\xBC", "\\u00fc", "\\uD83D\\uDE00", "\xF0\x9F\x98\x80", "\xE2\x82\xAC",
		"{", "]",       " ",    "some letters"};

	rq_buf_puts(out, "\"");
	for (size_t i = rq_random_below(random, most); i > 0; i--)
		rq_buf_puts(out, letters[rq_random_below(random, sizeof letters / sizeof *letters)]);
	rq_buf_puts(out, "\"");
}

static void put_other(struct rq_buf *out, struct rq_random *random, int depth)
{
	static const char *const words[] = {"true", "false", "null", "[]", "{}"};
	size_t which = rq_random_below(random, depth > 0 ? 5 : 3);

	if (which == 0)
		put_number(out, random);
	if (which == 1)
		put_string(out, random, 40);
	if (which == 2)
		rq_buf_puts(out, words[rq_random_below(random, 5)]);
	for (size_t i = 0, count = 1 + rq_random_below(random, 3); which > 2 && i < count; i++) {
		rq_buf_puts(out, i > 0 ? ", " : which == 3 ? "[" : "{");
		if (which == 4)
			rq_buf_printf(out, "\"k%zu\" : ", i);
		put_other(out, random, depth - 1);
		if (i + 1 == count)
			rq_buf_puts(out, which == 3 ? "]" : "}");
	}
}

/* Each line of the text by cJSON: its ids, and its numbers as strtod reads them. */
static void expect_as_tree(const struct rq_vectors *vectors, const struct rq_ids *ids, const struct rq_text *text, const char *id_key,
                           const char *vector_key)
{
	struct rq_line line = rq_text_lines(text);
	struct rq_error err = {0};
	size_t row = 0;
	char digits[32];

	for (rq_json *root; rq_line_next(&line, text); row++, rq_json_free(root)) {
		ck_assert_msg(rq_json_parse(&root, line.span.at, line.span.length, "x", &err) == RQ_OK, "%s", err.text);
		const rq_json *id = rq_json_get(root, id_key), *vector = rq_json_get(root, vector_key), *number = rq_json_first(vector);
		ck_assert_uint_eq(rq_json_size(vector), vectors->d);
		snprintf(digits, sizeof digits, "%.0f", rq_json_number(id));
		ck_assert_str_eq(ids->names[row], rq_json_string(id) != NULL ? rq_json_string(id) : digits);
		for (size_t j = 0; j < vectors->d; j++, number = rq_json_next(number)) {
			float expected = (float)rq_json_number(number);
			ck_assert_mem_eq(&vectors->data[row * vectors->d + j], &expected, sizeof expected);
		}
	}
	ck_assert_uint_eq(row, vectors->n);
	ck_assert_uint_eq(ids->count, vectors->n);
}

/* Two megabytes, so that every kind of token stands across the edge of what is read at a time somewhere. */
START_TEST(random_records_as_a_tree_reads_them)
{
	struct rq_random random;
	struct rq_buf lines = {0};
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};

	rq_random_seed(&random, (uint64_t)_i);
	size_t d = 1 + rq_random_below(&random, 40);

	for (int row = 0; lines.size < 2 << 20; row++) {
		rq_buf_puts(&lines, "{\"note\": ");
		put_other(&lines, &random, 3);
		rq_buf_printf(&lines, row % 3 == 0 ? ", \"id\": %d, \"text\": " : ", \"id\" :\t\"%d\", \"text\": ", row);
		put_string(&lines, &random, 200);
		for (size_t j = 0; j < d; j++) {
			rq_buf_puts(&lines, j == 0 ? ", \"embedding\":[" : rq_random_below(&random, 2) == 0 ? "," : " , ");
			put_number(&lines, &random);
		}
		rq_buf_puts(&lines, "], \"more\": ");
		put_other(&lines, &random, 2);
		rq_buf_puts(&lines, row % 5 == 0 ? "}\r\n\n" : "}\n");
	}
	ck_assert_msg(read_vectors(&vectors, &ids, lines.data, lines.size, NULL, &err) == RQ_OK, "%s", err.text);
	struct rq_text text = text_of(lines.data, lines.size);
	expect_as_tree(&vectors, &ids, &text, "id", "embedding");
	rq_text_release(&text);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
	rq_buf_release(&lines);
}
END_TEST

/* Cut anywhere, a file is refused, and so it is with a byte that was written over, unless it still is JSON. */
START_TEST(damaged_records)
{
	static const char whole[] = "{\"id\": \"a\", \"n\": {\"k\": [true, null, -1.5e3, \"\\u00e4\"]}, \"embedding\": [1, -2.5, 3e2]}\n";
	struct rq_random random;
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	char text[sizeof whole];

	rq_random_seed(&random, 7);
	for (size_t size = 0; size < sizeof whole - 2; size++)
		ck_assert_int_eq(read_vectors(&vectors, &ids, whole, size, NULL, &err), RQ_E_DATA);
	for (int i = 0; i < 20000; i++) {
		memcpy(text, whole, sizeof whole);
		text[rq_random_below(&random, sizeof whole - 1)] = (char)rq_random_below(&random, 256);
		rq_json *root = NULL;
		bool json = rq_json_parse(&root, text, sizeof whole - 1, "x", &err) == RQ_OK;
		rq_json_free(root);
		if (read_vectors(&vectors, &ids, text, sizeof whole - 1, NULL, &err) == RQ_OK) {
			ck_assert_msg(json, "%s", text);
			rq_vectors_release(&vectors);
			rq_ids_release(&ids);
		}
	}
}
END_TEST

static const struct {
	const char *file, *id, *vector;
	size_t n, d; /* as the README.md beside the file says */
} real_files[] = {
	{"dl-queries/topics.dl19-passage.bge-base-en-v1.5.jsonl.gz", "qid", "vector", 43, 768},
	{"dl-queries/topics.dl19-passage.cohere-embed-english-v3.0.jsonl.gz", "qid", "vector", 43, 1024},
	{"dl-queries/topics.dl19-passage.cos-dpr-distil.jsonl.gz", "qid", "vector", 43, 768},
	{"dl-queries/topics.dl19-passage.openai-ada2-hyde.jsonl.gz", "qid", "vector", 43, 1536},
	{"dl-queries/topics.dl19-passage.openai-ada2.jsonl.gz", "qid", "vector", 43, 1536},
	{"dl-queries/topics.dl20.bge-base-en-v1.5.jsonl.gz", "qid", "vector", 54, 768},
	{"dl-queries/topics.dl20.cohere-embed-english-v3.0.jsonl.gz", "qid", "vector", 200, 1024},
	{"dl-queries/topics.dl20.cos-dpr-distil.jsonl.gz", "qid", "vector", 200, 768},
	{"dl-queries/topics.dl20.openai-ada2-hyde.jsonl.gz", "qid", "vector", 200, 1536},
	{"dl-queries/topics.dl20.openai-ada2.jsonl.gz", "qid", "vector", 200, 1536},
	{"jsonl-parquet-fixtures/cosdpr-distil__json_vector__sample100.json", "docid", "vector", 100, 768},
	{"jsonl-parquet-fixtures/openai_ada2__json_vector__sample100.json", "docid", "vector", 100, 1536},
	{"jsonl-parquet-fixtures/sample_topics__arctic.jsonl", "qid", "vector", 1, 1024},
	{"jsonl-parquet-fixtures/sample_topics__sample-topics.msmarco-passage-dev-cosdpr-distil.jsonl", "qid", "vector", 2, 768},
	{"jsonl-parquet-fixtures/sample_topics__sample-topics.msmarco-passage-dev-openai-ada2.jsonl", "qid", "vector", 2, 1536},
};

START_TEST(real_records)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_text text;
	struct rq_error err = {0};
	char name[256], sha256[RQ_SHA256_HEX];

	snprintf(name, sizeof name, "vectors/%s", real_files[_i].file);
	const char *path = shared_file(name);
	if (path == NULL)
		return;
	ck_assert_msg(rq_vectors_load(&vectors, &ids, sha256, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, real_files[_i].n);
	ck_assert_uint_eq(vectors.d, real_files[_i].d);
	ck_assert_msg(rq_text_read(&text, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(sha256, text.sha256);
	expect_as_tree(&vectors, &ids, &text, real_files[_i].id, real_files[_i].vector);
	rq_text_release(&text);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
}
END_TEST

static const struct {
	const char *file;
	size_t d;
} real_texts[] = {{"large-256", 256}, {"small-1536", 1536}, {"small-256", 256}, {"ada-002", 1536}};

/* {title: vector}: the titles of peliculas.csv, in its order. */
START_TEST(real_texts_of_films)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_buf file = {0};
	struct rq_error err = {0};
	rq_json *root;
	char name[128];

	snprintf(name, sizeof name, "vectors/movies/peliculas_text-embedding-%s%s.json", _i < 3 ? "3-" : "", real_texts[_i].file);
	const char *path = shared_file(name);
	if (path == NULL)
		return;
	ck_assert_msg(rq_vectors_load(&vectors, &ids, NULL, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, 62);
	ck_assert_uint_eq(vectors.d, real_texts[_i].d);
	ck_assert_uint_eq(ids.count, 62);
	ck_assert_int_eq(rq_file_read(&file, path, &err), RQ_OK);
	ck_assert_msg(rq_json_parse(&root, file.data, file.size, path, &err) == RQ_OK, "%s", err.text);
	size_t row = 0;
	for (const rq_json *member = rq_json_first(root); member != NULL; member = rq_json_next(member), row++) {
		ck_assert_str_eq(ids.names[row], rq_json_key(member));
		const rq_json *number = rq_json_first(member);
		for (size_t j = 0; j < vectors.d; j++, number = rq_json_next(number)) {
			float expected = (float)rq_json_number(number);
			ck_assert_mem_eq(&vectors.data[row * vectors.d + j], &expected, sizeof expected);
		}
	}
	ck_assert_uint_eq(row, 62);
	rq_json_free(root);
	rq_buf_release(&file);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
}
END_TEST

static void round_trip(const struct rq_vector_file *file)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	ck_assert_int_eq(rq_vector_format_find("json")->write(out, file, RQ_TENSOR_F32, &err), RQ_OK);
	fclose(out);
	ck_assert_msg(read_vectors(&vectors, &ids, text, size, NULL, &err) == RQ_OK, "%s\n%s", text, err.text);
	ck_assert_uint_eq(vectors.n, file->vectors.n);
	ck_assert_uint_eq(vectors.d, file->vectors.d);
	ck_assert_mem_eq(vectors.data, file->vectors.data, vectors.n * vectors.d * sizeof *vectors.data);
	ck_assert_uint_eq(ids.count, file->ids.count);
	for (uint32_t i = 0; i < ids.count; i++)
		ck_assert_str_eq(ids.names[i], file->ids.names[i]);
	free(text);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
}

/* Bit by bit, with ids, texts or neither. */
START_TEST(what_is_written_reads_back)
{
	static const char *const names[][3] = {{"a", "7", "\"b\\"}, {"a", "a text\nof two lines", "embedding"}, {"\xC3\xA4 \x7F", "id", "x"}};
	float values[] = {1, 0.1f, -1e-45f, FLT_MAX, -FLT_MIN, 16777216, 0.333333343f, 1e-10f, 0};
	struct rq_vector_file file = {.vectors = {.data = values, .n = 3, .d = 3}};

	round_trip(&file);
	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		for (size_t i = 0; i < 3; i++)
			rq_ids_add(&file.ids, names[k][i], strlen(names[k][i]), NULL);
		round_trip(&file);
		rq_ids_release(&file.ids);
	}
}
END_TEST

/* As it is, gzip and zstd, told by content. */
START_TEST(packed_files)
{
	static const char *const endings[] = {".json", ".json.gz", ".json.zst"};
	const char *source = shared_file("vectors/movies/peliculas_text-embedding-3-large-256.json");
	struct rq_vectors expected, vectors;
	struct rq_ids expected_ids, ids;
	struct rq_vectors_converted done;
	struct rq_error err = {0};

	if (source == NULL)
		return;
	ck_assert_msg(rq_vectors_load(&expected, &expected_ids, NULL, source, &err) == RQ_OK, "%s", err.text);
	for (size_t e = 0; e < sizeof endings / sizeof *endings; e++) {
		char *path = file_with(endings[e], "", 0), *moved = file_with(".x", "", 0), sha256[RQ_SHA256_HEX], of_file[RQ_SHA256_HEX];
		struct rq_vectors_conversion conversion = {.in = source, .out = path};
		ck_assert_msg(rq_vectors_convert(&done, &conversion, &err) == RQ_OK, "%s", err.text);
		ck_assert_int_eq(rq_vectors_commit(&done, &err), RQ_OK);
		rq_vectors_converted_release(&done);
		ck_assert_int_eq(rename(path, moved), 0);
		ck_assert_msg(rq_vectors_load(&vectors, &ids, sha256, moved, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(vectors.n, 62);
		ck_assert_mem_eq(vectors.data, expected.data, 62 * 256 * sizeof(float));
		ck_assert_str_eq(ids.names[61], expected_ids.names[61]);
		ck_assert_int_eq(rq_sha256_file(of_file, moved, &err), RQ_OK);
		ck_assert_str_eq(sha256, of_file);
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
		file_remove(moved);
		free(path);
	}
	rq_vectors_release(&expected);
	rq_ids_release(&expected_ids);
}
END_TEST

/* Texts are kept where there is room for them; elsewhere they are left out, and that is told. */
START_TEST(texts_converted)
{
	static const struct {
		const char *out, *ids;
		size_t texts;
	} ways[] = {{"/tmp/rqgate-texts.json", NULL, 0},
	            {"/tmp/rqgate-texts.csv", NULL, 2},
	            {"/tmp/rqgate-texts.npy", NULL, 2},
	            {"/tmp/rqgate-texts.npy", "/tmp/rqgate-texts.ids", 0}};
	static const char text[] = "{\"a text\": [1, 2], \"b\": [3, 4]}";
	char *path = file_with(".json", text, sizeof text - 1);
	struct rq_error err = {0};

	for (size_t w = 0; w < 4; w++) {
		struct rq_vectors_conversion conversion = {.in = path, .out = ways[w].out, .ids = ways[w].ids};
		struct rq_vectors_converted done;
		enum rq_status status = rq_vectors_convert(&done, &conversion, &err);
		ck_assert_msg(status == (ways[w].ids == NULL ? RQ_OK : RQ_E_USAGE), "%s", err.text);
		if (status != RQ_OK)
			ck_assert_str_eq(err.text, "--ids: the rows have texts for ids, like \"a text\", which no file of ids holds; leave it out");
		else
			ck_assert_uint_eq(done.texts, ways[w].texts);
		rq_vectors_converted_release(&done); /* nothing was committed, and so nothing is left */
		ck_assert_int_eq(access(ways[w].out, F_OK), -1);
	}
	file_remove(path);
}
END_TEST

Suite *vectors_json_suite(void)
{
	Suite *suite = suite_create("vectors_json");
	TCase *tests = tcase_create("vectors_json");

	tcase_add_test(tests, records_that_read_alike);
	tcase_add_test(tests, bulk_pairs);
	tcase_add_test(tests, answers_of_services);
	tcase_add_test(tests, answers_in_another_order);
	tcase_add_test(tests, texts_are_keys);
	tcase_add_test(tests, the_vector_is_named);
	tcase_add_loop_test(tests, random_records_as_a_tree_reads_them, 0, 8);
	tcase_add_test(tests, damaged_records);
	tcase_add_test(tests, what_is_written_reads_back);
	tcase_add_test(tests, packed_files);
	tcase_add_test(tests, texts_converted);
	tcase_add_loop_test(tests, real_records, 0, sizeof real_files / sizeof *real_files);
	tcase_add_loop_test(tests, real_texts_of_films, 0, sizeof real_texts / sizeof *real_texts);
	suite_add_tcase(suite, tests);
	return suite;
}
