#include "pe/num/winograd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

using Matrix = std::vector<std::vector<int64_t>>;

struct Matrices {
    Matrix bt, g, at; // g times 2 or 24
};

// As printed in the paper and in wincnn, not as adder networks.
const Matrices f2 = {{{1, 0, -1, 0}, {0, 1, 1, 0}, {0, -1, 1, 0}, {0, 1, 0, -1}},
                     {{2, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 2}},
                     {{1, 1, 1, 0}, {0, 1, -1, -1}}};
const Matrices f4 = {{{4, 0, -5, 0, 1, 0},
                      {0, -4, -4, 1, 1, 0},
                      {0, 4, -4, -1, 1, 0},
                      {0, -2, -1, 2, 1, 0},
                      {0, 2, -1, -2, 1, 0},
                      {0, 4, 0, -5, 0, 1}},
                     {{6, 0, 0}, {-4, -4, -4}, {-4, 4, -4}, {1, 2, 4}, {1, -2, 4}, {0, 0, 24}},
                     {{1, 1, 1, 1, 1, 0}, {0, 1, -1, 2, -2, 0}, {0, 1, 1, 4, 4, 0}, {0, 1, -1, 8, -8, 1}}};

// L x L^T
template <typename T> std::vector<int64_t> sandwich(const Matrix &l, const std::vector<T> &x)
{
    const size_t rows = l.size(), n = l[0].size();
    std::vector<int64_t> out(rows * rows);
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < rows; j++) {
            for (size_t a = 0; a < n; a++) {
                for (size_t b = 0; b < n; b++) out[i * rows + j] += l[i][a] * x[a * n + b] * l[j][b];
            }
        }
    }
    return out;
}

template <typename T> std::vector<int64_t> wide(const std::vector<T> &x) { return {x.begin(), x.end()}; }

std::vector<int32_t> random_int8(test_random *random, size_t n, int round)
{
    std::vector<int32_t> x(n);
    for (int32_t &v : x)
        v = (int32_t)(round % 3 == 0 ? (test_random_u64(random) % 2 ? 127 : -128)
                                     : test_random_range(random, -128, 127));
    return x;
}

int64_t correlation(const std::vector<int32_t> &x, size_t n, const std::vector<int32_t> &w, size_t i,
                    size_t j)
{
    int64_t sum = 0;
    for (size_t a = 0; a < 3; a++) {
        for (size_t b = 0; b < 3; b++) sum += (int64_t)x[(i + a) * n + j + b] * w[a * 3 + b];
    }
    return sum;
}

TEST(NumWinograd, NetworksEqualTheMatricesAndComputeTheCorrelation)
{
    test_random random = {1618};
    SCOPED_TRACE(random.state);
    for (num_winograd f : {NUM_WINOGRAD_F2, NUM_WINOGRAD_F4}) {
        const Matrices &m = f == NUM_WINOGRAD_F2 ? f2 : f4;
        const size_t n = num_winograd_inputs(f), outputs = num_winograd_outputs(f),
                     taps = num_winograd_taps(f);
        int32_t v_limit = 0, u_limit = 0;
        for (int round = 0; round < 1000; round++) {
            const std::vector<int32_t> x = random_int8(&random, n * n, round),
                                       w = random_int8(&random, 9, round);
            std::vector<int32_t> v(taps), u(taps);
            num_winograd_input(f, x.data(), v.data());
            num_winograd_weight(f, w.data(), u.data());
            ASSERT_EQ(wide(v), sandwich(m.bt, x));
            ASSERT_EQ(wide(u), sandwich(m.g, w));
            std::vector<int64_t> product(taps), z(outputs * outputs);
            for (size_t i = 0; i < taps; i++) product[i] = (int64_t)u[i] * v[i];
            num_winograd_output(f, product.data(), z.data());
            ASSERT_EQ(z, sandwich(m.at, product));
            for (size_t i = 0; i < z.size(); i++) {
                ASSERT_EQ(z[i], num_winograd_scale(f) * correlation(x, n, w, i / outputs, i % outputs));
            }
            for (int32_t t : v) v_limit = std::max(v_limit, std::abs(t));
            for (int32_t t : u) u_limit = std::max(u_limit, std::abs(t));
        }
        EXPECT_LE(v_limit, f == NUM_WINOGRAD_F2 ? 512 : 12768);
        EXPECT_LE(u_limit, f == NUM_WINOGRAD_F2 ? 1152 : 73728);
    }
}

std::vector<int32_t> flatten(const Json &rows)
{
    std::vector<int32_t> out;
    for (const Json &row : rows) {
        for (const Json &cell : row) out.push_back((int32_t)cell.integer());
    }
    return out;
}

std::vector<uint8_t> bytes(const Json &rows)
{
    const std::vector<int32_t> values = flatten(rows);
    return {values.begin(), values.end()};
}

