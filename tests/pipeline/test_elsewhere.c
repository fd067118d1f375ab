/* Sides that are searched elsewhere. */
#include "laboratory.h"

#include "evalcore/pipeline/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define HASH "\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":512}}"
#define SIDES "\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\",\"nDCG@10\",\"ann_recall@10\"],\"cutoff\":10"
#define SPREAD "\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}}" /* no two scores are equal */
#define REST "\"latency\":{\"samples\":0},\"gates\":[]"

static void expect_same_runs(const struct rq_run *a, const struct rq_run *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		ck_assert_str_eq(a->rankings[i].topic, b->rankings[i].topic);
		ck_assert_uint_eq(a->rankings[i].count, b->rankings[i].count);
		for (size_t j = 0; j < a->rankings[i].count; j++) {
			ck_assert_str_eq(a->rankings[i].documents[j].document, b->rankings[i].documents[j].document);
			ck_assert(a->rankings[i].documents[j].score == b->rankings[i].documents[j].score);
		}
	}
}

#define PLAIN "{" DATASET "," HASH "," SIDES "," REST "}"

START_TEST(an_exact_search_elsewhere_is_an_exact_search)
{
	for (int reversed = 0; reversed < 2; reversed++)
		for (int without = 0; without < 2; without++) {
			behaviour = (struct behaviour){.reversed = reversed, .without_vectors = without};
			lab_collection(40, 20);
			struct lab_run *run = do_elsewhere(PLAIN, false);
			const struct rq_metric_result *recall = lab_metric(run, "ann_recall@10");
			expect_same_runs(&run->pipeline.runs[RQ_BASELINE], &run->pipeline.runs[RQ_CANDIDATE]);
			ck_assert(lab_metric(run, "nDCG@10")->paired.identical);
			ck_assert_double_eq(recall->value[RQ_BASELINE], 1);
			if (without)
				ck_assert_str_eq(recall->absent[RQ_CANDIDATE], "not measured: the side is asked without vectors, so there are none to search exactly");
			else
				ck_assert_double_eq(recall->value[RQ_CANDIDATE], 1);
			ck_assert_uint_eq(behaviour.asked, 20);
			ck_assert_uint_eq(behaviour.opened, 1);
			ck_assert_uint_eq(behaviour.closed, 1); /* nothing is timed */
			lab_free(run);
			ck_assert_uint_eq(behaviour.closed, 1);
		}
}
END_TEST

START_TEST(the_report_says_what_was_searched)
{
	behaviour = (struct behaviour){0};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere(PLAIN, false);
	const struct rq_side_info *info = &run->pipeline.comparison.sides[RQ_CANDIDATE];

	ck_assert_str_eq(info->index, "laboratory");
	ck_assert_str_eq(info->searched, "everything was read");
	ck_assert_str_eq(info->embedder, "hash");
	ck_assert_uint_eq(info->dimension, 512);
	ck_assert(lab_remarked(run, true, "candidate: a full scan"));
	ck_assert_str_eq(lab_cache_use(run, "candidate.index"), "laboratory, elsewhere; answers searched");
	ck_assert_double_eq(lab_counted(run, "documents_unknown_candidate"), 0);
	lab_free(run);
}
END_TEST

START_TEST(it_is_searched_anew_in_every_run)
{
	lab_collection(40, 20);
	for (int i = 0; i < 2; i++) {
		behaviour = (struct behaviour){0};
		struct lab_run *run = do_elsewhere(PLAIN, false);
		ck_assert_uint_eq(behaviour.asked, 20);
		lab_free(run);
	}
}
END_TEST

static void spread_collection(void)
{
	lab_collection(40, 20);
	lab_npy("c.npy", 40, 512, 1);
	lab_npy("t.npy", 20, 512, 2);
}

START_TEST(what_it_does_not_find_is_missing_from_ann_recall)
{
	behaviour = (struct behaviour){.loses = 1};
	spread_collection();
	struct lab_run *run = do_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", false);

	ck_assert_double_eq_tol(lab_value(run, "ann_recall@10", RQ_CANDIDATE), .9, 1e-12);
	lab_free(run);

	behaviour = (struct behaviour){.most = 4}; /* fewer than asked for */
	run = do_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", false);
	ck_assert_double_eq_tol(lab_value(run, "ann_recall@10", RQ_CANDIDATE), .4, 1e-12);
	ck_assert_uint_eq(run->pipeline.runs[RQ_CANDIDATE].rankings[0].count, 4);
	lab_free(run);
}
END_TEST

