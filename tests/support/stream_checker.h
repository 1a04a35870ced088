// A slow, independent look at a command stream: which byte of which buffer holds what, who reads it, and
// whether the tokens alone, without any luck in timing, make every reader come after its writer and every
// writer after the readers before it.
#ifndef FL_TESTS_SUPPORT_STREAM_CHECKER_H
#define FL_TESTS_SUPPORT_STREAM_CHECKER_H

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "sim/machine/machine_config.h"
#include "workloads/workload.h"

class StreamChecker
{
public:
    StreamChecker(const fl_machine_config &machine, const wl_workload &workload) : workload_(workload)
    {
        for (int b = 0; b < FL_BUFFER_COUNT; b++)
            buffers_[static_cast<size_t>(b)].resize(machine.buffers[b].size_bytes);
        dram_.resize(workload.dram_bytes);
    }

    // The next command in program order. Returns what is wrong with it, "" when nothing is.
    std::string check(const fl_command &command)
    {
        command_ = &command;
        fault_.clear();
        queue_ = command.queue;
        sequence_ = static_cast<uint32_t>(before_[queue_].size());
        collect_waits();
        switch (static_cast<fl_queue>(command.queue)) {
        case FL_LOAD:
            load(command.u.dma);
            break;
        case FL_STORE:
            store(command.u.dma);
            break;
        case FL_MATRIX:
            multiply(command.u.matrix);
            break;
        default:
            compute(command.u.vector);
        }
        before_[queue_].push_back(known_);
        if (fault_.empty()) return "";
        return std::string(fl_queue_names[queue_]) + " " + std::to_string(sequence_) + ": " + fault_;
    }

    // After the last command: every tensor that `stored` names was written once, completely, and no given row
    // of a cache.
    std::string finish(const std::function<bool(uint32_t op)> &stored) const
    {
        for (uint32_t o = 0; o < workload_.op_count; o++) {
            const wl_tensor &t = workload_.tensors[output(o)];
            for (uint64_t row = 0; row < t.rows; row++)
                for (uint64_t i = 0; i < t.row_bytes; i++) {
                    const unsigned writes = dram_[t.address + row * t.row_stride_bytes + i].writes;
                    if (writes != (stored(o) && !given(t, row) ? 1u : 0u))
                        return std::string(t.name) + ": row " + std::to_string(row) + " is stored " +
                               std::to_string(writes) + " times";
                }
        }
        return "";
    }

private:
    static bool given(const wl_tensor &t, uint64_t row)
    {
        return t.role == WL_CACHE && row % t.sequence_rows < t.context;
    }

    static constexpr int NOBODY = -1;
    enum Content { EMPTY, CODES, SUMS };
    using Known =
        std::array<uint64_t, FL_QUEUE_COUNT>; // commands of each queue that are complete for certain

    struct Byte {
        int writer = NOBODY; // queue
        uint32_t sequence = 0;
        std::array<uint64_t, FL_QUEUE_COUNT> readers = {}; // sequence + 1 of the last reader since the write
        Content content = EMPTY;
        uint32_t tensor = WL_NONE; // that the codes belong to, or that the sums will become
        uint64_t address = 0;      // of a loaded byte
    };
    struct DramByte {
        unsigned writes = 0;
        uint32_t sequence = 0; // of the store
    };

    uint32_t output(uint32_t op) const
    {
        const wl_op &o = workload_.ops[op];
        return o.kind == WL_GEMM ? o.gemm.out.tensor : o.out;
    }

    void fail(const std::string &text)
    {
        if (fault_.empty()) fault_ = text;
    }

    // What is complete when the command starts: what its queue's commands before it knew, and what its tokens
    // prove.
    void collect_waits()
    {
        known_ = sequence_ == 0 ? Known{} : before_[queue_].back();
        for (unsigned w = 0; w < command_->wait_count; w++) {
            const fl_wait &wait = command_->waits[w];
            if (wait.sequence >= before_[wait.queue].size()) {
                fail(std::string("waits for ") + fl_queue_names[wait.queue] + " " +
                     std::to_string(wait.sequence) + ", which does not come before it");
                continue;
            }
            const Known &giver = before_[wait.queue][wait.sequence];
            for (size_t q = 0; q < FL_QUEUE_COUNT; q++) known_[q] = std::max(known_[q], giver[q]);
            known_[wait.queue] = std::max<uint64_t>(known_[wait.queue], wait.sequence + uint64_t{1});
        }
    }

