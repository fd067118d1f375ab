#include "evalcore/compare/answers.h"

#include "evalcore/base/system.h"
#include "evalcore/scoring/evidence.h"
#include "evalcore/scoring/paired.h"
#include "metrics/overlap.h"
#include "metrics/stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *rq_why_name(enum rq_why why)
{
	static const char *const names[RQ_WHYS] = {[RQ_WHY_NOT_KNOWN] = "not known",
	                                           [RQ_WHY_REMOVED] = "document removed",
	                                           [RQ_WHY_ADDED] = "document added",
	                                           [RQ_WHY_TEXT] = "text changed",
	                                           [RQ_WHY_MOVED] = "vector moved",
	                                           [RQ_WHY_DIMENSIONS] = "vectors of other dimensions",
	                                           [RQ_WHY_OVERTAKEN] = "others beside it changed",
	                                           [RQ_WHY_INDEX] = "index"};

	return names[why];
}

void rq_answer_changes_release(struct rq_answer_changes *changes)
{
	rq_arena_release(&changes->comparison.arena);
	rq_arena_release(&changes->arena);
	*changes = (struct rq_answer_changes){0};
}

/* ---- how much is the same ---- */

static const char *text_of(const struct rq_answers_request *request, const char *id)
{
	const struct rq_topic *topic = request->topics == NULL ? NULL : rq_topics_find(request->topics, id);

	return topic == NULL || topic->text == NULL ? "" : topic->text;
}

/* Both runs are in strcmp order. */
static enum rq_status join_topics(struct rq_answer_changes *changes, const struct rq_answers_request *request, struct rq_error *err)
{
	const struct rq_run *before = request->runs[RQ_BASELINE], *now = request->runs[RQ_CANDIDATE];

	changes->topics = rq_arena_alloc(&changes->arena, before->count + now->count + 1, sizeof *changes->topics);
	if (changes->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0, j = 0; i < before->count || j < now->count;) {
		int order = i == before->count ? 1 : j == now->count ? -1 : strcmp(before->rankings[i].topic, now->rankings[j].topic);
		const char *id = order <= 0 ? before->rankings[i].topic : now->rankings[j].topic;
		changes->topics[changes->count++] = (struct rq_topic_change){.id = id, .text = text_of(request, id), .moved = NAN};
		changes->only[RQ_BASELINE] += order < 0;
		changes->only[RQ_CANDIDATE] += order > 0;
		i += order <= 0;
		j += order >= 0;
	}
	if (changes->count == 0 || changes->only[RQ_BASELINE] + changes->only[RQ_CANDIDATE] == changes->count)
		return rq_fail(err, RQ_E_DATA, "A and B have no topic in common, so there is nothing to compare; are both of one set of topics?");
	return RQ_OK;
}

static enum rq_status measure_overlap(struct rq_answer_changes *changes, const struct rq_answers_request *request, struct rq_error *err)
{
	struct rq_overlap overlap = {0};
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < changes->count && status == RQ_OK; i++) {
		struct rq_topic_change *topic = &changes->topics[i];
		const struct rq_ranking *before = rq_run_answer(request->runs[RQ_BASELINE], topic->id);
		const struct rq_ranking *now = rq_run_answer(request->runs[RQ_CANDIDATE], topic->id);
		status = rq_overlap_count(&overlap, before, now, changes->depth, err);
		if (status != RQ_OK)
			break;
		size_t longer = overlap.lengths[0] > overlap.lengths[1] ? overlap.lengths[0] : overlap.lengths[1];
		changes->nothing += longer == 0;
		topic->overlap = longer == 0 ? 1 : (double)overlap.shared / (double)longer;
		topic->jaccard = rq_jaccard(&overlap);
		topic->rbo = rq_rbo(&overlap, RQ_RBO_PERCENT / 100.);
		topic->same = rq_rankings_alike(before, now, changes->depth);
		changes->same += topic->same;
	}
	rq_overlap_release(&overlap);
	return status;
}

static struct rq_mean mean_of(const double *values, size_t count)
{
	struct rq_mean mean = {.mean = rq_mean(values, count)};

	rq_mean_bounds(&mean.lower, &mean.upper, values, count);
	return mean;
}

