/* Topics: BEIR JSON lines, or two columns `id TAB text` as MS MARCO and TREC DL have them. */
#include "datasets/parsers.h"
#include "datasets/record.h"

#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

#define LIKE "{\"_id\": \"q1\", \"text\": \"...\"}"

/* *topic is NULL where its id is taken, and that was collected. */
static enum rq_status add_topic(struct rq_topic **topic, struct rq_topics *topics, const struct rq_text *text, size_t line, struct rq_span id,
                                struct rq_error *err)
{
	bool added;

	*topic = NULL;
	uint32_t number = rq_ids_add(&topics->ids, id.at, id.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_text_take(text, RQ_PROBLEM_duplicate_id,
		                    rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %u; every topic needs an id of its own", text->path, line,
		                            rq_excerpt(id).text, topics->topics[number].line), err);
	*topic = &topics->topics[topics->count++]; /* its text stays NULL where a collected problem leaves it out */
	**topic = (struct rq_topic){.id = topics->ids.names[number], .answerable = true, .line = (uint32_t)line};
	return RQ_OK;
}

static enum rq_status set_words(struct rq_topic *topic, struct rq_topics *topics, const struct rq_text *text, struct rq_span words,
                                struct rq_error *err)
{
	struct rq_span any;

	if (rq_columns_space(&any, 1, words) == 0)
		return rq_fail(err, RQ_E_DATA, "%s:%u: topic \"%s\" has no text; give it the words to search for, or remove it", text->path, topic->line,
		               rq_excerpt((struct rq_span){topic->id, strlen(topic->id)}).text);
	topic->text = rq_arena_strndup(&topics->arena, words.at, words.length);
	return topic->text == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status read_json_topic(struct rq_topics *topics, const struct rq_text *text, const struct rq_line *line, struct rq_error *err)
{
	RQ_CLEANUP(rq_record_release) struct rq_record record = {0};
	struct rq_record_id id;
	struct rq_topic *topic;
	const char *words;

	RQ_TRY(rq_text_take(text, RQ_PROBLEM_json, rq_record_parse(&record, text->path, line, LIKE, err), err));
	if (record.root == NULL)
		return RQ_OK;
	const char *key = rq_record_get(&record, "_id") == NULL && rq_record_get(&record, "id") != NULL ? "id" : "_id";
	RQ_TRY(rq_record_read_id(&id, &record, key, rq_record_get(&record, key), err));
	RQ_TRY(add_topic(&topic, topics, text, line->number, id.span, err));
	if (topic == NULL)
		return RQ_OK;
	RQ_TRY(rq_record_read_string(&words, &record, "text", err));
	if (words == NULL)
		return rq_record_fail(&record, "text", NULL, "the words of the topic, like " LIKE, err);
	RQ_TRY(set_words(topic, topics, text, (struct rq_span){words, strlen(words)}, err));
	RQ_TRY(rq_record_read_name(&topic->slice, &topics->arena, &record, "slice", err));
	RQ_TRY(rq_record_read_name(&topic->cluster, &topics->arena, &record, "cluster", err));
	const rq_json *answerable = rq_record_get_anywhere(&record, "answerable");
	if (answerable != NULL && rq_json_type(answerable) != RQ_JSON_BOOL)
		return rq_record_fail(&record, "answerable", answerable, "true or false", err);
	topic->answerable = answerable == NULL || rq_json_true(answerable);
	return RQ_OK;
}

static enum rq_status read_tsv_topic(struct rq_topics *topics, const struct rq_text *text, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[3];
	struct rq_topic *topic;
	size_t count = rq_columns_tab(columns, 3, line->span);

	if (count != 2)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: %s; expected two columns, id TAB text, or JSON lines like " LIKE, text->path, line->number,
		               count == 1 ? "no tab" : "more than one tab");
	const char *fault = rq_id_fault(columns[0]);
	if (fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: id \"%s\" %s; expected an id without white space or control characters, then a tab and the text",
		               text->path, line->number, rq_excerpt(columns[0]).text, fault);
	RQ_TRY(add_topic(&topic, topics, text, line->number, columns[0], err));
	return topic == NULL ? RQ_OK : set_words(topic, topics, text, columns[1], err);
}

static int compare_topics(const void *a, const void *b)
{
	return strcmp(((const struct rq_topic *)a)->id, ((const struct rq_topic *)b)->id);
}

static enum rq_status read_topics(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(text);
	bool first = true, json = false;

	memcpy(topics->sha256, text->sha256, sizeof topics->sha256);
	topics->topics = rq_arena_alloc(&topics->arena, rq_text_filled_lines(text), sizeof *topics->topics);
	if (topics->topics == NULL)
		return rq_fail_memory(err);
	while (rq_line_next(&line, text)) {
		RQ_TRY(rq_cancel_check(err));
		if (first)
			json = line.span.at[strspn(line.span.at, " \t")] == '{';
		first = false;
		RQ_TRY(rq_text_take(text, RQ_PROBLEM_record, json ? read_json_topic(topics, text, &line, err) : read_tsv_topic(topics, text, &line, err), err));
	}
	if (topics->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no topics; expected one JSON object a line, like " LIKE ", or two columns, id TAB text", text->path);
	qsort(topics->topics, topics->count, sizeof *topics->topics, compare_topics);
	return RQ_OK;
}

enum rq_status rq_topics_parse(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err)
{
	*topics = (struct rq_topics){0};
	enum rq_status status = rq_text_take(text, RQ_PROBLEM_file, read_topics(topics, text, err), err);
	if (status != RQ_OK)
		rq_topics_release(topics);
	return status;
}

enum rq_status rq_topics_load(struct rq_topics *topics, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*topics = (struct rq_topics){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_topics_parse(topics, &text, err);
}
