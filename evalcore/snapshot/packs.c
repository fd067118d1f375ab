/* Indexes of packs, and bytes from the places that they tell. */
#include "evalcore/snapshot/packs.h"

#include "evalcore/base/file.h"
#include "evalcore/base/page_cache.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/snapshots.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUCKETS_LEAST = 1024, OPEN_MOST = 256, KEY_DIGITS = 16 };

/* ---- places ---- */

static void key_of(uint64_t key[2], const char *sha256)
{
	key[0] = key[1] = 0;
	for (size_t i = 0; i < 2 * KEY_DIGITS; i++)
		key[i / KEY_DIGITS] = key[i / KEY_DIGITS] << 4 | (uint64_t)(sha256[i] <= '9' ? sha256[i] - '0' : sha256[i] - 'a' + 10);
}

static void put_in_bucket(struct rq_packs *packs, size_t number)
{
	struct rq_place *place = &packs->places[number];
	uint32_t *bucket = &packs->buckets[place->key[0] & (packs->bucket_count - 1)];

	place->next = *bucket;
	*bucket = (uint32_t)number + 1;
}

static bool grow_buckets(struct rq_packs *packs)
{
	size_t count = packs->bucket_count == 0 ? BUCKETS_LEAST : 2 * packs->bucket_count;
	uint32_t *buckets = calloc(count, sizeof *buckets);

	if (buckets == NULL)
		return false;
	free(packs->buckets);
	packs->buckets = buckets;
	packs->bucket_count = count;
	for (size_t i = 0; i < packs->place_count; i++)
		put_in_bucket(packs, i);
	return true;
}

enum rq_status rq_packs_add_place(struct rq_packs *packs, const char *sha256, uint32_t bytes, struct rq_error *err)
{
	struct rq_pack *pack = &packs->items[packs->count - 1];

	if (!RQ_RESERVE(packs->places, packs->place_capacity, packs->place_count + 1) ||
	    (packs->place_count == packs->bucket_count && !grow_buckets(packs)))
		return rq_fail_memory(err);
	struct rq_place *place = &packs->places[packs->place_count];
	*place = (struct rq_place){.offset = pack->bytes, .bytes = bytes, .pack = (uint32_t)packs->count - 1};
	key_of(place->key, sha256);
	put_in_bucket(packs, packs->place_count++);
	pack->bytes += bytes;
	pack->count++;
	return RQ_OK;
}

static const struct rq_place *next_of(const struct rq_packs *packs, uint32_t number, const uint64_t key[2], uint32_t bytes)
{
	for (; number != 0; number = packs->places[number - 1].next) {
		const struct rq_place *place = &packs->places[number - 1];
		if (place->key[0] == key[0] && place->key[1] == key[1] && place->bytes == bytes)
			return place;
	}
	return NULL;
}

bool rq_place_is(const struct rq_place *place, const struct rq_manifest_chunk *chunk)
{
	uint64_t key[2];

	key_of(key, chunk->sha256);
	return place->key[0] == key[0] && place->key[1] == key[1] && place->bytes == chunk->bytes;
}

const struct rq_place *rq_packs_find(const struct rq_packs *packs, const struct rq_manifest_chunk *chunk)
{
	uint64_t key[2];

	key_of(key, chunk->sha256);
	return packs->bucket_count == 0 ? NULL : next_of(packs, packs->buckets[key[0] & (packs->bucket_count - 1)], key, chunk->bytes);
}

const struct rq_place *rq_packs_next(const struct rq_packs *packs, const struct rq_place *place)
{
	return next_of(packs, place->next, place->key, place->bytes);
}

/* ---- indexes ---- */

enum rq_status rq_packs_add(struct rq_packs *packs, const char *path, struct rq_error *err)
{
	if (packs->count == UINT32_MAX || !RQ_RESERVE(packs->items, packs->capacity, packs->count + 1))
		return rq_fail_memory(err);
	packs->items[packs->count++] = (struct rq_pack){.path = path, .first = packs->place_count};
	return RQ_OK;
}

/* 1: read; 0: the file ends before; -1: errno. */
static int read_at(int fd, void *data, size_t size, uint64_t offset)
{
	ssize_t got = 1;

	for (size_t done = 0; done < size && got != 0; done += got > 0 ? (size_t)got : 0) {
		got = pread(fd, (char *)data + done, size - done, (off_t)(offset + done));
		if (got < 0 && errno != EINTR)
			return -1;
	}
	return got != 0;
}

static enum rq_status fail_index(struct rq_error *err, const char *path)
{
	return rq_fail(err, RQ_E_DATA, "%s: has another index of its chunks than its name says", path);
}

