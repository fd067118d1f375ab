/* Pieces of whole lines, the places of white space in them, and lines that are not of the common shape. */
#include "datasets/run_stream/scan.h"

#include "datasets/pairs.h"
#include "evalcore/base/parse.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 16 << 10, WORD = 64 };

void rq_scanner_begin(struct rq_scanner *scanner, const char *text, size_t size)
{
	struct rq_scanner kept = *scanner;

	*scanner = (struct rq_scanner){.text = text,
	                               .end = text + size,
	                               .checked = kept.checked,
	                               .find = rq_white_best(),
	                               .piece = text,
	                               .piece_end = text,
	                               .places = kept.places,
	                               .places_capacity = kept.places_capacity,
	                               .bits = kept.bits,
	                               .bits_capacity = kept.bits_capacity};
}

void rq_scanner_release(struct rq_scanner *scanner)
{
	free(scanner->places);
	free(scanner->bits);
	*scanner = (struct rq_scanner){0};
}

/* The end of the next piece: whole lines, one at least. */
static const char *end_of_piece(const struct rq_scanner *scanner)
{
	size_t left = (size_t)(scanner->end - scanner->text);

	if (left <= PIECE)
		return scanner->end;
	for (const char *at = scanner->text + PIECE; at > scanner->text; at--)
		if (at[-1] == '\n')
			return at;
	const char *feed = memchr(scanner->text + PIECE, '\n', left - PIECE);
	return feed == NULL ? scanner->end : feed + 1;
}

/* What is wrong with the piece as text ends it before the line that holds it. */
static void check_text(struct rq_scanner *scanner)
{
	size_t size = (size_t)(scanner->piece_end - scanner->piece), at;
	const char *fault = rq_text_fault(&at, scanner->piece, size);

	if (fault == NULL)
		return;
	scanner->pending = fault;
	scanner->pending_at = scanner->piece + at;
	while (at > 0 && scanner->piece[at - 1] != '\n')
		at--;
	if (at % WORD != 0)
		scanner->bits[at / WORD] &= ((uint64_t)1 << at % WORD) - 1;
	scanner->piece_end = scanner->piece + at;
}

/* U+0080 to U+009F, in valid UTF-8. */
static bool has_second_controls(const char *text, const char *end)
{
	while ((text = memchr(text, 0xC2, (size_t)(end - text))) != NULL)
		if ((unsigned char)*++text < 0xA0)
			return true;
	return false;
}

/* The places of white space, and one at the end of the piece where no line feed stands before it. */
static void find_places(struct rq_scanner *scanner)
{
	size_t size = (size_t)(scanner->piece_end - scanner->piece), count = 0;
	uint32_t *places = scanner->places;

	for (size_t i = 0; i < size; i += WORD)
		for (uint64_t word = scanner->bits[i / WORD]; word != 0; word &= word - 1)
			places[count++] = (uint32_t)(i + (size_t)__builtin_ctzll(word));
	if (size > 0 && scanner->piece_end[-1] != '\n')
		places[count++] = (uint32_t)size;
	scanner->count = count;
	scanner->next = 0;
	scanner->start = 0;
}

static bool next_piece(struct rq_scanner *scanner)
{
	if (scanner->pending != NULL) {
		scanner->fault = scanner->pending;
		scanner->fault_at = scanner->pending_at;
		return false;
	}
	if (scanner->text == scanner->end)
		return false;
	scanner->piece = scanner->text;
	scanner->piece_end = scanner->text = end_of_piece(scanner);
	size_t size = (size_t)(scanner->piece_end - scanner->piece);
	/* Longer ones hold one line. */
	if (size > PIECE && rq_line_check("", 0, size - (scanner->piece_end[-1] == '\n'), NULL) != RQ_OK) {
		scanner->fault = "too long";
		scanner->fault_at = scanner->piece;
		return false;
	}
	if (!RQ_RESERVE(scanner->places, scanner->places_capacity, size + 1) || !RQ_RESERVE(scanner->bits, scanner->bits_capacity, size / WORD + 1)) {
		scanner->failed = true;
		return false;
	}
	unsigned odd = scanner->find(scanner->bits, scanner->piece, size);
	if (odd != 0 && !scanner->checked)
		check_text(scanner);
	scanner->plain = odd == 0 || (odd == RQ_HAS_BEYOND_ASCII && !has_second_controls(scanner->piece, scanner->piece_end));
	find_places(scanner);
	return true;
}

