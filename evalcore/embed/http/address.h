/* Addresses of services: what "url" may be, and where the requests of a protocol go. */
#ifndef RQ_EMBED_HTTP_ADDRESS_H
#define RQ_EMBED_HTTP_ADDRESS_H

#include "evalcore/base/memory.h"
#include "evalcore/embed/http/api.h"

struct rq_http_address {
	char *url;       /* requests for vectors */
	char *facts_url; /* requests for what the service says of its model; NULL: none */
	char *shown, *facts_shown; /* both without their query, for messages */
	char *query_mark; /* " ?" and a hash of the query, which may choose a deployment; "" where there is none */
};

/* A base ("http://host:8080", ".../v1") gets the protocol's path; a path that ends as the protocol's does stays as it is, and both addresses keep the
 * query. E_CONFIG: no http or https address, or a secret within it. */
RQ_MUST_USE enum rq_status rq_http_address(struct rq_http_address *address, const char *url, const struct rq_api *api, struct rq_arena *arena, struct rq_error *err);

/* Does a header, or a part of a query, of this name hold a key? */
bool rq_http_names_secret(const char *name);

#endif
