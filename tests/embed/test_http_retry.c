/* What answers mean, and how long to wait. */
#include "support.h"

#include "evalcore/embed/http/retry.h"

#include <string.h>

static struct rq_wait_hints hints_of(const char *const *lines)
{
	struct rq_wait_hints hints = {0};

	for (; *lines != NULL; lines++)
		rq_wait_hint(&hints, *lines, strlen(*lines));
	return hints;
}
#define HINTS(...) hints_of((const char *const[]){__VA_ARGS__, NULL})

START_TEST(statuses_are_judged)
{
	static const struct rq_refusal none = {0}, quota = {.code = "insufficient_quota"},
								   used_up = {.message = "You exceeded your current quota, please check your plan and billing details."},
								   /* OpenAI's limit of requests a minute names billing too */
								   a_minute = {.code = "rate_limit_exceeded", .message = "Rate limit reached. Please try again in 20s. Visit account/billing to ..."},
								   too_large = {.message = "input is too large to process. increase the physical batch size"},
								   context = {.message = "the input length exceeds the context length"};
	static const struct {
		long status;
		const struct rq_refusal *refusal;
		enum rq_http_verdict verdict;
	} cases[] = {
		{301, &none, RQ_HTTP_FINAL}, {400, &none, RQ_HTTP_TEXTS}, {401, &none, RQ_HTTP_FINAL}, {403, &none, RQ_HTTP_FINAL},
		{404, &none, RQ_HTTP_FINAL}, {408, &none, RQ_HTTP_AGAIN}, {409, &none, RQ_HTTP_AGAIN}, {413, &none, RQ_HTTP_TEXTS}, {422, &none, RQ_HTTP_TEXTS},
		{424, &none, RQ_HTTP_AGAIN}, {425, &none, RQ_HTTP_AGAIN}, {429, &none, RQ_HTTP_LIMITED}, {429, &quota, RQ_HTTP_FINAL}, {429, &used_up, RQ_HTTP_FINAL},
		{429, &a_minute, RQ_HTTP_LIMITED},
		{500, &none, RQ_HTTP_AGAIN}, {500, &too_large, RQ_HTTP_TEXTS}, {500, &context, RQ_HTTP_TEXTS}, {501, &none, RQ_HTTP_FINAL}, {502, &none, RQ_HTTP_AGAIN},
		{503, &none, RQ_HTTP_LIMITED}, {504, &none, RQ_HTTP_AGAIN}, {505, &none, RQ_HTTP_FINAL}, {529, &none, RQ_HTTP_LIMITED},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_msg(rq_http_judge(cases[i].status, cases[i].refusal) == cases[i].verdict, "%ld", cases[i].status);
}
END_TEST

START_TEST(retry_after_is_seconds_or_a_date)
{
	const time_t now = 784111777; /* Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 */
	struct rq_wait_hints hints = HINTS("Retry-After: 120\r\n");

	ck_assert_double_eq(rq_wait_asked(&hints, now), 120);
	hints = HINTS("retry-after:1.5 \r\n");
	ck_assert_double_eq(rq_wait_asked(&hints, now), 1.5);
	hints = HINTS("Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n");
	ck_assert_double_eq(rq_wait_asked(&hints, now), 60);
	hints = HINTS("Retry-After: Sun, 06 Nov 1994 08:00:00 GMT\r\n"); /* past: now */
	ck_assert_double_eq(rq_wait_asked(&hints, now), 0);
	hints = HINTS("Retry-After: 3\r\n", "Retry-After-Ms: 250\r\n"); /* the finer one */
	ck_assert_double_eq(rq_wait_asked(&hints, now), .25);
	const char *const nothing[] = {"Retry-After: \r\n",    "Retry-After: -1\r\n",  "Retry-After: soon\r\n", "Retry-After: nan\r\n",
	                               "Retry-After: inf\r\n", "X-Retry-After: 5\r\n", "Retry-After 5\r\n"};
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		hints = HINTS(nothing[i]);
		ck_assert_msg(rq_wait_asked(&hints, now) == -1, "%s", nothing[i]);
	}
}
END_TEST

START_TEST(used_up_limits_are_hints)
{
	struct rq_wait_hints hints = HINTS("x-ratelimit-remaining-requests: 0\r\n", "x-ratelimit-reset-requests: 1s\r\n",
	                                   "x-ratelimit-remaining-tokens: 0\r\n", "x-ratelimit-reset-tokens: 6m0s\r\n");

	ck_assert_double_eq(rq_wait_hinted(&hints), 60); /* at most a minute */
	hints = HINTS("x-ratelimit-remaining-requests: 0\r\n", "x-ratelimit-reset-requests: 20ms\r\n");
	ck_assert_double_eq_tol(rq_wait_hinted(&hints), .02, 1e-12);
	hints = HINTS("x-ratelimit-remaining-requests: 7\r\n", "x-ratelimit-reset-requests: 20s\r\n");
	ck_assert_double_eq(rq_wait_hinted(&hints), 0);
	hints = HINTS("x-ratelimit-remaining-tokens: 0\r\n", "x-ratelimit-reset-tokens: 1m2.5s\r\n");
	ck_assert_double_eq(rq_wait_hinted(&hints), 60);
	hints = HINTS("x-ratelimit-remaining-tokens: 0\r\n", "x-ratelimit-reset-tokens: -1\r\n"); /* as Azure says */
	ck_assert_double_eq(rq_wait_hinted(&hints), 0);
	ck_assert_double_eq(rq_wait_asked(&hints, 0), -1);
}
END_TEST

/* Full jitter: uniform on [0, min(30, first x 2^(n-1))]. */
START_TEST(waits_are_drawn_below_a_doubling_cap)
{
	struct rq_random random;

	rq_random_seed(&random, 1);
	for (unsigned attempt = 1; attempt <= 100; attempt++) {
		double cap = .5, sum = 0, most = 0;
		for (unsigned i = 1; i < attempt && cap < 30; i++)
			cap *= 2;
		cap = cap > 30 ? 30 : cap;
		for (int i = 0; i < 2000; i++) {
			double wait = rq_wait_before(attempt, .5, -1, &random);
			ck_assert(wait >= 0 && wait <= cap);
			sum += wait;
			most = wait > most ? wait : most;
		}
		ck_assert_double_eq_tol(sum / 2000, cap / 2, .05 * cap); /* 7 standard errors */
		ck_assert(most > .98 * cap);
	}
	for (int i = 0; i < 1000; i++) {
		double wait = rq_wait_before(7, .5, 20, &random); /* what is asked for, and a little, so that not all come back at once */
		ck_assert(wait >= 20 && wait <= 20.5);
	}
}
END_TEST

Suite *http_retry_suite(void)
{
	Suite *suite = suite_create("http_retry");
	TCase *tests = tcase_create("retry");

	tcase_add_test(tests, statuses_are_judged);
	tcase_add_test(tests, retry_after_is_seconds_or_a_date);
	tcase_add_test(tests, used_up_limits_are_hints);
	tcase_add_test(tests, waits_are_drawn_below_a_doubling_cap);
	suite_add_tcase(suite, tests);
	return suite;
}
