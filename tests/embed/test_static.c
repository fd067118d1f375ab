/* Static models: upstream's own models with the vectors that upstream's tests expect of them, models of three tokens whose means are known, and what
 * is refused. */
#include "support.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/json.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/static/model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rq_embedder *embedder;
static struct rq_arena arena;
static struct rq_buf bytes;
static struct rq_error err;
static char *made; /* a folder that a test has made */
static void *state;

static void set_up(void)
{
	embedder = rq_embedder_find("static");
	ck_assert_ptr_nonnull(embedder);
}

static void tear_down(void)
{
	embedder->close(state);
	state = NULL;
	rq_buf_release(&bytes);
	rq_arena_release(&arena);
	if (made != NULL) {
		char *command;
		ck_assert_int_ge(asprintf(&command, "rm -rf '%s'", made), 0);
		ck_assert_int_eq(system(command), 0);
		free(command);
		free(made);
		made = NULL;
	}
}

static enum rq_status open_folder(const char *folder, const char *more)
{
	char *json;

	embedder->close(state);
	state = NULL;
	rq_buf_release(&bytes);
	ck_assert_int_ge(asprintf(&json, "{\"folder\": \"%s\"%s}", folder, more), 0);
	const void *options = options_from(embedder, &arena, json);
	free(json);
	enum rq_status status = embedder->ready(options, &err);
	if (status == RQ_OK)
		status = embedder->read(&bytes, options, &err);
	return status == RQ_OK ? embedder->open(&state, options, bytes.data, bytes.size, &err) : status;
}

static float *embed(const char *const *texts, size_t n)
{
	float *out = malloc(n * embedder->dimension(state) * sizeof *out);

	ck_assert_ok(embedder->embed(state, RQ_ROLE_DOCUMENT, texts, n, out, NULL, &err));
	return out;
}

/* ---- upstream's ---- */

/* False where the real models are missing. */
static bool open_fixture(const char *name, const char *more)
{
	char file[128], folder[4096];

	snprintf(file, sizeof file, "models/model2vec-fixtures/%s/config.json", name);
	const char *path = shared_file(file);
	if (path == NULL)
		return false;
	ck_assert_ptr_nonnull(realpath(path, folder));
	*strrchr(folder, '/') = '\0';
	ck_assert_ok(open_folder(folder, more));
	return true;
}

/* `times` times the word, parted by a blank. */
static char *repeated(const char *word, size_t times)
{
	struct rq_buf text = {0};

	for (size_t i = 0; i < times; i++)
		rq_buf_printf(&text, "%s%s", i == 0 ? "" : " ", word);
	return text.data;
}

/* tests/test_rust_matches_python.rs of MinishLab/model2vec-rs: "hello world" and a thousand times "hello", within 1e-5 of each number. */
static void check_upstream(const char *model, const char *expected, const char *text)
{
	struct rq_buf file = {0};
	char name[128];
	rq_json *root;

	if (!open_fixture(model, ""))
		return;
	snprintf(name, sizeof name, "models/model2vec-fixtures/%s", expected);
	ck_assert_ok(rq_file_read(&file, shared_file(name), &err));
	ck_assert_ok(rq_json_parse(&root, file.data, file.size, expected, &err));
	const rq_json *numbers = rq_json_first(root), *number = rq_json_first(numbers);
	float *out = embed(&text, 1);
	ck_assert_uint_eq(rq_json_size(numbers), embedder->dimension(state));
	for (size_t i = 0; number != NULL; number = rq_json_next(number), i++)
		ck_assert_double_eq_tol(out[i], rq_json_number(number), 1e-5 * fabs(rq_json_number(number)));
	free(out);
	rq_json_free(root);
	rq_buf_release(&file);
}

START_TEST(test_vectors_of_upstream)
{
	char *thousand = repeated("hello", 1000);

	check_upstream("float32", "embeddings_short.json", "hello world");
	check_upstream("float32", "embeddings_long.json", thousand);
	check_upstream("vocab-quantized", "embeddings_vocab_quantized.json", thousand);
	free(thousand);
}
END_TEST

/* tests/test_quantization.rs of the same. */
START_TEST(test_models_of_fewer_bits)
{
	static const char *const names[] = {"float32", "float16", "int8"}, *const text = "hello world";
	static const double bounds[] = {1e-9, 1e-3, 1e-1};
	float reference[2];

	for (size_t i = 0; i < 3; i++) {
		if (!open_fixture(names[i], ""))
			return;
		float *out = embed(&text, 1);
		memcpy(reference, i == 0 ? out : reference, sizeof reference);
		for (size_t j = 0; j < 2; j++)
			ck_assert_double_eq_tol(out[j], reference[j], bounds[i] * fabs(reference[j]));
		free(out);
	}
}
END_TEST

