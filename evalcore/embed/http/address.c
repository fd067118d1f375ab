/* Addresses of services. */
#include "evalcore/embed/http/address.h"
#include "evalcore/embed/http/curl.h"

#include "evalcore/base/secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool rq_http_names_secret(const char *name)
{
	static const char *const parts[] = {"authorization", "apikey", "token", "secret", "password", "cookie", "credential", "signature"};
	char plain[128];
	size_t length = 0;

	for (; *name != '\0' && length + 1 < sizeof plain; name++)
		if (isalnum((unsigned char)*name))
			plain[length++] = (char)tolower((unsigned char)*name);
	plain[length] = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(plain, parts[i]) != NULL)
			return true;
	return strcmp(plain, "key") == 0 || strcmp(plain, "sig") == 0 || strcmp(plain, "auth") == 0 || strcmp(plain, "xauth") == 0;
}

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), wanted = strlen(ending);

	return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

/* "/v1" -> "/v1/embeddings"; "/v1/embeddings" stays. */
static char *whole_path(const char *path, const struct rq_api *api, struct rq_arena *arena)
{
	size_t length = strlen(path);

	while (length > 0 && path[length - 1] == '/')
		length--;
	char *base = rq_arena_strndup(arena, path, length);
	if (base == NULL || ends_with(base, api->leaf))
		return base;
	bool folder = length == 0 || (api->folder_always && !ends_with(base, api->folder));
	return rq_arena_printf(arena, "%s%s%s", base, folder ? api->folder : "", api->leaf);
}

static enum rq_status refuse_secrets(CURLU *parts, struct rq_error *err)
{
	static const CURLUPart hidden[] = {CURLUPART_USER, CURLUPART_PASSWORD};
	char *query = NULL;
	bool secret = false;

	for (size_t i = 0; i < 2; i++) {
		char *part = NULL;
		if (curl_url_get(parts, hidden[i], &part, CURLU_URLDECODE) == CURLUE_OK)
			secret = true;
		curl_free(part);
	}
	if (secret)
		return rq_fail(err, RQ_E_CONFIG,
		               "url: a user or password stands in it; take them out and write \"headers\": {\"Authorization\": \"Basic ${NAME}\"}, "
		               "with the value in the environment variable NAME");
	if (curl_url_get(parts, CURLUPART_QUERY, &query, 0) != CURLUE_OK)
		return RQ_OK;
	char *rest = query, *name;
	enum rq_status status = RQ_OK;
	while (status == RQ_OK && (name = strsep(&rest, "&")) != NULL) {
		name[strcspn(name, "=")] = '\0';
		if (rq_http_names_secret(name))
			status = rq_fail(err, RQ_E_CONFIG,
			                 "url: \"%s\" in its query is a secret; take it out and send it as a header, \"headers\": {\"NAME\": \"${VARIABLE}\"}, "
			                 "from an environment variable",
			                 name);
	}
	curl_free(query);
	return status;
}

static enum rq_status assemble(struct rq_http_address *address, CURLU *parts, const struct rq_api *api, struct rq_arena *arena, struct rq_error *err)
{
	char *path = NULL, *url = NULL;
	enum rq_status status = RQ_OK;

	if (curl_url_get(parts, CURLUPART_PATH, &path, 0) != CURLUE_OK)
		return rq_fail_memory(err);
	char *whole = whole_path(path, api, arena), *facts = NULL;
	curl_free(path);
	if (whole != NULL && api->facts != NULL)
		facts = rq_arena_printf(arena, "%.*s%s", (int)(strlen(whole) - strlen(api->leaf)), whole, api->facts);
	if (whole == NULL || (api->facts != NULL && facts == NULL))
		return rq_fail_memory(err);
	char **const urls[] = {&address->url, &address->shown, &address->facts_url};
	for (size_t i = 0; i < 3 && status == RQ_OK; i++) {
		const char *end = i == 2 ? facts : whole;
		if (end == NULL)
			break;
		if (i > 0)
			(void)curl_url_set(parts, CURLUPART_QUERY, NULL, 0);
		if (curl_url_set(parts, CURLUPART_PATH, end, 0) == CURLUE_OK && curl_url_get(parts, CURLUPART_URL, &url, 0) == CURLUE_OK)
			*urls[i] = rq_arena_strdup(arena, url);
		if (*urls[i] == NULL)
			status = rq_fail_memory(err);
		curl_free(url);
		url = NULL;
	}
	return status;
}

enum rq_status rq_http_address(struct rq_http_address *address, const char *url, const struct rq_api *api, struct rq_arena *arena,
                               struct rq_error *err)
{
	char *scheme = NULL;

	*address = (struct rq_http_address){0};
	RQ_TRY(rq_curl_ready(err));
	CURLU *parts = curl_url();
	if (parts == NULL)
		return rq_fail_memory(err);
	bool web = curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK && curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	           (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
	curl_free(scheme);
	(void)curl_url_set(parts, CURLUPART_FRAGMENT, NULL, 0);
	enum rq_status status = web ? refuse_secrets(parts, err)
	                            : rq_fail(err, RQ_E_CONFIG, "url: no address of the web; expected one such as \"http://127.0.0.1:8080%s\"", api->folder);
	if (status == RQ_OK)
		status = assemble(address, parts, api, arena, err);
	curl_url_cleanup(parts);
	return status;
}