START_TEST(strangers_are_counted_and_found_by_nobody)
{
	behaviour = (struct behaviour){.stranger = true};
	spread_collection();
	struct lab_run *run = do_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", false);

	ck_assert_double_eq(lab_counted(run, "documents_unknown_candidate"), 1);
	ck_assert_double_eq_tol(lab_value(run, "ann_recall@10", RQ_CANDIDATE), .9, 1e-12);
	bool said = false;
	for (size_t i = 0; i < run->pipeline.comparison.remark_count; i++)
		said |= strstr(run->pipeline.comparison.remarks[i].text, "documents that the candidate's search found are not in the corpus (\"stranger\" for one)") != NULL;
	ck_assert(said);
	lab_free(run);

	behaviour = (struct behaviour){.stranger = true, .most = 1};
	run = run_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", true);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text, "baseline.index: 20 of the 20 documents that were found for judged topics are not in the corpus (\"stranger\" for one), so a drop could not be "
	                                "seen; are the ids spelt alike, and is it the right one?");
	lab_free(run);
}
END_TEST

/* One topic's answers, or one document in each answer: what is missed for them would be no drop. */
START_TEST(a_baseline_that_finds_strangers_gives_no_verdict)
{
	spread_collection();
	behaviour = (struct behaviour){.strange_from = 1}; /* one topic of twenty is answered */
	struct lab_run *run = run_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", true);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(run->err.text, "baseline.index: 190 of the 200 documents that were found for judged topics are not in the corpus (\"s0\" for one)"));
	lab_free(run);
	behaviour = (struct behaviour){.stranger = true};
	run = run_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", true);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	lab_free(run);
	behaviour = (struct behaviour){.strange_from = 19}; /* few enough to be told of: 10 of 200 */
	run = do_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", true);
	ck_assert_double_eq(lab_counted(run, "documents_unknown_baseline"), 10);
	lab_free(run);
	behaviour = (struct behaviour){.strange_from = 1}; /* a candidate shows its loss */
	run = do_elsewhere("{" DATASET "," SPREAD "," SIDES "," REST "}", false);
	ck_assert_double_lt(lab_value(run, "RR@10", RQ_CANDIDATE), lab_value(run, "RR@10", RQ_BASELINE));
	lab_free(run);
}
END_TEST

START_TEST(a_document_named_twice_keeps_its_better_place)
{
	behaviour = (struct behaviour){.twice = true};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere(PLAIN, false);

	for (size_t i = 0; i < 20; i++)
		ck_assert_uint_eq(run->pipeline.runs[RQ_CANDIDATE].rankings[i].count, 9);
	ck_assert(lab_remarked(run, true, "candidate: 20 times an answer named a document again; it keeps its first place"));
	lab_free(run);
}
END_TEST

START_TEST(a_candidates_failed_topic_scores_nothing_and_is_kept)
{
	behaviour = (struct behaviour){.fails = "t03", .max_failed = 1};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere(PLAIN, false);
	const struct rq_failures *failures = &run->pipeline.comparison.failures;
	const struct rq_metric_result *metric = lab_metric(run, "RR@10");

	ck_assert_uint_eq(failures->count, 1);
	ck_assert_str_eq(failures->items[0].side, "candidate");
	ck_assert_str_eq(failures->items[0].stage, "search");
	ck_assert_str_eq(failures->items[0].what, "topic");
	ck_assert_str_eq(failures->items[0].id, "t03");
	ck_assert_str_eq(failures->items[0].reason, "it would not");
	ck_assert_uint_eq(failures->items[0].attempts, 3);
	ck_assert_double_eq(failures->items[0].seconds, .25);
	ck_assert_uint_eq(metric->samples[RQ_CANDIDATE], 20); /* it stays in the denominator */
	ck_assert_double_eq(metric->per_topic[RQ_CANDIDATE][3], 0);
	ck_assert_double_gt(metric->per_topic[RQ_BASELINE][3], 0);
	ck_assert_double_eq(lab_metric(run, "ann_recall@10")->per_topic[RQ_CANDIDATE][3], 0);
	ck_assert_double_eq(lab_counted(run, "topics_failed_candidate"), 1);
	ck_assert(lab_remarked(run, true, "1 of 20 topics could not be searched for the candidate and scores 0 (\"t03\" for one: it would not)"));
	lab_free(run);
}
END_TEST

