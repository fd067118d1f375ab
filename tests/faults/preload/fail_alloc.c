/* Preloaded into the program: counts its allocations, and fails the one that is asked for, or that and all later ones. What it is asked and what it
 * saw stand in a file that the sweep maps too, so that nothing is lost however the program ends. Needs glibc, whose own calls of malloc come here as
 * well, and whose allocator has second names. */
#include "tests/faults/preload/fail_alloc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static struct fail_alloc idle; /* where nobody asks */
static struct fail_alloc *_Atomic state;

/* The first allocation is made before any constructor of this library would run. */
static struct fail_alloc *find_state(void)
{
	const char *path = getenv(FAIL_ALLOC_FILE);
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	struct fail_alloc *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd >= 0)
		close(fd);
	state = mapped == MAP_FAILED ? &idle : mapped;
	return state;
}

static bool fails(void)
{
	int kept = errno;
	struct fail_alloc *asked = state == NULL ? find_state() : state;
	uint64_t number = atomic_fetch_add(&asked->count, 1) + 1;
	bool fail = asked->fail_at != 0 && (asked->and_later ? number >= asked->fail_at : number == asked->fail_at);

	if (fail)
		atomic_fetch_add(&asked->failed, 1);
	errno = fail ? ENOMEM : kept;
	return fail;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size)
{
	return fails() ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
	void *memory = memalign(alignment, size);

	if (memory == NULL)
		return ENOMEM;
	*out = memory;
	return 0;
}
