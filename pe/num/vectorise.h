/* Marks loops over rows that deserve the vector instructions of the machine at hand, chosen when the program
 * starts, in a build for the base instruction set. Results are the same everywhere. */
#ifndef NUM_VECTORISE_H
#define NUM_VECTORISE_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define NUM_VECTORISED __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NUM_VECTORISED
#endif

#endif
