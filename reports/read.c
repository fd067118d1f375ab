/* Reads report.json and the rankings beside it back. The other way round is json.c: a key that is read here is written there. */
#include "reports/read_parts.h"

#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/seal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const size_t REPORT_MAXIMUM = (size_t)1 << 30;
static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

void *rq_read_need(struct rq_json_reader *reader, size_t count, size_t size)
{
	void *memory = reader->status == RQ_OK ? rq_arena_alloc(reader->arena, count + 1, size) : NULL;

	if (memory == NULL && reader->status == RQ_OK)
		rq_json_read_no_memory(reader);
	return memory;
}

void rq_read_order(void *items, size_t size, const size_t *numbers, size_t count, struct rq_json_reader *reader)
{
	unsigned char *sorted = rq_read_need(reader, count, size);

	if (sorted == NULL)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t place = 0;
		for (size_t j = 0; j < count; j++)
			place += numbers[j] < numbers[i] || (numbers[j] == numbers[i] && j < i);
		memcpy(sorted + place * size, (const unsigned char *)items + i * size, size);
	}
	memcpy(items, sorted, count * size);
}

/* ---- values by their keys ---- */

static const char *copy_text(struct rq_json_reader *reader, const char *text)
{
	const char *copy = rq_arena_strdup(reader->arena, text);

	if (copy == NULL)
		rq_json_read_no_memory(reader);
	return copy;
}

void rq_read_texts(struct rq_named_text **texts, size_t *count, struct rq_json_reader *reader, const rq_json *object)
{
	*count = 0;
	*texts = rq_read_need(reader, object == NULL ? 0 : rq_json_size(object), sizeof **texts);
	for (const rq_json *member = object == NULL ? NULL : rq_json_first(object); member != NULL && reader->status == RQ_OK;
	     member = rq_json_next(member))
		if (rq_json_string(member) != NULL)
			(*texts)[(*count)++] = (struct rq_named_text){copy_text(reader, rq_json_key(member)), copy_text(reader, rq_json_string(member))};
}

void rq_read_numbers(struct rq_named_number **numbers, size_t *count, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	*count = 0;
	*numbers = rq_read_need(reader, object == NULL ? 0 : rq_json_size(object), sizeof **numbers);
	for (const rq_json *member = object == NULL ? NULL : rq_json_first(object); member != NULL && reader->status == RQ_OK;
	     member = rq_json_next(member)) {
		const char *name = copy_text(reader, rq_json_key(member));
		(*numbers)[(*count)++] = (struct rq_named_number){name, rq_json_read_number(reader, object, place, rq_json_key(member))};
	}
}

void rq_read_remarks(struct rq_remark **remarks, size_t *count, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *array = rq_json_read_array(reader, object, place, "remarks");
	char inner[RQ_PLACE];

	*count = 0;
	*remarks = rq_read_need(reader, array == NULL ? 0 : rq_json_size(array), sizeof **remarks);
	for (const rq_json *remark = array == NULL ? NULL : rq_json_first(array); remark != NULL && reader->status == RQ_OK;
	     remark = rq_json_next(remark)) {
		snprintf(inner, sizeof inner, "%.64s.remarks[%zu]", place, *count);
		(*remarks)[(*count)++] =
			(struct rq_remark){rq_json_read_bool(reader, remark, inner, "warning"), rq_json_read_string(reader, remark, inner, "text")};
	}
}

static void read_inputs(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *inputs = rq_json_read_object(reader, report->root, "", "inputs");
	struct rq_comparison *comparison = &report->comparison;

	if (inputs == NULL)
		return;
	comparison->inputs = rq_read_need(reader, rq_json_size(inputs), sizeof *comparison->inputs);
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
}

/* ---- topics ---- */

