/* CSV with a header, as judgments and as runs: the usual columns, and columns that are named; strict and lenient. */
#include "datasets/parsers.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const struct rq_text *text, const struct rq_load_options *options)
{
	struct rq_load_facts facts;
	struct rq_error err = {0};
	struct rq_qrels qrels;
	struct rq_run run;

	if (rq_qrels_parse_as(&qrels, &facts, text, options, &err) == RQ_OK) {
		if (qrels.judgments == 0 || (options->dedupe == RQ_DEDUPE_REFUSE && facts.duplicates > 0) || (!options->lenient && facts.bad_numbers > 0))
			abort();
		rq_qrels_release(&qrels);
	}
	if (rq_run_parse_as(&run, &facts, text, options, &err) == RQ_OK) {
		for (size_t t = 0; t < run.count; t++)
			for (size_t i = 1; i < run.rankings[t].count; i++)
				if (rq_scored_document_compare(&run.rankings[t].documents[i - 1], &run.rankings[t].documents[i]) >= 0)
					abort();
		rq_run_release(&run);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_text text;

	if (rq_text_from(&text, "fuzz.csv", data, size, &err) != RQ_OK)
		return 0;
	parse(&text, &(struct rq_load_options){0});
	parse(&text, &(struct rq_load_options){.format = "csv", .lenient = true, .dedupe = RQ_DEDUPE_BEST});
	parse(&text, &(struct rq_load_options){.format = "csv", .columns = {"a", "b", "c"}, .dedupe = RQ_DEDUPE_FIRST});
	rq_text_release(&text);
	return 0;
}
