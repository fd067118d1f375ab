/* The config's tables and their checks. What a key means to its own room (embedder, index) is in that room's table. */
#include "evalcore/pipeline/config.h"

#include "evalcore/base/file.h"
#include "evalcore/base/parse.h"
#include "evalcore/pipeline/config_approved.h"
#include "evalcore/pipeline/config_lexical.h"
#include "evalcore/pipeline/config_retriever.h"
#include "evalcore/pipeline/inherit.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* The top level as it stands in the file; rq_config is what becomes of it. */
struct top {
	int64_t schema_version, cutoff;
	const char *suite;
	int profile;
	const rq_json *dataset, *quality, *embedders, *baseline, *candidate, *exact, *latency, *gates, *reports;
	struct rq_strings metrics;
	int64_t max_failed;
	const char *store, *snapshots;
};

static const char *const profiles[] = {"pr", "release", NULL};

static const struct rq_option top_options[] = {
	{"schema_version", RQ_OPTION_INTEGER, offsetof(struct top, schema_version), "1", false, 1, RQ_CONFIG_SCHEMA_VERSION, NULL, NULL, "version of this file's format"},
	{"suite", RQ_OPTION_STRING, offsetof(struct top, suite), NULL, false, 0, 0, NULL, NULL, "name of this evaluation in reports"},
	{"profile", RQ_OPTION_CHOICE, offsetof(struct top, profile), "\"pr\"", false, 0, 0, profiles, NULL, "pr: an inconclusive gate warns and exits 0; release: it exits 2"},
	{"dataset", RQ_OPTION_RAW, offsetof(struct top, dataset), NULL, true, 0, 0, NULL, NULL, "an object: corpus, topics and qrels, or the path of a BEIR folder"},
	{"quality", RQ_OPTION_RAW, offsetof(struct top, quality), NULL, false, 0, 0, NULL, NULL, "what texts must be like before anything is embedded; without it they are not looked at"},
	{"embedders", RQ_OPTION_RAW, offsetof(struct top, embedders), NULL, false, 0, 0, NULL, NULL, "named embedders, for the sides to refer to"},
	{"baseline", RQ_OPTION_RAW, offsetof(struct top, baseline), NULL, true, 0, 0, NULL, NULL, "an object: what serves today"},
	{"candidate", RQ_OPTION_RAW, offsetof(struct top, candidate), NULL, true, 0, 0, NULL, NULL, "an object: what shall be rolled out; inherits what it does not name from the baseline"},
	{"cutoff", RQ_OPTION_INTEGER, offsetof(struct top, cutoff), NULL, false, 1, 1000000, NULL, NULL, "depth of every search; by default as deep as the metrics and gates look"},
	{"metrics", RQ_OPTION_STRINGS, offsetof(struct top, metrics), "[\"RR@10\", \"nDCG@10\"]", false, 0, 0, NULL, NULL, "metrics to report, by ir_measures names"},
	{"gates", RQ_OPTION_RAW, offsetof(struct top, gates), NULL, true, 0, 0, NULL, NULL, "an array of gates: objects or expressions such as \"drop(nDCG@10) <= 0.03\""},
	{"exact", RQ_OPTION_RAW, offsetof(struct top, exact), "{}", false, 0, 0, NULL, NULL, "exact search, the truth of ann_recall"},
	{"latency", RQ_OPTION_RAW, offsetof(struct top, latency), "{}", false, 0, 0, NULL, NULL, "the timing of single queries"},
	{"max_failed", RQ_OPTION_INTEGER, offsetof(struct top, max_failed), "0", false, 0, 1e9, NULL, NULL, "texts and topics of a side that may fail; with more there is no verdict"},
	{"reports", RQ_OPTION_RAW, offsetof(struct top, reports), NULL, false, 0, 0, NULL, NULL, "reports to write"},
	{"store", RQ_OPTION_PATH, offsetof(struct top, store), NULL, false, 0, 0, NULL, NULL, "a file that keeps what every run found, for \"rqgate history\""},
	{"snapshots", RQ_OPTION_PATH, offsetof(struct top, snapshots), NULL, false, 0, 0, NULL, NULL, "the folder that \"rqgate snapshot\" keeps this index in"},
	RQ_OPTIONS_END,
};

