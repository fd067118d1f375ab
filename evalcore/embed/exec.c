/* exec: a command that embeds texts, spoken to in JSON lines. README.md says what goes over its stdin and stdout. */
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"
#include "evalcore/embed/embedder.h"
#include "evalcore/embed/exec/files.h"
#include "evalcore/embed/exec/vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MOST = 65536 + RQ_EXEC_DIMENSION_MOST * 32 };

struct exec_options {
	struct rq_command_options command;
	const char *model;
};

static const struct rq_option options[] = {
	RQ_COMMAND_OPTIONS_START(struct exec_options, command),
	{.name = "model", .type = RQ_OPTION_STRING, .offset = offsetof(struct exec_options, model),
	 .help = "the model's name and version, for a command whose answers do not tell them; change it when the model changes, or old vectors are used again"},
	RQ_COMMAND_OPTIONS_TALK(struct exec_options, command, "\"60s\"", "how long the command may be silent while it owes an answer, loading its model included", "64", 4096,
	                        "texts that the command is given before it has answered the first of them; it must not wait for more"),
	RQ_OPTIONS_END,
};

static const char *const immaterial[] = {"timeout", "window", "secret_env", NULL};

struct state {
	const struct exec_options *options;
	struct rq_dialogue *dialogue;
	struct rq_identity identity;
	struct rq_service_use use;
	uint64_t first_id; /* of the texts at hand; ids of different calls differ */
};

/* The texts at hand. */
struct asking {
	struct state *state;
	const struct rq_embed_work *work;
	size_t count;
};

static enum rq_status exec_check(const void *config, struct rq_error *err)
{
	return rq_command_check(&((const struct exec_options *)config)->command, err);
}

static enum rq_status exec_ready(const void *config, struct rq_error *err)
{
	return rq_dialogue_ready(&((const struct exec_options *)config)->command, NULL, err);
}

static enum rq_status exec_open(void **out, const void *config, const char *model, size_t model_size, struct rq_error *err)
{
	const struct exec_options *o = config;
	struct state *state = calloc(1, sizeof *state);

	(void)model;
	(void)model_size;
	*out = NULL;
	if (state == NULL)
		return rq_fail_memory(err);
	state->options = o;
	state->first_id = 1;
	enum rq_status status = rq_dialogue_new(&state->dialogue, &o->command, NULL, err);
	if (status == RQ_OK)
		*out = state;
	else
		free(state);
	return status;
}

static void exec_close(void *opaque)
{
	struct state *state = opaque;

	rq_dialogue_free(state->dialogue);
	free(state);
}

/* ---- one text ---- */

static enum rq_status count_request(struct state *state, struct rq_request_limit *limit, bool again, struct rq_error *err)
{
	if (limit != NULL && limit->limited && limit->sent >= limit->most)
		return rq_fail(err, RQ_E_UNAVAILABLE,
		               "command \"%s\": no more than %llu requests are allowed; what was answered is kept, so allow more and run again",
		               rq_dialogue_command(state->dialogue), (unsigned long long)limit->most);
	if (limit != NULL)
		limit->sent++;
	state->use.requests++;
	state->use.retries += again;
	return RQ_OK;
}

static enum rq_status ask(void *context, struct rq_buf *line, const struct rq_asked *asked, struct rq_error *err)
{
	struct asking *asking = context;
	const struct rq_embed_work *work = asking->work;

	RQ_TRY(count_request(asking->state, work->limit, asked->attempts > 0, err));
	rq_buf_printf(line, "{\"id\":%llu,\"role\":\"%s\",\"text\":", (unsigned long long)(asking->state->first_id + asked->question),
	              work->role == RQ_ROLE_DOCUMENT ? "document" : "query");
	rq_json_quote(line, work->texts[asked->question]);
	rq_buf_puts(line, "}");
	asking->state->use.sent += (double)line->size + 1;
	return RQ_OK;
}

static enum rq_status find_question(size_t *place, const struct asking *asking, const struct rq_asked *asked, size_t count, uint64_t id,
                                    struct rq_error *err)
{
	for (*place = 0; *place < count; ++*place)
		if (asking->state->first_id + asked[*place].question == id)
			return RQ_OK;
	return rq_fail(err, RQ_E_DATA,
	               "command \"%s\": an answer has the id %llu, which was not asked or is answered already; expected each id once, as it came",
	               rq_dialogue_command(asking->state->dialogue), (unsigned long long)id);
}

