/* The retriever against a real pgvector: a table of 400 random vectors, of which the right neighbours are computed here. */
#include "evalcore/base/memory.h"
#include "evalcore/base/random.h"
#include "evalcore/base/secret.h"
#include "evalcore/retriever/retriever.h"
#include "tests/node/pgvector_server.h"

#include <math.h>

extern const struct rq_retriever rq_retriever_pgvector;

enum { ROWS = 400, DIMENSION = 8, TOPICS = 12, ANSWERS = 64 };

static size_t documents; /* of the corpus that the table should hold; 0: nobody says */
static float rows[ROWS][DIMENSION], topics[TOPICS][DIMENSION];
static char csv[64];
static struct pgvector_server server;

/* ---- the collection ---- */

static void fill(float (*out)[DIMENSION], size_t count, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < DIMENSION; j++)
			out[i][j] = (float)(rq_random_unit(&random) - 0.5);
}

static void write_csv(void)
{
	snprintf(csv, sizeof csv, "/tmp/rqgate-pgvector-XXXXXX");
	int fd = mkstemp(csv);
	ck_assert_int_ge(fd, 0);
	FILE *out = fdopen(fd, "w");
	fprintf(out, "id,embedding\n");
	for (size_t i = 0; i < ROWS; i++) {
		fprintf(out, "d%zu,\"[", i);
		for (size_t j = 0; j < DIMENSION; j++)
			fprintf(out, "%s%.9g", j == 0 ? "" : ",", (double)rows[i][j]);
		fprintf(out, "]\"\n");
	}
	fclose(out);
}

/* One server for all tests: what they need of it are tables. */
static void start(void)
{
	if (!pgvector_server_there())
		return;
	fill(rows, ROWS, 1);
	fill(topics, TOPICS, 2);
	write_csv();
	server = pgvector_server_start((const char *const[]){
		"--csv", csv, "--sql",
		"CREATE TABLE graph AS SELECT * FROM items; CREATE INDEX graph_idx ON graph USING hnsw (embedding vector_cosine_ops); ANALYZE graph", "--sql",
		"CREATE TABLE lists AS SELECT * FROM items; CREATE INDEX lists_idx ON lists USING ivfflat (embedding vector_cosine_ops) WITH (lists = 20); "
	    "ANALYZE lists",
		"--sql", "CREATE TABLE other AS SELECT * FROM items; CREATE INDEX other_l2 ON other USING hnsw (embedding vector_l2_ops)", "--sql",
		"CREATE SCHEMA \"Odd.one\"; CREATE TABLE \"Odd.one\".\"It\"\"ems\" AS SELECT id AS \"Doc id\", embedding::halfvec(8) AS half, "
	    "embedding::sparsevec(8) AS sparse, "
		"1 AS number, B'101' AS bits FROM items",
		"--sql", "CREATE TABLE few AS SELECT * FROM items WHERE id IN ('d1', 'd2', 'd3')", "--sql",
		"CREATE TABLE zero AS SELECT * FROM few; INSERT INTO zero VALUES ('zero', '[0,0,0,0,0,0,0,0]'), ('none', NULL)", NULL});
	setenv("TEST_DSN", server.dsn, 1);
	remove(csv);
}

static void stop(void)
{
	pgvector_server_stop(&server, false);
	rq_secrets_forget();
}

/* ---- a search ---- */

struct said {
	char text[2048]; /* a line each, warnings with "! " before them */
};

struct found {
	size_t count;
	char ids[ANSWERS][16];
	double scores[ANSWERS], seconds;
	char reason[600];
	unsigned attempts;
};

struct searcher {
	void *state, *options;
	struct rq_arena arena;
	rq_json *json;
	struct found found[TOPICS];
};

static enum rq_status answered(void *context, size_t question, const struct rq_answer *answer, struct rq_error *err)
{
	struct found *found = &((struct searcher *)context)->found[question];