struct side_text {
	const char *run, *approved, *embedder, *document_embedder, *corpus;
	const rq_json *index;
};

static const struct rq_option side_options[] = {
	{"embedder", RQ_OPTION_STRING, offsetof(struct side_text, embedder), NULL, false, 0, 0, NULL, NULL, "a name from \"embedders\"; may be left out where there is one"},
	{"document_embedder", RQ_OPTION_STRING, offsetof(struct side_text, document_embedder), NULL, false, 0, 0, NULL, NULL,
	 "another name from \"embedders\", where the vectors of the documents come from elsewhere than those of the topics"},
	{"index", RQ_OPTION_RAW, offsetof(struct side_text, index), "{\"kind\": \"exact\"}", false, 0, 0, NULL, NULL, "the index to build or open"},
	{"corpus", RQ_OPTION_PATH, offsetof(struct side_text, corpus), NULL, false, 0, 0, NULL, NULL, "a corpus of this side's own (chunked anew, documents added or dropped)"},
	{"run", RQ_OPTION_PATH, offsetof(struct side_text, run), NULL, false, 0, 0, NULL, NULL, "a run file to score instead (TREC, or JSON lines); needs no vectors"},
	{"approved", RQ_OPTION_STRING, offsetof(struct side_text, approved), NULL, false, 0, 0, NULL, NULL,
	 "of the baseline: an approved one, by its name; needs neither vectors nor an index, and what else stands here is for the candidate to inherit"},
	RQ_OPTIONS_END,
};

static const struct rq_option exact_options[] = {
	{"budget", RQ_OPTION_DURATION, offsetof(struct rq_exact_config, budget), "\"10m\"", false, 0, 0, NULL, NULL, "the longest that exact search may take a side"},
	{"truth", RQ_OPTION_PATH, offsetof(struct rq_exact_config, truth), NULL, false, 0, 0, NULL, NULL, "a run file with the exact rankings, instead of searching"},
	{"topics", RQ_OPTION_INTEGER, offsetof(struct rq_exact_config, topics), NULL, false, 1, 1e9, NULL, NULL, "search a seeded sample of so many topics"},
	RQ_OPTIONS_END,
};

static const struct rq_option latency_options[] = {
	{"samples", RQ_OPTION_INTEGER, offsetof(struct rq_latency_config, samples), "1000", false, 0, 1e7, NULL, NULL, "timed queries a side, one at a time; 0 measures nothing"},
	{"embed_samples", RQ_OPTION_INTEGER, offsetof(struct rq_latency_config, embed_samples), "100", false, 0, 1e7, NULL, NULL,
	 "timed embeddings of single topics a side, where a metric or gate asks for embed.*; 0 measures nothing"},
	{"budget", RQ_OPTION_DURATION, offsetof(struct rq_latency_config, budget), "\"20s\"", false, 0, 0, NULL, NULL,
	 "the longest that timing both sides may take, and again that timing their embeddings may"},
	RQ_OPTIONS_END,
};

/* ---- embedders ---- */

struct named_embedder {
	const char *name;
	const struct rq_embedder *kind;
	const void *options;
	const char *text;
};

static enum rq_status unknown_name(struct rq_error *err, const char *path, const char *value, const char *const *names, size_t count,
                                   const char *what)
{
	char list[512] = "";
	const char *nearest = rq_nearest_name(value, names, count);

	if (nearest != NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: unknown %s \"%s\"; did you mean \"%s\"?", path, what, value, nearest);
	for (size_t i = 0; i < count; i++)
		snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i == 0 ? "" : ", ", names[i]);
	return rq_fail(err, RQ_E_CONFIG, "%s: unknown %s \"%s\"; there is: %s", path, what, value, count == 0 ? "none" : list);
}

/* The options that change a vector, in the order of their table: what cache keys are made of. */
static enum rq_status material_text(struct rq_buf *out, const struct rq_embedder *embedder, const rq_json *object, struct rq_error *err)
{
	RQ_CLEANUP(rq_json_free_pointer) rq_json *kept = rq_json_new_object();

