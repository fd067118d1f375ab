/* One small file of a snapshot, without the others. */
#include "evalcore/snapshot/packs.h"
#include "evalcore/snapshot/snapshot.h"

#include <string.h>

static enum rq_status read_chunks(struct rq_buf *bytes, const struct rq_manifest_file *file, struct rq_packs *packs,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *chunk = NULL;
	size_t room = 0;

	for (size_t i = 0; i < file->chunk_count; i++) {
		const struct rq_manifest_chunk *next = &file->chunks[i];
		if (!RQ_RESERVE(chunk, room, next->bytes))
			return rq_fail_memory(err);
		RQ_TRY(rq_chunk_read(chunk, packs, next, err));
		rq_buf_add(bytes, chunk, next->bytes);
	}
	return bytes->failed ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_snapshot_peek(struct rq_buf *bytes, const struct rq_manifest *manifest, const char *name,
                                const struct rq_vault *vault, struct rq_error *err)
{
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {0};
	const struct rq_manifest_file *file = rq_manifest_file(manifest, name);
	char sha256[RQ_SHA256_HEX];

	if (file == NULL)
		return rq_fail(err, RQ_E_DATA, "snapshot %.12s: has no file \"%s\"", manifest->sha256, name);
	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	RQ_TRY(read_chunks(bytes, file, &packs, err));
	RQ_TRY(rq_sha256(sha256, bytes->data, bytes->size, err));
	if (strcmp(sha256, file->sha256) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: its chunks make a file of another sha256 than the manifest says, %s and not %s",
	               name, sha256, file->sha256);
}
