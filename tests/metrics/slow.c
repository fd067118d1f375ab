#include "tests/metrics/slow.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

typedef const struct slow_topic topic;

static int judged_from(topic *t, int from, int to)
{
	int count = 0;

	for (int i = 0; i < t->judged_count; i++)
		count += t->judged[i] >= from && t->judged[i] <= to;
	return count;
}

static int relevant_judged(topic *t, int level)
{
	return judged_from(t, level, 1 << 20);
}

static bool relevant_at(topic *t, int level, int rank)
{
	return rank <= t->n && t->grades[rank] >= level;
}

static int relevant_within(topic *t, int level, int rank)
{
	int count = 0;

	for (int i = 1; i <= rank; i++)
		count += relevant_at(t, level, i);
	return count;
}

/* Of the ranks above `rank`, those whose grade is within the two. */
static int above(topic *t, int rank, int from, int to)
{
	int count = 0;

	for (int i = 1; i < rank; i++)
		count += t->grades[i] >= from && t->grades[i] <= to;
	return count;
}

static double over(double a, double b)
{
	return b == 0 ? 0 : a / b;
}

static double precision(topic *t, int level, double k)
{
	return relevant_within(t, level, (int)k) / k;
}

static double recall(topic *t, int level, double k)
{
	return over(relevant_within(t, level, (int)k), relevant_judged(t, level));
}

static double success(topic *t, int level, double k)
{
	return relevant_within(t, level, (int)k) > 0;
}

static double reciprocal_rank(topic *t, int level, double k)
{
	double best = 0;

	for (int i = (int)k; i >= 1; i--)
		if (relevant_at(t, level, i))
			best = 1.0 / i;
	return best;
}

static double average_precision(topic *t, int level, double k)
{
	double sum = 0;

	for (int i = 1; i <= k; i++)
		if (relevant_at(t, level, i))
			sum += precision(t, level, i);
	return over(sum, relevant_judged(t, level));
}

static double average_precision_of_all(topic *t, int level, double k)
{
	(void)k;
	return average_precision(t, level, SLOW_MAXIMUM);
}

static double judged(topic *t, int level, double k)
{
	int depth = k < t->n ? (int)k : t->n;

	(void)level;
	return over(above(t, depth + 1, 0, 1 << 20), depth);
}

static double r_precision(topic *t, int level, double k)
{
	int relevant = relevant_judged(t, level);

	(void)k;
	return over(relevant_within(t, level, relevant), relevant);
}

static double r_precision_multiple(topic *t, int level, double k)
{
	int cut = (int)floor(k * relevant_judged(t, level) + .9);

	return over(relevant_within(t, level, cut), cut);
}

static double smaller(double a, double b)
{
	return a < b ? a : b;
}

static double bpref(topic *t, int level, double k)
{
	int relevant = relevant_judged(t, level), others = judged_from(t, 0, level - 1);
	double sum = 0;

	(void)k;
	for (int i = 1; i <= t->n; i++)
		if (relevant_at(t, level, i))
			sum += 1 - over(smaller(above(t, i, 0, level - 1), relevant), smaller(others, relevant));
	return over(sum, relevant);
}

static double inferred_ap(topic *t, int level, double k)
{
	double sum = 0;

	(void)k;
	for (int i = 1; i <= t->n; i++) {
		double found = above(t, i, level, 1 << 20), others = above(t, i, 0, level - 1), unjudged = above(t, i, SLOW_NOT_POOLED + 1, -1), e = 1e-5;
		if (relevant_at(t, level, i))
			sum += i == 1 ? 1 : 1.0 / i + (i - 1.0) / i * ((found + others + unjudged) / (i - 1)) * ((found + e) / (found + others + 2 * e));
	}
	return over(sum, relevant_judged(t, level));
}

static double interpolated_precision(topic *t, int level, double k)
{
	int needed = (int)floor(k * relevant_judged(t, level) + .9);
	double best = 0;

	for (int i = 1; i <= t->n; i++)
		if (relevant_within(t, level, i) >= needed && precision(t, level, i) > best)
			best = precision(t, level, i);
	return best;
}

static double eleven_points(topic *t, int level, double k)
{
	double sum = 0;

	(void)k;
	for (int i = 0; i <= 10; i++)
		sum += interpolated_precision(t, level, i / 10.0);
	return sum / 11;
}

static double expected_reciprocal_rank(topic *t, int level, double k)
{
	double sum = 0;

	(void)k;
	for (int i = 1; i <= t->n; i++) {
		double reached = 1;
		for (int j = 1; j < i; j++)
			reached *= t->grades[j] > 0 ? 1 - (pow(2, smaller(t->grades[j], level)) - 1) / pow(2, level) : 1;
		if (t->grades[i] > 0)
			sum += reached * (pow(2, smaller(t->grades[i], level)) - 1) / pow(2, level) / i;
	}
	return sum;
}

