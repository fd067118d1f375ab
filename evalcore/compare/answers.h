/* Two answers to the same topics: how much of them is the same, what that costs or gains where there are judgments, and why. */
#ifndef RQ_COMPARE_ANSWERS_H
#define RQ_COMPARE_ANSWERS_H

#include "evalcore/compare/documents.h"
#include "evalcore/scoring/causes.h"

enum { RQ_RBO_PERCENT = 90 }; /* p of rank-biased overlap, in hundredths */

/* Everything is borrowed. Runs are those of both sides, cut to one depth. */
struct rq_answers_request {
	const struct rq_run *runs[RQ_SIDES];
	const struct rq_run *exact[RQ_SIDES];  /* what exact search over the sides' own vectors answers; NULL: not known, as of a topic that it lacks */
	const char *exact_note;                /* why it is not, as a clause, or how it was done */
	size_t depth;                          /* of the searches; 0: two run files, as deep as they are */
	const struct rq_topics *topics;        /* their texts; NULL: not at hand */
	const struct rq_qrels *qrels;          /* NULL: nothing is judged */
	const struct rq_metric_spec *specs;    /* all on judgments */
	size_t spec_count;
	const struct rq_holding *holdings;     /* [RQ_SIDES] what was searched; NULL: run files */
	const struct rq_document_changes *documents; /* of these */
};

/* Why a topic's answer is another one, told by one document. */
enum rq_why {
	RQ_WHY_NOT_KNOWN,
	RQ_WHY_REMOVED,   /* the candidate does not hold it */
	RQ_WHY_ADDED,     /* the baseline did not */
	RQ_WHY_TEXT,      /* its text changed, and its vector with it; exact search shows it */
	RQ_WHY_MOVED,     /* its vector moved, and exact search shows it; its text is the same, or not at hand */
	RQ_WHY_DIMENSIONS, /* exact search shows it, over vectors of other dimensions */
	RQ_WHY_OVERTAKEN, /* its vector is what it was; others came or moved */
	RQ_WHY_INDEX,     /* the index misses it, or finds it by now */
	RQ_WHYS
};
const char *rq_why_name(enum rq_why why); /* "document removed", "vector moved", "index misses it" ... */

struct rq_topic_change {
	const char *id, *text;      /* text "": not known */
	double overlap, jaccard, rbo;
	bool same; /* documents and their order */
	const char *metric;         /* the first that moved; NULL: nothing is judged, or none did */
	double moved;               /* by so much in it; NaN: none */
	enum rq_why why;
	const char *document;       /* that tells it; NULL: none does */
	const char *told;           /* in words; NULL: nothing to tell */
};

struct rq_mean {
	double mean, lower, upper; /* one-sided 95 % bounds, so a 90 % interval */
};

struct rq_answer_changes {
	struct rq_topic_change *topics; /* that both sides were asked, strcmp order of id */
	size_t count;
	size_t only[RQ_SIDES];     /* topics that one run alone has */
	size_t lacking[RQ_SIDES]; /* judged topics that a run has no list of: they count as 0 */
	size_t deepest[RQ_SIDES];  /* documents of the longest list of each */
	bool shallow;              /* one run file ends before what is looked at, and the other does not end there */
	size_t depth;              /* ranks that overlap and RBO look at; set before rq_answers_compare() is called */
	size_t nothing;            /* topics for which neither found any */
	size_t same;               /* topics with the same documents in the same order */
	struct rq_mean overlap;    /* share of the longer list that both have */
	struct rq_mean jaccard, rbo;
	bool judged;
	size_t lost, gained;       /* topics, by the first metric that moved; without judgments `lost` are those whose list differs */
	size_t lost_by[RQ_WHYS], gained_by[RQ_WHYS];
	struct rq_comparison comparison; /* metrics of the judged topics; none where nothing is judged */
	struct rq_arena arena;
};

/* E_DATA where both runs have no topic in common, or none that is judged; E_NOMEM, cancellation. */
RQ_MUST_USE enum rq_status rq_answers_compare(struct rq_answer_changes *changes, const struct rq_answers_request *request, struct rq_error *err);
void rq_answer_changes_release(struct rq_answer_changes *changes);

/* Places in `topics` of those that changed: with judgments the largest losses, then gains come last; without, the least overlap first. Equal ones by
 * id. *order is malloc'ed and has `count` entries. */
RQ_MUST_USE enum rq_status rq_answer_changes_order(size_t **order, size_t *count, const struct rq_answer_changes *changes, struct rq_error *err);

#endif
