/* What can be read off the text of a file: its length, what it must not call, what its folder's README.md says. */
#include "house.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LINES_MAX = 600, COLUMNS_MAX = 150, TAB = 4 };

/* Whose lines have been brought under the limit. */
static const char *const narrow[] = {"gates/", "metrics/"};

static const char *const banned[] = {"atoi", "atol", "atoll", "atof", "strtok", "strcpy", "strcat", "sprintf", "vsprintf", "gets", "scanf", "rand", "srand", "tmpnam", "mktemp"};

static bool calls(const char *line, size_t length, const char *function)
{
	size_t size = strlen(function);

	for (size_t i = 0; i + size < length; i++)
		if (strncmp(line + i, function, size) == 0 && line[i + size] == '(' && (i == 0 || (!isalnum((unsigned char)line[i - 1]) && line[i - 1] != '_' && line[i - 1] != '"')))
			return true;
	return false;
}

static bool ends(const char *path, const char *ending)
{
	size_t length = strlen(path), size = strlen(ending);

	return length > size && strcmp(path + length - size, ending) == 0;
}

static bool is_narrow(const char *path)
{
	for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++)
		if (strncmp(path, narrow[i], strlen(narrow[i])) == 0)
			return true;
	return false;
}

/* Columns of a line; the bytes of a character are one. */
static size_t width(const char *line, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		if (line[i] == '\t')
			columns += TAB - columns % TAB;
		else
			columns += ((unsigned char)line[i] & 0xc0) != 0x80;
	return columns;
}

void check_texts(struct rq_buf *faults, const struct house *house)
{
	for (size_t i = 0; i < house->count; i++) {
		const struct source *source = &house->sources[i];
		size_t lines = 0;
		if (!ends(source->path, ".c") && !ends(source->path, ".h") && !ends(source->path, ".cpp"))
			continue;
		for (const char *line = source->text; *line != '\0'; line += strcspn(line, "\n"), line += *line == '\n') {
			lines++;
			if (is_narrow(source->path) && width(line, strcspn(line, "\n")) > COLUMNS_MAX)
				rq_buf_printf(faults, "%s:%zu: %zu columns; a line has %d at most\n", source->path, lines, width(line, strcspn(line, "\n")), COLUMNS_MAX);
			for (size_t j = 0; j < sizeof banned / sizeof *banned && strncmp(source->path, "tests/", 6) != 0; j++)
				if (calls(line, strcspn(line, "\n"), banned[j]))
					rq_buf_printf(faults, "%s:%zu: calls %s(), which checks nothing\n", source->path, lines, banned[j]);
		}
		if (lines > LINES_MAX)
			rq_buf_printf(faults, "%s: %zu lines; a file of more than %d is really two\n", source->path, lines, LINES_MAX);
	}
}

/* Length of the room's path within `path`: "evalcore/base", "gates". */
static size_t room_length(const char *path)
{
	size_t length = strcspn(path, "/");

	if (strncmp(path, "evalcore/", 9) == 0 && strchr(path + 9, '/') != NULL)
		length = 9 + strcspn(path + 9, "/");
	return length;
}

void check_readmes(struct rq_buf *faults, const struct house *house)
{
	char readme[300], folder[300];

	for (size_t i = 0; i < house->count; i++) {
		const char *path = house->sources[i].path;
		size_t room = room_length(path);
		snprintf(readme, sizeof readme, "%.*s/README.md", (int)room, path);
		bool first = i == 0 || room_length(house->sources[i - 1].path) != room || strncmp(house->sources[i - 1].path, path, room) != 0;
		const struct source *found = house_find(house, readme);
		if (found == NULL) {
			if (first)
				rq_buf_printf(faults, "%s: missing; it says what lives there and how to add one\n", readme);
			continue;
		}
		const char *rest = path + room + 1, *slash = strchr(rest, '/');
		if (slash == NULL || strncmp(path, "tests/", 6) == 0) /* tests mirror the tree */
			continue;
		snprintf(folder, sizeof folder, "%.*s", (int)(slash - rest), rest);
		bool said = i > 0 && strncmp(house->sources[i - 1].path, path, (size_t)(slash - path) + 1) == 0;
		if (!said && strstr(found->text, folder) == NULL)
			rq_buf_printf(faults, "%s: does not say what the folder \"%s\" holds\n", readme, folder);
	}
}
