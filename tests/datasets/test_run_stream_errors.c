/* What a streamed run is refused for: word for word, at the first fault in the file, for any number of threads and size of blocks. */
#include "stream_case.h"

#include "evalcore/base/system.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TREC "topic, Q0, document, rank, score[, tag]"

static const size_t blocks[] = {16, 30, 1 << 20};

static void ignore(void *context, size_t topic, size_t thread, const struct rq_judged_ranking *ranking, const struct rq_cut *cuts)
{
	(void)context;
	(void)topic;
	(void)thread;
	(void)ranking;
	(void)cuts;
}

static void fails_with(const struct rq_buf *text, enum rq_status expected, const char *message, const struct rq_reading *reading)
{
	struct rq_judgment judgment = {"d1", 1, 0};
	struct rq_topic_judgments topic = {"1", &judgment, 1};
	struct rq_qrels qrels = {.topics = &topic, .count = 1, .judgments = 1};
	struct rq_run_facts facts;
	struct rq_unpack input;
	struct rq_pool pool;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_pool_make(&pool, &qrels, &err), RQ_OK);
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		rq_threads_set(i == 1 ? 2 : 1);
		ck_assert_int_eq(rq_unpack_from(&input, "x", text->data, text->size, &err), RQ_OK);
		ck_assert_int_eq(rq_run_judge_trec(&facts, &input, blocks[i], &pool, reading, ignore, NULL, &err), expected);
		ck_assert_str_eq(err.text, message);
		ck_assert_uint_eq(facts.lines, 0);
		rq_unpack_release(&input);
	}
	rq_pool_release(&pool);
}

/* Lines before the fault: none, those of other topics, those and a topic that comes back. */
static void put_lines_before(struct rq_buf *text, size_t lines, bool scattered)
{
	for (size_t i = 0; i < lines; i++)
		rq_buf_printf(text, "t%zu Q0 doc%zu %zu %g tag\n", scattered ? i % 3 : i / 5, i, i, 20 - 0.01 * (double)i);
}

/* `message` holds %zu for the line of the fault, and in `other`, if that is not NULL, for the line of the first of two documents. */
static void refused(const char *data, size_t line, const char *message, const char *other, size_t other_line)
{
	static const size_t before[] = {0, 7, 100};
	char place[64], expected[600];

	for (size_t i = 0; i < 2 * sizeof before / sizeof *before; i++) {
		struct rq_buf text = {0};
		put_lines_before(&text, before[i / 2], i % 2 == 0);
		rq_buf_puts(&text, data);
		snprintf(place, sizeof place, "x:%zu:", line + before[i / 2]);
		int length = snprintf(expected, sizeof expected, "%s%s", place, message);
		if (other != NULL)
			snprintf(expected + length, sizeof expected - (size_t)length, other, other_line + before[i / 2]);
		fails_with(&text, RQ_E_DATA, expected, &(struct rq_reading){0});
		rq_buf_release(&text);
	}
}

START_TEST(what_is_wrong_is_named_wherever_it_stands)
{
	refused("1 Q0 d1 1\n", 1, "10: 4 columns; expected 5 or 6: " TREC, NULL, 0);
	refused("1 Q0 d1 1 2 t\n1\r\n", 2, "2: 1 column; expected 5 or 6: " TREC, NULL, 0);
	refused("\n1 Q0 d1 1 abc t\n", 2, "11: the score is \"abc\"; expected a number in column 5 of " TREC, NULL, 0);
	refused("1 Q0 d1 1 1.5x t", 1, "11: the score is \"1.5x\"; expected a number in column 5 of " TREC, NULL, 0);
	refused("1 Q0 d1 1 -NaN t\n1 Q0\n", 1, "11: the score is \"-NaN\"; expected a number in column 5 of " TREC, NULL, 0);
	refused("1 Q0 d1 1 -1e400 t\n", 1, "11: the score \"-1e400\" is too large for a double; scale the scores, or write inf", NULL, 0);
	refused("1 Q0 d\x02 1 1 t\n", 1, "6: the document id \"d?\" contains a control character; expected an id without white space or control characters", NULL,
	        0);
	refused("1 Q0 \xC3\xA4\xC2\xA0\xC2\x85 1 1 t\n", 1, "6: the document id \"\xC3\xA4\xC2\xA0\xC2\x85\" contains a control character; expected an id without white space or control characters", NULL,
	        0);
	refused("1\x7F Q0 d1 1 1 t\n", 1, "1: the topic id \"1?\" contains a control character; expected an id without white space or control characters", NULL, 0);
	refused("1 Q0 d1 1 3 t\n2 Q0 d1 1 3 t\n\n1 Q0 d2 1 2 t\n1 Q0  d1 1 1 t\n1 Q0 d1 1 1 t\nshort\n", 5,
	        "7: duplicate document \"d1\" for topic \"1\"", ", first on line %zu; keep one of the two", 1);
	refused("1 Q0 d1 1 3 t\n1 Q0 d2 1 2 t\n1 Q0 d2 1 1 t\n1 Q0 d3 1 x t\n", 3, "6: duplicate document \"d2\" for topic \"1\"",
	        ", first on line %zu; keep one of the two", 2);
	refused("1 Q0 d1 1 3 t\n1 Q0 d2 1 2 t\n1 Q0 d3 1 x t\n1 Q0 d2 1 1 t\n", 3, "11: the score is \"x\"; expected a number in column 5 of " TREC, NULL, 0);
}
END_TEST

