/* Steps of a normaliser. Each reads text->data and writes text->spare, and the two change places; what is all ASCII takes a short way with the same
 * result. */
#include "evalcore/embed/token/normal_steps.h"

#include "evalcore/embed/token/characters.h"

#include <string.h>
#include <utf8proc.h>

static bool make_room(struct rq_normal_text *text, size_t size)
{
	return RQ_RESERVE(text->spare, text->spare_capacity, size + 1);
}

/* What was written to spare is the text. */
static enum rq_status take(struct rq_normal_text *text, size_t size)
{
	char *data = text->data;
	size_t capacity = text->capacity;

	text->data = text->spare;
	text->capacity = text->spare_capacity;
	text->size = size;
	text->spare = data;
	text->spare_capacity = capacity;
	return RQ_OK;
}

static size_t encode(char *out, int32_t point)
{
	return (size_t)utf8proc_encode_char(point, (utf8proc_uint8_t *)out);
}

/* One character, or two: capital I with a dot keeps its dot. Returns bytes. */
static size_t encode_lower(char *out, int32_t point)
{
	if (point == 0x130)
		return (size_t)(stpcpy(out, "i\xCC\x87") - out);
	return encode(out, utf8proc_tolower(point));
}

/* The text's characters by a form of utf8proc, in text->points. */
static enum rq_status decompose(size_t *count, struct rq_normal_text *text, utf8proc_option_t form, struct rq_error *err)
{
	utf8proc_ssize_t n;

	for (;;) {
		n = utf8proc_decompose((const utf8proc_uint8_t *)text->data, (utf8proc_ssize_t)text->size, text->points,
		                       (utf8proc_ssize_t)text->point_capacity, form);
		if (n >= 0 && (size_t)n <= text->point_capacity)
			break;
		if (n < 0 || !RQ_RESERVE(text->points, text->point_capacity, (size_t)n))
			return rq_fail_memory(err);
	}
	*count = (size_t)n;
	return RQ_OK;
}

/* ---- BertNormalizer ---- */

