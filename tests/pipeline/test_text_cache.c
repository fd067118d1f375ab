/* The cache of embeddings: each record is there or it is not; what damages one leaves the others. */
#include "lab.h"

#include "evalcore/pipeline/text_cache.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DIMENSION = 3, HEAD = 16, RECORD = 16 + 4 * DIMENSION + 8, MANY = 4096 };

static struct rq_key key_of(uint64_t number)
{
	struct rq_key key = {0};

	rq_key_add_u64(&key, number);
	return key;
}

static void open_texts(struct rq_text_cache *texts, struct rq_cache *cache, uint64_t fingerprint)
{
	struct rq_key key = key_of(fingerprint);
	struct rq_error err = {0};

	ck_assert_msg(rq_text_cache_open(texts, cache, &key, DIMENSION, &err) == RQ_OK, "%s", err.text);
}

static void append(struct rq_text_cache *texts, struct rq_cache *cache, uint64_t first, size_t count)
{
	static struct rq_key keys[MANY];
	static float vectors[MANY * DIMENSION];

	for (size_t i = 0; i < count; i++) {
		keys[i] = key_of(first + i);
		for (size_t j = 0; j < DIMENSION; j++)
			vectors[i * DIMENSION + j] = (float)(first + i) + (float)j / 4;
	}
	rq_text_cache_append(texts, cache, keys, vectors, count);
}

static bool found(const struct rq_text_cache *texts, uint64_t number)
{
	struct rq_key key = key_of(number);
	const void *vector = rq_text_cache_find(texts, &key);
	float expected[DIMENSION];

	for (size_t j = 0; j < DIMENSION; j++)
		expected[j] = (float)number + (float)j / 4;
	ck_assert(vector == NULL || memcmp(vector, expected, sizeof expected) == 0);
	return vector != NULL;
}

/* A bit for each of records 0 to 9 that is found. */
static unsigned which(const struct rq_text_cache *texts)
{
	unsigned bits = 0;

	for (unsigned i = 0; i < 10; i++)
		bits |= found(texts, i) ? 1u << i : 0;
	return bits;
}

static void append_anew(struct rq_cache *cache, uint64_t first, size_t count)
{
	struct rq_text_cache texts;

	open_texts(&texts, cache, 1);
	append(&texts, cache, first, count);
	rq_text_cache_release(&texts);
}

static unsigned which_anew(struct rq_cache *cache)
{
	struct rq_text_cache texts;

	open_texts(&texts, cache, 1);
	unsigned bits = which(&texts);
	rq_text_cache_release(&texts);
	return bits;
}

START_TEST(what_was_appended_is_found_under_its_fingerprint)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;

	append_anew(&cache, 0, 3);
	append_anew(&cache, 5, 2);
	ck_assert_uint_eq(which_anew(&cache), 0x67);
	open_texts(&texts, &cache, 2);
	ck_assert_uint_eq(which(&texts), 0);
	rq_text_cache_release(&texts);
	ck_assert_uint_eq(cache.damaged, 0);
}
END_TEST

START_TEST(thousands_are_found)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;

	open_texts(&texts, &cache, 1);
	append(&texts, &cache, 0, MANY);
	rq_text_cache_release(&texts);
	open_texts(&texts, &cache, 1);
	for (uint64_t i = 0; i < 2 * MANY; i++)
		ck_assert(found(&texts, i) == (i < MANY));
	rq_text_cache_release(&texts);
}
END_TEST

START_TEST(without_a_folder_nothing_is_kept)
{
	struct rq_cache cache = {0};

	append_anew(&cache, 0, 3);
	ck_assert_uint_eq(which_anew(&cache), 0);
	ck_assert_uint_eq(lab_count_files("."), 0);
}
END_TEST

