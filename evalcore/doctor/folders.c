/* Folders: the current one, where reports go, and the cache's. */
#include "evalcore/doctor/doctor.h"

#include "evalcore/base/parse.h"

#include <stdio.h>
#include <string.h>

#define LITTLE (UINT64_C(1) << 30)
#define NOTHING (UINT64_C(16) << 20)

static void show(struct rq_finding *finding, const struct rq_folder_facts *folder, const char *path)
{
	char left[16], size[16], place[64] = "";

	if (folder->sized)
		snprintf(place, sizeof place, ", %s left of %s", rq_show_size(left, folder->left), rq_show_size(size, folder->size));
	rq_finding_value(finding, "%.120s%s%s%s%s", path, folder->missing ? " (not there yet)" : "", folder->filesystem[0] == '\0' ? "" : ", ",
	                 folder->filesystem, place);
}

/* What is wrong with the file system, the same for both folders; false: nothing. */
static bool judge_space(struct rq_finding *finding, const struct rq_folder_facts *folder, const char *what)
{
	char left[16];

	if (folder->sync_error != 0) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "files in %s cannot be synced (%s): a crash of the machine may leave them empty", what,
		                 strerror(folder->sync_error));
		rq_finding_remedy(finding, "use a folder on a local disk");
		return true;
	}
	if (folder->sized && folder->left < LITTLE) {
		rq_finding_judge(finding, folder->left < NOTHING ? RQ_FINDING_PROBLEM : RQ_FINDING_WARNING, "the disk of %s has %s left: %s", what,
		                 rq_show_size(left, folder->left),
		                 folder->left < NOTHING ? "nothing of size can be written" : "indexes and embeddings may not fit");
		rq_finding_remedy(finding, "free some space, or use a folder on another disk");
		return true;
	}
	return false;
}

static void judge_here(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_folder_facts *folder = &facts->here;

	show(finding, folder, ".");
	if (folder->write_error != 0) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "nothing can be written here (%s): reports and a cache need other folders",
		                 strerror(folder->write_error));
		rq_finding_remedy(finding, "change to a folder of yours, or name others in \"reports\" and with --cache");
		return;
	}
	if (judge_space(finding, folder, "the current folder"))
		return;
	rq_finding_judge(finding, RQ_FINDING_OK, "files can be written and synced");
}

const struct rq_check rq_check_folder = {"folder", "can reports be written to the current folder", judge_here};

static void judge_medium(struct rq_finding *finding, const struct rq_folder_facts *folder)
{
	if (folder->medium == RQ_MEDIUM_NETWORK) {
		rq_finding_judge(
			finding, RQ_FINDING_WARNING,
			"the cache lies on %s, a file system behind a network or another process: reading an index from it may take longer than building it",
			folder->filesystem);
		rq_finding_remedy(finding, "--cache DIR with a folder on a local disk");
	} else if (folder->medium == RQ_MEDIUM_MEMORY) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "the cache lies on %s: it takes memory from the runs and is gone after a restart",
		                 folder->filesystem);
		rq_finding_remedy(finding, "--cache DIR with a folder on a disk");
	} else {
		rq_finding_judge(finding, RQ_FINDING_OK, "entries can be written, synced and locked");
	}
}

static void judge_cache_folder(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_folder_facts *folder = &facts->cache_folder;

	show(finding, folder, facts->cache_path);
	if (folder->write_error != 0) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "nothing can be written to the cache (%s): what is there serves runs, what is new is made again each time",
		                 strerror(folder->write_error));
		rq_finding_remedy(finding, "--cache DIR with a folder of yours");
		return;
	}
	if (judge_space(finding, folder, "the cache"))
		return;
	if (folder->lock_error != 0) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "the cache's folder cannot be locked (%s): two runs at once may embed the same texts twice",
		                 strerror(folder->lock_error));
		rq_finding_remedy(finding, "--cache DIR with a folder on a local disk");
		return;
	}
	judge_medium(finding, folder);
}

const struct rq_check rq_check_cache_folder = {"cache-folder", "is the cache's folder fast and safe", judge_cache_folder};
