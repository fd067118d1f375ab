#include "evalcore/base/system.h"
#include "tests/index/vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/* FAISS loses what it has read so far when a file turns out to be broken: not our leak. Defined only where a sanitizer is linked. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

/* Under AddressSanitizer a failed allocation of C++ ends the process instead of throwing: corrupt sizes cannot be tried. */
#if defined(__SANITIZE_ADDRESS__)
enum { CORRUPTIONS = 0 };
#else
enum { CORRUPTIONS = 400 };
#endif

enum { ROWS = 400, D = 12 };

static const struct rq_backend *faiss;
static struct rq_error err;
static struct rq_vectors base;
static uint32_t *ranks;

static void make_vectors(void)
{
	faiss = rq_backend_find("faiss");
	rq_threads_set(1);
	base = clustered_vectors(ROWS, D, 1);
	ranks = shuffled_ranks(ROWS, 1);
}

struct bytes {
	char *data;
	size_t size;
};

static struct bytes saved(const char *factory, int similarity)
{
	struct rq_index_config config = {.factory = factory, .similarity = similarity, .seed = 1};
	struct rq_index *index;
	struct bytes bytes;

	ck_assert_msg(faiss->build(&index, &config, similarity == L2 ? RQ_L2 : RQ_INNER_PRODUCT, &base, NULL, &err) == RQ_OK, "%s", err.text);
	FILE *stream = open_memstream(&bytes.data, &bytes.size);
	ck_assert_int_eq(faiss->save(index, stream, &err), RQ_OK);
	ck_assert_int_eq(fclose(stream), 0);
	faiss->close(index);
	keep(bytes.data);
	return bytes;
}

/* Through a real file, whose size bounds what FAISS may allocate. */
static enum rq_status loaded(struct rq_index **index, const char *data, size_t size, enum rq_similarity similarity, size_t d)
{
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	rewind(file);
	if (__lsan_disable != NULL)
		__lsan_disable();
	enum rq_status status = faiss->load(index, file, "x.faiss", similarity, d, &err);
	if (__lsan_enable != NULL)
		__lsan_enable();
	fclose(file);
	ck_assert(status == RQ_OK || *index == NULL);
	return status;
}

static const char *const factories[] = {"Flat",        "HNSW8,Flat",    "HNSW8_SQ8",         "IVF8,Flat",       "IVF8,PQ4x4np",    "PQ4x4np",
                                        "SQ4",         "PCA6,IVF4,SQ8", "IDMap,HNSW4,Flat",  "IVF8,Flat,RFlat", "IVF8_HNSW4,Flat", "NSG8,Flat",
                                        "RR8,PQ4x4np", "IVF8,PQ4x4fs",  "IDMap2,HNSW4,Flat"};
enum { FACTORIES = sizeof factories / sizeof *factories };

START_TEST(what_was_saved_is_read_back)
{
	struct rq_index_config config = {.factory = factories[_i], .seed = 1};
	struct rq_neighbours before = neighbours_for(ROWS, 7), after = neighbours_for(ROWS, 7);
	struct bytes bytes = saved(factories[_i], IP);
	struct rq_index *index;

	ck_assert_int_eq(faiss->build(&index, &config, RQ_INNER_PRODUCT, &base, NULL, &err), RQ_OK);
	ck_assert_int_eq(faiss->search_batch(index, base.data, ROWS, ranks, &before, NULL, &err), RQ_OK);
	char *remark = strdup(faiss->remark(index, 10, NULL));
	faiss->close(index);
	ck_assert_msg(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(faiss->search_batch(index, base.data, ROWS, ranks, &after, NULL, &err), RQ_OK);
	ck_assert_mem_eq(before.rows, after.rows, ROWS * 7 * sizeof *before.rows);
	ck_assert_mem_eq(before.scores, after.scores, ROWS * 7 * sizeof *before.scores);
	ck_assert_str_eq(faiss->remark(index, 10, NULL), remark);
	ck_assert_uint_eq(faiss->rows(index), ROWS);
	ck_assert_uint_eq(faiss->dimension(index), D);
	free(remark);
	faiss->close(index);
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, 0), RQ_OK);
	faiss->close(index);
}
END_TEST

