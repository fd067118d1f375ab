#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct rq_embedder *embedder;
static struct rq_arena arena;
static char *files[8];
static size_t file_count;

static void set_up(void)
{
	embedder = rq_embedder_find("vectors");
	ck_assert_ptr_nonnull(embedder);
	file_count = 0;
}

static void tear_down(void)
{
	rq_arena_release(&arena);
	while (file_count > 0)
		file_remove(files[--file_count]);
}

static const char *text_file(const char *ending, const char *text)
{
	return files[file_count++] = file_with(ending, text, strlen(text));
}

/* A float32 .npy of n x d. */
static const char *npy_file(const float *values, size_t n, size_t d)
{
	struct rq_buf bytes = {0};
	char header[128];

	snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", n, d);
	rq_buf_add(&bytes, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&bytes, "%-117s\n", header);
	rq_buf_add(&bytes, values, n * d * sizeof *values);
	files[file_count] = file_with(".npy", bytes.data, bytes.size);
	rq_buf_release(&bytes);
	return files[file_count++];
}

/* Row i is (i + 1, -i). */
static const char *numbered_npy(size_t n)
{
	float *values = malloc(2 * n * sizeof *values);

	for (size_t i = 0; i < n; i++) {
		values[2 * i] = (float)i + 1;
		values[2 * i + 1] = -(float)i;
	}
	const char *path = npy_file(values, n, 2);
	free(values);
	return path;
}

static struct rq_ids ids_of(const char *names)
{
	struct rq_ids ids = {0};

	for (const char *name = names; *name != '\0';) {
		size_t length = strcspn(name, " ");
		ck_assert_uint_ne(rq_ids_add(&ids, name, length, NULL), RQ_ID_NONE);
		name += length + (name[length] == ' ');
	}
	return ids;
}

static enum rq_status load(struct rq_vectors *vectors, const char *path, const char *ids_path, const char *more, enum rq_role role, const char *names,
                           struct rq_error *err)
{
	bool topics = role == RQ_ROLE_TOPIC;
	char sha256[RQ_SHA256_HEX] = "";
	struct rq_ids ids = ids_of(names);
	const char *ids_text = ids_path == NULL ? "" : rq_arena_printf(&arena, ", \"%s\": \"%s\"", topics ? "topic_ids" : "corpus_ids", ids_path);
	/* the other role's file does not exist: it must not be touched */
	const char *json = rq_arena_printf(&arena, "{\"corpus\": \"%s\", \"topics\": \"%s\"%s%s}", topics ? "/none" : path, topics ? path : "/none",
	                                   ids_text, more);
	enum rq_status status = embedder->load(vectors, sha256, options_from(embedder, &arena, json), role, &ids, err);

	rq_ids_release(&ids);
	if (status != RQ_OK)
		ck_assert(vectors->data == NULL && vectors->n == 0);
	else
		ck_assert_uint_eq(strlen(sha256), 64);
	return status;
}

/* Expects rows by the numbers that numbered_npy gave them. */
static void expect_rows(const struct rq_vectors *vectors, const char *rows)
{
	ck_assert_uint_eq(vectors->n, strlen(rows));
	ck_assert_uint_eq(vectors->d, 2);
	for (size_t i = 0; i < vectors->n; i++) {
		ck_assert_float_eq(vectors->data[2 * i], (float)(rows[i] - '0') + 1);
		ck_assert_float_eq(vectors->data[2 * i + 1], -(float)(rows[i] - '0'));
	}
}

static void expect_failure(enum rq_status status, const struct rq_error *err, enum rq_status expected, const char *text)
{
	ck_assert_int_eq(status, expected);
	ck_assert_str_eq(err->text, text);
}

#define TEXT(...) rq_arena_printf(&arena, __VA_ARGS__)

