// Decode steps on whole machines: the rows of a prefill, the bytes of a cache, the causes of a memory-bound
// run.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/decode_case.h"
#include "tests/support/system_case.h"
#include "tests/support/system_run.h"

namespace
{
using namespace system_run;

std::string file(const std::string &path)
{
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

// On random machines with 1 to 3 cores: the step takes its cache from the machine's own prefill.
TEST(Decode, MakesTheRowsThatPrefillMakes)
{
    test_random random = {77};
    auto range = [&random](int64_t low, int64_t high) {
        return static_cast<uint64_t>(test_random_range(&random, low, high));
    };
    const uint64_t wanted = system_case::case_count(8);
    for (uint64_t compared = 0; compared < wanted;) {
        system_case::Machine machine = system_case::random_machine(&random);
        machine.pe = "ant4";
        machine.cores = range(1, 3);
        for (system_case::Buffer &b : machine.buffers) b.words = 4096 / b.banks;
        const decode_case::Pair pair("ant4", range(0, 1) ? "pre" : "post", range(1, 24),
                                     range(0, 1) ? 1 : range(2, 6), range(1, 3));
        const Session prefill(machine.yaml({}), pair.prefill_text()),
            decode(machine.yaml({}), pair.decode_text());
        if (!prefill.ok() || !decode.ok()) continue;
        SCOPED_TRACE(machine.yaml({}) + pair.decode_text());
        const MachineRun whole(prefill, true);
        const MachineRun step(decode, true, nullptr, nullptr, [&](std::vector<uint8_t> &dram) {
            pair.give(prefill.workload(), whole.dram, decode.workload(), dram);
        });
        ASSERT_EQ(pair.difference(prefill.workload(), whole.dram, decode.workload(), step.dram,
                                  [&](uint32_t op) {
                                      return prefill.mappings()[op].stored && decode.mappings()[op].stored;
                                  }),
                  "");
        for (uint32_t op = 0; op < decode.workload().op_count; op++)
            ASSERT_TRUE(decode.mappings()[op].stored ||
                        decode.workload().tensors[wl_op_output(&decode.workload().ops[op])].role != WL_CACHE)
                << "the next step reads the new rows";
        compared++;
    }
}

// One layer of GPT-2 small on the default machine, 4 bits. Every row is whole bursts, so the bytes are those
// of the tensors: a key is 768 codes, 384 B, and B sequences have P positions. Rows of scores never leave the
// chip; a probability is 4 bits.
TEST(Decode, MovesTheBytesOfItsCache)
{
    for (const uint64_t batch : {1, 4}) {
        const uint64_t positions = 1024, head_rows = 12 * batch;
        const Session session(file("configs/machines/ant_os_64.yaml"),
                              file("workloads/gpt2_small_decode.yaml") +
                                  "layers: 1\nbatch: " + std::to_string(batch) + "\n");
        ASSERT_TRUE(session.ok()) << session.error();
        const MachineRun run(session);
        ASSERT_EQ(run.status, FL_OK) << run.error;
        auto bytes = [&](const std::string &name, bool written) {
            uint64_t sum = 0;
            for (const fl_command &c : session.commands())
                if ((c.queue == FL_LOAD || c.queue == FL_STORE) && c.u.dma.block.write == written &&
                    session.workload().ops[c.layer].name == name)
                    sum += mem_block_bytes(&c.u.dma.block);
            return sum;
        };
        EXPECT_EQ(bytes("layer0.attention.scores", false), batch * positions * 384 + batch * 384);
        EXPECT_EQ(bytes("layer0.attention.probs", true), head_rows * positions / 2);
        EXPECT_EQ(bytes("layer0.attention.context", false),
                  batch * positions * 384 + head_rows * positions / 2);
        EXPECT_EQ(bytes("layer0.attention.context", true), batch * 384);
        for (const char *name : {"layer0.attention.key", "layer0.attention.value"})
            EXPECT_EQ(bytes(name, true), batch * 384) << "the new rows alone";
        EXPECT_EQ(bytes("layer0.ffn.up", false), 3072 * 384 + 3072 * 12 + batch * 384)
            << "weights once for all sequences";
        EXPECT_GT(run.result.memory.clock.cycles[FL_CAUSE_BUSY], run.result.memory.clock.until * 8 / 10)
            << "a decode step is bound by the memory";
        EXPECT_LT(run.result.macs, run.result.cycles * 64 * 64 / 20);
    }
}
} // namespace
