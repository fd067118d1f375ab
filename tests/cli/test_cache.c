/* rqgate cache, the limit that a run keeps, and a cache that several processes use, clear and are killed over. */
#include "cli.h"

#include "evalcore/base/random.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define DATASET "\"dataset\": {\"path\": \".\"}, \"latency\": {\"samples\": 0}"
/* Exact search and a hashed embedder: the same bytes on every machine. */
#define PORTABLE "{" DATASET ", \"embedders\": {\"hash\": {\"kind\": \"hash\", \"dim\": 64}}, \"baseline\": {}, \"candidate\": {}, \"gates\": [\"RR@10 >= 0.2\"]}"

/* Times of use become TIME. */
static char *without_times(const char *text)
{
	char *out = strdup(text);

	for (char *at = out; (at = strstr(at, "Z")) != NULL; at++)
		if (at - out >= 19 && at[-1] >= '0' && at[-1] <= '9' && at[-9] == 'T' && at[-3] == ':')
			memcpy(at - 19, "YYYY-MM-DDThh:mm:ss", 19);
	return out;
}

static void expect_golden(const char *name, struct cli result)
{
	char *out = without_times(result.out);

	ck_assert_str_eq(result.err, "");
	cli_expect_golden(name, out);
	free(out);
	cli_free(&result);
}

static void expect_said(struct cli result, const char *text)
{
	ck_assert_str_eq(result.out, text);
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
}

static void do_run(const char *config)
{
	struct cli result = CLI_EXPECT(0, "run", config);

	ck_assert_str_eq(result.err, "");
	cli_free(&result);
}

/* The name of some entry of a kind, below .rqgate/cache. Free it. */
static char *entry_of(const char *kind)
{
	char *folder, *path = NULL;

	ck_assert_int_ge(asprintf(&folder, "%s/.rqgate/cache/%s", cli_folder(), kind), 0);
	DIR *stream = opendir(folder);
	ck_assert_ptr_nonnull(stream);
	for (struct dirent *entry; path == NULL && (entry = readdir(stream)) != NULL;)
		if (entry->d_name[0] != '.')
			ck_assert_int_ge(asprintf(&path, ".rqgate/cache/%s/%s", kind, entry->d_name), 0);
	closedir(stream);
	free(folder);
	ck_assert_ptr_nonnull(path);
	return path;
}

static void flip(const char *name, size_t at)
{
	struct rq_buf bytes = cli_read(name);

	bytes.data[at] ^= 1;
	cli_write_bytes(name, bytes.data, bytes.size);
	rq_buf_release(&bytes);
}

START_TEST(help)
{
	expect_golden("help-cache", CLI_EXPECT(0, "help", "cache"));
	expect_golden("help-cache-info", CLI_EXPECT(0, "help", "cache", "info"));
	expect_golden("help-cache-verify", CLI_EXPECT(0, "cache", "verify", "--help"));
	expect_golden("help-cache-clear", CLI_EXPECT(0, "cache", "clear", "-h"));
}
END_TEST

START_TEST(info_tells_what_is_there)
{
	expect_said(CLI_EXPECT(0, "cache", "info"), ".rqgate/cache: there is no cache yet\n");
	cli_example();
	cli_write("gate.json", PORTABLE);
	do_run("gate.json");
	expect_golden("cache-info", CLI_EXPECT(0, "cache", "info"));
	expect_golden("cache-info", CLI_EXPECT(0, "cache", "info", "--config", "gate.json"));
	expect_golden("cache-info", CLI_EXPECT(0, "cache", "info", "--cache=.rqgate/cache"));
	expect_golden("cache-info-json", CLI_EXPECT(0, "cache", "info", "--json"));
	cli_make_folder("below");
	struct cli result = cli_in("below", NULL, "cache", "info", "--config", "../gate.json", NULL);
	ck_assert_int_eq(strncmp(result.out, "../.rqgate/cache\n", 17), 0);
	cli_free(&result);
}
END_TEST

