#include "datasets/vector_file.h"
#include "support.h"

#include <check.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

/* Archives that numpy.savez wrote (vectors/make.py); number i of the matrix of 5 x 3 is a quarter of i less one. */
#define FILES "tests/datasets/vectors/"

enum { N = 5, D = 3 };

/* An .npz with one bit changed anywhere is read as it was or refused. Names and sizes of headers that nobody reads may change. */
START_TEST(damaged_archives)
{
	static const char *const names[] = {FILES "stored.npz", FILES "deflated.npz", FILES "several.npz"};

	for (size_t f = 0; f < 3; f++) {
		struct rq_buf bytes = {0};
		struct rq_error err = {0};
		size_t read = 0;
		ck_assert_int_eq(rq_file_read(&bytes, names[f], &err), RQ_OK);
		for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
			struct rq_vector_file file;
			bytes.data[bit / 8] ^= (char)(1 << bit % 8);
			if (rq_vector_file_from(&file, rq_vector_format_find("npz"), "x", bytes.data, bytes.size, f == 2 ? "documents" : "vectors", &err) ==
			    RQ_OK) {
				for (size_t i = 0; i < N * D; i++)
					ck_assert_msg(file.vectors.data[i] == (float)i / 4 - 1, "%s: bit %zu", names[f], bit);
				rq_vector_file_release(&file);
				read++;
			}
			bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		}
		ck_assert_uint_lt(read, 8 * bytes.size); /* the rest is refused */
		for (size_t size = 0; size < bytes.size; size++) {
			struct rq_vector_file file;
			ck_assert_int_eq(rq_vector_file_from(&file, rq_vector_format_find("npz"), "x", bytes.data, size, NULL, &err), RQ_E_DATA);
		}
		rq_buf_release(&bytes);
	}
}
END_TEST

static void put(char *at, uint64_t value, size_t width)
{
	memcpy(at, &value, width);
}

/* Offsets within stored.npz are those of its directory, which is the last but its end record of 22 bytes. */
START_TEST(archives_that_claim_too_much)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};
	uint32_t directory;

	ck_assert_int_eq(rq_file_read(&bytes, FILES "stored.npz", &err), RQ_OK);
	memcpy(&directory, bytes.data + bytes.size - 6, sizeof directory);
	char *entry = bytes.data + directory, kept[64];
	memcpy(kept, entry, sizeof kept);
	put(entry + 24, UINT32_MAX, 4); /* its size; the packed one stays */
	vectors_refused("npz", bytes.data, bytes.size, "vectors",
	        "x: its member \"vectors.npy\" is damaged: it has another size than the directory says; copy or write the file again");
	put(entry + 20, UINT32_MAX - 1, 4);
	vectors_refused("npz", bytes.data, bytes.size, "vectors",
	        "x: its member \"vectors.npy\" is damaged: it lies beyond the end; copy or write the file again");
	memcpy(entry, kept, sizeof kept);
	put(entry + 16, 0, 4);
	vectors_refused("npz", bytes.data, bytes.size, "vectors",
	        "x: its member \"vectors.npy\" is damaged: its CRC is another than that of its bytes; copy or write the file again");
	memcpy(entry, kept, sizeof kept);
	put(entry + 8, 1, 2);
	vectors_refused("npz", bytes.data, bytes.size, "vectors", "x: its member \"vectors.npy\" is encrypted; expected one that numpy.savez wrote");
	memcpy(entry, kept, sizeof kept);
	put(entry + 10, 14, 2);
	vectors_refused("npz", bytes.data, bytes.size, "vectors",
	        "x: its member \"vectors.npy\" is compressed by method 14; expected stored or deflate, which numpy.savez writes");
	memcpy(entry, kept, sizeof kept);
	put(bytes.data + bytes.size - 12, 65535, 2);
	vectors_refused("npz", bytes.data, bytes.size, "vectors",
	        "x: a damaged archive: its directory has another size than it says; copy or write the file again");
	vectors_refused("npz", "PK\x03\x04", 4, NULL, "x: a damaged archive: no directory at its end; copy or write the file again");
	vectors_refused("npz", "PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, NULL,
	        "x: holds no array of two dimensions, (n, d); it has nothing of NumPy's");
	rq_buf_release(&bytes);
}
END_TEST

