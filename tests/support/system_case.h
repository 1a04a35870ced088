// Random small machines with random small workloads, as the YAML that a user would write.
//
// A case is a handful of numbers; halving them shrinks it, and what fails prints the two files that show it
// again.
#ifndef FL_TESTS_SUPPORT_SYSTEM_CASE_H
#define FL_TESTS_SUPPORT_SYSTEM_CASE_H

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "pe/pe.h"
#include "sim/base/registry.h"
#include "tests/support/random.h"

namespace system_case
{
// Which units are the pin twin.
struct Models {
    bool matrix = false, vector = false, memory = false;
};

struct Buffer {
    uint64_t words, banks, spare_width; // 4 B words of a bank; bytes per cycle beyond what the unit needs
};

struct Machine {
    std::string pe = "ant4";
    uint64_t rows = 1, columns = 1, lanes = 1, clock_mhz = 1000;
    bool output_stationary = true, skew_serial = false, exchange_serial = false; // exchange: drain or preload
    Buffer buffers[4] = {};
    uint64_t outstanding[2] = {1, 1}, bus_log2[2] = {0, 0}, queue_depth = 1;
    bool ddr4 = false;
    std::string part = "ddr4_2400";     // in configs/parts, when `ddr4`
    std::vector<std::string> part_keys; // beside it
    uint64_t latency = 1, bytes_per_cycle = 1;
    uint64_t cores = 1;
    uint64_t l2_sets = 0; // of each bank of a small L2 in front of the memory; 0: none

    std::string yaml(Models models) const
    {
        static const char *const NAMES[] = {"input", "weight", "accumulator", "vector"};
        const uint64_t bits =
            static_cast<const pe_type *>(fl_registry_find("pe", pe.c_str())->ops)->operand_bits;
        const uint64_t widths[] = {(rows * bits + 7) / 8, (columns * bits + 7) / 8, columns * 4, lanes};
        std::ostringstream out;
        out << "machine: random\ncores: " << cores << "\nclock: " << clock_mhz
            << " MHz\nmatrix:\n  model: " << (models.matrix ? "pin" : "span") << "\n  pe: " << pe
            << "\n  rows: " << rows << "\n  columns: " << columns
            << "\n  dataflow: " << (output_stationary ? "output_stationary" : "weight_stationary")
            << "\n  overlap: {skew: " << (skew_serial ? "serial" : "overlapped") << ", "
            << (output_stationary ? "drain" : "preload") << ": "
            << (exchange_serial ? "serial" : "overlapped")
            << "}\nvector: {model: " << (models.vector ? "pin" : "span") << ", lanes: " << lanes
            << "}\nbuffers:\n";
        for (int b = 0; b < 4; b++)
            out << "  " << NAMES[b]
                << ": {size: " << std::max<uint64_t>(64, buffers[b].words * 4 * buffers[b].banks)
                << " B, banks: " << buffers[b].banks << ", width: " << widths[b] + buffers[b].spare_width
                << " B}\n";
        out << "dma:\n";
        for (int d = 0; d < 2; d++)
            out << "  " << (d == 0 ? "load" : "store") << ": {outstanding: " << outstanding[d]
                << ", bus: " << (1u << bus_log2[d]) << " B}\n";
        out << "commands: {queue_depth: " << queue_depth << "}\nmemory:\n";
        const std::string model = models.memory ? "pin" : "span";
        std::string in = "  ";
        if (l2_sets > 0) {
            out << "  type: l2\n  capacity: " << 256 * l2_sets
                << " B\n  ways: 2\n  banks: 2\n  mshrs: 2\n  write_buffer: 1\n  latency: 5\n  model: "
                << model << "\n  below:\n";
            in = "    ";
        }
        if (ddr4)
            out << in << "include: ../parts/" << part << ".yaml\n";
        else
            out << in << "type: ideal\n"
                << in << "latency: " << latency << " cycles\n"
                << in << "bytes_per_cycle: " << bytes_per_cycle << " B\n";
        for (const std::string &key : part_keys) out << in << key << "\n";
        out << in << "model: " << model << "\ncosts: {include: ../costs/ant_28nm.yaml}\n";
        return out.str();
    }

