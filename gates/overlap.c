/* overlap: how much of what users see may change, whether it is relevant or not. Judged from both sides' rankings, so it needs no judgments, and
 * catches a change of lists that few judgments would not show. */
#include "gates/kind.h"
#include "gates/words.h"
#include "metrics/overlap.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum measure { MEASURE_RBO, MEASURE_JACCARD, MEASURE_CHANGED };
enum { CUTOFF_MAXIMUM = 1000000 };

static const char *const measures[] = {[MEASURE_RBO] = "RBO", [MEASURE_JACCARD] = "Jaccard", [MEASURE_CHANGED] = "changed"};
static const double standard_p = 0.9;

struct overlap {
	struct rq_gate gate;
	const char *name; /* of an object: "RBO@10" */
	const rq_json *value;
	enum measure measure;
	size_t cutoff;
	double p; /* of RBO */
};

static const struct rq_option options[] = {
	{.name = "measure",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct overlap, name),
	 .required = true,
	 .help = "\"RBO@10\", \"RBO(p=0.95)@10\" (p: 0.9) or \"Jaccard@10\" of both rankings; or \"changed@10\", the share of topics whose first 10 are "
	         "not the same in the same order"},
	{.name = "value",
	 .type = RQ_OPTION_RAW,
	 .offset = offsetof(struct overlap, value),
	 .required = true,
	 .schema = RQ_SHARE_SCHEMA,
	 .help = "the least mean over topics of RBO or Jaccard; of changed, the largest share"},
	RQ_OPTIONS_END,
};

/* "(p=0.95)", where there is one. NULL: it is no such thing. */
static const char *read_p(double *p, const char *at)
{
	*p = standard_p;
	if (*at != '(')
		return at;
	const char *close = strchr(at, ')');
	if (close == NULL || strncmp(at, "(p=", 3) != 0 || !rq_parse_f64(p, at + 3, (size_t)(close - at - 3)) || !(*p > 0 && *p < 1))
		return NULL;
	return close + 1;
}

static bool read_cutoff(size_t *cutoff, const char *text)
{
	double number;

	if (!rq_parse_f64(&number, text, strlen(text)) || !(number >= 1 && number <= CUTOFF_MAXIMUM) || number != floor(number))
		return false;
	*cutoff = (size_t)number;
	return true;
}

static enum rq_status read_measure(struct overlap *overlap, const char *text, struct rq_error *err)
{
	for (size_t i = 0; i < sizeof measures / sizeof *measures; i++) {
		size_t length = strlen(measures[i]);
		if (strncmp(text, measures[i], length) != 0)
			continue;
		const char *at = i == MEASURE_RBO ? read_p(&overlap->p, text + length) : text + length;
		if (at == NULL || *at != '@' || !read_cutoff(&overlap->cutoff, at + 1))
			break;
		overlap->measure = (enum measure)i;
		return RQ_OK;
	}
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no overlap of rankings; expected RBO@10, RBO(p=0.95)@10, Jaccard@10 or changed@10", text);
}

static enum rq_status overlap_argument(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct overlap *overlap = (struct overlap *)gate;

	(void)arena;
	RQ_TRY(read_measure(overlap, text, err));
	if (overlap->measure == MEASURE_CHANGED)
		return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is bounded from above; write changed(%zu) <= 20%%", text, overlap->cutoff);
	return RQ_OK;
}

static enum rq_status changed_argument(struct rq_gate *gate, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	struct overlap *overlap = (struct overlap *)gate;

	(void)arena;
	overlap->measure = MEASURE_CHANGED;
	if (read_cutoff(&overlap->cutoff, text))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "\"%.100s\" is no cutoff; expected how many ranks are looked at, such as 10", text);
}

static const struct rq_gate_grammar changed_form = {
	.word = "changed", .bounded = "a change is bounded from above", .example = "20%", .argument = changed_argument, .number = rq_share_number};