static enum rq_status average_overlap(struct rq_answer_changes *changes, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *values = malloc((3 * changes->count + 1) * sizeof *values);

	if (values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < changes->count; i++) {
		values[i] = changes->topics[i].overlap;
		values[changes->count + i] = changes->topics[i].jaccard;
		values[2 * changes->count + i] = changes->topics[i].rbo;
	}
	changes->overlap = mean_of(values, changes->count);
	changes->jaccard = mean_of(values + changes->count, changes->count);
	changes->rbo = mean_of(values + 2 * changes->count, changes->count);
	return RQ_OK;
}

/* ---- what it costs or gains ---- */

/* All judged topics of run files, as "rqgate eval" has it; those that were searched for of indexes. Unanswerable ones are outside every mean. */
static bool counts(const struct rq_answers_request *request, const char *id)
{
	const struct rq_topic *topic = request->topics == NULL ? NULL : rq_topics_find(request->topics, id);

	if (topic != NULL && !topic->answerable)
		return false;
	return request->holdings == NULL || rq_run_find(request->runs[RQ_BASELINE], id) != NULL;
}

static enum rq_status set_topics(struct rq_comparison *comparison, const struct rq_answers_request *request, const struct rq_join *join,
                                 struct rq_error *err)
{
	const struct rq_qrels *qrels = request->qrels;

	comparison->topics = rq_arena_alloc(&comparison->arena, qrels->count + 1, sizeof *comparison->topics);
	comparison->metrics = rq_arena_alloc(&comparison->arena, request->spec_count + 1, sizeof *comparison->metrics);
	if (comparison->topics == NULL || comparison->metrics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < qrels->count; i++) {
		const char *id = qrels->topics[i].topic;
		const struct rq_pool_topic *topic = rq_join_topic(join, id);
		if (counts(request, id))
			comparison->topics[comparison->topic_count++] = (struct rq_compared_topic){
				.id = id, .text = text_of(request, id), .has_grade_0 = topic->judged_count > topic->ideal_count};
	}
	if (comparison->topic_count == 0)
		return rq_fail(err, RQ_E_DATA, "none of the %zu judged topics was searched for; are judgments and topics of one set?", qrels->count);
	return RQ_OK;
}

/* Where neither run has a judged topic, every metric is 0 on both sides, which would look like no difference. */
static enum rq_status count_lacking(struct rq_answer_changes *changes, const struct rq_answers_request *request,
                                    struct rq_error *err)
{
	const struct rq_comparison *comparison = &changes->comparison;
	size_t nowhere = 0;

	for (size_t i = 0; i < comparison->topic_count; i++) {
		bool lacks[RQ_SIDES];
		for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
			lacks[side] = rq_run_find(request->runs[side], comparison->topics[i].id) == NULL;
			changes->lacking[side] += lacks[side];
		}
		nowhere += lacks[RQ_BASELINE] && lacks[RQ_CANDIDATE];
	}
	if (nowhere < comparison->topic_count)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "none of %zu judged topics (\"%s\" for one) is in A or B, which have \"%s\" for one; are judgments and "
	               "runs of one set?",
	               comparison->topic_count, comparison->topics[0].id, changes->topics[0].id);
}

static enum rq_status score(double **values, const struct rq_run *run, const struct rq_metric_spec *spec, struct rq_comparison *comparison,
                            const struct rq_join *join, struct rq_error *err)
{
	*values = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof **values);
	if (*values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < comparison->topic_count; i++) {
		const char *id = comparison->topics[i].id;
		struct rq_judged_ranking judged = rq_judge_ranking(rq_run_answer(run, id), rq_join_topic(join, id), join->hits);
		(*values)[i] = spec->metric->score(&judged, spec);
	}
	return RQ_OK;
}

static enum rq_status compare_metric(struct rq_metric_result *result, const struct rq_metric_spec *spec, struct rq_comparison *comparison,
                                     const struct rq_answers_request *request, const struct rq_join *join, struct rq_error *err)
{
	double *values[RQ_SIDES], *exact[RQ_SIDES];
	bool *same = rq_arena_alloc(&comparison->arena, comparison->topic_count, sizeof *same);
	bool is_split = request->exact[RQ_BASELINE] != NULL && request->exact[RQ_CANDIDATE] != NULL;

	*result = rq_metric_result_of(spec);
	if (same == NULL)
		return rq_fail_memory(err);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		RQ_TRY(score(&values[side], request->runs[side], spec, comparison, join, err));
		RQ_TRY(rq_metric_summarise(result, side, spec, values[side], comparison->topic_count, err));
		if (is_split)
			RQ_TRY(score(&exact[side], request->exact[side], spec, comparison, join, err));
		for (size_t i = 0; is_split && i < comparison->topic_count; i++)
			if (rq_run_find(request->exact[side], comparison->topics[i].id) == NULL) /* outside of what was searched exactly */
				exact[side][i] = NAN;
		result->exact[side] = is_split ? exact[side] : NULL;
	}
	if (!rq_metric_pairs(spec->metric))
		return RQ_OK;
	for (size_t i = 0; i < comparison->topic_count; i++)
		same[i] = rq_rankings_alike(rq_run_answer(request->runs[RQ_BASELINE], comparison->topics[i].id),
		                            rq_run_answer(request->runs[RQ_CANDIDATE], comparison->topics[i].id), spec->cutoff);
	RQ_TRY(rq_metric_pair(result, same, comparison->topic_count, NULL, err));
	return rq_metric_attribute(result, is_split ? NULL : request->exact_note, comparison->topics, comparison->topic_count, &comparison->arena, err);
}