START_TEST(a_file_that_is_cut_off_is_refused)
{
	struct bytes bytes = saved(factories[_i], IP);
	struct rq_index *index;

	for (size_t length = 0; length < bytes.size; length += 1 + length / 40) {
		ck_assert_msg(loaded(&index, bytes.data, length, RQ_INNER_PRODUCT, D) == RQ_E_DATA, "%s cut to %zu of %zu bytes", factories[_i], length,
		              bytes.size);
		ck_assert_msg(strncmp(err.text, "index file \"x.faiss\": FAISS cannot read it: ", 44) == 0 ||
		                  strncmp(err.text, "index file \"x.faiss\": cut short or corrupt: ", 44) == 0,
		              "%s", err.text);
	}
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size - 1, RQ_INNER_PRODUCT, D), RQ_E_DATA);
}
END_TEST

/* A flipped bit is refused, or harmless: the search stays within its bounds. */
START_TEST(a_corrupt_file_does_no_harm)
{
	struct bytes bytes = saved(factories[_i], IP);
	struct rq_neighbours out = neighbours_for(3, 7);
	struct rq_random random;
	size_t refused = 0;

	rq_random_seed(&random, (uint64_t)_i);
	for (int round = 0; round < CORRUPTIONS; round++) {
		/* headers and tables at either end matter most */
		size_t span = round % 2 == 0 ? bytes.size : bytes.size < 600 ? bytes.size : 600;
		size_t at = (size_t)rq_random_below(&random, span), bit = (size_t)rq_random_below(&random, 8);
		struct rq_index *index;
		at = round % 4 == 3 ? bytes.size - 1 - at : at;
		bytes.data[at] = (char)(bytes.data[at] ^ (1 << bit));
		if (loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D) == RQ_OK) {
			enum rq_status status = faiss->search_batch(index, base.data, 3, ranks, &out, NULL, &err);
			ck_assert(status == RQ_OK || status == RQ_E_DATA || status == RQ_E_NOMEM); /* a search may be asked to keep 2^30 candidates */
			faiss->close(index);
		} else
			refused++;
		bytes.data[at] = (char)(bytes.data[at] ^ (1 << bit));
	}
	ck_assert(refused > 0 || CORRUPTIONS == 0);
}
END_TEST

