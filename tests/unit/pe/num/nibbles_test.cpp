// Do rows of 4-bit codes equal the element forms, for every code and every value that matters?
#include <gtest/gtest.h>

#include <vector>

#include "pe/num/nibbles.h"

namespace
{
const char *const NAMES[] = {"int4", "uint4", "flint4", "uflint4", "pot4", "upot4"};

TEST(NumNibbles, PackTheEncodersCodeOfEveryValueAndAtTheEnds)
{
    for (const char *name : NAMES) {
        num_format format;
        ASSERT_TRUE(num_format_parse(name, &format));
        std::vector<int32_t> values = {INT32_MIN, INT32_MIN + 1, -100000, 100000, INT32_MAX - 1, INT32_MAX};
        for (int32_t v = -20000; v <= 20000; v++) values.push_back(v);
        for (size_t n : {values.size(), values.size() - 1, size_t{256}, size_t{255}, size_t{1}, size_t{0}}) {
            std::vector<uint8_t> row(num_row_bytes(format, n) + 1, 0xFF);
            num_nibbles_pack(format, values.data(), n, row.data());
            for (size_t i = 0; i < n; i++)
                ASSERT_EQ(num_load_code(format, row.data(), i), num_encode(format, values[i]))
                    << name << " " << values[i];
            if (n % 2) {
                EXPECT_EQ(row[n / 2] >> 4, 0) << name;
            }
            EXPECT_EQ(row.back(), 0xFF) << "wrote beyond the row";
        }
    }
}

// Every byte stands once in every place of a vector.
TEST(NumNibbles, UnpackTheDecodersValueOfEveryByteInEveryPlace)
{
    for (const char *name : NAMES) {
        num_format format;
        ASSERT_TRUE(num_format_parse(name, &format));
        std::vector<uint8_t> row;
        for (unsigned shift = 0; shift < 16; shift++)
            for (unsigned byte = 0; byte < 256; byte++) row.push_back(uint8_t(byte + shift));
        for (size_t n : {2 * row.size(), 2 * row.size() - 1, size_t{33}, size_t{31}, size_t{0}}) {
            std::vector<int32_t> values(n + 1, 99);
            std::vector<int16_t> narrow(n + 1, 99);
            num_nibbles_unpack(format, row.data(), n, values.data());
            num_nibbles_unpack_int16(format, row.data(), n, narrow.data());
            for (size_t i = 0; i < n; i++) {
                ASSERT_EQ(values[i], num_decode(format, num_load_code(format, row.data(), i)))
                    << name << " " << i;
                ASSERT_EQ(narrow[i], values[i]) << name << " " << i;
            }
            EXPECT_EQ(values[n], 99) << "wrote beyond the values";
            EXPECT_EQ(narrow[n], 99) << "wrote beyond the values";
        }
    }
}
} // namespace