	rq_json_set_string(kept, "kind", embedder->name);
	for (const struct rq_option *option = embedder->options; option->name != NULL; option++) {
		const rq_json *value = rq_json_get(object, option->name);
		bool material = value != NULL;
		for (const char *const *name = embedder->immaterial; material && name != NULL && *name != NULL; name++)
			material = strcmp(*name, option->name) != 0;
		if (material)
			rq_json_set(kept, option->name, rq_json_copy(value));
	}
	return rq_json_print(out, kept, false, err);
}

static enum rq_status parse_embedder(struct named_embedder *out, const rq_json *object, struct rq_config *config, struct rq_error *err)
{
	char path[160], kind_path[176];
	const char *names[16];
	size_t count = 0;
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	rq_json *rest = rq_json_copy(object);

	rq_json_push(config->borrowed, rest);
	snprintf(path, sizeof path, "embedders.%s", rq_json_key(object));
	snprintf(kind_path, sizeof kind_path, "%s.kind", path);
	if (rq_json_type(object) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "%s: expected an object such as {\"kind\": \"lsa\", \"dim\": 256}", path);
	const rq_json *kind_value = rq_json_get(object, "kind");
	const char *kind = kind_value == NULL ? NULL : rq_json_string(kind_value);
	for (size_t i = 0; rq_embedders[i] != NULL && count < 16; i++)
		names[count++] = rq_embedders[i]->name;
	if (kind == NULL)
		return rq_fail(err, RQ_E_CONFIG, "%s: missing; expected the kind of embedder, for example \"lsa\"", kind_path);
	out->kind = rq_embedder_find(kind);
	if (out->kind == NULL)
		return unknown_name(err, kind_path, kind, names, count, "embedder");
	RQ_TRY(material_text(&text, out->kind, object, err));
	void *options = rq_arena_alloc(&config->arena, 1, out->kind->options_size);
	out->name = rq_arena_strdup(&config->arena, rq_json_key(object));
	out->text = rq_arena_strdup(&config->arena, text.data);
	if (rest == NULL || options == NULL || out->name == NULL || out->text == NULL)
		return rq_fail_memory(err);
	rq_json_remove(rest, "kind");
	out->options = options;
	RQ_TRY(rq_options_parse(options, out->kind->options, rest, path, config->folder, &config->arena, err));
	if (out->kind->check != NULL && out->kind->check(options, err) != RQ_OK)
		return rq_options_fail_within(err, path, out->kind->options);
	return RQ_OK;
}

struct embedder_list {
	struct named_embedder *items;
	size_t count;
};

static enum rq_status parse_embedders(struct embedder_list *list, const rq_json *object, struct rq_config *config, struct rq_error *err)
{
	if (object == NULL)
		return RQ_OK;
	if (rq_json_type(object) != RQ_JSON_OBJECT)
		return rq_fail(err, RQ_E_CONFIG, "embedders: expected an object of named embedders, for example {\"old\": {\"kind\": \"lsa\"}}");
	list->items = rq_arena_alloc(&config->arena, rq_json_size(object), sizeof *list->items);
	if (list->items == NULL)
		return rq_fail_memory(err);
	for (const rq_json *member = rq_json_first(object); member != NULL; member = rq_json_next(member))
		RQ_TRY(parse_embedder(&list->items[list->count++], member, config, err));
	return RQ_OK;
}

/* ---- sides ---- */

static enum rq_status find_embedder(const struct named_embedder **found, const char *path, const char *name, const struct embedder_list *list,
                                    struct rq_config *config, struct rq_error *err)
{
	if (name == NULL && list->count != 1)
		return rq_fail(err, RQ_E_CONFIG, "%s: missing; expected %s", path,
		               list->count == 0 ? "the name of an embedder, and \"embedders\" to define it" : "which of the \"embedders\" this side uses");
	const char **names = rq_arena_alloc(&config->arena, list->count, sizeof *names);
	if (names == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < list->count; i++) {
		names[i] = list->items[i].name;
		*found = &list->items[i];
		if (name == NULL || strcmp(name, names[i]) == 0)
			return RQ_OK;
	}
	return unknown_name(err, path, name, names, list->count, "embedder");
}

/* Vectors in files may be those of one role alone. */
static enum rq_status check_role(const struct rq_side_config *side, const struct named_embedder *embedder, enum rq_role role, struct rq_error *err)
{
	const char *option = embedder->kind->lacks == NULL ? NULL : embedder->kind->lacks(embedder->options, role);

