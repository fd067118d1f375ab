/* The embedder exec: real commands, written here for sh, well behaved and not. */
#include "evalcore/base/file.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXTS = 300, DIMENSION = 3 };

/* What a line says, in variables of sh. */
#define READ_LINE "while IFS= read -r line; do id=${line#*\\\"id\\\":}; id=${id%%,*}; role=${line#*role\\\":\\\"}; role=${role%%\\\"*}; "
/* The answer with the length of the whole line in it, so that a text's vector is that text's. */
#define ANSWER "echo \"{\\\"id\\\":$id,\\\"vector\\\":[$id,${#line},0.1]}\""

static const struct rq_embedder *exec;
static struct rq_arena arena;
static struct rq_error err;
static void *state;
static struct rq_identity identity;

struct results {
	const struct rq_embed_work *work;
	float vectors[TEXTS][DIMENSION];
	unsigned arrivals[TEXTS], failures[TEXTS], attempts;
	size_t failed;
	char reason[1024];
};

static struct results results;

static enum rq_status arrived(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *e)
{
	(void)context;
	(void)e;
	for (size_t i = 0; i < n; i++) {
		memcpy(results.vectors[rows[i]], vectors + i * DIMENSION, sizeof *results.vectors);
		results.arrivals[rows[i]]++;
	}
	return RQ_OK;
}

static enum rq_status failed(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *e)
{
	(void)context;
	(void)e;
	ck_assert_double_ge(seconds, 0);
	results.failures[row]++;
	results.failed++;
	results.attempts = attempts;
	snprintf(results.reason, sizeof results.reason, "%s", reason);
	return RQ_OK;
}

/* A command in sh, with more options: ", \"window\": 2". */
static void open_command(const char *script, const char *more)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf json = {0};

	exec = rq_embedder_find("exec");
	rq_buf_puts(&json, "{\"command\": [\"sh\", \"-c\", ");
	rq_json_quote(&json, script);
	rq_buf_printf(&json, "]%s}", more);
	void *options = options_from(exec, &arena, json.data);
	ck_assert_ok(exec->check(options, &err));
	ck_assert_ok(exec->open(&state, options, NULL, 0, &err));
}

static enum rq_status identify(void)
{
	return exec->identify(state, &identity, NULL, &err);
}

static void close_command(void)
{
	exec->close(state);
	rq_arena_release(&arena);
}

static enum rq_status ask(enum rq_role role, const char *const *texts, size_t n, struct rq_request_limit *limit)
{
	const struct rq_embed_work work = {.role = role, .texts = texts, .count = n, .limit = limit, .arrived = arrived, .failed = failed};

	results = (struct results){0};
	return exec->ask(state, &work, &err);
}

/* "t0", "t1" ... */
static const char *const *numbered_texts(void)
{
	static char words[TEXTS][8];
	static const char *texts[TEXTS];

	for (int i = 0; i < TEXTS; i++) {
		snprintf(words[i], sizeof words[i], "t%03d", i);
		texts[i] = words[i];
	}
	return texts;
}

/* Texts 0 to n - 1 arrived once each but for `but`, with their ids in a row from `first` on. */
static void expect_arrivals(size_t n, uint64_t first, size_t but)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(results.arrivals[i], i != but);
		ck_assert_uint_eq(results.failures[i], i == but);
		if (i != but)
			ck_assert_float_eq(results.vectors[i][0], (float)(first + i));
	}
}

