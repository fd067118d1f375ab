/* Reads ZIP archives. Every offset and size is checked against the archive before it is used. */
#include "datasets/vectors/zip.h"

#include "datasets/text.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
	END = 22,             /* bytes of the record at the end, before its comment */
	COMMENT_MAX = 65535,
	LOCATOR = 20, END64 = 56,
	ENTRY = 46, HEADER = 30, /* of a member: in the directory, and before its bytes; names follow */
	DIRECTORY_MAX = 64 << 20,
	BLOCK = 64 << 10,
};

static const uint32_t END_MARK = 0x06054B50, LOCATOR_MARK = 0x07064B50, END64_MARK = 0x06064B50, ENTRY_MARK = 0x02014B50, HEADER_MARK = 0x04034B50;

static uint64_t number(const unsigned char *at, size_t width)
{
	uint64_t value = 0;

	memcpy(&value, at, width);
	return value;
}

static uint32_t u16(const unsigned char *at)
{
	return (uint32_t)number(at, 2);
}

static uint32_t u32(const unsigned char *at)
{
	return (uint32_t)number(at, 4);
}

static enum rq_status fail_damaged(const struct rq_bytes *bytes, const char *what, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s: a damaged archive: %s; copy or write the file again", bytes->path, what);
}

/* Where the directory is, and how many entries it has. */
struct directory {
	uint64_t offset, size, entries;
};

/* Archives of more than 4 GiB or 65,535 members have a second record before the one at the end. */
static enum rq_status find_64(struct directory *directory, const struct rq_bytes *bytes, size_t end, struct rq_error *err)
{
	unsigned char locator[LOCATOR], record[END64];

	if (end < LOCATOR)
		return RQ_OK;
	RQ_TRY(rq_bytes_look(locator, bytes, end - LOCATOR, sizeof locator, err));
	if (u32(locator) != LOCATOR_MARK)
		return RQ_OK;
	uint64_t offset = number(locator + 8, 8);
	if (bytes->size < END64 || offset > bytes->size - END64)
		return fail_damaged(bytes, "its last records lie beyond its end", err);
	RQ_TRY(rq_bytes_look(record, bytes, (size_t)offset, sizeof record, err));
	if (u32(record) != END64_MARK)
		return fail_damaged(bytes, "its last records do not fit", err);
	*directory = (struct directory){.entries = number(record + 32, 8), .size = number(record + 40, 8), .offset = number(record + 48, 8)};
	return RQ_OK;
}

static enum rq_status find_directory(struct directory *directory, const struct rq_bytes *bytes, struct rq_error *err)
{
	size_t tail = bytes->size < END + COMMENT_MAX ? bytes->size : END + COMMENT_MAX, at = tail;
	RQ_CLEANUP(rq_free_pointer) unsigned char *data = malloc(tail + 1);

	if (data == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_bytes_look(data, bytes, bytes->size - tail, tail, err));
	for (size_t i = tail < END ? 0 : tail - END + 1; i-- > 0 && at == tail;)
		if (u32(data + i) == END_MARK && i + END + u16(data + i + 20) == tail)
			at = i;
	if (at == tail)
		return fail_damaged(bytes, "no directory at its end", err);
	*directory = (struct directory){.entries = u16(data + at + 10), .size = u32(data + at + 12), .offset = u32(data + at + 16)};
	RQ_TRY(find_64(directory, bytes, bytes->size - tail + at, err));
	if (directory->size > bytes->size || directory->offset > bytes->size - directory->size)
		return fail_damaged(bytes, "its directory lies beyond its end", err);
	if (directory->size > DIRECTORY_MAX || directory->entries > directory->size / ENTRY)
		return fail_damaged(bytes, "its directory has another size than it says", err);
	return RQ_OK;
}

/* Sizes of 4 GiB and more stand behind the name, those and only those that do not fit, in this order. */
static void read_large(struct rq_zip_member *member, const unsigned char *extra, size_t size)
{
	uint64_t *const fields[] = {&member->size, &member->packed, &member->offset};

	while (size >= 4) {
		size_t length = u16(extra + 2);
		if (length > size - 4)
			return;
		const unsigned char *at = extra + 4, *end = at + length;
		for (size_t i = 0; u16(extra) == 1 && i < 3; i++)
			if (*fields[i] == UINT32_MAX && end - at >= 8) {
				*fields[i] = number(at, 8);
				at += 8;
			}
		extra += 4 + length;
		size -= 4 + length;
	}
}

