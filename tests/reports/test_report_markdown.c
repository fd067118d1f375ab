#include "fixture.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
}

static void tear_down(void)
{
	report_end(fixture);
}

static size_t count_of(const char *text, const char *words)
{
	size_t count = 0;

	for (; (text = strstr(text, words)) != NULL; text++)
		count++;
	return count;
}

static void check(const char *expected)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_writer_find("md")->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(strcmp(out.data, expected) == 0, "got\n%s\nexpected\n%s", out.data, expected);
	rq_buf_release(&out);
}

#define INPUTS \
	"\n<details><summary>Inputs</summary>\n\n" \
	"| | |\n|:--|:--|\n" \
	"| baseline | lsa (256 dimensions), exact |\n" \
	"| candidate | run file new.run |\n" \
	"| documents | 1400 |\n" \
	"| topics_unjudged | 2 |\n" \
	"| corpus | sha256 " REPORT_CORPUS " |\n" \
	"| qrels | sha256 " REPORT_QRELS " |\n" \
	"\n</details>\n"

static void set_scores(size_t metric, const double baseline[4], const double candidate[4])
{
	memcpy(fixture->values[metric][RQ_BASELINE], baseline, 4 * sizeof *baseline);
	memcpy(fixture->values[metric][RQ_CANDIDATE], candidate, 4 * sizeof *candidate);
}

START_TEST(a_failure)
{
	/* ann_recall comes first, but topics are listed by the first metric on judgments. */
	struct rq_metric_result *recall = report_judged(fixture, "ann_recall@10", 1, 1, -.01, .01);
	recall->is_judged = false;
	report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);
	set_scores(1, (const double[]){1, .5, .25, 1}, (const double[]){.5, 0, .5, 0});
	report_attribution(fixture, 1);
	report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_FAIL, "dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004");
	fixture->gates[0].owner = "@search";
	fixture->gates[0].runbook = "https://example.org/run_book";
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5");
	report_bm25(fixture, .625);
	report_remark(fixture, true, "equal scores straddle the cutoff");
	report_remark(fixture, false, "2 topics have no judgments");
	report_verdict(fixture, RQ_FAIL, "FAIL: nDCG@10 dropped 0.0363");
	check(
		"**FAIL: nDCG@10 dropped 0.0363**\n\n"
		"help-centre, 4 topics, which can decide a margin of 0.02; profile pr\n\n"
		"| metric | baseline | candidate | difference [90 %] | gate | verdict |\n"
		"|:--|--:|--:|:--|:--|:--|\n"
		"| ann_recall@10 | 1.0000 | 1.0000 | 0.0000 [-0.010 +0.010] |  |  |\n"
		"| nDCG@10 | 0.5512 | 0.5149 | -0.0363 [-0.051 -0.021] | drop <= 0.03 | **FAIL** |\n"
		"|  |  |  |  | >= 0.5 | pass |\n"
		"\nBeside them, plain BM25 gets nDCG@10 0.6250.\n"
		"\n### Gates\n"
		"- **FAIL**: drop(nDCG@10) <= 0.03: dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004; owner: &#64;search; runbook: "
		"https://example.org/run_book\n"
		"- pass: nDCG@10 >= 0.5: is 0.5149, floor 0.5\n"
		"\n### Where the differences come from\n\n"
		"| metric | difference = | embedding + | index | beside it: judging | |\n|:--|--:|--:|--:|--:|:--|\n"
		"| nDCG@10 | -0.0363 | -0.0251 | -0.0112 | +0.0010 |  |\n"
		"\n### Topics that lost most (nDCG@10; 3 of 225 lost)\n\n"
		"| topic | text | before -> after | what happened |\n|:--|:--|:--|:--|\n"
		"| q4 | restore \\<b>now\\</b> | 1.0000 -> 0.0000 | exact search still has \\_a\\_ at 1; HNSW32 misses it |\n"
		"| q1 | how do I rotate the key | 1.0000 -> 0.5000 |  |\n"
		"| q2 | a \\| b c | 0.5000 -> 0.0000 |  |\n"
		"\n### Remarks\n"
		"- **warning**: equal scores straddle the cutoff\n"
		"- 2 topics have no judgments\n"
		"- exact search on all 4 topics\n" INPUTS);
}
END_TEST

START_TEST(a_pass_without_losses)
{
	report_judged(fixture, "RR@10", .8412, .8412, -.0066, .0066)->paired.identical = true;
	report_gate(fixture, "drop(RR@10) <= 0.03", "RR@10", RQ_PASS, "identical rankings on all 225 topics");
	report_verdict(fixture, RQ_PASS, "PASS: 1 of 1 gate passed; RR@10 0.8412 -> 0.8412, no change: identical rankings");
	fixture->comparison.exact_note = NULL;
	fixture->report.suite = NULL;
	fixture->report.smallest_margin = 1.17;
	check("**PASS: 1 of 1 gate passed; RR@10 0.8412 -> 0.8412, no change: identical rankings**\n\n"
	      "4 topics; profile pr\n\n"
	      "| metric | baseline | candidate | difference [90 %] | gate | verdict |\n"
	      "|:--|--:|--:|:--|:--|:--|\n"
	      "| RR@10 | 0.8412 | 0.8412 | no change | drop <= 0.03 | pass |\n"
	      "\n### Gates\n"
	      "- pass: drop(RR@10) <= 0.03: identical rankings on all 225 topics\n"
	      "\nNo topic lost in RR@10.\n" INPUTS);
}
END_TEST

