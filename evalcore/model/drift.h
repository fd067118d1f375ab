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
	size_t documents, topics;   /* with vectors, or searched by words; 0 documents: not known */
	const char *corpus;         /* sha256 */
};

/* Documents by their ids: new since then, no more there, and there with another text. The first ones are told. */
enum { RQ_DRIFT_CAME, RQ_DRIFT_WENT, RQ_DRIFT_CHANGED, RQ_DRIFT_ID_LISTS };
enum { RQ_DRIFT_IDS_TOLD = 20 };
extern const char *const rq_drift_id_lists[RQ_DRIFT_ID_LISTS]; /* "came", "went", "changed" */

struct rq_drift_ids {
	size_t count, told;
	const char *first[RQ_DRIFT_IDS_TOLD];
};

/* One figure. Its value is an effect: it does not grow with the number of texts. NaN: not known, or there is none. */
struct rq_drift_finding {
	const char *figure;  /* "knn_jaccard": a row of metrics/drift/drift.def */
	const char *of;      /* "documents", "topics", or the metric of a series */
	const char *unit;    /* "share", "cosine" ... */
	bool at_least;       /* it must reach its limit; else it must not exceed it */
	const char *absent;  /* why there is no value, as a clause; NULL: there is */
	bool early;          /* there is none yet: it takes more weeks, or texts */
	bool not_asked;      /* there is none, for the question is none of this job's: other figures stand in for it */
	bool other_model;    /* there is none, for the vectors are those of another model, as far as it tells */
	double value, error, lower, upper; /* standard error; one-sided 95 % bounds */
	double p;            /* how often as much would be seen where nothing drifted */
	double p_adjusted;   /* the same after Holm, over the figures that are judged as one family */
	double chance;       /* what the figure comes to by chance alone */
	size_t n;            /* texts, lists or weeks that it rests on */
	double limit;        /* its own; a gate may have another */
	enum rq_outcome outcome; /* by its own limit */
	const char *meaning, *advice; /* of a value beyond its limit: what it means, and what to do about it, as clauses */
	const char *citation;
	const char *sample; /* how many of how many texts were looked at, and what that sees, as a clause; NULL: all */
	const char *null; /* what stands for chance, as a clause: which null p is of, or why there is none; NULL: a report of earlier */
};

/* Texts, each counted once, by what they say and not by their ids: new since then, no more there, and in both. */
struct rq_drift_flow {
	size_t came, went, stayed;
};

/* Cosines of the stored and the new vector of each text. */
struct rq_drift_cosines {
	const char *of;
	double least, p01, p05, p25, median, mean;
	size_t texts, zero; /* zero: left out, for both vectors are zeros */
};

/* By what the texts that came were told from those that were there. */
struct rq_drift_population {
	const char *of;
	double bandwidth; /* of MMD's kernel */
	double distance;  /* Kolmogorov's and Smirnov's, of the component that moved most */
	size_t component; /* that one, from 0 */
};

/* All documents of one time, neighbours among as many of them as the other time has at least. */
struct rq_drift_shape {
	size_t documents, among;
	double hubness, unreached; /* skewness of how often each is a neighbour; share that is nobody's */
	size_t most_reached;       /* lists that the largest hub is in */
	double effective_rank, length, margin; /* length, margin: means */
	size_t duplicates, zero;
};

struct rq_drift {
	const char *reference; /* "default": which line of references */
	const char *sha256;    /* the one that was current */
	const char *created;   /* it was made, UTC: "2026-11-14T03:00:00Z" */
	const char *as_of;     /* the time that was asked for; NULL: now */
	struct rq_drift_side sides[RQ_DRIFT_TIMES];
	size_t same_documents, same_topics; /* whose id and text both have */
	struct rq_drift_flow documents, topics; /* zeros where there are no vectors */
	struct rq_drift_cosines cosines[2];     /* documents', topics'; `of` NULL: not measured */
	struct rq_drift_population populations[2]; /* likewise */
	struct rq_drift_shape shapes[RQ_DRIFT_TIMES]; /* documents 0: not measured */
	size_t searched;       /* of those documents, whose neighbours were looked at; 0: of none */
	size_t asked_again;    /* texts that were embedded anew to see whether the model is still the same; 0: none */
	const struct rq_drift_finding *findings;
	size_t count;
	struct rq_drift_ids document_ids[RQ_DRIFT_ID_LISTS]; /* empty where those of a time are not known */
	/* What is found now over all judged topics, also those that the reference does not have: topics, clusters and metrics alone are filled, of the
	 * candidate. NULL: the comparison is over all of them. */
	const struct rq_comparison *served;
};

#endif
