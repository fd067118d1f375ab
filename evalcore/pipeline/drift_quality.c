/* The last look before a text is embedded: are the texts as long, and written in the same scripts, as those of the reference? */
#include "evalcore/pipeline/drift_parts.h"

#include "evalcore/pipeline/scripts.h"
#include "metrics/drift/population.h"

#include <math.h>
#include <string.h>

static const double level = 0.05;

/* Lengths as a matrix of one column, whose distribution is compared as that of a component of vectors is. */
static enum rq_status put_lengths(struct rq_vectors *lengths, const struct rq_kept_text *texts, size_t count, struct rq_error *err)
{
	RQ_TRY(rq_vectors_init(lengths, count, 1, err));
	for (size_t i = 0; i < count; i++)
		lengths->data[i] = (float)texts[i].length;
	return RQ_OK;
}

static enum rq_status look_at_lengths(struct rq_buf *faults, const char *of, const struct rq_kept_text *then, size_t then_count,
                                      const struct rq_drift_texts *now, double limit, struct rq_error *err)
{
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors before = {0}, after = {0};
	struct rq_moved_components moved;

	if (then_count < 2 || now->count < 2)
		return RQ_OK;
	RQ_TRY(put_lengths(&before, then, then_count, err));
	RQ_TRY(put_lengths(&after, now->kept, now->count, err));
	RQ_TRY(rq_moved_components(&moved, &before, &after, RQ_DRIFT_SEED, err));
	if (moved.largest > limit && moved.moved.p <= level)
		rq_buf_printf(faults, "%slengths of the %s differ by %.4g (the largest difference of their distribution functions), and \"length_shift\" allows %.4g",
		              faults->size == 0 ? "" : "; ", of, moved.largest, limit);
	return RQ_OK;
}

static double share_of(const char *script, const struct rq_kept_text *texts, size_t count)
{
	size_t written = 0;

	for (size_t i = 0; i < count; i++)
		written += texts[i].script != NULL && strcmp(texts[i].script, script) == 0;
	return count == 0 ? 0 : (double)written / (double)count;
}

/* By how much the share of any script has grown: in all, half of all differences of shares. */
static void look_at_scripts(struct rq_buf *faults, const char *of, const struct rq_kept_text *then, size_t then_count,
                            const struct rq_drift_texts *now, double limit)
{
	double grown = 0, most = 0;
	const char *script = "";

	for (size_t i = 0; rq_script_names[i] != NULL; i++) {
		double more = share_of(rq_script_names[i], now->kept, now->count) - share_of(rq_script_names[i], then, then_count);
		grown += fmax(more, 0);
		script = more > most ? rq_script_names[i] : script;
		most = fmax(more, most);
	}
	if (grown > limit)
		rq_buf_printf(faults, "%s%.4g %% of the %s are written in other scripts than then, mostly %s, and \"script_shift\" allows %.4g %%",
		              faults->size == 0 ? "" : "; ", 100 * grown, of, script, 100 * limit);
}

static enum rq_status look(struct rq_buf *faults, const char *of, const struct rq_kept_text *then, size_t then_count, const struct rq_drift_texts *now,
                           const struct rq_quality_config *quality, struct rq_error *err)
{
	if (then == NULL || now->kept == NULL)
		return RQ_OK;
	RQ_TRY(look_at_lengths(faults, of, then, then_count, now, quality->length_shift, err));
	look_at_scripts(faults, of, then, then_count, now, quality->script_shift);
	return RQ_OK;
}

enum rq_status rq_drift_check_texts(struct rq_pipeline *pipeline, const struct rq_reference *reference, struct rq_error *err)
{
	const struct rq_quality_config *quality = &pipeline->config->quality;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf faults = {0};
	struct rq_drift_texts documents, topics;

	if (quality->fields == NULL)
		return RQ_OK;
	RQ_TRY(rq_drift_documents(&documents, pipeline, &arena, err));
	RQ_TRY(rq_drift_topics(&topics, pipeline, &arena, err));
	RQ_TRY(look(&faults, "documents", reference->document_texts, reference->document_ids.count, &documents, quality, err));
	RQ_TRY(look(&faults, "topics", reference->topic_texts, reference->topic_ids.count, &topics, quality, err));
	RQ_TRY(rq_buf_check(&faults, err));
	if (faults.size == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "the texts are not like those of the reference, as \"quality\" asks, so nothing was embedded (mend the files, change the limits, or make a "
	               "reference anew under another name): %s",
	               faults.data);
}
