/* Snapshots to tar files and back. Of tar only what this program writes is read: plain files, in one order. */
#include "evalcore/snapshot/archive.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"
#include "evalcore/snapshot/chunks.h"
#include "evalcore/snapshot/cut.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 512, CHUNK_MOST = 4 * RQ_CUT_MOST, MANIFEST_MOST = 64 << 20, SIZE_DIGITS = 11 };

#define CHUNK_FOLDER "chunks/"

/* POSIX.1-1988, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100], magic[6], version[2], user[32], group[32], major[8],
		minor[8], prefix[155], pad[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "a header of tar is one block");

/* The sum of all bytes, the checksum's own as blanks. */
static unsigned sum_of(const struct header *header)
{
	struct header copy = *header;
	const unsigned char *bytes = (const unsigned char *)&copy;
	unsigned sum = 0;

	memset(copy.checksum, ' ', sizeof copy.checksum);
	for (size_t i = 0; i < sizeof copy; i++)
		sum += bytes[i];
	return sum;
}

static struct header make_header(const char *name, uint64_t size)
{
	struct header header = {.mode = "0000644", .uid = "0000000", .gid = "0000000", .mtime = "00000000000", .type = '0', .magic = "ustar", .version = {'0', '0'}};
	char text[24];

	snprintf(header.name, sizeof header.name, "%s", name);
	snprintf(text, sizeof text, "%0*llo", (int)SIZE_DIGITS, (unsigned long long)size);
	memcpy(header.size, text, sizeof header.size);
	snprintf(text, sizeof text, "%06o", sum_of(&header));
	memcpy(header.checksum, text, 7);
	header.checksum[7] = ' ';
	return header;
}

static uint64_t padding(uint64_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

/* ---- there ---- */

static enum rq_status put(struct rq_archived *archived, FILE *out, const char *name, const void *data, size_t size, const char *path,
                          struct rq_error *err)
{
	static const char zeros[BLOCK] = {0};
	struct header header = make_header(name, size);

	if (fwrite(&header, sizeof header, 1, out) != 1 || fwrite(data, 1, size, out) != size ||
	    fwrite(zeros, 1, (size_t)padding(size), out) != padding(size))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	archived->bytes += BLOCK + size + padding(size);
	return RQ_OK;
}

static int by_digest(const void *a, const void *b)
{
	return strcmp(((const struct rq_manifest_chunk *)a)->sha256, ((const struct rq_manifest_chunk *)b)->sha256);
}

/* Each once, by digest. The arena's. */
static enum rq_status chunks_of(struct rq_manifest_chunk **chunks, size_t *count, const struct rq_manifest *manifest, struct rq_arena *arena,
                                struct rq_error *err)
{
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < manifest->file_count; i++)
		all += manifest->files[i].chunk_count;
	*chunks = rq_arena_alloc(arena, all + 1, sizeof **chunks);
	if (*chunks == NULL)
		return rq_fail_memory(err);
	all = 0;
	for (size_t i = 0; i < manifest->file_count; i++)
		for (size_t j = 0; j < manifest->files[i].chunk_count; j++)
			(*chunks)[all++] = manifest->files[i].chunks[j];
	qsort(*chunks, all, sizeof **chunks, by_digest);
	for (size_t i = 0; i < all; i++)
		if (kept == 0 || by_digest(&(*chunks)[kept - 1], &(*chunks)[i]) != 0)
			(*chunks)[kept++] = (*chunks)[i];
	*count = kept;
	return RQ_OK;
}

