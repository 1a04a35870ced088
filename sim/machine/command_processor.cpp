#include "sim/machine/command_processor.h"

#include "sim/machine/jobs.h"

namespace fl
{
CommandProcessor::CommandProcessor(sc_core::sc_module_name name, const fl_machine_config &machine,
                                   fl_stream *stream, unsigned core, Tokens &tokens, Scratchpads &scratchpads,
                                   const fl_run_options &options, fl_run_result &result, CoreClock clock)
    : sc_module(name), machine_(machine), core_(core), tokens_(tokens), stream_(stream),
      scratchpads_(scratchpads), options_(options), result_(result), core_result_(result.cores[core]),
      clock_(clock)
{
    has_next_ = stream_ != nullptr && stream_->next(stream_, &next_);
    SC_HAS_PROCESS(CommandProcessor);
    SC_METHOD(evaluate);
    dont_initialize();
    sensitive << evaluate_event_;
    wake(0);
}

void CommandProcessor::wake(uint64_t cycle)
{
    if (wakes_.empty() || cycle < wakes_.top()) notify_at(evaluate_event_, clock_.falling(cycle));
    wakes_.push(cycle);
}

// One falling edge: fetch, then look at each queue's oldest command.
void CommandProcessor::evaluate()
{
    uint64_t cycle = clock_.now();
    while (!wakes_.empty() && wakes_.top() <= cycle) wakes_.pop();
    dispatch();
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) consider(static_cast<fl_queue>(q), cycle);
    dispatch();
    if (!wakes_.empty()) notify_at(evaluate_event_, clock_.falling(wakes_.top()));
}

// In program order; a full queue holds up everything behind.
void CommandProcessor::dispatch()
{
    while (has_next_ && queues_[next_.queue].waiting.size() < machine_.queue_depth) {
        queues_[next_.queue].waiting.push_back(next_);
        has_next_ = stream_->next(stream_, &next_);
    }
}

const fl_wait *CommandProcessor::missing_token(const fl_command &command) const
{
    for (unsigned i = 0; i < command.wait_count; i++)
        if (tokens_.given[command.waits[i].core][command.waits[i].queue] <= command.waits[i].sequence)
            return &command.waits[i];
    return nullptr;
}

void CommandProcessor::consider(fl_queue index, uint64_t cycle)
{
    Queue &queue = queues_[index];
    queue.unit->settle(cycle, queue.reason);
    if (!queue.unit->ready(cycle + 1)) return;
    fl_cause cause = has_next_ ? FL_CAUSE_DISPATCH : FL_CAUSE_IDLE;
    if (!queue.waiting.empty()) {
        const fl_command &command = queue.waiting.front();
        const fl_wait *wait = missing_token(command);
        if (wait == nullptr && scratchpads_.available(command)) {
            queue.unit->settle(cycle + 1, queue.reason);
            if (queue.reason == FL_CAUSE_BANK) scratchpads_.end_wait(index, cycle + 1);
            issue(index, cycle + 1);
            return;
        }
        cause = wait == nullptr ? FL_CAUSE_BANK : static_cast<fl_cause>(wait->cause);
    }
    if (queue.reason == FL_CAUSE_BANK) scratchpads_.end_wait(index, cycle);
    queue.reason = queue.unit->in_flight() != 0 ? FL_CAUSE_DRAIN : cause;
    if (queue.reason == FL_CAUSE_BANK) scratchpads_.begin_wait(queue.waiting.front(), cycle);
}

void CommandProcessor::issue(fl_queue index, uint64_t start)
{
    Queue &queue = queues_[index];
    queue.flying.push_back({queue.waiting.front(), start});
    queue.waiting.pop_front();
    queue.issued++;
    scratchpads_.acquire(queue.flying.back().command);
    queue.unit->issue(queue.flying.back().command, start);
    queue.reason = FL_CAUSE_DRAIN;
}

void CommandProcessor::completed(fl_queue index)
{
    Queue &queue = queues_[index];
    uint64_t cycle = clock_.now();
    queue.unit->settle(cycle, queue.reason);
    Flying done = queue.flying.front();
    queue.flying.pop_front();
    scratchpads_.release(done.command);
    uint32_t sequence = tokens_.given[core_][index]++;
    if (queue.flying.empty()) queue.reason = FL_CAUSE_FILL; // the cycle in which the next command is picked
    result_.layers[done.command.layer].last_done = cycle;
    if (options_.observer != nullptr)
        options_.observer(options_.observer_context, &done.command, sequence, done.start, cycle);
    if (options_.interrupted != nullptr && *options_.interrupted != 0) sc_core::sc_stop();
    wake(cycle);
    if (index == FL_STORE)
        for (CommandProcessor *core : cores_)
            if (core != this) core->wake(cycle);
}

bool CommandProcessor::finished() const
{
    if (has_next_) return false;
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
        const fl_command &command = queue.waiting.front();
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
    if (has_next_)
        report += std::string("\n  the ") + fl_queue_names[next_.queue] + " queue is full (" +
                  std::to_string(machine_.queue_depth) + " commands) and holds up the stream";
    return report;
}

void CommandProcessor::finish(uint64_t end)
{
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) {
        core_result_.commands[q] = tokens_.given[core_][q];
        queues_[q].unit->settle(end, FL_CAUSE_IDLE);
    }
}
} // namespace fl
