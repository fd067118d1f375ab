/* The stages behind pipeline.h, one file each, for pipeline.c alone. */
#ifndef RQ_PIPELINE_STAGES_H
#define RQ_PIPELINE_STAGES_H

#include "evalcore/base/system.h"
#include "evalcore/pipeline/pipeline.h"

/* The corpus and embedding that a side uses: its own or the baseline's. */
const struct rq_corpus *rq_side_corpus(const struct rq_pipeline *pipeline, enum rq_side side);
const struct rq_embedding *rq_side_embedding(const struct rq_pipeline *pipeline, enum rq_side side);

/* The number of a compared topic among all topics, looked for from `from` on: both are in strcmp order. topics.count: it is none of them. */
size_t rq_topic_number(const struct rq_pipeline *pipeline, size_t from, const char *id);

/* Does the candidate search the baseline's own vectors? */
bool rq_shares_embedding(const struct rq_pipeline *pipeline);
/* The depth at which to search next where chunks collapse to too few parents; 0: deep enough. */
size_t rq_deeper(const struct rq_pipeline *pipeline, size_t rows, size_t short_of, size_t k);

/* dataset.c: the scored topics, counts, input digests; refuses judgments of what is not there. */
RQ_MUST_USE enum rq_status rq_stage_dataset(struct rq_pipeline *pipeline, struct rq_error *err);

/* The file behind corpora[side]; NULL: none, or for the candidate the baseline's. */
const char *rq_corpus_file(const struct rq_config *config, enum rq_side side);
/* quality.c: the texts of both sides and the topics against the config's "quality". E_DATA lists all that they are not. */
RQ_MUST_USE enum rq_status rq_stage_quality(struct rq_pipeline *pipeline, struct rq_error *err);

/* ready.c: keys, programs and libraries that embedders and retrievers need. E_CONFIG, E_UNAVAILABLE. */
RQ_MUST_USE enum rq_status rq_stage_ready(struct rq_pipeline *pipeline, struct rq_error *err);

/* embed_stage.c: the vectors of both sides, and the work that one of them is. */
RQ_MUST_USE enum rq_status rq_stage_embed(struct rq_pipeline *pipeline, struct rq_error *err);
/* Does it, and tells of it in the comparison. */
RQ_MUST_USE enum rq_status rq_do_embed_job(struct rq_pipeline *pipeline, enum rq_side side, const struct rq_embed_job *job, struct rq_error *err);
struct rq_embed_job rq_embed_job_of(struct rq_pipeline *pipeline, enum rq_side side);
/* Who served a side's vectors, into its comparison.sides. */
RQ_MUST_USE enum rq_status rq_describe_services(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);
/* E_UNAVAILABLE where more texts and topics of a side failed than max_failed allows: after a stage has tried all of them. */
RQ_MUST_USE enum rq_status rq_check_failures(const struct rq_pipeline *pipeline, struct rq_error *err);

/* Lists of rows, and how to read them. */
struct rq_row_lists {
	const struct rq_neighbours *neighbours;
	enum rq_side side; /* whose rows, and whose vectors */
	bool corpus_rows;  /* rows of the side's corpus, or of what has vectors of it; else of its index, which an opened file numbers as it likes */
	bool words;        /* found without vectors */
	const bool *failed; /* topics that could not be embedded or searched; NULL: none */
	size_t depth;      /* of the rankings */
};

/* ranking.c: rows to documents, chunks to parents. Topics whose vector is zero get an empty ranking. With "unit": "parent" *short_of tells how many
 * topics found fewer parents than the depth asks for, in lists that go on. */
RQ_MUST_USE enum rq_status rq_stage_ranking(struct rq_run *run, size_t *short_of, const struct rq_pipeline *pipeline,
                                            const struct rq_row_lists *lists, struct rq_error *err);

/* Cosine to a zero vector is undefined, and a topic that could not be embedded has none: such a topic was not searched. */
bool rq_topic_has_no_vector(const struct rq_pipeline *pipeline, enum rq_side side, size_t topic);

