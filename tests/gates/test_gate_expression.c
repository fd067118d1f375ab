#include "gates/gate.h"

#include "evalcore/base/random.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

START_TEST(expressions_are_read)
{
	static const struct {
		const char *text, *canonical, *kind, *metric, *slice;
		double limit;
		enum rq_level level;
	} cases[] = {
		{"RR@10 >= 0.80", "RR@10 >= 0.8", "min", "RR@10", NULL, .8, RQ_LEVEL_ERROR},
		{"RR@10>=.8", "RR@10 >= 0.8", "min", "RR@10", NULL, .8, RQ_LEVEL_ERROR},
		{"  MRR@10\t>=  8e-1 ", "RR@10 >= 0.8", "min", "RR@10", NULL, .8, RQ_LEVEL_ERROR},
		{"RR@10 <= .5", "RR@10 <= 0.5", "max", "RR@10", NULL, .5, RQ_LEVEL_ERROR},
		{"zero( RR@10[slice=x] ) <= 5%", "zero(RR@10[slice=x]) <= 5%", "tail", "RR@10", "x", .05, RQ_LEVEL_ERROR},
		{"zero_growth(RR@10) <= 0.02", "zero_growth(RR@10) <= 2%", "tail", "RR@10", NULL, .02, RQ_LEVEL_ERROR},
		{"p5(RR@10) >= 0.1", "p5(RR@10) >= 0.1", "tail", "RR@10", NULL, .1, RQ_LEVEL_ERROR},
		{"slices(AP) <= .1", "slices(AP) <= 0.1", "slices", "AP", NULL, .1, RQ_LEVEL_WARN},
		{"overlap( RBO(p=0.95)@20 ) >= 70%", "overlap(RBO(p=0.95)@20) >= 0.7", "overlap", "", NULL, .7, RQ_LEVEL_ERROR},
		{"overlap(RBO(p=0.9)@20)>=0.7", "overlap(RBO@20) >= 0.7", "overlap", "", NULL, .7, RQ_LEVEL_ERROR},
		{"changed ( 10 ) <= 0.2", "changed(10) <= 20%", "overlap", "", NULL, .2, RQ_LEVEL_ERROR},
		{"coverage(Judged@10) >= 0.5", "coverage(Judged@10) >= 0.5", "coverage", "Judged@10", NULL, .5, RQ_LEVEL_ERROR},
		{"no_answer( AUC ) >= .8", "no_answer(AUC) >= 0.8", "no_answer", "", NULL, .8, RQ_LEVEL_ERROR},
		{"no_answer(below(fpr=0.05)) >= 0.7", "no_answer(below) >= 70%", "no_answer", "", NULL, .7, RQ_LEVEL_ERROR},
		{"no_answer_drop(AUC) <= 5%", "no_answer_drop(AUC) <= 0.05", "no_answer", "", NULL, .05, RQ_LEVEL_ERROR},
		{"stale( missing ) <= 10", "stale(missing) <= 10", "staleness", "", NULL, 10, RQ_LEVEL_ERROR},
		{"stale(changed)<=1.5%", "stale(changed) <= 1.5%", "staleness", "", NULL, .015, RQ_LEVEL_ERROR},
		{"stale(age) <= 168h", "stale(age) <= 7d", "staleness", "", NULL, 604800, RQ_LEVEL_WARN},
		{"ratio( latency.p99 ) <= 1.20", "ratio(latency.p99) <= 1.2", "latency", "latency.p99", NULL, 1.2, RQ_LEVEL_WARN},
		{"ratio(embed.p50) <= 2", "ratio(embed.p50) <= 2", "latency", "embed.p50", NULL, 2, RQ_LEVEL_WARN},
		{"size( index ) <= 1.5GiB", "size(index) <= 1.610612736GB", "size", "", NULL, 1610612736., RQ_LEVEL_ERROR},
		{"size(build) <= 300s", "size(build) <= 300s", "size", "", NULL, 300, RQ_LEVEL_WARN},
		{"size_ratio(memory)<=1.20", "size_ratio(memory) <= 1.2", "size", "", NULL, 1.2, RQ_LEVEL_ERROR},
		{"power(RR@10) <= 0.03", "power(RR@10) <= 0.03", "power", "RR@10", NULL, .03, RQ_LEVEL_ERROR},
		{"ann_recall@10 >= 0.95", "ann_recall@10 >= 0.95", "min", "ann_recall@10", NULL, .95, RQ_LEVEL_ERROR},
		{"drop(nDCG@10) <= 0.03", "drop(nDCG@10) <= 0.03", "max_drop", "nDCG@10", NULL, .03, RQ_LEVEL_ERROR},
		{"drop ( nDCG@10 ) <= 0.03", "drop(nDCG@10) <= 0.03", "max_drop", "nDCG@10", NULL, .03, RQ_LEVEL_ERROR},
		{"drop(nDCG@10) <= 3%", "drop(nDCG@10) <= 3%", "max_drop", "nDCG@10", NULL, .03, RQ_LEVEL_ERROR},
		{"drop(nDCG@10[slice=x]) <= 2.5%", "drop(nDCG@10[slice=x]) <= 2.5%", "max_drop", "nDCG@10", "x", .025, RQ_LEVEL_ERROR},
		{"drop(ann_recall@10)<=0.005", "drop(ann_recall@10) <= 0.005", "max_drop", "ann_recall@10", NULL, .005, RQ_LEVEL_ERROR},
		{"P(rel=2)@5 >= 0.3", "P(rel=2)@5 >= 0.3", "min", "P(rel=2)@5", NULL, .3, RQ_LEVEL_ERROR},
		{"drop(nDCG(dcg='exp-log2')@10) <= 0.03", "drop(nDCG(dcg='exp-log2')@10) <= 0.03", "max_drop", "nDCG(dcg='exp-log2')@10", NULL, .03,
	     RQ_LEVEL_ERROR},
		{"RR@10[slice=billing] >= 0.7", "RR@10[slice=billing] >= 0.7", "min", "RR@10", "billing", .7, RQ_LEVEL_ERROR},
		{"RR@10 [ slice = data base ] >= 0.7", "RR@10[slice=data base] >= 0.7", "min", "RR@10", "data base", .7, RQ_LEVEL_ERROR},
		{"drop(RR@10[slice=x]) <= 0.03", "drop(RR@10[slice=x]) <= 0.03", "max_drop", "RR@10", "x", .03, RQ_LEVEL_ERROR},
		{"latency.p99 <= 50ms", "latency.p99 <= 50ms", "max", "latency.p99", NULL, .05, RQ_LEVEL_WARN},
		{"latency.p50 <= 0.25s", "latency.p50 <= 250ms", "max", "latency.p50", NULL, .25, RQ_LEVEL_WARN},
		{"latency.rate >= 100", "latency.rate >= 100", "min", "latency.rate", NULL, 100, RQ_LEVEL_WARN},
		{"embed.rate >= 0.5", "embed.rate >= 0.5", "min", "embed.rate", NULL, .5, RQ_LEVEL_WARN},
		{"embed.p95 <= 50ms", "embed.p95 <= 50ms", "max", "embed.p95", NULL, .05, RQ_LEVEL_WARN},
		{"latency.p50 <= 700us", "latency.p50 <= 700us", "max", "latency.p50", NULL, .0007, RQ_LEVEL_WARN},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_arena arena = {0};
		struct rq_error err = {0};
		struct rq_gate *gate;
		ck_assert_msg(rq_gate_parse_expression(&gate, cases[i].text, "gates[0]", &arena, &err) == RQ_OK, "%s: %s", cases[i].text, err.text);
		ck_assert_str_eq(gate->text, cases[i].canonical);
		ck_assert_str_eq(gate->kind->name, cases[i].kind);
		ck_assert_str_eq(gate->metric.name, cases[i].metric);
		ck_assert_pstr_eq(gate->slice, cases[i].slice);
		ck_assert_double_eq_tol(gate->limit, cases[i].limit, 1e-15);
		ck_assert_int_eq(gate->level, cases[i].level);
		ck_assert_int_eq(gate->inconclusive, RQ_BY_PROFILE);
		ck_assert_str_eq(gate->path, "gates[0]");
		rq_arena_release(&arena);
	}
}
END_TEST

