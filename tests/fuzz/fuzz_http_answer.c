/* Answers of embedding services. The first byte picks the protocol, how many texts were asked for, and whether it is vectors, a refusal, or facts. */
#include "evalcore/embed/http/api.h"
#include "evalcore/embed/http/retry.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_vectors(const struct rq_api *api, size_t n, size_t dimension, const char *body, size_t size)
{
	struct rq_answer answer = {.n = n, .dimension = dimension};
	struct rq_error err = {0};

	if (rq_answer_read(&answer, api, body, size, &err) == RQ_OK) {
		if (answer.dimension == 0 || (dimension != 0 && answer.dimension != dimension) || memchr(answer.model, '\0', sizeof answer.model) == NULL)
			abort();
		for (size_t i = 0; i < n; i++)
			if (!answer.filled[i])
				abort();
		for (size_t i = 0; i < n * answer.dimension; i++)
			if (!isfinite(answer.vectors[i]))
				abort();
	} else if (err.text[0] == '\0') {
		abort();
	}
	rq_answer_release(&answer);
}

static void read_refusal(const char *body, size_t size)
{
	struct rq_wait_hints hints = {0};
	struct rq_refusal refusal;

	rq_refusal_read(&refusal, body, size);
	if (strlen(refusal.message) >= sizeof refusal.message || strpbrk(refusal.message, "\n\r\033") != NULL)
		abort();
	for (long status = 100; status < 600; status++)
		(void)rq_http_advice(status, &refusal);
	for (const char *line = body; line < body + size;) {
		const char *end = memchr(line, '\n', (size_t)(body + size - line));
		size_t length = end == NULL ? (size_t)(body + size - line) : (size_t)(end - line) + 1;
		rq_wait_hint(&hints, line, length);
		line += length;
	}
	double asked = rq_wait_asked(&hints, 784111777), hinted = rq_wait_hinted(&hints);
	if (!(asked == -1 || (asked >= 0 && isfinite(asked))) || !(hinted >= 0 && hinted <= 60))
		abort();
}

static void read_facts(const struct rq_api *api, const char *body, size_t size)
{
	struct rq_error err = {0};
	struct rq_api_facts facts = {0};
	rq_json *root;

	if (api->read_facts == NULL || rq_json_parse(&root, body, size, "facts", &err) != RQ_OK)
		return;
	if (api->read_facts(&facts, root, "m", &err) == RQ_OK && (facts.model[0] == '\0' || strpbrk(facts.fingerprint, "\n\033") != NULL))
		abort();
	rq_json_free(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct rq_api *api = rq_apis[data[0] % 3];
	size_t n = 1 + (data[0] >> 2) % 4;
	char *body = malloc(size);
	if (body == NULL)
		return 0;
	memcpy(body, data + 1, size - 1);
	body[size - 1] = '\0';
	read_vectors(api, n, 2, body, size - 1);
	read_vectors(api, 1, 0, body, size - 1);
	read_refusal(body, size - 1);
	read_facts(api, body, size - 1);
	free(body);
	return 0;
}
