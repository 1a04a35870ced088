// Nanoseconds per element of each vector function: its row form alone, and a whole job with unpacking and
// packing.
#include <benchmark/benchmark.h>

#include <cstring>
#include <vector>

#include "pe/vector/vector.h"
#include "sim/base/registry.h"
#include "tests/support/random.h"

namespace
{
enum { ROWS = 64, COLUMNS = 768 };

// A job as BERT-base has it: accumulators of some thousands, outputs that use their range.
struct Workload {
    explicit Workload(const vec_function *function)
        : in(ROWS * COLUMNS * 4), in2(in.size()), out(in.size()), params(COLUMNS * VEC_COLUMN_BYTES),
          scratch(vec_scratch_bytes(COLUMNS) / 4)
    {
        const num_format int8 = {NUM_INT, 8, true}, int32 = {NUM_INT, 32, true};
        const char *reason = nullptr;
        const bool accumulators = function->supports(int32, int32, int8, &reason);
        job.function = function;
        job.rows = ROWS;
        job.columns = COLUMNS;
        job.in_format = job.in2_format = accumulators ? int32 : int8;
        job.out_format = int8;
        const num_multiplier scale = num_quantize_multiplier(accumulators ? 0.01 : 1.0);
        job.immediates = {scale, scale, scale, 3277};
        if (std::strcmp(function->name, "gelu") == 0) job.immediates.out = num_quantize_multiplier(1e-6);
        fill(in);
        fill(in2);
        std::vector<vec_column> columns(COLUMNS,
                                        vec_column{5, num_quantize_multiplier(accumulators ? 0.5 : 1e-8)});
        vec_store_columns(columns.data(), COLUMNS, params.data());
        job.in = in.data();
        job.in2 = in2.data();
        job.in_stride_bytes = job.in2_stride_bytes = num_row_bytes(job.in_format, COLUMNS);
        job.out = out.data();
        job.out_stride_bytes = COLUMNS;
        job.column_params = params.data();
    }
    void fill(std::vector<uint8_t> &bytes)
    {
        test_random random = {1};
        for (size_t i = 0; i < ROWS * COLUMNS; i++) {
            const int64_t range = job.in_format.bits == 32 ? 20000 : 127;
            num_store_code(
                job.in_format, bytes.data(), i,
                num_encode(job.in_format, static_cast<int32_t>(test_random_range(&random, -range, range))));
        }
    }

    vec_job job = {};
    std::vector<uint8_t> in, in2, out, params;
    std::vector<uint32_t> scratch;
};

void per_element(benchmark::State &state)
{
    state.counters["ns/element"] = benchmark::Counter(
        1e-9 * ROWS * COLUMNS, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void row_form(benchmark::State &state, const vec_function *function)
{
    Workload w(function);
    std::vector<int32_t> x(COLUMNS), x2(COLUMNS), out(COLUMNS);
    std::vector<vec_column> columns(COLUMNS);
    vec_load_columns(w.job.column_params, COLUMNS, columns.data());
    num_unpack_values(w.job.in_format, w.job.in, COLUMNS, x.data());
    num_unpack_values(w.job.in2_format, w.job.in2, COLUMNS, x2.data());
    for (auto _ : state) {
        for (int row = 0; row < ROWS; row++) {
            function->row(&w.job, x.data(), x2.data(), columns.data(), out.data());
            benchmark::ClobberMemory();
        }
    }
    per_element(state);
}

void whole_job(benchmark::State &state, const vec_function *function)
{
    Workload w(function);
    for (auto _ : state) {
        vec_compute(&w.job, w.scratch.data());
        benchmark::ClobberMemory();
    }
    per_element(state);
}

// Library objects come first in the link, so the functions are in the registry by now.
const int registered = [] {
    const fl_part *parts[64];
    const size_t count = fl_registry_list("vector_function", parts, 64);
    for (size_t i = 0; i < count && i < 64; i++) {
        const auto *function = static_cast<const vec_function *>(parts[i]->ops);
        const std::string name = parts[i]->name;
        benchmark::RegisterBenchmark(("VectorRow/" + name).c_str(), row_form, function);
        benchmark::RegisterBenchmark(("VectorJob/" + name).c_str(), whole_job, function);
    }
    return 0;
}();
} // namespace
