/* Runs the checks and counts. */
#include "evalcore/doctor/doctor.h"

#include <stdarg.h>
#include <stdio.h>

#define RQ_CHECK(name) extern const struct rq_check rq_check_##name;
#include "evalcore/doctor/checks.def"
#undef RQ_CHECK

const struct rq_check *const rq_checks[] = {
#define RQ_CHECK(name) &rq_check_##name,
#include "evalcore/doctor/checks.def"
#undef RQ_CHECK
	NULL,
};

const char *rq_finding_level_name(enum rq_finding_level level)
{
	static const char *const names[RQ_FINDING_LEVELS] = {"ok", "note", "warning", "problem"};

	return names[level];
}

void rq_finding_value(struct rq_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->value, sizeof finding->value, format, args);
	va_end(args);
}

void rq_finding_judge(struct rq_finding *finding, enum rq_finding_level level, const char *format, ...)
{
	va_list args;

	finding->level = level;
	va_start(args, format);
	vsnprintf(finding->text, sizeof finding->text, format, args);
	va_end(args);
}

void rq_finding_remedy(struct rq_finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->remedy, sizeof finding->remedy, format, args);
	va_end(args);
}

void rq_diagnose(struct rq_diagnosis *diagnosis, const struct rq_facts *facts)
{
	*diagnosis = (struct rq_diagnosis){0};
	for (size_t i = 0; i < RQ_CHECKS; i++) {
		struct rq_finding *finding = &diagnosis->findings[i];
		rq_checks[i]->judge(finding, facts);
		diagnosis->counts[finding->level]++;
	}
	size_t problems = diagnosis->counts[RQ_FINDING_PROBLEM], warnings = diagnosis->counts[RQ_FINDING_WARNING],
		   notes = diagnosis->counts[RQ_FINDING_NOTE];
	diagnosis->exit_code = problems + warnings > 0;
	snprintf(diagnosis->sentence, sizeof diagnosis->sentence, "%d checks: %zu problem%s, %zu warning%s, %zu note%s", (int)RQ_CHECKS, problems,
	         problems == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s", notes, notes == 1 ? "" : "s");
}