START_TEST(texts_become_vectors)
{
	static const char *const texts[] = {"a", "caf\xc3\xa9 \"x\"\n"};
	struct rq_service_use use;

	open_command(READ_LINE ANSWER "; done", "");
	ck_assert_ok(identify());
	ck_assert_uint_eq(identity.dimension, DIMENSION);
	ck_assert(strncmp(identity.model, "sh -c 'while IFS=", 17) == 0);
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, texts, 2, NULL));
	ck_assert_float_eq(results.vectors[0][0], 2); /* 1 was the probe */
	ck_assert_float_eq(results.vectors[0][1], strlen("{\"id\":2,\"role\":\"document\",\"text\":\"a\"}"));
	ck_assert_float_eq(results.vectors[0][2], .1f);
	ck_assert_float_eq(results.vectors[1][0], 3);
	ck_assert_float_eq(results.vectors[1][1], strlen("{\"id\":3,\"role\":\"document\",\"text\":\"caf\xc3\xa9 \\\"x\\\"\\n\"}"));
	for (size_t i = 0; i < 2; i++)
		ck_assert_uint_eq(results.arrivals[i], 1);
	ck_assert_ok(ask(RQ_ROLE_TOPIC, texts, 1, NULL));
	ck_assert_float_eq(results.vectors[0][0], 4);
	ck_assert_float_eq(results.vectors[0][1], strlen("{\"id\":4,\"role\":\"query\",\"text\":\"a\"}"));
	exec->use(state, &use);
	ck_assert_uint_eq(use.requests, 4);
	ck_assert_uint_eq(use.texts, 3);
	ck_assert_uint_eq(use.retries, 0);
	ck_assert_uint_eq(use.truncated, 0);
	close_command();
}
END_TEST

START_TEST(blank_lines_are_no_answers_and_nan_is_named)
{
	struct rq_request_limit limit = {0};

	open_command(READ_LINE "echo; " ANSWER "; echo '  '; done", "");
	ck_assert_ok(exec->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 100, &limit));
	expect_arrivals(100, 2, SIZE_MAX);
	close_command();
	open_command(READ_LINE "echo \"{\\\"id\\\":$id,\\\"vector\\\":[NaN,1]}\"; done", "");
	ck_assert_int_eq(exec->identify(state, &identity, &limit, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "where JSON has no NaN or Infinity; expected finite numbers"));
	close_command();
}
END_TEST

START_TEST(answers_come_in_any_order)
{
	open_command(READ_LINE "[ $id = 1 ] && " ANSWER " && continue; held=\"$id $held\"; n=$((n + 1)); [ $n = 50 ] || continue; "
	                       "for id in $held; do " ANSWER "; done; held=; n=0; done",
	             ", \"window\": 50");
	ck_assert_ok(identify());
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), TEXTS, NULL));
	expect_arrivals(TEXTS, 2, TEXTS);
	close_command();
}
END_TEST

START_TEST(the_model_is_told_by_answer_config_or_command)
{
	open_command(READ_LINE "echo \"{\\\"id\\\":$id,\\\"vector\\\":[1],\\\"model\\\":\\\"m-1\\\"}\"; done", ", \"model\": \"ours\"");
	ck_assert_ok(identify());
	ck_assert_str_eq(identity.model, "m-1");
	ck_assert_str_eq(identity.fingerprint, "m-1, as the command tells");
	close_command();
	open_command(READ_LINE ANSWER "; done", ", \"model\": \"ours-2\"");
	ck_assert_ok(identify());
	ck_assert_str_eq(identity.model, "ours-2");
	ck_assert_str_eq(identity.fingerprint, "ours-2, as the config tells");
	close_command();
}
END_TEST

/* Hidden alike each time, so that it stays the same; and nowhere half of it. */
START_TEST(a_model_whose_name_holds_a_key_is_one_model)
{
	setenv("RQ_TEST_KEY", "k3y-7f20aa91bc", 1);
	for (size_t before = 2; before <= 200; before += 9) { /* across the end of what is kept of a name */
		char more[700];
		snprintf(more, sizeof more, "name=m-%0*d$RQ_TEST_KEY; " READ_LINE "echo \"{\\\"id\\\":$id,\\\"vector\\\":[1,2,3],\\\"model\\\":\\\"$name\\\"}\"; done", (int)before, 0);
		open_command(more, ", \"secret_env\": [\"RQ_TEST_KEY\"]");
		ck_assert_ok(identify());
		ck_assert_msg(strstr(identity.model, "k3y") == NULL && strstr(identity.fingerprint, "k3y") == NULL, "%s", identity.fingerprint);
		ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 2, NULL));
		close_command();
	}
	rq_secrets_forget();
}
END_TEST

/* ---- a text's own fault ---- */

START_TEST(an_error_is_the_texts_own)
{
	open_command(READ_LINE "case $line in *t007*) echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"too long\\\"}\";; *) " ANSWER ";; esac; done", "");
	ck_assert_ok(identify());
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 20, NULL));
	expect_arrivals(20, 2, 7);
	ck_assert_str_eq(results.reason, "too long");
	ck_assert_uint_eq(results.attempts, 1);
	close_command();
}
END_TEST

