#include "support.h"

#include <check.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#define DICT "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"

static const float SIX[] = {1, -2, 3.5f, 0, FLT_MAX, FLT_TRUE_MIN};

static enum rq_status parse(struct rq_vectors *vectors, unsigned version, const char *dict, const void *payload, size_t size, struct rq_error *err)
{
	struct rq_buf file = {0};

	npy_make(&file, version, dict, payload, size);
	enum rq_status status = vectors_from(vectors, "npy", file.data, file.size, err);
	rq_buf_release(&file);
	return status;
}

static void reads(unsigned version, const char *dict, const void *payload, size_t size, size_t n, size_t d, const float *expected)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};

	ck_assert_msg(parse(&vectors, version, dict, payload, size, &err) == RQ_OK, "%s", err.text);
	ck_assert_uint_eq(vectors.n, n);
	ck_assert_uint_eq(vectors.d, d);
	ck_assert_mem_eq(vectors.data, expected, n * d * sizeof *expected);
	rq_vectors_release(&vectors);
}

static void refused(const char *dict, const void *payload, size_t size, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_error err = {0};

	ck_assert_int_eq(parse(&vectors, 1, dict, payload, size, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(vectors.data);
}

/* The bytes that numpy 1.x and 2.x write for np.save of a (1, 2) float32 array, header padded to 128. */
START_TEST(bytes_of_numpy)
{
	unsigned char file[136];
	const float expected[] = {1, 2};
	struct rq_vectors vectors;

	memset(file, ' ', 128);
	memcpy(file, "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }", 69);
	file[127] = '\n';
	memcpy(file + 128, "\x00\x00\x80\x3f\x00\x00\x00\x40", 8);
	ck_assert_int_eq(vectors_from(&vectors, "npy", file, sizeof file, NULL), RQ_OK);
	ck_assert_uint_eq(vectors.n, 1);
	ck_assert_uint_eq(vectors.d, 2);
	ck_assert_mem_eq(vectors.data, expected, sizeof expected);
	rq_vectors_release(&vectors);
}
END_TEST

START_TEST(versions_and_spellings_of_the_header)
{
	for (unsigned version = 1; version <= 3; version++)
		reads(version, DICT, SIX, sizeof SIX, 2, 3, SIX);
	reads(1, "{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}", SIX, sizeof SIX, 2, 3, SIX);
	reads(1, " { 'fortran_order' : False , 'descr' : '<f4' ,\t'shape' : ( 2 , 3 , ) } ", SIX, sizeof SIX, 2, 3, SIX);
	/* A length beyond 255: the second byte counts. */
	reads(2, "{'descr': '<f4',                                                                                                             "
			 "                                                                                                                             "
			 "                                                                     'fortran_order': False, 'shape': (2, 3), }",
		  SIX, sizeof SIX, 2, 3, SIX);
}
END_TEST

START_TEST(number_types)
{
	const double doubles[] = {1.5, -(double)FLT_MAX, 0.1, 1e-60, 0, 7};
	const float from_doubles[] = {1.5f, -FLT_MAX, 0.1f, 0, 0, 7}, from_i1[] = {-128, -1, 127, 0}, from_u1[] = {128, 255, 127, 0};
	const unsigned char bytes[] = {0x80, 0xFF, 0x7F, 0x00};

	reads(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }", doubles, sizeof doubles, 3, 2, from_doubles);
	reads(1, "{'descr': '|i1', 'fortran_order': False, 'shape': (4, 1), }", bytes, 4, 4, 1, from_i1);
	reads(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 4), }", bytes, 4, 1, 4, from_u1);
}
END_TEST

/* All 65,536 halves against the definition of binary16. */
START_TEST(half_precision)
{
	static uint16_t halves[65536];
	struct rq_vectors vectors;
	struct rq_error err = {0};

	for (unsigned i = 0; i < 65536; i++)
		halves[i] = (uint16_t)i;
	ck_assert_int_eq(parse(&vectors, 1, "{'descr': '<f2', 'fortran_order': False, 'shape': (256, 256), }", halves, sizeof halves, &err), RQ_OK);
	for (unsigned i = 0; i < 65536; i++) {
		double fraction = (i & 1023) / 1024.0, sign = i & 0x8000 ? -1 : 1;
		int exponent = (int)(i >> 10 & 31);
		double expected = sign * (exponent == 0 ? fraction * pow(2, -14) : (1 + fraction) * pow(2, exponent - 15));
		if (exponent == 31)
			expected = fraction == 0 ? sign * INFINITY : NAN;
		ck_assert(isnan(expected) ? isnan(vectors.data[i]) : (double)vectors.data[i] == expected);
		ck_assert(isnan(expected) || !signbit(vectors.data[i]) == !signbit(expected));
	}
	ck_assert(vectors.data[0x3C00] == 1 && vectors.data[0x7BFF] == 65504 && vectors.data[1] == 5.9604644775390625e-8f);
	rq_vectors_release(&vectors);
}
END_TEST

#define REMEDY "; save the array anew, as array.astype('<f4')"
#define TYPES "; expected f2, f4, f8, i1, u1 or i4"

START_TEST(what_is_refused_says_how_to_mend_it)
{
	refused("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }", SIX, 24, "x: numbers of type \"<i8\"" TYPES REMEDY);
	refused("{'descr': '', 'fortran_order': False, 'shape': (2, 3), }", SIX, 24, "x: numbers of type \"\"" TYPES REMEDY);
	refused("{'descr': '<bf16', 'fortran_order': False, 'shape': (2, 3), }", SIX, 24, "x: numbers of type \"<bf16\"" TYPES REMEDY);
	refused("{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3), }", SIX, 24, "x: numbers of type \"f4\"" TYPES REMEDY);
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", SIX, 24,
			"x: an array of 1 dimension; expected two, (n, d), one row a record");
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (), }", SIX, 24,
			"x: an array of 0 dimensions; expected two, (n, d), one row a record");
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 3), }", SIX, 24,
			"x: an array of 3 dimensions; expected two, (n, d), one row a record");
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (0, 3), }", SIX, 0,
			"x: shape (0, 3) holds no vectors; expected at least one row and one column");
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 0), }", SIX, 0,
			"x: shape (2, 0) holds no vectors; expected at least one row and one column");
}
END_TEST

