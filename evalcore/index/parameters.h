/* "efSearch=64, nprobe=8": the parameter lists of an index config. Internal to evalcore/index. */
#ifndef RQ_INDEX_PARAMETERS_H
#define RQ_INDEX_PARAMETERS_H

#include "evalcore/base/status.h"

#include <stdbool.h>

struct rq_parameter {
	char name[48], text[80]; /* "efSearch", "efSearch=64" */
	double value;
};

/* Reads the parameter at *cursor and moves behind it; *end is set instead where the list is over. `option` names the config key in messages: "build"
 * or "search". Checks the form, the number, and that the parameter acts at that stage; whether the index has it is FAISS's to say. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_parameter_next(struct rq_parameter *parameter, bool *end, const char **cursor, const char *option,
                                             struct rq_error *err);
/* All of a list, which may be NULL. */
RQ_MUST_USE enum rq_status rq_parameters_check(const char *list, const char *option, struct rq_error *err);
/* The known parameter that a misspelt one comes nearest to, or NULL. */
const char *rq_parameter_nearest(const char *name);
/* What FAISS would not survive to judge in a factory string: it divides by the numbers, and asks memory for them, before it looks whether they make
 * sense. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_factory_check(const char *factory, struct rq_error *err);

#endif
