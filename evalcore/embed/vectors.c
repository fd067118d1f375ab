/* vectors: embeddings that were computed elsewhere, read from files and put into the order of the corpus or the topics. */
#include "datasets/datasets.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"
#include "evalcore/embed/embedder.h"

#include <stdio.h>
#include <string.h>

enum zero_rows { ZERO_ROWS_ERROR, ZERO_ROWS_KEEP };

struct vectors_options {
	const char *corpus, *corpus_ids, *topics, *topic_ids;
	int zero_rows;
};

static const char *const zero_rows_choices[] = {"error", "keep", NULL};

static const struct rq_option options[] = {
	{.name = "corpus", .type = RQ_OPTION_PATH, .offset = offsetof(struct vectors_options, corpus),
	 .help = "vectors of the documents, in a format of \"rqgate vectors info --formats\", FILE:NAME where a file has several; may be left out where "
	         "nobody takes them from here"},
	{.name = "corpus_ids", .type = RQ_OPTION_PATH, .offset = offsetof(struct vectors_options, corpus_ids),
	 .help = "ids of the corpus vectors, one a line, where their file has none; without it row i is the i-th document of the corpus"},
	{.name = "topics", .type = RQ_OPTION_PATH, .offset = offsetof(struct vectors_options, topics),
	 .help = "vectors of the topics, in the same formats; may be left out beside a document_embedder of this kind"},
	{.name = "topic_ids", .type = RQ_OPTION_PATH, .offset = offsetof(struct vectors_options, topic_ids),
	 .help = "ids of the topic vectors, one a line, where their file has none; without it row i is the i-th topic of the topic file"},
	{.name = "zero_rows", .type = RQ_OPTION_CHOICE, .offset = offsetof(struct vectors_options, zero_rows), .standard = "\"error\"",
	 .choices = zero_rows_choices,
	 .help = "what to do with a row of zeros, which has no direction and can be found by nobody"},
	RQ_OPTIONS_END,
};

/* One role's files as the config names them. */
struct source {
	const char *vectors, *ids;  /* paths */
	const char *ids_option;     /* key of the ids file */
	const char *record, *records; /* "document", "documents of the corpus" */
};

static struct source source_of(const struct vectors_options *o, enum rq_role role)
{
	if (role == RQ_ROLE_DOCUMENT)
		return (struct source){o->corpus, o->corpus_ids, "corpus_ids", "document", "documents of the corpus"};
	return (struct source){o->topics, o->topic_ids, "topic_ids", "topic", "topics"};
}

/* The ids of the file's rows: of the ids file, or those that the file carries itself. Where they are texts, no record has such an id. */
static enum rq_status load_row_ids(struct rq_ids *row_ids, const struct source *source, size_t rows, struct rq_error *err)
{
	const char *text = rq_ids_first_text(row_ids);
	char quoted[64] = "";

	if (text != NULL)
		rq_show_text(quoted, sizeof quoted, text);
	if (text != NULL && source->ids == NULL)
		return rq_fail(err, RQ_E_DATA,
		               "%s: its rows have texts for ids, like \"%s\", which no %s has; name a file of ids in the order of the rows: \"%s\"",
		               source->vectors, quoted, source->record, source->ids_option);
	if (source->ids == NULL)
		return RQ_OK;
	if (text != NULL)
		rq_ids_release(row_ids);
	if (row_ids->count > 0)
		return rq_fail(err, RQ_E_CONFIG, "\"%s\": not wanted beside %s, which carries an id in every row; remove the key", source->ids_option,
		               source->vectors);
	RQ_TRY(rq_ids_load(row_ids, source->ids, err));
	if (row_ids->count != rows)
		return rq_fail(err, RQ_E_DATA, "%s: %s ids for %s vectors in %s; every row needs exactly one id, in the order of the rows", source->ids,
		               rq_grouped(row_ids->count).text, rq_grouped(rows).text, source->vectors);
	return RQ_OK;
}

/* Bytes of the id that a message shows: 40, or less rather than cut a character. */
static int shown(const char *id)
{
	size_t length = strnlen(id, 41);

	if (length > 40)
		for (length = 40; length > 0 && ((unsigned char)id[length] & 0xC0) == 0x80; length--)
			;
	return (int)length;
}

/* Fails where a wanted id has no row, naming the first three. */
static enum rq_status check_present(const struct source *source, const struct rq_ids *row_ids, const struct rq_ids *ids, struct rq_error *err)
{
	char named[160] = "";
	size_t missing = 0, used = 0;

