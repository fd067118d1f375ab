/* Numbers of documents for topics: ids checked, numbers parsed, topics numbered; then grouped. Formats call it for every line, so what is the same as on the
 * line before is not looked up again. */
#include "datasets/pairs.h"

#include "evalcore/base/parse.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rq_pairs_release(struct rq_pairs *pairs)
{
	free(pairs->pairs);
	free(pairs->ends);
	rq_ids_release(&pairs->topics);
	rq_arena_release(&pairs->arena);
	*pairs = (struct rq_pairs){0};
}

struct rq_where_text rq_where_show(const struct rq_where *where)
{
	struct rq_where_text shown;

	if (where->at == NULL)
		snprintf(shown.text, sizeof shown.text, ":%zu", where->line);
	else
		snprintf(shown.text, sizeof shown.text, ":%zu:%zu", where->line, (size_t)(where->at - where->start) + 1);
	return shown;
}

static enum rq_status fail_id(const struct rq_pairs *pairs, const char *what, struct rq_span id, const char *fault, const struct rq_where *where,
                              struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s%s: the %s id \"%s\" %s; expected an id without white space or control characters", pairs->text->path,
	               rq_where_show(where).text, what, rq_excerpt(id).text, fault);
}

enum rq_status rq_pairs_topic(uint32_t *number, bool *added, struct rq_pairs *pairs, struct rq_span topic, const struct rq_where *where, struct rq_error *err)
{
	bool new;

	*number = pairs->last_number;
	if (added != NULL)
		*added = false;
	if (pairs->last.at != NULL && topic.length == pairs->last.length && memcmp(topic.at, pairs->last.at, topic.length) == 0)
		return RQ_OK;
	const char *fault = rq_id_fault(topic);
	if (fault != NULL)
		return fail_id(pairs, "topic", topic, fault, where, err);
	*number = rq_ids_add(&pairs->topics, topic.at, topic.length, &new);
	if (*number == RQ_ID_NONE || !RQ_RESERVE(pairs->ends, pairs->ends_capacity, (size_t)pairs->topics.count))
		return rq_fail_memory(err);
	if (new) {
		pairs->ends[*number] = pairs->count;
		pairs->name_bytes += topic.length + 1;
	}
	if (added != NULL)
		*added = new;
	pairs->scattered |= !new;
	pairs->last = (struct rq_span){pairs->topics.names[*number], topic.length};
	pairs->last_number = *number;
	return RQ_OK;
}

static bool is_grade(double *value, const struct rq_pairs *pairs, struct rq_span number)
{
	int64_t integer;

	if (rq_parse_i64(&integer, number.at, number.length))
		*value = (double)integer;
	else if (!pairs->one_kind || !rq_parse_f64(value, number.at, number.length) || *value != floor(*value))
		return false;
	return *value >= INT_MIN && *value <= INT_MAX;
}

bool rq_pair_is_rank(double *rank, struct rq_span number)
{
	uint64_t integer;

	if (!rq_parse_u64(&integer, number.at, number.length) || integer < 1 || integer > UINT32_MAX)
		return false;
	*rank = (double)integer;
	return true;
}

/* Ranks are no business of trec_eval's, so that there is no lenient way to read one. */
static enum rq_status read_rank(double *value, const struct rq_pairs *pairs, struct rq_span number, const struct rq_where *where, struct rq_error *err)
{
	if (!rq_pair_is_rank(value, number))
		return rq_fail(err, RQ_E_DATA, "%s%s: the rank is \"%s\"; expected a whole number from 1 to %u", pairs->text->path, rq_where_show(where).text,
		               rq_excerpt(number).text, UINT32_MAX);
	*value = -*value;
	return RQ_OK;
}

static enum rq_status read_number(double *value, struct rq_pairs *pairs, struct rq_span number, const struct rq_where *where, struct rq_error *err)
{
	bool grade = pairs->value == RQ_PAIR_GRADE;

	if (pairs->value == RQ_PAIR_RANK)
		return read_rank(value, pairs, number, where, err);
	if (grade ? is_grade(value, pairs, number) : rq_parse_f64(value, number.at, number.length) && !isnan(*value))
		return RQ_OK;
	if (pairs->options->lenient) {
		pairs->facts.bad_numbers++;
		if (!grade)
			return rq_leading_f64(value, number.at, number.length) ? RQ_OK : rq_fail_memory(err);
		*value = rq_leading_int(number.at, number.length);
		return RQ_OK;
	}
	if (!grade && rq_f64_too_large(number.at, number.length))
		return rq_fail(err, RQ_E_DATA, "%s%s: the score \"%s\" " RQ_TOO_LARGE, pairs->text->path, rq_where_show(where).text, rq_excerpt(number).text);
	return rq_fail(err, RQ_E_DATA, "%s%s: the %s is \"%s\"; expected %s", pairs->text->path, rq_where_show(where).text, grade ? "grade" : "score",
	               rq_excerpt(number).text, grade ? "an integer, like 1" : "a number, like 0.5");
}

