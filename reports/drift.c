/* A job of drift for a terminal or a log, and what the other writers show of it alike. */
#include "reports/rows.h"

#include "gates/gate.h"
#include "metrics/drift/drift.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IDS_SHOWN = 5 };

/* ---- shared ---- */

static const char *word_of(const struct rq_drift_standing *standing)
{
	const struct rq_gate_result *gate = standing->gate;

	if (gate == NULL)
		return standing->outcome == RQ_PASS ? "within" : standing->outcome == RQ_FAIL ? "beyond" : "unclear";
	if (standing->outcome == RQ_PASS)
		return "pass";
	if (gate->waived == RQ_WAIVED)
		return "waived";
	return standing->outcome == RQ_INCONCLUSIVE ? "inconclusive" : gate->level == RQ_LEVEL_ERROR ? "FAIL" : "warn";
}

struct rq_drift_standing rq_drift_standing_of(const struct rq_verdict *verdict, const struct rq_drift_finding *finding)
{
	struct rq_drift_standing standing = {.limit = finding->limit, .outcome = RQ_INCONCLUSIVE, .word = "-"};

	for (size_t i = 0; i < verdict->count && standing.gate == NULL; i++)
		if (rq_gate_is_of_finding(&verdict->gates[i], finding))
			standing.gate = &verdict->gates[i];
	if (standing.gate != NULL)
		standing.limit = standing.gate->limit;
	if (finding->absent != NULL)
		return standing;
	standing.outcome = rq_drift_judge_finding(finding, standing.limit);
	standing.word = word_of(&standing);
	return standing;
}

const char *rq_drift_whose(const struct rq_drift_standing *standing)
{
	return standing->gate == NULL ? "-" : standing->gate->standard ? "standard" : "config";
}

struct rq_shown rq_show_chance(const struct rq_drift_finding *finding)
{
	return isnan(finding->p_adjusted) ? rq_show_value(finding->chance, RQ_NO_UNIT) : rq_show_p(finding->p_adjusted);
}

void rq_drift_side_title(struct rq_buf *out, const struct rq_drift_side *side)
{
	if (side->dimension > 0)
		rq_buf_printf(out, "%s%s%s (%zu dimensions), ", side->embedder, side->model == NULL ? "" : " ", side->model == NULL ? "" : side->model,
		              side->dimension);
	if (side->documents > 0)
		rq_buf_printf(out, "%zu documents, ", side->documents);
	rq_buf_printf(out, "%zu topics", side->topics);
}

void rq_drift_ids_title(struct rq_buf *out, const struct rq_drift *drift, int list, size_t most)
{
	const struct rq_drift_ids *ids = &drift->document_ids[list];
	size_t shown = ids->told < most ? ids->told : most;

	if (ids->count == 0)
		return;
	rq_buf_printf(out, "%zu %s: ", ids->count, list == RQ_DRIFT_CHANGED ? "with another text" : rq_drift_id_lists[list]);
	for (size_t i = 0; i < shown; i++)
		rq_buf_printf(out, "%s%s", i == 0 ? "" : i + 1 == ids->count ? " and " : ", ", ids->first[i]);
	if (ids->count > shown)
		rq_buf_printf(out, " and %zu more", ids->count - shown);
}

static bool is_known(const struct rq_drift_flow *flow)
{
	return flow->came + flow->went + flow->stayed > 0;
}

void rq_drift_flows(struct rq_buf *out, const struct rq_drift *drift)
{
	const struct rq_drift_flow *documents = &drift->documents, *topics = &drift->topics;

	if (is_known(documents))
		rq_buf_printf(out, "documents: %zu came, %zu went, %zu stayed; ", documents->came, documents->went, documents->stayed);
	if (is_known(topics))
		rq_buf_printf(out, "topics: %zu came, %zu went, %zu stayed", topics->came, topics->went, topics->stayed);
}

