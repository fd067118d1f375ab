#include "evalcore/pipeline/cache_folder.h"

#include "evalcore/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { KEY_DIGITS = 32, SUFFIX = 6, STALE_SECONDS = 3600 };

const struct rq_cache_kind rq_cache_kinds[] = {
#define RQ_CACHE_KIND(name, what) {name, what},
#include "evalcore/pipeline/cache_kinds.def"
#undef RQ_CACHE_KIND
};
const size_t rq_cache_kind_count = sizeof rq_cache_kinds / sizeof *rq_cache_kinds;
_Static_assert(sizeof rq_cache_kinds / sizeof *rq_cache_kinds <= RQ_CACHE_KINDS_MAX, "raise RQ_CACHE_KINDS_MAX");

/* The first line is the signature of every cache directory tag. */
static const char TAG[] = "CACHEDIR.TAG", IGNORE[] = ".gitignore", SIGNATURE[] = "Signature: 8a477f597d28d172789f06886806bc55\n",
				  OWNER[] = "# This folder is a cache of rqgate";
static const char OWNER_REST[] = ". What is missing in it is made again; \"rqgate cache clear\" empties it.\n";

size_t rq_cache_kind_find(const char *name)
{
	size_t kind = 0;

	while (kind < rq_cache_kind_count && strcmp(rq_cache_kinds[kind].name, name) != 0)
		kind++;
	return kind;
}

char *rq_cache_marker(struct rq_arena *arena, const char *folder)
{
	return rq_arena_printf(arena, "%s/%s", folder, TAG);
}

static bool is_marked(const char *folder)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	char text[256] = "";
	const char *path = rq_arena_printf(&arena, "%s/%s", folder, TAG);
	FILE *stream = path == NULL ? NULL : fopen(path, "re");

	if (stream == NULL)
		return false;
	size_t size = fread(text, 1, sizeof text - 1, stream);
	fclose(stream);
	text[size] = '\0';
	return strncmp(text, SIGNATURE, sizeof SIGNATURE - 1) == 0 && strncmp(text + sizeof SIGNATURE - 1, OWNER, sizeof OWNER - 1) == 0;
}

/* The ending of a file that is being written: see rq_output_open. */
static bool is_temporary_ending(const char *text)
{
	return text[0] == '.' && strspn(text + 1, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == SUFFIX && text[1 + SUFFIX] == '\0';
}

static bool is_name_or_temporary(const char *text, const char *name)
{
	size_t length = strlen(name);

	return strncmp(text, name, length) == 0 && (text[length] == '\0' || is_temporary_ending(text + length));
}

/* What file systems put into folders by themselves. */
static bool is_file_systems(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "lost+found") == 0 || strncmp(name, ".nfs", 4) == 0;
}

static void add_foreign(struct rq_cache_list *list, const char *kind, const char *name)
{
	if (list->foreign++ == 0)
		snprintf(list->first_foreign, sizeof list->first_foreign, "%s%s%s", kind, kind[0] == '\0' ? "" : "/", name);
}

static enum rq_status add_file(struct rq_cache_list *list, int folder, size_t kind, const char *name, struct rq_error *err)
{
	bool key = strspn(name, "0123456789abcdef") == KEY_DIGITS, entry = key && name[KEY_DIGITS] == '\0';
	struct stat info;

	if (fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s/%s\": cannot read: %s", rq_cache_kinds[kind].name, name, strerror(errno));
	if (!S_ISREG(info.st_mode) || !(entry || (key && is_temporary_ending(name + KEY_DIGITS)))) {
		add_foreign(list, rq_cache_kinds[kind].name, name);
		return RQ_OK;
	}
	if (!entry && time(NULL) - info.st_mtim.tv_sec < STALE_SECONDS)
		return RQ_OK;
	if (!RQ_RESERVE(list->files, list->capacity, list->count + 1))
		return rq_fail_memory(err);
	struct rq_cache_file *file = &list->files[list->count++];
	*file = (struct rq_cache_file){
		.kind = kind, .leftover = !entry, .bytes = (uint64_t)info.st_size, .used_ns = info.st_mtim.tv_sec * 1000000000LL + info.st_mtim.tv_nsec};
	memcpy(file->name, name, strlen(name)); /* a key and perhaps an ending: it fits, and the rest is zero */
	return RQ_OK;
}