START_TEST(reasons_are_told)
{
	struct bytes ip = saved("HNSW8,Flat", IP), l2 = saved("Flat", L2), map = saved("IDMap,Flat", IP);
	struct rq_index *index;

	ck_assert_int_eq(loaded(&index, ip.data, ip.size, RQ_INNER_PRODUCT, 256), RQ_E_DATA);
	ck_assert_str_eq(err.text, "index file \"x.faiss\": it holds vectors of 12 dimensions, and the embedder's have 256; embed with the model that it "
	                           "was built with, or build it anew");
	ck_assert_int_eq(loaded(&index, l2.data, l2.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_str_eq(err.text, "index file \"x.faiss\": it ranks by L2 distance, and the config asks for the inner product (\"cosine\" or \"ip\"); "
	                           "set similarity to what the file was built "
	                           "for, or build it anew");
	ck_assert_int_eq(loaded(&index, ip.data, ip.size, RQ_L2, D), RQ_E_DATA);
	ck_assert_str_eq(err.text, "index file \"x.faiss\": it ranks by the inner product, and the config asks for L2 distance (\"l2\"); set similarity "
	                           "to what the file was built for, or "
	                           "build it anew");
	ck_assert_int_eq(loaded(&index, "not an index, but text", 22, RQ_L2, D), RQ_E_DATA);
	char unknown[256];
	snprintf(unknown, sizeof unknown, "index file \"x.faiss\": FAISS cannot read it: Index type 0x20746f6e (\"not \") not recognized; it is cut off, "
	         "corrupt, or no index of %s", rq_faiss_version());
	ck_assert_str_eq(err.text, unknown);
	ck_assert_int_eq(loaded(&index, "", 0, RQ_L2, D), RQ_E_DATA);
	/* the id map is the last thing in its file */
	memcpy(map.data + map.size - 8, &(int64_t){1000000}, 8);
	ck_assert_int_eq(loaded(&index, map.data, map.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_str_eq(err.text,
	                 "index file \"x.faiss\": its labels are not row numbers from 0 on; renumber them, and give the document ids as \"ids\"");
}
END_TEST

/* Where the number stands in the file, first or last of all. */
static size_t place_of(const struct bytes *bytes, uint64_t number, bool last)
{
	size_t places = bytes->size - sizeof number + 1;

	for (size_t i = 0; i < places; i++)
		if (memcmp(bytes->data + (last ? places - 1 - i : i), &number, sizeof number) == 0)
			return last ? places - 1 - i : i;
	ck_abort_msg("no %llu", (unsigned long long)number);
	return 0;
}

static const struct {
	const char *factory;
	uint64_t number; /* a length in its file */
	size_t width;    /* of what is counted */
	bool last;       /* labels and links, too, may look like it */
} claims[] = {
	{"Flat", ROWS * D, 4, true},       {"IDMap,Flat", ROWS * D, 4, true},  {"HNSW8,Flat", ROWS * D, 4, true},
	{"HNSW8,Flat", ROWS + 1, 8, true}, {"SQ4", ROWS * D / 2, 1, true},     {"PQ4x4np", ROWS * 2, 1, true},
	{"IVF8,Flat,RFlat", ROWS * D, 4, true}, {"IVF64,SQ8", 64 * D, 4, false}, {"IVF64,PQ4x4np", 64 * D, 4, false},
};

/* FAISS would take the gigabytes, and then find that there is nothing to read into them. */
START_TEST(what_a_file_claims_is_held_against_its_size)
{
	struct bytes bytes = saved(claims[_i].factory, IP);
	size_t at = place_of(&bytes, claims[_i].number, claims[_i].last), left = bytes.size - at - sizeof(uint64_t);
	struct rq_index *index;
	struct rusage before, after;
	char expected[300];

	uint64_t claimed = 1800000000 / claims[_i].width;
	memcpy(bytes.data + at, &claimed, sizeof claimed);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &before), 0);
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_int_eq(getrusage(RUSAGE_SELF, &after), 0);
	snprintf(expected, sizeof expected, "index file \"x.faiss\": cut short or corrupt: %llu numbers of %zu bytes are to follow byte %zu, and %zu bytes "
	         "do; copy or write it again", (unsigned long long)claimed, claims[_i].width, at + sizeof claimed, left);
	ck_assert_str_eq(err.text, expected);
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 64 << 10); /* KiB */
}
END_TEST

START_TEST(inverted_lists_are_held_against_the_files_size)
{
	struct bytes bytes = saved("IVF8,Flat", IP);
	struct rq_index *index;
	char *lists = memmem(bytes.data, bytes.size, "ilar", 4);

	ck_assert_ptr_nonnull(lists);
	char *count = lists + 4 + 2 * sizeof(uint64_t) + 4; /* of sizes; then the first of them */
	ck_assert_int_eq(memcmp(count - 4, "full", 4), 0);
	memcpy(count + 8, &(uint64_t){1 << 30}, 8);
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, " numbers of 56 bytes are to follow byte "));
	memcpy(count, &(uint64_t){7}, 8);
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_str_eq(err.text, "index file \"x.faiss\": corrupt: 8 inverted lists, and sizes of 7; copy or write it again");
}
END_TEST

/* FAISS takes memory for as many lists as are claimed; sizes as pairs are few, whatever that is. */
START_TEST(the_number_of_inverted_lists_is_bounded)
{
	static const char *const kinds[] = {"IVF8,Flat", "IVF8,PQ4x4np", "IVF8,SQ8"};
	enum { NLIST = 4 + 4 + 3 * 8 + 1 + 4, PAIRS = 4 + 2 * 8, CLAIM = 1 << 25 };
	char expected[200];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct bytes bytes = saved(kinds[i], IP);
		struct rq_index *index;
		char *lists = memmem(bytes.data, bytes.size, "ilar", 4);
		size_t behind = (size_t)(lists - bytes.data) + PAIRS;
		memcpy(lists + PAIRS, "sprs", 4);
		memcpy(lists + 4, &(uint64_t){CLAIM}, 8);
		for (int both = 0; both <= 1; both++) {
			memcpy(bytes.data + NLIST, &(uint64_t){both == 1 ? CLAIM : 8}, 8);
			ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
			snprintf(expected, sizeof expected, "index file \"x.faiss\": corrupt: %d inverted lists of an index of %d before byte %zu; copy or write it again",
			         CLAIM, both == 1 ? CLAIM : 8, behind);
			ck_assert_str_eq(err.text, expected);
		}
		memcpy(bytes.data + NLIST, &(uint64_t){8}, 8);
		memcpy(lists + 4, &(uint64_t){8}, 8);
		memcpy(lists + PAIRS + 4, &(uint64_t){7}, 8);
		ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
		ck_assert_str_eq(err.text, "index file \"x.faiss\": corrupt: 8 inverted lists, and 7 numbers of pairs; copy or write it again");
	}
}
END_TEST

