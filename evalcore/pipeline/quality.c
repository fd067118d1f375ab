/* Texts before they are embedded: a load that went wrong shows in what is empty, cut short, glued together or in another language, and costs least
 * here. */
#include "evalcore/pipeline/stages.h"

#include "datasets/datasets.h"
#include "evalcore/pipeline/scripts.h"

#include <stdio.h>
#include <string.h>

/* Ways to be wrong. */
enum fault { EMPTY, TOO_SHORT, TOO_LONG, OTHER_SCRIPT, FAULTS };

static const char *const fault_names[FAULTS] = {"empty", "too_short", "too_long", "other_scripts"};
static const char *const fault_words[FAULTS] = {"empty", "too short", "too long", "in another script"};

enum { KEPT_MOST = 1000 };

/* The texts of one field of one side's documents, or the topics. */
struct looked {
	const struct rq_quality_limits *limits;
	size_t texts, count[FAULTS];
	const char *first[FAULTS]; /* id */
	bool passed[FAULTS];       /* more than the limit allows */
};

static bool is_other_script(const struct rq_strings *scripts, const char *text)
{
	int script = scripts->count == 0 ? -1 : rq_text_script(text);

	for (size_t i = 0; script >= 0 && i < scripts->count; i++)
		if (strcmp(scripts->items[i], rq_script_names[script]) == 0)
			return false;
	return script >= 0;
}

static void find_faults(bool is[FAULTS], const struct rq_quality_limits *limits, const char *text)
{
	int64_t length = rq_text_length(text);

	is[EMPTY] = length == 0;
	is[TOO_SHORT] = length > 0 && length < limits->min_length;
	is[TOO_LONG] = length > limits->max_length;
	is[OTHER_SCRIPT] = length > 0 && is_other_script(&limits->scripts, text);
}

static void look(struct looked *looked, const char *id, const char *text)
{
	bool is[FAULTS];

	find_faults(is, looked->limits, text);
	looked->texts++;
	for (int fault = 0; fault < FAULTS; fault++)
		if (is[fault] && looked->count[fault]++ == 0)
			looked->first[fault] = id;
}

/* For rq_corpus_show_fields. */
static void see(void *context, const struct rq_document *document, size_t field, const char *text)
{
	look((struct looked *)context + field, document->id, text);
}

/* "text": 12 of 100 are empty ("d3" for one), and "empty" allows 5 %. Of each limit that is passed. */
static void tell(struct rq_buf *out, struct looked *looked, const char *whose, const char *name)
{
	const double allowed[FAULTS] = {looked->limits->empty, looked->limits->too_short, looked->limits->too_long, looked->limits->other_scripts};

	for (int fault = 0; fault < FAULTS; fault++) {
		if ((double)looked->count[fault] <= allowed[fault] * (double)looked->texts)
			continue;
		looked->passed[fault] = true;
		rq_buf_printf(out, "%s%s\"%s\": %zu of %zu %s %s (\"%s\" for one), and \"%s\" allows %.4g %%", out->size == 0 ? "" : "; ", whose, name,
		              looked->count[fault], looked->texts, looked->count[fault] == 1 ? "is" : "are", fault_words[fault], looked->first[fault],
		              fault_names[fault], 100 * allowed[fault]);
	}
}

/* ---- what is kept of a job that is stopped ---- */

struct keeping {
	struct rq_failures *unfit;
	const struct rq_corpus *corpus; /* of documents */
	const char *side, *what;
	const struct rq_strings *fields;
	const struct looked *looked; /* of each field, or of the topics */
	struct rq_error *err;
};

