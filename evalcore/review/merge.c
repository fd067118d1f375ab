/* Adds given grades to judgments. What differs is a question for people, so it is refused unless they have said whose word counts. */
#include "evalcore/review/grades.h"

#include "evalcore/base/ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first conflict in words, and how many there are. */
struct conflicts {
	size_t count;
	char first[1024];
};

static void note_conflict(struct conflicts *conflicts, const struct rq_given_grade *given, const struct rq_given_grades *grades, const char *path,
                          size_t line, int32_t grade)
{
	if (conflicts->count++ > 0)
		return;
	char place[32] = "";
	if (line > 0)
		snprintf(place, sizeof place, ":%zu", line);
	snprintf(conflicts->first, sizeof conflicts->first, "topic \"%.200s\" document \"%.200s\": %.200s%s says %d, and %.200s:%zu says %d", given->topic,
	         given->document, path, place, (int)grade, grades->files[given->file], given->line, (int)given->grade);
}

static enum rq_status check_conflicts(const struct conflicts *conflicts, struct rq_error *err)
{
	char more[48] = "";

	if (conflicts->count == 0)
		return RQ_OK;
	if (conflicts->count > 1)
		snprintf(more, sizeof more, ", and %zu more differ", conflicts->count - 1);
	return rq_fail(err, RQ_E_DATA, "%s%s; settle it in the files, or say whose grade counts with --prefer new or --prefer old", conflicts->first, more);
}

/* ---- among the files ---- */

/* One grade for each topic and document. */
struct chosen {
	struct rq_ids pairs; /* number n: grades[n] */
	const struct rq_given_grade **grades;
};

static void chosen_release(struct chosen *chosen)
{
	rq_ids_release(&chosen->pairs);
	free(chosen->grades);
}

static enum rq_status choose(struct chosen *chosen, struct rq_merge *merge, struct conflicts *conflicts, const struct rq_given_grades *grades,
                             enum rq_preference preference, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf pair = {0};

	chosen->grades = malloc((grades->count + 1) * sizeof *chosen->grades);
	if (chosen->grades == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < grades->count; i++) {
		const struct rq_given_grade *given = &grades->items[i];
		bool added;
		rq_buf_clear(&pair);
		rq_buf_printf(&pair, "%s %s", given->topic, given->document);
		RQ_TRY(rq_buf_check(&pair, err));
		uint32_t number = rq_ids_add(&chosen->pairs, pair.data, pair.size, &added);
		if (number == RQ_ID_NONE)
			return rq_fail_memory(err);
		if (added) {
			chosen->grades[number] = given;
			continue;
		}
		const struct rq_given_grade *other = chosen->grades[number];
		merge->agreed += other->grade == given->grade;
		merge->overruled += other->grade != given->grade;
		if (other->grade != given->grade && preference == RQ_PREFER_NEITHER)
			note_conflict(conflicts, given, grades, grades->files[other->file], other->line, other->grade);
		if (other->grade != given->grade && preference == RQ_PREFER_NEW)
			chosen->grades[number] = given;
	}
	return RQ_OK;
}

/* ---- against what is judged ---- */