START_TEST(a_baselines_failed_topic_gives_no_verdict)
{
	behaviour = (struct behaviour){.fails = "t03", .max_failed = 1};
	lab_collection(40, 20);
	struct lab_run *run = run_elsewhere(PLAIN, true);

	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, "baseline: 1 of 20 judged topics could not be searched (\"t03\" for one: it would not), so a drop could not be seen; mend that, then run again");
	lab_free(run);
}
END_TEST

START_TEST(answers_that_cannot_be_used_are_failures)
{
	static const struct {
		struct behaviour behaviour;
		const char *reason;
	} cases[] = {
		{{.worst = NAN}, "with no finite number"},
		{{.worst = -INFINITY}, "with no finite number"},
		{{.bad_id = "two words"}, "its answer names document \"two words\", contains white space"},
		{{.bad_id = ""}, "its answer names document \"\", is empty"},
	};

	lab_collection(40, 20);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		behaviour = cases[i].behaviour;
		behaviour.max_failed = 20;
		behaviour.reversed = true; /* failures come in the order of the topics all the same */
		struct lab_run *run = do_elsewhere(PLAIN, false);
		const struct rq_failures *failures = &run->pipeline.comparison.failures;
		ck_assert_uint_eq(failures->count, 20);
		ck_assert_ptr_nonnull(strstr(failures->items[0].reason, cases[i].reason));
		for (size_t j = 0; j < failures->count; j++)
			ck_assert_str_eq(failures->items[j].id, run->pipeline.topics.topics[j].id);
		ck_assert_double_eq(lab_value(run, "nDCG@10", RQ_CANDIDATE), 0);
		lab_free(run);
	}
}
END_TEST

START_TEST(single_questions_are_timed_by_the_retriever_itself)
{
	behaviour = (struct behaviour){0};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere("{" DATASET "," HASH "," SIDES ",\"latency\":{\"samples\":60,\"budget\":\"10m\"},\"gates\":[]}", false);
	const struct rq_metric_result *latency = lab_metric(run, "latency.p50");

	ck_assert_uint_eq(latency->samples[RQ_CANDIDATE], 60);
	ck_assert_double_eq(latency->value[RQ_CANDIDATE], .002); /* what each answer says */
	ck_assert_uint_eq(behaviour.alone, 25 + 60);
	ck_assert_uint_eq(behaviour.opened, 1);
	ck_assert_uint_eq(behaviour.closed, 1);
	lab_free(run);
}
END_TEST

START_TEST(times_that_a_command_tells_are_called_so)
{
	static const char config[] = "{" DATASET "," HASH "," SIDES ",\"latency\":{\"samples\":10,\"budget\":\"10m\"},\"gates\":[]}";

	lab_collection(40, 20);
	behaviour = (struct behaviour){.tells = 1};
	struct lab_run *run = do_elsewhere(config, false);
	const struct rq_comparison *comparison = &run->pipeline.comparison;
	ck_assert_uint_eq(comparison->run_remark_count, 1);
	ck_assert(comparison->run_remarks[0].warning);
	ck_assert_str_eq(comparison->run_remarks[0].text,
	                 "candidate: searches took as long as their command says (\"latency_ms\"), p50 2 ms, p99 2 ms, while those of the other side are measured here; from "
	                 "question to answer it was p50 30 ms, p99 30 ms");
	lab_free(run);
	behaviour = (struct behaviour){.tells = 1};
	run = do_elsewhere(config, true);
	ck_assert_uint_eq(run->pipeline.comparison.run_remark_count, 2);
	ck_assert(!run->pipeline.comparison.run_remarks[0].warning);
	lab_free(run);
	behaviour = (struct behaviour){.tells = 2};
	run = run_elsewhere(config, false);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text,
	                 "candidate.index: 5 of 10 timed answers tell how long they took (\"latency_ms\"); expected all or none, for the two are no times of one kind");
	lab_free(run);
}
END_TEST

