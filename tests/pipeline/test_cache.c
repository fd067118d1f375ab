/* Cache entries: found whole or not at all, whatever happened to their files. */
#include "lab.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char payload[] = "twenty-four bytes, or so";

static struct rq_key key_of(uint64_t number)
{
	struct rq_key key = {0};

	rq_key_add_u64(&key, number);
	return key;
}

static bool hit(struct rq_cache *cache, const char *kind, uint64_t number)
{
	struct rq_buf out = {0};
	struct rq_key key = key_of(number);
	bool found = rq_cache_get(cache, kind, &key, &out);

	ck_assert(!found || (out.size == sizeof payload && memcmp(out.data, payload, sizeof payload) == 0));
	rq_buf_release(&out);
	return found;
}

static void put(struct rq_cache *cache, uint64_t number)
{
	struct rq_key key = key_of(number);

	rq_cache_put(cache, "model", &key, payload, sizeof payload);
}

START_TEST(an_entry_is_found_by_its_kind_and_key_alone)
{
	struct rq_cache cache = {.folder = "a/b/cache"};

	ck_assert(!hit(&cache, "model", 1));
	put(&cache, 1);
	ck_assert(hit(&cache, "model", 1));
	ck_assert(!hit(&cache, "model", 2));
	ck_assert(!hit(&cache, "index", 1));
	ck_assert_uint_eq(cache.damaged, 0);
	ck_assert_int_eq(cache.write_error.status, RQ_OK);
	ck_assert_uint_eq(lab_count_files("a"), 1);
}
END_TEST

START_TEST(without_a_folder_nothing_is_kept)
{
	struct rq_cache cache = {0};
	struct rq_output output = {0};
	struct rq_key key = key_of(1);

	put(&cache, 1);
	ck_assert(!hit(&cache, "model", 1));
	ck_assert(!rq_cache_begin(&cache, &output, "model", &key));
	ck_assert_int_eq(cache.write_error.status, RQ_OK);
	ck_assert_uint_eq(lab_count_files("."), 0);
}
END_TEST

START_TEST(an_empty_payload_is_an_entry_too)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_key key = key_of(1);
	struct rq_buf out = {0};

	rq_cache_put(&cache, "model", &key, "", 0);
	ck_assert(rq_cache_get(&cache, "model", &key, &out));
	ck_assert_uint_eq(out.size, 0);
	rq_buf_release(&out);
}
END_TEST

/* The damaged file `bytes` is a miss and gone afterwards; then the entry can be made again. */
static void expect_refused(const char *path, const char *bytes, size_t size, const char *what, size_t where)
{
	struct rq_cache cache = {.folder = "cache"};

	lab_write_bytes(path, bytes, size);
	ck_assert_msg(!hit(&cache, "model", 1), "%s %zu: used", what, where);
	ck_assert_msg(cache.damaged == 1, "%s %zu: not counted", what, where);
	ck_assert_msg(!rq_file_exists(path), "%s %zu: still there", what, where);
	if (where % 8 != 0) /* writing waits for the disk */
		return;
	put(&cache, 1);
	ck_assert_msg(hit(&cache, "model", 1), "%s %zu: not made again", what, where);
	ck_assert_uint_eq(cache.damaged, 1);
}

START_TEST(a_truncated_entry_is_never_used)
{
	struct rq_cache cache = {.folder = "cache"};

	put(&cache, 1);
	char *path = lab_only_file("cache");
	struct rq_buf whole = lab_read(path);
	for (size_t size = 0; size < whole.size; size++)
		expect_refused(path, whole.data, size, "cut to", size);
	rq_buf_add(&whole, "", 1);
	expect_refused(path, whole.data, whole.size, "grown to", whole.size);
	rq_buf_release(&whole);
	free(path);
}
END_TEST

START_TEST(a_flipped_entry_is_never_used)
{
	struct rq_cache cache = {.folder = "cache"};

	put(&cache, 1);
	char *path = lab_only_file("cache");
	struct rq_buf whole = lab_read(path);
	for (size_t i = 0; i < whole.size; i++) {
		char flip = (char)(1 << i % 8);
		whole.data[i] ^= flip;
		expect_refused(path, whole.data, whole.size, "flipped in byte", i);
		whole.data[i] ^= flip;
	}
	rq_buf_release(&whole);
	free(path);
}
END_TEST

