/* Finds the command, reads its flags, prints help and failures. */
#include "ci/cli/command.h"

#include "evalcore/base/parse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

static void describe(struct rq_buf *out, const struct rq_command *command)
{
	rq_buf_printf(out, "usage: rqgate %s [OPTIONS] %s\n\n%s\n\noptions:\n", command->name, command->arguments, command->help);
	rq_flags_help(out, command->flags);
	rq_buf_puts(out, "  --help                  print this\n");
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

static enum rq_status help(const char *name, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	bool general = name == NULL || strcmp(name, "help") == 0 || strcmp(name, "version") == 0;
	const struct rq_command *command = general ? NULL : find_command(name);

	if (!general && command == NULL)
		return unknown_command(name, err);
	if (command == NULL)
		list_commands(&text);
	else
		describe(&text, command);
	return rq_print(&text, err);
}

static enum rq_status run_command(int *exit_code, const struct rq_command *command, int argc, char **argv, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_strings arguments = {0};
	void *options = rq_arena_alloc(&arena, 1, command->options_size);

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return help(command->name, err);
	if (options == NULL)
		return rq_fail_memory(err);
	RQ_TRY(rq_flags_parse(options, &arguments, command->flags, argc, argv, &arena, err));
	if (arguments.count < command->least || arguments.count > command->most)
		return rq_fail(err, RQ_E_USAGE, "%zu arguments where \"rqgate %s %s\" is expected; \"rqgate help %s\" explains", arguments.count, command->name, command->arguments,
		               command->name);
	return command->run(exit_code, options, &arguments, err);
}

static enum rq_status dispatch(int *exit_code, int argc, char **argv, struct rq_error *err)
{
	const char *name = argc == 0 ? NULL : argv[0];

	if (name == NULL) {
		RQ_TRY(help(NULL, err));
		*exit_code = rq_status_exit_code(RQ_E_USAGE);
		return RQ_OK;
	}
	if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return help(argc > 1 ? argv[1] : NULL, err);
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
	char shown[2 * sizeof err.text];
	rq_show_text(shown, sizeof shown, err.text);
	fprintf(stderr, "rqgate: %s\n", shown);
	return rq_status_exit_code(status);
}
