/* What is signed: an in-toto Statement v1 (github.com/in-toto/attestation, spec/v1) with the predicate test-result/v0.1. What in-toto has no place for,
 * who decided what, is an extension field of the predicate, "rqgate_signoff". */
#ifndef RQ_SIGNOFF_STATEMENT_H
#define RQ_SIGNOFF_STATEMENT_H

#include "evalcore/base/hash.h"
#include "evalcore/base/options.h"

/* A file, or what a report tells of something that is none: a ResourceDescriptor. */
struct rq_subject {
	const char *name;   /* unique: "report", "config", "index", "model", "model/tokenizer.json" */
	const char *sha256; /* of the file's bytes; of none: of what is built, or of the words `of` */
	const char *path;   /* of the file, relative to the bundle's folder; NULL: there is none */
	const char *of;     /* "use-lite 3f2a...": what has no digest of its own but these words; NULL: it has */
};

struct rq_statement {
	struct rq_subject *subjects;
	size_t subject_count;
	struct rq_subject *configuration; /* name and sha256 alone */
	size_t configuration_count;
	const char *result;               /* "PASSED", "WARNED", "FAILED" */
	struct rq_strings passed, warned, failed; /* gates */
	const char *name, *role;          /* of the person who signs */
	const char *decision;             /* "approve", "reject" */
	const char *note;                 /* NULL: none */
	const char *time;                 /* "2026-11-21T03:36:50Z" */
	struct rq_strings after;          /* SHA-256 of each line that was in the bundle: one that is removed is missed */
};

/* Appends it as compact JSON. */
RQ_MUST_USE enum rq_status rq_statement_write(struct rq_buf *out, const struct rq_statement *statement, struct rq_error *err);
/* The part that is the same whoever signs: from "subject" to the tests. What two statements about one report have in common, to the byte. */
RQ_MUST_USE enum rq_status rq_statement_facts(struct rq_buf *out, const struct rq_statement *statement, struct rq_error *err);
/* Everything is the arena's. E_DATA, with its place in it; fields that it does not know are left alone, as in-toto asks. */
RQ_MUST_USE enum rq_status rq_statement_read(struct rq_statement *statement, const char *text, size_t size, struct rq_arena *arena, struct rq_error *err);
const struct rq_subject *rq_statement_subject(const struct rq_statement *statement, const char *name); /* NULL: it has none */
/* The digest of the config's file becomes that of the configuration, too: a report's is of what the config says, --set included, and whoever reads a
 * statement has the file. */
void rq_statement_configure(struct rq_statement *statement);

#endif
