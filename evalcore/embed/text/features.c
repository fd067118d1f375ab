/* Counts a text's features: hash every word and bigram, sort, run lengths. Sorting makes the order, and with it every later sum, a function of
 * the text alone. */
#include "evalcore/embed/text/features.h"

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <stdlib.h>

enum { BLOCK_TEXTS = 32 }; /* share a tokeniser; enough to make its set-up small beside them */

static bool add_hash(struct rq_features *features, uint64_t hash)
{
	if (!RQ_RESERVE(features->hashes, features->hash_capacity, features->hash_count + 1))
		return false;
	features->hashes[features->hash_count++] = hash;
	return true;
}

static bool add_word(void *context, const char *stem, size_t length)
{
	struct rq_features *features = context;
	uint64_t word = rq_hash64(stem, length) & ~(uint64_t)1, pair[] = {features->previous, word};

	if (features->bigrams && features->has_previous && !add_hash(features, rq_hash64(pair, sizeof pair) | 1))
		return false;
	features->previous = word;
	features->has_previous = true;
	return add_hash(features, word);
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

enum rq_status rq_features_read(struct rq_features *features, struct rq_tokenizer *tokenizer, const char *text, bool bigrams, struct rq_error *err)
{
	features->count = features->hash_count = 0;
	features->bigrams = bigrams;
	features->has_previous = false;
	RQ_TRY(rq_tokenize(tokenizer, text, add_word, features, err));
	if (features->hash_count == 0)
		return RQ_OK;
	if (!RQ_RESERVE(features->items, features->items_capacity, features->hash_count))
		return rq_fail_memory(err);
	qsort(features->hashes, features->hash_count, sizeof *features->hashes, compare_hashes);
	for (size_t i = 0; i < features->hash_count; i++) {
		if (i == 0 || features->hashes[i] != features->hashes[i - 1])
			features->items[features->count++] = (struct rq_feature){.hash = features->hashes[i]};
		features->items[features->count - 1].count++;
	}
	return RQ_OK;
}

void rq_features_release(struct rq_features *features)
{
	free(features->items);
	free(features->hashes);
	*features = (struct rq_features){0};
}

struct each {
	const char *const *texts;
	size_t n;
	const struct rq_feature_options *options;
	rq_features_body body;
	void *context;
	struct rq_progress *progress;
	size_t failed; /* the first text that failed; n: none yet */
	struct rq_error err; /* its error */
};

static enum rq_status read_block(const struct each *each, size_t first, size_t last, size_t *at, struct rq_error *err)
{
	struct rq_tokenizer *tokenizer;
	struct rq_features features = {0};

	*at = first;
	RQ_TRY(rq_tokenizer_new(&tokenizer, each->options->language, each->options->stop_words, err));
	enum rq_status status = RQ_OK;
	for (; *at < last && status == RQ_OK; *at += status == RQ_OK) {
		status = rq_features_read(&features, tokenizer, each->texts[*at], each->options->bigrams, err);
		if (status == RQ_OK)
			status = each->body(each->context, *at, &features, err);
	}
	rq_features_release(&features);
	rq_tokenizer_free(tokenizer);
	return status;
}

static void each_block(void *context, size_t block)
{
	struct each *each = context;
	size_t first = block * BLOCK_TEXTS, last = each->n - first < BLOCK_TEXTS ? each->n : first + BLOCK_TEXTS, at;
	struct rq_error err = {0};

	if (rq_cancel_requested())
		return;
	if (read_block(each, first, last, &at, &err) != RQ_OK) {
#pragma omp critical(rq_features_each)
		if (at < each->failed) {
			each->failed = at;
			each->err = err;
		}
	}
	rq_progress_add(each->progress, last - first);
}

enum rq_status rq_features_each(const char *const *texts, size_t n, const struct rq_feature_options *options, rq_features_body body, void *context,
                                struct rq_progress *progress, struct rq_error *err)
{
	struct each each = {.texts = texts, .n = n, .options = options, .body = body, .context = context, .progress = progress, .failed = n};

	rq_parallel_for((n + BLOCK_TEXTS - 1) / BLOCK_TEXTS, each_block, &each);
	RQ_TRY(rq_cancel_check(err));
	if (each.failed < n)
		return rq_fail(err, each.err.status, "%s", each.err.text);
	return RQ_OK;
}
