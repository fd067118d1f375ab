/* Texts that a service gave up on, within max_failed: what a run makes of them. The service of these tests adds up a random vector a word, and
 * refuses what it is told to. */
#include "lab.h"

#include "evalcore/base/random.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIMENSION = 32, DOCUMENTS = 40, TOPICS = 20 };

/* What it refuses, by number. */
struct service {
	bool documents[DOCUMENTS], topics[TOPICS];
};

static const struct rq_pipeline *at_work; /* tells texts by where they are */

static const struct rq_option no_options[] = {RQ_OPTIONS_END};

static enum rq_status open_service(void **state, const void *options, const char *model, size_t model_size, struct rq_error *err)
{
	(void)model;
	(void)model_size;
	(void)err;
	*state = (void *)(uintptr_t)options;
	return RQ_OK;
}

static enum rq_status identify(void *state, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err)
{
	(void)limit;
	(void)err;
	snprintf(identity->model, sizeof identity->model, "words");
	snprintf(identity->fingerprint, sizeof identity->fingerprint, "%p", state); /* two services have two models */
	identity->dimension = DIMENSION;
	return RQ_OK;
}

static void embed_one(float *vector, const char *text)
{
	struct rq_random random;

	memset(vector, 0, DIMENSION * sizeof *vector);
	for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
		size_t length = strcspn(text, " ");
		rq_random_seed(&random, rq_hash64(text, length));
		for (size_t i = 0; i < DIMENSION; i++)
			vector[i] += (float)rq_random_normal(&random);
		text += length;
	}
}

static bool refuses(const struct service *service, enum rq_role role, const char *text)
{
	for (size_t i = 0; role == RQ_ROLE_DOCUMENT && i < DOCUMENTS; i++)
		if (at_work->corpora[RQ_BASELINE].documents[i].text == text)
			return service->documents[i];
	for (size_t i = 0; role == RQ_ROLE_TOPIC && i < TOPICS; i++)
		if (at_work->topics.topics[i].text == text)
			return service->topics[i];
	ck_abort_msg("nobody has the text \"%s\"", text);
	return false;
}

static enum rq_status ask(void *state, const struct rq_embed_work *work, struct rq_error *err)
{
	float vector[DIMENSION];

	for (size_t i = 0; i < work->count; i++) {
		if (refuses(state, work->role, work->texts[i])) {
			RQ_TRY(work->failed(work->context, i, "it does not like that", 1, .1, err));
			continue;
		}
		embed_one(vector, work->texts[i]);
		RQ_TRY(work->arrived(work->context, &i, 1, vector, err));
	}
	return RQ_OK;
}

static void use(const void *state, struct rq_service_use *use)
{
	(void)state;
	*use = (struct rq_service_use){0};
}

static void close_service(void *state)
{
	(void)state;
}

static const struct rq_embedder words = {
	.name = "words", .help = "of a test", .citation = "none", .version = 1, .options = no_options, .options_size = 1,
	.open = open_service, .identify = identify, .ask = ask, .use = use, .close = close_service,
};

#define CONFIG(baseline, candidate, rest) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}," \
	"\"embedders\":{\"e\":{\"kind\":\"hash\",\"dim\":32}},\"baseline\":{\"index\":{" baseline "}},\"candidate\":{\"index\":{" candidate "}}," \
	"\"metrics\":[\"RR@10\",\"nDCG@10\",\"ann_recall@10\"],\"cutoff\":10,\"max_failed\":40,\"gates\":[]" rest "}"
#define EXACT "\"kind\":\"exact\""
#define FLAT "\"kind\":\"faiss\",\"factory\":\"Flat\""
#define UNTIMED ",\"latency\":{\"samples\":0}"

/* As lab_try() without a cache, of a collection whose first topics alone are judged; the sides share their vectors where they share the service. */
static struct lab_run *run_served(const char *json, struct service *baseline, struct service *candidate, size_t judged)
{
	struct lab_run *run = calloc(1, sizeof *run);
	struct service *const services[RQ_SIDES] = {baseline, candidate};
	const struct rq_strings none = {0};
	struct rq_buf qrels = {0};

