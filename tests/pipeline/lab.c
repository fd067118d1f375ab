#include "lab.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OVERRIDES_MAX = 8, WORDS = 12 };

static char root[64], before[4096];

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)kind;
	(void)place;
	return remove(path);
}

static void remove_folder(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In the parent process, which outlives a test that fails. */
static void make_root(void)
{
	snprintf(root, sizeof root, "/tmp/rqgate-pipeline-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
}

static void remove_root(void)
{
	remove_folder(root);
}

static void enter(void)
{
	char path[96];

	snprintf(path, sizeof path, "%s/test", root);
	remove_folder(path);
	ck_assert_int_eq(mkdir(path, 0777), 0);
	ck_assert_ptr_nonnull(getcwd(before, sizeof before));
	ck_assert_int_eq(chdir(path), 0);
}

static void leave(void)
{
	ck_assert_int_eq(chdir(before), 0);
}

TCase *lab_case(const char *name)
{
	TCase *tests = tcase_create(name);

	tcase_add_unchecked_fixture(tests, make_root, remove_root);
	tcase_add_checked_fixture(tests, enter, leave);
	tcase_set_timeout(tests, 120);
	return tests;
}

void lab_write_bytes(const char *name, const void *data, size_t size)
{
	unlink(name); /* a file that is cut to nothing and filled again is flushed by some file systems, which takes time */
	FILE *file = fopen(name, "w");

	ck_assert_msg(file != NULL, "cannot write \"%s\"", name);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
}

void lab_write(const char *name, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	ck_assert_int_ge(vasprintf(&text, format, args), 0);
	va_end(args);
	lab_write_bytes(name, text, strlen(text));
	free(text);
}

struct rq_buf lab_read(const char *name)
{
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_file_read(&out, name, &err) == RQ_OK, "%s", err.text);
	return out;
}

static size_t files_seen;
static char *last_file;

static int see_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	if (kind != FTW_F || strcmp(path + place->base, "CACHEDIR.TAG") == 0 || strcmp(path + place->base, ".gitignore") == 0)
		return 0;
	files_seen++;
	free(last_file);
	last_file = strdup(path);
	return 0;
}

size_t lab_count_files(const char *folder)
{
	files_seen = 0;
	nftw(folder, see_file, 16, FTW_PHYS);
	return files_seen;
}

char *lab_only_file(const char *folder)
{
	ck_assert_uint_eq(lab_count_files(folder), 1);
	return strdup(last_file);
}

