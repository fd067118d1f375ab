/* What both sides need besides the dataset, looked for before the first request: a key that is missing is told of while nothing has been paid for. */
#include "evalcore/pipeline/stages.h"

#include <stdio.h>

/* With --max-requests 0 the cache has everything, or the run ends. */
static bool may_ask(const struct rq_pipeline *pipeline)
{
	return !pipeline->requests.limited || pipeline->requests.most > 0;
}

static enum rq_status check_embedder(const struct rq_embedder *embedder, const char *name, const void *options, struct rq_error *err)
{
	char path[256];

	if (embedder == NULL || embedder->ready == NULL || embedder->ready(options, err) == RQ_OK)
		return RQ_OK;
	snprintf(path, sizeof path, "embedders.%s", name);
	return rq_options_fail_within(err, path, embedder->options);
}

enum rq_status rq_stage_ready(struct rq_pipeline *pipeline, struct rq_error *err)
{
	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_side_config *config = &pipeline->config->sides[side];
		char place[64];
		snprintf(place, sizeof place, "%s.index", config->name);
		if (config->retriever != NULL && config->retriever->ready != NULL)
			RQ_TRY(config->retriever->ready(config->retriever_options, place, err));
		if (!rq_side_has_vectors(config) || !may_ask(pipeline))
			continue;
		const struct rq_embed_job job = rq_embed_job_of(pipeline, side);
		RQ_TRY(check_embedder(config->embedder, config->embedder_name, config->embedder_options, err));
		if (rq_embed_part_work(&job) > 1)
			RQ_TRY(check_embedder(config->document_embedder, config->document_embedder_name, config->document_embedder_options, err));
	}
	return RQ_OK;
}
