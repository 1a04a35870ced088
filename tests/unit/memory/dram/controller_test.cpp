#include "memory/dram/controller.h"

#include <gtest/gtest.h>

#include "tests/support/dram_case.h"
#include "tests/support/system_case.h"

namespace
{
std::string twin_difference(const mem_dram_params &p, const Traffic &t)
{
    const mem_dram_params pin = with_model(p, 1), span = with_model(p, 0);
    return difference(run_planned(mem_dram_ops, &span, t), run_stepped(mem_dram_ops, &pin, t));
}
} // namespace

TEST(MemDram, SpanEqualsPinOnRandomTraffic)
{
    const uint64_t seed = 4;
    const int cases = 1500;
    test_random r = {seed};
    const mem_dram_params base = dram_params();
    for (int n = 0; n < cases; n++) {
        SCOPED_TRACE("seed " + std::to_string(seed) + " case " + std::to_string(n));
        const mem_dram_params p = valid_dram(&r, base);
        const Traffic t = random_traffic(&r, 64, dram_capacity(p), n % 20 ? 80 : 1500);
        if (twin_difference(p, t).empty()) continue;
        const Traffic small = shrink(t, [&](const Traffic &c) { return !twin_difference(p, c).empty(); });
        FAIL() << twin_difference(p, small) << "\n" << describe(p) << describe(small);
    }
}
