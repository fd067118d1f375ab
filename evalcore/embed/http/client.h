/* Requests over HTTP, several under way at once, from one thread. It knows nothing of vectors or protocols. */
#ifndef RQ_EMBED_HTTP_CLIENT_H
#define RQ_EMBED_HTTP_CLIENT_H

#include "evalcore/base/memory.h"
#include "evalcore/embed/http/options.h"
#include "evalcore/embed/http/retry.h"

enum rq_http_problem {
	RQ_HTTP_NO_PROBLEM,
	RQ_HTTP_UNREACHABLE, /* no such host, refused, no route: nobody heard the request */
	RQ_HTTP_UNTRUSTED,   /* TLS */
	RQ_HTTP_SLOW,        /* a time-out */
	RQ_HTTP_BROKEN,      /* the connection ended early, or what came was no HTTP */
	RQ_HTTP_TOO_LARGE,   /* more bytes than asked for */
};

struct rq_http_reply {
	enum rq_http_problem problem;
	bool no_such_host;
	char detail[256];        /* the problem as a clause; "" without one */
	long status;             /* 0 with a problem */
	struct rq_wait_hints hints;
	char location[256];      /* where a redirect leads, without query; "" */
	struct rq_buf body;
};

struct rq_http_client;

RQ_MUST_USE enum rq_status rq_http_client_new(struct rq_http_client **client, const struct rq_http_settings *settings, struct rq_error *err);
void rq_http_client_free(struct rq_http_client *client);
void rq_http_client_break_off(struct rq_http_client *client); /* what is under way: its replies are never taken */

/* POST of `body`, GET where that is NULL. url and body are borrowed until the reply, which comes with `tag`. `most` bytes of answer are taken. No
 * more than settings->concurrency at once. */
RQ_MUST_USE enum rq_status rq_http_client_start(struct rq_http_client *client, void *tag, const char *url, const struct rq_buf *body, size_t most,
                                                struct rq_error *err);
/* Waits for at most `seconds`, and no longer than until something has come. */
RQ_MUST_USE enum rq_status rq_http_client_wait(struct rq_http_client *client, double seconds, struct rq_error *err);
/* One reply that has come, if any: its tag and contents, valid until the next call. */
bool rq_http_client_take(struct rq_http_client *client, void **tag, const struct rq_http_reply **reply);

#endif
