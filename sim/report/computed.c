/* Bytes of the tables that the golden models build. */
#include <string.h>

#include "pe/num/softmax_lut2d.h"
#include "pe/num/softmax_rexp.h"
#include "sim/report/comparison.h"

static double rexp_bytes(unsigned width, unsigned alphas)
{
    num_rexp tables;
    num_rexp_build(width, alphas, &tables);
    return (double)num_rexp_bytes(&tables);
}

static double lut2d_bytes(unsigned width, unsigned exponentials, unsigned columns)
{
    num_lut2d tables;
    num_lut2d_build(width, exponentials, columns, &tables);
    return (double)num_lut2d_bytes(&tables);
}

bool fl_computed_figure(const char *name, double *value)
{
    static const struct {
        const char *name;
        unsigned width, entries, columns; /* columns 0: REXP, entries are its alphas */
    } FIGURES[] = {
        {"rexp_bytes_int16", 15, 16, 0},    {"rexp_bytes_uint8", 8, 16, 0},
        {"rexp_bytes_uint4", 4, 16, 0},     {"rexp_bytes_uint2", 2, 16, 0},
        {"lut2d_bytes_int16", 15, 101, 60}, {"lut2d_bytes_uint8", 8, 101, 60},
        {"lut2d_bytes_uint4", 4, 48, 29},   {"lut2d_bytes_uint2", 2, 12, 8},
    };
    for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++) {
        if (strcmp(FIGURES[i].name, name) != 0) continue;
        *value = FIGURES[i].columns == 0
                     ? rexp_bytes(FIGURES[i].width, FIGURES[i].entries)
                     : lut2d_bytes(FIGURES[i].width, FIGURES[i].entries, FIGURES[i].columns);
        return true;
    }
    return false;
}
