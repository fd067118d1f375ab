#include "datasets/text.h"
#include "support.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

static void refused(const char *data, size_t size, const char *expected)
{
	struct rq_text text;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_text_from(&text, "x", data, size, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(text.owned.data);
}

START_TEST(lines_without_blank_ones)
{
	static const char data[] = "a\r\n\n \t\r\nb c \n\nlast";
	struct rq_text text = text_of(data, sizeof data - 1);
	struct rq_line line = rq_text_lines(&text);
	static const struct {
		size_t number;
		const char *text;
	} expected[] = {{1, "a"}, {4, "b c "}, {6, "last"}};

	for (size_t i = 0; i < 3; i++) {
		ck_assert(rq_line_next(&line, &text));
		ck_assert_uint_eq(line.number, expected[i].number);
		ck_assert_uint_eq(line.span.length, strlen(expected[i].text));
		ck_assert_int_eq(strncmp(line.span.at, expected[i].text, line.span.length), 0);
		ck_assert_uint_eq(rq_text_line_number(&text, i), expected[i].number);
	}
	ck_assert(!rq_line_next(&line, &text));
	ck_assert_uint_eq(rq_text_filled_lines(&text), 3);
	rq_text_release(&text);
	text = text_of("", 0);
	ck_assert_uint_eq(rq_text_filled_lines(&text), 0);
	rq_text_release(&text);
}
END_TEST

START_TEST(columns_by_space_and_tab)
{
	struct rq_span columns[4], line = {"  a\tbc \v d", 10}, tabs = {"a\t\tb c\t", 7};

	ck_assert_uint_eq(rq_columns_space(columns, 4, line), 3);
	ck_assert_int_eq(strncmp(columns[1].at, "bc", columns[1].length), 0);
	ck_assert_uint_eq(columns[2].length, 1);
	ck_assert_uint_eq(rq_columns_space(columns, 2, line), 2);
	ck_assert_uint_eq(rq_columns_tab(columns, 4, tabs), 4);
	ck_assert_uint_eq(columns[1].length, 0);
	ck_assert_uint_eq(columns[2].length, 3);
	ck_assert_uint_eq(columns[3].length, 0);
	ck_assert_uint_eq(rq_columns_tab(columns, 4, (struct rq_span){"", 0}), 1);
}
END_TEST

START_TEST(byte_order_mark_is_skipped)
{
	struct rq_text text = text_of("\xEF\xBB\xBF" "ab", 5);

	ck_assert_uint_eq(text.size, 2);
	ck_assert_str_eq(text.data, "ab");
	/* printf '\xef\xbb\xbfab' | sha256sum: of the file's bytes, the mark too */
	ck_assert_str_eq(text.sha256, "e54dd095f92262cbaf1ef453de08896fee09647d82be9433cc344752e643e43d");
	rq_text_release(&text);
}
END_TEST

START_TEST(what_is_not_utf8_names_line_and_byte)
{
	refused("a\nb\xFFz", 5, "x:2: invalid UTF-8 at byte 3 of the file, counted from 0; expected UTF-8 text");
	refused("\xEF\xBB\xBF" "a\nb\xC3", 7, "x:2: invalid UTF-8 at byte 6 of the file, counted from 0; expected UTF-8 text");
	refused("a\n\n\0\xFF", 5, "x:3: a NUL byte at byte 3 of the file, counted from 0; expected UTF-8 text");
	refused("\xFF\0", 2, "x:1: invalid UTF-8 at byte 0 of the file, counted from 0; expected UTF-8 text");
}
END_TEST

static size_t pack(char *out, size_t size, const char *data)
{
	size_t packed = ZSTD_compress(out, size, data, strlen(data), 3);

	ck_assert(!ZSTD_isError(packed));
	return packed;
}

START_TEST(zstd_is_taken_by_its_magic_number)
{
	char packed[256], expected[256];
	size_t first = pack(packed, sizeof packed, "one\n"), size = first + pack(packed + first, sizeof packed - first, "two\n");
	struct rq_text text = text_of(packed, size);

	ck_assert_uint_eq(text.size, 8);
	ck_assert_str_eq(text.data, "one\ntwo\n");
	ck_assert_int_eq(rq_sha256(expected, packed, size, NULL), RQ_OK);
	ck_assert_str_eq(text.sha256, expected);
	rq_text_release(&text);

	snprintf(expected, sizeof expected, "x: the zstd data is cut short after %zu bytes; write the file again", size - 1);
	refused(packed, size - 1, expected);
	memset(packed + 4, 0xFF, 4);
	refused(packed, size, "x: damaged zstd data: Unsupported frame parameter; write the file again");
	size = pack(packed, sizeof packed, "a\n\xFF");
	refused(packed, size, "x:2: invalid UTF-8 at byte 2 of the uncompressed text, counted from 0; expected UTF-8 text");
}
END_TEST

START_TEST(large_zstd_comes_out_whole)
{
	size_t size = 1 << 20;
	char *data = malloc(size + 1), *packed = malloc(ZSTD_compressBound(size));

	for (size_t i = 0; i < size; i++)
		data[i] = (char)('a' + i * i % 23);
	data[size] = '\0';
	struct rq_text text = text_of(packed, pack(packed, ZSTD_compressBound(size), data));
	ck_assert_uint_eq(text.size, size);
	ck_assert_int_eq(memcmp(text.data, data, size), 0);
	rq_text_release(&text);
	free(data);
	free(packed);
}
END_TEST

START_TEST(places_and_excerpts)
{
	struct rq_text text = text_of("ab\ncd\n", 6);
	struct rq_place place = rq_text_place(&text, text.data + 4);
	char long_text[100];

	ck_assert_uint_eq(place.line, 2);
	ck_assert_uint_eq(place.column, 2);
	rq_text_release(&text);
	ck_assert_str_eq(rq_excerpt((struct rq_span){"a\x01\x7F" "b", 4}).text, "a??b");
	memset(long_text, 'a', sizeof long_text);
	memcpy(long_text + 75, "\xC3\xA4", 2); /* the cut falls into a letter */
	struct rq_excerpt excerpt = rq_excerpt((struct rq_span){long_text, sizeof long_text});
	ck_assert_uint_eq(strlen(excerpt.text), 78);
	ck_assert_str_eq(excerpt.text + 74, "a...");
}
END_TEST

START_TEST(faults_of_ids)
{
	ck_assert_ptr_null(rq_id_fault((struct rq_span){"a-1_\xC3\xA4\xC2\xA0", 8}));
	ck_assert_str_eq(rq_id_fault((struct rq_span){"", 0}), "is empty");
	ck_assert_str_eq(rq_id_fault((struct rq_span){"a b", 3}), "contains white space");
	ck_assert_str_eq(rq_id_fault((struct rq_span){"a\x0C", 2}), "contains white space");
	ck_assert_str_eq(rq_id_fault((struct rq_span){"a\x1B", 2}), "contains a control character");
	ck_assert_str_eq(rq_id_fault((struct rq_span){"a\xC2\x85", 3}), "contains a control character");
}
END_TEST

Suite *text_suite(void)
{
	Suite *suite = suite_create("text");
	TCase *tests = tcase_create("text");

	tcase_add_test(tests, lines_without_blank_ones);
	tcase_add_test(tests, columns_by_space_and_tab);
	tcase_add_test(tests, byte_order_mark_is_skipped);
	tcase_add_test(tests, what_is_not_utf8_names_line_and_byte);
	tcase_add_test(tests, zstd_is_taken_by_its_magic_number);
	tcase_add_test(tests, large_zstd_comes_out_whole);
	tcase_add_test(tests, places_and_excerpts);
	tcase_add_test(tests, faults_of_ids);
	suite_add_tcase(suite, tests);
	return suite;
}
