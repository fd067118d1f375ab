/* The one strict parser of numbers, a lenient one for files that another program reads so, and checks of text. The locale plays no part. */
#ifndef RQ_BASE_PARSE_H
#define RQ_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "12abc", "", " 1" and overflow are refused: each reads exactly `length` bytes and returns false, leaving *value alone, unless all of them are the
 * number. */
bool rq_parse_i64(int64_t *value, const char *text, size_t length);
bool rq_parse_u64(uint64_t *value, const char *text, size_t length);
/* Decimal, with exponent, "inf" and "nan" in any case (the caller decides whether those are welcome). Correctly rounded. */
bool rq_parse_f64(double *value, const char *text, size_t length);
/* Whether that was refused only because no double is as large. */
bool rq_f64_too_large(const char *text, size_t length);
/* The other way, with the fewest of 15 to 17 digits that read back as the same number: "0.1". -0 is 0. By value: the text lives as long as its
 * expression. */
struct rq_short_number {
	char text[32];
};
struct rq_short_number rq_short_number(double number);
struct rq_short_number rq_short_float(float number); /* the fewest of 6 to 9 that read back as the same float, also by way of a double */
/* "250us", "50ms", "1.5s", "10m", "2h" -> seconds. A bare number is refused: a duration without a unit is a trap. */
bool rq_parse_duration(double *seconds, const char *text, size_t length);
/* "2026-11-01T03:00:00Z" -> seconds since 1970 (RFC 3339 in UTC, whole seconds); a day or hour that no calendar has is refused. */
bool rq_parse_time(int64_t *seconds, const char *text, size_t length);
/* "500MB", "1.5GB", "512MiB", "64kB" -> bytes, rounded down. Decimal: B, kB, MB, GB, TB (1 kB is 1000 B). Binary: KiB, MiB, GiB, TiB (1 KiB is 1024
 * B). A bare number is refused here too, and so is what 63 bits do not hold. */
bool rq_parse_size(uint64_t *bytes, const char *text, size_t length);
/* The other way, for people, with two digits at least: "999 B", "1.5 kB", "12 GB". Returns text. */
const char *rq_show_size(char text[16], uint64_t bytes);

/* What trec_eval makes of what is no number: atof and atol read what it begins with, hex and overflow to infinity included, or 0. NaN, which has no
 * place in an order, is 0 as well, and an integer is cut to what an int holds. False: out of memory. */
bool rq_leading_f64(double *value, const char *text, size_t length);
int rq_leading_int(const char *text, size_t length);

/* Offset of the first byte that is not valid UTF-8 (overlong forms, surrogates and values past U+10FFFF included), or `length`. */
size_t rq_utf8_invalid_at(const char *text, size_t length);

/* Bytes of the character that `text`, which ends in a NUL, starts with, where showing it would do more: a control character, one that turns the
 * direction of writing (Unicode Standard Annex 9), or no UTF-8, of which `valid` bytes follow; 0: it is none of them. */
size_t rq_unprintable(const char *text, size_t valid);
/* `text` as a message or a terminal shows it, cut to `size` with its NUL: the unprintable is spelt \n, \t, \x1b, so that one line stays one line.
 * Four bytes for each of the text's hold all of it. */
void rq_show_text(char *out, size_t size, const char *text);

/* The nearest of `count` names by edit distance when it is close enough to be meant, else NULL: for "did you mean". */
const char *rq_nearest_name(const char *text, const char *const *names, size_t count);

#endif
