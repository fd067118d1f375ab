/* The files of the package that Universal Sentence Encoder Lite comes in, a TensorFlow.js graph model: model.json, whose manifest says how the shards
 * it names are cut into tensors, and vocab.json. The graph itself is not read: network.c knows it. */
#ifndef RQ_EMBED_USE_LITE_FILES_H
#define RQ_EMBED_USE_LITE_FILES_H

#include "evalcore/base/memory.h"
#include "evalcore/base/tensors.h"
#include "evalcore/embed/token/unigram.h"

/* Weights as they are stored: float32, or whole numbers of 8 or 4 bits times a step, which every column of a matrix (and every row of the table of
 * pieces) has of its own: the largest magnitude is 127 or 7 of them. Biases and norms stay float32. */
enum rq_use_lite_precision { RQ_USE_LITE_FP32, RQ_USE_LITE_INT8, RQ_USE_LITE_INT4 };

/* Reads the files from the folder into one string of bytes, and what is to be made of the weights. Shards together are as long as the manifest says,
 * which is known before they are read. E_IO, E_DATA. */
RQ_MUST_USE enum rq_status rq_use_lite_read(struct rq_buf *model, const char *folder, enum rq_use_lite_precision precision, struct rq_error *err);

/* What those bytes hold. */
struct rq_use_lite_files {
	enum rq_use_lite_precision precision;
	struct rq_tensors tensors; /* offsets are those in `weights` */
	const char *weights;       /* borrowed from the bytes; at any alignment */
	struct rq_unigram pieces;
};

/* E_DATA for anything that rq_use_lite_read() would not have written. Release it in either case. */
RQ_MUST_USE enum rq_status rq_use_lite_open(struct rq_use_lite_files *files, const char *bytes, size_t size, struct rq_error *err);
void rq_use_lite_files_release(struct rq_use_lite_files *files);

enum { RQ_USE_LITE_DOUBT = 256 };
/* Which of the files that were read are not those of the package, for a warning; "": none. One that was trained further is no less a model. */
RQ_MUST_USE enum rq_status rq_use_lite_compare(char text[RQ_USE_LITE_DOUBT], const char *bytes, size_t size, struct rq_error *err);

/* The one float tensor whose name is `end`, or ends with it behind a slash, as floats: rows x columns of them, all finite, where leading
 * dimensions of 1 do not count. E_DATA. */
RQ_MUST_USE enum rq_status rq_use_lite_tensor(float *out, const struct rq_use_lite_files *files, const char *end, size_t rows, size_t columns,
                                              struct rq_error *err);

#endif
