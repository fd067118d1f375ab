/* FAISS's flat indexes as vectors: what IndexFlatIP, IndexFlatL2, and IndexIDMap over one of them are as files (faiss/impl/index_write.cpp, 1.5
 * to 1.13). Other indexes hold codes or lists; they are opened by the index backend alone. */
#include "datasets/text.h"
#include "datasets/vector_file.h"
#include "datasets/vectors/numbers.h"

#include <stdlib.h>
#include <string.h>

enum { MARK = 4, METRIC_L2 = 1, IDS_BLOCK = 4096 };

/* What every index begins with. */
struct header {
	char mark[MARK + 1]; /* "IxFI" */
	int32_t d, metric;
	int64_t n;
};

static bool is_flat(const char *mark)
{
	return strcmp(mark, "IxFI") == 0 || strcmp(mark, "IxF2") == 0 || strcmp(mark, "IxFl") == 0;
}

static bool is_map(const char *mark)
{
	return strcmp(mark, "IxMp") == 0 || strcmp(mark, "IxM2") == 0;
}

static enum rq_status take(void *out, struct rq_bytes *bytes, size_t size, struct rq_error *err)
{
	if (bytes->size - bytes->at < size)
		return rq_fail(err, RQ_E_DATA, "%s: cut short after %zu bytes, within a header of FAISS's; copy or write the file again", bytes->path,
		               bytes->size);
	return rq_bytes_read(out, bytes, size, err);
}

/* Of other indexes the mark alone is read. */
static enum rq_status read_header(struct header *header, struct rq_bytes *bytes, struct rq_error *err)
{
	int64_t unused[2];
	float argument;
	unsigned char trained;

	*header = (struct header){0};
	RQ_TRY(take(header->mark, bytes, MARK, err));
	if (!is_flat(header->mark) && !is_map(header->mark))
		return RQ_OK;
	RQ_TRY(take(&header->d, bytes, sizeof header->d, err));
	RQ_TRY(take(&header->n, bytes, sizeof header->n, err));
	RQ_TRY(take(unused, bytes, sizeof unused, err));
	RQ_TRY(take(&trained, bytes, sizeof trained, err));
	RQ_TRY(take(&header->metric, bytes, sizeof header->metric, err));
	if (header->metric > METRIC_L2)
		RQ_TRY(take(&argument, bytes, sizeof argument, err));
	if (header->d < 1 || header->n < 1)
		return rq_fail(err, RQ_E_DATA, "%s: an index of %lld vectors of %d dimensions; expected at least one of each", bytes->path,
		               (long long)header->n, (int)header->d);
	return RQ_OK;
}

static enum rq_status fail_kind(const char *mark, bool inside, const char *path, struct rq_error *err)
{
	return rq_fail(err, RQ_E_DATA,
	               "%s: an index of FAISS %s \"%s\", no flat one, which alone holds the vectors as they are; name it as \"index\": "
	               "{\"kind\": \"faiss\", \"file\": ...}, or export the vectors with index.reconstruct_n(0, index.ntotal)",
	               path, inside ? "over one of type" : "of type", rq_excerpt((struct rq_span){mark, MARK}).text);
}

/* The number of floats, and the floats; `behind` bytes follow them. */
static enum rq_status read_flat(struct rq_vector_file *file, struct rq_bytes *bytes, const struct header *header, uint64_t behind,
                                struct rq_error *err)
{
	const struct rq_matrix matrix = {.type = RQ_TENSOR_F32, .n = (size_t)header->n, .d = (size_t)header->d};
	uint64_t count = 0;
	size_t wanted;

	RQ_TRY(take(&count, bytes, sizeof count, err));
	size_t present = bytes->size - bytes->at;
	if (!rq_matrix_bytes(&wanted, &matrix) || count != wanted / sizeof(float))
		return rq_fail(err, RQ_E_DATA,
		               "%s: its header says %lld vectors of %d dimensions and %llu numbers, which do not fit; copy or write the file again",
		               bytes->path, (long long)header->n, (int)header->d, (unsigned long long)count);
	if (present < behind || present - behind != wanted)
		return rq_fail(err, RQ_E_DATA,
		               "%s: %s: expected %llu bytes after the header for %lld vectors of %d dimensions, found %zu; copy or write the file again",
		               bytes->path, present < behind || present - behind < wanted ? "cut short" : "too long", (unsigned long long)(wanted + behind),
		               (long long)header->n, (int)header->d, present);
	return rq_matrix_read(&file->vectors, bytes, &matrix, err);
}

