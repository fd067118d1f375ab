/* Reads report.json and the rankings beside it back. The other way round is json.c: a key that is read here is written there. */
#include "reports/read.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json_read.h"
#include "evalcore/baseline/gate_json.h"
#include "evalcore/baseline/side_json.h"
#include "evalcore/scoring/paired.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t REPORT_MAXIMUM = (size_t)1 << 30;
static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

enum { PLACE = 64 };

static void *need(struct rq_json_reader *reader, size_t count, size_t size)
{
	void *memory = rq_arena_alloc(reader->arena, count, size);

	if (memory == NULL)
		rq_json_read_no_memory(reader);
	return memory;
}

/* ---- what was run ---- */

static void read_set(struct rq_report_file *report, struct rq_json_reader *reader, const rq_json *run)
{
	const rq_json *set = rq_json_read_array(reader, run, "run", "set");

	if (set == NULL)
		return;
	report->set.items = need(reader, rq_json_size(set), sizeof *report->set.items);
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

static void read_run(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");

	report->started = rq_json_read_string(reader, run, "run", "started");
	report->program = rq_json_read_string(reader, run, "run", "rqgate");
	read_config(report, reader, run);
	read_set(report, reader, run);
}

static void read_failures(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run"), *failures = rq_json_read_array(reader, run, "run", "failures");
	size_t number = 0;
	char place[PLACE];

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

static void read_inputs(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *inputs = rq_json_read_object(reader, report->root, "", "inputs");
	struct rq_comparison *comparison = &report->comparison;

	if (inputs == NULL)
		return;
	comparison->inputs = need(reader, rq_json_size(inputs), sizeof *comparison->inputs);
	for (const rq_json *input = rq_json_first(inputs); input != NULL && reader->status == RQ_OK; input = rq_json_next(input)) {
		const char *name = rq_arena_strdup(reader->arena, rq_json_key(input)),
				   *sha256 = rq_json_read_string(reader, inputs, "inputs", rq_json_key(input));
		if (name == NULL)
			rq_json_read_no_memory(reader);
		else if (sha256 != NULL && !rq_is_sha256(sha256))
			rq_json_read_fail(reader, "inputs", name, input, "64 hexadecimal digits");
		else if (!rq_input_is_known(name))
			rq_json_read_fail(reader, "inputs", name, input, "no digest but of what a run reads");
		comparison->inputs[comparison->input_count++] = (struct rq_named_text){name, sha256};
	}
	comparison->exact_part = rq_comparison_has_other_corpus(comparison) ? "corpus" : "embedding";
}

/* ---- metrics ---- */

static void read_paired(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *t = rq_json_read_object(reader, object, place, "paired_t");
	struct rq_paired *paired = &metric->paired;
	char inner[PLACE + 16];

	snprintf(inner, sizeof inner, "%s.paired_t", place);
	metric->compared = true;
	paired->n = rq_json_read_count(reader, object, place, "n");
	paired->delta = rq_json_read_number(reader, object, place, "delta");
	paired->lower = rq_json_read_number(reader, object, place, "lower");
	paired->upper = rq_json_read_number(reader, object, place, "upper");
	paired->wins = rq_json_read_count(reader, object, place, "wins");
	paired->ties = rq_json_read_count(reader, object, place, "ties");
	paired->losses = rq_json_read_count(reader, object, place, "losses");
	paired->identical = rq_json_read_bool(reader, object, place, "identical");
	paired->p_worse = rq_json_read_optional_number(reader, object, place, "p_worse");
	paired->t = rq_json_read_optional_number(reader, t, inner, "t");
	paired->t_df = rq_json_read_optional_number(reader, t, inner, "df");
	paired->t_p = rq_json_read_optional_number(reader, t, inner, "p");
}

static void read_sides_of(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *absent = rq_json_read_object(reader, object, place, "absent"), *bounds = rq_json_read_object(reader, object, place, "bounds");
	double interval[2];
	char inner[PLACE + 16];

	rq_json_read_counts(metric->samples, reader, object, place, "samples");
	rq_json_read_counts(metric->ties_at_cutoff, reader, object, place, "ties_at_cutoff");
	for (int side = 0; side < RQ_SIDES; side++) {
		snprintf(inner, sizeof inner, "%s.absent", place);
		metric->absent[side] = rq_json_read_optional_string(reader, absent, inner, side_names[side]);
		snprintf(inner, sizeof inner, "%s.bounds", place);
		rq_json_read_pair(interval, reader, bounds, inner, side_names[side]);
		metric->value[side] = rq_json_read_optional_number(reader, object, place, side_names[side]);
		metric->value_lower[side] = interval[0];
		metric->value_upper[side] = interval[1];
	}
}

static void read_builds(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *sides = rq_json_read_object(reader, object, place, "builds");
	char inner[PLACE + 32];

	for (int side = 0; sides != NULL && side < RQ_SIDES; side++) {
		if (rq_json_get(sides, side_names[side]) == NULL)
			continue;
		snprintf(inner, sizeof inner, "%s.builds.%s", place, side_names[side]);
		const rq_json *means = rq_json_read_array(reader, rq_json_get(sides, side_names[side]), inner, "means");
		metric->builds[side].count = means == NULL ? 0 : rq_json_size(means);
	}
}

static void read_metric(struct rq_metric_result *metric, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const char *name = rq_json_read_string(reader, object, place, "metric");
	struct rq_metric_spec spec;

	if (name == NULL)
		return;
	if (rq_metric_parse(&spec, name, reader->err) != RQ_OK) {
		rq_json_read_fail(reader, place, "metric", rq_json_get(object, "metric"), "a metric that this version knows");
		return;
	}
	*metric = rq_metric_result_of(&spec);
	metric->name = name; /* the spec does not stay */
	read_sides_of(metric, reader, object, place);
	if (rq_json_get(object, "delta") != NULL)
		read_paired(metric, reader, object, place);
	if (rq_json_get(object, "builds") != NULL)
		read_builds(metric, reader, object, place);
}

static void read_metrics(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");
	const rq_json *lists[] = {rq_json_read_array(reader, report->root, "", "metrics"), rq_json_read_array(reader, run, "run", "metrics")};
	struct rq_comparison *comparison = &report->comparison;
	char place[PLACE];

	if (reader->status != RQ_OK)
		return;
	comparison->metrics = need(reader, rq_json_size(lists[0]) + rq_json_size(lists[1]), sizeof *comparison->metrics);
	for (size_t i = 0; i < 2; i++) {
		size_t number = 0;
		for (const rq_json *object = rq_json_first(lists[i]); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
			snprintf(place, sizeof place, "%smetrics[%zu]", i == 0 ? "" : "run.", number++);
			read_metric(&comparison->metrics[comparison->metric_count++], reader, object, place);
		}
	}
}

/* ---- topics ---- */

/* What the first topic has, all have. */
static void prepare_scores(double **values, struct rq_json_reader *reader, struct rq_comparison *comparison, const rq_json *scores)
{
	for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		for (int side = 0; side < RQ_SIDES && rq_json_get(scores, metric->name) != NULL; side++)
			if (metric->absent[side] == NULL)
				metric->per_topic[side] = values[RQ_SIDES * i + (size_t)side] = need(reader, comparison->topic_count, sizeof **values);
	}
}

static void read_scores(double **values, struct rq_json_reader *reader, const struct rq_comparison *comparison, size_t topic, const rq_json *scores,
                        const char *place)
{
	for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++) {
		double *const *sides = values + RQ_SIDES * i;
		double pair[RQ_SIDES];
		if (sides[RQ_BASELINE] == NULL && sides[RQ_CANDIDATE] == NULL)
			continue;
		rq_json_read_pair(pair, reader, scores, place, comparison->metrics[i].name);
		for (int side = 0; side < RQ_SIDES; side++)
			if (sides[side] != NULL)
				sides[side][topic] = pair[side];
	}
}

