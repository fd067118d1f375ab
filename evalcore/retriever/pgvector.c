/* pgvector: nearest neighbours from a PostgreSQL table, through libpq. Each call of search() is one read-only transaction, in which the run's
 * parameters hold: they touch no other user of the server, and a pooler that hands out connections by the transaction cannot separate them from the
 * queries. */
#include "evalcore/retriever/pgvector/findings.h"
#include "evalcore/retriever/pgvector/statement.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 2 };

struct state {
	const struct rq_pgvector_options *options;
	struct rq_retriever_context context;
	struct rq_pg pg;
	struct rq_pg_server server;
	struct rq_pg_column column;
	struct rq_buf begin;    /* starts the transaction and sets the parameters */
	struct rq_buf select, vector;
	struct rq_pg_reply reply;
	struct rq_pg_searched searched;
	struct rq_scored_document *documents;
	size_t documents_capacity;
	bool transaction;
	size_t explained, prepared; /* k of the statement that was; 0: none */
	uint64_t rows;              /* that there are to be found, counted up to `counted`; UINT64_MAX: as many as one asks for */
	size_t counted;
	char trouble[600];          /* of the try that failed last */
	struct rq_buf scan_words;
};

static bool wants_vectors(const void *options)
{
	(void)options;
	return true;
}

/* ---- opening ---- */

static enum rq_status add_parameter(struct state *s, const char *name, const char *value, struct rq_error *err)
{
	char *literals[] = {PQescapeLiteral(s->pg.link, name, strlen(name)), PQescapeLiteral(s->pg.link, value, strlen(value))};

	if (literals[0] != NULL && literals[1] != NULL)
		rq_buf_printf(&s->begin, ", set_config(%s, %s, true)", literals[0], literals[1]);
	bool failed = literals[0] == NULL || literals[1] == NULL;
	PQfreemem(literals[0]);
	PQfreemem(literals[1]);
	return failed ? rq_fail_memory(err) : rq_buf_check(&s->begin, err);
}

static enum rq_status add_settings(struct state *s, struct rq_error *err)
{
	char option[256], shown[256];

	for (const rq_json *item = s->options->settings == NULL ? NULL : rq_json_first(s->options->settings); item != NULL; item = rq_json_next(item)) {
		const char *text = rq_json_string(item);
		snprintf(option, sizeof option, "settings.%s", rq_json_key(item));
		RQ_TRY(rq_pg_parameter_check(&s->pg, option, rq_json_key(item), err));
		rq_json_show(shown, sizeof shown, item);
		RQ_TRY(add_parameter(s, rq_json_key(item), text != NULL ? text : shown, err));
	}
	return RQ_OK;
}

/* A plan for each query, as for a statement that an application sends: EXPLAIN then tells the plan that is carried out. */
static enum rq_status make_begin(struct state *s, struct rq_error *err)
{
	const struct rq_pgvector_options *o = s->options;
	char number[32];

	rq_buf_printf(&s->begin,
	              "BEGIN READ ONLY; SELECT set_config('plan_cache_mode', 'force_custom_plan', true), set_config('statement_timeout', '%.0f', true)",
	              ceil(o->timeout * 1000));
	if (o->ef_search > 0) {
		snprintf(number, sizeof number, "%lld", (long long)o->ef_search);
		RQ_TRY(add_parameter(s, "hnsw.ef_search", number, err));
	}
	if (o->probes > 0) {
		snprintf(number, sizeof number, "%lld", (long long)o->probes);
		RQ_TRY(add_parameter(s, "ivfflat.probes", number, err));
	}
	if (o->iterative_scan != NULL) {
		RQ_TRY(rq_pg_parameter_check(&s->pg, "iterative_scan", "hnsw.iterative_scan", err));
		RQ_TRY(add_parameter(s, "hnsw.iterative_scan", o->iterative_scan, err));
	}
	return add_settings(s, err);
}

