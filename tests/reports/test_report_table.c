/* The terminal's table, letter by letter. */
#include "fixture.h"
#include "reports/rows.h"

static struct fixture *fixture;

static void set_up(void)
{
	fixture = report_start();
}

static void tear_down(void)
{
	report_end(fixture);
}

static void check_in(struct rq_style style, const char *expected)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_report_table(&out, &fixture->report, style, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(strcmp(out.data, expected) == 0, "got\n%s\nexpected\n%s", out.data, expected);
	rq_buf_release(&out);
}

static void check(const char *expected)
{
	check_in((struct rq_style){0}, expected);
}

#define TITLE \
	"help-centre, 4 topics, which can decide a margin of 0.02\n" \
	"  baseline   lsa (256 dimensions), exact\n" \
	"  candidate  run file new.run\n" \
	"\n"

static void build_pass(void)
{
	report_judged(fixture, "nDCG@10", .5512, .5498, -.0080, .0052);
	report_judged(fixture, "RR@10", .8412, .8412, -.0066, .0066)->paired.identical = true;
	report_judged(fixture, "R@100", .821, .8214, -.0021, .0029);
	struct rq_metric_result *recall = report_metric(fixture, "ann_recall@10", NAN, .9874);
	recall->absent[RQ_BASELINE] = "not measured: the side is a run file";
	report_time(fixture, "latency.p99", .0412, .043);
	report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_PASS, "drops at most 0.0080 (95 %), margin 0.03");
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5498, floor 0.5");
	report_gate(fixture, "ann_recall@10 >= 0.95", "ann_recall@10", RQ_PASS, "is 0.9874, floor 0.95");
	struct rq_gate_result *slow =
		report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_PASS, "is 43.0 ms, at most 44.1 ms (95 %), limit 50ms");
	slow->is_time = true;
	slow->level = RQ_LEVEL_WARN;
	report_remark(fixture, false, "2 topics have no judgments and are outside every mean");
	report_verdict(fixture, RQ_PASS, "PASS: 4 of 4 gates passed; nDCG@10 0.5512 -> 0.5498 (-0.0014, 90 % interval -0.0080 to +0.0052)");
}

START_TEST(a_pass)
{
	build_pass();
	check(TITLE "metric        baseline candidate difference [90 %]       gate         verdict\n"
	            "-----------------------------------------------------------------------------\n"
	            "nDCG@10         0.5512    0.5498 -0.0014 [-0.008 +0.005] drop <= 0.03 pass\n"
	            "                                                         >= 0.5       pass\n"
	            "RR@10           0.8412    0.8412 no change\n"
	            "R@100           0.8210    0.8214 +0.0004 [-0.002 +0.003]\n"
	            "ann_recall@10        -    0.9874                         >= 0.95      pass\n"
	            "latency.p99    41.2 ms   43.0 ms x1.04                   <= 50ms      pass\n"
	            "\n"
	            "note: 2 topics have no judgments and are outside every mean\n"
	            "PASS: 4 of 4 gates passed; nDCG@10 0.5512 -> 0.5498 (-0.0014, 90 % interval -0.0080 to +0.0052)\n");
}
END_TEST

static void build_fail(void)
{
	report_judged(fixture, "RR@10", .8412, .7512, -.12, -.06);
	report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);
	report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_FAIL, "dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004");
	report_gate(fixture, "RR@10 >= 0.8", "RR@10", RQ_FAIL, "is 0.7512, under the floor 0.8");
	report_gate(fixture, "RR@10 <= 0.9", "RR@10", RQ_FAIL, "warned of")->level = RQ_LEVEL_WARN;
	fixture->gates[2].blocks = false;
	report_remark(fixture, true, "equal scores straddle the cutoff");
	report_verdict(fixture, RQ_FAIL,
	               "FAIL: 2 of 3 gates failed, first nDCG@10 dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004 (gate "
	               "drop(nDCG@10) <= 0.03); start with the topics that lost most");
}

