#include "sim/report/deviation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "tests/support/csv.h"

namespace
{

using Rows = std::map<std::string, fl_deviation>; // "variant, input"; the first of a name

Rows measured(void (*family)(fl_deviation_sink *, void *))
{
    Rows rows;
    family(
        [](void *context, const fl_deviation *row) {
            static_cast<Rows *>(context)->emplace(std::string(row->variant) + ", " + row->input, *row);
        },
        &rows);
    return rows;
}

// The study drew its own rows, so the figures agree as two samples of the same thing do.
TEST(Deviation, SoftmaxErrorsAreThoseOfTheIndependentStudy)
{
    const std::map<std::string, std::string> names = {
        {"REXP u8 rounded", "REXP uint8"},
        {"REXP u8 literal(floor)", "REXP uint8, literal"},
        {"REXP i16 rounded", "REXP int16"},
        {"2DLUT u8 60rows round", "2D-LUT uint8"},
        {"2DLUT u8 60rows floor", "2D-LUT uint8, literal"},
        {"Shiftmax k16 n15 I0=round", "Shiftmax 16 bits, factor"},
        {"Shiftmax k8 n15 I0=round", "Shiftmax 8 bits, factor"},
        {"I-BERT k8 (S as is)", "I-BERT 8 bits"},
        {"LIS 4b flush", "log-int-softmax 4 bits"},
        {"TFLite int8", "TFLite int8"},
    };
    const Rows rows = measured(fl_softmax_deviations);
    int compared = 0;
    for (const CsvRow &study : csv_read("tests/data/nonlinear/softmax_error_study.csv")) {
        const auto name = names.find(study.text("method"));
        if (name == names.end()) continue;
        const std::string key =
            name->second + ", " + study.text("L") + " of N(0, " + study.text("sigma").substr(0, 1) + ")";
        SCOPED_TRACE(key);
        const fl_deviation &row = rows.at(key);
        EXPECT_NEAR(row.mean, study.real("mean_abs_err"), 0.12 * study.real("mean_abs_err"));
        EXPECT_LT(std::fabs(std::log2(row.largest / study.real("max_abs_err"))), 1);
        EXPECT_NEAR(row.row_sum, study.real("mean_row_sum"), 0.06);
        EXPECT_NEAR(row.top, study.real("argmax_agreement"), 0.15);
        compared++;
    }
    EXPECT_EQ(compared, 9 * (int)names.size());
}

// The study reads 1/x from a table over (1, 1024); normalising the sum first is better in the mean. Single
// rows are another draw.
TEST(Deviation, NnLutSoftmaxIsAtLeastAsGoodAsInTheIndependentStudy)
{
    const Rows rows = measured(fl_softmax_deviations);
    int compared = 0;
    for (const CsvRow &study : csv_read("tests/data/nonlinear/softmax_error_study.csv")) {
        if (study.text("method") != "NN-LUT16 minimax fp") continue;
        const fl_deviation &row = rows.at("NN-LUT 16 entries, 16 bits, " + study.text("L") + " of N(0, " +
                                          study.text("sigma").substr(0, 1) + ")");
        EXPECT_LT(row.mean, 1.1 * study.real("mean_abs_err")) << row.input;
        EXPECT_LT(row.largest, 3 * study.real("max_abs_err")) << row.input;
        EXPECT_GT(row.largest, 0.1 * study.real("max_abs_err")) << row.input;
        EXPECT_NEAR(row.row_sum, 1, 0.01) << row.input;
        compared++;
    }
    EXPECT_EQ(compared, 9);
}

// Sweeps over all codes leave nothing to chance: the same up to which codes of a fine scale the study
// visited.
TEST(Deviation, SweepsGiveTheErrorsOfTheIndependentStudy)
{
    const std::map<std::string, std::string> names = {
        {"i-exp: S=0.0005", "i-exp, S = 0.0005, sweep -10..0"},
        {"i-exp: S=0.05", "i-exp, S = 0.05, sweep -10..0"},
        {"i-GELU: S=0.0001", "i-GELU, S = 0.0001, sweep -4..4"},
        {"i-GELU: S=0.001", "i-GELU, S = 0.001, sweep -4..4"},
        {"shiftgelu: S=0.02 I0=29 N=23 factor division", "ShiftGELU, S = 0.02, factor, sweep -2.56..2.54"},
        {"shiftgelu: S=0.02 I0=29 N=23 exact division",
         "ShiftGELU, S = 0.02, exact division, sweep -2.56..2.54"},
        {"PWL sigmoid: pieces=8 S_in=0.0625 F=12", "PWL 8 pieces, int8, sweep -8..7.9375"},
        {"PWL sigmoid: pieces=16 S_in=0.0625 F=12", "PWL 16 pieces, int8, sweep -8..7.9375"},
        {"PWL sigmoid: pieces=32 S_in=0.0625 F=12", "PWL 32 pieces, int8, sweep -8..7.9375"},
        {"PWL exp: pieces=8 S_in=0.0625 F=12", "PWL 8 pieces, int8, sweep -8..0"},
        {"PWL exp: pieces=16 S_in=0.0625 F=12", "PWL 16 pieces, int8, sweep -8..0"},
        {"PWL exp: pieces=32 S_in=0.0625 F=12", "PWL 32 pieces, int8, sweep -8..0"},
        {"PWL tanh: pieces=8 S_in=0.03125 F=12", "PWL 8 pieces, int8, sweep -4..3.96875"},
        {"PWL tanh: pieces=16 S_in=0.03125 F=12", "PWL 16 pieces, int8, sweep -4..3.96875"},
        {"PWL tanh: pieces=32 S_in=0.03125 F=12", "PWL 32 pieces, int8, sweep -4..3.96875"},
    };
    const Rows rows = measured(fl_elementwise_deviations);
    size_t compared = 0;
    for (const CsvRow &study : csv_read("tests/data/nonlinear/elementwise_error_study.csv")) {
        const auto name = names.find(study.text("function") + ": " + study.text("configuration"));
        if (name == names.end() || study.text("metric") != "max_abs_err") continue;
        SCOPED_TRACE(name->second);
        EXPECT_NEAR(rows.at(name->second).largest, study.real("value"), 1e-4 * study.real("value"));
        compared++;
    }
    EXPECT_EQ(compared, names.size());
}

TEST(Deviation, LayerNormErrorsAreThoseOfTheIndependentStudy)
{
    const Rows rows = measured(fl_layernorm_deviations);
    int compared = 0;
    for (const CsvRow &study : csv_read("tests/data/nonlinear/elementwise_error_study.csv")) {
        unsigned channels, sigma;
        if (study.text("function") != "I-LayerNorm" ||
            sscanf(study.text("configuration").c_str(), "C=%u sigma_int=%u", &channels, &sigma) != 2)
            continue;
        for (const char *variant : {"i-LayerNorm, I-BERT", "I-LayerNorm, I-ViT"}) {
            const auto row = rows.find(std::string(variant) + ", " + std::to_string(channels) + " of N(0, " +
                                       std::to_string(sigma) + ")");
            if (row == rows.end()) continue;
            EXPECT_NEAR(row->second.largest, study.real("value"), 0.5 * study.real("value")) << row->first;
            compared++;
        }
    }
    EXPECT_EQ(compared, 12);
}

TEST(Deviation, FiguresAreMaximumMeanAndRatioOfSquares)
{
    fl_deviation_sum sum = {};
    fl_deviation row = {};
    fl_deviation_add(&sum, 3, 4);
    fl_deviation_add(&sum, -4, -4);
    fl_deviation_finish(&sum, &row);
    EXPECT_EQ(row.largest, 1);
    EXPECT_EQ(row.mean, 0.5);
    EXPECT_NEAR(row.sqnr_db, 10 * std::log10(25.0), 1e-12);
    const fl_deviation_sum nothing = {};
    fl_deviation_finish(&nothing, &row);
    EXPECT_EQ(row.mean, 0);
    EXPECT_TRUE(std::isinf(row.sqnr_db));
}

TEST(Deviation, QuantisesToTheNearestCodeWithinTheLimits)
{
    EXPECT_EQ(fl_quantise(1.5, 1, -128, 127), 2);
    EXPECT_EQ(fl_quantise(-1.5, 1, -128, 127), -2);
    EXPECT_EQ(fl_quantise(1e30, 0.5, -128, 127), 127);
    EXPECT_EQ(fl_quantise(-1e30, 0.5, -128, 127), -128);
}

TEST(Deviation, NormalNumbersHaveMeanZeroAndVarianceOne)
{
    uint64_t state = 1;
    double sum = 0, squares = 0;
    for (int i = 0; i < 100000; i++) {
        const double x = fl_normal(&state);
        sum += x;
        squares += x * x;
    }
    EXPECT_NEAR(sum / 100000, 0, 0.02);
    EXPECT_NEAR(squares / 100000, 1, 0.02);
}

} // namespace
