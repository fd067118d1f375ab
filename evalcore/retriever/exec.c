/* exec: a command that searches, spoken to in JSON lines. README.md says what goes over its stdin and stdout. */
#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"
#include "evalcore/base/words.h"
#include "evalcore/retriever/exec/hits.h"
#include "evalcore/retriever/retriever.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 65536, HIT_BYTES = 4096, SCANS = 8 };

struct exec_options {
	struct rq_command_options command;
	const char *name;
	bool vectors;
};

static const struct rq_option options[] = {
	RQ_COMMAND_OPTIONS_START(struct exec_options, command),
	{.name = "name", .type = RQ_OPTION_STRING, .offset = offsetof(struct exec_options, name),
	 .help = "what the report calls it; by itself the command's words"},
	{.name = "vectors", .type = RQ_OPTION_BOOL, .offset = offsetof(struct exec_options, vectors), .standard = "true",
	 .help = "send the topic's vector; false for a search engine that takes words or embeds them itself, whose side needs no embedder"},
	RQ_COMMAND_OPTIONS_TALK(struct exec_options, command, "\"30s\"", "how long the command may be silent while it owes an answer, opening its database included", "4", 256,
	                        "topics that the command is given before it has answered the first of them; searches that are timed come one at a time"),
	RQ_OPTIONS_END,
};

/* One way of searching, and how many answers told of it. */
struct scan {
	char *words;
	size_t answers;
};

struct state {
	const struct exec_options *options;
	const char *place;
	struct rq_dialogue *dialogue;
	size_t dimension;
	const struct rq_search_work *work; /* at hand */
	struct scan scans[SCANS];
	size_t scan_count, other_scans; /* of more kinds than are kept */
	size_t answers, reordered, fewer; /* fewer hits than asked for */
	size_t fewest, fewest_of;
	struct rq_buf told; /* tell()'s words */
};

static bool exec_wants_vectors(const void *config)
{
	return ((const struct exec_options *)config)->vectors;
}

static enum rq_status exec_check(const void *config, struct rq_error *err)
{
	return rq_command_check(&((const struct exec_options *)config)->command, err);
}

static void exec_describe(struct rq_buf *out, const void *config)
{
	const struct exec_options *o = config;

	rq_buf_puts(out, "exec ");
	if (o->name != NULL)
		rq_buf_puts(out, o->name);
	else
		rq_command_show(out, &o->command.command);
}

static bool exec_same(const void *config, const void *other)
{
	const struct rq_command_options *a = &((const struct exec_options *)config)->command, *b = &((const struct exec_options *)other)->command;
	bool same = a->command.count == b->command.count && strcmp(a->folder, b->folder) == 0;

	for (size_t i = 0; i < a->command.count && same; i++)
		same = strcmp(a->command.items[i], b->command.items[i]) == 0;
	return same;
}

static void exec_close(void *opaque)
{
	struct state *state = opaque;

	rq_dialogue_free(state->dialogue);
	for (size_t i = 0; i < state->scan_count; i++)
		free(state->scans[i].words);
	rq_buf_release(&state->told);
	free(state);
}

static enum rq_status exec_ready(const void *config, const char *place, struct rq_error *err)
{
	return rq_dialogue_ready(&((const struct exec_options *)config)->command, place, err);
}

static enum rq_status exec_open(void **out, const void *config, const struct rq_retriever_context *context, struct rq_error *err)
{
	const struct exec_options *o = config;
	struct state *state = calloc(1, sizeof *state);

	*out = NULL;
	if (state == NULL)
		return rq_fail_memory(err);
	state->options = o;
	state->place = context->place;
	state->dimension = context->dimension;
	enum rq_status status = rq_dialogue_new(&state->dialogue, &o->command, context->place, err);
	if (status == RQ_OK)
		*out = state;
	else
		exec_close(state);
	return status;
}

/* ---- one topic ---- */

static enum rq_status ask(void *context, struct rq_buf *line, const struct rq_asked *asked, struct rq_error *err)
{
	const struct state *state = context;
	const struct rq_question *question = &state->work->questions[asked->question];

