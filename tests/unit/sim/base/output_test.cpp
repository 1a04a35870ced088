#include "sim/base/output.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/folder.h"

namespace
{

TEST(Output, HasItsNameOnlyWhenItIsWhole)
{
    Folder folder;
    fl_output output;
    ASSERT_EQ(fl_output_open((folder / "a").c_str(), &output, nullptr), FL_OK);
    ASSERT_EQ(fl_output_write(&output, "one ", 4, nullptr), FL_OK);
    ASSERT_EQ(fl_output_write(&output, "two", 3, nullptr), FL_OK);
    EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    ASSERT_EQ(fl_output_commit(&output, nullptr), FL_OK);
    EXPECT_EQ(read_file(folder / "a"), "one two");
    EXPECT_EQ(folder.files().size(), 1u);
    const mode_t mask = umask(0);
    umask(mask);
    struct stat status;
    ASSERT_EQ(stat((folder / "a").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0666 & ~mask);
}

TEST(Output, DiscardingLeavesTheOlderFile)
{
    Folder folder;
    write_file(folder / "a", "old");
    fl_output output;
    ASSERT_EQ(fl_output_open((folder / "a").c_str(), &output, nullptr), FL_OK);
    ASSERT_EQ(fl_output_write(&output, "new", 3, nullptr), FL_OK);
    fl_output_discard(&output);
    fl_output_discard(&output);
    EXPECT_EQ(read_file(folder / "a"), "old");
    EXPECT_EQ(folder.files().size(), 1u);
}

TEST(Output, FaultsNameTheFile)
{
    Folder folder;
    fl_error error = {};
    fl_output output;
    const std::string missing = folder / "no/a";
    EXPECT_EQ(fl_output_open(missing.c_str(), &output, &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, missing + ": cannot write: No such file or directory");
    std::filesystem::create_directory(folder / "taken");
    ASSERT_EQ(fl_output_open((folder / "taken").c_str(), &output, &error), FL_OK);
    EXPECT_EQ(fl_output_commit(&output, &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, (folder / "taken") + ": cannot write: Is a directory");
    EXPECT_EQ(folder.files(), std::vector<std::string>{"taken"});
}

} // namespace
