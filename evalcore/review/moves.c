/* Sentences from ranks alone: they say where a document was and is, and what exact search over the same vectors says of it; nothing is guessed. */
#include "evalcore/review/moves.h"

#include <string.h>

enum { ABOVE_NAMED = 3 };

static void add_judgment(struct rq_buf *out, const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	if (document->judged)
		rq_buf_printf(out, " (grade %d)", (int)document->grade);
	else if (explanation->judged)
		rq_buf_puts(out, " (unjudged)");
}

static void add_move(struct rq_buf *out, const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	size_t was = document->rank[RQ_BASELINE], is = document->rank[RQ_CANDIDATE];

	if (document->is_outside[RQ_CANDIDATE])
		rq_buf_printf(out, "was at %zu and is no longer in the corpus", was);
	else if (document->is_outside[RQ_BASELINE])
		rq_buf_printf(out, "is at %zu and new in the corpus", is);
	else if (was == 0)
		rq_buf_printf(out, "is new at %zu", is);
	else if (explanation->answered[RQ_CANDIDATE] == 0)
		rq_buf_printf(out, "was at %zu, and the candidate found nothing", was);
	else if (is == 0)
		rq_buf_printf(out, "was at %zu and is not among the %zu that the candidate found", was, explanation->answered[RQ_CANDIDATE]);
	else
		rq_buf_printf(out, "%s from %zu to %zu", is > was ? "fell" : "rose", was, is);
}

/* Where exact search over the candidate's vectors has it: whether the vectors or the index put it where it is. */
static void add_exact(struct rq_buf *out, const struct rq_explained_document *document, const struct rq_explanation *explanation,
                      const struct rq_side_info *candidate)
{
	size_t is = document->rank[RQ_CANDIDATE], exact = document->exact[RQ_CANDIDATE];

	if (candidate->is_exact)
		rq_buf_puts(out, "; the candidate's search is exact, so its vectors put it there");
	else if (!explanation->measured[RQ_CANDIDATE])
		return;
	else if (exact == is)
		rq_buf_printf(out, "; exact search %s, so its vectors put it there", is == 0 ? "does not find it either" : "has it there too");
	else if (exact == 0)
		rq_buf_puts(out, "; exact search does not find it so far up");
	else if (is == 0 || exact < is)
		rq_buf_printf(out, "; exact search has it at %zu, and the index misses %s", exact, is == 0 ? "it" : "that");
	else
		rq_buf_printf(out, "; exact search has it at %zu, below what the index misses", exact);
}

/* No vectors and no index have moved what one of the sides never had. */
static bool is_in_both_corpora(const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	bool found_by_both = document->rank[RQ_BASELINE] > 0 && document->rank[RQ_CANDIDATE] > 0;

	return !document->is_outside[RQ_BASELINE] && !document->is_outside[RQ_CANDIDATE] && (found_by_both || !explanation->unknown_corpora);
}

static bool is_newly_above(const struct rq_explained_document *other, const struct rq_explained_document *document)
{
	bool above = other->rank[RQ_CANDIDATE] > 0 &&
	             (document->rank[RQ_CANDIDATE] == 0 || other->rank[RQ_CANDIDATE] < document->rank[RQ_CANDIDATE]);
	bool was_above = other->rank[RQ_BASELINE] > 0 && other->rank[RQ_BASELINE] < document->rank[RQ_BASELINE];

	return above && !was_above && other != document;
}

/* What has overtaken a document that fell, as far as it is shown. */
static void add_overtakers(struct rq_buf *out, const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	size_t named = 0, count = 0, shown = explanation->answered[RQ_CANDIDATE];

	shown = shown < explanation->depth ? shown : explanation->depth;
	for (size_t i = 0; i < shown; i++) {
		const struct rq_explained_document *other = &explanation->documents[explanation->ranked[RQ_CANDIDATE][i]];
		if (!is_newly_above(other, document))
			continue;
		count++;
		if (named == ABOVE_NAMED)
			continue;
		rq_buf_printf(out, "%s%s", named++ == 0 ? "; now above it: " : ", ", other->id);
		add_judgment(out, other, explanation);
	}
	if (count > named)
		rq_buf_printf(out, " and %zu more", count - named);
}

static bool is_told(const struct rq_explained_document *document, const struct rq_explanation *explanation)
{
	size_t was = document->rank[RQ_BASELINE] - 1, is = document->rank[RQ_CANDIDATE] - 1;

	return was != is && (was < explanation->depth || is < explanation->depth) && (!explanation->judged || (document->judged && document->grade > 0));
}

enum rq_status rq_tell_moves(struct rq_explanation *explanation, const struct rq_comparison *comparison, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	explanation->moves = rq_arena_alloc(&explanation->arena, explanation->count, sizeof *explanation->moves);
	if (explanation->moves == NULL)
		return rq_fail_memory(err);
	for (size_t i = 0; i < explanation->count; i++) {
		const struct rq_explained_document *document = &explanation->documents[i];
		if (!is_told(document, explanation))
			continue;
		rq_buf_clear(&text);
		rq_buf_puts(&text, document->id);
		add_judgment(&text, document, explanation);
		rq_buf_puts(&text, " ");
		add_move(&text, document, explanation);
		if (is_in_both_corpora(document, explanation))
			add_exact(&text, document, explanation, &comparison->sides[RQ_CANDIDATE]);
		if (!document->is_outside[RQ_CANDIDATE] && document->rank[RQ_CANDIDATE] - 1 > document->rank[RQ_BASELINE] - 1)
			add_overtakers(&text, document, explanation);
		RQ_TRY(rq_buf_check(&text, err));
		const char *move = rq_arena_strdup(&explanation->arena, text.data);
		if (move == NULL)
			return rq_fail_memory(err);
		explanation->moves[explanation->move_count++] = move;
	}
	return RQ_OK;
}
