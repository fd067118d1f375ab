#include "evalcore/pipeline/inherit.h"

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
			return rq_fail(err, RQ_E_USAGE, "--set \"%s\": \"%s\" is %s in the config, so it has no keys of its own", assignment, key, rq_json_type_name(rq_json_type(child)));
		object = child;
	}
	if (rq_json_parse(&value, equals + 1, strlen(equals + 1), "--set", NULL) == RQ_OK)
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

static void inherit_index(rq_json *heir, const rq_json *from)
{
	static const char *const own[] = {"kind", "factory", "file", "ids", "build", "search"};
	bool another = rq_json_get(heir, "kind") != NULL || rq_json_get(heir, "factory") != NULL || rq_json_get(heir, "file") != NULL;
	rq_json *shared = rq_json_copy(from);

	for (size_t i = 0; another && i < sizeof own / sizeof *own; i++)
		rq_json_remove(shared, own[i]);
	inherit_missing(heir, shared);
	rq_json_free(shared);
}

void rq_config_inherit(rq_json *root)
{
	const rq_json *baseline = rq_json_get(root, "baseline");
	rq_json *candidate = rq_json_member(root, "candidate");

	if (baseline == NULL || candidate == NULL || rq_json_type(baseline) != RQ_JSON_OBJECT || rq_json_type(candidate) != RQ_JSON_OBJECT)
		return;
	if (rq_json_get(candidate, "run") != NULL)
		return;
	rq_json *from = rq_json_copy(baseline), *index = rq_json_member(candidate, "index");
	if (from == NULL)
		return;
	if (rq_json_get(candidate, "embedder") != NULL || index != NULL)
		rq_json_remove(from, "run");
	const rq_json *from_index = rq_json_get(from, "index");
	if (index != NULL && from_index != NULL && rq_json_type(index) == RQ_JSON_OBJECT && rq_json_type(from_index) == RQ_JSON_OBJECT)
		inherit_index(index, from_index);
	inherit_missing(candidate, from);
	rq_json_free(from);
}
