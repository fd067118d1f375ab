/* What is measured only where a gate asks for it: sizes, staleness; and times in the order in which they were taken. */
#include "lab.h"

#include "evalcore/index/index.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { DOCUMENTS = 50, TOPICS = 20, DIMENSION = 32 };

#define CONFIG(baseline, candidate) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"},\"embedders\":{\"e\":{\"kind\":\"hash\",\"dim\":32}}," \
	"\"baseline\":" baseline ",\"candidate\":" candidate ",\"metrics\":[\"RR@10\"],\"latency\":{\"samples\":0},\"gates\":[]}"
#define HNSW "{\"index\":{\"kind\":\"faiss\",\"factory\":\"HNSW8,Flat\",\"search\":\"efSearch=16\"}}"

/* Runs the config as a gate of that kind would have it run. */
static struct lab_run *go_on(struct lab_run *run, unsigned measured)
{
	run->config.measured = measured;
	run->status = rq_pipeline_run(&run->pipeline, &run->err);
	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}

static struct lab_run *measure(bool cache, unsigned measured, const char *config)
{
	return go_on(lab_load(cache, config, NULL), measured);
}

static struct lab_run *measure_with(unsigned measured, const char *config, const char *override)
{
	return go_on(lab_load(false, config, override, NULL), measured);
}

/* Bytes of the file that the side's index is written to. */
static long written(const struct lab_run *run, enum rq_side side)
{
	struct rq_error err = {0};
	FILE *file = tmpfile();

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(run->config.sides[side].backend->save(run->pipeline.searchers[side].index, file, &err), RQ_OK);
	long bytes = ftell(file);
	fclose(file);
	return bytes;
}

START_TEST(sizes_of_indexes)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = measure(true, RQ_MEASURE_SIZE, CONFIG("{}", HNSW));
	const struct rq_side_size *exact = &run->pipeline.comparison.sizes[RQ_BASELINE], *graph = &run->pipeline.comparison.sizes[RQ_CANDIDATE];

	ck_assert_double_eq(exact->value[RQ_SIZE_INDEX], DOCUMENTS * DIMENSION * 4);
	ck_assert_double_eq(exact->value[RQ_SIZE_MEMORY], DOCUMENTS * DIMENSION * 4);
	ck_assert_str_eq(exact->absent[RQ_SIZE_BUILD], "not measured: nothing is built for an exact search");
	ck_assert_double_eq(graph->value[RQ_SIZE_INDEX], (double)written(run, RQ_CANDIDATE));
	ck_assert_double_gt(graph->value[RQ_SIZE_MEMORY], DOCUMENTS * DIMENSION * 4); /* the vectors and their links */
	ck_assert_double_lt(graph->value[RQ_SIZE_MEMORY], 2 * graph->value[RQ_SIZE_INDEX]);
	ck_assert_double_gt(graph->value[RQ_SIZE_BUILD], 0);
	double bytes = graph->value[RQ_SIZE_INDEX];
	lab_free(run);

	run = measure(true, RQ_MEASURE_SIZE, CONFIG("{}", HNSW)); /* answers and index are cached now: the same size, and no time of a build */
	graph = &run->pipeline.comparison.sizes[RQ_CANDIDATE];
	ck_assert_double_eq(graph->value[RQ_SIZE_INDEX], bytes);
	ck_assert(isnan(graph->value[RQ_SIZE_BUILD]));
	ck_assert_str_eq(graph->absent[RQ_SIZE_BUILD], "not measured: the index came from the cache; --no-cache builds it anew");
	lab_free(run);

	run = measure(true, 0, CONFIG("{}", HNSW));
	ck_assert_ptr_null(run->pipeline.comparison.sizes);
	lab_free(run);
}
END_TEST

START_TEST(sizes_of_other_sides)
{
	lab_collection(DOCUMENTS, TOPICS);
	lab_write("some.run", "t00 Q0 d00 1 1 x\n");
	struct lab_run *run = measure(false, RQ_MEASURE_SIZE, CONFIG("{\"index\":{\"kind\":\"bm25\"}}", "{\"run\":\"some.run\"}"));
	const struct rq_side_size *words = &run->pipeline.comparison.sizes[RQ_BASELINE], *file = &run->pipeline.comparison.sizes[RQ_CANDIDATE];

	ck_assert_str_eq(words->absent[RQ_SIZE_INDEX], "not measured: an index of words is made in memory and has no file");
	ck_assert_double_gt(words->value[RQ_SIZE_MEMORY], 0);
	ck_assert_double_gt(words->value[RQ_SIZE_BUILD], 0);
	for (int what = 0; what < RQ_SIZE_KINDS; what++)
		ck_assert_str_eq(file->absent[what], "not measured: the side is a run file");
	lab_free(run);
}
END_TEST

