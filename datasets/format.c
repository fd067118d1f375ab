/* The table of formats, and how one is told from another. */
#include "datasets/format.h"

#include "datasets/writers.h"
#include "evalcore/base/file.h"

#include <string.h>

#define RQ_FORMAT(name) extern const struct rq_format rq_format_##name;
#include "datasets/formats.def"
#undef RQ_FORMAT

const struct rq_format *const rq_formats[] = {
#define RQ_FORMAT(name) &rq_format_##name,
#include "datasets/formats.def"
#undef RQ_FORMAT
	NULL,
};

const char *rq_data_kind_name(enum rq_data_kind kind)
{
	static const char *const names[] = {"a run", "judgments", "topics"};

	return names[kind];
}

void rq_data_release(struct rq_data *data)
{
	rq_run_release(&data->run);
	rq_qrels_release(&data->qrels);
	rq_topics_release(&data->topics);
}

const struct rq_format *rq_format_find(const char *name)
{
	for (size_t i = 0; rq_formats[i] != NULL; i++)
		if (strcmp(rq_formats[i]->name, name) == 0)
			return rq_formats[i];
	return NULL;
}

static bool ends_in(const char *path, const char *ending)
{
	size_t length, size = strlen(ending);

	rq_packing_for(&length, path);
	return length >= size && strncasecmp(path + length - size, ending, size) == 0;
}

bool rq_glimpse_ends(const struct rq_glimpse *glimpse, const char *ending)
{
	return ends_in(glimpse->path, ending);
}

enum rq_status rq_format_guess(const struct rq_format **format, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf file = {0};
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};

	*format = NULL;
	RQ_TRY(rq_file_read(&file, path, err));
	RQ_TRY(rq_unpack_from(&unpack, path, file.data, file.size, err));
	enum rq_status status = rq_text_from(&text, path, file.data, file.size, err);
	if (status == RQ_E_DATA && unpack.packing == RQ_PACKED_NOT) /* no text, and so none of these */
		return RQ_OK;
	RQ_TRY(status);
	struct rq_line line = rq_text_lines(&text);
	struct rq_glimpse glimpse = {.path = path, .data = text.data, .size = text.size};
	if (rq_line_next(&line, &text))
		glimpse.line = line.span;
	for (size_t i = 0; rq_formats[i] != NULL && *format == NULL; i++)
		if (rq_formats[i]->looks_like(&glimpse))
			*format = rq_formats[i];
	return RQ_OK;
}

const struct rq_format *rq_format_for(const char *path, enum rq_data_kind kind)
{
	for (size_t i = 0; rq_formats[i] != NULL; i++)
		for (const char *const *ending = rq_formats[i]->endings; rq_formats[i]->kind == kind && *ending != NULL; ending++)
			if (ends_in(path, *ending))
				return rq_formats[i];
	return NULL;
}