/* What `model` of the identity would be, had the answer been the first. */
static bool is_same_model(const struct rq_identity *identity, const char *model)
{
	struct rq_identity other;

	rq_secret_copy(other.model, sizeof other.model, model, strlen(model));
	return strcmp(other.model, identity->model) == 0;
}

static enum rq_status check_answer(const struct state *state, const struct rq_exec_vector *answer, struct rq_error *err)
{
	const char *command = rq_dialogue_command(state->dialogue);

	if (answer->model != NULL && !is_same_model(&state->identity, answer->model))
		return rq_fail(err, RQ_E_DATA,
		               "command \"%s\": the answer to id %llu comes from the model \"%s\", not \"%s\"; run again once one model answers", command,
		               (unsigned long long)answer->id, answer->model, state->identity.model);
	if (answer->dimension != state->identity.dimension)
		return rq_fail(err, RQ_E_DATA,
		               "command \"%s\": the vector of id %llu has %zu numbers, not %zu as those before; run again once one model answers", command,
		               (unsigned long long)answer->id, answer->dimension, state->identity.dimension);
	return RQ_OK;
}

static enum rq_status deliver(struct asking *asking, const struct rq_exec_vector *answer, const struct rq_asked *asked, struct rq_error *err)
{
	const struct rq_embed_work *work = asking->work;
	size_t row = asked->question;

	rq_progress_add(work->progress, 1);
	if (answer->error != NULL)
		return work->failed(work->context, row, answer->error, asked->attempts, rq_asked_seconds(asked), err);
	RQ_TRY(check_answer(asking->state, answer, err));
	asking->state->use.texts++;
	asking->state->use.tokens += answer->tokens;
	asking->state->use.truncated += answer->truncated;
	return work->arrived(work->context, &row, 1, answer->vector, err);
}

static enum rq_status heard(void *context, size_t *place, const struct rq_asked *asked, size_t count, const struct rq_line *line,
                            struct rq_error *err)
{
	struct asking *asking = context;
	RQ_CLEANUP(rq_exec_vector_release) struct rq_exec_vector answer = {0};

	RQ_TRY(rq_exec_vector_read(&answer, line, rq_dialogue_command(asking->state->dialogue), err));
	RQ_TRY(find_question(place, asking, asked, count, answer.id, err));
	return deliver(asking, &answer, &asked[*place], err);
}

static enum rq_status failed(void *context, const struct rq_asked *asked, const char *reason, struct rq_error *err)
{
	struct asking *asking = context;
	const struct rq_embed_work *work = asking->work;

	rq_progress_add(work->progress, 1);
	return work->failed(work->context, asked->question, reason, asked->attempts, rq_asked_seconds(asked), err);
}

/* ---- who answers ---- */

static void set_identity(struct state *state, const char *model, const float *vector, size_t dimension)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf command = {0};
	struct rq_identity *identity = &state->identity;
	const char *named = state->options->model;

	rq_command_show(&command, &state->options->command.command);
	const char *words = command.data == NULL ? "" : command.data;
	*identity = (struct rq_identity){.dimension = dimension, .untold = model == NULL && named == NULL};
	rq_identity_sketch(identity, vector, dimension);
	const char *told = model != NULL ? model : named != NULL ? named : words;
	rq_secret_copy(identity->model, sizeof identity->model, told, strlen(told));
	snprintf(identity->fingerprint, sizeof identity->fingerprint, "%s, %s", identity->model,
	         model != NULL ? "as the command tells" : named != NULL ? "as the config tells" : "a command that does not tell its model");
}

static enum rq_status heard_probe(void *context, size_t *place, const struct rq_asked *asked, size_t count, const struct rq_line *line,
                                  struct rq_error *err)
{
	struct asking *asking = context;
	const char *command = rq_dialogue_command(asking->state->dialogue);
	RQ_CLEANUP(rq_exec_vector_release) struct rq_exec_vector answer = {0};