START_TEST(both_sides_are_timed_over_the_same_topics)
{
	static const char config[] = "{" DATASET "," HASH "," SIDES ",\"latency\":{\"samples\":60,\"budget\":\"10m\"},\"gates\":[]}";

	lab_collection(40, 20);
	struct rq_buf queries = lab_read("queries.jsonl");
	rq_buf_puts(&queries, "{\"_id\":\"blank\",\"text\":\"... the of\"}\n");
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	rq_buf_release(&queries);
	behaviour = (struct behaviour){.fails = "t03", .max_failed = 1};
	struct lab_run *run = do_elsewhere(config, false);
	const struct rq_comparison *comparison = &run->pipeline.comparison;
	ck_assert_uint_eq(lab_metric(run, "latency.p50")->samples[RQ_BASELINE], 60);
	ck_assert_uint_eq(comparison->run_remark_count, 1);
	ck_assert_str_eq(comparison->run_remarks[0].text, "queries are timed over 19 of 21 topics: the others have failed on a side, or have no vector there");
	lab_free(run);

	lab_collection(40, 1);
	behaviour = (struct behaviour){.fails = "t00", .max_failed = 1};
	run = do_elsewhere(config, false);
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++)
		ck_assert_str_eq(lab_metric(run, "latency.p50")->absent[side], "not measured: no topic can be timed on both sides");
	lab_free(run);
}
END_TEST

START_TEST(where_every_timed_question_fails_there_is_no_time)
{
	behaviour = (struct behaviour){.fails_timed = 1};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere("{" DATASET "," HASH "," SIDES ",\"latency\":{\"samples\":10,\"budget\":\"10m\"},\"gates\":[]}", false);
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	ck_assert_str_eq(lab_metric(run, "latency.p50")->absent[RQ_CANDIDATE], "not measured: every timed one failed");
	ck_assert_uint_eq(lab_metric(run, "latency.p50")->samples[RQ_BASELINE], 10);
	ck_assert_uint_eq(comparison->failures.count, 0); /* its ranking is there */
	ck_assert_uint_eq(comparison->run_remark_count, 1);
	ck_assert_str_eq(comparison->run_remarks[0].text, "10 of 10 timed queries of the candidate failed: longer than any limit, and no answer in a rate");
	lab_free(run);
}
END_TEST

/* Answers take 2 ms each. Failures take next to nothing, and make nothing quicker. */
START_TEST(a_question_that_fails_while_timed_is_longer_than_any_time)
{
	behaviour = (struct behaviour){.fails_timed = 4};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere("{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\",\"latency.rate\"],\"cutoff\":10,"
	                                   "\"latency\":{\"samples\":400,\"budget\":\"10m\"},\"gates\":[]}",
	                                   false);
	const struct rq_metric_result *median = lab_metric(run, "latency.p50"), *tail = lab_metric(run, "latency.p95"), *rate = lab_metric(run, "latency.rate");

	ck_assert_double_eq(median->value[RQ_CANDIDATE], .002);
	ck_assert_uint_eq(median->samples[RQ_CANDIDATE], 400);
	ck_assert_uint_eq(median->failed[RQ_CANDIDATE], 100);
	ck_assert_uint_eq(median->failed[RQ_BASELINE], 0);
	ck_assert_double_eq(tail->value[RQ_CANDIDATE], INFINITY);
	ck_assert_double_eq(tail->value_lower[RQ_CANDIDATE], INFINITY);
	ck_assert_uint_eq(rate->samples[RQ_CANDIDATE], 300);
	ck_assert_double_lt(rate->value[RQ_CANDIDATE], 500);
	lab_free(run);
}
END_TEST

