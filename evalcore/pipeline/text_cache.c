#include "evalcore/pipeline/text_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char MAGIC[8] = "RQTEXTS1";

struct head {
	char magic[8];
	uint64_t dimension;
};

enum { DIMENSION_MAX = 1 << 24 };

int rq_text_cache_lock(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (fd >= 0 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

void rq_text_cache_unlock(int lock)
{
	if (lock >= 0)
		close(lock);
}

static struct head head_of(const struct rq_text_cache *texts)
{
	struct head head = {.dimension = texts->dimension};

	memcpy(head.magic, MAGIC, sizeof MAGIC);
	return head;
}

size_t rq_text_record_size(size_t dimension)
{
	return sizeof(struct rq_key) + dimension * sizeof(float) + sizeof(uint64_t);
}

static size_t record_size(const struct rq_text_cache *texts)
{
	return rq_text_record_size(texts->dimension);
}

static const char *record(const struct rq_text_cache *texts, size_t i)
{
	return texts->content.data + sizeof(struct head) + i * record_size(texts);
}

static bool record_is_whole(const char *bytes, size_t size)
{
	uint64_t stored;

	memcpy(&stored, bytes + size - sizeof stored, sizeof stored);
	return rq_hash64(bytes, size - sizeof stored) == stored;
}

static const void *key_at(const struct rq_text_cache *texts, size_t number)
{
	return number < texts->record_count ? (const void *)record(texts, number) : &texts->later[number - texts->record_count];
}

/* Slot of the key, or the empty one where it belongs. */
static size_t find_slot(const struct rq_text_cache *texts, const struct rq_key *key)
{
	size_t slot = (size_t)key->low & (texts->slot_count - 1);

	while (texts->slots[slot] != UINT32_MAX && memcmp(key_at(texts, texts->slots[slot]), key, sizeof *key) != 0)
		slot = (slot + 1) & (texts->slot_count - 1);
	return slot;
}

/* Takes the number for the key. False: it has one already. */
static bool take_slot(struct rq_text_cache *texts, const void *bytes, size_t number)
{
	struct rq_key key;

	memcpy(&key, bytes, sizeof key);
	size_t slot = find_slot(texts, &key);
	if (texts->slots[slot] != UINT32_MAX)
		return false;
	texts->slots[slot] = (uint32_t)number;
	return true;
}

/* Makes slots for so many keys, and fills in those that are known. */
static enum rq_status make_slots(struct rq_text_cache *texts, size_t keys, struct rq_error *err)
{
	size_t count = 64;

	while (count < 2 * keys)
		count *= 2;
	uint32_t *slots = malloc(count * sizeof *slots);
	if (slots == NULL)
		return rq_fail_memory(err);
	memset(slots, 0xFF, count * sizeof *slots);
	free(texts->slots);
	texts->slots = slots;
	texts->slot_count = count;
	for (size_t i = 0; i < texts->record_count + texts->later_count; i++)
		take_slot(texts, key_at(texts, i), i);
	return RQ_OK;
}

/* Indexes the records that are whole, and moves them together; of those of one key the first stays. */
static enum rq_status take_records(size_t *damaged, struct rq_text_cache *texts, struct rq_error *err)
{
	size_t size = record_size(texts), count = texts->content.size < sizeof(struct head) ? 0 : (texts->content.size - sizeof(struct head)) / size;

	*damaged = 0;
	if (count == 0)
		return RQ_OK;
	RQ_TRY(make_slots(texts, count, err));
	for (size_t i = 0; i < count; i++) {
		size_t kept = texts->record_count;
		bool whole = record_is_whole(record(texts, i), size);
		*damaged += !whole;
		if (!whole || !take_slot(texts, record(texts, i), kept))
			continue;
		if (kept < i)
			memcpy(texts->content.data + sizeof(struct head) + kept * size, record(texts, i), size);
		texts->record_count++;
	}
	return RQ_OK;
}

/* Keeps the first whole record of each key, in memory and then in the file, which is made anew without the others. */
static enum rq_status drop_others(struct rq_text_cache *texts, struct rq_cache *cache, struct rq_error *err)
{
	struct head head = head_of(texts);
	struct rq_buf *content = &texts->content;
	size_t size = record_size(texts), damaged;
	bool headed = content->size >= sizeof head && memcmp(content->data, &head, sizeof head) == 0;
	struct rq_error unwritten = {0};

	RQ_TRY(take_records(&damaged, texts, err));
	size_t kept = texts->record_count;
	if (content->size == 0 || (headed && sizeof head + kept * size == content->size))
		return RQ_OK;
	cache->damaged += !headed || damaged > 0 || (content->size - sizeof head) % size > 0; /* a record that is there twice does no harm */
	if (kept > 0)
		memcpy(content->data, &head, sizeof head);
	content->size = kept == 0 ? 0 : sizeof head + kept * size;
	if (!cache->read_only && rq_file_write(texts->path, content->data, content->size, &unwritten) != RQ_OK)
		rq_cache_note(cache, &unwritten);
	return RQ_OK;
}

/* Bytes up to the end of the last record. */
static uint64_t whole_bytes(const struct rq_text_cache *texts, const struct stat *info)
{
	uint64_t size = (uint64_t)info->st_size, head = sizeof(struct head), each = record_size(texts);

	return size < head ? 0 : head + (size - head) / each * each;
}

/* Not rq_file_read, which refuses a file whose time changes meanwhile: everybody who uses this one sets its time, and the lock and the checksums say
 * what is whole. */
static enum rq_status read_open(struct rq_buf *content, int fd, const char *path, struct rq_error *err)
{
	struct stat info;

	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read", path);
	if (!RQ_RESERVE(content->data, content->capacity, (size_t)info.st_size + 1))
		return rq_fail_memory(err);
	while (content->size < (size_t)info.st_size) {
		ssize_t got = read(fd, content->data + content->size, (size_t)info.st_size - content->size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
		if (got == 0)
			return RQ_OK;
		content->size += (size_t)got;
	}
	return RQ_OK;
}

static enum rq_status read_content(struct rq_buf *content, const char *path, struct rq_error *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	enum rq_status status = read_open(content, fd, path, err);
	close(fd);
	if (status != RQ_OK)
		rq_buf_release(content);
	return status;
}

/* Remembers how far the file is known. */
static void note_extent(struct rq_text_cache *texts)
{
	struct stat info;

	if (stat(texts->path, &info) != 0)
		return;
	texts->inode = info.st_ino;
	texts->known = whole_bytes(texts, &info);
}

static enum rq_status read_records(struct rq_text_cache *texts, struct rq_cache *cache, struct rq_error *err)
{
	int locked = rq_text_cache_lock(texts->folder);
	enum rq_status status = read_content(&texts->content, texts->path, err);

	if (status == RQ_OK)
		status = drop_others(texts, cache, err);
	if (status == RQ_OK)
		note_extent(texts);
	if (!cache->read_only)
		utimensat(AT_FDCWD, texts->path, NULL, 0); /* where that is not allowed the order of eviction suffers, nothing else */
	rq_text_cache_unlock(locked);
	return status == RQ_E_IO ? RQ_OK : status; /* what cannot be read is not there */
}

enum rq_status rq_text_cache_open(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension,
                                  struct rq_error *err)
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
	rq_cache_add_use(cache, "embeddings", fingerprint);
	return RQ_OK;
}

const void *rq_text_cache_find(const struct rq_text_cache *texts, const struct rq_key *key)
{
	if (texts->slots == NULL)
		return NULL;
	uint32_t found = texts->slots[find_slot(texts, key)];
	return found >= texts->record_count ? NULL : record(texts, found) + sizeof *key; /* what came later was not read */
}

bool rq_text_cache_is_current(const struct rq_text_cache *texts)
{
	struct stat info;

	if (texts->path == NULL || stat(texts->path, &info) != 0)
		return true; /* nothing is there that could be read */
	return info.st_ino == texts->inode && whole_bytes(texts, &info) == texts->known;
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
static bool append(struct rq_text_cache *texts, const struct rq_buf *records)
{
	struct head head = head_of(texts);
	struct stat info;
	int fd = open(texts->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return false;
	bool good = fstat(fd, &info) == 0;
	off_t whole = good ? (off_t)whole_bytes(texts, &info) : 0;
	good = good && ftruncate(fd, whole) == 0 && lseek(fd, whole, SEEK_SET) == whole;
	good = good && (whole > 0 || write_all(fd, (const char *)&head, sizeof head)) && write_all(fd, records->data, records->size);
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

/* False: the key was known. */
static enum rq_status add_later(bool *added, struct rq_text_cache *texts, const void *key, struct rq_error *err)
{
	size_t known = texts->record_count + texts->later_count;

	if (2 * (known + 1) > texts->slot_count)
		RQ_TRY(make_slots(texts, 2 * (known + 1), err));
	if (!RQ_RESERVE(texts->later, texts->later_capacity, texts->later_count + 1))
		return rq_fail_memory(err);
	memcpy(&texts->later[texts->later_count], key, sizeof *texts->later);
	*added = take_slot(texts, key, known);
	texts->later_count += *added;
	return RQ_OK;
}

static enum rq_status add_arrived(struct rq_text_cache *texts, FILE *stream, struct rq_error *err)
{
	size_t size = record_size(texts);
	struct stat info;
	bool added;

	if (fstat(fileno(stream), &info) != 0)
		return RQ_OK;
	bool same = info.st_ino == texts->inode && whole_bytes(texts, &info) >= texts->known;
	if (same && whole_bytes(texts, &info) == texts->known)
		return RQ_OK;
	if (!same) {
		texts->later_count = 0;
		RQ_TRY(make_slots(texts, texts->record_count, err));
	}
	RQ_CLEANUP(rq_free_pointer) char *bytes = malloc(size);
	if (bytes == NULL)
		return rq_fail_memory(err);
	uint64_t start = same && texts->known > 0 ? texts->known : sizeof(struct head);
	if (fseeko(stream, (off_t)start, SEEK_SET) != 0)
		return RQ_OK;
	while (fread(bytes, 1, size, stream) == size)
		if (record_is_whole(bytes, size))
			RQ_TRY(add_later(&added, texts, bytes, err));
	return RQ_OK;
}

/* The keys of what other processes have appended since the file was read; of all of it where it was made anew meanwhile. */
static enum rq_status see_arrived(struct rq_text_cache *texts, struct rq_error *err)
{
	FILE *stream = fopen(texts->path, "re");

	if (stream == NULL && errno == ENOMEM)
		return rq_fail_memory(err);
	if (stream == NULL) /* a new file, or one that append complains of */
		return RQ_OK;
	enum rq_status status = add_arrived(texts, stream, err);
	fclose(stream);
	return status;
}

static enum rq_status add_record(struct rq_buf *records, struct rq_text_cache *texts, const struct rq_key *key, const float *vector,
                                 struct rq_error *err)
{
	size_t start = records->size;
	bool added;

	RQ_TRY(add_later(&added, texts, key, err));
	if (!added)
		return RQ_OK;
	rq_buf_add(records, key, sizeof *key);
	rq_buf_add(records, vector, texts->dimension * sizeof *vector);
	RQ_TRY(rq_buf_check(records, err));
	uint64_t hash = rq_hash64(records->data + start, records->size - start);
	rq_buf_add(records, &hash, sizeof hash);
	return rq_buf_check(records, err);
}

/* Under the lock, so that no two processes append the same. */
static enum rq_status append_new(struct rq_text_cache *texts, const struct rq_key *keys, const float *vectors, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf records = {0};

	RQ_TRY(see_arrived(texts, err));
	for (size_t i = 0; i < count; i++)
		RQ_TRY(add_record(&records, texts, &keys[i], vectors + i * texts->dimension, err));
	if (records.size > 0 && !append(texts, &records))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", texts->path, strerror(errno));
	note_extent(texts);
	return RQ_OK;
}

void rq_text_cache_append(struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_key *keys, const float *vectors, size_t count)
{
	struct rq_error err = {0};

	if (texts->path == NULL || cache->read_only || count == 0)
		return;
	int locked = rq_text_cache_lock(texts->folder);
	if (append_new(texts, keys, vectors, count, &err) != RQ_OK)
		rq_cache_note(cache, &err);
	rq_text_cache_unlock(locked);
}

void rq_text_cache_release(struct rq_text_cache *texts)
{
	rq_buf_release(&texts->content);
	free(texts->slots);
	free(texts->later);
	rq_arena_release(&texts->arena);
	*texts = (struct rq_text_cache){0};
}

static bool write_kept(const struct rq_text_cache *texts, struct rq_cache *cache, const struct rq_buf *kept)
{
	struct rq_error err = {0};
	uint64_t size;
	int locked = rq_text_cache_lock(texts->folder);
	/* Another process may have appended, or removed it, since it was read. */
	bool same = rq_file_size(&size, texts->path, NULL) == RQ_OK && size == texts->content.size;
	bool written = same && rq_file_write(texts->path, kept->data, kept->size, &err) == RQ_OK;

	rq_text_cache_unlock(locked);
	if (err.status != RQ_OK)
		rq_cache_note(cache, &err);
	return written;
}

enum rq_status rq_text_cache_keep(size_t *dropped, struct rq_cache *cache, const struct rq_key *fingerprint, size_t dimension,
                                  const struct rq_key *keys, size_t count, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_cache_release) struct rq_text_cache texts = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf kept = {0};

	*dropped = 0;
	RQ_TRY(rq_text_cache_open(&texts, cache, fingerprint, dimension, err));
	RQ_CLEANUP(rq_free_pointer) bool *wanted = calloc(texts.record_count + 1, sizeof *wanted);
	if (wanted == NULL)
		return rq_fail_memory(err);
	size_t size = record_size(&texts), left = 0;
	for (size_t i = 0; i < count && texts.slots != NULL; i++) {
		uint32_t found = texts.slots[find_slot(&texts, &keys[i])];
		left += found != UINT32_MAX && !wanted[found];
		if (found != UINT32_MAX)
			wanted[found] = true;
	}
	if (2 * left >= texts.record_count)
		return RQ_OK;
	struct head head = head_of(&texts);
	rq_buf_add(&kept, &head, sizeof head);
	for (size_t i = 0; i < texts.record_count; i++)
		if (wanted[i])
			rq_buf_add(&kept, record(&texts, i), size);
	RQ_TRY(rq_buf_check(&kept, err));
	if (write_kept(&texts, cache, &kept))
		*dropped = texts.record_count - left;
	return RQ_OK;
}

/* False: the head is damaged, or that of another format. */
static bool read_head(struct rq_text_cache *texts, FILE *stream)
{
	struct head head;

	if (fread(&head, sizeof head, 1, stream) != 1 || memcmp(head.magic, MAGIC, sizeof MAGIC) != 0 || head.dimension < 1 ||
	    head.dimension > DIMENSION_MAX)
		return false;
	texts->dimension = (size_t)head.dimension;
	return true;
}

static enum rq_status check_stream(size_t *records, size_t *damaged, FILE *stream, struct rq_error *err)
{
	struct rq_text_cache texts = {0};

	if (!read_head(&texts, stream)) {
		*damaged = ftell(stream) > 0; /* an empty file holds nothing yet */
		return RQ_OK;
	}
	size_t size = record_size(&texts);
	RQ_CLEANUP(rq_free_pointer) char *bytes = malloc(size);
	if (bytes == NULL)
		return rq_fail_memory(err);
	for (size_t got; (got = fread(bytes, 1, size, stream)) > 0; ++*records)
		*damaged += got < size || !record_is_whole(bytes, size);
	return RQ_OK;
}

enum rq_status rq_text_cache_check(size_t *records, size_t *damaged, const char *folder, const char *path, struct rq_error *err)
{
	int locked = rq_text_cache_lock(folder);
	FILE *stream = fopen(path, "re");
	enum rq_status status = RQ_OK;

	*records = *damaged = 0;
	if (stream != NULL)
		status = check_stream(records, damaged, stream, err);
	if (stream == NULL || (status == RQ_OK && ferror(stream)))
		status = rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (stream != NULL)
		fclose(stream);
	rq_text_cache_unlock(locked);
	return status;
}

static enum rq_status mend(const char *folder, const char *path, size_t dimension, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_cache_release) struct rq_text_cache texts = {.dimension = dimension};
	struct rq_cache cache = {0};

	texts.folder = rq_arena_strdup(&texts.arena, folder);
	texts.path = rq_arena_strdup(&texts.arena, path);
	if (texts.folder == NULL || texts.path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_records(&texts, &cache, err));
	if (cache.write_error.status != RQ_OK)
		return rq_fail(err, cache.write_error.status, "%s", cache.write_error.text);
	return RQ_OK;
}

enum rq_status rq_text_cache_mend(const char *folder, const char *path, struct rq_error *err)
{
	struct rq_text_cache texts = {0};
	FILE *stream = fopen(path, "re");
	bool headed = stream != NULL && read_head(&texts, stream);

	if (stream != NULL)
		fclose(stream);
	if (headed)
		return mend(folder, path, texts.dimension, err);
	if (unlink(path) != 0 && errno != ENOENT) /* the size of its records is not known here */
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot remove: %s", path, strerror(errno));
	return RQ_OK;
}
