/* Writes a batch, in one transaction. */
#include "evalcore/memory/batch.h"

#include "evalcore/base/hash.h"
#include "evalcore/memory/sql.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what it is the same batch by ---- */

static void add_number(struct rq_key *key, double value)
{
	char text[32];

	snprintf(text, sizeof text, "%.6g", value == 0 ? 0.0 : value);
	rq_key_add_text(key, isnan(value) ? "" : text);
}

/* A service's vectors differ in their last digits from call to call; what that does is in the figures. */
static bool is_content(const char *input)
{
	static const char vectors[] = "vectors";
	size_t length = strlen(input), size = sizeof vectors - 1;

	return length < size || strcmp(input + length - size, vectors) != 0;
}

static void add_figure(struct rq_key *key, const struct rq_figure *figure)
{
	bool measured = figure->is_measured;

	if (figure->kind == RQ_FIGURE_LATENCY)
		return;
	rq_key_add_u64(key, (uint64_t)figure->kind);
	rq_key_add_text(key, figure->name);
	rq_key_add_text(key, figure->side);
	rq_key_add_text(key, figure->slice);
	rq_key_add_text(key, figure->outcome);
	add_number(key, measured ? NAN : figure->value);
	add_number(key, measured ? NAN : figure->lower);
	add_number(key, measured ? NAN : figure->upper);
	add_number(key, figure->bound);
	rq_key_add_u64(key, measured ? 0 : figure->count);
}

static void key_of(char hex[33], const struct rq_batch *batch)
{
	struct rq_key key = {0};

	rq_key_add_text(&key, batch->command);
	rq_key_add_text(&key, batch->suite);
	rq_key_add_text(&key, rq_week_of(batch->started_us).text);
	rq_key_add_text(&key, batch->config);
	rq_key_add_text(&key, batch->arguments);
	rq_key_add_text(&key, batch->verdict);
	rq_key_add_u64(&key, (uint64_t)batch->exit_code);
	if (strcmp(batch->verdict, RQ_NO_VERDICT) == 0)
		rq_key_add_text(&key, batch->sentence);
	for (size_t i = 0; i < batch->input_count; i++)
		if (is_content(batch->inputs[i].name)) {
			rq_key_add_text(&key, batch->inputs[i].name);
			rq_key_add_text(&key, batch->inputs[i].text);
		}
	for (size_t i = 0; i < batch->figure_count; i++)
		add_figure(&key, &batch->figures[i]);
	for (size_t i = 0; i < batch->failure_count; i++) {
		rq_key_add_text(&key, batch->failures[i].side);
		rq_key_add_text(&key, batch->failures[i].stage);
		rq_key_add_text(&key, batch->failures[i].what);
		rq_key_add_text(&key, batch->failures[i].name);
		rq_key_add_text(&key, batch->failures[i].input);
	}
	rq_key_hex(&key, hex);
}

/* ---- rows ---- */

struct writing {
	struct rq_store *store;
	const struct rq_batch *batch;
	int64_t id;
	const char *day;
};

/* Counts it where it is there already. */
static enum rq_status count_again(struct writing *writing, const char *key, bool *repeated, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	bool there;

	RQ_TRY(rq_sql_prepare(&sql, writing->store,
	                      "UPDATE batch SET last_us = max(last_us, ?), repeats = repeats + 1 WHERE batch_key = ? RETURNING batch_id", err));
	rq_sql_integer(&sql, writing->batch->finished_us);
	rq_sql_text(&sql, key);
	RQ_TRY(rq_sql_next(repeated, &sql, err));
	if (!*repeated)
		return RQ_OK;
	writing->id = rq_sql_column_integer(&sql, 0);
	return rq_sql_next(&there, &sql, err); /* to its end */
}

