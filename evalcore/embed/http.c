/* http: an embedding service that speaks one of the protocols in http/. What is asked here is who answers, and for what; http/service.c does the
 * asking. */
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/http/batch.h"
#include "evalcore/embed/http/service.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECKED = 32 }; /* whole requests between two questions for the model's digest: no more is lost where a run is ended from outside */

static enum rq_status http_check(const void *config, struct rq_error *err)
{
	return rq_http_check(config, err);
}

static void http_close(void *state)
{
	struct rq_http_service *service = state;

	if (service == NULL)
		return;
	rq_http_client_free(service->client);
	rq_http_settings_release(&service->settings);
	free(service);
}

static enum rq_status http_open(void **out, const void *config, const char *model, size_t model_size, struct rq_error *err)
{
	const struct rq_http_options *options = config;
	struct rq_http_service *service = calloc(1, sizeof *service);

	(void)model;
	(void)model_size;
	*out = NULL;
	if (service == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_http_settings_init(&service->settings, options, err);
	if (status == RQ_OK)
		status = rq_http_client_new(&service->client, &service->settings, err);
	if (status != RQ_OK) {
		http_close(service);
		return status;
	}
	rq_random_seed(&service->random, rq_clock_ns() ^ (uint64_t)getpid() << 32); /* no result depends on it, and two runs are not to wait in step */
	service->base64 = service->settings.api->base64 && options->encoding == RQ_ENCODING_BASE64;
	service->batch = service->settings.batch;
	service->allowed = (double)service->settings.concurrency;
	*out = service;
	return RQ_OK;
}

static enum rq_status http_ready(const void *config, struct rq_error *err)
{
	void *service;

	RQ_TRY(http_open(&service, config, NULL, 0, err));
	http_close(service);
	return RQ_OK;
}

static enum rq_status http_identify(void *state, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err)
{
	struct rq_http_service *service = state;

	service->identity = (struct rq_identity){0};
	service->assumed = service->use.misheard = false;
	RQ_TRY(rq_http_ask_facts(service, limit, err));
	RQ_TRY(rq_http_probe(service, limit, err));
	*identity = service->identity;
	return RQ_OK;
}

static void http_assume(void *state, const struct rq_identity *identity)
{
	struct rq_http_service *service = state;

	service->identity = *identity;
	service->assumed = true;
}

/* ---- vectors that are handed on once the service has said again which model it has ---- */

struct held {
	const struct rq_embed_work *work;
	size_t dimension, count;
	size_t *rows;
	float *vectors;
};

static enum rq_status hold(void *context, const size_t *rows, size_t n, const float *vectors, struct rq_error *err)
{
	struct held *held = context;

	(void)err;
	memcpy(held->rows + held->count, rows, n * sizeof *rows);
	memcpy(held->vectors + held->count * held->dimension, vectors, n * held->dimension * sizeof *vectors);
	held->count += n;
	return RQ_OK;
}

static enum rq_status pass_on(void *context, size_t row, const char *reason, unsigned attempts, double seconds, struct rq_error *err)
{
	const struct rq_embed_work *work = ((struct held *)context)->work;

	return work->failed(work->context, row, reason, attempts, seconds, err);
}

/* The last request that the limit allows is for the question which model it was. */
static enum rq_status ask_group(struct rq_http_service *service, struct held *held, const size_t *rows, size_t count, struct rq_error *err)
{
	const struct rq_embed_work *work = held->work;
	const struct rq_request_limit *limit = work->limit;
	struct rq_embed_work inner = *work;
	struct rq_error late = {0};

	inner.context = held;
	inner.arrived = hold;
	inner.failed = pass_on;
	held->count = 0;
	enum rq_status status = rq_http_ask_texts(service, &inner, rows, count, 1, &late);
	bool at_limit = status == RQ_E_UNAVAILABLE && limit != NULL && limit->limited && limit->sent + 1 == limit->most;
	if (status == RQ_OK || at_limit) {
		RQ_TRY(rq_http_ask_facts(service, work->limit, err));
		if (held->count > 0)
			RQ_TRY(work->arrived(work->context, held->rows, held->count, held->vectors, err));
	}
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", late.text);
}

static enum rq_status ask_in_groups(struct rq_http_service *service, const struct rq_embed_work *work, const size_t *rows, size_t count, struct rq_error *err)
{
	size_t most = CHECKED * service->settings.batch < count ? CHECKED * service->settings.batch : count, d = service->identity.dimension;
	RQ_CLEANUP(rq_free_pointer) size_t *held_rows = malloc(most * sizeof *held_rows);
	RQ_CLEANUP(rq_free_pointer) float *vectors = malloc(most * d * sizeof *vectors);
	struct held held = {.work = work, .dimension = d, .rows = held_rows, .vectors = vectors};

