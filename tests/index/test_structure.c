/* How an index is put together, against its file read by hand, and against graphs and lists that were made to be odd. */
#include "evalcore/base/system.h"
#include "evalcore/index/structure.h"
#include "tests/index/vectors.h"

#include <stdio.h>

enum { ROWS = 500, DIMENSIONS = 8 };

static const struct rq_backend *faiss;
static struct rq_error err;

static void set_up(void)
{
	faiss = rq_backend_find("faiss");
	rq_threads_set(1);
}

/* ---- a file of FAISS's, HNSW over Flat: faiss/impl/index_write.cpp ---- */

struct graph {
	char *data;
	size_t size, at;
	int64_t rows;
	int32_t *cumulated, *levels, *neighbours;
	uint64_t *offsets;
	uint64_t cumulated_count, node_count, offset_count, neighbour_count;
	int32_t entry, top;
};

static void take(void *out, struct graph *graph, size_t size)
{
	ck_assert_uint_le(graph->at + size, graph->size);
	memcpy(out, graph->data + graph->at, size);
	graph->at += size;
}

/* Points into the file, so that a test may change it. */
static void *take_vector(uint64_t *count, struct graph *graph, size_t size)
{
	take(count, graph, sizeof *count);
	void *at = graph->data + graph->at;
	graph->at += *count * size;
	ck_assert_uint_le(graph->at, graph->size);
	return at;
}

static int32_t number_at(const void *at, size_t i)
{
	int32_t number;

	memcpy(&number, (const char *)at + i * sizeof number, sizeof number);
	return number;
}

static uint64_t offset_at(const struct graph *graph, size_t i)
{
	uint64_t offset;

	memcpy(&offset, (const char *)graph->offsets + i * sizeof offset, sizeof offset);
	return offset;
}

static struct graph read_graph(char *data, size_t size)
{
	struct graph graph = {.data = data, .size = size};
	uint64_t unused;
	char mark[5] = "";

	take(mark, &graph, 4);
	ck_assert_str_eq(mark, "IHNf");
	graph.at += 4;
	take(&graph.rows, &graph, 8);
	graph.at += 8 + 8 + 1 + 4;
	take_vector(&unused, &graph, sizeof(double));
	graph.cumulated = take_vector(&graph.cumulated_count, &graph, 4);
	graph.levels = take_vector(&graph.node_count, &graph, 4);
	graph.offsets = take_vector(&graph.offset_count, &graph, 8);
	graph.neighbours = take_vector(&graph.neighbour_count, &graph, 4);
	take(&graph.entry, &graph, 4);
	take(&graph.top, &graph, 4);
	return graph;
}

static struct rq_index *opened(char *data, size_t size)
{
	struct rq_index *index;
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	rewind(file);
	ck_assert_msg(faiss->load(&index, file, "x.faiss", RQ_AS_STORED, 0, &err) == RQ_OK, "%s", err.text);
	fclose(file);
	return index;
}

static char *built(size_t *size, const char *factory, const struct rq_vectors *vectors, int similarity)
{
	struct rq_index_config config = {.factory = factory, .build = "efConstruction=30", .seed = 3, .similarity = similarity};
	struct rq_index *index;
	char *data;

	if (strncmp(factory, "HNSW", 4) != 0)
		config.build = NULL;
	ck_assert_msg(faiss->build(&index, &config, similarity == L2 ? RQ_L2 : RQ_INNER_PRODUCT, vectors, NULL, &err) == RQ_OK, "%s", err.text);
	FILE *stream = open_memstream(&data, size);
	ck_assert_int_eq(faiss->save(index, stream, &err), RQ_OK);
	ck_assert_int_eq(fclose(stream), 0);
	faiss->close(index);
	return keep(data);
}

static struct rq_index_structure structure_of(char *data, size_t size)
{
	struct rq_index_structure structure;
	struct rq_index *index = opened(data, size);

