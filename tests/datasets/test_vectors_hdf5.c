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
	ck_assert_str_eq(err.text, _i == 0 ? "x: no data set \"queries\"; there is distances, neighbors, test, train: name one, as in \"x:distances\""
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

/* Writes over the first `size` bytes that are `from`, which must be there. */
static void overwrite(struct rq_buf *bytes, const void *from, const void *to, size_t size)
{
	char *at = memmem(bytes->data, bytes->size, from, size);

	ck_assert_ptr_nonnull(at);
	memcpy(at, to, size);
}

/* Class and version, bits, size, precision, places of the exponent and the mantissa, bias: as h5py writes "f2". */
static const unsigned char half[20] = {0x11, 0x20, 15, 0, 2, 0, 0, 0, 0, 0, 16, 0, 10, 5, 0, 10, 15};

START_TEST(numbers_of_two_bytes)
{
	static const unsigned char brain[sizeof half] = {0x11, 0x20, 15, 0, 2, 0, 0, 0, 0, 0, 16, 0, 7, 8, 0, 7, 127};
	static const float seen[] = {0, 0x1p-7f, 2, 32, 512}; /* the bits of a float16 of 0, 1, 2, 3, 4 */
	struct rq_buf bytes = whole("kinds.hdf5");
	struct rq_vector_file file;
	struct rq_error err = {0};

	overwrite(&bytes, half, brain, sizeof half);
	ck_assert_msg(read_file(&file, &bytes, "f2", &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(file.type, "bf16");
	for (size_t i = 0; i < 15; i++)
		ck_assert_float_eq(file.vectors.data[i], seen[(size_t)fabsf(rintf(train(i / 3, i % 3)))]);
	rq_vector_file_release(&file);
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

	refused(&kinds, "i8", "x: \"i8\" is of none of the types f2, bf16, f4, f8, i1, u1 and i4; " NPY("i8"));
	refused(&kinds, "u2", "x: \"u2\" is of none of the types f2, bf16, f4, f8, i1, u1 and i4; " NPY("u2"));
	refused(&kinds, "words", "x: \"words\" is of none of the types f2, bf16, f4, f8, i1, u1 and i4; " NPY("words"));
	refused(&kinds, "row", "x: \"row\" has 1 dimension; expected two, one row a record");
	refused(&kinds, "cube", "x: \"cube\" has 3 dimensions; expected two, one row a record");
	refused(&kinds, "none", "x: \"none\" holds no vectors; expected at least one row and one column");
	refused(&kinds, "group", "x: \"group\" is no data set; name one of its root group");
	refused(&many, NULL, "x: no data set \"train\"; there is x0, x1, x10, x11, x12, x13, x14, x15 and 32 more: name one, as in \"x:x0\"");
	refused(&latest, "x1", "x: \"x1\" is one of so many objects that their names are in a heap; " NPY("x1"));
	refused(&latest, "x'$(y)", "x: \"x'$(y)\" is one of so many objects that their names are in a heap; write it as .npy with h5py");
	refused(&none, NULL, "x: no superblock of HDF5, version 0 to 3; expected a file that h5py or libhdf5 wrote");
	for (size_t i = 0; i < 6; i++) { /* the place of the sign, whether a bit is left out; the exponent, its size, the mantissa's, the bias */
		static const size_t places[] = {2, 1, 12, 13, 15, 16};
		unsigned char other[sizeof half];
		struct rq_buf odd = whole("kinds.hdf5");
		memcpy(other, half, sizeof half);
		other[places[i]] ^= 0x10;
		overwrite(&odd, half, other, sizeof half);
		refused(&odd, "f2", "x: \"f2\" is of none of the types f2, bf16, f4, f8, i1, u1 and i4; " NPY("f2"));
		rq_buf_release(&odd);
	}
	cut = many;
	cut.size = 90;
	refused(&cut, NULL, "x: damaged HDF5: an object's header of 40 bytes at byte 96, and the file has 90; copy or write the file again");
	rq_buf_release(&kinds);
	rq_buf_release(&many);
	rq_buf_release(&latest);
}
END_TEST

/* What h5py reads, and this says it does not. */
START_TEST(what_stands_elsewhere)
{
	struct rq_buf bytes = whole("ann.hdf5"), user = {0};
	enum { TEST = 2, SYMBOL = 40 }; /* of its four names */

	for (size_t i = 0; i < 1024; i++)
		rq_buf_puts(&user, " ");
	rq_buf_add(&user, bytes.data, bytes.size);
	refused(&user, "test", "x: \"test\" is in a file that begins with a user block; " NPY("test"));
	char *symbols = memmem(bytes.data, bytes.size, "SNOD", 4);
	ck_assert_ptr_nonnull(symbols);
	char *object = symbols + 8 + TEST * SYMBOL + 8;
	memset(object, 0xFF, 8);
	object[8] = 2; /* a soft link */
	refused(&bytes, "test", "x: \"test\" is a link to an object elsewhere; " NPY("test"));
	struct rq_buf latest = whole("latest.hdf5");
	char *link = memmem(latest.data, latest.size, (const char[]){1, 0, 4, 't', 'e', 's', 't'}, 7);
	ck_assert_ptr_nonnull(link);
	memcpy(link, (const char[]){1, 8, 1, 4, 't', 'e', 's', 't', 5, 0, 't', 'r', 'a', 'i', 'n'}, 7 + 8);
	refused(&latest, "test", "x: \"test\" is a link to an object elsewhere; " NPY("test"));
	rq_buf_release(&latest);
	rq_buf_release(&bytes);
	bytes = whole("ann.hdf5");
	char *layout = bytes.data;
	do {
		layout = memmem(layout + 1, bytes.size - (size_t)(layout + 1 - bytes.data), (const char[]){8, 0, 24, 0}, 4);
		ck_assert_ptr_nonnull(layout);
		ck_assert_int_eq(memcmp(layout + 8, (const char[]){3, 1}, 2), 0);
		layout[8] = 2; /* in which the next byte is no kind, but a number of dimensions */
	} while (memmem(layout + 1, bytes.size - (size_t)(layout + 1 - bytes.data), (const char[]){8, 0, 24, 0}, 4) != NULL);
	refused(&bytes, "test", "x: \"test\" is of a layout that is not understood; " NPY("test"));
	rq_buf_release(&bytes);
	rq_buf_release(&user);
}
END_TEST

/* ---- chunks ---- */

/* What hdf5.py calls LARGE: 41 x 19. */
static float large(size_t i)
{
	return (float)((i / 19 * 7 + i % 19 * 3) % 64) - 32;
}

START_TEST(chunks)
{
	static const char *const names[] = {"train", "shuffled", "shuffle", "plain", "grown"}, *const types[] = {"f4", "f8", "f2", "i1", "f4"};
	struct rq_buf bytes = whole("chunked.hdf5"), kinds = whole("kinds.hdf5");
	struct rq_vector_file file;
	struct rq_error err = {0};

	for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
		ck_assert_msg(read_file(&file, &bytes, names[k], &err) == RQ_OK, "%s: %s", names[k], err.text);
		ck_assert_str_eq(file.type, types[k]);
		ck_assert_uint_eq(file.vectors.n, 41);
		ck_assert_uint_eq(file.vectors.d, 19);
		for (size_t i = 0; i < 41 * 19; i++)
			ck_assert_float_eq(file.vectors.data[i], large(i));
		rq_vector_file_release(&file);
	}
	for (size_t k = 0; k < 2; k++) {
		ck_assert_msg(read_file(&file, &kinds, k == 0 ? "chunked" : "packed", &err) == RQ_OK, "%s", err.text);
		for (size_t i = 0; i < 15; i++)
			ck_assert_float_eq(file.vectors.data[i], train(i / 3, i % 3));
		rq_vector_file_release(&file);
	}
	rq_buf_release(&bytes);
	rq_buf_release(&kinds);
}
END_TEST

/* Of "shuffle", 7 x 19 numbers of two bytes, and of "shuffled", 8 x 5 of eight: the chunk's extents; the second chunk's size, mask and row in the tree. */
static const unsigned char sevens[12] = {7, 0, 0, 0, 19, 0, 0, 0, 2}, eights[12] = {8, 0, 0, 0, 5, 0, 0, 0, 8}, second[16] = {10, 1, 0, 0, 0, 0, 0, 0, 7};
enum { ENTRY = 40, ADDRESS = 32 };

static void expect_damage(const unsigned char *from, size_t size, size_t place, unsigned value, const char *array, const char *what)
{
	struct rq_buf bytes = whole("chunked.hdf5");
	unsigned char to[sizeof second];
	char expected[200];

	memcpy(to, from, size);
	to[place] = (unsigned char)value;
	overwrite(&bytes, from, to, size);
	snprintf(expected, sizeof expected, "x: damaged HDF5: \"%s\" has %s; copy or write the file again", array, what);
	refused(&bytes, array, expected);
	rq_buf_release(&bytes);
}

START_TEST(chunks_that_claim_what_is_not_there)
{
	struct rq_buf bytes = whole("chunked.hdf5");

	refused(&bytes, "checked", "x: \"checked\" is packed by a filter other than gzip and shuffle; " NPY("checked"));
	refused(&bytes, "lzf", "x: \"lzf\" is packed by a filter other than gzip and shuffle; " NPY("lzf"));
	refused(&bytes, "holes", "x: \"holes\" is stored in chunks of which some were never written; " NPY("holes"));
	expect_damage(sevens, sizeof sevens, 0, 0, "shuffle", "chunks of no size that there is");
	expect_damage(sevens, sizeof sevens, 8, 4, "shuffle", "chunks of no size that there is");
	expect_damage(sevens, sizeof sevens, 4, 20, "shuffle", "a chunk of another size than the others");
	expect_damage(eights, sizeof eights, 3, 16, "shuffled", "chunks of no size that there is"); /* 10 GB */
	expect_damage(eights, sizeof eights, 0, 9, "shuffled", "chunks at places where none belongs");
	expect_damage(second, sizeof second, 8, 14, "shuffle", "chunks at places where none belongs");
	expect_damage(second, sizeof second, 3, 1, "shuffle", "chunks that lie in each other, or beyond the end");
	expect_damage(eights, sizeof eights, 2, 20, "shuffled", "a chunk of another size than the others"); /* 52 MB, of some hundred bytes */
	struct rq_buf large = whole("chunked.hdf5");
	((unsigned char *)memmem(large.data, large.size, eights, sizeof eights))[2] = 30; /* 79 MB, of a matrix of 6 kB */
	refused(&large, "shuffled", "x: \"shuffled\" is stored in chunks of more than 64 MiB, and than it has itself; " NPY("shuffled"));
	rq_buf_release(&large);
	unsigned char *entry = memmem(bytes.data, bytes.size, second, sizeof second);
	ck_assert_ptr_nonnull(entry);
	memcpy(entry + ADDRESS, entry + ENTRY + ADDRESS, 8);
	refused(&bytes, "shuffle", "x: damaged HDF5: \"shuffle\" has chunks that lie in each other, or beyond the end; copy or write the file again");
	rq_buf_release(&bytes);
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
	static const char *const names[] = {"ann.hdf5", "latest.hdf5", "kinds.hdf5", "many.hdf5", "many_latest.hdf5", "chunked.hdf5"};
	static const char *const packed[] = {"train", "shuffled", "shuffle", "plain", "grown"};
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
		enum rq_status status = read_file(&file, &damaged, _i == 5 ? packed[round % 5] : _i == 2 ? "f4" : _i > 2 ? "x1" : NULL, &err);
		ck_assert_msg(status == RQ_OK || status == RQ_E_DATA, "%s", err.text);
		if (status == RQ_OK)
			ck_assert_uint_le(file.vectors.n * file.vectors.d, damaged.size * (_i == 5 ? 1032 : 1)); /* deflate's largest ratio */
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
	tcase_add_test(tests, numbers_of_two_bytes);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, what_stands_elsewhere);
	tcase_add_test(tests, many_members);
	tcase_add_test(tests, chunks);
	tcase_add_test(tests, chunks_that_claim_what_is_not_there);
	tcase_add_loop_test(tests, damaged_files, 0, 6);
	suite_add_tcase(suite, tests);
	return suite;
}
