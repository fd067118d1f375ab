/* The registry of metrics, and their names: "RR@10", "P(rel=2)@5", trec_eval's "ndcg_cut_10" -> a spec with its canonical spelling.
 *
 * A name is STEM, then "(rel=N)" or "(dcg='...')" where the metric takes one, then "@CUTOFF"; or trec_eval's stem with the cutoff behind its "_"
 * (or ".", as its -m option has it). Letter case of the stem is free: no two stems differ by case alone. Knows no metric's meaning. */
#include "metrics/metric.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RQ_METRIC(name) extern const struct rq_metric rq_metric_##name;
#include "metrics/metrics.def"
#undef RQ_METRIC

const struct rq_metric *const rq_metrics[] = {
#define RQ_METRIC(name) &rq_metric_##name,
#include "metrics/metrics.def"
#undef RQ_METRIC
	NULL,
};

enum { CUTOFF_MAXIMUM = 1000000, STEMS_MAXIMUM = 256 };

static const char digits[] = "0123456789";

/* The name while it is read. */
struct reader {
	const char *name, *at;
	struct rq_error *err;
};

/* Fails at `where` within the name; the sentence begins with the name and the column. */
#define FAIL_AT(reader, where, format, ...) \
	rq_fail((reader)->err, RQ_E_CONFIG, "metric \"%.100s\": column %zu: " format, (reader)->name, (size_t)((where) - (reader)->name) + 1, __VA_ARGS__)

static bool same_stem(const char *stem, const char *text, size_t length)
{
	return strlen(stem) == length && strncasecmp(stem, text, length) == 0;
}

static const struct rq_metric *find_stem(const char *text, size_t length)
{
	for (size_t i = 0; rq_metrics[i]; i++) {
		if (same_stem(rq_metrics[i]->name, text, length))
			return rq_metrics[i];
		for (const char *const *alias = rq_metrics[i]->aliases; *alias; alias++)
			if (same_stem(*alias, text, length))
				return rq_metrics[i];
	}
	return NULL;
}

/* "ndcg_cut_10", "ndcg_cut.10": the length of the stem with its separator, 0 where the text is not of that form. */
static size_t trec_stem_length(const char *text, size_t length)
{
	size_t stem = length;

	while (stem > 0 && strchr(digits, text[stem - 1]))
		stem--;
	return stem > 1 && stem < length && (text[stem - 1] == '_' || text[stem - 1] == '.') ? stem : 0;
}

static const struct rq_metric *find_trec_stem(const char *text, size_t length)
{
	char stem[32];

	if (length == 0 || length >= sizeof stem)
		return NULL;
	memcpy(stem, text, length);
	stem[length - 1] = '_';
	return find_stem(stem, length);
}

static enum rq_status fail_unknown(const struct reader *reader, size_t length)
{
	const char *stems[STEMS_MAXIMUM], *nearest = NULL;
	size_t count = 0, listed = 0;
	char text[64], known[512];

	if (length == 0)
		return FAIL_AT(reader, reader->name, "%s", "a metric's name was expected, such as \"RR@10\"");
	for (size_t i = 0; rq_metrics[i]; i++) {
		if (listed < sizeof known)
			listed += (size_t)snprintf(known + listed, sizeof known - listed, "%s%s", i ? ", " : "", rq_metrics[i]->name);
		if (count < STEMS_MAXIMUM)
			stems[count++] = rq_metrics[i]->name;
		for (const char *const *alias = rq_metrics[i]->aliases; *alias && count < STEMS_MAXIMUM; alias++)
			stems[count++] = *alias;
	}
	if (length < sizeof text) {
		memcpy(text, reader->name, length);
		text[length] = '\0';
		nearest = rq_nearest_name(text, stems, count);
	}
	if (!nearest)
		return FAIL_AT(reader, reader->name, "unknown metric; known are %s", known);
	return FAIL_AT(reader, reader->name, "unknown metric; did you mean \"%s%s\"?", nearest, nearest[strlen(nearest) - 1] == '_' ? "10" : "");
}

static enum rq_status read_cutoff(struct rq_metric_spec *spec, struct reader *reader)
{
	size_t length = strspn(reader->at, digits);
	uint64_t cutoff;

	if (!rq_parse_u64(&cutoff, reader->at, length) || cutoff < 1 || cutoff > CUTOFF_MAXIMUM)
		return FAIL_AT(reader, reader->at, "the cutoff must be a whole number from 1 to %d", CUTOFF_MAXIMUM);
	spec->cutoff = (size_t)cutoff;
	reader->at += length;
	return RQ_OK;
}

static enum rq_status read_relevant(struct rq_metric_spec *spec, struct reader *reader)
{
	size_t length = strspn(reader->at, digits);
	uint64_t relevant;

