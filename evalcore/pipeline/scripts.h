/* What can be told of a text without a model: how long it is, and which script it is written in, for languages of one script (German, English) look
 * alike. */
#ifndef RQ_PIPELINE_SCRIPTS_H
#define RQ_PIPELINE_SCRIPTS_H

#include <stdint.h>

/* "Latin", "Cyrillic" ..., last "other"; NULL-terminated. */
extern const char *const rq_script_names[];

/* The script of most letters of a text in UTF-8, by the blocks of Unicode 15 (Blocks.txt; names of Unicode Standard Annex 24), the first of several
 * in the list. -1: it has no letters. */
int rq_text_script(const char *text);
/* Characters without the blanks around them; NULL has none. */
int64_t rq_text_length(const char *text);

#endif