START_TEST(parents_are_searched_for_deeper_where_they_are_too_few)
{
	struct rq_buf corpus = {0};

	lab_collection(40, 20);
	for (size_t i = 0; i < 40; i++) {
		struct rq_buf line = {0};
		lab_document(&line, i, NULL);
		rq_buf_printf(&corpus, "{\"parent\": \"P%zu\", %s", i / 8, line.data + 1);
		rq_buf_release(&line);
	}
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	lab_write("qrels.tsv", "t00 0 P0 1\nt01 0 P0 1\nt09 0 P1 1\n");
	rq_buf_release(&corpus);
	behaviour = (struct behaviour){0};
	struct lab_run *run = do_elsewhere("{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\",\"unit\":\"parent\"}," HASH
	                                   ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\"],\"cutoff\":10," REST "}",
	                                   false);

	expect_same_runs(&run->pipeline.runs[RQ_BASELINE], &run->pipeline.runs[RQ_CANDIDATE]);
	ck_assert_uint_eq(run->pipeline.runs[RQ_CANDIDATE].rankings[0].count, 5);
	ck_assert_uint_eq(behaviour.deepest, 40);
	lab_free(run);
}
END_TEST

START_TEST(single_embeddings_are_timed_where_a_metric_asks)
{
	lab_collection(40, 20);
	struct lab_run *run = lab_do(true,
	                             "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{\"index\":{\"kind\":\"bm25\"}},"
	                             "\"metrics\":[\"embed.rate\",\"RR@10\",\"embed.p50\"],\"latency\":{\"samples\":0,\"embed_samples\":30,\"budget\":\"10m\"},\"gates\":[]}",
	                             NULL);
	const struct rq_metric_result *rate = lab_metric(run, "embed.rate"), *median = lab_metric(run, "embed.p50");

	ck_assert_str_eq(run->config.metrics[1].name, "embed.p50"); /* times last, in the order of their table */
	ck_assert_uint_eq(rate->samples[RQ_BASELINE], 30);
	ck_assert(rate->value[RQ_BASELINE] > 0 && rate->value_lower[RQ_BASELINE] <= rate->value[RQ_BASELINE] && rate->value[RQ_BASELINE] <= rate->value_upper[RQ_BASELINE]);
	ck_assert_double_gt(median->value[RQ_BASELINE], 0);
	ck_assert_str_eq(median->absent[RQ_CANDIDATE], "not measured: the side embeds nothing");
	lab_free(run);
	run = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\"]," REST "}", NULL);
	ck_assert_ptr_null(run->pipeline.embed_times[RQ_BASELINE].seconds);
	lab_free(run);
	run = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"embed.p99\"],\"latency\":{\"samples\":0,\"embed_samples\":0},\"gates\":[]}",
	             NULL);
	ck_assert_str_eq(lab_metric(run, "embed.p99")->absent[RQ_BASELINE], "not measured: latency.embed_samples is 0");
	lab_free(run);
}
END_TEST

#define WITHOUT_TRUTH "\"exact\":{\"budget\":\"0s\"},\"metrics\":[\"RR@10\",\"ann_recall@10\"],\"cutoff\":10"
static const char alike[] = "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{}," WITHOUT_TRUTH "," REST "}";

static bool has_input(const struct lab_run *run, const char *name)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	for (size_t i = 0; i < comparison->input_count; i++)
		if (strcmp(comparison->inputs[i].name, name) == 0)
			return true;
	return false;
}

START_TEST(documents_are_not_embedded_where_both_sides_are_searched_elsewhere)
{
	behaviour = (struct behaviour){.blind = true};
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere(alike, true);

	ck_assert_ptr_null(run->pipeline.embeddings[RQ_BASELINE].documents.data);
	ck_assert_str_eq(lab_cache_use(run, "baseline.embed"), "20 texts embedded, 0 known");
	ck_assert_str_eq(lab_metric(run, "ann_recall@10")->absent[RQ_CANDIDATE], "not measured: exact.budget is 0");
	ck_assert(!has_input(run, "baseline.vectors") && has_input(run, "baseline.topic_vectors"));
	ck_assert_uint_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].dimension, 512);
	lab_free(run);
}
END_TEST

