/* Grades that people have given: CSV files read back, held against what there is, and added to judgments. */
#ifndef RQ_REVIEW_GRADES_H
#define RQ_REVIEW_GRADES_H

#include "evalcore/model/dataset.h"

/* One row of a file. */
struct rq_given_grade {
	const char *topic, *document;
	int32_t grade;
	uint32_t file; /* which one, from 0 */
	size_t line;   /* of it */
};

/* Zero-initialise; release in any case. */
struct rq_given_grades {
	struct rq_given_grade *items; /* in the order of files and rows */
	size_t count;
	size_t empty; /* rows without a grade: left for later */
	const char *const *files; /* their paths; borrowed */
	size_t file_count;
	/* internal */
	size_t capacity;
	struct rq_arena arena;
};

/* Which ids there are. Where `pooled`, a document must be known to the topic: `documents` holds "TOPIC DOCUMENT" then, and ids have no blanks. */
struct rq_known_ids {
	struct rq_ids topics, documents;
	bool pooled;
	const char *of; /* where a message says that they were looked for: "the data set of gate.json"; borrowed */
};

void rq_known_ids_release(struct rq_known_ids *known);
RQ_MUST_USE enum rq_status rq_known_ids_add_pooled(struct rq_known_ids *known, const char *topic, const char *document, struct rq_error *err);

/* Reads CSV below a header that names columns topic, document and grade, in any order and among others. Refused, with file and line: an id that is not
 * known, a grade that is no whole number from 0 on, a document twice in a topic of one file. E_DATA, E_IO, E_NOMEM. */
RQ_MUST_USE enum rq_status rq_given_grades_read(struct rq_given_grades *grades, const char *const *paths, size_t count, const struct rq_known_ids *known,
                                                struct rq_error *err);
void rq_given_grades_release(struct rq_given_grades *grades);

/* Of two grades that differ. */
enum rq_preference { RQ_PREFER_NEITHER, RQ_PREFER_OLD, RQ_PREFER_NEW };

/* What became of one given grade that counts. */
struct rq_merged_grade {
	const struct rq_given_grade *given;
	bool replaces;
	int32_t before; /* where it replaces one; negative: in the pool but unjudged */
};

/* Zero-initialise; release in any case. */
struct rq_merge {
	struct rq_qrels qrels; /* the judgments with the grades, those that are new behind all others */
	struct rq_merged_grade *changes; /* in the order given */
	size_t change_count, replaced;
	size_t agreed;    /* rows that say what was there already, or what another row says */
	size_t overruled; /* grades, of rows or of judgments, that another was preferred to */
	struct rq_arena arena;
};

/* Two grades of one document and topic conflict where they differ: with a judgment of 0 and more, or between files, of which the later is the newer.
 * E_DATA names both, unless one is preferred; E_NOMEM. `path` names the judgments in messages. */
RQ_MUST_USE enum rq_status rq_grades_merge(struct rq_merge *merge, const struct rq_qrels *qrels, const char *path, const struct rq_given_grades *grades,
                                           enum rq_preference preference, struct rq_error *err);
void rq_merge_release(struct rq_merge *merge);

#endif
