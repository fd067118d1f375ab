/* Sides that are run files: how deep they are scored, what they must cover, what they are compared in. */
#include "lab.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define HASH "\"embedders\":{\"hash\":{\"kind\":\"hash\",\"dim\":4096}}"
#define REST "\"latency\":{\"samples\":0},\"gates\":[]"
#define RUNS \
	"{\"dataset\":{\"qrels\":\"q\"},\"baseline\":{\"run\":\"b.run\"},\"candidate\":{\"run\":\"c.run\"},\"metrics\":[\"RR@10\",\"AP\"]," REST "}"

START_TEST(two_run_files_need_neither_corpus_nor_topics)
{
	lab_write("q", "1 0 a 1\n2 0 b 1\n3 0 c 1\n");
	lab_write("b.run", "1 Q0 a 1 2 x\n1 Q0 b 2 1 x\n2 Q0 a 1 2 x\n2 Q0 b 2 1 x\n3 Q0 c 1 1 x\n");
	lab_write("c.run", "{\"topic\":\"1\",\"hits\":[{\"id\":\"a\",\"score\":9}]}\n{\"topic\":\"2\",\"hits\":[{\"id\":\"b\",\"score\":9}]}\n{\"topic\":"
	                   "\"9\",\"hits\":[]}\n");
	struct lab_run *run = lab_do(true, RUNS, NULL);

	ck_assert_double_eq_tol(lab_value(run, "RR@10", RQ_BASELINE), (1 + .5 + 1) / 3, 1e-12);
	ck_assert_double_eq_tol(lab_value(run, "RR@10", RQ_CANDIDATE), 2. / 3, 1e-12);
	ck_assert_double_eq(lab_counted(run, "topics_missing_baseline"), 0);
	ck_assert_double_eq(lab_counted(run, "topics_missing_candidate"), 1);
	ck_assert(lab_remarked(run, true, "1 of 3 topics is missing from the candidate's run and scores 0"));
	ck_assert(!lab_metric(run, "RR@10")->paired.identical);
	ck_assert_str_eq(run->pipeline.comparison.exact_note, "not needed: no side has an approximate index");
	ck_assert_str_eq(run->pipeline.comparison.sides[RQ_CANDIDATE].index, "run file \"c.run\"");
	ck_assert_uint_eq(lab_count_files("."), 4); /* the three and gate.json: nothing was cached */
	lab_free(run);
}
END_TEST

START_TEST(beside_a_run_file_the_candidates_corpus_is_the_only_one)
{
	lab_collection(40, 20);
	struct lab_run *searched = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"RR@10\"]," REST "}", NULL);
	lab_write_run("b.run", &searched->pipeline.runs[RQ_BASELINE], 10);
	struct lab_run *run = lab_do(true,
	                             "{\"dataset\":{\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}," HASH
	                             ",\"baseline\":{\"run\":\"b.run\"},\"candidate\":{\"corpus\":\"corpus.jsonl\"},\"metrics\":[\"RR@10\"]," REST "}",
	                             NULL);

	ck_assert(lab_metric(run, "RR@10")->paired.identical);
	lab_free(searched);
	lab_free(run);
}
END_TEST

START_TEST(the_same_rankings_are_no_change)
{
	lab_write("q", "1 0 a 1\n2 0 b 1\n");
	lab_write("b.run", "1 Q0 a 1 2 x\n1 Q0 b 2 1 x\n2 Q0 a 1 2 x\n2 Q0 b 2 1 x\n");
	lab_write("c.run", "2 Q0 b 1 1 y\n2 Q0 a 2 22 y\n1 Q0 b 1 0.1 y\n1 Q0 a 2 0.2 y\n"); /* other scores, ranks and order of lines */
	struct lab_run *run = lab_do(true, RUNS, NULL);

	ck_assert(lab_metric(run, "RR@10")->paired.identical);
	ck_assert(lab_metric(run, "AP")->paired.identical);
	lab_free(run);
	/* equal values are not equal rankings: here topic 2 has another document before the relevant one */
	lab_write("c.run", "1 Q0 a 1 2 x\n1 Q0 b 2 1 x\n2 Q0 z 1 2 x\n2 Q0 b 2 1 x\n");
	run = lab_do(true, RUNS, NULL);
	ck_assert(!lab_metric(run, "RR@10")->paired.identical);
	ck_assert_uint_eq(lab_metric(run, "RR@10")->paired.ties, 2);
	lab_free(run);
}
END_TEST

