/* The cache folder as a whole: what is counted, what is evicted and in which order, and what is never touched. */
#include "lab.h"

#include "evalcore/base/random.h"
#include "evalcore/pipeline/cache_store.h"
#include "evalcore/pipeline/text_cache.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HEADER = 32, DIMENSION = 3, HEAD = 16, RECORD = 16 + 4 * DIMENSION + 8 };

static struct rq_key key_of(uint64_t number)
{
	struct rq_key key = {0};

	rq_key_add_u64(&key, number);
	return key;
}

static char *path_of(const char *kind, uint64_t number)
{
	static char path[128];
	struct rq_key key = key_of(number);
	char hex[33];

	rq_key_hex(&key, hex);
	snprintf(path, sizeof path, "cache/%s/%s", kind, hex);
	return path;
}

/* An entry that no run of this process has used, and that takes `bytes` on disk. */
static void put(const char *kind, uint64_t number, size_t bytes)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_key key = key_of(number);
	char *payload = calloc(1, bytes);

	ck_assert_uint_ge(bytes, HEADER);
	rq_cache_put(&cache, kind, &key, payload, bytes - HEADER);
	ck_assert_int_eq(cache.write_error.status, RQ_OK);
	free(payload);
}

static bool there(const char *kind, uint64_t number)
{
	return rq_file_exists(path_of(kind, number));
}

static bool hit(struct rq_cache *cache, const char *kind, uint64_t number)
{
	struct rq_buf out = {0};
	struct rq_key key = key_of(number);
	bool found = rq_cache_get(cache, kind, &key, &out);

	rq_buf_release(&out);
	return found;
}

static void put_texts(uint64_t fingerprint, size_t first, size_t count)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_text_cache texts;
	struct rq_key print = key_of(fingerprint);
	static const float vector[DIMENSION] = {1, 2, 3};

	ck_assert_int_eq(rq_text_cache_open(&texts, &cache, &print, DIMENSION, NULL), RQ_OK);
	for (size_t i = first; i < first + count; i++) {
		struct rq_key key = key_of(i);
		rq_text_cache_append(&texts, &cache, &key, vector, 1);
	}
	rq_text_cache_release(&texts);
	ck_assert_int_eq(cache.write_error.status, RQ_OK);
}

static void set_age(const char *path, double seconds)
{
	struct timespec now, times[2];

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t then = now.tv_sec * 1000000000LL + now.tv_nsec - (int64_t)(seconds * 1e9);
	times[0] = times[1] = (struct timespec){.tv_sec = then / 1000000000, .tv_nsec = then % 1000000000};
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
}