    // A unit works in order, so its own earlier reads and writes are over in time, save one: a vector
    // command's results are in the buffer only at its end, after the next command has started.
    bool over(unsigned queue, uint64_t count, bool result) const
    {
        if (queue == queue_ && !(result && queue_ == FL_VECTOR)) return true;
        return known_[queue] >= count;
    }

    Byte *at(const fl_region &region, uint64_t offset)
    {
        std::vector<Byte> &buffer = buffers_[region.buffer];
        if (offset >= region.bytes || region.offset_bytes + offset >= buffer.size()) {
            fail("leaves its region");
            return nullptr;
        }
        return &buffer[region.offset_bytes + offset];
    }

    void read(const fl_region &region, uint64_t offset, Content content, uint32_t tensor)
    {
        Byte *byte = at(region, offset);
        if (byte == nullptr) return;
        if (byte->writer == NOBODY) return fail("reads a byte that nobody has written");
        if (byte->content != content || byte->tensor != tensor) {
            const char *found = byte->tensor == WL_NONE ? "nothing" : workload_.tensors[byte->tensor].name;
            return fail(std::string("expects ") + workload_.tensors[tensor].name + " where " + found +
                        " lies");
        }
        if (!over(static_cast<unsigned>(byte->writer), byte->sequence + uint64_t{1}, true))
            return fail(std::string("no token orders it behind its writer ") + fl_queue_names[byte->writer] +
                        " " + std::to_string(byte->sequence));
        byte->readers[queue_] = sequence_ + uint64_t{1};
    }

    void write(const fl_region &region, uint64_t offset, Content content, uint32_t tensor,
               uint64_t address = 0)
    {
        Byte *byte = at(region, offset);
        if (byte == nullptr) return;
        for (unsigned q = 0; q < FL_QUEUE_COUNT; q++)
            if (!over(q, byte->readers[q], false))
                return fail(std::string("no token orders it behind the reader ") + fl_queue_names[q] + " " +
                            std::to_string(byte->readers[q] - 1));
        if (byte->writer != NOBODY &&
            !over(static_cast<unsigned>(byte->writer), byte->sequence + uint64_t{1}, false))
            return fail(std::string("no token orders it behind the earlier writer ") +
                        fl_queue_names[byte->writer]);
        *byte = {static_cast<int>(queue_), sequence_, {}, content, tensor, address};
    }

    // The tensor whose row holds the byte; a weight in tile order has its padding behind each strip of tiles.
    uint32_t tensor_at(uint64_t address) const
    {
        for (uint32_t t = 0; t < workload_.tensor_count; t++) {
            const wl_tensor &tensor = workload_.tensors[t];
            if (address < tensor.address || address >= tensor.address + tensor.rows * tensor.row_stride_bytes)
                continue;
            return tensor.role == WL_WEIGHT ||
                           (address - tensor.address) % tensor.row_stride_bytes < tensor.row_bytes
                       ? t
                       : WL_NONE;
        }
        return WL_NONE;
    }

    void for_each_byte(const fl_dma_command &dma,
                       const std::function<void(uint64_t address, uint64_t offset)> &visit) const
    {
        const mem_block &b = dma.block;
        for (uint64_t plane = 0; plane < b.planes; plane++)
            for (uint64_t row = 0; row < b.rows; row++)
                for (uint64_t i = 0; i < b.width_bytes; i++)
                    visit(b.address + plane * b.plane_stride_bytes + row * b.row_stride_bytes + i,
                          plane * dma.region.item_bytes + row * dma.region.stride_bytes + i);
    }