#define WORDS \
	"drop, pinned, slices, zero, zero_growth, p5, overlap, changed, coverage, power, ratio, size, size_ratio, stale, warmup, no_answer, no_answer_drop, " \
	"rollback"

START_TEST(mistakes_are_told_with_their_column)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"RR@10 => 0.8", "gates[0]: \"RR@10 => 0.8\": column 7: expected >= or <="},
		{"RR@10 > 0.8", "gates[0]: \"RR@10 > 0.8\": column 7: expected >= or <="},
		{"RR@10 == 0.8", "gates[0]: \"RR@10 == 0.8\": column 7: expected >= or <="},
		{"RR@10 0.8", "gates[0]: \"RR@10 0.8\": column 7: expected >= or <="},
		{"RR@10", "gates[0]: \"RR@10\": column 6: expected >= or <="},
		{"", "gates[0]: \"\": column 1: expected a metric's name, such as RR@10"},
		{">= 0.8", "gates[0]: \">= 0.8\": column 1: expected a metric's name, such as RR@10"},
		{"drop() <= 0.1", "gates[0]: \"drop() <= 0.1\": column 6: expected a metric's name, such as RR@10"},
		{"RQ@10 >= 0.8", "gates[0]: \"RQ@10 >= 0.8\": metric \"RQ@10\": column 1: unknown metric; did you mean \"RR\"?"},
		{"drp(RR@10) <= 0.1", "gates[0]: \"drp(RR@10) <= 0.1\": column 1: \"drp\" is no word of a gate; did you mean \"drop\"? expected one of " WORDS},
		{"DROP (RR@10) <= 0.1",
	     "gates[0]: \"DROP (RR@10) <= 0.1\": column 1: \"DROP\" is no word of a gate; did you mean \"drop\"? expected one of " WORDS},
		{"unheard_of(RR@10) <= 1", "gates[0]: \"unheard_of(RR@10) <= 1\": column 1: \"unheard_of\" is no word of a gate; expected one of " WORDS},
		{"losses(RR@10) <= 1",
	     "gates[0]: \"losses(RR@10) <= 1\": column 1: gates of kind \"losses\" are written as an object: {\"kind\": \"losses\", ...}"},
		{"nDGC(rel=2)@10 >= 0.1", "gates[0]: \"nDGC(rel=2)@10 >= 0.1\": metric \"nDGC(rel=2)@10\": column 1: unknown metric; did you mean \"nDCG\"?"},
		{"size(index) <= 1KB",
	     "gates[0]: \"size(index) <= 1KB\": column 16: \"1KB\" is not allowed; expected one such as 200MB, or 5m for build (B, kB, "
	     "MB, GB, TB, KiB, MiB, GiB, TiB; for build ns, us, ms, s, m, h, d)"},
		{"stale(age) <= 7",
	     "gates[0]: \"stale(age) <= 7\": column 15: \"7\" is not allowed; expected one such as 10 or 1%, or 7d for age (for age "
	     "ns, us, ms, s, m, h, d)"},
		{"drop(nDCG) >= 0.1", "gates[0]: \"drop(nDCG) >= 0.1\": column 12: expected <=: a drop is bounded from above"},
		{"drop(RR@10 <= 0.1", "gates[0]: \"drop(RR@10 <= 0.1\": column 12: expected \")\" after the metric"},
		{"drop(nDCG@10) <= 3 %", "gates[0]: \"drop(nDCG@10) <= 3 %\": column 18: \"3 %\" is not a number; expected one such as 0.03 or 3%"},
		{"drop(nDCG@10) <= %", "gates[0]: \"drop(nDCG@10) <= %\": column 18: \"%\" is not a number; expected one such as 0.03 or 3%"},
		{"drop(nDCG@10) <= 300%", "gates[0]: a margin of 300% is not between 0% and 100%; expected a share of the baseline's mean such as 3%"},
		{"drop(nDCG@10) <= 3", "gates[0]: a margin of 3 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"drop(nDCG@10) <= 0", "gates[0]: a margin of 0 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"drop(nDCG@10) <= -0.1", "gates[0]: a margin of -0.1 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"drop(nDCG@10) <= ", "gates[0]: \"drop(nDCG@10) <= \": column 18: \"\" is not a number; expected one such as 0.03 or 3%"},
		{"drop(latency.p99) <= 5ms",
	     "gates[0]: a drop is judged from topics whose values lie between 0 and 1, and those of \"latency.p99\" do not; use \"max\", or <="},
		{"RR@10 >= 80%", "gates[0]: \"RR@10 >= 80%\": column 10: \"80%\" is not a number; expected one such as 0.8"},
		{"RR@10 >= 0.8 or so", "gates[0]: \"RR@10 >= 0.8 or so\": column 10: \"0.8 or so\" is not a number; expected one such as 0.8"},
		{"RR@10 >= nan", "gates[0]: \"RR@10 >= nan\": column 10: \"nan\" is not a number; expected one such as 0.8"},
		{"RR@10 >= inf", "gates[0]: \"RR@10 >= inf\": column 10: \"inf\" is not a number; expected one such as 0.8"},
		{"RR@10 >= 0,8", "gates[0]: \"RR@10 >= 0,8\": column 10: \"0,8\" is not a number; expected one such as 0.8"},
		{"RR@10 >= 0x1", "gates[0]: \"RR@10 >= 0x1\": column 10: \"0x1\" is not a number; expected one such as 0.8"},
		{"RR@10 >= 50ms", "gates[0]: \"RR@10 >= 50ms\": column 10: \"50ms\" has a unit, and \"RR@10\" has none; expected a number such as 0.8"},
		{"RR@10 >= 80", "gates[0]: 80 lies outside the range of \"RR@10\", which is 0 to 1; expected a bound such as 0.8"},
		{"RR@10 <= -1", "gates[0]: -1 lies outside the range of \"RR@10\", which is 0 to 1; expected a bound such as 0.2"},
		{"latency.p99 <= 50", "gates[0]: \"latency.p99 <= 50\": column 16: \"50\" has no unit; expected a duration such as 50ms"},
		{"latency.p99 <= fast", "gates[0]: \"latency.p99 <= fast\": column 16: \"fast\" is not a duration; expected one such as 50ms"},
		{"latency.p99 <= 0ms", "gates[0]: no time is within 0 s; expected a duration such as 50ms"},
		{"latency.p99 >= 50ms",
	     "gates[0]: \"latency.p99 >= 50ms\": column 13: expected <=: \"latency.p99\" is a measured time, whose bound is an upper one"},
		{"latency.rate <= 100",
	     "gates[0]: \"latency.rate <= 100\": column 14: expected >=: \"latency.rate\" is a measured rate, whose bound is a lower one"},
		{"embed.rate >= 50ms", "gates[0]: \"embed.rate >= 50ms\": column 15: \"50ms\" is not a number; expected how many a second, such as 100"},
		{"embed.rate >= 0", "gates[0]: every rate is above 0; expected how many a second, such as 100"},
		{"embed.rate[slice=x] >= 5", "gates[0]: \"embed.rate\" is measured over all queries; drop the slice"},
		{"drop(embed.rate) <= 0.1",
	     "gates[0]: a drop is judged from topics whose values lie between 0 and 1, and those of \"embed.rate\" do not; use \"min\", or >="},
		{"latency.p99[slice=x] <= 50ms", "gates[0]: \"latency.p99\" is measured over all queries; drop the slice"},
		{"RR@10[slice=x >= 0.8", "gates[0]: \"RR@10[slice=x >= 0.8\": column 6: \"[\" is not closed; expected [slice=NAME]"},
		{"RR@10[x] >= 0.8", "gates[0]: \"RR@10[x] >= 0.8\": column 7: expected slice=NAME"},
		{"RR@10[topic=x] >= 0.8", "gates[0]: \"RR@10[topic=x] >= 0.8\": column 7: expected slice=NAME"},
		{"RR@10[slice= ] >= 0.8", "gates[0]: \"RR@10[slice= ] >= 0.8\": column 13: expected the name of a slice"},
		/* columns count characters, not bytes */
		{"RR@10[slice=S\xc3\xa3o] > 0.8", "gates[0]: \"RR@10[slice=S\xc3\xa3o] > 0.8\": column 18: expected >= or <="},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_arena arena = {0};
		struct rq_error err = {0};
		struct rq_gate *gate;
		ck_assert_int_eq(rq_gate_parse_expression(&gate, cases[i].text, "gates[0]", &arena, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
		ck_assert_ptr_null(gate);
		rq_arena_release(&arena);
	}
}
END_TEST

