/* Reads what report.json says under "run": what was run, where, how long it took, what services did and failed to do. */
#include "reports/read_parts.h"

#include "evalcore/base/file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void read_set(struct rq_report_file *report, struct rq_json_reader *reader, const rq_json *run)
{
	const rq_json *set = rq_json_read_array(reader, run, "run", "set");

	if (set == NULL)
		return;
	report->set.items = rq_read_need(reader, rq_json_size(set), sizeof *report->set.items);
	for (const rq_json *item = rq_json_first(set); item != NULL && reader->status == RQ_OK; item = rq_json_next(item)) {
		if (rq_json_string(item) == NULL) {
			rq_json_read_fail(reader, "run", "set", item, "an array of strings");
			return;
		}
		const char *text = rq_arena_strdup(reader->arena, rq_json_string(item));
		if (text == NULL)
			rq_json_read_no_memory(reader);
		report->set.items[report->set.count++] = text;
	}
}

/* A report that was copied to another machine names the config as it was called there. */
static void read_config(struct rq_report_file *report, struct rq_json_reader *reader, const rq_json *run)
{
	const char *config = rq_json_read_string(reader, run, "run", "config"), *folder = rq_json_read_string(reader, run, "run", "folder");

	if (reader->status != RQ_OK)
		return;
	const char *found = rq_path_join(reader->arena, folder, config);
	if (found == NULL)
		rq_json_read_no_memory(reader);
	report->config = found != NULL && rq_file_exists(found) && !rq_same_file(found, config) ? found : config;
}

static void read_failures(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run"), *failures = rq_json_read_array(reader, run, "run", "failures");
	size_t number = 0;
	char place[RQ_PLACE];

	for (const rq_json *object = failures == NULL ? NULL : rq_json_first(failures); object != NULL && reader->status == RQ_OK;
	     object = rq_json_next(object)) {
		snprintf(place, sizeof place, "run.failures[%zu]", number++);
		const struct rq_failure failure = {
			.side = rq_json_read_string(reader, object, place, "side"),
			.stage = rq_json_read_string(reader, object, place, "stage"),
			.what = rq_json_read_string(reader, object, place, "what"),
			.id = rq_json_read_string(reader, object, place, "id"),
			.input = rq_json_read_string(reader, object, place, "input"),
			.reason = rq_json_read_string(reader, object, place, "reason"),
			.attempts = (unsigned)rq_json_read_small(reader, object, place, "attempts"),
			.seconds = rq_json_read_number(reader, object, place, "seconds"),
		};
		if (reader->status == RQ_OK)
			reader->status = rq_failures_add(&report->comparison.failures, &failure, reader->err);
	}
}

static void read_services(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *run)
{
	const rq_json *services = rq_json_read_array(reader, run, "run", "services");
	char place[RQ_PLACE];

	comparison->services = rq_read_need(reader, services == NULL ? 0 : rq_json_size(services), sizeof *comparison->services);
	for (const rq_json *object = services == NULL ? NULL : rq_json_first(services); object != NULL && reader->status == RQ_OK;
	     object = rq_json_next(object)) {
		snprintf(place, sizeof place, "run.services[%zu]", comparison->service_count);
		double tokens = rq_json_read_optional_number(reader, object, place, "tokens");
		comparison->services[comparison->service_count++] = (struct rq_service_account){
			.side = rq_json_read_string(reader, object, place, "side"),
			.what = rq_json_read_string(reader, object, place, "of"),
			.requests = rq_json_read_number(reader, object, place, "requests"),
			.retries = rq_json_read_number(reader, object, place, "retries"),
			.texts = rq_json_read_number(reader, object, place, "texts"),
			.tokens = isnan(tokens) ? 0 : tokens,
			.sent = rq_json_read_number(reader, object, place, "bytes_sent"),
			.waited = rq_json_read_number(reader, object, place, "seconds_waited"),
			.truncated = rq_json_read_number(reader, object, place, "truncated"),
			.truncation = rq_json_read_optional_string(reader, object, place, "truncation"),
		};
	}
}

void rq_read_past(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_get(report->root, "run");
	const struct rq_comparison *comparison = &report->comparison;
	const rq_json *history = run == NULL || rq_json_get(run, "history") == NULL ? NULL : rq_json_read_array(reader, run, "run", "history");
	struct rq_past_run *past = rq_read_need(reader, history == NULL ? 0 : rq_json_size(history), sizeof *past);
	char place[RQ_PLACE];

	report->report.past = past;
	for (const rq_json *object = history == NULL ? NULL : rq_json_first(history); object != NULL && reader->status == RQ_OK;
	     object = rq_json_next(object)) {
		double(*values)[RQ_SIDES] = rq_read_need(reader, comparison->metric_count, sizeof *values);
		snprintf(place, sizeof place, "run.history[%zu]", report->report.past_count);
		const rq_json *metrics = rq_json_read_object(reader, object, place, "metrics");
		for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++)
			rq_json_read_pair(values[i], reader, metrics, place, comparison->metrics[i].name);
		past[report->report.past_count++] = (struct rq_past_run){.us = (int64_t)rq_json_read_count(reader, object, place, "time_us"),
		                                                         .verdict = rq_json_read_string(reader, object, place, "verdict"),
		                                                         .values = (const double(*)[RQ_SIDES])values};
	}
}

/* For writers, which take a report as a run made it. */
static void read_facts(struct rq_report_file *report, struct rq_json_reader *reader, const rq_json *run)
{
	struct rq_comparison *comparison = &report->comparison;
	struct rq_named_text *facts;

	rq_read_texts(&facts, &report->report.run_count, reader, run);
	report->report.run = facts;
	report->report.set = report->set.items;
	report->report.set_count = report->set.count;
	report->report.seconds = rq_json_read_number(reader, run, "run", "seconds");
	report->report.threads = rq_json_read_small(reader, run, "run", "threads");
	const rq_json *seconds = rq_json_read_object(reader, run, "run", "stage_seconds");
	rq_read_numbers(&comparison->stage_seconds, &comparison->stage_count, reader, seconds, "run.stage_seconds");
	rq_read_texts(&comparison->cache_use, &comparison->cache_use_count, reader, rq_json_read_object(reader, run, "run", "cache_use"));
	rq_read_remarks(&comparison->run_remarks, &comparison->run_remark_count, reader, run, "run");
}

void rq_read_run(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");

	report->started = rq_json_read_string(reader, run, "run", "started");
	report->program = rq_json_read_string(reader, run, "run", "rqgate");
	read_config(report, reader, run);
	read_set(report, reader, run);
	read_facts(report, reader, run);
	read_services(&report->comparison, reader, run);
	read_failures(report, reader);
}