START_TEST(a_damaged_record_is_dropped_and_the_others_stay)
{
	struct rq_cache cache = {.folder = "cache"};

	append_anew(&cache, 0, 3);
	char *path = lab_only_file("cache");
	struct rq_buf whole = lab_read(path);
	ck_assert_uint_eq(whole.size, HEAD + 3 * RECORD);
	for (size_t i = 0; i < whole.size; i++) {
		cache.damaged = 0;
		whole.data[i] ^= 0x10;
		lab_write_bytes(path, whole.data, whole.size);
		whole.data[i] ^= 0x10;
		bool in_head = i < HEAD;
		size_t hit = in_head ? 3 : (i - HEAD) / RECORD;
		unsigned left = 7u & ~(1u << hit);
		ck_assert_msg(which_anew(&cache) == left, "byte %zu", i);
		ck_assert_uint_eq(cache.damaged, 1);
		struct rq_buf mended = lab_read(path);
		ck_assert_uint_eq(mended.size, HEAD + (in_head ? 3 : 2) * RECORD);
		rq_buf_release(&mended);
		if (!in_head)
			append_anew(&cache, hit, 1);
		ck_assert_uint_eq(which_anew(&cache), 7);
		ck_assert_uint_eq(cache.damaged, 1);
	}
	rq_buf_release(&whole);
	free(path);
}
END_TEST

START_TEST(half_a_record_at_the_end_costs_that_record)
{
	struct rq_cache cache = {.folder = "cache"};

	append_anew(&cache, 0, 3);
	char *path = lab_only_file("cache");
	struct rq_buf whole = lab_read(path);
	for (size_t size = 0; size < whole.size; size++) {
		struct rq_text_cache early;
		cache.damaged = 0;
		lab_write_bytes(path, whole.data, size);
		size_t count = size < HEAD ? 0 : (size - HEAD) / RECORD, end = size < HEAD ? 0 : HEAD + count * RECORD;
		unsigned left = (1u << count) - 1;
		ck_assert_msg(which_anew(&cache) == left, "%zu bytes", size);
		ck_assert_uint_eq(cache.damaged, size != end);
		/* the same, when the writer was killed after this process had opened the file */
		lab_write_bytes(path, whole.data, end);
		open_texts(&early, &cache, 1);
		lab_write_bytes(path, whole.data, size);
		append(&early, &cache, 5, 2);
		rq_text_cache_release(&early);
		cache.damaged = 0;
		ck_assert_uint_eq(which_anew(&cache), left | 0x60);
		ck_assert_uint_eq(cache.damaged, 0);
	}
	rq_buf_release(&whole);
	free(path);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_not_there)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;

	append_anew(&cache, 0, 3);
	char *path = lab_only_file("cache");
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	open_texts(&texts, &cache, 1);
	ck_assert_uint_eq(which(&texts), 0);
	append(&texts, &cache, 0, 1);
	ck_assert_ptr_nonnull(strstr(cache.write_error.text, ": cannot write: Is a directory"));
	rq_text_cache_release(&texts);
	free(path);
}
END_TEST

START_TEST(an_append_that_fails_is_noted)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;

	open_texts(&texts, &cache, 1);
	ck_assert_int_eq(rmdir("cache/embeddings"), 0);
	append(&texts, &cache, 0, 1);
	ck_assert_int_eq(cache.write_error.status, RQ_E_IO);
	ck_assert_ptr_nonnull(strstr(cache.write_error.text, ": cannot write: No such file or directory"));
	rq_text_cache_release(&texts);
}
END_TEST

/* Two writers append while a reader opens the file again and again: nobody sees a damaged record, and nothing is lost. */
START_TEST(two_processes_append_at_once)
{
	enum { WRITERS = 2, ROUNDS = 30 };
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;
	pid_t pids[WRITERS];

	for (uint64_t writer = 0; writer < WRITERS; writer++) {
		pids[writer] = fork();
		if (pids[writer] != 0)
			continue;
		struct rq_cache own = {.folder = "cache"};
		open_texts(&texts, &own, 1);
		for (uint64_t round = 0; round < ROUNDS; round++)
			append(&texts, &own, (round * WRITERS + writer) * MANY, MANY);
		_exit(own.write_error.status == RQ_OK ? 0 : 1);
	}
	for (int running = WRITERS; running > 0;) {
		int status;
		ck_assert_uint_le(which_anew(&cache), 0x3FF);
		ck_assert_uint_eq(cache.damaged, 0);
		if (waitpid(-1, &status, WNOHANG) <= 0)
			continue;
		ck_assert_int_eq(status, 0);
		running--;
	}
	open_texts(&texts, &cache, 1);
	for (uint64_t i = 0; i < ROUNDS * WRITERS * MANY; i++)
		ck_assert_msg(found(&texts, i), "record %zu is lost", (size_t)i);
	rq_text_cache_release(&texts);
}
END_TEST

