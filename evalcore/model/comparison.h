/* A baseline and a candidate, measured on the same topics: what gates judge and reports show. Filled by evalcore/pipeline; read-only afterwards.
 * Everything is owned by the comparison's arena or borrowed from what it was made of. */
#ifndef RQ_MODEL_COMPARISON_H
#define RQ_MODEL_COMPARISON_H

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/model/drift.h"
#include "evalcore/model/failure.h"
#include "evalcore/model/run.h"
#include "evalcore/model/warm.h"

enum rq_side { RQ_BASELINE, RQ_CANDIDATE, RQ_SIDES };

#define RQ_TIE_TOLERANCE 1e-12 /* differences of a topic's values up to this are ties: rounding, not change */

/* Sums over the same topics of d = candidate - baseline, each d within [-1, 1]. The bounds are those of the verdict: two one-sided 95 % bounds, so a
 * 90 % interval. */
struct rq_paired {
	size_t n;
	double sum, sum_squares;
	size_t wins, ties, losses; /* |d| <= RQ_TIE_TOLERANCE is a tie */
	double delta;              /* sum / n */
	double lower, upper;
	double p_worse;            /* P(T >= -m_U / SE_U): small when the candidate is worse */
	double t, t_df, t_p;       /* plain paired t, two-sided: secondary evidence; NaN where n < 2 or all d are equal */
	bool identical;            /* the two rankings are the same on every topic, to the metric's cutoff */
	/* Topics in clusters: how many there are, and sum_squares is over the clusters' sums. 0: each topic stands for itself. */
	size_t groups;
	double group_cross, group_squares; /* over clusters of s topics with sum S: S s less sum; s^2 less n. 0 where all s are 1 */
	size_t group_largest;              /* the largest s */
	double build_variance;     /* of the mean, from build to build; 0: not counted */
	size_t builds;
};

/* Where a difference of two means comes from, over the topics that both sides have exact answers for:
 * delta = embedding [candidate exact - baseline exact] + index [(candidate - candidate exact) - (baseline - baseline exact)].
 * Beside it, no summand: judging = the difference less that on condensed lists, from which unjudged documents are removed (Sakai 2007, Alternatives to
 * Bpref, SIGIR), over all topics. */
struct rq_attribution {
	const char *slice;  /* NULL: all topics */
	const char *absent; /* why the difference is not split, as a clause: "not split: the baseline is a run file"; NULL: it is */
	size_t topics;      /* that have exact answers on both sides; of `of` that are compared, 0: no one has looked where the difference comes from */
	size_t of;
	double delta, embedding, index; /* NaN where absent; `embedding` is the comparison's exact_part, so also what another corpus does */
	double judging;     /* NaN of a metric without condensed values */
};

/* Beside a verdict, and never in one. */
struct rq_evidence {
	bool weighed;                  /* else nothing of this is there */
	double sign_flip_p;            /* two-sided; metrics/stats/resample.h says what it and the interval are */
	double bca_lower, bca_upper;   /* of delta; NaN of one topic */
	double margin;                 /* of the gate on the metric; NaN: none, and so nothing below */
	double mde;                    /* the smallest loss that is shown in four of five cases (metrics/stats/stats.h); NaN: none up to 1 */
	size_t topics_to_pass;         /* so many topics pass a candidate that loses nothing in four of five cases; 0: more than 10 million */
};

/* A metric over the topics of one slice. */
struct rq_slice_difference {
	const char *slice;
	double mean[RQ_SIDES];
	struct rq_paired paired; /* all but `identical` */
	double q;                /* of p_worse over the slices, after Benjamini & Hochberg; NaN: too few topics to be one of them */
};

/* A metric over the builds of a side's index, as many on both sides where both have several. Of fewer than RQ_BUILDS_MIN their variance cannot be told. */
enum { RQ_BUILDS_MIN = 5, RQ_BUILDS_MOST = 50 };
struct rq_builds {
	size_t count;                /* 0: there is one, and the side's values are its; else they are means over so many */
	const double *const *values; /* [count][topic_count] */
	const double *means;         /* [count], over the topics */
	double deviation, lowest, highest; /* of these: the standard deviation from build to build */
};

