/* The config's "quality": what texts must be like before anything is embedded. */
#ifndef RQ_PIPELINE_CONFIG_QUALITY_H
#define RQ_PIPELINE_CONFIG_QUALITY_H

#include "evalcore/base/options.h"

/* What one field of the documents, or the topics, must hold. Shares are of all its texts. */
struct rq_quality_limits {
	double empty;          /* at most so many absent, null or blank */
	int64_t min_length;    /* characters without the blanks around them */
	double too_short;      /* at most so many with fewer, but not blank */
	int64_t max_length;
	double too_long;       /* at most so many with more */
	struct rq_strings scripts; /* of rq_script_names; none: any */
	double other_scripts;  /* at most so many in another */
	/* Against a reference of drift. */
	double length_shift; /* Kolmogorov and Smirnov's distance of the lengths, at most */
	double script_shift; /* share of texts in scripts that were not as frequent, at most */
};

struct rq_quality_config {
	struct rq_quality_limits *fields; /* one for each of dataset.fields; NULL: nothing is looked at */
	struct rq_quality_limits topics;
	struct rq_quality_limits documents; /* all fields together: only the shifts */
};

/* `object` NULL: the section is absent. A field, or the topics, have the section's limits but for those that they name themselves. E_CONFIG. */
RQ_MUST_USE enum rq_status rq_quality_config_parse(struct rq_quality_config *quality, const rq_json *object, const struct rq_strings *fields,
                                                   struct rq_arena *arena, struct rq_error *err);
rq_json *rq_quality_config_schema(void);

#endif
