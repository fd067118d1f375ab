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

static void write(struct rq_buf *out)
{
	struct rq_error err = {0};

	rq_buf_clear(out);
	ck_assert_msg(rq_writer_find("json")->write(out, &fixture->report, &err) == RQ_OK, "%s", err.text);
}

static struct rq_service_account service = {.side = "baseline",
                                            .what = "texts",
                                            .requests = 12,
                                            .retries = 2,
                                            .texts = 300,
                                            .sent = 4096,
                                            .waited = .5,
                                            .truncated = 3,
                                            .truncation = "it counts 512 tokens where the text has more"};
static struct rq_failure failure = {.side = "baseline",
                                    .stage = "embed",
                                    .what = "document",
                                    .id = "d\"7",
                                    .input = "a \"text\"",
                                    .reason = "the service answers 400",
                                    .attempts = 3,
                                    .seconds = 1.5};
static struct rq_remark run_remark = {.text = "another model answers now"};

static void build(void)
{
	report_judged(fixture, "nDCG@10", .5, .25, -.5, -.125);
	fixture->metrics[0].value_lower[0] = .375;
	fixture->metrics[0].value_upper[0] = .625;
	fixture->metrics[0].value_lower[1] = .125;
	fixture->metrics[0].value_upper[1] = .5;
	fixture->metrics[0].ties_at_cutoff[RQ_CANDIDATE] = 3;
	struct rq_metric_result *recall = report_metric(fixture, "ann_recall@10", .5, NAN);
	recall->absent[RQ_CANDIDATE] = "not measured: the side is a run file";
	recall->value_lower[0] = .25;
	recall->value_upper[0] = .75;
	recall->value_lower[1] = recall->value_upper[1] = NAN;
	recall->samples[RQ_CANDIDATE] = 0;
	recall->per_topic[RQ_BASELINE] = fixture->values[1][RQ_BASELINE];
	struct rq_metric_result *time = report_time(fixture, "latency.p99", .25, .5);
	time->value_lower[0] = time->value_lower[1] = .125;
	time->value_upper[0] = time->value_upper[1] = INFINITY;
	const double before[] = {1, .5, NAN, 0}, after[] = {.25, .5, NAN, 1}, found[] = {1, 1, .5, .5};
	memcpy(fixture->values[0][RQ_BASELINE], before, sizeof before);
	memcpy(fixture->values[0][RQ_CANDIDATE], after, sizeof after);
	memcpy(fixture->values[1][RQ_BASELINE], found, sizeof found);
	struct rq_gate_result *drop = report_gate(fixture, "drop(nDCG@10) <= 0.5", "nDCG@10", RQ_INCONCLUSIVE, "cannot \"tell\"");
	*drop = (struct rq_gate_result){.text = "drop(nDCG@10) <= 0.5",
	                                .kind = "max_drop",
	                                .metric = "nDCG@10",
	                                .owner = "search",
	                                .level = RQ_LEVEL_ERROR,
	                                .outcome = RQ_INCONCLUSIVE,
	                                .blocks = true,
	                                .value = -.25,
	                                .limit = .5,
	                                .lower = -.5,
	                                .upper = -.125,
	                                .p = .0625,
	                                .topics_to_settle = 310,
	                                .reason = "cannot \"tell\""};
	report_absent(report_gate(fixture, "ann_recall@10 >= 0.5", "ann_recall@10", RQ_FAIL, "has no value"))->level = RQ_LEVEL_WARN;
	fixture->gates[1].blocks = false;
	struct rq_gate_result *slow = report_gate(fixture, "latency.p99 <= 50ms", "latency.p99", RQ_FAIL, "is 500 ms");
	*slow = (struct rq_gate_result){.text = "latency.p99 <= 50ms",
	                                .kind = "max",
	                                .metric = "latency.p99",
	                                .slice = NULL,
	                                .level = RQ_LEVEL_ERROR,
	                                .outcome = RQ_FAIL,
	                                .is_time = true,
	                                .blocks = true,
	                                .value = .5,
	                                .limit = .25,
	                                .lower = .5,
	                                .upper = INFINITY,
	                                .p = NAN,
	                                .reason = "is 500 ms"};
	report_bm25(fixture, .75);
	report_remark(fixture, true, "mind this");
	fixture->comparison.services = &service;
	fixture->comparison.service_count = 1;
	fixture->comparison.failures = (struct rq_failures){.items = &failure, .count = 1};
	fixture->comparison.run_remarks = &run_remark;
	fixture->comparison.run_remark_count = 1;
	fixture->comparison.sides[RQ_BASELINE].served_by = "bge, sha 826711e54e00";
	fixture->comparison.sides[RQ_BASELINE].variant = "int4, 3.6 MB";
	report_verdict(fixture, RQ_FAIL, "FAIL: latency.p99 is 500 ms");
	fixture->verdict.outcome_untimed = RQ_INCONCLUSIVE;
}

