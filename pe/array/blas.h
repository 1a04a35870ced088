/* OpenBLAS, loaded when the first product asks for it.
 *
 * Linked in, it would cost every process what only runs with data use: a third of the time to start, and one
 * thread per core that spins at first. A sweep's workers and runs without data never load it. */
#ifndef PE_ARRAY_BLAS_H
#define PE_ARRAY_BLAS_H

#include <cblas.h>

typedef struct pe_blas {
    __typeof__(cblas_sgemm) *sgemm;
    __typeof__(cblas_dgemm) *dgemm;
} pe_blas;

/* Single-threaded: sweeps run one process per core, and threads inside a tile's product would only get in
 * their way. Ends the process with exit code 2 when the library is not installed. */
const pe_blas *pe_blas_get(void);

#endif
