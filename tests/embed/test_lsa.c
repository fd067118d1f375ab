#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/lsa/model.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct rq_embedder *lsa;
static struct rq_arena arena;

static void set_up(void)
{
	lsa = rq_embedder_find("lsa");
	ck_assert_ptr_nonnull(lsa);
}

static void tear_down(void)
{
	rq_arena_release(&arena);
}

static struct rq_buf fit(const char *options, const struct rq_corpus *corpus)
{
	struct rq_buf model = {0};
	struct rq_error err = {0};

	ck_assert_ok(lsa->fit(&model, options_from(lsa, &arena, options), corpus, NULL, &err));
	return model;
}

static void *open_model(const char *options, const struct rq_buf *model)
{
	void *state;
	struct rq_error err = {0};

	ck_assert_ok(lsa->open(&state, options_from(lsa, &arena, options), model->data, model->size, &err));
	return state;
}

static float *embed(const void *state, const char *const *texts, size_t n)
{
	float *out = malloc((n * lsa->dimension(state) + 1) * sizeof *out);
	struct rq_error err = {0};

	ck_assert_ok(lsa->embed(state, RQ_ROLE_DOCUMENT, texts, n, out, NULL, &err));
	return out;
}

static const char **texts_of(const struct rq_corpus *corpus)
{
	const char **texts = malloc((corpus->count + 1) * sizeof *texts);

	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	return texts;
}

static double dot(const float *a, const float *b, size_t d)
{
	double sum = 0;

	for (size_t j = 0; j < d; j++)
		sum += (double)a[j] * b[j];
	return sum;
}

/* min(dim, max(1, n - 20), rank) */
START_TEST(test_dimension)
{
	static const struct {
		size_t n;
		const char *options;
		size_t expected;
	} cases[] = {{1, "{}", 1}, {2, "{}", 1}, {20, "{}", 1}, {21, "{}", 1}, {22, "{}", 2}, {60, "{}", 40}, {60, "{\"dim\": 7}", 7}, {300, "{}", 256},
	             {300, "{\"dim\": 1}", 1}};
	struct rq_corpus corpus = random_corpus(cases[_i].n, 4, 0);
	struct rq_buf model = fit(cases[_i].options, &corpus);
	void *state = open_model(cases[_i].options, &model);

	ck_assert_uint_eq(lsa->dimension(state), cases[_i].expected);
	lsa->close(state);
	rq_buf_release(&model);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_rank_limits_dimension)
{
	const char *three[] = {"flow past a wing", "heat transfer in slabs", "buckling of cylinders"}, *texts[50];

	for (size_t i = 0; i < 50; i++)
		texts[i] = three[i % 3];
	struct rq_corpus corpus = corpus_of(texts, 50);
	struct rq_buf model = fit("{}", &corpus);
	void *state = open_model("{}", &model);
	ck_assert_uint_eq(lsa->dimension(state), 3);
	float *out = embed(state, texts, 3);
	for (size_t a = 0; a < 3; a++) /* texts that share no word are orthogonal */
		for (size_t b = 0; b < 3; b++)
			ck_assert_double_eq_tol(dot(out + a * 3, out + b * 3, 3), a == b, 1e-5);
	free(out);
	lsa->close(state);
	rq_buf_release(&model);
	rq_corpus_release(&corpus);
}
END_TEST

/* With all dimensions kept, the product of two documents is the cosine of their weighted feature vectors: an identity that weights, idf,
 * projection and order must all get right. The expected values are computed from the words here, with the weights as the README states them. */
