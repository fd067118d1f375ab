#include "datasets/check.h"
#include "support.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const FIELDS[] = {"title", "text"};

/* A set of three texts, checked; every problem as "kind FILE:LINE:COLUMN: text\n". Free it. */
static char *check(const char *corpus, const char *topics, const char *qrels, size_t qrels_size, bool parents, size_t limit, size_t *errors)
{
	struct rq_problems problems = {.limit = limit};
	struct rq_dataset_texts texts = {0};
	struct rq_error err = {0};
	struct rq_buf out = {0};

	if (corpus != NULL)
		ck_assert_int_eq(rq_text_from_on(&texts.corpus, "c", corpus, strlen(corpus), &problems, &err), RQ_OK);
	if (topics != NULL)
		ck_assert_int_eq(rq_text_from_on(&texts.topics, "t", topics, strlen(topics), &problems, &err), RQ_OK);
	if (qrels != NULL)
		ck_assert_int_eq(rq_text_from_on(&texts.qrels, "q", qrels, qrels_size, &problems, &err), RQ_OK);
	ck_assert_msg(rq_dataset_check_texts(&problems, &texts, FIELDS, 2, parents, &err) == RQ_OK, "%s", err.text);
	rq_buf_puts(&out, "");
	for (size_t k = 0; k < RQ_PROBLEM_KINDS; k++) {
		if (problems.kinds[k].count > problems.kinds[k].kept_count)
			rq_buf_printf(&out, "%zu ", problems.kinds[k].count);
		for (size_t i = 0; i < problems.kinds[k].kept_count; i++) {
			const struct rq_problem *problem = &problems.kinds[k].kept[i];
			rq_buf_printf(&out, "%s %s:%zu:%zu: %s\n", rq_problem_classes[k].name, problem->path, problem->line, problem->column, problem->text);
		}
	}
	if (errors != NULL)
		*errors = problems.errors;
	rq_text_release(&texts.corpus);
	rq_text_release(&texts.topics);
	rq_text_release(&texts.qrels);
	rq_problems_release(&problems);
	return out.data;
}

static void expect(const char *corpus, const char *topics, const char *qrels, const char *expected)
{
	char *found = check(corpus, topics, qrels, qrels == NULL ? 0 : strlen(qrels), false, 10, NULL);

	ck_assert_str_eq(found, expected);
	free(found);
}

#define CORPUS "{\"_id\": \"d1\", \"text\": \"one\"}\n{\"_id\": \"d2\", \"text\": \"two\"}\n"
#define TOPICS "{\"_id\": \"q1\", \"text\": \"first\"}\n{\"_id\": \"q2\", \"text\": \"second\"}\n"
#define HEADER "query-id\tcorpus-id\tscore\n"
#define QRELS HEADER "q1\td1\t1\nq2\td2\t1\n"

START_TEST(a_clean_set_has_no_problems)
{
	expect(CORPUS, TOPICS, QRELS, "");
	expect(CORPUS, NULL, NULL, "");
	expect(NULL, TOPICS, NULL, "");
	expect(NULL, NULL, QRELS, "");
}
END_TEST

