/* Figures of drift: what each is called, what it holds by default, and what a value says. Figures are pure functions of vectors, neighbour lists and
 * series that the caller hands in; rows of drift.def name them, and the headers beside this one compute them:
 *   model.h       the same texts in two models, or at two moments of one
 *   population.h  other texts of one model: has what is asked about, or what is stored, moved
 *   geometry.h    one set of vectors, and how it changed
 *   series.h      one number a week
 * Thread-safe; the same digits for the same input and seed at any number of threads. Nothing here searches: lists come from the caller. */
#ifndef RQ_METRICS_DRIFT_H
#define RQ_METRICS_DRIFT_H

#include "evalcore/model/drift.h"

#include <stddef.h>
#include <stdint.h>

enum rq_drift_name {
#define RQ_DRIFT(name, unit, direction, limit, lowest, highest, parts, meaning, advice, null, citation) RQ_DRIFT_##name,
#include "metrics/drift/drift.def"
#undef RQ_DRIFT
	RQ_DRIFT_FIGURES
};

enum rq_direction { RQ_AT_LEAST, RQ_AT_MOST };
enum rq_drift_parts { RQ_OF_DOCUMENTS = 1, RQ_OF_TOPICS = 2, RQ_OF_BOTH = 3, RQ_OF_METRICS = 4 };

struct rq_drift_figure {
	const char *name, *unit;
	enum rq_direction direction;
	double limit;                /* by default */
	double lowest, highest;      /* of all values that it can have; infinite: no end */
	enum rq_drift_parts parts;   /* what it is measured of */
	const char *meaning, *advice; /* of a value beyond its limit: what it means, and what to do about it */
	const char *null; /* what stands for chance: which null p is of, or why there is none and what bounds there are */
	const char *citation;
};
extern const struct rq_drift_figure rq_drift_figures[RQ_DRIFT_FIGURES]; /* [enum rq_drift_name] */
const struct rq_drift_figure *rq_drift_find(const char *name);          /* NULL: no such figure */

/* A value within its range; NaN and what is off it by no more than rounding, too. */
bool rq_drift_is_possible(const struct rq_drift_figure *figure, double value);

/* What a figure came to. Every value is an effect: it does not grow with the number of rows. */
struct rq_drift_value {
	enum rq_drift_name figure;
	double value;        /* in the figure's unit; NaN: it is not defined for this input */
	double error;        /* standard error of the value; NaN: not known */
	double lower, upper; /* one-sided 95 % bounds; NaN: none */
	double p;            /* how often as much would be seen where nothing drifted; NaN: the figure has no such null */
	double chance;       /* by chance alone: a likeness between unrelated things, a difference between equal ones; NaN: not told */
	size_t n;            /* what it rests on: rows, lists or weeks, of the smaller side */
};

/* Of n numbers; the variance (n - 1) of fewer than two is NaN. */
struct rq_moments {
	double mean, variance;
	size_t n;
};

/* A value with nothing known but which figure it is. */
struct rq_drift_value rq_drift_unknown(enum rq_drift_name figure);

/* Of the documents that there were so many are still there, by their ids. */
struct rq_drift_value rq_gone_documents(size_t were, size_t still);

/* FAIL: beyond the limit, and not by chance: p_adjusted <= .05 where the figure has a null (the p of a family after rq_holm()), else the bound on
 * the limit's side is beyond it too; a figure with neither fails by its value. INCONCLUSIVE: beyond the limit, perhaps by chance; or NaN. PASS:
 * within. */
enum rq_outcome rq_drift_judge(const struct rq_drift_value *value, double limit, double p_adjusted);

/* The same of a figure that was measured by its name. It is there: `absent` is NULL. */
enum rq_outcome rq_drift_judge_finding(const struct rq_drift_finding *finding, double limit);

/* `count` of n rows at random without replacement, ascending (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). count <= n. */
void rq_sample_rows(uint32_t *rows, size_t count, size_t n, uint64_t seed);
/* The chance that such a sample of `count` of n rows has at least one of `marked` rows:
 * 1 - C(n - marked, count) / C(n, count). */
double rq_sample_sees(size_t count, size_t n, size_t marked);

#endif
