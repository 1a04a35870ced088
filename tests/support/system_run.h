// A machine with a workload mapped onto it, loaded from YAML text, and its runs.
#ifndef FL_TESTS_SUPPORT_SYSTEM_RUN_H
#define FL_TESTS_SUPPORT_SYSTEM_RUN_H

#include <cstring>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "sim/machine/machine.h"
#include "sim/machine/mapping.h"
#include "sim/machine/weight_layout.h"
#include "tests/support/energy.h"
#include "workloads/workload.h"

namespace system_run
{
// The texts stand for files in configs/machines/ and workloads/; tests run in the root of the tree.
class Session
{
public:
    Session(const std::string &machine_text, const std::string &workload_text)
    {
        fl_error error = {};
        status_ = load(machine_text, workload_text, &error);
        error_ = error.text;
    }
    Session(const Session &) = delete;
    Session &operator=(const Session &) = delete;
    ~Session()
    {
        if (workload_ != nullptr) wl_free(workload_);
        if (workload_config_ != nullptr) fl_config_free(workload_config_);
        if (machine_config_ != nullptr) fl_config_free(machine_config_);
    }

    bool ok() const { return status_ == FL_OK; }
    const std::string &error() const { return error_; }
    const fl_machine_config &machine() const { return machine_; }
    const wl_workload &workload() const { return *workload_; }
    const fl_dram_profile &dram() const { return dram_; }
    const std::vector<fl_mapping> &mappings() const { return mappings_; }
    fl_stream *stream() const
    {
        return fl_stream_new(&machine_, workload_, mappings_.data(), 0, workload_->op_count);
    }

    // All commands of the stream, in program order.
    std::vector<fl_command> commands() const
    {
        std::vector<fl_command> all;
        fl_stream *generator = stream();
        fl_command command;
        for (fl_stream *core = generator; core != nullptr; core = core->next_core)
            while (core->next(core, &command)) all.push_back(command);
        generator->free(generator);
        return all;
    }

private:
    fl_status load(const std::string &machine_text, const std::string &workload_text, fl_error *error)
    {
        fl_status status = fl_config_parse("configs/machines/random.yaml", machine_text.data(),
                                           machine_text.size(), nullptr, 0, &machine_config_, error);
        if (status == FL_OK) status = fl_machine_config_read(machine_config_, &machine_, error);
        if (status == FL_OK) status = fl_dram_probe(&machine_, &dram_, error);
        if (status == FL_OK)
            status = fl_config_parse("workloads/random.yaml", workload_text.data(), workload_text.size(),
                                     nullptr, 0, &workload_config_, error);
        if (status == FL_OK) status = wl_build(workload_config_, &workload_, error);
        if (status != FL_OK) return status;
        mappings_.resize(workload_->op_count);
        return fl_map_workload(&machine_, workload_, &dram_, mappings_.data(), error);
    }

    fl_config *machine_config_ = nullptr, *workload_config_ = nullptr;
    fl_machine_config machine_ = {};
    wl_workload *workload_ = nullptr;
    fl_dram_profile dram_ = {};
    std::vector<fl_mapping> mappings_;
    fl_status status_;
    std::string error_;
};

// A command and when it ran: [start, done).
struct Ran {
    fl_command command;
    uint32_t sequence;
    uint64_t start, done;
};

// One run and what came out of it. `stream`, when given, is borrowed; `log` gets every command as it
// completes; `prepare` changes the data that the run starts with.
struct MachineRun {
    explicit MachineRun(const Session &session, bool data = false, fl_stream *stream = nullptr,
                        std::vector<Ran> *log = nullptr,
                        const std::function<void(std::vector<uint8_t> &)> &prepare = nullptr)
    {
        fl_stream *own = stream == nullptr ? session.stream() : nullptr;
        fl_run_options options = {};
        options.dram_bytes = session.workload().dram_bytes;
        if (data) {
            dram.resize(session.workload().dram_bytes);
            wl_fill(&session.workload(), dram.data());
            if (prepare) prepare(dram);
            fl_arrange_weights(&session.workload(), session.mappings().data(), dram.data());
            options.dram = dram.data();
        }
        if (log != nullptr) options.observer = note, options.observer_context = log;
        fl_error text = {};
        status = fl_machine_run(&session.machine(), own != nullptr ? own : stream,
                                session.workload().op_count, &options, &result, &text);
        error = text.text;
        if (own != nullptr) own->free(own);
    }
    MachineRun(const MachineRun &) = delete;
    MachineRun &operator=(const MachineRun &) = delete;
    ~MachineRun() { fl_run_result_free(&result); }

    fl_status status;
    std::string error;
    fl_run_result result = {};
    std::vector<uint8_t> dram;

private:
    static void note(void *context, const fl_command *command, uint32_t sequence, uint64_t start,
                     uint64_t done)
    {
        static_cast<std::vector<Ran> *>(context)->push_back({*command, sequence, start, done});
    }
};

// Commands from an array.
struct ArrayStream {
    explicit ArrayStream(const std::vector<fl_command> &list) : commands(list) {}
    fl_stream *get() { return &stream; }

