#include "evalcore/base/parse.h"
#include "evalcore/base/random.h"

#include <check.h>
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool f64(double *value, const char *text)
{
	return rq_parse_f64(value, text, strlen(text));
}

START_TEST(numbers_are_read_whole_or_not_at_all)
{
	static const char *const bad[] = {"",  " ",   "1 ",   " 1",    "abc",   "1abc",    "1e",   "1e+",   ".",     "-",
	                                  "+", "--1", "0x10", "1.2.3", "1e5.0", "infinit", "nano", "1_000", "1e999", "-1e999"};
	double value = 42;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(!f64(&value, bad[i]), "\"%s\" was read", bad[i]);
		ck_assert_double_eq(value, 42);
	}
	ck_assert(f64(&value, "-1.5e-3") && value == -1.5e-3);
	ck_assert(f64(&value, "0.1") && value == 0.1);
	ck_assert(f64(&value, ".5") && value == .5);
	ck_assert(f64(&value, "5.") && value == 5);
	ck_assert(f64(&value, "-Inf") && isinf(value) && value < 0);
	ck_assert(f64(&value, "NaN") && isnan(value));
	ck_assert(f64(&value, "1e-320") && value > 0);
}
END_TEST

START_TEST(what_is_too_large_is_told_from_what_is_no_number)
{
	static const char *const large[] = {"1e999", "-1e400", "1.8e308", "+2E+308"}, *const others[] = {"",       "inf",   "-Infinity", "nan",
	                                                                                                 "1e999x", "1e308", "0x1p9999",  "abc"};

	for (size_t i = 0; i < sizeof large / sizeof *large; i++)
		ck_assert_msg(rq_f64_too_large(large[i], strlen(large[i])), "%s", large[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ck_assert_msg(!rq_f64_too_large(others[i], strlen(others[i])), "%s", others[i]);
}
END_TEST

START_TEST(numbers_are_read_as_atof_and_atol_do)
{
	static const struct {
		const char *text;
		double value;
		int integer;
	} cases[] = {{"2abc", 2, 2}, {"abc", 0, 0}, {"", 0, 0}, {"nan", 0, 0}, {"0x10", 16, 0}, {"-1e400", -INFINITY, -1}, {"1.9", 1.9, 1}, {"+7", 7, 7}, {"-99999999999", -99999999999., INT_MIN},
	             {"99999999999999999999999999999999999999999999999999999999999999999999999999", 1e74, INT_MAX}};
	double value;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert(rq_leading_f64(&value, cases[i].text, strlen(cases[i].text)));
		ck_assert_msg(value == cases[i].value, "%s: %g", cases[i].text, value);
		ck_assert_int_eq(rq_leading_int(cases[i].text, strlen(cases[i].text)), cases[i].integer);
	}
	ck_assert(rq_leading_f64(&value, "12", 1) && value == 1);
}
END_TEST

START_TEST(long_digits_round_correctly)
{
	char text[400];
	double value;

	/* 1 + 2^-53 lies halfway between two doubles and goes to the even one; one digit more, 300 places on, and it goes up. */
	strcpy(text, "1.00000000000000011102230246251565404236316680908203125");
	ck_assert(f64(&value, text) && value == 1.0);
	memset(text + strlen(text), '0', 300);
	strcpy(text + 354, "1");
	ck_assert(f64(&value, text) && value == 1.0 + DBL_EPSILON);
}
END_TEST

/* A number as files and adversaries write it; one kind in eight lies halfway between two doubles, or a digit beside that. */
static void random_number(char *text, size_t room, struct rq_random *random)
{
	uint64_t bits = rq_random_u64(random), odd = (UINT64_C(1) << 53 | bits >> 11) << 1 | 1;
	const char *sign = bits & 1 ? "-" : "";
	double value;

	memcpy(&value, &bits, sizeof value);
	switch (rq_random_below(random, 8)) {
	case 0:
		snprintf(text, room, "%s%" PRIu64 ".%06" PRIu64, sign, rq_random_below(random, 100), rq_random_below(random, 1000000));
		break;
	case 1:
		snprintf(text, room, "%.*g", (int)(15 + rq_random_below(random, 4)), rq_random_normal(random) * 100);
		break;
	case 2:
		snprintf(text, room, "%s%" PRIu64 "e%d", sign, bits >> rq_random_below(random, 64), (int)rq_random_below(random, 140) - 70);
		break;
	case 3:
		snprintf(text, room, "%" PRIu64 "e%d", odd + rq_random_below(random, 3) - 1, (int)rq_random_below(random, 30) - 6);
		break;
	case 4:
		snprintf(text, room, "%.17g", value);
		break;
	case 5:
		snprintf(text, room, "%s0.%0*" PRIu64 "E-%d", sign, (int)rq_random_below(random, 40), bits, (int)rq_random_below(random, 320));
		break;
	case 6:
		snprintf(text, room, "%" PRIu64 "%019" PRIu64 ".%" PRIu64, bits, bits >> 1, bits);
		break;
	default:
		snprintf(text, room, "%.*f", (int)rq_random_below(random, 60), (double)(odd >> 1) * 0x1p-60);
	}
}

START_TEST(numbers_are_those_of_the_c_library)
{
	struct rq_random random;
	char text[512];
	int finite = 0;

	rq_random_seed(&random, (uint64_t)_i);
	for (int i = 0; i < 250000; i++) {
		random_number(text, sizeof text, &random);
		double expected = strtod(text, NULL), value = 42;
		bool read = f64(&value, text);
		ck_assert_msg(read == (isfinite(expected) || strpbrk(text, "in") != NULL), "\"%s\"", text);
		ck_assert_msg(!read || isnan(expected) || memcmp(&value, &expected, sizeof value) == 0, "\"%s\" is %a, not %a", text, expected, value);
		finite += read && isfinite(expected);
	}
	ck_assert_int_gt(finite, 200000);
}
END_TEST

START_TEST(zero_keeps_its_sign)
{
	double value;

	ck_assert(f64(&value, "-0.00e5") && value == 0 && signbit(value));
	ck_assert(f64(&value, "0e-400") && value == 0 && !signbit(value));
}
END_TEST

START_TEST(numbers_are_shown_as_short_as_they_read_back)
{
	static const struct {
		double number;
		const char *text;
	} cases[] = {
		{0.1, "0.1"},
		{-0.0, "0"},
		{1.0 / 3, "0.3333333333333333"},
		{0.1 + 0.2, "0.30000000000000004"},
		{1e300, "1e+300"},
		{-5e-324, "-4.94065645841247e-324"},
		{INFINITY, "inf"},
	};
	struct rq_random random;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_str_eq(rq_short_number(cases[i].number).text, cases[i].text);
	rq_random_seed(&random, 7);
	for (int i = 0; i < 100000; i++) {
		uint64_t bits = rq_random_u64(&random);
		double number, back;
		memcpy(&number, &bits, sizeof number);
		struct rq_short_number shown = rq_short_number(number);
		ck_assert_msg(isnan(number) || (rq_parse_f64(&back, shown.text, strlen(shown.text)) && back == number), "%a is shown as %s", number,
		              shown.text);
	}
}
END_TEST

START_TEST(floats_are_shown_as_short_as_they_read_back)
{
	struct rq_random random;

	ck_assert_str_eq(rq_short_float(.1f).text, "0.1");
	ck_assert_str_eq(rq_short_float(1 / 3.0f).text, "0.33333334");
	ck_assert_str_eq(rq_short_float(16777216).text, "16777216");
	ck_assert_str_eq(rq_short_float(-0x1p-149f).text, "-1.4013e-45");
	rq_random_seed(&random, 8);
	for (int i = 0; i < 100000; i++) {
		uint32_t bits = (uint32_t)rq_random_u64(&random);
		float number;
		double back;
		memcpy(&number, &bits, sizeof number);
		struct rq_short_number shown = rq_short_float(number);
		ck_assert_msg(isnan(number) ||
		                  (rq_parse_f64(&back, shown.text, strlen(shown.text)) && (float)back == number && strtof(shown.text, NULL) == number),
		              "%a is shown as %s", (double)number, shown.text);
	}
}
END_TEST

START_TEST(integers_stop_at_their_limits)
{
	int64_t value = 7;
	uint64_t natural;

	ck_assert(rq_parse_i64(&value, "-9223372036854775808", 20) && value == INT64_MIN);
	ck_assert(rq_parse_i64(&value, "9223372036854775807", 19) && value == INT64_MAX);
	ck_assert(!rq_parse_i64(&value, "9223372036854775808", 19));
	ck_assert(!rq_parse_i64(&value, "-9223372036854775809", 20));
	ck_assert(rq_parse_u64(&natural, "18446744073709551615", 20) && natural == UINT64_MAX);
	ck_assert(!rq_parse_u64(&natural, "18446744073709551616", 20));
	ck_assert(!rq_parse_u64(&natural, "-1", 2));
	ck_assert(!rq_parse_i64(&value, "", 0) && !rq_parse_i64(&value, "-", 1) && !rq_parse_i64(&value, "1.0", 3));
}
END_TEST

START_TEST(durations_need_a_unit)
{
	double seconds = 0;

	ck_assert(rq_parse_duration(&seconds, "50ms", 4) && seconds == 0.05);
	ck_assert(rq_parse_duration(&seconds, "10m", 3) && seconds == 600);
	ck_assert(rq_parse_duration(&seconds, "2w", 2) && seconds == 14 * 86400);
	ck_assert(rq_parse_duration(&seconds, "1.5s", 4) && seconds == 1.5);
	ck_assert(!rq_parse_duration(&seconds, "50", 2) && !rq_parse_duration(&seconds, "ms", 2) && !rq_parse_duration(&seconds, "-1s", 3));
	ck_assert(!rq_parse_duration(&seconds, "5 s", 3) && !rq_parse_duration(&seconds, "infs", 4) && !rq_parse_duration(&seconds, "5sec", 4));
}
END_TEST

static bool size_of(uint64_t *bytes, const char *text)
{
	return rq_parse_size(bytes, text, strlen(text));
}

START_TEST(sizes_need_a_unit)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0B", 0},           {"1B", 1},         {"64kB", 64000},     {"500MB", 500000000}, {"10GB", 10000000000u}, {"2TB", 2000000000000u}, {"1KiB", 1024},
	            {"512MiB", 536870912}, {"1GiB", 1 << 30}, {"1TiB", 1099511627776u}, {"1.5GB", 1500000000}, {"0.0009kB", 0},      {"1e3kB", 1000000}};
	static const char *const bad[] = {"", "10", "GB", "10 GB", " 10GB", "10GB ", "-1GB", "10G", "10gb", "10Gb", "10KB", "10kiB", "10Gi", "1,5GB", "infB", "nanB", "9223373TB", "0x10B"};
	uint64_t bytes = 42;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		ck_assert_msg(!size_of(&bytes, bad[i]), "\"%s\" was read", bad[i]);
		ck_assert_uint_eq(bytes, 42);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		ck_assert_msg(size_of(&bytes, good[i].text), "\"%s\" was refused", good[i].text);
		ck_assert_uint_eq(bytes, good[i].bytes);
	}
}
END_TEST

