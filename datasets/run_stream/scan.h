/* The lines of a TREC run and their columns: the one parser of the format. White space is found for some kilobytes of text at a time; a line with six columns
 * and one separator between them is then taken apart by looking at its places, any other column by column. */
#ifndef RQ_DATASETS_RUN_STREAM_SCAN_H
#define RQ_DATASETS_RUN_STREAM_SCAN_H

#include "datasets/run_stream/white.h"
#include "datasets/text.h"

#define RQ_TREC_COLUMNS "topic, Q0, document, rank, score, tag"

enum { RQ_TREC_TOPIC, RQ_TREC_ITERATION, RQ_TREC_DOCUMENT, RQ_TREC_RANK, RQ_TREC_SCORE, RQ_TREC_NEEDED, RQ_TREC_TAG = RQ_TREC_NEEDED, RQ_TREC_ALL };

struct rq_scanner {
	const char *text, *end; /* what no piece was taken of yet; a byte at `end` may be read */
	bool checked;           /* the text is known to be UTF-8 without a NUL */
	bool plain;             /* the piece holds no control character */
	const char *fault;      /* why there is no next line: "invalid UTF-8", "a NUL byte", "too long"; NULL: the text has ended, or memory */
	const char *fault_at;
	bool failed;            /* out of memory */
	/* internal */
	rq_white_bits find;
	const char *piece, *piece_end;
	uint32_t start, *places; /* of the line, and of white space, within the piece */
	size_t next, count, places_capacity;
	uint64_t *bits;
	size_t bits_capacity;
	const char *pending, *pending_at; /* the fault behind this piece */
};

/* A line that is not blank, without its LF or CRLF; `columns` of which as many are set as there are, six at most. */
struct rq_trec_line {
	struct rq_span line, columns[RQ_TREC_ALL];
	size_t count;
};

void rq_scanner_begin(struct rq_scanner *scanner, const char *text, size_t size); /* keeps its memory and `checked` */
void rq_scanner_release(struct rq_scanner *scanner);                              /* zero-initialise */

/* Too few columns, or a control character in an id or the tag. The words are those behind FILE:LINE:COLUMN, and *at is that place. */
RQ_MUST_USE enum rq_status rq_trec_line_check(const char **at, const struct rq_trec_line *line, struct rq_error *words);
enum rq_status rq_trec_fail_score(const struct rq_trec_line *line, struct rq_error *words);

/* For rq_scan_next: a line that is not of the most common shape, or of the next piece. */
bool rq_scan_other(struct rq_trec_line *line, struct rq_scanner *scanner);

/* False: there is none, or a fault. */
static inline bool rq_scan_next(struct rq_trec_line *line, struct rq_scanner *scanner)
{
	if (scanner->next + RQ_TREC_ALL > scanner->count)
		return rq_scan_other(line, scanner);
	const uint32_t *p = scanner->places + scanner->next, start = scanner->start;
	const char *piece = scanner->piece;
	/* A column without a letter makes a difference wrap around, and sets its highest bit; a piece is shorter than that. */
	uint32_t empty = (p[0] - start - 1) | (p[1] - p[0] - 2) | (p[2] - p[1] - 2) | (p[3] - p[2] - 2) | (p[4] - p[3] - 2) | (p[5] - p[4] - 2);
	/* Of white space only the blank has this bit. */
	int blanks = piece[p[0]] & piece[p[1]] & piece[p[2]] & piece[p[3]] & piece[p[4]] & ' ';
	if (empty >> 31 != 0 || blanks == 0 || piece[p[5]] != '\n')
		return rq_scan_other(line, scanner);
	*line = (struct rq_trec_line){{piece + start, p[5] - start},
	                              {{piece + start, p[0] - start},
	                               {piece + p[0] + 1, p[1] - p[0] - 1},
	                               {piece + p[1] + 1, p[2] - p[1] - 1},
	                               {piece + p[2] + 1, p[3] - p[2] - 1},
	                               {piece + p[3] + 1, p[4] - p[3] - 1},
	                               {piece + p[4] + 1, p[5] - p[4] - 1}},
	                              RQ_TREC_ALL};
	scanner->next += RQ_TREC_ALL;
	scanner->start = p[5] + 1;
	return true;
}

#endif