START_TEST(a_run_file_is_scored_as_deep_as_it_is_unless_a_cutoff_says_otherwise)
{
	struct rq_buf deep = {0};

	lab_write("q", "1 0 relevant 1\n1 0 x0 0\n");
	for (int i = 0; i < 150; i++)
		rq_buf_printf(&deep, "1 Q0 x%d %d %d x\n", i, i + 1, 1000 - i);
	rq_buf_puts(&deep, "1 Q0 relevant 151 1 x\n");
	lab_write_bytes("b.run", deep.data, deep.size);
	lab_write_bytes("c.run", deep.data, deep.size);
	rq_buf_release(&deep);
	struct lab_run *run = lab_do(true, RUNS, NULL), *cut = lab_do(true, NULL, "cutoff=150", NULL);

	ck_assert_double_eq_tol(lab_value(run, "AP", RQ_BASELINE), 1. / 151, 1e-12);
	ck_assert_uint_eq(run->pipeline.comparison.remark_count, 0);
	ck_assert_double_eq(lab_value(cut, "AP", RQ_BASELINE), 0);
	ck_assert(lab_remarked(cut, false, "AP is over the first 150 of each ranking, the depth of the search"));
	lab_free(run);
	lab_free(cut);
}
END_TEST

/* What the deeper candidate finds below would make up for what it has lost. */
START_TEST(run_files_of_unequal_depth_are_not_compared_where_a_metric_looks_deeper)
{
	lab_write("q", "1 0 a 1\n1 0 b 1\n1 0 c 1\n");
	lab_write("b.run", "1 Q0 a 1 2 x\n1 Q0 z 2 1 x\n");
	lab_write("c.run", "1 Q0 z 1 9 x\n1 Q0 a 2 8 x\n1 Q0 b 3 7 x\n1 Q0 c 4 6 x\n");
	struct lab_run *run = lab_do(true, RUNS, NULL);
	const struct rq_metric_result *ap = lab_metric(run, "AP");

	ck_assert_str_eq(ap->absent[RQ_BASELINE], "not compared: the baseline's rankings are less deep than the candidate's");
	ck_assert(!ap->compared && isnan(ap->value[RQ_BASELINE]));
	ck_assert_double_eq_tol(ap->value[RQ_CANDIDATE], (1. / 2 + 2. / 3 + 3. / 4) / 3, 1e-12);
	ck_assert_str_eq(lab_metric(run, "RR@10")->absent[RQ_BASELINE], "not compared: the baseline's rankings are less deep than the candidate's");
	ck_assert(lab_remarked(run, true, "RR@10 looks deeper than the baseline's rankings, which are 2 deep, the candidate's 4: it is not compared; make "
	                                  "the baseline's as deep"));
	ck_assert(lab_remarked(run, true, "AP is over whole rankings, and the baseline's are 2 deep, the candidate's 4: it is not compared; make both as "
	                                  "deep, or cut both with \"cutoff\""));
	lab_free(run);
	run = lab_do(true, NULL, "cutoff=2", "metrics=[\"AP\"]", NULL);
	ck_assert_double_eq_tol(lab_metric(run, "AP")->paired.delta, 1. / 6 - 1. / 3, 1e-12);
	ck_assert(lab_remarked(run, false, "AP is over the first 2 of each ranking, the depth of the search"));
	lab_free(run);
	run = lab_do(true, NULL, "metrics=[\"RR@2\"]", NULL); /* which does not look where the baseline has nothing */
	ck_assert(lab_metric(run, "RR@2")->compared && run->pipeline.comparison.remark_count == 0);
	lab_free(run);
	/* the other way round nothing is hidden: what the candidate does not have it has lost */
	run = lab_do(true, NULL, "baseline.run=c.run", "candidate.run=b.run", NULL);
	ck_assert(lab_metric(run, "AP")->paired.delta < 0 && lab_metric(run, "RR@10")->compared);
	ck_assert(lab_remarked(run, true, "AP is over whole rankings, and the baseline's are 4 deep, the candidate's 2: what the candidate lacks there "
	                                  "counts as lost; make both as deep, or cut both with \"cutoff\""));
	lab_free(run);
}
END_TEST

