#include "pe/num/requant.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

__extension__ typedef __int128 wide;

int32_t saturate(wide x)
{
    return (int32_t)std::max<wide>(std::numeric_limits<int32_t>::min(),
                                   std::min<wide>(std::numeric_limits<int32_t>::max(), x));
}

// Division of exact integers, rounded to nearest; ties away from zero.
wide divide_half_away(wide x, int exponent)
{
    const wide unit = (wide)1 << exponent;
    const wide magnitude = ((x < 0 ? -x : x) * 2 + unit) / (2 * unit);
    return x < 0 ? -magnitude : magnitude;
}

// floor(x / 2^exponent + 1/2) from truncating division.
wide divide_half_up(wide x, int exponent)
{
    const wide twice = 2 * x + ((wide)1 << exponent), unit = (wide)1 << (exponent + 1);
    wide quotient = twice / unit;
    if (twice % unit < 0) quotient--;
    return quotient;
}

const int32_t corners[] = {INT32_MIN, INT32_MIN + 1, -(1 << 30), -65536,   -3, -2, -1, 0, 1, 2,
                           3,         65535,         1 << 30,    INT32_MAX};

int32_t random_i32(test_random *random)
{
    if (test_random_range(random, 0, 3) == 0) return corners[test_random_range(random, 0, 13)];
    return (int32_t)(test_random_u64(random) >> 32) >> test_random_range(random, 0, 31);
}

TEST(NumRequant, PrimitivesEqualGemmlowp)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/gemmlowp_primitives.csv")) {
        const int32_t a = (int32_t)row.integer("a"), b = (int32_t)row.integer("b");
        const int32_t result = row.text("op") == "srdhm16"   ? num_srdhm16((int16_t)a, (int16_t)b)
                               : row.text("op") == "srdhm32" ? num_srdhm(a, b)
                                                             : num_rdbypot(a, b);
        EXPECT_EQ(result, row.integer("result")) << row.text("op") << ' ' << a << ' ' << b;
    }
}

TEST(NumRequant, PrimitivesEqualWideArithmetic)
{
    test_random random = {4711};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 40000; i++) {
        const int32_t a = random_i32(&random), b = random_i32(&random);
        const int e = i % 32;
        ASSERT_EQ(num_srdhm(a, b), saturate(divide_half_up((wide)a * b, 31))) << a << ' ' << b;
        ASSERT_EQ(num_rdbypot(a, e), saturate(divide_half_away(a, e))) << a << ' ' << e;
    }
}

TEST(NumRequant, QuantizesMultipliersAsTensorFlowLite)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/quantize_multiplier.csv")) {
        const num_multiplier m = num_quantize_multiplier(row.real("real"));
        EXPECT_EQ(m.multiplier, row.integer("multiplier_q31")) << row.text("real");
        EXPECT_EQ(m.shift, row.integer("shift")) << row.text("real");
    }
}

TEST(NumRequant, MultiplierIsWithinHalfAUnitOfTheReal)
{
    test_random random = {99};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 5000; i++) {
        const double real =
            std::ldexp(1.0 + (double)(test_random_u64(&random) >> 12) * 0x1p-52, (i % 58) - 31);
        const num_multiplier m = num_quantize_multiplier(real);
        ASSERT_GE(m.multiplier, 1 << 30);
        ASSERT_LE(std::fabs(std::ldexp(m.multiplier, m.shift - 31) - real), std::ldexp(0.5, m.shift - 31))
            << real;
    }
}

TEST(NumRequant, MultiplierOfUnusableRealsIsDefined)
{
    const double infinity = std::numeric_limits<double>::infinity();
    for (double real : {0.0, -0.0, -1.0, -infinity, std::nan(""), 5e-324, 0x1p-33, 0x1p-300}) {
        EXPECT_EQ(num_quantize_multiplier(real).multiplier, 0) << real;
        EXPECT_EQ(num_quantize_multiplier(real).shift, 0) << real;
    }
    for (double real : {0x1p30, 1e300, infinity}) {
        EXPECT_EQ(num_quantize_multiplier(real).multiplier, INT32_MAX) << real;
        EXPECT_EQ(num_quantize_multiplier(real).shift, 30) << real;
    }
    EXPECT_EQ(num_quantize_multiplier(std::nextafter(0x1p30, 0)).multiplier, INT32_MAX);
    EXPECT_EQ(num_quantize_multiplier(0x1p-32).shift, -31);
}

