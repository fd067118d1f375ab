/* BM25: a topic's words one after the other, each added to the scores of the documents that hold it; then the best k of those. */
#include "evalcore/lexical/bm25.h"

#include "evalcore/base/system.h"
#include "evalcore/index/neighbours.h"
#include "evalcore/lexical/postings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_TOPICS = 16 }; /* share a reader; enough to make its set-up small beside them */

#define MEMBER(name) offsetof(struct rq_bm25_options, name)
const struct rq_option rq_bm25_options[] = {
	{.name = "k1", .type = RQ_OPTION_NUMBER, .offset = MEMBER(k1), .standard = "1.2", .minimum = 0, .maximum = 1000,
	 .help = "how much a word's further occurrences in a document count: 0 not at all, large values nearly in proportion"},
	{.name = "b", .type = RQ_OPTION_NUMBER, .offset = MEMBER(b), .standard = "0.75", .minimum = 0, .maximum = 1,
	 .help = "how much longer documents are held back: 0 not at all, 1 in proportion to their length"},
	{.name = "language", .type = RQ_OPTION_STRING, .offset = MEMBER(language), .standard = "\"english\"",
	 .help = "Snowball stemmer by its name (\"english\", \"german\" ...), or \"none\" for no stemming"},
	{.name = "stop_words", .type = RQ_OPTION_BOOL, .offset = MEMBER(stop_words), .standard = "true",
	 .help = "leave out words such as \"the\" and \"of\"; there is a list for English only"},
	RQ_OPTIONS_END,
};
#undef MEMBER

const char rq_bm25_help[] = "BM25 over the words of the documents: no embedder and no vectors";
const char rq_bm25_citation[] =
	"Robertson, Zaragoza: The probabilistic relevance framework: BM25 and beyond, Foundations and Trends in Information Retrieval 3(4), 2009; "
	"idf as in Apache Lucene's BM25Similarity";

struct rq_bm25 {
	const struct rq_bm25_options *options; /* borrowed */
	struct rq_postings postings;
	double *norms; /* of each document: k1 * (1 - b + b * length / average length) */
};

struct rq_bm25_reader {
	const struct rq_bm25 *bm25;
	struct rq_tokenizer *tokenizer;
	struct rq_features features;
	double *scores;    /* of each document; all 0 between searches */
	uint32_t *touched; /* documents whose score is not 0, and room for one more */
};

enum rq_status rq_bm25_check(const struct rq_bm25_options *options, struct rq_error *err)
{
	struct rq_tokenizer *tokenizer;

	RQ_TRY(rq_tokenizer_new(&tokenizer, options->language, options->stop_words, err));
	rq_tokenizer_free(tokenizer);
	return RQ_OK;
}

static enum rq_status build(struct rq_bm25 *bm25, const char *const *texts, size_t n, struct rq_progress *progress, struct rq_error *err)
{
	const struct rq_bm25_options *o = bm25->options;
	const struct rq_feature_options words = {.language = o->language, .stop_words = o->stop_words};

	RQ_TRY(rq_postings_build(&bm25->postings, texts, n, &words, progress, err));
	bm25->norms = malloc((n + 1) * sizeof *bm25->norms);
	if (bm25->norms == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < n; i++) /* where all are empty nobody asks for a norm */
		bm25->norms[i] = o->k1 * (1 - o->b + o->b * (double)bm25->postings.lengths[i] * (double)n / (double)bm25->postings.tokens);
	return RQ_OK;
}

enum rq_status rq_bm25_build(struct rq_bm25 **bm25, const struct rq_bm25_options *options, const char *const *texts, size_t n,
                             struct rq_progress *progress, struct rq_error *err)
{
	*bm25 = NULL;
	struct rq_bm25 *made = calloc(1, sizeof *made);
	if (made == NULL)
		return rq_fail_memory(err);
	made->options = options;
	rq_progress_begin(progress, "indexing words", "texts", n);
	enum rq_status status = build(made, texts, n, progress, err);
	rq_progress_end(progress);
	if (status == RQ_OK)
		*bm25 = made;
	else
		rq_bm25_free(made);
	return status;
}

void rq_bm25_free(struct rq_bm25 *bm25)
{
	if (bm25 == NULL)
		return;
	rq_postings_release(&bm25->postings);
	free(bm25->norms);
	free(bm25);
}

enum rq_status rq_bm25_reader_new(struct rq_bm25_reader **reader, const struct rq_bm25 *bm25, struct rq_error *err)
{
	size_t documents = bm25->postings.documents;
	struct rq_bm25_reader *made = calloc(1, sizeof *made);

	*reader = NULL;
	if (made == NULL)
		return rq_fail_memory(err);
	made->bm25 = bm25;
	made->scores = calloc(documents + 1, sizeof *made->scores);
	made->touched = malloc((documents + 1) * sizeof *made->touched);
	enum rq_status status = made->scores == NULL || made->touched == NULL ? rq_fail_memory(err) : RQ_OK;
	if (status == RQ_OK)
		status = rq_tokenizer_new(&made->tokenizer, bm25->options->language, bm25->options->stop_words, err);
	if (status == RQ_OK)
		*reader = made;
	else
		rq_bm25_reader_free(made);
	return status;
}

