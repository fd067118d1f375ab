/* FAISS: its version and what it was compiled for. */
#include "evalcore/doctor/doctor.h"

#include <string.h>

static void judge(struct rq_finding *finding, const struct rq_facts *facts)
{
	const char *options = facts->faiss_options;
	bool wide = strstr(options, "AVX2") != NULL || strstr(options, "AVX512") != NULL, could = rq_machine_has(&facts->machine, "avx2");

	rq_finding_value(finding, "%s, compiled as \"%s\"", facts->faiss, options);
	if (options[0] != '\0' && strstr(options, "OPTIMIZE") == NULL) {
		rq_finding_judge(finding, RQ_FINDING_WARNING, "FAISS was compiled without optimisation: searches and builds take many times longer");
		rq_finding_remedy(
			finding,
			"run ci/setup, which builds it with optimisation, or build it with -DCMAKE_BUILD_TYPE=Release; then configure a new build folder");
		return;
	}
	if (could && strstr(options, "GENERIC") != NULL && !wide) {
		rq_finding_judge(finding, RQ_FINDING_WARNING,
		                 "FAISS was compiled for SSE2 alone, as distributions do, but this CPU has AVX2: searching an HNSW graph takes about three "
		                 "times longer");
		rq_finding_remedy(finding, "run ci/setup, which builds FAISS for this CPU in about a minute, then configure a new build folder");
		return;
	}
	rq_finding_judge(finding, RQ_FINDING_OK,
	                 options[0] == '\0' ? "FAISS does not tell how it was compiled"
	                 : wide             ? "FAISS was compiled for AVX2"
	                                    : "FAISS was compiled for this kind of CPU");
}

const struct rq_check rq_check_faiss = {"faiss", "was FAISS compiled for what this CPU can do", judge};
