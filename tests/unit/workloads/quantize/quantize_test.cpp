#include "workloads/quantize/quantize.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "pe/num/format.h"
#include "tests/support/cli.h"
#include "tests/support/random.h"

namespace
{

enum { KEEP, INT, IP, FIP, IP_F, FIP_F }; // of wl_tensor_rule.types

struct Case {
    wl_tensor tensor = {};
    wl_tensor_rule rule = {};
    wl_quantized q = {};
    std::vector<float> x;
    fl_error error = {};

    Case(std::vector<uint64_t> shape, int types, unsigned bits, int granularity, int clip)
    {
        static char name[] = "t";
        tensor.name = name;
        tensor.rank = (unsigned)shape.size();
        tensor.elements = 1;
        for (size_t d = 0; d < shape.size(); d++) tensor.elements *= tensor.shape[d] = shape[d];
        rule.types = types;
        rule.bits = bits;
        rule.granularity = granularity;
        rule.clip = clip;
        rule.percentile = 99;
        x.resize(tensor.elements);
    }
    ~Case() { free(q.scales); }
    Case(const Case &) = delete;
    Case &operator=(const Case &) = delete;

    void fill(test_random *random, bool is_signed)
    {
        for (float &value : x) {
            double sum = -6;
            for (int i = 0; i < 12; i++) sum += (double)(test_random_u64(random) >> 11) * 0x1p-53;
            value = (float)(is_signed ? sum : std::fabs(sum));
        }
    }
    fl_status run()
    {
        q.tensor = &tensor;
        q.rule = &rule;
        return wl_quantize_tensor(x.data(), &q, &error);
    }
    // Values of the packed rows.
    std::vector<double> unpacked() const
    {
        std::vector<double> values;
        std::vector<uint8_t> row(q.row_bytes + 1);
        const num_format width = {NUM_INT, (uint8_t)q.bits, false};
        for (uint64_t r = 0; r < q.rows; r++) {
            wl_quantize_pack_row(&q, x.data(), r, row.data());
            for (uint64_t i = 0; i < tensor.elements / q.rows; i++)
                values.push_back((double)q.scales[q.scale_count > 1 ? r : 0] *
                                 wl_quantized_value(&q, num_load_code(width, row.data(), i)));
        }
        return values;
    }
};

// The packed bytes, decoded here, have the error that the report states, and no other code of the type would
// be nearer.
TEST(Quantize, PackedCodesAreTheNearestAndHaveTheReportedError)
{
    test_random random = {3};
    SCOPED_TRACE(random.state);
    for (int types : {INT, IP, FIP, IP_F, FIP_F})
        for (unsigned bits : {3u, 4u, 5u})
            for (int granularity : {0, 1})
                for (int clip = WL_CLIP_SEARCH; clip <= WL_CLIP_KL; clip++)
                    for (bool is_signed : {false, true}) {
                        if (clip == WL_CLIP_KL && (granularity == 1 || bits != 4))
                            continue; // slow: 2048 trials per scale
                        Case c({5, 3, 7}, types, bits, granularity, clip);
                        SCOPED_TRACE(std::to_string(types) + ' ' + std::to_string(bits) + ' ' +
                                     std::to_string(clip));
                        c.fill(&random, is_signed);
                        ASSERT_EQ(c.run(), FL_OK) << c.error.text;
                        EXPECT_EQ(c.q.is_signed, is_signed);
                        EXPECT_EQ(c.q.scale_count, granularity ? 5u : 1u);
                        double noise = 0;
                        const std::vector<double> values = c.unpacked();
                        ASSERT_EQ(values.size(), c.x.size());
                        for (size_t i = 0; i < values.size(); i++) {
                            const double scale = c.q.scales[granularity ? i / 21 : 0],
                                         error = std::fabs(c.x[i] - values[i]);
                            noise += error * error;
                            for (uint32_t code = 0; code < 1u << bits; code++)
                                ASSERT_LE(error,
                                          std::fabs(c.x[i] - scale * wl_quantized_value(&c.q, code)) + 1e-9);
                        }
                        EXPECT_NEAR(c.q.mean_squared_error, noise / (double)c.x.size(), 1e-12);
                    }
}

TEST(Quantize, ATensorOfItsOwnGridIsExact)
{
    Case c({2, 8}, INT, 4, 0, WL_CLIP_MAX);
    for (size_t i = 0; i < 16; i++) c.x[i] = (float)((int)(i % 15) - 7) * 0.5F;
    ASSERT_EQ(c.run(), FL_OK);
    EXPECT_EQ(c.q.scales[0], 0.5F);
    EXPECT_EQ(c.q.mean_squared_error, 0);
    EXPECT_TRUE(std::isinf(c.q.sqnr_db));
    EXPECT_EQ(c.q.clipped, 0u);
}

TEST(Quantize, CountsClippedElementsAndOutliers)
{
    Case c({1000}, INT, 4, 0, WL_CLIP_PERCENTILE);
    for (size_t i = 0; i < 1000; i++) c.x[i] = i % 2 ? 1.0F : -1.0F;
    c.x[10] = 50;
    ASSERT_EQ(c.run(), FL_OK);
    EXPECT_EQ(c.q.clip, 1);
    EXPECT_EQ(c.q.clipped, 1u);
    EXPECT_EQ(c.q.outliers, 1u);
}

TEST(Quantize, ZerosEmptyAndExtremeTensorsAreDefined)
{
    for (int clip = WL_CLIP_SEARCH; clip <= WL_CLIP_KL; clip++) {
        Case zeros({2, 3}, IP_F, 4, 1, clip), empty({0, 3}, IP_F, 4, 1, clip), scalar({}, IP_F, 4, 1, clip),
            tiny({2}, FIP_F, 4, 0, clip), huge({2}, FIP_F, 4, 0, clip);
        ASSERT_EQ(zeros.run(), FL_OK);
        EXPECT_EQ(zeros.q.mean_squared_error, 0);
        ASSERT_EQ(empty.run(), FL_OK);
        EXPECT_EQ(empty.q.rows, 0u);
        scalar.x[0] = -3;
        ASSERT_EQ(scalar.run(), FL_OK);
        EXPECT_EQ(scalar.q.rows, 1u);
        tiny.x[0] = 1e-45F;
        ASSERT_EQ(tiny.run(), FL_OK);
        EXPECT_GT(tiny.q.scales[0], 0);
        huge.x[0] = 3.4e38F, huge.x[1] = -3.4e38F;
        ASSERT_EQ(huge.run(), FL_OK);
        EXPECT_TRUE(std::isfinite(huge.q.scales[0]));
    }
    Case nan({2, 2}, INT, 4, 0, WL_CLIP_MAX);
    nan.x[3] = std::nanf("");
    EXPECT_EQ(nan.run(), FL_BAD_INPUT);
    EXPECT_STREQ(nan.error.text, "tensor \"t\": element 3 is NaN");
}

std::string model(const std::string &name, const std::string &dtype, const std::vector<float> &values,
                  size_t rows)
{
    const std::string header = "{\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":[" +
                               std::to_string(rows) + "," + std::to_string(values.size() / rows) +
                               "],\"data_offsets\":[0," + std::to_string(values.size() * 4) + "]}}";
    std::string bytes(8, '\0');
    const uint64_t size = header.size();
    std::memcpy(bytes.data(), &size, 8);
    return bytes + header + std::string(reinterpret_cast<const char *>(values.data()), values.size() * 4);
}

TEST(QuantizeCommand, WritesPackedTensorsThatTheReaderReads)
{
    Folder folder;
    const std::string out = folder / "out";
    const cli::Outcome done = cli::flintlock({"quantize", "tests/data/tensors/deflated.npz", "--recipe",
                                              "tests/data/tensors/recipe.yaml", "--out", out});
    ASSERT_EQ(done.code, 0) << done.err;
    wl_tensor_file file;
    fl_error error = {};
    ASSERT_EQ(wl_tensor_file_open((out + "/model.safetensors").c_str(), &file, &error), FL_OK) << error.text;
    std::vector<std::string> names;
    for (size_t i = 0; i < file.count; i++) names.push_back(file.tensors[i].name);
    EXPECT_EQ(names, (std::vector<std::string>{"count", "fc.weight", "fc.weight.scale", "half", "half.scale",
                                               "none", "none.scale", "wide", "wide.scale"}));
    EXPECT_STREQ(file.tensors[0].dtype->name, "I64"); // kept
    EXPECT_EQ(file.tensors[1].bytes, 6u);             // 3 rows of 4 codes of 4 bits
    float scales[3];
    ASSERT_EQ(wl_tensor_read(&file, &file.tensors[2], scales, &error), FL_OK) << error.text;
    EXPECT_EQ(scales[0], 1.25F / 7);
    wl_tensor_file_close(&file);
    EXPECT_NE(read_file(out + "/tensors.csv").find("\"fc.weight\",3x4,F32,int4,4,3,"), std::string::npos);
    EXPECT_NE(read_file(out + "/summary.json").find("\"average_bits\": 4,"), std::string::npos);
}

TEST(QuantizeCommand, RaisesTheTensorsOfTheLargestErrorsWithinTheAverage)
{
    Folder folder;
    write_file(folder / "recipe.yaml",
               "recipe: mixed\naverage_bits: 4.5\nrules:\n  - {match: \"count\", types: keep}\n  - "
               "{match: \"*\", types: int, clip: max}\n");
    const cli::Outcome done =
        cli::flintlock({"quantize", "tests/data/tensors/deflated.npz", "--recipe", folder / "recipe.yaml"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_NE(done.out.find("int8"), std::string::npos)
        << done.out; // "half" and "fc.weight", which are small; zeros have no error
    EXPECT_NE(done.out.find("uint4"), std::string::npos) << done.out;
    EXPECT_EQ(
        cli::flintlock({"quantize", "tests/data/tensors/deflated.npz", "--recipe", folder / "recipe.yaml"})
            .out,
        done.out);
}

TEST(QuantizeCommand, RefusesBadInputAndLeavesNothing)
{
    Folder folder;
    const std::string good = "tests/data/tensors/recipe.yaml", out = folder / "out";
    write_file(folder / "nan.safetensors", model("w", "F32", {1, 2, 3, std::nanf("")}, 2));
    write_file(folder / "short.safetensors", model("w", "F32", {1, 2, 3, 4}, 2).substr(0, 60));
    write_file(folder / "int.safetensors", model("w", "I32", {1, 2, 3, 4}, 2));
    write_file(folder / "int8.yaml", "recipe: r\nrules:\n  - {match: \"*\", types: int, bits: 8}\n");
    write_file(folder / "pot8.yaml", "recipe: r\nrules:\n  - {match: \"*\", types: ip_f, bits: 8}\n");
    write_file(folder / "other.yaml", "recipe: r\nrules:\n  - {match: \"x\", types: int}\n");
    write_file(folder / "unused.yaml",
               "recipe: r\nrules:\n  - {match: \"*\", types: int}\n  - {match: \"w\", types: int}\n");
    const struct {
        std::string model, recipe, message;
    } cases[] = {
        {folder / "nan.safetensors", folder / "int8.yaml", "tensor \"w\": element 3 is NaN"},
        {folder / "short.safetensors", folder / "int8.yaml", "byte 0: truncated"},
        {folder / "int.safetensors", folder / "int8.yaml",
         "tensor \"w\" has dtype I32, which is not quantised (F32, F16, BF16)"},
        {"tests/data/tensors/matrix.npy", folder / "pot8.yaml",
         "pot8.yaml:3:5: rules[0]: powers of two end at 5 bits"},
        {"tests/data/tensors/matrix.npy", folder / "other.yaml", "no rule matches the tensor \"array\""},
        {"tests/data/tensors/matrix.npy", folder / "unused.yaml", "unused.yaml:4:5: rules[1]: unused rule"},
        {"nothing.npz", good, "nothing.npz: cannot read: No such file or directory"},
        {"tests/data/tensors", good, "it is not a regular file"},
    };
    for (const auto &c : cases) {
        const cli::Outcome done = cli::flintlock({"quantize", c.model, "--recipe", c.recipe, "--out", out});
        EXPECT_EQ(done.code, 2) << c.message;
        EXPECT_NE(done.err.find(c.message), std::string::npos) << done.err;
        EXPECT_EQ(done.out, "");
        EXPECT_FALSE(cli::fs::exists(out)) << c.message;
    }
}

TEST(QuantizeCommand, DoesNotWriteOverTheModelItReads)
{
    Folder folder;
    const std::string bytes = model("w", "F32", {1, 2, 3, 4}, 2);
    write_file(folder / "model.safetensors", bytes);
    write_file(folder / "int8.yaml", "recipe: r\nrules:\n  - {match: \"*\", types: int, bits: 8}\n");
    const cli::Outcome done = cli::flintlock({"quantize", folder / "model.safetensors", "--recipe",
                                              folder / "int8.yaml", "--out", folder.path().string()});
    EXPECT_EQ(done.code, 2);
    EXPECT_NE(done.err.find("is the model itself"), std::string::npos) << done.err;
    EXPECT_EQ(read_file(folder / "model.safetensors"), bytes);
    EXPECT_EQ(folder.files().size(), 2u);
}

} // namespace
