/* Configs that are refused, word for word, and what a good one becomes. Nothing is computed here. */
#include "lab.h"

#include "evalcore/base/random.h"

#include <string.h>

#define DATASET "\"dataset\":{\"corpus\":\"c\",\"topics\":\"t\",\"qrels\":\"q\"}"
#define EMBEDDERS "\"embedders\":{\"old\":{\"kind\":\"hash\"}}"
#define SIDES "\"baseline\":{},\"candidate\":{}"
#define GATES "\"gates\":[]"

static enum rq_status load(struct rq_config *config, const char *json, struct rq_error *err)
{
	struct rq_strings none = {0};

	lab_write_bytes("gate.json", json, strlen(json));
	return rq_config_load(config, "gate.json", &none, err);
}

struct refusal {
	const char *json, *message;
};

static void expect_refusals(const struct refusal *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct rq_config config;
		struct rq_error err = {0};
		ck_assert_msg(load(&config, cases[i].json, &err) == RQ_E_CONFIG, "%s: accepted, or another error: %s", cases[i].json, err.text);
		ck_assert_msg(strcmp(err.text, cases[i].message) == 0, "%s:\n  says     %s\n  expected %s", cases[i].json, err.text, cases[i].message);
		rq_config_release(&config);
	}
}

#define EXPECT_REFUSALS(cases) expect_refusals((cases), sizeof(cases) / sizeof *(cases))

