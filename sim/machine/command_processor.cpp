#include "sim/machine/command_processor.h"

#include <algorithm>

#include "sim/machine/jobs.h"

namespace fl
{
CommandProcessor::CommandProcessor(sc_core::sc_module_name name, const fl_machine_config &machine,
                                   fl_stream *stream, Scratchpads &scratchpads, const fl_run_options &options,
                                   fl_run_result &result, CoreClock clock)
    : sc_module(name), machine_(machine), stream_(stream), scratchpads_(scratchpads), options_(options),
      result_(result), clock_(clock), half_cycle_(clock.falling(0))
{
    fetch();
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
        if (queues_[command.waits[i].queue].completed <= command.waits[i].sequence) return &command.waits[i];
    return nullptr;
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
    account_for(queue, cycle, queue.flying.empty() ? cause : FL_CAUSE_DRAIN);
}

// What the unit's cycles from `cycle` on are spent on, as far as it does not count them itself.
void CommandProcessor::account_for(Queue &queue, uint64_t cycle, fl_cause reason)
{
    if (reason == queue.reason) return;
    queue.unit->settle(cycle, queue.reason);
    queue.reason = reason;
}

void CommandProcessor::issue(fl_queue index, uint64_t start)
{
    Queue &queue = queues_[index];
    Entry *entry = queue.waiting.front();
    queue.waiting.pop_front();
    queue.flying.push_back(entry);
    queue.issued++;
    entry->start = start;
    scratchpads_.acquire(entry->banks, index);
    account_for(queue, start, FL_CAUSE_DRAIN);
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
    uint32_t sequence = queue.completed++;
    // the cycle in which the next command is picked
    if (queue.flying.empty()) account_for(queue, cycle, FL_CAUSE_FILL);
    result_.layers[done->command.layer].last_done = cycle;
    if (options_.observer != nullptr)
        options_.observer(options_.observer_context, &done->command, sequence, done->start, cycle);
    if (options_.interrupted != nullptr && *options_.interrupted != 0) sc_core::sc_stop();
    wake();
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
    std::string report = "deadlock: no command can go on";
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
        const Queue &giver = queues_[wait->queue];
        report += std::string(" waits for token ") + fl_queue_names[wait->queue] + " " +
                  std::to_string(wait->sequence) + " (the " + fl_queue_names[wait->queue] +
                  " queue has completed " + std::to_string(giver.completed) + " commands, " +
                  std::to_string(giver.waiting.size()) + " are waiting)";
    }
    if (next_ != nullptr)
        report += std::string("\n  the ") + fl_queue_names[next_->command.queue] + " queue is full (" +
                  std::to_string(machine_.queue_depth) + " commands) and holds up the stream";
    return report;
}

void CommandProcessor::finish()
{
    uint64_t end = 0, frontier = 0;
    for (uint32_t l = 0; l < result_.layer_count; l++) {
        fl_layer_result &layer = result_.layers[l];
        layer.cycles = layer.last_done > frontier ? layer.last_done - frontier : 0;
        if (layer.last_done > frontier) frontier = layer.last_done;
        end = frontier;
    }
    result_.cycles = end;
    for (unsigned q = 0; q < FL_QUEUE_COUNT; q++) {
        result_.commands[q] = queues_[q].completed;
        queues_[q].unit->settle(end, queues_[q].reason);
    }
}
} // namespace fl