START_TEST(the_whole_file)
{
	static const char expected[] =
		"{\n"
		"  \"schema_version\": 1,\n"
		"  \"metrics_version\": 1,\n"
		"  \"run\": {\n"
		"    \"started\": \"2026-11-21T03:36:50Z\",\n"
		"    \"cpu\": \"test\",\n"
		"    \"set\": [\"profile=pr\"],\n"
		"    \"seconds\": 1.5,\n"
		"    \"threads\": 2,\n"
		"    \"verdict\": {\n"
		"      \"outcome\": \"fail\",\n"
		"      \"exit_code\": 1,\n"
		"      \"sentence\": \"FAIL: latency.p99 is 500 ms\"\n"
		"    },\n"
		"    \"metrics\": [\n"
		"      {\n"
		"        \"metric\": \"latency.p99\",\n"
		"        \"number\": 3,\n"
		"        \"baseline\": 0.25,\n"
		"        \"candidate\": 0.5,\n"
		"        \"bounds\": {\n"
		"          \"baseline\": [0.125, null],\n"
		"          \"candidate\": [0.125, null]\n"
		"        },\n"
		"        \"samples\": [1000, 1000],\n"
		"        \"ties_at_cutoff\": [0, 0],\n"
		"        \"lower_is_better\": true,\n"
		"        \"absent\": {}\n"
		"      }\n"
		"    ],\n"
		"    \"gates\": [\n"
		"      {\n"
		"        \"kind\": \"max\",\n"
		"        \"metric\": \"latency.p99\",\n"
		"        \"slice\": null,\n"
		"        \"gate\": \"latency.p99 <= 50ms\",\n"
		"        \"level\": \"error\",\n"
		"        \"verdict\": \"fail\",\n"
		"        \"reason\": \"is 500 ms\",\n"
		"        \"absent\": false,\n"
		"        \"blocks\": true,\n"
		"        \"value\": 0.5,\n"
		"        \"limit\": 0.25,\n"
		"        \"lower\": 0.5,\n"
		"        \"upper\": null,\n"
		"        \"p\": null,\n"
		"        \"owner\": null,\n"
		"        \"runbook\": null,\n"
		"        \"number\": 3\n"
		"      }\n"
		"    ],\n"
		"    \"stage_seconds\": {\n"
		"      \"embed\": 1.25\n"
		"    },\n"
		"    \"cache_use\": {\n"
		"      \"baseline.embed\": \"cached\"\n"
		"    },\n"
		"    \"services\": [\n"
		"      {\n"
		"        \"side\": \"baseline\",\n"
		"        \"of\": \"texts\",\n"
		"        \"requests\": 12,\n"
		"        \"retries\": 2,\n"
		"        \"texts\": 300,\n"
		"        \"tokens\": null,\n"
		"        \"bytes_sent\": 4096,\n"
		"        \"seconds_waited\": 0.5,\n"
		"        \"truncated\": 3,\n"
		"        \"truncation\": \"it counts 512 tokens where the text has more\"\n"
		"      }\n"
		"    ],\n"
		"    \"failures\": [\n"
		"      {\n"
		"        \"side\": \"baseline\",\n"
		"        \"stage\": \"embed\",\n"
		"        \"what\": \"document\",\n"
		"        \"id\": \"d\\\"7\",\n"
		"        \"input\": \"a \\\"text\\\"\",\n"
		"        \"reason\": \"the service answers 400\",\n"
		"        \"attempts\": 3,\n"
		"        \"seconds\": 1.5\n"
		"      }\n"
		"    ],\n"
		"    \"remarks\": [\n"
		"      {\n"
		"        \"warning\": false,\n"
		"        \"text\": \"another model answers now\"\n"
		"      }\n"
		"    ],\n"
		"    \"seal\": \"7a7e1bc0e8277d5f03577c7c9d68705692cb5c1e46293d4f873cf28932e33003\"\n"
		"  },\n"
		"  \"suite\": \"help-centre\",\n"
		"  \"profile\": \"pr\",\n"
		"  \"inputs\": {\n"
		"    \"corpus\": \"" REPORT_CORPUS "\",\n"
		"    \"qrels\": \"" REPORT_QRELS "\"\n"
		"  },\n"
		"  \"verdict\": \"inconclusive\",\n"
		"  \"exit_code\": 2,\n"
		"  \"metrics\": [\n"
		"    {\n"
		"      \"metric\": \"nDCG@10\",\n"
		"      \"number\": 1,\n"
		"      \"baseline\": 0.5,\n"
		"      \"candidate\": 0.25,\n"
		"      \"delta\": -0.25,\n"
		"      \"lower\": -0.5,\n"
		"      \"upper\": -0.125,\n"
		"      \"n\": 225,\n"
		"      \"wins\": 20,\n"
		"      \"ties\": 180,\n"
		"      \"losses\": 25,\n"
		"      \"identical\": false,\n"
		"      \"p_worse\": 0.25,\n"
		"      \"paired_t\": {\n"
		"        \"t\": -0.5,\n"
		"        \"df\": 224,\n"
		"        \"p\": 0.625\n"
		"      },\n"
		"      \"bounds\": {\n"
		"        \"baseline\": [0.375, 0.625],\n"
		"        \"candidate\": [0.125, 0.5]\n"
		"      },\n"
		"      \"samples\": [225, 225],\n"
		"      \"ties_at_cutoff\": [0, 3],\n"
		"      \"lower_is_better\": false,\n"
		"      \"absent\": {}\n"
		"    },\n"
		"    {\n"
		"      \"metric\": \"ann_recall@10\",\n"
		"      \"number\": 2,\n"
		"      \"baseline\": 0.5,\n"
		"      \"candidate\": null,\n"
		"      \"bounds\": {\n"
		"        \"baseline\": [0.25, 0.75],\n"
		"        \"candidate\": [null, null]\n"
		"      },\n"
		"      \"samples\": [225, 0],\n"
		"      \"ties_at_cutoff\": [0, 0],\n"
		"      \"lower_is_better\": false,\n"
		"      \"absent\": {\n"
		"        \"candidate\": \"not measured: the side is a run file\"\n"
		"      }\n"
		"    }\n"
		"  ],\n"
		"  \"gates\": [\n"
		"    {\n"
		"      \"kind\": \"max_drop\",\n"
		"      \"metric\": \"nDCG@10\",\n"
		"      \"slice\": null,\n"
		"      \"gate\": \"drop(nDCG@10) <= 0.5\",\n"
		"      \"level\": \"error\",\n"
		"      \"verdict\": \"inconclusive\",\n"
		"      \"reason\": \"cannot \\\"tell\\\"\",\n"
		"      \"absent\": false,\n"
		"      \"blocks\": true,\n"
		"      \"value\": -0.25,\n"
		"      \"limit\": 0.5,\n"
		"      \"lower\": -0.5,\n"
		"      \"upper\": -0.125,\n"
		"      \"p\": 0.0625,\n"
		"      \"topics_to_settle\": 310,\n"
		"      \"owner\": \"search\",\n"
		"      \"runbook\": null,\n"
		"      \"number\": 1\n"
		"    },\n"
		"    {\n"
		"      \"kind\": \"min\",\n"
		"      \"metric\": \"ann_recall@10\",\n"
		"      \"slice\": null,\n"
		"      \"gate\": \"ann_recall@10 >= 0.5\",\n"
		"      \"level\": \"warn\",\n"
		"      \"verdict\": \"fail\",\n"
		"      \"reason\": \"has no value\",\n"
		"      \"absent\": true,\n"
		"      \"blocks\": false,\n"
		"      \"value\": null,\n"
		"      \"limit\": 0.5,\n"
		"      \"lower\": null,\n"
		"      \"upper\": null,\n"
		"      \"p\": null,\n"
		"      \"owner\": null,\n"
		"      \"runbook\": null,\n"
		"      \"number\": 2\n"
		"    }\n"
		"  ],\n"
		"  \"topics\": [\n"
		"    {\n"
		"      \"id\": \"q1\",\n"
		"      \"slice\": \"security\",\n"
		"      \"text\": \"how do I rotate the key\",\n"
		"      \"scores\": {\n"
		"        \"nDCG@10\": [1, 0.25],\n"
		"        \"ann_recall@10\": [1, null]\n"
		"      }\n"
		"    },\n"
		"    {\n"
		"      \"id\": \"q2\",\n"
		"      \"slice\": \"billing\",\n"
		"      \"scores\": {\n"
		"        \"nDCG@10\": [0.5, 0.5],\n"
		"        \"ann_recall@10\": [1, null]\n"
		"      }\n"
		"    },\n"
		"    {\n"
		"      \"id\": \"q3\",\n"
		"      \"slice\": null,\n"
		"      \"scores\": {\n"
		"        \"nDCG@10\": [null, null],\n"
		"        \"ann_recall@10\": [0.5, null]\n"
		"      }\n"
		"    },\n"
		"    {\n"
		"      \"id\": \"q4\",\n"
		"      \"slice\": \"billing\",\n"
		"      \"scores\": {\n"
		"        \"nDCG@10\": [0, 1],\n"
		"        \"ann_recall@10\": [0.5, null]\n"
		"      }\n"
		"    }\n"
		"  ],\n"
		"  \"diagnostics\": {\n"
		"    \"counts\": {\n"
		"      \"documents\": 1400,\n"
		"      \"topics_unjudged\": 2\n"
		"    },\n"
		"    \"cutoff\": 100,\n"
		"    \"failed\": {\n"
		"      \"baseline\": {\n"
		"        \"embed\": 1,\n"
		"        \"search\": 0\n"
		"      },\n"
		"      \"candidate\": {\n"
		"        \"embed\": 0,\n"
		"        \"search\": 0\n"
		"      }\n"
		"    },\n"
		"    \"smallest_margin\": 0.02,\n"
		"    \"exact\": \"exact search on all 4 topics\",\n"
		"    \"exact_part\": \"embedding\",\n"
		"    \"sides\": {\n"
		"      \"baseline\": {\n"
		"        \"embedder\": \"lsa\",\n"
		"        \"model\": \"abcd\",\n"
		"        \"variant\": \"int4, 3.6 MB\",\n"
		"        \"dimension\": 256,\n"
		"        \"served_by\": \"bge, sha 826711e54e00\",\n"
		"        \"index\": \"exact\",\n"
		"        \"is_exact\": true\n"
		"      },\n"
		"      \"candidate\": {\n"
		"        \"embedder\": null,\n"
		"        \"model\": null,\n"
		"        \"dimension\": null,\n"
		"        \"index\": \"run file new.run\",\n"
		"        \"is_exact\": false\n"
		"      }\n"
		"    },\n"
		"    \"bm25\": {\n"
		"      \"index\": \"bm25 k1=1.2 b=0.75 language=english\",\n"
		"      \"metrics\": {\n"
		"        \"nDCG@10\": 0.75\n"
		"      }\n"
		"    },\n"
		"    \"self_test\": {\n"
		"      \"outcome\": \"unknown\",\n"
		"      \"reason\": null\n"
		"    },\n"
		"    \"remarks\": [\n"
		"      {\n"
		"        \"warning\": true,\n"
		"        \"text\": \"mind this\"\n"
		"      }\n"
		"    ]\n"
		"  },\n"
		"  \"rankings\": {\n"
		"    \"candidate.ann\": {\n"
		"      \"file\": \"report.d/candidate.ann.run.zst\",\n"
		"      \"sha256\": \"facade\"\n"
		"    }\n"
		"  }\n"
		"}\n";
	struct rq_buf out = {0};

	build();
	write(&out);
	ck_assert_msg(strcmp(out.data, expected) == 0, "got\n%s", out.data);
	rq_buf_release(&out);
}
END_TEST

