#include "fixture.h"

START_TEST(objects_are_read)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct rq_error err = {0};
	const char *config = "[{'kind': 'max_drop', 'metric': 'nDCG@10', 'margin': 0.03, 'slice': 'billing', 'owner': 'search', 'runbook': 'https://x', "
	                     "'inconclusive': 'fail'},"
						 " {'kind': 'min', 'metric': 'MRR@10', 'value': 0.8, 'level': 'warn', 'inconclusive': 'warn'},"
						 " {'kind': 'max', 'metric': 'latency.p99', 'value': '50ms', 'level': 'error'},"
						 " {'kind': 'max', 'metric': 'latency.p95', 'value': '1.5s'},"
						 " {'kind': 'max', 'metric': 'Judged@10', 'value': 1, 'level': 'off'},"
						 " 'RR@10 >= 0.8']";

	ck_assert_msg(fixture_parse(fixture, config, &err) == RQ_OK, "%s", err.text);
	struct rq_gate *const *gates = fixture->gates.gates;
	ck_assert_uint_eq(fixture->gates.count, 6);
	ck_assert_str_eq(gates[0]->text, "drop(nDCG@10[slice=billing]) <= 0.03");
	ck_assert_str_eq(gates[0]->kind->name, "max_drop");
	ck_assert_str_eq(gates[0]->slice, "billing");
	ck_assert_str_eq(gates[0]->owner, "search");
	ck_assert_str_eq(gates[0]->runbook, "https://x");
	ck_assert_double_eq(gates[0]->limit, .03);
	ck_assert_int_eq(gates[0]->level, RQ_LEVEL_ERROR);
	ck_assert_int_eq(gates[0]->inconclusive, RQ_INCONCLUSIVE_FAILS);
	ck_assert_str_eq(gates[1]->text, "RR@10 >= 0.8");
	ck_assert_int_eq(gates[1]->level, RQ_LEVEL_WARN);
	ck_assert_int_eq(gates[1]->inconclusive, RQ_INCONCLUSIVE_WARNS);
	ck_assert_ptr_null(gates[1]->owner);
	ck_assert_str_eq(gates[2]->text, "latency.p99 <= 50ms");
	ck_assert_int_eq(gates[2]->level, RQ_LEVEL_ERROR);
	ck_assert_int_eq(gates[2]->inconclusive, RQ_BY_PROFILE);
	ck_assert_str_eq(gates[3]->text, "latency.p95 <= 1.5s");
	ck_assert_int_eq(gates[3]->level, RQ_LEVEL_WARN); /* times */
	ck_assert_int_eq(gates[4]->level, RQ_LEVEL_OFF);
	ck_assert_str_eq(gates[5]->path, "gates[5]");
	fixture_release(fixture);
	free(fixture);
}
END_TEST

#define KINDS \
	"\"min\", \"max\", \"max_drop\", \"pinned\", \"slices\", \"tail\", \"losses\", \"overlap\", \"coverage\", \"power\", \"latency\", \"size\", " \
	"\"staleness\", \"warmup\", \"no_answer\", \"diversity\", \"drift\", \"rollback\""

