#include "cli.h"

#include "evalcore/base/file.h"
#include "evalcore/base/folder.h"
#include "evalcore/base/random.h"

#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 24 };

static char root[64], folder[96];
static void (*prepare)(void);

/* In the parent process, which outlives a test that fails. */
static void make_root(void)
{
	snprintf(root, sizeof root, "/tmp/rqgate-cli-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	snprintf(folder, sizeof folder, "%s/test", root);
}

static void remove_root(void)
{
	rq_remove_tree(root);
}

static void make_folder(void)
{
	rq_remove_tree(folder);
	ck_assert_int_eq(mkdir(folder, 0777), 0);
	prepare = NULL;
}

TCase *cli_case(const char *name)
{
	TCase *tests = tcase_create(name);

	tcase_add_unchecked_fixture(tests, make_root, remove_root);
	tcase_add_checked_fixture(tests, make_folder, NULL);
	tcase_set_timeout(tests, 240);
	return tests;
}

/* ---- running ---- */

/* What a process says goes to files of its own, outside the test's folder. */
static void redirect(int fd, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s.%ld", root, name, (long)getpid());
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (file < 0 || dup2(file, fd) < 0)
		_exit(126);
	close(file);
}

static char *collect(const char *name, pid_t pid)
{
	char path[128];
	struct rq_buf text = {0};
	struct rq_error err = {0};

	snprintf(path, sizeof path, "%s/%s.%ld", root, name, (long)pid);
	ck_assert_msg(rq_file_read(&text, path, &err) == RQ_OK, "%s", err.text);
	unlink(path);
	return text.data;
}

static pid_t start(const char *below, const char *variable, char **argv)
{
	char path[4200];
	const char *program = getenv("RQGATE");

	ck_assert_msg(program != NULL, "set RQGATE to the path of the program");
	snprintf(path, sizeof path, "%s/%s", folder, below);
	argv[0] = "rqgate";
	fflush(NULL);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	signal(SIGINT, SIG_DFL); /* until it is the program it has the handlers of the tests */
	redirect(STDOUT_FILENO, "stdout");
	redirect(STDERR_FILENO, "stderr");
	int null = open("/dev/null", O_RDONLY);
	if (chdir(path) != 0 || null < 0 || dup2(null, STDIN_FILENO) < 0)
		_exit(126);
	setenv("LC_ALL", "C", 1);
	setenv("USER", "tester", 1);
	if (variable != NULL)
		putenv(strdup(variable));
	if (prepare != NULL)
		prepare();
	execv(program, argv);
	_exit(127);
}

void cli_prepare(void (*before)(void))
{
	prepare = before;
}

static bool is_program(pid_t pid)
{
	char path[64];
	struct stat running, program;

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	return stat(path, &running) == 0 && stat(getenv("RQGATE"), &program) == 0 && running.st_ino == program.st_ino && running.st_dev == program.st_dev;
}

/* The signals that it catches, a bit each; 0 where it is not the program yet, or has ended. */
static uint64_t caught(pid_t pid)
{
	static const char name[] = "\nSigCgt:\t";
	RQ_CLEANUP(rq_buf_release) struct rq_buf status = {.maximum = 1 << 16};
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	const char *line = is_program(pid) && rq_file_read(&status, path, NULL) == RQ_OK ? strstr(status.data, name) : NULL;
	return line == NULL ? 0 : strtoull(line + strlen(name), NULL, 16);
}

void cli_await_handler(pid_t pid, int signal_number)
{
	siginfo_t ended = {0};

	while ((caught(pid) >> (signal_number - 1) & 1) == 0) {
		ck_assert_int_eq(waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOHANG | WNOWAIT), 0);
		ck_assert_msg(ended.si_pid == 0, "it ended before it had a handler for signal %d", signal_number);
		usleep(100);
	}
}

struct cli cli_wait(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return (struct cli){WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), WIFSIGNALED(status), collect("stdout", pid), collect("stderr", pid)};
}

static void list_arguments(char **argv, const char *argument, va_list args)
{
	int count = 1;

	for (; argument != NULL; argument = va_arg(args, const char *)) {
		ck_assert_int_lt(count, ARGUMENTS_MAX);
		argv[count++] = (char *)argument;
	}
	argv[count] = NULL;
}

struct cli cli(const char *argument, ...)
{
	char *argv[ARGUMENTS_MAX + 1];
	va_list args;

	va_start(args, argument);
	list_arguments(argv, argument, args);
	va_end(args);
	return cli_wait(start(".", NULL, argv));
}

struct cli cli_in(const char *below, const char *variable, const char *argument, ...)
{
	char *argv[ARGUMENTS_MAX + 1];
	va_list args;

