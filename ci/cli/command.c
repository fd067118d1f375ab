/* Finds the command, reads its flags, prints help and failures. */
#include "ci/cli/command.h"

#include "ci/cli/style.h"
#include "evalcore/base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ACTIONS_MAX = 16 };

#define RQ_COMMAND(name) extern const struct rq_command rq_command_##name;
#include "ci/cli/commands.def"
#undef RQ_COMMAND

const struct rq_command *const rq_commands[] = {
#define RQ_COMMAND(name) &rq_command_##name,
#include "ci/cli/commands.def"
#undef RQ_COMMAND
	NULL,
};

enum rq_status rq_print(const struct rq_buf *text, struct rq_error *err)
{
	RQ_TRY(rq_buf_check(text, err));
	if ((text->size > 0 && fwrite(text->data, 1, text->size, stdout) != text->size) || fflush(stdout) != 0)
		return rq_fail(err, RQ_E_IO, "standard output: cannot write: %s", strerror(errno));
	return RQ_OK;
}

static void list_commands(struct rq_buf *out)
{
	rq_buf_puts(out, "rqgate decides, before it happens, whether an index or embedding-model change may roll out.\n\nusage: rqgate COMMAND [OPTIONS] ...\n\n");
	for (size_t i = 0; rq_commands[i] != NULL; i++)
		rq_buf_printf(out, "  %-10s %s\n", rq_commands[i]->name, rq_commands[i]->summary);
	rq_buf_puts(out, "  help       explain a command: rqgate help run\n  version    print the version\n\n"
	                 "exit codes: 0 every gate passed, 1 a gate failed, 2 inconclusive where that blocks,\n"
	                 "            64 usage or config, 65 bad data, 69 a service is unavailable, 70 internal,\n"
	                 "            74 input or output, 75 locked (try again), 130 interrupted\n");
}

static void list_actions(struct rq_buf *out, const struct rq_command *command)
{
	rq_buf_puts(out, "\nactions:\n");
	for (size_t i = 0; command->actions[i] != NULL; i++)
		rq_buf_printf(out, "  %-24s%s\n", command->actions[i]->name + strlen(command->name) + 1, command->actions[i]->summary);
	rq_buf_printf(out, "\n\"rqgate help %s ACTION\" describes one of them.\n", command->name);
}

static void describe(struct rq_buf *out, const struct rq_command *command)
{
	if (command->run == NULL) {
		rq_buf_printf(out, "usage: rqgate %s ACTION ...\n\n%s\n", command->name, command->help);
		list_actions(out, command);
		return;
	}
	rq_buf_printf(out, "usage: rqgate %s [OPTIONS]%s%s\n\n%s\n\noptions:\n", command->name, command->arguments[0] == '\0' ? "" : " ", command->arguments, command->help);
	rq_flags_help(out, command->flags);
	rq_buf_puts(out, "  --help                  print this\n");
	if (command->actions != NULL)
		list_actions(out, command);
}

static const struct rq_command *find_command(const char *name)
{
	for (size_t i = 0; rq_commands[i] != NULL; i++)
		if (strcmp(rq_commands[i]->name, name) == 0)
			return rq_commands[i];
	return NULL;
}

static enum rq_status unknown_command(const char *name, struct rq_error *err)
{
	const char *names[32] = {"help", "version"};
	size_t count = 2;

	for (size_t i = 0; rq_commands[i] != NULL && count < sizeof names / sizeof *names; i++)
		names[count++] = rq_commands[i]->name;
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "unknown command \"%s\"; did you mean \"%s\"?", name, nearest);
	return rq_fail(err, RQ_E_USAGE, "unknown command \"%s\"; \"rqgate help\" lists them", name);
}

static enum rq_status find_action(const struct rq_command **action, const struct rq_command *command, const char *name, struct rq_error *err)
{
	const char *names[ACTIONS_MAX];
	size_t count = 0, skip = strlen(command->name) + 1;

