/* A text on its way: added tokens are found, what lies between them is normalised, normalised added tokens are found, what lies between those is cut
 * into words, and words become pieces. */
#include "evalcore/embed/token/encoder.h"

#include "evalcore/base/parse.h"
#include "evalcore/embed/token/characters.h"
#include "evalcore/embed/token/encoder_parts.h"

#include <stdlib.h>
#include <string.h>

void rq_encoder_free(struct rq_encoder *encoder)
{
	if (encoder == NULL)
		return;
	rq_trie_release(&encoder->as_is.trie);
	rq_trie_release(&encoder->normalised.trie);
	rq_normaliser_release(&encoder->normaliser);
	rq_wordpiece_release(&encoder->wordpiece);
	rq_unigram_release(&encoder->unigram);
	rq_arena_release(&encoder->arena);
	free(encoder);
}

struct rq_vocabulary rq_encoder_vocabulary(const struct rq_encoder *encoder)
{
	return encoder->vocabulary;
}

void rq_encoding_release(struct rq_encoding *encoding)
{
	free(encoding->ids.items);
	rq_normal_text_release(&encoding->text);
	free(encoding->spaced);
	rq_unigram_scratch_release(&encoding->scratch);
	*encoding = (struct rq_encoding){0};
}

/* A text being cut. */
struct cutting {
	struct rq_encoding *encoding;
	const struct rq_encoder *encoder;
	struct rq_error *err;
};

/* ---- words ---- */

static enum rq_status encode_word(const struct cutting *cutting, const char *word, size_t length)
{
	const struct rq_encoder *encoder = cutting->encoder;
	struct rq_encoding *encoding = cutting->encoding;

	if (encoder->wordpiece.trie.units != NULL)
		return rq_wordpiece_encode(&encoding->ids, &encoder->wordpiece, word, length, cutting->err);
	return rq_unigram_encode(&encoding->ids, &encoder->unigram, &encoding->scratch, word, length, cutting->err);
}

/* What a character is to a splitter: part of a word, nothing, or a word of its own. */
enum character { INSIDE, BETWEEN, ALONE };

static enum character character_of(const char *at, bool bert)
{
	unsigned char c = (unsigned char)*at;

	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'))
		return INSIDE;
	int32_t point = rq_utf8_point(at);
	if (rq_point_is_space(point))
		return BETWEEN;
	return bert && rq_point_is_punctuation(point) ? ALONE : INSIDE;
}

static enum rq_status split(const struct cutting *cutting, size_t splitter, const char *text, size_t length);

/* BertPreTokenizer, WhitespaceSplit. */
static enum rq_status split_words(const struct cutting *cutting, size_t splitter, const char *text, size_t length)
{
	bool bert = cutting->encoder->splitters[splitter].kind == RQ_SPLIT_BERT;
	size_t from = 0, size;

	for (size_t i = 0; i < length; i += size) {
		enum character character = character_of(text + i, bert);
		size = rq_utf8_size(text[i]);
		if (character == INSIDE)
			continue;
		if (from < i)
			RQ_TRY(split(cutting, splitter + 1, text + from, i - from));
		if (character == ALONE)
			RQ_TRY(split(cutting, splitter + 1, text + i, size));
		from = i + size;
	}
	return from < length ? split(cutting, splitter + 1, text + from, length - from) : RQ_OK;
}

/* The text with its blanks replaced and, where that is asked for, one before it. */
static enum rq_status space(size_t *out_size, const struct cutting *cutting, const struct rq_splitter *metaspace, const char *text, size_t length)
{
	struct rq_encoding *encoding = cutting->encoding;
	const char *replacement = metaspace->replacement;
	size_t size = metaspace->replacement_size, used = 0, room;
	bool begins = text[0] == ' ' || (length >= size && memcmp(text, replacement, size) == 0);

	if (__builtin_mul_overflow(length + 1, size, &room) || !RQ_RESERVE(encoding->spaced, encoding->spaced_capacity, room))
		return rq_fail_memory(cutting->err);
	if (metaspace->prepends && !begins)
		used = (size_t)(stpcpy(encoding->spaced, replacement) - encoding->spaced);
	for (size_t i = 0; i < length; i++)
		if (text[i] == ' ')
			for (size_t b = 0; b < size; b++)
				encoding->spaced[used++] = replacement[b];
		else
			encoding->spaced[used++] = text[i];
	*out_size = used;
	return RQ_OK;
}

/* Metaspace, which comes last: a word begins with each blank. */
static enum rq_status split_metaspace(const struct cutting *cutting, const struct rq_splitter *metaspace, const char *text, size_t length)
{
	size_t from = 0;