	(void)err;
	ck_assert_uint_le(answer->count, ANSWERS);
	found->count = answer->count;
	found->seconds = answer->seconds;
	for (size_t i = 0; i < answer->count; i++) {
		snprintf(found->ids[i], sizeof found->ids[i], "%s", answer->documents[i].document);
		found->scores[i] = answer->documents[i].score;
	}
	return RQ_OK;
}

static enum rq_status failed(void *context, size_t question, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	struct found *found = &((struct searcher *)context)->found[question];

	(void)err;
	snprintf(found->reason, sizeof found->reason, "%s", reason);
	found->attempts = attempts;
	found->seconds = seconds;
	return RQ_OK;
}

static enum rq_status keep(void *context, bool warning, const char *text, struct rq_error *err)
{
	struct said *said = context;
	size_t length = strlen(said->text);

	(void)err;
	snprintf(said->text + length, sizeof said->text - length, "%s%s\n", warning ? "! " : "", text);
	return RQ_OK;
}

/* Options without dsn_env, in single quotes. */
static enum rq_status open_searcher(struct searcher *s, const char *options, enum rq_distance distance, size_t dimension, struct rq_error *err)
{
	const struct rq_retriever *r = &rq_retriever_pgvector;
	struct rq_retriever_context context = {.place = "baseline.index", .distance = distance, .dimension = dimension, .k = 10, .documents = documents};
	char json[1024];

	*s = (struct searcher){0};
	snprintf(json, sizeof json, "{%s%s}", strstr(options, "dsn_env") != NULL ? "" : "'dsn_env': 'TEST_DSN', ", options);
	for (char *at = json; *at != '\0'; at++)
		if (*at == '\'' && (at == json || at[-1] != '\\'))
			*at = '"';
	for (char *at = json; *at != '\0'; at++)
		if (*at == '`') /* a quote within SQL */
			*at = '\'';
	ck_assert_int_eq(rq_json_parse(&s->json, json, strlen(json), "options", err), RQ_OK);
	s->options = rq_arena_alloc(&s->arena, 1, r->options_size);
	RQ_TRY(rq_options_parse(s->options, r->options, s->json, "", "", &s->arena, err));
	RQ_TRY(r->check(s->options, err));
	return r->open(&s->state, s->options, &context, err);
}

static void close_searcher(struct searcher *s)
{
	rq_retriever_pgvector.close(s->state);
	rq_json_free(s->json);
	rq_arena_release(&s->arena);
}

static enum rq_status ask(struct searcher *s, size_t count, size_t k, struct rq_error *err)
{
	struct rq_question questions[TOPICS];
	struct rq_search_work work = {.questions = questions, .count = count, .context = s, .answered = answered, .failed = failed};

	for (size_t i = 0; i < count; i++)
		questions[i] = (struct rq_question){.topic = "t", .text = "text", .vector = topics[i], .k = k};
	return rq_retriever_pgvector.search(s->state, &work, err);
}

