/* The folder of snapshots: its lock, which one is current, which one is meant. */
#include "evalcore/snapshot/vault.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOTS "snapshots"
#define LOCK "lock"

enum { PREFIX_LEAST = 4, SHOWN = 12, TRIES_MOST = 50 };

/* ---- open, shared or alone ---- */

static enum rq_status fail_empty(const char *path, struct rq_error *err)
{
	return rq_fail(err, RQ_E_USAGE, "\"%s\": holds no snapshots; \"rqgate snapshot create\" makes one", path);
}

/* A folder is a vault once it has its folder of snapshots; what tells of switches is there before. The caller has it
 * alone. */
static enum rq_status make_vault(struct rq_vault *vault, struct rq_error *err)
{
	RQ_TRY(rq_log_check_none(vault, err));
	vault->made = !rq_file_exists(vault->packs);
	RQ_TRY(rq_log_begin(vault, err));
	RQ_TRY(rq_make_folders(vault->packs, err));
	return rq_make_folders(vault->snapshots, err);
}

/* It got no snapshot, and nobody else has it. */
static void take_back(const struct rq_vault *vault)
{
	if (rmdir(vault->snapshots) != 0 && errno != ENOENT)
		return;
	rq_remove_tree(vault->packs);
	rq_log_remove(vault);
	(void)unlinkat(vault->fd, LOCK, 0);
}

static enum rq_status take_lock(struct rq_vault *vault, enum rq_vault_use use, double wait, struct rq_error *err)
{
	bool alone = use == RQ_VAULT_REMOVE;
	const struct rq_lock_file lock = {.path = rq_path_join(&vault->arena, vault->path, LOCK),
	                                  .shown = vault->path,
	                                  .alone = alone,
	                                  .wait = wait,
	                                  .who = alone ? RQ_VAULT_AT_WORK : "another job is removing snapshots there",
	                                  .may_lack = use == RQ_VAULT_READ};

	return lock.path == NULL ? rq_fail_memory(err) : rq_lock_file(&vault->lock, &lock, err);
}

static bool is_named(int fd, int folder, const char *name)
{
	struct stat opened, named;

	return fstat(fd, &opened) == 0 && fstatat(folder, name, &named, 0) == 0 && opened.st_dev == named.st_dev &&
	       opened.st_ino == named.st_ino;
}

/* Who made the vault and kept nothing has taken it back while others opened it, or waited for its lock. */
static bool was_taken_back(const struct rq_vault *vault)
{
	return !is_named(vault->fd, AT_FDCWD, vault->path) || (vault->lock >= 0 && !is_named(vault->lock, vault->fd, LOCK));
}

static void close_files(struct rq_vault *vault)
{
	if (vault->open)
		close(vault->fd);
	if (vault->open && vault->lock >= 0)
		close(vault->lock);
	vault->open = false;
	vault->lock = -1;
}