/* The bytes from the end of "run" on. */
static const char *rest(const struct rq_buf *out)
{
	const char *at = strstr(out->data, "\n  },\n  \"suite\"");

	ck_assert_ptr_nonnull(at);
	return at;
}

START_TEST(what_is_measured_changes_nothing_but_run)
{
	struct rq_buf first = {0}, second = {0};

	build();
	write(&first);
	fixture->run[0].text = "later";
	fixture->seconds[0].value = 7;
	fixture->cache[0].text = "1 of 1400 embedded";
	fixture->metrics[2].value[RQ_CANDIDATE] = .01;
	fixture->metrics[2].value_upper[RQ_CANDIDATE] = .02;
	fixture->metrics[2].samples[RQ_CANDIDATE] = 1001;
	fixture->gates[2].outcome = RQ_PASS;
	fixture->gates[2].blocks = false;
	fixture->gates[2].reason = "is 10.0 ms";
	fixture->verdict.outcome = RQ_INCONCLUSIVE;
	fixture->verdict.exit_code = 2;
	fixture->verdict.sentence = "INCONCLUSIVE: ...";
	write(&second);
	ck_assert_str_ne(first.data, second.data);
	ck_assert_str_eq(rest(&first), rest(&second));
	rq_buf_release(&first);
	rq_buf_release(&second);
}
END_TEST

