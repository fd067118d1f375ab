/* Matrices for the tests of lsa's algebra, and a slow exact decomposition to compare with. */
#ifndef RQ_TESTS_EMBED_MATRICES_H
#define RQ_TESTS_EMBED_MATRICES_H

#include "evalcore/base/random.h"
#include "evalcore/embed/lsa/svd.h"

/* rows x columns, row-major; malloc'ed */
double *random_dense(size_t rows, size_t columns, struct rq_random *random);
/* left (rows x rank) * diag(values) * right (rank x columns) with random orthonormal factors: a matrix whose singular values are known. */
double *dense_with_values(size_t rows, size_t columns, const double *values, size_t rank, struct rq_random *random);
struct rq_sparse sparse_from(const double *dense, size_t rows, size_t columns);

/* One-sided Jacobi (Hestenes 1958) in double: values descending (min(rows, columns) of them, malloc'ed), right vectors as rows of *v. */
void jacobi_svd(double **values, double **v, const double *dense, size_t rows, size_t columns);

#endif
