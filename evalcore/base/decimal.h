/* From decimal digits to the nearest double, without the C library where that takes no big numbers. */
#ifndef RQ_BASE_DECIMAL_H
#define RQ_BASE_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

/* *value = digits x 10^exponent, correctly rounded, ties to even. False, leaving *value alone, where this does not know: then strtod does. */
bool rq_decimal_round(double *value, uint64_t digits, int exponent);

#endif
