/* The cache: what is in it and whether it is whole. */
#include "evalcore/doctor/cache_facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void count_entries(struct rq_cache_facts *facts, struct rq_cache_kind *kind, DIR *folder)
{
	struct stat info;

	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (entry->d_name[0] == '.' || fstatat(dirfd(folder), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
			continue;
		kind->entries++;
		kind->bytes += (uint64_t)info.st_size;
		facts->damaged += info.st_size == 0;
	}
	facts->entries += kind->entries;
	facts->bytes += kind->bytes;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rq_cache_kind *)a)->name, ((const struct rq_cache_kind *)b)->name);
}

void rq_cache_facts_read(struct rq_cache_facts *facts, const char *folder)
{
	DIR *kinds = opendir(folder);

	*facts = (struct rq_cache_facts){.present = kinds != NULL};
	if (kinds == NULL)
		return;
	for (struct dirent *entry; (entry = readdir(kinds)) != NULL && facts->kind_count < RQ_FACTS_KINDS_MAX;) {
		int fd = entry->d_name[0] == '.' ? -1 : openat(dirfd(kinds), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *entries = fd < 0 ? NULL : fdopendir(fd);
		if (entries == NULL) {
			if (fd >= 0)
				close(fd);
			continue;
		}
		struct rq_cache_kind *kind = &facts->kinds[facts->kind_count++];
		snprintf(kind->name, sizeof kind->name, "%.*s", (int)sizeof kind->name - 1, entry->d_name);
		count_entries(facts, kind, entries);
		closedir(entries);
	}
	closedir(kinds);
	qsort(facts->kinds, facts->kind_count, sizeof *facts->kinds, by_name);
}

static void judge(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_cache_facts *cache = &facts->cache;
	char kinds[192] = "", size[16];
	int used = 0;

	if (!cache->present) {
		rq_finding_value(finding, "none yet");
		rq_finding_judge(finding, RQ_FINDING_OK, "the first run makes the cache");
		return;
	}
	for (size_t i = 0; i < cache->kind_count && used < (int)sizeof kinds; i++)
		used += snprintf(kinds + used, sizeof kinds - (size_t)used, "%s%s %s", i == 0 ? ": " : ", ", cache->kinds[i].name,
		                 rq_bytes_text(size, cache->kinds[i].bytes));
	rq_finding_value(finding, "%zu entries, %s%s", cache->entries, rq_bytes_text(size, cache->bytes), kinds);
	if (cache->damaged > 0) {
		rq_finding_judge(
			finding, RQ_FINDING_WARNING,
			"%zu of %zu entries are damaged: a run finds that out and makes them anew, but the disk, or what copies the cache, loses data",
			cache->damaged, cache->entries);
		rq_finding_remedy(finding, "look into the disk or the CI step that keeps the cache; removing \"%.120s\" costs one slow run",
		                  facts->cache_path);
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK, "no damaged entry was found");
}

const struct rq_check rq_check_cache = {"cache", "how large is the cache, and is it whole", judge};