static void search(struct searcher *s, const char *options, enum rq_distance distance, size_t k)
{
	struct rq_error err = {0};

	ck_assert_msg(open_searcher(s, options, distance, DIMENSION, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(ask(s, TOPICS, k, &err) == RQ_OK, "%s", err.text);
}

/* What the run ends with, from open() or search(). */
static const char *refusal(const char *options, enum rq_distance distance, size_t dimension, enum rq_status expected)
{
	static struct rq_error err;
	struct searcher s;
	enum rq_status status = open_searcher(&s, options, distance, dimension, &err);

	if (status == RQ_OK)
		status = ask(&s, 1, 10, &err);
	ck_assert_msg(status == expected, "%d: %s", status, status == RQ_OK ? "" : err.text);
	close_searcher(&s);
	return err.text;
}

static const char *told(struct searcher *s)
{
	static struct said said;
	const char *scan = NULL;
	struct rq_error err;

	said.text[0] = '\0';
	ck_assert_int_eq(rq_retriever_pgvector.tell(s->state, &scan, keep, &said, &err), RQ_OK);
	ck_assert(strstr(said.text, scan) != NULL);
	const char *start = strstr(said.text, "pgvector 0."), *end = start == NULL ? NULL : strstr(start, ": ");
	ck_assert_ptr_nonnull(end);
	memmove(said.text + (start - said.text), end + 2, strlen(end + 2) + 1); /* versions are the package's */
	return said.text;
}

/* ---- the truth ---- */

static double score(const float *a, const float *b, enum rq_distance distance)
{
	double ab = 0, aa = 0, bb = 0, apart = 0;

	for (size_t j = 0; j < DIMENSION; j++) {
		ab += (double)a[j] * b[j];
		aa += (double)a[j] * a[j];
		bb += (double)b[j] * b[j];
		apart += ((double)a[j] - b[j]) * ((double)a[j] - b[j]);
	}
	return distance == RQ_DISTANCE_COSINE ? ab / sqrt(aa * bb) : distance == RQ_DISTANCE_IP ? ab : 0 - sqrt(apart);
}

/* How many of the k nearest of all rows were found; each score must be the row's. */
static size_t right(const struct found *found, const float *topic, enum rq_distance distance, size_t k, double tolerance)
{
	size_t hits = 0;

	for (size_t i = 0; i < found->count; i++) {
		size_t row = (size_t)strtoul(found->ids[i] + 1, NULL, 10), better = 0;
		double own = score(topic, rows[row], distance);
		ck_assert_double_eq_tol(found->scores[i], own, tolerance);
		ck_assert(i == 0 || found->scores[i] <= found->scores[i - 1]);
		for (size_t other = 0; other < ROWS; other++)
			better += score(topic, rows[other], distance) > own + tolerance;
		hits += better < k;
	}
	return hits;
}

static size_t all_right(const struct searcher *s, enum rq_distance distance, size_t k, double tolerance)
{
	size_t hits = 0;

	for (size_t t = 0; t < TOPICS; t++)
		hits += right(&s->found[t], topics[t], distance, k, tolerance);
	return hits;
}

START_TEST(a_full_scan_is_exact_and_told)
{
	if (server.pid == 0)
		return;
	for (int distance = 0; distance < 3; distance++) {
		struct searcher s;
		search(&s, "'table': 'items'", (enum rq_distance)distance, 10);
		ck_assert_uint_eq(all_right(&s, (enum rq_distance)distance, 10, 1e-6), (size_t)10 * TOPICS);
		ck_assert(s.found[0].seconds > 0);
		ck_assert_str_eq(told(&s), "! sequential scan of items (about 400 rows); the table has no vector index, so every row is compared\n");
		close_searcher(&s);
	}
}
END_TEST

START_TEST(an_index_scan_is_told)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'graph', 'ef_search': 60, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_str_eq(told(&s), "hnsw index scan on graph_idx, hnsw.ef_search 60\n");
	ck_assert_uint_ge(all_right(&s, RQ_DISTANCE_COSINE, 10, 1e-6), (size_t)10 * TOPICS * 9 / 10);
	close_searcher(&s);
	search(&s, "'table': 'lists', 'probes': 20, 'settings': {'enable_seqscan': 'off'}", RQ_DISTANCE_COSINE, 10);
	ck_assert_str_eq(told(&s), "ivfflat index scan on lists_idx, ivfflat.probes 20 of 20 lists\n");
	ck_assert_uint_eq(all_right(&s, RQ_DISTANCE_COSINE, 10, 1e-6), (size_t)10 * TOPICS);
	ck_assert_ptr_null(strstr(told(&s), "worst rows first"));
	close_searcher(&s);
	search(&s, "'sql': 'SELECT id, embedding <=> $1 FROM items ORDER BY 2 LIMIT $2', 'score': 'score'", RQ_DISTANCE_COSINE, 10);
	ck_assert_ptr_nonnull(strstr(told(&s), "searches brought their worst rows first, and were sorted: is the second column what "
	                                        "\"score\" says, a distance or a score?\n"));
	close_searcher(&s);
}
END_TEST

/* Against what the catalogue says, asked for in a statement of its own. */
START_TEST(an_index_has_a_size)
{
	struct searcher s;
	struct rq_error err = {0};
	const char *absent = "";
	double bytes = NAN;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'graph', 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_msg(rq_retriever_pgvector.size(s.state, &bytes, &absent, &err) == RQ_OK, "%s", err.text);
	ck_assert_ptr_null(absent);
	ck_assert(bytes >= ROWS * DIMENSION * sizeof(float));
	close_searcher(&s);
	search(&s,
	       "'score': 'score', 'sql': 'SELECT id, pg_relation_size((SELECT indexrelid FROM pg_index WHERE indrelid = (SELECT tableoid FROM graph LIMIT 1))) + 0 * "
	       "(embedding <=> $1) FROM few LIMIT $2'",
	       RQ_DISTANCE_COSINE, 1);
	ck_assert_double_eq(s.found[0].scores[0], bytes);
	close_searcher(&s);
	search(&s, "'table': 'items'", RQ_DISTANCE_COSINE, 10);
	ck_assert_int_eq(rq_retriever_pgvector.size(s.state, &bytes, &absent, &err), RQ_OK);
	ck_assert_str_eq(absent, "not measured: no index served the search");
	close_searcher(&s);
}
END_TEST

/* Parameters hold in their own search: the first searcher's are not the second's, although PGlite has one session for both. */
START_TEST(two_searchers_keep_their_parameters)
{
	struct searcher one, all;
	struct rq_error err;

	if (server.pid == 0)
		return;
	search(&all, "'table': 'lists', 'probes': 20, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	search(&one, "'table': 'lists', 'probes': 1, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	size_t found = all_right(&one, RQ_DISTANCE_COSINE, 10, 1e-6);
	ck_assert_uint_lt(found, (size_t)10 * TOPICS);
	ck_assert_int_eq(ask(&all, TOPICS, 10, &err), RQ_OK);
	ck_assert_uint_eq(all_right(&all, RQ_DISTANCE_COSINE, 10, 1e-6), (size_t)10 * TOPICS);
	ck_assert_int_eq(ask(&one, TOPICS, 10, &err), RQ_OK);
	ck_assert_uint_eq(all_right(&one, RQ_DISTANCE_COSINE, 10, 1e-6), found);
	ck_assert(strstr(told(&one), "! ivfflat.probes is 1 of 20 lists, so a search looks at about one row in 20; raise \"probes\"\n") != NULL);
	close_searcher(&one);
	close_searcher(&all);
}
END_TEST

START_TEST(a_graph_that_is_searched_too_narrowly_is_a_warning)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'graph', 'ef_search': 5, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_uint_eq(s.found[0].count, 5);
	ck_assert_str_eq(told(&s),
	                 "hnsw index scan on graph_idx, hnsw.ef_search 5\n"
	                 "! hnsw.ef_search 5 is below the 10 documents asked for, and such a scan finds no more than that; raise \"ef_search\"\n"
	                 "! 12 of 12 searches came back with fewer rows than asked for, the shortest with 5 of 10\n");
	close_searcher(&s);
	search(&s, "'table': 'graph', 'ef_search': 5, 'iterative_scan': 'strict_order', 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_uint_eq(s.found[0].count, 10);
	ck_assert_str_eq(told(&s), "hnsw index scan on graph_idx, hnsw.ef_search 5\n");
	close_searcher(&s);
}
END_TEST

START_TEST(an_index_that_serves_another_distance_is_named)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'other'", RQ_DISTANCE_COSINE, 10);
	ck_assert_ptr_nonnull(strstr(told(&s), "; index other_l2 is on vector_l2_ops, and the query's distance needs vector_cosine_ops\n"));
	close_searcher(&s);
	ck_assert_ptr_nonnull(strstr(refusal("'table': 'other', 'expect': 'index'", RQ_DISTANCE_COSINE, DIMENSION, RQ_E_CONFIG),
	                             "baseline.index.expect: \"index\" is expected, and the plan is a sequential scan of other"));
	search(&s, "'table': 'other', 'expect': 'index', 'settings': {'enable_seqscan': false}", RQ_DISTANCE_L2, 10);
	close_searcher(&s);
}
END_TEST

START_TEST(names_and_types_are_the_tables_own)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': '\\\"Odd.one\\\".\\\"It\\\"\\\"ems\\\"', 'id': 'Doc id', 'vector': 'half'", RQ_DISTANCE_COSINE, 10);
	ck_assert_uint_ge(all_right(&s, RQ_DISTANCE_COSINE, 10, 2e-3), (size_t)10 * TOPICS);
	close_searcher(&s);
	search(&s, "'table': '\\\"Odd.one\\\".\\\"It\\\"\\\"ems\\\"', 'id': 'Doc id', 'vector': 'sparse'", RQ_DISTANCE_L2, 10);
	ck_assert_uint_eq(all_right(&s, RQ_DISTANCE_L2, 10, 1e-6), (size_t)10 * TOPICS);
	close_searcher(&s);
}
END_TEST

