/* Answers of every protocol, right and wrong, and refusals in every shape that services give them. */
#include "support.h"

#include "evalcore/base/secret.h"
#include "evalcore/embed/http/api.h"

#include <float.h>
#include <string.h>

static enum rq_status read_as(struct rq_answer *answer, const struct rq_api *api, size_t n, size_t dimension, const char *body, struct rq_error *err)
{
	*answer = (struct rq_answer){.n = n, .dimension = dimension};
	return rq_answer_read(answer, api, body, strlen(body), err);
}

static void expect_vectors(const struct rq_api *api, size_t n, size_t d, const char *body, const float *expected)
{
	struct rq_answer answer;
	struct rq_error err = {0};

	ck_assert_ok(read_as(&answer, api, n, d, body, &err));
	ck_assert_mem_eq(answer.vectors, expected, n * d * sizeof(float));
	rq_answer_release(&answer);
}

static void expect_fault(const struct rq_api *api, size_t n, size_t d, const char *body, const char *expected)
{
	struct rq_answer answer;
	struct rq_error err = {0};

	ck_assert_msg(read_as(&answer, api, n, d, body, &err) == RQ_E_DATA, "%s was taken", body);
	ck_assert_str_eq(err.text, expected);
	rq_answer_release(&answer);
}

START_TEST(openai_goes_by_index)
{
	struct rq_answer answer;
	struct rq_error err = {0};

	ck_assert_ok(read_as(&answer, &rq_api_openai, 2, 2,
	                     "{\"object\":\"list\",\"model\":\"m-1\",\"data\":[{\"object\":\"embedding\",\"index\":1,\"embedding\":[3,-4.5]},{\"index\":"
	                     "0,\"embedding\":[1,2]}],"
	                     "\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}",
	                     &err));
	ck_assert_mem_eq(answer.vectors, ((float[]){1, 2, 3, -4.5f}), 4 * sizeof(float));
	ck_assert_str_eq(answer.model, "m-1");
	ck_assert_uint_eq(answer.tokens, 8);
	rq_answer_release(&answer);
	/* the dimension is found out from one text */
	ck_assert_ok(read_as(&answer, &rq_api_openai, 1, 0, "{\"data\":[{\"index\":0,\"embedding\":[1,2,3]}]}", &err));
	ck_assert_uint_eq(answer.dimension, 3);
	ck_assert_str_eq(answer.model, "");
	ck_assert_uint_eq(answer.tokens, 0);
	rq_answer_release(&answer);
	/* so does the largest float, which is printed a little larger than it is */
	ck_assert_ok(read_as(&answer, &rq_api_openai, 1, 0, "{\"data\":[{\"index\":0,\"embedding\":[-3.4028235e38]}]}", &err));
	ck_assert_float_eq(answer.vectors[0], -FLT_MAX);
	rq_answer_release(&answer);
}
END_TEST

/* Bytes by Python's base64.b64encode(struct.pack("<3f", ...)). */
START_TEST(base64_is_little_endian_float32)
{
	expect_vectors(&rq_api_openai, 1, 3, "{\"data\":[{\"index\":0,\"embedding\":\"AACAPwAAAMDNzMw9\"}]}", (float[]){1, -2, 0.1f});
	expect_vectors(&rq_api_openai, 1, 1, "{\"data\":[{\"index\":0,\"embedding\":\"AACAPw==\"}]}", (float[]){1});
	expect_vectors(&rq_api_openai, 1, 2, "{\"data\":[{\"index\":0,\"embedding\":\"AACAPwAAAMA=\"}]}", (float[]){1, -2});
	const char *const bad[] = {"AACAPw=", "AACAPw", "AACA", "AAC*Pw==", "=ACAPw==", "AA=APw=="};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		char body[100];
		snprintf(body, sizeof body, "{\"data\":[{\"index\":0,\"embedding\":\"%s\"}]}", bad[i]);
		expect_fault(&rq_api_openai, 1, 1, body, "vector 0 is a string that is not base64 of float32 numbers");
	}
	expect_fault(&rq_api_openai, 1, 1, "{\"data\":[{\"index\":0,\"embedding\":\"AADAfw==\"}]}", "vector 0 holds no finite number at place 0");
	expect_fault(&rq_api_openai, 1, 1, "{\"data\":[{\"index\":0,\"embedding\":\"\"}]}", "vector 0 has 0 dimensions instead of 1");
}
END_TEST