/* What the first topic has, all have. */
static void prepare_scores(double **values, struct rq_json_reader *reader, struct rq_comparison *comparison, const rq_json *scores)
{
	for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		for (int side = 0; side < RQ_SIDES && rq_json_get(scores, metric->name) != NULL; side++)
			if (metric->absent[side] == NULL)
				metric->per_topic[side] = values[RQ_SIDES * i + (size_t)side] = rq_read_need(reader, comparison->topic_count, sizeof **values);
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

/* Where the topic's differences come from, of the metrics that moved. */
static void read_split(struct rq_comparison *comparison, struct rq_json_reader *reader, size_t topic, const rq_json *object, const char *place)
{
	const rq_json *attribution = rq_json_read_object(reader, object, place, "attribution");

	for (size_t i = 0; i < comparison->metric_count && reader->status == RQ_OK; i++) {
		struct rq_metric_result *metric = &comparison->metrics[i];
		const rq_json *parts = rq_json_get(attribution, metric->name), *part = parts == NULL ? NULL : rq_json_first(parts);
		if (parts == NULL)
			continue;
		if (rq_json_type(parts) != RQ_JSON_ARRAY || rq_json_size(parts) != 3) {
			rq_json_read_fail(reader, place, "attribution", attribution, "three numbers for each metric, each of which may be null");
			return;
		}
		if (metric->split == NULL)
			metric->split = rq_read_need(reader, comparison->topic_count, sizeof *metric->split);
		if (reader->status != RQ_OK)
			return;
		struct rq_attribution *split = &metric->split[topic];
		split->topics = split->of = 1;
		split->delta = metric->per_topic[RQ_CANDIDATE] == NULL || metric->per_topic[RQ_BASELINE] == NULL
		                   ? (double)NAN
		                   : metric->per_topic[RQ_CANDIDATE][topic] - metric->per_topic[RQ_BASELINE][topic];
		split->embedding = rq_json_number(part);
		split->index = rq_json_number(rq_json_next(part));
		split->judging = rq_json_number(rq_json_next(rq_json_next(part)));
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
	double **values = topics == NULL ? NULL : rq_read_need(reader, RQ_SIDES * comparison->metric_count, sizeof *values);
	size_t number = 0;
	char place[RQ_PLACE], inner[2 * RQ_PLACE];

	if (topics != NULL)
		comparison->topics = rq_read_need(reader, rq_json_size(topics), sizeof *comparison->topics);
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
		topic->cause = rq_json_read_optional_string(reader, object, place, "cause");
		check_order(reader, comparison, number, place, object);
		if (number == 0 && scores != NULL)
			prepare_scores(values, reader, comparison, scores);
		read_scores(values, reader, comparison, number, scores, inner);
		if (reader->status == RQ_OK && rq_json_get(object, "attribution") != NULL)
			read_split(comparison, reader, number, object, place);
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

/* ---- files ---- */

/* The folder is that of the first; all lie in one. */
static void read_digests(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *rankings = reader->status == RQ_OK ? rq_json_get(report->root, "rankings") : NULL;
	struct rq_named_text *digests = rq_read_need(reader, rankings == NULL ? 0 : rq_json_size(rankings), sizeof *digests);
	char place[RQ_PLACE];

	report->report.rankings = digests;
	for (const rq_json *ranking = rankings == NULL ? NULL : rq_json_first(rankings); ranking != NULL && reader->status == RQ_OK;
	     ranking = rq_json_next(ranking)) {
		snprintf(place, sizeof place, "rankings.%.64s", rq_json_key(ranking));
		const char *file = rq_json_read_string(reader, ranking, place, "file");
		if (file != NULL && report->report.rankings_folder == NULL)
			report->report.rankings_folder = rq_path_folder(reader->arena, file);
		digests[report->report.ranking_count++] =
			(struct rq_named_text){copy_text(reader, rq_json_key(ranking)), rq_json_read_string(reader, ranking, place, "sha256")};
	}
}

static const char *read_profile(struct rq_json_reader *reader, const rq_json *root)
{
	const char *profile = rq_json_read_string(reader, root, "", "profile");

	if (profile != NULL && strcmp(profile, "pr") != 0 && strcmp(profile, "release") != 0)
		rq_json_read_fail(reader, "", "profile", rq_json_get(root, "profile"), "\"pr\" or \"release\"");
	return profile;
}

/* Takes the seal out of the tree, of which it is not a part; `why` it does not fit, or NULL. */
static enum rq_status take_seal(const char **why, struct rq_report_file *report, struct rq_error *err)
{
	rq_json *run = rq_json_member(report->owned, "run");
	const rq_json *seal = run == NULL ? NULL : rq_json_get(run, RQ_REPORT_SEAL);
	char sha256[RQ_SHA256_HEX];

	*why = NULL;
	report->report.unsealed = seal == NULL;
	if (seal == NULL)
		return RQ_OK;
	const char *text = rq_json_string(seal), *said = rq_arena_strdup(&report->comparison.arena, text == NULL ? "" : text);
	if (said == NULL)
		return rq_fail_memory(err);
	rq_json_remove(run, RQ_REPORT_SEAL);
	RQ_TRY(rq_json_seal(sha256, report->owned, err));
	if (strcmp(said, sha256) != 0)
		*why = "has been changed since rqgate wrote it, for its seal (run." RQ_REPORT_SEAL ") does not fit; run the gate again";
	return RQ_OK;
}

static enum rq_status read_all(struct rq_report_file *report, struct rq_json_reader *reader, const struct rq_buf *text)
{
	const char *broken;

	RQ_TRY(rq_json_read_root(&report->owned, reader, text, RQ_REPORT_SCHEMA_VERSION));
	report->root = report->owned;
	RQ_TRY(take_seal(&broken, report, reader->err));
	report->metrics_version = (int64_t)rq_json_read_count(reader, report->root, "", "metrics_version");
	report->suite = rq_json_read_optional_string(reader, report->root, "", "suite");
	report->profile = read_profile(reader, report->root);
	rq_read_run(report, reader);
	read_inputs(report, reader);
	rq_read_metrics(report, reader);
	rq_read_past(report, reader);
	read_topics(report, reader);
	rq_read_examples(report, reader);
	rq_read_drift(report, reader);
	rq_read_verdict(report, reader);
	rq_read_diagnostics(report, reader);
	rq_check_verdict(report, reader);
	read_digests(report, reader);
	if (reader->status != RQ_OK)
		return reader->status;
	if (broken != NULL) /* what is plainly wrong has been told first */
		return rq_fail(reader->err, RQ_E_DATA, "%s: %s", report->path, broken);
	add_up(&report->comparison);
	report->report.suite = report->suite;
	report->report.profile = report->profile;
	report->report.sha256 = report->sha256;
	report->report.comparison = &report->comparison;
	report->report.verdict = &report->verdict;
	return RQ_OK;
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
	char place[RQ_PLACE];

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
	char name[RQ_PLACE];

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
