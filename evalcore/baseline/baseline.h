/* Approved baselines: what a team has agreed to compare with, as files that are made to be committed. Each is a folder of its own below "baselines",
 * beside the config: baseline.json (who, why, when; digests, scores per topic), ranked.run.zst (the rankings) and, where it was measured,
 * exact.run.zst. A name is used once: nothing is ever written over. The one that gates of kind "pinned" compare with is named in the file "pinned"
 * beside them. */
#ifndef RQ_BASELINE_BASELINE_H
#define RQ_BASELINE_BASELINE_H

#include "evalcore/base/json.h"
#include "evalcore/base/options.h"
#include "evalcore/model/comparison.h"
#include "evalcore/model/dataset.h"
#include "evalcore/model/verdict.h"

enum { RQ_BASELINE_SCHEMA_VERSION = 1 };

#define RQ_BASELINES_FOLDER "baselines" /* beside the config */
#define RQ_BASELINE_PINNED "pinned" /* in it, beside the baselines */
#define RQ_BASELINE_FILE "baseline.json"
#define RQ_BASELINE_RANKED "ranked.run.zst"
#define RQ_BASELINE_EXACT "exact.run.zst"

/* One metric of the approved side. */
struct rq_baseline_metric {
	const char *name;        /* canonical */
	double value;
	size_t samples;          /* topics behind it */
	const double *per_topic; /* [topic_count]; NaN for topics outside a sample */
	bool is_judged;          /* follows from the rankings and the judgments; else from vectors or texts, which a baseline does not have */
};

/* Zero-initialise; release in any case. */
struct rq_baseline {
	const char *name;
	const char *by, *why;    /* NULL: not told */
	const char *when;        /* "2026-11-21T03:36:50Z" */
	const char *program;     /* version of rqgate that ran it */
	int64_t metrics_version;
	const char *suite;       /* NULL: none */
	const char *approved;    /* the side of its report: "candidate", "baseline" */
	const char *verdict;     /* of its report: "pass", "fail", "inconclusive" */
	bool forced;             /* approved all the same */
	const struct rq_gate_result *gates; /* of its report: text, level, outcome, absent, waived and waiver alone */
	size_t gate_count;
	size_t cutoff;           /* depth of the rankings; 0: a run file, as deep as it is */
	struct rq_named_text *digests;  /* name -> sha256: of rq_baseline_digest_names */
	size_t digest_count;
	struct rq_named_number *counts; /* "documents", "topics", "topics_scored", "judgments" */
	size_t count_count;
	struct rq_side_info side;       /* ranked and exact: NULL until they are read */
	const char **topics, **slices;  /* ids of those behind the scores, strcmp order; slices[i] NULL: none */
	size_t topic_count;
	struct rq_baseline_metric *metrics;
	size_t metric_count;
	char ranked_sha256[RQ_SHA256_HEX], exact_sha256[RQ_SHA256_HEX]; /* of the rankings' text; exact: "" where there is none */

	/* internal */
	const char *folder, *file;      /* "baselines/NAME", "baselines/NAME/baseline.json" */
	char sha256[RQ_SHA256_HEX];     /* of that file */
	rq_json *root;
	struct rq_run ranked, exact;
	struct rq_arena arena;
};

/* A name is a folder's: letters, digits, '.', '_' and '-', at most 100, and not a dot in front, and not RQ_BASELINE_PINNED. E_USAGE. */
RQ_MUST_USE enum rq_status rq_baseline_check_name(const char *name, struct rq_error *err);

/* baselines/NAME/baseline.json, strictly: what is not as it was written is E_DATA. E_USAGE where there is none of that name, told with the nearest;
 * E_IO. */
RQ_MUST_USE enum rq_status rq_baseline_read(struct rq_baseline *baseline, const char *baselines, const char *name, struct rq_error *err);
/* The same of a folder of another name, where the baseline is being written. */
RQ_MUST_USE enum rq_status rq_baseline_read_folder(struct rq_baseline *baseline, const char *folder, const char *name, struct rq_error *err);
/* Its rankings, once; E_DATA where their digests differ. A topic that found nothing has an empty ranking. */
RQ_MUST_USE enum rq_status rq_baseline_read_rankings(struct rq_baseline *baseline, struct rq_error *err);
void rq_baseline_release(struct rq_baseline *baseline);

/* What an approval says of one side of a comparison whose rankings are there: everything but name, by, why, when, program, metrics_version, suite,
 * verdict, gates and forced, which are the caller's. Strings are borrowed from the comparison. E_DATA where some of the candidate had failed, or no
 * metric has scores of topics; E_NOMEM. */
RQ_MUST_USE enum rq_status rq_baseline_of(struct rq_baseline *baseline, const struct rq_comparison *comparison, enum rq_side side,
                                          struct rq_error *err);
/* Writes the folder, which appears whole or not at all, after it was read back, and removes what killed approvals have left. E_USAGE where the name
 * is used already; E_DATA where it could not be read back. */
RQ_MUST_USE enum rq_status rq_baseline_write(struct rq_baseline *baseline, const char *baselines, struct rq_error *err);

/* The names below `baselines`, in strcmp order; none where the folder is not there. Strings are the arena's. */
RQ_MUST_USE enum rq_status rq_baseline_list(struct rq_strings *names, const char *baselines, struct rq_arena *arena, struct rq_error *err);
/* The pinned one; *name NULL: none is. */
RQ_MUST_USE enum rq_status rq_baseline_pinned(const char **name, const char *baselines, struct rq_arena *arena, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_baseline_pin(const char *baselines, const char *name, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_baseline_unpin(bool *was_pinned, const char *baselines, struct rq_error *err);

/* The names that digests have, NULL-terminated: "corpus", "config", "topics", "qrels", "vectors", "topic_vectors", "vector_file", "index", "run". */
extern const char *const rq_baseline_digest_names[];
bool rq_baseline_names_digest(const char *name);
const char *rq_baseline_digest(const struct rq_baseline *baseline, const char *name); /* NULL: none */
const struct rq_baseline_metric *rq_baseline_metric(const struct rq_baseline *baseline, const char *name); /* NULL: not stored */
size_t rq_baseline_topic(const struct rq_baseline *baseline, const char *id); /* SIZE_MAX: not among the scored */

/* What must be the same for two results to be compared, NULL-terminated: "corpus", "topics", "qrels", "metrics_version". */
extern const char *const rq_baseline_fields[];
/* Does it differ from what `comparison` was made of, and how, in the arena: "corpus: sha256 4be2... when it was approved, 77aa... here"; NULL: it
 * does not. */
RQ_MUST_USE enum rq_status rq_baseline_differs(const char **how, const struct rq_baseline *baseline, const char *field,
                                               const struct rq_comparison *comparison, struct rq_arena *arena, struct rq_error *err);
/* What it says against itself: each metric is known, its scores are within its range, and its value and count are theirs. E_DATA names the metric. Of
 * another metrics_version nothing is checked: metrics meant something else. */
RQ_MUST_USE enum rq_status rq_baseline_check_values(struct rq_baseline *baseline, struct rq_error *err);
/* The stored scores of metrics on judgments anew, from the rankings and the same judgments: E_DATA names the metric and the topic where one is
 * another. */
RQ_MUST_USE enum rq_status rq_baseline_check_scores(const struct rq_baseline *baseline, const struct rq_qrels *qrels, struct rq_error *err);

#endif
