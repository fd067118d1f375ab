/* What FAISS writes, read by the reader of vector files, which knows nothing of FAISS. */
#include "datasets/vector_file.h"
#include "tests/index/vectors.h"

#include <stdio.h>

enum { ROWS = 300, D = 24 };

/* The index in memory as FAISS writes it; the ids of a map are the numbers of its rows. */
static struct rq_buf written(const char *factory, enum rq_similarity similarity, const struct rq_vectors *vectors)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.factory = factory, .similarity = similarity == RQ_L2 ? L2 : IP, .seed = 1, .threads = 1};
	struct rq_index *index;
	struct rq_buf bytes = {0};
	struct rq_error err = {0};

	ck_assert_msg(faiss->build(&index, &config, similarity, vectors, NULL, &err) == RQ_OK, "%s", err.text);
	FILE *stream = open_memstream(&bytes.data, &bytes.size);
	ck_assert_int_eq(faiss->save(index, stream, &err), RQ_OK);
	ck_assert_int_eq(fclose(stream), 0);
	faiss->close(index);
	keep(bytes.data);
	return bytes;
}

static enum rq_status read_back(struct rq_vector_file *file, const struct rq_buf *bytes, struct rq_error *err)
{
	return rq_vector_file_from(file, rq_vector_format_find("faiss"), "x", bytes->data, bytes->size, NULL, err);
}

START_TEST(flat_indexes)
{
	const struct rq_vectors vectors = gaussian_vectors(ROWS, D, 3);
	struct rq_vector_file file;
	struct rq_error err = {0};

	static const struct {
		const char *factory, *remark;
		enum rq_similarity similarity;
		bool map;
	} cases[] = {
		{"Flat", "IxFI, inner product", RQ_INNER_PRODUCT, false},
		{"Flat", "IxF2, L2 distance", RQ_L2, false},
		{"IDMap,Flat", "map of ids over IxF2, L2 distance", RQ_L2, true},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct rq_buf bytes = written(cases[c].factory, cases[c].similarity, &vectors);
		ck_assert_msg(read_back(&file, &bytes, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(file.vectors.n, ROWS);
		ck_assert_uint_eq(file.vectors.d, D);
		ck_assert_mem_eq(file.vectors.data, vectors.data, ROWS * D * sizeof(float));
		ck_assert_str_eq(file.remark, cases[c].remark);
		ck_assert_uint_eq(file.ids.count, cases[c].map ? ROWS : 0);
		if (cases[c].map)
			ck_assert_str_eq(file.ids.names[ROWS - 1], "299");
		rq_vector_file_release(&file);
		bytes.size--;
		ck_assert_int_eq(read_back(&file, &bytes, &err), RQ_E_DATA);
	}
}
END_TEST

START_TEST(other_indexes_are_left_to_the_backend)
{
	const struct rq_vectors vectors = gaussian_vectors(ROWS, D, 4);
	struct rq_vector_file file;
	struct rq_error err = {0};

	struct rq_buf graph = written("HNSW16,Flat", RQ_L2, &vectors);
	ck_assert_int_eq(read_back(&file, &graph, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text, "x: an index of FAISS of type \"IHNf\", no flat one, which alone holds the vectors as they are; name it as \"index\": "
	                           "{\"kind\": \"faiss\", \"file\": "
	                           "...}, or export the vectors with index.reconstruct_n(0, index.ntotal)");
}
END_TEST

Suite *faiss_vectors_suite(void)
{
	Suite *suite = suite_create("faiss_vectors");
	TCase *tests = tcase_create("faiss_vectors");

	tcase_add_checked_fixture(tests, NULL, release_kept);
	tcase_add_test(tests, flat_indexes);
	tcase_add_test(tests, other_indexes_are_left_to_the_backend);
	suite_add_tcase(suite, tests);
	return suite;
}