	RQ_TRY(space(&length, cutting, metaspace, text, length));
	text = cutting->encoding->spaced;
	while (metaspace->splits && from < length) {
		const char *next = memmem(text + from + 1, length - from - 1, metaspace->replacement, metaspace->replacement_size);
		size_t until = next == NULL ? length : (size_t)(next - text);
		RQ_TRY(encode_word(cutting, text + from, until - from));
		from = until;
	}
	return metaspace->splits ? RQ_OK : encode_word(cutting, text, length);
}

static enum rq_status split(const struct cutting *cutting, size_t splitter, const char *text, size_t length)
{
	const struct rq_encoder *encoder = cutting->encoder;

	if (splitter == encoder->splitter_count)
		return encode_word(cutting, text, length);
	if (encoder->splitters[splitter].kind == RQ_SPLIT_METASPACE)
		return split_metaspace(cutting, &encoder->splitters[splitter], text, length);
	return split_words(cutting, splitter, text, length);
}

/* ---- added tokens ---- */

static const struct rq_added_token *longest_added(const struct rq_added_tokens *added, const char *text, size_t length)
{
	uint32_t node = RQ_TRIE_ROOT, found = RQ_TRIE_NONE;

	for (size_t i = 0; i < length && rq_trie_step(&added->trie, &node, text[i]); i++)
		if (added->trie.units[node].value != RQ_TRIE_NONE)
			found = added->trie.units[node].value;
	return found == RQ_TRIE_NONE ? NULL : &added->items[found];
}

static size_t character_before(const char *text, size_t at)
{
	do
		at--;
	while (((unsigned char)text[at] & 0xC0) == 0x80);
	return at;
}

static bool stands_alone(const char *text, size_t length, size_t start, size_t stop)
{
	if (start > 0 && rq_point_is_word(rq_utf8_point(text + character_before(text, start))))
		return false;
	return stop == length || !rq_point_is_word(rq_utf8_point(text + stop));
}

/* Adds ids of the added tokens in a text, and calls `between` for what is not one of them. */
static enum rq_status find_added(const struct cutting *cutting, const struct rq_added_tokens *added, const char *text, size_t length,
                                 enum rq_status (*between)(const struct cutting *cutting, const char *text, size_t length))
{
	struct rq_token_ids *ids = &cutting->encoding->ids;
	size_t from = 0;

	for (size_t i = 0; added->count > 0 && i < length;) {
		const struct rq_added_token *token = added->begins[(unsigned char)text[i]] ? longest_added(added, text + i, length - i) : NULL;
		if (token == NULL) {
			i++;
			continue;
		}
		size_t start = i, stop = i + token->size;
		i = stop;
		if (token->single_word && !stands_alone(text, length, start, stop))
			continue;
		while (token->lstrip && start > from && rq_point_is_space(rq_utf8_point(text + character_before(text, start))))
			start = character_before(text, start);
		while (token->rstrip && stop < length && rq_point_is_space(rq_utf8_point(text + stop)))
			stop += rq_utf8_size(text[stop]);
		if (from < start)
			RQ_TRY(between(cutting, text + from, start - from));
		if (!RQ_RESERVE(ids->items, ids->capacity, ids->count + 1))
			return rq_fail_memory(cutting->err);
		ids->items[ids->count++] = token->id;
		from = stop;
	}
	return from < length ? between(cutting, text + from, length - from) : RQ_OK;
}

static enum rq_status cut_words(const struct cutting *cutting, const char *text, size_t length)
{
	return split(cutting, 0, text, length);
}

static enum rq_status normalise(const struct cutting *cutting, const char *text, size_t length)
{
	struct rq_normal_text *normal = &cutting->encoding->text;

	RQ_TRY(rq_normalise(normal, &cutting->encoder->normaliser, text, length, cutting->err));
	return find_added(cutting, &cutting->encoder->normalised, normal->data, normal->size, cut_words);
}

enum rq_status rq_encode(struct rq_encoding *encoding, const struct rq_encoder *encoder, const char *text, size_t length, struct rq_error *err)
{
	const struct cutting cutting = {encoding, encoder, err};
	size_t invalid = rq_is_ascii(text, length) ? length : rq_utf8_invalid_at(text, length);

	encoding->ids.count = 0;
	if (invalid < length)
		return rq_fail(err, RQ_E_DATA, "text is not valid UTF-8 at byte %zu; convert it to UTF-8", invalid);
	RQ_TRY(find_added(&cutting, &encoder->as_is, text, length, normalise));
	if (encoder->most > 0 && encoding->ids.count > encoder->most)
		encoding->ids.count = encoder->most;
	return RQ_OK;
}
