/* Ends the program with a sentence where it cannot start: on a CPU that lacks what it was built for, or with too little address space for OpenBLAS. FAISS would die of SIGILL there, or count wrong in silence: on a CPU
 * without lzcnt, its bytes are another instruction. The check comes before the initialisers of C++ libraries, which may be the first to need such an
 * instruction, so this file is compiled for every CPU of its kind and calls nothing but the system. OpenBLAS takes a buffer a thread when it is
 * initialised, and where it gets none it asks for ever. */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
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

#ifdef __linux__
enum { BUFFER = (128 << 20) + 65536 }; /* bytes a thread */

static size_t number_of(const char *text)
{
	size_t number = 0;

	for (; *text >= '0' && *text <= '9' && number < 100000; text++)
		number = 10 * number + (size_t)(*text - '0');
	return number;
}

static void check_address_space(char **environment)
{
	static const char *const names[] = {"OPENBLAS_NUM_THREADS=", "OMP_NUM_THREADS="};
	struct sentence sentence = {.length = 0};
	struct rlimit limit;
	cpu_set_t cpus;

	if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	size_t threads = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? (size_t)CPU_COUNT(&cpus) : 1;
	for (char **variable = environment; *variable != NULL; variable++)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (strncmp(*variable, names[i], strlen(names[i])) == 0) {
				size_t asked = number_of(*variable + strlen(names[i]));
				threads = asked > 0 && asked < threads ? asked : threads;
			}
	void *probe = mmap(NULL, threads * BUFFER, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (probe != MAP_FAILED) {
		munmap(probe, threads * BUFFER);
		return;
	}
	add(&sentence, "rqgate: out of memory: the limit of address space leaves no room for what OpenBLAS takes at its start, 135 MB a thread; raise it "
	               "(ulimit -v), or set OMP_NUM_THREADS to fewer\n");
	end_with(&sentence);
}
#endif

static void check_start(int count, char **arguments, char **environment)
{
	(void)count;
	(void)arguments;
	signal(SIGILL, refuse_instruction);
	check_level();
#ifdef __linux__
	check_address_space(environment);
#else
	(void)environment;
#endif
}

#if defined(__ELF__)
/* Before every initialiser, those of shared libraries included. */
__attribute__((section(".preinit_array"), used)) static void (*const before_all)(int, char **, char **) = check_start;
#else
__attribute__((constructor(101))) static void before_main(void)
{
	check_start(0, NULL, NULL);
}
#endif
