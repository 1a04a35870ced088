// A prefill over whole sequences and the decode step that makes their last positions: what the step takes
// from the prefill, and whether it makes the same rows.
#ifndef FL_TESTS_SUPPORT_DECODE_CASE_H
#define FL_TESTS_SUPPORT_DECODE_CASE_H

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "workloads/workload.h"

namespace decode_case
{

struct Pair {
    std::string recipe, norm;
    uint64_t context, tokens, batch;

    Pair(const std::string &quant, const std::string &where, uint64_t earlier, uint64_t now,
         uint64_t sequences)
        : recipe(quant), norm(where), context(earlier), tokens(now), batch(sequences)
    {
    }

    std::string prefill_text() const { return text("sequence: " + std::to_string(context + tokens)); }
    std::string decode_text() const
    {
        return text("mode: decode\ncontext: " + std::to_string(context) +
                    "\ntokens: " + std::to_string(tokens));
    }

    // The tokens' rows of the inputs, and keys and values of the context, from a prefill that has run.
    void give(const wl_workload &prefill, const std::vector<uint8_t> &whole, const wl_workload &decode,
              std::vector<uint8_t> &step) const
    {
        for (uint32_t i = 0; i < decode.tensor_count; i++) {
            const wl_tensor &to = decode.tensors[i], &from = prefill.tensors[i];
            if (to.role != WL_INPUT && to.role != WL_CACHE) continue;
            for (uint64_t row = 0; row < to.rows; row++)
                if (to.role == WL_INPUT || row % (context + tokens) < context)
                    std::memcpy(&step[to.address + row * to.row_stride_bytes],
                                &whole[from.address + row_in_prefill(to, row) * from.row_stride_bytes],
                                to.row_bytes);
        }
    }

    // The first row of a result that is not the prefill's, of those that `stored` names by their operation.
    std::string difference(const wl_workload &prefill, const std::vector<uint8_t> &whole,
                           const wl_workload &decode, const std::vector<uint8_t> &step,
                           const std::function<bool(uint32_t op)> &stored = nullptr) const
    {
        for (uint32_t i = 0; i < decode.tensor_count; i++) {
            const wl_tensor &got = decode.tensors[i], &expected = prefill.tensors[i];
            if (got.producer == WL_NONE || (stored && !stored(got.producer))) continue;
            for (uint64_t row = 0; row < got.rows; row++)
                if (std::memcmp(
                        &step[got.address + row * got.row_stride_bytes],
                        &whole[expected.address + row_in_prefill(got, row) * expected.row_stride_bytes],
                        got.row_bytes) != 0)
                    return std::string(got.name) + ", row " + std::to_string(row);
        }
        return "";
    }

private:
    // Rows come in groups of one per token, or, in a cache, of one per position.
    uint64_t row_in_prefill(const wl_tensor &t, uint64_t row) const
    {
        return t.role == WL_CACHE ? row : row / tokens * (context + tokens) + context + row % tokens;
    }

    std::string text(const std::string &mode) const
    {
        return "workload: tiny\nbuilder: transformer_encoder\nlayers: 2\nhidden: 64\nheads: 2\nffn: "
               "128\nnorm: " +
               norm + "\nattention: causal\nquant: ../configs/quant/" + recipe +
               ".yaml\nbatch: " + std::to_string(batch) + "\n" + mode + "\n";
    }
};

} // namespace decode_case

#endif
