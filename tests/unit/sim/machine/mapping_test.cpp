// The mapper's choice: the cheapest there is, repeatable, overridable, and priced near what the machine then
// takes.
#include "sim/machine/mapping.h"

#include <gtest/gtest.h>

#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_case;
using namespace system_run;

// Adds a mapping rule to a machine's text.
std::string with_rule(const std::string &machine, const std::string &rule)
{
    return machine + "\nmapping:\n  - " + rule + "\n";
}

double total_price(const Session &session)
{
    double sum = 0;
    for (const fl_mapping &map : session.mappings())
        if (map.chain != 0) sum += map.price_cycles;
    return sum;
}

TEST(Mapping, NoRuleMakesTheWorkloadCheaper)
{
    const uint64_t wanted = case_count(60);
    uint64_t compared = 0, ruled_out = 0;
    for (uint64_t seed = 1; compared < wanted; seed++) {
        const Case c = random_case(seed);
        const std::string machine = c.machine.yaml({}), workload = c.workload.yaml();
        Session free_choice(machine, workload);
        if (!free_choice.ok()) continue;
        SCOPED_TRACE("seed " + std::to_string(seed));
        test_random r = {seed};
        const wl_op &op =
            free_choice.workload().ops[test_random_range(&r, 0, free_choice.workload().op_count - 1)];
        // Choices among the mapper's own candidates; a size that it does not try may well be better.
        const char *const keys[] = {"rows: 1000000", "columns: 1000000", "depth: 1000000",
                                    "order: rows_outer", "order: columns_outer"};
        Session ruled(with_rule(machine, std::string("{operation: \"") + op.name + "\", " +
                                             keys[test_random_range(&r, 0, 4)] + "}"),
                      workload);
        if (!ruled.ok()) { // the rule asks for what does not fit, and the message says so
            EXPECT_NE(ruled.error().find("mapping: "), std::string::npos) << ruled.error();
            ruled_out++;
            continue;
        }
        EXPECT_LE(total_price(free_choice), total_price(ruled) * (1 + 1e-12)) << describe(c);
        compared++;
    }
    EXPECT_LT(ruled_out, 3 * compared);
}

TEST(Mapping, RulesAreObeyed)
{
    Session session(
        with_rule("include: tiny_8.yaml",
                  "{operation: \"*.ffn.up\", rows: 8, columns: 16, depth: 32, order: rows_outer}\n"
                  "  - {operation: \"*.norm\", chain: never}"),
        "include: tiny_encoder.yaml\n");
    ASSERT_TRUE(session.ok()) << session.error();
    unsigned seen = 0;
    for (uint32_t i = 0; i < session.workload().op_count; i++) {
        const std::string name = session.workload().ops[i].name;
        const fl_mapping &map = session.mappings()[i];
        if (name.find(".ffn.up") != std::string::npos) {
            seen++;
            EXPECT_EQ(map.rows, 8u);
            EXPECT_EQ(map.columns, 16u);
            EXPECT_EQ(map.depth, 32u);
            EXPECT_EQ(map.order, FL_ROWS_OUTER);
        }
        if (name.find(".norm") != std::string::npos) {
            EXPECT_NE(map.chain, 0u) << name;
        }
    }
    EXPECT_EQ(seen, 2u);
}

TEST(Mapping, IsTheSameEveryTime)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        const Case c = random_case(seed);
        Session first(c.machine.yaml({}), c.workload.yaml()), second(c.machine.yaml({}), c.workload.yaml());
        ASSERT_EQ(first.ok(), second.ok());
        for (size_t i = 0; first.ok() && i < first.mappings().size(); i++) {
            EXPECT_EQ(first.mappings()[i].rows, second.mappings()[i].rows);
            EXPECT_EQ(first.mappings()[i].columns, second.mappings()[i].columns);
            EXPECT_EQ(first.mappings()[i].depth, second.mappings()[i].depth);
            EXPECT_EQ(first.mappings()[i].order, second.mappings()[i].order);
            EXPECT_EQ(first.mappings()[i].chain, second.mappings()[i].chain);
        }
    }
}

// The price is made of closed forms; what no form knows (bank waits, row conflicts, the queue's depth) may
// cost more, never less than the bounds that the price holds: products of the array and bytes of the bus.
TEST(Mapping, BoundsInThePriceHoldInTheMachine)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        const Case c = random_case(seed);
        Session session(c.machine.yaml({}), c.workload.yaml());
        if (!session.ok()) continue;
        fl_stream *stream = session.stream();
        fl_run_options options = {};
        fl_run_result result = {};
        fl_error error = {};
        const fl_status status = fl_machine_run(&session.machine(), stream, session.workload().op_count,
                                                &options, &result, &error);
        stream->free(stream);
        ASSERT_EQ(status, FL_OK) << error.text;
        uint64_t vector = 0;
        for (uint32_t i = 0; i < result.layer_count; i++) vector += result.layers[i].busy[FL_VECTOR];
        uint64_t priced = 0;
        for (const fl_mapping &map : session.mappings()) priced += map.chain != 0 ? map.vector_cycles : 0;
        EXPECT_GE(result.cycles, vector) << "seed " << seed;
        EXPECT_GE(priced, vector) << "seed " << seed; // the price adds the waits inside chains
        fl_run_result_free(&result);
    }
}
} // namespace
