#include "datasets/vectors_convert.h"

#include "datasets/parsers.h"
#include "datasets/vectors/numbers.h"
#include "datasets/writers.h"
#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is asked for ---- */

static void list_formats(struct rq_buf *out)
{
	for (size_t i = 0, listed = 0; rq_vector_formats[i] != NULL; i++)
		if (rq_vector_formats[i]->write != NULL)
			rq_buf_printf(out, "%s%s", listed++ == 0 ? "" : ", ", rq_vector_formats[i]->name);
}

static enum rq_status find_source(const struct rq_vector_format **from, const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	*from = conversion->from == NULL ? NULL : rq_vector_format_find(conversion->from);
	if (conversion->from != NULL && *from == NULL)
		return rq_fail(err, RQ_E_USAGE, "--from: \"%s\" is no format of vectors", conversion->from);
	if (*from == NULL && strcmp(conversion->in, "-") == 0)
		return rq_fail(err, RQ_E_USAGE, "\"-\": vectors are told by looking at a file; standard input takes \"rqgate dataset convert\" with --from");
	return RQ_OK;
}

static enum rq_status find_target(const struct rq_vector_format **to, const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};

	*to = conversion->to != NULL ? rq_vector_format_find(conversion->to) : rq_vector_format_for(conversion->out);
	if (*to != NULL && (*to)->write != NULL)
		return RQ_OK;
	list_formats(&list);
	RQ_TRY(rq_buf_check(&list, err));
	if (conversion->to != NULL)
		return rq_fail(err, RQ_E_USAGE, "--to: \"%s\" is %s; expected one of %s", conversion->to,
		               *to == NULL ? "no format of vectors" : "read, not written", list.data);
	return rq_fail(err, RQ_E_USAGE, "\"%s\": its name tells no format that vectors are written in; name one with --to: %s", conversion->out,
	               list.data);
}

static bool holds(const struct rq_vector_format *format, enum rq_tensor_type type)
{
	for (size_t i = 0; i < format->type_count; i++)
		if (format->types[i] == type)
			return true;
	return false;
}

static enum rq_status find_type(enum rq_tensor_type *type, const struct rq_vector_format *to, const struct rq_vector_file *file,
                                const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf list = {0};

	*type = to->type_count == 0 ? RQ_TENSOR_F32 : to->types[0];
	if (conversion->type == NULL) {
		enum rq_tensor_type own;
		if (!conversion->normalise && rq_number_find(&own, file->type) && own != RQ_TENSOR_F64 && holds(to, own)) /* f8 was read as f4 */
			*type = own;
		return RQ_OK;
	}
	if (rq_number_find(type, conversion->type) && holds(to, *type))
		return RQ_OK;
	for (size_t i = 0; i < to->type_count; i++)
		rq_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", rq_number_name(to->types[i]));
	RQ_TRY(rq_buf_check(&list, err));
	if (to->type_count == 0)
		return rq_fail(err, RQ_E_USAGE, "--type: %s is written in digits, which have no type; leave it out", to->name);
	return rq_fail(err, RQ_E_USAGE, "--type: %s holds no numbers of type \"%s\"; it holds %s", to->name, conversion->type, list.data);
}

/* ---- the numbers ---- */

static enum rq_status cut(struct rq_vectors *vectors, size_t dims, struct rq_error *err)
{
	if (dims > vectors->d)
		return rq_fail(err, RQ_E_USAGE, "--dims: %zu are more than the %zu that the vectors have", dims, vectors->d);
	for (size_t i = 0; dims > 0 && i < vectors->n; i++)
		memmove(vectors->data + i * dims, vectors->data + i * vectors->d, dims * sizeof *vectors->data);
	vectors->d = dims > 0 ? dims : vectors->d;
	return RQ_OK;
}

/* int8 of numbers that are no whole ones in its range is 127ths of the largest, one factor for all of the file: it turns no row. */
static double scale_for(const struct rq_vectors *vectors, enum rq_tensor_type type)
{
	float largest = 0;
	bool whole = true;

	if (type != RQ_TENSOR_I8)
		return 1;
	for (size_t i = 0; i < vectors->n * vectors->d; i++) {
		float value = vectors->data[i];
		largest = fmaxf(largest, fabsf(value));
		whole = whole && rq_number_round(value, type) == value;
	}
	return whole || largest == 0 ? 1 : 127 / (double)largest;
}

/* Sums of squares and products of a row before and after. */
struct turn {
	double before, after, both;
};

