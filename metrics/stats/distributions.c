/* The beta and t distributions. Closed forms and convergent series only: the same digits on every machine with the same libm.
 *
 * I_x(a, b) is a continued fraction (DiDonato & Morris 1992, ACM TOMS 18(3), eq. 9: the even part of DLMF 8.17.22), evaluated by Lentz's method
 * (Thompson & Barnett 1986). Quantiles are Newton steps on the logarithm of the tail, kept within a bracket. */
#include "metrics/stats/stats.h"

#include <float.h>
#include <math.h>

enum { FRACTION_STEPS = 1000000, QUANTILE_STEPS = 200, LOGIT_MAXIMUM = 745 /* e^-745 is the least number above 0 */ };

/* lgamma(x) less Stirling's (x - 1/2) ln x - x + ln(2 pi)/2. From it the beta function follows without subtracting large logarithms,
 * which would cost 8 of 16 digits at a million degrees of freedom. */
static double stirling_rest(double x)
{
	if (x < 16) {
		int sign;
		return lgamma_r(x, &sign) - ((x - 0.5) * log(x) - x + 0.91893853320467274178);
	}
	double r = 1 / (x * x);
	return (1.0 / 12 - r * (1.0 / 360 - r * (1.0 / 1260 - r * (1.0 / 1680 - r * (1.0 / 1188))))) / x;
}

/* ln(x (a + b) / a), where y = 1 - x: exact to the last digits also where x is close to a / (a + b). */
static double log_ratio(double x, double y, double a, double b)
{
	double excess = (x * b - y * a) / a;

	return fabs(excess) < 0.5 ? log1p(excess) : log(x * (1 + b / a));
}

/* x^a y^b / B(a, b), for 0 < x < 1, y = 1 - x */
static double beta_power(double x, double y, double a, double b)
{
	double rest = stirling_rest(a) + stirling_rest(b) - stirling_rest(a + b);

	return sqrt(a / (a + b) * b * 0.15915494309189533577) * exp(a * log_ratio(x, y, a, b) + b * log_ratio(y, x, b, a) - rest);
}

static double not_zero(double x)
{
	return fabs(x) < DBL_MIN / DBL_EPSILON ? DBL_MIN / DBL_EPSILON : x;
}

/* The fraction below x^a y^b / B(a, b). Its terms are sums without cancellation for x < a / (a + b), also where x is within 1e-7 of 1 as it is for a
 * t of millions of degrees of freedom. Converges in about sqrt(max(a, b)) steps. */
static double beta_fraction(double x, double y, double a, double b)
{
	double value = not_zero(a * (a * y - b * x + 1) / (a + 1)), c = value, d = 0;

	for (int m = 1; m < FRACTION_STEPS; m++) {
		double middle = a + 2 * m - 1, mixed = m * (b - m) * x / middle;
		double numerator = (a + m - 1) * (a + b + m - 1) / middle * x * mixed;
		double denominator = m + mixed + (a + m) * (a * y - b * x + 1 + m * (1 + y)) / (middle + 2);
		d = 1 / not_zero(denominator + numerator * d);
		c = not_zero(denominator + numerator / c);
		value *= c * d;
		if (fabs(c * d - 1) < 2 * DBL_EPSILON)
			break;
	}
	return value;
}

/* I_x(a, b) where the caller knows both x and y = 1 - x, of which one may be tiny. */
static double beta_both(double x, double y, double a, double b)
{
	if (x <= 0 || y <= 0)
		return x <= 0 ? 0 : 1;
	if (x < (a + 1) / (a + b + 2))
		return beta_power(x, y, a, b) / beta_fraction(x, y, a, b);
	return 1 - beta_power(x, y, a, b) / beta_fraction(y, x, b, a);
}

double rq_beta_regularised(double x, double a, double b)
{
	return beta_both(x, 1 - x, a, b);
}

