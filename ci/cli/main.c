#include "ci/cli/command.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/blas_speed.h"
#include "evalcore/base/system.h"

int main(int argc, char **argv)
{
	if (rq_blas_answer(argc, argv))
		return 0;
	rq_blas_choose_kernel(argv);
	rq_cancel_install();
	return rq_command_line(argc - 1, argv + 1);
}
