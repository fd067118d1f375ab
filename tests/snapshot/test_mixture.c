/* Vectors of two models in one set. */
#include "datasets/datasets.h"
#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"
#include "evalcore/snapshot/mixture.h"
#include "tests/shared.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[64];
static struct rq_error err;
static struct rq_arena arena;

#define MUST(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static void set_up(void)
{
	err = (struct rq_error){0};
	strcpy(root, "/tmp/rqgate-mixture-XXXXXX");
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

/* Rows about a direction of their own, as those of a model are. */
static void fill_row(struct rq_vectors *vectors, size_t row, struct rq_random *random, double shift)
{
	for (size_t j = 0; j < vectors->d; j++)
		vectors->data[row * vectors->d + j] = (float)(rq_random_normal(random) + (j % 2 == 0 ? shift : -shift));
}

static void fill(struct rq_vectors *vectors, size_t n, size_t d, uint64_t seed, double shift)
{
	struct rq_random random;

	MUST(rq_vectors_init(vectors, n, d, &err));
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < n; i++)
		fill_row(vectors, i, &random, shift);
}

static const char *stamped;

static enum rq_status check_stamps(const char *text)
{
	MUST(rq_file_write(path_in_root("stamps"), text, strlen(text), &err));
	return rq_stamps_check(&stamped, path_in_root("stamps"), 10, &arena, &err);
}

START_TEST(each_row_has_one_stamp)
{
	static const char *const wrong[][2] = {
		{"0 4 small\n6 9 small\n", "rows 5 to 5 have no stamp; expected each of 10 rows once, counted from 0"},
		{"1 9 small\n", "rows 0 to 0 have no stamp; expected each of 10 rows once, counted from 0"},
		{"0 7 small\n", "rows 8 to 9 have no stamp; expected each of 10 rows once, counted from 0"},
		{"", "rows 0 to 9 have no stamp; expected each of 10 rows once, counted from 0"},
		{"0 4 small\n4 9 small\n", "row 4 has two stamps, the second for rows 4 to 9; expected each of 10 rows once, counted from 0"},
		{"0 9 small\n0 9 small\n", "row 0 has two stamps, the second for rows 0 to 9; expected each of 10 rows once, counted from 0"},
		{"0 10 small\n", "rows 0 to 10: there are 10 rows, 0 to 9"},
		{"0 18446744073709551615 small\n", "rows 0 to 18446744073709551615: there are 10 rows, 0 to 9"},
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ck_assert_int_eq(check_stamps(wrong[i][0]), RQ_E_DATA);
		ck_assert_msg(strstr(err.text, wrong[i][1]) != NULL, "%s", err.text);
	}
}
END_TEST

START_TEST(stamps_tell_of_two_models)
{
	MUST(check_stamps("0 9 small\n"));
	ck_assert_str_eq(stamped, "small");
	MUST(check_stamps("5 9 small\n0 4 small\n"));
	MUST(check_stamps("0 4 small\r\n5 9 small\r\n"));
	ck_assert_str_eq(stamped, "small");
	MUST(check_stamps("0 4 small\r\n5 9 small"));
	ck_assert_int_eq(check_stamps("0 4 small\n5 9 large\n"), RQ_E_DATA);
	ck_assert_msg(strstr(err.text, "vectors of two models: rows 5 to 9 are of \"large\", those before of \"small\"") != NULL, "%s", err.text);
	MUST(check_stamps("0 4 small\r\n5 9 small \t\n"));
	ck_assert_str_eq(stamped, "small");
	ck_assert_int_eq(check_stamps("0 small\n"), RQ_E_DATA);
}
END_TEST

static void load(struct rq_vectors *vectors, const char *path)
{
	struct rq_ids ids = {0};

	MUST(rq_vectors_load(vectors, &ids, NULL, path, &err));
	rq_ids_release(&ids);
}

/* As "rqgate snapshot create" does it. */
static struct rq_mixture measure(const struct rq_vectors *vectors)
{
	struct rq_vectors sample;
	struct rq_mixture_rows rows;
	struct rq_mixture mixture;

