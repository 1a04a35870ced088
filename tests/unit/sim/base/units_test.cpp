#include "sim/base/units.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/random.h"

struct UintCase {
    const char *text;
    fl_unit unit;
    uint64_t value;
};

TEST(Units, ParsesWholeNumbersExactly)
{
    const UintCase cases[] = {
        {"192 KiB", FL_UNIT_BYTES, 196608},
        {"0.5 MiB", FL_UNIT_BYTES, 524288},
        {"64 B", FL_UNIT_BYTES, 64},
        {"64B", FL_UNIT_BYTES, 64},
        {"1.5KiB", FL_UNIT_BYTES, 1536},
        {"0.0009765625 KiB", FL_UNIT_BYTES, 1},
        {"8388608 GiB", FL_UNIT_BYTES, UINT64_C(1) << 53},
        {"1 GHz", FL_UNIT_HERTZ, 1000000000},
        {"500 MHz", FL_UNIT_HERTZ, 500000000},
        {"833 ps", FL_UNIT_PICOSECONDS, 833},
        {"14.06 ns", FL_UNIT_PICOSECONDS, 14060},
        {"7.8 us", FL_UNIT_PICOSECONDS, 7800000},
        {"1 s", FL_UNIT_PICOSECONDS, UINT64_C(1000000000000)},
        {"16 cycles", FL_UNIT_CYCLES, 16},
        {"16", FL_UNIT_CYCLES, 16},
        {"1e3", FL_UNIT_NONE, 1000},
        {"1200e-2", FL_UNIT_NONE, 12},
        {"+7", FL_UNIT_NONE, 7},
        {"-0", FL_UNIT_NONE, 0},
        {"000000000000000000000000000012", FL_UNIT_NONE, 12},
        {"0.000e999", FL_UNIT_NONE, 0},
        {"12.0000000000000000000000000", FL_UNIT_NONE, 12},
        {"9007199254740992", FL_UNIT_NONE, UINT64_C(1) << 53},
    };
    for (const auto &c : cases) {
        uint64_t value = ~UINT64_C(0);
        EXPECT_EQ(fl_quantity_uint(c.text, c.unit, &value), FL_QUANTITY_OK) << c.text;
        EXPECT_EQ(value, c.value) << c.text;
    }
}

struct FaultCase {
    const char *text;
    fl_unit unit;
    fl_quantity_fault fault;
};

TEST(Units, RefusesWhatIsNotAWholeNumberOfBaseUnits)
{
    const FaultCase cases[] = {
        {"", FL_UNIT_NONE, FL_QUANTITY_NOT_A_NUMBER},
        {".", FL_UNIT_NONE, FL_QUANTITY_NOT_A_NUMBER},
        {"-", FL_UNIT_NONE, FL_QUANTITY_NOT_A_NUMBER},
        {"KiB", FL_UNIT_BYTES, FL_QUANTITY_NOT_A_NUMBER},
        {"1.2.3", FL_UNIT_NONE, FL_QUANTITY_NOT_A_NUMBER},
        {"1-2", FL_UNIT_NONE, FL_QUANTITY_NOT_A_NUMBER},
        {"0x10", FL_UNIT_NONE, FL_QUANTITY_UNKNOWN_UNIT},
        {"1e", FL_UNIT_NONE, FL_QUANTITY_UNKNOWN_UNIT},
        {"64 KiB", FL_UNIT_NONE, FL_QUANTITY_UNKNOWN_UNIT},
        {"128 KB", FL_UNIT_BYTES, FL_QUANTITY_UNKNOWN_UNIT},
        {"128 kib", FL_UNIT_BYTES, FL_QUANTITY_UNKNOWN_UNIT},
        {"128", FL_UNIT_BYTES, FL_QUANTITY_NO_UNIT},
        {"-1 B", FL_UNIT_BYTES, FL_QUANTITY_NEGATIVE},
        {"0.3 KiB", FL_UNIT_BYTES, FL_QUANTITY_FRACTION},
        {"0.0005 ns", FL_UNIT_PICOSECONDS, FL_QUANTITY_FRACTION},
        {"1e-4000", FL_UNIT_NONE, FL_QUANTITY_FRACTION},
        {"9007199254740993", FL_UNIT_NONE, FL_QUANTITY_TOO_LARGE},
        {"18446744073709551617", FL_UNIT_NONE, FL_QUANTITY_TOO_LARGE},
        {"340282366920938463463374607431768211457", FL_UNIT_NONE, FL_QUANTITY_TOO_LARGE},
        {"8388609 GiB", FL_UNIT_BYTES, FL_QUANTITY_TOO_LARGE},
        {"1e99999999999999999999", FL_UNIT_NONE, FL_QUANTITY_TOO_LARGE},
    };
    for (const auto &c : cases) {
        uint64_t value;
        EXPECT_EQ(fl_quantity_uint(c.text, c.unit, &value), c.fault) << c.text;
    }
}