static enum rq_status read_entry(struct rq_zip *zip, size_t *taken, const unsigned char *entry, size_t left, const struct rq_bytes *bytes,
                                 struct rq_error *err)
{
	if (left < ENTRY || u32(entry) != ENTRY_MARK)
		return fail_damaged(bytes, "its directory has another size than it says", err);
	size_t name = u16(entry + 28), extra = u16(entry + 30), comment = u16(entry + 32);
	*taken = ENTRY + name + extra + comment;
	if (*taken > left)
		return fail_damaged(bytes, "its directory has another size than it says", err);
	struct rq_zip_member *member = &zip->members[zip->count++];
	*member = (struct rq_zip_member){.crc32 = u32(entry + 16), .packed = u32(entry + 20), .size = u32(entry + 24), .offset = u32(entry + 42)};
	member->name = rq_arena_strndup(&zip->arena, (const char *)entry + ENTRY, name);
	if (member->name == NULL)
		return rq_fail_memory(err);
	read_large(member, entry + ENTRY + name, extra);
	struct rq_excerpt shown = rq_excerpt((struct rq_span){member->name, strlen(member->name)});
	bool added;
	if (rq_ids_add(&zip->names, member->name, strlen(member->name), &added) == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s: holds two members \"%s\"; expected each name once: write the file again", bytes->path, shown.text);
	if ((u16(entry + 8) & 1) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: its member \"%s\" is encrypted; expected one that numpy.savez wrote", bytes->path, shown.text);
	unsigned method = u16(entry + 10);
	if (method != 0 && method != Z_DEFLATED)
		return rq_fail(err, RQ_E_DATA, "%s: its member \"%s\" is compressed by method %u; expected stored or deflate, which numpy.savez writes",
		               bytes->path, shown.text, method);
	member->deflated = method == Z_DEFLATED;
	return RQ_OK;
}

enum rq_status rq_zip_read(struct rq_zip *zip, const struct rq_bytes *bytes, struct rq_error *err)
{
	struct directory directory = {0};
	size_t at = 0, taken = 0;

	*zip = (struct rq_zip){0};
	RQ_TRY(find_directory(&directory, bytes, err));
	RQ_CLEANUP(rq_free_pointer) unsigned char *data = malloc((size_t)directory.size + 1);
	zip->members = rq_arena_alloc(&zip->arena, (size_t)directory.entries + 1, sizeof *zip->members);
	if (data == NULL || zip->members == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_bytes_look(data, bytes, (size_t)directory.offset, (size_t)directory.size, err));
	for (uint64_t i = 0; i < directory.entries; i++, at += taken)
		RQ_TRY(read_entry(zip, &taken, data + at, (size_t)directory.size - at, bytes, err));
	return RQ_OK;
}

void rq_zip_release(struct rq_zip *zip)
{
	rq_arena_release(&zip->arena);
	rq_ids_release(&zip->names);
	*zip = (struct rq_zip){0};
}

/* ---- a member ---- */

struct rq_zip_reader {
	const struct rq_bytes *bytes;
	const struct rq_zip_member *member;
	size_t first, at; /* of its packed bytes, in the archive */
	uint32_t crc32;
	bool inflates;    /* stream is begun */
	z_stream stream;
	unsigned char block[BLOCK];
};

static enum rq_status fail_member(const struct rq_zip_reader *reader, const char *what, struct rq_error *err)
{
	const char *name = reader->member->name;

	return rq_fail(err, RQ_E_DATA, "%s: its member \"%s\" is damaged: %s; copy or write the file again", reader->bytes->path,
	               rq_excerpt((struct rq_span){name, strlen(name)}).text, what);
}

/* The next bytes of the archive, at most `room`. */
static enum rq_status take(size_t *got, struct rq_zip_reader *reader, void *out, size_t room, struct rq_error *err)
{
	size_t left = reader->first + (size_t)reader->member->packed - reader->at;

	*got = left < room ? left : room;
	RQ_TRY(rq_bytes_look(out, reader->bytes, reader->at, *got, err));
	reader->at += *got;
	return RQ_OK;
}

/* The next inflated bytes, at most `room`. *got == 0: there are no more. */
static enum rq_status inflate_some(size_t *got, struct rq_zip_reader *reader, void *out, size_t room, struct rq_error *err)
{
	z_stream *stream = &reader->stream;
	uInt space = (uInt)(room < RQ_BYTES_BLOCK ? room : RQ_BYTES_BLOCK);
	int result = Z_OK;

