/* Snapshots there and back: what is shared, what is damaged, what is current, what goes. */
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/cut.h"
#include "tests/snapshot/vault.h"

#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LARGE = 3 << 20, EXTENTS = 100 };

START_TEST(what_was_kept_comes_back)
{
	struct rq_restored restored;
	char expected[RQ_SHA256_HEX];

	write_random("a", LARGE + 17, 1);
	write_random("b", 0, 1);
	create("2026-11-21T03:00:00Z");
	ck_assert(created.made && created.bytes == LARGE + 17 && created.added_bytes == created.bytes);
	MUST(rq_sha256_file(expected, path_in_root("a"), &err)); /* of the whole file, as sha256sum tells it */
	ck_assert_str_eq(rq_manifest_file(&manifest, "index.faiss")->sha256, expected);
	ck_assert_uint_eq(damages_of(), 0);
	MUST(restore(manifest.sha256, &restored));
	ck_assert(!restored.was_there && restored.bytes == created.bytes);
	ck_assert(same_files(path_in_root("a"), path_in_root("serving/current/index.faiss")));
	ck_assert(same_files(path_in_root("b"), path_in_root("serving/current/ids.txt")));
	MUST(restore(manifest.sha256, &restored));
	ck_assert(restored.was_there);
}
END_TEST

START_TEST(the_same_again_makes_nothing)
{
	char first[RQ_SHA256_HEX];

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	memcpy(first, manifest.sha256, sizeof first);
	create("2026-11-21T04:00:00Z");
	ck_assert(!created.made && created.added == 0);
	ck_assert_str_eq(manifest.sha256, first);
}
END_TEST

/* 64 MB, whose chunks are 4,096 bytes: 1 % of the bytes in 100 places, and a byte that is put in front, which moves all others. */
START_TEST(little_is_new_where_little_has_changed)
{
	enum { SIZE = 64 << 20 };
	struct rq_buf data = {0};
	struct rq_random random;

	write_random("a", SIZE, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	MUST(rq_file_read(&data, path_in_root("a"), &err));
	rq_random_seed(&random, 7);
	for (int i = 0; i < EXTENTS; i++) {
		size_t length = SIZE / 100 / EXTENTS, at = (size_t)rq_random_below(&random, SIZE - length);
		for (size_t j = 0; j < length; j++)
			data.data[at + j] = (char)rq_random_u64(&random);
	}
	MUST(rq_file_write(path_in_root("a"), data.data, data.size, &err));
	create("2026-11-21T04:00:00Z");
	ck_assert_msg((double)created.added_bytes < .05 * SIZE, "%llu bytes are new", (unsigned long long)created.added_bytes);
	ck_assert_uint_eq(damages_of(), 0);
	rq_buf_puts(&data, "x");
	memmove(data.data + 1, data.data, SIZE);
	MUST(rq_file_write(path_in_root("a"), data.data, SIZE + 1, &err));
	create("2026-11-21T05:00:00Z");
	ck_assert_msg((double)created.added_bytes < .001 * SIZE, "%llu bytes are new", (unsigned long long)created.added_bytes);
	rq_buf_release(&data);
}
END_TEST

START_TEST(cuts_are_within_bounds_and_for_good)
{
	static unsigned char data[1 << 18];
	struct rq_cutter cutter;
	struct rq_random random;
	size_t first = 0, count = 0;

	rq_random_seed(&random, 3);
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (unsigned char)rq_random_u64(&random);
	rq_cutter_init(&cutter, RQ_CUT_LEAST);
	for (size_t at = 0, length; at < sizeof data; at += length, count++) {
		length = rq_cut(&cutter, data + at, sizeof data - at);
		first = at == 0 ? length : first;
		ck_assert(length <= cutter.most && (length >= cutter.least || at + length == sizeof data));
	}
	ck_assert_msg(count > 40 && count < 80, "%zu chunks", count);
	ck_assert_uint_eq(first, 4122); /* another cut would share nothing with snapshots that there are */
	memset(data, 0, sizeof data);
	ck_assert_uint_eq(rq_cut(&cutter, data, sizeof data), cutter.most);
	ck_assert_uint_eq(rq_cut_average(1000, 0), RQ_CUT_LEAST);
	ck_assert_uint_eq(rq_cut_average((uint64_t)1 << 30, 0), 131072);
	ck_assert_uint_eq(rq_cut_average((uint64_t)1 << 30, 65536), 65536);
	ck_assert_uint_eq(rq_cut_average((uint64_t)1 << 30, 4096), 131072);
	ck_assert_uint_eq(rq_cut_average(UINT64_MAX, 0), RQ_CUT_MOST);
}
END_TEST

/* ---- damage ---- */

static char found[64][256];
static size_t found_count;

static int collect(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)place;
	if (kind == FTW_F && found_count < 64)
		snprintf(found[found_count++], sizeof found[0], "%s", path);
	return 0;
}

