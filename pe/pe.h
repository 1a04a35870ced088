/* The PE contract: what a processing element type must provide (kind "pe" in the registry).
 *
 * A PE multiplies two decoded operands and adds the product to a partial sum, one per cycle: latency 1,
 * initiation interval 1. Operands arrive decoded (base, shift) because decoders sit at the array boundary.
 * An operand wider than the PE is split into `slices`: adjacent array rows (activations) or columns
 * (weights) each take one slice and the group's partial sums add up, so an array of R x C PEs works as
 * (R / slices_a) x (C / slices_b). value = sum over slices of base << shift.
 *
 * Partial sums are 32 bits and wrap modulo 2^32: addition stays independent of order, so tiling, dataflow
 * and slicing cannot change a result. Source: ANT (MICRO 2022), section on TypeFusion; docs/contracts/pe.md.
 */
#ifndef PE_PE_H
#define PE_PE_H

#include "pe/num/format.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PE_MAX_SLICES = 2 };

typedef struct pe_type {
    unsigned operand_bits; /* native operand width: what the buffers must bring per row or column and cycle */
    /* Slices an operand of this format takes: 1, 2, or 0 when the type cannot take the format. */
    unsigned (*slices)(num_format format);
    /* Decodes one code into slices(format) operands, most significant slice first. */
    void (*decode)(num_format format, uint32_t code, num_operand slices[PE_MAX_SLICES]);
    /* psum + (a.base * b.base) << (a.shift + b.shift), modulo 2^32. */
    uint32_t (*mac)(uint32_t psum, num_operand a, num_operand b);
} pe_type;

#ifdef __cplusplus
}
#endif
#endif
