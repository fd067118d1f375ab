#include "evalcore/base/parse.h"

#include "evalcore/base/decimal.h"

#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool rq_parse_u64(uint64_t *value, const char *text, size_t length)
{
	uint64_t result = 0;

	if (length == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(result, (uint64_t)10, &result) || __builtin_add_overflow(result, (uint64_t)(text[i] - '0'), &result))
			return false;
	}
	*value = result;
	return true;
}

bool rq_parse_i64(int64_t *value, const char *text, size_t length)
{
	bool negative = length > 0 && text[0] == '-';
	size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');
	uint64_t magnitude;

	if (!rq_parse_u64(&magnitude, text + sign, length - sign) || magnitude > (uint64_t)INT64_MAX + negative)
		return false;
	*value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
	return true;
}

/* Digits, dot and exponent in the one order that a number has, or inf / nan: what strtod accepts beyond that (hex, blanks) is refused. */
static bool looks_like_number(const char *text, size_t length)
{
	size_t i = length > 0 && (text[0] == '-' || text[0] == '+'), digits = 0;

	if (length - i == 3 && (strncasecmp(text + i, "inf", 3) == 0 || strncasecmp(text + i, "nan", 3) == 0))
		return true;
	if (length - i == 8 && strncasecmp(text + i, "infinity", 8) == 0)
		return true;
	for (; i < length && isdigit((unsigned char)text[i]); i++)
		digits++;
	if (i < length && text[i] == '.')
		for (i++; i < length && isdigit((unsigned char)text[i]); i++)
			digits++;
	if (digits == 0)
		return false;
	if (i < length && (text[i] == 'e' || text[i] == 'E')) {
		i++;
		if (i < length && (text[i] == '-' || text[i] == '+'))
			i++;
		if (i == length)
			return false;
		while (i < length && isdigit((unsigned char)text[i]))
			i++;
	}
	return i == length;
}

/* Adds digits to a number, and returns where they end. */
static const char *add_digits(uint64_t *number, const char *at, const char *end)
{
	uint64_t sum = *number;

	for (; at < end && (unsigned char)(*at - '0') < 10; at++)
		sum = sum * 10 + (unsigned char)(*at - '0');
	*number = sum;
	return at;
}

/* A number of at most 19 digits, nearly every one in a file. False: it is longer, far from 1, or none. */
static bool parse_short(double *value, const char *text, size_t length)
{
	enum { DIGITS = 19, EXPONENT_DIGITS = 3 };
	const char *end = text + length, *at = text;
	bool negative = at < end && *at == '-', below;
	uint64_t digits = 0, power = 0;
	ptrdiff_t count, fraction = 0;
	double magnitude;

	at += negative || (at < end && *at == '+');
	const char *start = at;
	at = add_digits(&digits, at, end);
	count = at - start;
	if (at < end && *at == '.') {
		const char *point = at + 1;
		at = add_digits(&digits, point, end);
		fraction = at - point;
		count += fraction;
	}
	if (count == 0 || count > DIGITS)
		return false;
	below = false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		below = at < end && *at == '-';
		at += below || (at < end && *at == '+');
		start = at;
		at = add_digits(&power, at, end);
		if (at == start || at - start > EXPONENT_DIGITS)
			return false;
	}
	if (at != end || !rq_decimal_round(&magnitude, digits, (int)(below ? -(int)power : (int)power) - (int)fraction))
		return false;
	*value = negative ? -magnitude : magnitude;
	return true;
}

/* strtod of what is not terminated; *read is how much of it is a number. The program never calls setlocale, so a dot is read. False:
 * out of memory. */
static bool read_leading(double *value, size_t *read, const char *text, size_t length)
{
	char small[64], *copy = small, *end;

	if (length >= sizeof small && (copy = malloc(length + 1)) == NULL)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	*value = strtod(copy, &end);
	*read = (size_t)(end - copy);
	if (copy != small)
		free(copy);
	return true;
}

static bool spells_infinity(const char *text, size_t length)
{
	size_t sign = length > 0 && (text[0] == '-' || text[0] == '+');

	return sign < length && (text[sign] == 'i' || text[sign] == 'I');
}

