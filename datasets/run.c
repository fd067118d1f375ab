/* Runs: TREC columns or JSON lines, told apart by the first letter. Linear in the input but for sorting rankings that are out of order: run files
 * hold millions of lines, so TREC is read in two passes, one that counts and one that fills arrays of the right size. */
#include "datasets/pairs.h"
#include "datasets/parsers.h"
#include "datasets/record.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIKE "{\"topic\": \"q1\", \"hits\": [{\"id\": \"d7\", \"score\": 0.5}]}"
#define TREC_COLUMNS "topic, Q0, document, rank, score, tag"

enum { TOPIC, ITERATION, DOCUMENT, RANK, SCORE, NEEDED };

struct run_reader {
	struct rq_run *run;
	const struct rq_text *text;
	struct rq_ids topics;
	size_t *counts; /* counts[t]: lines of topic t */
	size_t counts_capacity;
	char *names; /* where the next document id goes */
	struct rq_span last_topic; /* lines of a topic mostly stand together: one comparison instead of a look-up */
	uint32_t last_number;
	uint32_t *slots; /* scratch of the search for duplicates */
	size_t slots_capacity;
};

static void reader_release(struct run_reader *reader)
{
	free(reader->counts);
	free(reader->slots);
	rq_ids_release(&reader->topics);
}

/* Finds the first document that occurs twice, at first < second. An open-addressed table a topic, at most half full. */
static enum rq_status find_duplicate(struct run_reader *reader, const struct rq_ranking *ranking, size_t *first, size_t *second, struct rq_error *err)
{
	size_t size = 16;

	*first = *second = ranking->count;
	if (ranking->count > UINT32_MAX / 4)
		return rq_fail(err, RQ_E_DATA, "%s: %zu documents for one topic; expected at most %u", reader->text->path, ranking->count, UINT32_MAX / 4);
	while (size < 2 * ranking->count)
		size *= 2;
	if (!RQ_RESERVE(reader->slots, reader->slots_capacity, size))
		return rq_fail_memory(err);
	memset(reader->slots, 0xFF, size * sizeof *reader->slots);
	for (size_t i = 0; i < ranking->count; i++) {
		const char *document = ranking->documents[i].document;
		size_t slot = rq_hash64(document, strlen(document)) & (size - 1);
		for (; reader->slots[slot] != RQ_ID_NONE; slot = (slot + 1) & (size - 1)) {
			if (strcmp(ranking->documents[reader->slots[slot]].document, document) != 0)
				continue;
			*first = reader->slots[slot];
			*second = i;
			return RQ_OK;
		}
		reader->slots[slot] = (uint32_t)i;
	}
	return RQ_OK;
}

/* Number of the topic, added to the table where it is new; RQ_ID_NONE when memory runs out. */
static uint32_t topic_number(struct run_reader *reader, struct rq_span topic)
{
	if (reader->last_topic.at != NULL && topic.length == reader->last_topic.length && memcmp(topic.at, reader->last_topic.at, topic.length) == 0)
		return reader->last_number;
	reader->last_topic = topic;
	reader->last_number = rq_ids_add(&reader->topics, topic.at, topic.length, NULL);
	return reader->last_number;
}

static enum rq_status check_trec_line(const struct run_reader *reader, const struct rq_line *line, const struct rq_span *columns, size_t count,
                                      struct rq_error *err)
{
	const char *path = reader->text->path;

	if (count < NEEDED)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %zu columns; expected 6: " TREC_COLUMNS, path, line->number, line->span.length + 1, count);
	for (size_t i = TOPIC; i <= DOCUMENT; i += DOCUMENT) {
		const char *fault = rq_id_fault(columns[i]);
		if (fault != NULL)
			return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the %s id \"%s\" %s; expected an id without white space or control characters", path,
			               line->number, (size_t)(columns[i].at - line->span.at) + 1, i == TOPIC ? "topic" : "document", rq_excerpt(columns[i]).text,
			               fault);
	}
	return RQ_OK;
}

