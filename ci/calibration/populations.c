/* Where the differences of a calibration come from. */
#include "ci/calibration/calibration.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/lexical/bm25.h"
#include "evalcore/model/dataset.h"
#include "evalcore/pipeline/search.h"

#include <stdlib.h>
#include <string.h>

enum { CUTOFF = 10, POPULATIONS_MAXIMUM = 16, FAMILY = 5 };

struct collection {
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
	struct rq_bm25_options options;
	struct rq_bm25 *bm25;
	uint32_t *tie_rank;
	const char **texts;
	struct rq_neighbours found;
	struct rq_arena arena;
};

static void collection_release(struct collection *c)
{
	rq_neighbours_release(&c->found);
	rq_bm25_free(c->bm25);
	free(c->tie_rank);
	free(c->texts);
	rq_corpus_release(&c->corpus);
	rq_topics_release(&c->topics);
	rq_qrels_release(&c->qrels);
	rq_arena_release(&c->arena);
}

static enum rq_status load(struct collection *c, const char *folder, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"};
	char *corpus = rq_arena_printf(&c->arena, "%s/corpus.jsonl", folder), *topics = rq_arena_printf(&c->arena, "%s/queries.jsonl", folder);
	char *qrels = rq_arena_printf(&c->arena, "%s/qrels/test.tsv", folder);
	RQ_CLEANUP(rq_json_free_pointer) rq_json *none = rq_json_new_object();

	if (corpus == NULL || topics == NULL || qrels == NULL || none == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_corpus_load(&c->corpus, corpus, fields, 2, err));
	RQ_TRY(rq_topics_load(&c->topics, topics, err));
	RQ_TRY(rq_qrels_load(&c->qrels, qrels, err));
	return rq_options_parse(&c->options, rq_bm25_options, none, "bm25", ".", &c->arena, err);
}

static enum rq_status search(struct collection *c, struct rq_error *err)
{
	size_t documents = c->corpus.count, topics = c->topics.count;

	c->texts = malloc((documents > topics ? documents : topics) * sizeof *c->texts);
	if (c->texts == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < documents; i++)
		c->texts[i] = c->corpus.documents[i].text;
	RQ_TRY(rq_tie_ranks(&c->tie_rank, c->corpus.ids.names, documents, err));
	RQ_TRY(rq_bm25_build(&c->bm25, &c->options, c->texts, documents, NULL, err));
	RQ_TRY(rq_neighbours_init(&c->found, topics, CUTOFF, err));
	for (size_t i = 0; i < topics; i++)
		c->texts[i] = c->topics.topics[i].text;
	return rq_bm25_search(&c->found, c->bm25, c->texts, topics, c->tie_rank, NULL, err);
}

static bool is_relevant(const struct rq_topic_judgments *judgments, const char *document)
{
	for (size_t i = 0; i < judgments->count; i++)
		if (judgments->judgments[i].grade > 0 && strcmp(judgments->judgments[i].document, document) == 0)
			return true;
	return false;
}

static double reciprocal_rank(const struct collection *c, size_t topic, const struct rq_topic_judgments *judgments)
{
	for (size_t rank = 0; rank < c->found.counts[topic]; rank++) {
		if (is_relevant(judgments, c->corpus.documents[c->found.rows[topic * CUTOFF + rank]].id))
			return 1.0 / (double)(rank + 1);
	}
	return 0;
}

static enum rq_status add_collection(struct rq_populations *populations, const char *name, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(collection_release) struct collection c = {0};
	struct rq_population *population = &populations->items[populations->count];

	RQ_TRY(load(&c, folder, err));
	RQ_TRY(search(&c, err));
	*population = (struct rq_population){.name = name, .kind = RQ_POPULATION_REAL};
	population->values = rq_arena_alloc(&populations->arena, c.topics.count, sizeof *population->values);
	if (population->values == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < c.topics.count; i++) {
		const struct rq_topic_judgments *judgments = rq_qrels_find(&c.qrels, c.topics.topics[i].id);
		if (judgments == NULL)
			continue;
		population->values[population->count] = reciprocal_rank(&c, i, judgments);
		population->mean += population->values[population->count++];
	}
	if (population->count == 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": no topic has a judgment", folder);
	population->mean /= (double)population->count;
	populations->count++;
	return RQ_OK;
}

static enum rq_status add_families(struct rq_populations *populations, struct rq_error *err)
{
	static const double common[] = {0.02, 0.05, 0.1, 0.25, 0.5};

	populations->items[populations->count++] = (struct rq_population){.name = "two-point loss", .kind = RQ_POPULATION_LOSS};
	for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
		const char *name = rq_arena_printf(&populations->arena, "two-point gain %.15g", common[i]);
		if (name == NULL)
			return rq_fail_memory(err);
		populations->items[populations->count++] = (struct rq_population){.name = name, .kind = RQ_POPULATION_GAIN, .common = common[i]};
	}
	return RQ_OK;
}

/* The topics of a population in clusters, and as many metrics of them as gates. */
static enum rq_status add_derived(struct rq_populations *populations, const struct rq_population *from, struct rq_error *err)
{
	static const size_t even[] = {5}, uneven[] = {1, 2, 4, 8};
	const struct rq_population derived[] = {
		{.name = "clusters", .cluster_sizes = even, .cluster_kinds = sizeof even / sizeof *even},
		{.name = "uneven clusters", .cluster_sizes = uneven, .cluster_kinds = sizeof uneven / sizeof *uneven, .largest_lose = true},
		{.name = "family", .gates = FAMILY},
	};

	for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
		struct rq_population *population = &populations->items[populations->count++];
		*population = derived[i];
		population->name = rq_arena_printf(&populations->arena, "%s %s", derived[i].name, from->name);
		population->kind = RQ_POPULATION_REAL;
		population->values = from->values;
		population->count = from->count;
		population->mean = from->mean;
		if (population->name == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

static enum rq_status load_all(struct rq_populations *populations, const char *shared, struct rq_error *err)
{
	char *cranfield = rq_arena_printf(&populations->arena, "%s/data/cranfield", shared);
	char *cacm = rq_arena_printf(&populations->arena, "%s/data/cacm", shared);

	populations->items = rq_arena_alloc(&populations->arena, POPULATIONS_MAXIMUM, sizeof *populations->items);
	if (cranfield == NULL || cacm == NULL || populations->items == NULL)
		return rq_fail_memory(err);
	if (rq_file_exists(shared)) {
		RQ_TRY(add_collection(populations, "cranfield", cranfield, err));
		RQ_TRY(add_collection(populations, "cacm", cacm, err));
	} else {
		populations->missing = rq_arena_strdup(&populations->arena, shared);
		if (populations->missing == NULL)
			return rq_fail_memory(err);
	}
	RQ_TRY(add_collection(populations, "example", "datasets/example", err));
	const struct rq_population *first = &populations->items[0], *example = &populations->items[populations->count - 1];
	RQ_TRY(add_families(populations, err));
	if (first != example)
		RQ_TRY(add_derived(populations, first, err));
	return add_derived(populations, example, err);
}

enum rq_status rq_populations_load(struct rq_populations *populations, const char *shared, struct rq_error *err)
{
	*populations = (struct rq_populations){0};
	enum rq_status status = load_all(populations, shared, err);
	if (status != RQ_OK)
		rq_populations_release(populations);
	return status;
}

void rq_populations_release(struct rq_populations *populations)
{
	rq_arena_release(&populations->arena);
	*populations = (struct rq_populations){0};
}
