/* A drill, step by step, and its record. */
#include "evalcore/snapshot/drill.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/json_read.h"
#include "evalcore/base/machine.h"
#include "evalcore/base/page_cache.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/seal.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/serving.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

enum { RECORD_SCHEMA_VERSION = 1 };
static const double ROUNDING = 1e-6; /* seconds, of the times of a record */

const char *const rq_drill_step_names[] = {
	[RQ_DRILL_RESTORE] = "restore", [RQ_DRILL_VERIFY] = "verify", [RQ_DRILL_LOAD] = "load", [RQ_DRILL_REPLAY] = "replay"};

/* What one step needs of those before. */
struct drilling {
	const struct rq_vault *vault;
	struct rq_manifest manifest;
	const char *folder;
	struct rq_serving serving;
	struct rq_replayed replayed;
	struct rq_progress *progress;
};

static enum rq_status restore(struct rq_drill *drill, struct drilling *drilling, struct rq_error *err)
{
	RQ_TRY(rq_vault_read(&drilling->manifest, drilling->vault, drill->sha256, err));
	for (size_t i = 0; i < drilling->manifest.file_count; i++)
		drill->bytes += drilling->manifest.files[i].bytes;
	return rq_snapshot_unpack(&drilling->manifest, drilling->vault, drilling->folder, drilling->progress, err);
}

static enum rq_status take_step(struct rq_drill *drill, struct drilling *drilling, enum rq_drill_step step, struct rq_error *err)
{
	switch (step) {
	case RQ_DRILL_RESTORE:
		return restore(drill, drilling, err);
	case RQ_DRILL_VERIFY:
		return rq_snapshot_check_folder(&drilling->manifest, drilling->folder, drilling->progress, err);
	case RQ_DRILL_LOAD:
		return rq_serving_open_folder(&drilling->serving, &drilling->manifest, drilling->folder, err);
	case RQ_DRILL_REPLAY:
		return rq_serving_replay(&drilling->replayed, &drilling->serving, &drilling->manifest, drilling->folder, err);
	default:
		return RQ_OK;
	}
}

/* On the night when it matters the packs come from their disk, not from the memory that has them because they were just written or verified. */
static void forget_packs(const struct rq_vault *vault, struct rq_arena *arena)
{
	const char *const *names;
	struct rq_error ignored = {0};
	size_t count;

	if (rq_digests_in(&names, &count, vault->packs, arena, &ignored) != RQ_OK)
		return;
	for (size_t i = 0; i < count; i++) {
		const char *path = rq_path_join(arena, vault->packs, names[i]);
		if (path != NULL)
			rq_pages_drop_of(path);
	}
}

static enum rq_status take_steps(struct rq_drill *drill, struct drilling *drilling, struct rq_error *err)
{
	uint64_t first = rq_clock_ns(), started = first;

	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(take_step(drill, drilling, step, err));
		uint64_t ended = rq_clock_ns();
		drill->seconds[step] = (double)(ended - started) * 1e-9;
		drill->total = (double)(ended - first) * 1e-9;
		started = ended;
	}
	drill->queries = drilling->replayed.queries;
	drill->same = drilling->replayed.same;
	if (drill->same == drill->queries)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%zu of %zu queries find something else than when the snapshot was made: %s", drill->queries - drill->same,
	               drill->queries, drilling->replayed.difference);
}

static const char *medium_of(const char *path)
{
	static const char *const names[] = {
		[RQ_MEDIUM_DISK] = "disk", [RQ_MEDIUM_NETWORK] = "network", [RQ_MEDIUM_MEMORY] = "memory"};

	return names[rq_folder_medium(path)];
}

bool rq_drill_was_in_memory(const struct rq_drill *drill)
{
	const char *memory = "memory";

	return (drill->from_medium != NULL && strcmp(drill->from_medium, memory) == 0) ||
	       (drill->to_medium != NULL && strcmp(drill->to_medium, memory) == 0);
}

/* ---- its record ---- */

static const char *path_of(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena)
{
	return rq_arena_printf(arena, "%s/%s.json", vault->drills, sha256);
}

