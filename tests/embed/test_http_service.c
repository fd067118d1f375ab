/* What the embedder http makes of a service's answers: which texts get their vectors, which are given up on, and when the service is at fault. The
 * model of these tests is (length of the text, its first letter). */
#include "canned.h"
#include "support.h"

#include "evalcore/base/secret.h"

#include <stdlib.h>
#include <string.h>

enum { TEXTS = 40, DIMENSION = 2 };

static const struct rq_embedder *http;
static struct rq_arena arena;
static struct rq_request_limit limit;
static struct canned canned;
static void *state;
static struct rq_identity identity;
static struct rq_error err;
static char text_bytes[TEXTS][32];
static const char *texts[TEXTS];
static float vectors[TEXTS][DIMENSION];
static int given[TEXTS];
static char failures[1000], port[32];

static void set_up(void)
{
	http = rq_embedder_find("http");
	limit = (struct rq_request_limit){0};
	memset(given, 0, sizeof given);
	failures[0] = '\0';
	for (int i = 0; i < TEXTS; i++) {
		snprintf(text_bytes[i], sizeof text_bytes[i], "%c%0*d", 'a' + i % 26, 1 + i % 7, i);
		texts[i] = text_bytes[i];
	}
	texts[7] = " \n";
	texts[20] = "poison";
}

static void begin(canned_script *script, int attempts, const char *more)
{
	char json[600];

	canned_start(&canned, script);
	snprintf(port, sizeof port, "127.0.0.1:%d", canned.port);
	snprintf(json, sizeof json, "{\"url\": \"http://%s\", \"batch\": 8, \"backoff\": \"1ms\", \"attempts\": %d, \"timeout\": \"20s\"%s}", port,
	         attempts, more);
	const void *options = options_from(http, &arena, json);
	ck_assert_ok(http->check(options, &err));
	ck_assert_ok(http->open(&state, options, NULL, 0, &err));
}

static void end(void)
{
	http->close(state);
	canned_stop(&canned);
	rq_arena_release(&arena);
}

static enum rq_status arrived(void *context, const size_t *rows, size_t n, const float *found, struct rq_error *error)
{
	(void)context;
	(void)error;
	for (size_t i = 0; i < n; i++) {
		given[rows[i]]++;
		memcpy(vectors[rows[i]], found + i * DIMENSION, sizeof vectors[0]);
	}
	return RQ_OK;
}

static enum rq_status failed(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *error)
{
	(void)context;
	(void)error;
	ck_assert(seconds >= 0);
	given[row]++;
	snprintf(failures + strlen(failures), sizeof failures - strlen(failures), "%zu: %s (%u)\n", row, reason, attempts);
	return RQ_OK;
}

static int doubts;

static void doubted(void *context)
{
	(void)context;
	doubts++;
}

static enum rq_status ask(void)
{
	struct rq_embed_work work = {
		.role = RQ_ROLE_DOCUMENT, .texts = texts, .count = TEXTS, .limit = &limit, .arrived = arrived, .failed = failed, .doubted = doubted};

	doubts = 0;

	return http->ask(state, &work, &err);
}

/* Every text once, and every vector at its text. */
static void expect_all(const char *expected_failures)
{
	ck_assert_str_eq(failures, expected_failures);
	for (int i = 0; i < TEXTS; i++) {
		ck_assert_msg(given[i] == 1, "text %d: %d times", i, given[i]);
		if (i == 7)
			ck_assert(vectors[i][0] == 0 && vectors[i][1] == 0);
		else if (expected_failures[0] == '\0' || i != 20)
			ck_assert_msg(vectors[i][0] == (float)strlen(texts[i]) && vectors[i][1] == (float)texts[i][0], "text %d", i);
	}
}

/* The last first, so that order tells nothing. */
static int vectors_of(struct rq_buf *answer, const char *model, const char *body)
{
	rq_json *root;
	struct rq_error error = {0};
	size_t n = 0;

	if (rq_json_parse(&root, body, strlen(body), "request", &error) != RQ_OK)
		return 400;
	const rq_json *inputs = rq_json_get(root, "input") != NULL ? rq_json_get(root, "input") : rq_json_get(root, "inputs");
	const char *list[64];
	for (const rq_json *text = rq_json_first(inputs); text != NULL; text = rq_json_next(text))
		list[n++] = rq_json_string(text);
	rq_buf_puts(answer, model == NULL ? "[" : "{\"data\":[");
	for (size_t i = 0; i < n; i++) {
		size_t row = model == NULL ? i : n - 1 - i;
		const char *text = list[row];
		rq_buf_puts(answer, i == 0 ? "" : ",");
		if (model == NULL)
			rq_buf_printf(answer, "[%zu,%d]", strlen(text), text[0]);
		else
			rq_buf_printf(answer, "{\"index\":%zu,\"embedding\":[%zu,%d]}", row, strlen(text), text[0]);
	}
	if (model == NULL)
		rq_buf_puts(answer, "]");
	else
		rq_buf_printf(answer, "],\"model\":\"%s\",\"usage\":{\"prompt_tokens\":%zu}}", model, 3 * n);
	rq_json_free(root);
	return 200;
}

