/* A job of drift over the example: what the suites about it share. Beside cli.h. */
#ifndef RQ_TESTS_CLI_DRIFT_JOB_H
#define RQ_TESTS_CLI_DRIFT_JOB_H

#include "cli.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exact search and a hashed embedder: the same digits on every machine. */
#define CONFIG(gates) CONFIG_OF("\"RR@10\", \"nDCG@10\"", gates)
#define CONFIG_OF(metrics, gates) \
	"{\"dataset\": {\"path\": \".\"}, \"suite\": \"help\", \"latency\": {\"samples\": 0}, " \
	"\"embedders\": {\"words\": {\"kind\": \"hash\", \"dim\": 64}}, \"baseline\": {}, \"candidate\": {}, " \
	"\"reports\": {\"json\": \"out/report.json\", \"md\": \"out/report.md\"}, \"metrics\": [" metrics "], \"gates\": " gates "}"
#define OF_A_RUN "[\"RR@10 >= 0.2\"]" /* none on drift: the standard ones hold */

/* Taken out by name: what a fifth of other texts, or a tenth fewer, lets fail beside the figures that a test is about. */
#define OFF(figure) "{\"kind\": \"drift\", \"figure\": \"" figure "\", \"level\": \"off\"}"
#define OTHERS_OFF OFF("retrieval_overlap") ", " OFF("retrieval_rbo") ", \"drop(RR@10) <= 0.5\", \"drop(nDCG@10) <= 0.5\""

#define MONDAY "SOURCE_DATE_EPOCH=1793610000"      /* 2026-11-02T09:00:00Z, week 45 */
#define WEDNESDAY "SOURCE_DATE_EPOCH=1793782800"   /* the same week */
#define NEXT_MONDAY "SOURCE_DATE_EPOCH=1794214800" /* 2026-11-09, week 46 */

#define EXPECT_AT(when, code, ...) cli_expect_code(__FILE__, __LINE__, cli_in(".", when, __VA_ARGS__, NULL), (code))

static inline void drop(struct cli result)
{
	cli_free(&result);
}

static inline void expect_said(struct cli result, const char *text)
{
	ck_assert_str_eq(result.out, text);
	cli_free(&result);
}

static inline void set_up(const char *config)
{
	cli_example();
	cli_write("gate.json", config);
}

/* How many references there are, and the paths of the first two from the test's folder. */
static inline size_t find_references(char paths[2][256], const char *name)
{
	char folder[200];
	size_t count = 0;

	snprintf(folder, sizeof folder, "references/%s", name);
	char *full = cli_path(folder);
	DIR *stream = opendir(full);
	for (struct dirent *entry; stream != NULL && (entry = readdir(stream)) != NULL;)
		if (strlen(entry->d_name) == 64 && count++ < 2)
			snprintf(paths[count - 1], sizeof *paths, "references/%.100s/%.64s", name, entry->d_name);
	if (stream != NULL)
		closedir(stream);
	free(full);
	return count;
}

/* The same, and the path of one. */
static inline size_t references(char path[256], const char *name)
{
	char paths[2][256] = {"", ""};
	size_t count = find_references(paths, name);

	memcpy(path, paths[0], sizeof paths[0]);
	return count;
}

/* Every `every`-th document says something else. */
static inline void replace_documents(size_t every)
{
	struct rq_buf corpus = cli_read("corpus.jsonl"), out = {0};
	size_t number = 0;

	for (char *line = corpus.data, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		char *id_end = strstr(line, "\", \"");
		*end = '\0';
		if (number++ % every == 0)
			rq_buf_printf(&out, "%.*s\", \"title\": \"soup %zu\", \"text\": \"Cook the onions for an hour, add %zu carrots, salt, leek and stock.\"}\n", (int)(id_end - line), line,
			              number, number % 7);
		else
			rq_buf_printf(&out, "%s\n", line);
	}
	cli_write("corpus.jsonl", out.data);
	rq_buf_release(&out);
	rq_buf_release(&corpus);
}

static inline const rq_json *figure(const rq_json *report, const char *name, const char *of)
{
	const rq_json *figures = rq_json_get(rq_json_get(report, "drift"), "figures");

	for (const rq_json *item = rq_json_first(figures); item != NULL; item = rq_json_next(item))
		if (strcmp(rq_json_string(rq_json_get(item, "figure")), name) == 0 && strcmp(rq_json_string(rq_json_get(item, "of")), of) == 0)
			return item;
	ck_abort_msg("no %s of %s", name, of);
}

static inline double value(const rq_json *report, const char *name, const char *of)
{
	const rq_json *found = rq_json_get(figure(report, name, of), "value");

	return rq_json_type(found) == RQ_JSON_NUMBER ? rq_json_number(found) : (double)NAN;
}

static inline const char *outcome(const rq_json *report, const char *name, const char *of)
{
	const char *word = rq_json_string(rq_json_get(figure(report, name, of), "outcome"));

	return word == NULL ? "absent" : word;
}

#endif