START_TEST(what_is_no_json_object)
{
	static const struct refusal cases[] = {
		{"", "gate.json: empty; expected a JSON value"},
		{"{", "gate.json: not valid JSON at column 1"},
		{"{\n\"suite\": \"x\",\n}", "gate.json: not valid JSON at line 3, column 1"},
		{"[1, 2]", "gate.json: the config: [1,2] is not allowed; expected an object"},
		{"5", "gate.json: the config: 5 is not allowed; expected an object"},
		{"null", "gate.json: the config: null is not allowed; expected an object"},
		{"{} {}", "gate.json: text after the end of the JSON value at column 4"},
		{"{\"suite\":\"a\",\"suite\":\"b\"}", "gate.json: the key \"suite\" stands twice in one object; keep one"},
		{"{\"suite\":\"\xff\"}", "gate.json: invalid UTF-8 at column 11"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(unknown_keys_at_every_depth)
{
	static const struct refusal cases[] = {
		{"{\"metrcs\":[]}", "gate.json: metrcs: unknown key; did you mean \"metrics\"?"},
		{"{\"x\":1}", "gate.json: x: unknown key; valid keys here: schema_version, suite, profile, dataset, quality, embedders, baseline, candidate, cutoff, "
	                  "metrics, gates, exact, latency, max_failed, reports, store, snapshots"},
		{"{\"dataset\":{\"corpsu\":\"c\"}," SIDES "," GATES "}", "gate.json: dataset.corpsu: unknown key; did you mean \"corpus\"?"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hash\",\"dims\":5}}," SIDES "," GATES "}",
	     "gate.json: embedders.old.dims: unknown key; did you mean \"dim\"?"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"embeder\":\"old\"},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.embeder: unknown key; did you mean \"embedder\"?"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"facotry\":\"Flat\"}}," GATES "}",
	     "gate.json: candidate.index.facotry: unknown key; did you mean \"factory\"?"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budgets\":\"1s\"}}",
	     "gate.json: exact.budgets: unknown key; did you mean \"budget\"?"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"latency\":{\"n\":5}}",
	     "gate.json: latency.n: unknown key; valid keys here: samples, embed_samples, budget"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(values_of_the_wrong_type_or_range)
{
	static const struct refusal cases[] = {
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":\"5\"}",
	     "gate.json: cutoff: \"5\" is not allowed; expected a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":0}",
	     "gate.json: cutoff: 0 is not allowed; expected a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":2.5}",
	     "gate.json: cutoff: 2.5 is not allowed; expected a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":1e999}",
	     "gate.json: cutoff: inf is not allowed; expected a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":null}",
	     "gate.json: cutoff: null is not allowed; expected a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"schema_version\":2}", "gate.json: schema_version: 2 is not allowed; expected 1"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"profile\":\"prod\"}",
	     "gate.json: profile: \"prod\" is not allowed; expected one of \"pr\", \"release\""},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"suite\":5}", "gate.json: suite: 5 is not allowed; expected a string that is not empty"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"suite\":\"\"}",
	     "gate.json: suite: \"\" is not allowed; expected a string that is not empty"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"factory\":\"Flat\",\"built\":\"2026-11-01T03:00:00Z\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index: built \"2026-11-01T03:00:00Z\": an index that is built here is as old as this run; leave it out, or name the file "
	     "that it belongs to"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"file\":\"x\",\"built\":\"last week\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index: built \"last week\": not a time; expected one in UTC such as \"2026-11-01T03:00:00Z\""},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":\"RR@10\"}",
	     "gate.json: metrics: \"RR@10\" is not allowed; expected an array of strings"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[5]}", "gate.json: metrics: 5 is not allowed; expected an array of strings"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[\"AP\",\"RR@0\"]}",
	     "gate.json: metrics[1]: metric \"RR@0\": column 4: the cutoff must be a whole number from 1 to 1000000"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[\"nDGC@10\"]}",
	     "gate.json: metrics[0]: metric \"nDGC@10\": column 1: unknown metric; did you mean \"nDCG\"?"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"metrics\":[\"gm_AP\"]}",
	     "gate.json: \"gm_AP\" has no mean over topics, which two sides are compared by; rqgate eval shows it"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":5,\"metrics\":[\"RR@10\"]}",
	     "gate.json: cutoff: 5 is less deep than the metric \"RR@10\" looks; expected at least 10"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":[]}", "gate.json: exact: [] is not allowed; expected an object"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budget\":\"10\"}}",
	     "gate.json: exact.budget: \"10\" is not allowed; expected a duration with its unit, like \"30s\", \"10m\" or \"50ms\""},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"budget\":10}}",
	     "gate.json: exact.budget: 10 is not allowed; expected a duration with its unit, like \"30s\", \"10m\" or \"50ms\""},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"latency\":{\"samples\":-1}}",
	     "gate.json: latency.samples: -1 is not allowed; expected a whole number from 0 to 10000000"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":[],\"candidate\":{}," GATES "}", "gate.json: baseline: [] is not allowed; expected an object"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":null," GATES "}", "gate.json: candidate: null is not allowed; expected an object"},
		{"{\"dataset\":[]," EMBEDDERS "," SIDES "," GATES "}", "gate.json: dataset: [] is not allowed; expected an object"},
		{"{\"dataset\":{\"corpus\":5}," EMBEDDERS "," SIDES "," GATES "}",
	     "gate.json: dataset.corpus: 5 is not allowed; expected the path of a file or folder"},
		{"{\"dataset\":{\"path\":\"p\",\"unit\":\"chunk\"}," EMBEDDERS "," SIDES "," GATES "}",
	     "gate.json: dataset.unit: \"chunk\" is not allowed; expected one of \"document\", \"parent\""},
		{"{\"dataset\":{\"path\":\"p\",\"fields\":[]}," EMBEDDERS "," SIDES "," GATES "}",
	     "gate.json: dataset.fields: empty; expected at least one field, for example [\"title\", \"text\"]"},
		{"{" DATASET ",\"embedders\":[]," SIDES "," GATES "}",
	     "gate.json: embedders: expected an object of named embedders, for example {\"old\": {\"kind\": \"lsa\"}}"},
		{"{" DATASET ",\"embedders\":{\"old\":\"lsa\"}," SIDES "," GATES "}",
	     "gate.json: embedders.old: expected an object such as {\"kind\": \"lsa\", \"dim\": 256}"},
		{"{" DATASET ",\"embedders\":{\"old\":{}}," SIDES "," GATES "}",
	     "gate.json: embedders.old.kind: missing; expected the kind of embedder, for example \"lsa\""},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hsah\"}}," SIDES "," GATES "}",
	     "gate.json: embedders.old.kind: unknown embedder \"hsah\"; did you mean \"hash\"?"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"openai\"}}," SIDES "," GATES "}",
	     "gate.json: embedders.old.kind: unknown embedder \"openai\"; there is: lsa, hash, static, use-lite, vectors, http, exec"},
		{"{" DATASET ",\"embedders\":{\"old\":{\"kind\":\"hash\",\"dim\":0}}," SIDES "," GATES "}",
	     "gate.json: embedders.old.dim: 0 is not allowed; expected a whole number from 1 to 1048576"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"fais\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index.kind: unknown index \"fais\"; did you mean \"faiss\"?"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"hnsw\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index.kind: unknown index \"hnsw\"; there is: exact, faiss, bm25, exec, pgvector"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"faiss\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index: kind \"faiss\" needs a factory string, for example \"HNSW32,Flat\", or an index file to open"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"factory\":\"HSNW32\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index: factory \"HSNW32\": FAISS cannot make it: could not parse index string HSNW32"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"factory\":\"HNSW32,Flat\",\"search\":\"efSerach=5\"}}," GATES "}",
	     "gate.json: candidate.index: search \"efSerach=5\": FAISS knows no parameter \"efSerach\"; did you mean \"efSearch\"?"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"factory\":\"HNSW32,Flat\",\"builds\":4}}," GATES "}",
	     "gate.json: candidate.index.builds: 4 are too few to tell how much they vary; expected 1, or at least 5"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"factory\":\"HNSW32,Flat\",\"builds\":51}}," GATES "}",
	     "gate.json: candidate.index.builds: 51 is not allowed; expected a whole number from 1 to 50"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"factory\":\"HNSW32,Flat\",\"builds\":5}},\"candidate\":{\"index\":{\"builds\":6}}," GATES "}",
	     "gate.json: candidate.index.builds: 6, and the baseline's index is built 5 times; expected as many, or 1"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":5}," GATES "}",
	     "gate.json: candidate.index: 5 is not allowed; expected an object"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

START_TEST(keys_that_are_missing_or_exclude_each_other)
{
	static const struct refusal cases[] = {
		{"{}", "gate.json: dataset: missing; expected an object: corpus, topics and qrels, or the path of a BEIR folder"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{}}",
	     "gate.json: gates: missing; expected an array of gates: objects or expressions such as \"drop(nDCG@10) <= 0.03\""},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{}," GATES "}",
	     "gate.json: candidate: missing; expected an object: what shall be rolled out; inherits what it does not name from the baseline"},
		{"{\"dataset\":{\"corpus\":\"c\",\"topics\":\"t\"}," EMBEDDERS "," SIDES "," GATES "}",
	     "gate.json: dataset.qrels: missing; expected the judgments, or \"path\" of a BEIR folder"},
		{"{\"dataset\":{\"topics\":\"t\",\"qrels\":\"q\"}," EMBEDDERS "," SIDES "," GATES "}",
	     "gate.json: dataset.corpus: missing; expected the documents, for only a side that is a run file does without"},
		{"{\"dataset\":{\"corpus\":\"c\",\"qrels\":\"q\"}," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"run\":\"r\"}," GATES "}",
	     "gate.json: dataset.topics: missing; expected the queries, for only a side that is a run file does without"},
		{"{" DATASET "," SIDES "," GATES "}",
	     "gate.json: baseline.embedder: missing; expected the name of an embedder, and \"embedders\" to define it"},
		{"{" DATASET ",\"embedders\":{\"a\":{\"kind\":\"hash\"},\"b\":{\"kind\":\"hash\"}}," SIDES "," GATES "}",
	     "gate.json: baseline.embedder: missing; expected which of the \"embedders\" this side uses"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"embedder\":\"odl\"},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.embedder: unknown embedder \"odl\"; did you mean \"old\"?"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"embedder\":\"new-model\"}," GATES "}",
	     "gate.json: candidate.embedder: unknown embedder \"new-model\"; there is: old"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"run\":\"r\",\"embedder\":\"old\"}," GATES "}",
	     "gate.json: candidate: \"run\" scores a file as it is, so \"embedder\", \"document_embedder\", \"index\" and \"corpus\" mean nothing beside "
	     "it; leave them out"},
		{"{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"exact\":{\"truth\":\"r\",\"topics\":5}}",
	     "gate.json: exact: \"truth\" and \"topics\" exclude each other; keep one"},
		{"{" DATASET ",\"embedders\":{\"a\":{\"kind\":\"hash\"},\"b\":{\"kind\":\"hash\",\"dim\":9}},\"baseline\":{\"embedder\":\"a\"},\"candidate\":"
	     "{\"embedder\":\"b\"}," GATES ",\"exact\":{\"truth\":\"r\"}}",
	     "gate.json: exact.truth: the sides have different embedders, similarities or corpora, so one file cannot hold the exact rankings of both; "
	     "leave it out or use \"topics\""},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"file\":\"a\",\"factory\":\"Flat\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index: factory \"Flat\": there is a file \"a\" to open, so nothing is built; leave one of the two out"},
	};

	EXPECT_REFUSALS(cases);
}
END_TEST

