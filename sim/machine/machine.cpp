#include "sim/machine/machine.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "memory/dram/memory_module.h"
#include "sim/base/systemc_context.h"
#include "sim/cosim/array_rtl.h"
#include "sim/cosim/vector_rtl.h"
#include "sim/machine/command_processor.h"
#include "sim/machine/dma_unit.h"
#include "sim/machine/jobs.h"
#include "sim/machine/matrix_pin.h"
#include "sim/machine/matrix_unit.h"
#include "sim/machine/vector_pin_unit.h"
#include "sim/machine/vector_unit.h"

namespace
{
using namespace fl;

// Counts what each command does when it leaves the stream, and remembers nothing else.
struct CountingStream {
    fl_stream stream;
    fl_stream *source;
    const fl_machine_config *machine;
    const fl_part *const *functions;
    uint32_t burst_bytes;
    fl_run_result *result;

    static bool next(fl_stream *stream, fl_command *command)
    {
        CountingStream *self = reinterpret_cast<CountingStream *>(stream);
        if (!self->source->next(self->source, command)) return false;
        fl_count_command(self->machine, command, self->functions, self->burst_bytes,
                         &self->result->layers[command->layer]);
        return true;
    }
};

struct Functions {
    const fl_part *parts[64];
    Functions() { fl_registry_list("vector_function", parts, 64); }
};

// The Verilated parts.
struct Rtl {
    RtlModel matrix;
    std::vector<VectorRtlModel> vector;
};

// Opened, and built when they are not in the cache, before anything is simulated.
fl_status open_rtl(const fl_machine_config &config, Rtl *rtl, fl_error *error)
{
    static const char *const FUNCTIONS[FL_RTL_FUNCTIONS] = {"softmax", "gelu", "requantize",
                                                            "bias_requantize"};
    if (config.matrix.model == FL_MODEL_RTL) {
        rtl->matrix = array_rtl_open(config.array, 1, error);
        if (!rtl->matrix) return FL_BAD_INPUT;
    }
    for (int i = 0; i < FL_RTL_FUNCTIONS; i++) {
        if (config.vector.model != FL_MODEL_RTL && config.vector.function_model[i] == 0) continue;
        const fl_part *part = fl_registry_find("vector_function", FUNCTIONS[i]);
        VectorRtlModel model = {};
        fl_status status = vector_rtl_open(static_cast<const vec_function *>(part->ops), config.lanes.lanes,
                                           1, &model, error);
        if (status != FL_OK) return status;
        rtl->vector.push_back(std::move(model));
    }
    return FL_OK;
}

// The machine as one composition: units, memory, command processor.
class Machine
{
public:
    Machine(const fl_machine_config &config, mem_engine *engine, fl_stream *stream,
            const fl_run_options &options, fl_run_result &result, const fl_part *const *functions,
            uint32_t burst_bytes, const Rtl &rtl)
        : clock_{config.period_ps}, scratchpads_(config, options.dram != nullptr),
          processor_("command_processor", config, stream, scratchpads_, options, result, clock_),
          memory_("memory", *static_cast<const mem_engine_ops *>(config.memory->ops), engine, 2,
                  CoreClock::at(config.period_ps)),
          load_("load", config, FL_LOAD, burst_bytes, scratchpads_, options.dram, processor_, clock_),
          store_("store", config, FL_STORE, burst_bytes, scratchpads_, options.dram, processor_, clock_)
    {
        load_.socket().bind(memory_.socket(0));
        store_.socket().bind(memory_.socket(1));
        if (config.matrix.model == FL_MODEL_SPAN)
            matrix_ = adopt(new MatrixSpan("matrix", config, scratchpads_, processor_, clock_));
        else
            matrix_ =
                adopt(new MatrixPin("matrix", config, scratchpads_, processor_, clock_, rtl.matrix.get()));
        if (config.vector.model == FL_MODEL_SPAN && rtl.vector.empty())
            vector_ = adopt(new VectorSpan("vector", config, functions, scratchpads_, processor_, clock_));
        else
            vector_ = adopt(
                new VectorPinUnit("vector", config, functions, scratchpads_, processor_, clock_, rtl.vector));
        processor_.connect(FL_LOAD, &load_);
        processor_.connect(FL_STORE, &store_);
        processor_.connect(FL_MATRIX, matrix_);
        processor_.connect(FL_VECTOR, vector_);
    }

