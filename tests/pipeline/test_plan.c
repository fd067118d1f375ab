/* A plan says what the run then does, and does nothing itself. */
#include "lab.h"

#include "evalcore/pipeline/plan.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG(embedder)                                                                                                                                      \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"e\":" embedder                          \
	",\"other\":{\"kind\":\"hash\",\"dim\":64}},"                                                                                                             \
	"\"baseline\":{\"embedder\":\"e\",\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"build\":\"efConstruction=40\",\"search\":\"efSearch=16\"}}," \
	"\"candidate\":{\"index\":{\"search\":\"efSearch=20\"}},\"metrics\":[\"RR@10\",\"nDCG@10\"],\"cutoff\":10,\"latency\":{\"samples\":0},"                   \
	"\"gates\":[]}"
static const char hash_config[] = CONFIG("{\"kind\":\"hash\",\"dim\":512}"), lsa_config[] = CONFIG("{\"kind\":\"lsa\",\"dim\":16}");

static const char words_config[] =
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"e\":{\"kind\":\"hash\"}},"
	"\"baseline\":{\"index\":{\"kind\":\"bm25\"}},\"candidate\":{\"embedder\":\"e\",\"index\":{\"kind\":\"exact\"}},\"metrics\":[\"RR@10\"],"
	"\"cutoff\":10,\"latency\":{\"samples\":0},\"gates\":[]}";

enum { DOCUMENTS = 50, TOPICS = 20, TEXTS = DOCUMENTS + TOPICS };

/* ---- the folder ---- */

static struct rq_key folder_key;

static int add_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)kind;
	(void)place;
	if (S_ISREG(info->st_mode)) {
		struct rq_buf content = lab_read(path);
		rq_key_add(&folder_key, content.data, content.size);
		rq_buf_release(&content);
	}
	rq_key_add_text(&folder_key, path);
	rq_key_add(&folder_key, &info->st_mtim, sizeof info->st_mtim);
	return 0;
}

/* Of the names, contents and times of everything in it. */
static struct rq_key key_of_folder(void)
{
	folder_key = (struct rq_key){0};
	nftw(".", add_file, 16, FTW_PHYS);
	return folder_key;
}

/* ---- plans ---- */

static struct rq_plan make(struct lab_run *run)
{
	struct rq_plan plan;
	struct rq_key before = key_of_folder();
	enum rq_status status = rq_plan_make(&plan, &run->pipeline, &run->err);
	struct rq_key after = key_of_folder();

	ck_assert_msg(status == RQ_OK, "%s", run->err.text);
	ck_assert_mem_eq(&before, &after, sizeof before); /* holds for every plan of this file */
	lab_free(run);
	return plan;
}

static const struct rq_plan_stage *find(const struct rq_plan *plan, const char *side, const char *name)
{
	for (size_t i = 0; i < plan->stage_count; i++) {
		const struct rq_plan_stage *stage = &plan->stages[i];
		if (strcmp(stage->stage, name) == 0 && (side == NULL ? stage->side == NULL : stage->side != NULL && strcmp(stage->side, side) == 0))
			return stage;
	}
	return NULL;
}

static const char *state(const struct rq_plan *plan, const char *side, const char *name)
{
	const struct rq_plan_stage *stage = find(plan, side, name);

	return stage == NULL ? "" : rq_plan_state_name(stage->state);
}

/* "baseline fit, embed, index, search; candidate the same; exact" */
static void expect_states(const struct rq_plan *plan, const char *expected)
{
	static const char *const sides[] = {"baseline", "candidate"}, *const stages[] = {"fit", "embed", "index", "search"};
	struct rq_buf said = {0};

	for (size_t side = 0; side < 2; side++)
		for (size_t stage = 0; stage < 4; stage++)
			if (find(plan, sides[side], stages[stage]) != NULL)
				rq_buf_printf(&said, "%s %s, ", stages[stage], state(plan, sides[side], stages[stage]));
	rq_buf_printf(&said, "exact %s", state(plan, NULL, "exact"));
	ck_assert_str_eq(said.data, expected);
	rq_buf_release(&said);
}

