/* The config of a run, parsed and checked. One JSON object; unknown keys are errors; paths are relative to the file. "gates" and "reports" are handed
 * on as JSON: their rooms stand above this one. */
#ifndef RQ_PIPELINE_CONFIG_H
#define RQ_PIPELINE_CONFIG_H

#include "evalcore/embed/embedder.h"
#include "evalcore/index/index.h"
#include "evalcore/lexical/bm25.h"
#include "evalcore/model/comparison.h"
#include "evalcore/pipeline/config_dataset.h"
#include "evalcore/pipeline/config_quality.h"
#include "evalcore/retriever/retriever.h"
#include "metrics/metric.h"

enum { RQ_CONFIG_SCHEMA_VERSION = 1 };
enum rq_similarity_name { RQ_COSINE_NAME, RQ_IP_NAME, RQ_L2_NAME }; /* of rq_index_config.similarity */

struct rq_side_config {
	const char *name;          /* "baseline", "candidate" */
	const char *run;           /* a run file instead of everything below; NULL: none */
	const char *approved;      /* of a baseline: an approved one, whose rankings `run` names and `approved_file` describes; NULL: none */
	const char *approved_file;
	const char *embedder_name; /* key of "embedders" */
	const struct rq_embedder *embedder;
	const void *embedder_options;
	const char *embedder_text; /* its JSON, for cache keys */
	const char *corpus;        /* of this side; NULL: the dataset's */
	const char *shown; /* the run or index file as the config spells it, for reports: they do not depend on where the config was called from */
	struct rq_index_config index;
	const struct rq_backend *backend;
	const struct rq_embedder *document_embedder; /* of the documents, where their vectors come from elsewhere than the topics'; NULL: `embedder` */
	const char *document_embedder_name;
	const void *document_embedder_options;
	const char *document_embedder_text;
	const struct rq_retriever *retriever; /* a search done elsewhere: no backend, and of index only the similarity; NULL: none */
	const void *retriever_options;
	bool inherits_index;       /* the candidate has not named a kind, a factory or a file of its own */
	const struct rq_bm25_options *bm25; /* words instead of vectors: no embedder, no backend, and nothing in index; NULL: none */
};

/* How many times the side's index is built: 1 where nothing of it is random, or nothing is built here. */
size_t rq_side_builds(const struct rq_side_config *side);

struct rq_exact_config {
	double budget;     /* seconds a side may take; beyond it exact search is not done, and the report says so */
	const char *truth; /* a run file with the exact rankings; NULL: none */
	const char *truth_shown; /* as the config spells it */
	int64_t topics;    /* a seeded sample of so many topics; 0: all */
};

struct rq_latency_config {
	int64_t samples; /* timed queries a side; 0: none */
	int64_t embed_samples; /* timed embeddings of single topics a side, where a metric asks for them; 0: none */
	double budget;   /* seconds for both sides together, of searches and again of embeddings */
};

struct rq_config {
	int64_t schema_version;
	const char *suite;
	int profile; /* 0 pr, 1 release */
	struct rq_dataset_config dataset;
	struct rq_side_config sides[RQ_SIDES];
	int64_t cutoff; /* depth of every search; 0: as deep as the metrics and gates look, at least 10 */
	size_t depth;   /* how deep gates look beside metrics */
	struct rq_metric_spec *metrics;
	size_t metric_count;
	struct rq_quality_config quality;
	struct rq_exact_config exact;
	struct rq_latency_config latency;
	int64_t max_failed; /* texts and topics of a side that may fail before there is no verdict */
	unsigned measured; /* enum rq_measurement, together: what gates ask for beside metrics; the caller's to set */
	const rq_json *gates, *reports; /* NULL: absent; borrowed from root */
	size_t *gate_lines; /* of the file, on which they begin; NULL: they are not the file's */
	const char *store;              /* the file that remembers; NULL: none */
	const char *snapshots;          /* the vault; NULL: none */
	const char *path, *folder;      /* of the config file */
	const char *baselines;          /* the folder of approved ones beside it */
	const char **pinned;            /* approved baselines that gates compare with beside the baseline; an item that is NULL: the one that is pinned */
	size_t pinned_count;
	char sha256[RQ_SHA256_HEX];     /* of the effective config: with what --set changed, canonical text */
	rq_json *root;
	rq_json *borrowed; /* copies that RAW options of embedders and retrievers point into */
	struct rq_arena arena;
};

/* Reads the file, applies `overrides` ("candidate.index.search=efSearch=32"; a value is JSON where it parses as JSON, else a string), inherits,
 * checks. E_CONFIG with the JSON path, E_IO. Release it in either case. */
RQ_MUST_USE enum rq_status rq_config_load(struct rq_config *config, const char *path, const struct rq_strings *overrides, struct rq_error *err);
void rq_config_release(struct rq_config *config);

/* JSON Schema (draft 2020-12) of the whole file; the schemas of "gates" and "reports" are the caller's and taken. */
rq_json *rq_config_schema(rq_json *gates, rq_json *reports);

/* Is `path` a file that this config reads (config, dataset, vectors, indexes, runs), or in a folder that is one of a model or of approved baselines? */
bool rq_config_reads(const struct rq_config *config, const char *path);

/* Has an embedder, and so a similarity: neither a run file, nor a search by words, nor a retriever that does without vectors. Its index is a
 * backend's or a retriever's. */
bool rq_side_has_vectors(const struct rq_side_config *side);

/* Does its backend search exactly? A retriever may, and nothing tells. */
bool rq_side_is_exact(const struct rq_side_config *side);

/* What the backend is asked for: cosine is the inner product of normalised rows. */
enum rq_similarity rq_side_similarity(const struct rq_side_config *side);

/* Adds what nobody has to ask for: ann_recall@10 (less deep where every metric is) beside an approximate index, and latency where it is timed. */
RQ_MUST_USE enum rq_status rq_config_standard_metrics(struct rq_config *config, struct rq_error *err);

/* Adds a metric that a gate needs, once. */
RQ_MUST_USE enum rq_status rq_config_need_metric(struct rq_config *config, const struct rq_metric_spec *spec, struct rq_error *err);
/* Has every search go so deep, which a gate looks beside its metric. */
RQ_MUST_USE enum rq_status rq_config_need_depth(struct rq_config *config, size_t depth, struct rq_error *err);
/* Adds an approved baseline that a gate compares with, once; NULL: the pinned one. */
RQ_MUST_USE enum rq_status rq_config_need_pinned(struct rq_config *config, const char *name, struct rq_error *err);

#endif