START_TEST(a_text_that_kills_the_command_is_found_and_the_rest_goes_on)
{
	struct rq_request_limit limit = {0};
	struct rq_service_use use;

	open_command(READ_LINE "case $line in *t007*) echo cannot take it >&2; exit 5;; *) " ANSWER ";; esac; done", ", \"window\": 16");
	ck_assert_ok(exec->identify(state, &identity, &limit, &err));
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 100, &limit));
	expect_arrivals(100, 2, 7);
	ck_assert_str_eq(results.reason, "it ended with exit status 5; on stderr it said last: cannot take it");
	ck_assert_uint_ge(results.attempts, 2);
	exec->use(state, &use);
	ck_assert_uint_eq(use.texts, 99);
	ck_assert_uint_eq(use.requests, limit.sent);
	ck_assert_uint_eq(use.requests, 101 + use.retries);
	ck_assert_uint_ge(use.retries, 1);
	ck_assert_uint_le(use.retries, 16);
	ck_assert_uint_eq(use.restarts, 2); /* with others, and alone */
	close_command();
}
END_TEST

START_TEST(a_text_that_is_never_answered_is_found)
{
	open_command(READ_LINE "case $line in *t003*) ;; *) " ANSWER ";; esac; done", ", \"window\": 4, \"timeout\": \"3s\"");
	ck_assert_ok(identify());
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 10, NULL));
	expect_arrivals(10, 2, 3);
	ck_assert_str_eq(results.reason, "no answer for 3 s, without a word on stderr");
	close_command();
}
END_TEST

/* Each of them alone brings no answer; the start that met the first has brought some. */
START_TEST(two_texts_in_a_row_that_kill_the_command_are_found)
{
	open_command(READ_LINE "case $line in *t007*|*t008*) exit 5;; *) " ANSWER ";; esac; done", ", \"window\": 16");
	ck_assert_ok(identify());
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 100, NULL));
	for (size_t i = 0; i < 100; i++)
		ck_assert_uint_eq(results.failures[i], i == 7 || i == 8);
	close_command();
}
END_TEST

/* A command in peace is suspected of nothing: what it had in flight when it left is asked for once more. */
START_TEST(a_command_that_answers_once_and_leaves_is_started_again)
{
	open_command(READ_LINE ANSWER "; exit 0; done", ", \"window\": 16");
	ck_assert_ok(identify());
	ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 40, NULL));
	expect_arrivals(40, 2, 40);
	close_command();
}
END_TEST

START_TEST(a_command_that_left_between_two_works_is_no_retry)
{
	struct rq_service_use use;
	siginfo_t ended;

	open_command(READ_LINE ANSWER "; exit 0; done", "");
	ck_assert_ok(identify());
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT), 0); /* it has left, and nobody has looked */
		ck_assert_ok(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 1, NULL));
		ck_assert_uint_eq(results.arrivals[0], 1);
	}
	exec->use(state, &use);
	ck_assert_uint_eq(use.retries, 0);
	close_command();
}
END_TEST

/* ---- the command's fault ---- */

static void expect_error(enum rq_status status, enum rq_status expected, const char *text)
{
	ck_assert_int_eq(status, expected);
	ck_assert_msg(strstr(err.text, text) != NULL, "expected \"%s\", got \"%s\"", text, err.text);
	ck_assert(strncmp(err.text, "command \"sh -c ", 15) == 0);
}

START_TEST(a_command_that_always_dies_is_unavailable)
{
	open_command("echo no model here >&2; exit 2", "");
	expect_error(identify(), RQ_E_UNAVAILABLE,
	             "\": it ended with exit status 2; on stderr it said last: no model here; 2 starts in succession brought no answer; run it by hand "
	             "with one line of its input");
	close_command();
	open_command("cat > /dev/null", ", \"timeout\": \"100ms\"");
	expect_error(identify(), RQ_E_UNAVAILABLE, "\": no answer for 0.1 s, without a word on stderr; it has answered nothing so far: run it by hand");
	close_command();
	open_command(READ_LINE "[ $id -gt 20 ] && exit 1; " ANSWER "; done", "");
	ck_assert_ok(identify());
	expect_error(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 100, NULL), RQ_E_UNAVAILABLE, "3 starts in succession brought no answer");
	close_command();
}
END_TEST