static enum rq_status open_files(bool *is_new, struct rq_vault *vault, enum rq_vault_use use, double wait,
                                 struct rq_error *err)
{
	*is_new = access(vault->snapshots, F_OK) != 0;
	if (*is_new && errno != ENOENT && errno != ENOTDIR)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", vault->snapshots, strerror(errno));
	if (*is_new && use != RQ_VAULT_ADD)
		return fail_empty(vault->path, err);
	if (*is_new)
		RQ_TRY(rq_make_folders(vault->path, err));
	vault->fd = open(vault->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (vault->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", vault->path, strerror(errno));
	vault->open = true;
	RQ_TRY(take_lock(vault, use, wait, err));
	return *is_new ? rq_lock(vault->lock, true, wait, vault->path, RQ_VAULT_AT_WORK, err) : RQ_OK;
}

enum rq_status rq_vault_open(struct rq_vault *vault, const char *path, enum rq_vault_use use, double wait, struct rq_error *err)
{
	struct rq_arena *arena = &vault->arena;
	bool is_new;

	vault->path = rq_arena_strdup(arena, path);
	vault->packs = rq_path_join(arena, path, "packs");
	vault->snapshots = rq_path_join(arena, path, SNAPSHOTS);
	vault->pins = rq_path_join(arena, path, "pins");
	vault->drills = rq_path_join(arena, path, "drills");
	if (vault->path == NULL || vault->packs == NULL || vault->snapshots == NULL || vault->pins == NULL || vault->drills == NULL)
		return rq_fail_memory(err);
	vault->lock = -1;
	struct rq_error why = {0};
	enum rq_status status;
	int tries = 0;
	do {
		close_files(vault);
		vault->there = rq_folders_there(path);
		status = open_files(&is_new, vault, use, wait, &why);
	} while ((status == RQ_OK || status == RQ_E_IO) && (!vault->open || was_taken_back(vault)) && ++tries < TRIES_MOST);
	if (status != RQ_OK)
		return rq_fail(err, status, "%s", why.text);
	return is_new && !rq_file_exists(vault->snapshots) ? make_vault(vault, err) : RQ_OK;
}

void rq_vault_close(struct rq_vault *vault)
{
	if (vault->open && vault->made)
		take_back(vault);
	close_files(vault);
	if (vault->path != NULL)
		rq_remove_folders(vault->path, vault->there);
	rq_arena_release(&vault->arena);
	*vault = (struct rq_vault){0};
}

enum rq_status rq_vault_check_outside(const struct rq_vault *vault, const char *path, const char *instead,
                                      struct rq_error *err)
{
	size_t there = rq_folders_there(path); /* what is not there yet will be made below that */
	RQ_CLEANUP(rq_free_pointer) char *above = there == 0 ? strdup(".") : strndup(path, there);
	RQ_CLEANUP(rq_free_pointer) char *root = realpath(vault->path, NULL);
	RQ_CLEANUP(rq_free_pointer) char *real = above == NULL ? NULL : realpath(above, NULL);

	if (above == NULL)
		return rq_fail_memory(err);
	size_t length = root == NULL ? 0 : strlen(root);
	if (root == NULL || real == NULL || strncmp(real, root, length) != 0 ||
	    (real[length] != '/' && real[length] != '\0'))
		return RQ_OK;
	bool itself = real[length] == '\0' && path[there] == '\0';
	return rq_fail(err, RQ_E_USAGE, "\"%s\": is %sthe folder of snapshots; %s", path, itself ? "" : "in ", instead);
}

/* ---- what is there ---- */

const char *rq_vault_folder(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena)
{
	return rq_path_join(arena, vault->snapshots, sha256);
}

enum rq_status rq_vault_has(bool *there, const struct rq_vault *vault, const char *sha256, struct rq_error *err)
{
	char name[sizeof SNAPSHOTS + RQ_SHA256_HEX]; /* nothing to allocate: what cannot be looked for is not lost */

	snprintf(name, sizeof name, SNAPSHOTS "/%s", sha256);
	*there = faccessat(vault->fd, name, F_OK, 0) == 0;
	return *there || errno == ENOENT ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s/%s\": cannot read: %s", vault->path, name, strerror(errno));
}

enum rq_status rq_vault_seals(const char *const **seals, size_t *count, const struct rq_vault *vault, struct rq_arena *arena, struct rq_error *err)
{
	return rq_digests_in(seals, count, vault->snapshots, arena, err);
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

enum rq_status rq_vault_switches(struct rq_switch **switches, size_t *count, const struct rq_vault *vault, struct rq_arena *arena,
                                 struct rq_error *err)
{
	struct rq_log_entry *entries;
	size_t all;

