/* Numbers and results as people read them: how many digits, which unit, which words. */
#include "gates/kind.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { DECIMALS = 4, DECIMALS_MAXIMUM = 12 };

struct unit {
	const char *name;
	double size; /* in seconds or bytes */
};

enum rq_unit rq_unit_of(bool is_time, bool is_rate)
{
	return is_rate ? RQ_PER_SECOND : is_time ? RQ_SECONDS : RQ_NO_UNIT;
}

/* The largest unit that leaves at least 1 before the point. Minutes and hours are left out: 90 s reads better than 1.50 m. */
static struct unit unit_of(double value, enum rq_unit kind)
{
	static const struct unit times[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}};
	static const struct unit sizes[] = {{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}};
	const struct unit *units = kind == RQ_BYTES ? sizes : times;
	size_t smallest = kind == RQ_BYTES ? 4 : 3;

	if (kind != RQ_SECONDS && kind != RQ_BYTES)
		return (struct unit){kind == RQ_PER_SECOND ? "/s" : "", 1};
	if (value == 0)
		return kind == RQ_BYTES ? sizes[smallest] : times[0];
	for (size_t i = 0; i < smallest; i++)
		if (fabs(value) >= units[i].size)
			return units[i];
	return units[smallest];
}

/* Three significant digits of a time or rate, four decimals of anything else. */
static int usual_decimals(double scaled, enum rq_unit kind)
{
	if (kind == RQ_NO_UNIT)
		return DECIMALS;
	return fabs(scaled) >= 100 ? 0 : fabs(scaled) >= 10 ? 1 : 2;
}

static bool same_side(const char *text, double scaled, double limit)
{
	double shown;

	if (!rq_parse_f64(&shown, text, strlen(text)))
		return false;
	if (fabs(scaled - limit) <= RQ_ROUNDING) /* at it, for the gate */
		return fabs(shown - limit) <= RQ_ROUNDING;
	return (shown < limit) == (scaled < limit) && (shown > limit) == (scaled > limit);
}

struct rq_shown rq_show_against(double value, double limit, enum rq_unit kind)
{
	struct rq_shown shown = {"-"};

	if (!isfinite(value))
		return shown;
	struct unit unit = unit_of(value, kind);
	double scaled = value / unit.size;
	for (int decimals = kind == RQ_BYTES && unit.size == 1 ? 0 : usual_decimals(scaled, kind); decimals <= DECIMALS_MAXIMUM; decimals++) {
		snprintf(shown.text, sizeof shown.text, "%.*f", decimals, scaled == 0 ? 0.0 : scaled);
		if (isnan(limit) || same_side(shown.text, scaled, limit / unit.size))
			break;
	}
	size_t length = strlen(shown.text);
	snprintf(shown.text + length, sizeof shown.text - length, "%s%s", kind == RQ_SECONDS || kind == RQ_BYTES ? " " : "", unit.name);
	return shown;
}

struct rq_shown rq_show_value(double value, enum rq_unit kind)
{
	return rq_show_against(value, NAN, kind);
}

struct rq_shown rq_show_difference(double value, int decimals)
{
	struct rq_shown shown = {"-"};

	if (!isfinite(value))
		return shown;
	snprintf(shown.text, sizeof shown.text, "%+.*f", decimals, value);
	if (strspn(shown.text, "+-0.") == strlen(shown.text)) /* neither "+0.0000" nor "-0.0000": what is shown has no direction */
		snprintf(shown.text, sizeof shown.text, "%.*f", decimals, 0.0);
	return shown;
}

struct rq_shown rq_show_limit(double limit, enum rq_unit kind)
{
	struct rq_shown shown;
	struct unit unit = kind == RQ_PER_SECOND ? (struct unit){"", 1} : unit_of(limit, kind);

	/* A time was multiplied by its unit when it was read; its last digits are rounding. */
	snprintf(shown.text, sizeof shown.text, "%.*g%s", kind == RQ_SECONDS ? 12 : 15, limit / unit.size, unit.name);
	return shown;
}

struct rq_shown rq_show_p(double p)
{
	struct rq_shown shown;

	if (p < 1e-4)
		snprintf(shown.text, sizeof shown.text, "p < 0.0001");
	else
		snprintf(shown.text, sizeof shown.text, "p = %.4f", p);
	return shown;
}

void rq_show_clause(struct rq_buf *out, const struct rq_gate_result *result)
{
	rq_buf_puts(out, result->metric);
	if (result->slice != NULL)
		rq_buf_printf(out, "[slice=%s]", result->slice);
	rq_buf_printf(out, "%s %s", result->outcome == RQ_INCONCLUSIVE ? ":" : "", result->reason);
	if (result->waived == RQ_NOT_WAIVED)
		return;
	rq_buf_puts(out, "; ");
	rq_show_waiver(out, result);
}

void rq_show_waiver(struct rq_buf *out, const struct rq_gate_result *result)
{
	if (result->waived == RQ_WAIVED)
		rq_buf_printf(out, "waived by %s until %s: %s", result->waiver.by, result->waiver.until, result->waiver.reason);
	else
		rq_buf_printf(out, "its waiver by %s has expired, on %s", result->waiver.by, result->waiver.until);
}