START_TEST(mistakes_are_told_with_their_path)
{
	static const struct {
		const char *config, *message;
	} cases[] = {
		{"[]", "gates: empty; a run without gates cannot fail"},
		{"{}", "gates: {} is not allowed; expected an array of gates"},
		{"'RR@10 >= 0.8'", "gates: \"RR@10 >= 0.8\" is not allowed; expected an array of gates"},
		{"['RR@10 >= 0.8', 5]", "gates[1]: 5 is not allowed; expected an expression such as \"RR@10 >= 0.8\", or an object"},
		{"['RR@10 >= 0.8', 'RR@10 => 0.8']", "gates[1]: \"RR@10 => 0.8\": column 7: expected >= or <="},
		{"['RR@10 >= .8', 'RR@10 >= .7', {'kind': 'min', 'metrc': 'RR@10', 'value': 0.8}]", "gates[2].metrc: unknown key; did you mean \"metric\"?"},
		{"[{'kind': 'min', 'metric': 'RR@10', 'margin': 0.8}]",
	     "gates[0].margin: unknown key; valid keys here: kind, metric, slice, level, owner, runbook, inconclusive, waiver, value"},
		{"[{'metric': 'RR@10', 'value': 0.8}]", "gates[0].kind: missing; expected one of " KINDS},
		{"[{'kind': 'max_dorp', 'metric': 'RR@10', 'margin': 0.1}]", "gates[0].kind: \"max_dorp\" is no kind of gate; did you mean \"max_drop\"?"},
		{"[{'kind': 'floor', 'metric': 'RR@10', 'margin': 0.1}]", "gates[0].kind: \"floor\" is no kind of gate; expected one of " KINDS},
		{"[{'kind': 3}]", "gates[0].kind: 3 is no kind of gate; expected one of " KINDS},
		{"[{'kind': 'min', 'value': 0.8}]", "gates[0].metric: missing; expected the metric that is judged, such as \"nDCG@10\""},
		{"[{'kind': 'min', 'metric': 'RQ@10', 'value': 0.8}]", "gates[0].metric: metric \"RQ@10\": column 1: unknown metric; did you mean \"RR\"?"},
		{"[{'kind': 'min', 'metric': 'RR@10'}]",
	     "gates[0].value: missing; expected the bound: a number, or for measured times a duration such as \"50ms\""},
		{"[{'kind': 'min', 'metric': 'RR@10', 'value': '0.8'}]", "gates[0].value: \"0.8\" is not allowed; expected a number such as 0.8"},
		{"[{'kind': 'max', 'metric': 'latency.p99', 'value': 50}]",
	     "gates[0].value: 50 is not allowed; expected a duration with its unit, like \"50ms\""},
		{"[{'kind': 'max', 'metric': 'latency.rate', 'value': 50}]",
	     "gates[0]: \"latency.rate\" is a measured rate, whose bound is a lower one; use the kind \"min\", or >="},
		{"[{'kind': 'min', 'metric': 'embed.rate', 'value': '50ms'}]",
	     "gates[0].value: \"50ms\" is not allowed; expected how many a second, a number such as 100"},
		{"[{'kind': 'min', 'metric': 'latency.p99', 'value': '50ms'}]",
	     "gates[0]: \"latency.p99\" is a measured time, whose bound is an upper one; use the kind \"max\", or <="},
		{"[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': '3'}]",
	     "gates[0].margin: \"3\" is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
		{"[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 3}]",
	     "gates[0].margin: 3 is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
		{"[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': '-3%'}]",
	     "gates[0].margin: \"-3%\" is not allowed; expected a number from 0 to 1, or a percentage such as \"3%\""},
		{"[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': '0%'}]",
	     "gates[0]: a margin of 0% is not between 0% and 100%; expected a share of the baseline's mean such as 3%"},
		{"[{'kind': 'max_drop', 'metric': 'RR@10', 'margin': 0}]",
	     "gates[0]: a margin of 0 is not between 0 and 1; expected an absolute margin such as 0.03"},
		{"[{'kind': 'max_drop', 'metric': 'latency.p99', 'margin': 0.1}]",
	     "gates[0]: a drop is judged from topics whose values lie between 0 and 1, and those of \"latency.p99\" do not; use \"max\", or <="},
		{"['drop(RBP_residual(p=0.8)) <= 0.1']",
	     "gates[0]: a drop of \"RBP_residual(p=0.8)\" is no loss, because less of it is better; bound it from above: use \"max\", or <="},
		{"['drop(gm_AP) <= 0.1']", "gates[0]: a drop is judged from a mean over topics, and \"gm_AP\" is none; use \"min\", or >="},
		{"['drop(NumRet) <= 0.1']", "gates[0]: a drop is judged from a mean over topics, and \"NumRet\" is none; use \"min\", or >="},
		{"['drop(utility) <= 0.1']",
	     "gates[0]: a drop is judged from topics whose values lie between 0 and 1, and those of \"utility\" do not; use \"min\", or >="},
		{"[{'kind': 'min', 'metric': 'RR@10', 'value': 0.8, 'level': 'fatal'}]",
	     "gates[0].level: \"fatal\" is not allowed; expected one of \"off\", \"warn\", \"error\""},
		{"[{'kind': 'min', 'metric': 'RR@10', 'value': 0.8, 'inconclusive': 'pass'}]",
	     "gates[0].inconclusive: \"pass\" is not allowed; expected one of \"warn\", \"fail\""},
		{"[{'kind': 'min', 'metric': 'RR@10', 'value': 0.8, 'level': 'off'}]",
	     "gates: all are off; a run without gates cannot fail, so leave one at \"warn\" at least"},
	};
	struct fixture *fixture = calloc(1, sizeof *fixture);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		ck_assert_int_eq(fixture_parse(fixture, cases[i].config, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].message);
		ck_assert(fixture->gates.count == 0 && fixture->gates.gates == NULL && fixture->gates.arena.blocks == NULL);
	}
	struct rq_error err = {0};
	ck_assert_int_eq(rq_gates_parse(&fixture->gates, NULL, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "gates: missing; a run without gates cannot fail");
	free(fixture);
}
END_TEST

/* ceil(3.5 / .02) = 175, ceil(3.5 / .03) = 117; 52 topics: 3.5 / .07 = 50 <= 52 < 3.5 / .06 = 58.3 */
START_TEST(what_no_number_can_decide_is_foreseen)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct rq_error err = {0};
	struct rq_buf notes = {0};

	ck_assert_int_eq(
		fixture_parse(
			fixture,
			"['RR@10 >= 0.8', 'drop(RR@10) <= 0.07', 'drop(nDCG@10) <= 0.02', {'kind': 'max_drop', 'metric': 'AP', 'margin': 0.01, 'level': 'off'},"
			" 'drop(AP) <= 0.03']",
			&err),
		RQ_OK);
	fixture_foresee(fixture, 52, (struct rq_clusters){0}, &notes);
	ck_assert_str_eq(notes.data,
	                 "gates[2]: 52 topics cannot pass a margin of 0.02 unless the rankings are the same; the smallest they can decide is 0.07\n"
	                 "gates[4]: 52 topics cannot pass a margin of 0.03 unless the rankings are the same; the smallest they can decide is 0.07\n");
	rq_buf_clear(&notes);
	fixture_foresee(fixture, 117, (struct rq_clusters){0}, &notes);
	ck_assert_str_eq(notes.data,
	                 "gates[2]: 117 topics cannot pass a margin of 0.02 unless the rankings are the same; the smallest they can decide is 0.03\n");
	rq_buf_clear(&notes);
	fixture_foresee(fixture, 175, (struct rq_clusters){0}, &notes);
	ck_assert_uint_eq(notes.size, 0);
	fixture_foresee(fixture, 3, (struct rq_clusters){0}, &notes);
	ck_assert_ptr_nonnull(
		strstr(notes.data, "gates[1]: 3 topics cannot pass a margin of 0.07 unless the rankings are the same; so few can decide none\n"));
	/* 350 topics are 175 clusters of two, but 349 of one and one of 101 are 450^2 / (349 + 101^2) = 19 */
	size_t of[FIXTURE_TOPICS + 100];
	for (size_t i = 0; i < 350; i++)
		of[i] = i / 2;
	rq_buf_clear(&notes);
	fixture_foresee(fixture, 350, (struct rq_clusters){.of = of, .count = 175}, &notes);
	ck_assert_uint_eq(notes.size, 0);
	for (size_t i = 0; i < 450; i++)
		of[i] = i < 350 ? i : 349;
	fixture_foresee(fixture, 450, (struct rq_clusters){.of = of, .count = 350}, &notes);
	ck_assert_ptr_nonnull(strstr(notes.data, "gates[4]: 19 clusters of topics cannot pass a margin of 0.03 unless the rankings are the same; the "
	                                         "smallest they can decide is 0.19\n"));
	rq_buf_release(&notes);
	fixture_release(fixture);
	free(fixture);
}
END_TEST

static const rq_json *at(const rq_json *array, size_t index)
{
	const rq_json *value = rq_json_first(array);

	while (index-- > 0)
		value = rq_json_next(value);
	return value;
}

START_TEST(the_schema_follows_from_the_tables)
{
	rq_json *schema = rq_gates_schema();
	const rq_json *forms = rq_json_get(rq_json_get(schema, "items"), "oneOf");

	ck_assert_str_eq(rq_json_string(rq_json_get(schema, "type")), "array");
	ck_assert_double_eq(rq_json_number(rq_json_get(schema, "minItems")), 1);
	ck_assert_str_eq(rq_json_string(rq_json_get(at(forms, 0), "type")), "string");
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++) {
		const rq_json *form = at(forms, i + 1), *properties = rq_json_get(form, "properties"),
					  *kinds = rq_json_get(rq_json_get(properties, "kind"), "enum");
		ck_assert_uint_eq(rq_json_size(kinds), 1);
		ck_assert_str_eq(rq_json_string(rq_json_first(kinds)), rq_gate_kinds[i]->name);
		ck_assert(rq_json_type(rq_json_get(form, "additionalProperties")) == RQ_JSON_BOOL &&
		          !rq_json_true(rq_json_get(form, "additionalProperties")));
		ck_assert((rq_json_get(properties, "metric") == NULL) == (rq_gate_kinds[i]->takes_metric == RQ_METRIC_NONE));
		ck_assert((rq_json_get(properties, "slice") == NULL) ==
		          (rq_gate_kinds[i]->takes_metric == RQ_METRIC_NONE || rq_gate_kinds[i]->takes_no_slice));
		ck_assert_uint_eq(rq_json_size(rq_json_get(rq_json_get(rq_json_get(properties, "waiver"), "properties"), "until")), 4);
		for (const rq_json *property = rq_json_first(properties); property != NULL; property = rq_json_next(property))
			ck_assert_str_ne(rq_json_string(rq_json_get(property, "description")), "");
	}
	ck_assert_uint_eq(rq_json_size(rq_json_get(at(forms, 3), "required")), 3); /* kind, metric, and the margin */
	ck_assert_ptr_nonnull(rq_json_get(rq_json_get(at(forms, 3), "properties"), "margin"));
	ck_assert_ptr_null(rq_json_get(rq_json_get(at(forms, 3), "properties"), "value"));
	rq_json_free(schema);
}
END_TEST

START_TEST(kinds_are_whole)
{
	for (size_t i = 0; rq_gate_kinds[i] != NULL; i++) {
		const struct rq_gate_kind *kind = rq_gate_kinds[i];
		ck_assert(kind->options[0].name != NULL && kind->judge != NULL && kind->paired == (kind->p_value != NULL));
		for (const struct rq_option *option = kind->options; option->name != NULL; option++)
			ck_assert(option->help[0] != '\0');
	}
}
END_TEST

Suite *gate_config_suite(void)
{
	Suite *suite = suite_create("gate_config");
	TCase *tests = tcase_create("config");

	tcase_add_test(tests, objects_are_read);
	tcase_add_test(tests, mistakes_are_told_with_their_path);
	tcase_add_test(tests, what_no_number_can_decide_is_foreseen);
	tcase_add_test(tests, the_schema_follows_from_the_tables);
	tcase_add_test(tests, kinds_are_whole);
	suite_add_tcase(suite, tests);
	return suite;
}
