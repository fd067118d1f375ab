#include "ci/cli/command.h"
#include "evalcore/base/blas.h"
#include "evalcore/base/blas_speed.h"
#include "evalcore/base/system.h"

/* Libraries take memory before main, and may exit where there is none: the guard has to stand before their constructors run. */
#if defined(__GLIBC__)
__attribute__((section(".preinit_array"), used)) static void (*const guard)(void) = rq_exit_guard_loading;
#else
__attribute__((constructor)) static void guard(void)
{
	rq_exit_guard_loading();
}
#endif

int main(int argc, char **argv)
{
	rq_exit_guard_loaded();
	rq_streams_reserve();
	if (rq_blas_answer(argc, argv)) {
		rq_exit_expected();
		return 0;
	}
	rq_blas_choose_kernel(argv);
	rq_cancel_install();
	int exit_code = rq_command_line(argc - 1, argv + 1);
	rq_exit_expected();
	return exit_code;
}
