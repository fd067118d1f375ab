/* rqgate completion: scripts with which a shell completes commands, options and files. Here bash's. */
#include "ci/cli/completion.h"

#include "reports/eval.h"
#include "reports/report.h"

#include <ctype.h>
#include <string.h>

struct options {
	char none;
};

static const struct rq_flag flags[] = {RQ_FLAGS_END};

/* ---- what there is ---- */

const struct rq_command *rq_next_command(const struct rq_command *after)
{
	bool found = after == NULL;

	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		if (found && rq_commands[i]->run != NULL)
			return rq_commands[i];
		found = found || rq_commands[i] == after;
		for (const struct rq_command *const *action = rq_commands[i]->actions; action != NULL && *action != NULL; action++) {
			if (found)
				return *action;
			found = *action == after;
		}
	}
	return NULL;
}

enum rq_completed rq_completed_value(const struct rq_flag *flag)
{
	static const char *const folders[] = {"DIR", "FOLDER"}, *const files[] = {"FILE", "CONFIG", "REPORT", "FOLDER|CONFIG"};

	for (size_t i = 0; flag->value != NULL && i < sizeof folders / sizeof *folders; i++)
		if (strcmp(flag->value, folders[i]) == 0)
			return RQ_COMPLETES_FOLDERS;
	for (size_t i = 0; flag->value != NULL && i < sizeof files / sizeof *files; i++)
		if (strcmp(flag->value, files[i]) == 0)
			return RQ_COMPLETES_FILES;
	return RQ_COMPLETES_NOTHING;
}

bool rq_completed_words(struct rq_buf *out, const struct rq_command *command, const struct rq_flag *flag)
{
	bool to = strcmp(command->name, "report") == 0 && strcmp(flag->name, "--to") == 0;
	bool reports = flag->value != NULL && strcmp(flag->value, "FORMAT=FILE") == 0;

	if (flag->value != NULL && strcmp(flag->value, "FORMAT=PATH") == 0) /* of compare, which has these two */
		rq_buf_puts(out, "html= json=");
	else if (strcmp(command->name, "eval") == 0 && strcmp(flag->name, "--format") == 0)
		for (size_t i = 0; rq_eval_formats[i] != NULL; i++)
			rq_buf_printf(out, "%s%s", i == 0 ? "" : " ", rq_eval_formats[i]->name);
	else if (to || reports)
		for (size_t i = 0; rq_writers[i] != NULL; i++)
			rq_buf_printf(out, "%s%s%s", i == 0 ? "" : " ", rq_writers[i]->name, reports ? "=" : "");
	else
		return false;
	return true;
}

enum rq_completed rq_completed_arguments(const struct rq_command *command)
{
	if (command->most == 0)
		return RQ_COMPLETES_NOTHING;
	return islower((unsigned char)command->arguments[0]) && strchr(command->arguments, '|') != NULL ? RQ_COMPLETES_WORDS : RQ_COMPLETES_FILES;
}

/* ---- bash ---- */

static void add_flags(struct rq_buf *out, const struct rq_command *command)
{
	for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++)
		rq_buf_printf(out, "%s ", flag->name);
	rq_buf_puts(out, "--help");
}

/* NAME="--a --b": those whose value is such a thing. */
static void add_valued(struct rq_buf *out, const char *name, const struct rq_command *command, enum rq_completed completed)
{
	const char *between = "";

	rq_buf_printf(out, " %s=\"", name);
	for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++) {
		if (flag->value == NULL || rq_completed_value(flag) != completed)
			continue;
		rq_buf_printf(out, "%s%s", between, flag->name);
		between = " ";
	}
	rq_buf_puts(out, "\"");
}

/* [[ $previous != --to ]] || words="json md" */
static void add_values(struct rq_buf *out, const struct rq_command *command)
{
	for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf words = {0};
		if (rq_completed_words(&words, command, flag))
			rq_buf_printf(out, "\n\t\t[[ $previous != %s ]] || words=\"%s\"", flag->name, words.failed ? "" : words.data);
		out->failed |= words.failed;
	}
}

static void add_words(struct rq_buf *out, const char *text)
{
	for (; *text != '\0'; text++)
		rq_buf_add(out, *text == '|' ? " " : text, 1);
}

static void add_command(struct rq_buf *out, const struct rq_command *command)
{
	enum rq_completed arguments = rq_completed_arguments(command);

	rq_buf_printf(out, "\t'%s')\n\t\tflags=\"", command->name);
	add_flags(out, command);
	rq_buf_puts(out, "\"");
	add_valued(out, "files", command, RQ_COMPLETES_FILES);
	add_valued(out, "folders", command, RQ_COMPLETES_FOLDERS);
	add_valued(out, "others", command, RQ_COMPLETES_NOTHING);
	rq_buf_puts(out, " arguments=");
	if (arguments == RQ_COMPLETES_WORDS) {
		rq_buf_puts(out, "\"");
		add_words(out, command->arguments);
		rq_buf_puts(out, "\"");
	} else
		rq_buf_puts(out, arguments == RQ_COMPLETES_FILES ? "FILES" : "");
	add_values(out, command);
	rq_buf_puts(out, "\n\t\t;;\n");
}

