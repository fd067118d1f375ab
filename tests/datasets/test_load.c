/* CSV and JSON objects, named formats, lenient numbers, duplicates: of judgments and of runs. */
#include "support.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* "q1: d1=1 d2=3 | q2: ..." in the order of what was loaded. */
static void show_qrels(struct rq_buf *out, const struct rq_qrels *qrels)
{
	for (size_t t = 0; t < qrels->count; t++) {
		rq_buf_printf(out, "%s%s:", t == 0 ? "" : " | ", qrels->topics[t].topic);
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			rq_buf_printf(out, " %s=%d", qrels->topics[t].judgments[i].document, qrels->topics[t].judgments[i].grade);
	}
}

static void show_run(struct rq_buf *out, const struct rq_run *run)
{
	for (size_t t = 0; t < run->count; t++) {
		rq_buf_printf(out, "%s%s:", t == 0 ? "" : " | ", run->rankings[t].topic);
		for (size_t i = 0; i < run->rankings[t].count; i++)
			rq_buf_printf(out, " %s=%g", run->rankings[t].documents[i].document, run->rankings[t].documents[i].score);
	}
}

static struct rq_load_facts qrels_are_as(const char *data, const struct rq_load_options *options, const char *expected)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf shown = {0};
	struct rq_text text = text_of(data, strlen(data));
	struct rq_error err = {0};
	struct rq_load_facts facts;
	struct rq_qrels qrels;

	enum rq_status status = rq_qrels_parse_as(&qrels, &facts, &text, options, &err);
	rq_text_release(&text); /* nothing borrows it */
	if (status == RQ_OK) {
		show_qrels(&shown, &qrels);
		rq_qrels_release(&qrels);
	}
	ck_assert_str_eq(status == RQ_OK ? shown.data : err.text, expected);
	return facts;
}

static struct rq_load_facts run_is_as(const char *data, const struct rq_load_options *options, const char *expected)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf shown = {0};
	struct rq_text text = text_of(data, strlen(data));
	struct rq_error err = {0};
	struct rq_load_facts facts;
	struct rq_run run;

	enum rq_status status = rq_run_parse_as(&run, &facts, &text, options, &err);
	rq_text_release(&text);
	if (status == RQ_OK) {
		show_run(&shown, &run);
		rq_run_release(&run);
	}
	ck_assert_str_eq(status == RQ_OK ? shown.data : err.text, expected);
	return facts;
}

static void qrels_are(const char *data, const char *expected)
{
	qrels_are_as(data, &(struct rq_load_options){0}, expected);
}

static void run_is(const char *data, const char *expected)
{
	run_is_as(data, &(struct rq_load_options){0}, expected);
}

START_TEST(json_objects)
{
	qrels_are("{\"q2\": {\"d3\": 1}, \"q1\": {\"d2\": 0, \"d1\": -1, \"d10\": 2.0, \"d4\":1e0}}", "q1: d1=-1 d10=2 d2=0 d4=1 | q2: d3=1");
	qrels_are("\r\n{\n\t\"q1\" :\n {\"d1\"\n:\n1\n}\n}\n\n", "q1: d1=1");
	run_is("{\"q2\":{},\"q1\":{\"d1\":0.5,\"d2\":-1.25e-3,\"d3\":7,\"d0\":0.5}}", "q1: d3=7 d1=0.5 d0=0.5 d2=-0.00125 | q2:");
}
END_TEST

