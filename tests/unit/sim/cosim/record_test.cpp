#include "sim/cosim/record.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "sim/base/registry.h"

namespace
{
std::string recorded(const char *name, uint64_t cycles, uint64_t seed)
{
    const fl_part *part = fl_registry_find("rtl_block", name);
    EXPECT_NE(part, nullptr);
    fl_text text = {};
    fl_lockstep_options options = {};
    options.cycles = cycles;
    options.seed = seed;
    options.record = &text;
    fl_error error = {};
    EXPECT_EQ(fl_lockstep(name, static_cast<const fl_rtl_block *>(part->ops), &options, nullptr, &error),
              FL_OK)
        << error.text;
    std::string result = text.bytes;
    fl_text_free(&text);
    return result;
}

TEST(LockstepRecord, ShowsDesignPortsAndEachCycle)
{
    std::istringstream lines(recorded("mac_ant4", 3, 7));
    std::string line;
    const char *const head[] = {"design fl_mac BaseBits=5 ShiftBits=4",
                                "files rtl/pe/fl_mac.sv",
                                "in a_i 9",
                                "in b_i 9",
                                "in sum_i 32",
                                "out sum_o 32"};
    for (const char *expected : head) {
        std::getline(lines, line);
        EXPECT_EQ(line, expected);
    }
    int cycles = 0;
    for (; std::getline(lines, line); cycles++) {
        unsigned reset, a, b, sum, expected, care;
        ASSERT_EQ(sscanf(line.c_str(), "%u %x %x %x / %x / %x", &reset, &a, &b, &sum, &expected, &care), 6)
            << line;
        const auto base = [](unsigned bits) { return static_cast<int>((bits >> 4) ^ 16u) - 16; };
        const auto product = static_cast<unsigned>(base(a) * base(b));
        EXPECT_EQ(expected, sum + (product << ((a & 15) + (b & 15)))) << line;
        EXPECT_EQ(reset, 0u); // combinational
        EXPECT_EQ(care, 0xffffffffu);
    }
    EXPECT_EQ(cycles, 3);
}

TEST(LockstepRecord, IsTheSameForASeedAndBeginsUnderReset)
{
    for (const char *name : {"requantize", "array_os"}) {
        const std::string text = recorded(name, 40, 3);
        EXPECT_EQ(text, recorded(name, 40, 3));
        EXPECT_NE(text, recorded(name, 40, 4));
        EXPECT_NE(text.find("\n1 "), std::string::npos) << name;
    }
}
} // namespace