static void add_names(struct rq_buf *out)
{
	for (size_t i = 0; rq_commands[i] != NULL; i++)
		rq_buf_printf(out, "%s ", rq_commands[i]->name);
	rq_buf_puts(out, "help version");
}

static void add_actions(struct rq_buf *out)
{
	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		if (rq_commands[i]->actions == NULL)
			continue;
		size_t skip = strlen(rq_commands[i]->name) + 1;
		rq_buf_printf(out, "\t%s) actions=\"", rq_commands[i]->name);
		for (size_t j = 0; rq_commands[i]->actions[j] != NULL; j++)
			rq_buf_printf(out, "%s%s", j == 0 ? "" : " ", rq_commands[i]->actions[j]->name + skip);
		rq_buf_puts(out, "\" ;;\n");
	}
}

void rq_completion_bash(struct rq_buf *out)
{
	rq_buf_printf(out, "# bash completion of rqgate %s, written by \"rqgate completion bash\"\n_rqgate() {\n", RQ_VERSION);
	rq_buf_puts(out, "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at=1 name= actions= flags= files= folders= others= words= arguments=\n"
	                 "\t[[ $current != = ]] || current=\n\tCOMPREPLY=()\n\tif [[ ${COMP_WORDS[1]} == help ]]; then\n\t\tat=2\n\tfi\n\tif ((COMP_CWORD == at)); then\n"
	                 "\t\tmapfile -t COMPREPLY < <(compgen -W \"");
	add_names(out);
	rq_buf_puts(out, "\" -- \"$current\")\n\t\treturn\n\tfi\n\tname=${COMP_WORDS[at]}\n\tcase $name in\n");
	add_actions(out);
	rq_buf_puts(out, "\tesac\n\tif [[ $actions && $COMP_CWORD -eq $((at + 1)) && $current != -* ]]; then\n"
	                 "\t\tmapfile -t COMPREPLY < <(compgen -W \"$actions\" -- \"$current\")\n\t\treturn\n\tfi\n\t((at == 1)) || return\n"
	                 "\t[[ ! $actions || ${COMP_WORDS[at + 1]} == -* ]] || name+=\" ${COMP_WORDS[at + 1]}\"\n\tcase $name in\n");
	for (const struct rq_command *command = NULL; (command = rq_next_command(command)) != NULL;)
		add_command(out, command);
	rq_buf_puts(out, "\tesac\n\tif [[ $words ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	                 "\t\t[[ $words != *= ]] || compopt -o nospace 2>/dev/null\n"
	                 "\telif [[ \" $others \" == *\" $previous \"* ]]; then\n\t\treturn\n"
	                 "\telif [[ \" $folders \" == *\" $previous \"* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -d -- \"$current\")\n"
	                 "\t\tcompopt -o filenames 2>/dev/null\n"
	                 "\telif [[ $current == -* && \" $files \" != *\" $previous \"* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$flags\" -- \"$current\")\n"
	                 "\telif [[ $arguments == FILES || \" $files \" == *\" $previous \"* ]]; then\n\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	                 "\t\tcompopt -o filenames 2>/dev/null\n"
	                 "\telse\n\t\tmapfile -t COMPREPLY < <(compgen -W \"$arguments\" -- \"$current\")\n\tfi\n\treturn 0\n}\ncomplete -F _rqgate rqgate\n");
}

/* ---- the command ---- */

static enum rq_status run(int *exit_code, const void *options, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const char *shell = arguments->items[0];

	(void)options;
	*exit_code = 0;
	if (strcmp(shell, "bash") == 0)
		rq_completion_bash(&text);
	else if (strcmp(shell, "zsh") == 0)
		rq_completion_zsh(&text);
	else
		return rq_fail(err, RQ_E_USAGE, "unknown shell \"%s\"; there is: bash, zsh", shell);
	return rq_print(&text, err);
}

const struct rq_command rq_command_completion = {
	.name = "completion",
	.summary = "a script with which bash or zsh completes rqgate's commands",
	.arguments = "bash|zsh",
	.least = 1,
	.most = 1,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Prints a script for a shell, made of the tables that the program itself parses its command line with. \"cmake --install\" puts both into\n"
	        "their places; by hand:\n"
	        "example: rqgate completion bash > ~/.local/share/bash-completion/completions/rqgate",
	.run = run,
};
