/* Gates on drift: read by their figure, judged by what a job has measured, and kept apart from those of a run. */
#include "fixture.h"
#include "metrics/drift/drift.h"

static struct fixture *fixture;
static struct rq_drift drift;
static struct rq_drift_finding findings[8];

static void set_up(void)
{
	fixture = calloc(1, sizeof *fixture);
	ck_assert_ptr_nonnull(fixture);
	fixture_start(fixture, 10);
	drift = (struct rq_drift){.findings = findings};
	fixture->comparison.drift = &drift;
}

static void tear_down(void)
{
	fixture_release(fixture);
	free(fixture);
}

static struct rq_drift_finding *found(const char *figure, const char *of, double value)
{
	const struct rq_drift_figure *row = rq_drift_find(figure);
	struct rq_drift_finding *finding = &findings[drift.count++];

	ck_assert(row != NULL && drift.count <= sizeof findings / sizeof *findings);
	*finding = (struct rq_drift_finding){.figure = row->name, .of = of, .at_least = row->direction == RQ_AT_LEAST, .value = value, .lower = NAN,
	                                     .upper = NAN, .p = NAN, .p_adjusted = NAN, .chance = NAN, .n = 50, .limit = row->limit,
	                                     .meaning = row->meaning, .advice = row->advice};
	return finding;
}

static const struct rq_gate_result *judge(const char *config)
{
	return fixture_judge(fixture, config, RQ_PROFILE_RELEASE);
}

START_TEST(a_figure_has_its_limit_or_one_of_its_own)
{
	found("knn_jaccard", "documents", .65);
	found("silent_change", "documents", .99995);
	const struct rq_gate_result *results =
		judge("['drift.knn_jaccard', 'drift.knn_jaccard >= 0.6', ' drift.silent_change', {'kind': 'drift', 'figure': 'silent_change', 'limit': 0.99999}]");
	ck_assert_str_eq(results[0].text, "drift.knn_jaccard >= 0.7");
	ck_assert_str_eq(results[0].metric, "drift.knn_jaccard");
	ck_assert(results[0].outcome == RQ_FAIL && results[0].blocks && !results[0].absent);
	ck_assert_double_eq(results[0].value, .65);
	ck_assert_str_eq(results[0].reason, "of documents is 0.6500, under the floor 0.7: documents have other neighbours than before: searches will "
	                                    "return other documents");
	ck_assert_str_eq(results[0].next_step, rq_drift_find("knn_jaccard")->advice);
	ck_assert_int_eq(results[1].outcome, RQ_PASS);
	ck_assert_str_eq(results[1].reason, "of documents is 0.6500, floor 0.6");
	ck_assert_ptr_null(results[1].next_step);
	ck_assert_int_eq(results[2].outcome, RQ_PASS);
	ck_assert_str_eq(results[2].text, "drift.silent_change >= 0.9999");
	ck_assert_int_eq(results[3].outcome, RQ_FAIL);
}
END_TEST

/* Of documents and topics the one that is worse; or the one that is named. */
START_TEST(the_worst_counts)
{
	found("mmd", "documents", .01)->p_adjusted = .2;
	findings[0].p = .2;
	found("mmd", "topics", .002)->p_adjusted = .01;
	findings[1].p = .0025;
	const struct rq_gate_result *results = judge("['drift.mmd', 'drift.mmd(documents) <= 0.001', 'drift.mmd(topics) <= 0.01']");
	ck_assert_int_eq(results[0].outcome, RQ_FAIL);
	ck_assert_double_eq(results[0].value, .002);
	ck_assert_double_eq(results[0].p, .01);
	ck_assert_str_eq(results[0].reason, "of topics is 0.0020, over the ceiling 0.001, p = 0.0100: the texts that came are distributed otherwise than "
	                                    "those that were there");
	ck_assert_int_eq(results[1].outcome, RQ_INCONCLUSIVE);
	ck_assert_str_eq(results[1].text, "drift.mmd(documents) <= 0.001");
	ck_assert_str_eq(results[1].reason, "of documents is 0.0100, over the ceiling 0.001, which so few as 50 may come to by chance, p = 0.2000");
	ck_assert_int_eq(results[2].outcome, RQ_PASS);
	ck_assert(rq_gate_is_of_finding(&results[0], &findings[0]) && rq_gate_is_of_finding(&results[0], &findings[1]));
	ck_assert(rq_gate_is_of_finding(&results[1], &findings[0]) && !rq_gate_is_of_finding(&results[1], &findings[1]));
}
END_TEST

