// The program as a user runs it: arguments in, exit code and both outputs back.
#ifndef FL_TESTS_SUPPORT_CLI_H
#define FL_TESTS_SUPPORT_CLI_H

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/folder.h"

namespace cli
{
namespace fs = std::filesystem;

// The environment's FLINTLOCK, else the program beside the tests.
inline std::string program()
{
    const char *given = std::getenv("FLINTLOCK");
    if (given != nullptr) return fs::absolute(given).string();
    return (fs::read_symlink("/proc/self/exe").parent_path() / "flintlock").string();
}

struct Outcome {
    int code; // exit code, or 128 + the signal that ended it
    std::string out, err;
};

// A running program. Outputs go to files, so that it never waits for its reader.
class Process
{
public:
    Process(const std::vector<std::string> &arguments, const fs::path &directory)
    {
        std::vector<std::string> strings = {program()};
        strings.insert(strings.end(), arguments.begin(), arguments.end());
        std::vector<char *> argv;
        for (std::string &s : strings) argv.push_back(s.data());
        argv.push_back(nullptr);
        const std::string out = outputs_ / "out", err = outputs_ / "err", where = directory.string();
        pid_ = fork();
        if (pid_ != 0) return;
        const int out_file = open(out.c_str(), O_CREAT | O_WRONLY, 0600),
                  err_file = open(err.c_str(), O_CREAT | O_WRONLY, 0600);
        if (dup2(out_file, 1) < 0 || dup2(err_file, 2) < 0 || chdir(where.c_str()) != 0) _exit(126);
        execv(argv[0], argv.data());
        _exit(127);
    }
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;

    pid_t pid() const { return pid_; }
    // Returns when the program handles the signal itself, or has ended.
    void wait_until_it_catches(int signal) const
    {
        for (int tries = 0; tries < 2000; tries++, usleep(10000)) {
            const std::string status = read_file("/proc/" + std::to_string(pid_) + "/status");
            const size_t at = status.find("SigCgt:");
            if (at == std::string::npos) return;
            if (std::strtoull(status.c_str() + at + 7, nullptr, 16) >> (signal - 1) & 1) return;
        }
    }
    Outcome wait()
    {
        int status = 0;
        waitpid(pid_, &status, 0);
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        EXPECT_NE(code, 127) << "cannot run " << program() << "; build it or set FLINTLOCK";
        return {code, read_file(outputs_.path() / "out"), read_file(outputs_.path() / "err")};
    }

private:
    Folder outputs_;
    pid_t pid_;
};

inline Outcome flintlock(const std::vector<std::string> &arguments,
                         const fs::path &directory = fs::current_path())
{
    return Process(arguments, directory).wait();
}
} // namespace cli

#endif
