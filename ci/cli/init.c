/* rqgate init: a starter config for a BEIR folder, with a margin that its topics can decide, and a README that explains it. */
#include "ci/cli/command.h"
#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "metrics/stats/stats.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	bool force;
	const char *split;
};

static const struct rq_flag flags[] = {
	{"--split", "NAME", RQ_FLAG_STRING, offsetof(struct options, split), "which qrels/NAME.tsv to use (default: test)"},
	{"--force", NULL, RQ_FLAG_BOOL, offsetof(struct options, force), "overwrite gate.json and README.md that are there"},
	RQ_FLAGS_END,
};

struct dataset {
	char *folder; /* absolute */
	const char *split, *corpus, *topics, *qrels;
	size_t documents, scored, judgments;
};

static enum rq_status absolute(char **out, const char *path, struct rq_arena *arena, struct rq_error *err)
{
	char *real = realpath(path, NULL);

	if (real == NULL && errno == ENOMEM)
		return rq_fail_memory(err);
	if (real == NULL)
		return rq_fail(err, RQ_E_IO, "\"%s\": cannot open: %s", path, strerror(errno));
	*out = rq_arena_strdup(arena, real);
	free(real);
	return *out == NULL ? rq_fail_memory(err) : RQ_OK;
}

/* How `to` is named from the folder `from`, both absolute: "../help-centre". */
static const char *relative(const char *from, const char *to, struct rq_arena *arena)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	size_t common = 0;

	for (size_t i = 0;; i++) {
		bool from_ends = from[i] == '/' || from[i] == '\0', to_ends = to[i] == '/' || to[i] == '\0';
		if (from_ends && to_ends)
			common = i;
		if (from[i] != to[i] || from[i] == '\0')
			break;
	}
	for (const char *rest = from + common; *rest != '\0'; rest++)
		if (rest[0] == '/' && rest[1] != '\0')
			rq_buf_puts(&text, text.size == 0 ? ".." : "/..");
	const char *rest = to[common] == '/' ? to + common + 1 : to + common;
	if (rest[0] != '\0')
		rq_buf_printf(&text, "%s%s", text.size == 0 ? "" : "/", rest);
	return text.failed ? NULL : rq_arena_strdup(arena, text.size == 0 ? "." : text.data);
}

static enum rq_status count(struct dataset *dataset, struct rq_error *err)
{
	static const char *const fields[] = {"title", "text"};
	struct rq_corpus corpus = {0};
	struct rq_topics topics = {0};
	struct rq_qrels qrels = {0};
	enum rq_status status = rq_corpus_load(&corpus, dataset->corpus, fields, 2, err);

	if (status == RQ_OK)
		status = rq_topics_load(&topics, dataset->topics, err);
	if (status == RQ_OK)
		status = rq_qrels_load(&qrels, dataset->qrels, err);
	dataset->documents = corpus.count;
	dataset->judgments = qrels.judgments;
	for (size_t i = 0; status == RQ_OK && i < topics.count; i++)
		dataset->scored += topics.topics[i].answerable && rq_qrels_find(&qrels, topics.topics[i].id) != NULL;
	rq_corpus_release(&corpus);
	rq_topics_release(&topics);
	rq_qrels_release(&qrels);
	return status;
}

static enum rq_status look(struct dataset *dataset, const char *path, const char *split, struct rq_arena *arena, struct rq_error *err)
{
	RQ_TRY(absolute(&dataset->folder, path, arena, err));
	dataset->corpus = rq_arena_printf(arena, "%s/corpus.jsonl", dataset->folder);
	dataset->topics = rq_arena_printf(arena, "%s/queries.jsonl", dataset->folder);
	dataset->qrels = rq_arena_printf(arena, "%s/qrels/%s.tsv", dataset->folder, split);
	if (dataset->corpus == NULL || dataset->topics == NULL || dataset->qrels == NULL)
		return rq_fail_memory(err);
	if (!rq_file_exists(dataset->corpus) || !rq_file_exists(dataset->topics) || !rq_file_exists(dataset->qrels))
		return rq_fail(err, RQ_E_IO, "\"%s\": is no BEIR folder; expected corpus.jsonl, queries.jsonl and qrels/%s.tsv in it (--split names other qrels)", path, split);
	RQ_TRY(count(dataset, err));
	if (dataset->scored < 18)
		return rq_fail(err, RQ_E_DATA, "\"%s\": %zu judged topics can decide no margin under 0.20; judge more before gating on them", path, dataset->scored);
	return RQ_OK;
}

