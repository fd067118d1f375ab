/* The cache: what is in it and whether it is whole. */
#include "evalcore/doctor/cache_facts.h"

#include "evalcore/base/parse.h"
#include "evalcore/pipeline/cache_store.h"

#include <stdio.h>
#include <string.h>

/* Reading that much takes about a second from a disk; a larger cache is only counted. */
#define CHECKED_MOST UINT64_C(1000000000)

static enum rq_status survey(struct rq_cache_survey *found, struct rq_cache_facts *facts, const char *folder, struct rq_error *err)
{
	RQ_TRY(rq_cache_survey(found, folder, false, err));
	facts->checked = found->bytes <= CHECKED_MOST;
	if (!facts->checked || found->entries == 0)
		return RQ_OK;
	rq_cache_survey_release(found);
	return rq_cache_survey(found, folder, true, err);
}

enum rq_status rq_cache_facts_read(struct rq_cache_facts *facts, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_cache_survey_release) struct rq_cache_survey found = {0};
	struct rq_error reason = {0};

	*facts = (struct rq_cache_facts){0};
	enum rq_status status = survey(&found, facts, folder, &reason);
	if (status == RQ_E_USAGE || status == RQ_E_IO) { /* itself a finding */
		snprintf(facts->refusal, sizeof facts->refusal, "%.*s", (int)sizeof facts->refusal - 1, reason.text);
		return RQ_OK;
	}
	if (status != RQ_OK)
		return rq_fail(err, status, "%s", reason.text);
	facts->present = found.exists;
	facts->entries = found.entries;
	facts->bytes = found.bytes;
	facts->damaged = found.damaged;
	facts->leftovers = found.leftovers;
	facts->leftover_bytes = found.leftover_bytes;
	for (size_t i = 0; i < found.kind_count && facts->kind_count < RQ_FACTS_KINDS_MAX; i++)
		if (found.kinds[i].entries > 0)
			facts->kinds[facts->kind_count++] = (struct rq_kind_facts){found.kinds[i].name, found.kinds[i].entries, found.kinds[i].bytes};
	return RQ_OK;
}

/* With the whole path where there is room for it: a part of one is another one. */
static void remedy(struct rq_finding *finding, const char *path, const char *then)
{
	if (strlen(path) + strlen(then) < sizeof finding->remedy - 64)
		rq_finding_remedy(finding, "rqgate cache verify --remove --cache \"%s\"%s", path, then);
	else
		rq_finding_remedy(finding, "rqgate cache verify --remove with this --cache%s", then);
}

static void judge(struct rq_finding *finding, const struct rq_facts *facts)
{
	const struct rq_cache_facts *cache = &facts->cache;
	char kinds[192] = "", size[16];
	int used = 0;

	for (size_t i = 0; i < cache->kind_count && used < (int)sizeof kinds; i++)
		used += snprintf(kinds + used, sizeof kinds - (size_t)used, "%s%s %s", i == 0 ? ": " : ", ", cache->kinds[i].name,
		                 rq_show_size(size, cache->kinds[i].bytes));
	if (cache->refusal[0] != '\0') {
		rq_finding_value(finding, "cannot be used");
		rq_finding_judge(finding, RQ_FINDING_WARNING, "%s: every run embeds, builds and searches anew", cache->refusal);
		rq_finding_remedy(finding, "--cache DIR with a cache of rqgate, or with a folder that is empty or not there yet");
		return;
	}
	if (!cache->present) {
		rq_finding_value(finding, "none yet");
		rq_finding_judge(finding, RQ_FINDING_OK, "the first run makes the cache");
		return;
	}
	rq_finding_value(finding, "%zu %s, %s%s", cache->entries, cache->entries == 1 ? "entry" : "entries", rq_show_size(size, cache->bytes), kinds);
	if (cache->damaged > 0) {
		rq_finding_judge(finding, RQ_FINDING_WARNING,
		                 "damaged entries: %zu of %zu; a run makes them anew, but the disk, or what copies the cache, loses data", cache->damaged,
		                 cache->entries);
		remedy(finding, facts->cache_path, ", then look into the disk or the CI step that keeps the cache");
		return;
	}
	if (cache->leftovers > 0) {
		rq_finding_judge(finding, RQ_FINDING_NOTE, "%zu files of interrupted writes take %s", cache->leftovers,
		                 rq_show_size(size, cache->leftover_bytes));
		remedy(finding, facts->cache_path, "");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK,
	                 cache->checked ? "every entry is whole" : "too large to be read here; \"rqgate cache verify\" compares its checksums");
}

const struct rq_check rq_check_cache = {"cache", "how large is the cache, and is it whole", judge};
