#include "evalcore/base/page_cache.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

double rq_pages_in_memory(int fd)
{
	struct stat info;
	size_t page = (size_t)sysconf(_SC_PAGESIZE), held = 0;

	if (fstat(fd, &info) != 0 || info.st_size <= 0)
		return NAN;
	size_t size = (size_t)info.st_size, pages = (size + page - 1) / page;
	unsigned char *resident = malloc(pages);
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	bool told = resident != NULL && map != MAP_FAILED && mincore(map, size, resident) == 0;
	for (size_t i = 0; told && i < pages; i++)
		held += resident[i] & 1;
	if (map != MAP_FAILED)
		munmap(map, size);
	free(resident);
	return told ? (double)held / (double)pages : NAN;
}

void rq_pages_drop(int fd)
{
	(void)!fdatasync(fd); /* what is not on the disk yet cannot be let go of */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
}

void rq_pages_drop_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return;
	rq_pages_drop(fd);
	close(fd);
}

bool rq_pages_drop_all(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	sync();
	bool done = write(fd, "1", 1) == 1;
	close(fd);
	return done;
}

size_t rq_major_faults(void)
{
	struct rusage usage;

	return getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_majflt > 0 ? (size_t)usage.ru_majflt : 0;
}
