// The jobs of an array's lockstep as the C golden model sees them: operands for each, and what must stand in
// its accumulators when it is done.
#ifndef FL_COSIM_ARRAY_PRODUCTS_H
#define FL_COSIM_ARRAY_PRODUCTS_H

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "pe/array/array.h"
#include "sim/cosim/rtl.h"

namespace fl
{
class ArrayProducts
{
public:
    ArrayProducts(const pe_array_params &params, uint64_t seed);

    // The job of this shape and these formats with random codes, layout and accumulators, which stay until it
    // is compared. Jobs are done in the order in which they are given.
    pe_array_job give(const pe_array_job &shape);
    void done() { ++done_; } // the oldest job that is not

    // Compares the jobs that are done, and forgets them. False at the first sum that is not that of
    // pe_array_compute.
    bool compare();
    uint64_t compared() const { return compared_; } // jobs
    // The job with a wrong sum, and the sum.
    const std::string &job() const { return job_; }
    const std::string &difference() const { return difference_; }

private:
    struct Product {
        pe_array_job job;
        std::vector<uint8_t> a, b;
        std::vector<uint32_t> sums, expected;
    };
    struct FreeScratch {
        void operator()(pe_array_scratch *scratch) const { pe_array_scratch_free(scratch); }
    };

    template <typename T> void fill(std::vector<T> &values, size_t count);
    void draw_operands(Product &product);
    bool equal(const Product &product);

    const pe_array_params params_;
    fl_rtl_random random_;
    const std::unique_ptr<pe_array_scratch, FreeScratch> scratch_;
    std::deque<Product> products_;
    size_t done_ = 0; // of products_
    uint64_t compared_ = 0;
    std::string job_, difference_;
};
} // namespace fl

#endif
