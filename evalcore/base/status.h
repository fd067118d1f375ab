/* Status codes and the error that explains one.
 *
 * Every fallible function returns a must-use enum rq_status and takes `struct rq_error *err` last. The first failure writes one
 * sentence (what, where, expected, how to fix) into err; callers forward it with RQ_TRY. No state is global, so workers may fail
 * independently; one rq_error belongs to one thread at a time. */
#ifndef RQ_BASE_STATUS_H
#define RQ_BASE_STATUS_H

#define RQ_PRINTF(text_argument, first) __attribute__((format(printf, text_argument, first)))
#define RQ_MUST_USE __attribute__((warn_unused_result))
#define RQ_CLEANUP(release) __attribute__((cleanup(release)))

enum rq_status {
#define RQ_STATUS(name, exit_code, text) RQ_##name,
#include "evalcore/base/status.def"
#undef RQ_STATUS
	RQ_STATUS_COUNT
};

struct rq_error {
	enum rq_status status;
	char text[2048]; /* lower case, subjects quoted, no full stop at the end */
};

/* Writes the sentence and returns `status`, so that a failing function ends in `return rq_fail(err, ...)`. err may be NULL. */
enum rq_status rq_fail(struct rq_error *err, enum rq_status status, const char *format, ...) RQ_PRINTF(3, 4);

/* The sentence for a failed allocation, which is the same everywhere. */
enum rq_status rq_fail_memory(struct rq_error *err);

/* Puts "context: " before a sentence that a lower room wrote, and returns err's status. */
enum rq_status rq_fail_within(struct rq_error *err, const char *format, ...) RQ_PRINTF(2, 3);

int rq_status_exit_code(enum rq_status status);

/* For static analysers (ci/lint), which look into one file at a time: a failure is never RQ_OK. */
#if defined RQ_ANALYSE && !defined RQ_STATUS_C
#define rq_fail(...) ((void)rq_fail(__VA_ARGS__), RQ_E_INTERNAL)
#define rq_fail_memory(...) ((void)rq_fail_memory(__VA_ARGS__), RQ_E_NOMEM)
#define rq_fail_within(...) ((void)rq_fail_within(__VA_ARGS__), RQ_E_INTERNAL)
#endif

#define RQ_TRY(call) \
	do { \
		enum rq_status rq_try_status = (call); \
		if (rq_try_status != RQ_OK) \
			return rq_try_status; \
	} while (0)

#endif
