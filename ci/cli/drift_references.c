/* References by name, by folder, by time. */
#include "ci/cli/drift_references.h"

#include "evalcore/base/file.h"
#include "evalcore/memory/history.h"
#include "evalcore/snapshot/reference.h"
#include "evalcore/snapshot/snapshots.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAXIMUM = 100 };

static const char standard_name[] = "default";

static enum rq_status check_name(const char *name, struct rq_error *err)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(name);

	if (length > 0 && length <= NAME_MAXIMUM && strspn(name, allowed) == length && name[0] != '.' && name[0] != '-')
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE,
	               "--reference: \"%s\" cannot be the name of a reference; expected letters, digits, '.', '_' and '-', at most %d of them and beginning "
	               "with a letter, a digit or '_', or the path of a folder, with a '/'",
	               name, NAME_MAXIMUM);
}

/* "references/default/0123..." -> the folder above it, and its name. */
static enum rq_status find_single(struct rq_references *references, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char *copy = rq_arena_strdup(arena, path);
	size_t length = copy == NULL ? 0 : strlen(copy);

	if (copy == NULL)
		return rq_fail_memory(err);
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	references->folder = rq_path_folder(arena, copy);
	references->current = strrchr(copy, '/') == NULL ? copy : strrchr(copy, '/') + 1;
	return references->folder == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status find_current(struct rq_references *references, const char *as_of, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_snapshots snapshots;

	RQ_TRY(rq_snapshots_list(&snapshots, references->folder, RQ_REFERENCE_KIND, arena, err));
	const struct rq_snapshot *current = rq_snapshots_at(&snapshots, references->as_of);
	references->current = current == NULL ? NULL : current->sha256;
	references->is_newest = current != NULL && as_of == NULL;
	if (current != NULL || as_of == NULL)
		return RQ_OK;
	if (snapshots.count == 0)
		return rq_fail(err, RQ_E_USAGE, "--as-of: \"%s\" holds no reference; leave it out, and one is made of what is there now", references->folder);
	return rq_fail(err, RQ_E_USAGE, "--as-of: no reference was there at %s; the first one is of %s", as_of, snapshots.items[0].created);
}

enum rq_status rq_references_find(struct rq_references *references, const char *given, const char *as_of, bool update, const char *config_folder,
                                  struct rq_arena *arena, struct rq_error *err)
{
	bool path = given != NULL && strchr(given, '/') != NULL;

	*references = (struct rq_references){.name = given == NULL ? standard_name : given, .as_of = INT64_MAX};
	if (as_of != NULL && rq_snapshots_time(&references->as_of, as_of, err) != RQ_OK)
		return rq_fail_within(err, "--as-of");
	if (!path)
		RQ_TRY(check_name(references->name, err));
	references->folder = path ? given : rq_path_join(arena, rq_path_join(arena, config_folder, "references"), references->name);
	const char *manifest = rq_path_join(arena, references->folder, RQ_MANIFEST_FILE);
	if (manifest == NULL)
		return rq_fail_memory(err);
	if (!path || !rq_file_exists(manifest))
		return find_current(references, as_of, arena, err);
	if (as_of != NULL || update)
		return rq_fail(err, RQ_E_USAGE, "--reference: \"%s\" is a single reference, which %s has no use for; name the folder above it", given,
		               update ? "--update" : "--as-of");
	return find_single(references, given, arena, err);
}

/* ---- one that is gone ---- */

/* Something that is no folder in the making. */
static bool has_rest(const char *folder)
{
	DIR *stream = opendir(folder);
	bool found = false;

	for (struct dirent *entry; stream != NULL && !found && (entry = readdir(stream)) != NULL;)
		found = entry->d_name[0] != '.';
	if (stream != NULL)
		closedir(stream);
	return found;
}

/* A job that stopped has compared with none. */
static bool is_ours(const struct rq_past_batch *batch, const struct rq_memo *memo)
{
	bool ours = memo->batch.suite != NULL || strcmp(batch->config, memo->batch.config) == 0;

	return ours && batch->exit_code < rq_status_exit_code(RQ_E_USAGE);
}

/* `quoted`: "--reference=NAME", as arguments have it. */
static bool had_reference(const struct rq_past_batch *batch, const struct rq_references *references,
                          const struct rq_memo *memo, const char *quoted)
{
	bool named = strstr(batch->arguments, "\"--reference=") != NULL;

	if (!is_ours(batch, memo))
		return false;
	return named ? strstr(batch->arguments, quoted) != NULL : strcmp(references->name, standard_name) == 0;
}

static const char *input_of(const struct rq_past_batch *batch, const char *name)
{
	for (size_t i = 0; i < batch->input_count; i++)
		if (strcmp(batch->inputs[i].name, name) == 0)
			return batch->inputs[i].text;
	return NULL;
}

/* By the last --update that found this one current: what it made is newer than all that is here. */
static enum rq_status check_replaced(const struct rq_references *references, struct rq_memo *memo, struct rq_error *err)
{
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	const struct rq_history_filter filter = {.command = "drift", .reference = references->current};

	if (!memo->open)
		return RQ_OK;
	RQ_TRY(rq_history_read(&history, &memo->store, &filter, err));
	for (size_t i = history.count; i > 0; i--) {
		const struct rq_past_batch *batch = &history.batches[i - 1];
		const char *then = input_of(batch, RQ_INPUT_REFERENCE), *made = input_of(batch, RQ_INPUT_MADE_REFERENCE);
		bool ended = batch->exit_code < rq_status_exit_code(RQ_E_USAGE);
		if (!ended || then == NULL || strcmp(then, references->current) != 0 || strstr(batch->arguments, "\"--update\"") == NULL)
			continue;
		if (made == NULL)
			return RQ_OK;
		return rq_fail(err, RQ_E_DATA,
		               "\"%s\": the newest reference there, %.12s..., was replaced on %s by %.12s..., as the store remembers, and that one is gone; restore it, "
		               "from where it is committed or cached, or make one of what is there now on purpose: --update",
		               references->folder, references->current, rq_day_of(batch->last_us).text, made);
	}
	return RQ_OK;
}

enum rq_status rq_references_check_lost(const struct rq_references *references, struct rq_memo *memo, struct rq_error *err)
{
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf quoted = {0};
	const struct rq_history_filter filter = {.command = "drift", .suite = memo->batch.suite};

	if (references->current != NULL)
		return references->is_newest ? check_replaced(references, memo, err) : RQ_OK;
	if (has_rest(references->folder))
		return rq_fail(err, RQ_E_DATA,
		               "\"%s\": holds no reference, but something else, as of one that was lost; restore it, or make one of what is there now on purpose: --update",
		               references->folder);
	if (!memo->open)
		return RQ_OK;
	const char *argument = rq_arena_printf(&history.arena, "--reference=%s", references->name);
	if (argument == NULL)
		return rq_fail_memory(err);
	rq_json_quote(&quoted, argument);
	RQ_TRY(rq_buf_check(&quoted, err));
	RQ_TRY(rq_history_read(&history, &memo->store, &filter, err));
	for (size_t i = history.count; i > 0; i--)
		if (had_reference(&history.batches[i - 1], references, memo, quoted.data))
			return rq_fail(err, RQ_E_DATA,
			               "\"%s\": holds no reference, and the store remembers a job on %s that had one; restore it, from where it is committed or cached, "
			               "or make one of what is there now on purpose: --update",
			               references->folder, rq_day_of(history.batches[i - 1].last_us).text);
	return RQ_OK;
}

/* ---- others ---- */

enum { OTHERS_MOST = 8 };

struct others {
	const char *names[OTHERS_MOST];
	size_t count;
	const char *own; /* the last name of the folder that is looked for */
	struct rq_arena arena;
};

static void others_release(struct others *others)
{
	rq_arena_release(&others->arena);
}

static enum rq_status add_other(struct others *others, const char *name, struct rq_error *err)
{
	if (others->count == OTHERS_MOST || strcmp(name, others->own) == 0)
		return RQ_OK;
	for (size_t i = 0; i < others->count; i++)
		if (strcmp(others->names[i], name) == 0)
			return RQ_OK;
	others->names[others->count] = rq_arena_strdup(&others->arena, name);
	return others->names[others->count++] == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status find_beside(struct others *others, const char *folder, struct rq_error *err)
{
	const char *above = rq_path_folder(&others->arena, folder);
	struct rq_error unread = {0}; /* what cannot be read is no name to warn with */
	struct dirent **entries = NULL;
	enum rq_status status = RQ_OK;

	if (above == NULL)
		return rq_fail_memory(err);
	int count = scandir(above, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name, *path = rq_path_join(&others->arena, above, name);
		struct rq_snapshots there = {0};
		if (status == RQ_OK && path == NULL)
			status = rq_fail_memory(err);
		bool listed = status == RQ_OK && name[0] != '.' &&
		              rq_snapshots_list(&there, path, RQ_REFERENCE_KIND, &others->arena, &unread) == RQ_OK;
		if (listed && there.count > 0)
			status = add_other(others, name, err);
		free(entries[i]);
	}
	free(entries);
	return status;
}

/* "--reference=weekly" -> "weekly"; of a path its last name; without one the standard one. */
static enum rq_status add_past(struct others *others, const struct rq_past_batch *batch, struct rq_error *err)
{
	static const char option[] = "--reference=";
	RQ_CLEANUP(rq_json_free_pointer) rq_json *words = NULL;
	const char *name = standard_name;

	if (rq_json_parse(&words, batch->arguments, strlen(batch->arguments), "arguments", err) != RQ_OK)
		return err->status;
	for (const rq_json *word = rq_json_first(words); word != NULL; word = rq_json_next(word))
		if (rq_json_string(word) != NULL && strncmp(rq_json_string(word), option, strlen(option)) == 0)
			name = rq_json_string(word) + strlen(option);
	return add_other(others, strrchr(name, '/') == NULL ? name : strrchr(name, '/') + 1, err);
}

static enum rq_status find_remembered(struct others *others, struct rq_memo *memo, struct rq_error *err)
{
	RQ_CLEANUP(rq_history_release) struct rq_history history = {0};
	const struct rq_history_filter filter = {.command = "drift", .suite = memo->batch.suite};

	if (!memo->open)
		return RQ_OK;
	RQ_TRY(rq_history_read(&history, &memo->store, &filter, err));
	for (size_t i = 0; i < history.count; i++)
		if (is_ours(&history.batches[i], memo))
			RQ_TRY(add_past(others, &history.batches[i], err));
	return RQ_OK;
}

enum rq_status rq_references_others(const char **warning, const struct rq_references *references, struct rq_memo *memo,
                                    struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(others_release) struct others others = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf names = {0};
	char *own = rq_arena_strdup(&others.arena, references->folder);
	size_t length = own == NULL ? 0 : strlen(own);

	if (own == NULL)
		return rq_fail_memory(err);
	while (length > 1 && own[length - 1] == '/')
		own[--length] = '\0';
	others.own = strrchr(own, '/') == NULL ? own : strrchr(own, '/') + 1;
	RQ_TRY(find_beside(&others, own, err));
	RQ_TRY(find_remembered(&others, memo, err));
	for (size_t i = 0; i < others.count; i++)
		rq_buf_printf(&names, "%s\"%s\"", i == 0 ? "" : ", ", others.names[i]);
	RQ_TRY(rq_buf_check(&names, err));
	*warning = NULL;
	if (others.count == 0)
		return RQ_OK;
	const char *list = rq_arena_show(arena, names.data), *name = rq_arena_show(arena, others.own);
	*warning = list == NULL || name == NULL
	                   ? NULL
	                   : rq_arena_printf(arena, "no reference is called \"%s\", and there are others: %s; where one of them "
	                                            "was meant, name it with --reference", name, list);
	return *warning == NULL ? rq_fail_memory(err) : RQ_OK;
}
