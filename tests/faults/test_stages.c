/* Ctrl-C in every stage: the stage is seen on the progress line, or, where it has none, hit at moments spread over the run. */
#include "cli.h"

#include "evalcore/base/random.h"
#include "evalcore/base/system.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOCUMENTS = 50000, TOPICS = 60000, DIMENSION = 64, WORDS = 60, MOMENTS = 12 };
#if defined(__SANITIZE_ADDRESS__)
enum { FEW = 4000 };
#else
enum { FEW = 20000 };
#endif

#define INTERRUPTED "interrupted; no file was left half written, and finished cache entries serve the next run"

static void add_text(struct rq_buf *out, struct rq_random *random)
{
	char word[] = "wabc ";

	for (int i = 0; i < WORDS; i++) {
		for (size_t letter = 1; letter < 4; letter++)
			word[letter] = (char)('a' + rq_random_below(random, 20));
		rq_buf_add(out, word, 5);
	}
}

/* So much of everything that each stage takes seconds. */
static void large_collection(int documents, int topic_count)
{
	struct rq_buf corpus = {0}, topics = {0}, qrels = {0}, run = {0};
	struct rq_random random;

	rq_random_seed(&random, 1);
	for (int i = 0; i < documents; i++) {
		rq_buf_printf(&corpus, "{\"_id\": \"d%d\", \"text\": \"", i);
		add_text(&corpus, &random);
		rq_buf_puts(&corpus, "\"}\n");
	}
	for (int i = 0; i < topic_count; i++) {
		rq_buf_printf(&topics, "t%d\tw\n", i);
		rq_buf_printf(&qrels, "t%d 0 d%d 1\n", i, i % documents);
		for (int rank = 0; rank < 10; rank++)
			rq_buf_printf(&run, "t%d Q0 d%d %d %d x\n", i, (i + rank) % documents, rank + 1, 10 - rank);
	}
	cli_write_bytes("corpus.jsonl", corpus.data, corpus.size);
	cli_write_bytes("topics.tsv", topics.data, topics.size);
	cli_write_bytes("qrels", qrels.data, qrels.size);
	cli_write_bytes("x.run", run.data, run.size);
	cli_npy("c.npy", (size_t)documents, DIMENSION, 1);
	cli_npy("t.npy", (size_t)topic_count, DIMENSION, 2);
	rq_buf_release(&corpus);
	rq_buf_release(&topics);
	rq_buf_release(&qrels);
	rq_buf_release(&run);
}

static void write_config(const char *embedder, const char *index, const char *latency)
{
	struct rq_buf text = {0};

	rq_buf_printf(&text,
	              "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"topics.tsv\", \"qrels\": \"qrels\"}, \"embedders\": {\"e\": %s}, "
	              "\"baseline\": {\"index\": %s}, \"candidate\": {}, \"latency\": {\"samples\": %s, \"budget\": \"100s\"}, \"gates\": [\"RR@10 >= 0\"]}",
	              embedder, index, latency);
	cli_write_bytes("gate.json", text.data, text.size);
	rq_buf_release(&text);
}

static _Noreturn void become_program(int master)
{
	int terminal = open(ptsname(master), O_RDWR);

	if (terminal < 0 || dup2(terminal, STDOUT_FILENO) < 0 || dup2(terminal, STDERR_FILENO) < 0 || chdir(cli_folder()) != 0)
		_exit(126);
	close(master);
	execl(getenv("RQGATE"), "rqgate", "run", "gate.json", "--cache", "cache", "--threads", "1", (char *)NULL); /* a stage takes the longer */
	_exit(127);
}

/* Runs gate.json on a terminal and sends the signal when the label stands on it. Returns the exit code; *said is all that it wrote. */
static int interrupt_at(const char *label, struct rq_buf *said)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), status;
	char block[4096];
	bool sent = false;

	ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	pid_t pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		become_program(master);
	rq_buf_puts(said, "");
	while (waitpid(pid, &status, WNOHANG) == 0) {
		ssize_t got = read(master, block, sizeof block);
		rq_buf_add(said, block, got > 0 ? (size_t)got : 0);
		if (got <= 0)
			usleep(1000);
		if (sent || strstr(said->data, label) == NULL)
			continue;
		kill(pid, SIGINT);
		sent = true;
	}
	for (ssize_t got; fcntl(master, F_SETFL, O_NONBLOCK), (got = read(master, block, sizeof block)) > 0;)
		rq_buf_add(said, block, (size_t)got);
	close(master);
	ck_assert_msg(sent, "no \"%s\" on the terminal:\n%s", label, said->data);
	ck_assert_msg(WIFEXITED(status), "%s: killed by signal %d", label, WTERMSIG(status));
	return WEXITSTATUS(status);
}