START_TEST(escapes_of_json)
{
	qrels_are("{\"\\u0071\\/\\\"\\\\\": {\"\\u00e9\\u20AC\\ud83d\\ude00x\": 1, \"plain\": 2}}", "q/\"\\: plain=2 \u00e9\u20ac\U0001F600x=1");
	qrels_are("{\"q\": {\"\\ud83dx\": 1}}", "x:1:9: half of a surrogate pair; expected two \\u, the first from d800 to dbff, the second from dc00 to dfff");
	qrels_are("{\"q\": {\"a\\ude00\": 1}}", "x:1:10: half of a surrogate pair; expected two \\u, the first from d800 to dbff, the second from dc00 to dfff");
	qrels_are("{\"q\": {\"a\\u12g4\": 1}}", "x:1:10: \\u without four hexadecimal digits");
	qrels_are("{\"q\": {\"a\\u12\": 1}}", "x:1:10: \\u without four hexadecimal digits");
	qrels_are("{\"q\": {\"a\\x\": 1}}", "x:1:10: an escape that JSON does not know; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u");
	qrels_are("{\"q\": {\"a\\n\": 1}}", "x:1:9: the document id \"a?\" contains white space; expected an id without white space or control characters");
	qrels_are("{\"q\": {\"a\\u0000\": 1}}", "x:1:9: the document id \"a?\" contains a control character; expected an id without white space or control characters");
	qrels_are("{\"q\": {\"a\tb\": 1}}",
	          "x:1:8: a string without its second quote, or with a control character in it; expected such characters as \\u and four digits");
	qrels_are("{\"q\": {\"a", "x:1:8: a string without its second quote, or with a control character in it; expected such characters as \\u and four digits");
	qrels_are("{\"q\": {\"a\\", "x:1:8: a string without its second quote, or with a control character in it; expected such characters as \\u and four digits");
}
END_TEST

START_TEST(faults_of_json)
{
	qrels_are("{}", "x: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv");
	run_is("{}", "x: no documents; expected a score for each");
	qrels_are("{\"q1\": {}}", "x:1:3: the topic \"q1\" has no judgments; leave it out");
	qrels_are("{\"q1\": {\"d1\": 1},\n \"q2\": {\"d1\": 1},\n \"q1\": {\"d2\": 1}}",
	          "x:3:3: the topic \"q1\" stands twice in the object; expected all its documents in one place");
	qrels_are("{\"q1\": {\"d1\": 1, \"d1\": 1}}", "x:1:19: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1, column 10; keep one of the two");
	qrels_are("{\"q1\": {\"d1\": 1,\n\"\\u00641\": 2}}",
	          "x:2:2: duplicate judgment of document \"d1\" for topic \"q1\", first on line 1 and graded 1 there, 2 here; keep one of the two");
	run_is("{\"q1\": {\"d1\": 1,\n\"d2\": 2,\n\"d1\": 3}}", "x:3:2: duplicate document \"d1\" for topic \"q1\", first on line 1; keep one of the two");
	qrels_are("{\"q1\": {\"d1\": 1.5}}", "x:1:15: the grade is \"1.5\"; expected an integer, like 1");
	qrels_are("{\"q1\": {\"d1\": 3000000000}}", "x:1:15: the grade is \"3000000000\"; expected an integer, like 1");
	run_is("{\"q1\": {\"d1\": 1e999}}", "x:1:15: the score \"1e999\" is too large for a double; scale the scores, or write inf");
	run_is("{\"q1\": {\"d1\": NaN}}", "x:1:15: found NaN; expected a score, a number like 0.5");
	run_is("{\"q1\": {\"d1\": -Infinity}}", "x:1:15: found -Infinity; expected a score, a number like 0.5");
	run_is("{\"q1\": {\"d1\": \"1\"}}", "x:1:15: found \"1\"; expected a score, a number like 0.5");
	run_is("{\"q1\": {\"d1\": [1]}}", "x:1:15: found [; expected a score, a number like 0.5");
	qrels_are("{\"q1\": {\"d1\": null}}", "x:1:15: found null; expected a grade, an integer like 1");
	run_is("{\"q1\": {\"d1\" 1}}", "x:1:14: found 1; expected a colon and a number");
	run_is("{\"q1\": {\"d1\": 1 \"d2\": 1}}", "x:1:17: found \"d2\"; expected a comma or the } of the topic");
	run_is("{\"q1\": {\"d1\": 1,}}", "x:1:17: found }; expected a document id in quotes");
	run_is("{\"q1\": {d1: 1}}", "x:1:9: found d1; expected a document id in quotes");
	run_is("{\"q1\": {\"d1\": 1}", "x:1:17: the text ends within the JSON object; expected a comma or the } of the object");
	run_is("{\"q1\": {\"d1\": 1}} {\"q2\": {\"d1\": 1}}", "x:1:19: found {; expected nothing after the object");
	run_is("{\"q1\": {\"d1\": 1}, \"q2\": 3}", "x:1:25: found 3; expected an object of documents, like {\"d7\": 1}");
	run_is("{\"q1\": {\"d1\": 1},\n 7: {}}", "x:2:2: found 7; expected a topic id in quotes");
	run_is("{\"q1\": {\"d1\": 1}, \"q2\" {}}", "x:1:24: found {; expected a colon and an object of documents");
	run_is("{\"q 1\": {\"d1\": 1}}", "x:1:3: the topic id \"q 1\" contains white space; expected an id without white space or control characters");
	for (const char *const *number = (const char *const[]){"01", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "0x1", "1f", "--1", NULL}; *number != NULL; number++) {
		char data[64], expected[128];
		snprintf(data, sizeof data, "{\"q1\": {\"d1\": %s}}", *number);
		snprintf(expected, sizeof expected, "x:1:15: found %s; expected a score, a number like 0.5", *number);
		run_is(data, expected);
	}
}
END_TEST