    CommandProcessor &processor() { return processor_; }

private:
    template <typename Module> Unit *adopt(Module *module)
    {
        owned_.emplace_back(module);
        return module;
    }

    CoreClock clock_;
    Scratchpads scratchpads_;
    CommandProcessor processor_;
    Memory memory_;
    DmaUnit load_, store_;
    std::vector<std::unique_ptr<sc_core::sc_module>> owned_;
    Unit *matrix_ = nullptr, *vector_ = nullptr;
};

void add_up(fl_run_result *result)
{
    for (uint32_t l = 0; l < result->layer_count; l++) {
        result->macs += result->layers[l].macs;
        fl_cost_actions_add(&result->actions, &result->layers[l].actions);
    }
}

// Owns the engine.
fl_status simulate(const fl_machine_config *config, mem_engine *engine, fl_stream *stream,
                   const fl_run_options *options, fl_run_result *result, const Rtl &rtl, fl_error *error)
{
    const mem_engine_ops *ops = static_cast<const mem_engine_ops *>(config->memory->ops);
    Functions functions;
    uint32_t burst_bytes = ops->burst_bytes(engine);
    CountingStream counting = {
        {CountingStream::next, nullptr}, stream, config, functions.parts, burst_bytes, result};
    fresh_simulation_context();
    Machine machine(*config, engine, &counting.stream, *options, *result, functions.parts, burst_bytes, rtl);
    sc_core::sc_start();
    if (options->interrupted != nullptr && *options->interrupted != 0)
        return fl_fail(error, FL_BAD_INPUT, nullptr, "interrupted; no result was written");
    if (!machine.processor().finished())
        return fl_fail(error, FL_BAD_INPUT, nullptr, "%s", machine.processor().deadlock_report().c_str());
    machine.processor().finish();
    ops->stats(engine, result->cycles, &result->memory);
    add_up(result);
    return FL_OK;
}
} // namespace

fl_status fl_machine_run(const fl_machine_config *machine, fl_stream *stream, uint32_t layer_count,
                         const fl_run_options *options, fl_run_result *result, fl_error *error)
{
    const mem_engine_ops *ops = static_cast<const mem_engine_ops *>(machine->memory->ops);
    *result = fl_run_result{};
    const char *reason = nullptr;
    mem_engine *engine = ops->create(machine->memory_params, machine->clock_hz, machine->ports, 2, &reason);
    if (engine == nullptr)
        return fl_fail(error, FL_BAD_INPUT, nullptr, "memory %s: %s", machine->memory->name, reason);
    result->layers = static_cast<fl_layer_result *>(std::calloc(layer_count, sizeof *result->layers));
    result->layer_count = layer_count;
    fl_status status = FL_OK;
    if (result->layers == nullptr) status = fl_fail(error, FL_BAD_INPUT, nullptr, "out of memory");
    if (status == FL_OK && options->dram_bytes > ops->capacity_bytes(engine))
        status = fl_fail(error, FL_BAD_INPUT, nullptr, "the tensors take %llu B, but memory %s holds %llu B",
                         static_cast<unsigned long long>(options->dram_bytes), machine->memory->name,
                         static_cast<unsigned long long>(ops->capacity_bytes(engine)));
    Rtl rtl;
    if (status == FL_OK) status = open_rtl(*machine, &rtl, error);
    if (status != FL_OK) {
        ops->destroy(engine);
        return status;
    }
    try {
        status = simulate(machine, engine, stream, options, result, rtl, error);
    } catch (const std::exception &exception) {
        status = fl_fail(error, FL_BAD_INPUT, nullptr, "simulation: %s", exception.what());
    }
    return status;
}

void fl_run_result_free(fl_run_result *result)
{
    std::free(result->layers);
    result->layers = nullptr;
    result->layer_count = 0;
}

fl_cost_structure fl_machine_structure(const fl_machine_config *machine)
{
    fl_cost_structure structure = {};
    structure.pes = static_cast<uint64_t>(machine->array.rows) * machine->array.columns;
    structure.decoders = static_cast<uint64_t>(machine->array.rows) + machine->array.columns;
    structure.lanes = machine->lanes.lanes;
    for (int b = 0; b < FL_BUFFER_COUNT; b++) structure.buffer_bytes[b] = machine->buffers[b].size_bytes;
    return structure;
}