static enum rq_status compare_metrics(struct rq_answer_changes *changes, const struct rq_answers_request *request,
                                      const struct rq_join *join, struct rq_error *err)
{
	struct rq_comparison *comparison = &changes->comparison;

	RQ_TRY(set_topics(comparison, request, join, err));
	RQ_TRY(count_lacking(changes, request, err));
	for (size_t i = 0; i < request->spec_count; i++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(compare_metric(&comparison->metrics[i], &request->specs[i], comparison, request, join, err));
		comparison->metric_count++;
	}
	return rq_evidence_weigh(comparison, NULL, err);
}

/* ---- why ---- */

struct telling {
	struct rq_answer_changes *changes;
	const struct rq_answers_request *request;
	const struct rq_join *join;
	struct rq_scene scene;
};

/* What exact search over both sides can differ by. */
struct difference {
	bool vectors, documents;
};

static struct difference difference_of(const struct rq_document_changes *documents)
{
	if (documents == NULL)
		return (struct difference){false, false};
	return (struct difference){documents->absent != NULL || documents->moved + documents->directionless > 0,
	                           documents->only_count[RQ_BASELINE] + documents->only_count[RQ_CANDIDATE] > 0};
}

static const char *exact_part(const struct rq_answers_request *request)
{
	struct difference difference = difference_of(request->documents);

	if (difference.vectors && difference.documents)
		return "embedding and corpus";
	return difference.documents ? "corpus" : "embedding";
}

static struct rq_scene scene_of(const struct rq_answers_request *request)
{
	struct rq_scene scene = {.unjudged = request->qrels == NULL, .relevant = 1, .frame = {.depth = request->depth, .index = {"", ""}}};
	struct difference difference = difference_of(request->documents);

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES && request->holdings != NULL; side++)
		scene.held[side] = &request->holdings[side].ids;
	if (difference.vectors)
		scene.frame.change = difference.documents ? "the new vectors and documents" : "the new vectors";
	else
		scene.frame.change = difference.documents ? "the new documents" : NULL;
	return scene;
}

/* What else is known of the document whose rank exact search explains. */
static enum rq_why tell_vector(struct rq_buf *out, const struct telling *telling, const char *document)
{
	const struct rq_answers_request *request = telling->request;
	if (request->documents != NULL && request->documents->other_dimensions)
		return RQ_WHY_DIMENSIONS;
	const struct rq_document_pair *pair =
		request->documents == NULL || request->documents->absent != NULL ? NULL : rq_document_pair_find(request->documents, request->holdings, document);

	if (pair == NULL)
		return RQ_WHY_NOT_KNOWN;
	if (!pair->moved && !(isnan(pair->cosine) && !pair->same)) {
		rq_buf_puts(out, pair->same ? "; its own vector is the same" : "; its own vector has hardly moved");
		rq_buf_puts(out, pair->text_changed ? ", though its text changed" : "");
		return RQ_WHY_OVERTAKEN;
	}
	if (isnan(pair->cosine))
		rq_buf_puts(out, "; its vector is zero on one side");
	else
		rq_buf_printf(out, pair->text_changed ? "; its text changed, and its vector with it (cosine %.4f)" : "; its vector moved (cosine %.4f)", pair->cosine);
	return pair->text_changed ? RQ_WHY_TEXT : RQ_WHY_MOVED;
}

