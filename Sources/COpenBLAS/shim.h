// CBLAS as OpenBLAS declares it, and the few LAPACK routines that Analysis calls (Fortran symbols of the
// same library, so that no separate LAPACKE is needed).
#include <cblas.h>

void ssyevd_(
  const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w, float *work,
  const int *lwork, int *iwork, const int *liwork, int *info);

void dsyevd_(
  const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
  const int *lwork, int *iwork, const int *liwork, int *info);
