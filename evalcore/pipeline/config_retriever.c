#include "evalcore/pipeline/config_retriever.h"

#include "evalcore/pipeline/config_lexical.h"

#include <stdio.h>
#include <string.h>

const struct rq_retriever *rq_config_names_retriever(const rq_json *index)
{
	const rq_json *kind = index == NULL || rq_json_type(index) != RQ_JSON_OBJECT ? NULL : rq_json_get(index, "kind");

	return kind == NULL || rq_json_string(kind) == NULL ? NULL : rq_retriever_find(rq_json_string(kind));
}

/* Of the keys of an index of vectors a search done elsewhere has the similarity alone. */
static enum rq_status parse_similarity(struct rq_side_config *side, const rq_json *index, const char *path, struct rq_config *config,
                                       struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *own = rq_json_new_object();
	const rq_json *similarity = rq_json_get(index, "similarity");

	rq_json_set(own, "kind", rq_json_copy(rq_json_get(index, "kind")));
	if (similarity != NULL)
		rq_json_set(own, "similarity", rq_json_copy(similarity));
	RQ_TRY(rq_json_check(own, err));
	return rq_options_parse(&side->index, rq_index_options, own, path, config->folder, &config->arena, err);
}

enum rq_status rq_config_parse_retriever(struct rq_side_config *side, const struct rq_retriever *retriever, const rq_json *index,
                                         struct rq_config *config, struct rq_error *err)
{
	char path[64];
	rq_json *rest = rq_json_copy(index);
	void *options = rq_arena_alloc(&config->arena, 1, retriever->options_size);

	rq_json_push(config->borrowed, rest);
	snprintf(path, sizeof path, "%s.index", side->name);
	if (rest == NULL || options == NULL)
		return rq_fail_memory(err);
	RQ_TRY(parse_similarity(side, index, path, config, err));
	rq_json_remove(rest, "kind");
	rq_json_remove(rest, "similarity");
	const char *key = rq_config_foreign_key(rest, retriever->options, rq_index_options);
	if (key != NULL)
		return rq_fail(err, RQ_E_CONFIG,
		               "%s.%s: means nothing to kind \"%s\", whose index is built elsewhere; leave it out, or set kind to \"faiss\"", path, key,
		               retriever->name);
	RQ_TRY(rq_options_parse(options, retriever->options, rest, path, config->folder, &config->arena, err));
	if (retriever->check != NULL && retriever->check(options, err) != RQ_OK)
		return rq_options_fail_within(err, path, retriever->options);
	side->retriever = retriever;
	side->retriever_options = options;
	return RQ_OK;
}

enum rq_status rq_config_refuse_embedder(const struct rq_side_config *side, const char *key, const char *embedder, const char *inherited,
                                         struct rq_error *err)
{
	if (embedder == NULL || (inherited != NULL && strcmp(embedder, inherited) == 0))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG, "%s.%s: \"%s\" means nothing to this index of kind \"%s\", which is asked without vectors; leave it out",
	               side->name, key, embedder, side->retriever->name);
}

/* What is searched elsewhere holds the vectors of one corpus under one embedder, as an index file does. One that is named may: two embedders may be
 * one model at two places. */
enum rq_status rq_config_refuse_inherited(const struct rq_config *config, struct rq_error *err)
{
	const struct rq_side_config *baseline = &config->sides[RQ_BASELINE], *candidate = &config->sides[RQ_CANDIDATE];
	bool same_corpus = (baseline->corpus == NULL && candidate->corpus == NULL) ||
	                   (baseline->corpus != NULL && candidate->corpus != NULL && strcmp(baseline->corpus, candidate->corpus) == 0);
	bool same_vectors = baseline->embedder_options == candidate->embedder_options &&
	                    baseline->document_embedder_options == candidate->document_embedder_options && same_corpus;

	if (!candidate->inherits_index || candidate->retriever == NULL || candidate->retriever != baseline->retriever ||
	    !rq_side_has_vectors(candidate) || !rq_side_has_vectors(baseline) || same_vectors ||
	    !candidate->retriever->same(candidate->retriever_options, baseline->retriever_options))
		return RQ_OK;
	return rq_fail(err, RQ_E_CONFIG,
	               "candidate.index: is the baseline's, which holds the vectors of another %s; expected one of the candidate's own, or the baseline's "
	               "named in full where the vectors are the same after all",
	               same_corpus ? "embedder" : "corpus");
}

rq_json *rq_config_retriever_schema(const struct rq_retriever *retriever)
{
	rq_json *schema = rq_options_schema(retriever->options), *vectors = rq_options_schema(rq_index_options);

	rq_json_set(rq_json_member(schema, "properties"), "similarity", rq_json_copy(rq_json_get(rq_json_get(vectors, "properties"), "similarity")));
	rq_json_free(vectors);
	return schema;
}
