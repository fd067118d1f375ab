#include "ci/cli/signoff_check.h"

#include "evalcore/scoring/paired.h"
#include "gates/gate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAME = 1e-9; /* relative: numbers come back from JSON as they were */

static const char *const side_names[RQ_SIDES] = {"baseline", "candidate"};

/* ---- the config ---- */

/* --profile and --against choose what the config offers; whatever else was changed is a trial, and no file says it. */
static void check_changes(struct rq_reasons *reasons, const struct rq_strings *set)
{
	static const char *const choices[] = {"profile=", "baseline.approved="};

	for (size_t i = 0; i < set->count; i++) {
		bool chosen = false;
		for (size_t j = 0; j < sizeof choices / sizeof *choices; j++)
			chosen = chosen || strncmp(set->items[i], choices[j], strlen(choices[j])) == 0;
		if (!chosen)
			rq_reason(reasons,
			          "it is the report of a trial: --set %s changed the config for it; write that into the config",
			          set->items[i]);
	}
}

/* ---- metrics ---- */

static bool near(double a, double b)
{
	return (isnan(a) && isnan(b)) || a == b || fabs(a - b) <= SAME * (1 + fabs(b));
}

/* A number that the report tells, beside what its topics make of it. */
struct number {
	const char *name;
	double said, is;
};

static void check_numbers(struct rq_reasons *reasons, const char *metric, const char *whose,
                          const struct number *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!near(numbers[i].said, numbers[i].is)) {
			rq_reason(reasons, "%s: the %s%s is told as %.6g, and the topics make it %.6g", metric, whose,
			          numbers[i].name, numbers[i].said, numbers[i].is);
			return;
		}
}

static enum rq_status check_side(struct rq_reasons *reasons, struct rq_metric_result *own, enum rq_side side,
                                 const struct rq_metric_result *said, const struct rq_metric_spec *spec, size_t topics,
                                 struct rq_error *err)
{
	char whose[32];

	if (said->per_topic[side] == NULL)
		return RQ_OK;
	RQ_TRY(rq_metric_summarise(own, side, spec, said->per_topic[side], topics, err));
	const struct number numbers[] = {{"value", said->value[side], own->value[side]},
	                                 {"lower bound", said->value_lower[side], own->value_lower[side]},
	                                 {"upper bound", said->value_upper[side], own->value_upper[side]},
	                                 {"number of topics", (double)said->samples[side], (double)own->samples[side]}};
	snprintf(whose, sizeof whose, "%s's ", side_names[side]);
	check_numbers(reasons, said->name, whose, numbers, sizeof numbers / sizeof *numbers);
	return RQ_OK;
}

/* Bounds that clusters of topics or several builds have widened cannot be had from the topics alone. */
static enum rq_status check_pair(struct rq_reasons *reasons, struct rq_metric_result *own,
                                 const struct rq_metric_result *said, size_t topics, struct rq_error *err)
{
	const struct rq_paired *told = &said->paired, *now = &own->paired;

	if (!said->compared || own->per_topic[RQ_BASELINE] == NULL || own->per_topic[RQ_CANDIDATE] == NULL)
		return RQ_OK;
	RQ_TRY(rq_metric_pair(own, NULL, topics, NULL, err));
	bool plain = told->groups == 0 && said->builds[RQ_BASELINE].count == 0 && said->builds[RQ_CANDIDATE].count == 0;
	const struct number numbers[] = {{"difference", told->delta, now->delta},
	                                 {"number of topics compared", (double)told->n, (double)now->n},
	                                 {"number of wins", (double)told->wins, (double)now->wins},
	                                 {"number of losses", (double)told->losses, (double)now->losses},
	                                 {"lower bound of the difference", told->lower, now->lower},
	                                 {"upper bound of the difference", told->upper, now->upper},
	                                 {"p of a drop", told->p_worse, now->p_worse}};
	check_numbers(reasons, said->name, "", numbers, plain ? sizeof numbers / sizeof *numbers : 4);
	if (told->identical && now->wins + now->losses > 0)
		rq_reason(reasons, "%s: rankings are told as identical, and %zu topics differ", said->name,
		          now->wins + now->losses);
	return RQ_OK;
}