START_TEST(verify_lists_what_is_damaged)
{
	struct rq_buf expected = {0};

	cli_example();
	cli_write("gate.json", PORTABLE);
	do_run("gate.json");
	expect_golden("cache-verify", CLI_EXPECT(0, "cache", "verify"));
	char *texts = entry_of("embeddings"), *answers = entry_of("neighbours");
	flip(texts, 1000);
	flip(answers, 1000);
	rq_buf_printf(&expected, "damaged: %s (1 of 568 records)\ndamaged: %s (cut short or changed)\n", texts + strlen(".rqgate/cache/"), answers + strlen(".rqgate/cache/"));
	size_t list = expected.size;
	rq_buf_puts(&expected, ".rqgate/cache: 3 entries, 245 kB: 2 damaged; a run that needs them makes them again, --remove removes them now\n");
	expect_said(CLI_EXPECT(1, "cache", "verify"), expected.data);
	struct cli result = CLI_EXPECT(1, "cache", "verify", "--json");
	rq_json *found = cli_parse(result.out, "stdout");
	ck_assert_uint_eq(rq_json_size(rq_json_get(found, "damaged")), 2);
	ck_assert_str_eq(rq_json_string(rq_json_get(rq_json_first(rq_json_get(found, "damaged")), "what")), "1 of 568 records");
	rq_json_free(found);
	cli_free(&result);
	expected.data[expected.size = list] = '\0';
	rq_buf_puts(&expected, ".rqgate/cache: 3 entries, 245 kB: 2 damaged, 2 of them removed; what is missing is made again when it is needed\n");
	expect_said(CLI_EXPECT(1, "cache", "verify", "--remove"), expected.data);
	expect_said(CLI_EXPECT(0, "cache", "verify"), ".rqgate/cache: 2 entries, 202 kB: all whole\n");
	do_run("gate.json"); /* nothing damaged is left to be noted */
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), "1 texts embedded, 567 known");
	rq_json_free(report);
	rq_buf_release(&expected);
	free(texts);
	free(answers);
}
END_TEST

START_TEST(clear_empties_it)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	do_run("gate.json");
	expect_said(CLI_EXPECT(0, "cache", "clear", "--older-than", "1h"), ".rqgate/cache: removed 0 entries, 0 B\n");
	expect_said(CLI_EXPECT(0, "cache", "clear", "--kind=neighbours", "--dry-run"), ".rqgate/cache: would remove 2 entries, 86 kB\n");
	expect_said(CLI_EXPECT(0, "cache", "clear", "--kind=neighbours"), ".rqgate/cache: removed 2 entries, 86 kB\n");
	expect_said(CLI_EXPECT(0, "cache", "clear", "--config", "gate.json"), ".rqgate/cache: removed 1 entry, 159 kB\n");
	expect_said(CLI_EXPECT(0, "cache", "clear"), ".rqgate/cache: removed 0 entries, 0 B\n");
	do_run("gate.json");
}
END_TEST

