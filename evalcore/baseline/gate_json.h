/* What a gate said, as JSON: reports and baselines spell it alike. */
#ifndef RQ_BASELINE_GATE_JSON_H
#define RQ_BASELINE_GATE_JSON_H

#include "evalcore/base/json_read.h"
#include "evalcore/model/verdict.h"

/* "level", "verdict". */
void rq_gate_said_set(rq_json *object, const struct rq_gate_result *gate);
/* "waiver", where it has one. */
void rq_gate_waiver_set(rq_json *object, const struct rq_gate_result *gate);
/* Both, and "absent". `place` is the object's path. */
void rq_gate_said_read(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place);

enum rq_outcome rq_outcome_read(struct rq_json_reader *reader, const rq_json *object, const char *place, const char *key);

#endif