	if (option == NULL)
		return RQ_OK;
	if (role == RQ_ROLE_DOCUMENT)
		return rq_fail(err, RQ_E_CONFIG, "embedders.%s.%s: missing; expected the vectors of the documents, which the %s takes from here unless it has a document_embedder",
		               embedder->name, option, side->name);
	return rq_fail(err, RQ_E_CONFIG, "embedders.%s.%s: missing; expected the vectors of the topics, which the %s takes from here; where another embedder makes them, name that one as "
	               "embedder and this one as document_embedder", embedder->name, option, side->name);
}

static enum rq_status choose_embedders(struct rq_side_config *side, const struct side_text *text, const struct embedder_list *list,
                                       struct rq_config *config, struct rq_error *err)
{
	const struct named_embedder *topics, *documents;
	char path[64];

	snprintf(path, sizeof path, "%s.embedder", side->name);
	RQ_TRY(find_embedder(&topics, path, text->embedder, list, config, err));
	side->embedder_name = topics->name;
	side->embedder = topics->kind;
	side->embedder_options = topics->options;
	side->embedder_text = topics->text;
	documents = topics;
	snprintf(path, sizeof path, "%s.document_embedder", side->name);
	if (text->document_embedder != NULL)
		RQ_TRY(find_embedder(&documents, path, text->document_embedder, list, config, err));
	RQ_TRY(check_role(side, topics, RQ_ROLE_TOPIC, err));
	RQ_TRY(check_role(side, documents, RQ_ROLE_DOCUMENT, err));
	if (documents == topics)
		return RQ_OK;
	side->document_embedder_name = documents->name;
	side->document_embedder = documents->kind;
	side->document_embedder_options = documents->options;
	side->document_embedder_text = documents->text;
	return RQ_OK;
}

/* The string of a key, borrowed; NULL where the object or the key is absent. */
static const char *spelt(const rq_json *object, const char *key)
{
	const rq_json *value = object == NULL ? NULL : rq_json_get(object, key);

	return value == NULL ? NULL : rq_json_string(value);
}

static enum rq_status parse_index(struct rq_side_config *side, const rq_json *object, struct rq_config *config, struct rq_error *err)
{
	char path[64], kind_path[80];
	const char *names[32];
	size_t count = 0;

	snprintf(path, sizeof path, "%s.index", side->name);
	snprintf(kind_path, sizeof kind_path, "%s.kind", path);
	RQ_TRY(rq_config_refuse_lexical(side->name, object, err));
	RQ_TRY(rq_options_parse(&side->index, rq_index_options, object, path, config->folder, &config->arena, err));
	for (size_t i = 0; rq_backends[i] != NULL && count < 15; i++)
		names[count++] = rq_backends[i]->name;
	names[count++] = RQ_LEXICAL_KIND;
	for (size_t i = 0; rq_retrievers[i] != NULL && count < sizeof names / sizeof *names; i++)
		names[count++] = rq_retrievers[i]->name;
	side->backend = rq_backend_find(side->index.kind);
	if (side->backend == NULL)
		return unknown_name(err, kind_path, side->index.kind, names, count, "index");
	if (rq_index_check_built(&side->index, err) != RQ_OK || side->backend->check(&side->index, 0, err) != RQ_OK)
		return rq_options_fail_within(err, path, rq_index_options);
	return RQ_OK;
}

/* Of a side that is asked without vectors. */
static enum rq_status refuse_embedders(const struct rq_side_config *side, const struct side_text *text, const struct rq_config *config,
                                       struct rq_error *err)
{
	const rq_json *from = side == &config->sides[RQ_BASELINE] ? NULL : rq_json_get(config->root, "baseline");

	RQ_TRY(rq_config_refuse_embedder(side, "embedder", text->embedder, spelt(from, "embedder"), err));
	return rq_config_refuse_embedder(side, "document_embedder", text->document_embedder, spelt(from, "document_embedder"), err);
}

static enum rq_status parse_side(struct rq_side_config *side, const char *name, const rq_json *object, const struct embedder_list *list,
                                 struct rq_config *config, struct rq_error *err)
{
	struct side_text text = {0};

