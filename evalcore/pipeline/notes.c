/* The comparison's lists grow rarely and live in its arena: a list is copied to the next power of two. */
#include "evalcore/base/secret.h"
#include "evalcore/pipeline/stages.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The slot for a new last element, or NULL. */
static void *grow(struct rq_arena *arena, void **items, size_t *count, size_t size)
{
	if ((*count & (*count - 1)) == 0) {
		void *grown = rq_arena_alloc(arena, *count == 0 ? 1 : 2 * *count, size);
		if (grown == NULL)
			return NULL;
		if (*count > 0)
			memcpy(grown, *items, *count * size);
		*items = grown;
	}
	return (char *)*items + (*count)++ * size;
}

/* Words of services and commands may stand in it, and keys in them. */
static enum rq_status add_remark(struct rq_comparison *comparison, struct rq_remark **remarks, size_t *count, bool warning, const char *format,
                                 va_list args, struct rq_error *err)
{
	struct rq_remark *remark = grow(&comparison->arena, (void **)remarks, count, sizeof *remark);
	RQ_CLEANUP(rq_free_pointer) char *text = NULL;

	if (remark == NULL || vasprintf(&text, format, args) < 0)
		return rq_fail_memory(err);
	rq_secret_hide(text);
	*remark = (struct rq_remark){warning, rq_arena_strdup(&comparison->arena, text)};
	return remark->text == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_remark(struct rq_comparison *comparison, bool warning, struct rq_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	enum rq_status status = add_remark(comparison, &comparison->remarks, &comparison->remark_count, warning, format, args, err);
	va_end(args);
	return status;
}

enum rq_status rq_run_remark(struct rq_comparison *comparison, bool warning, struct rq_error *err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	enum rq_status status = add_remark(comparison, &comparison->run_remarks, &comparison->run_remark_count, warning, format, args, err);
	va_end(args);
	return status;
}

static enum rq_status add_number(struct rq_comparison *comparison, struct rq_named_number **items, size_t *count, const char *name, double value,
                                 struct rq_error *err)
{
	struct rq_named_number *number = grow(&comparison->arena, (void **)items, count, sizeof *number);

	if (number == NULL)
		return rq_fail_memory(err);
	*number = (struct rq_named_number){rq_arena_strdup(&comparison->arena, name), value};
	return number->name == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_add_count(struct rq_comparison *comparison, const char *name, size_t value, struct rq_error *err)
{
	return add_number(comparison, &comparison->counts, &comparison->count_count, name, (double)value, err);
}

enum rq_status rq_add_stage(struct rq_comparison *comparison, const char *name, uint64_t started_ns, struct rq_error *err)
{
	return add_number(comparison, &comparison->stage_seconds, &comparison->stage_count, name, (double)(rq_clock_ns() - started_ns) * 1e-9, err);
}

static enum rq_status add_text(struct rq_comparison *comparison, struct rq_named_text **items, size_t *count, const char *side, const char *name,
                               const char *value, struct rq_error *err)
{
	struct rq_arena *arena = &comparison->arena;
	struct rq_named_text *text = grow(arena, (void **)items, count, sizeof *text);

	if (text == NULL)
		return rq_fail_memory(err);
	*text = (struct rq_named_text){side == NULL ? rq_arena_strdup(arena, name) : rq_arena_printf(arena, "%s.%s", side, name),
	                               rq_arena_strdup(arena, value)};
	return text->name == NULL || text->text == NULL ? rq_fail_memory(err) : RQ_OK;
}

enum rq_status rq_add_input(struct rq_comparison *comparison, const char *side, const char *name, const char *sha256, struct rq_error *err)
{
	RQ_TRY(add_text(comparison, &comparison->inputs, &comparison->input_count, side, name, sha256, err));
	const char *added = comparison->inputs[comparison->input_count - 1].name;
	return rq_input_is_known(added) ? RQ_OK : rq_fail(err, RQ_E_INTERNAL, "\"%s\" is no input that reports are read with", added);
}

enum rq_status rq_add_cache_use(struct rq_comparison *comparison, const char *side, const char *stage, struct rq_error *err, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	return add_text(comparison, &comparison->cache_use, &comparison->cache_use_count, side, stage, text, err);
}

enum rq_status rq_add_service(struct rq_comparison *comparison, const char *side, const char *what, const struct rq_service_use *use,
                              struct rq_error *err)
{
	struct rq_service_account *account = grow(&comparison->arena, (void **)&comparison->services, &comparison->service_count, sizeof *account);
	bool clause = use->truncation[0] != '\0';

	if (account == NULL)
		return rq_fail_memory(err);
	*account = (struct rq_service_account){
		.side = side,
		.what = what,
		.requests = (double)use->requests,
		.retries = (double)use->retries,
		.texts = (double)use->texts,
		.tokens = (double)use->tokens,
		.sent = use->sent,
		.waited = use->waited,
		.truncated = (double)use->truncated,
		.truncation = clause ? rq_arena_strdup(&comparison->arena, use->truncation) : NULL,
	};
	return clause && account->truncation == NULL ? rq_fail_memory(err) : RQ_OK;
}
