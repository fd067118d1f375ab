/* A server of one thread on this machine, for tests of what the embedder http does about answers. */
#ifndef RQ_TESTS_EMBED_CANNED_H
#define RQ_TESTS_EMBED_CANNED_H

#include "evalcore/base/memory.h"

#include <pthread.h>
#include <stdatomic.h>

/* Writes the body of the answer to the request number `number` (from 1), a GET where `body` is "", and returns its status; 0: resets the connection
 * instead. */
typedef int canned_script(struct rq_buf *answer, int number, const char *path, const char *body);

struct canned {
	canned_script *script;
	int listener, port;
	atomic_int requests;
	atomic_bool stop;
	pthread_t thread;
};

void canned_start(struct canned *canned, canned_script *script);
void canned_stop(struct canned *canned);

#endif