	rq_mixture_choose(&rows, vectors->n);
	MUST(rq_mixture_take(&sample, vectors, &rows, &err));
	MUST(rq_mixture_measure(&mixture, &sample, &rows, &err));
	rq_vectors_release(&sample);
	MUST(rq_mixture_take(&sample, vectors, &rows, &err));
	ck_assert_int_eq(rq_mixture_check(&sample, &rows, "v.npy", &err), mixture.found ? RQ_E_DATA : RQ_OK);
	if (mixture.found) /* and the way out is told */
		ck_assert_msg(strstr(err.text, "a file with the line \"0 LAST-ROW MODEL\"") != NULL, "%s", err.text);
	rq_vectors_release(&sample);
	return mixture;
}

/* One in every `every` rows of a is that of b: as when some documents were embedded anew. */
static struct rq_mixture mix(const char *a, const char *b, size_t every)
{
	struct rq_vectors first, second;
	struct rq_mixture mixture;
	char kept[4096];

	snprintf(kept, sizeof kept, "%s", a);
	load(&first, kept);
	load(&second, b);
	ck_assert(first.n == second.n && first.d == second.d);
	for (size_t i = 0; every > 0 && i < first.n; i += every)
		memcpy(first.data + i * first.d, second.data + i * first.d, first.d * sizeof *first.data);
	mixture = measure(&first);
	rq_vectors_release(&first);
	rq_vectors_release(&second);
	return mixture;
}

