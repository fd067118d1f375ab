/* Conversion: formats found, read, written. */
#include "datasets/convert.h"

#include "datasets/writers.h"
#include "evalcore/base/parse.h"

#include <string.h>
#include <sys/stat.h>

enum { NAMES_MAX = 64 };

/* Of one kind, or of every kind and vectors. */
static void list_formats(struct rq_buf *out, const enum rq_data_kind *kind)
{
	size_t listed = 0;

	for (size_t i = 0; rq_formats[i] != NULL; i++)
		if (kind == NULL || rq_formats[i]->kind == *kind)
			rq_buf_printf(out, "%s%s", listed++ == 0 ? "" : ", ", rq_formats[i]->name);
	for (size_t i = 0; kind == NULL && rq_vector_formats[i] != NULL; i++)
		if (!rq_vector_formats[i]->foreign)
			rq_buf_printf(out, ", %s", rq_vector_formats[i]->name);
}

static enum rq_status by_name(const struct rq_format **format, const char *flag, const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const char *names[NAMES_MAX];
	size_t count = 0;

	*format = rq_format_find(name);
	if (*format != NULL)
		return RQ_OK;
	for (size_t i = 0; rq_formats[i] != NULL && count < NAMES_MAX; i++)
		names[count++] = rq_formats[i]->name;
	for (size_t i = 0; rq_vector_formats[i] != NULL && count < NAMES_MAX; i++)
		if (!rq_vector_formats[i]->foreign)
			names[count++] = rq_vector_formats[i]->name;
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
	RQ_CLEANUP(rq_text_release) struct rq_text text = {0};
	const char *path = conversion->in;

	if (conversion->from != NULL)
		return by_name(from, "--from", conversion->from, err);
	if (strcmp(path, "-") == 0) /* a pipe can be read only once */
		return rq_fail(err, RQ_E_USAGE, "--from: missing; standard input needs its format named");
	RQ_TRY(rq_format_guess(from, path, err));
	if (*from != NULL)
		return RQ_OK;
	RQ_TRY(rq_text_read(&text, path, err)); /* which tells why it is none */
	list_formats(&list, NULL);
	RQ_TRY(rq_buf_check(&list, err));
	return rq_fail(err, RQ_E_DATA, "\"%s\": looks like no format that is known; name one with --from: %s", path, list.data);
}

static enum rq_status find_target(const struct rq_format **to, const struct rq_format *from, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	bool vectors = conversion->to != NULL && rq_vector_format_find(conversion->to) != NULL;

	*to = NULL;
	if (conversion->to != NULL && !vectors)
		RQ_TRY(by_name(to, "--to", conversion->to, err));
	else if (!vectors)
		*to = rq_format_for(conversion->out, from->kind);
	if (*to != NULL && (*to)->kind == from->kind)
		return RQ_OK;
	list_formats(&list, &from->kind);
	RQ_TRY(rq_buf_check(&list, err));
	if (conversion->to != NULL)
		return rq_fail(err, RQ_E_USAGE, "%s holds %s and cannot become %s; possible are %s", from->name, rq_data_kind_name(from->kind), conversion->to, list.data);
	return rq_fail(err, RQ_E_USAGE, "--to: missing, and the name \"%s\" tells no format for %s (%s); possible are %s", conversion->out, rq_data_kind_name(from->kind),
	               from->name, list.data);
}

/* Numbers written in digits: the file may be of another kind. */
static bool is_text(const struct rq_vector_format *format)
{
	return format->write != NULL && format->type_count == 0;
}

/* A text may be a run, judgments or topics and, with a list of numbers in its records, vectors. Both would be read, and one of them lost. */
static enum rq_status check_one_kind(const struct rq_conversion *conversion, const struct rq_format *text, const struct rq_vector_format *vectors,
                                     struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};
	enum rq_status status = rq_vector_file_read_as(&file, vectors, conversion->in, err);

	if (status == RQ_OK)
		return rq_fail(err, RQ_E_USAGE, "--from: missing; \"%s\" holds %s and vectors, and \"%s\" can be one of them: name %s or %s", conversion->in,
		               rq_data_kind_name(text->kind), conversion->out, text->name, vectors->name);
	return status == RQ_E_DATA ? RQ_OK : status;
}

enum rq_status rq_convert_explain(const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};
	const struct rq_format *text;

	if (conversion->from != NULL || rq_format_guess(&text, conversion->in, NULL) != RQ_OK || text == NULL || text->kind == RQ_DATA_TOPICS)
		return RQ_E_DATA;
	list_formats(&list, &text->kind);
	RQ_TRY(rq_buf_check(&list, err));
	return rq_fail(err, RQ_E_DATA, "\"%s\": holds %s (%s) and cannot become vectors; possible are %s", conversion->in, rq_data_kind_name(text->kind),
	               text->name, list.data);
}

enum rq_status rq_convert_has_vectors(bool *vectors, const struct rq_conversion *conversion, struct rq_error *err)
{
	const struct rq_vector_format *looks, *out = rq_vector_format_for(conversion->out);
	const struct rq_format *text;
	struct stat there;

	*vectors = conversion->from != NULL && rq_vector_format_find(conversion->from) != NULL;
	if (conversion->from != NULL || strcmp(conversion->in, "-") == 0)
		return RQ_OK;
	RQ_TRY(rq_vector_format_of(&looks, conversion->in, err));
	*vectors = looks != NULL && (!is_text(looks) || (conversion->to != NULL ? rq_vector_format_find(conversion->to) != NULL : out != NULL && !is_text(out)));
	bool pipe = stat(conversion->in, &there) == 0 && !S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode);
	if (pipe && (looks == NULL || is_text(looks)))
		return rq_fail(err, RQ_E_USAGE, "--from: missing; \"%s\" is no regular file, and can be read only once: name its format", conversion->in);
	if (looks == NULL || *vectors)
		return RQ_OK;
	RQ_TRY(rq_format_guess(&text, conversion->in, err));
	*vectors = text == NULL;
	return text != NULL && out != NULL && conversion->to == NULL ? check_one_kind(conversion, text, looks, err) : RQ_OK;
}

static enum rq_status write_file(const struct rq_buf *bytes, const char *path, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	RQ_TRY(rq_output_open(&output, path, err));
	RQ_TRY(rq_text_put(&output, bytes, err));
	return rq_output_commit(&output, err);
}

enum rq_status rq_convert(struct rq_buf *bytes, const struct rq_format **from, const struct rq_format **to, const struct rq_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_data_release) struct rq_data data = {0};

	RQ_TRY(find_source(from, conversion, err));
	RQ_TRY(find_target(to, *from, conversion, err));
	RQ_TRY((*from)->read(&data, conversion->in, err));
	RQ_TRY((*to)->write(bytes, &data, err));
	return strcmp(conversion->out, "-") == 0 ? RQ_OK : write_file(bytes, conversion->out, err);
}