	ck_assert_int_eq(faiss->structure(&structure, index, &err), RQ_OK);
	faiss->close(index);
	return structure;
}

/* Goes over all links again and again until nothing new is reached. */
static size_t unreached_slowly(const struct graph *graph)
{
	char *reached = keep(calloc((size_t)graph->rows, 1));
	size_t left = (size_t)graph->rows;

	reached[graph->entry] = 1;
	for (bool more = true; more;) {
		more = false;
		for (size_t node = 0; node < (size_t)graph->rows; node++)
			for (uint64_t i = offset_at(graph, node); reached[node] && i < offset_at(graph, node + 1); i++) {
				int32_t to = number_at(graph->neighbours, i);
				more = more || (to >= 0 && !reached[to]);
				if (to >= 0)
					reached[to] = 1;
			}
	}
	for (size_t node = 0; node < (size_t)graph->rows; node++)
		left -= (size_t)reached[node];
	return left;
}

START_TEST(a_graph_as_its_file_has_it)
{
	struct rq_vectors vectors = clustered_vectors(ROWS, DIMENSIONS, 5);
	size_t size, links = 0, nodes[8] = {0};
	char *data = built(&size, "HNSW4,Flat", &vectors, IP);
	struct graph graph = read_graph(data, size);
	struct rq_index_structure structure = structure_of(data, size);
	char *linked = keep(calloc(ROWS, 1));
	size_t unlinked = ROWS;

	for (size_t node = 0; node < ROWS; node++) {
		for (int32_t level = 0; level < number_at(graph.levels, node); level++)
			nodes[level]++;
		for (uint64_t i = offset_at(&graph, node); i < offset_at(&graph, node) + (uint64_t)number_at(graph.cumulated, 1); i++) {
			int32_t to = number_at(graph.neighbours, i);
			links += to >= 0;
			if (to >= 0)
				linked[to] = 1;
		}
	}
	for (size_t node = 0; node < ROWS; node++)
		unlinked -= (size_t)linked[node];
	ck_assert_str_eq(structure.type, "IndexHNSWFlat");
	ck_assert(!structure.by_distance);
	ck_assert_uint_eq(structure.levels, (size_t)graph.top + 1);
	for (size_t level = 0; level < 8; level++)
		ck_assert_uint_eq(structure.nodes[level], nodes[level]);
	ck_assert_uint_eq(structure.links, 8);
	ck_assert_uint_eq(structure.ef_construction, 30);
	ck_assert_double_eq_tol(structure.degrees.mean, (double)links / ROWS, 1e-12);
	ck_assert_uint_eq(structure.unlinked, unlinked);
	ck_assert_uint_eq(structure.unreachable, unreached_slowly(&graph));
}
END_TEST

/* Links of some nodes' are cut: what hung on them is lost. */
START_TEST(nodes_that_no_search_reaches)
{
	struct rq_vectors vectors = clustered_vectors(ROWS, DIMENSIONS, (uint64_t)_i);
	struct rq_random random;
	size_t size;
	char *data = built(&size, "HNSW3,Flat", &vectors, IP);
	struct graph graph = read_graph(data, size);
	const int32_t none = -1;

	rq_random_seed(&random, (uint64_t)_i);
	for (size_t node = 0; node < ROWS; node++)
		for (uint64_t i = offset_at(&graph, node); i < offset_at(&graph, node + 1) && rq_random_below(&random, 3) > 0; i++)
			if (node != (size_t)graph.entry)
				memcpy((char *)graph.neighbours + i * sizeof none, &none, sizeof none);
	/* FAISS ends a row of links at its first -1: what stands behind one is none */
	for (size_t node = 0; node < ROWS; node++)
		for (int32_t level = 0; level < number_at(graph.levels, node); level++) {
			uint64_t first = offset_at(&graph, node) + (uint64_t)number_at(graph.cumulated, (size_t)level);
			uint64_t end = offset_at(&graph, node) + (uint64_t)number_at(graph.cumulated, (size_t)level + 1);
			bool over = false;
			for (uint64_t i = first; i < end; i++) {
				over = over || number_at(graph.neighbours, i) < 0;
				if (over)
					memcpy((char *)graph.neighbours + i * sizeof none, &none, sizeof none);
			}
		}
	struct rq_index_structure structure = structure_of(data, size);
	ck_assert_uint_gt(structure.unreachable, 0);
	ck_assert_uint_eq(structure.unreachable, unreached_slowly(&graph));
	ck_assert_uint_ge(structure.unreachable + 1, structure.unlinked); /* the entry point needs no link */
}
END_TEST

