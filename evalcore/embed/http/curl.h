/* libcurl as this folder calls it: by its own names, but opened at the first need (evalcore/base/library.h). */
#ifndef RQ_EMBED_HTTP_CURL_H
#define RQ_EMBED_HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "evalcore/base/status.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define RQ_CURL_FUNCTIONS(FUNCTION) \
	FUNCTION(curl_easy_cleanup) \
	FUNCTION(curl_easy_getinfo) \
	FUNCTION(curl_easy_init) \
	FUNCTION(curl_easy_setopt) \
	FUNCTION(curl_easy_strerror) \
	FUNCTION(curl_free) \
	FUNCTION(curl_getdate) \
	FUNCTION(curl_global_init) \
	FUNCTION(curl_multi_add_handle) \
	FUNCTION(curl_multi_cleanup) \
	FUNCTION(curl_multi_info_read) \
	FUNCTION(curl_multi_init) \
	FUNCTION(curl_multi_perform) \
	FUNCTION(curl_multi_poll) \
	FUNCTION(curl_multi_remove_handle) \
	FUNCTION(curl_multi_strerror) \
	FUNCTION(curl_slist_append) \
	FUNCTION(curl_slist_free_all) \
	FUNCTION(curl_url) \
	FUNCTION(curl_url_cleanup) \
	FUNCTION(curl_url_get) \
	FUNCTION(curl_url_set)

struct rq_curl {
#define RQ_CURL_MEMBER(name) __typeof__(name) *name;
	RQ_CURL_FUNCTIONS(RQ_CURL_MEMBER)
#undef RQ_CURL_MEMBER
};

/* Filled by rq_curl_ready(), which comes before every other call: from one thread, as often as one likes. E_UNAVAILABLE without libcurl. */
extern struct rq_curl rq_curl;
RQ_MUST_USE enum rq_status rq_curl_ready(struct rq_error *err);

#ifndef RQ_EMBED_HTTP_CURL_C
#define curl_easy_cleanup rq_curl.curl_easy_cleanup
#define curl_easy_getinfo rq_curl.curl_easy_getinfo
#define curl_easy_init rq_curl.curl_easy_init
#define curl_easy_setopt rq_curl.curl_easy_setopt
#define curl_easy_strerror rq_curl.curl_easy_strerror
#define curl_free rq_curl.curl_free
#define curl_getdate rq_curl.curl_getdate
#define curl_global_init rq_curl.curl_global_init
#define curl_multi_add_handle rq_curl.curl_multi_add_handle
#define curl_multi_cleanup rq_curl.curl_multi_cleanup
#define curl_multi_info_read rq_curl.curl_multi_info_read
#define curl_multi_init rq_curl.curl_multi_init
#define curl_multi_perform rq_curl.curl_multi_perform
#define curl_multi_poll rq_curl.curl_multi_poll
#define curl_multi_remove_handle rq_curl.curl_multi_remove_handle
#define curl_multi_strerror rq_curl.curl_multi_strerror
#define curl_slist_append rq_curl.curl_slist_append
#define curl_slist_free_all rq_curl.curl_slist_free_all
#define curl_url rq_curl.curl_url
#define curl_url_cleanup rq_curl.curl_url_cleanup
#define curl_url_get rq_curl.curl_url_get
#define curl_url_set rq_curl.curl_url_set
#endif

#endif