TEST(Units, RoundsRealNumbersOnce)
{
    struct {
        const char *text;
        fl_unit unit;
        double value;
    } cases[] = {
        {"0.14 pJ", FL_UNIT_PICOJOULES, 0.14},       {"12 fJ", FL_UNIT_PICOJOULES, 0.012},
        {"0.14 nJ", FL_UNIT_PICOJOULES, 140},        {"0.033 pJ/bit", FL_UNIT_PJ_PER_BIT, 0.033},
        {"79.57 um2", FL_UNIT_UM2, 79.57},           {"0.3 mm2", FL_UNIT_UM2, 300000},
        {"8010 um2/KiB", FL_UNIT_UM2_PER_KIB, 8010}, {"1.2 uW", FL_UNIT_MILLIWATTS, 0.0012},
        {"0.3 W", FL_UNIT_MILLIWATTS, 300},          {"484.6 mW", FL_UNIT_MILLIWATTS, 484.6},
        {"-1.5e-3", FL_UNIT_NONE, -0.0015},          {"0.1", FL_UNIT_NONE, 0.1},
    };
    for (const auto &c : cases) {
        double value = NAN;
        EXPECT_EQ(fl_quantity_real(c.text, c.unit, &value), FL_QUANTITY_OK) << c.text;
        EXPECT_EQ(value, c.value) << c.text;
    }
}

TEST(Units, RefusesRealsThatAreNotFiniteOrTooLong)
{
    double value;
    EXPECT_EQ(fl_quantity_real("1e400", FL_UNIT_NONE, &value), FL_QUANTITY_TOO_LARGE);
    EXPECT_EQ(fl_quantity_real("nan", FL_UNIT_NONE, &value), FL_QUANTITY_NOT_A_NUMBER);
    EXPECT_EQ(fl_quantity_real("inf", FL_UNIT_NONE, &value), FL_QUANTITY_NOT_A_NUMBER);
    EXPECT_EQ(fl_quantity_real("0.1234567890123456789", FL_UNIT_NONE, &value), FL_QUANTITY_TOO_LONG);
}

TEST(Units, PrintsInTheMostReadableUnit)
{
    const UintCase cases[] = {
        {"192 KiB", FL_UNIT_BYTES, 196608},
        {"1.5 MiB", FL_UNIT_BYTES, 1572864},
        {"1000 B", FL_UNIT_BYTES, 1000},
        {"0 B", FL_UNIT_BYTES, 0},
        {"1 GHz", FL_UNIT_HERTZ, 1000000000},
        {"800 MHz", FL_UNIT_HERTZ, 800000000},
        {"14.06 ns", FL_UNIT_PICOSECONDS, 14060},
        {"833 ps", FL_UNIT_PICOSECONDS, 833},
        {"1234.567 ns", FL_UNIT_PICOSECONDS, 1234567},
        {"16 cycles", FL_UNIT_CYCLES, 16},
        {"100", FL_UNIT_NONE, 100},
    };
    for (const auto &c : cases) {
        char text[FL_QUANTITY_TEXT];
        EXPECT_STREQ(fl_quantity_print_uint(text, sizeof text, c.value, c.unit), c.text);
    }
    char text[FL_QUANTITY_TEXT];
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 0.012, FL_UNIT_PICOJOULES), "12 fJ");
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 0.0, FL_UNIT_PICOJOULES), "0 pJ");
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 100.0, FL_UNIT_PICOJOULES), "100 pJ");
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 300000.0, FL_UNIT_UM2), "300000 um2");
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 2500000.0, FL_UNIT_UM2), "2.5 mm2");
    EXPECT_STREQ(fl_quantity_print_real(text, sizeof text, 0.1, FL_UNIT_NONE), "0.1");
}

