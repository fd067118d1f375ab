/* Chunks are looked up, each once taken apart to see that it is what it claims to be, and then again, a row of chunks at a time, to be read like the
 * bytes of any other matrix. */
#include "datasets/vectors/hdf5_chunks.h"

#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST
#include <zlib.h>

enum {
	DEFLATE = 1, SHUFFLE = 2,  /* HDF5's numbers of filters */
	DEPTH_MAX = 16,
	NODE = 24, KEY = 4 + 4 + 3 * 8, /* bytes of a tree's node before its keys; of one key */
	RATIO_MAX = 1032,          /* of deflate: bytes out for each byte in */
};
static const uint64_t CHUNK_MAX = UINT32_MAX; /* bytes: the format's */
static const uint64_t CHUNK_FREE = 64 << 20; /* so many may hang over: a matrix that is to grow begins in a chunk larger than itself */

const char *rq_hdf5_chunk_layout(struct rq_hdf5_chunking *chunking, struct rq_hdf5_fields fields)
{
	chunking->dimensions = (size_t)rq_hdf5_take(&fields, 1);
	chunking->tree = rq_hdf5_take(&fields, 8);
	chunking->rows = rq_hdf5_take(&fields, 4);
	chunking->columns = rq_hdf5_take(&fields, 4);
	chunking->width = chunking->dimensions == 3 ? rq_hdf5_take(&fields, 4) : 0;
	return fields.cut ? "of a layout that is not understood" : NULL;
}

const char *rq_hdf5_chunk_filters(struct rq_hdf5_chunking *chunking, struct rq_hdf5_fields fields)
{
	unsigned version = (unsigned)rq_hdf5_take(&fields, 1);
	size_t count = (size_t)rq_hdf5_take(&fields, 1);

	chunking->filter_count = 0; /* a damaged file may have two such messages */
	rq_hdf5_pass(&fields, version == 1 ? 6 : 0);
	for (size_t i = 0; i < count && !fields.cut; i++) {
		unsigned filter = (unsigned)rq_hdf5_take(&fields, 2);
		size_t name = version == 1 || filter >= 256 ? (size_t)rq_hdf5_take(&fields, 2) : 0;
		rq_hdf5_pass(&fields, 2);
		size_t values = (size_t)rq_hdf5_take(&fields, 2);
		rq_hdf5_pass(&fields, name + 4 * values + (version == 1 && values % 2 == 1 ? 4 : 0));
		if (i == RQ_HDF5_FILTERS || (filter != DEFLATE && filter != SHUFFLE))
			return "packed by a filter other than gzip and shuffle";
		chunking->filters[chunking->filter_count++] = filter;
	}
	return version < 1 || version > 2 || fields.cut ? "packed in a way that is not understood" : NULL;
}

/* ---- where they are ---- */

struct chunk {
	uint64_t row, column, address;
	uint32_t size, mask; /* bytes in the file; bit i: filter i was left out */
};

struct reader {
	struct rq_bytes *bytes;
	const struct rq_hdf5_chunking *chunking;
	const struct rq_matrix *matrix;
	const char *name;
	size_t across;     /* chunks side by side */
	size_t chunk_size; /* bytes of a chunk, unpacked; those at the edges are as large as the others */
	size_t width;      /* bytes of a number */
	size_t matrix_size; /* bytes of all that are the matrix's */
	struct chunk *chunks;
	size_t count, capacity;
	size_t steps;      /* through the tree, which a damaged one may make many */
	unsigned char *packed, *raw; /* room for a chunk, each */
	size_t room;
	unsigned char *band; /* the rows of the chunks that stand side by side */
	size_t band_rows, rows_done, at, size; /* of the band: rows at most; rows that came before its end; bytes given, and there */
};

static void reader_release(struct reader *reader)
{
	free(reader->chunks);
	free(reader->packed);
	free(reader->raw);
	free(reader->band);
}

static enum rq_status fail_damaged(const struct reader *reader, const char *what, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA, "%s: damaged HDF5: \"%s\" has %s; copy or write the file again", reader->bytes->path, reader->name, what);
}

static enum rq_status add_chunk(struct reader *reader, struct rq_hdf5_fields key, uint64_t address, struct rq_error *err)
{
	struct chunk chunk = {.address = address};

	chunk.size = (uint32_t)rq_hdf5_take(&key, 4);
	chunk.mask = (uint32_t)rq_hdf5_take(&key, 4);
	chunk.row = rq_hdf5_take(&key, 8);
	chunk.column = rq_hdf5_take(&key, 8);
	if (!RQ_RESERVE(reader->chunks, reader->capacity, reader->count + 1))
		return rq_fail_memory(err);
	reader->chunks[reader->count++] = chunk;
	return RQ_OK;
}

