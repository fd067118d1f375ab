/* Bytes past the page cache are the bytes: in pieces of any size, at any place, where the file system knows a way past it and where it does not. */
#include "evalcore/base/direct.h"
#include "evalcore/base/random.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const folders[] = {"/tmp", "/dev/shm"};
static char name[64];
static struct rq_error err;

static int open_new(const char *folder)
{
	snprintf(name, sizeof name, "%s/rqgate-direct-XXXXXX", folder);
	return mkstemp(name);
}

static unsigned char *random_bytes(size_t size, struct rq_random *random)
{
	unsigned char *bytes = malloc(size + 1);

	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (unsigned char)rq_random_u64(random);
	return bytes;
}

static void write_in_pieces(int fd, const unsigned char *bytes, size_t size, struct rq_random *random)
{
	struct rq_direct_writer writer = {0};

	ck_assert_int_eq(rq_direct_begin(&writer, fd, name, &err), RQ_OK);
	for (size_t at = 0, now; at < size; at += now) {
		now = 1 + (size_t)rq_random_below(random, 700000);
		now = now < size - at ? now : size - at;
		ck_assert_int_eq(rq_direct_add(&writer, bytes + at, now, &err), RQ_OK);
	}
	ck_assert_int_eq(rq_direct_end(&writer, &err), RQ_OK);
	rq_direct_release(&writer);
}

static void expect_bytes(const unsigned char *bytes, size_t size, struct rq_random *random)
{
	RQ_CLEANUP(rq_direct_reader_release) struct rq_direct_reader reader = {0};
	unsigned char *read = malloc(size + 2);
	int fd = rq_direct_open(name);
	struct stat info;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &info), 0);
	ck_assert_uint_eq((size_t)info.st_size, size);
	ck_assert_int_eq(rq_direct_read(&reader, read, size, fd, 0), 1);
	ck_assert_int_eq(memcmp(read, bytes, size), 0);
	for (int i = 0; i < 40 && size > 0; i++) {
		size_t at = (size_t)rq_random_below(random, size), now = 1 + (size_t)rq_random_below(random, size - at);
		ck_assert_int_eq(rq_direct_read(&reader, read, now, fd, at), 1);
		ck_assert_int_eq(memcmp(read, bytes + at, now), 0);
	}
	ck_assert_int_eq(rq_direct_read(&reader, read, size + 1, fd, 0), 0);
	ck_assert_int_eq(rq_direct_read(&reader, read, 1, fd, size), 0);
	ck_assert_int_eq(rq_direct_read(&reader, read, 1, fd, size + 123456), 0);
	close(fd);
	free(read);
}

START_TEST(what_was_written_is_read)
{
	static const size_t sizes[] = {0,    1,    4095, 4096, 4097, 8192, 100000, RQ_DIRECT_ROOM - 1, RQ_DIRECT_ROOM, RQ_DIRECT_ROOM + 1, 2 * RQ_DIRECT_ROOM + 12345,
	                               3 * RQ_DIRECT_ROOM};
	size_t size = sizes[_i % 12];
	struct rq_random random;
	int fd = open_new(folders[_i / 12]);

	if (fd < 0)
		return; /* no such folder on this system */
	rq_random_seed(&random, (uint64_t)_i);
	unsigned char *bytes = random_bytes(size, &random), *others = random_bytes(size, &random);
	write_in_pieces(fd, bytes, size, &random);
	expect_bytes(bytes, size, &random);
	write_in_pieces(fd, others, size, &random); /* over what is there */
	expect_bytes(others, size, &random);
	close(fd);
	unlink(name);
	free(bytes);
	free(others);
}
END_TEST

START_TEST(what_does_not_fit_is_said)
{
	const struct rlimit limit = {RQ_DIRECT_ROOM / 2, RLIM_INFINITY};
	struct rq_direct_writer writer = {0};
	struct rq_random random;
	int fd = open_new("/tmp"), full = open("/dev/full", O_RDWR);

	ck_assert_int_ge(fd, 0);
	rq_random_seed(&random, 1);
	unsigned char *bytes = random_bytes(RQ_DIRECT_ROOM, &random);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(rq_direct_begin(&writer, fd, "pack", &err), RQ_OK);
	ck_assert_int_eq(rq_direct_add(&writer, bytes, RQ_DIRECT_ROOM, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"pack\": cannot write: File too large");
	ck_assert_int_eq(rq_direct_begin(&writer, full, "full", &err), RQ_OK);
	ck_assert_int_eq(rq_direct_add(&writer, bytes, 5, &err), RQ_OK); /* it waits */
	ck_assert_int_eq(rq_direct_end(&writer, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"full\": cannot write: No space left on device");
	rq_direct_release(&writer);
	close(full);
	close(fd);
	unlink(name);
	free(bytes);
}
END_TEST

START_TEST(what_cannot_be_read_is_said)
{
	RQ_CLEANUP(rq_direct_reader_release) struct rq_direct_reader reader = {0};
	char byte;

	ck_assert_int_eq(rq_direct_open("/tmp/rqgate is not here"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(rq_direct_read(&reader, &byte, 1, -1, 0), -1);
	ck_assert_int_eq(errno, EBADF);
}
END_TEST

/* proc(5) has no way past the cache, and a disk has none to places that are not aligned. */
START_TEST(through_the_cache_where_there_is_no_way_past_it)
{
	RQ_CLEANUP(rq_direct_reader_release) struct rq_direct_reader reader = {0};
	struct rq_direct_writer writer = {0};
	char expected[32], read[32], *bytes = malloc(RQ_DIRECT_ROOM), *back = malloc(RQ_DIRECT_ROOM);
	FILE *version = fopen("/proc/version", "rb");
	int fd = rq_direct_open("/proc/version"), file = open_new("/tmp");

	if (version != NULL) {
		ck_assert_int_ge(fd, 0);
		ck_assert_uint_eq(fread(expected, 1, sizeof expected, version), sizeof expected);
		ck_assert_int_eq(rq_direct_read(&reader, read, sizeof read, fd, 0), 1);
		ck_assert_int_eq(memcmp(read, expected, sizeof read), 0);
		fclose(version);
		close(fd);
	}
	memset(bytes, 'x', RQ_DIRECT_ROOM);
	ck_assert_int_eq(rq_direct_begin(&writer, file, name, &err), RQ_OK);
	writer.offset = 1;
	ck_assert_int_eq(rq_direct_add(&writer, bytes, RQ_DIRECT_ROOM, &err), RQ_OK);
	ck_assert_int_eq(rq_direct_end(&writer, &err), RQ_OK);
	ck_assert_int_eq(pread(file, back, RQ_DIRECT_ROOM, 1), RQ_DIRECT_ROOM);
	ck_assert_int_eq(memcmp(back, bytes, RQ_DIRECT_ROOM), 0);
	rq_direct_release(&writer);
	close(file);
	unlink(name);
	free(bytes);
	free(back);
}
END_TEST

Suite *direct_suite(void)
{
	Suite *suite = suite_create("direct");
	TCase *tcase = tcase_create("direct");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, what_was_written_is_read, 0, 24);
	tcase_add_test(tcase, what_does_not_fit_is_said);
	tcase_add_test(tcase, through_the_cache_where_there_is_no_way_past_it);
	tcase_add_test(tcase, what_cannot_be_read_is_said);
	suite_add_tcase(suite, tcase);
	return suite;
}
