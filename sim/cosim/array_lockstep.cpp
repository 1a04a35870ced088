#include "sim/cosim/array_lockstep.h"

#include <algorithm>
#include <climits>
#include <vector>

#include "pe/array/array_pin.h"
#include "sim/base/systemc_context.h"
#include "sim/cosim/array_products.h"
#include "sim/cosim/array_rtl.h"
#include "sim/cosim/coverage.h"
#include "sim/cosim/record.h"
#include "sim/cosim/window.h"

namespace fl
{
namespace
{
struct Window : fl_window {
    explicit Window(const fl_rtl_design &of) : fl_window(), ok(fl_window_new(this, &of)) {}
    ~Window() { fl_window_free(this); }
    Window(const Window &) = delete;
    const bool ok;
};

enum class Verdict { GOOD, RTL_STOPPED, RTL_DIFFERS, BOTH_DIFFER };

// A run of the pin model, beside it the RTL or a recording.
struct Run {
    const pe_array_params &params;
    const fl_lockstep_options &options;
    RtlModel model; // none: the cycles are recorded
    Window window;
    ArrayProducts products;
    Verdict verdict = Verdict::GOOD;

    Run(const pe_array_params &of, const fl_rtl_design &design, const fl_lockstep_options &with)
        : params(of), options(with), window(design), products(of, with.seed)
    {
    }
};

// The waves of every signal, from a cycle on.
struct Trace {
    uint64_t from;
    const char *path; // NULL: none
};

// Watches the pin model and steps the RTL beside it; then compares the sums of the jobs done with the C
// model's.
class Monitor : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(Monitor);
    Monitor(const sc_core::sc_module_name &name, const ArrayPin &pin, Run &run, const Trace &trace)
        : sc_module(name), pin_(pin), run_(run), trace_(trace), in_(run.window.in_words),
          got_(run.window.out_words), expected_(run.window.out_words), care_(run.window.out_words)
    {
        SC_METHOD(watch);
        sensitive << clk.pos();
        dont_initialize();
    }

private:
    // The edge ends a cycle: what the wires carried in it is compared, or recorded.
    void watch()
    {
        array_rtl_inputs(pin_, in_.data());
        expect();
        if (run_.options.record != nullptr)
            fl_record_cycle(run_.options.record, run_.window.design, false, in_.data(), expected_.data(),
                            care_.data());
        else
            compare();
    }

    void compare()
    {
        if (trace_.path != nullptr && run_.window.recorded == trace_.from)
            fl_rtl_trace(run_.model.get(), trace_.path);
        run_.verdict = compare_cycle();
        if (run_.verdict != Verdict::GOOD || fl_lockstep_interrupted(&run_.options)) sc_core::sc_stop();
    }

    Verdict compare_cycle()
    {
        const bool settled = fl_rtl_settle(run_.model.get(), in_.data(), got_.data());
        fl_window_record(&run_.window, in_.data(), got_.data(), expected_.data(), care_.data());
        if (!settled) return Verdict::RTL_STOPPED;
        if (fl_window_differs(&run_.window)) return Verdict::RTL_DIFFERS;
        if (!run_.products.compare()) return Verdict::BOTH_DIFFER;
        return fl_rtl_clock(run_.model.get(), nullptr) ? Verdict::GOOD : Verdict::RTL_STOPPED;
    }

    // A sum is compared while it is valid.
    void expect()
    {
        const pe_array_params &params = pin_.params();
        const bool os = params.dataflow == PE_OUTPUT_STATIONARY;
        const size_t flags = fl_rtl_words(params.columns);
        std::fill(expected_.begin(), expected_.end(), 0u);
        std::fill(care_.begin(), care_.end(), 0u);
        for (uint32_t j = 0; j < params.columns; ++j) {
            const SouthWire &wire = pin_.bottom(j);
            const bool valid = os ? wire.b_last || wire.draining : wire.sum_valid;
            expected_[j / 32] |= uint32_t{valid} << (j % 32);
            care_[j / 32] = UINT32_MAX;
            expected_[flags + j] = wire.sum;
            care_[flags + j] = valid ? UINT32_MAX : 0;
        }
    }

    const ArrayPin &pin_;
    Run &run_;
    const Trace trace_;
    std::vector<uint32_t> in_, got_, expected_, care_;
};

// Feeds the pin model with random jobs. For a recording the array draws the codes: no sums are compared.
class Owner : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(Owner);
    Owner(const sc_core::sc_module_name &name, ArrayPin &pin, Run &run)
        : sc_module(name), pin_(pin), run_(run), stalls_(run.options.random_stalls), random_{run.options.seed}
    {
        SC_METHOD(offer);
        sensitive << clk.neg();
        dont_initialize();
    }

private:
    void offer()
    {
        if (!pin_.ready()) return;
        if (wait_ > 0) {
            --wait_;
            return;
        }
        const pe_array_job shape = draw();
        pin_.take(run_.options.record == nullptr ? run_.products.give(shape) : shape);
        if (stalls_ && below(2) == 0) wait_ = below(30);
    }

