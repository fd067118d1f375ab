#include "evalcore/base/random.h"
#include "sheets.h"

#include <stdlib.h>

#define HEADER "topic,document,grade\n"

/* t1: d1 2, d2 -1 (pooled, unjudged); t3: d4 1 */
struct lab {
	struct sheets sheets;
	struct rq_judgment judgments[3];
	struct rq_topic_judgments topics[2];
	struct rq_qrels qrels;
	struct rq_merge merge;
};

static void start(struct lab *lab, const char *first, const char *second)
{
	*lab = (struct lab){.judgments = {{"d1", 2, 3}, {"d2", -1, 4}, {"d4", 1, 2}}};
	lab->topics[0] = (struct rq_topic_judgments){"t1", lab->judgments, 2};
	lab->topics[1] = (struct rq_topic_judgments){"t3", lab->judgments + 2, 1};
	lab->qrels = (struct rq_qrels){.topics = lab->topics, .count = 2, .judgments = 3};
	sheets_start(&lab->sheets);
	sheets_add(&lab->sheets, first);
	if (second != NULL)
		sheets_add(&lab->sheets, second);
	ck_assert_msg(sheets_read(&lab->sheets) == RQ_OK, "%s", lab->sheets.err.text);
}

static enum rq_status merge(struct lab *lab, enum rq_preference preference)
{
	return rq_grades_merge(&lab->merge, &lab->qrels, "q.tsv", &lab->sheets.grades, preference, &lab->sheets.err);
}

static void end(struct lab *lab)
{
	rq_merge_release(&lab->merge);
	sheets_end(&lab->sheets);
}

/* "t1 d1 2 @3": with their lines */
static void expect_qrels(const struct lab *lab, const char *expected)
{
	struct rq_buf text = {0};

	rq_buf_puts(&text, "");
	for (size_t t = 0; t < lab->merge.qrels.count; t++)
		for (size_t i = 0; i < lab->merge.qrels.topics[t].count; i++) {
			const struct rq_judgment *judgment = &lab->merge.qrels.topics[t].judgments[i];
			rq_buf_printf(&text, "%s %s %d @%u\n", lab->merge.qrels.topics[t].topic, judgment->document, judgment->grade, judgment->line);
		}
	ck_assert_str_eq(text.data, expected);
	rq_buf_release(&text);
}

START_TEST(grades_are_added_behind)
{
	struct lab lab;

	start(&lab, HEADER "t2,d3,1\nt1,d2,0\nt1,d1,2\nt3,d1,2\n", NULL);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_NEITHER), RQ_OK);
	expect_qrels(&lab, "t1 d1 2 @3\nt1 d2 0 @4\nt2 d3 1 @5\nt3 d1 2 @7\nt3 d4 1 @2\n");
	ck_assert_uint_eq(lab.merge.change_count, 3);
	ck_assert_uint_eq(lab.merge.replaced, 1); /* what had been pooled and left */
	ck_assert_int_eq(lab.merge.changes[1].before, -1);
	ck_assert_uint_eq(lab.merge.agreed, 1);
	ck_assert_uint_eq(lab.merge.overruled, 0);
	ck_assert_uint_eq(lab.merge.qrels.judgments, 5);
	end(&lab);
}
END_TEST

START_TEST(what_differs_from_judgments)
{
	struct lab lab;
	char expected[256];

	start(&lab, HEADER "t1,d1,0\nt3,d4,3\nt1,d3,1\n", NULL);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_NEITHER), RQ_E_DATA);
	snprintf(expected, sizeof expected,
	         "topic \"t1\" document \"d1\": q.tsv:3 says 2, and %s:2 says 0, and 1 more differ; settle it in the files, or say whose grade counts with "
	         "--prefer new or --prefer old",
	         lab.sheets.paths[0]);
	ck_assert_str_eq(lab.sheets.err.text, expected);
	rq_merge_release(&lab.merge);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_OLD), RQ_OK);
	expect_qrels(&lab, "t1 d1 2 @3\nt1 d2 -1 @4\nt1 d3 1 @5\nt3 d4 1 @2\n");
	ck_assert_uint_eq(lab.merge.overruled, 2);
	ck_assert_uint_eq(lab.merge.change_count, 1);
	rq_merge_release(&lab.merge);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_NEW), RQ_OK);
	expect_qrels(&lab, "t1 d1 0 @3\nt1 d2 -1 @4\nt1 d3 1 @7\nt3 d4 3 @2\n");
	ck_assert_uint_eq(lab.merge.replaced, 2);
	ck_assert_int_eq(lab.merge.changes[0].before, 2);
	end(&lab);
}
END_TEST

