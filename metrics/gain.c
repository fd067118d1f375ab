/* Gains of grades, and the best order. */
#include "metrics/gain.h"

#include "metrics/judge.h"

static const struct rq_gain *find_given(const struct rq_metric_spec *spec, int32_t grade)
{
	for (size_t i = 0; i < spec->gain_count; i++)
		if (spec->gains[i].grade == grade)
			return &spec->gains[i];
	return NULL;
}

double rq_gain(const struct rq_metric_spec *spec, int32_t grade)
{
	const struct rq_gain *given = find_given(spec, grade);

	return given != NULL ? given->gain : grade > 0 ? grade : 0;
}

struct rq_ideal rq_ideal_start(const struct rq_judged_ranking *ranking, const struct rq_metric_spec *spec)
{
	struct rq_ideal ideal = {.ranking = ranking, .spec = spec};

	for (size_t i = 0; i < spec->gain_count; i++) {
		const struct rq_gain *given = &spec->gains[i];
		size_t count = rq_judged_from(ranking, given->grade) - rq_judged_from(ranking, given->grade + 1), place = ideal.given_count;
		if (count == 0 || given->gain <= 0)
			continue;
		for (; place > 0 && ideal.given[place - 1].gain < given->gain; place--)
			ideal.given[place] = ideal.given[place - 1];
		ideal.given[place].gain = given->gain;
		ideal.given[place].left = count;
		ideal.given_count++;
	}
	return ideal;
}

double rq_ideal_next(struct rq_ideal *ideal)
{
	const struct rq_judged_ranking *ranking = ideal->ranking;

	while (ideal->spec->gain_count > 0 && ideal->next < ranking->ideal_count && find_given(ideal->spec, ranking->judged[ideal->next]) != NULL)
		ideal->next++;
	double plain = ideal->next < ranking->ideal_count ? ranking->judged[ideal->next] : 0;
	if (ideal->first_given == ideal->given_count || ideal->given[ideal->first_given].gain < plain) {
		ideal->next++;
		return plain;
	}
	double given = ideal->given[ideal->first_given].gain;
	if (--ideal->given[ideal->first_given].left == 0)
		ideal->first_given++;
	return given;
}
