/* A service being asked. Work is cut into jobs, a request each. A job whose request keeps failing is halved until the text at fault stands alone, and
 * that text is given up on; but first something else must have come through meanwhile (a probe, if need be), else it is the service that is at fault,
 * and an error. */
#include "evalcore/embed/http/service.h"

#include "evalcore/base/hash.h"
#include "evalcore/base/system.h"
#include "evalcore/base/words.h"
#include "evalcore/embed/http/batch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	NANOS = 1000000000,
	GIVEN_UP_MOST = 16,       /* texts refused one after another, until the service is doubted */
	COMPANY_ATTEMPTS = 2,     /* of several texts, whose halves are asked next */
	ANSWER_SPARE = 1 << 20,   /* bytes of an answer around its numbers */
	ANSWER_NUMBER = 40,       /* bytes of a number, indented */
	ANSWER_UNKNOWN = 1 << 26, /* while the dimension is unknown */
	REASON_SIZE = 600,
};

static const double TICK = .1; /* seconds between looks at Ctrl-C */
static const char *const probe_text[] = {"a short text to find out about the model"};
static const size_t probe_row[] = {0};

enum job_kind { TEXTS, PROBE, FACTS };

struct job {
	enum job_kind kind;
	const char *const *texts;
	const size_t *rows;
	size_t count;
	bool flying, doubted, refused;
	unsigned attempts, sent;  /* sent: with those before it was halved */
	uint64_t first, since, due; /* ns: its texts sent first, it sent first, to be sent next */
	double waited;
	char reason[REASON_SIZE];
	struct rq_buf body;
};

/* One call of ask() or identify(). */
struct errand {
	struct rq_http_service *service;
	const struct rq_embed_work *work; /* NULL: none */
	enum rq_role role;
	struct rq_request_limit *limit;
	uint64_t reserve; /* requests of the limit that are not for this errand */
	const size_t *rows;
	size_t row_count, next;
	struct job **jobs;
	size_t count, capacity, flying;
	bool limit_reached;
};

static void free_job(struct job *job)
{
	rq_buf_release(&job->body);
	free(job);
}

static void errand_release(struct errand *errand)
{
	rq_http_client_break_off(errand->service->client); /* it borrows the jobs' bodies */
	for (size_t i = 0; i < errand->count; i++)
		free_job(errand->jobs[i]);
	free(errand->jobs);
}

static enum rq_status add_job(struct job **out, struct errand *errand, enum job_kind kind, struct rq_error *err)
{
	struct job *job = calloc(1, sizeof *job);

	if (job == NULL || !RQ_RESERVE(errand->jobs, errand->capacity, errand->count + 1)) {
		free(job);
		return rq_fail_memory(err);
	}
	job->kind = kind;
	if (kind == PROBE) {
		job->texts = probe_text;
		job->rows = probe_row;
		job->count = 1;
	}
	errand->jobs[errand->count++] = job;
	*out = job;
	return RQ_OK;
}

static void remove_job(struct errand *errand, struct job *job)
{
	size_t kept = 0;

	for (size_t i = 0; i < errand->count; i++)
		if (errand->jobs[i] != job)
			errand->jobs[kept++] = errand->jobs[i];
	errand->count = kept;
	free_job(job);
}

static const char *address_of(const struct rq_http_service *service, const struct job *job)
{
	return job->kind == FACTS ? service->settings.facts_address : service->settings.address;
}

/* ---- sending ---- */

static enum rq_status write_body(struct errand *errand, struct job *job, struct rq_error *err)
{
	const struct rq_http_settings *settings = &errand->service->settings;

	rq_buf_release(&job->body);
	job->body = (struct rq_buf){0};
	rq_buf_puts(&job->body, settings->body[errand->role][errand->service->base64]);
	rq_http_write_texts(&job->body, job->texts, job->rows, job->count, settings->prefix[errand->role]);
	rq_buf_puts(&job->body, "}");
	return rq_buf_check(&job->body, err);
}

