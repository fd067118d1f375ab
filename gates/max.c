/* max: a ceiling over the candidate's value, or a budget for a measured time. */
#include "gates/kind.h"

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (rq_gate_is_rate(gate))
		return rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is a measured rate, whose bound is a lower one; use the kind \"min\", or >=", gate->path,
		               gate->metric.name);
	return rq_bound_check(gate, err);
}

const struct rq_gate_kind rq_gate_kind_max = {
	.name = "max",
	.help = "the candidate's value is at most this; for a measured time its upper 95 % bound is",
	.citation =
		"times: order statistics, Hahn & Meeker 1991, Statistical Intervals, section 5.2; others: the point estimate on a fixed set, as in min",
	.size = sizeof(struct rq_bound),
	.options = rq_bound_options,
	.read = rq_bound_read,
	.check = check,
	.judge = rq_bound_judge,
};