/* A line with six columns and one separator between them, of any kind, that ends in white space of any kind: CRLF, or a tab and LF. */
static bool scan_separated(struct rq_trec_line *line, struct rq_scanner *scanner)
{
	const char *piece = scanner->piece;
	size_t left = scanner->count - scanner->next, last = RQ_TREC_ALL - 1;
	uint32_t start = scanner->start;

	if (left < RQ_TREC_ALL) /* before the first piece there is not even an array */
		return false;
	const uint32_t *p = scanner->places + scanner->next;
	for (size_t c = 0; c < RQ_TREC_ALL; start = p[c++] + 1) {
		if (p[c] == start || (c < last && piece[p[c]] == '\n'))
			return false;
		line->columns[c] = (struct rq_span){piece + start, p[c] - start};
	}
	while (last < left && p[last] < (size_t)(scanner->piece_end - piece) && piece[p[last]] != '\n')
		if (++last == left || p[last] != p[last - 1] + 1)
			return false;
	line->line = (struct rq_span){piece + scanner->start, p[RQ_TREC_ALL - 1] - scanner->start};
	line->count = RQ_TREC_ALL;
	scanner->next += last + 1;
	scanner->start = p[last] + 1;
	return true;
}

bool rq_scan_other(struct rq_trec_line *line, struct rq_scanner *scanner)
{
	if (scan_separated(line, scanner))
		return true;
	do {
		while (scanner->next == scanner->count)
			if (!next_piece(scanner))
				return false;
		const char *start = scanner->piece + scanner->start, *stop;
		do
			stop = scanner->piece + scanner->places[scanner->next++];
		while (stop < scanner->piece_end && *stop != '\n');
		scanner->start = (uint32_t)(stop - scanner->piece) + 1;
		if (stop > start && stop[-1] == '\r')
			stop--;
		line->line = (struct rq_span){start, (size_t)(stop - start)};
		line->count = rq_columns_space(line->columns, RQ_TREC_ALL, line->line);
	} while (line->count == 0);
	return true;
}

enum rq_status rq_trec_line_check(const char **at, const struct rq_trec_line *line, struct rq_error *words)
{
	static const struct {
		size_t column;
		const char *name, *kind;
	} shown[] = {{RQ_TREC_TOPIC, "topic id", "an id"}, {RQ_TREC_DOCUMENT, "document id", "an id"}, {RQ_TREC_TAG, "tag", "a tag"}};

	if (line->count < RQ_TREC_NEEDED) {
		*at = line->line.at + line->line.length;
		return rq_fail(words, RQ_E_DATA, "%zu column%s; expected 5 or 6: " RQ_TREC_COLUMNS, line->count, line->count == 1 ? "" : "s");
	}
	for (size_t i = 0; i < sizeof shown / sizeof *shown && shown[i].column < line->count; i++) {
		struct rq_span column = line->columns[shown[i].column];
		const char *fault = rq_id_fault(column);
		*at = column.at;
		if (fault != NULL)
			return rq_fail(words, RQ_E_DATA, "the %s \"%s\" %s; expected %s without white space or control characters", shown[i].name, rq_excerpt(column).text,
			               fault, shown[i].kind);
	}
	return RQ_OK;
}

enum rq_status rq_trec_fail_score(const struct rq_trec_line *line, struct rq_error *words)
{
	struct rq_span score = line->columns[RQ_TREC_SCORE];

	if (rq_f64_too_large(score.at, score.length))
		return rq_fail(words, RQ_E_DATA, "the score \"%s\" " RQ_TOO_LARGE, rq_excerpt(score).text);
	return rq_fail(words, RQ_E_DATA, "the score is \"%s\"; expected a number in column 5 of " RQ_TREC_COLUMNS, rq_excerpt(score).text);
}
