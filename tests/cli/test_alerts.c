#include "cli.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nobody listens there: the port was free a moment ago, and is not given out again soon. */
static int closed_port(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && getsockname(fd, (struct sockaddr *)&address, &size) == 0);
	close(fd);
	return ntohs(address.sin_port);
}

static size_t waiting(const char *ending)
{
	char *files = cli_files();
	size_t count = 0;

	for (char *rest = files, *line; (line = strsep(&rest, "\n")) != NULL;) {
		size_t length = strlen(line), wanted = strlen(ending);
		count += strncmp(line, ".rqgate/alerts/", 15) == 0 && length > wanted && strcmp(line + length - wanted, ending) == 0;
	}
	free(files);
	return count;
}

/* How many of the files that wait hold the text. */
static size_t waiting_with(const char *text)
{
	char *files = cli_files();
	size_t count = 0;

	for (char *rest = files, *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (strncmp(line, ".rqgate/alerts/", 15) != 0 || line[15] == '.')
			continue;
		struct rq_buf bytes = cli_read(line);
		count += strstr(bytes.data, text) != NULL;
		rq_buf_release(&bytes);
	}
	free(files);
	return count;
}

START_TEST(help)
{
	struct cli result = CLI_EXPECT(0, "alerts", "--help");

	cli_expect_golden("help-alerts", result.out);
	cli_free(&result);
}
END_TEST

/* The verdict is what it would have been, and what could not be sent is there for the next time. */
START_TEST(a_receiver_that_is_down_changes_nothing_but_a_warning)
{
	char report[64], warning[256];
	int port = closed_port();

	cli_example();
	snprintf(report, sizeof report, "alertmanager=http://127.0.0.1:%d", port);
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", report, "--quiet");
	ck_assert_uint_eq(waiting(".json"), 1);
	snprintf(warning, sizeof warning,
	         "rqgate: warning: 1 report not delivered: \"http://127.0.0.1:%d/api/v2/alerts\": nobody accepts connections there; kept in ", port);
	ck_assert_msg(strstr(result.err, warning) != NULL, "%s", result.err);
	cli_free(&result);
	result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", report, "--quiet");
	ck_assert_uint_eq(waiting(".json"), 2);
	ck_assert_msg(strstr(result.err, "2 reports not delivered") != NULL, "%s", result.err);
	cli_free(&result);
	result = CLI_EXPECT(69, "alerts", "gate-worse-embedding.json");
	ck_assert_str_eq(result.out, "0 reports sent, 2 waiting\n");
	ck_assert_uint_eq(waiting(".json"), 2);
	cli_free(&result);
}
END_TEST

/* What holds no alert is put aside, so that it does not keep the others waiting. */
START_TEST(a_damaged_file_is_put_aside)
{
	cli_write("gate.json", "{}");
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	cli_write(".rqgate/alerts/1.json", "{\"address\": ");
	cli_write(".rqgate/alerts/2.json", "{\"address\": \"http://127.0.0.1:1\"}");
	struct cli result = CLI_EXPECT(69, "alerts", "gate.json");
	ck_assert_msg(strstr(result.err, "1 report refused for good: .rqgate/alerts/1.json: not valid JSON") != NULL, "%s", result.err);
	ck_assert_msg(strstr(result.err, "1 report refused for good: \".rqgate/alerts/2.json\": holds no address and body; kept in ") != NULL, "%s",
	              result.err);
	ck_assert_str_eq(result.out, "0 reports sent, 0 waiting\n");
	ck_assert_uint_eq(waiting(".json"), 0);
	ck_assert_uint_eq(waiting(".json.refused"), 2);
	cli_free(&result);
	result = CLI_EXPECT(0, "alerts", "gate.json");
	ck_assert_str_eq(result.out, "0 reports sent, 0 waiting\n");
	cli_free(&result);
}
END_TEST

/* One that cannot be read stays, and the next has its turn. */
START_TEST(an_unreadable_entry_stops_no_other)
{
	cli_write("gate.json", "{}");
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	cli_make_folder(".rqgate/alerts/1.json");
	cli_write(".rqgate/alerts/2.json", "{\"address\": ");
	struct cli result = CLI_EXPECT(69, "alerts", "gate.json");
	ck_assert_str_eq(result.out, "0 reports sent, 1 waiting\n");
	ck_assert_uint_eq(waiting("2.json.refused"), 1);
	cli_free(&result);
}
END_TEST