START_TEST(a_condition_and_a_statement_search_what_they_say)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'items', 'where': 'id IN (`d7`, `d8`, `d9`) OR false'", RQ_DISTANCE_IP, 10);
	ck_assert_uint_eq(s.found[3].count, 3);
	ck_assert_ptr_null(strstr(told(&s), "fewer rows")); /* there are no more */
	close_searcher(&s);
	search(&s, "'sql': 'SELECT id, embedding <-> $1 FROM items ORDER BY 2 LIMIT $2'", RQ_DISTANCE_L2, 10);
	ck_assert_uint_eq(all_right(&s, RQ_DISTANCE_L2, 10, 1e-6), (size_t)10 * TOPICS);
	close_searcher(&s);
	search(&s, "'sql': 'SELECT id, 1 - (embedding <=> $1) FROM items ORDER BY 2 DESC LIMIT $2', 'score': 'score'", RQ_DISTANCE_COSINE, 10);
	ck_assert_uint_eq(all_right(&s, RQ_DISTANCE_COSINE, 10, 1e-6), (size_t)10 * TOPICS);
	close_searcher(&s);
}
END_TEST

START_TEST(rows_that_cannot_count_are_left_out_and_told)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'zero'", RQ_DISTANCE_COSINE, 5);
	ck_assert_uint_eq(s.found[0].count, 3);
	ck_assert_ptr_nonnull(
		strstr(told(&s), "! 24 rows came back without a distance (NULL, or NaN, which a vector of zeros gives) and are left out\n"));
	close_searcher(&s);
	search(&s, "'sql': 'SELECT upper(left(id, 2)), embedding <=> $1 FROM items WHERE $2 > 0'", RQ_DISTANCE_COSINE, 5);
	ck_assert_uint_eq(s.found[0].count, 5);
	ck_assert_ptr_nonnull(strstr(told(&s), "rows repeat a document of the same search, of which the best row counts\n"));
	ck_assert_ptr_nonnull(strstr(told(&s), "! 60 rows came back beyond the number asked for and are left out; is there a LIMIT $2?\n"));
	close_searcher(&s);
}
END_TEST

