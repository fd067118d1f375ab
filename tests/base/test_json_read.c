#include "evalcore/base/json_read.h"

#include <check.h>
#include <math.h>
#include <string.h>

static rq_json *root;
static struct rq_arena arena;
static struct rq_error err;

static struct rq_json_reader start(const char *text)
{
	struct rq_json_reader reader = {.source = "file.json", .arena = &arena, .err = &err};
	const struct rq_buf buf = {.data = (char *)text, .size = strlen(text)};

	rq_json_free(root);
	root = NULL;
	err = (struct rq_error){0};
	(void)!rq_json_read_root(&root, &reader, &buf, 2);
	return reader;
}

static void tear_down(void)
{
	rq_json_free(root);
	root = NULL;
	rq_arena_release(&arena);
}

START_TEST(values_by_key)
{
	struct rq_json_reader reader =
		start("{\"schema_version\": 2, \"s\": \"x\", \"n\": 0.1, \"none\": null, \"c\": 9007199254740992, \"b\": true, \"o\": {\"p\": [1, null]}, "
	          "\"two\": [3, 0]}");
	double pair[2];
	size_t counts[2];

	ck_assert_str_eq(rq_json_read_string(&reader, root, "", "s"), "x");
	ck_assert_str_eq(rq_json_read_optional_string(&reader, root, "", "s"), "x");
	ck_assert_ptr_null(rq_json_read_optional_string(&reader, root, "", "none"));
	ck_assert_ptr_null(rq_json_read_optional_string(&reader, root, "", "absent"));
	ck_assert_double_eq(rq_json_read_number(&reader, root, "", "n"), .1);
	ck_assert_double_eq(rq_json_read_optional_number(&reader, root, "", "n"), .1);
	ck_assert(isnan(rq_json_read_optional_number(&reader, root, "", "none")) && isnan(rq_json_read_optional_number(&reader, root, "", "absent")));
	ck_assert_uint_eq(rq_json_read_count(&reader, root, "", "c"), (size_t)1 << 53);
	ck_assert_uint_eq(rq_json_read_optional_count(&reader, root, "", "c"), (size_t)1 << 53);
	ck_assert(rq_json_read_optional_count(&reader, root, "", "none") == 0 && rq_json_read_optional_count(&reader, root, "", "absent") == 0);
	ck_assert_int_eq(rq_json_read_small(&reader, root, "", "schema_version"), 2);
	rq_json_read_counts(counts, &reader, root, "", "two");
	ck_assert(counts[0] == 3 && counts[1] == 0);
	ck_assert(rq_json_read_bool(&reader, root, "", "b"));
	const rq_json *object = rq_json_read_object(&reader, root, "", "o");
	rq_json_read_pair(pair, &reader, object, "o", "p");
	ck_assert(pair[0] == 1 && isnan(pair[1]));
	ck_assert_uint_eq(rq_json_size(rq_json_read_array(&reader, object, "o", "p")), 2);
	ck_assert_int_eq(reader.status, RQ_OK);
}
END_TEST

START_TEST(the_first_failure_is_kept)
{
	struct rq_json_reader reader = start("{\"schema_version\": 1, \"o\": {\"a\": [1, 2, 3]}, \"s\": \"x\"}");
	double pair[2] = {0, 0};

	const rq_json *object = rq_json_read_object(&reader, root, "", "o");
	rq_json_read_pair(pair, &reader, object, "o", "a");
	ck_assert(isnan(pair[0]) && isnan(pair[1]));
	ck_assert_ptr_null(rq_json_read_string(&reader, root, "", "s")); /* nothing is returned any more */
	ck_assert_ptr_null(rq_json_read_optional_string(&reader, root, "", "s"));
	ck_assert_ptr_null(rq_json_read_array(&reader, object, "o", "a"));
	rq_json_read_no_memory(&reader);
	rq_json_read_fail(&reader, "", "s", NULL, "peace");
	ck_assert_int_eq(reader.status, RQ_E_DATA);
	ck_assert_str_eq(err.text, "file.json: o.a: [1,2,3] is not allowed; expected an array of two numbers, each of which may be null");
}
END_TEST

