/* The first screen: the verdict, and a card a gate with its sentence and a strip. */
#include "reports/html/html.h"

#include "reports/machine.h"
#include "reports/rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- the verdict ---- */

const char *rq_html_kind(enum rq_outcome outcome)
{
	return outcome == RQ_PASS ? "pass" : outcome == RQ_FAIL ? "fail" : "doubt";
}

static const char *sign_of(enum rq_outcome outcome)
{
	return outcome == RQ_PASS ? "\xe2\x9c\x93" : outcome == RQ_FAIL ? "\xe2\x9c\x95" : "?";
}

static const char *word_of(enum rq_outcome outcome)
{
	return outcome == RQ_PASS ? "PASS" : outcome == RQ_FAIL ? "FAIL" : "INCONCLUSIVE";
}

/* The verdict's sentence without its first word where a colon ends that: it stands above in large letters. */
static const char *without_word(const struct rq_verdict *verdict)
{
	size_t word = strlen(word_of(verdict->outcome));

	if (strncmp(verdict->sentence, word_of(verdict->outcome), word) != 0 || strncmp(verdict->sentence + word, ": ", 2) != 0)
		return verdict->sentence;
	return verdict->sentence + word + 2;
}

static void add_sides(struct rq_page *page, const struct rq_comparison *comparison)
{
	static const char *const names[RQ_SIDES] = {"baseline", "candidate"};
	RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0};

	rq_buf_puts(page->out, "<dl class=\"sides\">");
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_buf_clear(&title);
		rq_buf_puts(&title, "");
		rq_side_title(&title, &comparison->sides[side]);
		page->failed = page->failed || title.failed;
		rq_buf_printf(page->out, "<div><dt class=\"%s\">%s</dt>", names[side], names[side]);
		rq_html_put(page->out, "<dd>%s</dd></div>", title.data == NULL ? "" : title.data);
	}
	rq_buf_puts(page->out, "</dl>\n");
}

static size_t count_others(const struct rq_verdict *verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < verdict->count; i++)
		count += verdict->gates[i].outcome != RQ_PASS;
	return count;
}

/* What follows from the exit code. */
static const char *meaning_of(const struct rq_report *report)
{
	bool drift = report->comparison->drift != NULL;

	if (report->verdict->exit_code == 1)
		return drift ? "What is served has changed: look before you trust it." : "The change must not roll out.";
	if (report->verdict->exit_code == 2)
		return drift ? "Not decided." : "Not decided: the change must wait.";
	if (report->verdict->outcome != RQ_PASS || count_others(report->verdict) > 0)
		return "Nothing blocks, but not every gate passed: look at those before you go on.";
	return drift ? "Nothing has drifted further than it may." : "The change may roll out.";
}

/* A pass is green only where nothing is left to look at. */
static const char *kind_of(const struct rq_verdict *verdict)
{
	return verdict->outcome == RQ_PASS && count_others(verdict) > 0 ? "doubt" : rq_html_kind(verdict->outcome);
}

void rq_html_head(struct rq_page *page, const struct rq_report *report)
{
	const struct rq_verdict *verdict = report->verdict;
	const char *started = rq_report_fact(report, "started");

	rq_buf_printf(page->out, "<header class=\"verdict %s\">\n<h1><span class=\"sign\" aria-hidden=\"true\">%s</span> %s</h1>\n", kind_of(verdict),
	              sign_of(verdict->outcome), word_of(verdict->outcome));
	rq_buf_printf(page->out, "<p class=\"meaning\">%s</p>\n", meaning_of(report));
	rq_html_put(page->out, "<p class=\"sentence\">%s.</p>\n", without_word(verdict));
	rq_buf_printf(page->out, "<p class=\"measured\">%zu of %zu gate%s passed, on %zu topics", verdict->count - count_others(verdict), verdict->count,
	              verdict->count == 1 ? "" : "s", report->comparison->topic_count);
	if (report->suite != NULL)
		rq_html_put(page->out, " of \xe2\x80\x9c%s\xe2\x80\x9d", report->suite);
	if (report->smallest_margin < 1)
		rq_buf_printf(page->out, ", which can decide a margin of %s", rq_show_limit(report->smallest_margin, RQ_NO_UNIT).text);
	rq_html_put(page->out, "; profile %s", report->profile);
	if (started != NULL)
		rq_html_put(page->out, "; <time>%s</time>", started);
	rq_buf_puts(page->out, ".</p>\n");
	add_sides(page, report->comparison);
	rq_buf_puts(page->out, "</header>\n");
}

/* ---- what is drawn ---- */

static bool is_drop(const struct rq_gate_result *gate)
{
	static const char *const kinds[] = {"max_drop", "pinned", "slices", "losses"};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(gate->kind, kinds[i]) == 0)
			return true;
	return gate->word != NULL && strcmp(gate->word, "no_answer_drop") == 0;
}

/* The last " >= " or " <= " of its text; NULL: it has none. */
static const char *relation_of(const struct rq_gate_result *gate)
{
	const char *relation = NULL;

	for (const char *at = gate->text; *at != '\0'; at++)
		if (strncmp(at, " >= ", 4) == 0 || strncmp(at, " <= ", 4) == 0)
			relation = at + 1;
	return relation;
}

static bool has_word(const struct rq_gate_result *gate, const char *word)
{
	return gate->word != NULL && strcmp(gate->word, word) == 0;
}

