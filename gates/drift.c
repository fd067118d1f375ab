/* drift: a figure that "rqgate drift" measures stays within its limit. A run measures none, so these gates are left out of it; of its own a
 * job of drift judges what holds for what is found. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/drift/drift.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct drift {
	struct rq_gate gate;
	const char *name, *of;  /* of an object */
	const rq_json *bound;
	const struct rq_drift_figure *figure;
};

static const char parts[] = "\"documents\" or \"topics\", or of change_point the metric";

static const struct rq_option options[] = {
	{.name = "figure",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct drift, name),
	 .required = true,
	 .help = "the figure, such as \"silent_change\", \"knn_jaccard\" or \"mmd\"; \"rqgate drift\" lists all"},
	{.name = "of",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct drift, of),
	 .help = "of what: \"documents\" or \"topics\", or of change_point the metric; absent: of all that it is measured of, and the worst counts"},
	{.name = "limit",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct drift, bound),
	 .schema = "{\"type\": \"number\"}",
	 .help = "what the figure must reach, or must not exceed; absent: its own limit"},
	RQ_OPTIONS_END,
};

/* ---- reading ---- */

static const struct rq_gate_grammar floor_form, ceiling_form;

/* Is the model still the one that it was? A job that asks this, and cannot tell, does not pass, unless the gate says so. */
static enum rq_status find_figure(struct drift *drift, const char *name, struct rq_error *err)
{
	const char *names[RQ_DRIFT_FIGURES];

	drift->figure = rq_drift_find(name);
	if (drift->figure != NULL) {
		if (drift->gate.inconclusive == RQ_BY_PROFILE && strcmp(name, "silent_change") == 0)
			drift->gate.inconclusive = RQ_INCONCLUSIVE_FAILS;
		drift->gate.form = drift->figure->direction == RQ_AT_LEAST ? &floor_form : &ceiling_form;
		drift->gate.limit = drift->figure->limit;
		return RQ_OK;
	}
	for (size_t i = 0; i < RQ_DRIFT_FIGURES; i++)
		names[i] = rq_drift_figures[i].name;
	const char *nearest = rq_nearest_name(name, names, RQ_DRIFT_FIGURES);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no figure of drift; did you mean \"%s\"?", name, nearest);
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no figure of drift; expected one such as silent_change, knn_jaccard or mmd", name);
}

static bool is_series(const struct drift *drift)
{
	return drift->figure->parts == RQ_OF_METRICS;
}

/* A series is of a metric, which may be spelt in several ways. */
static enum rq_status find_series(struct drift *drift, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_metric_spec metric;

	if (drift->of == NULL || !is_series(drift))
		return RQ_OK;
	RQ_TRY(rq_metric_parse(&metric, drift->of, err));
	drift->of = rq_arena_strdup(arena, metric.name);
	return drift->of == NULL ? rq_fail_memory(err) : RQ_OK;
}

const char *rq_gate_series(const struct rq_gate *gate)
{
	const struct drift *drift = (const struct drift *)gate;

	return gate->kind == &rq_gate_kind_drift && is_series(drift) ? drift->of : NULL;
}

/* "mmd", "mmd(topics)", "change_point(nDCG@10)" */
static enum rq_status read_argument(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct drift *drift = (struct drift *)gate;
	const char *open = strchr(text, '(');
	size_t length = strlen(text);

	if (open == NULL)
		return find_figure(drift, text, err);
	const char *name = rq_arena_strndup(arena, text, (size_t)(open - text));
	if (name == NULL)
		return rq_fail_memory(err);
	RQ_TRY(find_figure(drift, name, err));
	if (text[length - 1] != ')' || open + 2 > text + length - 1)
		return rq_fail(err, RQ_E_CONFIG, "\"%.100s\": expected %s between parentheses", text, parts);
	drift->of = rq_arena_strndup(arena, open + 1, (size_t)(text + length - 1 - (open + 1)));
	return drift->of == NULL ? rq_fail_memory(err) : find_series(drift, arena, err);
}