/* A process that finds damage makes the file anew while another still appends to the old one. */
START_TEST(an_append_follows_the_file_that_was_made_anew)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache early;

	append_anew(&cache, 0, 3);
	char *path = lab_only_file("cache");
	open_texts(&early, &cache, 1);
	struct rq_buf bytes = lab_read(path);
	bytes.data[HEAD + RECORD + 20] ^= 1;
	lab_write_bytes(path, bytes.data, bytes.size);
	ck_assert_uint_eq(which_anew(&cache), 5);
	append(&early, &cache, 6, 1);
	ck_assert_uint_eq(which_anew(&cache), 0x45);
	rq_text_cache_release(&early);
	rq_buf_release(&bytes);
	free(path);
}
END_TEST

/* Keeps records first to first + count - 1 of what is there. */
static size_t keep(struct rq_cache *cache, uint64_t first, size_t count)
{
	struct rq_key keys[MANY / 64], fingerprint = key_of(1);
	size_t dropped;
	struct rq_error err = {0};

	for (size_t i = 0; i < count; i++)
		keys[i] = key_of(first + i / 2 * 2); /* some twice, some not at all */
	ck_assert_msg(rq_text_cache_keep(&dropped, cache, &fingerprint, DIMENSION, keys, count, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(cache->write_error.status, RQ_OK);
	return dropped;
}

START_TEST(a_file_that_is_mostly_of_other_texts_is_made_anew)
{
	struct rq_cache cache = {.folder = "cache"};

	ck_assert_uint_eq(keep(&cache, 0, 4), 0); /* nothing is there yet */
	append_anew(&cache, 0, 4);
	ck_assert_uint_eq(keep(&cache, 0, 4), 0); /* 0 and 2 are half of it */
	ck_assert_uint_eq(which_anew(&cache), 0xF);
	append_anew(&cache, 4, 2);
	ck_assert_uint_eq(keep(&cache, 0, 4), 4);
	ck_assert_uint_eq(which_anew(&cache), 5);
	char *path = lab_only_file("cache");
	struct rq_buf kept = lab_read(path);
	ck_assert_uint_eq(kept.size, HEAD + 2 * RECORD);
	append_anew(&cache, 8, 1);
	ck_assert_uint_eq(which_anew(&cache), 0x105);
	ck_assert_uint_eq(keep(&cache, 20, 4), 3);
	ck_assert_uint_eq(which_anew(&cache), 0);
	ck_assert_uint_eq(cache.damaged, 0);
	rq_buf_release(&kept);
	free(path);
}
END_TEST

/* Who opens the file sets its time, also where somebody else's is not held back by the lock: what is read stays there. */
START_TEST(a_time_that_changes_while_it_is_read_loses_nothing)
{
	enum { OPENINGS = 200 };
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;

	open_texts(&texts, &cache, 1);
	append(&texts, &cache, 0, MANY);
	rq_text_cache_release(&texts);
	char *path = lab_only_file("cache");
	pid_t pid = fork();
	if (pid == 0)
		for (long i = 0;; i++) {
			struct timespec times[2] = {{.tv_sec = 1 + i}, {.tv_sec = 1 + i}};
			utimensat(AT_FDCWD, path, times, 0);
		}
	ck_assert_int_gt(pid, 0);
	size_t lost = 0;
	for (int i = 0; i < OPENINGS; i++)
		lost += which_anew(&cache) != 0x3FF;
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(lost, 0);
	ck_assert_uint_eq(cache.damaged, 0);
	free(path);
}
END_TEST

static size_t size_of(const char *path)
{
	struct stat info;

	ck_assert_int_eq(stat(path, &info), 0);
	return (size_t)info.st_size;
}

/* Runs that start together embed the same texts; the one that is ahead appends several times before the other does. */
START_TEST(what_another_process_has_appended_is_not_appended_again)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache early, late;

	open_texts(&early, &cache, 1);
	open_texts(&late, &cache, 1);
	append(&early, &cache, 0, 2);
	append(&early, &cache, 2, 2);
	append(&late, &cache, 0, 3);
	char *path = lab_only_file("cache");
	ck_assert_uint_eq(size_of(path), HEAD + 4 * RECORD);
	append(&late, &cache, 3, 2);
	append(&early, &cache, 4, 3);
	append(&early, &cache, 6, 1);
	ck_assert_uint_eq(size_of(path), HEAD + 7 * RECORD);
	ck_assert_uint_eq(which_anew(&cache), 0x7F);
	/* what is gone from a file that was made anew is written again */
	ck_assert_int_eq(unlink(path), 0);
	append_anew(&cache, 8, 1);
	append(&late, &cache, 5, 3);
	ck_assert_uint_eq(which_anew(&cache), 0x1E0);
	ck_assert_uint_eq(size_of(path), HEAD + 4 * RECORD);
	ck_assert_uint_eq(cache.damaged, 0);
	rq_text_cache_release(&early);
	rq_text_cache_release(&late);
	free(path);
}
END_TEST

START_TEST(a_text_that_is_there_twice_is_kept_once)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;
	static const float vectors[2 * DIMENSION] = {0, .25F, .5F, 0, .25F, .5F};
	struct rq_key keys[] = {key_of(0), key_of(0)};

	open_texts(&texts, &cache, 1);
	rq_text_cache_append(&texts, &cache, keys, vectors, 2);
	rq_text_cache_release(&texts);
	char *path = lab_only_file("cache");
	ck_assert_uint_eq(size_of(path), HEAD + RECORD);
	ck_assert_uint_eq(which_anew(&cache), 1);
	free(path);
}
END_TEST

