/* What the sweep and the library that it preloads share: a mapped file of one struct, so that nothing is lost however the program ends. */
#ifndef RQ_TESTS_FAULTS_FAIL_CALL_H
#define RQ_TESTS_FAULTS_FAIL_CALL_H

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define FAIL_CALL_FILE "RQ_FAIL_CALL" /* environment variable: path of the file */

struct fail_call {
	uint64_t fail_at;               /* number of the call that fails, from 1; 0: none */
	bool and_later;                 /* all later ones too */
	_Atomic uint64_t count, failed; /* calls made, and failed */
};

/* For the library: counts this call, and says whether it fails. `opened` is the system's open. */
static inline bool fail_call_now(int reason, int (*opened)(const char *path, int flags, ...))
{
	static struct fail_call idle; /* where nobody asks */
	static struct fail_call *_Atomic state;
	int kept = errno;

	if (state == NULL) { /* the first call may come before any constructor of the library */
		const char *path = getenv(FAIL_CALL_FILE);
		int fd = path == NULL ? -1 : opened(path, O_RDWR | O_CLOEXEC);
		struct fail_call *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (fd >= 0)
			close(fd);
		state = mapped == MAP_FAILED ? &idle : mapped;
	}
	struct fail_call *asked = state;
	uint64_t number = atomic_fetch_add(&asked->count, 1) + 1;
	bool fail = asked->fail_at != 0 && (asked->and_later ? number >= asked->fail_at : number == asked->fail_at);
	if (fail)
		atomic_fetch_add(&asked->failed, 1);
	errno = fail ? reason : kept;
	return fail;
}

#endif
