/* Stamps of rows; two components of vectors. */
#include "evalcore/snapshot/mixture.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_LEAST = 20, PART_LEAST = 3, DISTANCE_BINS = 8192, SEED = 20261122 };
static const double SHARE_LEAST = .005, QUANTILE = .05, LINK_MOST = .75, MEANS_MOST = .25;
/* Rows that are all but the same: shares of the pairs, and of their distance; below the last one only rounding is left. */
static const double PAIRS = .25, NEAR = .1, ROUNDING = .003;

/* ---- stamps ---- */

struct stamp {
	uint64_t first, last;
	const char *model;
};

struct stamps {
	struct stamp *items;
	size_t count, capacity;
	struct rq_arena arena;
};

static void stamps_release(struct stamps *stamps)
{
	free(stamps->items);
	rq_arena_release(&stamps->arena);
}

/* What ends a line, or stands unseen before that, is no part of the model's name. */
static size_t trimmed(const char *line, size_t length)
{
	while (length > 0 && strchr(" \t\r", line[length - 1]) != NULL)
		length--;
	return length;
}

static bool read_stamp(struct stamp *stamp, const char *line, size_t length, struct rq_arena *arena)
{
	size_t first = strcspn(line, " \t"), last = first < length ? strcspn(line + first + 1, " \t") : 0, model = first + last + 2;

	if (model >= length || !rq_parse_u64(&stamp->first, line, first) || !rq_parse_u64(&stamp->last, line + first + 1, last))
		return false;
	stamp->model = rq_arena_strndup(arena, line + model, length - model);
	return stamp->model != NULL && stamp->last >= stamp->first;
}

static int by_first(const void *a, const void *b)
{
	const struct stamp *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static enum rq_status read_stamps(struct stamps *stamps, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_file_read(&text, path, err));
	for (const char *line = text.data, *end = text.data + text.size; line < end; line++) {
		size_t length = strcspn(line, "\n");
		if (!RQ_RESERVE(stamps->items, stamps->capacity, stamps->count + 1))
			return rq_fail_memory(err);
		if (!read_stamp(&stamps->items[stamps->count++], line, trimmed(line, length), &stamps->arena))
			return rq_fail(err, RQ_E_DATA, "%s:%zu: expected a first row, a last row and a model: \"0 41999 text-embedding-3-small\"", path, stamps->count);
		line += length;
	}
	if (stamps->count > 0)
		qsort(stamps->items, stamps->count, sizeof *stamps->items, by_first);
	return RQ_OK;
}

/* Each row is of one stamp: which is the first that is not? `next`: the first row behind the stamps before. */
static enum rq_status check_place(const struct stamp *stamp, uint64_t next, const char *path, size_t rows, struct rq_error *err)
{
	unsigned long long first = stamp->first, last = stamp->last, missing = next;

	if (stamp->last >= rows)
		return rq_fail(err, RQ_E_DATA, "%s: rows %llu to %llu: there are %zu rows, 0 to %zu", path, first, last, rows, rows - 1);
	if (stamp->first > next)
		return rq_fail(err, RQ_E_DATA, "%s: rows %llu to %llu have no stamp; expected each of %zu rows once, counted from 0", path, missing, first - 1,
		               rows);
	if (stamp->first < next)
		return rq_fail(err, RQ_E_DATA, "%s: row %llu has two stamps, the second for rows %llu to %llu; expected each of %zu rows once, counted from 0",
		               path, first, first, last, rows);
	return RQ_OK;
}

