/* Judgments as text, in the order of their file. */
#include "datasets/qrels.h"
#include "datasets/writers.h"

static enum rq_status print(struct rq_buf *out, const struct rq_qrels *qrels, const char *separator, const char *after_topic, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_judged *judged = NULL;

	RQ_TRY(rq_qrels_by_line(&judged, qrels, err));
	for (size_t i = 0; i < qrels->judgments; i++) {
		rq_buf_puts(out, judged[i].topic->topic);
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
