/* rqgate vectors head: the first rows of a file of vectors. */
#include "ci/cli/vectors.h"
#include "datasets/vector_file.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"

#include <math.h>

enum { STANDARD_ROWS = 3, NUMBERS_SHOWN = 8 };

struct options {
	struct rq_flag_number rows;
	bool json;
};

static const struct rq_flag flags[] = {
	{"-n", "N", RQ_FLAG_POSITIVE, offsetof(struct options, rows), "how many rows (default: 3)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON lines {\"id\", \"embedding\"} with all numbers; without ids, \"row\""},
	RQ_FLAGS_END,
};

static void put_number(struct rq_buf *out, float value)
{
	rq_buf_puts(out, isnan(value) ? "NaN" : isinf(value) ? (value > 0 ? "Inf" : "-Inf") : rq_short_float(value).text);
}

static void put_row(struct rq_buf *out, const struct rq_vector_file *file, size_t row)
{
	const float *values = file->vectors.data + row * file->vectors.d;
	char id[256];

	if (file->ids.count > 0) {
		rq_show_text(id, sizeof id, file->ids.names[row]);
		rq_buf_printf(out, "%s ", id);
	} else {
		rq_buf_printf(out, "%zu ", row);
	}
	for (size_t j = 0; j < file->vectors.d && j < NUMBERS_SHOWN; j++) {
		rq_buf_puts(out, " ");
		put_number(out, values[j]);
	}
	if (file->vectors.d > NUMBERS_SHOWN)
		rq_buf_printf(out, " ... (%zu more)", file->vectors.d - NUMBERS_SHOWN);
	rq_buf_puts(out, "\n");
}

/* What JSON has no number for is null. */
static void put_json(struct rq_buf *out, const struct rq_vector_file *file, size_t row)
{
	const float *values = file->vectors.data + row * file->vectors.d;

	if (file->ids.count > 0) {
		rq_buf_puts(out, "{\"id\":");
		rq_json_quote(out, file->ids.names[row]);
	} else {
		rq_buf_printf(out, "{\"row\":%zu", row);
	}
	rq_buf_puts(out, ",\"embedding\":");
	for (size_t j = 0; j < file->vectors.d; j++) {
		rq_buf_puts(out, j == 0 ? "[" : ",");
		rq_buf_puts(out, isfinite(values[j]) ? rq_short_float(values[j]).text : "null");
	}
	rq_buf_puts(out, "]}\n");
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	size_t rows = options->rows.given ? (size_t)options->rows.value : STANDARD_ROWS;

	*exit_code = 0;
	RQ_TRY(rq_vector_file_read(&file, arguments->items[0], err));
	for (size_t i = 0; i < file.vectors.n && i < rows; i++)
		(options->json ? put_json : put_row)(&text, &file, i);
	RQ_TRY(rq_buf_check(&text, err));
	return rq_print(&text, err);
}

const struct rq_command rq_action_vectors_head = {
	.name = "vectors head",
	.summary = "print the first rows",
	.arguments = "FILE",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Prints the id of each row, or its number counted from 0, and the first of its numbers.\n"
	        "example: rqgate vectors head model.safetensors:embeddings -n 1",
	.run = run,
};
