/* Keys of a gate's result, there and back. */
#include "evalcore/baseline/gate_json.h"

#include <stdio.h>
#include <string.h>

enum { PLACE = 64 };

void rq_gate_said_set(rq_json *object, const struct rq_gate_result *gate)
{
	rq_json_set_string(object, "level", gate->level == RQ_LEVEL_ERROR ? "error" : "warn");
	rq_json_set_string(object, "verdict", rq_outcome_name(gate->outcome));
}

void rq_gate_waiver_set(rq_json *object, const struct rq_gate_result *gate)
{
	if (gate->waived == RQ_NOT_WAIVED)
		return;
	rq_json *waiver = rq_json_set_object(object, "waiver");
	rq_json_set_string(waiver, "reason", gate->waiver.reason);
	rq_json_set_string(waiver, "by", gate->waiver.by);
	rq_json_set_string(waiver, "until", gate->waiver.until);
	rq_json_set_bool(waiver, "expired", gate->waived == RQ_WAIVER_EXPIRED);
}

enum rq_outcome rq_outcome_read(struct rq_json_reader *reader, const rq_json *object, const char *place, const char *key)
{
	const char *name = rq_json_read_string(reader, object, place, key);
	enum rq_outcome outcome = RQ_PASS;

	while (name != NULL && outcome <= RQ_INCONCLUSIVE && strcmp(rq_outcome_name(outcome), name) != 0)
		outcome++;
	if (outcome > RQ_INCONCLUSIVE)
		rq_json_read_fail(reader, place, key, rq_json_get(object, key), "\"pass\", \"fail\" or \"inconclusive\"");
	return outcome;
}

static void read_waiver(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	char inner[PLACE];

	if (object == NULL || rq_json_get(object, "waiver") == NULL)
		return;
	const rq_json *waiver = rq_json_read_object(reader, object, place, "waiver");
	snprintf(inner, sizeof inner, "%s.waiver", place);
	gate->waiver.reason = rq_json_read_string(reader, waiver, inner, "reason");
	gate->waiver.by = rq_json_read_string(reader, waiver, inner, "by");
	gate->waiver.until = rq_json_read_string(reader, waiver, inner, "until");
	gate->waived = rq_json_read_bool(reader, waiver, inner, "expired") ? RQ_WAIVER_EXPIRED : RQ_WAIVED;
}

void rq_gate_said_read(struct rq_gate_result *gate, struct rq_json_reader *reader, const rq_json *object, const char *place)
{
	const char *level = rq_json_read_string(reader, object, place, "level");

	if (level != NULL && strcmp(level, "error") != 0 && strcmp(level, "warn") != 0)
		rq_json_read_fail(reader, place, "level", rq_json_get(object, "level"), "\"error\" or \"warn\"");
	gate->level = level != NULL && strcmp(level, "error") == 0 ? RQ_LEVEL_ERROR : RQ_LEVEL_WARN;
	gate->outcome = rq_outcome_read(reader, object, place, "verdict");
	gate->absent = rq_json_read_bool(reader, object, place, "absent");
	read_waiver(gate, reader, object, place);
}
