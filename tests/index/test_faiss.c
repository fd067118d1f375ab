#include "evalcore/base/system.h"
#include "evalcore/index/faiss_shim.h"
#include "tests/index/vectors.h"

#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct rq_backend *faiss;
static struct rq_error err;

static void find_backend(void)
{
	faiss = rq_backend_find("faiss");
	rq_threads_set(2);
}

static struct rq_index *built(struct rq_index_config config, const struct rq_vectors *vectors)
{
	struct rq_index *index;

	config.kind = "faiss";
	ck_assert_msg(faiss->build(&index, &config, config.similarity == L2 ? RQ_L2 : RQ_INNER_PRODUCT, vectors, NULL, &err) == RQ_OK, "%s: %s",
	              config.factory, err.text);
	return index;
}

static const char *build_error(struct rq_index_config config, const struct rq_vectors *vectors)
{
	struct rq_index *index = NULL;

	ck_assert_int_ne(faiss->build(&index, &config, config.similarity == L2 ? RQ_L2 : RQ_INNER_PRODUCT, vectors, NULL, &err), RQ_OK);
	ck_assert_ptr_null(index);
	return err.text;
}

static const char *check_error(struct rq_index_config config, size_t d)
{
	ck_assert_int_eq(faiss->check(&config, d, &err), RQ_E_CONFIG);
	return err.text;
}

static struct rq_neighbours searched(struct rq_index *index, const char *search, const struct rq_vectors *queries, size_t k, const uint32_t *ranks)
{
	struct rq_neighbours out = neighbours_for(queries->n, k);

	ck_assert_msg(faiss->configure(index, search, &err) == RQ_OK, "%s", err.text);
	ck_assert_msg(faiss->search_batch(index, queries->data, queries->n, ranks, &out, NULL, &err) == RQ_OK, "%s", err.text);
	return out;
}

static struct rq_neighbours truth_of(const struct rq_vectors *base, const struct rq_vectors *queries, size_t k, enum rq_similarity similarity,
                                     const uint32_t *ranks)
{
	struct rq_neighbours out = neighbours_for(queries->n, k);

	ck_assert_int_eq(rq_exact_search(&out, base, queries->data, queries->n, similarity, ranks, NULL, &err), RQ_OK);
	return out;
}

/* What save() writes. */
static char *bytes_of(const struct rq_index *index, size_t *size)
{
	char *bytes;
	FILE *stream = open_memstream(&bytes, size);

	ck_assert_int_eq(faiss->save(index, stream, &err), RQ_OK);
	ck_assert_int_eq(fclose(stream), 0);
	return keep(bytes);
}

/* On whole numbers every sum is exact, so that FAISS's scores must be ours to the bit, with ties in the same order. */
START_TEST(flat_equals_exact_search)
{
	struct rq_vectors base = gaussian_vectors(3000, 16, 1), queries = gaussian_vectors(50, 16, 2);
	uint32_t *ranks = shuffled_ranks(3000, 3);
	enum rq_similarity similarity = _i == 0 ? RQ_INNER_PRODUCT : RQ_L2;
	size_t ties = 0, k = 20;

	for (size_t i = 0; i < 3000 * 16; i++)
		base.data[i] = (float)round((double)base.data[i] * 3);
	for (size_t i = 0; i < 50 * 16; i++)
		queries.data[i] = (float)round((double)queries.data[i] * 3);
	struct rq_index *index = built((struct rq_index_config){.factory = "Flat", .similarity = _i == 0 ? IP : L2}, &base);
	struct rq_neighbours found = searched(index, NULL, &queries, k, ranks), truth = truth_of(&base, &queries, k, similarity, ranks);
	ck_assert_mem_eq(found.counts, truth.counts, 50 * sizeof *found.counts);
	ck_assert_mem_eq(found.scores, truth.scores, 50 * k * sizeof *found.scores);
	ck_assert_mem_eq(found.rows, truth.rows, 50 * k * sizeof *found.rows);
	for (size_t i = 0; i + 1 < 50 * k; i++)
		ties += truth.scores[i] == truth.scores[i + 1];
	ck_assert_uint_gt(ties, 50);
	faiss->close(index);
}
END_TEST

