/* rqgate dataset sample: a smaller data set of the same topics. */
#include "ci/cli/dataset.h"
#include "datasets/sample.h"
#include "evalcore/base/parse.h"
struct options {
	struct rq_dataset_options dataset;
	const char *out, *vectors, *ids;
	struct rq_strings runs;
	struct rq_flag_number distractors, seed;
	int64_t depth;
};

enum { STANDARD_DEPTH = 100, STANDARD_DISTRACTORS = 1000, STANDARD_SEED = 1 };

static const struct rq_flag flags[] = {
	RQ_DATASET_FLAGS(struct options),
	{"--out", "FOLDER", RQ_FLAG_STRING, offsetof(struct options, out), "where the sample goes: a folder that is not there, or empty"},
	{"--distractors", "N", RQ_FLAG_NUMBER, offsetof(struct options, distractors), "documents to draw from the rest; parents where there are chunks (default: 1000)"},
	{"--seed", "N", RQ_FLAG_NUMBER, offsetof(struct options, seed), "another seed draws others (default: 1)"},
	{"--run", "FILE", RQ_FLAG_LIST, offsetof(struct options, runs), "a run whose best documents are kept; may be repeated"},
	{"--depth", "K", RQ_FLAG_COUNT, offsetof(struct options, depth), "how many of each topic of a run (default: 100)"},
	{"--vectors", "FILE", RQ_FLAG_STRING, offsetof(struct options, vectors), "a file of the vectors of the corpus, cut to vectors.npy and vectors.ids"},
	{"--ids", "FILE", RQ_FLAG_STRING, offsetof(struct options, ids), "the ids of those rows (default: the corpus's order)"},
	RQ_FLAGS_END,
};

static enum rq_status check(const struct options *chosen, const struct rq_dataset_config *dataset, struct rq_error *err)
{
	if (chosen->out == NULL)
		return rq_fail(err, RQ_E_USAGE, "--out: missing; expected the folder that the sample goes to");
	if (dataset->corpus == NULL || dataset->topics == NULL || dataset->qrels == NULL)
		return rq_fail(err, RQ_E_USAGE, "a sample needs a corpus, topics and judgments; name them with --corpus, --topics and --qrels, or a BEIR folder");
	if (chosen->ids != NULL && chosen->vectors == NULL)
		return rq_fail(err, RQ_E_USAGE, "--ids names the rows of --vectors, which is missing");
	return RQ_OK;
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *chosen = options;
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_dataset_config dataset;
	struct rq_sample_counts counts;
	char shown[1024];

	*exit_code = 0;
	RQ_TRY(rq_dataset_from(&dataset, &chosen->dataset, arguments, &arena, err));
	RQ_TRY(check(chosen, &dataset, err));
	struct rq_sample_request request = {
		.corpus = dataset.corpus,
		.topics = dataset.topics,
		.qrels = dataset.qrels,
		.fields = dataset.fields.items,
		.field_count = dataset.fields.count,
		.split = dataset.split,
		.runs = chosen->runs.items,
		.run_count = chosen->runs.count,
		.vectors = chosen->vectors,
		.ids = chosen->ids,
		.out = chosen->out,
		.rule = {
			.distractors = chosen->distractors.given ? (size_t)chosen->distractors.value : STANDARD_DISTRACTORS,
			.depth = chosen->depth > 0 ? (size_t)chosen->depth : STANDARD_DEPTH,
			.seed = chosen->seed.given ? (uint64_t)chosen->seed.value : STANDARD_SEED,
		},
	};
	if (!RQ_RESERVE(text.data, text.capacity, sizeof shown + 256)) /* once the sample stands, nothing may fail for want of memory */
		return rq_fail_memory(err);
	RQ_TRY(rq_sample_make(&counts, &request, err));
	rq_show_text(shown, sizeof shown, chosen->out);
	rq_buf_printf(&text, "wrote %s: %zu of %zu documents, %zu judged, %zu from runs, %zu distractors\nsampled corpus: absolute values are optimistic\n", shown,
	              counts.judged + counts.from_runs + counts.distractors, counts.source, counts.judged, counts.from_runs, counts.distractors);
	return rq_print(&text, err);
}

const struct rq_command rq_action_dataset_sample = {
	.name = "dataset sample",
	.summary = "write a smaller corpus: judged documents, the best of given runs, distractors",
	.arguments = "[FOLDER|CONFIG]",
	.least = 0,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Writes a BEIR folder with all topics and judgments, every judged document, the best of each --run, and distractors drawn by a seeded hash of their ids:\n"
	        "the same whatever the order of the file. Documents with a parent are kept with all its chunks. FOLDER/sample.json says what was done; while it stands\n"
	        "beside the corpus every report says \"sampled corpus: absolute values are optimistic\", so copy the two together.\n"
	        "example: rqgate dataset sample my-data --out small --distractors 1000 --run base.run",
	.run = run,
};