/* Which of the two was meant nobody can know, and tools differ. */
START_TEST(members_of_one_name)
{
	struct rq_buf bytes = {0}, twice = {0};
	struct rq_error err = {0};
	uint32_t directory;
	enum { END = 22 };

	ck_assert_int_eq(rq_file_read(&bytes, FILES "stored.npz", &err), RQ_OK);
	memcpy(&directory, bytes.data + bytes.size - 6, sizeof directory);
	size_t entry = bytes.size - END - directory;
	rq_buf_add(&twice, bytes.data, bytes.size - END);
	rq_buf_add(&twice, bytes.data + directory, entry);
	rq_buf_add(&twice, bytes.data + bytes.size - END, END);
	char *end = twice.data + twice.size - END;
	put(end + 8, 2 * (uint64_t)(unsigned char)end[8], 2); /* entries */
	put(end + 10, 2 * (uint64_t)(unsigned char)end[10], 2);
	put(end + 12, 2 * entry, 4);
	vectors_refused("npz", twice.data, twice.size, "vectors", "x: holds two members \"vectors.npy\"; expected each name once: write the file again");
	vectors_refused("npz", twice.data, twice.size, NULL, "x: holds two members \"vectors.npy\"; expected each name once: write the file again");
	rq_buf_release(&twice);
	rq_buf_release(&bytes);
}
END_TEST

/* The same archive as one of 4 GiB would be: sizes and offset of its first member behind the name, the directory named by a second record at the end.
 */
