/* The parts of a metric's name: cutoffs, numbers and lists read, canonical and trec_eval's spelling written. Knows no metric. */
#include "metrics/names.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CUTOFF_MAXIMUM = 1000000, GRADE_MAXIMUM = 1000000, GAIN_MAXIMUM = 1000000000 };

static const char of_numbers[] = "0123456789.+-eE";

enum rq_status rq_read_number(double *number, const struct rq_metric_parameter *parameter, struct rq_name_reader *reader)
{
	size_t length = strspn(reader->at, of_numbers);
	double read;

	if (!rq_parse_f64(&read, reader->at, length) || !(read >= parameter->lowest && read <= parameter->highest) ||
	    (parameter->whole && read != floor(read)))
		return RQ_FAIL_NAME(reader, reader->at, "%s must be a %snumber from %s to %s", parameter->name, parameter->whole ? "whole " : "",
		                    rq_short_number(parameter->lowest).text, rq_short_number(parameter->highest).text);
	*number = read;
	reader->at += length;
	return RQ_OK;
}

enum rq_status rq_read_cutoff(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	size_t length = strspn(reader->at, "0123456789");
	uint64_t cutoff;

	if (spec->metric->cutoff == RQ_CUTOFF_SHARE)
		return rq_read_number(&spec->numbers[0], spec->metric->parameters, reader);
	if (!rq_parse_u64(&cutoff, reader->at, length) || cutoff < 1 || cutoff > CUTOFF_MAXIMUM)
		return RQ_FAIL_NAME(reader, reader->at, "the cutoff must be a whole number from 1 to %d", CUTOFF_MAXIMUM);
	spec->cutoff = (size_t)cutoff;
	reader->at += length;
	return RQ_OK;
}

enum rq_status rq_read_points(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	static const struct rq_metric_parameter point = {.name = "a point", .lowest = 0, .highest = 1};
	bool more = true;

	for (spec->number_count = 0; more; spec->number_count++) {
		const char *from = reader->at;
		if (spec->number_count == RQ_METRIC_NUMBERS)
			return RQ_FAIL_NAME(reader, from, "expected at most %d points", RQ_METRIC_NUMBERS);
		RQ_TRY(rq_read_number(&spec->numbers[spec->number_count], &point, reader));
		if (spec->number_count > 0 && spec->numbers[spec->number_count] <= spec->numbers[spec->number_count - 1])
			return RQ_FAIL_NAME(reader, from, "%s", "each point must be larger than the one before it");
		more = *reader->at == ',';
		reader->at += more;
	}
	return RQ_OK;
}

static int compare_gain(const void *a, const void *b)
{
	const struct rq_gain *left = a, *right = b;

	return (left->grade > right->grade) - (left->grade < right->grade);
}

enum rq_status rq_read_gains(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	static const struct rq_metric_parameter grade = {.name = "a grade", .lowest = 0, .highest = GRADE_MAXIMUM, .whole = true},
	                                        gain = {.name = "a gain", .lowest = 0, .highest = GAIN_MAXIMUM};
	bool more = true;

	for (spec->gain_count = 0; more; spec->gain_count++) {
		struct rq_gain *read = &spec->gains[spec->gain_count];
		const char *from = reader->at;
		double number;
		if (spec->gain_count == RQ_METRIC_GAINS)
			return RQ_FAIL_NAME(reader, from, "expected at most %d grades with a gain of their own", RQ_METRIC_GAINS);
		RQ_TRY(rq_read_number(&number, &grade, reader));
		read->grade = (int32_t)number;
		for (size_t i = 0; i < spec->gain_count; i++)
			if (spec->gains[i].grade == read->grade)
				return RQ_FAIL_NAME(reader, from, "grade %d has a gain already", read->grade);
		if (*reader->at != '=')
			return RQ_FAIL_NAME(reader, reader->at, "%s", "GRADE=GAIN was expected, such as 2=7");
		reader->at++;
		RQ_TRY(rq_read_number(&read->gain, &gain, reader));
		more = *reader->at == ',';
		reader->at += more;
	}
	qsort(spec->gains, spec->gain_count, sizeof *spec->gains, compare_gain);
	return RQ_OK;
}

struct rq_metric_spec rq_metric_standard(const struct rq_metric *metric, int level)
{
	struct rq_metric_spec spec = {.metric = metric, .relevant = metric->takes_rel ? level : 1};

	for (const struct rq_metric_parameter *parameter = metric->parameters; parameter != NULL && parameter->name != NULL; parameter++)
		spec.numbers[spec.number_count++] = parameter->standard;
	for (size_t i = 0; metric->takes_points && i < RQ_METRIC_NUMBERS; i++)
		spec.numbers[spec.number_count++] = (double)i / 10;
	return spec;
}

