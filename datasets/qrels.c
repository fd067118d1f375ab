/* Judgments: BEIR tsv with its header, TREC columns, CSV with a header, a JSON object. Which of them the first line tells. */
#include "datasets/qrels.h"

#include "datasets/pairs.h"
#include "datasets/parsers.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

struct layout {
	size_t columns, topic, document, grade; /* how many there are at least, and which is which */
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
enum { COLUMNS_MAX = 4, RUN_SCORE = 4, RUN_COLUMNS = 6 };
enum { USUAL_LINE = 24 }; /* bytes */
enum { FEW = 16 }; /* pairs that are quicker put in their places one by one than by qsort */

bool rq_line_is_beir_header(struct rq_span line)
{
	static const char *const names[] = {"query-id", "corpus-id", "score"};
	struct rq_span columns[3];

	if (rq_columns_tab(columns, 3, line) != 3)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (columns[i].length != strlen(names[i]) || memcmp(columns[i].at, names[i], columns[i].length) != 0)
			return false;
	return true;
}

/* More columns than are needed may be anything, but a run: its rank would pass for a grade. */
static enum rq_status check_no_run(const struct rq_pairs *pairs, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[RUN_COLUMNS];
	double score;

	if (rq_columns_space(columns, RUN_COLUMNS, line->span) < RUN_COLUMNS || !rq_parse_f64(&score, columns[RUN_SCORE].at, columns[RUN_SCORE].length))
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s:%zu: 6 columns, the fifth a number: this is a line of a run; expected judgments (topic, iteration, document, grade): are "
	               "the two files swapped?", pairs->text->path, line->number);
}

static enum rq_status add_columns(struct rq_pairs *pairs, const struct layout *layout, const struct rq_line *line, const struct rq_span *columns,
                                  struct rq_error *err)
{
	struct rq_span document = columns[layout->document], grade = columns[layout->grade];
	struct rq_where where = {.start = line->span.at, .at = columns[layout->topic].at, .line = line->number}, of_grade = {where.start, grade.at, where.line};
	uint32_t topic;

	RQ_TRY(rq_pairs_topic(&topic, NULL, pairs, columns[layout->topic], &where, err));
	where.at = document.at;
	return rq_pairs_add(pairs, topic, document, &where, grade, &of_grade, err);
}

static enum rq_status read_line(struct rq_pairs *pairs, const struct layout *layout, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[COLUMNS_MAX];
	size_t count = (layout->tabs ? rq_columns_tab : rq_columns_space)(columns, layout->columns, line->span);

	if (count < layout->columns)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %zu columns; expected %s", pairs->text->path, line->number, line->span.length + 1, count, layout->expected);
	return add_columns(pairs, layout, line, columns, err);
}

/* The common line, taken apart in one go: as many columns as there should be, of ASCII letters, one separator between them and a line feed behind. Any other
 * goes the long way. */
static bool next_plain_line(struct rq_line *line, struct rq_span *columns, const struct layout *layout, const struct rq_text *text)
{
	const char *at = line->next, *start = at;

	if (at >= text->data + text->size)
		return false;
	for (size_t c = 0; c < layout->columns; c++, at++) {
		columns[c].at = at;
		while (*at > ' ' && *at < 0x7F) /* a NUL ends the text */
			at++;
		columns[c].length = (size_t)(at - columns[c].at);
		if (columns[c].length == 0 || (c + 1 == layout->columns ? *at != '\n' : *at != '\t' && (layout->tabs || *at != ' ')))
			return false;
	}
	*line = (struct rq_line){.next = at, .span = {start, (size_t)(at - start) - 1}, .number = line->number + 1};
	return true;
}

static enum rq_status read_lines(struct rq_pairs *pairs, const struct layout *layout, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(pairs->text), first = line;
	struct rq_span columns[COLUMNS_MAX];

	if (!RQ_RESERVE(pairs->pairs, pairs->capacity, pairs->text->size / USUAL_LINE + 1))
		return rq_fail_memory(err);
	if (!rq_line_next(&first, pairs->text))
		return RQ_OK;
	if (rq_line_is_beir_header(first.span)) {
		layout = &BEIR;
		line = first;
	} else if (!layout->tabs) {
		RQ_TRY(rq_text_take(pairs->text, RQ_PROBLEM_record, check_no_run(pairs, &first, err), err));
	}
	for (;;) {
		enum rq_status status = RQ_OK;
		RQ_TRY(rq_cancel_check(err));
		if (next_plain_line(&line, columns, layout, pairs->text))
			status = add_columns(pairs, layout, &line, columns, err);
		else if (rq_line_next(&line, pairs->text))
			status = read_line(pairs, layout, &line, err);
		else
			return RQ_OK;
		RQ_TRY(rq_text_take(pairs->text, RQ_PROBLEM_record, status, err));
	}
}

