/* What is there to evaluate: files loaded, judgments checked against them, the topics that every mean is over. */
#include "datasets/datasets.h"
#include "datasets/sample.h"
#include "evalcore/pipeline/stages.h"

#include <stdio.h>
#include <string.h>

enum { LISTED = 5 }; /* examples named in a message */

const char *rq_corpus_file(const struct rq_config *config, enum rq_side side)
{
	const struct rq_side_config *candidate = &config->sides[RQ_CANDIDATE];
	const char *corpus = config->sides[RQ_BASELINE].corpus != NULL ? config->sides[RQ_BASELINE].corpus : config->dataset.corpus;
	const char *other = candidate->run != NULL ? NULL : candidate->corpus != NULL ? candidate->corpus : config->dataset.corpus;

	if (corpus == NULL)
		corpus = other; /* beside a run file the candidate's is the only one */
	if (side == RQ_BASELINE)
		return corpus;
	return corpus == NULL || other == NULL || strcmp(other, corpus) == 0 ? NULL : other;
}

static enum rq_status load_files(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_dataset_config *dataset = &pipeline->config->dataset;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const char *corpus = rq_corpus_file(pipeline->config, side);
		if (corpus != NULL)
			RQ_TRY(rq_corpus_load(&pipeline->corpora[side], corpus, dataset->fields.items, dataset->fields.count, err));
		if (corpus != NULL && dataset->source_field != NULL)
			RQ_TRY(rq_corpus_load_sources(&pipeline->corpora[side], corpus, dataset->source_field, err));
	}
	if (dataset->topics != NULL)
		RQ_TRY(rq_topics_load(&pipeline->topics, dataset->topics, err));
	return rq_qrels_load(&pipeline->qrels, dataset->qrels, err);
}

/* Is the judged document there: as a document, or as a parent of one? */
static enum rq_status known_documents(struct rq_ids *known, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		RQ_TRY(rq_corpus_units(known, &pipeline->corpora[side], pipeline->config->dataset.unit == RQ_UNIT_PARENT, err));
	return RQ_OK;
}

struct unknown {
	size_t topics, documents;
	char examples[768];
	size_t listed;
};

/* `document` NULL: the topic itself is unknown. */
static void list_example(struct unknown *unknown, const char *topic, const char *document, unsigned line)
{
	size_t used = strlen(unknown->examples), room = sizeof unknown->examples - used;
	const char *comma = unknown->listed == 0 ? "" : ", ";

	if (unknown->listed++ >= LISTED)
		return;
	if (document == NULL)
		snprintf(unknown->examples + used, room, "%sline %u: topic \"%s\"", comma, line, topic);
	else
		snprintf(unknown->examples + used, room, "%sline %u: topic \"%s\" document \"%s\"", comma, line, topic, document);
}

static enum rq_status count_unknown(struct unknown *unknown, const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_qrels *qrels = &pipeline->qrels;
	RQ_CLEANUP(rq_ids_release) struct rq_ids known = {0};

	RQ_TRY(known_documents(&known, pipeline, err));
	for (size_t t = 0; t < qrels->count; t++) {
		const struct rq_topic_judgments *topic = &qrels->topics[t];
		if (pipeline->topics.count > 0 && rq_ids_find(&pipeline->topics.ids, topic->topic, strlen(topic->topic)) == RQ_ID_NONE) {
			unknown->topics++;
			list_example(unknown, topic->topic, NULL, topic->count == 0 ? 0 : topic->judgments[0].line);
		}
		for (size_t i = 0; known.count > 0 && i < topic->count; i++) {
			const char *document = topic->judgments[i].document;
			if (rq_ids_find(&known, document, strlen(document)) != RQ_ID_NONE)
				continue;
			unknown->documents++;
			list_example(unknown, topic->topic, document, topic->judgments[i].line);
		}
	}
	return RQ_OK;
}