	va_start(args, argument);
	list_arguments(argv, argument, args);
	va_end(args);
	return cli_wait(start(below, variable, argv));
}

pid_t cli_start(const char *argument, ...)
{
	char *argv[ARGUMENTS_MAX + 1];
	va_list args;

	va_start(args, argument);
	list_arguments(argv, argument, args);
	va_end(args);
	return start(".", NULL, argv);
}

void cli_free(struct cli *result)
{
	free(result->out);
	free(result->err);
	*result = (struct cli){0};
}

struct cli cli_expect_code(const char *file, int line, struct cli result, int exit_code)
{
	ck_assert_msg(result.exit_code == exit_code, "%s:%d: exit code %d, expected %d\n%s%s", file, line, result.exit_code, exit_code, result.out,
	              result.err);
	return result;
}

void cli_expect_refusal(struct cli *result, int exit_code, const char *sentence)
{
	struct rq_buf line = {0};

	rq_buf_printf(&line, "rqgate: %s\n", sentence);
	ck_assert_msg(strcmp(result->err, line.data) == 0, "stderr is\n%sexpected\n%s(stdout: %s)", result->err, line.data, result->out);
	ck_assert_str_eq(result->out, "");
	ck_assert_int_eq(result->exit_code, exit_code);
	rq_buf_release(&line);
	cli_free(result);
}

void cli_expect_golden(const char *name, const char *text)
{
	char path[256];
	struct rq_buf golden = {0};
	struct rq_error err = {0};

	snprintf(path, sizeof path, "tests/cli/golden/%s.txt", name);
	if (getenv("RQ_UPDATE") != NULL) {
		ck_assert_msg(rq_file_write(path, text, strlen(text), &err) == RQ_OK, "%s", err.text);
		return;
	}
	ck_assert_msg(rq_file_read(&golden, path, &err) == RQ_OK, "%s; RQ_UPDATE=1 writes it", err.text);
	ck_assert_msg(strcmp(golden.data, text) == 0, "%s differs; after a look, RQ_UPDATE=1 takes the new one. It is\n%s", path, text);
	rq_buf_release(&golden);
}

void cli_expect_said(const char *name, struct cli result)
{
	struct rq_buf text = {0};

	rq_buf_printf(&text, "%s%s%sexit code %d\n", result.out, result.err[0] == '\0' ? "" : "--- stderr\n", result.err, result.exit_code);
	cli_expect_golden(name, text.data);
	rq_buf_release(&text);
	cli_free(&result);
}

/* ---- files ---- */

const char *cli_folder(void)
{
	return folder;
}

char *cli_path(const char *name)
{
	char *path;

	ck_assert_int_ge(asprintf(&path, "%s/%s", folder, name), 0);
	return path;
}

void cli_write_bytes(const char *name, const void *data, size_t size)
{
	char *path = cli_path(name);

	unlink(path); /* a file that is cut to nothing and filled again is flushed by some file systems, which takes time */
	FILE *file = fopen(path, "w");

	ck_assert_msg(file != NULL, "cannot write \"%s\"", path);
	ck_assert_uint_eq(fwrite(data, 1, size, file), size);
	ck_assert_int_eq(fclose(file), 0);
	free(path);
}

void cli_write(const char *name, const char *text)
{
	cli_write_bytes(name, text, strlen(text));
}

struct rq_buf cli_read(const char *name)
{
	char *path = cli_path(name);
	struct rq_buf out = {0};
	struct rq_error err = {0};

	ck_assert_msg(rq_file_read(&out, path, &err) == RQ_OK, "%s", err.text);
	free(path);
	return out;
}

bool cli_exists(const char *name)
{
	char *path = cli_path(name);
	bool exists = rq_file_exists(path);

	free(path);
	return exists;
}

void cli_make_folder(const char *name)
{
	char *path = cli_path(name);
	struct rq_error err = {0};

	ck_assert_msg(rq_make_folders(path, &err) == RQ_OK, "%s", err.text);
	free(path);
}

void cli_remove(const char *name)
{
	char *path = cli_path(name);

	rq_remove_tree(path);
	free(path);
}

static char *names[4096];
static size_t name_count;

static bool is_cache_entry(const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t digits = strspn(name, "0123456789abcdef");
	bool mark = strcmp(name, "CACHEDIR.TAG") == 0 || strcmp(name, ".gitignore") == 0;

	return strstr(path, "/cache/") != NULL && (mark || (digits == 32 && name[32] == '\0'));
}

