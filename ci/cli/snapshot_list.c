/* rqgate snapshot list, show and verify: which there are, what is in one, and whether every byte of them is. */
#include "ci/cli/snapshot.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/drill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct rq_snapshot_options where;
	bool json;
};

static const struct rq_flag flags[] = {
	RQ_SNAPSHOT_FLAGS(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static const struct rq_flag show_flags[] = {
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_SNAPSHOT_AS_OF_FLAG(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print the manifest"},
	RQ_FLAGS_END,
};

static const struct rq_flag verify_flags[] = {
	RQ_SNAPSHOT_FLAGS(struct options),
	RQ_SNAPSHOT_AS_OF_FLAG(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static enum rq_status print_json(rq_json *root, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_json_print(&text, root, true, err));
	rq_buf_puts(&text, "\n");
	return rq_print(&text, err);
}

/* What a manifest or a file's name says is somebody's text: nothing of it may talk to the terminal. */
struct shown {
	char text[1024];
};

static struct shown show_text(const char *text)
{
	struct shown shown;

	rq_show_text(shown.text, sizeof shown.text, text);
	return shown;
}

/* ---- list ---- */

/* A snapshot of the list. */
struct item {
	const char *sha256;
	struct rq_manifest manifest;
	struct rq_error why; /* it cannot be read */
	uint64_t bytes;
	int64_t seconds;
	size_t order; /* of one second */
	bool current, previous, pinned, drilled;
	struct rq_drill drill;
	struct rq_error drill_why; /* its record cannot be read */
	struct rq_error pin_why;   /* whether it is pinned cannot be told */
};

struct items {
	struct item *items;
	size_t count;
	struct rq_error why; /* which one is current cannot be told */
	bool damaged;        /* anything is */
	struct rq_arena arena;
};

static void items_release(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		rq_manifest_release(&items->items[i].manifest);
	rq_arena_release(&items->arena);
}

static enum rq_status read_item(struct item *item, const struct rq_vault *vault, struct rq_arena *arena, struct rq_error *err)
{
	if (rq_vault_is_pinned(&item->pinned, vault, item->sha256, &item->pin_why) == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (rq_vault_read(&item->manifest, vault, item->sha256, &item->why) != RQ_OK)
		return item->why.status == RQ_E_NOMEM ? rq_fail_memory(err) : RQ_OK;
	for (size_t i = 0; i < item->manifest.file_count; i++)
		item->bytes += item->manifest.files[i].bytes;
	(void)rq_parse_time(&item->seconds, item->manifest.created, strlen(item->manifest.created));
	enum rq_status status = rq_drill_last(&item->drill, &item->drilled, vault, item->sha256, arena, &item->drill_why);
	return status == RQ_OK || status == RQ_E_DATA || status == RQ_E_IO ? RQ_OK : rq_fail(err, status, "%s", item->drill_why.text);
}

static int by_time(const void *a, const void *b)
{
	const struct item *first = a, *second = b;

	if (first->seconds != second->seconds)
		return first->seconds < second->seconds ? -1 : 1;
	if (first->order != second->order)
		return first->order < second->order ? -1 : 1;
	return strcmp(first->sha256, second->sha256);
}

static enum rq_status read_items(struct items *items, const struct rq_vault *vault, struct rq_error *err)
{
	const char *const *seals;
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];
	struct rq_switch *switches;
	struct rq_error no_log = {0};
	size_t count, switched;

	RQ_TRY(rq_vault_seals(&seals, &count, vault, &items->arena, err));
	if (rq_vault_switches(&switches, &switched, vault, &items->arena, &no_log) != RQ_OK) /* which is told below */
		switched = 0;
	items->items = rq_arena_alloc(&items->arena, count + 1, sizeof *items->items);
	if (items->items == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct item *item = &items->items[items->count++];
		item->sha256 = seals[i];
		item->order = switched == 0 ? 0 : rq_switches_first(switches, switched, item->sha256);
		RQ_TRY(read_item(item, vault, &items->arena, err));
	}
	if (rq_vault_current(current, previous, vault, &items->why) != RQ_OK)
		current[0] = previous[0] = '\0';
	items->damaged = items->why.status != RQ_OK; /* of an empty vault, too */
	for (size_t i = 0; i < count; i++) {
		if (items->why.status == RQ_OK && items->items[i].pin_why.status != RQ_OK)
			items->why = items->items[i].pin_why;
		items->damaged |= items->items[i].why.status != RQ_OK || items->items[i].drill_why.status != RQ_OK || items->why.status != RQ_OK;
		items->items[i].current = strcmp(items->items[i].sha256, current) == 0;
		items->items[i].previous = strcmp(items->items[i].sha256, previous) == 0;
	}
	qsort(items->items, count, sizeof *items->items, by_time);
	return RQ_OK;
}

static void add_drill(struct rq_buf *out, const struct item *item)
{
	if (item->drill_why.status != RQ_OK)
		rq_buf_printf(out, "DAMAGED: %s", show_text(item->drill_why.text).text);
	else if (!item->drilled)
		rq_buf_puts(out, "never");
	else if (item->drill.withdrawn != NULL)
		rq_buf_printf(out, "DAMAGED %.10s, passed %.10s", item->drill.withdrawn, item->drill.when);
	else
		rq_buf_printf(out, "%s %.10s, %.1f s", item->drill.passed ? "passed" : "FAILED", item->drill.when, item->drill.total);
}

static enum rq_status print_table(const struct items *items, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char size[16];

	if (items->count == 0)
		rq_buf_puts(&text, "no snapshots\n");
	else
		rq_buf_puts(&text, "snapshot      created               size    is               drill\n"
		                   "------------------------------------------------------------------------------\n");
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];
		const char *is = item->current ? "current" : item->previous ? "previous" : "";
		char is_text[24];
		snprintf(is_text, sizeof is_text, "%s%s%s", is, is[0] != '\0' && item->pinned ? ", " : "", item->pinned ? "pinned" : "");
		if (item->why.status != RQ_OK) {
			rq_buf_printf(&text, "%.*s  %s%sDAMAGED: %s\n", (int)RQ_SEAL_SHOWN, item->sha256, is_text, is_text[0] == '\0' ? "" : ", ",
			              show_text(item->why.text).text);
			continue;
		}
		rq_buf_printf(&text, "%.*s  %s  %-7s %-16s ", (int)RQ_SEAL_SHOWN, item->sha256, item->manifest.created, rq_show_size(size, item->bytes), is_text);
		add_drill(&text, item);
		rq_buf_puts(&text, "\n");
	}
	if (items->why.status != RQ_OK)
		rq_buf_printf(&text, "DAMAGED: %s\n", show_text(items->why.text).text);
	return rq_print_lines(&text, err);
}

static void drill_json(rq_json *object, const struct item *item)
{
	if (item->drill_why.status != RQ_OK)
		rq_json_set_string(object, "damaged_drill", item->drill_why.text);
	if (!item->drilled || item->drill_why.status != RQ_OK)
		return;
	rq_json *drill = rq_json_set_object(object, "drill");
	rq_json_set_string(drill, "when", item->drill.when);
	rq_json_set_bool(drill, "passed", item->drill.passed);
	rq_json_set_string(drill, "reason", item->drill.reason);
	rq_json_set_string(drill, "withdrawn", item->drill.withdrawn);
	rq_json_set_number(drill, "seconds", item->drill.total);
	rq_json_set_bool(drill, "in_memory", rq_drill_was_in_memory(&item->drill));
	rq_json_set_string(drill, "with", item->drill.with);
}

static enum rq_status print_list_json(const struct items *items, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *array = rq_json_set_array(root, "snapshots");

	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];
		rq_json *object = rq_json_push_object(array);
		rq_json_set_string(object, "snapshot", item->sha256);
		rq_json_set_bool(object, "current", item->current);
		rq_json_set_bool(object, "previous", item->previous);
		rq_json_set_bool(object, "pinned", item->pinned);
		if (item->why.status != RQ_OK) {
			rq_json_set_string(object, "damaged", item->why.text);
			continue;
		}
		rq_json_set_string(object, "created", item->manifest.created);
		rq_json_set_string(object, "created_by", item->manifest.created_by);
		rq_json_set_string(object, "batch", item->manifest.batch);
		rq_json_set_number(object, "bytes", (double)item->bytes);
		drill_json(object, item);
	}
	if (items->why.status != RQ_OK)
		rq_json_set_string(root, "damaged", items->why.text);
	return print_json(root, err);
}

