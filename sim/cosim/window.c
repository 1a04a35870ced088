#include "sim/cosim/window.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/file.h"
#include "sim/cosim/shell/shell.h"

/* A cycle of the ring. */
typedef struct window_row {
    uint32_t *compared; /* 0: a cycle of reset */
    uint32_t *in, *got, *expected, *care;
} window_row;

/* A port's value within its row; of an input only `got`. */
typedef struct port_value {
    const uint32_t *got, *expected, *care;
} port_value;

static size_t row_words(const fl_window *w) { return 1 + w->in_words + 3 * w->out_words; }

static window_row row_at(const fl_window *w, uint64_t cycle)
{
    uint32_t *words = w->words + cycle % FL_WINDOW_CYCLES * row_words(w), *got = words + 1 + w->in_words;
    return (window_row){words, words + 1, got, got + w->out_words, got + 2 * w->out_words};
}

/* The value of `port`; moves the row's pointers on to the next port. */
static port_value next_value(window_row *row, const fl_rtl_port *port)
{
    const size_t words = fl_rtl_words(port->width_bits);
    if (!port->is_output) {
        row->in += words;
        return (port_value){.got = row->in - words};
    }
    row->got += words;
    row->expected += words;
    row->care += words;
    return (port_value){row->got - words, row->expected - words, row->care - words};
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
    const window_row row = row_at(w, w->recorded++);
    const size_t bytes = w->out_words * sizeof *got;
    *row.compared = expected != NULL;
    memcpy(row.in, in, w->in_words * sizeof *in);
    memcpy(row.got, got, bytes);
    memcpy(row.expected, expected != NULL ? expected : got, bytes);
    if (expected != NULL)
        memcpy(row.care, care, bytes);
    else
        memset(row.care, 0, bytes);
}

/* Bits of word `index` of a port that exist. */
static uint32_t word_mask(uint32_t width_bits, size_t index)
{
    uint32_t left = width_bits - 32 * (uint32_t)index;
    return left >= 32 ? UINT32_MAX : (1u << left) - 1;
}

static bool differs(const fl_rtl_port *port, port_value value)
{
    for (size_t i = 0; port->is_output && i < fl_rtl_words(port->width_bits); i++)
        if ((value.got[i] ^ value.expected[i]) & value.care[i] & word_mask(port->width_bits, i)) return true;
    return false;
}

/* The first port that differs in the newest cycle, and its value. */
static const fl_rtl_port *difference(const fl_window *w, port_value *value)
{
    window_row row = row_at(w, w->recorded - 1);
    for (const fl_rtl_port *port = w->design->ports; port->name != NULL; port++) {
        *value = next_value(&row, port);
        if (differs(port, *value)) return port;
    }
    return NULL;
}

bool fl_window_differs(const fl_window *w)
{
    port_value value;
    return difference(w, &value) != NULL;
}

/* --- text ------------------------------------------------------------------------------------------------
 */

static int digits_of(const fl_rtl_port *port) { return (int)((port->width_bits + 3) / 4); }

/* Hexadecimal; an x for four bits none of which is compared (`care`: NULL when all are). */
static void print_value(fl_text *text, const fl_rtl_port *port, const uint32_t *words, const uint32_t *care)
{
    for (uint32_t at = 4 * (uint32_t)digits_of(port); at > 0;) {
        at -= 4;
        const uint32_t mask = word_mask(port->width_bits, at / 32) >> at % 32 & 0xf;
        if (care != NULL && (care[at / 32] >> at % 32 & mask) == 0)
            fl_text_puts(text, "x");
        else
            fl_text_printf(text, "%x", words[at / 32] >> at % 32 & mask);
    }
}

/* The width of a port's column: its name's, or its values'. */
static int column_of(const fl_window *w, size_t index)
{
    const fl_rtl_port *const port = &w->design->ports[index];
    int width = digits_of(port);
    for (uint64_t cycle = oldest(w); cycle < w->recorded; cycle++) {
        window_row row = row_at(w, cycle);
        port_value value = {0};
        for (size_t i = 0; i <= index; i++) value = next_value(&row, &w->design->ports[i]);
        if (differs(port, value)) width = 2 * digits_of(port) + 1;
    }
    const int name = (int)strlen(port->name);
    return name > width ? name : width;
}

static void print_cell(fl_text *text, const fl_rtl_port *port, port_value value, int column)
{
    const bool both = differs(port, value);
    fl_text_printf(text, "  %*s", column - (both ? 2 * digits_of(port) + 1 : digits_of(port)), "");
    print_value(text, port, value.got, NULL);
    if (!both) return;
    fl_text_puts(text, "!");
    print_value(text, port, value.expected, value.care);
}

static void print_cycles(const fl_window *w, fl_text *text)
{
    int columns[FL_RTL_MAX_PORTS];
    fl_text_puts(text, "  cycle");
    for (size_t i = 0; w->design->ports[i].name != NULL; i++) {
        columns[i] = column_of(w, i);
        fl_text_printf(text, "  %*s", columns[i], w->design->ports[i].name);
    }
    fl_text_puts(text, "\n");
    for (uint64_t cycle = oldest(w); cycle < w->recorded; cycle++) {
        window_row row = row_at(w, cycle);
        fl_text_printf(text, "  %5llu", (unsigned long long)cycle);
        for (size_t i = 0; w->design->ports[i].name != NULL; i++)
            print_cell(text, &w->design->ports[i], next_value(&row, &w->design->ports[i]), columns[i]);
        fl_text_puts(text, *row.compared ? "\n" : "  reset\n");
    }
}

