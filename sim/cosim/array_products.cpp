#include "sim/cosim/array_products.h"

#include <cinttypes>
#include <cstdio>

namespace fl
{
ArrayProducts::ArrayProducts(const pe_array_params &params, uint64_t seed)
    : params_(params), random_{~seed}, scratch_(pe_array_scratch_new())
{
}

template <typename T> void ArrayProducts::fill(std::vector<T> &values, size_t count)
{
    values.resize(count);
    for (T &value : values) value = static_cast<T>(fl_rtl_draw(&random_));
}

void ArrayProducts::draw_operands(Product &product)
{
    pe_array_job &job = product.job;
    job.b_k_major = fl_rtl_draw_below(&random_, 2) != 0;
    job.accumulate = fl_rtl_draw_below(&random_, 2) != 0;
    const uint32_t b_rows = job.b_k_major ? job.k : job.n, b_columns = job.b_k_major ? job.n : job.k;
    job.a_stride_bytes = num_row_bytes(job.a_format, job.k);
    job.b_stride_bytes = num_row_bytes(job.b_format, b_columns);
    job.a_item_bytes = job.a_stride_bytes * job.m;
    job.b_item_bytes = job.b_stride_bytes * b_rows;
    job.c_stride = job.n;
    job.c_item = job.c_stride * job.m;
    fill(product.a, job.a_item_bytes * job.items);
    fill(product.b, job.b_item_bytes * job.items);
    fill(product.sums, job.c_item * job.items);
    job.a = product.a.data();
    job.b = product.b.data();
    job.c = product.sums.data();
}

pe_array_job ArrayProducts::give(const pe_array_job &shape)
{
    products_.emplace_back();
    Product &product = products_.back();
    product.job = shape;
    draw_operands(product);
    product.expected = product.sums;
    pe_array_job golden = product.job;
    golden.c = product.expected.data();
    pe_array_compute(&params_, &golden, scratch_.get());
    return product.job;
}

bool ArrayProducts::compare()
{
    for (; done_ > 0; --done_) {
        if (!equal(products_.front())) return false;
        products_.pop_front();
        ++compared_;
    }
    return true;
}

bool ArrayProducts::equal(const Product &product)
{
    const pe_array_job &job = product.job;
    for (size_t i = 0; i < product.sums.size(); ++i) {
        if (product.sums[i] == product.expected[i]) continue;
        char a[12], b[12], text[160];
        snprintf(text, sizeof text, "job %" PRIu64 " (m %u, n %u, k %u, %s by %s%s)", compared_, job.m, job.n,
                 job.k, num_format_name(job.a_format, a), num_format_name(job.b_format, b),
                 job.accumulate ? ", accumulating" : "");
        job_ = text;
        snprintf(text, sizeof text,
                 "sum of item %zu, row %zu, column %zu: got %08" PRIx32
                 " from RTL and pin model, expected %08" PRIx32,
                 i / job.c_item, i % job.c_item / job.c_stride, i % job.c_stride, product.sums[i],
                 product.expected[i]);
        difference_ = text;
        return false;
    }
    return true;
}
} // namespace fl