static double age(const char *path)
{
	struct stat info;
	struct timespec now;

	ck_assert_int_eq(stat(path, &info), 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (double)(now.tv_sec - info.st_mtim.tv_sec) + (double)(now.tv_nsec - info.st_mtim.tv_nsec) * 1e-9;
}

static struct rq_cache_removal evict(const struct rq_cache *cache, uint64_t limit)
{
	struct rq_cache_removal removal;
	struct rq_error err = {0};

	ck_assert_msg(rq_cache_evict(&removal, cache, limit, &err) == RQ_OK, "%s", err.text);
	return removal;
}

static struct rq_cache_removal clear(const struct rq_cache_choice *choice)
{
	struct rq_cache_removal removal;
	struct rq_error err = {0};

	ck_assert_msg(rq_cache_clear(&removal, "cache", choice, &err) == RQ_OK, "%s", err.text);
	return removal;
}

static struct rq_cache_survey survey(bool check)
{
	struct rq_cache_survey result;
	struct rq_error err = {0};

	ck_assert_msg(rq_cache_survey(&result, "cache", check, &err) == RQ_OK, "%s", err.text);
	return result;
}

static const struct rq_cache_kind_use *kind_of(const struct rq_cache_survey *result, const char *name)
{
	for (size_t i = 0; i < result->kind_count; i++)
		if (strcmp(result->kinds[i].name, name) == 0)
			return &result->kinds[i];
	ck_abort_msg("no kind \"%s\"", name);
	return NULL;
}

/* What a killed writer leaves where files without a name are not to be had. */
static void leave(const char *name, double seconds)
{
	char path[192];

	snprintf(path, sizeof path, "%s.%s", path_of("index", 99), name);
	lab_write(path, "half");
	set_age(path, seconds);
}

START_TEST(a_survey_counts_each_kind)
{
	struct rq_cache_survey none = survey(true);

	ck_assert(!none.exists && none.entries == 0 && none.damaged == 0);
	rq_cache_survey_release(&none);
	put("model", 1, 100);
	put("index", 1, 200);
	put("index", 2, 50);
	put_texts(1, 0, 4);
	set_age(path_of("index", 1), 1000);
	struct rq_cache_survey found = survey(true);
	ck_assert(found.exists);
	ck_assert_uint_eq(found.entries, 4);
	ck_assert_uint_eq(found.bytes, 350 + HEAD + 4 * RECORD);
	ck_assert_uint_eq(kind_of(&found, "index")->entries, 2);
	ck_assert_uint_eq(kind_of(&found, "index")->bytes, 250);
	ck_assert_int_ge(kind_of(&found, "index")->newest_use - kind_of(&found, "index")->oldest_use, 999);
	ck_assert_uint_eq(kind_of(&found, "embeddings")->bytes, HEAD + 4 * RECORD);
	ck_assert_uint_eq(kind_of(&found, "neighbours")->entries, 0);
	ck_assert_uint_eq(found.damaged + found.leftovers + found.foreign, 0);
	rq_cache_survey_release(&found);
}
END_TEST

static void flip(const char *path, size_t at)
{
	struct rq_buf bytes = lab_read(path);

	bytes.data[at] ^= 1;
	lab_write_bytes(path, bytes.data, bytes.size);
	rq_buf_release(&bytes);
}

START_TEST(a_survey_finds_what_is_damaged_and_mending_removes_that_alone)
{
	struct rq_cache_removal removal;

	put("model", 1, 100);
	put("model", 2, 100);
	put("index", 1, 100);
	put_texts(1, 0, 4);
	put_texts(2, 0, 4);
	put_texts(3, 0, 4);
	flip(path_of("model", 2), 60);
	ck_assert_int_eq(truncate(path_of("index", 1), 99), 0);
	flip(path_of("embeddings", 2), HEAD + RECORD + 20);
	ck_assert_int_eq(truncate(path_of("embeddings", 2), HEAD + 4 * RECORD - 1), 0);
	flip(path_of("embeddings", 3), 3);
	struct rq_cache_survey quick = survey(false), found = survey(true);
	ck_assert_uint_eq(quick.damaged, 0);
	ck_assert_uint_eq(found.damaged, 4);
	for (size_t i = 0; i < found.damaged; i++) {
		bool entry = strncmp(found.damages[i].path, "embeddings/", 11) != 0, head = strstr(path_of("embeddings", 3), found.damages[i].path) != NULL;
		ck_assert_str_eq(found.damages[i].what, entry ? "cut short or changed" : head ? "its head" : "2 of 4 records");
		ck_assert(!found.damages[i].unreadable);
	}
	ck_assert_int_eq(rq_cache_mend(&removal, &found, "cache", NULL), RQ_OK);
	ck_assert_uint_eq(removal.entries, 4);
	rq_cache_survey_release(&quick);
	rq_cache_survey_release(&found);
	ck_assert(there("model", 1) && !there("model", 2) && !there("index", 1) && !there("embeddings", 3));
	found = survey(true);
	ck_assert_uint_eq(found.damaged, 0);
	ck_assert_uint_eq(kind_of(&found, "embeddings")->bytes, 2 * HEAD + (4 + 2) * RECORD);
	rq_cache_survey_release(&found);
}
END_TEST

START_TEST(what_interrupted_writes_left_is_removed_after_an_hour)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_cache_removal removal;

	for (int way = 0; way < 3; way++) {
		put("index", 1, 100);
		leave("a1B2c3", 3700);
		leave("000042", 10000);
		leave("d4E5f6", 1000); /* it may be written just now */
		struct rq_cache_survey found = survey(true);
		ck_assert_uint_eq(found.leftovers, 2);
		ck_assert_uint_eq(found.leftover_bytes, 8);
		ck_assert_uint_eq(found.entries, 1);
		ck_assert_uint_eq(found.foreign, 0);
		if (way == 0)
			removal = evict(&cache, 1000);
		else if (way == 1)
			removal = clear(&(struct rq_cache_choice){.unused_since = 60});
		else
			ck_assert_int_eq(rq_cache_mend(&removal, &found, "cache", NULL), RQ_OK);
		rq_cache_survey_release(&found);
		ck_assert_uint_eq(removal.leftovers, 2);
		ck_assert_uint_eq(removal.leftover_bytes, 8);
		ck_assert_uint_eq(removal.entries, 0);
		ck_assert_uint_eq(removal.left, 100);
		ck_assert_uint_eq(lab_count_files("cache/index"), 2);
	}
}
END_TEST