TEST(NumRequant, ScalesAsTensorFlowLite)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/requant.csv")) {
        const int32_t x = (int32_t)row.integer("acc");
        const num_multiplier m = {(int32_t)row.integer("multiplier_q31"), (int32_t)row.integer("shift")};
        SCOPED_TRACE(std::to_string(x) + " * " + row.text("multiplier_q31") + " << " + row.text("shift"));
        EXPECT_EQ(num_multiply_by_multiplier(x, m), row.integer("double_rounding"));
        EXPECT_EQ(num_multiply_by_multiplier_wide(x, m), row.integer("single_rounding"));
        EXPECT_EQ(num_multiply_by_multiplier_reduced(x, m), row.integer("acc64_reduced16"));
    }
}

TEST(NumRequant, ScalingEqualsWideArithmetic)
{
    test_random random = {12};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 40000; i++) {
        const int32_t x = random_i32(&random);
        const num_multiplier m = {(int32_t)test_random_range(&random, 1 << 30, INT32_MAX),
                                  (int32_t)test_random_range(&random, -31, 30)};
        const wide shifted = saturate(x * ((wide)1 << (m.shift > 0 ? m.shift : 0)));
        const wide high = saturate(divide_half_up(shifted * m.multiplier, 31));
        ASSERT_EQ(num_multiply_by_multiplier(x, m), divide_half_away(high, m.shift < 0 ? -m.shift : 0));

        const int64_t big = (int64_t)test_random_u64(&random) >> test_random_range(&random, 0, 63);
        ASSERT_EQ(num_multiply_by_multiplier_wide(big, m),
                  saturate(divide_half_up((wide)big * m.multiplier, 31 - m.shift)))
            << (long long)big << ' ' << m.multiplier << ' ' << m.shift;
    }
}

TEST(NumRequant, ExtremeAccumulatorsSaturate)
{
    // It is the shifted accumulator that saturates, before a multiplier of 1/2.
    EXPECT_EQ(num_multiply_by_multiplier(INT32_MAX, num_quantize_multiplier(2.0)), 1 << 30);
    EXPECT_EQ(num_multiply_by_multiplier(INT32_MIN, num_quantize_multiplier(1.0)), -(1 << 30));
    EXPECT_EQ(num_multiply_by_multiplier_wide(INT64_MAX, num_multiplier{INT32_MAX, 30}), INT32_MAX);
    EXPECT_EQ(num_multiply_by_multiplier_wide(INT64_MIN, num_multiplier{INT32_MAX, 30}), INT32_MIN);
    EXPECT_EQ(num_multiply_by_multiplier_wide(INT64_MIN, num_multiplier{0, 0}), 0);
}

TEST(NumRequant, HalfWidthMultiplyEqualsItsDefinitionOnCorners)
{
    const int16_t values[] = {INT16_MIN, INT16_MIN + 1, -16384, -3, -1, 0, 1, 2, 16384, INT16_MAX};
    for (int16_t a : values) {
        for (int16_t b : values) {
            const wide exact = divide_half_up((wide)a * b, 15);
            EXPECT_EQ(num_srdhm16(a, b), exact > INT16_MAX ? INT16_MAX : exact) << a << ' ' << b;
        }
    }
}

TEST(NumRequant, ReducedMultiplierEqualsWideArithmetic)
{
    test_random random = {47};
    SCOPED_TRACE(random.state);
    for (int i = 0; i < 40000; i++) {
        const num_multiplier m = {(int32_t)(i % 16 ? test_random_range(&random, 1 << 30, INT32_MAX)
                                                   : test_random_range(&random, 0x7FFE7FFF, INT32_MAX)),
                                  (int32_t)test_random_range(&random, -31, 7)};
        const int64_t x = (int64_t)test_random_u64(&random) >> test_random_range(&random, 16, 63);
        const wide reduced = std::min<wide>(32767, divide_half_up(m.multiplier, 16));
        ASSERT_EQ(num_multiply_by_multiplier_reduced(x, m),
                  saturate(divide_half_up(x * reduced, 15 - m.shift)))
            << (long long)x << ' ' << m.multiplier << ' ' << m.shift;
    }
    EXPECT_EQ(num_multiply_by_multiplier_reduced((int64_t)1 << 47, num_multiplier{INT32_MAX, 7}), INT32_MAX);
    EXPECT_EQ(num_multiply_by_multiplier_reduced(-((int64_t)1 << 47), num_multiplier{INT32_MAX, 7}),
              INT32_MIN);
}

TEST(NumRequant, DyadicEqualsTheReleasedProgramsAndThePapersFigures)
{
    for (const CsvRow &row : csv_read("tests/data/nonlinear/dyadic.csv")) {
        SCOPED_TRACE(row.text("b") + " / 2^" + row.text("c") + " * " + row.text("acc"));
        const num_multiplier m = num_quantize_multiplier(row.real("real_scale"));
        EXPECT_EQ(m.multiplier, row.integer("b"));
        EXPECT_EQ(31 - m.shift, row.integer("c"));
        const int64_t acc = row.integer("acc");
        EXPECT_EQ(num_multiply_by_dyadic(acc, m, NUM_DYADIC_EVEN), row.integer("round_half_even"));
        EXPECT_EQ(num_multiply_by_dyadic(acc, m, NUM_DYADIC_FLOOR), row.integer("floor"));
        EXPECT_EQ(num_multiply_by_multiplier_wide(acc, m), row.integer("round_half_up"));
    }
}

