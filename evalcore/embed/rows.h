/* Rows of a file of vectors: whose they are, and that each has a direction. What reads such a file, an embedder or an index, asks the same of it. */
#ifndef RQ_EMBED_ROWS_H
#define RQ_EMBED_ROWS_H

#include "evalcore/base/ids.h"
#include "evalcore/model/vectors.h"

/* The files as the config names them. */
struct rq_rows_source {
	const char *vectors, *ids;    /* paths */
	const char *ids_option;       /* key of the ids file */
	const char *record, *records; /* "document", "documents of the corpus" */
	const char *otherwise;        /* what to do with a row of zeros but to embed it anew */
};

/* The ids of the file's rows: of the ids file, or those in row_ids that the file carries itself. Where they are texts, no record has such an id. */
RQ_MUST_USE enum rq_status rq_rows_name(struct rq_ids *row_ids, const struct rq_rows_source *source, size_t rows, struct rq_error *err);
/* Row of the file that holds record i of ids; RQ_ID_NONE: none does. Without row ids it is row i. */
size_t rq_rows_find(const struct rq_ids *row_ids, const struct rq_ids *ids, uint32_t i);
/* Fails where the row of a record is all zeros. Records without a row are left out. */
RQ_MUST_USE enum rq_status rq_rows_check_zero(const struct rq_rows_source *source, const struct rq_vectors *file, const struct rq_ids *row_ids,
                                              const struct rq_ids *ids, struct rq_error *err);

#endif