/* A node of the tree: keys, and children between them. Levels go down by one, and no file has more entries than it has bytes for. */
static enum rq_status read_node(struct reader *reader, uint64_t address, size_t level, struct rq_error *err)
{
	unsigned char head[NODE], entry[KEY + 8];

	RQ_TRY(rq_hdf5_look(head, reader->bytes, address, sizeof head, "a tree of chunks", err));
	if (memcmp(head, "TREE", 4) != 0 || head[4] != 1 || (level < DEPTH_MAX ? head[5] != level : head[5] >= DEPTH_MAX))
		return fail_damaged(reader, "no tree of chunks where it should be", err);
	level = head[5];
	for (size_t i = 0, count = head[6] + ((size_t)head[7] << 8); i < count; i++) {
		if (reader->steps++ > reader->bytes->size / sizeof entry)
			return fail_damaged(reader, "a tree of chunks that leads in circles", err);
		RQ_TRY(rq_hdf5_look(entry, reader->bytes, address + sizeof head + i * sizeof entry, sizeof entry, "a tree of chunks", err));
		struct rq_hdf5_fields key = {.at = entry, .left = KEY}, child = {.at = entry + KEY, .left = 8};
		uint64_t at = rq_hdf5_take(&child, 8);
		RQ_TRY(level == 0 ? add_chunk(reader, key, at, err) : read_node(reader, at, level - 1, err));
	}
	return RQ_OK;
}

static int by_address(const void *a, const void *b)
{
	const struct chunk *left = a, *right = b;

	return left->address < right->address ? -1 : left->address > right->address;
}

static int by_place(const void *a, const void *b)
{
	const struct chunk *left = a, *right = b;

	if (left->row != right->row)
		return left->row < right->row ? -1 : 1;
	return left->column < right->column ? -1 : left->column > right->column;
}

static bool went_through(const struct chunk *chunk, size_t filter)
{
	return (chunk->mask >> filter & 1) == 0;
}

static size_t times_deflated(const struct reader *reader, const struct chunk *chunk)
{
	size_t times = 0;

	for (size_t i = 0; i < reader->chunking->filter_count; i++)
		times += reader->chunking->filters[i] == DEFLATE && went_through(chunk, i);
	return times;
}

/* Each has bytes of its own, and so many that it can be what it claims to be. */
static enum rq_status check_bytes(struct reader *reader, struct rq_error *err)
{
	uint64_t end = 0, file = reader->bytes->size;

	qsort(reader->chunks, reader->count, sizeof *reader->chunks, by_address);
	for (size_t i = 0; i < reader->count; i++) {
		const struct chunk *chunk = &reader->chunks[i];
		size_t times = times_deflated(reader, chunk);
		if (chunk->address < end || chunk->address > file || chunk->size > file - chunk->address)
			return fail_damaged(reader, "chunks that lie in each other, or beyond the end", err);
		if (times > 1 || (times == 0 && chunk->size != reader->chunk_size) || reader->chunk_size / RATIO_MAX > chunk->size)
			return fail_damaged(reader, "a chunk of another size than the others", err);
		end = chunk->address + chunk->size;
		reader->room = reader->room < chunk->size ? chunk->size : reader->room;
	}
	return RQ_OK;
}

/* Each place has one. */
static enum rq_status check_places(const struct reader *reader, uint64_t places, struct rq_error *err)
{
	const struct rq_hdf5_chunking *chunking = reader->chunking;

	qsort(reader->chunks, reader->count, sizeof *reader->chunks, by_place);
	for (size_t i = 0; i < reader->count; i++)
		if (i >= places || reader->chunks[i].row != i / reader->across * chunking->rows ||
		    reader->chunks[i].column != i % reader->across * chunking->columns)
			return fail_damaged(reader, "chunks at places where none belongs", err);
	return RQ_OK;
}

/* ---- what they hold ---- */

static void unshuffle(unsigned char *out, const unsigned char *in, size_t size, size_t width)
{
	size_t count = size / width;

	for (size_t k = 0; k < width; k++)
		for (size_t i = 0; i < count; i++)
			out[i * width + k] = in[k * count + i];
	memcpy(out + count * width, in + count * width, size - count * width);
}

static void exchange(struct reader *reader)
{
	unsigned char *kept = reader->raw;

	reader->raw = reader->packed;
	reader->packed = kept;
}

/* Into reader->raw, the filters the other way round. */
static enum rq_status unpack(struct reader *reader, const struct chunk *chunk, struct rq_error *err)
{
	uLongf size = chunk->size;

	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_hdf5_look(reader->raw, reader->bytes, chunk->address, chunk->size, "a chunk", err));
	for (size_t i = reader->chunking->filter_count; i-- > 0;) {
		if (!went_through(chunk, i))
			continue;
		exchange(reader);
		if (reader->chunking->filters[i] == SHUFFLE) {
			unshuffle(reader->raw, reader->packed, size, reader->width);
			continue;
		}
		uLongf room = reader->chunk_size;
		int result = uncompress(reader->raw, &room, reader->packed, size);
		if (result == Z_MEM_ERROR)
			return rq_fail_memory(err);
		if (result != Z_OK || room != reader->chunk_size)
			return fail_damaged(reader, "a chunk that does not inflate to its size", err);
		size = room;
	}
	return RQ_OK;
}

