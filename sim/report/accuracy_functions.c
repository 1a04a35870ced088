/* The forms of functions that the accuracy table measures, alone and in published sets. */
#include <assert.h>
#include <string.h>

#include "sim/report/accuracy_forms.h"

const fl_function_variant *fl_function_variants(fl_function function, size_t *count)
{
    switch (function) {
    case FL_SOFTMAX:
        return fl_softmax_variants(count);
    case FL_GELU:
        return fl_gelu_variants(count);
    case FL_LAYERNORM:
        return fl_layernorm_variants(count);
    case FL_FUNCTIONS:
        break;
    }
    assert(!"a function");
    return NULL;
}

const fl_function_variant *fl_function_variant_named(const char *label)
{
    for (fl_function f = 0; f < FL_FUNCTIONS; f++) {
        size_t count;
        const fl_function_variant *variants = fl_function_variants(f, &count);
        for (size_t i = 0; i < count; i++)
            if (strcmp(variants[i].label, label) == 0) return &variants[i];
    }
    return NULL;
}

/* What papers, and the machine, use together. FQ-ViT leaves GELU in floating point: the machine's stands in.
 */
static const struct published_set {
    const char *label, *softmax, *gelu, *layernorm;
} SETS[] = {
    {"all integer: I-BERT", "softmax I-BERT 8 bits", "i-GELU, I-BERT", "I-LayerNorm, I-BERT"},
    {"all integer: I-ViT", "Shiftmax 16 bits, factor", "ShiftGELU, input 2^-5", "I-LayerNorm, I-ViT"},
    {"all integer: FQ-ViT and i-GELU", "log-int-softmax 4 bits", "i-GELU, I-BERT",
     "LayerNorm FQ-ViT, 8 bits, factor 2^n"},
    {"all integer: NN-LUT", "softmax NN-LUT 16 entries, 8 bits", "GELU NN-LUT 16 entries",
     "LayerNorm NN-LUT 16 entries"},
    {"all integer: 2D-LUT uint8 and I-BERT", "softmax 2D-LUT uint8", "i-GELU, I-BERT", "I-LayerNorm, I-BERT"},
    {"all integer: of the machine", "softmax REXP uint8", "i-GELU, I-BERT", "I-LayerNorm, I-BERT"},
};

bool fl_function_published_set(size_t index, fl_function_set *set)
{
    if (index >= sizeof SETS / sizeof *SETS) return false;
    *set = (fl_function_set){SETS[index].label,
                             {[FL_SOFTMAX] = fl_function_variant_named(SETS[index].softmax),
                              [FL_GELU] = fl_function_variant_named(SETS[index].gelu),
                              [FL_LAYERNORM] = fl_function_variant_named(SETS[index].layernorm)}};
    for (fl_function f = 0; f < FL_FUNCTIONS; f++) assert(set->variant[f] != NULL);
    return true;
}

fl_function_set fl_function_exact_set(void)
{
    return (fl_function_set){"functions in float64",
                             {[FL_SOFTMAX] = fl_function_variant_named(FL_EXACT_SOFTMAX),
                              [FL_GELU] = fl_function_variant_named(FL_EXACT_GELU),
                              [FL_LAYERNORM] = fl_function_variant_named(FL_EXACT_LAYERNORM)}};
}
