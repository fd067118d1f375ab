/* The log of switches and pins: lines, and their digest in the last one. */
#include "evalcore/snapshot/log.h"

#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SWITCHES "switches"
#define SWITCHES_LOCK "switches.lock"
#define DAMAGED_SWITCHES "switches.damaged"
#define SEAL_WORD "sha256 "

enum { TIME_LENGTH = sizeof "2026-11-21T03:36:50Z" - 1 };

static const char *const words[RQ_LOG_EVENTS] = {"", "pin ", "unpin "};

static enum rq_status write_log(const char *path, const struct rq_log_entry *entries, size_t count,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	char sha256[RQ_SHA256_HEX];

	for (size_t i = 0; i < count; i++)
		rq_buf_printf(&text, "%s %s%s\n", entries[i].what.when, words[entries[i].event], entries[i].what.sha256);
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_sha256(sha256, text.data, text.size, err));
	rq_buf_printf(&text, SEAL_WORD "%s\n", sha256);
	RQ_TRY(rq_buf_check(&text, err));
	return rq_file_write(path, text.data, text.size, err);
}

/* "TIME SEAL", "TIME pin SEAL", "TIME unpin SEAL" */
static enum rq_status read_line(struct rq_log_entry *entry, const char *line, size_t length, struct rq_arena *arena,
                                bool *valid)
{
	size_t digits = length < RQ_SHA256_HEX - 1 ? length : RQ_SHA256_HEX - 1;
	size_t time = length < TIME_LENGTH ? length : TIME_LENGTH;
	const struct rq_switch what = {.when = rq_arena_strndup(arena, line, time),
	                               .sha256 = rq_arena_strndup(arena, line + length - digits, digits)};
	const char *word = rq_arena_strndup(arena, line + time, length - digits < time ? 0 : length - digits - time);

	if (what.when == NULL || what.sha256 == NULL || word == NULL)
		return RQ_E_NOMEM;
	*entry = (struct rq_log_entry){what, RQ_LOG_SWITCH};
	while (entry->event < RQ_LOG_EVENTS && (word[0] != ' ' || strcmp(word + 1, words[entry->event]) != 0))
		entry->event++;
	*valid = entry->event < RQ_LOG_EVENTS && rq_parse_time(&entry->what.seconds, what.when, time) &&
	         rq_is_sha256(what.sha256);
	return RQ_OK;
}

static enum rq_status fail_switches(struct rq_error *err, const char *path, const char *what)
{
	return rq_fail(err, RQ_E_DATA,
	               "%s: %s, so that nobody knows which snapshot is current; \"rqgate snapshot restore SEAL\" of the one that "
	               "shall be begins it anew", path, what);
}

/* The last line is the digest of those before it. */
static bool has_seal(size_t *size, const struct rq_buf *text, const char *sha256)
{
	enum { LINE = sizeof SEAL_WORD - 1 + RQ_SHA256_HEX };

	*size = text->size < LINE ? 0 : text->size - LINE;
	return text->size >= LINE && memcmp(text->data + *size, SEAL_WORD, sizeof SEAL_WORD - 1) == 0 &&
	       memcmp(text->data + *size + sizeof SEAL_WORD - 1, sha256, RQ_SHA256_HEX - 1) == 0 &&
	       text->data[text->size - 1] == '\n';
}

static enum rq_status check_seal(size_t *size, const struct rq_buf *text, const char *path, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX] = "";
	size_t line = sizeof SEAL_WORD - 1 + RQ_SHA256_HEX;

	if (text->size >= line)
		RQ_TRY(rq_sha256(sha256, text->data, text->size - line, err));
	return has_seal(size, text, sha256) ? RQ_OK : fail_switches(err, path, "was changed since it was written");
}

