#include "evalcore/compare/holding.h"

#include "datasets/datasets.h"
#include "datasets/format.h"
#include "datasets/vector_file.h"
#include "datasets/vector_rows.h"
#include "evalcore/base/file.h"
#include "evalcore/base/system.h"
#include "evalcore/base/words.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

const char *rq_comparable_name(enum rq_comparable kind)
{
	static const char *const names[] = {[RQ_COMPARABLE_INDEX] = "an index file",
	                                    [RQ_COMPARABLE_VECTORS] = "a file of vectors",
	                                    [RQ_COMPARABLE_RUN] = "a run file",
	                                    [RQ_COMPARABLE_REPORT] = "a report",
	                                    [RQ_COMPARABLE_SNAPSHOT] = "a snapshot"};

	return names[kind];
}

/* ---- what a file is ---- */

enum { FIRST = 4096 };

static enum rq_status open_file(FILE **stream, const char *path, struct rq_error *err)
{
	*stream = fopen(path, "re");
	if (*stream != NULL)
		return RQ_OK;
	return errno == ENOMEM ? rq_fail_memory(err) : rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
}

static enum rq_status read_first(char first[FIRST], size_t *size, const char *path, struct rq_error *err)
{
	FILE *stream;

	RQ_TRY(open_file(&stream, path, err));
	*size = fread(first, 1, FIRST, stream);
	bool failed = ferror(stream) != 0;
	fclose(stream);
	return failed ? rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", path, strerror(errno)) : RQ_OK;
}

/* Every index of FAISS's begins with a mark of four letters: "IxFI", "IHNf", "IwFl". */
static bool is_index(const char *first, size_t size)
{
	return size > 8 && first[0] == 'I' && isalpha((unsigned char)first[1]) && isalnum((unsigned char)first[2]) && isalnum((unsigned char)first[3]) &&
	       memchr(first, '\0', 12 < size ? 12 : size) != NULL;
}

static bool is_report(const char *first, size_t size)
{
	static const char member[] = "\"schema_version\"";

	return size > 0 && first[0] == '{' && memmem(first, size, member, sizeof member - 1) != NULL;
}

/* FILE:NAME chooses one of several arrays. */
static enum rq_status find_file(char file[PATH_MAX], const char *path, struct rq_error *err)
{
	size_t length;

	RQ_TRY(rq_vector_file_name(&length, path, err));
	snprintf(file, PATH_MAX, "%.*s", (int)length, path);
	return RQ_OK;
}

/* What is no run is vectors, as far as their reader takes it. */
enum rq_status rq_comparable_guess(enum rq_comparable *kind, const char *path, struct rq_error *err)
{
	const struct rq_format *format;
	char first[FIRST], file[PATH_MAX];
	struct stat info;
	size_t size = 0;

	*kind = RQ_COMPARABLE_SNAPSHOT;
	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return RQ_OK;
	RQ_TRY(find_file(file, path, err));
	*kind = RQ_COMPARABLE_VECTORS;
	if (stat(file, &info) == 0 && !S_ISREG(info.st_mode))
		return rq_fail(err, RQ_E_DATA, "\"%s\": is a pipe or a device, and it is read more than once; write it to a file first", path);
	if (strcmp(file, path) != 0)
		return RQ_OK;
	RQ_TRY(read_first(first, &size, path, err));
	if (size == 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": is empty; expected an index file, vectors, a run file, a report or a snapshot", path);
	*kind = is_index(first, size) ? RQ_COMPARABLE_INDEX : RQ_COMPARABLE_REPORT;
	if (is_index(first, size) || is_report(first, size))
		return RQ_OK;
	RQ_TRY(rq_format_guess(&format, path, err));
	if (format != NULL && format->kind == RQ_DATA_QRELS)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds %s; expected an index file, vectors, a run file, a report or a snapshot", path,
		               rq_data_kind_name(format->kind));
	*kind = format != NULL && format->kind == RQ_DATA_RUN ? RQ_COMPARABLE_RUN : RQ_COMPARABLE_VECTORS;
	return RQ_OK;
}

/* ---- what it holds ---- */

