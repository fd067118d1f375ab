/* What indexes are expected to cost: bytes against what FAISS writes, and that more of everything costs more. No clock. */
#include "vectors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct rq_index_estimate estimate(const char *factory, const char *build, const char *search, size_t n, size_t d, size_t k)
{
	struct rq_index_config config = {.kind = "faiss", .factory = factory, .build = build, .search = search, .seed = 1, .threads = 1};
	struct rq_index_estimate out;
	struct rq_error err = {0};

	ck_assert_msg(rq_backend_find("faiss")->estimate(&out, NULL, &config, n, d, k, &err) == RQ_OK, "%s", err.text);
	return out;
}

static double saved_bytes(const struct rq_backend *backend, const struct rq_index *index)
{
	char *bytes = NULL;
	size_t size = 0;
	struct rq_error err = {0};
	FILE *stream = open_memstream(&bytes, &size);

	ck_assert_msg(backend->save(index, stream, &err) == RQ_OK, "%s", err.text);
	fclose(stream);
	free(bytes);
	return (double)size;
}

START_TEST(bytes_are_those_that_faiss_writes)
{
	static const char *const factories[] = {
		"Flat",     "HNSW32,Flat", "HNSW8,Flat",     "HNSW16,SQ8",        "IVF16,Flat",        "IVF16,SQ8",       "IVF16,PQ8np",
		"PQ16x4np", "PQ8x4fs",     "IVF16,PQ16x4fs", "IVF16,PQ8x4,RFlat", "IDMap2,HNSW8,Flat", "PCA16,IVF16,Flat"};
	const struct rq_backend *backend = rq_backend_find("faiss");
	struct rq_vectors vectors = clustered_vectors(3000, 64, 5);

	for (size_t i = 0; i < sizeof factories / sizeof *factories; i++) {
		struct rq_index_config config = {.kind = "faiss", .factory = factories[i], .seed = 1, .threads = 1};
		struct rq_index_estimate expected = estimate(factories[i], NULL, NULL, 3000, 64, 10), opened;
		struct rq_index *index;
		struct rq_error err = {0};
		ck_assert_msg(backend->build(&index, &config, RQ_INNER_PRODUCT, &vectors, NULL, &err) == RQ_OK, "%s", err.text);
		double size = saved_bytes(backend, index);
		ck_assert_msg(expected.bytes > .85 * size && expected.bytes < 1.2 * size, "%s: %.0f bytes expected, %.0f written", factories[i],
		              expected.bytes, size);
		ck_assert_msg(backend->estimate(&opened, index, &config, 3000, 64, 10, &err) == RQ_OK, "%s", err.text);
		ck_assert_double_eq(opened.query, expected.query);
		ck_assert_double_eq(opened.bytes, expected.bytes);
		backend->close(index);
	}
	release_kept();
}
END_TEST

static double build_seconds(const char *factory, const char *build, size_t n, size_t d)
{
	struct rq_index_estimate out = estimate(factory, build, NULL, n, d, 10);

	ck_assert_msg(out.build.serial > 0 && isfinite(out.build.serial) && out.build.parallel == 0 && out.uncounted == NULL, "%s", factory);
	ck_assert_msg(out.query > 0 && out.build.kept == out.bytes && out.build.memory >= out.bytes, "%s", factory);
	return out.build.serial;
}

START_TEST(more_costs_more)
{
	ck_assert_double_lt(build_seconds("HNSW32,Flat", NULL, 1000, 64), build_seconds("HNSW32,Flat", NULL, 3000, 64));
	ck_assert_double_lt(build_seconds("HNSW32,Flat", NULL, 1000, 64), build_seconds("HNSW32,Flat", NULL, 1000, 256));
	ck_assert_double_lt(build_seconds("HNSW8,Flat", NULL, 1000, 64), build_seconds("HNSW32,Flat", NULL, 1000, 64));
	ck_assert_double_lt(4 * build_seconds("HNSW32,Flat", "efConstruction=40", 9000, 64),
	                    build_seconds("HNSW32,Flat", "efConstruction=200", 9000, 64));
	ck_assert_double_lt(build_seconds("IVF64,Flat", NULL, 90000, 64), build_seconds("IVF256,Flat", NULL, 90000, 64));
	ck_assert_double_lt(build_seconds("IVF64,PQ8np", NULL, 9000, 64), build_seconds("IVF64,PQ16np", NULL, 9000, 64));
	ck_assert_double_lt(5 * build_seconds("IVF64,PQ8np", NULL, 9000, 64), build_seconds("IVF64,PQ8", NULL, 9000, 64));
	ck_assert_double_lt(estimate("HNSW32", NULL, "efSearch=32", 9000, 64, 10).query, estimate("HNSW32", NULL, "efSearch=128", 9000, 64, 10).query);
	ck_assert_double_lt(estimate("HNSW32", NULL, "efSearch=32", 9000, 64, 10).query, estimate("HNSW32", NULL, "efSearch=32", 9000, 64, 100).query);
	ck_assert_double_lt(estimate("IVF64,Flat", NULL, "nprobe=4", 9000, 64, 10).query, estimate("IVF64,Flat", NULL, "nprobe=16", 9000, 64, 10).query);
	ck_assert_double_eq(estimate("IVF64,Flat", NULL, "nprobe=64", 9000, 64, 10).query,
	                    estimate("IVF64,Flat", NULL, "nprobe=999", 9000, 64, 10).query);
}
END_TEST

START_TEST(what_has_no_model_says_so)
{
	static const char *const parts[][2] = {{"NSG16,Flat", "its graph"},
	                                       {"OPQ8,IVF16,PQ8np", "the training of its rotation"},
	                                       {"RQ4x8", "its quantizer"},
	                                       {"IVF16,LSQ4x8", "its quantizer"}};

	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		struct rq_index_estimate out = estimate(parts[i][0], NULL, NULL, 3000, 64, 10);
		ck_assert_msg(isnan(out.build.serial) && out.uncounted != NULL && strcmp(out.uncounted, parts[i][1]) == 0, "%s: %s", parts[i][0],
		              out.uncounted);
		ck_assert(out.bytes > 0 && isfinite(out.query));
	}
}
END_TEST

START_TEST(mistakes_are_found)
{
	struct rq_index_config config = {.kind = "faiss", .factory = "PQ7np", .seed = 1, .threads = 1};
	struct rq_index_estimate out;
	struct rq_error err = {0};

	ck_assert_int_eq(rq_backend_find("faiss")->estimate(&out, NULL, &config, 3000, 64, 10, &err), RQ_E_CONFIG);
	config.factory = "HNSW32";
	config.search = "nprobe=3";
	ck_assert_int_eq(rq_backend_find("faiss")->estimate(&out, NULL, &config, 3000, 64, 10, &err), RQ_E_CONFIG);
	ck_assert_int_eq(rq_backend_find("exact")->estimate(&out, NULL, &config, 3000, 64, 10, &err), RQ_E_CONFIG);
}
END_TEST

START_TEST(this_machine_has_a_speed)
{
	double slowness = rq_machine_slowness();

	ck_assert(isfinite(slowness) && slowness > 1e-3);
}
END_TEST

Suite *estimate_suite(void)
{
	Suite *suite = suite_create("estimate");
	TCase *tests = tcase_create("estimate");

	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, bytes_are_those_that_faiss_writes);
	tcase_add_test(tests, more_costs_more);
	tcase_add_test(tests, what_has_no_model_says_so);
	tcase_add_test(tests, mistakes_are_found);
	tcase_add_test(tests, this_machine_has_a_speed);
	suite_add_tcase(suite, tests);
	return suite;
}
