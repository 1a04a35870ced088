// The cache of built RTL: what a killed build, a full disk or a second process leaves must not matter.
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "sim/cosim/rtl.h"

namespace
{
namespace fs = std::filesystem;

fl_rtl_design small_design()
{
    fl_rtl_design design = {};
    design.top = "one_bit_operations";
    design.files[0] = "tests/data/rtl/one_bit_operations.sv";
    design.ports[0] = {"a_i", 8, false};
    design.ports[1] = {"y_o", 1, true};
    return design;
}

// An environment variable for the time of a test.
class Variable
{
public:
    Variable(const char *name, const std::string &value) : name_(name)
    {
        const char *before = std::getenv(name);
        was_set_ = before != nullptr;
        if (was_set_) before_ = before;
        setenv(name, value.c_str(), 1);
    }
    ~Variable() { was_set_ ? setenv(name_, before_.c_str(), 1) : unsetenv(name_); }
    Variable(const Variable &) = delete;

private:
    const char *name_;
    bool was_set_;
    std::string before_;
};

// A cache of its own that shares the run-time library with the one of all tests.
class RtlCache : public ::testing::Test
{
protected:
    void SetUp() override
    {
        char name[] = "/tmp/rtl_cache_test_XXXXXX";
        const std::string shared = build();
        ASSERT_NE(shared, "");
        ASSERT_NE(mkdtemp(name), nullptr);
        folder_ = name;
        for (const auto &entry : fs::directory_iterator(fs::path(shared).parent_path().parent_path()))
            if (entry.path().filename().string().rfind("runtime-", 0) == 0)
                fs::create_directory_symlink(entry.path(), folder_ / entry.path().filename());
        cache_ = std::make_unique<Variable>("FLINTLOCK_CACHE", folder_);
    }
    void TearDown() override
    {
        cache_.reset();
        fs::remove_all(folder_);
    }

    // The library's path, empty after an error.
    std::string build()
    {
        const fl_rtl_design design = small_design();
        char path[4096];
        fl_error error = {};
        const bool built = fl_rtl_build(&design, FL_RTL_PLAIN, path, sizeof path, &error) == FL_OK;
        error_ = error.text;
        return built ? path : "";
    }
    bool works()
    {
        const fl_rtl_design design = small_design();
        fl_error error = {};
        fl_rtl_model *model = fl_rtl_open(&design, FL_RTL_PLAIN, 1, &error);
        const uint32_t in = 0;
        uint32_t out = 0;
        const bool good = model != nullptr && fl_rtl_settle(model, &in, &out) && out == 0;
        fl_rtl_close(model);
        error_ = error.text;
        return good;
    }
    size_t count(const std::string &start) const
    {
        const fs::directory_iterator entries(folder_);
        return static_cast<size_t>(std::count_if(begin(entries), end(entries), [&](const auto &entry) {
            return entry.path().filename().string().rfind(start, 0) == 0;
        }));
    }

    fs::path folder_;
    std::unique_ptr<Variable> cache_;
    std::string error_;
};

// In a new file: the old one may still be loaded.
void cut(const fs::path &file, uintmax_t bytes)
{
    const fs::path whole = file.string() + ".whole";
    fs::rename(file, whole);
    fs::copy_file(whole, file);
    fs::resize_file(file, bytes);
}

TEST_F(RtlCache, BuildsAgainWhatIsCutShortOrGone)
{
    const std::string library = build();
    ASSERT_NE(library, "") << error_;
    cut(library, fs::file_size(library) - 1);
    EXPECT_TRUE(works()) << error_;
    fs::remove(library);
    EXPECT_TRUE(works()) << error_;
    EXPECT_EQ(count("one_bit_operations-"), 1u);
    EXPECT_EQ(count(".building-"), 0u);
}

TEST_F(RtlCache, RemovesWhatBuildsLeftADayAgo)
{
    for (const char *name : {".building-old", ".building-young"}) {
        fs::create_directory(folder_ / name);
        std::ofstream(folder_ / name / "Vdesign.cpp") << "not C++";
    }
    std::ofstream(folder_ / ".building-old.log") << "log";
    for (const char *name : {".building-old", ".building-old.log"}) {
        const auto old = fs::file_time_type::clock::now() - std::chrono::hours(25);
        fs::last_write_time(folder_ / name, old);
    }
    EXPECT_TRUE(works()) << error_;
    EXPECT_EQ(count(".building-old"), 0u);
    EXPECT_EQ(count(".building-young"), 1u);
}

TEST_F(RtlCache, TakesTwoBuildsOfTheSameDesignAtOnce)
{
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(build().empty());
    EXPECT_TRUE(works()) << error_;
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(count("one_bit_operations-"), 1u);
    EXPECT_EQ(count(".building-"), 0u);
}

TEST_F(RtlCache, SaysWhichToolIsMissing)
{
    const Variable path("PATH", "/nonexistent");
    EXPECT_EQ(build(), "");
    EXPECT_EQ(error_.find("verilator: not found, and RTL is built with it (Debian package verilator):\n"), 0u)
        << error_;
}

TEST_F(RtlCache, SaysThatItCannotBeWritten)
{
    if (geteuid() == 0) GTEST_SKIP() << "root writes everywhere";
    chmod(folder_.c_str(), 0555);
    EXPECT_EQ(build(), "");
    EXPECT_NE(error_.find("FLINTLOCK_CACHE names another"), std::string::npos) << error_;
    chmod(folder_.c_str(), 0755);
}
} // namespace
