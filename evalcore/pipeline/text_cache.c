#include "evalcore/pipeline/text_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* A lock on the folder, whose inode stays the same while files in it are made anew. -1 where the file system has no locks: then a reader may meet half a
 * record, which costs an embedding. */
static int lock(const struct rq_text_cache *texts)
{
	int fd = open(texts->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

static void unlock(int fd)
{
	if (fd >= 0)
		close(fd);
}

static size_t record_size(const struct rq_text_cache *texts)
{
	return sizeof(struct rq_key) + texts->dimension * sizeof(float) + sizeof(uint64_t);
}

static const char *record(const struct rq_text_cache *texts, size_t i)
{
	return texts->content.data + i * record_size(texts);
}

static bool record_is_whole(const char *bytes, size_t size)
{
	uint64_t stored;

	memcpy(&stored, bytes + size - sizeof stored, sizeof stored);
	return rq_hash64(bytes, size - sizeof stored) == stored;
}

/* Slot of the key, or the empty one where it belongs. */
static size_t find_slot(const struct rq_text_cache *texts, const struct rq_key *key)
{
	size_t slot = (size_t)key->low & (texts->slot_count - 1);

	while (texts->slots[slot] != UINT32_MAX && memcmp(record(texts, texts->slots[slot]), key, sizeof *key) != 0)
		slot = (slot + 1) & (texts->slot_count - 1);
	return slot;
}

/* Keeps the whole records, in memory and then in the file, which is made anew without the others. */
static void drop_damaged(struct rq_text_cache *texts, struct rq_cache *cache)
{
	size_t size = record_size(texts), kept = 0;
	struct rq_error err = {0};

	for (size_t i = 0; i < texts->content.size / size; i++) {
		if (!record_is_whole(record(texts, i), size))
			continue;
		if (kept < i)
			memcpy(texts->content.data + kept * size, record(texts, i), size);
		kept++;
	}
	texts->record_count = kept;
	if (kept * size == texts->content.size)
		return;
	cache->damaged++;
	texts->content.size = kept * size;
	if (rq_file_write(texts->path, texts->content.data, texts->content.size, &err) != RQ_OK)
		rq_cache_note(cache, &err);
}

static enum rq_status index_records(struct rq_text_cache *texts, struct rq_error *err)
{
	for (texts->slot_count = 64; texts->slot_count < 2 * texts->record_count;)
		texts->slot_count *= 2;
	texts->slots = malloc(texts->slot_count * sizeof *texts->slots);
	if (texts->slots == NULL)
		return rq_fail_memory(err);
	memset(texts->slots, 0xFF, texts->slot_count * sizeof *texts->slots);
	for (size_t i = 0; i < texts->record_count; i++) {
		struct rq_key key;
		memcpy(&key, record(texts, i), sizeof key);
		texts->slots[find_slot(texts, &key)] = (uint32_t)i;
	}
	return RQ_OK;
}

static enum rq_status read_records(struct rq_text_cache *texts, struct rq_cache *cache, struct rq_error *err)
{
	int locked = lock(texts);
	enum rq_status status = rq_file_exists(texts->path) ? rq_file_read(&texts->content, texts->path, err) : RQ_OK;

	if (status == RQ_OK)
		drop_damaged(texts, cache);
	unlock(locked);
	return status == RQ_E_IO || status == RQ_E_DATA ? RQ_OK : status; /* what cannot be read is not there */
}

enum rq_status rq_text_cache_open(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension, struct rq_error *err)
{
	char hex[33];

	*texts = (struct rq_text_cache){.dimension = dimension};
	texts->folder = rq_cache_folder(cache, &texts->arena, "embeddings");
	if (texts->folder == NULL)
		return RQ_OK;
	rq_key_hex(fingerprint, hex);
	texts->path = rq_arena_printf(&texts->arena, "%s/%s", texts->folder, hex);
	if (texts->path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_records(texts, cache, err));
	return texts->record_count == 0 ? RQ_OK : index_records(texts, err);
}

const void *rq_text_cache_find(const struct rq_text_cache *texts, const struct rq_key *key)
{
	if (texts->slots == NULL)
		return NULL;
	uint32_t found = texts->slots[find_slot(texts, key)];
	return found == UINT32_MAX ? NULL : record(texts, found) + sizeof *key;
}

static bool write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t wrote = write(fd, data, size);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return false;
		data += wrote;
		size -= (size_t)wrote;
	}
	return true;
}

/* Appends at a record boundary: what a killed writer left half done is cut off first. */
static bool append(const char *path, const struct rq_buf *records, size_t size)
{
	struct stat info;
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return false;
	bool good = fstat(fd, &info) == 0;
	off_t whole = good ? info.st_size / (off_t)size * (off_t)size : 0;
	good = good && ftruncate(fd, whole) == 0 && lseek(fd, whole, SEEK_SET) == whole && write_all(fd, records->data, records->size);
	if (!good) {
		int reason = errno;
		(void)!ftruncate(fd, whole);
		errno = reason;
	}
	int reason = errno;
	good = close(fd) == 0 && good;
	errno = reason;
	return good;
}

void rq_text_cache_append(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *keys, const float *vectors, size_t count)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf records = {0};
	struct rq_error err = {0};

	if (texts->path == NULL || count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		size_t start = records.size;
		rq_buf_add(&records, &keys[i], sizeof keys[i]);
		rq_buf_add(&records, vectors + i * texts->dimension, texts->dimension * sizeof *vectors);
		if (records.failed)
			break;
		uint64_t hash = rq_hash64(records.data + start, records.size - start);
		rq_buf_add(&records, &hash, sizeof hash);
	}
	if (records.failed)
		rq_fail_memory(&err);
	int locked = lock(texts);
	if (err.status == RQ_OK && !append(texts->path, &records, record_size(texts)))
		rq_fail(&err, RQ_E_IO, "\"%s\": cannot write: %s", texts->path, strerror(errno));
	unlock(locked);
	if (err.status != RQ_OK)
		rq_cache_note(cache, &err);
}

void rq_text_cache_release(struct rq_text_cache *texts)
{
	rq_buf_release(&texts->content);
	free(texts->slots);
	rq_arena_release(&texts->arena);
	*texts = (struct rq_text_cache){0};
}
