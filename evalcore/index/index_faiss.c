/* The `faiss` backend: any index that FAISS's factory can name, or a file that FAISS wrote, through FAISS's C API; what that lacks is in
 * faiss_shim.h. The only file that includes FAISS's headers. Row i of the vectors is label i of the index. */
#include "evalcore/index/faiss_cost.h"
#include "evalcore/index/faiss_guard.h"
#include "evalcore/index/faiss_shim.h"
#include "evalcore/index/faiss_sizes.h"
#include "evalcore/index/index.h"
#include "evalcore/index/parameters.h"
#include "evalcore/index/structure.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"

#include <faiss/c_api/AutoTune_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	ADD_ROWS = 10000,        /* rows an add(): part of what makes the graph, and how long a Ctrl-C may take */
	SEARCH_QUERIES = 1024,   /* queries a search() at most */
	SEARCH_LABELS = 1 << 22, /* and labels */
	SLACK = 16,              /* neighbours asked for beyond k, since FAISS cuts ties as it likes */
	ERROR_MAX = 1024,
};
static const size_t FACTORY_BYTES = (size_t)4 << 30; /* for an empty index */
static const size_t FILE_BYTES = (size_t)3 << 30;    /* beyond 8 times the file: FAISS computes tables of up to 2 GB of its own */

struct rq_index {
	FaissIndex *faiss;
	enum rq_similarity similarity;
	struct rq_faiss_facts facts;
	size_t nprobe;    /* as it was asked for; facts.nprobe is at most the number of lists */
	float *distances; /* of one search(); the four grow with what is asked */
	idx_t *labels;
	uint32_t *rows;
	double *scores;
	size_t distance_capacity, label_capacity, row_capacity, score_capacity;
	char *remark; /* RQ_FAISS_REMARK */
};

static void close_index(struct rq_index *index)
{
	if (index == NULL)
		return;
	if (index->faiss != NULL)
		faiss_Index_free(index->faiss);
	free(index->distances);
	free(index->labels);
	free(index->rows);
	free(index->scores);
	free(index->remark);
	free(index);
}

static enum rq_status open_index(struct rq_index **index, enum rq_similarity similarity, struct rq_error *err)
{
	*index = calloc(1, sizeof **index);
	if (*index == NULL)
		return rq_fail_memory(err);
	(*index)->similarity = similarity;
	(*index)->remark = malloc(RQ_FAISS_REMARK);
	if ((*index)->remark == NULL) {
		close_index(*index);
		*index = NULL;
		return rq_fail_memory(err);
	}
	return RQ_OK;
}

/* Where memory is limited a call may have failed for the size that it asked for; then a small piece is still to be had. */
static bool memory_is_short(int code)
{
	void *small = code == STD_EXCEPT ? malloc(65536) : NULL;

	free(small);
	return code == STD_EXCEPT && small == NULL;
}

/* Of a call that failed without a limit. */
static enum rq_status status_of_failure(void)
{
	return rq_faiss_ran_out() ? RQ_E_NOMEM : RQ_E_DATA;
}

/* FAISS's reason for a failed call, without the place in its source: "Error in <function> at <file>:<line>: Error: '<condition>' failed: <reason>".
 */
static const char *reason(char text[ERROR_MAX], int code)
{
	const char *last = faiss_get_last_error(), *start;

	if (code == STD_EXCEPT || last == NULL) /* the C API keeps only the base class of these, whose text says nothing */
		return "out of memory, or a number that is too large for it";
	start = strstr(last, ".cpp:");
	if (start == NULL)
		start = strstr(last, ".h:");
	const char *reason = start == NULL ? NULL : strstr(start, ": ");
	reason = reason == NULL ? last : reason + 2;
	const char *failed = strncmp(reason, "Error: '", 8) == 0 ? strstr(reason, "' failed: ") : NULL;
	if (failed != NULL)
		reason = failed + 10;
	snprintf(text, ERROR_MAX, "%s", reason);
	for (size_t length = strlen(text); length > 0 && (isspace((unsigned char)text[length - 1]) || text[length - 1] == '.'); length--)
		text[length - 1] = '\0';
	return text;
}

static FaissMetricType metric_of(enum rq_similarity similarity)
{
	return similarity == RQ_L2 ? METRIC_L2 : METRIC_INNER_PRODUCT;
}

/* ---- what the config says ---- */

