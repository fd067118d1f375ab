/* The protocol of Ollama's /api/embed. */
#include "evalcore/embed/http/api.h"
#include "evalcore/embed/http/options.h"

#include <stdio.h>
#include <string.h>

static const char *const own[] = {"model", "input", "dimensions", NULL};

static void fill(rq_json *body, const struct rq_http_options *options, bool base64)
{
	(void)base64;
	rq_json_set_string(body, "model", options->model);
	if (options->dimensions > 0)
		rq_json_set_number(body, "dimensions", (double)options->dimensions);
	rq_json_set_bool(body, "truncate", false);
}

static enum rq_status read_answer(struct rq_answer *answer, const rq_json *root, struct rq_error *err)
{
	const rq_json *vectors = rq_json_type(root) == RQ_JSON_OBJECT ? rq_json_get(root, "embeddings") : NULL;

	if (vectors == NULL || rq_json_type(vectors) != RQ_JSON_ARRAY)
		return rq_fail(err, RQ_E_DATA, "the answer lacks an array \"embeddings\" of vectors");
	rq_answer_text(answer->model, sizeof answer->model, root, "model");
	answer->tokens = rq_answer_count(root, "prompt_eval_count");
	return rq_answer_put_all(answer, vectors, err);
}

/* "all-minilm" is "all-minilm:latest". */
static bool is_called(const rq_json *entry, const char *model)
{
	char name[200], latest[200];

	rq_answer_text(name, sizeof name, entry, "name");
	snprintf(latest, sizeof latest, "%s:latest", model);
	return strcmp(name, model) == 0 || strcmp(name, latest) == 0;
}

static enum rq_status read_facts(struct rq_api_facts *facts, const rq_json *root, const char *model, struct rq_error *err)
{
	const rq_json *models = rq_json_type(root) == RQ_JSON_OBJECT ? rq_json_get(root, "models") : NULL;
	char there[400] = "", name[100], digest[100];

	if (models == NULL || rq_json_type(models) != RQ_JSON_ARRAY)
		return rq_fail(err, RQ_E_DATA, "the answer lacks an array \"models\"");
	for (const rq_json *entry = rq_json_first(models); entry != NULL; entry = rq_json_next(entry)) {
		if (rq_json_type(entry) != RQ_JSON_OBJECT)
			continue;
		rq_answer_text(name, sizeof name, entry, "name");
		snprintf(there + strlen(there), sizeof there - strlen(there), "%s%s", there[0] == '\0' ? "" : ", ", name);
		if (!is_called(entry, model))
			continue;
		rq_answer_text(digest, sizeof digest, entry, "digest");
		snprintf(facts->model, sizeof facts->model, "%s", model);
		if (digest[0] != '\0')
			snprintf(facts->fingerprint, sizeof facts->fingerprint, "sha %.12s", strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : digest);
		return RQ_OK;
	}
	return rq_fail(err, RQ_E_UNAVAILABLE, "the service has no model \"%s\"; it has: %s; fetch it with \"ollama pull %s\"", model,
	               there[0] == '\0' ? "none" : there, model);
}

const struct rq_api rq_api_ollama = {
	.name = "ollama",
	.needs_model = true,
	.folder_always = true,
	.folder = "/api",
	.leaf = "/embed",
	.facts = "/tags",
	.texts = "input",
	.own = own,
	.truncates = true,
	.batch = 32,
	.fill = fill,
	.read = read_answer,
	.read_facts = read_facts,
};
