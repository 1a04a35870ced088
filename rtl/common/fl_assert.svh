// Assertions for both tools: on under Verilator (they stay on in lockstep), absent in synthesis.
`ifndef FL_ASSERT_SVH
`define FL_ASSERT_SVH

`ifdef SYNTHESIS
`define FL_ASSERT(name, property_expr)
`define FL_CHECK_PARAMETER(name, condition)
`else
// Holds at every rising edge of clk_i outside reset.
`define FL_ASSERT(name, property_expr) \
  name : assert property (@(posedge clk_i) disable iff (!rst_ni) (property_expr)) \
    else $error(`"name`");
// A parameter out of its range stops elaboration.
`define FL_CHECK_PARAMETER(name, condition) \
  if (!(condition)) begin : name \
    $error(`"name`"); \
  end
`endif

`endif
