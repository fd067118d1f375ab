/* Questions are kept until they are answered, so that those a command took with it can be asked once more. */
#include "evalcore/base/dialogue.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Starts in succession without any answer before the command is given up on: one that has answered before may have met two bad questions. */
enum { SILENT_AT_FIRST = 2, SILENT_LATER = 3 };

static const double TIMEOUT_LEAST = 1e-3, TIMEOUT_MOST = 86400; /* seconds */

struct rq_dialogue {
	const struct rq_command_options *options;
	struct rq_child *child; /* NULL: not running */
	char *shown;
	size_t starts, silent;  /* silent: starts in succession that brought no answer */
	bool answers;           /* this start has brought one */
	bool has_answered;      /* some start has */
	/* Of the work at hand. */
	struct rq_asked *asked;    /* [window], in flight */
	size_t asked_count;
	struct rq_asked *suspects; /* [window], in flight when the command died: to be asked one by one */
	size_t suspect_count;
	size_t next;               /* question that was not asked yet */
	uint64_t last_ns;          /* of the last question or answer */
	struct rq_buf line;
};

double rq_asked_seconds(const struct rq_asked *asked)
{
	return (double)(rq_clock_ns() - asked->first_ns) * 1e-9;
}

void rq_command_show(struct rq_buf *out, const struct rq_strings *command)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf words = {0};

	for (size_t i = 0; i < command->count; i++) {
		rq_buf_puts(&words, i > 0 ? " " : "");
		if (command->items[i][0] == '\0' || strpbrk(command->items[i], " \t\r\n'") != NULL)
			rq_buf_printf(&words, "'%s'", command->items[i]);
		else
			rq_buf_puts(&words, command->items[i]);
	}
	if (words.data != NULL && !words.failed)
		rq_secret_hide(words.data);
	rq_buf_puts(out, words.failed ? "..." : words.data == NULL ? "" : words.data);
}

enum rq_status rq_command_check(const struct rq_command_options *options, struct rq_error *err)
{
	if (options->command.count == 0 || options->command.items[0][0] == '\0')
		return rq_fail(err, RQ_E_CONFIG,
		               "command: names no program; expected an array of its name and its arguments, like [\"node\", \"adapter.mjs\"]");
	if (options->timeout < TIMEOUT_LEAST || options->timeout > TIMEOUT_MOST)
		return rq_fail(err, RQ_E_CONFIG, "timeout: expected a duration from 1ms to 24h");
	return RQ_OK;
}

/* ---- opening and closing ---- */

static enum rq_status read_secrets(const struct rq_command_options *options, const char *place, struct rq_error *err)
{
	const char *value;
	char option[256];

	snprintf(option, sizeof option, "%s%ssecret_env", place == NULL ? "" : place, place == NULL ? "" : ".");
	for (size_t i = 0; i < options->secrets.count; i++)
		RQ_TRY(rq_secret_read(&value, options->secrets.items[i], option, err));
	return RQ_OK;
}

enum rq_status rq_dialogue_ready(const struct rq_command_options *options, const char *place, struct rq_error *err)
{
	RQ_TRY(read_secrets(options, place, err));
	enum rq_status status = rq_child_find(&options->command, options->folder, err);
	return status == RQ_OK || place == NULL ? status : rq_fail_within(err, "%s", place);
}

enum rq_status rq_dialogue_new(struct rq_dialogue **out, const struct rq_command_options *options, const char *place, struct rq_error *err)
{
	enum { SHOWN = 120 };
	RQ_CLEANUP(rq_buf_release) struct rq_buf words = {0};

	*out = NULL;
	RQ_TRY(read_secrets(options, place, err));
	rq_command_show(&words, &options->command);
	RQ_TRY(rq_buf_check(&words, err));
	struct rq_dialogue *dialogue = calloc(1, sizeof *dialogue);
	if (dialogue == NULL)
		return rq_fail_memory(err);
	dialogue->options = options;
	dialogue->asked = calloc((size_t)options->window, sizeof *dialogue->asked);
	dialogue->suspects = calloc((size_t)options->window, sizeof *dialogue->suspects);
	dialogue->shown = malloc(SHOWN);
	if (dialogue->asked == NULL || dialogue->suspects == NULL || dialogue->shown == NULL) {
		rq_dialogue_free(dialogue);
		return rq_fail_memory(err);
	}
	rq_show_text(dialogue->shown, SHOWN, words.data);
	*out = dialogue;
	return RQ_OK;
}

static void end_command(struct rq_dialogue *dialogue)
{
	rq_child_free(dialogue->child);
	dialogue->child = NULL;
}

void rq_dialogue_free(struct rq_dialogue *dialogue)
{
	if (dialogue == NULL)
		return;
	end_command(dialogue);
	rq_buf_release(&dialogue->line);
	free(dialogue->asked);
	free(dialogue->suspects);
	free(dialogue->shown);
	free(dialogue);
}

