// The numerics library: rows of codes at memory speed, softmax variants, ANT's type selection.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <ctime>
#include <functional>
#include <vector>

#include "pe/num/ant_search.h"
#include "pe/num/bf16.h"
#include "pe/num/format.h"
#include "pe/num/gemmlowp_math.h"
#include "pe/num/integer_exp.h"
#include "pe/num/requant.h"
#include "pe/num/shift_exp.h"
#include "pe/num/softmax_lut2d.h"
#include "pe/num/softmax_rexp.h"
#include "tests/support/random.h"

namespace
{

constexpr size_t ROW = 1 << 16;

std::vector<int32_t> integers(int64_t low, int64_t high)
{
    test_random random = {5};
    std::vector<int32_t> x(ROW);
    for (int32_t &value : x) value = (int32_t)test_random_range(&random, low, high);
    return x;
}

void bytes_of(benchmark::State &state, size_t bytes)
{
    state.counters["GB/s"] =
        benchmark::Counter((double)bytes * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

// Memory speed, what the rows below are compared with: read and written bytes of a copy, once in the cache
// level that their 256 KB of int32 live in and once beyond all caches.
void NumMemoryCopy(benchmark::State &state)
{
    const size_t bytes = (size_t)state.range(0);
    const std::vector<char> from(bytes, 1);
    std::vector<char> to(bytes);
    for (auto _ : state) {
        memcpy(to.data(), from.data(), bytes);
        benchmark::ClobberMemory();
    }
    bytes_of(state, 2 * bytes);
}
BENCHMARK(NumMemoryCopy)->Arg(ROW * sizeof(int32_t))->Arg(256 << 20);

void NumDecode(benchmark::State &state, const char *name)
{
    num_format format;
    num_format_parse(name, &format);
    std::vector<uint8_t> row(num_row_bytes(format, ROW));
    std::vector<int32_t> values = integers(num_min_value(format), num_max_value(format));
    num_pack_values(format, values.data(), ROW, row.data());
    for (auto _ : state) {
        num_unpack_values(format, row.data(), ROW, values.data());
        benchmark::ClobberMemory();
    }
    bytes_of(state, ROW * sizeof(int32_t) + row.size());
}
BENCHMARK_CAPTURE(NumDecode, flint4, "flint4");
BENCHMARK_CAPTURE(NumDecode, int4, "int4");
BENCHMARK_CAPTURE(NumDecode, int8, "int8");

void NumEncode(benchmark::State &state, const char *name)
{
    num_format format;
    num_format_parse(name, &format);
    std::vector<uint8_t> row(num_row_bytes(format, ROW));
    const std::vector<int32_t> values = integers(-200, 200);
    for (auto _ : state) {
        num_pack_values(format, values.data(), ROW, row.data());
        benchmark::ClobberMemory();
    }
    bytes_of(state, ROW * sizeof(int32_t) + row.size());
}
BENCHMARK_CAPTURE(NumEncode, flint4, "flint4");
BENCHMARK_CAPTURE(NumEncode, int4, "int4");
BENCHMARK_CAPTURE(NumEncode, int8, "int8");

// --- beyond all caches, beside a copy
// ----------------------------------------------------------------------------- "Memory speed" is that of a
// copy that reads and writes the same bytes, so both are timed in turn and the best of each is compared.
// Where one side is narrower, pieces of it are copied over and over, to or from new pieces of the wide side.
// Pieces of 4 KB: the library's memcpy moves them by vector loads and stores as the loops do; longer ones it
// streams past the caches, and with a size known to the compiler it would be a string instruction.

constexpr size_t WIDE = 1 << 26, PIECE = 4096; // elements, bytes

// from_step, to_step: copies after which the source or target goes on to its next piece.
void copy_pieces(const void *from, size_t from_step, void *to, size_t to_step, size_t pieces, size_t copies)
{
    size_t bytes = PIECE;
    benchmark::DoNotOptimize(bytes);
    for (size_t i = 0; i < pieces * copies; i++)
        memcpy((char *)to + i / to_step * bytes, (const char *)from + i / from_step * bytes, bytes);
    benchmark::ClobberMemory();
}

double seconds(const std::function<void()> &work)
{
    const auto now = [] {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
    };
    const double start = now();
    work();
    benchmark::ClobberMemory();
    return now() - start;
}

void beside_copy(benchmark::State &state, size_t bytes, const std::function<void()> &loop,
                 const std::function<void()> &copy)
{
    double best_loop = INFINITY, best_copy = INFINITY;
    for (auto _ : state) {
        best_copy = std::min(best_copy, seconds(copy));
        best_loop = std::min(best_loop, seconds(loop));
    }
    state.counters["GB/s"] = (double)bytes * 1e-9 / best_loop;
    state.counters["copy_GB/s"] = (double)bytes * 1e-9 / best_copy;
    state.counters["of_copy"] = best_copy / best_loop;
}

// Values of a format and their packed row, long enough to leave the caches.
struct WideRow {
    explicit WideRow(const char *name)
    {
        num_format_parse(name, &format);
        const std::vector<int32_t> some = integers(num_min_value(format), num_max_value(format));
        for (size_t at = 0; at < WIDE; at += ROW) values.insert(values.end(), some.begin(), some.end());
        row.resize(num_row_bytes(format, WIDE));
        num_pack_values(format, values.data(), WIDE, row.data());
    }
    size_t bytes() const { return WIDE * sizeof(int32_t) + row.size(); }
    size_t pieces() const { return row.size() / PIECE; }
    size_t copies() const { return 32u / format.bits; }
    num_format format{};
    std::vector<int32_t> values;
    std::vector<uint8_t> row;
};

void NumDecodeBesideCopy(benchmark::State &state, const char *name)
{
    WideRow w(name);
    beside_copy(
        state, w.bytes(), [&] { num_unpack_values(w.format, w.row.data(), WIDE, w.values.data()); },
        [&] { copy_pieces(w.row.data(), w.copies(), w.values.data(), 1, w.pieces(), w.copies()); });
}
BENCHMARK_CAPTURE(NumDecodeBesideCopy, flint4, "flint4")->Iterations(10);
BENCHMARK_CAPTURE(NumDecodeBesideCopy, int4, "int4")->Iterations(10);
BENCHMARK_CAPTURE(NumDecodeBesideCopy, int8, "int8")->Iterations(10);

void NumEncodeBesideCopy(benchmark::State &state, const char *name)
{
    WideRow w(name);
    beside_copy(
        state, w.bytes(), [&] { num_pack_values(w.format, w.values.data(), WIDE, w.row.data()); },
        [&] { copy_pieces(w.values.data(), 1, w.row.data(), w.copies(), w.pieces(), w.copies()); });
}
BENCHMARK_CAPTURE(NumEncodeBesideCopy, flint4, "flint4")->Iterations(10);
BENCHMARK_CAPTURE(NumEncodeBesideCopy, int4, "int4")->Iterations(10);
BENCHMARK_CAPTURE(NumEncodeBesideCopy, int8, "int8")->Iterations(10);

void NumRequantiseBesideCopy(benchmark::State &state)
{
    const std::vector<int32_t> acc(WIDE, 12345);
    std::vector<int32_t> out(WIDE);
    const num_multiplier m = num_quantize_multiplier(0.00037);
    beside_copy(
        state, 2 * WIDE * sizeof(int32_t),
        [&] { num_multiply_by_multiplier_row(acc.data(), WIDE, m, out.data()); },
        [&] { copy_pieces(acc.data(), 1, out.data(), 1, WIDE * sizeof(int32_t) / PIECE, 1); });
}
BENCHMARK(NumRequantiseBesideCopy)->Iterations(10);

void NumBf16(benchmark::State &state)
{
    std::vector<float> x(ROW, 1.5F);
    std::vector<uint16_t> codes(ROW);
    for (auto _ : state) {
        for (size_t i = 0; i < ROW; i++) codes[i] = num_bf16_from_float(x[i]);
        benchmark::ClobberMemory();
    }
    bytes_of(state, ROW * 6);
}
BENCHMARK(NumBf16);

void NumRequantise(benchmark::State &state)
{
    const std::vector<int32_t> acc = integers(-(1 << 22), 1 << 22);
    std::vector<int32_t> out(ROW);
    const num_multiplier m = num_quantize_multiplier(0.00037);
    for (auto _ : state) {
        num_multiply_by_multiplier_row(acc.data(), ROW, m, out.data());
        benchmark::ClobberMemory();
    }
    bytes_of(state, ROW * 8);
}
BENCHMARK(NumRequantise);

// Rows of 128 int8 logits of scale 1/16.
template <typename Row> void softmax(benchmark::State &state, Row row)
{
    constexpr size_t length = 128;
    const std::vector<int32_t> q = integers(-128, 127);
    for (auto _ : state)
        for (size_t at = 0; at < 64 * length; at += length) {
            row(&q[at], length);
            benchmark::ClobberMemory();
        }
    // Seconds per element, shown as ns.
    state.counters["s/element"] = benchmark::Counter(
        64 * length, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void SoftmaxRexp(benchmark::State &state)
{
    std::vector<uint16_t> out(128);
    softmax(state, [&](const int32_t *q, size_t n) {
        num_softmax_rexp_row(&num_rexp_u8, NUM_INDEX_ROUND, 4096, q, n, out.data());
    });
}
BENCHMARK(SoftmaxRexp);

void SoftmaxLut2d(benchmark::State &state)
{
    num_lut2d t;
    num_lut2d_build(8, 101, 60, &t);
    std::vector<uint16_t> out(128);
    softmax(state, [&](const int32_t *q, size_t n) {
        num_softmax_lut2d_row(&t, NUM_INDEX_ROUND, 40960, q, n, out.data());
    });
}
BENCHMARK(SoftmaxLut2d);

void SoftmaxShiftmax(benchmark::State &state)
{
    std::vector<uint16_t> out(128);
    softmax(state, [&](const int32_t *q, size_t n) {
        num_shiftmax_row({16, 15}, NUM_SHIFT_FACTOR, 8, q, n, out.data());
    });
}
BENCHMARK(SoftmaxShiftmax);

void SoftmaxIbert(benchmark::State &state)
{
    num_integer_exp constants;
    num_integer_exp_build(0.0625, &constants);
    std::vector<uint8_t> out(128);
    softmax(state, [&](const int32_t *q, size_t n) { num_softmax_ibert_row(&constants, q, n, out.data()); });
}
BENCHMARK(SoftmaxIbert);

void SoftmaxLogInt(benchmark::State &state)
{
    num_integer_exp constants;
    num_integer_exp_build(0.0625, &constants);
    std::vector<uint8_t> out(128);
    softmax(state,
            [&](const int32_t *q, size_t n) { num_softmax_lis_row(&constants, 20, q, n, out.data()); });
}
BENCHMARK(SoftmaxLogInt);

void SoftmaxTflite(benchmark::State &state)
{
    num_softmax_tflite constants;
    num_softmax_tflite_build(0.0625, &constants);
    std::vector<int8_t> in(128), out(128);
    softmax(state, [&](const int32_t *q, size_t n) {
        for (size_t i = 0; i < n; i++) in[i] = (int8_t)q[i];
        num_softmax_tflite_row(&constants, in.data(), n, out.data());
    });
}
BENCHMARK(SoftmaxTflite);

// Budget: one second.
void SelectTypeOf3072By768(benchmark::State &state)
{
    constexpr size_t n = 3072 * 768;
    test_random random = {9};
    std::vector<float> x(n), sorted(n);
    for (float &value : x) {
        double sum = -6;
        for (int i = 0; i < 12; i++) sum += (double)(test_random_u64(&random) >> 11) * 0x1p-53;
        value = (float)sum;
    }
    std::vector<double> sums(n + 1), squares(n + 1);
    for (auto _ : state) {
        sorted = x;
        const num_samples samples = num_samples_build(sorted.data(), n, sums.data(), squares.data());
        benchmark::DoNotOptimize(num_ant_select(&samples, NUM_ANT_SET_IP_F, {4, true, 75, 150}));
    }
}
BENCHMARK(SelectTypeOf3072By768)->Unit(benchmark::kMillisecond);

} // namespace