START_TEST(a_hit_is_a_use)
{
	struct rq_cache reader = {.folder = "cache"}, other = {.folder = "cache"};

	for (uint64_t i = 0; i < 3; i++) {
		put("model", i, 100);
		set_age(path_of("model", i), 500 - 100 * (double)i);
	}
	put_texts(1, 0, 1);
	set_age(path_of("embeddings", 1), 600);
	ck_assert(hit(&reader, "model", 0));
	ck_assert(!hit(&reader, "model", 7));
	put_texts(1, 0, 0);
	ck_assert_double_lt(age(path_of("model", 0)), 60);
	ck_assert_double_lt(age(path_of("embeddings", 1)), 60);
	struct rq_cache_removal removal = evict(&other, 100 + HEAD + RECORD);
	ck_assert_uint_eq(removal.entries, 2);
	ck_assert_uint_eq(removal.used_here, 0);
	ck_assert(there("model", 0) && there("embeddings", 1));
}
END_TEST

/* A CI step that restores the folder may set one old time for all: what the run used is known without it. */
START_TEST(what_this_process_used_stays_whatever_its_time)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_key key = key_of(3);
	struct rq_text_cache texts;

	for (uint64_t i = 0; i < 3; i++)
		put("model", i, 100);
	put("index", 1, 100);
	put_texts(3, 0, 2);
	ck_assert(hit(&cache, "model", 1));
	rq_cache_put(&cache, "neighbours", &key, "", 0);
	ck_assert_int_eq(rq_text_cache_open(&texts, &cache, &key, DIMENSION, NULL), RQ_OK);
	rq_text_cache_release(&texts);
	for (uint64_t i = 0; i < 3; i++)
		set_age(path_of("model", i), 1e9);
	set_age(path_of("neighbours", 3), 1e9);
	set_age(path_of("embeddings", 3), 1e9);
	set_age(path_of("index", 1), 1e9);
	struct rq_cache_removal removal = evict(&cache, 1);
	ck_assert(there("model", 1) && there("neighbours", 3) && there("embeddings", 3));
	ck_assert_uint_eq(removal.entries, 3);
	ck_assert_uint_eq(removal.bytes, 300);
	ck_assert_uint_eq(removal.used_here, 100 + HEADER + HEAD + 2 * RECORD);
	ck_assert_uint_eq(removal.left, removal.used_here);
}
END_TEST

/* Against the obvious: drop the oldest of the unused until the rest fits. */
START_TEST(eviction_is_by_time_of_use)
{
	enum { ENTRIES = 12, ROUNDS = 15 };
	static const char *const kinds[] = {"model", "index", "neighbours"};
	struct rq_random random;

	rq_random_seed(&random, 11);
	for (int round = 0; round < ROUNDS; round++) {
		struct rq_cache cache = {.folder = "cache"};
		size_t bytes[ENTRIES], order[ENTRIES], total = 0, removed = 0;
		bool used[ENTRIES], kept[ENTRIES];
		for (size_t i = 0; i < ENTRIES; i++) {
			size_t j = rq_random_below(&random, i + 1);
			order[i] = order[j];
			order[j] = i;
		}
		for (size_t i = 0; i < ENTRIES; i++) {
			total += bytes[i] = HEADER + rq_random_below(&random, 300);
			put(kinds[i % 3], i, bytes[i]);
			used[i] = rq_random_below(&random, 4) == 0;
			kept[i] = true;
			ck_assert(!used[i] || hit(&cache, kinds[i % 3], i));
		}
		for (size_t i = 0; i < ENTRIES; i++) /* the first of the order is the oldest */
			set_age(path_of(kinds[order[i] % 3], order[i]), 5000 - 10 * (double)i);
		uint64_t limit = 1 + rq_random_below(&random, total), left = total;
		for (size_t i = 0; i < ENTRIES && left > limit; i++)
			if (!used[order[i]]) {
				kept[order[i]] = false;
				left -= bytes[order[i]];
				removed++;
			}
		struct rq_cache_removal removal = evict(&cache, limit);
		ck_assert_uint_eq(removal.entries, removed);
		ck_assert_uint_eq(removal.bytes, total - left);
		ck_assert_uint_eq(removal.left, left);
		for (size_t i = 0; i < ENTRIES; i++)
			ck_assert_msg(there(kinds[i % 3], i) == kept[i], "round %d, entry %zu", round, i);
		clear(&(struct rq_cache_choice){0});
		ck_assert_uint_eq(lab_count_files("cache"), 0);
	}
}
END_TEST

