/* Texts of the documents that a person shall read. */
#ifndef RQ_REVIEW_TEXTS_H
#define RQ_REVIEW_TEXTS_H

#include "evalcore/model/dataset.h"

/* Fills texts[number] of the wanted ids that are in the corpus and still NULL. Where `parents`, the ids are those of what documents are chunks of, and the
 * first chunk speaks for it. Borrowed from the corpus. */
void rq_texts_find(const char **texts, const struct rq_ids *wanted, const struct rq_corpus *corpus, bool parents);

/* Appends a text as one line: runs of white space and control characters are one blank. At most `maximum` bytes, cut between characters, with "..."
 * behind where there was more. */
void rq_add_one_line(struct rq_buf *out, const char *text, size_t maximum);

#endif
