// Random vector jobs with their data, for the tests that hold two forms of the vector unit equal.
#ifndef FL_TESTS_SUPPORT_VECTOR_JOBS_H
#define FL_TESTS_SUPPORT_VECTOR_JOBS_H

#include <cstdint>
#include <ostream>
#include <vector>

#include "pe/vector/vector.h"
#include "sim/base/registry.h"
#include "tests/support/random.h"

// All registered vector functions.
inline std::vector<const vec_function *> vector_functions()
{
    const fl_part *parts[64];
    const size_t count = fl_registry_list("vector_function", parts, 64);
    std::vector<const vec_function *> functions;
    for (size_t i = 0; i < count && i < 64; i++)
        functions.push_back(static_cast<const vec_function *>(parts[i]->ops));
    return functions;
}

// A job in a few words, small enough to print and to shrink; everything else follows from the seed.
struct VectorJobSpec {
    const vec_function *function;
    uint32_t rows, columns;
    uint64_t seed;
    uint32_t delay; // cycles between the earliest possible start and the start
};

inline std::ostream &operator<<(std::ostream &os, const VectorJobSpec &spec)
{
    return os << spec.function->name << " rows " << spec.rows << " columns " << spec.columns << " seed "
              << spec.seed << " delay " << spec.delay;
}

class VectorJobData
{
public:
    explicit VectorJobData(const VectorJobSpec &spec) : random_{spec.seed}
    {
        job.function = spec.function;
        job.rows = spec.rows;
        job.columns = spec.columns;
        choose_formats();
        job.immediates = {multiplier(), multiplier(), multiplier(), index_multiplier()};
        job.in = operand(in_, job.in_format, &job.in_stride_bytes);
        if (spec.function->inputs == 2) job.in2 = operand(in2_, job.in2_format, &job.in2_stride_bytes);
        if (spec.function->uses_columns) job.column_params = columns();
        job.out_stride_bytes = num_row_bytes(job.out_format, job.columns) + pick(0, 3);
        if (spec.function->maskable && pick(0, 1) != 0) {
            job.prefix = static_cast<uint32_t>(pick(1, job.columns));
            if (pick(0, 1) != 0) job.context = static_cast<uint32_t>(pick(0, job.prefix - 1));
        }
        clear_output();
    }
    VectorJobData(const VectorJobData &) = delete;

    void clear_output()
    {
        out.assign(job.rows * job.out_stride_bytes, 0);
        job.out = out.data();
    }

    vec_job job = {};
    std::vector<uint8_t> out;

private:
    int64_t pick(int64_t low, int64_t high) { return test_random_range(&random_, low, high); }

    num_format any_format()
    {
        static const char *const names[] = {"int4",   "uint4", "int8", "uint8",  "int16",
                                            "uint16", "int32", "pot4", "flint4", "uflint4"};
        num_format format = {};
        while (!num_format_parse(names[pick(0, 9)], &format)) {
        }
        return format;
    }
    void choose_formats()
    {
        const char *reason = nullptr;
        do {
            job.in_format = any_format();
            job.in2_format = any_format();
            job.out_format = any_format();
        } while (!job.function->supports(job.in_format, job.in2_format, job.out_format, &reason));
    }
    num_multiplier multiplier()
    {
        const int64_t kind = pick(0, 9);
        if (kind == 0) return {0, 0};
        if (kind == 1) return {1 << 30, 1};
        const auto word = static_cast<int32_t>(pick(int64_t{1} << 30, INT32_MAX));
        return {word, static_cast<int32_t>(kind < 4 ? pick(-31, 30) : pick(-20, 1))};
    }
    uint32_t index_multiplier()
    {
        const int64_t kind = pick(0, 5);
        return static_cast<uint32_t>(kind == 0 ? 0 : kind == 1 ? pick(0, UINT32_MAX) : pick(300, 20000));
    }
    // Uniform, small, or only the extremes, row by row.
    const uint8_t *operand(std::vector<uint8_t> &bytes, num_format format, size_t *stride_bytes)
    {
        *stride_bytes = num_row_bytes(format, job.columns) + static_cast<size_t>(pick(0, 3));
        bytes.assign(job.rows * *stride_bytes, 0);
        const int32_t low = num_min_value(format), high = num_max_value(format);
        for (size_t row = 0; row < job.rows; row++) {
            const int64_t kind = pick(0, 5), shift = pick(0, 31);
            for (size_t i = 0; i < job.columns; i++) {
                int64_t value = pick(low, high);
                if (kind == 0) value = pick(0, 1) ? low : high;
                if (kind == 1) value = low;
                if (kind == 2) value >>= shift;
                num_store_code(format, bytes.data() + row * *stride_bytes, i,
                               num_encode(format, static_cast<int32_t>(value)));
            }
        }
        return bytes.data();
    }
    const uint8_t *columns()
    {
        std::vector<vec_column> values(job.columns);
        for (vec_column &value : values) {
            const int64_t kind = pick(0, 3), shift = pick(0, 31);
            const int64_t bias = kind == 0   ? INT32_MIN
                                 : kind == 1 ? INT32_MAX
                                             : pick(INT32_MIN, INT32_MAX) >> shift;
            value = {static_cast<int32_t>(bias), multiplier()};
        }
        columns_.resize(size_t{job.columns} * VEC_COLUMN_BYTES);
        vec_store_columns(values.data(), job.columns, columns_.data());
        return columns_.data();
    }

    test_random random_;
    std::vector<uint8_t> in_, in2_, columns_;
};

#endif
