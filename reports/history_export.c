/* The same for machines: CSV, a number a record, and JSON, a batch a line. */
#include "reports/history.h"

#include "evalcore/base/parse.h"
#include "reports/machine.h"

#include <math.h>
#include <string.h>

enum { CELL_MOST = 4000 };

static bool is_asked(const struct rq_figure *figure, const char *asked)
{
	return asked == NULL || strcmp(figure->name, asked) == 0 || (figure->metric != NULL && strcmp(figure->metric, asked) == 0);
}

/* ---- CSV ---- */

static enum rq_status put_text(struct rq_buf *out, const char *text, struct rq_error *err)
{
	rq_buf_puts(out, ",");
	return rq_put_cell(out, text, CELL_MOST, err);
}

static void put_number(struct rq_buf *out, double value)
{
	rq_buf_puts(out, ",");
	if (isfinite(value))
		rq_buf_puts(out, rq_short_number(value).text);
}

static enum rq_status put_batch(struct rq_buf *out, const struct rq_past_batch *batch, struct rq_error *err)
{
	rq_buf_printf(out, "%lld,%s,%s,%s,%lld", (long long)batch->id, batch->week, rq_moment_of(batch->started_us).text,
	              rq_moment_of(batch->last_us).text, (long long)batch->repeats);
	RQ_TRY(put_text(out, batch->command, err));
	RQ_TRY(put_text(out, batch->suite, err));
	RQ_TRY(put_text(out, batch->profile, err));
	return put_text(out, batch->verdict, err);
}

static enum rq_status put_figure(struct rq_buf *out, const struct rq_past_batch *batch, const struct rq_figure *figure, struct rq_error *err)
{
	bool is_judged = figure->kind == RQ_FIGURE_DRIFT || figure->kind == RQ_FIGURE_VERDICT;

	RQ_TRY(put_batch(out, batch, err));
	RQ_TRY(put_text(out, rq_figure_kind_names[figure->kind], err));
	RQ_TRY(put_text(out, figure->name, err));
	RQ_TRY(put_text(out, figure->side, err));
	RQ_TRY(put_text(out, figure->slice, err));
	put_number(out, figure->value);
	put_number(out, figure->lower);
	put_number(out, figure->upper);
	put_number(out, figure->bound);
	RQ_TRY(put_text(out, is_judged ? figure->outcome : "", err));
	put_number(out, is_judged ? NAN : (double)figure->count);
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

enum rq_status rq_history_csv(struct rq_buf *out, const struct rq_history *history, const char *figure, struct rq_error *err)
{
	rq_buf_puts(out, "batch,week,started,last,repeats,command,suite,profile,verdict,kind,name,side,slice,value,lower,upper,bound,outcome,count\n");
	for (size_t i = 0; i < history->count; i++) {
		const struct rq_past_batch *batch = &history->batches[i];
		if (figure == NULL) {
			RQ_TRY(put_batch(out, batch, err));
			rq_buf_printf(out, ",batch,exit_code,,,%d,,,,%s,\n", batch->exit_code, batch->verdict);
		}
		for (size_t j = 0; j < batch->figure_count; j++)
			if (is_asked(&batch->figures[j], figure))
				RQ_TRY(put_figure(out, batch, &batch->figures[j], err));
	}
	return rq_buf_check(out, err);
}

/* ---- JSON lines ---- */

static void add_figure(rq_json *array, const struct rq_figure *figure)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "kind", rq_figure_kind_names[figure->kind]);
	rq_json_set_string(object, "name", figure->name);
	rq_json_set_string(object, "side", figure->side);
	rq_json_set_string(object, "slice", figure->slice[0] == '\0' ? NULL : figure->slice);
	rq_json_set_number(object, "value", figure->value);
	rq_json_set_number(object, "lower", figure->lower);
	rq_json_set_number(object, "upper", figure->upper);
	if (figure->kind == RQ_FIGURE_METRIC || figure->kind == RQ_FIGURE_LATENCY)
		rq_json_set_number(object, "count", (double)figure->count);
	if (figure->kind == RQ_FIGURE_LATENCY)
		rq_json_set_number(object, "failed", (double)figure->failed);
	if (figure->kind == RQ_FIGURE_METRIC || figure->kind == RQ_FIGURE_LATENCY)
		return;
	rq_json_set_number(object, "bound", figure->bound);
	rq_json_set_string(object, "outcome", figure->outcome);
	rq_json_set_string(object, "reason", figure->reason);
	if (figure->kind == RQ_FIGURE_DRIFT)
		return;
	rq_json_set_string(object, "gate", figure->gate);
	rq_json_set_string(object, "metric", figure->metric[0] == '\0' ? NULL : figure->metric);
	rq_json_set_string(object, "level", figure->level);
	rq_json_set_bool(object, "absent", figure->absent);
	rq_json_set_bool(object, "waived", figure->waived);
	rq_json_set_bool(object, "blocks", figure->blocks);
}

static rq_json *batch_json(const struct rq_past_batch *batch, const char *figure)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "schema_version", (double)batch->schema_version);
	rq_json_set_number(root, "batch_id", (double)batch->id);
	rq_json_set_string(root, "batch_key", batch->key);
	rq_json_set_string(root, "ingest_date", batch->ingest_date);
	rq_json_set_string(root, "iso_week", batch->week);
	rq_json_set_string(root, "started", rq_moment_of(batch->started_us).text);
	rq_json_set_string(root, "finished", rq_moment_of(batch->finished_us).text);
	rq_json_set_string(root, "last", rq_moment_of(batch->last_us).text);
	rq_json_set_number(root, "repeats", (double)batch->repeats);
	rq_json_set_string(root, "command", batch->command);
	rq_json_set_string(root, "suite", batch->suite[0] == '\0' ? NULL : batch->suite);
	rq_json_set_string(root, "profile", batch->profile);
	rq_json_set_string(root, "folder", batch->folder);
	rq_json_set_string(root, "config", batch->config);
	rq_json_set_string(root, "program_version", batch->version);
	rq_json_set_string(root, "verdict", batch->verdict);
	rq_json_set_number(root, "exit_code", batch->exit_code);
	rq_json_set_string(root, "sentence", batch->sentence);
	rq_json_set_number(root, "failures", (double)batch->failures);
	rq_json_set_number(root, "failures_open", (double)batch->failures_open);
	rq_json *inputs = rq_json_set_object(root, "inputs");
	for (size_t i = 0; i < batch->input_count; i++)
		rq_json_set_string(inputs, batch->inputs[i].name, batch->inputs[i].text);
	rq_json *figures = rq_json_set_array(root, "figures");
	for (size_t i = 0; i < batch->figure_count; i++)
		if (is_asked(&batch->figures[i], figure))
			add_figure(figures, &batch->figures[i]);
	return root;
}

enum rq_status rq_history_jsonl(struct rq_buf *out, const struct rq_history *history, const char *figure, struct rq_error *err)
{
	for (size_t i = 0; i < history->count; i++) {
		RQ_CLEANUP(rq_json_free_pointer) rq_json *line = batch_json(&history->batches[i], figure);
		RQ_TRY(rq_json_print(out, line, false, err));
		rq_buf_puts(out, "\n");
	}
	return rq_buf_check(out, err);
}