START_TEST(a_run_file_beside_a_search_is_scored_to_the_same_depth)
{
	lab_collection(40, 20);
	struct lab_run *all = lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{},\"metrics\":[\"AP\"],\"cutoff\":40," REST "}", NULL);
	lab_write_run("deep.run", &all->pipeline.runs[RQ_BASELINE], 40);
	lab_free(all);
	struct lab_run *run = lab_do(true,
	                             "{" DATASET "," HASH
	                             ",\"baseline\":{\"run\":\"deep.run\"},\"candidate\":{\"embedder\":\"hash\"},\"metrics\":[\"AP\",\"ann_recall@10\"],"
	                             "\"cutoff\":10," REST "}",
	                             NULL);

	ck_assert(lab_metric(run, "AP")->paired.identical);
	ck_assert_str_eq(lab_metric(run, "ann_recall@10")->absent[RQ_BASELINE], "not measured: the side is a run file");
	ck_assert_double_eq(lab_value(run, "ann_recall@10", RQ_CANDIDATE), 1);
	lab_free(run);
}
END_TEST

START_TEST(a_baseline_run_that_lacks_topics_is_no_baseline)
{
	lab_write("q", "1 0 a 1\n2 0 b 1\n3 0 c 1\n");
	lab_write("b.run", "1 Q0 a 1 2 x\n3 Q0 c 1 1 x\n");
	lab_write("c.run", "1 Q0 a 1 2 x\n2 Q0 b 1 2 x\n3 Q0 c 1 1 x\n");
	struct lab_run *run = lab_try(true, RUNS, NULL);

	ck_assert_int_eq(run->status, RQ_E_UNAVAILABLE);
	ck_assert_str_eq(run->err.text, "\"b.run\": 1 of 3 judged topics are missing from the baseline's run (\"2\" for one), so a drop could not be "
	                                "seen; complete it, or set dataset.missing_topics to \"warn\" if these answers are empty");
	lab_free(run);
	run = lab_do(true, RUNS, "dataset.missing_topics=warn", NULL);
	ck_assert(lab_remarked(run, true, "1 of 3 topics is missing from the baseline's run and scores 0"));
	ck_assert_double_eq_tol(lab_value(run, "RR@10", RQ_BASELINE), 2. / 3, 1e-12);
	lab_free(run);
}
END_TEST

START_TEST(a_run_that_names_other_documents_is_remarked_on)
{
	lab_collection(40, 2);
	lab_write("other.run", "t00 Q0 doc-0 1 2 x\nt00 Q0 d01 1 1 x\nt01 Q0 doc-1 1 2 x\nt99 Q0 d01 1 1 x\n");
	struct lab_run *run =
		lab_do(true, "{" DATASET "," HASH ",\"baseline\":{},\"candidate\":{\"run\":\"other.run\"},\"metrics\":[\"RR@10\"]," REST "}", NULL);

	ck_assert(lab_remarked(run, true, "2 documents in the candidate's run are not in the corpus (\"doc-0\" for one): are the ids spelt alike?"));
	ck_assert(lab_remarked(run, true, "1 topic of the candidate's run is not in the topics file and left out"));
	lab_free(run);
}
END_TEST

Suite *run_files_suite(void)
{
	Suite *suite = suite_create("run_files");
	TCase *tests = lab_case("run_files");

	tcase_add_test(tests, two_run_files_need_neither_corpus_nor_topics);
	tcase_add_test(tests, beside_a_run_file_the_candidates_corpus_is_the_only_one);
	tcase_add_test(tests, the_same_rankings_are_no_change);
	tcase_add_test(tests, a_run_file_is_scored_as_deep_as_it_is_unless_a_cutoff_says_otherwise);
	tcase_add_test(tests, run_files_of_unequal_depth_are_not_compared_where_a_metric_looks_deeper);
	tcase_add_test(tests, a_run_file_beside_a_search_is_scored_to_the_same_depth);
	tcase_add_test(tests, a_baseline_run_that_lacks_topics_is_no_baseline);
	tcase_add_test(tests, a_run_that_names_other_documents_is_remarked_on);
	suite_add_tcase(suite, tests);
	return suite;
}