/* What the cache says of the run must be what the plan said of it. */
static void expect_prophecy(const struct rq_plan *plan, const struct lab_run *run)
{
	static const char *const sides[] = {"baseline", "candidate"};
	size_t embedded = 0;

	for (int side = 0; side < RQ_SIDES; side++) {
		char name[32];
		embedded += run->pipeline.embeddings[side].embedded;
		snprintf(name, sizeof name, "%s.index", sides[side]);
		const char *use = lab_cache_use(run, name);
		if (find(plan, sides[side], "index") != NULL)
			ck_assert_msg((strcmp(state(plan, sides[side], "index"), "compute") == 0) == (strncmp(use, "built", 5) == 0),
			              "%s: planned \"%s\", then \"%s\"", name, state(plan, sides[side], "index"), use);
		ck_assert_msg((strcmp(state(plan, sides[side], "search"), "compute") == 0) == (strstr(use, "answers searched") != NULL),
		              "%s: planned \"%s\", then \"%s\"", name, state(plan, sides[side], "search"), use);
	}
	ck_assert_uint_eq(plan->to_embed, embedded);
	ck_assert_int_eq(strcmp(state(plan, NULL, "bm25"), "compute") == 0, strcmp(lab_cache_use(run, "bm25"), "answers searched") == 0);
	bool searched = strcmp(lab_cache_use(run, "baseline.exact"), "searched") == 0 || strcmp(lab_cache_use(run, "candidate.exact"), "searched") == 0;
	ck_assert_int_eq(strcmp(state(plan, NULL, "exact"), "compute") == 0, searched);
}

/* Plans a run, runs it, plans it again: now everything is there. */
static void plan_run_plan(bool cache, const char *json, const char *set)
{
	struct rq_plan plan = make(lab_load(cache, json, set, NULL));
	struct lab_run *run = lab_do(cache, NULL, set, NULL);

	expect_prophecy(&plan, run);
	rq_plan_release(&plan);
	lab_free(run);
	plan = make(lab_load(cache, NULL, set, NULL));
	run = lab_do(cache, NULL, set, NULL);
	expect_prophecy(&plan, run);
	if (cache) {
		ck_assert_uint_eq(plan.to_embed, 0);
		ck_assert_uint_eq(plan.known, plan.texts);
		ck_assert_double_eq(plan.stored, 0);
	}
	rq_plan_release(&plan);
	lab_free(run);
}

START_TEST(before_a_run_and_after_it)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct rq_plan plan = make(lab_load(true, hash_config, NULL));

	expect_states(&plan, "embed compute, index compute, search compute, embed shared, index shared, search compute, exact compute");
	const struct rq_plan_stage *embed = find(&plan, "baseline", "embed");
	ck_assert_str_eq(embed->what, "embed 50 documents and 20 topics with hash");
	ck_assert(embed->texts == TEXTS && embed->known == 0 && embed->to_embed == TEXTS && embed->rows == TEXTS && embed->dimension == 512);
	ck_assert_double_eq(embed->bytes, TEXTS * 512 * 4);
	ck_assert_double_eq(embed->stored, TEXTS * (16 + 512 * 4 + 8));
	ck_assert_str_eq(find(&plan, "baseline", "index")->what, "build HNSW8,Flat efConstruction=40 over 50 x 512");
	ck_assert_double_eq(plan.exact.products, 50. * 512 * 20);
	ck_assert(plan.texts == TEXTS && plan.known == 0 && plan.documents == DOCUMENTS && plan.topics == TOPICS && plan.cutoff == 10);
	ck_assert(plan.seconds.low > 0 && plan.seconds.high > plan.seconds.low && plan.unknown == 0 && plan.memory > 0 && plan.sent == 0);
	ck_assert_uint_eq(lab_count_files("."), 4); /* and no folder for the cache */
	ck_assert_int_ne(access("cache", F_OK), 0);
	rq_plan_release(&plan);

	lab_free(lab_do(true, NULL, NULL));
	plan = make(lab_load(true, NULL, NULL));
	expect_states(&plan, "embed cached, index cached, search cached, embed shared, index cached, search cached, exact cached");
	ck_assert(plan.texts == TEXTS && plan.known == TEXTS && plan.stored == 0);
	rq_plan_release(&plan);
}
END_TEST

