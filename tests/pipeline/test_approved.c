/* A run against an approved baseline says what a run beside that baseline has said, to the last bit, without its vectors and its index; and refuses
 * to compare unlike things. */
#include "lab.h"

#include "evalcore/base/file.h"
#include "evalcore/base/seal.h"
#include "evalcore/pipeline/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define VECTORS "\"embedders\":{\"old\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"},\"new\":{\"kind\":\"hash\",\"dim\":64}}"
#define METRICS "\"metrics\":[\"RR@10\",\"nDCG@10\",\"AP\",\"ann_recall@5\"]"
#define HNSW "{\"factory\":\"HNSW8,Flat\",\"search\":\"efSearch=16\"}"
#define REST "\"latency\":{\"samples\":0},\"gates\":[]}"
#define CONFIG \
	"{" DATASET "," VECTORS "," METRICS ",\"cutoff\":20,\"baseline\":{\"embedder\":\"old\",\"index\":" HNSW "}," \
	"\"candidate\":{\"embedder\":\"new\",\"index\":" HNSW "}," REST

#define AGAINST "baseline.approved=one"

static void approve(const struct lab_run *run, enum rq_side side, const char *name)
{
	struct rq_baseline baseline = {.name = name, .when = "2026-11-21T00:00:00Z", .program = "0.1.0", .metrics_version = RQ_METRICS_VERSION,
	                               .verdict = "pass"};
	struct rq_error err = {0};

	ck_assert_msg(rq_baseline_of(&baseline, &run->pipeline.comparison, side, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(rq_baseline_write(&baseline, "baselines", &err) == RQ_OK, "%s", err.text);
	rq_baseline_release(&baseline);
}

/* The collection, a whole run on it, and its baseline side approved as "one". */
static struct lab_run *prepare(void)
{
	lab_collection(120, 60);
	lab_npy("c.npy", 120, 16, 1);
	lab_npy("t.npy", 60, 16, 2);
	struct lab_run *run = lab_do(true, CONFIG, NULL);
	approve(run, RQ_BASELINE, "one");
	return run;
}

static void expect_same_run(const struct rq_run *a, const struct rq_run *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		ck_assert_str_eq(a->rankings[i].topic, b->rankings[i].topic);
		ck_assert_uint_eq(a->rankings[i].count, b->rankings[i].count);
		for (size_t j = 0; j < a->rankings[i].count; j++) {
			ck_assert_str_eq(a->rankings[i].documents[j].document, b->rankings[i].documents[j].document);
			ck_assert(memcmp(&a->rankings[i].documents[j].score, &b->rankings[i].documents[j].score, sizeof(double)) == 0);
		}
	}
}

static void expect_same_metric(const struct lab_run *full, const struct lab_run *against, const char *name)
{
	const struct rq_metric_result *a = lab_metric(full, name), *b = lab_metric(against, name);

	for (int side = 0; side < RQ_SIDES; side++) {
		ck_assert_ptr_null(b->absent[side]);
		ck_assert(a->value[side] == b->value[side] && a->value_lower[side] == b->value_lower[side] && a->value_upper[side] == b->value_upper[side]);
		ck_assert_uint_eq(a->ties_at_cutoff[side], b->ties_at_cutoff[side]);
	}
	ck_assert(a->compared && b->compared && a->paired.n == b->paired.n && a->paired.sum == b->paired.sum &&
	          a->paired.sum_squares == b->paired.sum_squares);
	ck_assert(a->paired.lower == b->paired.lower && a->paired.upper == b->paired.upper && a->paired.p_worse == b->paired.p_worse);
}

START_TEST(the_same_without_vectors_and_index)
{
	struct lab_run *full = prepare();

	ck_assert_int_eq(remove("c.npy") + remove("t.npy"), 0);
	struct lab_run *against = lab_do(false, CONFIG, AGAINST, NULL);
	static const char *const metrics[] = {"RR@10", "nDCG@10", "AP", "ann_recall@5"};
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++)
		expect_same_metric(full, against, metrics[i]);
	expect_same_run(&full->pipeline.runs[RQ_BASELINE], &against->pipeline.runs[RQ_BASELINE]);
	expect_same_run(&full->pipeline.exact_runs[RQ_BASELINE], &against->pipeline.exact_runs[RQ_BASELINE]);
	const struct rq_side_info *info = &against->pipeline.comparison.sides[RQ_BASELINE];
	ck_assert_str_eq(info->approved, "one");
	ck_assert_str_eq(info->embedder, "vectors");
	ck_assert_str_eq(info->index, "faiss HNSW8,Flat efSearch=16");
	ck_assert_ptr_eq(info->exact, &against->pipeline.exact_runs[RQ_BASELINE]);
	const struct rq_comparison *a = &full->pipeline.comparison, *b = &against->pipeline.comparison;
	ck_assert_str_eq(rq_comparison_input(a, "baseline.index"), rq_comparison_input(b, "baseline.index"));
	ck_assert_str_eq(rq_comparison_input(a, "baseline.vectors"), rq_comparison_input(b, "baseline.vectors"));
	lab_free(full);
	lab_free(against);
}
END_TEST