START_TEST(test_rows_hang_on_their_text_alone)
{
	enum { TEXTS = 1000, THREADS = 3 };
	struct rq_corpus corpus = random_corpus(TEXTS, 5, 7);
	const char *texts[TEXTS];
	int before = rq_threads();

	if (!open_fixture("vocab-quantized", ""))
		return;
	for (size_t i = 0; i < TEXTS; i++)
		texts[i] = corpus.documents[i].text;
	rq_threads_set(1);
	float *all = embed(texts, TEXTS);
	rq_threads_set(THREADS);
	float *threaded = embed(texts, TEXTS);
	ck_assert_mem_eq(all, threaded, TEXTS * 64 * sizeof *all);
	for (size_t i = 0; i < TEXTS; i += 13) {
		float *one = embed(&texts[i], 1);
		ck_assert_mem_eq(one, all + i * 64, 64 * sizeof *one);
		free(one);
	}
	rq_threads_set(before);
	free(all);
	free(threaded);
	rq_corpus_release(&corpus);
}
END_TEST

/* ---- three tokens ---- */

#define TOKENS "\"vocab\": {\"[UNK]\": 0, \"a\": 1, \"b\": 2}"
#define TOKENIZER \
	"{\"normalizer\": null, \"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, \"model\": {\"type\": \"WordPiece\", \"unk_token\": \"[UNK]\", " \
	"\"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 9, " TOKENS "}}"
#define HEADER(tensors) "{" tensors "}"
#define EMBEDDINGS "\"embeddings\": {\"dtype\": \"F32\", \"shape\": [3, 2], \"data_offsets\": [0, 24]}"

static const float rows[] = {100, 100, 1, 0, 0, 3};

static void write_file(const char *name, const void *data, size_t size)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", made, name);
	char *slash = strrchr(path, '/');
	*slash = '\0';
	ck_assert_ok(rq_make_folders(path, &err));
	*slash = '/';
	ck_assert_ok(rq_file_write(path, data, size, &err));
}

/* Writes a model to the folder of this test: its tensors' header, and their data. */
static void write_model(const char *sub, const char *config, const char *header, const void *data, size_t size)
{
	struct rq_buf file = {0};
	uint64_t length = strlen(header);
	char name[64];

	if (made == NULL)
		made = fresh_path("");
	rq_buf_add(&file, &length, sizeof length);
	rq_buf_puts(&file, header);
	rq_buf_add(&file, data, size);
	snprintf(name, sizeof name, "%smodel.safetensors", sub);
	write_file(name, file.data, file.size);
	rq_buf_release(&file);
	snprintf(name, sizeof name, "%stokenizer.json", sub);
	write_file(name, TOKENIZER, strlen(TOKENIZER));
	if (config != NULL)
		write_file(config, "{\"normalize\": false}", 20);
}

static void check_pair(const char *text, float x, float y)
{
	float *out = embed(&text, 1);

	ck_assert_msg(out[0] == x && out[1] == y, "%s: %g, %g", text, (double)out[0], (double)out[1]);
	free(out);
}

START_TEST(test_means)
{
	write_model("", "config.json", HEADER(EMBEDDINGS), rows, sizeof rows);
	ck_assert_ok(open_folder(made, ""));
	ck_assert_uint_eq(embedder->dimension(state), 2);
	check_pair("a b", .5, 1.5);
	check_pair("a b b a", .5, 1.5);
	check_pair("b x y z b", 0, 3); /* what is unknown has no part in the mean */
	check_pair("", 0, 0);
	check_pair("x", 0, 0);
	write_file("config.json", "{\"normalize\": true}", 19);
	ck_assert_ok(open_folder(made, ""));
	check_pair("b", 0, 1);
	write_file("config.json", "{}", 2);
	ck_assert_ok(open_folder(made, ""));
	check_pair("b", 0, 3);
}
END_TEST