/* Rounds hold all times that were taken, in the order in which they came: put into the other order they are those behind the quantiles. */
START_TEST(times_in_rounds)
{
	lab_collection(DOCUMENTS, TOPICS);
	struct lab_run *run = lab_do(false, CONFIG("{}", HNSW), "latency={\"samples\":130,\"budget\":\"10m\"}", NULL);

	for (int side = 0; side < RQ_SIDES; side++) {
		const struct rq_timed *timed = &run->pipeline.comparison.searched[side];
		const struct rq_times *times = &run->pipeline.search_times[side];
		ck_assert_uint_eq(timed->count, 130);
		ck_assert_uint_ge(timed->rounds, 3); /* two blocks of at most 25 */
		ck_assert_uint_eq(timed->rounds, run->pipeline.comparison.searched[RQ_BASELINE].rounds);
		ck_assert_uint_eq(timed->ends[timed->rounds - 1], timed->count);
		double sum = 0, sorted = 0;
		for (size_t i = 0; i < timed->count; i++) {
			sum += timed->seconds[i];
			sorted += times->seconds[i];
		}
		ck_assert_double_eq_tol(sum, sorted, 1e-12);
		for (size_t i = 1; i < timed->rounds; i++)
			ck_assert_uint_gt(timed->ends[i], timed->ends[i - 1]);
	}
	ck_assert_uint_eq(run->pipeline.comparison.embedded[RQ_BASELINE].count, 0);
	lab_free(run);
}
END_TEST

/* Writes an index of the corpus as it is, and ids in which row 3 has another name. */
static void write_index(const char *factory)
{
	char override[64];
	struct rq_buf ids = {0};
	struct rq_error err = {0};
	FILE *file = fopen("x.faiss", "w");

	snprintf(override, sizeof override, "candidate.index.factory=%s", factory);
	struct lab_run *run = measure_with(RQ_MEASURE_SIZE, CONFIG("{}", "{\"index\":{\"kind\":\"faiss\"}}"), override);
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(run->config.sides[RQ_CANDIDATE].backend->save(run->pipeline.searchers[RQ_CANDIDATE].index, file, &err), RQ_OK);
	fclose(file);
	lab_free(run);
	for (size_t i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&ids, i == 3 ? "gone\n" : "d%02zu\n", i);
	lab_write_bytes("x.ids", ids.data, ids.size);
	rq_buf_release(&ids);
}

/* The same corpus, but for one document's text. */
static void change_document(size_t changed)
{
	struct rq_buf corpus = {0};

	for (size_t i = 0; i < DOCUMENTS; i++)
		lab_document(&corpus, i, i == changed ? "and now for something else" : NULL);
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	rq_buf_release(&corpus);
}

#define OPENED CONFIG("{}", "{\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\",\"ids\":\"x.ids\"}}")

START_TEST(staleness_of_opened_indexes)
{
	static const char *const factories[] = {"HNSW8,Flat", "IVF4,Flat", "Flat", "SQfp16", "SQ8"};

	for (size_t i = 0; i < sizeof factories / sizeof *factories; i++) {
		lab_collection(DOCUMENTS, TOPICS);
		write_index(factories[i]);
		change_document(7);
		struct lab_run *run = measure(false, RQ_MEASURE_STALENESS, OPENED);
		const struct rq_side_staleness *built = &run->pipeline.comparison.staleness[RQ_BASELINE], *opened = built + 1;
		for (int what = 0; what < RQ_STALE_KINDS; what++)
			ck_assert_double_eq(built->value[what], 0);
		ck_assert_uint_eq(built->entries, DOCUMENTS);
		ck_assert_double_eq(opened->value[RQ_STALE_MISSING], 1);
		ck_assert_str_eq(opened->example[RQ_STALE_MISSING], "d03");
		ck_assert_double_eq(opened->value[RQ_STALE_EXTRA], 1);
		ck_assert_str_eq(opened->example[RQ_STALE_EXTRA], "gone");
		ck_assert_msg(opened->value[RQ_STALE_CHANGED] == 1, "%s: %g changed (%s)", factories[i], opened->value[RQ_STALE_CHANGED],
		              opened->absent[RQ_STALE_CHANGED] == NULL ? "" : opened->absent[RQ_STALE_CHANGED]);
		ck_assert_str_eq(opened->example[RQ_STALE_CHANGED], "d07");
		ck_assert_uint_eq(opened->compared, DOCUMENTS - 1);
		ck_assert_double_eq(lab_counted(run, "documents_unknown_candidate"), 1);
		ck_assert_ptr_nonnull(strstr(opened->age_from, "the time of its file, which a checkout or a restored cache sets anew"));
		ck_assert(opened->value[RQ_STALE_AGE] >= 0 && opened->value[RQ_STALE_AGE] < 3600);
		lab_free(run);
	}
}
END_TEST

