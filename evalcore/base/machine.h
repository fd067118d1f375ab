/* Facts about the machine that decide speed and safety: CPU features, cores, control groups, memory, load; and of folders. What the system does not
 * tell stays 0 or empty, so nothing here fails. Linux tells most of it in /proc and /sys; elsewhere little is known. */
#ifndef RQ_BASE_MACHINE_H
#define RQ_BASE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rq_machine {
	char features[256];      /* the CPU's that matter here, as Linux spells them, with blanks between: "sse4_2 avx2 fma" */
	int cores;               /* online */
	int cores_allowed;       /* of those, by this process's affinity mask */
	double cpu_quota;        /* cores' worth of time that the tightest control group grants; 0: no limit */
	uint64_t memory_total, memory_available, swap_total, swap_free; /* bytes */
	uint64_t memory_limit;   /* of the control group with the least room left; 0: none */
	uint64_t memory_left;    /* room within that limit; page cache that can be dropped counts as room */
	double load;             /* mean number of runnable threads on the whole machine in the last minute; -1: unknown */
	char clock_source[32];   /* "tsc", "hpet" */
};

/* `root` is put before "/proc" and "/sys": "" for this machine, a folder with the files of another one in tests. */
void rq_machine_read(struct rq_machine *machine, const char *root);
bool rq_machine_has(const struct rq_machine *machine, const char *feature);
/* Cores' worth of time for this process, at least 1: online, affinity and control group together, a fraction rounded up. */
int rq_machine_cores(const struct rq_machine *machine);
/* Bytes that this process may still take before it swaps or is killed; 0: unknown. */
uint64_t rq_machine_memory_left(const struct rq_machine *machine);
/* Bytes that this process holds; 0: unknown. `root` as above. */
uint64_t rq_memory_held(const char *root);
/* Tasks that want to run now, for each core of the machine, but at least 1: how many times longer a thread takes for their sake. */
double rq_crowding(const char *root);

enum rq_medium { RQ_MEDIUM_DISK, RQ_MEDIUM_NETWORK, RQ_MEDIUM_MEMORY };

struct rq_folder_facts {
	char at[1024];       /* the folder, or the nearest one above it that exists: where it would be made */
	bool missing;
	char filesystem[24]; /* "ext4", "nfs"; "" unknown */
	enum rq_medium medium;
	bool sized;          /* the next two are known */
	uint64_t size, left; /* bytes, left for this user */
	int write_error;     /* errno of making and filling a file there; 0: works */
	int sync_error;      /* of fsync; 0: works, or the file could not be made */
	int lock_error;      /* of flock on the folder itself, as the cache locks; 0: works */
};

/* Tries each of these in the folder; leaves nothing behind. */
void rq_folder_examine(struct rq_folder_facts *folder, const char *path);
/* What a folder that is there lies on; a disk where that is not known. */
enum rq_medium rq_folder_medium(const char *path);
/* Name and medium of a file system by Linux's number for it (statfs); "" where it is not known. */
const char *rq_filesystem_name(uint32_t type, enum rq_medium *medium);

#endif
