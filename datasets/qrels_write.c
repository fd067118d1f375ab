/* Judgments as text, in the order of their file; a JSON object has no order, and they go by topic and document. */
#include "datasets/qrels.h"
#include "datasets/writers.h"

#include "evalcore/base/json.h"

struct spelling {
	const char *header, *after_topic, *separator;
	void (*put_id)(struct rq_buf *out, const char *id);
};

static enum rq_status print(struct rq_buf *out, const struct rq_qrels *qrels, const struct spelling *spelling, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) struct rq_judged *judged = NULL;

	RQ_TRY(rq_qrels_by_line(&judged, qrels, err));
	rq_buf_puts(out, spelling->header);
	for (size_t i = 0; i < qrels->judgments; i++) {
		spelling->put_id(out, judged[i].topic->topic);
		rq_buf_puts(out, spelling->after_topic);
		spelling->put_id(out, judged[i].judgment->document);
		rq_buf_printf(out, "%s%d\n", spelling->separator, judged[i].judgment->grade);
	}
	return rq_buf_check(out, err);
}

enum rq_status rq_qrels_print_beir(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	return print(out, qrels, &(struct spelling){"query-id\tcorpus-id\tscore\n", "\t", "\t", rq_buf_puts}, err);
}

enum rq_status rq_qrels_print_trec(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	return print(out, qrels, &(struct spelling){"", " 0 ", " ", rq_buf_puts}, err);
}

enum rq_status rq_qrels_print_csv(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	return print(out, qrels, &(struct spelling){"query_id,doc_id,relevance\n", ",", ",", rq_csv_put}, err);
}

enum rq_status rq_qrels_print_json(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err)
{
	for (size_t t = 0; t < qrels->count; t++) {
		const struct rq_topic_judgments *topic = &qrels->topics[t];
		rq_buf_puts(out, t == 0 ? "{" : ",\n ");
		rq_json_quote(out, topic->topic);
		for (size_t i = 0; i < topic->count; i++) {
			rq_buf_puts(out, i == 0 ? ": {" : ", ");
			rq_json_quote(out, topic->judgments[i].document);
			rq_buf_printf(out, ": %d", topic->judgments[i].grade);
		}
		rq_buf_puts(out, "}");
	}
	rq_buf_puts(out, "}\n");
	return rq_buf_check(out, err);
}