START_TEST(what_differs_between_files)
{
	struct lab lab;
	char expected[256];

	start(&lab, HEADER "t2,d1,1\nt2,d2,1\n", HEADER "t2,d2,0\nt2,d1,1\n");
	ck_assert_int_eq(merge(&lab, RQ_PREFER_NEITHER), RQ_E_DATA);
	snprintf(expected, sizeof expected,
	         "topic \"t2\" document \"d2\": %s:3 says 1, and %s:2 says 0; settle it in the files, or say whose grade counts with --prefer new or --prefer old",
	         lab.sheets.paths[0], lab.sheets.paths[1]);
	ck_assert_str_eq(lab.sheets.err.text, expected);
	rq_merge_release(&lab.merge);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_OLD), RQ_OK);
	expect_qrels(&lab, "t1 d1 2 @3\nt1 d2 -1 @4\nt2 d1 1 @5\nt2 d2 1 @6\nt3 d4 1 @2\n");
	rq_merge_release(&lab.merge);
	ck_assert_int_eq(merge(&lab, RQ_PREFER_NEW), RQ_OK);
	expect_qrels(&lab, "t1 d1 2 @3\nt1 d2 -1 @4\nt2 d1 1 @5\nt2 d2 0 @6\nt3 d4 1 @2\n");
	ck_assert_uint_eq(lab.merge.agreed, 1);
	ck_assert_uint_eq(lab.merge.overruled, 1);
	ck_assert_uint_eq(lab.merge.changes[1].given->file, 1);
	end(&lab);
}
END_TEST

/* Against a table of 12 cells: what a person would do with a pencil. */
START_TEST(the_same_as_with_a_table)
{
	struct rq_random random;
	struct lab lab = {0};
	struct rq_judgment judgments[12];
	struct rq_topic_judgments topics[3];
	struct rq_buf sheets[2] = {{0}};
	int cells[12];
	bool judged[12];
	static const char *const documents[] = {"d1", "d2", "d3", "d4"}, *const names[] = {"t1", "t2", "t3"};

	rq_random_seed(&random, (uint64_t)_i);
	for (size_t t = 0; t < 3; t++) {
		topics[t] = (struct rq_topic_judgments){names[t], &judgments[4 * t], 0};
		for (size_t d = 0; d < 4; d++) {
			size_t cell = 4 * t + d;
			judged[cell] = d == 0 || rq_random_below(&random, 2) == 0;
			cells[cell] = (int)rq_random_below(&random, 4) - 1;
			if (judged[cell])
				topics[t].judgments[topics[t].count++] = (struct rq_judgment){documents[d], cells[cell], (uint32_t)cell + 1};
		}
		lab.qrels.judgments += topics[t].count;
	}
	lab.qrels.topics = topics;
	lab.qrels.count = 3;
	enum rq_preference preference = _i % 2 == 0 ? RQ_PREFER_NEW : RQ_PREFER_OLD;
	bool given[12] = {false};
	for (size_t s = 0; s < 2; s++) {
		rq_buf_puts(&sheets[s], HEADER);
		for (size_t cell = 12; cell-- > 0;) {
			if (rq_random_below(&random, 3) > 0)
				continue;
			int grade = (int)rq_random_below(&random, 3);
			rq_buf_printf(&sheets[s], "%s,%s,%d\n", names[cell / 4], documents[cell % 4], grade);
			bool open = (!judged[cell] || cells[cell] < 0) && !given[cell];
			if (preference == RQ_PREFER_NEW || open)
				cells[cell] = grade;
			judged[cell] = given[cell] = true;
		}
	}
	sheets_start(&lab.sheets);
	for (size_t s = 0; s < 2; s++)
		sheets_add(&lab.sheets, sheets[s].data);
	ck_assert_msg(sheets_read(&lab.sheets) == RQ_OK, "%s", lab.sheets.err.text);
	ck_assert_msg(merge(&lab, preference) == RQ_OK, "%s", lab.sheets.err.text);
	size_t at = 0;
	for (size_t cell = 0; cell < 12; cell++) {
		const struct rq_topic_judgments *topic = &lab.merge.qrels.topics[cell / 4];
		at = cell % 4 == 0 ? 0 : at;
		if (!judged[cell])
			continue;
		ck_assert_str_eq(topic->topic, names[cell / 4]);
		ck_assert_uint_lt(at, topic->count);
		ck_assert_str_eq(topic->judgments[at].document, documents[cell % 4]);
		ck_assert_int_eq(topic->judgments[at++].grade, cells[cell]);
	}
	for (size_t s = 0; s < 2; s++)
		rq_buf_release(&sheets[s]);
	end(&lab);
}
END_TEST

Suite *merge_suite(void)
{
	Suite *suite = suite_create("merge");
	TCase *tests = tcase_create("merge");

	tcase_add_test(tests, grades_are_added_behind);
	tcase_add_test(tests, what_differs_from_judgments);
	tcase_add_test(tests, what_differs_between_files);
	tcase_add_loop_test(tests, the_same_as_with_a_table, 0, 200);
	suite_add_tcase(suite, tests);
	return suite;
}