static enum rq_status set_parameters(FaissIndex *index, const char *list, const char *option, struct rq_error *err)
{
	struct rq_parameter parameter;
	struct rq_faiss_facts facts;
	FaissParameterSpace *space;
	enum rq_status status = RQ_OK;
	bool end = false;

	if (list == NULL)
		return RQ_OK;
	(void)rq_faiss_ran_out();
	if (faiss_ParameterSpace_new(&space) != OK)
		return rq_fail_memory(err);
	while (status == RQ_OK && (status = rq_parameter_next(&parameter, &end, &list, option, err)) == RQ_OK && !end) {
		if (faiss_ParameterSpace_set_index_parameter(space, index, parameter.name, parameter.value) == OK)
			continue;
		status = rq_faiss_ran_out() ? rq_fail_memory(err) : rq_faiss_facts_of(&facts, index, err);
		if (status == RQ_OK && !rq_faiss_set_field(index, parameter.name, parameter.value))
			status = rq_fail(err, RQ_E_CONFIG, "%s \"%s\": an index of FAISS's type %s has no parameter \"%s\"", option, parameter.text, facts.type,
			                 parameter.name);
	}
	faiss_ParameterSpace_free(space);
	return status;
}

/* Once more where memory failed, which under the limit may mean memory or a number that is too large: that fails again. */
static int limited_factory(FaissIndex **index, const char *factory, size_t d, FaissMetricType metric)
{
	struct rq_faiss_guard guard;
	int code = STD_EXCEPT;

	for (int call = 0; call < 2 && code == STD_EXCEPT; call++) {
		rq_faiss_guard_begin(&guard, FACTORY_BYTES);
		code = faiss_index_factory(index, (int)d, factory, metric);
		rq_faiss_guard_end(&guard);
	}
	return code;
}

static int call_factory(FaissIndex **index, const char *factory, size_t d, FaissMetricType metric)
{
	*index = NULL;
	int code = limited_factory(index, factory, d, metric);
	if (code != OK || faiss_Index_metric_type(*index) == metric)
		return code;
	/* some types know one metric and take no notice of what is asked */
	faiss_Index_free(*index);
	*index = NULL;
	return FAISS_EXCEPT;
}

/* Looks at the index, and takes nprobe down to the number of lists: most types do that when they search, fast scans take memory for what is asked. */
static enum rq_status look(struct rq_index *index, struct rq_error *err)
{
	char lists[48];

	RQ_TRY(rq_faiss_facts_of(&index->facts, index->faiss, err));
	index->nprobe = index->facts.nprobe;
	if (index->facts.nprobe <= index->facts.nlist)
		return RQ_OK;
	index->facts.nprobe = index->facts.nlist;
	snprintf(lists, sizeof lists, "nprobe=%zu", index->facts.nlist);
	return set_parameters(index->faiss, lists, "search", err);
}

/* An empty index of the factory string, with the build parameters set. */
static enum rq_status make(FaissIndex **index, const struct rq_index_config *config, enum rq_similarity similarity, size_t d, struct rq_error *err)
{
	char text[ERROR_MAX];
	int code = call_factory(index, config->factory, d, metric_of(similarity));

	if (memory_is_short(code))
		return rq_fail_memory(err);
	if (code != OK) {
		const char *why = reason(text, code);
		bool other = call_factory(index, config->factory, d, similarity == RQ_L2 ? METRIC_INNER_PRODUCT : METRIC_L2) == OK;
		if (!other)
			return rq_fail(err, RQ_E_CONFIG, "factory \"%s\": FAISS cannot make it: %s", config->factory, why);
		faiss_Index_free(*index);
		*index = NULL;
		return rq_fail(err, RQ_E_CONFIG, "factory \"%s\": FAISS has it for %s only; set similarity to %s", config->factory,
		               similarity == RQ_L2 ? "the inner product" : "L2 distance", similarity == RQ_L2 ? "\"cosine\" or \"ip\"" : "\"l2\"");
	}
	struct rq_faiss_facts facts;
	enum rq_status status = rq_faiss_facts_of(&facts, *index, err);
	if (status == RQ_OK && facts.refusal != NULL)
		status = rq_fail(err, RQ_E_CONFIG, "factory \"%s\": %s", config->factory, facts.refusal);
	if (status == RQ_OK)
		status = set_parameters(*index, config->build, "build", err);
	if (status != RQ_OK) {
		faiss_Index_free(*index);
		*index = NULL;
	}
	return status;
}

