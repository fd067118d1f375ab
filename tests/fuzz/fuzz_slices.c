/* Slices of topics: two columns, or topics in JSON lines. */
#include "datasets/slices.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;
	struct rq_topics slices;

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	if (rq_slices_parse(&slices, &text, &err) == RQ_OK)
		rq_topics_release(&slices);
	rq_text_release(&text);
	return 0;
}
