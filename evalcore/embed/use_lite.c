/* use-lite: Universal Sentence Encoder Lite in this process, from the files of its package. */
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/use_lite/network.h"
#include "evalcore/embed/use_lite/pieces.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct use_lite_options {
	const char *folder;
	int weights;
};

static const char *const precisions[] = {[RQ_USE_LITE_FP32] = "fp32", [RQ_USE_LITE_INT8] = "int8", [RQ_USE_LITE_INT4] = "int4", NULL};

static const struct rq_option options[] = {
	{.name = "folder", .type = RQ_OPTION_PATH, .offset = offsetof(struct use_lite_options, folder), .required = true,
	 .help = "folder of the model's files (model.json, its shards, vocab.json), which ci/models use-lite fetches"},
	{.name = "weights", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct use_lite_options, weights), .standard = "\"fp32\"", .choices = precisions,
	 .help = "how the weights are stored: as they were trained, or rounded to whole numbers of 8 or 4 bits with a step for each column"},
	RQ_OPTIONS_END,
};

/* The files' bytes are part of the cache key, wherever they lie. */
static const char *const immaterial[] = {"folder", NULL};

static enum rq_status use_lite_ready(const void *config, struct rq_error *err)
{
	const struct use_lite_options *o = config;
	struct rq_arena arena = {0};
	const char *path = rq_path_join(&arena, o->folder, "model.json");
	enum rq_status status = path == NULL ? rq_fail_memory(err) : RQ_OK;

	if (path != NULL && !rq_file_exists(path))
		status = rq_fail(err, RQ_E_CONFIG, "folder: there is no %s; 'ci/models use-lite %s' fetches the model", path, o->folder);
	rq_arena_release(&arena);
	return status;
}

static enum rq_status use_lite_read(struct rq_buf *model, const void *config, struct rq_error *err)
{
	const struct use_lite_options *o = config;

	return rq_use_lite_read(model, o->folder, (enum rq_use_lite_precision)o->weights, err);
}

struct state {
	struct rq_use_lite network;
	struct rq_unigram pieces;
	enum rq_use_lite_precision precision;
	char doubt[RQ_USE_LITE_DOUBT];
};

static void use_lite_close(void *opaque)
{
	struct state *state = opaque;

	if (state == NULL)
		return;
	rq_use_lite_release(&state->network);
	rq_unigram_release(&state->pieces);
	free(state);
}

static enum rq_status use_lite_open(void **out, const void *config, const char *bytes, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_use_lite_files_release) struct rq_use_lite_files files = {0};
	const struct use_lite_options *o = config;
	struct state *state = calloc(1, sizeof *state);

	*out = NULL;
	if (state == NULL)
		return rq_fail_memory(err);
	enum rq_status status = rq_use_lite_open(&files, bytes, size, err);
	if (status == RQ_OK)
		status = rq_use_lite_init(&state->network, &files, err);
	if (status == RQ_OK)
		status = rq_use_lite_compare(state->doubt, bytes, size, err);
	if (status != RQ_OK) {
		use_lite_close(state);
		return status == RQ_E_DATA ? rq_fail_within(err, "%s", o->folder) : status;
	}
	state->precision = files.precision;
	state->pieces = files.pieces;
	files.pieces = (struct rq_unigram){0};
	*out = state;
	return RQ_OK;
}

static void use_lite_describe(const void *opaque, char text[RQ_VARIANT])
{
	const struct state *state = opaque;
	char size[16];

	snprintf(text, RQ_VARIANT, "%s, %s", precisions[state->precision], rq_show_size(size, state->network.bytes));
}

static const char *use_lite_doubt(const void *opaque)
{
	const struct state *state = opaque;

	return state->doubt;
}

static size_t use_lite_dimension(const void *state)
{
	(void)state;
	return RQ_USE_LITE_DIMENSION;
}

/* ---- texts ---- */

enum { BLOCK_TEXTS = 32 }; /* are read into ids in one go */

/* Texts that threads take one after the other, first to be read, then to be run. */
struct crowd {
	const struct state *state;
	const char *const *texts;
	size_t n;
	float *out;
	struct rq_progress *progress;
	uint16_t *ids;         /* n x RQ_USE_LITE_TOKENS */
	uint8_t *counts;       /* n */
	size_t *packs;         /* the first text of each, and n at the end */
	size_t pack_count;
	atomic_size_t next;
	size_t failed;         /* the first text that failed; n: none yet */
	struct rq_error err;   /* its error */
};

static void keep_failure(struct crowd *crowd, size_t text, const struct rq_error *err)
{
#pragma omp critical(rq_use_lite_embed)
	if (text < crowd->failed) {
		crowd->failed = text;
		crowd->err = *err;
	}
}

/* A text's first ids. */
static enum rq_status read_text(struct crowd *crowd, size_t i, struct rq_pieces_room *room, struct rq_error *err)
{
	RQ_TRY(rq_pieces_read(room, &crowd->state->pieces, crowd->texts[i], err));
	size_t count = room->ids.count < RQ_USE_LITE_TOKENS ? room->ids.count : RQ_USE_LITE_TOKENS;
	for (size_t j = 0; j < count; j++)
		crowd->ids[i * RQ_USE_LITE_TOKENS + j] = (uint16_t)room->ids.items[j];
	crowd->counts[i] = (uint8_t)count;
	return RQ_OK;
}

