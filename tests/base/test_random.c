#include "evalcore/base/hash.h"
#include "evalcore/base/random.h"

#include <check.h>
#include <math.h>
#include <string.h>

START_TEST(the_stream_is_the_same_everywhere)
{
	struct rq_random random;

	/* xoshiro256++ from the state that splitmix64 makes of seed 0 (Vigna's reference: the first splitmix64 outputs). */
	rq_random_seed(&random, 0);
	ck_assert_uint_eq(random.state[0], 0xe220a8397b1dcdafu);
	ck_assert_uint_eq(random.state[1], 0x6e789e6aa1b965f4u);
	ck_assert_uint_eq(random.state[2], 0x06c45d188009454fu);
	ck_assert_uint_eq(random.state[3], 0xf88bb8a8724c81ecu);
	/* rotl(s0 + s3, 23) + s0 by hand from those four */
	ck_assert_uint_eq(rq_random_u64(&random), 0x53175d61490b23dfu);
}
END_TEST

START_TEST(numbers_spread_as_they_should)
{
	struct rq_random random;
	size_t counts[7] = {0};
	double sum = 0, squares = 0;

	rq_random_seed(&random, 1);
	for (int i = 0; i < 70000; i++)
		counts[rq_random_below(&random, 7)]++;
	for (int i = 0; i < 7; i++)
		ck_assert(counts[i] > 9600 && counts[i] < 10400); /* 10,000 +- 4.3 standard deviations */
	for (int i = 0; i < 100000; i++) {
		double x = rq_random_normal(&random);
		sum += x;
		squares += x * x;
	}
	ck_assert_double_lt(fabs(sum / 100000), .015);
	ck_assert_double_lt(fabs(squares / 100000 - 1), .02);
}
END_TEST

START_TEST(streams_and_indices_are_seeded_and_even)
{
	struct rq_random random, other;
	uint32_t indices[7001], again[7001];
	size_t counts[7] = {0};

	rq_random_stream(&random, 5, 1);
	rq_random_stream(&other, 5, 1);
	rq_random_indices(indices, 7001, &random, 7);
	rq_random_indices(again, 7001, &other, 7);
	ck_assert_mem_eq(indices, again, sizeof indices);
	for (size_t i = 0; i < 7001; i++) {
		ck_assert_uint_lt(indices[i], 7);
		counts[indices[i]]++;
	}
	for (int i = 0; i < 7; i++)
		ck_assert(counts[i] > 870 && counts[i] < 1130); /* 1,000 +- 4.4 standard deviations */
	/* A bound that rejects half of all draws still gets every one below it. */
	rq_random_indices(indices, 7001, &random, 0x80000001u);
	for (size_t i = 0; i < 7001; i++)
		ck_assert_uint_le(indices[i], 0x80000000u);
	rq_random_stream(&random, 5, 2);
	rq_random_stream(&other, 6, 1);
	ck_assert_uint_ne(random.state[0], other.state[0]);
	/* A stream is not its neighbour one step on. */
	for (uint64_t stream = 0; stream < 50; stream++) {
		rq_random_stream(&random, 5, stream);
		rq_random_stream(&other, 5, stream + 1);
		for (int i = 0; i < 4; i++)
			for (int j = 0; j < 4; j++)
				ck_assert_uint_ne(random.state[i], other.state[j]);
	}
}
END_TEST

START_TEST(keys_depend_on_content_order_and_borders)
{
	struct rq_key a = {0}, b = {0}, c = {0}, d = {0};
	char hex[33];

	rq_key_add_text(&a, "ab");
	rq_key_add_text(&a, "c");
	rq_key_add_text(&b, "a");
	rq_key_add_text(&b, "bc");
	rq_key_add_text(&c, NULL);
	rq_key_add_text(&d, "");
	ck_assert_int_ne(memcmp(&a, &b, sizeof a), 0);
	ck_assert_int_ne(memcmp(&c, &d, sizeof c), 0);
	rq_key_hex(&a, hex);
	ck_assert_uint_eq(strlen(hex), 32);
}
END_TEST

START_TEST(sha256_is_sha256)
{
	char hex[RQ_SHA256_HEX];

	/* FIPS 180-2, appendix B.1 */
	ck_assert_int_eq(rq_sha256(hex, "abc", 3, NULL), RQ_OK);
	ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
END_TEST

Suite *random_suite(void)
{
	Suite *suite = suite_create("random");
	TCase *tests = tcase_create("random");

	tcase_add_test(tests, the_stream_is_the_same_everywhere);
	tcase_add_test(tests, numbers_spread_as_they_should);
	tcase_add_test(tests, streams_and_indices_are_seeded_and_even);
	tcase_add_test(tests, keys_depend_on_content_order_and_borders);
	tcase_add_test(tests, sha256_is_sha256);
	suite_add_tcase(suite, tests);
	return suite;
}