const char *rq_dialogue_command(const struct rq_dialogue *dialogue)
{
	return dialogue->shown;
}

size_t rq_dialogue_restarts(const struct rq_dialogue *dialogue)
{
	return dialogue->starts > 0 ? dialogue->starts - 1 : 0;
}

/* ---- asking ---- */

static enum rq_status send_question(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_asked question, struct rq_error *err)
{
	rq_buf_clear(&dialogue->line);
	RQ_TRY(work->ask(work->context, &dialogue->line, &question, err));
	rq_buf_puts(&dialogue->line, "\n");
	RQ_TRY(rq_buf_check(&dialogue->line, err));
	if (dialogue->child == NULL) {
		RQ_TRY(rq_child_start(&dialogue->child, &dialogue->options->command, dialogue->options->folder, err));
		dialogue->starts++;
		dialogue->answers = false;
	}
	question.attempts++;
	question.last_ns = rq_clock_ns();
	if (question.attempts == 1)
		question.first_ns = question.last_ns;
	dialogue->last_ns = question.last_ns;
	dialogue->asked[dialogue->asked_count++] = question;
	return rq_child_say(dialogue->child, dialogue->line.data, dialogue->line.size, err);
}

/* A suspect goes alone. */
static enum rq_status fill_window(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	if (dialogue->asked_count > 0 && (dialogue->suspect_count > 0 || dialogue->asked[0].attempts > 1))
		return RQ_OK;
	if (dialogue->suspect_count > 0) {
		struct rq_asked first = dialogue->suspects[0];
		memmove(dialogue->suspects, dialogue->suspects + 1, --dialogue->suspect_count * sizeof *dialogue->suspects);
		return send_question(dialogue, work, first, err);
	}
	while (dialogue->asked_count < (size_t)dialogue->options->window && dialogue->next < work->count) {
		RQ_TRY(send_question(dialogue, work, (struct rq_asked){.question = dialogue->next}, err));
		dialogue->next++;
	}
	return RQ_OK;
}

/* ---- a command that died or fell silent ---- */

static enum rq_status give_up(const struct rq_dialogue *dialogue, const char *reason, struct rq_error *err)
{
	if (dialogue->silent > 1)
		return rq_fail(err, RQ_E_UNAVAILABLE,
		               "command \"%s\": %s; %zu starts in succession brought no answer; run it by hand with one line of its input", dialogue->shown,
		               reason, dialogue->silent);
	return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": %s; it has answered nothing so far: run it by hand with one line of its input, and see that it flushes every line",
	               dialogue->shown, reason);
}

static enum rq_status start_over(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, const char *reason, bool is_slow, bool in_peace,
                                 struct rq_error *err)
{
	size_t count = dialogue->asked_count;

	end_command(dialogue);
	dialogue->silent += !dialogue->answers;
	if (dialogue->silent >= (dialogue->has_answered ? SILENT_LATER : SILENT_AT_FIRST) || (is_slow && !dialogue->has_answered))
		return give_up(dialogue, reason, err);
	dialogue->asked_count = 0;
	if (count == 1 && dialogue->asked[0].attempts > 1 && !in_peace)
		return work->failed(work->context, &dialogue->asked[0], reason, err);
	memmove(dialogue->suspects + count, dialogue->suspects, dialogue->suspect_count * sizeof *dialogue->suspects); /* where there are, count is 1 */
	memcpy(dialogue->suspects, dialogue->asked, count * sizeof *dialogue->asked);
	dialogue->suspect_count += count;
	return RQ_OK;
}

static enum rq_status on_silence(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf reason = {0};

	rq_child_end(dialogue->child, 0);
	rq_buf_printf(&reason, "no answer for %.15g s", dialogue->options->timeout);
	rq_child_words(&reason, dialogue->child);
	RQ_TRY(rq_buf_check(&reason, err));
	return start_over(dialogue, work, reason.data, true, false, err);
}

static enum rq_status on_end(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf reason = {0};

	rq_child_end(dialogue->child, RQ_CHILD_PATIENCE);
	rq_buf_puts(&reason, "it ");
	rq_child_fate(&reason, dialogue->child);
	RQ_TRY(rq_buf_check(&reason, err));
	/* one that answers a few questions and leaves may never have read what came after them */
	return start_over(dialogue, work, reason.data, false, dialogue->answers && rq_child_left_in_peace(dialogue->child), err);
}

/* ---- hearing ---- */

static enum rq_status take_answer(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, const struct rq_line *line, struct rq_error *err)
{
	size_t place = 0;

	RQ_TRY(work->heard(work->context, &place, dialogue->asked, dialogue->asked_count, line, err));
	dialogue->asked_count--;
	memmove(dialogue->asked + place, dialogue->asked + place + 1, (dialogue->asked_count - place) * sizeof *dialogue->asked);
	dialogue->last_ns = rq_clock_ns();
	dialogue->answers = dialogue->has_answered = true;
	dialogue->silent = 0;
	return RQ_OK;
}

