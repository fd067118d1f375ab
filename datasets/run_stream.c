/* A run joined with judgments: TREC lines as a stream, what else a run may be written in by way of the whole run in memory. */
#include "datasets/run_stream.h"

#include "datasets/parsers.h"
#include "datasets/run_stream/stream.h"

#include <stdlib.h>

enum { BLOCK = 1 << 20, GLANCE = 64 << 10 };

/* What ended everything, if anything did. */
static enum rq_status ended(const struct rq_run_stream *stream, struct rq_error *err)
{
	const struct rq_error *error = &stream->error;

	if (error->status == RQ_E_DATA)
		return rq_fail(err, RQ_E_DATA, "%s: %s", stream->path, error->text);
	return error->status == RQ_OK ? RQ_OK : rq_fail(err, error->status, "%s", error->text);
}

/* One reading of the file; what fails is an error for good, but for scattered topics. */
static enum rq_status read_once(struct rq_run_stream *stream, bool grouped, struct rq_error *err)
{
	(grouped ? rq_stream_read_grouped : rq_stream_read_scattered)(stream);
	RQ_TRY(ended(stream, err));
	if (grouped && atomic_load(&stream->scattered))
		return RQ_OK;
	return stream->fault.kind == RQ_FAULT_NONE ? RQ_OK : rq_stream_fail(stream, err);
}

static enum rq_status read_all(struct rq_run_stream *stream, struct rq_error *err)
{
	RQ_TRY(read_once(stream, true, err));
	if (!atomic_load(&stream->scattered))
		return RQ_OK;
	rq_stream_forget(stream);
	RQ_TRY(rq_unpack_rewind(stream->input, err));
	rq_blocks_release(&stream->blocks);
	rq_blocks_begin(&stream->blocks, stream->input, stream->block_size, false);
	return read_once(stream, false, err);
}

enum rq_status rq_run_judge_trec(struct rq_run_facts *facts, struct rq_unpack *input, size_t block_size, const struct rq_pool *pool,
                                 const struct rq_reading *reading, rq_ranking_visit visit, void *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_stream_release) struct rq_run_stream stream = {
		.pool = pool, .reading = reading, .path = input->path, .visit = visit, .context = context, .input = input, .block_size = block_size};

	*facts = (struct rq_run_facts){0};
	RQ_TRY(rq_stream_begin(&stream, err));
	RQ_TRY(read_all(&stream, err));
	RQ_TRY(rq_stream_facts(facts, &stream, err));
	if (facts->lines == 0) {
		rq_run_facts_release(facts);
		return rq_run_fail_empty(stream.path, err);
	}
	return RQ_OK;
}

static struct rq_load_options options_of(const struct rq_reading *reading)
{
	return (struct rq_load_options){reading->format, reading->columns, reading->lenient, reading->dedupe};
}

/* Looks at how the text begins. */
static enum rq_status is_trec(bool *trec, struct rq_unpack *input, const struct rq_reading *reading, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *glance = malloc(GLANCE + 1);
	const struct rq_load_options options = options_of(reading);
	size_t size = 0, got = 1;

	if (glance == NULL)
		return rq_fail_memory(err);
	for (; size < GLANCE && got > 0; size += got)
		RQ_TRY(rq_unpack_next(&got, input, glance + size, GLANCE - size, err));
	glance[size] = '\0';
	size_t mark = size >= 3 && memcmp(glance, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	*trec = strcmp(rq_run_format(&(struct rq_text){.path = input->path, .data = glance + mark, .size = size - mark}, &options), "trec") == 0;
	return rq_unpack_rewind(input, err);
}

static enum rq_status judge_loaded(struct rq_run_facts *facts, const struct rq_run *run, const char *path, const struct rq_pool *pool,
                                   const struct rq_reading *reading, rq_ranking_visit visit, void *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_stream_release) struct rq_run_stream stream = {.pool = pool, .reading = reading, .path = path, .visit = visit, .context = context};

	RQ_TRY(rq_stream_begin(&stream, err));
	rq_stream_read_loaded(&stream, run);
	RQ_TRY(ended(&stream, err));
	RQ_TRY(rq_stream_facts(facts, &stream, err));
	return RQ_OK;
}

static enum rq_status load_and_judge(struct rq_run_facts *facts, struct rq_unpack *input, const struct rq_pool *pool, const struct rq_reading *reading,
                                     rq_ranking_visit visit, void *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	RQ_CLEANUP(rq_run_release) struct rq_run run = {0};
	const struct rq_load_options options = options_of(reading);
	struct rq_load_facts loaded;

	RQ_TRY(rq_text_read_open(&text, input, err));
	RQ_TRY(rq_run_parse_as(&run, &loaded, &text, &options, err));
	rq_text_release(&text);
	RQ_TRY(judge_loaded(facts, &run, input->path, pool, reading, visit, context, err));
	facts->lines += loaded.duplicates;
	facts->duplicates = loaded.duplicates;
	facts->bad_numbers = loaded.bad_numbers;
	return RQ_OK;
}

enum rq_status rq_run_judge(struct rq_run_facts *facts, const char *path, const struct rq_pool *pool, const struct rq_reading *reading,
                            rq_ranking_visit visit, void *context, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack input = {0};
	struct rq_sha256 sha256;
	bool trec = reading->format != NULL && strcmp(reading->format, "trec") == 0;

	*facts = (struct rq_run_facts){0};
	rq_sha256_begin(&sha256);
	RQ_TRY(rq_unpack_open(&input, path, reading->digest ? &sha256 : NULL, err));
	RQ_TRY(rq_unpack_spool(&input, err));
	if (reading->format == NULL)
		RQ_TRY(is_trec(&trec, &input, reading, err));
	if (trec)
		RQ_TRY(rq_run_judge_trec(facts, &input, BLOCK, pool, reading, visit, context, err));
	else
		RQ_TRY(load_and_judge(facts, &input, pool, reading, visit, context, err));
	enum rq_status status = reading->digest ? rq_sha256_end(facts->sha256, &sha256, err) : RQ_OK;
	if (status != RQ_OK)
		rq_run_facts_release(facts);
	return status;
}

void rq_run_facts_release(struct rq_run_facts *facts)
{
	free(facts->tag);
	*facts = (struct rq_run_facts){0};
}
