#include "sim/machine/command.h"

const char *const fl_queue_names[FL_QUEUE_COUNT] = {"load", "matrix", "vector", "store"};
const char *const fl_buffer_names[FL_BUFFER_COUNT] = {"input", "weight", "accumulator", "vector"};
