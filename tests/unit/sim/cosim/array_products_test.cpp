// The jobs of an array's lockstep: are their sums held to the product of their operands?
#include "sim/cosim/array_products.h"

#include <gtest/gtest.h>

#include "tests/support/array_case.h"

namespace
{
const pe_array_params PARAMS = {array_case::pe_named("ant4"), 4, 3, PE_OUTPUT_STATIONARY, false, true, true};

pe_array_job shape(uint32_t items, uint32_t m, uint32_t n, uint32_t k)
{
    pe_array_job job = {};
    job.items = items;
    job.m = m;
    job.n = n;
    job.k = k;
    job.a_format = array_case::format_named("flint4");
    job.b_format = array_case::format_named("int8");
    return job;
}

// What an array does with a job, one product after the other.
void work(const pe_array_job &job)
{
    for (uint32_t item = 0; item < job.items; ++item)
        for (uint32_t m = 0; m < job.m; ++m)
            for (uint32_t n = 0; n < job.n; ++n) {
                uint32_t &sum = job.c[item * job.c_item + m * job.c_stride + n];
                if (!job.accumulate) sum = 0;
                for (uint32_t k = 0; k < job.k; ++k) {
                    const uint8_t *a = job.a + item * job.a_item_bytes + m * job.a_stride_bytes;
                    const uint8_t *b =
                        job.b + item * job.b_item_bytes + (job.b_k_major ? k : n) * job.b_stride_bytes;
                    const uint32_t code = num_load_code(job.b_format, b, job.b_k_major ? n : k);
                    sum += static_cast<uint32_t>(num_decode(job.a_format, num_load_code(job.a_format, a, k)) *
                                                 num_decode(job.b_format, code));
                }
            }
}

TEST(ArrayProducts, AcceptTheProductOfEveryJobThatIsDone)
{
    fl::ArrayProducts products(PARAMS, 1);
    for (uint32_t i = 0; i < 40; ++i) {
        work(products.give(shape(1 + i % 2, 1 + i % 7, 1 + i % 5, 1 + i % 11)));
        products.done();
        EXPECT_TRUE(products.compare()) << products.job() << products.difference();
    }
    EXPECT_EQ(products.compared(), 40u);
}

TEST(ArrayProducts, WaitForAJobThatIsNotDone)
{
    fl::ArrayProducts products(PARAMS, 2);
    const pe_array_job first = products.give(shape(1, 2, 2, 3)), second = products.give(shape(1, 3, 1, 2));
    work(first);
    products.done();
    EXPECT_TRUE(products.compare()) << products.difference();
    products.done(); // too early
    EXPECT_FALSE(products.compare());
    EXPECT_EQ(products.compared(), 1u);
    work(second);
    EXPECT_TRUE(products.compare()) << products.difference();
}

TEST(ArrayProducts, SayWhichSumIsWrong)
{
    fl::ArrayProducts products(PARAMS, 3);
    const pe_array_job job = products.give(shape(2, 3, 4, 5));
    work(job);
    uint32_t &sum = job.c[job.c_item + 2 * job.c_stride + 3];
    const uint32_t right = sum;
    sum ^= 0x80000000u;
    products.done();
    ASSERT_FALSE(products.compare());
    char text[120];
    snprintf(text, sizeof text,
             "sum of item 1, row 2, column 3: got %08x from RTL and pin model, expected %08x", sum, right);
    EXPECT_EQ(products.difference(), text);
    EXPECT_EQ(products.job().find("job 0 (m 3, n 4, k 5, flint4 by int8"), 0u) << products.job();
}
} // namespace
