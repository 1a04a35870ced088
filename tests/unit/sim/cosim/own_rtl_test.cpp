// A user's own RTL against a block's model: agreement, the first difference, and located errors.
#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

#include "sim/cosim/own_rtl.h"
#include "tests/support/folder.h"
#include "tests/support/systemc_test.h"

namespace
{
struct Result {
    fl_status status;
    std::string report, error;
};

Result lockstep(const std::string &yaml, const char *folder = nullptr)
{
    fl_own_rtl own;
    fl_text report = {};
    fl_error error = {};
    const fl_lockstep_options options = {5000, 1, false, FL_RTL_PLAIN, folder, nullptr};
    fl_status status = fl_own_rtl_load(yaml.c_str(), &own, &error);
    if (status == FL_OK) status = fl_own_rtl_lockstep(&own, &options, &report, &error);
    const Result result = {status, report.size > 0 ? report.bytes : "", error.text};
    fl_text_free(&report);
    fl_own_rtl_free(&own);
    return result;
}

class OwnRtl : public SystemcTest
{
protected:
    void write(const std::string &file, const std::string &text) const { write_file(folder_ / file, text); }
    // The example's source, with one text replaced.
    void write_source(const std::string &from = "", const std::string &to = "") const
    {
        std::string source = read_file("tests/data/own_rtl/my_requantize.sv");
        for (size_t at = 0; !from.empty() && (at = source.find(from, at)) != std::string::npos;
             at += to.size())
            source.replace(at, from.size(), to);
        write("my.sv", source);
    }
    // The message, without the folder.
    std::string error_of(const std::string &yaml) const
    {
        write("my.yaml", yaml);
        const Result result = lockstep(folder_ / "my.yaml");
        EXPECT_EQ(result.status, FL_BAD_INPUT) << result.report;
        std::string text = result.error;
        const std::string prefix = folder_ / "";
        for (size_t at; (at = text.find(prefix)) != std::string::npos;) text.erase(at, prefix.size());
        return text;
    }
    Folder folder_;
};

const char *const GOOD = "block: requantize\nrtl:\n  top: my_requantize\n  files: [my.sv]\n";

TEST_F(OwnRtl, AgreesWithTheModelItImplements)
{
    const Result result = lockstep("tests/data/own_rtl/my_requantize.yaml");
    EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
}

TEST_F(OwnRtl, IsReportedWhereItFirstDiffers)
{
    const Result result = lockstep("tests/data/own_rtl/my_requantize_broken.yaml");
    EXPECT_EQ(result.status, FL_DIFFERENCE) << result.error;
    EXPECT_EQ(result.report.find("my_requantize: cycle 124: port data_o: got bb, expected ba\n"), 0u)
        << result.report;
}

// A folder that cannot be written is no fault of the module.
TEST_F(OwnRtl, IsNotBlamedForOtherErrors)
{
    const Result result = lockstep("tests/data/own_rtl/my_requantize_broken.yaml", "/dev/null/out");
    EXPECT_EQ(result.status, FL_BAD_INPUT);
    EXPECT_EQ(result.error, "/dev/null/out: cannot make the directory: Not a directory");
}

TEST_F(OwnRtl, TakesThePlaceOfAnArray)
{
    char root[512];
    ASSERT_NE(getcwd(root, sizeof root), nullptr);
    std::string files;
    for (const char *name :
         {"array/fl_array_os.sv", "pe/fl_pe_os.sv", "array/fl_boundary_decoder.sv", "common/fl_delay.sv",
          "pe/fl_mac.sv", "pe/fl_decode_ant4.sv", "pe/fl_decode_int4.sv", "pe/fl_decode_int8.sv"})
        files += std::string(files.empty() ? "" : ", ") + root + "/rtl/" + name;
    const std::string yaml = "block: array_os\nrtl:\n  top: fl_array_os\n  files: [" + files + "]\n";
    write("my.yaml", yaml + "  parameters: {Pe: 0, Rows: 4, Columns: 3, Shadow: 1}\n");
    const Result result = lockstep(folder_ / "my.yaml");
    EXPECT_EQ(result.status, FL_OK) << result.report << result.error;
    EXPECT_EQ(
        error_of(yaml + "  parameters: {Pe: 0, Rows: 4, Columns: 4, Shadow: 1}\n")
            .find("my.yaml:3:3: rtl.top: port \"b_code_i\" of module fl_array_os has 32 bits (allowed: 24)"),
        0u);

    // A PE that starts the next sum at 1.
    std::ostringstream pe;
    pe << std::ifstream("rtl/pe/fl_pe_os.sv").rdbuf();
    std::string source = pe.str(), broken = yaml;
    const std::string zero = "b_last_i ? '0 : mac", file = std::string(root) + "/rtl/pe/fl_pe_os.sv";
    ASSERT_NE(source.find(zero), std::string::npos);
    write("my.sv", source.replace(source.find(zero), zero.size(), "b_last_i ? 32'd1 : mac"));
    write("my.yaml", broken.replace(broken.find(file), file.size(), "my.sv") +
                         "  parameters: {Pe: 0, Rows: 4, Columns: 3, Shadow: 1}\n");
    const Result wrong = lockstep(folder_ / "my.yaml");
    EXPECT_EQ(wrong.status, FL_DIFFERENCE) << wrong.error;
    EXPECT_EQ(wrong.report.find("fl_array_os: cycle 16: port c_sum_o: got "), 0u) << wrong.report;
}

TEST_F(OwnRtl, IsBuiltAnewWhenAnIncludedFileChanges)
{
    write_source("(OUT - 1)) - 1", "(OUT - 1)) - `ONE");
    write("my.sv", "`include \"my.svh\"\n" + read_file(folder_ / "my.sv"));
    write("my.yaml", GOOD);
    write("my.svh", "`define ONE 1\n");
    EXPECT_EQ(lockstep(folder_ / "my.yaml").status, FL_OK);
    write("my.svh", "`define ONE 2\n");
    EXPECT_EQ(lockstep(folder_ / "my.yaml").status, FL_DIFFERENCE);
}

TEST_F(OwnRtl, FailsWithTheLineThatIsWrong)
{
    write_source();
    EXPECT_EQ(error_of("block: requantise\nrtl: {top: my_requantize, files: [my.sv]}\n")
                  .find("my.yaml:1:1: block: \"requantise\" is not a known rtl_block; did you mean "
                        "\"requantize\"?"),
              0u);
    EXPECT_EQ(error_of("block: requantize\nrtl: {top: my_requantize, files: [mine.sv]}\n"),
              "my.yaml:2:35: rtl.files[0]: mine.sv: cannot read: No such file or directory");
    EXPECT_EQ(error_of("block: requantize\nrtl: {top: my_requantise, files: [my.sv]}\n"),
              "my.yaml:2:7: rtl.top: the files have no module \"my_requantise\"; did you mean "
              "\"my_requantize\"?");
    EXPECT_EQ(error_of("block: requantize\nrtl: {top: 'my; ls', files: [my.sv]}\n"),
              "my.yaml:2:7: rtl.top: \"my; ls\" is not the name of a module");
    EXPECT_EQ(error_of("block: requantize\nrtl: {top: my_requantize, files: []}\n"),
              "my.yaml:2:27: rtl.files: rtl.files is a list of SystemVerilog files");
    EXPECT_EQ(error_of("block: requantize\n"),
              "my.yaml:1:1: no module is named (rtl: {top: my_module, files: [my_module.sv]})");
    EXPECT_EQ(error_of(std::string(GOOD) + "  parameters: {OUT: eight}\n").find("my.yaml:5:16: "), 0u);
    EXPECT_EQ(error_of(std::string(GOOD) + "  params: {OUT: 8}\n"),
              "my.yaml:5:3: rtl.params: unknown key (allowed: files, parameters, top)");
}

TEST_F(OwnRtl, FailsWhenThePortsAreNotTheBlocks)
{
    write_source();
    EXPECT_EQ(error_of(std::string(GOOD) + "  parameters: {OUT: 7}\n"),
              "my.yaml:3:3: rtl.top: port \"data_o\" of module my_requantize has 7 bits (allowed: 8)");
    EXPECT_EQ(error_of(std::string(GOOD) + "  parameters: {OUTT: 8}\n"),
              "my.yaml:5:16: rtl.parameters.OUTT: module my_requantize has no such parameter");
    write_source("data_o", "dat_o");
    EXPECT_EQ(error_of(GOOD), "my.yaml:3:3: rtl.top: module my_requantize has no port \"data_o\" (output, 8 "
                              "bits); its \"dat_o\" is the nearest name");
    write_source("input  logic        ready_i,", "input  logic        ready_i, enable_i,");
    EXPECT_EQ(error_of(GOOD), "my.yaml:3:3: rtl.top: module my_requantize has an input \"enable_i\" that no "
                              "block drives; give it a constant inside");
    write_source("output logic        ready_o", "input logic        ready_o");
    EXPECT_NE(error_of(GOOD), "");
}

// Warnings do not stop the build of somebody's module; what it says itself when it is elaborated does.
TEST_F(OwnRtl, StopsAtAnElaborationErrorOfTheModule)
{
    write_source("endmodule", "  if (OUT != 9) $error(\"OUT is not 9\");\nendmodule");
    EXPECT_NE(error_of(GOOD).find("OUT is not 9"), std::string::npos);
}

TEST_F(OwnRtl, ShowsWhatVerilatorRefuses)
{
    write_source("assign wide =", "assign wide");
    const std::string error = error_of(GOOD);
    EXPECT_EQ(error.find("my.yaml:3:3: rtl.top: verilator failed:\n%Error: my.sv:29:15: syntax error"), 0u)
        << error;
}
} // namespace
