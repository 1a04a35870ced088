#include "sim/machine/command_processor.h"

#include "sim/machine/jobs.h"

namespace fl
{
CommandProcessor::CommandProcessor(sc_core::sc_module_name name, const fl_machine_config &machine,
                                   fl_stream *stream, unsigned core, Tokens &tokens, Scratchpads &scratchpads,
                                   const fl_run_options &options, fl_run_result &result, CoreClock clock)
    : sc_module(name), machine_(machine), core_(core), tokens_(tokens), stream_(stream),
      scratchpads_(scratchpads), options_(options), result_(result),
      core_result_(result.cores[core]), accounts_{LayerAccount(core_result_.layers, FL_LOAD),
                                                  LayerAccount(core_result_.layers, FL_MATRIX),
                                                  LayerAccount(core_result_.layers, FL_VECTOR),
                                                  LayerAccount(core_result_.layers, FL_STORE)},
      clock_(clock), half_cycle_(clock.falling(0))
{
    if (stream_ != nullptr) fetch();
    SC_HAS_PROCESS(CommandProcessor);
    SC_METHOD(evaluate);
    dont_initialize();
    sensitive << evaluate_event_;
    wake();
}

void CommandProcessor::wake() { evaluate_event_.notify(half_cycle_); }

// One falling edge: fetch, look at each queue's oldest command, fetch into the places that this freed.
void CommandProcessor::evaluate()
{
    uint64_t cycle = clock_.now();
    dispatch();
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) consider(static_cast<fl_queue>(q), cycle);
    bool unseen = dispatch();
    sleep(cycle, unseen);
}

// Until the command register is empty for which a command has all its tokens, or which is the next to become
// empty when there are commands not seen yet. All else is changed by completions, which wake.
void CommandProcessor::sleep(uint64_t cycle, bool unseen)
{
    uint64_t next = UINT64_MAX;
    for (const Queue &queue : queues_) {
        uint64_t ready_at = queue.unit->ready_at();
        if (ready_at <= cycle + 1 || ready_at >= next) continue;
        bool could = !queue.waiting.empty() && missing_token(queue.waiting.front()->command) == nullptr;
        if (unseen || could) next = ready_at;
    }
    if (next != UINT64_MAX) notify_at(evaluate_event_, clock_.falling(next - 1));
}

void CommandProcessor::fetch()
{
    if (free_.empty()) free_.push_back(&entries_.emplace_back());
    next_ = free_.back();
    if (stream_->next(stream_, &next_->command))
        free_.pop_back();
    else
        next_ = nullptr;
}

// In program order; a full queue holds up everything behind. True when that changes what `consider` sees: a
// queue's oldest command, or the end of the stream.
bool CommandProcessor::dispatch()
{
    bool changed = false;
    while (next_ != nullptr) {
        Queue &queue = queues_[next_->command.queue];
        if (queue.waiting.size() == machine_.queue_depth) return changed;
        changed |= queue.waiting.empty();
        next_->banks = scratchpads_.banks_of(next_->command);
        queue.waiting.push_back(next_);
        fetch();
        changed |= next_ == nullptr;
    }
    return changed;
}

const fl_wait *CommandProcessor::missing_token(const fl_command &command) const
{
    for (unsigned i = 0; i < command.wait_count; i++)
        if (tokens_.given[command.waits[i].core][command.waits[i].queue] <= command.waits[i].sequence)
            return &command.waits[i];
    return nullptr;
}

// What the unit's cycles from `cycle` on are spent on, as far as it does not count them itself.
inline void CommandProcessor::account_for(Queue &queue, uint64_t cycle, fl_cause reason)
{
    if (reason != queue.reason || reason == FL_CAUSE_BANK) change_reason(queue, cycle, reason);
}

void CommandProcessor::change_reason(Queue &queue, uint64_t cycle, fl_cause reason)
{
    if (queue.reason == FL_CAUSE_BANK) scratchpads_.end_wait(static_cast<fl_queue>(&queue - queues_), cycle);
    queue.unit->settle(cycle, queue.reason, charged_layer(queue));
    queue.reason = reason;
}

// The operation of the cycles that pass for the queue's present reason: that of the command whose pipeline
// drains, else of the one that is waited for, else the last one, which the run waits for.
uint32_t CommandProcessor::charged_layer(const Queue &queue) const
{
    if (queue.reason == FL_CAUSE_DRAIN) return queue.layer;
    return queue.waiting.empty() ? result_.layer_count - 1 : queue.waiting.front()->command.layer;
}