bool rq_parse_f64(double *value, const char *text, size_t length)
{
	double result;
	size_t read;

	if (parse_short(value, text, length))
		return true;
	if (!looks_like_number(text, length) || !read_leading(&result, &read, text, length))
		return false;
	if (read < length || (isinf(result) && !spells_infinity(text, length)))
		return false;
	*value = result;
	return true;
}

bool rq_f64_too_large(const char *text, size_t length)
{
	double value;
	size_t read;

	return looks_like_number(text, length) && !spells_infinity(text, length) && read_leading(&value, &read, text, length) && isinf(value);
}

bool rq_leading_f64(double *value, const char *text, size_t length)
{
	size_t read;

	if (!read_leading(value, &read, text, length))
		return false;
	if (isnan(*value))
		*value = 0;
	return true;
}

int rq_leading_int(const char *text, size_t length)
{
	bool negative = length > 0 && text[0] == '-';
	size_t i = length > 0 && (text[0] == '-' || text[0] == '+');
	long value = 0;

	for (; i < length && text[i] >= '0' && text[i] <= '9' && value <= INT_MAX; i++)
		value = value * 10 + (text[i] - '0');
	value = negative ? -value : value;
	return value < INT_MIN ? INT_MIN : value > INT_MAX ? INT_MAX : (int)value;
}

struct unit {
	const char *name;
	double factor;
};

/* A finite number that is not negative, and one of the units right behind it. */
static bool parse_quantity(double *value, const char *text, size_t length, const struct unit *units, size_t count)
{
	size_t digits = length;
	double number;

	while (digits > 0 && isalpha((unsigned char)text[digits - 1]))
		digits--;
	for (size_t i = 0; i < count; i++) {
		if (strlen(units[i].name) != length - digits || memcmp(units[i].name, text + digits, length - digits) != 0)
			continue;
		if (!rq_parse_f64(&number, text, digits) || !isfinite(number) || number < 0)
			return false;
		*value = number * units[i].factor;
		return true;
	}
	return false;
}

bool rq_parse_duration(double *seconds, const char *text, size_t length)
{
	static const struct unit units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}, {"w", 604800}};

	return parse_quantity(seconds, text, length, units, sizeof units / sizeof *units);
}

bool rq_parse_time(int64_t *seconds, const char *text, size_t length)
{
	static const char form[] = "2026-11-01T03:00:00Z";
	char copy[sizeof form], again[sizeof form];
	struct tm parts = {0};

	if (length != sizeof form - 1)
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	const char *end = strptime(copy, "%Y-%m-%dT%H:%M:%SZ", &parts);
	time_t time = end == NULL || *end != '\0' ? -1 : timegm(&parts);
	if (time < 0 || gmtime_r(&time, &parts) == NULL || strftime(again, sizeof again, "%Y-%m-%dT%H:%M:%SZ", &parts) != length)
		return false;
	if (strcmp(copy, again) != 0) /* the 31st of November, "1" for "01" */
		return false;
	*seconds = (int64_t)time;
	return true;
}

bool rq_parse_size(uint64_t *bytes, const char *text, size_t length)
{
	static const struct unit units[] = {{"B", 1},       {"kB", 1e3},     {"MB", 1e6},        {"GB", 1e9},       {"TB", 1e12},
	                                    {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}};
	double value;

	if (!parse_quantity(&value, text, length, units, sizeof units / sizeof *units) || value >= 0x1p63)
		return false;
	*bytes = (uint64_t)value;
	return true;
}

struct rq_short_number rq_short_number(double number)
{
	struct rq_short_number shown;
	double back;

	for (int digits = 15; digits <= 17; digits++) {
		int length = snprintf(shown.text, sizeof shown.text, "%.*g", digits, number == 0 ? 0.0 : number);
		if (rq_parse_f64(&back, shown.text, (size_t)length) && back == number)
			break;
	}
	return shown;
}

struct rq_short_number rq_short_float(float number)
{
	struct rq_short_number shown;
	double back;

	for (int digits = FLT_DIG; digits <= FLT_DECIMAL_DIG; digits++) {
		int length = snprintf(shown.text, sizeof shown.text, "%.*g", digits, (double)number);
		if (rq_parse_f64(&back, shown.text, (size_t)length) && (float)back == number)
			break;
	}
	return shown;
}

