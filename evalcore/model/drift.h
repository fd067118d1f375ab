/* What is served now against a reference of earlier: the figures of drift that a job has measured, and between what. Filled by evalcore/pipeline,
 * judged by gates, shown by reports. Owned by the comparison's arena. */
#ifndef RQ_MODEL_DRIFT_H
#define RQ_MODEL_DRIFT_H

#include "evalcore/model/verdict.h"

#include <stddef.h>

enum rq_drift_time { RQ_DRIFT_THEN, RQ_DRIFT_NOW, RQ_DRIFT_TIMES };

struct rq_comparison;

/* What there was. Texts that are NULL: not known, or there is none. */
struct rq_drift_side {
	const char *embedder, *model, *fingerprint;
	size_t dimension;           /* 0: no vectors */
	size_t documents, topics;   /* with vectors; topics in any case */
	const char *corpus;         /* sha256 */
};

/* One figure. Its value is an effect: it does not grow with the number of texts. NaN: not known, or there is none. */
struct rq_drift_finding {
	const char *figure;  /* "knn_jaccard": a row of metrics/drift/drift.def */
	const char *of;      /* "documents", "topics", or the metric of a series */
	const char *unit;    /* "share", "cosine" ... */
	bool at_least;       /* it must reach its limit; else it must not exceed it */
	const char *absent;  /* why there is no value, as a clause; NULL: there is */
	bool early;          /* there is none yet: it takes more weeks */
	bool not_asked;      /* there is none, for the question is none of this job's: other figures stand in for it */
	double value, error, lower, upper; /* standard error; one-sided 95 % bounds */
	double p;            /* how often as much would be seen where nothing drifted */
	double p_adjusted;   /* the same after Holm, over the figures that are judged as one family */
	double chance;       /* what the figure comes to by chance alone */
	size_t n;            /* texts, lists or weeks that it rests on */
	double limit;        /* its own; a gate may have another */
	enum rq_outcome outcome; /* by its own limit */
	const char *meaning, *advice; /* of a value beyond its limit: what it means, and what to do about it, as clauses */
	const char *citation;
};

/* Texts, each counted once, by what they say and not by their ids: new since then, no more there, and in both. */
struct rq_drift_flow {
	size_t came, went, stayed;
};

struct rq_drift {
	const char *reference; /* "default": which line of references */
	const char *sha256;    /* the one that was current */
	const char *created;   /* it was made, UTC: "2026-11-14T03:00:00Z" */
	const char *as_of;     /* the time that was asked for; NULL: now */
	struct rq_drift_side sides[RQ_DRIFT_TIMES];
	size_t same_documents, same_topics; /* whose id and text both have */
	struct rq_drift_flow documents, topics; /* zeros where there are no vectors */
	size_t searched;       /* of those documents, whose neighbours were looked at; 0: of none */
	size_t asked_again;    /* texts that were embedded anew to see whether the model is still the same; 0: none */
	const struct rq_drift_finding *findings;
	size_t count;
	/* What is found now over all judged topics, also those that the reference does not have: topics, clusters and metrics alone are filled, of the
	 * candidate. NULL: the comparison is over all of them. */
	const struct rq_comparison *served;
};

#endif