TEST(NumRequant, DyadicRoundsNegativeAndExtremeProducts)
{
    const num_multiplier half = {1 << 30, 0}, minus_half = {-(1 << 30), 0};
    EXPECT_EQ(num_multiply_by_dyadic(-3, half, NUM_DYADIC_EVEN), -2);
    EXPECT_EQ(num_multiply_by_dyadic(-1, half, NUM_DYADIC_EVEN), 0);
    EXPECT_EQ(num_multiply_by_dyadic(-3, half, NUM_DYADIC_FLOOR), -2);
    EXPECT_EQ(num_multiply_by_dyadic(5, minus_half, NUM_DYADIC_EVEN), -2);
    EXPECT_EQ(num_multiply_by_dyadic(5, minus_half, NUM_DYADIC_FLOOR), -3);
    for (num_dyadic_rounding rounding : {NUM_DYADIC_EVEN, NUM_DYADIC_FLOOR}) {
        EXPECT_EQ(num_multiply_by_dyadic(INT64_MIN, num_multiplier{INT32_MAX, 30}, rounding), INT32_MIN);
        EXPECT_EQ(num_multiply_by_dyadic(INT64_MAX, num_multiplier{INT32_MAX, 30}, rounding), INT32_MAX);
    }
}

// Both forms of the accumulator: products of differences, and raw products corrected by row and column sums
// (Jacob et al.).
TEST(NumRequant, MatrixProductsWithZeroPointsEqualTheVectors)
{
    for (const Json &c : json_read("tests/data/nonlinear/jacob_gemm_u8.json")) {
        const num_multiplier m = num_quantize_multiplier(c["real_multiplier"].real());
        EXPECT_EQ(m.multiplier, c["multiplier_q31"].integer());
        EXPECT_EQ(m.shift, c["shift"].integer());
        const long long z1 = c["lhs_zero_point"].integer(), z2 = c["rhs_zero_point"].integer();
        const size_t depth = c["rhs"].size();
        for (size_t i = 0; i < c["lhs"].size(); i++) {
            for (size_t k = 0; k < c["bias"].size(); k++) {
                long long direct = c["bias"][k].integer(), raw = direct, row_sum = 0, column_sum = 0;
                for (size_t j = 0; j < depth; j++) {
                    const long long a = c["lhs"][i][j].integer(), b = c["rhs"][j][k].integer();
                    direct += (a - z1) * (b - z2);
                    raw += a * b;
                    row_sum += a;
                    column_sum += b;
                }
                EXPECT_EQ(row_sum, c["row_sums"][i].integer());
                EXPECT_EQ(column_sum, c["col_sums"][k].integer());
                EXPECT_EQ(raw - z1 * column_sum - z2 * row_sum + (long long)depth * z1 * z2, direct);
                EXPECT_EQ(direct, c["acc"][i][k].integer());
                const long long out =
                    c["out_zero_point"].integer() + num_multiply_by_multiplier((int32_t)direct, m);
                EXPECT_EQ(std::min(255LL, std::max(0LL, out)), c["out_u8"][i][k].integer());
            }
        }
    }
}

TEST(NumRequant, RowsEqualSingleElements)
{
    test_random random = {91};
    for (int round = 0; round < 400; round++) {
        SCOPED_TRACE(random.state);
        const num_multiplier m = {round % 9 == 0 ? 0
                                                 : (int32_t)test_random_range(&random, 1 << 30, INT32_MAX),
                                  (int32_t)test_random_range(&random, -31, 3)};
        std::vector<int32_t> x((size_t)test_random_range(&random, 0, 70)), out(x.size());
        for (int32_t &v : x) {
            const int64_t size = (int64_t)1 << test_random_range(&random, 0, 31);
            v = (int32_t)test_random_range(&random, -size, size - 1);
        }
        if (x.size() > 2) x[0] = INT32_MIN, x[1] = INT32_MAX;
        num_multiply_by_multiplier_row(x.data(), x.size(), m, out.data());
        for (size_t i = 0; i < x.size(); i++)
            ASSERT_EQ(out[i], num_multiply_by_multiplier(x[i], m))
                << x[i] << ' ' << m.multiplier << ' ' << m.shift;
        num_multiply_by_multiplier_row(x.data(), x.size(), m, x.data());
        ASSERT_EQ(x, out);
    }
}

} // namespace