START_TEST(wrong_usage)
{
	static const struct {
		const char *arguments[6];
		int exit_code;
		const char *sentence;
	} cases[] = {
		{{"cache"}, 64, "\"rqgate cache\" needs an action; \"rqgate help cache\" lists them"},
		{{"cache", "claer"}, 64, "\"rqgate cache\" has no action \"claer\"; did you mean \"clear\"?"},
		{{"cache", "info", "here"}, 64, "1 argument where \"rqgate cache info\" is expected; \"rqgate help cache info\" explains"},
		{{"cache", "info", "--cache", "a", "--config", "b"}, 64, "--cache and --config exclude each other; keep one"},
		{{"cache", "info", "--config", "nothing.json"}, 74, "\"nothing.json\": cannot open: no such file"},
		{{"cache", "clear", "--kind", "embedings"}, 64, "--kind: unknown kind \"embedings\"; did you mean \"embeddings\"?"},
		{{"cache", "clear", "--kind", "everything"}, 64, "--kind: unknown kind \"everything\"; \"rqgate cache info\" lists them"},
		{{"cache", "clear", "--older-than", "30"}, 64, "--older-than: \"30\" is not allowed; expected a duration such as 30d, 12h or 90m"},
		{{"cache", "clear", "--older-than", "0s"}, 64, "--older-than: \"0s\" is not allowed; expected a duration such as 30d, 12h or 90m"},
		{{"run", "gate.json", "--cache-limit", "10"}, 64, "--cache-limit: \"10\" is not allowed; expected a size such as 10GB, 500MB or 512MiB"},
		{{"run", "gate.json", "--cache-limit=0B"}, 64, "--cache-limit: \"0B\" is not allowed; expected a size such as 10GB, 500MB or 512MiB"},
		{{"cache", "clear", "--cache", "home"}, 64, "\"home\": is no cache of rqgate (it has no CACHEDIR.TAG that says so); nothing was removed"},
		{{"cache", "info", "--cache", "home"}, 64, "\"home\": is no cache of rqgate (it has no CACHEDIR.TAG that says so, and holds \"letter\")"},
		{{"cache", "verify", "--cache", "home/letter"}, 74, "\"home/letter\": cannot read: Not a directory"},
	};

	cli_make_folder("home");
	cli_write("home/letter", "mine");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *const *a = cases[i].arguments;
		struct cli result = cli(a[0], a[1], a[2], a[3], a[4], a[5], NULL);
		cli_expect_refusal(&result, cases[i].exit_code, cases[i].sentence);
	}
	ck_assert(cli_exists("home/letter"));
}
END_TEST

START_TEST(a_folder_named_by_mistake_is_left_alone)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	cli_make_folder("home");
	cli_write("home/letter", "mine");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--cache", "home");
	ck_assert_str_eq(result.err, "rqgate: warning: the cache could not be written, so the next run is no faster: \"home\": is no cache of rqgate and holds \"letter\"; name a new "
	                             "or empty folder with --cache\n");
	char *files = cli_files();
	ck_assert_ptr_nonnull(strstr(files, "home/letter\n"));
	ck_assert_ptr_null(strstr(files, "home/e"));
	ck_assert_ptr_null(strstr(files, "home/C"));
	free(files);
	cli_free(&result);
}
END_TEST

static const char *fact(const rq_json *report, const char *name)
{
	const rq_json *value = rq_json_get(rq_json_get(report, "run"), name);

	return value == NULL ? "" : rq_json_string(value);
}

START_TEST(a_run_keeps_the_limit)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	do_run("gate.json");
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(fact(report, "cache_size"), "245456 of at most 10000000000 bytes");
	ck_assert_str_eq(fact(report, "cache_evicted"), "");
	rq_json_free(report);
	/* another embedder's entries push out those of the first; that they alone are more than the limit is said, and does no harm */
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--set", "embedders.hash.dim=128", "--cache-limit", "395kB");
	ck_assert_str_eq(result.err, "");
	cli_free(&result);
	report = cli_report("out/report.json", true);
	ck_assert_str_eq(fact(report, "cache_size"), "390864 of at most 395000 bytes");
	ck_assert_str_eq(fact(report, "cache_evicted"), "2 entries, 202256 bytes");
	rq_json_free(report);
	result = CLI_EXPECT(0, "run", "gate.json", "--cache-limit", "100kB");
	ck_assert_str_eq(result.err, "rqgate: note: what this run needs in the cache takes 245 kB, more than the limit of 100 kB, so runs with other inputs find nothing; "
	                             "--cache-limit 1MB holds it\n");
	cli_free(&result);
	report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), "568 texts embedded, 0 known");
	ck_assert_str_eq(fact(report, "cache_size"), "245456 of at most 100000 bytes");
	ck_assert_str_eq(fact(report, "cache_evicted"), "2 entries, 347664 bytes");
	rq_json_free(report);
	result = CLI_EXPECT(65, "run", "gate.json", "--cache-limit", "1kB", "--set", "dataset.topics=qrels/test.tsv");
	cli_free(&result);
	expect_said(CLI_EXPECT(0, "cache", "clear"), ".rqgate/cache: removed 0 entries, 0 B\n"); /* a run that fails keeps the limit too */
}
END_TEST

