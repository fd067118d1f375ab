#include "datasets/unpack.h"
#include "datasets/writers.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* All of it, in pieces of at most `room`. */
static enum rq_status drain(struct rq_buf *out, struct rq_unpack *unpack, size_t room, struct rq_error *err)
{
	char piece[4096];
	size_t got;

	do {
		RQ_TRY(rq_unpack_next(&got, unpack, piece, room, err));
		ck_assert_uint_le(got, room);
		rq_buf_add(out, piece, got);
	} while (got > 0);
	return RQ_OK;
}

static void same(const struct rq_buf *a, const struct rq_buf *b)
{
	ck_assert_uint_eq(a->size, b->size);
	if (a->size > 0)
		ck_assert_int_eq(memcmp(a->data, b->data, a->size), 0);
}

static void check_memory(const struct rq_buf *packed, const struct rq_buf *text, size_t room)
{
	struct rq_unpack unpack;
	struct rq_buf out = {0};

	ck_assert_int_eq(rq_unpack_from(&unpack, "x", packed->data, packed->size, NULL), RQ_OK);
	for (int round = 0; round < 2; round++) {
		ck_assert_int_eq(drain(&out, &unpack, room, NULL), RQ_OK);
		same(&out, text);
		rq_buf_clear(&out);
		ck_assert_int_eq(rq_unpack_rewind(&unpack, NULL), RQ_OK);
	}
	rq_unpack_release(&unpack);
	rq_buf_release(&out);
}

static void check_open(struct rq_unpack *unpack, struct rq_sha256 *sha256, const struct rq_buf *packed, const struct rq_buf *text, size_t room)
{
	char hash[RQ_SHA256_HEX], expected[RQ_SHA256_HEX];
	struct rq_buf out = {0};

	ck_assert_int_eq(drain(&out, unpack, room, NULL), RQ_OK);
	same(&out, text);
	ck_assert_int_eq(rq_sha256_end(hash, sha256, NULL), RQ_OK);
	ck_assert_int_eq(rq_sha256(expected, packed->data, packed->size, NULL), RQ_OK);
	ck_assert_str_eq(hash, expected);
	rq_buf_clear(&out);
	ck_assert_int_eq(rq_unpack_rewind(unpack, NULL), RQ_OK);
	ck_assert_int_eq(drain(&out, unpack, room, NULL), RQ_OK);
	same(&out, text);
	rq_buf_release(&out);
	rq_unpack_release(unpack);
}

static void check_file(const struct rq_buf *packed, const struct rq_buf *text, size_t room)
{
	char *path = file_with("unpack", packed->data, packed->size);
	struct rq_unpack unpack;
	struct rq_sha256 sha256;

	rq_sha256_begin(&sha256);
	ck_assert_int_eq(rq_unpack_open(&unpack, path, &sha256, NULL), RQ_OK);
	ck_assert_uint_eq(unpack.size, packed->size);
	check_open(&unpack, &sha256, packed, text, room);
	file_remove(path);
}

