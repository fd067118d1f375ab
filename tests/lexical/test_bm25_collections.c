/* BM25 on real collections. Plain tokens: the digits that the READMEs of the collections print. Stop words and stems: what a program of fifty lines
 * in another language gets with this stop list and Snowball's English stemmer; evalcore/lexical/README.md says why the READMEs' figures, of another
 * list and stemmer, are a little different. */
#include "datasets/datasets.h"
#include "evalcore/lexical/bm25.h"
#include "metrics/metric.h"
#include "tests/shared.h"

#include <stdlib.h>
#include <string.h>

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

enum { K = 10 };

struct collection {
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
};

static bool load(struct collection *out, const char *name, const char *const *fields, size_t field_count)
{
	struct rq_error err = {0};
	char file[64];

	*out = (struct collection){0};
	snprintf(file, sizeof file, "%s/corpus.jsonl", name);
	const char *path = shared_file(file);
	if (path == NULL)
		return false;
	ck_assert_ok(rq_corpus_load(&out->corpus, path, (const char **)fields, field_count, &err));
	snprintf(file, sizeof file, "%s/queries.jsonl", name);
	ck_assert_ok(rq_topics_load(&out->topics, shared_file(file), &err));
	snprintf(file, sizeof file, "%s/qrels/test.tsv", name);
	ck_assert_ok(rq_qrels_load(&out->qrels, shared_file(file), &err));
	return true;
}

static void release(struct collection *collection)
{
	rq_corpus_release(&collection->corpus);
	rq_topics_release(&collection->topics);
	rq_qrels_release(&collection->qrels);
}

static const struct rq_corpus *sorted_corpus; /* qsort passes no context */

static int by_id(const void *a, const void *b)
{
	return strcmp(sorted_corpus->documents[*(const uint32_t *)a].id, sorted_corpus->documents[*(const uint32_t *)b].id);
}

static struct rq_neighbours answers(const struct collection *collection, const struct rq_bm25_options *options)
{
	size_t n = collection->corpus.count, nq = collection->topics.count;
	const char **texts = malloc((n > nq ? n : nq) * sizeof *texts);
	uint32_t *order = malloc(n * sizeof *order), *tie_rank = malloc(n * sizeof *tie_rank);
	struct rq_neighbours out;
	struct rq_bm25 *bm25;
	struct rq_error err = {0};

	for (uint32_t i = 0; i < n; i++) {
		texts[i] = collection->corpus.documents[i].text;
		order[i] = i;
	}
	sorted_corpus = &collection->corpus;
	qsort(order, n, sizeof *order, by_id);
	for (uint32_t i = 0; i < n; i++)
		tie_rank[order[i]] = i;
	ck_assert_ok(rq_bm25_build(&bm25, options, texts, n, NULL, &err));
	for (size_t i = 0; i < nq; i++)
		texts[i] = collection->topics.topics[i].text;
	ck_assert_ok(rq_neighbours_init(&out, nq, K, &err));
	ck_assert_ok(rq_bm25_search(&out, bm25, texts, nq, tie_rank, NULL, &err));
	rq_bm25_free(bm25);
	free(texts);
	free(order);
	free(tie_rank);
	return out;
}

static double mean(const struct collection *collection, const struct rq_neighbours *found, const char *metric)
{
	struct rq_metric_spec spec;
	struct rq_error err = {0};
	size_t nq = collection->topics.count;
	double *values = malloc(nq * sizeof *values);

	struct rq_pool pool;

	ck_assert_ok(rq_metric_parse(&spec, metric, &err));
	ck_assert_ok(rq_pool_make(&pool, &collection->qrels, &err));
	for (size_t t = 0; t < nq; t++) {
		const char *topic = collection->topics.topics[t].id;
		size_t place = rq_pool_find(&pool, topic, strlen(topic));
		struct rq_scored_document documents[K];
		struct rq_ranking ranking = {.documents = documents, .count = found->counts[t]};
		struct rq_hit hits[K];
		ck_assert_uint_ne(place, RQ_NO_TOPIC);
		for (size_t i = 0; i < ranking.count; i++)
			documents[i] = (struct rq_scored_document){collection->corpus.documents[found->rows[t * K + i]].id, found->scores[t * K + i]};
		struct rq_judged_ranking judged = rq_judge_ranking(&ranking, &pool.topics[place], hits);
		values[t] = spec.metric->score(&judged, &spec);
	}
	double result = rq_mean(values, nq);
	rq_pool_release(&pool);
	free(values);
	return result;
}

static void expect(const struct collection *collection, const struct rq_bm25_options *options, double mrr, double ndcg, double tolerance)
{
	struct rq_neighbours found = answers(collection, options);

	ck_assert_double_eq_tol(mean(collection, &found, "RR@10"), mrr, tolerance);
	ck_assert_double_eq_tol(mean(collection, &found, "nDCG@10"), ndcg, tolerance);
	rq_neighbours_release(&found);
}

static const struct rq_bm25_options standard = {.k1 = 1.2, .b = .75, .language = "english", .stop_words = true};
static const struct rq_bm25_options bare = {.k1 = 1.2, .b = .75, .language = "none"};

START_TEST(cranfield)
{
	static const char *const text[] = {"text"}, *const both[] = {"title", "text"};
	struct collection collection;

	if (!load(&collection, "cranfield", text, 1))
		return;
	expect(&collection, &bare, .7815, .4946, 5e-5);
	expect(&collection, &standard, .8236, .5288, .001);
	release(&collection);
	ck_assert(load(&collection, "cranfield", both, 2));
	expect(&collection, &bare, .7804, .5019, 5e-5);
	release(&collection);
}
END_TEST

START_TEST(cacm)
{
	static const char *const both[] = {"title", "text"}, *const text[] = {"text"};
	struct collection collection;

	if (!load(&collection, "cacm", both, 2))
		return;
	expect(&collection, &bare, .6738, .3933, 5e-5);
	expect(&collection, &standard, .7093, .4938, .001);
	release(&collection);
	ck_assert(load(&collection, "cacm", text, 1));
	expect(&collection, &bare, .5597, .3196, 5e-5);
	release(&collection);
}
END_TEST

Suite *bm25_collections_suite(void)
{
	Suite *suite = suite_create("bm25_collections");
	TCase *tests = tcase_create("bm25_collections");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, cranfield);
	tcase_add_test(tests, cacm);
	suite_add_tcase(suite, tests);
	return suite;
}
