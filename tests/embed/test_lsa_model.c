#include "evalcore/base/hash.h"
#include "evalcore/base/random.h"
#include "evalcore/embed/lsa/model.h"
#include "support.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Three columns of dimension two: 68 bytes of header, 3 x (4 + 4 + 8), 16 of checksum. */
enum { SIZE = 68 + 48 + 16 };

static struct rq_buf small_model(void)
{
	uint32_t buckets[] = {0, 77, 65535};
	float idf[] = {1, 2.5f, .25f}, v[] = {1, 0, .6f, .8f, 0, -1};
	struct rq_lsa_model model = {.options = {.dim = 2, .seed = 9007199254740992, .stop_words = true, .bigrams = false}, .language = "english",
	                             .documents = 1400, .columns = 3, .dimension = 2, .buckets = buckets, .idf = idf, .v = v};
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_ok(rq_lsa_model_write(&out, &model, &err));
	ck_assert_uint_eq(out.size, SIZE);
	return out;
}

/* Puts a right checksum under whatever the bytes now say. */
static void seal(struct rq_buf *bytes)
{
	struct rq_key key = {0};

	rq_key_add(&key, bytes->data, SIZE - 16);
	memcpy(bytes->data + SIZE - 16, &key.high, 8);
	memcpy(bytes->data + SIZE - 8, &key.low, 8);
}

static enum rq_status read_copy(const char *bytes, size_t size, struct rq_error *err)
{
	/* an allocation of the exact size, so that a sanitizer sees a read past the end */
	char *copy = malloc(size > 0 ? size : 1);
	struct rq_lsa_model model;

	memcpy(copy, bytes, size);
	enum rq_status status = rq_lsa_model_read(&model, copy, size, "m.lsa", err);
	free(copy);
	if (status != RQ_OK)
		ck_assert(model.buckets == NULL && model.idf == NULL && model.v == NULL);
	rq_lsa_model_release(&model);
	return status;
}

