/* The registry of metrics, and their names: "RR@10", "P(rel=2)@5", trec_eval's "ndcg_cut_10" -> a spec with its canonical spelling.
 *
 * A name is STEM, then parameters in parentheses ("(rel=2)", "(dcg='exp-log2')", "(p=0.8,rel=2)"), then "@CUTOFF"; or trec_eval's stem with the
 * cutoff behind its "_" (or ".", as its -m option has it). Letter case of the stem is free: no two stems differ by case alone. Knows no metric's
 * meaning. */
#include "metrics/names.h"

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

enum { STEMS_MAXIMUM = 256 };

bool rq_metric_is_share(const struct rq_metric *metric)
{
	return metric->average == RQ_AVERAGE_MEAN && metric->lowest == 0 && metric->highest == 1;
}

bool rq_metric_pairs(const struct rq_metric *metric)
{
	return rq_metric_is_share(metric) && !metric->lower_is_better;
}

static bool same_stem(const char *stem, const char *text, size_t length)
{
	return strlen(stem) == length && strncasecmp(stem, text, length) == 0;
}

const struct rq_metric *rq_metric_find(const char *stem, size_t length)
{
	for (size_t i = 0; rq_metrics[i] != NULL; i++) {
		if (same_stem(rq_metrics[i]->name, stem, length))
			return rq_metrics[i];
		for (const char *const *alias = rq_metrics[i]->aliases; alias != NULL && *alias != NULL; alias++)
			if (same_stem(*alias, stem, length))
				return rq_metrics[i];
	}
	return NULL;
}

/* "ndcg_cut_10", "ndcg_cut.5": the metric, and the length of the stem with its separator; NULL where the text is not of that form. */
static const struct rq_metric *find_trec(size_t *stem, const char *text, size_t length)
{
	const struct rq_metric *found = NULL;

	*stem = 0;
	for (size_t i = 0; rq_metrics[i] != NULL; i++) {
		for (const char *const *alias = rq_metrics[i]->aliases; alias != NULL && *alias != NULL; alias++) {
			size_t n = strlen(*alias);
			if ((*alias)[n - 1] != '_' || n >= length || n <= *stem || strncasecmp(*alias, text, n - 1) != 0)
				continue;
			if ((text[n - 1] != '_' && text[n - 1] != '.') || strchr("0123456789", text[n]) == NULL)
				continue;
			found = rq_metrics[i];
			*stem = n;
		}
	}
	return found;
}

/* Proposes no metric that those who ask cannot have: `judged` ones are on judgments alone. */
static enum rq_status fail_unknown(const struct rq_name_reader *reader, size_t length, bool judged)
{
	const char *stems[STEMS_MAXIMUM], *nearest = NULL;
	size_t count = 0, listed = 0;
	char text[64], known[512];

	if (length == 0)
		return RQ_FAIL_NAME(reader, reader->name, "%s", "a metric's name was expected, such as \"RR@10\"");
	for (size_t i = 0; rq_metrics[i] != NULL; i++) {
		if (judged && rq_metrics[i]->source != RQ_FROM_JUDGMENTS)
			continue;
		if (listed < sizeof known)
			listed += (size_t)snprintf(known + listed, sizeof known - listed, "%s%s", listed > 0 ? ", " : "", rq_metrics[i]->name);
		if (count < STEMS_MAXIMUM)
			stems[count++] = rq_metrics[i]->name;
		for (const char *const *alias = rq_metrics[i]->aliases; alias != NULL && *alias != NULL && count < STEMS_MAXIMUM; alias++)
			stems[count++] = *alias;
	}
	if (length < sizeof text) {
		memcpy(text, reader->name, length);
		text[length] = '\0';
		nearest = rq_nearest_name(text, stems, count);
	}
	if (nearest == NULL)
		return RQ_FAIL_NAME(reader, reader->name, "unknown metric; known are %s", known);
	return RQ_FAIL_NAME(reader, reader->name, "unknown metric; did you mean \"%s%s\"?", nearest, nearest[strlen(nearest) - 1] == '_' ? "10" : "");
}

/* ---- what stands between the parentheses ---- */

enum { SEEN_REL = 1, SEEN_DCG = 2, SEEN_GAINS = 4, SEEN_POINTS = 8, SEEN_FIRST_NUMBER = 16 };

