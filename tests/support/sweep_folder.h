// A temporary folder with sweep files, and the queries that tests ask of the results.
#ifndef FL_TESTS_SUPPORT_SWEEP_FOLDER_H
#define FL_TESTS_SUPPORT_SWEEP_FOLDER_H

#include <gtest/gtest.h>

#include <string>

#include "sim/sweep/query.h"
#include "sim/sweep/run.h"
#include "tests/support/folder.h"

struct SweepFolder : Folder {
    // A sweep over the small machine and the op list, with the given lines behind.
    std::string write(const std::string &name, const std::string &lines) const
    {
        const std::string root = std::filesystem::current_path().string(), file = *this / name;
        write_file(file, "sweep: " + name + "\nmachine: " + root +
                             "/configs/machines/tiny_8.yaml\nworkload: " + root +
                             "/workloads/gemm_example.yaml\n" + lines);
        return file;
    }
};

struct LoadedSweep {
    explicit LoadedSweep(const std::string &file) { status = fl_sweep_load(file.c_str(), &sweep, &error); }
    ~LoadedSweep() { fl_sweep_free(sweep); }
    fl_sweep *sweep = nullptr;
    fl_error error = {};
    fl_status status;
};

// Runs all points and keeps them in `database`; returns the error text, "" when there is none.
inline std::string run_sweep(const std::string &file, const std::string &database, size_t jobs,
                             fl_sweep_progress *progress, const volatile int *interrupted = nullptr)
{
    static const volatile int never = 0;
    LoadedSweep loaded(file);
    if (loaded.status != FL_OK) return loaded.error.text;
    fl_error error = {};
    fl_store *store = nullptr;
    fl_sweep_run_options options = {};
    options.count = loaded.sweep->point_count;
    options.jobs = jobs;
    options.interrupted = interrupted != nullptr ? interrupted : &never;
    fl_status status = fl_store_open(database.c_str(), false, &store, &error);
    if (status == FL_OK) status = fl_store_begin_sweep(store, loaded.sweep, &error);
    if (status == FL_OK) {
        fl_sink sink = fl_store_sink(store);
        status = fl_sweep_run(loaded.sweep, &options, &sink, progress, &error);
    }
    fl_store_close(store);
    return status == FL_OK ? "" : error.text;
}

// The rows of a SELECT as CSV, or the error text.
inline std::string query_sql(const std::string &database, const std::string &sql)
{
    fl_error error = {};
    fl_store *store = nullptr;
    fl_table table = {};
    std::string result;
    if (fl_store_open_readonly(database.c_str(), &store, &error) != FL_OK ||
        fl_query_sql(store, sql.c_str(), &table, &error) != FL_OK) {
        result = error.text;
    } else {
        fl_text text = {};
        fl_table_print(&table, FL_TABLE_CSV, &text);
        result = text.bytes;
        fl_text_free(&text);
        fl_table_free(&table);
    }
    fl_store_close(store);
    return result;
}

// Everything a results file says about its points, in a fixed order.
inline std::string all_rows(const std::string &database)
{
    return query_sql(database, "SELECT * FROM point ORDER BY hash") +
           query_sql(database, "SELECT name, idx, hash, excluded FROM sweep_point JOIN sweep ON "
                               "sweep.id=sweep_point.sweep ORDER BY name, idx");
}

#endif