/* Metrics on judgments alone; in a log on one line. */
START_TEST(the_yardstick_stands_below_the_table)
{
	build_pass();
	report_bm25(fixture, .5);
	check(TITLE "metric        baseline candidate difference [90 %]       gate         verdict\n"
	            "-----------------------------------------------------------------------------\n"
	            "nDCG@10         0.5512    0.5498 -0.0014 [-0.008 +0.005] drop <= 0.03 pass\n"
	            "                                                         >= 0.5       pass\n"
	            "RR@10           0.8412    0.8412 no change\n"
	            "R@100           0.8210    0.8214 +0.0004 [-0.002 +0.003]\n"
	            "ann_recall@10        -    0.9874                         >= 0.95      pass\n"
	            "latency.p99    41.2 ms   43.0 ms x1.04                   <= 50ms      pass\n"
	            "plain BM25 gets nDCG@10 0.5000, RR@10 0.5000, R@100 0.5000\n"
	            "\n"
	            "note: 2 topics have no judgments and are outside every mean\n"
	            "PASS: 4 of 4 gates passed; nDCG@10 0.5512 -> 0.5498 (-0.0014, 90 % interval -0.0080 to +0.0052)\n");
}
END_TEST

START_TEST(a_side_is_named_with_its_variant)
{
	const struct rq_side_info side = {.embedder = "use-lite", .variant = "int4, 3.6 MB", .dimension = 512, .index = "exact"};
	struct rq_buf title = {0};

	rq_side_title(&title, &side);
	ck_assert_str_eq(title.data, "use-lite int4, 3.6 MB (512 dimensions), exact");
	rq_buf_release(&title);
}
END_TEST

START_TEST(a_fail_tells_each_reason_once)
{
	build_fail();
	check(
		TITLE
		"metric   baseline  candidate  difference [90 %]        gate          verdict\n"
		"----------------------------------------------------------------------------\n"
		"RR@10      0.8412     0.7512  -0.0900 [-0.120 -0.060]  >= 0.8        FAIL\n"
		"                                                       <= 0.9        warn\n"
		"nDCG@10    0.5512     0.5149  -0.0363 [-0.051 -0.021]  drop <= 0.03  FAIL\n"
		"\n"
		"FAIL: RR@10 is 0.7512, under the floor 0.8\n"
		"warning: RR@10 warned of\n"
		"warning: equal scores straddle the cutoff\n"
		"FAIL: 2 of 3 gates failed, first nDCG@10 dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004 (gate drop(nDCG@10) <= "
		"0.03); start with the topics that lost most\n");
}
END_TEST

START_TEST(a_terminal_gets_colour_lines_and_wrapped_text)
{
	build_fail();
	report_bm25(fixture, .87654321);
	check_in((struct rq_style){.colour = true, .unicode = true, .width = 80},
	         TITLE "metric   baseline  candidate  difference [90 %]        gate          verdict\n"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\n"
	               "RR@10      0.8412     0.7512  -0.0900 [-0.120 -0.060]  >= 0.8        \x1b[31mFAIL\x1b[0m\n"
	               "                                                       <= 0.9        \x1b[33mwarn\x1b[0m\n"
	               "nDCG@10    0.5512     0.5149  -0.0363 [-0.051 -0.021]  drop <= 0.03  \x1b[31mFAIL\x1b[0m\n"
	               "\x1b[2mplain BM25 gets RR@10 0.8765, nDCG@10 0.8765\n"
	               "\x1b[0m\n"
	               "\x1b[31mFAIL:\x1b[0m RR@10 is 0.7512, under the floor 0.8\n"
	               "\x1b[33mwarning:\x1b[0m RR@10 warned of\n"
	               "\x1b[33mwarning:\x1b[0m equal scores straddle the cutoff\n"
	               "\x1b[31mFAIL\x1b[0m: 2 of 3 gates failed, first nDCG@10 dropped 0.0363 (90 % interval -0.0510\n"
	               "  to -0.0210), margin 0.03, p = 0.0004 (gate drop(nDCG@10) <= 0.03); start with\n"
	               "  the topics that lost most\n");
}
END_TEST

static void build_inconclusive(void)
{
	report_judged(fixture, "nDCG@10", .5512, .5391, -.0340, .0098);
	struct rq_gate_result *gate = report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_INCONCLUSIVE,
	                                          "cannot exclude a drop of 0.0340 with 225 topics (margin 0.03); about 310 would settle it");
	gate->topics_to_settle = 310;
	report_metric(fixture, "ann_recall@10", .9991, .9874);
	report_gate(fixture, "ann_recall@10 >= 0.98", "ann_recall@10", RQ_PASS,
	            "is 0.9874 and passes, but its lower 95 % bound 0.9374 is under the floor 0.98");
	fixture->gates[1].value = .9874;
	fixture->gates[1].limit = .98;
	fixture->gates[1].lower = .9374;
	report_verdict(
		fixture, RQ_PASS,
		"PASS with 1 inconclusive gate: nDCG@10: cannot exclude a drop of 0.0340 with 225 topics (margin 0.03); about 310 would settle it");
}

