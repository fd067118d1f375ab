/* What standard output is, asked of the terminal and the environment. */
#include "ci/cli/style.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct rq_style rq_terminal_style(void)
{
	struct winsize size;
	const char *no_colour = getenv("NO_COLOR"), *locale = getenv("LC_ALL");
	bool terminal = isatty(STDOUT_FILENO);

	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LC_CTYPE");
	if (locale == NULL || locale[0] == '\0')
		locale = getenv("LANG");
	bool utf8 = locale != NULL && (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
	return (struct rq_style){
		.colour = terminal && (no_colour == NULL || no_colour[0] == '\0'),
		.unicode = utf8, /* in a log too */
		.width = terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0,
	};
}
