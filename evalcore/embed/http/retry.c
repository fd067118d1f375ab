/* What to do about an answer, and when to ask again. */
#include "evalcore/embed/http/retry.h"
#include "evalcore/embed/http/curl.h"

#include "evalcore/base/parse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const double WAIT_CAP = 30, HINT_CAP = 60; /* seconds */

static bool says(const struct rq_refusal *refusal, const char *words)
{
	return strcasestr(refusal->message, words) != NULL || strcasestr(refusal->code, words) != NULL;
}

/* Money does not come back by waiting. The code decides; words count where there is none, for a limit of requests a minute speaks of billing too. */
static bool is_out_of_quota(const struct rq_refusal *refusal)
{
	return refusal->code[0] != '\0' ? strcasestr(refusal->code, "insufficient_quota") != NULL
	                                : says(refusal, "insufficient_quota") || says(refusal, "exceeded your current quota");
}

/* llama.cpp and older Ollama say so with a 500. */
bool rq_http_is_too_long(const struct rq_refusal *refusal)
{
	return says(refusal, "too large to process") || says(refusal, "context length") || says(refusal, "input is too long") ||
	       (says(refusal, "must have less than") && says(refusal, "tokens"));
}

enum rq_http_verdict rq_http_judge(long status, const struct rq_refusal *refusal)
{
	switch (status) {
	case 400:
	case 413:
	case 422:
		return RQ_HTTP_TEXTS;
	case 429:
		return is_out_of_quota(refusal) ? RQ_HTTP_FINAL : RQ_HTTP_LIMITED;
	case 503:
	case 529:
		return RQ_HTTP_LIMITED;
	case 408:
	case 409:
	case 424: /* TEI: inference failed */
	case 425:
		return RQ_HTTP_AGAIN;
	case 501:
	case 505:
		return RQ_HTTP_FINAL;
	}
	if (status >= 500)
		return rq_http_is_too_long(refusal) ? RQ_HTTP_TEXTS : RQ_HTTP_AGAIN;
	return RQ_HTTP_FINAL;
}

const char *rq_http_advice(long status, const struct rq_refusal *refusal)
{
	switch (status) {
	case 400:
	case 422:
		return "look at model, dimensions and the bodies that the config adds";
	case 401:
	case 403:
		return "check the key, and which environment variable api_key_env or headers takes it from";
	case 402:
		return "the account has no credit";
	case 404:
	case 405:
		return "check url, api and model";
	case 407:
		return "the proxy wants a key; look at the environment's HTTP_PROXY and HTTPS_PROXY";
	case 429:
		return is_out_of_quota(refusal) ? "the account's quota is used up, so waiting does not help"
		                                : "lower concurrency, or raise attempts and max_wait";
	case 503:
		return "wait until the service is up, or raise attempts and max_wait";
	}
	return NULL;
}

void rq_wait_hint(struct rq_wait_hints *hints, const char *line, size_t size)
{
	const struct {
		const char *name;
		char *value;
		size_t size;
	} known[] = {
		{"retry-after", hints->retry_after, sizeof hints->retry_after},
		{"retry-after-ms", hints->retry_after_ms, sizeof hints->retry_after_ms},
		{"x-ratelimit-reset-requests", hints->reset_requests, sizeof hints->reset_requests},
		{"x-ratelimit-reset-tokens", hints->reset_tokens, sizeof hints->reset_tokens},
		{"x-ratelimit-remaining-requests", hints->remaining_requests, sizeof hints->remaining_requests},
		{"x-ratelimit-remaining-tokens", hints->remaining_tokens, sizeof hints->remaining_tokens},
	};
	const char *colon = memchr(line, ':', size);

	for (size_t i = 0; colon != NULL && i < sizeof known / sizeof *known; i++) {
		size_t name = (size_t)(colon - line), left = size - name - 1;
		const char *value = colon + 1;
		if (strlen(known[i].name) != name || strncasecmp(line, known[i].name, name) != 0)
			continue;
		for (; left > 0 && (*value == ' ' || *value == '\t'); left--)
			value++;
		while (left > 0 && strchr(" \t\r\n", value[left - 1]) != NULL)
			left--;
		if (left < known[i].size)
			snprintf(known[i].value, known[i].size, "%.*s", (int)left, value);
	}
}

static bool read_seconds(double *seconds, const char *text, double unit)
{
	double number;

	if (!rq_parse_f64(&number, text, strlen(text)) || !isfinite(number) || number < 0)
		return false;
	*seconds = number * unit;
	return true;
}

double rq_wait_asked(const struct rq_wait_hints *hints, time_t now)
{
	double seconds;

	if (read_seconds(&seconds, hints->retry_after_ms, 1e-3) || read_seconds(&seconds, hints->retry_after, 1))
		return seconds;
	time_t date = hints->retry_after[0] == '\0' || rq_curl_ready(NULL) != RQ_OK ? -1 : curl_getdate(hints->retry_after, NULL);
	return date == -1 ? -1 : fmax(0, difftime(date, now));
}

/* "6m0s", "1s", "20ms", as Go prints them. 0 where it is something else. */
static double go_duration(const char *text)
{
	double sum = 0, part;

	while (*text != '\0') {
		size_t number = strspn(text, "0123456789."), unit = strspn(text + number, "hmsnu");
		if (number == 0 || unit == 0 || !rq_parse_duration(&part, text, number + unit))
			return 0;
		sum += part;
		text += number + unit;
	}
	return sum;
}

double rq_wait_hinted(const struct rq_wait_hints *hints)
{
	double requests = strcmp(hints->remaining_requests, "0") == 0 ? go_duration(hints->reset_requests) : 0;
	double tokens = strcmp(hints->remaining_tokens, "0") == 0 ? go_duration(hints->reset_tokens) : 0;

	return fmin(HINT_CAP, fmax(requests, tokens));
}

double rq_wait_before(unsigned attempt, double first, double asked, struct rq_random *random)
{
	double most = fmin(WAIT_CAP, ldexp(first, attempt > 32 ? 31 : (int)attempt - 1)), jitter = rq_random_unit(random);

	return asked > 0 ? asked + fmin(first, most) * jitter : most * jitter;
}
