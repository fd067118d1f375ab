/* A signed statement: DSSE 1.0 (github.com/secure-systems-lab/dsse), one signature an envelope, one envelope a line, as in-toto's bundles have them
 * (*.intoto.jsonl). An envelope has one form: the bytes that rq_envelope_write makes. Of any other, whatever it may mean, none is read, so that no byte of a
 * bundle can be changed unseen. */
#ifndef RQ_SIGNOFF_ENVELOPE_H
#define RQ_SIGNOFF_ENVELOPE_H

#include "evalcore/base/memory.h"
#include "evalcore/signoff/key.h"

#define RQ_ENVELOPE_TYPE "application/vnd.in-toto+json"

struct rq_envelope {
	char key_id[RQ_SHA256_HEX];
	const char *payload; /* NUL behind it */
	size_t payload_size;
	unsigned char signature[RQ_SIGNATURE];
};

/* What is signed (PAE): "DSSEv1", the type and the payload, each after its length. */
void rq_envelope_signed(struct rq_buf *out, const char *type, const void *payload, size_t size);
/* Signs, and appends the line with its end. */
RQ_MUST_USE enum rq_status rq_envelope_write(struct rq_buf *out, const void *payload, size_t size, const struct rq_private_key *key, struct rq_error *err);
/* A line without its end. The payload is the arena's. E_DATA: what is wrong with it, as a clause; E_NOMEM. Says nothing of the signature. */
RQ_MUST_USE enum rq_status rq_envelope_read(struct rq_envelope *envelope, const char *line, size_t length, struct rq_arena *arena, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_envelope_check(bool *holds, const struct rq_envelope *envelope, const struct rq_public_key *key, struct rq_error *err);

#endif
