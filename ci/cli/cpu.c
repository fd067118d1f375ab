/* Ends the program with a sentence on a CPU that lacks what it was built for. FAISS would die of SIGILL there, or count wrong in silence: on a CPU
 * without lzcnt, its bytes are another instruction. The check comes before the initialisers of C++ libraries, which may be the first to need such an
 * instruction, so this file is compiled for every CPU of its kind and calls nothing but the system. */
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

enum { EXIT_CPU = 70 };

struct sentence {
	char text[512];
	size_t length;
};

static void add(struct sentence *sentence, const char *text)
{
	while (*text != '\0' && sentence->length < sizeof sentence->text)
		sentence->text[sentence->length++] = *text++;
}

static _Noreturn void end_with(const struct sentence *sentence)
{
	ssize_t written = write(STDERR_FILENO, sentence->text, sentence->length);

	(void)written; /* there is nobody left to tell */
	_exit(EXIT_CPU);
}

/* What the check below cannot foresee: a library from elsewhere, or a kernel of OpenBLAS that the user forced. */
static void refuse_instruction(int signal)
{
	struct sentence sentence = {.length = 0};

	(void)signal;
	add(&sentence, "rqgate: this CPU lacks an instruction that the program or one of its libraries is built of; build them on this machine "
	               "(ci/setup, ci/build), and unset OPENBLAS_CORETYPE if you set it\n");
	end_with(&sentence);
}

#if defined(__x86_64__) && RQ_CPU_LEVEL > 1
#include <cpuid.h>

static void need(struct sentence *sentence, bool there, const char *feature)
{
	if (there)
		return;
	add(sentence, sentence->length == 0 ? "rqgate: this CPU lacks " : ", ");
	add(sentence, feature);
}

/* The levels of the x86-64 psABI. __builtin_cpu_supports asks whether the operating system keeps the registers, too; compilers differ in what else
 * they let it ask. */
static void check_level(void)
{
	struct sentence sentence = {.length = 0};
	unsigned a, b, c, d, basic = 0, extended = 0;

	if (__get_cpuid(1, &a, &b, &c, &d))
		basic = c;
	if (__get_cpuid(0x80000001, &a, &b, &c, &d))
		extended = c;
	__builtin_cpu_init();
	need(&sentence, __builtin_cpu_supports("avx2"), "avx2");
	need(&sentence, __builtin_cpu_supports("fma"), "fma");
	need(&sentence, __builtin_cpu_supports("bmi"), "bmi1");
	need(&sentence, __builtin_cpu_supports("bmi2"), "bmi2");
	need(&sentence, (basic & bit_F16C) != 0, "f16c");
	need(&sentence, (basic & bit_MOVBE) != 0, "movbe");
	need(&sentence, (extended & bit_LZCNT) != 0, "lzcnt");
#if RQ_CPU_LEVEL > 3
	need(&sentence, __builtin_cpu_supports("avx512f"), "avx512f");
	need(&sentence, __builtin_cpu_supports("avx512bw"), "avx512bw");
	need(&sentence, __builtin_cpu_supports("avx512cd"), "avx512cd");
	need(&sentence, __builtin_cpu_supports("avx512dq"), "avx512dq");
	need(&sentence, __builtin_cpu_supports("avx512vl"), "avx512vl");
#endif
	if (sentence.length == 0)
		return;
	add(&sentence, ", which FAISS in this program is built for; build it on this machine (ci/setup, ci/build), or elsewhere with "
	               "RQGATE_CPU=generic set for both\n");
	end_with(&sentence);
}
#else
static void check_level(void)
{
}
#endif

static void check_cpu(void)
{
	signal(SIGILL, refuse_instruction);
	check_level();
}

#if defined(__ELF__)
/* Before every initialiser, those of shared libraries included. */
__attribute__((section(".preinit_array"), used)) static void (*const before_all)(void) = check_cpu;
#else
__attribute__((constructor(101))) static void before_main(void)
{
	check_cpu();
}
#endif
