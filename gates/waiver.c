/* Waivers: a gate that is accepted for a while. The gate is judged and told all the same; until the waiver's last day it does not block. A waiver
 * without a reason, a name and an end would be a gate that is off without saying so. */
#include "gates/kind.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>

static const struct rq_option options[] = {
	{.name = "reason",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_waiver, reason),
	 .required = true,
	 .help = "why the gate may fail for now"},
	{.name = "by", .type = RQ_OPTION_STRING, .offset = offsetof(struct rq_waiver, by), .required = true, .help = "who accepts that"},
	{.name = "until",
	 .type = RQ_OPTION_STRING,
	 .offset = offsetof(struct rq_waiver, until),
	 .required = true,
	 .schema = "{\"pattern\": \"^[0-9]{4}-[0-9]{2}-[0-9]{2}$\"}",
	 .help = "the last day that it holds, in UTC, such as \"2026-12-31\""},
	RQ_OPTIONS_END,
};

static bool read_digits(unsigned *number, const char *text, size_t length)
{
	*number = 0;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (unsigned)(text[i] - '0');
	}
	return true;
}

/* Of the calendar: 2026-02-30 is none. */
static bool is_day(const char *text)
{
	static const unsigned lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	unsigned year, month, day;

	if (strlen(text) != 10 || text[4] != '-' || text[7] != '-' || !read_digits(&year, text, 4) || !read_digits(&month, text + 5, 2) ||
	    !read_digits(&day, text + 8, 2))
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 && day <= lengths[month - 1] + (leap && month == 2 ? 1 : 0);
}

enum rq_status rq_waiver_read(struct rq_waiver *waiver, const rq_json *object, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char full[64], shown[120];

	snprintf(full, sizeof full, "%s.waiver", path);
	RQ_TRY(rq_options_parse(waiver, options, object, full, ".", arena, err));
	if (is_day(waiver->until))
		return RQ_OK;
	rq_json_show(shown, sizeof shown, rq_json_get(object, "until"));
	return rq_fail(err, RQ_E_CONFIG, "%s.until: %s is not allowed; expected the last day that the waiver holds, such as \"2026-12-31\"", full, shown);
}

rq_json *rq_waiver_schema(void)
{
	return rq_options_schema(options);
}

/* Days that are written so stand in the order of their letters. */
enum rq_waived rq_waiver_holds(const struct rq_waiver *waiver, const char *today)
{
	if (waiver->until == NULL)
		return RQ_NOT_WAIVED;
	return strcmp(today, waiver->until) <= 0 ? RQ_WAIVED : RQ_WAIVER_EXPIRED;
}