/* A text that has its part in the stop. */
static void keep(const struct keeping *keeping, const struct looked *looked, const char *field, const char *id, size_t place, const char *text)
{
	bool is[FAULTS];
	char reason[200];

	find_faults(is, looked->limits, text);
	for (int fault = 0; fault < FAULTS; fault++) {
		if (!is[fault] || !looked->passed[fault] || keeping->unfit->count >= KEPT_MOST || keeping->err->status != RQ_OK)
			continue;
		snprintf(reason, sizeof reason, "%s%.100s%s%s, of which \"quality\" allows fewer", field == NULL ? "" : "\"", field == NULL ? "it" : field,
		         field == NULL ? " is " : "\" is ", fault_words[fault]);
		const struct rq_failure failure = {.side = keeping->side, .stage = "load", .what = keeping->what, .id = id,
		                                   .input = text == NULL ? "" : text, .reason = reason, .place = place};
		(void)!rq_failures_add(keeping->unfit, &failure, keeping->err);
	}
}

static void keep_field(void *context, const struct rq_document *document, size_t field, const char *text)
{
	const struct keeping *keeping = context;

	keep(keeping, &keeping->looked[field], keeping->fields->items[field], document->id, (size_t)(document - keeping->corpus->documents), text);
}

static bool has_passed(const struct looked *looked, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (int fault = 0; fault < FAULTS; fault++)
			if (looked[i].passed[fault])
				return true;
	return false;
}

static enum rq_status keep_documents(struct rq_pipeline *pipeline, enum rq_side side, const struct looked *looked, struct rq_error *err)
{
	const struct rq_strings *fields = &pipeline->config->dataset.fields;
	struct rq_error unkept = {0};
	struct keeping keeping = {.unfit = &pipeline->unfit, .corpus = &pipeline->corpora[side], .side = pipeline->config->sides[side].name,
	                          .what = "document", .fields = fields, .looked = looked, .err = &unkept};

	if (!has_passed(looked, fields->count))
		return RQ_OK;
	RQ_TRY(rq_corpus_show_fields(keeping.corpus, rq_corpus_file(pipeline->config, side), fields->items, fields->count, keep_field, &keeping, err));
	return unkept.status == RQ_OK ? RQ_OK : rq_fail_memory(err);
}

static enum rq_status keep_topics(struct rq_pipeline *pipeline, const struct looked *looked, struct rq_error *err)
{
	struct rq_error unkept = {0};
	const struct keeping keeping = {.unfit = &pipeline->unfit, .side = "", .what = "topic", .err = &unkept};

	for (size_t i = 0; i < pipeline->topics.count; i++)
		keep(&keeping, looked, NULL, pipeline->topics.topics[i].id, i, pipeline->topics.topics[i].text);
	return unkept.status == RQ_OK ? RQ_OK : rq_fail_memory(err);
}

/* ---- the stage ---- */

static enum rq_status look_at_documents(struct rq_buf *faults, struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err)
{
	const struct rq_strings *fields = &pipeline->config->dataset.fields;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct looked *looked = rq_arena_alloc(&arena, fields->count, sizeof *looked);

	if (looked == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < fields->count; i++)
		looked[i].limits = &pipeline->config->quality.fields[i];
	RQ_TRY(rq_corpus_show_fields(&pipeline->corpora[side], rq_corpus_file(pipeline->config, side), fields->items, fields->count, see, looked, err));
	for (size_t i = 0; i < fields->count; i++)
		tell(faults, &looked[i], side == RQ_CANDIDATE ? "the candidate's " : "", fields->items[i]);
	return keep_documents(pipeline, side, looked, err);
}

enum rq_status rq_stage_quality(struct rq_pipeline *pipeline, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf faults = {0};
	struct looked topics = {.limits = &pipeline->config->quality.topics};

	if (pipeline->config->quality.fields == NULL)
		return RQ_OK;
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		if (pipeline->corpora[side].count > 0)
			RQ_TRY(look_at_documents(&faults, pipeline, side, err));
	for (size_t i = 0; i < pipeline->topics.count; i++)
		look(&topics, pipeline->topics.topics[i].id, pipeline->topics.topics[i].text);
	tell(&faults, &topics, "", "topics");
	RQ_TRY(keep_topics(pipeline, &topics, err));
	RQ_TRY(rq_buf_check(&faults, err));
	if (faults.size == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "the texts are not what \"quality\" asks for, so nothing was embedded (mend the files, or change the limits): %s", faults.data);
}
