#include "datasets/vector_file.h"
#include "datasets/writers.h"
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
	char unknown[512];
	size_t used = 0;

	npy_make(&file, 1, DICT, values, 16);
	refused(".npy", file.data, file.size, RQ_E_DATA,
			"%s: row 1, column 1 (counted from 0) is NaN; expected finite numbers: mend or leave out that record");
	rq_buf_clear(&file);
	npy_make(&file, 1, DICT, values + 4, 16);
	refused(".npy", file.data, file.size, RQ_E_DATA,
			"%s: row 0, column 1 (counted from 0) is infinite; expected finite numbers: mend or leave out that record");
	rq_buf_release(&file);
	refused(".npy", "", 0, RQ_E_DATA, "%s: empty file; expected vectors");
	refused(".npy", "hello, world", 12, RQ_E_DATA, "%s: no .npy header in 12 bytes; expected a file that numpy.save wrote");
	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		used += snprintf(unknown + used, sizeof unknown - used, "%s%s", i == 0 ? "%s: unknown kind of vector file; expected one of " : ", ",
		                 rq_vector_formats[i]->name);
	refused(".dat", "hello, world", 12, RQ_E_DATA, unknown);
	refused(":x", "hello, world", 12, RQ_E_DATA, unknown);
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

/* Binary files too are told by their content and size once they are uncompressed; the hash is of the file as it is. */
START_TEST(packed_files)
{
	enum { N = 700, D = 20 };
	static float values[N][D];
	static const char *const names[] = {"", ".gz", ".dat.zst"};
	const enum rq_packing packings[] = {RQ_PACKED_NOT, RQ_PACKED_GZIP, RQ_PACKED_ZSTD};
	struct rq_buf npy = {0};
	struct rq_error err = {0};

	for (size_t i = 0; i < N * D; i++)
		values[i / D][i % D] = (float)(i % 1013) / 7;
	npy_make(&npy, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (700, 20), }", values, sizeof values);
	for (size_t p = 1; p < 3; p++)
		for (int cut = 0; cut < 2; cut++) {
			RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};
			RQ_CLEANUP(rq_buf_release) struct rq_buf packed = {0};
			char expected[RQ_SHA256_HEX], text[512];
			ck_assert_int_eq(rq_text_pack(&packed, packings[p], npy.data, npy.size - (size_t)cut, &err), RQ_OK);
			char *path = file_with(names[p], packed.data, packed.size);
			enum rq_status status = rq_vector_file_read(&file, path, &err);
			if (cut == 1) {
				ck_assert_int_eq(status, RQ_E_DATA);
				snprintf(
					text, sizeof text,
					"%s: cut short: expected 56000 bytes after the header for shape (700, 20) of \"<f4\", found 55999; copy or write the file again",
					path);
				ck_assert_str_eq(err.text, text);
			} else {
				ck_assert_msg(status == RQ_OK, "%s", err.text);
				ck_assert_mem_eq(file.vectors.data, values, sizeof values);
				ck_assert_int_eq(rq_sha256_file(expected, path, &err), RQ_OK);
				ck_assert_str_eq(file.sha256, expected);
			}
			file_remove(path);
		}
	rq_buf_release(&npy);
}
END_TEST

/* FILE:NAME is of formats that hold several arrays, and a file of the whole name comes first. */
START_TEST(names_of_arrays)
{
	const float values[] = {1, 2, 3, 4};
	struct rq_buf file = {0};
	struct rq_error err = {0};
	struct rq_vector_file vectors;
	char name[512], expected[1024];

	npy_make(&file, 1, DICT, values, sizeof values);
	char *path = file_with(".npy", file.data, file.size);
	snprintf(name, sizeof name, "%s:x", path);
	ck_assert_int_eq(rq_vector_file_read(&vectors, name, &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "\"%s:x\": a file of format npy holds one array, which has no name; leave out \":x\"", path);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_eq(rq_file_write(name, file.data, file.size, &err), RQ_OK);
	ck_assert_msg(rq_vector_file_read(&vectors, name, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.vectors.n, 2);
	rq_vector_file_release(&vectors);
	ck_assert_int_eq(remove(name), 0);
	file_remove(path);
	rq_buf_release(&file);
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
	tcase_add_test(tests, packed_files);
	tcase_add_test(tests, names_of_arrays);
	tcase_add_test(tests, real_embeddings_in_three_formats);
	suite_add_tcase(suite, tests);
	return suite;
}