void rq_bm25_reader_free(struct rq_bm25_reader *reader)
{
	if (reader == NULL)
		return;
	rq_tokenizer_free(reader->tokenizer);
	rq_features_release(&reader->features);
	free(reader->scores);
	free(reader->touched);
	free(reader);
}

/* Adds one word to the scores; returns how many documents are touched by now. */
static size_t add_word(struct rq_bm25_reader *reader, const struct rq_feature *word, size_t touched)
{
	const struct rq_bm25 *bm25 = reader->bm25;
	size_t count;
	const struct rq_posting *postings = rq_postings_find(&count, &bm25->postings, word->hash);
	double with = (double)count, without = (double)(bm25->postings.documents - count);
	double weight = (double)word->count * log1p((without + .5) / (with + .5)) * (bm25->options->k1 + 1);

	for (size_t i = 0; i < count; i++) {
		uint32_t document = postings[i].document;
		double tf = (double)postings[i].count;
		reader->touched[touched] = document;
		touched += reader->scores[document] == 0;
		reader->scores[document] += weight * tf / (tf + bm25->norms[document]);
	}
	return touched;
}

enum rq_status rq_bm25_reader_search(struct rq_neighbours *out, size_t query, struct rq_bm25_reader *reader, const char *text,
                                     const uint32_t *tie_rank, struct rq_error *err)
{
	struct rq_list list = rq_neighbours_list(out, query, tie_rank);
	size_t touched = 0;

	*list.count = 0;
	RQ_TRY(rq_features_read(&reader->features, reader->tokenizer, text, false, err));
	for (size_t i = 0; i < reader->features.count; i++) /* by their hashes: an order that is the topic's alone, so sums are always the same */
		touched = add_word(reader, &reader->features.items[i], touched);
	for (size_t i = 0; i < touched; i++) {
		uint32_t document = reader->touched[i];
		rq_list_push(&list, document, reader->scores[document]);
		reader->scores[document] = 0;
	}
	rq_neighbours_order(list.rows, list.scores, *list.count, tie_rank);
	return RQ_OK;
}

struct batch {
	struct rq_neighbours *out;
	const struct rq_bm25 *bm25;
	const char *const *texts;
	size_t n;
	const uint32_t *tie_rank;
	struct rq_progress *progress;
	size_t failed; /* the first block that failed; SIZE_MAX: none yet */
	struct rq_error err; /* its error */
};

static enum rq_status search_some(const struct batch *batch, size_t first, size_t last, struct rq_error *err)
{
	struct rq_bm25_reader *reader;

	RQ_TRY(rq_bm25_reader_new(&reader, batch->bm25, err));
	enum rq_status status = RQ_OK;
	for (size_t i = first; i < last && status == RQ_OK; i++)
		status = rq_bm25_reader_search(batch->out, i, reader, batch->texts[i], batch->tie_rank, err);
	rq_bm25_reader_free(reader);
	return status;
}

static void search_block(void *context, size_t block)
{
	struct batch *batch = context;
	size_t first = block * BLOCK_TOPICS, last = batch->n - first < BLOCK_TOPICS ? batch->n : first + BLOCK_TOPICS;
	struct rq_error err = {0};

	if (rq_cancel_requested())
		return;
	if (search_some(batch, first, last, &err) != RQ_OK) {
#pragma omp critical(rq_bm25_search)
		if (block < batch->failed) {
			batch->failed = block;
			batch->err = err;
		}
	}
	rq_progress_add(batch->progress, last - first);
}

enum rq_status rq_bm25_search(struct rq_neighbours *out, const struct rq_bm25 *bm25, const char *const *texts, size_t n, const uint32_t *tie_rank,
                              struct rq_progress *progress, struct rq_error *err)
{
	struct batch batch = {.out = out, .bm25 = bm25, .texts = texts, .n = n, .tie_rank = tie_rank, .progress = progress, .failed = SIZE_MAX};

	rq_progress_begin(progress, "searching words", "topics", n);
	rq_parallel_for((n + BLOCK_TOPICS - 1) / BLOCK_TOPICS, search_block, &batch);
	rq_progress_end(progress);
	RQ_TRY(rq_cancel_check(err));
	if (batch.failed < SIZE_MAX)
		return rq_fail(err, batch.err.status, "%s", batch.err.text);
	return RQ_OK;
}

/* Measured on Cranfield, CACM, the example and two made-up corpora of 6,000 and 20,000 documents: README.md. */
struct rq_cost rq_bm25_build_cost(struct rq_text_volume documents)
{
	double bytes = 1.2 * (double)documents.bytes;

	return (struct rq_cost){.parallel = RQ_FEATURES_SECONDS * (double)documents.bytes, .memory = 2 * bytes, .kept = bytes};
}

double rq_bm25_query_seconds(struct rq_text_volume documents, struct rq_text_volume topics)
{
	double length = topics.texts == 0 ? 0 : (double)topics.bytes / (double)topics.texts;

	return 6e-6 + length * (7e-8 + 5e-11 * (double)documents.texts);
}
