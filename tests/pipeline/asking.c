#include "asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asking_service service;
struct asking_lab lab;
unsigned asking_told;

static const struct rq_option service_options[] = {
	{.name = "url", .type = RQ_OPTION_STRING, .offset = offsetof(struct service_options, url), .help = "where it is"},
	RQ_OPTIONS_END,
};

static enum rq_status service_open(void **state, const void *options, const char *model, size_t model_size, struct rq_error *err)
{
	(void)options;
	(void)model;
	(void)model_size;
	(void)err;
	*state = &service;
	return RQ_OK;
}

static enum rq_status service_identify(void *state, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err)
{
	(void)state;
	service.identified++;
	limit->sent++;
	if (service.fingerprint == NULL)
		return rq_fail(err, RQ_E_UNAVAILABLE, "nobody answers");
	snprintf(identity->model, sizeof identity->model, "made-up");
	snprintf(identity->fingerprint, sizeof identity->fingerprint, "%s", service.fingerprint);
	identity->dimension = service.misheard && service.identified == 1 ? DIMENSION - 1 : DIMENSION;
	identity->digest = !service.named;
	rq_identity_sketch(identity, (float[DIMENSION]){service.probe, 1, -2, .5f}, DIMENSION);
	return RQ_OK;
}

static void service_assume(void *state, const struct rq_identity *identity)
{
	(void)state;
	ck_assert_uint_eq(identity->dimension, DIMENSION);
}

static void embed_one(float *vector, const char *text)
{
	uint64_t seed = rq_hash64(text, strlen(text));

	for (size_t i = 0; i < DIMENSION; i++)
		vector[i] = (float)((seed >> i) & 0xFFF) + 1;
}

static enum rq_status service_ask(void *state, const struct rq_embed_work *work, struct rq_error *err)
{
	float vectors[BATCH * DIMENSION];
	size_t rows[BATCH];
	char byte;

	(void)state;
	if (service.misheard && service.identified == 1)
		return rq_fail(err, RQ_E_UNAVAILABLE, "two dimensions");
	for (size_t end = work->count; end > 0;) { /* from the last text to the first: the order is the service's */
		size_t n = 0;
		if (work->limit->limited && work->limit->sent == work->limit->most)
			return rq_fail(err, RQ_E_UNAVAILABLE, "no further request is allowed");
		if (service.down_after > 0 && service.texts >= service.down_after)
			return rq_fail(err, RQ_E_UNAVAILABLE, "the service is down");
		work->limit->sent++;
		for (unsigned i = 0; work->fleeting && i < service.retries; i++) {
			if (work->limit->limited && work->limit->sent == work->limit->most)
				return rq_fail(err, RQ_E_UNAVAILABLE, "no further request is allowed");
			work->limit->sent++;
		}
		for (; n < BATCH && end > 0; n++)
			rows[n] = --end;
		service.texts += n;
		if (service.slow_until >= 0)
			ck_assert_int_eq(read(service.slow_until, &byte, 1), 1);
		size_t good = 0;
		for (size_t i = 0; i < n; i++) {
			const char *text = work->texts[rows[i]];
			if (service.refused != NULL && strstr(text, service.refused) != NULL) {
				RQ_TRY(work->failed(work->context, rows[i], "it does not like that", 2, .5, err));
				continue;
			}
			embed_one(vectors + good * DIMENSION, text);
			rows[good++] = rows[i];
		}
		RQ_TRY(work->arrived(work->context, rows, good, vectors, err));
	}
	return RQ_OK;
}

static void service_use(const void *state, struct rq_service_use *use)
{
	(void)state;
	use->texts = service.texts;
	use->misheard = service.misheard && service.identified == 1;
}

static void service_close(void *state)
{
	(void)state;
}

static void service_estimate(struct rq_embedder_estimate *estimate, const void *options, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	(void)options;
	(void)fitted_on;
	*estimate = (struct rq_embedder_estimate){.requests = (texts.texts + BATCH - 1) / BATCH, .tokens = texts.bytes / 4};
}

