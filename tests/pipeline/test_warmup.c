/* An index opened anew and searched until it is warm, by a clock that tells what the test wants. */
#include "lab.h"

#include "evalcore/index/index.h"
#include "evalcore/pipeline/warmup.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOCUMENTS = 50, TOPICS = 30, QUERIES = 210, CALLS = 2 * QUERIES + 2 }; /* of the clock in a round; topics are asked equally often */

#define CONFIG(candidate) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"e\":{\"kind\":\"hash\",\"dim\":32}}," \
	"\"baseline\":{},\"candidate\":" candidate ",\"metrics\":[\"RR@10\"],\"latency\":{\"samples\":0},\"gates\":[]}"
#define HNSW "{\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"search\":\"efSearch=16\"}}"
#define FILED "{\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\"}}"

/* Each look at the clock takes so long, round by round; the last goes on. */
struct ticks {
	uint64_t time, looks;
	const uint64_t *nanoseconds;
	size_t count;
	bool alternates; /* between the first two instead */
};

static uint64_t look(void *context)
{
	struct ticks *ticks = context;
	size_t round = ticks->looks < 2 ? 0 : (ticks->looks - 2) / CALLS;

	ticks->looks++;
	round = ticks->alternates ? round % 2 : round < ticks->count ? round : ticks->count - 1;
	ticks->time += ticks->nanoseconds[round];
	return ticks->time;
}

static struct rq_warm warm_up(struct lab_run *run, struct ticks *ticks, size_t rounds)
{
	const struct rq_warmup_options options = {.side = RQ_CANDIDATE, .rounds = rounds, .now = ticks == NULL ? NULL : look, .context = ticks};
	struct rq_warm warm;

	ck_assert_msg(rq_warmup_run(&warm, &run->pipeline, &options, &run->err) == RQ_OK, "%s", run->err.text);
	return warm;
}

#define NEAR(a, b) ck_assert_double_eq_tol((a), (b), 1e-9 * (b))

START_TEST(stable_from_the_first)
{
	const uint64_t steady[] = {1000};
	struct ticks ticks = {.nanoseconds = steady, .count = 1};

	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_load(true, CONFIG(HNSW), NULL);
	struct rq_warm warm = warm_up(run, &ticks, 0);
	ck_assert_ptr_null(warm.absent);
	ck_assert_str_eq(warm.side, "candidate");
	ck_assert_str_eq(warm.index, "the cached index");
	ck_assert_uint_eq(strlen(warm.sha256), 64);
	ck_assert_double_gt(warm.bytes, DOCUMENTS * 32 * 4);
	ck_assert(isnan(warm.in_memory) || (warm.in_memory >= 0 && warm.in_memory <= 1));
	ck_assert(!warm.dropped_all);
	ck_assert(warm.stable);
	ck_assert_uint_eq(warm.round_count, 3);
	ck_assert_uint_eq(warm.rounds[2].queries, QUERIES);
	ck_assert_uint_eq(warm.samples, 3 * QUERIES);
	NEAR(warm.load_seconds, 1e-6);
	NEAR(warm.p50, 1e-6);
	NEAR(warm.p99, 1e-6);
	NEAR(warm.p99_upper, 1e-6);
	NEAR(warm.rounds[0].seconds, (2 * QUERIES + 1) * 1e-6);
	NEAR(warm.ready_seconds, (3 * CALLS + 2) * 1e-6); /* all looks since the index was opened */
	lab_free(run);
}
END_TEST

/* Rounds that get faster: what is warm is told of the last three alone, and the time to ready is of all. */
START_TEST(stable_in_the_end)
{
	const uint64_t falling[] = {8000, 4000, 2000, 1050, 1000, 1000};
	struct ticks ticks = {.nanoseconds = falling, .count = 6};

	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_load(true, CONFIG(HNSW), NULL);
	struct rq_warm warm = warm_up(run, &ticks, 0);
	ck_assert(warm.stable);
	ck_assert_uint_eq(warm.round_count, 6);
	NEAR(warm.rounds[0].p95, 8e-6);
	NEAR(warm.rounds[3].p95, 1.05e-6);
	NEAR(warm.p95, 1.05e-6); /* a third of the last three's times */
	NEAR(warm.p50, 1e-6);
	ck_assert_double_gt(warm.ready_seconds, CALLS * 14e-6);
	lab_free(run);
}
END_TEST

START_TEST(never_stable)
{
	const uint64_t restless[] = {1000, 2000};
	struct ticks ticks = {.nanoseconds = restless, .count = 2, .alternates = true};

	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_load(true, CONFIG(HNSW), NULL);
	struct rq_warm warm = warm_up(run, &ticks, 0);
	ck_assert(!warm.stable);
	ck_assert_uint_eq(warm.round_count, RQ_WARMUP_ROUNDS);
	ck_assert(isnan(warm.ready_seconds) && isnan(warm.p99) && isnan(warm.p99_upper));
	lab_free(run);

	ticks.looks = 0;
	run = lab_load(true, CONFIG(HNSW), NULL);
	warm = warm_up(run, &ticks, 7);
	ck_assert_uint_eq(warm.round_count, 7);
	lab_free(run);
}
END_TEST

