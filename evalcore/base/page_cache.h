/* The system's page cache: how much of a file it holds, and letting go of that. What is cold on one machine may not be on another: whoever measures asks. */
#ifndef RQ_BASE_PAGE_CACHE_H
#define RQ_BASE_PAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* Share of an open file's pages that are in memory; NaN where the system does not tell (the file is another user's), or there are none. */
double rq_pages_in_memory(int fd);
/* Asks the system to let go of an open file's pages. It keeps those that are mapped or being written, and may keep others. */
void rq_pages_drop(int fd);
/* The same of a file by its path, which need not be there. */
void rq_pages_drop_of(const char *path);
/* Has it let go of all pages of all files, which takes root. False: it may not be asked. */
bool rq_pages_drop_all(void);
/* How often this process has waited for a page from a disk. */
size_t rq_major_faults(void);

#endif