/* Standard input that comes a few bytes at a time and cannot be read twice. */
static void check_pipe(const struct rq_buf *packed, const struct rq_buf *text, size_t room)
{
	struct rq_unpack unpack;
	struct rq_sha256 sha256;
	int ends[2], kept = dup(STDIN_FILENO), status;

	ck_assert_int_eq(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		for (size_t at = 0, piece; at < packed->size; at += piece) {
			piece = at < 10 ? 1 : packed->size - at;
			if (write(ends[1], packed->data + at, piece) != (ssize_t)piece)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	rq_sha256_begin(&sha256);
	ck_assert_int_eq(rq_unpack_open(&unpack, "-", &sha256, NULL), RQ_OK);
	ck_assert_str_eq(unpack.path, "standard input");
	ck_assert_uint_eq(unpack.size, 0);
	ck_assert_int_eq(rq_unpack_spool(&unpack, NULL), RQ_OK);
	ck_assert_uint_eq(unpack.size, packed->size);
	check_open(&unpack, &sha256, packed, text, room);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(dup2(kept, STDIN_FILENO), STDIN_FILENO);
	close(kept);
}

START_TEST(every_packing_from_every_source)
{
	struct rq_random random;

	rq_random_seed(&random, 7);
	for (int round = 0; round < 60; round++) {
		struct rq_buf text = {0}, packed = {0};
		rq_buf_puts(&packed, "");
		enum rq_packing packing = (enum rq_packing)(round % 3);
		for (size_t members = 1 + rq_random_below(&random, 3); members > 0; members--) {
			size_t start = text.size, size = rq_random_below(&random, round % 5 == 0 ? 300000 : 40);
			for (size_t i = 0; i < size; i++)
				rq_buf_add(&text, &"abcdefgh0123456\n"[rq_random_below(&random, 16)], 1);
			ck_assert_int_eq(rq_text_pack(&packed, packing, size == 0 ? "" : text.data + start, size, NULL), RQ_OK);
		}
		size_t room = 1 + rq_random_below(&random, text.size > 1000 ? 4096 : 16);
		room = text.size > 1000 && room < 512 ? 512 : room;
		check_memory(&packed, &text, room);
		check_file(&packed, &text, room);
		check_pipe(&packed, &text, room);
		rq_buf_release(&text);
		rq_buf_release(&packed);
	}
}
END_TEST

static void refused(const struct rq_buf *packed, size_t size, const char *expected)
{
	struct rq_unpack unpack;
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_unpack_from(&unpack, "x", packed->data, size, NULL), RQ_OK);
	ck_assert_int_eq(drain(&out, &unpack, 100, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	rq_unpack_release(&unpack);
	rq_buf_release(&out);
}

START_TEST(cut_short_anywhere)
{
	for (enum rq_packing packing = RQ_PACKED_GZIP; packing <= RQ_PACKED_ZSTD; packing++) {
		struct rq_buf packed = {0};
		ck_assert_int_eq(rq_text_pack(&packed, packing, "one two three\n", 14, NULL), RQ_OK);
		size_t whole = packed.size;
		ck_assert_int_eq(rq_text_pack(&packed, packing, "four\n", 5, NULL), RQ_OK);
		for (size_t size = 4; size < packed.size; size++) {
			char expected[128];
			snprintf(expected, sizeof expected, "x: the %s data is cut short after %zu bytes; write the file again", packing == RQ_PACKED_GZIP ? "gzip" : "zstd",
			         size);
			if (size != whole)
				refused(&packed, size, expected);
		}
		rq_buf_release(&packed);
	}
}
END_TEST

START_TEST(damage_is_told)
{
	struct rq_buf packed = {0};

	ck_assert_int_eq(rq_text_pack(&packed, RQ_PACKED_GZIP, "one two three\n", 14, NULL), RQ_OK);
	packed.data[packed.size - 8] ^= 1;
	refused(&packed, packed.size, "x: damaged gzip data: incorrect data check; write the file again");
	packed.data[packed.size - 8] ^= 1;
	packed.data[packed.size - 1] ^= 1;
	refused(&packed, packed.size, "x: damaged gzip data: incorrect length check; write the file again");
	packed.data[packed.size - 1] ^= 1;
	rq_buf_puts(&packed, "rest");
	refused(&packed, packed.size, "x: damaged gzip data: incorrect header check; write the file again");
	rq_buf_clear(&packed);
	ck_assert_int_eq(rq_text_pack(&packed, RQ_PACKED_ZSTD, "one two three\n", 14, NULL), RQ_OK);
	rq_buf_puts(&packed, "rest");
	refused(&packed, packed.size, "x: damaged zstd data: Unknown frame descriptor; write the file again");
	rq_buf_release(&packed);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	struct rq_unpack unpack;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_unpack_open(&unpack, "/nowhere/run.gz", NULL, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/nowhere/run.gz\": cannot open: No such file or directory");
	rq_unpack_release(&unpack);
	ck_assert_int_eq(rq_unpack_open(&unpack, "/tmp", NULL, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/tmp\": is a folder, expected a file");
	rq_unpack_release(&unpack);
}
END_TEST

START_TEST(a_file_that_grows_is_refused)
{
	char *path = file_with("unpack", "one\n", 4), piece[16];
	struct rq_unpack unpack;
	struct rq_error err = {0};
	size_t got;

	ck_assert_int_eq(rq_unpack_open(&unpack, path, NULL, NULL), RQ_OK);
	FILE *stream = fopen(path, "a");
	fputs("two\n", stream);
	fclose(stream);
	while (rq_unpack_next(&got, &unpack, piece, sizeof piece, &err) == RQ_OK)
		ck_assert_uint_gt(got, 0);
	ck_assert_int_eq(err.status, RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, ": changed while it was read; run again when it is written"));
	rq_unpack_release(&unpack);
	file_remove(path);
}
END_TEST

Suite *unpack_suite(void)
{
	Suite *suite = suite_create("unpack");
	TCase *tests = tcase_create("unpack");

	tcase_add_test(tests, every_packing_from_every_source);
	tcase_add_test(tests, cut_short_anywhere);
	tcase_add_test(tests, damage_is_told);
	tcase_add_test(tests, what_cannot_be_opened);
	tcase_add_test(tests, a_file_that_grows_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