static void refused_bytes(const char *data, size_t size, const char *message, const struct rq_reading *reading)
{
	struct rq_buf text = {0};

	rq_buf_add(&text, data, size);
	fails_with(&text, RQ_E_DATA, message, reading);
	rq_buf_release(&text);
}

START_TEST(what_is_no_text_is_named)
{
	static const char utf8[] = "\xEF\xBB\xBF" "1 Q0 d1 1 3 t\n1 Q0 d\xC3\xA4 1 2 t\n1 Q0 d\xFF 1 1 t\n1 Q0\n", zero[] = "1 Q0 d1 1 3 t\n1 Q0 d\0 1 1 t\n";
	static const char both[] = "1 Q0 d1 1 3 t\n\xFF 1 Q0\n", before[] = "1 Q0 d1 1\n\xFF\n";
	static const char tag[] = "1 Q0 d1 1 3 \xFF\n", control[] = "1 Q0 d\x02 1 1 t\n", bell[] = "1 Q0 d1 1 1 \a\n";

	/* Lenient is about numbers: what is printed and written must be text. */
	for (int lenient = 0; lenient < 2; lenient++) {
		const struct rq_reading reading = {.lenient = lenient};
		refused_bytes(utf8, sizeof utf8 - 1, "x:3: invalid UTF-8 at byte 38 of the file, counted from 0; expected UTF-8 text", &reading);
		refused_bytes(zero, sizeof zero - 1, "x:2: a NUL byte at byte 20 of the file, counted from 0; expected UTF-8 text", &reading);
		refused_bytes(both, sizeof both - 1, "x:2: invalid UTF-8 at byte 14 of the file, counted from 0; expected UTF-8 text", &reading);
		refused_bytes(tag, sizeof tag - 1, "x:1: invalid UTF-8 at byte 12 of the file, counted from 0; expected UTF-8 text", &reading);
		refused_bytes(control, sizeof control - 1, "x:1:6: the document id \"d?\" contains a control character; expected an id without white space or control characters",
		              &reading);
		refused_bytes(bell, sizeof bell - 1, "x:1:13: the tag \"?\" contains a control character; expected a tag without white space or control characters", &reading);
	}
	refused_bytes(before, sizeof before - 1, "x:1:10: 4 columns; expected 5 or 6: " TREC, &(struct rq_reading){0});
}
END_TEST

START_TEST(files_without_lines_are_refused)
{
	static const char *const empty[] = {"", "\n", "\xEF\xBB\xBF", " \r\n\t\n\n"};

	for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
		refused_bytes(empty[i], strlen(empty[i]),
		              "x: no lines; expected " TREC " on each, or JSON lines like {\"topic\": \"q1\", \"hits\": [{\"id\": \"d7\", \"score\": 0.5}]}",
		              &(struct rq_reading){0});
}
END_TEST

/* A line that never ends is not kept to be counted: it is read once more for its length. */
START_TEST(lines_without_end_are_refused)
{
	enum { LONG = (16 << 20) + 5 };
	struct rq_buf text = {0};
	char message[200], *line = malloc(LONG);

	memset(line, 'a', LONG);
	put_lines_before(&text, 9, _i == 0);
	rq_buf_add(&text, line, LONG);
	if (_i == 0)
		rq_buf_puts(&text, "\n1 Q0 d1 1 1 t\n");
	snprintf(message, sizeof message, "x:10: a line of %d bytes; expected one record a line, of at most 16777216 bytes: split what is longer", LONG);
	fails_with(&text, RQ_E_DATA, message, &(struct rq_reading){.lenient = true});
	rq_buf_release(&text);
	free(line);
}
END_TEST

