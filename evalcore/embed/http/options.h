/* The options of the embedder http, and what they come to once the environment is read. */
#ifndef RQ_EMBED_HTTP_OPTIONS_H
#define RQ_EMBED_HTTP_OPTIONS_H

#include "evalcore/embed/embedder.h"
#include "evalcore/embed/http/api.h"

struct rq_http_options {
	int api;              /* place in rq_apis */
	const char *url, *model;
	int64_t dimensions;   /* 0: the model's own */
	const char *headers;  /* JSON text of an object, as query_body and document_body */
	const char *api_key_env, *query_prefix, *document_prefix, *query_body, *document_body;
	int encoding;         /* RQ_ENCODING_... */
	int64_t batch, batch_tokens, concurrency, attempts; /* batch 0: the protocol's own */
	double connect_timeout, timeout, backoff, max_wait;
	const char *ca_file;
};

enum { RQ_ENCODING_BASE64, RQ_ENCODING_FLOAT };

extern const struct rq_option rq_http_options[];
extern const char *const rq_http_immaterial[];

/* E_CONFIG naming the option. Sends nothing and reads no environment. */
RQ_MUST_USE enum rq_status rq_http_check(const struct rq_http_options *options, struct rq_error *err);

/* Where requests go and what they carry. Owned by its arena; zero-initialise. */
struct rq_http_settings {
	struct rq_arena arena;
	const struct rq_api *api;
	const char *url, *facts_url; /* facts_url: what tells the model's digest, NULL where the protocol has none */
	const char *address, *facts_address; /* both without their query, for messages and fingerprints */
	const char *query_mark;      /* of the query, for fingerprints; "" */
	const char *model;           /* as configured; NULL */
	const char **headers;        /* "Name: value", secrets within */
	size_t header_count;
	const char *prefix[2];       /* by role; "" */
	const char *body[2][2]; /* by role and encoding: a request's body up to and with the key of the texts, to be followed by an array and a brace */
	bool may_truncate[2];        /* by role: the body asks the service to cut long texts */
	size_t dimension;            /* as configured; 0 */
	size_t batch, batch_tokens, concurrency;
	unsigned attempts;
	double connect_timeout, timeout, backoff, max_wait; /* seconds */
	const char *ca_file;
};

/* Reads the environment's secrets, which are hidden from then on. Options are checked ones. */
RQ_MUST_USE enum rq_status rq_http_settings_init(struct rq_http_settings *settings, const struct rq_http_options *options, struct rq_error *err);
void rq_http_settings_release(struct rq_http_settings *settings);

#endif
