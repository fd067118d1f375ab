/* Golden numbers of trec_eval 9.0.8 (usnistgov/trec_eval, tag v9.0.8), per topic, to the four decimals that it prints. */
#include "tests/metrics/fixture.h"

#include "tests/metrics/cacm_trec_eval.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>

enum { LINES_MAXIMUM = 3000 };

struct line {
	char topic[16], document[32];
	double number;
};

struct lines {
	struct line lines[LINES_MAXIMUM];
	size_t count;
};

static void take_topic(struct fixture *fixture, const struct lines *run, const struct lines *qrels, const char *topic)
{
	fixture_start(fixture);
	for (size_t i = 0; i < run->count; i++)
		if (strcmp(run->lines[i].topic, topic) == 0)
			fixture_retrieve(fixture, run->lines[i].document, run->lines[i].number);
	for (size_t i = 0; i < qrels->count; i++)
		if (strcmp(qrels->lines[i].topic, topic) == 0)
			fixture_judge(fixture, qrels->lines[i].document, (int)qrels->lines[i].number);
	fixture_sort(fixture);
}

static void check_score(struct fixture *fixture, const char *topic, const char *metric, double expected)
{
	double score = fixture_score(fixture, metric);

	ck_assert_msg(fabs(score - expected) < 0.00005000001, "topic %s, %s: %.6f, trec_eval %.4f", topic, metric, score, expected);
}

/* Graded judgments with negative ones, ties, unjudged documents, lists shorter than the cutoff; made with a seeded generator. Scored by
 *   trec_eval -q -l LEVEL -m map -m map_cut.5 -m recip_rank -m ndcg -m ndcg_cut.3,20 -m P.5,20 -m recall.3,20 -m success.1,5 */
static const char graded_run[] =
	"1 d06 1.5 1 d01 .25 1 d07 2 1 d02 1.5 1 d04 1.5 1 d05 .25 "
	"2 d03 2 2 d00 .75 2 d07 .75 2 d05 .5 "
	"4 d09 .75 4 d01 .25 4 d10 .75 4 d05 .25 "
	"5 d03 .25 5 d02 .5 5 d00 .5 5 d01 .5 "
	"6 d01 1.5 6 d00 1.5 6 d02 .25 6 d07 .25 6 d03 2 6 d06 1.5 6 d04 .5 6 d08 .25 "
	"7 d06 1.5 7 d13 .75 7 d04 1.5 7 d00 .5 7 d07 2 7 d01 .25 7 d09 .75 7 d02 .5 7 d08 .25 7 d05 .75 7 d12 .25 "
	"8 d03 2 8 d05 .25 8 d04 1.5 8 d02 .75 8 d06 .75 8 d01 .5 "
	"9 d02 1 9 d03 1 9 d01 1 ";

static const char graded_qrels[] =
	"1 d00 2 1 d02 0 1 d03 0 1 d04 1 1 d06 0 1 d07 1 "
	"2 d00 -1 2 d01 -1 2 d02 2 2 d04 0 2 d05 -1 2 d07 0 "
	"4 d00 0 4 d02 0 4 d03 2 4 d05 1 4 d07 3 4 d10 1 4 d11 -1 "
	"5 d00 1 5 d01 -1 5 d02 2 "
	"6 d00 0 6 d01 0 6 d02 1 6 d03 0 6 d04 2 6 d05 3 6 d06 3 6 d07 0 6 d08 0 "
	"7 d00 3 7 d01 0 7 d03 0 7 d04 -1 7 d05 -1 7 d06 0 7 d07 1 7 d08 -1 7 d09 0 7 d11 3 7 d12 1 7 d13 3 "
	"8 d00 1 8 d01 3 8 d03 0 8 d04 0 8 d05 1 8 d06 0 "
	"9 d01 0 9 d02 0 ";

enum { GRADED_METRICS = 12 };

static const char *const graded_metrics[][GRADED_METRICS] = {
	{"map", "map_cut_5", "recip_rank", "ndcg", "ndcg_cut_3", "ndcg_cut_20", "P_5", "P_20", "recall_3", "recall_20", "success_1", "success_5"},
	{"AP(rel=2)", "AP(rel=2)@5", "RR(rel=2)", "nDCG", "nDCG@3", "nDCG@20", "P(rel=2)@5", "P(rel=2)@20", "R(rel=2)@3", "R(rel=2)@20",
	 "Success(rel=2)@1", "Success(rel=2)@5"},
};

