/* The registry of backends and the config keys of an index. */
#include "evalcore/index/index.h"

#include "evalcore/base/parse.h"
#include "evalcore/model/comparison.h"

#include <string.h>

static const char *const similarities[] = {"cosine", "ip", "l2", NULL};

#define MEMBER(name) offsetof(struct rq_index_config, name)
const struct rq_option rq_index_options[] = {
	{.name = "kind", .type = RQ_OPTION_STRING, .offset = MEMBER(kind), .standard = "\"faiss\"", .help = "which backend: exact, faiss"},
	{.name = "factory", .type = RQ_OPTION_STRING, .offset = MEMBER(factory),
	 .help = "faiss: the index to build, as FAISS writes it: \"HNSW32,Flat\", \"IVF64,PQ16np\""},
	{.name = "build", .type = RQ_OPTION_STRING, .offset = MEMBER(build),
	 .help = "faiss: parameters set before adding, by FAISS's names: \"efConstruction=200\""},
	{.name = "search", .type = RQ_OPTION_STRING, .offset = MEMBER(search),
	 .help = "faiss: parameters set before searching, by FAISS's names: \"efSearch=64\", \"nprobe=8\""},
	{.name = "file", .type = RQ_OPTION_PATH, .offset = MEMBER(file),
	 .help = "faiss: an index file to open instead of building one; exact: a file of vectors to compare with instead of the embedder's"},
	{.name = "ids", .type = RQ_OPTION_PATH, .offset = MEMBER(ids),
	 .help = "the document ids of that file, one a line: line i names row i; without it row i is document i of the corpus"},
	{.name = "built", .type = RQ_OPTION_STRING, .offset = MEMBER(built),
	 .help = "when that file was built, for stale(age): \"2026-11-01T03:00:00Z\"; without it the file's time counts, which a checkout or a restored cache "
	         "sets anew"},
	{.name = "seed", .type = RQ_OPTION_INTEGER, .offset = MEMBER(seed), .standard = "1", .maximum = 2147483647,
	 .help = "seed of HNSW's levels and of training"},
	{.name = "threads", .type = RQ_OPTION_INTEGER, .offset = MEMBER(threads), .standard = "1", .minimum = 1, .maximum = 1024,
	 .help = "threads of the build; with more than 1 two builds of a graph differ"},
	{.name = "builds", .type = RQ_OPTION_INTEGER, .offset = MEMBER(builds), .standard = "1", .minimum = 1, .maximum = RQ_BUILDS_MOST,
	 .help = "how many times the index is built, each time with the next seed: scores are means over the builds, and a difference's interval is wider by "
	         "what changes from build to build; 1, or 5 and more. An exact search and an opened file are one build whatever this says"},
	{.name = "similarity", .type = RQ_OPTION_CHOICE, .offset = MEMBER(similarity), .standard = "\"cosine\"", .choices = similarities,
	 .help = "what makes two vectors near: cosine (rows are scaled to length 1), ip (the inner product as it is), l2 (Euclidean distance)"},
	RQ_OPTIONS_END,
};
#undef MEMBER

enum rq_status rq_index_check_built(const struct rq_index_config *config, struct rq_error *err)
{
	int64_t seconds;

	if (config->built == NULL)
		return RQ_OK;
	if (config->file == NULL)
		return rq_fail(err, RQ_E_CONFIG, "built \"%s\": an index that is built here is as old as this run; leave it out, or name the file that it belongs to",
		               config->built);
	if (!rq_parse_time(&seconds, config->built, strlen(config->built)))
		return rq_fail(err, RQ_E_CONFIG, "built \"%s\": not a time; expected one in UTC such as \"2026-11-01T03:00:00Z\"", config->built);
	return RQ_OK;
}

#define RQ_BACKEND(name) extern const struct rq_backend rq_backend_##name;
#include "evalcore/index/backends.def"
#undef RQ_BACKEND

const struct rq_backend *const rq_backends[] = {
#define RQ_BACKEND(name) &rq_backend_##name,
#include "evalcore/index/backends.def"
#undef RQ_BACKEND
	NULL,
};

const struct rq_backend *rq_backend_find(const char *name)
{
	for (size_t i = 0; rq_backends[i] != NULL; i++)
		if (strcmp(rq_backends[i]->name, name) == 0)
			return rq_backends[i];
	return NULL;
}
