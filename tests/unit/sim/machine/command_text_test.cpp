// Commands as text: what is printed reads back to the same command, and what is wrong is named.
#include "sim/machine/command_text.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/support/random.h"

namespace
{
uint32_t any(test_random *r)
{
    return static_cast<uint32_t>(test_random_u64(r) >> test_random_range(r, 32, 63));
}
int32_t any_signed(test_random *r) { return static_cast<int32_t>(test_random_u64(r)); }

fl_region any_region(test_random *r)
{
    return {static_cast<uint8_t>(test_random_range(r, 0, FL_BUFFER_COUNT - 1)), any(r), any(r), any(r),
            any(r)};
}

num_format any_format(test_random *r)
{
    static const char *const NAMES[] = {"int4",  "uint4", "flint4", "uflint4", "pot4",
                                        "upot4", "int8",  "uint8",  "int16",   "int32"};
    num_format format = {};
    EXPECT_TRUE(num_format_parse(NAMES[test_random_range(r, 0, 9)], &format));
    return format;
}

fl_command any_command(test_random *r)
{
    fl_command c;
    std::memset(&c, 0, sizeof c);
    c.layer = any(r);
    c.queue = static_cast<uint8_t>(test_random_range(r, 0, FL_QUEUE_COUNT - 1));
    c.wait_count = static_cast<uint8_t>(test_random_range(r, 0, FL_MAX_WAITS));
    for (unsigned w = 0; w < c.wait_count; w++)
        c.waits[w] = {any(r) / 2, static_cast<uint8_t>(test_random_range(r, 0, FL_QUEUE_COUNT - 1)),
                      static_cast<uint8_t>(test_random_range(r, 0, FL_CAUSE_COUNT - 1))};
    if (c.queue == FL_MATRIX) {
        fl_matrix_command &m = c.u.matrix;
        m.items = any(r), m.m = any(r), m.n = any(r), m.k = any(r);
        m.a_format = any_format(r), m.b_format = any_format(r);
        m.b_k_major = any(r) & 1, m.accumulate = any(r) & 1;
        m.a = any_region(r), m.b = any_region(r), m.c = any_region(r);
    } else if (c.queue == FL_VECTOR) {
        fl_vector_command &v = c.u.vector;
        const fl_part *parts[64];
        v.function =
            static_cast<uint16_t>(test_random_u64(r) % fl_registry_list("vector_function", parts, 64));
        v.inputs = static_cast<uint8_t>(any(r)), v.has_columns = any(r) & 1;
        v.rows = any(r), v.columns = any(r), v.prefix = any(r), v.context = any(r);
        v.in_format = any_format(r), v.in2_format = any_format(r), v.out_format = any_format(r);
        v.immediates = {{any_signed(r), any_signed(r)},
                        {any_signed(r), any_signed(r)},
                        {any_signed(r), any_signed(r)},
                        any(r)};
        v.in = any_region(r), v.in2 = any_region(r), v.column_params = any_region(r), v.out = any_region(r);
    } else {
        mem_block &b = c.u.dma.block;
        b.address = test_random_u64(r), b.width_bytes = any(r), b.rows = any(r), b.planes = any(r);
        b.row_stride_bytes = test_random_u64(r), b.plane_stride_bytes = test_random_u64(r);
        b.write = c.queue == FL_STORE;
        c.u.dma.region = any_region(r);
    }
    return c;
}

std::string printed(const fl_command &command)
{
    fl_text text = {};
    fl_command_print(&command, &text);
    std::string result = text.bytes;
    fl_text_free(&text);
    return result;
}

TEST(CommandText, ReadsBackWhatItPrints)
{
    for (uint64_t seed = 1; seed <= 3000; seed++) {
        test_random r = {seed};
        const fl_command command = any_command(&r);
        const std::string line = printed(command);
        SCOPED_TRACE("seed " + std::to_string(seed) + ": " + line);
        ASSERT_EQ(line.back(), '\n');
        fl_command back;
        fl_error error = {};
        const fl_where where = {"stream", 1, 1};
        ASSERT_EQ(fl_command_parse(line.substr(0, line.size() - 1).c_str(), &where, &back, &error), FL_OK)
            << error.text;
        ASSERT_EQ(printed(back), line);
        ASSERT_EQ(back.layer, command.layer);
        ASSERT_EQ(back.queue, command.queue);
        ASSERT_EQ(back.wait_count, command.wait_count);
        for (unsigned w = 0; w < command.wait_count; w++) {
            ASSERT_EQ(back.waits[w].sequence, command.waits[w].sequence);
            ASSERT_EQ(back.waits[w].queue, command.waits[w].queue);
            ASSERT_EQ(back.waits[w].cause, command.waits[w].cause);
        }
        const bool transfer = command.queue == FL_LOAD || command.queue == FL_STORE;
        ASSERT_TRUE(!transfer || back.u.dma.block.write == command.u.dma.block.write);
    }
}

// The exact text, so that a stream saved today is read tomorrow.
TEST(CommandText, PrintsTheDocumentedForm)
{
    fl_command c = {};
    c.layer = 3;
    c.queue = FL_STORE;
    c.wait_count = 2;
    c.waits[0] = {7, FL_VECTOR, FL_CAUSE_OPERANDS};
    c.waits[1] = {2, FL_LOAD, FL_CAUSE_DEPENDENCY};
    c.u.dma.block = {4096, 32, 4, 2, 64, 512, true};
    c.u.dma.region = {FL_VECTOR_BUFFER, 128, 256, 32, 128};
    EXPECT_EQ(printed(c), "store layer=3 wait=vector:7:operands,load:2:dependency address=4096 width=32 "
                          "rows=4 planes=2 row_stride=64 "
                          "plane_stride=512 region=vector:128:256:32:128\n");
}

// Cutting a line anywhere, or changing a letter of a name, gives a message with its place; numbers do not
// wrap.
TEST(CommandText, WrongLinesAreRefusedWhereTheyStand)
{
    const fl_where where = {"stream", 17, 1};
    for (uint64_t seed = 1; seed <= 200; seed++) {
        test_random r = {seed};
        const std::string line = printed(any_command(&r));
        const size_t equals = line.rfind('=');
        for (const std::string &bad :
             {line.substr(0, line.rfind(' ')), "x" + line, line.substr(0, equals) + " " + line.substr(equals),
              line.substr(0, equals) + "=99999999999999999999999", line.substr(0, equals + 1)}) {
            fl_command command;
            fl_error error = {};
            EXPECT_EQ(fl_command_parse(bad.c_str(), &where, &command, &error), FL_BAD_INPUT)
                << "seed " << seed << ": " << bad;
            EXPECT_EQ(std::string(error.text).substr(0, 13), "stream:17:1: ") << error.text;
        }
    }
}

TEST(CommandText, NumbersEndAtTheirFields)
{
    const fl_where where = {"stream", 1, 1};
    const std::string head =
        "load layer=0 address=0 rows=1 planes=1 row_stride=64 plane_stride=64 region=input:0:64:64:64 width=";
    const struct {
        const char *width;
        bool fits;
    } cases[] = {{"4294967295", true}, {"4294967296", false}, {"-1", false}, {"+1", false},
                 {" 1", false},        {"0x10", false},       {"1e3", false}};
    for (const auto &c : cases) {
        fl_command command;
        fl_error error = {};
        EXPECT_EQ(fl_command_parse((head + c.width).c_str(), &where, &command, &error) == FL_OK, c.fits)
            << c.width;
    }
}
} // namespace