/* Each further build is planned until its answers are there. */
START_TEST(further_builds)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct rq_plan one = make(lab_load(true, hash_config, NULL)), plan = make(lab_load(true, NULL, "candidate.index.builds=6", NULL));
	const struct rq_plan_stage *stage = find(&plan, "candidate", "builds");

	ck_assert_ptr_null(find(&one, "candidate", "builds"));
	ck_assert_ptr_null(find(&plan, "baseline", "builds"));
	ck_assert_str_eq(stage->what, "build the index 5 times more; 20 topics, 10 deep, each time");
	ck_assert_str_eq(state(&plan, "candidate", "builds"), "compute");
	ck_assert(stage->seconds.low > 0 && plan.seconds.high > stage->seconds.high && plan.stored > one.stored); /* plans themselves are as slow as the machine is busy */
	rq_plan_release(&plan);
	lab_free(lab_do(true, NULL, "candidate.index.builds=6", NULL));
	plan = make(lab_load(true, NULL, "candidate.index.builds=6", NULL));
	ck_assert_str_eq(state(&plan, "candidate", "builds"), "cached");
	rq_plan_release(&plan);
	plan = make(lab_load(true, NULL, "candidate.index.builds=7", NULL));
	ck_assert_str_eq(state(&plan, "candidate", "builds"), "compute");
	rq_plan_release(&plan);
	rq_plan_release(&one);
}
END_TEST

START_TEST(a_fitted_model)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct rq_plan plan = make(lab_load(true, lsa_config, NULL));
	expect_states(&plan, "fit compute, embed compute, index compute, search compute, embed shared, index shared, search compute, exact compute");
	rq_plan_release(&plan);
	lab_free(lab_do(true, NULL, NULL));
	plan = make(lab_load(true, NULL, NULL));
	expect_states(&plan, "fit cached, embed cached, index cached, search cached, embed shared, index cached, search cached, exact cached");
	rq_plan_release(&plan);
	/* another similarity: the same model and texts, which the baseline has fitted and embedded by then, in another matrix */
	plan = make(lab_load(true, NULL, "embedders.e.seed=2", "candidate.index.similarity=ip", NULL));
	expect_states(
		&plan, "fit compute, embed compute, index compute, search compute, fit shared, embed shared, index compute, search compute, exact compute");
	ck_assert(plan.texts == 2 * TEXTS && plan.known == TEXTS && plan.to_embed == TEXTS);
	rq_plan_release(&plan);
}
END_TEST

START_TEST(a_plan_says_what_the_run_then_does)
{
	struct rq_buf other = {0};

	lab_collection(DOCUMENTS, TOPICS);
	plan_run_plan(true, hash_config, "suite=x");
	plan_run_plan(false, hash_config, "suite=x");
	plan_run_plan(true, hash_config, "baseline.embedder=other");
	plan_run_plan(true, hash_config, "candidate.embedder=other");
	plan_run_plan(true, hash_config, "candidate.index.build=efConstruction=30");
	plan_run_plan(true, hash_config, "candidate.index={\"kind\":\"exact\"}");
	plan_run_plan(true, hash_config, "candidate={}");
	plan_run_plan(true, hash_config, "candidate.index={\"kind\":\"bm25\"}");
	plan_run_plan(true, words_config, "suite=x");
	plan_run_plan(true, words_config, "candidate={}");
	plan_run_plan(false, words_config, "candidate={}");
	plan_run_plan(true, words_config, "baseline.index.k1=2");
	plan_run_plan(true, hash_config, "cutoff=20");
	plan_run_plan(true, hash_config, "exact.topics=5");
	plan_run_plan(true, lsa_config, "candidate.index.similarity=l2");
	for (size_t i = 0; i < DOCUMENTS + 5; i++)
		lab_document(&other, i, i < 3 ? "bababababa" : NULL);
	lab_write_bytes("other.jsonl", other.data, other.size);
	rq_buf_release(&other);
	plan_run_plan(true, hash_config, "candidate.corpus=other.jsonl");
	plan_run_plan(true, lsa_config, "candidate.corpus=other.jsonl");
	plan_run_plan(false, lsa_config, "candidate.corpus=other.jsonl");
}
END_TEST

