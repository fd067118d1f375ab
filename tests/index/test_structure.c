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

/* The least number that so many hundredths of them do not exceed. */
static size_t quantile_slowly(const size_t *numbers, size_t count, size_t hundredths)
{
	for (size_t number = 0;; number++) {
		size_t within = 0;
		for (size_t i = 0; i < count; i++)
			within += numbers[i] <= number;
		if (within > 0 && within * 100 >= hundredths * count)
			return number;
	}
}

static void expect_spread(const struct rq_spread *spread, const size_t *numbers, size_t count)
{
	size_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += numbers[i];
	ck_assert_uint_eq(spread->least, quantile_slowly(numbers, count, 0));
	ck_assert_uint_eq(spread->low, quantile_slowly(numbers, count, 5));
	ck_assert_uint_eq(spread->median, quantile_slowly(numbers, count, 50));
	ck_assert_uint_eq(spread->high, quantile_slowly(numbers, count, 95));
	ck_assert_uint_eq(spread->most, quantile_slowly(numbers, count, 100));
	ck_assert_double_eq_tol(spread->mean, (double)sum / (double)count, 1e-12);
}

START_TEST(a_graph_as_its_file_has_it)
{
	struct rq_vectors vectors = clustered_vectors(ROWS, DIMENSIONS, 5);
	size_t size, degrees[ROWS] = {0}, nodes[8] = {0};
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
			degrees[node] += to >= 0;
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
	expect_spread(&structure.degrees, degrees, ROWS);
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

static void link_to(const struct graph *graph, size_t from, size_t place, int32_t to)
{
	memcpy((char *)graph->neighbours + (offset_at(graph, from) + place) * sizeof to, &to, sizeof to);
}

/* Drawn by hand. Node 0 is where searches begin: 0 -> 1 -> 2 and 0 -> 3, and apart from these 4 <-> 5, and 6 -> 0. */
START_TEST(a_graph_that_is_known)
{
	enum { NODES = 7 };
	struct rq_vectors vectors = gaussian_vectors(NODES, DIMENSIONS, 1);
	size_t size, named[NODES];
	char *data = built(&size, "HNSW16,Flat", &vectors, IP);
	struct graph graph = read_graph(data, size);

	for (size_t i = 0; i < graph.neighbour_count; i++) /* on no level */
		memcpy((char *)graph.neighbours + i * sizeof(int32_t), &(int32_t){-1}, sizeof(int32_t));
	for (size_t node = 0, next = 1; node < NODES; node++)
		named[node == (size_t)graph.entry ? 0 : next++] = node;
	const int drawn[][3] = {{0, 0, 1}, {0, 1, 3}, {1, 0, 2}, {4, 0, 5}, {5, 0, 4}, {6, 0, 0}}; /* from, place, to */
	for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
		link_to(&graph, named[drawn[i][0]], (size_t)drawn[i][1], (int32_t)named[drawn[i][2]]);
	struct rq_index_structure structure = structure_of(data, size);
	ck_assert_uint_eq(structure.unreachable, 3); /* 4, 5, 6 */
	ck_assert_uint_eq(structure.unlinked, 1);    /* 6 */
	ck_assert_uint_eq(structure.degrees.least, 0);
	ck_assert_uint_eq(structure.degrees.median, 1);
	ck_assert_uint_eq(structure.degrees.most, 2);
	ck_assert_double_eq_tol(structure.degrees.mean, 6. / NODES, 1e-12);
	ck_assert_uint_eq(structure.links, 32);
	ck_assert_uint_eq(structure.nodes[0], NODES);
}
END_TEST

/* Sizes of the lists as the file has them: write_InvertedLists() of ArrayInvertedLists in faiss/impl/index_write.cpp. */
static void read_lists(size_t *sizes, size_t lists, const char *data, size_t size)
{
	const char *at = memmem(data, size, "ilar", 4);
	uint64_t head[2], count, pair[2];

	ck_assert_ptr_nonnull(at);
	memcpy(head, at + 4, sizeof head);
	ck_assert_uint_eq(head[0], lists);
	bool sparse = memcmp(at + 20, "sprs", 4) == 0;
	ck_assert(sparse || memcmp(at + 20, "full", 4) == 0);
	memcpy(&count, at + 24, sizeof count);
	memset(sizes, 0, lists * sizeof *sizes);
	for (uint64_t i = 0; i < (sparse ? count / 2 : count); i++) {
		memcpy(pair, at + 32 + i * (sparse ? 16 : 8), sparse ? 16 : 8);
		sizes[sparse ? pair[0] : i] = sparse ? pair[1] : pair[0];
	}
}

/* Twenty-four rows, as many of which are the same as `_i` says, in eight lists: some are empty. */
START_TEST(lists_as_their_file_has_them)
{
	enum { LISTS = 8, COUNT = 24 };
	struct rq_vectors vectors = gaussian_vectors(COUNT, DIMENSIONS, (uint64_t)_i);
	size_t size, sizes[LISTS], empty = 0, rows = 0;
	double balance = 0;

	for (size_t i = 1; i < 3 * (size_t)_i && i < COUNT; i++)
		memcpy(vectors.data + i * DIMENSIONS, vectors.data, DIMENSIONS * sizeof(float));
	char *data = built(&size, "IVF8,Flat", &vectors, L2);
	struct rq_index_structure structure = structure_of(data, size);
	read_lists(sizes, LISTS, data, size);
	for (size_t list = 0; list < LISTS; list++) {
		double share = (double)sizes[list] / COUNT;
		rows += sizes[list];
		empty += sizes[list] == 0;
		balance += LISTS * share * share;
	}
	ck_assert_uint_eq(rows, COUNT);
	ck_assert(_i < 6 || empty > 0);
	ck_assert_uint_eq(structure.lists, LISTS);
	ck_assert_uint_eq(structure.empty_lists, empty);
	ck_assert_double_eq_tol(structure.imbalance, balance, 1e-12);
	ck_assert(_i < 8 || structure.imbalance == LISTS); /* all in one */
	expect_spread(&structure.list_rows, sizes, LISTS);
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
	tcase_add_test(tcase, a_graph_that_is_known);
	tcase_add_loop_test(tcase, lists_as_their_file_has_them, 0, 9);
	tcase_add_test(tcase, lists_and_their_balance);
	tcase_add_test(tcase, spreads);
	suite_add_tcase(suite, tcase);
	return suite;
}
