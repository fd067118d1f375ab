/* Questions to a command and its answers, one line each: several in flight, answers in any order, a time-out, a command that has died started again.
 *
 * A command that ends, or says nothing for as long as the time-out, is started again, and what it had in flight is asked once more, one by one: the
 * question that it then had alone and did not answer is the one at fault. A command that dies time and again without any answer is E_UNAVAILABLE.
 * From one thread at a time. */
#ifndef RQ_BASE_DIALOGUE_H
#define RQ_BASE_DIALOGUE_H

#include "evalcore/base/child.h"

/* What a config says of a command. */
struct rq_command_options {
	struct rq_strings command; /* program and arguments */
	const char *folder;        /* where it runs */
	double timeout;            /* seconds from the last question or answer to the next answer */
	int64_t window;            /* questions in flight */
	struct rq_strings secrets; /* environment variables whose values nobody may see */
};

/* Rows of an option table for `member`, a struct rq_command_options of `owner`: what is started, and how it is spoken to. */
#define RQ_COMMAND_OPTIONS_START(owner, member) \
	{.name = "command", .type = RQ_OPTION_STRINGS, .offset = offsetof(owner, member.command), .required = true, \
	 .help = "an array of the program, found on PATH, and its arguments; no shell reads it"}, \
	{.name = "folder", .type = RQ_OPTION_PATH, .offset = offsetof(owner, member.folder), .standard = "\".\"", \
	 .help = "where the command runs; by itself the config's folder"}
#define RQ_COMMAND_OPTIONS_TALK(owner, member, timeout_standard, timeout_help, window_standard, window_most, window_help) \
	{.name = "timeout", .type = RQ_OPTION_DURATION, .offset = offsetof(owner, member.timeout), .standard = timeout_standard, .help = timeout_help}, \
	{.name = "window", .type = RQ_OPTION_INTEGER, .offset = offsetof(owner, member.window), .standard = window_standard, .minimum = 1, \
	 .maximum = window_most, .help = window_help}, \
	{.name = "secret_env", .type = RQ_OPTION_STRINGS, .offset = offsetof(owner, member.secrets), \
	 .help = "environment variables that hold the command's keys: their values are hidden in messages and reports"}

/* A question in flight. */
struct rq_asked {
	size_t question;
	unsigned attempts;
	uint64_t first_ns, last_ns; /* when it was asked for the first and the last time */
};

struct rq_dialogue_work {
	size_t count;     /* questions */
	size_t line_most; /* bytes of an answer */
	void *context;
	/* Appends the question, without an end of line; comes before the command is started for it. Where it fails, nothing more is asked, and the answers to what is in flight still come. */
	enum rq_status (*ask)(void *context, struct rq_buf *line, const struct rq_asked *asked, struct rq_error *err);
	/* Reads an answer: *place is that of its question in `asked`. */
	enum rq_status (*heard)(void *context, size_t *place, const struct rq_asked *asked, size_t count, const struct rq_line *line,
	                        struct rq_error *err);
	/* The command did not answer it or did not survive it, at first in company where it had some, then alone. */
	enum rq_status (*failed)(void *context, const struct rq_asked *asked, const char *reason, struct rq_error *err);
};

struct rq_dialogue;

/* Are its secrets set, and is there such a program? Starts nothing. E_CONFIG; messages begin with `place` of the config (NULL: with the option). */
RQ_MUST_USE enum rq_status rq_dialogue_ready(const struct rq_command_options *options, const char *place, struct rq_error *err);
/* Starts nothing yet; borrows the options. E_CONFIG where a secret is not set. */
RQ_MUST_USE enum rq_status rq_dialogue_new(struct rq_dialogue **dialogue, const struct rq_command_options *options, const char *place,
                                           struct rq_error *err);
RQ_MUST_USE enum rq_status rq_dialogue_hold(struct rq_dialogue *dialogue, const struct rq_dialogue_work *work, struct rq_error *err);
const char *rq_dialogue_command(const struct rq_dialogue *dialogue); /* as messages show it: "node adapter.mjs" */
size_t rq_dialogue_restarts(const struct rq_dialogue *dialogue);
/* Ends the command. NULL is fine. */
void rq_dialogue_free(struct rq_dialogue *dialogue);

double rq_asked_seconds(const struct rq_asked *asked); /* since it was asked for the first time */

/* An answer's object. E_DATA naming the command and quoting the line. */
RQ_MUST_USE enum rq_status rq_answer_parse(rq_json **root, const struct rq_line *line, const char *command, struct rq_error *err);
/* Its member `key` is not what was expected; value NULL: absent. */
enum rq_status rq_answer_wrong(struct rq_error *err, const char *command, const char *key, const rq_json *value, const char *expected);
/* A string that is not empty; *words stays as it is where it is absent or null. */
RQ_MUST_USE enum rq_status rq_answer_words(const char **words, const rq_json *root, const char *key, const char *command, struct rq_error *err);

/* The command's words for messages and reports, without secrets. */
void rq_command_show(struct rq_buf *out, const struct rq_strings *command);
/* E_CONFIG where the options of a command, as config keys, cannot be meant. */
RQ_MUST_USE enum rq_status rq_command_check(const struct rq_command_options *options, struct rq_error *err);

#endif