START_TEST(reading_goes_on_past_every_bad_record)
{
	expect("{\"_id\": \"d1\", \"text\": \"one\"}\n"
	       "{\"_id\": \"d2\", \"text\": }\n"
	       "[]\n"
	       "{\"text\": \"no id\"}\n"
	       "{\"_id\": \"d 3\", \"text\": \"x\"}\n"
	       "{\"_id\": \"d1\", \"text\": \"again\"}\n"
	       "{\"_id\": \"d4\", \"text\": 7}\n"
	       "{\"_id\": \"d1\", \"text\": \"and again\"}\n"
	       "{\"_id\": \"d5\", \"text\": \"five\"}\n",
	       NULL, "q1 0 d1 1\nq1 0 d5 1\nq1 0 d4 1\n",
	       "json c:2:0: not valid JSON at column 23\n"
	       "json c:3:0: an array; expected one JSON object a line, like {\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}\n"
	       "record c:4:0: no \"_id\"; expected a string or an integer below 2^53\n"
	       "record c:5:0: \"_id\" \"d 3\" contains white space; expected an id without white space or control characters, as TREC files need it\n"
	       "record c:7:0: \"text\" is 7; expected a string\n"
	       "duplicate_id c:6:0: duplicate id \"d1\", first on line 1; every document needs an id of its own\n"
	       "duplicate_id c:8:0: duplicate id \"d1\", first on line 1; every document needs an id of its own\n");
	expect(NULL,
	       "{\"_id\": \"q1\", \"text\": \"first\"}\n"
	       "{\"_id\": \"q2\", \"text\": \" \"}\n"
	       "{\"_id\": \"q1\", \"text\": \"other\"}\n"
	       "nonsense\n"
	       "{\"_id\": \"q3\", \"text\": \"third\", \"answerable\": 1}\n"
	       "{\"_id\": \"q4\", \"text\": \"first\"}\n",
	       NULL,
	       "json t:4:0: not valid JSON at column 1\n"
	       "record t:2:0: topic \"q2\" has no text; give it the words to search for, or remove it\n"
	       "record t:5:0: \"answerable\" is 1; expected true or false\n"
	       "duplicate_id t:3:0: duplicate id \"q1\", first on line 1; every topic needs an id of its own\n"
	       "duplicate_topic t:6:0: topic \"q4\" has the text of \"q1\" on line 1; it counts twice in every mean\n");
	expect(NULL, NULL, "q1 0 d1 1\nq1 0 d2\nq1 0 d1 1\nq1 0 d3 x\nq1 0 d4 1\nq1 0 d1 2\nq1 0 d1 1\n",
	       "record q:2:8: 3 columns; expected 4: topic, iteration, document, grade (or 3 below the BEIR header query-id TAB corpus-id TAB score)\n"
	       "record q:4:9: the grade is \"x\"; expected an integer, like 1\n"
	       "duplicate_judgment q:3:6: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1; keep one of the two\n"
	       "duplicate_judgment q:7:6: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1; keep one of the two\n"
	       "conflicting_judgment q:6:6: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1 and graded 1 there, 2 here; keep one of the two\n");
}
END_TEST

START_TEST(judgments_are_held_against_the_rest)
{
	expect(CORPUS, TOPICS, HEADER "q1\td1\t1\nq9\td2\t1\nq1\td7\t1\nq9\td8\t1\n",
	       "unknown_topic q:3:0: topic \"q9\" is not in \"t\"; 2 judgments of it\n"
	       "unknown_document q:4:0: document \"d7\", judged for topic \"q1\", is not in \"c\"\n"
	       "unknown_document q:5:0: document \"d8\", judged for topic \"q9\", is not in \"c\"\n"
	       "unjudged_topic t:2:0: topic \"q2\" has no judgments and is outside every mean\n");
	expect(CORPUS, "{\"_id\": \"q1\", \"text\": \"first\"}\n{\"_id\": \"q2\", \"text\": \"b?\", \"answerable\": false}\n", HEADER "q2\td1\t9\nq1\td1\t0\nq1\td2\t-1\n",
	       "short_topic t:2:0: topic \"q2\" is \"b?\": hardly anything to search for\n"
	       "no_relevant q:3:0: topic \"q1\" has no document of grade 1 or more among 2 judged; every metric scores it 0\n"
	       "judged_unanswerable t:2:0: topic \"q2\" is marked unanswerable and yet has 1 judgment, which nothing reads\n"
	       "negative_grade q:4:0: grade -1 of document \"d2\" for topic \"q1\": read as seen but not judged; write 0 for not relevant\n"
	       "high_grade q:2:0: grade 9 of document \"d1\" for topic \"q2\": usual are 0 to 5, and nDCG gains as much as the grade\n");
}
END_TEST

/* As a run does, which could fail nobody. */
START_TEST(without_a_relevant_document_nothing_can_be_compared)
{
	expect(CORPUS, "{\"_id\": \"q1\", \"text\": \"first\"}\n", HEADER "q1\td1\t0\n",
	       "nothing_relevant q:0:0: no document is relevant to any topic, so nothing can be compared; expected grades of 1 or more where a document answers\n"
	       "no_relevant q:2:0: topic \"q1\" has no document of grade 1 or more among 1 judged; every metric scores it 0\n");
}
END_TEST