START_TEST(in_the_config_a_name_is_all)
{
	struct lab_run *full = prepare();
	struct lab_run *against = lab_do(true,
	                                 "{" DATASET "," VECTORS "," METRICS ",\"cutoff\":20,\"baseline\":{\"approved\":\"one\"},"
	                                 "\"candidate\":{\"embedder\":\"new\",\"index\":" HNSW "}," REST,
	                                 NULL);

	expect_same_metric(full, against, "AP");
	lab_free(full);
	lab_free(against);
}
END_TEST

/* The candidate becomes the next baseline, and what comes after it is compared with that: nothing changes, so nothing may seem to. */
START_TEST(a_candidate_against_itself)
{
	struct lab_run *full = prepare();
	approve(full, RQ_CANDIDATE, "two");
	struct lab_run *against = lab_do(true, CONFIG, "baseline.approved=two", NULL);

	ck_assert(lab_metric(against, "AP")->paired.identical);
	ck_assert_double_eq(lab_value(against, "AP", RQ_BASELINE), lab_value(full, "AP", RQ_CANDIDATE));
	lab_free(full);
	lab_free(against);
}
END_TEST

/* A topic without a document leaves no line in a run's text, and is yet no missing one. */
START_TEST(topics_that_found_nothing)
{
	lab_collection(40, 20);
	struct rq_buf topics = lab_read("queries.jsonl"), qrels = lab_read("qrels.tsv");
	lab_write("queries.jsonl", "%s{\"_id\":\"t900\",\"text\":\"!!\"}\n", topics.data);
	lab_write("qrels.tsv", "%st900\td01\t1\n", qrels.data);
	rq_buf_release(&topics);
	rq_buf_release(&qrels);
	const char *config = "{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":64}},\"baseline\":{},\"candidate\":{}," REST;
	struct lab_run *full = lab_do(false, config, NULL);
	ck_assert_uint_eq(rq_run_find(&full->pipeline.runs[RQ_BASELINE], "t900")->count, 0);
	approve(full, RQ_BASELINE, "one");
	struct lab_run *against = lab_do(false, config, AGAINST, NULL);
	expect_same_run(&full->pipeline.runs[RQ_BASELINE], &against->pipeline.runs[RQ_BASELINE]);
	ck_assert(lab_counted(against, "topics_missing_baseline") == 0);
	lab_free(full);
	lab_free(against);
}
END_TEST

START_TEST(what_rankings_do_not_tell_is_absent)
{
	struct lab_run *full = prepare();
	struct lab_run *against = lab_do(true, CONFIG, AGAINST, "latency={\"samples\":20}", "metrics=[\"RR@10\",\"ann_recall@3\",\"latency.p50\"]", NULL);

	ck_assert_str_eq(lab_metric(against, "latency.p50")->absent[RQ_BASELINE], "not compared: the approved baseline did not run in this job");
	ck_assert_ptr_null(lab_metric(against, "latency.p50")->absent[RQ_CANDIDATE]);
	ck_assert_str_eq(lab_metric(against, "ann_recall@3")->absent[RQ_BASELINE], "not measured: the baseline was approved without it");
	ck_assert_double_eq(lab_value(against, "RR@10", RQ_BASELINE), lab_value(full, "RR@10", RQ_BASELINE));
	lab_free(full);
	lab_free(against);
}
END_TEST

