/* Readers and writers of corpora, topics, qrels, runs and vectors. Every reader checks what it reads and fails with file:line, what is wrong,
 * what was expected and how to mend it (E_DATA), or E_IO. Sizes come from the file and are checked against it before memory is taken. */
#ifndef RQ_DATASETS_DATASETS_H
#define RQ_DATASETS_DATASETS_H

#include "evalcore/base/file.h"
#include "evalcore/model/dataset.h"
#include "evalcore/model/run.h"
#include "evalcore/model/vectors.h"

/* BEIR JSON lines: {"_id" or "id", the `fields`, "parent"}; fields are joined by a newline, those that are absent or empty left out. Ids are strings or
 * integers. Refused: an empty corpus, an empty or duplicate id (naming both lines), white space in an id, invalid UTF-8 (offset), a field that is no string. */
RQ_MUST_USE enum rq_status rq_corpus_load(struct rq_corpus *corpus, const char *path, const char *const *fields, size_t field_count, struct rq_error *err);

/* Fills the `source` of a corpus's documents from that member of the file that it was read from. A string or an integer; refused: anything else, and a member that
 * no document has. */
RQ_MUST_USE enum rq_status rq_corpus_load_sources(struct rq_corpus *corpus, const char *path, const char *member, struct rq_error *err);

/* Shows each field of each document of a corpus, in the order of the file that it was read from: NULL where it is absent or null. E_DATA where the
 * file has changed since. */
RQ_MUST_USE enum rq_status rq_corpus_show_fields(const struct rq_corpus *corpus, const char *path, const char *const *fields, size_t field_count,
                                                 void (*see)(void *context, const struct rq_document *document, size_t field, const char *text),
                                                 void *context, struct rq_error *err);

/* BEIR JSON lines {"_id", "text", "slice", "cluster", "answerable"}, the last three also accepted inside "metadata"; or two columns `id TAB text`. */
RQ_MUST_USE enum rq_status rq_topics_load(struct rq_topics *topics, const char *path, struct rq_error *err);

/* BEIR tsv (header `query-id corpus-id score`), TREC (`topic iteration document grade`, any white space), CSV with a header, or a JSON object
 * {"q1": {"d1": 1}}; plain, .gz or .zst. CRLF, blank lines and more columns are fine. load.h has more to say. */
RQ_MUST_USE enum rq_status rq_qrels_load(struct rq_qrels *qrels, const char *path, struct rq_error *err);

/* TREC (`topic Q0 document rank score tag`; the rank column is ignored), JSON lines {"topic", "hits": [{"id", "score"}]}, CSV with a header, or a JSON object
 * {"q1": {"d1": 1.2}}; plain, .gz or .zst.
 * Documents are put in score order, ties by id descending. A duplicate document in a topic, a NaN score, a short line are refused. */
RQ_MUST_USE enum rq_status rq_run_load(struct rq_run *run, const char *path, struct rq_error *err);

const char *rq_zstd_version(void); /* "1.5.4", of the library that runs */
/* Writes TREC lines, zstd-compressed, to an open output. Scores have the digits that read back equal. sha256 is of the uncompressed text. */
RQ_MUST_USE enum rq_status rq_run_put(struct rq_output *output, const struct rq_run *run, const char *tag, char sha256[RQ_SHA256_HEX], struct rq_error *err);
/* Reads what that has written. E_DATA where the text has another sha256 than `recorded_in`, "out/report.json", says. A text without a line is a run
 * without rankings. */
RQ_MUST_USE enum rq_status rq_run_load_put(struct rq_run *run, const char *path, const char *sha256, const char *recorded_in, struct rq_error *err);

/* One id a line (CRLF, final blank line fine); empty or duplicate ones are refused with both lines. */
RQ_MUST_USE enum rq_status rq_ids_load(struct rq_ids *ids, const char *path, struct rq_error *err);
/* The same of such a file's bytes, which messages call `path`. */
RQ_MUST_USE enum rq_status rq_ids_from(struct rq_ids *ids, const char *path, const void *data, size_t size,
                                       struct rq_error *err);

/* The first that is no id but a text, with white space or a control character, as keys of a JSON object may have them. NULL: all are ids. */
const char *rq_ids_first_text(const struct rq_ids *ids);

/* The formats of vectors/formats.def, by content, then by name. `ids` is filled where the file has them and otherwise left empty; of JSON they may be texts.
 * NaN and Inf are refused with their row. sha256 (may be NULL) is of the file. */
RQ_MUST_USE enum rq_status rq_vectors_load(struct rq_vectors *vectors, struct rq_ids *ids, char *sha256, const char *path, struct rq_error *err);

#endif
