/* What two reports say beside their rankings. Private to this room. */
#ifndef RQ_REPORTS_CHANGES_PARTS_H
#define RQ_REPORTS_CHANGES_PARTS_H

#include "reports/changes.h"

/* What two holdings are made of, a row a fact. */
struct rq_change_row {
	const char *what, *a, *b; /* texts NULL: memory ran out */
};
/* Row i; false: there are no more. `what` NULL: nothing to tell there. */
bool rq_structure_row(struct rq_change_row *row, const struct rq_changes *changes, size_t i, struct rq_arena *arena);
/* "removed": how JSON spells it. */
const char *rq_why_key(enum rq_why why);
/* The sentence that says it all. */
void rq_changes_sentence(struct rq_buf *out, const struct rq_changes *changes);
/* What is to be known before the figures of answers are believed, a sentence each, in the arena. */
enum { RQ_ANSWER_WARNINGS = 4 };
RQ_MUST_USE enum rq_status rq_answer_warnings(const char *warnings[RQ_ANSWER_WARNINGS], size_t *count,
                                              const struct rq_answer_changes *answers, struct rq_arena *arena,
                                              struct rq_error *err);
/* Of a document, as far as it is at hand: "". */
const char *rq_changes_text(const struct rq_changes *changes, const char *id);

/* Of two reports, a row a fact: when, verdicts, the candidates' metrics, and the gates that say something else. In the arena. */
RQ_MUST_USE enum rq_status rq_report_rows(struct rq_change_row **rows, size_t *count, const struct rq_changes *changes, struct rq_arena *arena,
                                          struct rq_error *err);
RQ_MUST_USE enum rq_status rq_add_reports(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err);
void rq_json_set_reports(rq_json *root, const struct rq_changes *changes);

#endif
