#include "canned.h"

#include <arpa/inet.h>
#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Head and body, as long as Content-Length says. */
static char *read_request(int fd, char **body)
{
	size_t size = 0, capacity = 1 << 20, wanted = 0;
	char *text = calloc(capacity, 1), *end = NULL;

	while (size + 1 < capacity && (end == NULL || size < wanted)) {
		ssize_t got = read(fd, text + size, capacity - 1 - size);
		if (got <= 0)
			break;
		size += (size_t)got;
		end = strstr(text, "\r\n\r\n");
		const char *length = end == NULL ? NULL : strcasestr(text, "content-length:");
		wanted = end == NULL ? 0 : (size_t)(end - text) + 4 + (length == NULL || length > end ? 0 : strtoul(length + 15, NULL, 10));
	}
	*body = end == NULL ? text + size : end + 4;
	return text;
}

static void answer(struct canned *canned, int fd)
{
	struct rq_buf out = {0}, reply = {0};
	char *body, *request = read_request(fd, &body), path[200] = "";

	if (sscanf(request, "%*s %199s", path) == 1) {
		int status = canned->script(&out, ++canned->requests, path, body);
		if (status == 0)
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){.l_onoff = 1}, sizeof(struct linger));
		rq_buf_printf(&reply, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, out.size);
		rq_buf_add(&reply, out.data, out.size);
		for (size_t sent = 0; status != 0 && sent < reply.size;) {
			ssize_t wrote = send(fd, reply.data + sent, reply.size - sent, MSG_NOSIGNAL);
			if (wrote <= 0)
				break;
			sent += (size_t)wrote;
		}
	}
	rq_buf_release(&out);
	rq_buf_release(&reply);
	free(request);
	close(fd);
}

static void *serve(void *context)
{
	struct canned *canned = context;

	while (!canned->stop) {
		struct pollfd ready = {.fd = canned->listener, .events = POLLIN};
		int fd = poll(&ready, 1, 10) == 1 ? accept(canned->listener, NULL, NULL) : -1;
		if (fd >= 0)
			answer(canned, fd);
	}
	return NULL;
}

void canned_start(struct canned *canned, canned_script *script)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	*canned = (struct canned){.script = script, .listener = socket(AF_INET, SOCK_STREAM, 0)};
	ck_assert_int_eq(bind(canned->listener, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(canned->listener, 64), 0);
	ck_assert_int_eq(getsockname(canned->listener, (struct sockaddr *)&address, &size), 0);
	canned->port = ntohs(address.sin_port);
	ck_assert_int_eq(pthread_create(&canned->thread, NULL, serve, canned), 0);
}

void canned_stop(struct canned *canned)
{
	canned->stop = true;
	pthread_join(canned->thread, NULL);
	close(canned->listener);
}
