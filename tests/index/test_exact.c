#include "evalcore/base/blas.h"
#include "evalcore/base/hash.h"
#include "evalcore/base/memory.h"
#include "evalcore/base/system.h"
#include "evalcore/index/exact.h"
#include "tests/index/vectors.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* The definition, slowly: eight sums that take turns, then a tree. */
static double score_by_definition(const float *a, const float *b, size_t d, enum rq_similarity similarity)
{
	volatile double sums[8] = {0};

	for (size_t i = 0; i < d; i++) {
		volatile double x = a[i], y = b[i], difference = x - y, product = similarity == RQ_L2 ? difference * difference : x * y;
		sums[i % 8] += product;
	}
	double total = ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
	return similarity == RQ_L2 ? 0 - total : total;
}

struct scored {
	double score;
	uint32_t row, rank;
};

static int by_score_then_rank(const void *a, const void *b)
{
	const struct scored *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	return x->rank < y->rank ? 1 : -1;
}

/* Compares a search with the whole base scored, sorted and cut. */
static void compare_with_brute_force(const struct rq_vectors *base, const struct rq_vectors *queries, size_t k, enum rq_similarity similarity,
                                     enum rq_proposal proposal)
{
	uint32_t *ranks = shuffled_ranks(base->n, base->n);
	struct rq_neighbours out = neighbours_for(queries->n, k);
	struct scored *all = keep(malloc((base->n + 1) * sizeof *all));
	struct rq_error err;

	ck_assert_int_eq(rq_exact_search_by(&out, base, queries->data, queries->n, similarity, ranks, proposal, NULL, &err), RQ_OK);
	for (size_t q = 0; q < queries->n; q++) {
		for (size_t i = 0; i < base->n; i++)
			all[i] = (struct scored){score_by_definition(base->data + i * base->d, queries->data + q * base->d, base->d, similarity), (uint32_t)i,
			                         ranks[i]};
		qsort(all, base->n, sizeof *all, by_score_then_rank);
		ck_assert_uint_eq(out.counts[q], base->n < k ? base->n : k);
		for (size_t i = 0; i < out.counts[q]; i++) {
			ck_assert_msg(out.rows[q * k + i] == all[i].row, "query %zu place %zu: row %u (%.17g) instead of %u (%.17g); n %zu d %zu nq %zu k %zu", q,
			              i, out.rows[q * k + i], out.scores[q * k + i], all[i].row, all[i].score, base->n, base->d, queries->n, k);
			ck_assert_mem_eq(&out.scores[q * k + i], &all[i].score, sizeof(double));
		}
	}
}

enum data { GAUSSIAN, CLUSTERED, ONE_ROW, FEW_ROWS, SMALL_NUMBERS, UNEVEN, HUGE_NUMBERS, TINY_NUMBERS, NEAR_TIES, FAR_AWAY, DATA };

static float one_of(float value, size_t row, enum data data, struct rq_random *random)
{
	switch (data) {
	case SMALL_NUMBERS: /* exact ties everywhere */
		return (float)rq_random_below(random, 3) - 1;
	case UNEVEN: /* lengths from 1e-9 to 1e9, some rows zero */
		return row % 7 == 3 ? 0 : ldexpf(value, (int)(row % 61) - 30);
	case HUGE_NUMBERS: /* the product overflows in single precision */
		return value * 1e25f;
	case TINY_NUMBERS: /* it underflows */
		return value * 1e-25f;
	case NEAR_TIES: /* rows differ in the last bit of one component */
		return row % 2 == 0 ? 1 : value < -1 ? 1 + FLT_EPSILON : 1;
	case FAR_AWAY: /* differences are small beside lengths */
		return 1000 + value;
	default:
		return value;
	}
}

static struct rq_vectors data_of(enum data data, size_t n, size_t d, uint64_t seed)
{
	struct rq_vectors vectors = data == CLUSTERED ? clustered_vectors(n, d, seed) : gaussian_vectors(n, d, seed);
	struct rq_random random;

	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n * d; i++)
		vectors.data[i] = one_of(vectors.data[i], i / d, data, &random);
	for (size_t i = 0; i < n && (data == ONE_ROW || data == FEW_ROWS); i++)
		memmove(vectors.data + i * d, vectors.data + (data == ONE_ROW ? 0 : i % 3) * d, d * sizeof(float));
	return vectors;
}