	stream->next_out = out;
	stream->avail_out = space;
	while (stream->avail_out == space && result == Z_OK) {
		size_t given = 1;
		if (stream->avail_in == 0) {
			RQ_TRY(take(&given, reader, reader->block, BLOCK, err));
			stream->next_in = reader->block;
			stream->avail_in = (uInt)given;
		}
		result = inflate(stream, Z_NO_FLUSH);
		if (result == Z_BUF_ERROR && given == 0)
			return fail_member(reader, "it is cut short", err);
	}
	if (result == Z_MEM_ERROR)
		return rq_fail_memory(err);
	if (result != Z_OK && result != Z_STREAM_END)
		return fail_member(reader, stream->msg == NULL ? zError(result) : stream->msg, err);
	*got = space - stream->avail_out;
	return RQ_OK;
}

static enum rq_status next(void *context, void *out, size_t size, struct rq_error *err)
{
	struct rq_zip_reader *reader = context;
	unsigned char *to = out;

	for (size_t left = size, got; left > 0; left -= got, to += got) {
		RQ_TRY((reader->inflates ? inflate_some : take)(&got, reader, to, left, err));
		if (got == 0)
			return fail_member(reader, "it is shorter than the directory says", err);
		reader->crc32 = (uint32_t)crc32_z(reader->crc32, to, got);
	}
	return RQ_OK;
}

/* Inflates all of it once, and goes back. */
static enum rq_status measure(struct rq_zip_reader *reader, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) void *block = malloc(BLOCK);
	uint64_t size = 0;
	size_t got = 1;

	if (block == NULL)
		return rq_fail_memory(err);
	while (got > 0 && size <= reader->member->size) {
		RQ_TRY(inflate_some(&got, reader, block, BLOCK, err));
		size += got;
	}
	if (size != reader->member->size)
		return fail_member(reader, "it has another size than the directory says", err);
	if (inflateReset(&reader->stream) != Z_OK)
		return rq_fail(err, RQ_E_INTERNAL, "%s: zlib cannot begin anew", reader->bytes->path);
	reader->stream.avail_in = 0;
	reader->at = reader->first;
	return RQ_OK;
}

static enum rq_status find_bytes(struct rq_zip_reader *reader, struct rq_error *err)
{
	const struct rq_zip_member *member = reader->member;
	unsigned char header[HEADER];
	size_t size = reader->bytes->size;

	if (size < HEADER || member->offset > size - HEADER)
		return fail_member(reader, "it lies beyond the end", err);
	RQ_TRY(rq_bytes_look(header, reader->bytes, (size_t)member->offset, sizeof header, err));
	if (u32(header) != HEADER_MARK)
		return fail_member(reader, "it is not where the directory says", err);
	reader->at = reader->first = (size_t)member->offset + HEADER + u16(header + 26) + u16(header + 28);
	if (reader->first > size || member->packed > size - reader->first)
		return fail_member(reader, "it lies beyond the end", err);
	if (!member->deflated && member->packed != member->size)
		return fail_member(reader, "it has another size than the directory says", err);
	return RQ_OK;
}

enum rq_status rq_zip_open(struct rq_zip_reader **reader, struct rq_bytes *member, const struct rq_bytes *bytes, const struct rq_zip_member *found,
                           bool measured, struct rq_error *err)
{
	*member = (struct rq_bytes){.fd = -1};
	*reader = calloc(1, sizeof **reader);
	if (*reader == NULL)
		return rq_fail_memory(err);
	(*reader)->bytes = bytes;
	(*reader)->member = found;
	RQ_TRY(find_bytes(*reader, err));
	if (found->deflated) {
		if (inflateInit2(&(*reader)->stream, -MAX_WBITS) != Z_OK)
			return rq_fail_memory(err);
		(*reader)->inflates = true;
		if (measured)
			RQ_TRY(measure(*reader, err));
	}
	return rq_bytes_through(member, bytes->path, (size_t)found->size, next, *reader, err);
}

enum rq_status rq_zip_check(const struct rq_zip_reader *reader, struct rq_error *err)
{
	return reader->crc32 == reader->member->crc32 ? RQ_OK : fail_member(reader, "its CRC is another than that of its bytes", err);
}

void rq_zip_close(struct rq_zip_reader *reader, struct rq_bytes *member)
{
	rq_bytes_release(member);
	if (reader != NULL && reader->inflates)
		inflateEnd(&reader->stream);
	free(reader);
}