bool rq_drift_cosines(struct rq_buf *out, const struct rq_drift_cosines *cosines)
{
	const struct {
		const char *name;
		double value;
	} quantiles[] = {{"least", cosines->least}, {"1 %", cosines->p01},        {"5 %", cosines->p05},
	                 {"25 %", cosines->p25},    {"median", cosines->median}, {"mean", cosines->mean}};

	if (cosines->of == NULL)
		return false;
	rq_buf_printf(out, "cosines of %s then and now:", cosines->of);
	for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
		rq_buf_printf(out, "%s %s %s", i == 0 ? "" : ",", quantiles[i].name, rq_show_value(quantiles[i].value, RQ_NO_UNIT).text);
	return true;
}

static bool is_told_before(const struct rq_drift *drift, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (drift->findings[i].absent != NULL && strcmp(drift->findings[i].absent, drift->findings[at].absent) == 0)
			return true;
	return false;
}

bool rq_drift_unmeasured(struct rq_buf *out, size_t *next, const struct rq_drift *drift)
{
	while (*next < drift->count && (drift->findings[*next].absent == NULL || is_told_before(drift, *next)))
		++*next;
	if (*next == drift->count)
		return false;
	const char *why = drift->findings[*next].absent, *figure = NULL;
	for (size_t i = *next; i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		if (finding->absent == NULL || strcmp(finding->absent, why) != 0)
			continue;
		bool again = figure != NULL && strcmp(figure, finding->figure) == 0;
		if (again)
			rq_buf_printf(out, " and %s", finding->of);
		else
			rq_buf_printf(out, "%s%s of %s", figure == NULL ? "" : ", ", finding->figure, finding->of);
		figure = finding->figure;
	}
	rq_buf_printf(out, ": %s", why);
	++*next;
	return true;
}

/* ---- a table ---- */

enum column { FIGURE, OF, VALUE, LIMIT, CHANCE, GATE, VERDICT, COLUMNS };

static const char *const titles[COLUMNS] = {"figure", "of", "value", "limit", "by chance", "gate", "verdict"};

struct row {
	char cells[COLUMNS][64];
	const char *colour; /* of the verdict */
};

static struct row row_of(const struct rq_drift_finding *finding, const struct rq_verdict *verdict)
{
	const struct rq_drift_standing standing = rq_drift_standing_of(verdict, finding);
	struct row row = {.colour = standing.outcome == RQ_PASS ? RQ_GREEN : strcmp(standing.word, "FAIL") == 0 ? RQ_RED : RQ_YELLOW};

	snprintf(row.cells[FIGURE], sizeof *row.cells, "%s", finding->figure);
	snprintf(row.cells[OF], sizeof *row.cells, "%s", finding->of);
	snprintf(row.cells[VALUE], sizeof *row.cells, "%s", rq_show_against(finding->value, standing.limit, RQ_NO_UNIT).text);
	snprintf(row.cells[LIMIT], sizeof *row.cells, "%s %s", finding->at_least ? ">=" : "<=", rq_show_limit(standing.limit, RQ_NO_UNIT).text);
	snprintf(row.cells[CHANCE], sizeof *row.cells, "%s", rq_show_chance(finding).text);
	snprintf(row.cells[GATE], sizeof *row.cells, "%s", rq_drift_whose(&standing));
	snprintf(row.cells[VERDICT], sizeof *row.cells, "%s", standing.word);
	return row;
}

static void widen(size_t widths[COLUMNS], const struct row *row)
{
	for (int column = 0; column < COLUMNS; column++)
		widths[column] = strlen(row->cells[column]) > widths[column] ? strlen(row->cells[column]) : widths[column];
}

static void add_row(struct rq_buf *out, const struct row *row, const size_t widths[COLUMNS], struct rq_style style)
{
	for (int column = 0; column < VERDICT; column++) {
		int blanks = (int)(widths[column] - strlen(row->cells[column]));
		bool right = column >= VALUE && column < GATE;
		rq_buf_printf(out, "%*s%s%*s", right ? blanks : 0, "", row->cells[column], (right ? 0 : blanks) + 2, "");
	}
	rq_add_coloured(out, row->cells[VERDICT], row->colour, style);
	rq_buf_puts(out, "\n");
}