	for (uint32_t i = 0; i < ids->count; i++) {
		if (rq_ids_find(row_ids, ids->names[i], strlen(ids->names[i])) != RQ_ID_NONE)
			continue;
		if (missing++ < 3)
			used += (size_t)snprintf(named + used, sizeof named - used, "%s\"%.*s\"", used > 0 ? ", " : "", shown(ids->names[i]), ids->names[i]);
	}
	if (missing == 0)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "%s: no vector for %s of %s %s: %s%s; embed the missing ones, or see that the ids are spelt alike",
	               source->ids != NULL ? source->ids : source->vectors, rq_grouped(missing).text, rq_grouped(ids->count).text, source->records, named,
	               missing > 3 ? " ..." : "");
}

/* Row of the file that holds record i. */
static size_t row_of(const struct rq_ids *row_ids, const struct rq_ids *ids, uint32_t i)
{
	return row_ids->count > 0 ? rq_ids_find(row_ids, ids->names[i], strlen(ids->names[i])) : i;
}

/* Rows are counted from 0, as numpy does and as the reader of vector files tells them. */
static enum rq_status check_zero_rows(const struct source *source, const struct rq_vectors *file, const struct rq_ids *row_ids,
                                      const struct rq_ids *ids, struct rq_error *err)
{
	for (uint32_t i = 0; i < ids->count; i++) {
		size_t row = row_of(row_ids, ids, i);
		struct rq_vectors one = {.data = file->data + row * file->d, .n = 1, .d = file->d};
		if (rq_vectors_zero_row(&one, 0) == 0)
			return rq_fail(err, RQ_E_DATA,
			               "%s: row %zu (counted from 0), %s \"%s\", is all zeros and has no direction; embed it anew, or set \"zero_rows\" to "
			               "\"keep\"",
			               source->vectors, row, source->record, ids->names[i]);
	}
	return RQ_OK;
}

/* The rows in the order of ids. */
static enum rq_status arrange(struct rq_vectors *vectors, struct rq_vectors *file, const struct rq_ids *row_ids, const struct rq_ids *ids,
                              struct rq_error *err)
{
	if (row_ids->count == 0) {
		*vectors = *file;
		*file = (struct rq_vectors){0};
		return RQ_OK;
	}
	RQ_TRY(rq_vectors_init(vectors, ids->count, file->d, err));
	for (uint32_t i = 0; i < ids->count; i++)
		memcpy(vectors->data + i * file->d, file->data + row_of(row_ids, ids, i) * file->d, file->d * sizeof *file->data);
	return RQ_OK;
}

static enum rq_status vectors_load(struct rq_vectors *vectors, char sha256[RQ_SHA256_HEX], const void *config, enum rq_role role,
                                   const struct rq_ids *ids, struct rq_error *err)
{
	const struct vectors_options *o = config;
	const struct source source = source_of(o, role);
	RQ_CLEANUP(rq_vectors_release) struct rq_vectors file = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids row_ids = {0};

	*vectors = (struct rq_vectors){0};
	RQ_TRY(rq_vectors_load(&file, &row_ids, sha256, source.vectors, err));
	RQ_TRY(load_row_ids(&row_ids, &source, file.n, err));
	if (row_ids.count > 0)
		RQ_TRY(check_present(&source, &row_ids, ids, err));
	else if (file.n != ids->count)
		return rq_fail(err, RQ_E_DATA,
		               "%s: %s vectors for %s %s; without \"%s\" row i is the i-th %s, so the counts must be equal: name an ids file, or embed them "
		               "all",
		               source.vectors, rq_grouped(file.n).text, rq_grouped(ids->count).text, source.records, source.ids_option, source.record);
	if (o->zero_rows == ZERO_ROWS_ERROR)
		RQ_TRY(check_zero_rows(&source, &file, &row_ids, ids, err));
	return arrange(vectors, &file, &row_ids, ids, err);
}

static const char *vectors_lacks(const void *config, enum rq_role role)
{
	const struct vectors_options *o = config;

	if (role == RQ_ROLE_DOCUMENT)
		return o->corpus == NULL ? "corpus" : NULL;
	return o->topics == NULL ? "topics" : NULL;
}

const struct rq_embedder rq_embedder_vectors = {
	.name = "vectors",
	.help = "vectors computed elsewhere, read from files",
	.citation = "formats: numpy.lib.format (.npy); Jegou, Douze, Schmid: Product quantization for nearest neighbor search, PAMI 33(1), 2011 (.fvecs)",
	.version = 1,
	.options = options,
	.options_size = sizeof(struct vectors_options),
	.load = vectors_load,
	.lacks = vectors_lacks,
};