START_TEST(clear_removes_what_is_chosen)
{
	put("model", 1, 100);
	put("model", 2, 100);
	put("index", 1, 200);
	put_texts(1, 0, 1);
	set_age(path_of("model", 2), 7200);
	struct rq_cache_removal removal = clear(&(struct rq_cache_choice){.dry_run = true});
	ck_assert_uint_eq(removal.entries, 4);
	ck_assert_uint_eq(removal.bytes, 400 + HEAD + RECORD);
	ck_assert_uint_eq(lab_count_files("cache"), 4);
	removal = clear(&(struct rq_cache_choice){.unused_since = 3600, .kind = "index"});
	ck_assert_uint_eq(removal.entries, 0);
	removal = clear(&(struct rq_cache_choice){.unused_since = 3600});
	ck_assert(removal.entries == 1 && removal.bytes == 100 && !there("model", 2));
	removal = clear(&(struct rq_cache_choice){.kind = "embeddings"});
	ck_assert(removal.entries == 1 && !there("embeddings", 1) && there("model", 1));
	removal = clear(&(struct rq_cache_choice){0});
	ck_assert(removal.entries == 2 && removal.left == 0);
	ck_assert_uint_eq(lab_count_files("cache"), 0);
	ck_assert(rq_file_exists("cache/CACHEDIR.TAG") && rq_file_exists("cache/model")); /* who writes just now needs the folders */
	ck_assert_int_eq(rq_cache_clear(&removal, "nowhere", &(struct rq_cache_choice){0}, NULL), RQ_OK);
	ck_assert(removal.entries == 0 && !rq_file_exists("nowhere"));
}
END_TEST

static void expect_kept(const char *folder, const char *sentence)
{
	struct rq_cache_removal removal;
	struct rq_error err = {0};
	size_t before = lab_count_files(".");

	ck_assert_int_eq(rq_cache_clear(&removal, folder, &(struct rq_cache_choice){0}, &err), RQ_E_USAGE);
	ck_assert_str_eq(err.text, sentence);
	ck_assert_uint_eq(lab_count_files("."), before);
}

START_TEST(what_is_not_the_caches_own_is_never_touched)
{
	struct rq_cache cache = {.folder = "cache"};
	static const char *const foreign[] = {"cache/notes.txt", "cache/index/notes.txt", "cache/index/0123456789abcdef0123456789abcdef0", "cache/index/0123456789ABCDEF0123456789abcdef",
	                                      "cache/index/0123456789abcdef0123456789abcdef.bak"};

	put("index", 1, 100);
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		char sentence[256];
		lab_write(foreign[i], "mine");
		set_age(foreign[i], 1e6);
		snprintf(sentence, sizeof sentence, "\"cache\": holds \"%s\", which is no part of a cache; move it away first, nothing was removed", foreign[i] + strlen("cache/"));
		expect_kept("cache", sentence);
		struct rq_cache_survey found = survey(true);
		ck_assert(found.foreign == 1 && found.entries == 1 && found.damaged == 0);
		rq_cache_survey_release(&found);
		put("index", 1, 100);
		evict(&cache, 1);
		ck_assert(!there("index", 1) && rq_file_exists(foreign[i]));
		put("index", 1, 100);
		ck_assert_int_eq(unlink(foreign[i]), 0);
	}
	/* a link is not followed */
	lab_write("elsewhere", "mine");
	ck_assert_int_eq(symlink("../../elsewhere", path_of("index", 2)), 0);
	evict(&cache, 1);
	ck_assert(there("index", 2) && rq_file_exists("elsewhere"));
}
END_TEST