/* A corpus of which each release replaces the texts would fill one file for ever. */
START_TEST(embeddings_of_texts_that_are_gone_go_where_the_limit_asks)
{
	cli_example();
	cli_write("gate.json", PORTABLE);
	do_run("gate.json");
	struct rq_buf corpus = cli_read("corpus.jsonl");
	for (int release = 0; release < 3; release++) {
		struct rq_buf changed = {0};
		for (const char *line = corpus.data, *end; line < corpus.data + corpus.size; line = end + 1) {
			const char *text = strstr(line, "\"text\": \"") + strlen("\"text\": \"");
			end = strchr(line, '\n');
			rq_buf_printf(&changed, "%.*srelease%d %.*s\n", (int)(text - line), line, release, (int)(end - text), text);
		}
		cli_write_bytes("corpus.jsonl", changed.data, changed.size);
		rq_buf_release(&changed);
		struct cli result = CLI_EXPECT(0, "run", "gate.json", "--cache-limit", release < 2 ? "10GB" : "300kB");
		ck_assert_str_eq(result.err, "");
		cli_free(&result);
	}
	rq_json *report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), "220 texts embedded, 348 known");
	ck_assert_str_eq(fact(report, "cache_dropped"), "660 embeddings of texts that this run does not have");
	ck_assert_str_eq(fact(report, "cache_size"), "245456 of at most 300000 bytes");
	rq_json_free(report);
	do_run("gate.json");
	report = cli_report("out/report.json", true);
	ck_assert_str_eq(cli_cache_use(report, "baseline.embed"), "0 texts embedded, 568 known");
	rq_json_free(report);
	rq_buf_release(&corpus);
}
END_TEST

/* ---- several processes ---- */

/* Each process has a config and a report of its own; configs of the same number are the same bytes. */
#define SHARED(seed) \
	"{\"dataset\": {\"path\": \"..\"}, \"embedders\": {\"lsa\": {\"kind\": \"lsa\", \"dim\": 32, \"seed\": " seed "}}, \"latency\": {\"samples\": 0}, " \
	"\"baseline\": {\"index\": {\"factory\": \"HNSW16,Flat\"}}, \"candidate\": {\"index\": {\"factory\": \"IVF8,Flat\"}}, \"gates\": [\"RR@10 >= 0.2\"]}"

enum { PROCESSES = 4 };

static rq_json *report_of(int process)
{
	char name[32];

	snprintf(name, sizeof name, "p%d/out/report.json", process);
	return cli_report(name, false);
}

static pid_t start_process(int process)
{
	char name[32];

	snprintf(name, sizeof name, "p%d/gate.json", process);
	return cli_start("run", name, "--cache", "cache", "--cache-limit", "3MB", "--quiet", NULL);
}

/* Configs, and the reports that runs without a cache give. */
static void set_up_processes(rq_json *expected[PROCESSES])
{
	cli_example();
	for (int i = 0; i < PROCESSES; i++) {
		char name[32];
		snprintf(name, sizeof name, "p%d", i);
		cli_make_folder(name);
		snprintf(name, sizeof name, "p%d/gate.json", i);
		cli_write(name, i % 2 == 0 ? SHARED("1") : SHARED("2"));
		struct cli result = CLI_EXPECT(0, "run", name, "--no-cache");
		cli_free(&result);
		expected[i] = report_of(i);
	}
}

static void expect_whole(const char *cache)
{
	struct cli result = cli("cache", "verify", "--cache", cache, NULL);

	ck_assert_msg(result.exit_code == 0 && strstr(result.out, "all whole") != NULL, "exit code %d\n%s%s", result.exit_code, result.out, result.err);
	cli_free(&result);
}