START_TEST(search_equals_brute_force)
{
	static const struct {
		size_t n, d, nq, k;
	} shapes[] = {
		{1, 1, 1, 1},       {1, 3, 9, 4},      {7, 1, 7, 100},      {600, 1, 20, 10},  {600, 2, 20, 10},   {513, 8, 6, 1},
		{1024, 9, 6, 50},   {1300, 7, 40, 10}, {2049, 16, 33, 100}, {3000, 33, 7, 5},  {700, 130, 64, 10}, {700, 16, 300, 10},
		{600, 401, 19, 10}, {600, 900, 9, 5},  {900, 5, 12, 800},   {5000, 12, 3, 20},
	};
	enum data data = (enum data)(_i / 6);
	enum rq_similarity similarity = _i % 2 == 0 ? RQ_INNER_PRODUCT : RQ_L2;
	enum rq_proposal proposal = (enum rq_proposal)(_i / 2 % 3);

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		for (int threads = 1; threads <= 3; threads += 2) {
			struct rq_vectors base = data_of(data, shapes[i].n, shapes[i].d, 1), queries = data_of(data, shapes[i].nq, shapes[i].d, 2);
			rq_threads_set(threads);
			compare_with_brute_force(&base, &queries, shapes[i].k, similarity, proposal);
		}
}
END_TEST

/* More equal rows than any list of candidates holds, between rows that differ. */
START_TEST(many_duplicates_at_the_border)
{
	struct rq_vectors base = gaussian_vectors(20000, 6, 5), queries = gaussian_vectors(30, 6, 6);

	for (size_t i = 0; i < base.n; i++)
		if (i % 3 != 0)
			memcpy(base.data + i * base.d, queries.data, base.d * sizeof(float));
	rq_threads_set(2);
	compare_with_brute_force(&base, &queries, 10, _i % 2 == 0 ? RQ_INNER_PRODUCT : RQ_L2, (enum rq_proposal)(_i / 2));
}
END_TEST

START_TEST(scores_follow_their_definition)
{
	for (size_t d = 1; d < 70; d++)
		for (int similarity = RQ_INNER_PRODUCT; similarity <= RQ_L2; similarity++) {
			struct rq_vectors v = gaussian_vectors(10, d, d);
			double scores[10], one;
			uint32_t rows[10] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
			rq_exact_scores(scores, v.data, 10, v.data, d, (enum rq_similarity)similarity);
			for (size_t i = 0; i < 10; i++) {
				double expected = score_by_definition(v.data + i * d, v.data, d, (enum rq_similarity)similarity);
				ck_assert_mem_eq(&scores[i], &expected, sizeof expected);
				one = rq_exact_score(v.data + i * d, v.data, d, (enum rq_similarity)similarity);
				ck_assert_mem_eq(&one, &expected, sizeof expected);
			}
			rq_exact_scores_at(scores, v.data, rows, 10, v.data, d, (enum rq_similarity)similarity);
			for (size_t i = 0; i < 10; i++)
				ck_assert_double_eq(scores[9 - i], score_by_definition(v.data + i * d, v.data, d, (enum rq_similarity)similarity));
		}
	ck_assert_double_eq(rq_exact_score((float[]){1, 2, 3}, (float[]){4, -5, 6}, 3, RQ_INNER_PRODUCT), 12);
	ck_assert_double_eq(rq_exact_score((float[]){1, 2, 3}, (float[]){4, -5, 6}, 3, RQ_L2), -67);
	ck_assert(!signbit(rq_exact_score((float[]){1, 2}, (float[]){1, 2}, 2, RQ_L2)));
}
END_TEST