static void read_texts(void *context, size_t worker)
{
	struct crowd *crowd = context;
	struct rq_pieces_room room = {0};
	struct rq_error err = {0};

	(void)worker;
	for (size_t first; (first = atomic_fetch_add(&crowd->next, BLOCK_TEXTS)) < crowd->n && !rq_cancel_requested();)
		for (size_t i = first; i < crowd->n && i < first + BLOCK_TEXTS; i++)
			if (read_text(crowd, i, &room, &err) != RQ_OK)
				keep_failure(crowd, i, &err);
	rq_pieces_room_release(&room);
}

/* Texts in their order, as many together as there is room for. */
static void plan_packs(struct crowd *crowd)
{
	size_t tokens = 0;

	for (size_t i = 0; i < crowd->n; i++) {
		if (i == 0 || tokens + crowd->counts[i] > RQ_USE_LITE_ROWS) {
			crowd->packs[crowd->pack_count++] = i;
			tokens = 0;
		}
		tokens += crowd->counts[i];
	}
	crowd->packs[crowd->pack_count] = crowd->n;
}

/* A text without tokens has no vector: zeros, found by nobody. */
static void run_pack(const struct crowd *crowd, size_t pack, struct rq_use_lite_room *room)
{
	struct rq_use_lite_text texts[RQ_USE_LITE_ROWS];
	size_t n = 0;

	for (size_t i = crowd->packs[pack]; i < crowd->packs[pack + 1]; i++) {
		float *out = crowd->out + i * RQ_USE_LITE_DIMENSION;
		if (crowd->counts[i] == 0)
			memset(out, 0, RQ_USE_LITE_DIMENSION * sizeof *out);
		else
			texts[n++] = (struct rq_use_lite_text){.ids = crowd->ids + i * RQ_USE_LITE_TOKENS, .count = crowd->counts[i], .out = out};
	}
	if (n > 0)
		rq_use_lite_run(&crowd->state->network, texts, n, room);
}

static void run_packs(void *context, size_t worker)
{
	struct crowd *crowd = context;
	struct rq_use_lite_room *room = rq_use_lite_room_new();
	struct rq_error err = {0};

	(void)worker;
	if (room == NULL) {
		(void)!rq_fail_memory(&err);
		keep_failure(crowd, 0, &err);
	}
	for (size_t pack; room != NULL && (pack = atomic_fetch_add(&crowd->next, 1)) < crowd->pack_count && !rq_cancel_requested();) {
		run_pack(crowd, pack, room);
		rq_progress_add(crowd->progress, crowd->packs[pack + 1] - crowd->packs[pack]);
	}
	free(room);
}

/* Runs it on as many threads as there is work for. */
static enum rq_status together(struct crowd *crowd, size_t work, void (*body)(void *context, size_t worker), struct rq_error *err)
{
	size_t threads = (size_t)rq_threads();

	atomic_store(&crowd->next, 0);
	rq_work_together(work < threads ? work : threads, body, crowd);
	RQ_TRY(rq_cancel_check(err));
	return crowd->failed < crowd->n ? rq_fail(err, crowd->err.status, "%s", crowd->err.text) : RQ_OK;
}

static enum rq_status use_lite_embed(const void *state, enum rq_role role, const char *const *texts, size_t n, float *out,
                                     struct rq_progress *progress, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) uint16_t *ids = malloc((n + 1) * RQ_USE_LITE_TOKENS * sizeof *ids);
	RQ_CLEANUP(rq_free_pointer) uint8_t *counts = malloc((n + 1) * sizeof *counts);
	RQ_CLEANUP(rq_free_pointer) size_t *packs = malloc((n + 1) * sizeof *packs);
	struct crowd crowd = {.state = state, .texts = texts, .n = n, .out = out, .progress = progress,
	                      .ids = ids, .counts = counts, .packs = packs, .failed = n};

	(void)role;
	if (ids == NULL || counts == NULL || packs == NULL)
		return rq_fail_memory(err);
	RQ_TRY(together(&crowd, (n + BLOCK_TEXTS - 1) / BLOCK_TEXTS, read_texts, err));
	plan_packs(&crowd);
	return together(&crowd, crowd.pack_count, run_packs, err);
}

/* Measured: README.md. */
static void use_lite_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	static const double bytes_a_token = 4, seconds_a_byte = 3e-8, operations_a_second = 9e10;
	size_t each = texts.texts == 0 ? 0 : (size_t)((double)texts.bytes / bytes_a_token / (double)texts.texts);

	(void)config;
	(void)fitted_on;
	each = each < RQ_USE_LITE_TOKENS ? each : RQ_USE_LITE_TOKENS;
	double operations = (double)texts.texts * rq_use_lite_operations(each), seconds = operations / operations_a_second;
	*estimate = (struct rq_embedder_estimate){
		.dimension = RQ_USE_LITE_DIMENSION,
		.embed = {.serial = 0.1, .parallel = seconds + (double)texts.bytes * seconds_a_byte, .memory = 9e7},
	};
}

const struct rq_embedder rq_embedder_use_lite = {
	.name = "use-lite",
	.help = "Universal Sentence Encoder Lite, a small transformer for English, from the files of its npm package",
	.citation = "Cer, Yang, Kong, Hua, Limtiaco, St. John, Constant, Guajardo-Cespedes, Yuan, Tar, Sung, Strope, Kurzweil: Universal Sentence "
	            "Encoder, EMNLP 2018; Kudo, Richardson: SentencePiece, EMNLP 2018",
	.version = 1,
	.options = options,
	.options_size = sizeof(struct use_lite_options),
	.immaterial = immaterial,
	.ready = use_lite_ready,
	.read = use_lite_read,
	.open = use_lite_open,
	.dimension = use_lite_dimension,
	.embed = use_lite_embed,
	.close = use_lite_close,
	.describe = use_lite_describe,
	.doubt = use_lite_doubt,
	.estimate = use_lite_estimate,
};