START_TEST(an_inconclusive_gate_and_a_narrow_pass)
{
	build_inconclusive();
	check(TITLE "metric        baseline candidate difference [90 %]       gate       verdict\n"
	            "--------------------------------------------------------------------------------\n"
	            "nDCG@10         0.5512    0.5391 -0.0121 [-0.034 +0.010] drop<=0.03 inconclusive\n"
	            "ann_recall@10   0.9991    0.9874                         >=0.98     pass\n"
	            "\n"
	            "warning: ann_recall@10 is 0.9874 and passes, but its lower 95 % bound 0.9374 is under the floor 0.98\n"
	            "PASS with 1 inconclusive gate: nDCG@10: cannot exclude a drop of 0.0340 with 225 topics (margin 0.03); about 310 would settle it\n");
}
END_TEST

/* 80 columns: blanks give way before words do. */
START_TEST(a_narrow_terminal_loses_blanks_first)
{
	build_inconclusive();
	check_in((struct rq_style){.width = 80}, TITLE "metric        baseline candidate difference [90 %]       gate       verdict\n"
	                                               "--------------------------------------------------------------------------------\n"
	                                               "nDCG@10         0.5512    0.5391 -0.0121 [-0.034 +0.010] drop<=0.03 inconclusive\n"
	                                               "ann_recall@10   0.9991    0.9874                         >=0.98     pass\n"
	                                               "\n"
	                                               "warning: ann_recall@10 is 0.9874 and passes, but its lower 95 % bound 0.9374 is\n"
	                                               "  under the floor 0.98\n"
	                                               "PASS with 1 inconclusive gate: nDCG@10: cannot exclude a drop of 0.0340 with 225\n"
	                                               "  topics (margin 0.03); about 310 would settle it\n");
	/* Where even that is too wide, numbers stand below their names, and gates below both. */
	struct rq_buf out = {0};
	ck_assert_int_eq(rq_report_table(&out, &fixture->report, (struct rq_style){.width = 75}, NULL), RQ_OK);
	ck_assert_msg(strstr(out.data, "\nann_recall@10\n          0.9991    0.9874                         >=0.98     pass\n") != NULL, "%s", out.data);
	rq_buf_release(&out);
}
END_TEST

/* A gate whose text is words: they stay apart, and do not repeat the metric. */
START_TEST(words_of_a_gate_stay_apart)
{
	report_judged(fixture, "nDCG@10", .5512, .5498, -.0080, .0052);
	report_gate(fixture, "no loss of nDCG@10 in 12 topics", "nDCG@10", RQ_PASS, "held on all 12 named topics")->lower = .8;
	fixture->gates[0].upper = .8;
	report_verdict(fixture, RQ_PASS, "PASS: ok");
	check_in((struct rq_style){.width = 76}, TITLE "metric  baseline candidate difference [90 %]       gate verdict\n"
	                                               "---------------------------------------------------------------\n"
	                                               "nDCG@10   0.5512    0.5498 -0.0014 [-0.008 +0.005]\n"
	                                               "                                   no loss in 12 topics pass\n"
	                                               "\n"
	                                               "PASS: ok\n");
}
END_TEST

/* A pass that its reason doubts is told, also where bounds have decided. */
START_TEST(a_doubtful_pass_is_told)
{
	report_judged(fixture, "nDCG@10", .5512, .5498, -.0080, .0052);
	struct rq_gate_result *gate =
		report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_PASS, "drops at most 0.0080 (95 %), margin 0.03; and yet");
	struct rq_buf out = {0};

	report_verdict(fixture, RQ_PASS, "PASS: ok");
	for (int doubtful = 0; doubtful < 2; doubtful++) {
		gate->doubtful = doubtful == 1;
		rq_buf_clear(&out);
		ck_assert_int_eq(rq_report_table(&out, &fixture->report, (struct rq_style){0}, NULL), RQ_OK);
		ck_assert((strstr(out.data, "warning: nDCG@10 drops at most 0.0080 (95 %), margin 0.03; and yet\n") != NULL) == gate->doubtful);
	}
	rq_buf_release(&out);
}
END_TEST