static double rank_biased_precision(topic *t, int level, double k)
{
	double sum = 0;

	for (int i = 1; i <= t->n; i++)
		sum += relevant_at(t, level, i) ? (1 - k) * pow(k, i - 1) : 0;
	return sum;
}

/* All that the ranks without a judgment weigh: 2,000 of them reach far enough down. */
static double rank_biased_residual(topic *t, int level, double k)
{
	double sum = 0;

	(void)level;
	for (int i = 1; i <= 2000; i++)
		sum += relevant_at(t, 0, i) ? 0 : (1 - k) * pow(k, i - 1);
	return sum;
}

static double set_precision(topic *t, int level, double k)
{
	(void)k;
	return over(relevant_within(t, level, t->n), t->n);
}

static double set_recall(topic *t, int level, double k)
{
	(void)k;
	return recall(t, level, t->n);
}

static double set_f(topic *t, int level, double k)
{
	double p = set_precision(t, level, 0), r = set_recall(t, level, 0);

	return over((k + 1) * p * r, k * p + r);
}

static double set_average_precision(topic *t, int level, double k)
{
	return set_precision(t, level, k) * set_recall(t, level, k);
}

static double relative_precision(topic *t, int level, double k)
{
	return over(precision(t, level, k), smaller(k, relevant_judged(t, level)) / k);
}

static double set_relative_precision(topic *t, int level, double k)
{
	return fmax(set_precision(t, level, k), set_recall(t, level, k));
}

static double retrieved(topic *t, int level, double k)
{
	(void)level;
	(void)k;
	return t->n;
}

static double relevant(topic *t, int level, double k)
{
	(void)k;
	return relevant_judged(t, level);
}

static double found(topic *t, int level, double k)
{
	(void)k;
	return relevant_within(t, level, t->n);
}

static double found_others(topic *t, int level, double k)
{
	(void)k;
	return above(t, t->n + 1, 0, level - 1);
}

/* The example of a filtering task: what is missing costs k. */
static double utility(topic *t, int level, double k)
{
	double hits = relevant_within(t, level, t->n);

	return 2 * hits - (t->n - hits) - k * (relevant_judged(t, level) - hits);
}

static double binary_g(topic *t, int level, double k)
{
	double sum = 0;

	(void)k;
	for (int i = 1; i <= t->n; i++)
		if (relevant_at(t, level, i))
			sum += 1 / log2(2 + above(t, i, SLOW_NOT_POOLED, level - 1));
	return over(sum, relevant_judged(t, level));
}

/* ---- gains ---- */

enum gain_kind { LINEAR, EXPONENTIAL, OWN };

static double gain_of(int grade, enum gain_kind kind)
{
	if (kind == OWN && (grade == 0 || grade == 2))
		return grade == 0 ? .5 : 7;
	return grade <= 0 ? 0 : kind == EXPONENTIAL ? pow(2, grade) - 1 : grade;
}

static int descending(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left < right) - (left > right);
}

/* best[rank], from 1: the gains of the ideal order, 0 where it ends. */
static void fill_best(double *best, topic *t, enum gain_kind kind)
{
	for (int i = 0; i <= SLOW_MAXIMUM; i++)
		best[i] = i >= 1 && i <= t->judged_count ? gain_of(t->judged[i - 1], kind) : 0;
	qsort(best + 1, SLOW_MAXIMUM, sizeof *best, descending);
}

static double ndcg_at(topic *t, double k, enum gain_kind kind)
{
	double best[SLOW_MAXIMUM + 1], dcg = 0, ideal = 0;

	fill_best(best, t, kind);
	for (int i = 1; i <= k && i <= SLOW_MAXIMUM; i++) {
		ideal += best[i] * log(2) / log(i + 1);
		dcg += i <= t->n ? gain_of(t->grades[i], kind) * log(2) / log(i + 1) : 0;
	}
	return over(dcg, ideal);
}

static double ndcg(topic *t, int level, double k)
{
	(void)level;
	return ndcg_at(t, k, LINEAR);
}

static double ndcg_exponential(topic *t, int level, double k)
{
	(void)level;
	return ndcg_at(t, k, EXPONENTIAL);
}

static double ndcg_own(topic *t, int level, double k)
{
	(void)level;
	return ndcg_at(t, k, OWN);
}

