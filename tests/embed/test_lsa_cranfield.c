#include "datasets/datasets.h"
#include "evalcore/base/system.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct collection {
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
};

static bool load_cranfield(struct collection *cranfield)
{
	struct rq_error err = {0};
	const char *field = "text";

	*cranfield = (struct collection){0};
	const char *path = shared_file("cranfield/corpus.jsonl");
	if (path == NULL)
		return false;
	ck_assert_ok(rq_corpus_load(&cranfield->corpus, path, &field, 1, &err));
	ck_assert_ok(rq_topics_load(&cranfield->topics, shared_file("cranfield/queries.jsonl"), &err));
	ck_assert_ok(rq_qrels_load(&cranfield->qrels, shared_file("cranfield/qrels/test.tsv"), &err));
	return true;
}

static void release(struct collection *collection)
{
	rq_corpus_release(&collection->corpus);
	rq_topics_release(&collection->topics);
	rq_qrels_release(&collection->qrels);
}

struct embedded {
	float *documents, *topics;
	size_t d;
};

static struct embedded embed(const struct collection *collection, const char *kind, const char *options_text)
{
	const struct rq_embedder *embedder = rq_embedder_find(kind);
	struct rq_arena arena = {0};
	struct rq_buf model = {0};
	struct rq_error err = {0};
	void *options = options_from(embedder, &arena, options_text), *state;
	const char **texts = malloc(collection->corpus.count * sizeof *texts);
	struct embedded out;

	if (embedder->fit != NULL)
		ck_assert_ok(embedder->fit(&model, options, &collection->corpus, NULL, &err));
	ck_assert_ok(embedder->open(&state, options, model.data, model.size, &err));
	out.d = embedder->dimension(state);
	out.documents = malloc(collection->corpus.count * out.d * sizeof(float));
	out.topics = malloc(collection->topics.count * out.d * sizeof(float));
	for (size_t i = 0; i < collection->corpus.count; i++)
		texts[i] = collection->corpus.documents[i].text;
	ck_assert_ok(embedder->embed(state, RQ_ROLE_DOCUMENT, texts, collection->corpus.count, out.documents, NULL, &err));
	for (size_t i = 0; i < collection->topics.count; i++)
		texts[i] = collection->topics.topics[i].text;
	ck_assert_ok(embedder->embed(state, RQ_ROLE_TOPIC, texts, collection->topics.count, out.topics, NULL, &err));
	embedder->close(state);
	free(texts);
	rq_buf_release(&model);
	rq_arena_release(&arena);
	return out;
}

static void free_embedded(struct embedded *embedded)
{
	free(embedded->documents);
	free(embedded->topics);
}

struct hit {
	double score;
	const char *id;
	int grade;
};

static int by_score_then_id(const void *a, const void *b)
{
	const struct hit *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return strcmp(y->id, x->id);
}

static int descending(const void *a, const void *b)
{
	return *(const int *)b - *(const int *)a;
}

struct quality {
	double mrr, ndcg, recall;
};

/* One topic, the slow way: every product, everything sorted. */
static struct quality judge(struct hit *hits, const struct collection *collection, const struct embedded *embedded, size_t topic)
{
	const struct rq_topic_judgments *judgments = rq_qrels_find(&collection->qrels, collection->topics.topics[topic].id);
	size_t n = collection->corpus.count, d = embedded->d, relevant = 0;
	int *ideal = calloc(judgments->count + 10, sizeof *ideal);
	struct quality quality = {0};
	double gain = 0, best = 0;

	for (size_t i = 0; i < n; i++) {
		hits[i] = (struct hit){.id = collection->corpus.documents[i].id};
		for (size_t j = 0; j < d; j++)
			hits[i].score += (double)embedded->documents[i * d + j] * embedded->topics[topic * d + j];
		for (size_t k = 0; k < judgments->count; k++)
			if (strcmp(judgments->judgments[k].document, hits[i].id) == 0)
				hits[i].grade = judgments->judgments[k].grade;
	}
	qsort(hits, n, sizeof *hits, by_score_then_id);
	for (size_t k = 0; k < judgments->count; k++) {
		ideal[k] = judgments->judgments[k].grade;
		relevant += ideal[k] >= 1;
	}
	qsort(ideal, judgments->count, sizeof *ideal, descending);
	for (size_t rank = 0; rank < 100; rank++) {
		if (hits[rank].grade >= 1 && rank < 10 && quality.mrr == 0)
			quality.mrr = 1 / ((double)rank + 1);
		quality.recall += hits[rank].grade >= 1;
		if (rank < 10) {
			gain += hits[rank].grade / log2((double)rank + 2);
			best += ideal[rank] / log2((double)rank + 2);
		}
	}
	quality.ndcg = gain / best;
	quality.recall /= (double)relevant;
	free(ideal);
	return quality;
}

