/* What a side was made of, as JSON: reports and baselines spell it alike. */
#ifndef RQ_BASELINE_SIDE_JSON_H
#define RQ_BASELINE_SIDE_JSON_H

#include "evalcore/base/json_read.h"
#include "evalcore/model/comparison.h"

void rq_side_info_set(rq_json *object, const struct rq_side_info *info);
/* Without its rankings. `place` is the object's path. */
struct rq_side_info rq_side_info_read(struct rq_json_reader *reader, const rq_json *object, const char *place);

#endif