struct rq_metric_result {
	const char *name;      /* canonical: "nDCG@10", "ann_recall@10", "latency.p99" */
	size_t cutoff;         /* 0: none */
	double lowest, highest;
	bool lower_is_better;
	bool is_judged;        /* from rankings and qrels alone */
	bool is_time;          /* measured afresh, so reported under "run"; seconds, unless it is a rate */
	bool is_rate;          /* a time that is told as how many a second */
	bool is_embedding;     /* a time of embedding, not of searching */
	const char *absent[RQ_SIDES]; /* NULL: present; else why there is no value, as a clause: "not measured: the side is a run file" */
	double value[RQ_SIDES];       /* mean over the topics, or the quantile of a time; NaN where absent */
	double value_lower[RQ_SIDES], value_upper[RQ_SIDES]; /* one-sided 95 % bounds of that value; +-INFINITY where there are too few samples */
	const double *per_topic[RQ_SIDES]; /* [topic_count]; NaN for topics outside a sample; NULL where absent or a time */
	size_t samples[RQ_SIDES];  /* topics (or timed queries) behind the value */
	size_t failed[RQ_SIDES];   /* timed ones that failed: INFINITY among the times */
	struct rq_builds builds[RQ_SIDES];
	const bool *same_ranking; /* [topic_count], where compared: both sides rank alike, to the cutoff */
	bool compared;         /* both sides present, per topic, range [0,1]: `paired` is filled */
	struct rq_paired paired;
	struct rq_evidence evidence; /* of what was compared */
	struct rq_slice_difference *slices; /* likewise, of all slices that topics name, strcmp order; advice */
	size_t slice_count;
	size_t ties_at_cutoff[RQ_SIDES]; /* rankings whose equal scores straddle the cutoff */
	const double *exact[RQ_SIDES];     /* [topic_count] over what exact search answers; NaN outside its sample; NULL: not measured. An exact side's own values */
	/* [topic_count] on condensed lists, both sides' as deep as the less deep one's; of a topic without a grade 0 on the lists as they are, for its relevant
	 * documents would be left alone. NULL unless is_judged and compared, and of Judged itself. */
	const double *condensed[RQ_SIDES];
	struct rq_paired condensed_paired; /* of these, where they are there */
	double judged[RQ_SIDES];           /* Judged@cutoff, or @10: the mean share of what was ranked so high that is judged; where is_judged */
	const double *judged_of[RQ_SIDES]; /* [topic_count] the same of the ranks that both lists of a topic have, where condensed values are there */
	struct rq_attribution attribution; /* where is_judged and compared */
	struct rq_attribution *split;              /* [topic_count], of a report that was read back, where a topic that did not move is zeroed; NULL: by `exact` and `condensed` */
	struct rq_attribution *attribution_slices; /* strcmp order; the topics without a slice are in none */
	size_t attribution_slice_count;
	double bm25;           /* what plain BM25 gets: where is_judged and the comparison has `bm25` */
	double bm25_p; /* that it scores higher than both sides: the larger of the two one-sided p of the paired test; NaN where a side has no value */
};

struct rq_compared_topic {
	const char *id, *text, *slice; /* slice NULL: none; text "" where there is no topics file */
	const char *cluster; /* NULL: none */
	bool has_grade_0;    /* a judgment says "not relevant": with positives only, holes cannot be told from losses */
	const char *cause;   /* what happened to a topic that moved: "exact search still has \"d17\" at 3; HNSW32 misses it"; NULL: none told */
};

/* What a side was made of, in words and fingerprints. NULL where it does not apply. */
struct rq_side_info {
	const char *embedder;    /* "lsa" */
	const char *model;       /* fingerprint of the frozen model; of a service the name of its model */
	const char *variant;     /* "int4, 3.6 MB"; NULL: the embedder has one alone */
	size_t dimension;        /* 0: unknown */
	const char *served_by;   /* the model as its service calls it, with its fingerprint; NULL: no service */
	const char *document_embedder, *documents_served_by; /* the same of the documents, where another embedder made their vectors; NULL: the same one */
	bool shares_vectors;     /* the baseline's: what failed to be embedded for it failed for this side too */
	const char *searched;    /* what the search really did, in the backend's words */
	const char *index;       /* "faiss HNSW32,Flat efConstruction=200 efSearch=64", "exact", "run file new.run" */
	const struct rq_run *ranked; /* what the side answered */
	const struct rq_run *exact;  /* what exact search over its vectors answers; NULL: not measured, or the side is exact itself */
	bool is_exact;               /* its own answers are those of exact search */
	const char *approved;        /* the approved baseline that its rankings come from; NULL: this run made or read them */
};

/* One fact worth a line, with what to do about it. */
struct rq_remark {
	bool warning;
	const char *text;
};

struct rq_named_text {
	const char *name, *text;
};

struct rq_named_number {
	const char *name;
	double value;
};