static void add_rows(struct rq_buf *out, const struct rq_drift *drift, const struct rq_verdict *verdict, struct rq_style style)
{
	size_t widths[COLUMNS] = {0}, total = 2 * (COLUMNS - 1);
	struct row row = {0};

	for (int column = 0; column < COLUMNS; column++)
		snprintf(row.cells[column], sizeof *row.cells, "%s", titles[column]);
	widen(widths, &row);
	for (size_t i = 0; i < drift->count; i++) {
		const struct row measured = row_of(&drift->findings[i], verdict);
		if (drift->findings[i].absent == NULL)
			widen(widths, &measured);
	}
	add_row(out, &row, widths, (struct rq_style){0});
	for (int column = 0; column < COLUMNS; column++)
		total += widths[column];
	for (size_t i = 0; i < total; i++)
		rq_buf_puts(out, "-");
	rq_buf_puts(out, "\n");
	for (size_t i = 0; i < drift->count; i++) {
		row = row_of(&drift->findings[i], verdict);
		if (drift->findings[i].absent == NULL)
			add_row(out, &row, widths, style);
	}
}

static void add_side(struct rq_buf *out, const char *name, const struct rq_drift_side *side, const char *more, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf title = {0};

	rq_drift_side_title(&title, side);
	rq_buf_puts(&title, more);
	out->failed = out->failed || title.failed;
	if (!title.failed)
		rq_add_line(out, name, NULL, title.data, style);
}

static void add_head(struct rq_buf *out, const struct rq_report *report, struct rq_style style)
{
	const struct rq_drift *drift = report->comparison->drift;
	RQ_CLEANUP(rq_buf_release) struct rq_buf flows = {0};
	char same[128];

	if (report->suite != NULL) {
		rq_add_text(out, report->suite, strlen(report->suite), style.unicode);
		rq_buf_puts(out, ": ");
	}
	rq_buf_puts(out, "now against the reference \"");
	rq_add_text(out, drift->reference, strlen(drift->reference), style.unicode);
	rq_buf_printf(out, "\" of %s\n", drift->created);
	add_side(out, "  then", &drift->sides[RQ_DRIFT_THEN], "", style);
	snprintf(same, sizeof same, "; %zu and %zu are the same as then", drift->same_documents, drift->same_topics);
	if (drift->sides[RQ_DRIFT_NOW].documents == 0)
		snprintf(same, sizeof same, "; %zu are the same as then", drift->same_topics);
	add_side(out, "  now ", &drift->sides[RQ_DRIFT_NOW], same, style);
	rq_drift_flows(&flows, drift);
	out->failed = out->failed || flows.failed;
	if (flows.size > 0 && !flows.failed)
		rq_add_line(out, "  texts", NULL, flows.data, style);
	rq_buf_puts(out, "\n");
}

static void add_metrics(struct rq_buf *out, const struct rq_comparison *comparison)
{
	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		rq_buf_printf(out, "%s%s %s -> %s", i == 0 ? "" : "\n", metric->name, rq_show_value(metric->value[RQ_BASELINE], RQ_NO_UNIT).text,
		              rq_show_value(metric->value[RQ_CANDIDATE], RQ_NO_UNIT).text);
		if (metric->compared)
			rq_buf_printf(out, " (%s, 90 %% interval %s to %s)", rq_show_difference(metric->paired.delta, 4).text,
			              rq_show_difference(metric->paired.lower, 4).text, rq_show_difference(metric->paired.upper, 4).text);
	}
	rq_buf_puts(out, comparison->metric_count > 0 ? "\n\n" : "");
}