/* An answer that breaks the rules, for texts after the probe. */
static void expect_refusal(const char *answer, const char *text)
{
	char script[1024];

	snprintf(script, sizeof script, "%s'%s'; done", READ_LINE "[ $id = 1 ] && " ANSWER " && continue; echo ", answer);
	open_command(script, "");
	ck_assert_ok(identify());
	expect_error(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 3, NULL), RQ_E_DATA, text);
	close_command();
}

START_TEST(answers_that_break_the_rules_are_refused)
{
	expect_refusal("loading the model ...",
	               "\": it answered \"loading the model ...\", which is no JSON object; expected one a line on its output, and all else on stderr");
	expect_refusal("[1]", "\": it answered \"[1]\", which is no JSON object");
	expect_refusal("{\"vector\":[1,2,3]}", "\": \"id\" of an answer is missing; expected the number that came with the text");
	expect_refusal("{\"id\":-2,\"vector\":[1,2,3]}", "\": \"id\" of an answer is -2; expected the number that came with the text");
	expect_refusal("{\"id\":9,\"vector\":[1,2,3]}",
	               "\": an answer has the id 9, which was not asked or is answered already; expected each id once, as it came");
	expect_refusal("{\"id\":1,\"vector\":[1,2,3]}", "\": an answer has the id 1, which was not asked or is answered already");
	expect_refusal("{\"id\":2}", "\": \"vector\" of an answer is missing; expected an array of numbers, or an \"error\" instead");
	expect_refusal("{\"id\":2,\"vector\":[]}", "\": the vector of id 2 has 0 numbers; expected 1 to 65536");
	expect_refusal("{\"id\":2,\"vector\":[1,2]}", "\": the vector of id 2 has 2 numbers, not 3 as those before; run again once one model answers");
	expect_refusal("{\"id\":2,\"vector\":[1,null,3]}", "\": number 1 of the vector of id 2 is null; expected a finite number");
	expect_refusal("{\"id\":2,\"vector\":[0,-0,0]}", "\": the vector of id 2 is all zeros, which no model gives a text that is not empty");
	expect_refusal("{\"id\":2,\"vector\":[1,NaN,3]}", "where JSON has no NaN or Infinity");
	expect_refusal("{\"id\":2,\"vector\":[1,2,1e39]}", "\": number 2 of the vector of id 2 is 1e+39; expected a finite number");
	expect_refusal("{\"id\":2,\"vector\":[1,2,3],\"model\":\"other\"}", "\": the answer to id 2 comes from the model \"other\", not \"sh -c");
	expect_refusal("{\"id\":2,\"error\":\"\"}", "\": \"error\" of an answer is \"\"; expected a string that is not empty");
	expect_refusal("{\"id\":2,\"vector\":[1,2,3],\"truncated\":1}", "\": \"truncated\" of an answer is 1; expected true or false");
}
END_TEST

START_TEST(an_answer_given_twice_is_refused)
{
	open_command(READ_LINE ANSWER "; [ $id = 2 ] && " ANSWER "; done", ", \"window\": 1");
	ck_assert_ok(identify());
	expect_error(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 3, NULL), RQ_E_DATA,
	             "\": an answer has the id 2, which was not asked or is answered already");
	close_command();
}
END_TEST

START_TEST(an_endless_line_is_refused)
{
	open_command("yes | tr -d '\\n'", "");
	expect_error(identify(), RQ_E_DATA, "\": a line of more than 2162688 bytes");
	close_command();
}
END_TEST

/* ---- what the user allows ---- */

START_TEST(no_more_is_sent_than_allowed)
{
	struct rq_request_limit limit = {.limited = true, .most = 11};
	size_t count = 0;

	open_command(READ_LINE ANSWER "; done", ", \"window\": 4");
	ck_assert_ok(exec->identify(state, &identity, &limit, &err));
	expect_error(ask(RQ_ROLE_DOCUMENT, numbered_texts(), 50, &limit), RQ_E_UNAVAILABLE, "\": no more than 11 requests are allowed");
	ck_assert_uint_eq(limit.sent, 11);
	for (size_t i = 0; i < 50; i++)
		count += results.arrivals[i];
	ck_assert_uint_eq(count, 10); /* what was in flight is waited for */
	close_command();
}
END_TEST