    std::vector<uint64_t *> numbers()
    {
        std::vector<uint64_t *> all = {&rows,           &columns,        &lanes,       &outstanding[0],
                                       &outstanding[1], &bus_log2[0],    &bus_log2[1], &queue_depth,
                                       &latency,        &bytes_per_cycle};
        for (Buffer &b : buffers) all.insert(all.end(), {&b.words, &b.banks, &b.spare_width});
        return all;
    }
};

enum Kind { GEMM, BATCHED, SOFTMAX, LAYERNORM, REQUANTIZE, GELU, ADD, BIAS, ATTEND, KIND_COUNT };

struct Op {
    int kind;
    uint64_t columns; // of a GEMM's result
    uint64_t choice;  // formats and orders hang on it
};

struct Workload {
    bool encoder = false;
    // An encoder:
    uint64_t hidden_half = 4, heads = 1, ffn_half = 4, sequence = 4, batch = 1, layers = 1;
    uint64_t context = 0; // of a decode step with `sequence` tokens; 0: prefill
    bool pre_norm = false, causal = false;
    std::string recipe = "ant4";
    // An op list: each operation reads what the one before wrote.
    std::vector<std::string> formats; // that the PE takes
    uint64_t items = 1, rows = 4, columns = 4, seed = 1;
    std::vector<Op> ops;

    std::string yaml() const { return encoder ? encoder_yaml() : op_list_yaml(); }

    std::vector<uint64_t *> numbers()
    {
        if (encoder) return {&hidden_half, &heads, &ffn_half, &sequence, &batch, &layers, &context};
        std::vector<uint64_t *> all = {&items, &rows, &columns};
        for (Op &op : ops) all.push_back(&op.columns);
        return all;
    }

private:
    std::string encoder_yaml() const
    {
        std::ostringstream out;
        out << "workload: random\nbuilder: transformer_encoder\nlayers: " << layers
            << "\nhidden: " << 2 * hidden_half * heads << "\nheads: " << heads << "\nffn: " << 2 * ffn_half
            << "\nnorm: " << (pre_norm ? "pre" : "post") << "\nattention: " << (causal ? "causal" : "full");
        if (context > 0)
            out << "\nmode: decode\ncontext: " << context << "\ntokens: " << sequence;
        else
            out << "\nsequence: " << sequence;
        out << "\nbatch: " << batch << "\nquant: ../configs/quant/" << recipe << ".yaml\nseed: " << seed
            << "\n";
        return out.str();
    }

    struct Current {
        std::string name, format;
        uint64_t rows, columns;
    };

    struct Lists {
        std::ostringstream tensors, ops;
        unsigned count = 0;
    };

    static bool contains(const std::vector<std::string> &list, const std::string &name)
    {
        return std::find(list.begin(), list.end(), name) != list.end();
    }

    static std::string tensor(Lists &lists, const char *role, uint64_t t_rows, uint64_t t_columns,
                              const std::string &format)
    {
        std::string name = "t" + std::to_string(lists.count++);
        lists.tensors << "  - {name: " << name << ", role: " << role << ", rows: " << t_rows
                      << ", columns: " << t_columns << ", format: " << format << "}\n";
        return name;
    }

    static std::string column_set(Lists &lists, uint64_t t_columns, const char *scale)
    {
        std::string name = "t" + std::to_string(lists.count++);
        lists.tensors << "  - {name: " << name << ", role: parameters, columns: " << t_columns
                      << ", scale: " << scale << ", bias: 20}\n";
        return name;
    }

    static void requantize(Lists &lists, Current &now, const std::string &format)
    {
        std::string out = tensor(lists, "activation", now.rows, now.columns, format);
        lists.ops << "  - {op: requantize, in: " << now.name << ", out: " << out << ", out_scale: 0.6}\n";
        now = {out, format, now.rows, now.columns};
    }

    std::string result_format(uint64_t choice) const
    {
        std::vector<std::string> all = formats;
        all.insert(all.end(), {"int8", "int16"});
        return all[choice % all.size()];
    }

    void gemm(Lists &lists, Current &now, const Op &op, uint64_t products) const
    {
        static const char *const EPILOGUES[] = {"requantize", "bias_requantize", "gelu"};
        if (!contains(formats, now.format)) requantize(lists, now, formats[op.choice % formats.size()]);
        const uint64_t n = op.columns, k = now.columns;
        const bool k_major = op.choice / 7 % 2 != 0;
        const std::string weights = tensor(lists, "weight", products * (k_major ? k : n), k_major ? n : k,
                                           formats[op.choice / 3 % formats.size()]);
        const uint64_t epilogue = op.choice / 11 % 3;
        const std::string columns_name = epilogue == 0 ? "" : column_set(lists, n, "0.05");
        const std::string format = result_format(op.choice / 13);
        const std::string out = tensor(lists, "activation", now.rows, n, format);
        lists.ops << "  - {op: gemm, a: " << now.name << ", b: " << weights
                  << ", b_k_major: " << (k_major ? "true" : "false") << ", items: " << products
                  << ", epilogue: " << EPILOGUES[epilogue] << ", out: " << out << ", out_scale: 0.02"
                  << (epilogue == 0 ? "" : ", parameters: " + columns_name) << "}\n";
        now = {out, format, now.rows, n};
    }

