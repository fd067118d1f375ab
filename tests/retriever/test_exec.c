/* The retriever exec: real commands, written here for sh, well behaved and not. */
#include "evalcore/base/json.h"
#include "evalcore/retriever/retriever.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { TOPICS = 40, K = 3 };

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

#define READ_LINE "while IFS= read -r line; do topic=${line#*\\\"topic\\\":\\\"}; topic=${topic%%\\\"*}; "
/* Two hits, one of them of a document that is named after the topic. */
#define HITS "\\\"hits\\\":[{\\\"id\\\":\\\"of-$topic\\\",\\\"score\\\":0.5},{\\\"id\\\":\\\"last\\\",\\\"score\\\":-1}]"
#define ANSWER "echo \"{\\\"topic\\\":\\\"$topic\\\"," HITS ",\\\"latency_ms\\\":0.25,\\\"scan\\\":\\\"flat\\\"}\""

static const struct rq_retriever *exec;
static struct rq_arena arena;
static struct rq_error err;
static void *state;
static char said[2048];

static struct {
	unsigned answers[TOPICS], failures[TOPICS], attempts;
	double seconds, waited, score;
	size_t count;
	char first[64], last[64], reason[1024];
} results;

static enum rq_status answered(void *context, size_t question, const struct rq_answer *answer, struct rq_error *e)
{
	(void)context;
	(void)e;
	results.answers[question]++;
	results.seconds = answer->seconds;
	results.waited = answer->waited;
	results.count = answer->count;
	if (answer->count > 0) {
		char expected[32];
		snprintf(results.first, sizeof results.first, "%s", answer->documents[0].document);
		snprintf(results.last, sizeof results.last, "%s", answer->documents[answer->count - 1].document);
		results.score = answer->documents[0].score;
		snprintf(expected, sizeof expected, "of-q%zu", question);
		if (strncmp(results.first, "of-", 3) == 0)
			ck_assert_str_eq(results.first, expected);
	}
	return RQ_OK;
}

static enum rq_status failed(void *context, size_t question, const char *reason, unsigned attempts, double seconds, struct rq_error *e)
{
	(void)context;
	(void)e;
	ck_assert_double_ge(seconds, 0);
	results.failures[question]++;
	results.attempts = attempts;
	snprintf(results.reason, sizeof results.reason, "%s", reason);
	return RQ_OK;
}

static void *options_from(const char *script, const char *more)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf json = {0};
	rq_json *root;
	void *options;

	exec = rq_retriever_find("exec");
	options = rq_arena_alloc(&arena, 1, exec->options_size);
	rq_buf_puts(&json, "{\"command\": [\"sh\", \"-c\", ");
	rq_json_quote(&json, script);
	rq_buf_printf(&json, "]%s}", more);
	ck_assert_ok(rq_json_parse(&root, json.data, json.size, "options", &err));
	ck_assert_ok(rq_options_parse(options, exec->options, root, "", "/", &arena, &err));
	rq_json_free(root);
	return options;
}

static void open_command(const char *script, const char *more)
{
	const struct rq_retriever_context context = {.place = "candidate.index", .dimension = 3, .k = K};
	void *options = options_from(script, more);

	ck_assert_ok(exec->check(options, &err));
	ck_assert_ok(exec->open(&state, options, &context, &err));
}

static void close_command(void)
{
	exec->close(state);
	rq_arena_release(&arena);
}

static enum rq_status search(size_t n)
{
	static const float vector[] = {.1f, -1, 1e-9f};
	static char topics[TOPICS][24];
	struct rq_question questions[TOPICS];

	for (size_t i = 0; i < n; i++) {
		snprintf(topics[i], sizeof topics[i], "q%zu", i);
		questions[i] = (struct rq_question){.topic = topics[i], .text = "caf\xc3\xa9 \"x\"", .vector = vector, .k = K};
	}
	const struct rq_search_work work = {.questions = questions, .count = n, .answered = answered, .failed = failed};
	memset(&results, 0, sizeof results);
	return exec->search(state, &work, &err);
}

static void expect_answers(size_t n, size_t but)
{
	for (size_t i = 0; i < n; i++) {
		ck_assert_uint_eq(results.answers[i], i != but);
		ck_assert_uint_eq(results.failures[i], i == but);
	}
}

static enum rq_status say(void *context, bool warning, const char *text, struct rq_error *e)
{
	size_t used = strlen(said);

	(void)context;
	(void)e;
	snprintf(said + used, sizeof said - used, "%s%s\n", warning ? "warning: " : "", text);
	return RQ_OK;
}

static const char *tell(void)
{
	const char *scan;

	said[0] = '\0';
	ck_assert_ok(exec->tell(state, &scan, say, NULL, &err));
	return scan;
}