START_TEST(a_folder_of_somebody_elses_is_neither_filled_nor_cleared)
{
	static const char *const files[] = {"notes.txt", "CACHEDIR.TAG", "index/notes.txt"};
	struct rq_cache_survey found;
	struct rq_error err = {0};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		char folder[32], path[64], sentence[256];
		snprintf(folder, sizeof folder, "home%zu", i);
		snprintf(path, sizeof path, "%s/index", folder);
		ck_assert_int_eq(rq_make_folders(path, NULL), RQ_OK);
		snprintf(path, sizeof path, "%s/%s", folder, files[i]);
		lab_write(path, "Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n");
		struct rq_cache cache = {.folder = folder};
		struct rq_key key = key_of(1);
		rq_cache_put(&cache, "index", &key, "", 0);
		snprintf(sentence, sizeof sentence, "\"%s\": is no cache of rqgate and holds \"%s\"; name a new or empty folder with --cache", folder, files[i]);
		ck_assert_str_eq(cache.write_error.text, sentence);
		snprintf(sentence, sizeof sentence, "\"%s\": is no cache of rqgate (it has no CACHEDIR.TAG that says so); nothing was removed", folder);
		expect_kept(folder, sentence);
		ck_assert_int_eq(rq_cache_survey(&found, folder, true, &err), RQ_E_USAGE);
		snprintf(sentence, sizeof sentence, "\"%s\": is no cache of rqgate (it has no CACHEDIR.TAG that says so, and holds \"%s\")", folder, files[i]);
		ck_assert_str_eq(err.text, sentence);
	}
}
END_TEST

START_TEST(an_empty_folder_becomes_a_cache_and_a_restored_one_stays_one)
{
	ck_assert_int_eq(mkdir("cache", 0777), 0);
	ck_assert_int_eq(mkdir("cache/lost+found", 0777), 0); /* the root of a volume */
	lab_write("cache/.gitignore", "*\n!.gitignore\n");
	put("index", 1, 100);
	struct rq_buf tag = lab_read("cache/CACHEDIR.TAG"), ignore = lab_read("cache/.gitignore");
	ck_assert_int_eq(strncmp(tag.data, "Signature: 8a477f597d28d172789f06886806bc55\n", 44), 0);
	ck_assert_ptr_nonnull(strstr(tag.data, "rqgate"));
	ck_assert_str_eq(ignore.data, "*\n!.gitignore\n");
	rq_buf_release(&tag);
	rq_buf_release(&ignore);
	/* some tools leave marked folders' marks out, or were told to */
	ck_assert_int_eq(unlink("cache/CACHEDIR.TAG"), 0);
	ck_assert_int_eq(unlink("cache/.gitignore"), 0);
	expect_kept("cache", "\"cache\": is no cache of rqgate (it has no CACHEDIR.TAG that says so); nothing was removed");
	put("index", 2, 100);
	ignore = lab_read("cache/.gitignore");
	ck_assert_str_eq(ignore.data, "*\n");
	rq_buf_release(&ignore);
	ck_assert_uint_eq(clear(&(struct rq_cache_choice){0}).entries, 2);
}
END_TEST

START_TEST(an_open_entry_outlives_its_removal)
{
	struct rq_cache cache = {.folder = "cache"};
	struct rq_key key = key_of(1);
	char text[8] = "";

	rq_cache_put(&cache, "index", &key, "payload", 8);
	FILE *stream = rq_cache_open(&cache, "index", &key);
	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(clear(&(struct rq_cache_choice){0}).entries, 1);
	ck_assert_uint_eq(fread(text, 1, 8, stream), 8);
	ck_assert_str_eq(text, "payload");
	fclose(stream);
	ck_assert(!hit(&cache, "index", 1));
	ck_assert_uint_eq(cache.damaged, 0);
}
END_TEST

/* Writers and readers of every kind while the folder is emptied again and again: no failed write, no damaged entry, no half record. */
START_TEST(eviction_beside_running_writers)
{
	enum { WRITERS = 3, ROUNDS = 60 };
	struct rq_cache cache = {.folder = "cache"};
	size_t evicted = 0;

	put("index", 0, 100);
	for (uint64_t writer = 0; writer < WRITERS; writer++) {
		if (fork() != 0)
			continue;
		struct rq_cache own = {.folder = "cache"};
		for (uint64_t round = 0; round < ROUNDS; round++) {
			struct rq_key key = key_of(round % 5);
			put_texts(1, 10 * round, 10);
			rq_cache_put(&own, "index", &key, "payload", 8);
			hit(&own, "index", (round + writer) % 5);
		}
		_exit(own.write_error.status == RQ_OK && own.damaged == 0 ? 0 : 1);
	}
	for (int running = WRITERS; running > 0;) {
		int status;
		evicted += evict(&cache, 1).entries + clear(&(struct rq_cache_choice){0}).entries;
		struct rq_cache_survey found = survey(true);
		ck_assert_uint_eq(found.damaged, 0);
		rq_cache_survey_release(&found);
		if (waitpid(-1, &status, WNOHANG) <= 0)
			continue;
		ck_assert_int_eq(status, 0);
		running--;
	}
	ck_assert_uint_gt(evicted, 10);
}
END_TEST