START_TEST(absent_data_and_a_metric_that_was_not_asked_for)
{
	struct rq_metric_result *recall = report_metric(fixture, "ann_recall@10", .99, NAN);
	recall->absent[RQ_CANDIDATE] = "not measured: the side is a run file";
	report_absent(report_gate(fixture, "ann_recall@10 >= 0.95", "ann_recall@10", RQ_FAIL,
	                          "has no value for the candidate (not measured: the side is a run file)"));
	report_absent(report_gate(fixture, "AP >= 0.2", "AP", RQ_FAIL, "was not measured in this run"));
	report_absent(report_gate(fixture, "P@5 >= 0.2", "P@5", RQ_FAIL, "was not measured in this run"))->level = RQ_LEVEL_WARN;
	fixture->gates[2].blocks = false;
	report_verdict(fixture, RQ_FAIL,
	               "FAIL: 2 of 3 gates failed, first ann_recall@10 has no value for the candidate (not measured: the side is a run file) (gate "
	               "ann_recall@10 >= 0.95); supply what it needs or take the gate out");
	check(TITLE "metric         baseline  candidate  difference [90 %]  gate     verdict\n"
	            "-----------------------------------------------------------------------\n"
	            "ann_recall@10    0.9900          -                     >= 0.95  NO DATA\n"
	            "AP                    -          -                     >= 0.2   NO DATA\n"
	            "P@5                   -          -                     >= 0.2   warn\n"
	            "\n"
	            "FAIL: AP was not measured in this run\n"
	            "warning: P@5 was not measured in this run\n"
	            "FAIL: 2 of 3 gates failed, first ann_recall@10 has no value for the candidate (not measured: the side is a run file) (gate "
	            "ann_recall@10 >= 0.95); supply what it needs or take the gate out\n");
}
END_TEST

START_TEST(slices_have_rows_of_their_own)
{
	report_judged(fixture, "RR@10", .84, .85, -.01, .03);
	report_gate(fixture, "RR@10 >= 0.8", "RR@10", RQ_PASS, "is 0.8500, floor 0.8");
	fixture->gates[0].lower = .81;
	fixture->gates[0].value = .85;
	fixture->gates[0].limit = .8;
	struct rq_gate_result *floor =
		report_slice_gate(fixture, "RR@10[slice=billing] >= 0.7", "RR@10", "billing", RQ_FAIL, "is 0.6500, under the floor 0.7");
	floor->value = .65;
	struct rq_gate_result *drop = report_slice_gate(fixture, "drop(RR@10[slice=S\xc3\xa3o \xe6\x9d\xb1]) <= 0.1", "RR@10", "S\xc3\xa3o \xe6\x9d\xb1",
	                                                RQ_PASS, "drops at most 0.0700 (95 %)");
	drop->value = -.02;
	drop->lower = -.07;
	drop->upper = .03;
	report_absent(report_slice_gate(fixture, "RR@10[slice=bil\x1b[31mng] >= 0.7", "RR@10", "bil\x1b[31mng", RQ_FAIL, "has no topic"));
	report_verdict(fixture, RQ_FAIL, "FAIL: ...");
	check_in((struct rq_style){.unicode = true, .width = 100},
	         TITLE "metric             baseline  candidate  difference [90 %]        gate         verdict\n"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"
	               "\u2500\u2500\u2500\u2500\u2500\n"
	               "RR@10                0.8400     0.8500  +0.0100 [-0.010 +0.030]  >= 0.8       pass\n"
	               "RR@10[billing]       0.7500     0.6500                           >= 0.7       FAIL\n"
	               "RR@10[S\xc3\xa3o \xe6\x9d\xb1]        0.7500     0.6500  -0.0200 [-0.070 +0.030]  drop <= 0.1  pass\n"
	               "RR@10[bil?[31mng]         -          -                           >= 0.7       NO DATA\n"
	               "\n"
	               "FAIL: RR@10[slice=billing] is 0.6500, under the floor 0.7\n"
	               "FAIL: RR@10[slice=bil?[31mng] has no topic\n"
	               "FAIL: ...\n");
}
END_TEST

