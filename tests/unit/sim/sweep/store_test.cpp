// Results files: what is refused, merging, queries and formats.
#include "sim/sweep/store.h"

#include <unistd.h>

#include "tests/support/sweep_folder.h"

namespace
{
std::string open_error(const std::string &path)
{
    fl_store *store = nullptr;
    fl_error error = {};
    const fl_status status = fl_store_open(path.c_str(), false, &store, &error);
    fl_store_close(store);
    return status == FL_OK ? "" : error.text;
}

void make_foreign_database(const std::string &path)
{
    sqlite3 *other = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(
        sqlite3_exec(other, "CREATE TABLE point(x); INSERT INTO point VALUES(1)", nullptr, nullptr, nullptr),
        SQLITE_OK);
    sqlite3_close(other);
}

TEST(SweepStore, ForeignFilesAreRefusedAndStayAsTheyWere)
{
    SweepFolder folder;
    const std::string text = folder / "text", foreign = folder / "foreign.sqlite";
    std::ofstream(text) << "these are my notes, and long enough to be more than the header of a database, "
                           "which has 100 bytes at its start.";
    make_foreign_database(foreign);
    const std::string before = read_file(text), foreign_before = read_file(foreign);
    EXPECT_EQ(open_error(text), text + ": it is not a results file of flintlock (not a database)");
    EXPECT_EQ(open_error(foreign), foreign + ": it is a database of another program; nothing was changed");
    EXPECT_EQ(read_file(text), before);
    EXPECT_EQ(read_file(foreign), foreign_before);
}

TEST(SweepStore, PlacesThatCannotBeWrittenAreReported)
{
    SweepFolder folder;
    EXPECT_EQ(open_error(folder / "no/such/r.sqlite"),
              (folder / "no/such/r.sqlite") + ": cannot write: No such file or directory");
    EXPECT_EQ(open_error(folder / ""), (folder / "") + ": it is a folder, not a results file");
    fl_store *store = nullptr;
    fl_error error = {};
    EXPECT_EQ(fl_store_open((folder / "none.sqlite").c_str(), true, &store, &error), FL_BAD_INPUT);
    EXPECT_EQ(error.text, (folder / "none.sqlite") + ": no such file");
    if (geteuid() == 0) return; // root writes everywhere
    std::filesystem::create_directory(folder / "locked");
    std::filesystem::permissions(folder / "locked",
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    EXPECT_EQ(open_error(folder / "locked/r.sqlite"),
              (folder / "locked/r.sqlite") + ": cannot write: Permission denied");
}

TEST(SweepStore, AnotherLayoutIsRefused)
{
    SweepFolder folder;
    const std::string path = folder / "r.sqlite";
    ASSERT_EQ(open_error(path), "");
    sqlite3 *database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    sqlite3_exec(database, "PRAGMA user_version=99", nullptr, nullptr, nullptr);
    sqlite3_close(database);
    EXPECT_EQ(open_error(path),
              path + ": its layout has version 99, this program writes version 1; nothing was changed");
}

TEST(SweepStore, ACorruptFileIsReported)
{
    SweepFolder folder;
    const std::string path = folder / "r.sqlite";
    fl_sweep_progress progress;
    ASSERT_EQ(run_sweep(folder.write("corrupt", "axes: [{key: workload.seed, from: 1, to: 5, step: 1}]\n"),
                        path, 1, &progress),
              "");
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100);
    file << std::string(8000, '\xA5');
    file.close();
    EXPECT_NE(open_error(path), "");
    EXPECT_NE(query_sql(path, "SELECT * FROM point").find("malformed"), std::string::npos);
}

TEST(SweepStore, MergingBringsPointsAndPlacesOnce)
{
    SweepFolder folder;
    fl_sweep_progress progress;
    const std::string a = folder.write("a", "axes: [{key: workload.seed, from: 1, to: 6, step: 1}]\n"),
                      b = folder.write("b", "axes: [{key: workload.seed, from: 4, to: 9, step: 1}]\n");
    ASSERT_EQ(run_sweep(a, folder / "a.sqlite", 1, &progress), "");
    ASSERT_EQ(run_sweep(b, folder / "b.sqlite", 1, &progress), "");
    ASSERT_EQ(run_sweep(a, folder / "both.sqlite", 1, &progress), "");
    ASSERT_EQ(run_sweep(b, folder / "both.sqlite", 1, &progress), "");
    EXPECT_EQ(progress.known, 3u);
    fl_store *store = nullptr;
    fl_error error = {};
    ASSERT_EQ(fl_store_open((folder / "merged.sqlite").c_str(), false, &store, &error), FL_OK);
    for (const char *part : {"b.sqlite", "a.sqlite", "b.sqlite"})
        ASSERT_EQ(fl_store_merge(store, (folder / part).c_str(), &error), FL_OK) << error.text;
    make_foreign_database(folder / "foreign.sqlite");
    EXPECT_EQ(fl_store_merge(store, (folder / "foreign.sqlite").c_str(), &error), FL_BAD_INPUT);
    const std::string merged = folder / "merged.sqlite", link = folder / "link.sqlite";
    std::filesystem::create_symlink(merged, link);
    for (const std::string &same : {merged, link}) {
        EXPECT_EQ(fl_store_merge(store, same.c_str(), &error), FL_BAD_INPUT);
        EXPECT_EQ(error.text, same + ": it cannot be brought into itself");
    }
    fl_store_close(store);
    EXPECT_EQ(all_rows(folder / "merged.sqlite"), all_rows(folder / "both.sqlite"));
}

// --- queries ---

class SweepQuery : public ::testing::Test
{
protected:
    static void SetUpTestSuite()
    {
        folder_ = new SweepFolder;
        fl_sweep_progress progress;
        const std::string file = folder_->write(
            "query",
            "axes:\n  - {key: clock, values: [1 GHz, 500 MHz]}\n  - {key: matrix.rows, values: [4, 8, 16]}\n"
            "constraints: [matrix.rows <= 8]\n");
        ASSERT_EQ(run_sweep(file, *folder_ / "r.sqlite", 2, &progress), "");
    }
    static void TearDownTestSuite() { delete folder_; }