static const struct rq_gate_grammar ceiling_form = {.word = "drift",
                                                    .dotted = true,
                                                    .bounded = "this figure is bounded from above",
                                                    .example = "0.001",
                                                    .argument = read_argument};
static const struct rq_gate_grammar floor_form = {.word = "drift",
                                                  .dotted = true,
                                                  .at_least = true,
                                                  .bounded = "this figure is bounded from below",
                                                  .example = "0.7",
                                                  .argument = read_argument,
                                                  .next = &ceiling_form};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct drift *drift = (struct drift *)gate;
	const rq_json *bound = drift->bound;
	char shown[120];

	drift->bound = NULL;
	if (drift->name == NULL) /* an expression */
		return RQ_OK;
	if (find_figure(drift, drift->name, err) != RQ_OK)
		return rq_fail_within(err, "%s.figure", gate->path);
	if (find_series(drift, arena, err) != RQ_OK)
		return rq_fail_within(err, "%s.of", gate->path);
	if (bound == NULL)
		return RQ_OK;
	gate->limit = rq_json_number(bound);
	if (rq_json_type(bound) == RQ_JSON_NUMBER && isfinite(gate->limit))
		return RQ_OK;
	rq_json_show(shown, sizeof shown, bound);
	return rq_fail(err, RQ_E_CONFIG, "%s.limit: %s is not allowed; expected a number such as %s", gate->path, shown, gate->form->example);
}

static const char *parts_of(const struct rq_drift_figure *figure)
{
	return figure->parts == RQ_OF_BOTH ? "\"documents\" or \"topics\"" : figure->parts == RQ_OF_TOPICS ? "\"topics\"" : "\"documents\"";
}

static bool can_be_of(const struct drift *drift)
{
	enum rq_drift_parts parts_there = drift->figure->parts;

	return drift->of == NULL || is_series(drift) || ((parts_there & RQ_OF_DOCUMENTS) != 0 && strcmp(drift->of, "documents") == 0) ||
	       ((parts_there & RQ_OF_TOPICS) != 0 && strcmp(drift->of, "topics") == 0);
}

/* A limit that no value is beyond, or that every value is beyond, is a slip of the pen. */
static enum rq_status check_limit(const struct drift *drift, struct rq_error *err)
{
	const struct rq_drift_figure *figure = drift->figure;
	bool at_least = figure->direction == RQ_AT_LEAST;
	double limit = drift->gate.limit;
	bool never_holds = at_least ? limit > figure->highest : limit < figure->lowest;
	bool never_fails = at_least ? limit <= figure->lowest : limit >= figure->highest;

	if (!never_holds && !never_fails)
		return RQ_OK;
	const char *never = never_holds ? "never holds" : "never fails";
	if (isinf(figure->highest))
		return rq_fail(err, RQ_E_CONFIG, "%s: %s is never under %g, so that a limit of %g %s; expected one such as its own, %g", drift->gate.path,
		               figure->name, figure->lowest, limit, never, figure->limit);
	return rq_fail(err, RQ_E_CONFIG, "%s: %s lies between %g and %g, so that a limit of %g %s; expected one such as its own, %g",
	               drift->gate.path, figure->name, figure->lowest, figure->highest, limit, never, figure->limit);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	const struct drift *drift = (const struct drift *)gate;

	if (can_be_of(drift))
		return check_limit(drift, err);
	return rq_fail(err, RQ_E_CONFIG, "%s: %s of \"%.100s\" is not measured; expected %s", gate->path, drift->figure->name, drift->of,
	               parts_of(drift->figure));
}