/* The map's ids, behind the index that it is over. */
static enum rq_status read_ids(struct rq_vector_file *file, struct rq_bytes *bytes, size_t n, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) int64_t *block = malloc(IDS_BLOCK * sizeof *block);
	uint64_t count;

	if (block == NULL)
		return rq_fail_memory(err);
	RQ_TRY(take(&count, bytes, sizeof count, err));
	if (count != n)
		return rq_fail(err, RQ_E_DATA, "%s: %llu ids for %zu vectors; copy or write the file again", bytes->path, (unsigned long long)count, n);
	for (size_t first = 0, numbers; first < n; first += numbers) {
		numbers = n - first < IDS_BLOCK ? n - first : IDS_BLOCK;
		RQ_TRY(rq_bytes_read(block, bytes, numbers * sizeof *block, err));
		for (size_t i = 0; i < numbers; i++) {
			char text[24];
			bool added;
			int length = snprintf(text, sizeof text, "%lld", (long long)block[i]);
			uint32_t number = rq_ids_add(&file->ids, text, (size_t)length, &added);
			if (number == RQ_ID_NONE)
				return rq_fail_memory(err);
			if (!added)
				return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0) has the id %s, as row %u has; every row needs an id of its own",
				               bytes->path, first + i, text, (unsigned)number);
		}
	}
	return RQ_OK;
}

static enum rq_status read_file(struct rq_vector_file *file, struct rq_bytes *bytes, const char *array, struct rq_error *err)
{
	struct header header, inner;
	uint64_t behind = 0;

	(void)array;
	RQ_TRY(read_header(&header, bytes, err));
	inner = header;
	if (is_map(header.mark)) {
		RQ_TRY(read_header(&inner, bytes, err));
		behind = sizeof(uint64_t) + sizeof(int64_t) * (uint64_t)inner.n;
	}
	if (!is_flat(inner.mark))
		return fail_kind(inner.mark, is_map(header.mark), bytes->path, err);
	if (inner.n > INT64_MAX / (int64_t)sizeof(int64_t) - 1)
		return rq_fail(err, RQ_E_DATA, "%s: its header says %lld vectors, more than any file holds; copy or write the file again", bytes->path,
		               (long long)inner.n);
	if (inner.n != header.n || inner.d != header.d)
		return rq_fail(err, RQ_E_DATA, "%s: its headers say %lld and %lld vectors of %d and %d dimensions; copy or write the file again", bytes->path,
		               (long long)header.n, (long long)inner.n, (int)header.d, (int)inner.d);
	memcpy(file->type, "f4", sizeof "f4");
	snprintf(file->remark, sizeof file->remark, "%s%s, %s", is_map(header.mark) ? "map of ids over " : "", inner.mark,
	         inner.metric == 0 ? "inner product" : inner.metric == METRIC_L2 ? "L2 distance" : "another metric");
	RQ_TRY(read_flat(file, bytes, &inner, behind, err));
	return is_map(header.mark) ? read_ids(file, bytes, (size_t)inner.n, err) : RQ_OK;
}

/* The marks of FAISS's indexes; files of other kinds would need as many rows or dimensions as these bytes say. */
static bool like_faiss(const struct rq_glimpse *glimpse)
{
	const char *data = glimpse->data;

	return glimpse->size > MARK && data[0] == 'I' && memchr("xwHBvL2", data[1], 7) != NULL && data[2] >= '0' && data[2] <= 'z' && data[3] >= '0' &&
	       data[3] <= 'z' && glimpse->size >= 8 && glimpse->data[7] == '\0';
}

const struct rq_vector_format rq_vector_format_faiss = {
	.name = "faiss",
	.help = "FAISS's flat index, also below a map of ids",
	.endings = (const char *const[]){".faiss", ".index", NULL},
	.looks_like = like_faiss,
	.read = read_file,
};