	(void)err;
	rq_buf_puts(line, "{\"topic\":");
	rq_json_quote(line, question->topic);
	rq_buf_printf(line, ",\"k\":%zu,\"text\":", question->k);
	rq_json_quote(line, question->text);
	for (size_t i = 0; state->options->vectors && i < state->dimension; i++)
		rq_buf_printf(line, "%s%s", i == 0 ? ",\"vector\":[" : ",", rq_short_float(question->vector[i]).text);
	rq_buf_puts(line, state->options->vectors ? "]}" : "}");
	return RQ_OK;
}

static enum rq_status note_scan(struct state *state, const char *words, struct rq_error *err)
{
	char *copy = strdup(words);
	if (copy == NULL)
		return rq_fail_memory(err);
	rq_secret_hide(copy);
	for (size_t i = 0; i < state->scan_count; i++)
		if (strcmp(state->scans[i].words, copy) == 0) {
			free(copy);
			state->scans[i].answers++;
			return RQ_OK;
		}
	if (state->scan_count == SCANS) {
		free(copy);
		state->other_scans++;
		return RQ_OK;
	}
	state->scans[state->scan_count++] = (struct scan){copy, 1};
	return RQ_OK;
}

static enum rq_status note(struct state *state, const struct rq_exec_hits *hits, size_t k, struct rq_error *err)
{
	state->answers++;
	state->reordered += hits->reordered;
	if (hits->count < k && (state->fewer++ == 0 || hits->count < state->fewest)) {
		state->fewest = hits->count;
		state->fewest_of = k;
	}
	return hits->scan == NULL ? RQ_OK : note_scan(state, hits->scan, err);
}

/* The largest k in flight: until the topic is known, no answer may have more. */
static size_t deepest(const struct rq_search_work *work, const struct rq_asked *asked, size_t count)
{
	size_t k = 0;

	for (size_t i = 0; i < count; i++)
		if (work->questions[asked[i].question].k > k)
			k = work->questions[asked[i].question].k;
	return k;
}

static enum rq_status find_question(size_t *place, const struct state *state, const struct rq_asked *asked, size_t count,
                                    const struct rq_exec_hits *hits, struct rq_error *err)
{
	const char *command = rq_dialogue_command(state->dialogue);

	for (*place = 0; *place < count; ++*place) {
		const struct rq_question *question = &state->work->questions[asked[*place].question];
		if (strcmp(question->topic, hits->topic) != 0)
			continue;
		if (hits->count <= question->k)
			return RQ_OK;
		return rq_fail(err, RQ_E_DATA, "command \"%s\": topic \"%s\" has %zu hits; expected at most the %zu that \"k\" asks for", command,
		               hits->topic, hits->count, question->k);
	}
	return rq_fail(err, RQ_E_DATA,
	               "command \"%s\": an answer has the topic \"%s\", which was not asked or is answered already; expected each topic once, as it came",
	               command, hits->topic);
}

/* A search is over before its answer is here; a clock of its own may be a little off. */
static enum rq_status check_told(double told, double waited, const struct rq_exec_hits *hits, const char *command, struct rq_error *err)
{
	static const double tolerance = .001, relative = .01;

	if (told <= waited * (1 + relative) + tolerance)
		return RQ_OK;
	return rq_fail(err, RQ_E_DATA, "command \"%s\": topic \"%s\": \"latency_ms\" is %.4g, and the answer was here %.4g ms after the question; expected milliseconds, of this search alone",
	               command, hits->topic, 1e3 * told, 1e3 * waited);
}

static enum rq_status heard(void *context, size_t *place, const struct rq_asked *asked, size_t count, const struct rq_line *line, struct rq_error *err)
{
	struct state *state = context;
	const struct rq_search_work *work = state->work;
	RQ_CLEANUP(rq_exec_hits_release) struct rq_exec_hits hits = {0};
	uint64_t now = rq_clock_ns();

	RQ_TRY(rq_exec_hits_read(&hits, line, count == 0 ? SIZE_MAX : deepest(work, asked, count), rq_dialogue_command(state->dialogue), err));
	RQ_TRY(find_question(place, state, asked, count, &hits, err));
	const struct rq_asked *question = &asked[*place];
	rq_progress_add(work->progress, 1);
	if (hits.error != NULL)
		return work->failed(work->context, question->question, hits.error, question->attempts, rq_asked_seconds(question), err);
	double waited = (double)(now - question->last_ns) * 1e-9;
	bool told = hits.seconds >= 0;
	RQ_TRY(check_told(hits.seconds, waited, &hits, rq_dialogue_command(state->dialogue), err));
	RQ_TRY(note(state, &hits, work->questions[question->question].k, err));
	const struct rq_answer answer = {.documents = hits.documents,
	                                 .count = hits.count,
	                                 .seconds = told ? hits.seconds : waited,
	                                 .waited = told ? waited : 0};
	return work->answered(work->context, question->question, &answer, err);
}

