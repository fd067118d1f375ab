#include "evalcore/signoff/envelope.h"

#include "evalcore/base/base64.h"
#include "evalcore/base/json.h"

#include <stdint.h>
#include <string.h>

void rq_envelope_signed(struct rq_buf *out, const char *type, const void *payload, size_t size)
{
	rq_buf_printf(out, "DSSEv1 %zu %s %zu ", strlen(type), type, size);
	rq_buf_add(out, payload, size);
}

static void put(struct rq_buf *out, const void *payload, size_t size, const char *key_id, const unsigned char signature[RQ_SIGNATURE])
{
	rq_buf_puts(out, "{\"payloadType\":\"" RQ_ENVELOPE_TYPE "\",\"payload\":\"");
	rq_base64_write(out, payload, size);
	rq_buf_printf(out, "\",\"signatures\":[{\"keyid\":\"%s\",\"sig\":\"", key_id);
	rq_base64_write(out, signature, RQ_SIGNATURE);
	rq_buf_puts(out, "\"}]}");
}

enum rq_status rq_envelope_write(struct rq_buf *out, const void *payload, size_t size, const struct rq_private_key *key, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	unsigned char signature[RQ_SIGNATURE];

	rq_envelope_signed(&text, RQ_ENVELOPE_TYPE, payload, size);
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_sign(signature, key, text.data, text.size, err));
	put(out, payload, size, key->public.id, signature);
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

static enum rq_status read_payload(struct rq_envelope *envelope, const char *base64, struct rq_arena *arena, struct rq_error *err)
{
	size_t length = base64 == NULL ? 0 : strlen(base64), size = rq_base64_size(base64, length);

	if (base64 == NULL || size == SIZE_MAX)
		return rq_fail(err, RQ_E_DATA, "its payload is not base64");
	char *payload = rq_arena_alloc(arena, size + 1, 1);
	if (payload == NULL)
		return rq_fail_memory(err);
	rq_base64_read((unsigned char *)payload, base64, size);
	envelope->payload = payload;
	envelope->payload_size = size;
	return RQ_OK;
}

enum rq_status rq_envelope_read(struct rq_envelope *envelope, const char *line, size_t length, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	RQ_CLEANUP(rq_buf_release) struct rq_buf again = {0};

	if (rq_json_parse(&root, line, length, "it", err) != RQ_OK)
		return err->status == RQ_E_NOMEM ? err->status : rq_fail(err, RQ_E_DATA, "it is no envelope in JSON");
	const rq_json *signatures = rq_json_get(root, "signatures"), *first = signatures == NULL ? NULL : rq_json_first(signatures);
	const char *key_id = rq_json_string(rq_json_get(first, "keyid")), *sig = rq_json_string(rq_json_get(first, "sig"));
	if (key_id == NULL || !rq_is_sha256(key_id) || sig == NULL || rq_base64_size(sig, strlen(sig)) != RQ_SIGNATURE)
		return rq_fail(err, RQ_E_DATA, "it has no signature of the form that rqgate writes");
	memcpy(envelope->key_id, key_id, RQ_SHA256_HEX);
	rq_base64_read(envelope->signature, sig, RQ_SIGNATURE);
	RQ_TRY(read_payload(envelope, rq_json_string(rq_json_get(root, "payload")), arena, err));
	put(&again, envelope->payload, envelope->payload_size, envelope->key_id, envelope->signature);
	RQ_TRY(rq_buf_check(&again, err));
	if (again.size != length || memcmp(again.data, line, length) != 0)
		return rq_fail(err, RQ_E_DATA, "it is not an envelope of the form that rqgate writes");
	return RQ_OK;
}

enum rq_status rq_envelope_check(bool *holds, const struct rq_envelope *envelope, const struct rq_public_key *key, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	rq_envelope_signed(&text, RQ_ENVELOPE_TYPE, envelope->payload, envelope->payload_size);
	RQ_TRY(rq_buf_check(&text, err));
	*holds = strcmp(envelope->key_id, key->id) == 0 && rq_signature_holds(envelope->signature, key, text.data, text.size);
	return RQ_OK;
}
