// The matrix unit: cost of a plan, of a tile's sums against bare sgemm, of the pin model per PE and cycle.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include "pe/array/array_pin.h"
#include "sim/base/systemc_context.h"
#include "sim/cosim/array_rtl.h"
#include "tests/support/array_case.h"

namespace
{
using array_case::JobData;
using array_case::JobSpec;

pe_array_params array(uint32_t size, pe_dataflow dataflow)
{
    return {array_case::pe_named("ant4"), size, size, dataflow, true, true, true};
}

JobSpec tile(const benchmark::State &state, const char *format)
{
    JobSpec spec;
    spec.m = uint32_t(state.range(0));
    spec.n = uint32_t(state.range(1));
    spec.k = uint32_t(state.range(2));
    spec.a_format = spec.b_format = format;
    return spec;
}

void Plan(benchmark::State &state)
{
    const pe_array_params params = array(64, PE_OUTPUT_STATIONARY);
    const JobData data(tile(state, "flint4"));
    pe_array_front front{};
    pe_array_plan plan{};
    for (auto _ : state) {
        pe_array_plan_job(&params, &front, &data.job, plan.accept, &plan);
        benchmark::DoNotOptimize(plan);
    }
}
BENCHMARK(Plan)->Args({128, 768, 768});

void Compute(benchmark::State &state, const char *format, bool b_k_major)
{
    const pe_array_params params = array(64, PE_OUTPUT_STATIONARY);
    JobSpec spec = tile(state, format);
    spec.b_k_major = b_k_major;
    const JobData data(spec);
    std::vector<uint32_t> sums;
    const pe_array_job job = data.into(sums);
    pe_array_scratch *scratch = pe_array_scratch_new();
    for (auto _ : state) pe_array_compute(&params, &job, scratch);
    pe_array_scratch_free(scratch);
    state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1) * state.range(2));
}

void BareSgemm(benchmark::State &state)
{
    const int m = int(state.range(0)), n = int(state.range(1)), k = int(state.range(2));
    openblas_set_num_threads(1);
    std::vector<float> a(size_t(m) * size_t(k), 1), b(size_t(n) * size_t(k), 1), c(size_t(m) * size_t(n));
    for (auto _ : state)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1, a.data(), k, b.data(), k, 0,
                    c.data(), n);
    state.SetItemsProcessed(state.iterations() * state.range(0) * state.range(1) * state.range(2));
}

void shapes(benchmark::internal::Benchmark *b)
{
    b->Args({64, 64, 768})
        ->Args({128, 64, 768})
        ->Args({128, 768, 768})
        ->Args({128, 128, 64})
        ->Args({128, 3072, 768});
}
BENCHMARK(BareSgemm)->Apply(shapes);
BENCHMARK_CAPTURE(Compute, flint4, "flint4", false)->Apply(shapes);
BENCHMARK_CAPTURE(Compute, flint4_k_major, "flint4", true)->Apply(shapes);
BENCHMARK_CAPTURE(Compute, int8, "int8", false)->Apply(shapes);

// 1,000 cycles of an array under way; items are PE-cycles.
void run_array(benchmark::State &state, fl::ArrayBoundary &matrix, const sc_core::sc_time &period)
{
    sc_core::sc_clock clock("clk", period);
    matrix.clk(clock);
    JobSpec spec;
    spec.m = spec.n = spec.k = 256;
    spec.a_format = spec.b_format = "flint4";
    const JobData data(spec);
    std::vector<uint32_t> sums;
    const pe_array_job job = data.into(sums);
    matrix.on_accept = [&](uint64_t) { matrix.take(job); };
    sc_core::sc_start(period / 2);
    matrix.take(job);
    for (auto _ : state) sc_core::sc_start(1000 * period);
    state.SetItemsProcessed(state.iterations() * 1000 * matrix.params().rows * matrix.params().columns);
}

void Pin(benchmark::State &state)
{
    const sc_core::sc_time period(1, sc_core::SC_NS);
    fl::fresh_simulation_context();
    fl::ArrayPin pin("array", array(32, static_cast<pe_dataflow>(state.range(0))), period);
    run_array(state, pin, period);
}
BENCHMARK(Pin)->ArgName("ws")->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond);

// The same array under Verilator between the same sequencer and collector.
void Verilated(benchmark::State &state)
{
    const sc_core::sc_time period(1, sc_core::SC_NS);
    const pe_array_params params = array(32, static_cast<pe_dataflow>(state.range(0)));
    fl_error error = {};
    const fl::RtlModel model = fl::array_rtl_open(params, 1, &error);
    if (!model) return state.SkipWithError(error.text);
    fl::fresh_simulation_context();
    fl::ArrayRtl rtl("array", params, period, model.get());
    run_array(state, rtl, period);
}
BENCHMARK(Verilated)->ArgName("ws")->Arg(0)->Unit(benchmark::kMillisecond);
} // namespace
