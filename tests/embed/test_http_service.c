/* What the embedder http makes of a service's answers: which texts get their vectors, which are given up on, and when the service is at fault. The
 * model of these tests is (length of the text, its first letter). */
#include "canned.h"
#include "support.h"

#include "evalcore/base/secret.h"
#include "evalcore/embed/http/service.h"

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
static int batch;

static void set_up(void)
{
	http = rq_embedder_find("http");
	limit = (struct rq_request_limit){0};
	memset(given, 0, sizeof given);
	failures[0] = '\0';
	batch = 8;
	for (int i = 0; i < TEXTS; i++) {
		snprintf(text_bytes[i], sizeof text_bytes[i], "%c%0*d", 'a' + i % 26, 1 + i % 7, i);
		texts[i] = text_bytes[i];
	}
	texts[20] = "poison";
}

static void begin(canned_script *script, int attempts, const char *more)
{
	char json[600];

	canned_start(&canned, script);
	snprintf(port, sizeof port, "127.0.0.1:%d", canned.port);
	snprintf(json, sizeof json, "{\"url\": \"http://%s\", \"batch\": %d, \"backoff\": \"1ms\", \"attempts\": %d, \"timeout\": \"20s\"%s}", port, batch, attempts, more);
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

static enum rq_status ask(void)
{
	struct rq_embed_work work = {.role = RQ_ROLE_DOCUMENT, .texts = texts, .count = TEXTS, .limit = &limit, .arrived = arrived, .failed = failed};

	return http->ask(state, &work, &err);
}

/* Every text once, and every vector at its text. */
static void expect_all(const char *expected_failures)
{
	ck_assert_str_eq(failures, expected_failures);
	for (int i = 0; i < TEXTS; i++) {
		ck_assert_msg(given[i] == 1, "text %d: %d times", i, given[i]);
		if (expected_failures[0] == '\0' || i != 20)
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
	ck_assert_uint_eq(use.requests, 6); /* a probe, and 40 texts by 8 */
	ck_assert_uint_eq(use.texts, TEXTS);
	ck_assert_uint_eq(use.tokens, 3 * (TEXTS + 1));
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

static int fails_on_poison(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return strstr(body, "poison") == NULL ? well(answer, number, path, body) : 500;
}

START_TEST(a_text_that_is_always_a_fault_of_the_service_is_found)
{
	begin(fails_on_poison, 4, ", \"model\": \"m\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask());
	expect_all("20: the service answers 500 (10)\n"); /* as one whose answers are broken */
	end();
}
END_TEST

START_TEST(two_runs_do_not_wait_in_step)
{
	struct rq_random first;

	begin(well, 4, ", \"model\": \"m\"");
	first = ((struct rq_http_service *)state)->random;
	end();
	begin(well, 4, ", \"model\": \"m\"");
	ck_assert(rq_random_unit(&first) != rq_random_unit(&((struct rq_http_service *)state)->random));
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
	ck_assert_int_ge(canned.requests, 3 + 2 + 4); /* two batches came; the next was asked for, and the probe */
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
	         "http://%s/v1/embeddings: the service changed its model from \"old\" to \"new\" after 8 texts; vectors of two models do not "
	         "compare, so see to it that one answers, and run again",
	         port);
	ck_assert_str_eq(err.text, expected);
	ck_assert(given[7] == 1 && given[8] == 0); /* the first batch, and no more */
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
	ck_assert_ptr_nonnull(strstr(err.text, "the service changed its model from \"m\" (sha aaaaaaaaaaaa) to \"m\" (sha bbbbbbbbbbbb)"));
	ck_assert_int_eq(canned.requests, 2 + 10 + 1); /* by 4, as the service wants it */
	end();
}
END_TEST

/* What is timed is one request, once it is settled who answers. */
START_TEST(a_fleeting_text_is_one_request)
{
	begin(info_changes, 4, ", \"api\": \"tei\"");
	struct rq_embed_work work = {.role = RQ_ROLE_TOPIC, .texts = texts, .count = 1, .limit = &limit, .fleeting = true, .arrived = arrived, .failed = failed};
	identity = (struct rq_identity){.model = "m", .fingerprint = "sha aaaaaaaaaaaa", .dimension = DIMENSION};
	http->assume(state, &identity);
	for (int i = 1; i <= 5; i++) { /* beyond the change of model, which is nobody's matter here */
		ck_assert_ok(http->ask(state, &work, &err));
		ck_assert_int_eq(given[0], i);
		ck_assert_int_eq(canned.requests, 1 + i);
	}
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

static int by_query(struct rq_buf *answer, int number, const char *path, const char *body)
{
	bool second = strstr(path, "?deployment=2") != NULL;

	(void)number;
	if (strncmp(path, "/info", 5) != 0)
		return vectors_of(answer, strncmp(path, "/embed", 6) == 0 ? NULL : "m", body);
	rq_buf_printf(answer, "{\"model_id\":\"m\",\"model_sha\":\"%s\"}", second ? "bbbbbbbbbbbbbbbb" : "aaaaaaaaaaaaaaaa");
	return 200;
}

static struct rq_identity identity_at(const char *path, const char *api)
{
	char json[300];

	snprintf(json, sizeof json, "{\"url\": \"http://127.0.0.1:%d%s\", \"api\": \"%s\", \"model\": \"m\"}", canned.port, path, api);
	const void *options = options_from(http, &arena, json);
	ck_assert_ok(http->check(options, &err));
	ck_assert_ok(http->open(&state, options, NULL, 0, &err));
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	http->close(state);
	return identity;
}

START_TEST(a_query_chooses_a_deployment)
{
	canned_start(&canned, by_query);
	for (int i = 0; i < 2; i++) {
		const char *api = i == 0 ? "openai" : "tei";
		struct rq_identity plain = identity_at("", api), first = identity_at("?deployment=1", api), second = identity_at("?deployment=2", api);
		ck_assert_str_ne(plain.fingerprint, first.fingerprint);
		ck_assert_str_ne(first.fingerprint, second.fingerprint);
		ck_assert_str_eq(first.fingerprint, identity_at("?deployment=1", api).fingerprint);
		ck_assert_ptr_null(strstr(first.fingerprint, "deployment"));
		ck_assert_int_eq(strncmp(second.fingerprint, i == 0 ? "m @ http://" : "sha bbbbbbbbbbbb", 11), 0); /* the route was the right one */
	}
	canned_stop(&canned);
	rq_arena_release(&arena);
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

/* By ten texts of four, with the digest asked for before and afterwards. */
static int answers_of(struct rq_buf *answer, const char *path, const char *body, const char *sha)
{
	if (strcmp(path, "/embed") == 0)
		return vectors_of(answer, NULL, body);
	rq_buf_printf(answer, "{\"model_id\":\"m\",\"model_sha\":\"%s\",\"max_client_batch_size\":4}", sha);
	return 200;
}

static int info_stays(struct rq_buf *answer, int number, const char *path, const char *body)
{
	(void)number;
	return answers_of(answer, path, body, "aaaaaaaaaaaaaaaa");
}

static size_t arrived_texts(void)
{
	size_t count = 0;

	for (int i = 0; i < TEXTS; i++)
		count += given[i] > 0;
	return count;
}

START_TEST(a_limit_leaves_a_request_for_the_digest)
{
	for (unsigned most = 13; most >= 11; most--) {
		set_up();
		limit = (struct rq_request_limit){.limited = true, .most = most};
		begin(info_stays, 4, ", \"api\": \"tei\"");
		ck_assert_ok(http->identify(state, &identity, &limit, &err));
		if (most == 13) {
			ck_assert_ok(ask());
			expect_all("");
		} else {
			ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
			ck_assert_uint_eq(arrived_texts(), most == 12 ? 9 * 4 : 8 * 4); /* with the question afterwards, so they are the model's */
		}
		ck_assert_int_eq(canned.requests, (int)most);
		ck_assert_uint_eq(limit.sent, most);
		end();
	}
}
END_TEST

static int changes_at_the_limit(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return answers_of(answer, path, body, number < 12 ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb");
}

START_TEST(nothing_is_kept_that_the_digest_does_not_vouch_for)
{
	limit = (struct rq_request_limit){.limited = true, .most = 12};
	begin(changes_at_the_limit, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "to \"m\" (sha bbbbbbbbbbbb)"));
	ck_assert_uint_eq(arrived_texts(), 0);
	end();
}
END_TEST

/* Every 32 requests: of one text each here, so in the second group. */
static int changes_late(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return answers_of(answer, path, body, number < 36 ? "aaaaaaaaaaaaaaaa" : "bbbbbbbbbbbbbbbb");
}

START_TEST(what_the_digest_has_vouched_for_is_kept)
{
	batch = 1;
	begin(changes_late, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "to \"m\" (sha bbbbbbbbbbbb)"));
	ck_assert_uint_eq(arrived_texts(), 32);
	ck_assert_int_eq(canned.requests, 2 + 32 + 1 + 8 + 1);
	end();
}
END_TEST

static int info_goes(struct rq_buf *answer, int number, const char *path, const char *body)
{
	return number > 4 && strcmp(path, "/info") == 0 ? 404 : answers_of(answer, path, body, "aaaaaaaaaaaaaaaa");
}

START_TEST(a_digest_that_is_no_longer_told_ends_the_run)
{
	begin(info_goes, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert_int_eq(ask(), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "/info: the service answers 404, so it no longer says which model it has, which was \"m\" (sha aaaaaaaaaaaa)"));
	ck_assert_uint_eq(arrived_texts(), 0);
	end();
}
END_TEST

static int info_never_was(struct rq_buf *answer, int number, const char *path, const char *body)
{
	(void)number;
	return strcmp(path, "/info") == 0 ? 404 : answers_of(answer, path, body, "");
}

START_TEST(a_service_that_never_told_a_digest_is_known_by_its_address)
{
	begin(info_never_was, 4, ", \"api\": \"tei\"");
	ck_assert_ok(http->identify(state, &identity, &limit, &err));
	ck_assert(!identity.digest);
	ck_assert_ok(ask());
	expect_all("");
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
	tcase_add_test(tests, a_text_that_is_always_a_fault_of_the_service_is_found);
	tcase_add_test(tests, two_runs_do_not_wait_in_step);
	tcase_add_test(tests, a_service_at_fault_is_an_error);
	tcase_add_test(tests, a_service_that_refuses_everything_is_an_error);
	tcase_add_test(tests, another_model_ends_the_run);
	tcase_add_test(tests, another_digest_ends_the_run);
	tcase_add_test(tests, a_fleeting_text_is_one_request);
	tcase_add_test(tests, an_assumed_identity_is_checked_before_anything_is_kept);
	tcase_add_test(tests, a_query_chooses_a_deployment);
	tcase_add_test(tests, the_limit_of_requests_is_kept);
	tcase_add_test(tests, a_limit_leaves_a_request_for_the_digest);
	tcase_add_test(tests, nothing_is_kept_that_the_digest_does_not_vouch_for);
	tcase_add_test(tests, what_the_digest_has_vouched_for_is_kept);
	tcase_add_test(tests, a_digest_that_is_no_longer_told_ends_the_run);
	tcase_add_test(tests, a_service_that_never_told_a_digest_is_known_by_its_address);
	tcase_add_test(tests, a_refused_key_is_an_error_without_it);
	suite_add_tcase(suite, tests);
	return suite;
}