/* Another file of the same shape is another model, which the embedder's name does not tell. */
START_TEST(other_vectors_are_a_new_embedding)
{
	lab_free(prepare());
	lab_npy("other.npy", 120, 16, 3);
	for (int same = 0; same < 2; same++) {
		struct lab_run *run = lab_do(true, CONFIG, AGAINST, "candidate.embedder=old", "candidate.index={\"kind\":\"exact\"}",
		                             same ? "embedders.old.corpus=c.npy" : "embedders.old.corpus=other.npy", NULL);
		const struct rq_comparison *comparison = &run->pipeline.comparison;
		size_t new = 0, told = 0;
		for (size_t i = 0; i < comparison->topic_count; i++) {
			const char *cause = comparison->topics[i].cause;
			told += cause != NULL;
			new += cause != NULL && strstr(cause, "under the new embedding") != NULL;
		}
		ck_assert_msg(same ? new == 0 : new > told / 2 && told > 10, "%zu of %zu", new, told);
		lab_free(run);
	}
}
END_TEST

/* Exact search on a sample is of the topics that the sample happens to hold. */
START_TEST(means_are_over_the_topics_that_both_samples_hold)
{
	lab_free(prepare());
	struct lab_run *sampled = lab_do(true, CONFIG, "exact.topics=40", NULL);
	approve(sampled, RQ_BASELINE, "sampled");
	struct lab_run *against = lab_do(true, CONFIG, "exact.topics=30", "baseline.approved=sampled", NULL);
	const struct rq_metric_result *recall = lab_metric(against, "ann_recall@5"), *before = lab_metric(sampled, "ann_recall@5");
	double sums[RQ_SIDES] = {0};
	size_t shared = 0;

	for (size_t i = 0; i < against->pipeline.comparison.topic_count; i++) {
		bool both = !isnan(before->per_topic[RQ_BASELINE][i]) && rq_topic_is_in_sample(&against->pipeline, i);
		ck_assert_int_eq(both, !isnan(recall->per_topic[RQ_BASELINE][i]));
		ck_assert_int_eq(both, !isnan(recall->per_topic[RQ_CANDIDATE][i]));
		for (int side = 0; both && side < RQ_SIDES; side++)
			sums[side] += recall->per_topic[side][i];
		shared += both;
	}
	ck_assert_uint_eq(shared, 30); /* a smaller sample is part of a larger one */
	ck_assert_uint_eq(recall->paired.n, shared);
	for (int side = 0; side < RQ_SIDES; side++) {
		ck_assert_uint_eq(recall->samples[side], shared);
		ck_assert_double_eq_tol(recall->value[side], sums[side] / (double)shared, 1e-12);
	}
	ck_assert(lab_remarked(against, false, "ann_recall@5 is compared over the 30 topics that exact search answered both when the baseline was approved "
	                                       "(40) and in this run (30)"));
	lab_free(sampled);
	lab_free(against);
}
END_TEST

