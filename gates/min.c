/* min: a floor under the candidate's value. */
#include "gates/kind.h"

static enum rq_status check(const struct rq_gate *gate, struct rq_error *err)
{
	if (rq_gate_unit(gate) == RQ_SECONDS)
		return rq_fail(err, RQ_E_CONFIG, "%s: \"%s\" is a measured time, whose bound is an upper one; use the kind \"max\", or <=", gate->path,
		               gate->metric.name);
	return rq_bound_check(gate, err);
}

const struct rq_gate_kind rq_gate_kind_min = {
	.name = "min",
	.help = "the candidate's value is at least this, on this set of topics; for a measured rate its lower 95 % bound is",
	.citation = "a contract on a fixed set, so the point estimate decides: lighthouse-ci assertions; the warning is a t bound with pseudo-topics, as "
	            "in max_drop",
	.size = sizeof(struct rq_bound),
	.options = rq_bound_options,
	.read = rq_bound_read,
	.check = check,
	.judge = rq_bound_judge,
};