static int well(struct rq_buf *answer, int number, const char *path, const char *body)
{
	(void)number;
	return strcmp(path, "/v1/embeddings") == 0 ? vectors_of(answer, "m-2024", body) : 404;
}

START_TEST(vectors_come_to_their_texts)
{
	struct rq_service_use use;
	char fingerprint[100];

	begin(well, 4, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_str_eq(identity.model, "m-2024");
	snprintf(fingerprint, sizeof fingerprint, "m-2024 @ http://%s/v1/embeddings", port);
	ck_assert_str_eq(identity.fingerprint, fingerprint);
	ck_assert_uint_eq(identity.dimension, DIMENSION);
	ck_assert_ok(ask());
	expect_all("");
	http->use(state, &use);
	ck_assert_uint_eq(use.requests, 6); /* a probe, and 39 texts by 8 */
	ck_assert_uint_eq(use.texts, TEXTS - 1);
	ck_assert_uint_eq(use.tokens, 3 * TEXTS);
	ck_assert_uint_eq(use.retries, 0);
	ck_assert_int_eq(canned.requests, 6);
	ck_assert_uint_eq(limit.sent, 6);
	end();
}
END_TEST

static int without_base64(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return strstr(body, "\"base64\"") != NULL ? 422 : well(answer, number, path, body);
}

START_TEST(float_is_asked_for_where_base64_is_refused)
{
	begin(without_base64, 4, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("");
	ck_assert_int_eq(canned.requests, 7);
	end();
}
END_TEST

static int shaky(struct rq_buf *answer, int number, const char *path, const char *body)
{
	static const int statuses[] = {200, 429, 0, 200, 503, 408, 500};

	int status = statuses[number % 7];
	return status == 200 ? well(answer, number, path, body) : status;
}

START_TEST(faults_that_pass_cost_no_text)
{
	struct rq_service_use use;

	begin(shaky, 30, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("");
	http->use(state, &use);
	ck_assert_uint_gt(use.retries, 6);
	end();
}
END_TEST

static int refuses_poison(struct rq_buf *answer, int number, const char *path, const char *body)
{
	if (strstr(body, "poison") == NULL)
		return well(answer, number, path, body);
	rq_buf_puts(answer, "{\"error\":{\"message\":\"the input is too long\"}}");
	return 400;
}

static int breaks_on_poison(struct rq_buf *answer, int number, const char *path, const char *body)
{
	if (strstr(body, "poison") == NULL)
		return well(answer, number, path, body);
	rq_buf_puts(answer, "{\"data\":[{\"index\":0,\"embedding\":[NaN]}]}");
	return 200;
}

START_TEST(a_text_at_fault_is_found)
{
	begin(refuses_poison, 4, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("20: the service answers 400: \"the input is too long\" (4)\n"); /* with 7 others, 3, 1, and alone */
	end();
}
END_TEST

START_TEST(a_text_whose_answers_are_broken_is_found)
{
	begin(breaks_on_poison, 4, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("20: the answer holds NaN or Infinity, so it is not JSON (10)\n"); /* twice in each company, four times alone */
	end();
}
END_TEST

static int dies(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return number < 4 ? well(answer, number, path, body) : 500;
}

static int refuses_all(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return number < 4 ? well(answer, number, path, body) : 400;
}

/* No text is blamed for a service that has stopped working. */
START_TEST(a_service_at_fault_is_an_error)
{
	char expected[300];

	begin(dies, 4, ", \"model\": \"m\", \"concurrency\": 1");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	snprintf(expected, sizeof expected, "http://%s/v1/embeddings: the service answers 500, 4 times", port);
	ck_assert_str_eq(err.text, expected);
	ck_assert_str_eq(failures, "");
	ck_assert_int_ge(canned.requests, 3 + 2 * 4); /* two batches came; the next was asked for, and the probe */
	ck_assert_int_le(canned.requests, 3 + 4 * 4); /* and the two others meanwhile */
	end();
}
END_TEST

START_TEST(a_service_that_refuses_everything_is_an_error)
{
	begin(refuses_all, 4, ", \"model\": \"m\", \"concurrency\": 1");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "the service answers 400; look at model, dimensions and the bodies that the config adds"));
	end();
}
END_TEST

static int changes_model(struct rq_buf *answer, int number, const char *path, const char *body)
{
	(void)path;
	return vectors_of(answer, number < 3 ? "old" : "new", body);
}

START_TEST(another_model_ends_the_run)
{
	char expected[300];

	begin(changes_model, 4, ", \"model\": \"m\", \"concurrency\": 1");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	snprintf(expected, sizeof expected,
	         "http://%s/v1/embeddings: the service changed its model from \"old\" to \"new\" after 3 requests; vectors of two models do not "
	         "compare, so see to it that one answers, and run again",
	         port);
	ck_assert_str_eq(err.text, expected);
	ck_assert(given[8] == 1 && given[9] == 0); /* the first batch, and no more */
	ck_assert_int_eq(doubts, 0);               /* which came from the old one, as it says itself */
	end();
}
END_TEST

static int info_changes(struct rq_buf *answer, int number, const char *path, const char *body)
{
	if (strcmp(path, "/embed") == 0)
		return vectors_of(answer, NULL, body);
	rq_buf_printf(answer, "{\"model_id\":\"m\",\"model_sha\":\"%s\",\"max_client_batch_size\":4}",
	              number < 5 ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb");
	return 200;
}

START_TEST(another_digest_ends_the_run)
{
	begin(info_changes, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_str_eq(identity.fingerprint, "sha aaaaaaaaaaaa");
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_int_eq(doubts, 1);
	ck_assert_ptr_nonnull(strstr(err.text, "the service changed its model from \"m\" (sha aaaaaaaaaaaa) to \"m\" (sha bbbbbbbbbbbb)"));
	ck_assert_int_eq(canned.requests, 2 + 10 + 1); /* by 4, as the service wants it */
	end();
}
END_TEST

START_TEST(an_assumed_identity_is_checked_before_anything_is_kept)
{
	begin(info_changes, 4, ", \"api\": \"tei\"");
	identity = (struct rq_identity){.model = "m", .fingerprint = "sha cccccccccccc", .dimension = DIMENSION};
	http->assume(state, &identity);
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "from \"m\" (sha cccccccccccc) to \"m\" (sha aaaaaaaaaaaa)"));
	ck_assert_int_eq(given[0], 0);
	end();
}
END_TEST

START_TEST(the_limit_of_requests_is_kept)
{
	limit = (struct rq_request_limit){.limited = true, .most = 4};
	begin(shaky, 30, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(err.text, "the 4 requests that --max-requests allows have been sent; raise it to go on from here");
	ck_assert_uint_eq(limit.sent, 4);
	ck_assert_int_eq(canned.requests, 4);
	end();
}
END_TEST

/* The digest is not asked for again where that would be one request too many. */
START_TEST(a_limit_that_is_just_enough_suffices)
{
	limit = (struct rq_request_limit){.limited = true, .most = 2 + 10};
	begin(info_changes, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("");
	ck_assert_int_eq(canned.requests, 12);
	end();
}
END_TEST

static int shows_the_key(struct rq_buf *answer, int number, const char *path, const char *body)
{
	(void)number;
	(void)path;
	(void)body;
	rq_buf_puts(answer, "{\"error\":{\"message\":\"Incorrect API key provided: sk-12345678\"}}");
	return 401;
}

START_TEST(a_refused_key_is_an_error_without_it)
{
	setenv("RQ_TEST_KEY", "sk-12345678", 1);
	begin(shows_the_key, 4, ", \"model\": \"m\", \"api_key_env\": \"RQ_TEST_KEY\"");
	ck_assert_int_eq(http->identify(state, &identity, &limit, &err), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "answers 401: \"Incorrect API key provided: ***\"; check the key"));
	ck_assert_int_eq(canned.requests, 1);
	rq_secrets_forget();
	end();
}
END_TEST

Suite *http_service_suite(void)
{
	Suite *suite = suite_create("http_service");
	TCase *tests = tcase_create("service");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, vectors_come_to_their_texts);
	tcase_add_test(tests, float_is_asked_for_where_base64_is_refused);
	tcase_add_test(tests, faults_that_pass_cost_no_text);
	tcase_add_test(tests, a_text_at_fault_is_found);
	tcase_add_test(tests, a_text_whose_answers_are_broken_is_found);
	tcase_add_test(tests, a_service_at_fault_is_an_error);
	tcase_add_test(tests, a_service_that_refuses_everything_is_an_error);
	tcase_add_test(tests, another_model_ends_the_run);
	tcase_add_test(tests, another_digest_ends_the_run);
	tcase_add_test(tests, an_assumed_identity_is_checked_before_anything_is_kept);
	tcase_add_test(tests, the_limit_of_requests_is_kept);
	tcase_add_test(tests, a_limit_that_is_just_enough_suffices);
	tcase_add_test(tests, a_refused_key_is_an_error_without_it);
	suite_add_tcase(suite, tests);
	return suite;
}
