// What a point of a sweep costs beyond its simulation: configuration, workload, mapping, report, results
// file.
#include <benchmark/benchmark.h>

#include <chrono>
#include <string>
#include <vector>

#include "sim/sweep/point.h"
#include "sim/sweep/store.h"
#include "tests/support/folder.h"

namespace
{
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start)
{
    return std::chrono::duration<double>(Clock::now() - start).count();
}

// As a worker and its parent do it.
double whole_point(const fl_sweep *sweep, uint64_t index, fl_point_cache *cache, fl_store *store)
{
    static const volatile int never = 0;
    auto start = Clock::now();
    fl_point point;
    fl_error error;
    fl_text line = {};
    fl_added added = FL_PLACED;
    bool known = true;
    fl_point_open(&point, sweep, index, cache);
    fl_store_has(store, point.hash, &known, &error);
    fl_point_simulate(&point, &never);
    fl_point_record(&point, &line);
    fl_store_add(store, line.bytes, line.size, &added, &error);
    fl_text_free(&line);
    fl_point_close(&point);
    return seconds_since(start);
}

double simulation_alone(const fl_sweep *sweep, uint64_t index, fl_point_cache *cache)
{
    fl_point point;
    fl_point_open(&point, sweep, index, cache);
    const wl_workload *workload = point.workload->built;
    std::vector<fl_mapping> mappings(workload->op_count);
    fl_dram_profile dram;
    fl_error error;
    fl_run_result result = {};
    fl_run_options options = {};
    fl_point_cache_probe(cache, &point.machine, &dram, &error);
    fl_map_workload(&point.machine, workload, &dram, mappings.data(), &error);
    auto start = Clock::now();
    fl_stream *stream = fl_stream_new(&point.machine, workload, mappings.data(), 0, workload->op_count);
    fl_machine_run(&point.machine, stream, workload->op_count, &options, &result, &error);
    double seconds = seconds_since(start);
    stream->free(stream);
    fl_run_result_free(&result);
    fl_point_close(&point);
    return seconds;
}

void SweepPointOfBertBase(benchmark::State &state)
{
    fl_sweep *sweep = nullptr;
    fl_store *store = nullptr;
    fl_error error;
    const Folder folder;
    const std::string path = folder / "results.sqlite";
    if (fl_sweep_load("tests/bench/sweep_1000.yaml", &sweep, &error) != FL_OK ||
        fl_store_open(path.c_str(), false, &store, &error) != FL_OK ||
        fl_store_begin_sweep(store, sweep, &error) != FL_OK)
        return state.SkipWithError(error.text);
    fl_point_cache cache = {};
    double simulation = 0, whole = 0;
    uint64_t index = 0;
    for (auto _ : state) {
        whole += whole_point(sweep, index, &cache, store);
        simulation += simulation_alone(sweep, index, &cache);
        index = (index + 7) % sweep->point_count;
    }
    state.counters["simulation_ms"] =
        benchmark::Counter(1e3 * simulation, benchmark::Counter::kAvgIterations);
    state.counters["overhead_ms"] =
        benchmark::Counter(1e3 * (whole - simulation), benchmark::Counter::kAvgIterations);
    fl_point_cache_free(&cache);
    fl_store_close(store);
    fl_sweep_free(sweep);
}
BENCHMARK(SweepPointOfBertBase)->Unit(benchmark::kMillisecond)->Iterations(20);
} // namespace
