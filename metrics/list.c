/* Lists of metrics as a command line asks for them: names, trec_eval's families with their cutoffs, nicknames. */
#include "metrics/names.h"

#include <stdio.h>
#include <string.h>

enum { RELSTRING_STANDARD = 10, RELSTRING_MAXIMUM = 1000 };

void rq_metric_list_release(struct rq_metric_list *list)
{
	rq_arena_release(&list->arena);
	*list = (struct rq_metric_list){0};
}

enum rq_status rq_metrics_add_spec(struct rq_metric_list *list, const struct rq_metric_spec *spec, struct rq_error *err)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->specs[i].name, spec->name) == 0)
			return RQ_OK;
	if (list->count == list->capacity) {
		size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
		struct rq_metric_spec *grown = rq_arena_alloc(&list->arena, capacity, sizeof *grown);
		if (grown == NULL)
			return rq_fail_memory(err);
		if (list->count > 0)
			memcpy(grown, list->specs, list->count * sizeof *grown);
		list->specs = grown;
		list->capacity = capacity;
	}
	list->specs[list->count++] = *spec;
	return RQ_OK;
}

/* One spec for each cutoff; `at` of the reader stands at the first of them. */
static enum rq_status add_cutoffs(struct rq_metric_list *list, const struct rq_metric_spec *family, struct rq_name_reader *reader, int level)
{
	bool more = true;

	while (more) {
		struct rq_metric_spec spec = *family;
		RQ_TRY(rq_read_cutoff(&spec, reader));
		more = *reader->at == ',';
		if (!more && *reader->at != '\0')
			return RQ_FAIL_NAME(reader, reader->at, "unexpected \"%.40s\"; a comma and another cutoff were expected, or the end", reader->at);
		reader->at += more;
		RQ_TRY(rq_metric_finish(&spec, level, reader->err));
		RQ_TRY(rq_metrics_add_spec(list, &spec, reader->err));
	}
	return RQ_OK;
}

static enum rq_status add_standard_cutoffs(struct rq_metric_list *list, const struct rq_metric_spec *family, const char *cutoffs, int level,
                                           struct rq_error *err)
{
	struct rq_name_reader reader = {cutoffs, cutoffs, err};

	return add_cutoffs(list, family, &reader, level);
}

/* "utility.1,-1,0,0": the row's parameters in its order. */
static enum rq_status read_numbers(struct rq_metric_spec *spec, size_t count, struct rq_name_reader *reader)
{
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && *reader->at != ',')
			return RQ_FAIL_NAME(reader, reader->at, "%zu numbers were expected, with commas between", count);
		reader->at += i > 0;
		RQ_TRY(rq_read_number(&spec->numbers[i], &spec->metric->parameters[i], reader));
	}
	return RQ_OK;
}

/* What stands behind the "." of a measure that has one value. trec_eval shows it as it was typed. */
static enum rq_status add_with_parameters(struct rq_metric_list *list, struct rq_metric_spec *spec, const struct rq_trec_measure *measure,
                                          struct rq_name_reader *reader, int level)
{
	const char *typed = reader->at;

	if (spec->metric->takes_gains)
		RQ_TRY(rq_read_gains(spec, reader));
	else if (spec->metric->takes_points)
		RQ_TRY(rq_read_points(spec, reader));
	else if (measure->numbers > 0)
		RQ_TRY(read_numbers(spec, measure->numbers, reader));
	else
		return RQ_FAIL_NAME(reader, typed, "\"%s\" takes no parameter", measure->name);
	if (*reader->at != '\0')
		return RQ_FAIL_NAME(reader, reader->at, "unexpected \"%.40s\"; the name should end here", reader->at);
	RQ_TRY(rq_metric_finish(spec, level, reader->err));
	int length = snprintf(spec->trec, sizeof spec->trec, "%s_%s", measure->name, typed);
	if (length < 0 || (size_t)length >= sizeof spec->trec)
		return RQ_FAIL_NAME(reader, typed, "trec_eval's name of it would have more than %zu characters; write shorter numbers",
		                    sizeof spec->trec - 1);
	return rq_metrics_add_spec(list, spec, reader->err);
}

static enum rq_status add_relstring(struct rq_metric_list *list, struct rq_name_reader *reader)
{
	static const struct rq_metric_parameter parameter = {.name = "the number of ranks", .lowest = 0, .highest = RELSTRING_MAXIMUM, .whole = true};
	const char *typed = reader->at;
	double length = RELSTRING_STANDARD;