/* The bound holds for the products that OpenBLAS gives, and is not so wide that it would keep everything. */
START_TEST(the_rounding_bound_holds)
{
	enum { N = 400, D = 300 };
	struct rq_vectors v = gaussian_vectors(N, D, 3);
	struct rq_rounding rounding = rq_rounding_of(D, RQ_INNER_PRODUCT);
	float *products = keep(malloc(N * N * sizeof *products));
	double worst = 0;

	rq_sgemm(false, true, N, N, D, 1, v.data, D, v.data, D, 0, products, N);
	for (size_t i = 0; i < N; i++)
		for (size_t j = 0; j < N; j++) {
			double exact = rq_exact_score(v.data + i * D, v.data + j * D, D, RQ_INNER_PRODUCT);
			double bound = rq_rounding_bound(&rounding, sqrt(rq_exact_score(v.data + i * D, v.data + i * D, D, RQ_INNER_PRODUCT)),
			                                 sqrt(rq_exact_score(v.data + j * D, v.data + j * D, D, RQ_INNER_PRODUCT)));
			double error = fabs((double)products[i * N + j] - exact) / bound;
			worst = error > worst ? error : worst;
		}
	ck_assert_double_lt(worst, 1);
	ck_assert_double_gt(worst, 1e-4);
	/* g = d u / (1 - d u) of Higham, 3.1, to a tenth */
	ck_assert_double_lt(rq_rounding_bound(&rounding, 1, 1), 1.1 * D * 0x1p-24);
	ck_assert_double_ge(rq_rounding_bound(&rounding, 1, 1), D * 0x1p-24 / (1 - D * 0x1p-24));
}
END_TEST

/* Integer products are off by the rounding of the vectors alone. */
START_TEST(the_bound_of_integers_holds)
{
	enum { NQ = 19, N = 75 };
	enum rq_proposal proposal = _i % 2 == 0 ? RQ_PROPOSE_AVX2 : RQ_PROPOSE_VNNI;
	size_t d = (size_t[]){1, 2, 7, 64, 383, 385, 1000}[_i / 2];
	struct rq_vectors rows = gaussian_vectors(N, d, 3), queries = gaussian_vectors(NQ, d, 4);
	struct rq_rounding rounding = rq_rounding_of_integers(d, RQ_INNER_PRODUCT);
	double norms[NQ], longest = 0, worst = 0;

	if (proposal > rq_proposal_fastest(d))
		return;
	for (size_t i = 0; i < d; i++)
		queries.data[i] *= 1e-37f; /* steps too small for single precision */
	for (size_t q = 0; q < NQ; q++)
		norms[q] = sqrt(rq_exact_score(queries.data + q * d, queries.data + q * d, d, RQ_INNER_PRODUCT)) * (1 + 1e-9);
	for (size_t i = 0; i < N; i++)
		longest = fmax(longest, sqrt(rq_exact_score(rows.data + i * d, rows.data + i * d, d, RQ_INNER_PRODUCT)) * (1 + 1e-9));
	int32_t *packed_queries = keep(rq_alloc_aligned(rq_integer_query_words(NQ, d), 4)),
			*packed_rows = keep(rq_alloc_aligned(rq_integer_row_words(N, d), 4));
	int16_t *scratch = keep(rq_alloc_aligned(rq_integer_scratch_words(d), 2));
	float *product = keep(rq_alloc_aligned((NQ + 7) / 8 * 8 * RQ_EXACT_BLOCK, 4));
	rq_integer_pack_queries(packed_queries, scratch, queries.data, NQ, d, norms);
	rq_integer_pack_rows(packed_rows, scratch, rows.data, N, d, longest);
	rq_integer_product(&(struct rq_integer_task){proposal, product, packed_queries, packed_rows, NQ, N, d, norms, longest});
	for (size_t q = 0; q < NQ; q++)
		for (size_t i = 0; i < N; i++) {
			double exact = rq_exact_score(queries.data + q * d, rows.data + i * d, d, RQ_INNER_PRODUCT);
			double error = fabs((double)product[q * RQ_EXACT_BLOCK + i] - exact) / rq_rounding_bound(&rounding, norms[q], longest);
			worst = error > worst ? error : worst;
		}
	ck_assert_double_lt(worst, 1);
	ck_assert_double_gt(worst, .01);
	ck_assert_double_lt(rq_rounding_bound(&rounding, 1, 1), 1.1 * sqrt((double)d) / 32767 + 1e-6);
}
END_TEST

START_TEST(bad_input_is_refused)
{
	struct rq_vectors base = gaussian_vectors(600, 4, 1), queries = gaussian_vectors(10, 4, 2);
	struct rq_neighbours out = neighbours_for(10, 3);
	uint32_t *ranks = shuffled_ranks(600, 1);
	struct rq_error err;

	for (int few = 0; few < 2; few++) {
		size_t nq = few ? 1 : 10;
		base.data[599 * 4 + 2] = NAN;
		ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, nq, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_E_DATA);
		ck_assert_str_eq(err.text, "row 599 of the base vectors holds a NaN or an infinity; embed that document again");
		base.data[599 * 4 + 2] = -INFINITY;
		ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, nq, RQ_L2, ranks, NULL, &err), RQ_E_DATA);
		base.data[599 * 4 + 2] = 0;
	}
	queries.data[3 * 4] = INFINITY;
	ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, 10, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "query 3 holds a NaN or an infinity; embed that topic again");
	ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, 3, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_OK);
	ck_assert_int_eq(rq_exact_search(&out, &(struct rq_vectors){0}, queries.data, 3, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "the base vectors have no dimensions; a vector needs one at least");
	ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, 0, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_OK);
	base.n = 0;
	ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, 3, RQ_INNER_PRODUCT, ranks, NULL, &err), RQ_OK);
	ck_assert_uint_eq(out.counts[2], 0);
}
END_TEST