START_TEST(more_neighbours_than_rows)
{
	struct rq_vectors base = clustered_vectors(30, 8, 1), queries = clustered_vectors(3, 8, 2);
	uint32_t *ranks = shuffled_ranks(30, 3);
	static const char *const factories[] = {"Flat", "HNSW8,Flat", "SQ8"};

	for (size_t i = 0; i < 3; i++) {
		struct rq_index *index = built((struct rq_index_config){.factory = factories[i]}, &base);
		struct rq_neighbours found = searched(index, NULL, &queries, 50, ranks);
		for (size_t q = 0; q < 3; q++) /* a graph may leave a row that no link leads to */
			ck_assert(found.counts[q] == 30 || (i == 1 && found.counts[q] >= 25));
		faiss->close(index);
	}
	/* one list of two: its rows alone, the rest is FAISS's padding */
	struct rq_index *index = built((struct rq_index_config){.factory = "IVF2,Flat"}, &base);
	struct rq_neighbours found = searched(index, "nprobe=1", &queries, 50, ranks);
	ck_assert(found.counts[0] > 0 && found.counts[0] < 30);
	for (size_t i = 0; i < found.counts[0]; i++)
		ck_assert_uint_lt(found.rows[i], 30);
	struct rq_neighbours none = searched(index, NULL, &queries, 0, ranks);
	ck_assert_uint_eq(none.counts[0], 0);
	faiss->close(index);
}
END_TEST

/* A floor on recall, and proof that the approximate path ran: with little effort it must miss some. */
START_TEST(hnsw_finds_more_with_more_effort)
{
	struct rq_vectors base = clustered_vectors(6000, 32, 1), queries = clustered_vectors(200, 32, 2);
	uint32_t *ranks = shuffled_ranks(6000, 3);
	struct rq_neighbours truth = truth_of(&base, &queries, 10, RQ_INNER_PRODUCT, ranks);
	struct rq_index *index = built((struct rq_index_config){.factory = "HNSW8,Flat", .build = "efConstruction=40", .seed = 1}, &base);
	struct rq_neighbours little = searched(index, "efSearch=1", &queries, 10, ranks), much = searched(index, "efSearch=400", &queries, 10, ranks);

	ck_assert_double_lt(recall_of(&little, &truth), .95);
	ck_assert_double_gt(recall_of(&little, &truth), .3);
	ck_assert_double_gt(recall_of(&much, &truth), .98);
	/* a parameter that is not named keeps its value */
	struct rq_neighbours again = searched(index, NULL, &queries, 10, ranks);
	ck_assert_mem_eq(again.rows, much.rows, 2000 * sizeof *much.rows);
	/* one at a time as in a batch */
	struct rq_neighbours one = neighbours_for(1, 10);
	ck_assert_int_eq(faiss->search_batch(index, queries.data + 7 * 32, 1, ranks, &one, NULL, &err), RQ_OK);
	ck_assert_mem_eq(one.rows, much.rows + 70, 10 * sizeof *one.rows);
	ck_assert_int_eq(rq_threads(), 2);
	faiss->close(index);
}
END_TEST

START_TEST(ivf_with_all_lists_is_exact)
{
	struct rq_vectors base = clustered_vectors(4000, 24, 1), queries = clustered_vectors(100, 24, 2);
	uint32_t *ranks = shuffled_ranks(4000, 3);
	struct rq_neighbours truth = truth_of(&base, &queries, 10, RQ_L2, ranks);
	struct rq_index *index = built((struct rq_index_config){.factory = "IVF50,Flat", .similarity = L2, .seed = 1}, &base);
	struct rq_neighbours one = searched(index, "nprobe=1", &queries, 10, ranks), all = searched(index, "nprobe=50", &queries, 10, ranks);

	ck_assert_double_lt(recall_of(&one, &truth), .95);
	ck_assert_double_eq(recall_of(&all, &truth), 1);
	for (size_t i = 0; i < 1000; i++)
		ck_assert_double_eq_tol(all.scores[i], truth.scores[i], 1e-4);
	ck_assert_double_le(all.scores[0], 0);
	faiss->close(index);
}
END_TEST

