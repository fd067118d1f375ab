/* Embedders: text (or a file of vectors) to a matrix, here or in a service. An embedder is one file and one row of embedders.def. It knows nothing of
 * indexes. */
#ifndef RQ_EMBED_EMBEDDER_H
#define RQ_EMBED_EMBEDDER_H

#include "evalcore/base/options.h"
#include "evalcore/base/progress.h"
#include "evalcore/model/cost.h"
#include "evalcore/model/dataset.h"
#include "evalcore/model/vectors.h"

#include <stdint.h>

enum rq_role { RQ_ROLE_DOCUMENT, RQ_ROLE_TOPIC };

/* What an embedder expects of its work, from the amount of text alone. */
struct rq_embedder_estimate {
	size_t dimension; /* at most; 0: only the service knows */
	struct rq_cost fit, embed;
	uint64_t tokens, requests; /* services: about so many, of the texts */
	uint64_t checks;           /* services: requests in an ask() beside those, for the model that answers */
	struct {
		uint64_t requests;
		double sent; /* bytes */
	} identify;                /* services: to hear who answers, which every run asks */
};

/* What the command line allows to be sent, and what was. Counts every request, retries too. */
struct rq_request_limit {
	bool limited;
	uint64_t most, sent;
};

enum { RQ_SKETCH = 64, RQ_VARIANT = 96 };

/* Who answers: part of the cache key and the report. Plain data, kept in the cache between runs. */
struct rq_identity {
	char model[160];       /* as the service calls it */
	char fingerprint[200]; /* a digest where the service tells one ("sha 826711e54e00"), else model and address; printable, without secrets */
	size_t dimension;
	bool digest;              /* the fingerprint is of the model itself, and nothing else need be compared */
	bool untold;              /* nobody has named the model */
	float sketch[RQ_SKETCH];  /* of the vector of a text that is always the same, by rq_identity_sketch() */
	/* Filled in by the pipeline. */
	uint64_t files;           /* of a model that is untold: what files() says */
	uint64_t mark;            /* of the first sketch that was like this one; 0 with a digest */
};

/* Folds a vector into RQ_SKETCH numbers; one that is no longer stays as it is. */
void rq_identity_sketch(struct rq_identity *identity, const float *vector, size_t dimension);
/* Could both sketches be of one model? Rounding is allowed for, up to a cosine of .9999 at the same length. */
bool rq_identity_is_like(const struct rq_identity *a, const struct rq_identity *b);

/* What a service was asked, for the report. */
struct rq_service_use {
	uint64_t requests, retries, texts, tokens; /* tokens as the service counts them; 0: it does not say */
	double sent, waited;                       /* bytes; seconds of back-off */
	size_t truncated;                          /* texts that were cut, at least: where tokens are counted a request, requests with such a text */
	bool cut_unseen;                           /* `truncated` counts those alone that are sure; there may be more */
	bool misheard;                             /* identify() was told a dimension that no answer since has had: the first answer was at fault, not they */
	size_t restarts;                           /* of a command that had ended or hung */
	bool may_cut;                              /* the config lets the service cut texts that are too long */
	char truncation[200];                      /* how that is known, or why it cannot be, as a clause; "": nothing to say */
};

/* Texts for a service, none of them blank. Both functions are called from the thread that called ask(), as soon as there is something to tell; what they return is passed
 * on. */
struct rq_embed_work {
	enum rq_role role;
	const char *const *texts;
	size_t count;
	struct rq_request_limit *limit;
	bool fleeting; /* nothing of it is kept, so nobody need ask afterwards whether the model is still the same */
	struct rq_progress *progress; /* as for embed(): begun by the caller; ask() adds a step a text */
	void *context;
	/* `rows` are places in `texts`; vectors is n x dimension, row-major, finite. */
	enum rq_status (*arrived)(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *err);
	/* Given up on: the text's own fault, or that of its answers. A service that is down, refuses the key or changes its model is an error of ask()
	 * instead. */
	enum rq_status (*failed)(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *err);
};