	if (held_rows == NULL || vectors == NULL)
		return rq_fail_memory(err);
	for (size_t start = 0; start < count; start += most)
		RQ_TRY(ask_group(service, &held, rows + start, count - start < most ? count - start : most, err));
	return RQ_OK;
}

static enum rq_status http_ask(void *state, const struct rq_embed_work *work, struct rq_error *err)
{
	struct rq_http_service *service = state;
	RQ_CLEANUP(rq_free_pointer) size_t *rows = calloc(work->count + 1, sizeof *rows);

	if (rows == NULL)
		return rq_fail_memory(err);
	if (service->identity.dimension == 0)
		return rq_fail(err, RQ_E_INTERNAL, "a service was asked for vectors before anybody asked who it is");
	for (size_t i = 0; i < work->count; i++)
		rows[i] = i;
	if (service->assumed) /* before anything is kept under that name */
		RQ_TRY(rq_http_ask_facts(service, work->limit, err));
	service->assumed = false;
	if (work->fleeting || service->settings.facts_url == NULL)
		return rq_http_ask_texts(service, work, rows, work->count, 0, err);
	return ask_in_groups(service, work, rows, work->count, err);
}

static void http_use(const void *state, struct rq_service_use *use)
{
	const struct rq_http_service *service = state;

	const char *blind = service->settings.api->blind == NULL ? "" : service->settings.api->blind;

	*use = service->use;
	use->cut_unseen = true;
	use->may_cut = service->settings.may_truncate[RQ_ROLE_DOCUMENT] || service->settings.may_truncate[RQ_ROLE_TOPIC];
	if (use->truncation[0] == '\0') /* no answer has given it away */
		snprintf(use->truncation, sizeof use->truncation, "%s",
		         use->may_cut ? "\"truncate\": true lets the service cut long texts, and it does not say which" : blind);
}

/* Seconds are the service's own matter, and unknown. Before the texts and after them it is asked for its model, where the protocol has a way. */
static void http_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	enum { BODY_BYTES = 64, TEXT_BYTES = 3 };
	const struct rq_http_options *options = config;
	uint64_t facts = rq_apis[options->api]->facts != NULL;
	double body = BODY_BYTES + (options->model == NULL ? 0 : (double)strlen(options->model));
	size_t batch = options->batch == 0 ? rq_apis[options->api]->batch : (size_t)options->batch;
	uint64_t tokens = rq_http_tokens(texts.bytes, texts.texts), by_count = (texts.texts + batch - 1) / batch;
	uint64_t by_tokens = (tokens + (uint64_t)options->batch_tokens - 1) / (uint64_t)options->batch_tokens;

	(void)fitted_on;
	*estimate =
		(struct rq_embedder_estimate){.dimension = (size_t)options->dimensions, .checks = facts, .identify = {.requests = 1 + facts, .sent = body}};
	if (texts.texts == 0)
		return;
	estimate->checks = facts ? (texts.texts + CHECKED * batch - 1) / (CHECKED * batch) : 0;
	estimate->tokens = tokens;
	estimate->requests = by_count > by_tokens ? by_count : by_tokens;
	estimate->embed =
		(struct rq_cost){.serial = NAN, .sent = (double)estimate->requests * body + (double)texts.bytes + TEXT_BYTES * (double)texts.texts};
}

const struct rq_embedder rq_embedder_http = {
	.name = "http",
	.help = "an embedding service over HTTP: OpenAI's protocol, text-embeddings-inference or Ollama",
	.citation = "OpenAI: Embeddings API reference; Hugging Face: text-embeddings-inference; Ollama: API documentation",
	.version = 1,
	.options = rq_http_options,
	.options_size = sizeof(struct rq_http_options),
	.immaterial = rq_http_immaterial,
	.check = http_check,
	.ready = http_ready,
	.open = http_open,
	.identify = http_identify,
	.assume = http_assume,
	.ask = http_ask,
	.use = http_use,
	.close = http_close,
	.estimate = http_estimate,
};
