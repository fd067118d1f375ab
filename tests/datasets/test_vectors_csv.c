#include "support.h"

#include <check.h>
#include <string.h>

#define EXPECTED "id,\"[0.1,0.2]\" on each line, or below a header that names the columns id and embedding"

/* Without ids, in a column of a usual name or a chosen one. */
START_TEST(columns_by_name)
{
	static const struct {
		const char *text, *column, *id;
	} files[] = {
		{",Score,Text,n_tokens,embedding\n0,5,\"a, b\",3,\"[1, 2]\"\n1,4,c,1,\"[3, 4]\"\n", NULL, NULL}, /* OpenAI's cookbook, by pandas */
		{"combined,ada_v2\nx,\"[1.0, 2e0]\"\ny,\"[3, 4]\"\n", NULL, NULL},
		{"doc_id,id,vector\nq,a,\"[1,2]\"\nr,b,\"[3,4]\"\n", NULL, "a"},
		{"id,title_vector,embedding\na,\"[1,2]\",\"[9]\"\nb,\"[3,4]\",\"[9]\"\n", "title_vector", "a"},
	};
	const float expected[] = {1, 2, 3, 4};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct rq_vectors vectors;
		struct rq_ids ids;
		struct rq_error err = {0};
		struct rq_text text = text_of(files[i].text, strlen(files[i].text));
		ck_assert_msg(rq_csv_parse(&vectors, &ids, &text, files[i].column, &err) == RQ_OK, "%zu: %s", i, err.text);
		ck_assert_uint_eq(vectors.n, 2);
		ck_assert_uint_eq(vectors.d, 2);
		ck_assert_mem_eq(vectors.data, expected, sizeof expected);
		ck_assert_uint_eq(ids.count, files[i].id == NULL ? 0 : 2);
		if (files[i].id != NULL)
			ck_assert_str_eq(ids.names[0], files[i].id);
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
		rq_text_release(&text);
	}
}
END_TEST