TEST(Units, PrintedQuantitiesParseBackToTheSameValue)
{
    const uint64_t seed = 7;
    SCOPED_TRACE(seed);
    test_random r = {seed};
    for (int i = 0; i < 3000; i++) {
        char text[FL_QUANTITY_TEXT];
        auto uint_unit = (fl_unit)test_random_range(&r, FL_UNIT_NONE, FL_UNIT_CYCLES);
        uint64_t value = (test_random_u64(&r) >> 11) >> test_random_range(&r, 0, 52), back = 0;
        fl_quantity_print_uint(text, sizeof text, value, uint_unit);
        ASSERT_EQ(fl_quantity_uint(text, uint_unit, &back), FL_QUANTITY_OK) << text;
        ASSERT_EQ(back, value) << text;

        auto real_unit = (fl_unit)test_random_range(&r, FL_UNIT_PICOJOULES, FL_UNIT_MILLIVOLTS);
        double real = std::ldexp((double)(test_random_u64(&r) >> 11), (int)test_random_range(&r, -90, 10)),
               same = 0;
        fl_quantity_print_real(text, sizeof text, real, real_unit);
        ASSERT_EQ(fl_quantity_real(text, real_unit, &same), FL_QUANTITY_OK) << text;
        ASSERT_EQ(same, real) << text;
    }
}

// The oracle: a quotient of wide integers.
TEST(Units, WholeNumbersAgreeWithWideArithmetic)
{
    const uint64_t seed = 11;
    SCOPED_TRACE(seed);
    test_random r = {seed};
    const int shifts[] = {0, 10, 20, 30};
    for (int i = 0; i < 3000; i++) {
        size_t name = (size_t)test_random_range(&r, 0, 3);
        uint64_t digits = (uint64_t)test_random_range(&r, 0, 99999999), divisor = 1;
        int decimals = (int)test_random_range(&r, 1, 8);
        for (int d = 0; d < decimals; d++) divisor *= 10;
        char text[64];
        snprintf(text, sizeof text, "%llu.%0*llu %s", (unsigned long long)(digits / divisor), decimals,
                 (unsigned long long)(digits % divisor), fl_unit_names(FL_UNIT_BYTES)[name]);
        unsigned __int128 wide = (unsigned __int128)digits << shifts[name];
        uint64_t value = 0;
        fl_quantity_fault fault = fl_quantity_uint(text, FL_UNIT_BYTES, &value);
        const bool fits = wide / divisor <= FL_UINT_MAX;
        ASSERT_EQ(fault, wide % divisor != 0 ? FL_QUANTITY_FRACTION
                         : fits              ? FL_QUANTITY_OK
                                             : FL_QUANTITY_TOO_LARGE)
            << text;
        if (fault != FL_QUANTITY_OK) continue;
        ASSERT_EQ(value, (uint64_t)(wide / divisor)) << text;
    }
}

TEST(Units, SuggestsTheNearestUnit)
{
    char text[96];
    EXPECT_STREQ(fl_quantity_suggest(text, sizeof text, "128 KB", FL_UNIT_BYTES), "128 KiB");
    EXPECT_STREQ(fl_quantity_suggest(text, sizeof text, "1 ghz", FL_UNIT_HERTZ), "1 GHz");
    EXPECT_STREQ(fl_quantity_suggest(text, sizeof text, "128", FL_UNIT_BYTES), "128 B");
    EXPECT_STREQ(fl_quantity_suggest(text, sizeof text, "12 parsec", FL_UNIT_PICOSECONDS), "12 ns");
    EXPECT_STREQ(fl_quantity_suggest(text, sizeof text, "soon", FL_UNIT_PICOSECONDS), "1 ns");
}
