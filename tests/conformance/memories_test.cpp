// Every registered memory keeps its contract (memory/memory.h) with the default values of its own table. A
// new kind is picked up from the registry.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "sim/base/config.h"
#include "sim/base/registry.h"
#include "tests/support/memory_traffic.h"

namespace
{
std::vector<const fl_part *> memory_parts()
{
    const fl_part *parts[64];
    const size_t count = fl_registry_list("memory", parts, 64);
    return {parts, parts + count};
}

bool has_model(const fl_part *part)
{
    for (size_t p = 0; p < part->param_count; p++)
        if (std::string(part->params[p].key) == "model") return true;
    return false;
}

// What a part in front of another one has below it.
std::string below(const fl_part *part)
{
    std::string text;
    for (size_t p = 0; p < part->param_count; p++)
        if (part->params[p].type == FL_SUBPART) text += std::string(", ") + part->params[p].key + ": ideal";
    return text;
}

// The part's parameters as a machine file would give them.
class Params
{
public:
    Params(const fl_part *part, const char *model)
    {
        std::string text = "memory: {type: " + std::string(part->name);
        if (has_model(part)) text += std::string(", model: ") + model;
        text += below(part) + "}\n";
        fl_error error = {};
        EXPECT_EQ(fl_config_parse("test.yaml", text.data(), text.size(), nullptr, 0, &config_, &error), FL_OK)
            << error.text;
        const fl_part *read = nullptr;
        EXPECT_EQ(fl_part_read_at(config_, fl_config_root(config_), "memory", "memory", nullptr, &read,
                                  &params_, &error),
                  FL_OK)
            << error.text;
        EXPECT_EQ(read, part);
    }
    ~Params() { fl_config_free(config_); }
    Params(const Params &) = delete;
    Params &operator=(const Params &) = delete;
    const void *get() const { return params_; }

private:
    fl_config *config_ = nullptr;
    void *params_ = nullptr;
};

struct Limits {
    uint32_t burst_bytes;
    uint64_t capacity_bytes;
    double peak_bytes_per_second;
};

class Memory : public ::testing::TestWithParam<const fl_part *>
{
protected:
    const mem_engine_ops &ops() const { return *static_cast<const mem_engine_ops *>(GetParam()->ops); }

    Limits limits(const void *params, uint64_t core_hz) const
    {
        const mem_port_params port = {8, 64};
        const char *reason = nullptr;
        mem_engine *engine = ops().create(params, core_hz, &port, 1, &reason);
        if (engine == nullptr) throw std::runtime_error(reason);
        const Limits found = {ops().burst_bytes(engine), ops().capacity_bytes(engine),
                              ops().peak_bytes_per_second(engine)};
        ops().destroy(engine);
        return found;
    }

    // Runs `check` on random traffic.
    void on_traffic(const std::function<void(const Traffic &, const Limits &)> &check) const
    {
        const Params params(GetParam(), "span");
        const Limits any = limits(params.get(), 1000000000);
        for (uint64_t seed = 1; seed <= 60; seed++) {
            test_random r = {seed};
            const Traffic traffic = random_traffic(&r, any.burst_bytes, any.capacity_bytes, 200);
            SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + describe(traffic));
            check(traffic, limits(params.get(), traffic.core_hz)); // an ideal memory runs at the core's clock
            if (HasFatalFailure() || HasNonfatalFailure()) return;
        }
    }
};

TEST_P(Memory, MovesEveryBurstOnceAndFinishesEveryBlockInPortOrder)
{
    const Params params(GetParam(), "span");
    on_traffic([&](const Traffic &t, const Limits &found) {
        const TrafficResult result = run_planned(ops(), params.get(), t);
        uint64_t bursts[2] = {};
        std::map<unsigned, std::vector<const TrafficItem *>> submitted;
        for (const TrafficItem &item : t.items) {
            bursts[item.block.write] += mem_block_bursts(&item.block, found.burst_bytes);
            submitted[item.port].push_back(&item);
        }
        const mem_l2_stats &l2 = result.stats.l2;
        const bool cached = l2.port_count > 0; // bursts are then lines asked for
        EXPECT_EQ(cached ? l2.hits[0] + l2.misses[0] : result.stats.read_bursts, bursts[0]);
        EXPECT_EQ(cached ? l2.hits[1] + l2.misses[1] : result.stats.write_bursts, bursts[1]);
        if (!cached) {
            EXPECT_EQ(result.stats.read_bytes, bursts[0] * found.burst_bytes);
            EXPECT_EQ(result.stats.write_bytes, bursts[1] * found.burst_bytes);
        }
        ASSERT_EQ(result.done.size(), t.items.size());
        std::map<unsigned, size_t> finished;
        std::map<unsigned, uint64_t> last;
        for (const TrafficDone &done : result.done) {
            const TrafficItem &item = *submitted[done.port].at(finished[done.port]++);
            const uint64_t carried =
                mem_block_bus_cycles(&item.block, found.burst_bytes, t.ports[done.port].bus_bytes);
            EXPECT_GE(done.at, std::max(item.at, last[done.port]) + carried)
                << "the bus carries a port's blocks one after the other";
            last[done.port] = done.at;
        }
        uint64_t total = 0;
        for (uint64_t cycles : result.stats.clock.cycles) total += cycles;
        EXPECT_EQ(total, result.stats.clock.until);
        const double seconds = static_cast<double>(result.done.back().at) / static_cast<double>(t.core_hz);
        EXPECT_GE(seconds * found.peak_bytes_per_second,
                  static_cast<double>(cached ? result.stats.read_bytes
                                             : (bursts[0] + bursts[1]) * found.burst_bytes));
    });
}

TEST_P(Memory, PlansDoNotChangeWhatHappens)
{
    const Params params(GetParam(), "span");
    on_traffic([&](const Traffic &t, const Limits &) {
        EXPECT_EQ(difference(run_planned(ops(), params.get(), t), run_stepped(ops(), params.get(), t)), "");
        EXPECT_EQ(difference(run_planned(ops(), params.get(), t), run_planned(ops(), params.get(), t)), "")
            << "a second time";
    });
}

TEST_P(Memory, SpanEqualsPin)
{
    if (!has_model(GetParam())) return;
    const Params span(GetParam(), "span"), pin(GetParam(), "pin");
    on_traffic([&](const Traffic &t, const Limits &) {
        EXPECT_EQ(difference(run_planned(ops(), span.get(), t), run_stepped(ops(), pin.get(), t)), "");
    });
}

INSTANTIATE_TEST_SUITE_P(Registered, Memory, ::testing::ValuesIn(memory_parts()),
                         [](const auto &instance) { return std::string(instance.param->name); });

// An instantiation without parts would pass by testing nothing.
TEST(MemoryRegistry, IsNotEmpty) { EXPECT_GE(memory_parts().size(), 2u); }
} // namespace
