/* rqgate cache: what the cache holds, whether it is whole, and making it smaller. */
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/pipeline/cache_store.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

struct options {
	const char *cache, *config, *kind;
	double older_than;
	bool json, remove, dry_run;
};

#define FOLDER_FLAGS \
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "the cache (default: .rqgate/cache here)"}, \
	{"--config", "CONFIG", RQ_FLAG_STRING, offsetof(struct options, config), "the cache that \"rqgate run CONFIG\" uses"}

static const struct rq_flag info_flags[] = {
	FOLDER_FLAGS,
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static const struct rq_flag verify_flags[] = {
	FOLDER_FLAGS,
	{"--remove", NULL, RQ_FLAG_BOOL, offsetof(struct options, remove), "remove what is damaged, and what interrupted writes left"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static const struct rq_flag clear_flags[] = {
	FOLDER_FLAGS,
	{"--older-than", "DURATION", RQ_FLAG_DURATION, offsetof(struct options, older_than), "only what was not used for so long: 30d, 12h"},
	{"--kind", "KIND", RQ_FLAG_STRING, offsetof(struct options, kind), "only one kind of entry; \"rqgate cache info\" lists them"},
	{"--dry-run", NULL, RQ_FLAG_BOOL, offsetof(struct options, dry_run), "remove nothing, say what would be"},
	RQ_FLAGS_END,
};

static enum rq_status find_folder(const char **folder, const struct options *options, struct rq_arena *arena, struct rq_error *err)
{
	if (options->cache != NULL && options->config != NULL)
		return rq_fail(err, RQ_E_USAGE, "--cache and --config exclude each other; keep one");
	if (options->config != NULL && !rq_file_exists(options->config))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: no such file", options->config);
	const char *beside = options->config == NULL ? "." : rq_path_folder(arena, options->config);
	*folder = options->cache != NULL ? options->cache : beside == NULL ? NULL : rq_path_join(arena, beside, ".rqgate/cache");
	return *folder == NULL ? rq_fail_memory(err) : RQ_OK;
}

static void show_time(char text[32], int64_t seconds)
{
	time_t when = (time_t)seconds;
	struct tm parts;

	gmtime_r(&when, &parts);
	strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
}

/* ---- info and verify ---- */

static void add_kinds(rq_json *root, const struct rq_cache_survey *survey)
{
	rq_json *kinds = rq_json_set_array(root, "kinds");
	char text[32];

	for (size_t i = 0; i < survey->kind_count; i++) {
		const struct rq_cache_kind_use *kind = &survey->kinds[i];
		rq_json *object = rq_json_push_object(kinds);
		rq_json_set_string(object, "kind", kind->name);
		rq_json_set_number(object, "entries", (double)kind->entries);
		rq_json_set_number(object, "bytes", (double)kind->bytes);
		if (kind->entries == 0)
			continue;
		show_time(text, kind->oldest_use);
		rq_json_set_string(object, "oldest_use", text);
		show_time(text, kind->newest_use);
		rq_json_set_string(object, "newest_use", text);
	}
}

static rq_json *as_json(const struct rq_cache_survey *survey, const char *folder)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "folder", folder);
	rq_json_set_bool(root, "exists", survey->exists);
	rq_json_set_number(root, "entries", (double)survey->entries);
	rq_json_set_number(root, "bytes", (double)survey->bytes);
	add_kinds(root, survey);
	rq_json_set_number(root, "leftovers", (double)survey->leftovers);
	rq_json_set_number(root, "leftover_bytes", (double)survey->leftover_bytes);
	rq_json_set_number(root, "foreign", (double)survey->foreign);
	return root;
}

static enum rq_status print_json(rq_json *root, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *owned = root;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_json_print(&text, owned, true, err));
	rq_buf_puts(&text, "\n");
	return rq_print(&text, err);
}

static const char *plural(size_t count, const char *one, const char *many)
{
	return count == 1 ? one : many;
}

