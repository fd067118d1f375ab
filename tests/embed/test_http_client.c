/* Requests against a socket that the test itself holds, so that it decides when something comes. */
#include "evalcore/embed/http/client.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FOR_EVER = 3600, MOST = 1000 };

static struct rq_error err;
static struct rq_http_client *client;
static int listener;
static char url[64];

#define ck_assert_ok(call) ck_assert_msg((call) == RQ_OK, "%s", err.text)

static void begin(const struct rq_http_settings *settings, int backlog)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(listener, backlog), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	snprintf(url, sizeof url, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	ck_assert_ok(rq_http_client_new(&client, settings, &err));
	ck_assert_ok(rq_http_client_start(client, url, url, NULL, MOST, &err));
}

static void end(void)
{
	rq_http_client_free(client);
	close(listener);
}

/* Sends what there is to be sent, without waiting for anything, until the request is here. */
static int hear_request(void)
{
	char request[4096] = "";
	size_t size = 0;
	int fd = -1;

	while (strstr(request, "\r\n\r\n") == NULL) {
		ck_assert_ok(rq_http_client_wait(client, 0, &err));
		fd = fd < 0 ? accept4(listener, NULL, NULL, SOCK_NONBLOCK) : fd;
		ssize_t got = fd < 0 ? 0 : read(fd, request + size, sizeof request - 1 - size);
		size += got > 0 ? (size_t)got : 0;
	}
	return fd;
}

START_TEST(an_answer_that_is_there_is_not_waited_for)
{
	static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
	static const struct rq_http_settings settings = {.concurrency = 1, .timeout = 60, .connect_timeout = 60};
	const struct rq_http_reply *reply;
	void *tag;

	begin(&settings, 1);
	int fd = hear_request();
	ck_assert_int_eq(write(fd, ANSWER, sizeof ANSWER - 1), sizeof ANSWER - 1);
	ck_assert_ok(rq_http_client_wait(client, FOR_EVER, &err));
	ck_assert(rq_http_client_take(client, &tag, &reply));
	ck_assert_ptr_eq(tag, url);
	ck_assert_int_eq(reply->status, 200);
	ck_assert_str_eq(reply->body.data, "{}");
	close(fd);
	end();
}
END_TEST

START_TEST(an_answer_is_as_long_as_is_wanted_or_too_long)
{
	static const struct rq_http_settings settings = {.concurrency = 1, .timeout = 60, .connect_timeout = 60};
	const struct rq_http_reply *reply;
	char answer[2048];
	void *tag;

	for (int more = 0; more < 2; more++) {
		begin(&settings, 1);
		int fd = hear_request();
		int head = snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", MOST + more);
		memset(answer + head, 'x', MOST + 1);
		ck_assert_int_eq(write(fd, answer, (size_t)(head + MOST + more)), head + MOST + more);
		while (!rq_http_client_take(client, &tag, &reply))
			ck_assert_ok(rq_http_client_wait(client, FOR_EVER, &err));
		ck_assert_int_eq(reply->problem, more == 0 ? RQ_HTTP_NO_PROBLEM : RQ_HTTP_TOO_LARGE);
		ck_assert_str_eq(reply->detail, more == 0 ? "" : "the answer is longer than 1000 bytes");
		close(fd);
		end();
	}
}
END_TEST

/* A queue of connections that is full, so that the next one gets no answer at all. */
START_TEST(no_connection_is_told_from_no_answer)
{
	enum { OTHERS = 4 };
	static const struct rq_http_settings settings = {.concurrency = 1, .timeout = 60, .connect_timeout = .2};
	struct sockaddr_in address;
	socklen_t size = sizeof address;
	const struct rq_http_reply *reply;
	int others[OTHERS];
	void *tag;

	begin(&settings, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&address, &size), 0);
	for (int i = 0; i < OTHERS; i++) {
		others[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(others[i], (struct sockaddr *)&address, sizeof address);
	}
	while (!rq_http_client_take(client, &tag, &reply))
		ck_assert_ok(rq_http_client_wait(client, FOR_EVER, &err));
	ck_assert_int_eq(reply->problem, RQ_HTTP_UNREACHABLE);
	ck_assert_str_eq(reply->detail, "no connection within 0.2 s");
	for (int i = 0; i < OTHERS; i++)
		close(others[i]);
	end();
}
END_TEST

START_TEST(an_answer_that_does_not_come_is_told)
{
	static const struct rq_http_settings settings = {.concurrency = 1, .timeout = .2, .connect_timeout = 60};
	const struct rq_http_reply *reply;
	void *tag;

	begin(&settings, 1);
	while (!rq_http_client_take(client, &tag, &reply))
		ck_assert_ok(rq_http_client_wait(client, FOR_EVER, &err));
	ck_assert_int_eq(reply->problem, RQ_HTTP_SLOW);
	ck_assert_str_eq(reply->detail, "no answer within 0.2 s");
	end();
}
END_TEST

Suite *http_client_suite(void);
Suite *http_client_suite(void)
{
	Suite *suite = suite_create("http_client");
	TCase *tests = tcase_create("client");

	tcase_add_test(tests, an_answer_that_is_there_is_not_waited_for);
	tcase_add_test(tests, an_answer_is_as_long_as_is_wanted_or_too_long);
	tcase_add_test(tests, no_connection_is_told_from_no_answer);
	tcase_add_test(tests, an_answer_that_does_not_come_is_told);
	suite_add_tcase(suite, tests);
	return suite;
}