static double ndcg_relevant(topic *t, int level, double k)
{
	double best[SLOW_MAXIMUM + 1], sum = 0;
	int all = 0, seen = 0;

	(void)level;
	(void)k;
	fill_best(best, t, LINEAR);
	for (int i = 1; i <= SLOW_MAXIMUM; i++)
		all += best[i] > 0;
	for (int i = 1; i <= t->n; i++)
		if (gain_of(t->grades[i], LINEAR) > 0) {
			sum += ndcg_at(t, i, LINEAR);
			seen++;
		}
	return over(sum + (all - seen) * ndcg_at(t, SLOW_MAXIMUM, LINEAR), all);
}

static double ndcg_changes(topic *t, int level, double k)
{
	double best[SLOW_MAXIMUM + 1], sum = 0;
	int changes = 0, last = 0;

	(void)k;
	fill_best(best, t, LINEAR);
	for (int i = 1; i < SLOW_MAXIMUM; i++)
		if (best[i] != best[i + 1]) {
			sum += ndcg_at(t, i, LINEAR);
			changes++;
			last = i;
		}
	if (t->n > last + 1) {
		sum += ndcg_at(t, SLOW_MAXIMUM, LINEAR);
		changes++;
	}
	return relevant_judged(t, level) == 0 || best[1] == 0 ? 0 : sum / changes;
}

static double graded_g(topic *t, int level, double k)
{
	double best[SLOW_MAXIMUM + 1], sum = 0, all = 0;

	(void)level;
	(void)k;
	fill_best(best, t, LINEAR);
	for (int i = 1; i <= SLOW_MAXIMUM; i++)
		all += best[i];
	for (int i = 1; i <= t->n; i++) {
		double behind = 0;
		for (int j = 1; j <= i; j++)
			behind += (best[j] > 1 ? best[j] : 1) - gain_of(t->grades[j], LINEAR);
		sum += gain_of(t->grades[i], LINEAR) / log2(2 + behind);
	}
	return over(sum, all);
}

const struct slow_metric slow_metrics[] = {
	{"P(rel=%d)@%g", precision, 1, 25, 1},
	{"R(rel=%d)@%g", recall, 1, 25, 1},
	{"Success(rel=%d)@%g", success, 1, 25, 1},
	{"RR(rel=%d)@%g", reciprocal_rank, 1, 25, 1},
	{"AP(rel=%d)@%g", average_precision, 1, 25, 1},
	{"AP(rel=%d)", average_precision_of_all, 0, 0, 1},
	{"gm_AP(rel=%d)", average_precision_of_all, 0, 0, 1},
	{"Judged@%2$g", judged, 1, 25, 1},
	{"Rprec(rel=%d)", r_precision, 0, 0, 1},
	{"Rprec_mult(rel=%d)@%g", r_precision_multiple, 0, 3, 0},
	{"Bpref(rel=%d)", bpref, 0, 0, 1},
	{"gm_Bpref(rel=%d)", bpref, 0, 0, 1},
	{"infAP(rel=%d)", inferred_ap, 0, 0, 1},
	{"IPrec(rel=%d)@%g", interpolated_precision, 0, 1, 0},
	{"11pt_avg(rel=%d)", eleven_points, 0, 0, 1},
	{"ERR(max=%d)", expected_reciprocal_rank, 0, 0, 1},
	{"RBP(p=%2$g,rel=%1$d)", rank_biased_precision, .05, .95, 0},
	{"RBP_residual(p=%2$g)", rank_biased_residual, .05, .95, 0},
	{"SetP(rel=%d)", set_precision, 0, 0, 1},
	{"SetR(rel=%d)", set_recall, 0, 0, 1},
	{"SetF(beta=%2$g,rel=%1$d)", set_f, 0, 4, 0},
	{"SetAP(rel=%d)", set_average_precision, 0, 0, 1},
	{"relative_P(rel=%d)@%g", relative_precision, 1, 25, 1},
	{"set_relative_P(rel=%d)", set_relative_precision, 0, 0, 1},
	{"NumRet", retrieved, 0, 0, 1},
	{"NumRel(rel=%d)", relevant, 0, 0, 1},
	{"NumRelRet(rel=%d)", found, 0, 0, 1},
	{"num_nonrel_judged_ret(rel=%d)", found_others, 0, 0, 1},
	{"utility(a=2,c=-%2$g,rel=%1$d)", utility, 0, 5, 1},
	{"binG(rel=%d)", binary_g, 0, 0, 1},
	{"nDCG@%2$g", ndcg, 1, 25, 1},
	{"nDCG(dcg='exp-log2')@%2$g", ndcg_exponential, 1, 25, 1},
	{"nDCG(gains='0=0.5,2=7')@%2$g", ndcg_own, 1, 25, 1},
	{"ndcg_rel", ndcg_relevant, 0, 0, 1},
	{"Rndcg(rel=%d)", ndcg_changes, 0, 0, 1},
	{"G", graded_g, 0, 0, 1},
	{NULL, NULL, 0, 0, 0},
};
