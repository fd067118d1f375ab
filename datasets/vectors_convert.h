/* Vectors from one file to another: another format, another type of numbers, fewer dimensions, rows of length 1. */
#ifndef RQ_DATASETS_VECTORS_CONVERT_H
#define RQ_DATASETS_VECTORS_CONVERT_H

#include "datasets/vector_file.h"
#include "evalcore/base/file.h"

struct rq_vectors_conversion {
	const char *in, *out; /* files; "-" is standard output, and standard input where `from` is named */
	const char *from; /* name of a format; NULL: what `in` looks like */
	const char *to;   /* the same; NULL: by the name of `out` */
	const char *type; /* "f2"; NULL: that of `in` where nothing was computed and the format holds it, else the format's usual one */
	const char *ids;  /* NULL: none. Read where `in` lacks them, written where `out` cannot hold them */
	size_t dims;      /* the first so many; 0: all */
	bool normalise;   /* after dimensions were left out */
};

/* What has become of them. */
struct rq_vectors_converted {
	const struct rq_vector_format *from, *to;
	char from_type[8], to_type[8];
	size_t n, d, from_d;
	size_t zero;     /* rows that could not be normalised */
	size_t changed;  /* numbers that the type rounds */
	double largest;  /* by how much at most */
	size_t lost;     /* rows that are zeros for it, and were not */
	double angle;    /* that it turns another row by at most, in degrees */
	double scale;    /* what they were multiplied by to fill the type; 1: nothing */
	size_t ids;      /* written into the file or beside it */
	size_t texts;    /* left out: the format holds ids, and these have white space */
	struct rq_buf bytes; /* for standard output */
	struct rq_output out, ids_out; /* all of both is on the disk: what is left is to commit them */
};

/* E_USAGE lists what would be possible; E_DATA where the type does not hold a number. Release it in either case: what was not committed is removed.
 */
RQ_MUST_USE enum rq_status rq_vectors_convert(struct rq_vectors_converted *done, const struct rq_vectors_conversion *conversion,
                                              struct rq_error *err);
RQ_MUST_USE enum rq_status rq_vectors_commit(struct rq_vectors_converted *done, struct rq_error *err);
void rq_vectors_converted_release(struct rq_vectors_converted *done);

#endif
