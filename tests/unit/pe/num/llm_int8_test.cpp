#include "pe/num/llm_int8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "pe/num/minifloat.h"
#include "tests/support/json.h"

namespace
{

const num_minifloat fp16 = {5, 10, 15, true, NUM_IEEE};

std::vector<float> halves(const Json &hex)
{
    std::vector<float> values;
    for (const Json &text : hex) {
        values.push_back((float)num_minifloat_decode(fp16, (uint32_t)std::stoul(text.text(), nullptr, 16)));
    }
    return values;
}

float from_hex(const Json &hex)
{
    const uint32_t bits = (uint32_t)std::stoul(hex.text(), nullptr, 16);
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

TEST(NumLlmInt8, EveryIntermediateEqualsThePublishedProduct)
{
    const Json file = json_read("tests/data/formats/llm_int8.json");
    const size_t rows = 5, outputs = 6, columns = 12;
    const std::vector<float> x = halves(file["X_f16_hex_rowmajor"]), w = halves(file["W_f16_hex_[out][in]"]);
    std::vector<int8_t> ca(rows * columns), cb(outputs * columns);
    std::vector<float> rx(rows), rw(outputs);
    bool outliers[columns] = {};
    for (size_t i = 0; i < rows; i++) {
        rx[i] = num_llm_int8_quantize_row(&x[i * columns], columns, 6.0f, &ca[i * columns], outliers);
        EXPECT_EQ(rx[i], from_hex(file["row_absmax_f32_hex"][i]));
        for (size_t j = 0; j < columns; j++)
            EXPECT_EQ(ca[i * columns + j], file["CA_before_column_zeroing"][i][j].integer());
    }
    for (size_t o = 0; o < outputs; o++) {
        rw[o] = num_llm_int8_quantize_row(&w[o * columns], columns, std::numeric_limits<float>::infinity(),
                                          &cb[o * columns], nullptr);
        EXPECT_EQ(rw[o], from_hex(file["weight_absmax_f32_hex"][o]));
        for (size_t j = 0; j < columns; j++) EXPECT_EQ(cb[o * columns + j], file["CB"][o][j].integer());
    }
    for (size_t j = 0; j < columns; j++) EXPECT_EQ(outliers[j], j == 3 || j == 9);
    for (size_t i = 0; i < rows; i++) {
        num_llm_int8_mask_row(&ca[i * columns], columns, outliers);
        for (size_t j = 0; j < columns; j++) EXPECT_EQ(ca[i * columns + j], file["CA"][i][j].integer());
        for (size_t o = 0; o < outputs; o++) {
            const float y = num_llm_int8_dot(&x[i * columns], &ca[i * columns], rx[i], &cb[o * columns],
                                             rw[o], 0, outliers, columns);
            EXPECT_EQ(y, file["Y"][i][o].real()) << i << ' ' << o;
        }
    }
}

TEST(NumLlmInt8, RowsWithoutAnythingLeftAreZero)
{
    const float x[3] = {7, -8, 6};
    int8_t codes[3] = {1, 1, 1};
    bool outliers[3] = {};
    EXPECT_EQ(num_llm_int8_quantize_row(x, 3, 6, codes, outliers), 0);
    for (int j = 0; j < 3; j++) {
        EXPECT_EQ(codes[j], 0);
        EXPECT_TRUE(outliers[j]);
    }
    const float tiny[2] = {0, std::numeric_limits<float>::denorm_min()};
    EXPECT_EQ(num_llm_int8_quantize_row(tiny, 2, 6, codes, outliers), tiny[1]);
    EXPECT_EQ(codes[0], 0);
    EXPECT_EQ(codes[1], 127);
    EXPECT_EQ(num_llm_int8_quantize_row(tiny, 0, 6, codes, outliers), 0);
}

TEST(NumLlmInt8, AnOutlierColumnKeepsTheOthersPrecise)
{
    for (float huge : {60.0f, 6000.0f}) {
        const float x[4] = {0.5f, huge, -0.25f, 1.0f}, w[4] = {0.5f, 0.125f, -0.5f, 0.25f};
        int8_t ca[4], cb[4];
        bool outliers[4] = {};
        const float rx = num_llm_int8_quantize_row(x, 4, 6, ca, outliers);
        const float rw = num_llm_int8_quantize_row(w, 4, std::numeric_limits<float>::infinity(), cb, nullptr);
        num_llm_int8_mask_row(ca, 4, outliers);
        const float y = num_llm_int8_dot(x, ca, rx, cb, rw, 0, outliers, 4);
        EXPECT_NEAR(y - huge * 32 / 127 * 0.5f, 0.625, 0.01 + std::ldexp(huge, -10))
            << "32/127 * 0.5 is the weight's code";
    }
}

} // namespace
