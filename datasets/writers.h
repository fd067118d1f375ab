/* Writers: each appends one thing in one format to `out`, whose failures rq_buf_check tells. What they write reads back as it was, but scores that were written as ranks. Where a file had an
 * order, it is kept: judgments and topics by line. But a JSON object has none. */
#ifndef RQ_DATASETS_WRITERS_H
#define RQ_DATASETS_WRITERS_H

#include "datasets/datasets.h"
#include "datasets/unpack.h"
#include "datasets/vector_file.h"

/* E_DATA where a score is one that the format cannot say: no number or, in JSON, infinite. */
RQ_MUST_USE enum rq_status rq_run_print_trec(struct rq_buf *out, const struct rq_run *run, const char *tag, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_run_print_csv(struct rq_buf *out, const struct rq_run *run, struct rq_error *err); /* query_id,doc_id,score */
RQ_MUST_USE enum rq_status rq_run_print_jsonl(struct rq_buf *out, const struct rq_run *run, struct rq_error *err); /* {"topic", "hits"} a line */
RQ_MUST_USE enum rq_status rq_run_print_json(struct rq_buf *out, const struct rq_run *run, struct rq_error *err); /* {"q1": {"d1": 1.2}} */
RQ_MUST_USE enum rq_status rq_run_print_msmarco(struct rq_buf *out, const struct rq_run *run, struct rq_error *err); /* topic TAB document TAB rank */

RQ_MUST_USE enum rq_status rq_qrels_print_beir(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_qrels_print_trec(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err);

RQ_MUST_USE enum rq_status rq_qrels_print_csv(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err); /* query_id,doc_id,relevance */
RQ_MUST_USE enum rq_status rq_qrels_print_json(struct rq_buf *out, const struct rq_qrels *qrels, struct rq_error *err); /* not empty; {"q1": {"d1": 1}} */

RQ_MUST_USE enum rq_status rq_topics_print_json(struct rq_buf *out, const struct rq_topics *topics, struct rq_error *err);
/* E_DATA where a topic has what two columns cannot hold: a tab or line end in its text, a slice, a cluster, or no answer. */
RQ_MUST_USE enum rq_status rq_topics_print_tsv(struct rq_buf *out, const struct rq_topics *topics, struct rq_error *err);

RQ_MUST_USE enum rq_status rq_ids_print(struct rq_buf *out, const struct rq_ids *ids, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_npy_print(struct rq_buf *out, const struct rq_vectors *vectors, struct rq_error *err);
/* CSV of a file of vectors, row by row; `type` is of no meaning to digits. */
RQ_MUST_USE enum rq_status rq_csv_write(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err);

/* One field of CSV, in quotes where it needs them. */
void rq_csv_put(struct rq_buf *out, const char *field);

/* The packing that a file's name asks for, .gz or .zst in any case, and the length of the name without it. */
enum rq_packing rq_packing_for(size_t *length, const char *path);
/* Appends the bytes, compressed in one piece. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_text_pack(struct rq_buf *out, enum rq_packing packing, const void *data, size_t size, struct rq_error *err);
/* Puts the bytes into an open output, which the caller commits: compressed as its name asks, or always. */
RQ_MUST_USE enum rq_status rq_text_put(struct rq_output *output, const struct rq_buf *text, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_text_put_zstd(struct rq_output *output, const struct rq_buf *text, struct rq_error *err);

#endif