static const char *guess_format(const struct rq_pairs *pairs)
{
	struct rq_line line = rq_text_lines(pairs->text);
	struct rq_span number;

	if (rq_line_next(&line, pairs->text) && rq_line_is_beir_header(line.span))
		return "beir";
	if (rq_text_is_json_map(&number, pairs->text))
		return "json";
	return rq_text_is_csv(pairs->text, pairs->options, RQ_PAIR_GRADE, TREC.columns) ? "csv" : "trec";
}

const char *const rq_qrels_format_names[] = {"trec", "beir", "csv", "json", NULL};

static enum rq_status read_pairs(struct rq_pairs *pairs, struct rq_error *err)
{
	const char *format = pairs->options->format != NULL ? pairs->options->format : guess_format(pairs);

	if (strcmp(format, "trec") == 0)
		return read_lines(pairs, &TREC, err);
	if (strcmp(format, "beir") == 0)
		return read_lines(pairs, &BEIR, err);
	if (strcmp(format, "csv") == 0)
		return rq_pairs_read_csv(pairs, err);
	if (strcmp(format, "json") == 0)
		return rq_pairs_read_json(pairs, err);
	const char *nearest = rq_nearest_name(format, rq_qrels_format_names, sizeof rq_qrels_format_names / sizeof *rq_qrels_format_names - 1);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown format of judgments \"%s\"; did you mean \"%s\"?", format, nearest);
	return rq_fail(err, RQ_E_USAGE, "unknown format of judgments \"%s\"; there is: trec, beir, csv, json", format);
}

static bool same_document(const struct rq_pair *a, const struct rq_pair *b)
{
	return a->length == b->length && memcmp(a->document, b->document, a->length) == 0;
}

/* By document. Most files are sorted so, or have few lines a topic. */
static void sort_pairs(struct rq_pair *each, size_t count)
{
	size_t sorted = 1;

	while (sorted < count && rq_pair_compare(&each[sorted - 1], &each[sorted]) < 0)
		sorted++;
	if (sorted < count && count > FEW) {
		qsort(each, count, sizeof *each, rq_pair_compare);
		return;
	}
	for (; sorted < count; sorted++) {
		struct rq_pair pair = each[sorted];
		size_t i = sorted;
		for (; i > 0 && rq_pair_compare(&each[i - 1], &pair) > 0; i--)
			each[i] = each[i - 1];
		each[i] = pair;
	}
}

/* Of what stands twice the first is kept, or the best. */
static void keep_one(struct rq_judgment *kept, struct rq_pairs *pairs, const struct rq_pair *again)
{
	if (pairs->options->dedupe == RQ_DEDUPE_REFUSE) /* it was told */
		return;
	pairs->facts.duplicates++;
	if (pairs->options->dedupe == RQ_DEDUPE_BEST && again->value > kept->grade) {
		kept->grade = (int)again->value;
		kept->line = again->line;
	}
}

static char *put_name(char **names, const char *name, size_t length)
{
	char *copy = *names;

	memcpy(copy, name, length);
	copy[length] = '\0';
	*names += length + 1;
	return copy;
}

/* The pairs of one topic, sorted, into topic->judgments; names go where `names` points to. */
static enum rq_status fill_topic(struct rq_topic_judgments *topic, char **names, struct rq_pairs *pairs, const struct rq_pair *each, size_t count,
                                 struct rq_error *err)
{
	const struct rq_pair *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (first != NULL && same_document(first, &each[i])) {
			if (pairs->options->dedupe == RQ_DEDUPE_REFUSE)
				RQ_TRY(rq_pairs_duplicate(pairs, first, &each[i], err));
			keep_one(&topic->judgments[topic->count - 1], pairs, &each[i]);
			continue;
		}
		first = &each[i];
		topic->judgments[topic->count++] = (struct rq_judgment){put_name(names, first->document, first->length), (int)first->value, first->line};
	}
	return RQ_OK;
}

