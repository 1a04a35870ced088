/* Are the ports of a Verilated module the documented ones? */
#ifndef FL_COSIM_RTL_PORTS_H
#define FL_COSIM_RTL_PORTS_H

#include "sim/cosim/rtl.h"

/* `header` is Verilator's Vdesign.h, which has the ports after parameters and types are resolved. Errors: a
 * port of the design that is missing (with the nearest name), has another width or direction; an input that
 * nobody would drive. Further outputs are left alone. */
fl_status fl_rtl_check_ports(const fl_rtl_design *design, const char *header, fl_error *error);

#endif
