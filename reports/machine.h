/* What the formats for machines share: what a gate's result counts for, names that nothing else has, times, spellings. Private to this room. */
#ifndef RQ_REPORTS_MACHINE_H
#define RQ_REPORTS_MACHINE_H

#include "reports/report.h"

/* What becomes of a gate's result. */
enum rq_weight {
	RQ_WEIGHT_NONE,    /* it passed */
	RQ_WEIGHT_NOTE,    /* it did not, and that is accepted for now */
	RQ_WEIGHT_WARNING, /* it did not, and the exit code does not say so */
	RQ_WEIGHT_ERROR,   /* the exit code is 1 or 2 */
};

enum rq_weight rq_gate_weight(const struct rq_gate_result *gate);
/* "max_drop/nDCG@10": what a gate checks, without its limit; of a slice "max_drop/nDCG@10[slice=billing]" */
void rq_gate_rule(struct rq_buf *out, const struct rq_gate_result *gate);

/* The gates' texts, each made unique: a second "RR@10 >= 0.5" is "RR@10 >= 0.5 (2)". In the arena; NULL: memory. */
const char *const *rq_gate_names(const struct rq_verdict *verdict, struct rq_arena *arena);
/* The same in every run of the suite by the same config, and of nothing else. */
void rq_gate_fingerprint(char hex[33], const struct rq_report *report, const char *gate_name);

/* The run's "started", "config" ...; NULL: it does not say. */
const char *rq_report_fact(const struct rq_report *report, const char *name);
/* "run" or "drift": what a suite's reports come from. */
const char *rq_report_command(const struct rq_report *report);
/* The suite, or the program's name where it has none. */
const char *rq_report_suite(const struct rq_report *report);

/* 0: the difference, 1 and 2: the ends of its interval. */
double rq_paired_part(const struct rq_paired *paired, int part);

/* Seconds since 1970. */
struct rq_run_time {
	int64_t started, ended; /* ended: whole seconds, rounded down */
};
/* E_DATA where the report does not say when its run started. */
RQ_MUST_USE enum rq_status rq_report_run_time(struct rq_run_time *span, const struct rq_report *report, struct rq_error *err);

struct rq_utc {
	char text[32]; /* "2026-11-21T03:36:50Z" */
};
struct rq_utc rq_utc_of(int64_t seconds);

/* "1.500": seconds, to the millisecond. */
void rq_add_seconds(struct rq_buf *out, double seconds);
/* A path as a URI has it: what may not stand in one is %XX. */
void rq_add_uri(struct rq_buf *out, const char *path);
/* A text as a cell of a spreadsheet, on one line and cut: one that begins like a formula has an apostrophe before it, for text comes from
 * anywhere. */
RQ_MUST_USE enum rq_status rq_put_cell(struct rq_buf *out, const char *text, size_t most, struct rq_error *err);

#endif