/* Each address has its own reason, and what is for it waits in its order. */
START_TEST(each_receiver_that_is_down_is_told)
{
	char text[128], warning[256];
	int ports[] = {closed_port(), closed_port()};

	cli_write("gate.json", "{}");
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	for (int i = 0; i < 4; i++) {
		char name[32];
		snprintf(name, sizeof name, ".rqgate/alerts/%d.json", i);
		snprintf(text, sizeof text, "{\"address\": \"http://127.0.0.1:%d/api/v2/alerts\", \"body\": []}", ports[i % 2]);
		cli_write(name, text);
	}
	char to[2][64];
	for (int i = 0; i < 2; i++)
		snprintf(to[i], sizeof to[i], "http://127.0.0.1:%d", ports[i]);
	struct cli result = CLI_EXPECT(69, "alerts", "gate.json", "--to", to[0], "--to", to[1]);
	ck_assert_str_eq(result.out, "0 reports sent, 4 waiting\n");
	for (int i = 0; i < 2; i++) {
		snprintf(warning, sizeof warning, "warning: 2 reports not delivered: \"http://127.0.0.1:%d/api/v2/alerts\": ", ports[i]);
		ck_assert_msg(strstr(result.err, warning) != NULL, "%s", result.err);
	}
	cli_free(&result);
}
END_TEST

