/* The verdict table as cells, and which topics lost: what the writers for people share. Private to this room. */
#ifndef RQ_REPORTS_ROWS_H
#define RQ_REPORTS_ROWS_H

#include "gates/words.h"
#include "reports/report.h"

/* Text of the user's on a terminal: what could steer it, and what it cannot show, is written as '?'. Its width in columns. */
void rq_add_text(struct rq_buf *out, const char *text, size_t length, bool unicode);
size_t rq_text_width(const char *text, size_t length, bool unicode);

#define RQ_GREEN "\x1b[32m"
#define RQ_RED "\x1b[31m"
#define RQ_YELLOW "\x1b[33m"
#define RQ_DIM "\x1b[2m"
#define RQ_PLAIN "\x1b[0m"

/* In the colour (NULL: none) where the style has colours. */
void rq_add_coloured(struct rq_buf *out, const char *text, const char *colour, struct rq_style style);
/* Words from column `at` on, wrapped at the terminal's width with two blanks of indentation; in a log everything stays on one line. Ends the line. */
void rq_add_wrapped(struct rq_buf *out, const char *text, size_t at, struct rq_style style);
/* "warning: TEXT", wrapped, its first word coloured. */
void rq_add_line(struct rq_buf *out, const char *word, const char *colour, const char *text, struct rq_style style);
/* "PASS: ..." with its first word in the colour of the verdict. */
void rq_add_sentence(struct rq_buf *out, const struct rq_verdict *verdict, struct rq_style style);
const char *rq_gate_colour(const struct rq_gate_result *gate);

enum rq_column { RQ_COLUMN_METRIC, RQ_COLUMN_BASELINE, RQ_COLUMN_CANDIDATE, RQ_COLUMN_DIFFERENCE, RQ_COLUMN_GATE, RQ_COLUMN_VERDICT, RQ_COLUMNS };

extern const char *const rq_column_names[RQ_COLUMNS];

struct rq_row {
	const char *cells[RQ_COLUMNS];     /* "" where there is nothing to say, "-" where a value is missing */
	const struct rq_gate_result *gate; /* NULL: none */
};

struct rq_rows {
	struct rq_row *rows; /* a row a metric, a row more for each further gate on it, then the gates on slices and on metrics that were not measured */
	size_t count;
	struct rq_arena arena;
};

RQ_MUST_USE enum rq_status rq_rows_make(struct rq_rows *rows, const struct rq_report *report, struct rq_error *err);
void rq_rows_release(struct rq_rows *rows);

/* "pass", "FAIL", "NO DATA", "inconclusive", "warn" (it failed, and only warns), "waived" (it did not pass, and is accepted for now) */
const char *rq_gate_word(const struct rq_gate_result *gate);
/* It passed on a point estimate whose confidence bound lies beyond the limit, or with another doubt that its reason tells. */
bool rq_gate_is_narrow(const struct rq_gate_result *gate);

/* "-0.0014 [-0.008 +0.005]": the interval with the digits that fit a terminal, one more where it is so narrow that they would say nothing. In the
 * arena. */
const char *rq_difference_cell(double delta, double lower, double upper, struct rq_arena *arena);

/* "http bge-small (384 dimensions), exact": what a side was made of. */
void rq_side_title(struct rq_buf *out, const struct rq_side_info *side);

/* "plain BM25 gets RR@10 0.8270, nDCG@10 0.5273"; nothing where it was not measured or there is no ranking metric. */
void rq_show_bm25(struct rq_buf *out, const struct rq_comparison *comparison);