static void write_config(struct rq_buf *out, const char *path, const char *split, double margin)
{
	rq_buf_puts(out, "{\n  \"schema_version\": 1,\n  \"dataset\": {\"path\": ");
	rq_json_quote(out, path);
	rq_buf_puts(out, ", \"split\": ");
	rq_json_quote(out, split);
	rq_buf_printf(out,
	              "},\n"
	              "  \"embedders\": {\n"
	              "    \"standard\": {\"kind\": \"lsa\", \"dim\": 256, \"seed\": 1}\n"
	              "  },\n"
	              "  \"baseline\": {\n"
	              "    \"embedder\": \"standard\",\n"
	              "    \"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW32,Flat\", \"build\": \"efConstruction=200\", \"search\": \"efSearch=64\", \"seed\": 1}\n"
	              "  },\n"
	              "  \"candidate\": {\n"
	              "    \"index\": {\"search\": \"efSearch=32\"}\n"
	              "  },\n"
	              "  \"metrics\": [\"RR@10\", \"nDCG@10\"],\n"
	              "  \"gates\": [\n"
	              "    \"drop(nDCG@10) <= %.2f\",\n"
	              "    \"drop(RR@10) <= %.2f\",\n"
	              "    \"ann_recall@10 >= 0.95\",\n"
	              "    \"latency.p99 <= 50ms\"\n"
	              "  ],\n"
	              "  \"reports\": {\"json\": \"out/report.json\", \"md\": \"out/report.md\"}\n"
	              "}\n",
	              margin, margin);
}

static void write_readme(struct rq_buf *out, const struct dataset *dataset, double margin)
{
	rq_buf_printf(
		out,
		"# Retrieval gate\n\n"
		"`rqgate run gate.json` compares two ways to search %zu documents on %zu judged topics (%zu judgments) and exits 0 when the candidate may roll out, 1 when it may not.\n\n"
		"| key | what it says, and what to change |\n|---|---|\n"
		"| `dataset` | the corpus, the topics and their judgments |\n"
		"| `embedders` | `lsa` needs no model and no network, so that the gate runs from the start; put your own model's vectors here with `{\"kind\": \"vectors\", \"corpus\": \"c.npy\", "
		"\"topics\": \"t.npy\"}` |\n"
		"| `baseline` | what serves today |\n"
		"| `candidate` | what shall be rolled out: it inherits every key that it does not name. Here it searches with a smaller efSearch |\n"
		"| `gates` | the contracts. `drop(nDCG@10) <= %.2f` passes when a larger drop is ruled out with 95 %% confidence and fails when a drop is shown |\n\n"
		"The margin of %.2f is one that %zu topics can decide; the smallest they ever can is %.2f. A smaller margin needs more judged topics: 3.5 / margin at the least, in practice about "
		"twice that.\n\n"
		"- An undecided gate warns and exits 0 under `\"profile\": \"pr\"`; under `release` it exits 2.\n"
		"- Add a floor once you know your numbers: `\"RR@10 >= 0.80\"`.\n"
		"- Latency gates only warn unless you write `{\"kind\": \"max\", \"metric\": \"latency.p99\", \"value\": \"50ms\", \"level\": \"error\"}`: shared runners are noisy.\n"
		"- Try a change without editing: `rqgate run gate.json --set candidate.index.search=efSearch=8`.\n"
		"- `rqgate drift gate.json` every week tells whether the model, the texts or what is found have moved since a reference, which it makes the first time. Gates such as\n"
		"  `\"drift.silent_change\"` or `\"drift.knn_jaccard >= 0.7\"` are its own, and `run` leaves them out.\n"
		"- Do not commit `.rqgate/` and `out/`; let your CI cache `.rqgate/cache`, and an unchanged run takes well under a second.\n"
		"- `rqgate schema config` prints every key.\n",
		dataset->documents, dataset->scored, dataset->judgments, margin, margin, dataset->scored, rq_smallest_margin(dataset->scored));
}

