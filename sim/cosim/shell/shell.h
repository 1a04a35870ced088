/* What a built design exports: one symbol, `fl_rtl_shell`. C linkage, so that nothing of Verilator's classes
 * is seen outside. */
#ifndef FL_COSIM_SHELL_H
#define FL_COSIM_SHELL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* In waves cycle n begins at n * FL_RTL_CYCLE_NS, with the falling edge of the clock. */
enum { FL_RTL_CYCLE_NS = 10 };

typedef struct fl_rtl_shell_ops {
    void *(*open)(uint32_t seed);
    void (*close)(void *instance);
    int (*reset)(void *instance, int active); /* 0: done; else an assertion failed */
    int (*settle)(void *instance, const uint32_t *in, uint32_t *out);
    int (*clock)(void *instance, uint32_t *out); /* out: NULL or outputs after the edge */
    const char *(*message)(const void *instance);
    void (*trace)(void *instance, const char *path);
    void (*coverage)(void *instance, const char *path);
} fl_rtl_shell_ops;

#ifdef __cplusplus
}
#endif
#endif
