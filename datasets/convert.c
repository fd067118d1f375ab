/* Conversion: formats found, read, ids seen to, written. */
#include "datasets/convert.h"

#include "datasets/writers.h"
#include "evalcore/base/parse.h"

#include <string.h>

enum { NAMES_MAX = 64 };

static void list_formats(struct rq_buf *out, const enum rq_data_kind *kind)
{
	size_t listed = 0;

	for (size_t i = 0; rq_formats[i] != NULL; i++)
		if (kind == NULL || rq_formats[i]->kind == *kind)
			rq_buf_printf(out, "%s%s", listed++ == 0 ? "" : ", ", rq_formats[i]->name);
}

static enum rq_status by_name(const struct rq_format **format, const char *flag, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const char *names[NAMES_MAX];
	size_t count = 0;

	*format = rq_format_find(name);
	if (*format != NULL)
		return RQ_OK;
	for (; rq_formats[count] != NULL && count < NAMES_MAX; count++)
		names[count] = rq_formats[count]->name;
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "%s: unknown format \"%s\"; did you mean \"%s\"?", flag, name, nearest);
	list_formats(&list, NULL);
	RQ_TRY(rq_buf_check(&list, err));
	return rq_fail(err, RQ_E_USAGE, "%s: unknown format \"%s\"; there is: %s", flag, name, list.data);
}

static enum rq_status find_source(const struct rq_format **from, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const char *path = conversion->in;

	if (conversion->from != NULL)
		return by_name(from, "--from", conversion->from, err);
	if (strcmp(path, "-") == 0) /* a pipe can be read only once */
		return rq_fail(err, RQ_E_USAGE, "--from: missing; standard input needs its format named");
	RQ_TRY(rq_format_guess(from, path, err));
	if (*from != NULL)
		return RQ_OK;
	list_formats(&list, NULL);
	RQ_TRY(rq_buf_check(&list, err));
	return rq_fail(err, RQ_E_DATA, "\"%s\": looks like no format that is known; name one with --from: %s", path, list.data);
}

static enum rq_status find_target(const struct rq_format **to, const struct rq_format *from, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};

	if (conversion->to != NULL)
		RQ_TRY(by_name(to, "--to", conversion->to, err));
	else
		*to = rq_format_for(conversion->out, from->kind);
	size_t length;
	if (*to != NULL && (*to)->binary && rq_packing_for(&length, conversion->out) != RQ_PACKED_NOT)
		return rq_fail(err, RQ_E_USAGE, "\"%s\": %s files are read as they are, never compressed; leave out \"%s\"", conversion->out, (*to)->name,
		               conversion->out + length);
	if (*to != NULL && (*to)->kind == from->kind)
		return RQ_OK;
	list_formats(&list, &from->kind);
	RQ_TRY(rq_buf_check(&list, err));
	if (*to != NULL)
		return rq_fail(err, RQ_E_USAGE, "%s holds %s and cannot become %s; possible are %s", from->name, rq_data_kind_name(from->kind), (*to)->name, list.data);
	return rq_fail(err, RQ_E_USAGE, "--to: missing, and the name \"%s\" tells no format for %s (%s); possible are %s", conversion->out, rq_data_kind_name(from->kind),
	               from->name, list.data);
}

/* Reads the ids that the source lacks and the target needs. */
static enum rq_status read_ids(struct rq_data *data, const struct rq_format *from, const struct rq_format *to, const struct rq_conversion *conversion, struct rq_error *err)
{
	if (from->kind != RQ_DATA_VECTORS && conversion->ids != NULL)
		return rq_fail(err, RQ_E_USAGE, "--ids: only vectors have them, and %s holds %s; leave it out", from->name, rq_data_kind_name(from->kind));
	if (from->kind != RQ_DATA_VECTORS || from->holds_ids == to->holds_ids)
		return conversion->ids == NULL ? RQ_OK
		                               : rq_fail(err, RQ_E_USAGE, "--ids: has no use between %s and %s, which %s; leave it out", from->name, to->name,
		                                         from->holds_ids ? "both hold the ids" : "both leave the ids to their file");
	if (conversion->ids == NULL)
		return rq_fail(err, RQ_E_USAGE, "--ids: missing; %s %s, so name the file %s", from->holds_ids ? to->name : from->name, "holds no ids",
		               from->holds_ids ? "to write them to" : "to read them from");
	if (from->holds_ids)
		return RQ_OK;
	RQ_TRY(rq_ids_load(&data->ids, conversion->ids, err));
	if (data->ids.count != data->vectors.n)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %u ids for %zu vectors; expected one each", conversion->ids, data->ids.count, data->vectors.n);
	return RQ_OK;
}

static enum rq_status put(struct rq_output *output, const char *path, const struct rq_buf *text, struct rq_error *err)
{
	RQ_TRY(rq_output_open(output, path, err));
	RQ_TRY(rq_text_put(output, text, err));
	return rq_output_settle(output, err);
}

/* OUT, unless it is standard output, and with `ids` their file: both are on the disk before the first takes the place of what was there. */
static enum rq_status write_files(const struct rq_buf *bytes, const struct rq_ids *ids, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output out = {0}, id_file = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	bool to_file = strcmp(conversion->out, "-") != 0;

	if (ids != NULL) {
		RQ_TRY(rq_ids_print(&text, ids, err));
		RQ_TRY(put(&id_file, conversion->ids, &text, err));
	}
	if (to_file)
		RQ_TRY(put(&out, conversion->out, bytes, err));
	if (ids != NULL)
		RQ_TRY(rq_output_commit(&id_file, err));
	return to_file ? rq_output_commit(&out, err) : RQ_OK;
}

enum rq_status rq_convert(struct rq_buf *bytes, const struct rq_format **from, const struct rq_format **to, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_data_release) struct rq_data data = {0};

	RQ_TRY(find_source(from, conversion, err));
	RQ_TRY(find_target(to, *from, conversion, err));
	const char *path = (*from)->binary && strcmp(conversion->in, "-") == 0 ? "/dev/stdin" : conversion->in;
	RQ_TRY((*from)->read(&data, path, err));
	RQ_TRY(read_ids(&data, *from, *to, conversion, err));
	RQ_TRY((*to)->write(bytes, &data, err));
	return write_files(bytes, (*from)->holds_ids && !(*to)->holds_ids ? &data.ids : NULL, conversion, err);
}
