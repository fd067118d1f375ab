/* Run files and approved baselines that name what is not there: where nothing that a baseline found can be lost there is no verdict. */
#include "lab.h"

#include <string.h>

#define JUDGED "\"dataset\":{\"qrels\":\"qrels.tsv\"}"
#define WHOLE "\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"}"
#define RUNS "\"baseline\":{\"run\":\"b.run\"},\"candidate\":{\"run\":\"c.run\"},\"metrics\":[\"RR@10\"],\"latency\":{\"samples\":0},\"gates\":[]}"

enum { TOPICS = 20 };

/* A run of one document a topic, which is the judged one; its id begins with `other` for the first `strange` topics. */
static void write_run(const char *name, const char *other, size_t strange)
{
	struct rq_buf text = {0};

	for (size_t i = 0; i < TOPICS; i++)
		rq_buf_printf(&text, "t%02zu Q0 %s%02zu 1 1 x\n", i, i < strange ? other : "d", i);
	lab_write_bytes(name, text.data, text.size);
	rq_buf_release(&text);
}

static void expect_refusal(const char *config, const char *text)
{
	struct lab_run *run = lab_try(true, config, NULL);

	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_str_eq(run->err.text, text);
	lab_free(run);
}

START_TEST(a_run_in_another_id_space_is_no_baseline)
{
	lab_collection(40, TOPICS);
	write_run("b.run", "z", TOPICS);
	write_run("c.run", "d", 0);
	expect_refusal("{" WHOLE "," RUNS, "\"b.run\": 20 of the 20 documents that were found for judged topics are not in the corpus (\"z00\" for one), so a "
	                                   "drop could not be seen; are the ids spelt alike, and is it the right one?");
	expect_refusal("{" JUDGED "," RUNS, "\"b.run\": nothing that it returned is judged, so a drop could not be seen; are the ids spelt alike?");
	write_run("b.run", "z", 2); /* of 20: more than a twentieth */
	struct lab_run *run = lab_try(true, "{" WHOLE "," RUNS, NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	lab_free(run);
	lab_free(lab_do(true, "{" JUDGED "," RUNS, NULL));
	write_run("b.run", "z", 1);
	run = lab_do(true, "{" WHOLE "," RUNS, NULL);
	ck_assert(lab_remarked(run, true, "1 document in the baseline's run is not in the corpus (\"z00\" for one): are the ids spelt alike?"));
	lab_free(run);
}
END_TEST

/* Nothing is lost by a candidate that nobody compares with next: it is told, and scores what it scores. */
START_TEST(a_candidate_in_another_id_space_is_judged)
{
	lab_collection(40, TOPICS);
	write_run("b.run", "d", 0);
	write_run("c.run", "z", TOPICS);
	struct lab_run *run = lab_do(true, "{" WHOLE "," RUNS, NULL);

	ck_assert(lab_remarked(run, true, "20 documents in the candidate's run are not in the corpus (\"z00\" for one): are the ids spelt alike?"));
	ck_assert_double_eq(lab_value(run, "RR@10", RQ_CANDIDATE), 0);
	lab_free(run);
}
END_TEST

/* Documents that judgments call by their parents' names are in the corpus by those. */
START_TEST(parents_are_in_the_corpus)
{
	lab_write("corpus.jsonl", "{\"_id\":\"a#1\",\"parent\":\"a\",\"text\":\"one\"}\n{\"_id\":\"b#1\",\"parent\":\"b\",\"text\":\"two\"}\n");
	lab_write("queries.jsonl", "{\"_id\":\"1\",\"text\":\"one\"}\n");
	lab_write("qrels.tsv", "1 0 a 1\n");
	lab_write("b.run", "1 Q0 a 1 2 x\n1 Q0 b 2 1 x\n");
	lab_write("c.run", "1 Q0 a 1 2 x\n");
	struct lab_run *run = lab_do(true, "{" WHOLE "," RUNS, "dataset.unit=parent", NULL);

	for (size_t i = 0; i < run->pipeline.comparison.remark_count; i++)
		ck_assert_ptr_null(strstr(run->pipeline.comparison.remarks[i].text, "not in the corpus"));
	lab_free(run);
}
END_TEST

START_TEST(topics_for_which_nothing_was_found_are_told)
{
	struct rq_buf text = {0};

	lab_collection(40, TOPICS);
	for (size_t i = 0; i < TOPICS; i++)
		rq_buf_printf(&text, i < 12 ? "{\"topic\":\"t%02zu\",\"hits\":[]}\n" : "{\"topic\":\"t%02zu\",\"hits\":[{\"id\":\"d%02zu\",\"score\":1}]}\n", i, i);
	lab_write_bytes("b.run", text.data, text.size);
	rq_buf_release(&text);
	write_run("c.run", "d", 0);
	struct lab_run *run = lab_do(true, "{" WHOLE "," RUNS, NULL);
	ck_assert(lab_remarked(run, true, "the baseline found nothing for 12 of 20 topics, which score 0"));
	lab_free(run);
}
END_TEST

Suite *strangers_suite(void)
{
	Suite *suite = suite_create("strangers");
	TCase *tests = lab_case("strangers");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, a_run_in_another_id_space_is_no_baseline);
	tcase_add_test(tests, a_candidate_in_another_id_space_is_judged);
	tcase_add_test(tests, parents_are_in_the_corpus);
	tcase_add_test(tests, topics_for_which_nothing_was_found_are_told);
	return suite;
}
