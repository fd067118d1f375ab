/* A diagnosis as a table and as JSON. */
#include "evalcore/doctor/doctor.h"

#include <string.h>

void rq_diagnosis_table(struct rq_buf *out, const struct rq_diagnosis *diagnosis)
{
	int width = 0;

	for (size_t i = 0; i < RQ_CHECKS; i++)
		if ((int)strlen(rq_checks[i]->name) > width)
			width = (int)strlen(rq_checks[i]->name);
	for (size_t i = 0; i < RQ_CHECKS; i++) {
		const struct rq_finding *finding = &diagnosis->findings[i];
		rq_buf_printf(out, "%-7s  %-*s  %s\n", rq_finding_level_name(finding->level), width, rq_checks[i]->name, finding->value);
		if (finding->level == RQ_FINDING_OK)
			continue;
		rq_buf_printf(out, "%*s  %s\n%*s  remedy: %s\n", 9 + width, "", finding->text, 9 + width, "", finding->remedy);
	}
	rq_buf_printf(out, "\n%s\n", diagnosis->sentence);
}

rq_json *rq_diagnosis_json(const struct rq_diagnosis *diagnosis)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_number(root, "schema_version", 1);
	rq_json *checks = rq_json_set_array(root, "checks");
	for (size_t i = 0; i < RQ_CHECKS; i++) {
		const struct rq_finding *finding = &diagnosis->findings[i];
		rq_json *check = rq_json_push_object(checks);
		rq_json_set_string(check, "check", rq_checks[i]->name);
		rq_json_set_string(check, "level", rq_finding_level_name(finding->level));
		rq_json_set_string(check, "value", finding->value);
		rq_json_set_string(check, "text", finding->text);
		rq_json_set_string(check, "remedy", finding->remedy[0] == '\0' ? NULL : finding->remedy);
	}
	rq_json *verdict = rq_json_set_object(root, "verdict");
	rq_json_set_number(verdict, "exit_code", diagnosis->exit_code);
	rq_json_set_number(verdict, "problems", (double)diagnosis->counts[RQ_FINDING_PROBLEM]);
	rq_json_set_number(verdict, "warnings", (double)diagnosis->counts[RQ_FINDING_WARNING]);
	rq_json_set_number(verdict, "notes", (double)diagnosis->counts[RQ_FINDING_NOTE]);
	rq_json_set_string(verdict, "sentence", diagnosis->sentence);
	return root;
}

/* ---- schema ---- */

static rq_json *object_schema(rq_json *schema)
{
	rq_json_set_string(schema, "type", "object");
	rq_json_set_bool(schema, "additionalProperties", false);
	rq_json_set_array(schema, "required");
	return rq_json_set_object(schema, "properties");
}

/* A property that is always there. */
static rq_json *add(rq_json *schema, const char *name, const char *type, const char *description)
{
	rq_json *property = rq_json_set_object(rq_json_member(schema, "properties"), name);

	rq_json_push_string(rq_json_member(schema, "required"), name);
	rq_json_set_string(property, "type", type);
	rq_json_set_string(property, "description", description);
	return property;
}

static void describe_check(rq_json *schema)
{
	object_schema(schema);
	rq_json *names = rq_json_set_array(add(schema, "check", "string", "which check; all are there, in this order"), "enum");
	for (size_t i = 0; i < RQ_CHECKS; i++)
		rq_json_push_string(names, rq_checks[i]->name);
	rq_json *levels = rq_json_set_array(add(schema, "level", "string", "warning and problem make the exit code 1"), "enum");
	for (enum rq_finding_level level = RQ_FINDING_OK; level < RQ_FINDING_LEVELS; level++)
		rq_json_push_string(levels, rq_finding_level_name(level));
	add(schema, "value", "string", "what there is, in a few words");
	add(schema, "text", "string", "one sentence that judges it");
	rq_json *types = rq_json_set_array(add(schema, "remedy", "string", "what to do; null where the level is ok"), "type");
	rq_json_push_string(types, "string");
	rq_json_push_string(types, "null");
}

rq_json *rq_diagnosis_schema(void)
{
	rq_json *root = rq_json_new_object();

	rq_json_set_string(root, "$schema", "https://json-schema.org/draft/2020-12/schema");
	rq_json_set_string(root, "title", "rqgate doctor --json");
	object_schema(root);
	rq_json_set_number(add(root, "schema_version", "integer", "raised when a reader must change"), "const", 1);
	describe_check(rq_json_set_object(add(root, "checks", "array", "one member a check"), "items"));
	rq_json *verdict = add(root, "verdict", "object", "all checks together");
	object_schema(verdict);
	add(verdict, "exit_code", "integer", "of the program: 1 where there is a warning or a problem, else 0");
	add(verdict, "problems", "integer", "how many");
	add(verdict, "warnings", "integer", "how many");
	add(verdict, "notes", "integer", "how many");
	add(verdict, "sentence", "string", "the counts, for people");
	return root;
}