	ck_assert_ptr_nonnull(run);
	lab_collection(DOCUMENTS, TOPICS);
	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (size_t i = 0; i < judged; i++)
		rq_buf_printf(&qrels, "t%02zu\td%02zu\t1\n", i, i);
	lab_write_bytes("qrels.tsv", qrels.data, qrels.size);
	rq_buf_release(&qrels);
	lab_write_bytes("gate.json", json, strlen(json));
	ck_assert_msg(rq_config_load(&run->config, "gate.json", &none, &run->err) == RQ_OK, "%s", run->err.text);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		run->config.sides[side].embedder = &words;
		run->config.sides[side].embedder_options = services[side];
	}
	ck_assert_int_eq(rq_config_standard_metrics(&run->config, &run->err), RQ_OK);
	run->pipeline.config = &run->config;
	at_work = &run->pipeline;
	run->status = rq_pipeline_load(&run->pipeline, &run->err);
	if (run->status == RQ_OK)
		run->status = rq_pipeline_run(&run->pipeline, &run->err);
	return run;
}

static struct lab_run *do_served(const char *json, struct service *baseline, struct service *candidate, size_t judged)
{
	struct lab_run *run = run_served(json, baseline, candidate, judged);

	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}

/* ---- documents of the baseline ---- */

START_TEST(a_drop_over_documents_that_failed_for_the_baseline_cannot_be_seen)
{
	struct service fails = {.documents = {[3] = true, [30] = true}}, good = {0};
	const char *sentence = "baseline: 1 of the documents that could not be embedded are judged relevant (\"d03\" for one: it does not like that), "
						   "so a drop could not be seen; mend that, then run again";
	struct lab_run *run = run_served(CONFIG(EXACT, FLAT, UNTIMED), &fails, &fails, 10);

	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, sentence);
	lab_free(run);
	run = run_served(CONFIG(EXACT, EXACT, UNTIMED), &fails, &good, 10);
	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, sentence);
	lab_free(run);
	lab_free(do_served(CONFIG(EXACT, EXACT, UNTIMED), &fails, &good, 3));  /* nobody asks for them */
	lab_free(do_served(CONFIG(EXACT, EXACT, UNTIMED), &good, &fails, 10)); /* a drop */
}
END_TEST

/* ---- documents without a vector ---- */

static bool finds(const struct rq_run *run, const char *document)
{
	bool found = false;

	for (size_t t = 0; t < run->count; t++)
		for (size_t i = 0; i < run->rankings[t].count; i++)
			found |= strcmp(run->rankings[t].documents[i].document, document) == 0;
	return found;
}

/* Where a row of zeros would be near everything, or above whatever points away. */
START_TEST(a_document_that_failed_is_found_by_nobody)
{
	static const char *const configs[] = {
		CONFIG(EXACT ",\"similarity\":\"l2\"", FLAT, UNTIMED), CONFIG(EXACT ",\"similarity\":\"ip\"", FLAT, UNTIMED), CONFIG(EXACT, FLAT, UNTIMED),
		CONFIG(FLAT ",\"similarity\":\"l2\"", "\"factory\":\"HNSW8,Flat\"", UNTIMED),
	};
	struct service fails = {.documents = {[25] = true, [30] = true, [39] = true}}, good = {0};

	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		struct lab_run *run = do_served(configs[i], &fails, &good, 20);
		struct lab_run *shared = do_served(configs[i], &fails, &fails, 20);
		for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
			ck_assert(!finds(&shared->pipeline.runs[side], "d25") && !finds(&shared->pipeline.runs[side], "d39"));
			ck_assert(!finds(&shared->pipeline.exact_runs[side], "d25") && !finds(&shared->pipeline.exact_runs[side], "d30"));
			ck_assert_uint_eq(shared->pipeline.runs[side].rankings[0].count, 10);
		}
		ck_assert(!finds(&run->pipeline.runs[RQ_BASELINE], "d25") && finds(&run->pipeline.runs[RQ_CANDIDATE], "d25"));
		ck_assert_double_eq_tol(lab_value(shared, "ann_recall@10", RQ_CANDIDATE), 1, i == 3 ? .1 : 1e-12);
		ck_assert_double_ge(lab_value(shared, "RR@10", RQ_BASELINE), .5);
		ck_assert(lab_remarked(shared, true, "3 of 40 documents could not be embedded for the baseline: they have no vector, and nothing finds them"));
		lab_free(run);
		lab_free(shared);
	}
}
END_TEST

