/* Reads the topics that report.json lays open. */
#include "reports/examples.h"
#include "reports/read_parts.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static void read_ranks(size_t rank[RQ_SIDES], struct rq_json_reader *reader, const rq_json *object, const char *place, const char *key)
{
	double pair[RQ_SIDES];

	rq_json_read_pair(pair, reader, object, place, key);
	for (int side = 0; side < RQ_SIDES && reader->status == RQ_OK; side++) {
		if (!isnan(pair[side]) && !(pair[side] >= 1 && pair[side] <= UINT32_MAX && pair[side] == floor(pair[side])))
			rq_json_read_fail(reader, place, key, rq_json_get(object, key), "ranks from 1, each of which may be null");
		else
			rank[side] = isnan(pair[side]) ? 0 : (size_t)pair[side];
	}
}

static void read_document(struct rq_explained_document *document, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	double grade = rq_json_read_optional_number(reader, object, place, "grade");

	document->id = rq_json_read_string(reader, object, place, "id");
	document->text = rq_json_read_optional_string(reader, object, place, "text");
	document->judged = !isnan(grade);
	document->grade = document->judged ? rq_json_read_small(reader, object, place, "grade") : 0;
	read_ranks(document->rank, reader, object, place, "ranks");
	read_ranks(document->exact, reader, object, place, "exact_ranks");
}

static void read_moves(struct rq_explanation *example, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const rq_json *moves = rq_json_read_array(reader, object, place, "moves");

	example->moves = rq_read_need(reader, moves == NULL ? 0 : rq_json_size(moves), sizeof *example->moves);
	for (const rq_json *move = moves == NULL ? NULL : rq_json_first(moves); move != NULL && reader->status == RQ_OK; move = rq_json_next(move)) {
		if (rq_json_string(move) == NULL)
			rq_json_read_fail(reader, place, "moves", move, "an array of strings");
		else if ((example->moves[example->move_count++] = rq_arena_strdup(reader->arena, rq_json_string(move))) == NULL)
			rq_json_read_no_memory(reader);
	}
}

/* A topic of the report. */
static void find_place(struct rq_explanation *example, struct rq_json_reader *reader, const struct rq_comparison *comparison, const rq_json *object,
                       const char *place)
{
	for (size_t i = 0; example->topic != NULL && i < comparison->topic_count; i++)
		if (strcmp(comparison->topics[i].id, example->topic) == 0) {
			example->place = i;
			example->text = comparison->topics[i].text;
			example->slice = comparison->topics[i].slice;
			return;
		}
	rq_json_read_fail(reader, place, "topic", rq_json_get(object, "topic"), "a topic of this report");
}

static void read_example(struct rq_explanation *example, struct rq_json_reader *reader, const struct rq_comparison *comparison, const rq_json *object,
                         const char *place)
{
	char inner[RQ_PLACE];

	example->topic = rq_json_read_string(reader, object, place, "topic");
	find_place(example, reader, comparison, object, place);
	example->judged = rq_json_read_bool(reader, object, place, "judged");
	example->depth = rq_json_read_count(reader, object, place, "depth");
	const rq_json *documents = rq_json_read_array(reader, object, place, "documents");
	example->documents = rq_read_need(reader, documents == NULL ? 0 : rq_json_size(documents), sizeof *example->documents);
	for (const rq_json *document = documents == NULL ? NULL : rq_json_first(documents); document != NULL && reader->status == RQ_OK;
	     document = rq_json_next(document)) {
		snprintf(inner, sizeof inner, "%.40s.documents[%zu]", place, example->count);
		read_document(&example->documents[example->count++], reader, document, inner);
	}
	read_moves(example, reader, object, place);
}

void rq_read_examples(struct rq_report_file *report, struct rq_json_reader *reader)
{
	const rq_json *examples = reader->status != RQ_OK || rq_json_get(report->root, "examples") == NULL
	                              ? NULL
	                              : rq_json_read_array(reader, report->root, "", "examples");
	char place[RQ_PLACE];

	if (examples == NULL)
		return;
	struct rq_explanation *items = rq_read_need(reader, rq_json_size(examples), sizeof *items);
	report->report.examples = items;
	for (const rq_json *object = rq_json_first(examples); object != NULL && reader->status == RQ_OK; object = rq_json_next(object)) {
		snprintf(place, sizeof place, "examples[%zu]", report->report.example_count);
		read_example(&items[report->report.example_count++], reader, &report->comparison, object, place);
	}
}
