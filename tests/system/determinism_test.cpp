// Same inputs, same bytes out: reports do not depend on time, folder or path.
#include <gtest/gtest.h>

#include "tests/support/cli.h"

namespace
{
using namespace cli;

const char *const REPORTS[] = {"summary.json", "layers.csv", "config.effective.yaml",
                               "workload.effective.yaml"};

void expect_same_reports(const fs::path &a, const fs::path &b)
{
    for (const char *name : REPORTS) {
        const std::string text = read_file(a / name);
        EXPECT_FALSE(text.empty()) << name;
        EXPECT_EQ(text, read_file(b / name)) << name;
    }
}

TEST(Determinism, TwoRunsWriteTheSameBytes)
{
    const Folder folder;
    for (const char *out : {"a", "b"}) {
        const Outcome run = flintlock(
            {"run", "configs/machines/tiny_8.yaml", "workloads/tiny_encoder.yaml", "--out", folder / out});
        ASSERT_EQ(run.code, 0) << run.err;
    }
    expect_same_reports(folder.path() / "a", folder.path() / "b");
}

TEST(Determinism, FolderAndFormOfThePathDoNotShow)
{
    const Folder folder;
    const fs::path root = fs::current_path();
    const Outcome here = flintlock(
        {"run", "configs/machines/tiny_8.yaml", "workloads/tiny_encoder.yaml", "--out", folder / "a"});
    ASSERT_EQ(here.code, 0) << here.err;
    const Outcome there = flintlock(
        {"run", root / "configs/machines/tiny_8.yaml", root / "workloads/tiny_encoder.yaml", "--out", "b"},
        folder.path());
    ASSERT_EQ(there.code, 0) << there.err;
    for (const char *name : {"summary.json", "layers.csv"})
        EXPECT_EQ(read_file(folder.path() / "a" / name), read_file(folder.path() / "b" / name)) << name;
    EXPECT_EQ(read_file(folder.path() / "a" / "config.effective.yaml"),
              read_file(folder.path() / "b" / "config.effective.yaml"));
}

TEST(Determinism, DataAndTraceDoNotChangeTheReports)
{
    const Folder folder;
    const std::vector<std::string> plain = {"run", "configs/machines/tiny_8.yaml",
                                            "workloads/tiny_encoder.yaml", "--out"};
    std::vector<std::string> one = plain, two = plain;
    one.push_back(folder / "a");
    two.insert(two.end(), {folder / "b", "--data", "--trace"});
    ASSERT_EQ(flintlock(one).code, 0);
    ASSERT_EQ(flintlock(two).code, 0);
    expect_same_reports(folder.path() / "a", folder.path() / "b");
    EXPECT_TRUE(fs::exists(folder.path() / "b" / "timeline.json"));
}

TEST(Determinism, SetEqualsTheSameKeyInTheFile)
{
    const Folder folder;
    const std::string machine = read_file("configs/machines/tiny_8.yaml");
    const std::string key = "lanes: 8";
    std::string changed = machine;
    ASSERT_NE(changed.find(key), std::string::npos);
    changed.replace(changed.find(key), key.size(), "lanes: 5");
    const std::string include = "../costs/", absolute = (fs::current_path() / "configs/costs").string() + "/";
    changed.replace(changed.find(include), include.size(), absolute);
    write_file(folder.path() / "machine.yaml", changed);
    const Outcome file =
        flintlock({"run", folder / "machine.yaml", "workloads/tiny_encoder.yaml", "--out", folder / "a"});
    ASSERT_EQ(file.code, 0) << file.err;
    const Outcome set = flintlock({"run", "configs/machines/tiny_8.yaml", "workloads/tiny_encoder.yaml",
                                   "--set", "vector.lanes=5", "--out", folder / "b"});
    ASSERT_EQ(set.code, 0) << set.err;
    const Outcome plain = flintlock(
        {"run", "configs/machines/tiny_8.yaml", "workloads/tiny_encoder.yaml", "--out", folder / "c"});
    ASSERT_EQ(plain.code, 0) << plain.err;
    expect_same_reports(folder.path() / "a", folder.path() / "b");
    EXPECT_NE(read_file(folder.path() / "b" / "summary.json"),
              read_file(folder.path() / "c" / "summary.json"));
}

// What a run says it used, run again, gives the same results, from another folder too: recipes stand in it,
// and weights are named from where it is.
TEST(Determinism, EffectiveConfigurationRunsAgain)
{
    for (const char *workload :
         {"workloads/gemm_example.yaml", "workloads/tiny_encoder.yaml", "workloads/sorter.yaml"}) {
        SCOPED_TRACE(workload);
        const Folder folder;
        const Outcome first = flintlock({"run", "configs/machines/ant_os_64.yaml", workload, "--set",
                                         "matrix.rows=32", "--out", folder / "a"});
        ASSERT_EQ(first.code, 0) << first.err;
        const Outcome again = flintlock(
            {"run", "a/config.effective.yaml", "a/workload.effective.yaml", "--out", "b"}, folder.path());
        ASSERT_EQ(again.code, 0) << again.err;
        expect_same_reports(folder.path() / "a", folder.path() / "b");
    }
}
} // namespace