/* What is asked of the candidate alone is not asked of the few topics that an old baseline has. */
START_TEST(a_candidate_keeps_its_own_mean)
{
	lab_free(prepare());
	static const char poor[] = "candidate={\"embedder\":\"new\",\"index\":{\"factory\":\"IVF8,Flat\",\"search\":\"nprobe=1\"}}";
	struct lab_run *sampled = lab_do(true, CONFIG, "exact.topics=8", NULL), *alone = lab_do(true, CONFIG, "exact.topics=50", poor, NULL);
	approve(sampled, RQ_BASELINE, "sampled");
	struct lab_run *against = lab_do(true, CONFIG, "exact.topics=50", poor, "baseline.approved=sampled", NULL);
	const struct rq_metric_result *recall = lab_metric(against, "ann_recall@5"), *whole = lab_metric(alone, "ann_recall@5");
	double candidate = 0, baseline = 0;

	ck_assert_uint_eq(recall->samples[RQ_CANDIDATE], 50);
	ck_assert(recall->value[RQ_CANDIDATE] == whole->value[RQ_CANDIDATE] && recall->value_lower[RQ_CANDIDATE] == whole->value_lower[RQ_CANDIDATE]);
	ck_assert_uint_eq(recall->samples[RQ_BASELINE], 8);
	ck_assert(recall->value[RQ_BASELINE] == lab_metric(sampled, "ann_recall@5")->value[RQ_BASELINE]);
	ck_assert_uint_eq(recall->paired.n, 8);
	for (size_t i = 0; i < against->pipeline.comparison.topic_count; i++) {
		if (isnan(recall->per_topic[RQ_BASELINE][i]))
			continue;
		baseline += recall->per_topic[RQ_BASELINE][i] / 8;
		candidate += recall->per_topic[RQ_CANDIDATE][i] / 8;
	}
	ck_assert_double_eq_tol(recall->paired.delta, candidate - baseline, 1e-12);
	ck_assert(fabs(recall->value[RQ_CANDIDATE] - candidate) > .001);
	lab_free(sampled);
	lab_free(alone);
	lab_free(against);
}
END_TEST

/* The run that a config describes, with gates that compare with a pinned baseline of this name. */
static struct lab_run *do_pinned(const char *json, const char *name, const char *override)
{
	struct lab_run *run = override == NULL ? lab_load(true, json, NULL) : lab_load(true, json, override, NULL);

	rq_pipeline_release(&run->pipeline);
	ck_assert_int_eq(rq_config_need_pinned(&run->config, name, &run->err), RQ_OK);
	run->pipeline = (struct rq_pipeline){.config = &run->config};
	ck_assert_msg(rq_pipeline_load(&run->pipeline, &run->err) == RQ_OK && rq_pipeline_run(&run->pipeline, &run->err) == RQ_OK, "%s", run->err.text);
	return run;
}

static const struct rq_metric_result *pinned_metric(const struct lab_run *run, const char *name)
{
	return rq_comparison_metric(run->pipeline.comparison.pinned[0].comparison, name);
}

/* An approved run file is as deep as it is. */
START_TEST(rankings_are_compared_with_none_that_is_less_deep_than_a_metric_looks)
{
	static const char runs[] = "{\"dataset\":{\"qrels\":\"q\"},\"baseline\":{\"run\":\"a.run\"},\"candidate\":{\"run\":\"b.run\"},"
							   "\"metrics\":[\"RR@10\",\"AP\"]," REST;
	lab_write("q", "1 0 a 1\n1 0 b 1\n");
	lab_write("a.run", "1 Q0 a 1 2 x\n1 Q0 z 2 1 x\n");
	lab_write("b.run", "1 Q0 z 1 9 x\n1 Q0 a 2 8 x\n1 Q0 b 3 7 x\n");
	struct lab_run *run = lab_do(true, runs, "candidate.run=a.run", NULL);
	approve(run, RQ_BASELINE, "one");
	lab_free(run);

	run = lab_do(true, runs, AGAINST, NULL);
	for (size_t i = 0; i < 2; i++)
		ck_assert_str_eq(run->pipeline.comparison.metrics[i].absent[RQ_BASELINE], "not compared: the baseline's rankings are less deep than the candidate's");
	lab_free(run);
	run = do_pinned(runs, "one", "baseline.run=b.run");
	ck_assert_str_eq(pinned_metric(run, "AP")->absent[RQ_BASELINE], "not measured: the rankings of the pinned baseline are less deep");
	ck_assert_str_eq(pinned_metric(run, "RR@10")->absent[RQ_BASELINE], "not measured: the rankings of the pinned baseline are less deep");
	ck_assert(lab_metric(run, "AP")->compared && lab_metric(run, "RR@10")->compared);
	lab_free(run);
	run = do_pinned(runs, "one", "metrics=[\"RR@2\"]");
	ck_assert(pinned_metric(run, "RR@2")->compared);
	lab_free(run);
	run = do_pinned(runs, "one", "candidate.run=a.run");
	ck_assert(pinned_metric(run, "AP")->paired.identical);
	lab_free(run);
}
END_TEST

