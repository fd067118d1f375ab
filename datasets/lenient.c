#include "datasets/lenient.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool rq_leading_number(double *value, struct rq_span text)
{
	RQ_CLEANUP(rq_free_pointer) char *copy = strndup(text.at, text.length);

	if (copy == NULL)
		return false;
	*value = strtod(copy, NULL);
	if (isnan(*value))
		*value = 0;
	return true;
}

int rq_leading_integer(struct rq_span text)
{
	bool negative = text.length > 0 && text.at[0] == '-';
	size_t i = text.length > 0 && (text.at[0] == '-' || text.at[0] == '+');
	long value = 0;

	for (; i < text.length && text.at[i] >= '0' && text.at[i] <= '9' && value <= INT_MAX; i++)
		value = value * 10 + (text.at[i] - '0');
	value = negative ? -value : value;
	return value < INT_MIN ? INT_MIN : value > INT_MAX ? INT_MAX : (int)value;
}