static enum rq_status read_relevant(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	size_t length = strspn(reader->at, "0123456789");
	uint64_t relevant;

	if (!rq_parse_u64(&relevant, reader->at, length) || relevant < 1 || relevant > INT32_MAX)
		return RQ_FAIL_NAME(reader, reader->at, "rel is the smallest grade that counts as relevant: a whole number from 1 to %d", INT32_MAX);
	spec->relevant = (int)relevant;
	reader->at += length;
	return RQ_OK;
}

static enum rq_status read_dcg(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	char quote = *reader->at;
	const char *value = reader->at + 1, *end = quote == '\'' || quote == '"' ? strchr(value, quote) : NULL;
	size_t length = end != NULL ? (size_t)(end - value) : 0;

	spec->exponential = length == strlen("exp-log2") && memcmp(value, "exp-log2", length) == 0;
	if (!spec->exponential && !(length == strlen("log2") && memcmp(value, "log2", length) == 0))
		return RQ_FAIL_NAME(reader, reader->at, "dcg must be %s", "'log2' (the gain is the grade) or 'exp-log2' (2^grade - 1), in quotes");
	reader->at = end + 1;
	return RQ_OK;
}

static enum rq_status read_quoted(struct rq_metric_spec *spec, struct rq_name_reader *reader,
                                  enum rq_status (*read)(struct rq_metric_spec *, struct rq_name_reader *))
{
	char quote = *reader->at;

	if (quote != '\'' && quote != '"')
		return RQ_FAIL_NAME(reader, reader->at, "%s", "a list in quotes was expected");
	reader->at++;
	RQ_TRY(read(spec, reader));
	if (*reader->at != quote)
		return RQ_FAIL_NAME(reader, reader->at, "the closing %c was expected", quote);
	reader->at++;
	return RQ_OK;
}

static enum rq_status fail_parameter(const struct rq_metric *metric, const struct rq_name_reader *reader, const char *key, size_t length)
{
	char takes[160] = "";
	size_t n = 0;

	for (const struct rq_metric_parameter *parameter = metric->parameters; parameter != NULL && parameter->name != NULL; parameter++)
		if (metric->cutoff != RQ_CUTOFF_SHARE)
			n += (size_t)snprintf(takes + n, sizeof takes - n, ",%s=%s", parameter->name, rq_short_number(parameter->standard).text);
	n += (size_t)snprintf(takes + n, sizeof takes - n, "%s%s%s%s", metric->takes_dcg ? ",dcg='exp-log2'" : "",
	                      metric->takes_gains ? ",gains='1=3,2=7'" : "", metric->takes_points ? ",points='0.2,0.5,0.8'" : "",
	                      metric->takes_rel ? ",rel=2" : "");
	if (n == 0)
		return RQ_FAIL_NAME(reader, key, "unknown parameter \"%.*s\"; \"%s\" takes no parameter", (int)(length < 40 ? length : 40), key,
		                    metric->name);
	return RQ_FAIL_NAME(reader, key, "unknown parameter \"%.*s\"; \"%s\" takes (%s)", (int)(length < 40 ? length : 40), key, metric->name, takes + 1);
}

static bool is_key(const char *key, size_t length, const char *name)
{
	return key[length] == '=' && strlen(name) == length && memcmp(key, name, length) == 0;
}

static enum rq_status read_parameter(struct rq_metric_spec *spec, unsigned *seen, struct rq_name_reader *reader)
{
	const struct rq_metric *metric = spec->metric;
	const struct rq_metric_parameter *parameter = metric->cutoff == RQ_CUTOFF_SHARE ? NULL : metric->parameters;
	const char *key = reader->at;
	size_t length = strcspn(key, "=,)"), number = 0;
	unsigned what = 0;