static const struct rq_judgment *find_judgment(const struct rq_qrels *qrels, const struct rq_given_grade *given)
{
	const struct rq_topic_judgments *topic = rq_qrels_find(qrels, given->topic);

	for (size_t low = 0, high = topic == NULL ? 0 : topic->count; low < high;) {
		size_t middle = low + (high - low) / 2;
		int order = strcmp(topic->judgments[middle].document, given->document);
		if (order == 0)
			return &topic->judgments[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static enum rq_status find_changes(struct rq_merge *merge, struct conflicts *conflicts, const struct chosen *chosen, const struct rq_qrels *qrels,
                                   const char *path, const struct rq_given_grades *grades, enum rq_preference preference, struct rq_error *err)
{
	merge->changes = rq_arena_alloc(&merge->arena, chosen->pairs.count, sizeof *merge->changes);
	if (merge->changes == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < chosen->pairs.count; i++) {
		const struct rq_given_grade *given = chosen->grades[i];
		const struct rq_judgment *judgment = find_judgment(qrels, given);
		bool differs = judgment != NULL && judgment->grade >= 0 && judgment->grade != given->grade;
		if (differs && preference == RQ_PREFER_NEITHER)
			note_conflict(conflicts, given, grades, path, judgment->line, judgment->grade);
		merge->overruled += differs;
		merge->agreed += judgment != NULL && judgment->grade == given->grade;
		if ((judgment != NULL && judgment->grade == given->grade) || (differs && preference != RQ_PREFER_NEW))
			continue;
		merge->replaced += judgment != NULL;
		merge->changes[merge->change_count++] =
			(struct rq_merged_grade){.given = given, .replaces = judgment != NULL, .before = judgment == NULL ? 0 : judgment->grade};
	}
	return RQ_OK;
}

/* ---- the judgments that come of it ---- */

struct row {
	const char *topic;
	struct rq_judgment judgment;
};

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int by_topic = strcmp(x->topic, y->topic);

	return by_topic != 0 ? by_topic : strcmp(x->judgment.document, y->judgment.document);
}

/* As they are, in order; then what is new, on lines behind the last. Returns how many. */
static size_t list_rows(struct row *rows, const struct rq_qrels *qrels, const struct rq_merge *merge)
{
	uint32_t last = 0;
	size_t count = 0;

	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++) {
			rows[count++] = (struct row){qrels->topics[t].topic, qrels->topics[t].judgments[i]};
			last = qrels->topics[t].judgments[i].line > last ? qrels->topics[t].judgments[i].line : last;
		}
	size_t there = count;
	for (size_t i = 0; i < merge->change_count; i++) {
		const struct rq_given_grade *given = merge->changes[i].given;
		struct row row = {given->topic, {.document = given->document, .grade = given->grade, .line = ++last}};
		struct row *replaced = merge->changes[i].replaces ? bsearch(&row, rows, there, sizeof row, compare_rows) : NULL;
		if (replaced != NULL)
			replaced->judgment.grade = given->grade;
		else
			rows[count++] = row;
	}
	return count;
}

static enum rq_status group(struct rq_qrels *qrels, const struct row *rows, size_t count, struct rq_error *err)
{
	struct rq_judgment *judgments = rq_arena_alloc(&qrels->arena, count, sizeof *judgments);

	qrels->topics = rq_arena_alloc(&qrels->arena, count, sizeof *qrels->topics);
	if (judgments == NULL || qrels->topics == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(rows[i - 1].topic, rows[i].topic) != 0) {
			const char *topic = rq_arena_strdup(&qrels->arena, rows[i].topic);
			if (topic == NULL)
				return rq_fail_memory(err);
			qrels->topics[qrels->count++] = (struct rq_topic_judgments){.topic = topic, .judgments = &judgments[i]};
		}
		judgments[i] = rows[i].judgment;
		judgments[i].document = rq_arena_strdup(&qrels->arena, rows[i].judgment.document);
		if (judgments[i].document == NULL)
			return rq_fail_memory(err);
		qrels->topics[qrels->count - 1].count++;
		qrels->judgments++;
	}
	return RQ_OK;
}

static enum rq_status put_together(struct rq_merge *merge, const struct rq_qrels *qrels, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct row *rows = malloc((qrels->judgments + merge->change_count + 1) * sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	size_t count = list_rows(rows, qrels, merge);
	qsort(rows, count, sizeof *rows, compare_rows);
	return group(&merge->qrels, rows, count, err);
}

enum rq_status rq_grades_merge(struct rq_merge *merge, const struct rq_qrels *qrels, const char *path, const struct rq_given_grades *grades,
                               enum rq_preference preference, struct rq_error *err)
{
	RQ_CLEANUP(chosen_release) struct chosen chosen = {0};
	struct conflicts conflicts = {0};

	*merge = (struct rq_merge){0};
	RQ_TRY(choose(&chosen, merge, &conflicts, grades, preference, err));
	RQ_TRY(find_changes(merge, &conflicts, &chosen, qrels, path, grades, preference, err));
	RQ_TRY(check_conflicts(&conflicts, err));
	return put_together(merge, qrels, err);
}

void rq_merge_release(struct rq_merge *merge)
{
	rq_qrels_release(&merge->qrels);
	rq_arena_release(&merge->arena);
	*merge = (struct rq_merge){0};
}
