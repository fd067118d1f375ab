/* Requests that wait in files, and are posted one by one. */
#include "ci/cli/spool.h"

#include "ci/cli/firing.h"
#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/http/address.h"
#include "evalcore/embed/http/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ANSWER_MOST = 1 << 20, FILE_MOST = 64 << 20 };
static const double CONNECT_TIMEOUT = 5, TIMEOUT = 15, TICK = .1; /* seconds */
static const double NAMING_WAIT = 10, SENDING_WAIT = 30;
static const char TOKEN[] = "ALERTMANAGER_TOKEN";                /* the environment's */
static const char SUFFIX[] = ".json", REFUSED[] = ".refused", SENDING[] = ".sending";

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

enum rq_status rq_spool_make(const char *folder, struct rq_error *err)
{
	struct stat info;

	RQ_TRY(rq_make_folders(folder, err));
	if (stat(folder, &info) == 0 && (info.st_mode & S_IWOTH) != 0 && info.st_uid == geteuid()) /* as umask 0 makes it */
		(void)!chmod(folder, info.st_mode & (mode_t)~S_IWOTH & 07777);
	return RQ_OK;
}

const char *rq_spool_folder(const char *config_folder, struct rq_arena *arena)
{
	return rq_path_join(arena, config_folder, ".rqgate/alerts");
}

const char *rq_spool_file(const char *folder, struct rq_arena *arena)
{
	return rq_path_join(arena, folder, ".next");
}

void rq_spool_wrap(struct rq_buf *out, const char *address, const struct rq_buf *body, const char *job,
                   const struct rq_buf *doubts)
{
	rq_buf_puts(out, "{\"address\":");
	rq_json_quote(out, address);
	rq_buf_puts(out, ",\"job\":");
	rq_json_quote(out, job);
	if (doubts != NULL) {
		rq_buf_puts(out, ",\"doubts\":");
		rq_buf_add(out, doubts->data, doubts->size);
	}
	rq_buf_puts(out, ",\"body\":");
	rq_buf_add(out, body->data, body->size);
	rq_buf_puts(out, "}\n");
}

/* ---- what waits ---- */

static int is_waiting(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > strlen(SUFFIX) && strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX) == 0;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

struct entries {
	struct dirent **items;
	int count;
};

static void entries_release(struct entries *entries)
{
	for (int i = 0; i < entries->count; i++)
		free(entries->items[i]);
	free(entries->items);
}

static enum rq_status entries_list(struct entries *entries, const char *folder, struct rq_error *err)
{
	int count = scandir(folder, &entries->items, is_waiting, by_name);

	if (count >= 0)
		entries->count = count;
	if (count >= 0 || errno == ENOENT)
		return RQ_OK;
	return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", folder, strerror(errno));
}

