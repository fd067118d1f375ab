#include "evalcore/model/comparison.h"

#include <string.h>

/* Six a decade, the E6 series of IEC 60063. */
const double rq_histogram_bounds[RQ_HISTOGRAM_BINS] = {
	1e-6, 1.5e-6, 2.2e-6, 3.3e-6, 4.7e-6, 6.8e-6,
	1e-5, 1.5e-5, 2.2e-5, 3.3e-5, 4.7e-5, 6.8e-5,
	1e-4, 1.5e-4, 2.2e-4, 3.3e-4, 4.7e-4, 6.8e-4,
	1e-3, 1.5e-3, 2.2e-3, 3.3e-3, 4.7e-3, 6.8e-3,
	.01, .015, .022, .033, .047, .068,
	.1, .15, .22, .33, .47, .68,
	1, 1.5, 2.2, 3.3, 4.7, 6.8,
	10, 15, 22, 33, 47, 68,
	100,
};

const struct rq_metric_result *rq_comparison_metric(const struct rq_comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->metric_count; i++)
		if (strcmp(comparison->metrics[i].name, name) == 0)
			return &comparison->metrics[i];
	return NULL;
}

const char *rq_comparison_input(const struct rq_comparison *comparison, const char *name)
{
	for (size_t i = 0; i < comparison->input_count; i++)
		if (strcmp(comparison->inputs[i].name, name) == 0)
			return comparison->inputs[i].text;
	return NULL;
}

static bool is_among(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

bool rq_input_is_known(const char *name)
{
	static const char *const shared[] = {"config", "corpus", "topics", "qrels", "truth", "reference", NULL};
	static const char *const own[] = {"corpus",        "topics",      "qrels", "approved", "texts", "vectors",
	                                  "topic_vectors", "vector_file", "index", "run",      NULL};
	static const char *const prefixes[] = {"baseline.", "candidate."};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"; /* of a baseline's name */

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
			return is_among(name + strlen(prefixes[i]), own);
	if (strncmp(name, "pinned.", sizeof "pinned." - 1) == 0)
		return strspn(name, letters) == strlen(name);
	return is_among(name, shared);
}

bool rq_comparison_has_other_corpus(const struct rq_comparison *comparison)
{
	const char *own = rq_comparison_input(comparison, "candidate.corpus"), *first = rq_comparison_input(comparison, "corpus");

	return own != NULL && (first == NULL || strcmp(own, first) != 0);
}
