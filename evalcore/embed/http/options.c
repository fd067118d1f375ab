/* The options of the embedder http: their table, their check, and what the environment makes of them. */
#include "evalcore/embed/http/options.h"

#include "evalcore/base/file.h"
#include "evalcore/base/secret.h"
#include "evalcore/embed/http/address.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AT(member) .offset = offsetof(struct rq_http_options, member)
#define AN_OBJECT .type = RQ_OPTION_JSON, .schema = "{\"type\":\"object\"}"

static const char *const encodings[] = {"base64", "float", NULL};

const struct rq_option rq_http_options[] = {
	{.name = "api", .type = RQ_OPTION_CHOICE, AT(api), .standard = "\"openai\"", .choices = rq_api_names,
	 .help = "the protocol: \"openai\" (OpenAI, Azure, vLLM, llama.cpp, LM Studio ...), \"tei\" (text-embeddings-inference) or \"ollama\""},
	{.name = "url", .type = RQ_OPTION_STRING, AT(url), .required = true,
	 .help = "address of the service, for example \"http://127.0.0.1:8080/v1\"; the protocol's path is put to it where it is not there"},
	{.name = "model", .type = RQ_OPTION_STRING, AT(model), .help = "name of the model, as the service calls it; \"tei\" has one only"},
	{.name = "dimensions", .type = RQ_OPTION_INTEGER, AT(dimensions), .minimum = 1, .maximum = 1 << 20,
	 .help = "dimensions to ask for, from models that can shorten their vectors; without it the model's own"},
	{.name = "headers", AT(headers), AN_OBJECT,
	 .help = "headers to send besides, NAME: VALUE; ${VARIABLE} in a value is taken from the environment, where keys belong"},
	{.name = "api_key_env", .type = RQ_OPTION_STRING, AT(api_key_env), .help = "the environment variable that holds the key, sent as \"Authorization: Bearer KEY\""},
	{.name = "query_prefix", .type = RQ_OPTION_STRING, AT(query_prefix), .help = "text put before every topic, for example \"query: \""},
	{.name = "document_prefix", .type = RQ_OPTION_STRING, AT(document_prefix), .help = "text put before every document, for example \"passage: \""},
	{.name = "query_body", AT(query_body), AN_OBJECT,
	 .help = "keys put into the body of requests for topics, for example {\"input_type\": \"search_query\"}"},
	{.name = "document_body", AT(document_body), AN_OBJECT, .help = "keys put into the body of requests for documents, for example {\"input_type\": \"search_document\"}"},
	{.name = "encoding", .type = RQ_OPTION_CHOICE, AT(encoding), .standard = "\"base64\"", .choices = encodings,
	 .help = "how vectors are to be written, where the protocol lets one choose; base64 is shorter and exact, and where a service refuses it float is asked for"},
	{.name = "batch", .type = RQ_OPTION_INTEGER, AT(batch), .minimum = 1, .maximum = 2048,
	 .help = "most texts of one request; without it 128 (\"openai\") or 32, and no more than the service says it takes"},
	{.name = "batch_tokens", .type = RQ_OPTION_INTEGER, AT(batch_tokens), .standard = "100000", .minimum = 1, .maximum = 1 << 30,
	 .help = "most tokens of one request, at about four bytes a token"},
	{.name = "concurrency", .type = RQ_OPTION_INTEGER, AT(concurrency), .standard = "4", .minimum = 1, .maximum = 256,
	 .help = "most requests under way at once; fewer after the service has asked to slow down"},
	{.name = "connect_timeout", .type = RQ_OPTION_DURATION, AT(connect_timeout), .standard = "\"10s\"", .help = "longest wait for a connection"},
	{.name = "timeout", .type = RQ_OPTION_DURATION, AT(timeout), .standard = "\"2m\"", .help = "longest wait for the answer to one request"},
	{.name = "attempts", .type = RQ_OPTION_INTEGER, AT(attempts), .standard = "8", .minimum = 1, .maximum = 100,
	 .help = "how often a request is sent before it counts as failed"},
	{.name = "backoff", .type = RQ_OPTION_DURATION, AT(backoff), .standard = "\"500ms\"",
	 .help = "longest wait before the second attempt; doubled for each further one, up to 30 s, and drawn at random below that"},
	{.name = "max_wait", .type = RQ_OPTION_DURATION, AT(max_wait), .standard = "\"2m\"",
	 .help = "longest wait between all attempts of a request together; a service that asks for more ends the run"},
	{.name = "ca_file", .type = RQ_OPTION_PATH, AT(ca_file), .help = "certificates (PEM) to trust instead of the system's, for a service with one of its own"},
	RQ_OPTIONS_END,
};

