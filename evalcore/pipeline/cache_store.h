/* A cache folder as a whole: what is in it, what of it is damaged, and making it smaller. Processes may use it meanwhile: an entry is opened before it is read, so
 * that one which is removed stays readable to whoever has it, and to everybody else it is a miss. */
#ifndef RQ_PIPELINE_CACHE_STORE_H
#define RQ_PIPELINE_CACHE_STORE_H

#include "evalcore/pipeline/cache.h"
#include "evalcore/pipeline/cache_folder.h"

struct rq_cache_kind_use {
	const char *name, *what;
	size_t entries;
	uint64_t bytes;
	int64_t oldest_use, newest_use; /* seconds since 1970; 0 without entries */
};

struct rq_cache_damage {
	struct rq_cache_file file;
	const char *path; /* relative to the folder: "index/0123..." */
	const char *what; /* "cut short or changed", "2 of 568 records" ... */
	bool unreadable;  /* it may be whole */
};

struct rq_cache_survey {
	bool exists;
	struct rq_cache_kind_use kinds[RQ_CACHE_KINDS_MAX]; /* all that there are, also those without entries */
	size_t kind_count;
	size_t entries;
	uint64_t bytes;
	size_t leftovers; /* files of writes that were interrupted more than an hour ago; not among the entries */
	uint64_t leftover_bytes;
	size_t foreign; /* things that are no part of a cache */
	size_t damaged; /* entries that were read and are not whole, or cannot be read; 0 unless asked for */
	struct rq_cache_damage *damages;
	struct rq_arena arena;
};

/* `check` reads every entry and compares its checksums. A folder that does not exist is an empty cache; one that is neither marked nor free of other things is
 * refused. E_USAGE, E_IO, E_INTERRUPTED. Release it in either case. */
RQ_MUST_USE enum rq_status rq_cache_survey(struct rq_cache_survey *survey, const char *folder, bool check, struct rq_error *err);
void rq_cache_survey_release(struct rq_cache_survey *survey);

struct rq_cache_removal {
	size_t entries, leftovers; /* removed */
	uint64_t bytes, leftover_bytes;
	uint64_t left;      /* bytes of entries that are still there; after a dry run as before it */
	uint64_t used_here; /* by evict: of them those that this process used or wrote, which are never evicted */
};

/* Removes entries, least recently used first, until `limit` bytes hold the others, and leftovers. */
RQ_MUST_USE enum rq_status rq_cache_evict(struct rq_cache_removal *removal, const struct rq_cache *cache, uint64_t limit, struct rq_error *err);

struct rq_cache_choice {
	const char *kind;    /* NULL: every kind */
	double unused_since; /* seconds; 0: whenever it was used */
	bool dry_run;        /* only count */
};

/* Removes entries and leftovers. Refuses a folder that is not marked or holds anything foreign. E_USAGE, E_IO. */
RQ_MUST_USE enum rq_status rq_cache_clear(struct rq_cache_removal *removal, const char *folder, const struct rq_cache_choice *choice, struct rq_error *err);

/* Removes what a survey found damaged, of files of embeddings the damaged records alone, and leftovers. What cannot be read stays. */
RQ_MUST_USE enum rq_status rq_cache_mend(struct rq_cache_removal *removal, const struct rq_cache_survey *survey, const char *folder, struct rq_error *err);

#endif
