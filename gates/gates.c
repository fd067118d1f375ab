/* The registry of gate kinds, and the config's "gates": strings in the grammar of expression.c, or objects read through option tables. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/stats/stats.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <stdlib.h>
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

static const char waiver_help[] = "accepts that the gate fails, until a day: it is judged and told, and does not block";

static const struct rq_option common_options[] = {
	{.name = "kind", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct rq_gate, keys.kind), .required = true, .help = "the kind of gate"},
	{.name = "metric",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_gate, keys.metric),
	 .required = true,
	 .help = "the metric that is judged, such as \"nDCG@10\""},
	{.name = "slice", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_gate, slice), .help = "judge only the topics of this slice"},
	{.name = "level",
	 .type = RQ_OPTION_CHOICE,
	 .offset = offsetof(struct rq_gate, keys.level),
	 .choices = levels,
     .help =
	     "error blocks, warn only tells, off leaves the gate out; absent: error, but warn for what each run measures anew and for advisory kinds"},
	{.name = "owner", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_gate, owner), .help = "whom to ask when the gate fails"},
	{.name = "runbook",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_gate, runbook),
	 .help = "where it is written what to do when the gate fails"},
	{.name = "inconclusive",
	 .type = RQ_OPTION_CHOICE,
	 .offset = offsetof(struct rq_gate, keys.inconclusive),
	 .choices = inconclusive_choices,
	 .help = "what an inconclusive verdict does; absent: it warns in the profile pr, unless holes in the judgments may be why it is no failure, and "
	         "blocks in the profile release"},
	{.name = "waiver",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct rq_gate, keys.waiver),
	 .help = waiver_help},
};

/* The keys of one kind's objects. `name` is the one choice that its "kind" has: {kind->name, NULL}. */
static void kind_table(struct rq_option table[KEYS_MAXIMUM], const struct rq_gate_kind *kind, const char *const name[2])
{
	size_t count = 0;

	for (size_t i = 0; i < sizeof common_options / sizeof *common_options; i++) {
		bool metric = common_options[i].offset == offsetof(struct rq_gate, keys.metric),
			 slice = common_options[i].offset == offsetof(struct rq_gate, slice);
		if ((kind->takes_metric == RQ_METRIC_NONE && (metric || slice)) || (kind->takes_no_slice && slice))
			continue;
		table[count] = common_options[i];
		table[count++].required = i == 0 || (metric && kind->takes_metric == RQ_METRIC_REQUIRED);
	}
	table[0].choices = name;
	table[0].help = kind->help;
	for (const struct rq_option *option = kind->options; option->name != NULL && count + 1 < KEYS_MAXIMUM; option++)
		table[count++] = *option;
	table[count] = (struct rq_option)RQ_OPTIONS_END;
}

struct rq_gate *rq_gate_new(const char *path, struct rq_arena *arena)
{
	size_t size = sizeof(struct rq_gate);

	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++)
		size = rq_gate_kinds[i]->size > size ? rq_gate_kinds[i]->size : size;
	struct rq_gate *gate = rq_arena_alloc(arena, 1, size);
	if (gate == NULL)
		return NULL;
	gate->path = rq_arena_strdup(arena, path);
	return gate->path == NULL ? NULL : gate;
}

enum rq_status rq_gate_standards(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *nothing = rq_json_new_object();
	struct rq_option table[KEYS_MAXIMUM];
	size_t count = 0;

	if (nothing == NULL)
		return rq_fail_memory(err);
	for (const struct rq_option *option = gate->kind->options; option->name != NULL && count + 1 < KEYS_MAXIMUM; option++) {
		table[count] = *option;
		table[count++].required = false;
	}
	table[count] = (struct rq_option)RQ_OPTIONS_END;
	return rq_options_parse(gate, table, nothing, gate->path, ".", arena, err);
}

