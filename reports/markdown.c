/* report.md, for a pull request's comment: the sentence, the table, why, the topics that lost most. */
#include "reports/words.h"

#include <stdlib.h>
#include <string.h>

enum { WORST_SHOWN = 10 };

/* Text in a table's cell: a pipe ends a cell, a newline the table. */
static void escape(struct rq_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("|\\`*_<>", *text) != NULL)
			rq_buf_add(out, "\\", 1);
		rq_buf_add(out, *text == '\n' || *text == '\r' ? " " : text, 1);
	}
}

static void add_metrics(struct rq_buf *out, const struct rq_report *report)
{
	rq_buf_puts(out, "| metric | baseline | candidate | difference [90 % interval] | gates |\n|---|---:|---:|---|---|\n");
	for (size_t i = 0; i < report->comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &report->comparison->metrics[i];
		char baseline[RQ_CELL], candidate[RQ_CELL], difference[RQ_CELL];
		rq_word_value(baseline, metric, RQ_BASELINE);
		rq_word_value(candidate, metric, RQ_CANDIDATE);
		rq_word_difference(difference, metric, true);
		rq_buf_printf(out, "| %s | %s | %s | %s | ", metric->name, baseline, candidate, difference);
		for (size_t j = 0, shown = 0; j < report->verdict->count; j++) {
			const struct rq_gate_result *gate = &report->verdict->gates[j];
			char contract[RQ_CELL];
			if (strcmp(gate->metric, metric->name) != 0)
				continue;
			rq_word_contract(contract, gate);
			rq_buf_puts(out, shown++ == 0 ? "" : "; ");
			escape(out, contract);
			rq_buf_printf(out, " **%s**", rq_word_verdict(gate));
		}
		rq_buf_puts(out, " |\n");
	}
}

static void add_reasons(struct rq_buf *out, const struct rq_report *report)
{
	for (size_t i = 0; i < report->verdict->count; i++) {
		const struct rq_gate_result *gate = &report->verdict->gates[i];
		rq_buf_printf(out, "- **%s** `%s`: ", rq_word_verdict(gate), gate->text);
		escape(out, gate->reason);
		if (gate->owner != NULL)
			rq_buf_printf(out, " (owner: %s)", gate->owner);
		if (gate->runbook != NULL)
			rq_buf_printf(out, " ([runbook](%s))", gate->runbook);
		rq_buf_puts(out, "\n");
	}
	for (size_t i = 0; i < report->comparison->remark_count; i++) {
		rq_buf_puts(out, report->comparison->remarks[i].warning ? "- warning: " : "- note: ");
		escape(out, report->comparison->remarks[i].text);
		rq_buf_puts(out, "\n");
	}
}

static enum rq_status add_worst(struct rq_buf *out, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_topic_loss *losses = NULL;
	size_t count = rq_worst_topics(&losses, comparison);
	const struct rq_metric_result *first = NULL;

	if (losses == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->metric_count && first == NULL; i++)
		if (comparison->metrics[i].compared)
			first = &comparison->metrics[i];
	if (count == 0 || first == NULL)
		return RQ_OK;
	rq_buf_printf(out, "\n### Topics that lost most (%zu of %zu lost)\n\n| topic | text | %s |\n|---|---|---|\n", count, comparison->topic_count, first->name);
	for (size_t i = 0; i < count && i < WORST_SHOWN; i++) {
		size_t topic = losses[i].topic;
		rq_buf_puts(out, "| ");
		escape(out, comparison->topics[topic].id);
		rq_buf_puts(out, " | ");
		escape(out, comparison->topics[topic].text);
		rq_buf_printf(out, " | %.4f to %.4f |\n", first->per_topic[RQ_BASELINE][topic], first->per_topic[RQ_CANDIDATE][topic]);
	}
	return RQ_OK;
}

static enum rq_status write(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;

	rq_buf_puts(out, "## ");
	escape(out, report->verdict->sentence);
	rq_buf_puts(out, "\n\n");
	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_info *info = &comparison->sides[side];
		rq_buf_printf(out, "%s: %s%s`%s`  \n", side == RQ_BASELINE ? "baseline" : "candidate", info->embedder == NULL ? "" : info->embedder, info->embedder == NULL ? "" : ", ",
		              info->index);
	}
	rq_buf_printf(out, "%zu topics; the smallest margin they can decide is %.2f; %s.\n\n", comparison->topic_count, report->smallest_margin, comparison->exact_note);
	add_metrics(out, report);
	rq_buf_puts(out, "\n");
	add_reasons(out, report);
	RQ_TRY(add_worst(out, comparison, err));
	rq_buf_puts(out, "\n<details><summary>Inputs</summary>\n\n| input | sha256 |\n|---|---|\n");
	for (size_t i = 0; i < comparison->input_count; i++)
		rq_buf_printf(out, "| %s | %s |\n", comparison->inputs[i].name, comparison->inputs[i].text);
	rq_buf_puts(out, "\n</details>\n");
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_md = {
	.name = "md",
	.help = "a page for a pull request's comment: report.md",
	.file = "report.md",
	.write = write,
};
