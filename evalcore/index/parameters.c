/* The text of parameters and factory strings, as far as it can be judged without FAISS. */
#include "evalcore/index/parameters.h"

#include "evalcore/base/parse.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum stage { ANY, BUILD, SEARCH };

/* FAISS's names (faiss/AutoTune.cpp), when each acts, and its least value. "verbose" is left out: it writes to the terminal. */
static const struct known {
	const char *name;
	enum stage stage;
	double least;
	bool fraction;
} known[] = {
	{"efConstruction", BUILD, 1, false}, {"efSearch", ANY, 1, false}, {"nprobe", SEARCH, 1, false},
	{"max_codes", SEARCH, 0, false},     {"ht", SEARCH, 0, false},    {"k_factor", SEARCH, 1, true},
	{"k_factor_rf", SEARCH, 1, false},
};
enum { KNOWN = sizeof known / sizeof *known };

/* "quantizer_" hands a parameter on to the coarse quantizer, which is searched in either stage. */
static const char prefix[] = "quantizer_";

static const char *without_prefix(const char *name)
{
	while (strncmp(name, prefix, sizeof prefix - 1) == 0)
		name += sizeof prefix - 1;
	return name;
}

const char *rq_parameter_nearest(const char *name)
{
	const char *names[KNOWN];

	for (size_t i = 0; i < KNOWN; i++)
		names[i] = known[i].name;
	return rq_nearest_name(without_prefix(name), names, KNOWN);
}

static enum rq_status unknown(const struct rq_parameter *parameter, const char *option, struct rq_error *err)
{
	const char *nearest = rq_parameter_nearest(parameter->name);

	if (nearest != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s \"%s\": FAISS knows no parameter \"%s\"; did you mean \"%s\"?", option, parameter->text, parameter->name,
		               nearest);
	return rq_fail(err, RQ_E_CONFIG,
	               "%s \"%s\": FAISS knows no parameter \"%s\"; there are efConstruction, efSearch, nprobe, max_codes, ht, k_factor, k_factor_rf, "
	               "and these with "
	               "\"quantizer_\" before them",
	               option, parameter->text, parameter->name);
}

static enum rq_status check(const struct rq_parameter *parameter, const char *option, struct rq_error *err)
{
	const char *name = without_prefix(parameter->name);
	bool building = strcmp(option, "build") == 0;
	const struct known *match = NULL;

	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(known[i].name, name) == 0)
			match = &known[i];
	if (match == NULL)
		return unknown(parameter, option, err);
	if (name == parameter->name && match->stage == (building ? SEARCH : BUILD))
		return rq_fail(err, RQ_E_CONFIG, "%s \"%s\": %s acts when an index is %s; put it under \"%s\"", option, parameter->text, name,
		               building ? "searched" : "built", building ? "search" : "build");
	double value = parameter->value;
	if (!isfinite(value) || value < match->least || value > INT_MAX || (!match->fraction && value != floor(value)))
		return rq_fail(err, RQ_E_CONFIG, "%s \"%s\": expected a %snumber from %.0f to %d", option, parameter->text, match->fraction ? "" : "whole ",
		               match->least, INT_MAX);
	return RQ_OK;
}

enum rq_status rq_parameter_next(struct rq_parameter *parameter, bool *end, const char **cursor, const char *option, struct rq_error *err)
{
	const char *start = *cursor + strspn(*cursor, " ,");
	size_t length = strcspn(start, " ,"), name = 0;

	*end = length == 0;
	*cursor = start + length;
	if (*end)
		return RQ_OK;
	while (name < length && start[name] != '=')
		name++;
	snprintf(parameter->text, sizeof parameter->text, "%.*s", (int)length, start);
	if (name == 0 || name >= sizeof parameter->name || name + 1 >= length || !rq_parse_f64(&parameter->value, start + name + 1, length - name - 1))
		return rq_fail(err, RQ_E_CONFIG, "%s \"%s\": expected NAME=NUMBER, several with commas between them, for example \"%s\"", option,
		               parameter->text, strcmp(option, "build") == 0 ? "efConstruction=200" : "efSearch=64");
	snprintf(parameter->name, sizeof parameter->name, "%.*s", (int)name, start);
	return check(parameter, option, err);
}

enum rq_status rq_parameters_check(const char *list, const char *option, struct rq_error *err)
{
	struct rq_parameter parameter;
	bool end = list == NULL;

	while (!end)
		RQ_TRY(rq_parameter_next(&parameter, &end, &list, option, err));
	return RQ_OK;
}

enum rq_status rq_factory_check(const char *factory, struct rq_error *err)
{
	if (strstr(factory, "ZnLattice") != NULL)
		return rq_fail(err, RQ_E_CONFIG, "factory \"%s\": FAISS encodes vectors with a lattice, but cannot add any to it", factory);
	for (const char *p = factory; *p != '\0';) {
		size_t length = strspn(p, "0123456789");
		uint64_t value = 0;
		/* "SH0.5" and "SH-1e10" of spectral hashing are not counts */
		bool count = p > factory && strchr(".-e", p[-1]) == NULL && p[length] != '.' && !(p - factory >= 2 && p[-2] == 'S' && p[-1] == 'H');
		if (length > 0 && count && (!rq_parse_u64(&value, p, length) || value == 0 || value > INT_MAX))
			return rq_fail(err, RQ_E_CONFIG, "factory \"%s\": \"%.*s\" is not a count; expected 1 to %d", factory, (int)length, p, INT_MAX);
		/* the levels of a graph are drawn with 1 / log M */
		if (value == 1 && p - factory >= 4 && strncmp(p - 4, "HNSW", 4) == 0)
			return rq_fail(err, RQ_E_CONFIG, "factory \"%s\": an HNSW graph needs 2 links a node at least; 32 is usual", factory);
		p += length > 0 ? length : 1;
	}
	return RQ_OK;
}