#define WORDS_SIDES(index) "\"baseline\":{\"index\":{\"kind\":\"bm25\"" index "}},\"candidate\":{}"

/* Words and vectors share no key, and a search by words no embedder. */
START_TEST(words_and_vectors_are_kept_apart)
{
	static const struct refusal cases[] = {
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"embedder\":\"old\",\"index\":{\"kind\":\"bm25\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.embedder: \"old\" means nothing to index.kind \"bm25\", which searches words and needs no vectors; leave it out"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"embedder\":\"old\",\"index\":{\"kind\":\"bm25\"}}," GATES "}",
	     "gate.json: candidate.embedder: \"old\" means nothing to index.kind \"bm25\", which searches words and needs no vectors; leave it out"},
		{"{" DATASET "," WORDS_SIDES(",\"factory\":\"Flat\"") "," GATES "}",
	     "gate.json: baseline.index.factory: means nothing to kind \"bm25\", which searches words; leave it out, or set kind to \"faiss\""},
		{"{" DATASET "," WORDS_SIDES(",\"similarity\":\"ip\"") "," GATES "}",
	     "gate.json: baseline.index.similarity: means nothing to kind \"bm25\", which searches words; leave it out, or set kind to \"faiss\""},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"exact\",\"k1\":1}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index.k1: means nothing to an index of vectors; leave it out, or set kind to \"bm25\""},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{},\"candidate\":{\"index\":{\"factory\":\"Flat\",\"language\":\"german\"}}," GATES "}",
	     "gate.json: candidate.index.language: means nothing to an index of vectors; leave it out, or set kind to \"bm25\""},
		{"{" DATASET "," WORDS_SIDES(",\"k\":1") "," GATES "}", "gate.json: baseline.index.k: unknown key; did you mean \"k1\"?"},
		{"{" DATASET "," WORDS_SIDES(",\"k1\":-1") "," GATES "}",
	     "gate.json: baseline.index.k1: -1 is not allowed; expected a number from 0 to 1000"},
		{"{" DATASET "," WORDS_SIDES(",\"b\":1.5") "," GATES "}", "gate.json: baseline.index.b: 1.5 is not allowed; expected a number from 0 to 1"},
		{"{" DATASET "," WORDS_SIDES(",\"stop_words\":\"no\"") "," GATES "}",
	     "gate.json: baseline.index.stop_words: \"no\" is not allowed; expected true or false"},
		{"{" DATASET "," EMBEDDERS ",\"baseline\":{\"index\":{\"kind\":\"bm52\"}},\"candidate\":{}," GATES "}",
	     "gate.json: baseline.index.kind: unknown index \"bm52\"; did you mean \"bm25\"?"},
		{"{\"dataset\":{\"topics\":\"t\",\"qrels\":\"q\"}," WORDS_SIDES("") "," GATES "}",
	     "gate.json: dataset.corpus: missing; expected the documents, for only a side that is a run file does without"},
	};
	static const char unknown[] = "gate.json: baseline.index: language \"klingon\": no such stemmer; expected one of ";
	struct rq_config config;
	struct rq_error err = {0};

	EXPECT_REFUSALS(cases);
	ck_assert_int_eq(load(&config, "{" DATASET "," WORDS_SIDES(",\"language\":\"klingon\"") "," GATES "}", &err), RQ_E_CONFIG);
	ck_assert_msg(strncmp(err.text, unknown, sizeof unknown - 1) == 0, "%s", err.text);
	rq_config_release(&config);
}
END_TEST

