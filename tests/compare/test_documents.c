/* Two holdings joined by id, against a slow and obvious version; and what codes, names and kinds of files are told to be. */
#include "datasets/datasets.h"
#include "evalcore/base/random.h"
#include "evalcore/base/system.h"
#include "evalcore/compare/documents.h"
#include "tests/shared.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { D = 7 };

static struct rq_error err;
static struct rq_holding sides[RQ_SIDES];
static struct rq_document_changes changes;

static void release(void)
{
	rq_document_changes_release(&changes);
	for (int side = 0; side < RQ_SIDES; side++)
		rq_holding_release(&sides[side]);
}

/* The vector that a number stands for, as both sides know it. */
static void fill(float *out, uint64_t number)
{
	struct rq_random random;

	rq_random_seed(&random, number + 1);
	for (size_t i = 0; i < D; i++)
		out[i] = (float)rq_random_normal(&random);
}

/* Document numbers of a side in their order. Of B's that A has some vectors are scaled a little, some turned, some zero. */
static void make_side(struct rq_holding *holding, const uint64_t *numbers, size_t count, bool is_changed)
{
	ck_assert_int_eq(rq_vectors_init(&holding->vectors, count, D, &err), RQ_OK);
	for (size_t i = 0; i < count; i++) {
		float *vector = holding->vectors.data + i * D;
		char id[32];
		int length = snprintf(id, sizeof id, "d%llu", (unsigned long long)numbers[i]);
		ck_assert_uint_ne(rq_ids_add(&holding->ids, id, (size_t)length, NULL), RQ_ID_NONE);
		fill(vector, numbers[i] % 100000); /* the same under another name */
		for (size_t j = 0; is_changed && j < D; j++)
			switch (numbers[i] % 5) {
			case 1: vector[j] *= 1.0001f; break;
			case 2: vector[j] += j == 0 ? 1 : 0; break;
			case 3: vector[j] = numbers[i] % 3 == 0 ? 0 : vector[j]; break;
			default: break;
			}
	}
	holding->named = true;
}

static void make_random(uint64_t seed)
{
	struct rq_random random;
	uint64_t numbers[RQ_SIDES][400];
	size_t counts[RQ_SIDES] = {0};

	rq_random_seed(&random, seed);
	for (uint64_t i = 0; i < 150; i++) {
		uint64_t where = rq_random_below(&random, 8);
		if (where != 0)
			numbers[0][counts[0]++] = i;
		if (where > 1)
			numbers[1][counts[1]++] = i;
		if (where == 1 && rq_random_below(&random, 2) == 0)
			numbers[1][counts[1]++] = 100000 + i;
		if (where == 1 && rq_random_below(&random, 4) == 0)
			numbers[1][counts[1]++] = 200000 + i; /* twice */
	}
	for (size_t i = 0; seed % 2 == 0 && i < counts[1]; i++) { /* another order */
		size_t j = (size_t)rq_random_below(&random, i + 1);
		uint64_t swapped = numbers[1][i];
		numbers[1][i] = numbers[1][j];
		numbers[1][j] = swapped;
	}
	make_side(&sides[0], numbers[0], counts[0], false);
	make_side(&sides[1], numbers[1], counts[1], true);
}

static size_t place_of(const struct rq_holding *holding, const char *id)
{
	for (size_t i = 0; i < holding->ids.count; i++)
		if (strcmp(holding->ids.names[i], id) == 0)
			return i;
	return SIZE_MAX;
}

struct slow {
	size_t both, only[RQ_SIDES], same, rounded, moved, zero, renamed;
	long double least;
};

static void compare_slowly(struct slow *slow, const float *a, const float *b)
{
	long double product = 0, before = 0, now = 0, distance = 0;

	for (size_t i = 0; i < D; i++) {
		product += (long double)a[i] * b[i];
		before += (long double)a[i] * a[i];
		now += (long double)b[i] * b[i];
		distance += ((long double)a[i] - b[i]) * ((long double)a[i] - b[i]);
	}
	if (distance == 0)
		slow->same++;
	else if (before == 0 || now == 0)
		slow->zero++;
	else if (distance > 2e-4L * before)
		slow->moved++;
	else
		slow->rounded++;
	if (before > 0 && now > 0 && product / sqrtl(before * now) < slow->least)
		slow->least = product / sqrtl(before * now);
}

static struct slow count_slowly(void)
{
	struct slow slow = {.least = 2};
	bool taken[400] = {false}; /* each that went has one new name at most */

	for (size_t i = 0; i < sides[0].ids.count; i++) {
		size_t other = place_of(&sides[1], sides[0].ids.names[i]);
		slow.only[0] += other == SIZE_MAX;
		slow.both += other != SIZE_MAX;
		if (other != SIZE_MAX)
			compare_slowly(&slow, sides[0].vectors.data + i * D, sides[1].vectors.data + other * D);
	}
	for (size_t i = 0; i < sides[1].ids.count; i++) {
		bool twin = false, came = place_of(&sides[0], sides[1].ids.names[i]) == SIZE_MAX;
		slow.only[1] += came;
		for (size_t j = 0; came && !twin && j < sides[0].ids.count; j++) {
			twin = !taken[j] && place_of(&sides[1], sides[0].ids.names[j]) == SIZE_MAX &&
			       memcmp(sides[0].vectors.data + j * D, sides[1].vectors.data + i * D, D * sizeof(float)) == 0;
			taken[j] = taken[j] || twin;
		}
		slow.renamed += twin;
	}
	return slow;
}