/* With "unit": "parent" the judgments name parents, so there must be some. */
static enum rq_status check_unit(const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_dataset_config *dataset = &pipeline->config->dataset;

	if (dataset->unit != RQ_UNIT_PARENT)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		for (size_t i = 0; i < pipeline->corpora[side].count; i++)
			if (pipeline->corpora[side].documents[i].parent != NULL)
				return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\": no document names a parent, and dataset.unit is \"parent\"; give the documents a \"parent\", or leave the unit out",
	               dataset->corpus == NULL ? "corpus" : dataset->corpus);
}

static enum rq_status check_judgments(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct unknown unknown = {0};
	const struct rq_dataset_config *dataset = &pipeline->config->dataset;
	struct rq_comparison *comparison = &pipeline->comparison;

	RQ_TRY(count_unknown(&unknown, pipeline, err));
	RQ_TRY(rq_add_count(comparison, "judged_topics_unknown", unknown.topics, err));
	RQ_TRY(rq_add_count(comparison, "judged_documents_unknown", unknown.documents, err));
	if (unknown.topics + unknown.documents == 0)
		return RQ_OK;
	const char *more = unknown.listed > LISTED ? ", ..." : "";
	if (dataset->unknown_judgments == 0)
		return rq_fail(err, RQ_E_DATA,
		               "\"%s\": %zu topic%s and %zu document%s are judged but not in the topics and corpus files (%s%s); mend the files, or set "
		               "dataset.unknown_judgments to \"warn\"",
		               dataset->qrels, unknown.topics, unknown.topics == 1 ? "" : "s", unknown.documents, unknown.documents == 1 ? "" : "s", unknown.examples, more);
	return rq_remark(comparison, true, err, "%zu topic%s and %zu document%s are judged but not in the topics and corpus files: %s%s", unknown.topics,
	                 unknown.topics == 1 ? "" : "s", unknown.documents, unknown.documents == 1 ? "" : "s", unknown.examples, more);
}

/* Without a relevant document every metric of every ranking is 0, and no change could ever fail. */
static enum rq_status check_relevance(const struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_qrels *qrels = &pipeline->qrels;

	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			if (qrels->topics[t].judgments[i].grade > 0)
				return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\": no document is relevant to any topic, so nothing can be compared; expected grades of 1 or more where a document answers",
	               pipeline->config->dataset.qrels);
}

static enum rq_status check_depth(struct rq_pipeline *pipeline, struct rq_error *err)
{
	const struct rq_config *config = pipeline->config;
	size_t documents = SIZE_MAX, deepest = 10;

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (config->sides[side].run == NULL && rq_side_corpus(pipeline, side)->count < documents)
			documents = rq_side_corpus(pipeline, side)->count;
	if (config->cutoff != 0 && (size_t)config->cutoff > documents)
		return rq_fail(err, RQ_E_CONFIG, "cutoff: %lld is larger than the corpus (%zu documents); expected at most that", (long long)config->cutoff, documents);
	for (size_t i = 0; i < config->metric_count; i++) {
		const struct rq_metric_spec *spec = &config->metrics[i];
		if (spec->cutoff > documents)
			return rq_fail(err, RQ_E_CONFIG, "metrics or gates: \"%s\" looks deeper than the corpus (%zu documents); expected a cutoff of at most that", spec->name, documents);
		size_t depth = spec->cutoff == 0 && spec->metric->source == RQ_FROM_JUDGMENTS ? 100 : spec->cutoff; /* whole-ranking metrics want some depth */
		deepest = depth > deepest ? depth : deepest;
	}
	if (config->depth > documents)
		return rq_fail(err, RQ_E_CONFIG, "gates: one looks %zu deep into rankings, deeper than the corpus (%zu documents); expected at most that", config->depth, documents);
	deepest = config->depth > deepest ? config->depth : deepest;
	if (documents == SIZE_MAX) /* two run files, which are as deep as they are */
		deepest = 0;
	pipeline->cutoff = config->cutoff != 0 ? (size_t)config->cutoff : deepest < documents ? deepest : documents;
	pipeline->comparison.cutoff = pipeline->cutoff;
	return RQ_OK;
}

