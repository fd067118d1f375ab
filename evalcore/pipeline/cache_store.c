#include "evalcore/pipeline/cache_store.h"

#include "evalcore/base/system.h"
#include "evalcore/pipeline/text_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static bool holds_texts(const struct rq_cache_file *file)
{
	return strcmp(rq_cache_kinds[file->kind].name, "embeddings") == 0;
}

/* ---- survey ---- */

static const char *damage_of_texts(struct rq_cache_survey *survey, const char *folder, const char *path, struct rq_error *err)
{
	size_t records, damaged;

	if (rq_text_cache_check(&records, &damaged, folder, path, err) != RQ_OK || damaged == 0)
		return NULL;
	return records == 0 ? "its head" : rq_arena_printf(&survey->arena, "%zu of %zu records", damaged, records);
}

/* What is wrong with a file, or NULL. One that is gone was evicted meanwhile. */
static enum rq_status check_file(struct rq_cache_damage *damage, struct rq_cache_survey *survey, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *kind_folder = rq_arena_printf(&arena, "%s/%s", folder, rq_cache_kinds[damage->file.kind].name);
	const char *path = rq_arena_printf(&arena, "%s/%s", kind_folder == NULL ? "" : kind_folder, damage->file.name);
	struct rq_error unreadable = {0};

	if (kind_folder == NULL || path == NULL)
		return rq_fail_memory(err);
	if (holds_texts(&damage->file)) {
		damage->what = damage_of_texts(survey, kind_folder, path, &unreadable);
		damage->unreadable = unreadable.status == RQ_E_IO;
		if (unreadable.status == RQ_E_NOMEM)
			return rq_fail_memory(err);
	} else {
		bool damaged;
		FILE *stream = rq_cache_open_file(path, &damaged);
		if (stream != NULL)
			fclose(stream);
		damage->what = damaged ? "cut short or changed" : NULL;
		damage->unreadable = stream == NULL && !damaged;
	}
	if (damage->unreadable)
		damage->what = rq_file_exists(path) ? "cannot be read" : NULL;
	return RQ_OK;
}

static enum rq_status check(struct rq_cache_survey *survey, const struct rq_cache_list *list, const char *folder, struct rq_error *err)
{
	survey->damages = rq_arena_alloc(&survey->arena, list->count + 1, sizeof *survey->damages);
	if (survey->damages == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < list->count; i++) {
		struct rq_cache_damage damage = {.file = list->files[i]};
		if (damage.file.leftover)
			continue;
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(check_file(&damage, survey, folder, err));
		if (damage.what == NULL)
			continue;
		damage.path = rq_arena_printf(&survey->arena, "%s/%s", rq_cache_kinds[damage.file.kind].name, damage.file.name);
		if (damage.path == NULL)
			return rq_fail_memory(err);
		survey->damages[survey->damaged++] = damage;
	}
	return RQ_OK;
}

static void count_file(struct rq_cache_survey *survey, const struct rq_cache_file *file)
{
	struct rq_cache_kind_use *kind = &survey->kinds[file->kind];
	int64_t used = file->used_ns / 1000000000;

	if (file->leftover) {
		survey->leftovers++;
		survey->leftover_bytes += file->bytes;
		return;
	}
	kind->oldest_use = kind->entries == 0 || used < kind->oldest_use ? used : kind->oldest_use;
	kind->newest_use = kind->entries == 0 || used > kind->newest_use ? used : kind->newest_use;
	kind->entries++;
	kind->bytes += file->bytes;
	survey->entries++;
	survey->bytes += file->bytes;
}

static int by_kind_and_name(const void *a, const void *b)
{
	const struct rq_cache_file *x = a, *y = b;

	return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : strcmp(x->name, y->name);
}

enum rq_status rq_cache_survey(struct rq_cache_survey *survey, const char *folder, bool checked, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_list_release) struct rq_cache_list list = {0};

	*survey = (struct rq_cache_survey){.kind_count = rq_cache_kind_count};
	RQ_TRY(rq_cache_list(&list, folder, err));
	if (!list.marked && list.foreign > 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is no cache of rqgate (it has no CACHEDIR.TAG that says so, and holds \"%s\")", folder, list.first_foreign);
	survey->exists = list.exists;
	survey->foreign = list.foreign;
	for (size_t i = 0; i < rq_cache_kind_count; i++)
		survey->kinds[i] = (struct rq_cache_kind_use){.name = rq_cache_kinds[i].name, .what = rq_cache_kinds[i].what};
	if (list.count > 0)
		qsort(list.files, list.count, sizeof *list.files, by_kind_and_name);
	for (size_t i = 0; i < list.count; i++)
		count_file(survey, &list.files[i]);
	return checked ? check(survey, &list, folder, err) : RQ_OK;
}

void rq_cache_survey_release(struct rq_cache_survey *survey)
{
	rq_arena_release(&survey->arena);
	*survey = (struct rq_cache_survey){0};
}

/* ---- removal ---- */

static bool used_since(const char *path, const struct rq_cache_file *file)
{
	struct stat info;

	return lstat(path, &info) == 0 && info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec != file->used_ns;
}

static void count_removed(struct rq_cache_removal *removal, const struct rq_cache_file *file)
{
	*(file->leftover ? &removal->leftovers : &removal->entries) += 1;
	*(file->leftover ? &removal->leftover_bytes : &removal->bytes) += file->bytes;
}

static uint64_t entry_bytes(const struct rq_cache_list *list)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < list->count; i++)
		bytes += list->files[i].leftover ? 0 : list->files[i].bytes;
	return bytes;
}

