#define RQ_RETRIEVER_PGVECTOR_PQ_C
#include "evalcore/retriever/pgvector/pq.h"

#include "evalcore/base/library.h"

#ifdef __APPLE__
static const char LIBRARY[] = "libpq.5.dylib";
#else
static const char LIBRARY[] = "libpq.so.5";
#endif

struct rq_pq rq_pq;

static const char *const names[] = {
#define RQ_PQ_NAME(name) #name,
	RQ_PQ_FUNCTIONS(RQ_PQ_NAME)
#undef RQ_PQ_NAME
};
enum { FUNCTIONS = sizeof names / sizeof *names };
_Static_assert(sizeof rq_pq == FUNCTIONS * sizeof(void (*)(void)), "the struct is a row of functions");

enum rq_status rq_pq_ready(struct rq_error *err)
{
	if (rq_pq.PQfinish != NULL)
		return RQ_OK;
	return rq_library_open((void (**)(void)) & rq_pq, names, FUNCTIONS, LIBRARY, "libpq5 (Debian, Ubuntu) or libpq (Fedora, macOS)", err);
}
