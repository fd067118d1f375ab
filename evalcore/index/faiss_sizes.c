/* A walk through the fields of a file of FAISS's, as faiss/impl/index_read.cpp of 1.7.2 to 1.13.2 reads them, in which only lengths matter. */
#include "evalcore/index/faiss_sizes.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { MARK = 4, DEPTH_MAX = 16, BLOCK = 512 };

/* What follows the header of an index: '1', '4', '8' a number of so many bytes; a list, its length first, of numbers of 1 ('b'), 4 ('w') or 8 bytes
 * ('q'); 'i' another index; 'm' a map from rows to lists; 'n' the number of inverted lists, and 'l' the lists; 'p' a product quantizer; 'a' an additive
 * one; '.' what is FAISS's to judge. */
#define HNSW "qwwqw44444i"
#define IVF "n8im"
#define SCALAR "44488w"

static const struct {
	char mark[MARK + 1];
	const char *fields;
} layouts[] = {
	{"IxFI", "w"},           {"IxF2", "w"},          {"IxFl", "w"},       {"IxMp", "iq"},        {"IxM2", "iq"},        {"IxRF", "ii4"},
	{"IHNf", HNSW},          {"IHNs", HNSW},         {"IHNp", HNSW},      {"IwFl", IVF "l"},     {"IxSQ", SCALAR "b"},  {"IwSq", IVF SCALAR "81l"},
	{"IxPQ", "pb"},          {"IxPo", "pb414"},      {"IxPq", "pb414"},   {"IwPQ", IVF "18pl"},  {"IwQR", IVF "18p."},  {"IPfs", "p."},
	{"IwPf", IVF "184848p."}, {"Imiq", "p."},        {"Ix2L", "i81p."},   {"IxRq", "a."},        {"IxLS", "a."},        {"ImRQ", "a."},
	{"IwRQ", IVF "8a."},     {"IwLS", IVF "8a."},    {"IRfs", "a."},      {"ILfs", "a."},        {"IVRf", IVF "a."},    {"IVLf", IVF "a."},
};

struct walk {
	FILE *stream;
	size_t at, end;
	bool over; /* what follows is FAISS's to judge: another kind of index, or the end of the file */
	size_t depth;
	struct rq_error *err;
};

static void read_bytes(void *out, struct walk *walk, size_t size)
{
	memset(out, 0, size);
	walk->over = walk->over || size > walk->end - walk->at || fread(out, 1, size, walk->stream) != size;
	walk->at += walk->over ? 0 : size;
}

static uint64_t number(struct walk *walk, size_t size)
{
	uint64_t value = 0;

	read_bytes(&value, walk, size);
	return value;
}

static enum rq_status check_claim(struct walk *walk, uint64_t count, uint64_t width)
{
	size_t left = walk->end - walk->at;

	if (width == 0 || count <= left / width)
		return RQ_OK;
	return rq_fail(walk->err, RQ_E_DATA, "cut short or corrupt: %llu numbers of %llu bytes are to follow byte %zu, and %zu bytes do; copy or write it again",
	               (unsigned long long)count, (unsigned long long)width, walk->at, left);
}

static void pass(struct walk *walk, size_t size)
{
	walk->over = walk->over || fseek(walk->stream, (long)size, SEEK_CUR) != 0;
	walk->at += size;
}

static enum rq_status read_list(struct walk *walk, size_t width)
{
	uint64_t count = number(walk, sizeof count);

	RQ_TRY(check_claim(walk, count, width));
	pass(walk, (size_t)count * width);
	return RQ_OK;
}

static enum rq_status fail_quantizer(struct walk *walk, const char *kind)
{
	return rq_fail(walk->err, RQ_E_DATA, "corrupt: the header of its %s quantizer before byte %zu cannot be; copy or write it again", kind, walk->at);
}

/* Codes of more bits would take FAISS more memory than any vectors that they stand for. */
enum { BITS_MAX = 24 };

/* FAISS divides by what stands here, and takes memory for the centroids that it implies. */
static enum rq_status read_product(struct walk *walk)
{
	uint64_t d = number(walk, sizeof d), segments = number(walk, sizeof segments), bits = number(walk, sizeof bits);
	uint64_t count = number(walk, sizeof count);

	if (walk->over)
		return RQ_OK;
	if (d == 0 || d > INT32_MAX || segments == 0 || segments > d || d % segments != 0 || bits == 0 || bits > BITS_MAX || count != d << bits)
		return fail_quantizer(walk, "product");
	RQ_TRY(check_claim(walk, count, sizeof(float)));
	pass(walk, (size_t)count * sizeof(float));
	return RQ_OK;
}

/* Bits of a code for each step, one after the other, and the vectors that they choose from. */
static enum rq_status read_additive(struct walk *walk)
{
	uint64_t d = number(walk, sizeof d), steps = number(walk, sizeof steps), count = number(walk, sizeof count), vectors = 0;

	RQ_TRY(check_claim(walk, count, sizeof(uint64_t)));
	bool sound = d > 0 && d <= INT32_MAX && steps > 0 && steps == count;
	for (uint64_t i = 0; i < count && sound && !walk->over; i++) {
		uint64_t bits = number(walk, sizeof bits);
		sound = bits > 0 && bits <= BITS_MAX && !__builtin_add_overflow(vectors, UINT64_C(1) << bits, &vectors);
	}
	number(walk, 1);
	uint64_t numbers = number(walk, sizeof numbers), expected;
	if (walk->over)
		return RQ_OK;
	if (!sound || __builtin_mul_overflow(d, vectors, &expected) || numbers != expected)
		return fail_quantizer(walk, "additive");
	RQ_TRY(check_claim(walk, numbers, sizeof(float)));
	pass(walk, (size_t)numbers * sizeof(float));
	return RQ_OK;
}