static enum rq_status write_batch(struct writing *writing, const char *key, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	const struct rq_batch *batch = writing->batch;
	struct rq_day week = rq_week_of(batch->started_us);

	RQ_TRY(rq_sql_prepare(&sql, writing->store,
	                      "INSERT INTO batch (ingest_date, batch_key, schema_version, program_version, command, suite, profile, folder, config,"
	                      " arguments, iso_week, started_us, finished_us, last_us, repeats, verdict, exit_code, sentence)"
	                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?)", err));
	rq_sql_text(&sql, writing->day);
	rq_sql_text(&sql, key);
	rq_sql_integer(&sql, rq_store_schema_version);
	rq_sql_text(&sql, batch->version);
	rq_sql_text(&sql, batch->command);
	rq_sql_text(&sql, batch->suite == NULL ? "" : batch->suite);
	rq_sql_text(&sql, batch->profile);
	rq_sql_text(&sql, batch->folder);
	rq_sql_text(&sql, batch->config);
	rq_sql_text(&sql, batch->arguments);
	rq_sql_text(&sql, week.text);
	rq_sql_integer(&sql, batch->started_us);
	rq_sql_integer(&sql, batch->finished_us);
	rq_sql_integer(&sql, batch->finished_us);
	rq_sql_text(&sql, batch->verdict);
	rq_sql_integer(&sql, batch->exit_code);
	rq_sql_text(&sql, batch->sentence);
	RQ_TRY(rq_sql_do(&sql, err));
	writing->id = sqlite3_last_insert_rowid(writing->store->db);
	return RQ_OK;
}

static void bind_batch(struct rq_sql *sql, const struct writing *writing)
{
	rq_sql_integer(sql, writing->id);
	rq_sql_text(sql, writing->day);
}

static enum rq_status write_inputs(const struct writing *writing, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};

	RQ_TRY(rq_sql_prepare(&sql, writing->store, "INSERT INTO input (batch_id, ingest_date, name, sha256) VALUES (?, ?, ?, ?)", err));
	for (size_t i = 0; i < writing->batch->input_count; i++) {
		bind_batch(&sql, writing);
		rq_sql_text(&sql, writing->batch->inputs[i].name);
		rq_sql_text(&sql, writing->batch->inputs[i].text);
		RQ_TRY(rq_sql_do(&sql, err));
	}
	return RQ_OK;
}

static const char *const inserts[RQ_FIGURE_KINDS] = {
	[RQ_FIGURE_METRIC] = "INSERT INTO metric (batch_id, ingest_date, name, side, value, lower, upper, slice, topics)"
	                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[RQ_FIGURE_LATENCY] = "INSERT INTO latency (batch_id, ingest_date, name, side, value, lower, upper, samples, failed)"
	                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[RQ_FIGURE_DRIFT] = "INSERT INTO drift (batch_id, ingest_date, name, side, value, lower, upper, slice, bound, outcome, reason)"
	                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[RQ_FIGURE_VERDICT] = "INSERT INTO verdict (batch_id, ingest_date, gate, side, value, lower, upper, slice, bound, outcome, reason, number, kind,"
	                      " metric, level, absent, waived, blocks) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
};

static void bind_figure(struct rq_sql *sql, const struct rq_figure *figure, size_t number)
{
	rq_sql_text(sql, figure->name);
	rq_sql_text(sql, figure->side);
	rq_sql_number(sql, figure->value);
	rq_sql_number(sql, figure->lower);
	rq_sql_number(sql, figure->upper);
	if (figure->kind == RQ_FIGURE_LATENCY) {
		rq_sql_integer(sql, (int64_t)figure->count);
		rq_sql_integer(sql, (int64_t)figure->failed);
		return;
	}
	rq_sql_text(sql, figure->slice);
	if (figure->kind == RQ_FIGURE_METRIC) {
		rq_sql_integer(sql, (int64_t)figure->count);
		return;
	}
	rq_sql_number(sql, figure->bound);
	rq_sql_text(sql, figure->outcome);
	rq_sql_text(sql, figure->reason);
	if (figure->kind == RQ_FIGURE_DRIFT)
		return;
	rq_sql_integer(sql, (int64_t)number);
	rq_sql_text(sql, figure->gate);
	rq_sql_text(sql, figure->metric);
	rq_sql_text(sql, figure->level);
	rq_sql_integer(sql, figure->absent);
	rq_sql_integer(sql, figure->waived);
	rq_sql_integer(sql, figure->blocks);
}

static enum rq_status write_figures(const struct writing *writing, enum rq_figure_kind kind, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};
	size_t number = 0;

	RQ_TRY(rq_sql_prepare(&sql, writing->store, inserts[kind], err));
	for (size_t i = 0; i < writing->batch->figure_count; i++) {
		const struct rq_figure *figure = &writing->batch->figures[i];
		if (figure->kind != kind)
			continue;
		bind_batch(&sql, writing);
		bind_figure(&sql, figure, number++);
		RQ_TRY(rq_sql_do(&sql, err));
	}
	return RQ_OK;
}

