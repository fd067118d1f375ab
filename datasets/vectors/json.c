/* Vectors as JSON: how a file is told to be some, opened, and written one record a line. Its shapes are the business of json_records.c. */
#include "datasets/parsers.h"
#include "datasets/unpack.h"
#include "datasets/vector_file.h"

#include "evalcore/base/json.h"
#include "evalcore/base/parse.h"

#include <string.h>

static bool like_json(const struct rq_glimpse *glimpse)
{
	static const char byte_order_mark[] = "\xEF\xBB\xBF", space[] = " \t\r\n";
	const char *at = glimpse->data;

	at += glimpse->size >= 3 && memcmp(at, byte_order_mark, 3) == 0 ? 3 : 0;
	at += strspn(at, space);
	if (*at != '{' && *at != '[')
		return false;
	const char *inner = at + 1 + strspn(at + 1, space);
	return *inner != '\0' && strchr(*at == '{' ? "\"}" : "{[-0123456789", *inner) != NULL;
}

static enum rq_status load(struct rq_vector_file *file, const char *path, const char *member, struct rq_error *err)
{
	RQ_CLEANUP(rq_unpack_release) struct rq_unpack unpack = {0};
	struct rq_sha256 sha256;

	memcpy(file->type, "text", sizeof "text");
	rq_sha256_begin(&sha256);
	RQ_TRY(rq_unpack_open(&unpack, path, &sha256, err));
	RQ_TRY(rq_vectors_json_read(&file->vectors, &file->ids, &unpack, member, err));
	return rq_sha256_end(file->sha256, &sha256, err);
}

/* One row a line, with the fewest digits that read back as the same float32: a record, or where the rows have texts for ids a member of one object.
 */
static enum rq_status write_json(FILE *out, const struct rq_vector_file *file, enum rq_tensor_type type, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0};
	const struct rq_vectors *vectors = &file->vectors;
	bool texts = rq_ids_first_text(&file->ids) != NULL;

	(void)type;
	for (size_t i = 0; i < vectors->n; i++) {
		rq_buf_clear(&line);
		rq_buf_puts(&line, !texts || i == 0 ? "{" : " ");
		if (file->ids.count > 0) {
			rq_buf_puts(&line, texts ? "" : "\"id\": ");
			rq_json_quote(&line, file->ids.names[i]);
			rq_buf_puts(&line, texts ? ": " : ", ");
		}
		for (size_t j = 0; j < vectors->d; j++) {
			rq_buf_puts(&line, j > 0 ? ", " : texts ? "[" : "\"embedding\": [");
			rq_buf_puts(&line, rq_short_float(vectors->data[i * vectors->d + j]).text);
		}
		rq_buf_puts(&line, !texts || i + 1 == vectors->n ? "]}\n" : "],\n");
		RQ_TRY(rq_buf_check(&line, err));
		fwrite(line.data, 1, line.size, out);
	}
	return RQ_OK;
}

const struct rq_vector_format rq_vector_format_json = {
	.name = "json",
	.help = "{\"id\": \"d7\", \"embedding\": [0.1, 0.2]} on each line, and what databases and services write like it; or {\"d7\": [0.1, 0.2], ...}",
	.endings = (const char *const[]){".jsonl", ".json", ".ndjson", NULL},
	.arrays = true,
	.holds_ids = true,
	.holds_texts = true,
	.looks_like = like_json,
	.load = load,
	.write = write_json,
};