static void add_leftovers(struct rq_buf *out, size_t count, uint64_t bytes, const char *before, const char *after)
{
	char size[16];

	rq_show_size(size, bytes);
	if (count > 0)
		rq_buf_printf(out, "%s%zu %s of interrupted writes, %s%s\n", before, count, plural(count, "file", "files"), size, after);
}

static void print_kinds(struct rq_buf *out, const struct rq_cache_survey *survey)
{
	char size[16], used[32];

	rq_buf_printf(out, "\n%-14s %8s %10s  %-20s  %s\n", "kind", "entries", "size", "last used", "what it holds");
	for (size_t i = 0; i < survey->kind_count; i++) {
		const struct rq_cache_kind_use *kind = &survey->kinds[i];
		rq_show_size(size, kind->bytes);
		show_time(used, kind->newest_use);
		rq_buf_printf(out, "%-14s %8zu %10s  %-20s  %s\n", kind->name, kind->entries, size, kind->entries == 0 ? "" : used, kind->what);
	}
	rq_show_size(size, survey->bytes);
	rq_buf_printf(out, "%-14s %8zu %10s\n", "total", survey->entries, size);
}

static enum rq_status info(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_survey_release) struct rq_cache_survey survey = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const char *folder;

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(find_folder(&folder, options, &arena, err));
	RQ_TRY(rq_cache_survey(&survey, folder, false, err));
	if (options->json)
		return print_json(as_json(&survey, folder), err);
	rq_buf_printf(&text, "%s%s\n", folder, survey.exists ? "" : ": there is no cache yet");
	if (survey.exists)
		print_kinds(&text, &survey);
	add_leftovers(&text, survey.leftovers, survey.leftover_bytes, "\nbeside them ", "; the next run removes them");
	if (survey.foreign > 0)
		rq_buf_printf(&text, "\n%zu %s no part of the cache\n", survey.foreign, plural(survey.foreign, "other thing there is", "other things there are"));
	return rq_print_lines(&text, err);
}

static void add_damages(rq_json *root, const struct rq_cache_survey *survey, const struct rq_cache_removal *removal)
{
	rq_json *damages = rq_json_set_array(root, "damaged");

	for (size_t i = 0; i < survey->damaged; i++) {
		rq_json *object = rq_json_push_object(damages);
		rq_json_set_string(object, "file", survey->damages[i].path);
		rq_json_set_string(object, "what", survey->damages[i].what);
	}
	rq_json_set_number(root, "mended", (double)removal->entries);
	rq_json_set_number(root, "leftovers_removed", (double)removal->leftovers);
}

static enum rq_status print_health(const struct rq_cache_survey *survey, const struct rq_cache_removal *removal, const char *folder, bool removed, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char size[16];

	rq_show_size(size, survey->bytes);
	for (size_t i = 0; i < survey->damaged; i++)
		rq_buf_printf(&text, "damaged: %s (%s)\n", survey->damages[i].path, survey->damages[i].what);
	rq_buf_printf(&text, "%s: %zu %s, %s: ", folder, survey->entries, plural(survey->entries, "entry", "entries"), size);
	if (survey->damaged == 0)
		rq_buf_puts(&text, "all whole\n");
	else if (removed)
		rq_buf_printf(&text, "%zu damaged, %zu of them removed; what is missing is made again when it is needed\n", survey->damaged, removal->entries);
	else
		rq_buf_printf(&text, "%zu damaged; a run that needs them makes them again, --remove removes them now\n", survey->damaged);
	if (removed)
		add_leftovers(&text, removal->leftovers, removal->leftover_bytes, "removed ", "");
	else
		add_leftovers(&text, survey->leftovers, survey->leftover_bytes, "beside them ", "; the next run removes them");
	return rq_print_lines(&text, err);
}

