/* The registry of gate kinds, and the config's "gates": strings in the grammar of expression.c, or objects read through option tables. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct rq_gate_kind *const rq_gate_kinds[] = {
#define RQ_GATE(name) &rq_gate_kind_##name,
#include "gates/gates.def"
#undef RQ_GATE
	NULL,
};

enum { KEYS_MAXIMUM = 24, SHOWN = 120 };

static const char *const levels[] = {[RQ_LEVEL_OFF] = "off", [RQ_LEVEL_WARN] = "warn", [RQ_LEVEL_ERROR] = "error", NULL};
static const char *const inconclusive_choices[] = {"warn", "fail", NULL}; /* RQ_INCONCLUSIVE_WARNS - 1, RQ_INCONCLUSIVE_FAILS - 1 */

static const struct rq_option common_options[] = {
	{.name = "kind", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct rq_gate_keys, kind), .required = true, .help = "the kind of gate"},
	{.name = "metric",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_gate_keys, metric),
	 .required = true,
	 .help = "the metric that is judged, such as \"nDCG@10\""},
	{.name = "slice", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_gate, slice), .help = "judge only the topics of this slice"},
	{.name = "level",
	 .type = RQ_OPTION_CHOICE,
	 .offset = offsetof(struct rq_gate_keys, level),
	 .choices = levels,
	 .help = "error blocks, warn only tells, off leaves the gate out; absent: error, but warn for measured times"},
	{.name = "owner", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_gate, owner), .help = "whom to ask when the gate fails"},
	{.name = "runbook",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_gate, runbook),
	 .help = "where it is written what to do when the gate fails"},
	{.name = "inconclusive",
	 .type = RQ_OPTION_CHOICE,
	 .offset = offsetof(struct rq_gate_keys, inconclusive),
	 .choices = inconclusive_choices,
	 .help = "what an inconclusive verdict does; absent: it warns in the profile pr and blocks in the profile release"},
};

enum { COMMON_COUNT = sizeof common_options / sizeof *common_options };

/* The keys of one kind's objects. `name` is the one choice that its "kind" has: {kind->name, NULL}. */
static void kind_table(struct rq_option table[KEYS_MAXIMUM], const struct rq_gate_kind *kind, const char *const name[2])
{
	size_t count = COMMON_COUNT;

	memcpy(table, common_options, sizeof common_options);
	table[0].choices = name;
	table[0].help = kind->help;
	for (const struct rq_option *option = kind->options; option->name != NULL && count + 1 < KEYS_MAXIMUM; option++)
		table[count++] = *option;
	table[count] = (struct rq_option)RQ_OPTIONS_END;
}

static enum rq_status find_kind(const struct rq_gate_kind **kind, const rq_json *object, const char *path, struct rq_error *err)
{
	const rq_json *value = rq_json_get(object, "kind");
	const char *names[KEYS_MAXIMUM], *text = value == NULL ? NULL : rq_json_string(value);
	char shown[SHOWN], list[256] = "";
	size_t count = 0;

	for (size_t i = 0; rq_gate_kinds[i] != NULL && count < KEYS_MAXIMUM; i++) {
		names[count++] = rq_gate_kinds[i]->name;
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s\"%s\"", i == 0 ? "" : ", ", rq_gate_kinds[i]->name);
		if (text != NULL && strcmp(text, rq_gate_kinds[i]->name) == 0) {
			*kind = rq_gate_kinds[i];
			return RQ_OK;
		}
	}
	if (value == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s.kind: missing; expected one of %s", path, list);
	rq_json_show(shown, sizeof shown, value);
	const char *nearest = text == NULL ? NULL : rq_nearest_name(text, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s.kind: %s is no kind of gate; did you mean \"%s\"?", path, shown, nearest);
	return rq_fail(err, RQ_E_CONFIG, "%s.kind: %s is no kind of gate; expected one of %s", path, shown, list);
}

/* "value" of min and max: the metric decides whether it has a unit. */
static enum rq_status read_value(struct rq_gate_keys *keys, const char *path, struct rq_error *err)
{
	const char *text = rq_json_string(keys->value);
	bool is_duration = rq_gate_unit(&keys->gate) == RQ_SECONDS;
	char shown[SHOWN];

	if (is_duration && text != NULL && rq_parse_duration(&keys->gate.limit, text, strlen(text)))
		return RQ_OK;
	if (!is_duration && isfinite(rq_json_number(keys->value))) {
		keys->gate.limit = rq_json_number(keys->value);
		return RQ_OK;
	}
	rq_json_show(shown, sizeof shown, keys->value);
	return rq_fail(err, RQ_E_CONFIG, "%s.value: %s is not allowed; expected %s", path, shown,
	               is_duration                    ? "a duration with its unit, like \"50ms\""
	               : rq_gate_is_rate(&keys->gate) ? "how many a second, a number such as 100"
	                                              : "a number such as 0.8");
}