/* What a side becomes where words are inherited, overridden or left: kind by kind. */
START_TEST(a_side_of_words_has_no_vectors)
{
	struct rq_config config;
	struct rq_error err = {0};

	ck_assert_msg(load(&config,
	                   "{" DATASET "," EMBEDDERS
	                   ",\"baseline\":{\"embedder\":\"old\",\"index\":{\"factory\":\"HNSW32,Flat\",\"search\":\"efSearch=64\",\"seed\":7,"
	                   "\"similarity\":\"ip\"}},\"candidate\":{\"index\":{\"kind\":\"bm25\",\"language\":\"none\"}}," GATES "}",
	                   &err) == RQ_OK,
	              "%s", err.text);
	const struct rq_side_config *words = &config.sides[RQ_CANDIDATE];
	ck_assert(rq_side_has_vectors(&config.sides[RQ_BASELINE]) && !rq_side_has_vectors(words));
	ck_assert(words->embedder == NULL && words->backend == NULL && words->run == NULL);
	ck_assert_double_eq(words->bm25->k1, 1.2);
	ck_assert_double_eq(words->bm25->b, .75);
	ck_assert_str_eq(words->bm25->language, "none");
	ck_assert(words->bm25->stop_words);
	rq_config_release(&config);
}
END_TEST

