/* A small seeded run of ci/calibrate's program: what the verdict promises of its errors, and that the program would notice a rule that breaks it. */
#include "evalcore/base/json.h"
#include "evalcore/base/memory.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIALS 400 /* a share of .05 has a standard error of .011 */

/* What the program says on stdout, started in the root of the project. */
static struct rq_buf calibrate(const char *arguments)
{
	struct rq_buf text = {0};
	char command[512], piece[4096];
	const char *program = getenv("RQGATE_CALIBRATE");

	ck_assert_msg(program != NULL, "set RQGATE_CALIBRATE to the path of the program");
	snprintf(command, sizeof command, "'%s' %s 2>/dev/null", program, arguments);
	FILE *pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	for (size_t got; (got = fread(piece, 1, sizeof piece, pipe)) > 0;)
		rq_buf_add(&text, piece, got);
	ck_assert_int_eq(pclose(pipe), 0);
	ck_assert(text.data != NULL && !text.failed);
	return text;
}

struct worst {
	double false_fail, false_pass, least_pass, least_fail;
	size_t cells;
};

/* Over all cells of a rule: shares are sums to 1; FAIL at no loss, PASS at the margin, and of 2,000 topics PASS at no loss and FAIL at twice the
 * margin. */
static struct worst find_worst(const rq_json *cells, const char *rule)
{
	struct worst worst = {.least_pass = 1, .least_fail = 1};

	for (const rq_json *cell = rq_json_first(cells); cell != NULL; cell = rq_json_next(cell)) {
		double loss = rq_json_number(rq_json_get(cell, "loss")) / rq_json_number(rq_json_get(cell, "margin"));
		double pass = rq_json_number(rq_json_get(cell, "pass")), fail = rq_json_number(rq_json_get(cell, "fail"));
		bool large = rq_json_number(rq_json_get(cell, "n")) == 2000;
		if (strcmp(rq_json_string(rq_json_get(cell, "rule")), rule) != 0)
			continue;
		worst.cells++;
		ck_assert_double_eq_tol(pass + fail + rq_json_number(rq_json_get(cell, "inconclusive")), 1, 1e-6);
		worst.false_fail = fmax(worst.false_fail, loss == 0 ? fail : 0);
		worst.false_pass = fmax(worst.false_pass, fabs(loss - 1) < 1e-9 ? pass : 0);
		worst.least_pass = fmin(worst.least_pass, large && loss == 0 ? pass : 1);
		worst.least_fail = fmin(worst.least_fail, large && fabs(loss - 2) < 1e-9 ? fail : 1);
	}
	return worst;
}

static rq_json *parse(const struct rq_buf *text)
{
	rq_json *root = NULL;
	struct rq_error err = {0};

	ck_assert_msg(rq_json_parse(&root, text->data, text->size, "calibration", &err) == RQ_OK, "%s", err.text);
	return root;
}

/* All outcomes of the families are summed: no error of a simulation. */
START_TEST(the_families_stay_below_five_percent)
{
	struct rq_buf text = calibrate("--json --set two-point --trials 1");
	rq_json *cells = parse(&text);
	struct worst own = find_worst(cells, "rqgate"), plain = find_worst(cells, "t"), ranks = find_worst(cells, "wilcoxon");

	ck_assert_uint_gt(own.cells, 100);
	ck_assert_double_le(own.false_fail, .05);
	ck_assert_double_le(own.false_pass, .05);
	ck_assert(own.false_fail > .04 && own.false_pass > .04); /* and not by never deciding */
	ck_assert(plain.false_fail > .1 && plain.false_pass > .1);
	ck_assert_double_gt(ranks.false_fail, .99);
	rq_json_free(cells);
	rq_buf_release(&text);
}
END_TEST

START_TEST(the_example_is_judged_as_promised)
{
	char arguments[128];
	snprintf(arguments, sizeof arguments, "--json --set example --trials %d", TRIALS);
	struct rq_buf text = calibrate(arguments);
	rq_json *cells = parse(&text);
	struct worst own = find_worst(cells, "rqgate"), raw = find_worst(cells, "raw .01");

	/* the worst of 30 cells: 4 standard errors */
	ck_assert_double_le(own.false_fail, .05 + 4 * sqrt(.05 * .95 / TRIALS));
	ck_assert_double_le(own.false_pass, .05 + 4 * sqrt(.05 * .95 / TRIALS));
	ck_assert_double_ge(own.least_pass, .7);
	ck_assert_double_ge(own.least_fail, .9);
	ck_assert_double_gt(raw.false_fail, .3);
	rq_json_free(cells);
	rq_buf_release(&text);
}
END_TEST

/* Topics in clusters, and several gates of a run: rules that count neither are wrong several times as often. */
START_TEST(clusters_and_families_stay_below_five_percent)
{
	static const char *const sets[] = {"clusters", "uneven", "family"};
	const double noise = 4 * sqrt(.05 * .95 / (TRIALS / 2.));
	char arguments[128];

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
		snprintf(arguments, sizeof arguments, "--json --set '%s%s example' --trials %d", sets[i], i == 1 ? " clusters" : "", TRIALS / 2);
		struct rq_buf text = calibrate(arguments);
		rq_json *cells = parse(&text);
		struct worst own = find_worst(cells, "rqgate"), plain = find_worst(cells, "t");

		ck_assert_uint_gt(own.cells, 50);
		ck_assert_msg(own.false_fail <= .05 + noise && own.false_pass <= .05 + noise, "%s: %g, %g", sets[i], own.false_fail, own.false_pass);
		ck_assert_msg(plain.false_fail > .05 + 2 * noise, "%s: %g", sets[i], plain.false_fail);
		ck_assert_msg(own.least_fail > .4, "%s: %g", sets[i], own.least_fail);
		rq_json_free(cells);
		rq_buf_release(&text);
	}
}
END_TEST

START_TEST(threads_change_no_digit)
{
	struct rq_buf one, many;

	setenv("OMP_NUM_THREADS", "1", 1);
	one = calibrate("--set example --trials 20 --seed 3");
	setenv("OMP_NUM_THREADS", "3", 1);
	many = calibrate("--set example --trials 20 --seed 3");
	unsetenv("OMP_NUM_THREADS");
	ck_assert_str_eq(one.data, many.data);
	ck_assert_ptr_nonnull(strstr(one.data, "worst of all:\n  rqgate  "));
	rq_buf_release(&one);
	rq_buf_release(&many);
}
END_TEST

Suite *calibrate_suite(void)
{
	Suite *suite = suite_create("calibrate");
	TCase *calibration = tcase_create("calibration");

	tcase_add_test(calibration, the_families_stay_below_five_percent);
	tcase_add_test(calibration, the_example_is_judged_as_promised);
	tcase_add_test(calibration, clusters_and_families_stay_below_five_percent);
	tcase_add_test(calibration, threads_change_no_digit);
	suite_add_tcase(suite, calibration);
	return suite;
}
