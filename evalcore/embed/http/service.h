/* A service being asked: which request is due, what its reply means for its texts, and when the service itself is at fault. One thread. */
#ifndef RQ_EMBED_HTTP_SERVICE_H
#define RQ_EMBED_HTTP_SERVICE_H

#include "evalcore/embed/http/client.h"
#include "evalcore/embed/http/options.h"

struct rq_http_service {
	struct rq_http_settings settings;
	struct rq_http_client *client;
	struct rq_random random;
	struct rq_identity identity; /* dimension 0: not known yet */
	bool assumed;                /* as an earlier run heard it; nobody has been asked yet */
	bool base64, base64_proven;
	size_t batch;                /* most texts of a request, as far as is known */
	double allowed;              /* requests at once: halved where the service asks to slow down, one more after a whole round of answers */
	uint64_t paused_until, last_good; /* ns */
	unsigned given_up;           /* texts since the last good answer */
	struct rq_service_use use;
};

/* Asks for the model's digest, where the protocol has one: into identity, or compared with it. */
RQ_MUST_USE enum rq_status rq_http_ask_facts(struct rq_http_service *service, struct rq_request_limit *limit, struct rq_error *err);
/* Embeds a short text, which tells model and dimension. */
RQ_MUST_USE enum rq_status rq_http_probe(struct rq_http_service *service, struct rq_request_limit *limit, struct rq_error *err);
/* The work's texts `rows`, none of them empty. So many requests of work->limit are left for whoever asks afterwards. */
RQ_MUST_USE enum rq_status rq_http_ask_texts(struct rq_http_service *service, const struct rq_embed_work *work, const size_t *rows, size_t count, uint64_t reserve,
                                             struct rq_error *err);

#endif
