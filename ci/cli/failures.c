/* rqgate failures: what could not be read, embedded or searched, and trying it again. */
#include "ci/cli/command.h"
#include "ci/cli/store_options.h"
#include "ci/cli/style.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "reports/history.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAILURES_SHOWN = 100 };

struct options {
	struct rq_store_options where;
	struct rq_flag_number batch, limit;
	const char *suite;
	bool all, jsonl;
};

#define CHOICE_FLAGS \
	RQ_STORE_FLAGS(struct options), \
	{"--suite", "NAME", RQ_FLAG_STRING, offsetof(struct options, suite), "of this suite only"}, \
	{"--batch", "N", RQ_FLAG_POSITIVE, offsetof(struct options, batch), "of this batch only"}

static const struct rq_flag list_flags[] = {
	CHOICE_FLAGS,
	{"--all", NULL, RQ_FLAG_BOOL, offsetof(struct options, all), "those that are over, too"},
	{"--limit", "N", RQ_FLAG_POSITIVE, offsetof(struct options, limit), "the latest N (default: 100; jsonl: all)"},
	{"--jsonl", NULL, RQ_FLAG_BOOL, offsetof(struct options, jsonl), "print JSON, a failure a line, with the whole input"},
	RQ_FLAGS_END,
};

static const struct rq_flag show_flags[] = {
	RQ_STORE_FLAGS(struct options),
	{"--jsonl", NULL, RQ_FLAG_BOOL, offsetof(struct options, jsonl), "print JSON"},
	RQ_FLAGS_END,
};

static const struct rq_flag retry_flags[] = {CHOICE_FLAGS, RQ_FLAGS_END};

/* ---- list and show ---- */

static enum rq_status list(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_store_close) struct rq_store store = {0};
	RQ_CLEANUP(rq_past_failures_release) struct rq_past_failures failures = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const struct rq_failure_filter filter = {.batch_id = options->batch.value, .suite = options->suite, .resolved = options->all,
	                                         .limit = options->limit.given ? options->limit.value : options->jsonl ? 0 : FAILURES_SHOWN};
	const char *shown;

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(rq_store_from(&store, &shown, &options->where, &arena, err));
	RQ_TRY(rq_past_failures_read(&failures, &store, &filter, err));
	if (options->jsonl)
		RQ_TRY(rq_past_failures_jsonl(&text, &failures, err));
	else
		RQ_TRY(rq_past_failures_table(&text, &failures, shown, rq_terminal_style(), err));
	return (options->jsonl ? rq_print : rq_print_lines)(&text, err);
}

static enum rq_status show(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_store_close) struct rq_store store = {0};
	RQ_CLEANUP(rq_past_failures_release) struct rq_past_failures failures = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const char *number = arguments->items[0], *shown;
	struct rq_failure_filter filter = {0};

	*exit_code = 0;
	if (!rq_parse_i64(&filter.id, number, strlen(number)) || filter.id < 1)
		return rq_fail(err, RQ_E_USAGE, "\"%s\" is no number of a failure; \"rqgate failures list\" has them", number);
	RQ_TRY(rq_store_from(&store, &shown, &options->where, &arena, err));
	RQ_TRY(rq_past_failures_read(&failures, &store, &filter, err));
	if (failures.count == 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": has no failure %s; \"rqgate failures list --all\" has all of them", shown, number);
	if (options->jsonl)
		RQ_TRY(rq_past_failures_jsonl(&text, &failures, err));
	else
		RQ_TRY(rq_past_failure_page(&text, &failures.items[0], rq_terminal_style(), err));
	return (options->jsonl ? rq_print : rq_print_lines)(&text, err);
}

/* ---- retry ---- */

static bool same_job(const struct rq_past_failure *a, const struct rq_past_failure *b)
{
	return strcmp(a->command, b->command) == 0 && strcmp(a->folder, b->folder) == 0 && strcmp(a->arguments, b->arguments) == 0;
}

/* Both take a config, and everything else from the command line. */
static bool can_run_again(const struct rq_past_failure *past)
{
	return strcmp(past->command, "run") == 0 || strcmp(past->command, "drift") == 0;
}

/* "rqgate run" or "rqgate drift" again as it was called, with this store. */
static enum rq_status run_again(int *exit_code, const struct rq_past_failure *past, const char *store, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *arguments = NULL;
	int count = 0;

	RQ_TRY(rq_json_parse(&arguments, past->arguments, strlen(past->arguments), "arguments in the store", err));
	char **argv = rq_arena_alloc(arena, rq_json_size(arguments) + 4, sizeof *argv);
	const char *config = rq_json_string(rq_json_first(arguments));
	if (argv == NULL)
		return rq_fail_memory(err);
	argv[count++] = rq_arena_strdup(arena, past->command);
	argv[count++] = rq_arena_printf(arena, "--store=%s", store);
	for (const rq_json *item = rq_json_first(arguments); item != NULL; item = rq_json_next(item))
		if (item != rq_json_first(arguments))
			argv[count++] = rq_arena_strdup(arena, rq_json_string(item) == NULL ? "" : rq_json_string(item));
	argv[count++] = rq_arena_strdup(arena, "--"); /* what stands first is the config, however it begins */
	argv[count++] = rq_arena_strdup(arena, config == NULL ? "" : config);
	for (int i = 0; i < count; i++)
		if (argv[i] == NULL)
			return rq_fail_memory(err);
	if (chdir(past->folder) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot go there, where batch %lld was made: %s", past->folder, (long long)past->batch_id,
		               strerror(errno));
	*exit_code = rq_command_line(count, argv);
	return RQ_OK;
}

