/* warmup: how long an index that was just opened takes until it answers as fast as it will, and how fast that is. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

enum of { OF_READY, OF_P99, OF_COUNT };

static const char *const names[OF_COUNT] = {[OF_READY] = "ready", [OF_P99] = "p99"};
static const char *const subjects[OF_COUNT] = {[OF_READY] = "time to ready", [OF_P99] = "warm p99"};

struct warmup {
	struct rq_gate gate;
	const rq_json *bounds[OF_COUNT];
	int of; /* enum of */
	bool is_expression;
};

#define DURATION_SCHEMA "{\"type\": \"string\", \"pattern\": \"^[0-9.]+(ns|us|ms|s|m|h|d|w)$\"}"

static const struct rq_option options[] = {
	{.name = "ready",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct warmup, bounds[OF_READY]),
     .schema = DURATION_SCHEMA,
     .help = "how long it may take from opening the index until its answers are as fast as they get, such as \"30s\""},
	{.name = "p99",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct warmup, bounds[OF_P99]),
     .schema = DURATION_SCHEMA,
     .help = "how long 99 % of the searches may take then, such as \"20ms\""},
	RQ_OPTIONS_END,
};

static enum rq_status read_name(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct warmup *warmup = (struct warmup *)gate;

	(void)arena;
	warmup->is_expression = true;
	for (warmup->of = 0; warmup->of < OF_COUNT; warmup->of++)
		if (strcmp(text, names[warmup->of]) == 0)
			return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" says nothing of warming up; expected ready or p99", text);
}

static bool read_limit(struct rq_gate *gate, const char *text, size_t length)
{
	return rq_parse_duration(&gate->limit, text, length);
}

static const struct rq_gate_grammar grammar = {.word = "warmup",
                                               .bounded = "warming up is bounded from above",
                                               .example = "30s",
                                               .units = "ns, us, ms, s, m, h, d",
                                               .argument = read_name,
                                               .number = read_limit};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct warmup *warmup = (struct warmup *)gate;
	const rq_json *bound = NULL;
	size_t named = 0;
	char shown[120];

	(void)arena;
	gate->is_measured = true;
	for (int of = 0; of < OF_COUNT; of++) {
		if (warmup->bounds[of] == NULL)
			continue;
		bound = warmup->bounds[of];
		warmup->bounds[of] = NULL;
		warmup->of = of;
		named++;
	}
	if (warmup->is_expression) /* whose number has been read */
		return RQ_OK;
	if (named != 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"ready\" and \"p99\"; each is a gate of its own", gate->path);
	const char *text = rq_json_string(bound);
	if (text != NULL && read_limit(gate, text, strlen(text)))
		return RQ_OK;
	rq_json_show(shown, sizeof shown, bound);
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: %s is not allowed; expected a duration such as \"30s\"", gate->path, names[warmup->of], shown);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	return gate->limit > 0 ? RQ_OK : rq_fail(err, RQ_E_CONFIG, "%s: nothing is ready in no time; expected a duration such as \"30s\"", gate->path);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	rq_buf_printf(out, "warmup(%s) <= %s", names[((const struct warmup *)gate)->of], rq_show_limit(gate->limit, RQ_SECONDS).text);
}

/* p99 by order statistics, as the gate on latency has it: its upper bound decides what passes, the value what fails. */
static enum rq_outcome judge_p99(const struct rq_warm *warm, double limit)
{
	if (rq_at_most(warm->p99_upper, limit))
		return RQ_PASS;
	return rq_at_most(warm->p99, limit) ? RQ_INCONCLUSIVE : RQ_FAIL;
}

/* What was not cold was ready sooner than it will be. */
static const char *tell_held(const struct rq_warm *warm, struct rq_arena *arena)
{
	if (isnan(warm->in_memory))
		return "; whether it was cold is not known";
	return warm->in_memory > 0 ? rq_arena_printf(arena, "; it was not cold: %.0f %% of its file were in memory", ceil(100 * warm->in_memory)) : "";
}

static const char *explain(const struct rq_gate_result *result, const struct warmup *warmup, const struct rq_warm *warm, struct rq_arena *arena)
{
	double limit = warmup->gate.limit;
	const char *relation = result->outcome == RQ_FAIL ? "over the limit" : "limit";

	if (warmup->of == OF_READY) {
		const char *held = tell_held(warm, arena);
		if (held == NULL)
			return NULL;
		return rq_arena_printf(arena, "is %s after %zu rounds, %s %s%s", rq_show_against(warm->ready_seconds, limit, RQ_SECONDS).text,
		                       warm->round_count, relation, rq_show_limit(limit, RQ_SECONDS).text, held);
	}
	return rq_arena_printf(arena, "is %s (95 %% bound %s) of %zu searches, %s %s", rq_show_against(warm->p99, limit, RQ_SECONDS).text,
	                       rq_show_against(warm->p99_upper, limit, RQ_SECONDS).text, warm->samples, relation, rq_show_limit(limit, RQ_SECONDS).text);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct warmup *warmup = (const struct warmup *)gate;
	const struct rq_warm *warm = comparison->warm;

	(void)p_adjusted; /* one side, no test */
	result->metric = subjects[warmup->of];
	if (warm == NULL)
		return rq_gate_absent(result, "was not measured in this run");
	if (warm->absent != NULL) {
		RQ_TRY(rq_gate_absent(result, NULL));
		return rq_gate_reason(result, rq_arena_printf(arena, "has no value for the %s (%s)", warm->side, warm->absent), err);
	}
	result->next_step = "measure where nothing else runs, or give the index more memory";
	if (!warm->stable) {
		result->outcome = RQ_FAIL;
		const char *plural = warm->round_count == 1 ? "" : "s";
		return rq_gate_reason(result, rq_arena_printf(arena, "is unknown: %zu round%s did not become stable", warm->round_count, plural), err);
	}
	result->value = warmup->of == OF_READY ? warm->ready_seconds : warm->p99;
	result->outcome = warmup->of == OF_P99 ? judge_p99(warm, gate->limit) : rq_at_most(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	result->shown[RQ_CANDIDATE] = rq_arena_strdup(arena, rq_show_against(result->value, gate->limit, RQ_SECONDS).text);
	if (result->shown[RQ_CANDIDATE] == NULL)
		return rq_fail_memory(err);
	return rq_gate_reason(result, explain(result, warmup, warm, arena), err);
}

const struct rq_gate_kind rq_gate_kind_warmup = {
	.name = "warmup",
	.help = "an index that was just opened is ready within a budget, and its searches are within theirs by then",
	.citation = "a contract on this machine; p99 and its bound by order statistics; ready: three rounds whose p95 lie within 10 % of their median, "
	            "or five whose median lies within 10 % of that of the five before",
	.size = sizeof(struct warmup),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.level = RQ_LEVEL_ERROR, /* whoever asks for it asks where the index will serve */
	.subject = "searches",
	.measures = RQ_MEASURE_WARMUP,
	.grammar = &grammar,
	.read = read_keys,
	.check = check,
	.print = print,
	.judge = judge,
};
