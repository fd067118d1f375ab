/* Judgments as text, in the order of their file. */
#include "datasets/writers.h"

#include <stdlib.h>

struct judged {
	const char *topic;
	const struct rq_judgment *judgment;
};

static int compare_lines(const void *a, const void *b)
{
	const struct judged *left = a, *right = b;

	return left->judgment->line < right->judgment->line ? -1 : left->judgment->line > right->judgment->line;
}

static enum rq_status print(struct rq_buf *out, const struct rq_qrels *qrels, const char *separator, const char *after_topic, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct judged *judged = malloc((qrels->judgments + 1) * sizeof *judged);
	size_t count = 0;

	if (judged == NULL)
		return rq_fail_memory(err);
	for (size_t t = 0; t < qrels->count; t++)
		for (size_t i = 0; i < qrels->topics[t].count; i++)
			judged[count++] = (struct judged){qrels->topics[t].topic, &qrels->topics[t].judgments[i]};
	qsort(judged, count, sizeof *judged, compare_lines);
	for (size_t i = 0; i < count; i++) {
		rq_buf_puts(out, judged[i].topic);
		rq_buf_puts(out, after_topic);
		rq_buf_puts(out, judged[i].judgment->document);
		rq_buf_printf(out, "%s%d\n", separator, judged[i].judgment->grade);
	}
	return rq_buf_check(out, err);
}

enum rq_status rq_qrels_print_beir(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	rq_buf_puts(out, "query-id\tcorpus-id\tscore\n");
	return print(out, qrels, "\t", "\t", err);
}

enum rq_status rq_qrels_print_trec(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	return print(out, qrels, " ", " 0 ", err);
}
