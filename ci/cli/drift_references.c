/* References by name, by folder, by time. */
#include "ci/cli/drift_references.h"

#include "evalcore/base/file.h"
#include "evalcore/memory/history.h"
#include "evalcore/snapshot/reference.h"
#include "evalcore/snapshot/snapshots.h"

#include <dirent.h>
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

/* `quoted`: "--reference=NAME", as arguments have it. A job that stopped has compared with none. */
static bool had_reference(const struct rq_past_batch *batch, const struct rq_references *references, const struct rq_memo *memo, const char *quoted)
{
	bool ours = memo->batch.suite != NULL || strcmp(batch->config, memo->batch.config) == 0;
	bool named = strstr(batch->arguments, "\"--reference=") != NULL;

	if (!ours || batch->exit_code >= rq_status_exit_code(RQ_E_USAGE))
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
