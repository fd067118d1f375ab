/* What a kept folder holds: the manifest.json in it, by which each of its files can be checked and which itself has a seal. References of drift are
 * such folders, and snapshots of indexes: `kind` tells which. The folder is named by the seal, so its name vouches for every byte in it. */
#ifndef RQ_SNAPSHOT_MANIFEST_H
#define RQ_SNAPSHOT_MANIFEST_H

#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/model/comparison.h"

enum { RQ_MANIFEST_SCHEMA_VERSION = 1 };

#define RQ_MANIFEST_FILE "manifest.json"
#define RQ_SNAPSHOT_KIND "snapshot" /* whose files are all in chunks, among them the index and its ids */

/* Of what made the vectors; a text that is NULL: not known. */
struct rq_manifest_model {
	const char *embedder, *name, *variant, *fingerprint;
	size_t dimension; /* 0: no vectors */
};

/* A piece of a file, in the order of its bytes. */
struct rq_manifest_chunk {
	char sha256[RQ_SHA256_HEX];
	uint32_t bytes;
};

struct rq_manifest_file {
	const char *name; /* a file of the folder itself */
	uint64_t bytes;
	char sha256[RQ_SHA256_HEX];
	/* of a file that is kept in pieces elsewhere (vault.h); 0 and NULL: as it is, beside the manifest */
	size_t average;   /* bytes of a chunk, about (cut.h) */
	const struct rq_manifest_chunk *chunks;
	size_t chunk_count;
};

/* What else is to be known of the files: a text or a number. */
struct rq_manifest_fact {
	const char *name;
	const char *text; /* NULL: `number` */
	double number;    /* NaN: null */
};

/* Zero-initialise; release in any case. */
struct rq_manifest {
	const char *kind;       /* "reference", "snapshot" */
	const char *created;    /* UTC: "2026-11-21T03:36:50Z" */
	const char *created_by; /* the command: "rqgate drift" */
	const char *batch;      /* of the job that made it; NULL: none */
	struct rq_named_text *versions; /* "rqgate" -> "0.1.0" ... */
	size_t version_count;
	struct rq_manifest_model model;
	struct rq_named_text *digests;  /* what it was made of: "corpus", "topics" -> sha256 */
	size_t digest_count;
	struct rq_manifest_file *files;
	size_t file_count;
	struct rq_manifest_fact *facts;
	size_t fact_count;

	/* of the whole: set by writing and by reading */
	char sha256[RQ_SHA256_HEX];
	/* the same of kind, model, digests, files and facts alone: equal where two hold the same, whoever made them and when */
	char content[RQ_SHA256_HEX];
	struct rq_arena arena;
};

void rq_manifest_release(struct rq_manifest *manifest);

/* The file of that name in the folder, which the caller has written. Names are plain: no '/', no dot in front, at most 100 letters, digits, '.', '_'
 * and '-', each once. E_IO, E_NOMEM; E_INTERNAL where the name is none. */
RQ_MUST_USE enum rq_status rq_manifest_add_file(struct rq_manifest *manifest, const char *folder, const char *name, struct rq_error *err);
/* A file of which all is known; it is the caller's, but for its struct. */
RQ_MUST_USE enum rq_status rq_manifest_put_file(struct rq_manifest *manifest, const struct rq_manifest_file *file, struct rq_error *err);
const struct rq_manifest_file *rq_manifest_file(const struct rq_manifest *manifest, const char *name); /* NULL: none */
/* Name of the snapshot's file of that role, "index.faiss" or "index" of "index"; NULL: it has none. */
const char *rq_manifest_role(const struct rq_manifest *manifest, const char *role);
RQ_MUST_USE enum rq_status rq_manifest_add_digest(struct rq_manifest *manifest, const char *name, const char *sha256, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_manifest_add_fact(struct rq_manifest *manifest, const struct rq_manifest_fact *fact, struct rq_error *err);
/* FOLDER/manifest.json: indented JSON in one order of members, the same bytes for the same manifest. */
RQ_MUST_USE enum rq_status rq_manifest_write(struct rq_manifest *manifest, const char *folder, struct rq_error *err);

/* FOLDER/manifest.json, strictly; members that are not known are sealed as well and otherwise left alone. E_DATA where its seal is another, or its
 * kind. E_IO. */
RQ_MUST_USE enum rq_status rq_manifest_read(struct rq_manifest *manifest, const char *folder, const char *kind, struct rq_error *err);
/* The same of its text, which messages call `path`. */
RQ_MUST_USE enum rq_status rq_manifest_parse(struct rq_manifest *manifest, const struct rq_buf *text, const char *path, const char *kind,
                                             struct rq_error *err);
/* Is the file as it was written? E_DATA where its size or sha256 is another, or the manifest does not have it; E_IO. */
RQ_MUST_USE enum rq_status rq_manifest_check_file(const struct rq_manifest *manifest, const char *folder, const char *name, struct rq_error *err);

const char *rq_manifest_digest(const struct rq_manifest *manifest, const char *name); /* NULL: none */
const struct rq_manifest_fact *rq_manifest_fact(const struct rq_manifest *manifest, const char *name); /* NULL: none */

#endif
