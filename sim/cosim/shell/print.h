// Included ahead of every Verilated source: what the RTL prints becomes part of the failure message.
#ifndef FL_COSIM_PRINT_H
#define FL_COSIM_PRINT_H
extern int fl_rtl_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define VL_PRINTF fl_rtl_print
#endif
