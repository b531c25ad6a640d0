// CBLAS as OpenBLAS declares it, and the one LAPACK routine that is called (Fortran symbols of the
// same library, so that no separate LAPACKE is needed).
#include <cblas.h>

void dsyevd_(
  const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
  const int *lwork, int *iwork, const int *liwork, int *info);