static enum rq_status put_chunks(struct rq_archived *archived, FILE *out, const struct rq_vault *vault, const struct rq_manifest *manifest,
                                 const char *path, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {0};
	RQ_CLEANUP(rq_free_pointer) void *data = malloc(CHUNK_MOST);
	struct rq_manifest_chunk *chunks;
	char name[sizeof CHUNK_FOLDER + RQ_SHA256_HEX];

	if (data == NULL)
		return rq_fail_memory(err);
	RQ_TRY(chunks_of(&chunks, &archived->chunks, manifest, &arena, err));
	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	for (size_t i = 0; i < archived->chunks; i++) {
		RQ_TRY(rq_cancel_check(err));
		if (chunks[i].bytes > CHUNK_MOST)
			return rq_fail(err, RQ_E_DATA, "chunk %s: is larger than any that is made here", chunks[i].sha256);
		RQ_TRY(rq_chunk_read(data, &packs, &chunks[i], err));
		snprintf(name, sizeof name, CHUNK_FOLDER "%s", chunks[i].sha256);
		RQ_TRY(put(archived, out, name, data, chunks[i].bytes, path, err));
		rq_progress_add(progress, chunks[i].bytes);
	}
	return RQ_OK;
}

static enum rq_status write_archive(struct rq_archived *archived, FILE *out, const struct rq_vault *vault, const struct rq_manifest *manifest,
                                    const char *path, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	static const char end[2 * BLOCK] = {0};
	const char *from = rq_path_join(&arena, rq_vault_folder(vault, manifest->sha256, &arena), RQ_MANIFEST_FILE);

	if (from == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_file_read(&text, from, err));
	RQ_TRY(put(archived, out, RQ_MANIFEST_FILE, text.data, text.size, path, err));
	RQ_TRY(put_chunks(archived, out, vault, manifest, path, progress, err));
	if (fwrite(end, sizeof end, 1, out) != 1 || fflush(out) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot write: %s", path, strerror(errno));
	archived->bytes += sizeof end;
	return RQ_OK;
}

enum rq_status rq_snapshot_export(struct rq_archived *archived, const struct rq_vault *vault, const char *sha256, const char *path,
                                  struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};
	uint64_t started = rq_clock_ns();

	*archived = (struct rq_archived){0};
	memcpy(archived->sha256, sha256, RQ_SHA256_HEX);
	RQ_TRY(rq_vault_read(&manifest, vault, sha256, err));
	if (strcmp(path, "-") == 0) {
		RQ_TRY(write_archive(archived, stdout, vault, &manifest, "standard output", progress, err));
	} else {
		RQ_TRY(rq_vault_check_outside(vault, path, "write it elsewhere", err));
		RQ_TRY(rq_output_open(&output, path, err));
		RQ_TRY(write_archive(archived, output.stream, vault, &manifest, path, progress, err));
		RQ_TRY(rq_output_commit(&output, err));
	}
	archived->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return RQ_OK;
}

/* ---- and back ---- */

struct reading {
	FILE *in;
	const char *path;
	uint64_t at;
};

static enum rq_status fail_read(const struct reading *reading, const char *what, struct rq_error *err)
{
	if (ferror(reading->in))
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", reading->path, strerror(errno));
	return rq_fail(err, RQ_E_DATA, "%s: byte %llu: %s; expected what \"rqgate snapshot export\" writes", reading->path,
	               (unsigned long long)reading->at, what);
}

static enum rq_status take(struct reading *reading, void *data, size_t size, struct rq_error *err)
{
	if (fread(data, 1, size, reading->in) != size)
		return fail_read(reading, "the file ends too early", err);
	reading->at += size;
	return RQ_OK;
}

static enum rq_status take_padding(struct reading *reading, uint64_t size, struct rq_error *err)
{
	char block[BLOCK];

	RQ_TRY(take(reading, block, (size_t)padding(size), err));
	for (size_t i = 0; i < padding(size); i++)
		if (block[i] != 0)
			return fail_read(reading, "there is something between two files", err);
	return RQ_OK;
}

static bool read_size(uint64_t *size, const struct header *header)
{
	*size = 0;
	for (size_t i = 0; i < SIZE_DIGITS; i++) {
		if (header->size[i] < '0' || header->size[i] > '7')
			return false;
		*size = *size * 8 + (uint64_t)(header->size[i] - '0');
	}
	return true;
}

