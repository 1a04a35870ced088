#include "pe/num/piecewise_linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "tests/support/csv.h"
#include "tests/support/json.h"
#include "tests/support/random.h"

namespace
{

num_nnlut table_of(const Json &json)
{
    num_nnlut table = {};
    table.pieces = (unsigned)json["entries"].integer();
    for (size_t i = 0; i < table.pieces; i++) {
        table.slope[i] = (int32_t)json["s_int"][i].integer();
        table.intercept[i] = json["t_int"][i].integer();
        if (i + 1 < table.pieces) table.breakpoint[i] = (int32_t)json["d_int"][i].integer();
    }
    return table;
}

TEST(NumNnlut, EvaluatesThePublishedTables)
{
    const Json tables = json_read("tests/data/nonlinear/nnlut_tables.json");
    for (const CsvRow &row : csv_read("tests/data/nonlinear/nnlut_eval.csv")) {
        const num_nnlut table = table_of(tables[row.text("table")]);
        unsigned piece;
        EXPECT_EQ(num_nnlut_eval(&table, (int32_t)row.integer("q"), &piece), row.integer("acc"))
            << row.text("table");
        EXPECT_EQ(piece, (unsigned)row.integer("index"));
    }
}

TEST(NumNnlut, QuantisesThePublishedTables)
{
    const Json tables = json_read("tests/data/nonlinear/nnlut_tables.json");
    for (const auto &member : tables.members()) {
        const Json &json = member.second;
        num_nnlut_real real = {};
        real.pieces = (unsigned)json["entries"].integer();
        for (size_t i = 0; i < real.pieces; i++) {
            real.slope[i] = json["s_real"][i].real();
            real.intercept[i] = json["t_real"][i].real();
            if (i + 1 < real.pieces) real.breakpoint[i] = json["d_real"][i].real();
        }
        num_nnlut table;
        num_nnlut_quantize(&real, json["S_in"].real(), (unsigned)json["slope_frac_bits"].integer(), &table);
        const num_nnlut expected = table_of(json);
        for (size_t i = 0; i < real.pieces; i++) {
            EXPECT_EQ(table.slope[i], expected.slope[i]) << member.first;
            EXPECT_EQ(table.intercept[i], expected.intercept[i]) << member.first;
            if (i + 1 < real.pieces) {
                EXPECT_EQ(table.breakpoint[i], expected.breakpoint[i]) << member.first;
            }
        }
    }
}

TEST(NumNnlut, TableEqualsTheNetworkItCameFrom)
{
    const Json file = json_read("tests/data/nonlinear/nnlut_network_to_table.json");
    for (const Json &row : file) {
        const std::vector<double> n = row["n"].reals(), b = row["b"].reals(), m = row["m"].reals();
        num_nnlut_real table;
        ASSERT_TRUE(num_nnlut_from_network(n.data(), b.data(), m.data(), (unsigned)n.size(), &table));
        for (size_t i = 0; i < table.pieces; i++) {
            EXPECT_NEAR(table.slope[i], row["s"][i].real(), 1e-9);
            EXPECT_NEAR(table.intercept[i], row["t"][i].real(), 1e-9);
            if (i + 1 < table.pieces) {
                EXPECT_NEAR(table.breakpoint[i], row["d"][i].real(), 1e-9);
            }
        }
    }
    test_random random = {4};
    SCOPED_TRACE(random.state);
    for (int round = 0; round < 100; round++) {
        const unsigned hidden = (unsigned)test_random_range(&random, 0, 20);
        std::vector<double> n(hidden), b(hidden), m(hidden);
        for (unsigned k = 0; k < hidden; k++) {
            n[k] = (double)test_random_range(&random, -3, 3);
            b[k] = (double)test_random_range(&random, -30, 30) / 7;
            m[k] = (double)test_random_range(&random, -30, 30) / 11;
        }
        num_nnlut_real table;
        ASSERT_TRUE(num_nnlut_from_network(n.data(), b.data(), m.data(), hidden, &table));
        for (double x = -12; x < 12; x += 0.37) {
            double network = 0;
            for (unsigned k = 0; k < hidden; k++) network += m[k] * std::fmax(0, n[k] * x + b[k]);
            unsigned i = 0;
            while (i + 1 < table.pieces && x >= table.breakpoint[i]) i++;
            ASSERT_NEAR(table.slope[i] * x + table.intercept[i], network, 1e-9);
        }
    }
    num_nnlut_real table;
    EXPECT_FALSE(num_nnlut_from_network(nullptr, nullptr, nullptr, NUM_PWL_MAX_PIECES, &table));
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

num_irnn_pwl fitted(const std::string &name, const Json &json)
{
    num_irnn_pwl table = {};
    table.pieces = (unsigned)json["pieces"].integer();
    table.fraction_bits = (unsigned)json["F"].integer();
    table.zero_point = (int32_t)json["Z_out"].integer();
    table.out_min = (int32_t)json["out_min"].integer();
    table.out_max = (int32_t)json["out_max"].integer();
    const int32_t high = name[0] == 'e' ? 0 : 127;
    std::vector<double> f;
    for (int32_t q = -128; q <= high; q++) {
        const double x = q * json["S_in"].real();
        f.push_back((name[0] == 's'   ? sigmoid(x)
                     : name[0] == 't' ? std::tanh(x)
                                      : std::exp(x)) /
                    json["S_out"].real());
    }
    num_irnn_pwl_fit(f.data(), -128, (unsigned)f.size(), &table);
    return table;
}

TEST(NumIrnnPwl, FitsAndEvaluatesThePublishedTables)
{
    const Json tables = json_read("tests/data/nonlinear/irnn_pwl_tables.json");
    std::map<std::string, num_irnn_pwl> fits;
    for (const auto &member : tables.members()) {
        SCOPED_TRACE(member.first);
        const num_irnn_pwl table = fits[member.first] = fitted(member.first, member.second);
        ASSERT_EQ(table.pieces, (unsigned)member.second["pieces"].integer());
        for (size_t i = 0; i <= table.pieces; i++)
            EXPECT_EQ(table.knot[i], member.second["knots"][i].integer());
        for (size_t i = 0; i < table.pieces; i++) {
            EXPECT_EQ(table.slope[i], member.second["slope_int"][i].integer());
            EXPECT_EQ(table.intercept[i], member.second["icpt_int"][i].integer());
        }
    }
    for (const CsvRow &row : csv_read("tests/data/nonlinear/irnn_pwl_eval.csv")) {
        EXPECT_EQ(num_irnn_pwl_eval(&fits.at(row.text("table")), (int32_t)row.integer("q_in")),
                  row.integer("q_out"));
    }
    EXPECT_EQ(num_irnn_pwl_eval(&fits.at("sigmoid_8"), INT32_MIN),
              num_irnn_pwl_eval(&fits.at("sigmoid_8"), -128));
    EXPECT_EQ(num_irnn_pwl_eval(&fits.at("sigmoid_8"), INT32_MAX),
              num_irnn_pwl_eval(&fits.at("sigmoid_8"), 127));
}

TEST(NumIrnnPwl, RemovesTheFirstOfEquallyCheapKnots)
{
    const double line[5] = {0, 1, 2, 3, 4};
    num_irnn_pwl table = {};
    table.pieces = 2;
    num_irnn_pwl_fit(line, -10, 5, &table);
    EXPECT_EQ(table.knot[0], -10);
    EXPECT_EQ(table.knot[1], -7);
    EXPECT_EQ(table.knot[2], -6);
}

TEST(NumMadnorm, EqualsThePublishedRows)
{
    const Json file = json_read("tests/data/nonlinear/irnn_madnorm.json");
    for (const Json &row : file) {
        const std::vector<int32_t> q = row["input"].integers<int32_t>();
        std::vector<int32_t> out(q.size());
        num_madnorm_row(q.data(), q.size(), (unsigned)row["F"].integer(), out.data());
        EXPECT_EQ(out, row["output_q12"].integers<int32_t>());
    }
    const int32_t constant[3] = {-7, -7, -7};
    int32_t out[3] = {1, 1, 1};
    num_madnorm_row(constant, 3, 12, out);
    for (int32_t y : out) EXPECT_EQ(y, 0);
}

TEST(NumMadnorm, StaysNearTheRealFunction)
{
    test_random random = {90};
    SCOPED_TRACE(random.state);
    std::vector<int32_t> q(256), out(256);
    for (int32_t &v : q) v = (int32_t)test_random_range(&random, -3000, 9000);
    num_madnorm_row(q.data(), q.size(), 12, out.data());
    double mean = 0, deviation = 0;
    for (int32_t v : q) mean += v / 256.0;
    for (int32_t v : q) deviation += std::fabs(v - mean) / 256;
    for (size_t i = 0; i < q.size(); i++) EXPECT_NEAR(out[i] / 4096.0, (q[i] - mean) / deviation, 1e-3);
}

} // namespace