START_TEST(a_table_that_lacks_some_of_the_corpus_is_a_warning)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	documents = ROWS;
	search(&s, "'table': 'items'", RQ_DISTANCE_COSINE, 10);
	ck_assert_ptr_null(strstr(told(&s), "corpus"));
	close_searcher(&s);
	documents = 5;
	search(&s, "'table': 'zero'", RQ_DISTANCE_COSINE, 3);
	ck_assert_ptr_nonnull(strstr(told(&s), "! of the table's rows 4 have a vector, and the corpus has 5 documents, so some cannot be found; 1 more holds none (NULL)\n"));
	ck_assert_int_eq(ask(&s, 1, 3, &(struct rq_error){0}), RQ_OK);
	ck_assert_uint_eq(s.found[0].count, 3);
	close_searcher(&s);
	search(&s, "'table': 'items', 'where': 'id IN (`d7`, `d8`, `d9`)'", RQ_DISTANCE_COSINE, 3);
	ck_assert_ptr_nonnull(strstr(told(&s), "! of the table's rows that \"where\" leaves 3 have a vector, and the corpus has 5 documents, so some cannot be found\n"));
	close_searcher(&s);
	documents = 0;
}
END_TEST

START_TEST(an_option_of_another_kind_of_index_is_a_warning)
{
	struct searcher s;

	if (server.pid == 0)
		return;
	search(&s, "'table': 'lists', 'probes': 20, 'ef_search': 20, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_str_eq(told(&s), "ivfflat index scan on lists_idx, ivfflat.probes 20 of 20 lists\n"
	                           "! \"ef_search\" is set and has no effect: lists_idx is an ivfflat index, which goes by \"probes\"\n");
	close_searcher(&s);
	search(&s, "'table': 'graph', 'probes': 3, 'settings': {'enable_seqscan': false}", RQ_DISTANCE_COSINE, 10);
	ck_assert_str_eq(told(&s), "hnsw index scan on graph_idx, hnsw.ef_search 40\n"
	                           "! \"probes\" is set and has no effect: graph_idx is an hnsw index, which goes by \"ef_search\"\n");
	close_searcher(&s);
}
END_TEST

