/* Numbers as people read them in sentences. Returned by value: `rq_grouped(n).text` lives as long as its expression. */
#ifndef RQ_BASE_WORDS_H
#define RQ_BASE_WORDS_H

#include <stdint.h>

struct rq_grouped {
	char text[32];
};

struct rq_grouped rq_grouped(uint64_t number); /* "12,345" */

#endif
