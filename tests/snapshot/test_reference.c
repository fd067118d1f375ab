/* References there and back; which one was current when; nothing is written twice or over; kill -9 leaves whole ones alone. */
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/reference.h"
#include "evalcore/snapshot/snapshots.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KILLS = 40 };

#define CORPUS "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static char root[64], folder[96];
static struct rq_error err;
static struct rq_arena arena;
static struct rq_manifest manifest;
static struct rq_reference reference;

static float document_numbers[] = {.6F, .8F, 1, 0, 0, 1 / 3.F}, topic_numbers[] = {1, 0, 0, 1};
static struct rq_vectors documents, topics;
static const char *const document_ids[] = {"d2", "d1", "d3"}, *const topic_ids[] = {"q1", "q2"};
static struct rq_scored_document found[] = {{"d1", 1}, {"d2", .1}};
static struct rq_ranking rankings[] = {{.topic = "q1", .documents = found, .count = 2}, {.topic = "q2"}};
static const struct rq_run run = {.rankings = rankings, .count = 2};
static const struct rq_kept_text document_texts[] = {{"0123456789abcdef0123456789abcdef", 0, NULL},
                                                     {"1123456789abcdef0123456789abcdef", 1, "Latin"},
                                                     {"2123456789abcdef0123456789abcdef", 12345678901, "Cyrillic"}},
                                 topic_texts[] = {{"a123456789abcdef0123456789abcdef", 7, "Latin"}, {"b123456789abcdef0123456789abcdef", 8, "Han"}};
static struct rq_kept_text titles[] = {{.length = 0}, {.length = 3, .script = "Greek"}, {.length = 4, .script = "Latin"}},
                           bodies[] = {{.length = 0}, {.length = 0}, {.length = 99999999999, .script = "Han"}};
static const struct rq_kept_field fields[] = {{"title", titles}, {"a \"tab\"\tand\nmore", bodies}};
static struct rq_named_text digests[] = {{"corpus", CORPUS}};
static struct rq_reference_parts parts;