static void print_name(struct rq_buf *out, const struct drift *drift, const char *of)
{
	rq_buf_printf(out, "drift.%s", drift->figure->name);
	if (of != NULL)
		rq_buf_printf(out, "(%s)", of);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct drift *drift = (const struct drift *)gate;

	print_name(out, drift, drift->of);
	rq_buf_printf(out, " %s %s", gate->form->at_least ? ">=" : "<=", rq_show_limit(gate->limit, RQ_NO_UNIT).text);
}

/* ---- judging ---- */

static bool is_about(const struct drift *drift, const struct rq_drift_finding *finding)
{
	return strcmp(drift->figure->name, finding->figure) == 0 && (drift->of == NULL || strcmp(drift->of, finding->of) == 0);
}

const char *rq_gate_drift_figure(const char **of, const struct rq_gate *gate)
{
	const struct drift *drift = (const struct drift *)gate;

	if (gate->kind != &rq_gate_kind_drift)
		return NULL;
	*of = drift->of;
	return drift->figure->name;
}

bool rq_gate_is_of_finding(const struct rq_gate_result *result, const struct rq_drift_finding *finding)
{
	static const char prefix[] = "drift.";
	size_t length = strlen(finding->figure);
	const char *at = result->metric + sizeof prefix - 1;

	if (strcmp(result->kind, rq_gate_kind_drift.name) != 0 || strncmp(result->metric, prefix, sizeof prefix - 1) != 0 ||
	    strncmp(at, finding->figure, length) != 0)
		return false;
	at += length;
	return *at == '\0' || (*at == '(' && strncmp(at + 1, finding->of, strlen(finding->of)) == 0 && strcmp(at + 1 + strlen(finding->of), ")") == 0);
}

static int severity(enum rq_outcome outcome)
{
	return outcome == RQ_FAIL ? 2 : outcome == RQ_INCONCLUSIVE ? 1 : 0;
}

/* Of two with the same outcome the one that is further from the good side. */
static bool is_worse(const struct rq_drift_finding *finding, enum rq_outcome outcome, const struct rq_drift_finding *than,
                     enum rq_outcome than_outcome)
{
	if (outcome != than_outcome)
		return severity(outcome) > severity(than_outcome);
	return finding->at_least ? finding->value < than->value : finding->value > than->value;
}

/* Why there is no value of a part of it, and of which where others have one; `early`: and all that it takes is time; `other_model`: and nothing that
 * could be supplied gives it one. */
struct absence {
	const char *why, *of;
	bool early, other_model;
};

/* NULL: nothing of it was measured, or not all of it and what was is no failure; and why. */
static const struct rq_drift_finding *find_worst(enum rq_outcome *outcome, struct absence *missing, const struct drift *drift,
                                                 const struct rq_drift *findings)
{
	const struct rq_drift_finding *worst = NULL;
	const char *absent = NULL;

	*missing = (struct absence){.why = is_series(drift)        ? "weeks are kept in a store, and there is none (--store, or \"store\" in the config)"
	                                   : drift->of == NULL ? "was not measured"
	                                                       : "was not measured of that"};
	for (size_t i = findings->count; i > 0; i--) {
		const struct rq_drift_finding *finding = &findings->findings[i - 1];
		if (!is_about(drift, finding))
			continue;
		if (finding->absent != NULL) {
			absent = finding->absent;
			*missing = (struct absence){absent, finding->of, finding->early, finding->other_model};
			continue;
		}
		enum rq_outcome judged = rq_drift_judge_finding(finding, drift->gate.limit);
		if (worst != NULL && is_worse(worst, *outcome, finding, judged))
			continue;
		worst = finding;
		*outcome = judged;
	}
	if (worst == NULL)
		missing->of = NULL;
	return absent != NULL && *outcome != RQ_FAIL ? NULL : worst;
}

#define AGAINST(gate, value) rq_show_against((value), (gate)->limit, RQ_NO_UNIT).text
#define LIMIT(gate) rq_show_limit((gate)->limit, RQ_NO_UNIT).text