static enum rq_status check_file(const struct rq_index_config *config, struct rq_error *err)
{
	const char *name = config->factory != NULL ? "factory" : "build", *value = config->factory != NULL ? config->factory : config->build;

	return value == NULL ? RQ_OK : rq_fail(err, RQ_E_CONFIG, "%s \"%s\": there is a file \"%s\" to open, so nothing is built; leave one of the two out", name, value, config->file);
}

/* The factory string with a dimension: FAISS makes the index once, and sets all parameters. */
static enum rq_status try_factory(const struct rq_index_config *config, size_t d, struct rq_error *err)
{
	FaissIndex *index;

	RQ_TRY(make(&index, config, config->similarity == 2 ? RQ_L2 : RQ_INNER_PRODUCT, d, err));
	enum rq_status status = set_parameters(index, config->search, "search", err);
	faiss_Index_free(index);
	return status;
}

/* Of an index that is built here, without asking FAISS. */
static enum rq_status check_texts(const struct rq_index_config *config, size_t d, struct rq_error *err)
{
	if (config->ids != NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "ids \"%s\": the rows of an index that is built here are the corpus's; leave it out, or name the file that it belongs to",
		               config->ids);
	if (config->factory == NULL || config->factory[0] == '\0')
		return rq_fail(err, RQ_E_CONFIG, "kind \"faiss\" needs a factory string, for example \"HNSW32,Flat\", or an index file to open");
	if (strlen(config->factory) > 200)
		return rq_fail(err, RQ_E_CONFIG, "factory \"%.40s...\": longer than 200 letters", config->factory);
	RQ_TRY(rq_factory_check(config->factory, err));
	if (d > INT_MAX)
		return rq_fail(err, RQ_E_DATA, "vectors of %zu dimensions where %d are FAISS's most", d, INT_MAX);
	return RQ_OK;
}

static enum rq_status check(const struct rq_index_config *config, size_t d, struct rq_error *err)
{
	RQ_TRY(rq_parameters_check(config->build, "build", err));
	RQ_TRY(rq_parameters_check(config->search, "search", err));
	if (config->file != NULL)
		return check_file(config, err);
	RQ_TRY(check_texts(config, d, err));
	if (d > 0)
		return try_factory(config, d, err);
	/* Dimension unknown: 64 suits most strings, and 6720 divides by most counts ("PQ48"). */
	return try_factory(config, 64, NULL) == RQ_OK ? RQ_OK : try_factory(config, 6720, err);
}

/* ---- building ---- */

static enum rq_status failed(const char *what, const struct rq_index_config *config, size_t n, int code, struct rq_error *err)
{
	char text[ERROR_MAX];

	RQ_TRY(rq_cancel_check(err));
	return rq_fail(err, status_of_failure(), "factory \"%s\": FAISS cannot %s %zu vectors: %s", config->factory, what, n, reason(text, code));
}

static enum rq_status train(struct rq_index *index, const struct rq_index_config *config, const struct rq_vectors *vectors, struct rq_error *err)
{
	struct rq_faiss_guard guard;

	if (faiss_Index_is_trained(index->faiss))
		return RQ_OK;
	rq_faiss_guard_begin(&guard, 0);
	int code = faiss_Index_train(index->faiss, (idx_t)vectors->n, vectors->data);
	rq_faiss_guard_end(&guard);
	return code == OK ? RQ_OK : failed("train it on", config, vectors->n, code, err);
}

static enum rq_status add(struct rq_index *index, const struct rq_index_config *config, const struct rq_vectors *vectors,
                          struct rq_progress *progress, struct rq_error *err)
{
	size_t step = index->facts.in_one_piece || vectors->n < ADD_ROWS ? vectors->n : ADD_ROWS;
	RQ_CLEANUP(rq_free_pointer) idx_t *labels = calloc(step, sizeof *labels);
	struct rq_faiss_guard guard;

	if (labels == NULL)
		return rq_fail_memory(err);
	for (size_t first = 0, count; first < vectors->n; first += count) {
		RQ_TRY(rq_cancel_check(err));
		count = vectors->n - first < step ? vectors->n - first : step;
		for (size_t i = 0; i < count; i++)
			labels[i] = (idx_t)(first + i);
		const float *rows = vectors->data + first * vectors->d;
		rq_faiss_guard_begin(&guard, 0);
		int code = index->facts.own_labels ? faiss_Index_add_with_ids(index->faiss, (idx_t)count, rows, labels) :
		                                     faiss_Index_add(index->faiss, (idx_t)count, rows);
		rq_faiss_guard_end(&guard);
		if (code != OK)
			return failed("add", config, vectors->n, code, err);
		rq_progress_add(progress, count);
	}
	return RQ_OK;
}

