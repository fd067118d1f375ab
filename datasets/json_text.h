/* Numbers and strings as JSON spells them, for the readers that build no tree. */
#ifndef RQ_DATASETS_JSON_TEXT_H
#define RQ_DATASETS_JSON_TEXT_H

#include <stddef.h>

/* Past the number that begins at `at`: no sign but a minus, no zero before other digits, digits on both sides of the point. NULL: none begins there.
 * What stands behind it, which may be more of what looks like one, is for the caller to see. */
const char *rq_json_number_end(const char *at, const char *end);

/* The string between its quotes, escapes replaced in place: it never grows. NULL, or what is wrong, at text[*fault]. A backslash must have a byte
 * behind it. */
const char *rq_json_unescape(char *text, size_t *length, size_t *fault);

#endif
