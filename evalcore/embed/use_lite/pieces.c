#include "evalcore/embed/use_lite/pieces.h"

#include "evalcore/base/parse.h"
#include "evalcore/embed/token/characters.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const char MARK[] = "\xE2\x96\x81"; /* U+2581 */

void rq_pieces_room_release(struct rq_pieces_room *room)
{
	free(room->ids.items);
	rq_unigram_scratch_release(&room->scratch);
	rq_buf_release(&room->marked);
	*room = (struct rq_pieces_room){0};
}

static void mark_blanks(struct rq_buf *marked, const char *text)
{
	rq_buf_clear(marked);
	if (text[0] != '\0')
		rq_buf_puts(marked, MARK);
	for (size_t length; text[0] != '\0'; text += length) {
		length = strcspn(text, " ");
		rq_buf_add(marked, text, length);
		if (text[length] == ' ') {
			rq_buf_puts(marked, MARK);
			length++;
		}
	}
}

enum rq_status rq_pieces_read(struct rq_pieces_room *room, const struct rq_unigram *pieces, const char *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_free_pointer) utf8proc_uint8_t *composed = NULL;
	size_t length = strlen(text);

	if (!rq_is_ascii(text, length)) { /* NFKC leaves ASCII alone */
		size_t invalid = rq_utf8_invalid_at(text, length);
		if (invalid < length)
			return rq_fail(err, RQ_E_DATA, "text is not valid UTF-8 at byte %zu; convert it to UTF-8", invalid);
		composed = utf8proc_NFKC((const utf8proc_uint8_t *)text);
		if (composed == NULL)
			return rq_fail_memory(err);
	}
	mark_blanks(&room->marked, composed == NULL ? text : (const char *)composed);
	RQ_TRY(rq_buf_check(&room->marked, err));
	room->ids.count = 0;
	return rq_unigram_encode(&room->ids, pieces, &room->scratch, room->marked.size == 0 ? "" : room->marked.data, room->marked.size, err);
}