static enum rq_status fill(struct rq_index *index, const struct rq_index_config *config, const struct rq_vectors *vectors,
                           struct rq_progress *progress, struct rq_error *err)
{
	int threads = rq_threads();

	RQ_TRY(make(&index->faiss, config, index->similarity, vectors->d, err));
	RQ_TRY(rq_faiss_seed(index->faiss, config->seed, err));
	RQ_TRY(look(index, err));
	if (vectors->n < index->facts.least_rows)
		return rq_fail(err, RQ_E_DATA, "factory \"%s\": %zu vectors are too few for this graph, which needs %zu; use \"HNSW32,Flat\"",
		               config->factory, vectors->n, index->facts.least_rows);
	rq_threads_set(config->threads < 1 ? 1 : (int)config->threads);
	rq_progress_begin(progress, "building", "rows", vectors->n);
	enum rq_status status = train(index, config, vectors, err);
	if (status == RQ_OK)
		status = add(index, config, vectors, progress, err);
	rq_progress_end(progress);
	rq_threads_set(threads);
	return status;
}

static enum rq_status build(struct rq_index **index, const struct rq_index_config *config, enum rq_similarity similarity,
                            const struct rq_vectors *vectors, struct rq_progress *progress, struct rq_error *err)
{
	*index = NULL;
	if (vectors->n == 0 || vectors->d == 0)
		return rq_fail(err, RQ_E_DATA, "there are no vectors to build an index of");
	size_t row = rq_vectors_not_finite(vectors);
	if (row < vectors->n)
		return rq_fail(err, RQ_E_DATA, "row %zu of the vectors holds a NaN or an infinity; embed that document again", row);
	RQ_TRY(check_texts(config, vectors->d, err));
	RQ_TRY(open_index(index, similarity, err));
	enum rq_status status = fill(*index, config, vectors, progress, err);
	if (status != RQ_OK) {
		close_index(*index);
		*index = NULL;
	}
	return status;
}

/* ---- files ---- */

static enum rq_status save(const struct rq_index *index, FILE *stream, struct rq_error *err)
{
	char text[ERROR_MAX];
	int code = faiss_write_index(index->faiss, stream);

	if (code != OK)
		return rq_fail(err, rq_faiss_ran_out() ? RQ_E_NOMEM : RQ_E_IO, "FAISS cannot write the index: %s; see that the disk has room", reason(text, code));
	return RQ_OK;
}

static const char *metric_name(FaissMetricType metric, char text[32])
{
	if (metric == METRIC_INNER_PRODUCT)
		return "the inner product";
	if (metric == METRIC_L2)
		return "L2 distance";
	snprintf(text, 32, "FAISS's metric %d", (int)metric);
	return text;
}

static enum rq_status check_opened(struct rq_index *index, const char *name, size_t d, struct rq_error *err)
{
	char text[32];
	FaissMetricType metric = faiss_Index_metric_type(index->faiss);
	size_t file_d = (size_t)faiss_Index_d(index->faiss);

	if (rq_faiss_verify(index->faiss, err) != RQ_OK)
		return rq_fail_within(err, "index file \"%s\"", name);
	if (d != 0 && file_d != d)
		return rq_fail(err, RQ_E_DATA,
		               "index file \"%s\": it holds vectors of %zu dimensions, and the embedder's have %zu; embed with the model that it was built "
		               "with, or build it anew",
		               name, file_d, d);
	if (index->similarity == RQ_AS_STORED && (metric == METRIC_INNER_PRODUCT || metric == METRIC_L2))
		index->similarity = metric == METRIC_L2 ? RQ_L2 : RQ_INNER_PRODUCT;
	if (index->similarity == RQ_AS_STORED)
		return rq_fail(err, RQ_E_DATA, "index file \"%s\": it ranks by %s; expected the inner product or L2 distance", name, metric_name(metric, text));
	if (metric != metric_of(index->similarity))
		return rq_fail(
			err, RQ_E_DATA,
			"index file \"%s\": it ranks by %s, and the config asks for %s; set similarity to what the file was built for, or build it anew", name,
			metric_name(metric, text), index->similarity == RQ_L2 ? "L2 distance (\"l2\")" : "the inner product (\"cosine\" or \"ip\")");
	return RQ_OK;
}

