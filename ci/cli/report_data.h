/* What a report was made of, as far as it is still at hand: judgments, topics and corpora of its config, taken only where they are the very files. */
#ifndef RQ_CLI_REPORT_DATA_H
#define RQ_CLI_REPORT_DATA_H

#include "evalcore/pipeline/config.h"
#include "reports/read.h"

enum { RQ_REPORT_CORPORA = RQ_SIDES };

/* Zero-initialise; release in any case. */
struct rq_report_data {
	struct rq_qrels qrels;   /* count 0: not at hand */
	struct rq_topics topics; /* the same */
	struct rq_corpus corpora[RQ_REPORT_CORPORA];
	size_t corpus_count;
	const struct rq_corpus *of[RQ_SIDES]; /* among these the side's own; NULL: both sides have the same, or it is not at hand */
	bool parents;            /* rankings name what documents are chunks of */
	const char **lacking;    /* a sentence for each input of the report that is not at hand */
	size_t lacking_count;
	struct rq_arena arena;
};

/* Reads what the report's config names, or `config` where that is not NULL, and compares digests. What is not there, or is no longer what was
 * evaluated, is lacking, and told; a corpus is read where `texts`. E_NOMEM, cancellation. */
RQ_MUST_USE enum rq_status rq_report_data_load(struct rq_report_data *data, const struct rq_report_file *report, const char *config, bool texts,
                                               struct rq_error *err);
void rq_report_data_release(struct rq_report_data *data);
/* Notes on stderr of what is lacking. */
void rq_report_data_tell(const struct rq_report_data *data);

#endif