START_TEST(what_was_not_measured_never_passes)
{
	found("silent_change", "documents", NAN)->absent = "no text is the same as then";
	found("mmd", "topics", 0);
	const struct rq_gate_result *results = judge("['drift.silent_change', 'drift.cka', 'drift.mmd(documents)', 'drift.mmd']");
	ck_assert(results[0].absent && results[0].blocks && results[0].outcome == RQ_FAIL);
	ck_assert_str_eq(results[0].reason, "has no value: no text is the same as then");
	ck_assert(results[1].absent && results[2].absent && !results[3].absent);
	ck_assert_str_eq(results[1].reason, "has no value: was not measured");
	fixture->comparison.drift = NULL;
	results = judge("['drift.mmd']");
	ck_assert(results[0].absent && results[0].blocks);
	ck_assert_str_eq(results[0].reason, "is measured by \"rqgate drift\" alone");
}
END_TEST

/* What topics say is no word on documents that nobody measured; a failure stays one. */
START_TEST(a_part_that_was_not_measured_never_passes)
{
	found("silent_change", "documents", NAN)->absent = "some texts could not be embedded once more";
	found("silent_change", "topics", 1);
	const struct rq_gate_result *results = judge("['drift.silent_change', 'drift.silent_change(topics)']");
	ck_assert(results[0].absent && results[0].blocks && results[0].outcome == RQ_FAIL);
	ck_assert_str_eq(results[0].reason, "has no value of documents: some texts could not be embedded once more");
	ck_assert(!results[1].absent && results[1].outcome == RQ_PASS);
	findings[1].value = .5;
	results = judge("['drift.silent_change']");
	ck_assert(!results[0].absent && results[0].blocks && results[0].outcome == RQ_FAIL);
	ck_assert_double_eq(results[0].value, .5);
}
END_TEST

START_TEST(levels_and_waivers_hold)
{
	found("knn_jaccard", "documents", .1);
	const struct rq_gate_result *results =
		judge("[{'kind': 'drift', 'figure': 'knn_jaccard', 'level': 'warn'},"
	          " {'kind': 'drift', 'figure': 'knn_jaccard', 'waiver': {'reason': 'new model', 'by': 'ana', 'until': '2026-12-31'}}]");
	ck_assert(results[0].outcome == RQ_FAIL && !results[0].blocks);
	ck_assert(results[1].waived == RQ_WAIVED && !results[1].blocks);
	ck_assert_int_eq(fixture->verdict.exit_code, 0);
}
END_TEST