static enum rq_status failed(void *context, const struct rq_asked *asked, const char *reason, struct rq_error *err)
{
	const struct rq_search_work *work = ((const struct state *)context)->work;

	rq_progress_add(work->progress, 1);
	return work->failed(work->context, asked->question, reason, asked->attempts, rq_asked_seconds(asked), err);
}

static enum rq_status exec_search(void *opaque, const struct rq_search_work *work, struct rq_error *err)
{
	struct state *state = opaque;
	size_t k = 0;

	for (size_t i = 0; i < work->count; i++)
		if (work->questions[i].k > k)
			k = work->questions[i].k;
	const struct rq_dialogue_work dialogue = {
		.count = work->count, .line_most = LINE_BYTES + k * HIT_BYTES, .context = state, .ask = ask, .heard = heard, .failed = failed};
	state->work = work;
	if (rq_dialogue_hold(state->dialogue, &dialogue, err) != RQ_OK)
		return rq_fail_within(err, "%s", state->place);
	return RQ_OK;
}

/* ---- what it did ---- */

static void add_scans(struct rq_buf *out, const struct state *state)
{
	if (state->scan_count == 1 && state->scans[0].answers == state->answers) {
		rq_buf_puts(out, state->scans[0].words);
		return;
	}
	for (size_t i = 0; i < state->scan_count; i++)
		rq_buf_printf(out, "%s%s x %s", i > 0 ? ", " : "", state->scans[i].words, rq_grouped(state->scans[i].answers).text);
	if (state->other_scans > 0)
		rq_buf_printf(out, ", others x %s", rq_grouped(state->other_scans).text);
}

static enum rq_status exec_tell(void *opaque, const char **scan,
                                enum rq_status (*say)(void *context, bool warning, const char *text, struct rq_error *err), void *context,
                                struct rq_error *err)
{
	struct state *state = opaque;
	RQ_CLEANUP(rq_buf_release) struct rq_buf fact = {0};

	rq_buf_clear(&state->told);
	add_scans(&state->told, state);
	RQ_TRY(rq_buf_check(&state->told, err));
	if (scan != NULL)
		*scan = state->scan_count > 0 ? state->told.data : NULL;
	if (state->scan_count > 0) {
		bool several = state->scan_count > 1;
		rq_buf_printf(&fact, "the command %s: %s", several ? "searched in more than one way" : "says how it searched", state->told.data);
		RQ_TRY(rq_buf_check(&fact, err));
		RQ_TRY(say(context, several, fact.data, err));
	}
	if (state->fewer > 0) {
		rq_buf_clear(&fact);
		rq_buf_printf(&fact,
		              "%s of %s searches brought fewer hits than asked for, at worst %zu of %zu: a filter, or an index that looks at too little",
		              rq_grouped(state->fewer).text, rq_grouped(state->answers).text, state->fewest, state->fewest_of);
		RQ_TRY(rq_buf_check(&fact, err));
		RQ_TRY(say(context, true, fact.data, err));
	}
	if (state->reordered == 0)
		return RQ_OK;
	rq_buf_clear(&fact);
	rq_buf_printf(
		&fact, "%s of %s searches brought hits in an order that their scores contradict, and were sorted by score: is a higher score the better one?",
		rq_grouped(state->reordered).text, rq_grouped(state->answers).text);
	RQ_TRY(rq_buf_check(&fact, err));
	return say(context, true, fact.data, err);
}

const struct rq_retriever rq_retriever_exec = {
	.name = "exec",
	.help = "a command of your own that reads topics and writes document ids and scores, in JSON lines",
	.citation = "format: JSON Lines, jsonlines.org; one object a line, as in evalcore/retriever/README.md",
	.options = options,
	.options_size = sizeof(struct exec_options),
	.wants_vectors = exec_wants_vectors,
	.check = exec_check,
	.ready = exec_ready,
	.describe = exec_describe,
	.same = exec_same,
	.open = exec_open,
	.search = exec_search,
	.tell = exec_tell,
	.close = exec_close,
};