/* "SHA256 BYTES" */
static bool read_line(char sha256[RQ_SHA256_HEX], uint32_t *bytes, const char *line, size_t length)
{
	uint64_t number;

	if (length < RQ_SHA256_HEX + 1 || line[RQ_SHA256_HEX - 1] != ' ' || !rq_parse_u64(&number, line + RQ_SHA256_HEX, length - RQ_SHA256_HEX) ||
	    number == 0 || number > UINT32_MAX)
		return false;
	memcpy(sha256, line, RQ_SHA256_HEX - 1);
	sha256[RQ_SHA256_HEX - 1] = '\0';
	*bytes = (uint32_t)number;
	return rq_is_sha256(sha256);
}

/* The index of an open file: *text is the caller's. */
static enum rq_status take_index(struct rq_buf *text, uint64_t *chunks, int fd, const char *name, const char *path, struct rq_error *err)
{
	char end[RQ_PACK_END + 1] = "", sha256[RQ_SHA256_HEX];
	struct stat info;
	uint64_t size = 0;

	if (fstat(fd, &info) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	int read = info.st_size < RQ_PACK_END ? 0 : read_at(fd, end, RQ_PACK_END, (uint64_t)info.st_size - RQ_PACK_END);
	if (read < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	if (read == 0 || end[RQ_PACK_END - 1] != '\n' || strspn(end, "0123456789") != RQ_PACK_END - 1 ||
	    !rq_parse_u64(&size, end, RQ_PACK_END - 1) || size > (uint64_t)info.st_size - RQ_PACK_END)
		return fail_index(err, path);
	*chunks = (uint64_t)info.st_size - RQ_PACK_END - size;
	text->data = malloc((size_t)size + 1);
	if (text->data == NULL)
		return rq_fail_memory(err);
	text->size = text->capacity = (size_t)size;
	text->data[size] = '\0';
	read = read_at(fd, text->data, text->size, *chunks);
	if (read < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno));
	RQ_TRY(rq_sha256(sha256, text->data, text->size, err));
	return strcmp(sha256, name) == 0 ? RQ_OK : fail_index(err, path);
}

static enum rq_status add_places(struct rq_packs *packs, const struct rq_buf *text, uint64_t chunks, const char *path, struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];
	uint32_t bytes;

	for (size_t at = 0, length; at < text->size; at += length + 1) {
		const char *end = memchr(text->data + at, '\n', text->size - at);
		length = end == NULL ? 0 : (size_t)(end - text->data) - at;
		if (!read_line(sha256, &bytes, text->data + at, length))
			return fail_index(err, path);
		RQ_TRY(rq_packs_add_place(packs, sha256, bytes, err));
	}
	if (packs->items[packs->count - 1].bytes == chunks)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: has %" PRIu64 " bytes of chunks, and %" PRIu64 " by its index", path, chunks,
	               packs->items[packs->count - 1].bytes);
}

/* The last pack goes again, with its places. */
static void take_back(struct rq_packs *packs)
{
	packs->count--;
	packs->place_count = packs->items[packs->count].first;
	memset(packs->buckets, 0, packs->bucket_count * sizeof *packs->buckets);
	for (size_t i = 0; i < packs->place_count; i++)
		put_in_bucket(packs, i);
}

static enum rq_status read_pack(struct rq_packs *packs, bool *denied, const char *name, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	uint64_t chunks = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	*denied = fd < 0 && (errno == EACCES || errno == EPERM || errno == EMFILE || errno == ENFILE);
	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	enum rq_status status = take_index(&text, &chunks, fd, name, path, err);
	close(fd);
	RQ_TRY(status);
	RQ_TRY(rq_packs_add(packs, path, err));
	status = add_places(packs, &text, chunks, path, err);
	if (status != RQ_OK)
		take_back(packs);
	return status;
}

enum rq_status rq_packs_open(struct rq_packs *packs, const char *folder, struct rq_error *err)
{
	const char *const *names;
	size_t count;

	packs->folder = rq_arena_strdup(&packs->arena, folder);
	RQ_TRY(rq_digests_in(&names, &count, folder, &packs->arena, err));
	packs->unreadable = rq_arena_alloc(&packs->arena, count + 1, sizeof *packs->unreadable);
	packs->reasons = rq_arena_alloc(&packs->arena, count + 1, sizeof *packs->reasons);
	if (packs->folder == NULL || packs->unreadable == NULL || packs->reasons == NULL || !grow_buckets(packs))
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++) {
		struct rq_error why = {0};
		bool denied = false;
		const char *path = rq_path_join(&packs->arena, folder, names[i]);
		if (path != NULL && packs->on_disk)
			rq_pages_drop_of(path);
		enum rq_status status = path == NULL ? RQ_E_NOMEM : read_pack(packs, &denied, names[i], path, &why);
		if (status == RQ_OK)
			continue;
		const char *reason = rq_arena_strdup(&packs->arena, why.text);
		if (status == RQ_E_NOMEM || reason == NULL)
			return rq_fail_memory(err);
		packs->denied = denied ? reason : packs->denied;
		packs->unreadable[packs->unreadable_count] = path;
		packs->reasons[packs->unreadable_count++] = reason;
	}
	return RQ_OK;
}

