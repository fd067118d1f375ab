/* The line that a run ends with: what to type next. */
#include "datasets/vector_file.h"
#include "reports/rows.h"

#include <string.h>

/* The topic that lost most, where `rqgate explain` can show it; NULL: none. */
static enum rq_status worst_topic(const char **topic, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_comparison *comparison = report->comparison;
	RQ_CLEANUP(rq_free_pointer) struct rq_loss *losses = NULL;
	size_t first = rq_first_compared(comparison), lost = 0;

	*topic = NULL;
	if (first == comparison->metric_count || report->ranking_count == 0)
		return RQ_OK;
	RQ_TRY(rq_losses(&losses, &lost, comparison, first, first + 1, err));
	if (lost > 0 && rq_is_plain_name(comparison->topics[losses[0].topic].id))
		*topic = comparison->topics[losses[0].topic].id;
	return RQ_OK;
}

/* An approval as a baseline is offered only where nothing is in doubt; a release with waived gates, or warnings, is signed with a reason. */
static bool every_gate_passed(const struct rq_verdict *verdict)
{
	bool passed = verdict->outcome == RQ_PASS;

	for (size_t i = 0; i < verdict->count; i++)
		passed = passed && verdict->gates[i].outcome == RQ_PASS;
	return passed;
}

enum rq_status rq_report_next(struct rq_buf *out, const struct rq_report *report, const char *path, struct rq_error *err)
{
	const char *topic;

	RQ_TRY(worst_topic(&topic, report, err));
	if (!rq_is_plain_name(path))
		return RQ_OK;
	bool passed = every_gate_passed(report->verdict);
	if (strcmp(report->profile, "release") == 0 && report->verdict->outcome == RQ_PASS && report->verdict->exit_code == 0)
		rq_buf_printf(out, "next: rqgate signoff %s --key FILE --as NAME --role ROLE --decision approve%s\n", path, passed ? "" : " --note WHY");
	else if (passed)
		rq_buf_printf(out, "next: rqgate baseline approve %s --name NAME\n", path);
	else if (topic != NULL)
		rq_buf_printf(out, "next: rqgate explain %s %s\n", topic, path);
	else
		rq_buf_printf(out, "next: rqgate report %s --to md\n", path);
	return rq_buf_check(out, err);
}
