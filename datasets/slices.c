/* Slices: the topics file that has them, or two columns, topic and slice. */
#include "datasets/slices.h"

#include "datasets/parsers.h"

#include <stdlib.h>
#include <string.h>

#define EXPECTED "expected two columns, topic TAB slice, or JSON lines like {\"_id\": \"q1\", \"text\": \"...\", \"slice\": \"billing\"}"

static struct rq_span trimmed(struct rq_span span)
{
	while (span.length > 0 && strchr(" \t\r", span.at[0]) != NULL)
		span = (struct rq_span){span.at + 1, span.length - 1};
	while (span.length > 0 && strchr(" \t\r", span.at[span.length - 1]) != NULL)
		span.length--;
	return span;
}

/* False where there are not two columns, both of them filled. */
static bool split(struct rq_span columns[2], struct rq_span line)
{
	struct rq_span more[3];
	bool tab = memchr(line.at, '\t', line.length) != NULL;
	size_t count = tab ? rq_columns_tab(more, 3, line) : rq_columns_space(more, 3, line);

	if (count != 2)
		return false;
	for (int i = 0; i < 2; i++)
		columns[i] = trimmed(more[i]);
	return columns[0].length > 0 && columns[1].length > 0;
}

static enum rq_status read_line(struct rq_topics *topics, const struct rq_text *text, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[2];
	bool added;

	if (!split(columns, line->span))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: \"%s\" is no topic with its slice; " EXPECTED, text->path, line->number, rq_excerpt(line->span).text);
	const char *fault = rq_id_fault(columns[0]);
	if (fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: topic \"%s\" %s; expected an id without white space or control characters", text->path, line->number,
		               rq_excerpt(columns[0]).text, fault);
	uint32_t number = rq_ids_add(&topics->ids, columns[0].at, columns[0].length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: topic \"%s\" has a slice already, on line %u; a topic is in one slice", text->path, line->number,
		               rq_excerpt(columns[0]).text, topics->topics[number].line);
	struct rq_topic *topic = &topics->topics[topics->count++];
	*topic = (struct rq_topic){.id = topics->ids.names[number], .text = "", .slice = rq_arena_strndup(&topics->arena, columns[1].at, columns[1].length),
	                           .answerable = true, .line = (uint32_t)line->number};
	return topic->slice == NULL ? rq_fail_memory(err) : RQ_OK;
}

static int compare_topics(const void *a, const void *b)
{
	return strcmp(((const struct rq_topic *)a)->id, ((const struct rq_topic *)b)->id);
}

static enum rq_status read_lines(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(text);

	memcpy(topics->sha256, text->sha256, sizeof topics->sha256);
	topics->topics = rq_arena_alloc(&topics->arena, rq_text_filled_lines(text), sizeof *topics->topics);
	if (topics->topics == NULL)
		return rq_fail_memory(err);
	while (rq_line_next(&line, text))
		RQ_TRY(read_line(topics, text, &line, err));
	if (topics->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no topics; " EXPECTED, text->path);
	qsort(topics->topics, topics->count, sizeof *topics->topics, compare_topics);
	return RQ_OK;
}

enum rq_status rq_slices_parse(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err)
{
	if (text->data[strspn(text->data, " \t\r\n")] == '{')
		return rq_topics_parse(topics, text, err);
	*topics = (struct rq_topics){0};
	enum rq_status status = read_lines(topics, text, err);
	if (status != RQ_OK)
		rq_topics_release(topics);
	return status;
}

enum rq_status rq_slices_load(struct rq_topics *topics, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*topics = (struct rq_topics){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_slices_parse(topics, &text, err);
}

static int compare_id(const void *key, const void *topic)
{
	return strcmp(key, ((const struct rq_topic *)topic)->id);
}

const char *rq_slice_find(const struct rq_topics *topics, const char *topic)
{
	const struct rq_topic *found = topics->count == 0 ? NULL : bsearch(topic, topics->topics, topics->count, sizeof *topics->topics, compare_id);

	return found == NULL ? NULL : found->slice;
}
