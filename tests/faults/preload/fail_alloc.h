/* What the sweep and the library that it preloads share: a mapped file of this one struct. */
#ifndef RQ_TESTS_FAULTS_FAIL_ALLOC_H
#define RQ_TESTS_FAULTS_FAIL_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAIL_ALLOC_FILE "RQ_FAIL_ALLOC" /* environment variable: path of the file */

struct fail_alloc {
	uint64_t fail_at;               /* number of the allocation that fails, from 1; 0: none */
	bool and_later;                 /* all later ones too */
	_Atomic uint64_t count, failed; /* allocations asked for, and failed */
};

#endif