/* A header as make_header() makes it, byte for byte. *end: of the archive. */
static enum rq_status take_header(char name[101], uint64_t *size, bool *end, struct reading *reading, struct rq_error *err)
{
	static const struct header zeros = {0};
	struct header header, again;

	RQ_TRY(take(reading, &header, sizeof header, err));
	*end = memcmp(&header, &zeros, sizeof header) == 0;
	if (*end)
		return RQ_OK;
	snprintf(name, 101, "%.100s", header.name);
	if (!read_size(size, &header))
		return fail_read(reading, "no file's header", err);
	again = make_header(name, *size);
	return memcmp(&header, &again, sizeof header) == 0 ? RQ_OK : fail_read(reading, "no file's header", err);
}

static enum rq_status take_manifest(struct rq_manifest *manifest, struct rq_buf *text, struct reading *reading, struct rq_error *err)
{
	char name[101];
	uint64_t size;
	bool end;

	RQ_TRY(take_header(name, &size, &end, reading, err));
	if (end || strcmp(name, RQ_MANIFEST_FILE) != 0 || size > MANIFEST_MOST)
		return fail_read(reading, "the first file is no manifest", err);
	for (uint64_t left = size; left > 0;) { /* as far as the file goes, whatever it says of itself */
		char block[4096];
		size_t part = left < sizeof block ? (size_t)left : sizeof block;
		RQ_TRY(take(reading, block, part, err));
		rq_buf_add(text, block, part);
		left -= part;
	}
	RQ_TRY(rq_buf_check(text, err));
	RQ_TRY(take_padding(reading, size, err));
	RQ_TRY(rq_manifest_parse(manifest, text, reading->path, RQ_SNAPSHOT_KIND, err));
	return rq_vault_check_print(text, reading->path, err);
}

/* The buffer is of CHUNK_MOST bytes. */
static enum rq_status take_chunk(struct rq_chunks *chunks, const struct rq_manifest_chunk *expected, void *data, struct reading *reading,
                                 struct rq_error *err)
{
	char name[101], wanted[sizeof CHUNK_FOLDER + RQ_SHA256_HEX], sha256[RQ_SHA256_HEX];
	uint64_t size;
	bool end;

	RQ_TRY(take_header(name, &size, &end, reading, err));
	snprintf(wanted, sizeof wanted, CHUNK_FOLDER "%s", expected->sha256);
	if (end || strcmp(name, wanted) != 0 || size != expected->bytes || size > CHUNK_MOST)
		return fail_read(reading, "another file than the manifest's next chunk", err);
	RQ_TRY(take(reading, data, (size_t)size, err));
	RQ_TRY(rq_sha256(sha256, data, (size_t)size, err));
	if (strcmp(sha256, expected->sha256) != 0)
		return fail_read(reading, "the chunk before it has other bytes than its name says", err);
	RQ_TRY(rq_chunks_put(chunks, expected, data, err));
	return take_padding(reading, size, err);
}

static enum rq_status take_end(struct reading *reading, struct rq_error *err)
{
	char name[101], more;
	uint64_t size;
	bool end;

	for (int i = 0; i < 2; i++) {
		RQ_TRY(take_header(name, &size, &end, reading, err));
		if (!end)
			return fail_read(reading, "more files than the manifest has chunks", err);
	}
	return fread(&more, 1, 1, reading->in) == 0 && feof(reading->in) ? RQ_OK : fail_read(reading, "something behind the end", err);
}