static const struct rq_gate_grammar overlap_form = {.word = "overlap",
                                                    .at_least = true,
                                                    .bounded = "an overlap is bounded from below",
                                                    .example = "0.7",
                                                    .argument = overlap_argument,
                                                    .number = rq_share_number,
                                                    .next = &changed_form};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct overlap *overlap = (struct overlap *)gate;
	const rq_json *value = overlap->value;
	bool percent;

	(void)arena;
	overlap->value = NULL;
	if (overlap->name == NULL) /* an expression */
		return RQ_OK;
	if (read_measure(overlap, overlap->name, err) != RQ_OK)
		return rq_fail_within(err, "%s.measure", gate->path);
	gate->form = overlap->measure == MEASURE_CHANGED ? &changed_form : &overlap_form;
	return rq_share_read(&gate->limit, &percent, value, gate->path, "value", err);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (gate->limit >= 0 && gate->limit <= 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: a bound of %.15g is not between 0 and 1; expected one such as %s", gate->path, gate->limit,
	               gate->form->example);
}

/* "RBO@10", "RBO(p=0.95)@10" */
static const char *name_of(const struct overlap *overlap, char name[64])
{
	if (overlap->measure == MEASURE_RBO && overlap->p != standard_p)
		snprintf(name, 64, "RBO(p=%.15g)@%zu", overlap->p, overlap->cutoff);
	else
		snprintf(name, 64, "%s@%zu", measures[overlap->measure], overlap->cutoff);
	return name;
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct overlap *overlap = (const struct overlap *)gate;
	char name[64];

	if (overlap->measure == MEASURE_CHANGED)
		rq_buf_printf(out, "changed(%zu) <= %s", overlap->cutoff, rq_show_share(gate->limit).text);
	else
		rq_buf_printf(out, "overlap(%s) >= %s", name_of(overlap, name), rq_show_limit(gate->limit, RQ_NO_UNIT).text);
}

static size_t depth(const struct rq_gate *gate)
{
	return ((const struct overlap *)gate)->cutoff;
}

static bool is_changed(const struct rq_overlap *counted, const struct rq_ranking *a, const struct rq_ranking *b)
{
	if (counted->lengths[0] != counted->lengths[1])
		return true;
	for (size_t i = 0; i < counted->lengths[0]; i++)
		if (strcmp(a->documents[i].document, b->documents[i].document) != 0)
			return true;
	return false;
}

struct measured {
	double *values; /* [topic] */
	size_t changed; /* topics with other lists */
	size_t least;   /* the topic whose lists are least alike */
	size_t longest; /* documents of the longest list of both sides, at most the cutoff */
	size_t uneven;  /* topics of which one list ends before the cutoff, and before the other */
};

static enum rq_status measure_topics(struct measured *measured, const struct overlap *overlap, const struct rq_comparison *comparison,
                                     struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_overlap_release) struct rq_overlap counted = {0};

	*measured = (struct measured){.values = rq_arena_alloc(arena, comparison->topic_count, sizeof *measured->values)};
	if (measured->values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *baseline = rq_run_find(comparison->sides[RQ_BASELINE].ranked, comparison->topics[i].id);
		const struct rq_ranking *candidate = rq_run_find(comparison->sides[RQ_CANDIDATE].ranked, comparison->topics[i].id);
		RQ_TRY(rq_overlap_count(&counted, baseline, candidate, overlap->cutoff, err));
		size_t longer = counted.lengths[0] > counted.lengths[1] ? counted.lengths[0] : counted.lengths[1];
		size_t shorter = counted.lengths[0] + counted.lengths[1] - longer;
		measured->longest = longer > measured->longest ? longer : measured->longest;
		measured->uneven += shorter > 0 && shorter < longer;
		bool failed = candidate != NULL && candidate->failed; /* whose empty list is no answer, and like none */
		bool changed = failed || is_changed(&counted, baseline, candidate);
		measured->changed += changed;
		measured->values[i] = overlap->measure == MEASURE_CHANGED ? changed
		                      : failed                            ? 0
		                      : overlap->measure == MEASURE_RBO   ? rq_rbo(&counted, overlap->p)
		                                                          : rq_jaccard(&counted);
		if (measured->values[i] < measured->values[measured->least])
			measured->least = i;
	}
	return RQ_OK;
}

#define AGAINST(gate, value) rq_show_against((value), (gate)->limit, RQ_NO_UNIT).text

