/* The topics that lost most, laid open: what a report shows of them and report.json keeps. */
#ifndef RQ_REPORTS_EXAMPLES_H
#define RQ_REPORTS_EXAMPLES_H

#include "evalcore/review/explain.h"
#include "reports/report.h"

enum { RQ_EXAMPLES_MAX = 10 };

/* Zero-initialise; release in any case. */
struct rq_examples {
	struct rq_explanation items[RQ_EXAMPLES_MAX]; /* worst first; texts of documents are cut, and stand on one line */
	size_t count;
};

/* Those of request->comparison that lost most in its judged metrics; topic and depth of the request are set here. E_NOMEM. */
RQ_MUST_USE enum rq_status rq_examples_make(struct rq_examples *examples, struct rq_explain_request request, struct rq_error *err);
void rq_examples_release(struct rq_examples *examples);

#endif