/* Where a metric's difference comes from, in cells that add up as they are shown. */
enum rq_part { RQ_PART_DIFFERENCE, RQ_PART_EMBEDDING, RQ_PART_INDEX, RQ_PART_JUDGING, RQ_PART_TOPICS, RQ_PARTS };
bool rq_shows_attribution(const struct rq_metric_result *metric); /* whether there is anything to tell */
void rq_show_attribution(const char *cells[RQ_PARTS], const struct rq_metric_result *metric, struct rq_arena *arena); /* NULL cells: memory */
/* "RR@10 -0.0412 = embedding -0.0390 + index -0.0022; judging -0.0010 beside it" */
void rq_add_attribution(struct rq_buf *out, const struct rq_comparison *comparison, const struct rq_metric_result *metric);
/* What the first summand is called: "embedding", "corpus", "embedding and corpus". */
const char *rq_exact_part_name(const struct rq_comparison *comparison);
/* Why what moved was not split: "not split: the baseline is a run file"; NULL: it was, or nothing moved. */
const char *rq_attribution_absence(const struct rq_comparison *comparison);

/* What a metric varies between builds, where a side's index was built several times: "RR@10 from build to build: candidate 0.6970 to 0.7001, standard
 * deviation 0.0012 over 5". */
bool rq_shows_builds(const struct rq_metric_result *metric);
void rq_add_builds(struct rq_buf *out, const struct rq_metric_result *metric);

/* How a finding of drift stands: by the first gate on it, else by its own limit. */
struct rq_drift_standing {
	const struct rq_gate_result *gate; /* NULL: none */
	double limit;
	enum rq_outcome outcome;           /* by that limit; of the absent inconclusive */
	const char *word;                  /* as rq_gate_word(); without a gate "within", "beyond" or "unclear"; "-": it was not measured */
};
struct rq_drift_standing rq_drift_standing_of(const struct rq_verdict *verdict, const struct rq_drift_finding *finding);
/* Whose gate that is: "config", "standard", or "-", nobody's. */
const char *rq_drift_whose(const struct rq_drift_standing *standing);
/* What a finding rests on beside its value: "p = 0.0010", "0.0237", "-". */
struct rq_shown rq_show_chance(const struct rq_drift_finding *finding);
/* "lsa (200 dimensions), 220 documents, 328 topics" */
void rq_drift_side_title(struct rq_buf *out, const struct rq_drift_side *side);
/* "3 came: d1, d2 and 1 more"; nothing where there are none. */
void rq_drift_ids_title(struct rq_buf *out, const struct rq_drift *drift, int list, size_t most);
/* "documents: 3 came, 5 went, 217 stayed; topics: 0 came, 0 went, 40 stayed". Nothing where no text is known. */
void rq_drift_flows(struct rq_buf *out, const struct rq_drift *drift);
/* "cosines of documents: least 0.91, 1 % 0.93, 5 % 0.95, 25 % 0.97, median 0.98, mean 0.97". false: they were not measured, and nothing is written. */
bool rq_drift_cosines(struct rq_buf *out, const struct rq_drift_cosines *cosines);
/* Figures that were not measured for one reason: "silent_change of documents and topics, mmd of documents: ...". *next is where to look on, at first 0;
 * false: there is no more. */
bool rq_drift_unmeasured(struct rq_buf *out, size_t *next, const struct rq_drift *drift);

/* An input, as a digest's row is headed: all but the config's are what sha256sum says of the file. */
const char *rq_input_title(const char *name);

/* The first metric on judgments that was compared: it tells which topics lost. metric_count: there is none. */
size_t rq_first_compared(const struct rq_comparison *comparison);

struct rq_loss {
	size_t topic; /* index into the comparison */
	double loss;  /* > 0; of a gain what was gained */
};

/* Topics that lost, by what they lost in the judged metrics from `first` on up to `end`, summed over those that fell; worst first, equal losses by
 * id. *losses is malloc'ed. */
RQ_MUST_USE enum rq_status rq_losses(struct rq_loss **losses, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                                     struct rq_error *err);
/* The same of what was gained. */
RQ_MUST_USE enum rq_status rq_gains(struct rq_loss **gains, size_t *count, const struct rq_comparison *comparison, size_t first, size_t end,
                                    struct rq_error *err);

#endif
