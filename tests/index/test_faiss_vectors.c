/* What FAISS writes, read by the reader of vector files, which knows nothing of FAISS. */
#include "datasets/vector_file.h"
#include "tests/index/vectors.h"

#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/index_factory_c.h>
#include <faiss/c_api/index_io_c.h>
#include <stdio.h>

enum { ROWS = 300, D = 24 };

/* The index in memory as FAISS writes it. */
static struct rq_buf written(const char *factory, FaissMetricType metric, const struct rq_vectors *vectors, const idx_t *ids)
{
	FaissIndex *index;
	struct rq_buf bytes = {0};

	ck_assert_int_eq(faiss_index_factory(&index, D, factory, metric), 0);
	ck_assert_int_eq(ids == NULL ? faiss_Index_add(index, ROWS, vectors->data) : faiss_Index_add_with_ids(index, ROWS, vectors->data, ids), 0);
	FILE *stream = open_memstream(&bytes.data, &bytes.size);
	ck_assert_int_eq(faiss_write_index(index, stream), 0);
	ck_assert_int_eq(fclose(stream), 0);
	faiss_Index_free(index);
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
	idx_t ids[ROWS];

	for (idx_t i = 0; i < ROWS; i++)
		ids[i] = 1000000007 * (i + 1);
	static const struct {
		const char *factory, *remark;
		FaissMetricType metric;
		bool map;
	} cases[] = {
		{"Flat", "IxFI, inner product", METRIC_INNER_PRODUCT, false},
		{"Flat", "IxF2, L2 distance", METRIC_L2, false},
		{"IDMap,Flat", "map of ids over IxF2, L2 distance", METRIC_L2, true},
	};
	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		struct rq_buf bytes = written(cases[c].factory, cases[c].metric, &vectors, cases[c].map ? ids : NULL);
		ck_assert_msg(read_back(&file, &bytes, &err) == RQ_OK, "%s", err.text);
		ck_assert_uint_eq(file.vectors.n, ROWS);
		ck_assert_uint_eq(file.vectors.d, D);
		ck_assert_mem_eq(file.vectors.data, vectors.data, ROWS * D * sizeof(float));
		ck_assert_str_eq(file.remark, cases[c].remark);
		ck_assert_uint_eq(file.ids.count, cases[c].map ? ROWS : 0);
		if (cases[c].map)
			ck_assert_str_eq(file.ids.names[ROWS - 1], "300000002100");
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

	struct rq_buf graph = written("HNSW16,Flat", METRIC_L2, &vectors, NULL);
	ck_assert_int_eq(read_back(&file, &graph, &err), RQ_E_DATA);
	ck_assert_str_eq(err.text,
	                 "x: an index of FAISS of type \"IHNf\", no flat one, which alone holds the vectors as they are; name it as \"index\": {\"kind\": \"faiss\", \"file\": "
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