static enum rq_status keep(const struct rq_drill *drill, const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = path_of(vault, drill->sha256, &arena);
	char sha256[RQ_SHA256_HEX];

	if (path == NULL)
		return rq_fail_memory(err);
	rq_json_set_number(root, "schema_version", RECORD_SCHEMA_VERSION);
	rq_json_set_string(root, "snapshot", drill->sha256);
	rq_json_set_string(root, "when", drill->when);
	rq_json_set_bool(root, "passed", drill->passed);
	rq_json_set_string(root, "reason", drill->reason);
	rq_json_set_string(root, "withdrawn", drill->withdrawn);
	rq_json_set_string(root, "with", drill->with);
	rq_json_set_string(root, "to", drill->to);
	rq_json *media = rq_json_set_object(root, "media");
	rq_json_set_string(media, "packs", drill->from_medium);
	rq_json_set_string(media, "copy", drill->to_medium);
	rq_json_set_number(root, "bytes", (double)drill->bytes);
	rq_json *seconds = rq_json_set_object(root, "seconds");
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++)
		rq_json_set_number(seconds, rq_drill_step_names[step], drill->seconds[step]);
	rq_json_set_number(seconds, "total", drill->total);
	rq_json_set_number(root, "queries", (double)drill->queries);
	rq_json_set_number(root, "same", (double)drill->same);
	RQ_TRY(rq_json_seal(sha256, root, err));
	rq_json_set_string(root, RQ_JSON_SEAL, sha256);
	RQ_TRY(rq_json_print(&text, root, true, err));
	rq_buf_puts(&text, "\n");
	RQ_TRY(rq_buf_check(&text, err));
	return rq_file_write(path, text.data, text.size, err);
}

/* What the last drill, which passed, was made with; NULL: that is not known. */
static const char *passed_before(const struct rq_vault *vault, const char *sha256, struct rq_arena *arena)
{
	struct rq_drill last;
	struct rq_error ignored = {0};
	bool found;

	if (rq_drill_last(&last, &found, vault, sha256, arena, &ignored) != RQ_OK)
		return NULL;
	return found && last.passed ? last.with : NULL;
}