struct rq_embedder {
	const char *name;
	const char *help;     /* one sentence */
	const char *citation; /* paper or tool */
	unsigned version;     /* raised when the same input gives other vectors: part of every cache key */
	bool kernel_matters;  /* the last bits of its vectors depend on the BLAS kernel and host: part of the cache key */
	const struct rq_option *options; /* its config keys, without "kind" */
	size_t options_size;
	/* Options that change no vector (time-outs, concurrency, an address where the service tells a digest): not part of the cache key.
	 * NULL-terminated; NULL: none. */
	const char *const *immaterial;
	/* Checks the options together, and sends nothing. E_CONFIG naming the option. NULL: nothing to check. */
	enum rq_status (*check)(const void *options, struct rq_error *err);

	/* Services and commands: is there what they need, before anything is paid for: keys, a program, a library? Starts and sends nothing. E_CONFIG
	 * naming the option, E_UNAVAILABLE. */
	enum rq_status (*ready)(const void *options, struct rq_error *err);

	/* Embedders fitted on the baseline corpus: writes the frozen model, a self-contained byte string. A path among the options names a file to keep
	 * it in: read where it exists. NULL: nothing to fit. */
	enum rq_status (*fit)(struct rq_buf *model, const void *options, const struct rq_corpus *corpus, struct rq_progress *progress,
	                      struct rq_error *err);

	/* Embedders whose model is files that the options name: all of it that open() needs, as one byte string, on which the cache key hangs. Instead of
	 * fit(). */
	enum rq_status (*read)(struct rq_buf *model, const void *options, struct rq_error *err);

	/* Text embedders. open() takes what fit() or read() wrote (NULL, 0 without them). embed() fills out, n x dimension row-major, each row a function of its
	 * text, role and the model alone: never of the other texts or the thread count. */
	enum rq_status (*open)(void **state, const void *options, const char *model, size_t model_size, struct rq_error *err);
	size_t (*dimension)(const void *state);
	enum rq_status (*embed)(const void *state, enum rq_role role, const char *const *texts, size_t n, float *out, struct rq_progress *progress,
	                        struct rq_error *err);
	void (*close)(void *state);
	/* Which of the model's variants the options ask for, as reports put it behind the embedder's name: "int4, 3.6 MB". NULL: there is one. */
	void (*describe)(const void *state, char text[RQ_VARIANT]);
	/* What makes one doubt the model's files, for a warning; "": nothing. NULL: nothing ever does. */
	const char *(*doubt)(const void *state);
	/* Services and commands, which texts leave this process for, have these instead of embed() and of dimension(). open() starts and sends nothing.
	 * identify() asks who answers, in a request or two (E_UNAVAILABLE where nobody does); assume() takes what it said in an earlier run instead. One
	 * of them comes before ask(), which stops where an answer comes from another model. limit->most is never passed: E_UNAVAILABLE once it is
	 * reached. All from one thread. */
	enum rq_status (*identify)(void *state, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err);
	void (*assume)(void *state, const struct rq_identity *identity);
	/* A hash of the folder and of the files that the options lead to: part of the cache key of a model that nobody has named. NULL: they lead to none. */
	uint64_t (*files)(const void *options);
	enum rq_status (*ask)(void *state, const struct rq_embed_work *work, struct rq_error *err);
	void (*use)(const void *state, struct rq_service_use *use);
	/* The cost of a fit, and of embedding the texts once that is done. */
	void (*estimate)(struct rq_embedder_estimate *estimate, const void *options, struct rq_text_volume fitted_on, struct rq_text_volume texts);

	/* Precomputed embedders (instead of the five above): the rows for `ids`, in their order. *sha256 is of the vector file. */
	enum rq_status (*load)(struct rq_vectors *vectors, char sha256[RQ_SHA256_HEX], const void *options, enum rq_role role, const struct rq_ids *ids,
	                       struct rq_error *err);
	/* The option that they need for this role and do not have; NULL: none. */
	const char *(*lacks)(const void *options, enum rq_role role);
};

extern const struct rq_embedder *const rq_embedders[]; /* rows of embedders.def, NULL-terminated */
const struct rq_embedder *rq_embedder_find(const char *name);

#endif