START_TEST(test_by_position)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = numbered_npy(3);

	for (int role = 0; role < 2; role++) {
		ck_assert_ok(load(&vectors, path, NULL, "", (enum rq_role)role, "z a m", &err));
		expect_rows(&vectors, "012");
		rq_vectors_release(&vectors);
	}
	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_DOCUMENT, "a b", &err), &err, RQ_E_DATA,
	               TEXT("%s: 3 vectors for 2 documents of the corpus; without \"corpus_ids\" row i is the i-th document, "
	                    "so the counts must be equal: name an ids file, or embed them all", path));
	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_TOPIC, "a b c d", &err), &err, RQ_E_DATA,
	               TEXT("%s: 3 vectors for 4 topics; without \"topic_ids\" row i is the i-th topic, "
	                    "so the counts must be equal: name an ids file, or embed them all", path));
}
END_TEST

START_TEST(test_by_id)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = numbered_npy(5), *ids = text_file(".ids", "c\r\na\r\nextra\r\nb\r\nd\r\n\r\n");

	for (int role = 0; role < 2; role++) {
		ck_assert_ok(load(&vectors, path, ids, "", (enum rq_role)role, "a b c d", &err));
		expect_rows(&vectors, "1304");
		rq_vectors_release(&vectors);
	}
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_DOCUMENT, "a x b y z w", &err), &err, RQ_E_DATA,
	               TEXT("%s: no vector for 4 of 6 documents of the corpus: \"x\", \"y\", \"z\" ...; embed the missing ones, "
	                    "or see that the ids are spelt alike", ids));
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_TOPIC, "a A", &err), &err, RQ_E_DATA,
	               TEXT("%s: no vector for 1 of 2 topics: \"A\"; embed the missing ones, or see that the ids are spelt alike", ids));
	/* forty bytes of a long id, without half a character */
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_TOPIC, "a xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\u00E9yyy", &err), &err, RQ_E_DATA,
	               TEXT("%s: no vector for 1 of 2 topics: \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"; embed the missing ones, "
	                    "or see that the ids are spelt alike", ids));
}
END_TEST

START_TEST(test_ids_and_rows_disagree)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = numbered_npy(1400);
	struct rq_buf lines = {0};

	for (int i = 0; i < 1399; i++)
		rq_buf_printf(&lines, "d%d\n", i);
	const char *ids = text_file(".ids", lines.data);
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_DOCUMENT, "d0", &err), &err, RQ_E_DATA,
	               TEXT("%s: 1,399 ids for 1,400 vectors in %s; every row needs exactly one id, in the order of the rows", ids, path));
	rq_buf_release(&lines);
	ck_assert_int_eq(load(&vectors, path, "/nonexistent.ids", "", RQ_ROLE_DOCUMENT, "d0", &err), RQ_E_IO);
	ck_assert_int_eq(load(&vectors, "/nonexistent.npy", NULL, "", RQ_ROLE_DOCUMENT, "d0", &err), RQ_E_IO);
}
END_TEST

START_TEST(test_csv)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = text_file(".csv", "b,\"[2,-1]\"\na,\"[1,0]\"\nextra,\"[9,9]\"\nc,\"[3,-2]\"\n"), *ids = text_file(".ids", "a\nb\nc\nd\n");

	ck_assert_ok(load(&vectors, path, NULL, "", RQ_ROLE_DOCUMENT, "a b c", &err));
	expect_rows(&vectors, "012");
	rq_vectors_release(&vectors);
	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_DOCUMENT, "a b c d", &err), &err, RQ_E_DATA,
	               TEXT("%s: no vector for 1 of 4 documents of the corpus: \"d\"; embed the missing ones, or see that the ids are spelt alike",
	                    path));
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_DOCUMENT, "a b c", &err), &err, RQ_E_CONFIG,
	               TEXT("\"corpus_ids\": not wanted beside %s, which carries an id in every row; remove the key", path));
	expect_failure(load(&vectors, path, ids, "", RQ_ROLE_TOPIC, "a b c", &err), &err, RQ_E_CONFIG,
	               TEXT("\"topic_ids\": not wanted beside %s, which carries an id in every row; remove the key", path));
}
END_TEST

