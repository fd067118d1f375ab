/* Embedders: text (or a file of vectors) to a matrix. An embedder is one file and one row of embedders.def. It knows nothing of indexes. */
#ifndef RQ_EMBED_EMBEDDER_H
#define RQ_EMBED_EMBEDDER_H

#include "evalcore/base/options.h"
#include "evalcore/base/progress.h"
#include "evalcore/model/cost.h"
#include "evalcore/model/dataset.h"
#include "evalcore/model/vectors.h"

enum rq_role { RQ_ROLE_DOCUMENT, RQ_ROLE_TOPIC };

/* What an embedder expects of its work, from the amount of text alone. */
struct rq_embedder_estimate {
	size_t dimension; /* at most */
	struct rq_cost fit, embed;
};

struct rq_embedder {
	const char *name;
	const char *help;     /* one sentence */
	const char *citation; /* paper or tool */
	unsigned version;     /* raised when the same input gives other vectors: part of every cache key */
	bool kernel_matters;  /* the last bits of its vectors depend on the BLAS kernel and host: part of the cache key */
	const struct rq_option *options; /* its config keys, without "kind" */
	size_t options_size;

	/* Embedders fitted on the baseline corpus: writes the frozen model, a self-contained byte string. A path among the options names a file to keep it in:
	 * read where it exists. NULL: nothing to fit. */
	enum rq_status (*fit)(struct rq_buf *model, const void *options, const struct rq_corpus *corpus, struct rq_progress *progress, struct rq_error *err);

	/* Text embedders. open() takes what fit() wrote (NULL, 0 without fit). embed() fills out, n x dimension row-major, each row a function of its
	 * text, role and the model alone: never of the other texts or the thread count. */
	enum rq_status (*open)(void **state, const void *options, const char *model, size_t model_size, struct rq_error *err);
	size_t (*dimension)(const void *state);
	enum rq_status (*embed)(const void *state, enum rq_role role, const char *const *texts, size_t n, float *out, struct rq_progress *progress, struct rq_error *err);
	void (*close)(void *state);
	/* The cost of a fit, and of embedding the texts once that is done. */
	void (*estimate)(struct rq_embedder_estimate *estimate, const void *options, struct rq_text_volume fitted_on, struct rq_text_volume texts);

	/* Precomputed embedders (instead of the five above): the rows for `ids`, in their order. *sha256 is of the vector file. */
	enum rq_status (*load)(struct rq_vectors *vectors, char sha256[RQ_SHA256_HEX], const void *options, enum rq_role role, const struct rq_ids *ids, struct rq_error *err);
};

extern const struct rq_embedder *const rq_embedders[]; /* rows of embedders.def, NULL-terminated */
const struct rq_embedder *rq_embedder_find(const char *name);

#endif