static enum rq_why tell(struct rq_buf *out, const struct telling *telling, const struct rq_move *move, enum rq_cause cause)
{
	if (cause == RQ_CAUSE_REMOVED || cause == RQ_CAUSE_ADDED) {
		rq_buf_printf(out, cause == RQ_CAUSE_REMOVED ? "%s is no longer there" : "%s is new", move->document);
		return cause == RQ_CAUSE_REMOVED ? RQ_WHY_REMOVED : RQ_WHY_ADDED;
	}
	rq_move_tell(out, move);
	if (cause == RQ_CAUSE_VECTORS)
		return tell_vector(out, telling, move->document);
	return cause == RQ_CAUSE_INDEX ? RQ_WHY_INDEX : RQ_WHY_NOT_KNOWN;
}

static enum rq_status tell_topic(struct telling *telling, struct rq_topic_change *topic, struct rq_error *err)
{
	const struct rq_answers_request *request = telling->request;
	struct rq_scene *scene = &telling->scene;
	struct rq_arena *arena = &telling->changes->arena;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_move move;
	enum rq_cause cause;

	scene->topic = rq_join_topic(telling->join, topic->id);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		scene->found[side] = rq_run_answer(request->runs[side], topic->id);
		scene->exact[side] = request->exact[side] == NULL ? NULL : rq_run_find(request->exact[side], topic->id);
	}
	RQ_TRY(rq_scene_explain(&move, &cause, scene, telling->join->hits, arena, err));
	if (move.document == NULL)
		return RQ_OK;
	topic->why = tell(&text, telling, &move, cause);
	RQ_TRY(rq_buf_check(&text, err));
	topic->document = move.document;
	topic->told = text.size == 0 ? NULL : rq_arena_strdup(arena, text.data);
	return text.size > 0 && topic->told == NULL ? rq_fail_memory(err) : RQ_OK;
}

static struct rq_topic_change *find_topic(const struct rq_answer_changes *changes, const char *id)
{
	size_t first = 0, end = changes->count;

	while (first < end) {
		size_t middle = first + (end - first) / 2;
		int order = strcmp(changes->topics[middle].id, id);
		if (order == 0)
			return &changes->topics[middle];
		if (order < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return NULL;
}

/* The first metric that moved speaks for the topic. NULL: none did. */
static const struct rq_metric_spec *find_moved(double *moved, const struct telling *telling, size_t number)
{
	const struct rq_comparison *comparison = &telling->changes->comparison;

	for (size_t i = 0; i < comparison->metric_count; i++) {
		const struct rq_metric_result *metric = &comparison->metrics[i];
		if (!metric->compared)
			continue;
		*moved = metric->per_topic[RQ_CANDIDATE][number] - metric->per_topic[RQ_BASELINE][number];
		if (fabs(*moved) > RQ_TIE_TOLERANCE)
			return &telling->request->specs[i];
	}
	return NULL;
}

static enum rq_status tell_judged(struct telling *telling, struct rq_error *err)
{
	struct rq_answer_changes *changes = telling->changes;

	for (size_t i = 0; i < changes->comparison.topic_count; i++) {
		struct rq_topic_change *topic = find_topic(changes, changes->comparison.topics[i].id);
		double moved = 0;
		const struct rq_metric_spec *spec = find_moved(&moved, telling, i);
		if (spec == NULL || topic == NULL) /* neither run has it: both score 0 */
			continue;
		topic->metric = spec->name;
		topic->moved = moved;
		telling->scene.relevant = spec->relevant;
		telling->scene.gained = moved > 0;
		RQ_TRY(tell_topic(telling, topic, err));
		*(moved < 0 ? &changes->lost : &changes->gained) += 1;
		(moved < 0 ? changes->lost_by : changes->gained_by)[topic->why]++;
		changes->comparison.topics[i].cause = topic->told;
	}
	return RQ_OK;
}

static enum rq_status tell_unjudged(struct telling *telling, struct rq_error *err)
{
	struct rq_answer_changes *changes = telling->changes;

	for (size_t i = 0; i < changes->count; i++) {
		struct rq_topic_change *topic = &changes->topics[i];
		const struct rq_ranking *before = rq_run_answer(telling->request->runs[RQ_BASELINE], topic->id);
		if (topic->same)
			continue;
		changes->lost++;
		if (before->count == 0)
			topic->told = "A found nothing";
		else
			RQ_TRY(tell_topic(telling, topic, err));
		changes->lost_by[topic->why]++;
	}
	return RQ_OK;
}

static int by_document(const void *a, const void *b)
{
	return strcmp(((const struct rq_judgment *)a)->document, ((const struct rq_judgment *)b)->document);
}

/* Where nothing is judged: what the baseline found first is what can be lost. */
static enum rq_status wish_for(struct rq_qrels *wished, const struct rq_run *run, size_t depth, struct rq_error *err)
{
	wished->topics = rq_arena_alloc(&wished->arena, run->count + 1, sizeof *wished->topics);
	if (wished->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < run->count; i++) {
		const struct rq_ranking *ranking = &run->rankings[i];
		size_t count = ranking->count < depth ? ranking->count : depth;
		struct rq_judgment *judgments = rq_arena_alloc(&wished->arena, count + 1, sizeof *judgments);
		if (judgments == NULL)
			return rq_fail_memory(err);
		for (size_t j = 0; j < count; j++)
			judgments[j] = (struct rq_judgment){.document = ranking->documents[j].document, .grade = 1};
		qsort(judgments, count, sizeof *judgments, by_document);
		wished->topics[wished->count++] = (struct rq_topic_judgments){ranking->topic, judgments, count};
		wished->judgments += count;
	}
	return RQ_OK;
}

static enum rq_status compare_with(struct rq_answer_changes *changes, const struct rq_answers_request *request, const struct rq_qrels *qrels,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_join_release) struct rq_join join = {0};
	struct telling telling = {.changes = changes, .request = request, .join = &join, .scene = scene_of(request)};

	RQ_TRY(rq_join_init(&join, qrels, err));
	if (request->qrels == NULL)
		return tell_unjudged(&telling, err);
	RQ_TRY(compare_metrics(changes, request, &join, err));
	return tell_judged(&telling, err);
}

/* Searches are as deep as each other, but for indexes that hold less. */
static void measure_depth(struct rq_answer_changes *changes, const struct rq_answers_request *request)
{
	size_t looked_at = changes->depth, *deepest = changes->deepest;

	for (size_t i = 0; i < request->spec_count; i++) {
		size_t cutoff = request->specs[i].cutoff == 0 ? SIZE_MAX : request->specs[i].cutoff;
		looked_at = cutoff > looked_at ? cutoff : looked_at;
	}
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		deepest[side] = rq_run_depth(request->runs[side]);
	size_t least = deepest[RQ_BASELINE] < deepest[RQ_CANDIDATE] ? deepest[RQ_BASELINE] : deepest[RQ_CANDIDATE];
	changes->shallow = request->holdings == NULL && deepest[RQ_BASELINE] != deepest[RQ_CANDIDATE] && least < looked_at;
}

enum rq_status rq_answers_compare(struct rq_answer_changes *changes, const struct rq_answers_request *request, struct rq_error *err)
{
	struct rq_qrels wished = {0};

