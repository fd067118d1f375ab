#include "evalcore/retriever/pgvector/findings.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"

#include <stdio.h>
#include <string.h>

static const struct rq_pg_index *scanned(const struct rq_pg_searched *searched)
{
	for (size_t i = 0; i < searched->indexes.count; i++)
		if (strcmp(searched->indexes.items[i].name, searched->explain.ordered.index) == 0)
			return &searched->indexes.items[i];
	return NULL;
}

static bool is_method(const struct rq_pg_index *index, const char *method)
{
	return index != NULL && strcmp(index->method, method) == 0;
}

bool rq_pg_index_served(const struct rq_pg_searched *searched)
{
	return searched->explain.ordered.count > 0 && searched->explain.sequential.count == 0;
}

/* "hnsw index scan", "sequential scan" */
static const char *scan_word(char out[RQ_PG_NAME], const struct rq_pg_searched *searched)
{
	const struct rq_pg_index *index = scanned(searched);

	if (searched->explain.ordered.count > 0)
		snprintf(out, RQ_PG_NAME, "%s%.40s%sindex scan", rq_pg_index_served(searched) ? "" : "partly ", index == NULL ? "" : index->method,
		         index == NULL ? "" : " ");
	else if (searched->explain.sequential.count > 0)
		snprintf(out, RQ_PG_NAME, "sequential scan");
	else if (searched->explain.filtered.count > 0)
		snprintf(out, RQ_PG_NAME, "exact scan of filtered rows");
	else
		snprintf(out, RQ_PG_NAME, "%.50s", searched->explain.top);
	return out;
}

static void add_place(struct rq_buf *out, const char *words, const char *name, size_t count)
{
	rq_buf_printf(out, "%s %s", words, name);
	if (count > 1)
		rq_buf_printf(out, " and %zu more", count - 1);
}

static void add_index_scan(struct rq_buf *out, const struct rq_pg_searched *searched)
{
	const struct rq_pg_index *index = scanned(searched);

	add_place(out, " on", searched->explain.ordered.index, searched->explain.ordered.count);
	if (is_method(index, "hnsw"))
		rq_buf_printf(out, ", hnsw.ef_search %s", searched->parameters.ef_search);
	if (is_method(index, "ivfflat"))
		rq_buf_printf(out, ", ivfflat.probes %s of %s lists", searched->parameters.probes, index->lists);
	if (searched->explain.sequential.count > 0)
		rq_buf_puts(out, ", with a sequential scan");
}

void rq_pg_scan_words(struct rq_buf *out, const struct rq_pg_searched *searched)
{
	const struct rq_explain *explain = &searched->explain;
	char word[RQ_PG_NAME];

	rq_buf_puts(out, scan_word(word, searched));
	if (explain->ordered.count > 0)
		add_index_scan(out, searched);
	if (explain->sequential.count > 0) {
		add_place(out, " of", explain->sequential.relation, explain->sequential.count);
		rq_buf_printf(out, " (about %s row%s)", rq_grouped((uint64_t)explain->sequential.rows).text, (uint64_t)explain->sequential.rows == 1 ? "" : "s");
	} else if (explain->ordered.count == 0 && explain->filtered.count > 0) {
		add_place(out, " through", explain->filtered.index, explain->filtered.count);
	}
}

/* ---- why no index serves a search ---- */

/* Is it an index of the column itself? A template says its column nowhere. */
static bool on_column(const struct rq_pg_index *index, const struct rq_pgvector_options *options)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf quoted = {0};
	const char *name = options->vector == NULL ? "embedding" : options->vector;

	rq_pg_quote_name(&quoted, name);
	return options->sql != NULL || strcmp(index->column, name) == 0 || (!quoted.failed && strcmp(index->column, quoted.data) == 0);
}

static void why_not(struct rq_buf *out, const struct rq_pg_index *index, const struct rq_pgvector_options *options, const struct rq_pg_column *column,
                    enum rq_distance distance)
{
	char wanted[RQ_PG_NAME];

	rq_pgvector_operators(wanted, column->type, distance);
	if (!index->valid)
		rq_buf_printf(out, "index %s is not valid, as a build that broke off leaves it; REINDEX it", index->name);
	else if (!on_column(index, options))
		rq_buf_printf(out, "index %s is on %s, and the query asks for column %s", index->name, index->column,
		              options->vector == NULL ? "embedding" : options->vector);
	else if (options->table != NULL && strcmp(index->operators, wanted) != 0)
		rq_buf_printf(out, "index %s is on %s, and the query's distance needs %s", index->name, index->operators, wanted);
	else if (index->partial)
		rq_buf_printf(out, "index %s holds only the rows of its own condition, which the query's does not imply", index->name);
	else
		rq_buf_printf(out,
		              "index %s (%s %s) is there, and the planner does without it; compare with \"settings\": {\"enable_seqscan\": false}, and "
		              "ANALYZE the table",
		              index->name, index->method, index->operators);
}

void rq_pg_why_no_index(struct rq_buf *out, const struct rq_pg_searched *searched, const struct rq_pgvector_options *options,
                        const struct rq_pg_column *column, enum rq_distance distance)
{
	if (searched->indexes.count == 0)
		rq_buf_puts(out, "the table has no vector index, so every row is compared");
	for (size_t i = 0; i < searched->indexes.count; i++) {
		if (i > 0)
			rq_buf_puts(out, "; ");
		why_not(out, &searched->indexes.items[i], options, column, distance);
	}
}

