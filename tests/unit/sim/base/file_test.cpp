#include "sim/base/file.h"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/folder.h"

namespace fs = std::filesystem;

class File : public ::testing::Test
{
protected:
    Folder folder;
    fl_error error = {FL_OK, ""};
};

TEST_F(File, WritesAndReplacesWholeFiles)
{
    const std::string path = folder / "out.json";
    EXPECT_EQ(fl_file_write_atomic(path.c_str(), "first, longer", 13, &error), FL_OK) << error.text;
    EXPECT_EQ(fl_file_write_atomic(path.c_str(), "a\0b", 3, &error), FL_OK) << error.text;
    EXPECT_EQ(read_file(path), std::string("a\0b", 3));
    EXPECT_EQ(folder.files().size(), 1u);
}

TEST_F(File, GivesTheUsualPermissions)
{
    const std::string path = folder / "out.csv";
    const mode_t before = umask(027);
    EXPECT_EQ(fl_file_write_atomic(path.c_str(), "x", 1, &error), FL_OK);
    umask(before);
    struct stat status;
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0640u);
}

// A limit on file sizes stands for the full disk: the write fails in the middle.
TEST_F(File, LeavesTheOldFileWhenAWriteFails)
{
    const std::string path = folder / "out.csv", large(100000, 'x');
    ASSERT_EQ(fl_file_write_atomic(path.c_str(), "old", 3, &error), FL_OK);
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 5000;
    auto *handler = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    const fl_status status = fl_file_write_atomic(path.c_str(), large.data(), large.size(), &error);
    setrlimit(RLIMIT_FSIZE, &before);
    signal(SIGXFSZ, handler);
    EXPECT_EQ(status, FL_BAD_INPUT);
    EXPECT_EQ(error.text, path + ": cannot write: File too large");
    EXPECT_EQ(read_file(path), "old");
    EXPECT_EQ(folder.files().size(), 1u);
}

TEST_F(File, ReportsWhereItCannotWrite)
{
    const std::string path = folder / "missing/out.csv";
    EXPECT_EQ(fl_file_write_atomic(path.c_str(), "x", 1, &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, path + ": cannot write: No such file or directory");
    EXPECT_EQ(fl_file_write_atomic(folder.path().c_str(), "x", 1, &error), FL_BAD_INPUT);
    EXPECT_EQ(folder.files().size(), 0u);
}

TEST_F(File, WritesTexts)
{
    const std::string path = folder / "out.txt";
    fl_text text = {};
    EXPECT_EQ(fl_file_write_text(path.c_str(), &text, &error), FL_OK);
    EXPECT_EQ(read_file(path), "");
    fl_text_puts(&text, "row\n");
    EXPECT_EQ(fl_file_write_text(path.c_str(), &text, &error), FL_OK);
    EXPECT_EQ(read_file(path), "row\n");
    text.failed = true;
    EXPECT_EQ(fl_file_write_text(path.c_str(), &text, &error), FL_BAD_INPUT);
    fl_text_free(&text);
}

TEST_F(File, MakesDirectoriesWithThoseAbove)
{
    const std::string path = folder / "a/b/c";
    EXPECT_EQ(fl_make_directory(path.c_str(), &error), FL_OK) << error.text;
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_EQ(fl_make_directory((path + "/").c_str(), &error), FL_OK) << error.text;
    EXPECT_EQ(fl_make_directory("/", &error), FL_OK) << error.text;
}

TEST_F(File, RefusesADirectoryUnderAFile)
{
    write_file(folder / "file", "x");
    EXPECT_EQ(fl_make_directory((folder / "file/below").c_str(), &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, (folder / "file/below") + ": cannot make the directory: Not a directory");
    EXPECT_EQ(fl_make_directory((folder / "file").c_str(), &error), FL_BAD_INPUT);
}

TEST_F(File, TellsWhetherADirectoryCanBeMadeWithoutMakingIt)
{
    write_file(folder / "file", "x");
    EXPECT_EQ(fl_can_make_directory((folder / "a/b/c").c_str(), &error), FL_OK) << error.text;
    EXPECT_FALSE(fs::exists(folder / "a"));
    EXPECT_EQ(fl_can_make_directory(folder.path().c_str(), &error), FL_OK) << error.text;
    EXPECT_EQ(fl_can_make_directory((folder / "").c_str(), &error), FL_OK) << error.text;
    EXPECT_EQ(fl_can_make_directory("no_such_folder/below", &error),
              access(".", W_OK) == 0 ? FL_OK : FL_BAD_INPUT);
    EXPECT_EQ(fl_can_make_directory("/", &error), geteuid() == 0 ? FL_OK : FL_BAD_INPUT) << error.text;
    for (const char *name : {"file", "file/below", "file/below/below"}) {
        EXPECT_EQ(fl_can_make_directory((folder / name).c_str(), &error), FL_BAD_INPUT);
        EXPECT_EQ(error.text, (folder / name) + ": cannot make the directory: Not a directory");
    }
    if (geteuid() == 0) return; /* who may write everywhere */
    EXPECT_EQ(fl_can_make_directory("/proc/x", &error), FL_BAD_INPUT);
}

// A rename would put a file in the place of the link.
TEST_F(File, KeepsALinkToADirectory)
{
    fs::create_directory(folder / "real");
    fs::create_directory_symlink(folder / "real", folder / "link");
    EXPECT_EQ(fl_file_write_atomic((folder / "link").c_str(), "x", 1, &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, (folder / "link") + ": cannot write: Is a directory");
    EXPECT_TRUE(fs::is_symlink(folder / "link"));
}

TEST_F(File, HintsAtTheNearestName)
{
    for (const char *name : {"ant_os_64.yaml", "tiny_8.yaml", ".hidden.yaml"}) write_file(folder / name, "x");
    char hint[FL_NEAREST_HINT];
    EXPECT_STREQ(fl_file_hint((folder / "ant_os_46.yaml").c_str(), hint),
                 "; did you mean \"ant_os_64.yaml\"?");
    EXPECT_STREQ(fl_file_hint((folder / "tiny_8").c_str(), hint), "; did you mean \"tiny_8.yaml\"?");
    for (const char *name : {"bert.yaml", "", "tiny", "hidden.yam", "none/tiny_8.yaml"})
        EXPECT_STREQ(fl_file_hint((folder / name).c_str(), hint), "") << name;
}

TEST_F(File, NamesAFileFromADirectory)
{
    fl_make_directory((folder / "a/b").c_str(), &error);
    fl_make_directory((folder / "ab").c_str(), &error);
    write_file(folder / "a/file", "x");
    const struct {
        std::string directory, expected;
    } cases[] = {{"a", "file"},
                 {"a/b", "../file"},
                 {"", "a/file"},
                 {"ab", "../a/file"},
                 {"a/b/../../ab", "../a/file"}};
    for (const auto &c : cases) {
        char *name = fl_file_relative((folder / "a/file").c_str(), (folder / c.directory).c_str());
        ASSERT_NE(name, nullptr);
        EXPECT_EQ(std::string(name), c.expected);
        free(name);
    }
    char *from_root = fl_file_relative((folder / "a/file").c_str(), "/");
    EXPECT_EQ("/" + std::string(from_root), fs::canonical(folder / "a/file"));
    free(from_root);
    EXPECT_EQ(fl_file_relative((folder / "a/none").c_str(), (folder / "a").c_str()), nullptr);
}
