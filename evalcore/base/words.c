#include "evalcore/base/words.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

struct rq_grouped rq_grouped(uint64_t number)
{
	char digits[24];
	struct rq_grouped out;
	size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, number), used = 0;

	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			out.text[used++] = ',';
		out.text[used++] = digits[i];
	}
	out.text[used] = '\0';
	return out;
}