static enum rq_status send_job(struct errand *errand, struct job *job, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	bool facts = job->kind == FACTS;
	size_t dimension = service->identity.dimension;
	size_t most = facts || dimension == 0 ? ANSWER_UNKNOWN : ANSWER_SPARE + job->count * dimension * ANSWER_NUMBER;

	if (!facts)
		RQ_TRY(write_body(errand, job, err));
	RQ_TRY(rq_http_client_start(service->client, job, facts ? service->settings.facts_url : service->settings.url, facts ? NULL : &job->body, most,
	                            err));
	uint64_t now = rq_clock_ns();
	job->since = job->attempts == 0 ? now : job->since;
	job->first = job->sent == 0 ? now : job->first;
	service->use.retries += job->sent > 0;
	service->use.requests++;
	service->use.sent += (double)job->body.size;
	if (errand->limit != NULL)
		errand->limit->sent++;
	job->attempts++;
	job->sent++;
	job->flying = true;
	errand->flying++;
	return RQ_OK;
}

static struct job *due_job(const struct errand *errand, uint64_t now)
{
	for (size_t i = 0; i < errand->count; i++)
		if (!errand->jobs[i]->flying && !errand->jobs[i]->doubted && errand->jobs[i]->due <= now)
			return errand->jobs[i];
	return NULL;
}

static enum rq_status cut_job(struct job **job, struct errand *errand, struct rq_error *err)
{
	const struct rq_http_settings *settings = &errand->service->settings;
	const size_t *rows = errand->rows + errand->next;

	RQ_TRY(add_job(job, errand, TEXTS, err));
	(*job)->texts = errand->work->texts;
	(*job)->rows = rows;
	(*job)->count = rq_http_batch(errand->work->texts, rows, errand->row_count - errand->next, strlen(settings->prefix[errand->role]),
	                              errand->service->batch, settings->batch_tokens);
	errand->next += (*job)->count;
	return RQ_OK;
}

static enum rq_status send_due(struct errand *errand, struct rq_error *err)
{
	uint64_t now = rq_clock_ns();

	while (errand->flying < (size_t)errand->service->allowed && now >= errand->service->paused_until && !errand->limit_reached) {
		struct job *job = due_job(errand, now);
		if (job == NULL && errand->next == errand->row_count)
			return RQ_OK;
		if (errand->limit != NULL && errand->limit->limited && errand->limit->sent + errand->reserve >= errand->limit->most) {
			errand->limit_reached = true; /* what is under way has been paid for, and is waited for */
			return RQ_OK;
		}
		if (job == NULL)
			RQ_TRY(cut_job(&job, errand, err));
		RQ_TRY(send_job(errand, job, err));
	}
	return RQ_OK;
}

/* ---- who answers ---- */

static enum rq_status check_model(struct rq_http_service *service, const char *model, struct rq_error *err)
{
	struct rq_identity *identity = &service->identity;

	if (model[0] == '\0' || strcmp(model, identity->model) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_UNAVAILABLE,
	               "%s: the service changed its model from \"%s\" to \"%s\" after %s text%s; vectors of two models do not compare, so see to it that one "
	               "answers, and run again",
	               service->settings.address, identity->model, model, rq_grouped(service->use.texts).text, service->use.texts == 1 ? "" : "s");
}

/* Of an address that is too long its end gives way to a hash. Two addresses that differ in their query may be two deployments. */
static void fingerprint_of(char *out, size_t size, const char *model, const struct rq_http_settings *settings)
{
	char whole[4096];
	int length = snprintf(whole, sizeof whole, "%s @ %s%s", model, settings->address, settings->query_mark);

	if (length >= 0 && (size_t)length < size)
		memcpy(out, whole, (size_t)length + 1);
	else
		snprintf(out, size, "%.*s...%016llx%s", (int)size - 48, whole, (unsigned long long)rq_hash64(settings->address, strlen(settings->address)), settings->query_mark);
}

static enum rq_status take_facts(struct rq_http_service *service, const struct rq_api_facts *facts, struct rq_error *err)
{
	struct rq_identity *identity = &service->identity, now = {0};

