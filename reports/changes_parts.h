/* What two reports say beside their rankings. Private to this room. */
#ifndef RQ_REPORTS_CHANGES_PARTS_H
#define RQ_REPORTS_CHANGES_PARTS_H

#include "reports/changes.h"

RQ_MUST_USE enum rq_status rq_add_reports(struct rq_buf *out, const struct rq_changes *changes, struct rq_style style, struct rq_error *err);
void rq_json_set_reports(rq_json *root, const struct rq_changes *changes);

#endif