/* The order of means, and of every search for a topic. */
static void check_order(struct rq_json_reader *reader, const struct rq_comparison *comparison, size_t topic, const char *place, const rq_json *object)
{
	if (reader->status == RQ_OK && topic > 0 && strcmp(comparison->topics[topic - 1].id, comparison->topics[topic].id) >= 0)
		rq_json_read_fail(reader, place, "id", rq_json_get(object, "id"), "topics in the order of their ids, each once");
}

static void read_topics(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *topics = rq_json_read_array(reader, report->root, "", "topics");
	struct rq_comparison *comparison = &report->comparison;
	double **values = topics == NULL ? NULL : need(reader, RQ_SIDES * comparison->metric_count, sizeof *values);
	size_t number = 0;
	char place[PLACE], inner[PLACE + 16];

	if (topics != NULL)
		comparison->topics = need(reader, rq_json_size(topics), sizeof *comparison->topics);
	if (topics == NULL || reader->status != RQ_OK)
		return;
	comparison->topic_count = rq_json_size(topics);
	for (const rq_json *object = rq_json_first(topics); object != NULL && reader->status == RQ_OK; object = rq_json_next(object), number++) {
		struct rq_compared_topic *topic = &comparison->topics[number];
		snprintf(place, sizeof place, "topics[%zu]", number);
		snprintf(inner, sizeof inner, "%s.scores", place);
		const rq_json *scores = rq_json_read_object(reader, object, place, "scores");
		topic->id = rq_json_read_string(reader, object, place, "id");
		topic->slice = rq_json_read_optional_string(reader, object, place, "slice");
		topic->text = rq_json_read_optional_string(reader, object, place, "text");
		topic->text = topic->text == NULL ? "" : topic->text;
		check_order(reader, comparison, number, place, object);
		if (number == 0 && scores != NULL)
			prepare_scores(values, reader, comparison, scores);
		read_scores(values, reader, comparison, number, scores, inner);
	}
}

