#include "ci/cli/tool.h"

#include "evalcore/base/blas.h"
#include "evalcore/base/system.h"

#include <stdio.h>

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
