#include "sim/cosim/rtl_ports.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/nearest.h"

enum { MAX_FOUND = 256, NAME_BYTES = 128 };

typedef struct found_port {
    char name[NAME_BYTES];
    uint32_t width_bits;
    bool is_output;
} found_port;

typedef struct found_ports {
    found_port port[MAX_FOUND];
    size_t count;
} found_ports;

/* A line like VL_OUT8(&data_o,7,0); or VL_INW(&a_i,127,0,4); */
static void read_line(const char *line, found_ports *ports)
{
    char direction[8];
    unsigned high, low;
    if (ports->count == MAX_FOUND) return;
    found_port *port = &ports->port[ports->count];
    if (sscanf(line, " VL_%7[INOUT]%*[W0-9](&%127[^,],%u,%u", direction, port->name, &high, &low) != 4 &&
        sscanf(line, " VL_%7[INOUT](&%127[^,],%u,%u", direction, port->name, &high, &low) != 4)
        return;
    port->width_bits = high - low + 1;
    port->is_output = strcmp(direction, "OUT") == 0;
    ports->count++;
}

static const found_port *find(const found_ports *ports, const char *name)
{
    for (size_t i = 0; i < ports->count; i++)
        if (strcmp(ports->port[i].name, name) == 0) return &ports->port[i];
    return NULL;
}

static fl_status check(const fl_rtl_design *design, const found_ports *ports, const fl_rtl_port *wanted,
                       fl_error *error)
{
    static const char *const DIRECTION[] = {"input", "output"};
    const found_port *port = find(ports, wanted->name);
    if (port == NULL) {
        const char *names[MAX_FOUND];
        for (size_t i = 0; i < ports->count; i++) names[i] = ports->port[i].name;
        const char *near = fl_nearest(wanted->name, names, ports->count);
        return fl_fail(error, FL_BAD_INPUT, NULL, "module %s has no port \"%s\" (%s, %u bit%s)%s%s%s",
                       design->top, wanted->name, DIRECTION[wanted->is_output], wanted->width_bits,
                       wanted->width_bits == 1 ? "" : "s", near ? "; its \"" : "", near ? near : "",
                       near ? "\" is the nearest name" : "");
    }
    if (port->is_output != wanted->is_output)
        return fl_fail(error, FL_BAD_INPUT, NULL, "port \"%s\" of module %s is an %s (allowed: an %s)",
                       wanted->name, design->top, DIRECTION[port->is_output], DIRECTION[wanted->is_output]);
    if (port->width_bits != wanted->width_bits)
        return fl_fail(error, FL_BAD_INPUT, NULL, "port \"%s\" of module %s has %u bits (allowed: %u)",
                       wanted->name, design->top, port->width_bits, wanted->width_bits);
    return FL_OK;
}

static bool is_wanted(const fl_rtl_design *design, const char *name)
{
    if (design->clocked && (strcmp(name, "clk_i") == 0 || strcmp(name, "rst_ni") == 0)) return true;
    for (const fl_rtl_port *port = design->ports; port->name != NULL; port++)
        if (strcmp(port->name, name) == 0) return true;
    return false;
}

fl_status fl_rtl_check_ports(const fl_rtl_design *design, const char *header, fl_error *error)
{
    static const fl_rtl_port CLOCK = {"clk_i", 1, false}, RESET = {"rst_ni", 1, false};
    found_ports ports = {.count = 0};
    char line[512];
    FILE *file = fopen(header, "r");
    if (file == NULL)
        return fl_fail(error, FL_BAD_INPUT, NULL, "%s: cannot read: %s", header, strerror(errno));
    while (fgets(line, sizeof line, file) != NULL) read_line(line, &ports);
    fclose(file);
    fl_status status = FL_OK;
    if (design->clocked) status = check(design, &ports, &CLOCK, error);
    if (status == FL_OK && design->clocked) status = check(design, &ports, &RESET, error);
    for (const fl_rtl_port *port = design->ports; status == FL_OK && port->name != NULL; port++)
        status = check(design, &ports, port, error);
    for (size_t i = 0; status == FL_OK && i < ports.count; i++)
        if (!ports.port[i].is_output && !is_wanted(design, ports.port[i].name))
            status = fl_fail(error, FL_BAD_INPUT, NULL,
                             "module %s has an input \"%s\" that no block drives; give it a constant inside",
                             design->top, ports.port[i].name);
    return status;
}
