/* Reads batches with all that belongs to them. */
#include "evalcore/memory/history.h"

#include "evalcore/memory/sql.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void rq_history_release(struct rq_history *history)
{
	free(history->batches);
	rq_arena_release(&history->arena);
	*history = (struct rq_history){0};
}

void rq_past_jobs_release(struct rq_past_jobs *jobs)
{
	free(jobs->jobs);
	rq_arena_release(&jobs->arena);
	*jobs = (struct rq_past_jobs){0};
}

/* ---- batches ---- */

#define BATCHES(from) \
	"SELECT batch_id, started_us, finished_us, last_us, repeats, schema_version, batch_key, program_version, command, suite, profile, folder, config," \
	" arguments, iso_week, ingest_date, verdict, sentence, exit_code," \
	" (SELECT count(*) FROM failure WHERE failure.batch_id = batch.batch_id)," \
	" (SELECT count(*) FROM failure WHERE failure.batch_id = batch.batch_id AND resolved_us IS NULL)" \
	" FROM " from " WHERE (?1 IS NULL OR command = ?1) AND (?2 IS NULL OR suite = ?2) AND (?3 IS NULL OR verdict = ?3)" \
	" AND (?4 = 0 OR batch_id = ?4) AND (?5 = 0 OR last_us >= ?5) AND (?6 = 0 OR last_us < ?6)" \
	" AND (?7 IS NULL OR batch_id IN (SELECT batch_id FROM metric WHERE name = ?7 UNION SELECT batch_id FROM latency WHERE name = ?7" \
	" UNION SELECT batch_id FROM drift WHERE name = ?7))" \
	" ORDER BY last_us DESC, batch_id DESC LIMIT ?8"

static const char batches_query[] = BATCHES("batch");
/* From the few that there are of a reference, however long the history is. */
static const char of_reference_query[] =
	BATCHES("(SELECT DISTINCT batch_id AS found FROM input WHERE sha256 = ?9 AND name IN ('" RQ_INPUT_REFERENCE "', '" RQ_INPUT_MADE_REFERENCE "'))"
	        " CROSS JOIN batch ON batch_id = found");

static bool take_batch(struct rq_past_batch *batch, const struct rq_sql *sql, struct rq_arena *arena)
{
	bool failed = false;
	const char **texts[] = {&batch->key, &batch->version, &batch->command, &batch->suite, &batch->profile, &batch->folder, &batch->config,
	                        &batch->arguments, &batch->week, &batch->ingest_date, &batch->verdict, &batch->sentence};
	int64_t *numbers[] = {&batch->id, &batch->started_us, &batch->finished_us, &batch->last_us, &batch->repeats, &batch->schema_version};
	int column = 0;

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		*numbers[i] = rq_sql_column_integer(sql, column++);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		*texts[i] = rq_sql_column(sql, column++, arena, &failed);
	batch->exit_code = (int)rq_sql_column_integer(sql, column++);
	batch->failures = rq_sql_column_integer(sql, column++);
	batch->failures_open = rq_sql_column_integer(sql, column);
	return !failed;
}

static enum rq_status read_batches(struct rq_history *history, struct rq_store *store, const struct rq_history_filter *filter, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	bool there;

	RQ_TRY(rq_sql_prepare(&sql, store, filter->reference == NULL ? batches_query : of_reference_query, err));
	rq_sql_text(&sql, filter->command);
	rq_sql_text(&sql, filter->suite);
	rq_sql_text(&sql, filter->verdict);
	rq_sql_integer(&sql, filter->batch_id);
	rq_sql_integer(&sql, filter->since_us);
	rq_sql_integer(&sql, filter->until_us);
	rq_sql_text(&sql, filter->figure);
	rq_sql_integer(&sql, filter->limit > 0 ? filter->limit : -1);
	if (filter->reference != NULL)
		rq_sql_text(&sql, filter->reference);
	for (;;) {
		RQ_TRY(rq_sql_next(&there, &sql, err));
		if (!there)
			break;
		if (!RQ_RESERVE(history->batches, history->capacity, history->count + 1))
			return rq_fail_memory(err);
		struct rq_past_batch *batch = &history->batches[history->count++];
		*batch = (struct rq_past_batch){0};
		if (!take_batch(batch, &sql, &history->arena))
			return rq_fail_memory(err);
	}
	for (size_t i = 0; i < history->count / 2; i++) {
		struct rq_past_batch batch = history->batches[i];
		history->batches[i] = history->batches[history->count - 1 - i];
		history->batches[history->count - 1 - i] = batch;
	}
	return RQ_OK;
}

/* ---- what belongs to them ---- */

static const char inputs_query[] = "SELECT name, sha256 FROM input WHERE batch_id = ? ORDER BY input_id";