static enum rq_status parse_object(struct rq_gate *gate, const rq_json *object, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_gate_keys keys = {.gate.path = path};
	struct rq_option table[KEYS_MAXIMUM];

	RQ_TRY(find_kind(&keys.gate.kind, object, path, err));
	const char *const name[] = {keys.gate.kind->name, NULL};
	kind_table(table, keys.gate.kind, name);
	RQ_TRY(rq_options_parse(&keys, table, object, path, ".", arena, err));
	if (rq_metric_parse(&keys.gate.metric, keys.metric, err) != RQ_OK)
		return rq_fail_within(err, "%s.metric", path);
	if (keys.value != NULL)
		RQ_TRY(read_value(&keys, path, err));
	/* Which default holds depends on the metric, so the tables have none. */
	keys.gate.level = rq_gate_is_time(&keys.gate) ? RQ_LEVEL_WARN : RQ_LEVEL_ERROR;
	if (rq_json_get(object, "level") != NULL)
		keys.gate.level = (enum rq_level)keys.level;
	if (rq_json_get(object, "inconclusive") != NULL)
		keys.gate.inconclusive = RQ_INCONCLUSIVE_WARNS + keys.inconclusive;
	RQ_TRY(rq_gate_finish(&keys.gate, arena, err));
	*gate = keys.gate;
	return RQ_OK;
}

static enum rq_status parse_gate(struct rq_gate *gate, const rq_json *value, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char shown[SHOWN];

	if (rq_json_string(value) != NULL)
		return rq_gate_parse_expression(gate, rq_json_string(value), path, arena, err);
	if (rq_json_type(value) == RQ_JSON_OBJECT)
		return parse_object(gate, value, path, arena, err);
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_CONFIG, "%s: %s is not allowed; expected an expression such as \"RR@10 >= 0.8\", or an object", path, shown);
}

static enum rq_status parse_all(struct rq_gates *gates, const rq_json *array, struct rq_error *err)
{
	bool judged = false;

	gates->gates = rq_arena_alloc(&gates->arena, rq_json_size(array), sizeof *gates->gates);
	if (gates->gates == NULL)
		return rq_fail_memory(err);
	for (const rq_json *value = rq_json_first(array); value != NULL; value = rq_json_next(value)) {
		const char *path = rq_arena_printf(&gates->arena, "gates[%zu]", gates->count);
		if (path == NULL)
			return rq_fail_memory(err);
		RQ_TRY(parse_gate(&gates->gates[gates->count], value, path, &gates->arena, err));
		judged = judged || gates->gates[gates->count].level != RQ_LEVEL_OFF;
		gates->count++;
	}
	if (!judged)
		return rq_fail(err, RQ_E_CONFIG, "gates: all are off; a run without gates cannot fail, so leave one at \"warn\" at least");
	return RQ_OK;
}

enum rq_status rq_gates_parse(struct rq_gates *gates, const rq_json *array, struct rq_error *err)
{
	char shown[SHOWN];

	*gates = (struct rq_gates){0};
	if (array == NULL)
		return rq_fail(err, RQ_E_CONFIG, "gates: missing; a run without gates cannot fail");
	if (rq_json_type(array) != RQ_JSON_ARRAY) {
		rq_json_show(shown, sizeof shown, array);
		return rq_fail(err, RQ_E_CONFIG, "gates: %s is not allowed; expected an array of gates", shown);
	}
	if (rq_json_size(array) == 0)
		return rq_fail(err, RQ_E_CONFIG, "gates: empty; a run without gates cannot fail");
	enum rq_status status = parse_all(gates, array, err);
	if (status != RQ_OK)
		rq_gates_release(gates);
	return status;
}

void rq_gates_release(struct rq_gates *gates)
{
	rq_arena_release(&gates->arena);
	*gates = (struct rq_gates){0};
}

rq_json *rq_gates_schema(void)
{
	rq_json *schema = rq_json_new_object();
	struct rq_option table[KEYS_MAXIMUM];

	rq_json_set_string(schema, "type", "array");
	rq_json_set_number(schema, "minItems", 1);
	rq_json_set_string(schema, "description", "what must hold; an element is an expression or an object");
	rq_json *forms = rq_json_set_array(rq_json_set_object(schema, "items"), "oneOf");
	rq_json *expression = rq_json_push_object(forms);
	rq_json_set_string(expression, "type", "string");
	rq_json_set_string(expression, "pattern", "[<>]=");
	rq_json_set_string(
		expression, "description",
		"METRIC OP NUMBER, METRIC[slice=x] OP NUMBER, drop(METRIC) <= NUMBER, latency.p99 <= 50ms or latency.rate >= 100; OP is >= or <=");
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++) {
		const char *const name[] = {rq_gate_kinds[i]->name, NULL};
		kind_table(table, rq_gate_kinds[i], name);
		rq_json_push(forms, rq_options_schema(table));
	}
	return schema;
}

void rq_gates_foresee(const struct rq_gates *gates, size_t topics, struct rq_buf *notes)
{
	for (size_t i = 0; i < gates->count; i++) {
		const struct rq_gate *gate = &gates->gates[i];
		if (!gate->kind->paired || gate->level == RQ_LEVEL_OFF || topics >= rq_topics_needed(gate->limit))
			continue;
		rq_buf_printf(notes, "%s: %zu topics cannot pass a margin of %s unless the rankings are the same; ", gate->path, topics,
		              rq_show_limit(gate->limit, false).text);
		if (rq_smallest_margin(topics) < 1)
			rq_buf_printf(notes, "the smallest they can decide is %s\n", rq_show_limit(rq_smallest_margin(topics), false).text);
		else
			rq_buf_puts(notes, "so few can decide none\n");
	}
}
