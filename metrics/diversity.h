/* How much of a list is more of the same: documents that repeat others, that come from few sources, whose vectors lie close together. Pure functions;
 * whoever ranked hands in what is known of the documents, best first. */
#ifndef RQ_METRICS_DIVERSITY_H
#define RQ_METRICS_DIVERSITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text's runs of w words as a set of hashes, ascending, each once (w-shingling, Broder 1997, On the resemblance and containment of documents,
 * SEQUENCES). w = 4: Manning, Raghavan & Schuetze 2008, Introduction to Information Retrieval, 19.6. A shorter text is one shingle, one without words
 * none. */
enum { RQ_SHINGLE_WORDS = 4 };
struct rq_shingles {
	const uint64_t *hashes;
	size_t count;
};

/* Jaccard similarity of the sets; 1 of two empty ones. */
double rq_resemblance(const struct rq_shingles *a, const struct rq_shingles *b);
/* Share of n documents that are no near-duplicate (resemblance of at least .9) of one before them; 0 of none. A document with hashes NULL and a count
 * above 0 is unknown, and like no other. */
double rq_unique_share(const struct rq_shingles *const *documents, size_t n);
/* Distinct sources over n; 0 of none. */
double rq_source_share(const char *const *sources, size_t n);
/* Intra-list distance: the mean over all pairs of (1 - cosine) / 2 (Smyth & McClave 2001, Similarity vs. diversity, ICCBR; the mean cosine is 1 - 2
 * times it: intra-list similarity, Ziegler et al. 2005, WWW). A zero vector has a cosine of 0 to all. 0 of fewer than two. */
double rq_list_distance(const float *const *vectors, size_t n, size_t d);

#endif
