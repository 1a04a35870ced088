#include "sim/machine/machine.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "memory/dma/multicast.h"
#include "memory/engine/memory_module.h"
#include "sim/base/systemc_context.h"
#include "sim/cosim/array_rtl.h"
#include "sim/cosim/vector_rtl.h"
#include "sim/machine/command_processor.h"
#include "sim/machine/dma_unit.h"
#include "sim/machine/dram_energy.h"
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
    static const char *const FUNCTIONS[FL_RTL_FUNCTIONS] = {"softmax",         "gelu", "requantize",
                                                            "bias_requantize", "add",  "layernorm"};
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

// What the cores share.
struct Shared {
    const fl_machine_config &config;
    const fl_run_options &options;
    fl_run_result &result;
    const fl_part *const *functions;
    uint32_t burst_bytes;
    const Rtl &rtl;
    Tokens &tokens;
    MemoryTraffic *traffic; // nullptr on a single core
};

// Command processor, units, scratchpads, DMAs.
class Core
{
public:
    Core(unsigned core, fl_stream *stream, const Shared &shared)
        : config_(shared.config), clock_{config_.period_ps},
          prefix_(config_.cores == 1 ? "" : "core" + std::to_string(core) + "_"),
          scratchpads_(config_, shared.options.dram != nullptr, shared.result.cores[core].waits),
          processor_(name("command_processor"), config_, stream, core, shared.tokens, scratchpads_,
                     shared.options, shared.result, clock_),
          load_(name("load"), config_, FL_LOAD, core, shared.burst_bytes, scratchpads_, shared.options.dram,
                processor_, clock_, shared.traffic),
          store_(name("store"), config_, FL_STORE, core, shared.burst_bytes, scratchpads_,
                 shared.options.dram, processor_, clock_, shared.traffic)
    {
        if (config_.matrix.model == FL_MODEL_SPAN)
            matrix_ = adopt(new MatrixSpan(name("matrix"), config_, scratchpads_, processor_, clock_));
        else
            matrix_ = adopt(new MatrixPin(name("matrix"), config_, scratchpads_, processor_, clock_,
                                          shared.rtl.matrix.get()));
        if (config_.vector.model == FL_MODEL_SPAN && shared.rtl.vector.empty())
            vector_ = adopt(
                new VectorSpan(name("vector"), config_, shared.functions, scratchpads_, processor_, clock_));
        else
            vector_ = adopt(new VectorPinUnit(name("vector"), config_, shared.functions, scratchpads_,
                                              processor_, clock_, shared.rtl.vector));
        processor_.connect(FL_LOAD, &load_);
        processor_.connect(FL_STORE, &store_);
        processor_.connect(FL_MATRIX, matrix_);
        processor_.connect(FL_VECTOR, vector_);
    }

    CommandProcessor &processor() { return processor_; }
    DmaUnit &load() { return load_; }
    DmaUnit &store() { return store_; }

private:
    template <typename Module> Unit *adopt(Module *module)
    {
        owned_.emplace_back(module);
        return module;
    }
    const char *name(const char *unit)
    {
        name_ = prefix_ + unit;
        return name_.c_str();
    }

    const fl_machine_config &config_;
    CoreClock clock_;
    std::string prefix_, name_;
    Scratchpads scratchpads_;
    CommandProcessor processor_;
    DmaUnit load_, store_;
    std::vector<std::unique_ptr<sc_core::sc_module>> owned_;
    Unit *matrix_ = nullptr, *vector_ = nullptr;
};

// The machine as one composition: cores around a memory. streams: one per core.
class Machine
{
public:
    Machine(mem_engine *engine, const std::vector<fl_stream *> &streams, const Shared &shared)
        : memory_("memory", *static_cast<const mem_engine_ops *>(shared.config.memory->ops), engine,
                  2 * static_cast<unsigned>(streams.size()), CoreClock::at(shared.config.period_ps))
    {
        unsigned count = static_cast<unsigned>(streams.size());
        if (count > 1) multicast_ = std::make_unique<Multicast>("multicast", count);
        for (unsigned c = 0; c < count; c++) {
            cores_.push_back(std::make_unique<Core>(c, streams[c], shared));
            processors_.push_back(&cores_[c]->processor());
            connect(c);
        }
        if (count > 1)
            for (CommandProcessor *processor : processors_) processor->connect(processors_);
    }

    bool finished() const
    {
        for (const CommandProcessor *processor : processors_)
            if (!processor->finished()) return false;
        return true;
    }
    std::string deadlock_report() const
    {
        std::string report = "deadlock: no command can go on";
        for (size_t c = 0; c < processors_.size(); c++) {
            if (processors_.size() > 1) report += "\n  core " + std::to_string(c) + ":";
            report += processors_[c]->deadlock_report();
        }
        return report;
    }
    void finish(uint64_t end)
    {
        for (CommandProcessor *processor : processors_) processor->finish(end);
    }

private:
    void connect(unsigned core)
    {
        if (multicast_ == nullptr) {
            cores_[core]->load().socket().bind(memory_.socket(2 * core));
        } else {
            cores_[core]->load().socket().bind(multicast_->from(core));
            multicast_->to(core).bind(memory_.socket(2 * core));
        }
        cores_[core]->store().socket().bind(memory_.socket(2 * core + 1));
    }

    Memory memory_;
    std::unique_ptr<Multicast> multicast_;
    std::vector<std::unique_ptr<Core>> cores_;
    std::vector<CommandProcessor *> processors_;
};