/* Its angle in degrees; a row that has become zero is counted instead. */
static void note_turn(struct rq_vectors_converted *done, const struct turn *turn)
{
	if (turn->before == 0)
		return;
	if (turn->after == 0)
		done->lost++;
	else
		done->angle = fmax(done->angle, acos(fmin(1, turn->both / sqrt(turn->before) / sqrt(turn->after))) * 180 / M_PI);
}

static enum rq_status round_all(struct rq_vectors_converted *done, struct rq_vectors *vectors, enum rq_tensor_type type, const char *path,
                                struct rq_error *err)
{
	done->scale = scale_for(vectors, type);
	for (size_t i = 0; i < vectors->n; i++) {
		struct turn turn = {0};
		size_t changed = done->changed;
		for (size_t j = 0; j < vectors->d; j++) {
			float *number = &vectors->data[i * vectors->d + j], value = (float)((double)*number * done->scale), kept = rq_number_round(value, type);
			if (isnan(kept) || ((type == RQ_TENSOR_U8 || type == RQ_TENSOR_I32) && kept != value))
				return rq_fail(err, RQ_E_DATA,
				               "%s: the number in row %zu, column %zu (counted from 0) is %s, which %s does not hold; choose another type", path, i, j,
				               rq_short_float(value).text, rq_number_name(type));
			turn.before += (double)value * (double)value;
			turn.after += (double)kept * (double)kept;
			turn.both += (double)value * (double)kept;
			done->changed += kept != value;
			done->largest = fmax(done->largest, fabs((double)kept - (double)value) / done->scale);
			*number = kept;
		}
		if (done->changed > changed)
			note_turn(done, &turn);
	}
	return RQ_OK;
}

/* ---- ids ---- */

/* Texts that are no ids go where a format holds them, and are left out elsewhere. */
static enum rq_status drop_texts(size_t *texts, struct rq_vector_file *file, const struct rq_vector_format *to,
                                 const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	const char *text = rq_ids_first_text(&file->ids);
	const struct rq_glimpse out = {.path = conversion->out};

	*texts = 0;
	if (text == NULL)
		return RQ_OK;
	if (to->holds_texts && (rq_glimpse_ends(&out, ".jsonl") || rq_glimpse_ends(&out, ".ndjson")))
		return rq_fail(err, RQ_E_USAGE, "\"%s\": the rows have texts for ids, like \"%s\", which become members of one object; name a .json file",
		               conversion->out, rq_excerpt((struct rq_span){text, strlen(text)}).text);
	if (to->holds_texts)
		return RQ_OK;
	if (conversion->ids != NULL && !to->holds_ids)
		return rq_fail(err, RQ_E_USAGE, "--ids: the rows have texts for ids, like \"%s\", which no file of ids holds; leave it out",
		               rq_excerpt((struct rq_span){text, strlen(text)}).text);
	*texts = file->ids.count;
	rq_ids_release(&file->ids);
	return RQ_OK;
}

static enum rq_status read_ids(struct rq_vector_file *file, const struct rq_vector_format *to, const struct rq_vectors_conversion *conversion,
                               struct rq_error *err)
{
	bool has = file->ids.count > 0;

	if (has == to->holds_ids || (!has && conversion->ids == NULL))
		return conversion->ids == NULL ? RQ_OK
		                               : rq_fail(err, RQ_E_USAGE, "--ids: has no use between %s and %s, which %s; leave it out", file->format->name,
		                                         to->name, has ? "both hold the ids" : "both leave the ids to their file");
	if (conversion->ids == NULL)
		return rq_fail(err, RQ_E_USAGE, "--ids: missing; %s holds no ids, so name the file to write them to", to->name);
	if (has)
		return RQ_OK;
	RQ_TRY(rq_ids_load(&file->ids, conversion->ids, err));
	if (file->ids.count != file->vectors.n)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %u ids for %zu vectors; expected one each", conversion->ids, (unsigned)file->ids.count,
		               file->vectors.n);
	return RQ_OK;
}

/* One file, or it will be: the same name in the same folder. */
static bool same_place(const char *a, const char *b)
{
	const char *paths[] = {a, b}, *names[2];
	char folders[2][PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		const char *slash = strrchr(paths[i], '/');
		names[i] = slash == NULL ? paths[i] : slash + 1;
		snprintf(folders[i], sizeof *folders, "%.*s", slash == NULL ? 1 : (int)(names[i] - paths[i]), slash == NULL ? "." : paths[i]);
	}
	return rq_same_file(a, b) || (strcmp(names[0], names[1]) == 0 && rq_same_file(folders[0], folders[1]));
}

