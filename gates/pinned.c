/* pinned: the candidate against an older, approved baseline, at 1.5 times the margin, by max_drop's rule. Ten releases that each lose a little less
 * than the margin of the one before pass one by one; together they do not. */
#include "gates/kind.h"
#include "gates/words.h"

#include <math.h>
#include <string.h>

static const double margins = 1.5; /* of the margin against the release before: two honest releases may each have spent some */

struct pinned {
	struct rq_gate gate; /* the limit: the margin as it is written */
	const char *baseline;
};

static const struct rq_option options[] = {
	{.name = "margin",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .required = true,
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the absolute drop of the mean that is tolerated against the baseline; against the pinned one it is 1.5 times that"},
	{.name = "baseline",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct pinned, baseline),
	 .help = "the approved baseline to compare with; absent: the one that \"rqgate baseline pin\" has pinned"},
	RQ_OPTIONS_END,
};

static const struct rq_gate_grammar grammar = {.word = "pinned", .bounded = "a drop is bounded from above", .example = "0.03"};

bool rq_gate_needs_pinned(const char **name, const struct rq_gate *gate)
{
	*name = NULL;
	if (gate->kind != &rq_gate_kind_pinned || gate->level == RQ_LEVEL_OFF)
		return false;
	*name = ((const struct pinned *)gate)->baseline;
	return true;
}

/* The gate as max_drop would hold it against the pinned baseline. NULL: no memory. */
static const struct rq_gate *as_drop(const struct rq_gate *gate, struct rq_arena *arena)
{
	struct rq_gate *drop = rq_arena_alloc(arena, 1, rq_gate_kind_max_drop.size);

	if (drop == NULL)
		return NULL;
	*drop = *gate;
	drop->kind = &rq_gate_kind_max_drop;
	drop->limit = margins * gate->limit;
	return drop;
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	const struct rq_gate *drop = as_drop(gate, &scratch);

	if (drop == NULL)
		return rq_fail_memory(err);
	if (gate->limit > 0 && gate->limit < 1 && drop->limit >= 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: 1.5 times a margin of %.15g is not between 0 and 1; expected an absolute margin such as 0.03",
		               gate->path, gate->limit);
	return rq_gate_kind_max_drop.check(gate->limit > 0 && gate->limit < 1 ? drop : gate, err);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const char *baseline = ((const struct pinned *)gate)->baseline;

	rq_gate_print(out, gate, rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	if (baseline != NULL)
		rq_buf_printf(out, " against %s", baseline);
}

/* NULL: this run has looked for none. */
static const struct rq_pinned *find_pinned(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	const char *asked = ((const struct pinned *)gate)->baseline;

	for (size_t i = 0; i < comparison->pinned_count; i++) {
		const char *found = comparison->pinned[i].asked;
		if (found == asked || (found != NULL && asked != NULL && strcmp(found, asked) == 0))
			return &comparison->pinned[i];
	}
	return NULL;
}

static double p_value(const struct rq_gate *gate, const struct rq_comparison *comparison)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	const struct rq_gate *drop = as_drop(gate, &scratch);
	const struct rq_pinned *pinned = find_pinned(gate, comparison);

	if (drop == NULL || pinned == NULL || pinned->absent != NULL)
		return NAN;
	return rq_gate_kind_max_drop.p_value(drop, pinned->comparison);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_pinned *pinned = find_pinned(gate, comparison);
	const struct rq_gate *drop = as_drop(gate, arena);

	if (drop == NULL)
		return rq_fail_memory(err);
	result->limit = drop->limit;
	if (pinned == NULL)
		return rq_gate_absent(result, "was not compared with a pinned baseline");
	if (pinned->absent != NULL)
		return rq_gate_absent(result, pinned->absent);
	RQ_TRY(rq_gate_kind_max_drop.judge(result, drop, pinned->comparison, p_adjusted, arena, err));
	if (result->absent)
		return RQ_OK;
	result->next_step = "compare the two with \"rqgate baseline diff\": many small drops may have added up";
	return rq_gate_reason(result, rq_arena_printf(arena, "%s, against \"%s\" at 1.5 times the margin", result->reason, pinned->name), err);
}

static void foresee(struct rq_buf *notes, const struct rq_gate *gate, const struct rq_units *units)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena scratch = {0};
	const struct rq_gate *drop = as_drop(gate, &scratch);

	if (drop == NULL)
		notes->failed = true;
	else
		rq_gate_kind_max_drop.foresee(notes, drop, units);
}

const struct rq_gate_kind rq_gate_kind_pinned = {
	.name = "pinned",
	.help = "the mean over topics drops by no more than 1.5 times this against an older, pinned baseline, with 95 % confidence",
	.citation = "max_drop's rule; D'Agostino, Massaro and Sullivan 2003, Statistics in Medicine 22, call the loss that margins let through step by "
                "step biocreep",
	.size = sizeof(struct pinned),
	.options = options,
	.takes_no_slice = true,
	.compares = true,
	.paired = true,
	.bounds_drop = true,
	.grammar = &grammar,
	.check = check,
	.print = print,
	.foresee = foresee,
	.p_value = p_value,
	.judge = judge,
};
