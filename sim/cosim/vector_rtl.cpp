#include "sim/cosim/vector_rtl.h"

#include <stdexcept>
#include <string>

namespace fl
{
fl_status vector_rtl_open(const vec_function *function, uint32_t lanes, uint64_t seed, VectorRtlModel *rtl,
                          fl_error *error)
{
    rtl->function = function;
    if (!fl_vector_design(function, lanes, &rtl->design))
        return fl_fail(error, FL_BAD_INPUT, nullptr, "vector function %s has no RTL", function->name);
    rtl->model = rtl_open_and_reset(rtl->design, FL_RTL_PLAIN, seed, error);
    return rtl->model ? FL_OK : FL_BAD_INPUT;
}

VectorRtl::VectorRtl(const sc_core::sc_module_name &name, VectorPin &vector, const VectorRtlModel &rtl)
    : sc_module(name), clk("clk"), vector_(vector), rtl_(rtl), operands_(vector.params().lanes),
      in_(fl_rtl_input_words(&rtl.design)), out_(fl_rtl_output_words(&rtl.design)),
      values_("value", vector.params().lanes)
{
    vector.replace(rtl.function, *this);
    SC_METHOD(shift);
    sensitive << clk.pos();
    dont_initialize();
}

// The edge ends a cycle: the RTL's registers take the operands of that cycle, and its outputs are those of
// the next.
void VectorRtl::shift()
{
    const VectorIssue &head = vector_.operands(0);
    fl_vector_group group = {};
    group.valid = head.flight && head.flight->job.function == rtl_.function;
    if (group.valid) {
        group.first = head.column == 0;
        group.ends = head.ends_pass;
        group.pass = head.pass;
        group.job = &head.flight->job;
        for (size_t i = 0; i < operands_.size(); ++i) {
            const VectorIssue &issue = vector_.operands(i);
            operands_[i] = {issue.flight != nullptr && !issue.masked, issue.x, issue.x2, issue.parameters};
        }
        group.operands = operands_.data();
    }
    fl_vector_drive(&rtl_.design, &group, vector_.params().lanes, in_.data());
    if (!fl_rtl_settle(rtl_.model.get(), in_.data(), out_.data()) ||
        !fl_rtl_clock(rtl_.model.get(), out_.data()))
        throw std::runtime_error(std::string("the RTL of ") + rtl_.function->name +
                                 " stopped: " + fl_rtl_message(rtl_.model.get()));
    for (uint32_t i = 0; i < operands_.size(); ++i) values_[i].write(fl_vector_value(out_.data(), i));
}
} // namespace fl