void rq_packs_close(struct rq_packs *packs)
{
	for (size_t i = 0; i < packs->count; i++) {
		if (packs->items[i].fd > 0)
			close(packs->items[i].fd - 1);
		if (packs->items[i].direct > 0)
			close(packs->items[i].direct - 1);
	}
	free(packs->items);
	free(packs->places);
	free(packs->buckets);
	rq_arena_release(&packs->arena);
	*packs = (struct rq_packs){0};
}

/* ---- bytes ---- */

/* A descriptor stays open, as long as there are not too many. */
static int open_kept(struct rq_packs *packs, atomic_int *of, int (*open_file)(const char *path), const char *path,
                     bool *kept)
{
	int known = atomic_load(of), none = 0;

	*kept = true;
	if (known > 0)
		return known - 1;
	int fd = open_file(path);
	*kept = fd >= 0 && atomic_fetch_add(&packs->open, 1) < OPEN_MOST &&
	        atomic_compare_exchange_strong(of, &none, fd + 1);
	return fd;
}

static int open_cached(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Ends a read: 1, 0 or -1, as read_at() tells. */
static enum rq_status end_read(int read, int fd, bool kept, const struct rq_pack *pack, uint64_t offset,
                               struct rq_error *err)
{
	int reason = errno;

	if (fd >= 0 && !kept)
		close(fd);
	if (read < 0 && reason == ENOMEM)
		return rq_fail_memory(err);
	if (read < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", pack->path, strerror(reason));
	return read > 0 ? RQ_OK : rq_fail(err, RQ_E_DATA, "%s: ends before its chunk at byte %" PRIu64, pack->path, offset);
}

enum rq_status rq_place_read(void *data, struct rq_packs *packs, const struct rq_place *place, struct rq_error *err)
{
	struct rq_pack *pack = &packs->items[place->pack];
	bool kept;
	int fd = open_kept(packs, &pack->fd, open_cached, pack->path, &kept);

	return end_read(fd < 0 ? -1 : read_at(fd, data, place->bytes, place->offset), fd, kept, pack, place->offset, err);
}

bool rq_place_follows(const struct rq_place *place, const struct rq_place *before)
{
	return place->pack == before->pack && place->offset == before->offset + before->bytes;
}

enum rq_status rq_places_read(void *data, struct rq_direct_reader *reader, struct rq_packs *packs,
                              const struct rq_place *first, size_t bytes, struct rq_error *err)
{
	struct rq_pack *pack = &packs->items[first->pack];
	bool kept;
	int fd = open_kept(packs, &pack->direct, rq_direct_open, pack->path, &kept);

	int read = fd < 0 ? -1 : rq_direct_read(reader, data, bytes, fd, first->offset);
	return end_read(read, fd, kept, pack, first->offset, err);
}

enum rq_status rq_place_check(void *data, struct rq_packs *packs, const struct rq_place *place, const struct rq_manifest_chunk *chunk,
                              struct rq_error *err)
{
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_place_read(data, packs, place, err));
	RQ_TRY(rq_sha256(sha256, data, chunk->bytes, err));
	if (strcmp(sha256, chunk->sha256) == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: byte %" PRIu64 ": the chunk has other bytes than its index says: its sha256 is %s, expected %s",
	               packs->items[place->pack].path, place->offset, sha256, chunk->sha256);
}

static enum rq_status fail_missing(const struct rq_packs *packs, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	if (packs->denied != NULL)
		return rq_fail(err, RQ_E_IO, "%s; whether snapshots are whole cannot be told without it", packs->denied);
	return rq_fail(err, RQ_E_DATA, "%s: chunk %s is missing%s%s", packs->folder, chunk->sha256, packs->unreadable_count > 0 ? "; " : "",
	               packs->unreadable_count > 0 ? packs->reasons[0] : "");
}

enum rq_status rq_chunk_look(const struct rq_packs *packs, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	return rq_packs_find(packs, chunk) == NULL ? fail_missing(packs, chunk, err) : RQ_OK;
}

enum rq_status rq_chunk_read(void *data, struct rq_packs *packs, const struct rq_manifest_chunk *chunk, struct rq_error *err)
{
	const struct rq_place *place = rq_packs_find(packs, chunk);
	struct rq_error why = {0};

	if (place == NULL)
		return fail_missing(packs, chunk, err);
	for (; place != NULL; place = rq_packs_next(packs, place))
		if (rq_place_check(data, packs, place, chunk, &why) == RQ_OK)
			return RQ_OK;
	return rq_fail(err, why.status, "%s", why.text);
}