START_TEST(llama_cpp_nests_its_pooled_vector)
{
	expect_vectors(&rq_api_openai, 2, 2, "[{\"index\":1,\"embedding\":[[3,4]]},{\"index\":0,\"embedding\":[[1,2]]}]", (float[]){1, 2, 3, 4});
	expect_fault(&rq_api_openai, 1, 2, "[{\"index\":0,\"embedding\":[[1,2],[3,4]]}]",
	             "vector 0 holds no finite number at place 0"); /* a vector a token */
}
END_TEST

START_TEST(openai_takes_nothing_that_is_wrong)
{
	expect_fault(&rq_api_openai, 2, 2, "", "the answer is empty");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,2]}", "the answer: not valid JSON at column 38");
	expect_fault(&rq_api_openai, 2, 2, "<html>", "the answer: not valid JSON at column 1");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,NaN]}]}", "the answer holds NaN or Infinity, so it is not JSON");
	expect_fault(&rq_api_openai, 2, 2, "{}", "the answer lacks an array \"data\" of vectors");
	expect_fault(&rq_api_openai, 2, 2, "7", "the answer lacks an array \"data\" of vectors");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,2]}]}", "the answer holds 1 vector for 2 texts");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,2]},{\"index\":0,\"embedding\":[1,2]}]}", "vector 0 stands twice");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":2,\"embedding\":[1,2]}]}",
	             "the answer lacks an \"index\" from 0 to 1 in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0.5,\"embedding\":[1,2]}]}",
	             "the answer lacks an \"index\" from 0 to 1 in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":-1,\"embedding\":[1,2]}]}",
	             "the answer lacks an \"index\" from 0 to 1 in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"embedding\":[1,2]}]}", "the answer lacks an \"index\" from 0 to 1 in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0}]}", "the answer lacks \"embedding\" in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[null]}", "the answer lacks \"embedding\" in an item of \"data\"");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,2,3]}]}", "vector 0 has 3 dimensions instead of 2");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1,null]}]}", "vector 0 holds no finite number at place 1");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[1e39,1]}]}", "vector 0 holds no finite number at place 0");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[-1e999,1]}]}", "vector 0 holds no finite number at place 0");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[\"1\",1]}]}", "vector 0 holds no finite number at place 0");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":null}]}", "vector 0 is null");
	expect_fault(&rq_api_openai, 1, 0, "{\"data\":[{\"index\":0,\"embedding\":[]}]}", "vector 0 has 0 dimensions");
	expect_fault(&rq_api_openai, 2, 2, "{\"data\":[{\"index\":0,\"embedding\":[0,-0.0]}]}",
	             "vector 0 is all zeros, which no model gives a text that is not empty");
}
END_TEST

START_TEST(tei_answers_in_order)
{
	expect_vectors(&rq_api_tei, 2, 2, "[[1,2],[3,4]]", (float[]){1, 2, 3, 4});
	expect_fault(&rq_api_tei, 2, 2, "[[1,2]]", "the answer holds 1 vector for 2 texts");
	expect_fault(&rq_api_tei, 1, 2, "[[1,2],[3,4]]", "vector 1 stands in an answer for 1 text");
	expect_fault(&rq_api_tei, 1, 2, "[1,2]", "vector 0 is a number");
	expect_fault(&rq_api_tei, 1, 2, "{\"error\":\"x\"}", "the answer is not an array of vectors");
}
END_TEST