START_TEST(topics_become_hits)
{
	open_command(READ_LINE ANSWER "; done", "");
	ck_assert_ok(search(TOPICS));
	expect_answers(TOPICS, TOPICS);
	ck_assert_uint_eq(results.count, 2);
	ck_assert_str_eq(results.first, "of-q39");
	ck_assert_str_eq(results.last, "last");
	ck_assert_double_eq(results.score, .5);
	ck_assert_double_eq(results.seconds, .00025);
	ck_assert_str_eq(tell(), "flat");
	ck_assert_str_eq(
		said, "the command says how it searched: flat\n"
			  "warning: 40 of 40 searches brought fewer hits than asked for, at worst 2 of 3: a filter, or an index that looks at too little\n");
	close_command();
}
END_TEST

START_TEST(the_question_is_one_line_of_json)
{
	static const char line[] = "{\"topic\":\"q0\",\"k\":3,\"text\":\"caf\xc3\xa9 \\\"x\\\"\",\"vector\":[0.1,-1,1e-09]}",
	                  short_line[] = "{\"topic\":\"q0\",\"k\":3,\"text\":\"caf\xc3\xa9 \\\"x\\\"\"}";
	char script[1024];

	snprintf(script, sizeof script, "%s[ \"$line\" = '%s' ] && " ANSWER "; done", READ_LINE, line);
	open_command(script, "");
	ck_assert_ok(search(1));
	ck_assert_uint_eq(results.answers[0], 1);
	close_command();
	snprintf(script, sizeof script, "%s[ \"$line\" = '%s' ] && " ANSWER "; done", READ_LINE, short_line);
	open_command(script, ", \"vectors\": false");
	ck_assert_ok(search(1));
	ck_assert_uint_eq(results.answers[0], 1);
	ck_assert(!exec->wants_vectors(options_from("x", ", \"vectors\": false")));
	ck_assert(exec->wants_vectors(options_from("x", "")));
	close_command();
}
END_TEST

/* They are handed on as they came: what becomes of them is the same for every retriever. */
START_TEST(an_order_that_scores_contradict_is_said)
{
	open_command(READ_LINE
	             "echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"a\\\",\\\"score\\\":1},{\\\"id\\\":\\\"b\\\",\\\"score\\\":2},"
	             "{\\\"id\\\":\\\"c\\\",\\\"score\\\":2}]}\"; done",
	             "");
	ck_assert_ok(search(2));
	ck_assert_str_eq(results.first, "a");
	ck_assert_str_eq(results.last, "c");
	ck_assert_double_gt(results.seconds, 0); /* from question to answer */
	ck_assert_ptr_null(tell());
	ck_assert_str_eq(said, "warning: 2 of 2 searches brought hits in an order that their scores contradict, and were sorted by score: is a higher "
	                       "score the better one?\n");
	close_command();
}
END_TEST

START_TEST(ways_of_searching_are_counted)
{
	open_command(READ_LINE "scan=hnsw; [ $topic = q3 ] && scan='full scan'; echo \"{\\\"topic\\\":\\\"$topic\\\",\\\"hits\\\":[{\\\"id\\\":\\\"a\\\",\\\"score\\\":1},"
	                       "{\\\"id\\\":\\\"b\\\",\\\"score\\\":0},{\\\"id\\\":\\\"c\\\",\\\"score\\\":0}],\\\"scan\\\":\\\"$scan\\\"}\"; done",
	             "");
	ck_assert_ok(search(10));
	ck_assert_str_eq(tell(), "hnsw x 9, full scan x 1");
	ck_assert_str_eq(said, "warning: the command searched in more than one way: hnsw x 9, full scan x 1\n");
	close_command();
}
END_TEST

START_TEST(a_topic_may_fail_alone)
{
	open_command(
		READ_LINE "if [ $topic = q5 ]; then echo \"{\\\"topic\\\":\\\"q5\\\",\\\"error\\\":\\\"no such filter\\\"}\"; else " ANSWER "; fi; done", "");
	ck_assert_ok(search(TOPICS));
	expect_answers(TOPICS, 5);
	ck_assert_str_eq(results.reason, "no such filter");
	ck_assert_uint_eq(results.attempts, 1);
	close_command();
	open_command(READ_LINE "[ $topic = q5 ] && exit 9; " ANSWER "; done", "");
	ck_assert_ok(search(TOPICS));
	expect_answers(TOPICS, 5);
	ck_assert_str_eq(results.reason, "it ended with exit status 9, without a word on stderr");
	ck_assert_uint_eq(results.attempts, 2);
	close_command();
}
END_TEST

START_TEST(a_command_that_left_between_two_searches_is_started_again)
{
	open_command(READ_LINE ANSWER "; exit 0; done", ", \"window\": 1");
	ck_assert_ok(search(1));
	for (int i = 0; i < 5; i++) {
		ck_assert_ok(search(1));
		ck_assert_uint_eq(results.answers[0], 1);
	}
	close_command();
}
END_TEST

