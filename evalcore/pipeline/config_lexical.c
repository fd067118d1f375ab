#include "evalcore/pipeline/config_lexical.h"

#include "evalcore/pipeline/config_retriever.h"

#include <stdio.h>
#include <string.h>

bool rq_config_is_lexical(const rq_json *index)
{
	const rq_json *kind = index == NULL || rq_json_type(index) != RQ_JSON_OBJECT ? NULL : rq_json_get(index, "kind");

	return kind != NULL && rq_json_string(kind) != NULL && strcmp(rq_json_string(kind), RQ_LEXICAL_KIND) == 0;
}

bool rq_config_names_index(const rq_json *index)
{
	return rq_json_get(index, "kind") != NULL || rq_json_get(index, "factory") != NULL || rq_json_get(index, "file") != NULL;
}

static bool has_option(const struct rq_option *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return true;
	return false;
}

const char *rq_config_foreign_key(const rq_json *index, const struct rq_option *own, const struct rq_option *foreign)
{
	for (const rq_json *member = rq_json_first(index); member != NULL; member = rq_json_next(member))
		if (!has_option(own, rq_json_key(member)) && has_option(foreign, rq_json_key(member)))
			return rq_json_key(member);
	return NULL;
}

enum rq_status rq_config_refuse_lexical(const char *side, const rq_json *index, struct rq_error *err)
{
	const char *key = rq_json_type(index) == RQ_JSON_OBJECT ? rq_config_foreign_key(index, rq_index_options, rq_bm25_options) : NULL;

	if (key == NULL)
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s.index.%s: means nothing to an index of vectors; leave it out, or set kind to \"" RQ_LEXICAL_KIND "\"", side,
	               key);
}

enum rq_status rq_config_parse_lexical(struct rq_side_config *side, const char *embedder, const rq_json *index, struct rq_config *config,
                                       struct rq_error *err)
{
	char path[64];
	RQ_CLEANUP(rq_json_free_pointer) rq_json *rest = rq_json_copy(index);
	struct rq_bm25_options *options = rq_arena_alloc(&config->arena, 1, sizeof *options);

	snprintf(path, sizeof path, "%s.index", side->name);
	if (rest == NULL || options == NULL)
		return rq_fail_memory(err);
	if (embedder != NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "%s.embedder: \"%s\" means nothing to index.kind \"" RQ_LEXICAL_KIND
		               "\", which searches words and needs no vectors; leave it out",
		               side->name, embedder);
	rq_json_remove(rest, "kind");
	const char *key = rq_config_foreign_key(rest, rq_bm25_options, rq_index_options);
	if (key != NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "%s.%s: means nothing to kind \"" RQ_LEXICAL_KIND "\", which searches words; leave it out, or set kind to \"faiss\"", path,
		               key);
	RQ_TRY(rq_options_parse(options, rq_bm25_options, rest, path, config->folder, &config->arena, err));
	if (rq_bm25_check(options, err) != RQ_OK)
		return rq_options_fail_within(err, path, rq_bm25_options);
	side->bm25 = options;
	return RQ_OK;
}

static void require_kind(rq_json *schema)
{
	rq_json *required = rq_json_member(schema, "required");

	rq_json_push_string(required == NULL ? rq_json_set_array(schema, "required") : required, "kind");
}

/* A kind of its own table. */
static void push_kind(rq_json *either, rq_json *schema, const char *kind, const char *help, bool inherits)
{
	rq_json *name = rq_json_new_object();

	rq_json_set_string(name, "const", kind);
	rq_json_set(rq_json_member(schema, "properties"), "kind", name);
	rq_json_set_string(schema, "description", help);
	if (inherits)
		rq_json_remove(schema, "required");
	else
		require_kind(schema);
	rq_json_push(either, schema);
}

rq_json *rq_config_index_schema(bool inherits)
{
	rq_json *schema = rq_json_new_object(), *vectors = rq_options_schema(rq_index_options);
	rq_json *kinds = rq_json_set_array(rq_json_member(rq_json_member(vectors, "properties"), "kind"), "enum");

	for (size_t i = 0; rq_backends[i] != NULL; i++)
		rq_json_push_string(kinds, rq_backends[i]->name);
	rq_json_set_string(vectors, "description", "an index of vectors");
	rq_json *either = rq_json_set_array(schema, "anyOf");
	rq_json_push(either, vectors);
	push_kind(either, rq_options_schema(rq_bm25_options), RQ_LEXICAL_KIND, rq_bm25_help, inherits);
	for (size_t i = 0; rq_retrievers[i] != NULL; i++)
		push_kind(either, rq_config_retriever_schema(rq_retrievers[i]), rq_retrievers[i]->name, rq_retrievers[i]->help, inherits);
	return schema;
}
