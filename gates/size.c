/* size: what an index takes, on disk, in memory, or in time to build; as such, or against the baseline's. */
#include "gates/kind.h"
#include "gates/words.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <string.h>

static const char *const names[] = {[RQ_SIZE_INDEX] = "index", [RQ_SIZE_MEMORY] = "memory", [RQ_SIZE_BUILD] = "build", NULL};
static const char *const subjects[] = {[RQ_SIZE_INDEX] = "index size", [RQ_SIZE_MEMORY] = "index memory", [RQ_SIZE_BUILD] = "build time"};

struct size {
	struct rq_gate gate;
	int of; /* enum rq_size */
	const rq_json *most;
	double ratio; /* 0: it is no ratio */
	bool is_expression;
};

static const struct rq_option options[] = {
	{.name = "of",
     .type = RQ_OPTION_CHOICE,
     .offset = offsetof(struct size, of),
     .required = true,
     .choices = names,
     .help = "index: bytes of its file, or of the one that its library would write; memory: bytes, estimated from its parameters; build: how long "
             "building it took, where "
             "this run did that"},
	{.name = "max",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct size, most),
     .schema = "{\"type\": \"string\", \"pattern\": \"^[0-9.]+(B|[kMGT]B|[KMGT]iB|ns|us|ms|s|m|h|d|w)$\"}",
     .help = "the most that it may be: a size such as \"200MB\", of build a duration such as \"5m\""},
	{.name = "ratio",
     .type = RQ_OPTION_NUMBER,
     .offset = offsetof(struct size, ratio),
     .minimum = 0.01,
     .maximum = 1000,
     .help = "instead of max: how many times the baseline's it may be, such as 1.2"},
	RQ_OPTIONS_END,
};

static enum rq_unit unit_of(const struct size *size)
{
	return size->of == RQ_SIZE_BUILD ? RQ_SECONDS : RQ_BYTES;
}

static enum rq_status read_name(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct size *size = (struct size *)gate;

	(void)arena;
	size->is_expression = true;
	for (size->of = 0; size->of < RQ_SIZE_KINDS; size->of++)
		if (strcmp(text, names[size->of]) == 0)
			return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no size of an index; expected index, memory or build", text);
}

static bool read_limit(struct rq_gate *gate, const char *text, size_t length)
{
	uint64_t bytes;

	if (((struct size *)gate)->of == RQ_SIZE_BUILD)
		return rq_parse_duration(&gate->limit, text, length);
	if (!rq_parse_size(&bytes, text, length))
		return false;
	gate->limit = (double)bytes;
	return true;
}

static bool read_ratio(struct rq_gate *gate, const char *text, size_t length)
{
	struct size *size = (struct size *)gate;

	if (!rq_parse_f64(&gate->limit, text, length))
		return false;
	size->ratio = gate->limit;
	return true;
}

static const struct rq_gate_grammar ratio_form = {
	.word = "size_ratio", .compares = true, .bounded = "a size is bounded from above", .example = "1.2", .argument = read_name, .number = read_ratio};
static const struct rq_gate_grammar size_form = {.word = "size",
                                                 .bounded = "a size is bounded from above",
                                                 .example = "200MB, or 5m for build",
                                                 .units = "B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; for build ns, us, ms, s, m, h, d",
                                                 .argument = read_name,
                                                 .number = read_limit,
                                                 .next = &ratio_form};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct size *size = (struct size *)gate;
	const rq_json *most = size->most;
	const char *text = rq_json_string(most);

	(void)arena;
	size->most = NULL;
	gate->is_measured = size->of == RQ_SIZE_BUILD;
	if (size->is_expression) /* whose number has been read */
		return RQ_OK;
	if ((most == NULL) == (size->ratio == 0))
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"max\" and \"ratio\"", gate->path);
	gate->form = most == NULL ? &ratio_form : &size_form;
	if (most == NULL)
		gate->limit = size->ratio;
	else if (text == NULL || !read_limit(gate, text, strlen(text)))
		return rq_fail(err, RQ_E_CONFIG, "%s.max: expected a string such as %s", gate->path,
		               size->of == RQ_SIZE_BUILD ? "\"5m\", a duration" : "\"200MB\", a size");
	return RQ_OK;
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (gate->limit > 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: nothing is within %.15g; expected a limit such as %s", gate->path, gate->limit, gate->form->example);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct size *size = (const struct size *)gate;

	rq_buf_printf(out, "%s(%s) <= %s", gate->form->word, names[size->of],
	              rq_show_limit(gate->limit, size->ratio > 0 ? RQ_NO_UNIT : unit_of(size)).text);
}