/* Columns in the order of the members, the kind's number first. */
static const char figures_query[] =
	"SELECT 0, name, side, slice, value, lower, upper, NULL, '', '', topics, 0, '', '', '', 0, 0, 0, metric_id AS number"
	" FROM metric WHERE batch_id = ?1"
	" UNION ALL SELECT 1, name, side, '', value, lower, upper, NULL, '', '', samples, failed, '', '', '', 0, 0, 0, latency_id"
	" FROM latency WHERE batch_id = ?1"
	" UNION ALL SELECT 2, name, side, slice, value, lower, upper, bound, outcome, reason, 0, 0, '', '', '', 0, 0, 0, drift_id"
	" FROM drift WHERE batch_id = ?1"
	" UNION ALL SELECT 3, gate, side, slice, value, lower, upper, bound, outcome, reason, 0, 0, kind, metric, level, absent, waived, blocks,"
	" verdict_id FROM verdict WHERE batch_id = ?1 ORDER BY 1, number";

static bool take_figure(struct rq_figure *figure, const struct rq_sql *sql, struct rq_arena *arena)
{
	bool failed = false;

	*figure = (struct rq_figure){
		.kind = (enum rq_figure_kind)rq_sql_column_integer(sql, 0),
		.name = rq_sql_column(sql, 1, arena, &failed),
		.side = rq_sql_column(sql, 2, arena, &failed),
		.slice = rq_sql_column(sql, 3, arena, &failed),
		.value = rq_sql_column_number(sql, 4),
		.lower = rq_sql_column_number(sql, 5),
		.upper = rq_sql_column_number(sql, 6),
		.bound = rq_sql_column_number(sql, 7),
		.outcome = rq_sql_column(sql, 8, arena, &failed),
		.reason = rq_sql_column(sql, 9, arena, &failed),
		.count = (size_t)rq_sql_column_integer(sql, 10),
		.failed = (size_t)rq_sql_column_integer(sql, 11),
		.gate = rq_sql_column(sql, 12, arena, &failed),
		.metric = rq_sql_column(sql, 13, arena, &failed),
		.level = rq_sql_column(sql, 14, arena, &failed),
		.absent = rq_sql_column_integer(sql, 15) != 0,
		.waived = rq_sql_column_integer(sql, 16) != 0,
		.blocks = rq_sql_column_integer(sql, 17) != 0,
	};
	return !failed;
}

/* Statements that are bound anew for each batch. */
struct parts {
	struct rq_sql inputs, figures;
	struct rq_buf found; /* of one batch, before it goes to the arena */
};

static void parts_release(struct parts *parts)
{
	rq_sql_release(&parts->inputs);
	rq_sql_release(&parts->figures);
	rq_buf_release(&parts->found);
}

static void bind_batch(struct rq_sql *sql, const struct rq_past_batch *batch)
{
	sqlite3_reset(sql->statement);
	sql->bound = 0;
	rq_sql_integer(sql, batch->id);
}

/* What was found, in the arena. */
static enum rq_status keep(const void **items, size_t *count, struct rq_buf *found, size_t size, struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(rq_buf_check(found, err));
	*count = found->size / size;
	void *kept = rq_arena_alloc(arena, *count, size);
	if (kept == NULL)
		return rq_fail_memory(err);
	if (*count > 0)
		memcpy(kept, found->data, found->size);
	*items = kept;
	rq_buf_clear(found);
	return RQ_OK;
}

static enum rq_status read_inputs(struct rq_past_batch *batch, struct parts *parts, struct rq_arena *arena, struct rq_error *err)
{
	const void *items;
	bool there, failed = false;

	bind_batch(&parts->inputs, batch);
	for (;;) {
		RQ_TRY(rq_sql_next(&there, &parts->inputs, err));
		if (!there)
			break;
		struct rq_named_text input = {rq_sql_column(&parts->inputs, 0, arena, &failed), rq_sql_column(&parts->inputs, 1, arena, &failed)};
		if (failed)
			return rq_fail_memory(err);
		rq_buf_add(&parts->found, &input, sizeof input);
	}
	RQ_TRY(keep(&items, &batch->input_count, &parts->found, sizeof *batch->inputs, arena, err));
	batch->inputs = items;
	return RQ_OK;
}

static enum rq_status read_figures(struct rq_past_batch *batch, struct parts *parts, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_figure figure;
	const void *items;
	bool there;

	bind_batch(&parts->figures, batch);
	for (;;) {
		RQ_TRY(rq_sql_next(&there, &parts->figures, err));
		if (!there)
			break;
		if (!take_figure(&figure, &parts->figures, arena))
			return rq_fail_memory(err);
		rq_buf_add(&parts->found, &figure, sizeof figure);
	}
	RQ_TRY(keep(&items, &batch->figure_count, &parts->found, sizeof *batch->figures, arena, err));
	batch->figures = items;
	return RQ_OK;
}

