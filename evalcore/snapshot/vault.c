/* The folder of snapshots: its lock, which one is current, which one is meant. */
#include "evalcore/snapshot/vault.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/serving.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define SWITCHES "switches"

enum { PREFIX_LEAST = 4, TIME_LENGTH = sizeof "2026-11-21T03:36:50Z" - 1, SHOWN = 12 };

/* ---- open, shared or alone ---- */

static enum rq_status lock(int fd, int how, double wait, const char *path, struct rq_error *err)
{
	const struct timespec pause = {.tv_nsec = 20000000};
	uint64_t until = rq_clock_ns() + (uint64_t)(wait * 1e9);

	while (flock(fd, how | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot lock: %s", path, strerror(errno));
		RQ_TRY(rq_cancel_check(err));
		if (rq_clock_ns() > until)
			return rq_fail(err, RQ_E_LOCKED, "\"%s\": another job is %s; try again when it has ended", path,
			               how == LOCK_EX ? "at work there" : "removing snapshots there");
		nanosleep(&pause, NULL);
	}
	return RQ_OK;
}

static enum rq_status make_folders(const struct rq_vault *vault, struct rq_error *err)
{
	RQ_TRY(rq_make_folders(vault->chunks, err));
	return rq_make_folders(vault->snapshots, err);
}

enum rq_status rq_vault_open(struct rq_vault *vault, const char *path, enum rq_vault_use use, double wait, struct rq_error *err)
{
	struct rq_arena *arena = &vault->arena;

	vault->path = rq_arena_strdup(arena, path);
	vault->chunks = rq_path_join(arena, path, "chunks");
	vault->snapshots = rq_path_join(arena, path, "snapshots");
	vault->pins = rq_path_join(arena, path, "pins");
	vault->drills = rq_path_join(arena, path, "drills");
	if (vault->path == NULL || vault->chunks == NULL || vault->snapshots == NULL || vault->pins == NULL || vault->drills == NULL)
		return rq_fail_memory(err);
	if (use == RQ_VAULT_ADD)
		RQ_TRY(make_folders(vault, err));
	if (!rq_file_exists(vault->snapshots))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": holds no snapshots; \"rqgate snapshot create\" makes one", path);
	vault->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (vault->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	vault->open = true;
	return lock(vault->fd, use == RQ_VAULT_REMOVE ? LOCK_EX : LOCK_SH, wait, path, err);
}

void rq_vault_close(struct rq_vault *vault)
{
	if (vault->open)
		close(vault->fd);
	rq_arena_release(&vault->arena);
	*vault = (struct rq_vault){0};
}

/* ---- what is there ---- */

const char *rq_vault_folder(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena)
{
	return rq_path_join(arena, vault->snapshots, sha256);
}

bool rq_vault_has(const struct rq_vault *vault, const char *sha256)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *folder = rq_vault_folder(vault, sha256, &arena);

	return folder != NULL && rq_file_exists(folder);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum rq_status rq_vault_seals(const char *const **seals, size_t *count, const struct rq_vault *vault, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) const char **found = NULL;
	DIR *stream = opendir(vault->snapshots);
	size_t capacity = 0;
	bool enough = true;

	*count = 0;
	if (stream == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", vault->snapshots, strerror(errno));
	for (struct dirent *entry; enough && (entry = readdir(stream)) != NULL;) {
		if (!rq_is_sha256(entry->d_name))
			continue;
		enough = RQ_RESERVE(found, capacity, *count + 1) && (found[*count] = rq_arena_strdup(arena, entry->d_name)) != NULL;
		*count += enough;
	}
	closedir(stream);
	const char **kept = enough ? rq_arena_alloc(arena, *count + 1, sizeof *kept) : NULL;
	if (kept == NULL)
		return rq_fail_memory(err);
	if (*count > 0)
		memcpy(kept, found, *count * sizeof *kept);
	qsort(kept, *count, sizeof *kept, by_text);
	*seals = kept;
	return RQ_OK;
}

/* Blanks are no part of the seal (evalcore/base/seal.h), but nobody writes them here. */
enum rq_status rq_vault_check_print(const struct rq_buf *text, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	RQ_CLEANUP(rq_buf_release) struct rq_buf again = {0};

	RQ_TRY(rq_json_parse(&root, text->data, text->size, path, err));
	RQ_TRY(rq_json_print(&again, root, true, err));
	rq_buf_puts(&again, "\n");
	RQ_TRY(rq_buf_check(&again, err));
	if (again.size == text->size && memcmp(again.data, text->data, text->size) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: was changed since it was written (blanks or spelling)", path);
}

enum rq_status rq_vault_read(struct rq_manifest *manifest, const struct rq_vault *vault, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *folder = rq_vault_folder(vault, sha256, &manifest->arena), *path = rq_path_join(&manifest->arena, folder, RQ_MANIFEST_FILE);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, path, err));
	RQ_TRY(rq_manifest_parse(manifest, &text, path, RQ_SNAPSHOT_KIND, err));
	if (strcmp(manifest->sha256, sha256) != 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": its manifest has the seal %s, and not this name", folder, manifest->sha256);
	return rq_vault_check_print(&text, path, err);
}

