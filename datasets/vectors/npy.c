/* .npy, NumPy's array file, versions 1 to 3: a header with a Python dict, then the array. Two dimensions, C order, five number types. */
#include "datasets/parsers.h"
#include "datasets/vector_file.h"

#include "evalcore/base/parse.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "vector files are little-endian and are copied as they are");

#define EXPECTED "{'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }"
#define TYPES "\"<f4\", \"<f8\", \"<f2\", \"|i1\" or \"|u1\""
#define REMEDY "python3 -c \"import numpy as np; np.save('converted.npy', np.ascontiguousarray(np.load('%s'), dtype='<f4'))\""

enum { MAGIC_SIZE = 6, DIMENSIONS_MAX = 32, HEADER_MAX = 1 << 20 };

struct header {
	struct rq_span descr;
	bool fortran_order;
	size_t shape[2];
	size_t dimensions; /* those past the second are counted, not kept */
};

struct cursor {
	const char *start, *at, *end;
};

static void skip_space(struct cursor *cursor)
{
	while (cursor->at < cursor->end && strchr(" \t\r\n", *cursor->at) != NULL && *cursor->at != '\0')
		cursor->at++;
}

static bool take(struct cursor *cursor, const char *token)
{
	size_t length = strlen(token);

	skip_space(cursor);
	if ((size_t)(cursor->end - cursor->at) < length || memcmp(cursor->at, token, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

static bool take_string(struct cursor *cursor, struct rq_span *string)
{
	char quote = take(cursor, "'") ? '\'' : take(cursor, "\"") ? '"' : '\0';

	if (quote == '\0')
		return false;
	const char *close = memchr(cursor->at, quote, (size_t)(cursor->end - cursor->at));
	if (close == NULL)
		return false;
	*string = (struct rq_span){cursor->at, (size_t)(close - cursor->at)};
	cursor->at = close + 1;
	return true;
}

/* "(3, 4)", "(5,)", "()" */
static bool take_shape(struct cursor *cursor, struct header *header)
{
	if (!take(cursor, "("))
		return false;
	while (!take(cursor, ")")) {
		const char *digits = cursor->at;
		uint64_t value;
		while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
			cursor->at++;
		if (header->dimensions == DIMENSIONS_MAX || !rq_parse_u64(&value, digits, (size_t)(cursor->at - digits)))
			return false;
		if (header->dimensions < 2)
			header->shape[header->dimensions] = (size_t)value;
		header->dimensions++;
		if (!take(cursor, ",")) {
			if (!take(cursor, ")"))
				return false;
			break;
		}
	}
	return true;
}

static bool equals(struct rq_span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* The dict's three keys in any order, each once. */
static bool parse_dict(struct cursor *cursor, struct header *header)
{
	bool seen[3] = {false};

	if (!take(cursor, "{"))
		return false;
	while (!take(cursor, "}")) {
		struct rq_span key;
		if (!take_string(cursor, &key) || !take(cursor, ":"))
			return false;
		size_t which = equals(key, "descr") ? 0 : equals(key, "fortran_order") ? 1 : equals(key, "shape") ? 2 : 3;
		if (which == 3 || seen[which])
			return false;
		seen[which] = true;
		if (which == 0 && !take_string(cursor, &header->descr))
			return false;
		if (which == 1) {
			header->fortran_order = take(cursor, "True");
			if (!header->fortran_order && !take(cursor, "False"))
				return false;
		}
		if (which == 2 && !take_shape(cursor, header))
			return false;
		if (!take(cursor, ",")) {
			if (!take(cursor, "}"))
				return false;
			break;
		}
	}
	skip_space(cursor);
	return cursor->at == cursor->end && seen[0] && seen[1] && seen[2];
}

/* Reads the header; *dict points into *text, which the caller frees. */
static enum rq_status read_header(struct cursor *dict, size_t *start, char **text, struct rq_bytes *bytes, struct rq_error *err)
{
	unsigned char head[MAGIC_SIZE + 6] = {0};
	const char *path = bytes->path;
	size_t size = bytes->size;

	if (size >= MAGIC_SIZE + 4)
		RQ_TRY(rq_bytes_peek(head, bytes, size < sizeof head ? size : sizeof head, err));
	if (memcmp(head, "\x93NUMPY", MAGIC_SIZE) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: no .npy header in %zu bytes; expected a file that numpy.save wrote", path, size);
	unsigned version = head[MAGIC_SIZE];
	if (version < 1 || version > 3)
		return rq_fail(err, RQ_E_DATA, "%s: .npy version %u; expected 1, 2 or 3", path, version);
	*start = MAGIC_SIZE + (version == 1 ? 4 : 6);
	size_t length = head[MAGIC_SIZE + 2] + ((size_t)head[MAGIC_SIZE + 3] << 8);
	if (version > 1)
		length += ((size_t)head[MAGIC_SIZE + 4] << 16) + ((size_t)head[MAGIC_SIZE + 5] << 24);
	if (size < *start || size - *start < length)
		return rq_fail(err, RQ_E_DATA, "%s: cut short within its header: %zu bytes; copy or write the file again", path, size);
	if (length > HEADER_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: a header of %zu bytes; expected at most %d, for an array of plain numbers", path, length, HEADER_MAX);
	*text = malloc(length + 1);
	if (*text == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_bytes_read(head, bytes, *start, err));
	RQ_TRY(rq_bytes_read(*text, bytes, length, err));
	*dict = (struct cursor){*text, *text, *text + length};
	return RQ_OK;
}

/* Bytes of one number, or 0 where the type is none of ours. */
static size_t type_size(struct rq_span descr)
{
	static const struct {
		const char *descr;
		size_t size;
	} types[] = {{"<f4", 4}, {"<f8", 8}, {"<f2", 2}, {"|i1", 1}, {"|u1", 1}};

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (equals(descr, types[i].descr))
			return types[i].size;
	return 0;
}

static enum rq_status check_header(const struct header *header, const char *path, struct rq_error *err)
{
	if (type_size(header->descr) == 0)
		return rq_fail(err, RQ_E_DATA, "%s: numbers of type \"%s\"%s; expected " TYPES "; convert with: " REMEDY, path,
		               rq_excerpt(header->descr).text, header->descr.length > 0 && header->descr.at[0] == '>' ? ", big-endian" : "", path);
	if (header->fortran_order)
		return rq_fail(err, RQ_E_DATA, "%s: stored column by column (fortran_order True); expected C order; convert with: " REMEDY, path, path);
	if (header->dimensions != 2)
		return rq_fail(err, RQ_E_DATA, "%s: an array of %zu dimension%s; expected two, (n, d), one row a record", path, header->dimensions,
		               header->dimensions == 1 ? "" : "s");
	if (header->shape[0] == 0 || header->shape[1] == 0)
		return rq_fail(err, RQ_E_DATA, "%s: shape (%zu, %zu) holds no vectors; expected at least one row and one column", path, header->shape[0],
		               header->shape[1]);
	return RQ_OK;
}

/* IEEE 754 binary16, subnormals and infinities included. */
static float from_half(uint16_t half)
{
	int exponent = half >> 10 & 31, mantissa = half & 1023;
	float magnitude = exponent == 0 ? ldexpf((float)mantissa, -24) : ldexpf((float)(1024 + mantissa), exponent - 25);

	if (exponent == 31)
		magnitude = mantissa == 0 ? INFINITY : NAN;
	return half >> 15 ? -magnitude : magnitude;
}

/* Returns the index of the first number that float32 cannot hold, or `count`. */
static size_t convert(float *out, const unsigned char *data, size_t count, struct rq_span descr)
{
	for (size_t i = 0; equals(descr, "<f8") && i < count; i++) {
		double value;
		memcpy(&value, data + i * sizeof value, sizeof value);
		if (isfinite(value) && fabs(value) > (double)FLT_MAX)
			return i;
		out[i] = (float)value;
	}
	for (size_t i = 0; equals(descr, "<f2") && i < count; i++) {
		uint16_t half;
		memcpy(&half, data + i * sizeof half, sizeof half);
		out[i] = from_half(half);
	}
	for (size_t i = 0; equals(descr, "|i1") && i < count; i++)
		out[i] = (float)(signed char)data[i];
	for (size_t i = 0; equals(descr, "|u1") && i < count; i++)
		out[i] = (float)data[i];
	return count;
}

/* The array, block by block. */
static enum rq_status read_array(struct rq_vectors *vectors, struct rq_bytes *bytes, const struct header *header, struct rq_error *err)
{
	size_t count = vectors->n * vectors->d, width = type_size(header->descr), step = RQ_BYTES_BLOCK / width;
	bool as_it_is = equals(header->descr, "<f4");
	RQ_CLEANUP(rq_free_pointer) unsigned char *block = as_it_is ? NULL : malloc((count < step ? count : step) * width);

	if (as_it_is)
		return rq_bytes_read(vectors->data, bytes, count * width, err);
	if (block == NULL)
		return rq_fail_memory(err);
	for (size_t first = 0, numbers; first < count; first += numbers) {
		numbers = count - first < step ? count - first : step;
		RQ_TRY(rq_bytes_read(block, bytes, numbers * width, err));
		size_t overflow = convert(vectors->data + first, block, numbers, header->descr);
		if (overflow < numbers)
			return rq_fail(err, RQ_E_DATA, "%s: the number in row %zu, column %zu (counted from 0) is beyond float32; scale the vectors", bytes->path,
			               (first + overflow) / vectors->d, (first + overflow) % vectors->d);
	}
	return RQ_OK;
}

enum rq_status rq_npy_read(struct rq_vectors *vectors, struct rq_bytes *bytes, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *text = NULL;
	struct header header = {0};
	struct cursor dict;
	size_t start = 0, count, wanted;

	*vectors = (struct rq_vectors){0};
	RQ_TRY(read_header(&dict, &start, &text, bytes, err));
	if (!parse_dict(&dict, &header))
		return rq_fail(err, RQ_E_DATA, "%s: header not understood at byte %zu; expected " EXPECTED, bytes->path, start + (size_t)(dict.at - dict.start));
	RQ_TRY(check_header(&header, bytes->path, err));

	size_t present = bytes->size - bytes->at, n = header.shape[0], d = header.shape[1];
	if (__builtin_mul_overflow(n, d, &count) || __builtin_mul_overflow(count, type_size(header.descr), &wanted))
		return rq_fail(err, RQ_E_DATA, "%s: shape (%zu, %zu) is larger than any file; found %zu bytes after the header", bytes->path, n, d, present);
	if (present != wanted)
		return rq_fail(err, RQ_E_DATA,
		               "%s: %s: expected %zu bytes after the header for shape (%zu, %zu) of \"%s\", found %zu; copy or write the file again", bytes->path,
		               present < wanted ? "cut short" : "too long", wanted, n, d, rq_excerpt(header.descr).text, present);
	RQ_TRY(rq_vectors_init(vectors, n, d, err));
	enum rq_status status = read_array(vectors, bytes, &header, err);
	if (status != RQ_OK)
		rq_vectors_release(vectors);
	return status;
}

static bool like_npy(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= MAGIC_SIZE && memcmp(glimpse->data, "\x93NUMPY", MAGIC_SIZE) == 0;
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	(void)array;
	return rq_npy_read(&file->vectors, bytes, err);
}

const struct rq_vector_format rq_vector_format_npy = {
	.name = "npy",
	.help = "NumPy's array file",
	.endings = (const char *const[]){".npy", NULL},
	.looks_like = like_npy,
	.read = read_file,
};