/* A report has no sums. */
static void add_up(struct rq_comparison *comparison)
{
	for (size_t i = 0; i < comparison->metric_count; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		for (size_t t = 0; t < comparison->topic_count && metric->per_topic[RQ_BASELINE] != NULL && metric->per_topic[RQ_CANDIDATE] != NULL; t++) {
			double d = metric->per_topic[RQ_CANDIDATE][t] - metric->per_topic[RQ_BASELINE][t];
			metric->paired.sum += isnan(d) ? 0 : d;
			metric->paired.sum_squares += isnan(d) ? 0 : d * d;
		}
	}
}

/* ---- gates ---- */

static void read_gate(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	gate->kind = rq_json_read_string(reader, object, place, "kind");
	gate->metric = rq_json_read_string(reader, object, place, "metric");
	gate->slice = rq_json_read_optional_string(reader, object, place, "slice");
	gate->text = rq_json_read_string(reader, object, place, "gate");
	gate->reason = rq_json_read_string(reader, object, place, "reason");
	gate->owner = rq_json_read_optional_string(reader, object, place, "owner");
	gate->runbook = rq_json_read_optional_string(reader, object, place, "runbook");
	gate->blocks = rq_json_read_bool(reader, object, place, "blocks");
	gate->value = rq_json_read_optional_number(reader, object, place, "value");
	gate->limit = rq_json_read_optional_number(reader, object, place, "limit");
	gate->lower = rq_json_read_optional_number(reader, object, place, "lower");
	gate->upper = rq_json_read_optional_number(reader, object, place, "upper");
	gate->p = rq_json_read_optional_number(reader, object, place, "p");
	gate->slice_mean[RQ_BASELINE] = gate->slice_mean[RQ_CANDIDATE] = NAN;
	if (rq_json_get(object, "topics_to_settle") != NULL)
		gate->topics_to_settle = rq_json_read_count(reader, object, place, "topics_to_settle");
	rq_gate_said_read(gate, reader, object, place);
}

static void read_gates(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run");
	const rq_json *lists[] = {rq_json_read_array(reader, report->root, "", "gates"), rq_json_read_array(reader, run, "run", "gates")};
	struct rq_verdict *verdict = &report->verdict;
	char place[PLACE];

	if (reader->status != RQ_OK)
		return;
	verdict->gates = need(reader, rq_json_size(lists[0]) + rq_json_size(lists[1]), sizeof *verdict->gates);
	for (size_t i = 0; i < 2; i++) {
		size_t number = 0;
		for (const rq_json *object = rq_json_first(lists[i]); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
			snprintf(place, sizeof place, "%sgates[%zu]", i == 0 ? "" : "run.", number++);
			struct rq_gate_result *gate = &verdict->gates[verdict->count++];
			gate->is_time = i == 1;
			read_gate(gate, reader, object, place);
			const struct rq_metric_result *metric = reader->status == RQ_OK ? rq_comparison_metric(&report->comparison, gate->metric) : NULL;
			gate->is_rate = metric != NULL && metric->is_rate;
		}
	}
}

