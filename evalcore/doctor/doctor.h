/* What costs speed or safety on this machine. Examining collects facts, a check judges them: facts in, one finding out, so that tests show checks
 * other machines. A check is one row of checks.def. Nothing here prints, and nothing is changed but for a file tried and removed in the folders
 * examined. */
#ifndef RQ_DOCTOR_DOCTOR_H
#define RQ_DOCTOR_DOCTOR_H

#include "evalcore/base/blas.h"
#include "evalcore/base/json.h"
#include "evalcore/base/machine.h"

enum { RQ_FACTS_KINDS_MAX = 16 };

struct rq_cache_facts {
	bool present;      /* the folder is there */
	char refusal[512]; /* why it cannot be a cache; "" where it can */
	size_t kind_count;
	struct rq_kind_facts {
		const char *name;
		size_t entries;
		uint64_t bytes;
	} kinds[RQ_FACTS_KINDS_MAX]; /* those with entries */
	size_t entries, leftovers;   /* leftovers: files of interrupted writes */
	uint64_t bytes, leftover_bytes;
	bool checked;                /* each entry was read; `damaged` counts those that are not whole */
	size_t damaged;
};

struct rq_facts {
	const char *cpu, *architecture; /* "AMD EPYC ...", "x86_64" */
	struct rq_machine machine;

	const char *blas, *asked_kernel; /* version; what OPENBLAS_CORETYPE asks for, NULL: nothing */
	const char *best_kernel;         /* that this program chooses by itself, NULL: none */
	enum rq_blas_threading blas_threading;
	const char *kernel;              /* in use */
	double rate, rate_of_all;        /* its GFLOP/s on one thread and on this many */
	int rate_threads;
	size_t asked_count, other_count; /* kernels to compare it with, and those of them that could be measured */
	struct rq_kernel_rate {
		const char *kernel;
		double rate; /* on one thread */
	} others[RQ_BLAS_KERNELS_MAX];

	const char *faiss;      /* "FAISS 1.7.3" */
	char faiss_options[64]; /* "OPTIMIZE AVX2" */

	int threads;            /* in use without --threads */
	const char *omp_num_threads, *openblas_num_threads, *omp_wait_policy, *omp_proc_bind; /* the user's settings, NULL: none */
	uint64_t address_space, data_size; /* RLIMIT_AS, RLIMIT_DATA in bytes; 0: no limit */

	struct rq_folder_facts here, cache_folder;
	const char *cache_path; /* as it was given */
	struct rq_cache_facts cache;
	double clock_step, clock_cost; /* seconds: the least difference of two readings, the mean cost of one; 0: unknown */
};

/* Takes a second or two, most of it for products of matrices. E_NOMEM, E_INTERRUPTED. */
RQ_MUST_USE enum rq_status rq_facts_collect(struct rq_facts *facts, const char *cache_path, struct rq_error *err);

/* A note costs little or is as it is; a warning costs much speed or safety, a problem stops work: both have a remedy. */
enum rq_finding_level { RQ_FINDING_OK, RQ_FINDING_NOTE, RQ_FINDING_WARNING, RQ_FINDING_PROBLEM, RQ_FINDING_LEVELS };
const char *rq_finding_level_name(enum rq_finding_level level); /* "ok", "note" ... */

struct rq_finding {
	enum rq_finding_level level;
	char value[256];  /* what there is, in a few words */
	char text[640];   /* one sentence that judges it, no full stop */
	char remedy[320]; /* what to do; "" where level is ok */
};

/* For checks, which start with the level ok. */
void rq_finding_value(struct rq_finding *finding, const char *format, ...) RQ_PRINTF(2, 3);
void rq_finding_judge(struct rq_finding *finding, enum rq_finding_level level, const char *format, ...) RQ_PRINTF(3, 4);
void rq_finding_remedy(struct rq_finding *finding, const char *format, ...) RQ_PRINTF(2, 3);

struct rq_check {
	const char *name; /* "blas-kernel" */
	const char *help; /* what it asks, one sentence */
	void (*judge)(struct rq_finding *finding, const struct rq_facts *facts);
};

extern const struct rq_check *const rq_checks[]; /* rows of checks.def, NULL-terminated */
enum {
#define RQ_CHECK(name) RQ_CHECK_##name,
#include "evalcore/doctor/checks.def"
#undef RQ_CHECK
	RQ_CHECKS
};

struct rq_diagnosis {
	struct rq_finding findings[RQ_CHECKS]; /* in the order of rq_checks */
	size_t counts[RQ_FINDING_LEVELS];
	int exit_code;      /* 1 where there is a warning or a problem, else 0 */
	char sentence[160]; /* the count */
};

void rq_diagnose(struct rq_diagnosis *diagnosis, const struct rq_facts *facts);

/* For people: a line a check, findings below it; and for machines, with its JSON Schema. */
void rq_diagnosis_table(struct rq_buf *out, const struct rq_diagnosis *diagnosis);
rq_json *rq_diagnosis_json(const struct rq_diagnosis *diagnosis);
rq_json *rq_diagnosis_schema(void);

#endif
