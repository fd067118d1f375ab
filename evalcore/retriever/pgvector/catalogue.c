#include "evalcore/retriever/pgvector/catalogue.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LISTED = 5, PARTS_MOST = 2 /* of a name: a schema and a table */ };

void rq_pg_indexes_release(struct rq_pg_indexes *indexes)
{
	free(indexes->items);
	*indexes = (struct rq_pg_indexes){0};
}

void rq_pg_quote_name(struct rq_buf *out, const char *name)
{
	rq_buf_puts(out, "\"");
	for (; *name != '\0'; name++)
		rq_buf_printf(out, *name == '"' ? "\"\"" : "%c", *name);
	rq_buf_puts(out, "\"");
}

bool rq_pg_quote_path(struct rq_buf *out, const char *path)
{
	for (int parts = 1;; parts++) {
		bool quoted = *path == '"', ended = !quoted;
		size_t length = 0;
		rq_buf_puts(out, "\"");
		for (path += quoted; *path != '\0' && (quoted || *path != '.'); path++, length++) {
			if (*path == '"' && (!quoted || path[1] != '"')) {
				ended = quoted;
				path += quoted;
				break;
			}
			path += *path == '"';
			rq_buf_puts(out, *path == '"' ? "\"\"" : (const char[]){*path, '\0'});
		}
		rq_buf_puts(out, "\"");
		if (!ended || length == 0 || parts > PARTS_MOST || (*path != '.' && *path != '\0'))
			return false;
		if (*path++ == '\0')
			return true;
		rq_buf_puts(out, ".");
	}
}

static const char *field(const struct rq_pg_reply *reply, int row, int column)
{
	return PQgetvalue(reply->result, row, column);
}

static void copy(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text);
}

/* "a, b, c ..." of the first column. */
static void list(char *out, size_t size, const struct rq_pg_reply *reply)
{
	int rows = PQntuples(reply->result);

	out[0] = '\0';
	for (int i = 0; i < rows; i++)
		snprintf(out + strlen(out), size - strlen(out), "%s%s", i == 0 ? "" : ", ", field(reply, i, 0));
}

enum rq_status rq_pg_server_read(struct rq_pg_server *server, struct rq_pg *pg, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf sql = {0};
	const char *version = PQparameterStatus(pg->link, "server_version");

	copy(server->version, sizeof server->version, version == NULL ? "" : version);
	server->version[strcspn(server->version, " ")] = '\0';
	RQ_TRY(rq_pg_ask(&reply, pg, "look for the extension \"vector\"",
	                 "SELECT e.extversion, n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector'",
	                 NULL, 0, err));
	if (PQntuples(reply.result) == 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: the database of \"%s\" (PostgreSQL %s) lacks the extension \"vector\"; connect to the database that holds the vectors, or "
		               "CREATE EXTENSION vector", pg->place, pg->variable, server->version);
	copy(server->extension, sizeof server->extension, field(&reply, 0, 0));
	copy(server->schema, sizeof server->schema, field(&reply, 0, 1));
	/* a value of the type loads the library, which then judges its parameters */
	rq_buf_puts(&sql, "SELECT '[1]'::");
	rq_pg_quote_name(&sql, server->schema);
	rq_buf_puts(&sql, ".vector");
	RQ_TRY(rq_buf_check(&sql, err));
	return rq_pg_ask(&reply, pg, "load pgvector", sql.data, NULL, 0, err);
}

static enum rq_status no_table(struct rq_pg *pg, const char *table, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};
	char names[400];

	RQ_TRY(rq_pg_ask(&reply, pg, "list tables",
	                 "SELECT DISTINCT CASE WHEN pg_table_is_visible(c.oid) THEN c.relname::text ELSE n.nspname || '.' || c.relname END COLLATE \"C\" "
	                 "FROM pg_class c "
	                 "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid "
	                 "WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND t.typname IN ('vector', 'halfvec', 'sparsevec') ORDER BY 1 LIMIT 5",
	                 NULL, 0, err));
	list(names, sizeof names, &reply);
	return rq_fail(err, RQ_E_CONFIG, "%s.table: the database of \"%s\" has no table \"%s\" that its user can see; tables with vectors: %s%s",
	               pg->place, pg->variable, table, names[0] == '\0' ? "none" : names, PQntuples(reply.result) == LISTED ? " ..." : "");
}

static enum rq_status no_column(const struct rq_pg *pg, const char *option, const char *table, const char *name, const struct rq_pg_reply *columns,
                                struct rq_error *err)
{
	char names[800];

	list(names, sizeof names, columns);
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: table \"%s\" has no column \"%s\"; its columns: %s", pg->place, option, table, name, names);
}

static int row_of(const struct rq_pg_reply *columns, const char *name)
{
	for (int i = 0; i < PQntuples(columns->result); i++)
		if (strcmp(field(columns, i, 0), name) == 0)
			return i;
	return -1;
}

static enum rq_status judge_column(struct rq_pg_column *column, const struct rq_pg *pg, const struct rq_pg_reply *columns, int row,
                                   struct rq_error *err)
{
	const char *type = field(columns, row, 1);
	int64_t modifier = 0;

