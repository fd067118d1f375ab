/* What a run takes from the cache, and that nothing in it changes a result. */
#include "lab.h"

#include "evalcore/base/system.h"
#include "evalcore/pipeline/cache_folder.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG(embedder) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"e\":" embedder "}," \
	"\"baseline\":{\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"build\":\"efConstruction=40\",\"search\":\"efSearch=16\"}}," \
	"\"candidate\":{\"index\":{\"search\":\"efSearch=20\"}},\"metrics\":[\"RR@10\",\"nDCG@10\"],\"cutoff\":10,\"latency\":{\"samples\":0}," \
	"\"gates\":[]}"
static const char hash_config[] = CONFIG("{\"kind\":\"hash\",\"dim\":512}"), lsa_config[] = CONFIG("{\"kind\":\"lsa\",\"dim\":16}");

enum { DOCUMENTS = 50, TOPICS = 20, TEXTS = DOCUMENTS + TOPICS };

/* Everything that was found, to the last digit. */
static struct rq_buf answers(const struct lab_run *run)
{
	struct rq_buf out = {0};

	for (int side = 0; side < RQ_SIDES; side++)
		for (size_t t = 0; t < run->pipeline.runs[side].count; t++) {
			const struct rq_ranking *ranking = &run->pipeline.runs[side].rankings[t];
			for (size_t i = 0; i < ranking->count; i++)
				rq_buf_printf(&out, "%d %s %s %a\n", side, ranking->topic, ranking->documents[i].document, ranking->documents[i].score);
		}
	for (size_t i = 0; i < run->pipeline.comparison.metric_count; i++)
		rq_buf_printf(&out, "%a %a\n", run->pipeline.comparison.metrics[i].value[0], run->pipeline.comparison.metrics[i].value[1]);
	for (size_t i = 0; i < run->pipeline.comparison.input_count; i++)
		rq_buf_printf(&out, "%s %s\n", run->pipeline.comparison.inputs[i].name, run->pipeline.comparison.inputs[i].text);
	return out;
}

static void expect_answers(struct lab_run *run, const struct rq_buf *expected)
{
	struct rq_buf found = answers(run);

	ck_assert_str_eq(found.data, expected->data);
	rq_buf_release(&found);
	lab_free(run);
}

static void expect_use(struct lab_run *run, const char *embed, const char *baseline, const char *candidate)
{
	ck_assert_str_eq(lab_cache_use(run, "baseline.embed"), embed);
	ck_assert_str_eq(lab_cache_use(run, "baseline.index"), baseline);
	ck_assert_str_eq(lab_cache_use(run, "candidate.index"), candidate);
	ck_assert_uint_eq(run->pipeline.cache.damaged, 0);
	ck_assert_int_eq(run->pipeline.cache.write_error.status, RQ_OK);
	lab_free(run);
}

/* Changes the texts of the documents from `first` on up to `end`. */
static void change_documents(size_t first, size_t end)
{
	struct rq_buf corpus = {0};

	for (size_t i = 0; i < DOCUMENTS; i++)
		lab_document(&corpus, i, i >= first && i < end ? "bababababa" : NULL);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
}

START_TEST(a_first_run_makes_everything_and_a_second_nothing)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *first = lab_do(true, hash_config, NULL);
	struct rq_buf expected = answers(first);

	/* the candidate's index is built like the baseline's */
	expect_use(first, "70 texts embedded, 0 known", "built; answers searched", "cached; answers searched");
	expect_use(lab_do(true, NULL, NULL), "0 texts embedded, 70 known", "not opened yet; answers cached", "not opened yet; answers cached");
	expect_answers(lab_do(true, NULL, NULL), &expected);
	expect_use(lab_do(false, NULL, NULL), "70 texts embedded, 0 known", "built; answers searched", "built; answers searched");
	expect_answers(lab_do(false, NULL, NULL), &expected);
	rq_buf_release(&expected);
}
END_TEST