/* An index file needs no vector of a document, and is known by its own digest. */
START_TEST(an_index_file)
{
	char sha256[RQ_SHA256_HEX];
	struct rq_error err = {0};

	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_load(false, CONFIG(HNSW), NULL);
	run->config.measured = RQ_MEASURE_SIZE;
	ck_assert_int_eq(rq_pipeline_run(&run->pipeline, &run->err), RQ_OK);
	FILE *file = fopen("x.faiss", "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(run->config.sides[RQ_CANDIDATE].backend->save(run->pipeline.searchers[RQ_CANDIDATE].index, file, &err), RQ_OK);
	fclose(file);
	lab_free(run);

	const uint64_t steady[] = {1000};
	struct ticks ticks = {.nanoseconds = steady, .count = 1};
	run = lab_load(false, CONFIG(FILED), NULL);
	struct rq_warm warm = warm_up(run, &ticks, 0);
	ck_assert_str_eq(warm.index, "x.faiss");
	ck_assert_int_eq(rq_sha256_file(sha256, "x.faiss", &err), RQ_OK);
	ck_assert_str_eq(warm.sha256, sha256);
	ck_assert(warm.stable);
	ck_assert_ptr_null(run->pipeline.embeddings[RQ_BASELINE].documents.data);
	lab_free(run);

	/* by the machine's own clock: nothing is known of it but that time passes */
	run = lab_load(false, CONFIG(FILED), NULL);
	warm = warm_up(run, NULL, 2);
	ck_assert_uint_eq(warm.round_count, 2);
	ck_assert(!warm.stable);
	ck_assert(warm.load_seconds > 0 && warm.rounds[0].p50 > 0 && warm.rounds[0].p50 <= warm.rounds[0].p99);
	lab_free(run);

	/* another takes its place after its digest was taken: ids are read then */
	ck_assert_int_eq(mkfifo("x.ids", 0600), 0);
	run = lab_load(false, CONFIG("{\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\",\"ids\":\"x.ids\"}}"), NULL);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		struct rq_buf bytes = lab_read("x.faiss");
		int fd = open("x.ids", O_WRONLY);
		lab_write_bytes("y.faiss", bytes.data, bytes.size);
		ck_assert_int_eq(rename("y.faiss", "x.faiss"), 0);
		for (int i = 0; i < DOCUMENTS; i++)
			ck_assert_int_gt(dprintf(fd, "d%d\n", i), 0);
		_exit(0);
	}
	const struct rq_warmup_options options = {.side = RQ_CANDIDATE, .rounds = 1};
	ck_assert_int_eq(rq_warmup_run(&warm, &run->pipeline, &options, &run->err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(run->err.text, "x.faiss\": changed while it was read; run again when it is written"));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	lab_free(run);
}
END_TEST

START_TEST(sides_that_open_no_index)
{
	static const struct {
		const char *config, *absent;
	} cases[] = {
		{CONFIG("{}"), "not measured: an exact search opens no index"},
		{CONFIG("{\"index\":{\"kind\":\"bm25\"}}"), "not measured: an index of words is made in memory and never opened"},
		{CONFIG("{\"run\":\"some.run\"}"), "not measured: the side is a run file"},
		{CONFIG(HNSW), "not measured: the index is built in every run, for there is no cache to open it from"},
	};

	lab_collection(DOCUMENTS, TOPICS);
	lab_write("some.run", "t00 Q0 d00 1 1 x\n");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct lab_run *run = lab_load(false, cases[i].config, NULL);
		ck_assert_str_eq(warm_up(run, NULL, 0).absent, cases[i].absent);
		lab_free(run);
	}
}
END_TEST

/* A run measures it where a gate asks, and only then. */
START_TEST(in_a_run)
{
	lab_collection(DOCUMENTS, TOPICS);
	for (unsigned measured = 0; measured <= RQ_MEASURE_WARMUP; measured += RQ_MEASURE_WARMUP) {
		struct lab_run *run = lab_load(true, CONFIG(HNSW), NULL);
		run->config.measured = measured;
		ck_assert_msg(rq_pipeline_run(&run->pipeline, &run->err) == RQ_OK, "%s", run->err.text);
		const struct rq_warm *warm = run->pipeline.comparison.warm;
		ck_assert_int_eq(warm != NULL, measured != 0);
		ck_assert(warm == NULL || (warm->absent == NULL && warm->round_count >= 3));
		lab_free(run);
	}
}
END_TEST

Suite *warmup_suite(void)
{
	Suite *suite = suite_create("warmup");
	TCase *tcase = lab_case("warmup");

	tcase_add_test(tcase, stable_from_the_first);
	tcase_add_test(tcase, stable_in_the_end);
	tcase_add_test(tcase, never_stable);
	tcase_add_test(tcase, an_index_file);
	tcase_add_test(tcase, sides_that_open_no_index);
	tcase_add_test(tcase, in_a_run);
	suite_add_tcase(suite, tcase);
	return suite;
}
