#include "evalcore/base/hash.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static void expect_digest(const char *text, size_t pieces, const char *expected)
{
	struct rq_sha256_stream stream = {0};
	struct rq_error err = {0};
	char hex[RQ_SHA256_HEX];
	size_t length = strlen(text);

	ck_assert_msg(rq_sha256(hex, text, length, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(hex, expected);
	ck_assert_msg(rq_sha256_stream_open(&stream, &err) == RQ_OK, "%s", err.text);
	for (size_t i = 0; i < pieces; i++) {
		size_t from = length * i / pieces, to = length * (i + 1) / pieces;
		ck_assert_uint_eq(fwrite(text + from, 1, to - from, stream.stream), to - from);
	}
	memset(hex, 0, sizeof hex);
	ck_assert_msg(rq_sha256_stream_end(hex, &stream, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(hex, expected);
	rq_sha256_stream_release(&stream);
	rq_sha256_stream_release(&stream);
	ck_assert_ptr_null(stream.stream);
}

/* The examples of FIPS 180. */
START_TEST(a_stream_gives_the_digest_of_its_bytes)
{
	char *million = malloc(1000001);

	expect_digest("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect_digest("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_digest("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 5, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	memset(million, 'a', 1000000);
	million[1000000] = '\0';
	expect_digest(million, 1, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	expect_digest(million, 12345, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(million);
}
END_TEST

START_TEST(digests_are_told_from_other_text)
{
	char hex[RQ_SHA256_HEX];

	ck_assert_int_eq(rq_sha256(hex, "", 0, NULL), RQ_OK);
	ck_assert(rq_is_sha256(hex) && !rq_is_sha256("") && !rq_is_sha256(hex + 1));
	hex[10] = 'A';
	ck_assert(!rq_is_sha256(hex));
	hex[10] = '\x1b';
	ck_assert(!rq_is_sha256(hex));
}
END_TEST

Suite *hash_suite(void)
{
	Suite *suite = suite_create("hash");
	TCase *tests = tcase_create("hash");

	tcase_add_test(tests, digests_are_told_from_other_text);
	tcase_add_test(tests, a_stream_gives_the_digest_of_its_bytes);
	suite_add_tcase(suite, tests);
	return suite;
}