static const rq_json *inside(const rq_json *value, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		value = rq_json_get(value, *keys);
	return value;
}

/* An index is one of vectors or one of words, each with its own keys; only the candidate may leave the kind to the baseline. */
START_TEST(the_schema_tells_words_from_vectors)
{
	static const char *const sides[] = {"baseline", "candidate"};
	rq_json *schema = rq_config_schema(rq_json_new_object(), rq_json_new_object());

	for (int i = 0; i < 2; i++) {
		const rq_json *vectors = rq_json_first(inside(schema, (const char *const[]){"properties", sides[i], "properties", "index", "anyOf", NULL}));
		const rq_json *words = rq_json_next(vectors), *required = rq_json_get(words, "required");
		ck_assert_ptr_nonnull(words);
		ck_assert_uint_eq(rq_json_size(inside(vectors, (const char *const[]){"properties", "kind", "enum", NULL})), 2);
		ck_assert_ptr_nonnull(inside(vectors, (const char *const[]){"properties", "factory", NULL}));
		ck_assert_ptr_null(rq_json_get(rq_json_get(vectors, "properties"), "k1"));
		ck_assert_str_eq(rq_json_string(inside(words, (const char *const[]){"properties", "kind", "const", NULL})), "bm25");
		ck_assert_double_eq(rq_json_number(inside(words, (const char *const[]){"properties", "k1", "default", NULL})), 1.2);
		ck_assert_double_eq(rq_json_number(inside(words, (const char *const[]){"properties", "b", "maximum", NULL})), 1);
		ck_assert_uint_eq(rq_json_size(rq_json_get(words, "properties")), 5);
		ck_assert_int_eq(required != NULL, i == 0);
	}
	rq_json_free(schema);
}
END_TEST

START_TEST(paths_are_relative_to_the_file)
{
	struct rq_config config;
	struct rq_strings none = {0};
	struct rq_error err = {0};

	ck_assert_int_eq(rq_make_folders("suites/help", &err), RQ_OK);
	lab_write("suites/help/gate.json",
	          "{\"dataset\":{\"path\":\"../data\",\"split\":\"dev\",\"topics\":\"/tmp/t.tsv\"}," EMBEDDERS "," SIDES "," GATES "}");
	ck_assert_msg(rq_config_load(&config, "suites/help/gate.json", &none, &err) == RQ_OK, "%s", err.text);
	ck_assert_str_eq(config.folder, "suites/help");
	ck_assert_str_eq(config.dataset.corpus, "suites/help/../data/corpus.jsonl");
	ck_assert_str_eq(config.dataset.topics, "/tmp/t.tsv");
	ck_assert_str_eq(config.dataset.qrels, "suites/help/../data/qrels/dev.tsv");
	rq_config_release(&config);
}
END_TEST

