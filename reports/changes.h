/* What differs between two indexes, files of vectors or runs, for people and for machines. */
#ifndef RQ_REPORTS_CHANGES_H
#define RQ_REPORTS_CHANGES_H

#include "evalcore/compare/answers.h"
#include "reports/read.h"

enum { RQ_CHANGES_SCHEMA_VERSION = 1 };

/* Of a snapshot; a text that is NULL: not known. */
struct rq_change_made {
	const char *seal, *created;  /* what it is named by; when */
	const char *model, *corpus;  /* fingerprint of what made the vectors; sha256 */
};

/* Everything is borrowed. */
struct rq_changes {
	const char *names[RQ_SIDES];                 /* A and B as they were called */
	enum rq_comparable kinds[RQ_SIDES];
	struct rq_change_made made[RQ_SIDES];        /* of snapshots */
	char sha256[RQ_SIDES][RQ_SHA256_HEX];        /* of run files; holdings have their own */
	const struct rq_holding *holdings;           /* [RQ_SIDES]; NULL: run files */
	const struct rq_document_changes *documents; /* of these */
	const struct rq_corpus *const *texts;        /* [RQ_SIDES] where texts of documents are looked for: B's first; NULL: nowhere */
	const struct rq_answer_changes *answers;     /* NULL: nothing was asked of them */
	const struct rq_report_file *reports;        /* [RQ_SIDES] whose candidates are compared; NULL: no reports */
	size_t listed;                               /* documents and topics of each kind that the table names */
};

/* 80 columns; the sentence that says it all stands last, where a log ends. */
RQ_MUST_USE enum rq_status rq_changes_table(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err);
/* A page of one file. */
RQ_MUST_USE enum rq_status rq_changes_html(struct rq_buf *out, const struct rq_changes *changes, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_changes_json(struct rq_buf *out, const struct rq_changes *changes, struct rq_error *err);
rq_json *rq_changes_schema(void); /* of that JSON */

#endif
