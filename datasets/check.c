/* The checks: of a text's lines, of its records (by the readers themselves), of records among each other, and of judgments against both. */
#include "datasets/check.h"

#include "datasets/duplicates.h"
#include "datasets/parsers.h"
#include "datasets/qrels.h"

#include <stdlib.h>
#include <string.h>

/* Longer lines are files that lost their line ends, or whole books: most tools choke on them. Grades beyond 5 are hardly a scale that people judge by. */
enum { LONG_LINE = 1 << 20, SHORT_TOPIC = 3, HIGHEST_USUAL_GRADE = 5 };

struct checker {
	struct rq_problems *problems;
	const struct rq_dataset_texts *texts;
	bool parents;
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
	struct rq_ids units; /* what judgments may name */
};

static void checker_release(struct checker *checker)
{
	rq_corpus_release(&checker->corpus);
	rq_topics_release(&checker->topics);
	rq_qrels_release(&checker->qrels);
	rq_ids_release(&checker->units);
}

static struct rq_excerpt shown(const char *text)
{
	return rq_excerpt((struct rq_span){text, strlen(text)});
}

static enum rq_status check_lines(struct rq_problems *problems, const struct rq_text *text, struct rq_error *err)
{
	const char *end = text->data + text->size;
	size_t lines = 0, crlf = 0, first = 0;

	if (text->marked)
		RQ_TRY(rq_problem_add(problems, RQ_PROBLEM_byte_order_mark, text->path, 1, err,
		                      "the file begins with a byte-order mark, which other tools take for a part of the first line"));
	for (const char *at = text->data; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed == NULL ? end : feed;
		lines++;
		if (stop - at > LONG_LINE)
			RQ_TRY(rq_problem_add(problems, RQ_PROBLEM_long_line, text->path, lines, err, "the line has %zu bytes", (size_t)(stop - at)));
		if (stop > at && stop[-1] == '\r' && crlf++ == 0)
			first = lines;
		at = stop + 1;
	}
	if (crlf == 0)
		return RQ_OK;
	return rq_problem_add(problems, RQ_PROBLEM_line_ends, text->path, first, err, "%zu of %zu lines end in CRLF; other tools may keep the CR in the last column",
	                      crlf, lines);
}

static bool repeats_title(const char *text)
{
	const char *rest = strchr(text, '\n');

	return rest != NULL && rest > text && strncmp(rest + 1, text, (size_t)(rest - text)) == 0;
}

static enum rq_status check_documents(struct checker *checker, const char *const *fields, size_t field_count, struct rq_error *err)
{
	const struct rq_corpus *corpus = &checker->corpus;
	const char *path = checker->texts->corpus.path;
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((corpus->count + 1) * sizeof *texts);
	RQ_CLEANUP(rq_free_pointer) size_t *first = malloc((corpus->count + 1) * sizeof *first);
	bool has_parent = false;

	if (texts == NULL || first == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < corpus->count; i++)
		texts[i] = corpus->documents[i].text;
	RQ_TRY(rq_find_duplicates(first, texts, corpus->count, err));
	for (size_t i = 0; i < corpus->count; i++) {
		const struct rq_document *document = &corpus->documents[i], *same = &corpus->documents[first[i]];
		has_parent |= document->parent != NULL;
		if (document->text == NULL)
			continue;
		if (document->text[0] == '\0')
			RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_empty_document, path, document->line, err, "document \"%s\" is empty in every field; nothing finds it",
			                      shown(document->id).text));
		if (same != document)
			RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_duplicate_text, path, document->line, err,
			                      "document \"%s\" has the text of \"%s\" on line %u; their scores tie, and ids decide", shown(document->id).text,
			                      shown(same->id).text, same->line));
		if (field_count > 1 && repeats_title(document->text))
			RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_repeated_field, path, document->line, err,
			                      "document \"%s\" repeats its \"%s\" at the start of the next field, so that it counts twice; leave one of the two out of the fields",
			                      shown(document->id).text, fields[0]));
	}
	if (checker->parents && !has_parent && corpus->count > 0)
		return rq_problem_add(checker->problems, RQ_PROBLEM_no_parents, path, 0, err,
		                      "no document names a parent, and the unit is \"parent\"; give the documents a \"parent\", or leave the unit out");
	return RQ_OK;
}

static int by_line(const void *a, const void *b)
{
	const struct rq_topic *left = *(const struct rq_topic *const *)a, *right = *(const struct rq_topic *const *)b;

	return left->line < right->line ? -1 : left->line > right->line;
}