static void digest_of(char sha256[RQ_SHA256_HEX], const char *json, const char *override)
{
	struct rq_config config;
	struct rq_strings set = {&override, override == NULL ? 0 : 1};
	struct rq_error err = {0};

	lab_write_bytes("gate.json", json, strlen(json));
	ck_assert_msg(rq_config_load(&config, "gate.json", &set, &err) == RQ_OK, "%s", err.text);
	memcpy(sha256, config.sha256, RQ_SHA256_HEX);
	rq_config_release(&config);
}

START_TEST(the_digest_is_of_what_takes_effect)
{
	char plain[RQ_SHA256_HEX], spaced[RQ_SHA256_HEX], set[RQ_SHA256_HEX], written[RQ_SHA256_HEX];

	digest_of(plain, "{" DATASET "," EMBEDDERS "," SIDES "," GATES "}", NULL);
	digest_of(spaced, "{ " DATASET ",\n\t" EMBEDDERS ", " SIDES "," GATES "\n}\n", NULL);
	digest_of(set, "{" DATASET "," EMBEDDERS "," SIDES "," GATES "}", "cutoff=20");
	digest_of(written, "{" DATASET "," EMBEDDERS "," SIDES "," GATES ",\"cutoff\":20}", NULL);
	ck_assert_str_eq(plain, spaced);
	ck_assert_str_ne(plain, set);
	ck_assert_str_eq(set, written);
}
END_TEST