START_TEST(csv_with_a_header)
{
	qrels_are("query_id,doc_id,relevance\nq2,d3,1\nq1,d2,0\r\n\n\"q1\",\"d,1\",-1\n", "q1: d,1=-1 d2=0 | q2: d3=1");
	qrels_are("rel,iteration,docno,qid\n1,0,d1,q1\n", "q1: d1=1");
	qrels_are("\"QID\",\"DocNo\",\"Label\"\nq1,d1,2\n", "q1: d1=2");
	qrels_are("query-id,corpus-id,score\nq1,d1,2\n", "q1: d1=2");
	qrels_are("qid,docno,score,relevance\nq1,d1,0.7,2\n", "q1: d1=2");
	run_is("qid,docno,rank,score,name\nq1,d2,2,0.25,a run\nq1,d1,1,5e-1,\"a \"\"run\"\"\"\nq0,d1,1,inf,x\n", "q0: d1=inf | q1: d1=0.5 d2=0.25");
	struct rq_load_options options = {.columns = {.topic = "frage", .document = "Treffer", .value = "n"}};
	qrels_are_as("frage,Treffer,n,rel\nq1,d1,1,0\n", &options, "q1: d1=1");
	run_is_as("n,Treffer,frage\n1.5,d1,q1\n", &options, "q1: d1=1.5");
	qrels_are("q,1 0 d,1 1\n", "q,1: d,1=1"); /* TREC: commas are letters */
}
END_TEST

#define TOPIC_NAMES "query_id, query-id, qid, topic_id, topic-id, topic"
#define DOCUMENT_NAMES "doc_id, doc-id, docid, docno, corpus_id, corpus-id, document_id, document-id, document, did"

