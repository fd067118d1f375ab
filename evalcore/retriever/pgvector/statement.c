#include "evalcore/retriever/pgvector/statement.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const SCORES[] = {"distance", "score", NULL}, *const EXPECTATIONS[] = {"any", "index", NULL};
#define AT(member) .offset = offsetof(struct rq_pgvector_options, member)

const struct rq_option rq_pgvector_option_table[] = {
	{.name = "dsn_env", .type = RQ_OPTION_STRING, AT(dsn_env), .required = true,
	 .help = "the environment variable that holds the connection string, a URI or \"host=... dbname=...\"; it is a secret"},
	{.name = "table", .type = RQ_OPTION_STRING, AT(table),
	 .help = "table that holds the vectors, \"items\" or \"schema.items\", spelt exactly; what has dots within goes in double quotes"},
	{.name = "id", .type = RQ_OPTION_STRING, AT(id), .help = "its column of document ids, any type; standard: \"id\""},
	{.name = "vector", .type = RQ_OPTION_STRING, AT(vector), .help = "its column of type vector, halfvec or sparsevec; standard: \"embedding\""},
	{.name = "where", .type = RQ_OPTION_STRING, AT(where), .help = "SQL condition on its rows: \"tenant = 7 AND NOT deleted\""},
	{.name = "sql", .type = RQ_OPTION_STRING, AT(sql),
	 .help = "instead of a table, a SELECT with $1 for the vector and $2 for how many, first column the document id, second what \"score\" says"},
	{.name = "score", .type = RQ_OPTION_CHOICE, AT(score), .standard = "\"distance\"", .choices = SCORES,
	 .help = "what the second column of \"sql\" is: a \"distance\", of which less is better, or a \"score\", of which more is"},
	{.name = "ef_search", .type = RQ_OPTION_INTEGER, AT(ef_search), .minimum = 1, .maximum = 1000, .help = "hnsw.ef_search of this run; absent: the server's"},
	{.name = "probes", .type = RQ_OPTION_INTEGER, AT(probes), .minimum = 1, .maximum = 32768, .help = "ivfflat.probes of this run; absent: the server's"},
	{.name = "iterative_scan", .type = RQ_OPTION_STRING, AT(iterative_scan),
	 .help = "hnsw.iterative_scan of this run, \"strict_order\", \"relaxed_order\" or \"off\"; needs pgvector 0.8"},
	{.name = "settings", .type = RQ_OPTION_RAW, AT(settings), .schema = "{\"type\": \"object\", \"additionalProperties\": {\"type\": [\"string\", \"number\", \"boolean\"]}}",
	 .help = "further parameters of the server for this run, by name: {\"enable_seqscan\": false}"},
	{.name = "expect", .type = RQ_OPTION_CHOICE, AT(expect), .standard = "\"any\"", .choices = EXPECTATIONS,
	 .help = "\"index\": a search that no index serves is an error rather than a warning"},
	{.name = "timeout", .type = RQ_OPTION_DURATION, AT(timeout), .standard = "\"30s\"", .help = "that one query may take"},
	{.name = "connect_timeout", .type = RQ_OPTION_DURATION, AT(connect_timeout), .standard = "\"10s\"", .help = "that connecting may take"},
	RQ_OPTIONS_END,
};

static enum rq_status check_statement(const struct rq_pgvector_options *o, struct rq_error *err)
{
	if (o->table == NULL && o->sql == NULL)
		return rq_fail(err, RQ_E_CONFIG, "table: absent; give the table that holds the vectors, or a statement as \"sql\"");
	if (o->table != NULL) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf quoted = {0};
		if (o->sql != NULL)
			return rq_fail(err, RQ_E_CONFIG, "sql: stands beside \"table\"; give one of them");
		if (!rq_pg_quote_path(&quoted, o->table))
			return rq_fail(err, RQ_E_CONFIG, "table: \"%s\" is no name of a table; expected \"items\" or \"schema.items\", and double quotes around a part that has dots "
			               "or quotes within: \"My.S\".items", o->table);
		if (o->score != RQ_PG_SCORE_DISTANCE)
			return rq_fail(err, RQ_E_CONFIG, "score: belongs to \"sql\"; of a table it is known");
		return rq_buf_check(&quoted, err);
	}
	if (o->id != NULL || o->vector != NULL || o->where != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: belongs to \"table\"; \"sql\" says it itself",
		               o->id != NULL       ? "id"
		               : o->vector != NULL ? "vector"
		                                   : "where");
	if (strstr(o->sql, "$1") == NULL || strstr(o->sql, "$2") == NULL)
		return rq_fail(err, RQ_E_CONFIG, "sql: has no %s; expected a SELECT with $1 for the vector and $2 for how many, such as SELECT id, embedding <=> $1 FROM items ORDER BY 2 "
		               "LIMIT $2", strstr(o->sql, "$1") == NULL ? "$1" : "$2");
	return RQ_OK;
}

enum rq_status rq_pgvector_check(const void *options, struct rq_error *err)
{
	const struct rq_pgvector_options *o = options;
	char shown[120];