START_TEST(sizes_are_shown_short)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} cases[] = {{0, "0 B"},           {999, "999 B"},        {1000, "1.0 kB"},          {1549, "1.5 kB"},          {9949, "9.9 kB"},     {9950, "10 kB"},
	             {999499, "999 kB"}, {999500, "1.0 MB"}, {10000000000u, "10 GB"}, {999999999999999, "1.0 PB"}, {UINT64_MAX, "18 EB"}};
	char text[16];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_str_eq(rq_show_size(text, cases[i].bytes), cases[i].text);
	}
}
END_TEST

START_TEST(times_are_of_the_calendar)
{
	static const char *const refused[] = {"",
	                                      "2026-11-01",
	                                      "2026-11-01T03:00:00",
	                                      "2026-11-01T03:00:00+01:00",
	                                      "2026-11-01 03:00:00Z",
	                                      "2026-02-29T00:00:00Z",
	                                      "2026-11-31T00:00:00Z",
	                                      "2026-11-01T24:00:00Z",
	                                      "2026-11-01T03:00:60Z",
	                                      "2026-11- 1T03:00:00Z",
	                                      "1969-12-31T23:59:59Z",
	                                      "2026-11-01T03:00:00Zx"};
	int64_t seconds = -7;

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		ck_assert_msg(!rq_parse_time(&seconds, refused[i], strlen(refused[i])), "%s", refused[i]);
	ck_assert_int_eq(seconds, -7);
	ck_assert(rq_parse_time(&seconds, "2001-09-09T01:46:40Z", 20) && seconds == 1000000000);
	ck_assert(rq_parse_time(&seconds, "2024-02-29T00:00:00Z", 20) && seconds == 1709164800);
}
END_TEST