static enum rq_status list(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(items_release) struct items items = {0};
	const struct options *options = given;

	(void)arguments;
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(read_items(&items, &vault, err));
	*exit_code = items.damaged;
	return options->json ? print_list_json(&items, err) : print_table(&items, err);
}

/* ---- show ---- */

static void add_text(struct rq_buf *out, const char *name, const char *text)
{
	if (text != NULL && text[0] != '\0')
		rq_buf_printf(out, "%-18s %s\n", show_text(name).text, show_text(text).text);
}

static void add_files(struct rq_buf *out, const struct rq_manifest *manifest)
{
	char size[16];

	rq_buf_puts(out, "\nfile               size    chunks  sha256\n");
	for (size_t i = 0; i < manifest->file_count; i++)
		rq_buf_printf(out, "%-18s %-7s %6zu  %s\n", manifest->files[i].name, rq_show_size(size, manifest->files[i].bytes),
		              manifest->files[i].chunk_count, manifest->files[i].sha256);
}

static enum rq_status print_page(const struct rq_manifest *manifest, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	add_text(&text, "snapshot", manifest->sha256);
	add_text(&text, "created", manifest->created);
	add_text(&text, "created by", manifest->created_by);
	add_text(&text, "batch", manifest->batch);
	for (size_t i = 0; i < manifest->version_count; i++)
		add_text(&text, manifest->versions[i].name, manifest->versions[i].text);
	add_text(&text, "embedder", manifest->model.embedder);
	add_text(&text, "model", manifest->model.name);
	add_text(&text, "model's sha256", manifest->model.fingerprint);
	for (size_t i = 0; i < manifest->digest_count; i++)
		add_text(&text, manifest->digests[i].name, manifest->digests[i].text);
	for (size_t i = 0; i < manifest->fact_count; i++) {
		const struct rq_manifest_fact *fact = &manifest->facts[i];
		add_text(&text, fact->name, fact->text != NULL ? fact->text : rq_short_number(fact->number).text);
	}
	add_files(&text, manifest);
	return rq_print_lines(&text, err);
}

