/* An index that streams by finds what the loaded one finds. */
#include "datasets/datasets.h"
#include "datasets/vector_file.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/serving.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* Two blocks and a piece, of which the last row is alone in its own. */
enum { DIMENSION = 256, ROWS = 2 * 1024 + 1, QUERIES = 37, CUTOFF = 10 };

static char root[64];
static struct rq_error err;
static struct rq_arena arena;

#define MUST(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static void set_up(void)
{
	strcpy(root, "/tmp/rqgate-serving-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void tear_down(void)
{
	rq_arena_release(&arena);
	rq_remove_tree(root);
}

static const char *path_in_root(const char *name)
{
	return rq_path_join(&arena, root, name);
}

/* Row i is row i % distinct. */
static void fill(struct rq_vectors *vectors, size_t n, size_t distinct, uint64_t seed)
{
	struct rq_random random;

	rq_random_seed(&random, seed);
	MUST(rq_vectors_init(vectors, n, DIMENSION, &err));
	for (size_t i = 0; i < n * DIMENSION; i++)
		vectors->data[i] = i < distinct * DIMENSION ? (float)rq_random_normal(&random) : vectors->data[i % (distinct * DIMENSION)];
}

static void write_index(const char *kind, const char *similarity, const struct rq_vectors *vectors, const char *path)
{
	const struct rq_vector_file file = {.vectors = *vectors};
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = "Flat", .seed = 1, .threads = 1};
	struct rq_index *index;
	FILE *stream = fopen(path, "wb");

	ck_assert_ptr_nonnull(stream);
	if (strcmp(kind, "exact") == 0) {
		MUST(rq_vector_format_find("npy")->write(stream, &file, RQ_TENSOR_F32, &err));
	} else {
		MUST(faiss->build(&index, &config, strcmp(similarity, "l2") == 0 ? RQ_L2 : RQ_INNER_PRODUCT, vectors, NULL, &err));
		MUST(faiss->save(index, stream, &err));
		faiss->close(index);
	}
	ck_assert_int_eq(fclose(stream), 0);
}

static void expect_same_runs(const struct rq_run *a, const struct rq_run *b)
{
	ck_assert_uint_eq(a->count, b->count);
	for (size_t i = 0; i < a->count; i++) {
		ck_assert_str_eq(a->rankings[i].topic, b->rankings[i].topic);
		ck_assert_uint_eq(a->rankings[i].count, b->rankings[i].count);
		for (size_t j = 0; j < a->rankings[i].count; j++) {
			ck_assert_str_eq(a->rankings[i].documents[j].document, b->rankings[i].documents[j].document);
			ck_assert(a->rankings[i].documents[j].score == b->rankings[i].documents[j].score);
		}
	}
}

static void search_both(const struct rq_serving_how *how, const struct rq_vectors *queries, const struct rq_ids *query_ids, size_t k, bool streams)
{
	struct rq_serving loaded = {0}, lean = {0};
	struct rq_run by_loaded = {0}, by_lean = {0};
	struct rq_ids ids = {0};
	const char *index = path_in_root("index"), *ids_path = path_in_root("ids");

	MUST(rq_serving_open(&loaded, how, index, ids_path, &err));
	MUST(rq_ids_load(&ids, ids_path, &err));
	MUST(rq_serving_open_lean(&lean, how, index, ids_path, &ids, &err));
	ck_assert(lean.rows.plain && lean.index == NULL && rq_serving_dimension(&lean) == DIMENSION);
	MUST(rq_serving_search(&by_loaded, &loaded, queries, query_ids, k, &err));
	MUST(rq_serving_search(&by_lean, &lean, queries, query_ids, k, &err));
	ck_assert_int_eq(lean.index == NULL, streams); /* where FAISS had to choose it was loaded after all */
	expect_same_runs(&by_loaded, &by_lean);
	rq_run_release(&by_loaded);
	rq_run_release(&by_lean);
	rq_serving_close(&loaded);
	rq_serving_close(&lean);
	rq_ids_release(&ids);
}

START_TEST(a_block_at_a_time_finds_the_same)
{
	static const struct rq_serving_how hows[] = {
		{"exact", NULL, "cosine"}, {"exact", NULL, "ip"}, {"exact", NULL, "l2"}, {"faiss", NULL, "cosine"}, {"faiss", NULL, "ip"}, {"faiss", NULL, "l2"}};
	static const size_t distinct[] = {ROWS, ROWS / 6, ROWS / 60, 1}; /* equal scores: none, few, more than FAISS keeps, all */
	const struct rq_serving_how *how = &hows[_i % 6];
	size_t kinds = distinct[_i / 6];
	bool is_exact = strcmp(how->kind, "exact") == 0;
	struct rq_vectors vectors, queries;
	struct rq_ids query_ids = {0};
	struct rq_buf ids = {0};
	char name[16];

	fill(&vectors, ROWS, kinds, 1);
	fill(&queries, QUERIES, QUERIES, 2);
	for (int i = 0; i < QUERIES; i++) {
		snprintf(name, sizeof name, "q%d", i);
		ck_assert_uint_ne(rq_ids_add(&query_ids, name, strlen(name), NULL), RQ_ID_NONE);
	}
	for (int i = 0; i < ROWS; i++)
		rq_buf_printf(&ids, "d%d\n", i * 7919 % ROWS);
	MUST(rq_file_write(path_in_root("ids"), ids.data, ids.size, &err));
	write_index(how->kind, how->similarity, &vectors, path_in_root("index"));
	search_both(how, &queries, &query_ids, CUTOFF, is_exact || kinds >= ROWS / 6);
	search_both(how, &queries, &query_ids, 1, is_exact || kinds >= ROWS / 6);
	rq_buf_release(&ids);
	rq_ids_release(&query_ids);
	rq_vectors_release(&queries);
	rq_vectors_release(&vectors);
}
END_TEST

static double peak_megabytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_maxrss / 1024;
}

