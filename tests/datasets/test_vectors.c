#include "evalcore/base/file.h"
#include "support.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DICT "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }"

static void refused(const char *name, const void *data, size_t size, enum rq_status status, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	char *path = file_with(name, data, size), text[2048];

	ck_assert_int_eq(rq_vectors_load(&vectors, &ids, NULL, path, &err), status);
	snprintf(text, sizeof text, expected, path);
	ck_assert_str_eq(err.text, text);
	ck_assert_ptr_null(vectors.data);
	ck_assert_ptr_null(ids.slots);
	file_remove(path);
}

START_TEST(formats_by_content_then_by_name)
{
	const float values[] = {1, 2, 3, 4};
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	struct rq_buf file = {0};
	char sha256[RQ_SHA256_HEX], expected[RQ_SHA256_HEX];

	npy_make(&file, 1, DICT, values, sizeof values);
	char *path = file_with(".csv", "a,\"[1,2]\"\nb,\"[3,4]\"\n", 20), *npy = file_with(".dat", file.data, file.size);
	ck_assert_msg(rq_vectors_load(&vectors, &ids, sha256, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_mem_eq(vectors.data, values, sizeof values);
	ck_assert_uint_eq(ids.count, 2);
	ck_assert_int_eq(rq_sha256_file(expected, path, &err), RQ_OK);
	ck_assert_str_eq(sha256, expected);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);

	ck_assert_msg(rq_vectors_load(&vectors, &ids, sha256, npy, &err) == RQ_OK, "%s", err.text);
	ck_assert_mem_eq(vectors.data, values, sizeof values);
	ck_assert_uint_eq(ids.count, 0);
	ck_assert_int_eq(rq_sha256_file(expected, npy, &err), RQ_OK);
	ck_assert_str_eq(sha256, expected);
	rq_vectors_release(&vectors);
	rq_buf_release(&file);
	file_remove(path);
	file_remove(npy);
}
END_TEST

START_TEST(what_is_refused)
{
	const float values[] = {1, 2, 3, NAN, 1, -INFINITY, 1, 1};
	struct rq_buf file = {0};

	npy_make(&file, 1, DICT, values, 16);
	refused(".npy", file.data, file.size, RQ_E_DATA,
			"%s: row 1, column 1 (counted from 0) is NaN; expected finite numbers: mend or leave out that record");
	rq_buf_clear(&file);
	npy_make(&file, 1, DICT, values + 4, 16);
	refused(".npy", file.data, file.size, RQ_E_DATA,
			"%s: row 0, column 1 (counted from 0) is infinite; expected finite numbers: mend or leave out that record");
	rq_buf_release(&file);
	refused(".npy", "", 0, RQ_E_DATA, "%s: empty file; expected vectors as .npy, .fvecs or .csv");
	refused(".npy", "hello, world", 12, RQ_E_DATA, "%s: no .npy header in 12 bytes; expected a file that numpy.save wrote");
	refused(".bin", "hello, world", 12, RQ_E_DATA, "%s: unknown kind of vector file; expected .npy, .fvecs or .csv");
	refused(".csv", "", 0, RQ_E_DATA,
			"%s: no vectors; expected id,\"[0.1,0.2]\" on each line, or below a header that names the columns id and embedding");
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_vectors_load(&vectors, &ids, NULL, "/nowhere/x.npy", &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/nowhere/x.npy\": cannot open: No such file or directory");
	ck_assert_int_eq(rq_vectors_load(&vectors, &ids, NULL, "/tmp", &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/tmp\": not a regular file; vectors are read from files, not from pipes or folders");
}
END_TEST

/* Real embeddings, out of a flat FAISS index (52 x 384 from byte 45 on), written in all three formats: all read back bit for bit. */
START_TEST(real_embeddings_in_three_formats)
{
	enum { N = 52, D = 384 };
	static float values[N][D];
	struct rq_buf index = {0}, npy = {0}, fvecs = {0}, csv = {0};
	struct rq_error err = {0};
	const char *source = shared_file("vectors/healthcare/all_MiniLM_L6_v2.faiss");
	const int32_t dimension = D;

	if (source == NULL)
		return;
	ck_assert_int_eq(rq_file_read(&index, source, &err), RQ_OK);
	ck_assert_uint_eq(index.size, 45 + sizeof values);
	memcpy(values, index.data + 45, sizeof values);
	npy_make(&npy, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (52, 384), }", values, sizeof values);
	for (size_t i = 0; i < N; i++) {
		rq_buf_add(&fvecs, &dimension, sizeof dimension);
		rq_buf_add(&fvecs, values[i], sizeof values[i]);
		rq_buf_printf(&csv, "%zu,\"[", i);
		for (size_t j = 0; j < D; j++)
			rq_buf_printf(&csv, "%s%.9g", j == 0 ? "" : ",", (double)values[i][j]);
		rq_buf_puts(&csv, "]\"\n");
	}
	struct rq_buf *files[] = {&npy, &fvecs, &csv};
	static const char *const names[] = {".npy", ".fvecs", ".csv"};
	for (size_t f = 0; f < 3; f++) {
		struct rq_vectors vectors;
		struct rq_ids ids;
		char *path = file_with(names[f], files[f]->data, files[f]->size);
		ck_assert_msg(rq_vectors_load(&vectors, &ids, NULL, path, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(vectors.n, N);
		ck_assert_uint_eq(vectors.d, D);
		ck_assert_mem_eq(vectors.data, values, sizeof values);
		ck_assert_uint_eq(ids.count, f == 2 ? N : 0);
		/* The README: rows are unit length within 2e-7. */
		for (size_t i = 0; i < N; i++) {
			double squares = 0;
			for (size_t j = 0; j < D; j++)
				squares += (double)vectors.data[i * D + j] * vectors.data[i * D + j];
			ck_assert_double_eq_tol(sqrt(squares), 1, 2e-7);
		}
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
		rq_buf_release(files[f]);
		file_remove(path);
	}
	rq_buf_release(&index);
}
END_TEST

Suite *vectors_suite(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tests = tcase_create("vectors");

	tcase_add_test(tests, formats_by_content_then_by_name);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, what_cannot_be_opened);
	tcase_add_test(tests, real_embeddings_in_three_formats);
	suite_add_tcase(suite, tests);
	return suite;
}