START_TEST(documents_as_counted_slowly)
{
	make_random((uint64_t)_i);
	struct slow slow = count_slowly();

	ck_assert_int_eq(rq_documents_compare(&changes, sides, NULL, &err), RQ_OK);
	ck_assert_uint_eq(changes.pair_count, slow.both);
	ck_assert_uint_eq(changes.only_count[0], slow.only[0]);
	ck_assert_uint_eq(changes.only_count[1], slow.only[1]);
	ck_assert_uint_eq(changes.same, slow.same);
	ck_assert_uint_eq(changes.rounded, slow.rounded);
	ck_assert_uint_eq(changes.moved, slow.moved);
	ck_assert_uint_eq(changes.directionless, slow.zero);
	ck_assert_uint_eq(changes.renamed, slow.renamed);
	for (size_t i = 0; i < changes.renamed; i++) {
		const uint32_t *row = changes.renames[i].row;
		ck_assert(i == 0 || row[0] > changes.renames[i - 1].row[0]);
		ck_assert_mem_eq(sides[0].vectors.data + row[0] * D, sides[1].vectors.data + row[1] * D, D * sizeof(float));
	}
	ck_assert_double_eq_tol(changes.cosines[0], (double)slow.least, 1e-12);
	ck_assert_uint_gt(changes.moved, 5);
	ck_assert_uint_gt(changes.rounded, 5);
	ck_assert_uint_gt(changes.directionless, 2);
	ck_assert_int_eq(changes.in_order, _i % 2 != 0);
	for (size_t i = 1; i < changes.most_count; i++) {
		double before = changes.pairs[changes.most[i - 1]].cosine, now = changes.pairs[changes.most[i]].cosine;
		ck_assert(isnan(before) || before <= now);
	}
	for (size_t i = 0; i < sides[0].ids.count; i++) {
		const struct rq_document_pair *pair = rq_document_pair_find(&changes, sides, sides[0].ids.names[i]);
		size_t other = place_of(&sides[1], sides[0].ids.names[i]);
		ck_assert_int_eq(pair != NULL, other != SIZE_MAX);
		ck_assert(pair == NULL || (pair->row[0] == i && pair->row[1] == other));
	}
}
END_TEST

START_TEST(threads_change_nothing)
{
	struct rq_document_changes other = {0};

	make_random(4);
	rq_threads_set(1);
	ck_assert_int_eq(rq_documents_compare(&changes, sides, NULL, &err), RQ_OK);
	rq_threads_set(3);
	ck_assert_int_eq(rq_documents_compare(&other, sides, NULL, &err), RQ_OK);
	rq_threads_set(0);
	ck_assert_mem_eq(changes.cosines, other.cosines, sizeof other.cosines);
	ck_assert_uint_eq(changes.most_count, other.most_count);
	ck_assert_mem_eq(changes.most, other.most, other.most_count * sizeof *other.most);
	rq_document_changes_release(&other);
}
END_TEST

START_TEST(other_dimensions_are_not_compared)
{
	make_random(1);
	sides[1].vectors.d = D - 1; /* a prefix of what is there */
	ck_assert_int_eq(rq_documents_compare(&changes, sides, NULL, &err), RQ_OK);
	ck_assert(changes.other_dimensions);
	ck_assert_str_eq(changes.absent, "not compared: vectors of 7 and of 6 dimensions");
	ck_assert_uint_eq(changes.same + changes.moved + changes.most_count, 0);
	ck_assert(isnan(changes.cosines[0]));
}
END_TEST

/* Real ones: five models' vectors of the same texts, in files of FAISS's. */
START_TEST(two_models_of_the_same_texts)
{
	char paths[RQ_SIDES][4096];
	const char *const names[] = {"vectors/healthcare/bert_base_uncased.faiss", "vectors/healthcare/dmis_lab_biobert_base_cased_v1.1.faiss"};

	for (int side = 0; side < RQ_SIDES; side++) {
		const char *path = shared_file(names[side * _i]);
		if (path == NULL)
			return;
		snprintf(paths[side], sizeof paths[side], "%s", path);
		const struct rq_holding_source source = {.path = paths[side], .flag_of_ids = "--ids-a"};
		ck_assert_msg(rq_holding_open(&sides[side], &source, RQ_AS_STORED, &err) == RQ_OK, "%s", err.text);
		ck_assert_int_eq(sides[side].kind, RQ_COMPARABLE_INDEX);
		ck_assert_uint_eq(sides[side].ids.count, 52);
		ck_assert_uint_eq(sides[side].vectors.d, 768);
	}
	ck_assert_int_eq(rq_documents_compare(&changes, sides, NULL, &err), RQ_OK);
	ck_assert_uint_eq(changes.pair_count, 52);
	ck_assert_uint_eq(changes.same, _i == 0 ? 52 : 0);
	ck_assert_uint_eq(changes.moved, _i == 0 ? 0 : 52);
	ck_assert(_i == 0 ? changes.cosines[0] == 1 : changes.cosines[RQ_COSINES - 1] < .9);
}
END_TEST

Suite *documents_suite(void)
{
	Suite *suite = suite_create("documents");
	TCase *tcase = tcase_create("documents");

	tcase_add_checked_fixture(tcase, NULL, release);
	tcase_add_loop_test(tcase, documents_as_counted_slowly, 0, 20);
	tcase_add_test(tcase, threads_change_nothing);
	tcase_add_test(tcase, other_dimensions_are_not_compared);
	tcase_add_loop_test(tcase, two_models_of_the_same_texts, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
