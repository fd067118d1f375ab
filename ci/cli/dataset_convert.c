/* rqgate dataset convert: a file in another format of its kind. */
#include "ci/cli/dataset.h"
#include "ci/cli/vectors.h"
#include "datasets/convert.h"

#include <string.h>

struct options {
	const char *from, *to, *ids;
	bool list;
};

static const struct rq_flag flags[] = {
	{"--from", "FORMAT", RQ_FLAG_STRING, offsetof(struct options, from), "the format of IN (default: what it looks like)"},
	{"--to", "FORMAT", RQ_FLAG_STRING, offsetof(struct options, to), "the format of OUT (default: by its name)"},
	{"--ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids), "the ids of vectors, one a line: read or written where the vector file holds none"},
	{"--list", NULL, RQ_FLAG_BOOL, offsetof(struct options, list), "print the formats that there are"},
	RQ_FLAGS_END,
};

static enum rq_status list_formats(struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	for (size_t i = 0; rq_formats[i] != NULL; i++)
		rq_buf_printf(&text, "%-14s %-10s %s\n", rq_formats[i]->name, rq_data_kind_name(rq_formats[i]->kind), rq_formats[i]->help);
	for (size_t i = 0; rq_vector_formats[i] != NULL; i++)
		if (!rq_vector_formats[i]->foreign)
			rq_buf_printf(&text, "%-14s %-10s %s%s\n", rq_vector_formats[i]->name, "vectors", rq_vector_formats[i]->help,
			              rq_vector_formats[i]->write == NULL ? "; only read" : "");
	return rq_print(&text, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *chosen = options;
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0}, told = {0};
	const struct rq_format *from, *to;

	*exit_code = 0;
	if (chosen->list)
		return list_formats(err);
	if (arguments->count != 2)
		return rq_fail(err, RQ_E_USAGE, "expected the file to read and the file to write: rqgate dataset convert IN OUT");
	const struct rq_conversion conversion = {.in = arguments->items[0], .out = arguments->items[1], .from = chosen->from, .to = chosen->to};
	const struct rq_vectors_conversion of_vectors = {
		.in = conversion.in, .out = conversion.out, .from = chosen->from, .to = chosen->to, .ids = chosen->ids};
	bool vectors;
	RQ_TRY(rq_convert_has_vectors(&vectors, &conversion, err));
	if (vectors) {
		enum rq_status status = rq_cli_convert_vectors(&of_vectors, err);
		return status == RQ_E_DATA ? rq_convert_explain(&conversion, err) : status;
	}
	if (chosen->ids != NULL)
		return rq_fail(err, RQ_E_USAGE, "--ids: only vectors have them, and \"%s\" holds none; leave it out", conversion.in);
	RQ_TRY(rq_convert(&bytes, &from, &to, &conversion, err));
	if (strcmp(conversion.out, "-") == 0)
		return rq_print(&bytes, err);
	rq_buf_printf(&told, "wrote %s: %s from %s\n", conversion.out, to->name, from->name);
	return rq_print(&told, err);
}

const struct rq_command rq_action_dataset_convert = {
	.name = "dataset convert",
	.summary = "write a run, judgments, topics or vectors in another format",
	.arguments = "IN OUT",
	.least = 0,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads IN in one format and writes OUT in another of the same kind: all that rqgate reads of such a file. Where OUT cannot hold that, it is refused.\n"
	        "\"-\" is standard input or output; text that is named .gz or .zst is compressed. --list prints the formats.\n"
	        "example: rqgate dataset convert vectors.csv vectors.npy --ids vectors.ids",
	.run = run,
};
