/* The way back: the snapshot before the current one, and its last drill, where a gate asks for them. */
#include "evalcore/pipeline/stages.h"

#include "datasets/datasets.h"
#include "evalcore/base/parse.h"
#include "evalcore/snapshot/drill.h"

#include <string.h>
#include <time.h>

enum { SHOWN = 12 };
static const double WAIT = 5; /* seconds, for a job that prunes */

static enum rq_status bytes_of(double *bytes, const struct rq_vault *vault, const char *sha256, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};

	RQ_TRY(rq_vault_read(&manifest, vault, sha256, err));
	for (size_t i = 0; i < manifest.file_count; i++)
		*bytes += (double)manifest.files[i].bytes;
	return RQ_OK;
}

/* A drill that passed says what was there then. */
static enum rq_status look_for_loss(struct rq_rollback *rollback, const struct rq_vault *vault, const char *sha256, struct rq_arena *arena,
                                    struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	struct rq_error why = {0};

	if (rq_vault_read(&manifest, vault, sha256, &why) == RQ_OK && rq_snapshot_look(&manifest, vault, &why) == RQ_OK)
		return RQ_OK;
	if (why.status == RQ_E_NOMEM)
		return rq_fail_memory(err);
	rollback->lost = rq_arena_strdup(arena, why.text);
	return rollback->lost == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* A record that may not be withdrawn here says nothing of damage that was found since: every byte is read. */
static enum rq_status look_for_damage(struct rq_rollback *rollback, const struct rq_vault *vault, const char *sha256,
                                      struct rq_arena *arena, struct rq_error *err)
{
	struct rq_checked checked;

	if (rollback->lost != NULL || !rollback->passed || rq_drill_may_revoke(vault))
		return RQ_OK;
	RQ_TRY(rq_snapshot_verify(&checked, vault, &sha256, 1, NULL, arena, err));
	if (checked.count > 0)
		rollback->lost = checked.damages[0].reason;
	return RQ_OK;
}

/* ---- is it of what serves? ---- */

/* Snapshots beside a side of the config: `same` where one of them may be the side's, then nothing else is looked at. */
struct beside {
	const struct rq_pipeline *pipeline;
	const struct rq_vault *vault;
	bool same;
	bool other_ids;   /* one has the index, and other ids of it */
	double dimension; /* of one that differs; 0: none */
};

static enum rq_status have_same_ids(bool *same, const struct rq_manifest *manifest, const struct rq_vault *vault,
                                    const struct rq_searcher *searcher, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf bytes = {0};
	RQ_CLEANUP(rq_ids_release) struct rq_ids ids = {0};
	const char *name = rq_manifest_role(manifest, "ids");

	*same = false;
	if (name == NULL)
		return RQ_OK;
	RQ_TRY(rq_snapshot_peek(&bytes, manifest, name, vault, err));
	RQ_TRY(rq_ids_from(&ids, name, bytes.data, bytes.size, err));
	*same = ids.count == searcher->rows;
	for (uint32_t i = 0; *same && i < ids.count; i++)
		*same = strcmp(ids.names[i], rq_searcher_id(searcher, i)) == 0;
	return RQ_OK;
}

/* What is opened from a file is known by its digest, and by the ids of its rows, which say what it answers. Of what is
 * built here, or searched elsewhere, no more is known than how long its vectors are. */
static enum rq_status look_beside(struct beside *beside, const char *sha256, enum rq_side side, struct rq_error *err)
{
	RQ_CLEANUP(rq_manifest_release) struct rq_manifest manifest = {0};
	const struct rq_side_config *config = &beside->pipeline->config->sides[side];
	const struct rq_searcher *searcher = &beside->pipeline->searchers[side];

	if (beside->same || (config->index.file == NULL && beside->pipeline->config->sides[RQ_BASELINE].index.file != NULL))
		return RQ_OK;
	RQ_TRY(rq_vault_read(&manifest, beside->vault, sha256, err));
	if (config->index.file == NULL) {
		const struct rq_manifest_fact *dimension = rq_manifest_fact(&manifest, "index.dimension");
		size_t own = rq_side_has_vectors(config) ? rq_side_embedding(beside->pipeline, side)->topics.d : 0;
		bool differs = dimension != NULL && dimension->text == NULL && own > 0 && dimension->number != (double)own;
		beside->dimension = differs ? dimension->number : beside->dimension;
		beside->same = !differs;
		return RQ_OK;
	}
	const char *index = rq_manifest_role(&manifest, "index");
	if (index == NULL || strcmp(rq_manifest_file(&manifest, index)->sha256, searcher->sha256) != 0)
		return RQ_OK;
	RQ_TRY(have_same_ids(&beside->same, &manifest, beside->vault, searcher, err));
	beside->other_ids = beside->other_ids || !beside->same;
	return RQ_OK;
}

static const char *tell_elsewhere(const struct beside *beside, struct rq_arena *arena)
{
	const struct rq_side_config *baseline = &beside->pipeline->config->sides[RQ_BASELINE];
	const char *folder = rq_arena_show(arena, beside->vault->path);
	const char *file = baseline->index.file == NULL ? "" : rq_arena_show(arena, baseline->index.file);

	if (folder == NULL || file == NULL)
		return NULL;
	if (baseline->index.file == NULL)
		return rq_arena_printf(arena, "\"%s\" keeps indexes of %.0f dimensions, and the baseline has %zu", folder,
		                       beside->dimension, rq_side_embedding(beside->pipeline, RQ_BASELINE)->topics.d);
	return rq_arena_printf(arena, "\"%s\" keeps %s than the baseline's, \"%s\"", folder,
	                       beside->other_ids ? "that index with other ids" : "another index", file);
}

/* Known is what serves until the release where the baseline is an index file. Where that is neither the current
 * snapshot nor the one before, nor is the candidate current already, the way back leads elsewhere. */
static enum rq_status look_for_index(struct rq_rollback *rollback, const struct rq_vault *vault, const char *current, const char *previous,
                                     const struct rq_pipeline *pipeline, struct rq_arena *arena, struct rq_error *err)
{
	const struct rq_side_config *sides = pipeline->config->sides;
	struct beside beside = {.pipeline = pipeline, .vault = vault};

	if (rollback->lost != NULL)
		return RQ_OK;
	if (sides[RQ_BASELINE].index.file == NULL)
		rollback->unseen = rq_side_has_vectors(&sides[RQ_BASELINE]) && sides[RQ_BASELINE].backend != NULL
		                       ? "the baseline is built in this run, so whether it was kept is not known"
		                       : "the baseline is no index file, so whether it was kept is not known";
	RQ_TRY(look_beside(&beside, current, RQ_BASELINE, err));
	RQ_TRY(look_beside(&beside, current, RQ_CANDIDATE, err));
	RQ_TRY(look_beside(&beside, previous, RQ_BASELINE, err));
	if (beside.same)
		return RQ_OK;
	rollback->elsewhere = tell_elsewhere(&beside, arena);
	return rollback->elsewhere == NULL ? rq_fail_memory(err) : RQ_OK;
}

static enum rq_status look(struct rq_rollback *rollback, struct rq_pipeline *pipeline, struct rq_arena *arena,
                           struct rq_error *err)
{
	RQ_CLEANUP(rq_vault_close) struct rq_vault vault = {0};
	char current[RQ_SHA256_HEX], previous[RQ_SHA256_HEX];
	struct rq_drill drill;

	RQ_TRY(rq_vault_open(&vault, pipeline->config->snapshots, RQ_VAULT_READ, WAIT, err));
	if (vault.lock < 0)
		RQ_TRY(rq_run_remark(&pipeline->comparison, true, err, "\"%s\": " RQ_VAULT_UNLOCKED, vault.path));
	RQ_TRY(rq_vault_current(current, previous, &vault, err));
	if (previous[0] == '\0')
		return RQ_OK;
	rollback->previous = rq_arena_strndup(arena, previous, SHOWN);
	if (rollback->previous == NULL)
		return rq_fail_memory(err);
	RQ_TRY(look_for_loss(rollback, &vault, previous, arena, err));
	RQ_TRY(bytes_of(&rollback->next_bytes, &vault, current, err));
	RQ_TRY(look_for_index(rollback, &vault, current, previous, pipeline, arena, err));
	RQ_TRY(rq_drill_last(&drill, &rollback->drilled, &vault, previous, arena, err));
	if (!rollback->drilled)
		return RQ_OK;
	rollback->passed = drill.passed;
	rollback->why = drill.reason;
	rollback->to = drill.to;
	rollback->in_memory = rq_drill_was_in_memory(&drill);
	rollback->age = (double)((int64_t)time(NULL) - drill.seconds_since_1970);
	rollback->seconds = drill.total;
	rollback->bytes = (double)drill.bytes;
	return look_for_damage(rollback, &vault, previous, arena, err);
}

enum rq_status rq_stage_rollback(struct rq_pipeline *pipeline, struct rq_error *err)
{
	struct rq_comparison *comparison = &pipeline->comparison;
	struct rq_error why = {0};

	if ((pipeline->config->measured & RQ_MEASURE_ROLLBACK) == 0)
		return RQ_OK;
	struct rq_rollback *rollback = rq_arena_alloc(&comparison->arena, 1, sizeof *rollback);
	if (rollback == NULL)
		return rq_fail_memory(err);
	comparison->rollback = rollback;
	if (pipeline->config->snapshots == NULL) {
		rollback->absent = "cannot be told: the config names no folder of \"snapshots\"";
		return RQ_OK;
	}
	if (look(rollback, pipeline, &comparison->arena, &why) == RQ_OK)
		return RQ_OK;
	if (why.status == RQ_E_NOMEM || why.status == RQ_E_INTERRUPTED)
		return rq_fail(err, why.status, "%s", why.text);
	rollback->absent = rq_arena_printf(&comparison->arena, "cannot be told: %s", why.text);
	return rollback->absent == NULL ? rq_fail_memory(err) : RQ_OK;
}
