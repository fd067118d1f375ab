/* Bundles of signed statements. A line that is read is the one form of what it says: written again, it is the same statement. */
#include "evalcore/signoff/bundle.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The statement is read from what is written of it, and says the same. */
static void there_and_back(const struct rq_statement *statement)
{
	struct rq_arena arena = {0};
	struct rq_buf first = {0}, second = {0};
	struct rq_statement again;
	struct rq_error err = {0};

	if (rq_statement_write(&first, statement, &err) == RQ_OK)
		if (rq_statement_read(&again, first.data, first.size, &arena, &err) != RQ_OK || rq_statement_write(&second, &again, &err) != RQ_OK ||
		    first.size != second.size || memcmp(first.data, second.data, first.size) != 0)
			abort();
	rq_buf_release(&first);
	rq_buf_release(&second);
	rq_arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_bundle bundle = {0};
	struct rq_arena arena = {0};
	struct rq_statement statement;
	struct rq_error err = {0};

	if (rq_bundle_parse(&bundle, (const char *)data, size, &err) == RQ_OK)
		for (size_t i = 0; i < bundle.count; i++)
			if (bundle.lines[i].fault == NULL)
				there_and_back(&bundle.lines[i].statement);
	/* As what an envelope holds. */
	if (rq_statement_read(&statement, (const char *)data, size, &arena, &err) == RQ_OK)
		there_and_back(&statement);
	rq_bundle_release(&bundle);
	rq_arena_release(&arena);
	return 0;
}
