/* The stages in their order: load, embed, build or open, search, score, compare. The only place that knows it. Gates and reports are joined on by the
 * command. */
#ifndef RQ_PIPELINE_PIPELINE_H
#define RQ_PIPELINE_PIPELINE_H

#include "evalcore/baseline/baseline.h"
#include "evalcore/model/verdict.h"
#include "evalcore/pipeline/lexical.h"
#include "evalcore/pipeline/remote.h"

/* What one thing took, done again and again. */
struct rq_times {
	double *seconds; /* of each try, ascending; INFINITY: it failed, and no wait would have brought an answer; NULL: not timed */
	size_t count;
	double *apart;   /* from one answer to the next, in their order: the tries that failed in between are part of it */
	size_t answered; /* of `count` */
	double *waited;  /* of those whose seconds are the word of what searched, ascending: how long the answer really took */
	size_t told;     /* how many these are */
	double lost;     /* seconds of the tries that failed since the last answer */
	size_t *ends;    /* of each round, how many tries were made until then */
	size_t rounds;
	bool refused;    /* ended by the limit of requests */
	bool idle;       /* there was nothing to time */
};

struct rq_pipeline {
	struct rq_config *config;
	struct rq_cache cache;
	struct rq_progress *progress;
	struct rq_request_limit requests; /* to services, of both sides together */
	void (*tell)(const char *text);   /* a line for who waits, as it happens; NULL: nobody */
	size_t cutoff; /* depth of every search, and of a run file beside it; 0: two run files, which are as deep as they are */

	struct rq_strings allowed; /* fields in which an approved baseline may differ from this run: rows of rq_baseline_fields */
	struct rq_baseline approved; /* the baseline, where it is an approved one; its rankings are those of runs and exact_runs */
	size_t baseline_cutoff; /* how deep the baseline's rankings were asked for, where they are from a file that tells; 0: as deep as they are */
	struct rq_baseline *pinned;  /* config->pinned_count; one without a name is not compared with */

	struct rq_corpus corpora[RQ_SIDES]; /* the candidate's is filled only where it has a corpus of its own */
	struct rq_topics topics;
	struct rq_qrels qrels;
	struct rq_embedding embeddings[RQ_SIDES]; /* the candidate's is filled only where it differs */
	struct rq_searcher searchers[RQ_SIDES];
	struct rq_lexical_searcher lexical[RQ_SIDES]; /* instead, where a side searches words */
	struct rq_remote remotes[RQ_SIDES]; /* beside the searcher, which then has no index, where a side is searched elsewhere */
	struct rq_neighbours found[RQ_SIDES], exact[RQ_SIDES];
	bool has_exact[RQ_SIDES];
	uint32_t *exact_topics; /* the sample; NULL: all topics */
	size_t exact_topic_count;
	struct rq_run runs[RQ_SIDES], exact_runs[RQ_SIDES];
	bool self_test;          /* the baseline is to be searched twice */
	struct rq_neighbours found_again;
	bool *failed_again;      /* topics that a search elsewhere failed at the second time; NULL: none */
	struct rq_run run_again;
	struct rq_run plain_run; /* of plain BM25, the yardstick of both sides */
	struct rq_times search_times[RQ_SIDES], embed_times[RQ_SIDES];

	struct rq_failures unfit; /* of the texts for which "quality" stopped the job, the first 1,000 */
	struct rq_comparison comparison;
};

/* Loads and checks the dataset; after it comparison.topic_count is known, before anything is computed. E_DATA, E_IO, E_CONFIG. */
RQ_MUST_USE enum rq_status rq_pipeline_load(struct rq_pipeline *pipeline, struct rq_error *err);
/* After it: the topics' vectors alone, of both sides, as a run has them. Fills `embeddings`, and nothing else of the pipeline may be asked for then. */
RQ_MUST_USE enum rq_status rq_pipeline_embed_topics(struct rq_pipeline *pipeline, struct rq_error *err);
/* The vectors that a side's topics have; E_CONFIG where the side has none. */
RQ_MUST_USE enum rq_status rq_pipeline_topic_vectors(const struct rq_vectors **vectors, const struct rq_pipeline *pipeline, enum rq_side side,
                                                     struct rq_error *err);
/* Instead of it: everything else; fills comparison. */
RQ_MUST_USE enum rq_status rq_pipeline_run(struct rq_pipeline *pipeline, struct rq_error *err);
/* After the gates have been judged: what stands beside their verdict and is no part of it, evidence and slices of what was compared. */
RQ_MUST_USE enum rq_status rq_pipeline_weigh(struct rq_pipeline *pipeline, const struct rq_verdict *verdict, struct rq_error *err);
void rq_pipeline_release(struct rq_pipeline *pipeline);

#endif