START_TEST(builds_repeat_and_seeds_count)
{
	static const struct {
		const char *factory;
		bool seeded;
	} cases[] = {{"HNSW16,Flat", true},      {"IVF20,Flat", true},          {"PQ8x4np", true},     {"IVF20,PQ8x4np", true},
	             {"RR16,Flat", true},        {"HNSW8_SQ8", true},           {"SQ8", false},        {"PCA8,IVF20,SQ8", true},
	             {"IVF20_HNSW8,Flat", true}, {"IVF20,PQ8x4np,RFlat", true}, {"NSG16,Flat", false}, {"IDMap2,HNSW8,Flat", true}};
	struct rq_vectors base = clustered_vectors(2500, 16, 1);

	rq_threads_set(3);
	for (size_t i = 0; i < sizeof cases / sizeof *cases - faiss_is_old(); i++) {
		char *bytes[3];
		size_t sizes[3];
		for (int64_t build = 0; build < 3; build++) {
			struct rq_index *index = built((struct rq_index_config){.factory = cases[i].factory, .seed = build == 2 ? 8 : 7, .threads = 1}, &base);
			bytes[build] = bytes_of(index, &sizes[build]);
			faiss->close(index);
		}
		ck_assert_msg(sizes[0] == sizes[1] && memcmp(bytes[0], bytes[1], sizes[0]) == 0, "%s: two builds differ", cases[i].factory);
		bool same = sizes[0] == sizes[2] && memcmp(bytes[0], bytes[2], sizes[0]) == 0;
		ck_assert_msg(same == !cases[i].seeded, "%s: another seed gives %s", cases[i].factory, same ? "the same index" : "another index");
	}
	ck_assert_int_eq(rq_threads(), 3);
}
END_TEST

START_TEST(configs_are_judged_without_vectors)
{
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "HNSW32,Flatt"}, 0),
	                 "factory \"HNSW32,Flatt\": FAISS cannot make it: could not parse HNSW code description Flatt in HNSW32,Flatt");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "foo"}, 32),
	                 "factory \"foo\": FAISS cannot make it: could not parse index string foo");
	ck_assert_str_eq(check_error((struct rq_index_config){0}, 0),
	                 "kind \"faiss\" needs a factory string, for example \"HNSW32,Flat\", or an index file to open");
	ck_assert_str_eq(
		check_error((struct rq_index_config){.factory = "PQ7"}, 64),
		"factory \"PQ7\": FAISS cannot make it: The dimension of the vector (d) should be a multiple of the number of subquantizers (M)");
	ck_assert_int_eq(faiss->check(&(struct rq_index_config){.factory = "PQ7"}, 0, &err), RQ_OK); /* fits some dimension */
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "LSH"}, 0),
	                 "factory \"LSH\": FAISS has it for L2 distance only; set similarity to \"l2\"");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "HNSW16,PQ8"}, 0),
	                 "factory \"HNSW16,PQ8\": FAISS has it for L2 distance only; set similarity to \"l2\"");
#if !defined(__SANITIZE_ADDRESS__) /* which ends the process where C++ would throw */
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "IVF400000000,Flat"}, 0),
	                 "factory \"IVF400000000,Flat\": FAISS cannot make it: out of memory, or a number that is too large for it");