static inline char lower_ascii(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static size_t bert_ascii(char *out, const struct rq_normal_text *text, const struct rq_normal_step *step)
{
	size_t size = 0;

	for (size_t i = 0; i < text->size; i++) {
		char c = text->data[i];
		bool blank = c == '\t' || c == '\n' || c == '\r';
		if (step->clean_text && blank)
			c = ' ';
		out[size] = step->lowercase ? lower_ascii(c) : c;
		size += !step->clean_text || (c >= ' ' && c < 0x7F);
	}
	return size;
}

/* Drops control characters and sets ideographs apart. */
static size_t clean(char *out, const struct rq_normal_text *text, const struct rq_normal_step *step)
{
	size_t used = 0;

	for (size_t i = 0, size; i < text->size; i += size) {
		int32_t point = rq_utf8_point(text->data + i);
		size = rq_utf8_size(text->data[i]);
		if (step->clean_text && (point == 0xFFFD || rq_point_is_control(point)))
			continue;
		if (step->clean_text && rq_point_is_space(point))
			point = ' ';
		bool apart = step->handle_chinese_chars && rq_point_is_ideograph(point);
		if (apart)
			out[used++] = ' ';
		used += encode(out + used, point);
		if (apart)
			out[used++] = ' ';
	}
	return used;
}

enum rq_status rq_apply_bert(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t count, used = 0;

	if (!make_room(text, rq_is_ascii(text->data, text->size) ? text->size : 2 * text->size))
		return rq_fail_memory(err);
	if (rq_is_ascii(text->data, text->size))
		return take(text, bert_ascii(text->spare, text, step));
	RQ_TRY(take(text, clean(text->spare, text, step)));
	if (!step->strip_accents)
		return step->lowercase ? rq_apply_lowercase(text, step, err) : RQ_OK;
	RQ_TRY(decompose(&count, text, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, err));
	if (!make_room(text, 4 * count))
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		if (!rq_point_is_nonspacing(text->points[i]))
			used += (step->lowercase ? encode_lower : encode)(text->spare + used, text->points[i]);
	return take(text, used);
}

/* ---- one thing each ---- */

enum rq_status rq_apply_lowercase(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t used = 0;

	(void)step;
	if (!make_room(text, 2 * text->size)) /* at most a byte more a character */
		return rq_fail_memory(err);
	for (size_t i = 0, size; i < text->size; i += size) {
		size = rq_utf8_size(text->data[i]);
		if (size == 1)
			text->spare[used++] = lower_ascii(text->data[i]);
		else
			used += encode_lower(text->spare + used, rq_utf8_point(text->data + i));
	}
	return take(text, used);
}

enum rq_status rq_apply_form(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t count, used = 0;

	if (rq_is_ascii(text->data, text->size))
		return RQ_OK;
	RQ_TRY(decompose(&count, text, step->form, err));
	if (step->form & UTF8PROC_COMPOSE)
		count = (size_t)utf8proc_normalize_utf32(text->points, (utf8proc_ssize_t)count, step->form);
	if (!make_room(text, 4 * count))
		return rq_fail_memory(err);
	for (size_t i = 0; i < count; i++)
		used += encode(text->spare + used, text->points[i]);
	return take(text, used);
}

static bool is_mark(int32_t point)
{
	utf8proc_category_t category = utf8proc_category(point);

	return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_MC || category == UTF8PROC_CATEGORY_ME;
}

enum rq_status rq_apply_strip_accents(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t used = 0;

	(void)step;
	if (!make_room(text, text->size))
		return rq_fail_memory(err);
	for (size_t i = 0, size; i < text->size; i += size) {
		size = rq_utf8_size(text->data[i]);
		if (size > 1 && is_mark(rq_utf8_point(text->data + i)))
			continue;
		memcpy(text->spare + used, text->data + i, size);
		used += size;
	}
	return take(text, used);
}

enum rq_status rq_apply_strip(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t from = 0, to = text->size;

	(void)err;
	while (step->left && from < to && rq_point_is_space(rq_utf8_point(text->data + from)))
		from += rq_utf8_size(text->data[from]);
	while (step->right && to > from) {
		size_t last = to - 1;
		while (((unsigned char)text->data[last] & 0xC0) == 0x80)
			last--;
		if (!rq_point_is_space(rq_utf8_point(text->data + last)))
			break;
		to = last;
	}
	if (from > 0)
		memmove(text->data, text->data + from, to - from);
	text->size = to - from;
	return RQ_OK;
}

/* ---- Precompiled ---- */

/* Bytes of the cluster of characters (UAX #29) that the text begins with. */
static size_t cluster(const char *text, size_t size)
{
	size_t at = rq_utf8_size(text[0]);
	int32_t before = rq_utf8_point(text), state = 0;

	while (at < size) {
		int32_t point = rq_utf8_point(text + at);
		if ((before < 0x80 && point < 0x80 && before != '\r') || utf8proc_grapheme_break_stateful(before, point, &state))
			break;
		at += rq_utf8_size(text[at]);
		before = point;
	}
	return at;
}

/* Adds what the charsmap makes of a text, or the text itself where it has no rule for it and `otherwise` says so. False: neither. */
static bool add_mapped(struct rq_buf *out, const struct rq_charsmap *charsmap, const char *text, size_t size, bool otherwise)
{
	const char *mapped = rq_charsmap_find(charsmap, text, size);

	if (mapped == NULL && !otherwise)
		return false;
	rq_buf_add(out, mapped == NULL ? text : mapped, mapped == NULL ? size : strlen(mapped));
	return true;
}

enum rq_status rq_apply_charsmap(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	enum { CLUSTER_MAX = 5 /* bytes; a longer one is looked up by its characters */ };
	struct rq_buf out = {.data = text->spare, .capacity = text->spare_capacity};

	for (size_t i = 0, size; i < text->size; i += size) {
		size = cluster(text->data + i, text->size - i);
		if (size <= CLUSTER_MAX && add_mapped(&out, &step->charsmap, text->data + i, size, false))
			continue;
		for (size_t at = i, one; at < i + size; at += one) {
			one = rq_utf8_size(text->data[at]);
			add_mapped(&out, &step->charsmap, text->data + at, one, true);
		}
	}
	text->spare = out.data;
	text->spare_capacity = out.capacity;
	return out.failed ? rq_fail_memory(err) : take(text, out.size);
}

/* ---- Replace ---- */

static size_t append(char *out, size_t used, struct rq_normal_span span)
{
	memcpy(out + used, span.bytes, span.size);
	return used + span.size;
}

enum rq_status rq_apply_replace(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t used = 0, growth = 1 + step->content.size / step->pattern.size, room;

	if (__builtin_mul_overflow(text->size, growth, &room) || !make_room(text, room))
		return rq_fail_memory(err);
	for (size_t i = 0; i < text->size;) {
		const char *found = memmem(text->data + i, text->size - i, step->pattern.bytes, step->pattern.size);
		size_t until = found == NULL ? text->size : (size_t)(found - text->data);
		used = append(text->spare, used, (struct rq_normal_span){text->data + i, until - i});
		if (found == NULL)
			break;
		used = append(text->spare, used, step->content);
		i = until + step->pattern.size;
	}
	return take(text, used);
}

enum rq_status rq_apply_replace_characters(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	size_t used = 0, room;

	if (__builtin_mul_overflow(text->size, step->longest, &room) || !make_room(text, room))
		return rq_fail_memory(err);
	for (size_t i = 0; i < text->size; i++) {
		unsigned char c = (unsigned char)text->data[i];
		if (c < 0x80 && step->instead[c].bytes != NULL)
			used = append(text->spare, used, step->instead[c]);
		else
			text->spare[used++] = (char)c;
	}
	return take(text, used);
}

/* Runs of at least `least` characters of white space, or of blanks alone, become the step's content. */
static enum rq_status replace_runs(struct rq_normal_text *text, const struct rq_normal_step *step, bool blanks, size_t least, struct rq_error *err)
{
	size_t used = 0, room;

	if (__builtin_mul_overflow(text->size, 1 + step->content.size, &room) || !make_room(text, room))
		return rq_fail_memory(err);
	for (size_t i = 0; i < text->size;) {
		size_t end = i, run = 0;
		while (end < text->size && (blanks ? text->data[end] == ' ' : rq_point_is_space(rq_utf8_point(text->data + end)))) {
			end += rq_utf8_size(text->data[end]);
			run++;
		}
		if (run >= least) {
			used = append(text->spare, used, step->content);
			i = end;
			continue;
		}
		end = i + rq_utf8_size(text->data[i]);
		while (i < end)
			text->spare[used++] = text->data[i++];
	}
	return take(text, used);
}

enum rq_status rq_apply_replace_space(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	return replace_runs(text, step, false, 1, err);
}

enum rq_status rq_apply_replace_blanks(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err)
{
	return replace_runs(text, step, true, 2, err);
}
