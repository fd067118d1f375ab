/* A smaller corpus to evaluate with: every judged document, what given runs rank high, and seeded distractors. Scores on it are optimistic, since most
 * of what could be confused with the relevant documents is left out; sample.json beside the corpus says so to whoever reads it. */
#ifndef RQ_DATASETS_SAMPLE_H
#define RQ_DATASETS_SAMPLE_H

#include "evalcore/model/dataset.h"
#include "evalcore/model/run.h"

#define RQ_SAMPLE_FILE "sample.json"

/* What was kept: documents, each counted for the first reason that holds. */
struct rq_sample_counts {
	size_t source; /* documents of the corpus that was sampled; where that was a sample, of the corpus at the start */
	size_t judged, from_runs, distractors;
};

struct rq_sample_rule {
	size_t distractors; /* so many, or all there are; of a chunked corpus, so many parents */
	size_t depth;       /* how far down the runs count */
	uint64_t seed;
};

/* kept[i]: document i stays. A unit is a document or, where it has one, its parent with all its chunks; judgments and runs may name either. Distractors
 * are the units with the smallest seeded hashes of their ids: uniform, and independent of the file's order and of the other documents. E_NOMEM, and
 * E_DATA where a run ranks a document that is not there. */
RQ_MUST_USE enum rq_status rq_sample_choose(bool *kept, struct rq_sample_counts *counts, const struct rq_corpus *corpus, const struct rq_qrels *qrels,
                                            const struct rq_run *runs, size_t run_count, const struct rq_sample_rule *rule, struct rq_error *err);

struct rq_sample_request {
	const char *corpus, *topics, *qrels;
	const char *const *fields;
	size_t field_count;
	const char *split;        /* qrels/SPLIT.tsv of what is written */
	const char *const *runs;  /* files */
	size_t run_count;
	const char *vectors, *ids; /* of the corpus, to be cut with it; NULL: none, and ids NULL: row i is document i */
	const char *out;          /* a BEIR folder, which appears whole or not at all */
	struct rq_sample_rule rule;
};

/* Lines of JSON stay byte for byte as they are. E_USAGE where `out` is taken, E_DATA (also where the corpus is a sample whose mark no longer fits it), E_IO. */
RQ_MUST_USE enum rq_status rq_sample_make(struct rq_sample_counts *counts, const struct rq_sample_request *request, struct rq_error *err);

/* What sample.json beside a corpus says of it. */
enum rq_sample_state {
	RQ_SAMPLE_NONE,    /* there is none, or one of another program */
	RQ_SAMPLE_MATCHES,
	RQ_SAMPLE_CHANGED, /* the corpus is no longer what was written */
	RQ_SAMPLE_UNREADABLE,
};

struct rq_sample_mark {
	enum rq_sample_state state;
	struct rq_sample_counts counts; /* where it matches or has changed */
	uint64_t seed;
};

/* E_NOMEM only: what cannot be read is a state. */
RQ_MUST_USE enum rq_status rq_sample_mark_read(struct rq_sample_mark *mark, const char *corpus, const char *sha256, struct rq_error *err);
/* The sentence that belongs on every report, appended; nothing where the state is NONE. */
void rq_sample_mark_describe(struct rq_buf *out, const struct rq_sample_mark *mark);

/* A file that a sample was made of. */
struct rq_sample_input {
	const char *name, *sha256;
};

/* sample.json's text; sha256 is the sampled corpus's. */
RQ_MUST_USE enum rq_status rq_sample_mark_print(struct rq_buf *out, const struct rq_sample_counts *counts, const struct rq_sample_rule *rule,
                                                const char *sha256, const struct rq_sample_input *inputs, size_t input_count, struct rq_error *err);

#endif
