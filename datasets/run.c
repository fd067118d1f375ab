/* Runs: TREC columns or JSON lines, told apart by the first letter. Linear in the input but for sorting rankings that are out of order: run files
 * hold millions of lines, so TREC is read in two passes, one that counts and one that fills arrays of the right size. */
#include "datasets/pairs.h"
#include "datasets/parsers.h"
#include "datasets/record.h"
#include "datasets/run_stream/stream.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIKE "{\"topic\": \"q1\", \"hits\": [{\"id\": \"d7\", \"score\": 0.5}]}"

enum { BLOCK = 1 << 20 };

struct run_reader {
	struct rq_run *run;
	const struct rq_text *text;
	const struct rq_load_options *options;
	struct rq_load_facts facts;
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

/* The slot of the document, or the empty one where it belongs. An open-addressed table a topic, at most half full. */
static uint32_t *find_slot(const struct run_reader *reader, const struct rq_ranking *ranking, const char *document, size_t mask)
{
	size_t slot = rq_hash64(document, strlen(document)) & mask;

	while (reader->slots[slot] != RQ_ID_NONE && strcmp(ranking->documents[reader->slots[slot]].document, document) != 0)
		slot = (slot + 1) & mask;
	return &reader->slots[slot];
}

/* Finds the first document that occurs twice, at first < second; where the options say so it is dropped, and none found. */
static enum rq_status find_duplicate(struct run_reader *reader, struct rq_ranking *ranking, size_t *first, size_t *second, struct rq_error *err)
{
	struct rq_scored_document *documents = ranking->documents;
	enum rq_dedupe dedupe = reader->options->dedupe;
	size_t size = 16, kept = 0;

	*first = *second = ranking->count;
	if (ranking->count > UINT32_MAX / 4)
		return rq_fail(err, RQ_E_DATA, "%s: %zu documents for one topic; expected at most %u", reader->text->path, ranking->count, UINT32_MAX / 4);
	while (size < 2 * ranking->count)
		size *= 2;
	if (!RQ_RESERVE(reader->slots, reader->slots_capacity, size))
		return rq_fail_memory(err);
	memset(reader->slots, 0xFF, size * sizeof *reader->slots);
	for (size_t i = 0; i < ranking->count; i++) {
		uint32_t *slot = find_slot(reader, ranking, documents[i].document, size - 1);
		if (*slot == RQ_ID_NONE) {
			*slot = (uint32_t)kept;
			documents[kept++] = documents[i];
			continue;
		}
		if (dedupe == RQ_DEDUPE_REFUSE) {
			*first = *slot;
			*second = i;
			return RQ_OK;
		}
		reader->facts.duplicates++;
		if (dedupe == RQ_DEDUPE_BEST && documents[i].score > documents[*slot].score)
			documents[*slot].score = documents[i].score;
	}
	*first = *second = ranking->count = kept;
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

/* Something is wrong with the text: the first fault in it is told as the stream does, to which a duplicate is one like any other. */
static enum rq_status fail_trec(const struct run_reader *reader, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack input = {0};
	RQ_CLEANUP(rq_pool_release) struct rq_pool pool = {0};
	RQ_CLEANUP(rq_run_facts_release) struct rq_run_facts facts = {0};
	const struct rq_text *text = reader->text;
	const struct rq_reading reading = {.lenient = reader->options->lenient, .dedupe = reader->options->dedupe};
	const struct rq_qrels nothing = {0};

	RQ_TRY(rq_pool_make(&pool, &nothing, err));
	RQ_TRY(rq_unpack_from(&input, text->path, text->data, text->size, err));
	RQ_TRY(rq_run_judge_trec(&facts, &input, BLOCK, &pool, &reading, NULL, NULL, err)); /* nothing is judged, so nothing is visited */
	return rq_fail(err, RQ_E_INTERNAL, "%s: a fault in it is seen by one reader only", text->path);
}

/* Why there is no next line. */
static enum rq_status check_end(const struct run_reader *reader, const struct rq_scanner *scanner, struct rq_error *err)
{
	if (scanner->failed)
		return rq_fail_memory(err);
	return scanner->fault == NULL ? RQ_OK : fail_trec(reader, err);
}

/* First pass: lines a topic, and memory for all of it. */
static enum rq_status count_trec(struct run_reader *reader, struct rq_error *err)
{
	RQ_CLEANUP(rq_scanner_release) struct rq_scanner scanner = {.checked = true};
	struct rq_run *run = reader->run;
	struct rq_trec_line line;
	struct rq_error words;
	const char *at;
	size_t total = 0, name_bytes = 0;

	rq_scanner_begin(&scanner, reader->text->data, reader->text->size);
	for (; rq_scan_next(&line, &scanner); total++) {
		RQ_TRY(rq_cancel_check(err));
		if ((!scanner.plain || line.count < RQ_TREC_NEEDED) && rq_trec_line_check(&at, &line, &words) != RQ_OK)
			return fail_trec(reader, err);
		uint32_t before = reader->topics.count, number = topic_number(reader, line.columns[RQ_TREC_TOPIC]);
		if (number == RQ_ID_NONE || !RQ_RESERVE(reader->counts, reader->counts_capacity, (size_t)reader->topics.count))
			return rq_fail_memory(err);
		if (reader->topics.count > before)
			reader->counts[number] = 0;
		reader->counts[number]++;
		name_bytes += line.columns[RQ_TREC_DOCUMENT].length + 1;
	}
	RQ_TRY(check_end(reader, &scanner, err));
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
	RQ_CLEANUP(rq_scanner_release) struct rq_scanner scanner = {.checked = true};
	struct rq_trec_line line;

