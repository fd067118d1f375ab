#include "evalcore/base/hash.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/text/features.h"
#include "support.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static uint64_t word_hash(const char *stem)
{
	return rq_hash64(stem, strlen(stem)) & ~(uint64_t)1;
}

static uint64_t pair_hash(const char *first, const char *second)
{
	uint64_t pair[] = {word_hash(first), word_hash(second)};

	return rq_hash64(pair, sizeof pair) | 1;
}

static uint32_t count_of(const struct rq_features *features, uint64_t hash)
{
	for (size_t i = 0; i < features->count; i++)
		if (features->items[i].hash == hash)
			return features->items[i].count;
	return 0;
}

START_TEST(test_counts)
{
	struct rq_tokenizer *tokenizer;
	struct rq_features features = {0};
	struct rq_error err = {0};

	ck_assert_ok(rq_tokenizer_new(&tokenizer, "english", true, &err));
	/* wing flow wing flow past the wing: bigrams skip the stop word */
	ck_assert_ok(rq_features_read(&features, tokenizer, "Wing flow, wings flow past the wing", true, &err));
	ck_assert_uint_eq(features.count, 7);
	ck_assert_uint_eq(count_of(&features, word_hash("wing")), 3);
	ck_assert_uint_eq(count_of(&features, word_hash("flow")), 2);
	ck_assert_uint_eq(count_of(&features, word_hash("past")), 1);
	ck_assert_uint_eq(count_of(&features, pair_hash("wing", "flow")), 2);
	ck_assert_uint_eq(count_of(&features, pair_hash("flow", "wing")), 1);
	ck_assert_uint_eq(count_of(&features, pair_hash("flow", "past")), 1);
	ck_assert_uint_eq(count_of(&features, pair_hash("past", "wing")), 1);
	for (size_t i = 0; i < features.count; i++) {
		ck_assert(i == 0 || features.items[i - 1].hash < features.items[i].hash);
		ck_assert_int_eq(rq_feature_is_bigram(&features.items[i]), count_of(&features, features.items[i].hash) > 0 && (features.items[i].hash & 1));
	}
	ck_assert_ok(rq_features_read(&features, tokenizer, "wing flow wing", false, &err)); /* nothing is left of the text before */
	ck_assert_uint_eq(features.count, 2);
	ck_assert_ok(rq_features_read(&features, tokenizer, "the", true, &err));
	ck_assert_uint_eq(features.count, 0);
	rq_features_release(&features);
	rq_tokenizer_free(tokenizer);
}
END_TEST

static enum rq_status fail_on_some(void *context, size_t i, const struct rq_features *features, struct rq_error *err)
{
	(void)features;
	atomic_fetch_add((atomic_size_t *)context, 1);
	return i % 100 == 71 ? rq_fail(err, RQ_E_DATA, "text %zu", i) : RQ_OK;
}

START_TEST(test_first_failure_is_told)
{
	const struct rq_feature_options options = {.language = "none"};
	const char *texts[1000];
	struct rq_error err = {0};
	atomic_size_t called = 0;

	for (size_t i = 0; i < 1000; i++)
		texts[i] = "some words";
	for (int threads = 1; threads < 5; threads++) {
		rq_threads_set(threads);
		ck_assert_int_eq(rq_features_each(texts, 1000, &options, fail_on_some, &called, NULL, &err), RQ_E_DATA);
		ck_assert_str_eq(err.text, "text 71");
	}
	called = 0;
	ck_assert_ok(rq_features_each(texts, 71, &options, fail_on_some, &called, NULL, &err));
	ck_assert_uint_eq(called, 71);
	ck_assert_ok(rq_features_each(NULL, 0, &options, fail_on_some, &called, NULL, &err));
	const struct rq_feature_options unknown = {.language = "klingon"};
	ck_assert_int_eq(rq_features_each(texts, 71, &unknown, fail_on_some, &called, NULL, &err), RQ_E_CONFIG);
	texts[40] = "\xFF";
	ck_assert_int_eq(rq_features_each(texts, 71, &options, fail_on_some, &called, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "text is not valid UTF-8 at byte 0; convert it to UTF-8");
}
END_TEST

Suite *features_suite(void)
{
	Suite *suite = suite_create("features");
	TCase *tests = tcase_create("features");

	tcase_add_test(tests, test_counts);
	tcase_add_test(tests, test_first_failure_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}
