/* The tokeniser: fold (NFKC and case), cut into words, drop stop words, stem. Knows nothing of counts, weights or vectors.
 *
 * Apostrophes: in English ' and U+2019 inside a word belong to it, since that is where the stop list ("don't") and Snowball's English stemmer
 * ("engine's" -> "engin") expect them; cut there, "don't" would leave a word "t". In other languages they end a word, because elsewhere they
 * mostly part two of them: "l'avion" must be found by "avion", and Snowball 2.2 does not remove the article. */
#include "evalcore/embed/text/tokens.h"

#include "evalcore/base/memory.h"
#include "evalcore/base/parse.h"
#include "evalcore/embed/text/stop_words.h"
#include "evalcore/embed/token/characters.h"

#include <libstemmer.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* A longer run (base64, a sentence of a script without blanks) is cut into pieces of at most so many bytes, so that no part of it is lost. */
enum { WORD_BYTES = 128 };

const char *rq_tokenizer_library(void)
{
	return utf8proc_version(); /* libstemmer tells none; a change of its stems comes with the program's own build */
}

struct rq_tokenizer {
	struct sb_stemmer *stemmer; /* NULL: no stemming */
	bool stop_words;
	bool joins_apostrophe;
	char *folded; /* the text, folded; NUL-terminated */
	size_t folded_size, folded_capacity;
	utf8proc_int32_t *points;
	size_t points_capacity;
};

/* What a character is to a word. A mark goes on with a word but starts none; enclosing ones, of keycap emoji, are none of the word's. */
enum character { OTHER, LETTER, MARK, APOSTROPHE };

static enum rq_status unknown_language(struct rq_error *err, const char *language)
{
	char names[1024] = "";
	size_t used = 0;

	for (const char **name = sb_stemmer_list(); *name != NULL && used + strlen(*name) + 3 < sizeof names; name++) {
		memcpy(names + used, *name, strlen(*name));
		memcpy(names + used + strlen(*name), ", ", 3);
		used += strlen(*name) + 2;
	}
	return rq_fail(err, RQ_E_CONFIG, "language \"%s\": no such stemmer; expected one of %sor none", language, names);
}

enum rq_status rq_tokenizer_new(struct rq_tokenizer **tokenizer, const char *language, bool stop_words, struct rq_error *err)
{
	bool stems = strcmp(language, "none") != 0, english = strcmp(language, "english") == 0;
	const char **name = sb_stemmer_list();

	*tokenizer = NULL;
	while (stems && *name != NULL && strcmp(*name, language) != 0)
		name++;
	if (stems && *name == NULL)
		return unknown_language(err, language);
	struct rq_tokenizer *result = calloc(1, sizeof *result);
	if (result == NULL)
		return rq_fail_memory(err);
	result->stop_words = stop_words && english;
	result->joins_apostrophe = english;
	if (stems && (result->stemmer = sb_stemmer_new(language, "UTF_8")) == NULL) {
		free(result);
		return rq_fail_memory(err);
	}
	*tokenizer = result;
	return RQ_OK;
}

void rq_tokenizer_free(struct rq_tokenizer *tokenizer)
{
	if (tokenizer == NULL)
		return;
	sb_stemmer_delete(tokenizer->stemmer);
	free(tokenizer->folded);
	free(tokenizer->points);
	free(tokenizer);
}

/* ASCII is its own NFKC, and its case folding is the 26 letters. */
static enum rq_status fold_ascii(struct rq_tokenizer *t, const char *text, size_t length, struct rq_error *err)
{
	if (!RQ_RESERVE(t->folded, t->folded_capacity, length + 1))
		return rq_fail_memory(err);
	for (size_t i = 0; i < length; i++)
		t->folded[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + ('a' - 'A') : text[i]);
	t->folded[length] = '\0';
	t->folded_size = length;
	return RQ_OK;
}

