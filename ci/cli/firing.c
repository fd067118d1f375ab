/* Alerts that fire, remembered by the labels that make them what they are. The memory is what the receiver has taken, and
 * is written before the request is forgotten: who is killed between sends the same once more. */
#include "ci/cli/firing.h"

#include "evalcore/base/file.h"
#include "evalcore/base/hash.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { MEMORY_MOST = 64 << 20 };

void rq_firing_release(struct rq_firing *firing)
{
	rq_buf_release(&firing->next);
}

/* Sets of labels, each as one text, by which they are the same. */
struct labels {
	const rq_json **values;
	const char **texts;
	size_t count;
};

static enum rq_status labels_begin(struct labels *labels, size_t most, struct rq_arena *arena, struct rq_error *err)
{
	labels->values = rq_arena_alloc(arena, most + 1, sizeof *labels->values);
	labels->texts = rq_arena_alloc(arena, most + 1, sizeof *labels->texts);
	return labels->values == NULL || labels->texts == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status labels_add(struct labels *labels, const rq_json *value, struct rq_arena *arena,
                                 struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	RQ_TRY(rq_json_print(&text, value, false, err));
	labels->values[labels->count] = value;
	labels->texts[labels->count] = rq_arena_strndup(arena, text.data, text.size);
	return labels->texts[labels->count++] == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* Of an array of labels, or of alerts by their member `key`. */
static enum rq_status labels_list(struct labels *labels, const rq_json *array, const char *key, struct rq_arena *arena,
                                  struct rq_error *err)
{
	RQ_TRY(labels_begin(labels, rq_json_size(array), arena, err));
	if (array == NULL)
		return RQ_OK;
	for (const rq_json *item = rq_json_first(array); item != NULL; item = rq_json_next(item)) {
		const rq_json *value = key == NULL ? item : rq_json_get(item, key);
		if (value != NULL && rq_json_type(value) == RQ_JSON_OBJECT)
			RQ_TRY(labels_add(labels, value, arena, err));
	}
	return RQ_OK;
}

static bool labels_have(const struct labels *labels, const char *text)
{
	for (size_t i = 0; i < labels->count; i++)
		if (strcmp(labels->texts[i], text) == 0)
			return true;
	return false;
}

/* *root stays NULL where nothing is remembered, or what is cannot be read: that ends by itself. */
static enum rq_status read_memory(rq_json **root, struct rq_firing *firing, struct rq_arena *arena,
                                  struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = MEMORY_MOST};
	struct rq_error why = {0};
	struct stat info;

	if (lstat(firing->path, &info) != 0)
		return errno == ENOENT
		               ? RQ_OK
		               : rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", firing->path, strerror(errno));
	if (!S_ISREG(info.st_mode)) /* a pipe would be waited for, and a link may lead anywhere */
		(void)!rq_fail(&why, RQ_E_DATA, "\"%s\": is no file of its own", firing->path);
	else if (rq_file_read(&text, firing->path, &why) == RQ_OK)
		(void)!rq_json_parse(root, text.data == NULL ? "" : text.data, text.size, firing->path, &why);
	if (why.status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (why.status == RQ_OK)
		return RQ_OK;
	firing->forgotten = rq_arena_strdup(arena, why.text);
	return firing->forgotten == NULL ? rq_fail_memory(err) : RQ_OK;
}

static void push_end(rq_json *alerts, const rq_json *labels, const char *time)
{
	rq_json *alert = rq_json_push_object(alerts);

	rq_json_set(alert, "labels", rq_json_copy(labels));
	rq_json_set_string(rq_json_set_object(alert, "annotations"), "summary",
	                   "the config no longer has this gate, or has it with other labels");
	rq_json_set_string(alert, "startsAt", time);
	rq_json_set_string(alert, "endsAt", time);
}

static bool fires(const rq_json *alert)
{
	const char *from = rq_json_string(rq_json_get(alert, "startsAt"));
	const char *to = rq_json_string(rq_json_get(alert, "endsAt"));

	return from != NULL && to != NULL && strcmp(from, to) != 0;
}

/* Writes down what fires once the request is taken: what it begins, and of what was firing all that it does not end. */
static enum rq_status settle(struct rq_firing *firing, rq_json *request, const rq_json *memory, struct rq_arena *arena,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *next = rq_json_new_object();
	const rq_json *doubts = rq_json_get(request, "doubts"); /* what judged nothing has none, and ends nothing */
	rq_json *alerts = rq_json_member(request, "body"), *kept = rq_json_set_array(next, "firing");
	const char *time = rq_json_string(rq_json_get(rq_json_first(alerts), "startsAt"));
	struct labels said = {0}, doubted = {0}, known = {0};

	RQ_TRY(labels_list(&said, alerts, "labels", arena, err));
	RQ_TRY(labels_list(&doubted, doubts, NULL, arena, err));
	RQ_TRY(labels_list(&known, rq_json_get(memory, "firing"), NULL, arena, err));
	for (const rq_json *alert = rq_json_first(alerts); alert != NULL; alert = rq_json_next(alert))
		if (fires(alert))
			rq_json_push(kept, rq_json_copy(rq_json_get(alert, "labels")));
	for (size_t i = 0; i < known.count; i++) {
		if (labels_have(&said, known.texts[i]))
			continue;
		if (doubts == NULL || time == NULL || labels_have(&doubted, known.texts[i]))
			rq_json_push(kept, rq_json_copy(known.values[i]));
		else
			push_end(alerts, known.values[i], time);
	}
	RQ_TRY(rq_json_check(request, err));
	RQ_TRY(rq_json_print(&firing->next, next, true, err));
	rq_buf_puts(&firing->next, "\n");
	return rq_buf_check(&firing->next, err);
}

enum rq_status rq_firing_end(struct rq_firing *firing, rq_json *request, const char *folder, struct rq_arena *arena,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *memory = NULL;
	const char *job = rq_json_string(rq_json_get(request, "job"));
	struct rq_key key = {0};
	char hex[33];

	/* as an older program leaves it, or somebody's hand */
	if (job == NULL || rq_json_type(rq_json_get(request, "body")) != RQ_JSON_ARRAY)
		return RQ_OK;
	rq_key_add_text(&key, rq_json_string(rq_json_get(request, "address")));
	rq_key_add_text(&key, job);
	rq_key_hex(&key, hex);
	firing->path = rq_path_join(arena, folder, rq_arena_printf(arena, ".firing.%s", hex));
	if (firing->path == NULL)
		return rq_fail_memory(err);
	RQ_TRY(read_memory(&memory, firing, arena, err));
	return settle(firing, request, memory, arena, err);
}

enum rq_status rq_firing_keep(const struct rq_firing *firing, struct rq_error *err)
{
	return firing->path == NULL ? RQ_OK : rq_file_write(firing->path, firing->next.data, firing->next.size, err);
}
