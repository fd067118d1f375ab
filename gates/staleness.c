/* staleness: an index that is opened may be of another day's corpus: it lacks documents, finds some that are gone, or knows an earlier text. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[RQ_STALE_MISSING] = "missing", [RQ_STALE_EXTRA] = "extra", [RQ_STALE_CHANGED] = "changed", [RQ_STALE_AGE] = "age"};
static const char *const keys[] = {
	[RQ_STALE_MISSING] = "missing", [RQ_STALE_EXTRA] = "extra", [RQ_STALE_CHANGED] = "changed", [RQ_STALE_AGE] = "max_age"};
static const char *const subjects[] = {
	[RQ_STALE_MISSING] = "missing texts", [RQ_STALE_EXTRA] = "extra entries", [RQ_STALE_CHANGED] = "changed texts", [RQ_STALE_AGE] = "index age"};
static const double day = 86400;

struct staleness {
	struct rq_gate gate;
	const rq_json *bounds[RQ_STALE_KINDS];
	int of;     /* enum rq_stale */
	bool share; /* the limit is one, of the documents or entries; else it is how many */
	bool is_expression;
};

#define COUNT_SCHEMA "{\"oneOf\": [{\"type\": \"integer\", \"minimum\": 0}, {\"type\": \"string\", \"pattern\": \"^[0-9.]+%$\"}]}"

static const struct rq_option options[] = {
	{.name = "missing",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct staleness, bounds[RQ_STALE_MISSING]),
     .schema = COUNT_SCHEMA,
     .help = "how many documents of the corpus the index may lack, or which share of them: 10, \"1%\""},
	{.name = "extra",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct staleness, bounds[RQ_STALE_EXTRA]),
     .schema = COUNT_SCHEMA,
     .help = "how many entries of the index may be no document of the corpus, or which share of the entries"},
	{.name = "changed",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct staleness, bounds[RQ_STALE_CHANGED]),
     .schema = COUNT_SCHEMA,
     .help =
         "how many documents may have another vector in the index than their text has now, or which share of them; not told of an index of codes"},
	{.name = "max_age",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct staleness, bounds[RQ_STALE_AGE]),
     .schema = "{\"type\": \"string\", \"pattern\": \"^[0-9.]+(ns|us|ms|s|m|h|d|w)$\"}",
     .help =
         "how long ago the index file may have been built, such as \"7d\"; its time counts where the index says no \"built\", and a checkout or a "
         "restored cache sets that anew"},
	RQ_OPTIONS_END,
};

static enum rq_status read_name(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct staleness *staleness = (struct staleness *)gate;

	(void)arena;
	staleness->is_expression = true;
	for (staleness->of = 0; staleness->of < RQ_STALE_KINDS; staleness->of++)
		if (strcmp(text, names[staleness->of]) == 0)
			return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" says nothing of an index; expected missing, extra, changed or age", text);
}

static bool read_limit(struct rq_gate *gate, const char *text, size_t length)
{
	struct staleness *staleness = (struct staleness *)gate;
	uint64_t count;

	if (staleness->of == RQ_STALE_AGE)
		return rq_parse_duration(&gate->limit, text, length);
	staleness->share = length > 0 && text[length - 1] == '%';
	if (staleness->share)
		return rq_share_parse(&gate->limit, &staleness->share, text, length);
	if (!rq_parse_u64(&count, text, length))
		return false;
	gate->limit = (double)count;
	return true;
}

static const struct rq_gate_grammar grammar = {
	.word = "stale",
	.bounded = "staleness is bounded from above",
	.example = "10 or 1%, or 7d for age",
	.units = "for age ns, us, ms, s, m, h, d",
	.argument = read_name, .number = read_limit};

/* A count, or the text of a share or duration. */
static enum rq_status read_bound(struct rq_gate *gate, const rq_json *bound, struct rq_error *err)
{
	const struct staleness *staleness = (const struct staleness *)gate;
	const char *text = rq_json_string(bound);
	double number = rq_json_number(bound);
	char shown[120];

	gate->limit = number;
	if (text != NULL ? read_limit(gate, text, strlen(text)) && (staleness->share || staleness->of == RQ_STALE_AGE)
	                 : staleness->of != RQ_STALE_AGE && isfinite(number) && number >= 0 && number == floor(number))
		return RQ_OK;
	rq_json_show(shown, sizeof shown, bound);
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: %s is not allowed; expected %s", gate->path, keys[staleness->of], shown,
	               staleness->of == RQ_STALE_AGE ? "a duration such as \"7d\"" : "how many, such as 10, or a share such as \"1%\"");
}

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct staleness *staleness = (struct staleness *)gate;
	const rq_json *bound = NULL;
	size_t named = 0;

	(void)arena;
	for (int what = 0; what < RQ_STALE_KINDS; what++) {
		if (staleness->bounds[what] == NULL)
			continue;
		bound = staleness->bounds[what];
		staleness->bounds[what] = NULL;
		staleness->of = what;
		named++;
	}
	gate->is_measured = staleness->of == RQ_STALE_AGE;
	if (staleness->is_expression) /* whose number has been read */
		return RQ_OK;
	if (named != 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"missing\", \"extra\", \"changed\" and \"max_age\"; each is a gate of its own",
		               gate->path);
	return read_bound(gate, bound, err);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	const struct staleness *staleness = (const struct staleness *)gate;

	if (gate->limit >= 0 && (!staleness->share || gate->limit <= 1))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: %s is no share from 0%% to 100%%", gate->path, rq_show_share(gate->limit).text);
}

