/* Lays the topics that lost most open, cuts what they show to what a person reads, and puts that into report.json. */
#include "reports/examples.h"

#include "evalcore/review/texts.h"
#include "reports/json_parts.h"
#include "reports/rows.h"

#include <math.h>

enum { DEPTH = 10, DOCUMENTS_MAX = 30, TEXT_MAX = 200 };

static enum rq_status cut(struct rq_explanation *explanation, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	explanation->count = explanation->count < DOCUMENTS_MAX ? explanation->count : DOCUMENTS_MAX;
	for (size_t i = 0; i < explanation->count; i++) {
		struct rq_explained_document *document = &explanation->documents[i];
		if (document->text == NULL)
			continue;
		rq_buf_clear(&line);
		rq_buf_puts(&line, "");
		rq_add_one_line(&line, document->text, TEXT_MAX);
		RQ_TRY(rq_buf_check(&line, err));
		document->text = rq_arena_strdup(&explanation->arena, line.data);
		if (document->text == NULL)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

enum rq_status rq_examples_make(struct rq_examples *examples, struct rq_explain_request request, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	const struct rq_comparison *comparison = request.comparison;
	size_t lost;

	RQ_TRY(rq_losses(&losses, &lost, comparison, 0, comparison->metric_count, err));
	request.depth = DEPTH;
	for (size_t i = 0; i < lost && i < RQ_EXAMPLES_MAX; i++) {
		request.topic = comparison->topics[losses[i].topic].id;
		RQ_TRY(rq_explain(&examples->items[examples->count++], &request, err));
		RQ_TRY(cut(&examples->items[i], err));
	}
	return RQ_OK;
}

void rq_examples_release(struct rq_examples *examples)
{
	for (size_t i = 0; i < examples->count; i++)
		rq_explanation_release(&examples->items[i]);
	*examples = (struct rq_examples){0};
}

/* ---- in report.json ---- */

/* A rank, null where the side does not have the document. */
static void push_ranks(rq_json *object, const char *key, const size_t rank[RQ_SIDES])
{
	rq_json *pair = rq_json_set_array(object, key);

	for (int side = 0; side < RQ_SIDES; side++)
		rq_json_push_number(pair, rank[side] == 0 ? (double)NAN : (double)rank[side]);
}

static void push_document(rq_json *array, const struct rq_explained_document *document)
{
	rq_json *object = rq_json_push_object(array);

	rq_json_set_string(object, "id", document->id);
	rq_json_set_string(object, "text", document->text);
	rq_json_set_number(object, "grade", document->judged ? (double)document->grade : (double)NAN);
	push_ranks(object, "ranks", document->rank);
	push_ranks(object, "exact_ranks", document->exact);
}

void rq_json_set_examples(rq_json *root, const struct rq_report *report)
{
	rq_json *examples = rq_json_set_array(root, "examples");

	for (size_t i = 0; i < report->example_count; i++) {
		const struct rq_explanation *explanation = &report->examples[i];
		rq_json *object = rq_json_push_object(examples);
		rq_json_set_string(object, "topic", explanation->topic);
		rq_json_set_bool(object, "judged", explanation->judged);
		rq_json_set_number(object, "depth", (double)explanation->depth);
		rq_json *documents = rq_json_set_array(object, "documents"), *moves = rq_json_set_array(object, "moves");
		for (size_t j = 0; j < explanation->count; j++)
			push_document(documents, &explanation->documents[j]);
		for (size_t j = 0; j < explanation->move_count; j++)
			rq_json_push_string(moves, explanation->moves[j]);
	}
}