START_TEST(faults_of_csv)
{
	struct rq_load_options options = {.columns = {.value = "Grade"}}, forced = {.format = "csv"};

	qrels_are("q1,d1,1\n", "x:1: no column for the topic; expected a header with one of " TOPIC_NAMES "; or name the column");
	qrels_are("qid,text,rel\n", "x:1: no column for the document; expected a header with one of " DOCUMENT_NAMES "; or name the column");
	qrels_are("\nqid,docid,x\n", "x:2: no column for the grade; expected a header with one of relevance, rel, grade, label, judgment, score; or name the column");
	run_is("qid,docid,x\n", "x:1: no column for the score; expected a header with one of score, similarity, sim; or name the column");
	qrels_are_as("qid,docid,grade\nq1,d1,1\n", &options, "x:1: no column \"Grade\", which was named for the number; expected a header with it");
	qrels_are("qid,docid,rel,qid\nq1,d1,1,q1\n", "x:1: the header names \"qid\" twice; expected it once");
	qrels_are("qid,docid,rel\n", "x: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv");
	run_is("qid,docid,score\n", "x: no documents; expected a score for each");
	qrels_are("qid,docid,rel\nq1,d1\n", "x:2: 2 columns; expected 3, as in the header");
	qrels_are("qid,docid,rel\nq1,\"d\n1\",1\n", "x:2: the document id \"d?1\" contains white space; expected an id without white space or control characters");
	qrels_are("qid,docid,rel\n,d1,1\n", "x:2: the topic id \"\" is empty; expected an id without white space or control characters");
	qrels_are("qid,docid,rel\nq1,d1,1.0\n", "x:2: the grade is \"1.0\"; expected an integer, like 1");
	run_is("qid,docid,score\nq1,d1,nan\n", "x:2: the score is \"nan\"; expected a number, like 0.5");
	qrels_are("qid,docid,rel\nq1,d1,1\nq2,d1,1\n\nq1,d1,2\n",
	          "x:5: duplicate judgment of document \"d1\" for topic \"q1\", first on line 2 and graded 1 there, 2 here; keep one of the two");
	run_is("qid,docid,score\nq1,d1,1\nq1,d1,1\n", "x:3: duplicate document \"d1\" for topic \"q1\", first on line 2; keep one of the two");
	qrels_are("qid,docid,rel\nq1,\"d1,1\n", "x:2: a quote that is not closed, or stands within a field without quotes; expected CSV below a header");
	qrels_are_as("", &forced, "x: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv");
}
END_TEST

START_TEST(ranks_alone)
{
	const struct rq_load_options named = {.format = "msmarco"}, first = {.dedupe = RQ_DEDUPE_FIRST}, best = {.dedupe = RQ_DEDUPE_BEST};
	const char *const twice = "q1\ta\t2\nq1\tb\t3\nq1\ta\t1\n";

	run_is("1048585\t7187158\t1\n1048585\t7187157\t2\n2\t7187158\t1\n", "1048585: 7187158=-1 7187157=-2 | 2: 7187158=-1");
	run_is("q1\tb\t20\r\n\nq2 a 1\n q1\ta\t3", "q1: a=-3 b=-20 | q2: a=-1");
	run_is_as("q1\ta\tx\n", &named, "x:1:6: the rank is \"x\"; expected a whole number from 1 to 4294967295");
	run_is("q1\ta\t1\nq1\tb\t0\n", "x:2:6: the rank is \"0\"; expected a whole number from 1 to 4294967295");
	run_is("q1\ta\t1\nq1\tb\t-2\n", "x:2:6: the rank is \"-2\"; expected a whole number from 1 to 4294967295");
	run_is("q1\ta\t1\nq1\tb\t1.5\n", "x:2:6: the rank is \"1.5\"; expected a whole number from 1 to 4294967295");
	run_is("q1\ta\t1\nq1\tb\t4294967296\n", "x:2:6: the rank is \"4294967296\"; expected a whole number from 1 to 4294967295");
	run_is_as("q1\ta\t1\nq1\tb\t2x\n", &(struct rq_load_options){.lenient = true}, "x:2:6: the rank is \"2x\"; expected a whole number from 1 to 4294967295");
	run_is("q1\ta\t1\nq1\n", "x:2:3: 1 columns; expected 3: topic, document, rank");
	run_is("q1\ta\t1\nq1\tb\n", "x:2:5: 2 columns; expected 3: topic, document, rank");
	run_is("q1\ta\t1\nq1\tb\t2\t0.5\n", "x:2:8: more than 3 columns; expected 3: topic, document, rank");
	run_is("q1\ta\t1\nq1\t\001\t2\n", "x:2:4: the document id \"?\" contains a control character; expected an id without white space or control characters");
	run_is("q1\ta\t1\nq1\tb\t2\nq1 \t c\t2\nq1\td\t1\n", "x:3:8: rank 2 twice for topic \"q1\", first on line 2; expected each rank once, since it is the score");
	run_is("q1\ta\t1\nq2\tb\t1\nq1\tc\t1\n", "x:3:6: rank 1 twice for topic \"q1\", first on line 1; expected each rank once, since it is the score");
	run_is(twice, "x:3:4: duplicate document \"a\" for topic \"q1\", first on line 1; keep one of the two");
	ck_assert_uint_eq(run_is_as(twice, &first, "q1: a=-2 b=-3").duplicates, 1);
	ck_assert_uint_eq(run_is_as(twice, &best, "q1: a=-1 b=-3").duplicates, 1);
	run_is("q1\ta\tb\n", "x:1:7: 3 columns; expected 5 or 6: topic, Q0, document, rank, score[, tag]"); /* no rank: not this format */
	run_is_as("", &named, "x: no documents; expected a score for each");
}
END_TEST

