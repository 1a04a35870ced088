// The matrix unit's closed form against tables worked by hand, its counts against a walk over all folds, its
// sums against plain integers.
#include "pe/array/array.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "pe/array/array_fold.h"
#include "tests/support/array_case.h"

namespace
{
using array_case::JobData;
using array_case::JobSpec;

pe_array_params array(uint32_t rows, uint32_t columns, pe_dataflow dataflow, bool preload, bool skew,
                      bool drain, const char *pe = "int8")
{
    return {array_case::pe_named(pe), rows, columns, dataflow, preload, skew, drain};
}

JobSpec shape(uint32_t m, uint32_t n, uint32_t k)
{
    JobSpec spec;
    spec.m = m;
    spec.n = n;
    spec.k = k;
    return spec;
}

pe_array_plan plan(const pe_array_params &params, pe_array_front &front, const JobSpec &spec, uint64_t start)
{
    const JobData data(spec);
    pe_array_plan out;
    pe_array_plan_job(&params, &front, &data.job, start, &out);
    return out;
}

struct Row {
    bool preload, skew, drain;
    uint64_t first_operand, accept, done, until, fill, busy, drain_cycles;
};

void expect_row(const pe_array_params &params, const JobSpec &spec, const Row &row)
{
    pe_array_front front{};
    const pe_array_plan p = plan(params, front, spec, 10);
    SCOPED_TRACE(testing::Message() << "overlap preload " << row.preload << " skew " << row.skew << " drain "
                                    << row.drain);
    EXPECT_EQ(p.first_operand, row.first_operand);
    EXPECT_EQ(p.accept, row.accept);
    EXPECT_EQ(p.done, row.done);
    EXPECT_EQ(p.from, 10u);
    EXPECT_EQ(p.until, row.until);
    EXPECT_EQ(p.fill, row.fill);
    EXPECT_EQ(p.busy, row.busy);
    EXPECT_EQ(p.drain, row.drain_cycles);
}

// 3 x 2 array, two folds (m = 6), taken at 10, first fold at 11. T = k = 2: 11 + 2 = 13 is the first cycle
// without operands. Skew out takes 3 + 2 - 2 = 3 cycles, a drain 3. Done 2 + 2*3 + 2 - 2 = 8 after the last
// fold's start.
TEST(ArrayPlan, OutputStationaryFollowsTheHandTable)
{
    const Row rows[] = {
        // preload, skew, drain: first, accept, done, until, fill, busy, drain
        {false, false, false, 11, 20, 27, 21, 1, 4, 6}, // second fold at 11 + 2 + 3 + 3 = 19
        {false, false, true, 11, 17, 24, 18, 1, 4, 3},  // 11 + 2 + 3 = 16
        {false, true, false, 11, 17, 24, 18, 1, 4, 3},  // 11 + 2 + 3 = 16
        {false, true, true, 11, 15, 22, 16, 1, 4, 1},   // 11 + max(2, 3) = 14
    };
    for (const Row &row : rows)
        expect_row(array(3, 2, PE_OUTPUT_STATIONARY, row.preload, row.skew, row.drain), shape(6, 2, 2), row);
}

// 3 x 2 array, two folds (k = 6), taken at 10, preload 11..13, first fold at 14. T = m = 2: operands until
// 15, out of the array after 3 more. Done 2 + 3 + 2 - 2 = 5 after the last fold's start.
TEST(ArrayPlan, WeightStationaryFollowsTheHandTable)
{
    const Row rows[] = {
        {false, false, false, 14, 23, 27, 24, 7, 4, 3}, // preload 19..21, fold 22; 4 + 3 fill, 3 skew out
        {false, true, false, 14, 20, 24, 21, 7, 4, 0},  // preload 16..18, fold 19
        {true, false, false, 14, 18, 24, 21, 5, 4, 2},  // preload 14..16, skew out until 18, fold 19
        {true, true, false, 14, 16, 22, 19, 5, 4, 0},   // preload 14..16, fold 17
    };
    for (const Row &row : rows)
        expect_row(array(3, 2, PE_WEIGHT_STATIONARY, row.preload, row.skew, row.drain), shape(2, 2, 6), row);
}

// The two cycle tables in docs/contracts/matrix.md: 2 x 2, T = 3, everything overlapped, two folds, taken in
// cycle 0.
TEST(ArrayPlan, FollowsTheDocumentedCycleTables)
{
    pe_array_front os_front{}, ws_front{};
    const pe_array_plan os =
        plan(array(2, 2, PE_OUTPUT_STATIONARY, true, true, true), os_front, shape(4, 2, 3), 0);
    EXPECT_EQ(os.first_operand, 1u);
    EXPECT_EQ(os.accept, 6u);
    EXPECT_EQ(os.done, 11u);
    EXPECT_EQ(os.fill, 1u);
    EXPECT_EQ(os.busy, 6u);
    const pe_array_plan ws =
        plan(array(2, 2, PE_WEIGHT_STATIONARY, true, true, true), ws_front, shape(3, 2, 4), 0);
    EXPECT_EQ(ws.first_operand, 3u);
    EXPECT_EQ(ws.accept, 5u);
    EXPECT_EQ(ws.done, 11u);
    EXPECT_EQ(ws.fill, 3u);
    EXPECT_EQ(ws.busy, 6u);
}

uint64_t fold_interval(const pe_array_params &params, uint32_t T)
{
    const bool os = params.dataflow == PE_OUTPUT_STATIONARY;
    JobSpec two = os ? shape(2 * params.rows, 1, T) : shape(T, 1, 2 * params.rows), one = two;
    (os ? one.m : one.k) = params.rows;
    pe_array_front front_one{}, front_two{};
    return plan(params, front_two, two, 0).done - plan(params, front_one, one, 0).done;
}

TEST(ArrayPlan, AllSerialIsTheTextbookAndAllOverlappedApproachesT)
{
    for (uint32_t R = 1; R <= 9; ++R)
        for (uint32_t C = 1; C <= 9; ++C)
            for (uint32_t T = 1; T <= 12; ++T) {
                const auto ws = [&](bool o) { return array(R, C, PE_WEIGHT_STATIONARY, o, o, false); };
                const auto os = [&](bool skew, bool drain) {
                    return array(R, C, PE_OUTPUT_STATIONARY, false, skew, drain);
                };
                EXPECT_EQ(fold_interval(ws(false), T), T + 2 * R + C - 2);
                EXPECT_EQ(fold_interval(ws(true), T), std::max(T, R));
                EXPECT_EQ(fold_interval(os(false, true), T), T + R + C - 2);
                EXPECT_EQ(fold_interval(os(false, false), T), T + R + C - 2 + R);
                EXPECT_EQ(fold_interval(os(true, false), T), T + R);
                EXPECT_EQ(fold_interval(os(true, true), T), std::max(T, R));
            }
}

// A stream of jobs, each taken at the accept before it, takes as long as one job of as many folds.
TEST(ArrayPlan, QueuedJobsLoseNothing)
{
    for (int overlaps = 0; overlaps < 8; ++overlaps)
        for (const pe_dataflow dataflow : {PE_OUTPUT_STATIONARY, PE_WEIGHT_STATIONARY})
            for (uint32_t T : {1, 3, 4, 11}) {
                const pe_array_params params =
                    array(4, 3, dataflow, overlaps & 1, (overlaps & 2) != 0, (overlaps & 4) != 0);
                const bool os = dataflow == PE_OUTPUT_STATIONARY;
                const JobSpec one = os ? shape(4, 3, T) : shape(T, 3, 4),
                              five = os ? shape(20, 3, T) : shape(T, 3, 20);
                pe_array_front queued{}, whole{};
                pe_array_plan last{};
                for (int i = 0; i < 5; ++i) last = plan(params, queued, one, last.accept);
                EXPECT_EQ(last.done, plan(params, whole, five, 0).done)
                    << "overlaps " << overlaps << " OS " << os << " T " << T;
            }
}

// OS, everything overlapped, R = 8: after a fold of T = 10 at 1..10, a fold of T = 2 must end its operands at
// or after 1 + 10 + 8 = 19, so it starts at 17; one of T = 9 could start at 11 at once.
TEST(ArrayPlan, ShadowRegistersHoldUpShortFolds)
{
    const pe_array_params params = array(8, 4, PE_OUTPUT_STATIONARY, false, true, true);
    pe_array_front front{};
    const uint64_t accept = plan(params, front, shape(8, 4, 10), 0).accept;
    pe_array_front other = front;
    EXPECT_EQ(accept, 10u);
    EXPECT_EQ(plan(params, front, shape(8, 4, 2), accept).first_operand, 17u);
    EXPECT_EQ(plan(params, other, shape(8, 4, 9), accept).first_operand, 11u);
}

// One BERT-base encoder layer, 128 tokens, 64 x 64 array, jobs queued: the table in docs/contracts/matrix.md.
TEST(ArrayPlan, EncoderLayerTakesTheDocumentedCycles)
{
    std::vector<JobSpec> jobs(4, shape(128, 768, 768)); // query, key, value, attention output
    jobs.insert(jobs.begin() + 3,
                {shape(128, 128, 64), shape(128, 64, 128)}); // scores and context of 12 heads
    jobs[3].items = jobs[4].items = 12;
    jobs.push_back(shape(128, 3072, 768));
    jobs.push_back(shape(128, 768, 3072));
    const auto cycles = [&](const pe_array_params &params) {
        pe_array_front front{};
        pe_array_plan last{};
        for (const JobSpec &job : jobs) last = plan(params, front, job, last.accept);
        return last.done;
    };
    const auto os = [&](bool skew, bool drain) {
        return cycles(array(64, 64, PE_OUTPUT_STATIONARY, false, skew, drain));
    };
    const auto ws = [&](bool preload, bool skew) {
        return cycles(array(64, 64, PE_WEIGHT_STATIONARY, preload, skew, false));
    };
    EXPECT_EQ(os(true, true), 227519u);
    EXPECT_EQ(os(true, false), 245887u);
    EXPECT_EQ(os(false, true), 263681u);
    EXPECT_EQ(os(false, false), 282049u);
    EXPECT_EQ(ws(true, true), 227519u);
    EXPECT_EQ(ws(false, true), 341119u);
    EXPECT_EQ(ws(true, false), 451169u);
    EXPECT_EQ(ws(false, false), 564769u);
}

TEST(ArraySpan, SaysWhyAFormatIsNotSupported)
{
    const num_format int8 = array_case::format_named("int8"), int4 = array_case::format_named("int4");
    const num_format flint4 = array_case::format_named("flint4");
    const auto reason = [](const pe_array_params &params, num_format a, num_format b) {
        const char *text = "";
        return pe_array_supports(&params, a, b, &text) ? std::string() : std::string(text);
    };
    const pe_array_params one = array(1, 1, PE_OUTPUT_STATIONARY, false, false, false, "ant4");
    EXPECT_EQ(reason(one, int4, flint4), "");
    EXPECT_EQ(reason(one, int8, int4), "the array has fewer rows than an activation has slices");
    EXPECT_EQ(reason(one, int4, int8), "the array has fewer columns than a weight has slices");
    const pe_array_params integer = array(4, 4, PE_OUTPUT_STATIONARY, false, false, false, "int8");
    EXPECT_EQ(reason(integer, flint4, int8), "the PE type does not take the activation format");
    EXPECT_EQ(reason(integer, int8, flint4), "the PE type does not take the weight format");
}

// Counts by visiting every fold, row, column and step.
pe_array_actions walk(const pe_array_params &params, const pe_array_job &job, uint64_t &folds)
{
    const bool os = params.dataflow == PE_OUTPUT_STATIONARY;
    pe_array_actions out{};
    uint64_t a_codes = 0, b_codes = 0, random = 0;
    pe_array_fold fold;
    pe_array_fold_first(&params, &job, &fold);
    for (folds = 1;; ++folds) {
        const auto used_a = [&](uint32_t row, uint64_t t) {
            return pe_array_fold_a(&params, &fold, row, t, &random).used;
        };
        const auto used_b = [&](uint32_t column, uint64_t index) {
            return pe_array_fold_b(&params, &fold, column, index, &random).used;
        };
        const auto count = [&](uint64_t &codes, const pe_array_code &code) {
            if (!code.used) return;
            ++out.decodes;
            codes += code.slice == 0;
        };
        for (uint64_t t = 0; t < fold.steps; ++t) {
            for (uint32_t i = 0; i < params.rows; ++i) {
                count(a_codes, pe_array_fold_a(&params, &fold, i, t, &random));
                for (uint32_t j = 0; j < params.columns; ++j)
                    out.pe_macs += used_a(i, t) && used_b(j, os ? t : i);
            }
            for (uint32_t j = 0; os && j < params.columns; ++j)
                count(b_codes, pe_array_fold_b(&params, &fold, j, t, &random));
        }
        /* A weight of two activation slices stands in two rows but is fetched and decoded once. */
        for (uint32_t i = 0; !os && i < params.rows; i += fold.slices_a)
            for (uint32_t j = 0; j < params.columns; ++j)
                count(b_codes, pe_array_fold_b(&params, &fold, j, i, &random));
        for (uint32_t m = 0; m < (os ? params.rows / fold.slices_a : job.m); ++m)
            for (uint32_t n = 0; n < params.columns / fold.slices_b; ++n) {
                if (os ? !used_a(m * fold.slices_a, 0) || !used_b(n * fold.slices_b, 0)
                       : !used_b(n * fold.slices_b, 0))
                    continue;
                out.c_write_bytes += 4;
                out.c_read_bytes += job.accumulate || (!os && fold.row_block > 0) ? 4 : 0;
            }
        if (fold.ends_job) break;
        pe_array_fold_next(&params, &fold);
    }
    out.macs = uint64_t{job.items} * job.m * job.n * job.k;
    out.a_read_bytes = (a_codes * job.a_format.bits + 7) / 8;
    out.b_read_bytes = (b_codes * job.b_format.bits + 7) / 8;
    return out;
}

TEST(ArraySpan, CountsActionsLikeAWalkOverAllFolds)
{
    static const char *const formats[] = {"int4", "uflint4", "int8"};
    for (uint64_t seed = 1; seed <= 200; ++seed) {
        SCOPED_TRACE(seed);
        test_random random{seed};
        const auto pick = [&](int low, int high) { return uint32_t(test_random_range(&random, low, high)); };
        const pe_array_params params =
            array(pick(2, 6), pick(2, 6), pick(0, 1) ? PE_OUTPUT_STATIONARY : PE_WEIGHT_STATIONARY, false,
                  false, false, "ant4");
        JobSpec spec = shape(pick(1, 13), pick(1, 13), pick(1, 13));
        spec.items = pick(1, 3);
        spec.a_format = formats[pick(0, 2)];
        spec.b_format = formats[pick(0, 2)];
        spec.accumulate = pick(0, 1);
        const JobData data(spec);
        uint64_t folds;
        const pe_array_actions slow = walk(params, data.job, folds);
        pe_array_actions fast;
        pe_array_count(&params, &data.job, &fast);
        EXPECT_EQ(pe_array_folds(&params, &data.job), folds);
        EXPECT_EQ(fast.macs, slow.macs);
        EXPECT_EQ(fast.pe_macs, slow.pe_macs);
        EXPECT_EQ(fast.decodes, slow.decodes);
        EXPECT_EQ(fast.a_read_bytes, slow.a_read_bytes);
        EXPECT_EQ(fast.b_read_bytes, slow.b_read_bytes);
        EXPECT_EQ(fast.c_write_bytes, slow.c_write_bytes);
        EXPECT_EQ(fast.c_read_bytes, slow.c_read_bytes);
    }
}

void expect_exact(const JobSpec &spec, int constant_code)
{
    JobData data(spec);
    if (constant_code >= 0) {
        std::fill(data.a_codes.begin(), data.a_codes.end(), uint8_t(constant_code));
        std::fill(data.b_codes.begin(), data.b_codes.end(), uint8_t(constant_code));
    }
    static pe_array_scratch *const scratch =
        pe_array_scratch_new(); // kept, so that jobs of other formats have used it
    const pe_array_params params = array(4, 4, PE_OUTPUT_STATIONARY, false, false, false, "ant4");
    for (pe_array_scratch *s : {scratch, static_cast<pe_array_scratch *>(nullptr)}) {
        std::vector<uint32_t> sums;
        const pe_array_job job = data.into(sums);
        pe_array_compute(&params, &job, s);
        EXPECT_EQ(sums, data.oracle());
    }
}

// Shapes that no block divides, K of every rest, the extreme codes, and sums beyond 32 bits.
TEST(ArraySpan, SumsStayExactForAnyK)
{
    static const char *const formats[] = {"int4", "uint4", "flint4", "uflint4",
                                          "pot4", "upot4", "int8",   "uint8"};
    for (const char *a : formats)
        for (const char *b : formats) {
            SCOPED_TRACE(std::string(a) + " x " + b);
            JobSpec spec = shape(3, 5, 1);
            spec.a_format = a;
            spec.b_format = b;
            for (const uint32_t k : {1u, 63u, 2311u}) {
                spec.k = k;
                spec.seed += 3;
                spec.b_k_major = !spec.b_k_major;
                spec.padding = k % 3;
                for (const int code : {-1, 0xFF, 0x88}) expect_exact(spec, code);
            }
        }
    for (uint32_t k = 30; k < 70; k++) {
        JobSpec spec = shape(1 + k % 9, 1 + k % 7, k);
        spec.a_format = "uint8";
        spec.b_format = "flint4";
        spec.b_k_major = k % 2;
        spec.accumulate = k % 3 == 0;
        expect_exact(spec, -1);
    }
    JobSpec deep = shape(1, 1, 100003); // 255 * 255 * 100003 exceeds 2^32
    deep.a_format = deep.b_format = "uint8";
    expect_exact(deep, 0xFF);
}

// No PE takes them, but a PE of the user's own may.
TEST(ArraySpan, MultipliesFormatsBeyondSixteenBits)
{
    for (const char *a : {"int16", "uint16", "int32", "upot5"})
        for (const char *b : {"int32", "uint16", "int8"})
            for (const bool b_k_major : {false, true}) {
                SCOPED_TRACE(std::string(a) + " x " + b);
                JobSpec spec = shape(3, 5, 37);
                spec.a_format = a;
                spec.b_format = b;
                spec.b_k_major = b_k_major;
                spec.accumulate = b_k_major;
                expect_exact(spec, -1);
            }
}
} // namespace