double rq_beta_quantile(double p, double a, double b)
{
	if (!(p > 0 && p < 1))
		return p == 0 ? 0 : p == 1 ? 1 : NAN;
	/* The smaller tail is the one with all its digits; z = ln(x / (1 - x)) holds those of x and of 1 - x. */
	bool upper = p > 0.5;
	double tail = upper ? 1 - p : p, low = -LOGIT_MAXIMUM, high = LOGIT_MAXIMUM, z = fmin(fmax(log(a / b), low), high);
	for (int step = 0; step < QUANTILE_STEPS; step++) {
		double x = 1 / (1 + exp(-z)), y = 1 / (1 + exp(z)), value = upper ? beta_both(y, x, b, a) : beta_both(x, y, a, b);
		if ((value > tail) == upper)
			low = z;
		else
			high = z;
		double next = z + (upper ? -1 : 1) * value * log(tail / value) / beta_power(x, y, a, b);
		if (!(next > low && next < high))
			next = low + (high - low) / 2;
		double moved = fabs(next - z);
		z = next;
		if (moved <= 4 * DBL_EPSILON * fmax(fabs(z), 1))
			break;
	}
	return 1 / (1 + exp(-z));
}

/* P(T > t) for t beyond the square root of the largest number: the power that the density falls off with. */
static double t_far_tail(double t, double df)
{
	int sign;
	double constant = lgamma_r(df / 2 + 0.5, &sign) - lgamma_r(df / 2, &sign) - 0.57236494292470008707; /* ln(pi)/2 */

	return exp(constant - df * log(t / sqrt(df)) - log(df));
}

static bool is_far(double t)
{
	return t > 1e150;
}

/* P(T > t) for t > 0 */
static double t_tail(double t, double df)
{
	double square = t * t;

	return is_far(t) ? t_far_tail(t, df) : beta_both(df / (df + square), square / (df + square), df / 2, 0.5) / 2;
}

/* P(0 < T < t) */
static double t_middle(double t, double df)
{
	double square = t * t;

	return beta_both(square / (df + square), df / (df + square), 0.5, df / 2) / 2;
}

static double t_density(double t, double df)
{
	double square = t * t;

	return is_far(t) ? t_far_tail(t, df) * df / t : beta_power(df / (df + square), square / (df + square), df / 2, 0.5) / t;
}

double rq_t_cdf(double t, double df)
{
	if (t == 0 || isnan(t))
		return t == 0 ? 0.5 : NAN;
	return t < 0 ? t_tail(-t, df) : 1 - t_tail(t, df);
}

/* The t > 0 with P(T > t) = tail < 1/2. */
static double t_upper_quantile(double tail, double df)
{
	double low = 0, high = 1;

	while (t_tail(high, df) > tail) {
		low = high;
		high *= 2;
	}
	double t = high;
	for (int step = 0; step < QUANTILE_STEPS; step++) {
		double value = t_tail(t, df);
		if (value > tail)
			low = t;
		else
			high = t;
		double next = t + value * log(value / tail) / t_density(t, df);
		if (!(next > low && next < high))
			next = low + (high - low) / 2;
		double moved = fabs(next - t);
		t = next;
		if (moved <= 4 * DBL_EPSILON * t)
			break;
	}
	return t;
}

/* The t > 0 with P(0 < T < t) = middle <= 1/4: there the tail has lost the digits that tell it from 1/2. The distribution is concave, so Newton's
 * steps from 0 never pass the quantile. */
static double t_central_quantile(double middle, double df)
{
	double t = middle / t_density(DBL_EPSILON, df);

	for (int step = 0; step < QUANTILE_STEPS; step++) {
		double moved = (middle - t_middle(t, df)) / t_density(t, df);
		t += moved;
		if (fabs(moved) <= 4 * DBL_EPSILON * t)
			break;
	}
	return t;
}

double rq_t_quantile(double p, double df)
{
	if (!(p > 0 && p < 1))
		return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
	if (p == 0.5)
		return 0;
	if (fabs(p - 0.5) < 0.25)
		return p < 0.5 ? -t_central_quantile(0.5 - p, df) : t_central_quantile(p - 0.5, df);
	return p < 0.5 ? -t_upper_quantile(p, df) : t_upper_quantile(1 - p, df);
}