START_TEST(one_changed_document_is_one_text)
{
	struct rq_buf corpus = {0};

	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	for (size_t i = 0; i < DOCUMENTS; i++)
		lab_document(&corpus, i, i == 7 ? "bababababa" : NULL);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	struct rq_plan plan = make(lab_load(true, NULL, NULL));
	ck_assert(plan.texts == TEXTS && plan.known == TEXTS - 1 && plan.to_embed == 1);
	expect_states(&plan, "embed compute, index compute, search compute, embed shared, index shared, search compute, exact compute");
	rq_plan_release(&plan);
}
END_TEST

/* With parents, a search goes deeper until it has found enough of them; so does the look into the cache. */
START_TEST(chunks_of_parents)
{
	struct rq_buf corpus = {0};

	lab_collection(DOCUMENTS, TOPICS);
	for (size_t i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&corpus, "{\"_id\": \"c%zu\", \"parent\": \"d%02zu\", \"text\": \"word%zu and word%zu\"}\n", i, i / 5, i, i % 7);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	lab_write("queries.jsonl", "{\"_id\": \"t00\", \"text\": \"word3 and word10\"}\n{\"_id\": \"t01\", \"text\": \"word5 word6\"}\n");
	lab_write("qrels.tsv", "query-id\tcorpus-id\tscore\nt00\td02\t1\nt01\td01\t1\n");
	plan_run_plan(true, hash_config, "dataset.unit=parent");
}
END_TEST

START_TEST(vector_files_are_read)
{
	static const char json[] =
		"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},"
		"\"embedders\":{\"v\":{\"kind\":\"vectors\",\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}},\"baseline\":{\"embedder\":\"v\",\"index\":{\"factory\":\"IVF4,Flat\",\"search\":\"nprobe=2\"}},\"candidate\":{},"
		"\"metrics\":[\"RR@10\"],\"cutoff\":10,\"latency\":{\"samples\":0},\"gates\":[]}";

	lab_collection(DOCUMENTS, TOPICS);
	lab_npy("c.npy", DOCUMENTS, 24, 1);
	lab_npy("t.npy", TOPICS, 24, 2);
	struct rq_plan plan = make(lab_load(true, json, NULL));
	expect_states(&plan, "embed read, index compute, search compute, embed shared, index shared, search shared, exact compute");
	ck_assert(plan.texts == TEXTS && plan.to_embed == 0 && find(&plan, "baseline", "embed")->dimension == 24);
	rq_plan_release(&plan);
	plan_run_plan(true, json, "suite=x");
	lab_npy("t.npy", TOPICS, 23, 2);
	struct lab_run *planned = lab_load(true, NULL, NULL), *run = lab_try(true, NULL, NULL);
	ck_assert_int_eq(rq_plan_make(&plan, &planned->pipeline, &planned->err), RQ_E_DATA);
	ck_assert_str_eq(planned->err.text, run->err.text);
	rq_plan_release(&plan);
	lab_free(planned);
	lab_free(run);
}
END_TEST

