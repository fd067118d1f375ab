/* Arguments of -m, one a line. What is read must have a name that reads back as itself, and score no NaN. */
#include "metrics/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct rq_metric_spec *spec)
{
	static const struct rq_hit hits[] = {{1, 0, 0}, {3, 2, 1}, {4, -1, 2}, {7, 5, 3}};
	static const int32_t judged[] = {5, 2, 1, 0};
	static const struct rq_tie ties[] = {{3, 5}};
	const struct rq_judged_ranking ranking = {hits, 4, 9, judged, 4, 3, ties, 1, 0};
	struct rq_metric_spec again;
	struct rq_over_ties over;

	if (rq_metric_parse(&again, spec->name, NULL) != RQ_OK || strcmp(again.name, spec->name) != 0)
		abort();
	if (spec->metric->score == NULL)
		return;
	double value = spec->metric->score(&ranking, spec);
	if (isnan(value))
		abort();
	if (rq_metric_over_ties(&over, &ranking, spec, value, NULL) == RQ_OK && !(over.lowest <= over.expected && over.expected <= over.highest))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rq_metric_list list = {0};
	char *text = malloc(size + 1), *end;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *line = text; line != NULL; line = end) {
		if ((end = strchr(line, '\n')) != NULL)
			*end++ = '\0';
		struct rq_error err;
		if (rq_metrics_add(&list, line, 1, &err) != RQ_OK)
			continue;
	}
	rq_metrics_in_trec_order(&list);
	for (size_t i = 0; i < list.count; i++)
		check(&list.specs[i]);
	rq_metric_list_release(&list);
	free(text);
	return 0;
}
