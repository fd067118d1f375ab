/* rqgate doctor: the checks of evalcore/doctor, printed. */
#include "ci/cli/command.h"
#include "ci/cli/style.h"
#include "evalcore/doctor/doctor.h"

#include <stdlib.h>

struct options {
	const char *cache;
	bool json, quiet;
};

static const struct rq_flag flags[] = {
	{"--cache", "DIR", RQ_FLAG_STRING, offsetof(struct options, cache), "the cache to look at (default: .rqgate/cache in the current folder)"},
	{"--json", NULL, RQ_FLAG_BOOL, offsetof(struct options, json), "print JSON; \"rqgate schema doctor\" describes it"},
	{"--quiet", NULL, RQ_FLAG_BOOL, offsetof(struct options, quiet), "print nothing but the last sentence"},
	RQ_FLAGS_END,
};

static enum rq_status print(const struct rq_diagnosis *diagnosis, const struct options *chosen, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	if (chosen->json) {
		RQ_CLEANUP(rq_json_free_pointer) rq_json *root = rq_diagnosis_json(diagnosis);
		RQ_TRY(rq_json_print(&text, root, true, err));
		rq_buf_puts(&text, "\n");
	} else if (chosen->quiet) {
		rq_buf_printf(&text, "%s\n", diagnosis->sentence);
	} else {
		rq_diagnosis_table(&text, diagnosis);
	}
	return (chosen->json ? rq_print : rq_print_lines)(&text, err);
}

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	const struct options *chosen = options;
	RQ_CLEANUP(rq_free_pointer) struct rq_facts *facts = malloc(sizeof *facts);
	RQ_CLEANUP(rq_free_pointer) struct rq_diagnosis *diagnosis = malloc(sizeof *diagnosis);

	(void)arguments;
	if (facts == NULL || diagnosis == NULL)
		return rq_fail_memory(err);
	if (chosen->quiet && chosen->json)
		return rq_fail(err, RQ_E_USAGE, "--quiet and --json exclude each other; keep one");
	RQ_TRY(rq_facts_collect(facts, chosen->cache != NULL ? chosen->cache : ".rqgate/cache", err));
	rq_diagnose(diagnosis, facts);
	*exit_code = diagnosis->exit_code;
	return print(diagnosis, chosen, err);
}

const struct rq_command rq_command_doctor = {
	.name = "doctor",
	.summary = "check this machine: what costs speed or safety here",
	.arguments = "",
	.least = 0,
	.most = 0,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help =
		"Checks CPU, OpenBLAS (measured against other kernels), FAISS, threads, memory, folders, cache and clock; says of each what there is, and "
        "where\n"
		"something costs speed or safety, what to do about it. Exits 1 where there is a warning or a problem, 0 otherwise: notes do not count.\n"
		"example: rqgate doctor --json > doctor.json",
	.run = run,
};