/* Unicode's NFKC_Casefold, which also drops what cannot be seen (soft hyphens, joiners, variation selectors). */
static enum rq_status fold_unicode(struct rq_tokenizer *t, const char *text, size_t length, struct rq_error *err)
{
	const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE;
	const utf8proc_uint8_t *bytes = (const utf8proc_uint8_t *)text;
	size_t invalid = rq_utf8_invalid_at(text, length);

	if (invalid < length)
		return rq_fail(err, RQ_E_DATA, "text is not valid UTF-8 at byte %zu; convert it to UTF-8", invalid);
	utf8proc_ssize_t count = utf8proc_decompose(bytes, (utf8proc_ssize_t)length, t->points, (utf8proc_ssize_t)t->points_capacity, options);
	if (count < 0)
		return rq_fail_memory(err);
	if ((size_t)count > t->points_capacity) {
		if (!RQ_RESERVE(t->points, t->points_capacity, (size_t)count))
			return rq_fail_memory(err);
		count = utf8proc_decompose(bytes, (utf8proc_ssize_t)length, t->points, (utf8proc_ssize_t)t->points_capacity, options);
	}
	count = utf8proc_normalize_utf32(t->points, count, options);
	if (count < 0 || !RQ_RESERVE(t->folded, t->folded_capacity, (size_t)count * 4 + 1))
		return rq_fail_memory(err);
	t->folded_size = 0;
	for (utf8proc_ssize_t i = 0; i < count; i++) {
		utf8proc_int32_t point = t->points[i] == 0x2019 ? '\'' : t->points[i];
		t->folded_size += (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)t->folded + t->folded_size);
	}
	t->folded[t->folded_size] = '\0';
	return RQ_OK;
}

static enum character classify_point(utf8proc_int32_t point)
{
	switch (utf8proc_category(point)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return LETTER;
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_MC:
		return MARK;
	default:
		return OTHER;
	}
}

/* The character at offset i, and its bytes. The end counts as a character of its own. */
static enum character classify(size_t *bytes, const struct rq_tokenizer *t, size_t i)
{
	char c = t->folded[i];
	utf8proc_int32_t point;

	*bytes = 1;
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return LETTER;
	if (c == '\'')
		return t->joins_apostrophe ? APOSTROPHE : OTHER;
	if ((unsigned char)c < 0x80)
		return OTHER;
	*bytes = (size_t)utf8proc_iterate((const utf8proc_uint8_t *)t->folded + i, (utf8proc_ssize_t)(t->folded_size - i), &point);
	return classify_point(point);
}

/* Offset past the word, or the piece of one, that starts at `start`. */
static size_t word_end(const struct rq_tokenizer *t, size_t start)
{
	size_t i = start, bytes, next;

	for (;;) {
		enum character character = classify(&bytes, t, i);
		if (character == OTHER || (character == APOSTROPHE && classify(&next, t, i + 1) != LETTER))
			return i;
		if (i + bytes - start > WORD_BYTES)
			return i;
		i += bytes;
	}
}

enum rq_status rq_tokenize(struct rq_tokenizer *tokenizer, const char *text, bool (*word)(void *context, const char *stem, size_t length),
                           void *context, struct rq_error *err)
{
	struct rq_tokenizer *t = tokenizer;
	size_t length = strlen(text), bytes;

	RQ_TRY((rq_is_ascii(text, length) ? fold_ascii : fold_unicode)(t, text, length, err));
	for (size_t i = 0; i < t->folded_size;) {
		if (classify(&bytes, t, i) != LETTER) {
			i += bytes;
			continue;
		}
		size_t end = word_end(t, i), size = end - i;
		const char *stem = t->folded + i;
		i = end;
		if (t->stop_words && rq_is_stop_word(stem, size))
			continue;
		if (t->stemmer != NULL) {
			stem = (const char *)sb_stemmer_stem(t->stemmer, (const sb_symbol *)stem, (int)size);
			if (stem == NULL)
				return rq_fail_memory(err);
			size = (size_t)sb_stemmer_length(t->stemmer);
		}
		if (size > 0 && !word(context, stem, size))
			return rq_fail_memory(err);
	}
	return RQ_OK;
}
