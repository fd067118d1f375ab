/* One line of a command that embeds. What is accepted is a whole vector of finite numbers, or an error with words. */
#include "evalcore/embed/exec/vector.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rq_line line = {(const char *)data, size};
	struct rq_error err = {0};
	struct rq_exec_vector answer;

	if (rq_exec_vector_read(&answer, &line, "fuzz", &err) == RQ_OK) {
		if ((answer.error == NULL) != (answer.dimension > 0) || (answer.error != NULL && answer.error[0] == '\0'))
			abort();
		for (size_t i = 0; i < answer.dimension; i++)
			if (!isfinite(answer.vector[i]))
				abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	rq_exec_vector_release(&answer);
	return 0;
}