/* Those that are not on drift, whose figures have the table. */
static void add_gates(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	size_t listed = 0;
	char word[32];

	for (size_t i = 0; i < verdict->count; i++) {
		const struct rq_gate_result *gate = &verdict->gates[i];
		if (strncmp(gate->metric, "drift.", strlen("drift.")) == 0)
			continue;
		snprintf(word, sizeof word, "%s:", rq_gate_word(gate));
		rq_buf_clear(&line);
		rq_buf_printf(&line, "%s%s: %s", gate->text, gate->standard ? " (standard)" : "", gate->reason);
		out->failed = out->failed || line.failed;
		if (!line.failed)
			rq_add_line(out, word, rq_gate_colour(gate), line.data, style);
		listed++;
	}
	rq_buf_puts(out, listed > 0 ? "\n" : "");
}

static void add_cosines(struct rq_buf *out, const struct rq_drift *drift, struct rq_style style)
{
	bool any = false;

	for (int i = 0; i < 2; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
		any = rq_drift_cosines(&line, &drift->cosines[i]) || any;
		out->failed = out->failed || line.failed;
		if (line.size > 0 && !line.failed)
			rq_add_wrapped(out, line.data, 0, style);
	}
	rq_buf_puts(out, any ? "\n" : "");
}

/* What a figure beyond its limit means, and what to do. */
static void add_meanings(struct rq_buf *out, const struct rq_drift *drift, const struct rq_verdict *verdict, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (size_t i = 0; i < drift->count; i++) {
		const struct rq_drift_finding *finding = &drift->findings[i];
		const struct rq_drift_standing standing = rq_drift_standing_of(verdict, finding);
		char name[160];
		if (finding->absent != NULL || standing.outcome != RQ_FAIL)
			continue;
		rq_buf_clear(&line);
		rq_buf_printf(&line, "%s; %s", finding->meaning, finding->advice);
		snprintf(name, sizeof name, "%s of %s:", finding->figure, finding->of);
		out->failed = out->failed || line.failed;
		if (!line.failed)
			rq_add_line(out, name, strcmp(standing.word, "FAIL") == 0 ? RQ_RED : RQ_YELLOW, line.data, style);
	}
	rq_buf_clear(&line);
	for (size_t next = 0; rq_drift_unmeasured(&line, &next, drift); rq_buf_clear(&line)) {
		out->failed = out->failed || line.failed;
		if (!line.failed)
			rq_add_line(out, "not measured:", RQ_DIM, line.data, style);
	}
}

static void add_ids(struct rq_buf *out, const struct rq_drift *drift, struct rq_style style)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	for (int list = 0; list < RQ_DRIFT_ID_LISTS; list++) {
		rq_buf_clear(&line);
		rq_drift_ids_title(&line, drift, list, IDS_SHOWN);
		out->failed = out->failed || line.failed;
		if (line.size > 0 && !line.failed)
			rq_add_line(out, "documents:", RQ_DIM, line.data, style);
	}
}

static void add_warnings(struct rq_buf *out, const struct rq_remark *remarks, size_t count, struct rq_style style)
{
	for (size_t i = 0; i < count; i++)
		rq_add_line(out, remarks[i].warning ? "warning:" : "note:", remarks[i].warning ? RQ_YELLOW : RQ_DIM, remarks[i].text, style);
}

enum rq_status rq_drift_table(struct rq_buf *out, const struct rq_report *report, struct rq_style style, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;

	add_head(out, report, style);
	add_rows(out, comparison->drift, report->verdict, style);
	add_metrics(out, comparison);
	add_gates(out, report->verdict, style);
	add_cosines(out, comparison->drift, style);
	add_meanings(out, comparison->drift, report->verdict, style);
	add_ids(out, comparison->drift, style);
	add_warnings(out, comparison->remarks, comparison->remark_count, style);
	add_warnings(out, comparison->run_remarks, comparison->run_remark_count, style);
	rq_add_sentence(out, report->verdict, style);
	return rq_buf_check(out, err);
}