/* The denominator of every mean: judged topics that are there and answerable. */
static enum rq_status choose_topics(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	const struct rq_topics *topics = &pipeline->topics;
	size_t unjudged = 0, judged_unanswerable = 0;

	comparison->topics = rq_arena_alloc(&comparison->arena, pipeline->qrels.count, sizeof *comparison->topics);
	comparison->unanswerable = rq_arena_alloc(&comparison->arena, topics->count, sizeof *comparison->unanswerable);
	if (comparison->topics == NULL || comparison->unanswerable == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; topics->count == 0 && i < pipeline->qrels.count; i++)
		comparison->topics[comparison->topic_count++] = (struct rq_compared_topic){.id = pipeline->qrels.topics[i].topic, .text = ""};
	for (size_t i = 0; i < topics->count; i++) {
		const struct rq_topic *topic = &topics->topics[i];
		bool judged = rq_qrels_find(&pipeline->qrels, topic->id) != NULL;
		if (!topic->answerable)
			comparison->unanswerable[comparison->unanswerable_count++] =
				(struct rq_compared_topic){.id = topic->id, .text = topic->text, .slice = topic->slice, .cluster = topic->cluster};
		judged_unanswerable += !topic->answerable && judged;
		unjudged += topic->answerable && !judged;
		if (topic->answerable && judged)
			comparison->topics[comparison->topic_count++] =
				(struct rq_compared_topic){.id = topic->id, .text = topic->text, .slice = topic->slice, .cluster = topic->cluster};
	}
	RQ_TRY(rq_add_count(comparison, "topics", topics->count > 0 ? topics->count : pipeline->qrels.count, err));
	RQ_TRY(rq_add_count(comparison, "topics_unanswerable", comparison->unanswerable_count, err));
	RQ_TRY(rq_add_count(comparison, "topics_unjudged", unjudged, err));
	RQ_TRY(rq_add_count(comparison, "judgments", pipeline->qrels.judgments, err));
	if (comparison->topic_count == 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": judges no topic of \"%s\" that is answerable; nothing can be scored", pipeline->config->dataset.qrels,
		               pipeline->config->dataset.topics == NULL ? "the qrels" : pipeline->config->dataset.topics);
	if (unjudged > 0)
		RQ_TRY(rq_remark(comparison, false, err, "%zu topic%s no judgments and %s outside every mean", unjudged, unjudged == 1 ? " has" : "s have",
		                 unjudged == 1 ? "is" : "are"));
	if (judged_unanswerable > 0)
		RQ_TRY(rq_remark(comparison, true, err, "%zu topic%s marked unanswerable and yet judged; %s left out", judged_unanswerable,
		                 judged_unanswerable == 1 ? " is" : "s are", judged_unanswerable == 1 ? "it is" : "they are"));
	return RQ_OK;
}

/* Numbers the clusters that topics name. */
static enum rq_status name_clusters(size_t **of, size_t *clustered, struct rq_ids *names, const struct rq_compared_topic *topics, size_t count,
                                    struct rq_arena *arena, struct rq_error *err)
{
	*clustered = 0;
	*of = rq_arena_alloc(arena, count, sizeof **of);
	if (*of == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (topics[i].cluster == NULL)
			continue;
		uint32_t number = rq_ids_add(names, topics[i].cluster, strlen(topics[i].cluster), NULL);
		if (number == RQ_ID_NONE)
			return rq_fail_memory(err);
		(*of)[i] = number;
		(*clustered)++;
	}
	return RQ_OK;
}

/* A topic that names none is one by itself. */
static void number_single(size_t *of, size_t *next, const struct rq_compared_topic *topics, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (topics[i].cluster == NULL)
			of[i] = (*next)++;
}