enum { FITTED = 256 }; /* rows of an index that the vectors beside it are held against */
/* Shares of the squared lengths: beyond the first the vectors are others, as one has moved in documents.h; with the second telling lengths apart begins. */
static const double OF_ANOTHER = 2e-4, ROUNDING = 1e-6;

void rq_holding_release(struct rq_holding *holding)
{
	if (holding->index != NULL)
		holding->backend->close(holding->index);
	rq_ids_release(&holding->ids);
	rq_vectors_release(&holding->vectors);
	*holding = (struct rq_holding){0};
}

static enum rq_status load_index(struct rq_holding *holding, const struct rq_holding_source *source, struct rq_error *err)
{
	FILE *stream;

	RQ_TRY(open_file(&stream, holding->path, err));
	enum rq_status status = holding->backend->load(&holding->index, stream, holding->path, RQ_AS_STORED, 0, err);
	fclose(stream);
	RQ_TRY(status);
	holding->search = source->search;
	if (source->search != NULL && holding->backend->configure(holding->index, source->search, err) != RQ_OK)
		return rq_fail_within(err, "%s", source->flag_of_search);
	RQ_TRY(holding->backend->structure(&holding->structure, holding->index, err));
	holding->similarity = holding->structure.by_distance ? RQ_L2 : RQ_INNER_PRODUCT;
	return RQ_OK;
}

/* All at once: an index of lists looks through all of them in every call. */
static enum rq_status take_vectors(struct rq_holding *holding, struct rq_error *err)
{
	const struct rq_index_structure *structure = &holding->structure;
	bool held = false;

	if (structure->rows == 0)
		return RQ_OK;
	RQ_TRY(rq_vectors_init(&holding->vectors, structure->rows, structure->dimension, err));
	RQ_TRY(holding->backend->vectors(holding->vectors.data, &held, holding->index, 0, structure->rows, err));
	holding->coded = structure->rough;
	if (!held)
		rq_vectors_release(&holding->vectors);
	return RQ_OK;
}

static enum rq_status name_rows(struct rq_holding *holding, size_t rows, const struct rq_holding_source *source, struct rq_error *err)
{
	char number[24];

