/* The bytes of a frozen lsa model, little-endian:
 *   0  "rqgatLSA"      8  u32 format    12  u32 columns    16  u32 dimension    20  u32 documents
 *  24  u64 seed    32  u32 dim    36  u8 stop words    37  u8 bigrams    38  30 bytes language, NUL-padded
 *  68  u32 buckets[columns], f32 idf[columns], f32 v[columns * dimension]
 *  then 16 bytes: XXH3-128 of all that stands before. It finds accidents, not forgeries; the reader checks every value that it relies on as well. */
#include "evalcore/embed/lsa/model.h"

#include "evalcore/base/hash.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "arrays are written as they lie in memory");

/* Raised when the layout changes or the same text gives another vector. */
enum { FORMAT = 1 };

static const char MAGIC[8] = "rqgatLSA";
enum { HEADER_SIZE = 68, CHECKSUM_SIZE = 16, LANGUAGE_SIZE = 30 };

void rq_lsa_model_release(struct rq_lsa_model *model)
{
	free(model->buckets);
	free(model->idf);
	free(model->v);
	*model = (struct rq_lsa_model){0};
}

static void checksum(unsigned char out[CHECKSUM_SIZE], const char *bytes, size_t size)
{
	struct rq_key key = {0};

	rq_key_add(&key, bytes, size);
	memcpy(out, &key.high, 8);
	memcpy(out + 8, &key.low, 8);
}

enum rq_status rq_lsa_model_write(struct rq_buf *out, const struct rq_lsa_model *model, struct rq_error *err)
{
	uint32_t counts[] = {FORMAT, model->columns, model->dimension, model->documents};
	uint64_t seed = (uint64_t)model->options.seed;
	uint32_t dim = (uint32_t)model->options.dim;
	char flags[] = {(char)model->options.stop_words, (char)model->options.bigrams};
	unsigned char sum[CHECKSUM_SIZE];
	size_t start = out->size;

	rq_buf_add(out, MAGIC, sizeof MAGIC);
	rq_buf_add(out, counts, sizeof counts);
	rq_buf_add(out, &seed, sizeof seed);
	rq_buf_add(out, &dim, sizeof dim);
	rq_buf_add(out, flags, sizeof flags);
	rq_buf_add(out, model->language, LANGUAGE_SIZE);
	rq_buf_add(out, model->buckets, model->columns * sizeof *model->buckets);
	rq_buf_add(out, model->idf, model->columns * sizeof *model->idf);
	rq_buf_add(out, model->v, (size_t)model->columns * model->dimension * sizeof *model->v);
	RQ_TRY(rq_buf_check(out, err));
	checksum(sum, out->data + start, out->size - start);
	rq_buf_add(out, sum, sizeof sum);
	return rq_buf_check(out, err);
}

/* Magic, format, size and checksum; fills the counts. */
static enum rq_status check_frame(struct rq_lsa_model *model, const char *bytes, size_t size, const char *source, struct rq_error *err)
{
	uint32_t counts[4];
	unsigned char sum[CHECKSUM_SIZE];

