// Trained models: the float executor against the training program, the integer form against the float one,
// the functions' other forms against float64.
#include "workloads/trained/trained.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "pe/num/gelu_ibert.h"
#include "sim/report/accuracy.h"
#include "tests/support/cli.h"
#include "tests/support/random.h"

namespace
{
class Trained
{
public:
    Trained(const std::string &model, const std::string &recipe)
    {
        const std::string set = "recipe=configs/quantize/" + recipe + ".yaml";
        const char *sets[] = {set.c_str()};
        const std::string path = "workloads/" + model + ".yaml";
        EXPECT_EQ(fl_config_load(path.c_str(), sets, 1, &config_, &error_), FL_OK) << error_.text;
        EXPECT_EQ(wl_trained_open(config_, &trained_, &error_), FL_OK) << error_.text;
    }
    ~Trained()
    {
        wl_trained_close(trained_);
        fl_config_free(config_);
    }
    Trained(const Trained &) = delete;
    Trained &operator=(const Trained &) = delete;
    const wl_trained *get() const { return trained_; }
    uint32_t correct(uint32_t samples, const fl_function_set &set)
    {
        uint32_t right = 0;
        EXPECT_EQ(fl_accuracy_integer(trained_, samples, &set, &right, nullptr, &error_), FL_OK);
        return right;
    }

private:
    fl_config *config_ = nullptr;
    wl_trained *trained_ = nullptr;
    fl_error error_ = {};
};

TEST(TrainedModel, FloatExecutorCountsWhatTheTrainingProgramCounted)
{
    if (std::getenv("FL_TEST_CASES") && std::string(std::getenv("FL_TEST_CASES")) == "150")
        GTEST_SKIP() << "too slow under sanitizers";
    for (const char *name : {"glyph_vit", "sorter", "recall"}) {
        const Trained model(name, "model_int8");
        const wl_model *m = wl_trained_model(model.get());
        EXPECT_EQ(fl_accuracy_float(m, m->test_count), m->float_correct) << name;
        EXPECT_GT(m->float_correct, m->test_count * 95 / 100) << name;
    }
}

TEST(TrainedModel, IntegersOfEightBitsAnswerAsFloatsDo)
{
    for (const char *name : {"glyph_vit", "sorter", "recall"}) {
        Trained model(name, "model_int8");
        const uint32_t expected = fl_accuracy_float(wl_trained_model(model.get()), 50);
        const fl_function_set lut = {"", {fl_function_variant_named("softmax 2D-LUT uint8")}};
        EXPECT_GE(model.correct(50, lut) + 1, expected) << name;
        EXPECT_GE(model.correct(50, fl_function_exact_set()) + 1, expected) << name;
    }
}

TEST(TrainedModel, MixedWidthsLieBetweenFourAndEight)
{
    const Trained model("glyph_vit", "model_mixed_4_8");
    fl_error error = {};
    wl_workload *workload = nullptr;
    ASSERT_EQ(wl_trained_workload(model.get(), 3, 2, &workload, &error), FL_OK) << error.text;
    EXPECT_GT(wl_trained_average_bits(workload), 4);
    EXPECT_LE(wl_trained_average_bits(workload), 5);
    wl_free(workload);
    EXPECT_EQ(wl_trained_workload(model.get(), 1999, 2, &workload, &error), FL_BAD_INPUT);
    EXPECT_NE(std::string(error.text).find("there are 2000 test samples"), std::string::npos) << error.text;
}

// The machine moves the same bytes: every tensor up to the logits equals the executor's that counts answers.
TEST(TrainedModel, MachineGivesTheLogitsOfTheAccuracyExecutor)
{
    for (const char *model : {"workloads/glyph_vit.yaml", "workloads/sorter.yaml", "workloads/recall.yaml"}) {
        const cli::Outcome outcome = cli::flintlock(
            {"check", "--full", "configs/machines/tiny_8.yaml", model, "--set", "workload.batch=2"});
        EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    }
}

struct Filled {
    explicit Filled(wl_workload *built) : workload(built), dram(built->dram_bytes)
    {
        wl_fill(workload, dram.data());
    }
    ~Filled() { wl_free(workload); }
    Filled(const Filled &) = delete;
    Filled &operator=(const Filled &) = delete;
    const uint8_t *row(uint32_t tensor, uint64_t row) const
    {
        const wl_tensor &t = workload->tensors[tensor];
        return dram.data() + t.address + row * t.row_stride_bytes;
    }

