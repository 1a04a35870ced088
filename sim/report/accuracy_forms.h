/* What the forms of functions in the accuracy table share (accuracy_softmax.c, accuracy_gelu.c,
 * accuracy_layernorm.c). Internal. */
#ifndef FL_REPORT_ACCURACY_FORMS_H
#define FL_REPORT_ACCURACY_FORMS_H

#include <math.h>

#include "sim/base/registry.h"
#include "sim/report/accuracy.h"

enum { MOST = FL_VARIANT_MAX_COLUMNS };

#define ROW(name)                                                                                            \
    static void name(const vec_job *job, const int32_t *x, const int32_t *x2, const vec_column *columns,     \
                     int32_t *out)
#define VARIANT(of, how, text, number)                                                                       \
    {                                                                                                        \
        .function = {.name = of, .row = how}, .label = text, .detail = number                                \
    }

static inline const fl_function_variant *fl_variant_of(const vec_job *job)
{
    return (const fl_function_variant *)job->function;
}
static inline unsigned fl_detail_of(const vec_job *job) { return fl_variant_of(job)->detail; }

static inline double fl_real_of(num_multiplier m) { return ldexp(m.multiplier, m.shift - 31); }

/* The machine's own function of the variant's name, as a row of the table. */
static inline void fl_machine_row(const vec_job *job, const int32_t *x, const int32_t *x2,
                                  const vec_column *columns, int32_t *out)
{
    const vec_function *own = fl_registry_find("vector_function", job->function->name)->ops;
    own->row(job, x, x2, columns, out);
}

/* Variants of one function; *count is how many there are. */
const fl_function_variant *fl_softmax_variants(size_t *count);
const fl_function_variant *fl_gelu_variants(size_t *count);
const fl_function_variant *fl_layernorm_variants(size_t *count);

#endif