static enum rq_status read_all(struct rq_history *history, struct rq_store *store, const struct rq_history_filter *filter, struct rq_error *err)
{
	RQ_CLEANUP(parts_release) struct parts parts = {0};

	RQ_TRY(read_batches(history, store, filter, err));
	RQ_TRY(rq_sql_prepare(&parts.inputs, store, inputs_query, err));
	RQ_TRY(rq_sql_prepare(&parts.figures, store, figures_query, err));
	for (size_t i = 0; i < history->count; i++) {
		RQ_TRY(read_inputs(&history->batches[i], &parts, &history->arena, err));
		RQ_TRY(read_figures(&history->batches[i], &parts, &history->arena, err));
	}
	return RQ_OK;
}

enum rq_status rq_history_read(struct rq_history *history, struct rq_store *store, const struct rq_history_filter *filter, struct rq_error *err)
{
	RQ_TRY(rq_sql_run(store, "BEGIN", err));
	enum rq_status status = read_all(history, store, filter, err);
	sqlite3_exec(store->db, "END", NULL, NULL, NULL);
	return status;
}

/* ---- jobs ---- */

/* What of a command line makes it another job, in one order. A profile does not. */
#define CHANGES(arguments) \
	"(SELECT json_group_array(value) FROM (SELECT value FROM json_each(iif(json_valid(" arguments "), " arguments ", '[]'))" \
	" WHERE value LIKE '--set=%' AND value NOT LIKE '--set=profile=%'" \
	" OR value LIKE '--as-of=%' OR value LIKE '--reference=%' OR value = '--update' ORDER BY value))"

#define PASSED(us, found_us) \
	"coalesce((SELECT max(" us ") FROM passed WHERE passed.command = job.command AND passed.suite = job.suite AND passed.config = job.config" \
	" AND " found_us "), 0)"

/* What stands behind the last '/'. */
#define LAST_NAME(path) "replace(" path ", rtrim(" path ", replace(" path ", '/', '')), '')"

/* A look back and a new reference are never the job. Two configs of one suite are two jobs, or the one would cover for the
 * other. SQLite takes a bare column from the row that has the max(). */
static const char jobs_query[] =
	"WITH called AS (SELECT command, suite, iif(suite = '', config, " LAST_NAME("config") ") AS config, finished_us, last_us,"
	" verdict, " CHANGES("arguments") " AS changes FROM batch"
	" WHERE (?1 IS NULL AND command <> 'eval' OR command = ?1) AND (?2 IS NULL OR suite = ?2)"
	" AND (?3 IS NULL OR " LAST_NAME("config") " = " LAST_NAME("?3") ")),"
	" job AS (SELECT * FROM called WHERE ?4 IS NULL OR changes = " CHANGES("?4") "),"
	" passed AS (SELECT * FROM called WHERE verdict = 'pass' AND changes = " CHANGES("?4") ")"
	" SELECT command, suite, config, max(last_us), verdict, "
	PASSED("iif(last_us <= ?5, last_us, finished_us)", "finished_us <= ?5") ","
	" " PASSED("last_us", "last_us > ?5")
	" FROM job GROUP BY command, suite, config ORDER BY command, suite, config";

enum rq_status rq_past_jobs_read(struct rq_past_jobs *jobs, struct rq_store *store, const char *command, const char *suite,
                                 const char *config, const char *changes, int64_t now_us, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	bool there, failed = false;

	RQ_TRY(rq_sql_prepare(&sql, store, jobs_query, err));
	rq_sql_text(&sql, command);
	rq_sql_text(&sql, suite);
	rq_sql_text(&sql, config);
	rq_sql_text(&sql, changes);
	rq_sql_integer(&sql, now_us);
	for (;;) {
		RQ_TRY(rq_sql_next(&there, &sql, err));
		if (!there)
			return RQ_OK;
		if (!RQ_RESERVE(jobs->jobs, jobs->capacity, jobs->count + 1))
			return rq_fail_memory(err);
		jobs->jobs[jobs->count++] = (struct rq_past_job){
			.command = rq_sql_column(&sql, 0, &jobs->arena, &failed),
			.suite = rq_sql_column(&sql, 1, &jobs->arena, &failed),
			.config = rq_sql_column(&sql, 2, &jobs->arena, &failed),
			.ran_us = rq_sql_column_integer(&sql, 3),
			.verdict = rq_sql_column(&sql, 4, &jobs->arena, &failed),
			.passed_us = rq_sql_column_integer(&sql, 5),
			.ahead_us = rq_sql_column_integer(&sql, 6),
		};
		if (failed)
			return rq_fail_memory(err);
	}
}