static void end_transaction(struct state *s)
{
	struct rq_error ignored;

	if (s->transaction && s->pg.link != NULL && rq_pg_query(&s->reply, &s->pg, "ROLLBACK", NULL, 0, &ignored) != RQ_OK)
		rq_pg_close(&s->pg); /* interrupted: the server rolls back by itself */
	s->transaction = false;
	s->prepared = 0;
}

/* What the parameters are in such a transaction. */
static enum rq_status read_parameters(struct state *s, struct rq_error *err)
{
	struct rq_pg_parameters *p = &s->searched.parameters;
	struct {
		char *out;
		size_t size;
	} places[] = {{p->ef_search, sizeof p->ef_search}, {p->probes, sizeof p->probes}, {p->hnsw_iterative, sizeof p->hnsw_iterative}};

	RQ_TRY(rq_pg_query(&s->reply, &s->pg, s->begin.data, NULL, 0, err));
	s->transaction = true;
	if (s->reply.outcome != RQ_PG_DONE)
		return rq_fail(err, s->reply.outcome == RQ_PG_REFUSED ? RQ_E_CONFIG : RQ_E_UNAVAILABLE,
		               "%s: the server does not take the parameters of this run: %s", s->pg.place, s->reply.reason);
	RQ_TRY(rq_pg_ask(
		&s->reply, &s->pg, "read the parameters",
		"SELECT current_setting('hnsw.ef_search', true), current_setting('ivfflat.probes', true), current_setting('hnsw.iterative_scan', true)", NULL,
		0, err));
	for (int i = 0; i < 3; i++)
		snprintf(places[i].out, places[i].size, "%s", PQgetvalue(s->reply.result, 0, i));
	end_transaction(s);
	return RQ_OK;
}

static enum rq_status look(struct state *s, struct rq_error *err)
{
	const struct rq_pgvector_options *o = s->options;

	RQ_TRY(rq_pg_server_read(&s->server, &s->pg, err));
	snprintf(s->column.type, sizeof s->column.type, "vector");
	if (o->table != NULL)
		RQ_TRY(rq_pg_column_read(&s->column, &s->pg, o->table, o->id == NULL ? "id" : o->id, o->vector == NULL ? "embedding" : o->vector, err));
	if (s->column.dimension != 0 && s->column.dimension != s->context.dimension)
		return rq_fail(err, RQ_E_CONFIG,
		               "%s: column \"%s\" of table \"%s\" holds vectors of %zu dimensions, and the embedder makes %zu; search with the embedder that "
		               "filled the table",
		               s->pg.place, o->vector == NULL ? "embedding" : o->vector, o->table, s->column.dimension, s->context.dimension);
	RQ_TRY(make_begin(s, err));
	return read_parameters(s, err);
}

static void close_state(void *opaque)
{
	struct state *s = opaque;

	if (s == NULL)
		return;
	rq_pg_reply_clear(&s->reply);
	rq_pg_close(&s->pg);
	rq_pg_indexes_release(&s->searched.indexes);
	rq_buf_release(&s->begin);
	rq_buf_release(&s->select);
	rq_buf_release(&s->vector);
	rq_buf_release(&s->scan_words);
	free(s->documents);
	free(s);
}

static enum rq_status ready(const void *options, const char *place, struct rq_error *err)
{
	const struct rq_pgvector_options *o = options;
	const char *dsn;
	char option[256];

	snprintf(option, sizeof option, "%s.dsn_env", place);
	RQ_TRY(rq_secret_read(&dsn, o->dsn_env, option, err));
	return rq_pq_ready(err) == RQ_OK ? RQ_OK : rq_fail_within(err, "%s", place);
}

static enum rq_status open_state(void **out, const void *options, const struct rq_retriever_context *context, struct rq_error *err)
{
	const struct rq_pgvector_options *o = options;

