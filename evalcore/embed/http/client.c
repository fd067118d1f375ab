/* Requests over HTTP, through libcurl's multi interface. Redirects are not followed: a key would go to whoever is named there. */
#include "evalcore/embed/http/client.h"
#include "evalcore/embed/http/curl.h"

#include "evalcore/base/secret.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A place for one request: its handle keeps the connection for the next. */
struct call {
	CURL *easy;
	void *tag;
	struct rq_http_reply reply;
	bool under_way, overflow, starved; /* starved: there was no memory for the answer */
	char words[CURL_ERROR_SIZE];
};

struct rq_http_client {
	const struct rq_http_settings *settings;
	CURLM *multi;
	struct curl_slist *headers;
	struct call *calls;
	size_t count;
};

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
	struct call *call = context;

	struct rq_buf *body = &call->reply.body;

	call->overflow = size * count > body->maximum - body->size;
	if (call->overflow)
		return 0;
	rq_buf_add(body, data, size * count);
	call->starved = body->failed;
	return call->starved ? 0 : size * count;
}

static size_t take_header(char *line, size_t size, size_t count, void *context)
{
	struct call *call = context;
	static const char LOCATION[] = "location:";

	if (size * count > 5 && memcmp(line, "HTTP/", 5) == 0) /* after a "100 Continue" or a proxy's answer comes another */
		call->reply.hints = (struct rq_wait_hints){0};
	rq_wait_hint(&call->reply.hints, line, size * count);
	if (size * count > sizeof LOCATION && strncasecmp(line, LOCATION, sizeof LOCATION - 1) == 0) {
		const char *value = line + sizeof LOCATION - 1;
		size_t left = size * count - (sizeof LOCATION - 1), end = 0;
		for (; left > 0 && *value == ' '; left--)
			value++;
		while (end < left && strchr("?#\r\n", value[end]) == NULL)
			end++;
		rq_secret_copy(call->reply.location, sizeof call->reply.location, value, end);
	}
	return size * count;
}

static enum rq_status prepare(struct rq_http_client *client, struct call *call, struct rq_error *err)
{
	const struct rq_http_settings *settings = client->settings;

	call->easy = curl_easy_init();
	if (call->easy == NULL)
		return rq_fail_memory(err);
	CURL *easy = call->easy;
	bool set = curl_easy_setopt(easy, CURLOPT_HTTPHEADER, client->headers) == CURLE_OK && curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->words) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK && curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) == CURLE_OK && curl_easy_setopt(easy, CURLOPT_PRIVATE, call) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK && curl_easy_setopt(easy, CURLOPT_USERAGENT, "rqgate") == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, lround(1e3 * settings->connect_timeout)) == CURLE_OK &&
	           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, lround(1e3 * settings->timeout)) == CURLE_OK &&
	           (settings->ca_file == NULL || curl_easy_setopt(easy, CURLOPT_CAINFO, settings->ca_file) == CURLE_OK);
	return set ? RQ_OK : rq_fail_memory(err);
}

enum rq_status rq_http_client_new(struct rq_http_client **out, const struct rq_http_settings *settings, struct rq_error *err)
{
	*out = NULL;
	RQ_TRY(rq_curl_ready(err));
	struct rq_http_client *client = calloc(1, sizeof *client);
	if (client == NULL)
		return rq_fail_memory(err);
	client->settings = settings;
	client->multi = curl_multi_init();
	client->calls = calloc(settings->concurrency, sizeof *client->calls);
	client->count = client->calls == NULL ? 0 : settings->concurrency;
	enum rq_status status = client->multi == NULL || client->calls == NULL ? rq_fail_memory(err) : RQ_OK;
	for (size_t i = 0; status == RQ_OK && i < settings->header_count; i++) {
		struct curl_slist *longer = curl_slist_append(client->headers, settings->headers[i]);
		client->headers = longer == NULL ? client->headers : longer;
		status = longer == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	if (status == RQ_OK)
		*out = client;
	else
		rq_http_client_free(client);
	return status;
}

void rq_http_client_break_off(struct rq_http_client *client)
{
	for (size_t i = 0; i < client->count; i++) {
		if (client->calls[i].under_way)
			curl_multi_remove_handle(client->multi, client->calls[i].easy);
		client->calls[i].under_way = false;
	}
}

void rq_http_client_free(struct rq_http_client *client)
{
	if (client == NULL)
		return;
	rq_http_client_break_off(client);
	for (size_t i = 0; i < client->count; i++) {
		curl_easy_cleanup(client->calls[i].easy);
		rq_buf_release(&client->calls[i].reply.body);
	}
	curl_multi_cleanup(client->multi);
	curl_slist_free_all(client->headers);
	free(client->calls);
	free(client);
}

static struct call *free_call(struct rq_http_client *client)
{
	for (size_t i = 0; i < client->count; i++)
		if (!client->calls[i].under_way)
			return &client->calls[i];
	return NULL;
}

enum rq_status rq_http_client_start(struct rq_http_client *client, void *tag, const char *url, const struct rq_buf *body, size_t most,
                                    struct rq_error *err)
{
	struct call *call = free_call(client);

