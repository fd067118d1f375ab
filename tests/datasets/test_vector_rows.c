/* Rows that are read where they stand are those of the file that is loaded. */
#include "datasets/datasets.h"
#include "datasets/vector_file.h"
#include "datasets/vector_rows.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More than one block. */
enum { ROWS = 3001, DIMENSION = 101 };

static char root[64];
static struct rq_error err;
static struct rq_arena arena;

#define MUST(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static void set_up(void)
{
	strcpy(root, "/tmp/rqgate-rows-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	rq_arena_release(&arena);
	rq_remove_tree(root);
}

static struct rq_vector_file make_file(void)
{
	struct rq_vector_file file = {0};

	MUST(rq_vectors_init(&file.vectors, ROWS, DIMENSION, &err));
	for (size_t i = 0; i < (size_t)ROWS * DIMENSION; i++)
		file.vectors.data[i] = (float)(i * 7 % 101);
	return file;
}

static const char *write_file(const char *name, const char *format, const struct rq_vector_file *file, enum rq_tensor_type type)
{
	struct rq_buf text = {0};
	const char *path = rq_path_join(&arena, root, name);

	MUST(rq_vector_file_print(&text, &(struct rq_vector_file){.vectors = file->vectors, .format = rq_vector_format_find(format)}, type, &err));
	MUST(rq_file_write(path, text.data, text.size, &err));
	rq_buf_release(&text);
	return path;
}

START_TEST(rows_are_those_of_the_file)
{
	static const struct {
		const char *name, *format;
		enum rq_tensor_type type;
		bool plain;
	} files[] = {{"a.npy", "npy", RQ_TENSOR_F32, true},   {"b.npy", "npy", RQ_TENSOR_F16, true},  {"c.npy", "npy", RQ_TENSOR_F64, true},
	             {"a.fbin", "fbin", RQ_TENSOR_F32, true}, {"a.i8bin", "i8bin", RQ_TENSOR_I8, true}, {"a.f16bin", "f16bin", RQ_TENSOR_F16, true},
	             {"a.fvecs", "fvecs", RQ_TENSOR_F32, false}};
	static float read[ROWS * DIMENSION];
	struct rq_vector_file file = make_file();
	struct rq_vector_rows rows = {0};

	const char *path = write_file(files[_i].name, files[_i].format, &file, files[_i].type);
	MUST(rq_vector_rows_open(&rows, path, &err));
	ck_assert(rows.plain == files[_i].plain && rows.n == ROWS && rows.d == DIMENSION);
	MUST(rq_vector_rows_check(&rows, &err));
	MUST(rq_vector_rows_read(read, &rows, 0, ROWS, &err));
	ck_assert_mem_eq(read, file.vectors.data, sizeof read);
	for (size_t i = 0; i < ROWS; i += 500) {
		MUST(rq_vector_rows_read(read, &rows, i, 1, &err));
		ck_assert_mem_eq(read, file.vectors.data + i * DIMENSION, DIMENSION * sizeof *read);
	}
	rq_vector_rows_release(&rows);
	MUST(rq_vector_rows_open_plain(&rows, path, &err));
	ck_assert(rows.plain == files[_i].plain && (rows.plain || rows.n == 0));
	rq_vector_rows_release(&rows);
	rq_vectors_release(&file.vectors);
}
END_TEST

START_TEST(what_is_no_number_is_named)
{
	struct rq_vector_file file = make_file();
	struct rq_vector_rows rows = {0};

	file.vectors.data[(ROWS - 1) * DIMENSION + 5] = INFINITY;
	MUST(rq_vector_rows_open(&rows, write_file("a.fbin", "fbin", &file, RQ_TENSOR_F32), &err));
	ck_assert_int_eq(rq_vector_rows_check(&rows, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "a.fbin: row 3000, column 5 (counted from 0) is infinite; expected finite numbers") != NULL, "%s", err.text);
	rq_vector_rows_release(&rows);
	rq_vectors_release(&file.vectors);
}
END_TEST

/* Bytes that are compressed, too few, too many or in another order are whoever's who loads the file. */
START_TEST(what_is_no_plain_matrix_is_left_alone)
{
	struct rq_vector_file file = make_file();
	struct rq_vector_rows rows = {0};
	struct rq_buf text = {0};

	const char *path = write_file("a.npy", "npy", &file, RQ_TENSOR_F32);
	MUST(rq_file_read(&text, path, &err));
	MUST(rq_file_write(path, text.data, text.size - 1, &err));
	MUST(rq_vector_rows_open_plain(&rows, path, &err));
	ck_assert(!rows.plain && rows.n == 0);
	ck_assert_int_eq(rq_vector_rows_open(&rows, path, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "cut short") != NULL, "%s", err.text);
	rq_vector_rows_release(&rows);
	memcpy(strstr(text.data + 10, "False"), "True ", 5);
	MUST(rq_file_write(path, text.data, text.size, &err));
	MUST(rq_vector_rows_open(&rows, path, &err));
	ck_assert(!rows.plain && rows.n == ROWS);
	rq_vector_rows_release(&rows);
	MUST(rq_vector_rows_open_plain(&rows, "/nowhere/a.npy", &err));
	ck_assert(!rows.plain);
	rq_buf_release(&text);
	rq_vectors_release(&file.vectors);
}
END_TEST

Suite *vector_rows_suite(void)
{
	Suite *suite = suite_create("vector_rows");
	TCase *tests = tcase_create("vector_rows");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, rows_are_those_of_the_file, 0, 7);
	tcase_add_test(tests, what_is_no_number_is_named);
	tcase_add_test(tests, what_is_no_plain_matrix_is_left_alone);
	suite_add_tcase(suite, tests);
	return suite;
}
