/* Where the rows of a pair come from. */
#include "ci/drift_power/power.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/random.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/model/dataset.h"

#include <math.h>
#include <stdlib.h>

enum { DIMENSION = 64, ROWS = 3000, OTHERS = 600, CLUSTERS = 30, SEED = 20261121 };
static const double noise = 0.9; /* length of what is added to a centre's 1 */

static enum rq_status measure_deviations(struct rq_power_set *set, struct rq_error *err)
{
	const struct rq_vectors *rows = &set->rows;

	set->deviations = calloc(rows->d, sizeof *set->deviations);
	if (set->deviations == NULL)
		return rq_fail_memory(err);
	for (size_t j = 0; j < rows->d; j++) {
		double sum = 0, squares = 0;
		for (size_t i = 0; i < rows->n; i++) {
			sum += rows->data[i * rows->d + j];
			squares += (double)rows->data[i * rows->d + j] * rows->data[i * rows->d + j];
		}
		double mean = sum / (double)rows->n;
		set->deviations[j] = sqrt(squares / (double)rows->n - mean * mean);
		if (set->deviations[j] > set->deviations[set->spread])
			set->spread = j;
	}
	return RQ_OK;
}

/* Rows about `clusters` random directions. */
static enum rq_status draw_clusters(struct rq_vectors *rows, size_t n, size_t clusters, uint64_t seed, struct rq_error *err)
{
	struct rq_random random;
	double centres[CLUSTERS][DIMENSION];

	RQ_TRY(rq_vectors_init(rows, n, DIMENSION, err));
	rq_random_seed(&random, seed);
	for (size_t c = 0; c < clusters; c++)
		for (size_t j = 0; j < DIMENSION; j++)
			centres[c][j] = rq_random_normal(&random) / sqrt(DIMENSION);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < DIMENSION; j++)
			rows->data[i * DIMENSION + j] = (float)(centres[i % clusters][j] + noise * rq_random_normal(&random) / sqrt(DIMENSION));
	(void)rq_vectors_normalise(rows);
	return RQ_OK;
}

static enum rq_status make_clusters(struct rq_power_set *set, struct rq_error *err)
{
	set->name = "clusters";
	RQ_TRY(draw_clusters(&set->rows, ROWS, CLUSTERS, SEED, err));
	RQ_TRY(draw_clusters(&set->others, OTHERS, CLUSTERS / 5, SEED + 1, err));
	return measure_deviations(set, err);
}

/* ---- abstracts ---- */

struct abstracts {
	struct rq_corpus corpora[2];
	struct rq_buf model;
	void *state;
	const struct rq_embedder *embedder;
	struct rq_arena arena;
};

static void abstracts_release(struct abstracts *a)
{
	if (a->state != NULL)
		a->embedder->close(a->state);
	rq_corpus_release(&a->corpora[0]);
	rq_corpus_release(&a->corpora[1]);
	rq_buf_release(&a->model);
	rq_arena_release(&a->arena);
}

static enum rq_status embed(struct rq_vectors *rows, const struct abstracts *a, const struct rq_corpus *corpus, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc(corpus->count * sizeof *texts);
	size_t kept = 0;

	if (texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	RQ_TRY(rq_vectors_init(rows, corpus->count, a->embedder->dimension(a->state), err));
	RQ_TRY(a->embedder->embed(a->state, RQ_ROLE_DOCUMENT, texts, corpus->count, rows->data, NULL, err));
	(void)rq_vectors_normalise(rows);
	for (size_t i = 0; i < rows->n; i++) { /* an empty abstract has no direction */
		bool zero = rq_vectors_zero_row(rows, i) == i;
		for (size_t j = 0; j < rows->d && !zero; j++)
			rows->data[kept * rows->d + j] = rows->data[i * rows->d + j];
		kept += zero ? 0 : 1;
	}
	rows->n = kept;
	return RQ_OK;
}

static enum rq_status make_abstracts(struct rq_power_set *set, struct abstracts *a, const char *shared, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"}, *const names[] = {"cranfield", "cacm"};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *config = rq_json_new_object();

	a->embedder = rq_embedder_find("lsa");
	rq_json_set_number(config, "dim", DIMENSION);
	void *options = rq_arena_alloc(&a->arena, 1, a->embedder->options_size);
	if (config == NULL || options == NULL)
		return rq_fail_memory(err);
	for (int i = 0; i < 2; i++) {
		const char *path = rq_arena_printf(&a->arena, "%s/data/%s/corpus.jsonl", shared, names[i]);
		if (path == NULL)
			return rq_fail_memory(err);
		RQ_TRY(rq_corpus_load(&a->corpora[i], path, fields, 2, err));
	}
	RQ_TRY(rq_options_parse(options, a->embedder->options, config, "lsa", ".", &a->arena, err));
	RQ_TRY(a->embedder->fit(&a->model, options, &a->corpora[0], NULL, err));
	RQ_TRY(a->embedder->open(&a->state, options, a->model.data, a->model.size, err));
	set->name = "cranfield";
	RQ_TRY(embed(&set->rows, a, &a->corpora[0], err));
	RQ_TRY(embed(&set->others, a, &a->corpora[1], err));
	return measure_deviations(set, err);
}

enum rq_status rq_power_sets_load(struct rq_power_sets *sets, const char *shared, struct rq_error *err)
{
	*sets = (struct rq_power_sets){.count = 1};
	enum rq_status status = make_clusters(&sets->items[0], err);
	if (shared != NULL && !rq_file_exists(shared))
		sets->missing = shared;
	else if (shared != NULL && status == RQ_OK) {
		struct abstracts abstracts = {0};
		status = make_abstracts(&sets->items[sets->count++], &abstracts, shared, err);
		abstracts_release(&abstracts);
	}
	if (status != RQ_OK)
		rq_power_sets_release(sets);
	return status;
}

void rq_power_sets_release(struct rq_power_sets *sets)
{
	for (size_t i = 0; i < sets->count; i++) {
		rq_vectors_release(&sets->items[i].rows);
		rq_vectors_release(&sets->items[i].others);
		free(sets->items[i].deviations);
	}
	*sets = (struct rq_power_sets){0};
}
