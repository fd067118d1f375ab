/* Preloaded into the program: counts the calls by which files and folders come to be, and fails the one that is asked for, or that and all later ones, as
 * a full disk does. What glibc's streams write is not seen here; the tests limit the size of files for that. */
#include "tests/faults/preload/fail_call.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <sys/stat.h>

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static bool fails(void)
{
	return fail_call_now(ENOSPC, NEXT(open));
}

static mode_t mode_of(int flags, va_list args)
{
	return (flags & (O_CREAT | __O_TMPFILE)) != 0 ? (mode_t)va_arg(args, int) : 0;
}

int open(const char *path, int flags, ...)
{
	va_list args;

	va_start(args, flags);
	mode_t mode = mode_of(flags, args);
	va_end(args);
	return (flags & O_ACCMODE) != O_RDONLY && fails() ? -1 : NEXT(open)(path, flags, mode);
}

int mkdir(const char *path, mode_t mode)
{
	return fails() ? -1 : NEXT(mkdir)(path, mode);
}

int mkostemp(char *template, int flags)
{
	return fails() ? -1 : NEXT(mkostemp)(template, flags);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
	return fails() ? -1 : NEXT(linkat)(from_folder, from, to_folder, to, flags);
}

int rename(const char *from, const char *to)
{
	return fails() ? -1 : NEXT(rename)(from, to);
}

int symlink(const char *target, const char *path)
{
	return fails() ? -1 : NEXT(symlink)(target, path);
}

int syncfs(int fd)
{
	return fails() ? -1 : NEXT(syncfs)(fd);
}

int fsync(int fd)
{
	return fails() ? -1 : NEXT(fsync)(fd);
}

int ftruncate(int fd, off_t size)
{
	return fails() ? -1 : NEXT(ftruncate)(fd, size);
}

ssize_t write(int fd, const void *data, size_t size)
{
	return fd > STDERR_FILENO && fails() ? -1 : NEXT(write)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
	return fails() ? -1 : NEXT(pwrite)(fd, data, size, at);
}
