/* `rqgate warmup`: exit codes, the file for a probe, and what is kept. Whether a machine becomes stable is its own affair: tests ask what follows. */
#include "cli.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONFIG(candidate, gates) \
	"{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"queries.jsonl\", \"qrels\": \"qrels.tsv\"}, \"metrics\": [\"RR@10\"], " \
	"\"embedders\": {\"e\": {\"kind\": \"hash\", \"dim\": 32}}, \"baseline\": {\"embedder\": \"e\"}, \"candidate\": " candidate ", \"gates\": " gates "}"
#define HNSW "{\"index\": {\"kind\": \"faiss\", \"factory\": \"HNSW8,Flat\"}}"

static void write_config(const char *json)
{
	cli_write("gate.json", json);
	cli_write("ready.json", "{\"ready\": true, \"at\": \"yesterday\"}\n");
}

/* The last line that is not empty. */
static const char *last_line(const char *text, char line[1024])
{
	size_t end = strlen(text), start;

	while (end > 0 && text[end - 1] == '\n')
		end--;
	for (start = end; start > 0 && text[start - 1] != '\n'; start--) { /* back to its beginning */
	}
	snprintf(line, 1024, "%.*s", (int)(end - start), text + start);
	return line;
}

START_TEST(what_it_is)
{
	struct cli result = CLI_EXPECT(0, "help", "warmup");

	cli_expect_golden("help-warmup", result.out);
	cli_free(&result);
}
END_TEST

/* One round is never stable: no file, and 1. */
START_TEST(not_stable_is_not_ready)
{
	char line[1024];

	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"RR@10 >= 0\"]"));
	struct cli result = CLI_EXPECT(1, "warmup", "gate.json", "--ready", "ready.json", "--rounds", "1");
	ck_assert_str_eq(last_line(result.out, line), "not stable after 1 round: it takes 3 to tell");
	ck_assert(!cli_exists("ready.json"));
	cli_free(&result);

	write_config(CONFIG(HNSW, "[\"warmup(ready) <= 1h\"]"));
	result = CLI_EXPECT(1, "warmup", "gate.json", "--rounds", "1", "--quiet");
	ck_assert_ptr_nonnull(strstr(result.out, "unknown: 1 round did not"));
	cli_free(&result);
	result = CLI_EXPECT(1, "warmup", "gate.json", "--ready", "ready.json", "--rounds", "2", "--quiet");
	ck_assert_str_eq(result.out, "FAIL: time to ready is unknown: 2 rounds did not become stable (gate warmup(ready) <= 3600s); measure where nothing else runs, or give "
	                            "the index more memory\n");
	ck_assert(!cli_exists("ready.json"));
	cli_free(&result);
}
END_TEST

/* Ready or not, file and exit code agree. */
START_TEST(the_file_says_what_the_exit_code_says)
{
	char name[256];

	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"warmup(ready) <= 1h\", \"drop(RR@10) <= 0.5\"]"));
	struct cli result = cli("warmup", "gate.json", "--ready", "ready.json", "--json", "--rounds", "300", NULL);
	ck_assert_msg(result.exit_code == 0 || result.exit_code == 1, "%s", result.err);
	ck_assert_int_eq(cli_exists("ready.json"), result.exit_code == 0);
	rq_json *root = cli_parse(result.out, "warmup");
	const rq_json *warm = rq_json_get(root, "warmup");
	ck_assert_int_eq(rq_json_true(rq_json_get(warm, "stable")), result.exit_code == 0);
	ck_assert_uint_eq(rq_json_size(rq_json_get(root, "gates")), 1); /* the other is a run's */
	if (result.exit_code == 0) {
		struct rq_buf text = cli_read("ready.json");
		rq_json *ready = cli_parse(text.data, "ready");
		ck_assert(rq_json_true(rq_json_get(ready, "ready")));
		ck_assert_str_eq(rq_json_string(rq_json_get(ready, "sha256")), rq_json_string(rq_json_get(warm, "sha256")));
		ck_assert_double_eq(rq_json_number(rq_json_get(ready, "p95_seconds")), rq_json_number(rq_json_get(warm, "p95")));
		snprintf(name, sizeof name, "%s", rq_json_string(rq_json_get(ready, "at")));
		ck_assert_uint_eq(strlen(name), 20);
		rq_json_free(ready);
		rq_buf_release(&text);
	}
	rq_json_free(root);
	cli_free(&result);
}
END_TEST

/* A file of another day never outlives a warm-up that fails, whatever it fails of. */
START_TEST(an_old_file_goes)
{
	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"warmup(p99) <= 1ns\"]"));
	struct cli result = CLI_EXPECT(1, "warmup", "gate.json", "--ready", "ready.json");
	ck_assert(!cli_exists("ready.json"));
	cli_free(&result);
	write_config(CONFIG("{}", "[\"RR@10 >= 0\"]"));
	result = cli("warmup", "gate.json", "--ready", "ready.json", NULL);
	cli_expect_refusal(&result, 64, "gate.json: candidate: not measured: an exact search opens no index; expected \"index\": {\"kind\": \"faiss\", ...}");
	ck_assert(!cli_exists("ready.json"));
	write_config("{");
	result = cli("warmup", "gate.json", "--ready", "ready.json", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	ck_assert(!cli_exists("ready.json"));
	cli_free(&result);
	write_config(CONFIG(HNSW, "[\"RR@10 >= 0\"]"));
	result = cli("warmup", "gate.json", "--side", "left", NULL);
	cli_expect_refusal(&result, 64, "--side: \"left\" is not allowed; expected baseline or candidate");
	result = cli("warmup", "gate.json", "--ready", "none/ready.json", NULL); /* before anything is measured */
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert_str_eq(result.out, "");
	cli_free(&result);
	char *pipe = cli_path("pipe");
	ck_assert_int_eq(mkfifo(pipe, 0600), 0);
	for (int broken = 0; broken < 2; broken++) {
		if (broken)
			write_config("{");
		result = cli("warmup", "gate.json", "--ready", "pipe", NULL); /* nor is it waited for */
		cli_expect_refusal(&result, 74, "--ready: \"pipe\" is a device or a pipe; expected the name of a file to write");
		ck_assert(cli_exists("pipe"));
	}
	free(pipe);
	write_config(CONFIG(HNSW, "[\"RR@10 >= 0\"]"));
	cli_make_folder("folder");
	result = cli("warmup", "gate.json", "--ready", "folder", NULL);
	cli_expect_refusal(&result, 74, "--ready: cannot remove \"folder\": Is a directory");
}
END_TEST