START_TEST(progress_reaches_its_total)
{
	struct rq_vectors base = gaussian_vectors(2000, 8, 1), queries = gaussian_vectors(40, 8, 2);
	struct rq_neighbours out = neighbours_for(40, 3);
	uint32_t *ranks = shuffled_ranks(2000, 1);
	struct rq_progress progress = {.enabled = false};
	struct rq_error err;

	for (size_t nq = 1; nq <= 40; nq += 39) {
		ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, nq, RQ_L2, ranks, &progress, &err), RQ_OK);
		ck_assert_uint_eq(progress.total, nq * 2000);
		ck_assert_uint_eq(atomic_load(&progress.done), nq * 2000);
	}
}
END_TEST

START_TEST(a_signal_ends_the_search)
{
	struct rq_vectors base = gaussian_vectors(200000, 64, 1), queries = gaussian_vectors(20000, 64, 2);
	struct rq_neighbours out = neighbours_for(20000, 10);
	uint32_t *ranks = shuffled_ranks(base.n, 1);
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGINT};
	struct rq_progress progress = {.enabled = false};
	struct rq_error err;
	timer_t timer;

	rq_cancel_install();
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
	ck_assert_int_eq(timer_settime(timer, 0, &(struct itimerspec){.it_value = {.tv_nsec = 50000000}}, NULL), 0);
	ck_assert_int_eq(rq_exact_search(&out, &base, queries.data, 20000, RQ_INNER_PRODUCT, ranks, &progress, &err), RQ_E_INTERRUPTED);
	ck_assert_uint_lt(atomic_load(&progress.done), progress.total);
}
END_TEST

START_TEST(the_estimate_grows_with_the_work)
{
	double small = rq_exact_estimate(60000, 96, 1000), large = rq_exact_estimate(6000000, 96, 1000);

	ck_assert(isfinite(small) && small > 0);
	ck_assert_double_gt(large, 5 * small); /* 100 times the work; the measured product behind each may be slowed by others */
}
END_TEST