static void expect_metrics(const char *json, const char *expected)
{
	struct rq_config config;
	struct rq_error err = {0};
	struct rq_buf names = {0};

	ck_assert_msg(load(&config, json, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(rq_config_standard_metrics(&config, &err), RQ_OK);
	for (size_t i = 0; i < config.metric_count; i++)
		rq_buf_printf(&names, "%s%s", i == 0 ? "" : " ", config.metrics[i].name);
	ck_assert_str_eq(names.data, expected);
	rq_buf_release(&names);
	rq_config_release(&config);
}

#define HNSW "\"baseline\":{\"index\":{\"factory\":\"HNSW32,Flat\"}},\"candidate\":{}"

START_TEST(what_nobody_has_to_ask_for)
{
	expect_metrics("{" DATASET "," EMBEDDERS "," SIDES "," GATES "}", "RR@10 nDCG@10 latency.p50 latency.p95 latency.p99");
	expect_metrics("{" DATASET "," EMBEDDERS "," HNSW "," GATES "}", "RR@10 nDCG@10 ann_recall@10 latency.p50 latency.p95 latency.p99");
	expect_metrics("{" DATASET "," EMBEDDERS "," HNSW "," GATES ",\"latency\":{\"samples\":0},\"metrics\":[\"MRR@5\",\"map\",\"RR@5\",\"recall_3\"]}",
	               "RR@5 AP R@3 ann_recall@5");
	expect_metrics("{" DATASET "," EMBEDDERS "," HNSW "," GATES ",\"latency\":{\"samples\":0},\"metrics\":[\"AP\"],\"cutoff\":4}", "AP ann_recall@4");
	expect_metrics("{" DATASET "," EMBEDDERS "," HNSW "," GATES ",\"latency\":{\"samples\":0},\"metrics\":[\"ann_recall@1\"]}", "ann_recall@1");
	expect_metrics("{" DATASET "," WORDS_SIDES("") "," GATES "}", "RR@10 nDCG@10 latency.p50 latency.p95 latency.p99");
	expect_metrics("{\"dataset\":{\"qrels\":\"q\"},\"baseline\":{\"run\":\"a\"},\"candidate\":{\"run\":\"b\"}," GATES "}", "RR@10 nDCG@10");
}
END_TEST

/* Bytes of a good config changed, dropped or doubled: it is accepted or refused with a sentence, and nothing else happens. */
START_TEST(a_mangled_config_is_refused_or_means_something)
{
	static const char good[] =
		"{\"schema_version\":1,\"suite\":\"s\",\"profile\":\"pr\",\"dataset\":{\"path\":\".\",\"fields\":[\"title\",\"text\"],\"unit\":\"parent\"},"
		"\"embedders\":{\"old\":{\"kind\":\"lsa\",\"dim\":64,\"seed\":1},\"new\":{\"kind\":\"hash\"}},\"baseline\":{\"embedder\":\"old\",\"index\":{"
		"\"factory\":\"HNSW8,Flat\",\"build\":\"efConstruction=40\",\"search\":\"efSearch=16\",\"similarity\":\"ip\"}},\"candidate\":{\"embedder\":"
	    "\"new\","
		"\"index\":{\"search\":\"efSearch=8\"}},\"cutoff\":20,\"metrics\":[\"RR@10\",\"P(rel=2)@5\"],\"gates\":[],\"exact\":{\"budget\":\"10m\","
	    "\"topics\":5},"
		"\"latency\":{\"samples\":0,\"budget\":\"1s\"}}";
	enum { ROUNDS = 4000 };
	struct rq_random random;
	struct rq_strings none = {0};
	size_t accepted = 0;

	rq_random_seed(&random, 11);
	for (int round = 0; round < ROUNDS; round++) {
		char text[2 * sizeof good];
		size_t size = sizeof good - 1, changes = 1 + rq_random_below(&random, 3);
		memcpy(text, good, size);
		while (changes-- > 0) {
			size_t at = rq_random_below(&random, size), from = rq_random_below(&random, size), length = 1 + rq_random_below(&random, 12);
			length = length < size - at ? length : size - at;
			length = length < size - from ? length : size - from;
			switch (rq_random_below(&random, 4)) {
			case 0:
				text[at] = (char)rq_random_below(&random, 256);
				break;
			case 1: /* drop */
				memmove(text + at, text + at + length, size - at - length);
				size -= length;
				break;
			case 2: /* copy over */
				memmove(text + at, text + from, length);
				break;
			default: /* double */
				memmove(text + at + length, text + at, size - at);
				size += length;
			}
		}
		struct rq_config config;
		struct rq_error err = {0};
		lab_write_bytes("gate.json", text, size);
		enum rq_status status = rq_config_load(&config, "gate.json", &none, &err);
		ck_assert_msg(status == RQ_OK || (status == RQ_E_CONFIG && strncmp(err.text, "gate.json: ", 11) == 0), "%.*s\n%s", (int)size, text, err.text);
		accepted += status == RQ_OK;
		rq_config_release(&config);
	}
	ck_assert_msg(accepted >= ROUNDS / 400 && accepted < ROUNDS / 2, "%zu of %d accepted", accepted, ROUNDS);
}
END_TEST

Suite *config_suite(void)
{
	Suite *suite = suite_create("config");
	TCase *tests = lab_case("config");

	tcase_add_test(tests, what_is_no_json_object);
	tcase_add_test(tests, unknown_keys_at_every_depth);
	tcase_add_test(tests, values_of_the_wrong_type_or_range);
	tcase_add_test(tests, keys_that_are_missing_or_exclude_each_other);
	tcase_add_test(tests, words_and_vectors_are_kept_apart);
	tcase_add_test(tests, a_side_of_words_has_no_vectors);
	tcase_add_test(tests, the_schema_tells_words_from_vectors);
	tcase_add_test(tests, paths_are_relative_to_the_file);
	tcase_add_test(tests, the_digest_is_of_what_takes_effect);
	tcase_add_test(tests, what_nobody_has_to_ask_for);
	tcase_add_test(tests, a_mangled_config_is_refused_or_means_something);
	suite_add_tcase(suite, tests);
	return suite;
}
