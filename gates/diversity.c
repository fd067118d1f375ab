/* diversity: that a list is not more of the same. Says in words what the metrics Unique@k, Sources@k and ILD@k measure; a drop of those is a gate of
 * kind max_drop. */
#include "gates/kind.h"
#include "gates/words.h"

#include <math.h>
#include <string.h>

enum measure { MEASURE_DUPLICATES, MEASURE_SOURCES, MEASURE_SIMILARITY, MEASURES };
static const char *const keys[] = {[MEASURE_DUPLICATES] = "duplicates", [MEASURE_SOURCES] = "sources", [MEASURE_SIMILARITY] = "similarity"};
static const char *const stems[] = {[MEASURE_DUPLICATES] = "Unique", [MEASURE_SOURCES] = "Sources", [MEASURE_SIMILARITY] = "ILD"};

struct diversity {
	struct rq_gate gate; /* the limit is what the key says; the metric's own is the other way round where it is a share of repetition */
	const rq_json *bounds[MEASURES];
	int64_t cutoff;
	enum measure measure;
};

static const struct rq_option options[] = {
	{.name = "duplicates",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct diversity, bounds[MEASURE_DUPLICATES]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "the largest mean share of the first documents whose text nearly repeats one ranked above it (1 - Unique@k)"},
	{.name = "sources",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct diversity, bounds[MEASURE_SOURCES]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "the least mean of distinct sources over the first documents (Sources@k); dataset.source_field names where a document says its source"},
	{.name = "similarity",
     .type = RQ_OPTION_RAW,
     .offset = offsetof(struct diversity, bounds[MEASURE_SIMILARITY]),
     .schema = RQ_SHARE_SCHEMA,
     .help = "the largest mean cosine between the vectors of the first documents, over all pairs of a list (1 - 2 ILD@k)"},
	{.name = "cutoff",
     .type = RQ_OPTION_INTEGER,
     .offset = offsetof(struct diversity, cutoff),
     .standard = "10",
     .minimum = 2,
     .maximum = 1000000,
     .help = "how many documents of a list are looked at"},
	RQ_OPTIONS_END,
};

static enum rq_status read_keys(struct rq_gate *gate, struct rq_arena *arena, struct rq_error *err)
{
	struct diversity *diversity = (struct diversity *)gate;
	const rq_json *bound = NULL;
	size_t named = 0;
	bool percent;

	for (int measure = 0; measure < MEASURES; measure++) {
		if (diversity->bounds[measure] == NULL)
			continue;
		bound = diversity->bounds[measure];
		diversity->bounds[measure] = NULL;
		diversity->measure = (enum measure)measure;
		named++;
	}
	if (named != 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected one of \"duplicates\", \"sources\" and \"similarity\"; each is a gate of its own", gate->path);
	RQ_TRY(rq_share_read(&gate->limit, &percent, bound, gate->path, keys[diversity->measure], err));
	const char *name = rq_arena_printf(arena, "%s@%lld", stems[diversity->measure], (long long)diversity->cutoff);
	return name == NULL ? rq_fail_memory(err) : rq_metric_parse(&gate->metric, name, err);
}

static void print(struct rq_buf *out, const struct rq_gate *gate)
{
	const struct diversity *diversity = (const struct diversity *)gate;

	rq_buf_printf(out, "%s@%lld %s %s", keys[diversity->measure], (long long)diversity->cutoff,
	              diversity->measure == MEASURE_SOURCES ? ">=" : "<=", rq_show_limit(gate->limit, RQ_NO_UNIT).text);
}

/* What the key speaks of, from the metric's value. */
static double turned(const struct diversity *diversity, double value)
{
	if (diversity->measure == MEASURE_DUPLICATES)
		return 1 - value;
	return diversity->measure == MEASURE_SIMILARITY ? 1 - 2 * value : value;
}

#define AGAINST(value) rq_show_against((value), gate->limit, RQ_NO_UNIT).text

static enum rq_status judge(struct rq_gate_result *result, const struct rq_gate *gate, const struct rq_comparison *comparison, double p_adjusted,
                            struct rq_arena *arena, struct rq_error *err)
{
	const struct diversity *diversity = (const struct diversity *)gate;
	static const char *const words[] = {[MEASURE_DUPLICATES] = "a share of near-duplicates",
	                                    [MEASURE_SOURCES] = "a share of distinct sources",
	                                    [MEASURE_SIMILARITY] = "a mean cosine"};
	bool floor = diversity->measure == MEASURE_SOURCES;
	struct rq_gate_data data;

	(void)p_adjusted; /* no test is made: these topics are the contract, as they are for a floor */
	RQ_TRY(rq_gate_find_data(&data, gate, comparison, RQ_CANDIDATE, arena, err));
	RQ_TRY(rq_gate_take_topics(&data, comparison, arena, err));
	if (data.missing != NULL)
		return rq_gate_absent(result, data.missing);
	const struct rq_metric_result *metric = data.metric;
	double baseline = turned(diversity, metric->value[RQ_BASELINE]);
	result->value = turned(diversity, metric->value[RQ_CANDIDATE]);
	result->outcome = (floor ? rq_at_least : rq_at_most)(result->value, gate->limit) ? RQ_PASS : RQ_FAIL;
	result->next_step = "look at the topics whose lists repeat, or collapse what repeats";
	return rq_gate_reason(result,
	                      rq_arena_printf(arena, "tells %s of %s in the first %lld, after %s in the baseline, %s%s %s", words[diversity->measure],
	                                      AGAINST(result->value), (long long)diversity->cutoff, rq_show_value(baseline, RQ_NO_UNIT).text,
	                                      result->outcome == RQ_PASS ? ""
	                                      : floor                    ? "under the "
	                                                                 : "over the ",
	                                      floor ? "floor" : "limit", rq_show_limit(gate->limit, RQ_NO_UNIT).text),
	                      err);
}

const struct rq_gate_kind rq_gate_kind_diversity = {
	.name = "diversity",
	.help = "lists are not more of the same: near-duplicate texts, distinct sources, or the similarity of their vectors among the first documents",
	.citation = "near-duplicates: Broder 1997, SEQUENCES; intra-list similarity: Ziegler et al. 2005, WWW; a contract on a fixed set, as in min",
	.size = sizeof(struct diversity),
	.options = options,
	.takes_metric = RQ_METRIC_NONE,
	.subject = "diversity",
	.read = read_keys,
	.print = print,
	.judge = judge,
};
