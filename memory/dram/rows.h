/* Rows of the parameter tables of DRAM kinds. A file that includes this says what AT(field) is: the field's
 * offset in its parameter struct. */
#ifndef MEM_DRAM_ROWS_H
#define MEM_DRAM_ROWS_H

#include "memory/dram/ddr4.h"
#include "sim/base/schema.h"

#define COUNT(name, low, high, value, text, field)                                                           \
    {                                                                                                        \
        .key = name, .type = FL_UINT, .min = low, .max = high, .fallback = value, .help = text,              \
        .offset = AT(field)                                                                                  \
    }
#define POWER(name, low, high, value, text, field)                                                           \
    {                                                                                                        \
        .key = name, .type = FL_UINT, .min = low, .max = high, .power_of_two = 1, .fallback = value,         \
        .help = text, .offset = AT(field)                                                                    \
    }
#define CLOCKS(name, low, value, text, field)                                                                \
    {                                                                                                        \
        .key = name, .type = FL_UINT, .unit = FL_UNIT_CYCLES, .min = low, .max = 1e6, .fallback = value,     \
        .help = text, .offset = AT(field)                                                                    \
    }
#define CHOICE(name, list, value, text, field)                                                               \
    {                                                                                                        \
        .key = name, .type = FL_CHOICE, .choices = list, .fallback = value, .help = text,                    \
        .offset = AT(field)                                                                                  \
    }

#define TIMING_ROW(field, key, value, help) CLOCKS("timing." key, 1, value, help ", memory clocks", field),
#define TIMING_ROWS                         DDR4_TIMINGS(TIMING_ROW)

#endif
