/* Single embeddings, timed within a limit of requests. */
#include "asking.h"

#include <stdlib.h>
#include <string.h>

/* A run over 20 topics, of which the vectors come from the service; all of them are cached before. `most` 0: no limit. */
static struct lab_run *time_embeddings(uint64_t most)
{
	static const char json[] = "{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"mine\":{\"kind\":\"hash\"}},"
							   "\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\",\"embed.p50\"],\"latency\":{\"samples\":0,\"embed_samples\":30,\"budget\":\"10m\"},\"gates\":[]}";
	const struct rq_strings none = {0};
	struct lab_run *run = calloc(1, sizeof *run);

	ck_assert_ptr_nonnull(run);
	lab_write_bytes("gate.json", json, strlen(json));
	ck_assert_msg(rq_config_load(&run->config, "gate.json", &none, &run->err) == RQ_OK, "%s", run->err.text);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		run->config.sides[side].embedder = lab.side.embedder;
		run->config.sides[side].embedder_options = lab.side.embedder_options;
		run->config.sides[side].embedder_text = lab.side.embedder_text;
	}
	run->pipeline.config = &run->config;
	run->pipeline.cache.folder = "cache";
	run->pipeline.requests = (struct rq_request_limit){.limited = most > 0, .most = most};
	run->status = rq_pipeline_load(&run->pipeline, &run->err);
	if (run->status == RQ_OK)
		run->status = rq_pipeline_run(&run->pipeline, &run->err);
	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}

static void expect_ended(const struct lab_run *run, enum rq_side side, size_t samples)
{
	static const char *const names[] = {"baseline", "candidate"};
	const struct rq_comparison *comparison = &run->pipeline.comparison;
	char text[200];
	bool said = false;

	snprintf(text, sizeof text, "--max-requests ended the timing of embeddings after %zu of 30 of the %s", samples, names[side]);
	for (size_t i = 0; i < comparison->run_remark_count; i++)
		said |= strcmp(comparison->run_remarks[i].text, text) == 0;
	ck_assert_msg(said, "not said: %s", text);
	ck_assert_uint_eq(lab_metric(run, "embed.p50")->samples[side], samples);
	if (samples == 0)
		ck_assert_str_eq(lab_metric(run, "embed.p50")->absent[side], "not measured: --max-requests allows none");
}

START_TEST(a_limit_leaves_samples_of_both_sides)
{
	asking_build();
	lab_collection(40, 20);
	struct lab_run *run = time_embeddings(0);
	ck_assert_uint_eq(lab_metric(run, "embed.p50")->samples[RQ_CANDIDATE], 30);
	uint64_t before = service.identified;
	lab_free(run);
	run = time_embeddings(1000);
	uint64_t asked = service.identified - before; /* who answers */
	ck_assert_uint_eq(run->pipeline.requests.sent, asked + 2 * (25 + 30));
	lab_free(run);
	run = time_embeddings(asked + 5); /* one a side to warm up, then the baseline, and the candidate twice */
	ck_assert_uint_eq(run->pipeline.requests.sent, asked + 5);
	expect_ended(run, RQ_BASELINE, 1);
	expect_ended(run, RQ_CANDIDATE, 2);
	lab_free(run);
	run = time_embeddings(asked + 3); /* too few for that, so none is sent */
	ck_assert_uint_eq(run->pipeline.requests.sent, asked);
	expect_ended(run, RQ_BASELINE, 0);
	expect_ended(run, RQ_CANDIDATE, 0);
	lab_free(run);
}
END_TEST

START_TEST(a_try_that_the_limit_ends_is_no_error)
{
	asking_build();
	lab_collection(40, 20);
	lab_free(time_embeddings(0));
	uint64_t before = service.identified;
	struct lab_run *run = time_embeddings(1000);
	uint64_t asked = service.identified - before;
	lab_free(run);
	service.retries = 2;
	run = time_embeddings(asked + 2 * 3 + 3 + 2); /* the candidate's first sample lacks a request */
	ck_assert_uint_eq(run->pipeline.requests.sent, asked + 11);
	expect_ended(run, RQ_BASELINE, 1);
	expect_ended(run, RQ_CANDIDATE, 0);
	lab_free(run);
}
END_TEST

Suite *timing_suite(void);
Suite *timing_suite(void)
{
	Suite *suite = suite_create("timing");
	TCase *tests = lab_case("timing");

	tcase_add_test(tests, a_limit_leaves_samples_of_both_sides);
	tcase_add_test(tests, a_try_that_the_limit_ends_is_no_error);
	suite_add_tcase(suite, tests);
	return suite;
}