static enum rq_status verify(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_survey_release) struct rq_cache_survey survey = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_cache_removal removal = {0};
	const struct options *options = given;
	const char *folder;

	(void)arguments;
	RQ_TRY(find_folder(&folder, options, &arena, err));
	RQ_TRY(rq_cache_survey(&survey, folder, true, err));
	if (options->remove)
		RQ_TRY(rq_cache_mend(&removal, &survey, folder, err));
	*exit_code = survey.damaged > 0;
	if (!options->json)
		return print_health(&survey, &removal, folder, options->remove, err);
	rq_json *root = as_json(&survey, folder);
	add_damages(root, &survey, &removal);
	return print_json(root, err);
}

/* ---- clear ---- */

static enum rq_status check_kind(const char *kind, struct rq_error *err)
{
	const char *names[RQ_CACHE_KINDS_MAX];

	if (kind == NULL || rq_cache_kind_find(kind) < rq_cache_kind_count)
		return RQ_OK;
	for (size_t i = 0; i < rq_cache_kind_count; i++)
		names[i] = rq_cache_kinds[i].name;
	const char *nearest = rq_nearest_name(kind, names, rq_cache_kind_count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "--kind: unknown kind \"%s\"; did you mean \"%s\"?", kind, nearest);
	return rq_fail(err, RQ_E_USAGE, "--kind: unknown kind \"%s\"; \"rqgate cache info\" lists them", kind);
}

static enum rq_status clear(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_cache_removal removal = {0};
	const struct options *options = given;
	const char *folder;
	char size[16];

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(find_folder(&folder, options, &arena, err));
	RQ_TRY(check_kind(options->kind, err));
	struct rq_cache_choice choice = {.kind = options->kind, .unused_since = options->older_than, .dry_run = options->dry_run};
	RQ_TRY(rq_cache_clear(&removal, folder, &choice, err));
	rq_show_size(size, removal.bytes);
	const char *done = options->dry_run ? "would remove " : "removed ";
	rq_buf_printf(&text, "%s: %s%zu %s, %s\n", folder, done, removal.entries, plural(removal.entries, "entry", "entries"), size);
	add_leftovers(&text, removal.leftovers, removal.leftover_bytes, done, "");
	return rq_print_lines(&text, err);
}

#define ACTION .arguments = "", .least = 0, .most = 0, .options_size = sizeof(struct options)

static const struct rq_command info_action = {
	ACTION,
	.name = "cache info",
	.summary = "what is in it, how large it is, when it was used",
	.flags = info_flags,
	.help = "Lists the kinds of entries with their number, size and time of last use.\n"
	        "example: rqgate cache info --config gate.json",
	.run = info,
};

static const struct rq_command verify_action = {
	ACTION,
	.name = "cache verify",
	.summary = "read every entry and compare its checksums",
	.flags = verify_flags,
	.help = "Reads every entry and compares its checksums; exits 0 when all are whole and 1 when some are damaged, which are listed. A run never uses a\n"
	        "damaged entry: it makes it again. --remove removes them now, of a file of embeddings the damaged records alone.\n"
	        "example: rqgate cache verify --remove",
	.run = verify,
};

static const struct rq_command clear_action = {
	ACTION,
	.name = "cache clear",
	.summary = "remove entries: all, old ones, or of one kind",
	.flags = clear_flags,
	.help = "Removes entries, also while runs use the cache: what is missing is made again. A folder that is not marked as a cache of rqgate (CACHEDIR.TAG)\n"
	        "or holds anything else is left alone.\n"
	        "example: rqgate cache clear --older-than 30d --dry-run",
	.run = clear,
};

static const struct rq_command *const actions[] = {&info_action, &verify_action, &clear_action, NULL};

const struct rq_command rq_command_cache = {
	.name = "cache",
	.summary = "the cache of stages: what it holds, whether it is whole, clear it",
	.help = "Every stage of a run keeps its output under the hash of its inputs, in .rqgate/cache beside the config. \"rqgate run\" removes what was least\n"
	        "recently used beyond --cache-limit; a folder may be kept by a CI cache step or shared by several runs at once.",
	.actions = actions,
};
