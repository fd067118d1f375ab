/* The job of drift: what a config would roll out, embedded and searched now, against a reference of it from earlier. In the comparison the reference is
 * the baseline, by its rankings, and what is served now the candidate. */
#ifndef RQ_PIPELINE_DRIFT_H
#define RQ_PIPELINE_DRIFT_H

#include "evalcore/pipeline/pipeline.h"
#include "evalcore/snapshot/reference.h"

enum { RQ_DRIFT_CUTOFF = 10, RQ_DRIFT_ASKED_AGAIN = 400 };

/* Before the dataset is loaded: nothing of the config's baseline is looked at but the corpus that embedders are fitted on. */
void rq_drift_prepare(struct rq_config *config);
/* The same for rq_drift_evaluate(), which reads topics and judgments alone: a corpus, vectors or an index need not be there any more. */
void rq_drift_prepare_alone(struct rq_config *config);

/* After rq_pipeline_load(): embeds, searches, and scores what is found: until rq_drift_compare() the comparison has the candidate alone. Vectors are made
 * anew, past the cache, where that costs nothing but this process's time; those of a service come from the cache. */
RQ_MUST_USE enum rq_status rq_drift_look(struct rq_pipeline *pipeline, struct rq_error *err);

/* What there is now, as a reference keeps it: fills the parts and of the manifest all but `created`, `created_by`, `batch` and versions. Borrows from
 * the pipeline; lists are the manifest's arena's. E_UNAVAILABLE where a document or topic failed: nobody could tell later that it was not drift. */
RQ_MUST_USE enum rq_status rq_drift_describe(struct rq_manifest *manifest, struct rq_reference_parts *parts, const struct rq_pipeline *pipeline,
                                             struct rq_error *err);

/* What can be told of the candidate's documents, field by field, where the config's "quality" asks for it and there are several. Zero-initialise. */
struct rq_drift_fields {
	struct rq_kept_field *fields;
	size_t count, documents;
};
/* After rq_pipeline_load(); everything is the arena's. */
RQ_MUST_USE enum rq_status rq_drift_read_fields(struct rq_drift_fields *fields, const struct rq_pipeline *pipeline, struct rq_arena *arena,
                                                struct rq_error *err);

/* Before rq_drift_look(), and before a text is sent anywhere: are lengths and scripts of the texts, and of each field, those of the reference, as far as
 * the config's "quality" asks? E_DATA; then pipeline->unfit has the texts that have their part in it. */
RQ_MUST_USE enum rq_status rq_drift_check_texts(struct rq_pipeline *pipeline, const struct rq_reference *reference, const struct rq_drift_fields *fields,
                                                struct rq_error *err);

/* After rq_drift_look(): scores both over the topics that both have, and fills comparison.drift. Takes the reference's rankings, and borrows from the
 * rest. `name` is whose reference it is, `as_of` the time that was asked for (NULL: now). */
RQ_MUST_USE enum rq_status rq_drift_compare(struct rq_pipeline *pipeline, struct rq_reference *reference, const char *name, const char *as_of,
                                            struct rq_error *err);

/* After rq_drift_compare(): a warning that every report shows. */
RQ_MUST_USE enum rq_status rq_drift_warn(struct rq_pipeline *pipeline, const char *text, struct rq_error *err);

/* A metric of a reference, and what it was when that was made; NaN: not kept. */
struct rq_drift_score {
	const char *metric;
	double value, then;
};

/* After rq_drift_prepare_alone() and rq_pipeline_load(), instead of rq_drift_look(): the reference by itself, its rankings scored again by the config's metrics, one score each.
 * Takes the rankings. E_DATA where topics or judgments are not those that it was made with. */
RQ_MUST_USE enum rq_status rq_drift_evaluate(struct rq_drift_score **scores, struct rq_pipeline *pipeline, struct rq_reference *reference,
                                             struct rq_error *err);

/* A metric week by week, the oldest first; its value now is appended. Adds the change point of each that lies between 0 and 1 to the
 * findings, in points towards its better side: a fall of what is better lower is a rise. */
struct rq_drift_series {
	const char *metric;
	const double *values;
	size_t count;
};
RQ_MUST_USE enum rq_status rq_drift_add_series(struct rq_pipeline *pipeline, const struct rq_drift_series *series, size_t count, struct rq_error *err);

#endif
