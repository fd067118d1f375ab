/* Retrievers: searches that are done elsewhere, by a database or a command: a topic in, document ids out. A retriever is one file and one row of
 * retrievers.def. What it holds is its own business; it is searched anew in every run, since nothing tells whether its answers are still the same.
 *
 * Scores are higher-is-better: a retriever that measures distance negates it. */
#ifndef RQ_RETRIEVER_RETRIEVER_H
#define RQ_RETRIEVER_RETRIEVER_H

#include "evalcore/base/options.h"
#include "evalcore/base/progress.h"
#include "evalcore/model/run.h"

enum rq_distance { RQ_DISTANCE_COSINE, RQ_DISTANCE_IP, RQ_DISTANCE_L2 }; /* index.similarity: "cosine", "ip", "l2" */

struct rq_question {
	const char *topic, *text;
	const float *vector; /* of rq_retriever_context's dimension, scaled to length 1 where the distance is cosine; NULL: the retriever does without */
	size_t k;
};

struct rq_answer {
	const struct rq_scored_document *documents; /* in any order: the caller judges ids and scores, and sorts; borrowed during the call */
	size_t count;
	double seconds;   /* that the search took, in so far as we measured it, or by the word of what searched */
	double waited;    /* where it is only such a word: from the question to the answer; else 0 */
};

/* Questions and where their answers go. Both functions are called from the thread that called search(), in any order of questions; what they return
 * is passed on. */
struct rq_search_work {
	const struct rq_question *questions;
	size_t count;
	struct rq_progress *progress; /* begun by the caller; search() adds a step a question */
	void *context;
	enum rq_status (*answered)(void *context, size_t question, const struct rq_answer *answer, struct rq_error *err);
	/* Given up on. A retriever that is down is an error of search() instead. */
	enum rq_status (*failed)(void *context, size_t question, const char *reason, unsigned attempts, double seconds, struct rq_error *err);
};

/* What a retriever is told when it is opened. */
struct rq_retriever_context {
	const char *place;  /* "baseline.index", with which every message begins; outlives the state */
	enum rq_distance distance;
	size_t dimension;  /* of the questions' vectors; 0: they have none */
	size_t k;          /* depth of the first search; deeper ones may follow */
	size_t documents;  /* of the corpus, each of which should be there to be found; 0: unknown */
};

struct rq_retriever {
	const char *name;     /* index.kind: "exec", "pgvector" */
	const char *help;     /* one sentence */
	const char *citation; /* paper or tool */
	const struct rq_option *options; /* its keys of "index", without "kind" and "similarity" */
	size_t options_size;
	bool (*wants_vectors)(const void *options);
	/* Checks the options together; opens and sends nothing. E_CONFIG naming the option. */
	enum rq_status (*check)(const void *options, struct rq_error *err);
	/* Is there what it needs, before anything is paid for: keys, a program, a library? Opens and sends nothing. `place` as in rq_retriever_context.
	 * E_CONFIG naming the option, E_UNAVAILABLE. */
	enum rq_status (*ready)(const void *options, const char *place, struct rq_error *err);
	/* What is searched, without secrets: "pgvector table items, hnsw.ef_search=100". */
	void (*describe)(struct rq_buf *out, const void *options);
	/* Do both search the same vectors, by whatever settings? */
	bool (*same)(const void *options, const void *others);
	enum rq_status (*open)(void **state, const void *options, const struct rq_retriever_context *context, struct rq_error *err);
	/* Bounded memory, whatever the count. From one thread at a time. */
	enum rq_status (*search)(void *state, const struct rq_search_work *work, struct rq_error *err);
	/* What the searches so far really did: says each fact worth a line; `warning` where it is not what one would want (a full scan, fewer rows than
	 * asked for). *scan (may be NULL): the words for the report: "hnsw index scan on items_embedding_idx", borrowed until close. */
	enum rq_status (*tell)(void *state, const char **scan, enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err),
	                       void *context, struct rq_error *err);
	/* Bytes of the index that served the searches so far, by the word of what holds it. *absent: why they are not known, as a clause that needs no
	 * release; else NULL. NULL: it never tells. */
	enum rq_status (*size)(void *state, double *bytes, const char **absent, struct rq_error *err);
	void (*close)(void *state);
};

extern const struct rq_retriever *const rq_retrievers[]; /* rows of retrievers.def, NULL-terminated */
const struct rq_retriever *rq_retriever_find(const char *name);

#endif
