#include "ci/cli/tool.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"

#include <stdio.h>
#include <stdlib.h>

int rq_tool_main(int argc, char **argv, const char *name, rq_tool_run *run)
{
	struct rq_error err = {0};

	rq_blas_choose_kernel(argv);
	rq_cancel_install();
	if (run(argc - 1, argv + 1, &err) == RQ_OK)
		return 0;
	fprintf(stderr, "%s: %s\n", name, err.text);
	return rq_status_exit_code(err.status);
}

enum rq_status rq_trials_run(void *options, const struct rq_trials_asked *asked, const struct rq_trials_tool *tool, int argc, char **argv,
                             struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	struct rq_strings positional = {0};

	RQ_TRY(rq_flags_parse(options, &positional, tool->flags, argc, argv, &arena, err));
	if (positional.count > 0)
		return rq_fail(err, RQ_E_USAGE, "unexpected argument \"%s\"; %s --help explains", positional.items[0], tool->command);
	if (!asked->help) {
		RQ_TRY(tool->measure(&text, options, err));
		return rq_print(&text, err);
	}
	rq_buf_printf(&text, "usage: %s [OPTIONS]\n\n", tool->command);
	tool->explain(&text);
	rq_buf_puts(&text, "\noptions:\n");
	rq_flags_help(&text, tool->flags);
	return rq_print(&text, err);
}

size_t rq_trials_count(const struct rq_trials_asked *asked, size_t standard)
{
	return asked->trials.given ? (size_t)asked->trials.value : standard;
}

uint64_t rq_trials_seed(const struct rq_trials_asked *asked)
{
	return asked->seed.given ? (uint64_t)asked->seed.value : 1;
}

const char *rq_tool_shared(void)
{
	const char *shared = getenv("RQ_SHARED");

	return shared == NULL ? "../shared" : shared;
}