	if (call == NULL)
		return rq_fail(err, RQ_E_INTERNAL, "more requests at once than there are places");
	if (call->easy == NULL)
		RQ_TRY(prepare(client, call, err));
	rq_buf_release(&call->reply.body);
	call->reply = (struct rq_http_reply){.body.maximum = most};
	call->tag = tag;
	call->overflow = call->starved = false;
	call->words[0] = '\0';
	CURLcode set = curl_easy_setopt(call->easy, CURLOPT_URL, url);
	if (set == CURLE_OK && body == NULL)
		set = curl_easy_setopt(call->easy, CURLOPT_HTTPGET, 1L);
	if (set == CURLE_OK && body != NULL)
		set = curl_easy_setopt(call->easy, CURLOPT_POST, 1L);
	if (set == CURLE_OK && body != NULL)
		set = curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
	if (set == CURLE_OK && body != NULL)
		set = curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, body->data);
	if (set != CURLE_OK || curl_multi_add_handle(client->multi, call->easy) != CURLM_OK)
		return rq_fail_memory(err);
	call->under_way = true;
	return RQ_OK;
}

static bool starved(const struct rq_http_client *client)
{
	for (size_t i = 0; i < client->count; i++)
		if (client->calls[i].under_way && client->calls[i].starved)
			return true;
	return false;
}

static int under_way(const struct rq_http_client *client)
{
	int count = 0;

	for (size_t i = 0; i < client->count; i++)
		count += client->calls[i].under_way;
	return count;
}

enum rq_status rq_http_client_wait(struct rq_http_client *client, double seconds, struct rq_error *err)
{
	int running;

	CURLMcode code = curl_multi_perform(client->multi, &running);
	if (code == CURLM_OK && seconds > 0 && running == under_way(client)) /* else a reply is there already, and nothing else need come */
		code = curl_multi_poll(client->multi, NULL, 0, (int)ceil(1e3 * seconds), NULL);
	if (code == CURLM_OK)
		code = curl_multi_perform(client->multi, &running);
	if (code == CURLM_OUT_OF_MEMORY || starved(client))
		return rq_fail_memory(err);
	return code == CURLM_OK ? RQ_OK : rq_fail(err, RQ_E_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
}

/* Has any of the request gone out? What times out before that has found no connection. */
static bool was_sent(const struct call *call)
{
	long bytes = 0;

	return curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &bytes) == CURLE_OK && bytes > 0;
}

static enum rq_http_problem problem_of(CURLcode code, const struct call *call)
{
	switch (code) {
	case CURLE_OK:
		return RQ_HTTP_NO_PROBLEM;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return RQ_HTTP_UNREACHABLE;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ISSUER_ERROR:
		return RQ_HTTP_UNTRUSTED;
	case CURLE_OPERATION_TIMEDOUT:
		return was_sent(call) ? RQ_HTTP_SLOW : RQ_HTTP_UNREACHABLE;
	default:
		return call->overflow ? RQ_HTTP_TOO_LARGE : RQ_HTTP_BROKEN;
	}
}

/* libcurl's words hold milliseconds and change between its versions; its own ones are told where they are worth it. */
static void explain(struct call *call, CURLcode code, const struct rq_http_settings *settings)
{
	struct rq_http_reply *reply = &call->reply;
	char *detail = reply->detail;
	size_t size = sizeof reply->detail;

	switch (reply->problem) {
	case RQ_HTTP_NO_PROBLEM:
		break;
	case RQ_HTTP_UNREACHABLE:
		if (code == CURLE_OPERATION_TIMEDOUT)
			snprintf(detail, size, "no connection within %.15g s", fmin(settings->connect_timeout, settings->timeout));
		else
			snprintf(detail, size, "%s",
			         code == CURLE_COULDNT_RESOLVE_PROXY ? "no host of the name of the environment's proxy is known"
			         : reply->no_such_host               ? "no host of that name is known"
			                                             : "nobody accepts connections there");
		break;
	case RQ_HTTP_SLOW:
		snprintf(detail, size, "no answer within %g s", settings->timeout);
		break;
	case RQ_HTTP_TOO_LARGE:
		snprintf(detail, size, "the answer is longer than %zu bytes", reply->body.maximum);
		break;
	case RQ_HTTP_UNTRUSTED:
		snprintf(detail, size, "%.*s", (int)size - 1,
		         code == CURLE_SSL_CONNECT_ERROR || call->words[0] == '\0' ? curl_easy_strerror(code) : call->words);
		break;
	case RQ_HTTP_BROKEN:
		snprintf(detail, size, "the connection ended in mid-answer (%s)", curl_easy_strerror(code));
		break;
	}
}

static void conclude(struct call *call, CURLcode code, const struct rq_http_settings *settings)
{
	struct rq_http_reply *reply = &call->reply;

	reply->problem = problem_of(code, call);
	reply->no_such_host = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
	explain(call, code, settings);
	if (reply->problem == RQ_HTTP_NO_PROBLEM)
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &reply->status);
}

bool rq_http_client_take(struct rq_http_client *client, void **tag, const struct rq_http_reply **reply)
{
	int left;

	for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left)) != NULL;) {
		struct call *call = NULL;
		CURLcode code = message->data.result;
		if (message->msg != CURLMSG_DONE || curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&call) != CURLE_OK || call == NULL)
			continue;
		conclude(call, code, client->settings);
		curl_multi_remove_handle(client->multi, call->easy);
		call->under_way = false;
		*tag = call->tag;
		*reply = &call->reply;
		return true;
	}
	return false;
}