/* What failed to run counts before verdicts, a failed gate before an undecided one. */
static int worse(int a, int b)
{
	if (a > 2 || b > 2)
		return a > b ? a : b;
	return a == 1 || b == 1 ? 1 : a > b ? a : b;
}

/* One that cannot be called any more is told, and keeps no other from being tried. */
static int try_again(const struct rq_past_failure *past, const char *store, struct rq_arena *arena)
{
	struct rq_error why = {0};
	char shown[2 * sizeof why.text];
	int code = 0;

	if (run_again(&code, past, store, arena, &why) == RQ_OK)
		return code;
	rq_show_text(shown, sizeof shown, why.text);
	fprintf(stderr, "rqgate: %s\n", shown);
	return rq_status_exit_code(why.status);
}

/* Each job once, in the order of their first failures. Those of eval are lines of files: there is nothing to call again. */
static void retry_all(int *exit_code, const struct rq_past_failures *failures, const char *store, struct rq_arena *arena)
{
	size_t of_files = 0;

	for (size_t i = 0; i < failures->count; i++) {
		size_t first = 0;
		while (!same_job(&failures->items[first], &failures->items[i]))
			first++;
		of_files += !can_run_again(&failures->items[i]);
		if (first < i || !can_run_again(&failures->items[i]))
			continue;
		*exit_code = worse(*exit_code, try_again(&failures->items[i], store, arena));
	}
	if (of_files > 0)
		fprintf(stderr, "rqgate: note: %zu failure%s not of \"rqgate run\" or \"rqgate drift\", and not tried again; call that command again\n", of_files,
		        of_files == 1 ? " is" : "s are");
}

static enum rq_status read_open(struct rq_past_failures *failures, const struct options *options, const char **path, struct rq_arena *arena,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_store_close) struct rq_store store = {0};
	const struct rq_failure_filter filter = {.batch_id = options->batch.value, .suite = options->suite};
	const char *shown;
	char folder[PATH_MAX];

	RQ_TRY(rq_store_from(&store, &shown, &options->where, arena, err));
	if (getcwd(folder, sizeof folder) == NULL)
		return rq_fail(err, RQ_E_IO, "the working directory: cannot tell its path");
	*path = rq_path_join(arena, folder, store.path);
	return *path == NULL ? rq_fail_memory(err) : rq_past_failures_read(failures, &store, &filter, err);
}

static enum rq_status retry(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_past_failures_release) struct rq_past_failures before = {0}, after = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct options options = *(const struct options *)given;
	size_t open = 0;
	const char *path;

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(read_open(&before, &options, &path, &arena, err));
	retry_all(exit_code, &before, path, &arena);
	options.where = (struct rq_store_options){.store = path};
	RQ_TRY(read_open(&after, &options, &path, &arena, err));
	for (size_t i = 0; i < before.count; i++)
		for (size_t j = 0; j < after.count; j++)
			open += before.items[i].id == after.items[j].id;
	rq_buf_printf(&text, "%zu failure%s: %zu over now, %zu still open\n", before.count, before.count == 1 ? "" : "s", before.count - open, open);
	return rq_print_lines(&text, err);
}

static const struct rq_command list_action = {
	.name = "failures list",
	.summary = "what failed and has not come right since",
	.arguments = "",
	.least = 0,
	.most = 0,
	.flags = list_flags,
	.options_size = sizeof(struct options),
	.help = "Lists documents that were not embedded, topics whose search failed and lines that were refused, with batch, time and reason.\n"
	        "A failure is over once the same job (its config and command line) has come to its end without it.\n"
	        "example: rqgate failures list --config gate.json",
	.run = list,
};

static const struct rq_command show_action = {
	.name = "failures show",
	.summary = "one of them, with its whole input",
	.arguments = "NUMBER",
	.least = 1,
	.most = 1,
	.flags = show_flags,
	.options_size = sizeof(struct options),
	.help = "Shows where and when one input failed, why, whether that is over, and the input itself.\n"
	        "example: rqgate failures show 17",
	.run = show,
};

static const struct rq_command retry_action = {
	.name = "failures retry",
	.summary = "call the jobs again that have open failures",
	.arguments = "",
	.least = 0,
	.most = 0,
	.flags = retry_flags,
	.options_size = sizeof(struct options),
	.help = "Calls \"rqgate run\" or \"rqgate drift\" again, from the same folder with the same arguments, for every job with open failures. Texts\n"
	        "that were embedded are in its cache (unless --no-cache is among the arguments), so only those that failed are asked for again. Searches\n"
	        "in a program or database are all asked again, for nothing tells whether what is searched is still the same. Exits as those jobs do, the\n"
	        "worst of several.\n"
	        "example: rqgate failures retry --batch 12",
	.run = retry,
};

static const struct rq_command *const actions[] = {&list_action, &show_action, &retry_action, NULL};

const struct rq_command rq_command_failures = {
	.name = "failures",
	.summary = "what could not be read, embedded or searched: list it, try it again",
	.help = "Whatever fails for a single input is kept in the store (\"rqgate run --store FILE\", or \"store\" in the config) with the input, the\n"
	        "reason, the batch and the time.",
	.actions = actions,
};
