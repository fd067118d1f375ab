/* sample.json: what a sampled corpus says of itself. It stands beside the corpus and not in it, so that the corpus keeps its lines byte for byte and
 * every reader of the format takes it. A corpus that is copied without it can no longer be told from a whole one. */
#include "datasets/sample.h"

#include "evalcore/base/file.h"
#include "evalcore/base/json.h"

#include <string.h>

static const char KIND[] = "rqgate corpus sample";

static size_t kept_documents(const struct rq_sample_counts *counts)
{
	return counts->judged + counts->from_runs + counts->distractors;
}

enum rq_status rq_sample_mark_print(struct rq_buf *out, const struct rq_sample_counts *counts, const struct rq_sample_rule *rule, const char *sha256,
                                    const struct rq_sample_input *inputs, size_t input_count, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "kind", KIND);
	rq_json_set_string(root, "note", "sampled corpus: absolute values are optimistic");
	rq_json_set_number(root, "seed", (double)rule->seed);
	rq_json_set_number(root, "depth", (double)rule->depth);
	rq_json *documents = rq_json_set_object(root, "documents");
	rq_json_set_number(documents, "source", (double)counts->source);
	rq_json_set_number(documents, "kept", (double)kept_documents(counts));
	rq_json_set_number(documents, "judged", (double)counts->judged);
	rq_json_set_number(documents, "from_runs", (double)counts->from_runs);
	rq_json_set_number(documents, "distractors", (double)counts->distractors);
	rq_json_set_string(root, "corpus_sha256", sha256);
	rq_json *source = rq_json_set_array(root, "source");
	for (size_t i = 0; i < input_count; i++) {
		rq_json *input = rq_json_push_object(source);
		rq_json_set_string(input, "name", inputs[i].name);
		rq_json_set_string(input, "sha256", inputs[i].sha256);
	}
	RQ_TRY(rq_json_print(out, root, true, err));
	rq_buf_puts(out, "\n");
	return rq_buf_check(out, err);
}

/* False where the member is no count. */
static bool read_count(size_t *count, const rq_json *object, const char *key)
{
	const rq_json *value = object == NULL || rq_json_type(object) != RQ_JSON_OBJECT ? NULL : rq_json_get(object, key);
	double number = value == NULL ? -1 : rq_json_number(value);

	if (!(number >= 0 && number <= 9007199254740991.0))
		return false;
	*count = (size_t)number;
	return true;
}

static enum rq_sample_state interpret(struct rq_sample_mark *mark, const rq_json *root, const char *sha256)
{
	const rq_json *kind = rq_json_type(root) == RQ_JSON_OBJECT ? rq_json_get(root, "kind") : NULL;
	const char *name = kind == NULL ? NULL : rq_json_string(kind);

	if (name == NULL || strcmp(name, KIND) != 0)
		return RQ_SAMPLE_NONE;
	const rq_json *documents = rq_json_get(root, "documents"), *digest = rq_json_get(root, "corpus_sha256");
	const char *hex = digest == NULL ? NULL : rq_json_string(digest);
	size_t seed;
	if (hex == NULL || !read_count(&mark->counts.source, documents, "source") || !read_count(&mark->counts.judged, documents, "judged") ||
	    !read_count(&mark->counts.from_runs, documents, "from_runs") || !read_count(&mark->counts.distractors, documents, "distractors") ||
	    !read_count(&seed, root, "seed"))
		return RQ_SAMPLE_UNREADABLE;
	mark->seed = seed;
	return strcmp(hex, sha256) == 0 ? RQ_SAMPLE_MATCHES : RQ_SAMPLE_CHANGED;
}

enum rq_status rq_sample_mark_read(struct rq_sample_mark *mark, const char *corpus, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = 1 << 20};
	RQ_CLEANUP(rq_json_free_pointer) rq_json *root = NULL;
	struct rq_error reason = {0};
	const char *folder = rq_path_folder(&arena, corpus), *path = folder == NULL ? NULL : rq_path_join(&arena, folder, RQ_SAMPLE_FILE);

	*mark = (struct rq_sample_mark){0};
	if (path == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(path))
		return RQ_OK;
	enum rq_status status = rq_file_read(&text, path, &reason);
	if (status == RQ_OK)
		status = rq_json_parse(&root, text.data, text.size, path, &reason);
	if (status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	mark->state = status == RQ_OK ? interpret(mark, root, sha256) : RQ_SAMPLE_UNREADABLE;
	return RQ_OK;
}

void rq_sample_mark_describe(struct rq_buf *out, const struct rq_sample_mark *mark)
{
	const struct rq_sample_counts *counts = &mark->counts;

	if (mark->state == RQ_SAMPLE_NONE)
		return;
	if (mark->state == RQ_SAMPLE_UNREADABLE) {
		rq_buf_puts(out, "sampled corpus: absolute values are optimistic (so it seems: the " RQ_SAMPLE_FILE " beside the corpus cannot be read; remove it if the corpus is whole)");
		return;
	}
	rq_buf_printf(out, "sampled corpus: absolute values are optimistic (%zu of %zu documents were kept: %zu judged, %zu from runs, %zu distractors of seed %llu)",
	              kept_documents(counts), counts->source, counts->judged, counts->from_runs, counts->distractors, (unsigned long long)mark->seed);
	if (mark->state == RQ_SAMPLE_CHANGED)
		rq_buf_puts(out, "; the corpus was changed since");
}
