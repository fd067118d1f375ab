/* What a piece of work will cost, told before it is done. Embedders and backends know their own; the pipeline scales it to the machine. */
#ifndef RQ_MODEL_COST_H
#define RQ_MODEL_COST_H

#include <stddef.h>

/* Seconds on one thread of the machine on which the constants were measured (x86-64 with AVX-512, 2023). NaN: unknown. */
struct rq_cost {
	double serial, parallel; /* the second part is spread over all threads */
	double memory;           /* bytes at its peak, beside its input; what stays is part of it */
	double kept;             /* bytes that stay until the end of the run */
	double stored;           /* bytes that the cache will hold of it */
	double sent;             /* bytes that leave this machine */
};

/* On that machine: each number of a base vector that a search compares in double, one query at a time. It ties the machine's
 * seconds to those of another one, which rq_machine_slowness() measures with the same work. */
#define RQ_COST_EXACT_NUMBER 1.68e-10

/* Texts as a cost depends on them. */
struct rq_text_volume {
	size_t texts, bytes;
};

#endif