static void read_verdict(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *run = rq_json_read_object(reader, report->root, "", "run"), *verdict = rq_json_read_object(reader, run, "run", "verdict");

	report->verdict.outcome = rq_outcome_read(reader, verdict, "run.verdict", "outcome");
	report->verdict.exit_code = rq_json_read_small(reader, verdict, "run.verdict", "exit_code");
	report->verdict.sentence = rq_json_read_string(reader, verdict, "run.verdict", "sentence");
	if (rq_json_read_optional_string(reader, report->root, "", "verdict") != NULL) /* else no gate is on anything but times */
		report->verdict.outcome_untimed = rq_outcome_read(reader, report->root, "", "verdict");
}

/* ---- diagnostics ---- */

static void read_sides(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *sides = rq_json_read_object(reader, diagnostics, "diagnostics", "sides");
	char place[PLACE];

	for (int i = 0; i < RQ_SIDES; i++) {
		const rq_json *side = rq_json_read_object(reader, sides, "diagnostics.sides", side_names[i]);
		snprintf(place, sizeof place, "diagnostics.sides.%s", side_names[i]);
		comparison->sides[i] = rq_side_info_read(reader, side, place);
	}
}

static void read_remarks(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *remarks = rq_json_read_array(reader, diagnostics, "diagnostics", "remarks");
	char place[PLACE];

	if (remarks == NULL)
		return;
	comparison->remarks = need(reader, rq_json_size(remarks), sizeof *comparison->remarks);
	for (const rq_json *object = rq_json_first(remarks); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		snprintf(place, sizeof place, "diagnostics.remarks[%zu]", comparison->remark_count);
		comparison->remarks[comparison->remark_count++] =
			(struct rq_remark){rq_json_read_bool(reader, object, place, "warning"), rq_json_read_string(reader, object, place, "text")};
	}
}

static void read_bm25(struct rq_comparison *comparison, struct rq_json_reader *reader, const rq_json *diagnostics)
{
	const rq_json *bm25 = rq_json_read_object(reader, diagnostics, "diagnostics", "bm25");

	comparison->bm25 = rq_json_read_optional_string(reader, bm25, "diagnostics.bm25", "index");
	comparison->bm25_absent = rq_json_read_optional_string(reader, bm25, "diagnostics.bm25", "absent");
	if (comparison->bm25 == NULL)
		return;
	const rq_json *metrics = rq_json_read_object(reader, bm25, "diagnostics.bm25", "metrics");
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (comparison->metrics[i].is_judged)
			comparison->metrics[i].bm25 = rq_json_read_optional_number(reader, metrics, "diagnostics.bm25.metrics", comparison->metrics[i].name);
}

static void read_diagnostics(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *diagnostics = rq_json_read_object(reader, report->root, "", "diagnostics"),
				  *counts = rq_json_read_object(reader, diagnostics, "diagnostics", "counts");
	struct rq_comparison *comparison = &report->comparison;

	comparison->cutoff = rq_json_read_optional_count(reader, diagnostics, "diagnostics", "cutoff");
	comparison->exact_note = rq_json_read_optional_string(reader, diagnostics, "diagnostics", "exact");
	if (counts == NULL)
		return;
	comparison->counts = need(reader, rq_json_size(counts), sizeof *comparison->counts);
	for (const rq_json *count = rq_json_first(counts); count != NULL && reader->status == RQ_OK; count = rq_json_next(count)) {
		const char *name = rq_arena_strdup(reader->arena, rq_json_key(count));
		if (name == NULL)
			rq_json_read_no_memory(reader);
		comparison->counts[comparison->count_count++] =
			(struct rq_named_number){name, rq_json_read_number(reader, counts, "diagnostics.counts", rq_json_key(count))};
	}
	read_sides(comparison, reader, diagnostics);
	read_bm25(comparison, reader, diagnostics);
	read_remarks(comparison, reader, diagnostics);
}