static const struct rq_embedder embedder = {
	.name = "service", .help = "of a test", .citation = "none", .version = 1, .options = service_options, .options_size = sizeof(struct service_options),
	.open = service_open, .identify = service_identify, .assume = service_assume, .ask = service_ask, .use = service_use, .close = service_close, .estimate = service_estimate,
};

/* ---- what it embeds ---- */

static void count_told(const char *text)
{
	ck_assert_str_eq(text, "waiting for another run that embeds with the same model");
	asking_told++;
	if (service.release >= 0)
		ck_assert(write(service.release, "", 1) == 1);
}

void asking_build(void)
{
	memset(&lab, 0, sizeof lab);
	memset(&service, 0, sizeof service);
	service.fingerprint = "sha one";
	service.slow_until = service.release = -1;
	for (size_t i = 0; i < DOCUMENTS + TOPICS; i++) {
		snprintf(lab.texts[i], sizeof lab.texts[i], "text number %zu", i == 3 ? 2 : i);
		snprintf(lab.ids[i], sizeof lab.ids[i], "%c%zu", i < DOCUMENTS ? 'd' : 't', i);
	}
	snprintf(lab.texts[4], sizeof lab.texts[4], " \n");
	for (size_t i = 0; i < DOCUMENTS; i++)
		lab.documents[i] = (struct rq_document){.id = lab.ids[i], .text = lab.texts[i]};
	for (size_t i = 0; i < TOPICS; i++)
		lab.topics[i] = (struct rq_topic){.id = lab.ids[DOCUMENTS + i], .text = lab.texts[DOCUMENTS + i]};
	lab.corpus = (struct rq_corpus){.documents = lab.documents, .count = DOCUMENTS};
	lab.topic_set = (struct rq_topics){.topics = lab.topics, .count = TOPICS};
	lab.options.url = "http://one";
	lab.side = (struct rq_side_config){
		.name = "baseline", .embedder_name = "mine", .embedder = &embedder, .embedder_options = &lab.options, .embedder_text = "{}"};
	lab.cache = (struct rq_cache){.folder = "cache"};
}

struct rq_embed_job asking_job(void)
{
	return (struct rq_embed_job){.side = &lab.side, .fit_corpus = &lab.corpus, .corpus = &lab.corpus, .topics = &lab.topic_set, .cache = &lab.cache, .limit = &lab.limit,
	                             .failures = &lab.failures, .tell = count_told};
}

void asking_embed(void)
{
	const struct rq_embed_job work = asking_job();

	rq_embedding_release(&lab.embedding);
	rq_failures_release(&lab.failures);
	lab.err = (struct rq_error){0};
	lab.limit.sent = 0;
	service.texts = service.identified = 0;
	lab.status = rq_embed_side(&lab.embedding, &work, &lab.err);
}

void asking_expect_vectors(void)
{
	ck_assert_msg(lab.status == RQ_OK, "%s", lab.err.text);
	for (size_t i = 0; i < DOCUMENTS + TOPICS; i++) {
		struct rq_vectors expected, *found = i < DOCUMENTS ? &lab.embedding.documents : &lab.embedding.topics;
		ck_assert_int_eq(rq_vectors_init(&expected, 1, DIMENSION, &lab.err), RQ_OK);
		memset(expected.data, 0, DIMENSION * sizeof(float));
		if (i != 4)
			embed_one(expected.data, lab.texts[i]);
		rq_vectors_normalise(&expected);
		ck_assert_msg(memcmp(expected.data, found->data + (i < DOCUMENTS ? i : i - DOCUMENTS) * DIMENSION, DIMENSION * sizeof(float)) == 0,
		              "%s has another vector", lab.ids[i]);
		rq_vectors_release(&expected);
	}
}

void asking_done(void)
{
	rq_embedding_release(&lab.embedding);
	rq_failures_release(&lab.failures);
}
