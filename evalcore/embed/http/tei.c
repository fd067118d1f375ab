/* The protocol of Hugging Face's text-embeddings-inference. */
#include "evalcore/embed/http/api.h"
#include "evalcore/embed/http/options.h"

#include <stdio.h>
#include <string.h>

static const char *const own[] = {"inputs", "dimensions", NULL};

static void fill(rq_json *body, const struct rq_http_options *options, bool base64)
{
	(void)base64;
	if (options->dimensions > 0)
		rq_json_set_number(body, "dimensions", (double)options->dimensions);
	rq_json_set_bool(body, "truncate", false);
}

static enum rq_status read_answer(struct rq_answer *answer, const rq_json *root, struct rq_error *err)
{
	if (rq_json_type(root) != RQ_JSON_ARRAY)
		return rq_fail(err, RQ_E_DATA, "the answer is not an array of vectors");
	return rq_answer_put_all(answer, root, err);
}

/* Weights alone do not make a vector: number format and pooling do too. */
static enum rq_status read_facts(struct rq_api_facts *facts, const rq_json *root, const char *model, struct rq_error *err)
{
	char sha[48], dtype[24], pooling[24] = "";

	if (rq_json_type(root) != RQ_JSON_OBJECT || rq_json_get(root, "model_id") == NULL)
		return rq_fail(err, RQ_E_DATA, "the answer lacks \"model_id\"");
	rq_answer_text(facts->model, sizeof facts->model, root, "model_id");
	if (model != NULL && strcmp(model, facts->model) != 0)
		return rq_fail(err, RQ_E_UNAVAILABLE, "the service has the model \"%s\", not \"%s\"; start it with that one, or name this one as model",
		               facts->model, model);
	rq_answer_text(sha, sizeof sha, root, "model_sha");
	rq_answer_text(dtype, sizeof dtype, root, "model_dtype");
	const rq_json *type = rq_json_get(root, "model_type"),
				  *embedding = type == NULL || rq_json_type(type) != RQ_JSON_OBJECT ? NULL : rq_json_get(type, "embedding");
	if (embedding != NULL && rq_json_type(embedding) == RQ_JSON_OBJECT)
		rq_answer_text(pooling, sizeof pooling, embedding, "pooling");
	if (sha[0] != '\0')
		snprintf(facts->fingerprint, sizeof facts->fingerprint, "sha %.12s%s%s%s%s", sha, dtype[0] == '\0' ? "" : " ", dtype,
		         pooling[0] == '\0' ? "" : " ", pooling);
	facts->batch = rq_answer_count(root, "max_client_batch_size");
	return RQ_OK;
}

const struct rq_api rq_api_tei = {
	.name = "tei",
	.folder = "",
	.leaf = "/embed",
	.facts = "/info",
	.texts = "inputs",
	.own = own,
	.truncates = true,
	.batch = 32,
	.fill = fill,
	.read = read_answer,
	.read_facts = read_facts,
};
