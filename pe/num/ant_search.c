#include "pe/num/ant_search.h"

#include <math.h>

#include "pe/num/format.h"
#include "pe/num/minifloat.h"

static double value_of(num_ant_type type, unsigned bits, bool is_signed, uint32_t code)
{
    if (type == NUM_ANT_FLOAT) return num_minifloat_decode(num_minifloat_ant(bits, is_signed), code);
    const num_kind kind = type == NUM_ANT_INT ? NUM_INT : type == NUM_ANT_FLINT ? NUM_FLINT : NUM_POT;
    return num_decode((num_format){(uint8_t)kind, (uint8_t)bits, is_signed}, code);
}

size_t num_ant_grid(num_ant_type type, unsigned bits, bool is_signed, double grid[NUM_ANT_MAX_GRID])
{
    size_t count = 0;
    for (uint32_t code = 0; code < 1u << bits; code++) {
        const double value = value_of(type, bits, is_signed, code);
        size_t at = count;
        while (at > 0 && grid[at - 1] > value) at--;
        if (at > 0 && grid[at - 1] == value) continue;
        for (size_t i = count; i > at; i--) grid[i] = grid[i - 1];
        grid[at] = value;
        count++;
    }
    return count;
}

num_ant_choice num_ant_search(const num_samples *samples, num_ant_type type, num_ant_options options)
{
    double grid[NUM_ANT_MAX_GRID];
    const size_t count = num_ant_grid(type, options.bits, options.is_signed, grid);
    const double largest = num_samples_max_magnitude(samples);
    num_ant_choice best = {.type = type, .scale = 1};
    if (largest == 0) return best;

    best.squared_error = INFINITY;
    for (unsigned percent = options.from_percent; percent < options.to_percent; percent++) {
        const double alpha = percent / 100.0 * largest, scale = alpha / grid[count - 1];
        const double error = num_samples_error(samples, grid, count, scale);
        if (error < best.squared_error) best = (num_ant_choice){type, percent, alpha, scale, error};
    }
    return best;
}

num_ant_choice num_ant_select(const num_samples *samples, unsigned set, num_ant_options options)
{
    num_ant_choice best;
    num_ant_select_channels(samples, 1, set, options, &best);
    return best;
}

num_ant_type num_ant_select_channels(const num_samples *channels, size_t count, unsigned set,
                                     num_ant_options options, num_ant_choice *choices)
{
    num_ant_type best = NUM_ANT_INT;
    double best_error = INFINITY;
    for (num_ant_type type = NUM_ANT_INT; type < NUM_ANT_TYPES; type++) {
        if (!(set >> type & 1)) continue;
        double error = 0;
        for (size_t c = 0; c < count; c++) {
            const double n = channels[c].n ? (double)channels[c].n : 1;
            error += num_ant_search(&channels[c], type, options).squared_error / n;
        }
        if (error >= best_error) continue;
        best = type;
        best_error = error;
    }
    for (size_t c = 0; c < count; c++) choices[c] = num_ant_search(&channels[c], best, options);
    return best;
}

void num_mixed_select(const double *errors, size_t layers, size_t count, bool *raise)
{
    for (size_t i = 0; i < layers; i++) raise[i] = false;
    for (size_t k = 0; k < count && k < layers; k++) {
        size_t worst = layers;
        for (size_t i = 0; i < layers; i++) {
            if (!raise[i] && (worst == layers || errors[i] > errors[worst])) worst = i;
        }
        raise[worst] = true;
    }
}
