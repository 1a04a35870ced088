/* The RTL of the vector unit's lanes: which functions have one, and its ports. Each takes the operand
 * registers of all lanes and gives the values that the encoders take, one cycle before the function's
 * latency. */
#ifndef FL_COSIM_VECTOR_DESIGN_H
#define FL_COSIM_VECTOR_DESIGN_H

#include "pe/vector/vector.h"
#include "sim/cosim/rtl.h"

#ifdef __cplusplus
extern "C" {
#endif

/* False when the function has no RTL. */
bool fl_vector_design(const vec_function *function, uint32_t lanes, fl_rtl_design *design);

/* What one lane's operand register holds. */
typedef struct fl_vector_operand {
    bool used; /* a valid element of the row */
    int32_t x, x2;
    vec_column parameters;
} fl_vector_operand;

/* A group in the operand registers; valid is false in a bubble. */
typedef struct fl_vector_group {
    bool valid, first, ends; /* first and last of its pass */
    unsigned pass;
    const vec_job *job; /* function, immediates; NULL in a bubble */
    const fl_vector_operand *operands;
} fl_vector_group;

/* The values of the design's input ports. */
void fl_vector_drive(const fl_rtl_design *design, const fl_vector_group *group, uint32_t lanes, uint32_t *in);
/* Its output ports: is there a group, and the value of a lane. */
static inline bool fl_vector_valid(const uint32_t *out) { return (out[0] & 1) != 0; }
static inline int32_t fl_vector_value(const uint32_t *out, uint32_t lane) { return (int32_t)out[1 + lane]; }

#ifdef __cplusplus
}
#endif
#endif