/* ---- what else is odd ---- */

static bool number(uint64_t *value, const char *text)
{
	return rq_parse_u64(value, text, strlen(text));
}

static void add_depth(struct rq_buf *out, const struct rq_pg_searched *searched)
{
	const struct rq_pg_index *index = scanned(searched);
	uint64_t ef = 0, probes = 0, lists = 0;

	if (is_method(index, "hnsw") && number(&ef, searched->parameters.ef_search) && ef < searched->k &&
	    (searched->parameters.hnsw_iterative[0] == '\0' || strcmp(searched->parameters.hnsw_iterative, "off") == 0))
		rq_buf_printf(out, "hnsw.ef_search %llu is below the %zu documents asked for, and such a scan finds no more than that; raise \"ef_search\"",
		              (unsigned long long)ef, searched->k);
	else if (is_method(index, "ivfflat") && number(&probes, searched->parameters.probes) && number(&lists, index->lists) && probes == 1 && lists > 1)
		rq_buf_printf(out, "ivfflat.probes is 1 of %llu lists, so a search looks at about one row in %llu; raise \"probes\"",
		              (unsigned long long)lists, (unsigned long long)lists);
}

/* An option that belongs to the other kind of index changes nothing, though the report's title names it. */
static void add_idle(struct rq_buf *out, const struct rq_pg_searched *searched, const struct rq_pgvector_options *options)
{
	const struct rq_pg_index *index = scanned(searched);
	const char *idle = is_method(index, "hnsw") && options->probes > 0                ? "probes"
	                   : is_method(index, "ivfflat") && options->ef_search > 0         ? "ef_search"
	                   : is_method(index, "ivfflat") && options->iterative_scan != NULL ? "iterative_scan"
	                                                                                   : NULL;

	if (idle != NULL)
		rq_buf_printf(out, "\"%s\" is set and has no effect: %s is an %s index, which goes by \"%s\"", idle, index->name, index->method,
		              is_method(index, "hnsw") ? "ef_search" : "probes");
}

static void add_missing(struct rq_buf *out, const struct rq_pg_searched *searched, const struct rq_pgvector_options *options)
{
	if (searched->vectors >= searched->documents)
		return;
	rq_buf_printf(out, "of the table's rows%s %s %s a vector, and the corpus has %s documents, so some cannot be found",
	              options->where == NULL ? "" : " that \"where\" leaves", rq_grouped(searched->vectors).text, searched->vectors == 1 ? "has" : "have",
	              rq_grouped(searched->documents).text);
	if (searched->without > 0)
		rq_buf_printf(out, "; %s more %s none (NULL)", rq_grouped(searched->without).text, searched->without == 1 ? "holds" : "hold");
}

static enum rq_status say_and_clear(struct rq_buf *sentence,
                                    enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                                    struct rq_error *err)
{
	RQ_TRY(rq_buf_check(sentence, err));
	if (sentence->size > 0)
		RQ_TRY(say(context, true, sentence->data, err));
	rq_buf_clear(sentence);
	return RQ_OK;
}

enum rq_status rq_pg_warn(const struct rq_pg_searched *searched, const struct rq_pgvector_options *options,
                          enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                          struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};

	add_depth(&out, searched);
	RQ_TRY(say_and_clear(&out, say, context, err));
	add_idle(&out, searched, options);
	RQ_TRY(say_and_clear(&out, say, context, err));
	add_missing(&out, searched, options);
	RQ_TRY(say_and_clear(&out, say, context, err));
	if (searched->short_topics > 0)
		rq_buf_printf(&out, "%s of %s searches came back with fewer rows than asked for, the shortest with %zu of %zu",
		              rq_grouped(searched->short_topics).text, rq_grouped(searched->searches).text, searched->least, searched->k);
	RQ_TRY(say_and_clear(&out, say, context, err));
	if (2 * searched->reversed > searched->searches)
		rq_buf_printf(&out, "%s of %s searches brought their worst rows first, and were sorted: is the second column what \"score\" says, a "
		              "distance or a score?",
		              rq_grouped(searched->reversed).text, rq_grouped(searched->searches).text);
	RQ_TRY(say_and_clear(&out, say, context, err));
	if (searched->no_distance > 0)
		rq_buf_printf(&out, "%s row%s back without a distance (NULL, or NaN, which a vector of zeros gives) and %s left out",
		              rq_grouped(searched->no_distance).text, searched->no_distance == 1 ? " came" : "s came", searched->no_distance == 1 ? "is" : "are");
	RQ_TRY(say_and_clear(&out, say, context, err));
	if (searched->repeated > 0)
		rq_buf_printf(&out, "%s row%s a document of the same search, of which the best row counts", rq_grouped(searched->repeated).text,
		              searched->repeated == 1 ? " repeats" : "s repeat");
	RQ_TRY(say_and_clear(&out, say, context, err));
	if (searched->beyond > 0)
		rq_buf_printf(&out, "%s row%s back beyond the number asked for and %s left out; is there a LIMIT $2?",
		              rq_grouped(searched->beyond).text, searched->beyond == 1 ? " came" : "s came", searched->beyond == 1 ? "is" : "are");
	return say_and_clear(&out, say, context, err);
}