static const struct {
	int level;
	const char *topic;
	double scores[GRADED_METRICS];
} graded_scores[] = {
	{1, "1", {0.5556, 0.5556, 1, 0.4791, 0.4791, 0.4791, 0.4, 0.1, 0.6667, 0.6667, 1, 1}},
	{1, "2", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	{1, "4", {0.4167, 0.4167, 1, 0.2889, 0.315, 0.2889, 0.4, 0.1, 0.5, 0.5, 1, 1}},
	{1, "5", {0.8333, 0.8333, 1, 0.9502, 0.9502, 0.9502, 0.4, 0.1, 1, 1, 1, 1}},
	{1, "6", {0.3187, 0.225, 0.5, 0.4716, 0.3212, 0.4716, 0.4, 0.15, 0.25, 0.75, 0, 1}},
	{1, "7", {0.4639, 0.3, 1, 0.4909, 0.1564, 0.4909, 0.4, 0.2, 0.2, 0.8, 1, 1}},
	{1, "8", {0.1778, 0.0667, 0.2, 0.3672, 0, 0.3672, 0.2, 0.1, 0, 0.6667, 0, 1}},
	{1, "9", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	{2, "1", {0, 0, 0, 0.4791, 0.4791, 0.4791, 0, 0, 0, 0, 0, 0}},
	{2, "2", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
	{2, "4", {0, 0, 0, 0.2889, 0.315, 0.2889, 0, 0, 0, 0, 0, 0}},
	{2, "5", {1, 1, 1, 0.9502, 0.9502, 0.9502, 0.2, 0.05, 1, 1, 1, 1}},
	{2, "6", {0.3, 0.3, 0.5, 0.4716, 0.3212, 0.4716, 0.4, 0.1, 0.3333, 0.6667, 0, 1}},
	{2, "7", {0.1667, 0.0833, 0.25, 0.4909, 0.1564, 0.4909, 0.2, 0.1, 0, 0.6667, 0, 1}},
	{2, "8", {0.2, 0.2, 0.2, 0.3672, 0, 0.3672, 0.2, 0.05, 0, 1, 0, 1}},
	{2, "9", {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}},
};

/* "topic document number" over and over */
static void read_triples(struct lines *lines, const char *text)
{
	int length;

	for (lines->count = 0; lines->count < LINES_MAXIMUM; lines->count++, text += length) {
		struct line *line = &lines->lines[lines->count];
		if (sscanf(text, "%15s %31s %lf %n", line->topic, line->document, &line->number, &length) != 3)
			return;
	}
}

START_TEST(graded_topics_score_as_in_trec_eval)
{
	static struct lines run, qrels;
	struct fixture fixture;

	read_triples(&run, graded_run);
	read_triples(&qrels, graded_qrels);
	ck_assert_uint_eq(run.count, 46);
	ck_assert_uint_eq(qrels.count, 51);
	for (size_t i = 0; i < sizeof graded_scores / sizeof *graded_scores; i++) {
		take_topic(&fixture, &run, &qrels, graded_scores[i].topic);
		for (size_t j = 0; j < GRADED_METRICS; j++)
			check_score(&fixture, graded_scores[i].topic, graded_metrics[graded_scores[i].level - 1][j], graded_scores[i].scores[j]);
	}
}
END_TEST

/* Reads a file of ../shared; fails where the folder is there and the file is not. */
static void read_shared(struct lines *lines, const char *folder, const char *name, const char *format, bool header)
{
	char path[600];

	snprintf(path, sizeof path, "%s/data/cacm/%s", folder, name);
	FILE *file = fopen(path, "r");
	ck_assert_msg(file != NULL, "%s is missing", path);
	if (header)
		ck_assert(fscanf(file, "%*[^\n]") == 0);
	for (lines->count = 0; lines->count < LINES_MAXIMUM; lines->count++) {
		struct line *line = &lines->lines[lines->count];
		if (fscanf(file, format, line->topic, line->document, &line->number) != 3)
			break;
	}
	ck_assert(feof(file));
	fclose(file);
}

START_TEST(cacm_scores_as_in_trec_eval)
{
	static struct lines run, qrels;
	static double columns[16][52];
	enum { TOPICS = sizeof cacm_scores / sizeof *cacm_scores - 1, METRICS = sizeof cacm_metrics / sizeof *cacm_metrics };
	const char *folder = getenv("RQ_SHARED");
	struct fixture fixture;
	struct stat status;

	folder = folder ? folder : "../shared";
	if (stat(folder, &status) != 0) {
		printf("skipped: CACM against trec_eval, because there is no folder %s\n", folder);
		return;
	}
	read_shared(&run, folder, "anserini-cacm-bm25.run.txt", "%15s %*s %31s %*s %lf %*s", false);
	read_shared(&qrels, folder, "qrels/test.tsv", "%15s %31s %lf", true);
	ck_assert_uint_eq(run.count, 1920);
	ck_assert_uint_eq(qrels.count, 796);
	ck_assert(TOPICS == 52 && METRICS == 16);
	for (size_t i = 0; i < TOPICS; i++) {
		take_topic(&fixture, &run, &qrels, cacm_scores[i].topic);
		for (size_t j = 0; j < METRICS; j++) {
			check_score(&fixture, cacm_scores[i].topic, cacm_metrics[j], cacm_scores[i].scores[j]);
			columns[j][i] = fixture_score(&fixture, cacm_metrics[j]);
		}
	}
	for (size_t j = 0; j < METRICS; j++)
		ck_assert_double_eq_tol(rq_mean(columns[j], TOPICS), cacm_scores[TOPICS].scores[j], 0.00005000001);
}
END_TEST

Suite *trec_eval_suite(void)
{
	Suite *suite = suite_create("trec_eval");
	TCase *golden = tcase_create("golden");

	tcase_add_test(golden, graded_topics_score_as_in_trec_eval);
	tcase_add_test(golden, cacm_scores_as_in_trec_eval);
	suite_add_tcase(suite, golden);
	return suite;
}