    wl_workload *workload;
    std::vector<uint8_t> dram;
};

// The scales are static, so token by token, each step on the cache that the step before has left, the logits
// are those of the run over the whole samples.
TEST(TrainedModel, DecodesTokenByTokenWhatItPrefills)
{
    for (const char *recipe : {"model_int8", "model_ant4"}) {
        const Trained model("recall", recipe);
        constexpr uint32_t BATCH = 2, SEQUENCE = 25;
        ASSERT_EQ(wl_trained_model(model.get())->sequence, SEQUENCE);
        fl_error error = {};
        wl_workload *workload = nullptr;
        ASSERT_EQ(wl_trained_workload(model.get(), 7, BATCH, &workload, &error), FL_OK) << error.text;
        Filled whole(workload);
        wl_reference_run(whole.workload, whole.dram.data(), 0);
        const uint32_t head = wl_op_output(&whole.workload->ops[whole.workload->op_count - 1]);
        std::unique_ptr<Filled> before;
        for (uint32_t context = 1; context < SEQUENCE; context++) {
            ASSERT_EQ(wl_trained_step(model.get(), 7, BATCH, context, 1, &workload, &error), FL_OK)
                << error.text;
            auto step = std::make_unique<Filled>(workload);
            for (uint32_t i = 0; before && i < workload->tensor_count; i++)
                for (uint64_t row = 0; workload->tensors[i].role == WL_CACHE && row < BATCH * context; row++)
                    std::memcpy(
                        const_cast<uint8_t *>(step->row(i, row / context * (context + 1) + row % context)),
                        before->row(i, row), workload->tensors[i].row_bytes);
            wl_reference_run(workload, step->dram.data(), 0);
            for (uint64_t s = 0; s < BATCH; s++)
                ASSERT_EQ(std::memcmp(step->row(head, s), whole.row(head, s * SEQUENCE + context),
                                      workload->tensors[head].row_bytes),
                          0)
                    << recipe << ", sample " << s << ", token " << context;
            before = std::move(step);
        }
    }
}

TEST(TrainedModel, DecodesOnAMachineFromTheCacheOfItsPrefill)
{
    for (const char *tokens : {"1", "4"}) {
        const cli::Outcome outcome =
            cli::flintlock({"check", "--full", "configs/machines/tiny_8.yaml", "workloads/recall.yaml",
                            "--set", "workload.mode=decode", "--set", "workload.context=21", "--set",
                            std::string("workload.tokens=") + tokens});
        EXPECT_EQ(outcome.code, 0) << outcome.out << outcome.err;
    }
}

TEST(TrainedModel, RefusesWhatItCannotBuild)
{
    const Folder folder;
    const std::string float4 = folder / "float.yaml";
    write_file(float4, "recipe: f\nrules:\n  - {match: \"*\", types: int, bits: 5}\n");
    const struct {
        std::string set, message;
    } cases[] = {
        {"workload.weights=workloads/models/sorter.data.safetensors",
         "tensor \"calibration.inputs\" is not a vector"},
        {"workload.samples=workloads/models/glyph_vit.data.safetensors", "samples do not fit the model"},
        {"workload.heads=5", "5 heads, width 64"},
        {"workload.recipe=" + float4, "would get 5 bits"},
        {"workload.first=1999", "there are 2000 test samples"},
        {"workload.mode=decode", "mode=decode: decode needs attention: causal"},
        {"workload.context=5", "context=5: only with mode: decode"},
    };
    const cli::Outcome step =
        cli::flintlock({"map", "configs/machines/tiny_8.yaml", "workloads/recall.yaml", "--set",
                        "workload.mode=decode", "--set", "workload.context=25"});
    EXPECT_EQ(step.code, 2);
    EXPECT_EQ(step.err,
              "--set: workload.context=25: 25 positions and 1 new tokens: samples have 25 tokens\n");
    for (const auto &c : cases) {
        const cli::Outcome outcome =
            cli::flintlock({"map", "configs/machines/tiny_8.yaml", "workloads/sorter.yaml", "--set", c.set});
        EXPECT_EQ(outcome.code, 2) << c.set;
        EXPECT_NE(outcome.err.find(c.message), std::string::npos) << outcome.err;
    }
}

// --- forms of functions on rows of their own

std::vector<int32_t> run(const char *label, const vec_immediates &immediates, const std::vector<int32_t> &x,
                         const std::vector<vec_column> &columns)
{
    const fl_function_variant *variant = fl_function_variant_named(label);
    vec_job job = {};
    job.function = &variant->function;
    job.rows = 1;
    job.columns = static_cast<uint32_t>(x.size());
    job.immediates = immediates;
    std::vector<int32_t> out(x.size());
    variant->function.row(&job, x.data(), nullptr, columns.data(), out.data());
    return out;
}

TEST(FunctionForms, SoftmaxesStayNearTheExactOne)
{
    vec_immediates immediates = {};
    immediates.index_multiplier = 65536 / 16;               // logits of scale 1/16
    immediates.out = num_quantize_multiplier(1000.0 / 255); // 1 is 1000
    std::vector<int32_t> x;
    for (int i = 0; i < 20; i++) x.push_back(i * i % 97 - 40);
    double sum = 0;
    for (int32_t q : x) sum += std::exp(q / 16.0);
    for (const auto &[label, bound] : {std::pair{"softmax float64", 1},
                                       {"softmax TFLite int8", 6},
                                       {"softmax I-BERT 8 bits", 35},
                                       {"softmax 2D-LUT int16", 80},
                                       {"softmax 2D-LUT uint8", 80},
                                       {"Shiftmax 16 bits, exact division", 30},
                                       {"softmax NN-LUT 16 entries, 8 bits", 8},
                                       {"softmax iRNN 8 pieces", 12},
                                       {"softmax iRNN 32 pieces", 6},
                                       {"softmax REXP uint8", 200}}) {
        const auto y = run(label, immediates, x, {});
        for (size_t i = 0; i < x.size(); i++)
            EXPECT_NEAR(y[i], 1000 * std::exp(x[i] / 16.0) / sum, bound) << label;
    }
}

TEST(FunctionForms, GelusStayNearTheExactOne)
{
    vec_immediates immediates = {};
    immediates.out = num_quantize_multiplier(num_igelu_output_scale(0x1p-12) * 1000); // 1 is 1000
    std::vector<int32_t> x;
    std::vector<vec_column> columns;
    for (int i = -30; i <= 30; i++) {
        x.push_back(i * 400 - 7);
        columns.push_back({7, num_quantize_multiplier(1)});
    }
    for (const auto &[label, bound] : {std::pair{"GELU float64", 1},
                                       {"ShiftGELU, input 2^-5", 60},
                                       {"GELU by gemmlowp logistic", 22},
                                       {"i-GELU, I-BERT", 22},
                                       {"GELU NN-LUT 16 entries", 12},
                                       {"GELU PWL 32 pieces", 45}}) {
        const auto y = run(label, immediates, x, columns);
        for (size_t i = 0; i < x.size(); i++) {
            const double real = (x[i] + 7) / 4096.0;
            EXPECT_NEAR(y[i], 500 * real * (1 + std::erf(real / std::sqrt(2))), bound) << label << real;
        }
    }
    immediates.out =
        num_quantize_multiplier(num_igelu_output_scale(0x1p-12) * 30); // the table has int8 results
    const auto y = run("GELU table of 256 entries", immediates, x, columns);
    for (size_t i = 0; i < x.size(); i++) {
        const double real = (x[i] + 7) / 4096.0;
        EXPECT_NEAR(y[i], 15 * real * (1 + std::erf(real / std::sqrt(2))), 1.1) << real;
    }
}

TEST(FunctionForms, LayerNormsStayNearTheExactOne)
{
    const size_t n = 64;
    const double one = 0x1p30 / std::sqrt(n);
    std::vector<int32_t> x;
    std::vector<vec_column> columns;
    double mean = 0, variance = 0;
    for (size_t i = 0; i < n; i++) {
        x.push_back(static_cast<int32_t>(i * i * 37 % 4001) - 1500);
        columns.push_back({static_cast<int32_t>(0.25 * one), num_quantize_multiplier(1000 / one)});
        mean += x[i] / static_cast<double>(n);
    }
    for (int32_t q : x) variance += (q - mean) * (q - mean) / n;
    for (const auto &[label, bound] : {std::pair{"LayerNorm float64", 1},
                                       {"I-LayerNorm, I-BERT", 2},
                                       {"I-LayerNorm, I-ViT", 2},
                                       {"LayerNorm NN-LUT 16 entries", 4},
                                       {"MadNorm, not trained for", 300}}) {
        const auto y = run(label, {}, x, columns);
        for (size_t i = 0; i < n; i++)
            EXPECT_NEAR(y[i], 1000 * ((x[i] - mean) / std::sqrt(variance) + 0.25), bound) << label;
    }
}

// Channels that differ by powers of two, as those of a residual stream do; 30 codes to one, since the result
// has 8 bits.
TEST(FunctionForms, LayerNormOfFqVitFollowsChannelsOfDifferentRange)
{
    constexpr size_t TOKENS = 20, CHANNELS = 64;
    const double one = 0x1p30 / std::sqrt(CHANNELS), scale = 1.0 / 512;
    const std::vector<vec_column> columns(
        CHANNELS, {static_cast<int32_t>(0.25 * one), num_quantize_multiplier(30 / one)});
    test_random random = {77};
    std::vector<int32_t> x;
    std::vector<float> real;
    for (size_t i = 0; i < TOKENS * CHANNELS; i++) {
        x.push_back(static_cast<int32_t>(test_random_range(&random, -1000, 1000)) * (1 << (i % 4)));
        real.push_back(static_cast<float>(x.back() * scale));
    }
    fl_ptf_input input = {};
    input.scale = scale;
    input.format = num_ptf_fit(real.data(), TOKENS, CHANNELS, input.shift);
    EXPECT_NE(input.shift[0], input.shift[3]) << "the factors follow the channels";
    fl_function_variant variant = *fl_function_variant_named("LayerNorm FQ-ViT, 8 bits, factor 2^n");
    ASSERT_TRUE(variant.fitted);
    variant.input = &input;
    vec_job job = {};
    job.function = &variant.function;
    job.rows = 1;
    job.columns = CHANNELS;
    for (size_t t = 0; t < TOKENS; t++) {
        const int32_t *row = x.data() + t * CHANNELS;
        std::vector<int32_t> y(CHANNELS);
        variant.function.row(&job, row, nullptr, columns.data(), y.data());
        double mean = 0, variance = 0;
        for (size_t i = 0; i < CHANNELS; i++) mean += row[i] / double{CHANNELS};
        for (size_t i = 0; i < CHANNELS; i++) variance += (row[i] - mean) * (row[i] - mean) / CHANNELS;
        for (size_t i = 0; i < CHANNELS; i++)
            ASSERT_NEAR(y[i], 30 * ((row[i] - mean) / std::sqrt(variance) + 0.25), 2)
                << "token " << t << " channel " << i;
    }
}

TEST(FunctionForms, SetsOfPapersAnswerAsFloatsDo)
{
    Trained model("glyph_vit", "model_int8");
    const uint32_t expected = fl_accuracy_float(wl_trained_model(model.get()), 50);
    fl_function_set set;
    size_t sets = 0;
    for (; fl_function_published_set(sets, &set); sets++)
        EXPECT_GE(model.correct(50, set) + 2, expected) << set.label;
    EXPECT_GE(sets, 5u);
}
} // namespace