/* What a side's service was asked for its vectors. */
struct rq_service_account {
	const char *side, *what; /* "baseline"; "texts", or "documents" and "topics" where they have embedders of their own */
	double requests, retries, texts;
	double tokens;           /* as the service counts them; 0: it does not say */
	double sent, waited;     /* bytes; seconds of back-off */
	double truncated;        /* texts that the service has cut, as far as its answers tell */
	const char *truncation;  /* how that is known, or why it cannot be, as a clause; NULL: nothing to say */
};

struct rq_comparison;

/* An older, approved baseline that gates compare with beside the baseline. */
struct rq_pinned {
	const char *asked;  /* the name in the config; NULL: the one that is pinned */
	const char *name;   /* NULL: none is */
	const char *absent; /* why nothing is compared with it, as a predicate of a metric; NULL: it is */
	const struct rq_comparison *comparison; /* of it with this run's candidate, over the same topics: topics and metrics alone are filled */
};

/* The baseline against a second build, or a second search, of itself: what differs where nothing was changed. */
struct rq_self_test {
	const char *absent;  /* why it was not made, as a clause: "not possible: the baseline is a run file"; NULL: it was */
	const char *how;     /* "a second build of the baseline's index", "a second search of the baseline" */
	size_t changed;      /* topics whose rankings differ */
	struct rq_metric_result *metrics; /* [metric_count], the second one as the candidate; those on judgments are filled */
	const struct rq_run *ranked;      /* what the second one answered */
};

/* Topics that share what they are about, such as paraphrases of one question: a comparison counts their clusters. */
struct rq_clusters {
	const size_t *of; /* [topic_count], below `count`; a topic without a cluster is one by itself. NULL: topics are in none */
	size_t count;     /* of all numbers; some may be those of topics without an answer alone */
	const size_t *of_unanswerable; /* [unanswerable_count], by the same numbers; NULL: these are in none */
};

/* How many times lie in (bounds[i - 1], bounds[i]]; the same bounds in every run, so that two can be laid over each other. */
enum { RQ_HISTOGRAM_BINS = 49 };
extern const double rq_histogram_bounds[RQ_HISTOGRAM_BINS]; /* seconds: 1 us, 1.5, 2.2, 3.3, 4.7, 6.8, 10 us ... 100 s */

struct rq_histogram {
	size_t counts[RQ_HISTOGRAM_BINS + 1]; /* the last: longer than all bounds, and not failed */
	size_t count, failed;                 /* of all times; of those that are INFINITY, which are in no bin */
	double sum;                           /* of those that are not */
};

/* Times of a side in the order in which they were taken. A round is a piece of each side, one after the other (ABBA), so that round i of both sides met
 * the same machine. */
struct rq_timed {
	const double *seconds; /* INFINITY: it failed */
	size_t count;
	const size_t *ends;    /* [rounds]: round i is seconds[ends[i - 1] .. ends[i]) */
	size_t rounds;
	struct rq_histogram histogram; /* of these; a report that was read back has this alone */
};

/* What is measured only where a gate asks for it: what a kind of gate names, and the config collects. */
enum rq_measurement { RQ_MEASURE_SIZE = 1, RQ_MEASURE_STALENESS = 2, RQ_MEASURE_WARMUP = 4, RQ_MEASURE_ROLLBACK = 8 };

/* What a side's index takes. */
enum rq_size {
	RQ_SIZE_INDEX,  /* bytes of its file, or of the one that its library would write */
	RQ_SIZE_MEMORY, /* bytes in memory, estimated from its parameters and number of rows */
	RQ_SIZE_BUILD,  /* seconds of its building, measured: reported under "run" */
	RQ_SIZE_KINDS
};

struct rq_side_size {
	double value[RQ_SIZE_KINDS];       /* NaN where absent */
	const char *absent[RQ_SIZE_KINDS]; /* NULL: present; else why there is none, as a clause */
};

/* An index against the corpus that it should hold. */
enum rq_stale {
	RQ_STALE_MISSING, /* documents of the corpus that the index lacks */
	RQ_STALE_EXTRA,   /* entries of the index that the corpus lacks */
	RQ_STALE_CHANGED, /* documents of both whose vector in the index is not the one that their text has now */
	RQ_STALE_AGE,     /* seconds since its file was built, or written where nobody says when that was; 0 where it was built of this very corpus. Measured: reported under "run" */
	RQ_STALE_KINDS
};

