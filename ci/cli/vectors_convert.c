/* rqgate vectors convert: a file of vectors in another format, of another type, with fewer dimensions. */
#include "ci/cli/vectors.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"

#include <stdio.h>
#include <string.h>

enum { SAID = 8192 }; /* bytes of what is printed: a path and a few lines */

struct options {
	const char *to, *type, *ids;
	struct rq_flag_number dims;
	bool normalise;
};

static const struct rq_flag flags[] = {
	{"--to", "FORMAT", RQ_FLAG_STRING, offsetof(struct options, to), "the format of OUT (default: by its name)"},
	{"--type", "TYPE", RQ_FLAG_STRING, offsetof(struct options, type),
	 "f2, f4, f8, i1, u1 or i4, as far as the format has it (default: that of IN, but f4 of f8 and after --normalise)"},
	{"--dims", "N", RQ_FLAG_POSITIVE, offsetof(struct options, dims), "keep the first N dimensions"},
	{"--normalise", NULL, RQ_FLAG_BOOL, offsetof(struct options, normalise), "scale every row to length 1, after --dims"},
	{"--ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids), "the ids, one a line: read where IN has none, written where OUT holds none"},
	RQ_FLAGS_END,
};

/* What is not as it was. */
static void put_losses(struct rq_buf *out, const struct rq_vectors_converted *done)
{
	if (done->d < done->from_d)
		rq_buf_printf(out, "lossy: kept the first %s of %s dimensions\n", rq_grouped(done->d).text, rq_grouped(done->from_d).text);
	if (done->texts > 0)
		rq_buf_printf(out, "lossy: the texts of %s rows, which are no ids, are left out; their order is kept\n", rq_grouped(done->texts).text);
	if (done->zero > 0)
		rq_buf_printf(out, "rows of zeros, which have no direction and stay zero: %s\n", rq_grouped(done->zero).text);
	if (strcmp(done->from_type, "f8") == 0)
		rq_buf_puts(out, "lossy: f8 is read as float32, which holds 7 digits\n");
	if (done->scale != 1)
		rq_buf_printf(out, "lossy: %s is the number times %.9g: lengths are others, all by that factor\n", done->to_type, done->scale);
	if (done->changed > 0)
		rq_buf_printf(out, "lossy: rounded to %s: %s of %s numbers, by up to %.2g, which turns rows by up to %.2g degrees\n", done->to_type,
		              rq_grouped(done->changed).text, rq_grouped(done->n * done->d).text, done->largest, done->angle);
	if (done->lost > 0)
		rq_buf_printf(out, "lossy: %s row%s zero for it and ha%s no direction any more: nobody can find %s\n", rq_grouped(done->lost).text,
		              done->lost == 1 ? " is" : "s are", done->lost == 1 ? "s" : "ve", done->lost == 1 ? "it" : "them");
}

enum rq_status rq_cli_convert_vectors(const struct rq_vectors_conversion *conversion, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_vectors_converted_release) struct rq_vectors_converted done = {0};
	bool printed = strcmp(conversion->out, "-") == 0;

	if (!RQ_RESERVE(text.data, text.capacity, SAID)) /* once the file is there nothing may fail */
		return rq_fail_memory(err);
	RQ_TRY(rq_vectors_convert(&done, conversion, err));
	rq_buf_printf(&text, "wrote %s: %s vectors of %s dimensions, %s %s from %s %s\n", printed ? "standard output" : conversion->out,
	              rq_grouped(done.n).text, rq_grouped(done.d).text, done.to->name, done.to_type, done.from->name, done.from_type);
	put_losses(&text, &done);
	RQ_TRY(rq_buf_check(&text, err));
	RQ_TRY(rq_vectors_commit(&done, err));
	if (!printed)
		return rq_print(&text, err);
	fputs(text.data, stderr);
	return rq_print(&done.bytes, err);
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *options = given;
	const struct rq_vectors_conversion conversion = {.in = arguments->items[0],
	                                                 .out = arguments->items[1],
	                                                 .to = options->to,
	                                                 .type = options->type,
	                                                 .ids = options->ids,
	                                                 .dims = (size_t)options->dims.value,
	                                                 .normalise = options->normalise};

	*exit_code = 0;
	return rq_cli_convert_vectors(&conversion, err);
}

const struct rq_command rq_action_vectors_convert = {
	.name = "vectors convert",
	.summary = "write vectors in another format, type or number of dimensions",
	.arguments = "IN OUT",
	.least = 2,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Writes OUT beside its place and renames it; a name in .gz or .zst is compressed, and \"-\" is standard output. What a type cannot hold is\n"
	        "refused, what it rounds is told. i1 of numbers that are not whole is scaled, so that the largest is 127.\n"
	        "example: rqgate vectors convert index.faiss half.npy --dims 256 --normalise --type f2",
	.run = run,
};
