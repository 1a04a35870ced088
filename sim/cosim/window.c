#include "sim/cosim/window.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"

static size_t row_words(const fl_window *w) { return w->in_words + 3 * w->out_words; }
static uint32_t *row_at(const fl_window *w, uint64_t cycle)
{
    return w->words + cycle % FL_WINDOW_CYCLES * row_words(w);
}
static uint64_t oldest(const fl_window *w)
{
    return w->recorded > FL_WINDOW_CYCLES ? w->recorded - FL_WINDOW_CYCLES : 0;
}

bool fl_window_new(fl_window *window, const fl_rtl_design *design)
{
    *window = (fl_window){
        .design = design, .in_words = fl_rtl_input_words(design), .out_words = fl_rtl_output_words(design)};
    window->words = calloc(FL_WINDOW_CYCLES, row_words(window) * sizeof *window->words);
    return window->words != NULL;
}

void fl_window_free(fl_window *window) { free(window->words); }

void fl_window_record(fl_window *w, const uint32_t *in, const uint32_t *got, const uint32_t *expected,
                      const uint32_t *care)
{
    uint32_t *row = row_at(w, w->recorded++);
    size_t bytes = w->out_words * sizeof *row;
    memcpy(row, in, w->in_words * sizeof *row);
    row += w->in_words;
    memcpy(row, got, bytes);
    memcpy(row + w->out_words, expected != NULL ? expected : got, bytes);
    if (care != NULL)
        memcpy(row + 2 * w->out_words, care, bytes);
    else
        memset(row + 2 * w->out_words, 0, bytes);
}

/* Bits of word `index` of a port that exist. */
static uint32_t word_mask(uint32_t width_bits, size_t index)
{
    uint32_t left = width_bits - 32 * (uint32_t)index;
    return left >= 32 ? UINT32_MAX : (1u << left) - 1;
}

static bool port_differs(const fl_window *w, const fl_rtl_port *port, const uint32_t *got)
{
    const uint32_t *expected = got + w->out_words, *care = expected + w->out_words;
    for (size_t i = 0; i < fl_rtl_words(port->width_bits); i++)
        if ((got[i] ^ expected[i]) & care[i] & word_mask(port->width_bits, i)) return true;
    return false;
}

const fl_rtl_port *fl_window_difference(const fl_window *w, size_t *word)
{
    const uint32_t *outputs = row_at(w, w->recorded - 1) + w->in_words;
    *word = 0;
    for (const fl_rtl_port *port = w->design->ports; port->name != NULL; port++) {
        if (!port->is_output) continue;
        if (port_differs(w, port, outputs + *word)) return port;
        *word += fl_rtl_words(port->width_bits);
    }
    return NULL;
}

static void print_value(fl_text *text, const uint32_t *words, uint32_t width_bits)
{
    size_t count = fl_rtl_words(width_bits), top = count - 1;
    int digits = (int)((width_bits - 32 * (uint32_t)top + 3) / 4);
    fl_text_printf(text, "%0*x", digits, words[top] & word_mask(width_bits, top));
    while (top-- > 0) fl_text_printf(text, "%08x", words[top]);
}

static void print_cycles(const fl_window *w, fl_text *text)
{
    fl_text_puts(text, "  cycle");
    for (const fl_rtl_port *port = w->design->ports; port->name != NULL; port++)
        fl_text_printf(text, "  %s", port->name);
    fl_text_puts(text, "\n");
    for (uint64_t cycle = oldest(w); cycle < w->recorded; cycle++) {
        const uint32_t *in = row_at(w, cycle), *out = in + w->in_words;
        fl_text_printf(text, "  %5llu", (unsigned long long)cycle);
        for (const fl_rtl_port *port = w->design->ports; port->name != NULL; port++) {
            const uint32_t **next = port->is_output ? &out : &in;
            fl_text_puts(text, "  ");
            print_value(text, *next, port->width_bits);
            if (port->is_output && port_differs(w, port, out)) {
                fl_text_puts(text, "!");
                print_value(text, out + w->out_words, port->width_bits);
            }
            *next += fl_rtl_words(port->width_bits);
        }
        fl_text_puts(text, "\n");
    }
}

