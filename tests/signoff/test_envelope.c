/* What is signed, to the byte; and envelopes that are none. */
#include "people.h"

static struct people people;

static void set_up(void)
{
	people_make(&people);
}

static void tear_down(void)
{
	people_remove(&people);
}

/* The example of DSSE's own specification (protocol.md). */
START_TEST(pre_authentication_encoding)
{
	struct rq_buf text = {0};

	rq_envelope_signed(&text, "http://example.com/HelloWorld", "hello world", 11);
	ck_assert_str_eq(text.data, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
	rq_buf_release(&text);
}
END_TEST

START_TEST(there_and_back)
{
	static const char payload[] = "{\"a\":\"\xC3\xA4\"}";
	struct rq_arena arena = {0};
	struct rq_envelope envelope;
	struct rq_buf line = {0};
	bool holds = false;

	PEOPLE_OK(&people, rq_envelope_write(&line, payload, sizeof payload - 1, &people.ann, &people.err));
	ck_assert_int_eq(line.data[line.size - 1], '\n');
	PEOPLE_OK(&people, rq_envelope_read(&envelope, line.data, line.size - 1, &arena, &people.err));
	ck_assert_uint_eq(envelope.payload_size, sizeof payload - 1);
	ck_assert_str_eq(envelope.payload, payload);
	ck_assert_str_eq(envelope.key_id, people.ann.public.id);
	PEOPLE_OK(&people, rq_envelope_check(&holds, &envelope, &people.ann.public, &people.err));
	ck_assert(holds);
	PEOPLE_OK(&people, rq_envelope_check(&holds, &envelope, &people.bob.public, &people.err));
	ck_assert(!holds);
	rq_buf_release(&line);
	rq_arena_release(&arena);
}
END_TEST

#define SIG "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQQ=="

/* The first is one; each of the others means the same or less, in another form. */
START_TEST(one_form)
{
	static const struct {
		const char *line, *fault;
	} lines[] = {
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", NULL},
		{"{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "form"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e31=\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "form"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\", \"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "form"},
		{"{\"payloadType\":\"text/plain\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "form"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"},{}]}", "form"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"1\",\"sig\":\"" SIG "\"}]}", "no signature"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[]}", "no signature"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":\"\"}", "no signature"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\"}", "no signature"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"!\",\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "base64"},
		{"{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":{},\"signatures\":[{\"keyid\":\"" ONES "\",\"sig\":\"" SIG "\"}]}", "base64"},
		{"[]", "no signature"},
		{"{", "no envelope in JSON"},
		{"", "no envelope in JSON"},
	};
	struct rq_arena arena = {0};
	struct rq_envelope envelope;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		enum rq_status status = rq_envelope_read(&envelope, lines[i].line, strlen(lines[i].line), &arena, &people.err);
		ck_assert_msg(status == (lines[i].fault == NULL ? RQ_OK : RQ_E_DATA), "%s", lines[i].line);
		if (lines[i].fault != NULL)
			ck_assert_msg(strstr(people.err.text, lines[i].fault) != NULL, "%s: %s", lines[i].line, people.err.text);
	}
	rq_arena_release(&arena);
}
END_TEST

Suite *envelope_suite(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tests = tcase_create("envelope");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, pre_authentication_encoding);
	tcase_add_test(tests, there_and_back);
	tcase_add_test(tests, one_form);
	suite_add_tcase(suite, tests);
	return suite;
}
