/* Finds the files behind a report by its config, and takes none that has changed since. */
#include "ci/cli/report_data.h"

#include "datasets/datasets.h"
#include "evalcore/base/parse.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LACKING_MAXIMUM = 8 };

RQ_PRINTF(3, 4)
static enum rq_status lack(struct rq_report_data *data, struct rq_error *err, const char *format, ...)
{
	char text[2048];
	va_list args;

	if (data->lacking == NULL)
		data->lacking = rq_arena_alloc(&data->arena, LACKING_MAXIMUM, sizeof *data->lacking);
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	const char *kept = data->lacking == NULL ? NULL : rq_arena_strdup(&data->arena, text);
	if (kept == NULL)
		return rq_fail_memory(err);
	if (data->lacking_count < LACKING_MAXIMUM)
		data->lacking[data->lacking_count++] = kept;
	return RQ_OK;
}

/* What went wrong with one file is no reason to show nothing; what goes wrong with the program is. */
static bool is_of_the_file(const struct rq_error *why)
{
	return why->status == RQ_E_IO || why->status == RQ_E_DATA || why->status == RQ_E_CONFIG || why->status == RQ_E_USAGE;
}

static enum rq_status not_read(struct rq_report_data *data, const struct rq_error *why, const char *what, struct rq_error *err)
{
	if (!is_of_the_file(why))
		return rq_fail(err, why->status, "%s", why->text);
	return lack(data, err, "%s are left out: %s", what, why->text);
}

static enum rq_status changed(struct rq_report_data *data, const char *path, const char *what, struct rq_error *err)
{
	return lack(data, err, "%s are left out: \"%s\" is no longer what the report was made of", what, path);
}

static bool is_input(const struct rq_report_file *report, const char *name, const char *sha256)
{
	const char *recorded = rq_comparison_input(&report->comparison, name);

	return recorded != NULL && strcmp(recorded, sha256) == 0;
}

static enum rq_status load_qrels(struct rq_report_data *data, const struct rq_report_file *report, const char *path, struct rq_error *err)
{
	struct rq_error why = {0};

	if (rq_qrels_load(&data->qrels, path, &why) != RQ_OK) {
		rq_qrels_release(&data->qrels);
		return not_read(data, &why, "grades", err);
	}
	if (is_input(report, "qrels", data->qrels.sha256))
		return RQ_OK;
	rq_qrels_release(&data->qrels);
	return changed(data, path, "grades", err);
}

static enum rq_status load_topics(struct rq_report_data *data, const struct rq_report_file *report, const char *path, struct rq_error *err)
{
	struct rq_error why = {0};

	if (rq_topics_load(&data->topics, path, &why) != RQ_OK) {
		rq_topics_release(&data->topics);
		return not_read(data, &why, "queries", err);
	}
	if (is_input(report, "topics", data->topics.sha256))
		return RQ_OK;
	rq_topics_release(&data->topics);
	return changed(data, path, "queries", err);
}

static enum rq_status load_corpus(struct rq_report_data *data, const struct rq_report_file *report, const struct rq_dataset_config *dataset,
                                  const char *path, struct rq_error *err)
{
	struct rq_corpus *corpus = &data->corpora[data->corpus_count];
	struct rq_error why = {0};

	if (rq_corpus_load(corpus, path, dataset->fields.items, dataset->fields.count, &why) != RQ_OK) {
		rq_corpus_release(corpus);
		return not_read(data, &why, "texts", err);
	}
	if (is_input(report, "corpus", corpus->sha256) || is_input(report, "candidate.corpus", corpus->sha256)) {
		data->corpus_count++;
		return RQ_OK;
	}
	rq_corpus_release(corpus);
	return changed(data, path, "texts", err);
}

/* The data set's, or one that a side has of its own: each once. */
static enum rq_status load_corpora(struct rq_report_data *data, const struct rq_report_file *report, const struct rq_config *config,
                                   struct rq_error *err)
{
	const char *paths[RQ_SIDES] = {0};

	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_side_config *of = &config->sides[side];
		paths[side] = of->run != NULL ? NULL : of->corpus != NULL ? of->corpus : config->dataset.corpus;
	}
	if (paths[RQ_BASELINE] == NULL && paths[RQ_CANDIDATE] == NULL)
		paths[RQ_BASELINE] = config->dataset.corpus; /* two run files */
	bool own = rq_comparison_has_other_corpus(&report->comparison);
	for (int side = 0; side < RQ_SIDES; side++) {
		size_t before = data->corpus_count;
		if (paths[side] == NULL || (side == RQ_CANDIDATE && paths[RQ_BASELINE] != NULL && strcmp(paths[side], paths[RQ_BASELINE]) == 0))
			continue;
		RQ_TRY(load_corpus(data, report, &config->dataset, paths[side], err));
		if (own && data->corpus_count > before)
			data->of[side] = &data->corpora[before];
	}
	return RQ_OK;
}

enum rq_status rq_report_data_load(struct rq_report_data *data, const struct rq_report_file *report, const char *path, bool texts,
                                   struct rq_error *err)
{
	RQ_CLEANUP(rq_config_release) struct rq_config config = {0};
	struct rq_error why = {0};

	if (rq_config_load(&config, path != NULL ? path : report->config, &report->set, &why) != RQ_OK) {
		if (is_of_the_file(&why) && path == NULL)
			return lack(data, err, "grades, queries and texts are left out: %s; --config names the config where it is elsewhere", why.text);
		return rq_fail(err, why.status, "%s", why.text);
	}
	data->parents = config.dataset.unit == RQ_UNIT_PARENT;
	RQ_TRY(load_qrels(data, report, config.dataset.qrels, err));
	if (config.dataset.topics != NULL)
		RQ_TRY(load_topics(data, report, config.dataset.topics, err));
	return texts ? load_corpora(data, report, &config, err) : RQ_OK;
}

void rq_report_data_release(struct rq_report_data *data)
{
	for (size_t i = 0; i < data->corpus_count; i++)
		rq_corpus_release(&data->corpora[i]);
	rq_topics_release(&data->topics);
	rq_qrels_release(&data->qrels);
	rq_arena_release(&data->arena);
	*data = (struct rq_report_data){0};
}

void rq_report_data_tell(const struct rq_report_data *data)
{
	char shown[4096];

	for (size_t i = 0; i < data->lacking_count; i++) {
		rq_show_text(shown, sizeof shown, data->lacking[i]);
		fprintf(stderr, "rqgate: note: %s\n", shown);
	}
}
