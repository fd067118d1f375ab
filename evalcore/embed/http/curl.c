#define RQ_EMBED_HTTP_CURL_C
#include "evalcore/embed/http/curl.h"

#include "evalcore/base/library.h"

#ifdef __APPLE__
static const char LIBRARY[] = "libcurl.4.dylib";
#else
static const char LIBRARY[] = "libcurl.so.4";
#endif

struct rq_curl rq_curl;

static const char *const names[] = {
#define RQ_CURL_NAME(name) #name,
	RQ_CURL_FUNCTIONS(RQ_CURL_NAME)
#undef RQ_CURL_NAME
};
enum { FUNCTIONS = sizeof names / sizeof *names };
_Static_assert(sizeof rq_curl == FUNCTIONS * sizeof(void (*)(void)), "the struct is a row of functions");

enum rq_status rq_curl_ready(struct rq_error *err)
{
	if (rq_curl.curl_global_init != NULL)
		return RQ_OK;
	RQ_TRY(rq_library_open((void (**)(void)) & rq_curl, names, FUNCTIONS, LIBRARY, "libcurl4 (Debian, Ubuntu) or libcurl (Fedora, macOS)", err));
	if (rq_curl.curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return RQ_OK;
	rq_curl = (struct rq_curl){0};
	return rq_fail(err, RQ_E_UNAVAILABLE, "\"%s\" cannot be initialised", LIBRARY);
}