START_TEST(several_runs_on_one_cache_that_is_cleared_meanwhile)
{
	enum { ROUNDS = 3 };
	rq_json *expected[PROCESSES];
	pid_t pids[PROCESSES];

	set_up_processes(expected);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < PROCESSES; i++)
			pids[i] = start_process(i);
		for (int i = 0; i < 5; i++) {
			usleep(100000);
			int status;
			pid_t clearing = cli_start("cache", "clear", "--cache", "cache", NULL);
			ck_assert_int_eq(waitpid(clearing, &status, 0), clearing);
			ck_assert_int_eq(status, 0);
		}
		for (int i = 0; i < PROCESSES; i++) {
			struct cli result = cli_wait(pids[i]);
			ck_assert_msg(result.exit_code == 0 && strstr(result.err, "warning") == NULL && strstr(result.err, "damaged") == NULL, "exit code %d\n%s", result.exit_code, result.err);
			cli_free(&result);
			cli_expect_same(rq_json_copy(expected[i]), report_of(i));
		}
		expect_whole("cache");
	}
	for (int i = 0; i < PROCESSES; i++)
		rq_json_free(expected[i]);
}
END_TEST

START_TEST(runs_killed_while_they_write)
{
	enum { KILLS = 8 };
	rq_json *expected[PROCESSES];
	struct rq_random random;
	int killed = 0;

	set_up_processes(expected);
	rq_random_seed(&random, 9);
	for (int i = 0; i < KILLS; i++) {
		pid_t a = start_process(0), b = start_process(1);
		usleep((useconds_t)(rq_random_unit(&random) * 1e6));
		kill(a, SIGKILL);
		struct cli result = cli_wait(a);
		killed += result.exit_code == 128 + SIGKILL;
		cli_free(&result);
		result = cli_wait(b);
		ck_assert_msg(result.exit_code == 0, "exit code %d\n%s", result.exit_code, result.err);
		cli_free(&result);
		cli_expect_same(rq_json_copy(expected[1]), report_of(1));
		/* at worst the killed one left half a record at the end of a file of embeddings, which the next run drops */
		result = cli("cache", "verify", "--cache", "cache", NULL);
		ck_assert_msg(result.exit_code == 0 || (result.exit_code == 1 && strstr(result.out, "damaged: embeddings/") == result.out), "%s%s", result.out, result.err);
		cli_free(&result);
		result = cli_wait(start_process(0));
		ck_assert_msg(result.exit_code == 0 && strstr(result.err, "warning") == NULL, "exit code %d\n%s", result.exit_code, result.err);
		cli_free(&result);
		cli_expect_same(rq_json_copy(expected[0]), report_of(0));
		expect_whole("cache");
		result = CLI_EXPECT(0, "cache", "clear", "--cache", "cache", "--kind", i % 2 == 0 ? "model" : "embeddings");
		cli_free(&result);
	}
	ck_assert_int_ge(killed, 1);
	for (int i = 0; i < PROCESSES; i++)
		rq_json_free(expected[i]);
}
END_TEST

Suite *cache_suite(void)
{
	Suite *suite = suite_create("cache");
	TCase *tests = cli_case("cache");

	tcase_add_test(tests, help);
	tcase_add_test(tests, info_tells_what_is_there);
	tcase_add_test(tests, verify_lists_what_is_damaged);
	tcase_add_test(tests, clear_empties_it);
	tcase_add_test(tests, wrong_usage);
	tcase_add_test(tests, a_folder_named_by_mistake_is_left_alone);
	tcase_add_test(tests, a_run_keeps_the_limit);
	tcase_add_test(tests, embeddings_of_texts_that_are_gone_go_where_the_limit_asks);
	tcase_add_test(tests, several_runs_on_one_cache_that_is_cleared_meanwhile);
	tcase_add_test(tests, runs_killed_while_they_write);
	suite_add_tcase(suite, tests);
	return suite;
}