/* Listens, and hears nobody who is not told to come. */
static int listener(int *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	ck_assert(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 1) == 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* Whoever can write a file there does not say where the token goes. */
START_TEST(a_waiting_file_names_no_receiver)
{
	char text[128], config[128], warning[256];
	int port, fd = listener(&port);

	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	snprintf(text, sizeof text, "{\"address\": \"http://127.0.0.1:%d/api/v2/alerts\", \"body\": []}", port);
	cli_write(".rqgate/alerts/1.json", text);
	cli_write(".rqgate/alerts/2.json", text);
	snprintf(config, sizeof config, "{\"reports\": {\"alertmanager\": \"http://127.0.0.1:%d\"}}", closed_port());
	cli_write("gate.json", config);
	ck_assert_int_eq(setenv("ALERTMANAGER_TOKEN", "of-the-receiver", 1), 0);
	struct cli result = CLI_EXPECT(69, "alerts", "gate.json");
	snprintf(warning, sizeof warning, "2 reports not delivered: \"http://127.0.0.1:%d/api/v2/alerts\": is no receiver that this command was told of", port);
	ck_assert_msg(strstr(result.err, warning) != NULL, "%s", result.err);
	ck_assert_int_lt(accept(fd, NULL, NULL), 0);
	ck_assert_uint_eq(waiting(".json"), 2);
	cli_free(&result);
	result = cli("alerts", "gate.json", "--to", "127.0.0.1", NULL);
	cli_expect_refusal(&result, 64, "--to: is no address to post to; expected one such as \"http://127.0.0.1:9093\", without user, password or key; "
	                                "a token comes from ALERTMANAGER_TOKEN");
	close(fd);
}
END_TEST

/* Neither is waited for, nor followed. */
START_TEST(pipes_and_links_are_no_entries)
{
	cli_write("gate.json", "{}");
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	cli_write("elsewhere.json", "{\"address\": ");
	char *pipe = cli_path(".rqgate/alerts/1.json"), *link = cli_path(".rqgate/alerts/2.json");
	ck_assert(mkfifo(pipe, 0600) == 0 && symlink("../../elsewhere.json", link) == 0);
	struct cli result = CLI_EXPECT(69, "alerts", "gate.json");
	ck_assert_str_eq(result.out, "0 reports sent, 2 waiting\n");
	ck_assert_msg(strstr(result.err, "1.json\": is no file of its own, but a link, a folder or a pipe; remove it") != NULL, "%s", result.err);
	cli_free(&result);
	free(pipe);
	free(link);
}
END_TEST

/* Else anybody could speak to the receiver with the token of whoever sends. */
START_TEST(a_folder_for_all_is_not_sent_from)
{
	struct stat info;

	cli_example();
	cli_make_folder(".rqgate");
	char report[64], *folder = cli_path(".rqgate/alerts");
	snprintf(report, sizeof report, "alertmanager=http://127.0.0.1:%d", closed_port());
	mode_t before = umask(0);
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", report, "--quiet");
	umask(before);
	cli_free(&result);
	ck_assert(stat(folder, &info) == 0 && (info.st_mode & S_IWOTH) == 0);
	ck_assert_int_eq(chmod(folder, 0777), 0);
	result = CLI_EXPECT(74, "alerts", "gate-worse-embedding.json");
	ck_assert_msg(strstr(result.err, "anybody may write there, so nothing of it is sent; chmod o-w it") != NULL, "%s", result.err);
	cli_free(&result);
	free(folder);
}
END_TEST

/* Names sort by when runs ended: behind whatever waits, also where the clock was set back. */
START_TEST(what_ended_last_waits_last)
{
	char report[64];

	cli_example();
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	cli_write(".rqgate/alerts/999999999998.999999999.json", "{\"address\": \"http://127.0.0.1:1/api/v2/alerts\", \"body\": []}");
	snprintf(report, sizeof report, "alertmanager=http://127.0.0.1:%d", closed_port());
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", report, "--quiet");
	cli_free(&result);
	struct rq_buf text = cli_read(".rqgate/alerts/999999999999.000000000.json");
	ck_assert_ptr_nonnull(strstr(text.data, "RqgateGateFailed"));
	rq_buf_release(&text);
}
END_TEST

/* While another run sends, nobody else does: it would be told of in another order. */
START_TEST(one_run_sends_at_a_time)
{
	cli_write("gate.json", "{}");
	cli_make_folder(".rqgate");
	cli_make_folder(".rqgate/alerts");
	cli_write(".rqgate/alerts/1.json", "{\"address\": ");
	cli_write(".rqgate/alerts/.sending", "");
	char *path = cli_path(".rqgate/alerts/.sending");
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert(fd >= 0 && flock(fd, LOCK_EX) == 0);
	struct cli result = CLI_EXPECT(75, "alerts", "gate.json");
	ck_assert_msg(strstr(result.err, "another run is sending") != NULL, "%s", result.err);
	ck_assert_uint_eq(waiting(".json"), 1);
	cli_free(&result);
	close(fd);
	free(path);
}
END_TEST

/* What is tried with --set ends no alert and begins none. */
START_TEST(a_trial_is_not_heard_of)
{
	char report[64], set[128];
	int port = closed_port();

	cli_example();
	snprintf(report, sizeof report, "alertmanager=http://127.0.0.1:%d", port);
	struct cli result = CLI_EXPECT(1, "run", "gate-lossy-index.json", "--set", "latency.samples=0", "--report", report);
	ck_assert_msg(strstr(result.err, "a trial posts no alert") != NULL, "%s", result.err);
	ck_assert(!cli_exists(".rqgate/alerts"));
	cli_free(&result);
	cli_make_folder("watched");
	cli_write("watched/rqgate.prom", "of the job\n");
	cli_write("watched/alerts.json", "of the job\n");
	snprintf(set, sizeof set, "reports={\"prometheus\": \"watched/rqgate.prom\", \"alertmanager\": \"watched/alerts.json\", \"md\": \"own.md\"}");
	result = CLI_EXPECT(1, "run", "gate-lossy-index.json", "--set", set, "--report", "otlp_metrics=own.jsonl");
	ck_assert(cli_exists("own.md") && cli_exists("own.jsonl"));
	cli_free(&result);
	result = CLI_EXPECT(64, "run", "gate-lossy-index.json", "--set", set, "--allow-mismatch", "corpus");
	cli_free(&result);
	struct rq_buf prometheus = cli_read("watched/rqgate.prom"), alerts = cli_read("watched/alerts.json");
	ck_assert_str_eq(prometheus.data, "of the job\n");
	ck_assert_str_eq(alerts.data, "of the job\n");
	rq_buf_release(&prometheus);
	rq_buf_release(&alerts);
}
END_TEST

/* The config's address is the drift job's too, as it stands. */
START_TEST(a_drift_job_posts_where_the_config_says)
{
	char reports[128], wanted[64];
	int port = closed_port();

	cli_example();
	struct rq_buf config = cli_read("gate.json"), changed = {0};
	const char *at = strstr(config.data, "\"reports\": {");
	ck_assert_ptr_nonnull(at);
	snprintf(reports, sizeof reports, "\"reports\": {\"alertmanager\": \"http://127.0.0.1:%d\", ", port);
	rq_buf_add(&changed, config.data, (size_t)(at - config.data));
	rq_buf_puts(&changed, reports);
	rq_buf_puts(&changed, at + strlen("\"reports\": {"));
	cli_write("posts.json", changed.data);
	struct cli result = CLI_EXPECT(0, "drift", "posts.json"); /* the first, which ends what a job before it has raised */
	ck_assert_uint_eq(waiting(".json"), 1);
	ck_assert_uint_eq(waiting_with("\"job\":\"drift posts.json\""), 1);
	ck_assert_uint_eq(waiting_with("\"doubts\":"), 0); /* it judged nothing, so that no alert of a gate is over */
	cli_free(&result);
	result = CLI_EXPECT(0, "drift", "posts.json", "--as-of", "2999-01-01");
	ck_assert_uint_eq(waiting(".json"), 1);
	cli_free(&result);
	result = CLI_EXPECT(0, "drift", "posts.json");
	snprintf(wanted, sizeof wanted, "\"http://127.0.0.1:%d/api/v2/alerts\": nobody accepts", port);
	ck_assert_msg(strstr(result.err, wanted) != NULL, "%s", result.err);
	ck_assert_uint_eq(waiting(".json"), 2);
	ck_assert_uint_eq(waiting_with("\"doubts\":"), 1);
	cli_free(&result);
	rq_buf_release(&config);
	rq_buf_release(&changed);
}
END_TEST

/* The second would take the first one's place. */
START_TEST(a_file_has_one_report)
{
	cli_example();
	struct cli result = cli("run", "gate.json", "--report", "csv=same.out", "--report", "junit=./same.out", NULL);
	cli_expect_refusal(&result, 64, "--report junit: \"./same.out\" is the report \"csv\" already; give each its own file");
}
END_TEST

/* Neither the store, wherever it is named and before it is there, nor what lies beside the report "json". */
START_TEST(a_report_takes_no_other_place)
{
	cli_example();
	struct cli result = cli("run", "gate.json", "--store", "h.db", "--report", "csv=h.db", NULL);
	cli_expect_refusal(&result, 64, "--report csv: \"h.db\" is the run's store, or beside it while it is open; give the report another name");
	result = cli("drift", "gate.json", "--store", "h.db", "--report", "csv=./h.db-wal", NULL);
	cli_expect_refusal(&result, 64, "--report csv: \"./h.db-wal\" is the run's store, or beside it while it is open; give the report another name");
	result = cli("run", "gate.json", "--report", "json=r.json", "--report", "csv=r.d/baseline.ann.run.zst", NULL);
	cli_expect_refusal(&result, 64, "the report \"csv\": \"r.d/baseline.ann.run.zst\" is where the rankings lie beside the report \"json\"; give it another place");
	result = cli("run", "gate.json", "--report", "csv=r.d", "--report", "json=r.json", NULL);
	cli_expect_refusal(&result, 64, "the report \"csv\": \"r.d\" is where the rankings lie beside the report \"json\"; give it another place");
	ck_assert(!cli_exists("h.db") && !cli_exists("r.d") && !cli_exists("r.json"));
	result = CLI_EXPECT(0, "run", "gate.json", "--set", "latency.samples=0", "--quiet");
	cli_free(&result);
	result = cli("run", "gate.json", "--set", "candidate={\"run\": \"out/report.d/candidate.ann.run.zst\"}", NULL);
	ck_assert_msg(result.exit_code == 64 && strstr(result.err, "candidate.ann.run.zst\" is a file that this run reads; copy it, or name another") != NULL,
	              "%d %s", result.exit_code, result.err);
	cli_free(&result);
	cli_make_folder("baselines");
	result = cli("run", "gate.json", "--report", "csv=baselines/own.csv", NULL);
	cli_expect_refusal(&result, 64, "--report csv: \"baselines/own.csv\" is a file that this run reads; give the report another name");
}
END_TEST

/* Who names one that no file can take is told before anything is removed; what fails is told as whose it is. */
START_TEST(a_folder_or_a_device_is_no_report)
{
	cli_example();
	cli_make_folder("there");
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet");
	cli_free(&result);
	result = cli("run", "gate.json", "--report", "html=there", NULL);
	cli_expect_refusal(&result, 64, "--report html: \"there\" is a folder; expected the name of a file to write");
	result = cli("run", "gate.json", "--report", "csv=/dev/full", NULL);
	cli_expect_refusal(&result, 64, "--report csv: \"/dev/full\" is a device or a pipe; expected the name of a file to write");
	result = cli("run", "gate.json", "--set", "reports={\"md\": \"there\"}", NULL);
	cli_expect_refusal(&result, 64, "gate.json: reports.md: \"there\" is a folder; expected the name of a file to write");
	ck_assert(cli_exists("out/report.json") && cli_exists("out/report.md"));
	result = cli("run", "gate.json", "--report", "csv=gate.json/topics.csv", NULL);
	cli_expect_refusal(&result, 74, "--report csv: \"gate.json\": is not a folder");
	result = cli("run", "gate.json", "--report", "csv=-", "--report", "md=-", NULL);
	cli_expect_refusal(&result, 64, "--report md: \"-\" is the report \"csv\" already; give each its own file");
}
END_TEST

START_TEST(addresses_are_checked_before_a_run)
{
	cli_example();
	struct cli result = cli("run", "gate.json", "--report", "alertmanager=http://user:word@127.0.0.1:9093", NULL);
	cli_expect_refusal(&result, 64,
	                   "--report alertmanager: is no address to post to; expected one such as \"http://127.0.0.1:9093\", without user, password or key; "
	                                "a token comes from ALERTMANAGER_TOKEN");
	result = cli("run", "gate.json", "--report", "junit=http://127.0.0.1:9093", NULL);
	cli_expect_refusal(&result, 64, "--report junit: goes into a file, and to no address; expected a path");
	result = cli("run", "gate.json", "--set", "reports={\"alertmanager\": \"https://\"}", NULL);
	cli_expect_refusal(&result, 64,
	                   "gate.json: reports.alertmanager: is no address to post to; expected one such as \"http://127.0.0.1:9093\", without user, password "
	                                "or key; a token comes from ALERTMANAGER_TOKEN");
	result = cli("alerts", "gone.json", NULL);
	cli_expect_refusal(&result, 64, "\"gone.json\" is not there; expected the config of the runs whose alerts wait");
	ck_assert(!cli_exists(".rqgate/alerts"));
}
END_TEST

/* A file instead of an address. */
START_TEST(alerts_in_a_file)
{
	cli_example();
	struct cli result = CLI_EXPECT(1, "run", "gate-worse-embedding.json", "--report", "alertmanager=alerts.json", "--quiet");
	cli_free(&result);
	struct rq_buf alerts = cli_read("alerts.json");
	ck_assert_ptr_nonnull(strstr(alerts.data, "\"alertname\": \"RqgateGateFailed\""));
	ck_assert(!cli_exists(".rqgate/alerts"));
	rq_buf_release(&alerts);
}
END_TEST

/* Reports that say so replace those of an earlier run; the others go, and its rankings. */
START_TEST(a_run_without_a_verdict_says_so)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet", "--report", "junit=gate.xml", "--report", "alertmanager=alerts.json");
	cli_free(&result);
	ck_assert(cli_exists("out/report.json") && cli_exists("out/report.d/candidate.ann.run.zst"));
	cli_write("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq001\tno-such\tmany\n");
	result = CLI_EXPECT(65, "run", "gate.json", "--quiet", "--report", "junit=gate.xml", "--report", "alertmanager=alerts.json", "--report",
	                    "github=-");
	ck_assert_msg(strncmp(result.out, "::error file=gate.json,title=rqgate::", 37) == 0 && strstr(result.out, "qrels/test.tsv") != NULL, "%s",
	              result.out);
	struct rq_buf junit = cli_read("gate.xml"), alerts = cli_read("alerts.json");
	ck_assert_ptr_nonnull(strstr(junit.data, "<error type=\"NO VERDICT\" message=\""));
	ck_assert_ptr_nonnull(strstr(alerts.data, "RqgateRunFailed"));
	ck_assert_ptr_null(strstr(alerts.data, "RqgateGateFailed"));
	ck_assert(!cli_exists("out/report.json") && !cli_exists("out/report.html") && !cli_exists("out/report.md"));
	ck_assert(!cli_exists("out/report.d/candidate.ann.run.zst"));
	rq_buf_release(&junit);
	rq_buf_release(&alerts);
	cli_free(&result);
}
END_TEST

