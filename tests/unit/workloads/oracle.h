// An executor written again from the definitions: tables of values written out, wide integers, element by
// element. It shares nothing with the project's arithmetic; operations, shapes and constants come from the
// workload.
#ifndef FL_TESTS_UNIT_WORKLOADS_ORACLE_H
#define FL_TESTS_UNIT_WORKLOADS_ORACLE_H

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace oracle
{

using Wide = __int128;

// Values of all codes of a 4-bit format that is no integer; magnitudes of signed formats in the order of the
// code.
inline const std::vector<int64_t> &Values4(num_format f)
{
    static const std::vector<int64_t> uflint = {0, 1, 2, 3, 4, 5, 6, 7, 64, 32, 16, 24, 8, 10, 12, 14};
    static const std::vector<int64_t> flint = {0, 1, 2, 3, 16, 8, 4, 6, 0, -1, -2, -3, -16, -8, -4, -6};
    static const std::vector<int64_t> upot = {0,   1,   2,   4,    8,    16,   32,   64,
                                              128, 256, 512, 1024, 2048, 4096, 8192, 16384};
    static const std::vector<int64_t> pot = {0, 1, 2, 4, 8, 16, 32, 64, 0, -1, -2, -4, -8, -16, -32, -64};
    if (f.bits != 4 || f.kind == NUM_INT) throw std::logic_error("the oracle does not know this format");
    if (f.kind == NUM_FLINT) return f.is_signed ? flint : uflint;
    return f.is_signed ? pot : upot;
}

inline uint64_t Bits(const uint8_t *row, uint64_t first, unsigned bits)
{
    uint64_t code = 0;
    for (unsigned i = 0; i < bits; i++)
        code |= uint64_t{(row[(first + i) / 8] >> ((first + i) % 8)) & 1u} << i;
    return code;
}

inline int64_t Decode(num_format f, uint64_t code)
{
    if (f.kind != NUM_INT) return Values4(f).at(code);
    return f.is_signed && (code >> (f.bits - 1)) ? int64_t(code) - (int64_t{1} << f.bits) : int64_t(code);
}

// Nearest value, ties to the larger one, the positive zero.
inline uint64_t Encode(num_format f, int64_t value)
{
    if (f.kind == NUM_INT) {
        int64_t low = f.is_signed ? -(int64_t{1} << (f.bits - 1)) : 0;
        int64_t high = (int64_t{1} << (f.bits - (f.is_signed ? 1 : 0))) - 1;
        value = value < low ? low : value > high ? high : value;
        return uint64_t(value) & ((uint64_t{1} << f.bits) - 1);
    }
    const std::vector<int64_t> &values = Values4(f);
    size_t best = 0;
    for (size_t code = 1; code < values.size(); code++) {
        int64_t distance = std::llabs(values[code] - value), least = std::llabs(values[best] - value);
        if (distance < least || (distance == least && values[code] > values[best])) best = code;
    }
    return best;
}

inline int64_t Clamp32(Wide x) { return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : int64_t(x); }
inline int64_t Wrap32(Wide x) { return int32_t(uint32_t(uint64_t(x))); }

inline Wide FloorDivide(Wide a, Wide b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

// TFLite's double rounding: a high multiply with ties up, then a division with ties away from zero.
inline int64_t Multiply(int64_t x, num_multiplier m)
{
    int left = m.shift > 0 ? m.shift : 0, right = left - m.shift;
    Wide scaled = Clamp32(Wide(x) * (Wide(1) << left));
    Wide high = FloorDivide(scaled * m.multiplier + (Wide(1) << 30), Wide(1) << 31);
    Wide divisor = Wide(1) << right, magnitude = high < 0 ? -high : high;
    Wide rounded = (2 * magnitude + divisor) / (2 * divisor);
    return int64_t(high < 0 ? -rounded : rounded);
}

inline int64_t MultiplyWide(int64_t x, num_multiplier m)
{
    int t = 31 - m.shift;
    return Clamp32(FloorDivide(Wide(x) * m.multiplier + (Wide(1) << (t - 1)), Wide(1) << t));
}

inline int64_t Gelu(int64_t sum, const vec_column &c, num_multiplier out)
{
    int64_t q = Multiply(Wrap32(Wide(sum) + c.bias), c.scale);
    q = q > 32767 ? 32767 : q < -32768 ? -32768 : q;
    const double scale = std::ldexp(1.0, -12) / 1.4142;
    int64_t b = int64_t(std::floor(-1.769 / scale)),
            cc = int64_t(std::floor((1 / -0.2888) / (scale * scale)));
    int64_t one = int64_t(std::floor(1 / (-0.2888 * scale * scale * 16384)));
    int64_t t = std::min<int64_t>(std::llabs(q), -b), sign = q > 0 ? 1 : q < 0 ? -1 : 0;
    int64_t y = int64_t(FloorDivide(sign * ((t + b) * (t + b) + cc), 16384));
    return MultiplyWide(-q * (y + one), out);
}

inline std::vector<int64_t> Softmax(const std::vector<int64_t> &x, const vec_immediates &im)
{
    static const int64_t table[8] = {255, 94, 35, 13, 5, 2, 1, 0};
    int64_t maximum = x[0], sum = 0;
    for (int64_t v : x) maximum = std::max(maximum, v);
    std::vector<int64_t> numerators, out;
    for (int64_t v : x) {
        uint64_t index = (uint64_t(maximum - v) * im.index_multiplier) >> 16;
        numerators.push_back(table[std::min<uint64_t>(index, 7)]);
        sum += numerators.back();
    }
    int64_t j = std::min<int64_t>(std::max<int64_t>((sum + 128) / 256, 1), 256);
    int64_t alpha = int64_t(std::floor(255.0 / double(j) + 0.5));
    for (int64_t n : numerators) out.push_back(Multiply((2 * n * alpha + 255) / 510, im.out));
    return out;
}

inline std::vector<int64_t> LayerNorm(const std::vector<int64_t> &x, const std::vector<vec_column> &columns)
{
    int64_t n = int64_t(x.size()), total = 0, squares = 0, root = 0;
    for (int64_t v : x) total += v;
    int64_t mean = int64_t(FloorDivide(total, n)), rest = total - mean * n;
    if (2 * rest > n || (2 * rest == n && mean % 2 != 0)) mean++;
    for (int64_t v : x) squares += (v - mean) * (v - mean);
    for (int64_t bit = int64_t{1} << 30; bit > 0; bit /= 2)
        if ((root + bit) * (root + bit) <= squares) root += bit;
    int64_t factor = root == 0 ? 0 : (int64_t{1} << 31) / root;
    std::vector<int64_t> out;
    for (size_t i = 0; i < x.size(); i++) {
        int64_t element = int64_t(FloorDivide(Wide(x[i] - mean) * factor, 2)) + columns[i].bias;
        out.push_back(MultiplyWide(element, columns[i].scale));
    }
    return out;
}

inline std::vector<int64_t> Apply(const wl_op &op, const std::vector<int64_t> &x,
                                  const std::vector<int64_t> &x2, const std::vector<vec_column> &columns)
{
    const std::string function = op.function;
    const vec_immediates &im = op.immediates;
    if (function == "softmax") return Softmax(x, im);
    if (function == "layernorm") return LayerNorm(x, columns);
    std::vector<int64_t> out;
    for (size_t i = 0; i < x.size(); i++) {
        if (function == "requantize")
            out.push_back(Multiply(x[i], im.out));
        else if (function == "bias_requantize")
            out.push_back(Multiply(Wrap32(Wide(x[i]) + columns[i].bias), columns[i].scale));
        else if (function == "gelu")
            out.push_back(Gelu(x[i], columns[i], im.out));
        else if (function == "add")
            out.push_back(Clamp32(Wide(Multiply(x[i], im.in)) + Multiply(x2[i], im.in2)));
        else
            throw std::logic_error("the oracle does not know " + function);
    }
    return out;
}

class Executor
{
public:
    Executor(const wl_workload *workload, std::vector<uint8_t> dram) : w_(workload), dram_(std::move(dram)) {}

    void Run()
    {
        for (uint32_t i = 0; i < w_->op_count; i++)
            w_->ops[i].kind == WL_GEMM ? Gemm(w_->ops[i]) : Vector(w_->ops[i]);
    }
    const std::vector<uint8_t> &dram() const { return dram_; }
    uint64_t left_range() const { return left_range_; }

    int64_t Read(uint32_t tensor, uint64_t row, uint64_t column) const
    {
        const wl_tensor &t = w_->tensors[tensor];
        const uint8_t *bytes = dram_.data() + t.address + row * t.row_stride_bytes;
        return Decode(t.format, Bits(bytes, column * t.format.bits, t.format.bits));
    }

private:
    void Write(uint32_t tensor, uint64_t row, uint64_t column, int64_t value)
    {
        const wl_tensor &t = w_->tensors[tensor];
        uint8_t *bytes = dram_.data() + t.address + row * t.row_stride_bytes;
        uint64_t code = Encode(t.format, value);
        for (unsigned i = 0; i < t.format.bits; i++) {
            uint64_t at = column * t.format.bits + i;
            bytes[at / 8] = uint8_t((bytes[at / 8] & ~(1u << at % 8)) | (((code >> i) & 1u) << at % 8));
        }
    }

    std::vector<vec_column> Columns(const wl_op &op) const
    {
        std::vector<vec_column> columns;
        if (op.column_params == WL_NONE) return columns;
        const wl_tensor &t = w_->tensors[op.column_params];
        auto word = [&](uint64_t at) {
            return int32_t(uint32_t(Bits(dram_.data() + t.address, 32 * at, 32)));
        };
        for (uint64_t c = 0; c < t.columns; c++)
            columns.push_back({word(3 * c), {word(3 * c + 1), word(3 * c + 2)}});
        return columns;
    }

    // The row-th of the rows that are not given.
    uint64_t WrittenRow(uint32_t tensor, uint64_t row) const
    {
        const wl_tensor &t = w_->tensors[tensor];
        if (t.role != WL_CACHE) return row;
        uint64_t at = 0;
        while (at % t.sequence_rows < t.context || row-- > 0) at++;
        return at;
    }

    void Gemm(const wl_op &op)
    {
        const wl_gemm &g = op.gemm;
        const std::vector<vec_column> columns = Columns(op);
        auto at = [](const wl_view &v, uint64_t o, uint64_t i) {
            return o * v.outer_rows + i * v.inner_rows;
        };
        for (uint64_t o = 0; o < g.outer; o++)
            for (uint64_t i = 0; i < g.inner; i++) {
                std::vector<int64_t> b; // n rows of k
                for (uint64_t n = 0; n < g.n; n++)
                    for (uint64_t k = 0; k < g.k; k++)
                        b.push_back(Read(g.b.tensor, at(g.b, o, i) + (g.b_k_major ? k : n),
                                         i * g.b.inner_columns + (g.b_k_major ? n : k)));
                for (uint64_t m = 0; m < g.m; m++) {
                    std::vector<int64_t> sums, a;
                    for (uint64_t k = 0; k < g.k; k++)
                        a.push_back(Read(g.a.tensor, at(g.a, o, i) + m, i * g.a.inner_columns + k));
                    for (uint64_t n = 0; n < g.n; n++) {
                        Wide sum = 0;
                        for (uint64_t k = 0; k < g.k; k++) sum += Wide(a[k]) * b[n * g.k + k];
                        left_range_ += sum != Clamp32(sum);
                        sums.push_back(Wrap32(sum));
                    }
                    const std::vector<int64_t> out = Apply(op, sums, {}, columns);
                    for (uint64_t n = 0; n < g.n; n++)
                        Write(g.out.tensor, WrittenRow(g.out.tensor, at(g.out, o, i) + m),
                              i * g.out.inner_columns + n, out[n]);
                }
            }
    }

    void Vector(const wl_op &op)
    {
        const std::vector<vec_column> columns = Columns(op);
        for (uint64_t row = 0; row < op.rows; row++) {
            std::vector<int64_t> x, x2;
            const uint64_t position = op.context + row % (op.columns - op.context); // when there is a mask
            for (uint64_t c = 0; c < op.columns; c++) {
                x.push_back(Read(op.in, row, c));
                if (op.in2 != WL_NONE) x2.push_back(Read(op.in2, row, c));
            }
            // The mask of the textbooks: a logit so small that nothing is left of it.
            for (uint64_t c = position + 1; op.causal && c < op.columns; c++) x[c] = -1'000'000'000;
            const std::vector<int64_t> out = Apply(op, x, x2, columns);
            for (uint64_t c = 0; c < op.columns; c++) Write(op.out, row, c, out[c]);
        }
    }

    const wl_workload *w_;
    std::vector<uint8_t> dram_;
    uint64_t left_range_ = 0;
};

} // namespace oracle

#endif