START_TEST(an_index_file_is_opened_and_a_wrong_one_refused)
{
	struct rq_plan plan;

	lab_collection(DOCUMENTS, TOPICS);
	lab_write("wrong.faiss", "no index");
	const char *set = "candidate.index={\"file\":\"wrong.faiss\"}";
	struct lab_run *planned = lab_load(true, hash_config, set, NULL), *run = lab_try(true, NULL, set, NULL);
	ck_assert_int_eq(rq_plan_make(&plan, &planned->pipeline, &planned->err), RQ_E_DATA);
	ck_assert_str_eq(planned->err.text, run->err.text);
	rq_plan_release(&plan);
	lab_free(planned);
	lab_free(run);

	struct lab_run *built = lab_do(false, NULL, NULL);
	FILE *file = fopen("right.faiss", "w");
	ck_assert_int_eq(built->pipeline.searchers[0].side->backend->save(built->pipeline.searchers[0].index, file, &built->err), RQ_OK);
	fclose(file);
	lab_free(built);
	set = "candidate.index={\"file\":\"right.faiss\",\"search\":\"efSearch=30\"}";
	plan = make(lab_load(false, NULL, set, NULL));
	expect_states(&plan, "embed compute, index compute, search compute, embed shared, index read, search compute, exact compute");
	ck_assert_str_eq(find(&plan, "candidate", "index")->what, "open \"right.faiss\"");
	rq_plan_release(&plan);
	plan_run_plan(true, NULL, set);
}
END_TEST

START_TEST(a_damaged_entry_is_planned_anew_and_left_alone)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	char *path = lab_only_file("cache/index");
	struct rq_buf entry = lab_read(path);
	entry.data[entry.size / 2] ^= 1;
	lab_write_bytes(path, entry.data, entry.size);
	struct rq_plan plan = make(lab_load(true, NULL, NULL));
	expect_states(&plan, "embed cached, index compute, search cached, embed shared, index shared, search cached, exact cached");
	ck_assert_uint_eq(lab_count_files("cache/index"), 1);
	rq_plan_release(&plan);
	rq_buf_release(&entry);
	free(path);
	path = lab_only_file("cache/embeddings");
	entry = lab_read(path);
	entry.data[entry.size / 2] ^= 1;
	lab_write_bytes(path, entry.data, entry.size);
	plan = make(lab_load(true, NULL, NULL));
	ck_assert_uint_eq(plan.to_embed, 1);
	rq_plan_release(&plan);
	rq_buf_release(&entry);
	free(path);
}
END_TEST

/* 400 x 65,536 numbers a topic: 40 topics are beyond what needs no estimate, 38 are not. */
START_TEST(exact_search_and_its_budget)
{
	static const char config[] = CONFIG("{\"kind\":\"hash\",\"dim\":65536}");

	lab_collection(400, 40);
	struct rq_plan plan = make(lab_load(false, config, "exact.budget=1us", NULL));
	ck_assert_str_eq(plan.exact.decision, "not done, over the budget: set exact.topics to at most 38, give exact.truth, or raise exact.budget");
	ck_assert(plan.exact.state == RQ_PLAN_LEFT_OUT && plan.exact.most_topics == 38 && plan.exact.products >= 400. * 65536 * 40);
	rq_plan_release(&plan);
	plan = make(lab_load(false, NULL, "exact.budget=1us", "exact.topics=38", NULL));
	ck_assert_str_eq(plan.exact.decision, "searched: a seeded sample of 38 topics");
	rq_plan_release(&plan);
	plan = make(lab_load(false, NULL, "exact.budget=10m", NULL));
	ck_assert_str_eq(plan.exact.decision, "searched: all 40 topics");
	rq_plan_release(&plan);
	plan = make(lab_load(false, NULL, "exact.budget=1us", "embedders.e.dim=1048576", NULL));
	ck_assert_ptr_nonnull(strstr(plan.exact.decision, "exact.topics to at most 2,"));
	rq_plan_release(&plan);
	plan = make(lab_load(false, NULL, "exact.budget=0s", NULL));
	ck_assert_str_eq(plan.exact.decision, "not done: exact.budget is 0");
	rq_plan_release(&plan);
	plan = make(lab_load(false, NULL, "baseline.index={\"kind\":\"exact\"}", "candidate={}", NULL));
	ck_assert_str_eq(plan.exact.decision, "not needed: no side has an approximate index");
	rq_plan_release(&plan);
}
END_TEST

