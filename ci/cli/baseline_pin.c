/* rqgate baseline pin, unpin and verify: which one gates of kind "pinned" compare with, and whether all are whole. */
#include "ci/cli/baseline.h"
#include "ci/cli/style.h"
#include "datasets/datasets.h"
#include "evalcore/base/parse.h"
#include "evalcore/baseline/baseline.h"
#include "evalcore/pipeline/config_dataset.h"

#include <string.h>

struct options {
	struct rq_baseline_options where;
};

static const struct rq_flag flags[] = {
	RQ_BASELINE_FLAGS(struct options),
	RQ_FLAGS_END,
};

static enum rq_status pin(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *folder;

	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &((const struct options *)given)->where, &arena, err));
	RQ_TRY(rq_baseline_pin(folder, arguments->items[0], err));
	rq_buf_printf(&text, "gates of kind \"pinned\" compare with \"%s\" from now on: %s/pinned; commit it\n", arguments->items[0], folder);
	return rq_print_lines(&text, err);
}

static enum rq_status unpin(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *folder;
	bool was_pinned;

	(void)arguments;
	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &((const struct options *)given)->where, &arena, err));
	RQ_TRY(rq_baseline_unpin(&was_pinned, folder, err));
	rq_buf_puts(&text, was_pinned ? "no baseline is pinned any more\n" : "no baseline was pinned\n");
	return rq_print_lines(&text, err);
}

/* ---- verify ---- */

/* The judgments that the scores are held against: those of the config, where one is named and they are the ones. */
static enum rq_status load_judgments(struct rq_qrels *qrels, const struct options *options, struct rq_arena *arena, struct rq_error *err)
{
	struct rq_dataset_config dataset = {0};

	if (options->where.config == NULL)
		return RQ_OK;
	RQ_TRY(rq_dataset_config_open(&dataset, options->where.config, &(struct rq_dataset_config){0}, arena, err));
	return dataset.qrels == NULL ? RQ_OK : rq_qrels_load(qrels, dataset.qrels, err);
}

/* Those that rankings and judgments alone do not give. */
static void name_stored(struct rq_buf *out, const struct rq_baseline *baseline)
{
	size_t count = 0;

	for (size_t i = 0; i < baseline->metric_count; i++)
		if (!baseline->metrics[i].is_judged)
			rq_buf_printf(out, "%s%s", count++ == 0 ? "; not computed anew, for a baseline keeps neither vectors nor texts: " : ", ",
			              baseline->metrics[i].name);
}

static enum rq_status verify_one(struct rq_buf *out, const char *folder, const char *name, const struct rq_qrels *qrels, struct rq_error *err)
{
	RQ_CLEANUP(rq_baseline_release) struct rq_baseline baseline = {0};

	RQ_TRY(rq_baseline_read(&baseline, folder, name, err));
	RQ_TRY(rq_baseline_read_rankings(&baseline, err));
	const char *digest = rq_baseline_digest(&baseline, "qrels"), *differs;
	bool judged = qrels->count > 0 && digest != NULL && strcmp(digest, qrels->sha256) == 0;
	RQ_TRY(rq_baseline_differs(&differs, &baseline, "metrics_version", &(struct rq_comparison){0}, &baseline.arena, err));
	if (judged && differs == NULL)
		RQ_TRY(rq_baseline_check_scores(&baseline, qrels, err));
	rq_buf_printf(out, "%s: whole%s", name,
	              judged && differs == NULL ? ", its scores are those of its rankings"
	              : judged                  ? "; its scores are those of another version of the metrics, and were not computed anew"
	              : qrels->count > 0        ? "; its scores are on other judgments, and were not computed anew"
	                                        : "; --config has its scores computed anew too");
	if (judged && differs == NULL)
		name_stored(out, &baseline);
	rq_buf_puts(out, "\n");
	return RQ_OK;
}

static enum rq_status verify(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	RQ_CLEANUP(rq_qrels_release) struct rq_qrels qrels = {0};
	const struct options *options = given;
	const char *folder;
	struct rq_strings names = *arguments;

	*exit_code = 0;
	RQ_TRY(rq_baselines_from(&folder, &options->where, &arena, err));
	if (names.count == 0)
		RQ_TRY(rq_baseline_list(&names, folder, &arena, err));
	RQ_TRY(load_judgments(&qrels, options, &arena, err));
	for (size_t i = 0; i < names.count; i++) {
		struct rq_error why = {0};
		enum rq_status status = verify_one(&text, folder, names.items[i], &qrels, &why);
		if (status != RQ_OK && status != RQ_E_DATA && status != RQ_E_IO)
			return rq_fail(err, status, "%s", why.text);
		if (status == RQ_OK)
			continue;
		char shown[2 * sizeof why.text];
		rq_show_text(shown, sizeof shown, why.text);
		rq_buf_printf(&text, "%s: damaged: %s\n", names.items[i], shown);
		*exit_code = 1;
	}
	if (names.count == 0)
		rq_buf_printf(&text, "%s: there are no baselines yet\n", folder);
	return rq_print_lines(&text, err);
}

const struct rq_command rq_action_baseline_pin = {
	.name = "baseline pin",
	.summary = "have gates of kind \"pinned\" compare with it",
	.arguments = "NAME",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Names a baseline in the file \"pinned\" beside the others. Gates of kind \"pinned\" compare the candidate with it at 1.5 times their "
            "margin,\n"
			"so that many small drops, each within the margin of the release before it, cannot pass one by one. Another pin replaces it.\n"
			"example: rqgate baseline pin release-2026-01",
	.run = pin,
};

const struct rq_command rq_action_baseline_unpin = {
	.name = "baseline unpin",
	.summary = "pin none",
	.arguments = "",
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Removes the file \"pinned\". Gates of kind \"pinned\" that name no baseline lack their data then, and fail.\n"
	        "example: rqgate baseline unpin",
	.run = unpin,
};

const struct rq_command rq_action_baseline_verify = {
	.name = "baseline verify",
	.summary = "read them, and compare their digests",
	.arguments = "[NAME ...]",
	.most = 1000,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads the named baselines, or all, compares the digests of their rankings and, with --config and where its judgments are those of the\n"
	        "approval, computes every score on judgments anew, and names those that it cannot. What was changed in a baseline.json since its\n"
	        "approval is found in any case: a digest of what it says is in it.\n"
	        "Exits 0 when all are whole and 1 when some are damaged.\n"
	        "example: rqgate baseline verify --config gate.json",
	.run = verify,
};
