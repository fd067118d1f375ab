/* Shares of topics and of a baseline's value: a number from 0 to 1, or a percentage. */
#include "gates/kind.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool rq_share_parse(double *share, bool *percent, const char *text, size_t length)
{
	*percent = length > 0 && text[length - 1] == '%';
	if (!rq_parse_f64(share, text, length - (*percent ? 1 : 0)) || !isfinite(*share))
		return false;
	*share /= *percent ? 100 : 1;
	return true;
}

bool rq_share_number(struct rq_gate *gate, const char *text, size_t length)
{
	bool percent;

	return rq_share_parse(&gate->limit, &percent, text, length);
}

enum rq_status rq_share_read(double *share, bool *percent, const rq_json *value, const char *path, const char *key, struct rq_error *err)
{
	const char *text = rq_json_string(value);
	char shown[120];

	*percent = false;
	*share = rq_json_number(value);
	if ((text == NULL ? isfinite(*share) : rq_share_parse(share, percent, text, strlen(text)) && *percent) && *share >= 0 && *share <= 1)
		return RQ_OK;
	rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: %s is not allowed; expected a number from 0 to 1, or a percentage such as \"3%%\"", path, key, shown);
}

struct rq_shown rq_show_share(double share)
{
	struct rq_shown shown;

	snprintf(shown.text, sizeof shown.text, "%.12g%%", share * 100);
	return shown;
}