START_TEST(archives_of_64_bits)
{
	struct rq_buf bytes = {0}, large = {0};
	struct rq_error err = {0};
	struct rq_vector_file file;
	uint32_t directory, directory_size, old[2], offset;
	uint16_t name;
	char extra[4 + 24] = {1, 0, 24, 0}, record[56] = {'P', 'K', 6, 6}, locator[20] = {'P', 'K', 6, 7};

	ck_assert_int_eq(rq_file_read(&bytes, FILES "stored.npz", &err), RQ_OK);
	memcpy(&directory_size, bytes.data + bytes.size - 10, sizeof directory_size);
	memcpy(&directory, bytes.data + bytes.size - 6, sizeof directory);
	char *entry = bytes.data + directory;
	memcpy(old, entry + 20, sizeof old); /* packed, then whole */
	memcpy(&name, entry + 28, sizeof name);
	memcpy(&offset, entry + 42, sizeof offset);
	put(extra + 4, old[1], 8);
	put(extra + 12, old[0], 8);
	put(extra + 20, offset, 8);
	put(entry + 20, UINT64_MAX, 8);
	put(entry + 30, sizeof extra, 2);
	put(entry + 42, UINT32_MAX, 4);
	rq_buf_add(&large, bytes.data, directory + 46 + name);
	rq_buf_add(&large, extra, sizeof extra);
	rq_buf_add(&large, entry + 46 + name, directory_size - 46 - name);
	put(record + 32, 2, 8);
	put(record + 40, directory_size + sizeof extra, 8);
	put(record + 48, directory, 8);
	put(locator + 8, large.size, 8);
	rq_buf_add(&large, record, sizeof record);
	rq_buf_add(&large, locator, sizeof locator);
	char *end = bytes.data + bytes.size - 22;
	put(end + 10, UINT16_MAX, 2);
	put(end + 12, UINT64_MAX, 8);
	rq_buf_add(&large, end, 22);
	ck_assert_msg(rq_vector_file_from(&file, rq_vector_format_find("npz"), "x", large.data, large.size, "vectors", &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < N * D; i++)
		ck_assert_float_eq(file.vectors.data[i], (float)i / 4 - 1);
	rq_vector_file_release(&file);
	put(large.data + large.size - 22 - 12, UINT64_MAX, 8); /* where the locator says the record is */
	vectors_refused("npz", large.data, large.size, "vectors",
	                "x: a damaged archive: its last records lie beyond its end; copy or write the file again");
	rq_buf_release(&bytes);
	rq_buf_release(&large);
}
END_TEST

/* What the directory claims of a deflated member is counted first. */
START_TEST(deflated_members_that_claim_too_much)
{
	struct rq_buf bytes = {0};
	struct rq_error err = {0};
	uint32_t directory, size;

	ck_assert_int_eq(rq_file_read(&bytes, FILES "deflated.npz", &err), RQ_OK);
	memcpy(&directory, bytes.data + bytes.size - 6, sizeof directory);
	memcpy(&size, bytes.data + directory + 24, sizeof size);
	for (int more = -1; more < 2; more += 2) {
		put(bytes.data + directory + 24, size + (uint32_t)(more * 1000), 4);
		vectors_refused("npz", bytes.data, bytes.size, "vectors",
		        "x: its member \"vectors.npy\" is damaged: it has another size than the directory says; copy or write the file again");
	}
	rq_buf_release(&bytes);
}
END_TEST

/* Appends a stored member and its entry of the directory. */
static void add_member(struct rq_buf *members, struct rq_buf *directory, const char *name, const struct rq_buf *bytes)
{
	char local[30] = "PK\x03\x04", entry[46] = "PK\x01\x02";
	size_t length = strlen(name);

	put(entry + 16, crc32(0, (const unsigned char *)bytes->data, (unsigned)bytes->size), 4);
	put(entry + 20, bytes->size, 4);
	put(entry + 24, bytes->size, 4);
	put(entry + 28, length, 2);
	put(entry + 42, members->size, 4);
	memcpy(local + 14, entry + 16, 12);
	put(local + 26, length, 2);
	rq_buf_add(members, local, sizeof local);
	rq_buf_add(members, name, length);
	rq_buf_add(members, bytes->data, bytes->size);
	rq_buf_add(directory, entry, sizeof entry);
	rq_buf_add(directory, name, length);
}

/* Of arrays of one number, which is the place among them; `odd` has a header of no array of plain numbers. */
static struct rq_buf archive_of(const char *const *names, size_t count, size_t odd)
{
	struct rq_buf members = {0}, directory = {0};
	char end[22] = "PK\x05\x06";

	for (size_t i = 0; i < count; i++) {
		struct rq_buf bytes = {0};
		float number = (float)i;
		rq_buf_add(&bytes, "\x93NUMPY\x01\0\x76\0", 10);
		rq_buf_printf(&bytes, "%-117s\n", i == odd ? "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1, 1), }"
		                                           : "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }");
		rq_buf_add(&bytes, &number, sizeof number);
		add_member(&members, &directory, names[i], &bytes);
		rq_buf_release(&bytes);
	}
	put(end + 8, count, 2);
	put(end + 10, count, 2);
	put(end + 12, directory.size, 4);
	put(end + 16, members.size, 4);
	rq_buf_add(&members, directory.data, directory.size);
	rq_buf_add(&members, end, sizeof end);
	rq_buf_release(&directory);
	return members;
}

static void expect_number(const struct rq_buf *bytes, const char *array, float number)
{
	struct rq_vector_file file;
	struct rq_error err = {0};

	ck_assert_msg(rq_vector_file_from(&file, rq_vector_format_find("npz"), "x", bytes->data, bytes->size, array, &err) == RQ_OK, "%s", err.text);
	ck_assert_float_eq(file.vectors.data[0], number);
	rq_vector_file_release(&file);
}

/* numpy.load: an array's name comes before that of a file. */
START_TEST(arrays_come_before_members)
{
	static const char *const orders[][2] = {{"a.npy", "a.npy.npy"}, {"a.npy.npy", "a.npy"}};

	for (size_t i = 0; i < 2; i++) {
		struct rq_buf bytes = archive_of(orders[i], 2, 2);
		expect_number(&bytes, "a", (float)i);
		expect_number(&bytes, "a.npy", (float)(1 - i));
		expect_number(&bytes, "a.npy.npy", (float)(1 - i));
		rq_buf_release(&bytes);
	}
}
END_TEST

/* The first colon behind which a file's name could end parts it from the array's. */
START_TEST(names_with_colons)
{
	struct rq_buf bytes = archive_of((const char *const[]){"a:b.npy", "b.npy"}, 2, 2);
	char *path = file_with(":x.npz", bytes.data, bytes.size), name[128];
	struct rq_error err = {0};

	for (int i = 0; i < 2; i++) {
		struct rq_vector_file file;
		snprintf(name, sizeof name, "%s:%s", path, i == 0 ? "a:b" : "b");
		ck_assert_msg(rq_vector_file_read(&file, name, &err) == RQ_OK, "%s", err.text);
		ck_assert_float_eq(file.vectors.data[0], (float)i);
		rq_vector_file_release(&file);
	}
	file_remove(path);
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(arrays_of_another_kind_matter_only_without_a_name)
{
	struct rq_buf bytes = archive_of((const char *const[]){"odd.npy", "v.npy"}, 2, 0);

	expect_number(&bytes, "v", 1);
	vectors_refused("npz", bytes.data, bytes.size, NULL, "array \"odd\": x: header not understood at byte 20; expected {'descr': '<f4', "
	                "'fortran_order': False, 'shape': (n, d), }");
	vectors_refused("npz", bytes.data, bytes.size, "w", "x: holds no array \"w\"; it has \"odd\" (of another kind), \"v\" (1, 1)");
	rq_buf_release(&bytes);
}
END_TEST

Suite *npz_suite(void)
{
	Suite *suite = suite_create("npz");
	TCase *tests = tcase_create("npz");

	tcase_add_test(tests, damaged_archives);
	tcase_add_test(tests, archives_that_claim_too_much);
	tcase_add_test(tests, members_of_one_name);
	tcase_add_test(tests, archives_of_64_bits);
	tcase_add_test(tests, deflated_members_that_claim_too_much);
	tcase_add_test(tests, arrays_come_before_members);
	tcase_add_test(tests, names_with_colons);
	tcase_add_test(tests, arrays_of_another_kind_matter_only_without_a_name);
	suite_add_tcase(suite, tests);
	return suite;
}