/* First pass: lines a topic, and memory for all of it. */
static enum rq_status count_trec(struct run_reader *reader, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_run *run = reader->run;
	struct rq_span columns[NEEDED];
	size_t total = 0, name_bytes = 0;

	for (; rq_line_next(&line, reader->text); total++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(check_trec_line(reader, &line, columns, rq_columns_space(columns, NEEDED, line.span), err));
		uint32_t before = reader->topics.count, number = topic_number(reader, columns[TOPIC]);
		if (number == RQ_ID_NONE || !RQ_RESERVE(reader->counts, reader->counts_capacity, (size_t)reader->topics.count))
			return rq_fail_memory(err);
		if (reader->topics.count > before)
			reader->counts[number] = 0;
		reader->counts[number]++;
		name_bytes += columns[DOCUMENT].length + 1;
	}
	reader->names = rq_arena_alloc(&run->arena, name_bytes, 1);
	run->rankings = rq_arena_alloc(&run->arena, reader->topics.count, sizeof *run->rankings);
	struct rq_scored_document *documents = rq_arena_alloc(&run->arena, total, sizeof *documents);
	if (reader->names == NULL || run->rankings == NULL || documents == NULL)
		return rq_fail_memory(err);
	for (uint32_t t = 0; t < reader->topics.count; documents += reader->counts[t++]) {
		run->rankings[t] = (struct rq_ranking){.topic = rq_arena_strdup(&run->arena, reader->topics.names[t]), .documents = documents};
		if (run->rankings[t].topic == NULL)
			return rq_fail_memory(err);
	}
	run->count = reader->topics.count;
	return RQ_OK;
}

/* Second pass: documents and scores, in file order. */
static enum rq_status fill_trec(struct run_reader *reader, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_span columns[NEEDED];

	while (rq_line_next(&line, reader->text)) {
		double score;
		RQ_TRY(rq_cancel_check(err));
		rq_columns_space(columns, NEEDED, line.span);
		if (!rq_parse_f64(&score, columns[SCORE].at, columns[SCORE].length) || isnan(score))
			return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: the score is \"%s\"; expected a number in column 5 of " TREC_COLUMNS, reader->text->path,
			               line.number, (size_t)(columns[SCORE].at - line.span.at) + 1, rq_excerpt(columns[SCORE]).text);
		struct rq_ranking *ranking = &reader->run->rankings[topic_number(reader, columns[TOPIC])];
		memcpy(reader->names, columns[DOCUMENT].at, columns[DOCUMENT].length);
		ranking->documents[ranking->count++] = (struct rq_scored_document){reader->names, score};
		reader->names += columns[DOCUMENT].length + 1; /* the arena's memory is zeroed */
	}
	return RQ_OK;
}

/* The lines of the first-th and second-th document of the topic: looked for again, since it only serves a message. */
static enum rq_status fail_duplicate_trec(const struct run_reader *reader, const struct rq_ranking *ranking, size_t first, size_t second,
                                          struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_span columns[NEEDED] = {0}, topic = {ranking->topic, strlen(ranking->topic)}, document;
	size_t seen = 0, first_line = 0;

	while (rq_line_next(&line, reader->text)) {
		rq_columns_space(columns, NEEDED, line.span);
		if (columns[TOPIC].length != topic.length || memcmp(columns[TOPIC].at, topic.at, topic.length) != 0)
			continue;
		if (seen == first)
			first_line = line.number;
		if (seen++ == second)
			break;
	}
	document = columns[DOCUMENT];
	return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: duplicate document \"%s\" for topic \"%s\", first on line %zu; keep one of the two",
	               reader->text->path, line.number, (size_t)(document.at - line.span.at) + 1, rq_excerpt(document).text, rq_excerpt(topic).text,
	               first_line);
}

static enum rq_status read_trec(struct run_reader *reader, struct rq_error *err)
{
	size_t first, second;

