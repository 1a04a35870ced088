// The command processor: fetches the stream in program order, keeps four queues, and issues a queue's oldest
// command when its tokens are there, its banks are free and its unit is ready. At most one command per queue
// and cycle.
#ifndef FL_MACHINE_COMMAND_PROCESSOR_H
#define FL_MACHINE_COMMAND_PROCESSOR_H

#include <array>
#include <deque>
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
    void wake() override;
    LayerAccount &account(fl_queue queue) override { return accounts_[queue]; }

    // After the simulation ran out of events: all commands done, or which command waits for which token.
    bool finished() const;
    std::string deadlock_report() const;
    // Attributes every unit's cycles up to `end`, the last completion of all cores.
    void finish(uint64_t end);

private:
    // A command from the stream to its completion.
    struct Entry {
        fl_command command;
        Scratchpads::Banks banks;
        uint64_t start;
    };
    struct Queue {
        std::deque<Entry *> waiting, flying;
        uint32_t issued = 0;
        uint32_t layer = 0;              // of the command issued last
        fl_cause reason = FL_CAUSE_IDLE; // of cycles that the unit does not count itself
        Unit *unit = nullptr;
    };

    void evaluate();
    bool dispatch();
    void fetch();
    void consider(fl_queue queue, uint64_t cycle);
    const fl_wait *missing_token(const fl_command &command) const;
    void account_for(Queue &queue, uint64_t cycle, fl_cause reason);
    uint32_t charged_layer(const Queue &queue) const;
    void change_reason(Queue &queue, uint64_t cycle, fl_cause reason);
    void issue(fl_queue queue, uint64_t start);
    void sleep(uint64_t cycle, bool unseen);

    const fl_machine_config &machine_;
    const unsigned core_;
    Tokens &tokens_;
    fl_stream *stream_; // nullptr: nothing to do
    Scratchpads &scratchpads_;
    const fl_run_options &options_;
    fl_run_result &result_;
    fl_core_result &core_result_;
    std::array<LayerAccount, FL_QUEUE_COUNT> accounts_;
    std::vector<CommandProcessor *> cores_;
    CoreClock clock_;
    const sc_core::sc_time half_cycle_; // from a rising edge, where units report, to the falling one
    Queue queues_[FL_QUEUE_COUNT];
    std::deque<Entry> entries_; // all there ever were
    std::vector<Entry *> free_; // of entries_
    Entry *next_ = nullptr;     // of the stream; nullptr: it has ended
    sc_core::sc_event evaluate_event_;
};
} // namespace fl

#endif
