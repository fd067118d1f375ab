/* Random runs with judgments, as lines in every shape that is allowed, and the slow way to join them. */
#ifndef RQ_TESTS_DATASETS_STREAM_CASE_H
#define RQ_TESTS_DATASETS_STREAM_CASE_H

#include "datasets/run_stream/stream.h"
#include "evalcore/base/random.h"
#include "support.h"

enum { CASE_TOPICS = 6, CASE_LINES = 240, CASE_JUDGMENTS = 12 };

struct case_line {
	char topic[16], document[48], score[32];
};

struct stream_case {
	struct rq_random random;
	struct case_line lines[CASE_LINES];
	size_t count;
	struct rq_judgment judgments[CASE_TOPICS][CASE_JUDGMENTS];
	struct rq_topic_judgments topics[CASE_TOPICS];
	struct rq_qrels qrels;
	struct rq_pool pool;
	char tag[200]; /* of the last line */
	struct rq_arena arena;
};

/* A run of topics whose lines stand together or not; some of its topics are judged, some that are judged it lacks. */
void case_make(struct stream_case *stream_case, uint64_t seed, bool grouped, bool duplicates);
void case_write(struct rq_buf *out, struct stream_case *stream_case);
void case_release(struct stream_case *stream_case);

/* What was visited. */
struct case_ranking {
	size_t visits, count, hit_count, past_count, tie_count, judged_count, ideal_count;
	struct rq_hit hits[CASE_JUDGMENTS];
	struct rq_tie ties[CASE_JUDGMENTS];
	struct rq_cut cuts[8];
	char prefixes[8][CASE_LINES * 48]; /* the ids above each cutoff; the slow way's only */
};

struct case_result {
	struct case_ranking rankings[CASE_TOPICS];
	struct rq_run_facts facts;
	size_t cutoff_count, threads; /* threads: that there are, rq_threads() before the reading */
};

void case_visit(void *result, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts);
void case_judge_slowly(struct case_result *result, struct stream_case *stream_case, const struct rq_reading *reading);

#endif
