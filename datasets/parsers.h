/* The readers behind the loaders of datasets.h, for text or bytes in memory: what tests and fuzz targets call. Outputs are zeroed on failure. */
#ifndef RQ_DATASETS_PARSERS_H
#define RQ_DATASETS_PARSERS_H

#include "datasets/bytes.h"
#include "datasets/datasets.h"
#include "datasets/load.h"
#include "datasets/text.h"

RQ_MUST_USE enum rq_status rq_corpus_parse(struct rq_corpus *corpus, const struct rq_text *text, const char *const *fields, size_t field_count,
                                           struct rq_error *err);
RQ_MUST_USE enum rq_status rq_topics_parse(struct rq_topics *topics, const struct rq_text *text, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_qrels_parse(struct rq_qrels *qrels, const struct rq_text *text, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_qrels_parse_as(struct rq_qrels *qrels, struct rq_load_facts *facts, const struct rq_text *text,
                                             const struct rq_load_options *options, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_run_parse(struct rq_run *run, const struct rq_text *text, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_run_parse_as(struct rq_run *run, struct rq_load_facts *facts, const struct rq_text *text,
                                           const struct rq_load_options *options, struct rq_error *err);
/* "trec", "jsonl", "json", "csv" or "msmarco", by content: the first of which is told by the first line. */
const char *rq_run_format(const struct rq_text *text, const struct rq_load_options *options);
enum rq_status rq_run_fail_empty(const char *path, struct rq_error *err); /* a run without lines */
RQ_MUST_USE enum rq_status rq_ids_parse(struct rq_ids *ids, const struct rq_text *text, struct rq_error *err);
/* Of binary formats of vectors: rq_vector_file_from in vector_file.h. */
/* JSON in any shape that README.md lists, of which a record's vector is `member`, or of a usual name where that is NULL. `unpack` is at its first
 * byte. */
RQ_MUST_USE enum rq_status rq_vectors_json_read(struct rq_vectors *vectors, struct rq_ids *ids, struct rq_unpack *unpack, const char *member,
                                                struct rq_error *err);
/* `column` names the vectors' in the header; NULL: one of the usual names. */
RQ_MUST_USE enum rq_status rq_csv_parse(struct rq_vectors *vectors, struct rq_ids *ids, const struct rq_text *text, const char *column,
                                        struct rq_error *err);
/* NaN and infinite numbers are refused with their row: the binary formats hold them, no search does. */
RQ_MUST_USE enum rq_status rq_vectors_check_finite(const struct rq_vectors *vectors, size_t first, const char *path, struct rq_error *err);

#endif