/* Of a file whose `size` is known, it is held against what the file claims; 0: it is not. */
static enum rq_status read_file(struct rq_index *index, FILE *stream, size_t size, const char *name, struct rq_error *err)
{
	char text[ERROR_MAX];
	struct rq_faiss_guard guard;
	int code = STD_EXCEPT;
	long start = ftell(stream);

	if (size > 0 && rq_faiss_check_sizes(stream, size, err) != RQ_OK)
		return rq_fail_within(err, "index file \"%s\"", name);
	for (int call = 0; call < 2 && code == STD_EXCEPT && fseek(stream, start, SEEK_SET) == 0; call++) { /* as for the factory */
		rq_faiss_guard_begin(&guard, size > 0 ? FILE_BYTES + 8 * size : 0);
		code = faiss_read_index(stream, 0, &index->faiss);
		rq_faiss_guard_end(&guard);
	}
	if (code != OK)
		index->faiss = NULL;
	if (memory_is_short(code))
		return rq_fail_memory(err);
	if (code != OK)
		return rq_fail(err, RQ_E_DATA, "index file \"%s\": FAISS cannot read it: %s; it is cut off, corrupt, or no index of %s", name,
		               reason(text, code), rq_faiss_version());
	size_t end = (size_t)ftell(stream);
	if (size > end)
		return rq_fail(err, RQ_E_DATA, "index file \"%s\": the index ends at byte %zu, and the file at %zu; copy or write it again", name, end, size);
	return RQ_OK;
}

static enum rq_status load(struct rq_index **index, FILE *stream, const char *name, enum rq_similarity similarity, size_t d, struct rq_error *err)
{
	struct stat file;

	RQ_TRY(open_index(index, similarity, err));
	bool regular = fileno(stream) >= 0 && fstat(fileno(stream), &file) == 0 && S_ISREG(file.st_mode);
	enum rq_status status = read_file(*index, stream, regular ? (size_t)file.st_size : 0, name, err);
	if (status == RQ_OK)
		status = check_opened(*index, name, d, err);
	if (status == RQ_OK)
		status = look(*index, err);
	if (status != RQ_OK) {
		close_index(*index);
		*index = NULL;
	}
	return status;
}

/* ---- searching ---- */

static enum rq_status configure(struct rq_index *index, const char *search, struct rq_error *err)
{
	RQ_TRY(set_parameters(index->faiss, search, "search", err));
	return look(index, err);
}

static size_t rows(const struct rq_index *index)
{
	return (size_t)faiss_Index_ntotal(index->faiss);
}

static size_t dimension(const struct rq_index *index)
{
	return (size_t)faiss_Index_d(index->faiss);
}

/* One query's labels to its list: absent ones left out, scores higher-is-better, in order, cut to k. */
static enum rq_status take(struct rq_index *index, size_t query, size_t asked, const float *distances, const idx_t *labels, const uint32_t *tie_rank,
                           struct rq_neighbours *out, struct rq_error *err)
{
	size_t count = 0, n = rows(index);

	for (size_t i = 0; i < asked; i++) {
		if (labels[i] == -1)
			continue;
		if (labels[i] < 0 || (size_t)labels[i] >= n)
			return rq_fail(err, RQ_E_DATA, "the index returned label %lld, and it has %zu rows; build it anew", (long long)labels[i], n);
		index->rows[count] = (uint32_t)labels[i];
		index->scores[count++] = index->similarity == RQ_L2 ? 0 - (double)distances[i] : (double)distances[i];
	}
	rq_neighbours_order(index->rows, index->scores, count, tie_rank);
	out->counts[query] = (uint32_t)(count < out->k ? count : out->k);
	memcpy(out->rows + query * out->k, index->rows, out->counts[query] * sizeof *out->rows);
	memcpy(out->scores + query * out->k, index->scores, out->counts[query] * sizeof *out->scores);
	return RQ_OK;
}

static enum rq_status search_chunks(struct rq_index *index, const float *queries, size_t nq, size_t asked, const uint32_t *tie_rank,
                                    struct rq_neighbours *out, struct rq_progress *progress, struct rq_error *err)
{
	char text[ERROR_MAX];
	size_t d = dimension(index), most = SEARCH_LABELS / asked < 1 ? 1 : SEARCH_LABELS / asked;
	size_t step = nq < SEARCH_QUERIES ? nq : SEARCH_QUERIES;

