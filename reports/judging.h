/* What people who judge are given, and what is kept of what they gave. */
#ifndef RQ_REPORTS_JUDGING_H
#define RQ_REPORTS_JUDGING_H

#include "evalcore/review/grades.h"
#include "evalcore/review/holes.h"

struct rq_pool_sheet {
	const struct rq_holes *holes;
	const char *const *queries; /* [hole] NULL: not at hand */
	const char *const *texts;   /* [hole] the same */
	const char *seed;           /* of which side is "a" in which topic */
	bool unblind;               /* the ranks say of which side they are, and effects have their signs */
};

/* CSV, a hole a row: topic, query, document, text, rank_a, rank_b, effect, grade, the last for a person to fill. Texts are on one line, cut where they are
 * long, and one that a spreadsheet would take for a formula has an apostrophe before it. */
RQ_MUST_USE enum rq_status rq_pool_csv(struct rq_buf *out, const struct rq_pool_sheet *sheet, struct rq_error *err);

struct rq_merge_account {
	const char *when;
	const char *const *by; /* [file] who graded it */
	const struct rq_given_grades *grades;
	const struct rq_merge *merge;
	const char *before, *after; /* sha256 of the judgments' files */
};

/* JSON lines: one that tells of the merge, and one for each judgment that it added or replaced. */
RQ_MUST_USE enum rq_status rq_merge_log(struct rq_buf *out, const struct rq_merge_account *account, struct rq_error *err);

#endif