START_TEST(a_column_that_is_not_there)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	struct rq_text text = text_of("a,\"[1,2]\"\n", 10);

	ck_assert_int_eq(rq_csv_parse(&vectors, &ids, &text, "body", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "x:1: no header with the column \"body\"; expected the name as the header spells it");
	rq_text_release(&text);
	text = text_of("id,embedding\n", 13);
	ck_assert_int_eq(rq_csv_parse(&vectors, &ids, &text, "body", &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "x:1: no header with the column \"body\"; expected the name as the header spells it");
	rq_text_release(&text);
}
END_TEST

static void refused(const char *data, const char *expected)
{
	struct rq_vectors vectors;
	struct rq_ids ids;
	struct rq_error err = {0};
	struct rq_text text = text_of(data, strlen(data));

	ck_assert_int_eq(rq_csv_parse(&vectors, &ids, &text, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, expected);
	ck_assert_ptr_null(vectors.data);
	ck_assert_ptr_null(ids.slots);
	rq_text_release(&text);
}

START_TEST(spellings_that_read_alike)
{
	static const char *const files[] = {
		"a,\"[1,-2.5,3e2]\"\n\"b\"\"\",\"[0,.5,7]\"\n",                               /* COPY ... CSV */
		"a,\"[1,-2.5,3e2]\"\r\n\r\n\"b\"\"\",\"[0,.5,7]\"",                           /* CRLF, a blank line, no last newline */
		"id,embedding\na,\"[1,-2.5,3e2]\"\n\"b\"\"\",\"[0,.5,7]\"\n",                 /* COPY ... CSV HEADER */
		"embedding,note,id\n\"[1,-2.5,3e2]\",\"x, y\nz\",a\n\"[0,.5,7]\",,\"b\"\"\"", /* other columns, a newline in one */
		"a, \"[1, -2.5, 300]\" \nb\\,\"[0.0, 0.5, 7.0]\"\n",                          /* as Python prints a list */
	};
	const float expected[] = {1, -2.5f, 300, 0, 0.5f, 7};

	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct rq_vectors vectors;
		struct rq_ids ids;
		struct rq_error err = {0};
		struct rq_text text = text_of(files[i], strlen(files[i]));
		ck_assert_msg(rq_csv_parse(&vectors, &ids, &text, NULL, &err) == RQ_OK, "%zu: %s", i, err.text);
		ck_assert_uint_eq(vectors.n, 2);
		ck_assert_uint_eq(vectors.d, 3);
		ck_assert_mem_eq(vectors.data, expected, sizeof expected);
		ck_assert_uint_eq(ids.count, 2);
		ck_assert_str_eq(ids.names[0], "a");
		ck_assert_str_eq(ids.names[1], i == 4 ? "b\\" : "b\"");
		rq_vectors_release(&vectors);
		rq_ids_release(&ids);
		rq_text_release(&text);
	}
}
END_TEST

START_TEST(what_is_wrong_names_the_line)
{
	refused("", "x: no vectors; expected " EXPECTED);
	refused("\n\n", "x: no vectors; expected " EXPECTED);
	refused("id,embedding\n", "x: no vectors; expected " EXPECTED);
	refused("a,\"{1,2}\"\n", "x:1: neither a vector nor a header with id and embedding; expected " EXPECTED);
	refused("\nid,vectors\n", "x:2: neither a vector nor a header with id and embedding; expected " EXPECTED);
	refused("id,embedding,id\n", "x:1: the header names \"id\" twice; expected columns id and embedding once each");
	refused("a,\"[1,2]\"\nb,\"{1,2}\"\n", "x:2: the vector is \"{1,2}\"; expected numbers in brackets, like \"[0.1,0.2]\"");
	refused("a,\"[1,2]\"\nb,\n", "x:2: the vector is \"\"; expected numbers in brackets, like \"[0.1,0.2]\"");
	refused("a,\"[1,2]\"\nb,[\n", "x:2: the vector is \"[\"; expected numbers in brackets, like \"[0.1,0.2]\"");
	refused("a,[1,2]\n", "x:1: 3 columns; expected 2: id,\"[0.1,0.2]\", the vector in quotes");
	refused("id,embedding\na\n", "x:2: 1 column; expected 2, as in the header");
	refused("a,\"[]\"\n", "x:1: number 1 of the vector is \"\"; expected a finite number");
	refused("a,\"[1,]\"\n", "x:1: number 2 of the vector is \"\"; expected a finite number");
	refused("a,\"[1,x]\"\n", "x:1: number 2 of the vector is \"x\"; expected a finite number");
	refused("a,\"[1,nan]\"\n", "x:1: number 2 of the vector is \"nan\"; expected a finite number");
	refused("a,\"[-inf,1]\"\n", "x:1: number 1 of the vector is \"-inf\"; expected a finite number");
	refused("a,\"[1e39]\"\n", "x:1: number 1 of the vector is \"1e39\"; expected a number that float32 holds");
	refused("a,\"[1,2]\"\n\nb,\"[1,2,3]\"\n", "x:3: the vector has 3 dimensions; expected 2, as on line 1");
	refused("id,embedding\na,\"[1]\"\nb,\"[1]\"\na,\"[1]\"\n", "x:4: duplicate id \"a\", first on line 2; every row needs an id of its own");
	refused("a,\"[1]\"\n,\"[1]\"\n", "x:2: id \"\" is empty; expected an id without white space or control characters");
	refused("\"a\nb\",\"[1]\"\n", "x:1: id \"a?b\" contains white space; expected an id without white space or control characters");
	refused("a,\"[1]\"\nb,\"[1]\nc,\"[1]\"\n", "x:2: a quote that is not closed, or stands within a field without quotes; expected " EXPECTED);
	refused("a,\"[1]\"\nb,\"[1]\n", "x:2: a quote that is not closed, or stands within a field without quotes; expected " EXPECTED);
	refused("a\"b,\"[1]\"\n", "x:1: a quote that is not closed, or stands within a field without quotes; expected " EXPECTED);
	refused("a,\"[1]\"\rb,\"[2]\"\ra,\"[3]\"\r", "x:1: duplicate id \"a\", first on line 1; every row needs an id of its own");
}
END_TEST

Suite *vectors_csv_suite(void)
{
	Suite *suite = suite_create("vectors_csv");
	TCase *tests = tcase_create("vectors_csv");

	tcase_add_test(tests, spellings_that_read_alike);
	tcase_add_test(tests, columns_by_name);
	tcase_add_test(tests, a_column_that_is_not_there);
	tcase_add_test(tests, what_is_wrong_names_the_line);
	suite_add_tcase(suite, tests);
	return suite;
}