static enum rq_status take_chunks(struct rq_archived *archived, const struct rq_vault *vault, const struct rq_manifest *manifest,
                                  struct reading *reading, struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_packs_close) struct rq_packs packs = {.on_disk = true};
	RQ_CLEANUP(rq_chunks_release) struct rq_chunks chunks = {0};
	RQ_CLEANUP(rq_free_pointer) void *data = malloc(CHUNK_MOST);
	struct rq_manifest_chunk *expected;

	if (data == NULL)
		return rq_fail_memory(err);
	RQ_TRY(chunks_of(&expected, &archived->chunks, manifest, &arena, err));
	RQ_TRY(rq_packs_open(&packs, vault->packs, err));
	RQ_TRY(rq_chunks_open(&chunks, &packs, err));
	for (size_t i = 0; i < archived->chunks; i++) {
		RQ_TRY(rq_cancel_check(err));
		RQ_TRY(take_chunk(&chunks, &expected[i], data, reading, err));
		rq_progress_add(progress, expected[i].bytes);
	}
	RQ_TRY(take_end(reading, err));
	RQ_TRY(rq_chunks_finish(&chunks, err));
	RQ_TRY(rq_snapshot_check_files(manifest, &packs, err));
	archived->added = chunks.added;
	return rq_chunks_commit(&chunks, err);
}

/* A damaged manifest is mended, as damaged chunks are: what came is what the folder's name says. */
static enum rq_status mend_manifest(bool *mended, const struct rq_vault *vault, const char *sha256, const char *path, const struct rq_buf *text,
                                    struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest there = {0};
	struct rq_error why = {0};
	enum rq_status status = rq_vault_read(&there, vault, sha256, &why);

	*mended = status == RQ_E_DATA || status == RQ_E_IO;
	if (*mended)
		return rq_file_write(path, text->data, text->size, err);
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", why.text);
}

/* The manifest as it came: members that this version does not know are part of its seal. */
static enum rq_status keep_manifest(struct rq_archived *archived, const struct rq_vault *vault, const struct rq_buf *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_folder_release) struct rq_folder place = {0};
	const char *folder = rq_vault_folder(vault, archived->sha256, &arena);
	bool there;

	if (folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_vault_has(&there, vault, archived->sha256, err));
	RQ_TRY(there ? RQ_OK : rq_folder_open(&place, folder, err));
	const char *path = rq_path_join(&arena, there ? folder : place.temporary, RQ_MANIFEST_FILE);
	if (path == NULL)
		return rq_fail_memory(err);
	if (there)
		return mend_manifest(&archived->made, vault, archived->sha256, path, text, err);
	archived->made = true;
	RQ_TRY(rq_file_write(path, text->data, text->size, err));
	RQ_TRY(rq_folder_commit(&place, err));
	return rq_folder_sync(vault->snapshots, err); /* nothing comes after it that would fail if this did */
}

static enum rq_status import(struct rq_archived *archived, const struct rq_vault *vault, struct reading *reading, struct rq_progress *progress,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(take_manifest(&manifest, &text, reading, err));
	memcpy(archived->sha256, manifest.sha256, RQ_SHA256_HEX);
	RQ_TRY(take_chunks(archived, vault, &manifest, reading, progress, err));
	return keep_manifest(archived, vault, &text, err);
}

enum rq_status rq_snapshot_import(struct rq_archived *archived, const struct rq_vault *vault, const char *path, struct rq_progress *progress,
                                  struct rq_error *err)
{
	bool piped = strcmp(path, "-") == 0;
	int fd = piped ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe that nobody writes to is an empty file */
	bool ready = fd >= 0 && (piped || fcntl(fd, F_SETFL, O_RDONLY) == 0);
	struct reading reading = {.in = ready ? fdopen(fd, "rb") : NULL, .path = piped ? "standard input" : path};
	uint64_t started = rq_clock_ns();

	*archived = (struct rq_archived){0};
	if (reading.in == NULL && fd >= 0)
		close(fd);
	if (reading.in == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	rq_folder_clean(vault->path);
	enum rq_status status = import(archived, vault, &reading, progress, err);
	fclose(reading.in);
	archived->bytes = reading.at;
	archived->seconds = (double)(rq_clock_ns() - started) * 1e-9;
	return status;
}