/* A ratio needs both sides. */
static enum rq_status find_missing(const char **missing, const struct size *size, const struct rq_side_size *sizes, struct rq_arena *arena,
                                   struct rq_error *err)
{
	*missing = NULL;
	for (int side = size->ratio > 0 ? RQ_BASELINE : RQ_CANDIDATE; side < RQ_SIDES && *missing == NULL; side++) {
		const char *absent = sizes[side].absent[size->of], *name = side == RQ_BASELINE ? "baseline" : "candidate";
		if (absent != NULL)
			*missing = rq_arena_printf(arena, "has no value for the %s (%s)", name, absent);
		else if (!isfinite(sizes[side].value[size->of]))
			*missing = rq_arena_printf(arena, "has a value for the %s that is not a number", name);
		else if (size->ratio > 0 && !(sizes[RQ_BASELINE].value[size->of] > 0))
			*missing = "has a value of 0 for the baseline, of which nothing is a multiple";
		else
			continue;
		return *missing == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	return RQ_OK;
}

static const char *explain(const struct rq_gate_result *result, const struct size *size, const struct rq_side_size *sizes, struct rq_arena *arena)
{
	const char *relation = result->outcome == RQ_PASS ? "limit" : "over the limit";
	double limit = size->gate.limit;
	enum rq_unit unit = unit_of(size);

	if (size->ratio > 0)
		return rq_arena_printf(arena, "is %s times the baseline's (%s after %s), %s %s", rq_show_against(result->value, limit, RQ_NO_UNIT).text,
		                       rq_show_value(sizes[RQ_CANDIDATE].value[size->of], unit).text,
		                       rq_show_value(sizes[RQ_BASELINE].value[size->of], unit).text, relation, rq_show_limit(limit, RQ_NO_UNIT).text);
	return rq_arena_printf(arena, "is %s%s, %s %s", rq_show_against(result->value, limit, unit).text,
	                       size->of == RQ_SIZE_MEMORY ? " by estimate" : "", relation, rq_show_limit(limit, unit).text);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct size *size = (const struct size *)gate;
	const struct rq_side_size *sizes = comparison->sizes;
	const char *missing;

	(void)p_adjusted; /* no test is made: there is one index a side */
	result->metric = subjects[size->of];
	if (sizes == NULL)
		return rq_gate_absent(result, "was not measured in this run");
	for (int side = 0; side < RQ_SIDES; side++) {
		result->shown[side] = rq_arena_strdup(arena, rq_show_value(sizes[side].value[size->of], unit_of(size)).text);
		if (result->shown[side] == NULL)
			return rq_fail_memory(err);
	}
	RQ_TRY(find_missing(&missing, size, sizes, arena, err));
	if (missing != NULL)
		return rq_gate_absent(result, missing);
	result->value = sizes[RQ_CANDIDATE].value[size->of] / (size->ratio > 0 ? sizes[RQ_BASELINE].value[size->of] : 1);
	result->outcome = rq_at_most(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	result->next_step = "take a smaller index or raise the limit";
	return rq_gate_reason(result, explain(result, size, sizes, arena), err);
}

const struct rq_gate_kind rq_gate_kind_size = {
	.name = "size",
	.help = "the candidate's index takes no more than this on disk, in memory, or in time to build; as such, or as a multiple of the baseline's",
	.citation = "a contract on the index itself; memory as in evalcore/index/README.md, estimated from its parameters",
	.size = sizeof(struct size),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "index size",
	.measures = RQ_MEASURE_SIZE,
	.grammar = &size_form,
	.read = read_keys,
	.check = check,
	.print = print,
	.judge = judge,
};
