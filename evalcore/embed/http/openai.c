/* The protocol of OpenAI's /v1/embeddings, which most services speak. */
#include "evalcore/embed/http/api.h"
#include "evalcore/embed/http/options.h"

#include <math.h>

static const char *const own[] = {"model", "input", "encoding_format", "dimensions", NULL};

static void fill(rq_json *body, const struct rq_http_options *options, bool base64)
{
	rq_json_set_string(body, "model", options->model);
	if (options->dimensions > 0)
		rq_json_set_number(body, "dimensions", (double)options->dimensions);
	rq_json_set_string(body, "encoding_format", base64 ? "base64" : "float");
}

/* llama.cpp's own endpoint puts the pooled vector into an array of one. */
static const rq_json *pooled(const rq_json *vector)
{
	bool nested = rq_json_type(vector) == RQ_JSON_ARRAY && rq_json_size(vector) == 1 && rq_json_type(rq_json_first(vector)) == RQ_JSON_ARRAY;

	return nested ? rq_json_first(vector) : vector;
}

static enum rq_status read_item(struct rq_answer *answer, const rq_json *item, struct rq_error *err)
{
	const rq_json *index = rq_json_type(item) == RQ_JSON_OBJECT ? rq_json_get(item, "index") : NULL;
	const rq_json *vector = rq_json_type(item) == RQ_JSON_OBJECT ? rq_json_get(item, "embedding") : NULL;

	if (vector == NULL)
		return rq_fail(err, RQ_E_DATA, "the answer lacks \"embedding\" in an item of \"data\"");
	double row = index == NULL ? -1 : rq_json_number(index);
	if (!(row >= 0 && row == floor(row) && row < (double)answer->n))
		return rq_fail(err, RQ_E_DATA, "the answer lacks an \"index\" from 0 to %zu in an item of \"data\"", answer->n - 1);
	return rq_answer_put(answer, (size_t)row, pooled(vector), err);
}

static enum rq_status read_answer(struct rq_answer *answer, const rq_json *root, struct rq_error *err)
{
	const rq_json *data = rq_json_type(root) == RQ_JSON_OBJECT ? rq_json_get(root, "data") : root;

	if (data == NULL || rq_json_type(data) != RQ_JSON_ARRAY)
		return rq_fail(err, RQ_E_DATA, "the answer lacks an array \"data\" of vectors");
	for (const rq_json *item = rq_json_first(data); item != NULL; item = rq_json_next(item))
		RQ_TRY(read_item(answer, item, err));
	if (data == root)
		return RQ_OK;
	const rq_json *usage = rq_json_get(root, "usage");
	rq_answer_text(answer->model, sizeof answer->model, root, "model");
	answer->tokens = usage != NULL && rq_json_type(usage) == RQ_JSON_OBJECT ? rq_answer_count(usage, "prompt_tokens") : 0;
	return RQ_OK;
}

const struct rq_api rq_api_openai = {
	.name = "openai",
	.needs_model = true,
	.base64 = true,
	.folder = "/v1",
	.leaf = "/embeddings",
	.texts = "input",
	.own = own,
	.batch = 128,
	.blind = "the service counts the tokens of whole requests, so a text that it cuts by a little goes unseen",
	.fill = fill,
	.read = read_answer,
};
