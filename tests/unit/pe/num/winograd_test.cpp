#include "pe/num/winograd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/support/csv.h"
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

template <typename T> std::vector<T> flatten_as(const Json &rows)
{
    const std::vector<int32_t> values = flatten(rows);
    return {values.begin(), values.end()};
}

TEST(NumWinograd, TilesEqualThePublishedOnes)
{
    for (num_winograd f : {NUM_WINOGRAD_F2, NUM_WINOGRAD_F4}) {
        const Json file = json_read(f == NUM_WINOGRAD_F2 ? "tests/data/conv/wino_f2_tiles.json"
                                                         : "tests/data/conv/wino_f4_tiles.json");
        EXPECT_EQ(file["scale_2d"].integer(), num_winograd_scale(f));
        for (const Json &tile : file["tiles"]) {
            const size_t taps = num_winograd_taps(f),
                         outputs = num_winograd_outputs(f) * num_winograd_outputs(f);
            std::vector<int32_t> v(taps), u(taps);
            num_winograd_input(f, flatten(tile["x"]).data(), v.data());
            num_winograd_weight(f, flatten(tile["f"]).data(), u.data());
            EXPECT_EQ(v, flatten(tile["V"]));
            EXPECT_EQ(u, flatten(tile["U_scaled"]));
            std::vector<int64_t> m(taps), z(outputs);
            for (size_t i = 0; i < taps; i++) m[i] = (int64_t)u[i] * v[i];
            num_winograd_output(f, m.data(), z.data());
            EXPECT_EQ(z, flatten_as<int64_t>(tile["Z_scaled"]));
            const std::vector<int64_t> y = flatten_as<int64_t>(tile["Y"]);
            for (size_t i = 0; i < outputs; i++) EXPECT_EQ(z[i], y[i] * num_winograd_scale(f));
        }
    }
}

// One transform as a function of a square of integers.
struct Transform {
    std::string name;
    size_t inputs, outputs; // of one side
    std::vector<int64_t> (*apply)(const std::vector<int32_t> &);
};

template <num_winograd f, void (*transform)(num_winograd, const int32_t *, int32_t *)>
std::vector<int64_t> narrow_transform(const std::vector<int32_t> &x)
{
    std::vector<int32_t> out(num_winograd_taps(f));
    transform(f, x.data(), out.data());
    return wide(out);
}

template <num_winograd f> std::vector<int64_t> output_transform(const std::vector<int32_t> &x)
{
    const std::vector<int64_t> m(x.begin(), x.end());
    std::vector<int64_t> z((size_t)num_winograd_outputs(f) * num_winograd_outputs(f));
    num_winograd_output(f, m.data(), z.data());
    return z;
}

// Largest and smallest value of each tap for inputs in [low, high], from the response to each unit input.
void check_growth(const CsvRow &row, const Transform &t, int low, int high)
{
    const size_t tap = (size_t)row.integer("row_or_k") * t.outputs + (size_t)row.integer("col_l");
    int64_t gain = 0, min = 0, max = 0;
    for (size_t i = 0; i < t.inputs * t.inputs; i++) {
        std::vector<int32_t> unit(t.inputs * t.inputs);
        unit[i] = 1;
        const int64_t c = t.apply(unit)[tap];
        gain += std::abs(c);
        min += c > 0 ? c * low : c * high;
        max += c > 0 ? c * high : c * low;
    }
    EXPECT_EQ(gain, row.integer("L1_gain"));
    EXPECT_EQ(min, row.integer("min"));
    EXPECT_EQ(max, row.integer("max"));
    int bits = 1;
    while (min < -((int64_t)1 << (bits - 1)) || max >= (int64_t)1 << (bits - 1)) bits++;
    EXPECT_EQ(bits, row.integer("signed_bits"));
}