	side->name = name;
	RQ_TRY(rq_options_parse(&text, side_options, object, name, config->folder, &config->arena, err));
	if (text.approved != NULL)
		return rq_config_parse_approved(side, text.approved, text.corpus, config, err);
	side->run = text.run;
	side->corpus = text.corpus;
	side->shown = text.run != NULL ? spelt(object, "run") : spelt(text.index, "file");
	if (text.run != NULL) {
		if (text.embedder != NULL || text.document_embedder != NULL || rq_json_get(object, "index") != NULL || text.corpus != NULL)
			return rq_fail(err, RQ_E_CONFIG,
			               "%s: \"run\" scores a file as it is, so \"embedder\", \"document_embedder\", \"index\" and \"corpus\" mean nothing beside "
			               "it; leave them out",
			               name);
		return RQ_OK;
	}
	if (rq_config_is_lexical(text.index))
		return rq_config_parse_lexical(side, text.embedder != NULL ? text.embedder : text.document_embedder, text.index, config, err);
	const struct rq_retriever *retriever = rq_config_names_retriever(text.index);
	if (retriever != NULL)
		RQ_TRY(rq_config_parse_retriever(side, retriever, text.index, config, err));
	if (retriever != NULL && !retriever->wants_vectors(side->retriever_options))
		return refuse_embedders(side, &text, config, err);
	RQ_TRY(choose_embedders(side, &text, list, config, err));
	if (retriever != NULL)
		return RQ_OK;
	RQ_CLEANUP(rq_json_free_pointer) rq_json *standard = rq_json_new_object();
	rq_json_set_string(standard, "kind", "exact");
	RQ_TRY(rq_json_check(standard, err));
	return parse_index(side, text.index == NULL ? standard : text.index, config, err);
}

/* ---- the whole ---- */

enum rq_status rq_config_need_metric(struct rq_config *config, const struct rq_metric_spec *spec, struct rq_error *err)
{
	for (size_t i = 0; i < config->metric_count; i++)
		if (strcmp(config->metrics[i].name, spec->name) == 0)
			return RQ_OK;
	if (spec->metric->average != RQ_AVERAGE_MEAN)
		return rq_fail(err, RQ_E_CONFIG, "\"%s\" has no mean over topics, which two sides are compared by; rqgate eval shows it", spec->name);
	if (config->cutoff != 0 && spec->cutoff > (size_t)config->cutoff)
		return rq_fail(err, RQ_E_CONFIG, "cutoff: %lld is less deep than the metric \"%s\" looks; expected at least %zu", (long long)config->cutoff,
		               spec->name, spec->cutoff);
	struct rq_metric_spec *grown = rq_arena_alloc(&config->arena, config->metric_count + 1, sizeof *grown);
	if (grown == NULL)
		return rq_fail_memory(err);
	if (config->metric_count > 0)
		memcpy(grown, config->metrics, config->metric_count * sizeof *grown);
	grown[config->metric_count++] = *spec;
	config->metrics = grown;
	return RQ_OK;
}

enum rq_status rq_config_need_depth(struct rq_config *config, size_t depth, struct rq_error *err)
{
	if (config->cutoff != 0 && depth > (size_t)config->cutoff)
		return rq_fail(err, RQ_E_CONFIG, "cutoff: %lld is less deep than the gate looks; expected at least %zu", (long long)config->cutoff, depth);
	config->depth = depth > config->depth ? depth : config->depth;
	return RQ_OK;
}

static const char *const latencies[] = {"latency.p50", "latency.p95", "latency.p99"};

static enum rq_status need_by_name(struct rq_config *config, const char *name, struct rq_error *err)
{
	struct rq_metric_spec spec;

	RQ_TRY(rq_metric_parse(&spec, name, err));
	return rq_config_need_metric(config, &spec, err);
}

/* Times follow the rest, in the order of their table. The rest keeps its order. */
static enum rq_status times_last(struct rq_config *config, struct rq_error *err)
{
	struct rq_metric_spec *sorted = rq_arena_alloc(&config->arena, config->metric_count, sizeof *sorted);
	size_t count = 0;

