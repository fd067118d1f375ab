/* What a job of drift has computed beside its figures: quantiles of cosines, what two populations were told apart by, and the shapes of all documents. Each
 * number is a row of a table, from which it is written, read back and described. */
#include "reports/drift_details.h"

#include "reports/schema.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct detail {
	const char *name;
	size_t offset;
	bool counted; /* a size_t; else a double */
	const char *help;
};

#define NUMBER(type, member, help) {#member, offsetof(struct rq_drift_##type, member), false, help}
#define COUNT(type, member, help) {#member, offsetof(struct rq_drift_##type, member), true, help}
#define END {NULL, 0, false, NULL}

static const struct detail cosines[] = {
	COUNT(cosines, texts, "that have a cosine"),
	COUNT(cosines, zero, "left out, for both vectors are zeros"),
	NUMBER(cosines, least, "the smallest"),
	NUMBER(cosines, p01, "1st percentile, which silent_change is"),
	NUMBER(cosines, p05, "5th percentile"),
	NUMBER(cosines, p25, "25th percentile"),
	NUMBER(cosines, median, "50th percentile"),
	NUMBER(cosines, mean, "mean"),
	END,
};

static const struct detail populations[] = {
	NUMBER(population, bandwidth, "of the kernel of mmd: the median distance"),
	COUNT(population, component, "that moved most, from 0"),
	NUMBER(population, distance, "Kolmogorov's and Smirnov's, of that component"),
	END,
};

static const struct detail shapes[] = {
	COUNT(shape, documents, "with a vector"),
	COUNT(shape, among, "of them that neighbours were searched among: as many of both times"),
	NUMBER(shape, hubness, "skewness of how often each is a neighbour"),
	NUMBER(shape, unreached, "share that is nobody's neighbour"),
	COUNT(shape, most_reached, "lists that the largest hub is in"),
	NUMBER(shape, effective_rank, "of as many documents of both times"),
	NUMBER(shape, length, "mean"),
	NUMBER(shape, margin, "of the best neighbour over the second, mean"),
	COUNT(shape, duplicates, "vectors that equal an earlier one"),
	COUNT(shape, zero, "vectors of zeros that were not to be expected"),
	END,
};

static const char *const kinds[] = {"documents", "topics"}, *const times[] = {"then", "now"};

/* ---- there ---- */

static void set(rq_json *object, const struct detail *details, const void *values)
{
	for (; details->name != NULL; details++) {
		const char *at = (const char *)values + details->offset;
		rq_json_set_number(object, details->name, details->counted ? (double)*(const size_t *)at : *(const double *)at);
	}
}

void rq_drift_set_details(rq_json *object, const struct rq_drift *drift)
{
	rq_json *of_cosines = rq_json_set_object(object, "cosines"), *of_populations = rq_json_set_object(object, "populations"),
			*of_shapes = rq_json_set_object(object, "shapes");

	for (int i = 0; i < 2; i++) {
		if (drift->cosines[i].of != NULL)
			set(rq_json_set_object(of_cosines, kinds[i]), cosines, &drift->cosines[i]);
		if (drift->populations[i].of != NULL)
			set(rq_json_set_object(of_populations, kinds[i]), populations, &drift->populations[i]);
		if (drift->shapes[i].documents > 0)
			set(rq_json_set_object(of_shapes, times[i]), shapes, &drift->shapes[i]);
	}
}

/* ---- and back ---- */

/* Whether it is there. */
static bool read(void *values, struct rq_json_reader *reader, const rq_json *parent, const char *group, const char *name, const struct detail *details)
{
	const rq_json *object = parent == NULL || rq_json_get(parent, name) == NULL ? NULL : rq_json_read_object(reader, parent, group, name);
	char place[RQ_PLACE];

	snprintf(place, sizeof place, "%s.%s", group, name);
	for (; object != NULL && details->name != NULL; details++) {
		char *at = (char *)values + details->offset;
		if (details->counted)
			*(size_t *)at = rq_json_read_count(reader, object, place, details->name);
		else
			*(double *)at = rq_json_read_optional_number(reader, object, place, details->name);
	}
	return object != NULL;
}

static const rq_json *group_of(struct rq_json_reader *reader, const rq_json *drift, const char *name)
{
	return rq_json_get(drift, name) == NULL ? NULL : rq_json_read_object(reader, drift, "drift", name);
}

void rq_drift_read_details(struct rq_drift *drift, struct rq_json_reader *reader, const rq_json *object)
{
	if (object == NULL)
		return;
	const rq_json *of_cosines = group_of(reader, object, "cosines"), *of_populations = group_of(reader, object, "populations"),
				  *of_shapes = group_of(reader, object, "shapes");
	for (int i = 0; i < 2; i++) {
		if (read(&drift->cosines[i], reader, of_cosines, "drift.cosines", kinds[i], cosines))
			drift->cosines[i].of = kinds[i];
		if (read(&drift->populations[i], reader, of_populations, "drift.populations", kinds[i], populations))
			drift->populations[i].of = kinds[i];
		(void)read(&drift->shapes[i], reader, of_shapes, "drift.shapes", times[i], shapes);
	}
}

/* ---- described ---- */

static void describe(rq_json *drift, const char *name, const char *help, const char *const members[2], const struct detail *details)
{
	rq_json *group = rq_schema_object(rq_schema_may(drift, name, "object", help));

	for (int i = 0; i < 2; i++) {
		rq_json *object = rq_schema_object(rq_schema_may(group, members[i], "object", "absent: not measured"));
		for (const struct detail *detail = details; detail->name != NULL; detail++) {
			if (detail->counted)
				rq_schema_add(object, detail->name, "integer", detail->help);
			else
				rq_schema_add_nullable(object, detail->name, "number", detail->help);
		}
	}
}

void rq_drift_describe_details(rq_json *drift)
{
	describe(drift, "cosines", "of the stored and the new vector of each text", kinds, cosines);
	describe(drift, "populations", "what texts that came were told by from those that were there", kinds, populations);
	describe(drift, "shapes", "of all documents with a vector", times, shapes);
}