START_TEST(utf8_is_checked_to_the_byte)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {{"plain ascii text", 16}, {"S\xc3\xa3o Paulo", 10}, {"\xf0\x9f\x98\x80", 4}, {"ab\xff", 2}, {"\xc0\x80", 0}, {"\xed\xa0\x80", 0},
	             {"\xf4\x90\x80\x80", 0}, {"abcdefgh\xe2\x82", 8}, {"\xe0\x80\x80", 0}, {"x\x80", 1}, {"\xf0\x8f\x80\x80", 0}};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_uint_eq(rq_utf8_invalid_at(cases[i].text, strlen(cases[i].text)), cases[i].at);
}
END_TEST

static const struct {
	const char *text, *shown;
} shown_texts[] = {
	{"", ""},
	{"a \xC3\xA4\xE6\x97\xA5\xF0\x9F\x98\x80", "a \xC3\xA4\xE6\x97\xA5\xF0\x9F\x98\x80"},
	{"a\nb\tc\rd", "a\\nb\\tc\\rd"},
	{"\x1b[2J\x7f\x01", "\\x1b[2J\\x7f\\x01"},
	{"\xC2\x9Bx\xC2\xA0", "\\xc2\\x9bx\xC2\xA0"},             /* U+009B, U+00A0 */
	{"\xFF\xE2\x80", "\\xff\\xe2\\x80"},
	{"\xD8\x9C\xD8\x9D", "\\xd8\\x9c\xD8\x9D"},                  /* U+061C, U+061D */
	{"\xE2\x80\x8D\xE2\x80\x8E\xE2\x80\x8F\xE2\x80\x90", "\xE2\x80\x8D\\xe2\\x80\\x8e\\xe2\\x80\\x8f\xE2\x80\x90"}, /* U+200D ... */
	{"\xE2\x80\xA9\xE2\x80\xAA\xE2\x80\xAE\xE2\x80\xAF", "\xE2\x80\xA9\\xe2\\x80\\xaa\\xe2\\x80\\xae\xE2\x80\xAF"}, /* U+2029 ... */
	{"\xE2\x81\xA5\xE2\x81\xA6\xE2\x81\xA9\xE2\x81\xAA", "\xE2\x81\xA5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xE2\x81\xAA"}, /* U+2065 ... */
};

