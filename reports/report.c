/* The registry of writers. */
#include "reports/report.h"

#include <string.h>

#define RQ_WRITER(name) extern const struct rq_writer rq_writer_##name;
#include "reports/writers.def"
#undef RQ_WRITER

const struct rq_writer *const rq_writers[] = {
#define RQ_WRITER(name) &rq_writer_##name,
#include "reports/writers.def"
#undef RQ_WRITER
	NULL,
};

const struct rq_writer *rq_writer_find(const char *name)
{
	for (size_t i = 0; rq_writers[i] != NULL; i++)
		if (strcmp(rq_writers[i]->name, name) == 0)
			return rq_writers[i];
	return NULL;
}