START_TEST(damaged_files_are_refused)
{
	static const char gzip[] = "\x1F\x8B\x08\0\0\0\0\0\0\x03\xFF no deflated data", cut[] = "\x28\xB5\x2F\xFD\x04";

	refused_bytes(gzip, sizeof gzip - 1, "x: damaged gzip data: invalid block type; write the file again", &(struct rq_reading){0});
	refused_bytes(cut, sizeof cut - 1, "x: the zstd data is cut short after 5 bytes; write the file again", &(struct rq_reading){0});
}
END_TEST

START_TEST(files_that_are_not_there_are_named)
{
	struct rq_pool pool = {0};
	struct rq_run_facts facts;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_run_judge(&facts, "/nowhere/run", &pool, &(struct rq_reading){0}, ignore, NULL, &err), RQ_E_IO);
	ck_assert_str_eq(err.text, "\"/nowhere/run\": cannot open: No such file or directory");
}
END_TEST

/* The first fault of a file by looking at each line and all before it. */
static void first_fault_slowly(char *message, size_t room, const struct stream_case *stream_case, const bool *cut_off)
{
	for (size_t i = 0; i < stream_case->count; i++) {
		const struct case_line *line = &stream_case->lines[i];
		size_t column = strlen(line->topic) + 5;
		if (cut_off[i]) {
			snprintf(message, room, "x:%zu:%zu: 3 columns; expected 5 or 6: " TREC, i + 1, column + strlen(line->document));
			return;
		}
		if (line->score[0] == 'x') {
			snprintf(message, room, "x:%zu:%zu: the score is \"%s\"; expected a number in column 5 of " TREC, i + 1, column + strlen(line->document) + 3, line->score);
			return;
		}
		for (size_t j = 0; j < i; j++)
			if (strcmp(stream_case->lines[j].topic, line->topic) == 0 && strcmp(stream_case->lines[j].document, line->document) == 0) {
				snprintf(message, room, "x:%zu:%zu: duplicate document \"%s\" for topic \"%s\", first on line %zu; keep one of the two", i + 1, column,
				         line->document, line->topic, j + 1);
				return;
			}
	}
	message[0] = '\0';
}

START_TEST(the_first_fault_counts)
{
	struct stream_case *stream_case = malloc(sizeof *stream_case);
	int faulty = 0;

	for (uint64_t seed = 0; seed < 40; seed++) {
		bool cut_off[CASE_LINES] = {false};
		char message[400];
		struct rq_buf text = {0};
		case_make(stream_case, seed * 1000 + (uint64_t)_i, seed % 3 != 0, seed % 4 == 0);
		for (size_t faults = rq_random_below(&stream_case->random, 4); faults > 0; faults--) {
			size_t at = rq_random_below(&stream_case->random, stream_case->count);
			if (faults % 2 == 0)
				stream_case->lines[at].score[0] = 'x';
			else
				cut_off[at] = true;
		}
		for (size_t i = 0; i < stream_case->count; i++) {
			const struct case_line *line = &stream_case->lines[i];
			rq_buf_printf(&text, cut_off[i] ? "%s Q0 %s\n" : "%s Q0 %s 1 %s t\n", line->topic, line->document, line->score);
		}
		first_fault_slowly(message, sizeof message, stream_case, cut_off);
		if (message[0] != '\0')
			fails_with(&text, RQ_E_DATA, message, &(struct rq_reading){0});
		faulty += message[0] != '\0';
		rq_buf_release(&text);
		case_release(stream_case);
	}
	ck_assert_int_gt(faulty, 10);
	free(stream_case);
}
END_TEST

Suite *run_stream_errors_suite(void)
{
	Suite *suite = suite_create("run_stream_errors");
	TCase *tests = tcase_create("run_stream_errors");

	tcase_add_test(tests, what_is_wrong_is_named_wherever_it_stands);
	tcase_add_test(tests, what_is_no_text_is_named);
	tcase_add_test(tests, files_without_lines_are_refused);
	tcase_add_loop_test(tests, lines_without_end_are_refused, 0, 2);
	tcase_add_test(tests, damaged_files_are_refused);
	tcase_add_test(tests, files_that_are_not_there_are_named);
	tcase_add_loop_test(tests, the_first_fault_counts, 0, 20);
	suite_add_tcase(suite, tests);
	return suite;
}
