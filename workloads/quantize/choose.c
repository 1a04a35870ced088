/* Type and scale of one tensor, its codes, and the figures of the result. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pe/num/clipping.h"
#include "pe/num/format.h"
#include "pe/num/minifloat.h"
#include "workloads/quantize/quantize.h"

static const num_kind KINDS[] = {
    [NUM_ANT_INT] = NUM_INT, [NUM_ANT_FLINT] = NUM_FLINT, [NUM_ANT_POT] = NUM_POT};

/* Of the types other than ANT's float; for that one only the width counts, in packing. */
static num_format format_of(const wl_quantized *q)
{
    return (num_format){(uint8_t)(q->type == NUM_ANT_FLOAT ? NUM_INT : KINDS[q->type]), (uint8_t)q->bits,
                        q->is_signed};
}

double wl_quantized_value(const wl_quantized *q, uint32_t code)
{
    if (q->type == NUM_ANT_FLOAT) return num_minifloat_decode(num_minifloat_ant(q->bits, q->is_signed), code);
    return num_decode(format_of(q), code);
}

static uint32_t encode(const wl_quantized *q, double value)
{
    if (q->type == NUM_ANT_FLOAT)
        return num_minifloat_encode_tie_up(num_minifloat_ant(q->bits, q->is_signed), value);
    return num_encode_real(format_of(q), value);
}

const char *wl_quantized_type_name(const wl_quantized *q, char name[12])
{
    if (q->kept) return strcpy(name, "kept");
    if (q->type != NUM_ANT_FLOAT) return num_format_name(format_of(q), name);
    snprintf(name, 12, "%sfloat%u", q->is_signed ? "" : "u", q->bits % 10);
    return name;
}

static uint64_t row_length(const wl_quantized *q) { return q->rows > 0 ? q->tensor->elements / q->rows : 0; }
static float scale_of(const wl_quantized *q, uint64_t row) { return q->scales[q->scale_count > 1 ? row : 0]; }

