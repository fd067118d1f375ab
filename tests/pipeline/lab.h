/* What the tests of this room share: a folder of their own, a small made-up collection, and a run of the stages that keeps what it made. */
#ifndef RQ_TESTS_PIPELINE_LAB_H
#define RQ_TESTS_PIPELINE_LAB_H

#include "evalcore/pipeline/pipeline.h"

#include <check.h>

/* A test case whose tests each start in an empty folder of their own, which is the working directory; nothing of it stays behind. */
TCase *lab_case(const char *name);

void lab_write(const char *name, const char *format, ...) RQ_PRINTF(2, 3);
void lab_write_bytes(const char *name, const void *data, size_t size);
struct rq_buf lab_read(const char *name);
/* Path of the only file below the folder, "cache/model/0123..."; fails the test where there are none or several. Free it. The marks of a cache
 * folder do not count. */
char *lab_only_file(const char *folder);
size_t lab_count_files(const char *folder);

/* corpus.jsonl, queries.jsonl and qrels.tsv of `documents` documents of made-up words and a topic for each of the first `topics`: topic i shares
 * words with document i, which is judged 2, and fewer with document i + 1, which is judged 1. */
void lab_collection(size_t documents, size_t topics);
/* The line of that corpus's document i, with another word at its end where `more` is not NULL. */
void lab_document(struct rq_buf *out, size_t i, const char *more);

/* A small matrix of normally distributed floats as .npy. */
void lab_npy(const char *name, size_t rows, size_t columns, uint64_t seed);

/* Whether the runs that follow compare the baseline with itself. */
extern bool lab_self_test;

struct lab_run {
	struct rq_config config;
	struct rq_pipeline pipeline;
	struct rq_error err;
	enum rq_status status;
};

/* Writes `json` as gate.json, or takes the one that is there where it is NULL, and runs it on a cache in the folder "cache" (`cache` false: none).
 * Overrides are those of --set, ending in NULL. */
struct lab_run *lab_try(bool cache, const char *json, ...);
/* The same; fails the test where the run fails. */
struct lab_run *lab_do(bool cache, const char *json, ...);
/* Only as far as the dataset is loaded. */
struct lab_run *lab_load(bool cache, const char *json, ...);
void lab_free(struct lab_run *run);

const struct rq_metric_result *lab_metric(const struct lab_run *run, const char *name);
double lab_value(const struct lab_run *run, const char *name, enum rq_side side);
const char *lab_cache_use(const struct lab_run *run, const char *name); /* "" where nothing is said */
double lab_counted(const struct lab_run *run, const char *name);
bool lab_remarked(const struct lab_run *run, bool warning, const char *text);
/* The documents of a ranking as "d1 d2 d3". Free it. */
char *lab_ranking(const struct rq_run *run, const char *topic);
/* Its rankings as a TREC file. */
void lab_write_run(const char *name, const struct rq_run *run, size_t depth);

#endif