START_TEST(what_is_within_what_is_missing)
{
	struct rq_json_reader reader = start("{\"schema_version\": 1}");

	const rq_json *object = rq_json_read_object(&reader, root, "", "o");
	ck_assert_uint_eq(rq_json_read_count(&reader, object, "o", "n"), 0);
	ck_assert_str_eq(err.text, "file.json: o: missing; expected an object");
	reader = start("{\"schema_version\": 1}");
	ck_assert(isnan(rq_json_read_number(&reader, NULL, "o", "n")));
	ck_assert_str_eq(err.text, "file.json: o.n: missing; expected a number");
}
END_TEST

static const struct {
	const char *text, *fault;
} faults[] = {
	{"[1]", "file.json: an array; expected an object"},
	{"{}", "file.json: schema_version: missing; expected a number"},
	{"{\"schema_version\": \"1\"}", "file.json: schema_version: \"1\" is not allowed; expected a number"},
	{"{\"schema_version\": 3}", "file.json: schema_version: 3 is not allowed; expected a number from 1 to 2, which is what this version reads"},
	{"{\"schema_version\": 0}", "file.json: schema_version: 0 is not allowed; expected a number from 1 to 2, which is what this version reads"},
	{"{\"schema_version\": 1.5}", "file.json: schema_version: 1.5 is not allowed; expected a number from 1 to 2, which is what this version reads"},
	{"{\"schema_version\": 1, \"c\": -1}", "file.json: c: -1 is not allowed; expected a whole number from 0"},
	{"{\"schema_version\": 1, \"c\": 0.5}", "file.json: c: 0.5 is not allowed; expected a whole number from 0"},
	{"{\"schema_version\": 1, \"c\": 1e300}", "file.json: c: 1e+300 is not allowed; expected a whole number from 0"},
	{"{\"schema_version\": 1, \"c\": null}", "file.json: c: null is not allowed; expected a number"},
	{"{\"schema_version\": 1, \"o\": -3}", "file.json: o: -3 is not allowed; expected a whole number from 0"},
	{"{\"schema_version\": 1, \"o\": \"3\"}", "file.json: o: \"3\" is not allowed; expected a number, or null"},
	{"{\"schema_version\": 1, \"s\": 2147483648}", "file.json: s: 2147483648 is not allowed; expected a whole number from 0 to 2147483647"},
	{"{\"schema_version\": 1, \"p\": [1, 1e300]}", "file.json: p: [1,1e+300] is not allowed; expected an array of two whole numbers from 0"},
	{"{\"schema_version\": 1, \"p\": [null, 1]}", "file.json: p: [null,1] is not allowed; expected an array of two whole numbers from 0"},
};

START_TEST(what_is_refused)
{
	struct rq_json_reader reader = start(faults[_i].text);
	size_t pair[2];

	if (rq_json_get(root, "p") != NULL)
		rq_json_read_counts(pair, &reader, root, "", "p");
	else if (rq_json_get(root, "o") != NULL)
		rq_json_read_optional_count(&reader, root, "", "o");
	else if (rq_json_get(root, "s") != NULL)
		rq_json_read_small(&reader, root, "", "s");
	else
		rq_json_read_count(&reader, root, "", "c");
	ck_assert_int_eq(reader.status, RQ_E_DATA);
	ck_assert_str_eq(err.text, faults[_i].fault);
}
END_TEST

Suite *json_read_suite(void)
{
	Suite *suite = suite_create("json_read");
	TCase *tests = tcase_create("json_read");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, values_by_key);
	tcase_add_test(tests, the_first_failure_is_kept);
	tcase_add_test(tests, what_is_within_what_is_missing);
	tcase_add_loop_test(tests, what_is_refused, 0, (int)(sizeof faults / sizeof *faults));
	suite_add_tcase(suite, tests);
	return suite;
}