/* Nothing is written before both places are free. */
static enum rq_status open_files(struct rq_output outputs[2], const char *folder, bool force, struct rq_arena *arena, struct rq_error *err)
{
	const char *const paths[] = {rq_path_join(arena, folder, "gate.json"), rq_path_join(arena, folder, "README.md")};

	for (size_t i = 0; i < 2; i++) {
		if (paths[i] == NULL)
			return rq_fail_memory(err);
		if (!force && rq_file_exists(paths[i]))
			return rq_fail(err, RQ_E_USAGE, "\"%s\" is there already; choose another folder or overwrite it with --force", paths[i]);
	}
	for (size_t i = 0; i < 2; i++)
		RQ_TRY(rq_output_open(&outputs[i], paths[i], err));
	return RQ_OK;
}

/* Both files or neither. */
static enum rq_status write_files(struct rq_output outputs[2], const char *config_path, const struct rq_buf *config, const struct rq_buf *readme, struct rq_error *err)
{
	const struct rq_buf *const texts[] = {config, readme};

	for (size_t i = 0; i < 2; i++) {
		RQ_TRY(rq_buf_check(texts[i], err));
		(void)!fwrite(texts[i]->data, 1, texts[i]->size, outputs[i].stream); /* a short write shows in ferror, which settling checks */
	}
	for (size_t i = 0; i < 2; i++)
		RQ_TRY(rq_output_settle(&outputs[i], err));
	RQ_TRY(rq_output_commit(&outputs[0], err));
	enum rq_status status = rq_output_commit(&outputs[1], err);
	if (status != RQ_OK)
		unlink(config_path);
	return status;
}

static void release_files(struct rq_output (*outputs)[2])
{
	rq_output_release(&(*outputs)[0]);
	rq_output_release(&(*outputs)[1]);
}

/* The two files, in a folder that is there. */
static enum rq_status fill_folder(const char *folder, const struct dataset *dataset, bool force, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf config = {0}, readme = {0};
	RQ_CLEANUP(release_files) struct rq_output outputs[2] = {0};
	double margin = rq_standard_margin(dataset->scored);
	char *here;

	RQ_TRY(absolute(&here, folder, arena, err));
	const char *path = relative(here, dataset->folder, arena), *config_path = rq_path_join(arena, folder, "gate.json");
	if (path == NULL || config_path == NULL)
		return rq_fail_memory(err);
	write_config(&config, path, dataset->split, margin);
	write_readme(&readme, dataset, margin);
	RQ_TRY(open_files(outputs, folder, force, arena, err));
	return write_files(outputs, config_path, &config, &readme, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf told = {0};
	const struct options *chosen = options;
	const char *folder = arguments->count > 1 ? arguments->items[1] : "rqgate", *shown = rq_arena_show(&arena, folder);
	struct dataset dataset = {.split = chosen->split == NULL ? "test" : chosen->split};

	if (shown == NULL)
		return rq_fail_memory(err);
	RQ_TRY(look(&dataset, arguments->count > 0 ? arguments->items[0] : ".", dataset.split, &arena, err));
	rq_buf_printf(&told, "wrote %s/gate.json and %s/README.md: %zu documents, %zu judged topics, margin %.2f\nnext: rqgate run \"%s/gate.json\"\n", shown, shown, dataset.documents,
	              dataset.scored, rq_standard_margin(dataset.scored), shown);
	RQ_TRY(rq_buf_check(&told, err));
	size_t there = rq_folders_there(folder);
	RQ_TRY(rq_make_folders(folder, err));
	enum rq_status status = fill_folder(folder, &dataset, chosen->force, &arena, err);
	if (status != RQ_OK)
		rq_remove_folders(folder, there);
	*exit_code = 0;
	return status == RQ_OK ? rq_print(&told, err) : status;
}

const struct rq_command rq_command_init = {
	.name = "init",
	.summary = "write a starter config for a dataset, and a README that explains it",
	.arguments = "[DATASET [FOLDER]]",
	.least = 0,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Reads the BEIR folder DATASET (corpus.jsonl, queries.jsonl, qrels/test.tsv; default: here) and writes FOLDER/gate.json (default: rqgate/) with\n"
	        "gates whose margin this number of judged topics can decide.\n"
	        "example: rqgate init datasets/example my-gate && rqgate run my-gate/gate.json",
	.run = run,
};