// Cycles of each operation, and of all of them.
void close_layers(fl_run_result *result)
{
    uint64_t frontier = 0;
    for (uint32_t l = 0; l < result->layer_count; l++) {
        fl_layer_result &layer = result->layers[l];
        layer.cycles = layer.last_done > frontier ? layer.last_done - frontier : 0;
        if (layer.last_done > frontier) frontier = layer.last_done;
    }
    result->cycles = frontier;
}

void add_up(fl_run_result *result)
{
    for (uint32_t l = 0; l < result->layer_count; l++) {
        result->macs += result->layers[l].macs;
        fl_cost_actions_add(&result->actions, &result->layers[l].actions);
    }
}

// Behind a cache the DRAM moves what the cache asks for, not what the commands do.
void count_l2(fl_run_result *result)
{
    const mem_stats &memory = result->memory;
    result->actions.l2_read_bytes = memory.l2.read_bytes;
    result->actions.l2_write_bytes = memory.l2.write_bytes;
    result->actions.dram_read_bytes = memory.read_bytes;
    result->actions.dram_write_bytes = memory.write_bytes;
}

// Owns the engine.
fl_status simulate(const fl_machine_config *config, mem_engine *engine, fl_stream *stream,
                   const fl_run_options *options, fl_run_result *result, const Rtl &rtl, fl_error *error)
{
    const mem_engine_ops *ops = static_cast<const mem_engine_ops *>(config->memory->ops);
    Functions functions;
    uint32_t burst_bytes = ops->burst_bytes(engine);
    std::vector<CountingStream> counting(config->cores);
    std::vector<fl_stream *> streams(config->cores, nullptr);
    for (size_t c = 0; c < config->cores && stream != nullptr; c++, stream = stream->next_core) {
        counting[c] = {
            {CountingStream::next, nullptr, nullptr}, stream, config, functions.parts, burst_bytes, result};
        streams[c] = &counting[c].stream;
    }
    MemoryTraffic traffic(burst_bytes * static_cast<double>(config->clock_hz) /
                          ops->peak_bytes_per_second(engine));
    Tokens tokens;
    fresh_simulation_context();
    Machine machine(engine, streams,
                    {*config, *options, *result, functions.parts, burst_bytes, rtl, tokens,
                     config->cores == 1 ? nullptr : &traffic});
    sc_core::sc_start();
    if (options->interrupted != nullptr && *options->interrupted != 0)
        return fl_fail(error, FL_BAD_INPUT, nullptr, "interrupted; no result was written");
    if (!machine.finished())
        return fl_fail(error, FL_BAD_INPUT, nullptr, "%s", machine.deadlock_report().c_str());
    close_layers(result);
    machine.finish(result->cycles);
    ops->stats(engine, result->cycles, &result->memory);
    add_up(result);
    fl_share_dram_energy(&result->memory.energy, result->cycles, result->layers, result->layer_count);
    if (result->memory.l2.port_count > 0) count_l2(result);
    return FL_OK;
}
} // namespace

fl_status fl_machine_run(const fl_machine_config *machine, fl_stream *stream, uint32_t layer_count,
                         const fl_run_options *options, fl_run_result *result, fl_error *error)
{
    const mem_engine_ops *ops = static_cast<const mem_engine_ops *>(machine->memory->ops);
    *result = fl_run_result{};
    const char *reason = nullptr;
    mem_engine *engine = ops->create(machine->memory_params, machine->clock_hz, machine->ports,
                                     2 * static_cast<unsigned>(machine->cores), &reason);
    if (engine == nullptr)
        return fl_fail(error, FL_BAD_INPUT, nullptr, "memory %s: %s", machine->memory->name, reason);
    result->layers = static_cast<fl_layer_result *>(std::calloc(layer_count, sizeof *result->layers));
    result->layer_count = layer_count;
    result->cores = static_cast<fl_core_result *>(std::calloc(machine->cores, sizeof *result->cores));
    result->core_count = result->cores == nullptr ? 0 : static_cast<uint32_t>(machine->cores);
    bool room = result->layers != nullptr && result->cores != nullptr;
    for (uint32_t c = 0; c < result->core_count; c++) {
        result->cores[c].layers =
            static_cast<fl_layer_causes *>(std::calloc(layer_count, sizeof *result->cores[c].layers));
        room &= result->cores[c].layers != nullptr;
    }
    fl_status status = FL_OK;
    if (!room) status = fl_fail(error, FL_BAD_INPUT, nullptr, "out of memory");
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
    for (uint32_t c = 0; c < result->core_count; c++) std::free(result->cores[c].layers);
    std::free(result->cores);
    result->layers = nullptr;
    result->cores = nullptr;
    result->layer_count = result->core_count = 0;
}

fl_cost_structure fl_machine_structure(const fl_machine_config *machine)
{
    fl_cost_structure structure = {};
    structure.pes = machine->cores * machine->array.rows * machine->array.columns;
    structure.decoders =
        machine->cores * (static_cast<uint64_t>(machine->array.rows) + machine->array.columns);
    structure.lanes = machine->cores * machine->lanes.lanes;
    for (int b = 0; b < FL_BUFFER_COUNT; b++)
        structure.buffer_bytes[b] = machine->cores * machine->buffers[b].size_bytes;
    const mem_engine_ops *memory = static_cast<const mem_engine_ops *>(machine->memory->ops);
    if (memory->sram != nullptr) {
        mem_sram_shape shape = memory->sram(machine->memory_params);
        structure.l2_bytes = shape.banks * shape.bank_bytes;
    }
    return structure;
}