	snprintf(now.model, sizeof now.model, "%s", facts->model);
	now.digest = facts->fingerprint[0] != '\0';
	if (now.digest)
		snprintf(now.fingerprint, sizeof now.fingerprint, "%.160s%s", facts->fingerprint, service->settings.query_mark);
	else
		fingerprint_of(now.fingerprint, sizeof now.fingerprint, facts->model, &service->settings);
	if (facts->batch > 0 && facts->batch < service->batch)
		service->batch = facts->batch;
	if (identity->fingerprint[0] == '\0')
		*identity = now;
	if (strcmp(identity->fingerprint, now.fingerprint) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_UNAVAILABLE,
	               "%s: the service changed its model from \"%s\" (%s) to \"%s\" (%s); vectors of two models do not compare, so see to it that one "
	               "answers, and run again",
	               service->settings.address, identity->model, identity->fingerprint, now.model, now.fingerprint);
}

/* ---- what an answer means ---- */

static enum rq_status settle(struct errand *errand, struct job *job, struct rq_error *err);

/* Something came through: what was doubted meanwhile is its texts' own fault. */
static enum rq_status note_good(struct errand *errand, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;

	service->last_good = rq_clock_ns();
	service->given_up = 0;
	service->base64_proven = true;
	service->allowed = fmin((double)service->settings.concurrency, service->allowed + 1 / service->allowed);
	for (size_t i = 0; i < errand->count;) {
		struct job *job = errand->jobs[i];
		if (job->doubted)
			RQ_TRY(settle(errand, job, err)); /* takes its place in the list away */
		else
			i++;
	}
	return RQ_OK;
}

static void note_truncation(struct rq_http_service *service, const struct job *job, uint64_t tokens)
{
	if (tokens == 0 || rq_http_words(job->texts, job->rows, job->count) <= tokens)
		return;
	service->use.truncated++;
	snprintf(service->use.truncation, sizeof service->use.truncation,
	         "the texts of %zu request%s have more words than the service counts tokens, so at least one of each was cut", service->use.truncated,
	         service->use.truncated == 1 ? "" : "s");
}

static enum rq_status deliver(struct errand *errand, struct job *job, const struct rq_answer *answer, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;

	if (service->identity.fingerprint[0] == '\0') {
		const char *model = answer->model[0] != '\0' ? answer->model : service->settings.model != NULL ? service->settings.model : "";
		snprintf(service->identity.model, sizeof service->identity.model, "%s", model);
		service->identity.untold = model[0] == '\0';
		fingerprint_of(service->identity.fingerprint, sizeof service->identity.fingerprint, model, &service->settings);
	} else if (service->identity.dimension == 0 && answer->model[0] != '\0') { /* facts have been told under a longer name */
		snprintf(service->identity.model, sizeof service->identity.model, "%s", answer->model);
	}
	RQ_TRY(check_model(service, answer->model, err));
	if (service->identity.dimension == 0)
		rq_identity_sketch(&service->identity, answer->vectors, answer->dimension);
	service->identity.dimension = answer->dimension;
	service->use.tokens += answer->tokens;
	if (job->kind == TEXTS) {
		note_truncation(service, job, answer->tokens);
		service->use.texts += job->count;
		RQ_TRY(errand->work->arrived(errand->work->context, job->rows, job->count, answer->vectors, err));
		rq_progress_add(errand->work->progress, job->count);
	}
	remove_job(errand, job);
	return note_good(errand, err);
}

static enum rq_status give_up(struct errand *errand, struct job *job, struct rq_error *err)
{
	double seconds = (double)(rq_clock_ns() - job->first) / NANOS;

	errand->service->given_up++;
	RQ_TRY(errand->work->failed(errand->work->context, job->rows[0], job->reason, job->sent, seconds, err));
	rq_progress_add(errand->work->progress, 1);
	remove_job(errand, job);
	return RQ_OK;
}

/* The service is well, so the fault is the texts': found by halving. */
static enum rq_status settle(struct errand *errand, struct job *job, struct rq_error *err)
{
	struct job *half;

