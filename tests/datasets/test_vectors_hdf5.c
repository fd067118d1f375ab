/* HDF5 that h5py wrote (vectors/hdf5.py), as it is and damaged in many ways. */
#include "datasets/unpack.h"
#include "datasets/vector_file.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* The file as h5py wrote it. */
static struct rq_buf whole(const char *name)
{
	struct rq_unpack unpack;
	struct rq_error err = {0};
	struct rq_buf out = {0};
	char path[128], block[4096];
	size_t got = 1;

	snprintf(path, sizeof path, "tests/datasets/vectors/%s.gz", name);
	ck_assert_msg(rq_unpack_open(&unpack, path, NULL, &err) == RQ_OK, "%s", err.text);
	for (; got > 0; rq_buf_add(&out, block, got))
		ck_assert_msg(rq_unpack_next(&got, &unpack, block, sizeof block, &err) == RQ_OK, "%s", err.text);
	rq_unpack_release(&unpack);
	return out;
}

static enum rq_status read_file(struct rq_vector_file *file, const struct rq_buf *bytes, const char *array, struct rq_error *err)
{
	return rq_vector_file_from(file, rq_vector_format_find("hdf5"), "x", bytes->data, bytes->size, array, err);
}

/* What hdf5.py calls TRAIN: 5 x 3. */
static float train(size_t i, size_t j)
{
	return (float)i - (float)j / 4;
}

