#include "sim/cosim/array_lockstep.h"

#include <algorithm>
#include <vector>

#include "pe/array/array_pin.h"
#include "sim/base/systemc_context.h"
#include "sim/cosim/array_rtl.h"
#include "sim/cosim/coverage.h"
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

// Watches the pin model and steps the RTL beside it.
class Monitor : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(Monitor);
    Monitor(const sc_core::sc_module_name &name, const ArrayPin &pin, fl_rtl_model *model, fl_window &window)
        : sc_module(name), pin_(pin), model_(model), window_(window), in_(window.in_words),
          got_(window.out_words), expected_(window.out_words), care_(window.out_words)
    {
        SC_METHOD(compare);
        sensitive << clk.pos();
        dont_initialize();
    }

    bool differs() const { return differs_; }
    bool broken() const { return broken_; }

private:
    // The edge ends a cycle: what the wires carried in it is compared.
    void compare()
    {
        array_rtl_inputs(pin_, in_.data());
        broken_ = !fl_rtl_settle(model_, in_.data(), got_.data());
        expect();
        fl_window_record(&window_, in_.data(), got_.data(), expected_.data(), care_.data());
        size_t word;
        differs_ = !broken_ && fl_window_difference(&window_, &word) != nullptr;
        if (!broken_ && !differs_) broken_ = !fl_rtl_clock(model_, nullptr);
        if (broken_ || differs_) sc_core::sc_stop();
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
    fl_rtl_model *const model_;
    fl_window &window_;
    std::vector<uint32_t> in_, got_, expected_, care_;
    bool differs_ = false, broken_ = false;
};

// Feeds the pin model with random jobs.
class Owner : public sc_core::sc_module
{
public:
    sc_core::sc_in<bool> clk;

    SC_HAS_PROCESS(Owner);
    Owner(const sc_core::sc_module_name &name, ArrayPin &pin, const fl_lockstep_options &options)
        : sc_module(name), pin_(pin), stalls_(options.random_stalls), random_{options.seed}
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
        pin_.take(draw());
        if (stalls_ && below(2) == 0) wait_ = below(30);
    }

    uint32_t below(uint32_t bound) { return fl_rtl_draw_below(&random_, bound); }

    num_format draw_format()
    {
        const auto kind = static_cast<uint8_t>(below(3));
        const uint8_t bits = kind == NUM_INT && below(2) ? 8 : 4;
        return {kind, bits, below(2) != 0};
    }

    // Without data: the array draws the codes.
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
    const bool stalls_;
    fl_rtl_random random_;
    uint32_t wait_ = 0;
};
} // namespace

fl_status array_lockstep(const char *name, const pe_array_params &params, const fl_lockstep_options &options,
                         fl_text *report, fl_error *error)
{
    fl_rtl_design design;
    fl_status status = array_rtl_design(params, &design, error);
    if (status != FL_OK) return status;
    if (options.design != nullptr) design = *options.design;
    // The waves of all signals are not for arrays: a run is not repeated.
    const RtlModel model =
        rtl_open_and_reset(design, options.variant & ~unsigned{FL_RTL_TRACE}, options.seed, error);
    if (!model) return FL_BAD_INPUT;
    Window window(design);
    if (!window.ok) return fl_fail(error, FL_BAD_INPUT, nullptr, "out of memory");

    fresh_simulation_context();
    const sc_core::sc_time period(1, sc_core::SC_NS);
    sc_core::sc_clock clock("clock", period);
    ArrayPin pin("pin", params, period, options.seed);
    Owner owner("owner", pin, options);
    Monitor monitor("monitor", pin, model.get(), window);
    pin.clk(clock);
    owner.clk(clock);
    monitor.clk(clock);
    sc_core::sc_start(period * static_cast<double>(options.cycles));
    status = fl_lockstep_write_coverage(model.get(), name, &options, error);
    if (status != FL_OK || (!monitor.differs() && !monitor.broken())) return status;
    status = fl_window_report(&window, name, &options,
                              monitor.broken() ? fl_rtl_message(model.get()) : nullptr, report, error);
    return status == FL_OK ? FL_DIFFERENCE : status;
}
} // namespace fl