	*out = NULL;
	if (rq_pq_ready(err) != RQ_OK) /* before anything is opened: closing calls libpq too */
		return rq_fail_within(err, "%s", context->place);
	struct state *s = calloc(1, sizeof *s);
	if (s == NULL)
		return rq_fail_memory(err);
	s->options = o;
	s->context = *context;
	s->pg = (struct rq_pg){.place = context->place, .variable = o->dsn_env, .timeout = o->timeout, .connect_timeout = o->connect_timeout};
	s->rows = UINT64_MAX;
	enum rq_status status = rq_pg_open(&s->pg, err);
	if (status == RQ_OK)
		status = look(s, err);
	if (status != RQ_OK) {
		close_state(s);
		return status;
	}
	*out = s;
	return RQ_OK;
}

/* ---- one question ---- */

static bool sparse(const struct state *s)
{
	return strcmp(s->column.type, "sparsevec") == 0;
}

/* The statement's parameters: $1, and $2 of a template. */
struct parameters {
	const char *values[2];
	int count;
	char k[24];
};

static void fill(struct parameters *p, const struct state *s, size_t k)
{
	snprintf(p->k, sizeof p->k, "%zu", k);
	p->values[0] = s->vector.data;
	p->values[1] = p->k;
	p->count = s->options->sql != NULL ? 2 : 1;
}

/* A statement that no vector will make right ends the run. */
static enum rq_status judge_refusal(const struct state *s, struct rq_error *err)
{
	static const char *const CLASSES[] = {"0A", "22", "25", "28", "3F", "42"};

	for (size_t i = 0; i < sizeof CLASSES / sizeof *CLASSES; i++)
		if (s->reply.outcome == RQ_PG_REFUSED && strncmp(s->reply.sqlstate, CLASSES[i], 2) == 0)
			return rq_fail(err, RQ_E_CONFIG, "%s.%s: the server refuses the query: %s", s->pg.place,
			               s->options->sql != NULL     ? "sql"
			               : s->options->where != NULL ? "where"
			                                           : "table",
			               s->reply.reason);
	return RQ_OK;
}

static bool answered(const struct state *s)
{
	return s->reply.outcome == RQ_PG_DONE;
}

static enum rq_status expect_index(const struct state *s, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf why = {0};

	if (s->options->expect != RQ_PG_EXPECT_INDEX || rq_pg_index_served(&s->searched))
		return RQ_OK;
	rq_pg_why_no_index(&why, &s->searched, s->options, &s->column, s->context.distance);
	RQ_TRY(rq_buf_check(&why, err));
	return rq_fail(err, RQ_E_CONFIG, "%s.expect: \"index\" is expected, and the plan is a %s: %s", s->pg.place, s->scan_words.data, why.data);
}

/* Once a depth: a plan depends on how many are asked for. */
static enum rq_status explain(struct state *s, size_t k, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf sql = {0};
	struct parameters parameters;

	rq_buf_printf(&sql, "EXPLAIN (FORMAT JSON, VERBOSE) %s", s->select.data);
	RQ_TRY(rq_buf_check(&sql, err));
	fill(&parameters, s, k);
	RQ_TRY(rq_pg_query(&s->reply, &s->pg, sql.data, parameters.values, parameters.count, err));
	if (!answered(s) || PQntuples(s->reply.result) == 0)
		return judge_refusal(s, err);
	struct rq_explain *found = &s->searched.explain;
	if (rq_explain_read(found, PQgetvalue(s->reply.result, 0, 0), (size_t)PQgetlength(s->reply.result, 0, 0), err) != RQ_OK)
		return rq_fail_within(err, "%s", s->pg.place);
	const struct rq_explain_scan *scan = found->ordered.count > 0 ? &found->ordered : found->sequential.count > 0 ? &found->sequential : &found->filtered;
	RQ_TRY(rq_pg_indexes_read(&s->searched.indexes, &s->pg, scan->schema, scan->relation, err));
	s->explained = k;
	rq_buf_clear(&s->scan_words);
	rq_pg_scan_words(&s->scan_words, &s->searched);
	RQ_TRY(rq_buf_check(&s->scan_words, err));
	return expect_index(s, err);
}