const char *const rq_http_immaterial[] = {"url", "api_key_env", "encoding", "batch", "batch_tokens", "concurrency", "connect_timeout",
                                          "timeout", "attempts", "backoff", "max_wait", "ca_file", NULL};

/* ---- headers ---- */

static bool is_token(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c) && strchr("!#$%&'*+-.^_`|~", *c) == NULL)
			return false;
	return *name != '\0';
}

static bool is_ours(const char *name)
{
	static const char *const ours[] = {"Content-Type", "Content-Length", "Transfer-Encoding", "Accept-Encoding", "Expect", "Host"};

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

static enum rq_status check_header(const rq_json *header, const struct rq_http_options *options, struct rq_error *err)
{
	const char *name = rq_json_key(header), *value = rq_json_string(header);

	if (!is_token(name))
		return rq_fail(err, RQ_E_CONFIG, "headers: \"%s\" is no name of a header; expected letters, digits and \"-\"", name);
	if (value == NULL)
		return rq_fail(err, RQ_E_CONFIG, "headers.%s: expected a string, in which ${NAME} stands for an environment variable", name);
	if (is_ours(name))
		return rq_fail(err, RQ_E_CONFIG, "headers.%s: is set by the request itself; leave it out", name);
	if (strpbrk(value, "\r\n") != NULL)
		return rq_fail(err, RQ_E_CONFIG, "headers.%s: a header is one line", name);
	if (rq_http_names_secret(name) && strstr(value, "${") == NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "headers.%s: a key does not belong into a config; put it into an environment variable and write \"${NAME}\" here", name);
	if (options->api_key_env != NULL && strcasecmp(name, "Authorization") == 0)
		return rq_fail(err, RQ_E_CONFIG, "headers.%s: api_key_env sets this header too; leave one of them out", name);
	return RQ_OK;
}

/* The value with its ${NAME}s filled in, which are secrets from then on. */
static enum rq_status expand(struct rq_buf *out, const char *name, const char *value, struct rq_error *err)
{
	char option[160], variable[128];

	snprintf(option, sizeof option, "headers.%s", name);
	for (;;) {
		const char *start = strstr(value, "${"), *end = start == NULL ? NULL : strchr(start, '}'), *found;
		if (start == NULL)
			break;
		if (end == NULL || end == start + 2 || (size_t)(end - start) > sizeof variable)
			return rq_fail(err, RQ_E_CONFIG, "%s: \"${\" starts the name of an environment variable, which ends with \"}\"", option);
		rq_buf_add(out, value, (size_t)(start - value));
		snprintf(variable, sizeof variable, "%.*s", (int)(end - start - 2), start + 2);
		RQ_TRY(rq_secret_read(&found, variable, option, err));
		if (strpbrk(found, "\r\n") != NULL)
			return rq_fail(err, RQ_E_CONFIG, "%s: the value of \"%s\" holds a line break; set it again without one", option, variable);
		rq_buf_puts(out, found);
		value = end + 1;
	}
	rq_buf_puts(out, value);
	RQ_TRY(rq_buf_check(out, err));
	return rq_secret_keep_key(value, err);
}

static enum rq_status add_header(struct rq_http_settings *settings, const char *name, const char *value, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};

	rq_buf_printf(&line, "%s: ", name);
	RQ_TRY(expand(&line, name, value, err));
	char *copy = rq_arena_strdup(&settings->arena, line.data);
	if (copy == NULL)
		return rq_fail_memory(err);
	settings->headers[settings->header_count++] = copy;
	return RQ_OK;
}

