// Whole sweeps: workers, results file, kills, two at once.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sweep/point.h"
#include "sim/sweep/pool.h"
#include "tests/support/random.h"
#include "tests/support/sweep_folder.h"

namespace
{
// One illegal point in three: the accumulator buffer is too narrow for 16 columns.
const char SMALL[] = "axes:\n"
                     "  - {key: clock, from: 100 MHz, to: 400 MHz, step: 100 MHz}\n"
                     "  - zip:\n"
                     "      - {key: matrix.rows, values: [4, 8, 16]}\n"
                     "      - {key: matrix.columns, values: [16, 8, 4]}\n"
                     "constraints: [clock <= 300 MHz, latency_ms <= 0.2]\n";

TEST(SweepRun, KeepsEveryPointOnce)
{
    SweepFolder folder;
    const std::string file = folder.write("small", SMALL), database = folder / "r.sqlite";
    fl_sweep_progress first, again;
    ASSERT_EQ(run_sweep(file, database, 2, &first), "");
    EXPECT_EQ(first.done, 12u);
    EXPECT_EQ(first.known, 0u);
    const std::string rows = all_rows(database);
    // 400 MHz: two of the three points are excluded, the third fails before its constraints are looked at.
    EXPECT_EQ(query_sql(database, "SELECT status, count(*) FROM point GROUP BY status"),
              "status,count(*)\r\ndone,6\r\nfailed,4\r\n");
    EXPECT_EQ(query_sql(database, "SELECT count(*) FROM sweep_point WHERE excluded='clock <= 300 MHz'"),
              "count(*)\r\n2\r\n");
    ASSERT_EQ(run_sweep(file, database, 1, &again), "");
    EXPECT_EQ(again.ran, 0u);
    EXPECT_EQ(again.known, 10u);
    EXPECT_EQ(all_rows(database), rows);
}

TEST(SweepRun, AFailedPointKeepsItsMessage)
{
    SweepFolder folder;
    const std::string database = folder / "r.sqlite";
    fl_sweep_progress progress;
    ASSERT_EQ(run_sweep(folder.write("small", SMALL), database, 1, &progress), "");
    const std::string messages =
        query_sql(database, "SELECT DISTINCT message FROM point WHERE status='failed'");
    EXPECT_NE(messages.find("buffers.accumulator.width: 32 B per cycle cannot feed"), std::string::npos)
        << messages;
}

TEST(SweepRun, ConstraintsOnResultsExcludeThePlaceAndKeepTheResult)
{
    SweepFolder folder;
    const std::string database = folder / "r.sqlite";
    fl_sweep_progress progress;
    ASSERT_EQ(run_sweep(folder.write("small", SMALL), database, 1, &progress), "");
    EXPECT_EQ(query_sql(database, "SELECT count(*) > 0, min(latency_ms > 0.2) FROM results JOIN sweep_point "
                                  "USING(hash) WHERE excluded='latency_ms <= 0.2'"),
              "count(*) > 0,min(latency_ms > 0.2)\r\n1,1\r\n");
    EXPECT_EQ(query_sql(database, "SELECT count(*) FROM results JOIN sweep_point USING(hash) WHERE excluded "
                                  "IS NULL AND latency_ms > 0.2"),
              "count(*)\r\n0\r\n");
}

// Process ids whose parent is `parent`.
std::vector<pid_t> children_of(pid_t parent)
{
    std::vector<pid_t> found;
    std::ifstream list("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children");
    for (pid_t child; list >> child;) found.push_back(child);
    return found;
}

TEST(SweepRun, ThePointOfAWorkerThatDiesIsRunAgain)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("kill", "axes: [{key: workload.seed, from: 1, to: 4, step: 1}]\n"));
    fl_pool *pool = nullptr;
    fl_error error = {};
    ASSERT_EQ(fl_pool_new(loaded.sweep, 1, &pool, &error), FL_OK) << error.text;
    ASSERT_TRUE(fl_pool_start(pool, 3));
    EXPECT_FALSE(fl_pool_start(pool, 2));
    const std::vector<pid_t> workers = children_of(getpid());
    ASSERT_EQ(workers.size(), 1u);
    kill(workers[0], SIGKILL);
    fl_pool_report report;
    do ASSERT_EQ(fl_pool_wait(pool, 10000, &report, &error), FL_OK) << error.text;
    while (report.event == FL_POOL_ASKS || report.event == FL_POOL_IDLE);
    EXPECT_EQ(report.event, FL_POOL_DIED);
    EXPECT_EQ(report.point, 3u);
    EXPECT_STREQ(report.text, "the worker was ended by signal 9 (Killed)");
    ASSERT_TRUE(fl_pool_start(pool, 3)) << "the worker was not replaced";
    do ASSERT_EQ(fl_pool_wait(pool, 10000, &report, &error), FL_OK) << error.text;
    while (report.event == FL_POOL_IDLE);
    EXPECT_EQ(report.event, FL_POOL_ASKS);
    fl_pool_answer(pool, 0, false);
    do ASSERT_EQ(fl_pool_wait(pool, 60000, &report, &error), FL_OK) << error.text;
    while (report.event == FL_POOL_IDLE);
    EXPECT_EQ(report.event, FL_POOL_RECORD);
    EXPECT_TRUE(fl_record_has_result(report.text, report.size));
    fl_pool_free(pool);
}