START_TEST(without_untimed_gates_there_is_no_untimed_verdict)
{
	struct rq_buf out = {0};

	build();
	fixture->verdict.gates = &fixture->gates[2];
	fixture->verdict.count = 1;
	fixture->verdict.outcome_untimed = RQ_PASS;
	write(&out);
	ck_assert_ptr_nonnull(strstr(out.data, "\n  \"verdict\": null,\n  \"exit_code\": null,\n"));
	rq_buf_release(&out);
}
END_TEST

START_TEST(without_text_there_is_no_yardstick)
{
	struct rq_buf out = {0};

	report_judged(fixture, "nDCG@10", .5, .25, -.5, -.125);
	report_verdict(fixture, RQ_PASS, "PASS");
	write(&out);
	ck_assert_ptr_nonnull(strstr(out.data, "\n    \"bm25\": {\n      \"absent\": \"not measured: it takes a corpus and topics\"\n    },\n"));
	rq_buf_release(&out);
}
END_TEST

/* 250 topics; topic i loses (i % 125) / 250 in one metric and the same in another. */
START_TEST(a_hundred_texts_of_the_worst_topics)
{
	enum { TOPICS = 250 };
	static struct rq_compared_topic topics[TOPICS];
	static char ids[TOPICS][8];
	static double before[TOPICS], after[TOPICS];
	struct rq_buf out = {0};
	rq_json *root;

	for (size_t i = 0; i < TOPICS; i++) {
		snprintf(ids[i], sizeof ids[i], "t%03zu", i);
		topics[i] = (struct rq_compared_topic){.id = ids[i], .text = "words", .slice = NULL};
		before[i] = 1;
		after[i] = 1 - (double)(i % 125) / 250;
	}
	fixture->comparison.topics = topics;
	fixture->comparison.topic_count = TOPICS;
	for (size_t i = 0; i < 2; i++) {
		struct rq_metric_result *metric = report_judged(fixture, i == 0 ? "RR@10" : "AP", 1, .5, -.6, -.4);
		metric->per_topic[RQ_BASELINE] = before;
		metric->per_topic[RQ_CANDIDATE] = after;
	}
	report_verdict(fixture, RQ_PASS, "PASS: ...");
	write(&out);
	ck_assert_int_eq(rq_json_parse(&root, out.data, out.size, "report.json", NULL), RQ_OK);
	size_t i = 0, told = 0;
	for (const rq_json *topic = rq_json_first(rq_json_get(root, "topics")); topic != NULL; topic = rq_json_next(topic), i++) {
		/* the 50 largest losses, 75/250 to 124/250, occur twice each */
		ck_assert_msg((rq_json_get(topic, "text") != NULL) == (i % 125 >= 75), "topic %zu", i);
		told += rq_json_get(topic, "text") != NULL;
	}
	ck_assert_uint_eq(i, TOPICS);
	ck_assert_uint_eq(told, 100);
	rq_json_free(root);
	rq_buf_release(&out);
}
END_TEST