#endif
	if (!faiss_is_old())
		ck_assert_str_eq(check_error((struct rq_index_config){.factory = "MinMax,SQ8"}, 0),
		                 "factory \"MinMax,SQ8\": FAISS encodes vectors with it, but cannot add any to it");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "HNSW0"}, 0),
	                 "factory \"HNSW0\": \"0\" is not a count; expected 1 to 2147483647");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "HNSW32,Flat", .search = "nprobe=8"}, 0),
	                 "search \"nprobe=8\": an index of FAISS's type IndexHNSWFlat has no parameter \"nprobe\"");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "PCA16,IVF8,Flat", .build = "efConstruction=50"}, 64),
	                 "build \"efConstruction=50\": an index of FAISS's type IndexPreTransform(IndexIVFFlat) has no parameter \"efConstruction\"");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "HNSW32,Flat", .search = "efSerch=8"}, 0),
	                 "search \"efSerch=8\": FAISS knows no parameter \"efSerch\"; did you mean \"efSearch\"?");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "Flat", .file = "x.faiss"}, 0),
	                 "factory \"Flat\": there is a file \"x.faiss\" to open, so nothing is built; leave one of the two out");
	ck_assert_str_eq(check_error((struct rq_index_config){.build = "efConstruction=8", .file = "x.faiss"}, 0),
	                 "build \"efConstruction=8\": there is a file \"x.faiss\" to open, so nothing is built; leave one of the two out");
	ck_assert_str_eq(check_error((struct rq_index_config){.factory = "Flat", .ids = "x.ids"}, 0),
	                 "ids \"x.ids\": the rows of an index that is built here are the corpus's; leave it out, or name the file that it belongs to");
	ck_assert_int_eq(faiss->check(&(struct rq_index_config){.file = "x.faiss", .ids = "x.ids", .search = "efSearch=3"}, 0, &err), RQ_OK);
	ck_assert_int_eq(faiss->check(&(struct rq_index_config){.factory = "IVF64_HNSW32,PQ16np",
	                                                        .build = "efConstruction=100,quantizer_efSearch=32",
	                                                        .search = "nprobe=4,ht=0"},
	                              64, &err),
	                 RQ_OK);
}
END_TEST

START_TEST(builds_that_cannot_be_are_refused)
{
	struct rq_vectors base = clustered_vectors(100, 16, 1);

	ck_assert_str_eq(build_error((struct rq_index_config){.factory = "IVF128,Flat"}, &base),
	                 "factory \"IVF128,Flat\": FAISS cannot train it on 100 vectors: Number of training points (100) should be at least as large as "
	                 "number of clusters (128)");
	ck_assert_int_eq(err.status, RQ_E_DATA);
	ck_assert_str_eq(build_error((struct rq_index_config){.factory = "NSG16,Flat"}, &base),
	                 "factory \"NSG16,Flat\": 100 vectors are too few for this graph, which needs 176; use \"HNSW32,Flat\"");
	ck_assert_str_eq(
		build_error((struct rq_index_config){.factory = "PQ5"}, &base),
		"factory \"PQ5\": FAISS cannot make it: The dimension of the vector (d) should be a multiple of the number of subquantizers (M)");
	base.data[42 * 16 + 1] = NAN;
	ck_assert_str_eq(build_error((struct rq_index_config){.factory = "Flat"}, &base),
	                 "row 42 of the vectors holds a NaN or an infinity; embed that document again");
	base.n = 0;
	ck_assert_str_eq(build_error((struct rq_index_config){.factory = "Flat"}, &base), "there are no vectors to build an index of");
}
END_TEST