	if (job->count == 1)
		return give_up(errand, job, err);
	RQ_TRY(add_job(&half, errand, TEXTS, err));
	half->texts = job->texts;
	half->count = job->count / 2;
	half->rows = job->rows + (job->count - half->count);
	half->sent = job->sent;
	half->first = job->first;
	job->count -= half->count;
	job->attempts = 0;
	job->waited = 0;
	job->doubted = job->refused = false;
	job->due = 0;
	return RQ_OK;
}

static enum rq_status fail_job(const struct errand *errand, const struct job *job, const char *advice, struct rq_error *err)
{
	char attempts[32] = "";

	if (job->attempts > 1)
		snprintf(attempts, sizeof attempts, ", %u times", job->attempts);
	return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %s%s%s%s", address_of(errand->service, job), job->reason, attempts, advice == NULL ? "" : "; ",
	               advice == NULL ? "" : advice);
}

static enum rq_status exhausted(struct errand *errand, struct job *job, const char *advice, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	bool probing = false;
	struct job *probe;

	if (job->kind != TEXTS)
		return fail_job(errand, job, advice, err);
	if (service->last_good > job->since || (job->refused && service->last_good != 0 && service->given_up < GIVEN_UP_MOST))
		return settle(errand, job, err);
	job->doubted = true;
	for (size_t i = 0; i < errand->count; i++)
		probing |= errand->jobs[i]->kind == PROBE;
	return probing ? RQ_OK : add_job(&probe, errand, PROBE, err);
}

static enum rq_status again(struct errand *errand, struct job *job, const struct rq_wait_hints *hints, bool limited, unsigned attempts,
                            const char *advice, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	const struct rq_http_settings *settings = &service->settings;
	double left = settings->max_wait - job->waited, asked = rq_wait_asked(hints, time(NULL));
	uint64_t now = rq_clock_ns();

	if (asked > left)
		return rq_fail(err, RQ_E_UNAVAILABLE,
		               "%s: %s, and asks to wait %.15g s, which is more than max_wait (%.15g s) leaves; raise it, or come back later",
		               address_of(service, job), job->reason, asked, settings->max_wait);
	if (asked < 0 && limited)
		asked = fmin(left, rq_wait_hinted(hints));
	double wait = rq_wait_before(job->attempts, settings->backoff, asked, &service->random);
	if (job->attempts >= attempts || wait > left)
		return limited ? fail_job(errand, job, advice, err) : exhausted(errand, job, advice, err);
	job->waited += wait;
	service->use.waited += wait;
	job->due = now + (uint64_t)(wait * NANOS);
	if (limited && now >= service->paused_until)
		service->allowed = fmax(1, service->allowed / 2);
	uint64_t until = now + (uint64_t)(fmax(0, asked) * NANOS);
	if (limited && until > service->paused_until) /* for everybody, not only for the request that happened to hear it */
		service->paused_until = until;
	return RQ_OK;
}

/* Where anything has come through, a fault is likely to be one text's, which halving finds at fewer requests. */
static unsigned attempts_of(const struct rq_http_service *service, const struct job *job)
{
	unsigned most = service->settings.attempts;

	return job->count > 1 && service->last_good != 0 && most > COMPANY_ATTEMPTS ? COMPANY_ATTEMPTS : most;
}

static enum rq_status on_facts(struct errand *errand, struct job *job, const struct rq_http_reply *reply, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_api_facts facts = {0};
	struct rq_error told = {0};

	enum rq_status status = rq_json_parse(&root, reply->body.data == NULL ? "" : reply->body.data, reply->body.size, "the answer", &told);
	if (status == RQ_OK)
		status = service->settings.api->read_facts(&facts, root, service->settings.model, &told);
	if (status == RQ_E_DATA) {
		snprintf(job->reason, sizeof job->reason, "%.*s", REASON_SIZE - 1, told.text);
		return again(errand, job, &reply->hints, false, service->settings.attempts, "check url and api", err);
	}
	if (status != RQ_OK)
		return rq_fail(err, status, "%s: %s", service->settings.facts_address, told.text);
	RQ_TRY(take_facts(service, &facts, err));
	remove_job(errand, job);
	return RQ_OK;
}