static void set_up(void)
{
	err = (struct rq_error){0};
	strcpy(root, "/tmp/rqgate-reference-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(folder, sizeof folder, "%s/references/weekly", root);
	document_numbers[0] = .6F;
	documents = (struct rq_vectors){.data = document_numbers, .n = 3, .d = 2};
	topics = (struct rq_vectors){.data = topic_numbers, .n = 2, .d = 2};
	parts = (struct rq_reference_parts){&documents, &topics, document_ids, topic_ids, document_texts, topic_texts, 3, 2, fields, 2, &run};
}

static void tear_down(void)
{
	rq_manifest_release(&manifest);
	rq_reference_release(&reference);
	rq_arena_release(&arena);
	rq_remove_tree(root);
}

static enum rq_status keep(bool *made, const char *created)
{
	rq_manifest_release(&manifest);
	manifest = (struct rq_manifest){.kind = RQ_REFERENCE_KIND, .created = created, .created_by = "test", .model = {.embedder = "lsa", .dimension = 2},
	                                .digests = digests, .digest_count = 1};
	RQ_CLEANUP(rq_reference_place_release) struct rq_reference_place place = {0};
	struct rq_snapshots snapshots;
	RQ_TRY(rq_snapshots_list(&snapshots, folder, RQ_REFERENCE_KIND, &arena, &err));
	const struct rq_snapshot *current = rq_snapshots_at(&snapshots, INT64_MAX);
	RQ_TRY(rq_reference_prepare(&place, &manifest, &parts, folder, current == NULL ? NULL : current->sha256, .05, &err));
	*made = place.made;
	return rq_reference_commit(&place, &err);
}

static void keep_new(const char *created)
{
	bool made = false;

	ck_assert_msg(keep(&made, created) == RQ_OK, "%s", err.text);
	ck_assert(made);
}

static struct rq_snapshots list(void)
{
	struct rq_snapshots snapshots;

	ck_assert_msg(rq_snapshots_list(&snapshots, folder, RQ_REFERENCE_KIND, &arena, &err) == RQ_OK, "%s", err.text);
	return snapshots;
}

static enum rq_status read_it(const char *sha256)
{
	rq_reference_release(&reference);
	return rq_reference_read(&reference, folder, sha256, &err);
}

static size_t entries(const char *path)
{
	DIR *stream = opendir(path);
	size_t count = 0;

	ck_assert_ptr_nonnull(stream);
	for (struct dirent *entry; (entry = readdir(stream)) != NULL;)
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(stream);
	return count;
}

START_TEST(what_was_kept_is_read)
{
	keep_new("2026-11-21T03:00:00Z");
	ck_assert_msg(read_it(manifest.sha256) == RQ_OK, "%s", err.text);
	ck_assert(reference.documents.n == 3 && reference.documents.d == 2 && reference.topics.n == 2);
	ck_assert_mem_eq(reference.documents.data, document_numbers, sizeof document_numbers);
	ck_assert_mem_eq(reference.topics.data, topic_numbers, sizeof topic_numbers);
	ck_assert_uint_eq(reference.document_ids.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_str_eq(reference.document_ids.names[i], document_ids[i]);
	ck_assert_str_eq(reference.topic_ids.names[1], "q2");
	for (size_t i = 0; i < 3; i++) {
		ck_assert_str_eq(reference.document_texts[i].key, document_texts[i].key);
		ck_assert_uint_eq(reference.document_texts[i].length, document_texts[i].length);
	}
	ck_assert_ptr_null(reference.document_texts[0].script);
	ck_assert_str_eq(reference.document_texts[2].script, "Cyrillic");
	ck_assert_str_eq(reference.topic_texts[1].script, "Han");
	ck_assert_uint_eq(reference.field_count, 2);
	for (size_t field = 0; field < 2; field++) {
		ck_assert_str_eq(reference.document_fields[field].name, fields[field].name);
		for (size_t i = 0; i < 3; i++) {
			const struct rq_kept_text *read = &reference.document_fields[field].texts[i], *kept = &fields[field].texts[i];
			ck_assert_uint_eq(read->length, kept->length);
			ck_assert_str_eq(read->script == NULL ? "" : read->script, kept->script == NULL ? "" : kept->script);
		}
	}
	const struct rq_ranking *first = rq_run_find(&reference.ranked, "q1");
	ck_assert(first->count == 2 && first->documents[1].score == .1);
	ck_assert_str_eq(first->documents[0].document, "d1");
	ck_assert_uint_eq(rq_run_answer(&reference.ranked, "q2")->count, 0);
	ck_assert_str_eq(rq_manifest_digest(&reference.manifest, "corpus"), CORPUS);
	ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

/* Two at once: the second waits, and what the first one has made meanwhile counts. */
START_TEST(one_at_a_time)
{
	struct rq_reference_place place = {0}, second = {0};
	struct rq_manifest other = {0};

	manifest = (struct rq_manifest){.kind = RQ_REFERENCE_KIND, .created = "2026-11-21T03:00:00Z", .created_by = "test",
	                                .model = {.embedder = "lsa", .dimension = 2}, .digests = digests, .digest_count = 1};
	other = manifest;
	ck_assert_int_eq(rq_reference_prepare(&place, &manifest, &parts, folder, NULL, 0, &err), RQ_OK);
	ck_assert_int_eq(rq_reference_prepare(&second, &other, &parts, folder, NULL, .05, &err), RQ_E_LOCKED);
	ck_assert_ptr_nonnull(strstr(err.text, ": another job makes a reference there; try again when it has ended"));
	rq_reference_place_release(&second);
	ck_assert(rq_file_exists(folder));
	rq_reference_place_release(&place); /* not committed */
	ck_assert(!rq_file_exists(folder));
	keep_new("2026-11-21T03:00:00Z");
	/* the same, of who saw none */
	ck_assert_int_eq(rq_reference_prepare(&second, &other, &parts, folder, NULL, 0, &err), RQ_OK);
	ck_assert(!second.made);
	ck_assert_str_eq(other.sha256, manifest.sha256);
	ck_assert_int_eq(rq_reference_commit(&second, &err), RQ_OK);
	rq_reference_place_release(&second);
	rq_manifest_release(&other);
	other = (struct rq_manifest){.kind = RQ_REFERENCE_KIND, .created = "2026-11-22T03:00:00Z", .created_by = "test",
	                             .model = {.embedder = "lsa", .dimension = 2}, .digests = digests, .digest_count = 1};
	document_numbers[0] = .5F;
	ck_assert_int_eq(rq_reference_prepare(&second, &other, &parts, folder, NULL, 0, &err), RQ_E_LOCKED);
	ck_assert_ptr_nonnull(strstr(err.text, ": another job has made a reference of something else there meanwhile; "));
	rq_reference_place_release(&second);
	rq_manifest_release(&other);
	ck_assert_uint_eq(list().count, 1);
	ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

START_TEST(a_side_without_vectors_has_rankings)
{
	parts = (struct rq_reference_parts){.topic_ids = topic_ids, .topic_count = 2, .ranked = &run};
	keep_new("2026-11-21T03:00:00Z");
	ck_assert_msg(read_it(manifest.sha256) == RQ_OK, "%s", err.text);
	ck_assert(reference.documents.data == NULL && reference.topics.data == NULL && reference.document_ids.count == 0);
	ck_assert(reference.topic_ids.count == 2 && reference.ranked.count == 1);
	ck_assert(reference.document_texts == NULL && reference.topic_texts == NULL);
}
END_TEST

/* A, A again, B, and back to A: three references, of which the third holds what the first does. */
START_TEST(the_same_is_kept_once_and_the_newest_is_current)
{
	int64_t seconds;
	bool made = true;

	ck_assert_uint_eq(list().count, 0);
	keep_new("2026-10-01T03:00:00Z");
	ck_assert_msg(keep(&made, "2026-10-08T03:00:00Z") == RQ_OK, "%s", err.text);
	ck_assert(!made);
	ck_assert_str_eq(manifest.sha256, list().items[0].sha256);
	document_numbers[0] = .5F;
	keep_new("2026-10-12T03:00:00Z");
	document_numbers[0] = .6F;
	keep_new("2026-10-19T03:00:00Z");
	const struct rq_snapshots all = list();
	ck_assert_uint_eq(all.count, 3);
	ck_assert_str_eq(all.items[0].content, all.items[2].content);
	ck_assert_str_ne(all.items[0].content, all.items[1].content);
	ck_assert_str_ne(all.items[0].sha256, all.items[2].sha256);
	const struct {
		const char *when;
		size_t current; /* 3: none */
	} times[] = {{"2026-09-30", 3}, {"2026-10-01T02:59:59Z", 3}, {"2026-10-01", 0}, {"2026-10-11", 0}, {"2026-10-12", 1},
	             {"2026-10-19T03:00:00Z", 2}, {"2030-01-01", 2}};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		ck_assert_int_eq(rq_snapshots_time(&seconds, times[i].when, &err), RQ_OK);
		ck_assert_ptr_eq(rq_snapshots_at(&all, seconds), times[i].current == 3 ? NULL : &all.items[times[i].current]);
	}
}
END_TEST

START_TEST(dates)
{
	static const char *const bad[] = {"", "2026-10", "2026-02-30", "yesterday", "2026-10-12T03:00",
	                                  "2026-10-12T03:00:00+01:00", "2026-10-12 and more"};
	int64_t seconds;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_int_eq(rq_snapshots_time(&seconds, bad[i], &err), RQ_E_USAGE);
	ck_assert_str_eq(err.text, "\"2026-10-12 and more\": no date; expected a day, as 2026-10-12, or a time in UTC, as 2026-10-12T03:00:00Z");
}
END_TEST

START_TEST(a_clock_that_went_back_is_refused)
{
	char expected[512];
	bool made;

	keep_new("2026-10-12T03:00:00Z");
	document_numbers[0] = .5F;
	ck_assert_int_eq(keep(&made, "2026-10-12T03:00:00Z"), RQ_E_USAGE);
	snprintf(expected, sizeof expected,
	         "\"%s\": the current reference was made at 2026-10-12T03:00:00Z, and it is 2026-10-12T03:00:00Z, so nobody could tell which one "
	         "was current when; try again later, or set the clock",
	         folder);
	ck_assert_str_eq(err.text, expected);
	ck_assert_uint_eq(entries(folder), 1);
}
END_TEST

static void overwrite(const char *sha256, const char *name, const char *text)
{
	ck_assert_int_eq(rq_file_write(rq_path_join(&arena, rq_path_join(&arena, folder, sha256), name), text, strlen(text), &err), RQ_OK);
}

START_TEST(damage_is_told)
{
	static const char *const names[] = {"documents.npy", "documents.ids", "documents.texts", "documents.fields", "topics.npy", "topics.ids", "topics.texts", "ranked.run.zst"};
	bool made;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char created[] = "2026-10-10T03:00:00Z";
		created[9] = (char)('0' + i);
		document_numbers[0] = (float)i;
		keep_new(created);
		overwrite(manifest.sha256, names[i], "x");
		ck_assert_int_eq(read_it(manifest.sha256), RQ_E_DATA);
		ck_assert_ptr_nonnull(strstr(err.text, names[i]));
		ck_assert_ptr_nonnull(strstr(err.text, " by its manifest; restore the folder, or remove it"));
	}
	/* a copy under another name, which could be current in the other's place */
	ck_assert_int_eq(rename(rq_path_join(&arena, folder, manifest.sha256), rq_path_join(&arena, folder, CORPUS)), 0);
	ck_assert_int_eq(read_it(CORPUS), RQ_E_DATA);
	struct rq_snapshots snapshots;
	ck_assert_int_eq(rq_snapshots_list(&snapshots, folder, RQ_REFERENCE_KIND, &arena, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, ", and not this name; give the folder that one, or remove it"));
	ck_assert_int_eq(keep(&made, "2026-10-20T03:00:00Z"), RQ_E_DATA);
}
END_TEST

START_TEST(what_does_not_fit_together_is_not_kept)
{
	bool made;

	parts.document_count = 2;
	ck_assert_int_eq(keep(&made, "2026-10-12T03:00:00Z"), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "documents.npy: 3 x 2 numbers, for 2 ids and 2 dimensions by the manifest"));
	ck_assert(!rq_file_exists(folder));
}
END_TEST

/* Keeps references of 300 random vectors until it is killed, and tells of each by a byte. */
static void keep_on(int round, int told)
{
	enum { ROWS = 300 };
	struct rq_random random;
	char created[64];
	bool made;

	rq_random_seed(&random, (uint64_t)round);
	const char *names[ROWS];
	float numbers[ROWS * 2];
	for (size_t i = 0; i < ROWS; i++)
		names[i] = rq_arena_printf(&arena, "d%zu", i);
	documents = (struct rq_vectors){.data = numbers, .n = ROWS, .d = 2};
	parts.document_ids = names;
	parts.document_texts = NULL;
	parts.field_count = 0;
	parts.document_count = ROWS;
	for (int second = 0;; second++) {
		for (size_t i = 0; i < ROWS * 2; i++)
			numbers[i] = (float)rq_random_unit(&random);
		snprintf(created, sizeof created, "2026-%02d-%02dT%02d:%02d:%02dZ", 1 + round / 28, 1 + round % 28, second / 3600, second / 60 % 60,
		         second % 60);
		if (keep(&made, created) != RQ_OK || write(told, "", 1) != 1)
			_exit(1);
	}
}

START_TEST(kill_9_leaves_whole_references)
{
	struct rq_random random;
	size_t before = 0;
	int status, told[2];
	char byte;

	rq_random_seed(&random, 1);
	for (int round = 0; round < KILLS; round++) {
		ck_assert_int_eq(pipe(told), 0);
		pid_t child = fork();
		if (child == 0)
			keep_on(round, told[1]);
		ck_assert_int_gt(child, 0);
		close(told[1]);
		for (uint64_t kept = rq_random_below(&random, 3); kept > 0; kept--)
			ck_assert_int_eq(read(told[0], &byte, 1), 1);
		const struct timespec wait = {.tv_nsec = (long)rq_random_below(&random, 30000000)};
		nanosleep(&wait, NULL);
		kill(child, SIGKILL);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_msg(WIFSIGNALED(status), "the child failed");
		close(told[0]);
		if (!rq_file_exists(folder))
			continue;
		const struct rq_snapshots all = list();
		ck_assert_uint_ge(all.count, before); /* what was there is there */
		for (size_t i = before; i < all.count; i++)
			ck_assert_msg(read_it(all.items[i].sha256) == RQ_OK, "%s", err.text);
		before = all.count;
	}
	ck_assert_uint_gt(before, 0);
}
END_TEST

Suite *reference_suite(void)
{
	Suite *suite = suite_create("reference");
	TCase *tests = tcase_create("reference");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_kept_is_read);
	tcase_add_test(tests, one_at_a_time);
	tcase_add_test(tests, a_side_without_vectors_has_rankings);
	tcase_add_test(tests, the_same_is_kept_once_and_the_newest_is_current);
	tcase_add_test(tests, dates);
	tcase_add_test(tests, a_clock_that_went_back_is_refused);
	tcase_add_test(tests, damage_is_told);
	tcase_add_test(tests, what_does_not_fit_together_is_not_kept);
	tcase_add_test(tests, kill_9_leaves_whole_references);
	suite_add_tcase(suite, tests);
	return suite;
}