static struct rq_shown show_limit(const struct staleness *staleness)
{
	struct rq_shown shown;
	double limit = staleness->gate.limit;

	if (staleness->share)
		return rq_show_share(limit);
	if (staleness->of != RQ_STALE_AGE || limit < day)
		return rq_show_limit(limit, staleness->of == RQ_STALE_AGE ? RQ_SECONDS : RQ_NO_UNIT);
	snprintf(shown.text, sizeof shown.text, "%.15gd", limit / day);
	return shown;
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct staleness *staleness = (const struct staleness *)gate;

	rq_buf_printf(out, "stale(%s) <= %s", names[staleness->of], show_limit(staleness).text);
}

static struct rq_shown show(const struct staleness *staleness, double value)
{
	struct rq_shown shown = {"-"};

	if (staleness->of != RQ_STALE_AGE && isfinite(value))
		snprintf(shown.text, sizeof shown.text, "%.0f", value);
	else if (isfinite(value) && value < day)
		shown = rq_show_against(value, staleness->gate.limit, RQ_SECONDS);
	else if (isfinite(value))
		snprintf(shown.text, sizeof shown.text, "%.40s days", rq_show_against(value / day, staleness->gate.limit / day, RQ_NO_UNIT).text);
	return shown;
}

/* What a count is of, and a share. */
static size_t count_all(const struct rq_side_staleness *side, int of)
{
	return of == RQ_STALE_EXTRA ? side->entries : of == RQ_STALE_CHANGED ? side->compared : side->documents;
}

static const char *explain(const struct rq_gate_result *result, const struct staleness *staleness, const struct rq_side_staleness *side,
                           struct rq_arena *arena)
{
	const char *relation = result->outcome == RQ_PASS ? "limit" : "over the limit", *example = side->example[staleness->of];
	struct rq_shown value = show(staleness, side->value[staleness->of]), limit = show_limit(staleness);
	size_t all = count_all(side, staleness->of);

	if (staleness->of == RQ_STALE_AGE && side->age_from != NULL)
		return rq_arena_printf(arena, "is %s, %s %s, by %s", value.text, relation, limit.text, side->age_from);
	if (staleness->of == RQ_STALE_AGE)
		return rq_arena_printf(arena, "is %s, %s %s", value.text, relation, limit.text);
	if (example == NULL)
		return rq_arena_printf(arena, "are %s of %zu, %s %s", value.text, all, relation, limit.text);
	return rq_arena_printf(arena, "are %s of %zu, %s %s (\"%s\" for one)", value.text, all, relation, limit.text, example);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct staleness *staleness = (const struct staleness *)gate;
	const struct rq_side_staleness *sides = comparison->staleness;

	(void)p_adjusted; /* no test is made: all of the index is looked at */
	result->metric = subjects[staleness->of];
	if (sides == NULL)
		return rq_gate_absent(result, staleness->of == RQ_STALE_AGE ? "was not measured in this run" : "were not looked for in this run");
	for (int side = 0; side < RQ_SIDES; side++) {
		result->shown[side] = rq_arena_strdup(arena, show(staleness, sides[side].value[staleness->of]).text);
		if (result->shown[side] == NULL)
			return rq_fail_memory(err);
	}
	const struct rq_side_staleness *candidate = &sides[RQ_CANDIDATE];
	double value = candidate->value[staleness->of], all = (double)count_all(candidate, staleness->of);
	if (!isfinite(value)) {
		RQ_TRY(rq_gate_absent(result, NULL));
		return rq_gate_reason(result,
		                      rq_arena_printf(arena, "%s no value for the candidate (%s)", staleness->of == RQ_STALE_AGE ? "has" : "have",
		                                      candidate->absent[staleness->of] == NULL ? "not a number" : candidate->absent[staleness->of]),
		                      err);
	}
	result->value = !staleness->share ? value : all == 0 ? 0 : value / all;
	result->outcome = rq_at_most(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	result->next_step = "build the index anew from this corpus";
	return rq_gate_reason(result, explain(result, staleness, candidate, arena), err);
}

const struct rq_gate_kind rq_gate_kind_staleness = {
	.name = "staleness",
	.help = "the candidate's index is that of the corpus: documents that it lacks, entries that are none, documents whose text is another now, its "
			"age",
	.citation = "a contract on the index itself; another vector: squared distance above 2e-4 of the squared length, a cosine below .9999",
	.size = sizeof(struct staleness),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "index entries",
	.measures = RQ_MEASURE_STALENESS,
	.grammar = &grammar,
	.read = read_keys,
	.check = check,
	.print = print,
	.judge = judge,
};
