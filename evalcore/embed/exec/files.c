/* Which command it is that stands behind its words: the same words in another folder are another program, and an edited script is another model. */
#include "evalcore/embed/exec/files.h"

#include "evalcore/base/file.h"
#include "evalcore/base/hash.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_MOST = 1 << 26 }; /* bytes; of a longer file size and time must do */

/* False: no regular file that can be read. */
static bool add_file(struct rq_key *key, const char *path)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf content = {0};
	struct stat info;

	if (path == NULL || stat(path, &info) != 0 || !S_ISREG(info.st_mode))
		return false;
	rq_key_add_u64(key, (uint64_t)info.st_size);
	if (info.st_size > READ_MOST) {
		rq_key_add_u64(key, (uint64_t)info.st_mtim.tv_sec);
		rq_key_add_u64(key, (uint64_t)info.st_mtim.tv_nsec);
		return true;
	}
	if (rq_file_read(&content, path, NULL) != RQ_OK)
		return false;
	rq_key_add(key, content.data, content.size);
	return true;
}

/* As execvp() finds it. */
static void add_program(struct rq_key *key, const char *program, const char *folder, struct rq_arena *arena)
{
	const char *path = getenv("PATH");
	char *left = rq_arena_strdup(arena, path == NULL ? "/bin:/usr/bin" : path), *place;

	if (strchr(program, '/') != NULL) {
		add_file(key, rq_path_join(arena, folder, program));
		return;
	}
	while (left != NULL && (place = strsep(&left, ":")) != NULL) {
		char *found = rq_path_join(arena, rq_path_join(arena, folder, place), program);
		if (found != NULL && access(found, X_OK) == 0 && add_file(key, found))
			return;
	}
}

uint64_t rq_command_files(const struct rq_strings *command, const char *folder)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	RQ_CLEANUP(rq_free_pointer) char *resolved = realpath(folder, NULL);
	struct rq_key key = {0};

	rq_key_add_text(&key, resolved == NULL ? folder : resolved);
	if (command->count > 0)
		add_program(&key, command->items[0], folder, &arena);
	for (size_t i = 1; i < command->count; i++) {
		const char *value = strchr(command->items[i], '=');
		rq_key_add_u64(&key, i);
		if (!add_file(&key, rq_path_join(&arena, folder, command->items[i])) && value != NULL)
			add_file(&key, rq_path_join(&arena, folder, value + 1));
	}
	return key.low;
}
