#include "evalcore/embed/token/charsmap.h"

#include "evalcore/base/base64.h"
#include "evalcore/base/parse.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "units are little-endian and are copied as they are");

/* The array's size in bytes, the array, the texts. */
enum rq_status rq_charsmap_read(bool *valid, struct rq_charsmap *charsmap, const char *base64, struct rq_arena *arena, struct rq_error *err)
{
	size_t size = rq_base64_size(base64, strlen(base64));
	uint32_t array;

	*valid = false;
	if (size == SIZE_MAX || size < sizeof array)
		return RQ_OK;
	char *bytes = rq_arena_alloc(arena, size + 1, 1); /* zeroed: the last text ends too */
	if (bytes == NULL)
		return rq_fail_memory(err);
	rq_base64_read((unsigned char *)bytes, base64, size);
	memcpy(&array, bytes, sizeof array);
	if (array < sizeof array || array % sizeof array != 0 || array > size - sizeof array)
		return RQ_OK;
	*charsmap = (struct rq_charsmap){
		.units = (const uint32_t *)(const void *)(bytes + sizeof array),
		.unit_count = array / sizeof array,
		.texts = bytes + sizeof array + array,
		.size = size - sizeof array - array,
	};
	*valid = rq_utf8_invalid_at(charsmap->texts, charsmap->size) == charsmap->size;
	return RQ_OK;
}

/* A unit: label in bits 0 to 7, "a value follows" in 8, the offset to the children above, in units of 256 where bit 9 is set. Values have bit 31. */
static size_t children(uint32_t unit)
{
	return (size_t)(unit >> 10) << ((unit & 1u << 9) >> 6);
}

const char *rq_charsmap_find(const struct rq_charsmap *charsmap, const char *text, size_t length)
{
	size_t at = children(charsmap->units[0]);

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		at ^= c;
		if (at >= charsmap->unit_count || (charsmap->units[at] & (1u << 31 | 0xFF)) != c)
			return NULL;
		uint32_t unit = charsmap->units[at];
		at ^= children(unit);
		if ((unit & 1u << 8) == 0)
			continue;
		size_t value = at < charsmap->unit_count ? charsmap->units[at] & ~(1u << 31) : SIZE_MAX;
		bool whole = value < charsmap->size && ((unsigned char)charsmap->texts[value] & 0xC0) != 0x80;
		return whole ? charsmap->texts + value : value == charsmap->size ? "" : NULL;
	}
	return NULL;
}