/* It would be taken for the answer to the next search of that topic. */
START_TEST(an_answer_too_many_is_refused)
{
	siginfo_t ended;

	open_command("read -r line; topic=q0; " ANSWER "; " ANSWER, "");
	ck_assert_ok(search(1));
	ck_assert_int_eq(waitid(P_ALL, 0, &ended, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(search(1), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "\": an answer has the topic \"q0\", which was not asked or is answered already; expected each topic once"));
	close_command();
}
END_TEST

START_TEST(a_command_that_is_down_is_unavailable)
{
	open_command("echo connection refused >&2; exit 1", "");
	ck_assert_int_eq(search(4), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(
		err.text,
		"candidate.index: command \"sh -c 'echo connection refused >&2; exit 1'\": it ended with exit status 1; on stderr it said last: connection refused; "
		"2 starts in succession brought no answer; run it by hand with one line of its input");
	close_command();
}
END_TEST

static void expect_refusal(const char *answer, const char *text)
{
	char script[1024];

	snprintf(script, sizeof script, "read -r line; echo '%s'; cat > /dev/null", answer);
	open_command(script, "");
	ck_assert_int_eq(search(2), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, text) != NULL, "expected \"%s\", got \"%s\"", text, err.text);
	ck_assert(strncmp(err.text, "candidate.index: command \"sh -c ", 32) == 0);
	close_command();
}

START_TEST(answers_that_break_the_rules_are_refused)
{
	expect_refusal("connected", "\": it answered \"connected\", which is no JSON object; expected one a line on its output, and all else on stderr");
	expect_refusal("{\"hits\":[]}", "\": \"topic\" of an answer is missing; expected the string that came with the question");
	expect_refusal("{\"topic\":\"q7\",\"hits\":[]}",
	               "\": an answer has the topic \"q7\", which was not asked or is answered already; expected each topic once, as it came");
	expect_refusal("{\"topic\":\"q0\"}", "\": \"hits\" of an answer is missing; expected an array of them, or an \"error\" instead");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[\"d1\"]}",
	               "\": \"hits\" of an answer is \"d1\"; expected objects like {\"id\": \"d7\", \"score\": 0.83}");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[{\"id\":7,\"score\":1}]}", "\": \"id\" of an answer is 7; expected the document");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[{\"id\":\"d\",\"score\":null}]}", "\": \"score\" of an answer is null; expected a number, higher is better: negate a distance");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[{\"id\":\"a\",\"score\":2},{\"id\":\"b\",\"score\":1},{\"id\":\"c\",\"score\":1},{\"id\":\"d\",\"score\":1}]}",
	               "\": topic \"q0\" has 4 hits; expected at most the 3 that \"k\" asks for");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[],\"latency_ms\":-1}", "\": \"latency_ms\" of an answer is -1; expected the milliseconds that the search took, above 0");
	expect_refusal("{\"topic\":\"q0\",\"hits\":[],\"latency_ms\":0}", "\": \"latency_ms\" of an answer is 0; expected the milliseconds");
}
END_TEST

START_TEST(a_told_time_is_within_what_was_waited)
{
	open_command(READ_LINE "sleep .02; " ANSWER "; done", "");
	ck_assert_ok(search(1));
	ck_assert_double_eq(results.seconds, .00025);
	ck_assert_double_gt(results.waited, .02);
	close_command();
	open_command(READ_LINE "echo \"{\\\"topic\\\":\\\"$topic\\\"," HITS "}\"; done", "");
	ck_assert_ok(search(1));
	ck_assert_double_gt(results.seconds, 0);
	ck_assert_double_eq(results.waited, 0);
	close_command();
	expect_refusal("{\"topic\":\"q0\",\"hits\":[],\"latency_ms\":1e7}", "\": topic \"q0\": \"latency_ms\" is 1e+07, and the answer was here ");
}
END_TEST

START_TEST(it_says_what_is_searched)
{
	struct rq_buf words = {0};

	exec = rq_retriever_find("exec");
	exec->describe(&words, options_from("cat", ", \"name\": \"lancedb ivf_pq\""));
	ck_assert_str_eq(words.data, "exec lancedb ivf_pq");
	rq_buf_clear(&words);
	exec->describe(&words, options_from("cat x", ""));
	ck_assert_str_eq(words.data, "exec sh -c 'cat x'");
	rq_buf_release(&words);
	rq_arena_release(&arena);
}
END_TEST

Suite *exec_suite(void);
Suite *exec_suite(void)
{
	Suite *suite = suite_create("exec");
	TCase *tests = tcase_create("exec");

	tcase_add_test(tests, topics_become_hits);
	tcase_add_test(tests, the_question_is_one_line_of_json);
	tcase_add_test(tests, an_order_that_scores_contradict_is_said);
	tcase_add_test(tests, ways_of_searching_are_counted);
	tcase_add_test(tests, a_topic_may_fail_alone);
	tcase_add_test(tests, a_command_that_left_between_two_searches_is_started_again);
	tcase_add_test(tests, an_answer_too_many_is_refused);
	tcase_add_test(tests, a_command_that_is_down_is_unavailable);
	tcase_add_test(tests, answers_that_break_the_rules_are_refused);
	tcase_add_test(tests, a_told_time_is_within_what_was_waited);
	tcase_add_test(tests, it_says_what_is_searched);
	suite_add_tcase(suite, tests);
	return suite;
}
