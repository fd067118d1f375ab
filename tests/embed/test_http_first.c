/* A service whose first answer, which decides what the others are measured by, is the one at fault. */
#include "canned.h"
#include "support.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 3 };

static size_t came;

static enum rq_status arrived(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *error)
{
	(void)context;
	(void)rows;
	(void)vectors;
	(void)error;
	came += n;
	return RQ_OK;
}

static enum rq_status failed(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *error)
{
	(void)context;
	(void)attempts;
	(void)seconds;
	(void)error;
	ck_abort_msg("text %zu: %s", row, reason);
	return RQ_E_INTERNAL;
}

/* Three numbers the first time, two for each text afterwards. */
static int mishears(struct rq_buf *answer, int number, const char *path, const char *body)
{
	size_t n = strstr(body, "\"one\"") != NULL ? TEXTS : 1;

	(void)path;
	rq_buf_puts(answer, "{\"data\":[");
	for (size_t i = 0; i < n; i++)
		rq_buf_printf(answer, "%s{\"index\":%zu,\"embedding\":[1,2%s]}", i == 0 ? "" : ",", i, number == 1 ? ",3" : "");
	rq_buf_puts(answer, "],\"model\":\"m\"}");
	return 200;
}

START_TEST(a_first_answer_at_fault_is_told_from_all_others)
{
	static const char *const texts[TEXTS] = {"one", "two", "three"};
	const struct rq_embedder *http = rq_embedder_find("http");
	struct rq_arena arena = {0};
	struct rq_request_limit limit = {0};
	struct rq_identity identity;
	struct rq_service_use use;
	struct canned canned;
	struct rq_error err = {0};
	char json[200];
	void *state;

	canned_start(&canned, mishears);
	snprintf(json, sizeof json, "{\"url\": \"http://127.0.0.1:%d\", \"model\": \"m\", \"backoff\": \"1ms\"}", canned.port);
	const struct rq_embed_work work = {.texts = texts, .count = TEXTS, .limit = &limit, .arrived = arrived, .failed = failed};
	ck_assert_ok(http->open(&state, options_from(http, &arena, json), NULL, 0, &err));
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_uint_eq(identity.dimension, 3);
	ck_assert_int_eq(http->ask(state, &work, &err), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "the service gave the same text first a vector of 3 dimensions and then one of 2; see to it that one model answers"));
	ck_assert_int_eq(canned.requests, 1 + 2 + 1); /* not as often as it takes to give a service up */
	http->use(state, &use);
	ck_assert(use.misheard && came == 0);
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(http->ask(state, &work, &err));
	http->use(state, &use);
	ck_assert(!use.misheard && came == TEXTS && identity.dimension == 2);
	http->close(state);
	canned_stop(&canned);
	rq_arena_release(&arena);
}
END_TEST

Suite *http_first_suite(void);
Suite *http_first_suite(void)
{
	Suite *suite = suite_create("http_first");
	TCase *tests = tcase_create("first");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_first_answer_at_fault_is_told_from_all_others);
	suite_add_tcase(suite, tests);
	return suite;
}