START_TEST(test_weights)
{
	static const char *const texts[] = {"alpha beta alpha gamma", "alpha delta", "gamma beta", "beta beta beta epsilon delta", "zeta"};
	enum { TEXTS = 5 };
	const char *padded[TEXTS + 30];
	static char fillers[30][32];
	const double n = TEXTS + 30;

	for (size_t i = 0; i < TEXTS; i++)
		padded[i] = texts[i];
	for (size_t i = 0; i < 30; i++) { /* so that n - 20 leaves room for every dimension of the five */
		snprintf(fillers[i], sizeof fillers[i], "filler");
		padded[TEXTS + i] = fillers[i];
	}
	struct rq_corpus corpus = corpus_of(padded, TEXTS + 30);
	struct rq_buf model = fit("{\"bigrams\": true, \"language\": \"none\"}", &corpus);
	void *state = open_model("{\"bigrams\": true, \"language\": \"none\"}", &model);
	size_t d = lsa->dimension(state);
	float *out = embed(state, texts, TEXTS);
	/* features of each text: word or pair, occurrences, documents that have it */
	const struct {
		size_t text;
		const char *feature;
		double kind, count, documents;
	} features[] = {
		{0, "alpha", 1, 2, 2}, {0, "beta", 1, 1, 3}, {0, "gamma", 1, 1, 2},
		{0, "alpha beta", .5, 1, 1}, {0, "beta alpha", .5, 1, 1}, {0, "alpha gamma", .5, 1, 1},
		{1, "alpha", 1, 1, 2}, {1, "delta", 1, 1, 2}, {1, "alpha delta", .5, 1, 1},
		{2, "gamma", 1, 1, 2}, {2, "beta", 1, 1, 3}, {2, "gamma beta", .5, 1, 1},
		{3, "beta", 1, 3, 3}, {3, "epsilon", 1, 1, 1}, {3, "delta", 1, 1, 2},
		{3, "beta beta", .5, 2, 1}, {3, "beta epsilon", .5, 1, 1}, {3, "epsilon delta", .5, 1, 1},
		{4, "zeta", 1, 1, 1},
	};
	const size_t count = sizeof features / sizeof *features;
	double products[TEXTS][TEXTS] = {{0}};
	double weights[sizeof features / sizeof *features];
	for (size_t i = 0; i < count; i++)
		weights[i] = features[i].kind * (1 + log(features[i].count)) * log(1 + n / features[i].documents);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (strcmp(features[i].feature, features[j].feature) == 0)
				products[features[i].text][features[j].text] += weights[i] * weights[j];
	for (size_t a = 0; a < TEXTS; a++)
		for (size_t b = 0; b < TEXTS; b++)
			ck_assert_double_eq_tol(dot(out + a * d, out + b * d, d), products[a][b] / sqrt(products[a][a] * products[b][b]), 1e-5);
	free(out);
	lsa->close(state);
	rq_buf_release(&model);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_rows)
{
	struct rq_corpus corpus = random_corpus(200, 5, 10);
	struct rq_buf model = fit("{\"dim\": 32}", &corpus);
	void *state = open_model("{\"dim\": 32}", &model);
	const char **texts = texts_of(&corpus);
	float *all = embed(state, texts, corpus.count);

	for (size_t i = 0; i < corpus.count; i++) {
		float *one = embed(state, &texts[i], 1); /* a row is a function of its text alone */
		ck_assert_int_eq(memcmp(one, all + i * 32, 32 * sizeof *one), 0);
		ck_assert_double_eq_tol(dot(one, one, 32), i % 10 == 9 ? 0 : 1, 1e-6); /* the empty text has no direction */
		free(one);
	}
	const char *strange[] = {"", "the of and", "unseen words entirely", "\U0001F680"};
	float *zeros = embed(state, strange, 4);
	for (size_t j = 0; j < 4 * 32; j++)
		ck_assert_msg(zeros[j] == 0 || j / 32 == 2, "text %zu", j / 32); /* an unseen word may share a seen bucket */
	free(zeros);
	free(embed(state, NULL, 0));
	free(all);
	free(texts);
	lsa->close(state);
	rq_buf_release(&model);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_same_bytes_on_any_threads)
{
	static const size_t sizes[] = {1, 2, 23, 100, 700};
	struct rq_corpus corpus = random_corpus(sizes[_i], 6, 13);
	const char **texts = texts_of(&corpus);

	rq_threads_set(1);
	struct rq_buf first = fit("{\"dim\": 64}", &corpus);
	void *state = open_model("{\"dim\": 64}", &first);
	float *rows = embed(state, texts, corpus.count);
	for (int threads = 1; threads <= 4; threads++) {
		rq_threads_set(threads);
		struct rq_buf again = fit("{\"dim\": 64}", &corpus);
		ck_assert_uint_eq(again.size, first.size);
		ck_assert_int_eq(memcmp(again.data, first.data, first.size), 0);
		rq_threads_set(threads);
		float *same = embed(state, texts, corpus.count);
		ck_assert_int_eq(memcmp(same, rows, corpus.count * lsa->dimension(state) * sizeof *rows), 0);
		free(same);
		rq_buf_release(&again);
	}
	free(rows);
	free(texts);
	lsa->close(state);
	rq_buf_release(&first);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_no_words)
{
	static const char *const texts[] = {"", "the of", "..."};
	struct rq_corpus corpus = corpus_of(texts, 3);
	struct rq_buf model = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(lsa->fit(&model, options_from(lsa, &arena, "{}"), &corpus, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "none of the 3 documents of the corpus has a word that is no stop word; lsa needs text to fit to: "
	                           "check the fields that the config names");
	ck_assert_uint_eq(model.size, 0);
	ck_assert_int_eq(lsa->fit(&model, options_from(lsa, &arena, "{\"language\": \"klingon\"}"), &corpus, NULL, &err), RQ_E_CONFIG);
	ck_assert_int_eq(strncmp(err.text, "language \"klingon\": no such stemmer; ", 37), 0);
	rq_corpus_release(&corpus);
}
END_TEST

static char *options_with_model(const char *path, const char *more)
{
	return rq_arena_printf(&arena, "{\"model\": \"%s\"%s}", path, more);
}

START_TEST(test_model_file)
{
	struct rq_corpus corpus = random_corpus(100, 7, 0), other = random_corpus(100, 8, 0);
	char *path = fresh_path(".lsa");
	const char *options = options_with_model(path, ", \"dim\": 16");
	struct rq_buf fitted = fit(options, &corpus), stored = {0};
	struct rq_error err = {0};

	ck_assert_ok(rq_file_read(&stored, path, &err));
	ck_assert_uint_eq(stored.size, fitted.size);
	ck_assert_int_eq(memcmp(stored.data, fitted.data, fitted.size), 0);
	struct rq_buf reused = fit(options, &other), fresh = fit("{\"dim\": 16}", &other);
	ck_assert_uint_eq(reused.size, fitted.size);
	ck_assert_int_eq(memcmp(reused.data, fitted.data, fitted.size), 0); /* frozen: not fitted to the other corpus */
	ck_assert(fresh.size != fitted.size || memcmp(fresh.data, fitted.data, fitted.size) != 0);
	lsa->close(open_model(options, &reused));
	file_remove(path);
	rq_buf_release(&fitted);
	rq_buf_release(&stored);
	rq_buf_release(&reused);
	rq_buf_release(&fresh);
	rq_corpus_release(&corpus);
	rq_corpus_release(&other);
}
END_TEST

START_TEST(test_model_of_other_options)
{
	static const struct {
		const char *options, *text;
	} cases[] = {
		{"", "\"dim\": 16, the config says 256; set \"dim\" to 16"},
		{", \"dim\": 16, \"seed\": 12", "\"seed\": 1, the config says 12; set \"seed\" to 1"},
		{", \"dim\": 16, \"language\": \"german\"", "\"language\": english, the config says german; set \"language\" to english"},
		{", \"dim\": 16, \"stop_words\": false", "\"stop_words\": true, the config says false; set \"stop_words\" to true"},
		{", \"dim\": 16, \"bigrams\": false", "\"bigrams\": true, the config says false; set \"bigrams\" to true"},
	};
	struct rq_corpus corpus = random_corpus(60, 7, 0);
	struct rq_buf model = fit("{\"dim\": 16}", &corpus), out = {0};
	char *path = file_with(".lsa", model.data, model.size), expected[512];
	void *options = options_from(lsa, &arena, options_with_model(path, cases[_i].options)), *state;
	struct rq_error err = {0};

	snprintf(expected, sizeof expected, "%s: the lsa model was fitted with %s, or remove the file to fit anew", path, cases[_i].text);
	ck_assert_int_eq(lsa->fit(&out, options, &corpus, NULL, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, expected);
	ck_assert_uint_eq(out.size, 0);
	err = (struct rq_error){0};
	ck_assert_int_eq(lsa->open(&state, options, model.data, model.size, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(state);
	file_remove(path);
	rq_buf_release(&model);
	rq_corpus_release(&corpus);
}
END_TEST

START_TEST(test_model_path_that_fails)
{
	struct rq_corpus corpus = random_corpus(60, 7, 0);
	struct rq_buf out = {0};
	struct rq_error err = {0};
	char *path = file_with(".lsa", "not a model at all", 18), expected[512];

	snprintf(expected, sizeof expected, "%s: no lsa model; name another file, or one that does not exist yet, to which a fit is written", path);
	ck_assert_int_eq(lsa->fit(&out, options_from(lsa, &arena, options_with_model(path, "")), &corpus, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(out.data);
	file_remove(path);
	ck_assert_int_eq(lsa->fit(&out, options_from(lsa, &arena, options_with_model("/nonexistent-folder/x.lsa", "")), &corpus, NULL, &err), RQ_E_IO);
	ck_assert_ptr_null(out.data);
	rq_corpus_release(&corpus);
}
END_TEST

Suite *lsa_suite(void)
{
	Suite *suite = suite_create("lsa");
	TCase *tests = tcase_create("lsa");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, test_dimension, 0, 9);
	tcase_add_test(tests, test_rank_limits_dimension);
	tcase_add_test(tests, test_weights);
	tcase_add_test(tests, test_rows);
	tcase_add_loop_test(tests, test_same_bytes_on_any_threads, 0, 5);
	tcase_add_test(tests, test_no_words);
	tcase_add_test(tests, test_model_file);
	tcase_add_loop_test(tests, test_model_of_other_options, 0, 5);
	tcase_add_test(tests, test_model_path_that_fails);
	suite_add_tcase(suite, tests);
	return suite;
}
