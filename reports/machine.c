/* What the formats for machines share. */
#include "reports/machine.h"

#include "datasets/writers.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/parse.h"
#include "evalcore/review/texts.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum rq_weight rq_gate_weight(const struct rq_gate_result *gate)
{
	if (gate->outcome == RQ_PASS)
		return RQ_WEIGHT_NONE;
	if (gate->blocks)
		return RQ_WEIGHT_ERROR;
	return gate->waived == RQ_WAIVED ? RQ_WEIGHT_NOTE : RQ_WEIGHT_WARNING;
}

void rq_gate_rule(struct rq_buf *out, const struct rq_gate_result *gate)
{
	rq_buf_printf(out, "%s/%s", gate->kind, gate->metric);
	if (gate->slice != NULL)
		rq_buf_printf(out, "[slice=%s]", gate->slice);
}

static bool is_taken(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

const char *const *rq_gate_names(const struct rq_verdict *verdict, struct rq_arena *arena)
{
	const char **names = rq_arena_alloc(arena, verdict->count + 1, sizeof *names);

	for (size_t i = 0; names != NULL && i < verdict->count; i++) {
		names[i] = verdict->gates[i].text;
		for (size_t number = 2; is_taken(names, i, names[i]); number++) {
			names[i] = rq_arena_printf(arena, "%s (%zu)", verdict->gates[i].text, number);
			if (names[i] == NULL)
				return NULL;
		}
	}
	return names;
}

void rq_gate_fingerprint(char hex[33], const struct rq_report *report, const char *gate_name)
{
	struct rq_key key = {0};

	rq_key_add_text(&key, report->suite);
	rq_key_add_text(&key, rq_report_fact(report, "config"));
	rq_key_add_text(&key, gate_name);
	rq_key_hex(&key, hex);
}

const char *rq_report_fact(const struct rq_report *report, const char *name)
{
	for (size_t i = 0; i < report->run_count; i++)
		if (strcmp(report->run[i].name, name) == 0)
			return report->run[i].text;
	return NULL;
}

const char *rq_report_command(const struct rq_report *report)
{
	const char *command = rq_report_fact(report, "command");

	return command == NULL ? "run" : command;
}

const char *rq_report_suite(const struct rq_report *report)
{
	return report->suite == NULL ? "rqgate" : report->suite;
}

double rq_paired_part(const struct rq_paired *paired, int part)
{
	return part == 0 ? paired->delta : part == 1 ? paired->lower : paired->upper;
}

enum rq_status rq_report_run_time(struct rq_run_time *span, const struct rq_report *report, struct rq_error *err)
{
	const char *started = rq_report_fact(report, "started");

	if (started == NULL || !rq_parse_time(&span->started, started, strlen(started)))
		return rq_fail(err, RQ_E_DATA, "run.started: %s%s; expected a time such as 2026-11-21T03:36:50Z",
		               started == NULL ? "is missing" : "is no time: ", started == NULL ? "" : started);
	span->ended = span->started + (int64_t)floor(report->seconds);
	return RQ_OK;
}

struct rq_utc rq_utc_of(int64_t seconds)
{
	struct rq_utc utc = {""};
	struct tm parts;
	time_t time = (time_t)seconds;

	if (gmtime_r(&time, &parts) != NULL)
		strftime(utc.text, sizeof utc.text, "%Y-%m-%dT%H:%M:%SZ", &parts);
	return utc;
}

void rq_add_seconds(struct rq_buf *out, double seconds)
{
	rq_buf_printf(out, "%.3f", seconds);
}

void rq_add_uri(struct rq_buf *out, const char *path)
{
	for (; *path != '\0'; path++) {
		if (isalnum((unsigned char)*path) || strchr("-._~/", *path) != NULL)
			rq_buf_add(out, path, 1);
		else
			rq_buf_printf(out, "%%%02X", (unsigned char)*path);
	}
}

enum rq_status rq_put_cell(struct rq_buf *out, const char *text, size_t most, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf cell = {0};

	rq_buf_puts(&cell, "'");
	rq_add_one_line(&cell, text == NULL ? "" : text, most);
	RQ_TRY(rq_buf_check(&cell, err));
	bool formula = cell.size > 1 && strchr("=+-@", cell.data[1]) != NULL;
	rq_csv_put(out, formula ? cell.data : cell.data + 1);
	return RQ_OK;
}