START_TEST(staleness_of_old_files_and_of_codes)
{
	const struct timespec times[] = {{.tv_sec = time(NULL) - 100000}, {.tv_sec = time(NULL) - 100000}};

	lab_collection(DOCUMENTS, TOPICS);
	write_index("PQ4x4");
	ck_assert_int_eq(utimensat(AT_FDCWD, "x.faiss", times, 0), 0);
	struct lab_run *run = measure(false, RQ_MEASURE_STALENESS, OPENED);
	const struct rq_side_staleness *opened = &run->pipeline.comparison.staleness[RQ_CANDIDATE];
	ck_assert(isnan(opened->value[RQ_STALE_CHANGED]));
	ck_assert_ptr_nonnull(strstr(opened->absent[RQ_STALE_CHANGED], "so it holds codes, or vectors of another model or another order"));
	ck_assert(opened->value[RQ_STALE_AGE] >= 100000 && opened->value[RQ_STALE_AGE] < 103600);
	lab_free(run);

	write_index("HNSW8,Flat"); /* without ids the rows are the corpus's by their order alone */
	run = measure(false, RQ_MEASURE_STALENESS, CONFIG("{\"index\":{\"kind\":\"bm25\"}}", "{\"embedder\":\"e\",\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\"}}"));
	opened = &run->pipeline.comparison.staleness[RQ_CANDIDATE];
	ck_assert_str_eq(opened->absent[RQ_STALE_MISSING], "not measured: the index has no id map; name it with \"ids\"");
	ck_assert_str_eq(opened->absent[RQ_STALE_EXTRA], "not measured: the index has no id map; name it with \"ids\"");
	ck_assert_double_eq(opened->value[RQ_STALE_CHANGED], 0);
	ck_assert_double_eq(run->pipeline.comparison.staleness[RQ_BASELINE].value[RQ_STALE_MISSING], 0);
	lab_free(run);

	lab_write("some.run", "t00 Q0 d00 1 1 x\n");
	run = measure(false, RQ_MEASURE_STALENESS, CONFIG("{}", "{\"run\":\"some.run\"}"));
	for (int what = 0; what < RQ_STALE_KINDS; what++)
		ck_assert_str_eq(run->pipeline.comparison.staleness[RQ_CANDIDATE].absent[what], "not measured: the side is a run file");
	lab_free(run);
}
END_TEST

/* Its ids are of another collection: nothing was compared, and what it finds nobody knows. */
START_TEST(staleness_of_strangers)
{
	lab_collection(DOCUMENTS, TOPICS);
	write_index("HNSW8,Flat");
	struct rq_buf ids = {0};
	for (size_t i = 0; i < DOCUMENTS; i++)
		rq_buf_printf(&ids, "D%02zu\n", i);
	lab_write_bytes("x.ids", ids.data, ids.size);
	rq_buf_release(&ids);
	struct lab_run *run = measure(false, RQ_MEASURE_STALENESS, OPENED);
	const struct rq_side_staleness *opened = &run->pipeline.comparison.staleness[RQ_CANDIDATE];
	ck_assert(isnan(opened->value[RQ_STALE_CHANGED]));
	ck_assert_str_eq(opened->absent[RQ_STALE_CHANGED], "not measured: no entry of the index is a document of the corpus");
	ck_assert_double_eq(opened->value[RQ_STALE_EXTRA], DOCUMENTS);
	ck_assert_double_gt(lab_counted(run, "documents_unknown_candidate"), 10);
	lab_free(run);
	run = lab_try(false, CONFIG("{\"index\":{\"kind\":\"faiss\",\"file\":\"x.faiss\",\"ids\":\"x.ids\"}}", "{\"index\":{\"kind\":\"exact\"}}"), NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(run->err.text, "baseline.index: 200 of the 200 documents that were found for judged topics are not in the corpus"));
	lab_free(run);
}
END_TEST

