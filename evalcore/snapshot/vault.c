/* The folder of snapshots: its lock, which one is current, which one is meant. */
#include "evalcore/snapshot/vault.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AT_WORK "another job is at work there"
#define SNAPSHOTS "snapshots"
#define SWITCHES "switches"
#define SWITCHES_LOCK "switches.lock"
#define LOCK "lock"
#define DAMAGED_SWITCHES "switches.damaged"
#define SEAL_WORD "sha256 "

enum { PREFIX_LEAST = 4, TIME_LENGTH = sizeof "2026-11-21T03:36:50Z" - 1, SHOWN = 12 };

/* ---- open, shared or alone ---- */

/* What the log tells: a snapshot became current, was pinned, or is not pinned any more. */
enum event { SWITCH, PIN, UNPIN, EVENTS };
static const char *const words[EVENTS] = {"", "pin ", "unpin "};

struct entry {
	struct rq_switch what;
	enum event event;
};

static enum rq_status write_log(const char *path, const struct entry *entries, size_t count, struct rq_error *err)
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

static enum rq_status fail_empty(const char *path, struct rq_error *err)
{
	return rq_fail(err, RQ_E_USAGE, "\"%s\": holds no snapshots; \"rqgate snapshot create\" makes one", path);
}

/* A folder is a vault once it has its folder of snapshots; what tells of switches is there before. */
static enum rq_status make_vault(struct rq_vault *vault, double wait, struct rq_error *err)
{
	const char *switches = rq_path_join(&vault->arena, vault->path, SWITCHES);

	if (switches == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_lock(vault->lock, true, wait, vault->path, AT_WORK, err));
	if (rq_file_exists(vault->snapshots))
		return RQ_OK;
	RQ_TRY(rq_make_folders(vault->packs, err));
	RQ_TRY(write_log(switches, NULL, 0, err));
	return rq_make_folders(vault->snapshots, err);
}

static enum rq_status take_lock(struct rq_vault *vault, enum rq_vault_use use, double wait, struct rq_error *err)
{
	bool alone = use == RQ_VAULT_REMOVE;
	const struct rq_lock_file lock = {.path = rq_path_join(&vault->arena, vault->path, LOCK), .shown = vault->path, .alone = alone, .wait = wait,
	                                  .who = alone ? AT_WORK : "another job is removing snapshots there", .may_lack = use == RQ_VAULT_READ};

	return lock.path == NULL ? rq_fail_memory(err) : rq_lock_file(&vault->lock, &lock, err);
}

enum rq_status rq_vault_open(struct rq_vault *vault, const char *path, enum rq_vault_use use, double wait, struct rq_error *err)
{
	struct rq_arena *arena = &vault->arena;

	vault->path = rq_arena_strdup(arena, path);
	vault->packs = rq_path_join(arena, path, "packs");
	vault->snapshots = rq_path_join(arena, path, SNAPSHOTS);
	vault->pins = rq_path_join(arena, path, "pins");
	vault->drills = rq_path_join(arena, path, "drills");
	if (vault->path == NULL || vault->packs == NULL || vault->snapshots == NULL || vault->pins == NULL || vault->drills == NULL)
		return rq_fail_memory(err);
	vault->lock = -1;
	bool is_new = access(vault->snapshots, F_OK) != 0;
	if (is_new && errno != ENOENT && errno != ENOTDIR)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", vault->snapshots, strerror(errno));
	if (is_new && use != RQ_VAULT_ADD)
		return fail_empty(path, err);
	if (is_new)
		RQ_TRY(rq_make_folders(path, err));
	vault->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (vault->fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	vault->open = true;
	RQ_TRY(take_lock(vault, use, wait, err));
	return is_new ? make_vault(vault, wait, err) : RQ_OK;
}

void rq_vault_close(struct rq_vault *vault)
{
	if (vault->open)
		close(vault->fd);
	if (vault->open && vault->lock >= 0)
		close(vault->lock);
	rq_arena_release(&vault->arena);
	*vault = (struct rq_vault){0};
}

enum rq_status rq_vault_check_outside(const struct rq_vault *vault, const char *path, const char *instead, struct rq_error *err)
{
	size_t there = rq_folders_there(path); /* what is not there yet will be made below that */
	RQ_CLEANUP(rq_free_pointer) char *above = there == 0 ? strdup(".") : strndup(path, there);
	RQ_CLEANUP(rq_free_pointer) char *root = realpath(vault->path, NULL);
	RQ_CLEANUP(rq_free_pointer) char *real = above == NULL ? NULL : realpath(above, NULL);

