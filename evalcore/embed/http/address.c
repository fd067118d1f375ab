/* Addresses of services. */
#include "evalcore/embed/http/address.h"
#include "evalcore/embed/http/curl.h"

#include "evalcore/base/hash.h"
#include "evalcore/base/secret.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *text, const char *ending)
{
	size_t length = strlen(text), wanted = strlen(ending);

	return length >= wanted && strcmp(text + length - wanted, ending) == 0;
}

static int digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

bool rq_http_names_secret(const char *name)
{
	static const char *const parts[] = {"authorization", "apikey", "token", "secret", "password", "passwd", "passphrase", "cookie", "credential", "signature", "jwt"};
	char plain[512];
	size_t length = 0;

	for (; *name != '\0' && length + 1 < sizeof plain; name++) {
		char c = *name;
		if (c == '%' && isxdigit((unsigned char)name[1]) && isxdigit((unsigned char)name[2])) { /* "api%5Fkey" */
			c = (char)(16 * digit(name[1]) + digit(name[2]));
			name += 2;
		}
		if (isalnum((unsigned char)c))
			plain[length++] = (char)tolower((unsigned char)c);
	}
	plain[length] = '\0';
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strstr(plain, parts[i]) != NULL)
			return true;
	return ends_with(plain, "key") || strcmp(plain, "pwd") == 0 || strcmp(plain, "sig") == 0 || strcmp(plain, "auth") == 0 || strcmp(plain, "xauth") == 0;
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

/* The parts with this path, as one string. */
static enum rq_status put_together(char **out, CURLU *parts, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char *url = NULL;

	if (curl_url_set(parts, CURLUPART_PATH, path, 0) == CURLUE_OK && curl_url_get(parts, CURLUPART_URL, &url, 0) == CURLUE_OK)
		*out = rq_arena_strdup(arena, url);
	curl_free(url);
	return *out == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* A hash alone: what a query says is nobody's business in a report. */
static enum rq_status mark_query(char **mark, CURLU *parts, struct rq_arena *arena, struct rq_error *err)
{
	char *query = NULL;

	if (curl_url_get(parts, CURLUPART_QUERY, &query, 0) == CURLUE_OK && query[0] != '\0')
		*mark = rq_arena_printf(arena, " ?%016llx", (unsigned long long)rq_hash64(query, strlen(query)));
	else
		*mark = rq_arena_strdup(arena, "");
	curl_free(query);
	return *mark == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status assemble(struct rq_http_address *address, CURLU *parts, const struct rq_api *api, struct rq_arena *arena, struct rq_error *err)
{
	char *path = NULL;

	if (curl_url_get(parts, CURLUPART_PATH, &path, 0) != CURLUE_OK)
		return rq_fail_memory(err);
	char *whole = whole_path(path, api, arena), *facts = NULL;
	curl_free(path);
	if (whole != NULL && api->facts != NULL)
		facts = rq_arena_printf(arena, "%.*s%s", (int)(strlen(whole) - strlen(api->leaf)), whole, api->facts);
	if (whole == NULL || (api->facts != NULL && facts == NULL))
		return rq_fail_memory(err);
	RQ_TRY(mark_query(&address->query_mark, parts, arena, err));
	RQ_TRY(put_together(&address->url, parts, whole, arena, err));
	if (facts != NULL)
		RQ_TRY(put_together(&address->facts_url, parts, facts, arena, err));
	(void)curl_url_set(parts, CURLUPART_QUERY, NULL, 0);
	RQ_TRY(put_together(&address->shown, parts, whole, arena, err));
	return facts == NULL ? RQ_OK : put_together(&address->facts_shown, parts, facts, arena, err);
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