static struct quality measure(const struct collection *collection, const char *kind, const char *options)
{
	struct embedded embedded = embed(collection, kind, options);
	struct hit *hits = malloc(collection->corpus.count * sizeof *hits);
	struct quality mean = {0};
	double topics = (double)collection->topics.count;

	for (size_t i = 0; i < collection->topics.count; i++) {
		struct quality one = judge(hits, collection, &embedded, i);
		mean.mrr += one.mrr / topics;
		mean.ndcg += one.ndcg / topics;
		mean.recall += one.recall / topics;
	}
	free(hits);
	free_embedded(&embedded);
	return mean;
}

START_TEST(test_quality)
{
	struct collection cranfield;

	if (!load_cranfield(&cranfield))
		return;
	ck_assert_uint_eq(cranfield.topics.count, 225);
	struct quality lsa = measure(&cranfield, "lsa", "{}"), small = measure(&cranfield, "lsa", "{\"dim\": 64}");
	struct quality hash = measure(&cranfield, "hash", "{}");
	ck_assert_double_ge(lsa.mrr, .83);
	ck_assert_double_ge(lsa.ndcg, .54);
	ck_assert_double_ge(lsa.recall, .80);
	ck_assert_double_lt(lsa.mrr, .87); /* much more would mean that the measure is wrong */
	ck_assert_double_lt(small.mrr, lsa.mrr - .05);
	ck_assert_double_lt(hash.mrr, lsa.mrr - .05);
	ck_assert_double_gt(hash.mrr, .70);
	release(&cranfield);
}
END_TEST

START_TEST(test_same_vectors)
{
	struct collection cranfield;

	if (!load_cranfield(&cranfield))
		return;
	size_t documents = cranfield.corpus.count, topics = cranfield.topics.count;
	rq_threads_set(1);
	struct embedded one = embed(&cranfield, "lsa", "{}");
	rq_threads_set(2);
	struct embedded two = embed(&cranfield, "lsa", "{}");
	ck_assert_uint_eq(one.d, 256);
	ck_assert_int_eq(memcmp(one.documents, two.documents, documents * one.d * sizeof(float)), 0);
	ck_assert_int_eq(memcmp(one.topics, two.topics, topics * one.d * sizeof(float)), 0);
	for (size_t i = 0; i < documents; i++) { /* 471 and 995 are empty */
		struct rq_vectors row = {.data = one.documents + i * one.d, .n = 1, .d = one.d};
		bool empty = strcmp(cranfield.corpus.documents[i].id, "471") == 0 || strcmp(cranfield.corpus.documents[i].id, "995") == 0;
		ck_assert_int_eq(rq_vectors_zero_row(&row, 0) == 0, empty);
	}
	free_embedded(&one);
	free_embedded(&two);
	release(&cranfield);
}
END_TEST

/* Nothing that a clock measures: the dimension, and the size of the model, which decides memory and what is cached. */
START_TEST(test_estimate)
{
	const struct rq_embedder *embedder = rq_embedder_find("lsa");
	struct collection cranfield;
	struct rq_arena arena = {0};
	struct rq_buf model = {0};
	struct rq_error err = {0};
	struct rq_text_volume volume = {0};
	struct rq_embedder_estimate small, large;

	if (!load_cranfield(&cranfield))
		return;
	volume.texts = cranfield.corpus.count;
	for (size_t i = 0; i < cranfield.corpus.count; i++)
		volume.bytes += strlen(cranfield.corpus.documents[i].text);
	embedder->estimate(&small, options_from(embedder, &arena, "{\"dim\": 32}"), volume, volume);
	embedder->estimate(&large, options_from(embedder, &arena, "{\"dim\": 4096}"), volume, volume);
	ck_assert_uint_eq(small.dimension, 32);
	ck_assert_uint_eq(large.dimension, 1380);
	ck_assert(small.fit.parallel > 0 && large.fit.parallel > small.fit.parallel && large.embed.parallel > small.embed.parallel && large.fit.memory > small.fit.memory);
	ck_assert_ok(embedder->fit(&model, options_from(embedder, &arena, "{\"dim\": 32}"), &cranfield.corpus, NULL, &err));
	ck_assert_msg(small.fit.stored > .7 * (double)model.size && small.fit.stored < 1.4 * (double)model.size, "%.0f bytes expected, %zu made", small.fit.stored, model.size);
	rq_buf_release(&model);
	rq_arena_release(&arena);
	release(&cranfield);
}
END_TEST

Suite *lsa_cranfield_suite(void)
{
	Suite *suite = suite_create("lsa_cranfield");
	TCase *tests = tcase_create("lsa_cranfield");

	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, test_quality);
	tcase_add_test(tests, test_same_vectors);
	tcase_add_test(tests, test_estimate);
	suite_add_tcase(suite, tests);
	return suite;
}