TEST(NumWinograd, BitGrowthEqualsThePublishedTable)
{
    const Transform transforms[] = {
        {"F2_B_int8_2d", 4, 4, narrow_transform<NUM_WINOGRAD_F2, num_winograd_input>},
        {"F4_B_int8_2d", 6, 6, narrow_transform<NUM_WINOGRAD_F4, num_winograd_input>},
        {"F2_2G_int8_2d", 3, 4, narrow_transform<NUM_WINOGRAD_F2, num_winograd_weight>},
        {"F4_24G_int8_2d", 3, 6, narrow_transform<NUM_WINOGRAD_F4, num_winograd_weight>},
        {"F2_A_unit_2d", 4, 2, output_transform<NUM_WINOGRAD_F2>},
        {"F4_A_unit_2d", 6, 4, output_transform<NUM_WINOGRAD_F4>},
    };
    int checked = 0;
    for (const CsvRow &row : csv_read("tests/data/conv/wino_bitgrowth.csv")) {
        SCOPED_TRACE(row.text("matrix") + ' ' + row.text("row_or_k") + ' ' + row.text("col_l"));
        for (const Transform &t : transforms) {
            if (t.name != row.text("matrix")) continue;
            const bool unit = t.name.find("unit") != std::string::npos;
            check_growth(row, t, unit ? -1 : -128, unit ? 1 : 127);
            checked++;
        }
    }
    EXPECT_EQ(checked, 2 * 16 + 2 * 36 + 4 + 16); // the one-dimensional rows are factors of these
}

// A layer of half-normal activations and Gaussian weights in int8, its taps exact: [cin][tile][tap],
// [cout][cin][tap].
struct TapLayer {
    num_winograd f;
    size_t cin, cout, tiles;
    std::vector<int32_t> v, u;
};

double gauss(test_random *random)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += (double)(test_random_u64(random) >> 11) * 0x1p-53;
    return sum;
}

// Codes of n Gaussian values (or of their magnitudes), the largest at 127.
std::vector<int32_t> gaussian_codes(test_random *random, size_t n, bool magnitudes)
{
    std::vector<double> x(n);
    double largest = 0;
    for (double &value : x) {
        value = gauss(random);
        if (magnitudes) value = std::fabs(value);
        largest = std::max(largest, std::fabs(value));
    }
    std::vector<int32_t> codes;
    for (double value : x) codes.push_back((int32_t)std::lround(value / largest * 127));
    return codes;
}

TapLayer tap_layer(num_winograd f, test_random *random)
{
    const size_t side = 24, n = num_winograd_inputs(f), step = num_winograd_outputs(f),
                 taps = num_winograd_taps(f);
    TapLayer layer = {f, 64, 8, (side / step) * (side / step), {}, {}};
    const size_t pixels = (side + 2) * (side + 2);
    const std::vector<int32_t> images = gaussian_codes(random, layer.cin * pixels, true);
    for (size_t c = 0; c < layer.cin; c++) {
        const int32_t *image = &images[c * pixels];
        for (size_t t = 0; t < layer.tiles; t++) {
            std::vector<int32_t> tile, v(taps);
            for (size_t i = 0; i < n * n; i++)
                tile.push_back(image[(t / (side / step) * step + i / n) * (side + 2) +
                                     t % (side / step) * step + i % n]);
            num_winograd_input(f, tile.data(), v.data());
            layer.v.insert(layer.v.end(), v.begin(), v.end());
        }
    }
    const std::vector<int32_t> kernels = gaussian_codes(random, layer.cout * layer.cin * 9, false);
    for (size_t k = 0; k < layer.cout * layer.cin; k++) {
        std::vector<int32_t> u(taps);
        num_winograd_weight(f, &kernels[k * 9], u.data());
        layer.u.insert(layer.u.end(), u.begin(), u.end());
    }
    return layer;
}

// Every tap divided by its scale, rounded, clipped, and multiplied by it again.
std::vector<double> quantised_taps(const std::vector<int32_t> &x, size_t taps, const std::string &mode,
                                   unsigned bits)
{
    std::vector<double> largest(taps), out;
    for (size_t i = 0; i < x.size(); i++) largest[i % taps] = std::max(largest[i % taps], std::fabs(x[i]));
    if (mode.compare(0, 6, "single") == 0)
        largest.assign(taps, *std::max_element(largest.begin(), largest.end()));
    const bool power_of_two = mode.find("po2") != std::string::npos;
    const double limit = (double)((1 << (bits - 1)) - 1);
    for (size_t i = 0; i < x.size(); i++) {
        // Integers need no finer step than 1.
        double scale = num_winograd_tap_scale(largest[i % taps], bits, power_of_two);
        if (power_of_two) scale = std::max(scale, 1.0);
        out.push_back(scale * std::max(-limit - 1, std::min(limit, std::floor(x[i] / scale + 0.5))));
    }
    return out;
}