/* A hash table among them is a list of pairs. */
static enum rq_status read_map(struct walk *walk)
{
	enum { HASHED = 2 };
	uint64_t kind = number(walk, 1);

	RQ_TRY(read_list(walk, sizeof(int64_t)));
	return kind == HASHED && !walk->over ? read_list(walk, 2 * sizeof(int64_t)) : RQ_OK;
}

/* The rows of all lists: a size for each list, or pairs of a list's number and its size. */
static enum rq_status sum_sizes(uint64_t *rows, struct walk *walk, uint64_t lists)
{
	char kind[MARK + 1] = {0};
	uint64_t block[BLOCK];

	*rows = 0;
	read_bytes(kind, walk, MARK);
	bool pairs = strcmp(kind, "sprs") == 0;
	walk->over = walk->over || (!pairs && strcmp(kind, "full") != 0);
	uint64_t count = number(walk, sizeof count);
	RQ_TRY(check_claim(walk, count, sizeof *block));
	if (walk->over)
		return RQ_OK;
	if (pairs ? count % 2 != 0 : count != lists)
		return rq_fail(walk->err, RQ_E_DATA, pairs ? "corrupt: %llu inverted lists, and %llu numbers of pairs; copy or write it again" :
		                                             "corrupt: %llu inverted lists, and sizes of %llu; copy or write it again",
		               (unsigned long long)lists, (unsigned long long)count);
	for (uint64_t left = count, some; left > 0 && !walk->over; left -= some) {
		some = left < BLOCK ? left : BLOCK;
		read_bytes(block, walk, (size_t)some * sizeof *block);
		for (size_t i = pairs ? 1 : 0; i < some; i += pairs ? 2 : 1)
			if (__builtin_add_overflow(*rows, block[i], rows))
				*rows = UINT64_MAX;
	}
	return RQ_OK;
}

/* Sparse sizes do not bound the number of lists; the centroids, which stand before them, do. */
static enum rq_status read_inverted_lists(struct walk *walk, uint64_t nlist)
{
	char mark[MARK + 1] = {0};
	uint64_t rows, width;

	read_bytes(mark, walk, MARK);
	walk->over = walk->over || strcmp(mark, "ilar") != 0;
	uint64_t lists = number(walk, sizeof lists), code = number(walk, sizeof code);
	if (walk->over)
		return RQ_OK;
	if (lists != nlist || lists > walk->at)
		return rq_fail(walk->err, RQ_E_DATA, "corrupt: %llu inverted lists of an index of %llu before byte %zu; copy or write it again",
		               (unsigned long long)lists, (unsigned long long)nlist, walk->at);
	RQ_TRY(sum_sizes(&rows, walk, lists));
	if (__builtin_add_overflow(code, sizeof(int64_t), &width)) /* a code and a label a row */
		width = UINT64_MAX;
	RQ_TRY(check_claim(walk, rows, width));
	pass(walk, (size_t)(rows * width));
	return RQ_OK;
}

static enum rq_status read_index(struct walk *walk);

static enum rq_status read_field(struct walk *walk, char field, uint64_t *nlist)
{
	switch (field) {
	case '.':
		walk->over = true;
		return RQ_OK;
	case 'a':
		return read_additive(walk);
	case 'p':
		return read_product(walk);
	case 'n':
		*nlist = number(walk, sizeof *nlist);
		return RQ_OK;
	case 'b':
		return read_list(walk, 1);
	case 'w':
		return read_list(walk, 4);
	case 'q':
		return read_list(walk, 8);
	case 'i':
		return read_index(walk);
	case 'm':
		return read_map(walk);
	case 'l':
		return read_inverted_lists(walk, *nlist);
	default:
		number(walk, (size_t)(field - '0'));
		return RQ_OK;
	}
}

/* The mark, the header (dimension, rows, two numbers of no use, whether trained, the metric and, of some, its argument), and the fields. */
static enum rq_status read_index(struct walk *walk)
{
	enum { METRIC_L2 = 1 };
	char mark[MARK + 1] = {0};
	unsigned char unused[4 + 3 * 8 + 1];
	const char *fields = "";
	uint64_t nlist = 0;

	if (walk->depth++ == DEPTH_MAX) /* FAISS would go as deep as its stack */
		return rq_fail(walk->err, RQ_E_DATA, "corrupt: more than %d indexes within each other; copy or write it again", DEPTH_MAX);
	read_bytes(mark, walk, MARK);
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (strcmp(layouts[i].mark, mark) == 0)
			fields = layouts[i].fields;
	walk->over = walk->over || *fields == '\0';
	read_bytes(unused, walk, sizeof unused);
	if (number(walk, sizeof(int32_t)) > METRIC_L2)
		number(walk, sizeof(float));
	for (; *fields != '\0' && !walk->over; fields++)
		RQ_TRY(read_field(walk, *fields, &nlist));
	walk->depth--;
	return RQ_OK;
}

enum rq_status rq_faiss_check_sizes(FILE *stream, size_t end, struct rq_error *err)
{
	long start = ftell(stream);
	struct walk walk = {.stream = stream, .at = start < 0 ? 0 : (size_t)start, .end = end, .err = err};

	if (start < 0 || (size_t)start > end)
		return RQ_OK;
	RQ_TRY(read_index(&walk));
	return fseek(stream, start, SEEK_SET) == 0 ? RQ_OK : rq_fail(err, RQ_E_IO, "cannot be read from its beginning");
}
