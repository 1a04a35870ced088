// Points that share a cache against points that share nothing.
#include "sim/sweep/point.h"
#include "tests/support/sweep_folder.h"

namespace
{
std::string record(const fl_sweep *sweep, uint64_t index, fl_point_cache *cache)
{
    static const volatile int never = 0;
    fl_point point;
    fl_text line = {};
    fl_point_open(&point, sweep, index, cache);
    fl_point_simulate(&point, &never);
    fl_point_record(&point, &line);
    const std::string text(line.bytes, line.size);
    fl_text_free(&line);
    fl_point_close(&point);
    return text;
}

// Workloads, machines and memories change in all orders; some workloads and machines are illegal.
TEST(SweepPointCache, ChangesNoRecord)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("cache", "axes:\n"
                                             "  - {key: dma.load.bus, values: [16 B, 32 B]}\n"
                                             "  - {key: clock, values: [100 MHz, 200 MHz]}\n"
                                             "  - {key: cores, values: [1, 2]}\n"
                                             "  - zip:\n"
                                             "      - {key: matrix.rows, values: [4, 16]}\n"
                                             "      - {key: matrix.columns, values: [16, 4]}\n"
                                             "  - {key: workload.seed, values: [1, 2, 0.5]}\n"));
    const uint64_t points = loaded.sweep->point_count;
    ASSERT_EQ(points, 48u);
    fl_point_cache shared = {};
    for (uint64_t step : {1u, 3u, 7u})
        for (uint64_t i = 0; i < points; i++) {
            const uint64_t index = i * step % points;
            SCOPED_TRACE("step " + std::to_string(step) + " point " + std::to_string(index));
            fl_point_cache own = {};
            EXPECT_EQ(record(loaded.sweep, index, &shared), record(loaded.sweep, index, &own));
            fl_point_cache_free(&own);
        }
    fl_point_cache_free(&shared);
}

TEST(SweepPointCache, ProbesEachMemoryOnce)
{
    SweepFolder folder;
    LoadedSweep loaded(folder.write("probe", "axes: [{key: memory.bytes_per_cycle, values: [4 B, 8 B]}]\n"));
    fl_point_cache cache = {};
    fl_error error;
    double streams[2];
    for (uint64_t i = 0; i < 4; i++) {
        fl_point point;
        fl_dram_profile probed, cached;
        fl_point_open(&point, loaded.sweep, i % 2, &cache);
        ASSERT_EQ(point.status, FL_OK) << point.error.text;
        ASSERT_EQ(fl_dram_probe(&point.machine, &probed, &error), FL_OK);
        ASSERT_EQ(fl_point_cache_probe(&cache, &point.machine, &cached, &error), FL_OK);
        EXPECT_EQ(cached.alone.stream, probed.alone.stream);
        EXPECT_EQ(cached.latency_cycles, probed.latency_cycles);
        streams[i % 2] = cached.alone.stream;
        fl_point_close(&point);
    }
    EXPECT_NE(streams[0], streams[1]) << "the memory matters, or this test sees nothing";
    size_t used = 0;
    for (const auto &entry : cache.profiles) used += entry.key != 0;
    EXPECT_EQ(used, 2u);
    fl_point_cache_free(&cache);
}

// A recipe is a file of its own, and part of what a point is: also of one that fails by it, or a mended
// recipe would find the old failure.
TEST(SweepPointCache, KnowsTheRecipeOnceAlsoWhenItFails)
{
    SweepFolder folder;
    const std::string root = std::filesystem::current_path().string();
    std::ofstream(folder / "sweep.yaml")
        << "sweep: recipe\nmachine: " << root << "/configs/machines/tiny_8.yaml\nworkload: " << root
        << "/workloads/tiny_encoder.yaml\naxes: [{key: workload.quant, files: [recipe.yaml]}]\n";
    const auto point_record = [&](const char *format) {
        std::ofstream(folder / "recipe.yaml")
            << "recipe: r\nrules:\n  - {match: \"*/*.sum\", format: int16}\n"
               "  - {match: \"activation/*.probs\", format: uint8}\n"
               "  - {match: \"*\", format: "
            << format << "}\n";
        LoadedSweep loaded(folder / "sweep.yaml");
        fl_point_cache cache = {};
        const std::string text = record(loaded.sweep, 0, &cache);
        fl_point_cache_free(&cache);
        return text;
    };
    const std::string good = point_record("int8"), bad = point_record("int9"), worse = point_record("int10");
    EXPECT_NE(good.find("\"workload.quant.rules.2.format\":\"int8\""), std::string::npos) << good;
    EXPECT_NE(good.find("\"status\":\"done\""), std::string::npos) << good;
    EXPECT_NE(bad.find("\"status\":\"failed\""), std::string::npos);
    EXPECT_NE(bad.find("\"workload.quant.rules.2.format\":\"int9\""), std::string::npos) << bad;
    const auto hash = [](const std::string &text) { return text.substr(text.find("\"hash\""), 42); };
    EXPECT_NE(hash(bad), hash(worse));
    EXPECT_EQ(good.find("\"recipe."), std::string::npos) << "a second time under its own name";
}
} // namespace