START_TEST(an_assumed_model_is_held_to)
{
	const struct rq_identity other = {.model = "m", .fingerprint = "m, as the command tells", .dimension = 4};

	open_command(READ_LINE ANSWER "; done", "");
	exec->assume(state, &other);
	expect_error(ask(RQ_ROLE_TOPIC, numbered_texts(), 1, NULL), RQ_E_DATA, "has 3 numbers, not 4 as those before");
	close_command();
}
END_TEST

START_TEST(no_command_is_started_for_a_question_that_is_not_allowed)
{
	const struct rq_identity known = {.model = "m", .fingerprint = "m", .dimension = 3};
	struct rq_request_limit limit = {.limited = true};

	exec = rq_embedder_find("exec");
	ck_assert_ok(exec->open(&state, options_from(exec, &arena, "{\"command\": [\"no-such-program\"]}"), NULL, 0, &err));
	exec->assume(state, &known);
	ck_assert_int_eq(ask(RQ_ROLE_TOPIC, numbered_texts(), 1, &limit), RQ_E_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(err.text, "no more than 0 requests are allowed"));
	close_command();
}
END_TEST

START_TEST(options_are_checked_together)
{
	exec = rq_embedder_find("exec");
	ck_assert_int_eq(exec->check(options_from(exec, &arena, "{\"command\": []}"), &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "command: names no program; expected an array of its name and its arguments, like [\"node\", \"adapter.mjs\"]");
	ck_assert_int_eq(exec->check(options_from(exec, &arena, "{\"command\": [\"x\"], \"timeout\": \"0s\"}"), &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "timeout: expected a duration from 1ms to 24h");
	ck_assert_int_eq(exec->check(options_from(exec, &arena, "{\"command\": [\"x\"], \"timeout\": \"9999999999h\"}"), &err), RQ_E_CONFIG);
	ck_assert_int_eq(exec->open(&state, options_from(exec, &arena, "{\"command\": [\"x\"], \"secret_env\": [\"RQ_NOT_SET\"]}"), NULL, 0, &err),
	                 RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "secret_env: the environment variable \"RQ_NOT_SET\" is not set; set it to the value, which never stands in a config");
	rq_arena_release(&arena);
}
END_TEST

Suite *exec_suite(void)
{
	Suite *suite = suite_create("exec");
	TCase *tests = tcase_create("exec");

	tcase_set_timeout(tests, 60);

	tcase_add_test(tests, texts_become_vectors);
	tcase_add_test(tests, blank_lines_are_no_answers_and_nan_is_named);
	tcase_add_test(tests, answers_come_in_any_order);
	tcase_add_test(tests, the_model_is_told_by_answer_config_or_command);
	tcase_add_test(tests, a_model_whose_name_holds_a_key_is_one_model);
	tcase_add_test(tests, an_error_is_the_texts_own);
	tcase_add_test(tests, a_text_that_kills_the_command_is_found_and_the_rest_goes_on);
	tcase_add_test(tests, two_texts_in_a_row_that_kill_the_command_are_found);
	tcase_add_test(tests, a_command_that_answers_once_and_leaves_is_started_again);
	tcase_add_test(tests, a_command_that_left_between_two_works_is_no_retry);
	tcase_add_test(tests, a_text_that_is_never_answered_is_found);
	tcase_add_test(tests, a_command_that_always_dies_is_unavailable);
	tcase_add_test(tests, answers_that_break_the_rules_are_refused);
	tcase_add_test(tests, an_answer_given_twice_is_refused);
	tcase_add_test(tests, an_endless_line_is_refused);
	tcase_add_test(tests, no_more_is_sent_than_allowed);
	tcase_add_test(tests, an_assumed_model_is_held_to);
	tcase_add_test(tests, no_command_is_started_for_a_question_that_is_not_allowed);
	tcase_add_test(tests, options_are_checked_together);
	suite_add_tcase(suite, tests);
	return suite;
}