/* Its rows are those of the whole corpus. */
START_TEST(an_index_file_holds_what_failed_here)
{
	struct service fails = {.documents = {[0] = true, [25] = true}}, good = {0};
	struct lab_run *made = do_served(CONFIG(EXACT, FLAT, UNTIMED), &good, &good, 20);
	FILE *file = fopen("all.faiss", "w");
	struct rq_index *index = made->pipeline.searchers[RQ_CANDIDATE].index;

	ck_assert_msg(rq_backend_find("faiss")->save(index, file, &made->err) == RQ_OK && fclose(file) == 0, "%s", made->err.text);
	struct lab_run *run = do_served(CONFIG(EXACT, "\"kind\":\"faiss\",\"file\":\"all.faiss\"", UNTIMED), &good, &fails, 20);
	char *before = lab_ranking(&run->pipeline.runs[RQ_BASELINE], "t00"), *after = lab_ranking(&run->pipeline.runs[RQ_CANDIDATE], "t00");
	ck_assert_str_eq(before, after);
	ck_assert(lab_metric(run, "RR@10")->paired.identical);
	ck_assert_double_lt(lab_value(run, "ann_recall@10", RQ_CANDIDATE), 1); /* two of its answers have no vector here */
	ck_assert(!finds(&run->pipeline.exact_runs[RQ_CANDIDATE], "d00"));
	free(before);
	free(after);
	lab_free(made);
	lab_free(run);
}
END_TEST

START_TEST(without_any_document_there_is_nothing_to_search)
{
	struct service fails = {0}, good = {0};

	memset(fails.documents, true, sizeof fails.documents);
	struct lab_run *run = run_served(CONFIG(EXACT, FLAT, UNTIMED), &good, &fails, 10);
	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, "candidate: none of the 40 documents could be embedded, so there is nothing to search");
	lab_free(run);
}
END_TEST

/* ---- topics without a vector ---- */

START_TEST(a_topic_that_failed_counts_in_ann_recall)
{
	static const char *const configs[] = {CONFIG(EXACT, FLAT, UNTIMED), CONFIG(FLAT, EXACT, UNTIMED)};
	struct service fails = {0}, good = {0};

	memset(fails.topics, true, 15);
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		struct lab_run *run = do_served(configs[i], &good, &fails, 20);
		const struct rq_metric_result *recall = lab_metric(run, "ann_recall@10");
		ck_assert_double_eq(recall->per_topic[RQ_CANDIDATE][14], 0);
		ck_assert_double_eq(recall->per_topic[RQ_CANDIDATE][15], 1);
		ck_assert_double_eq(recall->value[RQ_CANDIDATE], .25);
		ck_assert_uint_eq(recall->paired.n, 20);
		lab_free(run);
	}
	struct lab_run *run = do_served(CONFIG(EXACT, FLAT, UNTIMED ",\"exact\":{\"topics\":8}"), &good, &fails, 20);
	const struct rq_metric_result *recall = lab_metric(run, "ann_recall@10");
	size_t in_sample = 0, answered = 0;
	for (size_t i = 0; i < 20; i++) {
		ck_assert_int_eq(isnan(recall->per_topic[RQ_CANDIDATE][i]), isnan(recall->per_topic[RQ_BASELINE][i])); /* of the sample, or not */
		in_sample += !isnan(recall->per_topic[RQ_CANDIDATE][i]);
		answered += recall->per_topic[RQ_CANDIDATE][i] == 1;
	}
	ck_assert_uint_eq(in_sample, 8);
	ck_assert_double_eq(recall->value[RQ_CANDIDATE], (double)answered / 8);
	lab_free(run);
}
END_TEST

Suite *failed_suite(void);
Suite *failed_suite(void)
{
	Suite *suite = suite_create("failed");
	TCase *tests = lab_case("failed");

	tcase_add_test(tests, a_drop_over_documents_that_failed_for_the_baseline_cannot_be_seen);
	tcase_add_test(tests, a_document_that_failed_is_found_by_nobody);
	tcase_add_test(tests, an_index_file_holds_what_failed_here);
	tcase_add_test(tests, without_any_document_there_is_nothing_to_search);
	tcase_add_test(tests, a_topic_that_failed_counts_in_ann_recall);
	suite_add_tcase(suite, tests);
	return suite;
}