// Starts a sweep in a process of its own.
pid_t start_sweep(const std::string &file, const std::string &database, size_t jobs)
{
    const pid_t process = fork();
    if (process != 0) return process;
    fl_sweep_progress progress;
    _exit(run_sweep(file, database, jobs, &progress) == "" ? 0 : 1);
}

int wait_for(pid_t process)
{
    int status = 0;
    waitpid(process, &status, 0);
    return status;
}

TEST(SweepRun, KilledFiveTimesAndResumedItEqualsAnUninterruptedRun)
{
    SweepFolder folder;
    const bool full = getenv("FL_TEST_LONG") != nullptr;
    const int points = full ? 20000 : 200;
    const std::string file = folder.write(
        "kills", "axes: [{key: workload.seed, from: 1, to: " + std::to_string(points) + ", step: 1}]\n");
    const std::string straight = folder / "straight.sqlite", killed = folder / "killed.sqlite";
    fl_sweep_progress progress;
    const auto begin = time(nullptr);
    ASSERT_EQ(run_sweep(file, straight, 2, &progress), "");
    const auto milliseconds = 1000 * (time(nullptr) - begin) + 300;
    test_random random = {(uint64_t)getpid()};
    SCOPED_TRACE("seed " + std::to_string(getpid()));
    for (int kills = 0; kills < 5; kills++) {
        const pid_t process = start_sweep(file, killed, 2);
        usleep((useconds_t)(1000 * test_random_range(&random, 5, (int64_t)milliseconds / 5)));
        const auto workers = children_of(process);
        if (kills % 2 == 1 && !workers.empty()) kill(workers[0], SIGKILL); // a worker first, then the sweep
        kill(process, SIGKILL);
        wait_for(process);
        for (const pid_t worker : workers) { // they end with the sweep and write nothing more
            for (int i = 0; i < 5000 && kill(worker, 0) == 0; i++) usleep(1000);
        }
        if (std::filesystem::exists(killed) && std::filesystem::file_size(killed) > 0) {
            const std::string check = query_sql(killed, "PRAGMA integrity_check");
            const bool before_its_tables = check == killed + ": it holds no results";
            EXPECT_TRUE(before_its_tables || check == "integrity_check\r\nok\r\n") << check;
        }
    }
    ASSERT_EQ(run_sweep(file, killed, 2, &progress), "");
    EXPECT_EQ(progress.done, (uint64_t)points);
    EXPECT_EQ(all_rows(killed), all_rows(straight));
}

TEST(SweepRun, TwoSweepsOnOneFileShareTheWork)
{
    SweepFolder folder;
    const std::string file = folder.write("two", "axes: [{key: workload.seed, from: 1, to: 120, step: 1}]\n");
    const std::string one = folder / "one.sqlite";
    fl_sweep_progress progress;
    ASSERT_EQ(run_sweep(file, one, 1, &progress), "");
    for (int round = 0; round < 8; round++) { // who makes the file, and when the other one looks, differs
        const std::string both = folder / ("both" + std::to_string(round) + ".sqlite");
        const pid_t a = start_sweep(file, both, 1), b = start_sweep(file, both, 1);
        EXPECT_EQ(wait_for(a), 0);
        EXPECT_EQ(wait_for(b), 0);
        EXPECT_EQ(all_rows(both), all_rows(one));
    }
}

TEST(SweepRun, AnInterruptKeepsWhatIsFinished)
{
    SweepFolder folder;
    const volatile int interrupted = 1;
    fl_sweep_progress progress;
    const std::string database = folder / "r.sqlite";
    EXPECT_EQ(run_sweep(folder.write("stop", SMALL), database, 1, &progress, &interrupted), "");
    EXPECT_EQ(progress.done, 0u);
    EXPECT_EQ(query_sql(database, "SELECT count(*) FROM point"), "count(*)\r\n0\r\n");
}

TEST(SweepRun, AFullDiskIsReportedAndLeavesWholePoints)
{
    SweepFolder folder;
    const std::string file =
                          folder.write("full", "axes: [{key: workload.seed, from: 1, to: 200, step: 1}]\n"),
                      database = folder / "r.sqlite";
    const pid_t process = fork();
    if (process == 0) {
        const rlimit limit = {200000, 200000};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &limit);
        fl_sweep_progress progress;
        const std::string error = run_sweep(file, database, 1, &progress);
        _exit(error.find("r.sqlite: ") != std::string::npos && progress.done > 0 && progress.done < 200 ? 0
                                                                                                        : 1);
    }
    EXPECT_EQ(wait_for(process), 0);
    EXPECT_EQ(query_sql(database, "PRAGMA integrity_check"), "integrity_check\r\nok\r\n");
    fl_sweep_progress progress;
    ASSERT_EQ(run_sweep(file, database, 1, &progress), "");
    EXPECT_GT(progress.known, 0u);
    EXPECT_EQ(query_sql(database, "SELECT count(*) FROM point"), "count(*)\r\n200\r\n");
}
} // namespace
