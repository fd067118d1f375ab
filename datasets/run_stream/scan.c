/* Pieces of whole lines, the places of white space in them, and lines that are not of the common shape. */
#include "datasets/run_stream/scan.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 16 << 10, WORD = 64 };

void rq_scanner_begin(struct rq_scanner *scanner, const char *text, size_t size)
{
	struct rq_scanner kept = *scanner;

	*scanner = (struct rq_scanner){.text = text,
	                               .end = text + size,
	                               .lenient = kept.lenient,
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

	if (fault != NULL && scanner->lenient) { /* where a NUL may follow */
		const char *zero = memchr(scanner->piece, '\0', size);
		fault = zero == NULL ? NULL : "a NUL byte";
		at = zero == NULL ? size : (size_t)(zero - scanner->piece);
	}
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
	scanner->plain = scanner->find(scanner->bits, scanner->piece, size);
	if (!scanner->plain)
		check_text(scanner);
	find_places(scanner);
	return true;
}

bool rq_scan_other(struct rq_trec_line *line, struct rq_scanner *scanner)
{
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

enum rq_status rq_trec_line_check(const char **at, const struct rq_trec_line *line, bool lenient, struct rq_error *words)
{
	if (line->count < RQ_TREC_NEEDED) {
		*at = line->line.at + line->line.length;
		return rq_fail(words, RQ_E_DATA, "%zu column%s; expected 5 or 6: " RQ_TREC_COLUMNS, line->count, line->count == 1 ? "" : "s");
	}
	for (size_t i = RQ_TREC_TOPIC; i <= RQ_TREC_DOCUMENT && !lenient; i += RQ_TREC_DOCUMENT) {
		const char *fault = rq_id_fault(line->columns[i]);
		*at = line->columns[i].at;
		if (fault != NULL)
			return rq_fail(words, RQ_E_DATA, "the %s id \"%s\" %s; expected an id without white space or control characters",
			               i == RQ_TREC_TOPIC ? "topic" : "document", rq_excerpt(line->columns[i]).text, fault);
	}
	return RQ_OK;
}

enum rq_status rq_trec_fail_score(const struct rq_trec_line *line, struct rq_error *words)
{
	return rq_fail(words, RQ_E_DATA, "the score is \"%s\"; expected a number in column 5 of " RQ_TREC_COLUMNS, rq_excerpt(line->columns[RQ_TREC_SCORE]).text);
}