void CommandProcessor::consider(fl_queue index, uint64_t cycle)
{
    Queue &queue = queues_[index];
    if (queue.unit->ready_at() > cycle + 1) return;
    fl_cause cause = next_ != nullptr ? FL_CAUSE_DISPATCH : FL_CAUSE_IDLE;
    if (!queue.waiting.empty()) {
        const Entry &oldest = *queue.waiting.front();
        const fl_wait *wait = missing_token(oldest.command);
        if (wait == nullptr && scratchpads_.available(oldest.banks, index)) {
            issue(index, cycle + 1);
            return;
        }
        cause = wait == nullptr ? FL_CAUSE_BANK : static_cast<fl_cause>(wait->cause);
    }
    fl_cause reason = queue.flying.empty() ? cause : FL_CAUSE_DRAIN;
    account_for(queue, cycle, reason);
    if (reason == FL_CAUSE_BANK) scratchpads_.begin_wait(queue.waiting.front()->banks, index, cycle);
}

void CommandProcessor::issue(fl_queue index, uint64_t start)
{
    Queue &queue = queues_[index];
    Entry *entry = queue.waiting.front();
    entry->start = start;
    scratchpads_.acquire(entry->banks, index);
    change_reason(queue, start, FL_CAUSE_DRAIN);
    queue.waiting.pop_front();
    queue.flying.push_back(entry);
    queue.issued++;
    queue.layer = entry->command.layer;
    queue.unit->issue(entry->command, start);
}

void CommandProcessor::completed(fl_queue index)
{
    Queue &queue = queues_[index];
    uint64_t cycle = clock_.now();
    Entry *done = queue.flying.front();
    queue.flying.pop_front();
    free_.push_back(done);
    scratchpads_.release(done->banks, index);
    uint32_t sequence = tokens_.given[core_][index]++;
    // the cycle in which the next command is picked
    if (queue.flying.empty()) account_for(queue, cycle, FL_CAUSE_FILL);
    result_.layers[done->command.layer].last_done = cycle;
    if (options_.observer != nullptr)
        options_.observer(options_.observer_context, &done->command, sequence, done->start, cycle);
    if (options_.interrupted != nullptr && *options_.interrupted != 0) sc_core::sc_stop();
    wake();
    if (index == FL_STORE)
        for (CommandProcessor *core : cores_)
            if (core != this) core->wake();
}

bool CommandProcessor::finished() const
{
    if (next_ != nullptr) return false;
    for (const Queue &queue : queues_)
        if (!queue.waiting.empty() || !queue.flying.empty()) return false;
    return true;
}

std::string CommandProcessor::deadlock_report() const
{
    std::string report;
    char text[160];
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) {
        const Queue &queue = queues_[q];
        if (queue.waiting.empty()) continue;
        const fl_command &command = queue.waiting.front()->command;
        report += "\n  ";
        report += fl_command_summary(&command, queue.issued, text, sizeof text);
        const fl_wait *wait = missing_token(command);
        if (wait == nullptr) {
            report += " waits for its banks";
            continue;
        }
        const bool own = wait->core == core_;
        const Queue &giver = (own ? queues_ : cores_[wait->core]->queues_)[wait->queue];
        report += std::string(" waits for token ") + fl_queue_names[wait->queue] + " " +
                  std::to_string(wait->sequence) + " (" +
                  (own ? "the " : "core " + std::to_string(wait->core) + "'s ") +
                  fl_queue_names[wait->queue] + " queue has completed " +
                  std::to_string(tokens_.given[wait->core][wait->queue]) + " commands, " +
                  std::to_string(giver.waiting.size()) + " are waiting)";
    }
    if (next_ != nullptr)
        report += std::string("\n  the ") + fl_queue_names[next_->command.queue] + " queue is full (" +
                  std::to_string(machine_.queue_depth) + " commands) and holds up the stream";
    return report;
}

void CommandProcessor::finish(uint64_t end)
{
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) {
        core_result_.commands[q] = tokens_.given[core_][q];
        queues_[q].unit->settle(end, queues_[q].reason, charged_layer(queues_[q]));
        core_result_.units[q].until = accounts_[q].end();
        for (uint32_t l = 0; l < result_.layer_count; l++)
            for (int c = 0; c < FL_CAUSE_COUNT; c++)
                core_result_.units[q].cycles[c] += core_result_.layers[l].cycles[q][c];
    }
}
} // namespace fl
