/* What standard output and stderr are, asked of the terminal and the environment. */
#include "ci/cli/style.h"

#include "ci/cli/command.h"
#include "reports/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static struct rq_style style_of(int descriptor)
{
	struct winsize size;
	const char *no_colour = getenv("NO_COLOR"), *locale = getenv("LC_ALL");
	bool terminal = isatty(descriptor);

	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LC_CTYPE");
	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LANG");
	bool utf8 = locale != NULL && (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
	return (struct rq_style){
		.colour = terminal && (no_colour == NULL || no_colour[0] == '\0'),
		.unicode = utf8, /* in a log too */
		.width = terminal && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0,
	};
}

struct rq_style rq_terminal_style(void)
{
	return style_of(STDOUT_FILENO);
}

enum rq_status rq_print_lines(const struct rq_buf *lines, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf fitted = {0};

	RQ_TRY(rq_buf_check(lines, err));
	if (lines->size > 0)
		rq_add_fitted(&fitted, lines->data, rq_terminal_style());
	return rq_print(&fitted, err);
}

void rq_tell(const char *lines)
{
	struct rq_style style = style_of(STDERR_FILENO);

	while (*lines != '\0') {
		RQ_CLEANUP(rq_buf_release) struct rq_buf line = {0}, wrapped = {0};
		size_t length = strcspn(lines, "\n");
		rq_buf_add(&line, lines, length);
		if (style.width > 0 && !line.failed && length > 0)
			rq_add_wrapped(&wrapped, line.data, 0, style);
		if (wrapped.size > 0 && !wrapped.failed)
			fprintf(stderr, "%s", wrapped.data);
		else
			fprintf(stderr, "%.*s\n", (int)length, lines);
		lines += length + (lines[length] == '\n');
	}
}
