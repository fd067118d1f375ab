/* The last look before a text is embedded: are the texts, and each of their fields, as long, and written in the same scripts, as those of the
 * reference? */
#include "evalcore/pipeline/drift_parts.h"

#include "datasets/datasets.h"
#include "evalcore/pipeline/scripts.h"
#include "metrics/drift/population.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_MOST = 1000, REASON = 256, OF = 160 };

static const double level = 0.05;

/* Texts of one kind, then and now. */
struct texts {
	const char *of; /* "topics", "texts of \"title\"" */
	const struct rq_kept_text *then, *now;
	size_t then_count, now_count;
	const struct rq_quality_limits *limits;
	const char *side, *what;  /* as failures have it */
	const char *const *ids;   /* of now; NULL: none of them is kept */
};

struct looking {
	struct rq_pipeline *pipeline;
	struct rq_buf faults;
};

/* A text that has its part in the stop. */
static enum rq_status keep(struct looking *looking, const struct texts *texts, size_t place, const char *reason, struct rq_error *err)
{
	const struct rq_failure failure = {.side = texts->side, .stage = "load", .what = texts->what, .id = texts->ids[place], .input = "",
	                                   .reason = reason, .place = place};

	return looking->pipeline->unfit.count >= KEPT_MOST ? RQ_OK : rq_failures_add(&looking->pipeline->unfit, &failure, err);
}

static void begin_fault(struct looking *looking)
{
	rq_buf_puts(&looking->faults, looking->faults.size == 0 ? "" : "; ");
}

/* ---- lengths ---- */

static int by_value(const void *a, const void *b)
{
	float first = *(const float *)a, second = *(const float *)b;

	return (first > second) - (first < second);
}

/* Those that are shorter or longer than all but 1 % were on either side. */
static enum rq_status keep_lengths(struct looking *looking, const struct texts *texts, struct rq_vectors *then, struct rq_error *err)
{
	char reason[REASON];
	size_t tail = texts->then_count / 100;

	if (texts->ids == NULL)
		return RQ_OK;
	qsort(then->data, texts->then_count, sizeof *then->data, by_value);
	double least = then->data[tail], most = then->data[texts->then_count - 1 - tail];
	for (size_t i = 0; i < texts->now_count; i++) {
		double length = (double)texts->now[i].length;
		if (length >= least && length <= most)
			continue;
		snprintf(reason, sizeof reason, "of the %s this one has %.0f characters, where those of the reference have %.0f to %.0f", texts->of,
		         length, least, most);
		RQ_TRY(keep(looking, texts, i, reason, err));
	}
	return RQ_OK;
}

/* Lengths as a matrix of one column, whose distribution is compared as that of a component of vectors is. */
static enum rq_status put_lengths(struct rq_vectors *lengths, const struct rq_kept_text *texts, size_t count, struct rq_error *err)
{
	RQ_TRY(rq_vectors_init(lengths, count, 1, err));
	for (size_t i = 0; i < count; i++)
		lengths->data[i] = (float)texts[i].length;
	return RQ_OK;
}

static enum rq_status look_at_lengths(struct looking *looking, const struct texts *texts, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors before = {0}, after = {0};
	struct rq_moved_components moved;
	double limit = texts->limits->length_shift;

	if (texts->then_count < 2 || texts->now_count < 2)
		return RQ_OK;
	RQ_TRY(put_lengths(&before, texts->then, texts->then_count, err));
	RQ_TRY(put_lengths(&after, texts->now, texts->now_count, err));
	RQ_TRY(rq_moved_components(&moved, &before, &after, RQ_DRIFT_SEED, err));
	if (!(moved.largest > limit && moved.moved.p <= level))
		return RQ_OK;
	begin_fault(looking);
	rq_buf_printf(&looking->faults,
	              "lengths of the %s differ by %.4g (the largest difference of their distribution functions), and \"length_shift\" allows %.4g",
	              texts->of, moved.largest, limit);
	return keep_lengths(looking, texts, &before, err);
}

/* ---- scripts ---- */

static double share_of(const char *script, const struct rq_kept_text *texts, size_t count)
{
	size_t written = 0;

	for (size_t i = 0; i < count; i++)
		written += texts[i].script != NULL && strcmp(texts[i].script, script) == 0;
	return count == 0 ? 0 : (double)written / (double)count;
}

static double growth_of(const char *script, const struct texts *texts)
{
	return share_of(script, texts->now, texts->now_count) - share_of(script, texts->then, texts->then_count);
}

/* Those in scripts that more are written in than then. */
static enum rq_status keep_scripts(struct looking *looking, const struct texts *texts, struct rq_error *err)
{
	char reason[REASON];

	for (size_t script = 0; texts->ids != NULL && rq_script_names[script] != NULL; script++) {
		const char *name = rq_script_names[script];
		if (growth_of(name, texts) <= 0)
			continue;
		snprintf(reason, sizeof reason, "of the %s this one is written in %s, as %.4g %% are now, and %.4g %% of the reference", texts->of, name,
		         100 * share_of(name, texts->now, texts->now_count), 100 * share_of(name, texts->then, texts->then_count));
		for (size_t i = 0; i < texts->now_count; i++)
			if (texts->now[i].script != NULL && strcmp(texts->now[i].script, name) == 0)
				RQ_TRY(keep(looking, texts, i, reason, err));
	}
	return RQ_OK;
}

/* By how much the share of any script has grown: in all, half of all differences of shares. */
static enum rq_status look_at_scripts(struct looking *looking, const struct texts *texts, struct rq_error *err)
{
	double grown = 0, most = 0, limit = texts->limits->script_shift;
	const char *script = "";