    // Attention to keys of which some are in a cache and the others are made from `now`, as are the queries.
    void attend(Lists &lists, Current &now, const Op &op) const
    {
        if (!contains(formats, now.format)) requantize(lists, now, formats[op.choice % formats.size()]);
        const uint64_t given = op.choice / 7 % 12 + 1, positions = given + now.rows / items;
        const std::string weights =
            tensor(lists, "weight", now.columns, now.columns, formats[op.choice / 3 % formats.size()]);
        const std::string keys = "t" + std::to_string(lists.count++);
        lists.tensors << "  - {name: " << keys << ", role: cache, rows: " << items * positions
                      << ", columns: " << now.columns
                      << ", format: " << formats[op.choice / 5 % formats.size()] << ", sequences: " << items
                      << ", context: " << given << "}\n";
        const std::string scores = tensor(lists, "activation", now.rows, positions, "int8");
        const std::string probs =
            tensor(lists, "activation", now.rows, positions, formats[op.choice / 11 % formats.size()]);
        lists.ops << "  - {op: gemm, a: " << now.name << ", b: " << weights
                  << ", items: 1, epilogue: requantize, out: " << keys << ", out_scale: 0.05}\n"
                  << "  - {op: gemm, a: " << now.name << ", b: " << keys << ", items: " << items
                  << ", epilogue: requantize, out: " << scores << ", out_scale: 0.05}\n"
                  << "  - {op: softmax, in: " << scores << ", out: " << probs
                  << ", logit_scale: 0.05, out_scale: 0.4, causal: true, context: " << given << "}\n";
        now = {probs, formats[op.choice / 11 % formats.size()], now.rows, positions};
    }

    void vector_op(Lists &lists, Current &now, const Op &op) const
    {
        static const char *const NAMES[] = {"",           "",     "softmax", "layernorm",
                                            "requantize", "gelu", "add",     "bias_requantize"};
        if (op.kind == SOFTMAX && now.format != "int8") requantize(lists, now, "int8");
        if (op.kind == LAYERNORM && now.format != "int8" && now.format != "int16")
            requantize(lists, now, "int16");
        const std::string format = result_format(op.choice);
        std::string other, more;
        if (op.kind == ADD) {
            other = tensor(lists, "input", now.rows, now.columns, result_format(op.choice / 5));
            more = ", in2: " + other + ", in_scale: 0.5, in2_scale: 0.7";
        }
        if (op.kind == LAYERNORM || op.kind == GELU || op.kind == BIAS)
            more += ", parameters: " + column_set(lists, now.columns, op.kind == LAYERNORM ? "0.01" : "0.4");
        if (op.kind == SOFTMAX) more += ", logit_scale: 0.05";
        if (op.kind == SOFTMAX && now.rows % now.columns == 0) more += ", causal: true";
        const std::string out = tensor(lists, "activation", now.rows, now.columns, format);
        lists.ops << "  - {op: " << NAMES[op.kind] << ", in: " << now.name << ", out: " << out
                  << ", out_scale: 0.4" << more << "}\n";
        now = {out, format, now.rows, now.columns};
    }