static void expect_found(const char *what, const char *file, size_t at)
{
	struct rq_restored restored;

	ck_assert_msg(damages_of() > 0, "%s of %s at %zu is not found by verify", what, file, at);
	ck_assert_msg(restore(manifest.sha256, &restored) == RQ_E_DATA || err.status == RQ_E_IO, "%s of %s at %zu was restored: %s", what, file, at, err.text);
	ck_assert(!rq_file_exists(path_in_root("serving/current/index.faiss")));
	rq_arena_release(&arena);
}

START_TEST(every_flip_truncation_and_loss_is_found)
{
	char folder[128];
	size_t cases = 0;

	write_random("a", SMALL, 1);
	write_random("b", 40, 2);
	create("2026-11-21T03:00:00Z");
	found_count = 0;
	snprintf(folder, sizeof folder, "%s/packs", where);
	nftw(folder, collect, 8, FTW_PHYS);
	snprintf(folder, sizeof folder, "%s/snapshots", where);
	nftw(folder, collect, 8, FTW_PHYS);
	ck_assert_uint_eq(found_count, 2); /* the pack of both files, and the manifest */
	for (size_t i = 0; i < found_count; i++) {
		struct rq_buf whole = {0};
		MUST(rq_file_read(&whole, found[i], &err));
		for (size_t at = 0; at < whole.size; at++) {
			char kept = whole.data[at];
			whole.data[at] = (char)(kept ^ (1 << at % 8));
			put(found[i], whole.data, whole.size);
			expect_found("a flip", found[i], at);
			whole.data[at] = kept;
			put(found[i], whole.data, at);
			expect_found("a truncation", found[i], at);
			cases += 2;
		}
		ck_assert_int_eq(remove(found[i]), 0);
		expect_found("the loss", found[i], 0);
		put(found[i], whole.data, whole.size);
		rq_buf_release(&whole);
	}
	ck_assert_uint_gt(cases, 2000);
	ck_assert_uint_eq(damages_of(), 0);
}
END_TEST

/* Blanks are no part of a seal, but a changed byte is a changed byte. */
START_TEST(another_blank_is_found_too)
{
	struct rq_buf text = {0};
	char path[256];

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	snprintf(path, sizeof path, "%s/snapshots/%s/manifest.json", where, manifest.sha256);
	MUST(rq_file_read(&text, path, &err));
	char *blank = strchr(text.data, ' ');
	*blank = '\t';
	put(path, text.data, text.size);
	expect_found("a tab", path, (size_t)(blank - text.data));
	rq_buf_release(&text);
}
END_TEST

START_TEST(a_damaged_chunk_is_mended_by_the_next_snapshot)
{
	char folder[128];

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 1); /* one chunk */
	create("2026-11-21T03:00:00Z");
	found_count = 0;
	snprintf(folder, sizeof folder, "%s/packs", where);
	nftw(folder, collect, 8, FTW_PHYS);
	ck_assert_uint_eq(found_count, 1);
	put(found[0], "x", 1);
	ck_assert_uint_eq(damages_of(), 2); /* both files have it */
	create("2026-11-21T04:00:00Z");
	ck_assert_uint_eq(damages_of(), 0);
}
END_TEST