/* VCD identifiers are printable characters; the table is short enough for one each. */
static char vcd_id(size_t index, bool expected) { return (char)((expected ? 'P' : '!') + (int)index); }

static void vcd_value(fl_text *text, const uint32_t *words, uint32_t width_bits, char id)
{
    fl_text_puts(text, "b");
    for (uint32_t bit = width_bits; bit-- > 0;)
        fl_text_puts(text, words[bit / 32] >> (bit % 32) & 1 ? "1" : "0");
    fl_text_printf(text, " %c\n", id);
}

static fl_status write_vcd(const fl_window *w, const char *path, fl_error *error)
{
    fl_text text = {0};
    fl_text_printf(&text, "$timescale 1ns $end\n$scope module %s $end\n", w->design->top);
    for (size_t i = 0; w->design->ports[i].name != NULL; i++) {
        const fl_rtl_port *port = &w->design->ports[i];
        fl_text_printf(&text, "$var wire %u %c %s $end\n", port->width_bits, vcd_id(i, false), port->name);
        if (port->is_output)
            fl_text_printf(&text, "$var wire %u %c %s.expected $end\n", port->width_bits, vcd_id(i, true),
                           port->name);
    }
    fl_text_puts(&text, "$upscope $end\n$enddefinitions $end\n");
    for (uint64_t cycle = oldest(w); cycle < w->recorded; cycle++) {
        const uint32_t *in = row_at(w, cycle), *out = in + w->in_words;
        fl_text_printf(&text, "#%llu\n", (unsigned long long)cycle);
        for (size_t i = 0; w->design->ports[i].name != NULL; i++) {
            const fl_rtl_port *port = &w->design->ports[i];
            const uint32_t **next = port->is_output ? &out : &in;
            vcd_value(&text, *next, port->width_bits, vcd_id(i, false));
            if (port->is_output) vcd_value(&text, out + w->out_words, port->width_bits, vcd_id(i, true));
            *next += fl_rtl_words(port->width_bits);
        }
    }
    fl_text_printf(&text, "#%llu\n", (unsigned long long)w->recorded);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

static void print_difference(const fl_window *w, fl_text *text)
{
    size_t word;
    const fl_rtl_port *port = fl_window_difference(w, &word);
    const uint32_t *got = row_at(w, w->recorded - 1) + w->in_words + word;
    fl_text_printf(text, "port %s: got ", port->name);
    print_value(text, got, port->width_bits);
    fl_text_puts(text, ", expected ");
    print_value(text, got + w->out_words, port->width_bits);
    fl_text_puts(text, "\n");
}

fl_status fl_window_report(const fl_window *w, const char *name, const fl_lockstep_options *options,
                           const char *message, fl_text *text, fl_error *error)
{
    fl_text_printf(text, "%s: cycle %llu: ", name, (unsigned long long)(w->recorded - 1));
    if (message != NULL)
        fl_text_printf(text, "the RTL stopped: %.*s\n", (int)strcspn(message, "\n"), message);
    else
        print_difference(w, text);
    fl_text_printf(text, "  seed %llu%s; the last cycles (hexadecimal, got!expected):\n",
                   (unsigned long long)options->seed, options->random_stalls ? ", random stalls" : "");
    print_cycles(w, text);
    if (options->folder == NULL) return FL_OK;
    char path[PATH_MAX];
    fl_status status = fl_make_directory(options->folder, error);
    snprintf(path, sizeof path, "%.*s/%.64s.vcd", PATH_MAX - 128, options->folder, name);
    if (status == FL_OK) status = write_vcd(w, path, error);
    if (status == FL_OK) fl_text_printf(text, "  waves of the ports: %s\n", path);
    return status;
}
