/* Runs, judgments and topics from one format to another of the same kind. Vectors are vectors_convert.h's. */
#ifndef RQ_DATASETS_CONVERT_H
#define RQ_DATASETS_CONVERT_H

#include "datasets/format.h"

struct rq_conversion {
	const char *in, *out;  /* files; "-" is standard input, or output */
	const char *from, *to; /* names of formats; NULL: by content, and by name */
};

/* Whether IN holds vectors: by the name of its format, by what it looks like, and where that may be several things by what it is to become.
 * E_USAGE where only a name could tell. */
RQ_MUST_USE enum rq_status rq_convert_has_vectors(bool *vectors, const struct rq_conversion *conversion, struct rq_error *err);

/* After E_DATA of the conversion of vectors: where IN is a run or judgments, says that. E_DATA in any case. */
enum rq_status rq_convert_explain(const struct rq_conversion *conversion, struct rq_error *err);

/* Fills `bytes` with what goes to standard output; otherwise writes the file, compressed where its name ends in .gz or .zst. E_USAGE lists what would be possible. */
RQ_MUST_USE enum rq_status rq_convert(struct rq_buf *bytes, const struct rq_format **from, const struct rq_format **to, const struct rq_conversion *conversion,
                                      struct rq_error *err);

#endif