START_TEST(documents_are_embedded_where_one_side_needs_them)
{
	static const char own[] = "{" DATASET ",\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":512},\"other\":{\"kind\":\"hash\",\"dim\":512,\"stop_words\":false}},"
							  "\"baseline\":{\"embedder\":\"hash\"},\"candidate\":{\"embedder\":\"other\"}," WITHOUT_TRUTH "," REST "}";

	behaviour = (struct behaviour){0}; /* the baseline searches, and shares its vectors */
	lab_collection(40, 20);
	struct lab_run *run = do_elsewhere(alike, false);
	ck_assert_uint_eq(run->pipeline.embeddings[RQ_BASELINE].documents.n, 40);
	expect_same_runs(&run->pipeline.runs[RQ_BASELINE], &run->pipeline.runs[RQ_CANDIDATE]);
	lab_free(run);
	behaviour = (struct behaviour){.blind = true}; /* the candidate has vectors of its own, and only its topics' are wanted */
	run = do_elsewhere(own, false);
	ck_assert_uint_eq(run->pipeline.embeddings[RQ_BASELINE].documents.n, 40);
	ck_assert_ptr_null(run->pipeline.embeddings[RQ_CANDIDATE].documents.data);
	ck_assert_str_eq(lab_cache_use(run, "candidate.embed"), "20 texts embedded, 0 known");
	lab_free(run);
	behaviour = (struct behaviour){.blind = true}; /* exact search is wanted */
	run = do_elsewhere(PLAIN, true);
	ck_assert_uint_eq(run->pipeline.embeddings[RQ_BASELINE].documents.n, 40);
	ck_assert_ptr_null(lab_metric(run, "ann_recall@10")->absent[RQ_CANDIDATE]);
	lab_free(run);
}
END_TEST

START_TEST(a_plan_says_that_documents_are_not_needed)
{
	static const char sentence[] = "documents are not needed: the index is searched elsewhere and exact.budget is 0";

	lab_collection(40, 20);
	for (int cached = 0; cached < 2; cached++) {
		struct rq_plan plan;
		size_t left_out = 0;
		struct lab_run *run = load_elsewhere(alike, true);
		ck_assert_msg(rq_plan_make(&plan, &run->pipeline, &run->err) == RQ_OK, "%s", run->err.text);
		for (size_t i = 0; i < plan.stage_count; i++)
			left_out += plan.stages[i].state == RQ_PLAN_LEFT_OUT && strcmp(plan.stages[i].what, sentence) == 0;
		ck_assert_uint_eq(left_out, 1);
		ck_assert_uint_eq(plan.texts, 20);
		ck_assert_uint_eq(plan.to_embed, cached ? 0 : 20);
		rq_plan_release(&plan);
		lab_free(run);
		behaviour = (struct behaviour){.blind = true};
		lab_free(do_elsewhere(alike, true));
	}
}
END_TEST

Suite *elsewhere_suite(void);
Suite *elsewhere_suite(void)
{
	Suite *suite = suite_create("elsewhere");
	TCase *tests = lab_case("elsewhere");

	tcase_add_test(tests, an_exact_search_elsewhere_is_an_exact_search);
	tcase_add_test(tests, the_report_says_what_was_searched);
	tcase_add_test(tests, it_is_searched_anew_in_every_run);
	tcase_add_test(tests, what_it_does_not_find_is_missing_from_ann_recall);
	tcase_add_test(tests, strangers_are_counted_and_found_by_nobody);
	tcase_add_test(tests, a_baseline_that_finds_strangers_gives_no_verdict);
	tcase_add_test(tests, a_document_named_twice_keeps_its_better_place);
	tcase_add_test(tests, a_candidates_failed_topic_scores_nothing_and_is_kept);
	tcase_add_test(tests, a_baselines_failed_topic_gives_no_verdict);
	tcase_add_test(tests, answers_that_cannot_be_used_are_failures);
	tcase_add_test(tests, single_questions_are_timed_by_the_retriever_itself);
	tcase_add_test(tests, times_that_a_command_tells_are_called_so);
	tcase_add_test(tests, both_sides_are_timed_over_the_same_topics);
	tcase_add_test(tests, where_every_timed_question_fails_there_is_no_time);
	tcase_add_test(tests, a_question_that_fails_while_timed_is_longer_than_any_time);
	tcase_add_test(tests, single_embeddings_are_timed_where_a_metric_asks);
	tcase_add_test(tests, parents_are_searched_for_deeper_where_they_are_too_few);
	tcase_add_test(tests, documents_are_not_embedded_where_both_sides_are_searched_elsewhere);
	tcase_add_test(tests, documents_are_embedded_where_one_side_needs_them);
	tcase_add_test(tests, a_plan_says_that_documents_are_not_needed);
	suite_add_tcase(suite, tests);
	return suite;
}