	RQ_TRY(check_statement(o, err));
	if (o->iterative_scan != NULL && strcmp(o->iterative_scan, "off") != 0 && strcmp(o->iterative_scan, "strict_order") != 0 &&
	    strcmp(o->iterative_scan, "relaxed_order") != 0)
		return rq_fail(err, RQ_E_CONFIG, "iterative_scan: \"%s\" is not allowed; expected one of \"off\", \"strict_order\", \"relaxed_order\"",
		               o->iterative_scan);
	if (o->timeout <= 0 || o->connect_timeout <= 0)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected more than nothing", o->timeout <= 0 ? "timeout" : "connect_timeout");
	if (o->settings != NULL && rq_json_type(o->settings) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "settings: expected an object of parameters by name");
	for (const rq_json *item = o->settings == NULL ? NULL : rq_json_first(o->settings); item != NULL; item = rq_json_next(item)) {
		enum rq_json_type type = rq_json_type(item);
		rq_json_show(shown, sizeof shown, item);
		if (type != RQ_JSON_STRING && type != RQ_JSON_NUMBER && type != RQ_JSON_BOOL)
			return rq_fail(err, RQ_E_CONFIG, "settings.%s: %s is not allowed; expected a string, a number, true or false", rq_json_key(item), shown);
		if (strcmp(rq_json_key(item), "statement_timeout") == 0)
			return rq_fail(err, RQ_E_CONFIG, "settings.statement_timeout: give it as \"timeout\"");
	}
	return RQ_OK;
}

void rq_pgvector_describe(struct rq_buf *out, const void *options)
{
	const struct rq_pgvector_options *o = options;

	if (o->table != NULL)
		rq_buf_printf(out, "pgvector table %s, column %s", o->table, o->vector == NULL ? "embedding" : o->vector);
	else
		rq_buf_printf(out, "pgvector %s", o->sql);
	if (o->where != NULL)
		rq_buf_printf(out, ", where %s", o->where);
	if (o->ef_search > 0)
		rq_buf_printf(out, ", hnsw.ef_search=%lld", (long long)o->ef_search);
	if (o->probes > 0)
		rq_buf_printf(out, ", ivfflat.probes=%lld", (long long)o->probes);
	if (o->iterative_scan != NULL)
		rq_buf_printf(out, ", iterative_scan=%s", o->iterative_scan);
	for (const rq_json *item = o->settings == NULL ? NULL : rq_json_first(o->settings); item != NULL; item = rq_json_next(item)) {
		char shown[120];
		rq_json_show(shown, sizeof shown, item);
		rq_buf_printf(out, ", %s=%s", rq_json_key(item), shown);
	}
}

void rq_pgvector_select(struct rq_buf *sql, const struct rq_pgvector_options *options, const struct rq_pg_server *server,
                        const struct rq_pg_column *column, enum rq_distance distance, size_t k)
{
	static const char *const OPERATORS[] = {[RQ_DISTANCE_COSINE] = "<=>", [RQ_DISTANCE_IP] = "<#>", [RQ_DISTANCE_L2] = "<->"};

	if (options->sql != NULL) {
		rq_buf_puts(sql, options->sql);
		return;
	}
	/* with schemas, since the extension's need not be on the search path; k as a number, since the planner goes by it */
	rq_buf_puts(sql, "SELECT ");
	rq_pg_quote_name(sql, options->id == NULL ? "id" : options->id);
	rq_buf_puts(sql, ", ");
	rq_pg_quote_name(sql, options->vector == NULL ? "embedding" : options->vector);
	rq_buf_puts(sql, " OPERATOR(");
	rq_pg_quote_name(sql, server->schema);
	rq_buf_printf(sql, ".%s) $1::", OPERATORS[distance]);
	rq_pg_quote_name(sql, server->schema);
	rq_buf_printf(sql, ".%s FROM ", column->type);
	(void)rq_pg_quote_path(sql, options->table);
	if (options->where != NULL)
		rq_buf_printf(sql, " WHERE (%s)", options->where);
	rq_buf_printf(sql, " ORDER BY 2 LIMIT %zu", k);
}

/* Nine digits always do. */
static void add_float(struct rq_buf *out, float value)
{
	char text[32];

	for (int digits = 6; digits <= 9; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, (double)value);
		double back = 0;
		if (digits == 9 || (rq_parse_f64(&back, text, strlen(text)) && (float)back == value))
			break;
	}
	rq_buf_puts(out, text);
}

void rq_pgvector_text(struct rq_buf *out, const float *vector, size_t dimension, bool sparse)
{
	bool first = true;

	rq_buf_puts(out, sparse ? "{" : "[");
	for (size_t i = 0; i < dimension; i++) {
		if (sparse && vector[i] == 0)
			continue;
		if (!first)
			rq_buf_puts(out, ",");
		if (sparse)
			rq_buf_printf(out, "%zu:", i + 1);
		add_float(out, vector[i]);
		first = false;
	}
	if (sparse)
		rq_buf_printf(out, "}/%zu", dimension);
	else
		rq_buf_puts(out, "]");
}

double rq_pgvector_score(const struct rq_pgvector_options *options, enum rq_distance distance, double value)
{
	if (options->score == RQ_PG_SCORE_SCORE)
		return value;
	return distance == RQ_DISTANCE_COSINE ? 1 - value : 0 - value;
}

void rq_pgvector_operators(char out[RQ_PG_NAME], const char *type, enum rq_distance distance)
{
	static const char *const WORDS[] = {[RQ_DISTANCE_COSINE] = "cosine", [RQ_DISTANCE_IP] = "ip", [RQ_DISTANCE_L2] = "l2"};

	snprintf(out, RQ_PG_NAME, "%.40s_%s_ops", type, WORDS[distance]);
}