static bool hardly_any_words(const char *text)
{
	size_t letters = 0;

	for (; *text != '\0'; text++)
		letters += (*text >= '0' && *text <= '9') || (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') || (unsigned char)*text >= 0x80;
	return letters < SHORT_TOPIC;
}

static enum rq_status check_topic(struct checker *checker, const struct rq_topic *topic, const struct rq_topic *same, struct rq_error *err)
{
	const struct rq_topic_judgments *judged = rq_qrels_find(&checker->qrels, topic->id);
	const char *path = checker->texts->topics.path;

	if (topic->text != NULL && hardly_any_words(topic->text))
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_short_topic, path, topic->line, err, "topic \"%s\" is \"%s\": hardly anything to search for",
		                      shown(topic->id).text, shown(topic->text).text));
	if (same != topic)
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_duplicate_topic, path, topic->line, err,
		                      "topic \"%s\" has the text of \"%s\" on line %u; it counts twice in every mean", shown(topic->id).text, shown(same->id).text,
		                      same->line));
	if (checker->qrels.count > 0 && topic->answerable && judged == NULL)
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_unjudged_topic, path, topic->line, err, "topic \"%s\" has no judgments and is outside every mean",
		                      shown(topic->id).text));
	if (!topic->answerable && judged != NULL)
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_judged_unanswerable, path, topic->line, err,
		                      "topic \"%s\" is marked unanswerable and yet has %zu judgment%s, which nothing reads", shown(topic->id).text, judged->count,
		                      judged->count == 1 ? "" : "s"));
	return RQ_OK;
}

static enum rq_status check_topics(struct checker *checker, struct rq_error *err)
{
	const struct rq_topics *topics = &checker->topics;
	size_t count = topics->count;
	RQ_CLEANUP(rq_free_pointer) const struct rq_topic **sorted = malloc((count + 1) * sizeof *sorted);
	RQ_CLEANUP(rq_free_pointer) const char **texts = malloc((count + 1) * sizeof *texts);
	RQ_CLEANUP(rq_free_pointer) size_t *first = malloc((count + 1) * sizeof *first);

	if (sorted == NULL || texts == NULL || first == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &topics->topics[i];
	qsort(sorted, count, sizeof *sorted, by_line);
	for (size_t i = 0; i < count; i++)
		texts[i] = sorted[i]->text;
	RQ_TRY(rq_find_duplicates(first, texts, count, err));
	for (size_t i = 0; i < count; i++)
		RQ_TRY(check_topic(checker, sorted[i], sorted[first[i]], err));
	return RQ_OK;
}

static bool has(const struct rq_ids *ids, const char *id)
{
	return rq_ids_find(ids, id, strlen(id)) != RQ_ID_NONE;
}

/* Do all judgments make sense with topic and document the other way round, and not as they stand? */
static bool is_swapped(const struct checker *checker, const struct rq_judged *judged, size_t count)
{
	size_t straight = 0, swapped = 0;

	if (checker->units.count == 0 || checker->topics.ids.count == 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *topic = judged[i].topic->topic, *document = judged[i].judgment->document;
		straight += has(&checker->topics.ids, topic) && has(&checker->units, document);
		swapped += has(&checker->units, topic) && has(&checker->topics.ids, document);
	}
	return swapped == count && straight < count;
}

static enum rq_status check_judgment(struct checker *checker, const struct rq_judged *judged, bool first_of_topic, struct rq_error *err)
{
	const char *path = checker->texts->qrels.path, *topic = judged->topic->topic, *document = judged->judgment->document;
	size_t line = judged->judgment->line;
	int grade = judged->judgment->grade;

	if (first_of_topic && checker->topics.ids.count > 0 && !has(&checker->topics.ids, topic))
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_unknown_topic, path, line, err, "topic \"%s\" is not in \"%s\"; %zu judgment%s of it",
		                      shown(topic).text, checker->texts->topics.path, judged->topic->count, judged->topic->count == 1 ? "" : "s"));
	if (checker->units.count > 0 && !has(&checker->units, document))
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_unknown_document, path, line, err, "document \"%s\", judged for topic \"%s\", is not in \"%s\"",
		                      shown(document).text, shown(topic).text, checker->texts->corpus.path));
	if (grade < 0)
		return rq_problem_add(checker->problems, RQ_PROBLEM_negative_grade, path, line, err,
		                      "grade %d of document \"%s\" for topic \"%s\": read as seen but not judged; write 0 for not relevant", grade,
		                      shown(document).text, shown(topic).text);
	if (grade > HIGHEST_USUAL_GRADE)
		return rq_problem_add(checker->problems, RQ_PROBLEM_high_grade, path, line, err,
		                      "grade %d of document \"%s\" for topic \"%s\": usual are 0 to %d, and nDCG gains as much as the grade", grade,
		                      shown(document).text, shown(topic).text, HIGHEST_USUAL_GRADE);
	return RQ_OK;
}