static void expect_interrupted(const char *label)
{
	struct rq_buf said = {0};
	char *before = cli_files();
	int exit_code = interrupt_at(label, &said);
	char *after = cli_files();

	ck_assert_msg(exit_code == 130, "%s: exit code %d\n%s", label, exit_code, said.data);
	ck_assert_ptr_nonnull(strstr(said.data, INTERRUPTED));
	ck_assert_str_eq(before, after);
	ck_assert(!cli_exists("out"));
	free(before);
	free(after);
	rq_buf_release(&said);
}

#define VECTORS "{\"kind\": \"vectors\", \"corpus\": \"c.npy\", \"topics\": \"t.npy\"}"

START_TEST(stages_with_a_progress_line)
{
	large_collection(DOCUMENTS, TOPICS);
	write_config("{\"kind\": \"lsa\"}", "{\"kind\": \"exact\"}", "0");
	expect_interrupted("fitting lsa ");
	write_config("{\"kind\": \"hash\"}", "{\"kind\": \"exact\"}", "0");
	expect_interrupted("embed ");
	write_config(VECTORS, "{\"factory\": \"HNSW48,Flat\", \"build\": \"efConstruction=400\"}", "0");
	expect_interrupted("building ");
	write_config(VECTORS, "{\"factory\": \"Flat\"}", "0");
	expect_interrupted("searching ");
	write_config(VECTORS, "{\"kind\": \"exact\"}", "0");
	expect_interrupted("exact search ");
	write_config(VECTORS, "{\"kind\": \"exact\"}", "10000000");
	cli_write("topics.tsv", "t1\tw\nt2\tw\n"); /* nothing but the timing takes long */
	cli_write("qrels", "t1 0 d1 1\nt2 0 d2 1\n");
	cli_npy("t.npy", 2, DIMENSION, 2);
	expect_interrupted("latency ");
}
END_TEST

/* Loading, scoring and writing reports. */
START_TEST(stages_without_one)
{
	struct rq_random random;
	int interrupts = 0;

	large_collection(FEW, FEW);
	cli_write("gate.json", "{\"dataset\": {\"corpus\": \"corpus.jsonl\", \"topics\": \"topics.tsv\", \"qrels\": \"qrels\"}, \"baseline\": {\"run\": "
	                       "\"x.run\"}, \"candidate\": {\"run\": \"x.run\"}, \"gates\": [\"RR@10 >= 0\"]}");
	char *before = cli_files();
	uint64_t started = rq_clock_ns();
	struct cli result = CLI_EXPECT(0, "run", "gate.json");
	double whole = (double)(rq_clock_ns() - started) * 1e-3;
	cli_free(&result);
	rq_random_seed(&random, 3);
	for (int i = 0; i < MOMENTS; i++) {
		cli_remove("out");
		pid_t pid = cli_start("run", "gate.json", NULL);
		cli_await_handler(pid, SIGINT);
		usleep((useconds_t)(whole * (i + rq_random_unit(&random)) / MOMENTS));
		kill(pid, SIGINT);
		result = cli_wait(pid);
		interrupts += result.exit_code == 130;
		if (result.exit_code == 0) {
			rq_json_free(cli_report("out/report.json", true));
			cli_remove("out");
		}
		char *after = cli_files();
		ck_assert_msg((result.exit_code == 130 || result.exit_code == 0) && !result.killed, "exit code %d\n%s", result.exit_code, result.err);
		ck_assert_msg(result.exit_code == 0 || strstr(result.err, INTERRUPTED) != NULL, "%s", result.err);
		ck_assert_str_eq(before, after);
		free(after);
		cli_free(&result);
	}
	ck_assert_int_ge(interrupts, 1);
	free(before);
}
END_TEST

Suite *stages_suite(void)
{
	Suite *suite = suite_create("stages");
	TCase *tests = cli_case("stages");

	tcase_add_test(tests, stages_with_a_progress_line);
	tcase_add_test(tests, stages_without_one);
	suite_add_tcase(suite, tests);
	return suite;
}