/* Most lists are empty: FAISS writes the sizes of the others as pairs. */
START_TEST(sparse_inverted_lists_are_read)
{
	struct rq_neighbours out = neighbours_for(3, 7);
	struct rq_index *index;

	for (size_t i = 1; i < ROWS; i++)
		memcpy(base.data + i * D, base.data + i % 2 * D, D * sizeof *base.data);
	struct bytes bytes = saved("IVF8,Flat", IP);
	ck_assert_ptr_nonnull(memmem(bytes.data, bytes.size, "sprs", 4));
	ck_assert_msg(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(faiss->search_batch(index, base.data, 3, ranks, &out, NULL, &err), RQ_OK);
	faiss->close(index);
}
END_TEST

static const struct {
	const char *factory, *kind;
	size_t field; /* which of the header's numbers of 8 bytes */
	uint64_t value;
} quantizers[] = {
	{"PQ4x4np", "product", 0, 0},    {"PQ4x4np", "product", 1, 0},       {"PQ4x4np", "product", 1, 13},    {"PQ4x4np", "product", 1, 5},
	{"PQ4x4np", "product", 2, 0},    {"PQ4x4np", "product", 2, 40},      {"PQ4x4np", "product", 2, 5},     {"PQ4x4np", "product", 3, 1},
	{"IVF8,PQ4x4np", "product", 1, 0}, {"IVF8,PQ4x4fs", "product", 1, 0}, {"PQ4x4fs", "product", 1, 0},
	{"RQ2x4", "additive", 1, 1},     {"RQ2x4", "additive", 2, 1},        {"RQ2x4", "additive", 3, 5636},   {"RQ2x4", "additive", 4, 0},
	{"RQ2x4", "additive", 4, 5},     {"IVF8,RQ2x4", "additive", 3, 5636}, {"LSQ2x4", "additive", 3, 5636},
};

/* FAISS would divide by 0, or write behind what it has. */
START_TEST(headers_of_quantizers_that_cannot_be_are_refused)
{
	struct bytes bytes = saved(quantizers[_i].factory, IP);
	bool product = *quantizers[_i].kind == 'p';
	const uint64_t header[] = {D, product ? 4 : 2, product ? 4 : 2};
	struct rq_index *index;
	char *at = memmem(bytes.data, bytes.size, header, sizeof header), expected[200];

	ck_assert_ptr_nonnull(at);
	memcpy(at + quantizers[_i].field * 8, &quantizers[_i].value, 8);
	ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	snprintf(expected, sizeof expected, "corrupt: the header of its %s quantizer before byte ", quantizers[_i].kind);
	ck_assert_msg(strstr(err.text, expected) != NULL, "%s", err.text);
}
END_TEST

/* FAISS would recurse until its stack ends. */
START_TEST(indexes_within_each_other_without_end_are_refused)
{
	struct bytes map = saved("IDMap,Flat", IP);
	struct rq_index *index;
	char nested[40 * 37];

	for (size_t i = 0; i < 40; i++)
		memcpy(nested + i * 37, map.data, 37);
	ck_assert_int_eq(loaded(&index, nested, sizeof nested, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	ck_assert_str_eq(err.text, "index file \"x.faiss\": corrupt: more than 16 indexes within each other; copy or write it again");
}
END_TEST

START_TEST(what_follows_an_index_is_refused)
{
	struct bytes bytes = saved(factories[_i], IP);
	struct rq_index *index;
	char *longer = malloc(bytes.size + 3), expected[200];

	memcpy(longer, bytes.data, bytes.size);
	memcpy(longer + bytes.size, "xyz", 3);
	ck_assert_int_eq(loaded(&index, longer, bytes.size + 3, RQ_INNER_PRODUCT, D), RQ_E_DATA);
	snprintf(expected, sizeof expected, "index file \"x.faiss\": the index ends at byte %zu, and the file at %zu; copy or write it again", bytes.size,
	         bytes.size + 3);
	ck_assert_str_eq(err.text, expected);
	free(longer);
}
END_TEST

/* The search would leave such a row out, and say nothing. */
START_TEST(rows_that_are_no_numbers_are_refused)
{
	static const char *const kinds[][2] = {
		{"Flat", "IndexFlat"}, {"HNSW8,Flat", "IndexFlat"}, {"IVF8,Flat", "IndexIVFFlat"}, {"IDMap,Flat", "IndexFlat"}};
	char expected[200];

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct bytes bytes = saved(kinds[i][0], IP);
		struct rq_index *index;
		size_t at = 0;
		while (memcmp(bytes.data + at, base.data + 7 * D, D * sizeof(float)) != 0)
			at++;
		memcpy(bytes.data + at + 4, &(float){NAN}, sizeof(float));
		ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
		snprintf(expected, sizeof expected,
		         "index file \"x.faiss\": row 7 (counted from 0) of its %s holds a NaN or an infinity; mend or leave out that record, and build the "
		         "index anew", kinds[i][1]);
		ck_assert_str_eq(err.text, expected);
	}
}
END_TEST

static const struct {
	const char *factory, *what;
	uint64_t numbers; /* trained ones, behind their count */
} trained[] = {
	{"PQ4x4np", "product quantizer", D << 4},      {"IVF8,PQ4x4np", "product quantizer", D << 4}, {"SQ4", "scalar quantizer", 2 * D},
	{"IVF8,SQ8", "scalar quantizer", 2 * D},       {"PCA6,Flat", "linear transformation", 6 * D}, {"RR8,Flat", "linear transformation", 8 * D},
	{"PQ4x4fs", "product quantizer", D << 4},      {"RQ2x4", "additive quantizer", D << 5},
};

/* Every score of a search would be none. */
START_TEST(trained_numbers_that_are_none_are_refused)
{
	struct bytes bytes = saved(trained[_i].factory, IP);
	char *numbers = bytes.data + place_of(&bytes, trained[_i].numbers, false) + sizeof(uint64_t), expected[200];
	struct rq_index *index;

	for (int infinite = 0; infinite <= 1; infinite++) {
		memcpy(numbers + 4, &(float){infinite ? INFINITY : NAN}, sizeof(float));
		ck_assert_int_eq(loaded(&index, bytes.data, bytes.size, RQ_INNER_PRODUCT, D), RQ_E_DATA);
		snprintf(expected, sizeof expected, "index file \"x.faiss\": a trained number of its %s is a NaN or an infinity; build the index anew",
		         trained[_i].what);
		ck_assert_str_eq(err.text, expected);
	}
}
END_TEST

Suite *faiss_file_suite(void)
{
	Suite *suite = suite_create("faiss_file");
	TCase *tests = tcase_create("faiss_file");

	tcase_set_timeout(tests, 300);
	tcase_add_checked_fixture(tests, make_vectors, release_kept);
	tcase_add_loop_test(tests, what_was_saved_is_read_back, 0, FACTORIES - faiss_is_old());
	tcase_add_loop_test(tests, a_file_that_is_cut_off_is_refused, 0, FACTORIES - faiss_is_old());
	tcase_add_loop_test(tests, a_corrupt_file_does_no_harm, 0, FACTORIES - faiss_is_old());
	tcase_add_test(tests, reasons_are_told);
	tcase_add_loop_test(tests, what_a_file_claims_is_held_against_its_size, 0, sizeof claims / sizeof *claims);
	tcase_add_test(tests, inverted_lists_are_held_against_the_files_size);
	tcase_add_test(tests, the_number_of_inverted_lists_is_bounded);
	tcase_add_test(tests, sparse_inverted_lists_are_read);
	tcase_add_loop_test(tests, headers_of_quantizers_that_cannot_be_are_refused, 0, sizeof quantizers / sizeof *quantizers);
	tcase_add_loop_test(tests, trained_numbers_that_are_none_are_refused, 0, sizeof trained / sizeof *trained);
	tcase_add_test(tests, indexes_within_each_other_without_end_are_refused);
	tcase_add_loop_test(tests, what_follows_an_index_is_refused, 0, FACTORIES - faiss_is_old());
	tcase_add_test(tests, rows_that_are_no_numbers_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