/* A vault that may only be read brings its snapshots back all the same. */
static enum rq_status remember(struct rq_drill *drill, const struct rq_vault *vault, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_error why = {0};

	if (drill->unkept != NULL || keep(drill, vault, &why) == RQ_OK)
		return RQ_OK;
	drill->unkept = rq_arena_strdup(arena, why.text);
	return drill->unkept == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* One drill of a snapshot at a time: each would write over what the other has found, and one that is killed would be forgotten. *fd is the caller's to
 * close; -1: the vault may not be written, and why is in drill->unkept. */
static enum rq_status lock_record(int *fd, struct rq_drill *drill, const struct rq_vault *vault, double wait, struct rq_arena *arena,
                                  struct rq_error *err)
{
	const struct rq_lock_file lock = {.path = rq_arena_printf(arena, "%s/%s.lock", vault->drills, drill->sha256), .shown = vault->path,
	                                  .who = "another drill of this snapshot is at work there", .alone = true, .wait = wait};
	struct rq_error why = {0};

	*fd = -1;
	if (lock.path == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_make_folders(vault->drills, &why);
	if (status == RQ_OK)
		status = rq_lock_file(fd, &lock, &why);
	if (status == RQ_E_IO) {
		drill->unkept = rq_arena_strdup(arena, why.text);
		return drill->unkept == NULL ? rq_fail_memory(err) : RQ_OK;
	}
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", why.text);
}

static enum rq_status open_scratch(struct rq_folder *scratch, const char *path, const char *to, struct rq_error *err)
{
	struct rq_error why = {0};
	enum rq_status status = rq_folder_open(scratch, path, &why);

	if (status == RQ_OK)
		return RQ_OK;
	return rq_fail(err, status, "%s%s", why.text, status == RQ_E_IO && to == NULL ? "; --to DIR brings it back elsewhere" : "");
}

static enum rq_status make_drill(struct rq_drill *drill, const struct rq_vault *vault, struct rq_progress *progress, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_folder_release) struct rq_folder scratch = {0};
	const char *at = drill->to != NULL ? drill->to : vault->path, *path = rq_path_join(arena, at, "rqgate-drill");
	struct rq_error why = {0};

	if (path == NULL)
		return rq_fail_memory(err);
	rq_folder_clean(at);
	RQ_TRY(open_scratch(&scratch, path, drill->to, err));
	drill->from_medium = medium_of(vault->packs);
	drill->to_medium = medium_of(scratch.temporary);
	const char *passed_with = passed_before(vault, drill->sha256, arena);
	RQ_TRY(remember(drill, vault, arena, err));
	forget_packs(vault, arena);
	struct drilling drilling = {.vault = vault, .folder = scratch.temporary, .progress = progress};
	enum rq_status status = take_steps(drill, &drilling, &why);
	rq_serving_close(&drilling.serving);
	rq_manifest_release(&drilling.manifest);
	drill->passed = status == RQ_OK;
	bool differs = drill->queries > drill->same && passed_with != NULL && strcmp(passed_with, drill->with) != 0;
	drill->reason = drill->passed ? ""
	                : differs     ? rq_arena_printf(arena, "%s; the drill before passed with %s, this one was with %s",
	                                                why.text, passed_with, drill->with)
	                              : rq_arena_strdup(arena, why.text);
	if (drill->reason == NULL)
		return rq_fail_memory(err);
	RQ_TRY(remember(drill, vault, arena, err));
	return status == RQ_E_INTERRUPTED ? rq_fail(err, status, "%s", why.text) : RQ_OK;
}

enum rq_status rq_drill_make(struct rq_drill *drill, const struct rq_vault *vault, const char *sha256,
                             const struct rq_drill_how *how, struct rq_progress *progress, struct rq_arena *arena,
                             struct rq_error *err)
{
	int lock;

	*drill = (struct rq_drill){.when = how->when, .to = how->to, .reason = "it was begun and did not end"};
	memcpy(drill->sha256, sha256, RQ_SHA256_HEX);
	(void)rq_parse_time(&drill->seconds_since_1970, how->when, strlen(how->when));
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++)
		drill->seconds[step] = NAN;
	drill->with = rq_arena_printf(arena, "%s, %s, %s (%s) on %s", how->program, rq_backend_find("faiss")->library(),
	                              rq_blas_version(), rq_blas_kernel(), rq_cpu_name());
	if (drill->with == NULL)
		return rq_fail_memory(err);
	RQ_TRY(lock_record(&lock, drill, vault, RQ_VAULT_WAIT, arena, err));
	enum rq_status status = make_drill(drill, vault, progress, arena, err);
	if (lock >= 0)
		close(lock);
	return status;
}

/* ---- the last one ---- */

static enum rq_status check_seal(const rq_json *root, const char *seal, const char *path, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_json_seal(sha256, root, err));
	if (strcmp(sha256, seal) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: was changed since the drill (what it says has another sha256 than it tells); make another drill", path);
}

/* Does what it found make a drill that passed? */
static enum rq_status check_passed(const struct rq_drill *drill, const char *path, struct rq_error *err)
{
	double sum = 0;
	bool whole = drill->reason[0] == '\0' && drill->queries > 0 && drill->same == drill->queries && drill->total > 0;

	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++) {
		whole = whole && drill->seconds[step] >= 0;
		sum += drill->seconds[step];
	}
	if (whole && fabs(sum - drill->total) <= ROUNDING)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: says that the drill passed, but not each of its steps with its time and every query; make another drill", path);
}

/* Earlier versions did not tell. */
static void read_media(struct rq_drill *drill, struct rq_json_reader *reader, const rq_json *root)
{
	if (rq_json_get(root, "media") == NULL)
		return;
	const rq_json *media = rq_json_read_object(reader, root, "", "media");
	drill->from_medium = rq_json_read_optional_string(reader, media, "media", "packs");
	drill->to_medium = rq_json_read_optional_string(reader, media, "media", "copy");
}

