/* zsh's completion: a function that _arguments and _describe are given the tables by. */
#include "ci/cli/completion.h"

#include <string.h>

/* Within single quotes, and within what _arguments takes apart at brackets and colons. */
static void add(struct rq_buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			rq_buf_puts(out, "'\\''");
		else
			rq_buf_printf(out, "%s%c", strchr("[]:\\", *text) != NULL ? "\\" : "", *text);
	}
}

static const char *action_of(enum rq_completed completed)
{
	static const char *const actions[] = {[RQ_COMPLETES_NOTHING] = " ", [RQ_COMPLETES_FILES] = "_files", [RQ_COMPLETES_FOLDERS] = "_files -/"};

	return actions[completed];
}

/* What completes a flag's value; of "FORMAT=FILE" the word, then the file. */
static void add_action(struct rq_buf *out, const struct rq_command *command, const struct rq_flag *flag)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf words = {0};

	if (!rq_completed_words(&words, command, flag) || words.failed)
		rq_buf_puts(out, action_of(rq_completed_value(flag)));
	else if (strchr(words.data, '=') == NULL)
		rq_buf_printf(out, "(%s)", words.data);
	else
		rq_buf_printf(out, "{ if compset -P \"*=\"; then _files; else compadd -S \"\" -- %s; fi }", words.data);
	out->failed |= words.failed;
}

static void add_flag(struct rq_buf *out, const struct rq_command *command, const struct rq_flag *flag)
{
	bool is_long = flag->name[1] == '-';

	rq_buf_printf(out, " \\\n\t\t\t'%s%s%s[", flag->type == RQ_FLAG_LIST ? "*" : "", flag->name, flag->value == NULL ? "" : is_long ? "=" : "+");
	add(out, flag->help);
	rq_buf_puts(out, "]");
	if (flag->value != NULL) {
		rq_buf_puts(out, ":");
		add(out, flag->value);
		rq_buf_puts(out, ":");
		add_action(out, command, flag);
	}
	rq_buf_puts(out, "'");
}

static void add_arguments(struct rq_buf *out, const struct rq_command *command)
{
	enum rq_completed arguments = rq_completed_arguments(command);

	if (arguments == RQ_COMPLETES_NOTHING)
		return;
	rq_buf_puts(out, " \\\n\t\t\t'*:");
	add(out, command->arguments);
	if (arguments == RQ_COMPLETES_WORDS) {
		rq_buf_puts(out, ":(");
		for (const char *c = command->arguments; *c != '\0'; c++)
			rq_buf_add(out, *c == '|' ? " " : c, 1);
		rq_buf_puts(out, ")'");
	} else
		rq_buf_printf(out, ":%s'", action_of(arguments));
}

static void add_command(struct rq_buf *out, const struct rq_command *command)
{
	rq_buf_printf(out, "\t'%s')\n\t\t_arguments", command->name);
	for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++)
		add_flag(out, command, flag);
	rq_buf_puts(out, " \\\n\t\t\t'--help[print this]'");
	add_arguments(out, command);
	rq_buf_puts(out, "\n\t\t;;\n");
}

/* 'NAME:SUMMARY' */
static void add_choice(struct rq_buf *out, const char *name, const char *summary)
{
	rq_buf_printf(out, "\n\t\t'%s:", name);
	add(out, summary);
	rq_buf_puts(out, "'");
}

static void add_actions(struct rq_buf *out)
{
	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		if (rq_commands[i]->actions == NULL)
			continue;
		rq_buf_printf(out, "\t%s) actions=(", rq_commands[i]->name);
		for (size_t j = 0; rq_commands[i]->actions[j] != NULL; j++)
			add_choice(out, rq_commands[i]->actions[j]->name + strlen(rq_commands[i]->name) + 1, rq_commands[i]->actions[j]->summary);
		rq_buf_puts(out, ") ;;\n");
	}
}

void rq_completion_zsh(struct rq_buf *out)
{
	rq_buf_printf(out, "#compdef rqgate\n# zsh completion of rqgate %s, written by \"rqgate completion zsh\"\n_rqgate() {\n"
	                   "\tlocal name\n\tlocal -a names actions\n\tnames=(",
	              RQ_VERSION);
	for (size_t i = 0; rq_commands[i] != NULL; i++)
		add_choice(out, rq_commands[i]->name, rq_commands[i]->summary);
	add_choice(out, "help", "explain a command");
	add_choice(out, "version", "print the version");
	/* Words before the command go, so that _arguments counts from it. */
	rq_buf_puts(out, ")\n\tif [[ ${words[2]} == help && CURRENT -gt 2 ]]; then\n\t\tshift words\n\t\t((CURRENT--))\n\t\t((CURRENT == 2)) || return 1\n\tfi\n"
	                 "\tif ((CURRENT == 2)); then\n\t\t_describe command names\n\t\treturn\n\tfi\n\tname=${words[2]}\n\tcase $name in\n");
	add_actions(out);
	rq_buf_puts(out, "\tesac\n\tif (($#actions)) && ((CURRENT == 3)) && [[ $PREFIX != -* ]]; then\n\t\t_describe action actions\n\t\treturn\n\tfi\n"
	                 "\tif (($#actions)) && [[ ${words[3]} != -* ]]; then\n\t\tname+=\" ${words[3]}\"\n\t\tshift words\n\t\t((CURRENT--))\n\tfi\n"
	                 "\tshift words\n\t((CURRENT--))\n\tcase $name in\n");
	for (const struct rq_command *command = NULL; (command = rq_next_command(command)) != NULL;)
		add_command(out, command);
	rq_buf_puts(out, "\tesac\n}\nif [[ $zsh_eval_context[-1] == loadautofunc ]]; then\n\t_rqgate \"$@\"\nelse\n\tcompdef _rqgate rqgate\nfi\n");
}
