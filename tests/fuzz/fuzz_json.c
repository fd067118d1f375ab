/* JSON objects of numbers, as judgments and as runs. What is accepted is JSON to cJSON too, and what is written of it reads back as it was. */
#include "datasets/parsers.h"
#include "datasets/writers.h"
#include "evalcore/base/json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void check_json(const struct rq_text *text)
{
	struct rq_error err = {0};
	rq_json *root = NULL;

	must(rq_json_parse(&root, text->data, text->size, "fuzz", &err) == RQ_OK);
	rq_json_free(root);
}

static void check_qrels(const struct rq_text *text)
{
	const struct rq_load_options options = {.format = "json"};
	struct rq_error err = {0};
	struct rq_qrels qrels, again;
	struct rq_buf out = {0};
	struct rq_text back;

	if (rq_qrels_parse_as(&qrels, NULL, text, &options, &err) != RQ_OK)
		return;
	check_json(text);
	must(rq_qrels_print_json(&out, &qrels, &err) == RQ_OK && rq_text_from(&back, "back", out.data, out.size, &err) == RQ_OK);
	must(rq_qrels_parse_as(&again, NULL, &back, &options, &err) == RQ_OK && again.count == qrels.count && again.judgments == qrels.judgments);
	for (size_t t = 0; t < qrels.count; t++) {
		must(strcmp(qrels.topics[t].topic, again.topics[t].topic) == 0 && qrels.topics[t].count == again.topics[t].count);
		for (size_t i = 0; i < qrels.topics[t].count; i++)
			must(strcmp(qrels.topics[t].judgments[i].document, again.topics[t].judgments[i].document) == 0 &&
			     qrels.topics[t].judgments[i].grade == again.topics[t].judgments[i].grade);
	}
	rq_qrels_release(&qrels);
	rq_qrels_release(&again);
	rq_text_release(&back);
	rq_buf_release(&out);
}

static void check_run(const struct rq_text *text)
{
	const struct rq_load_options options = {.format = "json"};
	struct rq_error err = {0};
	struct rq_run run, again;
	struct rq_buf out = {0};
	struct rq_text back;

	if (rq_run_parse_as(&run, NULL, text, &options, &err) != RQ_OK)
		return;
	check_json(text);
	must(rq_run_print_json(&out, &run, &err) == RQ_OK && rq_text_from(&back, "back", out.data, out.size, &err) == RQ_OK);
	must(rq_run_parse_as(&again, NULL, &back, &options, &err) == RQ_OK && again.count == run.count);
	for (size_t t = 0; t < run.count; t++) {
		must(strcmp(run.rankings[t].topic, again.rankings[t].topic) == 0 && run.rankings[t].count == again.rankings[t].count);
		for (size_t i = 0; i < run.rankings[t].count; i++)
			must(strcmp(run.rankings[t].documents[i].document, again.rankings[t].documents[i].document) == 0 &&
			     run.rankings[t].documents[i].score == again.rankings[t].documents[i].score);
	}
	rq_run_release(&run);
	rq_run_release(&again);
	rq_text_release(&back);
	rq_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rq_load_options best = {.format = "json", .lenient = true, .dedupe = RQ_DEDUPE_BEST};
	struct rq_error err = {0};
	struct rq_qrels qrels;
	struct rq_text text;

	if (rq_text_from(&text, "fuzz", data, size, &err) != RQ_OK)
		return 0;
	check_qrels(&text);
	check_run(&text);
	if (rq_qrels_parse_as(&qrels, NULL, &text, &best, &err) == RQ_OK)
		rq_qrels_release(&qrels);
	rq_text_release(&text);
	return 0;
}