START_TEST(one_changed_document_costs_one_embedding)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	change_documents(7, 8);
	expect_use(lab_do(true, NULL, NULL), "1 texts embedded, 69 known", "built; answers searched", "cached; answers searched");
	change_documents(0, 0); /* back again: all is still there */
	expect_use(lab_do(true, NULL, NULL), "0 texts embedded, 70 known", "not opened yet; answers cached", "not opened yet; answers cached");
}
END_TEST

START_TEST(one_changed_topic_costs_one_embedding_and_no_build)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	struct rq_buf queries = lab_read("queries.jsonl");
	*strstr(queries.data, " \"}") = 'x';
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	expect_use(lab_do(true, NULL, NULL), "1 texts embedded, 69 known", "cached; answers searched", "cached; answers searched");
	rq_buf_release(&queries);
}
END_TEST

START_TEST(a_changed_efsearch_costs_neither_embedding_nor_build)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	expect_use(lab_do(true, NULL, "candidate.index.search=efSearch=12", NULL), "0 texts embedded, 70 known", "not opened yet; answers cached",
	           "cached; answers searched");
	expect_use(lab_do(true, NULL, "candidate.index.build=efConstruction=50", NULL), "0 texts embedded, 70 known", "not opened yet; answers cached",
	           "built; answers searched");
	expect_use(lab_do(true, NULL, "candidate.index.seed=2", NULL), "0 texts embedded, 70 known", "not opened yet; answers cached",
	           "built; answers searched");
	expect_use(lab_do(true, NULL, "cutoff=11", NULL), "0 texts embedded, 70 known", "cached; answers searched", "cached; answers searched");
}
END_TEST

START_TEST(another_id_is_another_answer_but_the_same_vectors)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_free(lab_do(true, hash_config, NULL));
	struct rq_buf corpus = lab_read("corpus.jsonl");
	memcpy(strstr(corpus.data, "d49"), "zzz", 3);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
	struct lab_run *run = lab_do(true, NULL, NULL), *anew;
	/* the order of ids by bytes is what equal scores are decided by; here it stays, so that the answers hold, under the new name */
	ck_assert_str_eq(lab_cache_use(run, "baseline.embed"), "0 texts embedded, 70 known");
	ck_assert_str_eq(lab_cache_use(run, "baseline.index"), "not opened yet; answers cached");
	struct rq_buf found = answers(run);
	ck_assert_ptr_null(strstr(found.data, "d49"));
	anew = lab_do(false, NULL, NULL);
	expect_answers(anew, &found);
	lab_free(run);
	rq_buf_release(&found);
}
END_TEST

START_TEST(lsa_is_fitted_anew_where_the_corpus_changed)
{
	lab_collection(DOCUMENTS, TOPICS);
	expect_use(lab_do(true, lsa_config, NULL), "70 texts embedded, 0 known", "built; answers searched", "cached; answers searched");
	expect_use(lab_do(true, NULL, NULL), "0 texts embedded, 70 known", "not opened yet; answers cached", "not opened yet; answers cached");
	ck_assert_uint_eq(lab_count_files("cache/model"), 1);
	change_documents(7, 8);
	expect_use(lab_do(true, NULL, NULL), "70 texts embedded, 0 known", "built; answers searched", "cached; answers searched");
	ck_assert_uint_eq(lab_count_files("cache/model"), 2);
	ck_assert_uint_eq(lab_count_files("cache/embeddings"), 2);
}
END_TEST

/* Paths of all entries of the cache: they lie in its folders. */
static char *paths[64];
static size_t path_count;

static int list_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	if (kind == FTW_F && place->level == 2 && path_count < 64)
		paths[path_count++] = strdup(path);
	return 0;
}

static bool has_path_of(const char *kind)
{
	char start[64];
	bool found = false;

	snprintf(start, sizeof start, "cache/%s/", kind);
	for (size_t i = 0; i < path_count && !found; i++)
		found = strncmp(paths[i], start, strlen(start)) == 0;
	return found;
}