	if (size < sizeof MAGIC || memcmp(bytes, MAGIC, sizeof MAGIC) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: no lsa model; name another file, or one that does not exist yet, to which a fit is written", source);
	if (size < HEADER_SIZE + CHECKSUM_SIZE)
		return rq_fail(err, RQ_E_DATA, "%s: the lsa model is cut off after %zu bytes; remove the file to fit anew", source, size);
	memcpy(counts, bytes + sizeof MAGIC, sizeof counts);
	if (counts[0] != FORMAT)
		return rq_fail(err, RQ_E_DATA, "%s: lsa model of format %" PRIu32 ", this program reads format %d; remove the file to fit anew", source,
		               counts[0], FORMAT);
	/* At most 2^16 columns of 2^12 values: no overflow. */
	if (counts[1] < 1 || counts[1] > RQ_LSA_BUCKETS || counts[2] < 1 || counts[2] > RQ_LSA_DIMENSION_MAX)
		return rq_fail(err, RQ_E_DATA, "%s: damaged lsa model (%" PRIu32 " columns of dimension %" PRIu32 "); remove the file to fit anew", source,
		               counts[1], counts[2]);
	size_t expected = HEADER_SIZE + (size_t)counts[1] * (8 + 4 * (size_t)counts[2]) + CHECKSUM_SIZE;
	if (size != expected)
		return rq_fail(err, RQ_E_DATA, "%s: the lsa model has %zu bytes where its header promises %zu; remove the file to fit anew", source, size,
		               expected);
	checksum(sum, bytes, size - CHECKSUM_SIZE);
	if (memcmp(sum, bytes + size - CHECKSUM_SIZE, CHECKSUM_SIZE) != 0)
		return rq_fail(err, RQ_E_DATA, "%s: damaged lsa model (its checksum does not match); remove the file to fit anew", source);
	model->columns = counts[1];
	model->dimension = counts[2];
	model->documents = counts[3];
	return RQ_OK;
}

static void read_options(struct rq_lsa_model *model, const char *bytes)
{
	uint64_t seed;
	uint32_t dim;

	memcpy(&seed, bytes + 24, sizeof seed);
	memcpy(&dim, bytes + 32, sizeof dim);
	memcpy(model->language, bytes + 38, LANGUAGE_SIZE);
	model->language[sizeof model->language - 1] = '\0';
	model->options = (struct rq_lsa_options){.dim = dim, .seed = (int64_t)seed, .stop_words = bytes[36] != 0, .bigrams = bytes[37] != 0};
}

/* Buckets must ascend below 2^16, numbers must be finite: a search would carry anything else into every score. */
static bool values_hold(const struct rq_lsa_model *model)
{
	for (size_t i = 0; i < model->columns; i++)
		if (model->buckets[i] >= RQ_LSA_BUCKETS || (i > 0 && model->buckets[i] <= model->buckets[i - 1]) || !isfinite(model->idf[i]))
			return false;
	for (size_t i = 0; i < (size_t)model->columns * model->dimension; i++)
		if (!isfinite(model->v[i]))
			return false;
	return true;
}

enum rq_status rq_lsa_model_read(struct rq_lsa_model *model, const char *bytes, size_t size, const char *source, struct rq_error *err)
{
	*model = (struct rq_lsa_model){0};
	RQ_TRY(check_frame(model, bytes, size, source, err));
	read_options(model, bytes);
	size_t columns = model->columns, values = columns * model->dimension;
	model->buckets = rq_alloc_aligned(columns, sizeof *model->buckets);
	model->idf = rq_alloc_aligned(columns, sizeof *model->idf);
	model->v = rq_alloc_aligned(values, sizeof *model->v);
	if (model->buckets == NULL || model->idf == NULL || model->v == NULL) {
		rq_lsa_model_release(model);
		return rq_fail_memory(err);
	}
	memcpy(model->buckets, bytes + HEADER_SIZE, columns * sizeof *model->buckets);
	memcpy(model->idf, bytes + HEADER_SIZE + columns * 4, columns * sizeof *model->idf);
	memcpy(model->v, bytes + HEADER_SIZE + columns * 8, values * sizeof *model->v);
	if (!values_hold(model)) {
		rq_lsa_model_release(model);
		return rq_fail(err, RQ_E_DATA, "%s: damaged lsa model (values out of range); remove the file to fit anew", source);
	}
	return RQ_OK;
}

static enum rq_status differs(struct rq_error *err, const char *source, const char *option, const char *fitted, const char *configured)
{
	return rq_fail(err, RQ_E_CONFIG,
	               "%s: the lsa model was fitted with \"%s\": %s, the config says %s; set \"%s\" to %s, or remove the file to fit anew", source,
	               option, fitted, configured, option, fitted);
}

static enum rq_status differs_number(struct rq_error *err, const char *source, const char *option, int64_t fitted, int64_t configured)
{
	char texts[2][24];

	snprintf(texts[0], sizeof texts[0], "%" PRId64, fitted);
	snprintf(texts[1], sizeof texts[1], "%" PRId64, configured);
	return differs(err, source, option, texts[0], texts[1]);
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

enum rq_status rq_lsa_model_check(const struct rq_lsa_model *model, const struct rq_lsa_options *options, const char *source, struct rq_error *err)
{
	const struct rq_lsa_options *fitted = &model->options;

	if (fitted->dim != options->dim)
		return differs_number(err, source, "dim", fitted->dim, options->dim);
	if (fitted->seed != options->seed)
		return differs_number(err, source, "seed", fitted->seed, options->seed);
	if (strcmp(model->language, options->language) != 0)
		return differs(err, source, "language", model->language, options->language);
	if (fitted->stop_words != options->stop_words)
		return differs(err, source, "stop_words", truth(fitted->stop_words), truth(options->stop_words));
	if (fitted->bigrams != options->bigrams)
		return differs(err, source, "bigrams", truth(fitted->bigrams), truth(options->bigrams));
	return RQ_OK;
}