START_TEST(mistakes_are_told)
{
	static const struct {
		const char *config, *message;
	} cases[] = {
		{"['drift.mdd <= 1']", "gates[0]: \"drift.mdd <= 1\": column 7: \"mdd\" is no figure of drift; did you mean \"mmd\"?"},
		{"['drift.mmd >= 1']", "gates[0]: \"drift.mmd >= 1\": column 11: expected <=: this figure is bounded from above"},
		{"['drift.cka <= 1']", "gates[0]: \"drift.cka <= 1\": column 11: expected >=: this figure is bounded from below"},
		{"['drift.cka >= x']", "gates[0]: \"drift.cka >= x\": column 14: \"x\" is not a number; expected one such as 0.7"},
		{"['drift.mmd(words) <= 1']", "gates[0]: mmd of \"words\" is not measured; expected \"documents\" or \"topics\""},
		{"['drift.knn_jaccard(topics)']", "gates[0]: knn_jaccard of \"topics\" is not measured; expected \"documents\""},
		{"['drift.retrieval_rbo(documents)']", "gates[0]: retrieval_rbo of \"documents\" is not measured; expected \"topics\""},
		{"['drift.knn_jaccard >= 1.5']", "gates[0]: knn_jaccard lies between 0 and 1, so that a limit of 1.5 never holds; expected one such "
	                                     "as its own, 0.7"},
		{"['drift.silent_change >= -1']", "gates[0]: silent_change lies between -1 and 1, so that a limit of -1 never fails; expected one such "
	                                      "as its own, 0.9999"},
		{"['drift.procrustes <= 1']", "gates[0]: procrustes lies between 0 and 1, so that a limit of 1 never fails; expected one such as its "
	                                  "own, 0.1"},
		{"['drift.centroid_shift <= -1']", "gates[0]: centroid_shift is never under 0, so that a limit of -1 never holds; expected one such as "
	                                       "its own, 0.05"},
		{"[{'kind': 'drift', 'figure': 'cka', 'limit': 0}]", "gates[0]: cka lies between 0 and 1, so that a limit of 0 never fails; expected one "
	                                                         "such as its own, 0.9"},
		{"['drift.mmd() <= 1']", "gates[0]: \"drift.mmd() <= 1\": column 7: \"mmd()\": expected \"documents\" or \"topics\", or of change_point the "
	                             "metric between parentheses"},
		{"[{'kind': 'drift', 'figure': 'cka', 'limit': '1'}]", "gates[0].limit: \"1\" is not allowed; expected a number such as 0.7"},
		{"[{'kind': 'drift', 'figure': 'ckk'}]", "gates[0].figure: \"ckk\" is no figure of drift; did you mean \"cka\"?"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		ck_assert_int_eq(fixture_parse(fixture, cases[i].config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
	}
	struct rq_error err = {0};
	ck_assert_msg(fixture_parse(fixture, "['drift.change_point(nDCG@10) >= -0.01', 'drift.change_point']", &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(fixture->gates.gates[0]->text, "drift.change_point(nDCG@10) >= -0.01");
	ck_assert_str_eq(fixture->gates.gates[1]->text, "drift.change_point >= -0.02");
}
END_TEST

START_TEST(one_config_serves_both_jobs)
{
	struct rq_error err = {0};

	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', 'drift.mmd', 'drop(RR@10) <= 0.02']", &err), RQ_OK);
	ck_assert_uint_eq(rq_gates_keep(&fixture->gates, false), 1);
	ck_assert_uint_eq(fixture->gates.count, 2);
	ck_assert_str_eq(fixture->gates.gates[1]->text, "drop(RR@10) <= 0.02");
	/* a job of drift judges what is found too, and nothing that it does not measure */
	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', 'ann_recall@10 >= 0.9', 'drift.mmd', 'drop(RR@10[slice=x]) <= 0.02', 'latency.p99 <= 50ms', 'pinned(RR@10) <= 0.03']", &err), RQ_OK);
	ck_assert_uint_eq(rq_gates_keep(&fixture->gates, true), 3);
	ck_assert_str_eq(fixture->gates.gates[0]->text, "RR@10 >= 0.5");
	ck_assert_str_eq(fixture->gates.gates[1]->text, "drift.mmd <= 0.001");
	ck_assert_str_eq(fixture->gates.gates[2]->text, "drop(RR@10[slice=x]) <= 0.02");
}
END_TEST

static void add_standard(struct rq_gates *gates)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf notes = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_gates_standard_drift(gates, &notes, &fixture->comparison, &err), RQ_OK);
	ck_assert_uint_eq(notes.size, 0);
}

/* Of the model, of neighbours and of answers there always is one; of the rest where something was measured. */
START_TEST(without_any_there_are_standard_ones)
{
	static const char *const serious[] = {"drift.silent_change >= 0.9999", "drift.knn_jaccard >= 0.7", "drift.retrieval_rbo >= 0.8"};
	struct rq_gates gates = {0};

	found("mmd", "documents", 0);
	found("mmd", "topics", 0);
	found("knn_jaccard", "documents", 1);
	found("silent_change", "documents", NAN)->absent = "vectors had 32 dimensions then and have 31 now";
	found("retrieval_rbo", "topics", 1);
	found("cka", "documents", NAN)->absent = "no reason";
	found("change_point", "RR@10", NAN)->absent = "it takes 8 weeks, and this is number 2";
	add_standard(&gates);
	ck_assert_uint_eq(gates.count, 4);
	for (size_t i = 0; i < sizeof serious / sizeof *serious; i++) {
		ck_assert_str_eq(gates.gates[i]->text, serious[i]);
		ck_assert_int_eq(gates.gates[i]->level, RQ_LEVEL_ERROR);
	}
	ck_assert_str_eq(gates.gates[3]->text, "drift.mmd <= 0.001");
	ck_assert_int_eq(gates.gates[3]->level, RQ_LEVEL_WARN);
	rq_gates_release(&gates);
	/* a model that is fitted to its texts: nobody asks whether it is the same, and CKA decides beside its neighbours */
	findings[3].not_asked = true;
	findings[5].absent = NULL;
	gates = (struct rq_gates){0};
	add_standard(&gates);
	ck_assert_uint_eq(gates.count, 4);
	ck_assert_str_eq(gates.gates[0]->text, "drift.knn_jaccard >= 0.7");
	ck_assert_str_eq(gates.gates[1]->text, "drift.cka >= 0.9");
	ck_assert_int_eq(gates.gates[1]->level, RQ_LEVEL_ERROR);
	rq_gates_release(&gates);
}
END_TEST

/* Weeks that are still to come are no fault; that no week is kept is one. */
START_TEST(a_series_that_is_too_short_is_inconclusive)
{
	struct rq_drift_finding *early = found("change_point", "RR@10", NAN);

	early->absent = "it takes 8 weeks, and this is number 3";
	early->early = true;
	const struct rq_gate_result *results = judge("['drift.change_point(MRR@10)', 'drift.change_point', 'drift.change_point(nDCG@10)']");
	for (int i = 0; i < 2; i++) {
		ck_assert(results[i].outcome == RQ_INCONCLUSIVE && !results[i].absent);
		ck_assert_str_eq(results[i].reason, "has no value yet: it takes 8 weeks, and this is number 3");
	}
	ck_assert_str_eq(results[0].text, "drift.change_point(RR@10) >= -0.02");
	ck_assert_str_eq(rq_gate_series(fixture->gates.gates[0]), "RR@10");
	ck_assert_ptr_null(rq_gate_series(fixture->gates.gates[1]));
	ck_assert(results[2].absent && results[2].blocks);
	ck_assert_str_eq(results[2].reason, "has no value: weeks are kept in a store, and there is none (--store, or \"store\" in the config)");
}
END_TEST

/* Whether the model changed is what the job is for: not to know is no pass, in no profile, unless the gate says so. */
START_TEST(a_silent_change_that_cannot_be_told_blocks)
{
	found("silent_change", "documents", .99)->upper = 1;
	findings[0].lower = .9;
	found("margin", "documents", -.5)->upper = 0;
	rq_verdict_release(&fixture->verdict);
	const struct rq_gate_result *results =
		fixture_judge(fixture, "['drift.silent_change', {'kind': 'drift', 'figure': 'silent_change', 'inconclusive': 'warn'}, 'drift.margin']", RQ_PROFILE_PR);
	ck_assert(results[0].outcome == RQ_INCONCLUSIVE && results[0].blocks);
	ck_assert(results[1].outcome == RQ_INCONCLUSIVE && !results[1].blocks);
	ck_assert(results[2].outcome == RQ_INCONCLUSIVE && !results[2].blocks);
	/* it has no p, so nothing is said to happen by chance */
	ck_assert_str_eq(results[0].reason, "of documents is 0.9900, under the floor 0.9999, which the upper 95 % bound of so few as 50, 1.0000, does not "
	                                    "exclude");
	ck_assert_int_eq(fixture->verdict.exit_code, 2);
}
END_TEST

/* Beside a config's own gates on what is found: a drop of each metric that has none, by the smallest margin that its topics can decide. */
START_TEST(the_standard_ones_hold_drops_too)
{
	struct rq_error err = {0};

	fixture_start(fixture, 50);
	fixture->comparison.drift = &drift;
	fixture_metric(fixture, "RR@10", 30, 0, 0, 0, 0);
	fixture_metric(fixture, "nDCG@10", 30, 0, 0, 0, 0);
	struct rq_metric_result *less_deep = fixture_metric(fixture, "R@100", 30, 0, 0, 0, 0);
	less_deep->absent[RQ_BASELINE] = "not compared: the baseline's rankings are less deep than the candidate's";
	less_deep->compared = false;
	found("retrieval_rbo", "topics", 1);
	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5', {'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0.03, 'level': 'warn'}]", &err), RQ_OK);
	add_standard(&fixture->gates);
	ck_assert_uint_eq(fixture->gates.count, 5);
	ck_assert_str_eq(fixture->gates.gates[0]->text, "drift.retrieval_rbo >= 0.8");
	ck_assert_str_eq(fixture->gates.gates[1]->text, "RR@10 >= 0.5");
	ck_assert_int_eq(fixture->gates.gates[2]->level, RQ_LEVEL_WARN);
	ck_assert_str_eq(fixture->gates.gates[3]->text, "drop(nDCG@10) <= 0.07");
	ck_assert_str_eq(fixture->gates.gates[4]->text, "drop(R@100) <= 0.07");
	ck_assert_int_eq(fixture->gates.gates[4]->level, RQ_LEVEL_ERROR);
	ck_assert_int_eq(rq_gates_judge(&fixture->verdict, &fixture->gates, &fixture->comparison, RQ_PROFILE_PR, FIXTURE_TODAY, &err), RQ_OK);
	ck_assert(fixture->verdict.gates[4].absent && fixture->verdict.gates[4].blocks);
}
END_TEST

static void expect_gates(const char *config, size_t count, const char *const *texts)
{
	struct rq_error err = {0};

	ck_assert_msg(fixture_parse(fixture, config, &err) == RQ_OK, "%s", err.text);
	add_standard(&fixture->gates);
	ck_assert_uint_eq(fixture->gates.count, count);
	for (size_t i = 0; i < count; i++)
		ck_assert_str_eq(fixture->gates.gates[i]->text, texts[i]);
}

/* A gate on one figure is no word on another: the standard one of each that is not named stays, and says that it is one. */
START_TEST(naming_a_figure_replaces_its_own_standard_gate_alone)
{
	static const char *const beside_one[] = {"drift.knn_jaccard >= 0.7", "drift.mmd <= 0.01", "drift.hubness <= 1"},
							 *const in_part[] = {"drift.knn_jaccard >= 0.7", "drift.mmd(topics) <= 0.01", "drift.mmd(documents) <= 0.001",
	                                                         "drift.hubness <= 1"},
							 *const both_parts[] = {"drift.knn_jaccard >= 0.7", "drift.mmd(topics) <= 0.01", "drift.mmd(documents) <= 0.02",
	                                                                "drift.hubness <= 1"},
							 *const off[] = {"drift.knn_jaccard >= 0.7", "RR@10 >= 0.5", "drift.mmd <= 0.001", "drift.hubness <= 1"};

	found("knn_jaccard", "documents", .1);
	found("mmd", "documents", 0);
	found("mmd", "topics", 0);
	found("hubness", "documents", 0);
	expect_gates("['drift.mmd <= 0.01']", 3, beside_one);
	ck_assert(fixture->gates.gates[0]->standard && !fixture->gates.gates[1]->standard && fixture->gates.gates[2]->standard);
	struct rq_error err = {0};
	ck_assert_int_eq(rq_gates_judge(&fixture->verdict, &fixture->gates, &fixture->comparison, RQ_PROFILE_PR, FIXTURE_TODAY, &err), RQ_OK);
	ck_assert_int_eq(fixture->verdict.exit_code, 1);
	ck_assert(fixture->verdict.gates[0].standard && !fixture->verdict.gates[1].standard);
	expect_gates("['drift.mmd(topics) <= 0.01']", 4, in_part);
	expect_gates("['drift.mmd(topics) <= 0.01', 'drift.mmd(documents) <= 0.02']", 4, both_parts);
	/* taken out, by name */
	expect_gates("['RR@10 >= 0.5', {'kind': 'drift', 'figure': 'mmd', 'level': 'off'}]", 4, off);
	rq_verdict_release(&fixture->verdict);
	ck_assert_int_eq(rq_gates_judge(&fixture->verdict, &fixture->gates, &fixture->comparison, RQ_PROFILE_PR, FIXTURE_TODAY, &err), RQ_OK);
	for (size_t i = 0; i < fixture->verdict.count; i++)
		ck_assert_ptr_null(strstr(fixture->verdict.gates[i].text, "mmd"));
}
END_TEST

/* Three topics decide no margin below 1, which is said. */
START_TEST(too_few_topics_for_a_drop_are_told)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf notes = {0};
	struct rq_error err = {0};

	fixture_start(fixture, 3);
	fixture->comparison.drift = &drift;
	fixture_metric(fixture, "RR@10", 2, 0, 0, 0, 0);
	fixture_metric(fixture, "nDCG@10", 2, 0, 0, 0, 0);
	found("retrieval_rbo", "topics", 1);
	ck_assert_int_eq(fixture_parse(fixture, "['RR@10 >= 0.5']", &err), RQ_OK);
	ck_assert_int_eq(rq_gates_standard_drift(&fixture->gates, &notes, &fixture->comparison, &err), RQ_OK);
	ck_assert_uint_eq(fixture->gates.count, 2);
	ck_assert_str_eq(notes.data, "3 judged topics, or clusters of them, can decide no drop, so none of RR@10, nDCG@10 is held by a standard gate; judge four "
	                             "topics at least, or set a floor such as \"RR@10 >= 0.5\"");
}
END_TEST

