#include "evalcore/base/hash.h"
#include "evalcore/base/system.h"
#include "support.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct rq_embedder *hash;
static struct rq_arena arena;

static void set_up(void)
{
	hash = rq_embedder_find("hash");
	ck_assert_ptr_nonnull(hash);
}

static void tear_down(void)
{
	rq_arena_release(&arena);
}

static void *open_with(const char *options)
{
	void *state;
	struct rq_error err = {0};

	ck_assert_ok(hash->open(&state, options_from(hash, &arena, options), NULL, 0, &err));
	return state;
}

static float *embed(const void *state, const char *const *texts, size_t n)
{
	float *out = malloc((n * hash->dimension(state) + 1) * sizeof *out);
	struct rq_error err = {0};

	ck_assert_ok(hash->embed(state, RQ_ROLE_TOPIC, texts, n, out, NULL, &err));
	return out;
}

static double cosine(const float *a, const float *b, size_t d)
{
	double sum = 0;

	for (size_t j = 0; j < d; j++)
		sum += (double)a[j] * b[j];
	return sum;
}

START_TEST(test_weights)
{
	static const char *const texts[] = {"wing wing wing flow", "Wings", "flow of the flow", "", "the", "wing flow", "flow wing"};
	void *state = open_with("{}");
	size_t d = hash->dimension(state);

	ck_assert_uint_eq(d, 1024);
	float *out = embed(state, texts, 7);
	double wing = 1 + log(3), length = sqrt(wing * wing + 1);
	ck_assert_double_eq_tol(cosine(out, out + d, d), wing / length, 1e-6); /* the two words' buckets differ */
	ck_assert_double_eq_tol(cosine(out, out + 2 * d, d), 1 / length, 1e-6);
	ck_assert_double_eq_tol(cosine(out + d, out + 2 * d, d), 0, 1e-9);
	for (size_t j = 0; j < d; j++) {
		ck_assert_float_eq(out[3 * d + j], 0);
		ck_assert_float_eq(out[4 * d + j], 0);
		ck_assert_float_eq(out[5 * d + j], out[6 * d + j]); /* order of words plays no part */
	}
	ck_assert_double_eq_tol(cosine(out + 5 * d, out + 5 * d, d), 1, 1e-6);
	free(out);
	hash->close(state);
}
END_TEST

START_TEST(test_bucket_and_sign)
{
	const char *words[200];
	static char names[200][16];
	void *state = open_with("{\"dim\": 97, \"language\": \"none\"}");
	int negative = 0;

	for (int i = 0; i < 200; i++) {
		snprintf(names[i], sizeof names[i], "w%d", i);
		words[i] = names[i];
	}
	float *out = embed(state, words, 200);
	for (size_t i = 0; i < 200; i++) {
		uint64_t value = rq_hash64(names[i], strlen(names[i]));
		size_t bucket = (value & 0x7fffffffffffffffu) / 2 % 97;
		for (size_t j = 0; j < 97; j++)
			ck_assert_float_eq(out[i * 97 + j], j != bucket ? 0 : value >> 63 ? -1 : 1);
		negative += value >> 63;
	}
	ck_assert_int_gt(negative, 70);
	ck_assert_int_lt(negative, 130);
	free(out);
	hash->close(state);
}
END_TEST

START_TEST(test_rows_stand_alone)
{
	struct rq_corpus corpus = random_corpus(300, 1, 7);
	const char **texts = malloc(300 * sizeof *texts);
	void *state = open_with("{\"dim\": 64, \"stop_words\": false}");

	for (size_t i = 0; i < 300; i++)
		texts[i] = corpus.documents[i].text;
	rq_threads_set(1);
	float *all = embed(state, texts, 300);
	rq_threads_set(2);
	float *again = embed(state, texts, 300);
	ck_assert_int_eq(memcmp(all, again, 300 * 64 * sizeof *all), 0);
	for (size_t i = 0; i < 300; i += 17) {
		float *one = embed(state, &texts[i], 1);
		ck_assert_int_eq(memcmp(one, all + i * 64, 64 * sizeof *one), 0);
		free(one);
	}
	free(all);
	free(again);
	free(texts);
	hash->close(state);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_options)
{
	struct rq_error err = {0};
	void *state = NULL;
	float row[1];
	const char *text = "flow";

	ck_assert_int_eq(hash->open(&state, options_from(hash, &arena, "{\"language\": \"klingon\"}"), NULL, 0, &err), RQ_E_CONFIG);
	ck_assert_ptr_null(state);
	ck_assert_int_eq(strncmp(err.text, "language \"klingon\": no such stemmer; ", 37), 0);
	state = open_with("{\"dim\": 1}");
	ck_assert_ok(hash->embed(state, RQ_ROLE_DOCUMENT, &text, 1, row, NULL, &err));
	ck_assert_float_eq(fabsf(row[0]), 1);
	hash->close(state);
}
END_TEST

Suite *hash_suite(void)
{
	Suite *suite = suite_create("hash");
	TCase *tests = tcase_create("hash");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_weights);
	tcase_add_test(tests, test_bucket_and_sign);
	tcase_add_test(tests, test_rows_stand_alone);
	tcase_add_test(tests, test_options);
	suite_add_tcase(suite, tests);
	return suite;
}