/* Of a run file beside a search, too: how deep that went says nothing of the file. */
START_TEST(a_run_file_beside_a_search_is_approved_as_deep_as_it_is)
{
	lab_free(prepare());
	lab_write("one.run", "t00 Q0 d01 1 9 x\nt01 Q0 d01 1 9 x\n");
	struct lab_run *run = lab_do(true, CONFIG, "baseline={\"run\":\"one.run\"}", "metrics=[\"RR@1\"]", "dataset.missing_topics=warn", NULL);
	approve(run, RQ_BASELINE, "file");
	ck_assert_uint_eq(run->pipeline.comparison.cutoff, 20);
	lab_free(run);
	run = lab_do(true, CONFIG, "dataset.missing_topics=warn", "baseline.approved=file", NULL);
	ck_assert_uint_eq(run->pipeline.approved.cutoff, 0);
	ck_assert_str_eq(lab_metric(run, "RR@10")->absent[RQ_BASELINE], "not compared: the baseline's rankings are less deep than the candidate's");
	lab_free(run);
}
END_TEST

START_TEST(means_of_a_pinned_baseline_are_over_the_topics_of_both)
{
	lab_free(prepare());
	struct lab_run *sampled = lab_do(true, CONFIG, "exact.topics=40", NULL);
	approve(sampled, RQ_BASELINE, "sampled");
	lab_free(sampled);
	struct lab_run *run = do_pinned(CONFIG, "sampled", NULL);
	const struct rq_metric_result *recall = pinned_metric(run, "ann_recall@5");

	ck_assert_uint_eq(recall->samples[RQ_BASELINE], 40);
	ck_assert_uint_eq(recall->samples[RQ_CANDIDATE], 40);
	ck_assert_double_eq_tol(recall->value[RQ_CANDIDATE] - recall->value[RQ_BASELINE], recall->paired.delta, 1e-12);
	lab_free(run);
}
END_TEST

/* ---- refusals ---- */

static void expect_refusal(enum rq_status status, const char *text, const char *override)
{
	struct lab_run *run = override == NULL ? lab_try(true, CONFIG, AGAINST, NULL) : lab_try(true, CONFIG, AGAINST, override, NULL);

	ck_assert_int_eq(run->status, status);
	ck_assert_msg(strncmp(run->err.text, text, strlen(text)) == 0, "%s", run->err.text);
	lab_free(run);
}

static void append(const char *name, const char *text)
{
	struct rq_buf old = lab_read(name);

	lab_write(name, "%s%s", old.data, text);
	rq_buf_release(&old);
}

START_TEST(unlike_things)
{
	lab_free(prepare());
	append("corpus.jsonl", "{\"_id\":\"new\",\"text\":\"x\"}\n");
	expect_refusal(RQ_E_DATA, "the approved baseline \"one\" cannot be compared with: corpus: sha256 ", NULL);
	lab_collection(120, 60);
	append("queries.jsonl", "{\"_id\":\"t999\",\"text\":\"x\"}\n");
	expect_refusal(RQ_E_DATA, "the approved baseline \"one\" cannot be compared with: topics: sha256 ", NULL);
	lab_collection(120, 60);
	append("qrels.tsv", "t01\td07\t1\n");
	expect_refusal(RQ_E_DATA, "the approved baseline \"one\" cannot be compared with: qrels: sha256 ", NULL);
	lab_collection(120, 60);
	expect_refusal(RQ_E_CONFIG, "cutoff: this run searches 21 deep, and the rankings of the approved baseline \"one\" are 20 deep; ", "cutoff=21");
	expect_refusal(RQ_E_USAGE, "\"baselines\": no baseline is called \"on\"; did you mean \"one\"?", "baseline.approved=on");
}
END_TEST