static enum rq_status list_kind(struct rq_cache_list *list, int parent, size_t kind, const char *shown, struct rq_error *err)
{
	const char *name = rq_cache_kinds[kind].name;
	enum rq_status status = RQ_OK;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		add_foreign(list, "", name);
		return RQ_OK;
	}
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (folder == NULL) {
		status = rq_fail(err, RQ_E_IO, "\"%s/%s\": cannot read: %s", shown, name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	for (struct dirent *entry; status == RQ_OK && (entry = readdir(folder)) != NULL;)
		if (!is_file_systems(entry->d_name))
			status = add_file(list, fd, kind, entry->d_name, err);
	closedir(folder);
	return status;
}

static enum rq_status list_top(struct rq_cache_list *list, DIR *folder, const char *shown, struct rq_error *err)
{
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		size_t kind = rq_cache_kind_find(entry->d_name);
		bool tag = strcmp(entry->d_name, TAG) == 0;
		if (tag && !list->marked)
			list->marked = is_marked(shown); /* by another process, since it was looked for */
		if (kind < rq_cache_kind_count)
			RQ_TRY(list_kind(list, dirfd(folder), kind, shown, err));
		else if ((tag && !list->marked) ||
		         !(is_file_systems(entry->d_name) || is_name_or_temporary(entry->d_name, TAG) || is_name_or_temporary(entry->d_name, IGNORE)))
			add_foreign(list, "", entry->d_name);
	}
	return RQ_OK;
}

enum rq_status rq_cache_list(struct rq_cache_list *list, const char *folder, struct rq_error *err)
{
	*list = (struct rq_cache_list){0};
	DIR *stream = opendir(folder);

	if (stream == NULL)
		return errno == ENOENT ? RQ_OK : rq_fail(err, RQ_E_IO, "\"%s\": cannot read: %s", folder, strerror(errno));
	list->exists = true;
	list->marked = is_marked(folder);
	enum rq_status status = list_top(list, stream, folder, err);
	closedir(stream);
	return status;
}

void rq_cache_list_release(struct rq_cache_list *list)
{
	free(list->files);
	*list = (struct rq_cache_list){0};
}

/* The first one stays: turns are locks on this very file. One that is not ours, or damaged, is made anew. */
static enum rq_status write_tag(const char *folder, const char *tag, const char *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_output_release) struct rq_output output = {0};

	if (rq_file_exists(tag))
		return is_marked(folder) ? RQ_OK : rq_file_write(tag, text, strlen(text), err);
	RQ_TRY(rq_output_open(&output, tag, err));
	(void)!fputs(text, output.stream); /* a short write shows in ferror, which committing checks */
	return rq_output_commit_first(&output, err);
}

static enum rq_status write_marks(const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	const char *tag = rq_arena_printf(&arena, "%s/%s", folder, TAG), *ignore = rq_arena_printf(&arena, "%s/%s", folder, IGNORE);
	const char *text = rq_arena_printf(&arena, "%s%s%s", SIGNATURE, OWNER, OWNER_REST);

	if (tag == NULL || ignore == NULL || text == NULL)
		return rq_fail_memory(err);
	RQ_TRY(write_tag(folder, tag, text, err));
	return rq_file_exists(ignore) ? RQ_OK : rq_file_write(ignore, "*\n", 2, err);
}

enum rq_status rq_cache_mark(const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_list_release) struct rq_cache_list list = {0};

	RQ_TRY(rq_make_folders(folder, err));
	if (is_marked(folder))
		return RQ_OK;
	RQ_TRY(rq_cache_list(&list, folder, err));
	if (list.marked) /* by another process, just now */
		return RQ_OK;
	if (list.foreign > 0)
		return rq_fail(err, RQ_E_IO, "\"%s\": is no cache of rqgate and holds \"%s\"; name a new or empty folder with --cache", folder,
		               list.first_foreign);
	/* What can only be read is a cache too; where it cannot be marked now, a later run does. */
	struct rq_error unmarked = {0};
	return write_marks(folder, &unmarked) == RQ_E_NOMEM ? rq_fail_memory(err) : RQ_OK;
}