static enum rq_status prepare(struct state *s, size_t k, struct rq_error *err)
{
	RQ_TRY(rq_pg_prepare(&s->reply, &s->pg, s->select.data, err));
	if (!answered(s))
		return judge_refusal(s, err);
	s->prepared = k;
	if (s->options->sql == NULL)
		return RQ_OK;
	RQ_TRY(rq_pg_describe(&s->reply, &s->pg, err));
	if (answered(s) && PQnfields(s->reply.result) < 2)
		return rq_fail(err, RQ_E_CONFIG, "%s.sql: the statement gives %d column%s; expected two at least, the document id and its %s", s->pg.place,
		               PQnfields(s->reply.result), PQnfields(s->reply.result) == 1 ? "" : "s", s->options->score == RQ_PG_SCORE_SCORE ? "score" : "distance");
	return RQ_OK;
}

/* Leaves s->reply as something else than DONE where a step failed. */
static enum rq_status get_ready(struct state *s, size_t k, struct rq_error *err)
{
	if (s->pg.link == NULL) {
		s->transaction = false;
		s->prepared = s->explained = 0;
		RQ_TRY(rq_pg_reopen(&s->pg, err));
	}
	rq_pg_reply_clear(&s->reply);
	if (!s->transaction) {
		RQ_TRY(rq_pg_query(&s->reply, &s->pg, s->begin.data, NULL, 0, err));
		s->transaction = true;
		s->prepared = 0;
	}
	if (!answered(s) || s->prepared == k)
		return RQ_OK;
	rq_buf_clear(&s->select);
	rq_pgvector_select(&s->select, s->options, &s->server, &s->column, s->context.distance, k);
	RQ_TRY(rq_buf_check(&s->select, err));
	if (s->explained != k)
		RQ_TRY(explain(s, k, err));
	return answered(s) ? prepare(s, k, err) : RQ_OK;
}

/* True in *done with the rows in s->reply; else why not in s->trouble, and the transaction is over. */
static enum rq_status try_once(bool *done, struct state *s, const struct rq_question *question, struct rq_error *err)
{
	struct parameters parameters;

	rq_buf_clear(&s->vector);
	rq_pgvector_text(&s->vector, question->vector, s->context.dimension, sparse(s));
	RQ_TRY(rq_buf_check(&s->vector, err));
	RQ_TRY(get_ready(s, question->k, err));
	if (answered(s)) {
		fill(&parameters, s, question->k);
		RQ_TRY(rq_pg_execute(&s->reply, &s->pg, parameters.values, parameters.count, err));
	}
	*done = answered(s);
	if (*done)
		return RQ_OK;
	RQ_TRY(judge_refusal(s, err));
	snprintf(s->trouble, sizeof s->trouble, "%s", s->reply.reason);
	end_transaction(s);
	return RQ_OK;
}

/* How many rows of the table `has` ("IS NOT NULL") is true of, counted up to `most`. It takes the place of the prepared statement. */
static enum rq_status count(uint64_t *rows, struct state *s, const char *has, size_t most, struct rq_error *err)
{
	RQ_CLEANUP(rq_pg_reply_clear) struct rq_pg_reply reply = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf sql = {0};
	const struct rq_pgvector_options *o = s->options;

	rq_buf_puts(&sql, "SELECT count(*) FROM (SELECT FROM ");
	(void)rq_pg_quote_path(&sql, o->table);
	rq_buf_puts(&sql, " WHERE ");
	rq_pg_quote_name(&sql, o->vector == NULL ? "embedding" : o->vector);
	rq_buf_printf(&sql, " %s", has);
	if (o->where != NULL)
		rq_buf_printf(&sql, " AND (%s)", o->where);
	rq_buf_printf(&sql, " LIMIT %zu) AS found", most);
	RQ_TRY(rq_buf_check(&sql, err));
	RQ_TRY(rq_pg_ask(&reply, &s->pg, "count the rows", sql.data, NULL, 0, err));
	s->prepared = 0;
	(void)rq_parse_u64(rows, PQgetvalue(reply.result, 0, 0), (size_t)PQgetlength(reply.result, 0, 0));
	return RQ_OK;
}