/* A copy with the place in the text before it. */
static const char *keep_document(struct rq_pairs *pairs, struct rq_span document, const char *at)
{
	char *copy = rq_arena_alloc(&pairs->arena, sizeof at + document.length, 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, &at, sizeof at);
	memcpy(copy + sizeof at, document.at, document.length);
	return copy + sizeof at;
}

static const char *place_of(const struct rq_pairs *pairs, const struct rq_pair *pair)
{
	uintptr_t text = (uintptr_t)pairs->text->data, document = (uintptr_t)pair->document;
	const char *at;

	if (document >= text && document < text + pairs->text->size)
		return pair->document;
	memcpy(&at, pair->document - sizeof at, sizeof at);
	return at;
}

enum rq_status rq_pairs_add(struct rq_pairs *pairs, uint32_t topic, struct rq_span document, const struct rq_where *where, struct rq_span number,
                            const struct rq_where *where_number, struct rq_error *err)
{
	const char *fault = rq_id_fault(document), *kept = document.at;
	double value;

	if (fault == NULL && document.length > UINT32_MAX)
		fault = "is too long";
	if (fault != NULL)
		return fail_id(pairs, "document", document, fault, where, err);
	RQ_TRY(read_number(&value, pairs, number, where_number, err));
	if (where->at != document.at)
		kept = keep_document(pairs, document, where->at);
	if (kept == NULL || (pairs->count == pairs->capacity && !RQ_RESERVE(pairs->pairs, pairs->capacity, pairs->count + 1)))
		return rq_fail_memory(err);
	pairs->pairs[pairs->count] = (struct rq_pair){
		kept, value, (uint32_t)document.length, topic, where->line < UINT32_MAX ? (uint32_t)where->line : UINT32_MAX, (uint32_t)pairs->count,
	};
	pairs->ends[topic] = ++pairs->count;
	pairs->name_bytes += document.length + 1;
	return RQ_OK;
}

static enum rq_status gather(struct rq_pairs *pairs, struct rq_error *err)
{
	struct rq_pair *grouped = malloc(pairs->count * sizeof *grouped);
	size_t start = 0;

	if (grouped == NULL)
		return rq_fail_memory(err);
	memset(pairs->ends, 0, pairs->topics.count * sizeof *pairs->ends);
	for (size_t i = 0; i < pairs->count; i++)
		pairs->ends[pairs->pairs[i].topic]++;
	for (uint32_t t = 0; t < pairs->topics.count; t++) {
		size_t count = pairs->ends[t];
		pairs->ends[t] = start;
		start += count;
	}
	for (size_t i = 0; i < pairs->count; i++)
		grouped[pairs->ends[pairs->pairs[i].topic]++] = pairs->pairs[i];
	free(pairs->pairs);
	pairs->pairs = grouped;
	pairs->capacity = pairs->count;
	return RQ_OK;
}

enum rq_status rq_pairs_group(struct rq_pairs *pairs, struct rq_error *err)
{
	if (!RQ_RESERVE(pairs->pairs, pairs->capacity, 1)) /* a run of empty topics has none */
		return rq_fail_memory(err);
	return pairs->scattered && pairs->count > 0 ? gather(pairs, err) : RQ_OK;
}

int rq_pair_compare(const void *a, const void *b)
{
	const struct rq_pair *left = a, *right = b;
	uint32_t shorter = left->length < right->length ? left->length : right->length;
	int order = memcmp(left->document, right->document, shorter);

	if (order != 0)
		return order;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* The line of a pair that stands in the text begins after the line feed before it. */
static struct rq_where where_of(const struct rq_pairs *pairs, const struct rq_pair *pair)
{
	struct rq_where where = {.line = pair->line, .at = place_of(pairs, pair)};

	if (where.at == NULL)
		return where;
	const char *feed = memrchr(pairs->text->data, '\n', (size_t)(where.at - pairs->text->data));
	where.start = feed == NULL ? pairs->text->data : feed + 1;
	return where;
}

enum rq_status rq_pairs_duplicate(const struct rq_pairs *pairs, const struct rq_pair *first, const struct rq_pair *second, struct rq_error *err)
{
	struct rq_where where = where_of(pairs, second), before = where_of(pairs, first);
	const char *topic = pairs->topics.names[first->topic];
	bool grade = pairs->value == RQ_PAIR_GRADE, same = first->value == second->value;
	char at[64] = "", grades[64] = "";

	if (first->line == second->line && before.at != NULL)
		snprintf(at, sizeof at, ", column %zu", (size_t)(before.at - before.start) + 1);
	if (grade && !same)
		snprintf(grades, sizeof grades, " and graded %.0f there, %.0f here", first->value, second->value);
	rq_fail(err, RQ_E_DATA, "%s%s: duplicate %s \"%s\" for topic \"%s\", first on line %zu%s%s; keep one of the two", pairs->text->path,
	        rq_where_show(&where).text, grade ? "judgment of document" : "document", rq_excerpt((struct rq_span){second->document, second->length}).text,
	        rq_excerpt((struct rq_span){topic, strlen(topic)}).text, before.line, at, grades);
	return rq_text_take(pairs->text, same ? RQ_PROBLEM_duplicate_judgment : RQ_PROBLEM_conflicting_judgment, RQ_E_DATA, err);
}