START_TEST(ollama_answers_in_order)
{
	struct rq_answer answer;
	struct rq_error err = {0};

	ck_assert_ok(read_as(&answer, &rq_api_ollama, 2, 2,
	                     "{\"model\":\"all-minilm\",\"embeddings\":[[1,2],[3,4]],\"total_duration\":14143917,\"prompt_eval_count\":8}", &err));
	ck_assert_mem_eq(answer.vectors, ((float[]){1, 2, 3, 4}), 4 * sizeof(float));
	ck_assert_str_eq(answer.model, "all-minilm");
	ck_assert_uint_eq(answer.tokens, 8);
	rq_answer_release(&answer);
	expect_fault(&rq_api_ollama, 1, 2, "{\"embedding\":[1,2]}", "the answer lacks an array \"embeddings\" of vectors");
	expect_fault(&rq_api_ollama, 1, 2, "[]", "the answer lacks an array \"embeddings\" of vectors");
	expect_fault(&rq_api_ollama, 1, 2, "{\"embeddings\":[]}", "the answer holds 0 vectors for 1 text");
}
END_TEST

static enum rq_status read_facts(struct rq_api_facts *facts, const struct rq_api *api, const char *text, const char *model, struct rq_error *err)
{
	rq_json *root;

	*facts = (struct rq_api_facts){0};
	ck_assert_int_eq(rq_json_parse(&root, text, strlen(text), "facts", err), RQ_OK);
	enum rq_status status = api->read_facts(facts, root, model, err);
	rq_json_free(root);
	return status;
}