static enum rq_status read_record(struct rq_drill *drill, const struct rq_buf *text, const char *path, const char *sha256, struct rq_arena *arena,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_json_reader reader = {.source = path, .arena = arena, .err = err};

	RQ_TRY(rq_json_read_root(&root, &reader, text, RECORD_SCHEMA_VERSION));
	const char *of = rq_json_read_string(&reader, root, "", "snapshot"), *seal = rq_json_read_string(&reader, root, "", RQ_JSON_SEAL);
	if (reader.status == RQ_OK && strcmp(of, sha256) != 0)
		rq_json_read_fail(&reader, "", "snapshot", rq_json_get(root, "snapshot"), "the seal that the file is named by");
	*drill = (struct rq_drill){.when = rq_json_read_string(&reader, root, "", "when"),
	                           .passed = rq_json_read_bool(&reader, root, "", "passed"),
	                           .reason = rq_json_read_string(&reader, root, "", "reason"),
	                           .bytes = rq_json_read_count(&reader, root, "", "bytes"),
	                           .queries = rq_json_read_count(&reader, root, "", "queries"),
	                           .same = rq_json_read_count(&reader, root, "", "same")};
	memcpy(drill->sha256, sha256, RQ_SHA256_HEX);
	drill->to = rq_json_read_optional_string(&reader, root, "", "to");
	drill->with = rq_json_read_optional_string(&reader, root, "", "with");
	drill->withdrawn = rq_json_read_optional_string(&reader, root, "", "withdrawn");
	read_media(drill, &reader, root);
	const rq_json *seconds = rq_json_read_object(&reader, root, "", "seconds");
	for (enum rq_drill_step step = 0; step < RQ_DRILL_STEPS; step++)
		drill->seconds[step] = rq_json_read_optional_number(&reader, seconds, "seconds", rq_drill_step_names[step]);
	drill->total = rq_json_read_number(&reader, seconds, "seconds", "total");
	if (reader.status == RQ_OK && !rq_parse_time(&drill->seconds_since_1970, drill->when, strlen(drill->when)))
		rq_json_read_fail(&reader, "", "when", rq_json_get(root, "when"), "a time in UTC, \"2026-11-21T03:36:50Z\"");
	if (reader.status != RQ_OK)
		return reader.status;
	RQ_TRY(check_seal(root, seal, path, err));
	RQ_TRY(rq_vault_check_print(text, path, err));
	return drill->passed ? check_passed(drill, path, err) : RQ_OK;
}

enum rq_status rq_drill_last(struct rq_drill *drill, bool *found, const struct rq_vault *vault, const char *sha256, struct rq_arena *arena,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *path = path_of(vault, sha256, arena);

	if (path == NULL)
		return rq_fail_memory(err);
	*found = rq_file_exists(path);
	if (!*found)
		return RQ_OK;
	RQ_TRY(rq_file_read(&text, path, err));
	return read_record(drill, &text, path, sha256, arena, err);
}

static enum rq_status withdraw(const struct rq_vault *vault, const char *sha256, const char *damage, const char *when,
                               struct rq_arena *arena, struct rq_error *err)
{
	struct rq_drill last;
	struct rq_error unread = {0};
	bool found;
	enum rq_status status = rq_drill_last(&last, &found, vault, sha256, arena, &unread);

	if (status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (status != RQ_OK || !found || !last.passed) /* it vouches for nothing */
		return RQ_OK;
	last.passed = false;
	last.withdrawn = when;
	last.reason = rq_arena_printf(arena, "it passed, but has been damaged since: %s", damage);
	return last.reason == NULL ? rq_fail_memory(err) : keep(&last, vault, err);
}

enum rq_status rq_drill_revoke(const struct rq_vault *vault, const char *sha256, const char *damage, const char *when,
                               struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_drill locked = {0};
	struct rq_error why = {0};
	const char *path = path_of(vault, sha256, &arena);
	int lock;

	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	memcpy(locked.sha256, sha256, RQ_SHA256_HEX);
	enum rq_status status = lock_record(&lock, &locked, vault, 0, &arena, &why);
	if (status == RQ_E_LOCKED) /* the drill that is at work finds it too */
		return RQ_OK;
	if (status != RQ_OK || locked.unkept != NULL)
		return rq_fail(err, status != RQ_OK ? status : RQ_E_IO, "%s", status != RQ_OK ? why.text : locked.unkept);
	status = withdraw(vault, sha256, damage, when, &arena, err);
	close(lock);
	return status;
}

bool rq_drill_may_revoke(const struct rq_vault *vault)
{
	return faccessat(AT_FDCWD, vault->drills, W_OK | X_OK, AT_EACCESS) == 0;
}