/* The chunk's rows and columns that are the matrix's, to their places in the band. */
static void place(struct reader *reader, const struct chunk *chunk, size_t rows)
{
	size_t row_bytes = reader->matrix->d * reader->width, chunk_row = (size_t)reader->chunking->columns * reader->width;
	size_t start = (size_t)chunk->column * reader->width, length = row_bytes - start < chunk_row ? row_bytes - start : chunk_row;

	for (size_t i = 0; i < rows; i++)
		memcpy(reader->band + i * row_bytes + start, reader->raw + i * chunk_row, length);
}

static enum rq_status read_band(struct reader *reader, struct rq_error *err)
{
	size_t left = reader->matrix->n - reader->rows_done, rows = left < reader->band_rows ? left : reader->band_rows;
	const struct chunk *first = &reader->chunks[reader->rows_done / reader->band_rows * reader->across];

	for (size_t i = 0; i < reader->across; i++) {
		RQ_TRY(unpack(reader, &first[i], err));
		place(reader, &first[i], rows);
	}
	reader->rows_done += rows;
	reader->at = 0;
	reader->size = rows * reader->matrix->d * reader->width;
	return RQ_OK;
}

static enum rq_status next(void *context, void *out, size_t size, struct rq_error *err)
{
	struct reader *reader = context;
	unsigned char *to = out;

	for (size_t some; size > 0; size -= some, to += some) {
		if (reader->at == reader->size)
			RQ_TRY(read_band(reader, err));
		some = reader->size - reader->at < size ? reader->size - reader->at : size;
		memcpy(to, reader->band + reader->at, some);
		reader->at += some;
	}
	return RQ_OK;
}

static enum rq_status find(struct reader *reader, struct rq_error *err)
{
	const struct rq_hdf5_chunking *chunking = reader->chunking;
	uint64_t size, places;

	if (chunking->dimensions != 3 || chunking->width != reader->width || chunking->rows == 0 || chunking->columns == 0 ||
	    __builtin_mul_overflow(chunking->rows * reader->width, chunking->columns, &size) || size > CHUNK_MAX)
		return fail_damaged(reader, "chunks of no size that there is", err);
	if (!rq_matrix_bytes(&reader->matrix_size, reader->matrix))
		return fail_damaged(reader, "a shape that no memory holds", err);
	if (size > CHUNK_FREE && size > reader->matrix_size)
		return rq_hdf5_fail(err, reader->bytes, reader->name, "stored in chunks of more than 64 MiB, and than it has itself");
	reader->chunk_size = (size_t)size;
	reader->across = (size_t)((reader->matrix->d - 1) / chunking->columns + 1);
	if (chunking->tree != RQ_HDF5_NOWHERE)
		RQ_TRY(read_node(reader, chunking->tree, DEPTH_MAX, err));
	uint64_t down = (reader->matrix->n - 1) / chunking->rows + 1;
	if (__builtin_mul_overflow(down, (uint64_t)reader->across, &places) || reader->count < places)
		return rq_hdf5_fail(err, reader->bytes, reader->name, "stored in chunks of which some were never written");
	RQ_TRY(check_bytes(reader, err));
	return check_places(reader, places, err);
}

static enum rq_status measure(struct reader *reader, struct rq_error *err)
{
	reader->room = reader->room < reader->chunk_size ? reader->chunk_size : reader->room;
	reader->packed = malloc(reader->room);
	reader->raw = malloc(reader->room);
	if (reader->packed == NULL || reader->raw == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < reader->count; i++)
		RQ_TRY(unpack(reader, &reader->chunks[i], err));
	reader->band_rows = (size_t)(reader->chunking->rows < reader->matrix->n ? reader->chunking->rows : reader->matrix->n);
	reader->band = malloc(reader->band_rows * reader->matrix->d * reader->width);
	return reader->band == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_hdf5_chunks_read(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct rq_hdf5_chunking *chunking,
                                   const struct rq_matrix *matrix, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(reader_release)
	struct reader reader = {.bytes = bytes, .chunking = chunking, .matrix = matrix, .name = name, .width = rq_tensor_type_size(matrix->type)};
	RQ_CLEANUP(rq_bytes_release) struct rq_bytes rows = {.fd = -1};

	RQ_TRY(find(&reader, err));
	RQ_TRY(measure(&reader, err));
	RQ_TRY(rq_bytes_through(&rows, bytes->path, reader.matrix_size, next, &reader, err));
	return rq_matrix_read(vectors, &rows, matrix, err);
}