START_TEST(test_round_trip)
{
	struct rq_buf bytes = small_model();
	struct rq_lsa_model model;
	struct rq_error err = {0};

	ck_assert_ok(rq_lsa_model_read(&model, bytes.data, bytes.size, "m.lsa", &err));
	ck_assert_int_eq(model.options.dim, 2);
	ck_assert(model.options.seed == 9007199254740992);
	ck_assert(model.options.stop_words && !model.options.bigrams);
	ck_assert_str_eq(model.language, "english");
	ck_assert_uint_eq(model.documents, 1400);
	ck_assert_uint_eq(model.columns, 3);
	ck_assert_uint_eq(model.dimension, 2);
	ck_assert_uint_eq(model.buckets[1], 77);
	ck_assert_float_eq(model.idf[2], .25f);
	ck_assert_float_eq(model.v[2 * 2 + 1], -1);
	struct rq_buf again = {0};
	ck_assert_ok(rq_lsa_model_write(&again, &model, &err));
	ck_assert_uint_eq(again.size, bytes.size);
	ck_assert_int_eq(memcmp(again.data, bytes.data, bytes.size), 0);
	rq_lsa_model_release(&model);
	rq_buf_release(&again);
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(test_every_truncation)
{
	struct rq_buf bytes = small_model();
	struct rq_error err = {0};

	for (size_t size = 0; size < SIZE; size++) {
		ck_assert_msg(read_copy(bytes.data, size, &err) == RQ_E_DATA, "%zu bytes", size);
		ck_assert_int_eq(strncmp(err.text, "m.lsa: ", 7), 0);
	}
	ck_assert_int_eq(read_copy(bytes.data, 83, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "m.lsa: the lsa model is cut off after 83 bytes; remove the file to fit anew");
	ck_assert_int_eq(read_copy(bytes.data, 120, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "m.lsa: the lsa model has 120 bytes where its header promises 132; remove the file to fit anew");
	rq_buf_add(&bytes, "\0", 1);
	ck_assert_int_eq(read_copy(bytes.data, SIZE + 1, &err), RQ_E_DATA);
	rq_buf_release(&bytes);
}
END_TEST

START_TEST(test_every_flipped_bit)
{
	struct rq_buf bytes = small_model();
	struct rq_error err = {0};

	for (size_t bit = 0; bit < SIZE * 8; bit++) {
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
		ck_assert_msg(read_copy(bytes.data, SIZE, &err) == RQ_E_DATA, "bit %zu", bit);
		if (bit >= 68 * 8)
			ck_assert_str_eq(err.text, "m.lsa: damaged lsa model (its checksum does not match); remove the file to fit anew");
		bytes.data[bit / 8] ^= (char)(1 << bit % 8);
	}
	ck_assert_ok(read_copy(bytes.data, SIZE, &err));
	rq_buf_release(&bytes);
}
END_TEST

static void refuse_sealed(size_t offset, const void *value, size_t size, const char *text)
{
	struct rq_buf bytes = small_model();
	struct rq_error err = {0};

	memcpy(bytes.data + offset, value, size);
	seal(&bytes);
	ck_assert_int_eq(read_copy(bytes.data, SIZE, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, text);
	rq_buf_release(&bytes);
}

/* The checksum holds, the content does not: nothing may be believed because it is sealed. */
START_TEST(test_sealed_nonsense)
{
	const char *range = "m.lsa: damaged lsa model (values out of range); remove the file to fit anew";
	const float not_finite[] = {NAN, INFINITY};

	refuse_sealed(8, &(uint32_t){2}, 4, "m.lsa: lsa model of format 2, this program reads format 1; remove the file to fit anew");
	refuse_sealed(12, &(uint32_t){0}, 4, "m.lsa: damaged lsa model (0 columns of dimension 2); remove the file to fit anew");
	refuse_sealed(12, &(uint32_t){UINT32_MAX}, 4, "m.lsa: damaged lsa model (4294967295 columns of dimension 2); remove the file to fit anew");
	refuse_sealed(16, &(uint32_t){1u << 31}, 4, "m.lsa: damaged lsa model (3 columns of dimension 2147483648); remove the file to fit anew");
	refuse_sealed(16, &(uint32_t){4096}, 4, "m.lsa: the lsa model has 132 bytes where its header promises 49260; remove the file to fit anew");
	refuse_sealed(68 + 4, &(uint32_t){0}, 4, range);      /* bucket twice */
	refuse_sealed(68 + 8, &(uint32_t){76}, 4, range);     /* out of order */
	refuse_sealed(68 + 8, &(uint32_t){65536}, 4, range);  /* no such bucket */
	for (int i = 0; i < 2; i++) {
		refuse_sealed(68 + 12, &not_finite[i], 4, range);
		refuse_sealed(SIZE - 16 - 4, &not_finite[i], 4, range);
	}
}
END_TEST

START_TEST(test_unterminated_language)
{
	struct rq_buf bytes = small_model();
	struct rq_lsa_model model;
	struct rq_error err = {0};

	memset(bytes.data + 38, 'x', 30);
	seal(&bytes);
	ck_assert_ok(rq_lsa_model_read(&model, bytes.data, bytes.size, "m.lsa", &err));
	ck_assert_uint_eq(strlen(model.language), 30);
	rq_lsa_model_release(&model);
	rq_buf_release(&bytes);
}
END_TEST

/* A real model, longer than one block of anything: random flips and cuts. */
START_TEST(test_damaged_real_model)
{
	const struct rq_lsa_options options = {.dim = 24, .seed = 1, .language = "english", .stop_words = true, .bigrams = true};
	struct rq_corpus corpus = random_corpus(120, 3, 0);
	struct rq_lsa_model model;
	struct rq_buf bytes = {0};
	struct rq_random random;
	struct rq_error err = {0};

	ck_assert_ok(rq_lsa_fit(&model, &options, &corpus, NULL, &err));
	ck_assert_ok(rq_lsa_model_write(&bytes, &model, &err));
	rq_random_seed(&random, 1);
	for (int i = 0; i < 300; i++) {
		size_t byte = rq_random_below(&random, bytes.size);
		char flip = (char)(1 << rq_random_below(&random, 8));
		bytes.data[byte] ^= flip;
		ck_assert_msg(read_copy(bytes.data, bytes.size, &err) == RQ_E_DATA, "byte %zu", byte);
		bytes.data[byte] ^= flip;
		ck_assert_int_eq(read_copy(bytes.data, rq_random_below(&random, bytes.size), &err), RQ_E_DATA);
	}
	ck_assert_ok(read_copy(bytes.data, bytes.size, &err));
	rq_lsa_model_release(&model);
	rq_buf_release(&bytes);
	rq_corpus_release(&corpus);
}
END_TEST

Suite *lsa_model_suite(void)
{
	Suite *suite = suite_create("lsa_model");
	TCase *tests = tcase_create("lsa_model");

	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_round_trip);
	tcase_add_test(tests, test_every_truncation);
	tcase_add_test(tests, test_every_flipped_bit);
	tcase_add_test(tests, test_sealed_nonsense);
	tcase_add_test(tests, test_unterminated_language);
	tcase_add_test(tests, test_damaged_real_model);
	suite_add_tcase(suite, tests);
	return suite;
}