enum rq_status rq_stamps_check(const char **model, const char *path, size_t rows, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(stamps_release) struct stamps stamps = {0};
	uint64_t next = 0;

	RQ_TRY(read_stamps(&stamps, path, err));
	for (size_t i = 0; i < stamps.count; i++) {
		const struct stamp *stamp = &stamps.items[i];
		RQ_TRY(check_place(stamp, next, path, rows, err));
		if (strcmp(stamp->model, stamps.items[0].model) != 0)
			return rq_fail(err, RQ_E_DATA,
			               "%s: vectors of two models: rows %llu to %llu are of \"%.80s\", those before of \"%.80s\"; embed all documents with one model", path,
			               (unsigned long long)stamp->first, (unsigned long long)stamp->last, stamp->model, stamps.items[0].model);
		next = stamp->last + 1;
	}
	if (next != rows)
		return rq_fail(err, RQ_E_DATA, "%s: rows %llu to %zu have no stamp; expected each of %zu rows once, counted from 0", path,
		               (unsigned long long)next, rows - 1, rows);
	*model = rq_arena_strdup(arena, stamps.items[0].model);
	return *model == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* ---- two components ---- */

struct tree {
	size_t n;
	float *cosines;   /* n x n */
	float *link;      /* of row i to its parent */
	size_t *parent, *order; /* order: as rows joined the tree */
	size_t *below;    /* rows in the tree below row i, itself included */
};

static void tree_release(struct tree *tree)
{
	free(tree->cosines);
	free(tree->link);
	free(tree->parent);
	free(tree->order);
	free(tree->below);
}

static enum rq_status take_memory(struct tree *tree, size_t n, struct rq_error *err)
{
	tree->n = n;
	tree->cosines = rq_alloc_aligned(n * n, sizeof *tree->cosines);
	tree->link = malloc(n * sizeof *tree->link);
	tree->parent = malloc(n * sizeof *tree->parent);
	tree->order = malloc(n * sizeof *tree->order);
	tree->below = malloc(n * sizeof *tree->below);
	return tree->cosines == NULL || tree->link == NULL || tree->parent == NULL || tree->order == NULL || tree->below == NULL ? rq_fail_memory(err)
	                                                                                                                          : RQ_OK;
}

/* ---- rows that are there several times ---- */

static double distance(float cosine)
{
	return sqrt(fmax(0, 2 - 2 * (double)cosine));
}

/* Below which the distances of a share of all pairs lie, to a bin. */
static enum rq_status distance_quantile(double *quantile, const struct tree *tree, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) size_t *bins = calloc(DISTANCE_BINS + 1, sizeof *bins);
	size_t pairs = tree->n * (tree->n - 1) / 2, below = 0, bin = 0;

	if (bins == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < tree->n; i++)
		for (size_t j = 0; j < i; j++)
			bins[(size_t)fmin(distance(tree->cosines[i * tree->n + j]) / 2 * DISTANCE_BINS, DISTANCE_BINS)]++;
	while ((double)(below += bins[bin]) < PAIRS * (double)pairs)
		bin++;
	*quantile = 2.0 * (double)bin / DISTANCE_BINS;
	return RQ_OK;
}

/* Leaves one of each: of the sample, of their cosines, and of `kept`, which tells what row of the sample each was. */
static enum rq_status keep_distinct(struct tree *tree, struct rq_vectors *sample, size_t *kept, struct rq_error *err)
{
	double quantile = 0;
	size_t n = tree->n, count = 0;

	RQ_TRY(distance_quantile(&quantile, tree, err));
	double near = fmax(NEAR * quantile, ROUNDING);
	for (size_t i = 0; i < n; i++) {
		bool is_new = true;
		for (size_t j = 0; j < count && is_new; j++)
			is_new = distance(tree->cosines[i * n + kept[j]]) > near;
		if (is_new)
			kept[count++] = i;
	}
	for (size_t i = 0; i < count; i++) { /* none is overwritten before it is read: kept[i] >= i */
		for (size_t j = 0; j < count; j++)
			tree->cosines[i * count + j] = tree->cosines[kept[i] * n + kept[j]];
		memmove(sample->data + i * sample->d, sample->data + kept[i] * sample->d, sample->d * sizeof *sample->data);
	}
	tree->n = sample->n = count;
	return RQ_OK;
}

/* ---- the tree ---- */

/* Prim (1957): Shortest connection networks and some generalizations, for the largest cosines. */
static void grow(struct tree *tree, bool *in)
{
	size_t n = tree->n;

	for (size_t i = 0; i < n; i++) {
		tree->link[i] = i == 0 ? INFINITY : tree->cosines[i];
		tree->parent[i] = 0;
		tree->below[i] = 1;
		in[i] = false;
	}
	for (size_t step = 0; step < n; step++) {
		size_t best = n;
		for (size_t i = 0; i < n; i++)
			if (!in[i] && (best == n || tree->link[i] > tree->link[best]))
				best = i;
		in[best] = true;
		tree->order[step] = best;
		for (size_t i = 0; i < n; i++)
			if (!in[i] && tree->cosines[best * n + i] > tree->link[i]) {
				tree->link[i] = tree->cosines[best * n + i];
				tree->parent[i] = best;
			}
	}
	for (size_t step = n - 1; step > 0; step--)
		tree->below[tree->parent[tree->order[step]]] += tree->below[tree->order[step]];
}

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* Of each row's cosine with its nearest neighbour, that which so many fall below. */
static enum rq_status nearest_quantile(double *quantile, const struct tree *tree, struct rq_error *err)
{
	size_t n = tree->n;
	RQ_CLEANUP(rq_free_pointer) float *nearest = malloc(n * sizeof *nearest);

	if (nearest == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) {
		nearest[i] = -1;
		for (size_t j = 0; j < n; j++)
			if (j != i && tree->cosines[i * n + j] > nearest[i])
				nearest[i] = tree->cosines[i * n + j];
	}
	qsort(nearest, n, sizeof *nearest, by_size);
	*quantile = (double)nearest[(size_t)(QUANTILE * (double)n)];
	return RQ_OK;
}

/* The weakest link that leaves some rows on both of its sides. */
static size_t weakest(const struct tree *tree)
{
	size_t least = (size_t)ceil(SHARE_LEAST * (double)tree->n), best = 0;

	if (least < PART_LEAST)
		least = PART_LEAST;
	for (size_t step = 1; step < tree->n; step++) {
		size_t row = tree->order[step];
		if (tree->below[row] >= least && tree->n - tree->below[row] >= least && (best == 0 || tree->link[row] < tree->link[best]))
			best = row;
	}
	return best;
}

