/* Judgments: BEIR tsv with its header, or TREC columns. Which of the two the first line tells. */
#include "datasets/qrels.h"

#include "datasets/parsers.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct layout {
	size_t columns, topic, document, grade; /* how many there are, and which is which */
	bool tabs;
	const char *expected;
};

static const struct layout BEIR = {
	.columns = 3, .topic = 0, .document = 1, .grade = 2, .tabs = true,
	.expected = "3 separated by tabs: query-id, corpus-id, score",
};
static const struct layout TREC = {
	.columns = 4, .topic = 0, .document = 2, .grade = 3,
	.expected = "4: topic, iteration, document, grade (or 3 below the BEIR header query-id TAB corpus-id TAB score)",
};

struct entry {
	struct rq_span document;
	uint32_t topic;
	int grade;
	uint32_t line;
};

struct qrels_reader {
	const struct rq_text *text;
	struct entry *entries; /* in file order */
	size_t count;
	struct rq_ids topics;
	size_t *ends; /* ends[t]: where topic t's entries end once they are grouped */
	struct entry *grouped;
};

static void reader_release(struct qrels_reader *reader)
{
	free(reader->entries);
	free(reader->ends);
	free(reader->grouped);
	rq_ids_release(&reader->topics);
}

static bool is_beir_header(struct rq_span line)
{
	static const char *const names[] = {"query-id", "corpus-id", "score"};
	struct rq_span columns[4];

	if (rq_columns_tab(columns, 4, line) != 3)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (columns[i].length != strlen(names[i]) || memcmp(columns[i].at, names[i], columns[i].length) != 0)
			return false;
	return true;
}

static enum rq_status check_id(const struct qrels_reader *reader, const char *what, size_t line, const char *start, struct rq_span id,
                               struct rq_error *err)
{
	const char *fault = rq_id_fault(id);

	if (fault == NULL)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the %s id \"%s\" %s; expected an id without white space or control characters", reader->text->path,
	               line, (size_t)(id.at - start) + 1, what, rq_excerpt(id).text, fault);
}

static enum rq_status read_line(struct qrels_reader *reader, const struct layout *layout, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[5];
	size_t count = (layout->tabs ? rq_columns_tab : rq_columns_space)(columns, layout->columns + 1, line->span);
	const char *path = reader->text->path, *start = line->span.at;
	int64_t grade;

	if (count != layout->columns) {
		size_t column = count > layout->columns ? (size_t)(columns[layout->columns].at - start) + 1 : line->span.length + 1;
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s%zu columns; expected %s", path, line->number, column,
		               count > layout->columns ? "at least " : "", count, layout->expected);
	}
	struct rq_span topic = columns[layout->topic], document = columns[layout->document], number = columns[layout->grade];
	RQ_TRY(check_id(reader, "topic", line->number, start, topic, err));
	RQ_TRY(check_id(reader, "document", line->number, start, document, err));
	if (!rq_parse_i64(&grade, number.at, number.length) || grade < INT_MIN || grade > INT_MAX)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the grade is \"%s\"; expected an integer, like 1", path, line->number,
		               (size_t)(number.at - start) + 1, rq_excerpt(number).text);
	uint32_t index = rq_ids_add(&reader->topics, topic.at, topic.length, NULL);
	if (index == RQ_ID_NONE)
		return rq_fail_memory(err);
	reader->entries[reader->count++] = (struct entry){document, index, (int)grade, (uint32_t)line->number};
	return RQ_OK;
}

static enum rq_status read_lines(struct qrels_reader *reader, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	const struct layout *layout = NULL;

	reader->entries = malloc((rq_text_filled_lines(reader->text) + 1) * sizeof *reader->entries);
	if (reader->entries == NULL)
		return rq_fail_memory(err);
	while (rq_line_next(&line, reader->text)) {
		RQ_TRY(rq_cancel_check(err));
		if (layout == NULL) {
			layout = is_beir_header(line.span) ? &BEIR : &TREC;
			if (layout == &BEIR)
				continue;
		}
		RQ_TRY(rq_text_take(reader->text, RQ_PROBLEM_record, read_line(reader, layout, &line, err), err));
	}
	if (reader->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv",
		               reader->text->path);
	return RQ_OK;
}

/* Entries of one topic side by side, in file order: linear in the input, whatever the order of its lines. */
static enum rq_status group_by_topic(struct qrels_reader *reader, struct rq_error *err)
{
	size_t start = 0;

	reader->ends = calloc(reader->topics.count, sizeof *reader->ends);
	reader->grouped = malloc(reader->count * sizeof *reader->grouped);
	if (reader->ends == NULL || reader->grouped == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < reader->count; i++)
		reader->ends[reader->entries[i].topic]++;
	for (size_t t = 0; t < reader->topics.count; t++) {
		size_t count = reader->ends[t];
		reader->ends[t] = start;
		start += count;
	}
	for (size_t i = 0; i < reader->count; i++)
		reader->grouped[reader->ends[reader->entries[i].topic]++] = reader->entries[i];
	return RQ_OK;
}