	copy(column->type, sizeof column->type, type);
	if (rq_parse_i64(&modifier, field(columns, row, 2), strlen(field(columns, row, 2))) && modifier > 0)
		column->dimension = (size_t)modifier;
	if (strcmp(type, "vector") == 0 || strcmp(type, "halfvec") == 0 || strcmp(type, "sparsevec") == 0)
		return RQ_OK;
	if (strcmp(type, "bit") == 0)
		return rq_fail(err, RQ_E_CONFIG, "%s.vector: column \"%s\" holds bits, which are compared otherwise; give \"sql\" instead of \"table\", with binary_quantize($1)",
		               pg->place, field(columns, row, 0));
	return rq_fail(err, RQ_E_CONFIG, "%s.vector: column \"%s\" is of type %s; expected vector, halfvec or sparsevec", pg->place, field(columns, row, 0), type);
}

enum rq_status rq_pg_column_read(struct rq_pg_column *column, struct rq_pg *pg, const char *table, const char *id, const char *vector,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf path = {0};

	*column = (struct rq_pg_column){0};
	(void)rq_pg_quote_path(&path, table); /* the config's check has refused what is not well-formed */
	RQ_TRY(rq_buf_check(&path, err));
	RQ_TRY(rq_pg_ask(&reply, pg, "look at the table",
	                 "SELECT a.attname, t.typname, a.atttypmod FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
	                 "WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
	                 (const char *const[]){path.data}, 1, err));
	if (PQntuples(reply.result) == 0)
		return no_table(pg, table, err);
	if (row_of(&reply, id) < 0)
		return no_column(pg, "id", table, id, &reply, err);
	if (row_of(&reply, vector) < 0)
		return no_column(pg, "vector", table, vector, &reply, err);
	return judge_column(column, pg, &reply, row_of(&reply, vector), err);
}

enum rq_status rq_pg_indexes_read(struct rq_pg_indexes *indexes, struct rq_pg *pg, const char *schema, const char *relation, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};

	rq_pg_indexes_release(indexes);
	RQ_TRY(rq_pg_ask(&reply, pg, "list the indexes",
	                 "SELECT i.relname, m.amname, o.opcname, x.indisvalid AND x.indisready, x.indpred IS NOT NULL, pg_get_indexdef(x.indexrelid, 1, true), "
	                 "coalesce((SELECT option_value FROM pg_options_to_table(i.reloptions) WHERE option_name = 'lists'), CASE m.amname WHEN 'ivfflat' THEN '100' ELSE '' END) "
	                 "FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace "
	                 "JOIN pg_am m ON m.oid = i.relam JOIN pg_opclass o ON o.oid = x.indclass[0] "
	                 "WHERE n.nspname = $1 AND t.relname = $2 AND m.amname NOT IN ('btree', 'hash', 'gist', 'spgist', 'gin', 'brin') ORDER BY i.relname",
	                 (const char *const[]){schema, relation}, 2, err));
	size_t count = (size_t)PQntuples(reply.result);
	indexes->items = calloc(count > 0 ? count : 1, sizeof *indexes->items);
	if (indexes->items == NULL)
		return rq_fail_memory(err);
	for (; indexes->count < count; indexes->count++) {
		struct rq_pg_index *index = &indexes->items[indexes->count];
		int row = (int)indexes->count;
		copy(index->name, sizeof index->name, field(&reply, row, 0));
		copy(index->method, sizeof index->method, field(&reply, row, 1));
		copy(index->operators, sizeof index->operators, field(&reply, row, 2));
		index->valid = strcmp(field(&reply, row, 3), "t") == 0;
		index->partial = strcmp(field(&reply, row, 4), "t") == 0;
		copy(index->column, sizeof index->column, field(&reply, row, 5));
		copy(index->lists, sizeof index->lists, field(&reply, row, 6));
	}
	return RQ_OK;
}

enum rq_status rq_pg_relation_size(double *bytes, struct rq_pg *pg, const char *schema, const char *relation, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};

	RQ_TRY(rq_pg_ask(&reply, pg, "read the size of the index",
	                 "SELECT pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
	                 (const char *const[]){schema, relation}, 2, err));
	if (PQntuples(reply.result) == 1 && rq_parse_f64(bytes, field(&reply, 0, 0), strlen(field(&reply, 0, 0))))
		return RQ_OK;
	return rq_fail(err, RQ_E_UNAVAILABLE, "%s: the server tells no size of \"%s\"; was the index dropped meanwhile?", pg->place, relation);
}

enum rq_status rq_pg_parameter_check(struct rq_pg *pg, const char *option, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};
	const char *names[512];
	size_t count = 0;

	RQ_TRY(rq_pg_ask(&reply, pg, "list the parameters", "SELECT name FROM pg_settings ORDER BY lower(name) <> lower($1), name",
	                 (const char *const[]){name}, 1, err));
	int rows = PQntuples(reply.result);
	if (rows > 0 && strcasecmp(field(&reply, 0, 0), name) == 0)
		return RQ_OK;
	for (int i = 0; i < rows && count < sizeof names / sizeof *names; i++)
		names[count++] = field(&reply, i, 0);
	const char *nearest = rq_nearest_name(name, names, count);
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: the server knows no parameter \"%s\"%s%s%s", pg->place, option, name,
	               nearest == NULL ? "; SHOW ALL lists them" : "; did you mean \"", nearest == NULL ? "" : nearest, nearest == NULL ? "" : "\"?");
}
