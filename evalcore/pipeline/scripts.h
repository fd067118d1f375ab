/* Which script a text is written in: what can be told of its language without a model. Languages of one script (German, English) look alike. */
#ifndef RQ_PIPELINE_SCRIPTS_H
#define RQ_PIPELINE_SCRIPTS_H

/* "Latin", "Cyrillic" ..., last "other"; NULL-terminated. */
extern const char *const rq_script_names[];

/* The script of most letters of a text in UTF-8, by the blocks of Unicode 15 (Blocks.txt; names of Unicode Standard Annex 24), the first of several
 * in the list. -1: it has no letters. */
int rq_text_script(const char *text);

#endif