START_TEST(what_the_database_lacks_is_said)
{
	static const struct {
		const char *options, *sentence;
		size_t dimension;
	} cases[] = {
		{"'table': 'itms'", "baseline.index.table: the database of \"TEST_DSN\" has no table \"itms\" that its user can see; tables with vectors: "
		                    "Odd.one.It\"ems, few, graph, items, lists ...", DIMENSION},
		{"'table': 'items', 'id': 'doc'", "baseline.index.id: table \"items\" has no column \"doc\"; its columns: id, embedding", DIMENSION},
		{"'table': 'items', 'vector': 'vec'", "baseline.index.vector: table \"items\" has no column \"vec\"; its columns: id, embedding", DIMENSION},
		{"'table': 'items', 'vector': 'id'", "baseline.index.vector: column \"id\" is of type text; expected vector, halfvec or sparsevec", DIMENSION},
		{"'table': '\\\"Odd.one\\\".\\\"It\\\"\\\"ems\\\"', 'id': 'Doc id', 'vector': 'bits'",
		 "baseline.index.vector: column \"bits\" holds bits, which are compared otherwise; give \"sql\" instead of \"table\", with binary_quantize($1)", DIMENSION},
		{"'table': 'items'", "baseline.index: column \"embedding\" of table \"items\" holds vectors of 8 dimensions, and the embedder makes 7; search with the embedder that "
		                     "filled the table", 7},
		{"'table': 'items', 'where': 'nowhere = 1'", "baseline.index.where: the server refuses the query: column \"nowhere\" does not exist", DIMENSION},
		{"'table': 'My.S.x'", "table: \"My.S.x\" is no name of a table; expected \"items\" or \"schema.items\", and double quotes around a part that has dots or "
		                      "quotes within: \"My.S\".items", DIMENSION},
		{"'sql': 'SELEC id $1 $2'", "baseline.index.sql: the server refuses the query: syntax error at or near \"SELEC\"", DIMENSION},
		{"'sql': 'SELECT id FROM items ORDER BY embedding <=> $1 LIMIT $2'",
	     "baseline.index.sql: the statement gives 1 column; expected two at least, the document id and its distance", DIMENSION},
		{"'sql': 'SELECT NULL, embedding <=> $1 FROM items LIMIT $2'", "baseline.index.sql: a row came back without a document id (NULL)", DIMENSION},
		{"'sql': 'SELECT embedding <=> $1, id FROM items ORDER BY id LIMIT $2'", "baseline.index.sql: the second column, \"d0\", is no number", DIMENSION},
		{"'table': 'items', 'settings': {'hnsw.ef_serch': 3}", "baseline.index.settings.hnsw.ef_serch: the server knows no parameter \"hnsw.ef_serch\"; did you mean "
		                                                      "\"hnsw.ef_search\"?", DIMENSION},
		{"'table': 'items', 'settings': {'hnsw.ef_search': 3000}", "baseline.index: the server does not take the parameters of this run: 3000 is outside the valid range for parameter "
		                                                          "\"hnsw.ef_search\" (1 .. 1000)", DIMENSION},
		{"'sql': 'DELETE FROM items WHERE embedding <=> $1 < $2 RETURNING id, 1'", "baseline.index.sql: the server refuses the query: cannot execute DELETE in a read-only transaction",
		 DIMENSION},
	};

	if (server.pid == 0)
		return;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		ck_assert_str_eq(refusal(cases[i].options, RQ_DISTANCE_COSINE, cases[i].dimension, RQ_E_CONFIG), cases[i].sentence);
}
END_TEST

