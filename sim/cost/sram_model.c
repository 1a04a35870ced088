#include "sim/cost/sram_model.h"

/* CACTI's 6T cell at a feature size F of 28 nm: 146 F2, 1.46 times as wide as high. */
static const double CELL_HEIGHT_UM = 0.28, CELL_WIDTH_UM = 0.4088;
/* Decoders on one side, sense amplifiers and drivers on the other: one strip each. Fixed by the one published
 * area. */
static const double PERIPHERY_UM = 43.7;

/* Least squares of the relative error over the three published figures each; a wire charge per um of 0.21 to
 * 0.27 fJ is 0.26 to 0.33 fF/um at 0.9 V. */
typedef struct access_cost {
    double per_bit_fj, per_um_fj;
} access_cost;
static const access_cost READ = {5.924, 0.2121}, WRITE = {8.841, 0.2665};

/* Rows x columns of cells, side by side in `folds` arrays of which an access selects one. */
typedef struct organisation {
    double height_um, width_um;
    double wire_um; /* down the bit line and along half of the bank */
} organisation;

static organisation organise(const fl_sram_shape *shape, uint64_t folds)
{
    double columns = 8.0 * (double)(shape->width_bytes * folds),
           rows = (double)shape->bank_bytes / (double)(shape->width_bytes * folds);
    organisation o = {.height_um = rows * CELL_HEIGHT_UM, .width_um = columns * CELL_WIDTH_UM};
    o.wire_um = o.height_um + o.width_um / 2;
    return o;
}

/* The folding with the shortest wire. */
static organisation shortest(const fl_sram_shape *shape)
{
    organisation best = organise(shape, 1);
    for (uint64_t folds = 2; folds * shape->width_bytes <= shape->bank_bytes; folds *= 2) {
        organisation next = organise(shape, folds);
        if (next.wire_um >= best.wire_um) break;
        best = next;
    }
    return best;
}

static double access_pj(access_cost cost, double wire_um)
{
    return 1e-3 * (cost.per_bit_fj + cost.per_um_fj * wire_um);
}

fl_sram_figures fl_sram_analytic(const fl_sram_shape *shape)
{
    organisation o = shortest(shape);
    return (fl_sram_figures){.read_pj_per_bit = access_pj(READ, o.wire_um),
                             .write_pj_per_bit = access_pj(WRITE, o.wire_um),
                             .um2 = (double)shape->banks * (o.height_um + PERIPHERY_UM) *
                                    (o.width_um + PERIPHERY_UM)};
}