static enum rq_status print_manifest(const struct rq_vault *vault, const struct rq_manifest *manifest, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = rq_path_join(&arena, rq_vault_folder(vault, manifest->sha256, &arena), RQ_MANIFEST_FILE);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, path, err));
	return rq_print_lines(&text, err);
}

static enum rq_status show(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	const struct options *options = given;
	char sha256[RQ_SHA256_HEX];

	*exit_code = 0;
	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, &options->where, arguments, err));
	RQ_TRY(rq_vault_read(&manifest, &vault, sha256, err));
	return options->json ? print_manifest(&vault, &manifest, err) : print_page(&manifest, err);
}

/* ---- verify ---- */

static enum rq_status print_checked(const struct rq_checked *checked, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char size[16];

	for (size_t i = 0; i < checked->count; i++) {
		const struct rq_damage *damage = &checked->damages[i];
		rq_buf_printf(&text, "DAMAGED %.*s%s%s: %s\n", (int)RQ_SEAL_SHOWN, damage->snapshot == NULL ? "" : damage->snapshot,
		              damage->file == NULL || damage->snapshot == NULL ? "" : " ", damage->file == NULL ? "" : damage->file,
		              show_text(damage->reason).text);
	}
	if (checked->count > 0)
		rq_buf_puts(&text, "restore another snapshot; \"rqgate snapshot create\" from the same files, or \"import\" of a copy, mends chunks that both have\n");
	rq_buf_printf(&text, "%zu snapshot%s, %zu chunks, %s read (", checked->snapshots, checked->snapshots == 1 ? "" : "s", checked->chunks,
	              rq_show_size(size, checked->bytes));
	rq_snapshot_pace(&text, checked->seconds, checked->bytes);
	rq_buf_printf(&text, "): %s\n", checked->count == 0 ? "whole" : "DAMAGED");
	return rq_print_lines(&text, err);
}

