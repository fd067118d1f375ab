/* rollback: is there a way back? A snapshot before the current one, which a drill has brought back of late, and fast enough. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double day = 86400;

struct rollback {
	struct rq_gate gate;
	double max_age;
};

static const struct rq_option options[] = {
	{.name = "max_age",
     .type = RQ_OPTION_DURATION,
     .offset = offsetof(struct rollback, max_age),
     .standard = "\"30d\"",
     .help = "how long ago the last drill of the previous snapshot may have been"},
	{.name = "max_time",
     .type = RQ_OPTION_DURATION,
     .offset = offsetof(struct rollback, gate.limit),
     .standard = "\"300s\"",
     .help = "how long it may have taken, from the first byte to the last answer"},
	RQ_OPTIONS_END,
};

static enum rq_status read_age(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	(void)arena;
	if (rq_parse_duration(&((struct rollback *)gate)->max_age, text, strlen(text)))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no duration; expected how old the last drill may be, such as 30d", text);
}

static bool read_limit(struct rq_gate *gate, const char *text, size_t length)
{
	return rq_parse_duration(&gate->limit, text, length);
}

static const struct rq_gate_grammar grammar = {
	.word = "rollback",
	.bounded = "the time of a drill is bounded from above",
	.example = "300s",
	.units = "ns, us, ms, s, m, h, d",
	.argument = read_age, .number = read_limit};

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (gate->limit > 0 && ((const struct rollback *)gate)->max_age > 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: a drill takes time, and was made some time ago; expected durations above 0", gate->path);
}

static struct rq_shown show_age(double seconds)
{
	struct rq_shown shown;

	if (fabs(seconds) < day)
		return rq_show_limit(seconds, RQ_SECONDS);
	snprintf(shown.text, sizeof shown.text, "%.4gd", seconds / day);
	return shown;
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	rq_buf_printf(out, "rollback(%s) <= %s", show_age(((const struct rollback *)gate)->max_age).text, rq_show_limit(gate->limit, RQ_SECONDS).text);
}

/* Why there is no way back at all; NULL: there is one. */
static const char *no_way(const struct rq_rollback *found, double max_age, struct rq_arena *arena)
{
	if (found->previous == NULL)
		return "is not possible: there is no snapshot of another index before the current one";
	if (found->lost != NULL)
		return rq_arena_printf(arena, "to %s is not possible: %s", found->previous, found->lost);
	if (found->elsewhere != NULL)
		return rq_arena_printf(arena, "is not possible: %s", found->elsewhere);
	if (!found->drilled)
		return rq_arena_printf(arena, "to %s was never tried; \"rqgate snapshot drill previous\" does", found->previous);
	if (!found->passed)
		return rq_arena_printf(arena, "to %s failed in its last drill: %s", found->previous, found->why);
	if (!(found->age >= 0))
		return rq_arena_printf(arena, "to %s cannot be told: its last drill is dated %s ahead; set the clock, and make another drill",
		                       found->previous, show_age(round(-found->age)).text);
	if (!(found->seconds > 0))
		return rq_arena_printf(arena, "to %s cannot be told: its last drill took no time; make another one", found->previous);
	if (!(found->age <= max_age))
		return rq_arena_printf(arena, "to %s was last tried %s ago, over the limit %s", found->previous, show_age(round(found->age)).text,
		                       show_age(max_age).text);
	return NULL;
}

/* A disk other than the one of the night may be faster, or no disk at all: where it was is told. */
static const char *name_drill(const struct rq_rollback *found, struct rq_arena *arena)
{
	const char *memory = found->in_memory ? ", in memory and on no disk" : "";
	const char *to = found->to == NULL ? NULL : rq_arena_show(arena, found->to);

	if (found->to == NULL)
		return rq_arena_printf(arena, "in its last drill%s", memory);
	return to == NULL ? NULL : rq_arena_printf(arena, "in its last drill, into \"%s\"%s", to, memory);
}

static const char *explain(const struct rq_gate_result *result, const struct rq_rollback *found, double limit, struct rq_arena *arena)
{
	const char *relation = result->outcome == RQ_PASS ? "limit" : "over the limit";
	struct rq_shown took = rq_show_against(found->seconds, limit, RQ_SECONDS), bound = rq_show_limit(limit, RQ_SECONDS);
	const char *drill = name_drill(found, arena);
	const char *but = found->unseen == NULL ? "" : "; ", *unseen = found->unseen == NULL ? "" : found->unseen;
	char bytes[16], next[16];

	if (drill == NULL)
		return NULL;
	if (result->value <= found->seconds)
		return rq_arena_printf(arena, "to %s took %s %s, %s %s%s%s", found->previous, took.text, drill, relation,
		                       bound.text, but, unseen);
	return rq_arena_printf(arena, "to %s took %s for %s %s; to the current one, %s, %s by projection, %s %s%s%s",
	                       found->previous, took.text, rq_show_size(bytes, (uint64_t)found->bytes), drill,
	                       rq_show_size(next, (uint64_t)found->next_bytes),
	                       rq_show_against(result->value, limit, RQ_SECONDS).text, relation, bound.text, but, unseen);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_rollback *found = comparison->rollback;
	double max_age = ((const struct rollback *)gate)->max_age;

	(void)p_adjusted; /* no test is made */
	result->metric = "rollback";
	result->next_step = "make a drill, \"rqgate snapshot drill previous\"";
	if (found == NULL)
		return rq_gate_absent(result, "was not looked at in this run");
	if (found->absent != NULL)
		return rq_gate_absent(result, found->absent);
	if (found->previous == NULL || found->elsewhere != NULL)
		result->next_step = "keep the index that serves now and each later one, \"rqgate snapshot create\"";
	const char *reason = no_way(found, max_age, arena);
	if (found->previous != NULL && reason == NULL) {
		double share = found->bytes > 0 && found->next_bytes > found->bytes ? found->next_bytes / found->bytes : 1;
		result->value = found->seconds * share;
		result->outcome = rq_at_most(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
		return rq_gate_reason(result, explain(result, found, gate->limit, arena), err);
	}
	result->outcome = RQ_FAIL;
	return rq_gate_reason(result, reason, err);
}

const struct rq_gate_kind rq_gate_kind_rollback = {
	.name = "rollback",
	.help = "the snapshot before the current one exists, and its last drill passed, is recent and was fast enough",
	.citation = "a contract on the last drill; a larger index is projected from its bytes a second",
	.size = sizeof(struct rollback),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "rollback",
	.level = RQ_LEVEL_ERROR,
	.measures = RQ_MEASURE_ROLLBACK,
	.is_measured = true,
	.grammar = &grammar,
	.check = check,
	.print = print,
	.judge = judge,
};