static int compare_topics(const void *a, const void *b)
{
	return strcmp(((const struct rq_topic_judgments *)a)->topic, ((const struct rq_topic_judgments *)b)->topic);
}

static void sort_topics(struct rq_qrels *qrels)
{
	size_t t = 1;

	while (t < qrels->count && compare_topics(&qrels->topics[t - 1], &qrels->topics[t]) < 0)
		t++;
	if (t < qrels->count)
		qsort(qrels->topics, qrels->count, sizeof *qrels->topics, compare_topics);
}

/* Room for all judgments and names, in two pieces: files have hundreds of thousands. */
static enum rq_status make_room(struct rq_judgment **judgments, char **names, struct rq_qrels *qrels, const struct rq_pairs *pairs, struct rq_error *err)
{
	*names = rq_arena_alloc(&qrels->arena, pairs->name_bytes, 1);
	*judgments = rq_arena_alloc(&qrels->arena, pairs->count, sizeof **judgments);
	qrels->topics = rq_arena_alloc(&qrels->arena, pairs->topics.count, sizeof *qrels->topics);
	return *names == NULL || *judgments == NULL || qrels->topics == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_qrels_from_pairs(struct rq_qrels *qrels, struct rq_pairs *pairs, struct rq_error *err)
{
	struct rq_judgment *judgments;
	char *names;

	if (pairs->count == 0)
		return rq_fail(err, RQ_E_DATA, "%s: no judgments; expected lines like q1 0 d7 1 (topic, iteration, document, grade) or a BEIR tsv", pairs->text->path);
	RQ_TRY(rq_pairs_group(pairs, err));
	RQ_TRY(make_room(&judgments, &names, qrels, pairs, err));
	for (size_t t = 0, start = 0; t < pairs->topics.count; start = pairs->ends[t++]) {
		const char *name = pairs->topics.names[t];
		size_t count = pairs->ends[t] - start;
		if (count == 0) /* its lines were told to the collection and left out */
			continue;
		struct rq_topic_judgments *topic = &qrels->topics[qrels->count++];
		*topic = (struct rq_topic_judgments){put_name(&names, name, strlen(name)), judgments, 0};
		judgments += count;
		sort_pairs(&pairs->pairs[start], count);
		RQ_TRY(fill_topic(topic, &names, pairs, &pairs->pairs[start], count, err));
		qrels->judgments += topic->count;
	}
	sort_topics(qrels);
	return RQ_OK;
}

enum rq_status rq_qrels_parse_as(struct rq_qrels *qrels, struct rq_load_facts *facts, const struct rq_text *text, const struct rq_load_options *options,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_pairs_release) struct rq_pairs pairs = {.text = text, .options = options, .value = RQ_PAIR_GRADE};

	*qrels = (struct rq_qrels){0};
	enum rq_status status = read_pairs(&pairs, err);
	if (status == RQ_OK)
		status = rq_qrels_from_pairs(qrels, &pairs, err);
	memcpy(qrels->sha256, text->sha256, sizeof qrels->sha256);
	if (facts != NULL)
		*facts = pairs.facts;
	status = rq_text_take(text, RQ_PROBLEM_file, status, err);
	if (status != RQ_OK)
		rq_qrels_release(qrels);
	return status;
}

enum rq_status rq_qrels_parse(struct rq_qrels *qrels, const struct rq_text *text, struct rq_error *err)
{
	return rq_qrels_parse_as(qrels, NULL, text, &(struct rq_load_options){0}, err);
}

enum rq_status rq_qrels_load_as(struct rq_qrels *qrels, struct rq_load_facts *facts, const char *path, const struct rq_load_options *options,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*qrels = (struct rq_qrels){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_qrels_parse_as(qrels, facts, &text, options, err);
}

enum rq_status rq_qrels_load(struct rq_qrels *qrels, const char *path, struct rq_error *err)
{
	return rq_qrels_load_as(qrels, NULL, path, &(struct rq_load_options){0}, err);
}

/* A JSON object may hold all of them on one line: there by topic and document. */
static int compare_lines(const void *a, const void *b)
{
	const struct rq_judged *left = a, *right = b;

	if (left->judgment->line != right->judgment->line)
		return left->judgment->line < right->judgment->line ? -1 : 1;
	int order = strcmp(left->topic->topic, right->topic->topic);
	return order != 0 ? order : strcmp(left->judgment->document, right->judgment->document);
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