START_TEST(what_ann_benchmarks_writes)
{
	static const char *const names[] = {"ann.hdf5", "latest.hdf5"};
	const float neighbors[] = {4, 3, 2, 1};
	struct rq_buf bytes = whole(names[_i]);
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_msg(read_file(&file, &bytes, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(file.vectors.n, 5);
	ck_assert_uint_eq(file.vectors.d, 3);
	for (size_t i = 0; i < 15; i++)
		ck_assert_float_eq(file.vectors.data[i], train(i / 3, i % 3));
	ck_assert_str_eq(file.type, "f4");
	ck_assert_str_eq(file.remark, "distance angular");
	rq_vector_file_release(&file);

	ck_assert_msg(read_file(&file, &bytes, "test", &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(file.vectors.n, 2);
	for (size_t i = 0; i < 6; i++)
		ck_assert_float_eq(file.vectors.data[i], train(i / 3, i % 3) + 0.5f);
	rq_vector_file_release(&file);

	ck_assert_msg(read_file(&file, &bytes, "neighbors", &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(file.type, "i4");
	ck_assert_mem_eq(file.vectors.data, neighbors, sizeof neighbors);
	rq_vector_file_release(&file);
	ck_assert_int_eq(read_file(&file, &bytes, "queries", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, _i == 0 ? "x: no data set \"queries\"; there is distances, neighbors, test, train: name one, as in \"x:test\""
	                                   : "x: no data set \"queries\"; there is test, neighbors, train, distances: name one, as in \"x:test\"");
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(files_by_name_and_hash)
{
	struct rq_buf bytes = whole("ann.hdf5");
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	char *path = file_with(".hdf5", bytes.data, bytes.size), test[128], sha256[RQ_SHA256_HEX], expected[RQ_SHA256_HEX];

	snprintf(test, sizeof test, "%s:test", path);
	ck_assert_msg(rq_vectors_load(&vectors, &ids, sha256, test, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, 2);
	ck_assert_float_eq(vectors.data[5], train(1, 2) + 0.5f);
	ck_assert_int_eq(rq_sha256_file(expected, path, &err), RQ_OK);
	ck_assert_str_eq(sha256, expected);
	rq_vectors_release(&vectors);
	ck_assert_int_eq(rq_vectors_load(&vectors, &ids, NULL, "tests/datasets/vectors/ann.hdf5.gz", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "tests/datasets/vectors/ann.hdf5.gz: a compressed HDF5 file, whose parts stand in any order; uncompress it first");
	file_remove(path);
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(types_of_numbers)
{
	static const char *const names[] = {"f2", "f4", "f8", "i1", "u1", "i4", ">f4", ">f8"};
	struct rq_buf bytes = whole("kinds.hdf5");
	struct rq_error err = {0};

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		struct rq_vector_file file;
		ck_assert_msg(read_file(&file, &bytes, names[k], &err) == RQ_OK, "%s", err.text);
		for (size_t i = 0; i < 15; i++)
			ck_assert_float_eq(file.vectors.data[i], fabsf(rintf(train(i / 3, i % 3))));
		ck_assert_str_eq(file.type, names[k] + (names[k][0] == '>'));
		ck_assert_str_eq(file.remark, "distance euclidean");
		rq_vector_file_release(&file);
	}
	rq_buf_release(&bytes);
}
END_TEST

static void refused(const struct rq_buf *bytes, const char *array, const char *expected)
{
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_int_eq(read_file(&file, bytes, array, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(file.vectors.data);
}

#define NPY(name) "write it as .npy: python3 -c \"import h5py, numpy; numpy.save('" name ".npy', h5py.File('x')['" name "'][:].astype('f4'))\""

START_TEST(what_is_refused)
{
	struct rq_buf kinds = whole("kinds.hdf5"), many = whole("many.hdf5"), latest = whole("many_latest.hdf5"), none = {0}, cut;

	refused(&kinds, "i8", "x: \"i8\" is of none of the types f2, f4, f8, i1, u1 and i4; " NPY("i8"));
	refused(&kinds, "u2", "x: \"u2\" is of none of the types f2, f4, f8, i1, u1 and i4; " NPY("u2"));
	refused(&kinds, "words", "x: \"words\" is of none of the types f2, f4, f8, i1, u1 and i4; " NPY("words"));
	refused(&kinds, "chunked", "x: \"chunked\" is stored in chunks, as what is compressed is; " NPY("chunked"));
	refused(&kinds, "packed", "x: \"packed\" is stored in chunks, as what is compressed is; " NPY("packed"));
	refused(&kinds, "row", "x: \"row\" has 1 dimension; expected two, one row a record");
	refused(&kinds, "cube", "x: \"cube\" has 3 dimensions; expected two, one row a record");
	refused(&kinds, "none", "x: \"none\" holds no vectors; expected at least one row and one column");
	refused(&kinds, "group", "x: \"group\" is no data set; name one, as in \"x:train\"");
	refused(&many, NULL, "x: no data set \"train\"; there is x0, x1, x10, x11, x12, x13, x14, x15 and 32 more: name one, as in \"x:test\"");
	refused(&latest, "x1", "x: \"train\" is one of so many objects that their names are in a heap; " NPY("train"));
	refused(&none, NULL, "x: no superblock of HDF5, version 0 to 3; expected a file that h5py or libhdf5 wrote");
	cut = many;
	cut.size = 90;
	refused(&cut, NULL, "x: damaged HDF5: an object's header of 40 bytes at byte 96, and the file has 90; copy or write the file again");
	rq_buf_release(&kinds);
	rq_buf_release(&many);
	rq_buf_release(&latest);
}
END_TEST

/* More than one node of a tree holds. */
START_TEST(many_members)
{
	struct rq_buf bytes = whole("many.hdf5");
	struct rq_vector_file file;
	struct rq_error err = {0};
	char name[8];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "x%d", i);
		ck_assert_msg(read_file(&file, &bytes, name, &err) == RQ_OK, "%s", err.text);
		ck_assert_float_eq(file.vectors.data[14], train(4, 2) + (float)i);
		rq_vector_file_release(&file);
	}
	rq_buf_release(&bytes);
}
END_TEST

/* Cut anywhere or with bytes written over, a file is read or refused; memory is only taken for what is there. */
START_TEST(damaged_files)
{
	static const char *const names[] = {"ann.hdf5", "latest.hdf5", "kinds.hdf5", "many.hdf5", "many_latest.hdf5"};
	struct rq_buf bytes = whole(names[_i]), damaged = {0};
	struct rq_random random;
	struct rq_vector_file file;
	struct rq_error err = {0};

	rq_random_seed(&random, (uint64_t)_i);
	for (int round = 0; round < 3000; round++) {
		rq_buf_clear(&damaged);
		rq_buf_add(&damaged, bytes.data, round % 3 == 0 ? rq_random_below(&random, bytes.size) : bytes.size);
		for (size_t k = rq_random_below(&random, 4); k > 0 && damaged.size > 0; k--)
			damaged.data[rq_random_below(&random, damaged.size)] =
				(char)(rq_random_below(&random, 2) == 0 ? rq_random_below(&random, 256) : 255 * rq_random_below(&random, 2));
		enum rq_status status = read_file(&file, &damaged, _i == 2 ? "f4" : _i > 2 ? "x1" : NULL, &err);
		ck_assert_msg(status == RQ_OK || status == RQ_E_DATA, "%s", err.text);
		if (status == RQ_OK)
			ck_assert_uint_le(file.vectors.n * file.vectors.d, damaged.size);
		rq_vector_file_release(&file);
	}
	rq_buf_release(&bytes);
	rq_buf_release(&damaged);
}
END_TEST

Suite *vectors_hdf5_suite(void)
{
	Suite *suite = suite_create("vectors_hdf5");
	TCase *tests = tcase_create("vectors_hdf5");

	tcase_add_loop_test(tests, what_ann_benchmarks_writes, 0, 2);
	tcase_add_test(tests, files_by_name_and_hash);
	tcase_add_test(tests, types_of_numbers);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, many_members);
	tcase_add_loop_test(tests, damaged_files, 0, 5);
	suite_add_tcase(suite, tests);
	return suite;
}