static void expect_mended(const char *path, const char *bytes, size_t size, const struct rq_buf *expected)
{
	lab_write_bytes(path, bytes, size);
	struct lab_run *run = lab_do(true, NULL, NULL);
	ck_assert_msg(run->pipeline.cache.damaged == 1, "%s, %zu bytes: not found damaged", path, size);
	expect_answers(run, expected);
	run = lab_do(true, NULL, NULL);
	ck_assert_msg(run->pipeline.cache.damaged == 0, "%s, %zu bytes: not mended", path, size);
	expect_answers(run, expected);
}

START_TEST(a_damaged_entry_of_any_kind_is_made_again)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_do(true, lsa_config, NULL);
	struct rq_buf expected = answers(run);
	lab_free(run);
	nftw("cache", list_file, 8, FTW_PHYS);
	for (size_t kind = 0; kind < rq_cache_kind_count; kind++)
		if (strcmp(rq_cache_kinds[kind].name, "identity") != 0) /* services: test_asking.c */
			ck_assert_msg(has_path_of(rq_cache_kinds[kind].name), "nothing of the kind %s", rq_cache_kinds[kind].name);
	ck_assert_uint_ge(path_count, 6); /* a model, embeddings, an index and its digest, answers of both sides and of exact search */
	for (size_t i = 0; i < path_count; i++) {
		struct rq_buf bytes = lab_read(paths[i]);
		size_t places[] = {0, bytes.size / 2, bytes.size - 1};
		for (size_t place = 0; place < 3; place++) {
			bytes.data[places[place]] ^= 4;
			/* what stands behind another cached stage is not even looked at: take the others away */
			for (size_t j = 0; j < path_count; j++)
				if (j != i && (strstr(paths[j], "/neighbours/") != NULL || strstr(paths[i], "/index") != NULL))
					unlink(paths[j]);
			expect_mended(paths[i], bytes.data, bytes.size, &expected);
			bytes.data[places[place]] ^= 4;
		}
		expect_mended(paths[i], bytes.data, bytes.size - 1, &expected);
		rq_buf_release(&bytes);
	}
	while (path_count > 0)
		free(paths[--path_count]);
	rq_buf_release(&expected);
}
END_TEST

START_TEST(a_cache_that_cannot_be_written_changes_no_result)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_do(false, lsa_config, NULL);
	struct rq_buf expected = answers(run);

	lab_free(run);
	lab_write("cache", "in the way");
	run = lab_do(true, NULL, NULL);
	ck_assert_str_eq(run->pipeline.cache.write_error.text, "\"cache\": is not a folder");
	expect_answers(run, &expected);
	rq_buf_release(&expected);
}
END_TEST

START_TEST(threads_change_no_result)
{
	lab_collection(DOCUMENTS, TOPICS);
	rq_threads_set(1);
	struct lab_run *run = lab_do(false, lsa_config, NULL);
	struct rq_buf expected = answers(run);

	lab_free(run);
	for (int threads = 2; threads <= 4; threads++) {
		rq_threads_set(threads);
		expect_answers(lab_do(false, NULL, NULL), &expected);
	}
	rq_buf_release(&expected);
}
END_TEST

Suite *reuse_suite(void)
{
	Suite *suite = suite_create("reuse");
	TCase *tests = lab_case("reuse");

	tcase_add_test(tests, a_first_run_makes_everything_and_a_second_nothing);
	tcase_add_test(tests, one_changed_document_costs_one_embedding);
	tcase_add_test(tests, one_changed_topic_costs_one_embedding_and_no_build);
	tcase_add_test(tests, a_changed_efsearch_costs_neither_embedding_nor_build);
	tcase_add_test(tests, another_id_is_another_answer_but_the_same_vectors);
	tcase_add_test(tests, lsa_is_fitted_anew_where_the_corpus_changed);
	tcase_add_test(tests, a_damaged_entry_of_any_kind_is_made_again);
	tcase_add_test(tests, a_cache_that_cannot_be_written_changes_no_result);
	tcase_add_test(tests, threads_change_no_result);
	suite_add_tcase(suite, tests);
	return suite;
}