	changes->judged = request->qrels != NULL;
	changes->comparison.cutoff = request->depth;
	changes->comparison.exact_note = request->exact_note;
	changes->comparison.exact_part = exact_part(request);
	measure_depth(changes, request);
	RQ_TRY(join_topics(changes, request, err));
	RQ_TRY(measure_overlap(changes, request, err));
	RQ_TRY(average_overlap(changes, err));
	if (request->qrels != NULL)
		return compare_with(changes, request, request->qrels, err);
	enum rq_status status = wish_for(&wished, request->runs[RQ_BASELINE], changes->depth, err);
	if (status == RQ_OK)
		status = compare_with(changes, request, &wished, err);
	rq_arena_release(&wished.arena);
	return status;
}

/* ---- order ---- */

static int by_loss(const void *a, const void *b, void *context)
{
	const struct rq_answer_changes *changes = context;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	const struct rq_topic_change *x = &changes->topics[i], *y = &changes->topics[j];

	if (changes->judged && (x->moved > 0) != (y->moved > 0))
		return x->moved > 0 ? 1 : -1;
	double left = changes->judged ? -fabs(x->moved) : x->rbo, right = changes->judged ? -fabs(y->moved) : y->rbo;
	if (left != right)
		return left < right ? -1 : 1;
	return (i > j) - (i < j);
}

enum rq_status rq_answer_changes_order(size_t **order, size_t *count, const struct rq_answer_changes *changes, struct rq_error *err)
{
	*count = 0;
	*order = malloc((changes->count + 1) * sizeof **order);
	if (*order == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < changes->count; i++)
		if (changes->judged ? !isnan(changes->topics[i].moved) : !changes->topics[i].same)
			(*order)[(*count)++] = i;
	qsort_r(*order, *count, sizeof **order, by_loss, (void *)changes);
	return RQ_OK;
}
