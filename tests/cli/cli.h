/* Runs the program as a user does, in a folder of the test's own, and holds what it says against what is expected. The working directory of the tests
 * is the project's root. */
#ifndef RQ_TESTS_CLI_CLI_H
#define RQ_TESTS_CLI_CLI_H

#include "evalcore/base/json.h"

#include <check.h>
#include <sys/types.h>

/* A test case whose tests each start in an empty folder of their own; nothing of it stays behind. */
TCase *cli_case(const char *name);

struct cli {
	int exit_code; /* 128 + the signal that ended it */
	bool killed;   /* by that signal: it did not handle it and exit */
	char *out, *err;
};

/* Runs `rqgate ARGUMENTS...`, ending in NULL, with the test's folder as working directory. Free the result with cli_free. */
struct cli cli(const char *argument, ...);
/* The same from a folder below the test's, with a variable "NAME=value" more in the environment (NULL: none). */
struct cli cli_in(const char *folder, const char *variable, const char *argument, ...);
void cli_free(struct cli *result);
/* Called in the new process before it becomes the program, in this test's runs from here on; NULL: nothing. */
void cli_prepare(void (*before)(void));
/* Starts it in the background, and collects what it said. */
pid_t cli_start(const char *argument, ...);
struct cli cli_wait(pid_t pid);
/* Returns when the program has a handler for the signal; fails where it ends without one. */
void cli_await_handler(pid_t pid, int signal_number);

/* Runs it and fails the test where the exit code differs, showing what it said. */
#define CLI_EXPECT(code, ...) cli_expect_code(__FILE__, __LINE__, cli(__VA_ARGS__, NULL), (code))
struct cli cli_expect_code(const char *file, int line, struct cli result, int exit_code);
/* Frees the result after comparing all of stderr (one line, without "rqgate: " and its end), and the exit code; nothing may stand on stdout. */
void cli_expect_refusal(struct cli *result, int exit_code, const char *sentence);

/* Compares with tests/cli/golden/NAME.txt, or writes that where RQ_UPDATE is set in the environment. */
void cli_expect_golden(const char *name, const char *text);
/* The same of all that it said, and its exit code; frees the result. */
void cli_expect_said(const char *name, struct cli result);

/* Files of the test's folder: paths are relative to it. */
const char *cli_folder(void);
char *cli_path(const char *name); /* free it */
void cli_write(const char *name, const char *text);
void cli_write_bytes(const char *name, const void *data, size_t size);
struct rq_buf cli_read(const char *name);
bool cli_exists(const char *name);
void cli_make_folder(const char *name);
void cli_remove(const char *name); /* a file, or a folder with all in it */
/* All files below the folder, one a line, sorted; finished cache entries (cache/KIND/32 hexadecimal digits) and the marks of the cache's folder are left
 * out. Free it. */
char *cli_files(void);

/* corpus.jsonl, queries.jsonl, qrels.tsv: documents d0... of made-up words; topic ti has four words of document di (judged 2) and one of the next
 * (judged 1). */
void cli_collection(size_t documents, size_t topics);
/* A matrix of numbers from -0.5 to 0.5. */
void cli_npy(const char *name, size_t rows, size_t columns, uint64_t seed);
/* datasets/example, copied into the test's folder. */
void cli_example(void);
/* Path of a folder of the real collections; NULL where there are none at all, and a line says so. A missing folder beside others fails the test. Free
 * it. */
char *cli_shared(const char *name);

/* report.json as a tree, without "run" where `with_run` is false. */
rq_json *cli_report(const char *name, bool with_run);
/* The tree of a report that is on stdout. */
rq_json *cli_parse(const char *text, const char *name);
/* The same, which must be what `rqgate schema NAME` says. */
rq_json *cli_parse_described(const char *text, const char *name);
/* Every member is named by the schema and has its type, and all that it requires are there. `key`: what messages call the value. */
void cli_expect_described(const rq_json *value, const rq_json *schema, const char *key);
/* Prints both and compares. Frees them. */
void cli_expect_same(rq_json *a, rq_json *b);
/* metrics[name].key of a report, NaN where it is null or absent. */
double cli_metric(const rq_json *report, const char *name, const char *key);
/* "run"."cache_use"[name], "" where absent */
const char *cli_cache_use(const rq_json *report, const char *name);

#endif
