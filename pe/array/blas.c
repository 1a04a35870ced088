#include "pe/array/blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pe_blas blas;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    setenv("OPENBLAS_NUM_THREADS", "1", 1); /* read as the library is loaded: it starts no threads */
    void *library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library != NULL) {
        blas.sgemm = (__typeof__(cblas_sgemm) *)dlsym(library, "cblas_sgemm");
        blas.dgemm = (__typeof__(cblas_dgemm) *)dlsym(library, "cblas_dgemm");
    }
    if (blas.sgemm != NULL && blas.dgemm != NULL) return;
    fprintf(stderr, "flintlock: %s\n", dlerror());
    exit(2);
}

const pe_blas *pe_blas_get(void)
{
    pthread_once(&once, load);
    return &blas;
}