/* What stands in the way of a restore is left alone, and so is what another link points to. */
START_TEST(a_damaged_folder_is_restored_beside)
{
	struct rq_restored restored;

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	create("2026-11-21T03:00:00Z");
	MUST(restore(manifest.sha256, &restored));
	put(path_in_root("serving/current/index.faiss"), "x", 1);
	MUST(restore(manifest.sha256, &restored));
	ck_assert(!restored.was_there);
	ck_assert_str_eq(restored.folder + strlen(restored.folder) - 2, "-2");
	ck_assert(same_files(path_in_root("a"), path_in_root("serving/current/index.faiss")));
	ck_assert_int_eq(remove(path_in_root("serving/current")), 0);
	MUST(rq_make_folders(path_in_root("serving/current"), &err));
	ck_assert_int_eq(restore(manifest.sha256, &restored), RQ_E_USAGE);
	ck_assert_msg(strstr(err.text, "is there and no link; rename it, or choose another folder") != NULL, "%s", err.text);
	snprintf(to, sizeof to, "%s", where);
	ck_assert_int_eq(restore(manifest.sha256, &restored), RQ_E_USAGE);
	ck_assert_msg(strstr(err.text, "is the folder of snapshots; restore to another one") != NULL, "%s", err.text);
}
END_TEST

/* Between a look into it and its copy somebody put another file there. */
START_TEST(what_was_looked_into_is_kept)
{
	struct stat seen;
	const struct rq_snapshot_file files[] = {{"index.faiss", path_in_root("a"), &seen}, {"ids.txt", path_in_root("b"), NULL}};

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	open_to(RQ_VAULT_ADD);
	manifest = (struct rq_manifest){.kind = RQ_SNAPSHOT_KIND, .created = "2026-11-21T03:00:00Z", .created_by = "test"};
	ck_assert_int_eq(stat(path_in_root("a"), &seen), 0);
	write_random("c", SMALL, 3);
	ck_assert_int_eq(rename(path_in_root("c"), path_in_root("a")), 0);
	ck_assert_int_eq(rq_snapshot_create(&created, &manifest, &vault, files, 2, NULL, &err), RQ_E_DATA);
	ck_assert_int_eq(stat(path_in_root("a"), &seen), 0);
	rq_manifest_release(&manifest);
	manifest = (struct rq_manifest){.kind = RQ_SNAPSHOT_KIND, .created = "2026-11-21T03:00:00Z", .created_by = "test"};
	MUST(rq_snapshot_create(&created, &manifest, &vault, files, 2, NULL, &err));
}
END_TEST

/* ---- which one ---- */

static char seals[5][RQ_SHA256_HEX];

/* Five, an hour apart. */
static void create_five(void)
{
	char when[32];

	for (int i = 0; i < 5; i++) {
		write_random("a", SMALL, (uint64_t)i + 1);
		write_random("b", SMALL, 77);
		snprintf(when, sizeof when, "2026-11-21T0%d:00:00Z", i);
		create(when);
		memcpy(seals[i], manifest.sha256, RQ_SHA256_HEX);
	}
}

static const char *find(const char *name)
{
	static char sha256[RQ_SHA256_HEX];

	MUST(rq_vault_find(sha256, &vault, name, &err));
	return sha256;
}

static bool has(const char *sha256)
{
	bool there;

	MUST(rq_vault_has(&there, &vault, sha256, &err));
	return there;
}

static const char *at(const char *text)
{
	static char sha256[RQ_SHA256_HEX];
	int64_t seconds;

	MUST(rq_snapshots_time(&seconds, text, &err));
	MUST(rq_vault_at(sha256, &vault, seconds, &err));
	return sha256;
}

/* The vault and the link say the same, also where nothing was copied. */
START_TEST(what_was_restored_is_current)
{
	struct rq_restored restored;

	create_five();
	for (int i = 1; i < 4; i++) {
		MUST(restore(seals[i % 3], &restored));
		ck_assert_ptr_null(restored.unknown);
		ck_assert_str_eq(find("current"), seals[i % 3]);
	}
}
END_TEST