	RQ_TRY(count_trec(reader, err));
	RQ_TRY(fill_trec(reader, err));
	for (size_t t = 0; t < reader->run->count; t++) {
		struct rq_ranking *ranking = &reader->run->rankings[t];
		RQ_TRY(find_duplicate(reader, ranking, &first, &second, err));
		if (second < ranking->count)
			return fail_duplicate_trec(reader, ranking, first, second, err);
	}
	return RQ_OK;
}

static enum rq_status read_hit(struct rq_scored_document *scored, struct rq_arena *arena, const struct rq_record *record, size_t index,
                               const rq_json *hit, struct rq_error *err)
{
	struct rq_record_id id;
	char key[48];

	if (rq_json_type(hit) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: hits[%zu] is %s; expected {\"id\", \"score\"}", record->path, record->line, index,
		               rq_json_type_name(rq_json_type(hit)));
	const rq_json *score = rq_json_get(hit, "score");
	snprintf(key, sizeof key, "hits[%zu].id", index);
	RQ_TRY(rq_record_read_id(&id, record, key, rq_json_get(hit, "id"), err));
	snprintf(key, sizeof key, "hits[%zu].score", index);
	if (score == NULL || !isfinite(rq_json_number(score)))
		return rq_record_fail(record, key, score, "a number", err);
	*scored = (struct rq_scored_document){rq_arena_strndup(arena, id.span.at, id.span.length), rq_json_number(score)};
	return scored->document == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status read_json_topic(struct run_reader *reader, const struct rq_line *line, struct rq_error *err)
{
	RQ_CLEANUP(rq_record_release) struct rq_record record = {0};
	struct rq_arena *arena = &reader->run->arena;
	struct rq_ranking *ranking = &reader->run->rankings[reader->run->count];
	struct rq_record_id topic;
	size_t first, second;
	bool added;

	RQ_TRY(rq_record_parse(&record, reader->text->path, line, LIKE, err));
	RQ_TRY(rq_record_read_id(&topic, &record, "topic", rq_record_get(&record, "topic"), err));
	const rq_json *hits = rq_record_get(&record, "hits");
	if (hits == NULL || rq_json_type(hits) != RQ_JSON_ARRAY)
		return rq_record_fail(&record, "hits", hits, "an array of {\"id\", \"score\"}", err);
	uint32_t number = rq_ids_add(&reader->topics, topic.span.at, topic.span.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate topic \"%s\", first on line %zu; expected one line a topic", record.path, record.line,
		               rq_excerpt(topic.span).text, rq_text_line_number(reader->text, number));
	*ranking = (struct rq_ranking){.topic = rq_arena_strdup(arena, reader->topics.names[number]),
	                               .documents = rq_arena_alloc(arena, rq_json_size(hits), sizeof *ranking->documents)};
	if (ranking->topic == NULL || ranking->documents == NULL)
		return rq_fail_memory(err);
	for (const rq_json *hit = rq_json_first(hits); hit != NULL; hit = rq_json_next(hit), ranking->count++)
		RQ_TRY(read_hit(&ranking->documents[ranking->count], arena, &record, ranking->count, hit, err));
	RQ_TRY(find_duplicate(reader, ranking, &first, &second, err));
	if (second < ranking->count) {
		const char *document = ranking->documents[first].document;
		return rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate document \"%s\" in hits[%zu] and hits[%zu]; keep one of the two", record.path, record.line,
		               rq_excerpt((struct rq_span){document, strlen(document)}).text, first, second);
	}
	reader->run->count++;
	return RQ_OK;
}

static enum rq_status read_json(struct run_reader *reader, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_run *run = reader->run;

	run->rankings = rq_arena_alloc(&run->arena, rq_text_filled_lines(reader->text), sizeof *run->rankings);
	if (run->rankings == NULL)
		return rq_fail_memory(err);
	while (rq_line_next(&line, reader->text)) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(read_json_topic(reader, &line, err));
	}
	return RQ_OK;
}

