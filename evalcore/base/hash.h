/* Hashes: XXH3 128 for cache keys and tables, SHA-256 for what a person may want to verify with other tools. Thread-safe. */
#ifndef RQ_BASE_HASH_H
#define RQ_BASE_HASH_H

#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A chained key. Start from a zeroed struct; every add changes it, and order and lengths count. */
struct rq_key {
	uint64_t high, low;
};

uint64_t rq_hash64(const void *data, size_t size);
void rq_key_add(struct rq_key *key, const void *data, size_t size);
void rq_key_add_text(struct rq_key *key, const char *text); /* NULL differs from "" */
void rq_key_add_u64(struct rq_key *key, uint64_t value);
void rq_key_hex(const struct rq_key *key, char hex[33]);

#define RQ_SHA256_HEX 65
const char *rq_sha256_library(void); /* OpenSSL's version that runs: "3.0.15" */
bool rq_is_sha256(const char *text); /* 64 hexadecimal digits, as these functions write them */
RQ_MUST_USE enum rq_status rq_sha256(char hex[RQ_SHA256_HEX], const void *data, size_t size, struct rq_error *err);

/* Piece by piece. */
struct rq_sha256 {
	uint64_t state[16]; /* libcrypto's */
	bool failed;
};

void rq_sha256_begin(struct rq_sha256 *sha256);
void rq_sha256_add(struct rq_sha256 *sha256, const void *data, size_t size);
RQ_MUST_USE enum rq_status rq_sha256_end(char hex[RQ_SHA256_HEX], struct rq_sha256 *sha256, struct rq_error *err);

/* In blocks, whatever its size. E_IO, E_DATA where it changes meanwhile. */
RQ_MUST_USE enum rq_status rq_sha256_file(char hex[RQ_SHA256_HEX], const char *path, struct rq_error *err);

/* A stream that keeps nothing of what is written to it but the SHA-256. Zero-initialise, open, write to ->stream, end; release (safe after all of them). */
struct rq_sha256_stream {
	FILE *stream;
	struct rq_sha256 sha256;
	uint64_t size; /* bytes so far; flush first */
};
RQ_MUST_USE enum rq_status rq_sha256_stream_open(struct rq_sha256_stream *digest, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_sha256_stream_end(char hex[RQ_SHA256_HEX], struct rq_sha256_stream *digest, struct rq_error *err);
void rq_sha256_stream_release(struct rq_sha256_stream *digest);

#endif
