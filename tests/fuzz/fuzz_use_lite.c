/* model.json, vocab.json and weights of use-lite, with a line break between the first two and after the second: the manifest's claims against the
 * bytes that are there, and pieces that are looked for. */
#include "evalcore/embed/use_lite/network.h"
#include "evalcore/embed/use_lite/pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every tensor that may be asked for lies within the bytes. */
static void read_tensors(const struct rq_use_lite_files *files, size_t size)
{
	for (size_t i = 0; i < files->tensors.count; i++) {
		const struct rq_tensor *tensor = &files->tensors.items[i];
		struct rq_error err = {0};
		if (tensor->offset > size || tensor->size > size - tensor->offset)
			abort();
		size_t columns = tensor->dimensions == 0 ? 1 : tensor->shape[tensor->dimensions - 1];
		size_t rows = columns == 0 ? 0 : tensor->count / columns;
		float *out = malloc(tensor->size + 1);
		if (out != NULL && rq_use_lite_tensor(out, files, tensor->name, rows, columns, &err) == RQ_OK)
			for (size_t k = 0; k < tensor->count; k++)
				if (!isfinite(out[k]))
					abort();
		free(out);
	}
}

static void read_text(const struct rq_use_lite_files *files)
{
	static const char text[] = "a  :: http://ab \xE6\x97\xA5 \xEF\xAC\x81n.";
	struct rq_pieces_room room = {0};
	struct rq_error err = {0};

	if (rq_pieces_read(&room, &files->pieces, text, &err) == RQ_OK)
		for (size_t i = 0; i < room.ids.count; i++)
			if (room.ids.items[i] >= files->pieces.count)
				abort();
	rq_pieces_room_release(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_use_lite_files files;
	struct rq_use_lite network;
	struct rq_error err = {0};
	const uint8_t *first = memchr(data, '\n', size), *second = first == NULL ? NULL : memchr(first + 1, '\n', size - (size_t)(first + 1 - data));

	if (second == NULL)
		return 0;
	uint64_t frame[] = {size % 3, (uint64_t)(first - data), (uint64_t)(second - first)};
	char *bytes = malloc(sizeof frame + size);
	if (bytes == NULL)
		return 0;
	memcpy(bytes, frame, sizeof frame);
	memcpy(bytes + sizeof frame, data, (size_t)(second - data));
	size_t weights = size - (size_t)(second + 1 - data);
	memcpy(bytes + sizeof frame + (second - data), second + 1, weights);
	if (rq_use_lite_open(&files, bytes, sizeof frame + (size_t)(second - data) + weights, &err) == RQ_OK) {
		read_tensors(&files, weights);
		read_text(&files);
		if (rq_use_lite_init(&network, &files, &err) == RQ_OK)
			rq_use_lite_release(&network);
	} else if (err.text[0] == '\0') {
		abort();
	}
	rq_use_lite_files_release(&files);
	free(bytes);
	return 0;
}