/* Also of one that is refused once it knows its reports; one that only plans leaves them. */
START_TEST(a_refused_run_leaves_no_pass_behind)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet", "--report", "csv=topics.csv");
	cli_free(&result);
	result = CLI_EXPECT(64, "run", "gate.json", "--plan", "--allow-mismatch", "corpus", "--report", "csv=topics.csv");
	cli_free(&result);
	ck_assert(cli_exists("out/report.json") && cli_exists("topics.csv"));
	result = CLI_EXPECT(64, "run", "gate.json", "--allow-mismatch", "corpus", "--report", "csv=topics.csv");
	cli_free(&result);
	ck_assert(!cli_exists("out/report.json") && !cli_exists("topics.csv"));
}
END_TEST

/* What --report names says so even where the config cannot be read; what begins like no report of its kind is somebody's, and stays. */
START_TEST(a_config_that_cannot_be_read_is_told)
{
	static const char *const configs[] = {"none.json", "broken.json", "gates.json"};

	cli_example();
	cli_write("broken.json", "{\"suite\": ");
	cli_write("gates.json", "{\"suite\": \"x\", \"dataset\": {\"path\": \".\"}, \"baseline\": {}, \"candidate\": {}, \"gates\": []}");
	for (size_t i = 0; i < sizeof configs / sizeof *configs; i++) {
		cli_write("gate.xml", "<?xml version=\"1.0\"?>\n<testsuites/>\n");
		cli_write("topics.csv", "topic\n");
		const char *command = i == 1 ? "drift" : "run";
		struct cli result = cli(command, configs[i], "--report", "junit=gate.xml", "--report", "github=-", "--report", "prometheus=new/rqgate.prom",
		                        "--report", "csv=topics.csv", "--report", "alertmanager=corpus.jsonl", NULL);
		ck_assert_msg(result.exit_code == 64 || result.exit_code == 74, "%d: %s", result.exit_code, result.err);
		struct rq_buf junit = cli_read("gate.xml"), corpus = cli_read("corpus.jsonl"), series = cli_read("new/rqgate.prom");
		ck_assert_msg(strstr(junit.data, "<error type=\"NO VERDICT\" message=\"") != NULL && strstr(junit.data, configs[i]) != NULL, "%s", junit.data);
		ck_assert_msg(strncmp(result.out, "::error file=", 13) == 0 && strstr(result.out, configs[i]) != NULL, "%s", result.out);
		ck_assert_ptr_nonnull(strstr(series.data, "\nrqgate_exit_code{"));
		ck_assert_int_eq(corpus.data[0], '{');
		rq_buf_release(&junit);
		rq_buf_release(&corpus);
		rq_buf_release(&series);
		cli_free(&result);
	}
}
END_TEST