    std::string op_list_yaml() const
    {
        Lists lists;
        const std::string first = formats[seed % formats.size()];
        Current now = {"", first, items * rows, columns};
        now.name = tensor(lists, "input", now.rows, now.columns, first);
        for (const Op &op : ops) {
            if (op.kind == ATTEND)
                attend(lists, now, op);
            else if (op.kind == GEMM || op.kind == BATCHED)
                gemm(lists, now, op, op.kind == BATCHED ? items : 1);
            else
                vector_op(lists, now, op);
        }
        return "workload: random\nseed: " + std::to_string(seed) + "\ntensors:\n" + lists.tensors.str() +
               "ops:\n" + lists.ops.str();
    }
};

struct Case {
    Machine machine;
    Workload workload;
};

inline std::string describe(const Case &c, Models models = {true, true, true})
{
    return "--- configs/machines/failing.yaml\n" + c.machine.yaml(models) + "--- workloads/failing.yaml\n" +
           c.workload.yaml();
}

inline Machine random_machine(test_random *r)
{
    auto range = [r](int64_t low, int64_t high) {
        return static_cast<uint64_t>(test_random_range(r, low, high));
    };
    static const char *const PES[] = {"ant4", "int4", "int8"};
    static const uint64_t CLOCKS[] = {1000, 500, 800, 1250};
    Machine m;
    m.pe = PES[range(0, 2)];
    m.rows = range(1, 6), m.columns = range(1, 6), m.lanes = range(1, 6);
    m.clock_mhz = CLOCKS[range(0, 3)];
    m.output_stationary = range(0, 1) != 0, m.skew_serial = range(0, 1) != 0,
    m.exchange_serial = range(0, 1) != 0;
    for (Buffer &b : m.buffers) {
        // One or two banks: units wait for each other. The vector unit's operands take a bank each.
        b.banks = uint64_t{1} << range(&b == &m.buffers[3] ? 2 : 0, 4);
        b.words = range(400, 3000) / b.banks + 1;
        b.spare_width = range(0, 8);
    }
    for (int d = 0; d < 2; d++) m.outstanding[d] = range(1, 16), m.bus_log2[d] = range(1, 6);
    m.queue_depth = range(1, 8);
    m.ddr4 = range(0, 1) != 0;
    m.latency = range(0, 60), m.bytes_per_cycle = range(1, 32);
    return m;
}

// Formats that the PE takes on this array, wide ones in slices.
inline std::vector<std::string> formats_of(const Machine &m)
{
    const pe_type *pe = static_cast<const pe_type *>(fl_registry_find("pe", m.pe.c_str())->ops);
    std::vector<std::string> taken;
    for (const char *name : {"int4", "uint4", "flint4", "uflint4", "pot4", "upot4", "int8", "uint8"}) {
        num_format format;
        num_format_parse(name, &format);
        const unsigned slices = pe->slices(format);
        if (slices != 0 && slices <= std::min(m.rows, m.columns)) taken.push_back(name);
    }
    return taken;
}

inline Workload random_encoder(test_random *r, const Machine &m)
{
    auto range = [r](int64_t low, int64_t high) {
        return static_cast<uint64_t>(test_random_range(r, low, high));
    };
    Workload w;
    w.encoder = true;
    w.heads = range(1, 3), w.hidden_half = range(1, 6), w.ffn_half = range(1, 16);
    w.sequence = range(1, 12), w.batch = range(1, 2), w.pre_norm = range(0, 1) != 0;
    w.causal = range(0, 1) != 0;
    w.recipe = m.pe == "ant4" ? (range(0, 1) ? "ant4" : "mixed_4_8") : m.pe == "int4" ? "int4" : "int8";
    w.layers = w.recipe == "mixed_4_8" ? 2 : 1; // its first layer differs
    w.seed = test_random_u64(r) % 1000;
    if (w.causal && range(0, 1) != 0) w.context = range(1, 20);
    return w;
}

inline Workload random_op_list(test_random *r, const Machine &m)
{
    auto range = [r](int64_t low, int64_t high) {
        return static_cast<uint64_t>(test_random_range(r, low, high));
    };
    Workload w;
    w.formats = formats_of(m);
    w.items = range(1, 3), w.rows = range(1, 10), w.columns = range(1, 40);
    w.seed = test_random_u64(r) % 1000;
    for (uint64_t i = range(1, 5); i > 0; i--)
        w.ops.push_back({static_cast<int>(range(0, KIND_COUNT - 1)), range(1, 24), test_random_u64(r) >> 8});
    return w;
}

inline Case random_case(uint64_t seed)
{
    test_random r = {seed};
    Case c;
    c.machine = random_machine(&r);
    if (c.machine.pe == "int8" || formats_of(c.machine).size() > 2) {
        c.workload =
            test_random_range(&r, 0, 2) == 0 ? random_encoder(&r, c.machine) : random_op_list(&r, c.machine);
    } else {
        c.workload = random_op_list(&r, c.machine);
    }
    return c;
}

// Drops operations and halves numbers as long as `fails` holds. A candidate that makes no sense does not
// fail.
inline Case shrink(Case c, const std::function<bool(const Case &)> &fails)
{
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (size_t i = c.workload.ops.size(); i-- > 0 && c.workload.ops.size() > 1;) {
            Case candidate = c;
            candidate.workload.ops.erase(candidate.workload.ops.begin() + static_cast<long>(i));
            if (fails(candidate)) c = candidate, smaller = true;
        }
        const size_t machine_numbers = c.machine.numbers().size(),
                     count = machine_numbers + c.workload.numbers().size();
        for (size_t i = 0; i < count; i++) {
            Case candidate = c;
            uint64_t *number = i < machine_numbers ? candidate.machine.numbers()[i]
                                                   : candidate.workload.numbers()[i - machine_numbers];
            if (*number < 2) continue;
            *number /= 2;
            if (fails(candidate)) c = candidate, smaller = true;
        }
    }
    return c;
}

// Random cases of a test, of which the normal run takes `normal`; FL_TEST_CASES (2000 there) scales them.
inline uint64_t case_count(uint64_t normal)
{
    const char *text = std::getenv("FL_TEST_CASES");
    const uint64_t of_2000 = text != nullptr ? std::strtoull(text, nullptr, 10) : 2000;
    return std::max<uint64_t>(normal / 6, normal * of_2000 / 2000);
}
} // namespace system_case

#endif
