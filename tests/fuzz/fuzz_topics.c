/* Topics: JSON lines or two columns. */
#include "datasets/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;
	struct rq_topics topics;

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	if (rq_topics_parse(&topics, &text, &err) == RQ_OK)
		rq_topics_release(&topics);
	rq_text_release(&text);
	return 0;
}