START_TEST(a_large_entry_goes_through_streams)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_output output = {0};
	struct rq_key key = key_of(1);
	size_t size = 2500001; /* not a multiple of any block */
	unsigned char *written = malloc(size), *read = malloc(size);

	for (size_t i = 0; i < size; i++)
		written[i] = (unsigned char)(i * 2654435761u >> 24);
	ck_assert(rq_cache_begin(&cache, &output, "index", &key));
	ck_assert_uint_eq(fwrite(written, 1, size, output.stream), size);
	rq_cache_end(&cache, &output);
	rq_output_release(&output);
	FILE *stream = rq_cache_open(&cache, "index", &key);
	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fread(read, 1, size, stream), size);
	ck_assert_int_eq(getc(stream), EOF);
	ck_assert_mem_eq(written, read, size);
	fclose(stream);
	free(written);
	free(read);
}
END_TEST

START_TEST(an_entry_that_is_not_finished_never_appears)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_output output = {0};
	struct rq_key key = key_of(1);

	ck_assert(rq_cache_begin(&cache, &output, "index", &key));
	fputs("half an index", output.stream);
	fflush(output.stream);
	ck_assert_ptr_null(rq_cache_open(&cache, "index", &key));
	rq_output_release(&output);
	ck_assert_uint_eq(lab_count_files("cache"), 0);
}
END_TEST

START_TEST(a_cache_that_cannot_be_written_is_noted_once_and_does_no_harm)
{
	struct rq_cache cache = {.folder = "file/cache"};

	lab_write("file", "in the way");
	put(&cache, 1);
	ck_assert(!hit(&cache, "model", 1));
	ck_assert_int_eq(cache.write_error.status, RQ_E_IO);
	ck_assert_str_eq(cache.write_error.text, "\"file/cache\": cannot create the folder: Not a directory");
	cache.folder = "file";
	put(&cache, 1);
	ck_assert_str_eq(cache.write_error.text, "\"file/cache\": cannot create the folder: Not a directory");
}
END_TEST

START_TEST(a_kind_without_a_row_is_not_kept)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_key key = key_of(1);

	rq_cache_put(&cache, "modle", &key, payload, sizeof payload);
	ck_assert_int_eq(cache.write_error.status, RQ_E_INTERNAL);
	ck_assert_str_eq(cache.write_error.text, "\"modle\" has no row in cache_kinds.def");
	ck_assert(!rq_file_exists("cache/modle"));
}
END_TEST

START_TEST(a_full_disk_is_noted_and_leaves_nothing)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rlimit limit, small;
	struct rq_key key = key_of(1);
	char *big = calloc(1, 1 << 20);

	/* A limit on file sizes stands in for a full disk: write() fails in the middle either way. */
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	small = (struct rlimit){65536, limit.rlim_max};
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
	rq_cache_put(&cache, "model", &key, big, 1 << 20);
	setrlimit(RLIMIT_FSIZE, &limit);
	ck_assert_int_eq(cache.write_error.status, RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(cache.write_error.text, ": cannot write"));
	ck_assert_uint_eq(lab_count_files("cache"), 0);
	ck_assert(!hit(&cache, "model", 1));
	free(big);
}
END_TEST

START_TEST(many_processes_write_and_read_one_entry)
{
	enum { PROCESSES = 4, ROUNDS = 40 };
	pid_t pids[PROCESSES];

	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		struct rq_cache cache = {.folder = "cache"};
		bool found = true;
		for (int round = 0; round < ROUNDS; round++) {
			put(&cache, 1);
			found = found && hit(&cache, "model", 1);
		}
		_exit(found && cache.damaged == 0 && cache.write_error.status == RQ_OK ? 0 : 1);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_uint_eq(lab_count_files("cache"), 1);
}
END_TEST

Suite *cache_suite(void)
{
	Suite *suite = suite_create("cache");
	TCase *tests = lab_case("cache");

	tcase_add_test(tests, an_entry_is_found_by_its_kind_and_key_alone);
	tcase_add_test(tests, without_a_folder_nothing_is_kept);
	tcase_add_test(tests, an_empty_payload_is_an_entry_too);
	tcase_add_test(tests, a_truncated_entry_is_never_used);
	tcase_add_test(tests, a_flipped_entry_is_never_used);
	tcase_add_test(tests, a_large_entry_goes_through_streams);
	tcase_add_test(tests, an_entry_that_is_not_finished_never_appears);
	tcase_add_test(tests, a_cache_that_cannot_be_written_is_noted_once_and_does_no_harm);
	tcase_add_test(tests, a_kind_without_a_row_is_not_kept);
	tcase_add_test(tests, a_full_disk_is_noted_and_leaves_nothing);
	tcase_add_test(tests, many_processes_write_and_read_one_entry);
	suite_add_tcase(suite, tests);
	return suite;
}