/* pipeline.c: one side's rankings, wherever they come from; how many judged topics it failed on (E_UNAVAILABLE of the baseline); what it is made of. */
RQ_MUST_USE enum rq_status rq_search_side(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_count_failed_topics(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_describe_side(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);

/* elsewhere.c: a side that a retriever searches. */
RQ_MUST_USE enum rq_status rq_stage_elsewhere(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);

/* strangers.c: what a side's search found by an id that the corpus lacks, counted and warned of, once it is found. E_DATA of a baseline that finds too
 * many. */
RQ_MUST_USE enum rq_status rq_count_strangers(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);
/* The same of a run file or an approved baseline, once the runs are there. E_DATA also of a baseline of which nothing is judged, where there is no corpus. */
RQ_MUST_USE enum rq_status rq_count_strange_documents(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);

/* words.c: a side that searches words; and, once both sides have their rankings, plain BM25 where there is text. */
RQ_MUST_USE enum rq_status rq_stage_words(struct rq_pipeline *pipeline, enum rq_side side, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_stage_plain_bm25(struct rq_pipeline *pipeline, struct rq_error *err);
/* The side that is just that search; NULL: none. */
struct rq_lexical_searcher *rq_side_that_searches_like(struct rq_pipeline *pipeline, const struct rq_lexical_searcher *plain);
/* Are the answers of a search by words cached, to the depth that it needs? *k: the depth at which it would search. */
RQ_MUST_USE enum rq_status rq_words_find(bool *cached, size_t *k, const struct rq_lexical_searcher *searcher, const struct rq_pipeline *pipeline,
                                         enum rq_side side, size_t depth, struct rq_error *err);
/* What plain BM25 searches with, and how deep. *wanted false: there is no text. The options live in the comparison's arena. */
RQ_MUST_USE enum rq_status rq_plain_bm25_searcher(bool *wanted, size_t *depth, struct rq_lexical_searcher *plain, struct rq_pipeline *pipeline,
                                                  struct rq_error *err);

/* approved.c: a baseline that is an approved one. Once the dataset is there: reads it, refuses one that was made of something else, computes its
 * scores anew; also those that gates compare with. */
RQ_MUST_USE enum rq_status rq_load_approved(struct rq_pipeline *pipeline, struct rq_error *err);
/* Its rankings, as the search stage's. */
void rq_stage_approved(struct rq_pipeline *pipeline);
/* What it says of itself, into comparison.sides and the inputs. */
RQ_MUST_USE enum rq_status rq_describe_approved(struct rq_pipeline *pipeline, struct rq_error *err);
/* The stored value of what cannot be computed from rankings, per comparison topic; false: it was approved without. */
bool rq_approved_scores(double *values, const struct rq_baseline *baseline, const char *metric, const struct rq_comparison *comparison);
/* Both sides are scored to the same depth; 0: as deep as they are. */
void rq_cut_run(struct rq_run *run, size_t cutoff);

/* truth.c: exact answers where they are wanted, allowed and affordable. */
RQ_MUST_USE enum rq_status rq_stage_truth(struct rq_pipeline *pipeline, struct rq_error *err);
/* Fills exact_topics with the seeded sample that the config asks for, if any; then says whether a side's answers need exact ones beside them. */
RQ_MUST_USE enum rq_status rq_sample_topics(struct rq_pipeline *pipeline, struct rq_error *err);
bool rq_wants_truth(const struct rq_pipeline *pipeline, enum rq_side side);
/* Per comparison topic; NaN outside the sample. */
RQ_MUST_USE enum rq_status rq_side_ann_recall(double *values, const struct rq_pipeline *pipeline, enum rq_side side, size_t k, struct rq_error *err);

/* Whether exact search was to answer the topic of this number. */
bool rq_topic_is_in_sample(const struct rq_pipeline *pipeline, size_t topic);
/* diversity.c: what a side's lists repeat, per comparison topic; and why that cannot be told, as a clause (NULL: it can). */
RQ_MUST_USE enum rq_status rq_side_diversity(double *values, const struct rq_pipeline *pipeline, enum rq_side side, const struct rq_metric_spec *spec,
                                             struct rq_error *err);
const char *rq_diversity_absent(const struct rq_pipeline *pipeline, enum rq_side side, enum rq_trait trait);

/* timing.c: single queries, baseline and candidate interleaved ABBA. */
RQ_MUST_USE enum rq_status rq_stage_timing(struct rq_pipeline *pipeline, struct rq_error *err);
/* The same of single embeddings, where a metric asks for them: nothing is asked of a service otherwise. */
RQ_MUST_USE enum rq_status rq_stage_embed_timing(struct rq_pipeline *pipeline, struct rq_error *err);
bool rq_times_embedding(const struct rq_config *config);
void rq_times_release(struct rq_times *times);

/* size.c: what the indexes take, where a gate asks. */
RQ_MUST_USE enum rq_status rq_stage_size(struct rq_pipeline *pipeline, struct rq_error *err);

/* staleness.c: the indexes against the corpus, where a gate asks. */
RQ_MUST_USE enum rq_status rq_stage_staleness(struct rq_pipeline *pipeline, struct rq_error *err);
/* What a rollback would bring back, where a gate asks for it. That it cannot be told is no failure. */
RQ_MUST_USE enum rq_status rq_stage_rollback(struct rq_pipeline *pipeline, struct rq_error *err);

/* warmup.c: the candidate's index opened anew and warmed up, where a gate asks. */
RQ_MUST_USE enum rq_status rq_stage_warmup(struct rq_pipeline *pipeline, struct rq_error *err);

/* compare.c: the metrics of both sides. */
RQ_MUST_USE enum rq_status rq_stage_compare(struct rq_pipeline *pipeline, struct rq_error *err);
/* The same of the rankings alone: no further builds, no pinned baselines, nothing said of documents that the corpus lacks. */
RQ_MUST_USE enum rq_status rq_compare_rankings(struct rq_pipeline *pipeline, struct rq_error *err);
struct rq_join;
/* A metric of what a side has found, per comparison topic. */
RQ_MUST_USE enum rq_status rq_side_scores(double *values, const struct rq_metric_spec *spec, const struct rq_pipeline *pipeline, enum rq_side side,
                                          const struct rq_join *join, struct rq_error *err);

/* builds.c: once the first builds are compared, makes and scores the further ones of sides that have such: values become means, intervals wider. */
RQ_MUST_USE enum rq_status rq_stage_builds(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err);
/* Widens the metric's comparison by what builds vary; `before` is NULL where a baseline has none. */
RQ_MUST_USE enum rq_status rq_count_builds(struct rq_metric_result *metric, const struct rq_builds *before, const struct rq_builds *after,
                                           size_t topic_count, struct rq_error *err);

/* attribution.c: where the differences come from, once they are known. What a side answers under exact search: its own run where it is exact itself; NULL: not
 * known. */
RQ_MUST_USE enum rq_status rq_stage_attribution(struct rq_pipeline *pipeline, struct rq_error *err);
const struct rq_run *rq_side_exact_run(const struct rq_pipeline *pipeline, enum rq_side side);
/* Whether it knows the topic, whose number among the pipeline's topics is given. */
bool rq_topic_searched_exactly(const struct rq_pipeline *pipeline, enum rq_side side, size_t number, const char *topic);
/* causes.c: the topics' `cause`; and what exact search over the sides differs by, where there is one of both. */
const char *rq_exact_part(const struct rq_pipeline *pipeline);
RQ_MUST_USE enum rq_status rq_tell_causes(struct rq_pipeline *pipeline, const struct rq_join *join, struct rq_error *err);

/* self_test.c: the baseline against itself, where the pipeline's `self_test` asks for it; and its second search elsewhere, while the retriever is open. */
RQ_MUST_USE enum rq_status rq_stage_self_test(struct rq_pipeline *pipeline, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_ask_again(struct rq_pipeline *pipeline, struct rq_error *err);

/* notes.c: growing lists of the comparison; all E_NOMEM only. */
RQ_MUST_USE enum rq_status rq_remark(struct rq_comparison *comparison, bool warning, struct rq_error *err, const char *format, ...) RQ_PRINTF(4, 5);
/* What hangs on this run alone, so reported under "run": what a service did, what the cache held. */
RQ_MUST_USE enum rq_status rq_run_remark(struct rq_comparison *comparison, bool warning, struct rq_error *err, const char *format, ...)
	RQ_PRINTF(4, 5);
RQ_MUST_USE enum rq_status rq_add_count(struct rq_comparison *comparison, const char *name, size_t value, struct rq_error *err);
/* `side` and `what` are borrowed. */
RQ_MUST_USE enum rq_status rq_add_service(struct rq_comparison *comparison, const char *side, const char *what, const struct rq_service_use *use,
                                          struct rq_error *err);
/* E_INTERNAL where rq_input_is_known does not know the name, with which no report could be read back. */
RQ_MUST_USE enum rq_status rq_add_input(struct rq_comparison *comparison, const char *side, const char *name, const char *sha256,
                                        struct rq_error *err);
RQ_MUST_USE enum rq_status rq_add_stage(struct rq_comparison *comparison, const char *name, uint64_t started_ns, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_add_cache_use(struct rq_comparison *comparison, const char *side, const char *stage, struct rq_error *err,
                                            const char *format, ...) RQ_PRINTF(5, 6);

#endif
