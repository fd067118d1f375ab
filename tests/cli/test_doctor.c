/* rqgate doctor on the machine of the test: what it says of settings that the test makes, and that its JSON is what the schema says. */
#include "cli.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/parse.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const rq_json *check_of(const rq_json *root, const char *name)
{
	for (const rq_json *check = rq_json_first(rq_json_get(root, "checks")); check != NULL; check = rq_json_next(check))
		if (strcmp(rq_json_string(rq_json_get(check, "check")), name) == 0)
			return check;
	ck_abort_msg("no check \"%s\"", name);
}

static const char *text_of(const rq_json *check, const char *key)
{
	const char *text = rq_json_string(rq_json_get(check, key));

	ck_assert_msg(text != NULL, "%s", key);
	return text;
}

static rq_json *parsed(struct cli result)
{
	rq_json *root = cli_parse(result.out, "doctor");

	ck_assert_str_eq(result.err, "");
	ck_assert_int_eq(result.exit_code, (int)rq_json_number(rq_json_get(rq_json_get(root, "verdict"), "exit_code")));
	cli_free(&result);
	return root;
}

/* Has all the schema requires and nothing that it does not name. */
static void expect_members(const rq_json *value, const rq_json *schema)
{
	const rq_json *required = rq_json_get(schema, "required");

	ck_assert_uint_eq(rq_json_size(value), rq_json_size(required));
	for (const rq_json *name = rq_json_first(required); name != NULL; name = rq_json_next(name))
		ck_assert_msg(rq_json_get(value, rq_json_string(name)) != NULL, "%s", rq_json_string(name));
}

START_TEST(its_json_is_what_the_schema_says)
{
	struct cli told = CLI_EXPECT(0, "schema", "doctor");
	rq_json *schema = cli_parse(told.out, "schema"), *root = parsed(cli("doctor", "--json", NULL));
	const rq_json *properties = rq_json_get(schema, "properties"), *item = rq_json_get(rq_json_get(properties, "checks"), "items");
	const rq_json *name = rq_json_first(rq_json_get(rq_json_get(rq_json_get(item, "properties"), "check"), "enum"));
	double counts[2] = {0};

	expect_members(root, schema);
	expect_members(rq_json_get(root, "verdict"), rq_json_get(properties, "verdict"));
	for (const rq_json *check = rq_json_first(rq_json_get(root, "checks")); check != NULL; check = rq_json_next(check), name = rq_json_next(name)) {
		const char *level = text_of(check, "level");
		expect_members(check, item);
		ck_assert_str_eq(text_of(check, "check"), rq_json_string(name));
		ck_assert_str_ne(text_of(check, "value"), "");
		ck_assert_str_ne(text_of(check, "text"), "");
		ck_assert_int_eq(rq_json_type(rq_json_get(check, "remedy")), strcmp(level, "ok") == 0 ? RQ_JSON_NULL : RQ_JSON_STRING);
		counts[0] += strcmp(level, "warning") == 0;
		counts[1] += strcmp(level, "note") == 0;
	}
	ck_assert_ptr_null(name);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(root, "verdict"), "warnings")), counts[0]);
	ck_assert_double_eq(rq_json_number(rq_json_get(rq_json_get(root, "verdict"), "notes")), counts[1]);
	rq_json_free(schema);
	rq_json_free(root);
	cli_free(&told);
}
END_TEST

/* "OpenBLAS 0.3.21, Zen: 48 GFLOP/s a core, ..." -> 48 */
static double rate_of(const rq_json *check)
{
	const char *colon = strchr(text_of(check, "value"), ':');
	double rate;

	ck_assert_msg(colon != NULL && rq_parse_f64(&rate, colon + 2, strcspn(colon + 2, " ")), "%s", text_of(check, "value"));
	return rate;
}

START_TEST(a_slow_blas_kernel)
{
	const char *best = rq_blas_best_kernel();

	if (best == NULL || strcasecmp(best, "Sandybridge") == 0)
		return; /* not x86, or too old for a difference that is certain */
	rq_json *slow = parsed(cli_expect_code(__FILE__, __LINE__, cli_in(".", "OPENBLAS_CORETYPE=Prescott", "doctor", "--json", NULL), 1));
	const rq_json *check = check_of(slow, "blas-kernel");
	ck_assert_str_eq(text_of(check, "level"), "warning");
	ck_assert_ptr_nonnull(strstr(text_of(check, "value"), ", Prescott: "));
	ck_assert_ptr_nonnull(strstr(text_of(check, "text"), "OPENBLAS_CORETYPE=Prescott makes products of matrices "));
	ck_assert_ptr_nonnull(strstr(text_of(check, "remedy"), "OPENBLAS_CORETYPE"));
	double slow_rate = rate_of(check);
	rq_json_free(slow);
	rq_json *chosen = parsed(cli("doctor", "--json", NULL)); /* the program has picked one itself */
	ck_assert_ptr_null(strstr(text_of(check_of(chosen, "blas-kernel"), "value"), ", Prescott: "));
	ck_assert_double_gt(rate_of(check_of(chosen, "blas-kernel")), slow_rate);
	rq_json_free(chosen);
}
END_TEST

