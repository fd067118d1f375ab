/* Chunks to packs. */
#include "evalcore/snapshot/chunks.h"

#include "evalcore/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a pack; how many packs are on their way to it. */
static const uint64_t PACK_MOST = (uint64_t)128 << 20;
enum { WAITING = 16, NUMBER_ROOM = 24 };

enum rq_status rq_chunks_open(struct rq_chunks *chunks, struct rq_packs *packs, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *above = rq_path_folder(&arena, packs->folder), *path = rq_path_join(&arena, above, "new-packs");

	chunks->packs = packs;
	return path == NULL ? rq_fail_memory(err) : rq_folder_open(&chunks->aside, path, err);
}

static enum rq_status fail_write(const struct rq_chunks *chunks, struct rq_error *err)
{
	return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", chunks->packs->folder, strerror(errno));
}

/* ---- a pack ---- */

static enum rq_status begin_pack(struct rq_chunks *chunks, struct rq_error *err)
{
	size_t size = strlen(chunks->aside.temporary) + NUMBER_ROOM;

	if (!RQ_RESERVE(chunks->made, chunks->capacity, chunks->count + 1))
		return rq_fail_memory(err);
	struct rq_new_pack *pack = &chunks->made[chunks->count];
	*pack = (struct rq_new_pack){.fd = -1, .path = malloc(size)};
	if (pack->path == NULL)
		return rq_fail_memory(err);
	chunks->count++;
	snprintf(pack->path, size, "%s/%zu", chunks->aside.temporary, chunks->count);
	pack->fd = open(pack->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (pack->fd < 0)
		return fail_write(chunks, err);
	chunks->open = true;
	chunks->bytes = 0;
	rq_buf_clear(&chunks->index);
	RQ_TRY(rq_direct_begin(&chunks->writer, pack->fd, chunks->packs->folder, err));
	return rq_packs_add(chunks->packs, pack->path, err);
}

static enum rq_status settle(const struct rq_chunks *chunks, struct rq_new_pack *pack, struct rq_error *err)
{
	enum rq_status status = fsync(pack->fd) == 0 ? RQ_OK : fail_write(chunks, err);

	if (close(pack->fd) != 0 && status == RQ_OK)
		status = fail_write(chunks, err);
	pack->fd = -1;
	return status;
}

static enum rq_status end_pack(struct rq_chunks *chunks, struct rq_error *err)
{
	struct rq_new_pack *pack = &chunks->made[chunks->count - 1];
	size_t size = chunks->index.size;

	RQ_TRY(rq_buf_check(&chunks->index, err));
	RQ_TRY(rq_sha256(pack->name, chunks->index.data, size, err));
	rq_buf_printf(&chunks->index, "%0*zu\n", RQ_PACK_END - 1, size);
	RQ_TRY(rq_buf_check(&chunks->index, err));
	RQ_TRY(rq_direct_add(&chunks->writer, chunks->index.data, chunks->index.size, err));
	RQ_TRY(rq_direct_end(&chunks->writer, err));
	chunks->open = false;
	return chunks->count <= WAITING || pack[-WAITING].fd < 0 ? RQ_OK : settle(chunks, &pack[-WAITING], err);
}

enum rq_status rq_chunks_add(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data, struct rq_error *err)
{
	RQ_TRY(chunks->open ? RQ_OK : begin_pack(chunks, err));
	RQ_TRY(rq_direct_add(&chunks->writer, data, chunk->bytes, err));
	RQ_TRY(rq_packs_add_place(chunks->packs, chunk->sha256, chunk->bytes, err));
	rq_buf_printf(&chunks->index, "%s %" PRIu32 "\n", chunk->sha256, chunk->bytes);
	chunks->bytes += chunk->bytes;
	chunks->added++;
	chunks->added_bytes += chunk->bytes;
	return chunks->bytes < PACK_MOST ? RQ_OK : end_pack(chunks, err);
}

/* Is it there? The end of the last pack may not be in its file yet. */
static bool is_kept(struct rq_chunks *chunks, const struct rq_place *place, const unsigned char *data)
{
	const struct rq_direct_writer *writer = &chunks->writer;
	bool last = chunks->open && place->pack + 1 == chunks->packs->count;
	bool writing = last && place->offset + place->bytes > writer->offset;
	struct rq_place written = *place;
	struct rq_error ignored = {0};

	if (writing)
		written.bytes = place->offset < writer->offset ? (uint32_t)(writer->offset - place->offset) : 0;
	if (written.bytes > 0 &&
	    (rq_place_read(chunks->scratch, chunks->packs, &written, &ignored) != RQ_OK ||
	     memcmp(chunks->scratch, data, written.bytes) != 0))
		return false;
	return !writing || memcmp(writer->data + (place->offset + written.bytes - writer->offset), data + written.bytes,
	                          place->bytes - written.bytes) == 0;
}

enum rq_status rq_chunks_put(struct rq_chunks *chunks, const struct rq_manifest_chunk *chunk, const void *data,
                             struct rq_error *err)
{
	if (chunks->scratch_size < chunk->bytes) {
		free(chunks->scratch);
		chunks->scratch = malloc(chunk->bytes);
		chunks->scratch_size = chunks->scratch == NULL ? 0 : chunk->bytes;
	}
	if (chunks->scratch == NULL)
		return rq_fail_memory(err);
	for (const struct rq_place *place = rq_packs_find(chunks->packs, chunk); place != NULL; place = rq_packs_next(chunks->packs, place))
		if (is_kept(chunks, place, data))
			return RQ_OK;
	return rq_chunks_add(chunks, chunk, data, err);
}

/* ---- all of them ---- */

static enum rq_status give_names(struct rq_chunks *chunks, struct rq_error *err)
{
	struct rq_packs *packs = chunks->packs;

	for (size_t i = 0; i < chunks->count; i++) {
		const char *to = rq_path_join(&packs->arena, packs->folder, chunks->made[i].name);
		if (to == NULL)
			return rq_fail_memory(err);
		if (rename(chunks->made[i].path, to) != 0)
			return fail_write(chunks, err);
		packs->items[packs->count - chunks->count + i].path = to;
	}
	return RQ_OK;
}

enum rq_status rq_chunks_finish(struct rq_chunks *chunks, struct rq_error *err)
{
	return chunks->open ? end_pack(chunks, err) : RQ_OK;
}

enum rq_status rq_chunks_commit(struct rq_chunks *chunks, struct rq_error *err)
{
	RQ_TRY(rq_chunks_finish(chunks, err));
	for (size_t i = 0; i < chunks->count; i++)
		RQ_TRY(chunks->made[i].fd < 0 ? RQ_OK : settle(chunks, &chunks->made[i], err));
	RQ_TRY(give_names(chunks, err));
	return chunks->count == 0 ? RQ_OK : rq_folder_sync(chunks->packs->folder, err);
}

void rq_chunks_release(struct rq_chunks *chunks)
{
	for (size_t i = 0; i < chunks->count; i++) {
		if (chunks->made[i].fd >= 0)
			close(chunks->made[i].fd);
		free(chunks->made[i].path);
	}
	free(chunks->made);
	free(chunks->scratch);
	rq_buf_release(&chunks->index);
	rq_direct_release(&chunks->writer);
	rq_folder_release(&chunks->aside);
	*chunks = (struct rq_chunks){0};
}