/* The baseline's needs no estimate, the candidate's is beyond any: the run searches neither, as planned. */
START_TEST(exact_search_that_only_one_side_can_afford)
{
	lab_collection(300, 300);
	struct rq_plan plan = make(lab_load(
		true,
		"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},"
		"\"embedders\":{\"small\":{\"kind\":\"hash\",\"dim\":64},\"large\":{\"kind\":\"hash\",\"dim\":12000}},"
		"\"baseline\":{\"embedder\":\"small\",\"index\":{\"kind\":\"faiss\",\"factory\":\"Flat\"}},\"candidate\":{\"embedder\":\"large\"},"
		"\"metrics\":[\"RR@10\"],\"cutoff\":10,\"exact\":{\"budget\":\"1us\"},\"latency\":{\"samples\":0},\"gates\":[]}",
		NULL));
	struct lab_run *run = lab_do(true, NULL, NULL);

	ck_assert_int_eq(plan.exact.state, RQ_PLAN_LEFT_OUT);
	expect_prophecy(&plan, run);
	ck_assert_str_eq(lab_cache_use(run, "baseline.exact"), "left out");
	ck_assert_str_eq(lab_cache_use(run, "candidate.exact"), "too long");
	ck_assert_ptr_null(run->pipeline.comparison.sides[RQ_BASELINE].exact);
	rq_plan_release(&plan);
	lab_free(run);
	/* a side whose answers are there keeps them */
	lab_free(lab_do(true, NULL, "candidate={}", NULL));
	run = lab_do(true, NULL, NULL);
	ck_assert_str_eq(lab_cache_use(run, "baseline.exact"), "cached");
	ck_assert_str_eq(lab_cache_use(run, "candidate.exact"), "too long");
	ck_assert_ptr_nonnull(run->pipeline.comparison.sides[RQ_BASELINE].exact);
	lab_free(run);
}
END_TEST

START_TEST(what_has_no_estimate_is_said)
{
	lab_collection(200, TOPICS);
	struct rq_plan plan = make(lab_load(true, hash_config, "candidate.index={\"factory\":\"NSG16,Flat\"}", NULL));
	ck_assert(isnan(find(&plan, "candidate", "index")->seconds.low) && plan.unknown == 1 && plan.seconds.low > 0);
	ck_assert_uint_eq(plan.warning_count, 1);
	ck_assert_str_eq(plan.warnings[0], "candidate: how long NSG16,Flat takes to build is not known (its graph)");
	rq_plan_release(&plan);
}
END_TEST

START_TEST(run_files_need_nothing)
{
	lab_write("a.run", "t1 Q0 d1 1 2 x\nt1 Q0 d2 2 1 x\n");
	lab_write("qrels", "t1 0 d1 1\n");
	struct rq_plan plan = make(lab_load(
		true,
		"{\"dataset\":{\"qrels\":\"qrels\"},\"baseline\":{\"run\":\"a.run\"},\"candidate\":{\"run\":\"a.run\"},\"metrics\":[\"RR@10\"],\"gates\":[]}",
		NULL));
	expect_states(&plan, "search read, search read, exact left out");
	ck_assert_ptr_null(find(&plan, NULL, "latency"));
	ck_assert(plan.texts == 0 && plan.topics == 1);
	rq_plan_release(&plan);
}
END_TEST

Suite *plan_suite(void)
{
	Suite *suite = suite_create("plan");
	TCase *tests = lab_case("plan");

	tcase_add_test(tests, before_a_run_and_after_it);
	tcase_add_test(tests, further_builds);
	tcase_add_test(tests, a_fitted_model);
	tcase_add_test(tests, a_plan_says_what_the_run_then_does);
	tcase_add_test(tests, one_changed_document_is_one_text);
	tcase_add_test(tests, chunks_of_parents);
	tcase_add_test(tests, vector_files_are_read);
	tcase_add_test(tests, an_index_file_is_opened_and_a_wrong_one_refused);
	tcase_add_test(tests, a_damaged_entry_is_planned_anew_and_left_alone);
	tcase_add_test(tests, exact_search_and_its_budget);
	tcase_add_test(tests, exact_search_that_only_one_side_can_afford);
	tcase_add_test(tests, what_has_no_estimate_is_said);
	tcase_add_test(tests, run_files_need_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
