/* One side of a comparison, opened: a flat index as its vectors, beside what FAISS makes of it. */
#include "evalcore/base/random.h"
#include "evalcore/compare/holding.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 50, D = 6 };

static struct rq_error err;
static char folder[32], index_path[64], ids_path[64];

static void make_vectors(struct rq_vectors *vectors, uint64_t seed)
{
	struct rq_random random;

	ck_assert_int_eq(rq_vectors_init(vectors, ROWS, D, &err), RQ_OK);
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < (size_t)ROWS * D; i++)
		vectors->data[i] = (float)rq_random_normal(&random);
}

static void write_index(const char *factory, enum rq_similarity similarity, uint64_t seed)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_index_config config = {.kind = "faiss", .factory = factory, .seed = 1, .threads = 1};
	struct rq_vectors vectors;
	struct rq_index *index;
	FILE *file = fopen(index_path, "wb");

	ck_assert_ptr_nonnull(file);
	make_vectors(&vectors, seed);
	ck_assert_msg(faiss->build(&index, &config, similarity, &vectors, NULL, &err) == RQ_OK, "%s", err.text);
	ck_assert_int_eq(faiss->save(index, file, &err), RQ_OK);
	ck_assert_int_eq(fclose(file), 0);
	faiss->close(index);
	rq_vectors_release(&vectors);
}

static void write_ids(int fd)
{
	for (int i = 0; i < ROWS; i++)
		ck_assert_int_gt(dprintf(fd, "d%d\n", i), 0);
	close(fd);
}

static void set_up(void)
{
	snprintf(folder, sizeof folder, "/tmp/rq-holding-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(index_path, sizeof index_path, "%s/x.faiss", folder);
	snprintf(ids_path, sizeof ids_path, "%s/x.ids", folder);
}

static void tear_down(void)
{
	remove(index_path);
	remove(ids_path);
	rmdir(folder);
}

/* All that is told of it, and every number. */
START_TEST(a_flat_index_is_its_vectors)
{
	const struct rq_backend *faiss = rq_backend_find("faiss");
	const struct rq_holding_source source = {.path = index_path, .ids = ids_path, .flag_of_ids = "--ids-a"};
	const enum rq_similarity similarity = _i == 0 ? RQ_INNER_PRODUCT : RQ_L2;
	struct rq_holding holding = {0};
	struct rq_index_structure structure;
	struct rq_vectors vectors;
	struct rq_index *index;
	bool held;

	write_index("Flat", similarity, 1);
	write_ids(open(ids_path, O_WRONLY | O_CREAT, 0600));
	ck_assert_msg(rq_holding_open(&holding, &source, RQ_AS_STORED, &err) == RQ_OK, "%s", err.text);
	FILE *file = fopen(index_path, "rb");
	ck_assert_int_eq(faiss->load(&index, file, index_path, RQ_AS_STORED, 0, &err), RQ_OK);
	fclose(file);
	ck_assert_int_eq(faiss->structure(&structure, index, &err), RQ_OK);
	ck_assert_ptr_null(holding.index);
	ck_assert_str_eq(holding.structure.type, structure.type);
	ck_assert_uint_eq(holding.structure.rows, structure.rows);
	ck_assert_uint_eq(holding.structure.dimension, structure.dimension);
	ck_assert_uint_eq(holding.structure.row_bytes, structure.row_bytes);
	ck_assert_int_eq(holding.structure.by_distance, structure.by_distance);
	ck_assert_int_eq(holding.structure.rough, structure.rough);
	ck_assert_uint_eq(holding.structure.levels + holding.structure.lists, structure.levels + structure.lists);
	ck_assert_int_eq(holding.similarity, similarity);
	ck_assert(holding.exhaustive && holding.named && !holding.coded);
	ck_assert_int_eq(rq_vectors_init(&vectors, ROWS, D, &err), RQ_OK);
	ck_assert_int_eq(faiss->vectors(vectors.data, &held, index, 0, ROWS, &err), RQ_OK);
	ck_assert(held && memcmp(vectors.data, holding.vectors.data, sizeof(float) * ROWS * D) == 0);
	ck_assert_str_eq(holding.ids.names[ROWS - 1], "d49");
	faiss->close(index);
	rq_vectors_release(&vectors);
	rq_holding_release(&holding);
}
END_TEST

/* A new index takes its place, or is written into it, after its digest was taken. Ids are read after that. */
START_TEST(an_index_that_changes_while_it_is_opened)
{
	const struct rq_holding_source source = {.path = index_path, .ids = ids_path, .flag_of_ids = "--ids-a"};
	const char *factory = _i < 2 ? "Flat" : "HNSW4,Flat";
	struct rq_holding holding = {0};
	int status;

	write_index(factory, RQ_INNER_PRODUCT, 1);
	/* of long ago: the clock of a file system may stand still for some milliseconds */
	ck_assert_int_eq(utimensat(AT_FDCWD, index_path, (const struct timespec[]){{1000, 0}, {1000, 0}}, 0), 0);
	ck_assert_int_eq(mkfifo(ids_path, 0600), 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		int fd = open(ids_path, O_WRONLY); /* waits for who reads them */
		if (_i % 2 == 0)
			ck_assert_int_eq(remove(index_path), 0);
		write_index(factory, RQ_INNER_PRODUCT, 2);
		write_ids(fd);
		_exit(0);
	}
	ck_assert_int_eq(rq_holding_open(&holding, &source, RQ_AS_STORED, &err), RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(err.text, "x.faiss\": changed while it was read; run again when it is written"));
	ck_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	rq_holding_release(&holding);
}
END_TEST

Suite *holding_suite(void)
{
	Suite *suite = suite_create("holding");
	TCase *tests = tcase_create("holding");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, a_flat_index_is_its_vectors, 0, 2);
	tcase_add_loop_test(tests, an_index_that_changes_while_it_is_opened, 0, 4);
	suite_add_tcase(suite, tests);
	return suite;
}