START_TEST(equal_losses_are_told_by_id)
{
	enum { TOPICS = 150 };
	static struct rq_compared_topic topics[TOPICS];
	static double before[TOPICS], after[TOPICS];
	struct rq_buf out = {0};

	for (size_t i = 0; i < TOPICS; i++) {
		topics[i] = (struct rq_compared_topic){.id = "t", .text = i < 100 ? "early" : "late", .slice = NULL};
		before[i] = .5;
	}
	fixture->comparison.topics = topics;
	fixture->comparison.topic_count = TOPICS;
	struct rq_metric_result *metric = report_judged(fixture, "RR@10", 1, .5, -.6, -.4);
	metric->per_topic[RQ_BASELINE] = before;
	metric->per_topic[RQ_CANDIDATE] = after;
	report_verdict(fixture, RQ_PASS, "PASS: ...");
	write(&out);
	ck_assert_ptr_nonnull(strstr(out.data, "early"));
	ck_assert_ptr_null(strstr(out.data, "late"));
	metric->is_judged = false; /* what an index lost is no loss to a user */
	write(&out);
	ck_assert_ptr_null(strstr(out.data, "early"));
	rq_buf_release(&out);
}
END_TEST

Suite *report_json_suite(void)
{
	Suite *suite = suite_create("report_json");
	TCase *tests = tcase_create("json");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, the_whole_file);
	tcase_add_test(tests, what_is_measured_changes_nothing_but_run);
	tcase_add_test(tests, without_untimed_gates_there_is_no_untimed_verdict);
	tcase_add_test(tests, without_text_there_is_no_yardstick);
	tcase_add_test(tests, a_hundred_texts_of_the_worst_topics);
	tcase_add_test(tests, equal_losses_are_told_by_id);
	suite_add_tcase(suite, tests);
	return suite;
}