// The F4 tile at (row, column) of a padded channel.
std::vector<int32_t> tile_of(const std::vector<int32_t> &x, int height, int width, int row, int column)
{
    std::vector<int32_t> tile;
    for (int i = row - 1; i < row + 5; i++) {
        for (int j = column - 1; j < column + 5; j++) {
            const bool inside = i >= 0 && j >= 0 && i < height && j < width;
            tile.push_back(inside ? x[(size_t)(i * width + j)] : 0);
        }
    }
    return tile;
}

void check_layer(const std::string &name)
{
    SCOPED_TRACE(name);
    const Json layer = json_read("tests/data/conv/" + name);
    const unsigned bits_in = (unsigned)layer["bits_in"].integer(),
                   bits_w = (unsigned)layer["bits_w"].integer();
    const std::vector<uint8_t> beta = bytes(layer["shift_in"]), gamma = bytes(layer["shift_w"]);
    const std::vector<int32_t> vmax = flatten(layer["vmax"]), umax = flatten(layer["umax"]);
    for (size_t i = 0; i < 36; i++) {
        EXPECT_EQ(num_winograd_shift((uint32_t)vmax[i], bits_in), beta[i]);
        EXPECT_EQ(num_winograd_shift((uint32_t)umax[i], bits_w), gamma[i]);
    }
    for (int row = 0; row < 8; row += 4) {
        for (int column = 0; column < 8; column += 4) {
            for (size_t o = 0; o < layer["f"].size(); o++) {
                std::vector<int32_t> acc(36);
                for (size_t c = 0; c < layer["x"].size(); c++) {
                    const std::vector<int32_t> tile = tile_of(flatten(layer["x"][c]), 8, 8, row, column);
                    std::vector<int32_t> v(36), u(36);
                    num_winograd_input(NUM_WINOGRAD_F4, tile.data(), v.data());
                    num_winograd_weight(NUM_WINOGRAD_F4, flatten(layer["f"][o][c]).data(), u.data());
                    num_winograd_quantise(NUM_WINOGRAD_F4, v.data(), beta.data(), bits_in, v.data());
                    num_winograd_quantise(NUM_WINOGRAD_F4, u.data(), gamma.data(), bits_w, u.data());
                    for (size_t i = 0; i < 36; i++) acc[i] += v[i] * u[i];
                }
                int64_t m[36], z[16];
                EXPECT_EQ(num_winograd_align(NUM_WINOGRAD_F4, acc.data(), beta.data(), gamma.data(), m),
                          layer["emin"].integer());
                num_winograd_output(NUM_WINOGRAD_F4, m, z);
                for (size_t i = 0; i < 16; i++) {
                    const size_t y = (size_t)row + i / 4, x = (size_t)column + i % 4;
                    EXPECT_EQ(z[i], layer["z_winograd"][o][y][x].integer());
                    EXPECT_EQ(num_winograd_requantise(z[i], (int32_t)layer["mult_wino"].integer(),
                                                      (unsigned)layer["shift_wino"].integer()),
                              layer["out_wino_int8"][o][y][x].integer());
                }
            }
        }
    }
}

TEST(NumWinograd, TapWiseLayersEqualThePublishedOnes)
{
    check_layer("wino_f4_tapwise_layer_8b.json");
    check_layer("wino_f4_tapwise_layer_10b.json");
}

TEST(NumWinograd, ScalesAndShiftsAreTheSmallestThatHold)
{
    for (unsigned bits = 2; bits <= 16; bits++) {
        const int64_t limit = (1 << (bits - 1)) - 1;
        for (uint32_t max : {0u, 1u, 127u, 128u, 12768u, 73728u, UINT32_MAX}) {
            const unsigned shift = num_winograd_shift(max, bits);
            EXPECT_LE(num_winograd_round(max, shift), limit);
            if (shift > 0) {
                EXPECT_GT(num_winograd_round(max, shift - 1), limit);
            }
        }
    }
    EXPECT_EQ(num_winograd_tap_scale(127, 8, true), 1);
    EXPECT_EQ(num_winograd_tap_scale(127.5, 8, true), 2);
    EXPECT_NEAR(num_winograd_tap_scale(12.7, 8, false), 0.1, 1e-15);
    EXPECT_EQ(num_winograd_tap_scale(0, 8, true), 0);
    EXPECT_EQ(num_winograd_round(-3, 1), -1) << "ties towards +infinity";
    EXPECT_EQ(num_winograd_requantise(INT64_MAX, INT32_MAX, 1), 127);
    EXPECT_EQ(num_winograd_requantise(INT64_MIN, INT32_MAX, 62), -128);
}

TEST(NumWinograd, QuantiseSaturates)
{
    std::vector<int32_t> taps(16, 1000), out(16);
    taps[0] = -1000;
    std::vector<uint8_t> shifts(16, 0);
    shifts[5] = 4;
    num_winograd_quantise(NUM_WINOGRAD_F2, taps.data(), shifts.data(), 8, out.data());
    EXPECT_EQ(out[0], -128);
    EXPECT_EQ(out[1], 127);
    EXPECT_EQ(out[5], 63);
}

} // namespace