/* ---- which one is current ---- */

static enum rq_status read_line(struct rq_switch *item, const char *line, size_t length, const char *path, size_t number, struct rq_arena *arena,
                                struct rq_error *err)
{
	const char *when = rq_arena_strndup(arena, line, length < TIME_LENGTH ? length : TIME_LENGTH);
	const char *sha256 = rq_arena_strndup(arena, line + strlen(when == NULL ? "" : when), length - strlen(when == NULL ? "" : when));

	if (when == NULL || sha256 == NULL)
		return rq_fail_memory(err);
	if (!rq_parse_time(&item->seconds, when, strlen(when)) || sha256[0] != ' ' || !rq_is_sha256(sha256 + 1))
		return rq_fail(err, RQ_E_DATA, "%s:%zu: expected a time and a seal; remove the line, or name the snapshot by its seal", path, number);
	item->when = when;
	item->sha256 = sha256 + 1;
	return RQ_OK;
}

enum rq_status rq_vault_switches(struct rq_switch **switches, size_t *count, const struct rq_vault *vault, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = rq_path_join(arena, vault->path, SWITCHES);
	size_t lines = 0;

	*count = 0;
	*switches = NULL;
	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	RQ_TRY(rq_file_read(&text, path, err));
	for (size_t i = 0; i < text.size; i++)
		lines += text.data[i] == '\n';
	*switches = rq_arena_alloc(arena, lines + 2, sizeof **switches);
	if (*switches == NULL)
		return rq_fail_memory(err);
	for (const char *line = text.data, *end = text.data + text.size; line < end; line++) {
		size_t length = strcspn(line, "\n");
		RQ_TRY(read_line(&(*switches)[*count], line, length, path, *count + 1, arena, err));
		(*count)++;
		line += length;
	}
	return RQ_OK;
}

static bool same_file(const struct rq_manifest *a, const struct rq_manifest *b, const char *role)
{
	const char *in_a = rq_manifest_role(a, role), *in_b = rq_manifest_role(b, role);

	return in_a != NULL && in_b != NULL && strcmp(rq_manifest_file(a, in_a)->sha256, rq_manifest_file(b, in_b)->sha256) == 0;
}

/* What cannot be read may be another one. */
static bool serve_the_same(const struct rq_vault *vault, const char *sha256, const char *other)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest a = {0};
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest b = {0};
	struct rq_error ignored = {0};

	if (strcmp(sha256, other) == 0)
		return true;
	return rq_vault_read(&a, vault, sha256, &ignored) == RQ_OK && rq_vault_read(&b, vault, other, &ignored) == RQ_OK && same_file(&a, &b, "index") &&
	       same_file(&a, &b, "ids");
}

/* Where no switch is known: by when they were made. */
static enum rq_status by_creation(char current[RQ_SHA256_HEX], char previous[RQ_SHA256_HEX], const struct rq_vault *vault, int64_t seconds,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_snapshots snapshots;

	RQ_TRY(rq_snapshots_list(&snapshots, vault->snapshots, RQ_SNAPSHOT_KIND, &arena, err));
	const struct rq_snapshot *newest = rq_snapshots_at(&snapshots, seconds);
	if (newest != NULL)
		memcpy(current, newest->sha256, RQ_SHA256_HEX);
	for (const struct rq_snapshot *before = newest; newest != NULL && before > snapshots.items && previous[0] == '\0';)
		if (!serve_the_same(vault, (--before)->sha256, current))
			memcpy(previous, before->sha256, RQ_SHA256_HEX);
	return RQ_OK;
}

enum rq_status rq_vault_current(char current[RQ_SHA256_HEX], char previous[RQ_SHA256_HEX], const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_switch *switches;
	size_t count;

	current[0] = previous[0] = '\0';
	RQ_TRY(rq_vault_switches(&switches, &count, vault, &arena, err));
	while (count > 0 && previous[0] == '\0') {
		const char *sha256 = switches[--count].sha256;
		if (!rq_vault_has(vault, sha256) || (current[0] != '\0' && serve_the_same(vault, sha256, current)))
			continue;
		memcpy(current[0] == '\0' ? current : previous, sha256, RQ_SHA256_HEX);
	}
	return current[0] == '\0' ? by_creation(current, previous, vault, INT64_MAX, err) : RQ_OK;
}

