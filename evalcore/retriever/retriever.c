/* The table of retrievers. */
#include "evalcore/retriever/retriever.h"

#include <string.h>

#define RQ_RETRIEVER(name) extern const struct rq_retriever rq_retriever_##name;
#include "evalcore/retriever/retrievers.def"
#undef RQ_RETRIEVER

const struct rq_retriever *const rq_retrievers[] = {
#define RQ_RETRIEVER(name) &rq_retriever_##name,
#include "evalcore/retriever/retrievers.def"
#undef RQ_RETRIEVER
	NULL,
};

const struct rq_retriever *rq_retriever_find(const char *name)
{
	for (size_t i = 0; rq_retrievers[i] != NULL; i++)
		if (strcmp(rq_retrievers[i]->name, name) == 0)
			return rq_retrievers[i];
	return NULL;
}