START_TEST(queries_are_checked)
{
	struct rq_vectors base = clustered_vectors(100, 16, 1);
	struct rq_index *index = built((struct rq_index_config){.factory = "Flat"}, &base);
	struct rq_neighbours out = neighbours_for(100, 3);
	uint32_t *ranks = shuffled_ranks(100, 1);

	base.data[7 * 16] = NAN;
	ck_assert_int_eq(faiss->search_batch(index, base.data, 100, ranks, &out, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "query 7 holds a NaN or an infinity; embed that topic again");
	ck_assert_int_eq(faiss->configure(index, "efSearch=4", &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text, "search \"efSearch=4\": an index of FAISS's type IndexFlat has no parameter \"efSearch\"");
	faiss->close(index);
}
END_TEST

START_TEST(remarks_tell_what_was_searched)
{
	static const struct {
		const char *factory, *search, *remark;
	} cases[] = {
		{"Flat", NULL, "IndexFlat"},
		{"HNSW8,Flat", "efSearch=64", "IndexHNSWFlat: efSearch 64 is below the cutoff 100, so FAISS keeps a queue of 100"},
		{"HNSW8,Flat", "efSearch=128", "IndexHNSWFlat: efSearch 128"},
		{"IVF10,Flat", "nprobe=8", "IndexIVFFlat: nprobe 8 of 10 lists"},
		{"IVF10,PQ4x4fs", "nprobe=2000000000",
	     "IndexIVFPQFastScan: nprobe 2000000000 is above the 10 lists, FAISS searches all of them; 500 rows for 16 centroids, of which FAISS advises "
	     "39 each to train on"},
		{"IVF10,Flat", "nprobe=80", "IndexIVFFlat: nprobe 80 is above the 10 lists, FAISS searches all of them"},
		{"IVF20,Flat", NULL, "IndexIVFFlat: nprobe 1 of 20 lists; 500 rows for 20 centroids, of which FAISS advises 39 each to train on"},
		{"PCA8,IVF2,PQ4x4np", "nprobe=2",
	     "IndexPreTransform(IndexIVFPQ): nprobe 2 of 2 lists; 500 rows for 16 centroids, of which FAISS advises 39 each to train on"},
		{"IDMap,SQ8", NULL, "IndexIDMap(IndexScalarQuantizer)"},
	};
	struct rq_vectors base = clustered_vectors(500, 16, 1);

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rq_index *index = built((struct rq_index_config){.factory = cases[i].factory}, &base);
		ck_assert_int_eq(faiss->configure(index, cases[i].search, &err), RQ_OK);
		bool unexpected, told = strstr(cases[i].remark, "FAISS") != NULL; /* FAISS does otherwise, or advises against it */
		ck_assert_str_eq(faiss->remark(index, 100, &unexpected), cases[i].remark);
		ck_assert_int_eq(unexpected, told);
		faiss->close(index);
	}
	ck_assert_int_eq(strncmp(faiss->library(), "FAISS ", 6), 0);
}
END_TEST

/* FAISS warns of few training vectors; its words must not reach the terminal. */
START_TEST(nothing_is_written_to_the_terminal)
{
	struct rq_vectors base = clustered_vectors(300, 16, 1);
	char path[] = "/tmp/rq-chatter-XXXXXX";
	int file = mkstemp(path), terminal = dup(STDERR_FILENO);

	ck_assert_int_ge(file, 0);
	dup2(file, STDERR_FILENO);
	struct rq_index *index = built((struct rq_index_config){.factory = "OPQ4,IVF20,PQ4np"}, &base);
	struct rq_index_config bad = {.factory = "IVF"};
	ck_assert_int_ne(faiss->check(&bad, 0, &err), RQ_OK);
	dup2(terminal, STDERR_FILENO);
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 0);
	/* and what is ours still does */
	dup2(file, STDERR_FILENO);
	fputs("x", stderr);
	dup2(terminal, STDERR_FILENO);
	ck_assert_int_eq(lseek(file, 0, SEEK_END), 1);
	unlink(path);
	faiss->close(index);
}
END_TEST

START_TEST(progress_counts_rows)
{
	struct rq_vectors base = clustered_vectors(10500, 8, 1);
	struct rq_progress progress = {.enabled = false};
	struct rq_index_config config = {.factory = "Flat"};
	struct rq_neighbours out = neighbours_for(3000, 2);
	uint32_t *ranks = shuffled_ranks(10500, 1);
	struct rq_index *index;

	ck_assert_int_eq(faiss->build(&index, &config, RQ_INNER_PRODUCT, &base, &progress, &err), RQ_OK);
	ck_assert(progress.total == 10500 && atomic_load(&progress.done) == 10500);
	ck_assert_int_eq(faiss->search_batch(index, base.data, 3000, ranks, &out, &progress, &err), RQ_OK);
	ck_assert(progress.total == 3000 && atomic_load(&progress.done) == 3000);
	ck_assert_uint_eq(faiss->rows(index), 10500);
	ck_assert_uint_eq(faiss->dimension(index), 8);
	/* the chunks do not overlap: each row finds itself */
	for (size_t q = 0; q < 3000; q++)
		ck_assert_uint_eq(out.rows[q * 2], q);
	faiss->close(index);
}
END_TEST

