#include "sim/machine/machine.h"

#include <cstdlib>
#include <memory>
#include <vector>

#include "memory/dram/memory_module.h"
#include "sim/base/systemc_context.h"
#include "sim/machine/command_processor.h"
#include "sim/machine/dma_unit.h"
#include "sim/machine/matrix_unit.h"
#include "sim/machine/vector_unit.h"
