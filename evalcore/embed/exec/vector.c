#include "evalcore/embed/exec/vector.h"

#include <math.h>
#include <stdlib.h>

static enum rq_status read_count(uint64_t *count, const rq_json *value, const char *key, const char *expected, const char *command,
                                 struct rq_error *err)
{
	double number = value == NULL ? NAN : rq_json_number(value);

	if (!(number >= 0 && number <= 0x1p53 && number == floor(number)))
		return rq_answer_wrong(err, command, key, value, expected);
	*count = (uint64_t)number;
	return RQ_OK;
}

static enum rq_status read_numbers(struct rq_exec_vector *answer, const rq_json *value, const char *command, struct rq_error *err)
{
	size_t i = 0;
	bool zero = true;

	if (value == NULL || rq_json_type(value) != RQ_JSON_ARRAY)
		return rq_answer_wrong(err, command, "vector", value, "an array of numbers, or an \"error\" instead");
	answer->dimension = rq_json_size(value);
	if (answer->dimension == 0 || answer->dimension > RQ_EXEC_DIMENSION_MOST)
		return rq_fail(err, RQ_E_DATA, "command \"%s\": the vector of id %llu has %zu numbers; expected 1 to %d", command,
		               (unsigned long long)answer->id, answer->dimension, RQ_EXEC_DIMENSION_MOST);
	answer->vector = malloc(answer->dimension * sizeof *answer->vector);
	if (answer->vector == NULL)
		return rq_fail_memory(err);
	for (const rq_json *number = rq_json_first(value); number != NULL; number = rq_json_next(number), i++) {
		char shown[80];
		double wide = rq_json_number(number);
		if (fabs(wide) <= 0x1.fffffep127) { /* the largest float; NaN is not */
			answer->vector[i] = (float)wide;
			zero = zero && answer->vector[i] == 0;
			continue;
		}
		rq_json_show(shown, sizeof shown, number);
		return rq_fail(err, RQ_E_DATA, "command \"%s\": number %zu of the vector of id %llu is %s; expected a finite number", command, i,
		               (unsigned long long)answer->id, shown);
	}
	if (!zero)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "command \"%s\": the vector of id %llu is all zeros, which no model gives a text that is not empty; expected an \"error\" where there is none",
	               command, (unsigned long long)answer->id);
}

static enum rq_status read_members(struct rq_exec_vector *answer, const char *command, struct rq_error *err)
{
	const rq_json *tokens = rq_json_get(answer->root, "tokens"), *truncated = rq_json_get(answer->root, "truncated");

	RQ_TRY(read_count(&answer->id, rq_json_get(answer->root, "id"), "id", "the number that came with the text", command, err));
	RQ_TRY(rq_answer_words(&answer->model, answer->root, "model", command, err));
	RQ_TRY(rq_answer_words(&answer->error, answer->root, "error", command, err));
	if (answer->error != NULL)
		return RQ_OK;
	if (tokens != NULL)
		RQ_TRY(read_count(&answer->tokens, tokens, "tokens", "how many tokens the text has", command, err));
	if (truncated != NULL && rq_json_type(truncated) != RQ_JSON_BOOL)
		return rq_answer_wrong(err, command, "truncated", truncated, "true or false");
	answer->truncated = truncated != NULL && rq_json_true(truncated);
	return read_numbers(answer, rq_json_get(answer->root, "vector"), command, err);
}

enum rq_status rq_exec_vector_read(struct rq_exec_vector *answer, const struct rq_line *line, const char *command, struct rq_error *err)
{
	*answer = (struct rq_exec_vector){0};
	RQ_TRY(rq_answer_parse(&answer->root, line, command, err));
	return read_members(answer, command, err);
}

void rq_exec_vector_release(struct rq_exec_vector *answer)
{
	free(answer->vector);
	rq_json_free(answer->root);
	*answer = (struct rq_exec_vector){0};
}