/* Pieces of expressions in any order: most are refused; what is accepted means the same when its canonical text is read again. */
START_TEST(accepted_expressions_survive_being_written_and_read)
{
	static const char *const pieces[] = {"RR@10", "nDCG(dcg='exp-log2')@10", "latency.p99", "drop(", "drop", "(", ")", "[", "slice=x", "[slice=a b]",
	                                     "]", ">=", "<=", ">", "=", " ", "0.8", "50ms", "3%", "1e-3", "-1", "'", "\t", "\xc3\xa9"};
	static const char *const metrics[] = {"RR@10", "nDCG@10", "P(rel=2)@5", "latency.p99", "drop(AP)",
	                                      "drop(RR@5[slice=y])", "zero(RR@10)", "zero_growth(RR@10[slice=x])", "p5(AP)", "slices(AP)",
	                                      "overlap(RBO(p=0.8)@7)", "overlap(Jaccard@10)", "changed(10)", "coverage(Judged@5)", "power(nDCG@10)",
	                                      "size(index)", "size_ratio(build)", "ratio(latency.p99)", "stale(extra)", "stale(age)", "warmup(p99)", "no_answer(below)",
	                                      "no_answer_drop(AUC)"};
	static const char *const operators[] = {" >= ", "<=", ">=", " <="};
	static const char *const numbers[] = {"0.8", "50ms", "1e-3", ".125", "0.1 ", "3.5%", "1.5GiB", "7"};
	struct rq_random random;
	size_t accepted = 0;

	rq_random_seed(&random, 7);
	for (size_t round = 0; round < 20000; round++) {
		char text[256] = "";
		/* Half are an expression with one stray piece or none. */
		if (round % 2 == 0)
			snprintf(text, sizeof text, "%s%s%s%s", metrics[rq_random_below(&random, sizeof metrics / sizeof *metrics)],
			         round % 4 == 0 ? "" : pieces[rq_random_below(&random, 24)],
			         operators[rq_random_below(&random, 4)], numbers[rq_random_below(&random, sizeof numbers / sizeof *numbers)]);
		for (size_t parts = round % 2 == 0 ? 0 : 1 + rq_random_below(&random, 6); parts > 0; parts--)
			strncat(text, pieces[rq_random_below(&random, 24)], 40);
		struct rq_arena arena = {0};
		struct rq_error err = {0};
		struct rq_gate *gate, *again;
		if (rq_gate_parse_expression(&gate, text, "x", &arena, &err) == RQ_OK) {
			accepted++;
			ck_assert_msg(rq_gate_parse_expression(&again, gate->text, "x", &arena, &err) == RQ_OK, "%s: %s", text, err.text);
			ck_assert_ptr_eq(again->kind, gate->kind);
			ck_assert_str_eq(again->metric.name, gate->metric.name);
			ck_assert_pstr_eq(again->slice, gate->slice);
			ck_assert_double_eq_tol(again->limit, gate->limit, 1e-15);
			ck_assert_str_eq(again->text, gate->text);
		} else {
			ck_assert_int_eq(err.status, RQ_E_CONFIG);
			ck_assert_ptr_eq(strstr(err.text, "x: "), err.text);
		}
		rq_arena_release(&arena);
	}
	ck_assert_uint_gt(accepted, 1000);
}
END_TEST

Suite *gate_expression_suite(void)
{
	Suite *suite = suite_create("gate_expression");
	TCase *tests = tcase_create("expression");

	tcase_add_test(tests, expressions_are_read);
	tcase_add_test(tests, mistakes_are_told_with_their_column);
	tcase_add_test(tests, accepted_expressions_survive_being_written_and_read);
	suite_add_tcase(suite, tests);
	return suite;
}