/* in[i]: row i is in the tree below `root`. Parents join before their children. */
static void mark_below(bool *in, const struct tree *tree, size_t root)
{
	for (size_t step = 0; step < tree->n; step++) {
		size_t row = tree->order[step];
		in[row] = row == root || (step > 0 && in[tree->parent[row]]);
	}
}

static enum rq_status cosine_of_means(double *cosine, const struct rq_vectors *sample, const bool *in, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) double *means = calloc(2 * sample->d, sizeof *means);
	double product = 0, squares[2] = {0, 0};

	if (means == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < sample->n; i++)
		for (size_t j = 0; j < sample->d; j++)
			means[(in[i] ? sample->d : 0) + j] += (double)sample->data[i * sample->d + j];
	for (size_t j = 0; j < sample->d; j++) {
		product += means[j] * means[sample->d + j];
		squares[0] += means[j] * means[j];
		squares[1] += means[sample->d + j] * means[sample->d + j];
	}
	*cosine = squares[0] > 0 && squares[1] > 0 ? product / sqrt(squares[0] * squares[1]) : 0;
	return RQ_OK;
}

static enum rq_status cut(struct rq_mixture *mixture, struct tree *tree, const struct rq_vectors *sample, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) bool *in = malloc(sample->n * sizeof *in);

	if (in == NULL)
		return rq_fail_memory(err);
	grow(tree, in);
	RQ_TRY(nearest_quantile(&mixture->nearest, tree, err));
	size_t root = weakest(tree);
	if (root == 0)
		return RQ_OK;
	mark_below(in, tree, root);
	RQ_TRY(cosine_of_means(&mixture->means, sample, in, err));
	size_t part = tree->below[root];
	mixture->share = (double)(part < sample->n - part ? part : sample->n - part) / (double)sample->n;
	mixture->link = (double)tree->link[root];
	mixture->first = tree->parent[root];
	mixture->other = root;
	mixture->found = mixture->nearest > 0 && mixture->link < LINK_MOST * mixture->nearest && mixture->means < MEANS_MOST;
	return RQ_OK;
}

enum rq_status rq_mixture_measure(struct rq_mixture *mixture, struct rq_vectors *sample, const struct rq_mixture_rows *rows, struct rq_error *err)
{
	RQ_CLEANUP(tree_release) struct tree tree = {0};
	size_t n = sample->n;
	RQ_CLEANUP(rq_free_pointer) size_t *kept = malloc((n + 1) * sizeof *kept);

	*mixture = (struct rq_mixture){.rows = n, .distinct = n};
	if (kept == NULL)
		return rq_fail_memory(err);
	if (n < ROWS_LEAST)
		return RQ_OK;
	rq_vectors_normalise(sample);
	RQ_TRY(take_memory(&tree, n, err));
	rq_sgemm(false, true, n, n, sample->d, 1, sample->data, sample->d, sample->data, sample->d, 0, tree.cosines, n);
	RQ_TRY(keep_distinct(&tree, sample, kept, err));
	mixture->distinct = tree.n;
	if (tree.n < ROWS_LEAST)
		return RQ_OK;
	RQ_TRY(cut(mixture, &tree, sample, err));
	mixture->first = rows->items[kept[mixture->first]];
	mixture->other = rows->items[kept[mixture->other]];
	return RQ_OK;
}

void rq_mixture_choose(struct rq_mixture_rows *rows, size_t of)
{
	size_t wanted = of < RQ_MIXTURE_SAMPLE ? of : RQ_MIXTURE_SAMPLE;
	struct rq_random random;

	rq_random_seed(&random, SEED);
	rows->count = 0;
	for (size_t row = 0; rows->count < wanted; row++)
		if (rq_random_below(&random, of - row) < wanted - rows->count)
			rows->items[rows->count++] = row;
}

enum rq_status rq_mixture_take(struct rq_vectors *sample, const struct rq_vectors *vectors, const struct rq_mixture_rows *rows, struct rq_error *err)
{
	RQ_TRY(rq_vectors_init(sample, rows->count, vectors->d, err));
	for (size_t i = 0; i < rows->count; i++)
		memcpy(sample->data + i * sample->d, vectors->data + rows->items[i] * vectors->d, vectors->d * sizeof *sample->data);
	return RQ_OK;
}

enum rq_status rq_mixture_check(struct rq_vectors *sample, const struct rq_mixture_rows *rows, const char *path, struct rq_error *err)
{
	struct rq_mixture mixture;

	RQ_TRY(rq_mixture_measure(&mixture, sample, rows, err));
	if (!mixture.found)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "%s: seems to hold vectors of two models: %.2g %% of the rows (row %zu for one) have no neighbour among the others (row %zu for one) "
	               "that is as near as theirs; embed all documents with one model, or say with --stamps which made which rows: where one made all, as of texts "
	               "in two languages, a file with the line \"0 LAST-ROW MODEL\"",
	               path, mixture.share * 100, mixture.other, mixture.first);
}
