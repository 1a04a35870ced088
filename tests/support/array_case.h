// Random jobs for the matrix unit, with their operands, and an oracle that knows nothing of arrays.
#ifndef FL_TESTS_SUPPORT_ARRAY_CASE_H
#define FL_TESTS_SUPPORT_ARRAY_CASE_H

#include <stdexcept>
#include <string>
#include <vector>

#include "pe/array/array.h"
#include "sim/base/registry.h"
#include "tests/support/random.h"

namespace array_case
{
inline const pe_type *pe_named(const std::string &name)
{
    const fl_part *part = fl_registry_find("pe", name.c_str());
    if (part == nullptr) throw std::runtime_error("no PE type " + name);
    return static_cast<const pe_type *>(part->ops);
}

inline num_format format_named(const std::string &name)
{
    num_format format{};
    if (!num_format_parse(name.c_str(), &format)) throw std::runtime_error("no format " + name);
    return format;
}

// A job whose operands are drawn from `seed`; strides leave `padding` bytes or elements unused.
struct JobSpec {
    uint32_t items = 1, m = 1, n = 1, k = 1;
    std::string a_format = "int4", b_format = "int4";
    bool b_k_major = false, accumulate = false;
    uint32_t padding = 0;
    uint32_t delay = 0; // cycles between the previous job's accept and this one's start
    uint64_t seed = 0;
};

class JobData
{
public:
    explicit JobData(const JobSpec &spec)
    {
        const num_format a = format_named(spec.a_format), b = format_named(spec.b_format);
        const uint32_t b_rows = spec.b_k_major ? spec.k : spec.n,
                       b_columns = spec.b_k_major ? spec.n : spec.k;
        job.items = spec.items;
        job.m = spec.m;
        job.n = spec.n;
        job.k = spec.k;
        job.a_format = a;
        job.b_format = b;
        job.b_k_major = spec.b_k_major;
        job.accumulate = spec.accumulate;
        job.a_stride_bytes = num_row_bytes(a, spec.k) + spec.padding;
        job.b_stride_bytes = num_row_bytes(b, b_columns) + spec.padding;
        job.a_item_bytes = job.a_stride_bytes * spec.m + spec.padding;
        job.b_item_bytes = job.b_stride_bytes * b_rows + spec.padding;
        job.c_stride = spec.n + spec.padding;
        job.c_item = job.c_stride * spec.m + spec.padding;
        test_random random{spec.seed};
        fill(random, a_codes, job.a_item_bytes * spec.items);
        fill(random, b_codes, job.b_item_bytes * spec.items);
        fill(random, before, job.c_item * spec.items);
        job.a = a_codes.data();
        job.b = b_codes.data();
    }

    // The job with `sums`, set to what stood there before, as its result.
    pe_array_job into(std::vector<uint32_t> &sums) const
    {
        sums = before;
        pe_array_job out = job;
        out.c = sums.data();
        return out;
    }

    // The sums of products of decoded values, each in 64-bit integers, modulo 2^32.
    std::vector<uint32_t> oracle() const
    {
        std::vector<uint32_t> sums = before;
        for (uint32_t item = 0; item < job.items; ++item)
            for (uint32_t m = 0; m < job.m; ++m)
                for (uint32_t n = 0; n < job.n; ++n) {
                    uint32_t &c = sums[item * job.c_item + m * job.c_stride + n];
                    c = (job.accumulate ? c : 0) + dot(item, m, n);
                }
        return sums;
    }

    pe_array_job job{};
    std::vector<uint8_t> a_codes, b_codes;
    std::vector<uint32_t> before;

private:
    template <typename T> static void fill(test_random &random, std::vector<T> &values, size_t count)
    {
        values.resize(count);
        for (T &value : values) value = static_cast<T>(test_random_u64(&random));
    }

    uint32_t dot(uint32_t item, uint32_t m, uint32_t n) const
    {
        const uint8_t *a = a_codes.data() + item * job.a_item_bytes + m * job.a_stride_bytes;
        const uint8_t *b = b_codes.data() + item * job.b_item_bytes;
        uint64_t sum = 0;
        for (uint32_t k = 0; k < job.k; ++k) {
            const size_t row = job.b_k_major ? k : n, element = job.b_k_major ? n : k;
            sum += static_cast<uint64_t>(
                int64_t{num_decode(job.a_format, num_load_code(job.a_format, a, k))} *
                num_decode(job.b_format, num_load_code(job.b_format, b + row * job.b_stride_bytes, element)));
        }
        return static_cast<uint32_t>(sum);
    }
};
} // namespace array_case

#endif
