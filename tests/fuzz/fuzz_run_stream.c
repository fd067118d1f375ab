/* Runs of TREC lines, streamed in blocks of any size and held in memory: what one refuses the other does too, and ranks are the same. The first byte chooses
 * blocks and options. */
#include "datasets/parsers.h"
#include "datasets/run_stream/stream.h"
#include "evalcore/base/system.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	const struct rq_run *run;
	const struct rq_qrels *qrels;
	bool *right; /* right[t]: the last that was shown of topic t is all of it */
};

/* Every second document of each ranking is judged, by rank, so that judgment i stands at rank 2i + 1. */
static bool judge_every_second(struct rq_qrels *qrels, const struct rq_run *run)
{
	qrels->topics = rq_arena_alloc(&qrels->arena, run->count, sizeof *qrels->topics);
	for (; qrels->topics != NULL && qrels->count < run->count; qrels->count++) {
		const struct rq_ranking *ranking = &run->rankings[qrels->count];
		size_t count = (ranking->count + 1) / 2;
		struct rq_judgment *judgments = rq_arena_alloc(&qrels->arena, count, sizeof *judgments);
		if (judgments == NULL)
			return false;
		for (size_t i = 0; i < count; i++)
			judgments[i] = (struct rq_judgment){ranking->documents[2 * i].document, (int)(i % 3), 0};
		qrels->topics[qrels->count] = (struct rq_topic_judgments){ranking->topic, judgments, count};
		qrels->judgments += count;
	}
	return qrels->topics != NULL;
}

static void compare(void *context, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts)
{
	struct seen *seen = context;

	if (thread != 0)
		abort();
	seen->right[topic] = ranking->count == seen->run->rankings[topic].count && ranking->hit_count == seen->qrels->topics[topic].count;
	for (size_t i = 0; i < ranking->hit_count && seen->right[topic]; i++)
		if (ranking->hits[i].rank != 2 * i + 1 || ranking->hits[i].judgment != i)
			abort();
	for (size_t i = 0; i < ranking->tie_count; i++)
		if (ranking->ties[i].first >= ranking->ties[i].last || ranking->ties[i].last > ranking->count)
			abort();
	(void)cuts[1].prefix;
}

static enum rq_status judge(const uint8_t *data, size_t size, size_t block, const struct rq_reading *reading, const struct rq_pool *pool, struct seen *seen,
                            struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack input = {0};
	RQ_CLEANUP(rq_run_facts_release) struct rq_run_facts facts = {0};

	RQ_TRY(rq_unpack_from(&input, "fuzz", data, size, err));
	return rq_run_judge_trec(&facts, &input, block, pool, reading, compare, seen, err);
}

static void against_memory(const uint8_t *data, size_t size, size_t block, const struct rq_text *text)
{
	static const size_t cutoffs[] = {1, 4};
	const struct rq_reading reading = {.cutoffs = cutoffs, .cutoff_count = 2, .prefixes = true};
	RQ_CLEANUP(rq_run_release) struct rq_run run = {0};
	RQ_CLEANUP(rq_qrels_release) struct rq_qrels qrels = {0};
	RQ_CLEANUP(rq_pool_release) struct rq_pool pool = {0};
	struct seen seen = {.run = &run, .qrels = &qrels};
	struct rq_error err = {0};
	bool held = rq_run_parse_as(&run, NULL, text, &(struct rq_load_options){.format = "trec"}, &err) == RQ_OK;

	if (!judge_every_second(&qrels, &run) || rq_pool_make(&pool, &qrels, &err) != RQ_OK)
		return;
	seen.right = rq_arena_alloc(&qrels.arena, run.count, sizeof *seen.right);
	if (seen.right == NULL)
		return;
	if ((judge(data, size, block, &reading, &pool, &seen, &err) == RQ_OK) != held)
		abort();
	for (size_t t = 0; t < run.count; t++)
		if (!seen.right[t])
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	const struct rq_qrels nothing = {0};
	struct rq_pool pool = {0};
	struct rq_error err = {0}, other = {0};

	if (size == 0)
		return 0;
	size_t block = 1 + (size_t)(data[0] & 63);
	struct rq_reading reading = {.lenient = data[0] & 64, .dedupe = data[0] & 128 ? RQ_DEDUPE_BEST : RQ_DEDUPE_REFUSE};
	rq_threads_set(1);
	/* Blocks change nothing, the sentence for a fault included. */
	if (rq_pool_make(&pool, &nothing, &err) != RQ_OK)
		return 0;
	enum rq_status status = judge(data + 1, size - 1, block, &reading, &pool, NULL, &err);
	if (status != judge(data + 1, size - 1, 1 << 20, &reading, &pool, NULL, &other))
		abort();
	/* How many lines come out of damaged data before it is found to be damaged does depend on how much is asked for. */
	bool damaged = strstr(err.text, "damaged") != NULL || strstr(other.text, "damaged") != NULL || strstr(err.text, "cut short") != NULL ||
	               strstr(other.text, "cut short") != NULL;
	if (status == RQ_E_DATA && !damaged && strcmp(err.text, other.text) != 0)
		abort();
	rq_pool_release(&pool);
	if (rq_text_from(&text, "fuzz", data + 1, size - 1, &err) == RQ_OK)
		against_memory(data + 1, size - 1, block, &text);
	return 0;
}