/* The file of ids is written, or read, beside the vectors. */
static enum rq_status check_ids_path(const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	size_t length;

	if (conversion->ids != NULL && strcmp(conversion->ids, "-") == 0)
		return rq_fail(err, RQ_E_USAGE, "--ids: \"-\" is no file; name one");
	RQ_TRY(rq_vector_file_name(&length, conversion->in, err));
	RQ_CLEANUP(rq_free_pointer) char *in = strndup(conversion->in, length);
	if (in == NULL)
		return rq_fail_memory(err);
	if (conversion->ids != NULL && (same_place(conversion->ids, in) || same_place(conversion->ids, conversion->out)))
		return rq_fail(err, RQ_E_USAGE, "--ids: \"%s\" is the file of the vectors; name one of its own for the ids", conversion->ids);
	return RQ_OK;
}

static enum rq_status put_ids(struct rq_output *output, const char *path, const struct rq_ids *ids, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_ids_print(&text, ids, err));
	RQ_TRY(rq_output_open(output, path, err));
	RQ_TRY(rq_text_put(output, &text, err));
	return rq_output_settle(output, err);
}

/* ---- files ---- */

/* What is compressed is made in memory first. */
static enum rq_status write_packed(struct rq_output *output, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_vector_file_print(&text, file, type, err));
	return rq_text_put(output, &text, err);
}

static enum rq_status write_files(struct rq_vectors_converted *done, struct rq_vector_file *file, enum rq_tensor_type type,
                                  const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	size_t length;

	file->format = done->to;
	bool printed = strcmp(conversion->out, "-") == 0;
	if (conversion->ids != NULL && !done->to->holds_ids)
		RQ_TRY(put_ids(&done->ids_out, conversion->ids, &file->ids, err));
	if (printed)
		return rq_vector_file_print(&done->bytes, file, type, err);
	RQ_TRY(rq_output_open(&done->out, conversion->out, err));
	if (rq_packing_for(&length, conversion->out) != RQ_PACKED_NOT)
		RQ_TRY(write_packed(&done->out, file, type, err));
	else
		RQ_TRY(done->to->write(done->out.stream, file, type, err));
	return rq_output_settle(&done->out, err);
}

enum rq_status rq_vectors_commit(struct rq_vectors_converted *done, struct rq_error *err)
{
	if (done->ids_out.path != NULL)
		RQ_TRY(rq_output_commit(&done->ids_out, err));
	return done->out.path == NULL ? RQ_OK : rq_output_commit(&done->out, err);
}

void rq_vectors_converted_release(struct rq_vectors_converted *done)
{
	rq_buf_release(&done->bytes);
	rq_output_release(&done->out);
	rq_output_release(&done->ids_out);
}

enum rq_status rq_vectors_convert(struct rq_vectors_converted *done, const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};
	enum rq_tensor_type type;

	*done = (struct rq_vectors_converted){.scale = 1};
	RQ_TRY(find_source(&done->from, conversion, err));
	RQ_TRY(find_target(&done->to, conversion, err));
	RQ_TRY(check_ids_path(conversion, err));
	RQ_TRY(rq_vector_file_read_as(&file, done->from, conversion->in, err));
	done->from = file.format;
	memcpy(done->from_type, file.type, sizeof done->from_type);
	RQ_TRY(rq_vectors_check_finite(&file.vectors, 0, conversion->in, err));
	RQ_TRY(find_type(&type, done->to, &file, conversion, err));
	RQ_TRY(drop_texts(&done->texts, &file, done->to, conversion, err));
	RQ_TRY(read_ids(&file, done->to, conversion, err));
	done->from_d = file.vectors.d;
	RQ_TRY(cut(&file.vectors, conversion->dims, err));
	if (conversion->normalise)
		done->zero = rq_vectors_normalise(&file.vectors);
	RQ_TRY(round_all(done, &file.vectors, type, conversion->in, err));
	RQ_TRY(write_files(done, &file, type, conversion, err));
	snprintf(done->to_type, sizeof done->to_type, "%s", done->to->type_count == 0 ? "text" : rq_number_name(type));
	done->n = file.vectors.n;
	done->d = file.vectors.d;
	done->ids = file.ids.count;
	return RQ_OK;
}