static enum rq_status check_relevant(struct checker *checker, const struct rq_judged *first, struct rq_error *err)
{
	const struct rq_topic_judgments *topic = first->topic;

	for (size_t i = 0; i < topic->count; i++)
		if (topic->judgments[i].grade > 0)
			return RQ_OK;
	return rq_problem_add(checker->problems, RQ_PROBLEM_no_relevant, checker->texts->qrels.path, first->judgment->line, err,
	                      "topic \"%s\" has no document of grade 1 or more among %zu judged; every metric scores it 0", shown(topic->topic).text, topic->count);
}

static enum rq_status walk_judgments(struct checker *checker, const struct rq_judged *judged, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_ids_release) struct rq_ids seen = {0};

	if (is_swapped(checker, judged, count))
		return rq_problem_add(checker->problems, RQ_PROBLEM_swapped_columns, checker->texts->qrels.path, 0, err,
		                      "all %zu judgments name a document where the topic belongs and a topic where the document belongs; swap the two columns", count);
	for (size_t i = 0; i < count; i++) {
		bool first;
		if (rq_ids_add(&seen, judged[i].topic->topic, strlen(judged[i].topic->topic), &first) == RQ_ID_NONE)
			return rq_fail_memory(err);
		RQ_TRY(check_judgment(checker, &judged[i], first, err));
		if (first)
			RQ_TRY(check_relevant(checker, &judged[i], err));
	}
	return RQ_OK;
}

static bool has_relevant(const struct rq_judged *judged, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (judged[i].judgment->grade > 0)
			return true;
	return false;
}

static enum rq_status check_judgments(struct checker *checker, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_judged *judged = NULL;

	RQ_TRY(rq_qrels_by_line(&judged, &checker->qrels, err));
	if (checker->qrels.judgments > 0 && !has_relevant(judged, checker->qrels.judgments))
		RQ_TRY(rq_problem_add(checker->problems, RQ_PROBLEM_nothing_relevant, checker->texts->qrels.path, 0, err,
		                      "no document is relevant to any topic, so nothing can be compared; expected grades of 1 or more where a document answers"));
	return walk_judgments(checker, judged, checker->qrels.judgments, err);
}

enum rq_status rq_dataset_check_texts(struct rq_problems *problems, const struct rq_dataset_texts *texts, const char *const *fields, size_t field_count,
                                      bool parents, struct rq_error *err)
{
	RQ_CLEANUP(checker_release) struct checker checker = {.problems = problems, .texts = texts, .parents = parents};
	const struct rq_text *all[] = {&texts->corpus, &texts->topics, &texts->qrels};

	for (size_t i = 0; i < 3; i++)
		if (all[i]->path != NULL)
			RQ_TRY(check_lines(problems, all[i], err));
	if (texts->corpus.path != NULL)
		RQ_TRY(rq_corpus_parse(&checker.corpus, &texts->corpus, fields, field_count, err));
	if (texts->topics.path != NULL)
		RQ_TRY(rq_topics_parse(&checker.topics, &texts->topics, err));
	if (texts->qrels.path != NULL)
		RQ_TRY(rq_qrels_parse(&checker.qrels, &texts->qrels, err));
	RQ_TRY(rq_corpus_units(&checker.units, &checker.corpus, parents, err));
	RQ_TRY(check_documents(&checker, fields, field_count, err));
	RQ_TRY(check_topics(&checker, err));
	return check_judgments(&checker, err);
}

static void texts_release(struct rq_dataset_texts *texts)
{
	rq_text_release(&texts->corpus);
	rq_text_release(&texts->topics);
	rq_text_release(&texts->qrels);
}

enum rq_status rq_dataset_check(struct rq_problems *problems, const struct rq_dataset_files *files, struct rq_error *err)
{
	RQ_CLEANUP(texts_release) struct rq_dataset_texts texts = {0};

	if (files->corpus != NULL)
		RQ_TRY(rq_text_read_on(&texts.corpus, files->corpus, problems, err));
	if (files->topics != NULL)
		RQ_TRY(rq_text_read_on(&texts.topics, files->topics, problems, err));
	if (files->qrels != NULL)
		RQ_TRY(rq_text_read_on(&texts.qrels, files->qrels, problems, err));
	return rq_dataset_check_texts(problems, &texts, files->fields, files->field_count, files->parents, err);
}
