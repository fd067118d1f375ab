/* The registry of eval's formats, and what several of them say alike. */
#include "reports/eval.h"

#include "gates/words.h"
#include "reports/rows.h"

#include <string.h>

enum { LABEL_MAXIMUM = 16 };

#define RQ_EVAL_FORMAT(name) extern const struct rq_eval_format rq_eval_format_##name;
#include "reports/eval_formats.def"
#undef RQ_EVAL_FORMAT

const struct rq_eval_format *const rq_eval_formats[] = {
#define RQ_EVAL_FORMAT(name) &rq_eval_format_##name,
#include "reports/eval_formats.def"
#undef RQ_EVAL_FORMAT
	NULL,
};

static size_t stem_length(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot == NULL || dot == name ? strlen(name) : (size_t)(dot - name);
}

/* The file's name without folder and endings; NULL where that says nothing. */
static const char *short_name(const char *path, struct rq_arena *arena)
{
	const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
	size_t length = stem_length(name);

	return strcmp(path, "-") == 0 || length == 0 || length > LABEL_MAXIMUM ? NULL : rq_arena_strndup(arena, name, length);
}

static bool are_distinct(const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j <= i; j++)
			if (names[i] == NULL || (j < i && strcmp(names[i], names[j]) == 0))
				return false;
	return true;
}

const char *const *rq_eval_labels(const char *const *paths, size_t count, struct rq_arena *arena)
{
	const char **labels = rq_arena_alloc(arena, count, sizeof *labels);

	for (size_t i = 0; labels != NULL && i < count; i++)
		labels[i] = short_name(paths[i], arena);
	if (labels == NULL || are_distinct(labels, count))
		return labels;
	for (size_t i = 0; i < count; i++) {
		labels[i] = count == 1 ? "run" : rq_arena_printf(arena, "run %zu", i + 1);
		if (labels[i] == NULL)
			return NULL;
	}
	return labels;
}

void rq_eval_add_diagnostics(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style)
{
	const struct rq_evaluation *evaluation = report->evaluation;

	for (size_t i = 0; i < evaluation->diagnostic_count && !report->quiet; i++) {
		const struct rq_diagnostic *diagnostic = &evaluation->diagnostics[i];
		RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
		if (diagnostic->run < evaluation->run_count && evaluation->run_count > 1)
			rq_buf_printf(&line, "%s: ", report->labels[diagnostic->run]);
		rq_buf_puts(&line, diagnostic->text);
		out->failed |= line.failed;
		if (!line.failed)
			rq_add_line(out, diagnostic->warning ? "warning:" : "note:", diagnostic->warning ? RQ_YELLOW : NULL, line.data, style);
	}
}

/* Whose the verdict is, where there are several. */
static void add_owner(struct rq_buf *out, const struct rq_eval_report *report, size_t run)
{
	if (report->evaluation->run_count > 2)
		rq_buf_printf(out, "%s: ", report->labels[run]);
}

/* What the sentence does not tell. */
static void add_results(struct rq_buf *out, const struct rq_eval_report *report, size_t run, struct rq_style style)
{
	const struct rq_verdict *verdict = report->verdicts[run];

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0}, word = {0};
		rq_show_clause(&line, gate);
		if (!line.failed && strstr(verdict->sentence, line.data) != NULL)
			continue;
		rq_buf_printf(&word, "%s:", rq_gate_word(gate));
		out->failed |= line.failed || word.failed;
		add_owner(out, report, run);
		if (!line.failed && !word.failed)
			rq_add_line(out, word.data, rq_gate_colour(gate), line.data, style);
	}
}

void rq_eval_add_verdicts(struct rq_buf *out, const struct rq_eval_report *report, struct rq_style style)
{
	for (size_t i = 0; report->verdicts != NULL && i < report->evaluation->run_count; i++)
		if (report->verdicts[i] != NULL && !report->quiet)
			add_results(out, report, i, style);
	for (size_t i = 0; report->verdicts != NULL && i < report->evaluation->run_count; i++) {
		if (report->verdicts[i] == NULL)
			continue;
		add_owner(out, report, i);
		rq_add_sentence(out, report->verdicts[i], style);
	}
}
