#include "ci/cli/compare_snapshot.h"

#include "evalcore/base/file.h"
#include "evalcore/snapshot/snapshot.h"

#include <string.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

bool rq_compare_names_snapshot(const char *name, const char *store)
{
	bool is_standard = strcmp(name, "current") == 0 || strcmp(name, "previous") == 0;

	return is_folder(name) || (!rq_file_exists(name) && (store != NULL || is_standard));
}

void rq_compare_snapshot_release(struct rq_compare_snapshot *snapshot)
{
	rq_folder_release(&snapshot->scratch);
	rq_manifest_release(&snapshot->manifest);
	rq_arena_release(&snapshot->arena);
}

/* These hold the vectors as they came, so that nobody asks for those beside them. */
static bool tells_its_vectors(const struct rq_manifest *manifest)
{
	static const char *const types[] = {"IndexFlat", "IndexHNSWFlat", "IndexIVFFlat"};
	const struct rq_manifest_fact *kind = rq_manifest_fact(manifest, "index.kind");
	const struct rq_manifest_fact *type = rq_manifest_fact(manifest, "index.type");

	if (kind != NULL && kind->text != NULL && strcmp(kind->text, "exact") == 0)
		return true;
	for (size_t i = 0; type != NULL && type->text != NULL && i < sizeof types / sizeof *types; i++)
		if (strcmp(type->text, types[i]) == 0)
			return true;
	return false;
}

/* What is compared, without the model, the recorded queries and vectors that the index holds itself. Borrowed from the
 * manifest. */
static enum rq_status choose_files(struct rq_manifest *chosen, struct rq_compare_snapshot *snapshot,
                                   struct rq_error *err)
{
	const struct rq_manifest *manifest = &snapshot->manifest;
	const char *const roles[] = {"index", "ids", tells_its_vectors(manifest) ? NULL : "vectors"};

	*chosen = *manifest;
	chosen->file_count = 0;
	chosen->files = rq_arena_alloc(&snapshot->arena, sizeof roles / sizeof *roles, sizeof *chosen->files);
	if (chosen->files == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		const char *name = roles[i] == NULL ? NULL : rq_manifest_role(manifest, roles[i]);
		if (name != NULL)
			chosen->files[chosen->file_count++] = *rq_manifest_file(manifest, name);
	}
	return RQ_OK;
}

/* The store may be mounted to be read, or have no room for a copy. */
static enum rq_status unpack(struct rq_compare_snapshot *snapshot, const struct rq_vault *vault, const char *sha256,
                             const char *place, bool is_in_store, struct rq_progress *progress, struct rq_error *err)
{
	struct rq_manifest chosen;
	struct rq_error why = {0};

	RQ_TRY(rq_vault_read(&snapshot->manifest, vault, sha256, err));
	RQ_TRY(choose_files(&chosen, snapshot, err));
	enum rq_status status = rq_folder_open(&snapshot->scratch, place, &why);
	if (status == RQ_OK) {
		rq_snapshot_progress(progress, "restoring", 0);
		status = rq_snapshot_unpack(&chosen, vault, snapshot->scratch.temporary, progress, &why);
		rq_progress_end(progress);
	}
	if (status == RQ_OK)
		return RQ_OK;
	return rq_fail(err, status, "%s%s", why.text,
	               status == RQ_E_IO && is_in_store ? "; --scratch DIR brings it back elsewhere" : "");
}

static enum rq_status bring_back(struct rq_compare_snapshot *snapshot, const char *name, const struct rq_snapshot_options *where,
                                 const char *scratch, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	const struct rq_strings named = {.items = &name, .count = name == NULL ? 0 : 1};
	const struct rq_snapshot_options by_name = {.store = where->store};
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_vault_from(&vault, where, RQ_VAULT_READ, err));
	RQ_TRY(rq_snapshot_from(sha256, &vault, name == NULL ? where : &by_name, &named, err));
	if (scratch != NULL && !rq_same_file(scratch, vault.path))
		RQ_TRY(rq_vault_check_outside(&vault, scratch, "without --scratch it is brought back there", err));
	snapshot->place = rq_arena_strdup(&snapshot->arena, vault.path);
	const char *place = rq_path_join(&snapshot->arena, scratch != NULL ? scratch : vault.path, "rqgate-compare");
	if (place == NULL || snapshot->place == NULL)
		return rq_fail_memory(err);
	rq_folder_clean(scratch != NULL ? scratch : vault.path);
	enum rq_status status = unpack(snapshot, &vault, sha256, place, scratch == NULL, progress, err);
	if (status == RQ_E_DATA)
		rq_snapshot_revoke_drill(&vault, sha256, err->text);
	return status;
}

static const char *path_of(struct rq_compare_snapshot *snapshot, const char *folder, const char *role)
{
	const char *name = rq_manifest_role(&snapshot->manifest, role);

	return name == NULL ? NULL : rq_path_join(&snapshot->arena, folder, name);
}

/* One that a snapshot was restored to, and neither the folder of all of them nor the place of one there, which is a
 * manifest without its files. */
static enum rq_status read_folder(struct rq_compare_snapshot *snapshot, const char *name, struct rq_error *err)
{
	const char *manifest = rq_path_join(&snapshot->arena, name, RQ_MANIFEST_FILE);

	if (manifest == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(manifest))
		return rq_fail(err, RQ_E_USAGE,
		               "\"%s\": is a folder that no snapshot was restored to; --store names the folder that snapshots are "
		               "kept in", name);
	RQ_TRY(rq_manifest_read(&snapshot->manifest, name, RQ_SNAPSHOT_KIND, err));
	const char *index = path_of(snapshot, name, "index");
	if (index == NULL || rq_file_exists(index))
		return RQ_OK;
	return rq_fail(err, RQ_E_USAGE,
	               "\"%s\": has a manifest and not its files; name a snapshot in a store by its seal, %.*s, with --store",
	               name, (int)RQ_SEAL_SHOWN, snapshot->manifest.sha256);
}

enum rq_status rq_compare_snapshot_open(struct rq_compare_snapshot *snapshot, const char *name, const struct rq_snapshot_options *where,
                                        const char *scratch, struct rq_progress *progress, struct rq_error *err)
{
	const char *folder = name;

	if (name != NULL && is_folder(name)) {
		RQ_TRY(read_folder(snapshot, name, err));
		snapshot->place = name;
		RQ_TRY(rq_snapshot_check_folder(&snapshot->manifest, name, progress, err));
	} else {
		RQ_TRY(bring_back(snapshot, name, where, scratch, progress, err));
		folder = snapshot->scratch.temporary;
	}
	snapshot->index = path_of(snapshot, folder, "index");
	snapshot->ids = path_of(snapshot, folder, "ids");
	snapshot->vectors = tells_its_vectors(&snapshot->manifest) ? NULL : path_of(snapshot, folder, "vectors");
	if (rq_manifest_fact(&snapshot->manifest, "index.similarity") != NULL) /* none of an index that was not opened */
		RQ_TRY(rq_serving_how_of(&snapshot->how, &snapshot->manifest, err));
	return snapshot->index != NULL ? RQ_OK : rq_fail(err, RQ_E_DATA, "snapshot \"%.12s\": holds no index", snapshot->manifest.sha256);
}