START_TEST(size_must_be_exact)
{
	const double large[] = {0, 1, 2, 1e39};

	refused(DICT, SIX, 23,
			"x: cut short: expected 24 bytes after the header for shape (2, 3) of \"<f4\", found 23; copy or write the file again");
	refused(DICT, large, 25, "x: too long: expected 24 bytes after the header for shape (2, 3) of \"<f4\", found 25; copy or write the file again");
	refused("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 536870912), }", SIX, 24,
			"x: shape (4294967296, 536870912) is larger than any file; found 24 bytes after the header");
	refused("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967297), }", SIX, 24,
			"x: shape (4294967296, 4294967297) is larger than any file; found 24 bytes after the header");
	refused("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2), }", large, 32,
			"x: the number in row 1, column 1 (counted from 0) is beyond float32; scale the vectors");
}
END_TEST

START_TEST(headers_that_are_no_dict)
{
	static const char *const dicts[] = {
		"", "{", "{}", "[]", "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}",
		"{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3)}",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 3)}", "{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x", "{'descr': '<f4' 'fortran_order': False, 'shape': (2, 3)}",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (,)}", "{'descr': '<f4, 'fortran_order': False, 'shape': (2, 3)}",
	};

	for (size_t i = 0; i < sizeof dicts / sizeof *dicts; i++) {
		struct rq_vectors vectors;
		struct rq_error err = {0};
		ck_assert_int_eq(parse(&vectors, 1, dicts[i], SIX, sizeof SIX, &err), RQ_E_DATA);
		ck_assert_msg(strstr(err.text, "x: header not understood at byte ") == err.text, "%s", err.text);
		ck_assert_ptr_nonnull(strstr(err.text, "; expected {'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }"));
	}
}
END_TEST

/* Every prefix of a good file is refused. */
START_TEST(truncated_anywhere)
{
	struct rq_buf file = {0};
	struct rq_vectors vectors;
	struct rq_error err = {0};

	npy_make(&file, 2, DICT, SIX, sizeof SIX);
	for (size_t size = 0; size < file.size; size++) {
		ck_assert_int_eq(vectors_from(&vectors, "npy", file.data, size, &err), RQ_E_DATA);
		ck_assert_ptr_null(vectors.data);
		if (size == 4)
			ck_assert_str_eq(err.text, "x: no .npy header in 4 bytes; expected a file that numpy.save wrote");
		if (size == 30)
			ck_assert_str_eq(err.text, "x: cut short within its header: 30 bytes; copy or write the file again");
	}
	file.data[6] = 4;
	ck_assert_int_eq(vectors_from(&vectors, "npy", file.data, file.size, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "x: .npy version 4; expected 1, 2 or 3");
	rq_buf_release(&file);
}
END_TEST

Suite *npy_suite(void)
{
	Suite *suite = suite_create("npy");
	TCase *tests = tcase_create("npy");

	tcase_add_test(tests, bytes_of_numpy);
	tcase_add_test(tests, versions_and_spellings_of_the_header);
	tcase_add_test(tests, number_types);
	tcase_add_test(tests, half_precision);
	tcase_add_test(tests, what_is_refused_says_how_to_mend_it);
	tcase_add_test(tests, size_must_be_exact);
	tcase_add_test(tests, headers_that_are_no_dict);
	tcase_add_test(tests, truncated_anywhere);
	suite_add_tcase(suite, tests);
	return suite;
}
