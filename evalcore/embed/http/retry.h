/* What to do about an answer, and when to ask again. Pure. */
#ifndef RQ_EMBED_HTTP_RETRY_H
#define RQ_EMBED_HTTP_RETRY_H

#include "evalcore/base/random.h"
#include "evalcore/embed/http/answer.h"

#include <time.h>

enum rq_http_verdict {
	RQ_HTTP_AGAIN,   /* a fault that may pass */
	RQ_HTTP_LIMITED, /* the same, and it says: slower */
	RQ_HTTP_TEXTS,   /* the request's texts, or their number, are refused */
	RQ_HTTP_FINAL,   /* asking again is in vain */
};

/* Of a status that is no success. */
enum rq_http_verdict rq_http_judge(long status, const struct rq_refusal *refusal);
/* Is a text refused for its length? */
bool rq_http_is_too_long(const struct rq_refusal *refusal);
/* What a user may do about a final status, as a clause; NULL: nothing known. */
const char *rq_http_advice(long status, const struct rq_refusal *refusal);

/* Headers of an answer that tell when to come back, as they stand there; "" where absent. */
struct rq_wait_hints {
	char retry_after[64], retry_after_ms[32];
	char reset_requests[32], reset_tokens[32], remaining_requests[32], remaining_tokens[32];
};

/* Takes a header's line, "Name: value\r\n", if it is one of those. */
void rq_wait_hint(struct rq_wait_hints *hints, const char *line, size_t size);
/* Seconds that the service asks to wait at least; -1: it does not say. */
double rq_wait_asked(const struct rq_wait_hints *hints, time_t now);
/* Seconds until a limit of requests or tokens that is used up is lifted, where it says so; else 0. Some services write nonsense here: a hint, never
 * more than a minute. */
double rq_wait_hinted(const struct rq_wait_hints *hints);
/* Before attempt number `attempt` + 1 (the first is 1): exponential with full jitter, at most half a minute, after what the service asks for (-1:
 * nothing). */
double rq_wait_before(unsigned attempt, double first, double asked, struct rq_random *random);

#endif