static const char *explain(const struct rq_gate_result *result, const struct overlap *overlap, const struct measured *measured,
                           const struct rq_comparison *comparison, struct rq_arena *arena)
{
	const struct rq_gate *gate = &overlap->gate;
	size_t topics = comparison->topic_count;
	char name[64];

	if (overlap->measure == MEASURE_CHANGED)
		return rq_arena_printf(arena, "differ in the first %zu for %zu of %zu topics (%s of them, limit %s)", overlap->cutoff, measured->changed,
		                       topics, AGAINST(gate, result->value), rq_show_limit(gate->limit, RQ_NO_UNIT).text);
	if (result->outcome == RQ_PASS)
		return rq_arena_printf(arena, "agree by %s %s on average, floor %s; %zu of %zu topics have another top %zu", name_of(overlap, name),
		                       AGAINST(gate, result->value), rq_show_limit(gate->limit, RQ_NO_UNIT).text, measured->changed, topics, overlap->cutoff);
	return rq_arena_printf(arena, "agree by %s %s on average, under the floor %s; %zu of %zu topics have another top %zu, most of all \"%s\" (%s)",
	                       name_of(overlap, name), AGAINST(gate, result->value), rq_show_limit(gate->limit, RQ_NO_UNIT).text, measured->changed,
	                       topics, overlap->cutoff, comparison->topics[measured->least].id,
	                       rq_show_value(measured->values[measured->least], RQ_NO_UNIT).text);
}

/* "": nothing. Where lists are cut shorter the gate lacks its data: run files are as deep as they are, and RBO is extrapolated from what there is, so
 * that the first document alone would stand for all. An empty list is an answer. NULL: no memory. */
static const char *find_lack(const struct overlap *overlap, const struct measured *measured, const struct rq_comparison *comparison,
                             struct rq_arena *arena)
{
	const char *lack = "";

	if (comparison->cutoff == 0 && measured->longest < overlap->cutoff)
		lack = rq_arena_printf(arena, "are %zu deep in both run files, and the gate looks at the first %zu", measured->longest, overlap->cutoff);
	else if (overlap->measure == MEASURE_RBO && 2 * measured->uneven > comparison->topic_count)
		lack = rq_arena_printf(arena, "of one side end before those of the other in %zu of %zu topics, and the gate looks at the first %zu of both",
		                       measured->uneven, comparison->topic_count, overlap->cutoff);
	return lack;
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct overlap *overlap = (const struct overlap *)gate;
	struct measured measured;

	(void)p_adjusted; /* no test is made: these topics are the contract, as they are for a floor */
	if (comparison->topic_count == 0)
		return rq_gate_absent(result, "were compared on no topic");
	for (int side = 0; side < RQ_SIDES; side++)
		if (comparison->sides[side].ranked == NULL)
			return rq_gate_absent(result, side == RQ_BASELINE ? "of the baseline are not there to be compared"
			                                                  : "of the candidate are not there to be compared");
	if (comparison->cutoff > 0 && comparison->cutoff < overlap->cutoff) {
		RQ_TRY(rq_gate_absent(result, NULL));
		return rq_gate_reason(
			result, rq_arena_printf(arena, "are %zu deep in this run, and the gate looks at the first %zu", comparison->cutoff, overlap->cutoff),
			err);
	}
	RQ_TRY(measure_topics(&measured, overlap, comparison, arena, err));
	const char *lack = find_lack(overlap, &measured, comparison, arena);
	if (lack == NULL)
		return rq_fail_memory(err);
	if (lack[0] != '\0')
		return rq_gate_absent(result, lack);
	result->value = rq_mean(measured.values, comparison->topic_count);
	result->outcome = (overlap->measure == MEASURE_CHANGED ? rq_at_most : rq_at_least)(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	result->next_step = "look at what moved, or approve the change";
	return rq_gate_reason(result, explain(result, overlap, &measured, comparison, arena), err);
}

const struct rq_gate_kind rq_gate_kind_overlap = {
	.name = "overlap",
	.help = "what both sides retrieve stays alike: mean rank-biased overlap or Jaccard over topics, or the share of topics with another top k",
	.citation = "RBO: Webber, Moffat & Zobel 2010, ACM TOIS 28(4), extrapolated; a contract on a fixed set, as in min",
	.size = sizeof(struct overlap),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "rankings",
	.compares = true,
	.grammar = &overlap_form,
	.read = read_keys,
	.check = check,
	.print = print,
	.depth = depth,
	.judge = judge,
};