static int list_file(const char *path, const struct stat *info, int kind, struct FTW *place)
{
	(void)info;
	(void)place;
	if (kind != FTW_D && !is_cache_entry(path) && name_count < 4096)
		names[name_count++] = strdup(path + strlen(folder) + 1);
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *cli_files(void)
{
	struct rq_buf list = {0};

	name_count = 0;
	nftw(folder, list_file, 16, FTW_PHYS);
	qsort(names, name_count, sizeof *names, by_name);
	rq_buf_puts(&list, "");
	for (size_t i = 0; i < name_count; i++) {
		rq_buf_printf(&list, "%s\n", names[i]);
		free(names[i]);
	}
	return list.data;
}

/* ---- data ---- */

/* Four syllables: the same on every machine, hardly ever the same for two documents. */
static void add_word(struct rq_buf *out, size_t document, size_t which)
{
	static const char *const syllables[] = {"ba", "do", "fi", "gu", "ka", "lo", "mi", "nu", "pa", "ro", "si", "tu", "va", "zo", "be", "di"};
	struct rq_random random;

	rq_random_seed(&random, 1000 * document + which);
	for (int syllable = 0; syllable < 4; syllable++)
		rq_buf_puts(out, syllables[rq_random_below(&random, 16)]);
	rq_buf_puts(out, " ");
}

static void add_text(struct rq_buf *out, size_t document, size_t first, size_t count)
{
	for (size_t word = first; word < first + count; word++)
		add_word(out, document, word);
}

void cli_collection(size_t documents, size_t topics)
{
	struct rq_buf corpus = {0}, queries = {0}, qrels = {0};

	rq_buf_puts(&qrels, "query-id\tcorpus-id\tscore\n");
	for (size_t i = 0; i < documents; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%zu\", \"title\": \"\", \"text\": \"", i);
		add_text(&corpus, i, 0, 12);
		rq_buf_puts(&corpus, "\"}\n");
	}
	for (size_t i = 0; i < topics; i++) {
		rq_buf_printf(&queries, "{\"_id\": \"t%zu\", \"text\": \"", i);
		add_text(&queries, i, 0, 4);
		add_text(&queries, (i + 1) % documents, 4, 1);
		rq_buf_puts(&queries, "\"}\n");
		rq_buf_printf(&qrels, "t%zu\td%zu\t2\nt%zu\td%zu\t1\n", i, i, i, (i + 1) % documents);
	}
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	cli_write_bytes("queries.jsonl", queries.data, queries.size);
	cli_write_bytes("qrels.tsv", qrels.data, qrels.size);
	rq_buf_release(&corpus);
	rq_buf_release(&queries);
	rq_buf_release(&qrels);
}

void cli_npy(const char *name, size_t rows, size_t columns, uint64_t seed)
{
	struct rq_buf out = {0};
	struct rq_random random;
	char dict[118];

	snprintf(dict, sizeof dict, "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }", rows, columns);
	rq_buf_add(&out, "\x93NUMPY\x01\x00\x76\x00", 10);
	rq_buf_printf(&out, "%-117s\n", dict);
	rq_random_seed(&random, seed);
	for (size_t i = 0; i < rows * columns; i++) {
		float value = (float)rq_random_unit(&random) - .5f;
		rq_buf_add(&out, &value, sizeof value);
	}
	cli_write_bytes(name, out.data, out.size);
	rq_buf_release(&out);
}

void cli_example(void)
{
	static const char *const files[] = {"corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "gate.json", "gate-worse-embedding.json",
	                                    "gate-fewer-bits.json", "gate-lossy-index.json", "README.md"};

	cli_make_folder("qrels");
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct rq_buf bytes = {0};
		struct rq_error err = {0};
		char from[128];
		snprintf(from, sizeof from, "datasets/example/%s", files[i]);
		ck_assert_msg(rq_file_read(&bytes, from, &err) == RQ_OK, "%s", err.text);
		cli_write_bytes(files[i], bytes.data, bytes.size);
		rq_buf_release(&bytes);
	}
}

char *cli_shared(const char *name)
{
	const char *shared = getenv("RQ_SHARED");
	char *path, *real;

	shared = shared == NULL ? "../shared" : shared;
	if (!rq_file_exists(shared)) {
		printf("skipped: no folder \"%s\" with the real collections\n", shared);
		return NULL;
	}
	ck_assert_int_ge(asprintf(&path, "%s/data/%s", shared, name), 0);
	real = realpath(path, NULL);
	ck_assert_msg(real != NULL, "\"%s\" is missing", path);
	free(path);
	return real;
}

/* ---- reports ---- */

