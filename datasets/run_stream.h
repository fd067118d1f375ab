/* Run files joined with judgments while they are read, at the speed of the memory: no run is held, a ranking lives until it has been looked at. */
#ifndef RQ_DATASETS_RUN_STREAM_H
#define RQ_DATASETS_RUN_STREAM_H

#include "datasets/load.h"
#include "evalcore/base/hash.h"
#include "evalcore/model/judged.h"
#include "evalcore/model/pool.h"

struct rq_reading {
	bool lenient;              /* bad numbers are read as trec_eval does, and counted */
	bool float32;              /* a score is rounded to float before it is compared, as trec_eval 9.0.8 does */
	bool judged_only;          /* unjudged documents are dropped before ranks are counted */
	enum rq_dedupe dedupe;     /* a document twice in a topic: refused, or the first in the file or the best score is kept, and the others counted */
	size_t depth;              /* documents of a topic that count, the best, before others are dropped; 0: all */
	const char *format;        /* "trec", "json", "jsonl", "csv", "msmarco"; NULL: by content */
	struct rq_columns columns; /* of CSV */
	const size_t *cutoffs;     /* what `cuts` are wanted for */
	size_t cutoff_count;
	bool digest;               /* facts have the file's sha256 */
	bool prefixes;             /* cuts have their prefix, which takes the whole order of a ranking */
};

/* What a ranking is like at a cutoff. */
struct rq_cut {
	bool tie;        /* equal scores stand on both sides of it, or of the depth where that comes first */
	uint64_t prefix; /* where asked for: hash of the ids of the ranks above it, in their order, equal for rankings that are equal so far; else 0 */
};

/* Called for each topic of the pool that the run has, from any of rq_threads() threads, in no order, as soon as its lines end; `topic` is its number in the
 * pool, `thread` that of the calling one, from 0. Ranking and cuts live as long as the call. Where a topic's lines turn out not to stand together all of the
 * file is read again: for a topic that is visited twice, one call after the other, the second counts, and none where reading fails. */
typedef void (*rq_ranking_visit)(void *context, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts);

/* What else there was to see. */
struct rq_run_facts {
	size_t lines;            /* documents, those that were dropped included */
	size_t topics;           /* in the run */
	size_t topics_unjudged;  /* of those, not in the pool */
	size_t duplicates;       /* dropped */
	size_t bad_numbers;      /* read leniently */
	char *tag;               /* of the last line, "" where that has none; NULL: reading has failed */
	char sha256[RQ_SHA256_HEX]; /* where asked for, of the bytes as they were read; else "" */
	char unjudged_topic[80]; /* one of topics_unjudged: the first by strcmp */
};

void rq_run_facts_release(struct rq_run_facts *facts);

/* `path` "-" is standard input. Release the facts; on failure they are zero. The same results and the same fault for any number of threads. Fails at the
 * first fault in the file: E_IO, E_DATA, E_NOMEM, E_INTERRUPTED, and E_USAGE where the format is none that rq_run_load_as knows. A pipe is held whole, because it
 * may have to be read twice, and refused beyond 4 GiB. */
RQ_MUST_USE enum rq_status rq_run_judge(struct rq_run_facts *facts, const char *path, const struct rq_pool *pool, const struct rq_reading *reading,
                                        rq_ranking_visit visit, void *context, struct rq_error *err);

#endif
