/* One line of a command that searches. What is accepted is a ranking in order, each document once and at most as many as asked for, or an error with
 * words. */
#include "evalcore/retriever/exec/hits.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 5 };

static void check_answer(const struct rq_exec_hits *answer)
{
	if (answer->topic == NULL || answer->count > MOST || !isfinite(answer->seconds) || (answer->error != NULL && answer->count > 0))
		abort();
	for (size_t i = 0; i < answer->count; i++)
		if (isnan(answer->documents[i].score) || answer->documents[i].document[0] == '\0')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rq_line line = {(const char *)data, size};
	struct rq_error err = {0};
	struct rq_exec_hits answer;

	if (rq_exec_hits_read(&answer, &line, MOST, "fuzz", &err) == RQ_OK)
		check_answer(&answer);
	else if (err.text[0] == '\0')
		abort();
	rq_exec_hits_release(&answer);
	return 0;
}
