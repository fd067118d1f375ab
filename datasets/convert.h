/* One format to another of the same kind. */
#ifndef RQ_DATASETS_CONVERT_H
#define RQ_DATASETS_CONVERT_H

#include "datasets/format.h"

struct rq_conversion {
	const char *in, *out;  /* files; "-" is standard input, or output */
	const char *from, *to; /* names of formats; NULL: by content, and by name */
	const char *ids;       /* NULL: none. The ids of vectors: read where `in` lacks them, written where `out` cannot hold them */
};

/* Fills `bytes` with what goes to standard output; otherwise writes the files, compressed where the name ends in .gz or .zst. E_USAGE lists what would be possible. */
RQ_MUST_USE enum rq_status rq_convert(struct rq_buf *bytes, const struct rq_format **from, const struct rq_format **to, const struct rq_conversion *conversion,
                                      struct rq_error *err);

#endif