	for (; command->actions[count] != NULL && count < ACTIONS_MAX; count++) {
		names[count] = command->actions[count]->name + skip;
		if (name != NULL && strcmp(names[count], name) == 0) {
			*action = command->actions[count];
			return RQ_OK;
		}
	}
	if (name == NULL)
		return rq_fail(err, RQ_E_USAGE, "\"rqgate %s\" needs an action; \"rqgate help %s\" lists them", command->name, command->name);
	const char *nearest = rq_nearest_name(name, names, count);
	if (nearest != NULL)
		return rq_fail(err, RQ_E_USAGE, "\"rqgate %s\" has no action \"%s\"; did you mean \"%s\"?", command->name, name, nearest);
	return rq_fail(err, RQ_E_USAGE, "\"rqgate %s\" has no action \"%s\"; \"rqgate help %s\" lists them", command->name, name, command->name);
}

static enum rq_status describe_command(const struct rq_command *command, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};

	describe(&text, command);
	return rq_print_lines(&text, err);
}

/* argv[0] may name a command, argv[1] its action. */
static enum rq_status help(int argc, char **argv, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	bool general = argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "version") == 0;
	const struct rq_command *command = general ? NULL : find_command(argv[0]);

	if (general) {
		list_commands(&text);
		return rq_print_lines(&text, err);
	}
	if (command == NULL)
		return unknown_command(argv[0], err);
	if (command->actions != NULL && argc > 1)
		RQ_TRY(find_action(&command, command, argv[1], err));
	return describe_command(command, err);
}

static bool asks_for_help(const char *argument)
{
	return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static enum rq_status run_command(int *exit_code, const struct rq_command *command, int argc, char **argv, struct rq_error *err)
{
	if (command->actions != NULL && (command->run == NULL || (argc > 0 && argv[0][0] != '-'))) {
		if (argc > 0 && asks_for_help(argv[0]))
			return describe_command(command, err);
		RQ_TRY(find_action(&command, command, argc == 0 ? NULL : argv[0], err));
		argc--;
		argv++;
	}
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_strings arguments = {0};
	void *options = rq_arena_alloc(&arena, 1, command->options_size);

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (asks_for_help(argv[i]))
			return describe_command(command, err);
	if (options == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_flags_parse(options, &arguments, command->flags, argc, argv, &arena, err));
	if (arguments.count < command->least || arguments.count > command->most)
		return rq_fail(err, RQ_E_USAGE, "%zu argument%s where \"rqgate %s%s%s\" is expected; \"rqgate help %s\" explains", arguments.count, arguments.count == 1 ? "" : "s", command->name,
		               command->arguments[0] == '\0' ? "" : " ", command->arguments, command->name);
	return command->run(exit_code, options, &arguments, err);
}

static enum rq_status dispatch(int *exit_code, int argc, char **argv, struct rq_error *err)
{
	const char *name = argc == 0 ? NULL : argv[0];

	if (name == NULL) {
		RQ_TRY(help(0, NULL, err));
		*exit_code = rq_status_exit_code(RQ_E_USAGE);
		return RQ_OK;
	}
	if (strcmp(name, "help") == 0 || asks_for_help(name))
		return help(argc - 1, argv + 1, err);
	if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
		RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
		rq_buf_printf(&text, "rqgate %s\n", RQ_VERSION);
		return rq_print(&text, err);
	}
	const struct rq_command *command = find_command(name);
	if (command == NULL)
		return unknown_command(name, err);
	return run_command(exit_code, command, argc - 1, argv + 1, err);
}

int rq_command_line(int argc, char **argv)
{
	struct rq_error err = {0};
	int exit_code = 0;
	enum rq_status status = dispatch(&exit_code, argc, argv, &err);

	if (status == RQ_OK)
		return exit_code;
	char shown[2 * sizeof err.text], line[sizeof shown + sizeof "rqgate: "];
	rq_show_text(shown, sizeof shown, err.text);
	snprintf(line, sizeof line, "rqgate: %s", shown);
	rq_tell(line);
	return rq_status_exit_code(status);
}