enum rq_status rq_vault_at(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, int64_t seconds, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_switch *switches;
	const struct rq_switch *then = NULL;
	size_t count;
	char ignored[RQ_SHA256_HEX];

	sha256[0] = '\0';
	RQ_TRY(rq_vault_switches(&switches, &count, vault, &arena, err));
	for (size_t i = 0; i < count; i++)
		if (switches[i].seconds <= seconds)
			then = &switches[i];
	if (then != NULL && !rq_vault_has(vault, then->sha256))
		return rq_fail(err, RQ_E_USAGE, "the snapshot that was current then, %.12s, is gone: it was removed", then->sha256);
	if (then != NULL)
		memcpy(sha256, then->sha256, RQ_SHA256_HEX);
	if (count == 0)
		RQ_TRY(by_creation(sha256, ignored, vault, seconds, err));
	if (sha256[0] == '\0')
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no snapshot was current then; \"rqgate snapshot list\" shows since when there are any", vault->path);
	return RQ_OK;
}

static enum rq_status append(const struct rq_vault *vault, const char *sha256, const char *when, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_switch *switches;
	const char *path = rq_path_join(&arena, vault->path, SWITCHES);
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vault_switches(&switches, &count, vault, &arena, err));
	if (count > 0 && strcmp(switches[count - 1].sha256, sha256) == 0)
		return RQ_OK;
	for (size_t i = 0; i < count; i++)
		rq_buf_printf(&text, "%s %s\n", switches[i].when, switches[i].sha256);
	rq_buf_printf(&text, "%s %s\n", when, sha256);
	RQ_TRY(rq_buf_check(&text, err));
	return rq_file_write(path, text.data, text.size, err);
}

enum rq_status rq_vault_switch(const struct rq_vault *vault, const char *sha256, const char *when, struct rq_error *err)
{
	int fd = open(vault->snapshots, O_RDONLY | O_DIRECTORY | O_CLOEXEC); /* a lock of its own: others go on reading meanwhile */

	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", vault->snapshots, strerror(errno));
	enum rq_status status = lock(fd, LOCK_EX, RQ_VAULT_WAIT, vault->snapshots, err);
	if (status == RQ_OK)
		status = append(vault, sha256, when, err);
	close(fd);
	return status;
}

/* ---- which one is meant ---- */

static enum rq_status find_named(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, bool wants_previous, struct rq_error *err)
{
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];

	RQ_TRY(rq_vault_current(current, previous, vault, err));
	memcpy(sha256, wants_previous ? previous : current, RQ_SHA256_HEX);
	if (sha256[0] != '\0')
		return RQ_OK;
	if (wants_previous && current[0] != '\0')
		return rq_fail(err, RQ_E_USAGE, "\"%s\": there is no snapshot of another index before the current one, %.*s", vault->path, (int)SHOWN, current);
	return rq_fail(err, RQ_E_USAGE, "\"%s\": holds no snapshot; \"rqgate snapshot create\" makes one", vault->path);
}

enum rq_status rq_vault_find(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *const *seals;
	size_t count, length = strlen(name), found = 0;

	if (strcmp(name, "current") == 0 || strcmp(name, "previous") == 0)
		return find_named(sha256, vault, name[0] == 'p', err);
	if (length < PREFIX_LEAST || length >= RQ_SHA256_HEX || strspn(name, "0123456789abcdef") != length)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no snapshot; expected current, previous, or the first %d digits of its seal at least", name,
		               (int)PREFIX_LEAST);
	RQ_TRY(rq_vault_seals(&seals, &count, vault, &arena, err));
	for (size_t i = 0; i < count; i++) {
		if (strncmp(seals[i], name, length) != 0)
			continue;
		memcpy(sha256, seals[i], RQ_SHA256_HEX);
		found++;
	}
	if (found == 1)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE, "\"%s\": %s; \"rqgate snapshot list\" shows which there are", name,
	               found == 0 ? "no such snapshot" : "several snapshots begin so");
}

/* ---- pins ---- */

static const char *pin_of(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena)
{
	return rq_path_join(arena, vault->pins, sha256);
}

bool rq_vault_is_pinned(const struct rq_vault *vault, const char *sha256)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = pin_of(vault, sha256, &arena);

	return path == NULL || rq_file_exists(path); /* where memory runs out nothing is removed */
}

enum rq_status rq_vault_pin(const struct rq_vault *vault, const char *sha256, bool pinned, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = pin_of(vault, sha256, &arena);

	if (path == NULL)
		return rq_fail_memory(err);
	if (pinned) {
		RQ_TRY(rq_make_folders(vault->pins, err));
		return rq_file_write(path, "", 0, err);
	}
	if (remove(path) == 0 || errno == ENOENT)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
}
