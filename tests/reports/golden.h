/* What a writer makes of a report, held against a file of tests/reports/golden. */
#ifndef RQ_TESTS_REPORTS_GOLDEN_H
#define RQ_TESTS_REPORTS_GOLDEN_H

#include "fixture.h"

#include "evalcore/base/file.h"

/* A gate of every outcome, two of the same text, slices, text that each format must escape, and times, on the fixture's topics. */
void report_every_outcome(struct fixture *fixture);

/* The words must be those of the file, which is written anew where RQ_UPDATE is set in the environment. */
void report_expect_golden(const struct fixture *fixture, const char *writer, const char *name);

#endif
