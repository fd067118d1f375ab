/* model.safetensors of a static model whose tokenizer has three tokens. What is accepted has a row for each of them. */
#include "evalcore/embed/static/model.h"

#include <stdlib.h>

#define TOKENIZER \
	"{\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"}, \"model\": {\"type\": \"WordPiece\", \"unk_token\": \"u\", " \
	"\"continuing_subword_prefix\": \"##\", \"max_input_chars_per_word\": 9, \"vocab\": {\"u\": 0, \"a\": 1, \"b\": 2}}}"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char tokenizer[] = TOKENIZER, config[] = "{\"normalize\": true}";
	const uint64_t frame[] = {size, sizeof tokenizer - 1, sizeof config - 1, 512};
	struct rq_error err = {0};
	struct rq_static_model model;
	struct rq_encoding encoding = {0};
	struct rq_buf bytes = {0};

	rq_buf_add(&bytes, data, size);
	rq_buf_puts(&bytes, tokenizer);
	rq_buf_puts(&bytes, config);
	rq_buf_add(&bytes, frame, sizeof frame);
	if (rq_static_model_open(&model, bytes.data, bytes.size, "fuzz", &err) == RQ_OK) {
		float *out = calloc(model.rows.d, sizeof *out);
		if (out == NULL || rq_static_model_embed(out, &model, &encoding, "a b c a", &err) != RQ_OK)
			abort();
		free(out);
	}
	rq_encoding_release(&encoding);
	rq_static_model_release(&model);
	rq_buf_release(&bytes);
	return 0;
}