/* How many rows the search may find at most, of those that it asks for: counted once, when a search brings fewer. A template's are its own affair. */
static enum rq_status count_rows(struct state *s, size_t k, struct rq_error *err)
{
	if (s->options->sql != NULL || s->counted >= k)
		return RQ_OK;
	RQ_TRY(count(&s->rows, s, "IS NOT NULL", k, err));
	s->counted = k;
	return RQ_OK;
}

/* ---- its rows ---- */

static int by_document(const void *a, const void *b)
{
	const struct rq_scored_document *x = a, *y = b;
	int order = strcmp(x->document, y->document);

	return order != 0 ? order : (x->score < y->score) - (x->score > y->score);
}

/* Of each document the best row; returns how many are left. */
static size_t unite(struct rq_scored_document *documents, size_t count)
{
	size_t kept = 0;

	qsort(documents, count, sizeof *documents, by_document);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || strcmp(documents[kept - 1].document, documents[i].document) != 0)
			documents[kept++] = documents[i];
	return kept;
}

static enum rq_status read_row(struct state *s, int row, size_t *count, struct rq_error *err)
{
	const PGresult *result = s->reply.result;
	const char *text = PQgetvalue(result, row, 1);
	double value = NAN;

	if (PQgetisnull(result, row, 0))
		return rq_fail(err, RQ_E_CONFIG, "%s.%s: a row came back without a document id (NULL)", s->pg.place, s->options->sql != NULL ? "sql" : "id");
	if (!PQgetisnull(result, row, 1) && !rq_parse_f64(&value, text, strlen(text)) && strstr(text, "Infinity") == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s.sql: the second column, \"%.40s\", is no number", s->pg.place, text);
	if (isfinite(value))
		s->documents[(*count)++] = (struct rq_scored_document){PQgetvalue(result, row, 0), rq_pgvector_score(s->options, s->context.distance, value)};
	else
		s->searched.no_distance++;
	return RQ_OK;
}

static enum rq_status hand_over(struct state *s, const struct rq_search_work *work, size_t i, struct rq_error *err)
{
	struct rq_pg_searched *searched = &s->searched;
	size_t k = work->questions[i].k, count = 0;
	int rows = PQntuples(s->reply.result);

	if (!RQ_RESERVE(s->documents, s->documents_capacity, (size_t)rows + 1))
		return rq_fail_memory(err);
	for (int row = 0; row < rows; row++)
		RQ_TRY(read_row(s, row, &count, err));
	searched->reversed += s->options->sql != NULL && count > 1 && s->documents[0].score < s->documents[count - 1].score;
	size_t united = unite(s->documents, count);
	searched->repeated += count - united;
	rq_ranking_sort(s->documents, united);
	if (united > k)
		searched->beyond += united - k;
	struct rq_answer answer = {.documents = s->documents, .count = united > k ? k : united, .seconds = s->reply.seconds};
	searched->searches++;
	if (k > searched->k)
		searched->k = k;
	if (united < k)
		RQ_TRY(count_rows(s, k, err));
	if (united < k && united < s->rows) {
		searched->least = searched->short_topics++ == 0 || united < searched->least ? united : searched->least;
	}
	return work->answered(work->context, i, &answer, err);
}

static enum rq_status search_one(struct state *s, const struct rq_search_work *work, size_t i, struct rq_error *err)
{
	uint64_t start = rq_clock_ns();
	bool done = false;
	unsigned attempts = 0;

	while (!done && attempts < TRIES) {
		attempts++;
		RQ_TRY(try_once(&done, s, &work->questions[i], err));
	}
	if (done)
		RQ_TRY(hand_over(s, work, i, err));
	else
		RQ_TRY(work->failed(work->context, i, s->trouble, attempts, (double)(rq_clock_ns() - start) * 1e-9, err));
	rq_progress_add(work->progress, 1);
	return RQ_OK;
}

