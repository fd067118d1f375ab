/* Writes a sample: reads what it is made of, chooses, and lets a BEIR folder appear. */
#include "datasets/sample.h"

#include "datasets/parsers.h"
#include "datasets/writers.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/system.h"

#include <stdlib.h>
#include <string.h>

struct sample {
	const struct rq_sample_request *request;
	struct rq_text corpus_text, topics_text;
	struct rq_corpus corpus;
	struct rq_topics topics;
	struct rq_qrels qrels;
	struct rq_run *runs;
	struct rq_sample_input *inputs; /* corpus, topics, qrels, runs */
	size_t input_count;
	bool *kept;
	struct rq_folder folder;
	struct rq_arena arena;
};

static void sample_release(struct sample *sample)
{
	rq_text_release(&sample->corpus_text);
	rq_text_release(&sample->topics_text);
	rq_corpus_release(&sample->corpus);
	rq_topics_release(&sample->topics);
	rq_qrels_release(&sample->qrels);
	for (size_t r = 0; sample->runs != NULL && r < sample->request->run_count; r++)
		rq_run_release(&sample->runs[r]);
	rq_folder_release(&sample->folder);
	rq_arena_release(&sample->arena);
}

static enum rq_status load_runs(struct sample *sample, struct rq_error *err)
{
	const struct rq_sample_request *request = sample->request;

	sample->runs = rq_arena_alloc(&sample->arena, request->run_count, sizeof *sample->runs);
	if (sample->runs == NULL)
		return rq_fail_memory(err);
	for (size_t r = 0; r < request->run_count; r++) {
		RQ_TRY(rq_run_load(&sample->runs[r], request->runs[r], err));
		sample->inputs[sample->input_count++] = (struct rq_sample_input){"run", sample->runs[r].sha256};
	}
	return RQ_OK;
}

static enum rq_status load(struct sample *sample, struct rq_error *err)
{
	const struct rq_sample_request *request = sample->request;

	sample->inputs = rq_arena_alloc(&sample->arena, request->run_count + 3, sizeof *sample->inputs);
	if (sample->inputs == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_text_read(&sample->corpus_text, request->corpus, err));
	RQ_TRY(rq_corpus_parse(&sample->corpus, &sample->corpus_text, request->fields, request->field_count, err));
	RQ_TRY(rq_text_read(&sample->topics_text, request->topics, err));
	RQ_TRY(rq_topics_parse(&sample->topics, &sample->topics_text, err));
	RQ_TRY(rq_qrels_load(&sample->qrels, request->qrels, err));
	sample->inputs[sample->input_count++] = (struct rq_sample_input){"corpus", sample->corpus.sha256};
	sample->inputs[sample->input_count++] = (struct rq_sample_input){"topics", sample->topics.sha256};
	sample->inputs[sample->input_count++] = (struct rq_sample_input){"qrels", sample->qrels.sha256};
	return load_runs(sample, err);
}

/* A sample of a sample is one of the corpus at the start, and says how many documents that has. */
static enum rq_status count_source(struct rq_sample_counts *counts, const struct sample *sample, struct rq_error *err)
{
	const char *corpus = sample->request->corpus;
	struct rq_sample_mark mark;

	RQ_TRY(rq_sample_mark_read(&mark, corpus, sample->corpus.sha256, err));
	if (mark.state == RQ_SAMPLE_MATCHES)
		counts->source = mark.counts.source;
	if (mark.state == RQ_SAMPLE_MATCHES || mark.state == RQ_SAMPLE_NONE)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "\"%s\": %s; sample the corpus that it came from, or remove " RQ_SAMPLE_FILE " if this one is whole", corpus,
	               mark.state == RQ_SAMPLE_CHANGED ? "was changed since it was sampled" : "the " RQ_SAMPLE_FILE " beside it cannot be read");
}

static enum rq_status choose(struct sample *sample, struct rq_sample_counts *counts, struct rq_error *err)
{
	const struct rq_sample_request *request = sample->request;

	sample->kept = rq_arena_alloc(&sample->arena, sample->corpus.count, sizeof *sample->kept);
	if (sample->kept == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_sample_choose(sample->kept, counts, &sample->corpus, &sample->qrels, sample->runs, request->run_count, &request->rule, err));
	RQ_TRY(count_source(counts, sample, err));
	if (counts->judged == 0)
		return rq_fail(err, RQ_E_DATA, "\"%s\": none of the judged documents is in \"%s\"; \"rqgate dataset check\" says more", request->qrels, request->corpus);
	return RQ_OK;
}

static enum rq_status write_file(struct sample *sample, const char *name, const struct rq_buf *text, struct rq_error *err)
{
	const char *path = rq_path_join(&sample->arena, sample->folder.temporary, name);

	if (path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_buf_check(text, err));
	return rq_file_write(path, text->data, text->size, err);
}

