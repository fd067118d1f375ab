/* An entry is a header (magic, payload size, hash of the payload) and the payload. */
#include "evalcore/pipeline/cache.h"

#include "evalcore/pipeline/cache_folder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[8] = "RQCACHE1";

struct header {
	char magic[8];
	uint64_t size;
	struct rq_key hash;
};

enum { BLOCK = 1 << 20 };

static enum rq_status make_folder(struct rq_cache *cache, const char *folder, const char *kind, struct rq_error *err)
{
	if (rq_cache_kind_find(kind) == rq_cache_kind_count)
		return rq_fail(err, RQ_E_INTERNAL, "\"%s\" has no row in cache_kinds.def", kind);
	if (!cache->marked)
		RQ_TRY(rq_cache_mark(cache->folder, err));
	cache->marked = true;
	return rq_make_folders(folder, err);
}

char *rq_cache_folder(struct rq_cache *cache, struct rq_arena *arena, const char *kind)
{
	struct rq_error err = {0};
	char *folder = cache->folder == NULL ? NULL : rq_arena_printf(arena, "%s/%s", cache->folder, kind);

	if (folder != NULL && !cache->read_only && make_folder(cache, folder, kind, &err) != RQ_OK) {
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

void rq_cache_add_use(struct rq_cache *cache, const char *kind, const struct rq_key *key)
{
	for (size_t i = 0; i < cache->use_count; i++)
		if (strcmp(cache->uses[i].kind, kind) == 0 && memcmp(&cache->uses[i].key, key, sizeof *key) == 0)
			return;
	if (cache->use_count < RQ_CACHE_USES_MAX)
		cache->uses[cache->use_count++] = (struct rq_cache_use){kind, *key};
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

FILE *rq_cache_open_file(const char *path, bool *damaged)
{
	struct header stored, found;
	FILE *stream = fopen(path, "re");

	*damaged = false;
	if (stream == NULL)
		return NULL;
	bool headed = fread(&stored, sizeof stored, 1, stream) == 1, readable = !ferror(stream) && hash_stream(&found, stream);
	bool whole = headed && readable && memcmp(stored.magic, MAGIC, sizeof MAGIC) == 0 && found.size == stored.size && memcmp(&found.hash, &stored.hash, sizeof found.hash) == 0;
	if (whole && fseek(stream, sizeof stored, SEEK_SET) == 0)
		return stream;
	fclose(stream);
	*damaged = readable && !whole; /* what cannot be read now may be whole */
	return NULL;
}

FILE *rq_cache_open(struct rq_cache *cache, const char *kind, const struct rq_key *key)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	char *path = cache->folder == NULL ? NULL : entry_path(cache, &arena, kind, key);
	bool damaged = false;
	FILE *stream = path == NULL ? NULL : rq_cache_open_file(path, &damaged);

	if (stream != NULL && !cache->read_only) {
		futimens(fileno(stream), NULL); /* where that is not allowed the order of eviction suffers, nothing else */
		rq_cache_add_use(cache, kind, key);
	}
	if (damaged) {
		if (!cache->read_only)
			unlink(path);
		cache->damaged++;
	}
	return stream;
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
	rq_cache_add_use(cache, kind, key);
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