static bool is_blank(const struct rq_line *line)
{
	for (size_t i = 0; i < line->length; i++)
		if (strchr(" \t\r", line->text[i]) == NULL || line->text[i] == '\0')
			return false;
	return true;
}

static enum rq_status listen(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	uint64_t until = dialogue->last_ns + (uint64_t)(dialogue->options->timeout * 1e9);
	struct rq_line line;
	enum rq_heard heard;

	RQ_TRY(rq_cancel_check(err));
	enum rq_status status = rq_child_hear(&heard, &line, dialogue->child, work->line_most, until, err);
	if (status == RQ_E_DATA)
		return rq_fail_within(err, "command \"%s\"", dialogue->shown);
	RQ_TRY(status);
	switch (heard) {
	case RQ_HEARD_LINE:
		if (!is_blank(&line))
			return take_answer(dialogue, work, &line, err);
		return rq_clock_ns() < until ? RQ_OK : on_silence(dialogue, work, err);
	case RQ_HEARD_NOTHING:
		return on_silence(dialogue, work, err);
	case RQ_HEARD_END:
		return on_end(dialogue, work, err);
	}
	return rq_fail(err, RQ_E_INTERNAL, "a child that says nothing known");
}

/* A command that left in peace between two works is started again, and nothing is suspected of it. */
static enum rq_status meet_again(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	struct rq_line line;
	enum rq_heard heard;

	if (dialogue->child == NULL)
		return RQ_OK;
	enum rq_status status = rq_child_hear(&heard, &line, dialogue->child, work->line_most, 0, err);
	if (status == RQ_OK && heard == RQ_HEARD_LINE && !is_blank(&line))
		status = work->heard(work->context, &(size_t){0}, dialogue->asked, 0, &line, err);
	if (status == RQ_OK && heard == RQ_HEARD_END)
		end_command(dialogue);
	return status;
}

enum rq_status rq_dialogue_hold(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err)
{
	enum rq_status status = RQ_OK, refused = RQ_OK;
	struct rq_error late = {0};

	dialogue->asked_count = dialogue->suspect_count = dialogue->next = 0;
	RQ_TRY(meet_again(dialogue, work, err));
	while (status == RQ_OK) {
		if (refused == RQ_OK)
			refused = fill_window(dialogue, work, err);
		if (dialogue->asked_count == 0)
			break;
		status = listen(dialogue, work, &late);
	}
	if (status != RQ_OK) /* what it answers now would be taken for answers to other questions */
		end_command(dialogue);
	if (refused != RQ_OK && status != RQ_E_INTERRUPTED)
		return refused;
	return status == RQ_OK ? RQ_OK : rq_fail(err, status, "%s", late.text);
}

enum rq_status rq_answer_parse(rq_json **root, const struct rq_line *line, const char *command, struct rq_error *err)
{
	enum { QUOTED = 120 };
	char start[QUOTED + 1], quoted[QUOTED + 1];

	enum rq_status status = rq_json_parse(root, line->text, line->length, "answer", err);
	if (status == RQ_E_NOMEM || (status == RQ_OK && rq_json_type(*root) == RQ_JSON_OBJECT))
		return status;
	rq_json_free(*root);
	*root = NULL;
	rq_secret_copy(start, sizeof start, line->text, line->length);
	rq_show_text(quoted, sizeof quoted, start);
	if (line->length > 0 && line->text[0] == '{' &&
	    (memmem(line->text, line->length, "NaN", 3) != NULL || memmem(line->text, line->length, "Infinity", 8) != NULL))
		return rq_fail(err, RQ_E_DATA, "command \"%s\": it answered \"%s\", where JSON has no NaN or Infinity; expected finite numbers", command,
		               quoted);
	return rq_fail(err, RQ_E_DATA,
	               "command \"%s\": it answered \"%s\", which is no JSON object; expected one a line on its output, and all else on stderr", command,
	               quoted);
}

enum rq_status rq_answer_wrong(struct rq_error *err, const char *command, const char *key, const rq_json *value, const char *expected)
{
	char shown[80] = "missing";

	if (value != NULL)
		rq_json_show(shown, sizeof shown, value);
	return rq_fail(err, RQ_E_DATA, "command \"%s\": \"%s\" of an answer is %s; expected %s", command, key, shown, expected);
}

enum rq_status rq_answer_words(const char **words, const rq_json *root, const char *key, const char *command, struct rq_error *err)
{
	const rq_json *value = rq_json_get(root, key);

	if (value == NULL || rq_json_type(value) == RQ_JSON_NULL)
		return RQ_OK;
	if (rq_json_string(value) == NULL || rq_json_string(value)[0] == '\0')
		return rq_answer_wrong(err, command, key, value, "a string that is not empty");
	*words = rq_json_string(value);
	return RQ_OK;
}