static void edit(const char *name, const char *old, const char *new)
{
	struct rq_buf text = lab_read(name);
	char *at = strstr(text.data, old);

	ck_assert_ptr_nonnull(at);
	lab_write(name, "%.*s%s%s", (int)(at - text.data), text.data, new, at + strlen(old));
	rq_buf_release(&text);
}

/* As whoever edits it may do too: its digest is made again. */
static void seal(const char *name)
{
	struct rq_buf text = lab_read(name);
	struct rq_error err = {0};
	rq_json *root;
	char sha256[RQ_SHA256_HEX];

	ck_assert_msg(rq_json_parse(&root, text.data, text.size, name, &err) == RQ_OK && rq_json_seal(sha256, root, &err) == RQ_OK, "%s", err.text);
	edit(name, rq_json_string(rq_json_get(root, RQ_JSON_SEAL)), sha256);
	rq_json_free(root);
	rq_buf_release(&text);
}

#define ONE "baselines/one/baseline.json"

START_TEST(scores_that_are_not_those_of_the_rankings)
{
	lab_free(prepare());
	edit(ONE, "\"RR@10\":1,", "\"RR@10\":9,"); /* two that change places, which leaves the mean as it is */
	edit(ONE, "\"RR@10\":0.5,", "\"RR@10\":1,");
	edit(ONE, "\"RR@10\":9,", "\"RR@10\":0.5,");
	expect_refusal(RQ_E_DATA, ONE ": was changed since it was approved", NULL);
	seal(ONE);
	expect_refusal(RQ_E_DATA, ONE ": RR@10 of topic \"t", NULL);
	edit(ONE, "\"metric\": \"AP\",\n      \"value\": 0.", "\"metric\": \"AP\",\n      \"value\": 0.9");
	seal(ONE);
	expect_refusal(RQ_E_DATA, ONE ": AP is 0.9", NULL);
	edit(ONE, "\"metrics_version\": 1", "\"metrics_version\": 0");
	seal(ONE);
	expect_refusal(RQ_E_DATA, "the approved baseline \"one\" cannot be compared with: metrics_version: 0 when it was approved, 1 here; ", NULL);
}
END_TEST

START_TEST(an_exception_is_recorded)
{
	static const char *allowed[] = {"qrels"};

	lab_free(prepare());
	struct lab_run *run = lab_load(true, CONFIG, AGAINST, NULL);
	append("qrels.tsv", "t01\td07\t1\n");
	rq_pipeline_release(&run->pipeline);
	run->pipeline = (struct rq_pipeline){.config = &run->config, .allowed = {allowed, 1}};
	ck_assert_msg(rq_pipeline_load(&run->pipeline, &run->err) == RQ_OK && rq_pipeline_run(&run->pipeline, &run->err) == RQ_OK, "%s", run->err.text);
	const struct rq_comparison *comparison = &run->pipeline.comparison;
	bool found = false;
	for (size_t i = 0; i < comparison->remark_count; i++)
		found |= comparison->remarks[i].warning &&
		         strncmp(comparison->remarks[i].text,
		                 "the approved baseline \"one\" is not of the same qrels, and is compared all the same (qrels: sha256 ", 95) == 0;
	ck_assert(found);
	lab_free(run);
}
END_TEST

