/* The protocols of embedding services. A protocol is one file and a place in rq_apis. */
#ifndef RQ_EMBED_HTTP_API_H
#define RQ_EMBED_HTTP_API_H

#include "evalcore/embed/http/answer.h"

#include <stdbool.h>

struct rq_http_options;

/* What a service says of its model where it is asked for no vector. */
struct rq_api_facts {
	char model[160];
	char fingerprint[200]; /* "": it tells no digest */
	size_t batch;          /* texts it takes in one request; 0: it does not say */
};

struct rq_api {
	const char *name;
	bool needs_model;
	bool base64;         /* its answers may be base64 */
	bool folder_always;  /* the folder belongs to every path, not only to an address without one */
	const char *folder;  /* "/v1" */
	const char *leaf;    /* "/embeddings" */
	const char *facts;   /* in place of the leaf, for GET: "/info"; NULL: none */
	const char *texts;   /* key of the texts */
	const char *const *own; /* keys of a body that the options set; NULL-terminated */
	bool truncates;      /* "truncate" in a body says whether it may cut texts that are too long */
	size_t batch;        /* texts of a request, unless the config says otherwise */
	const char *blind;   /* why texts that were cut may go unseen, as a clause; NULL: it says so itself */
	/* Sets every key but the texts. */
	void (*fill)(rq_json *body, const struct rq_http_options *options, bool base64);
	/* Takes an answer with status 200 apart; see rq_answer_read. */
	enum rq_status (*read)(struct rq_answer *answer, const rq_json *root, struct rq_error *err);
	/* The same of what facts_url says. E_DATA where it is something else, E_UNAVAILABLE where it lacks the model. */
	enum rq_status (*read_facts)(struct rq_api_facts *facts, const rq_json *root, const char *model, struct rq_error *err);
};

extern const struct rq_api rq_api_openai, rq_api_tei, rq_api_ollama;
extern const struct rq_api *const rq_apis[];     /* NULL-terminated, in the order of: */
extern const char *const rq_api_names[];

#endif