static enum rq_status search(void *opaque, const struct rq_search_work *work, struct rq_error *err)
{
	struct state *s = opaque;
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < work->count && status == RQ_OK; i++)
		status = search_one(s, work, i, err);
	end_transaction(s);
	return status;
}

/* ---- what happened ---- */

/* Does the table hold the corpus? */
static enum rq_status count_vectors(struct state *s, struct rq_error *err)
{
	struct rq_pg_searched *searched = &s->searched;
	size_t most = s->context.documents;

	if (s->options->sql != NULL || most == 0)
		return RQ_OK;
	searched->documents = 0; /* until it is known */
	RQ_TRY(rq_pg_query(&s->reply, &s->pg, s->begin.data, NULL, 0, err));
	s->transaction = true;
	if (answered(s)) {
		RQ_TRY(count(&searched->vectors, s, "IS NOT NULL", most, err));
		if (searched->vectors < most)
			RQ_TRY(count(&searched->without, s, "IS NULL", most, err));
		searched->documents = most;
	}
	return RQ_OK;
}

static enum rq_status tell(void *opaque, const char **scan,
                           enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                           struct rq_error *err)
{
	struct state *s = opaque;
	RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};
	bool served = rq_pg_index_served(&s->searched);

	if (scan != NULL)
		*scan = s->scan_words.data;
	if (s->scan_words.data == NULL) /* nothing was searched */
		return RQ_OK;
	rq_buf_printf(&out, "pgvector %s in PostgreSQL %s: %s", s->server.extension, s->server.version, s->scan_words.data);
	if (!served && s->searched.explain.filtered.count == 0) {
		rq_buf_puts(&out, "; ");
		rq_pg_why_no_index(&out, &s->searched, s->options, &s->column, s->context.distance);
	}
	RQ_TRY(rq_buf_check(&out, err));
	RQ_TRY(say(context, !served, out.data, err));
	enum rq_status status = count_vectors(s, err);
	end_transaction(s);
	if (status != RQ_OK && status != RQ_E_UNAVAILABLE) /* a table that takes too long to count is none the worse for it */
		return status;
	return rq_pg_warn(&s->searched, s->options, say, context, err);
}

static enum rq_status size(void *opaque, double *bytes, const char **absent, struct rq_error *err)
{
	struct state *s = opaque;
	const struct rq_explain_scan *scan = &s->searched.explain.ordered;

	*absent = !rq_pg_index_served(&s->searched) ? "not measured: no index served the search"
	          : scan->count > 1                 ? "not measured: several indexes served the search"
	                                            : NULL;
	if (*absent != NULL)
		return RQ_OK;
	if (s->pg.link == NULL)
		RQ_TRY(rq_pg_reopen(&s->pg, err));
	return rq_pg_relation_size(bytes, &s->pg, scan->schema, scan->index, err);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A condition may choose the rows of one model. */
static bool pgvector_same(const void *options, const void *others)
{
	const struct rq_pgvector_options *a = options, *b = others;

	return same_text(a->dsn_env, b->dsn_env) && same_text(a->table, b->table) && same_text(a->vector, b->vector) && same_text(a->where, b->where) &&
	       same_text(a->sql, b->sql);
}

const struct rq_retriever rq_retriever_pgvector = {
	.name = "pgvector",
	.help = "the nearest rows of a PostgreSQL table with pgvector, as the database finds them",
	.citation = "pgvector, github.com/pgvector/pgvector; libpq of PostgreSQL",
	.options = rq_pgvector_option_table,
	.options_size = sizeof(struct rq_pgvector_options),
	.wants_vectors = wants_vectors,
	.check = rq_pgvector_check,
	.ready = ready,
	.describe = rq_pgvector_describe,
	.same = pgvector_same,
	.open = open_state,
	.search = search,
	.tell = tell,
	.size = size,
	.close = close_state,
};
