// Golden messages: a folder of wrong inputs, each with the message it must give.
//
// The first line of a file is `# expect: MESSAGE`, the whole error text with the file named by its base name.
#ifndef FL_TESTS_SUPPORT_BAD_INPUTS_H
#define FL_TESTS_SUPPORT_BAD_INPUTS_H

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

// Gives the error text of the input in `path`, "" when it was accepted. Called inside the folder of the file,
// so that messages name it, and what it includes, relative to there.
using LoadBadInput = std::function<std::string(const std::string &path)>;

inline std::vector<std::filesystem::path> bad_input_files(const std::string &folder)
{
    std::vector<std::filesystem::path> files;
    for (const auto &entry : std::filesystem::directory_iterator(folder))
        if (entry.path().extension() == ".yaml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

// Checks every *.yaml file of a folder, and that there are at least `at_least` of them. Files without an
// expect line are there to be included by others.
inline void expect_golden_messages(const std::string &folder, size_t at_least, const LoadBadInput &load)
{
    static const std::string MARK = "# expect: ";
    size_t checked = 0;
    const auto start = std::filesystem::current_path();
    const auto files = bad_input_files(folder);
    std::filesystem::current_path(folder);
    for (const auto &file : files) {
        std::string line;
        std::ifstream input(file.filename());
        std::getline(input, line);
        if (line.rfind(MARK, 0) != 0) continue;
        checked++;
        EXPECT_EQ(load(file.filename().string()), line.substr(MARK.size())) << "in " << file;
    }
    std::filesystem::current_path(start);
    EXPECT_GE(checked, at_least) << "in " << folder;
}

#endif