	if (sorted == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < config->metric_count; i++)
		if (config->metrics[i].metric->source != RQ_FROM_CLOCK)
			sorted[count++] = config->metrics[i];
	for (size_t i = 0; rq_metrics[i] != NULL; i++)
		for (size_t j = 0; rq_metrics[i]->source == RQ_FROM_CLOCK && j < config->metric_count; j++)
			if (config->metrics[j].metric == rq_metrics[i])
				sorted[count++] = config->metrics[j];
	config->metrics = sorted;
	return RQ_OK;
}

enum rq_status rq_config_standard_metrics(struct rq_config *config, struct rq_error *err)
{
	bool approximate = false, timed = false;
	size_t deepest = 0; /* where nothing else looks 10 deep, the corpus may be smaller than that */
	char name[32];

	for (enum rq_side side = RQ_BASELINE; side < RQ_SIDES; side++) {
		const struct rq_side_config *config_side = &config->sides[side];
		timed |= config_side->run == NULL && config->latency.samples > 0;
		approximate |= rq_side_has_vectors(config_side) && !rq_side_is_exact(config_side);
	}
	for (size_t i = 0; i < config->metric_count; i++)
		deepest = config->metrics[i].cutoff > deepest ? config->metrics[i].cutoff : deepest;
	if (deepest == 0)
		deepest = config->cutoff == 0 ? 10 : (size_t)config->cutoff;
	snprintf(name, sizeof name, "ann_recall@%zu", deepest < 10 ? deepest : 10);
	if (approximate)
		RQ_TRY(need_by_name(config, name, err));
	for (size_t i = 0; timed && i < sizeof latencies / sizeof *latencies; i++)
		RQ_TRY(need_by_name(config, latencies[i], err));
	return times_last(config, err);
}

static enum rq_status parse_metrics(struct rq_config *config, const struct rq_strings *names, struct rq_error *err)
{
	for (size_t i = 0; i < names->count; i++) {
		struct rq_metric_spec spec;
		if (rq_metric_parse(&spec, names->items[i], err) != RQ_OK)
			return rq_fail_within(err, "metrics[%zu]", i);
		RQ_TRY(rq_config_need_metric(config, &spec, err));
	}
	return RQ_OK;
}

static bool same_truth(const struct rq_side_config *a, const struct rq_side_config *b)
{
	bool same_corpus = a->corpus == b->corpus || (a->corpus != NULL && b->corpus != NULL && strcmp(a->corpus, b->corpus) == 0);

	return a->embedder_options == b->embedder_options && a->document_embedder_options == b->document_embedder_options &&
	       a->index.similarity == b->index.similarity && same_corpus;
}

static bool inherits_index(const rq_json *candidate)
{
	const rq_json *index = candidate == NULL || rq_json_type(candidate) != RQ_JSON_OBJECT ? NULL : rq_json_get(candidate, "index");

	return index == NULL || rq_json_type(index) != RQ_JSON_OBJECT || !rq_config_names_index(index);
}

static enum rq_status check_together(const struct rq_config *config, struct rq_error *err)
{
	const struct rq_side_config *baseline = &config->sides[RQ_BASELINE], *candidate = &config->sides[RQ_CANDIDATE];
	bool runs = baseline->run != NULL && candidate->run != NULL;

	if (config->dataset.corpus == NULL &&
	    ((baseline->run == NULL && baseline->corpus == NULL) || (candidate->run == NULL && candidate->corpus == NULL)))
		return rq_fail(err, RQ_E_CONFIG, "dataset.corpus: missing; expected the documents, for only a side that is a run file does without");
	if (!runs && config->dataset.topics == NULL)
		return rq_fail(err, RQ_E_CONFIG, "dataset.topics: missing; expected the queries, for only a side that is a run file does without");
	if (config->exact.truth != NULL && config->dataset.unit == RQ_UNIT_PARENT)
		return rq_fail(err, RQ_E_CONFIG, "exact.truth: names documents, and dataset.unit is \"parent\", whose searches go deeper than any file; leave it out or use \"topics\"");
	if (config->exact.truth != NULL && config->exact.topics != 0)
		return rq_fail(err, RQ_E_CONFIG, "exact: \"truth\" and \"topics\" exclude each other; keep one");
	if (config->exact.truth != NULL && rq_side_has_vectors(baseline) && rq_side_has_vectors(candidate) && !same_truth(baseline, candidate))
		return rq_fail(err, RQ_E_CONFIG,
		               "exact.truth: the sides have different embedders, similarities or corpora, so one file cannot hold the exact rankings of "
		               "both; leave it out or use "
		               "\"topics\"");
	return rq_config_refuse_inherited(config, err);
}

