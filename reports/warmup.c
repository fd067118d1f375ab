#include "reports/warmup.h"

#include "gates/words.h"
#include "metrics/stats/warm.h"
#include "reports/eval_grid.h"
#include "reports/json_parts.h"
#include "reports/rows.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void add(struct rq_buf *out, struct rq_style style, const char *format, ...) RQ_PRINTF(3, 4);

static void add(struct rq_buf *out, struct rq_style style, const char *format, ...)
{
	char line[2048];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	rq_add_wrapped(out, line, 0, style);
}

static const char *seconds(double value, struct rq_arena *arena)
{
	return rq_arena_strdup(arena, rq_show_value(value, RQ_SECONDS).text);
}

static enum rq_status add_rounds(struct rq_buf *out, const struct rq_warm *warm, struct rq_style style, struct rq_error *err)
{
	static const struct rq_grid_column columns[] = {{"round", true}, {"searches", true}, {"p50", true}, {"p95", true}, {"p99", true}, {"major faults", true}};
	RQ_CLEANUP(rq_grid_release) struct rq_grid grid = {.columns = columns, .column_count = 6, .sticky = 1};

	for (size_t i = 0; i < warm->round_count; i++) {
		const struct rq_warm_round *round = &warm->rounds[i];
		const char **cells = rq_grid_row(&grid);
		if (cells == NULL)
			return rq_fail_memory(err);
		cells[0] = rq_arena_printf(&grid.arena, "%zu", i + 1);
		cells[1] = rq_arena_printf(&grid.arena, "%zu", round->queries);
		cells[2] = seconds(round->p50, &grid.arena);
		cells[3] = seconds(round->p95, &grid.arena);
		cells[4] = seconds(round->p99, &grid.arena);
		cells[5] = rq_arena_printf(&grid.arena, "%zu", round->major_faults);
	}
	rq_buf_puts(out, "\n");
	return rq_grid_draw(out, &grid, style, err);
}

static void add_cold(struct rq_buf *out, const struct rq_warm *warm, struct rq_style style)
{
	const char *dropped = warm->dropped_all ? "the page cache was let go of" : "its pages were let go of";

	if (isnan(warm->in_memory))
		add(out, style, "cold: %s; the system does not tell whether it kept any", dropped);
	else if (warm->in_memory > 0)
		add(out, style, "warning: cold is not cold: %s, and %.0f %% of them are in memory all the same%s", dropped, 100 * warm->in_memory,
		    warm->dropped_all ? "" : "; --drop-cache, as root, lets go of all");
	else
		add(out, style, "cold: %s, and none is left in memory", dropped);
}

void rq_warmup_sentence(struct rq_buf *out, const struct rq_warm *warm)
{
	if (warm->stable)
		rq_buf_printf(out, "ready in %s, after %zu rounds; warm p99 %s", rq_show_value(warm->ready_seconds, RQ_SECONDS).text, warm->round_count,
		              rq_show_value(warm->p99, RQ_SECONDS).text);
	else if (warm->round_count < RQ_WARM_ROUNDS)
		rq_buf_printf(out, "not stable after %zu round%s: it takes %d to tell", warm->round_count, warm->round_count == 1 ? "" : "s", RQ_WARM_ROUNDS);
	else
		rq_buf_printf(out, "not stable after %zu rounds: the p95 of the last %d differ by more than %.0f %% of their median", warm->round_count,
		              RQ_WARM_ROUNDS, 100 * RQ_WARM_SPREAD);
}

