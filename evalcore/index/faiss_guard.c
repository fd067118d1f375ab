/* FAISS warns on stderr, and takes whatever sizes a file or a factory string holds; both are the process's, so both are
 * handled there, for one thread at a time: of two that begin before either has ended, the second would take what the first
 * had put there for what was there before, and leave it behind. */
#include "evalcore/index/faiss_guard.h"

#include "evalcore/base/system.h"
#include "evalcore/index/faiss_shim.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t guarded = PTHREAD_MUTEX_INITIALIZER;

/* Bytes of private writable memory, which is what RLIMIT_DATA counts; 0 where the system does not tell. */
static size_t data_size(void)
{
	size_t size, resident, shared, text, library, data = 0;
	FILE *file = fopen("/proc/self/statm", "re");

	if (file == NULL)
		return 0;
	if (fscanf(file, "%zu %zu %zu %zu %zu %zu", &size, &resident, &shared, &text, &library, &data) != 6)
		data = 0;
	fclose(file);
	return data * (size_t)sysconf(_SC_PAGESIZE);
}

void rq_faiss_guard_begin(struct rq_faiss_guard *guard, size_t bytes)
{
	pthread_mutex_lock(&guarded);
	rq_faiss_prepare();
	size_t used = bytes > 0 ? data_size() : 0;
	*guard = (struct rq_faiss_guard){.terminal = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)};
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (guard->terminal >= 0 && nowhere >= 0)
		dup2(nowhere, STDERR_FILENO);
	if (guard->terminal >= 0)
		rq_exit_speaks_on(guard->terminal);
	if (nowhere >= 0)
		close(nowhere);
	if (used == 0 || getrlimit(RLIMIT_DATA, &guard->memory) != 0)
		return;
	struct rlimit limit = guard->memory;
	if (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > used + bytes)
		limit.rlim_cur = used + bytes;
	guard->limited = setrlimit(RLIMIT_DATA, &limit) == 0;
}

void rq_faiss_guard_end(struct rq_faiss_guard *guard)
{
	if (guard->limited)
		setrlimit(RLIMIT_DATA, &guard->memory);
	if (guard->terminal >= 0) {
		dup2(guard->terminal, STDERR_FILENO);
		rq_exit_speaks_on(STDERR_FILENO);
		close(guard->terminal);
	}
	pthread_mutex_unlock(&guarded);
}