static enum rq_status check_metric(struct rq_reasons *reasons, const struct rq_metric_result *said, size_t topics,
                                   struct rq_error *err)
{
	struct rq_metric_spec spec;
	struct rq_error none = {0};

	if (said->is_time || rq_metric_parse(&spec, said->name, &none) != RQ_OK) /* reading it has parsed it */
		return RQ_OK;
	struct rq_metric_result own = rq_metric_result_of(&spec);
	for (int side = 0; side < RQ_SIDES; side++)
		RQ_TRY(check_side(reasons, &own, (enum rq_side)side, said, &spec, topics, err));
	return check_pair(reasons, &own, said, topics, err);
}

/* ---- gates ---- */

static enum rq_status check_gates(struct rq_reasons *reasons, const struct rq_report_file *report,
                                  const struct rq_gates *gates, const struct rq_config *config, struct rq_error *err)
{
	const struct rq_verdict *verdict = &report->verdict;
	char today[16];
	size_t judged = 0, at = 0;

	snprintf(today, sizeof today, "%.10s", report->started);
	for (size_t i = 0; i < gates->count; i++)
		judged += gates->gates[i]->level != RQ_LEVEL_OFF;
	if (judged != verdict->count) {
		rq_reason(reasons, "it tells of %zu gate%s, and the config has %zu", verdict->count,
		          verdict->count == 1 ? "" : "s", judged);
		return RQ_OK;
	}
	const struct rq_rechecked run = {config->profile == 0 ? RQ_PROFILE_PR : RQ_PROFILE_RELEASE, today, judged};
	for (size_t i = 0; i < gates->count; i++) {
		const char *why;
		if (gates->gates[i]->level == RQ_LEVEL_OFF)
			continue;
		RQ_TRY(rq_gate_recheck(&why, &verdict->gates[at], gates->gates[i], &report->comparison, &run, reasons->arena,
		                       err));
		if (why != NULL)
			rq_reason(reasons, "the gate %s %s", verdict->gates[at].text, why);
		at++;
	}
	return RQ_OK;
}

enum rq_status rq_signoff_check(struct rq_reasons *reasons, const struct rq_report_file *report,
                                const struct rq_config *config, struct rq_error *err)
{
	RQ_CLEANUP(rq_gates_release) struct rq_gates gates = {0};
	const struct rq_comparison *comparison = &report->comparison;

	check_changes(reasons, &report->set);
	if (report->report.unsealed)
		rq_reason(reasons, "it has no seal (run." RQ_REPORT_SEAL "), so nothing tells whether it is as rqgate wrote it");
	if (strcmp(report->profile, config->profile == 0 ? "pr" : "release") != 0)
		rq_reason(reasons, "its profile is told as %s, and the config says otherwise", report->profile);
	for (size_t i = 0; i < comparison->metric_count; i++)
		RQ_TRY(check_metric(reasons, &comparison->metrics[i], comparison->topic_count, err));
	RQ_TRY(rq_gates_parse(&gates, config->gates, err));
	(void)rq_gates_keep(&gates, false);
	RQ_TRY(check_gates(reasons, report, &gates, config, err));
	return reasons->failed ? rq_fail_memory(err) : RQ_OK;
}

void rq_signoff_tell_unjudged(struct rq_buf *out, const struct rq_report_file *report)
{
	const struct rq_verdict *verdict = &report->verdict;
	size_t told = 0;

	for (size_t i = 0; i < verdict->count; i++) {
		if (rq_gate_is_rechecked(&verdict->gates[i], &report->comparison))
			continue;
		rq_buf_printf(out, "%s%s", told++ == 0 ? "not judged again, for which the report holds too little: " : ", ",
		              verdict->gates[i].text);
	}
	rq_buf_puts(out, told > 0 ? "\n" : "");
}
