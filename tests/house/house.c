#include "house.h"

#include "evalcore/base/file.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_source(const char *name)
{
	static const char *const endings[] = {".c", ".h", ".cpp", ".def", ".md", ".cmake"};
	size_t length = strlen(name);

	if (strcmp(name, "CMakeLists.txt") == 0)
		return true;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		size_t size = strlen(endings[i]);
		if (length > size && strcmp(name + length - size, endings[i]) == 0)
			return true;
	}
	return false;
}

static bool add_source(struct house *house, const char *path, const char *name)
{
	struct rq_buf text = {.maximum = 16u << 20};
	struct rq_error err = {0};

	if (rq_file_read(&text, path, &err) != RQ_OK || !RQ_RESERVE(house->sources, house->capacity, house->count + 1)) {
		rq_buf_release(&text);
		return false;
	}
	house->sources[house->count] = (struct source){rq_arena_strdup(&house->arena, name), rq_arena_strdup(&house->arena, text.data == NULL ? "" : text.data)};
	rq_buf_release(&text);
	return house->sources[house->count].path != NULL && house->sources[house->count++].text != NULL;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct source *)a)->path, ((const struct source *)b)->path);
}

bool house_read(struct house *house, const char *root)
{
	static const char *const folders[] = {"evalcore", "datasets", "metrics", "gates", "reports", "ci", "tests"};
	char path[4096];
	bool whole = true;

	*house = (struct house){0};
	for (size_t i = 0; i < sizeof folders / sizeof *folders && whole; i++) {
		snprintf(path, sizeof path, "%s/%s", root, folders[i]);
		FTS *walk = fts_open((char *[]){path, NULL}, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
		if (walk == NULL)
			return false;
		for (const FTSENT *entry; (entry = fts_read(walk)) != NULL && whole;) {
			whole = entry->fts_info != FTS_ERR && entry->fts_info != FTS_DNR && entry->fts_info != FTS_NS;
			if (entry->fts_info == FTS_F && is_source(entry->fts_name))
				whole = add_source(house, entry->fts_path, entry->fts_path + strlen(root) + 1);
		}
		fts_close(walk);
	}
	if (house->count > 0)
		qsort(house->sources, house->count, sizeof *house->sources, by_path);
	return whole && house->count > 0;
}

void house_release(struct house *house)
{
	free(house->sources);
	rq_arena_release(&house->arena);
	*house = (struct house){0};
}

const struct source *house_find(const struct house *house, const char *path)
{
	struct source key = {path, NULL};

	return house->count == 0 ? NULL : bsearch(&key, house->sources, house->count, sizeof key, by_path);
}

bool next_include(const char **at, char *name, size_t size, bool *quoted)
{
	for (const char *line = *at; *line != '\0';) {
		const char *end = line + strcspn(line, "\n"), *c = line + strspn(line, " \t");
		*at = *end == '\0' ? end : end + 1;
		if (*c == '#') {
			c++;
			c += strspn(c, " \t");
			if (strncmp(c, "include", 7) == 0) {
				c += 7;
				c += strspn(c, " \t");
				*quoted = *c == '"';
				size_t length = *c == '"' ? strcspn(c + 1, "\"\n") : *c == '<' ? strcspn(c + 1, ">\n") : 0;
				if (length > 0 && length < size) {
					memcpy(name, c + 1, length);
					name[length] = '\0';
					return true;
				}
			}
		}
		line = *at;
	}
	return false;
}
