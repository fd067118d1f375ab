/* The first fault in the file, whichever thread finds it when, and the sentence for it. */
#include "datasets/run_stream/stream.h"

#include <stdlib.h>

enum { CHUNK = 64 << 10 };

void rq_stream_fault(struct rq_run_stream *stream, enum rq_fault_kind kind, uint64_t at, uint64_t other, const struct rq_error *words)
{
	rq_blocks_stop(&stream->blocks);
	pthread_mutex_lock(&stream->lock);
	if (stream->fault.kind == RQ_FAULT_NONE || at < stream->fault.at)
		stream->fault = (struct rq_fault){kind, at, other, *words};
	pthread_mutex_unlock(&stream->lock);
}

void rq_stream_twice(struct rq_run_stream *stream, const struct rq_entry *entry, struct rq_span topic, uint64_t at, uint64_t other)
{
	struct rq_span document = {entry->id, entry->length};
	struct rq_error words;

	rq_fail(&words, RQ_E_DATA, "duplicate document \"%s\" for topic \"%s\"", rq_excerpt(document).text, rq_excerpt(topic).text);
	rq_stream_fault(stream, RQ_FAULT_DUPLICATE, at, other, &words);
}

/* Where the fault is, as a person counts. */
struct where {
	uint64_t offset; /* of what is looked at next */
	size_t line, other_line;
	uint64_t start, stop; /* of the line */
	bool found;           /* its end, too */
};

static void count_lines(struct where *where, const struct rq_fault *fault, const char *data, size_t size)
{
	const char *end = data + size;

	for (const char *at = data, *feed; !where->found && (feed = memchr(at, '\n', (size_t)(end - at))) != NULL; at = feed + 1) {
		uint64_t offset = where->offset + (uint64_t)(feed - data);
		where->found = offset >= fault->at;
		if (where->found)
			where->stop = offset;
		else
			where->start = offset + 1;
		where->line += !where->found;
		where->other_line += offset < fault->other;
	}
	where->offset += size;
}

/* Reads the file once more, up to the fault. */
static enum rq_status find_line(struct where *where, struct rq_run_stream *stream, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) char *chunk = malloc(CHUNK);
	size_t got = 1, skip = stream->blocks.mark;

	*where = (struct where){.line = 1, .other_line = 1};
	if (chunk == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_unpack_rewind(stream->input, err));
	while (!where->found) {
		RQ_TRY(rq_unpack_next(&got, stream->input, chunk, CHUNK, err));
		if (got == 0)
			break;
		size_t skipped = skip < got ? skip : got; /* the byte-order mark */
		skip -= skipped;
		count_lines(where, &stream->fault, chunk + skipped, got - skipped);
	}
	if (!where->found)
		where->stop = where->offset;
	return RQ_OK;
}

enum rq_status rq_stream_fail(struct rq_run_stream *stream, struct rq_error *err)
{
	const struct rq_fault *fault = &stream->fault;
	const char *path = stream->path, *words = fault->words.text;
	struct where where;

	if (fault->kind == RQ_FAULT_INPUT)
		return rq_fail(err, fault->words.status, "%s", words);
	RQ_TRY(find_line(&where, stream, err));
	size_t column = (size_t)(fault->at - where.start) + 1;
	if (fault->kind == RQ_FAULT_DUPLICATE)
		return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s, first on line %zu; keep one of the two", path, where.line, column, words, where.other_line);
	if (fault->kind == RQ_FAULT_TEXT)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: %s at byte %zu of the %s, counted from 0; expected UTF-8 text", path, where.line, words,
		               (size_t)fault->at + stream->blocks.mark, stream->input->packing == RQ_PACKED_NOT ? "file" : "uncompressed text");
	if (fault->kind == RQ_FAULT_LINE)
		return rq_line_check(path, where.line, (size_t)(where.stop - where.start), err);
	return rq_fail(err, RQ_E_DATA, "%s:%zu:%zu: %s", path, where.line, column, words);
}