/* ---- files ---- */

static enum rq_status read_all(struct rq_report_file *report, struct rq_json_reader *reader, const struct rq_buf *text)
{
	RQ_TRY(rq_json_read_root(&report->owned, reader, text, RQ_REPORT_SCHEMA_VERSION));
	report->root = report->owned;
	report->metrics_version = (int64_t)rq_json_read_count(reader, report->root, "", "metrics_version");
	report->suite = rq_json_read_optional_string(reader, report->root, "", "suite");
	report->profile = rq_json_read_string(reader, report->root, "", "profile");
	read_run(report, reader);
	read_failures(report, reader);
	read_inputs(report, reader);
	read_metrics(report, reader);
	read_topics(report, reader);
	read_gates(report, reader);
	read_verdict(report, reader);
	read_diagnostics(report, reader);
	if (reader->status == RQ_OK)
		add_up(&report->comparison);
	return reader->status;
}

enum rq_status rq_report_file_read(struct rq_report_file *report, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = REPORT_MAXIMUM};
	struct rq_arena *arena = &report->comparison.arena;

	*report = (struct rq_report_file){0};
	RQ_TRY(rq_file_read(&text, path, err));
	RQ_TRY(rq_sha256(report->sha256, text.data, text.size, err));
	report->path = rq_arena_strdup(arena, path);
	report->folder = rq_path_folder(arena, path);
	if (report->path == NULL || report->folder == NULL)
		return rq_fail_memory(err);
	struct rq_json_reader reader = {.source = report->path, .arena = arena, .err = err};
	return read_all(report, &reader, &text);
}

static void read_ranking(struct rq_run *run, const struct rq_run **out, const struct rq_report_file *report, struct rq_json_reader *reader,
                         const char *name)
{
	const rq_json *rankings = rq_json_get(report->root, "rankings"), *ranking = rankings == NULL ? NULL : rq_json_get(rankings, name);
	char place[PLACE];

	if (ranking == NULL || reader->status != RQ_OK)
		return;
	snprintf(place, sizeof place, "rankings.%s", name);
	const char *file = rq_json_read_string(reader, ranking, place, "file"), *sha256 = rq_json_read_string(reader, ranking, place, "sha256");
	if (reader->status != RQ_OK)
		return;
	const char *path = rq_path_join(reader->arena, report->folder, file);
	if (path == NULL)
		rq_json_read_no_memory(reader);
	else
		reader->status = rq_run_load_put(run, path, sha256, report->path, reader->err);
	*out = run;
}

enum rq_status rq_report_file_rankings(struct rq_report_file *report, struct rq_error *err)
{
	struct rq_comparison *comparison = &report->comparison;
	struct rq_json_reader reader = {.source = report->path, .arena = &comparison->arena, .err = err};
	char name[PLACE];

	for (int side = 0; side < RQ_SIDES; side++) {
		struct rq_side_info *info = &comparison->sides[side];
		snprintf(name, sizeof name, "%s.ann", side_names[side]);
		read_ranking(&report->ranked[side], &info->ranked, report, &reader, name);
		snprintf(name, sizeof name, "%s.exact", side_names[side]);
		read_ranking(&report->exact[side], &info->exact, report, &reader, name);
		if (reader.status == RQ_OK && info->ranked == NULL)
			return rq_fail(err, RQ_E_DATA, "%s: has no rankings of the %s; they are kept unless \"reports\" of the config says \"rankings\": false",
			               report->path, side_names[side]);
	}
	return reader.status;
}

void rq_report_file_release(struct rq_report_file *report)
{
	for (int side = 0; side < RQ_SIDES; side++) {
		rq_run_release(&report->ranked[side]);
		rq_run_release(&report->exact[side]);
	}
	rq_failures_release(&report->comparison.failures);
	rq_json_free(report->owned);
	rq_arena_release(&report->comparison.arena);
	*report = (struct rq_report_file){0};
}