/* Removes a file unless it is gone, or `spare_used` and another process has used it since it was listed. */
static enum rq_status remove_file(struct rq_cache_removal *removal, const char *folder, const struct rq_cache_file *file, bool spare_used, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *kind_folder = rq_arena_printf(&arena, "%s/%s", folder, rq_cache_kinds[file->kind].name);
	const char *path = rq_arena_printf(&arena, "%s/%s", kind_folder == NULL ? "" : kind_folder, file->name);

	if (kind_folder == NULL || path == NULL)
		return rq_fail_memory(err);
	/* Who appends to a file of embeddings under the lock has opened it before and would write what nobody finds. */
	int locked = holds_texts(file) ? rq_text_cache_lock(kind_folder) : -1;
	bool spared = spare_used && used_since(path, file), failed = !spared && unlink(path) != 0;
	int reason = errno;
	rq_text_cache_unlock(locked);
	if (failed && reason != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(reason));
	if (!spared && !file->leftover)
		removal->left -= file->bytes;
	if (!spared && !failed)
		count_removed(removal, file);
	return RQ_OK;
}

static bool is_used_here(const struct rq_cache *cache, const struct rq_cache_file *file)
{
	char hex[33];

	for (size_t i = 0; i < cache->use_count; i++) {
		rq_key_hex(&cache->uses[i].key, hex);
		if (strcmp(hex, file->name) == 0 && strcmp(cache->uses[i].kind, rq_cache_kinds[file->kind].name) == 0)
			return true;
	}
	return false;
}

static int by_use(const void *a, const void *b)
{
	const struct rq_cache_file *x = a, *y = b;

	return x->used_ns != y->used_ns ? (x->used_ns > y->used_ns) - (x->used_ns < y->used_ns) : by_kind_and_name(a, b);
}

enum rq_status rq_cache_evict(struct rq_cache_removal *removal, const struct rq_cache *cache, uint64_t limit, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_list_release) struct rq_cache_list list = {0};

	*removal = (struct rq_cache_removal){0};
	if (cache->folder == NULL)
		return RQ_OK;
	RQ_TRY(rq_cache_list(&list, cache->folder, err));
	if (!list.marked || list.count == 0)
		return RQ_OK;
	qsort(list.files, list.count, sizeof *list.files, by_use);
	removal->left = entry_bytes(&list);
	for (size_t i = 0; i < list.count; i++) {
		const struct rq_cache_file *file = &list.files[i];
		if (!file->leftover && is_used_here(cache, file))
			removal->used_here += file->bytes;
		else if (file->leftover || removal->left > limit)
			RQ_TRY(remove_file(removal, cache->folder, file, true, err));
	}
	return RQ_OK;
}

static enum rq_status check_clearable(const struct rq_cache_list *list, const char *folder, struct rq_error *err)
{
	if (!list->marked && (list->count > 0 || list->foreign > 0))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": is no cache of rqgate (it has no CACHEDIR.TAG that says so); nothing was removed", folder);
	if (list->foreign > 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": holds \"%s\", which is no part of a cache; move it away first, nothing was removed", folder, list->first_foreign);
	return RQ_OK;
}

enum rq_status rq_cache_clear(struct rq_cache_removal *removal, const char *folder, const struct rq_cache_choice *choice, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_list_release) struct rq_cache_list list = {0};
	double now = (double)time(NULL);

	*removal = (struct rq_cache_removal){0};
	RQ_TRY(rq_cache_list(&list, folder, err));
	RQ_TRY(check_clearable(&list, folder, err));
	removal->left = entry_bytes(&list);
	for (size_t i = 0; i < list.count; i++) {
		const struct rq_cache_file *file = &list.files[i];
		bool chosen = choice->kind == NULL || strcmp(choice->kind, rq_cache_kinds[file->kind].name) == 0;
		chosen = chosen && (file->leftover || choice->unused_since == 0 || now - (double)file->used_ns * 1e-9 >= choice->unused_since);
		if (chosen && choice->dry_run)
			count_removed(removal, file);
		else if (chosen)
			RQ_TRY(remove_file(removal, folder, file, choice->unused_since > 0, err));
	}
	return RQ_OK;
}

static enum rq_status mend_texts(struct rq_cache_removal *removal, const char *folder, const struct rq_cache_damage *damage, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *kind_folder = rq_arena_printf(&arena, "%s/%s", folder, rq_cache_kinds[damage->file.kind].name), *path = rq_arena_printf(&arena, "%s/%s", folder, damage->path);

	if (kind_folder == NULL || path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_text_cache_mend(kind_folder, path, err));
	removal->entries++;
	return RQ_OK;
}

enum rq_status rq_cache_mend(struct rq_cache_removal *removal, const struct rq_cache_survey *survey, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_list_release) struct rq_cache_list list = {0};

	*removal = (struct rq_cache_removal){0};
	for (size_t i = 0; i < survey->damaged; i++) {
		const struct rq_cache_damage *damage = &survey->damages[i];
		if (damage->unreadable)
			continue;
		if (holds_texts(&damage->file))
			RQ_TRY(mend_texts(removal, folder, damage, err));
		else
			RQ_TRY(remove_file(removal, folder, &damage->file, true, err));
	}
	RQ_TRY(rq_cache_list(&list, folder, err));
	removal->left = entry_bytes(&list);
	for (size_t i = 0; i < list.count; i++)
		if (list.files[i].leftover)
			RQ_TRY(remove_file(removal, folder, &list.files[i], false, err));
	return RQ_OK;
}