static enum rq_status find_kind(const struct rq_gate_kind **kind, const rq_json *object, const char *path, struct rq_error *err)
{
	const rq_json *value = rq_json_get(object, "kind");
	const char *names[KEYS_MAXIMUM], *text = value == NULL ? NULL : rq_json_string(value);
	char shown[SHOWN], list[512] = "";
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

static enum rq_level standard_level(const struct rq_gate *gate)
{
	if (gate->kind->level != RQ_LEVEL_OFF)
		return gate->kind->level;
	return gate->kind->is_measured || gate->is_measured || rq_gate_is_time(gate) ? RQ_LEVEL_WARN : RQ_LEVEL_ERROR;
}

enum rq_status rq_margin_check(const struct rq_gate *gate, const char *example, struct rq_error *err)
{
	if (gate->limit > 0 && gate->limit < 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: a margin of %.15g is not between 0 and 1; expected an absolute margin such as %s", gate->path, gate->limit,
	               example);
}

enum rq_status rq_gate_finish(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (gate->kind->read != NULL)
		RQ_TRY(gate->kind->read(gate, arena, err));
	if (gate->kind->check != NULL)
		RQ_TRY(gate->kind->check(gate, err));
	gate->level = standard_level(gate);
	if (gate->kind->print != NULL)
		gate->kind->print(&text, gate);
	else
		rq_gate_print(&text, gate, rq_show_limit(gate->limit, rq_gate_unit(gate)).text);
	RQ_TRY(rq_buf_check(&text, err));
	gate->text = rq_arena_strndup(arena, text.data, text.size);
	return gate->text == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status parse_object(struct rq_gate *gate, const rq_json *object, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_option table[KEYS_MAXIMUM];

	RQ_TRY(find_kind(&gate->kind, object, gate->path, err));
	gate->form = gate->kind->grammar;
	const char *const name[] = {gate->kind->name, NULL};
	kind_table(table, gate->kind, name);
	RQ_TRY(rq_options_parse(gate, table, object, gate->path, ".", arena, err));
	if (gate->keys.metric != NULL && rq_metric_parse(&gate->metric, gate->keys.metric, err) != RQ_OK)
		return rq_fail_within(err, "%s.metric", gate->path);
	if (gate->keys.waiver != NULL)
		RQ_TRY(rq_waiver_read(&gate->waiver, gate->keys.waiver, gate->path, arena, err));
	if (rq_json_get(object, "inconclusive") != NULL)
		gate->inconclusive = RQ_INCONCLUSIVE_WARNS + gate->keys.inconclusive;
	RQ_TRY(rq_gate_finish(gate, arena, err));
	/* Which default holds depends on kind and metric, so the tables have none. */
	if (rq_json_get(object, "level") != NULL)
		gate->level = (enum rq_level)gate->keys.level;
	gate->keys = (struct rq_gate_keys){0};
	return RQ_OK;
}

static enum rq_status parse_gate(struct rq_gate **gate, const rq_json *value, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char shown[SHOWN];

	if (rq_json_string(value) != NULL)
		return rq_gate_parse_expression(gate, rq_json_string(value), path, arena, err);
	if (rq_json_type(value) == RQ_JSON_OBJECT) {
		*gate = rq_gate_new(path, arena);
		return *gate == NULL ? rq_fail_memory(err) : parse_object(*gate, value, arena, err);
	}
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
		judged = judged || gates->gates[gates->count]->level != RQ_LEVEL_OFF;
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

void rq_gates_place(struct rq_gates *gates, const size_t *lines)
{
	for (size_t i = 0; lines != NULL && i < gates->count; i++)
		gates->gates[i]->line = lines[i];
}

void rq_gates_release(struct rq_gates *gates)
{
	rq_arena_release(&gates->arena);
	*gates = (struct rq_gates){0};
}

bool rq_gate_compares(const struct rq_gate *gate)
{
	return gate->kind->compares || (gate->form != NULL && gate->form->compares);
}

/* What an expression may be. */
static void describe_expressions(rq_json *schema)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	size_t words = 0;

	rq_buf_puts(&text, "METRIC OP NUMBER or METRIC[slice=x] OP NUMBER, where OP is >= or <=, latency.p99 <= 50ms, latency.rate >= 100, or "
	                   "drift.FIGURE or drift.FIGURE OP NUMBER, WORD(METRIC) OP NUMBER with one of the words ");
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++)
		for (const struct rq_gate_grammar *form = rq_gate_kinds[i]->grammar; form != NULL && !form->dotted; form = form->next)
			rq_buf_printf(&text, "%s%s (%s)", words++ == 0 ? "" : ", ", form->word, form->at_least ? ">=" : "<=");
	if (text.failed)
		rq_json_set(schema, "description", NULL); /* marks the schema as incomplete */
	else
		rq_json_set_string(schema, "description", text.data);
}

static rq_json *kind_schema(const struct rq_gate_kind *kind)
{
	const char *const name[] = {kind->name, NULL};
	struct rq_option table[KEYS_MAXIMUM];

	kind_table(table, kind, name);
	rq_json *schema = rq_options_schema(table), *properties = rq_json_member(schema, "properties"), *waiver = rq_waiver_schema();
	rq_json_set_string(waiver, "description", waiver_help);
	rq_json_set(properties, "waiver", waiver);
	return schema;
}

rq_json *rq_gates_schema(void)
{
	rq_json *schema = rq_json_new_object();

	rq_json_set_string(schema, "type", "array");
	rq_json_set_number(schema, "minItems", 1);
	rq_json_set_string(schema, "description", "what must hold; an element is an expression or an object");
	rq_json *forms = rq_json_set_array(rq_json_set_object(schema, "items"), "oneOf");
	rq_json *expression = rq_json_push_object(forms);
	rq_json_set_string(expression, "type", "string");
	rq_json_set_string(expression, "pattern", "[<>]=|^ *drift[.]");
	describe_expressions(expression);
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++)
		rq_json_push(forms, kind_schema(rq_gate_kinds[i]));
	return schema;
}

