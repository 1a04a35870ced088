// The command processor: fetches the stream in program order, keeps four queues, and issues a queue's oldest
// command when its tokens are there, its banks are free and its unit is ready. At most one command per queue
// and cycle.
#ifndef FL_MACHINE_COMMAND_PROCESSOR_H
#define FL_MACHINE_COMMAND_PROCESSOR_H

#include <deque>
#include <queue>
#include <string>
#include <vector>

#include "sim/machine/scratchpads.h"
#include "sim/machine/stream.h"
#include "sim/machine/unit.h"

namespace fl
{
// The tokens of all cores: how many commands each queue has completed.
struct Tokens {
    uint32_t given[FL_MAX_CORES][FL_QUEUE_COUNT] = {};
};

class CommandProcessor final : public sc_core::sc_module, public UnitListener
{
public:
    CommandProcessor(sc_core::sc_module_name name, const fl_machine_config &machine, fl_stream *stream,
                     unsigned core, Tokens &tokens, Scratchpads &scratchpads, const fl_run_options &options,
                     fl_run_result &result, CoreClock clock);

    void connect(fl_queue queue, Unit *unit) { queues_[queue].unit = unit; }
    // All cores' command processors, in order, when there are several: they wait for each other's stores.
    void connect(const std::vector<CommandProcessor *> &cores) { cores_ = cores; }

    void completed(fl_queue queue) override;
    void wake(uint64_t cycle) override;
    fl_account &account(fl_queue queue) override { return core_result_.units[queue]; }
    fl_layer_result &layer(uint32_t index) override { return result_.layers[index]; }

    // After the simulation ran out of events: all commands done, or which command waits for which token.
    bool finished() const;
    std::string deadlock_report() const;
    // Attributes every unit's cycles up to `end`, the last completion of all cores.
    void finish(uint64_t end);

private:
    struct Flying {
        fl_command command;
        uint64_t start;
    };
    struct Queue {
        std::deque<fl_command> waiting;
        std::deque<Flying> flying;
        uint32_t issued = 0;
        fl_cause reason = FL_CAUSE_IDLE; // of cycles that the unit does not count itself
        Unit *unit = nullptr;
    };

    void evaluate();
    void dispatch();
    void consider(fl_queue queue, uint64_t cycle);
    const fl_wait *missing_token(const fl_command &command) const;
    void issue(fl_queue queue, uint64_t start);

    const fl_machine_config &machine_;
    const unsigned core_;
    Tokens &tokens_;
    fl_stream *stream_; // nullptr: nothing to do
    Scratchpads &scratchpads_;
    const fl_run_options &options_;
    fl_run_result &result_;
    fl_core_result &core_result_;
    std::vector<CommandProcessor *> cores_;
    CoreClock clock_;
    Queue queues_[FL_QUEUE_COUNT];
    fl_command next_{};
    bool has_next_;
    // Cycles to look at again: an sc_event keeps only one notification.
    std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<uint64_t>> wakes_;
    sc_core::sc_event evaluate_event_;
};
} // namespace fl

#endif