	for (size_t i = 0; rq_script_names[i] != NULL; i++) {
		double more = growth_of(rq_script_names[i], texts);
		grown += fmax(more, 0);
		script = more > most ? rq_script_names[i] : script;
		most = fmax(more, most);
	}
	if (grown <= limit)
		return RQ_OK;
	begin_fault(looking);
	rq_buf_printf(&looking->faults, "%.4g %% of the %s are written in other scripts than then, mostly %s, and \"script_shift\" allows %.4g %%",
	              100 * grown, texts->of, script, 100 * limit);
	return keep_scripts(looking, texts, err);
}

static enum rq_status look(struct looking *looking, const struct texts *texts, struct rq_error *err)
{
	if (texts->then == NULL || texts->now == NULL)
		return RQ_OK;
	RQ_TRY(look_at_lengths(looking, texts, err));
	return look_at_scripts(looking, texts, err);
}

/* ---- fields ---- */

/* For rq_corpus_show_fields. */
static void see(void *context, const struct rq_document *document, size_t field, const char *text)
{
	struct rq_drift_fields *fields = context;

	(void)document;
	rq_drift_keep_text(&fields->fields[field].texts[fields->documents], text == NULL ? "" : text);
	fields->documents += field + 1 == fields->count;
}

enum rq_status rq_drift_read_fields(struct rq_drift_fields *fields, const struct rq_pipeline *pipeline, struct rq_arena *arena,
                                    struct rq_error *err)
{
	const struct rq_config *config = pipeline->config;
	const struct rq_strings *names = &config->dataset.fields;
	const struct rq_corpus *corpus = rq_side_corpus(pipeline, RQ_CANDIDATE);
	const char *path = rq_corpus_file(config, corpus == &pipeline->corpora[RQ_CANDIDATE] ? RQ_CANDIDATE : RQ_BASELINE);

	*fields = (struct rq_drift_fields){0};
	if (config->quality.fields == NULL || names->count < 2 || path == NULL || !rq_side_has_vectors(&config->sides[RQ_CANDIDATE]))
		return RQ_OK;
	fields->count = names->count;
	fields->fields = rq_arena_alloc(arena, names->count, sizeof *fields->fields);
	if (fields->fields == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < names->count; i++) {
		struct rq_kept_text *texts = rq_arena_alloc(arena, corpus->count + 1, sizeof *texts);
		fields->fields[i] = (struct rq_kept_field){names->items[i], texts};
		if (texts == NULL)
			return rq_fail_memory(err);
	}
	return rq_corpus_show_fields(corpus, path, names->items, names->count, see, fields, err);
}

/* A field that one of both has not is looked at with all of the text alone. */
static enum rq_status look_at_fields(struct looking *looking, const struct rq_reference *reference, const struct rq_drift_fields *fields,
                                     const struct texts *documents, struct rq_error *err)
{
	char of[OF];

	for (size_t i = 0; i < fields->count; i++) {
		struct texts texts = *documents;
		size_t then = 0;
		while (then < reference->field_count && strcmp(reference->document_fields[then].name, fields->fields[i].name) != 0)
			then++;
		if (then == reference->field_count)
			continue;
		snprintf(of, sizeof of, "texts of \"%.100s\"", fields->fields[i].name);
		texts.of = of;
		texts.then = reference->document_fields[then].texts;
		texts.now = fields->fields[i].texts;
		texts.now_count = fields->documents;
		texts.limits = &looking->pipeline->config->quality.fields[i];
		RQ_TRY(look(looking, &texts, err));
	}
	return RQ_OK;
}

static enum rq_status look_at_all(struct looking *looking, const struct rq_reference *reference, const struct rq_drift_fields *fields,
                                  struct rq_error *err)
{
	const struct rq_quality_config *quality = &looking->pipeline->config->quality;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_drift_texts documents, topics;

	RQ_TRY(rq_drift_documents(&documents, looking->pipeline, &arena, err));
	RQ_TRY(rq_drift_topics(&topics, looking->pipeline, &arena, err));
	struct texts all = {.of = "documents", .then = reference->document_texts, .now = documents.kept, .then_count = reference->document_ids.count,
	                    .now_count = documents.count, .limits = &quality->documents,
	                    .side = looking->pipeline->config->sides[RQ_CANDIDATE].name, .what = "document", .ids = documents.ids};
	const struct texts asked = {.of = "topics", .then = reference->topic_texts, .now = topics.kept, .then_count = reference->topic_ids.count,
	                            .now_count = topics.count, .limits = &quality->topics, .side = "", .what = "topic", .ids = topics.ids};
	RQ_TRY(look_at_fields(looking, reference, fields, &all, err));
	if (looking->faults.size > 0)
		all.ids = NULL; /* the field says more */
	RQ_TRY(look(looking, &all, err));
	RQ_TRY(look(looking, &asked, err));
	return rq_buf_check(&looking->faults, err);
}

enum rq_status rq_drift_check_texts(struct rq_pipeline *pipeline, const struct rq_reference *reference, const struct rq_drift_fields *fields,
                                    struct rq_error *err)
{
	struct looking looking = {.pipeline = pipeline};

	if (pipeline->config->quality.fields == NULL)
		return RQ_OK;
	enum rq_status status = look_at_all(&looking, reference, fields, err);
	if (status == RQ_OK && looking.faults.size > 0)
		status = rq_fail(err, RQ_E_DATA,
		                 "the texts are not like those of the reference, as \"quality\" asks, so nothing was embedded (mend the files, change the "
		                 "limits, or make a reference anew under another name): %s",
		                 looking.faults.data);
	rq_buf_release(&looking.faults);
	return status;
}
