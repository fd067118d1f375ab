/* Text into the ids that the network knows: NFKC, a mark for every blank and one before the text, and the best path of pieces. */
#ifndef RQ_EMBED_USE_LITE_PIECES_H
#define RQ_EMBED_USE_LITE_PIECES_H

#include "evalcore/base/memory.h"
#include "evalcore/embed/token/unigram.h"

/* One a thread: kept from text to text, zero-initialised, released at the end. */
struct rq_pieces_room {
	struct rq_token_ids ids; /* what was read last, all of it */
	struct rq_unigram_scratch scratch;
	struct rq_buf marked;
};

void rq_pieces_room_release(struct rq_pieces_room *room);

/* Fills room->ids. Blanks are kept as they are; an empty text has no ids. E_DATA: no UTF-8, or too long. */
RQ_MUST_USE enum rq_status rq_pieces_read(struct rq_pieces_room *room, const struct rq_unigram *pieces, const char *text, struct rq_error *err);

#endif
