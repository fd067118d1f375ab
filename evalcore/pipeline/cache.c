/* An entry is a header (magic, payload size, hash of the payload) and the payload. */
#include "evalcore/pipeline/cache.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char MAGIC[8] = "RQCACHE1";

struct header {
	char magic[8];
	uint64_t size;
	struct rq_key hash;
};

enum { BLOCK = 1 << 20 };

char *rq_cache_folder(struct rq_cache *cache, struct rq_arena *arena, const char *kind)
{
	struct rq_error err = {0};
	char *folder = cache->folder == NULL ? NULL : rq_arena_printf(arena, "%s/%s", cache->folder, kind);

	if (folder != NULL && !cache->read_only && rq_make_folders(folder, &err) != RQ_OK) {
		rq_cache_note(cache, &err);
		return NULL;
	}
	return folder;
}

void rq_cache_note(struct rq_cache *cache, const struct rq_error *err)
{
	if (cache->write_error.status == RQ_OK)
		cache->write_error = *err;
}

static char *entry_path(struct rq_cache *cache, struct rq_arena *arena, const char *kind, const struct rq_key *key)
{
	char hex[33];

	rq_key_hex(key, hex);
	return rq_arena_printf(arena, "%s/%s/%s", cache->folder, kind, hex);
}

/* Chained over blocks, so that a stream hashes as its whole does. */
static bool hash_stream(struct header *header, FILE *stream)
{
	RQ_CLEANUP(rq_free_pointer) char *block = malloc(BLOCK);

	header->size = 0;
	header->hash = (struct rq_key){0};
	if (block == NULL)
		return false;
	for (size_t got; (got = fread(block, 1, BLOCK, stream)) > 0; header->size += got)
		rq_key_add(&header->hash, block, got);
	return !ferror(stream);
}

FILE *rq_cache_open(struct rq_cache *cache, const char *kind, const struct rq_key *key)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct header stored, found;
	char *path = cache->folder == NULL ? NULL : entry_path(cache, &arena, kind, key);
	FILE *stream = path == NULL ? NULL : fopen(path, "re");

	if (stream == NULL)
		return NULL;
	bool headed = fread(&stored, sizeof stored, 1, stream) == 1, readable = !ferror(stream) && hash_stream(&found, stream);
	bool whole = headed && readable && memcmp(stored.magic, MAGIC, sizeof MAGIC) == 0 && found.size == stored.size && memcmp(&found.hash, &stored.hash, sizeof found.hash) == 0;
	if (whole && fseek(stream, sizeof stored, SEEK_SET) == 0)
		return stream;
	fclose(stream);
	if (readable && !whole) { /* what cannot be read now may be whole */
		if (!cache->read_only)
			unlink(path);
		cache->damaged++;
	}
	return NULL;
}

bool rq_cache_get(struct rq_cache *cache, const char *kind, const struct rq_key *key, struct rq_buf *out)
{
	FILE *stream = rq_cache_open(cache, kind, key);
	char block[16384];

	if (stream == NULL)
		return false;
	for (size_t got; (got = fread(block, 1, sizeof block, stream)) > 0;)
		rq_buf_add(out, block, got);
	bool whole = !ferror(stream) && !out->failed;
	fclose(stream);
	return whole;
}

bool rq_cache_begin(struct rq_cache *cache, struct rq_output *output, const char *kind, const struct rq_key *key)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct header empty = {0};
	struct rq_error err = {0};

	if (cache->read_only || rq_cache_folder(cache, &arena, kind) == NULL)
		return false;
	char *path = entry_path(cache, &arena, kind, key);
	if (path == NULL)
		return false;
	if (rq_output_open(output, path, &err) != RQ_OK) {
		rq_cache_note(cache, &err);
		return false;
	}
	(void)!fwrite(&empty, sizeof empty, 1, output->stream); /* a short write shows in ferror, which the commit checks */
	return true;
}

void rq_cache_end(struct rq_cache *cache, struct rq_output *output)
{
	struct rq_error err = {0};
	struct header header = {0};

	if (output->stream == NULL)
		return;
	bool hashed = fseek(output->stream, sizeof header, SEEK_SET) == 0 && hash_stream(&header, output->stream) && fseek(output->stream, 0, SEEK_SET) == 0;
	memcpy(header.magic, MAGIC, sizeof MAGIC);
	if (!hashed || fwrite(&header, sizeof header, 1, output->stream) != 1) {
		rq_fail(&err, RQ_E_IO, "\"%s\": cannot write: %s", output->path, strerror(errno));
		rq_output_release(output);
	} else {
		(void)!rq_output_commit(output, &err);
	}
	if (err.status != RQ_OK)
		rq_cache_note(cache, &err);
}

void rq_cache_put(struct rq_cache *cache, const char *kind, const struct rq_key *key, const void *data, size_t size)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	if (!rq_cache_begin(cache, &output, kind, key))
		return;
	/* A short write shows in ferror, which the commit checks. */
	(void)!fwrite(data, 1, size, output.stream);
	rq_cache_end(cache, &output);
}
