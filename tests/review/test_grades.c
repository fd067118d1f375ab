#include "sheets.h"

START_TEST(what_is_read)
{
	struct sheets sheets;

	sheets_start(&sheets);
	sheets_add(&sheets, "\xEF\xBB\xBF"
	                    "grade,Topic,text,document\r\n2,t1,\"a, \"\"b\"\"\nand more\",d1\r\n,t1,x,d2\r\n 0 ,t2,x,d1\r\n\r\n,,,\r\n , ,,\r\n");
	sheets_add(&sheets, "topic,document,grade\nt1,d1,1\nt3,d4,");
	ck_assert_msg(sheets_read(&sheets) == RQ_OK, "%s", sheets.err.text);
	ck_assert_uint_eq(sheets.grades.count, 3);
	ck_assert_uint_eq(sheets.grades.empty, 2);
	static const struct rq_given_grade expected[] = {{"t1", "d1", 2, 0, 2}, {"t2", "d1", 0, 0, 5}, {"t1", "d1", 1, 1, 2}};
	for (size_t i = 0; i < 3; i++) {
		const struct rq_given_grade *given = &sheets.grades.items[i];
		ck_assert_str_eq(given->topic, expected[i].topic);
		ck_assert_str_eq(given->document, expected[i].document);
		ck_assert_int_eq(given->grade, expected[i].grade);
		ck_assert_uint_eq(given->file, expected[i].file);
		ck_assert_uint_eq(given->line, expected[i].line);
	}
	sheets_end(&sheets);
}
END_TEST

static void refused(const char *text, const char *sentence)
{
	struct sheets sheets;

	sheets_start(&sheets);
	sheets_add(&sheets, text);
	ck_assert_int_eq(sheets_read(&sheets), RQ_E_DATA);
	ck_assert_msg(strncmp(sheets.err.text, sheets.paths[0], strlen(sheets.paths[0])) == 0, "%s", sheets.err.text);
	ck_assert_str_eq(sheets.err.text + strlen(sheets.paths[0]), sentence);
	sheets_end(&sheets);
}

#define HEADER "topic,document,grade\n"

START_TEST(what_is_refused)
{
	refused("", ": is empty; expected a header with topic, document and grade");
	refused("t1,d1,2\n", ":1: no column \"topic\"; expected a header with topic, document and grade, each once and with commas between");
	refused("topic;document;grade\n", ":1: no column \"topic\"; expected a header with topic, document and grade, each once and with commas between");
	refused("topic,document,grade,Grade\n",
	        ":1: more than one column \"grade\"; expected a header with topic, document and grade, each once and with commas between");
	refused(HEADER "t1,d1\n", ":2: 2 columns; expected 3, as in the header");
	refused(HEADER "t9,d1,1\n", ":2: topic \"t9\" is not in the rankings of r.json; expected ids as they stand there");
	refused(HEADER "t1,d9,1\n", ":2: document \"d9\" is not in the rankings of r.json, in topic t1; expected ids as they stand there");
	refused(HEADER "t1,d1,1\nt9,d1,\n",
	        ":3: topic \"t9\" is not in the rankings of r.json; expected ids as they stand there"); /* without a grade too */
	refused(HEADER ",d1,1\n", ":2: topic \"\" is not in the rankings of r.json; expected ids as they stand there");
	static const char *const grades[] = {"1.0", "-1", "x", "1 2", "2147483648", "0x1"};
	for (size_t i = 0; i < sizeof grades / sizeof *grades; i++) {
		char text[64], sentence[128];
		snprintf(text, sizeof text, HEADER "t1,d1,%s\n", grades[i]);
		snprintf(sentence, sizeof sentence, ":2: \"%s\" is no grade; expected a whole number, 0 for not relevant, or nothing to leave it out",
		         grades[i]);
		refused(text, sentence);
	}
	refused(HEADER "t1,d1,1\nt1,d2,\nt1,d1,1\n", ":4: topic \"t1\" document \"d1\" is graded already in line 2; remove one of the rows");
	refused(HEADER "t1,\"d1,1\n", ":2: a quote that is not closed, or stands within a field without quotes; expected CSV as \"rqgate judge pool\" "
	                              "writes it");
}
END_TEST

/* With a data set a document need not belong to a topic. */
START_TEST(ids_of_a_data_set)
{
	struct sheets sheets = {.known = {.of = "the data set of x"}};

	ck_assert_uint_eq(rq_ids_add(&sheets.known.topics, "t1", 2, NULL), 0);
	ck_assert_uint_eq(rq_ids_add(&sheets.known.documents, "d1", 2, NULL), 0);
	sheets_add(&sheets, HEADER "t1,d1,1\n");
	sheets_add(&sheets, HEADER "t1,t1 d1,1\n");
	ck_assert_int_eq(sheets_read(&sheets), RQ_E_DATA);
	ck_assert_str_eq(sheets.err.text + strlen(sheets.paths[1]), ":2: document \"t1 d1\" is not in the data set of x; expected ids as they stand "
	                                                            "there");
	ck_assert_uint_eq(sheets.grades.count, 1);
	sheets_end(&sheets);
}
END_TEST

Suite *grades_suite(void)
{
	Suite *suite = suite_create("grades");
	TCase *tests = tcase_create("grades");

	tcase_add_test(tests, what_is_read);
	tcase_add_test(tests, what_is_refused);
	tcase_add_test(tests, ids_of_a_data_set);
	suite_add_tcase(suite, tests);
	return suite;
}