	if (source->ids != NULL) {
		rq_ids_release(&holding->ids);
		RQ_TRY(rq_ids_load(&holding->ids, source->ids, err));
	}
	holding->named = holding->ids.count > 0;
	if (holding->named && holding->ids.count != rows)
		return rq_fail(err, RQ_E_DATA, "\"%s\": holds %s rows, and %s has %s ids; row i must be line i of %s", source->path, rq_grouped(rows).text,
		               source->ids == NULL ? "its file of vectors" : source->ids, rq_grouped(holding->ids.count).text, source->flag_of_ids);
	for (size_t i = 0; i < rows && !holding->named; i++) {
		int length = snprintf(number, sizeof number, "%zu", i);
		if (rq_ids_add(&holding->ids, number, (size_t)length, NULL) == RQ_ID_NONE)
			return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Vectors in a file of their own, which may name their rows or be in another order than the index. */
static enum rq_status read_vectors(struct rq_holding *holding, const struct rq_holding_source *source, struct rq_error *err)
{
	struct rq_vectors vectors = {0};
	struct rq_ids ids = {0};
	size_t rows = holding->structure.rows, missing = 0;
	enum rq_status status = rq_vectors_load(&vectors, &ids, NULL, source->vectors, err);

	if (status == RQ_OK && vectors.d != holding->structure.dimension)
		status = rq_fail(err, RQ_E_DATA, "\"%s\": vectors of %zu dimensions, and the index \"%s\" has %zu", source->vectors, vectors.d, source->path,
		                 holding->structure.dimension);
	if (status == RQ_OK && ids.count == 0 && vectors.n != rows)
		status = rq_fail(err, RQ_E_DATA, "\"%s\": %zu vectors, and the index \"%s\" has %zu rows", source->vectors, vectors.n, source->path, rows);
	if (status == RQ_OK)
		status = rq_vectors_init(&holding->vectors, rows, vectors.d, err);
	for (size_t i = 0; status == RQ_OK && i < rows; i++) {
		const char *id = holding->ids.names[i];
		size_t row = ids.count == 0 ? i : rq_ids_find(&ids, id, strlen(id));
		missing += row >= vectors.n;
		if (row < vectors.n)
			memcpy(holding->vectors.data + i * vectors.d, vectors.data + row * vectors.d, vectors.d * sizeof *vectors.data);
	}
	if (status == RQ_OK && missing > 0)
		status = rq_fail(err, RQ_E_DATA, "\"%s\": lacks the vectors of %zu rows of \"%s\"", source->vectors, missing, source->path);
	rq_vectors_release(&vectors);
	rq_ids_release(&ids);
	return status;
}

/* How far the first rows of an index are from the vectors beside it, in sums of squares. */
struct fit {
	bool held;             /* it can tell its rows */
	double as_they_are, scaled, own; /* own: their squared lengths */
};

static enum rq_status measure_fit(struct fit *fit, const struct rq_holding *holding, struct rq_error *err)
{
	size_t d = holding->vectors.d, count = holding->vectors.n < FITTED ? holding->vectors.n : FITTED;
	RQ_CLEANUP(rq_free_pointer) float *rows = malloc((count * d + 1) * sizeof *rows);

	*fit = (struct fit){0};
	if (rows == NULL)
		return rq_fail_memory(err);
	RQ_TRY(holding->backend->vectors(rows, &fit->held, holding->index, 0, count, err));
	for (size_t i = 0; fit->held && i < count; i++) {
		const float *row = rows + i * d, *vector = holding->vectors.data + i * d;
		double square = 0;
		for (size_t j = 0; j < d; j++)
			square += (double)vector[j] * vector[j];
		for (size_t j = 0; j < d; j++) {
			double scaled = square > 0 ? vector[j] / sqrt(square) : 0;
			fit->own += (double)row[j] * row[j];
			fit->as_they_are += (row[j] - (double)vector[j]) * (row[j] - (double)vector[j]);
			fit->scaled += (row[j] - scaled) * (row[j] - scaled);
		}
	}
	return RQ_OK;
}

/* An index for cosines holds rows of length 1, and the file beside it the vectors as a model made them. */
static enum rq_status fit_vectors(struct rq_holding *holding, const struct rq_holding_source *source, enum rq_similarity similarity,
                                  struct rq_error *err)
{
	struct fit fit;

	RQ_TRY(measure_fit(&fit, holding, err));
	double least = fit.scaled < fit.as_they_are ? fit.scaled : fit.as_they_are;
	if (fit.held && !holding->structure.rough && least > OF_ANOTHER * fit.own)
		return rq_fail(err, RQ_E_DATA, "\"%s\": its first rows are not those of the index \"%s\", scaled or not; name the vectors that this one was built of",
		               source->vectors, source->path);
	bool is_scaled = fit.held ? fit.as_they_are - fit.scaled > ROUNDING * fit.own : similarity == RQ_AS_STORED && !holding->structure.by_distance;
	if (is_scaled)
		rq_vectors_normalise(&holding->vectors);
	return RQ_OK;
}

static enum rq_status take_flat(struct rq_holding *holding, struct rq_vector_rows *rows,
                                const struct rq_holding_source *source, struct rq_error *err)
{
	struct rq_index_structure *structure = &holding->structure;

	*structure =
		(struct rq_index_structure){.rows = rows->n, .dimension = rows->d, .row_bytes = rows->d * sizeof(float)};
	structure->by_distance = strcmp(rows->mark, "IxF2") == 0;
	snprintf(structure->type, sizeof structure->type, "%s", "IndexFlat"); /* what FAISS reads either as */
	holding->similarity = structure->by_distance ? RQ_L2 : RQ_INNER_PRODUCT;
	RQ_TRY(name_rows(holding, rows->n, source, err));
	RQ_TRY(rq_vectors_init(&holding->vectors, rows->n, rows->d, err));
	return rq_vector_rows_read(holding->vectors.data, rows, 0, rows->n, err);
}

/* A flat index is its vectors: they are read as such, where FAISS would hold them once more. *taken false: it is
 * another one, or something is asked for that only FAISS can tell. */
static enum rq_status open_flat(bool *taken, struct rq_holding *holding, const struct rq_holding_source *source,
                                struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_rows_release) struct rq_vector_rows rows = {.bytes = {.fd = -1}};

	*taken = false;
	if (source->search != NULL || (source->vectors != NULL && !source->spare))
		return RQ_OK;
	RQ_TRY(rq_vector_rows_open_plain(&rows, source->path, err));
	*taken = rows.plain && rows.mark[0] != '\0';
	return *taken ? take_flat(holding, &rows, source, err) : RQ_OK;
}

static enum rq_status open_index(struct rq_holding *holding, const struct rq_holding_source *source, enum rq_similarity similarity,
                                 struct rq_error *err)
{
	holding->backend = rq_backend_find("faiss");
	RQ_TRY(rq_sha256_file(holding->sha256, source->path, err));
	bool taken;
	RQ_TRY(open_flat(&taken, holding, source, err));
	if (taken)
		return RQ_OK;
	RQ_TRY(load_index(holding, source, err));
	RQ_TRY(name_rows(holding, holding->structure.rows, source, err));
	if (source->vectors == NULL || (source->spare && !holding->structure.rough))
		RQ_TRY(take_vectors(holding, err));
	if (source->vectors == NULL || holding->vectors.data != NULL || holding->structure.rows == 0)
		return RQ_OK;
	RQ_TRY(read_vectors(holding, source, err));
	return fit_vectors(holding, source, similarity, err);
}

static enum rq_status open_vectors(struct rq_holding *holding, const struct rq_holding_source *source, enum rq_similarity similarity,
                                   struct rq_error *err)
{
	const struct rq_index_config config = {.kind = "exact"};

