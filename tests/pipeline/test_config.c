/* Configs that are refused, word for word, and what a good one becomes. Nothing is computed here. */
#include "lab.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"c\",\"topics\":\"t\",\"qrels\":\"q\"}"
#define EMBEDDERS "\"embedders\":{\"old\":{\"kind\":\"hash\"}}"
#define SIDES "\"baseline\":{},\"candidate\":{}"
#define GATES "\"gates\":[]"

static enum rq_status load(struct rq_config *config, const char *json, struct rq_error *err)
{
	struct rq_strings none = {0};

	lab_write_bytes("gate.json", json, strlen(json));
	return rq_config_load(config, "gate.json", &none, err);
}

struct refusal {
	const char *json, *message;
};

static void expect_refusals(const struct refusal *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rq_config config;
		struct rq_error err = {0};
		ck_assert_msg(load(&config, cases[i].json, &err) == RQ_E_CONFIG, "%s: accepted, or another error: %s", cases[i].json, err.text);
		ck_assert_msg(strcmp(err.text, cases[i].message) == 0, "%s:\n  says     %s\n  expected %s", cases[i].json, err.text, cases[i].message);
		rq_config_release(&config);
	}
}

#define EXPECT_REFUSALS(cases) expect_refusals((cases), sizeof(cases) / sizeof *(cases))

START_TEST(what_is_no_json_object)
{
	static const struct refusal cases[] = {
		{"", "X"},
		{"{", "X"},
		{"{\n\"suite\": \"x\",\n}", "X"},
		{"[1, 2]", "X"},
		{"5", "X"},
		{"null", "X"},
		{"{} {}", "X"},
		{"{\"suite\":\"a\",\"suite\":\"b\"}", "X"},
		{"{\"suite\":\"\xff\"}", "X"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(unknown_keys_at_every_depth)
{
	static const struct refusal cases[] = {
		{"{\"metrcs\":[]}", "X"},
		{"{\"x\":1}", "X"},
		{"{\"dataset\":{\"corpsu\":\"c\"}," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hash\",\"dims\":5}}," SIDES "," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"embeder\":\"old\"},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"facotry\":\"Flat\"}}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budgets\":\"1s\"}}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"latency\":{\"n\":5}}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"store\":\"x\"}", "X"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(values_of_the_wrong_type_or_range)
{
	static const struct refusal cases[] = {
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":\"5\"}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":0}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":2.5}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":1e999}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":null}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"schema_version\":2}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"profile\":\"prod\"}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"suite\":5}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"suite\":\"\"}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":\"RR@10\"}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[5]}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[\"AP\",\"RR@0\"]}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[\"nDGC@10\"]}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":5,\"metrics\":[\"RR@10\"]}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":[]}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budget\":\"10\"}}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budget\":10}}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"latency\":{\"samples\":-1}}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":[],\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":null," GATES "}", "X"},
		{"{\"dataset\":[]," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{\"dataset\":{\"corpus\":5}," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{\"dataset\":{\"path\":\"p\",\"unit\":\"chunk\"}," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{\"dataset\":{\"path\":\"p\",\"fields\":[]}," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":[]," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":\"lsa\"}," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":{}}," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hsah\"}}," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"openai\"}}," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hash\",\"dim\":0}}," SIDES "," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"fais\"}},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"hnsw\"}},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"faiss\"}},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"factory\":\"HSNW32\"}},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"factory\":\"HNSW32,Flat\",\"search\":\"efSerach=5\"}}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":5}," GATES "}", "X"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(keys_that_are_missing_or_exclude_each_other)
{
	static const struct refusal cases[] = {
		{"{}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{}}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{}," GATES "}", "X"},
		{"{\"dataset\":{\"corpus\":\"c\",\"topics\":\"t\"}," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{\"dataset\":{\"topics\":\"t\",\"qrels\":\"q\"}," EMBEDDERS "," SIDES "," GATES "}", "X"},
		{"{\"dataset\":{\"corpus\":\"c\",\"qrels\":\"q\"}," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"run\":\"r\"}," GATES "}", "X"},
		{"{" DATASET "," SIDES "," GATES "}", "X"},
		{"{" DATASET ",\"embedders\":{\"a\":{\"kind\":\"hash\"},\"b\":{\"kind\":\"hash\"}}," SIDES "," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"embedder\":\"odl\"},\"candidate\":{}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"embedder\":\"new-model\"}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"run\":\"r\",\"embedder\":\"old\"}," GATES "}", "X"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"truth\":\"r\",\"topics\":5}}", "X"},
		{"{" DATASET ",\"embedders\":{\"a\":{\"kind\":\"hash\"},\"b\":{\"kind\":\"hash\",\"dim\":9}},\"baseline\":{\"embedder\":\"a\"},\"candidate\":{\"embedder\":\"b\"}," GATES
		 ",\"exact\":{\"truth\":\"r\"}}",
		 "X"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"file\":\"a\",\"factory\":\"Flat\"}},\"candidate\":{}," GATES "}", "X"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

Suite *config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tests = lab_case("config");

	tcase_add_test(tests, what_is_no_json_object);
	tcase_add_test(tests, unknown_keys_at_every_depth);
	tcase_add_test(tests, values_of_the_wrong_type_or_range);
	tcase_add_test(tests, keys_that_are_missing_or_exclude_each_other);
	suite_add_tcase(suite, tests);
	return suite;
}
