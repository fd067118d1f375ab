/* Runs as MS MARCO's scripts write them: topic, document and rank on a line, and no score. The rank stands for it, with its sign changed. */
#include "datasets/pairs.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

enum { TOPIC, DOCUMENT, RANK, COLUMNS };

bool rq_line_is_msmarco(struct rq_span line)
{
	struct rq_span columns[COLUMNS + 1];
	double rank;

	return rq_columns_space(columns, COLUMNS + 1, line) == COLUMNS && rq_pair_is_rank(&rank, columns[RANK]);
}

static enum rq_status read_line(struct rq_pairs *pairs, const struct rq_line *line, struct rq_error *err)
{
	struct rq_span columns[COLUMNS + 1];
	struct rq_where where[COLUMNS];
	size_t count = rq_columns_space(columns, COLUMNS + 1, line->span);
	uint32_t topic;

	if (count != COLUMNS)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s columns; expected 3: topic, document, rank", pairs->text->path, line->number,
		               count < COLUMNS ? line->span.length + 1 : (size_t)(columns[COLUMNS].at - line->span.at) + 1, count < 2 ? "1" : count == 2 ? "2" : "more than 3");
	for (size_t i = 0; i < COLUMNS; i++)
		where[i] = (struct rq_where){line->span.at, columns[i].at, line->number};
	RQ_TRY(rq_pairs_topic(&topic, NULL, pairs, columns[TOPIC], &where[TOPIC], err));
	return rq_pairs_add(pairs, topic, columns[DOCUMENT], &where[DOCUMENT], columns[RANK], &where[RANK], err);
}

enum rq_status rq_pairs_read_msmarco(struct rq_pairs *pairs, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(pairs->text);

	while (rq_line_next(&line, pairs->text)) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(rq_text_take(pairs->text, RQ_PROBLEM_record, read_line(pairs, &line, err), err));
	}
	return RQ_OK;
}

static int compare_ranks(const void *a, const void *b)
{
	const struct rq_pair *left = *(const struct rq_pair *const *)a, *right = *(const struct rq_pair *const *)b;

	if (left->value != right->value)
		return left->value > right->value ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* Where the rank stands: behind the document, on its line. */
static size_t rank_column(const struct rq_pairs *pairs, const struct rq_pair *pair)
{
	const char *at = pair->document + pair->length, *feed = memrchr(pairs->text->data, '\n', (size_t)(pair->document - pairs->text->data));

	while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
		at++;
	return (size_t)(at - (feed == NULL ? pairs->text->data : feed + 1)) + 1;
}

enum rq_status rq_pairs_check_ranks(const struct rq_pairs *pairs, const struct rq_pair *each, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const struct rq_pair **sorted = malloc((count + 1) * sizeof *sorted);
	const struct rq_pair *first = NULL, *second = NULL;

	if (sorted == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &each[i];
	qsort(sorted, count, sizeof *sorted, compare_ranks);
	for (size_t i = 1; i < count; i++)
		if (sorted[i]->value == sorted[i - 1]->value && (second == NULL || sorted[i]->order < second->order)) {
			first = sorted[i - 1];
			second = sorted[i];
		}
	if (second == NULL)
		return RQ_OK;
	const char *topic = pairs->topics.names[second->topic];
	return rq_fail(err, RQ_E_DATA, "%s:%u:%zu: rank %.0f twice for topic \"%s\", first on line %u; expected each rank once, since it is the score", pairs->text->path,
	               second->line, rank_column(pairs, second), -second->value, rq_excerpt((struct rq_span){topic, strlen(topic)}).text, first->line);
}