static enum rq_status add_key(struct rq_http_settings *settings, const char *variable, struct rq_error *err)
{
	const char *key;

	RQ_TRY(rq_secret_read(&key, variable, "api_key_env", err));
	if (strpbrk(key, "\r\n") != NULL)
		return rq_fail(err, RQ_E_CONFIG, "api_key_env: the value of \"%s\" holds a line break; set it again without one", variable);
	char *line = rq_arena_printf(&settings->arena, "Authorization: Bearer %s", key);
	if (line == NULL)
		return rq_fail_memory(err);
	settings->headers[settings->header_count++] = line;
	return RQ_OK;
}

static enum rq_status add_headers(struct rq_http_settings *settings, const struct rq_http_options *options, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *headers = NULL;

	if (options->headers != NULL)
		RQ_TRY(rq_json_parse(&headers, options->headers, strlen(options->headers), "headers", err));
	settings->headers = rq_arena_alloc(&settings->arena, (headers == NULL ? 0 : rq_json_size(headers)) + 3, sizeof *settings->headers);
	if (settings->headers == NULL)
		return rq_fail_memory(err);
	settings->headers[settings->header_count++] = "Content-Type: application/json";
	settings->headers[settings->header_count++] = "Expect:";
	if (options->api_key_env != NULL)
		RQ_TRY(add_key(settings, options->api_key_env, err));
	for (const rq_json *header = headers == NULL ? NULL : rq_json_first(headers); header != NULL; header = rq_json_next(header))
		RQ_TRY(add_header(settings, rq_json_key(header), rq_json_string(header), err));
	return RQ_OK;
}

/* ---- bodies ---- */

static enum rq_status read_object(rq_json **object, const char *text, const char *option, struct rq_error *err)
{
	*object = NULL;
	if (text == NULL)
		return RQ_OK;
	RQ_TRY(rq_json_parse(object, text, strlen(text), option, err));
	if (rq_json_type(*object) == RQ_JSON_OBJECT)
		return RQ_OK;
	rq_json_free(*object);
	*object = NULL;
	return rq_fail(err, RQ_E_CONFIG, "%s: %.80s is not allowed; expected an object", option, text);
}

static enum rq_status check_body(const char *text, const char *option, const struct rq_api *api, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *object = NULL;

	RQ_TRY(read_object(&object, text, option, err));
	for (const char *const *own = api->own; object != NULL && *own != NULL; own++)
		if (rq_json_get(object, *own) != NULL)
			return rq_fail(err, RQ_E_CONFIG, "%s.%s: is set from the other options of the embedder; leave it out", option, *own);
	return RQ_OK;
}

static enum rq_status make_body(struct rq_http_settings *settings, int role, bool base64, const struct rq_http_options *options, struct rq_error *err)
{
	const char *text = role == RQ_ROLE_TOPIC ? options->query_body : options->document_body;
	RQ_CLEANUP(rq_json_free_pointer) rq_json *body = rq_json_new_object(), *added = NULL;
	RQ_CLEANUP(rq_buf_release) struct rq_buf out = {0};

