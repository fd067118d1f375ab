/* A small seeded run of ci/drift-power's program: what the figures of drift promise of their errors, and that what was put in is found. */
#include "evalcore/base/json.h"
#include "evalcore/base/memory.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS 40 /* a share of .05 has a standard error of .034 */

/* What the program says on stdout, started in the root of the project. */
static struct rq_buf measure(const char *arguments)
{
	struct rq_buf text = {0};
	char command[512], piece[4096];
	const char *program = getenv("RQGATE_DRIFT_POWER");

	ck_assert_msg(program != NULL, "set RQGATE_DRIFT_POWER to the path of the program");
	snprintf(command, sizeof command, "'%s' %s 2>/dev/null", program, arguments);
	FILE *pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;)
		rq_buf_add(&text, piece, got);
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert(text.data != NULL && !text.failed);
	return text;
}

/* A number of the case of one change and figure. */
static double number_of(const rq_json *root, const char *change, const char *figure, const char *key)
{
	for (const rq_json *cell = rq_json_first(rq_json_get(root, "cells")); cell != NULL; cell = rq_json_next(cell))
		if (strcmp(rq_json_string(rq_json_get(cell, "change")), change) == 0 && strcmp(rq_json_string(rq_json_get(cell, "figure")), figure) == 0)
			return rq_json_number(rq_json_get(cell, key));
	ck_abort_msg("no case \"%s\" of %s", change, figure);
	return NAN;
}

START_TEST(drift_is_found_and_none_is_not)
{
	static const char *const figures[] = {"knn_jaccard",   "knn_overlap", "knn_rbo",        "cka",    "procrustes",
	                                      "silent_change", "hubness",     "effective_rank", "margin", "duplicates"};
	static const char *const family[] = {"mmd", "centroid_shift", "domain_auc", "moved_components"};
	char arguments[128];
	rq_json *root = NULL;
	struct rq_error err = {0};

	snprintf(arguments, sizeof arguments, "--json --set clusters --rows 120 --trials %d", PAIRS);
	struct rq_buf text = measure(arguments);
	ck_assert_msg(rq_json_parse(&root, text.data, text.size, "power", &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
		ck_assert_double_eq(number_of(root, "none", figures[i], "fail"), 0);
		if (strcmp(figures[i], "silent_change") != 0)
			ck_assert_double_eq(number_of(root, "rotated", figures[i], "fail"), 0); /* the same space */
	}
	ck_assert_double_eq(number_of(root, "rotated", "silent_change", "fail"), 1);
	ck_assert_double_eq(number_of(root, "rotated", "knn_jaccard", "mean"), 1);
	ck_assert_double_lt(number_of(root, "rotated", "silent_change", "mean"), .5);
	for (size_t i = 0; i < sizeof family / sizeof *family; i++)
		ck_assert_double_le(number_of(root, "none", family[i], "p_alone"), .05 + 4 * sqrt(.05 * .95 / PAIRS));
	ck_assert_double_le(number_of(root, "none", "mmd", "any_of_family"), .05 + 4 * sqrt(.05 * .95 / PAIRS));
	ck_assert_double_ge(number_of(root, "shift .2", "mmd", "any_of_family"), .9);
	ck_assert_double_le(number_of(root, "20 % came", "mmd", "any_figure"), .05 + 4 * sqrt(.05 * .95 / PAIRS));
	ck_assert_double_ge(number_of(root, "20 % replaced", "mmd", "any_of_family"), .9);
	ck_assert_double_eq(number_of(root, "noise .1", "silent_change", "fail"), 1);
	ck_assert_double_eq(number_of(root, "noise .1", "knn_jaccard", "fail"), 0);
	ck_assert_double_eq(number_of(root, "noise .5", "knn_jaccard", "fail"), 1);
	ck_assert_double_eq(number_of(root, "int8", "silent_change", "fail"), 0);
	ck_assert_double_eq(number_of(root, "int4", "silent_change", "fail"), 1);
	rq_json_free(root);
	rq_buf_release(&text);
}
END_TEST

START_TEST(threads_change_no_digit_of_power)
{
	setenv("OMP_NUM_THREADS", "1", 1);
	struct rq_buf one = measure("--set clusters --set series --trials 3 --rows 120 --seed 3");
	setenv("OMP_NUM_THREADS", "3", 1);
	struct rq_buf many = measure("--set clusters --set series --trials 3 --rows 120 --seed 3");
	unsetenv("OMP_NUM_THREADS");
	ck_assert_str_eq(one.data, many.data);
	ck_assert_ptr_nonnull(strstr(one.data, "clusters, no change, 3 pairs, p <= .05 alone: mmd "));
	rq_buf_release(&one);
	rq_buf_release(&many);
}
END_TEST

Suite *drift_power_suite(void)
{
	Suite *suite = suite_create("drift_power");
	TCase *power = tcase_create("power");

	tcase_add_test(power, drift_is_found_and_none_is_not);
	tcase_add_test(power, threads_change_no_digit_of_power);
	suite_add_tcase(suite, power);
	return suite;
}