/* A gate that cannot be read is found before anything is computed, and the reports of an earlier run go all the same. */
START_TEST(a_wrong_gate_leaves_no_pass_behind)
{
	cli_example();
	struct cli result = CLI_EXPECT(0, "run", "gate.json", "--quiet", "--report", "csv=topics.csv");
	cli_free(&result);
	result = CLI_EXPECT(64, "run", "gate.json", "--set", "gates=[\"drop(RR@10) <= many\"]", "--report", "csv=topics.csv", "--report", "junit=gate.xml");
	cli_free(&result);
	ck_assert(!cli_exists("out/report.json") && !cli_exists("topics.csv"));
	struct rq_buf junit = cli_read("gate.xml");
	ck_assert_msg(strstr(junit.data, "<error type=\"NO VERDICT\"") != NULL && strstr(junit.data, "gates[0]") != NULL, "%s", junit.data);
	rq_buf_release(&junit);
}
END_TEST

Suite *alerts_suite(void)
{
	Suite *suite = suite_create("alerts");
	TCase *tests = cli_case("alerts");

	tcase_add_test(tests, help);
	tcase_add_test(tests, a_receiver_that_is_down_changes_nothing_but_a_warning);
	tcase_add_test(tests, a_damaged_file_is_put_aside);
	tcase_add_test(tests, an_unreadable_entry_stops_no_other);
	tcase_add_test(tests, each_receiver_that_is_down_is_told);
	tcase_add_test(tests, a_waiting_file_names_no_receiver);
	tcase_add_test(tests, pipes_and_links_are_no_entries);
	tcase_add_test(tests, a_folder_for_all_is_not_sent_from);
	tcase_add_test(tests, what_ended_last_waits_last);
	tcase_add_test(tests, one_run_sends_at_a_time);
	tcase_add_test(tests, a_trial_is_not_heard_of);
	tcase_add_test(tests, a_drift_job_posts_where_the_config_says);
	tcase_add_test(tests, a_file_has_one_report);
	tcase_add_test(tests, a_report_takes_no_other_place);
	tcase_add_test(tests, a_folder_or_a_device_is_no_report);
	tcase_add_test(tests, addresses_are_checked_before_a_run);
	tcase_add_test(tests, alerts_in_a_file);
	tcase_add_test(tests, a_run_without_a_verdict_says_so);
	tcase_add_test(tests, a_refused_run_leaves_no_pass_behind);
	tcase_add_test(tests, a_config_that_cannot_be_read_is_told);
	tcase_add_test(tests, a_wrong_gate_leaves_no_pass_behind);
	suite_add_tcase(suite, tests);
	return suite;
}
