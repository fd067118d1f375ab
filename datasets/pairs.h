/* What judgments and runs have in common, whatever their format: numbers of documents for topics, gathered in file order, then put together by topic and
 * looked over for duplicates. */
#ifndef RQ_DATASETS_PAIRS_H
#define RQ_DATASETS_PAIRS_H

#include "datasets/load.h"
#include "datasets/text.h"

#define RQ_TOO_LARGE "is too large for a double; scale the scores, or write inf" /* of a score */

enum rq_pair_value { RQ_PAIR_GRADE, RQ_PAIR_SCORE, RQ_PAIR_RANK }; /* a rank is a score, the lower the better */

/* Where something stands, for messages. */
struct rq_where {
	const char *start, *at; /* of the line, and the thing itself; NULL: only the line is known */
	size_t line;
};

/* Files have millions of them. */
struct rq_pair {
	const char *document; /* not terminated; where it does not stand in the text so, its place there (or NULL, in CSV) stands before it */
	double value;         /* of a rank: -rank */
	uint32_t length, topic, line, order; /* order: that of the file */
};

struct rq_pairs {
	const struct rq_text *text;
	const struct rq_load_options *options;
	enum rq_pair_value value;
	bool one_kind;            /* of numbers, as in JSON: 1.0 is a grade */
	struct rq_load_facts facts;
	struct rq_ids topics;     /* in order of first sight */
	struct rq_pair *pairs;
	size_t *ends;             /* ends[t]: where the pairs of topic t end, once they are grouped */
	size_t count, name_bytes; /* of all documents and topics, terminated */
	struct rq_arena arena;    /* ids that do not stand in the text as they are */
	/* internal */
	size_t capacity, ends_capacity;
	bool scattered;           /* lines of a topic do not all stand together */
	struct rq_span last;      /* the topic of the last line */
	uint32_t last_number;
};

void rq_pairs_release(struct rq_pairs *pairs);

/* The topic's number; *added, which may be NULL, tells whether it is new. */
RQ_MUST_USE enum rq_status rq_pairs_topic(uint32_t *number, bool *added, struct rq_pairs *pairs, struct rq_span topic, const struct rq_where *where,
                                          struct rq_error *err);
/* Borrows the document where where->at is its text; copies it otherwise. The number is read leniently where the options say so. */
RQ_MUST_USE enum rq_status rq_pairs_add(struct rq_pairs *pairs, uint32_t topic, struct rq_span document, const struct rq_where *where, struct rq_span number,
                                        const struct rq_where *where_number, struct rq_error *err);

/* Puts the pairs of one topic side by side, in file order, topics by first sight: linear in the input, whatever the order of its lines. */
RQ_MUST_USE enum rq_status rq_pairs_group(struct rq_pairs *pairs, struct rq_error *err);
/* Fails for two pairs of one document and topic, or tells the text's collection and goes on. */
RQ_MUST_USE enum rq_status rq_pairs_duplicate(const struct rq_pairs *pairs, const struct rq_pair *first, const struct rq_pair *second, struct rq_error *err);
/* By document, bytes, where that is equal by place in the file. */
int rq_pair_compare(const void *a, const void *b);

/* ":LINE:COLUMN", or without a column. */
struct rq_where_text {
	char text[48];
};

struct rq_where_text rq_where_show(const struct rq_where *where);

/* The runs and judgments that pairs make: in order, each document once. */
RQ_MUST_USE enum rq_status rq_qrels_from_pairs(struct rq_qrels *qrels, struct rq_pairs *pairs, struct rq_error *err);
RQ_MUST_USE enum rq_status rq_run_from_pairs(struct rq_run *run, struct rq_pairs *pairs, struct rq_error *err);

/* By strcmp, as the model has them. */
void rq_run_sort_topics(struct rq_run *run);

/* The formats. Each adds the pairs of a text. */
RQ_MUST_USE enum rq_status rq_pairs_read_json(struct rq_pairs *pairs, struct rq_error *err); /* {"q1": {"d1": 1}} */
RQ_MUST_USE enum rq_status rq_pairs_read_csv(struct rq_pairs *pairs, struct rq_error *err);  /* below a header */

RQ_MUST_USE enum rq_status rq_pairs_read_msmarco(struct rq_pairs *pairs, struct rq_error *err); /* topic, document, rank */

bool rq_pair_is_rank(double *rank, struct rq_span number);
/* Of one topic's pairs, each document once: fails where two have one rank. */
RQ_MUST_USE enum rq_status rq_pairs_check_ranks(const struct rq_pairs *pairs, const struct rq_pair *each, size_t count, struct rq_error *err);

/* By content: a brace and in it a member that is an object. *number is the first number in that, empty where there is none. */
bool rq_text_is_json_map(struct rq_span *number, const struct rq_text *text);
bool rq_line_is_msmarco(struct rq_span line);     /* three columns, of which the last is a rank */
bool rq_line_is_beir_header(struct rq_span line); /* query-id TAB corpus-id TAB score, more may follow */
/* By content: a first line that names such columns. */
bool rq_text_has_csv_header(const struct rq_text *text, const struct rq_load_options *options, enum rq_pair_value value);
/* The same, or what looks like CSV and is to be told what its header lacks. `columns` is how many the lines of TREC have. */
bool rq_text_is_csv(const struct rq_text *text, const struct rq_load_options *options, enum rq_pair_value value, size_t columns);

#endif