/* The lines of the kept documents, in their order, as they are. */
static enum rq_status write_corpus(struct sample *sample, char *sha256, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(&sample->corpus_text);
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	for (size_t i = 0; rq_line_next(&line, &sample->corpus_text); i++) {
		if (!sample->kept[i])
			continue;
		rq_buf_add(&text, line.span.at, (size_t)(line.next - line.span.at));
		if (line.next[-1] != '\n')
			rq_buf_puts(&text, "\n");
	}
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_sha256(sha256, text.data, text.size, err));
	return write_file(sample, "corpus.jsonl", &text, err);
}

static enum rq_status write_topics(struct sample *sample, struct rq_error *err)
{
	const struct rq_text *source = &sample->topics_text;
	struct rq_line line = rq_text_lines(source);
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (rq_line_next(&line, source) && line.span.at[strspn(line.span.at, " \t")] == '{')
		rq_buf_add(&text, source->data, source->size);
	else
		RQ_TRY(rq_topics_print_json(&text, &sample->topics, err));
	return write_file(sample, "queries.jsonl", &text, err);
}

static enum rq_status write_qrels(struct sample *sample, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *name = rq_arena_printf(&sample->arena, "qrels/%s.tsv", sample->request->split);
	const char *folder = rq_path_join(&sample->arena, sample->folder.temporary, "qrels");

	if (name == NULL || folder == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_make_folders(folder, err));
	RQ_TRY(rq_qrels_print_beir(&text, &sample->qrels, err));
	return write_file(sample, name, &text, err);
}

/* Row of document i in the vector file; `n` where it has none. */
static size_t row_of(const struct rq_ids *ids, const struct rq_corpus *corpus, size_t i, size_t n)
{
	uint32_t row = ids->count == 0 ? (uint32_t)i : rq_ids_find(ids, corpus->documents[i].id, strlen(corpus->documents[i].id));

	return row == RQ_ID_NONE ? n : row;
}

/* The rows of the kept documents, and their ids, in the order of the sampled corpus. */
static enum rq_status cut(struct sample *sample, const struct rq_vectors *vectors, const struct rq_ids *ids, struct rq_error *err)
{
	const struct rq_corpus *corpus = &sample->corpus;
	RQ_CLEANUP(rq_buf_release) struct rq_buf rows = {0}, names = {0};
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors part = {0};
	size_t kept = 0, n = 0;

	for (size_t i = 0; i < corpus->count; i++)
		kept += sample->kept[i];
	RQ_TRY(rq_vectors_init(&part, kept, vectors->d, err));
	for (size_t i = 0; i < corpus->count; i++) {
		if (!sample->kept[i])
			continue;
		size_t row = row_of(ids, corpus, i, vectors->n);
		if (row >= vectors->n)
			return rq_fail(err, RQ_E_DATA, "\"%s\": no vector of document \"%s\"; expected one for each document", sample->request->vectors, corpus->documents[i].id);
		memcpy(part.data + n++ * part.d, vectors->data + row * vectors->d, part.d * sizeof *part.data);
		rq_buf_printf(&names, "%s\n", corpus->documents[i].id);
	}
	RQ_TRY(rq_npy_print(&rows, &part, err));
	RQ_TRY(write_file(sample, "vectors.npy", &rows, err));
	return write_file(sample, "vectors.ids", &names, err);
}

static enum rq_status write_vectors(struct sample *sample, struct rq_error *err)
{
	const struct rq_sample_request *request = sample->request;
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors vectors = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};

	if (request->vectors == NULL)
		return RQ_OK;
	RQ_TRY(rq_vectors_load(&vectors, &ids, NULL, request->vectors, err));
	if (request->ids != NULL) {
		rq_ids_release(&ids);
		RQ_TRY(rq_ids_load(&ids, request->ids, err));
	}
	size_t names = ids.count > 0 ? ids.count : sample->corpus.count;
	if (names != vectors.n)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %zu vectors for %zu %s; expected one each", request->vectors, vectors.n, names, ids.count > 0 ? "ids" : "documents");
	return cut(sample, &vectors, &ids, err);
}

static enum rq_status make(struct sample *sample, struct rq_sample_counts *counts, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf mark = {0};
	char sha256[RQ_SHA256_HEX];

	RQ_TRY(rq_folder_open(&sample->folder, sample->request->out, err));
	RQ_TRY(load(sample, err));
	RQ_TRY(rq_cancel_check(err));
	RQ_TRY(choose(sample, counts, err));
	RQ_TRY(write_corpus(sample, sha256, err));
	RQ_TRY(write_topics(sample, err));
	RQ_TRY(write_qrels(sample, err));
	RQ_TRY(write_vectors(sample, err));
	RQ_TRY(rq_sample_mark_print(&mark, counts, &sample->request->rule, sha256, sample->inputs, sample->input_count, err));
	RQ_TRY(write_file(sample, RQ_SAMPLE_FILE, &mark, err));
	RQ_TRY(rq_cancel_check(err));
	return rq_folder_commit(&sample->folder, err);
}

enum rq_status rq_sample_make(struct rq_sample_counts *counts, const struct rq_sample_request *request, struct rq_error *err)
{
	RQ_CLEANUP(sample_release) struct sample sample = {.request = request};

	return make(&sample, counts, err);
}
