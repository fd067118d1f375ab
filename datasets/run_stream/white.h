/* Where the white space of a text is, one bit a byte: what splits lines into columns. */
#ifndef RQ_DATASETS_RUN_STREAM_WHITE_H
#define RQ_DATASETS_RUN_STREAM_WHITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bit i % 64 of bits[i / 64] tells whether text[i] is a blank or one of \t \n \v \f \r; the bits past `size` are 0. Returns what else
 * is in the text but printable ASCII: 0, or both or one of these. */
enum { RQ_HAS_CONTROL = 1, RQ_HAS_BEYOND_ASCII = 2 };
typedef unsigned (*rq_white_bits)(uint64_t *bits, const char *text, size_t size);

/* The ways there are to tell, which agree, best first; the last works everywhere. */
struct rq_white_way {
	const char *name;
	rq_white_bits bits;
	bool (*works)(void); /* on this CPU */
};

extern const struct rq_white_way rq_white_ways[];
extern const size_t rq_white_way_count;

rq_white_bits rq_white_best(void);

#endif
