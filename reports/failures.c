/* What could not be embedded or searched, a JSON object a line, for whoever wants to look into each or try them again. */
#include "reports/json_parts.h"
#include "reports/report.h"

static enum rq_status write_failures(struct rq_buf *out, const struct rq_report *report, struct rq_error *err)
{
	const struct rq_failures *failures = &report->comparison->failures;

	for (size_t i = 0; i < failures->count; i++) {
		RQ_CLEANUP(rq_json_free_pointer) rq_json *line = rq_json_new_object();
		rq_json_set_failure(line, &failures->items[i]);
		RQ_TRY(rq_json_print(out, line, false, err));
		rq_buf_puts(out, "\n");
	}
	return rq_buf_check(out, err);
}

const struct rq_writer rq_writer_failures = {
	.name = "failures",
	.help = "what could not be embedded or searched, as JSON lines; only where something failed",
	.file = "failures.jsonl",
	.is_standard = true,
	.of_failures = true,
	.write = write_failures,
};
