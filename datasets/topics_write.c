/* Topics as text, in the order of their file: row i of topic vectors stays row i. */
#include "datasets/writers.h"

#include "evalcore/base/json.h"

#include <stdlib.h>
#include <string.h>

static int compare_lines(const void *a, const void *b)
{
	const struct rq_topic *left = *(const struct rq_topic *const *)a, *right = *(const struct rq_topic *const *)b;

	return left->line < right->line ? -1 : left->line > right->line;
}

static void put_json(struct rq_buf *out, const struct rq_topic *topic)
{
	rq_buf_puts(out, "{\"_id\": ");
	rq_json_quote(out, topic->id);
	rq_buf_puts(out, ", \"text\": ");
	rq_json_quote(out, topic->text);
	if (topic->slice != NULL) {
		rq_buf_puts(out, ", \"slice\": ");
		rq_json_quote(out, topic->slice);
	}
	if (topic->cluster != NULL) {
		rq_buf_puts(out, ", \"cluster\": ");
		rq_json_quote(out, topic->cluster);
	}
	rq_buf_puts(out, topic->answerable ? "}\n" : ", \"answerable\": false}\n");
}

static enum rq_status put_tsv(struct rq_buf *out, const struct rq_topic *topic, struct rq_error *err)
{
	const char *lost = topic->slice != NULL        ? "a slice"
	                   : topic->cluster != NULL    ? "a cluster"
	                   : !topic->answerable        ? "\"answerable\": false"
	                   : strpbrk(topic->text, "\t\r\n") != NULL ? "a tab or line end in its text"
	                                               : NULL;

	if (lost != NULL)
		return rq_fail(err, RQ_E_DATA, "topic \"%s\" (line %u) has %s, which two columns, id TAB text, cannot hold; keep the topics as JSON lines", topic->id,
		               topic->line, lost);
	rq_buf_puts(out, topic->id);
	rq_buf_puts(out, "\t");
	rq_buf_puts(out, topic->text);
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static enum rq_status print(struct rq_buf *out, const struct rq_topics *topics, bool json, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const struct rq_topic **sorted = malloc((topics->count + 1) * sizeof *sorted);

	if (sorted == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < topics->count; i++)
		sorted[i] = &topics->topics[i];
	qsort(sorted, topics->count, sizeof *sorted, compare_lines);
	for (size_t i = 0; i < topics->count; i++) {
		if (json)
			put_json(out, sorted[i]);
		else
			RQ_TRY(put_tsv(out, sorted[i], err));
	}
	return rq_buf_check(out, err);
}

enum rq_status rq_topics_print_json(struct rq_buf *out, const struct rq_topics *topics, struct rq_error *err)
{
	return print(out, topics, true, err);
}

enum rq_status rq_topics_print_tsv(struct rq_buf *out, const struct rq_topics *topics, struct rq_error *err)
{
	return print(out, topics, false, err);
}