	step = step < most ? step : most;
	if (!RQ_RESERVE(index->distances, index->distance_capacity, step * asked) || !RQ_RESERVE(index->labels, index->label_capacity, step * asked) ||
	    !RQ_RESERVE(index->rows, index->row_capacity, asked) || !RQ_RESERVE(index->scores, index->score_capacity, asked))
		return rq_fail_memory(err);
	for (size_t first = 0, count; first < nq; first += count) {
		RQ_TRY(rq_cancel_check(err));
		count = nq - first < step ? nq - first : step;
		int code = faiss_Index_search(index->faiss, (idx_t)count, queries + first * d, (idx_t)asked, index->distances, index->labels);
		RQ_TRY(rq_cancel_check(err));
		if (code != OK)
			return rq_fail(err, status_of_failure(), "FAISS cannot search this %s: %s", index->facts.type, reason(text, code));
		for (size_t q = 0; q < count; q++)
			RQ_TRY(take(index, first + q, asked, index->distances + q * asked, index->labels + q * asked, tie_rank, out, err));
		rq_progress_add(progress, count);
	}
	return RQ_OK;
}

static enum rq_status search_batch(struct rq_index *index, const float *queries, size_t nq, const uint32_t *tie_rank, struct rq_neighbours *out,
                                   struct rq_progress *progress, struct rq_error *err)
{
	size_t n = rows(index), asked = out->k, threads = (size_t)rq_threads();

	for (size_t q = 0; q < nq; q++)
		out->counts[q] = 0;
	if (nq == 0 || n == 0 || out->k == 0)
		return RQ_OK;
	for (size_t i = 0; i < nq * dimension(index); i++)
		if (!isfinite(queries[i]))
			return rq_fail(err, RQ_E_DATA, "query %zu holds a NaN or an infinity; embed that topic again", i / dimension(index));
	if (index->facts.wider >= asked + SLACK)
		asked += SLACK;
	if (asked > n)
		asked = n;
	/* FAISS answers one query on one thread; to wake the others only costs time. */
	if (nq == 1)
		rq_threads_set(1);
	rq_progress_begin(progress, "searching", "queries", nq);
	enum rq_status status = search_chunks(index, queries, nq, asked, tie_rank, out, progress, err);
	rq_progress_end(progress);
	rq_threads_set((int)threads);
	return status;
}

static const char *remark(const struct rq_index *index, size_t k, bool *unexpected)
{
	rq_faiss_remark(index->remark, unexpected, &index->facts, index->nprobe, rows(index), k);
	return index->remark;
}

static enum rq_status structure(struct rq_index_structure *out, const struct rq_index *index, struct rq_error *err)
{
	return rq_faiss_structure(out, index->faiss, err);
}

static enum rq_status vectors(float *out, bool *held, const struct rq_index *index, size_t first, size_t count, struct rq_error *err)
{
	return rq_faiss_rows(out, held, index->faiss, first, count, err);
}

static enum rq_status estimate(struct rq_index_estimate *out, const struct rq_index *opened, const struct rq_index_config *config, size_t n, size_t d, size_t k,
                               struct rq_error *err)
{
	FaissIndex *index;
	struct rq_faiss_facts facts;

	if (opened != NULL) {
		rq_faiss_cost(out, &opened->facts, n, d, k);
		return RQ_OK;
	}
	RQ_TRY(check(config, d, err));
	RQ_TRY(make(&index, config, config->similarity == 2 ? RQ_L2 : RQ_INNER_PRODUCT, d, err));
	enum rq_status status = set_parameters(index, config->search, "search", err);
	if (status == RQ_OK)
		status = rq_faiss_facts_of(&facts, index, err);
	faiss_Index_free(index);
	if (status == RQ_OK)
		rq_faiss_cost(out, &facts, n, d, k);
	return status;
}

const struct rq_backend rq_backend_faiss = {
	.name = "faiss",
	.help = "any index that FAISS's factory names (HNSW, IVF, PQ, ...), built here or opened from a file",
	.citation = "Johnson, Douze & Jegou, Billion-scale similarity search with GPUs (2019); Douze et al., The Faiss library (2024)",
	.version = 1,
	.library = rq_faiss_build,
	.exact = false,
	.stored = true,
	.check = check,
	.build = build,
	.save = save,
	.load = load,
	.configure = configure,
	.search_batch = search_batch,
	.rows = rows,
	.dimension = dimension,
	.structure = structure,
	.remark = remark,
	.vectors = vectors,
	.estimate = estimate,
	.close = close_index,
};
