/* What the ways of reading a run share: what threads have in common, what each has of its own, and faults, of which the first in the file counts. */
#ifndef RQ_DATASETS_RUN_STREAM_STREAM_H
#define RQ_DATASETS_RUN_STREAM_STREAM_H

#include "datasets/run_stream.h"
#include "datasets/run_stream/blocks.h"
#include "datasets/run_stream/gathered.h"
#include "datasets/run_stream/scan.h"
#include "evalcore/base/ids.h"
#include "evalcore/base/parse.h"
#include "evalcore/model/run.h"

#include <stdatomic.h>
#include <string.h>

enum rq_fault_kind { RQ_FAULT_NONE, RQ_FAULT_PLACE, RQ_FAULT_DUPLICATE, RQ_FAULT_TEXT, RQ_FAULT_LINE, RQ_FAULT_INPUT };

/* What is wrong in the file and where, before anybody knows which line that is. */
struct rq_fault {
	enum rq_fault_kind kind;
	uint64_t at, other; /* offsets in the text; `other`: of the first of two */
	struct rq_error words; /* without the place, but for RQ_FAULT_INPUT */
};

struct rq_scatter;

/* What a thread has of its own. */
struct rq_stream_worker {
	struct rq_run_stream *stream;
	struct rq_block block;
	struct rq_scanner scanner;
	struct rq_gathered gathered;
	size_t last_topic; /* that was found in the pool */
	size_t lines, bad_numbers, dropped;
	uint64_t tag_at; /* offset of the block that the tag is from: of all workers the last one counts */
	char *tag;
	size_t tag_capacity;
};

struct rq_run_stream {
	const struct rq_pool *pool;
	const struct rq_reading *reading;
	const char *path;
	rq_ranking_visit visit;
	void *context; /* of the visitor */
	struct rq_unpack *input;
	size_t block_size;
	size_t worker_count;
	struct rq_stream_worker *workers;
	struct rq_blocks blocks;
	atomic_uchar *met;      /* met[t]: topic t of the pool was there */
	struct rq_ids unjudged; /* under the lock: topics that are not in the pool */
	atomic_bool scattered;  /* a topic's lines do not stand together */
	struct rq_scatter *scatter; /* of scattered.c */
	const struct rq_run *run;   /* of loaded.c */
	atomic_size_t next_ranking;
	struct rq_fault fault;  /* under the lock: the first so far */
	struct rq_error error;  /* under the lock: what ends everything, memory or Ctrl-C */
	pthread_mutex_t lock;
};

/* For as many threads as there are. E_NOMEM; release it in either case. The members up to `block_size` are set. */
RQ_MUST_USE enum rq_status rq_stream_begin(struct rq_run_stream *stream, struct rq_error *err);
/* All that was met and counted. */
void rq_stream_forget(struct rq_run_stream *stream);
void rq_stream_release(struct rq_run_stream *stream);

/* The work of one thread: body(worker), on all of them. */
void rq_stream_work(struct rq_run_stream *stream, void (*body)(struct rq_stream_worker *worker));

/* The next block for the worker's scanner. False: none, or reading has failed, which is noted. */
bool rq_stream_block(struct rq_stream_worker *worker);
/* After the last line of a block: what ended it, other than its end. True: the block was read to its end. */
bool rq_stream_block_end(struct rq_stream_worker *worker);

/* Offset in the text of a place in the worker's block. */
uint64_t rq_stream_offset(const struct rq_stream_worker *worker, const char *at);

/* Notes a fault, and stops reading: what was handed out already stands before it, or does not matter. */
void rq_stream_fault(struct rq_run_stream *stream, enum rq_fault_kind kind, uint64_t at, uint64_t other, const struct rq_error *words);
void rq_stream_twice(struct rq_run_stream *stream, const struct rq_entry *entry, struct rq_span topic, uint64_t at, uint64_t other);
/* Notes what ends everything. */
void rq_stream_stop(struct rq_run_stream *stream, const struct rq_error *err);
void rq_stream_stop_memory(struct rq_run_stream *stream);
/* The sentence for the fault; its line is found by reading up to it once more. */
RQ_MUST_USE enum rq_status rq_stream_fail(struct rq_run_stream *stream, struct rq_error *err);

/* For rq_stream_line: notes what is wrong with the line and returns false, or reads it leniently. */
bool rq_stream_odd_line(double *score, struct rq_stream_worker *worker, const struct rq_trec_line *line);

/* Checks a line and reads its score. False: it is faulty, which is noted. */
static inline bool rq_stream_line(double *score, struct rq_stream_worker *worker, const struct rq_trec_line *line)
{
	const struct rq_span *text = &line->columns[RQ_TREC_SCORE];

	if (!worker->scanner.plain || line->count < RQ_TREC_NEEDED || !rq_parse_f64(score, text->at, text->length) || *score != *score) {
		struct rq_trec_line odd = *line;
		if (!rq_stream_odd_line(score, worker, &odd))
			return false;
	}
	if (worker->stream->reading->float32)
		*score = (double)(float)*score;
	return true;
}

/* Of the last line of a block, and where that block stands. False: out of memory, which is noted. */
bool rq_stream_tag(struct rq_stream_worker *worker, struct rq_span tag);

static inline bool rq_same_span(struct rq_span a, struct rq_span b)
{
	return a.length == b.length && memcmp(a.at, b.at, a.length) == 0;
}

/* Whether the topic is met for the first time. Its number in the pool, or RQ_NO_TOPIC. */
bool rq_stream_meet(size_t *number, struct rq_stream_worker *worker, struct rq_span topic);
/* Shows a topic that is complete: number in the pool, or RQ_NO_TOPIC. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_stream_show(struct rq_stream_worker *worker, size_t topic, struct rq_error *err);

/* Reads all of the file, whose lines are grouped by topic, or not. Notes what fails. */
void rq_stream_read_grouped(struct rq_run_stream *stream);
void rq_stream_read_scattered(struct rq_run_stream *stream);
void rq_stream_read_loaded(struct rq_run_stream *stream, const struct rq_run *run);
/* Once everything was read, and is good. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_stream_facts(struct rq_run_facts *facts, const struct rq_run_stream *stream, struct rq_error *err);

/* rq_run_judge of an open text of TREC lines that can be rewound; in blocks of this size, for tests. */
RQ_MUST_USE enum rq_status rq_run_judge_trec(struct rq_run_facts *facts, struct rq_unpack *input, size_t block_size, const struct rq_pool *pool,
                                             const struct rq_reading *reading, rq_ranking_visit visit, void *context, struct rq_error *err);

#endif
