/* gzip and zstd data a piece at a time: the first byte tells how large the pieces are. Read again, the bytes are the same; so is the fault. */
#include "datasets/unpack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 1 << 20 }; /* what is looked at of what a few bytes may grow to */

static enum rq_status drain(struct rq_buf *out, struct rq_unpack *unpack, size_t room, struct rq_error *err)
{
	char piece[4096];
	size_t got = 1;

	while (got > 0 && out->size < MOST) {
		RQ_TRY(rq_unpack_next(&got, unpack, piece, room, err));
		rq_buf_add(out, piece, got);
	}
	return RQ_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_error err = {0}, again = {0};
	struct rq_buf first = {0}, second = {0};
	struct rq_unpack unpack;

	if (size == 0)
		return 0;
	size_t room = data[0] % 2 == 0 ? 4096 : 1 + data[0] / 2;
	if (rq_unpack_from(&unpack, "fuzz", data + 1, size - 1, &err) == RQ_OK) {
		enum rq_status status = drain(&first, &unpack, room, &err);
		if (rq_unpack_rewind(&unpack, &again) == RQ_OK && drain(&second, &unpack, room, &again) != status)
			abort();
		if (strcmp(err.text, again.text) != 0 || first.size != second.size || (first.size > 0 && memcmp(first.data, second.data, first.size) != 0))
			abort();
	}
	rq_unpack_release(&unpack);
	rq_buf_release(&first);
	rq_buf_release(&second);
	return 0;
}
