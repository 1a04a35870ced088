// Does the ladder give num_encode's code for every value that matters?
#include <gtest/gtest.h>

#include <vector>

#include "pe/num/ladder.h"

TEST(NumLadder, EqualsTheEncoderOnEveryValueAndAtTheEnds)
{
    for (const char *name : {"int4", "uint4", "flint4", "uflint4", "pot4", "upot4"}) {
        num_format format;
        ASSERT_TRUE(num_format_parse(name, &format));
        std::vector<int32_t> values = {INT32_MIN, INT32_MIN + 1, -100000, 100000, INT32_MAX - 1, INT32_MAX};
        for (int32_t v = -20000; v <= 20000; v++) values.push_back(v);
        for (size_t n : {values.size(), values.size() - 1}) { // even and odd
            std::vector<uint8_t> row(num_row_bytes(format, n), 0xFF);
            num_ladder_pack(format, values.data(), n, row.data());
            for (size_t i = 0; i < n; i++)
                ASSERT_EQ(num_load_code(format, row.data(), i), num_encode(format, values[i])) << name << " " << values[i];
            if (n % 2) { EXPECT_EQ(row.back() >> 4, 0) << name; }
        }
    }
}