    static std::string ask(const fl_query &query, fl_table_format format)
    {
        fl_store *store = nullptr;
        fl_error error = {};
        fl_table table = {};
        std::string result;
        if (fl_store_open_readonly((*folder_ / "r.sqlite").c_str(), &store, &error) != FL_OK ||
            fl_query_run(store, &query, &table, &error) != FL_OK) {
            result = error.text;
        } else {
            fl_text text = {};
            fl_table_print(&table, format, &text);
            result = text.bytes == nullptr ? "" : text.bytes;
            fl_text_free(&text);
            fl_table_free(&table);
        }
        fl_store_close(store);
        return result;
    }

    static SweepFolder *folder_;
};
SweepFolder *SweepQuery::folder_;

TEST_F(SweepQuery, ColumnsFiltersAndOrder)
{
    fl_query query = {};
    query.columns = "clock,matrix.rows,buffers.total";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock,matrix.rows,buffers.total\r\n1 GHz,4,49152\r\n1 "
                                        "GHz,8,49152\r\n500 MHz,4,49152\r\n500 MHz,8,49152\r\n");
    query.sort = "clock,-matrix.rows"; // by quantity, not by letter
    query.columns = "clock,matrix.rows";
    EXPECT_EQ(ask(query, FL_TABLE_CSV),
              "clock,matrix.rows\r\n500 MHz,8\r\n500 MHz,4\r\n1 GHz,8\r\n1 GHz,4\r\n");
    query.filter = "clock < 1 GHz, matrix.rows >= 8, machine = tiny_8";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock,matrix.rows\r\n500 MHz,8\r\n");
    query = {};
    query.columns = "clock";
    query.limit = "1";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock\r\n1 GHz\r\n");
}

TEST_F(SweepQuery, ParetoKeepsWhatIsNotBeaten)
{
    fl_query query = {};
    query.columns = "clock,matrix.rows";
    query.pareto = "latency_ms";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock,matrix.rows\r\n1 GHz,8\r\n");
    query.pareto = "latency_ms,area_mm2";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock,matrix.rows\r\n1 GHz,4\r\n1 GHz,8\r\n");
}

TEST_F(SweepQuery, WrongQuestionsAreExplained)
{
    fl_query query = {};
    query.columns = "matrix.rowz";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "unknown column \"matrix.rowz\"; did you mean \"matrix.rows\"? (no "
                                        "metric, and in no point's configuration or summary)");
    query.columns = "x'); DROP TABLE point; --";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "\"x'); DROP TABLE point; --\" is no column name");
    query.columns = nullptr;
    query.filter = "clock";
    EXPECT_EQ(ask(query, FL_TABLE_CSV),
              "--filter \"clock\": expected FIELD OPERATOR VALUE with one of <= >= != < > =");
    query.filter = "machine = it's ' OR 1=1";
    query.columns = "clock";
    EXPECT_EQ(ask(query, FL_TABLE_CSV), "clock\r\n");
    EXPECT_NE(query_sql(*folder_ / "r.sqlite", "DELETE FROM point").find("expected one statement that reads"),
              std::string::npos);
    EXPECT_NE(
        query_sql(*folder_ / "r.sqlite", "SELECT 1; SELECT 2").find("expected one statement that reads"),
        std::string::npos);
}

TEST(SweepTable, EveryFormatEscapesWhatItMust)
{
    SweepFolder folder;
    const std::string database = folder / "r.sqlite";
    ASSERT_EQ(open_error(database), "");
    fl_store *store = nullptr;
    fl_error error = {};
    ASSERT_EQ(fl_store_open_readonly(database.c_str(), &store, &error), FL_OK);
    fl_table table;
    ASSERT_EQ(fl_query_sql(store,
                           "SELECT 'a,\"b\"' AS name, 1.0/3 AS \"x_1\", NULL AS none UNION ALL SELECT "
                           "'<|&%_{', 12345678901, 'x'",
                           &table, &error),
              FL_OK)
        << error.text;
    const char *expected[] = {
        "name            x_1  none\na,\"b\"      0.333333  \n<|&%_{  12345678901  x\n",
        "name,x_1,none\r\n\"a,\"\"b\"\"\",0.3333333333333333,\r\n<|&%_{,12345678901,x\r\n",
        "{\"name\":\"a,\\\"b\\\"\",\"x_1\":0.3333333333333333,\"none\":null}\n{\"name\":\"<|&%_{\",\"x_1\":"
        "12345678901,\"none\":\"x\"}\n",
        "| name | x_1 | none |\n| --- | ---: | --- |\n| a,\"b\" | 0.333333 |  |\n| \\<\\|&%_{ | "
        "12345678901 | x |\n",
        "\\begin{tabular}{lrl}\n\\hline\nname & x\\_1 & none \\\\\n\\hline\na,\"b\" & 0.333333 &  "
        "\\\\\n\\textless{}|\\&\\%\\_\\{ & 12345678901 & x "
        "\\\\\n\\hline\n\\end{tabular}\n",
    };
    for (int f = 0; f < 5; f++) {
        fl_text text = {};
        fl_table_print(&table, (fl_table_format)f, &text);
        EXPECT_STREQ(text.bytes, expected[f]) << fl_table_formats[f];
        fl_text_free(&text);
    }
    fl_table_free(&table);
    fl_store_close(store);
}
} // namespace