static const char *explain(const struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_drift_finding *finding,
                           struct rq_arena *arena)
{
	const char *bound = finding->at_least ? "floor" : "ceiling", *beyond = finding->at_least ? "under the floor" : "over the ceiling";
	char p[64] = "";

	if (!isnan(finding->p_adjusted))
		snprintf(p, sizeof p, ", %s", rq_show_p(finding->p_adjusted).text);
	if (result->outcome == RQ_PASS)
		return rq_arena_printf(arena, "of %s is %s, %s %s%s%s", finding->of, AGAINST(gate, finding->value), bound,
		                       LIMIT(gate), finding->sample == NULL ? "" : "; ",
		                       finding->sample == NULL ? "" : finding->sample);
	if (result->outcome == RQ_INCONCLUSIVE && isnan(finding->p))
		return rq_arena_printf(arena, "of %s is %s, %s %s, which the %s 95 %% bound of so few as %zu, %s, does not exclude", finding->of,
		                       AGAINST(gate, finding->value), beyond, LIMIT(gate), finding->at_least ? "upper" : "lower", finding->n,
		                       AGAINST(gate, finding->at_least ? finding->upper : finding->lower));
	if (result->outcome == RQ_INCONCLUSIVE)
		return rq_arena_printf(arena, "of %s is %s, %s %s, which so few as %zu may come to by chance%s", finding->of, AGAINST(gate, finding->value),
		                       beyond, LIMIT(gate), finding->n, p);
	return rq_arena_printf(arena, "of %s is %s, %s %s%s: %s", finding->of, AGAINST(gate, finding->value), beyond, LIMIT(gate), p, finding->meaning);
}

static enum rq_status name_result(struct rq_gate_result *result, const struct drift *drift, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf name = {0};

	print_name(&name, drift, drift->of);
	RQ_TRY(rq_buf_check(&name, err));
	result->metric = rq_arena_strndup(arena, name.data, name.size);
	return result->metric == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* To take the gate out would leave the next change of the model unseen. */
static const char other_model[] =
	"where this was not meant, stop writing to the index and ask who changed the model; where it was, evaluate the new one on judged topics "
	"and make a new reference with --update";

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct drift *drift = (const struct drift *)gate;
	enum rq_outcome outcome = RQ_FAIL;
	struct absence missing;

	(void)p_adjusted; /* the findings' own families are adjusted by now */
	RQ_TRY(name_result(result, drift, arena, err));
	if (comparison->drift == NULL)
		return rq_gate_absent(result, "is measured by \"rqgate drift\" alone");
	const struct rq_drift_finding *worst = find_worst(&outcome, &missing, drift, comparison->drift);
	if (worst == NULL) {
		RQ_TRY(rq_gate_absent(result, NULL));
		if (missing.other_model)
			result->next_step = other_model;
		if (missing.early) {
			result->absent = false;
			result->outcome = RQ_INCONCLUSIVE;
			result->next_step = "run the job every week";
		}
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "has no value%s%s%s: %s", missing.of == NULL ? "" : " of ", missing.of == NULL ? "" : missing.of,
		                                      missing.early ? " yet" : "", missing.why), err);
	}
	result->outcome = outcome;
	result->value = worst->value;
	result->lower = worst->lower;
	result->upper = worst->upper;
	result->p = worst->p_adjusted;
	result->next_step = result->outcome == RQ_PASS ? NULL : worst->advice;
	return rq_gate_reason(result, explain(result, gate, worst, arena), err);
}

const struct rq_gate_kind rq_gate_kind_drift = {
	.name = "drift",
	.help = "a figure of \"rqgate drift\" stays within its limit: another model behind the same name, other texts, other neighbours; a run leaves "
	        "it out",
	.citation = "each figure's own: rqgate drift --json and metrics/drift/drift.def name it",
	.size = sizeof(struct drift),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "figures of drift",
	.grammar = &floor_form,
	.read = read_keys,
	.check = check,
	.print = print,
	.judge = judge,
};