std::vector<int64_t> tap_outputs(const TapLayer &layer, const std::vector<double> &v,
                                 const std::vector<double> &u)
{
    const size_t taps = num_winograd_taps(layer.f),
                 outputs = (size_t)num_winograd_outputs(layer.f) * num_winograd_outputs(layer.f);
    std::vector<int64_t> all;
    for (size_t t = 0; t < layer.tiles; t++) {
        for (size_t o = 0; o < layer.cout; o++) {
            std::vector<double> m(taps);
            for (size_t c = 0; c < layer.cin; c++)
                for (size_t i = 0; i < taps; i++)
                    m[i] += v[(c * layer.tiles + t) * taps + i] * u[(o * layer.cin + c) * taps + i];
            std::vector<int64_t> rounded(taps), z(outputs);
            for (size_t i = 0; i < taps; i++) rounded[i] = std::llround(m[i] * 16);
            num_winograd_output(layer.f, rounded.data(), z.data());
            all.insert(all.end(), z.begin(), z.end());
        }
    }
    return all;
}

TEST(NumWinograd, TapWiseScalesGainWhatThePublishedStudyGained)
{
    test_random random = {1234};
    const TapLayer layers[] = {tap_layer(NUM_WINOGRAD_F2, &random), tap_layer(NUM_WINOGRAD_F4, &random)};
    std::vector<int64_t> exact[2];
    std::map<std::string, std::map<std::string, double>> f4_sqnr;
    for (int l = 0; l < 2; l++)
        exact[l] = tap_outputs(layers[l], {layers[l].v.begin(), layers[l].v.end()},
                               {layers[l].u.begin(), layers[l].u.end()});
    for (const CsvRow &row : csv_read("tests/data/conv/wino_sqnr.csv")) {
        if (row.text("scale_mode") == "none") continue;
        const int l = row.text("tile") == "F4";
        const size_t taps = num_winograd_taps(layers[l].f);
        const std::vector<int64_t> got = tap_outputs(
            layers[l],
            quantised_taps(layers[l].v, taps, row.text("scale_mode"), (unsigned)row.integer("bits_in")),
            quantised_taps(layers[l].u, taps, row.text("scale_mode"), (unsigned)row.integer("bits_w")));
        double signal = 0, noise = 0;
        for (size_t i = 0; i < got.size(); i++) {
            signal += (double)exact[l][i] * (double)exact[l][i];
            noise += (double)(got[i] - exact[l][i]) * (double)(got[i] - exact[l][i]);
        }
        const double sqnr = 10 * std::log10(signal / noise), published = row.real("sqnr_db_vs_int8_direct");
        // Other draws than the study's: whether the largest tap just passes a power of two differs, worth one
        // bit.
        const bool power_of_two = row.text("scale_mode").find("po2") != std::string::npos;
        SCOPED_TRACE(row.text("tile") + ' ' + row.text("scale_mode") + ' ' + row.text("bits_w"));
        if (std::isfinite(published) && std::isfinite(sqnr))
            EXPECT_NEAR(sqnr, published, power_of_two ? 6 : 5);
        else
            EXPECT_GT(std::min(sqnr, published), 25);
        if (l == 1) f4_sqnr[row.text("bits_in") + '/' + row.text("bits_w")][row.text("scale_mode")] = sqnr;
    }
    EXPECT_EQ(f4_sqnr.size(), 4u);
    for (auto &widths : f4_sqnr) { // the paper's point: a scale per tap is what makes F4 usable
        EXPECT_GT(widths.second["tap"], widths.second["single"] + 10) << widths.first;
        EXPECT_GT(widths.second["tap_po2"], widths.second["single_po2"] + 10) << widths.first;
    }
}

} // namespace
