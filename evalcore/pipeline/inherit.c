#include "evalcore/pipeline/inherit.h"

#include "evalcore/pipeline/config_lexical.h"
#include "evalcore/pipeline/config_retriever.h"

#include <stdio.h>
#include <string.h>

enum rq_status rq_config_override(rq_json *root, const char *assignment, struct rq_error *err)
{
	const char *equals = strchr(assignment, '='), *name = assignment;
	char key[128];
	rq_json *object = root, *value = NULL;

	if (equals == NULL || equals == assignment)
		return rq_fail(err, RQ_E_USAGE, "--set \"%s\": expected KEY.KEY=VALUE, for example candidate.index.search=efSearch=32", assignment);
	for (;;) {
		size_t length = strcspn(name, ".=");
		if (length == 0 || length >= sizeof key)
			return rq_fail(err, RQ_E_USAGE, "--set \"%s\": an empty or overlong key at column %zu", assignment, (size_t)(name - assignment) + 1);
		snprintf(key, sizeof key, "%.*s", (int)length, name);
		name += length + 1;
		if (name > equals)
			break;
		rq_json *child = rq_json_member(object, key);
		if (child == NULL)
			child = rq_json_set_object(object, key);
		if (child == NULL)
			return rq_fail_memory(err);
		if (rq_json_type(child) != RQ_JSON_OBJECT)
			return rq_fail(err, RQ_E_USAGE, "--set \"%s\": \"%s\" is %s in the config, so it has no keys of its own", assignment, key,
			               rq_json_type_name(rq_json_type(child)));
		object = child;
	}
	enum rq_status status = rq_json_parse(&value, equals + 1, strlen(equals + 1), "--set", NULL);
	if (status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	if (status == RQ_OK)
		rq_json_set(object, key, value);
	else
		rq_json_set_string(object, key, equals + 1);
	return RQ_OK;
}

static void inherit_missing(rq_json *heir, const rq_json *from)
{
	for (const rq_json *member = rq_json_first(from); member != NULL; member = rq_json_next(member))
		if (rq_json_get(heir, rq_json_key(member)) == NULL)
			rq_json_set(heir, rq_json_key(member), rq_json_copy(member));
}

static void inherit_similarity(rq_json *heir, const rq_json *from)
{
	const rq_json *similarity = rq_json_get(from, "similarity");

	if (similarity != NULL && rq_json_get(heir, "similarity") == NULL)
		rq_json_set(heir, "similarity", rq_json_copy(similarity));
}

/* What `another` index does not take over; of the rest, an index file holds one corpus under one embedder. Words and vectors share no key but the
 * kind, and what is searched elsewhere shares with other vectors only what makes two of them near. */
static void inherit_index(rq_json *heir, rq_json *from, bool other_vectors)
{
	static const char *const own[] = {"kind", "factory", "build", "search", "file", "ids", "built"};
	bool another = rq_config_names_index(heir);

	if (another && (rq_config_is_lexical(heir) || rq_config_is_lexical(from)))
		return;
	if (another && (rq_config_names_retriever(heir) != NULL || rq_config_names_retriever(from) != NULL)) {
		inherit_similarity(heir, from);
		return;
	}
	for (size_t i = another ? 0 : other_vectors ? 4 : sizeof own / sizeof *own; i < sizeof own / sizeof *own; i++)
		rq_json_remove(from, own[i]);
	inherit_missing(heir, from);
}

enum rq_status rq_config_inherit(rq_json *root, struct rq_error *err)
{
	const rq_json *baseline = rq_json_get(root, "baseline");
	rq_json *candidate = rq_json_member(root, "candidate");

	if (baseline == NULL || candidate == NULL || rq_json_type(baseline) != RQ_JSON_OBJECT || rq_json_type(candidate) != RQ_JSON_OBJECT)
		return RQ_OK;
	if (rq_json_get(candidate, "run") != NULL)
		return RQ_OK;
	RQ_CLEANUP(rq_json_free_pointer) rq_json *from = rq_json_copy(baseline);
	if (from == NULL)
		return rq_fail_memory(err);
	rq_json_remove(from, "approved"); /* which has no vectors to inherit */
	bool other_vectors = rq_json_get(candidate, "embedder") != NULL || rq_json_get(candidate, "document_embedder") != NULL || rq_json_get(candidate, "corpus") != NULL;
	if (other_vectors || rq_json_get(candidate, "index") != NULL)
		rq_json_remove(from, "run");
	if (rq_json_get(candidate, "embedder") != NULL && rq_config_is_lexical(rq_json_get(from, "index")))
		rq_json_remove(from, "index");
	if (rq_json_get(candidate, "embedder") != NULL) /* vectors of documents fit one model */
		rq_json_remove(from, "document_embedder");
	if (rq_config_is_lexical(rq_json_get(candidate, "index"))) {
		rq_json_remove(from, "embedder");
		rq_json_remove(from, "document_embedder");
	}
	rq_json *from_index = rq_json_member(from, "index");
	if (from_index != NULL && rq_json_type(from_index) == RQ_JSON_OBJECT) {
		rq_json *index = rq_json_member(candidate, "index");
		if (index == NULL && other_vectors)
			index = rq_json_set_object(candidate, "index");
		if (index != NULL && rq_json_type(index) == RQ_JSON_OBJECT)
			inherit_index(index, from_index, other_vectors);
	}
	inherit_missing(candidate, from);
	return rq_json_check(candidate, err);
}

enum rq_status rq_config_find_gates(size_t **lines, const struct rq_buf *text, const struct rq_strings *overrides, struct rq_arena *arena,
                                    struct rq_error *err)
{
	size_t count = rq_json_item_lines(NULL, 0, text->data, text->size, "gates");

	*lines = NULL;
	for (size_t i = 0; i < overrides->count; i++)
		if (strncmp(overrides->items[i], "gates", 5) == 0)
			return RQ_OK;
	if (count == 0)
		return RQ_OK;
	*lines = rq_arena_alloc(arena, count, sizeof **lines);
	if (*lines == NULL)
		return rq_fail_memory(err);
	rq_json_item_lines(*lines, count, text->data, text->size, "gates");
	return RQ_OK;
}