/* Fewer builds than that do not tell how much they vary; and build i of one side stands beside build i of the other. */
static enum rq_status check_builds(const struct rq_config *config, struct rq_error *err)
{
	size_t builds[RQ_SIDES];

	for (int side = 0; side < RQ_SIDES; side++) {
		builds[side] = rq_side_builds(&config->sides[side]);
		if (builds[side] > 1 && builds[side] < RQ_BUILDS_MIN)
			return rq_fail(err, RQ_E_CONFIG, "%s.index.builds: %zu are too few to tell how much they vary; expected 1, or at least %d",
			               config->sides[side].name, builds[side], RQ_BUILDS_MIN);
	}
	if (builds[RQ_BASELINE] > 1 && builds[RQ_CANDIDATE] > 1 && builds[RQ_BASELINE] != builds[RQ_CANDIDATE])
		return rq_fail(err, RQ_E_CONFIG, "candidate.index.builds: %zu, and the baseline's index is built %zu times; expected as many, or 1",
		               builds[RQ_CANDIDATE], builds[RQ_BASELINE]);
	return RQ_OK;
}

static enum rq_status parse_all(struct rq_config *config, struct rq_error *err)
{
	struct top top = {0};
	struct embedder_list list = {0};

	RQ_TRY(rq_options_parse(&top, top_options, config->root, "", config->folder, &config->arena, err));
	config->schema_version = top.schema_version;
	config->suite = top.suite;
	config->profile = top.profile;
	config->cutoff = top.cutoff;
	config->max_failed = top.max_failed;
	config->gates = top.gates;
	config->reports = top.reports;
	config->store = top.store;
	config->snapshots = top.snapshots;
	RQ_TRY(rq_dataset_config_parse(&config->dataset, top.dataset, config->folder, &config->arena, err));
	RQ_TRY(rq_quality_config_parse(&config->quality, top.quality, &config->dataset.fields, &config->arena, err));
	RQ_TRY(parse_embedders(&list, top.embedders, config, err));
	RQ_TRY(parse_side(&config->sides[RQ_BASELINE], "baseline", top.baseline, &list, config, err));
	RQ_TRY(parse_side(&config->sides[RQ_CANDIDATE], "candidate", top.candidate, &list, config, err));
	RQ_TRY(check_builds(config, err));
	RQ_TRY(parse_metrics(config, &top.metrics, err));
	RQ_CLEANUP(rq_json_free_pointer) rq_json *empty = rq_json_new_object();
	if (empty == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_options_parse(&config->exact, exact_options, top.exact == NULL ? empty : top.exact, "exact", config->folder, &config->arena, err));
	config->exact.truth_shown = spelt(top.exact, "truth");
	RQ_TRY(rq_options_parse(&config->latency, latency_options, top.latency == NULL ? empty : top.latency, "latency", config->folder, &config->arena,
	                        err));
	return check_together(config, err);
}

/* Where the file's gates are, unless others are taken. */
static enum rq_status find_gates(struct rq_config *config, const struct rq_buf *text, const struct rq_strings *overrides, struct rq_error *err)
{
	size_t count = rq_json_item_lines(NULL, 0, text->data, text->size, "gates");

	for (size_t i = 0; i < overrides->count; i++)
		if (strncmp(overrides->items[i], "gates", 5) == 0)
			return RQ_OK;
	if (count == 0)
		return RQ_OK;
	config->gate_lines = rq_arena_alloc(&config->arena, count, sizeof *config->gate_lines);
	if (config->gate_lines == NULL)
		return rq_fail_memory(err);
	rq_json_item_lines(config->gate_lines, count, text->data, text->size, "gates");
	return RQ_OK;
}