	rq_scanner_begin(&scanner, reader->text->data, reader->text->size);
	while (rq_scan_next(&line, &scanner)) {
		struct rq_span score = line.columns[RQ_TREC_SCORE], document = line.columns[RQ_TREC_DOCUMENT];
		double value;
		RQ_TRY(rq_cancel_check(err));
		bool number = rq_parse_f64(&value, score.at, score.length) && !isnan(value);
		if (!number && !reader->options->lenient)
			return fail_trec(reader, err);
		if (!number && !rq_leading_f64(&value, score.at, score.length))
			return rq_fail_memory(err);
		reader->facts.bad_numbers += !number;
		struct rq_ranking *ranking = &reader->run->rankings[topic_number(reader, line.columns[RQ_TREC_TOPIC])];
		memcpy(reader->names, document.at, document.length);
		ranking->documents[ranking->count++] = (struct rq_scored_document){reader->names, value};
		reader->names += document.length + 1; /* the arena's memory is zeroed */
	}
	return check_end(reader, &scanner, err);
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
			return fail_trec(reader, err);
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

enum rq_status rq_run_fail_empty(const char *path, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s: no lines; expected " RQ_TREC_COLUMNS " on each, or JSON lines like " LIKE, path);
}

static enum rq_status read_run(struct run_reader *reader, bool json, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(reader->text);
	struct rq_run *run = reader->run;

	if (!rq_line_next(&line, reader->text))
		return rq_run_fail_empty(reader->text->path, err);
	RQ_TRY(json ? read_json(reader, err) : read_trec(reader, err));
	for (size_t t = 0; t < run->count; t++)
		rq_ranking_sort(run->rankings[t].documents, run->rankings[t].count);
	rq_run_sort_topics(run);
	return RQ_OK;
}

static enum rq_status read_pairs(struct rq_run *run, struct rq_pairs *pairs, const char *format, struct rq_error *err)
{
	pairs->value = format[0] == 'm' ? RQ_PAIR_RANK : RQ_PAIR_SCORE;
	RQ_TRY((format[0] == 'j' ? rq_pairs_read_json : format[0] == 'c' ? rq_pairs_read_csv : rq_pairs_read_msmarco)(pairs, err));
	return rq_run_from_pairs(run, pairs, err);
}

const char *rq_run_format(const struct rq_text *text, const struct rq_load_options *options)
{
	struct rq_span number;

	if (rq_text_is_json_map(&number, text))
		return "json";
	if (text->data[strspn(text->data, " \t\r\n")] == '{')
		return "jsonl";
	if (rq_text_is_csv(text, options, RQ_PAIR_SCORE, RQ_TREC_NEEDED))
		return "csv";
	struct rq_line line = rq_text_lines(text);
	return rq_line_next(&line, text) && rq_line_is_msmarco(line.span) ? "msmarco" : "trec";
}

const char *const rq_run_format_names[] = {"trec", "jsonl", "json", "csv", "msmarco", NULL};

static enum rq_status parse_format(struct rq_run *run, struct rq_load_facts *facts, const struct rq_text *text, const struct rq_load_options *options,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_pairs_release) struct rq_pairs pairs = {.text = text, .options = options};
	RQ_CLEANUP(reader_release) struct run_reader reader = {.run = run, .text = text, .options = options};
	const char *format = options->format != NULL ? options->format : rq_run_format(text, options);

	if (strcmp(format, "trec") == 0 || strcmp(format, "jsonl") == 0) {
		enum rq_status status = read_run(&reader, format[0] == 'j', err);
		*facts = reader.facts;
		return status;
	}
	if (strcmp(format, "csv") == 0 || strcmp(format, "json") == 0 || strcmp(format, "msmarco") == 0) {
		enum rq_status status = read_pairs(run, &pairs, format, err);
		*facts = pairs.facts;
		return status;
	}
	const char *nearest = rq_nearest_name(format, rq_run_format_names, sizeof rq_run_format_names / sizeof *rq_run_format_names - 1);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown format of runs \"%s\"; did you mean \"%s\"?", format, nearest);
	return rq_fail(err, RQ_E_USAGE, "unknown format of runs \"%s\"; there is: trec, jsonl, json, csv, msmarco", format);
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

enum rq_status rq_run_load_put(struct rq_run *run, const char *path, const char *sha256, const char *recorded_in, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	char found[RQ_SHA256_HEX];

	*run = (struct rq_run){0};
	RQ_TRY(rq_text_read(&text, path, err));
	RQ_TRY(rq_sha256(found, text.data, text.size, err));
	if (strcmp(found, sha256) != 0)
		return rq_fail(
			err, RQ_E_DATA,
			"\"%s\": is not the file that \"%s\" tells of (its text has another sha256): one of them was replaced; take both from the same run", path,
			recorded_in);
	return text.size == 0 ? RQ_OK : rq_run_parse(run, &text, err);
}

enum rq_status rq_run_load(struct rq_run *run, const char *path, struct rq_error *err)
{
	return rq_run_load_as(run, NULL, path, &(struct rq_load_options){0}, err);
}