static enum rq_status find_clusters(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	RQ_CLEANUP(rq_ids_release) struct rq_ids names = {0};
	size_t *of, *of_unanswerable, clustered, clustered_unanswerable;

	RQ_TRY(name_clusters(&of, &clustered, &names, comparison->topics, comparison->topic_count, &comparison->arena, err));
	size_t named = names.count;
	RQ_TRY(name_clusters(&of_unanswerable, &clustered_unanswerable, &names, comparison->unanswerable, comparison->unanswerable_count, &comparison->arena,
	                     err));
	size_t count = names.count;
	number_single(of, &count, comparison->topics, comparison->topic_count);
	number_single(of_unanswerable, &count, comparison->unanswerable, comparison->unanswerable_count);
	comparison->clusters = (struct rq_clusters){clustered > 0 ? of : NULL, count, clustered_unanswerable > 0 ? of_unanswerable : NULL};
	if (clustered == 0)
		return RQ_OK;
	return rq_remark(comparison, false, err, "%zu of %zu topics are in %zu clusters: what is compared is counted in clusters (%zu with the topics that are in none)",
	                 clustered, comparison->topic_count, named, named + comparison->topic_count - clustered);
}

/* A corpus that "rqgate dataset sample" cut says so in every report. */
static enum rq_status describe_sample(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_sample_mark mark;

	RQ_TRY(rq_sample_mark_read(&mark, rq_corpus_file(pipeline->config, side), pipeline->corpora[side].sha256, err));
	if (mark.state == RQ_SAMPLE_NONE)
		return RQ_OK;
	rq_sample_mark_describe(&text, &mark);
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_add_count(&pipeline->comparison, side == RQ_CANDIDATE ? "documents_before_sampling_candidate" : "documents_before_sampling", mark.counts.source, err));
	return rq_remark(&pipeline->comparison, true, err, "%s%s", side == RQ_CANDIDATE ? "the candidate's " : "", text.data);
}

static enum rq_status describe_corpus(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_corpus *corpus = &pipeline->corpora[side];
	const char *own = side == RQ_CANDIDATE ? "candidate" : NULL;
	char name[64];

	if (corpus->count == 0)
		return RQ_OK;
	RQ_TRY(rq_add_input(&pipeline->comparison, own, "corpus", corpus->sha256, err));
	snprintf(name, sizeof name, "documents%s", own == NULL ? "" : "_candidate");
	RQ_TRY(rq_add_count(&pipeline->comparison, name, corpus->count, err));
	snprintf(name, sizeof name, "documents_empty%s", own == NULL ? "" : "_candidate");
	RQ_TRY(rq_add_count(&pipeline->comparison, name, corpus->empty, err));
	RQ_TRY(describe_sample(pipeline, side, err));
	if (corpus->empty > 0)
		RQ_TRY(rq_remark(&pipeline->comparison, false, err, "%zu of %zu documents %s empty in every field%s; %s kept", corpus->empty, corpus->count,
		                 corpus->empty == 1 ? "is" : "are", own == NULL ? "" : " of the candidate's corpus", corpus->empty == 1 ? "it is" : "they are"));
	return RQ_OK;
}

enum rq_status rq_stage_dataset(struct rq_pipeline *pipeline, struct rq_error *err)
{
	uint64_t started = rq_clock_ns();
	struct rq_comparison *comparison = &pipeline->comparison;

	RQ_TRY(load_files(pipeline, err));
	RQ_TRY(rq_add_input(comparison, NULL, "config", pipeline->config->sha256, err));
	RQ_TRY(describe_corpus(pipeline, RQ_BASELINE, err));
	RQ_TRY(describe_corpus(pipeline, RQ_CANDIDATE, err));
	if (pipeline->topics.count > 0)
		RQ_TRY(rq_add_input(comparison, NULL, "topics", pipeline->topics.sha256, err));
	RQ_TRY(rq_add_input(comparison, NULL, "qrels", pipeline->qrels.sha256, err));
	RQ_TRY(check_relevance(pipeline, err));
	RQ_TRY(choose_topics(pipeline, err));
	RQ_TRY(check_unit(pipeline, err));
	RQ_TRY(check_judgments(pipeline, err));
	RQ_TRY(check_depth(pipeline, err));
	RQ_TRY(rq_load_approved(pipeline, err)); /* which may leave topics out */
	RQ_TRY(rq_add_count(comparison, "topics_scored", comparison->topic_count, err));
	RQ_TRY(find_clusters(pipeline, err));
	return rq_add_stage(comparison, "load", started, err);
}