/* MS MARCO's own are TREC's with tabs, and all of grade 1. */
START_TEST(judgments_with_tabs)
{
	qrels_are("1185869\t0\t0\t1\n1185868\t0\t16\t1\n1185869\t0\t7\t1\n", "1185868: 16=1 | 1185869: 0=1 7=1");
}
END_TEST

START_TEST(formats_by_name)
{
	qrels_are_as("{q1 0 d1 1\n", &(struct rq_load_options){.format = "trec"}, "{q1: d1=1");
	qrels_are_as("q1\td1\t1\tx\n", &(struct rq_load_options){.format = "beir"}, "q1: d1=1");
	qrels_are_as("q1 0 d1 1\n", &(struct rq_load_options){.format = "json"}, "x:1:1: found q1; expected an object like {\"q1\": {\"d7\": 1}}");
	qrels_are_as("q1 0 d1 1\n", &(struct rq_load_options){.format = "cvs"}, "unknown format of judgments \"cvs\"; did you mean \"csv\"?");
	qrels_are_as("q1 0 d1 1\n", &(struct rq_load_options){.format = "parquet"}, "unknown format of judgments \"parquet\"; there is: trec, beir, csv, json");
	run_is_as("{\"topic\": \"q1\", \"hits\": []}", &(struct rq_load_options){.format = "json"},
	          "x:1:11: found \"q1\"; expected an object of documents, like {\"d7\": 1}");
	run_is_as("{\"meta\": {}, \"topic\": \"q1\", \"hits\": []}", &(struct rq_load_options){.format = "jsonl"}, "q1:");
	run_is_as("q1,x Q0 d1 1 2.5 tag", &(struct rq_load_options){.format = "trec"}, "q1,x: d1=2.5");
	run_is_as("q1 Q0 d1 1 2.5 tag", &(struct rq_load_options){.format = "parquet"}, "unknown format of runs \"parquet\"; there is: trec, jsonl, json, csv, msmarco");
}
END_TEST