/* By document; where that is equal, by place in the file. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	size_t shorter = left->document.length < right->document.length ? left->document.length : right->document.length;
	int order = memcmp(left->document.at, right->document.at, shorter);

	if (order != 0)
		return order;
	if (left->document.length != right->document.length)
		return left->document.length < right->document.length ? -1 : 1;
	return left->document.at < right->document.at ? -1 : left->document.at > right->document.at;
}

static enum rq_status fail_duplicate(const struct qrels_reader *reader, const char *topic, const struct entry *first, const struct entry *second,
                                     struct rq_error *err)
{
	const char *start = second->document.at;
	char grades[64] = "";

	while (start > reader->text->data && start[-1] != '\n')
		start--;
	if (first->grade != second->grade)
		snprintf(grades, sizeof grades, " and graded %d there, %d here", first->grade, second->grade);
	return rq_fail(err, RQ_E_DATA, "%s:%u:%zu: duplicate judgment of document \"%s\" for topic \"%s\", first on line %u%s; keep one of the two",
	               reader->text->path, second->line, (size_t)(second->document.at - start) + 1, rq_excerpt(second->document).text,
	               rq_excerpt((struct rq_span){topic, strlen(topic)}).text, first->line, grades);
}

/* `count` entries of one topic, sorted. */
static enum rq_status fill_topic(struct rq_qrels *qrels, struct rq_topic_judgments *topic, const struct qrels_reader *reader,
                                 const struct entry *entries, size_t count, struct rq_error *err)
{
	const struct entry *first = NULL;

	topic->judgments = rq_arena_alloc(&qrels->arena, count, sizeof *topic->judgments);
	if (topic->judgments == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct rq_span document = entries[i].document;
		if (first != NULL && document.length == first->document.length && memcmp(document.at, first->document.at, document.length) == 0) {
			bool same = entries[i].grade == first->grade;
			RQ_TRY(rq_text_take(reader->text, same ? RQ_PROBLEM_duplicate_judgment : RQ_PROBLEM_conflicting_judgment,
			                    fail_duplicate(reader, topic->topic, first, &entries[i], err), err));
			continue;
		}
		first = &entries[i];
		char *copy = rq_arena_strndup(&qrels->arena, document.at, document.length);
		if (copy == NULL)
			return rq_fail_memory(err);
		topic->judgments[topic->count++] = (struct rq_judgment){copy, entries[i].grade, entries[i].line};
	}
	qrels->judgments += topic->count;
	return RQ_OK;
}

static int compare_topics(const void *a, const void *b)
{
	return strcmp(((const struct rq_topic_judgments *)a)->topic, ((const struct rq_topic_judgments *)b)->topic);
}

static enum rq_status read_qrels(struct rq_qrels *qrels, struct qrels_reader *reader, struct rq_error *err)
{
	memcpy(qrels->sha256, reader->text->sha256, sizeof qrels->sha256);
	RQ_TRY(read_lines(reader, err));
	RQ_TRY(group_by_topic(reader, err));
	qrels->topics = rq_arena_alloc(&qrels->arena, reader->topics.count, sizeof *qrels->topics);
	if (qrels->topics == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0, start = 0; t < reader->topics.count; start = reader->ends[t++]) {
		struct rq_topic_judgments *topic = &qrels->topics[qrels->count++];
		size_t count = reader->ends[t] - start;
		topic->topic = rq_arena_strdup(&qrels->arena, reader->topics.names[t]);
		if (topic->topic == NULL)
			return rq_fail_memory(err);
		qsort(reader->grouped + start, count, sizeof *reader->grouped, compare_entries);
		RQ_TRY(fill_topic(qrels, topic, reader, reader->grouped + start, count, err));
	}
	qsort(qrels->topics, qrels->count, sizeof *qrels->topics, compare_topics);
	return RQ_OK;
}

enum rq_status rq_qrels_parse(struct rq_qrels *qrels, const struct rq_text *text, struct rq_error *err)
{
	RQ_CLEANUP(reader_release) struct qrels_reader reader = {.text = text};

	*qrels = (struct rq_qrels){0};
	enum rq_status status = rq_text_take(text, RQ_PROBLEM_file, read_qrels(qrels, &reader, err), err);
	if (status != RQ_OK)
		rq_qrels_release(qrels);
	return status;
}

enum rq_status rq_qrels_load(struct rq_qrels *qrels, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*qrels = (struct rq_qrels){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_qrels_parse(qrels, &text, err);
}

static int compare_lines(const void *a, const void *b)
{
	const struct rq_judged *left = a, *right = b;

	return left->judgment->line < right->judgment->line ? -1 : left->judgment->line > right->judgment->line;
}

enum rq_status rq_qrels_by_line(struct rq_judged **judged, const struct rq_qrels *qrels, struct rq_error *err)
{
	struct rq_judged *all = malloc((qrels->judgments + 1) * sizeof *all);
	size_t count = 0;

	*judged = all;
	if (all == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			all[count++] = (struct rq_judged){&qrels->topics[t], &qrels->topics[t].judgments[i]};
	qsort(all, count, sizeof *all, compare_lines);
	return RQ_OK;
}