START_TEST(without_unicode_names_are_ascii)
{
	report_judged(fixture, "RR@10", .84, .85, -.01, .03);
	struct rq_gate_result *floor =
		report_slice_gate(fixture, "RR@10[slice=\xe6\x9d\xb1] >= 0.7", "RR@10", "\xe6\x9d\xb1", RQ_PASS, "is 0.9500, floor 0.7");
	floor->value = .95;
	floor->limit = .7;
	floor->lower = .9;
	report_verdict(fixture, RQ_PASS, "PASS: ok");
	fixture->report.suite = NULL;
	fixture->report.smallest_margin = INFINITY;
	fixture->comparison.sides[RQ_BASELINE] = fixture->comparison.sides[RQ_CANDIDATE] = (struct rq_side_info){0};
	check("4 topics\n"
	      "\n"
	      "metric    baseline  candidate  difference [90 %]        gate    verdict\n"
	      "-----------------------------------------------------------------------\n"
	      "RR@10       0.8400     0.8500  +0.0100 [-0.010 +0.030]\n"
	      "RR@10[?]    0.7500     0.6500                           >= 0.7  pass\n"
	      "\n"
	      "PASS: ok\n");
}
END_TEST

START_TEST(very_narrow_intervals_keep_a_digit_that_tells)
{
	report_judged(fixture, "RR@10", .84, .8402, -.0004, .0008);
	report_judged(fixture, "AP", .84, .84, -.0004, .0011);
	report_verdict(fixture, RQ_PASS, "PASS: ok");
	check(TITLE "metric  baseline  candidate  difference [90 %]          gate  verdict\n"
	            "---------------------------------------------------------------------\n"
	            "RR@10     0.8400     0.8402  +0.0002 [-0.0004 +0.0008]\n"
	            "AP        0.8400     0.8400   0.0000 [0.000 +0.001]\n"
	            "\n"
	            "PASS: ok\n");
}
END_TEST

START_TEST(long_names_get_a_line_of_their_own)
{
	report_judged(fixture, "nDCG(dcg='exp-log2')@1000", .5512, .5498, -.0080, .0052);
	report_judged(fixture, "RR@10", .84, .85, -.01, .03);
	report_gate(fixture, "drop(nDCG(dcg='exp-log2')@1000) <= 0.03", "nDCG(dcg='exp-log2')@1000", RQ_PASS, "drops at most 0.0080 (95 %), margin 0.03");
	report_gate(fixture, "RR@10 >= 0.8", "RR@10", RQ_PASS, "is 0.8500, floor 0.8");
	fixture->gates[1].lower = .81;
	fixture->gates[1].limit = .8;
	fixture->gates[1].value = .85;
	report_verdict(fixture, RQ_PASS, "PASS: ok");
	check_in((struct rq_style){.width = 80}, TITLE "metric baseline candidate difference [90 %]       gate       verdict\n"
	                                               "--------------------------------------------------------------------\n"
	                                               "nDCG(dcg='exp-log2')@1000\n"
	                                               "         0.5512    0.5498 -0.0014 [-0.008 +0.005] drop<=0.03 pass\n"
	                                               "RR@10    0.8400    0.8500 +0.0100 [-0.010 +0.030] >=0.8      pass\n"
	                                               "\n"
	                                               "PASS: ok\n");
	check_in((struct rq_style){.width = 100},
	         TITLE "metric                     baseline  candidate  difference [90 %]        gate          verdict\n"
	               "----------------------------------------------------------------------------------------------\n"
	               "nDCG(dcg='exp-log2')@1000    0.5512     0.5498  -0.0014 [-0.008 +0.005]  drop <= 0.03  pass\n"
	               "RR@10                        0.8400     0.8500  +0.0100 [-0.010 +0.030]  >= 0.8        pass\n"
	               "\n"
	               "PASS: ok\n");
}
END_TEST