START_TEST(swapped_columns_are_named_once)
{
	static const char swapped[] = "swapped_columns q:0:0: all 2 judgments name a document where the topic belongs and a topic where the document belongs; swap "
								  "the two columns\nunjudged_topic t:1:0: topic \"q1\" has no judgments and is outside every mean\n"
								  "unjudged_topic t:2:0: topic \"q2\" has no judgments and is outside every mean\n";

	expect(CORPUS, TOPICS, HEADER "d1\tq1\t1\nd2\tq2\t1\n", swapped);
	/* ids that are both, as numbers are: swapped where that alone makes sense of every line */
	expect("{\"_id\": 1, \"text\": \"one\"}\n{\"_id\": 9, \"text\": \"two\"}\n", "{\"_id\": 1, \"text\": \"first\"}\n", HEADER "1\t1\t1\n9\t1\t1\n",
	       "swapped_columns q:0:0: all 2 judgments name a document where the topic belongs and a topic where the document belongs; swap the two columns\n");
	expect("{\"_id\": 1, \"text\": \"one\"}\n", "{\"_id\": 1, \"text\": \"first\"}\n", HEADER "1\t1\t1\n", "");
}
END_TEST

START_TEST(documents_are_held_against_each_other)
{
	expect("{\"_id\": \"a\", \"title\": \"T\", \"text\": \"T and more\"}\n"
	       "{\"_id\": \"b\", \"text\": \"\"}\n"
	       "{\"_id\": \"c\"}\n"
	       "{\"_id\": \"d\", \"title\": \"T\", \"text\": \"T and more\"}\n"
	       "{\"_id\": \"e\", \"text\": \"\"}\n",
	       NULL, NULL,
	       "empty_document c:2:0: document \"b\" is empty in every field; nothing finds it\n"
	       "empty_document c:3:0: document \"c\" is empty in every field; nothing finds it\n"
	       "empty_document c:5:0: document \"e\" is empty in every field; nothing finds it\n"
	       "duplicate_text c:4:0: document \"d\" has the text of \"a\" on line 1; their scores tie, and ids decide\n"
	       "repeated_field c:1:0: document \"a\" repeats its \"title\" at the start of the next field, so that it counts twice; leave one of the two out of the "
	       "fields\n"
	       "repeated_field c:4:0: document \"d\" repeats its \"title\" at the start of the next field, so that it counts twice; leave one of the two out of the "
	       "fields\n");
}
END_TEST

START_TEST(parents_are_what_judgments_name)
{
	static const char chunks[] = "{\"_id\": \"a1\", \"text\": \"x\", \"parent\": \"a\"}\n{\"_id\": \"b\", \"text\": \"y\"}\n";
	static const char qrels[] = "q1 0 a 1\nq1 0 b 1\nq1 0 a1 1\n";
	char *found = check(chunks, NULL, qrels, strlen(qrels), true, 10, NULL);

	ck_assert_str_eq(found, "unknown_document q:3:0: document \"a1\", judged for topic \"q1\", is not in \"c\"\n");
	free(found);
	found = check(CORPUS, NULL, NULL, 0, true, 10, NULL);
	ck_assert_str_eq(found, "no_parents c:0:0: no document names a parent, and the unit is \"parent\"; give the documents a \"parent\", or leave the unit out\n");
	free(found);
}
END_TEST

START_TEST(lines_that_are_no_text_are_told_and_left_out)
{
	static const char qrels[] = "\xEF\xBB\xBF" "q1 0 d1 1\r\nq1 0 d\xFF 1\r\nq1 0 d\0 1\nq1 0 d2 1\n\xC3";
	size_t errors;
	char *found = check(CORPUS, TOPICS, qrels, sizeof qrels - 1, false, 10, &errors);

	ck_assert_str_eq(found, "text q:2:0: invalid UTF-8 at byte 6 of the line, counted from 0; expected UTF-8 text\n"
							"text q:3:0: a NUL byte at byte 6 of the line, counted from 0; expected UTF-8 text\n"
							"text q:5:0: invalid UTF-8 at byte 0 of the line, counted from 0; expected UTF-8 text\n"
							"unjudged_topic t:2:0: topic \"q2\" has no judgments and is outside every mean\n"
							"byte_order_mark q:1:0: the file begins with a byte-order mark, which other tools take for a part of the first line\n"
							"line_ends q:1:0: 1 of 5 lines end in CRLF; other tools may keep the CR in the last column\n");
	ck_assert_uint_eq(errors, 3);
	free(found);
}
END_TEST