static enum rq_unit unit_of(const struct rq_gate_result *gate)
{
	if (has_word(gate, "ratio") || has_word(gate, "size_ratio") || strncmp(gate->text, "ratio(", 6) == 0 || strncmp(gate->text, "size_ratio(",
	                                                                                                                11) == 0)
		return RQ_NO_UNIT;
	if (strcmp(gate->kind, "size") == 0)
		return strstr(gate->text, "build") != NULL ? RQ_SECONDS : RQ_BYTES;
	if (strcmp(gate->kind, "staleness") == 0)
		return strstr(gate->text, "age") != NULL ? RQ_SECONDS : RQ_NO_UNIT;
	return rq_unit_of(gate->is_time, gate->is_rate);
}

/* False: there is nothing to draw. */
static bool strip_of(struct rq_strip *strip, const struct rq_gate_result *gate)
{
	const char *relation = relation_of(gate);

	if (gate->absent || !isfinite(gate->value) || !isfinite(gate->limit))
		return false;
	*strip = (struct rq_strip){.value = gate->value,
	                           .lower = gate->lower,
	                           .upper = gate->upper,
	                           .limit = gate->limit,
	                           .is_difference = is_drop(gate),
	                           .unit = unit_of(gate),
	                           .kind = rq_html_kind(gate->outcome),
	                           .name = gate->text,
	                           .word = rq_gate_word(gate)};
	if (strip->is_difference) {
		strip->limit = -fabs(gate->limit);
		strip->at_least = true;
		return true;
	}
	strip->at_least = relation != NULL && relation[0] == '>';
	return relation != NULL;
}

/* ---- a card ---- */

/* "nDCG@10 may drop by at most 0.02", for who does not know the grammar; the contract itself where there are no such words. */
static const char *title_of(const struct rq_gate_result *gate, struct rq_arena *arena)
{
	const char *relation = relation_of(gate);

	if (relation == NULL)
		return gate->text;
	if (has_word(gate, "drop") && strncmp(gate->text, "drop(", 5) == 0)
		return rq_arena_printf(arena, "%.*s may drop by at most %s", (int)(relation - gate->text - 7), gate->text + 5, relation + 3);
	return rq_arena_printf(arena, "%.*s %s %s", (int)(relation - gate->text - 1), gate->text, relation[0] == '>' ? "at least" : "at most",
	                       relation + 3);
}

static void add_further(struct rq_page *page, const struct rq_gate_result *gate)
{
	rq_buf_puts(page->out, "<p class=\"further\">");
	rq_html_put(page->out, "<code>%s</code>", gate->text);
	if (gate->level == RQ_LEVEL_WARN)
		rq_buf_puts(page->out, " \xc2\xb7 only warns");
	if (gate->next_step != NULL && gate->outcome != RQ_PASS)
		rq_html_put(page->out, " \xc2\xb7 next: %s", gate->next_step);
	if (gate->owner != NULL)
		rq_html_put(page->out, " \xc2\xb7 owner: %s", gate->owner);
	if (gate->runbook != NULL) {
		rq_buf_puts(page->out, " \xc2\xb7 runbook: ");
		rq_html_link(page->out, gate->runbook);
	}
	rq_buf_puts(page->out, "</p>\n");
}

static void add_gate(struct rq_page *page, const struct rq_gate_result *gate)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf clause = {0};
	const char *title = title_of(gate, &arena), *word = rq_gate_word(gate);
	struct rq_strip strip;

	rq_show_clause(&clause, gate);
	page->failed |= title == NULL || clause.failed || clause.data == NULL;
	if (page->failed)
		return;
	rq_buf_printf(page->out, "<li class=\"gate %s\"><h3><span class=\"word\"><span aria-hidden=\"true\">%s</span> %s</span> ",
	              gate->waived == RQ_WAIVED && gate->outcome != RQ_PASS ? "doubt" : rq_html_kind(gate->outcome), sign_of(gate->outcome), word);
	rq_html_put(page->out, "%s</h3>\n", title);
	rq_html_put(page->out, "<p>%s.</p>\n", clause.data);
	if (strip_of(&strip, gate))
		rq_html_strip(page, &strip);
	add_further(page, gate);
	rq_buf_puts(page->out, "</li>\n");
}

/* What decides first: what blocks, failed before inconclusive, then what else did not pass, and what passed. */
static int rank_of(const struct rq_gate_result *gate)
{
	if (gate->blocks)
		return gate->outcome == RQ_FAIL ? 0 : 1;
	return gate->outcome != RQ_PASS ? 2 : 3;
}

void rq_html_gates(struct rq_page *page, const struct rq_report *report)
{
	rq_html_section(page, "gates", "Gates");
	rq_buf_puts(page->out, "<ol class=\"gates\">\n");
	for (int rank = 0; rank < 4; rank++)
		for (size_t i = 0; i < report->verdict->count; i++)
			if (rank_of(&report->verdict->gates[i]) == rank)
				add_gate(page, &report->verdict->gates[i]);
	rq_buf_puts(page->out, "</ol>\n");
	if (report->verdict->count > 0)
		rq_buf_puts(page->out, "<p class=\"key\">A dot is what was measured, the bar through it its 90\xc2\xa0% interval; the red part of a strip "
		            "is not allowed.</p>\n");
	rq_html_end_section(page);
}