	if (above == NULL)
		return rq_fail_memory(err);
	size_t length = root == NULL ? 0 : strlen(root);
	if (root == NULL || real == NULL || strncmp(real, root, length) != 0 || (real[length] != '/' && real[length] != '\0'))
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

/* "TIME SEAL", "TIME pin SEAL", "TIME unpin SEAL" */
static enum rq_status read_line(struct entry *entry, const char *line, size_t length, struct rq_arena *arena, bool *valid)
{
	size_t digits = length < RQ_SHA256_HEX - 1 ? length : RQ_SHA256_HEX - 1, time = length < TIME_LENGTH ? length : TIME_LENGTH;
	const struct rq_switch what = {.when = rq_arena_strndup(arena, line, time), .sha256 = rq_arena_strndup(arena, line + length - digits, digits)};
	const char *word = rq_arena_strndup(arena, line + time, length - digits < time ? 0 : length - digits - time);

	if (what.when == NULL || what.sha256 == NULL || word == NULL)
		return RQ_E_NOMEM;
	*entry = (struct entry){what, SWITCH};
	while (entry->event < EVENTS && (word[0] != ' ' || strcmp(word + 1, words[entry->event]) != 0))
		entry->event++;
	*valid = entry->event < EVENTS && rq_parse_time(&entry->what.seconds, what.when, time) && rq_is_sha256(what.sha256);
	return RQ_OK;
}

static enum rq_status fail_switches(struct rq_error *err, const char *path, const char *what)
{
	return rq_fail(err, RQ_E_DATA,
	               "%s: %s, so that nobody knows which snapshot is current; \"rqgate snapshot restore SEAL\" of the one that shall be begins it anew", path,
	               what);
}

/* The last line is the digest of those before it. */
static bool has_seal(size_t *size, const struct rq_buf *text, const char *sha256)
{
	enum { LINE = sizeof SEAL_WORD - 1 + RQ_SHA256_HEX };

	*size = text->size < LINE ? 0 : text->size - LINE;
	return text->size >= LINE && memcmp(text->data + *size, SEAL_WORD, sizeof SEAL_WORD - 1) == 0 &&
	       memcmp(text->data + *size + sizeof SEAL_WORD - 1, sha256, RQ_SHA256_HEX - 1) == 0 && text->data[text->size - 1] == '\n';
}

static enum rq_status check_seal(size_t *size, const struct rq_buf *text, const char *path, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX] = "";
	size_t line = sizeof SEAL_WORD - 1 + RQ_SHA256_HEX;

	if (text->size >= line)
		RQ_TRY(rq_sha256(sha256, text->data, text->size - line, err));
	return has_seal(size, text, sha256) ? RQ_OK : fail_switches(err, path, "was changed since it was written");
}

static enum rq_status read_log(struct entry **entries, size_t *count, const struct rq_vault *vault, struct rq_arena *arena, struct rq_error *err)
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

enum rq_status rq_vault_switches(struct rq_switch **switches, size_t *count, const struct rq_vault *vault, struct rq_arena *arena,
                                 struct rq_error *err)
{
	struct entry *entries;
	size_t all;