START_TEST(test_sums_that_are_too_large)
{
	static const float large[] = {0, 0, 3e38f, 0, 3e38f, 0};
	const char *texts[] = {"a", "a b"};
	float out[4];

	write_model("", "config.json", HEADER(EMBEDDINGS), large, sizeof large);
	ck_assert_ok(open_folder(made, ""));
	ck_assert_ok(embedder->embed(state, RQ_ROLE_TOPIC, texts, 1, out, NULL, &err));
	ck_assert_float_eq(out[0], 3e38f);
	ck_assert_int_eq(embedder->embed(state, RQ_ROLE_TOPIC, texts, 2, out, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "the model's rows or weights are so large that a text's sum of them is beyond float32; scale them");
}
END_TEST

/* The median of the tokens' 5, 1 and 1 characters is 1, so that three tokens are looked for in three characters. */
START_TEST(test_long_texts_are_cut)
{
	write_model("", "config.json", HEADER(EMBEDDINGS), rows, sizeof rows);
	ck_assert_ok(open_folder(made, ", \"max_length\": 3"));
	check_pair("a bb", .5, 1.5);
	check_pair("a b b b", .5, 1.5); /* three characters are two tokens */
	check_pair("!.a b", 1, 0);
	check_pair("\xC3\xA9 b b", 0, 3);
	ck_assert_ok(open_folder(made, ", \"max_length\": 1"));
	check_pair("b b", 0, 3);
	ck_assert_ok(open_folder(made, ", \"max_length\": 0"));
	char *text = repeated("a", 2000);
	strcpy(text + strlen(text) - 1, "b");
	check_pair(text, .9995f, 3.f / 2000);
	free(text);
}
END_TEST

START_TEST(test_mapping_and_weights)
{
	static const struct {
		float rows[4];
		int32_t mapping[3];
		double weights[3];
	} __attribute__((packed)) data = {{1, 2, 10, 20}, {0, 1, 0}, {1, .5, 3}};

	write_model("", "config.json",
	            HEADER("\"weights\": {\"dtype\": \"F64\", \"shape\": [3], \"data_offsets\": [28, 52]},"
	                   "\"embeddings\": {\"dtype\": \"F32\", \"shape\": [2, 2], \"data_offsets\": [0, 16]},"
	                   "\"mapping\": {\"dtype\": \"I32\", \"shape\": [3], \"data_offsets\": [16, 28]}"),
	            &data, sizeof data);
	ck_assert_ok(open_folder(made, ""));
	check_pair("a", 5, 10);
	check_pair("a b", 4, 8);
}
END_TEST

START_TEST(test_layouts)
{
	static const char header[] = HEADER("\"embedding.weight\": {\"dtype\": \"F32\", \"shape\": [3, 2], \"data_offsets\": [0, 24]}");

	write_model("0_StaticEmbedding/", "config_sentence_transformers.json", header, rows, sizeof rows);
	ck_assert_ok(open_folder(made, ""));
	check_pair("a", 1, 0);
	write_model("", NULL, header, (const float[]){0, 0, 7, 7, 0, 0}, sizeof rows);
	ck_assert_ok(open_folder(made, ""));
	check_pair("a", 7, 7);
	ck_assert_int_eq(open_folder("/nowhere", ""), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "folder: \"/nowhere\" holds no static model; expected model.safetensors, tokenizer.json and config.json, or those of "
	                           "sentence-transformers");
}
END_TEST

/* A message names the file that is there. */
START_TEST(test_layouts_in_messages)
{
	static const char *const tensors[] = {"model.safetensors", "model.safetensors", "0_StaticEmbedding/model.safetensors"};
	static const char *const configs[] = {"config.json", "config_sentence_transformers.json", "config_sentence_transformers.json"};
	char said[512];

	write_model(_i == 2 ? "0_StaticEmbedding/" : "", configs[_i], HEADER(""), NULL, 0);
	ck_assert_int_eq(open_folder(made, ""), RQ_E_DATA);
	snprintf(said, sizeof said, "%s/%s: no tensor \"embeddings\" (or \"embedding.weight\"); expected a row for each token", made, tensors[_i]);
	ck_assert_str_eq(err.text, said);
	write_file(configs[_i], "{\"normalize\": 1}", 16);
	ck_assert_int_eq(open_folder(made, ""), RQ_E_DATA);
	snprintf(said, sizeof said, "%s/%s: normalize: a number; expected true or false", made, configs[_i]);
	ck_assert_str_eq(err.text, said);
	write_file(configs[_i], "null", 4);
	ck_assert_int_eq(open_folder(made, ""), RQ_E_DATA);
	snprintf(said, sizeof said, "%s/%s: null; expected an object", made, configs[_i]);
	ck_assert_str_eq(err.text, said);
}
END_TEST

START_TEST(test_how_a_model_is_called)
{
	static const struct {
		const char *options, *said;
	} cases[] = {{"", "3 tokens, 106 B"},
	             {", \"max_length\": 8", "3 tokens, 106 B, texts cut at 8"},
	             {", \"max_length\": 0", "3 tokens, 106 B, texts whole"}};
	char text[RQ_VARIANT];

	write_model("", "config.json", HEADER(EMBEDDINGS), rows, sizeof rows);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_ok(open_folder(made, cases[i].options));
		embedder->describe(state, text);
		ck_assert_str_eq(text, cases[i].said);
	}
}
END_TEST