START_TEST(ten_topics_are_open_and_markup_is_inert)
{
	struct rq_compared_topic topics[12];
	double before[12], after[12];
	struct rq_buf out = {0};

	for (size_t i = 0; i < 12; i++) {
		topics[i] = (struct rq_compared_topic){.id = i < 6 ? "qa" : "qb", .text = "x", .slice = NULL};
		before[i] = 1;
		after[i] = .5;
	}
	topics[0].text = "*bold* `code` [link](http://x) ![i](u) ~~no~~ @you me@here &amp; <!-- a --> 1 < 2 _it_ a_b \\ # not #12 ana/kb#7 !8 8!";
	topics[1].text = "a\xE2\x80\xAE" "b\x7F\xC2\x9B" "c\xD8\x9C \xC3\xA4\n\x1b[2J"; /* what would steer a terminal or turn the direction of writing */
	fixture->comparison.topics = topics;
	fixture->comparison.topic_count = 12;
	struct rq_metric_result *metric = report_judged(fixture, "RR@10", 1, .5, -.6, -.4);
	metric->per_topic[RQ_BASELINE] = before;
	metric->per_topic[RQ_CANDIDATE] = after;
	report_verdict(fixture, RQ_FAIL, "FAIL: ...");
	ck_assert_int_eq(rq_writer_find("md")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_ptr_nonnull(
		strstr(out.data, "| qa | \\*bold\\* \\`code\\` [link\\](http://x) ![i\\](u) \\~\\~no\\~\\~ &#64;you me@here &amp;amp; \\<!-- a --> 1 < 2 "
	                     "\\_it\\_ a_b \\\\ # not &#35;12 ana/kb&#35;7 &#33;8 8! | 1.0000 -> 0.5000 |  |\n"));
	ck_assert_ptr_nonnull(strstr(out.data, "| qa | a?b ?c? \xC3\xA4 [2J | 1.0000"));
	ck_assert_uint_eq(count_of(out.data, "| x | 1.0000 -> 0.5000 |  |\n"), 8);
	ck_assert_ptr_nonnull(strstr(out.data, "\n<details><summary>2 more</summary>\n\n| topic | before -> after | what happened |\n|:--|:--|:--|\n"
	                                       "| qb | 1.0000 -> 0.5000 |  |\n| qb | 1.0000 -> 0.5000 |  |\n\n</details>\n"));
	rq_buf_release(&out);
}
END_TEST

/* Topics that all lost, each with such a cause. */
static void lose(struct rq_compared_topic *topics, double *before, double *after, size_t count, const char *cause)
{
	for (size_t i = 0; i < count; i++) {
		topics[i] = (struct rq_compared_topic){.id = "q", .text = "x", .cause = cause};
		before[i] = 1;
		after[i] = .5;
	}
	fixture->comparison.topics = topics;
	fixture->comparison.topic_count = count;
	struct rq_metric_result *metric = report_judged(fixture, "RR@10", 1, .5, -.6, -.4);
	metric->per_topic[RQ_BASELINE] = before;
	metric->per_topic[RQ_CANDIDATE] = after;
	report_verdict(fixture, RQ_FAIL, "FAIL: ...");
}

enum { MANY = 600 };
static struct rq_compared_topic many[MANY];
static double many_before[MANY], many_after[MANY];

START_TEST(further_topics_are_folded)
{
	struct rq_buf out = {0};

	lose(many, many_before, many_after, MANY, "gone");
	char *text = calloc(1, 2000);
	memset(text, 'y', 1999);
	many[0].text = text;
	ck_assert_int_eq(rq_writer_find("md")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert_uint_eq(count_of(out.data, "| q | x | 1.0000 -> 0.5000 | gone |\n"), 9);
	ck_assert_uint_eq(count_of(out.data, "| q | 1.0000 -> 0.5000 | gone |\n"), 490);
	ck_assert_ptr_nonnull(strstr(out.data, "</details>\n\nand 100 more, in report.json\n"));
	const char *shown = strstr(out.data, "| yyy");
	ck_assert_ptr_nonnull(shown);
	ck_assert_uint_eq(strspn(shown + 2, "y"), 500); /* of 1,999 */
	rq_buf_release(&out);
	free(text);
}
END_TEST

START_TEST(a_page_is_cut_at_a_million_bytes)
{
	struct rq_buf out = {0};
	char *cause = calloc(1, 4001);

	memset(cause, 'z', 4000);
	lose(many, many_before, many_after, MANY, cause);
	ck_assert_int_eq(rq_writer_find("md")->write(&out, &fixture->report, NULL), RQ_OK);
	ck_assert(out.size > 990000 && out.size < 1 << 20);
	const char *end = "zzz |\n\n</details>\n\nThe page is cut here, at a million bytes; report.json has all of it.\n";
	ck_assert_str_eq(out.data + out.size - strlen(end), end);
	rq_buf_release(&out);
	free(cause);
}
END_TEST

Suite *report_markdown_suite(void)
{
	Suite *suite = suite_create("report_markdown");
	TCase *tests = tcase_create("markdown");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_failure);
	tcase_add_test(tests, a_pass_without_losses);
	tcase_add_test(tests, ten_topics_are_open_and_markup_is_inert);
	tcase_add_test(tests, further_topics_are_folded);
	tcase_add_test(tests, a_page_is_cut_at_a_million_bytes);
	suite_add_tcase(suite, tests);
	return suite;
}
