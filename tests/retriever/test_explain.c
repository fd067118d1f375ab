/* Plans as PostgreSQL 18 with pgvector 0.8.7 prints them, cut to the keys that are read. */
#include "evalcore/retriever/pgvector/explain.h"

#include <check.h>
#include <string.h>

#define PLAN(node) "[{\"Plan\": " node "}]"
#define SEQUENTIAL(table, rows) "{\"Node Type\": \"Seq Scan\", \"Relation Name\": \"" table "\", \"Schema\": \"public\", \"Plan Rows\": " #rows "}"
#define ORDERED(index) \
	"{\"Node Type\": \"Index Scan\", \"Index Name\": \"" index "\", \"Relation Name\": \"items\", \"Schema\": \"public\", \"Plan Rows\": 1400, " \
	"\"Order By\": \"(items.embedding <=> '[1,0,0]'::vector)\"}"
#define FILTERED(index) "{\"Node Type\": \"Index Scan\", \"Index Name\": \"" index "\", \"Relation Name\": \"items\", \"Schema\": \"public\", \"Plan Rows\": 2}"
#define SORT(key, node) "{\"Node Type\": \"Sort\", \"Sort Key\": [\"" key "\"], \"Plans\": [" node "]}"
#define DISTANCE "((items.embedding <=> '[1,0,0]'::vector))"
#define OVER(type, nodes) "{\"Node Type\": \"" type "\", \"Plans\": [" nodes "]}"

static struct rq_explain read_plan(const char *json)
{
	struct rq_explain explain;
	struct rq_error err = {0};

	ck_assert_msg(rq_explain_read(&explain, json, strlen(json), &err) == RQ_OK, "%s", err.text);
	return explain;
}

static void expect(const char *json, size_t ordered, size_t sequential, size_t filtered)
{
	struct rq_explain explain = read_plan(json);

	ck_assert_msg(explain.ordered.count == ordered && explain.sequential.count == sequential && explain.filtered.count == filtered,
	              "ordered %zu, sequential %zu, filtered %zu of %s", explain.ordered.count, explain.sequential.count, explain.filtered.count, json);
}

START_TEST(an_ordered_scan_is_named)
{
	struct rq_explain explain = read_plan(PLAN(OVER("Limit", ORDERED("items_embedding_idx"))));

	ck_assert_str_eq(explain.top, "Limit");
	ck_assert_uint_eq(explain.ordered.count, 1);
	ck_assert_str_eq(explain.ordered.index, "items_embedding_idx");
	ck_assert_str_eq(explain.ordered.relation, "items");
	ck_assert_str_eq(explain.ordered.schema, "public");
	ck_assert_uint_eq(explain.sequential.count + explain.filtered.count, 0);
}
END_TEST

START_TEST(a_sequential_scan_is_named)
{
	struct rq_explain explain = read_plan(PLAN(OVER("Limit", SORT(DISTANCE, SEQUENTIAL("items", 1400)))));

	ck_assert_uint_eq(explain.sequential.count, 1);
	ck_assert_str_eq(explain.sequential.relation, "items");
	ck_assert_double_eq(explain.sequential.rows, 1400);
	ck_assert_uint_eq(explain.ordered.count + explain.filtered.count, 0);
	/* in parallel, and with the operator's schema */
	expect(PLAN(OVER("Limit", OVER("Gather Merge", SORT("((items.embedding OPERATOR(public.<=>) '[1]'::vector))", SEQUENTIAL("items", 9))))), 0, 1,
	       0);
}
END_TEST

START_TEST(rows_that_a_condition_picks_are_no_full_scan)
{
	expect(PLAN(OVER("Limit", SORT(DISTANCE, FILTERED("items_pkey")))), 0, 0, 1);
	expect(PLAN(OVER("Limit", SORT(DISTANCE, OVER("Bitmap Heap Scan", "{\"Node Type\": \"Bitmap Index Scan\", \"Index Name\": \"by_tenant\"}")))), 0,
	       0, 1);
}
END_TEST

START_TEST(what_an_ordered_scan_found_may_be_joined_and_ranked_again)
{
	expect(PLAN(OVER("Limit", OVER("Nested Loop", ORDERED("a") ", " SEQUENTIAL("names", 9)))), 1, 0, 0);
	expect(
		PLAN(OVER("Limit", OVER("Limit", ORDERED("a")) ", " SORT("n.distance", OVER("Hash Join", OVER("CTE Scan", "") ", " SEQUENTIAL("names", 9))))),
		1, 0, 0);
	expect(PLAN(OVER("Limit", SORT("((n.embedding <-> '[1]'::vector))", OVER("Hash Join", OVER("Limit", ORDERED("a")) ", " SEQUENTIAL("names", 9))))),
	       1, 0, 0);
}
END_TEST

START_TEST(partitions_count_each)
{
	struct rq_explain explain = read_plan(PLAN(OVER("Limit", OVER("Merge Append", ORDERED("p1_idx") ", " ORDERED("p2_idx") ", " SORT(DISTANCE, SEQUENTIAL("p3", 70))))));

	ck_assert_uint_eq(explain.ordered.count, 2);
	ck_assert_str_eq(explain.ordered.index, "p1_idx");
	ck_assert_uint_eq(explain.sequential.count, 1);
	ck_assert_str_eq(explain.sequential.relation, "p3");
	explain = read_plan(PLAN(OVER("Limit", SORT(DISTANCE, OVER("Append", SEQUENTIAL("p1", 10) ", " SEQUENTIAL("p2", 70))))));
	ck_assert_uint_eq(explain.sequential.count, 2);
	ck_assert_str_eq(explain.sequential.relation, "p1");
	ck_assert_double_eq(explain.sequential.rows, 70);
}
END_TEST

START_TEST(a_sort_by_another_name_is_still_a_full_scan)
{
	expect(PLAN(OVER("Limit", SORT("q.distance", OVER("Subquery Scan", SEQUENTIAL("items", 5))))), 0, 1, 0);
	expect(PLAN(OVER("Limit", "{\"Node Type\": \"Function Scan\"}")), 0, 0, 0);
}
END_TEST

START_TEST(what_is_no_plan_is_refused)
{
	static const char *const not_plans[] = {
		"",          "{}", "[]", "[{}]", "[{\"Plan\": 3}]", "[{\"Plan\": {\"Node Type\": 1}}]", "{\"a\": {\"Plan\": {\"Node Type\": \"Limit\"}}}",
		"[{\"Plan\""};
	struct rq_explain explain;
	struct rq_error err;

	for (size_t i = 0; i < sizeof not_plans / sizeof *not_plans; i++)
		ck_assert_int_eq(rq_explain_read(&explain, not_plans[i], strlen(not_plans[i]), &err), RQ_E_DATA);
	ck_assert_int_eq(rq_explain_read(&explain, "[{}]", 4, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "EXPLAIN: expected [{\"Plan\": {\"Node Type\": ...}}]");
}
END_TEST

Suite *explain_suite(void)
{
	Suite *suite = suite_create("explain");
	TCase *c = tcase_create("plans");

	tcase_add_test(c, an_ordered_scan_is_named);
	tcase_add_test(c, a_sequential_scan_is_named);
	tcase_add_test(c, rows_that_a_condition_picks_are_no_full_scan);
	tcase_add_test(c, what_an_ordered_scan_found_may_be_joined_and_ranked_again);
	tcase_add_test(c, partitions_count_each);
	tcase_add_test(c, a_sort_by_another_name_is_still_a_full_scan);
	tcase_add_test(c, what_is_no_plan_is_refused);
	suite_add_tcase(suite, c);
	return suite;
}
