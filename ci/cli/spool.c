/* Requests that wait in files, and are posted one by one. */
#include "ci/cli/spool.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/http/address.h"
#include "evalcore/embed/http/client.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MOST = 1 << 20, FILE_MOST = 64 << 20 };
static const double CONNECT_TIMEOUT = 5, TIMEOUT = 15, TICK = .1; /* seconds */
static const char TOKEN[] = "ALERTMANAGER_TOKEN";                /* the environment's */
static const char SUFFIX[] = ".json", REFUSED[] = ".refused";

bool rq_spool_is_address(const char *destination)
{
	return strncmp(destination, "http://", 7) == 0 || strncmp(destination, "https://", 8) == 0;
}

enum rq_status rq_spool_address(const char **address, const struct rq_writer *writer, const char *destination, struct rq_arena *arena,
                                struct rq_error *err)
{
	const struct rq_api api = {.folder = "", .leaf = writer->posts};
	struct rq_http_address parts;
	struct rq_error why = {0};

	if (writer->posts == NULL)
		return rq_fail(err, RQ_E_CONFIG, "goes into a file, and to no address; expected a path");
	if (rq_http_address(&parts, destination, &api, arena, &why) == RQ_OK) {
		*address = parts.url;
		return RQ_OK;
	}
	if (why.status != RQ_E_CONFIG)
		return rq_fail(err, why.status, "%s", why.text);
	return rq_fail(err, RQ_E_CONFIG,
	               "is no address to post to; expected one such as \"http://127.0.0.1:9093\", without user, password or key; "
	               "a token comes from %s",
	               TOKEN);
}

const char *rq_spool_folder(const char *config_folder, struct rq_arena *arena)
{
	return rq_path_join(arena, config_folder, ".rqgate/alerts");
}

const char *rq_spool_file(const char *folder, struct rq_arena *arena)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return rq_arena_printf(arena, "%s/%012lld.%09ld-%ld%s", folder, (long long)now.tv_sec, now.tv_nsec, (long)getpid(), SUFFIX);
}

void rq_spool_wrap(struct rq_buf *out, const char *address, const struct rq_buf *body)
{
	rq_buf_puts(out, "{\"address\":");
	rq_json_quote(out, address);
	rq_buf_puts(out, ",\"body\":");
	rq_buf_add(out, body->data, body->size);
	rq_buf_puts(out, "}\n");
}

/* ---- sending ---- */

struct sender {
	struct rq_http_settings settings;
	struct rq_http_client *client;
	char *silent; /* an address that does not answer; NULL: none so far */
};

static enum rq_status sender_open(struct sender *sender, struct rq_error *err)
{
	static const char *const content = "Content-Type: application/json";
	const char *token = getenv(TOKEN);
	const char **headers = rq_arena_alloc(&sender->settings.arena, 2, sizeof *headers);

	if (headers == NULL)
		return rq_fail_memory(err);
	sender->settings.headers = headers;
	headers[sender->settings.header_count++] = content;
	if (token != NULL && token[0] != '\0') {
		RQ_TRY(rq_secret_keep(token, err));
		const char *header = rq_arena_printf(&sender->settings.arena, "Authorization: Bearer %s", token);
		if (header == NULL)
			return rq_fail_memory(err);
		headers[sender->settings.header_count++] = header;
	}
	sender->settings.concurrency = 1;
	sender->settings.connect_timeout = CONNECT_TIMEOUT;
	sender->settings.timeout = TIMEOUT;
	return rq_http_client_new(&sender->client, &sender->settings, err);
}

static void sender_release(struct sender *sender)
{
	rq_http_client_free(sender->client);
	rq_http_settings_release(&sender->settings);
	free(sender->silent);
}

enum outcome { TAKEN, UNANSWERED, REFUSED_FOR_GOOD };

/* `said`: why it was not taken. */
static enum outcome judge(const struct rq_http_reply *reply, const char *address, struct rq_error *said)
{
	struct rq_refusal refusal = {0};

	if (reply->problem != RQ_HTTP_NO_PROBLEM) {
		(void)!rq_fail(said, RQ_E_UNAVAILABLE, "\"%s\": %s", address, reply->detail);
		return UNANSWERED;
	}
	if (reply->status >= 200 && reply->status < 300)
		return TAKEN;
	rq_refusal_read(&refusal, reply->body.data == NULL ? "" : reply->body.data, reply->body.size);
	(void)!rq_fail(said, RQ_E_UNAVAILABLE, "\"%s\": status %ld%s%s", address, reply->status, refusal.message[0] == '\0' ? "" : ": ", refusal.message);
	/* It may take later what it refuses for its own state, or for the token; a body that it finds wrong it will not. */
	return reply->status == 400 || reply->status == 413 || reply->status == 422 ? REFUSED_FOR_GOOD : UNANSWERED;
}