enum rq_status rq_config_load(struct rq_config *config, const char *path, const struct rq_strings *overrides, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {.maximum = 16u << 20}, canonical = {0};

	*config = (struct rq_config){0};
	if (rq_file_read(&text, path, err) != RQ_OK)
		return err->status == RQ_E_DATA ? err->status = RQ_E_CONFIG : err->status;
	config->path = rq_arena_strdup(&config->arena, path);
	config->folder = rq_path_folder(&config->arena, path);
	config->baselines = rq_path_join(&config->arena, config->folder, RQ_BASELINES_FOLDER);
	config->borrowed = rq_json_new_object();
	if (config->path == NULL || config->baselines == NULL || config->borrowed == NULL)
		return rq_fail_memory(err);
	if (rq_json_parse(&config->root, text.data, text.size, path, err) != RQ_OK)
		return err->status == RQ_E_DATA ? err->status = RQ_E_CONFIG : err->status;
	RQ_TRY(find_gates(config, &text, overrides, err));
	for (size_t i = 0; i < overrides->count; i++)
		RQ_TRY(rq_config_override(config->root, overrides->items[i], err));
	RQ_TRY(rq_json_print(&canonical, config->root, false, err));
	RQ_TRY(rq_sha256(config->sha256, canonical.data, canonical.size, err));
	config->sides[RQ_CANDIDATE].inherits_index = inherits_index(rq_json_get(config->root, "candidate"));
	RQ_TRY(rq_config_inherit(config->root, err));
	if (parse_all(config, err) != RQ_OK)
		return rq_fail_within(err, "%s", path);
	return RQ_OK;
}

bool rq_side_has_vectors(const struct rq_side_config *side)
{
	return side->embedder != NULL;
}

bool rq_side_is_exact(const struct rq_side_config *side)
{
	return side->backend != NULL && side->backend->exact && side->index.file == NULL;
}

size_t rq_side_builds(const struct rq_side_config *side)
{
	return side->backend != NULL && side->backend->stored && side->index.file == NULL ? (size_t)side->index.builds : 1;
}

enum rq_similarity rq_side_similarity(const struct rq_side_config *side)
{
	return side->index.similarity == RQ_L2_NAME ? RQ_L2 : RQ_INNER_PRODUCT;
}

void rq_config_release(struct rq_config *config)
{
	rq_json_free(config->root);
	rq_json_free(config->borrowed);
	rq_arena_release(&config->arena);
	*config = (struct rq_config){0};
}

static rq_json *embedders_schema(void)
{
	rq_json *schema = rq_json_new_object();

	rq_json_set_string(schema, "type", "object");
	rq_json *kinds = rq_json_set_array(rq_json_set_object(schema, "additionalProperties"), "oneOf");
	for (size_t i = 0; rq_embedders[i] != NULL; i++) {
		rq_json *kind = rq_options_schema(rq_embedders[i]->options), *name = rq_json_new_object();
		rq_json_set_string(kind, "description", rq_embedders[i]->help);
		rq_json_set_string(name, "const", rq_embedders[i]->name);
		rq_json_set(rq_json_member(kind, "properties"), "kind", name);
		rq_json *required = rq_json_member(kind, "required");
		rq_json_push_string(required == NULL ? rq_json_set_array(kind, "required") : required, "kind");
		rq_json_push(kinds, kind);
	}
	return schema;
}

rq_json *rq_config_schema(rq_json *gates, rq_json *reports)
{
	rq_json *schema = rq_options_schema(top_options), *properties = rq_json_member(schema, "properties");
	rq_json *side = rq_options_schema(side_options);
	struct {
		const char *name;
		rq_json *schema;
	} parts[] = {{"dataset", rq_dataset_config_schema()}, {"embedders", embedders_schema()}, {"exact", rq_options_schema(exact_options)},
	             {"latency", rq_options_schema(latency_options)}, {"baseline", rq_json_copy(side)}, {"candidate", side}, {"gates", gates}, {"reports", reports},
	             {"quality", rq_quality_config_schema()}};

	rq_json_set_string(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(schema, "title", "rqgate config");
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		const rq_json *old = rq_json_get(properties, parts[i].name);
		if (i == 4 || i == 5)
			rq_json_set(rq_json_member(parts[i].schema, "properties"), "index", rq_config_index_schema(i == 5));
		rq_json_set(parts[i].schema, "description", rq_json_copy(rq_json_get(old, "description")));
		rq_json_set(properties, parts[i].name, parts[i].schema);
	}
	return schema;
}