	*count = 0;
	RQ_TRY(rq_log_read(&entries, &all, vault, arena, err));
	*switches = rq_arena_alloc(arena, all + 1, sizeof **switches);
	if (*switches == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < all; i++)
		if (entries[i].event == RQ_LOG_SWITCH)
			(*switches)[(*count)++] = entries[i].what;
	return RQ_OK;
}

static bool same_file(const struct rq_manifest *a, const struct rq_manifest *b, const char *role)
{
	const char *in_a = rq_manifest_role(a, role), *in_b = rq_manifest_role(b, role);

	return in_a != NULL && in_b != NULL && strcmp(rq_manifest_file(a, in_a)->sha256, rq_manifest_file(b, in_b)->sha256) == 0;
}

/* Searched otherwise the same index is no other: what is wrong with it is wrong in both. What cannot be read may be another one. */
static enum rq_status hold_the_same(bool *same, const struct rq_vault *vault, const char *sha256, const char *other, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest a = {0};
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest b = {0};
	struct rq_error why = {0};

	*same = strcmp(sha256, other) == 0;
	if (*same)
		return RQ_OK;
	enum rq_status status = rq_vault_read(&a, vault, sha256, &why);
	if (status == RQ_OK)
		status = rq_vault_read(&b, vault, other, &why);
	*same = status == RQ_OK && same_file(&a, &b, "index") && same_file(&a, &b, "ids");
	return status == RQ_E_NOMEM ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_vault_current(char current[RQ_SHA256_HEX], char previous[RQ_SHA256_HEX], const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_switch *switches;
	size_t count;
	bool there;

	current[0] = previous[0] = '\0';
	RQ_TRY(rq_vault_switches(&switches, &count, vault, &arena, err));
	if (count == 0)
		return RQ_OK;
	const char *last = switches[--count].sha256;
	RQ_TRY(rq_vault_has(&there, vault, last, err));
	if (!there)
		return rq_fail(err, RQ_E_DATA, "\"%s\": the current snapshot, %.*s, is lost; \"rqgate snapshot import\" a copy of it, or \"restore\" another by its seal",
		               vault->path, (int)SHOWN, last);
	memcpy(current, last, RQ_SHA256_HEX);
	while (count > 0 && previous[0] == '\0') {
		const char *sha256 = switches[--count].sha256;
		bool same = false;
		RQ_TRY(rq_vault_has(&there, vault, sha256, err));
		if (!there)
			continue;
		RQ_TRY(hold_the_same(&same, vault, sha256, current, err));
		if (!same)
			memcpy(previous, sha256, RQ_SHA256_HEX);
	}
	return RQ_OK;
}

size_t rq_switches_first(const struct rq_switch *switches, size_t count, const char *sha256)
{
	size_t first = 0;

	while (first < count && strcmp(switches[first].sha256, sha256) != 0)
		first++;
	return first;
}

/* Where the clock went back a time was twice: before a switch that is dated later, and after one that follows it and is
 * dated earlier. */
static enum rq_status check_once(const struct rq_vault *vault, const struct rq_switch *switches, size_t count,
                                 int64_t seconds, const struct rq_switch *last, struct rq_error *err)
{
	size_t later = 0;

	while (later < count && switches[later].seconds <= seconds)
		later++;
	if (later == 0 || strcmp(switches[later - 1].sha256, last->sha256) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE,
	               "\"%s\": that time was twice, for the clock went back: first %.*s was current, then %.*s; name the "
	               "one that is meant by its seal",
	               vault->path, (int)SHOWN, switches[later - 1].sha256, (int)SHOWN, last->sha256);
}

enum rq_status rq_vault_at(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, int64_t seconds, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_switch *switches;
	const struct rq_switch *then = NULL;
	size_t count;

	sha256[0] = '\0';
	RQ_TRY(rq_vault_switches(&switches, &count, vault, &arena, err));
	for (size_t i = 0; i < count; i++)
		if (switches[i].seconds <= seconds)
			then = &switches[i];
	if (then != NULL)
		RQ_TRY(check_once(vault, switches, count, seconds, then, err));
	bool there = false;
	if (then != NULL)
		RQ_TRY(rq_vault_has(&there, vault, then->sha256, err));
	if (then != NULL && !there)
		return rq_fail(err, RQ_E_USAGE, "the snapshot that was current then, %.12s, is gone: it was removed", then->sha256);
	if (then != NULL) {
		memcpy(sha256, then->sha256, RQ_SHA256_HEX);
		return RQ_OK;
	}
	if (count == 0)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no snapshot was ever current; \"rqgate snapshot list\" shows which there are", vault->path);
	return rq_fail(err, RQ_E_USAGE, "\"%s\": its log of switches begins %s, with %.*s; it does not tell what was current before", vault->path,
	               switches[0].when, (int)SHOWN, switches[0].sha256);
}

enum rq_status rq_vault_switch(const struct rq_vault *vault, const char *sha256, const char *when, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_switch *switches;
	struct rq_error damaged = {0};
	size_t count;

	/* also where the vault may not be written to */
	if (rq_vault_switches(&switches, &count, vault, &arena, &damaged) == RQ_OK && count > 0 && strcmp(switches[count - 1].sha256, sha256) == 0)
		return RQ_OK;
	const struct rq_log_entry entry = {{.when = when, .sha256 = sha256}, RQ_LOG_SWITCH};
	return rq_log_append(vault, &entry, err);
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
	return rq_fail(err, RQ_E_USAGE, "\"%s\": no snapshot is current; \"rqgate snapshot list\" shows which there are, to be named by their seals",
	               vault->path);
}

enum rq_status rq_vault_find(char sha256[RQ_SHA256_HEX], const struct rq_vault *vault, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *const *seals;
	size_t count, length = strlen(name), found = 0;

	RQ_TRY(rq_vault_seals(&seals, &count, vault, &arena, err));
	if (count == 0)
		return fail_empty(vault->path, err);
	if (strcmp(name, "current") == 0 || strcmp(name, "previous") == 0)
		return find_named(sha256, vault, name[0] == 'p', err);
	if (length < PREFIX_LEAST || length >= RQ_SHA256_HEX || strspn(name, "0123456789abcdef") != length)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": no snapshot; expected current, previous, or the first %d digits of its seal at least", name,
		               (int)PREFIX_LEAST);
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

/* It is where the log says so or its file: where one of them was lost it stays. */
enum rq_status rq_vault_is_pinned(bool *pinned, const struct rq_vault *vault, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = pin_of(vault, sha256, &arena);
	struct rq_log_entry *entries;
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	*pinned = access(path, F_OK) == 0;
	if (*pinned)
		return RQ_OK;
	if (errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	RQ_TRY(rq_log_read(&entries, &count, vault, &arena, err));
	for (size_t i = 0; i < count; i++)
		if (entries[i].event != RQ_LOG_SWITCH && strcmp(entries[i].what.sha256, sha256) == 0)
			*pinned = entries[i].event == RQ_LOG_PIN;
	return RQ_OK;
}

enum rq_status rq_vault_pin(const struct rq_vault *vault, const char *sha256, bool pinned, const char *when, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = pin_of(vault, sha256, &arena);
	const struct rq_log_entry entry = {{.when = when, .sha256 = sha256}, pinned ? RQ_LOG_PIN : RQ_LOG_UNPIN};

	if (path == NULL)
		return rq_fail_memory(err);
	if (pinned) {
		RQ_TRY(rq_make_folders(vault->pins, err));
		RQ_TRY(rq_file_write(path, "", 0, err));
		return rq_log_append(vault, &entry, err);
	}
	RQ_TRY(rq_log_append(vault, &entry, err));
	if (remove(path) == 0 || errno == ENOENT)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
}