/* What is too long for its column stands further left, and never over the edge: every line of a table of every kind of gate fits. */
START_TEST(no_line_is_wider_than_the_terminal)
{
	static const char *const texts[] = {"drop(P(rel=2)@5) <= 0.01", "no loss of P(rel=2)@5 beyond 0.3 in 3 topics", "overlap(RBO(p=0.95)@10) >= 0.7",
	                                    "a gate of so many words that they have no room before its verdict"};
	struct rq_buf out = {0};

	report_judged(fixture, "P(rel=2)@5", .1756, .1530, -.038, -.007);
	report_judged(fixture, "nDCG(dcg='exp-log2')@10", .6296, .5424, -.118, -.056);
	report_time(fixture, "latency.p99", .000170, .000302);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		report_gate(fixture, texts[i], i < 2 ? "P(rel=2)@5" : "rankings", RQ_INCONCLUSIVE, "cannot tell");
	report_gate(fixture, "drop(nDCG(dcg='exp-log2')@10) <= 0.02", "nDCG(dcg='exp-log2')@10", RQ_FAIL, "dropped");
	report_verdict(fixture, RQ_FAIL, "FAIL: 5 of 5");
	for (int width = 0; width <= 80; width += 80) {
		rq_buf_clear(&out);
		ck_assert_int_eq(rq_report_table(&out, &fixture->report, (struct rq_style){.width = width}, NULL), RQ_OK);
		for (const char *line = out.data; *line != '\0'; line += strcspn(line, "\n") + 1)
			ck_assert_msg(strcspn(line, "\n") <= 80, "%s", line);
	}
	ck_assert_msg(strstr(out.data,
	                     "\nP(rel=2)@5    0.1756    0.1530 -0.0226 [-0.038 -0.007] drop<=0.01 inconclusive\n"
	                     "                                   no loss beyond 0.3 in 3 topics inconclusive\n") != NULL,
	              "%s", out.data);
	rq_buf_release(&out);
}
END_TEST

START_TEST(a_time_gate_that_only_warns)
{
	report_time(fixture, "latency.p99", 34.2e-6, .0612);
	struct rq_gate_result *gate =
		report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_FAIL, "is 61.2 ms, at least 58.0 ms (95 %), limit 50ms");
	gate->is_time = true;
	gate->level = RQ_LEVEL_WARN;
	gate->blocks = false;
	report_verdict(fixture, RQ_PASS, "PASS with 1 warning: latency.p99 is 61.2 ms, at least 58.0 ms (95 %), limit 50ms");
	check(TITLE "metric       baseline  candidate  difference [90 %]  gate     verdict\n"
	            "---------------------------------------------------------------------\n"
	            "latency.p99   34.2 us    61.2 ms  x1789.47           <= 50ms  warn\n"
	            "\n"
	            "PASS with 1 warning: latency.p99 is 61.2 ms, at least 58.0 ms (95 %), limit 50ms\n");
}
END_TEST

/* At any width: no line ends in a blank, and text wider than the terminal is a single word or a table's row. */
START_TEST(any_width_is_survived)
{
	build_fail();
	for (int width = 1; width < 140; width++) {
		struct rq_buf out = {0};
		ck_assert_int_eq(rq_report_table(&out, &fixture->report, (struct rq_style){.width = width}, NULL), RQ_OK);
		ck_assert_ptr_null(strstr(out.data, " \n"));
		ck_assert_ptr_nonnull(strstr(out.data, "FAIL"));
		rq_buf_release(&out);
	}
}
END_TEST

Suite *report_table_suite(void)
{
	Suite *suite = suite_create("report_table");
	TCase *tests = tcase_create("table");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_pass);
	tcase_add_test(tests, the_yardstick_stands_below_the_table);
	tcase_add_test(tests, a_side_is_named_with_its_variant);
	tcase_add_test(tests, a_fail_tells_each_reason_once);
	tcase_add_test(tests, a_terminal_gets_colour_lines_and_wrapped_text);
	tcase_add_test(tests, an_inconclusive_gate_and_a_narrow_pass);
	tcase_add_test(tests, a_narrow_terminal_loses_blanks_first);
	tcase_add_test(tests, words_of_a_gate_stay_apart);
	tcase_add_test(tests, a_doubtful_pass_is_told);
	tcase_add_test(tests, absent_data_and_a_metric_that_was_not_asked_for);
	tcase_add_test(tests, slices_have_rows_of_their_own);
	tcase_add_test(tests, without_unicode_names_are_ascii);
	tcase_add_test(tests, very_narrow_intervals_keep_a_digit_that_tells);
	tcase_add_test(tests, long_names_get_a_line_of_their_own);
	tcase_add_test(tests, no_line_is_wider_than_the_terminal);
	tcase_add_test(tests, a_time_gate_that_only_warns);
	tcase_add_test(tests, any_width_is_survived);
	suite_add_tcase(suite, tests);
	return suite;
}
