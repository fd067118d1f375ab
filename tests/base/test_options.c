#include "evalcore/base/options.h"

#include <check.h>
#include <math.h>
#include <string.h>

struct target {
	const char *name, *file, *body;
	int64_t dim;
	double margin, wait;
	bool flag;
	int choice;
	struct rq_strings list;
};

static const char *const choices[] = {"off", "warn", "error", NULL};
static const struct rq_option table[] = {
	{"name", RQ_OPTION_STRING, offsetof(struct target, name), NULL, true, 0, 0, NULL, NULL, "the name of the thing"},
	{"file", RQ_OPTION_PATH, offsetof(struct target, file), NULL, false, 0, 0, NULL, NULL, "a file"},
	{"dim", RQ_OPTION_INTEGER, offsetof(struct target, dim), "256", false, 1, 4096, NULL, NULL, "dimensions"},
	{"margin", RQ_OPTION_NUMBER, offsetof(struct target, margin), NULL, false, 0, INFINITY, NULL, NULL, "a margin"},
	{"wait", RQ_OPTION_DURATION, offsetof(struct target, wait), "\"10m\"", false, 0, 0, NULL, NULL, "a time"},
	{"flag", RQ_OPTION_BOOL, offsetof(struct target, flag), NULL, false, 0, 0, NULL, NULL, "a flag"},
	{"level", RQ_OPTION_CHOICE, offsetof(struct target, choice), "\"error\"", false, 0, 0, choices, NULL, "a level"},
	{"list", RQ_OPTION_STRINGS, offsetof(struct target, list), "[\"title\", \"text\"]", false, 0, 0, NULL, NULL, "a list"},
	{"body", RQ_OPTION_JSON, offsetof(struct target, body), NULL, false, 0, 0, NULL, "{\"type\":\"object\"}", "an object"},
	RQ_OPTIONS_END,
};

static enum rq_status parse(struct target *target, const char *text, struct rq_arena *arena, struct rq_error *err)
{
	rq_json *root = NULL;

	ck_assert_int_eq(rq_json_parse(&root, text, strlen(text), "x", err), RQ_OK);
	*target = (struct target){0};
	enum rq_status status = rq_options_parse(target, table, root, "gates[2]", "/configs", arena, err);
	rq_json_free(root);
	return status;
}

START_TEST(defaults_and_values_fill_the_struct)
{
	struct rq_arena arena = {0};
	struct target target;

	ck_assert_int_eq(parse(&target, "{\"name\": \"n\", \"file\": \"a/b\", \"level\": \"warn\", \"list\": []}", &arena, NULL), RQ_OK);
	ck_assert_str_eq(target.name, "n");
	ck_assert_str_eq(target.file, "/configs/a/b");
	ck_assert_int_eq(target.dim, 256);
	ck_assert_double_eq(target.wait, 600);
	ck_assert_int_eq(target.choice, 1);
	ck_assert_uint_eq(target.list.count, 0);
	ck_assert_ptr_null(target.body);
	ck_assert_int_eq(parse(&target, "{\"name\": \"n\", \"body\": {\"a\": [1, \"b\"]}}", &arena, NULL), RQ_OK);
	ck_assert_str_eq(target.body, "{\"a\":[1,\"b\"]}"); /* the tree it came from is gone */
	ck_assert_int_eq(parse(&target, "{\"name\": \"n\"}", &arena, NULL), RQ_OK);
	ck_assert_uint_eq(target.list.count, 2);
	ck_assert_str_eq(target.list.items[1], "text");
	rq_arena_release(&arena);
}
END_TEST

START_TEST(each_mistake_has_its_sentence)
{
	static const char *const cases[][2] = {
		{"{\"name\": \"n\", \"margn\": 1}", "gates[2].margn: unknown key; did you mean \"margin\"?"},
		{"{\"name\": \"n\", \"zzzzzz\": 1}", "gates[2].zzzzzz: unknown key; valid keys here: name, file, dim, margin, wait, flag, level, list, body"},
		{"{}", "gates[2].name: missing; expected the name of the thing"},
		{"{\"name\": 5}", "gates[2].name: 5 is not allowed; expected a string that is not empty"},
		{"{\"name\": \"n\", \"dim\": 0}", "gates[2].dim: 0 is not allowed; expected a whole number from 1 to 4096"},
		{"{\"name\": \"n\", \"dim\": 1.5}", "gates[2].dim: 1.5 is not allowed; expected a whole number from 1 to 4096"},
		{"{\"name\": \"n\", \"margin\": -1}", "gates[2].margin: -1 is not allowed; expected a number of at least 0"},
		{"{\"name\": \"n\", \"wait\": 10}", "gates[2].wait: 10 is not allowed; expected a duration with its unit, like \"30s\", \"10m\" or \"50ms\""},
		{"{\"name\": \"n\", \"flag\": 1}", "gates[2].flag: 1 is not allowed; expected true or false"},
		{"{\"name\": \"n\", \"level\": \"fatal\"}", "gates[2].level: \"fatal\" is not allowed; expected one of \"off\", \"warn\", \"error\""},
		{"{\"name\": \"n\", \"list\": \"title\"}", "gates[2].list: \"title\" is not allowed; expected an array of strings"},
		{"[]", "gates[2]: [] is not allowed; expected an object"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_arena arena = {0};
		struct rq_error err = {0};
		struct target target;
		ck_assert_int_eq(parse(&target, cases[i][0], &arena, &err), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i][1]);
		rq_arena_release(&arena);
	}
}
END_TEST

START_TEST(the_schema_says_the_same)
{
	struct rq_buf out = {0};
	rq_json *schema = rq_options_schema(table);

	ck_assert_int_eq(rq_json_print(&out, schema, false, NULL), RQ_OK);
	ck_assert_ptr_nonnull(
		strstr(out.data, "\"dim\":{\"type\":\"integer\",\"description\":\"dimensions\",\"minimum\":1,\"maximum\":4096,\"default\":256}"));
	ck_assert_ptr_nonnull(
		strstr(out.data, "\"level\":{\"type\":\"string\",\"description\":\"a level\",\"enum\":[\"off\",\"warn\",\"error\"],\"default\":\"error\"}"));
	ck_assert_ptr_nonnull(strstr(out.data, "\"required\":[\"name\"],\"additionalProperties\":false}"));
	rq_json_free(schema);
	rq_buf_release(&out);
}
END_TEST

START_TEST(what_a_check_says_has_one_path)
{
	static const struct {
		const char *said, *expected;
	} cases[] = {
		{"name: absent", "gates[2].name: absent"},
		{"body.a: not allowed", "gates[2].body.a: not allowed"},
		{"names: absent", "gates[2]: names: absent"},
		{"name \"x\": not found", "gates[2]: name \"x\": not found"},
		{"nothing is right", "gates[2]: nothing is right"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_error err = {0};
		ck_assert_int_eq(rq_fail(&err, RQ_E_CONFIG, "%s", cases[i].said), RQ_E_CONFIG);
		ck_assert_int_eq(rq_options_fail_within(&err, "gates[2]", table), RQ_E_CONFIG);
		ck_assert_str_eq(err.text, cases[i].expected);
	}
}
END_TEST

Suite *options_suite(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_test(tests, defaults_and_values_fill_the_struct);
	tcase_add_test(tests, each_mistake_has_its_sentence);
	tcase_add_test(tests, the_schema_says_the_same);
	tcase_add_test(tests, what_a_check_says_has_one_path);
	suite_add_tcase(suite, tests);
	return suite;
}