enum rq_status rq_log_read(struct rq_log_entry **entries, size_t *count, const struct rq_vault *vault,
                           struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = rq_path_join(arena, vault->path, SWITCHES);
	size_t lines = 0, size;

	*count = 0;
	*entries = NULL;
	if (path == NULL)
		return rq_fail_memory(err);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return fail_switches(err, path, "is missing");
	RQ_TRY(rq_file_read(&text, path, err));
	RQ_TRY(check_seal(&size, &text, path, err));
	for (size_t i = 0; i < size; i++)
		lines += text.data[i] == '\n';
	*entries = rq_arena_alloc(arena, lines + 2, sizeof **entries);
	if (*entries == NULL)
		return rq_fail_memory(err);
	for (const char *line = text.data, *end = text.data + size; line < end; line++) {
		size_t length = strcspn(line, "\n");
		bool valid = false;
		if (read_line(&(*entries)[*count], line, length, arena, &valid) != RQ_OK)
			return rq_fail_memory(err);
		if (!valid)
			return fail_switches(err, path, "has a line that is no time and seal");
		(*count)++;
		line += length;
	}
	return RQ_OK;
}

/* What was damaged is set aside. */
static enum rq_status begin_anew(const struct rq_vault *vault, const char *path, struct rq_arena *arena,
                                 struct rq_error *err)
{
	const char *aside = rq_path_join(arena, vault->path, DAMAGED_SWITCHES);

	if (aside == NULL)
		return rq_fail_memory(err);
	if (rename(path, aside) == 0 || errno == ENOENT)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot rename: %s", path, strerror(errno));
}

/* Pins stand in files too, so that a damaged log takes none with it. */
static enum rq_status log_pins(struct rq_log_entry **entries, size_t *count, const struct rq_vault *vault,
                               const char *when, struct rq_arena *arena, struct rq_error *err)
{
	const char *const *seals = NULL;

	*count = 0;
	if (access(vault->pins, F_OK) == 0 || errno != ENOENT)
		RQ_TRY(rq_digests_in(&seals, count, vault->pins, arena, err));
	*entries = rq_arena_alloc(arena, *count + 1, sizeof **entries);
	if (*entries == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < *count; i++)
		(*entries)[i] = (struct rq_log_entry){{.when = when, .sha256 = seals[i]}, RQ_LOG_PIN};
	return RQ_OK;
}

static enum rq_status append(const struct rq_vault *vault, const struct rq_log_entry *entry, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_error why = {0};
	struct rq_log_entry *entries;
	const char *path = rq_path_join(&arena, vault->path, SWITCHES);
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_log_read(&entries, &count, vault, &arena, &why);
	if (status == RQ_E_DATA && entry->event == RQ_LOG_SWITCH) {
		RQ_TRY(log_pins(&entries, &count, vault, entry->what.when, &arena, err));
		RQ_TRY(begin_anew(vault, path, &arena, err));
	} else if (status != RQ_OK) {
		return rq_fail(err, status, "%s", why.text);
	}
	struct rq_log_entry *all = rq_arena_alloc(&arena, count + 1, sizeof *all);
	if (all == NULL)
		return rq_fail_memory(err);
	if (count > 0)
		memcpy(all, entries, count * sizeof *all);
	all[count] = *entry;
	return write_log(path, all, count + 1, err);
}

/* A lock of its own: others go on reading meanwhile. */
enum rq_status rq_log_append(const struct rq_vault *vault, const struct rq_log_entry *entry, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_lock_file lock = {.path = rq_path_join(&arena, vault->path, SWITCHES_LOCK),
	                                  .shown = vault->path,
	                                  .who = RQ_VAULT_AT_WORK,
	                                  .alone = true,
	                                  .wait = RQ_VAULT_WAIT};
	int fd;

	if (lock.path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_lock_file(&fd, &lock, err));
	enum rq_status status = append(vault, entry, err);
	close(fd);
	return status;
}

/* ---- of a vault that comes, or goes ---- */

enum rq_status rq_log_check_none(const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, vault->path, SWITCHES);
	struct rq_log_entry *entries;
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	RQ_TRY(rq_log_read(&entries, &count, vault, &arena, err));
	if (count == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "\"%s\": is missing, and \"%s\" tells of snapshots; put it back, or choose another folder",
	               vault->snapshots, path);
}

enum rq_status rq_log_begin(const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, vault->path, SWITCHES);

	return path == NULL ? rq_fail_memory(err) : write_log(path, NULL, 0, err);
}

void rq_log_remove(const struct rq_vault *vault)
{
	(void)unlinkat(vault->fd, SWITCHES, 0);
	(void)unlinkat(vault->fd, SWITCHES_LOCK, 0);
}