/* Another number of tokens is another model to the cache and to an approved baseline. */
START_TEST(test_what_the_key_hangs_on)
{
	write_model("", "config.json", HEADER(EMBEDDINGS), rows, sizeof rows);
	ck_assert_ok(open_folder(made, ""));
	struct rq_buf first = bytes;
	bytes = (struct rq_buf){0};
	ck_assert_ok(open_folder(made, ""));
	ck_assert(bytes.size == first.size && memcmp(bytes.data, first.data, first.size) == 0);
	ck_assert_ok(open_folder(made, ", \"max_length\": 3"));
	ck_assert(bytes.size == first.size && memcmp(bytes.data, first.data, first.size) != 0);
	rq_buf_release(&first);
}
END_TEST

static const struct {
	const char *header, *said;
	size_t size;
} refused[] = {
	{HEADER(""), "no tensor \"embeddings\" (or \"embedding.weight\"); expected a row for each token", 0},
	{HEADER("\"embeddings\": {\"dtype\": \"F32\", \"shape\": [6], \"data_offsets\": [0, 24]}"),
	 "tensor \"embeddings\": 1 dimensions of F32; expected two, of F16, BF16, F32, F64, I8 or U8, none of them 0", 24},
	{HEADER("\"embeddings\": {\"dtype\": \"I64\", \"shape\": [3, 1], \"data_offsets\": [0, 24]}"),
	 "tensor \"embeddings\": 2 dimensions of I64; expected two, of F16, BF16, F32, F64, I8 or U8, none of them 0", 24},
	{HEADER("\"embeddings\": {\"dtype\": \"F32\", \"shape\": [2, 3], \"data_offsets\": [0, 24]}"),
	 "2 rows for 3 tokens of tokenizer.json; expected as many, or a tensor \"mapping\"", 24},
	{HEADER(EMBEDDINGS ", \"mapping\": {\"dtype\": \"I32\", \"shape\": [2], \"data_offsets\": [24, 32]}"),
	 "tensor \"mapping\": 2 numbers of I32 in 1 dimensions; expected one of I32 or I64 for each of 3 tokens", 32},
	{HEADER(EMBEDDINGS ", \"mapping\": {\"dtype\": \"I32\", \"shape\": [3], \"data_offsets\": [24, 36]}"),
	 "tensor \"mapping\" leads token 1 to row 3; expected 0 to 2", 36},
	{HEADER(EMBEDDINGS ", \"weights\": {\"dtype\": \"I8\", \"shape\": [3], \"data_offsets\": [24, 27]}"),
	 "tensor \"weights\": 3 numbers of I8 in 1 dimensions; expected one of F64, F32 or F16 for each of 3 tokens", 27},
	{HEADER(EMBEDDINGS ", \"weights\": {\"dtype\": \"F32\", \"shape\": [3], \"data_offsets\": [24, 36]}"),
	 "number 2 of tensor \"weights\" (counted from 0) is NaN, infinite or beyond float32", 36},
};

START_TEST(test_what_is_refused)
{
	struct {
		float rows[6];
		uint32_t more[6];
	} data = {.more = {0, 3, 0x7F800000}};
	size_t folder;

	memcpy(data.rows, rows, sizeof rows);
	write_model("", "config.json", refused[_i].header, &data, refused[_i].size);
	ck_assert_int_eq(open_folder(made, ""), RQ_E_DATA);
	folder = strlen(made);
	ck_assert_int_eq(strncmp(err.text, made, folder), 0);
	ck_assert_int_eq(strncmp(err.text + folder, "/model.safetensors: ", 20), 0);
	ck_assert_str_eq(err.text + folder + 20, refused[_i].said);
}
END_TEST

Suite *static_suite(void)
{
	Suite *suite = suite_create("static");
	TCase *tests = tcase_create("static");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_vectors_of_upstream);
	tcase_add_test(tests, test_models_of_fewer_bits);
	tcase_add_test(tests, test_rows_hang_on_their_text_alone);
	tcase_add_test(tests, test_means);
	tcase_add_test(tests, test_sums_that_are_too_large);
	tcase_add_test(tests, test_long_texts_are_cut);
	tcase_add_test(tests, test_mapping_and_weights);
	tcase_add_test(tests, test_layouts);
	tcase_add_loop_test(tests, test_layouts_in_messages, 0, 3);
	tcase_add_test(tests, test_how_a_model_is_called);
	tcase_add_test(tests, test_what_the_key_hangs_on);
	tcase_add_loop_test(tests, test_what_is_refused, 0, sizeof refused / sizeof *refused);
	suite_add_tcase(suite, tests);
	return suite;
}
