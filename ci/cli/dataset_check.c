/* rqgate dataset check: all that is wrong with a data set, by kind, errors first. */
#include "ci/cli/dataset.h"
#include "ci/cli/style.h"
#include "datasets/check.h"

struct options {
	struct rq_dataset_options dataset;
	int64_t limit;
	bool json;
};

enum { STANDARD_LIMIT = 10 };

static const struct rq_flag flags[] = {
	RQ_DATASET_FLAGS(struct options),
	{"--limit", "N", RQ_FLAG_COUNT, offsetof(struct options, limit), "how many of each kind to list; all are counted (default: 10)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	RQ_FLAGS_END,
};

static void put_kind(struct rq_buf *out, const struct rq_problems *problems, enum rq_problem_kind kind)
{
	const struct rq_problem_class *class = &rq_problem_classes[kind];
	size_t count = problems->kinds[kind].count, kept = problems->kinds[kind].kept_count;

	rq_buf_printf(out, "%s: %s: %zu\n", class->error ? "error" : "warning", class->words, count);
	for (size_t i = 0; i < kept; i++) {
		const struct rq_problem *problem = &problems->kinds[kind].kept[i];
		rq_buf_printf(out, "  %s", problem->path);
		if (problem->line > 0)
			rq_buf_printf(out, ":%zu", problem->line);
		if (problem->column > 0)
			rq_buf_printf(out, ":%zu", problem->column);
		rq_buf_puts(out, ": ");
		rq_buf_puts(out, problem->text);
		rq_buf_puts(out, "\n");
	}
	if (count > kept)
		rq_buf_printf(out, "  ... and %zu more\n", count - kept);
	rq_buf_puts(out, "\n");
}

static enum rq_status put_table(struct rq_buf *out, const struct rq_problems *problems, struct rq_error *err)
{
	for (int errors = 1; errors >= 0; errors--)
		for (enum rq_problem_kind kind = 0; kind < RQ_PROBLEM_KINDS; kind++)
			if (rq_problem_classes[kind].error == (errors == 1) && problems->kinds[kind].count > 0)
				put_kind(out, problems, kind);
	if (problems->errors + problems->warnings == 0)
		rq_buf_puts(out, "nothing is wrong\n");
	else
		rq_buf_printf(out, "%zu error%s, %zu warning%s: %s\n", problems->errors, problems->errors == 1 ? "" : "s", problems->warnings,
		              problems->warnings == 1 ? "" : "s", problems->errors > 0 ? "rqgate run refuses this data set" : "rqgate run takes this data set");
	return rq_buf_check(out, err);
}

static void set_kind(rq_json *kinds, const struct rq_problems *problems, enum rq_problem_kind kind)
{
	rq_json *object = rq_json_push_object(kinds);

	rq_json_set_string(object, "kind", rq_problem_classes[kind].name);
	rq_json_set_string(object, "severity", rq_problem_classes[kind].error ? "error" : "warning");
	rq_json_set_number(object, "count", (double)problems->kinds[kind].count);
	rq_json *listed = rq_json_set_array(object, "listed");
	for (size_t i = 0; i < problems->kinds[kind].kept_count; i++) {
		const struct rq_problem *problem = &problems->kinds[kind].kept[i];
		rq_json *item = rq_json_push_object(listed);
		rq_json_set_string(item, "file", problem->path);
		if (problem->line > 0)
			rq_json_set_number(item, "line", (double)problem->line);
		if (problem->column > 0)
			rq_json_set_number(item, "column", (double)problem->column);
		rq_json_set_string(item, "text", problem->text);
	}
}

static enum rq_status put_json(struct rq_buf *out, const struct rq_problems *problems, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "errors", (double)problems->errors);
	rq_json_set_number(root, "warnings", (double)problems->warnings);
	rq_json *kinds = rq_json_set_array(root, "problems");
	for (enum rq_problem_kind kind = 0; kind < RQ_PROBLEM_KINDS; kind++)
		if (problems->kinds[kind].count > 0)
			set_kind(kinds, problems, kind);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *chosen = options;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_problems_release) struct rq_problems problems = {.limit = chosen->limit == 0 ? STANDARD_LIMIT : (size_t)chosen->limit};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_dataset_config dataset;

	RQ_TRY(rq_dataset_from(&dataset, &chosen->dataset, arguments, &arena, err));
	struct rq_dataset_files files = {dataset.corpus, dataset.topics, dataset.qrels, dataset.fields.items, dataset.fields.count, dataset.unit == RQ_UNIT_PARENT};
	RQ_TRY(rq_dataset_check(&problems, &files, err));
	RQ_TRY((chosen->json ? put_json : put_table)(&text, &problems, err));
	*exit_code = problems.errors > 0;
	return (chosen->json ? rq_print : rq_print_lines)(&text, err);
}

const struct rq_command rq_action_dataset_check = {
	.name = "dataset check",
	.summary = "list everything that is wrong with it, with file and line",
	.arguments = "[FOLDER|CONFIG]",
	.least = 0,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads a BEIR folder (default: here), the \"dataset\" of a config or the files named by --corpus, --topics and --qrels, and lists every problem by kind.\n"
	        "Errors are what \"rqgate run\" refuses (judgments of what is not there, unless \"unknown_judgments\" is \"warn\"); warnings are worth a look.\n"
	        "Exits 0 without errors, 1 with them, 74 where a file cannot be read.\n"
	        "example: rqgate dataset check my-data --split dev",
	.run = run,
};
