#include "ci/benches/harness/run_files.h"

#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"

#include <inttypes.h>
#include <stdlib.h>

/* Documents of a topic are START + i * STEP modulo a prime, so that none comes twice. */
static const uint64_t PASSAGES = 8841823, TOPIC_GAP = 157;
enum { SEED = 20261121, SCORE_STEP = 9000, SCORE_JITTER = 8000, SCORE_TOP = 40000000, CHECKED_EVERY = 1 << 16 };

static uint64_t drawn(uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, SEED + seed);
	return rq_random_u64(&random);
}

static uint64_t topic_id(size_t topic)
{
	return 1 + topic * TOPIC_GAP;
}

static uint64_t document_id(uint64_t draw, size_t rank)
{
	return (draw % PASSAGES + (uint64_t)rank * (1 + (draw >> 32) % (PASSAGES - 1))) % PASSAGES;
}

/* Millionths, by rank: a step down for each, and less than a step of noise. */
static uint64_t score_of(uint64_t draw, size_t rank)
{
	uint64_t noise = (draw ^ rank) * UINT64_C(0x9E3779B97F4A7C15) >> 40;

	return SCORE_TOP + draw % SCORE_STEP - rank * SCORE_STEP + noise % SCORE_JITTER;
}

static void put_line(FILE *out, uint64_t topic, uint64_t draw, size_t rank)
{
	uint64_t score = score_of(draw, rank);

	fprintf(out, "%" PRIu64 " Q0 %" PRIu64 " %zu %" PRIu64 ".%06" PRIu64 " dense\n", topic, document_id(draw, rank), rank + 1, score / 1000000, score % 1000000);
}

/* Where line i of the file comes from; NULL: memory. */
static uint32_t *shuffled_lines(size_t count)
{
	uint32_t *order = malloc(count * sizeof *order);
	struct rq_random random;

	rq_random_seed(&random, SEED);
	for (size_t i = 0; order != NULL && i < count; i++) {
		size_t other = rq_random_below(&random, i + 1);
		order[i] = other == i ? 0 : order[other];
		order[other] = (uint32_t)i;
	}
	return order;
}

static enum rq_status put_run(FILE *out, const struct rq_run_shape *shape, struct rq_error *err)
{
	size_t lines = shape->topics * shape->documents;
	RQ_CLEANUP(rq_free_pointer) uint32_t *order = shape->shuffled ? shuffled_lines(lines) : NULL;

	if (shape->shuffled && order == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < lines; i++) {
		size_t line = shape->shuffled ? order[i] : i, topic = line / shape->documents;
		if (i % CHECKED_EVERY == 0)
			RQ_TRY(rq_cancel_check(err));
		put_line(out, topic_id(topic), drawn(topic), line % shape->documents);
	}
	return RQ_OK;
}

static enum rq_status put_qrels(FILE *out, const struct rq_run_shape *shape, struct rq_error *err)
{
	for (size_t topic = 0; topic < shape->topics; topic++) {
		uint64_t draw = drawn(topic);
		/* Early ranks more often than late ones, and beyond the ranking in some. */
		size_t rank = (size_t)(drawn(shape->topics + topic) % shape->documents) * (size_t)(draw % 11) / 10 / (1 + draw % 7);
		fprintf(out, "%" PRIu64 " 0 %" PRIu64 " 1\n", topic_id(topic), document_id(draw, rank + (draw % 10 == 0) * shape->documents));
	}
	return rq_cancel_check(err);
}

static enum rq_status make(const char *folder, const char *name, const struct rq_run_shape *shape,
                           enum rq_status (*put)(FILE *out, const struct rq_run_shape *shape, struct rq_error *err), struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	const char *path = rq_path_join(&arena, folder, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(put(output.stream, shape, err));
	return rq_output_commit(&output, err);
}

enum rq_status rq_make_run(const char *folder, const char *name, const struct rq_run_shape *shape, struct rq_error *err)
{
	return make(folder, name, shape, put_run, err);
}

enum rq_status rq_make_qrels(const char *folder, const char *name, const struct rq_run_shape *shape, struct rq_error *err)
{
	return make(folder, name, shape, put_qrels, err);
}
