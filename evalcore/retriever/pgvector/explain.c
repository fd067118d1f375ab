#include "evalcore/retriever/pgvector/explain.h"

#include "evalcore/base/json.h"

#include <stdio.h>
#include <string.h>

static const double ROWS_MAX = 1e15; /* whole numbers that a double holds */

/* What stands below a node and is not accounted for yet. */
struct below {
	struct rq_explain_scan ordered, sequential, filtered;
};

static void copy_name(char out[RQ_PG_NAME], const rq_json *node, const char *key)
{
	const char *text = rq_json_string(rq_json_get(node, key));

	snprintf(out, RQ_PG_NAME, "%s", text == NULL ? "" : text);
}

static void add(struct rq_explain_scan *scan, const rq_json *node)
{
	double rows = rq_json_number(rq_json_get(node, "Plan Rows"));

	if (scan->count++ == 0) {
		copy_name(scan->schema, node, "Schema");
		copy_name(scan->relation, node, "Relation Name");
		copy_name(scan->index, node, "Index Name");
	}
	if (rows > scan->rows && rows < ROWS_MAX)
		scan->rows = rows;
}

static void join(struct rq_explain_scan *to, const struct rq_explain_scan *from)
{
	struct rq_explain_scan both = to->count > 0 ? *to : *from;

	both.count = to->count + from->count;
	both.rows = to->rows > from->rows ? to->rows : from->rows;
	*to = both;
}

static const rq_json *first_of(const rq_json *node, const char *key)
{
	const rq_json *array = rq_json_get(node, key);

	return array == NULL ? NULL : rq_json_first(array);
}

static bool is(const char *type, const char *name)
{
	return type != NULL && strcmp(type, name) == 0;
}

/* By one of pgvector's operators; a sort by anything else puts together what was found. */
static bool sorts_by_distance(const rq_json *node)
{
	static const char *const OPERATORS[] = {"<=>", "<#>", "<->", "<+>", "<~>", "<%>"};

	for (const rq_json *key = first_of(node, "Sort Key"); key != NULL; key = rq_json_next(key))
		for (size_t i = 0; i < sizeof OPERATORS / sizeof *OPERATORS; i++)
			if (rq_json_string(key) != NULL && strstr(rq_json_string(key), OPERATORS[i]) != NULL)
				return true;
	return false;
}

/* Of a sort over an ordered scan, which ranks again what that found, the tables that are joined to it mean nothing. */
static void settle(struct rq_explain *explain, struct below *below)
{
	if (below->ordered.count == 0) {
		join(&explain->sequential, &below->sequential);
		join(&explain->filtered, &below->filtered);
	}
	join(&explain->ordered, &below->ordered);
	*below = (struct below){0};
}

/* Nesting is bounded by the reader of JSON. */
static void walk(struct rq_explain *explain, struct below *above, const rq_json *node)
{
	const char *type = rq_json_string(rq_json_get(node, "Node Type"));
	struct below below = {0};

	if (is(type, "Seq Scan") || is(type, "Sample Scan"))
		add(&below.sequential, node);
	else if (rq_json_get(node, "Index Name") != NULL)
		add(rq_json_get(node, "Order By") != NULL ? &below.ordered : &below.filtered, node);
	for (const rq_json *child = first_of(node, "Plans"); child != NULL; child = rq_json_next(child))
		walk(explain, &below, child);
	if (sorts_by_distance(node))
		settle(explain, &below);
	join(&above->ordered, &below.ordered);
	join(&above->sequential, &below.sequential);
	join(&above->filtered, &below.filtered);
}

enum rq_status rq_explain_read(struct rq_explain *explain, const char *json, size_t length, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct below below = {0};

	*explain = (struct rq_explain){0};
	RQ_TRY(rq_json_parse(&root, json, length, "EXPLAIN", err));
	const rq_json *plan = rq_json_type(root) == RQ_JSON_ARRAY ? rq_json_get(rq_json_first(root), "Plan") : NULL;
	if (plan == NULL || rq_json_string(rq_json_get(plan, "Node Type")) == NULL)
		return rq_fail(err, RQ_E_DATA, "EXPLAIN: expected [{\"Plan\": {\"Node Type\": ...}}]");
	copy_name(explain->top, plan, "Node Type");
	walk(explain, &below, plan);
	/* no sort by a distance took them: the statement sorts in a way of its own, or not at all */
	if (explain->ordered.count + explain->sequential.count + explain->filtered.count > 0)
		below.sequential = below.filtered = (struct rq_explain_scan){0};
	settle(explain, &below);
	return RQ_OK;
}
