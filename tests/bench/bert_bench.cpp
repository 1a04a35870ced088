// The matrix products of BERT-base at sequence 128 in OpenBLAS alone: what a run with data is compared with.
#include <benchmark/benchmark.h>
#include <cblas.h>

#include <vector>

namespace
{
struct Product {
    int m, n, k, count; // count: per layer
};
// q, k, v, output; ffn up; ffn down; scores and context of 12 heads.
const Product PRODUCTS[] = {
    {128, 768, 768, 4}, {128, 3072, 768, 1}, {128, 768, 3072, 1}, {128, 128, 64, 12}, {128, 64, 128, 12}};

void BertProductsInOpenBlas(benchmark::State &state)
{
    openblas_set_num_threads(1);
    std::vector<float> a(128 * 3072, 1.0f), b(3072 * 3072, 1.0f), c(128 * 3072);
    for (auto _ : state) {
        for (int layer = 0; layer < 12; layer++)
            for (const Product &p : PRODUCTS)
                for (int i = 0; i < p.count; i++)
                    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, p.m, p.n, p.k, 1.0f, a.data(), p.k,
                                b.data(), p.k, 0.0f, c.data(), p.n);
        benchmark::DoNotOptimize(c.data());
    }
}
BENCHMARK(BertProductsInOpenBlas)->Unit(benchmark::kNanosecond);
} // namespace