START_TEST(current_previous_and_as_of)
{
	char sha256[RQ_SHA256_HEX], prefix[8];

	create_five();
	ck_assert_str_eq(find("current"), seals[4]);
	ck_assert_str_eq(find("previous"), seals[3]);
	MUST(rq_vault_switch(&vault, seals[3], "2026-11-21T06:00:00Z", &err)); /* rolled back */
	ck_assert_str_eq(find("current"), seals[3]);
	ck_assert_str_eq(find("previous"), seals[4]);
	ck_assert_str_eq(at("2026-11-21T05:59:59Z"), seals[4]);
	ck_assert_str_eq(at("2026-11-21T06:00:00Z"), seals[3]);
	ck_assert_str_eq(at("2026-11-21T01:30:00Z"), seals[1]);
	ck_assert_str_eq(at("2026-11-21"), seals[3]);
	ck_assert_int_eq(rq_vault_at(sha256, &vault, 0, &err), RQ_E_USAGE);
	snprintf(prefix, sizeof prefix, "%.7s", seals[2]);
	ck_assert_str_eq(find(prefix), seals[2]);
	ck_assert_int_eq(rq_vault_find(sha256, &vault, "fff", &err), RQ_E_USAGE);
	ck_assert_int_eq(rq_vault_find(sha256, &vault, "ffffffffffff", &err), RQ_E_USAGE);
	ck_assert_str_eq(err.text, "\"ffffffffffff\": no such snapshot; \"rqgate snapshot list\" shows which there are");
}
END_TEST

/* Two in one second: which one was first, and so which is the newest, the log knows, and not their seals. */
static void create_in_one_second(int count)
{
	for (int i = 0; i < count; i++) {
		write_random("a", SMALL, (uint64_t)i + 1);
		write_random("b", SMALL, 77);
		create("2026-11-21T03:00:00Z");
		memcpy(seals[i], manifest.sha256, RQ_SHA256_HEX);
	}
}

START_TEST(the_newest_of_one_second_stay)
{
	const struct rq_retention newest = {.newest = 3, .since = INT64_MAX, .dry = true};
	struct rq_pruned pruned;

	create_in_one_second(5);
	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshot_prune(&pruned, &vault, &newest, &arena, &err));
	ck_assert_uint_eq(pruned.count, 2);
	ck_assert_str_eq(pruned.seals[0], seals[0]);
	ck_assert_str_eq(pruned.seals[1], seals[1]);
}
END_TEST

/* The third one is dated before the second: the clock was set. */
START_TEST(a_clock_that_went_back)
{
	char sha256[RQ_SHA256_HEX];
	int64_t seconds;

	create_five();
	MUST(rq_vault_switch(&vault, seals[0], "2026-11-21T12:00:00Z", &err));
	MUST(rq_vault_switch(&vault, seals[1], "2026-11-21T08:00:00Z", &err));
	ck_assert_str_eq(find("current"), seals[1]);
	ck_assert_str_eq(at("2026-11-21T05:00:00Z"), seals[4]);
	ck_assert_str_eq(at("2026-11-21T07:59:59Z"), seals[4]);
	ck_assert_str_eq(at("2026-11-21T12:00:00Z"), seals[1]); /* the last of the log */
	ck_assert_str_eq(at("2026-11-21"), seals[1]);
	MUST(rq_snapshots_time(&seconds, "2026-11-21T10:00:00Z", &err));
	ck_assert_int_eq(rq_vault_at(sha256, &vault, seconds, &err), RQ_E_USAGE);
	const char *said = rq_arena_printf(&arena,
	                                   "\"%s\": that time was twice, for the clock went back: first %.12s was current, "
	                                   "then %.12s; name the one that is meant by its seal",
	                                   where, seals[4], seals[1]);
	ck_assert_str_eq(err.text, said);
	MUST(rq_vault_switch(&vault, seals[4], "2026-11-21T09:00:00Z", &err));
	ck_assert_str_eq(at("2026-11-21T10:00:00Z"), seals[4]); /* both times */
}
END_TEST

