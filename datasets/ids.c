/* Id files: one id a line, line i + 1 names row i of a vector file, so a blank line in between would shift all that follow. */
#include "datasets/parsers.h"

#include <string.h>

static enum rq_status add(struct rq_ids *ids, const struct rq_text *text, const struct rq_line *line, struct rq_error *err)
{
	const char *fault = rq_id_fault(line->span);
	bool added;

	if (line->number != (size_t)ids->count + 1)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: empty id; expected one id a line, and no blank line before the last", text->path,
		               (size_t)ids->count + 1);
	if (fault != NULL)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: id \"%s\" %s; expected one id a line, nothing else", text->path, line->number,
		               rq_excerpt(line->span).text, fault);
	uint32_t number = rq_ids_add(ids, line->span.at, line->span.length, &added);
	if (number == RQ_ID_NONE)
		return rq_fail_memory(err);
	if (!added)
		return rq_fail(err, RQ_E_DATA, "%s:%zu: duplicate id \"%s\", first on line %zu; every row needs an id of its own", text->path, line->number,
		               rq_excerpt(line->span).text, (size_t)number + 1);
	return RQ_OK;
}

enum rq_status rq_ids_parse(struct rq_ids *ids, const struct rq_text *text, struct rq_error *err)
{
	struct rq_line line = rq_text_lines(text);
	enum rq_status status = RQ_OK;

	*ids = (struct rq_ids){0};
	while (status == RQ_OK && rq_line_next(&line, text))
		status = add(ids, text, &line, err);
	if (status == RQ_OK && ids->count == 0)
		status = rq_fail(err, RQ_E_DATA, "%s: no ids; expected one id a line", text->path);
	if (status != RQ_OK)
		rq_ids_release(ids);
	return status;
}

const char *rq_ids_first_text(const struct rq_ids *ids)
{
	for (uint32_t i = 0; i < ids->count; i++)
		if (rq_id_fault((struct rq_span){ids->names[i], strlen(ids->names[i])}) != NULL)
			return ids->names[i];
	return NULL;
}

enum rq_status rq_ids_load(struct rq_ids *ids, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*ids = (struct rq_ids){0};
	RQ_TRY(rq_text_read(&text, path, err));
	return rq_ids_parse(ids, &text, err);
}

enum rq_status rq_ids_from(struct rq_ids *ids, const char *path, const void *data, size_t size, struct rq_error *err)
{
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};

	*ids = (struct rq_ids){0};
	RQ_TRY(rq_text_from(&text, path, data, size, err));
	return rq_ids_parse(ids, &text, err);
}
