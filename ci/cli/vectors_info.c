/* rqgate vectors info: what files of vectors hold. */
#include "ci/cli/vectors.h"
#include "datasets/vector_file.h"
#include "datasets/vectors_summary.h"
#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"
#include "evalcore/base/words.h"

#include <math.h>
#include <string.h>

struct options {
	bool json, formats;
};

static const struct rq_flag flags[] = {
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON"},
	{"--formats", NULL, RQ_FLAG_BOOL, offsetof(struct options, formats), "print the formats that there are"},
	RQ_FLAGS_END,
};

static enum rq_status list_formats(struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	for (size_t i = 0; rq_vector_formats[i] != NULL; i++) {
		const struct rq_vector_format *format = rq_vector_formats[i];
		const char *can = format->foreign ? "-" : format->write != NULL ? "r w" : "r";
		rq_buf_printf(&text, "%-12s %-6s %s\n", format->name, can, format->help);
	}
	return rq_print(&text, err);
}

static void put_count(struct rq_buf *out, const char *what, size_t count, const char *note)
{
	rq_buf_printf(out, "  %-12s%s%s\n", what, rq_grouped(count).text, count > 0 ? note : "");
}

static void put_ids(struct rq_buf *out, const struct rq_ids *ids)
{
	char first[256], last[256];

	if (ids->count == 0) {
		rq_buf_puts(out, "  ids         none in the file\n");
		return;
	}
	rq_show_text(first, sizeof first, ids->names[0]);
	rq_show_text(last, sizeof last, ids->names[ids->count - 1]);
	rq_buf_printf(out, "  ids         \"%s\" to \"%s\"\n", first, last);
}

static void put_table(struct rq_buf *out, const char *path, const struct rq_vector_file *file, const struct rq_vectors_summary *summary)
{
	char shown[1024], note[96];

	rq_show_text(shown, sizeof shown, path);
	rq_buf_printf(out, "%s%s\n", out->size > 0 ? "\n" : "", shown);
	rq_show_text(shown, sizeof shown, file->remark);
	rq_buf_printf(out, "  format      %s, %s%s%s\n", file->format->name, file->type, shown[0] == '\0' ? "" : "; ", shown);
	rq_buf_printf(out, "  vectors     %s of %s dimensions\n", rq_grouped(file->vectors.n).text, rq_grouped(file->vectors.d).text);
	put_ids(out, &file->ids);
	rq_buf_printf(out, "  norms       min %.8g, mean %.8g, max %.8g\n", summary->norm_minimum, summary->norm_mean, summary->norm_maximum);
	put_count(out, "zero", summary->zero, ": rows without a direction, which nobody can find");
	put_count(out, "not finite", summary->not_finite, ": rows with a NaN or an infinity, which a run refuses");
	snprintf(note, sizeof note, ": row %zu is row %zu (counted from 0)", summary->first_duplicate[0], summary->first_duplicate[1]);
	put_count(out, "duplicates", summary->duplicates, note);
	rq_buf_printf(out, "  sha256      %s\n", file->sha256);
}

static void set_file(rq_json *files, const char *path, const struct rq_vector_file *file, const struct rq_vectors_summary *summary)
{
	rq_json *object = rq_json_push_object(files);

	rq_json_set_string(object, "path", path);
	rq_json_set_string(object, "sha256", file->sha256);
	rq_json_set_string(object, "format", file->format->name);
	rq_json_set_string(object, "type", file->type);
	rq_json_set_string(object, "remark", file->remark[0] == '\0' ? NULL : file->remark);
	rq_json_set_number(object, "vectors", (double)file->vectors.n);
	rq_json_set_number(object, "dimensions", (double)file->vectors.d);
	rq_json_set_bool(object, "ids", file->ids.count > 0);
	rq_json *norms = rq_json_set_object(object, "norms");
	rq_json_set_number(norms, "min", summary->norm_minimum);
	rq_json_set_number(norms, "mean", summary->norm_mean);
	rq_json_set_number(norms, "max", summary->norm_maximum);
	rq_json_set_number(object, "zero_rows", (double)summary->zero);
	rq_json_set_number(object, "not_finite_rows", (double)summary->not_finite);
	rq_json_set_number(object, "duplicate_rows", (double)summary->duplicates);
}

static enum rq_status describe(struct rq_buf *out, rq_json *files, const char *path, bool json, struct rq_error *err)
{
	RQ_CLEANUP(rq_vector_file_release) struct rq_vector_file file = {0};
	struct rq_vectors_summary summary;

	RQ_TRY(rq_vector_file_read(&file, path, err));
	RQ_TRY(rq_vectors_summarise(&summary, &file.vectors, err));
	if (json)
		set_file(files, path, &file, &summary);
	else
		put_table(out, path, &file, &summary);
	return RQ_OK;
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;
	rq_json *files = rq_json_set_array(root, "files");

	*exit_code = 0;
	if (options->formats)
		return list_formats(err);
	if (arguments->count == 0)
		return rq_fail(err, RQ_E_USAGE, "expected the files to describe: rqgate vectors info FILE...");
	enum rq_status status = RQ_OK;
	size_t read = 0;
	while (read < arguments->count && (status = describe(&text, files, arguments->items[read], options->json, err)) == RQ_OK)
		read++;
	if (status != RQ_OK && (read == 0 || status == RQ_E_NOMEM))
		return status;
	if (options->json) {
		RQ_TRY(rq_json_print(&text, root, true, err));
		rq_buf_puts(&text, "\n");
	}
	if (status == RQ_OK)
		return rq_print(&text, err);
	(void)!rq_print(&text, NULL); /* what is known of the files before it */
	return status;
}

const struct rq_command rq_action_vectors_info = {
	.name = "vectors info",
	.summary = "say what files of vectors hold, and what is odd about them",
	.arguments = "FILE...",
	.least = 0,
	.most = SIZE_MAX,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help =
		"Tells format and type of the numbers, rows and dimensions, ids, lengths of the vectors, rows that are zero, not finite or bit for bit an\n"
		"earlier one, and the sha256 of the file as it is.\n"
		"example: rqgate vectors info embeddings.npz:documents",
	.run = run,
};