	if (*typed != '\0')
		RQ_TRY(rq_read_number(&length, &parameter, reader));
	if (*reader->at != '\0')
		return RQ_FAIL_NAME(reader, reader->at, "unexpected \"%.40s\"; the name should end here", reader->at);
	if (list->relstring)
		return RQ_OK;
	list->relstring = true;
	list->relstring_length = (size_t)length;
	snprintf(list->relstring_name, sizeof list->relstring_name, "relstring%s%.16s", *typed == '\0' ? "" : "_", typed);
	return RQ_OK;
}

/* `reader` stands behind the name and its ".", or at the end. */
static enum rq_status add_measure(struct rq_metric_list *list, const struct rq_trec_measure *measure, struct rq_name_reader *reader, int level)
{
	const struct rq_metric *metric = rq_trec_metric(measure);
	bool bare = *reader->at == '\0';

	if (strcmp(measure->name, "relstring") == 0)
		return add_relstring(list, reader);
	if (metric == NULL && !bare)
		return RQ_FAIL_NAME(reader, reader->at, "\"%s\" takes no parameter", measure->name);
	if (metric == NULL) {
		list->runid = true;
		return RQ_OK;
	}
	struct rq_metric_spec spec = rq_metric_standard(metric, level);
	if (measure->cutoffs != NULL)
		return bare ? add_standard_cutoffs(list, &spec, measure->cutoffs, level, reader->err) : add_cutoffs(list, &spec, reader, level);
	if (!bare)
		return add_with_parameters(list, &spec, measure, reader, level);
	RQ_TRY(rq_metric_finish(&spec, level, reader->err));
	return rq_metrics_add_spec(list, &spec, reader->err);
}

static bool is_of_nickname(bool *known, const struct rq_trec_measure *measure, const char *nickname)
{
	bool official = strcmp(nickname, "official") == 0, set = strcmp(nickname, "set") == 0, all = strcmp(nickname, "all_trec") == 0;

	*known = official || set || all;
	return (official && measure->official) || (set && measure->set) || (all && measure->all);
}

static const char *family_cutoffs(const struct rq_metric *metric)
{
	for (const struct rq_trec_measure *measure = rq_trec_measures; measure->name != NULL; measure++)
		if (measure->cutoffs != NULL && rq_trec_metric(measure) == metric)
			return measure->cutoffs;
	return NULL;
}

/* A name that rq_metric_parse() reads, or one that lacks its cutoff. */
static enum rq_status add_name(struct rq_metric_list *list, const char *name, int level, struct rq_error *err)
{
	struct rq_metric_spec spec;
	bool family;

	RQ_TRY(rq_metric_read(&spec, &family, name, level, err));
	if (!family)
		return rq_metrics_add_spec(list, &spec, err);
	const char *cutoffs = family_cutoffs(spec.metric);
	if (cutoffs == NULL)
		return rq_metric_read(&spec, NULL, name, level, err); /* fails, and says why */
	return add_standard_cutoffs(list, &spec, cutoffs, level, err);
}

/* Length of the text up to a comma that is not between parentheses. */
static size_t part_length(const char *text)
{
	size_t length = 0;

	for (int depth = 0; text[length] != '\0' && (depth > 0 || text[length] != ','); length++)
		depth += (text[length] == '(') - (text[length] == ')');
	return length;
}

enum rq_status rq_metrics_add(struct rq_metric_list *list, const char *text, int level, struct rq_error *err)
{
	size_t head = strcspn(text, "."), length = part_length(text);
	const struct rq_trec_measure *measure = rq_trec_find(text, head);
	bool nickname = false;

	for (const struct rq_trec_measure *each = rq_trec_measures; each->name != NULL; each++) {
		struct rq_name_reader nothing = {each->name, "", err};
		if (is_of_nickname(&nickname, each, text))
			RQ_TRY(add_measure(list, each, &nothing, level));
	}
	if (nickname)
		return RQ_OK;
	if (measure != NULL && (text[head] == '\0' || text[head + 1] != '\0')) {
		struct rq_name_reader reader = {text, text + head + (text[head] == '.'), err};
		return add_measure(list, measure, &reader, level);
	}
	if (text[length] == '\0')
		return add_name(list, text, level, err);
	char *first = rq_arena_strndup(&list->arena, text, length);
	if (first == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_metrics_add(list, first, level, err));
	return rq_metrics_add(list, text + length + 1, level, err);
}
