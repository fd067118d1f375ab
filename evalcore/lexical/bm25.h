/* BM25: texts in, the nearest of them for a topic out, by the words they share. An inverted index over the tokens of evalcore/embed/text.
 *
 * score(topic, document) = sum over the topic's words t of
 *     qtf(t) * ln(1 + (N - n(t) + .5) / (n(t) + .5)) * tf(t) * (k1 + 1) / (tf(t) + k1 * (1 - b + b * length / average length))
 *
 * N documents, n(t) of them with the word, tf and qtf its occurrences in document and topic. Length is counted in tokens, once stop words are gone;
 * empty documents count in N and in the average. Robertson & Zaragoza, The probabilistic relevance framework: BM25 and beyond (2009), with the idf of
 * Lucene, which is never negative. A score is above 0 exactly where a word is shared; the other documents are not returned. */
#ifndef RQ_LEXICAL_BM25_H
#define RQ_LEXICAL_BM25_H

#include "evalcore/base/options.h"
#include "evalcore/index/index.h"
#include "evalcore/model/cost.h"

enum { RQ_BM25_VERSION = 1 }; /* raised when the same input gives other scores: part of every cache key */

struct rq_bm25_options {
	double k1, b;
	const char *language; /* Snowball's name, or "none" */
	bool stop_words;
};

extern const struct rq_option rq_bm25_options[];
extern const char rq_bm25_help[], rq_bm25_citation[]; /* one sentence; papers */

/* The language is one that there is. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_bm25_check(const struct rq_bm25_options *options, struct rq_error *err);

/* The index; read-only once built. Options and their strings are borrowed until it is freed. */
struct rq_bm25;

RQ_MUST_USE enum rq_status rq_bm25_build(struct rq_bm25 **bm25, const struct rq_bm25_options *options, const char *const *texts, size_t n,
                                         struct rq_progress *progress, struct rq_error *err);
void rq_bm25_free(struct rq_bm25 *bm25);

/* What one thread searches with, from query to query: a tokeniser, and a score for each document. */
struct rq_bm25_reader;

RQ_MUST_USE enum rq_status rq_bm25_reader_new(struct rq_bm25_reader **reader, const struct rq_bm25 *bm25, struct rq_error *err);
void rq_bm25_reader_free(struct rq_bm25_reader *reader);
/* List `query` of out: the out->k best documents for the text, equal scores by tie_rank descending. */
RQ_MUST_USE enum rq_status rq_bm25_reader_search(struct rq_neighbours *out, size_t query, struct rq_bm25_reader *reader, const char *text,
                                                 const uint32_t *tie_rank, struct rq_error *err);

/* List i of out (initialised with n queries) for text i, on all threads, whose number changes no digit. */
RQ_MUST_USE enum rq_status rq_bm25_search(struct rq_neighbours *out, const struct rq_bm25 *bm25, const char *const *texts, size_t n,
                                          const uint32_t *tie_rank, struct rq_progress *progress, struct rq_error *err);

/* What an index of so much text costs, and the seconds of one search of it on one thread, by topics of that length on average. */
struct rq_cost rq_bm25_build_cost(struct rq_text_volume documents);
double rq_bm25_query_seconds(struct rq_text_volume documents, struct rq_text_volume topics);

#endif