/* The mark of a process that answers keeps it from asking: then a slow kernel is known by its name alone. */
START_TEST(kernels_that_cannot_be_measured)
{
	const char *best = rq_blas_best_kernel();

	if (best == NULL || strcasecmp(best, "Sandybridge") == 0)
		return; /* not x86, or the only kernel for it: none is asked */
	ck_assert_int_eq(setenv("RQGATE_MEASURES_BLAS", "1", 1), 0); /* each test has a process of its own */
	rq_json *slow = parsed(cli_expect_code(__FILE__, __LINE__, cli_in(".", "OPENBLAS_CORETYPE=Prescott", "doctor", "--json", NULL), 1));
	ck_assert_str_eq(text_of(check_of(slow, "blas-kernel"), "level"), "warning");
	ck_assert_ptr_nonnull(strstr(text_of(check_of(slow, "blas-kernel"), "text"), "OpenBLAS runs Prescott, which leaves instructions of this CPU idle"));
	rq_json_free(slow);
	rq_json *chosen = parsed(cli("doctor", "--json", NULL));
	const rq_json *check = check_of(chosen, "blas-kernel");
	ck_assert_str_eq(text_of(check, "level"), "note");
	ck_assert_ptr_nonnull(strstr(text_of(check, "text"), " could not be measured"));
	rq_json_free(chosen);
}
END_TEST

START_TEST(more_threads_than_cores)
{
	struct cli result = cli_expect_code(__FILE__, __LINE__, cli_in(".", "OMP_NUM_THREADS=1000", "doctor", NULL), 1);

	ck_assert_ptr_nonnull(
		strstr(result.out, "\nwarning  threads          1000, OMP_NUM_THREADS=1000\n                          1000 threads share "));
	ck_assert_ptr_nonnull(strstr(result.out, "\n                          remedy: export OMP_NUM_THREADS="));
	cli_free(&result);
}
END_TEST

START_TEST(what_is_in_the_cache)
{
	char *before = cli_files();
	struct cli result = cli("doctor", "--cache", "elsewhere/cache", NULL);
	char *after = cli_files();

	ck_assert_str_eq(before, after); /* it leaves nothing behind, and makes no folder */
	ck_assert_ptr_nonnull(strstr(result.out, " cache            none yet\n"));
	ck_assert_ptr_nonnull(strstr(result.out, " cache-folder     elsewhere/cache (not there yet)"));
	free(before);
	free(after);
	cli_free(&result);
	cli_make_folder("kept");
	cli_write("kept/thesis.txt", "not of a cache");
	result = CLI_EXPECT(1, "doctor", "--cache", "kept");
	ck_assert_ptr_nonnull(strstr(result.out, "\nwarning  cache            cannot be used\n"));
	cli_free(&result);
}
END_TEST

START_TEST(a_file_where_the_cache_should_be)
{
	cli_write("file", "x");
	struct cli result = CLI_EXPECT(1, "doctor", "--cache", "file/cache");

	ck_assert_ptr_nonnull(strstr(result.out, "nothing can be written to the cache (Not a directory): what is there serves runs, what is new is made again each time\n"));
	cli_free(&result);
}
END_TEST

START_TEST(quiet_is_one_line)
{
	struct cli result = cli("doctor", "--quiet", NULL);

	ck_assert_str_eq(result.err, "");
	ck_assert_msg(strncmp(result.out, "15 checks: ", 11) == 0 && strchr(result.out, '\n') == result.out + strlen(result.out) - 1, "%s", result.out);
	cli_free(&result);
}
END_TEST

START_TEST(the_question_to_itself_is_no_command)
{
	struct cli result = cli("--measure-blas", NULL);

	cli_expect_refusal(&result, 64, "unknown command \"--measure-blas\"; \"rqgate help\" lists them");
}
END_TEST

Suite *doctor_suite(void)
{
	Suite *suite = suite_create("doctor");
	TCase *tests = cli_case("doctor");

	tcase_add_test(tests, its_json_is_what_the_schema_says);
	tcase_add_test(tests, a_slow_blas_kernel);
	tcase_add_test(tests, kernels_that_cannot_be_measured);
	tcase_add_test(tests, more_threads_than_cores);
	tcase_add_test(tests, what_is_in_the_cache);
	tcase_add_test(tests, a_file_where_the_cache_should_be);
	tcase_add_test(tests, quiet_is_one_line);
	tcase_add_test(tests, the_question_to_itself_is_no_command);
	suite_add_tcase(suite, tests);
	return suite;
}
