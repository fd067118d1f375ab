/* What people have signed about one report: envelopes, one a line, in REPORT.intoto.jsonl beside it. */
#ifndef RQ_SIGNOFF_BUNDLE_H
#define RQ_SIGNOFF_BUNDLE_H

#include "evalcore/signoff/envelope.h"
#include "evalcore/signoff/policy.h"
#include "evalcore/signoff/statement.h"

#define RQ_BUNDLE_END ".intoto.jsonl" /* of its name */

struct rq_bundle_line {
	char sha256[RQ_SHA256_HEX]; /* of the line, without its end */
	const char *fault;          /* why it says nothing, as a clause; NULL: it can be read */
	struct rq_envelope envelope;
	struct rq_statement statement;
	const struct rq_signer *signer; /* whose signature it has; NULL until rq_bundle_judge has found that */
};

/* Zero-initialise; release in any case. */
struct rq_bundle {
	struct rq_bundle_line *lines;
	size_t count;
	const char *fault; /* of the file as a whole, as a clause; NULL: none */
	struct rq_arena arena;
};

/* E_IO, E_NOMEM. What cannot be read of it is a fault, not a failure. */
RQ_MUST_USE enum rq_status rq_bundle_read(struct rq_bundle *bundle, const char *path, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_bundle_parse(struct rq_bundle *bundle, const char *text, size_t size, struct rq_error *err);
void rq_bundle_release(struct rq_bundle *bundle);

/* Adds a statement, signed, to the bundle at `path`, which is made where it is not there; `after` is filled here. E_DATA where the bundle cannot be
 * read, or is about something else; E_USAGE where the key has signed it already; E_LOCKED where another process is adding to it for seconds. */
RQ_MUST_USE enum rq_status rq_bundle_add(const char *path, struct rq_statement *statement, const struct rq_private_key *key, struct rq_error *err);

/* Sentences, each why a bundle is refused. */
struct rq_reasons {
	const char **items;
	size_t count;
	struct rq_arena *arena;
	bool failed; /* memory ran out */
};
RQ_PRINTF(2, 3) void rq_reason(struct rq_reasons *reasons, const char *format, ...);

/* The report that it is about, read anew. */
struct rq_release {
	const char *facts;   /* rq_statement_facts of it, as they are now */
	const char *verdict; /* "pass", "fail", "inconclusive" */
	const char *profile; /* "pr", "release" */
	const char *command; /* that made it: "run" */
	const char *not_passed; /* the first gate that did not pass and is not waived, also one that only warns; NULL: none */
	int64_t started;     /* seconds since 1970, when its run began */
	const struct rq_waived_gate {
		const char *gate, *until; /* "2026-12-31", the last day */
	} *waived;
	size_t waived_count;
};

/* Who signed it, and whether that is what the policy asks for; each reason against it. `release` NULL: its report cannot be read, which is a reason
 * that the caller has told. `now`: seconds since 1970. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_bundle_judge(struct rq_reasons *reasons, struct rq_bundle *bundle, const struct rq_policy *policy,
                                           const struct rq_release *release, int64_t now, struct rq_error *err);
/* A file of the bundle's subjects: is it what was signed? `path` is where it is. */
RQ_MUST_USE enum rq_status rq_subject_judge(struct rq_reasons *reasons, const struct rq_subject *subject, const char *path, struct rq_error *err);

#endif