	RQ_TRY(rq_exec_vector_read(&answer, line, command, err));
	RQ_TRY(find_question(place, asking, asked, count, answer.id, err));
	if (answer.error != NULL)
		return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": it cannot embed the words \"%s\": %s", command, asking->work->texts[0], answer.error);
	set_identity(asking->state, answer.model, answer.vector, answer.dimension);
	return RQ_OK;
}

static enum rq_status failed_probe(void *context, const struct rq_asked *asked, const char *reason, struct rq_error *err)
{
	struct asking *asking = context;

	return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": asked %u times for one vector: %s", rq_dialogue_command(asking->state->dialogue),
	               asked->attempts, reason);
}

static enum rq_status hold(struct asking *asking,
                           enum rq_status (*on_answer)(void *, size_t *, const struct rq_asked *, size_t, const struct rq_line *, struct rq_error *),
                           enum rq_status (*on_failure)(void *, const struct rq_asked *, const char *, struct rq_error *), struct rq_error *err)
{
	const struct rq_dialogue_work work = {
		.count = asking->count, .line_most = LINE_MOST, .context = asking, .ask = ask, .heard = on_answer, .failed = on_failure};
	enum rq_status status = rq_dialogue_hold(asking->state->dialogue, &work, err);

	asking->state->first_id += asking->count;
	return status;
}

static enum rq_status exec_identify(void *opaque, struct rq_identity *identity, struct rq_request_limit *limit, struct rq_error *err)
{
	static const char *const probe[] = {"which vector is this"};
	struct state *state = opaque;
	const struct rq_embed_work work = {.role = RQ_ROLE_TOPIC, .texts = probe, .count = 1, .limit = limit};
	struct asking asking = {.state = state, .work = &work, .count = 1};

	RQ_TRY(hold(&asking, heard_probe, failed_probe, err));
	*identity = state->identity;
	return RQ_OK;
}

static uint64_t exec_files(const void *config)
{
	const struct exec_options *o = config;

	return rq_command_files(&o->command.command, o->command.folder);
}

static void exec_assume(void *opaque, const struct rq_identity *identity)
{
	((struct state *)opaque)->identity = *identity;
}

/* ---- all texts ---- */

static enum rq_status exec_ask(void *opaque, const struct rq_embed_work *work, struct rq_error *err)
{
	struct asking asking = {.state = opaque, .work = work, .count = work->count};

	return hold(&asking, heard, failed, err);
}

static void exec_use(const void *opaque, struct rq_service_use *use)
{
	const struct state *state = opaque;

	*use = state->use;
	use->restarts = rq_dialogue_restarts(state->dialogue);
	snprintf(use->truncation, sizeof use->truncation, "%s", use->truncated > 0 ? "the command says so of them" : "");
}

/* How long a command takes is its own secret. */
static void exec_estimate(struct rq_embedder_estimate *estimate, const void *config, struct rq_text_volume fitted_on, struct rq_text_volume texts)
{
	enum { TOKEN_BYTES = 4, LINE_BYTES = 40, PROBE_BYTES = 20 };

	(void)config;
	(void)fitted_on;
	*estimate = (struct rq_embedder_estimate){
		.embed = {.serial = texts.texts > 0 ? NAN : 0, .sent = (double)texts.bytes + (double)texts.texts * LINE_BYTES},
		.tokens = texts.bytes / TOKEN_BYTES,
		.requests = texts.texts,
		.identify = {.requests = 1, .sent = LINE_BYTES + PROBE_BYTES},
	};
}

const struct rq_embedder rq_embedder_exec = {
	.name = "exec",
	.help = "a command of your own that reads texts and writes vectors, in JSON lines",
	.citation = "format: JSON Lines, jsonlines.org; one object a line, as in evalcore/embed/README.md",
	.version = 1,
	.options = options,
	.options_size = sizeof(struct exec_options),
	.immaterial = immaterial,
	.check = exec_check,
	.ready = exec_ready,
	.open = exec_open,
	.identify = exec_identify,
	.assume = exec_assume,
	.files = exec_files,
	.ask = exec_ask,
	.use = exec_use,
	.close = exec_close,
	.estimate = exec_estimate,
};
