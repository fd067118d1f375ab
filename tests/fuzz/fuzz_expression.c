/* Gates in one line, one a line. What is read must have a text that reads back as itself. */
#include "gates/gate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text)
{
	struct rq_arena arena = {0};
	struct rq_gate *gate, *again;
	struct rq_error err;

	if (rq_gate_parse_expression(&gate, text, "gate", &arena, &err) == RQ_OK &&
	    (rq_gate_parse_expression(&again, gate->text, "gate", &arena, &err) != RQ_OK || again->kind != gate->kind ||
	     strcmp(again->text, gate->text) != 0))
		abort();
	rq_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *end;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *line = text; line != NULL; line = end) {
		if ((end = strchr(line, '\n')) != NULL)
			*end++ = '\0';
		check(line);
	}
	free(text);
	return 0;
}