/* Word `which` of document i: three syllables, the same on every machine, hardly ever the same for two documents. */
static void add_word(struct rq_buf *out, size_t i, size_t which)
{
	static const char *const syllables[] = {"ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "si", "tu", "va", "zo", "be", "di"};
	struct rq_random random;

	rq_random_seed(&random, 1000 * i + which);
	for (int syllable = 0; syllable < 4; syllable++)
		rq_buf_puts(out, syllables[rq_random_below(&random, 16)]);
	rq_buf_puts(out, " ");
}

void lab_document(struct rq_buf *out, size_t i, const char *more)
{
	rq_buf_printf(out, "{\"_id\": \"d%02zu\", \"title\": \"\", \"text\": \"", i);
	for (size_t word = 0; word < WORDS; word++)
		add_word(out, i, word);
	rq_buf_printf(out, "%s\"}\n", more == NULL ? "" : more);
}

void lab_collection(size_t documents, size_t topics)
{
	struct rq_buf corpus = {0}, queries = {0}, qrels = {0};

	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (size_t i = 0; i < documents; i++)
		lab_document(&corpus, i, NULL);
	for (size_t i = 0; i < topics; i++) {
		rq_buf_printf(&queries, "{\"_id\": \"t%02zu\", \"text\": \"", i);
		for (size_t word = 0; word < 3; word++)
			add_word(&queries, i, word);
		add_word(&queries, (i + 1) % documents, 0);
		rq_buf_puts(&queries, "\"}\n");
		rq_buf_printf(&qrels, "t%02zu\td%02zu\t2\nt%02zu\td%02zu\t1\n", i, i, i, (i + 1) % documents);
	}
	lab_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	lab_write_bytes("queries.jsonl", queries.data, queries.size);
	lab_write_bytes("qrels.tsv", qrels.data, qrels.size);
	rq_buf_release(&corpus);
	rq_buf_release(&queries);
	rq_buf_release(&qrels);
}

void lab_npy(const char *name, size_t rows, size_t columns, uint64_t seed)
{
	struct rq_buf out = {0};
	struct rq_random random;
	char dict[118];

	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < rows * columns; i++) {
		float value = (float)rq_random_normal(&random);
		rq_buf_add(&out, &value, sizeof value);
	}
	lab_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

bool lab_self_test;

static enum rq_status run_stages(struct lab_run *run, const struct rq_strings *set, bool whole)
{
	struct rq_error *err = &run->err;

	RQ_TRY(rq_config_load(&run->config, "gate.json", set, err));
	RQ_TRY(rq_config_standard_metrics(&run->config, err));
	run->pipeline.config = &run->config;
	run->pipeline.self_test = lab_self_test;
	RQ_TRY(rq_pipeline_load(&run->pipeline, err));
	return whole ? rq_pipeline_run(&run->pipeline, err) : RQ_OK;
}

static struct lab_run *start(bool whole, bool cache, const char *json, va_list args)
{
	struct lab_run *run = calloc(1, sizeof *run);
	const char *items[OVERRIDES_MAX];
	struct rq_strings set = {items, 0};

	ck_assert_ptr_nonnull(run);
	for (const char *item; (item = va_arg(args, const char *)) != NULL;) {
		ck_assert_uint_lt(set.count, OVERRIDES_MAX);
		items[set.count++] = item;
	}
	if (json != NULL)
		lab_write_bytes("gate.json", json, strlen(json));
	run->pipeline.cache.folder = cache ? "cache" : NULL;
	run->status = run_stages(run, &set, whole);
	return run;
}

struct lab_run *lab_try(bool cache, const char *json, ...)
{
	va_list args;

	va_start(args, json);
	struct lab_run *run = start(true, cache, json, args);
	va_end(args);
	return run;
}

struct lab_run *lab_do(bool cache, const char *json, ...)
{
	va_list args;

	va_start(args, json);
	struct lab_run *run = start(true, cache, json, args);
	va_end(args);
	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}

struct lab_run *lab_load(bool cache, const char *json, ...)
{
	va_list args;

	va_start(args, json);
	struct lab_run *run = start(false, cache, json, args);
	va_end(args);
	ck_assert_msg(run->status == RQ_OK, "%s", run->err.text);
	return run;
}

void lab_free(struct lab_run *run)
{
	rq_pipeline_release(&run->pipeline);
	rq_config_release(&run->config);
	free(run);
}

const struct rq_metric_result *lab_metric(const struct lab_run *run, const char *name)
{
	const struct rq_metric_result *metric = rq_comparison_metric(&run->pipeline.comparison, name);

	ck_assert_msg(metric != NULL, "no metric \"%s\"", name);
	return metric;
}

double lab_value(const struct lab_run *run, const char *name, enum rq_side side)
{
	return lab_metric(run, name)->value[side];
}

const char *lab_cache_use(const struct lab_run *run, const char *name)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	for (size_t i = 0; i < comparison->cache_use_count; i++)
		if (strcmp(comparison->cache_use[i].name, name) == 0)
			return comparison->cache_use[i].text;
	return "";
}

double lab_counted(const struct lab_run *run, const char *name)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	for (size_t i = 0; i < comparison->count_count; i++)
		if (strcmp(comparison->counts[i].name, name) == 0)
			return comparison->counts[i].value;
	ck_abort_msg("nothing counted as \"%s\"", name);
	return -1;
}

bool lab_remarked(const struct lab_run *run, bool warning, const char *text)
{
	const struct rq_comparison *comparison = &run->pipeline.comparison;

	for (size_t i = 0; i < comparison->remark_count; i++)
		if (comparison->remarks[i].warning == warning && strcmp(comparison->remarks[i].text, text) == 0)
			return true;
	return false;
}

char *lab_ranking(const struct rq_run *run, const char *topic)
{
	const struct rq_ranking *ranking = rq_run_find(run, topic);
	struct rq_buf out = {0};

	ck_assert_msg(ranking != NULL, "no ranking for \"%s\"", topic);
	rq_buf_puts(&out, "");
	for (size_t i = 0; i < ranking->count; i++)
		rq_buf_printf(&out, "%s%s", i == 0 ? "" : " ", ranking->documents[i].document);
	return out.data;
}

void lab_write_run(const char *name, const struct rq_run *run, size_t depth)
{
	struct rq_buf out = {0};

	for (size_t t = 0; t < run->count; t++)
		for (size_t i = 0; i < depth && i < run->rankings[t].count; i++)
			rq_buf_printf(&out, "%s Q0 %s %zu %.17g lab\n", run->rankings[t].topic, run->rankings[t].documents[i].document, i + 1,
			              run->rankings[t].documents[i].score);
	lab_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}
