/* The lengths in a file of FAISS's, held against the file's own: FAISS takes memory for what a file claims before it reads it. Internal to
 * evalcore/index. */
#ifndef RQ_INDEX_FAISS_SIZES_H
#define RQ_INDEX_FAISS_SIZES_H

#include "evalcore/base/status.h"

#include <stddef.h>
#include <stdio.h>

/* From where the stream stands to `end`, its size; the stream is left where it was. E_DATA, without the file's name, where a length is more than what
 * is left, or the header of a product or additive quantizer cannot be. Flat indexes, HNSW, IVF, scalar and product quantizers, and id maps and refinements over them are gone through up to their last length; of
 * other indexes what stands before them. */
RQ_MUST_USE enum rq_status rq_faiss_check_sizes(FILE *stream, size_t end, struct rq_error *err);

#endif
