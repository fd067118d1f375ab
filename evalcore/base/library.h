/* Shared libraries that few runs need, opened by the first that does: the program starts without them, on machines that lack them too. */
#ifndef RQ_BASE_LIBRARY_H
#define RQ_BASE_LIBRARY_H

#include "evalcore/base/status.h"

#include <stddef.h>

/* Fills functions[i] with the function names[i] of the library, which stays open. `file` is its name as the loader knows it ("libcurl.so.4"),
 * `packages` what to install. E_UNAVAILABLE, and nothing filled, where the library or a function is missing. */
RQ_MUST_USE enum rq_status rq_library_open(void (**functions)(void), const char *const *names, size_t count, const char *file, const char *packages,
                                           struct rq_error *err);

#endif