/* {"text": vector}: no record has a text for an id, so that a file must name them. */
START_TEST(test_texts_for_ids)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = text_file(".json", "{\"first\\ntext\": [1, 0], \"a\": [2, -1], \"the third\": [3, -2]}");
	const char *ids = text_file(".ids", "x\ny\nz\n");

	ck_assert_ok(load(&vectors, path, ids, "", RQ_ROLE_DOCUMENT, "z x", &err));
	expect_rows(&vectors, "20");
	rq_vectors_release(&vectors);
	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_DOCUMENT, "x y z", &err), &err, RQ_E_DATA,
	               TEXT("%s: its rows have texts for ids, like \"first\\ntext\", which no document has; name a file of ids in the order of the "
	                    "rows: \"corpus_ids\"",
	                    path));
	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_TOPIC, "x y z", &err), &err, RQ_E_DATA,
	               TEXT("%s: its rows have texts for ids, like \"first\\ntext\", which no topic has; name a file of ids in the order of the rows: "
	                    "\"topic_ids\"",
	                    path));
}
END_TEST

START_TEST(test_fvecs)
{
	const struct {
		int32_t d;
		float x[2];
	} rows[] = {{2, {1, 0}}, {2, {2, -1}}};
	struct rq_vectors vectors;
	struct rq_error err = {0};

	files[file_count++] = file_with(".fvecs", rows, sizeof rows);
	ck_assert_ok(load(&vectors, files[0], NULL, "", RQ_ROLE_TOPIC, "q1 q2", &err));
	expect_rows(&vectors, "01");
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(test_zero_rows)
{
	const float values[] = {1, 0, 0, -0.0f, 3, -2};
	struct rq_vectors vectors;
	struct rq_error err = {0};
	const char *path = npy_file(values, 3, 2), *ids = text_file(".ids", "c\nb\na\n");

	expect_failure(load(&vectors, path, NULL, "", RQ_ROLE_DOCUMENT, "a b c", &err), &err, RQ_E_DATA,
	               TEXT("%s: row 1 (counted from 0), document \"b\", is all zeros and has no direction; embed it anew, "
	                    "or set \"zero_rows\" to \"keep\"", path));
	expect_failure(load(&vectors, path, ids, ", \"zero_rows\": \"error\"", RQ_ROLE_TOPIC, "a b", &err), &err, RQ_E_DATA,
	               TEXT("%s: row 1 (counted from 0), topic \"b\", is all zeros and has no direction; embed it anew, or set \"zero_rows\" to \"keep\"",
	                    path));
	ck_assert_ok(load(&vectors, path, ids, "", RQ_ROLE_DOCUMENT, "a c", &err)); /* a row that nobody asks for may be zero */
	expect_rows(&vectors, "20");
	rq_vectors_release(&vectors);
	ck_assert_ok(load(&vectors, path, ids, ", \"zero_rows\": \"keep\"", RQ_ROLE_DOCUMENT, "a b c", &err));
	ck_assert_uint_eq(rq_vectors_zero_row(&vectors, 0), 1);
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(test_not_finite)
{
	const float values[] = {1, 0, 2, -INFINITY, NAN, 1};
	struct rq_vectors vectors;
	struct rq_error err = {0};

	const char *path = npy_file(values, 3, 2);
	ck_assert_int_eq(load(&vectors, path, NULL, ", \"zero_rows\": \"keep\"", RQ_ROLE_DOCUMENT, "a b c", &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, path) != NULL && strstr(err.text, "row 1") != NULL, "%s", err.text);
}
END_TEST

Suite *vectors_suite(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tests = tcase_create("vectors");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_by_position);
	tcase_add_test(tests, test_by_id);
	tcase_add_test(tests, test_ids_and_rows_disagree);
	tcase_add_test(tests, test_csv);
	tcase_add_test(tests, test_texts_for_ids);
	tcase_add_test(tests, test_fvecs);
	tcase_add_test(tests, test_zero_rows);
	tcase_add_test(tests, test_not_finite);
	suite_add_tcase(suite, tests);
	return suite;
}