struct rq_side_staleness {
	double value[RQ_STALE_KINDS];          /* NaN where absent */
	const char *absent[RQ_STALE_KINDS];    /* NULL: present; else why there is none, as a clause */
	const char *example[RQ_STALE_KINDS];   /* the id of one; NULL: none */
	const char *age_from;                  /* what tells the age: "the time of its file, ..."; NULL: it was built in this run */
	size_t documents, entries;             /* of the corpus, of the index */
	size_t compared;                       /* documents of both whose vectors were compared: RQ_STALE_CHANGED is of these */
};

/* The snapshot that a rollback would bring back, and its last drill. Measured: reported under "run". */
struct rq_rollback {
	const char *absent;   /* why nothing can be told, as a predicate: "cannot be told: the config names no snapshots"; NULL: it can */
	const char *previous; /* its first digits; NULL: there is none before the current one */
	const char *lost;     /* what is missing of it; NULL: nothing */
	const char *elsewhere; /* the snapshots are not of what serves: why, as a clause; NULL: they are, or `unseen` */
	const char *unseen;   /* that cannot be told: why, as a clause; NULL: it can */
	bool drilled, passed;
	const char *why;      /* the drill failed; "" or NULL: it did not */
	const char *to;       /* where the drill brought it back to; NULL: beside the snapshots */
	bool in_memory;       /* it was brought back from or to a file system in memory */
	double age, seconds;  /* since the drill; that it took */
	double bytes;         /* of the previous one, that it brought back */
	double next_bytes;    /* of the current one, which will be the previous one; 0: unknown */
};

struct rq_comparison {
	struct rq_compared_topic *topics; /* judged and answerable, strcmp order of id: the denominator of every mean */
	size_t topic_count;
	struct rq_clusters clusters;
	struct rq_compared_topic *unanswerable; /* topics that have no answer, strcmp order of id: outside every mean */
	size_t unanswerable_count;
	size_t cutoff;                    /* depth of both sides' rankings; 0: two run files, as deep as they are */
	struct rq_metric_result *metrics; /* in the order asked for */
	size_t metric_count;
	struct rq_side_info sides[RQ_SIDES];
	struct rq_pinned *pinned;
	size_t pinned_count;
	struct rq_named_number *counts;   /* "documents", "documents_empty", "topics", "topics_unanswerable", "topics_unjudged", "topics_missing_baseline" ... */
	size_t count_count;
	struct rq_named_text *inputs;     /* name -> sha256: "config", "corpus", "topics", "qrels", "baseline.vectors" ... */
	size_t input_count;
	struct rq_remark *remarks;
	size_t remark_count;
	struct rq_remark *run_remarks;    /* what hangs on this run alone (a service, the cache): reported under "run" */
	size_t run_remark_count;
	struct rq_service_account *services; /* reported under "run" */
	size_t service_count;
	struct rq_failures failures;      /* what could not be embedded or searched */
	const char *bm25;                 /* plain BM25 over the baseline's corpus, the yardstick: "bm25 k1=1.2 b=0.75 language=english"; NULL: none */
	const char *bm25_absent;          /* why there is none, as a clause; NULL: there is */
	struct rq_self_test self_test;
	struct rq_timed searched[RQ_SIDES], embedded[RQ_SIDES]; /* in this run; count 0: not timed */
	const struct rq_side_size *sizes; /* [RQ_SIDES]; NULL: not asked for */
	const struct rq_side_staleness *staleness; /* [RQ_SIDES]; NULL: not asked for */
	const struct rq_warm *warm;       /* of one side; NULL: not asked for */
	struct rq_drift *drift;           /* of a job that compares with a reference, which then is the baseline; NULL: it does not */
	const struct rq_rollback *rollback; /* NULL: not asked for */
	const char *exact_part;           /* what exact search over the sides differs by: "embedding", "corpus", "embedding and corpus"; NULL: not known */
	const char *exact_note;           /* how exact search was done: "exact search on all 225 topics", "not measured: ..." */
	struct rq_named_number *stage_seconds; /* measured: reported under "run" */
	size_t stage_count;
	struct rq_named_text *cache_use;  /* stage -> "cached", "1 of 1400 embedded" ...: reported under "run" */
	size_t cache_use_count;
	struct rq_arena arena;
};

const struct rq_metric_result *rq_comparison_metric(const struct rq_comparison *comparison, const char *name); /* NULL: not asked for */
const char *rq_comparison_input(const struct rq_comparison *comparison, const char *name); /* its sha256; NULL: the run had none */
/* Whether an input may have the name: "qrels", "truth", "baseline.vectors", "candidate.texts", "pinned.release-2026-11" ... */
bool rq_input_is_known(const char *name);
/* Is the candidate's corpus another one than the baseline's, by their digests? */
bool rq_comparison_has_other_corpus(const struct rq_comparison *comparison);

#endif
