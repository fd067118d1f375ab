/* rqgate baseline list, show and diff: what approved baselines say. */
#include "ci/cli/baseline.h"
#include "ci/cli/style.h"
#include "evalcore/base/parse.h"
#include "reports/baselines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STANDARD_TOPICS = 20 };

struct options {
	struct rq_baseline_options where;
	struct rq_flag_number topics;
	bool json;
};

static const struct rq_flag flags[] = {
	RQ_BASELINE_FLAGS(struct options),
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static const struct rq_flag diff_flags[] = {
	RQ_BASELINE_FLAGS(struct options),
	{"--topics", "N", RQ_FLAG_NUMBER, offsetof(struct options, topics), "how many of those that moved to show (default: 20)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON, with all topics that moved"},
	RQ_FLAGS_END,
};

/* ---- list ---- */

struct list {
	struct rq_baseline *items;
	size_t count;
};

static void list_release(struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		rq_baseline_release(&list->items[i]);
	free(list->items);
}

/* A damaged one is told, and hides no other. */
static enum rq_status read_all(struct list *list, const char *folder, const struct rq_strings *names, struct rq_error *err)
{
	list->items = calloc(names->count + 1, sizeof *list->items);
	if (list->items == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < names->count; i++) {
		struct rq_baseline *baseline = &list->items[list->count];
		struct rq_error why = {0};
		char shown[2 * sizeof why.text];
		if (rq_baseline_read(baseline, folder, names->items[i], &why) == RQ_OK) {
			list->count++;
			continue;
		}
		rq_baseline_release(baseline);
		if (why.status == RQ_E_NOMEM)
			return rq_fail_memory(err);
		rq_show_text(shown, sizeof shown, why.text);
		fprintf(stderr, "rqgate: warning: %s\n", shown);
	}
	return RQ_OK;
}

static enum rq_status list(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(list_release) struct list all = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	const char *folder, *pinned;
	struct rq_strings names;

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &options->where, &arena, err));
	RQ_TRY(rq_baseline_list(&names, folder, &arena, err));
	RQ_TRY(rq_baseline_pinned(&pinned, folder, &arena, err));
	RQ_TRY(read_all(&all, folder, &names, err));
	const struct rq_baselines baselines = {.items = all.items, .count = all.count, .folder = folder, .pinned = pinned};
	if (options->json)
		RQ_TRY(rq_baselines_json(&text, &baselines, err));
	else if (all.count > 0 || names.count == 0)
		RQ_TRY(rq_baselines_table(&text, &baselines, rq_terminal_style(), err));
	return (options->json ? rq_print : rq_print_lines)(&text, err);
}

/* ---- show ---- */

static enum rq_status show(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline baseline = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct options *options = given;
	const char *folder, *pinned;

	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &options->where, &arena, err));
	RQ_TRY(rq_baseline_read(&baseline, folder, arguments->items[0], err));
	RQ_TRY(rq_baseline_pinned(&pinned, folder, &arena, err));
	if (options->json) {
		RQ_TRY(rq_json_print(&text, baseline.root, true, err));
		rq_buf_puts(&text, "\n");
	} else {
		RQ_TRY(rq_baseline_page(&text, &baseline, pinned != NULL && strcmp(pinned, baseline.name) == 0, rq_terminal_style(), err));
	}
	return (options->json ? rq_print : rq_print_lines)(&text, err);
}

/* ---- diff ---- */

static enum rq_status diff(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline a = {0};
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline b = {0};
	RQ_CLEANUP(rq_baseline_diff_release) struct rq_baseline_diff found = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct options *options = given;
	const char *folder;

	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &options->where, &arena, err));
	RQ_TRY(rq_baseline_read(&a, folder, arguments->items[0], err));
	RQ_TRY(rq_baseline_read(&b, folder, arguments->items[1], err));
	RQ_TRY(rq_baseline_diff_make(&found, &a, &b, err));
	if (options->json)
		RQ_TRY(rq_baseline_diff_json(&text, &found, err));
	else
		RQ_TRY(
			rq_baseline_diff_table(&text, &found, options->topics.given ? (size_t)options->topics.value : STANDARD_TOPICS, rq_terminal_style(), err));
	return (options->json ? rq_print : rq_print_lines)(&text, err);
}

const struct rq_command rq_action_baseline_list = {
	.name = "baseline list",
	.summary = "which there are, and which one is pinned",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Lists the approved baselines by name.\n"
	        "example: rqgate baseline list --config gate.json",
	.run = list,
};

const struct rq_command rq_action_baseline_show = {
	.name = "baseline show",
	.summary = "who approved it and why, what it was made of, its metrics",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Tells what baseline.json says, but for the scores per topic, which --json has too.\n"
	        "example: rqgate baseline show release-2026-11",
	.run = show,
};

const struct rq_command rq_action_baseline_diff = {
	.name = "baseline diff",
	.summary = "metrics, topics and digests in which two differ",
	.arguments = "A B",
	.least = 2,
	.most = 2,
	.flags = diff_flags,
	.options_size = sizeof(struct options),
	.help =
		"Compares two approved baselines as they were stored: metrics, the topics that moved most, and what they were made of. It judges nothing;\n"
		"\"rqgate run --against\" does.\n"
		"example: rqgate baseline diff release-2026-10 release-2026-11",
	.run = diff,
};