static enum rq_status on_vectors(struct errand *errand, struct job *job, const struct rq_http_reply *reply, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	size_t expected = service->identity.dimension != 0 ? service->identity.dimension : service->settings.dimension;
	RQ_CLEANUP(rq_answer_release) struct rq_answer answer = {.n = job->count, .dimension = expected};
	struct rq_error told = {0};

	enum rq_status status = rq_answer_read(&answer, service->settings.api, reply->body.data == NULL ? "" : reply->body.data, reply->body.size, &told);
	if (status == RQ_OK)
		return deliver(errand, job, &answer, err);
	if (status != RQ_E_DATA)
		return rq_fail(err, status, "%s", told.text);
	if (job->kind == PROBE && answer.other != 0 && service->identity.dimension != 0 && service->use.texts == 0) {
		service->use.misheard = true;
		return rq_fail(err, RQ_E_UNAVAILABLE, "%s: the service gave the same text first a vector of %zu dimensions and then one of %zu; see to it that one model answers, "
		               "and run again", service->settings.address, service->identity.dimension, answer.other);
	}
	snprintf(job->reason, sizeof job->reason, "%.*s", REASON_SIZE - 1, told.text);
	return again(errand, job, &reply->hints, false, attempts_of(service, job), "check url, api, model and dimensions", err);
}

static enum rq_status on_problem(struct errand *errand, struct job *job, const struct rq_http_reply *reply, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	bool unheard = reply->problem == RQ_HTTP_UNREACHABLE || reply->problem == RQ_HTTP_UNTRUSTED;

	snprintf(job->reason, sizeof job->reason, "%s", reply->detail);
	if (reply->problem == RQ_HTTP_UNTRUSTED)
		return fail_job(errand, job, "check whether it speaks https, and name a certificate of your own in ca_file", err);
	if (reply->no_such_host && service->last_good == 0)
		return fail_job(errand, job, "check url", err);
	if (unheard && job->attempts >= service->settings.attempts)
		return fail_job(errand, job, "start the service, or check url", err);
	return again(errand, job, &reply->hints, unheard, unheard ? service->settings.attempts : attempts_of(service, job),
	             unheard ? "start the service, or check url" : "raise timeout, or lower batch", err);
}

/* Cutting is forbidden unless the config allows it, so it has to say how. */
static void add_way_on(const struct errand *errand, struct job *job, const struct rq_refusal *refusal)
{
	const struct rq_http_settings *settings = &errand->service->settings;
	size_t length = strlen(job->reason);

	if (settings->api->truncates && !settings->may_truncate[errand->role] && rq_http_is_too_long(refusal))
		snprintf(job->reason + length, sizeof job->reason - length, "; \"%s\": {\"truncate\": true} lets it cut the text",
		         errand->role == RQ_ROLE_TOPIC ? "query_body" : "document_body");
}

static enum rq_status on_refusal(struct errand *errand, struct job *job, const struct rq_http_reply *reply, struct rq_error *err)
{
	struct rq_http_service *service = errand->service;
	struct rq_refusal refusal;

	rq_refusal_read(&refusal, reply->body.data, reply->body.size);
	enum rq_http_verdict verdict = rq_http_judge(reply->status, &refusal);
	const char *advice = rq_http_advice(reply->status, &refusal);
	snprintf(job->reason, sizeof job->reason, refusal.message[0] == '\0' ? "the service answers %ld" : "the service answers %ld: \"%s\"",
	         reply->status, refusal.message);
	if (reply->status >= 300 && reply->status < 400)
		return rq_fail(err, RQ_E_UNAVAILABLE,
		               "%s: %s, a redirect to \"%s\", which is not followed, so that no key goes elsewhere; if that is the service, write it as url",
		               address_of(service, job), job->reason, reply->location);
	if (job->kind == FACTS && (reply->status == 404 || reply->status == 405)) { /* something in between passes on no more than the vectors' path */
		if (service->identity.digest)
			return rq_fail(err, RQ_E_UNAVAILABLE, "%s: %s, so it no longer says which model it has, which was \"%s\" (%s); vectors of two models do not compare, so see to it "
			               "that one answers, and run again", address_of(service, job), job->reason, service->identity.model, service->identity.fingerprint);
		remove_job(errand, job);
		return RQ_OK;
	}
	if (verdict == RQ_HTTP_FINAL)
		return fail_job(errand, job, advice, err);
	if (verdict == RQ_HTTP_LIMITED)
		return again(errand, job, &reply->hints, true, service->settings.attempts, advice, err);
	if (verdict == RQ_HTTP_AGAIN)
		return again(errand, job, &reply->hints, false, attempts_of(service, job), advice, err);
	if (service->base64 && !service->base64_proven) { /* not the texts, but how the vectors were asked for? */
		service->base64 = false;
		job->attempts = 0;
		job->due = 0;
		return RQ_OK;
	}
	if (job->count > 1 && strcasestr(refusal.message, "batch size") != NULL)
		service->batch = (job->count + 1) / 2 < service->batch ? (job->count + 1) / 2 : service->batch;
	job->refused = true;
	add_way_on(errand, job, &refusal);
	return exhausted(errand, job, advice, err);
}