/* Four heaps far from each other, of 10, 20, 30 and 40 rows. From some seed on k-means finds them, and each is a list. */
START_TEST(lists_and_their_balance)
{
	struct rq_vectors vectors = gaussian_vectors(100, DIMENSIONS, 1);
	struct rq_index_structure structure = {0};
	struct rq_index *index;

	for (size_t i = 0; i < 100; i++) {
		size_t heap = i < 10 ? 0 : i < 30 ? 1 : i < 60 ? 2 : 3;
		for (size_t j = 0; j < DIMENSIONS; j++)
			vectors.data[i * DIMENSIONS + j] = .001f * vectors.data[i * DIMENSIONS + j] + (j == heap ? 100 : 0);
	}
	for (int64_t seed = 1; seed < 50 && structure.list_rows.least != 10; seed++) {
		const struct rq_index_config config = {.factory = "IVF4,Flat", .seed = seed, .similarity = L2};
		ck_assert_int_eq(faiss->build(&index, &config, RQ_L2, &vectors, NULL, &err), RQ_OK);
		ck_assert_int_eq(faiss->structure(&structure, index, &err), RQ_OK);
		faiss->close(index);
		ck_assert_double_eq_tol(structure.list_rows.mean, 25, 1e-12);
	}
	ck_assert_str_eq(structure.type, "IndexIVFFlat");
	ck_assert(structure.by_distance);
	ck_assert_uint_eq(structure.levels, 0);
	ck_assert_uint_eq(structure.lists, 4);
	ck_assert_uint_eq(structure.probes, 1);
	ck_assert_uint_eq(structure.rows, 100);
	ck_assert_uint_eq(structure.list_rows.most, 40);
	ck_assert_double_eq_tol(structure.imbalance, 4 * (100 + 400 + 900 + 1600) / 1e4, 1e-12);
	ck_assert_uint_eq(structure.empty_lists, 0);
}
END_TEST

START_TEST(spreads)
{
	uint32_t numbers[100], one[] = {7};

	for (uint32_t i = 0; i < 100; i++)
		numbers[i] = 100 - i;
	struct rq_spread spread = rq_spread_of(numbers, 100);
	ck_assert_uint_eq(spread.least, 1);
	ck_assert_uint_eq(spread.low, 5);
	ck_assert_uint_eq(spread.median, 50);
	ck_assert_uint_eq(spread.high, 95);
	ck_assert_uint_eq(spread.most, 100);
	ck_assert_double_eq(spread.mean, 50.5);
	spread = rq_spread_of(one, 1);
	ck_assert_uint_eq(spread.least + spread.low + spread.median + spread.high + spread.most, 35);
	spread = rq_spread_of(one, 0);
	ck_assert_uint_eq(spread.most, 0);
}
END_TEST

Suite *structure_suite(void)
{
	Suite *suite = suite_create("structure");
	TCase *tcase = tcase_create("structure");

	tcase_add_checked_fixture(tcase, set_up, release_kept);
	tcase_add_test(tcase, a_graph_as_its_file_has_it);
	tcase_add_loop_test(tcase, nodes_that_no_search_reaches, 1, 6);
	tcase_add_test(tcase, lists_and_their_balance);
	tcase_add_test(tcase, spreads);
	suite_add_tcase(suite, tcase);
	return suite;
}