const char *rq_show_size(char text[16], uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
	double value = (double)bytes;
	size_t unit = 0;

	for (; value >= 999.5; unit++) /* which would be shown as 1000; 64 bits end at 18 EB */
		value /= 1000;
	snprintf(text, 16, "%.*f %s", unit > 0 && value < 9.95, value, units[unit]);
	return text;
}

/* Length of the well-formed sequence at text (Unicode 15, table 3-7), or 0. */
static size_t utf8_sequence(const unsigned char *text, size_t left)
{
	unsigned char first = text[0], low = 0x80, high = 0xBF;
	size_t length = first < 0x80 ? 1 : first >= 0xC2 && first <= 0xDF ? 2 : (first & 0xF0) == 0xE0 ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;

	if (length < 2 || length > left)
		return length > left ? 0 : length;
	if (first == 0xE0)
		low = 0xA0;
	if (first == 0xED)
		high = 0x9F;
	if (first == 0xF0)
		low = 0x90;
	if (first == 0xF4)
		high = 0x8F;
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((text[i] & 0xC0) != 0x80)
			return 0;
	return length;
}

size_t rq_utf8_invalid_at(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		uint64_t eight;
		if (length - i >= 8 && (memcpy(&eight, text + i, 8), (eight & 0x8080808080808080u) == 0)) {
			i += 8;
			continue;
		}
		size_t step = utf8_sequence((const unsigned char *)text + i, length - i);
		if (step == 0)
			return i;
		i += step;
	}
	return length;
}

enum { NAME_MAX_COMPARED = 63 };

/* Damerau-Levenshtein (adjacent swaps count one), case-insensitive. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][NAME_MAX_COMPARED + 1], n = strlen(a), m = strlen(b);

	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
			size_t best = before[j - 1] + !same;
			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 2]) &&
			    tolower((unsigned char)a[i - 2]) == tolower((unsigned char)b[j - 1]) && earlier[j - 2] + 1 < best)
				best = earlier[j - 2] + 1;
			now[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *rq_nearest_name(const char *text, const char *const *names, size_t count)
{
	const char *nearest = NULL;
	size_t best = SIZE_MAX, length = strlen(text);

	if (length == 0 || length > NAME_MAX_COMPARED)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (strlen(names[i]) > NAME_MAX_COMPARED)
			continue;
		size_t distance = edit_distance(text, names[i]);
		if (distance < best) {
			best = distance;
			nearest = names[i];
		}
	}
	/* A third of the letters may be wrong; beyond that a suggestion is noise. */
	return best <= (length < 4 ? 1 : length / 3) ? nearest : NULL;
}

/* U+061C; U+200E, U+200F, U+202A to U+202E; U+2066 to U+2069. */
static size_t turns_direction(const unsigned char *text)
{
	if (text[0] == 0xD8 && text[1] == 0x9C)
		return 2;
	if (text[0] != 0xE2)
		return 0;
	bool mark = text[1] == 0x80 && (text[2] == 0x8E || text[2] == 0x8F || (text[2] >= 0xAA && text[2] <= 0xAE));
	return mark || (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9) ? 3 : 0;
}

size_t rq_unprintable(const char *text, size_t valid)
{
	const unsigned char *bytes = (const unsigned char *)text;

	if (valid == 0 || bytes[0] < 0x20 || bytes[0] == 0x7F)
		return 1;
	return bytes[0] == 0xC2 && bytes[1] < 0xA0 ? 2 : turns_direction(bytes); /* U+0080 to U+009F */
}

void rq_show_text(char *out, size_t size, const char *text)
{
	size_t length = strlen(text), used = 0, valid = rq_utf8_invalid_at(text, length);

	for (size_t i = 0; i < length; valid = i < valid ? valid : i + rq_utf8_invalid_at(text + i, length - i)) {
		size_t bad = rq_unprintable(text + i, valid - i);
		if (used + (bad == 0 ? 1 : 4 * bad) >= size)
			break;
		if (bad == 0)
			out[used++] = text[i++];
		for (; bad > 0; bad--, i++) {
			const char *named = strchr("\nn\tt\rr", text[i]);
			used += (size_t)(named != NULL ? snprintf(out + used, 5, "\\%c", named[1]) : snprintf(out + used, 5, "\\x%02x", (unsigned char)text[i]));
		}
	}
	out[used] = '\0';
}
