#include "evalcore/base/file.h"
#include "evalcore/base/random.h"
#include "support.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum rq_status put_run(const struct rq_run *run, const char *path, const char *tag, char sha256[RQ_SHA256_HEX], struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_run_put(&output, run, tag, sha256, err));
	return rq_output_commit(&output, err);
}

START_TEST(lines_and_hash_of_the_text)
{
	struct rq_scored_document a[] = {{"d2", 0.1}, {"d10", (double)0.1f}, {"d1", -INFINITY}}, b[] = {{"d1", 1e-300}};
	struct rq_ranking rankings[] = {{"1", a, 3, false}, {"2", NULL, 0, false}, {"3", b, 1, false}};
	struct rq_run run = {.rankings = rankings, .count = 3};
	char *path = file_with(".run.zst", "", 0), sha256[RQ_SHA256_HEX], of_text[RQ_SHA256_HEX];
	struct rq_error err = {0};
	struct rq_buf file = {0};
	struct rq_text text;

	ck_assert_msg(put_run(&run, path, "lsa 64", sha256, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(rq_text_read(&text, path, &err), RQ_OK);
	ck_assert_str_eq(text.data, "1 Q0 d2 1 0.1 lsa_64\n1 Q0 d10 2 0.10000000149011612 lsa_64\n1 Q0 d1 3 -inf lsa_64\n3 Q0 d1 1 1e-300 lsa_64\n");
	ck_assert_int_eq(rq_sha256(of_text, text.data, text.size, &err), RQ_OK);
	ck_assert_str_eq(sha256, of_text);
	rq_text_release(&text);

	/* A flipped bit anywhere past the header is found by zstd's checksum or by the reader. */
	ck_assert_int_eq(rq_file_read(&file, path, &err), RQ_OK);
	file.data[file.size - 1] ^= 1;
	ck_assert_int_eq(rq_text_from(&text, "x", file.data, file.size, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "Restored data doesn't match checksum"));
	rq_buf_release(&file);
	file_remove(path);
}
END_TEST

/* Any double that a score may be, bit for bit. */
START_TEST(what_was_written_reads_back_equal)
{
	enum { TOPICS = 20, DOCUMENTS = 50 };
	static struct rq_scored_document documents[TOPICS][DOCUMENTS];
	static char names[DOCUMENTS][8], topics[TOPICS][8];
	struct rq_ranking rankings[TOPICS];
	struct rq_run run = {.rankings = rankings, .count = TOPICS}, back;
	struct rq_random random;
	struct rq_error err = {0};
	char *path = file_with(".run.zst", "", 0), sha256[RQ_SHA256_HEX];

	rq_random_seed(&random, 5);
	for (size_t t = 0; t < TOPICS; t++) {
		snprintf(topics[t], sizeof topics[t], "q%02zu", t);
		for (size_t i = 0; i < DOCUMENTS; i++) {
			uint64_t bits = rq_random_u64(&random);
			double score;
			memcpy(&score, &bits, sizeof score);
			snprintf(names[i], sizeof names[i], "d%zu", i);
			documents[t][i] = (struct rq_scored_document){names[i], isnan(score) ? DBL_TRUE_MIN : score};
		}
		rq_ranking_sort(documents[t], DOCUMENTS);
		rankings[t] = (struct rq_ranking){.topic = topics[t], .documents = documents[t], .count = DOCUMENTS};
	}
	ck_assert_int_eq(put_run(&run, path, "t", sha256, &err), RQ_OK);
	ck_assert_msg(rq_run_load(&back, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(back.count, TOPICS);
	for (size_t t = 0; t < TOPICS; t++) {
		ck_assert_str_eq(back.rankings[t].topic, topics[t]);
		ck_assert_uint_eq(back.rankings[t].count, DOCUMENTS);
		for (size_t i = 0; i < DOCUMENTS; i++) {
			ck_assert_str_eq(back.rankings[t].documents[i].document, documents[t][i].document);
			ck_assert_mem_eq(&back.rankings[t].documents[i].score, &documents[t][i].score, sizeof(double));
		}
	}
	rq_run_release(&back);
	file_remove(path);
}
END_TEST

START_TEST(a_score_that_is_no_number_writes_nothing)
{
	struct rq_scored_document documents[] = {{"d1", NAN}};
	struct rq_ranking ranking = {"1", documents, 1, false};
	struct rq_run run = {.rankings = &ranking, .count = 1};
	struct rq_error err = {0};
	char sha256[RQ_SHA256_HEX];

	ck_assert_int_eq(put_run(&run, "/tmp/rqgate-never.run.zst", "t", sha256, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text,
					 "/tmp/rqgate-never.run.zst: the score of document \"d1\" for topic \"1\" is not a number; a search must not return one");
	ck_assert(!rq_file_exists("/tmp/rqgate-never.run.zst"));
}
END_TEST

Suite *run_write_suite(void)
{
	Suite *suite = suite_create("run_write");
	TCase *tests = tcase_create("run_write");

	tcase_add_test(tests, lines_and_hash_of_the_text);
	tcase_add_test(tests, what_was_written_reads_back_equal);
	tcase_add_test(tests, a_score_that_is_no_number_writes_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
