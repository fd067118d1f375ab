#include "cli.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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
	ck_assert_msg(strstr(result.err, "2 reports refused for good: ") != NULL && strstr(result.err, "1.json") != NULL, "%s", result.err);
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

/* The second would take the first one's place. */
START_TEST(a_file_has_one_report)
{
	cli_example();
	struct cli result = cli("run", "gate.json", "--report", "csv=same.out", "--report", "junit=./same.out", NULL);
	cli_expect_refusal(&result, 64, "--report junit: \"./same.out\" is the report \"csv\" already; give each its own file");
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

Suite *alerts_suite(void)
{
	Suite *suite = suite_create("alerts");
	TCase *tests = cli_case("alerts");

	tcase_add_test(tests, help);
	tcase_add_test(tests, a_receiver_that_is_down_changes_nothing_but_a_warning);
	tcase_add_test(tests, a_damaged_file_is_put_aside);
	tcase_add_test(tests, an_unreadable_entry_stops_no_other);
	tcase_add_test(tests, a_file_has_one_report);
	tcase_add_test(tests, addresses_are_checked_before_a_run);
	tcase_add_test(tests, alerts_in_a_file);
	tcase_add_test(tests, a_run_without_a_verdict_says_so);
	tcase_add_test(tests, a_refused_run_leaves_no_pass_behind);
	suite_add_tcase(suite, tests);
	return suite;
}