START_TEST(nothing_to_read_is_a_problem_too)
{
	static const char damaged[] = "\x28\xB5\x2F\xFD\x04garbage";
	char *found = check("\n", "", damaged, sizeof damaged - 1, false, 10, NULL);

	ck_assert_str_eq(found, "file q:0:0: damaged zstd data: Data corruption detected; write the file again\n"
							"file c:0:0: no documents; expected one JSON object a line, like {\"_id\": \"d1\", \"title\": \"...\", \"text\": \"...\"}\n"
							"file t:0:0: no topics; expected one JSON object a line, like {\"_id\": \"q1\", \"text\": \"...\"}, or two columns, id TAB text\n"
							"file q:0:0: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv\n");
	free(found);
}
END_TEST

START_TEST(all_are_counted_and_some_kept)
{
	struct rq_buf corpus = {0};
	size_t errors;

	for (int i = 0; i < 500; i++)
		rq_buf_puts(&corpus, "{\"_id\": \"d\", \"text\": \"x\"}\n");
	char *found = check(corpus.data, NULL, NULL, 0, false, 2, &errors);
	ck_assert_str_eq(found, "499 duplicate_id c:2:0: duplicate id \"d\", first on line 1; every document needs an id of its own\n"
							"duplicate_id c:3:0: duplicate id \"d\", first on line 1; every document needs an id of its own\n");
	ck_assert_uint_eq(errors, 499);
	free(found);
	rq_buf_release(&corpus);
}
END_TEST

START_TEST(a_very_long_line_is_told)
{
	struct rq_buf corpus = {0};

	rq_buf_puts(&corpus, CORPUS "{\"_id\": \"long\", \"text\": \"");
	for (int i = 0; i < 1 << 17; i++)
		rq_buf_puts(&corpus, "abcdefgh");
	rq_buf_puts(&corpus, "\"}\n");
	expect(corpus.data, NULL, NULL, "long_line c:3:0: the line has 1048603 bytes\n");
	rq_buf_release(&corpus);
}
END_TEST

/* What their README.md says of the real collections. */
START_TEST(real_collections)
{
	static const struct {
		const char *corpus, *topics, *qrels;
		size_t empty, duplicates, repeated;
	} cases[] = {
		{"cranfield/corpus.jsonl", "cranfield/queries.jsonl", "cranfield/qrels/test.tsv", 2, 0, 1396},
		{"cacm/corpus.jsonl", "cacm/queries.jsonl", "cacm/qrels/test.tsv", 0, 191, 1},
	};

	for (size_t i = 0; i < 2; i++) {
		struct rq_problems problems = {.limit = 1};
		struct rq_error err = {0};
		const char *const names[] = {cases[i].corpus, cases[i].topics, cases[i].qrels};
		char *paths[3];
		for (size_t f = 0; f < 3; f++) {
			const char *path = shared_file(names[f]);
			if (path == NULL)
				return;
			paths[f] = strdup(path);
		}
		struct rq_dataset_files files = {paths[0], paths[1], paths[2], FIELDS, 2, false};
		ck_assert_msg(rq_dataset_check(&problems, &files, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(problems.errors, 0);
		ck_assert_uint_eq(problems.kinds[RQ_PROBLEM_empty_document].count, cases[i].empty);
		ck_assert_uint_eq(problems.kinds[RQ_PROBLEM_duplicate_text].count, cases[i].duplicates);
		ck_assert_uint_eq(problems.kinds[RQ_PROBLEM_repeated_field].count, cases[i].repeated);
		ck_assert_uint_eq(problems.warnings, cases[i].empty + cases[i].duplicates + cases[i].repeated);
		rq_problems_release(&problems);
		for (size_t f = 0; f < 3; f++)
			free(paths[f]);
	}
}
END_TEST

Suite *check_suite(void)
{
	Suite *suite = suite_create("check");
	TCase *tests = tcase_create("check");

	tcase_add_test(tests, a_clean_set_has_no_problems);
	tcase_add_test(tests, reading_goes_on_past_every_bad_record);
	tcase_add_test(tests, judgments_are_held_against_the_rest);
	tcase_add_test(tests, without_a_relevant_document_nothing_can_be_compared);
	tcase_add_test(tests, swapped_columns_are_named_once);
	tcase_add_test(tests, documents_are_held_against_each_other);
	tcase_add_test(tests, parents_are_what_judgments_name);
	tcase_add_test(tests, lines_that_are_no_text_are_told_and_left_out);
	tcase_add_test(tests, nothing_to_read_is_a_problem_too);
	tcase_add_test(tests, all_are_counted_and_some_kept);
	tcase_add_test(tests, a_very_long_line_is_told);
	tcase_add_test(tests, real_collections);
	suite_add_tcase(suite, tests);
	return suite;
}
