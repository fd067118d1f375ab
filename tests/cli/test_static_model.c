/* A static model as a user runs it: two cuts of one model are two models, the cache goes by the files' bytes, and what is wrong with them is told. */
#include "cli.h"

#include "evalcore/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const files[] = {"model.safetensors", "tokenizer.json", "config.json"};

/* Upstream's test model of 64 dimensions, copied to a folder of the test's. False where the real collections are missing. */
static bool copy_model(const char *folder)
{
	char *fixture = cli_shared("models/model2vec-fixtures/vocab-quantized"), path[4200], name[64];
	struct rq_error err = {0};

	if (fixture == NULL)
		return false;
	cli_make_folder(folder);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct rq_buf file = {0};
		snprintf(path, sizeof path, "%s/%s", fixture, files[i]);
		ck_assert_msg(rq_file_read(&file, path, &err) == RQ_OK, "%s", err.text);
		snprintf(name, sizeof name, "%s/%s", folder, files[i]);
		cli_write_bytes(name, file.data, file.size);
		rq_buf_release(&file);
	}
	free(fixture);
	return true;
}

static void configure(const char *folder)
{
	char *config;

	ck_assert_int_ge(asprintf(&config,
	                          "{\"dataset\": {\"path\": \".\"}, \"embedders\": {\"whole\": {\"kind\": \"static\", \"folder\": \"%s\"}, "
	                          "\"start\": {\"kind\": \"static\", \"folder\": \"%s\", \"max_length\": 8}}, \"baseline\": {\"embedder\": \"whole\", "
	                          "\"index\": {\"kind\": \"exact\"}}, \"candidate\": {\"embedder\": \"start\"}, \"metrics\": [\"RR@10\"], "
	                          "\"latency\": {\"samples\": 0}, \"gates\": [\"RR@10 >= 0.1\"], \"reports\": {\"json\": \"out/report.json\"}}",
	                          folder, folder),
	                 0);
	cli_write("gate.json", config);
	free(config);
}

static const char *side_text(const rq_json *report, const char *side, const char *key)
{
	const rq_json *value = rq_json_get(rq_json_get(rq_json_get(rq_json_get(report, "diagnostics"), "sides"), side), key);

	ck_assert_msg(value != NULL && rq_json_string(value) != NULL, "%s.%s", side, key);
	return rq_json_string(value);
}

static rq_json *run(void)
{
	struct cli result = CLI_EXPECT(0, "run", "gate.json");

	cli_free(&result);
	return cli_report("out/report.json", true);
}

START_TEST(the_cache_goes_by_the_bytes_of_the_model)
{
	if (!copy_model("model") || !copy_model("moved"))
		return;
	cli_example();
	configure("model");
	rq_json *first = run();
	ck_assert_str_eq(side_text(first, "baseline", "embedder"), "static");
	ck_assert_str_ne(side_text(first, "baseline", "model"), side_text(first, "candidate", "model"));
	ck_assert_double_gt(cli_metric(first, "RR@10", "baseline"), cli_metric(first, "RR@10", "candidate"));
	ck_assert_ptr_nonnull(strstr(cli_cache_use(first, "candidate.embed"), " 0 known"));

	configure("moved");
	rq_json *second = run();
	ck_assert_int_eq(strncmp(cli_cache_use(second, "baseline.embed"), "0 texts embedded", 16), 0);
	ck_assert_str_eq(side_text(first, "baseline", "model"), side_text(second, "baseline", "model"));

	struct rq_buf tensors = cli_read("moved/model.safetensors");
	tensors.data[tensors.size - 4] ^= 1; /* the last token's row */
	cli_write_bytes("moved/model.safetensors", tensors.data, tensors.size);
	rq_buf_release(&tensors);
	rq_json *third = run();
	ck_assert_int_ne(strncmp(cli_cache_use(third, "baseline.embed"), "0 texts embedded", 16), 0);
	ck_assert_str_ne(side_text(first, "baseline", "model"), side_text(third, "baseline", "model"));
	rq_json_free(first);
	rq_json_free(second);
	rq_json_free(third);
}
END_TEST

START_TEST(what_is_wrong_with_a_model_is_told_before_anything_is_paid_for)
{
	if (!copy_model("model"))
		return;
	cli_example();
	configure("model");
	struct rq_buf tensors = cli_read("model/model.safetensors");
	cli_write_bytes("model/model.safetensors", tensors.data, tensors.size - 1);
	rq_buf_release(&tensors);
	struct cli result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 65,
	                   "baseline: model/model.safetensors: cut short: tensor \"mapping\" takes 118096 bytes, found 118095; copy the file again");
	cli_remove("model/tokenizer.json");
	result = cli("run", "gate.json", NULL);
	cli_expect_refusal(&result, 64,
	                   "embedders.whole.folder: \"model\" holds no static model; expected model.safetensors, tokenizer.json and config.json, or "
	                   "those of sentence-transformers");
}
END_TEST

Suite *static_model_suite(void)
{
	Suite *suite = suite_create("static_model");
	TCase *tests = cli_case("static_model");

	tcase_add_test(tests, the_cache_goes_by_the_bytes_of_the_model);
	tcase_add_test(tests, what_is_wrong_with_a_model_is_told_before_anything_is_paid_for);
	suite_add_tcase(suite, tests);
	return suite;
}