static bool any_names(const char *slice, const struct rq_compared_topic *topics, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (topics[i].slice != NULL && strcmp(topics[i].slice, slice) == 0)
			return true;
	return false;
}

/* A slice that no topic names is a slip of the pen, which is told before anything is computed. */
static enum rq_status meet_slice(const struct rq_gate *gate, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	if (gate->slice == NULL || any_names(gate->slice, comparison->topics, comparison->topic_count) ||
	    any_names(gate->slice, comparison->unanswerable, comparison->unanswerable_count))
		return RQ_OK;
	const char *missing = rq_gate_no_such_slice(gate->slice, comparison, &arena);
	return missing == NULL ? rq_fail_memory(err) : rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" %s", gate->path, gate->text, missing);
}

enum rq_status rq_gates_meet(const struct rq_gates *gates, const struct rq_comparison *comparison, struct rq_error *err)
{
	for (size_t i = 0; i < gates->count; i++) {
		const struct rq_gate *gate = gates->gates[i];
		if (gate->level == RQ_LEVEL_OFF)
			continue;
		RQ_TRY(meet_slice(gate, comparison, err));
		if (gate->kind->meet != NULL)
			RQ_TRY(gate->kind->meet(gate, comparison, err));
	}
	return RQ_OK;
}

/* What drops of all topics are judged on, as the verdict counts it. */
static enum rq_status count_units(struct rq_units *units, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *zeros = calloc(comparison->topic_count + 1, sizeof *zeros);
	struct rq_gate_data topics = {.count = comparison->topic_count, .cluster_of = comparison->clusters.of};
	struct rq_paired paired;

	if (zeros == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_gate_pair(&paired, zeros, zeros, &topics, comparison, err));
	*units = (struct rq_units){rq_paired_units(&paired), rq_gate_units_name(&paired)};
	return RQ_OK;
}

enum rq_status rq_gates_foresee(const struct rq_gates *gates, const struct rq_comparison *comparison, struct rq_buf *notes, struct rq_error *err)
{
	struct rq_units units;

	RQ_TRY(count_units(&units, comparison, err));
	for (size_t i = 0; i < gates->count; i++)
		if (gates->gates[i]->kind->foresee != NULL && gates->gates[i]->level != RQ_LEVEL_OFF)
			gates->gates[i]->kind->foresee(notes, gates->gates[i], &units);
	return rq_buf_check(notes, err);
}