	for (; parameter != NULL && parameter->name != NULL && !is_key(key, length, parameter->name); parameter++)
		number++;
	if (parameter != NULL && parameter->name != NULL)
		what = (unsigned)SEEN_FIRST_NUMBER << number;
	else if (metric->takes_rel && is_key(key, length, "rel"))
		what = SEEN_REL;
	else if (metric->takes_dcg && is_key(key, length, "dcg"))
		what = SEEN_DCG;
	else if (metric->takes_gains && is_key(key, length, "gains"))
		what = SEEN_GAINS;
	else if (metric->takes_points && is_key(key, length, "points"))
		what = SEEN_POINTS;
	if (what == 0)
		return fail_parameter(metric, reader, key, length);
	if ((*seen & what) != 0)
		return RQ_FAIL_NAME(reader, key, "\"%.*s\" is given twice", (int)length, key);
	*seen |= what;
	reader->at += length + 1;
	if (what >= SEEN_FIRST_NUMBER)
		return rq_read_number(&spec->numbers[number], parameter, reader);
	return what == SEEN_REL   ? read_relevant(spec, reader)
	       : what == SEEN_DCG ? read_dcg(spec, reader)
	                          : read_quoted(spec, reader, what == SEEN_GAINS ? rq_read_gains : rq_read_points);
}

static enum rq_status read_parameters(struct rq_metric_spec *spec, struct rq_name_reader *reader)
{
	const char *open = reader->at;
	unsigned seen = 0;

	do {
		reader->at++;
		RQ_TRY(read_parameter(spec, &seen, reader));
	} while (*reader->at == ',');
	if (*reader->at != ')')
		return RQ_FAIL_NAME(reader, reader->at, "%s", "\")\" was expected, to close the parameter");
	if (spec->exponential && spec->gain_count > 0)
		return RQ_FAIL_NAME(reader, open, "%s", "gains are taken as they are; drop dcg='exp-log2' or the gains");
	reader->at++;
	return RQ_OK;
}

/* ---- the whole ---- */

/* Parameters and cutoff: all behind the stem of an ir_measures name. */
static enum rq_status read_rest(struct rq_metric_spec *spec, bool *family, struct rq_name_reader *reader)
{
	const struct rq_metric *metric = spec->metric;
	bool required = metric->cutoff == RQ_CUTOFF_REQUIRED || metric->cutoff == RQ_CUTOFF_SHARE, cut = false;

	if (*reader->at == '(')
		RQ_TRY(read_parameters(spec, reader));
	if (*reader->at == '@' && metric->cutoff == RQ_CUTOFF_NONE)
		return RQ_FAIL_NAME(reader, reader->at, "\"%s\" takes no cutoff", metric->name);
	if (*reader->at == '@') {
		reader->at++;
		RQ_TRY(rq_read_cutoff(spec, reader));
		cut = true;
	}
	if (*reader->at != '\0')
		return RQ_FAIL_NAME(reader, reader->at, "unexpected \"%.40s\"; the name should end here", reader->at);
	if (required && !cut && family == NULL)
		return RQ_FAIL_NAME(reader, reader->at, "\"%s\" needs a cutoff, such as \"%s@%s\"", metric->name, metric->name,
		                    metric->cutoff == RQ_CUTOFF_SHARE ? "0.2" : "10");
	if (family != NULL)
		*family = required && !cut;
	return RQ_OK;
}

enum rq_status rq_metric_read(struct rq_metric_spec *spec, bool *family, const char *name, int level, struct rq_error *err)
{
	struct rq_name_reader reader = {.name = name, .at = name, .err = err};
	size_t length = strcspn(name, "(@"), stem = length;
	const struct rq_metric *metric = rq_metric_find(name, length);
	bool trec = metric == NULL;

	*spec = (struct rq_metric_spec){0};
	if (metric == NULL)
		metric = find_trec(&stem, name, length);
	if (metric == NULL || (!trec && name[length - 1] == '_'))
		return fail_unknown(&reader, length, family != NULL);
	struct rq_metric_spec read = rq_metric_standard(metric, level);
	reader.at += stem;
	if (family != NULL)
		*family = false;
	if (trec) {
		RQ_TRY(rq_read_cutoff(&read, &reader));
		if (*reader.at != '\0')
			return RQ_FAIL_NAME(&reader, reader.at, "unexpected \"%.40s\"; the name should end here", reader.at);
	} else {
		RQ_TRY(read_rest(&read, family, &reader));
	}
	RQ_TRY(rq_metric_finish(&read, level, err));
	*spec = read;
	return RQ_OK;
}

enum rq_status rq_metric_parse_at(struct rq_metric_spec *spec, const char *name, int level, struct rq_error *err)
{
	return rq_metric_read(spec, NULL, name, level, err);
}

enum rq_status rq_metric_parse(struct rq_metric_spec *spec, const char *name, struct rq_error *err)
{
	return rq_metric_read(spec, NULL, name, 1, err);
}
