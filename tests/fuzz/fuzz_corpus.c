/* Corpora: BEIR JSON lines. */
#include "datasets/parsers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;
	struct rq_corpus corpus;
	const char *const fields[] = {"title", "text"};

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	if (rq_corpus_parse(&corpus, &text, fields, 2, &err) == RQ_OK)
		rq_corpus_release(&corpus);
	rq_text_release(&text);
	return 0;
}