	*count = 0;
	RQ_TRY(read_log(&entries, &all, vault, arena, err));
	*switches = rq_arena_alloc(arena, all + 1, sizeof **switches);
	if (*switches == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < all; i++)
		if (entries[i].event == SWITCH)
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

/* What was damaged is set aside. */
static enum rq_status begin_anew(const struct rq_vault *vault, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	const char *aside = rq_path_join(arena, vault->path, DAMAGED_SWITCHES);

	if (aside == NULL)
		return rq_fail_memory(err);
	return rename(path, aside) == 0 || errno == ENOENT ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot rename: %s", path, strerror(errno));
}

/* Pins stand in files too, so that a damaged log takes none with it. */
static enum rq_status log_pins(struct entry **entries, size_t *count, const struct rq_vault *vault, const char *when, struct rq_arena *arena,
                               struct rq_error *err)
{
	const char *const *seals = NULL;

	*count = 0;
	if (access(vault->pins, F_OK) == 0 || errno != ENOENT)
		RQ_TRY(rq_digests_in(&seals, count, vault->pins, arena, err));
	*entries = rq_arena_alloc(arena, *count + 1, sizeof **entries);
	if (*entries == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < *count; i++)
		(*entries)[i] = (struct entry){{.when = when, .sha256 = seals[i]}, PIN};
	return RQ_OK;
}

static enum rq_status append(const struct rq_vault *vault, const struct entry *entry, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_error why = {0};
	struct entry *entries;
	const char *path = rq_path_join(&arena, vault->path, SWITCHES);
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	enum rq_status status = read_log(&entries, &count, vault, &arena, &why);
	if (status == RQ_E_DATA && entry->event == SWITCH) {
		RQ_TRY(log_pins(&entries, &count, vault, entry->what.when, &arena, err));
		RQ_TRY(begin_anew(vault, path, &arena, err));
	} else if (status != RQ_OK) {
		return rq_fail(err, status, "%s", why.text);
	}
	struct entry *all = rq_arena_alloc(&arena, count + 1, sizeof *all);
	if (all == NULL)
		return rq_fail_memory(err);
	if (count > 0)
		memcpy(all, entries, count * sizeof *all);
	all[count] = *entry;
	return write_log(path, all, count + 1, err);
}

/* A lock of its own: others go on reading meanwhile. */
static enum rq_status append_locked(const struct rq_vault *vault, const struct entry *entry, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const struct rq_lock_file lock = {.path = rq_path_join(&arena, vault->path, SWITCHES_LOCK), .shown = vault->path, .who = AT_WORK, .alone = true,
	                                  .wait = RQ_VAULT_WAIT};
	int fd;

	if (lock.path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_lock_file(&fd, &lock, err));
	enum rq_status status = append(vault, entry, err);
	close(fd);
	return status;
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
	const struct entry entry = {{.when = when, .sha256 = sha256}, SWITCH};
	return append_locked(vault, &entry, err);
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
	struct entry *entries;
	size_t count;

	if (path == NULL)
		return rq_fail_memory(err);
	*pinned = access(path, F_OK) == 0;
	if (*pinned)
		return RQ_OK;
	if (errno != ENOENT)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	RQ_TRY(read_log(&entries, &count, vault, &arena, err));
	for (size_t i = 0; i < count; i++)
		if (entries[i].event != SWITCH && strcmp(entries[i].what.sha256, sha256) == 0)
			*pinned = entries[i].event == PIN;
	return RQ_OK;
}

enum rq_status rq_vault_pin(const struct rq_vault *vault, const char *sha256, bool pinned, const char *when, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *path = pin_of(vault, sha256, &arena);
	const struct entry entry = {{.when = when, .sha256 = sha256}, pinned ? PIN : UNPIN};

	if (path == NULL)
		return rq_fail_memory(err);
	if (pinned) {
		RQ_TRY(rq_make_folders(vault->pins, err));
		RQ_TRY(rq_file_write(path, "", 0, err));
		return append_locked(vault, &entry, err);
	}
	RQ_TRY(append_locked(vault, &entry, err));
	if (remove(path) == 0 || errno == ENOENT)
		return RQ_OK;
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
}
