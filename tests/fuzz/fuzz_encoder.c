/* tokenizer.json: what stands before the first NUL; a text to cut stands behind it. Ids of an accepted file are ids of its vocabulary, and another
 * text before changes none of them. */
#include "evalcore/embed/token/encoder.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void cut(const struct rq_encoder *encoder, const char *text, size_t length)
{
	struct rq_error err = {0};
	struct rq_encoding fresh = {0}, used = {0};

	enum rq_status status = rq_encode(&fresh, encoder, text, length, &err);
	for (size_t i = 0; status == RQ_OK && i < fresh.ids.count; i++)
		if (fresh.ids.items[i] > rq_encoder_vocabulary(encoder).largest)
			abort();
	(void)!rq_encode(&used, encoder, "a B\xC3\xA9 \xE6\x97\xA5!", 10, &err);
	if (rq_encode(&used, encoder, text, length, &err) != status)
		abort();
	if (status == RQ_OK && (used.ids.count != fresh.ids.count ||
	                        (fresh.ids.count > 0 && memcmp(used.ids.items, fresh.ids.items, fresh.ids.count * sizeof *fresh.ids.items) != 0)))
		abort();
	rq_encoding_release(&fresh);
	rq_encoding_release(&used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0};
	struct rq_encoder *encoder;
	const uint8_t *end = size == 0 ? NULL : memchr(data, '\0', size);
	size_t json = end == NULL ? size : (size_t)(end - data);

	if (rq_encoder_read(&encoder, (const char *)data, json, "fuzz", &err) != RQ_OK)
		return 0;
	if (end != NULL)
		cut(encoder, (const char *)end + 1, size - json - 1);
	rq_encoder_free(encoder);
	return 0;
}