static void print_difference(const fl_window *w, fl_text *text)
{
    port_value value;
    const fl_rtl_port *port = difference(w, &value);
    fl_text_printf(text, "port %s: got ", port->name);
    print_value(text, port, value.got, NULL);
    fl_text_puts(text, ", expected ");
    print_value(text, port, value.expected, value.care);
    fl_text_puts(text, "\n");
}

/* --- VCD -------------------------------------------------------------------------------------------------
 */

/* Identifiers are printable characters; the table is short enough for one each. */
enum { CLOCK_ID = 'z', RESET_ID = 'y' };
static char vcd_id(size_t index, bool expected) { return (char)((expected ? 'P' : '!') + (int)index); }

static void vcd_variable(fl_text *text, const fl_rtl_port *port, const char *suffix, char id)
{
    fl_text_printf(text, "$var wire %u %c %s%s", port->width_bits, id, port->name, suffix);
    if (port->width_bits > 1) fl_text_printf(text, " [%u:0]", port->width_bits - 1);
    fl_text_puts(text, " $end\n");
}

/* Bits that are not compared are x. */
static void vcd_value(fl_text *text, const fl_rtl_port *port, const uint32_t *words, const uint32_t *care,
                      char id)
{
    fl_text_puts(text, "b");
    for (uint32_t bit = port->width_bits; bit-- > 0;) {
        const bool known = care == NULL || (care[bit / 32] >> bit % 32 & 1) != 0;
        fl_text_puts(text, !known ? "x" : words[bit / 32] >> bit % 32 & 1 ? "1" : "0");
    }
    fl_text_printf(text, " %c\n", id);
}

static void vcd_header(const fl_window *w, fl_text *text)
{
    fl_text_printf(text, "$timescale 1ns $end\n$scope module %s $end\n", w->design->top);
    if (w->design->clocked)
        fl_text_printf(text, "$var wire 1 %c clk_i $end\n$var wire 1 %c rst_ni $end\n", CLOCK_ID, RESET_ID);
    for (size_t i = 0; w->design->ports[i].name != NULL; i++) {
        const fl_rtl_port *port = &w->design->ports[i];
        vcd_variable(text, port, "", vcd_id(i, false));
        if (port->is_output) vcd_variable(text, port, "_expected", vcd_id(i, true));
    }
    fl_text_puts(text, "$upscope $end\n$enddefinitions $end\n");
}

/* As in the waves of all signals (shell/shell.cpp): inputs change with the falling edge of the clock at the
 * begin of a cycle, registers with the rising one in its middle. */
static void vcd_cycle(const fl_window *w, uint64_t cycle, fl_text *text)
{
    const unsigned long long start = cycle * FL_RTL_CYCLE_NS;
    window_row row = row_at(w, cycle);
    fl_text_printf(text, "#%llu\n", start);
    if (w->design->clocked) fl_text_printf(text, "0%c\n%u%c\n", CLOCK_ID, *row.compared, RESET_ID);
    for (size_t i = 0; w->design->ports[i].name != NULL; i++) {
        const fl_rtl_port *port = &w->design->ports[i];
        const port_value value = next_value(&row, port);
        vcd_value(text, port, value.got, NULL, vcd_id(i, false));
        if (port->is_output) vcd_value(text, port, value.expected, value.care, vcd_id(i, true));
    }
    const bool ends = cycle + 1 == w->recorded; /* before its rising edge */
    if (w->design->clocked && !ends)
        fl_text_printf(text, "#%llu\n1%c\n", start + FL_RTL_CYCLE_NS / 2, CLOCK_ID);
}

static fl_status write_vcd(const fl_window *w, const char *path, fl_error *error)
{
    fl_text text = {0};
    vcd_header(w, &text);
    for (uint64_t cycle = oldest(w); cycle < w->recorded; cycle++) vcd_cycle(w, cycle, &text);
    fl_text_printf(&text, "#%llu\n", (unsigned long long)w->recorded * FL_RTL_CYCLE_NS);
    fl_status status = fl_file_write_text(path, &text, error);
    fl_text_free(&text);
    return status;
}

fl_status fl_window_report(const fl_window *w, const char *name, const fl_lockstep_options *options,
                           const char *cause, const char *message, fl_text *text, fl_error *error)
{
    fl_text_printf(text, "%s: cycle %llu: ", name, (unsigned long long)(w->recorded - 1));
    if (cause != NULL)
        fl_text_printf(text, "%s: %.*s\n", cause, (int)strcspn(message, "\n"), message);
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

uint64_t fl_window_traced(const fl_window *w)
{
    return w->recorded > FL_WINDOW_TRACED_CYCLES ? w->recorded - FL_WINDOW_TRACED_CYCLES : 0;
}

fl_status fl_window_signals(const char *name, const fl_lockstep_options *options, char *path, fl_text *text,
                            fl_error *error)
{
    fl_status status = fl_make_directory(options->folder, error);
    snprintf(path, PATH_MAX, "%.*s/%.64s.signals.vcd", PATH_MAX - 128, options->folder, name);
    if (status == FL_OK) fl_text_printf(text, "  waves of all signals: %s\n", path);
    return status;
}