/* ---- spelling ---- */

/* A text that grows in place; `full` once something did not fit. */
struct spelling {
	char *text;
	size_t size, used;
	bool full;
};

static void add(struct spelling *spelling, const char *format, ...) RQ_PRINTF(2, 3);

static void add(struct spelling *spelling, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(spelling->text + spelling->used, spelling->size - spelling->used, format, arguments);
	va_end(arguments);
	spelling->full |= n < 0 || (size_t)n >= spelling->size - spelling->used;
	if (!spelling->full)
		spelling->used += (size_t)n;
}

static void add_numbers(struct spelling *spelling, const struct rq_metric_spec *spec, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(spelling, "%s%s", i > 0 ? "," : "", rq_short_number(spec->numbers[i]).text);
}

static void add_gains(struct spelling *spelling, const struct rq_metric_spec *spec)
{
	for (size_t i = 0; i < spec->gain_count; i++)
		add(spelling, "%s%d=%s", i > 0 ? "," : "", spec->gains[i].grade, rq_short_number(spec->gains[i].gain).text);
}

static bool numbers_are_standard(const struct rq_metric_spec *spec, size_t count)
{
	const struct rq_metric_spec standard = rq_metric_standard(spec->metric, 1);

	for (size_t i = 0; i < count; i++)
		if (spec->numbers[i] != standard.numbers[i])
			return false;
	return spec->metric->parameters != NULL || spec->number_count == standard.number_count;
}

static void write_canonical(struct spelling *name, const struct rq_metric_spec *spec)
{
	const struct rq_metric *metric = spec->metric;
	bool share = metric->cutoff == RQ_CUTOFF_SHARE, points = metric->takes_points && !numbers_are_standard(spec, spec->number_count);
	const char *before = "(";

	add(name, "%s", metric->name);
	for (size_t i = 0; metric->parameters != NULL && !share && metric->parameters[i].name != NULL; i++) {
		if (!metric->parameters[i].spelt && spec->numbers[i] == metric->parameters[i].standard)
			continue;
		add(name, "%s%s=%s", before, metric->parameters[i].name, rq_short_number(spec->numbers[i]).text);
		before = ",";
	}
	if (spec->exponential)
		add(name, "(dcg='exp-log2'");
	if (spec->gain_count > 0) {
		add(name, "(gains='");
		add_gains(name, spec);
		add(name, "'");
	}
	if (points) {
		add(name, "(points='");
		add_numbers(name, spec, spec->number_count);
		add(name, "'");
	}
	if (spec->exponential || spec->gain_count > 0 || points)
		before = ",";
	if (spec->relevant != 1) {
		add(name, "%srel=%d", before, spec->relevant);
		before = ",";
	}
	if (*before == ',')
		add(name, ")");
	if (spec->cutoff > 0)
		add(name, "@%zu", spec->cutoff);
	if (share)
		add(name, "@%s", rq_short_number(spec->numbers[0]).text);
}

static void write_trec(struct spelling *name, const struct rq_metric_spec *spec)
{
	const struct rq_trec_measure *measure = rq_trec_measure(spec);
	size_t numbers = spec->metric->takes_points ? spec->number_count : measure->numbers;

	add(name, "%s", measure->name);
	if (spec->cutoff > 0)
		add(name, "_%zu", spec->cutoff);
	else if (spec->metric->cutoff == RQ_CUTOFF_SHARE)
		add(name, "_%3.2f", spec->numbers[0]);
	else if (!numbers_are_standard(spec, numbers)) {
		add(name, "_");
		add_numbers(name, spec, numbers);
	} else if (spec->gain_count > 0) {
		add(name, "_");
		add_gains(name, spec);
	}
}

enum rq_status rq_metric_finish(struct rq_metric_spec *spec, int level, struct rq_error *err)
{
	struct spelling canonical = {spec->name, sizeof spec->name, 0, false}, trec = {spec->trec, sizeof spec->trec, 0, false};

	write_canonical(&canonical, spec);
	if (canonical.full)
		return rq_fail(err, RQ_E_CONFIG, "metric \"%.60s...\": its name is longer than %zu characters; use fewer or shorter numbers", spec->name,
		               sizeof spec->name - 1);
	spec->trec[0] = '\0';
	if (rq_trec_measure(spec) != NULL && (!spec->metric->takes_rel || spec->relevant == level))
		write_trec(&trec, spec);
	if (trec.full)
		spec->trec[0] = '\0';
	return RQ_OK;
}