rq_json *cli_parse(const char *text, const char *name)
{
	rq_json *value;
	struct rq_error err = {0};

	ck_assert_msg(rq_json_parse(&value, text, strlen(text), name, &err) == RQ_OK, "%s", err.text);
	return value;
}

rq_json *cli_parse_described(const char *text, const char *name)
{
	struct cli told = CLI_EXPECT(0, "schema", name);
	rq_json *schema = cli_parse(told.out, "schema"), *value = cli_parse(text, name);

	cli_expect_described(value, schema, "root");
	rq_json_free(schema);
	cli_free(&told);
	return value;
}

rq_json *cli_report(const char *name, bool with_run)
{
	struct rq_buf text = cli_read(name);
	rq_json *report = cli_parse(text.data, name);

	rq_buf_release(&text);
	ck_assert_msg(rq_json_get(report, "run") != NULL, "%s has no \"run\"", name);
	if (!with_run)
		rq_json_remove(report, "run");
	return report;
}

void cli_expect_same(rq_json *a, rq_json *b)
{
	struct rq_buf first = {0}, second = {0};

	ck_assert_int_eq(rq_json_print(&first, a, true, NULL), RQ_OK);
	ck_assert_int_eq(rq_json_print(&second, b, true, NULL), RQ_OK);
	for (size_t i = 0, line = 1; i < first.size; line += first.data[i++] == '\n')
		ck_assert_msg(first.data[i] == second.data[i], "line %zu differs:\n%.200s\n-----\n%.200s", line, first.data + (i < 60 ? 0 : i - 60),
		              second.data + (i < 60 ? 0 : i - 60));
	ck_assert_uint_eq(first.size, second.size);
	rq_buf_release(&first);
	rq_buf_release(&second);
	rq_json_free(a);
	rq_json_free(b);
}

double cli_metric(const rq_json *report, const char *name, const char *key)
{
	const rq_json *metrics = rq_json_get(report, "metrics");

	ck_assert_ptr_nonnull(metrics);
	for (const rq_json *metric = rq_json_first(metrics); metric != NULL; metric = rq_json_next(metric)) {
		if (strcmp(rq_json_string(rq_json_get(metric, "metric")), name) != 0)
			continue;
		const rq_json *value = rq_json_get(metric, key);
		return value == NULL ? NAN : rq_json_number(value);
	}
	ck_abort_msg("the report has no metric \"%s\"", name);
	return NAN;
}

const char *cli_cache_use(const rq_json *report, const char *name)
{
	const rq_json *uses = rq_json_get(rq_json_get(report, "run"), "cache_use"), *use = uses == NULL ? NULL : rq_json_get(uses, name);

	return use == NULL ? "" : rq_json_string(use);
}

void cli_expect_described(const rq_json *value, const rq_json *schema, const char *key)
{
	static const char *const types[] = {[RQ_JSON_NULL] = "null", [RQ_JSON_BOOL] = "boolean", [RQ_JSON_NUMBER] = "number", [RQ_JSON_STRING] = "string", [RQ_JSON_ARRAY] = "array",
	                                    [RQ_JSON_OBJECT] = "object"};
	const rq_json *type = rq_json_get(schema, "type"), *properties = rq_json_get(schema, "properties"), *items = rq_json_get(schema, "items");
	const char *own = types[rq_json_type(value)];
	bool fits = false;

	for (const rq_json *each = rq_json_type(type) == RQ_JSON_ARRAY ? rq_json_first(type) : type; each != NULL; each = rq_json_type(type) == RQ_JSON_ARRAY ? rq_json_next(each) : NULL)
		fits = fits || strcmp(rq_json_string(each), own) == 0 || (strcmp(rq_json_string(each), "integer") == 0 && rq_json_type(value) == RQ_JSON_NUMBER);
	ck_assert_msg(fits, "\"%s\" is %s", key, own);
	for (const rq_json *name = properties == NULL ? NULL : rq_json_first(rq_json_get(schema, "required")); name != NULL; name = rq_json_next(name))
		ck_assert_msg(rq_json_get(value, rq_json_string(name)) != NULL, "\"%s\" lacks \"%s\"", key, rq_json_string(name));
	for (const rq_json *member = rq_json_first(value); member != NULL && (properties != NULL || items != NULL); member = rq_json_next(member)) {
		const rq_json *described = rq_json_type(value) == RQ_JSON_ARRAY ? items : rq_json_get(properties, rq_json_key(member));
		ck_assert_msg(described != NULL, "\"%s\" has \"%s\", which the schema does not name", key, rq_json_key(member));
		cli_expect_described(member, described, rq_json_type(value) == RQ_JSON_ARRAY ? key : rq_json_key(member));
	}
}