/* The same of a file of vectors that brings its ids. */
START_TEST(strangers_of_a_file_with_ids)
{
	struct rq_buf lines = {0};

	lab_collection(DOCUMENTS, TOPICS);
	for (size_t i = 0; i < DOCUMENTS; i++) {
		rq_buf_printf(&lines, "{\"id\":\"doc:%02zu\",\"embedding\":[", i);
		for (size_t j = 0; j < DIMENSION; j++)
			rq_buf_printf(&lines, "%s%zu", j == 0 ? "" : ",", 1 + (i * 31 + j * 17) % 23);
		rq_buf_puts(&lines, "]}\n");
	}
	lab_write_bytes("strange.jsonl", lines.data, lines.size);
	rq_buf_release(&lines);
	struct lab_run *run = lab_try(false, CONFIG("{\"index\":{\"kind\":\"exact\",\"file\":\"strange.jsonl\"}}", "{}"), NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_msg(strstr(run->err.text, "baseline.index: 200 of the 200 documents that were found for judged topics are not in the corpus") != NULL, "%s",
	              run->err.text);
	lab_free(run);
}
END_TEST

/* A checkout gives every file the time of the checkout. */
START_TEST(the_age_of_an_index_is_told_in_the_config)
{
	char built[sizeof "2026-11-01T03:00:00Z"], override[64];
	time_t then = time(NULL) - 9 * 86400, future = time(NULL) + 3600;

	lab_collection(DOCUMENTS, TOPICS);
	write_index("HNSW8,Flat");
	strftime(built, sizeof built, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
	snprintf(override, sizeof override, "candidate.index.built=%s", built);
	struct lab_run *run = measure_with(RQ_MEASURE_STALENESS, OPENED, override);
	const struct rq_side_staleness *opened = &run->pipeline.comparison.staleness[RQ_CANDIDATE];
	ck_assert(opened->value[RQ_STALE_AGE] >= 9 * 86400. && opened->value[RQ_STALE_AGE] < 9 * 86400. + 3600);
	ck_assert_str_eq(opened->age_from, "\"built\"");
	lab_free(run);
	strftime(built, sizeof built, "%Y-%m-%dT%H:%M:%SZ", gmtime(&future));
	snprintf(override, sizeof override, "candidate.index.built=%s", built);
	run = measure_with(RQ_MEASURE_STALENESS, OPENED, override);
	opened = &run->pipeline.comparison.staleness[RQ_CANDIDATE];
	ck_assert(isnan(opened->value[RQ_STALE_AGE]));
	ck_assert_str_eq(opened->absent[RQ_STALE_AGE], "not measured: \"built\" lies in the future");
	lab_free(run);
}
END_TEST

#define LISTS(dataset, candidate) \
	"{\"dataset\":{\"corpus\":\"corpus.jsonl\",\"topics\":\"queries.jsonl\",\"qrels\":\"qrels.tsv\"" dataset "},\"embedders\":{\"e\":{\"kind\":\"vectors\"," \
	"\"corpus\":\"c.npy\",\"topics\":\"t.npy\"}},\"baseline\":{},\"candidate\":" candidate ",\"metrics\":[\"RR@4\",\"Unique@4\",\"Sources@4\",\"ILD@4\"],\"latency\":{\"samples\":0},\"gates\":[]}"

/* Six documents: b repeats a but for letters' case and dots, c is a with one word more behind 36, d is another text, e and f have none. */
static void write_repetitive(void)
{
	static const char words[] = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty "
								"alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi";
	lab_write("corpus.jsonl",
	          "{\"_id\":\"a\",\"text\":\"%s\",\"site\":\"x\"}\n{\"_id\":\"b\",\"text\":\"One... %s\",\"metadata\":{\"site\":\"x\"}}\n"
	          "{\"_id\":\"c\",\"text\":\"%s rho\",\"site\":\"y\"}\n{\"_id\":\"d\",\"text\":\"another text\"}\n{\"_id\":\"e\",\"text\":\"\"}\n{\"_id\":\"f\",\"text\":\"\"}\n",
	          words, words + 4, words);
	lab_write("queries.jsonl", "{\"_id\":\"t0\",\"text\":\"one\"}\n{\"_id\":\"t1\",\"text\":\"two\"}\n{\"_id\":\"t2\",\"text\":\"three\"}\n");
	lab_write("qrels.tsv", "t0 0 a 1\nt1 0 a 1\nt2 0 a 1\n");
	lab_write("new.run", "t0 Q0 a 1 4 x\nt0 Q0 b 2 3 x\nt0 Q0 c 3 2 x\nt0 Q0 d 4 1 x\nt1 Q0 e 1 2 x\nt1 Q0 f 2 1 x\n");
	lab_npy("c.npy", 6, 8, 1);
	lab_npy("t.npy", 3, 8, 2);
}

START_TEST(diversity_of_rankings)
{
	write_repetitive();
	struct lab_run *run = lab_do(false, LISTS(",\"source_field\":\"site\"", "{\"run\":\"new.run\"}"), NULL);
	const struct rq_metric_result *unique = lab_metric(run, "Unique@4"), *sources = lab_metric(run, "Sources@4"), *distance = lab_metric(run, "ILD@4");
	const double *values = unique->per_topic[RQ_CANDIDATE];
	ck_assert_double_eq(values[0], .5); /* a and d; c shares 33 of 34 shingles with a */
	ck_assert_double_eq(values[1], .5); /* two empty texts */
	ck_assert_double_eq(values[2], 0);  /* nothing retrieved */
	ck_assert_double_eq(sources->per_topic[RQ_CANDIDATE][0], .75); /* x, y, and d by itself */
	ck_assert_double_eq(sources->per_topic[RQ_CANDIDATE][1], 1);
	ck_assert_str_eq(distance->absent[RQ_CANDIDATE], "not measured: there are no vectors of the side's documents");

	/* the baseline's lists, by their vectors */
	const struct rq_vectors *documents = &run->pipeline.embeddings[RQ_BASELINE].documents;
	const struct rq_ranking *ranking = rq_run_find(&run->pipeline.runs[RQ_BASELINE], "t0");
	double sum = 0;
	for (size_t i = 0; i < 4; i++)
		for (size_t j = 0; j < i; j++) {
			const float *x = documents->data + 8 * (size_t)(ranking->documents[i].document[0] - 'a'), *y = documents->data + 8 * (size_t)(ranking->documents[j].document[0] - 'a');
			for (size_t k = 0; k < 8; k++)
				sum += (double)x[k] * y[k]; /* of length 1 */
		}
	ck_assert_double_eq_tol(distance->per_topic[RQ_BASELINE][0], (1 - sum / 6) / 2, 1e-6);
	lab_free(run);

	run = lab_do(false, LISTS("", "{\"run\":\"new.run\"}"), NULL);
	ck_assert_str_eq(lab_metric(run, "Sources@4")->absent[RQ_BASELINE], "not measured: dataset.source_field does not say where a document names its source");
	lab_free(run);
	run = lab_try(false, LISTS(",\"source_field\":\"sight\"", "{\"run\":\"new.run\"}"), NULL);
	ck_assert_int_eq(run->status, RQ_E_DATA);
	ck_assert_ptr_nonnull(strstr(run->err.text, "no document has the member \"sight\"; name the one that holds its source as \"source_field\""));
	lab_free(run);
}
END_TEST

Suite *measured_suite(void)
{
	Suite *suite = suite_create("measured");
	TCase *tests = lab_case("measured");

	tcase_add_test(tests, sizes_of_indexes);
	tcase_add_test(tests, sizes_of_other_sides);
	tcase_add_test(tests, times_in_rounds);
	tcase_add_test(tests, staleness_of_opened_indexes);
	tcase_add_test(tests, staleness_of_old_files_and_of_codes);
	tcase_add_test(tests, staleness_of_strangers);
	tcase_add_test(tests, strangers_of_a_file_with_ids);
	tcase_add_test(tests, the_age_of_an_index_is_told_in_the_config);
	tcase_add_test(tests, diversity_of_rankings);
	suite_add_tcase(suite, tests);
	return suite;
}