	RQ_TRY(read_object(&added, text, role == RQ_ROLE_TOPIC ? "query_body" : "document_body", err));
	settings->api->fill(body, options, base64);
	for (const rq_json *member = added == NULL ? NULL : rq_json_first(added); member != NULL; member = rq_json_next(member))
		rq_json_set(body, rq_json_key(member), rq_json_copy(member));
	const rq_json *truncate = body == NULL ? NULL : rq_json_get(body, "truncate");
	settings->may_truncate[role] = truncate != NULL && rq_json_true(truncate);
	RQ_TRY(rq_json_print(&out, body, false, err));
	settings->body[role][base64] =
		rq_arena_printf(&settings->arena, "%.*s%s\"%s\":", (int)out.size - 1, out.data, out.size > 2 ? "," : "", settings->api->texts);
	return settings->body[role][base64] == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* ---- both together ---- */

enum rq_status rq_http_check(const struct rq_http_options *options, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *headers = NULL;
	const struct rq_api *api = rq_apis[options->api];
	struct rq_http_address address;
	const struct {
		const char *name;
		double value;
	} times[] = {{"connect_timeout", options->connect_timeout}, {"timeout", options->timeout}, {"backoff", options->backoff}};

	RQ_TRY(rq_http_address(&address, options->url, api, &arena, err));
	if (api->needs_model && options->model == NULL)
		return rq_fail(err, RQ_E_CONFIG, "model: missing; \"%s\" serves several, so expected the name of one", api->name);
	if (options->ca_file != NULL && !rq_file_exists(options->ca_file))
		return rq_fail(err, RQ_E_CONFIG, "ca_file: there is no \"%s\"", options->ca_file);
	RQ_TRY(read_object(&headers, options->headers, "headers", err));
	for (const rq_json *header = headers == NULL ? NULL : rq_json_first(headers); header != NULL; header = rq_json_next(header))
		RQ_TRY(check_header(header, options, err));
	RQ_TRY(check_body(options->query_body, "query_body", api, err));
	RQ_TRY(check_body(options->document_body, "document_body", api, err));
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		if (times[i].value < 1e-3 || times[i].value > 86400)
			return rq_fail(err, RQ_E_CONFIG, "%s: expected a duration from 1ms to 24h", times[i].name);
	return RQ_OK;
}

/* Its keys have names that nobody knows: "?code=...". */
static enum rq_status hide_query(const char *url, struct rq_arena *arena, struct rq_error *err)
{
	const char *query = strchr(url, '?');
	char *rest = rq_arena_strdup(arena, query == NULL ? "" : query + 1), *part;

	if (rest == NULL)
		return rq_fail_memory(err);
	while ((part = strsep(&rest, "&")) != NULL)
		RQ_TRY(rq_secret_keep_key(part + strcspn(part, "=") + (strchr(part, '=') != NULL), err));
	return RQ_OK;
}

enum rq_status rq_http_settings_init(struct rq_http_settings *settings, const struct rq_http_options *options, struct rq_error *err)
{
	const char *prefixes[2] = {[RQ_ROLE_DOCUMENT] = options->document_prefix, [RQ_ROLE_TOPIC] = options->query_prefix};
	struct rq_arena *arena = &settings->arena;
	struct rq_http_address address;

	settings->api = rq_apis[options->api];
	RQ_TRY(rq_http_address(&address, options->url, settings->api, arena, err));
	RQ_TRY(hide_query(address.url, arena, err));
	settings->url = address.url;
	settings->facts_url = address.facts_url;
	settings->address = address.shown;
	settings->facts_address = address.facts_shown;
	settings->query_mark = address.query_mark;
	RQ_TRY(add_headers(settings, options, err));
	for (int role = 0; role < 2; role++) {
		settings->prefix[role] = rq_arena_strdup(arena, prefixes[role] == NULL ? "" : prefixes[role]);
		RQ_TRY(make_body(settings, role, false, options, err));
		RQ_TRY(make_body(settings, role, true, options, err));
	}
	settings->model = options->model == NULL ? NULL : rq_arena_strdup(arena, options->model);
	settings->ca_file = options->ca_file == NULL ? NULL : rq_arena_strdup(arena, options->ca_file);
	if (settings->prefix[0] == NULL || settings->prefix[1] == NULL || (options->model != NULL && settings->model == NULL) ||
	    (options->ca_file != NULL && settings->ca_file == NULL))
		return rq_fail_memory(err);
	settings->dimension = (size_t)options->dimensions;
	settings->batch = options->batch == 0 ? settings->api->batch : (size_t)options->batch;
	settings->batch_tokens = (size_t)options->batch_tokens;
	settings->concurrency = (size_t)options->concurrency;
	settings->attempts = (unsigned)options->attempts;
	settings->connect_timeout = options->connect_timeout;
	settings->timeout = options->timeout;
	settings->backoff = options->backoff;
	settings->max_wait = options->max_wait;
	return RQ_OK;
}

void rq_http_settings_release(struct rq_http_settings *settings)
{
	rq_arena_release(&settings->arena);
}
