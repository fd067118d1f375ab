/* Two holdings, document by document: which came, which went, whose vector moved. */
#ifndef RQ_COMPARE_DOCUMENTS_H
#define RQ_COMPARE_DOCUMENTS_H

#include "evalcore/compare/holding.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/dataset.h"

/* A vector has moved where the squared distance to what it was exceeds this share of its squared length then: for equal lengths a cosine below .9999,
 * where the same text was embedded by something else (as the gate on staleness has it). Less is rounding. */
#define RQ_MOVED_DISTANCE 2e-4

enum { RQ_COSINES = 7 };
extern const double rq_cosine_quantiles[RQ_COSINES]; /* 0 (the least), .01, .05, .25, .5, .75, 1 */

struct rq_document_pair {
	uint32_t row[RQ_SIDES];
	double cosine;  /* NaN where vectors are not compared, or one has no direction */
	bool same;      /* bit for bit */
	bool moved;
	bool text_changed; /* where a corpus of each side is at hand */
};

struct rq_renamed {
	uint32_t row[RQ_SIDES];
};

struct rq_document_changes {
	size_t count[RQ_SIDES];   /* documents */
	uint32_t *only[RQ_SIDES]; /* rows of documents that the other side lacks, in their order */
	size_t only_count[RQ_SIDES];
	struct rq_document_pair *pairs; /* documents of both, in the baseline's order */
	size_t pair_count;
	bool in_order;            /* those of both stand in the same order */
	struct rq_renamed *renames; /* one that went and one that came with its vector, bit for bit: each once, in the order of the baseline */
	size_t renamed;
	bool other_dimensions;    /* vectors are not compared, because they have not as many numbers */
	const char *absent;       /* why vectors are not compared, as a clause; NULL: they are */
	size_t same, rounded, moved, directionless; /* add up to pair_count; directionless: a row of zeros on one side */
	double cosines[RQ_COSINES]; /* quantiles over the pairs that have one; NaN: none has */
	uint32_t *most;           /* pairs that moved, smallest cosine first, equal ones by id */
	size_t most_count;        /* = moved + directionless: those first */
	/* Texts, where a corpus of each side is at hand. */
	bool has_texts;
	size_t texted;            /* documents of both that both corpora have */
	size_t text_changed;      /* of these: another text */
	size_t stale;             /* of these: another text, and the vector it had */
	size_t embedded_anew;     /* the same text, and a vector that moved */
	const char **changed_ids; /* [text_changed], in the baseline's order */
	const char **stale_ids;   /* [stale], the same */
	struct rq_arena arena;
};

/* `corpora` NULL, or one a side. Thread count never changes a value. E_NOMEM, cancellation. */
RQ_MUST_USE enum rq_status rq_documents_compare(struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES],
                                                const struct rq_corpus *corpora[RQ_SIDES], struct rq_error *err);
void rq_document_changes_release(struct rq_document_changes *changes);
/* The pair of a document of both; NULL: it is none. */
const struct rq_document_pair *rq_document_pair_find(const struct rq_document_changes *changes, const struct rq_holding holdings[RQ_SIDES],
                                                     const char *id);

#endif
