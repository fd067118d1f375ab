/* Ed25519 keys and signatures (RFC 8032), by libsodium, and their files: PEM as openssl reads and writes it, the private key as PKCS #8, the public one
 * as SubjectPublicKeyInfo (RFC 8410). Thread-safe. */
#ifndef RQ_SIGNOFF_KEY_H
#define RQ_SIGNOFF_KEY_H

#include "evalcore/base/hash.h"
#include "evalcore/base/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { RQ_PUBLIC_KEY = 32, RQ_PRIVATE_KEY = 64, RQ_SIGNATURE = 64 }; /* bytes */

struct rq_public_key {
	unsigned char bytes[RQ_PUBLIC_KEY];
	char id[RQ_SHA256_HEX]; /* SHA-256 of its SubjectPublicKeyInfo in DER */
};

/* Forget it in any case. */
struct rq_private_key {
	unsigned char bytes[RQ_PRIVATE_KEY]; /* the seed, then the public key */
	struct rq_public_key public;
};

RQ_MUST_USE enum rq_status rq_private_key_make(struct rq_private_key *key, struct rq_error *err);
void rq_private_key_forget(struct rq_private_key *key);

/* Both files, neither of which may be there: the private one is its owner's alone (0600). E_USAGE where one is, E_IO; then there is neither. */
RQ_MUST_USE enum rq_status rq_private_key_write(const struct rq_private_key *key, const char *path, const char *public_path, struct rq_error *err);
/* E_USAGE where others than its owner may read it, E_DATA where it is none, told with what it is instead, E_IO. */
RQ_MUST_USE enum rq_status rq_private_key_read(struct rq_private_key *key, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_public_key_read(struct rq_public_key *key, const char *path, struct rq_error *err);

RQ_MUST_USE enum rq_status rq_sign(unsigned char signature[RQ_SIGNATURE], const struct rq_private_key *key, const void *data, size_t size, struct rq_error *err);
/* False too of a signature, or a key, in another form than RFC 8032's one: nobody makes another valid one of it. */
bool rq_signature_holds(const unsigned char signature[RQ_SIGNATURE], const struct rq_public_key *key, const void *data, size_t size);

#endif
