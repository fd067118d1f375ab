/* Runs: TREC or JSON lines, plain or zstd. What is accepted is in order, and no document stands twice. */
#include "datasets/parsers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;
	struct rq_run run;

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	if (rq_run_parse(&run, &text, &err) == RQ_OK) {
		for (size_t t = 0; t < run.count; t++)
			for (size_t i = 1; i < run.rankings[t].count; i++)
				if (rq_scored_document_compare(&run.rankings[t].documents[i - 1], &run.rankings[t].documents[i]) >= 0)
					abort();
		rq_run_release(&run);
	}
	rq_text_release(&text);
	return 0;
}
