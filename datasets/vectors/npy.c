/* .npy, NumPy's array file, versions 1 to 3: a header with a Python dict, then the array. */
#include "datasets/vectors/npy.h"

#include "datasets/text.h"
#include "evalcore/base/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED "{'descr': '<f4', 'fortran_order': False, 'shape': (n, d), }"
#define TYPES "f2, f4, f8, i1, u1 or i4"

enum { MAGIC_SIZE = 6, DIMENSIONS_MAX = 32, HEADER_MAX = 1 << 20 };

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
static bool take_shape(struct cursor *cursor, struct rq_npy *npy)
{
	if (!take(cursor, "("))
		return false;
	while (!take(cursor, ")")) {
		const char *digits = cursor->at;
		uint64_t value;
		while (cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9')
			cursor->at++;
		if (npy->dimensions == DIMENSIONS_MAX || !rq_parse_u64(&value, digits, (size_t)(cursor->at - digits)))
			return false;
		if (npy->dimensions < 2)
			npy->shape[npy->dimensions] = (size_t)value;
		npy->dimensions++;
		if (!take(cursor, ",")) {
			if (!take(cursor, ")"))
				return false;
			break;
		}
	}
	return true;
}

/* One that is longer than any of numbers is kept as far as a message shows it. */
static bool take_descr(struct cursor *cursor, struct rq_npy *npy)
{
	struct rq_span descr;

	if (!take_string(cursor, &descr))
		return false;
	snprintf(npy->descr, sizeof npy->descr, "%s", rq_excerpt(descr).text);
	return true;
}

static bool equals(struct rq_span span, const char *text)
{
	return span.length == strlen(text) && memcmp(span.at, text, span.length) == 0;
}

/* The dict's three keys in any order, each once. */
static bool parse_dict(struct cursor *cursor, struct rq_npy *npy)
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
		if (which == 0 && !take_descr(cursor, npy))
			return false;
		if (which == 1) {
			npy->by_columns = take(cursor, "True");
			if (!npy->by_columns && !take(cursor, "False"))
				return false;
		}
		if (which == 2 && !take_shape(cursor, npy))
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

enum rq_status rq_npy_header(struct rq_npy *npy, struct rq_bytes *bytes, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *text = NULL;
	struct cursor dict;
	size_t start = 0;

	*npy = (struct rq_npy){0};
	RQ_TRY(read_header(&dict, &start, &text, bytes, err));
	if (!parse_dict(&dict, npy))
		return rq_fail(err, RQ_E_DATA, "%s: header not understood at byte %zu; expected " EXPECTED, bytes->path,
		               start + (size_t)(dict.at - dict.start));
	return RQ_OK;
}

/* What the header says as a matrix: the type is a letter for the order of its bytes, and the name of the type. */
enum rq_status rq_npy_matrix(struct rq_matrix *matrix, const struct rq_npy *npy, const char *path, struct rq_error *err)
{
	bool ordered = npy->descr[0] != '\0' && strchr("<>|", npy->descr[0]) != NULL;

	if (npy->dimensions != 2)
		return rq_fail(err, RQ_E_DATA, "%s: an array of %zu dimension%s; expected two, (n, d), one row a record", path, npy->dimensions,
		               npy->dimensions == 1 ? "" : "s");
	if (npy->shape[0] == 0 || npy->shape[1] == 0)
		return rq_fail(err, RQ_E_DATA, "%s: shape (%zu, %zu) holds no vectors; expected at least one row and one column", path, npy->shape[0],
		               npy->shape[1]);
	if (!ordered || !rq_number_find(&matrix->type, npy->descr + 1) || matrix->type == RQ_TENSOR_BF16)
		return rq_fail(err, RQ_E_DATA, "%s: numbers of type \"%s\"; expected " TYPES "; save the array anew, as array.astype('<f4')", path,
		               npy->descr);
	matrix->swapped = npy->descr[0] == '>';
	matrix->by_columns = npy->by_columns;
	matrix->n = npy->shape[0];
	matrix->d = npy->shape[1];
	return RQ_OK;
}

enum rq_status rq_npy_array(struct rq_vector_file *file, struct rq_bytes *bytes, const struct rq_npy *npy, struct rq_error *err)
{
	struct rq_matrix matrix = {0};
	size_t present = bytes->size - bytes->at, wanted;

	RQ_TRY(rq_npy_matrix(&matrix, npy, bytes->path, err));
	if (!rq_matrix_bytes(&wanted, &matrix))
		return rq_fail(err, RQ_E_DATA, "%s: shape (%zu, %zu) is larger than any file; found %zu bytes after the header", bytes->path, matrix.n,
		               matrix.d, present);
	if (present != wanted)
		return rq_fail(err, RQ_E_DATA,
		               "%s: %s: expected %zu bytes after the header for shape (%zu, %zu) of \"%s\", found %zu; copy or write the file again",
		               bytes->path, present < wanted ? "cut short" : "too long", wanted, matrix.n, matrix.d, npy->descr, present);
	snprintf(file->type, sizeof file->type, "%s", rq_number_name(matrix.type));
	snprintf(file->remark, sizeof file->remark, "%s%s%s", matrix.swapped ? "big-endian" : "", matrix.swapped && matrix.by_columns ? ", " : "",
	         matrix.by_columns ? "column by column" : "");
	return rq_matrix_read(&file->vectors, bytes, &matrix, err);
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	struct rq_npy npy;

	(void)array;
	RQ_TRY(rq_npy_header(&npy, bytes, err));
	return rq_npy_array(file, bytes, &npy, err);
}

void rq_npy_begin(struct rq_buf *out, enum rq_tensor_type type, size_t n, size_t d)
{
	enum { PREFIX = 10, HEADER = 128 }; /* magic, version and length; all of it, a multiple of 64 that two 20-digit sizes fit in */
	char dict[HEADER - PREFIX + 1];
	int length = snprintf(dict, sizeof dict, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%zu, %zu), }",
	                      rq_tensor_type_size(type) > 1 ? '<' : '|', rq_number_name(type), n, d);

	rq_buf_add(out, "\x93NUMPY\x01\x00\x76\x00", PREFIX); /* 0x76 = HEADER - PREFIX */
	rq_buf_printf(out, "%s%*s\n", dict, HEADER - PREFIX - 1 - length, "");
}

static enum rq_status write_file(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	const struct rq_vectors *vectors = &file->vectors;
	RQ_CLEANUP(rq_buf_release) struct rq_buf header = {0};

	rq_npy_begin(&header, type, vectors->n, vectors->d);
	RQ_TRY(rq_buf_check(&header, err));
	fwrite(header.data, 1, header.size, out);
	return rq_numbers_put(out, vectors->data, type, vectors->n * vectors->d, err);
}

static bool like_npy(const struct rq_glimpse *glimpse)
{
	return glimpse->size >= MAGIC_SIZE && memcmp(glimpse->data, "\x93NUMPY", MAGIC_SIZE) == 0;
}

const struct rq_vector_format rq_vector_format_npy = {
	.name = "npy",
	.help = "NumPy's array file",
	.endings = (const char *const[]){".npy", NULL},
	.types = {RQ_TENSOR_F32, RQ_TENSOR_F16, RQ_TENSOR_F64, RQ_TENSOR_I8, RQ_TENSOR_U8, RQ_TENSOR_I32},
	.type_count = 6,
	.looks_like = like_npy,
	.read = read_file,
	.write = write_file,
};