START_TEST(what_steers_a_terminal_is_spelt)
{
	char shown[64], least[64];

	rq_show_text(shown, sizeof shown, shown_texts[_i].text);
	ck_assert_str_eq(shown, shown_texts[_i].shown);
	rq_show_text(least, 4 * strlen(shown_texts[_i].text) + 1, shown_texts[_i].text);
	ck_assert_str_eq(least, shown);
	for (size_t size = 1; size < sizeof least; size++) { /* it is cut, and never within what it has spelt */
		rq_show_text(least, size, shown_texts[_i].text);
		ck_assert(strlen(least) < size && strncmp(least, shown, strlen(least)) == 0);
		const char *end = strrchr(least, '\\');
		ck_assert(end == NULL || strncmp(end, "\\x", 2) != 0 || strlen(end) >= 4);
	}
}
END_TEST

START_TEST(the_nearest_name_is_near_or_nothing)
{
	static const char *const names[] = {"metric", "margin", "kind", "level"};

	ck_assert_str_eq(rq_nearest_name("metrc", names, 4), "metric");
	ck_assert_str_eq(rq_nearest_name("Margin", names, 4), "margin");
	ck_assert_str_eq(rq_nearest_name("knid", names, 4), "kind");
	ck_assert_ptr_null(rq_nearest_name("colour", names, 4));
	ck_assert_ptr_null(rq_nearest_name("", names, 4));
}
END_TEST

Suite *parse_suite(void)
{
	Suite *suite = suite_create("parse");
	TCase *tests = tcase_create("parse");

	tcase_add_test(tests, numbers_are_read_whole_or_not_at_all);
	tcase_add_test(tests, what_is_too_large_is_told_from_what_is_no_number);
	tcase_add_test(tests, numbers_are_read_as_atof_and_atol_do);
	tcase_add_test(tests, long_digits_round_correctly);
	tcase_add_loop_test(tests, numbers_are_those_of_the_c_library, 0, 12);
	tcase_add_test(tests, zero_keeps_its_sign);
	tcase_add_test(tests, numbers_are_shown_as_short_as_they_read_back);
	tcase_add_test(tests, floats_are_shown_as_short_as_they_read_back);
	tcase_add_test(tests, integers_stop_at_their_limits);
	tcase_add_test(tests, durations_need_a_unit);
	tcase_add_test(tests, sizes_need_a_unit);
	tcase_add_test(tests, sizes_are_shown_short);
	tcase_add_test(tests, times_are_of_the_calendar);
	tcase_add_test(tests, utf8_is_checked_to_the_byte);
	tcase_add_loop_test(tests, what_steers_a_terminal_is_spelt, 0, (int)(sizeof shown_texts / sizeof *shown_texts));
	tcase_add_test(tests, the_nearest_name_is_near_or_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