START_TEST(lenient_numbers_are_counted)
{
	const struct rq_load_options lenient = {.lenient = true};

	struct rq_load_facts facts = qrels_are_as("q 0 a 2x\nq 0 b x\nq 0 c -3.9\nq 0 d +4\nq 0 e 99999999999\nq 0 f -99999999999999999999\nq 0 g 1\nq 0 h +-1\n", &lenient,
	                                          "q: a=2 b=0 c=-3 d=4 e=2147483647 f=-2147483648 g=1 h=0");
	ck_assert_uint_eq(facts.bad_numbers, 6);
	ck_assert_uint_eq(facts.duplicates, 0);
	facts = qrels_are_as("{\"q\": {\"a\": 1.7}}", &lenient, "q: a=1");
	ck_assert_uint_eq(facts.bad_numbers, 1);
	facts = run_is_as("qid,docid,score\nq,a,1.5x\nq,b,x\nq,c,nan\nq,d,-2e\nq,e,3\n", &lenient, "q: e=3 a=1.5 c=0 b=0 d=-2");
	ck_assert_uint_eq(facts.bad_numbers, 4);
	facts = run_is_as("q 0 a 1 1.5x t\nq 0 b 2 x t\nq 0 c 3 nan t\nq 0 d 4 -2e t\nq 0 e 5 3 t\nq 0 f 6 0x10 t\n", &lenient, "q: f=16 e=3 a=1.5 c=0 b=0 d=-2");
	ck_assert_uint_eq(facts.bad_numbers, 5);
	qrels_are_as("q 0 a\n", &lenient, "x:1:6: 3 columns; expected 4: topic, iteration, document, grade (or 3 below the BEIR header query-id TAB corpus-id TAB score)");
	qrels_are_as("q 0 a 1\nq 0 a 1\n", &lenient, "x:2:5: duplicate judgment of document \"a\" for topic \"q\", first on line 1; keep one of the two");
}
END_TEST

START_TEST(duplicates_first_or_best)
{
	const struct rq_load_options first = {.dedupe = RQ_DEDUPE_FIRST}, best = {.dedupe = RQ_DEDUPE_BEST};
	static const char qrels[] = "q 0 b 1\nq 0 a 1\np 0 b 9\nq 0 b 3\nq 0 b 2\n", csv[] = "qid,docid,score\nq,b,1\nq,a,1\np,b,9\nq,b,3\nq,b,2\n";
	static const char trec[] = "q 0 b 1 1 t\nq 0 a 2 1 t\np 0 b 1 9 t\nq 0 b 3 3 t\nq 0 b 4 2 t\n";
	static const char lines[] = "{\"topic\": \"q\", \"hits\": [{\"id\": \"b\", \"score\": 1}, {\"id\": \"a\", \"score\": 1}, {\"id\": \"b\", \"score\": 3}, "
	                            "{\"id\": \"b\", \"score\": 2}]}\n";
	static const char json[] = "{\"q\": {\"b\": 1, \"a\": 1, \"b\": 3, \"b\": 2}, \"p\": {\"b\": 9}}";

	ck_assert_uint_eq(qrels_are_as(qrels, &first, "p: b=9 | q: a=1 b=1").duplicates, 2);
	ck_assert_uint_eq(qrels_are_as(qrels, &best, "p: b=9 | q: a=1 b=3").duplicates, 2);
	ck_assert_uint_eq(run_is_as(csv, &first, "p: b=9 | q: b=1 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(csv, &best, "p: b=9 | q: b=3 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(trec, &first, "p: b=9 | q: b=1 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(trec, &best, "p: b=9 | q: b=3 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(lines, &first, "q: b=1 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(lines, &best, "q: b=3 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(json, &first, "p: b=9 | q: b=1 a=1").duplicates, 2);
	ck_assert_uint_eq(run_is_as(json, &best, "p: b=9 | q: b=3 a=1").duplicates, 2);
}
END_TEST

Suite *load_suite(void)
{
	Suite *suite = suite_create("load");
	TCase *tests = tcase_create("load");

	tcase_add_test(tests, json_objects);
	tcase_add_test(tests, escapes_of_json);
	tcase_add_test(tests, faults_of_json);
	tcase_add_test(tests, csv_with_a_header);
	tcase_add_test(tests, faults_of_csv);
	tcase_add_test(tests, ranks_alone);
	tcase_add_test(tests, judgments_with_tabs);
	tcase_add_test(tests, formats_by_name);
	tcase_add_test(tests, lenient_numbers_are_counted);
	tcase_add_test(tests, duplicates_first_or_best);
	suite_add_tcase(suite, tests);
	return suite;
}