START_TEST(a_query_that_takes_too_long_is_a_failed_topic)
{
	struct searcher s;
	struct rq_error err;

	if (server.pid == 0)
		return;
	ck_assert_int_eq(open_searcher(&s, "'timeout': '2s', 'connect_timeout': '1m', 'sql': 'SELECT id, 1 FROM items, pg_sleep(5) WHERE embedding <=> $1 < 9 LIMIT $2'",
	                               RQ_DISTANCE_COSINE, DIMENSION, &err),
	                 RQ_OK);
	ck_assert_int_eq(ask(&s, 1, 1, &err), RQ_OK);
	ck_assert_uint_eq(s.found[0].attempts, 2);
	ck_assert_msg(strcmp(s.found[0].reason, "no answer within 2 s") == 0 || strstr(s.found[0].reason, "statement timeout") != NULL, "%s",
	              s.found[0].reason);
	close_searcher(&s);
}
END_TEST

Suite *pgvector_suite(void)
{
	Suite *suite = suite_create("pgvector");
	TCase *c = tcase_create("server");

	tcase_set_timeout(c, 120);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, a_full_scan_is_exact_and_told);
	tcase_add_test(c, an_index_scan_is_told);
	tcase_add_test(c, an_index_has_a_size);
	tcase_add_test(c, two_searchers_keep_their_parameters);
	tcase_add_test(c, a_graph_that_is_searched_too_narrowly_is_a_warning);
	tcase_add_test(c, an_index_that_serves_another_distance_is_named);
	tcase_add_test(c, names_and_types_are_the_tables_own);
	tcase_add_test(c, a_condition_and_a_statement_search_what_they_say);
	tcase_add_test(c, rows_that_cannot_count_are_left_out_and_told);
	tcase_add_test(c, a_table_that_lacks_some_of_the_corpus_is_a_warning);
	tcase_add_test(c, an_option_of_another_kind_of_index_is_a_warning);
	tcase_add_test(c, what_the_database_lacks_is_said);
	suite_add_tcase(suite, c);
	c = tcase_create("late"); /* a server of its own: PGlite goes on with what it was told to cancel */
	tcase_set_timeout(c, 120);
	tcase_add_unchecked_fixture(c, start, stop);
	tcase_add_test(c, a_query_that_takes_too_long_is_a_failed_topic);
	suite_add_tcase(suite, c);
	return suite;
}