static enum rq_status post(enum outcome *outcome, struct sender *sender, const char *address, const struct rq_buf *body, struct rq_error *said,
                           struct rq_error *err)
{
	const struct rq_http_reply *reply;
	void *tag;

	RQ_TRY(rq_http_client_start(sender->client, NULL, address, body, ANSWER_MOST, err));
	while (!rq_http_client_take(sender->client, &tag, &reply)) {
		enum rq_status status = rq_cancel_check(err);
		if (status == RQ_OK)
			status = rq_http_client_wait(sender->client, TICK, err);
		if (status != RQ_OK) {
			rq_http_client_break_off(sender->client);
			return status;
		}
	}
	*outcome = judge(reply, address, said);
	return RQ_OK;
}

/* One file. What somebody has damaged will be taken by nobody. */
static enum rq_status send_file(enum outcome *outcome, struct sender *sender, const char *path, struct rq_error *said, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = FILE_MOST}, body = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;

	*outcome = REFUSED_FOR_GOOD;
	enum rq_status status = rq_file_read(&text, path, said);
	if (status == RQ_E_IO) { /* one that cannot be read keeps no other waiting */
		*outcome = UNANSWERED;
		return RQ_OK;
	}
	if (status != RQ_OK && status != RQ_E_DATA)
		return rq_fail(err, status, "%s", said->text);
	if (status == RQ_OK)
		status = rq_json_parse(&root, text.data, text.size, path, said);
	const char *address = status == RQ_OK ? rq_json_string(rq_json_get(root, "address")) : NULL;
	const rq_json *alerts = rq_json_get(root, "body");
	if (status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (address == NULL || alerts == NULL) {
		if (status == RQ_OK)
			(void)!rq_fail(said, RQ_E_DATA, "\"%s\": holds no address and body", path);
		return RQ_OK;
	}
	*outcome = UNANSWERED;
	if (sender->silent != NULL && strcmp(sender->silent, address) == 0)
		return RQ_OK;
	RQ_TRY(rq_json_print(&body, alerts, false, err));
	RQ_TRY(post(outcome, sender, address, &body, said, err));
	if (*outcome == UNANSWERED && sender->silent == NULL)
		sender->silent = strdup(address);
	return RQ_OK;
}

static enum rq_status settle_file(struct rq_spool_result *result, enum outcome outcome, const char *path, const struct rq_error *said,
                                  struct rq_error *err)
{
	char refused[4096 + sizeof REFUSED];

	if (outcome != TAKEN && result->waiting + result->refused == 0)
		result->why = *said;
	result->sent += outcome == TAKEN;
	result->waiting += outcome == UNANSWERED;
	result->refused += outcome == REFUSED_FOR_GOOD;
	if (outcome == TAKEN && unlink(path) != 0 && errno != ENOENT) /* another run was faster */
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
	if (outcome != REFUSED_FOR_GOOD)
		return RQ_OK;
	snprintf(refused, sizeof refused, "%s%s", path, REFUSED);
	if (rename(path, refused) != 0 && errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot rename: %s", path, strerror(errno));
	return RQ_OK;
}

static int is_waiting(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum rq_status send_all(struct rq_spool_result *result, const char *folder, struct dirent **entries, int count, struct rq_error *err)
{
	RQ_CLEANUP(sender_release) struct sender sender = {0};
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	RQ_TRY(sender_open(&sender, err));
	for (int i = 0; i < count; i++) {
		struct rq_error said = {0};
		enum outcome outcome;
		const char *path = rq_path_join(&arena, folder, entries[i]->d_name);
		if (path == NULL)
			return rq_fail_memory(err);
		enum rq_status status = send_file(&outcome, &sender, path, &said, err);
		RQ_TRY(status);
		if (outcome == UNANSWERED && !rq_file_exists(path)) /* another run has sent it */
			continue;
		RQ_TRY(settle_file(result, outcome, path, &said, err));
	}
	return RQ_OK;
}

enum rq_status rq_spool_send(struct rq_spool_result *result, const char *folder, struct rq_error *err)
{
	struct dirent **entries = NULL;

	*result = (struct rq_spool_result){0};
	int count = scandir(folder, &entries, is_waiting, by_name);
	if (count < 0 && errno == ENOENT)
		return RQ_OK;
	if (count < 0)
		return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", folder, strerror(errno));
	enum rq_status status = count == 0 ? RQ_OK : send_all(result, folder, entries, count, err);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return status;
}