    void load(const fl_dma_command &dma)
    {
        for_each_byte(dma, [&](uint64_t address, uint64_t offset) {
            const uint32_t t = tensor_at(address);
            if (t == WL_NONE) return fail("loads bytes outside all tensors");
            const DramByte &source = dram_[address];
            const wl_tensor &tensor = workload_.tensors[t];
            if (tensor.producer != WL_NONE && source.writes == 0 &&
                !given(tensor, (address - tensor.address) / tensor.row_stride_bytes))
                return fail(std::string("loads ") + workload_.tensors[t].name + " before it is stored");
            if (source.writes != 0 && known_[FL_STORE] < source.sequence + uint64_t{1})
                return fail(std::string("no token orders it behind store ") +
                            std::to_string(source.sequence) + " of " + workload_.tensors[t].name);
            write(dma.region, offset, CODES, t, address);
        });
    }

    void store(const fl_dma_command &dma)
    {
        for_each_byte(dma, [&](uint64_t address, uint64_t offset) {
            const uint32_t t = tensor_at(address);
            if (t == WL_NONE || workload_.tensors[t].producer == WL_NONE)
                return fail("stores to bytes of no result");
            read(dma.region, offset, CODES, t);
            dram_[address].writes++;
            dram_[address].sequence = sequence_;
        });
    }

    void block(const fl_region &r, uint64_t items, uint64_t rows, uint64_t bytes,
               const std::function<void(uint64_t)> &visit)
    {
        for (uint64_t item = 0; item < items; item++)
            for (uint64_t row = 0; row < rows; row++)
                for (uint64_t i = 0; i < bytes; i++) visit(item * r.item_bytes + row * r.stride_bytes + i);
    }

    void multiply(const fl_matrix_command &m)
    {
        const wl_gemm &g = workload_.ops[command_->layer].gemm;
        const uint64_t b_rows = m.b_k_major ? m.k : m.n,
                       b_bytes = num_row_bytes(m.b_format, m.b_k_major ? m.n : m.k);
        block(m.a, m.items, m.m, num_row_bytes(m.a_format, m.k),
              [&](uint64_t o) { read(m.a, o, CODES, g.a.tensor); });
        block(m.b, m.items, b_rows, b_bytes, [&](uint64_t o) { read(m.b, o, CODES, g.b.tensor); });
        block(m.c, m.items, m.m, 4 * uint64_t{m.n}, [&](uint64_t o) {
            if (m.accumulate) read(m.c, o, SUMS, g.out.tensor);
            write(m.c, o, SUMS, g.out.tensor);
        });
        macs_ += uint64_t{m.items} * m.m * m.n * m.k;
    }

    void compute(const fl_vector_command &v)
    {
        const wl_op &op = workload_.ops[command_->layer];
        const bool epilogue = op.kind == WL_GEMM;
        const uint32_t out = output(command_->layer);
        block(v.in, 1, v.rows, num_row_bytes(v.in_format, v.columns),
              [&](uint64_t o) { read(v.in, o, epilogue ? SUMS : CODES, epilogue ? out : op.in); });
        if (v.inputs == 2)
            block(v.in2, 1, v.rows, num_row_bytes(v.in2_format, v.columns),
                  [&](uint64_t o) { read(v.in2, o, CODES, op.in2); });
        if (v.has_columns)
            block(v.column_params, 1, 1, uint64_t{v.columns} * VEC_COLUMN_BYTES,
                  [&](uint64_t o) { read(v.column_params, o, CODES, op.column_params); });
        block(v.out, 1, v.rows, num_row_bytes(v.out_format, v.columns),
              [&](uint64_t o) { write(v.out, o, CODES, out); });
    }

    const wl_workload &workload_;
    std::array<std::vector<Byte>, FL_BUFFER_COUNT> buffers_;
    std::vector<DramByte> dram_;
    std::array<std::vector<Known>, FL_QUEUE_COUNT> before_; // what each command knew when it started
    const fl_command *command_ = nullptr;
    unsigned queue_ = 0;
    uint32_t sequence_ = 0;
    Known known_ = {};
    uint64_t macs_ = 0;
    std::string fault_;

public:
    uint64_t macs() const { return macs_; }
};

#endif