static enum rq_status write_failures(const struct writing *writing, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};

	RQ_TRY(rq_sql_prepare(&sql, writing->store,
	                      "INSERT INTO failure (batch_id, ingest_date, failed_us, side, stage, what, name, input, reason, attempts, seconds)"
	                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err));
	for (size_t i = 0; i < writing->batch->failure_count; i++) {
		const struct rq_kept_failure *failure = &writing->batch->failures[i];
		bind_batch(&sql, writing);
		rq_sql_integer(&sql, writing->batch->finished_us);
		rq_sql_text(&sql, failure->side);
		rq_sql_text(&sql, failure->stage);
		rq_sql_text(&sql, failure->what);
		rq_sql_text(&sql, failure->name);
		rq_sql_text(&sql, failure->input);
		rq_sql_text(&sql, failure->reason);
		rq_sql_integer(&sql, failure->attempts);
		rq_sql_number(&sql, failure->seconds);
		RQ_TRY(rq_sql_do(&sql, err));
	}
	return RQ_OK;
}

/* What is found again is not over, or no longer. */
static enum rq_status reopen(const struct writing *writing, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};

	RQ_TRY(rq_sql_prepare(&sql, writing->store, "UPDATE failure SET resolved_batch_id = NULL, resolved_us = NULL WHERE batch_id = ?", err));
	rq_sql_integer(&sql, writing->id);
	return rq_sql_do(&sql, err);
}

/* What the job has come past. */
static enum rq_status resolve(const struct writing *writing, struct rq_error *err)
{
	RQ_CLEANUP(rq_sql_release) struct rq_sql sql = {0};

	if (!writing->batch->complete)
		return RQ_OK;
	RQ_TRY(rq_sql_prepare(&sql, writing->store,
	                      "UPDATE failure SET resolved_batch_id = ?, resolved_us = ? WHERE resolved_us IS NULL AND batch_id <> ? AND batch_id IN"
	                      " (SELECT batch_id FROM batch WHERE command = ? AND config = ? AND arguments = ?) AND NOT EXISTS"
	                      " (SELECT 1 FROM failure AS again WHERE again.batch_id = ? AND again.side = failure.side AND again.stage = failure.stage"
	                      " AND again.what = failure.what AND again.name = failure.name)", err));
	rq_sql_integer(&sql, writing->id);
	rq_sql_integer(&sql, writing->batch->finished_us);
	rq_sql_integer(&sql, writing->id);
	rq_sql_text(&sql, writing->batch->command);
	rq_sql_text(&sql, writing->batch->config);
	rq_sql_text(&sql, writing->batch->arguments);
	rq_sql_integer(&sql, writing->id);
	return rq_sql_do(&sql, err);
}

static enum rq_status write_all(struct writing *writing, bool *repeated, struct rq_error *err)
{
	char key[33];

	key_of(key, writing->batch);
	RQ_TRY(count_again(writing, key, repeated, err));
	if (*repeated) {
		RQ_TRY(reopen(writing, err));
	} else {
		RQ_TRY(write_batch(writing, key, err));
		RQ_TRY(write_inputs(writing, err));
		for (int kind = 0; kind < RQ_FIGURE_KINDS; kind++)
			RQ_TRY(write_figures(writing, (enum rq_figure_kind)kind, err));
		RQ_TRY(write_failures(writing, err));
	}
	return resolve(writing, err);
}

enum rq_status rq_store_hold(int64_t *batch_id, bool *repeated, struct rq_store *store, const struct rq_batch *batch, struct rq_error *err)
{
	struct rq_day day = rq_day_of(batch->finished_us);
	struct writing writing = {.store = store, .batch = batch, .day = day.text};

	RQ_TRY(rq_sql_run(store, "BEGIN IMMEDIATE", err));
	enum rq_status status = write_all(&writing, repeated, err);
	if (status == RQ_OK)
		status = rq_sql_flush(store, err);
	if (status != RQ_OK)
		rq_store_drop(store);
	*batch_id = writing.id;
	return status;
}

enum rq_status rq_store_keep(struct rq_store *store, struct rq_error *err)
{
	enum rq_status status = rq_sql_run(store, "COMMIT", err);

	if (status != RQ_OK)
		rq_store_drop(store);
	return status;
}

void rq_store_drop(struct rq_store *store)
{
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

enum rq_status rq_store_append(int64_t *batch_id, bool *repeated, struct rq_store *store, const struct rq_batch *batch, struct rq_error *err)
{
	RQ_TRY(rq_store_hold(batch_id, repeated, store, batch, err));
	return rq_store_keep(store, err);
}
