/* The table of embedders. */
#include "evalcore/embed/embedder.h"

#include <string.h>

#define RQ_EMBEDDER(name) extern const struct rq_embedder rq_embedder_##name;
#include "evalcore/embed/embedders.def"
#undef RQ_EMBEDDER

const struct rq_embedder *const rq_embedders[] = {
#define RQ_EMBEDDER(name) &rq_embedder_##name,
#include "evalcore/embed/embedders.def"
#undef RQ_EMBEDDER
	NULL,
};

const struct rq_embedder *rq_embedder_find(const char *name)
{
	for (const struct rq_embedder *const *embedder = rq_embedders; *embedder != NULL; embedder++)
		if (strcmp((*embedder)->name, name) == 0)
			return *embedder;
	return NULL;
}