/* A megabyte of short vectors has many rows. */
START_TEST(short_vectors_go_by_in_little_memory)
{
	enum { SHORT = 1 << 18, ASKED = 100, MEGABYTES_MOST = 40 };
	const struct rq_serving_how how = {"exact", NULL, "ip"};
	struct rq_vectors vectors, queries;
	struct rq_ids query_ids = {0}, ids = {0};
	struct rq_serving serving = {0};
	struct rq_run run = {0};
	struct rq_random random;
	char name[16];

	rq_random_seed(&random, 1);
	MUST(rq_vectors_init(&vectors, SHORT, 1, &err));
	MUST(rq_vectors_init(&queries, ASKED, 1, &err));
	for (int i = 0; i < SHORT; i++) {
		vectors.data[i] = (float)rq_random_normal(&random);
		snprintf(name, sizeof name, "d%d", i);
		ck_assert_uint_ne(rq_ids_add(&ids, name, strlen(name), NULL), RQ_ID_NONE);
	}
	for (int i = 0; i < ASKED; i++) {
		queries.data[i] = (float)rq_random_normal(&random);
		snprintf(name, sizeof name, "q%d", i);
		ck_assert_uint_ne(rq_ids_add(&query_ids, name, strlen(name), NULL), RQ_ID_NONE);
	}
	write_index("exact", "ip", &vectors, path_in_root("index"));
	MUST(rq_serving_open_lean(&serving, &how, path_in_root("index"), "ids", &ids, &err));
	double before = peak_megabytes();
	MUST(rq_serving_search(&run, &serving, &queries, &query_ids, CUTOFF, &err));
	ck_assert_ptr_null(serving.index);
	double taken = peak_megabytes() - before;
#if !defined(__SANITIZE_ADDRESS__) /* which keeps what was freed */
	ck_assert_msg(taken < MEGABYTES_MOST, "%.0f MB", taken);
#else
	(void)taken;
#endif
	rq_run_release(&run);
	rq_serving_close(&serving);
	rq_ids_release(&query_ids);
	rq_vectors_release(&queries);
	rq_vectors_release(&vectors);
}
END_TEST

/* What searches other than by all of its rows, or ranks otherwise than asked, is opened as a server does, which tells what is wrong. */
START_TEST(what_is_not_flat_is_loaded)
{
	struct rq_serving serving = {0};
	struct rq_vectors vectors;
	struct rq_ids ids = {0};
	const struct rq_serving_how by_distance = {"faiss", NULL, "l2"};

	fill(&vectors, ROWS, ROWS, 1);
	write_index("faiss", "ip", &vectors, path_in_root("index"));
	ck_assert_int_eq(rq_serving_open_lean(&serving, &by_distance, path_in_root("index"), "ids", &ids, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "it ranks by the inner product, and the config asks for L2 distance") != NULL, "%s", err.text);
	rq_serving_close(&serving);
	vectors.data[ROWS * DIMENSION - 1] = NAN;
	write_index("exact", "ip", &vectors, path_in_root("index"));
	const struct rq_serving_how exact = {"exact", NULL, "ip"};
	ck_assert_int_eq(rq_serving_open_lean(&serving, &exact, path_in_root("index"), "ids", &ids, &err), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "index: row 2048, column 255 (counted from 0) is NaN") != NULL, "%s", err.text);
	rq_serving_close(&serving);
	rq_vectors_release(&vectors);
}
END_TEST

Suite *serving_suite(void)
{
	Suite *suite = suite_create("serving");
	TCase *tests = tcase_create("serving");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, a_block_at_a_time_finds_the_same, 0, 24);
	tcase_add_test(tests, short_vectors_go_by_in_little_memory);
	tcase_add_test(tests, what_is_not_flat_is_loaded);
	suite_add_tcase(suite, tests);
	return suite;
}