    uint32_t below(uint32_t bound) { return fl_rtl_draw_below(&random_, bound); }

    num_format draw_format()
    {
        const auto kind = static_cast<uint8_t>(below(3));
        const uint8_t bits = kind == NUM_INT && below(2) ? 8 : 4;
        return {kind, bits, below(2) != 0};
    }

    pe_array_job draw()
    {
        const pe_array_params &params = pin_.params();
        pe_array_job job = {};
        job.items = 1 + below(2);
        job.m = 1 + below(2 * params.rows + 3);
        job.n = 1 + below(2 * params.columns + 1);
        job.k = 1 + below(below(2) ? 3 : 2 * params.rows + 3);
        do {
            job.a_format = draw_format();
            job.b_format = draw_format();
        } while (!pe_array_supports(&params, job.a_format, job.b_format, nullptr));
        return job;
    }

    ArrayPin &pin_;
    Run &run_;
    const bool stalls_;
    fl_rtl_random random_;
    uint32_t wait_ = 0;
};

// The arrays are reset once, in the first cycle.
void reset_cycle(Run &run)
{
    const fl_rtl_design &design = *run.window.design;
    const std::vector<uint32_t> in(run.window.in_words), out(run.window.out_words);
    fl_window_record(&run.window, in.data(), out.data(), nullptr, nullptr);
    if (run.options.record == nullptr) return;
    fl_record_design(run.options.record, &design);
    fl_record_cycle(run.options.record, &design, true, in.data(), nullptr, nullptr);
}

void simulate(Run &run, const Trace &trace)
{
    reset_cycle(run);
    fresh_simulation_context();
    // The report says why it stopped.
    sc_core::sc_report_handler::set_actions("/OSCI/SystemC", sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    const sc_core::sc_time period(1, sc_core::SC_NS);
    sc_core::sc_clock clock("clock", period);
    ArrayPin pin("pin", run.params, period, run.options.seed);
    pin.on_done = [&run](uint64_t) { run.products.done(); };
    Owner owner("owner", pin, run);
    Monitor monitor("monitor", pin, run, trace);
    pin.clk(clock);
    owner.clk(clock);
    monitor.clk(clock);
    sc_core::sc_start(period * static_cast<double>(run.options.cycles));
}

fl_status open(Run &run, unsigned variant, fl_error *error)
{
    if (!run.window.ok) return fl_fail(error, FL_BAD_INPUT, nullptr, "out of memory");
    if (run.options.record != nullptr) return FL_OK;
    run.model = rtl_open_and_reset(*run.window.design, variant, run.options.seed, error);
    return run.model ? FL_OK : FL_BAD_INPUT;
}

fl_status write_report(const Run &run, const char *name, fl_text *report, fl_error *error)
{
    switch (run.verdict) {
    case Verdict::RTL_STOPPED:
        return fl_window_report(&run.window, name, &run.options, "the RTL stopped",
                                fl_rtl_message(run.model.get()), report, error);
    case Verdict::BOTH_DIFFER:
        return fl_window_report(&run.window, name, &run.options, run.products.job().c_str(),
                                run.products.difference().c_str(), report, error);
    default:
        return fl_window_report(&run.window, name, &run.options, nullptr, nullptr, report, error);
    }
}

// The same run again, with the waves of every signal before its end.
fl_status trace_again(const Run &first, const char *name, fl_text *report, fl_error *error)
{
    char path[PATH_MAX];
    Run again(first.params, *first.window.design, first.options);
    fl_status status = open(again, first.options.variant, error);
    if (status == FL_OK) status = fl_window_signals(name, &first.options, path, report, error);
    if (status == FL_OK) simulate(again, {std::max(fl_window_traced(&first.window), uint64_t{1}), path});
    return status;
}
} // namespace

fl_status array_lockstep(const char *name, const pe_array_params &params, const fl_lockstep_options &options,
                         fl_text *report, fl_error *error)
{
    fl_rtl_design design;
    fl_status status = array_rtl_design(params, &design, error);
    if (status != FL_OK) return status;
    if (options.design != nullptr) design = *options.design;
    Run run(params, design, options);
    status = open(run, options.variant & ~unsigned{FL_RTL_TRACE}, error);
    if (status != FL_OK) return status;
    simulate(run, {});
    if (fl_lockstep_interrupted(&options))
        return fl_fail(error, FL_BAD_INPUT, nullptr, "%s: interrupted", name);
    if (options.record != nullptr) return FL_OK;
    const bool bad = run.verdict != Verdict::GOOD;
    if (bad) status = write_report(run, name, report, error);
    if (status == FL_OK && options.folder != nullptr && options.variant & FL_RTL_TRACE)
        status = trace_again(run, name, report, error);
    if (status == FL_OK) status = fl_lockstep_write_coverage(run.model.get(), name, &options, error);
    return status != FL_OK ? status : bad ? FL_DIFFERENCE : FL_OK;
}
} // namespace fl