/* A floor is a contract on all that is served, also on topics that the reference does not have. */
START_TEST(a_floor_holds_for_all_that_is_served)
{
	struct fixture *served = calloc(1, sizeof *served);

	ck_assert_ptr_nonnull(served);
	fixture_start(served, 20);
	fixture_metric(served, "RR@10", 8, 0, 0, 0, 0);
	fixture_metric(fixture, "RR@10", 8, 0, 0, 0, 0);
	ck_assert_int_eq(judge("['RR@10 >= 0.6']")->outcome, RQ_PASS);
	drift.served = &served->comparison;
	const struct rq_gate_result *result = judge("['RR@10 >= 0.6', 'drop(RR@10) <= 0.4']");
	ck_assert_int_eq(result[0].outcome, RQ_FAIL);
	ck_assert_double_eq(result[0].value, .4);
	ck_assert_double_eq(result[1].value, 0);
	fixture_release(served);
	free(served);
}
END_TEST

Suite *gate_drift_suite(void)
{
	Suite *suite = suite_create("gate_drift");
	TCase *tests = tcase_create("drift");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, a_figure_has_its_limit_or_one_of_its_own);
	tcase_add_test(tests, the_worst_counts);
	tcase_add_test(tests, what_was_not_measured_never_passes);
	tcase_add_test(tests, a_part_that_was_not_measured_never_passes);
	tcase_add_test(tests, levels_and_waivers_hold);
	tcase_add_test(tests, mistakes_are_told);
	tcase_add_test(tests, one_config_serves_both_jobs);
	tcase_add_test(tests, without_any_there_are_standard_ones);
	tcase_add_test(tests, a_series_that_is_too_short_is_inconclusive);
	tcase_add_test(tests, a_silent_change_that_cannot_be_told_blocks);
	tcase_add_test(tests, the_standard_ones_hold_drops_too);
	tcase_add_test(tests, naming_a_figure_replaces_its_own_standard_gate_alone);
	tcase_add_test(tests, too_few_topics_for_a_drop_are_told);
	tcase_add_test(tests, a_floor_holds_for_all_that_is_served);
	suite_add_tcase(suite, tests);
	return suite;
}