static int compare_rankings(const void *a, const void *b)
{
	return strcmp(((const struct rq_ranking *)a)->topic, ((const struct rq_ranking *)b)->topic);
}

static bool is_json(const struct rq_text *text)
{
	struct rq_line line = rq_text_lines(text);

	return rq_line_next(&line, text) && line.span.at[strspn(line.span.at, " \t")] == '{';
}

static enum rq_status read_run(struct run_reader *reader, bool json, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_run *run = reader->run;

	if (!rq_line_next(&line, reader->text))
		return rq_fail(err, RQ_E_DATA, "%s: no lines; expected " TREC_COLUMNS " on each, or JSON lines like " LIKE, reader->text->path);
	RQ_TRY(json ? read_json(reader, err) : read_trec(reader, err));
	for (size_t t = 0; t < run->count; t++)
		rq_ranking_sort(run->rankings[t].documents, run->rankings[t].count);
	qsort(run->rankings, run->count, sizeof *run->rankings, compare_rankings);
	return RQ_OK;
}

static enum rq_status read_pairs(struct rq_run *run, struct rq_pairs *pairs, bool json, struct rq_error *err)
{
	RQ_TRY(json ? rq_pairs_read_json(pairs, err) : rq_pairs_read_csv(pairs, err));
	return rq_run_from_pairs(run, pairs, err);
}

static const char *guess_format(const struct rq_text *text, const struct rq_load_options *options)
{
	if (is_json(text))
		return rq_text_is_json_map(text) ? "json" : "jsonl";
	return rq_text_is_csv(text, options, RQ_PAIR_SCORE, NEEDED) ? "csv" : "trec";
}

static enum rq_status parse_format(struct rq_run *run, struct rq_load_facts *facts, const struct rq_text *text, const struct rq_load_options *options,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_pairs_release) struct rq_pairs pairs = {.text = text, .options = options, .value = RQ_PAIR_SCORE};
	RQ_CLEANUP(reader_release) struct run_reader reader = {.run = run, .text = text};
	static const char *const names[] = {"trec", "jsonl", "json", "csv"};
	const char *format = options->format != NULL ? options->format : guess_format(text, options);
	size_t which = 0;

	while (which < sizeof names / sizeof *names && strcmp(names[which], format) != 0)
		which++;
	if (which < 2)
		return read_run(&reader, which == 1, err);
	if (which < 4) {
		enum rq_status status = read_pairs(run, &pairs, which == 2, err);
		*facts = pairs.facts;
		return status;
	}
	return rq_fail(err, RQ_E_USAGE, "unknown format of runs \"%s\"; there is: trec, jsonl, json, csv", format);
}

enum rq_status rq_run_parse_as(struct rq_run *run, struct rq_load_facts *facts, const struct rq_text *text, const struct rq_load_options *options,
                               struct rq_error *err)
{
	struct rq_load_facts unasked;

	*run = (struct rq_run){0};
	facts = facts == NULL ? &unasked : facts;
	*facts = (struct rq_load_facts){0};
	enum rq_status status = parse_format(run, facts, text, options, err);
	memcpy(run->sha256, text->sha256, sizeof run->sha256);
	if (status != RQ_OK)
		rq_run_release(run);
	return status;
}

enum rq_status rq_run_parse(struct rq_run *run, const struct rq_text *text, struct rq_error *err)
{
	return rq_run_parse_as(run, NULL, text, &(struct rq_load_options){0}, err);
}

enum rq_status rq_run_load_as(struct rq_run *run, struct rq_load_facts *facts, const char *path, const struct rq_load_options *options, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*run = (struct rq_run){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_run_parse_as(run, facts, &text, options, err);
}

enum rq_status rq_run_load(struct rq_run *run, const char *path, struct rq_error *err)
{
	return rq_run_load_as(run, NULL, path, &(struct rq_load_options){0}, err);
}