    fl_stream stream = {next, nullptr, nullptr};
    std::vector<fl_command> commands;
    size_t position = 0;

private:
    static bool next(fl_stream *stream, fl_command *command)
    {
        ArrayStream *self = reinterpret_cast<ArrayStream *>(stream);
        if (self->position == self->commands.size()) return false;
        *command = self->commands[self->position++];
        return true;
    }
};

inline void compare_accounts(std::ostringstream &out, const std::string &unit, const fl_account &a,
                             const fl_account &b)
{
    for (int c = 0; c < FL_CAUSE_COUNT; c++)
        if (a.cycles[c] != b.cycles[c])
            out << unit << " " << fl_cause_name(static_cast<fl_cause>(c)) << ": " << a.cycles[c]
                << " against " << b.cycles[c] << "\n";
    if (a.until != b.until) out << unit << " total: " << a.until << " against " << b.until << "\n";
}

// Of one unit, operation by operation.
inline void compare_layer_causes(std::ostringstream &out, const std::string &unit, const fl_run_result &a,
                                 const fl_run_result &b, uint32_t core, int queue)
{
    for (uint32_t l = 0; l < a.layer_count; l++)
        for (int c = 0; c < FL_CAUSE_COUNT; c++) {
            const uint64_t x = a.cores[core].layers[l].cycles[queue][c],
                           y = b.cores[core].layers[l].cycles[queue][c];
            if (x != y)
                out << unit << " layer " << l << " " << fl_cause_name(static_cast<fl_cause>(c)) << ": " << x
                    << " against " << y << "\n";
        }
}

// What is wrong with the shares of the operations, "" when they add up.
inline std::string layer_causes_fault(const fl_run_result &r)
{
    std::ostringstream out;
    for (uint32_t core = 0; core < r.core_count; core++)
        for (int q = 0; q < FL_QUEUE_COUNT; q++) {
            uint64_t total = 0;
            for (int c = 0; c < FL_CAUSE_COUNT; c++) {
                uint64_t sum = 0;
                for (uint32_t l = 0; l < r.layer_count; l++) sum += r.cores[core].layers[l].cycles[q][c];
                total += sum;
                if (sum != r.cores[core].units[q].cycles[c])
                    out << fl_queue_names[q] << " " << fl_cause_name(static_cast<fl_cause>(c))
                        << ": the operations have " << sum << " cycles, the unit "
                        << r.cores[core].units[q].cycles[c] << "\n";
            }
            if (total != r.cycles)
                out << fl_queue_names[q] << ": the operations have " << total << " cycles, the run "
                    << r.cycles << "\n";
        }
    return out.str();
}

// Everything that two runs of the same commands must have in common; "" when it is all equal.
inline std::string difference(const MachineRun &a, const MachineRun &b)
{
    std::ostringstream out;
    if (a.status != b.status) out << "\"" << a.error << "\" against \"" << b.error << "\"\n";
    if (a.status != FL_OK || b.status != FL_OK) return out.str();
    auto compare = [&out](const std::string &name, uint64_t x, uint64_t y) {
        if (x != y) out << name << ": " << x << " against " << y << "\n";
    };
    const fl_run_result &x = a.result, &y = b.result;
    compare("cycles", x.cycles, y.cycles);
    compare("macs", x.macs, y.macs);
    compare("cores", x.core_count, y.core_count);
    for (uint32_t c = 0; c < x.core_count; c++)
        for (int q = 0; q < FL_QUEUE_COUNT; q++) {
            const std::string unit = "core " + std::to_string(c) + " " + fl_queue_names[q];
            compare(unit + " commands", x.cores[c].commands[q], y.cores[c].commands[q]);
            compare_accounts(out, unit, x.cores[c].units[q], y.cores[c].units[q]);
            compare_layer_causes(out, unit, x, y, c, q);
        }
    for (uint32_t c = 0; c < x.core_count; c++)
        if (std::memcmp(&x.cores[c].waits, &y.cores[c].waits, sizeof x.cores[c].waits) != 0)
            out << "core " << c << ": other waits for banks\n";
    compare_accounts(out, "dram", x.memory.clock, y.memory.clock);
#define COMPARE(field) compare("memory " #field, x.memory.field, y.memory.field)
    COMPARE(read_bursts), COMPARE(write_bursts), COMPARE(read_bytes), COMPARE(write_bytes), COMPARE(row_hits);
    COMPARE(row_misses), COMPARE(row_conflicts), COMPARE(activates), COMPARE(refreshes);
#undef COMPARE
    out << energy_difference(x.memory, y.memory);
    for (uint32_t l = 0; l < x.layer_count; l++) {
        const std::string layer = "layer " + std::to_string(l) + " ";
        compare(layer + "cycles", x.layers[l].cycles, y.layers[l].cycles);
        compare(layer + "last done", x.layers[l].last_done, y.layers[l].last_done);
        compare(layer + "macs", x.layers[l].macs, y.layers[l].macs);
        for (int q = 0; q < FL_QUEUE_COUNT; q++)
            compare(layer + fl_queue_names[q] + " busy", x.layers[l].busy[q], y.layers[l].busy[q]);
    }
    return out.str();
}

// The first tensor that the machine stored and that differs from the reference executor's.
inline std::string difference_from_reference(const Session &session, const MachineRun &run)
{
    const wl_workload &w = session.workload();
    std::vector<uint8_t> reference(w.dram_bytes);
    wl_fill(&w, reference.data());
    wl_reference_run(&w, reference.data(), 0);
    for (uint32_t o = 0; o < w.op_count; o++) {
        if (!session.mappings()[o].stored) continue;
        const wl_tensor &t = w.tensors[w.ops[o].kind == WL_GEMM ? w.ops[o].gemm.out.tensor : w.ops[o].out];
        for (uint64_t row = 0; row < t.rows; row++)
            for (uint64_t at = t.address + row * t.row_stride_bytes, end = at + t.row_bytes; at < end; at++)
                if (run.dram[at] != reference[at])
                    return "tensor " + std::string(t.name) + ", row " + std::to_string(row) +
                           " differs from the reference\n";
    }
    return "";
}
} // namespace system_run

#endif