/* A topic that the baseline never searched would score 0 for it, and make up for what others lose. */
START_TEST(newer_topics_count_for_neither_side)
{
	static const char *allowed[] = {"topics", "qrels"};

	lab_free(prepare());
	struct lab_run *run = lab_load(true, CONFIG, AGAINST, NULL);
	struct lab_run *same = lab_do(true, CONFIG, AGAINST, NULL);
	double before = lab_value(same, "RR@10", RQ_BASELINE);
	lab_free(same);
	append("queries.jsonl", "{\"_id\":\"t998\",\"text\":\"x\"}\n{\"_id\":\"t999\",\"text\":\"x\"}\n");
	append("qrels.tsv", "t998\td07\t1\nt999\td07\t1\n");
	lab_npy("t.npy", 62, 16, 2);
	rq_pipeline_release(&run->pipeline);
	run->pipeline = (struct rq_pipeline){.config = &run->config, .allowed = {allowed, 2}};
	ck_assert_msg(rq_pipeline_load(&run->pipeline, &run->err) == RQ_OK && rq_pipeline_run(&run->pipeline, &run->err) == RQ_OK, "%s", run->err.text);
	ck_assert_uint_eq(run->pipeline.comparison.topic_count, 60);
	ck_assert_double_eq(lab_counted(run, "topics_scored"), 60);
	ck_assert_double_eq(lab_value(run, "RR@10", RQ_BASELINE), before);
	ck_assert_uint_eq(lab_metric(run, "RR@10")->samples[RQ_CANDIDATE], 60);
	ck_assert(lab_remarked(run, true, "2 of 62 judged topics are newer than the approved baseline \"one\" and count for neither side; approve one anew to have "
	                                  "them compared"));
	lab_free(run);
}
END_TEST

START_TEST(every_field_that_differs_is_named)
{
	lab_free(prepare());
	append("queries.jsonl", "{\"_id\":\"t999\",\"text\":\"x\"}\n");
	append("qrels.tsv", "t999\td07\t1\n");
	struct lab_run *run = lab_try(true, CONFIG, AGAINST, NULL);

	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(run->err.text, "topics: sha256 "));
	ck_assert_ptr_nonnull(strstr(run->err.text, " here, qrels: sha256 "));
	ck_assert_ptr_nonnull(strstr(run->err.text, "--allow-mismatch topics --allow-mismatch qrels"));
	lab_free(run);
}
END_TEST

START_TEST(what_a_config_may_not_say)
{
	lab_free(prepare());
	struct lab_run *run = lab_try(true, CONFIG, "candidate.approved=one", NULL);
	ck_assert_str_eq(run->err.text,
	                 "gate.json: candidate.approved: an approved baseline has no vectors to search with, so only the baseline can be one");
	lab_free(run);
	run = lab_try(true, CONFIG, "baseline.approved=../one", NULL);
	ck_assert_int_eq(run->status, RQ_E_USAGE);
	ck_assert_ptr_nonnull(strstr(run->err.text, "gate.json: baseline.approved: \"../one\": cannot be the name of a baseline"));
	lab_free(run);
	run = lab_load(true, CONFIG, AGAINST, NULL);
	ck_assert(rq_config_reads(&run->config, "baselines/one/baseline.json") && rq_config_reads(&run->config, "baselines/one/ranked.run.zst"));
	lab_free(run);
}
END_TEST

Suite *approved_suite(void)
{
	Suite *suite = suite_create("approved");
	TCase *tests = lab_case("approved");

	tcase_add_test(tests, the_same_without_vectors_and_index);
	tcase_add_test(tests, in_the_config_a_name_is_all);
	tcase_add_test(tests, a_candidate_against_itself);
	tcase_add_test(tests, topics_that_found_nothing);
	tcase_add_test(tests, what_rankings_do_not_tell_is_absent);
	tcase_add_test(tests, other_vectors_are_a_new_embedding);
	tcase_add_test(tests, means_are_over_the_topics_that_both_samples_hold);
	tcase_add_test(tests, a_candidate_keeps_its_own_mean);
	tcase_add_test(tests, rankings_are_compared_with_none_that_is_less_deep_than_a_metric_looks);
	tcase_add_test(tests, a_run_file_beside_a_search_is_approved_as_deep_as_it_is);
	tcase_add_test(tests, means_of_a_pinned_baseline_are_over_the_topics_of_both);
	tcase_add_test(tests, unlike_things);
	tcase_add_test(tests, scores_that_are_not_those_of_the_rankings);
	tcase_add_test(tests, an_exception_is_recorded);
	tcase_add_test(tests, newer_topics_count_for_neither_side);
	tcase_add_test(tests, every_field_that_differs_is_named);
	tcase_add_test(tests, what_a_config_may_not_say);
	suite_add_tcase(suite, tests);
	return suite;
}