/* Real models of the same dimension over the same texts. */
START_TEST(two_real_models_are_told_apart)
{
	static const char *const pairs[][2] = {
		{"vectors/healthcare/bert_base_uncased.faiss", "vectors/healthcare/dmis_lab_biobert_base_cased_v1.1.faiss"},
		{"vectors/healthcare/bert_base_uncased.faiss", "vectors/healthcare/emilyalsentzer_Bio_ClinicalBERT.faiss"},
		{"vectors/movies/peliculas_text-embedding-3-large-256.json", "vectors/movies/peliculas_text-embedding-3-small-256.json"},
		{"vectors/movies/peliculas_text-embedding-3-small-1536.json", "vectors/movies/peliculas_text-embedding-ada-002.json"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		const char *path = shared_file(pairs[i][0]);
		if (path == NULL)
			return;
		char *first = strdup(path), *second = strdup(shared_file(pairs[i][1]));
		ck_assert_msg(!mix(first, second, 0).found && !mix(second, first, 0).found, "%s, %s", first, second);
		for (size_t every = 2; every <= 8; every *= 2) {
			struct rq_mixture mixture = mix(first, second, every);
			ck_assert_msg(mixture.found, "one in %zu, %s: share %g, link %g, nearest %g, means %g", every, first, mixture.share, mixture.link,
			              mixture.nearest, mixture.means);
		}
		free(first);
		free(second);
	}
}
END_TEST

/* One model, and vectors in no order at all: no mixtures. */
START_TEST(one_cloud_is_no_mixture)
{
	struct rq_vectors vectors;
	struct rq_mixture mixture;

	for (uint64_t seed = 1; seed <= 20; seed++) {
		fill(&vectors, 50 * seed, seed % 2 == 0 ? 8 : 256, seed, (double)(seed % 4) * .2);
		mixture = measure(&vectors);
		ck_assert_msg(!mixture.found, "seed %llu: share %g, link %g, nearest %g, means %g", (unsigned long long)seed, mixture.share, mixture.link,
		              mixture.nearest, mixture.means);
		rq_vectors_release(&vectors);
	}
}
END_TEST

/* 4,000 rows, of which 2,000 are looked at: every other one, or only the odd ones of a half, which a stride would step over. */
START_TEST(no_order_hides_a_model)
{
	enum { ROWS = 4000 };
	struct rq_vectors vectors;
	struct rq_random random;

	for (size_t step = 2; step <= 5; step++) {
		fill(&vectors, ROWS, 64, 1, 2);
		rq_random_seed(&random, 2);
		for (size_t i = 1; i < ROWS; i += step)
			fill_row(&vectors, i, &random, -.5 * (double)(step - 1)); /* about another direction */
		struct rq_mixture mixture = measure(&vectors);
		ck_assert_msg(mixture.found, "one in %zu: share %g, link %g, nearest %g, means %g", step, mixture.share, mixture.link, mixture.nearest,
		              mixture.means);
		ck_assert((mixture.first % step == 1 % step) != (mixture.other % step == 1 % step));
		rq_vectors_release(&vectors);
	}
}
END_TEST

START_TEST(rows_are_drawn_at_random_and_always_the_same)
{
	static struct rq_mixture_rows rows, again;
	size_t odd = 0;

	rq_mixture_choose(&rows, 100);
	ck_assert(rows.count == 100 && rows.items[0] == 0 && rows.items[99] == 99);
	rq_mixture_choose(&rows, 10 * RQ_MIXTURE_SAMPLE);
	rq_mixture_choose(&again, 10 * RQ_MIXTURE_SAMPLE);
	ck_assert(rows.count == RQ_MIXTURE_SAMPLE && memcmp(&rows, &again, sizeof rows) == 0);
	for (size_t i = 0; i < rows.count; i++) {
		ck_assert(rows.items[i] < 10 * RQ_MIXTURE_SAMPLE && (i == 0 || rows.items[i] > rows.items[i - 1]));
		odd += rows.items[i] % 2;
	}
	ck_assert_msg(odd > 900 && odd < 1100, "%zu of %d rows are odd", odd, (int)RQ_MIXTURE_SAMPLE);
	rq_mixture_choose(&rows, 0);
	ck_assert_uint_eq(rows.count, 0);
}
END_TEST

/* Documents that are there several times, to the bit and but for rounding of the service: in groups of 2, 10 and 40, and one of a third of all. */
START_TEST(duplicates_are_no_mixture)
{
	static const size_t groups[] = {2, 10, 40};
	struct rq_vectors vectors;
	struct rq_random random;

	for (int noise = 0; noise < 2; noise++)
		for (size_t g = 0; g <= sizeof groups / sizeof *groups; g++) {
			fill(&vectors, 1200, 64, g + 1, 0);
			rq_random_seed(&random, 7);
			for (size_t i = 0; i < vectors.n; i++) {
				size_t from = g < 3 ? i - i % groups[g] : i % 3 == 0 ? 0 : i;
				memcpy(vectors.data + i * 64, vectors.data + from * 64, 64 * sizeof(float));
			}
			for (size_t i = 0; i < vectors.n * 64 && noise > 0; i++)
				vectors.data[i] += (float)(.01 * rq_random_normal(&random));
			struct rq_mixture mixture = measure(&vectors);
			ck_assert_msg(!mixture.found, "case %zu: share %g, link %g, nearest %g, means %g", g, mixture.share, mixture.link, mixture.nearest,
			              mixture.means);
			ck_assert_msg(mixture.distinct == (g < 3 ? 1200 / groups[g] : 801), "case %zu: %zu are distinct", g, mixture.distinct);
			rq_vectors_release(&vectors);
		}
}
END_TEST

Suite *mixture_suite(void)
{
	Suite *suite = suite_create("mixture");
	TCase *tests = tcase_create("mixture");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, stamps_tell_of_two_models);
	tcase_add_test(tests, each_row_has_one_stamp);
	tcase_add_test(tests, two_real_models_are_told_apart);
	tcase_add_test(tests, one_cloud_is_no_mixture);
	tcase_add_test(tests, no_order_hides_a_model);
	tcase_add_test(tests, rows_are_drawn_at_random_and_always_the_same);
	tcase_add_test(tests, duplicates_are_no_mixture);
	suite_add_tcase(suite, tests);
	return suite;
}
