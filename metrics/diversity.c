/* Unique@k, Sources@k, ILD@k: what a list repeats. They need no judgments; the pipeline knows texts, sources and vectors. */
#include "metrics/diversity.h"
#include "metrics/metric.h"

#include <math.h>
#include <string.h>

static const double near_duplicate = .9;

double rq_resemblance(const struct rq_shingles *a, const struct rq_shingles *b)
{
	size_t shared = 0;

	for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
		shared += a->hashes[i] == b->hashes[j];
		bool step = a->hashes[i] <= b->hashes[j], other = b->hashes[j] <= a->hashes[i];
		i += step;
		j += other;
	}
	return a->count + b->count == 0 ? 1 : (double)shared / (double)(a->count + b->count - shared);
}

static bool is_known(const struct rq_shingles *document)
{
	return document->hashes != NULL || document->count == 0;
}

double rq_unique_share(const struct rq_shingles *const *documents, size_t n)
{
	size_t repeated = 0;

	for (size_t i = 1; i < n; i++) {
		bool found = false;
		for (size_t j = 0; j < i && !found && is_known(documents[i]); j++)
			found = is_known(documents[j]) && rq_resemblance(documents[i], documents[j]) >= near_duplicate;
		repeated += found;
	}
	return n == 0 ? 0 : (double)(n - repeated) / (double)n;
}

double rq_source_share(const char *const *sources, size_t n)
{
	size_t distinct = 0;

	for (size_t i = 0; i < n; i++) {
		bool known = false;
		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(sources[i], sources[j]) == 0;
		distinct += !known;
	}
	return n == 0 ? 0 : (double)distinct / (double)n;
}

static double product(const float *a, const float *b, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < d; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

double rq_list_distance(const float *const *vectors, size_t n, size_t d)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++) {
			double lengths = sqrt(product(vectors[i], vectors[i], d)) * sqrt(product(vectors[j], vectors[j], d));
			double cosine = lengths > 0 ? product(vectors[i], vectors[j], d) / lengths : 0;
			sum += (1 - fmax(-1, fmin(1, cosine))) / 2;
		}
	return n < 2 ? 0 : sum / ((double)n * (double)(n - 1) / 2);
}

#define RQ_DIVERSITY(stem, of, what, where)                                                                                              \
	{                                                                                                                                    \
		.name = stem, .source = RQ_FROM_DOCUMENTS, .trait = (of), .cutoff = RQ_CUTOFF_REQUIRED, .lowest = 0, .highest = 1, .help = what, \
		.citation = where,                                                                                                               \
	}

const struct rq_metric rq_metric_unique = RQ_DIVERSITY(
	"Unique", RQ_TRAIT_TEXT, "share of the top k (or of what was retrieved, if less) whose text does not nearly repeat one ranked above it",
	"Broder 1997, On the resemblance and containment of documents, SEQUENCES: shingles of 4 words, Jaccard of at least .9");
const struct rq_metric rq_metric_sources = RQ_DIVERSITY(
	"Sources", RQ_TRAIT_SOURCE, "distinct sources in the top k over its documents; dataset.source_field names where a document says its source",
	"source diversity, as in Clarke et al. 2008, Novelty and diversity in information retrieval evaluation, SIGIR");
const struct rq_metric rq_metric_list_distance = RQ_DIVERSITY(
	"ILD", RQ_TRAIT_VECTOR, "intra-list distance: mean of (1 - cosine) / 2 over all pairs of document vectors in the top k",
	"Smyth & McClave 2001, Similarity vs. diversity, ICCBR; intra-list similarity: Ziegler et al. 2005, WWW");