/* Nothing goes by what cannot be told, and a restore that names its snapshot begins it anew. */
START_TEST(a_log_that_is_changed_is_found)
{
	const struct rq_retention none = {.since = INT64_MAX};
	struct rq_buf whole = {0};
	struct rq_checked checked;
	struct rq_pruned pruned;
	char *path = strdup(path_in_root("vault/switches"));
	char sha256[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];

	create_five();
	MUST(rq_file_read(&whole, path, &err));
	open_to(RQ_VAULT_REMOVE);
	for (size_t place = 0; place <= whole.size; place++) {
		char kept = whole.data[place];
		whole.data[place] = (char)(kept ^ 1);
		if (place < whole.size) {
			put(path, whole.data, whole.size);
			ck_assert_msg(rq_vault_current(sha256, previous, &vault, &err) == RQ_E_DATA, "a flip at %zu", place);
		}
		whole.data[place] = kept;
		put(path, whole.data, place);
		ck_assert_msg(place == whole.size || rq_vault_current(sha256, previous, &vault, &err) == RQ_E_DATA, "cut at %zu", place);
	}
	put(path, "", 0);
	ck_assert_int_eq(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), RQ_E_DATA);
	MUST(rq_snapshot_verify(&checked, &vault, NULL, 0, NULL, &arena, &err));
	ck_assert(checked.count == 1 && checked.damages[0].snapshot == NULL);
	for (int i = 0; i < 5; i++)
		ck_assert(has(seals[i]));
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(rq_vault_current(sha256, previous, &vault, &err), RQ_E_DATA);
	MUST(rq_vault_switch(&vault, seals[2], "2026-11-21T06:00:00Z", &err));
	ck_assert_str_eq(find("current"), seals[2]);
	put(path, whole.data, whole.size);
	rq_remove_tree(rq_vault_folder(&vault, seals[4], &arena));
	ck_assert_int_eq(rq_vault_current(sha256, previous, &vault, &err), RQ_E_DATA); /* it is lost, and another is not it */
	ck_assert_int_eq(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err), RQ_E_DATA);
	rq_buf_release(&whole);
	free(path);
}
END_TEST

START_TEST(prune_keeps_what_it_must)
{
	struct rq_pruned pruned;
	const struct rq_retention none = {.since = INT64_MAX}, dry = {.since = INT64_MAX, .dry = true};
	char sha256[RQ_SHA256_HEX];

	create_five();
	MUST(rq_vault_pin(&vault, seals[0], true, "2026-11-21T05:30:00Z", &err));
	MUST(rq_vault_switch(&vault, seals[1], "2026-11-21T06:00:00Z", &err));
	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshot_prune(&pruned, &vault, &dry, &arena, &err));
	ck_assert_uint_eq(pruned.count, 2);
	ck_assert(has(seals[2]) && has(seals[3]));
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert(pruned.count == 2 && pruned.kept == 3 && pruned.chunks == 2 && pruned.bytes == (uint64_t)2 * SMALL);
	ck_assert(has(seals[0]) && has(seals[1]) && has(seals[4]));
	ck_assert(!has(seals[2]) && !has(seals[3]));
	for (int i = 0; i < 5; i++)
		if (has(seals[i])) {
			memcpy(manifest.sha256, seals[i], RQ_SHA256_HEX);
			ck_assert_uint_eq(damages_of(), 0);
		}
	ck_assert_int_eq(rq_vault_at(sha256, &vault, 1795226760, &err), RQ_E_USAGE); /* 02:06 of that day */
	ck_assert_msg(strstr(err.text, "is gone: it was removed") != NULL, "%s", err.text);
	struct rq_vault other = {0};
	ck_assert_int_eq(rq_vault_open(&other, where, RQ_VAULT_READ, .1, &err), RQ_E_LOCKED);
	ck_assert_msg(strstr(err.text, ": another job is removing snapshots there; try again when it has ended") != NULL, "%s", err.text);
	rq_vault_close(&other);
}
END_TEST

static uint64_t bytes_of_packs(void)
{
	char folder[128];
	uint64_t bytes = 0;
	struct stat info;

	found_count = 0;
	snprintf(folder, sizeof folder, "%s/packs", where);
	nftw(folder, collect, 8, FTW_PHYS);
	for (size_t i = 0; i < found_count; i++) {
		ck_assert_int_eq(stat(found[i], &info), 0);
		bytes += (uint64_t)info.st_size;
	}
	return bytes;
}

