/* What happened to a topic, told of one document, from its ranks. */
#include "evalcore/scoring/attribution.h"

#include <math.h>
#include <stdio.h>

static double discount(size_t rank)
{
	return rank == 0 ? 0 : 1 / log2((double)rank + 1);
}

double rq_move_lost(const struct rq_move *move)
{
	return discount(move->places[RQ_BASELINE].found) - discount(move->places[RQ_CANDIDATE].found);
}

double rq_move_lost_exactly(const struct rq_move *move)
{
	return move->has_exact ? discount(move->places[RQ_BASELINE].exact) - discount(move->places[RQ_CANDIDATE].exact) : 0;
}

/* What the index of a side adds to a document's gain: negative where it puts it lower than exact search. */
static double added_by_index(const struct rq_places *places)
{
	return discount(places->found) - discount(places->exact);
}

/* The candidate's index explains it. */
static void tell_of_candidate(struct rq_buf *out, const struct rq_move *move)
{
	const struct rq_places *now = &move->places[RQ_CANDIDATE];
	const char *index = move->index[RQ_CANDIDATE][0] == '\0' ? "the index" : move->index[RQ_CANDIDATE];

	if (now->found == 0)
		rq_buf_printf(out, "exact search still has %s at %zu; %s misses it", move->document, now->exact, index);
	else if (now->exact == 0)
		rq_buf_printf(out, "%s has %s at %zu; exact search does not find it", index, move->document, now->found);
	else if (now->found > now->exact)
		rq_buf_printf(out, "the index lost %s: exact search has it at %zu, %s at %zu", move->document, now->exact, index, now->found);
	else
		rq_buf_printf(out, "%s has %s at %zu, exact search at %zu", index, move->document, now->found, now->exact);
}

/* The baseline's does: what it missed, or had by luck, is so no more. */
static void tell_of_baseline(struct rq_buf *out, const struct rq_move *move)
{
	const struct rq_places *before = &move->places[RQ_BASELINE], *now = &move->places[RQ_CANDIDATE];
	const char *index = move->index[RQ_BASELINE][0] == '\0' ? "index" : move->index[RQ_BASELINE];

	if (before->found == 0)
		rq_buf_printf(out, "the baseline's %s missed %s, which exact search had at %zu", index, move->document, before->exact);
	else if (before->exact == 0)
		rq_buf_printf(out, "the baseline's %s had %s at %zu, which exact search did not find", index, move->document, before->found);
	else
		rq_buf_printf(out, "the baseline's %s had %s at %zu, exact search at %zu", index, move->document, before->found, before->exact);
	if (now->found > 0)
		rq_buf_printf(out, "; now it is at %zu", now->found);
	else
		rq_buf_puts(out, "; now it is not found");
}

/* Both lists as they are: "fell from 2 to 41", "fell from 2 out of the first 10", "came to 3 from below the first 10". */
static void tell_ranks(struct rq_buf *out, const struct rq_move *move)
{
	size_t before = move->places[RQ_BASELINE].found, now = move->places[RQ_CANDIDATE].found;
	char first[40] = "ranking";

	if (move->depth > 0)
		snprintf(first, sizeof first, "first %zu", move->depth);
	if (now == 0)
		rq_buf_printf(out, "%s fell from %zu out of the %s", move->document, before, first);
	else if (before == 0)
		rq_buf_printf(out, "%s came to %zu from outside the %s", move->document, now, first);
	else
		rq_buf_printf(out, "%s %s from %zu to %zu", move->document, now > before ? "fell" : "rose", before, now);
}

bool rq_move_is_of_index(const struct rq_move *move)
{
	double exactly = rq_move_lost_exactly(move);

	return move->has_exact && fabs(rq_move_lost(move) - exactly) > fabs(exactly);
}

void rq_move_tell(struct rq_buf *out, const struct rq_move *move)
{
	double lost = rq_move_lost(move);
	const struct rq_places *before = &move->places[RQ_BASELINE], *now = &move->places[RQ_CANDIDATE];

	if (lost == 0)
		return;
	if (rq_move_is_of_index(move)) {
		double candidate = added_by_index(now), baseline = added_by_index(before);
		bool told_by_candidate = lost > 0 ? -candidate >= baseline : candidate >= -baseline;
		(told_by_candidate ? tell_of_candidate : tell_of_baseline)(out, move);
		return;
	}
	tell_ranks(out, move);
	if (move->has_exact && move->change != NULL)
		rq_buf_printf(out, " under %s", move->change);
	if (lost > 0 && move->newcomer != NULL)
		rq_buf_printf(out, "; now above it: %s%s%s", move->newcomer, move->newcomer_judged == NULL ? "" : ", ",
		              move->newcomer_judged == NULL ? "" : move->newcomer_judged);
}