START_TEST(the_backend_searches_what_it_was_given)
{
	const struct rq_backend *exact = rq_backend_find("exact");
	struct rq_vectors base = gaussian_vectors(900, 8, 1), queries = gaussian_vectors(20, 8, 2);
	struct rq_neighbours out = neighbours_for(20, 5), expected = neighbours_for(20, 5);
	uint32_t *ranks = shuffled_ranks(900, 1);
	struct rq_index_config config = {.kind = "exact"};
	struct rq_index *index;
	struct rq_error err;

	ck_assert_int_eq(exact->check(&config, 0, &err), RQ_OK);
	ck_assert_int_eq(exact->build(&index, &config, RQ_L2, &base, NULL, &err), RQ_OK);
	ck_assert_int_eq(exact->configure(index, NULL, &err), RQ_OK);
	ck_assert_int_eq(exact->search_batch(index, queries.data, 20, ranks, &out, NULL, &err), RQ_OK);
	ck_assert_int_eq(rq_exact_search(&expected, &base, queries.data, 20, RQ_L2, ranks, NULL, &err), RQ_OK);
	ck_assert_mem_eq(out.rows, expected.rows, 100 * sizeof *out.rows);
	ck_assert(exact->rows(index) == 900 && exact->dimension(index) == 8 && exact->remark(index, 5, NULL) == NULL);
	ck_assert_int_eq(exact->configure(index, "efSearch=3", &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text,
	                 "search \"efSearch=3\" means nothing to kind \"exact\", which compares every vector; leave it out, or set kind to \"faiss\"");
	config.factory = "Flat";
	ck_assert_int_eq(exact->check(&config, 0, &err), RQ_E_CONFIG);
	ck_assert_str_eq(err.text,
	                 "factory \"Flat\" means nothing to kind \"exact\", which compares every vector; leave it out, or set kind to \"faiss\"");
	exact->close(index);
}
END_TEST

/* ---- the same digits with every kernel of OpenBLAS and any number of threads ---- */

static uint64_t digest(void)
{
	struct rq_vectors base = clustered_vectors(6000, 100, 1), queries = clustered_vectors(70, 100, 2);
	uint32_t *ranks = shuffled_ranks(base.n, 1);
	struct rq_key key = {0};
	struct rq_error err;

	for (int similarity = RQ_INNER_PRODUCT; similarity <= RQ_L2; similarity++)
		for (size_t nq = 1; nq <= 70; nq += 69) {
			struct rq_neighbours out = neighbours_for(nq, 50);
			ck_assert_int_eq(rq_exact_search_by(&out, &base, queries.data, nq, (enum rq_similarity)similarity, ranks, RQ_PROPOSE_SINGLE, NULL, &err),
			                 RQ_OK);
			rq_key_add(&key, out.rows, nq * 50 * sizeof *out.rows);
			rq_key_add(&key, out.scores, nq * 50 * sizeof *out.scores);
		}
	return key.low;
}

START_TEST(report_digest)
{
	const char *path = getenv("RQ_TEST_DIGEST");

	if (path == NULL)
		return;
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	rq_threads_set(2);
	fprintf(file, "%s %llu\n", rq_blas_kernel(), (unsigned long long)digest());
	ck_assert_int_eq(fclose(file), 0);
}
END_TEST

START_TEST(kernels_do_not_change_a_digit)
{
	static const char *const kernels[] = {"Prescott", "Haswell", "Zen", "SkylakeX"};
	char path[] = "/tmp/rq-digest-XXXXXX", kernel[64];
	unsigned long long other;
	const char *best = rq_blas_best_kernel();
	int file = mkstemp(path);

	ck_assert_int_ge(file, 0);
	close(file);
	rq_threads_set(1);
	uint64_t mine = digest();
	setenv("RQ_TEST_DIGEST", path, 1);
	setenv("CK_RUN_CASE", "digest", 1);
	setenv("CK_VERBOSITY", "silent", 1);
	for (size_t i = 0; i < sizeof kernels / sizeof *kernels && best != NULL; i++) {
		pid_t child;
		int status;
		char *arguments[] = {"test_index", NULL};
		if ((strcmp(best, "SkylakeX") != 0 && i == 3) || (strcmp(best, "Sandybridge") == 0 && i > 0))
			continue; /* this machine would stop at its first instruction */
		setenv("OPENBLAS_CORETYPE", kernels[i], 1);
		ck_assert_int_eq(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert_int_eq(status, 0);
		FILE *report = fopen(path, "r");
		ck_assert_ptr_nonnull(report);
		ck_assert_int_eq(fscanf(report, "%63s %llu", kernel, &other), 2);
		fclose(report);
		ck_assert_str_eq(kernel, kernels[i]);
		ck_assert_uint_eq(other, mine);
	}
	unlink(path);
}
END_TEST

Suite *exact_suite(void)
{
	Suite *suite = suite_create("exact");
	TCase *tests = tcase_create("exact"), *digests = tcase_create("digest");

	tcase_set_timeout(tests, 300);
	tcase_add_checked_fixture(tests, NULL, release_kept);
	tcase_add_checked_fixture(digests, NULL, release_kept);
	tcase_add_loop_test(tests, search_equals_brute_force, 0, 6 * DATA);
	tcase_add_loop_test(tests, many_duplicates_at_the_border, 0, 6);
	tcase_add_test(tests, scores_follow_their_definition);
	tcase_add_test(tests, the_rounding_bound_holds);
	tcase_add_loop_test(tests, the_bound_of_integers_holds, 0, 14);
	tcase_add_test(tests, bad_input_is_refused);
	tcase_add_test(tests, progress_reaches_its_total);
	tcase_add_test(tests, a_signal_ends_the_search);
	tcase_add_test(tests, the_estimate_grows_with_the_work);
	tcase_add_test(tests, the_backend_searches_what_it_was_given);
	tcase_add_test(tests, kernels_do_not_change_a_digit);
	suite_add_tcase(suite, tests);
	tcase_add_test(digests, report_digest);
	suite_add_tcase(suite, digests);
	return suite;
}
