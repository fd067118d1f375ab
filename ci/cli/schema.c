/* rqgate schema: the JSON Schema that the option tables make. */
#include "ci/cli/command.h"
#include "ci/cli/reports_config.h"
#include "evalcore/doctor/doctor.h"
#include "evalcore/pipeline/config.h"
#include "evalcore/signoff/policy.h"
#include "gates/gate.h"
#include "reports/changes.h"
#include "reports/eval.h"
#include "reports/report.h"

#include <string.h>

struct options {
	char none;
};

static const struct rq_flag flags[] = {RQ_FLAGS_END};

static rq_json *make_config(void)
{
	return rq_config_schema(rq_gates_schema(), rq_reports_schema());
}

static const struct {
	const char *name;
	rq_json *(*make)(void);
} schemas[] = {{"compare", rq_changes_schema}, {"config", make_config}, {"doctor", rq_diagnosis_schema}, {"eval", rq_eval_schema},
             {"policy", rq_policy_schema}, {"report", rq_report_schema}, {NULL, NULL}};

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	(void)options;
	*exit_code = 0;
	size_t number = 0;
	while (schemas[number].name != NULL && strcmp(schemas[number].name, arguments->items[0]) != 0)
		number++;
	if (schemas[number].name == NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown schema \"%s\"; there is: compare, config, doctor, eval, policy, report", arguments->items[0]);
	RQ_CLEANUP(rq_json_free_pointer) rq_json *schema = schemas[number].make();
	RQ_TRY(rq_json_print(&text, schema, true, err));
	rq_buf_puts(&text, "\n");
	return rq_print(&text, err);
}

const struct rq_command rq_command_schema = {
	.name = "schema",
	.summary = "print the JSON Schema of the config, of a policy, of report.json, or of what compare, doctor and eval print as JSON",
	.arguments = "compare|config|doctor|eval|policy|report",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Prints the JSON Schema that editors and validators read. It comes from the tables that the program itself reads configs with.\n"
	        "example: rqgate schema config > gate.schema.json",
	.run = run,
};