static void signal_in(long milliseconds)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT};
	timer_t timer;

	rq_cancel_install();
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &(struct itimerspec){.it_value = {.tv_nsec = milliseconds * 1000000}}, NULL), 0);
}

START_TEST(a_signal_ends_a_build)
{
	static const struct rq_index_config configs[] = {
		{.factory = "HNSW64,Flat", .build = "efConstruction=1000"}, /* interrupted while adding */
		{.factory = "IVF2000,Flat"},                                /* and while training */
	};
	struct rq_vectors base = clustered_vectors(80000, 64, 1);
	struct rq_index *index;

	signal_in(300);
	uint64_t start = rq_clock_ns();
	ck_assert_int_eq(faiss->build(&index, &configs[_i], RQ_INNER_PRODUCT, &base, NULL, &err), RQ_E_INTERRUPTED);
	ck_assert_str_eq(err.text, "interrupted; no file was left half written");
	ck_assert_ptr_null(index);
	ck_assert_double_ge((double)(rq_clock_ns() - start) * 1e-9, .25);
	ck_assert_int_eq(rq_threads(), 2);
}
END_TEST

START_TEST(a_signal_ends_a_search)
{
	struct rq_vectors base = clustered_vectors(60000, 64, 1);
	struct rq_neighbours out = neighbours_for(60000, 50);
	struct rq_index *index = built((struct rq_index_config){.factory = "Flat"}, &base);
	uint32_t *ranks = shuffled_ranks(60000, 1);

	signal_in(100);
	ck_assert_int_eq(faiss->search_batch(index, base.data, 60000, ranks, &out, NULL, &err), RQ_E_INTERRUPTED);
	faiss->close(index);
}
END_TEST

START_TEST(how_it_was_compiled)
{
	char options[64];

	memset(options, 'x', sizeof options);
	rq_faiss_options(options);
	/* FAISS's own words, which the doctor looks for */
	ck_assert_msg(strstr(options, "AVX") != NULL || strstr(options, "GENERIC") != NULL || strstr(options, "NEON") != NULL, "%.63s", options);
	ck_assert_msg(options[strlen(options) - 1] != ' ', "%s", options);
}
END_TEST

Suite *faiss_suite(void)
{
	Suite *suite = suite_create("faiss");
	TCase *tests = tcase_create("faiss");

	tcase_set_timeout(tests, 300);
	tcase_add_checked_fixture(tests, find_backend, release_kept);
	tcase_add_loop_test(tests, flat_equals_exact_search, 0, 2);
	tcase_add_test(tests, more_neighbours_than_rows);
	tcase_add_test(tests, hnsw_finds_more_with_more_effort);
	tcase_add_test(tests, ivf_with_all_lists_is_exact);
	tcase_add_test(tests, builds_repeat_and_seeds_count);
	tcase_add_test(tests, configs_are_judged_without_vectors);
	tcase_add_test(tests, builds_that_cannot_be_are_refused);
	tcase_add_test(tests, queries_are_checked);
	tcase_add_test(tests, remarks_tell_what_was_searched);
	tcase_add_test(tests, nothing_is_written_to_the_terminal);
	tcase_add_test(tests, how_it_was_compiled);
	tcase_add_test(tests, progress_counts_rows);
	tcase_add_loop_test(tests, a_signal_ends_a_build, 0, 2);
	tcase_add_test(tests, a_signal_ends_a_search);
	suite_add_tcase(suite, tests);
	return suite;
}
