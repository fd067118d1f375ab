/* The steps of a normaliser, internal to normaliser.c, which reads them, and normal_steps.c, which carries them out. */
#ifndef RQ_EMBED_TOKEN_NORMAL_STEPS_H
#define RQ_EMBED_TOKEN_NORMAL_STEPS_H

#include "evalcore/embed/token/charsmap.h"
#include "evalcore/embed/token/normaliser.h"

struct rq_normal_span {
	const char *bytes; /* NULL: none */
	size_t size;
};

struct rq_normal_step {
	/* Rewrites text->data. */
	enum rq_status (*apply)(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
	bool clean_text, handle_chinese_chars, strip_accents, lowercase; /* BertNormalizer */
	bool left, right;                                                /* Strip */
	unsigned form;                       /* NF...: utf8proc's options */
	struct rq_normal_span pattern, content; /* Replace of a string, of blanks */
	struct rq_charsmap charsmap;         /* Precompiled */
	struct rq_normal_span *instead;      /* [128] of ASCII characters: several Replace at once */
	size_t longest;                      /* of those */
};

enum rq_status rq_apply_bert(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_lowercase(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_charsmap(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_form(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_strip(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_strip_accents(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_replace(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_replace_characters(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);
enum rq_status rq_apply_replace_space(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err);  /* "\s+" */
enum rq_status rq_apply_replace_blanks(struct rq_normal_text *text, const struct rq_normal_step *step, struct rq_error *err); /* " {2,}" */

#endif