/* No input takes the part of an old file: neither what the config is and names, nor anything where the config cannot be read. */
START_TEST(what_is_read_stays)
{
	static const char *const inputs[] = {"gate.json", "./gate.json", "corpus.jsonl", "qrels.tsv", "kept.db"};
	char message[256];

	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"RR@10 >= 0\"]"));
	cli_write("kept.db", "");
	char *before = cli_files();
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		struct cli result = cli("warmup", "gate.json", "--ready", inputs[i], "--store", "kept.db", NULL);
		snprintf(message, sizeof message, "--ready: \"%s\" is what this command reads; give the output another name", inputs[i]);
		cli_expect_refusal(&result, 64, message);
	}
	cli_write("broken.json", "{");
	struct cli result = cli("warmup", "broken.json", "--ready", "corpus.jsonl", NULL);
	ck_assert_int_eq(result.exit_code, 64);
	cli_free(&result);
	cli_remove("broken.json");
	char *after = cli_files();
	ck_assert_str_eq(before, after);
	free(before);
	free(after);
}
END_TEST

static void fill_the_disk_behind_stdout(void)
{
	(void)!dup2(open("/dev/full", O_WRONLY), STDOUT_FILENO);
}

/* A warm-up that cannot tell what it found has failed, and a probe hears of no failure but by the file. */
START_TEST(no_file_where_nothing_was_told)
{
	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"RR@10 >= 0\"]"));
	cli_prepare(fill_the_disk_behind_stdout);
	struct cli result = cli("warmup", "gate.json", "--ready", "ready.json", "--rounds", "300", NULL);
	cli_prepare(NULL);
	ck_assert_int_eq(result.exit_code, 74);
	ck_assert(!cli_exists("ready.json"));
	cli_free(&result);
}
END_TEST

/* Found again by "rqgate history". */
START_TEST(what_is_kept)
{
	cli_collection(60, 20);
	write_config(CONFIG(HNSW, "[\"warmup(ready) <= 1h\"]"));
	struct cli result = CLI_EXPECT(1, "warmup", "gate.json", "--rounds", "1", "--store", "kept.db");
	cli_free(&result);
	result = CLI_EXPECT(0, "history", "--store", "kept.db");
	ck_assert_ptr_nonnull(strstr(result.out, "warmup"));
	cli_free(&result);
	result = CLI_EXPECT(0, "history", "--store", "kept.db", "--jsonl");
	ck_assert_ptr_nonnull(strstr(result.out, "warmup.load"));
	ck_assert_ptr_nonnull(strstr(result.out, "warmup(ready) <= 3600s"));
	cli_free(&result);
}
END_TEST

/* In a run the gate has its data too; a side that opens no index lacks them, which is no pass. */
START_TEST(the_gate_in_a_run)
{
	cli_collection(60, 20);
	write_config(CONFIG("{}", "[\"warmup(ready) <= 1h\"]"));
	struct cli result = CLI_EXPECT(1, "run", "gate.json");
	ck_assert_ptr_nonnull(strstr(result.out, "has no value for the candidate (not measured: an exact search opens no index)"));
	cli_free(&result);
	write_config(CONFIG(HNSW, "[{\"kind\": \"warmup\", \"ready\": \"1h\", \"level\": \"warn\"}]"));
	result = CLI_EXPECT(0, "run", "gate.json");
	cli_free(&result);
	rq_json *report = cli_report("out/report.json", true);
	const rq_json *warm = rq_json_get(rq_json_get(report, "run"), "warmup");
	ck_assert_uint_ge(rq_json_size(rq_json_get(warm, "rounds")), 3);
	rq_json_free(report);
	report = cli_report("out/report.json", false); /* nothing of it stands outside "run" */
	ck_assert_ptr_null(rq_json_get(rq_json_get(report, "diagnostics"), "warmup"));
	rq_json_free(report);
}
END_TEST

Suite *warmup_suite(void)
{
	Suite *suite = suite_create("warmup");
	TCase *tcase = cli_case("warmup");

	tcase_add_test(tcase, what_it_is);
	tcase_add_test(tcase, not_stable_is_not_ready);
	tcase_add_test(tcase, the_file_says_what_the_exit_code_says);
	tcase_add_test(tcase, an_old_file_goes);
	tcase_add_test(tcase, what_is_read_stays);
	tcase_add_test(tcase, no_file_where_nothing_was_told);
	tcase_add_test(tcase, what_is_kept);
	tcase_add_test(tcase, the_gate_in_a_run);
	suite_add_tcase(suite, tcase);
	return suite;
}