enum rq_status rq_warmup_table(struct rq_buf *out, const struct rq_warm *warm, const struct rq_verdict *verdict, struct rq_style style,
                               struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf sentence = {0};

	add(out, style, "%s: %s, %s", warm->side, warm->index, rq_show_value(warm->bytes, RQ_BYTES).text);
	add_cold(out, warm, style);
	add(out, style, "opened in %s, %zu major fault%s", rq_show_value(warm->load_seconds, RQ_SECONDS).text, warm->load_faults,
	    warm->load_faults == 1 ? "" : "s");
	RQ_TRY(add_rounds(out, warm, style, err));
	rq_buf_puts(out, "\n");
	if (warm->stable)
		add(out, style, "warm: p50 %s, p95 %s, p99 %s (95 %% bound %s) of the last %d rounds, %zu searches", rq_show_value(warm->p50, RQ_SECONDS).text,
		    rq_show_value(warm->p95, RQ_SECONDS).text, rq_show_value(warm->p99, RQ_SECONDS).text, rq_show_value(warm->p99_upper, RQ_SECONDS).text,
		    RQ_WARM_ROUNDS, warm->samples);
	rq_warmup_sentence(&sentence, warm);
	RQ_TRY(rq_buf_check(&sentence, err));
	rq_add_wrapped(out, sentence.data, 0, style);
	for (size_t i = 0; verdict != NULL && i < verdict->count; i++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf clause = {0};
		rq_show_clause(&clause, &verdict->gates[i]);
		RQ_TRY(rq_buf_check(&clause, err));
		rq_add_line(out, rq_gate_word(&verdict->gates[i]), rq_gate_colour(&verdict->gates[i]), clause.data, style);
	}
	if (verdict != NULL) {
		rq_buf_puts(out, "\n");
		rq_add_sentence(out, verdict, style);
	}
	return rq_buf_check(out, err);
}

/* ---- for machines ---- */

void rq_json_set_warm(rq_json *object, const struct rq_warm *warm)
{
	rq_json *own = rq_json_set_object(object, "warmup"), *rounds;

	rq_json_set_string(own, "side", warm->side);
	rq_json_set_string(own, "absent", warm->absent);
	if (warm->absent != NULL)
		return;
	rq_json_set_string(own, "index", warm->index);
	rq_json_set_string(own, "sha256", warm->sha256);
	rq_json_set_number(own, "bytes", warm->bytes);
	rq_json_set_bool(own, "dropped_all", warm->dropped_all);
	rq_json_set_number(own, "in_memory", warm->in_memory);
	rq_json_set_number(own, "load_seconds", warm->load_seconds);
	rq_json_set_number(own, "load_major_faults", (double)warm->load_faults);
	rounds = rq_json_set_array(own, "rounds");
	for (size_t i = 0; i < warm->round_count; i++) {
		const struct rq_warm_round *round = &warm->rounds[i];
		rq_json *entry = rq_json_push_object(rounds);
		rq_json_set_number(entry, "searches", (double)round->queries);
		rq_json_set_number(entry, "p50", round->p50);
		rq_json_set_number(entry, "p95", round->p95);
		rq_json_set_number(entry, "p99", round->p99);
		rq_json_set_number(entry, "seconds", round->seconds);
		rq_json_set_number(entry, "major_faults", (double)round->major_faults);
	}
	rq_json_set_bool(own, "stable", warm->stable);
	rq_json_set_number(own, "ready_seconds", warm->ready_seconds);
	rq_json_set_number(own, "samples", (double)warm->samples);
	rq_json_set_number(own, "p50", warm->p50);
	rq_json_set_number(own, "p95", warm->p95);
	rq_json_set_number(own, "p99", warm->p99);
	rq_json_set_number(own, "p99_upper", warm->p99_upper);
}

enum rq_status rq_warmup_json(struct rq_buf *out, const struct rq_warm *warm, const struct rq_verdict *verdict, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	rq_json *gates;

	rq_json_set_number(root, "schema_version", RQ_REPORT_SCHEMA_VERSION);
	rq_json_set_warm(root, warm);
	gates = rq_json_set_array(root, "gates");
	for (size_t i = 0; verdict != NULL && i < verdict->count; i++)
		rq_json_push_gate(gates, &verdict->gates[i]);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

enum rq_status rq_warmup_ready(struct rq_buf *out, const struct rq_warm *warm, const char *at, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_bool(root, "ready", true);
	rq_json_set_string(root, "at", at);
	rq_json_set_string(root, "side", warm->side);
	rq_json_set_string(root, "index", warm->index);
	rq_json_set_string(root, "sha256", warm->sha256);
	rq_json_set_number(root, "ready_seconds", warm->ready_seconds);
	rq_json_set_number(root, "p95_seconds", warm->p95);
	rq_json_set_number(root, "p99_seconds", warm->p99);
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}
