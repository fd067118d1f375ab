/* rqgate manual: the manual pages, in roff with the macros of man(7). */
#include "ci/cli/completion.h"
#include "evalcore/base/file.h"

#include <ctype.h>
#include <string.h>

struct options {
	const char *all;
};

static const struct rq_flag flags[] = {
	{"--all", "FOLDER", RQ_FLAG_STRING, offsetof(struct options, all), "write every page there: rqgate.1, rqgate-run.1 and the rest"},
	RQ_FLAGS_END,
};

/* ---- roff ---- */

/* Text as it stands: no escapes, no macros, and a minus that can be copied. */
static void add_text(struct rq_buf *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool begins = i == 0 && (out->size == 0 || out->data[out->size - 1] == '\n');
		if (begins && (text[i] == '.' || text[i] == '\''))
			rq_buf_puts(out, "\\&");
		if (text[i] == '\\')
			rq_buf_puts(out, "\\e");
		else if (text[i] == '\'')
			rq_buf_puts(out, "\\(aq");
		else if (text[i] == '-')
			rq_buf_puts(out, "\\-");
		else
			rq_buf_add(out, text + i, 1);
	}
}

static void add(struct rq_buf *out, const char *text)
{
	add_text(out, text, strlen(text));
}

/* Help: its lines fill paragraphs, but for examples and lines that are indented or name an element, which stand as they are. */
static void add_help(struct rq_buf *out, const char *help)
{
	static const char example[] = "example: ";

	for (const char *line = help; *line != '\0';) {
		bool begins = line == help; /* a heading stands before it, and no paragraph */
		size_t length = strcspn(line, "\n");
		bool is_example = strncmp(line, example, sizeof example - 1) == 0, as_is = is_example || *line == ' ';
		size_t skip = is_example ? sizeof example - 1 : as_is ? strspn(line, " ") : 0;
		if (length == 0)
			rq_buf_puts(out, ".PP\n");
		if (as_is)
			rq_buf_printf(out, "%s.nf\n.RS 4\n", begins ? "" : ".PP\n");
		add_text(out, line + skip, length - skip);
		if (length > 0)
			rq_buf_puts(out, "\n");
		if (as_is)
			rq_buf_puts(out, ".RE\n.fi\n");
		line += length + (line[length] == '\n');
	}
}

static void add_title(struct rq_buf *out, const char *name)
{
	rq_buf_puts(out, ".TH RQGATE");
	if (name != NULL)
		rq_buf_puts(out, "\\-");
	for (; name != NULL && *name != '\0'; name++)
		rq_buf_printf(out, *name == ' ' ? "\\-" : "%c", toupper((unsigned char)*name));
	rq_buf_printf(out, " 1 \"\" \"rqgate %s\" \"rqgate\"\n", RQ_VERSION);
}

/* "rqgate-baseline-show": of a command or an action. */
static void add_page_name(struct rq_buf *out, const struct rq_command *command, const char *hyphen)
{
	rq_buf_puts(out, "rqgate");
	for (const char *c = command == NULL ? "" : command->name; *c != '\0'; c++) {
		if (c == command->name)
			rq_buf_puts(out, hyphen);
		if (*c == ' ')
			rq_buf_puts(out, hyphen);
		else
			rq_buf_add(out, c, 1);
	}
}

static void add_option(struct rq_buf *out, const char *name, const char *value, const char *help)
{
	rq_buf_puts(out, ".TP\n\\fB");
	add(out, name);
	rq_buf_puts(out, "\\fR");
	if (value != NULL) {
		rq_buf_puts(out, " \\fI");
		add(out, value);
		rq_buf_puts(out, "\\fR");
	}
	rq_buf_puts(out, "\n");
	add(out, help);
	rq_buf_puts(out, "\n");
}

static void add_see_also(struct rq_buf *out, const struct rq_command *command)
{
	rq_buf_puts(out, ".SH SEE ALSO\n");
	if (command->actions == NULL) {
		rq_buf_puts(out, ".BR rqgate (1)\n");
		return;
	}
	for (size_t i = 0; command->actions[i] != NULL; i++) {
		rq_buf_puts(out, ".BR ");
		add_page_name(out, command->actions[i], "\\-");
		rq_buf_printf(out, " (1)%s\n", command->actions[i + 1] == NULL ? "" : ",");
	}
}

static void add_command_page(struct rq_buf *out, const struct rq_command *command)
{
	add_title(out, command->name);
	rq_buf_puts(out, ".SH NAME\n");
	add_page_name(out, command, "\\-");
	rq_buf_puts(out, " \\- ");
	add(out, command->summary);
	rq_buf_printf(out, "\n.SH SYNOPSIS\n.B rqgate %s\n", command->name);
	if (command->run == NULL)
		rq_buf_puts(out, "\\fIACTION\\fR ...\n");
	else {
		rq_buf_puts(out, "[\\fIOPTIONS\\fR] ");
		add(out, command->arguments);
		rq_buf_puts(out, "\n");
	}
	rq_buf_puts(out, ".SH DESCRIPTION\n");
	add_help(out, command->help);
	if (command->run != NULL) {
		rq_buf_puts(out, ".SH OPTIONS\n");
		for (const struct rq_flag *flag = command->flags; flag->name != NULL; flag++)
			add_option(out, flag->name, flag->value, flag->help);
		add_option(out, "--help", NULL, "print help");
	}
	add_see_also(out, command);
}