/* The tag is looked for, and put into its place while that look goes on: at first a pipe stands for it, whose other end puts the tag there. */
START_TEST(a_folder_that_another_process_marks_just_now_is_a_cache)
{
	struct rq_cache_list list;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_cache_mark("other", &err), RQ_OK);
	ck_assert_int_eq(mkdir("cache", 0777), 0);
	ck_assert_int_eq(mkfifo("pipe", 0666), 0);
	ck_assert_int_eq(symlink("../pipe", "cache/CACHEDIR.TAG"), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open("pipe", O_WRONLY);
		_exit(fd >= 0 && rename("other/CACHEDIR.TAG", "cache/CACHEDIR.TAG") == 0 && close(fd) == 0 ? 0 : 1);
	}
	int status;
	ck_assert_msg(rq_cache_list(&list, "cache", &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_msg(list.foreign == 0, "\"%s\" is foreign", list.first_foreign);
	ck_assert(list.marked);
	rq_cache_list_release(&list);
}
END_TEST

/* Whoever comes first: turns are locks on this file, and two of them would be two turns at once. */
START_TEST(several_that_mark_a_folder_have_one_marker)
{
	enum { FOLDERS = 100, AT_ONCE = 4 };
	struct rq_error err = {0};

	for (int i = 0; i < FOLDERS; i++) {
		char folder[32], marker[64];
		struct stat seen[AT_ONCE], now;
		int start[2], told[2];
		snprintf(folder, sizeof folder, "cache%d", i);
		snprintf(marker, sizeof marker, "cache%d/CACHEDIR.TAG", i);
		ck_assert(pipe(start) == 0 && pipe(told) == 0);
		for (int j = 0; j < AT_ONCE; j++)
			if (fork() == 0) {
				struct stat own = {0};
				char go;
				close(start[1]);
				(void)!read(start[0], &go, 1); /* until the other end is closed */
				bool marked = rq_cache_mark(folder, &err) == RQ_OK && stat(marker, &own) == 0;
				_exit(marked && write(told[1], &own, sizeof own) == sizeof own ? 0 : 1);
			}
		close(start[0]);
		close(start[1]);
		for (int j = 0; j < AT_ONCE; j++)
			ck_assert_int_eq(read(told[0], &seen[j], sizeof *seen), sizeof *seen);
		close(told[0]);
		close(told[1]);
		while (wait(NULL) > 0)
			continue;
		ck_assert_int_eq(stat(marker, &now), 0);
		for (int j = 0; j < AT_ONCE; j++)
			ck_assert_msg(seen[j].st_ino == now.st_ino, "%s was replaced", marker);
	}
}
END_TEST

Suite *cache_store_suite(void)
{
	Suite *suite = suite_create("cache_store");
	TCase *tests = lab_case("cache_store");

	tcase_add_test(tests, a_survey_counts_each_kind);
	tcase_add_test(tests, a_survey_finds_what_is_damaged_and_mending_removes_that_alone);
	tcase_add_test(tests, what_interrupted_writes_left_is_removed_after_an_hour);
	tcase_add_test(tests, a_hit_is_a_use);
	tcase_add_test(tests, what_this_process_used_stays_whatever_its_time);
	tcase_add_test(tests, eviction_is_by_time_of_use);
	tcase_add_test(tests, clear_removes_what_is_chosen);
	tcase_add_test(tests, what_is_not_the_caches_own_is_never_touched);
	tcase_add_test(tests, a_folder_of_somebody_elses_is_neither_filled_nor_cleared);
	tcase_add_test(tests, an_empty_folder_becomes_a_cache_and_a_restored_one_stays_one);
	tcase_add_test(tests, a_folder_that_another_process_marks_just_now_is_a_cache);
	tcase_add_test(tests, several_that_mark_a_folder_have_one_marker);
	tcase_add_test(tests, an_open_entry_outlives_its_removal);
	tcase_add_test(tests, eviction_beside_running_writers);
	suite_add_tcase(suite, tests);
	return suite;
}