static enum rq_status on_reply(struct errand *errand, struct job *job, const struct rq_http_reply *reply, struct rq_error *err)
{
	job->flying = false;
	errand->flying--;
	rq_buf_release(&job->body);
	if (reply->problem != RQ_HTTP_NO_PROBLEM)
		return on_problem(errand, job, reply, err);
	if (reply->status < 200 || reply->status >= 300)
		return on_refusal(errand, job, reply, err);
	return job->kind == FACTS ? on_facts(errand, job, reply, err) : on_vectors(errand, job, reply, err);
}

/* ---- the loop ---- */

static double until_due(const struct errand *errand)
{
	uint64_t now = rq_clock_ns();
	double wait = TICK;

	if (errand->limit_reached || errand->flying >= (size_t)errand->service->allowed)
		return wait;
	for (size_t i = 0; i < errand->count; i++) {
		const struct job *job = errand->jobs[i];
		uint64_t due = job->due > errand->service->paused_until ? job->due : errand->service->paused_until;
		if (!job->flying && !job->doubted)
			wait = fmin(wait, due <= now ? 0 : (double)(due - now) / NANOS);
	}
	return wait;
}

static enum rq_status run(struct errand *errand, struct rq_error *err)
{
	const struct rq_http_reply *reply;
	void *job;

	while (errand->count > 0 || errand->next < errand->row_count) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(send_due(errand, err));
		if (errand->limit_reached && errand->flying == 0)
			return rq_fail(err, RQ_E_UNAVAILABLE, "the %s request%s that --max-requests allows have been sent; raise it to go on from here",
			               rq_grouped(errand->limit->most).text, errand->limit->most == 1 ? "" : "s");
		RQ_TRY(rq_http_client_wait(errand->service->client, until_due(errand), err));
		while (rq_http_client_take(errand->service->client, &job, &reply))
			RQ_TRY(on_reply(errand, job, reply, err));
	}
	return RQ_OK;
}

static enum rq_status run_one(struct rq_http_service *service, enum job_kind kind, struct rq_request_limit *limit, struct rq_error *err)
{
	RQ_CLEANUP(errand_release) struct errand errand = {.service = service, .role = RQ_ROLE_TOPIC, .limit = limit};
	struct job *job;

	RQ_TRY(add_job(&job, &errand, kind, err));
	return run(&errand, err);
}

enum rq_status rq_http_ask_facts(struct rq_http_service *service, struct rq_request_limit *limit, struct rq_error *err)
{
	return service->settings.facts_url == NULL ? RQ_OK : run_one(service, FACTS, limit, err);
}

enum rq_status rq_http_probe(struct rq_http_service *service, struct rq_request_limit *limit, struct rq_error *err)
{
	return run_one(service, PROBE, limit, err);
}

enum rq_status rq_http_ask_texts(struct rq_http_service *service, const struct rq_embed_work *work, const size_t *rows, size_t count, uint64_t reserve,
                                 struct rq_error *err)
{
	RQ_CLEANUP(errand_release) struct errand errand = {
		.service = service, .work = work, .role = work->role, .limit = work->limit, .reserve = reserve, .rows = rows, .row_count = count};

	return run(&errand, err);
}