static void add_program_page(struct rq_buf *out)
{
	static const char *const codes[][2] = {{"0", "every gate passed"}, {"1", "a gate failed"}, {"2", "inconclusive where that blocks"}, {"64", "usage or config"},
	                                       {"65", "bad data"}, {"69", "a service is unavailable"}, {"70", "internal"}, {"74", "input or output"},
	                                       {"75", "locked, try again"}, {"130", "interrupted"}};

	add_title(out, NULL);
	rq_buf_puts(out, ".SH NAME\nrqgate \\- decides whether an index or embedding\\-model change may roll out\n.SH SYNOPSIS\n.B rqgate\n"
	                 "\\fICOMMAND\\fR [\\fIOPTIONS\\fR] ...\n.SH DESCRIPTION\n"
	                 "Searches an evaluation corpus through a baseline and a candidate, scores both against relevance judgments, and exits 0, 1 or 2 for a\n"
	                 "pipeline to obey.\n.SH COMMANDS\n");
	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		rq_buf_printf(out, ".TP\n.BR rqgate\\-%s (1)\n", rq_commands[i]->name);
		add(out, rq_commands[i]->summary);
		rq_buf_puts(out, "\n");
	}
	rq_buf_puts(out, ".SH EXIT STATUS\n");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		rq_buf_printf(out, ".TP\n%s\n%s\n", codes[i][0], codes[i][1]);
	rq_buf_puts(out, ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nIf set to anything, no colours on a terminal.\n.TP\n.B SOURCE_DATE_EPOCH\n"
	                 "The time that goes into files which are kept, in seconds since 1970.\n");
}

void rq_manual_page(struct rq_buf *out, const struct rq_command *command)
{
	if (command == NULL)
		add_program_page(out);
	else
		add_command_page(out, command);
}

/* ---- the command ---- */

static enum rq_status write_page(const char *folder, const struct rq_command *command, struct rq_arena *arena, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf page = {0}, name = {0};

	add_page_name(&name, command, "-");
	rq_buf_puts(&name, ".1");
	rq_manual_page(&page, command);
	RQ_TRY(rq_buf_check(&name, err));
	RQ_TRY(rq_buf_check(&page, err));
	const char *path = rq_path_join(arena, folder, name.data);
	return path == NULL ? rq_fail_memory(err) : rq_file_write(path, page.data, page.size, err);
}

/* A command that has nothing but actions has a page, too. */
static enum rq_status write_all(const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};

	RQ_TRY(rq_make_folders(folder, err));
	RQ_TRY(write_page(folder, NULL, &arena, err));
	for (size_t i = 0; rq_commands[i] != NULL; i++) {
		RQ_TRY(write_page(folder, rq_commands[i], &arena, err));
		for (const struct rq_command *const *action = rq_commands[i]->actions; action != NULL && *action != NULL; action++)
			RQ_TRY(write_page(folder, *action, &arena, err));
	}
	return RQ_OK;
}

static const struct rq_command *find(const struct rq_strings *words)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf name = {0};

	for (size_t i = 0; i < words->count; i++)
		rq_buf_printf(&name, "%s%s", i == 0 ? "" : " ", words->items[i]);
	for (size_t i = 0; rq_commands[i] != NULL && name.data != NULL; i++) {
		if (strcmp(rq_commands[i]->name, name.data) == 0)
			return rq_commands[i];
		for (const struct rq_command *const *action = rq_commands[i]->actions; action != NULL && *action != NULL; action++)
			if (strcmp((*action)->name, name.data) == 0)
				return *action;
	}
	return NULL;
}

static enum rq_status run(int *exit_code, const void *given, const struct rq_strings *arguments, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf text = {0};
	const struct options *options = given;

	*exit_code = 0;
	if (options->all != NULL && arguments->count > 0)
		return rq_fail(err, RQ_E_USAGE, "--all writes every page; name a command, or --all, not both");
	if (options->all != NULL)
		return write_all(options->all, err);
	const struct rq_command *command = find(arguments);
	if (command == NULL && arguments->count > 0)
		return rq_fail(err, RQ_E_USAGE, "no command \"%s%s%s\"; \"rqgate help\" lists them", arguments->items[0], arguments->count > 1 ? " " : "",
		               arguments->count > 1 ? arguments->items[1] : "");
	rq_manual_page(&text, command);
	return rq_print(&text, err);
}

const struct rq_command rq_command_manual = {
	.name = "manual",
	.summary = "a manual page: rqgate manual run | man -l -",
	.arguments = "[COMMAND [ACTION]]",
	.least = 0,
	.most = 2,
	.flags = flags,
	.options_size = sizeof(struct options),
	.help = "Prints the manual page of a command, or of the program, made of the tables that parse the command line. \"cmake --install\" puts all of them into\n"
	        "their place.\n"
	        "example: rqgate manual baseline approve | man -l -",
	.run = run,
};