	if (!rq_parse_u64(&relevant, reader->at, length) || relevant < 1 || relevant > INT32_MAX)
		return FAIL_AT(reader, reader->at, "rel is the smallest grade that counts as relevant: a whole number from 1 to %d", INT32_MAX);
	spec->relevant = (int)relevant;
	reader->at += length;
	return RQ_OK;
}

static enum rq_status read_gain(struct rq_metric_spec *spec, struct reader *reader)
{
	char quote = *reader->at;
	const char *value = reader->at + 1, *end = quote == '\'' || quote == '"' ? strchr(value, quote) : NULL;
	size_t length = end ? (size_t)(end - value) : 0;

	spec->exponential = length == strlen("exp-log2") && memcmp(value, "exp-log2", length) == 0;
	if (!spec->exponential && !(length == strlen("log2") && memcmp(value, "log2", length) == 0))
		return FAIL_AT(reader, reader->at, "dcg must be %s", "'log2' (the gain is the grade) or 'exp-log2' (2^grade - 1), in quotes");
	reader->at = end + 1;
	return RQ_OK;
}

/* What stands between the parentheses. No metric takes more than one parameter. */
static enum rq_status read_parameter(struct rq_metric_spec *spec, struct reader *reader)
{
	const struct rq_metric *metric = spec->metric;
	const char *key = ++reader->at;
	size_t length = strcspn(key, "=,)");

	reader->at += length + (key[length] == '=');
	if (metric->takes_rel && key[length] == '=' && length == 3 && memcmp(key, "rel", 3) == 0) {
		RQ_TRY(read_relevant(spec, reader));
	} else if (metric->takes_dcg && key[length] == '=' && length == 3 && memcmp(key, "dcg", 3) == 0) {
		RQ_TRY(read_gain(spec, reader));
	} else {
		const char *takes = metric->takes_rel ? "(rel=2)" : metric->takes_dcg ? "(dcg='exp-log2')" : "no parameter";
		return FAIL_AT(reader, key, "unknown parameter \"%.*s\"; \"%s\" takes %s", (int)(length < 40 ? length : 40), key, metric->name, takes);
	}
	if (*reader->at != ')')
		return FAIL_AT(reader, reader->at, "%s", "\")\" was expected, to close the parameter");
	reader->at++;
	return RQ_OK;
}

/* Parameters and cutoff: all behind the stem of an ir_measures name. */
static enum rq_status read_rest(struct rq_metric_spec *spec, struct reader *reader)
{
	if (*reader->at == '(')
		RQ_TRY(read_parameter(spec, reader));
	if (*reader->at == '@' && spec->metric->cutoff == RQ_CUTOFF_NONE)
		return FAIL_AT(reader, reader->at, "\"%s\" takes no cutoff", spec->metric->name);
	if (*reader->at == '@') {
		reader->at++;
		RQ_TRY(read_cutoff(spec, reader));
	}
	if (*reader->at)
		return FAIL_AT(reader, reader->at, "unexpected \"%.40s\"; the name should end here", reader->at);
	if (spec->metric->cutoff == RQ_CUTOFF_REQUIRED && spec->cutoff == 0)
		return FAIL_AT(reader, reader->at, "\"%s\" needs a cutoff, such as \"%s@10\"", spec->metric->name, spec->metric->name);
	return RQ_OK;
}

static void write_canonical(struct rq_metric_spec *spec)
{
	char parameter[24] = "", cutoff[24] = "";

	if (spec->exponential)
		snprintf(parameter, sizeof parameter, "(dcg='exp-log2')");
	else if (spec->relevant != 1)
		snprintf(parameter, sizeof parameter, "(rel=%d)", spec->relevant);
	if (spec->cutoff > 0)
		snprintf(cutoff, sizeof cutoff, "@%zu", spec->cutoff);
	snprintf(spec->name, sizeof spec->name, "%s%s%s", spec->metric->name, parameter, cutoff);
}

enum rq_status rq_metric_parse(struct rq_metric_spec *spec, const char *name, struct rq_error *err)
{
	struct reader reader = {.name = name, .at = name, .err = err};
	size_t length = strcspn(name, "(@"), stem = length;
	struct rq_metric_spec read = {.metric = find_stem(name, length), .relevant = 1};

	*spec = (struct rq_metric_spec){0};
	if (!read.metric) {
		stem = trec_stem_length(name, length);
		read.metric = find_trec_stem(name, stem);
	}
	bool trec = stem < length;
	if (!read.metric || (!trec && name[length - 1] == '_'))
		return fail_unknown(&reader, length);
	reader.at += stem;
	if (trec) {
		RQ_TRY(read_cutoff(&read, &reader));
		if (*reader.at)
			return FAIL_AT(&reader, reader.at, "unexpected \"%.40s\"; the name should end here", reader.at);
	} else {
		RQ_TRY(read_rest(&read, &reader));
	}
	write_canonical(&read);
	*spec = read;
	return RQ_OK;
}
