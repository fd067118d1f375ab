#include "evalcore/embed/rows.h"

#include "datasets/datasets.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"

#include <string.h>

enum rq_status rq_rows_name(struct rq_ids *row_ids, const struct rq_rows_source *source, size_t rows, struct rq_error *err)
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

size_t rq_rows_find(const struct rq_ids *row_ids, const struct rq_ids *ids, uint32_t i)
{
	return row_ids->count > 0 ? rq_ids_find(row_ids, ids->names[i], strlen(ids->names[i])) : i;
}

/* Rows are counted from 0, as numpy does and as the reader of vector files tells them. */
enum rq_status rq_rows_check_zero(const struct rq_rows_source *source, const struct rq_vectors *file, const struct rq_ids *row_ids,
                                  const struct rq_ids *ids, struct rq_error *err)
{
	for (uint32_t i = 0; i < ids->count; i++) {
		size_t row = rq_rows_find(row_ids, ids, i);
		if (row >= file->n)
			continue;
		struct rq_vectors one = {.data = file->data + row * file->d, .n = 1, .d = file->d};
		if (rq_vectors_zero_row(&one, 0) == 0)
			return rq_fail(err, RQ_E_DATA, "%s: row %zu (counted from 0), %s \"%s\", is all zeros and has no direction; embed it anew, or %s",
			               source->vectors, row, source->record, ids->names[i], source->otherwise);
	}
	return RQ_OK;
}
