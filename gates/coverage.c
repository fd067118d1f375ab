/* coverage: whether there is enough to judge by. A candidate that answers nothing for some topics, or that returns documents nobody has graded, has
 * scores that say less than they seem to. */
#include "gates/kind.h"
#include "gates/words.h"

#include <string.h>

struct coverage {
	struct rq_gate gate; /* the limit: the least Judged@k */
	double missing, failed, holes;
};

static const struct rq_option options[] = {
	{.name = "judged",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct rq_gate, limit),
	 .standard = "0",
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the least mean share of judged documents in the candidate's first k"},
	{.name = "missing",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct coverage, missing),
	 .standard = "0",
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the largest share of topics that the candidate may lack, or find nothing for"},
	{.name = "failed",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct coverage, failed),
	 .standard = "0",
	 .minimum = 0,
	 .maximum = 1,
	 .help = "the largest share of topics whose search may fail"},
	{.name = "holes",
	 .type = RQ_OPTION_NUMBER,
	 .offset = offsetof(struct coverage, holes),
	 .standard = "0.05",
	 .minimum = 0,
	 .maximum = 1,
	 .help = "by how much the share of judged documents may fall against the baseline before the two cannot be compared; looked at where at least "
	         "half the topics have a judgment "
	         "of grade 0"},
	RQ_OPTIONS_END,
};

static const struct rq_gate_grammar grammar = {.word = "coverage", .at_least = true, .bounded = "a coverage is bounded from below", .example = "0.5"};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	(void)arena;
	return gate->metric.metric != NULL ? RQ_OK : rq_metric_parse(&gate->metric, "Judged@10", err);
}

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (strcmp(gate->metric.metric->name, "Judged") != 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is no share of judged documents; expected Judged@10, or with another cutoff", gate->path,
		               gate->metric.name);
	if (gate->limit >= 0 && gate->limit <= 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s: %.15g is no share between 0 and 1; expected one such as 0.5", gate->path, gate->limit);
}

struct covered {
	size_t missing, failed;
	double baseline, candidate; /* Judged@k */
};

static struct covered count_topics(const struct rq_comparison *comparison, const struct rq_metric_result *metric)
{
	struct covered covered = {.baseline = metric->value[RQ_BASELINE], .candidate = metric->value[RQ_CANDIDATE]};

	for (size_t i = 0; i < comparison->topic_count; i++) {
		const struct rq_ranking *ranking = rq_run_find(comparison->sides[RQ_CANDIDATE].ranked, comparison->topics[i].id);
		covered.missing += ranking == NULL || (!ranking->failed && ranking->count == 0); /* a search that finds nothing is in no run file */
		covered.failed += ranking != NULL && ranking->failed;
	}
	return covered;
}

/* What fails; "" where nothing does. NULL: memory. */
static const char *explain_failure(const struct coverage *coverage, const struct covered *covered, size_t topics, struct rq_arena *arena)
{
	double limit = coverage->gate.limit;

	if (!rq_at_least(covered->candidate, limit))
		return rq_arena_printf(arena, "is %s, under the floor %s", rq_show_against(covered->candidate, limit, RQ_NO_UNIT).text,
		                       rq_show_limit(limit, RQ_NO_UNIT).text);
	if (!rq_at_most((double)covered->missing / (double)topics, coverage->missing))
		return rq_arena_printf(arena, "rests on a candidate that lacks %zu of %zu topics (limit %s of them)", covered->missing, topics,
		                       rq_show_limit(coverage->missing, RQ_NO_UNIT).text);
	if (!rq_at_most((double)covered->failed / (double)topics, coverage->failed))
		return rq_arena_printf(arena, "rests on a candidate whose search failed for %zu of %zu topics (limit %s of them)", covered->failed, topics,
		                       rq_show_limit(coverage->failed, RQ_NO_UNIT).text);
	return "";
}

/* Where nothing fails: whether the two sides can be compared. */
static const char *explain_holes(struct rq_gate_result *result, const struct coverage *coverage, const struct covered *covered,
                                 const struct rq_gate_data *data, const struct rq_comparison *comparison, struct rq_arena *arena)
{
	struct rq_shown before = rq_show_value(covered->baseline, RQ_NO_UNIT), after = rq_show_value(covered->candidate, RQ_NO_UNIT);
	struct rq_shown floor = rq_show_limit(coverage->gate.limit, RQ_NO_UNIT);
	bool holes = !rq_at_most(covered->baseline - covered->candidate, coverage->holes);
	bool tellable = rq_gate_tells_holes(data, comparison);

	result->outcome = holes && tellable ? RQ_INCONCLUSIVE : RQ_PASS;
	result->doubtful = holes && !tellable;
	if (!holes)
		return rq_arena_printf(arena, "is %s after %s, floor %s", after.text, before.text, floor.text);
	if (tellable)
		return rq_arena_printf(arena, "it fell from %s to %s, so the two sides are not judged alike: a loss may be a hole in the judgments",
		                       before.text, after.text);
	return rq_arena_printf(arena,
	                       "is %s after %s, floor %s; %zu of %zu topics have a judgment of grade 0: with positives only, holes cannot be told "
	                       "from losses",
	                       after.text, before.text, floor.text, rq_gate_count_grade_0(data, comparison), data->count);
}

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct coverage *coverage = (const struct coverage *)gate;
	struct rq_gate_data data;

	(void)p_adjusted; /* counts on these very topics */
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_BASELINE, arena, err));
	RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	if (comparison->sides[RQ_CANDIDATE].ranked == NULL)
		return rq_gate_absent(result, "has no rankings of the candidate to be counted");
	struct covered covered = count_topics(comparison, data.metric);
	result->value = covered.candidate;
	const char *reason = explain_failure(coverage, &covered, comparison->topic_count, arena);
	bool failed = reason == NULL || reason[0] != '\0';
	result->next_step =
		failed && rq_at_least(covered.candidate, gate->limit) ? "find out why the candidate does not answer" : "judge what the candidate found anew";
	if (!failed)
		reason = explain_holes(result, coverage, &covered, &data, comparison, arena);
	return rq_gate_reason(result, reason, err);
}

const struct rq_gate_kind rq_gate_kind_coverage = {
	.name = "coverage",
	.help = "there is enough to judge by: documents that are judged, topics that the candidate answers, and no more holes than in the baseline",
	.citation =
		"unjudged documents: Buckley & Voorhees 2004, Retrieval evaluation with incomplete information, SIGIR; a contract on a fixed set, as in min",
	.size = sizeof(struct coverage),
	.options = options,
	.takes_metric = RQ_METRIC_OPTIONAL,
	.takes_no_slice = true,
	.compares = true,
	.needs_rankings = true,
	.grammar = &grammar,
	.read = read_keys,
	.check = check,
	.judge = judge,
};
