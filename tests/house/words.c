/* What a row must say of itself, and that a test names it. */
#include "house.h"

#include <stdio.h>
#include <string.h>

void expect_words(const char *table, const char *name, const char *what, const char *words)
{
	ck_assert_msg(words != NULL && strlen(words) > 3 && words[strlen(words) - 1] != '.', "%s \"%s\": %s is missing, or ends in a full stop", table, name, what);
}

void expect_case(const struct house *house, const char *folder, const char *name)
{
	char quoted[128];
	bool found = false;

	snprintf(quoted, sizeof quoted, "\"%s", name);
	for (size_t i = 0; i < house->count && !found; i++)
		found = strncmp(house->sources[i].path, folder, strlen(folder)) == 0 && strstr(house->sources[i].text, quoted) != NULL;
	ck_assert_msg(found, "%s: no test names %s\"", folder, quoted);
}