START_TEST(tei_tells_its_weights)
{
	static const char info[] =
		"{\"model_id\":\"BAAI/bge-small\",\"model_sha\":\"5c38ec7c405ec4b44b94cc5a9bb96e735b38267a\",\"model_dtype\":\"float16\","
		"\"model_type\":{\"embedding\":{\"pooling\":\"cls\"}},\"max_input_length\":512,\"max_client_batch_size\":32}";
	struct rq_api_facts facts;
	struct rq_error err = {0};

	ck_assert_ok(read_facts(&facts, &rq_api_tei, info, NULL, &err));
	ck_assert_str_eq(facts.model, "BAAI/bge-small");
	ck_assert_str_eq(facts.fingerprint, "sha 5c38ec7c405e float16 cls");
	ck_assert_uint_eq(facts.batch, 32);
	ck_assert_ok(read_facts(&facts, &rq_api_tei, "{\"model_id\":\"/data/mine\",\"model_sha\":null}", "/data/mine", &err));
	ck_assert_str_eq(facts.fingerprint, ""); /* weights of a folder have no digest */
	ck_assert_int_eq(read_facts(&facts, &rq_api_tei, info, "other", &err), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(err.text, "the service has the model \"BAAI/bge-small\", not \"other\"; start it with that one, or name this one as model");
	ck_assert_int_eq(read_facts(&facts, &rq_api_tei, "[]", NULL, &err), RQ_E_DATA);
}
END_TEST

START_TEST(ollama_tells_its_digests)
{
	static const char tags[] = "{\"models\":[{\"name\":\"llama3:8b\",\"digest\":\"365c0bd3c000\"},{\"name\":\"all-minilm:latest\",\"digest\":"
	                           "\"1b226e2802dbb772b5fc32a58f103ca1804ef7501331012de126ab22f67475ef\"}]}";
	struct rq_api_facts facts;
	struct rq_error err = {0};

	ck_assert_ok(read_facts(&facts, &rq_api_ollama, tags, "all-minilm", &err));
	ck_assert_str_eq(facts.model, "all-minilm");
	ck_assert_str_eq(facts.fingerprint, "sha 1b226e2802db");
	ck_assert_int_eq(read_facts(&facts, &rq_api_ollama, tags, "all", &err), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(err.text, "the service has no model \"all\"; it has: llama3:8b, all-minilm:latest; fetch it with \"ollama pull all\"");
	ck_assert_int_eq(read_facts(&facts, &rq_api_ollama, "{\"models\":[]}", "all", &err), RQ_E_UNAVAILABLE);
	ck_assert_str_eq(err.text, "the service has no model \"all\"; it has: none; fetch it with \"ollama pull all\"");
	ck_assert_int_eq(read_facts(&facts, &rq_api_ollama, "{\"models\":{}}", "all", &err), RQ_E_DATA);
}
END_TEST

START_TEST(refusals_have_many_shapes)
{
	static const struct {
		const char *body, *message, *code;
	} cases[] = {
		{"{\"error\":{\"message\":\"You exceeded your current "
	     "quota\",\"type\":\"insufficient_quota\",\"param\":null,\"code\":\"insufficient_quota\"}}",
	     "You exceeded your current quota", "insufficient_quota"},
		{"{\"error\":{\"message\":\"bad\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}", "bad", "invalid_request_error"},
		{"{\"error\":\"batch size 64 > maximum allowed batch size 32\",\"error_type\":\"Validation\"}",
	     "batch size 64 > maximum allowed batch size 32", "Validation"},
		{"{\"message\":\"too many\",\"code\":429,\"type\":\"overloaded\"}", "too many", "overloaded"},
		{"{\"error\":{\"code\":503,\"message\":\"Loading model\",\"type\":\"unavailable_error\"}}", "Loading model", "unavailable_error"},
		{"{\"error\":\"model \\\"x\\\" not found, try pulling it first\"}", "model \"x\" not found, try pulling it first", ""},
		{"{\"detail\":\"Not Found\"}", "Not Found", ""},
		{"{\"detail\":[{\"loc\":[\"body\",\"input\"],\"msg\":\"field required\",\"type\":\"value_error\"}]}", "field required", ""},
		{"upstream connect error\r\n", "upstream connect error\\r\\n", ""},
		{"<html><body>502 Bad Gateway</body></html>", "", ""},
		{"", "", ""},
		{"[]", "", ""},
		{"null", "", ""},
	};
	struct rq_refusal refusal;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		rq_refusal_read(&refusal, cases[i].body, strlen(cases[i].body));
		ck_assert_str_eq(refusal.message, cases[i].message);
		ck_assert_str_eq(refusal.code, cases[i].code);
	}
}
END_TEST

START_TEST(a_refusal_does_not_show_the_key)
{
	struct rq_error err = {0};
	struct rq_refusal refusal;
	char body[600];

	ck_assert_ok(rq_secret_keep("sk-very-secret", &err));
	rq_refusal_read(&refusal, "{\"error\":{\"message\":\"no such key: sk-very-secret!\"}}",
	                strlen("{\"error\":{\"message\":\"no such key: sk-very-secret!\"}}"));
	ck_assert_str_eq(refusal.message, "no such key: ***!");
	/* nor half of it, where the message is cut */
	snprintf(body, sizeof body, "%0290dsk-very-secret", 0);
	rq_refusal_read(&refusal, body, strlen(body));
	ck_assert_ptr_null(strstr(refusal.message, "sk-"));
	struct rq_answer answer;
	ck_assert_ok(read_as(&answer, &rq_api_ollama, 1, 1, "{\"model\":\"m-sk-very-secret\",\"embeddings\":[[1]]}", &err));
	ck_assert_str_eq(answer.model, "m-***");
	rq_answer_release(&answer);
	rq_secrets_forget();
}
END_TEST

Suite *http_answer_suite(void)
{
	Suite *suite = suite_create("http_answer");
	TCase *tests = tcase_create("answers");

	tcase_add_test(tests, openai_goes_by_index);
	tcase_add_test(tests, base64_is_little_endian_float32);
	tcase_add_test(tests, llama_cpp_nests_its_pooled_vector);
	tcase_add_test(tests, openai_takes_nothing_that_is_wrong);
	tcase_add_test(tests, tei_answers_in_order);
	tcase_add_test(tests, ollama_answers_in_order);
	tcase_add_test(tests, tei_tells_its_weights);
	tcase_add_test(tests, ollama_tells_its_digests);
	tcase_add_test(tests, refusals_have_many_shapes);
	tcase_add_test(tests, a_refusal_does_not_show_the_key);
	suite_add_tcase(suite, tests);
	return suite;
}
