#include "evalcore/base/library.h"

#include <dlfcn.h>
#include <string.h>

enum rq_status rq_library_open(void (**functions)(void), const char *const *names, size_t count, const char *file, const char *packages,
                               struct rq_error *err)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);

	if (library == NULL)
		return rq_fail(err, RQ_E_UNAVAILABLE, "needs the library \"%s\", which cannot be loaded (%s); install %s", file, dlerror(), packages);
	for (size_t i = 0; i < count; i++)
		if (dlsym(library, names[i]) == NULL) {
			(void)!rq_fail(err, RQ_E_UNAVAILABLE, "\"%s\" lacks %s, so it is too old; install a newer %s", file, names[i], packages);
			dlclose(library);
			return RQ_E_UNAVAILABLE;
		}
	for (size_t i = 0; i < count; i++) {
		void *symbol = dlsym(library, names[i]);
		memcpy(&functions[i], &symbol, sizeof symbol); /* POSIX lets an object pointer stand for a function's, C does not convert it */
	}
	return RQ_OK;
}