static void lock_release(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* Of what `flags` opens; closing it unlocks. */
static enum rq_status lock(int *fd, const char *path, int flags, double wait, const char *who, struct rq_error *err)
{
	*fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (*fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	return rq_lock(*fd, true, wait, path, who, err);
}

/* The time, or where the clock was set back, a moment after the last that waits. */
static enum rq_status next_name(char name[static 64], const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(entries_release) struct entries entries = {0};
	struct timespec now;
	long long seconds;
	long nanoseconds;

	RQ_TRY(entries_list(&entries, folder, err));
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(name, 64, "%012lld.%09ld%s", (long long)now.tv_sec, now.tv_nsec, SUFFIX);
	if (entries.count == 0 || strcmp(name, entries.items[entries.count - 1]->d_name) > 0)
		return RQ_OK;
	if (sscanf(entries.items[entries.count - 1]->d_name, "%12lld.%9ld", &seconds, &nanoseconds) != 2)
		return RQ_OK; /* no name that this program gives */
	nanoseconds++;
	snprintf(name, 64, "%012lld.%09ld%s", seconds + nanoseconds / 1000000000, nanoseconds % 1000000000, SUFFIX);
	return RQ_OK;
}

enum rq_status rq_spool_place(const char **path, struct rq_output *output, const char *folder, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(lock_release) int naming = -1;
	char name[64];

	RQ_TRY(lock(&naming, folder, O_RDONLY | O_DIRECTORY, NAMING_WAIT, "another run is naming what it leaves there", err));
	RQ_TRY(next_name(name, folder, err));
	const char *named = rq_path_join(arena, folder, name);
	if (named == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_output_rename(output, named, err));
	*path = named;
	return rq_output_commit(output, err);
}

/* ---- sending ---- */

struct sender {
	struct rq_http_settings settings;
	struct rq_http_client *client;
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

/* ---- what was not taken ---- */

void rq_spool_result_release(struct rq_spool_result *result)
{
	free(result->troubles);
	rq_arena_release(&result->arena);
	*result = (struct rq_spool_result){0};
}

static struct rq_spool_trouble *find_silent(const struct rq_spool_result *result, const char *address)
{
	for (size_t i = 0; i < result->count; i++)
		if (result->troubles[i].address != NULL && strcmp(result->troubles[i].address, address) == 0)
			return &result->troubles[i];
	return NULL;
}

/* `address`: that does not answer from now on; NULL: none. */
static enum rq_status add_trouble(struct rq_spool_result *result, enum outcome outcome, const char *address, const char *why, struct rq_error *err)
{
	struct rq_spool_trouble *trouble = NULL;
	bool refused = outcome == REFUSED_FOR_GOOD;

	result->waiting += !refused;
	result->refused += refused;
	for (size_t i = 0; i < result->count && trouble == NULL; i++)
		if (result->troubles[i].refused == refused && strcmp(result->troubles[i].why, why) == 0)
			trouble = &result->troubles[i];
	if (trouble == NULL) {
		if (!RQ_RESERVE(result->troubles, result->capacity, result->count + 1))
			return rq_fail_memory(err);
		trouble = &result->troubles[result->count++];
		*trouble = (struct rq_spool_trouble){.why = rq_arena_strdup(&result->arena, why), .refused = refused};
		if (address != NULL)
			trouble->address = rq_arena_strdup(&result->arena, address);
		if (trouble->why == NULL || (address != NULL && trouble->address == NULL))
			return rq_fail_memory(err);
	}
	trouble->count++;
	return RQ_OK;
}

/* ---- all of it ---- */

/* A pipe would be waited for, and a link may lead anywhere. */
static enum rq_status check_plain(const char *path, struct rq_error *said)
{
	struct stat info;

	if (lstat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return rq_fail(said, RQ_E_IO, "\"%s\": is no file of its own, but a link, a folder or a pipe; remove it", path);
	return RQ_OK;
}

/* Where one file goes. What somebody has damaged will be taken by nobody; one that cannot be read waits, and keeps no other waiting. */
static enum rq_status read_file(enum outcome *outcome, rq_json **root, const char **address, struct rq_arena *arena,
                                const char *path, struct rq_error *said, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = FILE_MOST};
	enum rq_status status = check_plain(path, said);

	if (status == RQ_OK)
		status = rq_file_read(&text, path, said);
	*outcome = status == RQ_E_IO ? UNANSWERED : REFUSED_FOR_GOOD;
	if (status == RQ_E_IO)
		return RQ_OK;
	if (status == RQ_OK)
		status = rq_json_parse(root, text.data, text.size, path, said);
	if (status != RQ_OK)
		return status == RQ_E_DATA ? RQ_OK : rq_fail(err, status, "%s", said->text);
	const char *named = rq_json_string(rq_json_get(*root, "address"));
	if (named == NULL || rq_json_get(*root, "body") == NULL) {
		(void)!rq_fail(said, RQ_E_DATA, "\"%s\": holds no address and body", path);
		return RQ_OK;
	}
	*address = rq_arena_strdup(arena, named);
	return *address == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status settle_file(enum outcome outcome, const char *path, struct rq_error *err)
{
	char refused[4096 + sizeof REFUSED];

	if (outcome == TAKEN && unlink(path) != 0 && errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
	if (outcome != REFUSED_FOR_GOOD)
		return RQ_OK;
	snprintf(refused, sizeof refused, "%s%s", path, REFUSED);
	if (rename(path, refused) != 0 && errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot rename: %s", path, strerror(errno));
	return RQ_OK;
}

static bool is_named(const struct rq_strings *addresses, const char *address)
{
	for (size_t i = 0; i < addresses->count; i++)
		if (strcmp(addresses->items[i], address) == 0)
			return true;
	return false;
}

/* What is firing there and no longer judged ends with it. */
static enum rq_status send_request(enum outcome *outcome, struct rq_spool_result *result, struct sender *sender,
                                   const char *address, rq_json *request, const char *folder, struct rq_error *said,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_firing_release) struct rq_firing firing = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf body = {0};

	RQ_TRY(rq_firing_end(&firing, request, folder, &result->arena, err));
	if (result->forgotten == NULL)
		result->forgotten = firing.forgotten;
	RQ_TRY(rq_json_print(&body, rq_json_get(request, "body"), false, err));
	RQ_TRY(post(outcome, sender, address, &body, said, err));
	return *outcome == TAKEN ? rq_firing_keep(&firing, err) : RQ_OK;
}

static enum rq_status send_file(struct rq_spool_result *result, struct sender *sender, const char *folder,
                                const char *path, const struct rq_strings *addresses, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *request = NULL;
	struct rq_spool_trouble *silent;
	struct rq_error said = {0};
	const char *address = NULL;
	enum outcome outcome;

	RQ_TRY(read_file(&outcome, &request, &address, &result->arena, path, &said, err));
	if (address == NULL && !rq_file_exists(path)) /* somebody has taken it away meanwhile */
		return RQ_OK;
	if (address != NULL && (silent = find_silent(result, address)) != NULL) {
		silent->count++;
		result->waiting++;
		return RQ_OK;
	}
	/* A file says what is sent, and for whom it was; to whom anything is sent, and the token with it, is for the config and
	 * the command line to say. */
	if (address != NULL && is_named(addresses, address)) {
		RQ_TRY(send_request(&outcome, result, sender, address, request, folder, &said, err));
	} else if (address != NULL) {
		outcome = UNANSWERED;
		(void)!rq_fail(&said, RQ_E_UNAVAILABLE,
		               "\"%s\": is no receiver that this command was told of, and gets nothing; "
		               "\"rqgate alerts CONFIG --to ADDRESS\" tells it",
		               address);
	}
	RQ_TRY(settle_file(outcome, path, err));
	if (outcome == TAKEN) {
		result->sent++;
		return RQ_OK;
	}
	return add_trouble(result, outcome, outcome == UNANSWERED ? address : NULL, said.text, err);
}

/* Whoever may write there would speak with the token of whoever sends. */
static enum rq_status check_folder(const char *folder, struct rq_error *err)
{
	struct stat info;

	if (stat(folder, &info) == 0 && (info.st_mode & S_IWOTH) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": anybody may write there, so nothing of it is sent; chmod o-w it", folder);
	return RQ_OK;
}

enum rq_status rq_spool_send(struct rq_spool_result *result, const char *folder, const struct rq_strings *addresses, struct rq_error *err)
{
	RQ_CLEANUP(entries_release) struct entries before = {0}, entries = {0};
	RQ_CLEANUP(sender_release) struct sender sender = {0};
	RQ_CLEANUP(lock_release) int sending = -1;

	RQ_TRY(entries_list(&before, folder, err));
	if (before.count == 0)
		return RQ_OK;
	RQ_TRY(check_folder(folder, err));
	const char *path = rq_path_join(&result->arena, folder, SENDING);
	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(lock(&sending, path, O_RDWR | O_CREAT, SENDING_WAIT, "another run is sending", err));
	RQ_TRY(entries_list(&entries, folder, err));
	RQ_TRY(sender_open(&sender, err));
	for (int i = 0; i < entries.count; i++) {
		path = rq_path_join(&result->arena, folder, entries.items[i]->d_name);
		if (path == NULL)
			return rq_fail_memory(err);
		RQ_TRY(send_file(result, &sender, folder, path, addresses, err));
	}
	return RQ_OK;
}