static enum rq_status print_checked_json(const struct rq_checked *checked, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "snapshots", (double)checked->snapshots);
	rq_json_set_number(root, "chunks", (double)checked->chunks);
	rq_json_set_number(root, "bytes", (double)checked->bytes);
	rq_json_set_number(root, "seconds", checked->seconds);
	rq_json *damages = rq_json_set_array(root, "damages");
	for (size_t i = 0; i < checked->count; i++) {
		rq_json *damage = rq_json_push_object(damages);
		rq_json_set_string(damage, "snapshot", checked->damages[i].snapshot);
		rq_json_set_string(damage, "file", checked->damages[i].file);
		rq_json_set_string(damage, "reason", checked->damages[i].reason);
	}
	return print_json(root, err);
}

/* Those that are named, the one that was current at some time, or all. */
static enum rq_status choose(const char *const **seals, size_t *count, const struct rq_vault *vault, const struct rq_snapshot_options *where,
                             const struct rq_strings *arguments, struct rq_arena *arena, struct rq_error *err)
{
	if (arguments->count == 0 && where->as_of == NULL)
		return rq_vault_seals(seals, count, vault, arena, err);
	*count = where->as_of != NULL ? 1 : arguments->count;
	const char **chosen = rq_arena_alloc(arena, *count, sizeof *chosen);
	if (chosen == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < *count; i++) {
		char *sha256 = rq_arena_alloc(arena, RQ_SHA256_HEX, 1);
		if (sha256 == NULL)
			return rq_fail_memory(err);
		RQ_TRY(where->as_of != NULL ? rq_snapshot_from(sha256, vault, where, arguments, err)
		                            : rq_vault_find(sha256, vault, arguments->items[i], err));
		chosen[i] = sha256;
	}
	*seals = chosen;
	return RQ_OK;
}

/* And not of what is kept beside them. */
static bool is_first_of_snapshot(const struct rq_checked *checked, size_t number)
{
	const char *snapshot = checked->damages[number].snapshot;

	for (size_t i = 0; snapshot != NULL && i < number; i++)
		if (checked->damages[i].snapshot != NULL && strcmp(checked->damages[i].snapshot, snapshot) == 0)
			return false;
	return snapshot != NULL;
}

static enum rq_status verify(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_progress_end) struct rq_progress progress = {0};
	const struct options *options = given;
	const char *const *seals = NULL;
	size_t count = 0;
	struct rq_checked checked;

	RQ_TRY(rq_vault_from(&vault, &options->where, RQ_VAULT_READ, err));
	RQ_TRY(choose(&seals, &count, &vault, &options->where, arguments, &arena, err));
	rq_snapshot_progress(&progress, "verify", 0);
	RQ_TRY(rq_snapshot_verify(&checked, &vault, seals, count, &progress, &arena, err));
	rq_progress_end(&progress);
	*exit_code = checked.count > 0;
	for (size_t i = 0; i < checked.count; i++)
		if (is_first_of_snapshot(&checked, i))
			rq_snapshot_revoke_drill(&vault, checked.damages[i].snapshot, checked.damages[i].reason);
	return options->json ? print_checked_json(&checked, err) : print_checked(&checked, err);
}

const struct rq_command rq_action_snapshot_list = {
	.name = "snapshot list",
	.summary = "which there are, which are current and pinned, their drills",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Lists the snapshots, the newest last. Exits 1 where one is damaged as far as its manifest tells, or nobody knows which one is current.\n"
	        "example: rqgate snapshot list --store /backup/search",
	.run = list,
};

const struct rq_command rq_action_snapshot_show = {
	.name = "snapshot show",
	.summary = "what a snapshot holds and what it was made of",
	.arguments = "[SNAPSHOT]",
	.most = 1,
	.flags = show_flags,
	.options_size = sizeof(struct options),
	.help = "Tells what the manifest of a snapshot says, of the current one without an argument.\n"
	        "example: rqgate snapshot show --as-of 2026-10-12",
	.run = show,
};

const struct rq_command rq_action_snapshot_verify = {
	.name = "snapshot verify",
	.summary = "read every byte; exits 1 where one is another",
	.arguments = "[SNAPSHOT...]",
	.most = 1000,
	.flags = verify_flags,
	.options_size = sizeof(struct options),
	.help = "Reads every chunk of the snapshots, of all of them without an argument, and compares its SHA-256 with the manifest, and the manifest with\n"
	        "its seal. Exits 0 where everything is as it was written, 1 where something is not; a drill that such a snapshot passed counts no more.\n"
	        "example: rqgate snapshot verify previous",
	.run = verify,
};
