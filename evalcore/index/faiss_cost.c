/* Constants are seconds on one thread of the machine of model/cost.h, fitted to 30 builds and searches (1,400 to 50,000 rows of 64 to 768
 * dimensions); README.md says how far they were off. Graphs cost what their visits cost, lists and codes what their scans cost. */
#include "evalcore/index/faiss_cost.h"

#include <math.h>
#include <stdio.h>

enum {
	LIST_ITERATIONS = 10,    /* of the k-means behind inverted lists, */
	SEGMENT_ITERATIONS = 25, /* and behind each segment of a product quantizer */
	TRAINING_ROWS = 256,     /* rows for each centroid that FAISS trains on at most */
};

/* Rows that do not fit the processor's caches are fetched again and again. */
static double from_memory(double bytes)
{
	return 1 + 4 * bytes / (bytes + 256e6);
}

static double trained_on(double n, double centroids)
{
	return fmin(n, TRAINING_ROWS * centroids);
}

static double graph_build(const struct rq_faiss_facts *facts, double n, double d)
{
	double visit = (2.2e-5 + 6e-8 * d) * pow(n / 1e4, .14) * pow((double)facts->links / 64, .25);

	return n * visit * (double)facts->ef_construction / 40 * from_memory(n * d * sizeof(float));
}

/* A row's links are as many as construction found, up to their room. */
static double graph_search(const struct rq_faiss_facts *facts, double n, double d, double k)
{
	double links = fmin((double)facts->links, (double)facts->ef_construction) / 40, queue = fmax((double)facts->ef_search, k);

	return 1e-5 + queue * links * (3e-7 + 8e-10 * d) * pow(n / 1e4, .14) * from_memory(n * d * sizeof(float));
}

/* Training, and finding each row's list. */
static double lists_build(double lists, double n, double d)
{
	return (LIST_ITERATIONS * trained_on(n, lists) + n) * d * (lists / 4.5e10 + 1.5e-9);
}

static double codes_build(const struct rq_faiss_facts *facts, double n, double d)
{
	double segments = (double)facts->segments, centroids = (double)facts->segment_centroids,
		   assigned = SEGMENT_ITERATIONS * trained_on(n, centroids) + n;

	return assigned * (centroids * (d / 4e10 + segments * 4.2e-10) + segments * 2.5e-8) + (facts->polysemous ? segments * centroids * 7e-3 : 0);
}

/* One row's distance, where rows lie one behind the other. */
static double scanned_row(const struct rq_faiss_facts *facts, double n, double d)
{
	if (facts->packed)
		return 2e-9;
	if (facts->segments > 0)
		return 5e-9 + (double)facts->segments * (facts->segment_centroids == 256 ? 5e-10 : 1.4e-9);
	return 5e-9 + d * (facts->rough ? 1.8e-10 : 1e-10) * from_memory(n * d * sizeof(float));
}

static double scan_search(const struct rq_faiss_facts *facts, double n, double d, double k)
{
	double lists = (double)facts->nlist, rows = lists > 0 ? n * fmin((double)facts->nprobe, lists) / lists : n;

	return 8e-6 + 8e-8 * k + lists * d / 4.5e10 + rows * scanned_row(facts, n, d);
}

void rq_faiss_cost(struct rq_index_estimate *estimate, const struct rq_faiss_facts *facts, size_t n, size_t d, size_t k)
{
	double rows = (double)n, width = (double)d,
		   bytes = rows * (double)facts->row_bytes + (double)(facts->nlist + facts->segment_centroids) * width * sizeof(float);
	double training = facts->centroids > 0 ? trained_on(rows, (double)facts->centroids) * width * sizeof(float) : 0;
	double seconds = rows * width * 1e-9; /* copied, and read again for its digest */

	if (facts->links > 0)
		seconds += graph_build(facts, rows, width);
	if (facts->nlist > 0)
		seconds += lists_build((double)facts->nlist, rows, width);
	if (facts->segments > 0)
		seconds += codes_build(facts, rows, width);
	*estimate = (struct rq_index_estimate){
		.build = {.serial = facts->uncounted == NULL ? seconds : NAN, .memory = bytes + training, .kept = bytes, .stored = bytes},
		.query = facts->links > 0 ? graph_search(facts, rows, width, (double)k) : scan_search(facts, rows, width, (double)k),
		.bytes = bytes,
		.uncounted = facts->uncounted,
	};
}

void rq_faiss_remark(char text[RQ_FAISS_REMARK], bool *unexpected, const struct rq_faiss_facts *facts, size_t nprobe, size_t n, size_t k)
{
	enum { ADVISED_POINTS = 39 }; /* vectors for each centroid, below which FAISS warns (ClusteringParameters) */
	int length = snprintf(text, RQ_FAISS_REMARK, "%s", facts->type);
	bool raised = facts->ef_search > 0 && facts->ef_search < k, all = nprobe > facts->nlist, few = n < facts->centroids * ADVISED_POINTS;

	if (unexpected != NULL)
		*unexpected = raised || all || few;
	if (raised)
		length += snprintf(text + length, RQ_FAISS_REMARK - (size_t)length, ": efSearch %zu is below the cutoff %zu, so FAISS keeps a queue of %zu",
		                   facts->ef_search, k, k);
	else if (facts->ef_search > 0)
		length += snprintf(text + length, RQ_FAISS_REMARK - (size_t)length, ": efSearch %zu", facts->ef_search);
	if (all)
		length += snprintf(text + length, RQ_FAISS_REMARK - (size_t)length, ": nprobe %zu is above the %zu lists, FAISS searches all of them", nprobe,
		                   facts->nlist);
	else if (facts->nlist > 0)
		length += snprintf(text + length, RQ_FAISS_REMARK - (size_t)length, ": nprobe %zu of %zu lists", facts->nprobe, facts->nlist);
	if (few)
		snprintf(text + length, RQ_FAISS_REMARK - (size_t)length, "; %zu rows for %zu centroids, of which FAISS advises %d each to train on", n,
		         facts->centroids, ADVISED_POINTS);
}
