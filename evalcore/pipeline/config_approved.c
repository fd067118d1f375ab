/* Approved baselines in a config: as the baseline, and those that gates compare with beside it. */
#include "evalcore/pipeline/config_approved.h"

#include "evalcore/base/file.h"

#include <string.h>

enum rq_status rq_config_parse_approved(struct rq_side_config *side, const char *name, const char *corpus, struct rq_config *config,
                                        struct rq_error *err)
{
	struct rq_arena *arena = &config->arena;

	if (side != &config->sides[RQ_BASELINE])
		return rq_fail(err, RQ_E_CONFIG, "%s.approved: an approved baseline has no vectors to search with, so only the baseline can be one",
		               side->name);
	if (rq_baseline_check_name(name, err) != RQ_OK)
		return rq_fail_within(err, "%s.approved", side->name);
	const char *folder = rq_path_join(arena, config->baselines, name);
	side->approved = side->shown = name;
	side->corpus = corpus;
	side->run = rq_path_join(arena, folder, RQ_BASELINE_RANKED);
	side->approved_file = rq_path_join(arena, folder, RQ_BASELINE_FILE);
	return side->run == NULL || side->approved_file == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_config_need_pinned(struct rq_config *config, const char *name, struct rq_error *err)
{
	for (size_t i = 0; i < config->pinned_count; i++)
		if (name == config->pinned[i] || (name != NULL && config->pinned[i] != NULL && strcmp(name, config->pinned[i]) == 0))
			return RQ_OK;
	const char **grown = rq_arena_alloc(&config->arena, config->pinned_count + 1, sizeof *grown);
	if (grown == NULL)
		return rq_fail_memory(err);
	if (config->pinned_count > 0)
		memcpy(grown, config->pinned, config->pinned_count * sizeof *grown);
	grown[config->pinned_count++] = name;
	config->pinned = grown;
	return RQ_OK;
}
