// The analytical SRAM model against the published CACTI figures, and the reader of CACTI's output.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <unistd.h>

#include "sim/cost/sram_model.h"

namespace
{
// ANT's published evaluation: CACTI at 28 nm, pJ per bit.
const struct {
    fl_sram_shape shape;
    double read_pj, write_pj;
} PUBLISHED[] = {
    {{4096, 32, 64}, 0.0330, 0.0397},
    {{8192, 32, 64}, 0.0347, 0.0486},
    {{128, 1024, 4}, 0.0092, 0.0130},
};

double error_of(double value, double published) { return std::fabs(value / published - 1); }

TEST(SramModel, StaysWithinTheDocumentedErrorOfThePublishedFigures)
{
    for (const auto &p : PUBLISHED) {
        const fl_sram_figures f = fl_sram_analytic(&p.shape);
        EXPECT_LT(error_of(f.read_pj_per_bit, p.read_pj), 0.034) << p.shape.bank_bytes;
        EXPECT_LT(error_of(f.write_pj_per_bit, p.write_pj), 0.049) << p.shape.bank_bytes;
    }
}

TEST(SramModel, AreaOfThePublishedBuffersIsThatOfThePaper)
{
    double um2 = 0;
    for (const auto &p : PUBLISHED) um2 += fl_sram_analytic(&p.shape).um2;
    EXPECT_LT(error_of(um2, 4.2e6), 0.005);
}

TEST(SramModel, LargerAndWiderBanksCostMorePerBit)
{
    for (uint64_t bytes = 1024; bytes <= 1 << 20; bytes *= 2) {
        const fl_sram_shape small = {bytes, 8, 32}, large = {2 * bytes, 8, 32}, wide = {bytes, 8, 64};
        EXPECT_LT(fl_sram_analytic(&small).read_pj_per_bit, fl_sram_analytic(&large).read_pj_per_bit);
        EXPECT_LT(fl_sram_analytic(&small).um2, fl_sram_analytic(&large).um2);
        EXPECT_LE(fl_sram_analytic(&small).read_pj_per_bit, fl_sram_analytic(&wide).read_pj_per_bit);
    }
}

// Cells alone are a lower bound of the area: 8 x 8192 x 0.11446 um2 = 7501 um2.
TEST(SramModel, AreaByHand)
{
    const fl_sram_shape shape = {8192, 1, 64}; // 128 rows of 512: 35.84 x 209.3 um of cells
    EXPECT_NEAR(fl_sram_analytic(&shape).um2, (35.84 + 43.7) * (209.3056 + 43.7), 1e-6);
    EXPECT_NEAR(fl_sram_analytic(&shape).read_pj_per_bit, 1e-3 * (5.924 + 0.2121 * (35.84 + 104.6528)),
                1e-12);
}

struct Cacti {
    explicit Cacti(const char *path) { status = fl_cacti_read(path, &cacti, &error); }
    explicit Cacti(const std::string &text)
    {
        char path[] = "/tmp/flintlock_cacti_XXXXXX";
        const int file = mkstemp(path);
        EXPECT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
        close(file);
        status = fl_cacti_read(path, &cacti, &error);
        unlink(path);
    }
    Cacti(const Cacti &) = delete;
    Cacti &operator=(const Cacti &) = delete;
    ~Cacti() { fl_cacti_free(cacti); }
    fl_cacti *cacti = nullptr;
    fl_error error = {};
    fl_status status;
};

TEST(Cacti, FindsTheRunOfAShape)
{
    const Cacti file("tests/data/cacti/two_banks.txt");
    ASSERT_EQ(file.status, FL_OK) << file.error.text;
    const fl_sram_shape input = {8192, 32, 32}, sums = {32768, 8, 256}, other = {8192, 32, 64};
    fl_sram_figures f;
    ASSERT_TRUE(fl_cacti_find(file.cacti, &input, &f));
    EXPECT_DOUBLE_EQ(f.read_pj_per_bit, 2.56 / 256);
    EXPECT_DOUBLE_EQ(f.write_pj_per_bit, 5.12 / 256);
    EXPECT_DOUBLE_EQ(f.um2, 32 * 0.02e6);
    EXPECT_DOUBLE_EQ(f.static_mw, 32 * 1.5);
    ASSERT_TRUE(fl_cacti_find(file.cacti, &sums, &f));
    EXPECT_DOUBLE_EQ(f.um2, 8 * 0.2e6 / 4) << "the run has four banks, the buffer eight";
    EXPECT_DOUBLE_EQ(f.static_mw, 8 * 3.0);
    EXPECT_FALSE(fl_cacti_find(file.cacti, &other, &f));
}

TEST(Cacti, FaultsNameTheirLine)
{
    const struct {
        const char *text, *expected;
    } cases[] = {
        {"nothing of that kind\n", ":1:1: no CACTI results"},
        {"Number of banks: 1\n", ":1:1: \"Number of banks\" before"},
        {"\nTotal cache size (bytes): many\n", ":2:1: \"Total cache size (bytes)\": expected a number"},
        {"\n\nTotal cache size (bytes): 64\nNumber of banks: 1\n",
         ":3:1: the CACTI results that start here have no "},
        {"Total cache size (bytes): 64\nCache height x width (mm): 0.1\n",
         ":2:1: \"Cache height x width (mm)\": expected two"},
        {"Total cache size (bytes): -4\n", ":1:1: \"Total cache size (bytes)\": expected a number"},
    };
    for (const auto &c : cases) {
        const Cacti file{std::string(c.text)};
        EXPECT_EQ(file.status, FL_BAD_INPUT);
        EXPECT_NE(std::string(file.error.text).find(c.expected), std::string::npos) << file.error.text;
    }
    const Cacti missing("tests/data/cacti/none.txt");
    EXPECT_NE(std::string(missing.error.text).find("cannot read"), std::string::npos) << missing.error.text;
}
} // namespace
