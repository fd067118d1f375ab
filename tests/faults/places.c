#include "tests/faults/places.h"

#include "cli.h"
#include "tests/faults/collection.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

void place_collection(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert(here >= 0 && chdir(cli_folder()) == 0);
	collection_write();
	ck_assert_int_eq(fchdir(here), 0);
	close(here);
}

static bool write_map(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

/* Who is not root becomes root of a namespace of its own. */
static bool become_root(void)
{
	char users[64], groups[64];

	snprintf(users, sizeof users, "0 %ld 1", (long)getuid());
	snprintf(groups, sizeof groups, "0 %ld 1", (long)getgid());
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_map("/proc/self/setgroups", "deny") && write_map("/proc/self/uid_map", users) &&
	       write_map("/proc/self/gid_map", groups);
}

bool place_private_mounts(void)
{
	if ((unshare(CLONE_NEWNS) == 0 || become_root()) && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return true;
	printf("skipped: this system lets nobody mount for himself\n");
	return false;
}