START_TEST(records_of_one_key_are_dropped_but_for_the_first)
{
	struct rq_cache cache = {.folder = "cache"}, plan = {.folder = "cache", .read_only = true};
	struct rq_buf twice = {0};

	append_anew(&cache, 0, 3);
	char *path = lab_only_file("cache");
	struct rq_buf whole = lab_read(path);
	rq_buf_add(&twice, whole.data, whole.size);
	rq_buf_add(&twice, whole.data + HEAD, 2 * RECORD);
	lab_write_bytes(path, twice.data, twice.size);
	ck_assert_uint_eq(which_anew(&plan), 7);
	ck_assert_uint_eq(size_of(path), twice.size);
	ck_assert_uint_eq(which_anew(&cache), 7);
	ck_assert_uint_eq(cache.damaged, 0);
	struct rq_buf mended = lab_read(path);
	ck_assert_uint_eq(mended.size, whole.size);
	ck_assert_mem_eq(mended.data, whole.data, whole.size);
	rq_buf_release(&mended);
	rq_buf_release(&whole);
	rq_buf_release(&twice);
	free(path);
}
END_TEST

Suite *text_cache_suite(void)
{
	Suite *suite = suite_create("text_cache");
	TCase *tests = lab_case("text_cache");

	tcase_add_test(tests, what_was_appended_is_found_under_its_fingerprint);
	tcase_add_test(tests, thousands_are_found);
	tcase_add_test(tests, without_a_folder_nothing_is_kept);
	tcase_add_test(tests, a_damaged_record_is_dropped_and_the_others_stay);
	tcase_add_test(tests, half_a_record_at_the_end_costs_that_record);
	tcase_add_test(tests, a_file_that_cannot_be_read_is_not_there);
	tcase_add_test(tests, an_append_that_fails_is_noted);
	tcase_add_test(tests, two_processes_append_at_once);
	tcase_add_test(tests, an_append_follows_the_file_that_was_made_anew);
	tcase_add_test(tests, a_time_that_changes_while_it_is_read_loses_nothing);
	tcase_add_test(tests, what_another_process_has_appended_is_not_appended_again);
	tcase_add_test(tests, a_text_that_is_there_twice_is_kept_once);
	tcase_add_test(tests, records_of_one_key_are_dropped_but_for_the_first);
	tcase_add_test(tests, a_file_that_is_mostly_of_other_texts_is_made_anew);
	suite_add_tcase(suite, tests);
	return suite;
}
