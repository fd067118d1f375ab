/* Answers of embedding services: vectors, or a refusal. The bytes come from elsewhere, so nothing is believed: a vector has its length and finite
 * numbers, and every text gets exactly one. */
#ifndef RQ_EMBED_HTTP_ANSWER_H
#define RQ_EMBED_HTTP_ANSWER_H

#include "evalcore/base/json.h"

struct rq_api;

/* n vectors, in the order of the texts whatever the order of the answer. Zero-initialise, set n and dimension. */
struct rq_answer {
	size_t n, dimension; /* dimension 0: to be found out, for one text */
	float *vectors;      /* n x dimension, row-major; owned */
	bool *filled;        /* by row; owned */
	char model[160];     /* "": it does not say */
	uint64_t tokens;     /* as the service counts; 0: it does not say */
	size_t other;        /* E_DATA: that a vector has instead of `dimension`; 0: that was not it */
};

/* E_DATA with a clause that says what is wrong of it, E_NOMEM. */
RQ_MUST_USE enum rq_status rq_answer_read(struct rq_answer *answer, const struct rq_api *api, const char *body, size_t size, struct rq_error *err);
void rq_answer_release(struct rq_answer *answer);

/* For protocols: an array of numbers, or base64 of little-endian float32, is the vector of text `row`. E_DATA. */
RQ_MUST_USE enum rq_status rq_answer_put(struct rq_answer *answer, size_t row, const rq_json *vector, struct rq_error *err);
/* The vectors of an array, in the order of the texts. */
RQ_MUST_USE enum rq_status rq_answer_put_all(struct rq_answer *answer, const rq_json *vectors, struct rq_error *err);
/* A string within an object, copied as a message may show it and without secrets, "" where there is none. */
void rq_answer_text(char *text, size_t size, const rq_json *object, const char *key);
/* A count within an object, 0 where there is none. */
uint64_t rq_answer_count(const rq_json *object, const char *key);

/* What a service says when it refuses. */
struct rq_refusal {
	char message[300]; /* of one line, without secrets; "" where it says nothing a person would read */
	char code[64];     /* "insufficient_quota"; "" */
};

void rq_refusal_read(struct rq_refusal *refusal, const char *body, size_t size);

#endif