/* Of the first snapshot the second needs a quarter, which moves to a pack of its own. */
START_TEST(what_is_needed_of_a_pack_moves)
{
	enum { SIZE = 200000 };
	struct rq_pruned pruned;
	const struct rq_retention none = {.since = INT64_MAX};
	struct rq_buf first = {0}, second = {0};

	write_random("b", 0, 1);
	write_random("a", SIZE, 1);
	MUST(rq_file_read(&first, path_in_root("a"), &err));
	create("2026-11-21T01:00:00Z");
	write_random("a", SIZE, 2);
	MUST(rq_file_read(&second, path_in_root("a"), &err));
	memcpy(second.data, first.data, SIZE / 4);
	MUST(rq_file_write(path_in_root("a"), second.data, SIZE, &err));
	create("2026-11-21T02:00:00Z");
	ck_assert(created.added_bytes > SIZE / 2 && created.added_bytes < SIZE * 9 / 10);
	memcpy(seals[0], manifest.sha256, RQ_SHA256_HEX);
	write_random("a", SIZE, 3);
	create("2026-11-21T03:00:00Z");
	uint64_t before = bytes_of_packs();
	ck_assert_uint_eq(found_count, 3);
	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshot_prune(&pruned, &vault, &none, &arena, &err));
	ck_assert(pruned.count == 1 && pruned.kept == 2 && pruned.chunks > 20 && pruned.bytes > SIZE * 6 / 10);
	ck_assert(before - bytes_of_packs() >= pruned.bytes);
	ck_assert_uint_eq(found_count, 3);
	ck_assert_uint_eq(damages_of(), 0);
	memcpy(manifest.sha256, seals[0], RQ_SHA256_HEX);
	ck_assert_uint_eq(damages_of(), 0);
	rq_buf_release(&first);
	rq_buf_release(&second);
}
END_TEST

START_TEST(newest_and_young_ones_stay)
{
	struct rq_pruned pruned;
	int64_t seconds;

	create_five();
	open_to(RQ_VAULT_REMOVE);
	MUST(rq_snapshots_time(&seconds, "2026-11-21T01:00:00Z", &err));
	const struct rq_retention young = {.since = seconds, .dry = true}, newest = {.newest = 3, .since = INT64_MAX, .dry = true};
	MUST(rq_snapshot_prune(&pruned, &vault, &young, &arena, &err));
	ck_assert(pruned.count == 1 && strcmp(pruned.seals[0], seals[0]) == 0);
	MUST(rq_snapshot_prune(&pruned, &vault, &newest, &arena, &err));
	ck_assert(pruned.count == 2 && strcmp(pruned.seals[1], seals[1]) == 0);
}
END_TEST

/* One job makes the vault and keeps nothing, and another one has waited for its lock meanwhile: it begins anew. */
START_TEST(who_waited_for_a_vault_that_went_makes_one)
{
	const struct timespec while_it_waits = {.tv_nsec = 300000000};
	int status;

	write_random("a", SMALL, 1);
	write_random("b", SMALL, 2);
	open_to(RQ_VAULT_ADD);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		ck_assert(close(vault.lock) == 0 && close(vault.fd) == 0); /* which are its parent's */
		vault = (struct rq_vault){0};
		create("2026-11-21T03:00:00Z");
		_exit(damages_of() == 0 && rq_file_exists(vault.snapshots) ? 0 : 1);
	}
	nanosleep(&while_it_waits, NULL);
	rq_vault_close(&vault);
	ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	ck_assert(rq_file_exists(path_in_root("vault/switches")));
}
END_TEST

Suite *vault_suite(void)
{
	Suite *suite = suite_create("vault");
	TCase *tests = tcase_create("vault");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, what_was_kept_comes_back);
	tcase_add_test(tests, the_same_again_makes_nothing);
	tcase_add_test(tests, little_is_new_where_little_has_changed);
	tcase_add_test(tests, cuts_are_within_bounds_and_for_good);
	tcase_add_test(tests, every_flip_truncation_and_loss_is_found);
	tcase_add_test(tests, another_blank_is_found_too);
	tcase_add_test(tests, a_damaged_chunk_is_mended_by_the_next_snapshot);
	tcase_add_test(tests, a_damaged_folder_is_restored_beside);
	tcase_add_test(tests, what_was_restored_is_current);
	tcase_add_test(tests, what_was_looked_into_is_kept);
	tcase_add_test(tests, current_previous_and_as_of);
	tcase_add_test(tests, a_log_that_is_changed_is_found);
	tcase_add_test(tests, prune_keeps_what_it_must);
	tcase_add_test(tests, what_is_needed_of_a_pack_moves);
	tcase_add_test(tests, newest_and_young_ones_stay);
	tcase_add_test(tests, the_newest_of_one_second_stay);
	tcase_add_test(tests, a_clock_that_went_back);
	tcase_add_test(tests, who_waited_for_a_vault_that_went_makes_one);
	suite_add_tcase(suite, tests);
	return suite;
}