	holding->backend = rq_backend_find("exact");
	holding->cosine = similarity == RQ_AS_STORED;
	holding->similarity = holding->cosine ? RQ_INNER_PRODUCT : similarity;
	RQ_TRY(rq_vectors_load(&holding->vectors, &holding->ids, holding->sha256, source->path, err));
	RQ_TRY(name_rows(holding, holding->vectors.n, source, err));
	if (holding->cosine)
		rq_vectors_normalise(&holding->vectors);
	return holding->backend->build(&holding->index, &config, holding->similarity, &holding->vectors, NULL, err);
}

static bool is_exhaustive(const struct rq_holding *holding)
{
	static const char flat[] = "IndexFlat";

	return holding->vectors.data != NULL &&
	       (holding->backend->exact || (!holding->structure.rough && strncmp(holding->structure.type, flat, sizeof flat - 1) == 0));
}

/* It is read more than once: what its digest is of must be what was opened, also where another file took its place. */
static enum rq_status check_unchanged(const char *file, const struct stat *seen, struct rq_error *err)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", file, strerror(errno));
	enum rq_status status = rq_file_check_unchanged(fd, seen, file, err);
	close(fd);
	return status;
}

enum rq_status rq_holding_open(struct rq_holding *holding, const struct rq_holding_source *source, enum rq_similarity similarity,
                               struct rq_error *err)
{
	char file[PATH_MAX];
	struct stat info;

	holding->path = source->path;
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(rq_comparable_guess(&holding->kind, source->path, err));
	RQ_TRY(find_file(file, source->path, err));
	if (stat(file, &info) != 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", file, strerror(errno));
	holding->bytes = (uint64_t)info.st_size;
	RQ_TRY(holding->kind == RQ_COMPARABLE_INDEX ? open_index(holding, source, similarity, err) : open_vectors(holding, source, similarity, err));
	RQ_TRY(check_unchanged(file, &info, err));
	holding->exhaustive = is_exhaustive(holding);
	if (holding->vectors.data == NULL)
		return RQ_OK;
	size_t row = rq_vectors_not_finite(&holding->vectors);
	return row == holding->vectors.n ? RQ_OK
	                                 : rq_fail(err, RQ_E_DATA, "\"%s\": the vector of \"%s\" (row %zu, counted from 0) holds a NaN or an infinity; embed it anew",
	                                           source->path, holding->ids.names[row], row);
}
