/* Asks the clock, or the environment in its place. */
#include "ci/cli/when.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum rq_status rq_when(char text[32], struct rq_error *err)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t seconds;
	struct tm parts;

	if (epoch == NULL || epoch[0] == '\0') {
		rq_clock_utc(text);
		return RQ_OK;
	}
	time_t when = rq_parse_i64(&seconds, epoch, strlen(epoch)) && seconds >= 0 ? (time_t)seconds : -1;
	if (when < 0 || gmtime_r(&when, &parts) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return rq_fail(err, RQ_E_USAGE, "SOURCE_DATE_EPOCH: \"%s\" is no time; expected seconds since 1970", epoch);
	return RQ_OK;
}