void wl_quantize_pack_row(const wl_quantized *q, const float *x, uint64_t row, uint8_t *out)
{
    const uint64_t n = row_length(q);
    const double scale = scale_of(q, row);
    memset(out, 0, q->row_bytes);
    for (uint64_t i = 0; i < n; i++) num_store_code(format_of(q), out, i, encode(q, x[row * n + i] / scale));
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The clipping point that the rule asks for, of sorted samples. */
static double clipping_point(const wl_quantized *q, const num_samples *samples, float *magnitudes)
{
    const double largest = num_samples_max_magnitude(samples);
    double point = largest;
    if (q->rule->clip == WL_CLIP_OCTAV)
        point = num_octav_clip(samples->x, samples->n, q->bits, q->is_signed, 20);
    if (q->rule->clip == WL_CLIP_KL) point = num_clip_kl(samples->x, samples->n, q->bits);
    if (q->rule->clip == WL_CLIP_PERCENTILE) {
        for (size_t i = 0; i < samples->n; i++) magnitudes[i] = fabsf(samples->x[i]);
        qsort(magnitudes, samples->n, sizeof *magnitudes, ascending);
        point = num_clip_percentile(magnitudes, samples->n, q->rule->percentile);
    }
    return point > 0 ? point : largest; /* most elements are 0: nothing may be clipped to it */
}

static num_ant_choice at_point(const wl_quantized *q, const num_samples *samples, num_ant_type type,
                               double point)
{
    double grid[NUM_ANT_MAX_GRID];
    const size_t count = num_ant_grid(type, q->bits, q->is_signed, grid);
    num_ant_choice choice = {.type = type, .percent = 100, .alpha = point, .scale = 1};
    if (point <= 0) return choice;
    choice.scale = point / grid[count - 1];
    choice.squared_error = num_samples_error(samples, grid, count, choice.scale);
    return choice;
}

typedef struct buffers {
    float *sorted, *magnitudes;
    double *sum, *squares, *points;
    num_samples *samples;
    num_ant_choice *choices;
} buffers;

static void free_buffers(buffers *b)
{
    free(b->sorted);
    free(b->magnitudes);
    free(b->sum);
    free(b->squares);
    free(b->points);
    free(b->samples);
    free(b->choices);
}

static bool allocate_buffers(buffers *b, uint64_t n, uint64_t groups)
{
    *b = (buffers){.sorted = malloc((n + 1) * sizeof(float)),
                   .magnitudes = malloc((n / groups + 1) * sizeof(float)),
                   .sum = malloc((n + groups) * sizeof(double)),
                   .squares = malloc((n + groups) * sizeof(double)),
                   .points = malloc(groups * sizeof(double)),
                   .samples = malloc(groups * sizeof(num_samples)),
                   .choices = malloc(groups * sizeof(num_ant_choice))};
    return b->sorted && b->magnitudes && b->sum && b->squares && b->points && b->samples && b->choices;
}

/* The type of the smallest sum of mean squared errors, at given clipping points. */
static num_ant_type select_at_points(const wl_quantized *q, buffers *b, unsigned set)
{
    num_ant_type best = NUM_ANT_INT;
    double best_error = INFINITY;
    for (size_t g = 0; g < q->scale_count; g++)
        b->points[g] = clipping_point(q, &b->samples[g], b->magnitudes);
    for (num_ant_type type = NUM_ANT_INT; type < NUM_ANT_TYPES; type++) {
        if (!(set >> type & 1)) continue;
        double error = 0;
        for (size_t g = 0; g < q->scale_count; g++)
            error += at_point(q, &b->samples[g], type, b->points[g]).squared_error;
        if (error >= best_error) continue;
        best = type;
        best_error = error;
    }
    for (size_t g = 0; g < q->scale_count; g++)
        b->choices[g] = at_point(q, &b->samples[g], best, b->points[g]);
    return best;
}

static void choose(const float *x, wl_quantized *q, buffers *b)
{
    const uint64_t n = q->tensor->elements, per_group = n / q->scale_count;
    const unsigned set = q->bits > q->rule->bits ? NUM_ANT_SET_INT : wl_tensor_rule_set(q->rule);
    if (n > 0) memcpy(b->sorted, x, n * sizeof *x);
    for (uint64_t g = 0; g < q->scale_count; g++)
        b->samples[g] = num_samples_build(b->sorted + g * per_group, per_group, b->sum + g * (per_group + 1),
                                          b->squares + g * (per_group + 1));
    if (q->rule->clip == WL_CLIP_SEARCH) {
        const num_ant_options options = {q->bits, q->is_signed, 75, 150};
        q->type = num_ant_select_channels(b->samples, q->scale_count, set, options, b->choices);
    } else {
        q->type = select_at_points(q, b, set);
    }
    q->clip = 0;
    for (uint64_t g = 0; g < q->scale_count; g++) {
        q->scales[g] = (float)fmin(fmax(b->choices[g].scale, FLT_TRUE_MIN),
                                   FLT_MAX); /* what the file holds is what encodes */
        q->clip = fmax(q->clip, b->choices[g].alpha);
    }
}

/* Figures of the codes that will be written. */
static void measure(const float *x, wl_quantized *q)
{
    double grid[NUM_ANT_MAX_GRID];
    const size_t count = num_ant_grid(q->type, q->bits, q->is_signed, grid);
    const uint64_t n = q->tensor->elements, length = row_length(q);
    double sum = 0, signal = 0, noise = 0;
    q->clipped = q->outliers = 0;
    for (uint64_t i = 0; i < n; i++) {
        const double scale = scale_of(q, i / length), in_units = x[i] / scale;
        const double error = x[i] - scale * wl_quantized_value(q, encode(q, in_units));
        q->clipped += in_units > grid[count - 1] * (1 + 1e-6) || in_units < grid[0] * (1 + 1e-6);
        sum += x[i];
        signal += (double)x[i] * x[i];
        noise += error * error;
    }
    const double mean = n > 0 ? sum / (double)n : 0,
                 deviation = n > 0 ? sqrt(fmax(signal / (double)n - mean * mean, 0)) : 0;
    for (uint64_t i = 0; i < n; i++) q->outliers += fabs(x[i] - mean) > 6 * deviation;
    q->mean_squared_error = n > 0 ? noise / (double)n : 0;
    q->sqnr_db = noise > 0 ? 10 * log10(signal / noise) : INFINITY;
}

fl_status wl_quantize_tensor(const float *x, wl_quantized *q, fl_error *error)
{
    const wl_tensor *t = q->tensor;
    const bool matrix = t->rank >= 2 && t->elements > 0;
    if (q->bits < q->rule->bits) q->bits = (unsigned)q->rule->bits;
    q->is_signed = false;
    for (uint64_t i = 0; i < t->elements; i++) {
        if (!isfinite(x[i]))
            return fl_fail(error, FL_BAD_INPUT, NULL, "tensor \"%s\": element %llu is %s", t->name,
                           (unsigned long long)i, isnan(x[i]) ? "NaN" : "infinite");
        q->is_signed = q->is_signed || x[i] < 0;
    }
    q->rows = t->elements == 0 ? 0 : matrix ? t->shape[0] : 1;
    q->row_bytes = (row_length(q) * q->bits + 7) / 8;
    q->scale_count = matrix && q->rule->granularity == 1 ? t->shape[0] : 1;
    buffers b;
    free(q->scales);
    q->scales = malloc(q->scale_count * sizeof *q->scales);
    const bool enough = allocate_buffers(&b, t->elements, q->scale_count) && q->scales != NULL;
    if (enough) {
        choose(x, q, &b);
        measure(x, q);
    }
    free_buffers(&b);
    return enough ? FL_OK
                  : fl_fail(error, FL_BAD_INPUT, NULL, "tensor \"%s\": out of memory for %llu elements",
                            t->name, (unsigned long long)t->elements);
}
