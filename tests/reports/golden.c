#include "golden.h"

#include "metrics/stats/stats.h"

static struct rq_slice_difference slices[2];

static void add_gates(struct fixture *fixture)
{
	struct rq_gate_result *drop = report_gate(fixture, "drop(nDCG@10) <= 0.03", "nDCG@10", RQ_FAIL,
	                                          "dropped 0.0363 (90 % interval -0.0510 to -0.0210), margin 0.03, p = 0.0004");
	drop->owner = "search";
	drop->line = 12;
	drop->runbook = "https://example.org/?a=1&b=2";
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5");
	report_gate(fixture, "nDCG@10 >= 0.5", "nDCG@10", RQ_PASS, "is 0.5149, floor 0.5");
	report_slice_gate(fixture, "nDCG@10[slice=a \"b\", \\ <c>] >= 0.5", "nDCG@10", "a \"b\", \\ <c>", RQ_INCONCLUSIVE, "240 topics would settle it");
	report_gate(fixture, "drop(RR@10) <= 0.02", "RR@10", RQ_INCONCLUSIVE, "120 topics would settle it")->blocks = true;
	report_absent(report_gate(fixture, "ann_recall@10 >= 0.95", "ann_recall@10", RQ_FAIL, "was not measured: the side is a run file"));
	struct rq_gate_result *warns = report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_FAIL, "is 60.0 ms, 100% over the ceiling,\n50ms");
	warns->level = RQ_LEVEL_WARN;
	warns->blocks = false;
	warns->is_time = true;
	warns->runbook = "ask the people of the night shift";
	struct rq_gate_result *waived = report_gate(fixture, "latency.p50 <= 1ms", "latency.p50", RQ_FAIL, "is 2.00 ms, ceiling 1ms");
	waived->is_time = true;
	waived->blocks = false;
	waived->waived = RQ_WAIVED;
	waived->waiver = (struct rq_waiver){"the old index is being replaced", "ana", "2026-12-31"};
}

void report_every_outcome(struct fixture *fixture)
{
	static const double seconds[] = {.0009, .001, .0011, 200, INFINITY};
	static const struct rq_named_text run[] = {{"started", "2026-11-21T03:36:50Z"}, {"config", "gates/my gate, 1.json"},
	                                            {"rqgate", "1.2.3"}, {"host", "ci-7"}, {"command", "drift"}};
	struct rq_metric_result *metric = report_judged(fixture, "nDCG@10", .5512, .5149, -.0510, -.0210);

	slices[0] = (struct rq_slice_difference){.slice = "a \"b\", \\ <c>", .mean = {.75, .65},
	                                         .paired = {.n = 2, .delta = -.1, .lower = -.2, .upper = .05}};
	slices[1] = (struct rq_slice_difference){.slice = "two\nlines", .mean = {.5, .5}, .paired = {.n = 1}};
	metric->slices = slices;
	metric->slice_count = 2;
	memcpy(fixture->values[0], (const double[RQ_SIDES][REPORT_TOPICS]){{1, .5, 0, 1}, {1, .25, 0, .125}}, sizeof fixture->values[0]);
	report_attribution(fixture, 0);
	fixture->topics[3].cluster = "restore";
	report_time(fixture, "latency.p99", .045, .06);
	report_time(fixture, "latency.rate", 2000, 1500)->is_rate = true;
	struct rq_metric_result *recall = report_metric(fixture, "ann_recall@10", NAN, NAN);
	recall->absent[RQ_BASELINE] = recall->absent[RQ_CANDIDATE] = "not measured: the side is a run file";
	add_gates(fixture);
	report_remark(fixture, true, "equal scores straddle the cutoff");
	report_verdict(fixture, RQ_FAIL, "FAIL: nDCG@10 dropped 0.0363");
	fixture->comparison.searched[RQ_BASELINE].histogram = rq_histogram_of(seconds, 3);
	fixture->comparison.searched[RQ_CANDIDATE].histogram = rq_histogram_of(seconds, 5);
	fixture->report.run = run;
	fixture->report.run_count = sizeof run / sizeof *run;
}

void report_expect_golden(const struct fixture *fixture, const char *writer, const char *name)
{
	struct rq_buf out = {0}, expected = {0};
	struct rq_error err = {0};
	char path[256];

	snprintf(path, sizeof path, "tests/reports/golden/%s", name);
	ck_assert_msg(rq_writer_find(writer)->write(&out, &fixture->report, &err) == RQ_OK, "%s", err.text);
	if (getenv("RQ_UPDATE") != NULL)
		ck_assert_msg(rq_file_write(path, out.data, out.size, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(rq_file_read(&expected, path, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(strcmp(out.data, expected.data) == 0, "%s: got\n%s", path, out.data);
	rq_buf_release(&out);
	rq_buf_release(&expected);
}
